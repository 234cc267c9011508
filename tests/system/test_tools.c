/*
 * test_tools.c - every request of the catalogue, asked of the running family in the course of a session that makes music:
 * each must succeed once at least, and say or do something that is looked at. A request that nobody asks here fails the
 * test, so a new one adds its line.
 *
 * A session is a table of steps. ' stands for ", $name for what an earlier step has kept, and a request goes to its owner.
 */
#include "play.h"

#include "../check.h"

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "wire/codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HELLO "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
#define NO_ID "01938e6a-7c00-7000-8000-0000000000bb"
/* "X:1\nK:C\nM:4/4\nL:1/4\nCDEF|GABc|\n" */
#define TUNE "WDoxCk06NC80Ckw6MS80Cks6QwpDREVGfEdBQmN8Cg=="

struct step {
	/*
	 * The payload without braces; "write PATH TEXT" makes a file; "until PATH REQUEST" goes on asking until the list
	 * or object at that path has something in it.
	 */
	const char *ask;
	const char *expect; /* "path=value path>number path", each of the result */
	const char *keep;   /* "name=path …" */
};

static struct stage stage;
static char *imports; /* the folder that artifact_import may read */
static bool asked[WIRE_MESSAGE_COUNT];
static struct {
	char name[32], value[1024];
} kept[64];
static size_t n_kept;

/* --- kept values --- */

static void keep(const char *name, const char *value)
{
	size_t i = 0;
	while (i < n_kept && strcmp(kept[i].name, name) != 0)
		i++;
	assert_true(i < COUNT_OF(kept));
	n_kept = i == n_kept ? i + 1 : n_kept;
	assert_true(str_copy(kept[i].name, sizeof(kept[i].name), name));
	assert_true(str_copy(kept[i].value, sizeof(kept[i].value), value));
}

static const char *recall(const char *name)
{
	for (size_t i = 0; i < n_kept; i++)
		if (strcmp(kept[i].name, name) == 0)
			return kept[i].value;
	fail_msg("nothing was kept as '%s'", name);
	return "";
}

/* $names replaced and, in a payload, ' made ". */
static char *fill(const char *text, bool payload)
{
	AUTO_STRBUF b = STRBUF_INIT;
	for (const char *p = text; *p;) {
		char name[32];
		size_t n = *p == '$' ? strspn(p + 1, "abcdefghijklmnopqrstuvwxyz_") : 0;
		if (!n) {
			strbuf_addc(&b, payload && *p == '\'' ? '"' : *p);
			p++;
			continue;
		}
		(void)snprintf(name, sizeof(name), "%.*s", (int)n, p + 1);
		strbuf_adds(&b, recall(name));
		p += n + 1;
	}
	assert_true(strbuf_ok(&b));
	return strbuf_take(&b);
}

static const char *take_word(char **rest)
{
	const char *word = *rest;
	*rest += strcspn(*rest, " ");
	if (**rest)
		*(*rest)++ = '\0';
	return word;
}

/* A value of a result as text: strings as they are, numbers shortest, anything else as JSON. */
static char *as_text(const json_t *v)
{
	if (json_is_string(v))
		return strdup(json_string_value(v));
	return json_text(v, JSON_OUT_COMPACT);
}

static void expect_one(const char *ask, const json_t *result, const char *claim)
{
	char path[128];
	size_t n = strcspn(claim, "=>");
	(void)snprintf(path, sizeof(path), "%.*s", (int)n, claim);
	const json_t *v = stage_value(result, path);
	double number = 0;
	AUTO_MEM char *got = as_text(v);
	bool ok = claim[n] == '\0' || (claim[n] == '=' && strcmp(got, claim + n + 1) == 0);
	if (claim[n] && !ok && str_to_double(claim + n + 1, &number) == 0 && json_is_number(v))
		ok = claim[n] == '=' ? json_number_value(v) == number : json_number_value(v) > number;
	if (!ok)
		fail_msg("%s\n  -> %s is %s, not %s", ask, path, got, claim + n);
}

static void each_word(const char *text, void (*f)(const char *ask, const json_t *result, const char *word), const char *ask,
		      const json_t *result)
{
	AUTO_MEM char *words = fill(text, false);
	for (char *rest = words; *rest;)
		f(ask, result, take_word(&rest));
}

static void keep_one(const char *ask, const json_t *result, const char *word)
{
	char name[32];
	size_t n = strcspn(word, "=");
	(void)snprintf(name, sizeof(name), "%.*s", (int)n, word);
	AUTO_MEM char *value = as_text(stage_value(result, word + n + 1));
	keep(name, value);
}

static void write_file(const char *words)
{
	char path[1024];
	size_t n = strcspn(words, " ");
	struct err err = ERR_INIT;
	(void)snprintf(path, sizeof(path), "%.*s", (int)n, words);
	if (fs_write_atomic(path, words + n + 1, strlen(words + n + 1), 0600, &err) < 0)
		fail_msg("%s", err.msg);
}

/* The result decodes as the catalogue declares it, strictly. */
static void check_shape(const struct wire_message *m, const json_t *result)
{
	AUTO_ARENA a = WIRE_ARENA_INIT;
	struct err err = ERR_INIT;
	void *value = wire_arena_alloc(&a, m->result->size);
	if (!value || wire_decode(m->result, result, WIRE_STRICT, &a, value, &err) < 0)
		fail_msg("the result of %s breaks its declaration: %s: %s", m->name, err.field, err.msg);
}

static json_t *ask_until(const struct wire_message *m, struct wire_client *c, const char *payload, const char *until)
{
	int64_t end_ns = clock_monotonic_ns(clock_system()) + 30 * NS_PER_SEC;
	struct err err = ERR_INIT;
	for (;;) {
		json_t *result = stage_ask(c, "{'type':'%s'%s%s}", m->name, payload[0] ? "," : "", payload);
		const json_t *v = until ? json_object_get(result, until) : NULL;
		if (!until || json_object_size(v) || json_array_size(v))
			return result;
		json_decref(result);
		if (clock_monotonic_ns(clock_system()) > end_ns || wire_loop_step(stage.loop, 20, &err) < 0)
			fail_msg("%s stays empty", m->name);
	}
}

static void ask_one(const struct wire_message *m, struct wire_client *c, const struct step *s, const char *payload,
		    const char *until)
{
	AUTO_JSON json_t *result = ask_until(m, c, payload, until);
	check_shape(m, result);
	if (s->expect)
		each_word(s->expect, expect_one, s->ask, result);
	if (s->keep)
		each_word(s->keep, keep_one, s->ask, result);
	asked[m - wire_messages] = true;
}

static void play_steps(const struct step *steps, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct step *s = &steps[i];
		AUTO_MEM char *text = fill(s->ask, true);
		if (str_starts(text, "write ")) {
			write_file(text + 6);
			continue;
		}
		char *rest = text;
		const char *until = str_starts(text, "until ") ? (take_word(&rest), take_word(&rest)) : NULL;
		const char *name = take_word(&rest), *payload = rest;
		const struct wire_message *m = wire_message_find(name);
		if (!m)
			fail_msg("there is no request '%s'", name);
		if (m->owner != WIRE_OWNER_CHAOSGARDEN)
			ask_one(m, stage.hoot, s, payload, until);
		if (m->owner != WIRE_OWNER_HOOTENANNY)
			ask_one(m, stage.garden, s, payload, until);
	}
}
#define PLAY(steps) play_steps(steps, COUNT_OF(steps))

/* --- the session --- */

static const struct step content[] = {
	{ "cas_store 'data':'aGVsbG8=','mime_type':'text/plain'", "content_hash=" HELLO " size_bytes=5 existed=false", NULL },
	{ "cas_inspect 'hash':'" HELLO "'", "exists=true size_bytes=5 mime_type=text/plain", NULL },
	{ "cas_get 'hash':'" HELLO "','offset_bytes':1,'n_bytes':3", "data=ZWxs end=false size_bytes=5", NULL },
	{ "cas_stage 'suffix':'.txt'", NULL, "staged=path" },
	{ "write $staged hello", NULL, NULL },
	{ "cas_adopt 'path':'$staged','hash':'" HELLO "'", "content_hash=" HELLO " existed=true", NULL },
	{ "cas_stage", NULL, "staged=path" },
	{ "cas_stage_write 'path':'$staged','data':'aGVs'", "size_bytes=3", NULL },
	{ "cas_stage_write 'path':'$staged','offset_bytes':3,'data':'bG8='", "size_bytes=5", NULL },
	{ "cas_unstage 'path':'$staged'", "existed=true", NULL },
	{ "cas_verify 'hash':'" HELLO "'", "n_checked=1 n_good=1 problems=[]", NULL },
	{ "artifact_create 'cas_hash':'" HELLO "','space':'text','tags':['a:b']",
	  "artifact.content_hash=" HELLO " artifact.creator=test:stage", "hello=artifact.artifact_id" },
	{ "artifact_tag 'artifact_id':'$hello','add':['c'],'remove':['a:b']", "artifact.tags=[\"c\"]", NULL },
	{ "artifact_get 'artifact_id':'$hello'", "artifact.tags=[\"c\"] artifact.size_bytes=5", NULL },
	{ "artifact_list 'tag':'c'", "artifacts.0.artifact_id=$hello", NULL },
	{ "write $in/reel.abc X:1", NULL, NULL },
	{ "artifact_import 'path':'$in/reel.abc','space':'abc'", "artifact.size_bytes=3 artifact.space=abc", NULL },
	{ "artifact_upload 'data':'" TUNE "','space':'abc','mime_type':'text/vnd.abc'", "artifact.size_bytes=31",
	  "tune=artifact.artifact_id" },
	{ "storage_stats", "n_contents>2 n_artifacts>2 n_staged=0", NULL },
};

static const struct step generation[] = {
	{ "until workers worker_list", "workers.0.online=true workers.0.name=hoot-worker "
	  "workers.0.worker_type=hoot-worker workers.0.hostname workers.0.hardware workers.0.capabilities.0.verb", NULL },
	{ "project 'artifact_id':'$tune','space':'midi'", "job.state", "job=job.job_id" },
	{ "job_poll 'job_ids':['$job'],'timeout_ms':30000", "timed_out=false jobs.0.state=complete", "midi=jobs.0.artifact_id" },
	{ "continue 'artifact_id':'$midi','seed':7,'params':{'bars':2}", NULL, "job=job.job_id" },
	{ "job_poll 'job_ids':['$job'],'timeout_ms':30000", "jobs.0.state=complete jobs.0.steps.0.seed=7",
	  "more=jobs.0.artifact_id" },
	{ "bridge 'artifact_id':'$midi','to_artifact_id':'$more','seed':5,'params':{'bars':2}", NULL, "job=job.job_id" },
	{ "job_poll 'job_ids':['$job'],'timeout_ms':30000", "jobs.0.state=complete jobs.0.inputs.1=$more", NULL },
	{ "forward 'inputs':['$midi'],'steps':[{'verb':'project','space':'audio'}],'tags':['heard']", NULL, "job=job.job_id" },
	{ "job_poll 'job_ids':['$job'],'timeout_ms':60000", "jobs.0.state=complete", "audio=jobs.0.artifact_id" },
	{ "job_status 'job_id':'$job'", "job.progress=1 job.artifact_id=$audio", NULL },
	{ "job_list 'state':'complete'", "jobs.0.job_id=$job", NULL },
	{ "artifact_lineage 'artifact_id':'$audio'", "complete=true edges.1.parent nodes.2.artifact.artifact_id", NULL },
	{ "artifact_verify 'artifact_id':'$midi'", NULL, "job=job.job_id" },
	{ "job_poll 'job_ids':['$job'],'timeout_ms':30000", "jobs.0.state=complete jobs.0.result", NULL },
	{ "project 'artifact_id':'$audio','space':'image','model':'spectrogram','params':{'width':320,'height':200}", NULL, "job=job.job_id" },
	{ "job_poll 'job_ids':['$job'],'timeout_ms':30000", "jobs.0.state=complete", "picture=jobs.0.artifact_id" },
	{ "artifact_get 'artifact_id':'$picture'", "artifact.mime_type=image/png artifact.space=image artifact.metadata.width=320", NULL },
	{ "project 'artifact_id':'$tune','space':'image','params':{'format':'svg'}", "job.steps.1.from_space=midi", "job=job.job_id" },
	{ "job_poll 'job_ids':['$job'],'timeout_ms':30000", "jobs.0.state=complete", "picture=jobs.0.artifact_id" },
	{ "artifact_get 'artifact_id':'$picture'", "artifact.mime_type=image/svg+xml artifact.metadata.notes=8", NULL },
	{ "artifact_get 'artifact_id':'$audio'", "artifact.mime_type=audio/wav artifact.tags=[\"heard\"]",
	  "wav=artifact.path wav_hash=artifact.content_hash" },
};

/* Tools with names of their own; what they find is looked at by the tests of their areas. */
static const struct step knowledge[] = {
	{ "midi_render 'artifact_id':'$tune','wait_ms':30000,'params':{'rate_hz':8000}", "job.state=complete artifact.metadata.rate_hz=8000", NULL },
	{ "midi_voice_separate 'artifact_id':'$tune','wait_ms':30000", "job.state=complete artifact.space=midi", NULL },
	{ "midi_classify_voices 'artifact_id':'$midi','wait_ms':30000", "job.state=complete report.voices.0.role", NULL },
	{ "midi_stems_export 'artifact_id':'$midi','voices':[0]", "jobs.0.steps.0.params.voice=0", "job=jobs.0.job_id" },
	{ "job_poll 'job_ids':['$job'],'timeout_ms':30000", "jobs.0.state=complete", NULL },
	{ "abc_to_midi 'abc':'X:1\\nK:D\\nDFAd|','wait_ms':30000", "job.state=complete artifact.metadata.key artifact.metadata.notes=4", NULL },
	{ "abc_validate 'artifact_id':'$tune','wait_ms':30000", "job.state=complete report.valid=true report.n_tunes=1", NULL },
	{ "soundfont_inspect 'artifact_id':'$midi','wait_ms':0", "job.steps.0.model=presets", "job=job.job_id" },
	{ "job_cancel 'job_id':'$job'", "confirmed=true", NULL },
	{ "midi_info 'artifact_id':'$midi','wait_ms':30000", "job.state=complete report.format", NULL },
	{ "midi_analyze 'artifact_id':'$midi','wait_ms':30000", "job.state=complete report.tracks", NULL },
	{ "midi_understand 'artifact_id':'$tune','wait_ms':30000", "job.state=complete report.headline report.key report.meter report.chords", NULL },
	{ "midi_classify 'artifact_id':'$midi','wait_ms':30000", "job.state=complete job.steps.0.model", NULL },
	{ "midi_compare 'artifact_id':'$midi','other_artifact_id':'$more','wait_ms':30000", "job.state=complete job.inputs.1=$more", NULL },
	{ "audio_info 'artifact_id':'$audio','wait_ms':30000", "job.state=complete report.rate_hz=48000", NULL },
	{ "audio_analyze 'artifact_id':'$audio','wait_ms':60000", "job.state=complete report", NULL },
	{ "audio_compare 'artifact_id':'$audio','other_artifact_id':'$audio','wait_ms':60000", "job.state=complete job.inputs.1=$audio", NULL },
	{ "beats_detect 'artifact_id':'$audio','wait_ms':60000", "job.state=complete report.bpm", NULL },
};

static const struct step workers[] = {
	{ "worker_register 'name':'test','capabilities':[{'verb':'project','from_space':'text','to_space':'shout','model':'loud',"
	  "'model_version':'1','deterministic':true},{'verb':'sample','from_space':'','to_space':'shout','model':'loud',"
	  "'model_version':'1','deterministic':true},{'verb':'embed','from_space':'text','to_space':'embedding','model':'loud',"
	  "'model_version':'1','deterministic':true}]",
	  "heartbeat_ms>0 cas_root", "me=worker_id" },
	{ "space_list 'to_space':'shout'", "edges.0.model=loud edges.0.n_workers=1 spaces.1.space", NULL },
	{ "space_route 'from_space':'abc','to_space':'audio'", "found=true route.0.to_space=midi route.1.to_space=audio", NULL },
	{ "sample 'space':'shout','seed':3", "job.steps.0.from_space= job.steps.0.seed=3", "job=job.job_id" },
	{ "job_cancel 'job_id':'$job'", "confirmed=true", NULL },
	{ "embed 'artifact_id':'$hello'", "job.steps.0.space=embedding", "job=job.job_id" },
	{ "job_cancel 'job_id':'$job'", "confirmed=true", NULL },
	{ "worker_heartbeat 'worker_id':'$me'", "n_pending=0", NULL },
	{ "project 'artifact_id':'$hello','space':'shout','max_attempts':3", "job.state=pending", "job=job.job_id" },
	{ "job_claim 'worker_id':'$me'", "lease.job_id=$job lease.attempt=1 lease.inputs.0.content_hash=" HELLO, NULL },
	{ "job_heartbeat 'worker_id':'$me','job_id':'$job','attempt':1", "cancel=false lease_ms>0", NULL },
	{ "job_progress 'worker_id':'$me','job_id':'$job','attempt':1,'progress':0.5,'message':'half'", "cancel=false", NULL },
	{ "job_fail 'worker_id':'$me','job_id':'$job','attempt':1,'code':'io','message':'hoarse','retry':true", "again=true", NULL },
	{ "until lease job_claim 'worker_id':'$me'", "lease.attempt=2", "staged=lease.staging_path" },
	{ "write $staged hello", NULL, NULL },
	{ "job_complete 'worker_id':'$me','job_id':'$job','attempt':2,'path':'$staged','content_hash':'" HELLO "'",
	  "finished=true", "loud=artifact_id" },
	{ "artifact_get 'artifact_id':'$loud'", "artifact.space=shout artifact.parents=[\"$hello\"] artifact.model", NULL },
	{ "project 'artifact_id':'$hello','space':'shout','fresh':true", "job.state=pending", "job=job.job_id" },
	{ "job_claim 'worker_id':'$me'", "lease.job_id=$job", NULL },
	{ "job_cancel 'job_id':'$job','reason':'enough'", "confirmed=false job.cancelling=true", NULL },
	{ "job_heartbeat 'worker_id':'$me','job_id':'$job','attempt':1", "cancel=true", NULL },
	{ "job_stopped 'worker_id':'$me','job_id':'$job','attempt':1", "cancelled=true", NULL },
	{ "job_status 'job_id':'$job'", "job.state=cancelled", NULL },
	{ "worker_leave 'worker_id':'$me','reason':'done'", "n_returned=0", NULL },
};

static const struct step arranging[] = {
	{ "timeline_clear", "revision>0", NULL },
	{ "tempo_set 'bpm':120,'position_beats':0", "revision>0", NULL },
	{ "tempo_map_get", "tempo.0.bpm=120 bar_one_beats=0", NULL },
	{ "tempo_tap 'seconds':1,'dry_run':true", "taps=1 applied=false", NULL },
	{ "tempo_tap 'seconds':1.5,'dry_run':true", "taps=2", NULL },
	{ "tempo_tap 'seconds':2,'dry_run':true", "taps=3 bpm=120 applied=false", NULL },
	{ "meter_set 'position_beats':0,'numerator':3,'denominator':4", "revision>0", NULL },
	{ "pickup_set 'bar_one_beats':1", "revision>0", NULL },
	{ "garden_query 'query':'{ BarToBeat(bar: 2) { beats @output } }'", "rows.0.beats=4 stopped=end", NULL },
	{ "garden_schema", "schema", NULL },
	{ "time_convert 'bar':2", "beats=4 seconds=2 frames=96000", NULL },
	{ "time_convert 'seconds':0.5", "beats=1 bar=1 beat_in_bar=0 tempo_bpm=120", NULL },
	{ "region_create 'region_id':'song','position_beats':0,'content':{'hash':'$wav_hash','path':'$wav'},'name':'tune'",
	  "region_id=song duration_beats>3", NULL },
	{ "region_update 'region_id':'song','gain':0.5,'tags':['verse']", "revision>0", NULL },
	{ "region_move 'region_id':'song','position_beats':1", "revision>0", "revision=revision" },
	{ "region_get 'region_id':'song'", "region.gain=0.5 region.position_beats=1 region.state=plain", NULL },
	{ "region_list 'tag':'verse'", "regions.0.region_id=song revision=$revision", NULL },
	{ "timeline_add_marker 'marker_id':'m','position_beats':2,'marker_type':'cue_point','metadata':{'n':1}", "marker_id=m", NULL },
	{ "marker_list 'marker_type':'cue_point','from_beats':1", "markers.0.marker_id=m revision>0", NULL },
	{ "timeline_query 'from_beats':0,'to_beats':4", "regions.0.region_id=song markers.0.metadata={\"n\":1} meter.0.numerator=3",
	  NULL },
	{ "timeline_remove_marker 'marker_id':'m'", "revision>0", NULL },
	{ "timeline_undo", "of_revision>0", NULL },
	{ "timeline_query 'from_beats':0", "markers.0.marker_id=m", NULL },
	{ "timeline_redo", "of_revision>0", NULL },
	{ "timeline_query", "markers=[]", NULL },
	{ "timeline_edit 'ops':[{'op':'marker_add','marker_id':'x','position_beats':5,'marker_type':'cue_point'},"
	  "{'op':'region_update','region_id':'song','gain':1}]",
	  "ids.0=x", "before=revision" },
	{ "timeline_history 'limit':1", "edits.0.kind=edit edits.0.actor=test:stage", NULL },
	{ "region_update 'region_id':'song','gain':0.25", NULL, "revision=revision" },
	{ "timeline_revert 'of_actor':'test:stage','since_revision':$before", "reverted=[$revision]", NULL },
	{ "region_get 'region_id':'song'", "region.gain=1", NULL },
	{ "region_create 'region_id':'away','position_beats':90,'duration_beats':1,'behaviour':'custom'", NULL, NULL },
	{ "region_delete 'region_id':'away'", "revision>0", NULL },
	{ "region_list 'from_beats':90", "regions=[]", NULL },
	{ "transport_play", "state=playing", NULL },
	{ "tempo_set 'bpm':90,'at':{'boundary':'at_beat','beat':900}", "at_beats=900", "edit=edit_id" },
	{ "timeline_pending", "edits.0.edit_id=$edit edits.0.at_beats=900", NULL },
	{ "timeline_cancel_edit 'edit_id':'$edit'", "edit_id=$edit", NULL },
	{ "timeline_pending", "edits=[]", NULL },
	{ "transport_stop", "state=stopped position_beats=0", NULL },
};

static const struct step performing[] = {
	{ "device_select 'kind':'stepped'", "kind=stepped", NULL },
	{ "device_status", "rate_hz=48000 lost_events=0", NULL },
	{ "record_start 'path':'$dir/take.wav','format':'float32'", "state=running", NULL },
	{ "transport_seek 'position_beats':1", "position_beats=1", NULL },
	{ "transport_play", "state=playing", NULL },
	{ "device_step 'frames':96000", "stepped_frames=96000 state=playing position_beats=5", NULL },
	{ "record_status", "state=running recording.peak>0.01", NULL },
	{ "transport_pause", "state=paused", NULL },
	{ "transport_status", "state=paused tempo_bpm=120 device.kind=stepped", NULL },
	{ "record_stop", "peak>0.01 frames>95999 lost_frames=0 path=$dir/take.wav", NULL },
	{ "timeline_render 'from_beats':1,'to_beats':5,'path':'$dir/render.wav','format':'float32'", "frames=96000 peak>0.01", NULL },
	{ "transport_play", "state=playing", NULL },
	{ "control_pause", NULL, NULL },
	{ "device_step 'frames':4800", "state=paused", NULL },
	{ "transport_play", "state=playing", NULL },
	{ "control_stop", NULL, NULL },
	{ "device_step 'frames':4800", "state=stopped", NULL },
	{ "transport_play", "state=playing", NULL },
	{ "control_panic", NULL, NULL },
	{ "device_step 'frames':4800", "state=stopped", NULL },
	{ "control_interrupt", "interrupted=false", NULL },
	{ "debug_dump", "dump", NULL },
};

/* The life of latents, step by step as hootenanny would tell it. */
#define LATENT(id) "region_create 'region_id':'" id "','position_beats':8,'duration_beats':4,'behaviour':'latent'"
#define RESOLVE(id) \
	{ "latent_start 'region_id':'" id "','job_id':'hoot:1'", "state=running previous_state=pending", NULL }, \
	{ "latent_resolve 'region_id':'" id "','job_id':'hoot:1','artifact_id':'$audio','content_hash':'$wav_hash','path':'$wav'", \
	  "state=resolved", NULL }
static const struct step latents[] = {
	{ LATENT("a"), NULL, NULL },
	{ LATENT("b"), NULL, NULL },
	{ LATENT("c"), NULL, NULL },
	{ LATENT("d"), NULL, NULL },
	{ LATENT("e"), NULL, NULL },
	{ "latent_start 'region_id':'a','job_id':'hoot:1'", "state=running", NULL },
	{ "latent_progress 'region_id':'a','job_id':'hoot:1','progress':0.25", "state=running", NULL },
	{ "region_get 'region_id':'a'", "region.progress=0.25", NULL },
	{ "latent_refine 'region_id':'a','job_id':'hoot:1','step':'project'", "refinements=1", NULL },
	{ "latent_fail 'region_id':'a','job_id':'hoot:1','reason':'no idea'", "state=failed", NULL },
	RESOLVE("b"),
	{ "latent_hold 'region_id':'b'", "state=held", NULL },
	{ "latent_approve 'region_id':'b','mix_in':{'at':{'boundary':'at_beat','beat':8}}", "state=approved enters_beats=8", NULL },
	RESOLVE("c"),
	{ "latent_reject 'region_id':'c','reason':'too loud'", "state=rejected", NULL },
	{ "latent_cancel 'region_id':'d'", "state=cancelled", NULL },
	RESOLVE("e"),
	{ "latent_supersede 'region_id':'e','by_region_id':'b'", "state=superseded", NULL },
	{ LATENT("f"), NULL, NULL },
	{ "project 'artifact_id':'$more','space':'audio','region_id':'f'", NULL, "job=job.job_id" },
};
static const struct step deciding[] = {
	{ "decide 'region_id':'f','decision':'hold','reason':'later'", "decision.decision=hold decision.actor=test:stage",
	  "decision=decision.decision_id" },
	{ "decision_list 'region_id':'f'", "decisions.0.decision_id=$decision", NULL },
};

static const struct step questions[] = {
	{ "query_save 'name':'names','query':'{ Region { name @output } }','doc':'what there is'",
	  "replaced=false saved.actor=test:stage saved.variables={}", NULL },
	{ "query_save 'name':'names','query':'{ Region { region_id @output } }'", "replaced=true saved.name=names", NULL },
	{ "graph_query 'query':'{ Timeline { revision @output } }','explain':true", "rows.0.revision>0 stopped=end n_unknown=0 plan", NULL },
	{ "graph_schema", "schema", NULL },
	{ "query_list", "queries.0.name=approvals queries.0.actor=hootenanny queries.1.query", NULL },
	{ "query_remove 'name':'names'", NULL, NULL },
	{ "query_watch 'query':'{ Region { name @output } }','limit':1000", "stopped=end version=0 columns.0.name=name", "watch=watch_id" },
	{ "query_unwatch 'watch_id':'$watch'", NULL, NULL },
	{ "perception_retry 'artifact_id':'$more','kind':'listen'", "forgotten", NULL },
};

static const struct step system_steps[] = {
	{ "ping", "pid>0 uptime_secs>0", NULL },
	{ "status", "metrics.0.name version catalogue_hash", NULL },
	{ "config_set 'key':'log','value':'info,wire=debug'", "key=log value=info,wire=debug", NULL },
	{ "config_set 'key':'log','value':'info'", "value=info", NULL },
	{ "list_tools", "tools.0.input_schema.type=object catalogue_hash", NULL },
	{ "snapshot", "seq>0 counters state incarnation", NULL },
};

/* Rows: L03, L04, L07, S0-148, S3-15, S3-22, S3-23, S3-25, S3-26, S3-27 */
static void test_every_request_does_what_it_says(void **state)
{
	static const char *const ready[] = { "resolved", NULL }, *const held[] = { "held", NULL };
	keep("dir", stage.dir);
	keep("in", imports);
	PLAY(content);
	PLAY(generation);
	PLAY(knowledge);
	PLAY(workers);
	PLAY(arranging);
	PLAY(performing);
	PLAY(latents);
	stage_wait_region(&stage, "f", ready);
	PLAY(deciding);
	stage_wait_region(&stage, "f", held);
	PLAY(questions);
	PLAY(system_steps);
}

static struct audio_buffer *load(const char *name)
{
	char path[400];
	struct audio_buffer *b = NULL;
	struct err err = ERR_INIT;
	(void)snprintf(path, sizeof(path), "%s/%s", stage.dir, name);
	if (audio_load(path, 0, &b, &err) < 0)
		fail_msg("%s", err.msg);
	return b;
}

/* What was recorded is the tune, and the offline render of the same beats is the same sound. */
static void test_what_was_played_is_what_was_rendered(void **state)
{
	AUTO(audio_buffer) played = load("take.wav");
	AUTO(audio_buffer) rendered = load("render.wav");
	play_same(played, rendered);
}

/* One line a tool, as in tests/wire/golden/messages.txt; those of all daemons are told by each. */
static void list_tools(struct wire_client *c, const char *owner, bool of_all, struct strbuf *b)
{
	AUTO_JSON json_t *r = stage_ask(c, "{'type':'list_tools'}");
	const json_t *tools = stage_value(r, "tools"), *t;
	size_t i;
	json_array_foreach(tools, i, t) {
		const struct wire_message *m = wire_message_find(stage_text(t, "name"));
		assert_non_null(m);
		if ((m->owner == WIRE_OWNER_ALL) == of_all)
			strbuf_addf(b, "request %s %s %s %s %s %s\n", m->name, owner, wire_routing_name(m->routing),
				    json_is_true(stage_value(t, "starts_job")) ? "job" : "quick", stage_text(t, "annotations"),
				    stage_text(t, "profile"));
	}
}

static void every_line_of(const char *golden, const struct strbuf *told)
{
	for (const char *line = told->s; line && *line; line = strchr(line, '\n') + 1) {
		char text[200];
		(void)snprintf(text, sizeof(text), "%.*s", (int)strcspn(line, "\n") + 1, line);
		const char *at = strstr(golden, text);
		if (!at || (at != golden && at[-1] != '\n'))
			fail_msg("not in the golden list: %s", text);
	}
}

/* Rows: L06, S3-27 */
static void test_the_running_daemons_list_exactly_the_golden_tools(void **state)
{
	AUTO_STRBUF told = STRBUF_INIT;
	AUTO_MEM char *golden = NULL;
	char path[600];
	size_t n = 0, requests = 0, lines = 0;
	struct err err = ERR_INIT;
	(void)snprintf(path, sizeof(path), "%s/tests/wire/golden/messages.txt", getenv("HOOT_SOURCE"));
	if (fs_read(path, 1 << 20, &golden, &n, &err) < 0)
		fail_msg("%s", err.msg);
	list_tools(stage.hoot, "hootenanny", false, &told);
	list_tools(stage.garden, "chaosgarden", false, &told);
	list_tools(stage.garden, "all", true, &told);
	every_line_of(golden, &told);
	for (const char *p = golden; (p = strstr(p, "request ")); p++)
		requests += p == golden || p[-1] == '\n';
	for (const char *p = told.s; (p = strchr(p, '\n')); p++)
		lines++;
	assert_int_equal(lines, requests);
}

/* Rows: S3-30 */
static void test_a_daemon_that_is_told_to_leaves(void **state)
{
	static const char *const daemons[] = { "hootenanny", "chaosgarden" };
	for (int i = 0; i < 2; i++) {
		pid_t old = stage_pid(&stage, daemons[i]);
		json_decref(stage_ask(i ? stage.garden : stage.hoot, "{'type':'shutdown','reason':'test'}"));
		stage_wait_back(&stage, daemons[i], old); /* the supervisor brings it back */
	}
	asked[WIRE_MESSAGE_shutdown] = true;
}

/* Rows: L03, L07 */
static void test_no_request_of_the_catalogue_was_left_out(void **state)
{
	size_t missing = 0;
	for (size_t i = 0; i < WIRE_MESSAGE_COUNT; i++) {
		if (!asked[i])
			print_error("'%s' was never asked\n", wire_messages[i].name);
		missing += !asked[i];
	}
	assert_int_equal(missing, 0);
}

static int setup(void **state)
{
	struct err err = ERR_INIT;
	if (fs_temp_dir(NULL, "hoot-import", &imports, &err) < 0)
		fail_msg("%s", err.msg);
	const char *const up[] = { "--device", "stepped", "--import", imports, NULL };
	stage_open(&stage, up);
	return 0;
}

static int teardown(void **state)
{
	stage_close(&stage);
	(void)fs_remove_tree(imports, NULL); /* a leftover in the temporary folder fails nothing */
	free(imports);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_request_does_what_it_says),
		cmocka_unit_test(test_what_was_played_is_what_was_rendered),
		cmocka_unit_test(test_the_running_daemons_list_exactly_the_golden_tools),
		cmocka_unit_test(test_a_daemon_that_is_told_to_leaves),
		cmocka_unit_test(test_no_request_of_the_catalogue_was_left_out),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}

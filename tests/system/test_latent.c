/*
 * test_latent.c - latents through the running family: intent, job, result, who hears of it, who decides, what sounds.
 *
 * The music runs on the stepped device; the generation runs in other processes to its own time. Nothing here depends on
 * which of the two is faster.
 */
#include "play.h"

#include "../check.h"

#include "base/rng.h"
#include "base/str.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static struct play play;
static struct ear agent; /* a participant that hears everything */
static char piece[80];   /* an artifact in midi */
#define BEAT PLAY_BEAT
#define ASK(...) PLAY_ASK(&play, __VA_ARGS__)
#define HOOT(...) json_decref(stage_ask(play.stage.hoot, __VA_ARGS__))

static void wait_job(const char *id, const char *state)
{
	AUTO_JSON json_t *r = stage_ask(play.stage.hoot, "{'type':'job_poll','job_ids':['%s'],'timeout_ms':50000}", id);
	assert_string_equal(stage_text(r, "jobs.0.state"), state);
}

static int group_setup(void **state)
{
	play_open(&play, PLAY_FAMILY);
	ear_open(&agent, &play, "chaosgarden");
	play_piece(&play, piece, sizeof(piece));
	return 0;
}

static int group_teardown(void **state)
{
	ear_close(&agent);
	play_close(&play);
	return 0;
}

static int setup(void **state)
{
	play_reset(&play);
	ear_forget(&agent);
	return 0;
}

static void make_latent(const char *id, double position, double duration)
{
	ASK("{'type':'region_create','region_id':'%s','position_beats':%g,'duration_beats':%g,'behaviour':'latent',"
	    "'intent':{'verb':'continue','space':'midi','prompt':'4 bars of jazz piano at beat 16'}}", id, position, duration);
}

static void start(const char *id)
{
	ASK("{'type':'latent_start','region_id':'%s','job_id':'job-%s'}", id, id);
}

static void resolve(const char *id, const char *path)
{
	ASK("{'type':'latent_resolve','region_id':'%s','job_id':'job-%s','artifact_id':'a-%s','path':'%s',"
	    "'content_hash':'sha256:%064d'}", id, id, id, path, 1);
}

static void tune(void)
{
	ASK("{'type':'region_create','region_id':'tune','position_beats':0,'duration_beats':16,'content':{'path':'%s'}}", play.tune);
}

/* ---- intent, job, result ---- */

/* Rows: S0-14, S0-19, S0-20, S0-31 */
static void test_a_latent_shows_what_it_wants_and_which_job_is_at_it_before_it_sounds(void **state)
{
	ASK("{'type':'region_create','region_id':'lat','position_beats':16,'duration_beats':16,'behaviour':'latent',"
	    "'intent':{'verb':'continue','space':'midi','prompt':'4 bars of jazz piano at beat 16','parameters':{'seed':7},"
	    "'constraints':{'key':'D'},'context':{'after':'r1'}}}");
	AUTO_JSON json_t *pending = play_region(&play, "lat");
	assert_string_equal(stage_text(pending, "region.region_id"), "lat");
	assert_true(stage_number(pending, "region.position_beats") == 16 && stage_number(pending, "region.duration_beats") == 16);
	assert_string_equal(stage_text(pending, "region.state"), "pending");
	AUTO_JSON json_t *job = stage_ask(play.stage.hoot, "{'type':'continue','artifact_id':'%s','seed':7,'region_id':'lat',"
					  "'params':{'bars':64}}", piece);
	const char *id = stage_text(job, "job.job_id");
	const json_t *heard = ear_wait(&agent, "latent_state_changed", "lat", 1);
	assert_string_equal(stage_text(heard, "state"), "running");
	assert_string_equal(stage_text(heard, "job_id"), id);
	AUTO_JSON json_t *list = stage_ask(play.stage.garden, "{'type':'region_list','behaviour':'latent'}");
	assert_string_equal(stage_text(list, "regions.0.job_id"), id);
	assert_string_equal(stage_text(list, "regions.0.intent.prompt"), "4 bars of jazz piano at beat 16");
	assert_true(stage_number(list, "regions.0.intent.parameters.seed") == 7);
	assert_string_equal(stage_text(list, "regions.0.intent.constraints.key"), "D");
	assert_string_equal(stage_text(list, "regions.0.intent.context.after"), "r1");
	AUTO_JSON json_t *at_work = stage_ask(play.stage.hoot, "{'type':'job_list','region_id':'lat'}");
	assert_string_equal(stage_text(at_work, "jobs.0.job_id"), id);
	wait_job(id, "complete");
	(void)ear_wait(&agent, "latent_resolved", "lat", 1);
	AUTO_JSON json_t *done = play_region(&play, "lat");
	assert_string_equal(stage_text(done, "region.state"), "resolved");
	assert_string_equal(stage_text(done, "region.intent.prompt"), "4 bars of jazz piano at beat 16");
	AUTO(audio_buffer) b = play_perform(&play, 20);
	play_expect(b, 0, 20 * BEAT, 0); /* it exists and is seen; nobody has decided that it is to be heard */
}

/* Rows: S0-21, S0-22, S0-32, S0-63 */
static void test_a_job_of_several_steps_refines_one_latent_until_it_resolves(void **state)
{
	make_latent("lat", 0, 16);
	AUTO_JSON json_t *job = stage_ask(play.stage.hoot,
					  "{'type':'forward','inputs':['%s'],'region_id':'lat','steps':["
					  "{'verb':'continue','seed':1,'params':{'bars':4}},{'verb':'continue','seed':2,'params':{'bars':4}},"
					  "{'verb':'project','space':'audio'}]}", piece);
	wait_job(stage_text(job, "job.job_id"), "complete");
	const json_t *resolved = ear_wait(&agent, "latent_resolved", "lat", 1);
	AUTO_JSON json_t *done = stage_ask(play.stage.hoot, "{'type':'job_status','job_id':'%s'}", stage_text(job, "job.job_id"));
	assert_string_equal(stage_text(resolved, "artifact_id"), stage_text(done, "job.artifact_id"));
	AUTO_JSON json_t *r = play_region(&play, "lat");
	assert_true(stage_number(r, "region.refinements") == 2);
	assert_string_equal(stage_text(r, "region.content.artifact_id"), stage_text(done, "job.artifact_id"));
	assert_string_equal(stage_text(r, "region.content.hash"), stage_text(done, "job.content_hash"));
	/* what subscribers saw of it: the steps in order, one region throughout */
	int64_t seen = 0;
	size_t i;
	json_t *e;
	json_array_foreach(agent.heard, i, e) {
		if (strcmp(stage_text(e, "type"), "latent_progressed") != 0)
			continue;
		int64_t now = (int64_t)stage_number(e, "refinements");
		assert_true(now == seen || now == seen + 1);
		seen = now;
	}
	assert_int_equal(seen, 2);
	AUTO_JSON json_t *lineage = stage_ask(play.stage.hoot, "{'type':'artifact_lineage','artifact_id':'%s'}",
					      stage_text(done, "job.artifact_id"));
	AUTO_MEM char *text = json_text(lineage, JSON_OUT_COMPACT);
	assert_non_null(strstr(text, piece));
}

enum { MANY = 40 };

static const char *fate_of(int k)
{
	static const char *const fates[] = { "resolved", "rejected", "superseded", "cancelled", "failed" };
	return fates[k % 5];
}

static void meet_fate(const char *id, int k)
{
	if (k % 5 <= 1)
		resolve(id, play.more);
	if (k % 5 == 1)
		ASK("{'type':'latent_reject','region_id':'%s','reason':'too busy'}", id);
	if (k % 5 == 2)
		ASK("{'type':'latent_supersede','region_id':'%s'}", id);
	if (k % 5 == 3)
		ASK("{'type':'latent_cancel','region_id':'%s'}", id);
	if (k % 5 == 4)
		ASK("{'type':'latent_fail','region_id':'%s','job_id':'job-%s','reason':'worker ran out of memory'}", id, id);
}

/* Rows: S0-23, S0-24 */
static void test_many_latents_live_and_dissolve_at_once_and_the_music_is_the_same(void **state)
{
	tune();
	AUTO(audio_buffer) quiet = play_perform(&play, 12);
	ASK("{'type':'transport_stop'}");
	play_step(&play, BEAT);
	char ids[MANY][16];
	int order[MANY];
	struct rng rng;
	rng_init(&rng, 23);
	for (int k = 0; k < MANY; k++) {
		(void)snprintf(ids[k], sizeof(ids[k]), "lat%d", k);
		make_latent(ids[k], k % 10, 1 + k % 7);
		start(ids[k]);
		order[k] = k;
	}
	for (int k = MANY - 1; k > 0; k--) { /* they end in an order that has nothing to do with how they began */
		int j = (int)rng_below(&rng, (uint64_t)k + 1), t = order[k];
		order[k] = order[j];
		order[j] = t;
	}
	play_record(&play);
	ASK("{'type':'transport_play','from_beats':0}");
	for (int k = 0; k < MANY; k++) {
		play_step(&play, 12 * BEAT / MANY);
		ASK("{'type':'latent_progress','region_id':'%s','job_id':'job-%s','progress':0.5}", ids[order[k]], ids[order[k]]);
		meet_fate(ids[order[k]], order[k]);
		if (order[k] % 10 == 3) /* cancelled ones may go altogether */
			ASK("{'type':'region_delete','region_id':'%s'}", ids[order[k]]);
	}
	AUTO(audio_buffer) busy = play_recorded(&play);
	play_same(quiet, busy);
	for (int k = 0; k < MANY; k++)
		if (k % 10 != 3)
			play_state(&play, ids[k], fate_of(k));
}

/* Rows: S0-23, S0-30 */
static void test_jobs_of_very_different_lengths_resolve_their_latents_side_by_side(void **state)
{
	static const int bars[] = { 200, 1, 40, 2, 100, 4 };
	char ids[COUNT_OF(bars)][16], jobs[COUNT_OF(bars)][80];
	tune();
	for (size_t k = 0; k < COUNT_OF(bars); k++) {
		(void)snprintf(ids[k], sizeof(ids[k]), "len%d", bars[k]);
		make_latent(ids[k], 0, 8);
		AUTO_JSON json_t *job = stage_ask(play.stage.hoot, "{'type':'continue','artifact_id':'%s','seed':%d,"
						  "'region_id':'%s','params':{'bars':%d}}", piece, bars[k], ids[k], bars[k]);
		(void)snprintf(jobs[k], sizeof(jobs[k]), "%s", stage_text(job, "job.job_id"));
	}
	ASK("{'type':'latent_supersede','region_id':'len2','by_region_id':'len4'}"); /* its result will come too late */
	AUTO(audio_buffer) b = play_perform(&play, 8);
	play_expect(b, 0, 8 * BEAT, 0.25);
	for (size_t k = 0; k < COUNT_OF(bars); k++) {
		AUTO_JSON json_t *r = stage_ask(play.stage.hoot, "{'type':'job_poll','job_ids':['%s'],'timeout_ms':50000}", jobs[k]);
		const char *s = stage_text(r, "jobs.0.state");
		assert_true(bars[k] == 2 || strcmp(s, "complete") == 0);
		if (bars[k] != 2)
			(void)ear_wait(&agent, "latent_resolved", ids[k], 1);
	}
	for (size_t k = 0; k < COUNT_OF(bars); k++)
		play_state(&play, ids[k], bars[k] == 2 ? "superseded" : "resolved");
}

/* ---- who hears of it, who decides ---- */

struct terminal {
	int status;
	char *output;
};

static void *run_terminal(void *arg)
{
	struct terminal *t = arg;
	const char *const args[] = { "--family", play.stage.family_dir, "--json", "events", "--daemon", "chaosgarden",
				     "--topic", "latent_resolved", "--count", "1", "--for", "60", NULL };
	t->status = stage_run("holler", args, &t->output);
	return NULL;
}

/* Rows: S0-33, S0-94 */
static void test_an_agent_a_page_and_a_person_at_a_terminal_hear_that_a_latent_is_resolved(void **state)
{
	struct ear page; /* hears of everything, as a user interface does */
	struct terminal terminal = { 0 };
	pthread_t thread;
	ear_open(&page, &play, "chaosgarden");
	assert_int_equal(pthread_create(&thread, NULL, run_terminal, &terminal), 0);
	/* resolve latents until the terminal has one: it tells nobody when it is ready to hear */
	char id[16] = "";
	int n = 0;
	for (bool ended = false; !ended; n++) {
		(void)snprintf(id, sizeof(id), "h%d", n);
		make_latent(id, 0, 4);
		start(id);
		resolve(id, play.more);
		ended = pthread_tryjoin_np(thread, NULL) == 0;
		assert_true(n < 100000);
	}
	assert_int_equal(terminal.status, 0);
	assert_non_null(strstr(terminal.output, "latent_resolved"));
	assert_non_null(strstr(terminal.output, "\"artifact_id\""));
	free(terminal.output);
	for (struct ear *e = &agent; e; e = e == &agent ? &page : NULL) {
		const json_t *r = ear_wait(e, "latent_resolved", "h0", 1);
		assert_string_equal(stage_text(r, "artifact_id"), "a-h0");
		assert_string_equal(stage_text(r, "job_id"), "job-h0");
		const json_t *s = ear_wait(e, "latent_state_changed", "h0", 2);
		assert_string_equal(stage_text(s, "state"), "resolved");
		assert_string_equal(stage_text(s, "actor"), "test:stage");
	}
	ear_close(&page);
}

static void resolved_by_a_job(const char *id, int seed)
{
	make_latent(id, 0, 8);
	HOOT("{'type':'forward','inputs':['%s'],'region_id':'%s','steps':[{'verb':'continue','seed':%d,'params':{'bars':4}},"
	     "{'verb':'project','space':'audio'}]}", piece, id, seed);
	(void)ear_wait(&agent, "latent_resolved", id, 1);
}

/* Rows: S0-34, L16 */
static void test_the_four_decisions_mix_in_hold_discard_and_ask_for_another(void **state)
{
	resolved_by_a_job("yes", 1);
	resolved_by_a_job("wait", 2);
	resolved_by_a_job("no", 3);
	resolved_by_a_job("again", 4);
	HOOT("{'type':'decide','region_id':'yes','decision':'approve','mix_in':{'kind':'cut','at':{'boundary':'at_beat','beat':2}}}");
	HOOT("{'type':'decide','region_id':'wait','decision':'hold'}");
	HOOT("{'type':'decide','region_id':'no','decision':'reject','reason':'too busy'}");
	AUTO_JSON json_t *before = play_region(&play, "again");
	AUTO_JSON json_t *d = stage_ask(play.stage.hoot, "{'type':'decide','region_id':'again','decision':'request_variation','seed':99}");
	const json_t *r = ear_wait(&agent, "latent_resolved", "again", 2);
	assert_string_equal(stage_text(r, "job_id"), stage_text(d, "decision.job_id"));
	AUTO_JSON json_t *after = play_region(&play, "again");
	assert_string_equal(stage_text(after, "region.state"), "resolved");
	assert_string_not_equal(stage_text(after, "region.content.hash"), stage_text(before, "region.content.hash"));
	play_state(&play, "yes", "approved");
	play_state(&play, "wait", "held");
	play_state(&play, "no", "rejected");
	AUTO(audio_buffer) b = play_perform(&play, 8);
	play_expect(b, 0, 2 * BEAT, 0);
	double loudest = 0;
	for (size_t i = 4 * BEAT; i < b->n_frames * 2; i++)
		loudest = loudest > (double)b->samples[i] ? loudest : (double)b->samples[i];
	assert_true(loudest > 0.01); /* only the one that was approved is heard, and it is */
	play_state(&play, "yes", "mixed_in");
	play_state(&play, "wait", "held");
	AUTO_JSON json_t *log = stage_ask(play.stage.hoot, "{'type':'decision_list','limit':4}");
	assert_string_equal(stage_text(log, "decisions.0.decision"), "request_variation");
	assert_string_equal(stage_text(log, "decisions.1.reason"), "too busy");
}

#define HOOT_DECIDES(id, what) \
	stage_ask(play.stage.hoot, "{'type':'decide','region_id':'%s','decision':'%s'}", (id), (what))

#define HOOT_REFUSES(err, id, what) \
	stage_try(play.stage.hoot, (err), "{'type':'decide','region_id':'%s','decision':'%s'}", (id), (what))

static void test_a_decision_that_cannot_be_carried_out_is_an_error_that_says_what_can(void **state)
{
	struct err err = ERR_INIT;
	ASK("{'type':'region_create','region_id':'plain-one','name':'verse','position_beats':0,'duration_beats':4,"
	    "'behaviour':'custom'}");
	static const char *const decisions[] = { "approve", "hold", "reject" };
	for (size_t i = 0; i < COUNT_OF(decisions); i++) {
		assert_int_equal(HOOT_REFUSES(&err, "nowhere", decisions[i]), -ENOENT);
		assert_string_equal(err.field, "region_id");
		assert_string_equal(err.msg, "no region 'nowhere'");
		assert_int_equal(HOOT_REFUSES(&err, "plain-one", decisions[i]), -EPROTO);
		assert_non_null(strstr(err.msg, "is not latent"));
		assert_non_null(strstr(err.hint, "region_list"));
	}
	make_latent("lat-one", 0, 8);
	assert_int_equal(HOOT_REFUSES(&err, "lat-onw", "approve"), -ENOENT);
	assert_string_equal(err.hint, "did you mean lat-one?");
	assert_int_equal(HOOT_REFUSES(&err, "verse", "approve"), -ENOENT);
	assert_string_equal(err.hint, "that is a name; the id of the region is plain-one");
	assert_int_equal(HOOT_REFUSES(&err, "lat-one", "approve"), -EPROTO);
	assert_string_equal(err.msg, "region 'lat-one' is pending: approve is not possible");
	assert_non_null(strstr(err.hint, "possible now: start"));
	assert_int_equal(HOOT_REFUSES(&err, "lat-one", "request_variation"), -ENOENT);
	assert_non_null(strstr(err.msg, "no job has worked on region 'lat-one'"));
}

/* What a user who goes back sees: the latent that is mixed in stays, the edit before it is taken back. */
static void test_undo_goes_on_behind_a_latent_that_is_mixed_in(void **state)
{
	struct err err = ERR_INIT;
	AUTO_JSON json_t *marked =
		stage_ask(play.stage.garden, "{'type':'timeline_add_marker','position_beats':4,'marker_type':'cue_point'}");
	make_latent("u", 0, 8);
	start("u");
	resolve("u", play.more);
	assert_int_equal(stage_try(play.stage.garden, &err, "{'type':'timeline_undo'}"), -ESTALE);
	assert_non_null(strstr(err.hint, "it is resolved: cancel or delete it"));
	ASK("{'type':'latent_approve','region_id':'u','mix_in':{'kind':'cut','at':{'boundary':'at_beat','beat':2}}}");
	AUTO(audio_buffer) b = play_perform(&play, 4);
	play_expect(b, 0, 2 * BEAT, 0);
	play_state(&play, "u", "mixed_in");
	AUTO_JSON json_t *undone = stage_ask(play.stage.garden, "{'type':'timeline_undo'}");
	assert_true(stage_number(undone, "of_revision") == stage_number(marked, "revision"));
	play_state(&play, "u", "mixed_in");
	AUTO_JSON json_t *again = stage_ask(play.stage.garden, "{'type':'timeline_redo'}");
	assert_true(stage_number(again, "of_revision") == stage_number(marked, "revision"));
}

/* Why another one is not made, and that it really is not. */
static void expect_no_variation(const char *id, const char *state, const char *says)
{
	struct err err = ERR_INIT;
	assert_int_equal(HOOT_REFUSES(&err, id, "request_variation"), -EPROTO);
	if (!strstr(err.msg, state) || !strstr(err.hint, says))
		fail_msg("%s: %s; %s", id, err.msg, err.hint);
	AUTO_JSON json_t *log = stage_ask(play.stage.hoot, "{'type':'decision_list','region_id':'%s','limit':1}", id);
	AUTO_JSON json_t *job = stage_ask(play.stage.hoot, "{'type':'job_poll','job_ids':['%s'],'timeout_ms':20000}",
					  stage_text(log, "decisions.0.job_id"));
	assert_string_equal(stage_text(job, "jobs.0.state"), "cancelled");
	play_state(&play, id, state);
}

static void test_another_one_is_asked_for_before_it_is_approved_or_after_the_approval_is_taken_back(void **state)
{
	resolved_by_a_job("on", 5);
	resolved_by_a_job("off", 6);
	HOOT("{'type':'decide','region_id':'on','decision':'approve','mix_in':{'kind':'cut','at':{'boundary':'at_beat','beat':2}}}");
	HOOT("{'type':'decide','region_id':'off','decision':'reject'}");
	expect_no_variation("on", "approved", "possible now: approve, hold, reject");
	expect_no_variation("off", "rejected", "final");
	HOOT("{'type':'decide','region_id':'on','decision':'hold'}");
	AUTO_JSON json_t *d = HOOT_DECIDES("on", "request_variation");
	assert_true(json_is_true(stage_value(d, "decision.delivered")));
	const json_t *r = ear_wait(&agent, "latent_resolved", "on", 2);
	assert_string_equal(stage_text(r, "job_id"), stage_text(d, "decision.job_id"));
}

/* Rows: S0-35, S0-39 */
static void test_what_is_approved_while_the_music_plays_enters_at_the_next_bar(void **state)
{
	tune();
	make_latent("lat", 0, 16);
	start("lat");
	resolve("lat", play.more);
	play_record(&play);
	ASK("{'type':'transport_play','from_beats':0}");
	play_step(&play, 5 * BEAT + 321);
	AUTO_JSON json_t *a = stage_ask(play.stage.garden, "{'type':'latent_approve','region_id':'lat','mix_in':{'kind':'linear','beats':1,"
					"'replaces':['tune']}}");
	assert_true(stage_number(a, "enters_beats") == 8 && stage_number(a, "enters_frame") == 8 * BEAT);
	play_step(&play, 5 * BEAT - 321);
	AUTO(audio_buffer) b = play_recorded(&play);
	play_expect(b, 0, 8 * BEAT, 0.25);
	for (int k = 0; k < BEAT; k += 53)
		play_expect(b, 8 * BEAT + k, 8 * BEAT + k + 1, 0.25 + 0.25 * k / BEAT);
	play_expect(b, 9 * BEAT, 10 * BEAT, 0.5);
	const json_t *m = ear_wait(&agent, "mixed_in", "lat", 1);
	assert_true(stage_number(m, "frame") == 8 * BEAT && stage_number(m, "beat") == 8);
}

/* Rows: L05, S0-35, S0-144 */
static void test_an_approval_survives_kill_9_of_the_daemon_and_enters_on_its_sample(void **state)
{
	tune();
	make_latent("lat", 0, 16);
	start("lat");
	resolve("lat", play.more);
	ASK("{'type':'transport_play','from_beats':0}");
	play_step(&play, 5 * BEAT);
	ASK("{'type':'latent_approve','region_id':'lat','mix_in':{'kind':'linear','beats':1,'replaces':['tune']}}");
	AUTO_JSON json_t *before = stage_ask(play.stage.garden, "{'type':'transport_status'}");
	pid_t old = stage_pid(&play.stage, "chaosgarden");
	stage_kill(&play.stage, "chaosgarden", SIGKILL);
	stage_wait_back(&play.stage, "chaosgarden", old);
	AUTO_JSON json_t *after = stage_ask(play.stage.garden, "{'type':'transport_status'}");
	assert_string_equal(stage_text(after, "state"), "playing");
	assert_true(stage_number(after, "position_beats") == 5);
	assert_true(stage_number(after, "revision") == stage_number(before, "revision"));
	play_state(&play, "lat", "approved");
	play_record(&play);
	play_step(&play, 5 * BEAT);
	AUTO(audio_buffer) b = play_recorded(&play);
	play_expect(b, 1024, 3 * BEAT, 0.25); /* entering in the middle of a clip fades for some milliseconds */
	for (int k = 0; k < BEAT; k += 53)
		play_expect(b, 3 * BEAT + k, 3 * BEAT + k + 1, 0.25 + 0.25 * k / BEAT);
	play_expect(b, 4 * BEAT, 5 * BEAT, 0.5);
	(void)ear_wait(&agent, "mixed_in", "lat", 1);
	play_state(&play, "lat", "mixed_in");
}

/* ---- a bridge that is generated ---- */

/* Rows: S0-42 */
static void test_a_bridge_enters_and_leaves_on_its_samples_by_one_decision(void **state)
{
	struct err err = ERR_INIT;
	char lead[400];
	(void)snprintf(lead, sizeof(lead), "%s/lead.wav", play.stage.dir);
	play_constant(lead, 0.125f, 12);
	tune();
	make_latent("br", 8, 8);
	make_latent("lat", 12, 12);
	start("br");
	start("lat");
	resolve("lat", play.more);
	const char *approve = "{'type':'latent_approve','region_id':'lat','mix_in':{'kind':'linear','beats':2,'via':'br',"
			      "'at':{'boundary':'at_bar','bar':3},'replaces':['tune']}}";
	assert_int_equal(stage_try(play.stage.garden, &err, "%s", approve), -EPROTO); /* the bridge is not there yet: */
	play_state(&play, "lat", "resolved");					      /* nothing of it was done */
	resolve("br", lead);
	AUTO_JSON json_t *a = stage_ask(play.stage.garden, "%s", approve);
	assert_true(stage_number(a, "enters_beats") == 14);
	AUTO(audio_buffer) b = play_perform(&play, 20);
	play_expect(b, 0, 8 * BEAT, 0.25);
	play_expect(b, 9 * BEAT, 9 * BEAT + 1, (0.25 + 0.125) / 2);
	play_expect(b, 10 * BEAT, 14 * BEAT, 0.125);
	play_expect(b, 15 * BEAT, 15 * BEAT + 1, (0.125 + 0.5) / 2);
	play_expect(b, 16 * BEAT, 20 * BEAT, 0.5);
	(void)ear_wait(&agent, "mixed_in", "br", 1);
	(void)ear_wait(&agent, "mixed_in", "lat", 1);
	play_state(&play, "br", "mixed_in");
	play_state(&play, "lat", "mixed_in");
}

static double loudness(const struct audio_buffer *b, int from_beat, int to_beat)
{
	double sum = 0;
	for (size_t i = (size_t)from_beat * BEAT * 2; i < (size_t)to_beat * BEAT * 2; i++)
		sum += (double)b->samples[i] * (double)b->samples[i];
	return sqrt(sum / ((to_beat - from_beat) * (double)BEAT * 2));
}

/* Rows: S0-42, L04, L16 */
static void test_a_generated_bridge_is_a_latent_of_its_own_whose_result_joins_two_pieces(void **state)
{
	/* "X:1\nK:G\nM:4/4\nL:1/4\ngfed|cBAG|\n" */
	AUTO_JSON json_t *abc = stage_ask(play.stage.hoot, "{'type':'artifact_upload','space':'abc','mime_type':'text/vnd.abc',"
							   "'data':'WDoxCks6RwpNOjQvNApMOjEvNApnZmVkfGNCQUd8Cg=='}");
	AUTO_JSON json_t *job = stage_ask(play.stage.hoot, "{'type':'project','artifact_id':'%s','space':'midi'}",
					  stage_text(abc, "artifact.artifact_id"));
	wait_job(stage_text(job, "job.job_id"), "complete");
	AUTO_JSON json_t *second = stage_ask(play.stage.hoot, "{'type':'job_status','job_id':'%s'}", stage_text(job, "job.job_id"));
	struct err err = ERR_INIT;
	assert_int_equal(stage_try(play.stage.hoot, &err, "{'type':'forward','inputs':['%s'],'steps':[{'verb':'bridge'}]}", piece),
			 -EINVAL);
	assert_string_equal(err.field, "steps[0].verb");
	ASK("{'type':'region_create','region_id':'tune','position_beats':0,'duration_beats':12,'content':{'path':'%s'}}", play.tune);
	make_latent("lat", 16, 8);
	ASK("{'type':'region_create','region_id':'br','position_beats':8,'duration_beats':8,'behaviour':'latent',"
	    "'intent':{'verb':'bridge','space':'audio','prompt':'lead over to the second piece'}}");
	HOOT("{'type':'forward','inputs':['%s'],'region_id':'lat','steps':[{'verb':'project','space':'audio'}]}",
	     stage_text(second, "job.artifact_id"));
	AUTO_JSON json_t *over = stage_ask(play.stage.hoot, "{'type':'forward','inputs':['%s','%s'],'region_id':'br','steps':["
					   "{'verb':'bridge','seed':5,'params':{'bars':2}},{'verb':'project','space':'audio'}]}",
					   piece, stage_text(second, "job.artifact_id"));
	(void)ear_wait(&agent, "latent_resolved", "lat", 1);
	(void)ear_wait(&agent, "latent_resolved", "br", 1);
	/* it grew out of both */
	AUTO_JSON json_t *done = stage_ask(play.stage.hoot, "{'type':'job_status','job_id':'%s'}", stage_text(over, "job.job_id"));
	AUTO_JSON json_t *lineage = stage_ask(play.stage.hoot, "{'type':'artifact_lineage','artifact_id':'%s'}",
					      stage_text(done, "job.steps.0.artifact_id"));
	AUTO_MEM char *text = json_text(lineage, JSON_OUT_COMPACT);
	assert_non_null(strstr(text, piece));
	assert_non_null(strstr(text, stage_text(second, "job.artifact_id")));
	/* and the other way about it is another bridge: both inputs count */
	AUTO_JSON json_t *back = stage_ask(play.stage.hoot, "{'type':'bridge','artifact_id':'%s','to_artifact_id':'%s','seed':5,"
					   "'params':{'bars':2}}", stage_text(second, "job.artifact_id"), piece);
	wait_job(stage_text(back, "job.job_id"), "complete");
	AUTO_JSON json_t *other = stage_ask(play.stage.hoot, "{'type':'job_status','job_id':'%s'}", stage_text(back, "job.job_id"));
	assert_string_not_equal(stage_text(other, "job.content_hash"), stage_text(done, "job.steps.0.content_hash"));

	HOOT("{'type':'decide','region_id':'lat','decision':'approve','mix_in':{'kind':'cut','via':'br',"
	     "'at':{'boundary':'at_bar','bar':3},'replaces':['tune']}}");
	AUTO(audio_buffer) b = play_perform(&play, 24);
	play_expect(b, 0, 8 * BEAT, 0.25);
	assert_true(loudness(b, 8, 15) > 0.005);  /* the bridge */
	assert_true(loudness(b, 16, 20) > 0.005); /* what it leads to */
	play_state(&play, "br", "mixed_in");
	play_state(&play, "lat", "mixed_in");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_a_latent_shows_what_it_wants_and_which_job_is_at_it_before_it_sounds, setup),
		cmocka_unit_test_setup(test_a_job_of_several_steps_refines_one_latent_until_it_resolves, setup),
		cmocka_unit_test_setup(test_many_latents_live_and_dissolve_at_once_and_the_music_is_the_same, setup),
		cmocka_unit_test_setup(test_jobs_of_very_different_lengths_resolve_their_latents_side_by_side, setup),
		cmocka_unit_test_setup(test_an_agent_a_page_and_a_person_at_a_terminal_hear_that_a_latent_is_resolved, setup),
		cmocka_unit_test_setup(test_the_four_decisions_mix_in_hold_discard_and_ask_for_another, setup),
		cmocka_unit_test_setup(test_a_decision_that_cannot_be_carried_out_is_an_error_that_says_what_can, setup),
		cmocka_unit_test_setup(
			test_another_one_is_asked_for_before_it_is_approved_or_after_the_approval_is_taken_back, setup),
		cmocka_unit_test_setup(test_undo_goes_on_behind_a_latent_that_is_mixed_in, setup),
		cmocka_unit_test_setup(test_what_is_approved_while_the_music_plays_enters_at_the_next_bar, setup),
		cmocka_unit_test_setup(test_an_approval_survives_kill_9_of_the_daemon_and_enters_on_its_sample, setup),
		cmocka_unit_test_setup(test_a_bridge_enters_and_leaves_on_its_samples_by_one_decision, setup),
		cmocka_unit_test_setup(test_a_generated_bridge_is_a_latent_of_its_own_whose_result_joins_two_pieces, setup),
	};
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}

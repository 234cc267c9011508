/*
 * test_questions.c - the questions that participants ask while music plays, put to the running family: who can make MIDI right now,
 * what sounds and where it comes from, what became of the latents of the last minute, which jobs will be late.
 *
 * The worker is played by the test, so that its jobs go on as the questions need it. The transport rolls by the clock; what is asked
 * has the same answer however long the test takes.
 */
#include "stage.h"

#include "../check.h"

#include "base/base64.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdio.h>
#include <string.h>

static struct stage stage;
static char player[80], tune[80]; /* a worker; an artifact with a note in it */
static int64_t revision;          /* of the last edit */

/* ---- asking ---- */

static void quote(char *text)
{
	for (; *text; text++)
		*text = *text == '\'' ? '"' : *text;
}

/* The rows as text; `variables` is an object. Waits for the timeline's last edit. */
static char *ask(const char *query, const char *variables)
{
	AUTO_STRBUF payload = STRBUF_INIT, out = STRBUF_INIT;
	AUTO_JSON json_t *result = NULL;
	struct err err = ERR_INIT;
	const struct wire_request_options o = { .deadline_ms = 60000, .harmless = true };
	struct json_out w;
	char AUTO_MEM *text = strdup(query), AUTO_MEM *given = strdup(variables);
	quote(text);
	quote(given);
	strbuf_adds(&payload, "{\"type\":\"graph_query\",\"query\":");
	json_out_init(&w, &payload);
	json_out_string(&w, text);
	strbuf_addf(&payload, ",\"variables\":%s,\"at_least_revision\":%lld,\"timeout_ms\":50000}", given, (long long)revision);
	assert_true(strbuf_ok(&payload));
	if (wire_client_call_json(stage.hoot, payload.s, payload.n, &o, &out, &err) < 0)
		fail_msg("%s\n -> %s: %s (%s)", query, err_name(err.code), err.msg, err.hint);
	if (json_parse(out.s, out.n, &result, &err) < 0)
		fail_msg("%s", err.msg);
	assert_string_equal(stage_text(result, "stopped"), "end");
	char *rows = json_text(json_object_get(result, "rows"), JSON_OUT_COMPACT);
	assert_non_null(rows);
	return rows;
}

static bool gives(const char *query, const char *variables, const char *rows, bool must)
{
	char AUTO_MEM *got = ask(query, variables), AUTO_MEM *want = strdup(rows);
	quote(want);
	bool same = strcmp(got, want) == 0;
	if (!same && must)
		fail_msg("%s\n gave %s\n  not %s", query, got, want);
	return same;
}

static void expect(const char *query, const char *variables, const char *rows)
{
	(void)gives(query, variables, rows, true);
}

/* What is told by events alone arrives soon: asks until it has. */
static void expect_soon(const char *query, const char *variables, const char *rows)
{
	int64_t deadline = clock_monotonic_ns(clock_system()) + 30 * NS_PER_SEC;
	while (clock_monotonic_ns(clock_system()) < deadline) {
		if (gives(query, variables, rows, false))
			return;
	}
	expect(query, variables, rows);
}

/* ---- doing ---- */

static void region(const char *fmt, ...) PRINTF(1, 2);
static void region(const char *fmt, ...)
{
	char rest[500];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(rest, sizeof(rest), fmt, ap);
	va_end(ap);
	AUTO_JSON json_t *r = stage_ask(stage.garden, "{'type':'region_create',%s}", rest);
	revision = (int64_t)stage_number(r, "revision");
}

static void keep(char ret[80], const json_t *result, const char *path)
{
	assert_true(str_copy(ret, 80, stage_text(result, path)));
}

/* A MIDI file of one note, as an artifact. */
static void upload(char note, const char *fields, char ret[80])
{
	const uint8_t file[] = { 'M', 'T', 'h', 'd', 0, 0, 0, 6, 0, 0, 0, 1, 0, 96, 'M', 'T', 'r', 'k', 0, 0, 0, 13,
				 0, 0x90, (uint8_t)note, 64, 0x60, 0x80, (uint8_t)note, 0, 0, 0xff, 0x2f, 0, 0 };
	char text[BASE64_SIZE(sizeof(file)) + 1];
	base64_encode(text, file, sizeof(file) - 1);
	text[BASE64_SIZE(sizeof(file) - 1)] = '\0';
	AUTO_JSON json_t *r = stage_ask(stage.hoot, "{'type':'artifact_upload','mime_type':'audio/midi','data':'%s'%s}", text, fields);
	keep(ret, r, "artifact.artifact_id");
}

static void start(const char *region_id, char job[80])
{
	AUTO_JSON json_t *r = stage_ask(stage.hoot, "{'type':'continue','artifact_id':'%s','fresh':true,'region_id':'%s'}", tune, region_id);
	keep(job, r, "job.job_id");
}

static void claim(const char *job)
{
	AUTO_JSON json_t *r = stage_ask(stage.hoot, "{'type':'job_claim','worker_id':'%s'}", player);
	assert_string_equal(stage_text(r, "lease.job_id"), job);
}

/* Its content is that of another artifact. */
static void complete(const char *job, const char *like)
{
	AUTO_JSON json_t *a = stage_ask(stage.hoot, "{'type':'artifact_get','artifact_id':'%s'}", like);
	json_decref(stage_ask(stage.hoot,
			      "{'type':'job_complete','worker_id':'%s','job_id':'%s','attempt':1,'content_hash':'%s','mime_type':'audio/midi',"
			      "'metadata':{'title':'made'}}",
			      player, job, stage_text(a, "artifact.content_hash")));
}

static int setup(void **state)
{
	static const char *const up[] = { "--device", "null", "--workers", "0", "--pass", "hootenanny:--lease-ms=600000", NULL };
	stage_open(&stage, up);
	AUTO_JSON json_t *w = stage_ask(stage.hoot, "{'type':'worker_register','name':'player','capabilities':["
						    "{'verb':'continue','from_space':'midi','to_space':'midi','model':'m','model_version':'1',"
						    "'deterministic':true}]}");
	keep(player, w, "worker_id");
	upload(60, ",'tags':['theme'],'metadata':{'title':'tune'}", tune);
	return 0;
}

static int teardown(void **state)
{
	stage_close(&stage);
	return 0;
}

/* ---- the questions ---- */

/* Rows: H-S04 */
static void test_who_can_make_midi_right_now(void **state)
{
	static const char query[] = "{ Capability { to_space @filter(op: '=', value: ['$midi']) available @filter(op: '=', value: ['$yes'])"
				    " verb @output model @output worker { name @output } } }";
	AUTO_JSON json_t *other = stage_ask(stage.hoot, "{'type':'worker_register','name':'renderer','capabilities':["
							"{'verb':'project','from_space':'midi','to_space':'audio','model':'sf',"
							"'model_version':'1','deterministic':true}]}");
	AUTO_JSON json_t *third = stage_ask(stage.hoot, "{'type':'worker_register','name':'third','capabilities':["
							"{'verb':'sample','from_space':'','to_space':'midi','model':'dice',"
							"'model_version':'1','deterministic':true}]}");
	json_decref(stage_ask(stage.hoot, "{'type':'worker_leave','worker_id':'%s'}", stage_text(third, "worker_id")));
	expect(query, "{'midi':'midi','yes':true}", "[{'verb':'continue','model':'m','name':'player'}]");
	expect("{ Worker { name @filter(op: '=', value: ['$n']) online @output } }", "{'n':'third'}", "[{'online':false}]");
	expect("{ Route(from_space: 'midi', to_space: 'audio') { model @output n_workers @output } }", "{}",
	       "[{'model':'sf','n_workers':1}]");
	json_decref(stage_ask(stage.hoot, "{'type':'worker_leave','worker_id':'%s'}", stage_text(other, "worker_id")));
}

/* Rows: S0-72 */
static void test_regions_tagged_chorus(void **state)
{
	region("'region_id':'c1','position_beats':3000,'duration_beats':4,'tags':['chorus','loud'],'content':{'artifact_id':'%s','hash':"
	       "'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08','path':'/nowhere.wav'}",
	       tune);
	region("'region_id':'c2','position_beats':2000,'duration_beats':4,'tags':['chorus'],'behaviour':'emit_trigger','trigger':'x'");
	region("'region_id':'v1','position_beats':2500,'duration_beats':4,'tags':['verse'],'behaviour':'emit_trigger','trigger':'x'");
	expect("{ RegionByTag(tag: 'chorus') { region_id @output artifact @optional { title @output tags @output } } }", "{}",
	       "[{'region_id':'c2','title':null,'tags':null},{'region_id':'c1','title':'tune','tags':['theme']}]");
}

/* Rows: S0-82 */
static void test_the_whole_lineage_of_what_sounds_now(void **state)
{
	static const char query[] = "{ Sounding { region_id @output artifact { title @output ancestors @fold { from: title @output } } } }";
	char chords[80], line[80], sound[80], fields[300];
	upload(62, ",'metadata':{'title':'chords'}", chords);
	(void)snprintf(fields, sizeof(fields), ",'metadata':{'title':'line'},'parents':['%s','%s']", tune, chords);
	upload(64, fields, line);
	(void)snprintf(fields, sizeof(fields), ",'metadata':{'title':'sound'},'parents':['%s','%s']", line, chords);
	upload(65, fields, sound);
	AUTO_JSON json_t *a = stage_ask(stage.hoot, "{'type':'artifact_get','artifact_id':'%s'}", sound);
	region("'region_id':'now','position_beats':0,'duration_beats':1e6,'content':{'hash':'%s','artifact_id':'%s'}",
	       stage_text(a, "artifact.content_hash"), sound);
	region("'region_id':'later','position_beats':900000,'duration_beats':4,'content':{'hash':'%s','artifact_id':'%s'}",
	       stage_text(a, "artifact.content_hash"), sound);
	expect(query, "{}", "[]");
	json_decref(stage_ask(stage.garden, "{'type':'transport_play'}"));
	expect_soon(query, "{}", "[{'region_id':'now','title':'sound','from':['line','chords','tune']}]");
	json_decref(stage_ask(stage.garden, "{'type':'transport_stop'}"));
	expect_soon(query, "{}", "[]");
}

static void test_what_became_of_the_latents_of_the_last_minutes(void **state)
{
	static const char query[] =
		"{ Job { age_seconds @filter(op: '<=', value: ['$s']) region { region_id @output became: state @output reason @output"
		" decisions @fold { decision @output } } artifact @optional { title @output parents { parent: title @output } } } }";
	static const char *const resolved[] = { "resolved", NULL };
	char job[80];
	for (int i = 1; i <= 3; i++)
		region("'region_id':'l%d','position_beats':%d,'duration_beats':4,'behaviour':'latent'", i, 5000 + i * 8);
	for (int i = 1; i <= 2; i++) {
		char id[4] = { 'l', (char)('0' + i), '\0' };
		start(id, job);
		claim(job);
		complete(job, tune);
		stage_wait_region(&stage, id, resolved);
	}
	json_decref(stage_ask(stage.hoot, "{'type':'decide','region_id':'l1','decision':'reject','reason':'too busy'}"));
	start("l3", job);
	expect_soon(query, "{'s':900.0}",
		    "[{'region_id':'l3','became':'pending','reason':null,'decision':[],'title':null,'parent':null},"
		    "{'region_id':'l2','became':'resolved','reason':null,'decision':[],'title':'made','parent':'tune'},"
		    "{'region_id':'l1','became':'rejected','reason':'too busy','decision':['reject'],'title':'made','parent':'tune'}]");
	expect("{ PendingApproval { region_id @output artifact { title @output } } }", "{}", "[{'region_id':'l2','title':'made'}]");
	expect("{ Job { state @filter(op: '=', value: ['$s']) region_id @output waiting_for @output } }", "{'s':'pending'}",
	       "[{'region_id':'l3','waiting_for':null}]");
	json_decref(stage_ask(stage.hoot, "{'type':'job_cancel','job_id':'%s'}", job));
}

/* Rows: S0-83 */
static void test_which_jobs_will_be_late(void **state)
{
	static const char query[] = "{ LateJob { region_id @output state @output } }";
	char far[80], near[80], lonely[80];
	region("'region_id':'far','position_beats':1e7,'duration_beats':4,'behaviour':'latent'");
	region("'region_id':'near','position_beats':100,'duration_beats':4,'behaviour':'latent'");
	region("'region_id':'lonely','position_beats':1e7,'duration_beats':4,'behaviour':'latent'");
	start("far", far);
	claim(far);
	json_decref(stage_ask(stage.hoot, "{'type':'job_progress','worker_id':'%s','job_id':'%s','attempt':1,'progress':0.5}", player, far));
	start("near", near);
	expect(query, "{}", "[]"); /* nothing sounds while the transport stands */
	json_decref(stage_ask(stage.garden, "{'type':'transport_play','from_beats':200}"));
	expect_soon(query, "{}", "[{'region_id':'near','state':'pending'}]");
	AUTO_JSON json_t *r = stage_ask(stage.hoot, "{'type':'project','artifact_id':'%s','space':'audio','region_id':'lonely'}", tune);
	keep(lonely, r, "job.job_id");
	expect(query, "{}", "[{'region_id':'near','state':'pending'},{'region_id':'lonely','state':'pending'}]");
	expect("{ RunningJob { region_id @output late @output margin_seconds @filter(op: '>', value: ['$m']) } }", "{'m':1000000.0}",
	       "[{'region_id':'far','late':false}]");
	claim(near);
	complete(near, tune);
	expect(query, "{}", "[{'region_id':'lonely','state':'pending'}]");
	json_decref(stage_ask(stage.hoot, "{'type':'job_cancel','job_id':'%s'}", lonely));
	complete(far, tune);
	expect(query, "{}", "[]");
	json_decref(stage_ask(stage.garden, "{'type':'transport_stop'}"));
}

static void test_who_changed_what_and_what_was_told(void **state)
{
	json_decref(stage_ask(stage.hoot, "{'type':'artifact_tag','artifact_id':'%s','add':['keeper']}", tune));
	expect("{ Change { request @filter(op: '=', value: ['$r']) payload @filter(op: 'has_substring', value: ['$p']) by {"
	       " changes @fold @transform(op: 'count') @filter(op: '>', value: ['$n']) } age_seconds @filter(op: '<', value: ['$a'])"
	       " request @output } }",
	       "{'r':'artifact_tag','p':'artifact_tag','n':1,'a':900.0}", "[{'request':'artifact_tag'}]");
	expect_soon("{ Event { name @filter(op: '=', value: ['$n']) sender @output payload @filter(op: 'has_substring', value: ['$p']) } }",
		    "{'n':'artifact_tagged','p':'keeper'}", "[{'sender':'hootenanny'}]");
	region("'region_id':'the-last','position_beats':7000,'duration_beats':4,'behaviour':'emit_trigger','trigger':'x'");
	expect_soon("{ Event { sender @filter(op: '=', value: ['$s']) name @output payload @filter(op: 'has_substring', value: ['$p']) } }",
		    "{'s':'chaosgarden','p':'the-last'}", "[{'name':'edit_applied'},{'name':'region_created'}]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_can_make_midi_right_now),
		cmocka_unit_test(test_regions_tagged_chorus),
		cmocka_unit_test(test_the_whole_lineage_of_what_sounds_now),
		cmocka_unit_test(test_what_became_of_the_latents_of_the_last_minutes),
		cmocka_unit_test(test_which_jobs_will_be_late),
		cmocka_unit_test(test_who_changed_what_and_what_was_told),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}

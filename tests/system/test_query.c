/*
 * test_query.c - what chaosgarden answers about its garden: right, within its limits, and in nobody's way.
 */
#include "play.h"

#include "../check.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/uuid.h"

#include <stdio.h>
#include <string.h>
#include <zmq.h>

static struct play play;
static struct wire_context *context;
static struct wire_client *query;
#define ASK(...) PLAY_ASK(&play, __VA_ARGS__)

static void connect_query(void)
{
	struct err err = ERR_INIT;
	const struct wire_client_options o = { .context = context, .loop = play.stage.loop, .family = play.stage.family,
					       .daemon = "chaosgarden", .socket = "query" };
	if (wire_client_new(&o, &query, &err) < 0)
		fail_msg("%s", err.msg);
}

static int setup(void **state)
{
	play_open(&play, PLAY_ALONE);
	assert_int_equal(wire_context_new(&context, NULL), 0);
	connect_query();
	return 0;
}

static int teardown(void **state)
{
	wire_client_free(TAKE(query));
	wire_context_free(TAKE(context));
	play_close(&play);
	return 0;
}

static int reset(void **state)
{
	play_reset(&play);
	return 0;
}

/* ---- asking: queries have ` for ", for they stand inside of JSON ---- */

static void write_query(const char *text, struct strbuf *b)
{
	for (; *text; text++)
		(void)(*text == '`' ? strbuf_adds(b, "\\\"") : strbuf_addc(b, *text));
	assert_true(strbuf_ok(b));
}

/* The result of a query with these further fields of the request ("" or ",'limit':3"). */
static json_t *ask_for(struct wire_client *c, const char *text, const char *more)
{
	AUTO_STRBUF q = STRBUF_INIT;
	write_query(text, &q);
	return stage_ask(c, "{'type':'garden_query','query':'%s'%s}", q.s, more);
}

static json_t *ask(const char *text)
{
	return ask_for(query, text, "");
}

/* The rows, as JSON without quotes and spaces: enough to compare. */
static void expect_rows(const json_t *result, const char *rows)
{
	AUTO_STRBUF plain = STRBUF_INIT;
	char AUTO_MEM *text = json_dumps(stage_value(result, "rows"), JSON_COMPACT);
	for (const char *s = text; *s; s++)
		if (*s != '"')
			(void)strbuf_addc(&plain, *s);
	assert_string_equal(plain.s, rows);
	assert_true(stage_number(result, "n_rows") == (double)json_array_size(stage_value(result, "rows")));
}

static void expect(const char *text, const char *rows)
{
	AUTO_JSON json_t *r = ask(text);
	assert_string_equal(stage_text(r, "stopped"), "end");
	expect_rows(r, rows);
}

/* ---- right answers ---- */

static void place_a_song(void)
{
	ASK("{'type':'region_create','region_id':'verse','position_beats':0,'duration_beats':8,'tags':['verse','drums'],"
	    "'content':{'path':'%s'}}", play.tune);
	ASK("{'type':'region_create','region_id':'chorus','position_beats':8,'duration_beats':8,'tags':['chorus'],"
	    "'content':{'path':'%s'}}", play.more);
	ASK("{'type':'region_create','region_id':'idea','position_beats':8,'duration_beats':4,'behaviour':'latent',"
	    "'tags':['chorus'],'intent':{'prompt':'a fill'}}");
	ASK("{'type':'timeline_add_marker','marker_id':'a','position_beats':0,'marker_type':'section_change','label':'A'}");
	ASK("{'type':'timeline_add_marker','marker_id':'b','position_beats':8,'marker_type':'section_change','label':'B'}");
}

/* Rows: S0-72 */
static void test_questions_about_the_timeline_have_right_answers(void **state)
{
	place_a_song();
	expect("{ RegionByTag(tag: `chorus`) { region_id @output position_beats @output } }",
	       "[{region_id:chorus,position_beats:8.0},{region_id:idea,position_beats:8.0}]");
	expect("{ LatentRegion { region_id @output state @output prompt @output } }", "[{region_id:idea,state:pending,prompt:a fill}]");
	expect("{ Section { label @output regions @fold { region_id @output } } }",
	       "[{label:A,region_id:[verse]},{label:B,region_id:[chorus,idea]}]");
	expect("{ RegionInRange(from_beats: 7.5, to_beats: 8.0) { region_id @output } }", "[{region_id:verse}]");
	expect("{ Sounding { region_id @output } }", "[]");
	expect("{ Device { kind @output rate_hz @output } }", "[{kind:stepped,rate_hz:48000}]");
}

static void test_what_sounds_follows_the_transport(void **state)
{
	place_a_song();
	ASK("{'type':'transport_play','from_beats':0}");
	play_step(&play, 2 * PLAY_BEAT);
	expect("{ Transport { state @output position_beats @output bar @output beat_in_bar @output sounding { region_id @output } "
	       "next_regions(within_beats: 6.0) @fold { soon: region_id @output } } }",
	       "[{state:playing,position_beats:2.0,bar:1,beat_in_bar:2.0,region_id:verse,soon:[chorus,idea]}]");
	ASK("{'type':'transport_seek','position_beats':9}");
	play_step(&play, 64);
	expect("{ Sounding { region_id @output } }", "[{region_id:chorus}]");
	expect("{ Region { region_id @output sounds @output } }",
	       "[{region_id:verse,sounds:false},{region_id:chorus,sounds:true},{region_id:idea,sounds:false}]");
}

static void test_edits_are_seen_as_soon_as_they_are_acknowledged(void **state)
{
	for (int i = 0; i < 20; i++) {
		char rows[100];
		AUTO_JSON json_t *made = stage_ask(play.stage.garden, "{'type':'region_create','region_id':'r%d','position_beats':%d,"
								      "'duration_beats':1,'behaviour':'custom'}", i, i);
		AUTO_JSON json_t *r = ask("{ Timeline { revision @output n_regions @output } }");
		snprintf(rows, sizeof(rows), "[{revision:%.0f,n_regions:%d}]", stage_number(made, "revision"), i + 1);
		expect_rows(r, rows);
		assert_true(stage_number(r, "revision") == stage_number(made, "revision"));
	}
}

static void test_the_history_tells_who_did_what(void **state)
{
	AUTO_JSON json_t *made = stage_ask(play.stage.garden, "{'type':'region_create','region_id':'x','position_beats':0,"
							      "'duration_beats':1,'behaviour':'custom'}");
	double first = stage_number(made, "revision");
	char more[100];
	ASK("{'type':'region_move','region_id':'x','position_beats':4}");
	ASK("{'type':'timeline_undo'}");
	snprintf(more, sizeof(more), ",'variables':{'since':%.0f}", first);
	AUTO_JSON json_t *r = ask_for(query,
				      "{ Edit { kind @output undone @output actor @output revision @filter(op: `>=`, value: [`$since`]) "
				      "regions { position_beats @output } } }",
				      more);
	expect_rows(r, "[{kind:undo,undone:false,actor:test:stage,position_beats:0.0},"
		       "{kind:edit,undone:true,actor:test:stage,position_beats:0.0},"
		       "{kind:edit,undone:false,actor:test:stage,position_beats:0.0}]");
	ASK("{'type':'timeline_revert','of_actor':'test:stage','since_revision':%.0f}", first - 1);
	AUTO_JSON json_t *again = ask_for(query, "{ Edit { kind @output undone @output revision @filter(op: `>=`, value: [`$since`]) } }", more);
	expect_rows(again, "[{kind:revert,undone:false},{kind:undo,undone:false},{kind:edit,undone:true},{kind:edit,undone:true}]");
	expect("{ Timeline { n_regions @output } }", "[{n_regions:0}]");
}

/* Whose making is forgotten has no time of it, and the timeline says how far back it knows. */
static void test_what_the_history_has_forgotten_is_not_told_wrong(void **state)
{
	if (LIMIT_TIMELINE_HISTORY > 1000) {
		print_message("skipped: ten thousand edits take too long; the build with small limits has forty\n");
		skip();
	}
	AUTO_JSON json_t *made = stage_ask(play.stage.garden, "{'type':'region_create','region_id':'old','position_beats':0,"
							      "'duration_beats':1,'behaviour':'custom'}");
	AUTO_JSON json_t *before = ask("{ Region { first_edit_unix_ms @output } }");
	assert_true(stage_number(before, "rows.0.first_edit_unix_ms") > 0);
	for (int i = 0; i <= LIMIT_TIMELINE_HISTORY; i++)
		ASK("{'type':'tempo_set','position_beats':0,'bpm':%d}", 60 + i % 2);
	AUTO_JSON json_t *oldest = ask("{ Timeline { oldest_edit @output } }");
	assert_true(stage_number(oldest, "rows.0.oldest_edit") > stage_number(made, "revision"));
	AUTO_JSON json_t *rows = ask("{ Timeline { n_edits @output } }"), *history AUTO_JSON =
		stage_ask(play.stage.garden, "{'type':'timeline_history','limit':100}");
	assert_int_equal(stage_number(rows, "rows.0.n_edits"), json_array_size(stage_value(history, "edits")));
	AUTO_JSON json_t *after = ask("{ Region { first_edit_unix_ms @output } }");
	assert_true(json_is_null(stage_value(after, "rows.0.first_edit_unix_ms")));
}

static void test_edits_that_wait_tell_what_stands_in_their_way(void **state)
{
	ASK("{'type':'region_create','region_id':'x','position_beats':0,'duration_beats':1,'behaviour':'custom'}");
	ASK("{'type':'transport_play'}");
	AUTO_JSON json_t *s = stage_ask(play.stage.garden, "{'type':'region_move','region_id':'x','position_beats':4,"
							   "'at':{'boundary':'at_beat','beat':64}}");
	const char *id = stage_text(s, "edit_id");
	AUTO_JSON json_t *before = ask("{ PendingEdit { edit_id @output at_beats @output conflict @output regions { region_id @output } } }");
	assert_string_equal(stage_text(before, "rows.0.edit_id"), id);
	assert_true(stage_number(before, "rows.0.at_beats") == 64);
	assert_true(json_is_null(stage_value(before, "rows.0.conflict")));
	assert_string_equal(stage_text(before, "rows.0.region_id"), "x");
	ASK("{'type':'region_move','region_id':'x','position_beats':2}");
	AUTO_JSON json_t *after = ask("{ Region { pending_edits { conflict @output } } }");
	assert_non_null(strstr(stage_text(after, "rows.0.conflict"), "region:x"));
	ASK("{'type':'timeline_cancel_edit','edit_id':'%s'}", id);
	expect("{ PendingEdit { edit_id @output } }", "[]");
}

static void test_conversions_are_those_of_time_convert(void **state)
{
	ASK("{'type':'tempo_set','bpm':90,'position_beats':4,'shape':'ramp'}");
	ASK("{'type':'tempo_set','bpm':150,'position_beats':20}");
	ASK("{'type':'meter_set','position_beats':8,'numerator':7,'denominator':8}");
	for (double beat = -2; beat < 30; beat += 1.37) {
		AUTO_JSON json_t *a = stage_ask(query, "{'type':'time_convert','beats':%.17g}", beat);
		char q[200];
		snprintf(q, sizeof(q), "{ TempoAt(beat: %.17e) { seconds @output frames @output bar @output beat_in_bar @output tempo_bpm @output } }",
			 beat);
		AUTO_JSON json_t *b = ask(q);
		static const char *const fields[] = { "seconds", "frames", "bar", "beat_in_bar", "tempo_bpm" };
		for (size_t i = 0; i < COUNT_OF(fields); i++) {
			char path[64];
			snprintf(path, sizeof(path), "rows.0.%s", fields[i]);
			assert_true(stage_number(a, fields[i]) == stage_number(b, path));
		}
	}
}

static void test_the_schema_tells_all_that_can_be_asked(void **state)
{
	AUTO_JSON json_t *r = stage_ask(query, "{'type':'garden_schema'}");
	const char *text = stage_text(r, "schema");
	static const char *const words[] = { "type Region", "type Moment", "RegionByTag(", "Sounding(", "BeatToSecond(", "type PendingEdit" };
	for (size_t i = 0; i < COUNT_OF(words); i++)
		assert_non_null(strstr(text, words[i]));
}

/* ---- limits ---- */

/* Regions that all overlap: going from one to the next goes on for very long. */
static void place_a_maze(void)
{
	AUTO_STRBUF ops = STRBUF_INIT;
	for (int i = 0; i < 60; i++)
		assert_int_equal(strbuf_addf(&ops, "%s{'op':'region_create','region_id':'z%d','position_beats':0,'duration_beats':4,"
						   "'behaviour':'custom'}", i ? "," : "", i), 0);
	ASK("{'type':'timeline_edit','ops':[%s]}", ops.s);
}

#define ENDLESS "{ Region { overlaps @recurse(depth: 9) { trigger @filter(op: `is_not_null`) region_id @output } } }"

static void test_a_limit_ends_a_query_with_what_it_found(void **state)
{
	place_a_maze();
	AUTO_JSON json_t *few = ask_for(query, "{ Region { region_id @output } }", ",'limit':3");
	expect_rows(few, "[{region_id:z0},{region_id:z1},{region_id:z10}]");
	assert_string_equal(stage_text(few, "stopped"), "rows");
	AUTO_JSON json_t *late = ask_for(query, ENDLESS, ",'timeout_ms':100");
	expect_rows(late, "[]");
	assert_string_equal(stage_text(late, "stopped"), "deadline");
	assert_true(stage_number(late, "cost.vertices") > 0);
	AUTO_JSON json_t *plan = ask_for(query, "{ Region { region_id @output } }", ",'explain':true,'limit':1");
	assert_non_null(strstr(stage_text(plan, "plan"), "Region"));
}

/* One request over a plain socket; its whole reply. */
static char *plain(const char *socket, const char *payload)
{
	enum { ROOM = 65536 };
	char endpoint[WIRE_ENDPOINT_SIZE], id[UUID_SIZE];
	AUTO_STRBUF text = STRBUF_INIT;
	int patience = 60000, none = 0;
	char *reply = malloc(ROOM);
	void *zmq = zmq_ctx_new(), *s = zmq_socket(zmq, ZMQ_DEALER);
	assert_non_null(reply);
	(void)zmq_setsockopt(s, ZMQ_RCVTIMEO, &patience, sizeof(patience));
	(void)zmq_setsockopt(s, ZMQ_LINGER, &none, sizeof(none));
	assert_int_equal(wire_family_lookup(play.stage.family, "chaosgarden", socket, endpoint, NULL), 0);
	assert_int_equal(zmq_connect(s, endpoint), 0);
	uuid_new(id);
	assert_int_equal(strbuf_addf(&text, "{\"id\":\"%s\",\"payload\":%s}", id, payload), 0);
	assert_int_equal(zmq_send(s, text.s, text.n, 0), (int)text.n);
	int n = zmq_recv(s, reply, ROOM - 1, 0);
	assert_in_range(n, 1, ROOM - 1);
	reply[n] = '\0';
	zmq_close(s);
	zmq_ctx_term(zmq);
	return reply;
}

static void test_a_bad_query_is_told_where_and_why(void **state)
{
	static const struct {
		const char *query, *words[4];
	} cases[] = {
		{ "{ Region { regio_id @output } }", { "\"line\":1", "\"column\":", "frontend", "region_id" } },
		{ "{ Regions { region_id @output } }", { "\"errors\":[", "frontend", "Regions", "hint" } },
		{ "{ Region { region_id @output ", { "\"errors\":[", "\"stage\":\"parse\"", "\"line\":1", "\"kind\":" } },
		{ "{ Region { region_id @output @filter(op: \\\"=\\\", value: [\\\"$id\\\"]) } }",
		  { "\"stage\":\"arguments\"", "id", "\"message\":", "\"kind\":" } },
		{ "{ TempoAt(beat: 1e300) { seconds @output } }", { "\"stage\":\"execute\"", "1e+300", "\"invalid\"", "errors" } },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO_STRBUF payload = STRBUF_INIT;
		assert_int_equal(strbuf_addf(&payload, "{\"type\":\"garden_query\",\"query\":\"%s\"}", cases[i].query), 0);
		char AUTO_MEM *reply = plain("query", payload.s);
		assert_non_null(strstr(reply, "\"error\""));
		for (size_t k = 0; k < COUNT_OF(cases[i].words); k++)
			if (!strstr(reply, cases[i].words[k]))
				fail_msg("no %s in %s", cases[i].words[k], reply);
	}
}

static void test_every_socket_that_takes_a_query_answers_alike(void **state)
{
	place_a_song();
	AUTO_JSON json_t *a = ask_for(play.stage.garden, "{ Region { region_id @output } }", "");
	AUTO_JSON json_t *b = ask("{ Region { region_id @output } }");
	assert_true(json_equal(stage_value(a, "rows"), stage_value(b, "rows")));
}

/* ---- in nobody's way ---- */

/* A peer that asks and does not wait. */
struct asker {
	void *zmq, *socket;
};

static void asker_open(struct asker *a, const char *name)
{
	char endpoint[WIRE_ENDPOINT_SIZE];
	int patience = 60000, none = 0;
	a->zmq = zmq_ctx_new();
	a->socket = zmq_socket(a->zmq, ZMQ_DEALER);
	(void)zmq_setsockopt(a->socket, ZMQ_RCVTIMEO, &patience, sizeof(patience));
	(void)zmq_setsockopt(a->socket, ZMQ_LINGER, &none, sizeof(none));
	assert_int_equal(wire_family_lookup(play.stage.family, "chaosgarden", name, endpoint, NULL), 0);
	assert_int_equal(zmq_connect(a->socket, endpoint), 0);
}

static void asker_close(struct asker *a)
{
	zmq_close(a->socket);
	zmq_ctx_term(a->zmq);
}

static void asker_send(struct asker *a, const char *text, int timeout_ms)
{
	AUTO_STRBUF q = STRBUF_INIT, all = STRBUF_INIT;
	char id[UUID_SIZE];
	uuid_new(id);
	write_query(text, &q);
	assert_int_equal(strbuf_addf(&all, "{\"id\":\"%s\",\"deadline_ms\":600000,\"payload\":{\"type\":\"garden_query\",\"timeout_ms\":%d,"
					   "\"query\":\"%s\"}}", id, timeout_ms, q.s), 0);
	assert_int_equal(zmq_send(a->socket, all.s, all.n, 0), (int)all.n);
}

/* What has come; waits for it when `wait`. Empty: nothing. */
static void asker_take(struct asker *a, bool wait, char *ret, size_t size)
{
	int n = zmq_recv(a->socket, ret, size - 1, wait ? 0 : ZMQ_DONTWAIT);
	assert_true(!wait || n > 0);
	ret[n > 0 ? ((size_t)n < size ? (size_t)n : size - 1) : 0] = '\0';
}

static int64_t queries_open(void)
{
	AUTO_JSON json_t *s = stage_ask(query, "{'type':'status'}");
	return (int64_t)stage_metric(s, "queries_under_way");
}

/* Some ask for what takes for ever: everybody else is served meanwhile, with short questions too. */
static void work_beside(const char *socket)
{
	enum { AT_ONCE = 2, EDITS = 50 };
	struct asker a;
	char reply[4000];
	place_a_maze();
	asker_open(&a, socket);
	for (int i = 0; i < AT_ONCE; i++)
		asker_send(&a, ENDLESS, 600000);
	while (queries_open() < AT_ONCE)
		;
	for (int i = 0; i < EDITS; i++) {
		ASK("{'type':'region_move','region_id':'z%d','position_beats':%d}", i, i % 3);
		ASK("{'type':'transport_status'}");
		json_decref(stage_ask(query, "{'type':'region_get','region_id':'z%d'}", i));
		json_decref(ask("{ Timeline { n_regions @output } }"));
	}
	ASK("{'type':'timeline_clear'}");
	asker_take(&a, false, reply, sizeof(reply));
	assert_string_equal(reply, ""); /* it still sees what was when it began */
	assert_int_equal(queries_open(), AT_ONCE);
	pid_t pid = stage_pid(&play.stage, "chaosgarden");
	stage_kill(&play.stage, "chaosgarden", SIGTERM); /* nor does it hold up the end */
	asker_take(&a, true, reply, sizeof(reply));
	assert_non_null(strstr(reply, "\"stopped\":\"cancelled\""));
	asker_close(&a);
	stage_wait_back(&play.stage, "chaosgarden", pid);
}

/* Rows: L44 */
static void test_a_query_at_work_blocks_no_edit_and_no_question(void **state)
{
	work_beside("query");
}

static void test_a_query_that_came_by_the_shell_does_not_block_it_either(void **state)
{
	work_beside("shell");
}

static void test_more_queries_than_there_is_room_for_are_busy(void **state)
{
	enum { TOO_MANY = LIMIT_GARDEN_QUERIES + 5 };
	struct asker a;
	char reply[4000];
	int busy = 0, ended = 0;
	place_a_maze();
	asker_open(&a, "query");
	for (int i = 0; i < TOO_MANY; i++)
		asker_send(&a, i < 2 ? ENDLESS : "{ Transport { state @output } }", i < 2 ? 2000 : 600000);
	for (int i = 0; i < TOO_MANY; i++) {
		asker_take(&a, true, reply, sizeof(reply));
		busy += strstr(reply, "\"busy\"") != NULL;
		ended += strstr(reply, "\"stopped\":\"end\"") != NULL;
	}
	assert_int_equal(busy, 5);
	assert_int_equal(ended, LIMIT_GARDEN_QUERIES - 2);
	asker_close(&a);
}

/* ---- a restart ---- */

static void test_a_restart_remembers_the_history(void **state)
{
	static const char history[] = "{ Edit { revision @output @filter(op: `>=`, value: [`$since`]) kind @output undone @output touched @output "
				      "actor @output } }";
	char more[64];
	AUTO_JSON json_t *start = ask("{ Timeline { revision @output } }");
	snprintf(more, sizeof(more), ",'variables':{'since':%.0f}", stage_number(start, "rows.0.revision") + 1);
	place_a_song();
	ASK("{'type':'timeline_undo'}");
	AUTO_JSON json_t *before = ask_for(query, history, more);
	assert_int_equal(json_array_size(stage_value(before, "rows")), 6);
	pid_t pid = stage_pid(&play.stage, "chaosgarden");
	stage_kill(&play.stage, "chaosgarden", SIGKILL);
	stage_wait_back(&play.stage, "chaosgarden", pid);
	AUTO_JSON json_t *after = ask_for(query, history, more);
	assert_true(json_equal(stage_value(before, "rows"), stage_value(after, "rows")));
	expect("{ RegionByTag(tag: `verse`) { region_id @output } }", "[{region_id:verse}]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_questions_about_the_timeline_have_right_answers, reset),
		cmocka_unit_test_setup(test_what_sounds_follows_the_transport, reset),
		cmocka_unit_test_setup(test_edits_are_seen_as_soon_as_they_are_acknowledged, reset),
		cmocka_unit_test_setup(test_the_history_tells_who_did_what, reset),
		cmocka_unit_test_setup(test_what_the_history_has_forgotten_is_not_told_wrong, reset),
		cmocka_unit_test_setup(test_edits_that_wait_tell_what_stands_in_their_way, reset),
		cmocka_unit_test_setup(test_conversions_are_those_of_time_convert, reset),
		cmocka_unit_test_setup(test_the_schema_tells_all_that_can_be_asked, reset),
		cmocka_unit_test_setup(test_a_limit_ends_a_query_with_what_it_found, reset),
		cmocka_unit_test_setup(test_a_bad_query_is_told_where_and_why, reset),
		cmocka_unit_test_setup(test_every_socket_that_takes_a_query_answers_alike, reset),
		cmocka_unit_test_setup(test_a_query_at_work_blocks_no_edit_and_no_question, reset),
		cmocka_unit_test_setup(test_a_query_that_came_by_the_shell_does_not_block_it_either, reset),
		cmocka_unit_test_setup(test_more_queries_than_there_is_room_for_are_busy, reset),
		cmocka_unit_test_setup(test_a_restart_remembers_the_history, reset),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}

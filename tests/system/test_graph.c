/*
 * test_graph.c - graph_query: hootenanny's own copy of the garden through late starts, restarts and lost events, and queries that
 * run beside everything else. chaosgarden is started and killed by the test; nobody brings it back by himself.
 */
#include "stage.h"

#include "../check.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "trustfall/schema.h"
#include "wire/codec.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static struct stage stage;
static pid_t chaosgarden;
static int64_t revision; /* of the last edit */

/* ---- the programs ---- */

static void start_chaosgarden(void)
{
	char path[600], log[600];
	const char *argv[] = { "chaosgarden", "--family", stage.family_dir, "--bind", "tcp://127.0.0.1:0", "--device", "stepped", NULL };
	posix_spawn_file_actions_t fa;
	stage_program("chaosgarden", path, sizeof(path));
	(void)snprintf(log, sizeof(log), "%s/log/chaosgarden.log", stage.family_dir);
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addopen(&fa, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&fa, 2, log, O_WRONLY | O_CREAT | O_APPEND, 0644);
	int r = posix_spawn(&chaosgarden, path, &fa, NULL, (char *const *)(void *)argv, environ);
	posix_spawn_file_actions_destroy(&fa);
	if (r != 0)
		fail_msg("start %s: %s", path, strerror(r));
	json_decref(stage_ask(stage.garden, "{'type':'ping'}"));
}

static void end_chaosgarden(int signal)
{
	if (chaosgarden <= 0)
		return;
	assert_int_equal(kill(chaosgarden, signal), 0);
	while (waitpid(chaosgarden, NULL, 0) < 0 && errno == EINTR)
		;
	chaosgarden = 0;
}

static int setup(void **state)
{
	static const char *const up[] = { "--only", "hootenanny", NULL };
	stage_open(&stage, up);
	return 0;
}

static int teardown(void **state)
{
	end_chaosgarden(SIGTERM);
	stage_close(&stage);
	return 0;
}

/* ---- asking ---- */

static void edit(const char *payload)
{
	AUTO_JSON json_t *r = stage_ask(stage.garden, "%s", payload);
	revision = (int64_t)stage_number(r, "revision");
}

static char *quoted(const char *text)
{
	char *s = strdup(text);
	assert_non_null(s);
	for (char *c = s; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	return s;
}

/* The payload of a graph_query, with ' for " in the query; `more` are further fields, or NULL. */
static void write_query(struct strbuf *b, const char *query, const char *more)
{
	char AUTO_MEM *text = quoted(query), AUTO_MEM *rest = quoted(more ? more : "");
	struct json_out o;
	strbuf_adds(b, "{\"type\":\"graph_query\",\"query\":");
	json_out_init(&o, b);
	json_out_string(&o, text);
	strbuf_addf(b, "%s%s}", *rest ? "," : "", rest);
	assert_true(strbuf_ok(b));
}

static json_t *ask(const char *query, const char *more)
{
	AUTO_STRBUF payload = STRBUF_INIT, out = STRBUF_INIT;
	struct err err = ERR_INIT;
	json_t *result = NULL;
	const struct wire_request_options o = { .deadline_ms = 60000, .harmless = true };
	write_query(&payload, query, more);
	if (wire_client_call_json(stage.hoot, payload.s, payload.n, &o, &out, &err) < 0)
		fail_msg("%s\n -> %s: %s (%s)", payload.s, err_name(err.code), err.msg, err.hint);
	if (json_parse(out.s, out.n, &result, &err) < 0)
		fail_msg("%s", err.msg);
	return result;
}

static json_t *ask_current(const char *query)
{
	char more[80];
	(void)snprintf(more, sizeof(more), "'at_least_revision':%lld,'timeout_ms':50000,'limit':65536", (long long)revision);
	return ask(query, more);
}

static void same_rows(const json_t *result, const char *query, const char *rows)
{
	char AUTO_MEM *want = quoted(rows), AUTO_MEM *got = json_text(json_object_get(result, "rows"), JSON_OUT_COMPACT);
	if (strcmp(want, got) != 0)
		fail_msg("%s\n gave %s\n  not %s", query, got, want);
}

/* After the last edit has arrived. */
static void expect(const char *query, const char *rows)
{
	AUTO_JSON json_t *r = ask_current(query);
	same_rows(r, query, rows);
	assert_string_equal(stage_text(r, "stopped"), "end");
}

static bool is_current(void)
{
	AUTO_JSON json_t *r = ask("{ Timeline { revision @output } }", NULL);
	return json_object_get(r, "revision") != NULL;
}

static void until(bool (*done)(void), const char *what)
{
	int64_t end = clock_monotonic_ns(clock_system()) + 60 * NS_PER_SEC;
	struct err err = ERR_INIT;
	while (!done()) {
		if (clock_monotonic_ns(clock_system()) > end)
			fail_msg("waited 60 s for %s", what);
		assert_int_equal(wire_loop_step(stage.loop, 5, &err), 0);
	}
}

static bool is_away(void)
{
	return !is_current();
}

static double metric(const char *name)
{
	AUTO_JSON json_t *s = stage_ask(stage.hoot, "{'type':'status'}");
	return stage_metric(s, name);
}

/* n regions of four beats, or all of them changed, a thousand operations an edit. */
static void many(const char *op, const char *fields, int n)
{
	for (int at = 0; at < n;) {
		AUTO_STRBUF ops = STRBUF_INIT;
		for (int k = 0; at < n && k < 250; k++, at++)
			strbuf_addf(&ops, "%s{'op':'%s','%s_id':'x%05d',%s}", k ? "," : "", op, strstr(op, "marker") ? "marker" : "region", at, fields);
		AUTO_STRBUF payload = STRBUF_INIT;
		strbuf_addf(&payload, "{'type':'timeline_edit','ops':[%s]}", ops.s);
		assert_true(strbuf_ok(&payload));
		edit(payload.s);
	}
}

/* ---- the tests, in this order ---- */

static void test_without_chaosgarden_everything_else_is_answered(void **state)
{
	AUTO_JSON json_t *r = ask("{ Region { region_id @output } }", NULL);
	same_rows(r, "Region", "[]");
	assert_null(json_object_get(r, "revision"));
	AUTO_JSON json_t *s = stage_ask(stage.hoot, "{'type':'graph_schema'}");
	assert_non_null(strstr(stage_text(s, "schema"), "type Region"));
	struct err err = ERR_INIT;
	assert_int_equal(stage_try(stage.hoot, &err, "{'type':'graph_query','query':'{ Region { name @output } }','at_least_revision':3,"
						     "'timeout_ms':20}"),
			 -EAGAIN);
	assert_string_equal(err.field, "at_least_revision");
}

static void test_a_garden_that_starts_later_is_seen(void **state)
{
	start_chaosgarden();
	edit("{'type':'region_create','region_id':'a','position_beats':0,'duration_beats':8,'name':'verse','tags':['verse'],"
	     "'behaviour':'custom','custom':{'n':1}}");
	edit("{'type':'region_create','region_id':'b','position_beats':8,'duration_beats':8,'name':'chorus','tags':['chorus','loud'],"
	     "'behaviour':'custom'}");
	expect("{ Region { region_id @output position_beats @output actor @output } }",
	       "[{'region_id':'a','position_beats':0.0,'actor':'test:stage'},{'region_id':'b','position_beats':8.0,'actor':'test:stage'}]");
	AUTO_JSON json_t *r = ask("{ RegionByTag(tag: 'chorus') { name @output tags @filter(op: 'contains', value: ['$also']) } }",
				  "'variables':{'also':'loud'}");
	same_rows(r, "RegionByTag", "[{'name':'chorus'}]");
	assert_string_equal(stage_text(r, "columns.0.name"), "name");
	assert_int_equal((int)stage_number(r, "revision"), (int)revision);
	assert_true(stage_number(r, "cost.vertices") >= 1);
}

static void test_every_edit_is_seen(void **state)
{
	edit("{'type':'timeline_add_marker','marker_id':'m','position_beats':8,'marker_type':'section_change','label':'B'}");
	edit("{'type':'tempo_set','position_beats':0,'bpm':60}");
	expect("{ BeatToSecond(beat: 8.0) { seconds @output } }", "[{'seconds':8.0}]");
	expect("{ Marker { marker_id @output label @output bar @output } }", "[{'marker_id':'m','label':'B','bar':3}]");
	edit("{'type':'meter_set','position_beats':0,'numerator':3,'denominator':4}");
	edit("{'type':'region_move','region_id':'a','position_beats':16}");
	expect("{ Region { region_id @output bar @output } }", "[{'region_id':'b','bar':3},{'region_id':'a','bar':6}]");
	edit("{'type':'region_delete','region_id':'a'}");
	edit("{'type':'timeline_remove_marker','marker_id':'m'}");
	expect("{ Timeline { n_regions @output n_markers @output } }", "[{'n_regions':1,'n_markers':0}]");
	AUTO_JSON json_t *undone = stage_ask(stage.garden, "{'type':'timeline_undo'}");
	revision = (int64_t)stage_number(undone, "revision");
	expect("{ Marker { marker_id @output } }", "[{'marker_id':'m'}]");
}

static void test_a_latent_is_followed_through_its_life(void **state)
{
	edit("{'type':'region_create','region_id':'l','position_beats':24,'duration_beats':8,'behaviour':'latent',"
	     "'intent':{'verb':'continue','space':'midi','prompt':'more of it'}}");
	edit("{'type':'latent_start','region_id':'l','job_id':'hoot:1'}");
	json_decref(stage_ask(stage.garden, "{'type':'latent_progress','region_id':'l','job_id':'hoot:1','progress':0.5}"));
	edit("{'type':'region_update','region_id':'b','gain':0.5}"); /* progress makes no revision: this comes after it */
	expect("{ LatentRegion { region_id @output state @output progress @output prompt @output } }",
	       "[{'region_id':'l','state':'running','progress':0.5,'prompt':'more of it'}]");
	edit("{'type':'latent_fail','region_id':'l','job_id':'hoot:1','reason':'no idea'}");
	expect("{ LatentRegion { state @output reason @output } }", "[{'state':'failed','reason':'no idea'}]");
}

static void test_what_waits_is_known(void **state)
{
	AUTO_JSON json_t *s = stage_ask(stage.garden, "{'type':'region_update','region_id':'b','gain':0.25,'at':{'boundary':'at_beat','beat':40}}");
	edit("{'type':'region_update','region_id':'b','name':'refrain'}");
	AUTO_JSON json_t *r = ask_current("{ PendingEdit { edit_id @output at_beats @output } }");
	assert_string_equal(stage_text(r, "rows.0.edit_id"), stage_text(s, "edit_id"));
	json_decref(stage_ask(stage.garden, "{'type':'timeline_cancel_edit','edit_id':'%s'}", stage_text(s, "edit_id")));
	edit("{'type':'region_update','region_id':'b','name':'chorus'}");
	expect("{ PendingEdit { edit_id @output } }", "[]");
}

static json_t *edits;

/* Rows: L48 */
static void test_the_last_state_stays_while_chaosgarden_is_away(void **state)
{
	edits = ask_current("{ Edit { revision @output kind @output undone @output touched @output } }");
	assert_true(json_array_size(json_object_get(edits, "rows")) > 5);
	end_chaosgarden(SIGKILL);
	until(is_away, "hootenanny to notice");
	AUTO_JSON json_t *r = ask("{ Region { region_id @output } }", NULL);
	same_rows(r, "Region", "[{'region_id':'b'},{'region_id':'l'}]");
	assert_true(metric("garden_current") == 0);
	assert_true(metric("garden_revision") == (double)revision);
	assert_true(metric("garden_snapshot_age_ms") >= 0);
	assert_true(metric("garden_event_lag_longest_ms") >= metric("garden_event_lag_ms"));
	assert_true(metric("queries_total") > 10);
	assert_true(metric("query_duration_ms_total") >= metric("query_duration_longest_ms"));
}

static void test_a_restarted_garden_is_the_same_and_goes_on(void **state)
{
	start_chaosgarden();
	edit("{'type':'region_update','region_id':'b','gain':0.125}");
	expect("{ Region { region_id @output gain @output } }", "[{'region_id':'b','gain':0.125},{'region_id':'l','gain':1.0}]");
	AUTO_JSON json_t *again = ask_current("{ Edit { revision @output kind @output undone @output touched @output } }");
	json_t *now = json_object_get(again, "rows");
	assert_int_equal(json_array_size(now), json_array_size(json_object_get(edits, "rows")) + 1);
	const json_t *before = json_object_get(edits, "rows");
	for (size_t i = 0; i < json_array_size(before); i++) { /* newest first or last: the one that is new stands at an end */
		bool newest_first = json_integer_value(json_object_get(json_array_get(now, 0), "revision")) == revision;
		assert_true(json_equal(json_array_get(before, i), json_array_get(now, i + newest_first)));
	}
	json_decref(TAKE(edits));
	until(is_current, "the garden");
}

/* What both tell of the edits that wait, word for word the same; the rows, a new reference. */
static json_t *waiting_as_both_tell_it(void)
{
	static const char query[] = "{ PendingEdit { edit_id @output actor @output at_beats @output time_unix_ms @output base_revision @output "
				    "conflict @output touched @output regions @fold { region_id @output } by { name @output } } }";
	AUTO_JSON json_t *theirs = stage_ask(stage.garden, "{'type':'garden_query','query':'%s'}", query);
	AUTO_JSON json_t *ours = ask_current(query);
	char AUTO_MEM *want = json_text(json_object_get(theirs, "rows"), JSON_OUT_COMPACT);
	char AUTO_MEM *got = json_text(json_object_get(ours, "rows"), JSON_OUT_COMPACT);
	assert_string_equal(got, want);
	return json_incref(json_object_get(ours, "rows"));
}

static const char *conflict_of(const json_t *rows, size_t i)
{
	const char *text = json_string_value(json_object_get(json_array_get(rows, i), "conflict"));
	return text ? text : "";
}

static void call_off(const char *edit_id)
{
	json_decref(stage_ask(stage.garden, "{'type':'timeline_cancel_edit','edit_id':'%s'}", edit_id));
}

/* The copy follows each change of it, by events and when it begins anew. */
static void test_what_stands_in_the_way_is_the_same_in_the_copy(void **state)
{
	AUTO_JSON json_t *made = stage_ask(stage.garden, "{'type':'region_create','region_id':'w','position_beats':60,'duration_beats':1,"
							 "'behaviour':'custom','at':{'boundary':'at_beat','beat':50}}");
	AUTO_JSON json_t *moved = stage_ask(stage.garden, "{'type':'region_move','region_id':'w','position_beats':64,"
							  "'at':{'boundary':'at_beat','beat':52}}");
	AUTO_JSON json_t *changed = stage_ask(stage.garden, "{'type':'region_update','region_id':'b','gain':0.25,"
							    "'at':{'boundary':'at_beat','beat':54}}");
	edit("{'type':'timeline_add_marker','marker_id':'quiet','position_beats':70,'marker_type':'cue_point'}");
	AUTO_JSON json_t *first = waiting_as_both_tell_it();
	assert_int_equal(json_array_size(first), 3);
	assert_string_equal(conflict_of(first, 0), "");
	assert_non_null(strstr(conflict_of(first, 1), "region:w")); /* it is not there yet */
	assert_string_equal(conflict_of(first, 2), "");
	edit("{'type':'region_update','region_id':'b','name':'refrain'}");
	AUTO_JSON json_t *second = waiting_as_both_tell_it();
	assert_non_null(strstr(conflict_of(second, 2), "region:b was changed by 'test:stage'"));
	pid_t old = stage_pid(&stage, "hootenanny");
	stage_kill(&stage, "hootenanny", SIGKILL);
	stage_wait_back(&stage, "hootenanny", old);
	AUTO_JSON json_t *again = waiting_as_both_tell_it();
	assert_true(json_equal(second, again));
	edit("{'type':'region_update','region_id':'b','name':'chorus'}");
	AUTO_JSON json_t *third = waiting_as_both_tell_it();
	assert_string_equal(conflict_of(third, 2), ""); /* it is what it was */
	call_off(stage_text(changed, "edit_id"));
	call_off(stage_text(moved, "edit_id"));
	call_off(stage_text(made, "edit_id"));
	edit("{'type':'timeline_remove_marker','marker_id':'quiet'}");
	AUTO_JSON json_t *none = waiting_as_both_tell_it();
	assert_int_equal(json_array_size(none), 0);
}

enum { MANY = LIMIT_TIMELINE_REGIONS >= 100000 ? 1300 : 200, MARKS = LIMIT_TIMELINE_MARKERS >= 100000 ? 700 : 60 };

/* More than a snapshot holds. */
static void test_a_long_timeline_is_fetched_in_pages(void **state)
{
	many("region_create", "'position_beats':100,'duration_beats':4,'behaviour':'custom','name':'many'", MANY);
	many("marker_add", "'position_beats':300,'marker_type':'cue_point'", MARKS);
	char want[80];
	(void)snprintf(want, sizeof(want), "[{'n_regions':%d,'n_markers':%d}]", MANY + 2, MARKS + 1);
	expect("{ Timeline { n_regions @output n_markers @output } }", want);
	pid_t old = stage_pid(&stage, "hootenanny");
	stage_kill(&stage, "hootenanny", SIGKILL);
	stage_wait_back(&stage, "hootenanny", old);
	expect("{ Timeline { n_regions @output n_markers @output } }", want);
	assert_true(metric("garden_pages_total") >= (MANY - LIMIT_SNAPSHOT_ITEMS) / 200 + 1);
	AUTO_JSON json_t *r = ask_current("{ Region { region_id @output } }");
	const json_t *rows = json_object_get(r, "rows");
	assert_int_equal(json_array_size(rows), MANY + 2);
	for (size_t i = 3; i < json_array_size(rows); i++) /* each once, in order */
		assert_true(strcmp(stage_text(json_array_get(rows, i - 1), "region_id"), stage_text(json_array_get(rows, i), "region_id")) < 0);
}

/* Regions with more to say than all of a message. */
static void test_a_timeline_of_long_regions_is_fetched_too(void **state)
{
	enum { LONG = LIMIT_WIRE_JSON_BYTES * 4 / 5, N = LIMIT_WIRE_MESSAGE_BYTES / LONG + 10 };
	char *AUTO_MEM text = malloc(LONG + 1);
	assert_non_null(text);
	memset(text, 'x', LONG);
	text[LONG] = '\0';
	for (int i = 0; i < N; i++) {
		AUTO_STRBUF payload = STRBUF_INIT;
		strbuf_addf(&payload, "{'type':'region_create','region_id':'big%d','position_beats':500,'duration_beats':1,"
				      "'behaviour':'custom','custom':{'x':'%s'}}", i, text);
		edit(payload.s);
	}
	pid_t old = stage_pid(&stage, "hootenanny");
	stage_kill(&stage, "hootenanny", SIGKILL);
	stage_wait_back(&stage, "hootenanny", old);
	char want[40];
	(void)snprintf(want, sizeof(want), "[{'n_regions':%d}]", MANY + 2 + N);
	expect("{ Timeline { n_regions @output } }", want);
	for (int i = 0; i < N; i++) {
		char payload[80];
		(void)snprintf(payload, sizeof(payload), "{'type':'region_delete','region_id':'big%d'}", i);
		edit(payload);
	}
	(void)snprintf(want, sizeof(want), "[{'n_regions':%d}]", MANY + 2);
	expect("{ Timeline { n_regions @output } }", want);
}

/* More events than anybody keeps for one who does not listen: the queues at both ends, and ten MiB in the kernel between them. */
static void test_lost_events_are_noticed_and_made_good(void **state)
{
	enum { ROUNDS = LIMIT_WIRE_QUEUE > 1000 ? 40 : 150 };
	pid_t pid = stage_pid(&stage, "hootenanny");
	double before = metric("garden_resyncs_total");
	until(is_current, "the garden");
	assert_int_equal(kill(pid, SIGSTOP), 0);
	for (int i = 0; i < ROUNDS; i++) {
		char fields[40];
		(void)snprintf(fields, sizeof(fields), "'gain':%d", i % 60);
		many("region_update", fields, MANY);
	}
	edit("{'type':'region_delete','region_id':'x00007'}");
	edit("{'type':'region_update','region_id':'x00008','name':'the last'}");
	assert_int_equal(kill(pid, SIGCONT), 0);
	char want[80];
	(void)snprintf(want, sizeof(want), "[{'n_regions':%d}]", MANY + 1);
	expect("{ Timeline { n_regions @output } }", want);
	AUTO_JSON json_t *r = ask("{ Region { region_id @filter(op: 'one_of', value: ['$ids']) @output name @output gain @output } }",
				  "'variables':{'ids':['x00007','x00008']}");
	(void)snprintf(want, sizeof(want), "[{'region_id':'x00008','name':'the last','gain':%d.0}]", (ROUNDS - 1) % 60);
	same_rows(r, "the last", want);
	assert_true(metric("garden_gaps_total") >= 1);
	assert_true(metric("garden_resyncs_total") > before);
}

/* ---- all of it ---- */

/* (from: 1.0, …): what has to be said to get there; false: it cannot be made up. */
static bool write_params(struct strbuf *b, const struct tf_field_def *f)
{
	static const char *const names[] = { "Int", "Float", "String", "Boolean", "ID" };
	static const char *const values[] = { "1", "1.0", "'x'", "true", "'x'" };
	size_t n = 0;
	for (size_t i = 0; i < f->n_params; i++) {
		const struct tf_param_def *p = &f->params[i];
		size_t k = 0;
		if (p->has_default || !tf_type_is_required(&p->type))
			continue;
		while (k < COUNT_OF(names) && strcmp(names[k], p->type.name) != 0)
			k++;
		if (k == COUNT_OF(names))
			return false;
		strbuf_addf(b, "%s%s: %s", n++ ? ", " : "(", p->name, p->type.n_lists ? "[]" : values[k]);
	}
	return strbuf_addf(b, "%s", n ? ")" : "") == 0;
}

static void is_answered(const char *query)
{
	AUTO_JSON json_t *r = ask(query, "'limit':20,'timeout_ms':50000");
	const char *stopped = stage_text(r, "stopped");
	if (strcmp(stopped, "end") != 0 && strcmp(stopped, "rows") != 0)
		fail_msg("%s ended with %s", query, stopped);
}

/* All properties at once, and each edge. */
static size_t ask_all_of(const struct tf_field_def *root)
{
	AUTO_STRBUF start = STRBUF_INIT, all = STRBUF_INIT;
	size_t n = 1;
	strbuf_addf(&start, "{ %s", root->name);
	assert_true(write_params(&start, root));
	strbuf_addf(&all, "%s { __typename @output", start.s);
	for (size_t i = 0; i < root->target->n_fields; i++)
		if (!root->target->fields[i].target)
			strbuf_addf(&all, " %s @output", root->target->fields[i].name);
	strbuf_addf(&all, " } }");
	is_answered(all.s);
	for (size_t i = 0; i < root->target->n_fields; i++) {
		const struct tf_field_def *f = &root->target->fields[i];
		AUTO_STRBUF q = STRBUF_INIT;
		strbuf_addf(&q, "%s { %s", start.s, f->name);
		if (!f->target || !write_params(&q, f))
			continue;
		strbuf_addf(&q, " { __typename @output } } }");
		is_answered(q.s);
		n++;
	}
	return n;
}

/* Rows: S0-10 */
static void test_whatever_there_is_can_be_asked(void **state)
{
	AUTO_JSON json_t *r = stage_ask(stage.hoot, "{'type':'graph_schema'}");
	const char *text = stage_text(r, "schema");
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	AUTO(tf_schema) schema = NULL;
	size_t n = 0;
	assert_int_equal(tf_schema_parse(text, strlen(text), &schema, &errors), 0);
	const struct tf_type_def *root = tf_schema_root(schema);
	assert_true(root->n_fields > 30);
	for (size_t i = 0; i < root->n_fields; i++)
		n += ask_all_of(&root->fields[i]);
	assert_true(n > 150);
}

/* ---- beside the loop ---- */

/* All regions lie over each other: this never ends, and gives nothing. */
#define ENDLESS "{ Region { overlaps { overlaps { overlaps { region_id @output @filter(op: '=', value: ['$never']) } } } } }"

struct sent {
	bool done;
	int code;
	char stopped[24];
};

static void on_answer(void *arg, const struct wire_answer *a)
{
	struct sent *s = arg;
	s->done = true;
	s->code = a->code;
	if (a->code == 0)
		(void)wire_string_copy(wire_object_get(a->result, "stopped"), s->stopped, sizeof(s->stopped));
}

static void send(const char *query, const char *more, struct sent *s)
{
	AUTO_STRBUF payload = STRBUF_INIT;
	struct err err = ERR_INIT;
	const struct wire_request_options o = { .deadline_ms = 60000 };
	*s = (struct sent){ .done = false };
	write_query(&payload, query, more);
	if (wire_client_send_json(stage.hoot, payload.s, payload.n, &o, on_answer, s, NULL, &err) < 0)
		fail_msg("%s", err.msg);
}

static void finish(struct sent *s)
{
	struct err err = ERR_INIT;
	int64_t end = clock_monotonic_ns(clock_system()) + 60 * NS_PER_SEC;
	if (wire_loop_until(stage.loop, &s->done, end, &err) < 0)
		fail_msg("%s", err.msg);
}

/* One that waits for the query is answered behind it; only a machine that stands still for so long tries a longer one. */
static void test_a_slow_query_delays_nobody_and_ends_at_its_deadline(void **state)
{
	int n_between = 0;
	for (int timeout_ms = 1000; n_between == 0 && timeout_ms <= 25000; timeout_ms *= 5) {
		struct sent slow;
		char more[60];
		(void)snprintf(more, sizeof(more), "'variables':{'never':'-'},'timeout_ms':%d", timeout_ms);
		send(ENDLESS, more, &slow);
		while (!slow.done) {
			json_decref(stage_ask(stage.hoot, "{'type':'ping'}"));
			n_between += !slow.done;
		}
		assert_int_equal(slow.code, 0);
		assert_string_equal(slow.stopped, "deadline");
		assert_true(metric("query_duration_longest_ms") >= 0.9 * timeout_ms);
	}
	assert_true(n_between > 0);
}

/* They wait for an edit, so that none ends before it is made: however slowly they arrive, the last three are too many. */
static void test_too_many_queries_are_told_to_come_back(void **state)
{
	enum { TOO_MANY = 3, N = LIMIT_QUERIES + TOO_MANY };
	static struct sent sent[N];
	char more[80];
	(void)snprintf(more, sizeof(more), "'at_least_revision':%lld,'timeout_ms':50000", (long long)revision + 1);
	for (int i = 0; i < N; i++)
		send("{ Timeline { revision @output } }", more, &sent[i]);
	for (int i = LIMIT_QUERIES; i < N; i++) {
		finish(&sent[i]);
		assert_int_equal(sent[i].code, -EBUSY);
	}
	assert_true(metric("queries_under_way") == LIMIT_QUERIES);
	edit("{'type':'region_update','region_id':'x00008','name':'the last of all'}");
	for (int i = 0; i < LIMIT_QUERIES; i++) {
		finish(&sent[i]);
		assert_int_equal(sent[i].code, 0);
		assert_string_equal(sent[i].stopped, "end");
	}
	assert_true(metric("queries_refused_total") == TOO_MANY);
	assert_true(metric("queries_under_way") == 0);
	assert_true(metric("events_kept") + metric("events_dropped_total") > 0);
}

static void test_an_answer_is_never_longer_than_a_message(void **state)
{
	AUTO_JSON json_t *r = ask("{ Region { region_id @output name @output overlaps { other: region_id @output } } }", "'limit':65536,"
				  "'timeout_ms':50000");
	size_t n = json_array_size(json_object_get(r, "rows"));
	assert_int_equal((int)stage_number(r, "n_rows"), (int)n);
	assert_true(n > 1000);
	if (MANY * MANY >= 100000)
		assert_true(strcmp(stage_text(r, "stopped"), "bytes") == 0 || n == LIMIT_WIRE_LIST);
}

static void test_mistakes_are_told_with_their_places(void **state)
{
	struct err err = ERR_INIT;
	assert_int_equal(stage_try(stage.hoot, &err, "{'type':'graph_query','query':'{ Region { nmae @output } }'}"), -EINVAL);
	assert_non_null(strstr(err.msg, "nmae"));
	assert_int_equal(stage_try(stage.hoot, &err, "{'type':'graph_query','query':'{ Region { '}"), -EINVAL);
	assert_int_equal(stage_try(stage.hoot, &err, "{'type':'graph_query'}"), -EINVAL);
	assert_string_equal(err.field, "query");
	assert_int_equal(stage_try(stage.hoot, &err, "{'type':'graph_query','name':'nobody-saved-this'}"), -ENOENT);
}

static void keep_details(void *arg, const struct wire_answer *a)
{
	struct strbuf *b = arg;
	struct wire_slice details = wire_object_get(a->payload, "details");
	assert_int_equal(a->code, -EINVAL);
	strbuf_add(b, details.s, details.n);
}

static void test_all_mistakes_are_in_the_details(void **state)
{
	AUTO_STRBUF payload = STRBUF_INIT, details = STRBUF_INIT;
	struct err err = ERR_INIT;
	write_query(&payload, "{ Region { region_id @output @filter(op: '=', value: ['$a']) name @filter(op: '=', value: ['$b']) } }",
		    "'variables':{'c':1}");
	assert_int_equal(wire_client_send_json(stage.hoot, payload.s, payload.n, NULL, keep_details, &details, NULL, &err), 0);
	while (!details.n)
		assert_int_equal(wire_loop_step(stage.loop, 5, &err), 0);
	AUTO_JSON json_t *j = NULL;
	assert_int_equal(json_parse(details.s, details.n, &j, &err), 0);
	assert_string_equal(stage_text(j, "errors.0.stage"), "arguments");
	assert_true(*stage_text(j, "errors.0.kind") && *stage_text(j, "errors.0.message"));
}

static void test_a_stop_ends_queries_with_what_they_found(void **state)
{
	static struct sent slow[5]; /* more than there are threads, and still somebody else is answered */
	for (size_t i = 0; i < COUNT_OF(slow); i++)
		if (i < LIMIT_QUERIES - 1)
			send(ENDLESS, "'variables':{'never':'-'},'timeout_ms':50000", &slow[i]);
	for (int i = 0; i < 3; i++) {
		AUTO_JSON json_t *r = ask("{ Timeline { n_regions @output } }", NULL);
		assert_string_equal(stage_text(r, "stopped"), "end");
	}
	int64_t before = clock_monotonic_ns(clock_system());
	json_decref(stage_ask(stage.hoot, "{'type':'shutdown'}"));
	for (size_t i = 0; i < COUNT_OF(slow); i++) {
		if (i >= LIMIT_QUERIES - 1)
			continue;
		finish(&slow[i]);
		assert_true(slow[i].code == 0 ? strcmp(slow[i].stopped, "cancelled") == 0 : slow[i].code == -EAGAIN);
	}
	assert_int_equal(slow[0].code, 0); /* it had begun */
	assert_true(clock_monotonic_ns(clock_system()) - before < 40 * NS_PER_SEC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_chaosgarden_everything_else_is_answered),
		cmocka_unit_test(test_a_garden_that_starts_later_is_seen),
		cmocka_unit_test(test_every_edit_is_seen),
		cmocka_unit_test(test_a_latent_is_followed_through_its_life),
		cmocka_unit_test(test_what_waits_is_known),
		cmocka_unit_test(test_the_last_state_stays_while_chaosgarden_is_away),
		cmocka_unit_test(test_a_restarted_garden_is_the_same_and_goes_on),
		cmocka_unit_test(test_what_stands_in_the_way_is_the_same_in_the_copy),
		cmocka_unit_test(test_whatever_there_is_can_be_asked),
		cmocka_unit_test(test_a_long_timeline_is_fetched_in_pages),
		cmocka_unit_test(test_a_timeline_of_long_regions_is_fetched_too),
		cmocka_unit_test(test_lost_events_are_noticed_and_made_good),
		cmocka_unit_test(test_a_slow_query_delays_nobody_and_ends_at_its_deadline),
		cmocka_unit_test(test_too_many_queries_are_told_to_come_back),
		cmocka_unit_test(test_an_answer_is_never_longer_than_a_message),
		cmocka_unit_test(test_mistakes_are_told_with_their_places),
		cmocka_unit_test(test_all_mistakes_are_in_the_details),
		cmocka_unit_test(test_a_stop_ends_queries_with_what_they_found),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}

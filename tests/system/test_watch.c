/*
 * test_watch.c - holler query and schema, and questions that are watched, in a running family: what they print, how they fail,
 * and that a watch misses nothing when hootenanny is killed.
 */
#include "play.h"

#include "../check.h"
#include "../child.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "wire/codec.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

enum { PATIENCE_MS = 60000 };

static struct play play;
static struct ear ear;
#define GARDEN(...) PLAY_ASK(&play, __VA_ARGS__)
#define HOOT(...)   stage_ask(play.stage.hoot, __VA_ARGS__)

static int group_setup(void **state)
{
	play_open(&play, PLAY_FAMILY);
	ear_open(&ear, &play, "hootenanny");
	return 0;
}

static int group_teardown(void **state)
{
	ear_close(&ear);
	play_close(&play);
	return 0;
}

static int setup(void **state)
{
	play_reset(&play);
	ear_forget(&ear);
	return 0;
}

static int64_t revision(void)
{
	AUTO_JSON json_t *r = stage_ask(play.stage.garden, "{'type':'timeline_query','from_beats':1e6}");
	return (int64_t)stage_number(r, "revision");
}

static void region(const char *id, double position, const char *tag)
{
	GARDEN("{'type':'region_create','region_id':'%s','name':'%s','position_beats':%g,'duration_beats':4,'tags':['%s'],"
	       "'content':{'path':'%s'}}", id, id, position, tag, play.tune);
}

/* What was done to the timeline so far has arrived at hootenanny. */
static void settle(void)
{
	json_decref(HOOT("{'type':'graph_query','query':'{ Timeline { revision @output } }','timeout_ms':%d,'at_least_revision':%lld}",
			 PATIENCE_MS, (long long)revision()));
}

/* Runs holler to its end and expects this status and text in what it printed. */
static void expect(int status, const char *wanted, const char *const *words)
{
	const char *argv[24] = {"--family", play.stage.family_dir};
	size_t n = 2;
	AUTO_MEM char *out = NULL;
	while (*words && n + 1 < COUNT_OF(argv))
		argv[n++] = *words++;
	int got = stage_run("holler", argv, &out);
	if (got != status || !strstr(out, wanted))
		fail_msg("exit status %d, expected %d; expected '%s' in:\n%s", got, status, wanted, out);
}
#define HOLLER(status, wanted, ...) expect(status, wanted, (const char *const[]){__VA_ARGS__, NULL})

/* ---- asking ---- */

#define CHORUS "{\n  RegionByTag(tag: \"chorus\") {\n    name @output\n    position_beats @output\n  }\n}"

static void test_query_prints_a_table_or_json(void **state)
{
	region("last", 8, "chorus");
	region("verse", 0, "verse");
	region("first", 4, "chorus");
	settle();
	HOLLER(0, "name   position_beats\n─────  ──────────────\nfirst               4\nlast                8\n\n2 rows\n", "query", CHORUS);
	HOLLER(0, "{\"name\":\"first\",\"position_beats\":4.0}\n{\"name\":\"last\",\"position_beats\":8.0}\n", "query", CHORUS, "--jsonl");
	HOLLER(0, "\"rows\":[{\"name\":\"first\",\"position_beats\":4.0},{\"name\":\"last\",\"position_beats\":8.0}],\"n_rows\":2,\"stopped\":\"end\"",
	       "query", CHORUS, "--json");
	HOLLER(0, "first               4\n\n1 row\nthese are not all: --limit was reached", "query", CHORUS, "--limit", "1");
	HOLLER(0, "2 rows\n", "query", "--garden", CHORUS);
	HOLLER(0, "0 rows\n", "query", "{ RegionByTag(tag: \"nothing\") { name @output } }");
	HOLLER(0, "ms in all", "query", CHORUS, "--explain");
	HOLLER(0, "2 rows\nnothing of them is shown: @output", "query", "{ RegionByTag(tag: \"chorus\") { name } }");
}

/* Those that carry a question, with the variable that some of them have. */
static void test_query_answers_the_examples_of_its_help(void **state)
{
	static const char *const words[] = { "query", "--help", NULL };
	AUTO_MEM char *help = NULL;
	size_t n = 0;
	assert_int_equal(stage_run("holler", words, &help), 0);
	for (char *at = strstr(help, "examples:"); at && (at = strstr(at, "holler query '{")); n++) {
		char *text = at + strlen("holler query '"), *end = strchr(text, '\'');
		assert_non_null(end);
		*end = '\0';
		if (strstr(text, "$space"))
			HOLLER(0, "", "query", text, "--var", "space=midi");
		else
			HOLLER(0, "", "query", text);
		at = end + 1;
	}
	assert_true(n >= 3);
}

static void test_query_takes_variables(void **state)
{
	static const char by_position[] = "{ Region { name @output position_beats @filter(op: \">=\", value: [\"$from\"]) } }";
	static const char by_name[] = "{ Region { name @output @filter(op: \"one_of\", value: [\"$names\"]) } }";
	region("1", 0, "x");
	region("2", 4, "x");
	settle();
	HOLLER(0, "{\"name\":\"2\"}\n", "query", by_position, "--var", "from=0.5", "--jsonl");
	HOLLER(0, "{\"name\":\"1\"}\n", "query", by_name, "--var", "names=[\"1\", \"3\"]", "--jsonl");
	HOLLER(2, "$from", "query", by_position, "--var", "from=1.0", "--var", "from=2.0");
	HOLLER(2, "'from' is not NAME=VALUE", "query", by_position, "--var", "from");
	HOLLER(2, "(MissingArguments)", "query", by_position);
	HOLLER(2, "(UnusedArguments)", "query", by_position, "--var", "from=1.0", "--var", "to=1.0");
	HOLLER(2, "(ArgumentTypeError)", "query", by_position, "--var", "from=early");
}

static void test_query_points_at_mistakes(void **state)
{
	HOLLER(2, "    3 |     nmae @output\n      |     ^\n", "query", "{\n  Region {\n    nmae @output\n  }\n}");
	HOLLER(2, "did you mean", "query", "{\n  Region {\n    nmae @output\n  }\n}");
	HOLLER(2, "parse error (", "query", "{ Region { name @output ");
	HOLLER(2, "\"errors\":[{", "query", "{ Region { nmae @output } }", "--json");
	HOLLER(2, "    1 | { Region { nmae @output } }\n      |            ^\n", "query", "--garden", "{ Region { nmae @output } }");
	HOLLER(2, "--watch: goes on by itself", "query", "--watch", "--timeout", "5", "chorus");
	HOLLER(2, "what is the question?", "query");
	HOLLER(1, "did you mean 'chorus'?", "query", "chorsu");
	HOLLER(1, "hint: holler query --list lists them", "query", "nothing-like-any-of-them");
	HOLLER(1, "hint: holler query --list lists them", "query", "--watch", "nothing-like-any-of-them");
	HOLLER(1, "hint: holler query --list lists them", "query", "--remove", "nothing-like-any-of-them");
	HOLLER(1, "no-such-file", "query", "-f", "/no-such-file");
}

#define OVERLAPS3 "overlaps { overlaps { overlaps { name } } }"

/* What would take for ever, or more memory than there is: both programs end it and say why, and holler says it to people. */
static void test_folds_of_folds_stop_at_their_limits_and_say_so(void **state)
{
	static const char counted[] = "{ Region { name @output overlaps @fold @transform(op: \"count\") @output(name: \"n\") "
				      "{ overlaps { overlaps { " OVERLAPS3 " } } } } }";
	static const char listed[] = "{ Region { overlaps @fold { overlaps @fold { overlaps @fold { overlaps @fold { overlaps @fold { "
				     "name @output } } } } } } }";
	static const char few[] = "{ Region { name @output overlaps @fold { overlaps @fold @transform(op: \"count\") @output(name: \"n\") } } }";
	const char *const from[] = {NULL, "--garden"}; /* the last word */
	for (int i = 0; i < 40; i++) {
		char id[4];
		(void)snprintf(id, sizeof(id), "r%d", i);
		region(id, 0, "x");
	}
	settle();
	for (size_t i = 0; i < COUNT_OF(from); i++) {
		HOLLER(0, "0 rows\nthese are not all: --timeout was reached", "query", "--timeout", "300", counted, from[i]);
		HOLLER(0, "0 rows\nthese are not all: its memory was used up", "query", "--timeout", "60000", listed, from[i]);
		HOLLER(0, "3 rows\nthese are not all: --limit was reached", "query", "--limit", "3", few, from[i]);
		HOLLER(0, "\"stopped\":\"memory\"", "query", "--json", "--timeout", "60000", listed, from[i]);
	}
}

static void test_schema_is_printed_whole_and_in_parts(void **state)
{
	HOLLER(0, "type Region", "schema");
	HOLLER(0, "\nproperties\n", "schema", "Region");
	HOLLER(0, "Region.name: String", "schema", "region.name");
	HOLLER(0, "RegionByTag(tag: String!): ", "schema", "Root");
	HOLLER(0, "\"edges\":[", "schema", "Region", "--json");
	HOLLER(0, "type Region", "schema", "--garden");
	HOLLER(1, "did you mean Region?", "schema", "Regoin");
	HOLLER(0, "Region.name\n", "complete", "--", "schema", "Region.na");
	HOLLER(0, "chorus\n", "complete", "--", "query", "ch");
}

/* ---- saved queries ---- */

static void test_queries_are_saved_checked_listed_and_removed(void **state)
{
	region("r", 0, "verse");
	settle();
	HOLLER(2, "    1 | { Region { nmae @output } }\n", "query", "{ Region { nmae @output } }", "--save", "wrong");
	HOLLER(2, "(UnusedArguments)", "query", "{ Region { name @output } }", "--save", "wrong", "--var", "x=1");
	HOLLER(0, "saved by-tag", "query", "{ RegionByTag(tag: \"verse\") { name @output @filter(op: \"!=\", value: [\"$not\"]) } }", "--save",
	       "by-tag", "--doc", "of the verse", "--var", "not=x");
	HOLLER(0, "{\"name\":\"r\"}", "query", "by-tag", "--jsonl");
	HOLLER(0, "0 rows", "query", "by-tag", "--var", "not=r");
	HOLLER(0, "by-tag", "query", "--list");
	HOLLER(0, "of the verse", "query", "--list");
	HOLLER(0, "# variables {\"not\":\"x\"}", "query", "--list", "by-tag");
	HOLLER(0, "replaced by-tag", "query", "{ Region { name @output } }", "--save", "by-tag");
	HOLLER(0, "removed by-tag", "query", "--remove", "by-tag");
	HOLLER(1, "no query was saved as 'by-tag'", "query", "by-tag");
	HOLLER(1, "ships with hootenanny", "query", "--remove", "chorus");
}

/* Each is right for the schema, and can be asked by its name alone. */
static void test_queries_that_ship_can_all_be_asked(void **state)
{
	AUTO_JSON json_t *list = HOOT("{'type':'query_list'}");
	const json_t *q;
	size_t i, n = 0;
	json_array_foreach(stage_value(list, "queries"), i, q) {
		if (strcmp(stage_text(q, "actor"), "hootenanny") != 0)
			continue;
		AUTO_JSON json_t *r = HOOT("{'type':'graph_query','name':'%s'}", stage_text(q, "name"));
		assert_string_equal(stage_text(r, "stopped"), "end");
		n++;
	}
	assert_true(n >= 9);
}

/* ---- watching ---- */

static json_t *watch(const char *query, int keep_ms)
{
	return HOOT("{'type':'query_watch','query':'%s','every_ms':50,'keep_ms':%d}", query, keep_ms);
}
#define WATCHED "{ RegionByTag(tag: \\\"loop\\\") { region_id @output } }"

static void test_a_watch_tells_what_came_and_what_went(void **state)
{
	region("a", 0, "loop");
	settle();
	AUTO_JSON json_t *w = watch(WATCHED, 60000), *again AUTO_JSON = watch(WATCHED, 60000);
	assert_string_equal(stage_text(w, "rows.0.region_id"), "a");
	assert_string_equal(stage_text(w, "watch_id"), stage_text(again, "watch_id"));
	int64_t version = (int64_t)stage_number(w, "version");
	region("b", 4, "loop");
	const json_t *e = ear_wait(&ear, "query_changed", NULL, 1);
	assert_string_equal(stage_text(e, "watch_id"), stage_text(w, "watch_id"));
	assert_string_equal(stage_text(e, "added.0.region_id"), "b");
	assert_int_equal(json_array_size(stage_value(e, "removed")), 0);
	assert_int_equal(stage_number(e, "version"), version + 1);
	assert_int_equal(stage_number(e, "n_rows"), 2);
	GARDEN("{'type':'region_delete','region_id':'a'}");
	e = ear_wait(&ear, "query_changed", NULL, 2);
	assert_string_equal(stage_text(e, "removed.0.region_id"), "a");
	assert_int_equal(stage_number(e, "n_rows"), 1);
	AUTO_JSON json_t *now = watch(WATCHED, 60000);
	assert_int_equal(stage_number(now, "version"), version + 2);
	assert_string_equal(stage_text(now, "rows.0.region_id"), "b");
	GARDEN("{'type':'region_delete','region_id':'b'}");
	e = ear_wait(&ear, "query_changed", NULL, 3);
	assert_string_equal(stage_text(e, "removed.0.region_id"), "b");
	assert_int_equal(stage_number(e, "version"), version + 3);
	assert_int_equal(stage_number(e, "n_rows"), 0);
	/* It is one watch of this connection: ended once, it has ended. */
	struct err err = ERR_INIT;
	json_decref(HOOT("{'type':'query_unwatch','watch_id':'%s'}", stage_text(w, "watch_id")));
	assert_int_equal(stage_try(play.stage.hoot, &err, "{'type':'query_unwatch','watch_id':'%s'}", stage_text(w, "watch_id")), -ENOENT);
}

static struct wire_client *another_client(void)
{
	const struct wire_client_options o = {.name = "other", .family = play.stage.family, .daemon = "hootenanny", .socket = "requests",
					      .actor = "test:stage"};
	struct wire_client *c = NULL;
	struct err err = ERR_INIT;
	if (wire_client_new(&o, &c, &err) < 0)
		fail_msg("%s", err.msg);
	return c;
}

/* The same actor in two places: each keeps the watch for itself. */
static void test_a_watch_stays_for_the_others(void **state)
{
	AUTO(wire_client) other = another_client();
	AUTO_JSON json_t *mine = watch(WATCHED, 60000);
	AUTO_JSON json_t *theirs = stage_ask(other, "{'type':'query_watch','query':'" WATCHED "','every_ms':50}");
	assert_string_equal(stage_text(mine, "watch_id"), stage_text(theirs, "watch_id"));
	json_decref(HOOT("{'type':'query_unwatch','watch_id':'%s'}", stage_text(mine, "watch_id")));
	region("a", 0, "loop");
	const json_t *e = ear_wait(&ear, "query_changed", NULL, 1);
	assert_string_equal(stage_text(e, "added.0.region_id"), "a");
	json_decref(stage_ask(other, "{'type':'query_unwatch','watch_id':'%s'}", stage_text(theirs, "watch_id")));
	AUTO_JSON json_t *s = HOOT("{'type':'status'}");
	assert_int_equal(stage_number(s, "details.watches"), 0);
}

/* What does not change the rows is no event, however often it is looked at. */
static void test_a_watch_is_silent_while_its_rows_stay(void **state)
{
	settle(); /* what was there before is gone */
	AUTO_JSON json_t *w = watch("{ Region { name @output } }", 60000), *mark AUTO_JSON = watch(WATCHED, 60000);
	region("a", 0, "verse");
	(void)ear_wait(&ear, "query_changed", NULL, 1);
	GARDEN("{'type':'region_move','region_id':'a','position_beats':8}");
	region("b", 0, "loop"); /* both see it */
	(void)ear_wait(&ear, "query_changed", NULL, 3);
	AUTO_JSON json_t *now = watch("{ Region { name @output } }", 60000);
	assert_int_equal(stage_number(now, "version"), stage_number(w, "version") + 2);
	json_decref(HOOT("{'type':'query_unwatch','watch_id':'%s'}", stage_text(w, "watch_id")));
	json_decref(HOOT("{'type':'query_unwatch','watch_id':'%s'}", stage_text(mark, "watch_id")));
}

static double metric(const char *name)
{
	AUTO_JSON json_t *s = HOOT("{'type':'status'}");
	return stage_metric(s, name);
}

static void unwatch(const json_t *w)
{
	json_decref(HOOT("{'type':'query_unwatch','watch_id':'%s'}", stage_text(w, "watch_id")));
}

/* Here a position is told with every step, and nothing else. */
enum { STEP = PLAY_BEAT / 4 };

static void test_a_watch_of_what_sounds_changes_while_it_plays(void **state)
{
	region("a", 0, "x");
	region("b", 4, "x");
	settle();
	AUTO_JSON json_t *w = watch("{ Sounding { name @output } }", 60000);
	assert_int_equal(stage_number(w, "n_rows"), 0);
	GARDEN("{'type':'transport_play','from_beats':0}");
	play_step(&play, STEP);
	const json_t *e = ear_wait(&ear, "query_changed", NULL, 1);
	assert_string_equal(stage_text(e, "added.0.name"), "a");
	play_step(&play, 4 * PLAY_BEAT);
	e = ear_wait(&ear, "query_changed", NULL, 2);
	assert_string_equal(stage_text(e, "removed.0.name"), "a");
	assert_string_equal(stage_text(e, "added.0.name"), "b");
	play_step(&play, 4 * PLAY_BEAT);
	e = ear_wait(&ear, "query_changed", NULL, 3);
	assert_string_equal(stage_text(e, "removed.0.name"), "b");
	unwatch(w);
}

/* Asked for other reasons it is now and then: time passes, and somebody may commit something. */
static void test_a_watch_that_does_not_look_at_the_transport_is_left_alone_by_it(void **state)
{
	enum { MOVES = 40 };
	region("a", 0, "x");
	settle();
	AUTO_JSON json_t *w = watch("{ Region { name @output position_beats @output } }", 60000);
	GARDEN("{'type':'transport_play','from_beats':0}");
	int64_t began = clock_monotonic_ns(clock_system()), until = began + PATIENCE_MS * NS_PER_MS;
	double asked = metric("watches_asked_total"), rested = metric("watches_rested_total");
	while (metric("watches_rested_total") < rested + MOVES && clock_monotonic_ns(clock_system()) < until)
		play_step(&play, STEP);
	assert_true(metric("watches_rested_total") >= rested + MOVES);
	double since = metric("watches_asked_total") - asked; /* before the clock: what is asked later does not count */
	assert_true(since <= 3 + (double)(clock_monotonic_ns(clock_system()) - began) / NS_PER_SEC);
	unwatch(w);
}

/*
 * Events that change neither the store nor the timeline: nothing else would make the watch ask before time has passed (5 s each time;
 * half of that is far more than a busy machine needs). What watches tell is no event to them.
 */
static void test_a_watch_of_events_hears_each_as_it_comes(void **state)
{
	enum { REGIONS = 8, LAG_MS = 5000 };
	for (int i = 0; i < REGIONS; i++) {
		char id[4];
		(void)snprintf(id, sizeof(id), "r%d", i);
		region(id, 4.0 * i, "x");
	}
	settle();
	AUTO_JSON json_t *w = HOOT("{'type':'query_watch','every_ms':50,'keep_ms':60000,'variables':{'n':'region_entered'},"
				   "'query':'{ Event { name @filter(op: \\\"=\\\", value: [\\\"$n\\\"]) payload @output } }'}");
	int64_t began = clock_monotonic_ns(clock_system());
	GARDEN("{'type':'transport_play','from_beats':0}");
	for (int i = 0; i < REGIONS; i++) {
		char id[16];
		(void)snprintf(id, sizeof(id), "\"r%d\"", i);
		play_step(&play, i ? 4 * PLAY_BEAT : STEP);
		const json_t *e = ear_wait(&ear, "query_changed", NULL, i + 1);
		assert_non_null(strstr(stage_text(e, "added.0.payload"), id));
	}
	assert_true(clock_monotonic_ns(clock_system()) - began < REGIONS * LAG_MS / 2 * NS_PER_MS);
	unwatch(w);
	AUTO_JSON json_t *told = HOOT("{'type':'graph_query','query':'{ Event { name @output } }'}");
	char AUTO_MEM *text = json_text(told, JSON_OUT_COMPACT);
	assert_non_null(strstr(text, "region_entered"));
	assert_null(strstr(text, "query_changed"));
}

/* It does not wait, though the question would; what is found out comes as soon as somebody has found it. */
static void test_a_watch_tells_what_is_not_known_yet_and_then_tells_it(void **state)
{
	char tune[64];
	play_piece(&play, tune, sizeof(tune));
	ear_forget(&ear);
	AUTO_JSON json_t *w = HOOT("{'type':'query_watch','every_ms':50,'variables':{'id':'%s'},'query':'{ Artifact { artifact_id "
				   "@filter(op: \\\"=\\\", value: [\\\"$id\\\"]) perceived(wait_ms: 60000) { key @output } } }'}", tune);
	assert_int_equal(stage_number(w, "n_rows"), 1);
	assert_true(json_is_null(stage_value(w, "rows.0.key")));
	assert_int_equal(stage_number(w, "n_unknown"), 1);
	const json_t *e = ear_wait(&ear, "query_changed", NULL, 1);
	assert_true(json_is_null(stage_value(e, "removed.0.key")));
	assert_string_equal(stage_text(e, "added.0.key"), "C major");
	assert_int_equal(stage_number(e, "n_unknown"), 0);
	unwatch(w);
}

/* Its rows are the same before and after, but whoever watches waits for something. */
static void test_a_watch_tells_when_all_is_known_though_no_row_changes(void **state)
{
	AUTO_JSON json_t *abc = HOOT("{'type':'artifact_upload','space':'abc','mime_type':'text/vnd.abc',"
				     "'data':'WDoxCk06NC80Ckw6MS80Cks6RwpHQUJjfGRlXmZnfAo='}");
	/* "X:1\nM:4/4\nL:1/4\nK:G\nGABc|de^fg|\n" */
	AUTO_JSON json_t *w = HOOT("{'type':'query_watch','every_ms':50,'variables':{'id':'%s','other':'none'},'query':'{ Artifact { space "
				   "@output artifact_id @filter(op: \\\"=\\\", value: [\\\"$id\\\"]) key @filter(op: \\\"!=\\\", value: "
				   "[\\\"$other\\\"]) } }'}",
				   stage_text(abc, "artifact.artifact_id"));
	assert_int_equal(stage_number(w, "n_rows"), 1);
	assert_int_equal(stage_number(w, "n_unknown"), 1);
	const json_t *e = ear_wait(&ear, "query_changed", NULL, 1);
	assert_int_equal(json_array_size(stage_value(e, "added")) + json_array_size(stage_value(e, "removed")), 0);
	assert_int_equal(stage_number(e, "n_rows"), 1);
	assert_int_equal(stage_number(e, "n_unknown"), 0);
	assert_int_equal(stage_number(e, "version"), stage_number(w, "version") + 1);
	unwatch(w);
}

static void test_a_watch_that_nobody_renews_ends(void **state)
{
	AUTO_JSON json_t *w = watch(WATCHED, 1000);
	int64_t until = clock_monotonic_ns(clock_system()) + PATIENCE_MS * NS_PER_MS;
	struct err err = ERR_INIT;
	int64_t n = 1;
	while (n) {
		AUTO_JSON json_t *s = HOOT("{'type':'status'}");
		n = (int64_t)stage_number(s, "details.watches");
		if (clock_monotonic_ns(clock_system()) > until)
			fail_msg("the watch has not ended");
	}
	assert_int_equal(stage_try(play.stage.hoot, &err, "{'type':'query_unwatch','watch_id':'%s'}", stage_text(w, "watch_id")), -ENOENT);
}

static void test_watches_are_refused_with_reason_and_bounded(void **state)
{
	struct err err = ERR_INIT;
	char id[LIMIT_QUERY_WATCHES][64];
	assert_int_equal(stage_try(play.stage.hoot, &err, "{'type':'query_watch','query':'{ Region { nmae @output } }'}"), -EINVAL);
	assert_int_equal(stage_try(play.stage.hoot, &err, "{'type':'query_watch','name':'no-such'}"), -ENOENT);
	assert_int_equal(stage_try(play.stage.hoot, &err, "{'type':'query_watch'}"), -EINVAL);
	for (int i = 0; i < LIMIT_QUERY_WATCHES; i++) {
		AUTO_JSON json_t *w = HOOT("{'type':'query_watch','query':'{ Region { name @output } }','limit':%d}", i + 1);
		(void)str_copy(id[i], sizeof(id[i]), stage_text(w, "watch_id"));
	}
	assert_int_equal(stage_try(play.stage.hoot, &err, "{'type':'query_watch','query':'{ Region { region_id @output } }'}"), -EBUSY);
	for (int i = 0; i < LIMIT_QUERY_WATCHES; i++)
		json_decref(HOOT("{'type':'query_unwatch','watch_id':'%s'}", id[i]));
}

/* ---- holler query --watch ---- */

struct watcher {
	pid_t pid;
	int out;
};

static struct watcher watcher_start(const char *const *words)
{
	char program[600];
	char *argv[24] = {program, (char *)"--family", play.stage.family_dir, (char *)"query", (char *)"--watch"};
	size_t n = 5;
	int fds[2];
	stage_program("holler", program, sizeof(program));
	while (*words && n + 1 < COUNT_OF(argv))
		argv[n++] = (char *)*words++;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	int saved = dup(1);
	assert_true(saved >= 0 && dup2(fds[1], 1) == 1);
	struct watcher w = {child_start(program, argv, NULL), fds[0]};
	assert_true(dup2(saved, 1) == 1);
	close(saved);
	close(fds[1]);
	return w;
}

/* Its next line is this one. */
static void expect_line(const struct watcher *w, const char *wanted)
{
	char line[512];
	size_t n = 0;
	int64_t until = clock_monotonic_ns(clock_system()) + PATIENCE_MS * NS_PER_MS;
	for (char c = 0; c != '\n' && n + 1 < sizeof(line);) {
		struct pollfd p = {.fd = w->out, .events = POLLIN};
		int64_t left = (until - clock_monotonic_ns(clock_system())) / NS_PER_MS;
		if (left <= 0 || poll(&p, 1, (int)left) <= 0 || read(w->out, &c, 1) != 1)
			fail_msg("expected '%s', but there is only '%.*s'", wanted, (int)n, line);
		if (c != '\n')
			line[n++] = c;
	}
	line[n] = '\0';
	assert_string_equal(line, wanted);
}

static void expect_end(struct watcher *w)
{
	int status = -1;
	char c;
	while (read(w->out, &c, 1) == 1)
		fail_msg("there is more: %c", c);
	close(w->out);
	assert_int_equal(waitpid(w->pid, &status, 0), w->pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void test_holler_prints_what_appears_and_what_disappears(void **state)
{
	static const char query[] = "{ RegionByTag(tag: \"live\") { region_id @output position_beats @output } }";
	region("one", 0, "live");
	settle();
	struct watcher w = watcher_start((const char *const[]){query, "--every-ms", "50", "--count", "4", NULL});
	expect_line(&w, "  region_id  position_beats");
	expect_line(&w, "  ─────────  ──────────────");
	expect_line(&w, "+ one                     0");
	region("two", 4, "live");
	expect_line(&w, "+ two                     4");
	GARDEN("{'type':'region_move','region_id':'one','position_beats':12.5}");
	expect_line(&w, "- one                     0");
	expect_line(&w, "+ one                  12.5");
	expect_end(&w);
}

static void test_holler_watches_on_when_hootenanny_is_killed(void **state)
{
	static const char query[] = "{ RegionByTag(tag: \"live\") { region_id @output } }";
	region("one", 0, "live");
	settle();
	struct watcher w = watcher_start((const char *const[]){query, "--every-ms", "50", "--count", "4", "--jsonl", NULL});
	expect_line(&w, "{\"change\":\"+\",\"row\":{\"region_id\":\"one\"}}");
	pid_t old = stage_pid(&play.stage, "hootenanny");
	stage_kill(&play.stage, "hootenanny", SIGKILL);
	region("two", 4, "live"); /* while nobody looks */
	stage_wait_back(&play.stage, "hootenanny", old);
	expect_line(&w, "{\"change\":\"+\",\"row\":{\"region_id\":\"two\"}}");
	GARDEN("{'type':'region_delete','region_id':'one'}");
	expect_line(&w, "{\"change\":\"-\",\"row\":{\"region_id\":\"one\"}}");
	region("three", 8, "live");
	expect_line(&w, "{\"change\":\"+\",\"row\":{\"region_id\":\"three\"}}");
	expect_end(&w);
}

#define T(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_query_prints_a_table_or_json),
		T(test_query_answers_the_examples_of_its_help),
		T(test_query_takes_variables),
		T(test_query_points_at_mistakes),
		T(test_folds_of_folds_stop_at_their_limits_and_say_so),
		T(test_schema_is_printed_whole_and_in_parts),
		T(test_queries_are_saved_checked_listed_and_removed),
		T(test_queries_that_ship_can_all_be_asked),
		T(test_a_watch_tells_what_came_and_what_went),
		T(test_a_watch_stays_for_the_others),
		T(test_a_watch_is_silent_while_its_rows_stay),
		T(test_a_watch_of_what_sounds_changes_while_it_plays),
		T(test_a_watch_that_does_not_look_at_the_transport_is_left_alone_by_it),
		T(test_a_watch_of_events_hears_each_as_it_comes),
		T(test_a_watch_tells_what_is_not_known_yet_and_then_tells_it),
		T(test_a_watch_tells_when_all_is_known_though_no_row_changes),
		T(test_a_watch_that_nobody_renews_ends),
		T(test_watches_are_refused_with_reason_and_bounded),
		T(test_holler_prints_what_appears_and_what_disappears),
		T(test_holler_watches_on_when_hootenanny_is_killed),
	};
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}

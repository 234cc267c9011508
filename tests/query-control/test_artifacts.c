/*
 * Artifacts: what is found of them, from where it comes, what became of it.
 */
#include "stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/str.h"

static void family(struct stage *s)
{
	stage_artifact(s, (struct stage_artifact){.name = "tune", .tags = {"chorus", "reel"}, .creator = "bob"});
	stage_pass(s, 1000);
	stage_artifact(s, (struct stage_artifact){.name = "chords", .space = "abc"});
	stage_pass(s, 1000);
	stage_artifact(s, (struct stage_artifact){.name = "left", .parents = {"tune", "chords"}, .verb = "continue"});
	stage_pass(s, 1000);
	stage_artifact(s, (struct stage_artifact){.name = "right", .parents = {"tune"}, .verb = "continue", .tags = {"chorus"}});
	stage_pass(s, 1000);
	stage_artifact(s, (struct stage_artifact){.name = "end", .parents = {"left", "right"}, .space = "audio", .verb = "project",
						    .content = "tune"});
	stage_pass(s, 1000);
}

/* What is asked of the artifact with that title. */
static void of(struct stage *s, const char *title, const char *rows, const char *what)
{
	char AUTO_MEM *name = str_printf("'%s'", title);
	stage_let(s, "t", name);
	stage_rows(s, rows, "{ Artifact { title @filter(op: '=', value: ['$t']) %s } }", what);
}

static void test_artifacts_come_newest_first(void **state)
{
	struct stage *s = *state;
	family(s);
	stage_rows(s, "{'title':'end'},{'title':'right'},{'title':'left'},{'title':'chords'},{'title':'tune'}", "{ Artifact { title @output } }");
	assert_int_equal(s->n_scanned, 4); /* steps from one to the next: what other tests find to be none would be seen */
	assert_int_equal(s->n_sorted, 0);
}

static void test_what_an_artifact_is_like(void **state)
{
	struct stage *s = *state;
	stage_artifact(s, (struct stage_artifact){.name = "a", .tags = {"b", "a"}, .content = "abc",
						    .metadata = "{\"title\":\"A\",\"duration_s\":2.5,\"deep\":{\"x\":[1,true]},\"loud\":false}"});
	stage_pass(s, 1500);
	stage_rows(s,
		   "{'title':'A','duration_seconds':2.5,'tags':['a','b'],'space':'midi','creator':'ada','verb':'create','params':'{}',"
		   "'seed':null,'model':'','job_id':null,'size_bytes':3,'mime_type':'audio/midi','created_unix_ms':1700000000000,"
		   "'age_seconds':1.5}",
		   "{ Artifact { title @output duration_seconds @output tags @output space @output creator @output verb @output params @output"
		   " seed @output model @output job_id @output size_bytes @output mime_type @output created_unix_ms @output"
		   " age_seconds @output } }");
	char AUTO_MEM *path = stage_ask(s, "{ Artifact { path @output } }");
	char hash[72];
	stage_hash("abc", hash);
	char AUTO_MEM *expected = str_printf("{\"path\":\"/cas/objects/sha256/%.2s/%s\"}", hash + 7, hash + 9);
	assert_string_equal(path, expected);
	stage_rows(s, "{'key':'deep','value':'{\\'x\\':[1,true]}'},{'key':'duration_s','value':'2.5'},{'key':'loud','value':'false'},"
		      "{'key':'title','value':'A'}",
		   "{ Artifact { annotations { key @output value @output } } }");
}

static void test_parents_children_and_all_that_came_before_and_after(void **state)
{
	struct stage *s = *state;
	family(s);
	of(s, "left", "{'p':'tune'},{'p':'chords'}", "parents { p: title @output }");
	of(s, "tune", "{'p':'left'},{'p':'right'}", "children { p: title @output }");
	of(s, "end", "{'p':'left'},{'p':'right'},{'p':'tune'},{'p':'chords'}", "ancestors { p: title @output }");
	of(s, "tune", "{'p':'left'},{'p':'right'},{'p':'end'}", "descendants { p: title @output }");
	of(s, "end", "{'p':'end'},{'p':'left'},{'p':'tune'},{'p':'chords'},{'p':'right'},{'p':'tune'}",
	   "parents @recurse(depth: 9) { p: title @output }"); /* each way to it is told */
}

static void test_variations_are_of_the_same_parents_or_asked_for(void **state)
{
	struct stage *s = *state;
	family(s);
	of(s, "left", "{'v':'right'}", "variations { v: title @output }");
	of(s, "tune", "", "variations { v: title @output }");
	stage_job(s, (struct stage_job){.name = "job", .input = "chords"});
	stage_artifact(s, (struct stage_artifact){.name = "another", .job = "job"});
	struct err err = ERR_INIT;
	assert_int_equal(store_exec(s->c, &err,
				    "INSERT INTO decision(id, decision, region_id, artifact_id, actor, reason, job_id, created_unix_ms)"
				    " VALUES('d1', 3, 'r1', ?, 'ada', '', ?, 0)",
				    "tt", stage_id(s, "tune"), stage_id(s, "job")),
			 0);
	of(s, "tune", "{'v':'another'}", "variations { v: title @output }");
	of(s, "another", "{'v':'tune'}", "variations { v: title @output }");
}

static void test_edges_to_what_is_of_the_same_kind(void **state)
{
	struct stage *s = *state;
	family(s);
	of(s, "end", "{'o':'tune'}", "same_content { o: title @output }");
	of(s, "right", "{'name':'chorus','o':'right'},{'name':'chorus','o':'tune'}",
	   "tagged { name @output artifacts { o: title @output } }");
	of(s, "end", "{'space':'audio','o':'end','name':'ada'}",
	   "in_space { space @output artifacts { o: title @output } } by { name @output }");
}

static void test_edges_look_only_at_what_they_lead_to(void **state)
{
	struct stage *s = *state;
	family(s);
	stage_job(s, (struct stage_job){.name = "job", .input = "tune", .region = "r1"});
	static const char *const edges[] = {
		"parents { x: title @output }", "children { x: title @output }", "variations { x: title @output }",
		"same_content { x: title @output }", "tagged { artifacts { x: title @output } }", "used_by { x: verb @output }",
		"used_by { inputs { x: title @output } }", "used_by { steps { x: verb @output } }", "used_by { decisions { x: actor @output } }",
		"decisions { x: actor @output }", "in_space { artifacts { x: title @output } }", "by { artifacts { x: title @output } }",
		"by { jobs { x: verb @output } }", "by { decisions { x: actor @output } }", "by { changes { x: request @output } }",
		"in_space { n_artifacts @output }", "tagged { n_artifacts @output }", "job { x: verb @output }",
	};
	for (size_t i = 0; i < COUNT_OF(edges); i++) {
		char AUTO_MEM *id = str_printf("'%s'", stage_id(s, "tune"));
		stage_let(s, "id", id);
		free(stage_ask(s, "{ Artifact { artifact_id @filter(op: '=', value: ['$id']) %s } }", edges[i]));
		if (s->n_scanned || s->n_sorted)
			fail_msg("%s scans %d rows, sorts %d times", edges[i], s->n_scanned, s->n_sorted);
	}
}

/* The number of vertices shows that rows were not all looked at. Rows: S0-82 */
static void test_what_is_asked_for_is_found_by_an_index(void **state)
{
	struct stage *s = *state;
	char name[24];
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "a%d", i);
		stage_artifact(s, (struct stage_artifact){.name = name, .tags = {i % 20 ? "common" : "rare"}, .space = i % 10 ? "midi" : "abc",
							    .creator = i % 8 ? "ada" : "bob", .content = i % 4 ? "x" : "y"});
		stage_pass(s, 1000);
	}
	static const struct {
		const char *what, *name, *value, *rows;
		int64_t n;
	} cases[] = {
		{"tags @filter(op: 'contains', value: ['$v'])", "v", "'rare'", "{'title':'a20'},{'title':'a0'}", 2},
		{"space @filter(op: '=', value: ['$v'])", "v", "'abc'", "{'title':'a30'},{'title':'a20'},{'title':'a10'},{'title':'a0'}", 4},
		{"space @filter(op: 'one_of', value: ['$v'])", "v", "['none', 'abc', 'none', 'abc']",
		 "{'title':'a30'},{'title':'a20'},{'title':'a10'},{'title':'a0'}", 4},
		{"creator @filter(op: '=', value: ['$v'])", "v", "'bob'",
		 "{'title':'a32'},{'title':'a24'},{'title':'a16'},{'title':'a8'},{'title':'a0'}", 5},
		{"created_unix_ms @filter(op: '>=', value: ['$v'])", "v", "1700000038000", "{'title':'a39'},{'title':'a38'}", 2},
		{"created_unix_ms @filter(op: '<', value: ['$v'])", "v", "1700000001000", "{'title':'a0'}", 2},
		{"age_seconds @filter(op: '<=', value: ['$v'])", "v", "2.0", "{'title':'a39'},{'title':'a38'}", 2},
		{"age_seconds @filter(op: '>', value: ['$v'])", "v", "39.5", "{'title':'a0'}", 1},
		{"artifact_id @filter(op: '=', value: ['$v'])", "v", "'none'", "", 0},
		{"job_id @filter(op: '=', value: ['$v'])", "v", "'none'", "", 0},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		stage_let(s, cases[i].name, cases[i].value);
		stage_rows(s, cases[i].rows, "{ Artifact { title @output %s } }", cases[i].what);
		if (s->stats.vertices > cases[i].n)
			fail_msg("%s visits %d vertices", cases[i].what, (int)s->stats.vertices);
		if (s->n_scanned || s->n_sorted)
			fail_msg("%s scans %d rows, sorts %d times", cases[i].what, s->n_scanned, s->n_sorted);
	}
	char hash[72];
	stage_hash("y", hash);
	char AUTO_MEM *value = str_printf("'%s'", hash);
	stage_let(s, "v", value);
	free(stage_ask(s, "{ Artifact { content_hash @filter(op: '=', value: ['$v']) title @output } }"));
	assert_int_equal(s->stats.vertices, 10);
}

static void test_a_name_cut_short_is_told_in_full(void **state)
{
	struct stage *s = *state;
	struct err err = ERR_INIT;
	assert_int_equal(stage_try(s, "{ Artifact { id @output } }", 0, &err), -EINVAL);
	assert_string_equal(err.hint, "did you mean 'artifact_id'?");
}

static void test_regions_of_an_artifact_and_back(void **state)
{
	struct stage *s = *state;
	family(s);
	stage_region(s, (struct stage_region){.id = "r2", .artifact = "tune", .position_beats = 8});
	stage_region(s, (struct stage_region){.id = "r1", .artifact = "tune", .position_beats = 0});
	stage_region(s, (struct stage_region){.id = "r3", .hash = "tune", .position_beats = 4});
	stage_region(s, (struct stage_region){.id = "r4", .position_beats = 4});
	of(s, "tune", "{'region_id':'r1'},{'region_id':'r2'},{'region_id':'r3'}", "regions { region_id @output }");
	stage_rows(s, "{'region_id':'r1','title':'tune'},{'region_id':'r3','title':'end'},{'region_id':'r2','title':'tune'}",
		   "{ Region { region_id @output artifact { title @output } } }");
	stage_let(s, "r", "'r3'");
	stage_rows(s, "{'p':'left'},{'p':'right'},{'p':'tune'},{'p':'chords'}",
		   "{ Region { region_id @filter(op: '=', value: ['$r']) artifact { ancestors { p: title @output } } } }");
}

/* Some of two parents each, and three times as many regions that play them again and again, some nothing that there is. */
static void crowd(struct stage *s, int n)
{
	enum { MOST = 400 };
	static const char *const spaces[] = {"audio", "midi", "midi", "abc", "midi"};
	static const char *const metadata[] = {"{\"title\":\"reel 7\",\"duration_s\":2.5}", "{}", "{\"title\":\"jig\",\"duration_s\":10}",
					       "{\"title\":7,\"duration_s\":\"long\"}", NULL};
	char names[MOST][8], id[8];
	for (int i = 0; i < n; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "n%d", i);
		stage_artifact(s, (struct stage_artifact){.name = names[i],
							    .parents = {i > 1 ? names[i - 1] : NULL, i > 1 ? names[i / 2] : NULL},
							    .tags = {i % 3 ? "slow" : NULL, i % 2 ? "a:1" : NULL, NULL},
							    .creator = i % 4 ? NULL : "bea",
							    .metadata = metadata[i % 5],
							    .space = spaces[i % 5]});
		stage_pass(s, 1);
	}
	assert_int_equal(store_exec(s->c, NULL, "UPDATE artifact SET size_bytes = created_unix_ms % 4, seed = nullif(created_unix_ms % 3, 0)", ""), 0);
	stage_name(s, "gone", "gone");
	for (int i = 0; i < 3 * n; i++) {
		const char *artifact = i % 17 == 11 ? "gone" : names[i * 7 % n];
		(void)snprintf(id, sizeof(id), "r%d", i);
		stage_region(s, (struct stage_region){.id = id,
							.artifact = i % 5 ? artifact : NULL,
							.hash = i % 5 ? NULL : names[i * 3 % n],
							.position_beats = i % 50});
	}
}

/* ---- what is kept, and what is not brought ---- */

/* Rows and vertices of a question. */
struct asked {
	struct strbuf rows;
	int64_t vertices;
};

static void ask(struct stage *s, const char *question, const char *in_place_of_tilde, const char *v, struct asked *ret)
{
	const char *tilde = strchr(question, '~');
	if (v)
		stage_let(s, "v", v);
	char AUTO_MEM *rows = stage_ask(s, "%.*s%s%s", (int)(tilde - question), question, in_place_of_tilde, tilde + 1);
	if (*rows)
		(void)strbuf_addf(&ret->rows, "%s%s", ret->rows.n ? "," : "", rows);
	ret->vertices += s->stats.vertices;
}

/*
 * The question for all regions or artifacts (where ~ stands for nothing), and for each of them alone (where it stands for a filter):
 * then no edge is taken often enough for anything to be kept.
 */
static void ask_twice(struct stage *s, const char *question, const char *v, struct asked *ret_kept, struct asked *ret_stepped)
{
	AUTO_JSON json_t *ids = NULL;
	size_t i;
	json_t *id;
	char AUTO_MEM *all = strstr(question, "{ Region") ? stage_ask(s, "{ Region { id: region_id @output } }")
							    : stage_ask(s, "{ Artifact { id: artifact_id @output } }");
	char AUTO_MEM *list = str_printf("[%s]", all);
	assert_int_equal(json_parse(list, strlen(list), &ids, NULL), 0);
	*ret_kept = *ret_stepped = (struct asked){.rows = STRBUF_INIT};
	ask(s, question, "", v, ret_kept);
	json_array_foreach(ids, i, id) {
		char AUTO_MEM *one = str_printf("'%s'", json_string_value(json_object_get(id, "id")));
		stage_let(s, "one", one);
		ask(s, question, "@filter(op: '=', value: ['$one'])", v, ret_stepped);
	}
}

/* Whether fewer vertices came because the others would be rejected; in any case the rows are the same. */
static bool is_sifted(struct stage *s, const char *v, const char *question)
{
	struct asked kept, stepped;
	ask_twice(s, question, v, &kept, &stepped);
	if (kept.rows.n < 100 || strcmp(kept.rows.s, stepped.rows.s) != 0)
		fail_msg("%s\nv is %s\nkept    %.400s\nstepped %.400s", question, v ? v : "", kept.rows.n ? kept.rows.s : "",
			 stepped.rows.n ? stepped.rows.s : "");
	assert_true(kept.vertices <= stepped.vertices);
	strbuf_done(&kept.rows);
	strbuf_done(&stepped.rows);
	return kept.vertices < stepped.vertices;
}

#define REGION "{ Region { region_id @output ~ "

static void test_what_is_kept_of_artifacts_gives_the_same_rows(void **state)
{
	static const char *const questions[] = {
		REGION "artifact { a: artifact_id @output } } }",
		REGION "artifact { a: artifact_id @output m: mime_type @output h: content_hash @output } } }",
		REGION "artifact { c: creator @output n: size_bytes @output s: seed @output j: job_id @output t: created_unix_ms @output } } }",
		REGION "artifact { title @output duration_seconds @output tags @output age_seconds @output } } }",
		REGION "artifact { metadata @output params @output model @output verb @output path @output } } }",
		REGION "artifact { tags @output annotations { key @output value @output } by { name @output } } } }",
		REGION "artifact { in_space { n: space @output } job @optional { verb @output } regions { o: region_id @output } } } }",
		REGION "artifact { parents { p: artifact_id @output s: space @output } } } }",
		REGION "artifact @optional { a: artifact_id @output parents @fold { p: content_hash @output } } } }",
		REGION "artifact { a: artifact_id @tag @output parents { p: artifact_id @output @filter(op: '<', value: ['%a']) } } } }",
		"{ Artifact { a: artifact_id @output ~ parents @recurse(depth: 4) { p: artifact_id @output } } }",
		"{ Artifact { a: artifact_id @output ~ parents @recurse(depth: 3) { p: space @output tags @output } } }",
		"{ Artifact { a: artifact_id @output ~ children { ancestors { p: artifact_id @output } } } }",
	};
	struct stage *s = *state;
	crowd(s, 40);
	for (size_t i = 0; i < COUNT_OF(questions); i++)
		assert_false(is_sifted(s, NULL, questions[i]));
}

/* As many as the small limits of tests allow. */
#define FULL_CROWD (LIMIT_TIMELINE_REGIONS >= 1200 ? 400 : 40)
#define PLAYS REGION "artifact { a: artifact_id @output "

static void test_artifacts_that_filters_reject_are_not_brought(void **state)
{
	static const char *const questions[][2] = {
		{"'midi'", PLAYS "space @filter(op: '=', value: ['$v']) } } }"},
		{"'midi'", PLAYS "space @filter(op: '!=', value: ['$v']) } } }"},
		{"['abc','audio','none']", PLAYS "space @filter(op: 'one_of', value: ['$v']) } } }"},
		{"'a'", PLAYS "space @output @filter(op: 'has_prefix', value: ['$v']) } } }"},
		{"'bea'", PLAYS "creator @filter(op: '=', value: ['$v']) } } }"},
		{"'be'", PLAYS "creator @output @filter(op: '<', value: ['$v']) } } }"},
		{"2", PLAYS "size_bytes @output @filter(op: '>', value: ['$v']) } } }"},
		{"2", PLAYS "size_bytes @filter(op: '=', value: ['$v']) } } }"},
		{"[2]", PLAYS "size_bytes @filter(op: 'one_of', value: ['$v']) } } }"},
		{"2", PLAYS "seed @output @filter(op: '<', value: ['$v']) } } }"},
		{"2", PLAYS "seed @output @filter(op: '!=', value: ['$v']) } } }"},
		{NULL, PLAYS "seed @filter(op: 'is_not_null') } } }"},
		{"1700000000099", PLAYS "created_unix_ms @output @filter(op: '<=', value: ['$v']) } } }"},
		{"0.01", PLAYS "age_seconds @output @filter(op: '>', value: ['$v']) } } }"},
		{"'slow'", PLAYS "tags @filter(op: 'contains', value: ['$v']) } } }"},
		{"'a:1'", PLAYS "tags @output @filter(op: 'not_contains', value: ['$v']) } } }"},
		{"'jig'", PLAYS "title @filter(op: '=', value: ['$v']) } } }"},
		{"'jig'", PLAYS "title @output @filter(op: '!=', value: ['$v']) } } }"},
		{"'7'", PLAYS "title @output @filter(op: 'has_suffix', value: ['$v']) } } }"},
		{"4.5", PLAYS "duration_seconds @output @filter(op: '>', value: ['$v']) } } }"},
		{"10.0", PLAYS "duration_seconds @output @filter(op: '!=', value: ['$v']) } } }"},
		{NULL, PLAYS "duration_seconds @output @filter(op: 'is_null') } } }"},
		{"'midi'", PLAYS "space @filter(op: '=', value: ['$v']) parents { p: artifact_id @output } } } }"},
		{"'midi'", REGION "artifact @fold @transform(op: 'count') @output(name: 'n') { space @filter(op: '=', value: ['$v']) } } }"},
		{"'midi'", "{ Region { region_id @output ~ artifact_id @tag artifact { a: artifact_id @output"
			   " @filter(op: '=', value: ['%artifact_id']) space @filter(op: '=', value: ['$v']) } } }"},
	};
	struct stage *s = *state;
	bool full = LIMIT_QUERY_KEPT_BYTES < 1 << 20; /* then some are brought, and rejected */
	crowd(s, FULL_CROWD);
	for (size_t i = 0; i < COUNT_OF(questions); i++)
		if (!is_sifted(s, questions[i][0], questions[i][1]) && !full)
			fail_msg("brought all: %s with %s", questions[i][1], questions[i][0]);
}

static void test_artifacts_are_brought_where_no_filter_decides_for_all_rows(void **state)
{
	static const char *const questions[][2] = {
		/* What is not there is a row, what is rejected is none. */
		{"'midi'", REGION "artifact @optional { a: artifact_id @output space @filter(op: '=', value: ['$v']) } } }"},
		{"'midi'", "{ Artifact { x: artifact_id @output ~ parents @recurse(depth: 2) { a: artifact_id @output"
			   " space @filter(op: '=', value: ['$v']) } } }"},
		/* The filter is another for each row. */
		{"''", "{ Region { region_id @output ~ artifact_id @tag name @filter(op: '!=', value: ['$v']) artifact { a: artifact_id @output"
		       " @filter(op: '<=', value: ['%artifact_id']) } } }"},
		/* An expression is an error of those rows only that it is asked of. */
		{"'^mi?di$'", PLAYS "space @filter(op: 'regex', value: ['$v']) } } }"},
		/* By content, and lineage. */
		{"'midi'", "{ Artifact { x: artifact_id @output ~ parents { a: artifact_id @output space @filter(op: '=', value: ['$v']) } } }"},
	};
	struct stage *s = *state;
	crowd(s, FULL_CROWD);
	for (size_t i = 0; i < COUNT_OF(questions); i++)
		assert_false(is_sifted(s, questions[i][0], questions[i][1]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(test_artifacts_come_newest_first),
		STAGE_TEST(test_what_an_artifact_is_like),
		STAGE_TEST(test_parents_children_and_all_that_came_before_and_after),
		STAGE_TEST(test_variations_are_of_the_same_parents_or_asked_for),
		STAGE_TEST(test_edges_to_what_is_of_the_same_kind),
		STAGE_TEST(test_edges_look_only_at_what_they_lead_to),
		STAGE_TEST(test_what_is_asked_for_is_found_by_an_index),
		STAGE_TEST(test_a_name_cut_short_is_told_in_full),
		STAGE_TEST(test_regions_of_an_artifact_and_back),
		STAGE_TEST(test_what_is_kept_of_artifacts_gives_the_same_rows),
		STAGE_TEST(test_artifacts_that_filters_reject_are_not_brought),
		STAGE_TEST(test_artifacts_are_brought_where_no_filter_decides_for_all_rows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

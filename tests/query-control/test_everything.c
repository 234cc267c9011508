/*
 * Every starting point, property and edge of the schema answers: asked one by one from the schema itself.
 */
#include "stage.h"

#include <string.h>

#include "../starve.h"

#include "base/map.h"
#include "base/str.h"

static void fill(struct stage *s)
{
	static const char *const can[] = {"continue", "midi", "midi", "project", "midi", "audio", NULL};
	const char *payload = "{\"type\":\"x\"}";
	struct wire_received e = {.seq = 1, .name = "x", .sender = "y", .payload = {payload, strlen(payload)}};
	struct err err = ERR_INIT;
	stage_worker(s, "ann", true, can);
	stage_artifact(s, (struct stage_artifact){.name = "tune", .tags = {"a"}});
	stage_artifact(s, (struct stage_artifact){.name = "line", .parents = {"tune"}});
	stage_region(s, (struct stage_region){.id = "r1", .artifact = "line", .position_beats = 0, .state = LIFE_RESOLVED, .tag = "a"});
	stage_region(s, (struct stage_region){.id = "r0", .artifact = "tune", .position_beats = 0});
	stage_job(s, (struct stage_job){.name = "job", .input = "tune", .region = "r1", .spaces = {"midi", "midi", "audio"}});
	stage_claim(s, "ann", "job");
	stage_progress(s, "ann", "job", 0.5);
	stage_complete(s, "ann", "job", "tune");
	stage_claim(s, "ann", "job");
	stage_job(s, (struct stage_job){.name = "late", .input = "tune", .region = "r1", .verb = "dream"});
	stage_region(s, (struct stage_region){.id = "r1", .artifact = "line", .position_beats = 0, .state = LIFE_RESOLVED, .tag = "a",
						.job = "job"});
	stage_transport(s, true, 1);
	assert_int_equal(store_exec(s->c, &err,
				    "INSERT INTO decision(id, decision, region_id, artifact_id, actor, reason, job_id, created_unix_ms)"
				    " VALUES('d1', 1, 'r1', ?, 'ada', '', ?, 0)",
				    "tt", stage_id(s, "line"), stage_id(s, "job")),
			 0);
	assert_int_equal(store_exec(s->c, &err, "INSERT INTO change(at_unix_ms, actor, request, payload) VALUES(0, 'ada', 'x', '{}')", ""), 0);
	assert_int_equal(events_kept_add(s->events, &e, 0, NULL), 0);
}

static void add_properties(struct strbuf *b, const struct tf_type_def *t, const char *prefix)
{
	for (size_t i = 0; i < t->n_fields; i++) {
		if (!t->fields[i].target)
			strbuf_addf(b, " %s%s: %s @output", prefix, t->fields[i].name, t->fields[i].name);
	}
}

static bool needs_params(const struct tf_field_def *f)
{
	for (size_t i = 0; i < f->n_params; i++) {
		if (!f->params[i].has_default && tf_type_is_required(&f->params[i].type))
			return true;
	}
	return false;
}

/* Starting points of types that this library tells of. */
static bool is_ours(const char *type)
{
	static const char *const names[] = {"Artifact", "Job", "Worker", "Capability", "Space", "Projection", "Decision", "Change", "Event",
					    "Tag", "Actor", "Region"};
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		if (str_eq(names[i], type))
			return true;
	}
	return false;
}

static size_t ask_root(struct stage *s, const struct tf_field_def *root)
{
	const struct tf_type_def *t = root->target;
	AUTO_STRBUF all = STRBUF_INIT;
	strbuf_addf(&all, "{ %s {", root->name);
	add_properties(&all, t, "");
	strbuf_adds(&all, " } }");
	char AUTO_MEM *rows = stage_ask(s, "%s", all.s);
	if (!*rows)
		fail_msg("%s gives nothing", all.s);
	size_t n = 1;
	for (size_t i = 0; i < t->n_fields; i++) {
		AUTO_STRBUF one = STRBUF_INIT;
		if (!t->fields[i].target || needs_params(&t->fields[i]))
			continue;
		strbuf_addf(&one, "{ %s { %s @optional {", root->name, t->fields[i].name);
		add_properties(&one, t->fields[i].target, "");
		strbuf_adds(&one, " } } }");
		char AUTO_MEM *there = stage_ask(s, "%s", one.s);
		if (!*there)
			fail_msg("%s gives nothing", one.s);
		n++;
	}
	return n;
}

/* Rows: H-Q07 */
static void test_every_property_and_edge_answers(void **state)
{
	struct stage *s = *state;
	const struct tf_type_def *root = tf_schema_root(tf_adapter_schema(s->adapter));
	size_t n = 0;
	fill(s);
	for (size_t i = 0; i < root->n_fields; i++) {
		if (is_ours(root->fields[i].target->name) && !needs_params(&root->fields[i]))
			n += ask_root(s, &root->fields[i]);
	}
	assert_true(n > 60);
}

/* ---- what depends on the transport ---- */

struct moves {
	struct stage *stage;
	size_t n_asked, n_seen, n_changed;
};

/* Asked here and there, at the same time: where the answers differ, it must have looked. Frees the query. */
static void ask_moved(struct moves *m, char *query)
{
	static const struct { bool rolls; double beats; } places[] = {{false, 0}, {true, 1}, {true, 5.5}};
	char *rows[COUNT_OF(places)];
	bool saw = true, changed = false;
	for (size_t i = 0; i < COUNT_OF(places); i++) {
		stage_transport(m->stage, places[i].rolls, places[i].beats);
		rows[i] = stage_ask(m->stage, "%s", query);
		saw &= m->stage->saw_transport;
		changed |= !str_eq(rows[i], rows[0]);
	}
	for (size_t i = 0; i < COUNT_OF(places); i++)
		free(rows[i]);
	if (changed && !saw)
		fail_msg("%s is another when the transport moves, but has not looked at it", query);
	free(query);
	m->n_asked++;
	m->n_seen += saw;
	m->n_changed += changed;
}

/* Each property of a type once, by whatever leads there first. */
static void ask_moved_properties(struct moves *m, const struct tf_type_def *t, const char *before, const char *after, struct map *done)
{
	if (map_get(done, t->name))
		return;
	assert_int_equal(map_set(done, t->name, (void *)t, NULL), 0);
	for (size_t i = 0; i < t->n_fields; i++) {
		if (!t->fields[i].target)
			ask_moved(m, str_printf("%s { x: %s @output } %s", before, t->fields[i].name, after));
	}
}

static void ask_moved_root(struct moves *m, const struct tf_field_def *root, struct map *done)
{
	const struct tf_type_def *t = root->target;
	char AUTO_MEM *start = str_printf("{ %s", root->name);
	ask_moved(m, str_printf("%s { __typename @output } }", start));
	ask_moved_properties(m, t, start, "}", done);
	for (size_t i = 0; i < t->n_fields; i++) {
		if (!t->fields[i].target || needs_params(&t->fields[i]))
			continue;
		char AUTO_MEM *edge = str_printf("{ %s { %s", root->name, t->fields[i].name);
		ask_moved(m, str_printf("%s { __typename @output } } }", edge));
		ask_moved_properties(m, t->fields[i].target, edge, "} }", done);
	}
}

/* A watch is not asked again when the transport moves, unless its last answer has looked at it. */
static void test_what_moves_with_the_transport_looks_at_it(void **state)
{
	struct moves m = {.stage = *state};
	const struct tf_type_def *root = tf_schema_root(tf_adapter_schema(m.stage->adapter));
	AUTO(map) done = map_new();
	fill(m.stage);
	for (size_t i = 0; i < root->n_fields; i++) {
		if (!needs_params(&root->fields[i]))
			ask_moved_root(&m, &root->fields[i], done);
	}
	assert_true(m.n_changed >= 20 && m.n_seen >= m.n_changed);
	assert_true(m.n_asked > 400 && m.n_seen < m.n_asked / 2);
}

static void test_everything_is_documented(void **state)
{
	struct stage *s = *state;
	const struct tf_schema *schema = tf_adapter_schema(s->adapter);
	for (size_t i = 0; i < tf_schema_n_types(schema); i++) {
		const struct tf_type_def *t = tf_schema_type_at(schema, i);
		if (!t->doc || !*t->doc)
			fail_msg("%s has no documentation", t->name);
		for (size_t k = 0; k < t->n_fields; k++) {
			if (!t->fields[k].doc || (!str_ends(t->fields[k].doc, ".") && !str_ends(t->fields[k].doc, "…")))
				fail_msg("%s.%s: '%s'", t->name, t->fields[k].name, t->fields[k].doc);
		}
	}
}

static const char *starved;

static int ask_starved(void *arg, struct err *err)
{
	return stage_try(arg, starved, 1, err);
}

static void test_memory_that_runs_out_ends_a_query_and_nothing_else(void **state)
{
	static const char *const queries[] = {
		"{ Artifact { title @output tags @output path @output ancestors @fold { t: title @output } regions @fold { region_id @output } } }",
		"{ LateJob { late @output left_seconds @output waiting_for @output tags @output steps { expected_seconds @output } } }",
		"{ Actor { name @output changes @fold { request @output } } }",
		"{ Tag { name @output n_regions @output } }",
		"{ Space { space @output leads_to @fold { model @output } } }",
		"{ Route(from_space: \"midi\", to_space: \"audio\") { model @output } }",
		"{ PendingApproval { region_id @output } }",
		"{ Event { name @output } }",
	};
	struct stage *s = *state;
	fill(s);
	for (size_t i = 0; i < COUNT_OF(queries); i++) {
		starved = queries[i];
		assert_true(starve_exhaust(STARVE_ONE, starved, false, ask_starved, s) > 5);
	}
}

static int keep_starved(void *arg, struct err *err)
{
	AUTO(events_kept) k = NULL;
	const char *payload = "{}";
	struct wire_received e = {.name = "x", .sender = "y", .payload = {payload, 2}};
	int r = events_kept_new(3, 1000, &k, err);
	return r < 0 ? r : events_kept_add(k, &e, 0, err);
}

static int card_starved(void *arg, struct err *err)
{
	AUTO(worker_card) card = NULL;
	AUTO_JSON json_t *schema = json_pack("{s:s}", "type", "object");
	struct worker_capability can = {.verb = "v", .from_space = "", .to_space = "midi", .model = "m", .model_version = "1",
					.has_params_schema = true, .params_schema = schema};
	struct worker_view w = {.worker_id = "w", .name = "n", .worker_type = "t", .hostname = "h", .version = "1", .hardware = "c",
				.capabilities = {.v = &can, .n = 1}};
	return worker_card_new(&w, &card, err);
}

static void test_memory_that_runs_out_leaves_nothing_half_kept(void **state)
{
	assert_true(starve_exhaust(STARVE_ONE, "event", false, keep_starved, NULL) == 4);
	assert_true(starve_exhaust(STARVE_ONE, "card", false, card_starved, NULL) > 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(test_every_property_and_edge_answers),
		STAGE_TEST(test_what_moves_with_the_transport_looks_at_it),
		STAGE_TEST(test_everything_is_documented),
		STAGE_TEST(test_memory_that_runs_out_ends_a_query_and_nothing_else),
		cmocka_unit_test(test_memory_that_runs_out_leaves_nothing_half_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

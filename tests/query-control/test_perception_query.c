/*
 * test_perception_query.c - perceptions asked by queries: null until known, wanted when somebody can find them out, read once.
 *
 * The artifacts' and regions' own properties are those of two small tables here: what is tested is what perception adds.
 */
#include "query-control/perception.h"

#include "../check.h"
#include "../starve.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "cas/cas.h"
#include "jobs/artifact.h"
#include "jobs/schema.h"
#include "query-control/control.h"
#include "query-control/perception_harmony.h"
#include "query/answer.h"

#define NO_ARTIFACT "01938e6a-7c00-7000-8000-0000000000bb"

/* ---- tables for Artifact and Region ---- */

static int get_artifact_id(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	*ret = tf_string(artifact_vertex_id(v));
	return 0;
}

static int get_region_id(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	*ret = tf_string(query_region_of(v)->id);
	return 0;
}

static int get_job_id(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	*ret = tf_string(job_vertex_id(v));
	return 0;
}

static int open_artifact(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
			 struct tf_iter *it, struct err *err)
{
	return artifact_open_by_id(it, c, params[0].s, err);
}

static int open_region(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
		       struct tf_iter *it, struct err *err)
{
	query_region_open_id(it, params[0].s);
	return 0;
}

static const struct tf_property_row artifact_rows[] = {{"artifact_id", "String!", "its id", get_artifact_id}};
static const struct tf_property_row region_rows[] = {{"region_id", "String!", "its id", get_region_id}};
static const struct tf_param_row id_params[] = {{"id", "String!", NULL, "which"}};
static const struct tf_property_row job_rows[] = {{"job_id", "String!", "its id", get_job_id}};
static const struct tf_type_row own_types[] = {
	{.name = "Job", .doc = "A job.", TF_PROPERTIES(job_rows)},
	{.name = "Artifact", .doc = "An artifact.", TF_PROPERTIES(artifact_rows)},
	{.name = "Region", .doc = "A region.", TF_PROPERTIES(region_rows)},
};
static const struct tf_edge_row own_roots[] = {
	{"Artifact", "[Artifact!]!", "by id", TF_PARAMS(id_params), .open = open_artifact},
	{"Region", "[Region!]!", "by id", TF_PARAMS(id_params), .open = open_region},
};
static const struct tf_table own_table = {own_types, COUNT_OF(own_types), own_roots, COUNT_OF(own_roots)};

/* ---- a world ---- */

struct fixture {
	char *dir, *root;
	struct store *store;
	struct cas *cas;
	struct store_conn *c;
	struct tf_adapter *adapter;
	struct garden_state *state;
	struct garden_view *garden;
	struct control_view control;
	struct control_worker worker;
	struct perception_view *view;
	char reports[8][CAS_HASH_SIZE]; /* contents that are in the store */
	size_t n_reports;
	unsigned n_contents;
};

static void must(int r, const struct err *err)
{
	if (r < 0)
		fail_msg("%s", err_msg(err));
}

static struct worker_capability can_do(enum perception_kind k, const char *version)
{
	const struct perception_kind_row *row = &perception_kinds[k];
	return (struct worker_capability){
		.verb = row->verb, .from_space = row->from_space, .to_space = row->space, .model = row->model, .model_version = version, .deterministic = true};
}

/* The worker offers every kind in that version; NULL: it is away. */
static void offer_version(struct fixture *f, const char *version)
{
	struct worker_capability can[PERCEPTION_KIND_COUNT];
	struct err err = ERR_INIT;
	for (enum perception_kind k = 0; k < PERCEPTION_KIND_COUNT; k++)
		can[k] = can_do(k, version ? version : "1");
	struct worker_view w = {.worker_id = "w", .name = "w", .worker_type = "t", .hostname = "h", .version = "1", .hardware = ""};
	w.capabilities.v = can;
	w.capabilities.n = COUNT_OF(can);
	worker_card_unref(f->worker.card);
	f->worker = (struct control_worker){.online = version != NULL};
	must(worker_card_new(&w, &f->worker.card, &err), &err);
}

static int set_up(void **state)
{
	static const struct store_schema *const schemas[] = {&cas_schema, &jobs_schema, &perception_schema};
	struct fixture *f = calloc(1, sizeof(*f));
	struct err err = ERR_INIT;
	assert_non_null(f);
	must(fs_temp_dir(NULL, "perception", &f->dir, &err), &err);
	char AUTO_MEM *path = fs_join(f->dir, "test.db");
	f->root = fs_join(f->dir, "cas");
	const struct store_options o = {.path = path, .schemas = schemas, .n_schemas = COUNT_OF(schemas)};
	must(store_open(&o, &f->store, &err), &err);
	must(cas_open(f->root, f->store, &f->cas, &err), &err);
	const struct tf_table *tables[1 + PERCEPTION_TABLES] = {&own_table};
	memcpy(tables + 1, perception_tables, sizeof(perception_tables));
	must(tf_adapter_new(tables, COUNT_OF(tables), NULL, &f->adapter, &err), &err);
	must(garden_state_new(48000, NULL, &f->state, &err), &err);
	must(garden_state_view(f->state, &f->garden, &err), &err);
	assert_non_null(f->view = perception_view_new());
	offer_version(f, "1");
	*state = f;
	return 0;
}

/* The contents are in: from here on in one transaction. */
static void begin(struct fixture *f)
{
	struct err err = ERR_INIT;
	must(store_begin(f->store, &f->c, &err), &err);
	f->control = (struct control_view){.conn = f->c, .cas_root = f->root, .workers = &f->worker, .n_workers = 1};
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	if (f->c)
		store_rollback(f->store);
	perception_view_free(f->view);
	worker_card_unref(f->worker.card);
	garden_view_unref(f->garden);
	garden_state_free(f->state);
	tf_adapter_free(f->adapter);
	cas_close(f->cas);
	store_close(f->store);
	fs_remove_tree(f->dir, NULL);
	free(f->dir);
	free(f->root);
	free(f);
	return 0;
}

/* Keeps a JSON text as a content, before begin. */
static size_t put_report(struct fixture *f, const char *text)
{
	struct cas_info info;
	struct err err = ERR_INIT;
	must(cas_put(f->cas, text, strlen(text), "application/json", &info, &err), &err);
	(void)str_copy(f->reports[f->n_reports], CAS_HASH_SIZE, info.hash);
	return f->n_reports++;
}

static void add(struct fixture *f, const char *hash, const char *mime, const char *space, char ret[UUID_SIZE])
{
	const struct artifact_new a = {
		.content_hash = hash, .mime_type = mime, .space = space, .creator = "ada", .verb = "upload", .model = "", .now_unix_ms = 1};
	struct err err = ERR_INIT;
	must(artifact_add(f->c, &a, ret, &err), &err);
}

/* An artifact with a content of its own. */
static void add_thing(struct fixture *f, const char *mime, char ret_hash[CAS_HASH_SIZE], char ret[UUID_SIZE])
{
	struct err err = ERR_INIT;
	(void)snprintf(ret_hash, CAS_HASH_SIZE, "sha256:%064x", ++f->n_contents);
	must(store_exec(f->c, &err, "INSERT INTO cas_content VALUES(?, 3, 'x/y', 0, 0)", "t", ret_hash), &err);
	add(f, ret_hash, mime, NULL, ret);
}

/* Something was found out about a content: an artifact of space analysis, with a report or without. */
static void know(struct fixture *f, const char *hash, enum perception_kind k, const char *params, const char *report_hash, char ret[UUID_SIZE])
{
	struct err err = ERR_INIT;
	char other[CAS_HASH_SIZE];
	if (report_hash)
		add(f, report_hash, "application/json", "analysis", ret);
	else
		add_thing(f, "image/png", other, ret);
	must(store_exec(f->c, &err,
			"INSERT OR REPLACE INTO perception(content_hash, space, kind, params, version, artifact_id, changed_unix_ms)"
			" SELECT ?1, space, ?2, ?3, '1', ?4, 1 FROM artifact WHERE content_hash = ?1",
			"tttt", hash, perception_kinds[k].name, params, ret),
	     &err);
}

/* The rows of a query, in which % stands for the id and ' for ". */
static int try_ask(struct fixture *f, const char *id, const char *fmt, json_t **ret, struct err *err)
{
	AUTO_STRBUF query = STRBUF_INIT;
	AUTO(query_prepared) p = NULL;
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	AUTO_QUERY_ANSWER a = QUERY_ANSWER_INIT;
	AUTO_STRBUF text = STRBUF_INIT;
	struct query_world w = query_world_of(f->garden, clock_system());
	w.control = &f->control;
	w.perception = f->view;
	for (const char *q = fmt; *q; q++)
		(void)(*q == '%' ? strbuf_adds(&query, id) : strbuf_addc(&query, *q == '\'' ? '"' : *q));
	if (!strbuf_ok(&query))
		return err_set(err, -ENOMEM, "query");
	perception_view_clear(f->view);
	int r = query_prepare(f->adapter, query.s, query.n, NULL, &p, &errors, err);
	if (r == 0)
		r = query_run(f->adapter, p, &w, &(struct query_limits){.max_rows = 1000}, false, &a, &errors, err);
	if (r < 0)
		return r;
	if (a.stop == QUERY_STOP_MEMORY)
		return err_set(err, -ENOMEM, "query");
	if (strbuf_addf(&text, "[%.*s]", (int)a.rows.n, a.rows.n ? a.rows.s : "") < 0)
		return err_set(err, -ENOMEM, "query");
	return json_parse(text.s, text.n, ret, err);
}

static json_t *ask(struct fixture *f, const char *id, const char *fmt)
{
	struct err err = ERR_INIT;
	json_t *rows = NULL;
	must(try_ask(f, id, fmt, &rows, &err), &err);
	return rows;
}

static const json_t *cell(const json_t *rows, size_t i, const char *column)
{
	const json_t *v = json_object_get(json_array_get(rows, i), column);
	if (!v)
		fail_msg("no row %zu with a column %s", i, column);
	return v;
}

static double number(const json_t *rows, size_t i, const char *column)
{
	return json_number_value(cell(rows, i, column));
}

static const char *text(const json_t *rows, size_t i, const char *column)
{
	const char *s = json_string_value(cell(rows, i, column));
	return s ? s : "(null)";
}

static size_t n_wants(struct fixture *f)
{
	size_t n;
	(void)perception_view_wants(f->view, &n, NULL);
	return n;
}

static const struct perception_want *want(struct fixture *f, size_t i)
{
	size_t n;
	const struct perception_want *w = perception_view_wants(f->view, &n, NULL);
	assert_true(i < n);
	return &w[i];
}

/* ---- values ---- */

#define TUNE_REPORT                                                                                                                   \
	"{\"key\":{\"guesses\":[{\"key\":\"D major\",\"tonic\":\"D\",\"confidence\":0.9}]},\"chords\":{\"chords\":[{\"chord\":\"D\"," \
	"\"from_beats\":0,\"to_beats\":4},{\"chord\":\"A7\",\"from_beats\":4,\"to_beats\":8}]},\"tension\":{\"mean\":1}}"
#define ASK_TUNE "query { Artifact(id: '%') { key @output key_confidence @output chords @output tension @output loudness_lufs @output " \
		 "perception_error @output } }"

static void test_what_is_unknown_is_null_and_wanted_once(void **state)
{
	struct fixture *f = *state;
	char hash[CAS_HASH_SIZE], id[UUID_SIZE];
	begin(f);
	add_thing(f, "audio/midi", hash, id);
	AUTO_JSON json_t *rows = ask(f, id, ASK_TUNE);
	assert_int_equal(json_array_size(rows), 1);
	assert_true(json_is_null(cell(rows, 0, "key")) && json_is_null(cell(rows, 0, "chords")) && json_is_null(cell(rows, 0, "perception_error")));
	assert_int_equal(n_wants(f), 1);
	assert_int_equal(want(f, 0)->key.kind, PERCEIVE_UNDERSTAND);
	assert_string_equal(want(f, 0)->key.hash, hash);
	assert_string_equal(want(f, 0)->artifact_id, id);
	assert_string_equal(want(f, 0)->key.space, "midi");
	assert_int_equal(perception_view_wait_ms(f->view), 0);
	AUTO_JSON json_t *again = ask(f, id, "query { Artifact(id: '%') { perceived(wait_ms: 250) { artifact_id @output tension @output } } }");
	assert_string_equal(text(again, 0, "artifact_id"), id);
	assert_int_equal(perception_view_wait_ms(f->view), 250);
	assert_int_equal(n_wants(f), 1);
	/* What a kind cannot tell is no reason to start it. */
	AUTO_JSON json_t *none = ask(f, id, "query { Artifact(id: '%') { loudness_lufs @output is_silent @output loudest { bars @output } } }");
	assert_int_equal(json_array_size(none), 0);
	assert_int_equal(n_wants(f), 0);
}

static void test_nobody_offers_it_so_nobody_is_asked(void **state)
{
	struct fixture *f = *state;
	char hash[CAS_HASH_SIZE], id[UUID_SIZE], picture[UUID_SIZE];
	begin(f);
	offer_version(f, NULL);
	add_thing(f, "audio/midi", hash, id);
	AUTO_JSON json_t *rows = ask(f, id, ASK_TUNE);
	assert_true(json_is_null(cell(rows, 0, "key")));
	assert_int_equal(n_wants(f), 0);
	offer_version(f, "1");
	add_thing(f, "image/png", hash, picture);
	AUTO_JSON json_t *image = ask(f, picture, ASK_TUNE);
	assert_true(json_is_null(cell(image, 0, "key")));
	assert_int_equal(n_wants(f), 0);
}

static void test_a_report_is_read_once_and_kept(void **state)
{
	struct fixture *f = *state;
	char hash[CAS_HASH_SIZE], id[UUID_SIZE], analysis[UUID_SIZE];
	size_t report = put_report(f, TUNE_REPORT);
	char AUTO_MEM *path = NULL;
	begin(f);
	add_thing(f, "audio/midi", hash, id);
	know(f, hash, PERCEIVE_UNDERSTAND, "{}", f->reports[report], analysis);
	for (int again = 0; again < 2; again++) {
		AUTO_JSON json_t *rows = ask(f, id, ASK_TUNE);
		assert_string_equal(text(rows, 0, "key"), "D major");
		assert_true(number(rows, 0, "key_confidence") == 0.9);
		assert_string_equal(json_string_value(json_array_get(cell(rows, 0, "chords"), 1)), "A7");
		assert_true(json_is_real(cell(rows, 0, "tension")));
		assert_int_equal(n_wants(f), 0);
		if (again)
			break;
		assert_int_equal(perception_view_keep(f->view, f->c, NULL), 0);
		assert_int_equal(cas_path(f->root, f->reports[report], &path, NULL), 0);
		assert_int_equal(remove(path), 0);
	}
}

static void test_a_report_that_cannot_be_read_is_a_failure(void **state)
{
	struct fixture *f = *state;
	char hash[CAS_HASH_SIZE], id[UUID_SIZE], analysis[UUID_SIZE];
	size_t report = put_report(f, "[1, 2");
	begin(f);
	add_thing(f, "audio/midi", hash, id);
	know(f, hash, PERCEIVE_UNDERSTAND, "{}", f->reports[report], analysis);
	AUTO_JSON json_t *rows = ask(f, id, ASK_TUNE);
	assert_true(json_is_null(cell(rows, 0, "key")));
	assert_int_equal(n_wants(f), 0);
	assert_int_equal(perception_view_keep(f->view, f->c, NULL), 0);
	AUTO_JSON json_t *again = ask(f, id, ASK_TUNE);
	assert_non_null(strstr(text(again, 0, "perception_error"), "understand: its report: "));
}

static void test_a_newer_version_makes_it_unknown_again_and_a_failure_stays(void **state)
{
	struct fixture *f = *state;
	char hash[CAS_HASH_SIZE], id[UUID_SIZE], analysis[UUID_SIZE];
	size_t report = put_report(f, TUNE_REPORT);
	begin(f);
	add_thing(f, "audio/midi", hash, id);
	know(f, hash, PERCEIVE_UNDERSTAND, "{}", f->reports[report], analysis);
	offer_version(f, "2");
	AUTO_JSON json_t *rows = ask(f, id, ASK_TUNE);
	assert_true(json_is_null(cell(rows, 0, "key")));
	assert_int_equal(n_wants(f), 1);
	offer_version(f, NULL); /* what is known stays known while nobody knows better */
	AUTO_JSON json_t *old = ask(f, id, ASK_TUNE);
	assert_string_equal(text(old, 0, "key"), "D major");
	offer_version(f, "2");
	assert_int_equal(store_exec(f->c, NULL, "UPDATE perception SET version = '2', artifact_id = NULL, error = 'no notes'", ""), 0);
	AUTO_JSON json_t *failed = ask(f, id, ASK_TUNE);
	assert_true(json_is_null(cell(failed, 0, "key")));
	assert_string_equal(text(failed, 0, "perception_error"), "understand: no notes");
	assert_int_equal(n_wants(f), 0);
	AUTO_JSON json_t *state_of = ask(f, id, "query { Artifact(id: '%') { perceptions { kind @output version @output state @output error @output } } }");
	assert_string_equal(text(state_of, 0, "state"), "failed");
	assert_string_equal(text(state_of, 0, "version"), "2");
}

static void fail_of(struct fixture *f, const char *hash, const char *space, const char *kind, const char *params, const char *why)
{
	assert_int_equal(store_exec(f->c, NULL,
				    "INSERT INTO perception(content_hash, space, kind, params, version, error, changed_unix_ms)"
				    " VALUES(?, ?, ?, ?, '1', ?, 1)", "ttttt", hash, space, kind, params, why), 0);
}

/* Each failure is told, beside what is known, and only of what the content is in that space. */
static void test_one_failure_hides_no_other(void **state)
{
	struct fixture *f = *state;
	char hash[CAS_HASH_SIZE], id[UUID_SIZE], tune[UUID_SIZE], analysis[UUID_SIZE];
	size_t report = put_report(f, TUNE_REPORT);
	begin(f);
	add_thing(f, "audio/midi", hash, id);
	know(f, hash, PERCEIVE_UNDERSTAND, "{}", f->reports[report], analysis);
	add(f, hash, "text/vnd.abc", "abc", tune);
	fail_of(f, hash, "midi", "piano_roll", "{}", "no ink");
	fail_of(f, hash, "midi", "notes_vector", "{}", "too long");
	fail_of(f, hash, "abc", "understand", "{}", "no tune");
	AUTO_JSON json_t *midi = ask(f, id, ASK_TUNE);
	assert_string_equal(text(midi, 0, "key"), "D major");
	assert_string_equal(text(midi, 0, "perception_error"), "notes_vector: too long; piano_roll: no ink");
	AUTO_JSON json_t *abc = ask(f, tune, ASK_TUNE);
	assert_true(json_is_null(cell(abc, 0, "key")));
	assert_string_equal(text(abc, 0, "perception_error"), "understand: no tune");
	AUTO_JSON json_t *each = ask(f, id, "query { Artifact(id: '%') { perceptions { kind @output state @output error @output fills @output } } }");
	assert_int_equal(json_array_size(each), 3);
	assert_string_equal(text(each, 1, "kind"), "piano_roll");
	assert_string_equal(text(each, 1, "error"), "no ink");
	assert_string_equal(json_string_value(json_array_get(cell(each, 1, "fills"), 0)), "piano_roll");
	bool key = false, loudness = false;
	for (size_t i = 0; i < json_array_size(cell(each, 2, "fills")); i++) {
		const char *name = json_string_value(json_array_get(cell(each, 2, "fills"), i));
		key |= str_eq(name, "key");
		loudness |= str_eq(name, "loudness_lufs");
	}
	assert_true(key && !loudness);
}

static void test_wants_are_bounded(void **state)
{
	struct fixture *f = *state;
	char hash[CAS_HASH_SIZE], id[UUID_SIZE];
	size_t n, lost;
	begin(f);
	for (int i = 0; i < LIMIT_PERCEPTION_WANTS + 3; i++)
		add_thing(f, "audio/midi", hash, id);
	AUTO_JSON json_t *rows = ask(f, id, "query { Artifact(id: '%') { similar(listen: true) { score @output } } }");
	assert_int_equal(json_array_size(rows), 0);
	(void)perception_view_wants(f->view, &n, &lost);
	assert_int_equal(n, LIMIT_PERCEPTION_WANTS);
	assert_true(lost >= 3);
}

/* ---- likeness ---- */

static void key_init(struct fixture *f, enum perception_kind kind, const char *hash, struct perception_key *ret)
{
	sqlite3_stmt *q;
	assert_int_equal(store_query(f->c, &q, NULL, "SELECT space FROM artifact WHERE content_hash = ?", "t", hash), 0);
	assert_int_equal(store_step(f->c, q, NULL), 1);
	assert_int_equal(perception_key_init(ret, kind, store_text(q, 0), hash), 0);
	store_done(q);
}

/* A digest with these chords, four beats each. */
static void know_chords(struct fixture *f, const char *hash, const char *tonic, const char *chords)
{
	AUTO_JSON json_t *list = json_array();
	struct perception_digest d = {.values = json_pack("{s:s}", "key", tonic)};
	struct perception_key k;
	char analysis[UUID_SIZE], name[16];
	double at = 0;
	for (const char *p = chords; *p; at += 4) {
		size_t n = strcspn(p, " ");
		(void)snprintf(name, sizeof(name), "%.*s", (int)n, p);
		assert_int_equal(json_array_append_new(list, json_pack("{s:s, s:f, s:f}", "chord", name, "from_beats", at, "to_beats", at + 4)), 0);
		p += n + (p[n] == ' ');
	}
	d.vector = mem_new_array(HARMONY_SIZE, sizeof(float));
	d.n_vector = HARMONY_SIZE;
	assert_non_null(d.vector);
	harmony_of(tonic, NULL, list, d.vector);
	know(f, hash, PERCEIVE_UNDERSTAND, "{}", NULL, analysis);
	key_init(f, PERCEIVE_UNDERSTAND, hash, &k);
	assert_int_equal(perception_keep(f->c, &k, "1", &d, NULL), 0);
	perception_digest_done(&d);
}

/* Rows: S0-78 */
static void test_likeness_ranks_what_is_known_best_first(void **state)
{
	static const char *const chords[] = {"C F G C", "D G A D", "C F G C", "Cm Fm Gm Cm", "Am Dm Em Am"};
	static const char *const tonics[] = {"C", "D", "C", "C", "A"};
	struct fixture *f = *state;
	char hash[5][CAS_HASH_SIZE], id[6][UUID_SIZE], unknown[CAS_HASH_SIZE];
	begin(f);
	for (size_t i = 0; i < 5; i++) {
		add_thing(f, "audio/midi", hash[i], id[i]);
		know_chords(f, hash[i], tonics[i], chords[i]);
	}
	add_thing(f, "audio/midi", unknown, id[5]);
	AUTO_JSON json_t *rows = ask(f, id[0], "query { Artifact(id: '%') { similar(limit: 3) { score @output rank @output artifact { artifact_id @output } } } }");
	assert_int_equal(json_array_size(rows), 3);
	/* 0.6: without pitch classes they cannot be quite the same. */
	assert_true(number(rows, 0, "score") == 0.6 && number(rows, 1, "score") == 0.6 && number(rows, 2, "score") < 0.6);
	/* Equal scores by id, which is by age. */
	assert_string_equal(text(rows, 0, "artifact_id"), strcmp(id[1], id[2]) < 0 ? id[1] : id[2]);
	assert_true(number(rows, 2, "rank") == 3);
	AUTO_JSON json_t *named = ask(f, id[0], "query { Artifact(id: '%') { similar(by: 'chords', limit: 1) { score @output artifact { artifact_id @output } } } }");
	assert_string_equal(text(named, 0, "artifact_id"), id[2]);
	AUTO_JSON json_t *least = ask(f, id[0], "query { Artifact(id: '%') { contrast(limit: 1) { score @output artifact { artifact_id @output } } } }");
	assert_string_equal(text(least, 0, "artifact_id"), id[strcmp(text(least, 0, "artifact_id"), id[3]) == 0 ? 3 : 4]);
	assert_int_equal(n_wants(f), 0);
	AUTO_JSON json_t *heard = ask(f, id[0], "query { Artifact(id: '%') { similar(listen: true) { score @output } } }");
	assert_int_equal(json_array_size(heard), 4);
	assert_int_equal(n_wants(f), 1);
	assert_string_equal(want(f, 0)->artifact_id, id[5]);
}

static void test_a_row_keeps_its_words_while_more_is_looked_at_than_is_kept(void **state)
{
	struct fixture *f = *state;
	char hash[CAS_HASH_SIZE], id[UUID_SIZE], first[UUID_SIZE];
	begin(f);
	add_thing(f, "audio/midi", hash, first);
	know_chords(f, hash, "C", "C F G C");
	for (int i = 0; i < LIMIT_PERCEPTION_SEEN + 2; i++) {
		add_thing(f, "audio/midi", hash, id);
		know_chords(f, hash, "D", "D G A D");
	}
	AUTO_JSON json_t *rows = ask(f, first, "query { Artifact(id: '%') { mine: key @output similar(limit: 1000) { artifact { key @output } } } }");
	assert_int_equal(json_array_size(rows), LIMIT_PERCEPTION_SEEN + 2);
	for (size_t i = 0; i < json_array_size(rows); i++) {
		assert_string_equal(text(rows, i, "mine"), "C");
		assert_string_equal(text(rows, i, "key"), "D");
	}
}

static void test_a_piece_in_other_words_is_not_like_itself(void **state)
{
	struct fixture *f = *state;
	char hash[3][CAS_HASH_SIZE], id[3][UUID_SIZE];
	begin(f);
	for (size_t i = 0; i < 3; i++) {
		add_thing(f, i == 1 ? "text/vnd.abc" : "audio/midi", hash[i], id[i]);
		know_chords(f, hash[i], "C", "C F G C");
	}
	assert_int_equal(store_exec(f->c, NULL, "UPDATE perception SET artifact_id = (SELECT artifact_id FROM perception WHERE content_hash = ?1)"
						" WHERE content_hash = ?2", "tt", hash[0], hash[1]), 0);
	AUTO_JSON json_t *rows = ask(f, id[0], "query { Artifact(id: '%') { similar { artifact { artifact_id @output } } } }");
	assert_int_equal(json_array_size(rows), 1);
	assert_string_equal(text(rows, 0, "artifact_id"), id[2]);
	AUTO_JSON json_t *other = ask(f, id[2], "query { Artifact(id: '%') { similar { artifact { artifact_id @output } } } }");
	assert_int_equal(json_array_size(other), 1);
	assert_string_equal(text(other, 0, "artifact_id"), id[0]);
}

/* ---- bars ---- */

enum { BARS = 12 };

/* A sound of 12 bars of 2 s each, 4 beats a bar, begun at 0.5 s; bar i is as loud as lufs[i]. */
static void know_sound(struct fixture *f, const char *hash, const float lufs[BARS])
{
	struct perception_digest d = {.values = json_pack("{s:[], s:f, s:f, s:f}", "downbeats", "beats_before", 1.0, "bar_beats", 4.0,
							   "sounding_seconds", 0.5 + 2.0 * BARS)};
	struct perception_key k;
	char analysis[UUID_SIZE];
	for (int i = 0; i < BARS; i++)
		assert_int_equal(json_array_append_new(json_object_get(d.values, "downbeats"), json_real(0.5 + 2.0 * i)), 0);
	d.n_curve = 5 + 20 * BARS;
	d.curve = mem_new_array(d.n_curve, sizeof(float));
	assert_non_null(d.curve);
	for (size_t i = 0; i < d.n_curve; i++)
		d.curve[i] = i < 5 ? -200 : lufs[(i - 5) / 20];
	know(f, hash, PERCEIVE_LISTEN, "{}", NULL, analysis);
	key_init(f, PERCEIVE_LISTEN, hash, &k);
	assert_int_equal(perception_keep(f->c, &k, "1", &d, NULL), 0);
	perception_digest_done(&d);
}

static const float levels[BARS] = {-30, -30, -30, -25, -20, -12, -12, -20, -30, -200, -30, -18};

static void test_the_loudest_bars_are_found_and_drawn(void **state)
{
	struct fixture *f = *state;
	char hash[CAS_HASH_SIZE], id[UUID_SIZE], picture[UUID_SIZE];
	begin(f);
	add_thing(f, "audio/wav", hash, id);
	know_sound(f, hash, levels);
#define LOUDEST \
	"query { Artifact(id: '%') { loudest(bars: 4) { first_bar @output bars @output start_beats @output end_beats @output start_seconds @output " \
	"end_seconds @output loudness_lufs @output spectrogram(wait_ms: 9) @optional { artifact_id @output } } } }"
	AUTO_JSON json_t *rows = ask(f, id, LOUDEST);
	assert_int_equal(json_array_size(rows), 1);
	assert_true(number(rows, 0, "first_bar") == 5 && number(rows, 0, "bars") == 4);
	assert_true(number(rows, 0, "start_beats") == 17 && number(rows, 0, "end_beats") == 33);
	assert_true(number(rows, 0, "start_seconds") == 8.5 && number(rows, 0, "end_seconds") == 16.5);
	double power = (2 * pow(10, -2.0) + 2 * pow(10, -1.2)) / 4;
	assert_true(fabs(number(rows, 0, "loudness_lufs") - 10 * log10(power)) < 0.011);
	assert_true(json_is_null(cell(rows, 0, "artifact_id")));
	assert_int_equal(n_wants(f), 1);
	assert_int_equal(want(f, 0)->key.kind, PERCEIVE_SPECTROGRAM);
	assert_string_equal(want(f, 0)->key.params, "{\"from_s\":8.5,\"to_s\":16.5}");
	assert_int_equal(perception_view_wait_ms(f->view), 9);
	know(f, hash, PERCEIVE_SPECTROGRAM, "{\"from_s\":8.5,\"to_s\":16.5}", NULL, picture);
	AUTO_JSON json_t *drawn = ask(f, id, LOUDEST);
	assert_string_equal(text(drawn, 0, "artifact_id"), picture);
	assert_int_equal(n_wants(f), 0);
}

static void test_loudest_stretches_do_not_overlap_and_silence_is_none(void **state)
{
	struct fixture *f = *state;
	char hash[CAS_HASH_SIZE], id[UUID_SIZE];
	begin(f);
	add_thing(f, "audio/wav", hash, id);
	know_sound(f, hash, levels);
	AUTO_JSON json_t *rows = ask(f, id, "query { Artifact(id: '%') { loudest(bars: 1, limit: 100) { first_bar @output loudness_lufs @output } } }");
	assert_int_equal(json_array_size(rows), BARS - 1);
	static const int order[] = {6, 7, 12, 5, 8, 4, 1, 2, 3, 9, 11};
	for (size_t i = 0; i < COUNT_OF(order); i++)
		assert_true(number(rows, i, "first_bar") == order[i]);
	AUTO_JSON json_t *two = ask(f, id, "query { Artifact(id: '%') { loudest(bars: 4, limit: 2) { first_bar @output } } }");
	assert_true(number(two, 1, "first_bar") == 9);
	AUTO_JSON json_t *all = ask(f, id, "query { Artifact(id: '%') { spans(bars: 5) { first_bar @output bars @output loudness_lufs @output } } }");
	assert_int_equal(json_array_size(all), 3);
	assert_true(number(all, 2, "first_bar") == 11 && number(all, 2, "bars") == 2);
	AUTO_JSON json_t *whole = ask(f, id, "query { Artifact(id: '%') { loudest(bars: 1000) { first_bar @output bars @output } } }");
	assert_true(json_array_size(whole) == 1 && number(whole, 0, "bars") == BARS);
	AUTO_JSON json_t *quiet = ask(f, id, "query { Artifact(id: '%') { spans(bars: 1) { first_bar @output loudness_lufs @output } } }");
	assert_true(json_is_null(cell(quiet, 9, "loudness_lufs")));
}

/* ---- regions ---- */

static void place_region(struct fixture *f, const char *artifact_id, double at_beats, double beats, double offset_s, bool reverse)
{
	AUTO(document) d = document_new();
	AUTO(region_body) body = region_body_new();
	AUTO(region_life) life = region_life_new(LIFE_PLAIN);
	struct document *with = NULL;
	struct err err = ERR_INIT;
	assert_true(d && body && life);
	body->position_beats = at_beats;
	body->duration_beats = beats;
	body->has_content = true;
	body->content = (struct doc_content){.duration_seconds = 0.5 + 2.0 * BARS, .offset_seconds = offset_s, .rate = 1, .reverse = reverse};
	assert_int_equal(doc_set(&body->content.artifact_id, artifact_id), 0);
	AUTO(doc_region) r = doc_region_new("r1", body, life, 1);
	assert_non_null(r);
	assert_int_equal(document_with_region(d, "r1", r, &with), 0);
	must(garden_state_document(f->state, with, &err), &err);
	document_unref(with);
	garden_view_unref(f->garden);
	must(garden_state_view(f->state, &f->garden, &err), &err);
}

#define REGION_LOUDEST \
	"query { Region(id: 'r1') { energy @output loudest(bars: 2) { first_bar @output start_beats @output start_seconds @output end_seconds @output } } }"

static void test_a_regions_bars_are_the_timelines(void **state)
{
	struct fixture *f = *state;
	char hash[CAS_HASH_SIZE], id[UUID_SIZE];
	begin(f);
	add_thing(f, "audio/wav", hash, id);
	know_sound(f, hash, levels);
	/* 120 bpm, 4/4: bars of 2 s. The region begins a beat before bar 3, with the sound's first bar line on the timeline's. */
	place_region(f, id, 7, 40, 0, false);
	AUTO_JSON json_t *rows = ask(f, "", REGION_LOUDEST);
	assert_int_equal(json_array_size(rows), 1);
	assert_true(number(rows, 0, "start_beats") == 28 && number(rows, 0, "first_bar") == 8);
	assert_true(fabs(number(rows, 0, "start_seconds") - 10.5) < 1e-9 && fabs(number(rows, 0, "end_seconds") - 14.5) < 1e-9);
	/* Only what the region plays counts. */
	place_region(f, id, 0, 16, 0.5, false);
	AUTO_JSON json_t *cut = ask(f, "", REGION_LOUDEST);
	assert_true(number(cut, 0, "first_bar") == 3 && number(cut, 0, "start_seconds") == 4.5);
	/* Backwards the end comes first. */
	place_region(f, id, 0, 16, 0, true);
	AUTO_JSON json_t *back = ask(f, "", REGION_LOUDEST);
	assert_true(number(back, 0, "start_beats") == 0);
	assert_true(number(back, 0, "start_seconds") == 20.5 && number(back, 0, "end_seconds") == 24.5);
}

static void test_a_regions_picture_shows_what_it_plays(void **state)
{
	struct fixture *f = *state;
	char hash[CAS_HASH_SIZE], id[UUID_SIZE];
	begin(f);
	add_thing(f, "audio/wav", hash, id);
	place_region(f, id, 4, 8, 1.5, false);
	AUTO_JSON json_t *rows = ask(f, "", "query { Region(id: 'r1') { region_id @output waveform @optional { artifact_id @output } } }");
	assert_int_equal(json_array_size(rows), 1);
	assert_int_equal(n_wants(f), 1);
	assert_string_equal(want(f, 0)->key.params, "{\"from_s\":1.5,\"to_s\":5.5}");
	assert_string_equal(want(f, 0)->artifact_id, id);
	json_decref(ask(f, "", "query { Region(id: 'r1') { region_id @output waveform(from_seconds: 1.0) @optional { artifact_id @output } } }"));
	assert_string_equal(want(f, 0)->key.params, "{\"from_s\":1.0,\"to_s\":0.0}");
	place_region(f, id, 4, 49, 0, false); /* all of it */
	json_decref(ask(f, "", "query { Region(id: 'r1') { region_id @output waveform @optional { artifact_id @output } } }"));
	assert_string_equal(want(f, 0)->key.params, "{}");
}

static void test_a_region_without_content_has_nothing(void **state)
{
	struct fixture *f = *state;
	begin(f);
	place_region(f, NO_ARTIFACT, 0, 4, 0, false);
	AUTO_JSON json_t *rows = ask(f, "", "query { Region(id: 'r1') { key @output energy @output perception_error @output similar @optional { score @output } } }");
	assert_int_equal(json_array_size(rows), 1);
	assert_true(json_is_null(cell(rows, 0, "energy")) && json_is_null(cell(rows, 0, "perception_error")));
	assert_int_equal(n_wants(f), 0);
}

/* ---- all of it ---- */

/* Everything that is known, of one sound and two tunes; gives the id of the first tune. */
static void know_everything(struct fixture *f, char ret_sound[UUID_SIZE], char ret_tune[UUID_SIZE])
{
	char hash[3][CAS_HASH_SIZE], id[UUID_SIZE], analysis[UUID_SIZE];
	size_t report = put_report(f, TUNE_REPORT);
	begin(f);
	add_thing(f, "audio/wav", hash[0], ret_sound);
	know_sound(f, hash[0], levels);
	add_thing(f, "audio/midi", hash[1], ret_tune);
	know(f, hash[1], PERCEIVE_UNDERSTAND, "{}", f->reports[report], analysis);
	add_thing(f, "audio/midi", hash[2], id);
	know_chords(f, hash[2], "C", "C F G C");
	place_region(f, ret_sound, 0, 40, 0, false);
}

static void test_every_property_and_edge_answers_and_is_documented(void **state)
{
	static const char *const types[] = {"Artifact", "Region", "Similarity", "Span", "Perception"};
	struct fixture *f = *state;
	char sound[UUID_SIZE], tune[UUID_SIZE];
	const struct tf_schema *schema = tf_adapter_schema(f->adapter);
	know_everything(f, sound, tune);
	for (size_t i = 0; i < COUNT_OF(types); i++) {
		const struct tf_type_def *t = tf_schema_type(schema, types[i]);
		for (size_t k = 0; k < t->n_fields; k++) {
			const struct tf_field_def *d = &t->fields[k];
			AUTO_STRBUF q = STRBUF_INIT;
			static const char *const ways[] = {"Artifact(id: '%') {", "Region(id: 'r1') {", "Artifact(id: '%') { similar {",
							   "Artifact(id: '%') { spans {", "Artifact(id: '%') { perceptions {"};
			if (!str_ends(d->doc, ".") && !str_eq(d->name, "artifact_id") && !str_eq(d->name, "region_id"))
				fail_msg("%s.%s: '%s'", t->name, d->name, d->doc);
			strbuf_addf(&q, "{ %s x: %s %s %s }", ways[i], d->name, d->target ? "@optional { __typename @output }" : "@output",
				    i > 1 ? "} }" : "}");
			json_t *rows = ask(f, i == 2 ? tune : sound, q.s);
			if (!json_array_size(rows))
				fail_msg("%s gives nothing", q.s);
			json_decref(rows);
		}
	}
}

struct starving {
	struct fixture *f;
	const char *id, *query;
};

static int ask_starved(void *arg, struct err *err)
{
	struct starving *s = arg;
	AUTO_JSON json_t *rows = NULL;
	return try_ask(s->f, s->id, s->query, &rows, err);
}

/* Reports that are read while memory is short are read again another time: that is coped with. */
static void test_memory_that_runs_out_ends_a_query_and_nothing_else(void **state)
{
	struct fixture *f = *state;
	char sound[UUID_SIZE], tune[UUID_SIZE];
	know_everything(f, sound, tune);
	const struct starving asked[] = {
		{f, tune, "{ Artifact(id: '%') { key @output chords @output perception_error @output piano_roll @optional { artifact_id @output } } }"},
		{f, tune, "{ Artifact(id: '%') { similar(listen: true) { score @output artifact { artifact_id @output } } } }"},
		{f, sound, "{ Artifact(id: '%') { loudest(bars: 2, limit: 3) { loudness_lufs @output spectrogram @optional { artifact_id @output } } } }"},
		{f, sound, "{ Region(id: 'r1') { energy @output spans { start_beats @output } perceptions { state @output } } }"},
	};
	for (size_t i = 0; i < COUNT_OF(asked); i++)
		assert_true(starve_exhaust(STARVE_ONE, asked[i].query, true, ask_starved, (void *)(uintptr_t)&asked[i]) > 5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_is_unknown_is_null_and_wanted_once),
		TEST(test_nobody_offers_it_so_nobody_is_asked),
		TEST(test_a_report_is_read_once_and_kept),
		TEST(test_a_report_that_cannot_be_read_is_a_failure),
		TEST(test_a_newer_version_makes_it_unknown_again_and_a_failure_stays),
		TEST(test_one_failure_hides_no_other),
		TEST(test_wants_are_bounded),
		TEST(test_likeness_ranks_what_is_known_best_first),
		TEST(test_a_row_keeps_its_words_while_more_is_looked_at_than_is_kept),
		TEST(test_a_piece_in_other_words_is_not_like_itself),
		TEST(test_the_loudest_bars_are_found_and_drawn),
		TEST(test_loudest_stretches_do_not_overlap_and_silence_is_none),
		TEST(test_a_regions_bars_are_the_timelines),
		TEST(test_a_regions_picture_shows_what_it_plays),
		TEST(test_a_region_without_content_has_nothing),
		TEST(test_every_property_and_edge_answers_and_is_documented),
		TEST(test_memory_that_runs_out_ends_a_query_and_nothing_else),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

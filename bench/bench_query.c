/*
 * bench_query.c - queries beside SQLite in memory: equal data, equal results, the same minute.
 *
 * Each question is asked of both as text: `all` is compiling it and taking all of its rows, `first` compiling it and taking one
 * (the mean of up to FIRSTS in a row, warm on both sides). Both have the indices that the question likes. Before anything is timed, the rows of both are
 * compared (as sets: SQL has no order of its own). The questions are asked of plain arrays ("query": what the engine costs), and
 * of a timeline and a store with hootenanny's own tables ("live query"). Each figure is processor time, the best of ROUNDS. An argument
 * asks only those whose names have it in them. Prints JSON lines {"name","ours","reference","ratio","unit","target"}.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/map.h"
#include "base/mem.h"
#include "query_live.h"
#include "query_world.h"
#include "trustfall/run.h"

enum { ROUNDS = 5, FIRSTS = 200 };
#define ENOUGH_S 0.02 /* of first rows, when one takes long */

struct question {
	const char *name;
	const char *query, *live, *arguments; /* the same question to arrays (NULL: not asked) and to a timeline and a store */
	const char *sql; /* its columns in the order of the names of the outputs */
	double most;     /* times SQLite's */
};

static const struct question questions[] = {
	{"regions by tag and position",
	 "{ Region { a: position_beats @output @filter(op: \">=\", value: [\"$from\"]) @filter(op: \"<\", value: [\"$to\"]) b: id @output "
	 "tags @filter(op: \"contains\", value: [\"$tag\"]) } }",
	 "{ Region { a: position_beats @output @filter(op: \">=\", value: [\"$from\"]) @filter(op: \"<\", value: [\"$to\"]) "
	 "b: region_id @output tags @filter(op: \"contains\", value: [\"$tag\"]) } }",
	 "{\"from\": 6250.0, \"to\": 18750.0, \"tag\": \"chorus\"}",
	 "SELECT r.position, r.id FROM tag t JOIN region r ON r.n = t.region WHERE t.tag = 'chorus' AND t.position >= 6250.0 AND t.position < 18750.0",
	 2},
	{"regions by length and name",
	 "{ Region { a: id @output duration_beats @filter(op: \">\", value: [\"$long\"]) name @filter(op: \"has_suffix\", value: [\"$end\"]) } }",
	 "{ Region { a: region_id @output duration_beats @filter(op: \">\", value: [\"$long\"]) name @filter(op: \"has_suffix\", value: [\"$end\"]) } }",
	 "{\"long\": 8.0, \"end\": \"7\"}", "SELECT id FROM region WHERE duration > 8.0 AND substr(name, -1) = '7'", 2},
	{"all regions", "{ Region { a: id @output b: position_beats @output } }", "{ Region { a: region_id @output b: position_beats @output } }", "{}",
	 "SELECT id, position FROM region", 2},
	{"regions joined to artifacts", "{ Region { a: id @output artifact { b: id @output c: mime @output } } }",
	 "{ Region { a: region_id @output artifact { b: artifact_id @output c: mime_type @output } } }", "{}",
	 "SELECT r.id, a.id, a.mime FROM region r JOIN artifact a ON a.n = r.artifact", 2},
	{"regions joined to some artifacts", "{ Region { a: id @output artifact { b: id @output mime @filter(op: \"=\", value: [\"$mime\"]) } } }",
	 "{ Region { a: region_id @output artifact { b: artifact_id @output mime_type @filter(op: \"=\", value: [\"$mime\"]) } } }",
	 "{\"mime\": \"image/png\"}", "SELECT r.id, a.id FROM region r JOIN artifact a ON a.n = r.artifact WHERE a.mime = 'image/png'", 2},
	{"regions joined to who made the artifacts", NULL,
	 "{ Region { a: region_id @output artifact { b: artifact_id @output c: creator @output d: size_bytes @output } } }",
	 "{}",
	 "SELECT r.id, a.id, a.creator, a.size FROM region r JOIN artifact a ON a.n = r.artifact",
	 2},
	{"regions joined to artifacts by creator", NULL,
	 "{ Region { a: region_id @output artifact { b: artifact_id @output creator @filter(op: \"=\", value: [\"$x\"]) } } }",
	 "{\"x\": \"bea\"}",
	 "SELECT r.id, a.id FROM region r JOIN artifact a ON a.n = r.artifact WHERE a.creator = 'bea'",
	 2},
	{"regions joined to artifacts by tag", NULL,
	 "{ Region { a: region_id @output artifact { b: artifact_id @output tags @filter(op: \"contains\", value: [\"$x\"]) } } }",
	 "{\"x\": \"warm\"}",
	 "SELECT r.id, a.id FROM region r JOIN artifact a ON a.n = r.artifact JOIN artifact_tag t ON t.artifact = a.n WHERE t.tag = 'warm'",
	 2},
	{"regions joined to artifacts by size", NULL,
	 "{ Region { a: region_id @output artifact { b: artifact_id @output size_bytes @filter(op: \"<\", value: [\"$x\"]) } } }",
	 "{\"x\": 262144}",
	 "SELECT r.id, a.id FROM region r JOIN artifact a ON a.n = r.artifact WHERE a.size < 262144",
	 2},
	{"regions joined to artifacts by time", NULL,
	 "{ Region { a: region_id @output artifact { b: artifact_id @output created_unix_ms @filter(op: \">=\", value: [\"$x\"]) } } }",
	 "{\"x\": 1700000020000}",
	 "SELECT r.id, a.id FROM region r JOIN artifact a ON a.n = r.artifact WHERE a.created >= 1700000020000",
	 2},
	{"regions joined to artifacts by title", NULL,
	 "{ Region { a: region_id @output artifact { b: artifact_id @output title @filter(op: \"has_substring\", value: [\"$x\"]) } } }",
	 "{\"x\": \"7\"}",
	 "SELECT r.id, a.id FROM region r JOIN artifact a ON a.n = r.artifact WHERE instr(json_extract(a.metadata, '$.title'), '7') > 0",
	 2},
	{"lineage to depth 10", "{ Leaf { leaf @filter(op: \"=\", value: [\"$leaf\"]) a: id @output parents @recurse(depth: 10) { b: id @output } } }",
	 "{ Artifact { tags @filter(op: \"contains\", value: [\"$leaf\"]) a: artifact_id @output parents @recurse(depth: 10) { b: artifact_id @output } } }",
	 "{\"leaf\": \"wide\"}",
	 "WITH RECURSIVE up(leaf, n, depth) AS (SELECT n, n, 0 FROM artifact WHERE leaf = 1 UNION ALL SELECT up.leaf, p.parent, up.depth + 1 "
	 "FROM up JOIN parent p ON p.child = up.n WHERE up.depth < 10) "
	 "SELECT l.id, a.id FROM up JOIN artifact a ON a.n = up.n JOIN artifact l ON l.n = up.leaf",
	 1},
	{"lineage to depth 100", "{ Leaf { leaf @filter(op: \"=\", value: [\"$leaf\"]) a: id @output parents @recurse(depth: 100) { b: id @output } } }",
	 "{ Artifact { tags @filter(op: \"contains\", value: [\"$leaf\"]) a: artifact_id @output parents @recurse(depth: 100) { b: artifact_id @output } } }",
	 "{\"leaf\": \"deep\"}",
	 "WITH RECURSIVE up(leaf, n, depth) AS (SELECT n, n, 0 FROM artifact WHERE leaf = 2 UNION ALL SELECT up.leaf, p.parent, up.depth + 1 "
	 "FROM up JOIN parent p ON p.child = up.n WHERE up.depth < 100) "
	 "SELECT l.id, a.id FROM up JOIN artifact a ON a.n = up.n JOIN artifact l ON l.n = up.leaf",
	 1},
	{"folds counted",
	 "{ Artifact { a: id @output regions @fold @transform(op: \"count\") @output(name: \"b\") @filter(op: \">=\", value: [\"$n\"]) } }",
	 "{ Artifact { a: artifact_id @output regions @fold @transform(op: \"count\") @output(name: \"b\") @filter(op: \">=\", value: [\"$n\"]) } }",
	 "{\"n\": 4}",
	 "SELECT a.id, count(*) FROM artifact a JOIN region r ON r.artifact = a.n GROUP BY a.n HAVING count(*) >= 4", 2},
	{"folds counted and listed",
	 "{ Artifact { a: id @output regions @fold @transform(op: \"count\") @output(name: \"b\") @filter(op: \">=\", value: [\"$n\"]) "
	 "{ c: position_beats @output(name: \"c\") } } }",
	 "{ Artifact { a: artifact_id @output regions @fold @transform(op: \"count\") @output(name: \"b\") @filter(op: \">=\", value: [\"$n\"]) "
	 "{ c: position_beats @output(name: \"c\") } } }",
	 "{\"n\": 4}",
	 "SELECT a.id, count(*), json_group_array(r.position) FROM artifact a JOIN region r ON r.artifact = a.n GROUP BY a.n HAVING count(*) >= 4", 2},
};

static double cpu_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void must(int r, const char *what, const struct err *err)
{
	if (r >= 0)
		return;
	fprintf(stderr, "bench_query: %s: %s\n", what, err_msg(err));
	exit(1);
}

/* ---- what came out ---- */

struct result {
	size_t n_rows;
	uint64_t sum;   /* of the rows' hashes, in any order */
	uint64_t touch; /* so that nobody leaves a column out */
};

static void add_row(struct result *r, const char *text, size_t n)
{
	static const uint64_t key[2] = {1, 2};
	r->sum += map_hash(key, text, n);
}

/* ---- ours ---- */

struct ours {
	const char *name;
	struct bench_world *world;
	struct query_live *live; /* NULL: the world is asked */
	const struct tf_adapter *adapter;
};

static void check_errors(int r, const struct question *q, const struct tf_errors *errors)
{
	struct err err = ERR_INIT;
	if (r < 0)
		(void)tf_errors_err(errors, &err);
	must(r, q->name, &err);
}

static void hash_ours(struct ours *o, const struct tf_query *query, const struct tf_value *row, struct result *ret)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct json_out out;
	json_out_init(&out, &b);
	json_out_array_begin(&out);
	for (size_t i = 0; i < tf_query_n_outputs(query); i++)
		for (size_t k = 0; k < tf_query_n_outputs(query); k++)
			if (tf_query_output(query, k)->name[0] == (char)('a' + i))
				tf_value_write(&out, &row[k]);
	json_out_array_end(&out);
	add_row(ret, b.s, b.n);
}

static uint64_t touch(const struct tf_value *v)
{
	return v->kind == TF_STRING ? v->n + (unsigned char)v->s[0] : v->kind == TF_LIST ? v->n : v->u;
}

static struct result ask_ours(struct ours *o, const struct question *q, size_t most, bool hashed)
{
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	AUTO(tf_query) query = NULL;
	AUTO(tf_arguments) args = NULL;
	AUTO_JSON json_t *given = NULL;
	struct err err = ERR_INIT;
	struct result result = {0};
	struct tf_run *run;
	must(json_parse(q->arguments, strlen(q->arguments), &given, &err), q->name, &err);
	const char *text = o->live ? q->live : q->query;
	check_errors(tf_query_compile(tf_adapter_schema(o->adapter), text, strlen(text), &query, &errors), q, &errors);
	check_errors(tf_arguments_bind(query, given, &args, &errors), q, &errors);
	must(tf_run_open(o->adapter, query, args, o->live ? query_live_user(o->live) : (void *)o->world, NULL, &run, &err), q->name, &err);
	const struct tf_value *row;
	size_t n = tf_query_n_outputs(query);
	int r = 0;
	while (result.n_rows < most && (r = tf_run_next(run, &row, &err)) == 1) {
		result.n_rows++;
		for (size_t i = 0; i < n; i++)
			result.touch += touch(&row[i]);
		if (hashed)
			hash_ours(o, query, row, &result);
	}
	must(r, q->name, &err);
	tf_run_close(run);
	if (o->live)
		query_live_forget(o->live);
	return result;
}

/* ---- SQLite's ---- */

static void hash_theirs(sqlite3_stmt *s, struct result *ret)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct json_out out;
	json_out_init(&out, &b);
	json_out_array_begin(&out);
	for (int i = 0; i < sqlite3_column_count(s); i++) {
		const char *text = (const char *)sqlite3_column_text(s, i);
		AUTO_JSON json_t *list = NULL;
		switch (sqlite3_column_type(s, i)) {
		case SQLITE_INTEGER:
			json_out_int(&out, sqlite3_column_int64(s, i));
			break;
		case SQLITE_FLOAT:
			json_out_number(&out, sqlite3_column_double(s, i));
			break;
		default:
			if (*text == '[' && json_parse(text, strlen(text), &list, NULL) == 0)
				json_out_json(&out, list);
			else
				json_out_string(&out, text);
			break;
		}
	}
	json_out_array_end(&out);
	add_row(ret, b.s, b.n);
}

static uint64_t touch_column(sqlite3_stmt *s, int i)
{
	if (sqlite3_column_type(s, i) != SQLITE_TEXT)
		return (uint64_t)sqlite3_column_int64(s, i);
	const unsigned char *text = sqlite3_column_text(s, i);
	return text[0] + (uint64_t)sqlite3_column_bytes(s, i);
}

static struct result ask_theirs(sqlite3 *db, const struct question *q, size_t most, bool hashed)
{
	struct result result = {0};
	sqlite3_stmt *s;
	int r = sqlite3_prepare_v2(db, q->sql, -1, &s, NULL);
	int n = r == SQLITE_OK ? sqlite3_column_count(s) : 0;
	while (r == SQLITE_OK && result.n_rows < most && sqlite3_step(s) == SQLITE_ROW) {
		result.n_rows++;
		for (int i = 0; !hashed && i < n; i++)
			result.touch += touch_column(s, i);
		if (hashed)
			hash_theirs(s, &result);
	}
	if (sqlite3_errcode(db) != SQLITE_OK && sqlite3_errcode(db) != SQLITE_DONE && sqlite3_errcode(db) != SQLITE_ROW) {
		fprintf(stderr, "bench_query: %s: %s\n", q->name, sqlite3_errmsg(db));
		exit(1);
	}
	(void)sqlite3_finalize(s);
	return result;
}

/* ---- side by side ---- */

static void check_equal(const struct question *q, const struct result *a, const struct result *b)
{
	if (a->n_rows == b->n_rows && a->sum == b->sum)
		return;
	fprintf(stderr, "bench_query: %s: %zu rows here, %zu there, sums %016llx and %016llx\n", q->name, a->n_rows, b->n_rows,
		(unsigned long long)a->sum, (unsigned long long)b->sum);
	exit(1);
}

static void say(const struct ours *o, const char *name, const char *what, size_t n_rows, double ours, double theirs, double most)
{
	char target[16];
	(void)snprintf(target, sizeof(target), "<= %g", most);
	printf("{\"name\":\"%s: %s, %s\",\"rows\":%zu,\"ours\":%.4f,\"reference\":%.4f,\"ratio\":%.2f,\"unit\":\"ms\",\"target\":\"%s\"}\n", o->name,
	       name, what, n_rows, ours * 1e3, theirs * 1e3, ours / theirs, target);
	(void)fflush(stdout);
}

static void keep_best(double *best, double took)
{
	if (took < *best)
		*best = took;
}

static void compare(struct ours *o, sqlite3 *db, const struct question *q)
{
	struct result a = ask_ours(o, q, SIZE_MAX, true), b = ask_theirs(db, q, SIZE_MAX, true);
	check_equal(q, &a, &b);
	double best[2][2] = {{1e9, 1e9}, {1e9, 1e9}};
	for (int round = 0; round < ROUNDS; round++)
		for (int first = 0; first < 2; first++) {
			size_t most = first ? 1 : SIZE_MAX;
			int n = 0, n_theirs = 0;
			double start = cpu_s();
			do {
				(void)ask_ours(o, q, most, false);
			} while (++n < (first ? FIRSTS : 1) && cpu_s() - start < ENOUGH_S);
			double middle = cpu_s();
			do {
				(void)ask_theirs(db, q, most, false);
			} while (++n_theirs < (first ? FIRSTS : 1) && cpu_s() - middle < ENOUGH_S);
			keep_best(&best[first][0], (middle - start) / n);
			keep_best(&best[first][1], (cpu_s() - middle) / n_theirs);
		}
	say(o, q->name, "all", a.n_rows, best[0][0], best[0][1], q->most);
	say(o, q->name, "first", 1, best[1][0], best[1][1], 1);
}

/* Of those only whose names contain the argument, when there is one. */
static bool is_wanted(const struct ours *o, const struct question *q, const char *part)
{
	char name[128];
	(void)snprintf(name, sizeof(name), "%s: %s", o->name, q->name);
	return (o->live || q->query) && (!part || strstr(name, part));
}

int main(int argc, char **argv)
{
	struct err err = ERR_INIT;
	const struct tf_table *tables[] = {&bench_table};
	AUTO(tf_adapter) adapter = NULL;
	must(tf_adapter_new(tables, 1, NULL, &adapter, &err), "adapter", &err);
	struct bench_world *w = bench_world_new();
	struct query_live *live = query_live_new(w);
	struct ours ours[] = {
		{.name = "query", .world = w, .adapter = adapter},
		{.name = "live query", .world = w, .live = live, .adapter = query_live_adapter(live)},
	};
	for (size_t k = 0; k < COUNT_OF(ours); k++) {
		sqlite3 *db = bench_world_sqlite(w, ours[k].live != NULL);
		for (size_t i = 0; i < COUNT_OF(questions); i++)
			if (is_wanted(&ours[k], &questions[i], argv[1]))
				compare(&ours[k], db, &questions[i]);
		(void)sqlite3_close(db);
	}
	query_live_free(live);
	bench_world_free(w);
	return 0;
}

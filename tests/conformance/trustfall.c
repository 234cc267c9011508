/*
 * trustfall.c - runs the query engine over case files of Trustfall's published tests.
 *
 * Usage:     trustfall [--skip-missing] FILE... (tally.h)
 * Format:    a list of cases, {"cases": [...]} or one case: {name, schema | schema_text, query, arguments, variables?, outputs?,
 *            expected: {stage?, rows | error | errors | ok}}. What may be left out may be null too.
 *            A schema is given in the case, or as {"schemas": {NAME: text}} in the file, or is schemas/NAME.graphql beside the
 *            file or in the folder above, else in the shared set. Several errors are a list, or
 *            {"kind": "MultipleErrors", "errors": [...]}; an error may be its kind alone.
 *            A case of another form fails and says why.
 * Passes:    rows equal in order, with names and types of columns and variables as they are told; errors with their stage, all
 *            kinds in order, what they are about, and their place where the case tells one.
 */
#include "trustfall/run.h"

#include "base/fs.h"

#include "tally.h"
#include "trustfall_data.h"

#include "base/banned.h"

#define MAX_CASES_BYTES (64u << 20)
#define MAX_SCHEMA_BYTES (1u << 20)

struct checking {
	const char *dir;
	const json_t *file, *c, *expected;
	char *why;
	size_t size;
};

static bool differs(struct checking *k, const char *fmt, ...) PRINTF(2, 3);
static bool differs(struct checking *k, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(k->why, k->size, fmt, ap);
	va_end(ap);
	return false;
}

/* NULL for what is null or not there. */
static json_t *part_of(const json_t *o, const char *key)
{
	json_t *v = json_object_get(o, key);
	return json_is_null(v) ? NULL : v;
}

static const char *text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));
	return s ? s : "";
}

/* ---- errors ---- */

static bool same_place(const struct tf_error *e, const json_t *pos)
{
	return !pos || (json_integer_value(json_object_get(pos, "line")) == e->pos.line &&
			json_integer_value(json_object_get(pos, "column")) == e->pos.column);
}

static bool same_error(struct checking *k, const struct tf_error *e, const json_t *want)
{
	const json_t *args = part_of(want, "args");
	char *ours AUTO_MEM = e->args ? json_text(e->args, JSON_OUT_COMPACT) : NULL;
	const char *kind = json_is_string(want) ? json_string_value(want) : text_of(want, "kind");
	if (strcmp(e->kind, kind) != 0)
		return differs(k, "%s instead of %s: %s", e->kind, *kind ? kind : "an error without 'kind'", e->message);
	if (args && !(json_array_size(args) == 0 && !e->args) && !json_equal(args, e->args))
		return differs(k, "%s about %s", e->kind, ours ? ours : "nothing");
	if (!same_place(e, part_of(want, "pos")))
		return differs(k, "%s at %u:%u", e->kind, e->pos.line, e->pos.column);
	return e->message[0] ? true : differs(k, "%s without words", e->kind);
}

/* What is expected: one error, or a list of them. */
static const json_t *wanted_errors(const struct checking *k)
{
	const json_t *one = part_of(k->expected, "error"), *several = part_of(one, "errors");
	several = several ? several : one;
	return several ? several : part_of(k->expected, "errors");
}

static bool same_stage(struct checking *k, const struct tf_error *e)
{
	const json_t *stage = part_of(k->expected, "stage");
	if (!stage || str_eq(tf_stage_name(e->stage), json_string_value(stage)))
		return true;
	return differs(k, "%s in stage %s", e->kind, tf_stage_name(e->stage));
}

static bool same_errors(struct checking *k, const struct tf_errors *errors)
{
	const json_t *want = wanted_errors(k);
	size_t n = json_is_array(want) ? json_array_size(want) : 1;
	if (!want)
		return differs(k, "refused: %s: %s", errors->n ? errors->v[0].kind : "?", errors->n ? errors->v[0].message : "");
	if (errors->n != n)
		return differs(k, "%zu errors instead of %zu, the first %s", errors->n, n, errors->n ? errors->v[0].kind : "none");
	for (size_t i = 0; i < n; i++)
		if (!same_stage(k, &errors->v[i]) || !same_error(k, &errors->v[i], json_is_array(want) ? json_array_get(want, i) : want))
			return false;
	return true;
}

static bool expects_error_after(struct checking *k, const char *stage)
{
	return wanted_errors(k) ? differs(k, "passed the stage %s", stage) : true;
}

/* ---- columns ---- */

static bool same_types(struct checking *k, const struct tf_query *q, const char *key,
		       const struct tf_column *(*at)(const struct tf_query *, size_t), size_t n)
{
	char text[TF_TYPE_TEXT];
	const json_t *want = part_of(k->c, key);
	if (!want)
		return true;
	if (!json_is_object(want))
		return differs(k, "'%s' is no object of names and types", key);
	if (json_object_size(want) != n)
		return differs(k, "%zu %s instead of %zu", n, key, json_object_size(want));
	for (size_t i = 0; i < n; i++) {
		const struct tf_column *c = at(q, i);
		if (strcmp(tf_type_text(&c->type, text), text_of(want, c->name)) != 0)
			return differs(k, "%s: '%s' is %s", key, c->name, text);
	}
	return true;
}

/* ---- rows ---- */

static bool same_row(struct checking *k, const struct tf_query *q, const struct tf_value *row, const json_t *want, size_t at)
{
	if (!json_is_object(want) || json_object_size(want) != tf_query_n_outputs(q))
		return differs(k, "row %zu: %zu columns", at, tf_query_n_outputs(q));
	for (size_t i = 0; i < tf_query_n_outputs(q); i++) {
		AUTO(tf_arena) a = tf_arena_new(0);
		struct err e = ERR_INIT;
		struct tf_value v;
		const char *name = tf_query_output(q, i)->name;
		const json_t *j = json_object_get(want, name);
		if (!a || !j || tf_value_from_json(a, j, &v, &e) < 0)
			return differs(k, "row %zu: column '%s': %s", at, name, j ? e.msg : "not expected");
		if (!tf_value_equal(&v, &row[i]))
			return differs(k, "row %zu: another '%s'", at, name);
	}
	return true;
}

static bool same_rows(struct checking *k, const struct tf_query *q, struct tf_run *run)
{
	const json_t *want = json_object_get(k->expected, "rows");
	const struct tf_value *row;
	struct err e = ERR_INIT;
	size_t n = 0;
	int r;
	for (; (r = tf_run_next(run, &row, &e)) == 1; n++) {
		if (n >= json_array_size(want))
			return differs(k, "more than %zu rows", n);
		if (!same_row(k, q, row, json_array_get(want, n), n))
			return false;
	}
	if (r < 0)
		return differs(k, "run: %s", e.msg);
	if (tf_run_stopped(run) != TF_STOP_END)
		return differs(k, "stopped before its end (%d)", (int)tf_run_stopped(run));
	return n == json_array_size(want) ? true : differs(k, "%zu rows instead of %zu", n, json_array_size(want));
}

static bool run_rows(struct checking *k, const struct tf_schema *s, const struct tf_query *q, const struct tf_arguments *args)
{
	AUTO(tf_adapter) a = NULL;
	struct numbers user = {0, 0, 0};
	struct err e = ERR_INIT;
	struct tf_run *run;
	if (trustfall_data(text_of(k->c, "schema"), s, &user, &a, &e) < 0)
		return differs(k, "adapter: %s", e.msg);
	if (!a)
		return differs(k, "there is no data for the schema '%s'", text_of(k->c, "schema"));
	if (tf_run_open(a, q, args, &user, NULL, &run, &e) < 0)
		return differs(k, "open: %s", e.msg);
	bool same = same_rows(k, q, run);
	tf_run_close(run);
	return same;
}

/* ---- cases ---- */

static bool run_query(struct checking *k, const struct tf_schema *s)
{
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	AUTO(tf_query) q = NULL;
	AUTO(tf_arguments) args = NULL;
	const json_t *text = json_object_get(k->c, "query");
	if (tf_query_compile(s, text_of(k->c, "query"), json_string_length(text), &q, &errors) < 0)
		return same_errors(k, &errors);
	if (!same_types(k, q, "outputs", tf_query_output, tf_query_n_outputs(q)) ||
	    !same_types(k, q, "variables", tf_query_variable, tf_query_n_variables(q)))
		return false;
	if (tf_arguments_bind(q, part_of(k->c, "arguments"), &args, &errors) < 0)
		return same_errors(k, &errors);
	return expects_error_after(k, "arguments") && run_rows(k, s, q, args);
}

static int read_schema_file(struct checking *k, const char *dir, struct strbuf *ret)
{
	struct err e = ERR_INIT;
	char *name AUTO_MEM = str_printf("%s/schemas/%s.graphql", dir, text_of(k->c, "schema"));
	char *bytes AUTO_MEM = NULL;
	size_t n;
	if (name && fs_read(name, MAX_SCHEMA_BYTES, &bytes, &n, &e) == 0)
		return strbuf_add(ret, bytes, n);
	(void)differs(k, "%s", e.msg);
	return -1;
}

static int read_schema(struct checking *k, struct strbuf *ret)
{
	const json_t *named = part_of(k->c, "schema"), *text = part_of(k->c, "schema_text");
	if (!text && named && strchr(text_of(k->c, "schema"), '{'))
		text = named;
	if (!text)
		text = part_of(part_of(k->file, "schemas"), text_of(k->c, "schema"));
	if (text)
		return strbuf_add(ret, json_string_value(text), json_string_length(text));
	char *above AUTO_MEM = str_printf("%s/..", k->dir);
	const char *const dirs[] = {k->dir, above ? above : k->dir, TRUSTFALL_CASES};
	for (size_t i = 0; i < COUNT_OF(dirs); i++)
		if (read_schema_file(k, dirs[i], ret) == 0)
			return 0;
	return -1;
}

/* Whether it is of a form that is known; else it has been told. */
static bool check_form(struct checking *k)
{
	static const char *const texts[] = {"name", "schema", "schema_text", "query"};
	if (!json_is_object(k->c))
		return differs(k, "a case is an object");
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		if (part_of(k->c, texts[i]) && !json_is_string(part_of(k->c, texts[i])))
			return differs(k, "'%s' is no string", texts[i]);
	if (!part_of(k->c, "schema") && !part_of(k->c, "schema_text"))
		return differs(k, "there is neither 'schema' nor 'schema_text'");
	if (!json_is_object(k->expected))
		return differs(k, "there is no object 'expected'");
	bool rows = part_of(k->c, "query") ? json_is_array(part_of(k->expected, "rows")) : json_is_true(part_of(k->expected, "ok"));
	return rows || wanted_errors(k) ? true : differs(k, "'expected' has neither 'rows', a list, nor 'error' nor, of a schema, 'ok'");
}

static bool run_case(struct checking *k)
{
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	AUTO_STRBUF text = STRBUF_INIT;
	AUTO(tf_schema) s = NULL;
	if (!check_form(k) || read_schema(k, &text) < 0)
		return false;
	if (tf_schema_parse(text.s ? text.s : "", text.n, &s, &errors) < 0)
		return same_errors(k, &errors);
	return part_of(k->c, "query") ? run_query(k, s) : expects_error_after(k, "schema");
}

static void run_one(const char *dir, const json_t *file, const json_t *c, size_t at, struct tally *t)
{
	char why[400] = "", number[32];
	struct checking k = {dir, file, c, part_of(c, "expected"), why, sizeof(why)};
	const char *name = text_of(c, "name");
	(void)snprintf(number, sizeof(number), "case %zu", at + 1);
	tally_case(t, *name ? name : number, run_case(&k) ? NULL : why);
}

static int run_file(const char *path, struct tally *t)
{
	struct err e = ERR_INIT;
	char *text AUTO_MEM = NULL, *dir AUTO_MEM = fs_dirname(path);
	size_t n, i;
	json_t *file AUTO_JSON = NULL, *c;
	if (!dir || fs_read(path, MAX_CASES_BYTES, &text, &n, &e) < 0 || json_parse(text, n, &file, &e) < 0) {
		tally_case(t, path, err_msg(&e));
		return 0;
	}
	const json_t *cases = json_is_array(file) ? file : part_of(file, "cases");
	if (!cases && part_of(file, "expected"))
		run_one(dir, file, file, 0, t);
	else if (!json_is_array(cases))
		tally_case(t, path, "neither a list of cases nor {\"cases\": [...]}");
	json_array_foreach(cases, i, c)
		run_one(dir, file, c, i, t);
	return 0;
}

int main(int argc, char **argv)
{
	return tally_main(argc, argv, run_file);
}

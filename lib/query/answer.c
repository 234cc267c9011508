#include "query/answer.h"

#include <string.h>

#include "base/banned.h"

enum { REST_BYTES = 1024 }; /* keys, counts and numbers of an answer */

struct query_prepared {
	struct tf_query *query;
	struct tf_arguments *arguments;
	struct strbuf *keys; /* for each output what stands before its value: {"name": */
	size_t n_keys;
};

const char *query_stop_name(enum query_stop s)
{
	static const char *const names[QUERY_STOP_COUNT] = {
		[QUERY_STOP_END] = "end",
		[QUERY_STOP_ROWS] = "rows",
		[QUERY_STOP_DEADLINE] = "deadline",
		[QUERY_STOP_MEMORY] = "memory",
		[QUERY_STOP_CANCELLED] = "cancelled",
		[QUERY_STOP_BYTES] = "bytes",
	};
	return names[s];
}

/* ---- from text ---- */

static int write_keys(struct query_prepared *p)
{
	size_t n = tf_query_n_outputs(p->query);
	p->keys = mem_new_array(n, sizeof(*p->keys));
	if (!p->keys)
		return -ENOMEM;
	p->n_keys = n;
	for (size_t i = 0; i < n; i++) {
		struct json_out o;
		(void)strbuf_addc(&p->keys[i], i ? ',' : '{');
		json_out_init(&o, &p->keys[i]);
		json_out_key(&o, tf_query_output(p->query, i)->name);
		if (!strbuf_ok(&p->keys[i]))
			return -ENOMEM;
	}
	return 0;
}

/* What `errors` says of a failure, else the code alone. */
static int first_error(int r, const struct tf_errors *errors, struct err *err)
{
	return errors->n ? tf_errors_err(errors, err) : err_set(err, r, "query");
}

/* Many a client's JSON writes 4.0 as 4. */
static int bind(struct query_prepared *p, const json_t *variables, struct tf_errors *errors)
{
	AUTO_JSON json_t *widened = variables ? tf_arguments_widened(p->query, variables) : json_object();
	return widened ? tf_arguments_bind(p->query, widened, &p->arguments, errors) : -ENOMEM;
}

int query_prepare(const struct tf_adapter *a, const char *text, size_t n, const json_t *variables, struct query_prepared **ret,
		  struct tf_errors *errors, struct err *err)
{
	if (variables && !json_is_object(variables))
		return err_field(err, -EINVAL, "variables", "variables must be an object with a value for each");
	AUTO(query_prepared) p = calloc(1, sizeof(*p));
	if (!p)
		return err_set(err, -ENOMEM, "query");
	int r = tf_query_compile(tf_adapter_schema(a), text, n, &p->query, errors);
	if (r == 0)
		r = bind(p, variables, errors);
	if (r < 0)
		return first_error(r, errors, err);
	if (write_keys(p) < 0)
		return err_set(err, -ENOMEM, "query");
	*ret = TAKE(p);
	return 0;
}

void query_prepared_free(struct query_prepared *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->n_keys; i++)
		strbuf_done(&p->keys[i]);
	free(p->keys);
	tf_arguments_free(p->arguments);
	tf_query_free(p->query);
	free(p);
}

/* ---- to rows ---- */

void query_answer_done(struct query_answer *a)
{
	strbuf_done(&a->columns);
	strbuf_done(&a->rows);
	strbuf_done(&a->plan);
	free(TAKE(a->ends));
	a->n_rows = a->room_rows = 0;
}

const char *query_answer_row(const struct query_answer *a, size_t i, size_t *ret_n)
{
	size_t from = i ? a->ends[i - 1] + 1 : 0;
	*ret_n = a->ends[i] - from;
	return a->rows.s + from;
}

static void write_columns(const struct tf_query *q, struct strbuf *b)
{
	struct json_out o;
	json_out_init(&o, b);
	json_out_array_begin(&o);
	for (size_t i = 0; i < tf_query_n_outputs(q); i++) {
		const struct tf_column *c = tf_query_output(q, i);
		char type[TF_TYPE_TEXT];
		json_out_object_begin(&o);
		json_out_key(&o, "name");
		json_out_string(&o, c->name);
		json_out_key(&o, "type");
		json_out_string(&o, tf_type_text(&c->type, type));
		json_out_object_end(&o);
	}
	json_out_array_end(&o);
}

static int write_plan(const struct tf_query *q, struct strbuf *b)
{
	AUTO_STRBUF text = STRBUF_INIT;
	struct json_out o;
	int r = tf_query_explain(q, &text);
	json_out_init(&o, b);
	if (r == 0)
		json_out_stringn(&o, text.n ? text.s : "", text.n);
	return r;
}

/* What stands around the rows; *ret_room is what is left for them. */
static int begin(const struct tf_query *q, const struct query_limits *limits, bool explain, struct query_answer *ret, size_t *ret_room,
		 struct err *err)
{
	strbuf_clear(&ret->columns);
	strbuf_clear(&ret->rows);
	strbuf_clear(&ret->plan);
	ret->n_rows = 0;
	write_columns(q, &ret->columns);
	if ((explain && write_plan(q, &ret->plan) < 0) || !strbuf_ok(&ret->columns) || !strbuf_ok(&ret->plan))
		return err_set(err, -ENOMEM, "answer");
	size_t used = ret->columns.n + ret->plan.n + REST_BYTES;
	if (limits->max_bytes && used >= limits->max_bytes)
		return err_set(err, -EMSGSIZE, "the columns and the plan alone have %zu bytes", used);
	*ret_room = limits->max_bytes ? limits->max_bytes - used : SIZE_MAX;
	return 0;
}

static void write_row(const struct query_prepared *p, const struct tf_value *values, struct strbuf *b)
{
	for (size_t i = 0; i < p->n_keys; i++) {
		struct json_out o;
		(void)strbuf_add(b, p->keys[i].s, p->keys[i].n);
		json_out_init(&o, b);
		tf_value_write(&o, &values[i]);
	}
	(void)strbuf_adds(b, p->n_keys ? "}" : "{}");
}

/* 1: it is there; 0: there is no room for it. */
static int add_row(const struct query_prepared *p, const struct tf_value *values, size_t room, struct query_answer *ret)
{
	size_t before = ret->rows.n;
	if (mem_grow(&ret->ends, &ret->room_rows, ret->n_rows + 1, sizeof(*ret->ends)) < 0)
		return -ENOMEM;
	if (ret->n_rows)
		(void)strbuf_addc(&ret->rows, ',');
	write_row(p, values, &ret->rows);
	if (!strbuf_ok(&ret->rows))
		return -ENOMEM;
	if (ret->rows.n > room) {
		ret->rows.n = before;
		ret->rows.s[before] = '\0';
		return 0;
	}
	ret->ends[ret->n_rows++] = ret->rows.n;
	return 1;
}

static enum query_stop stop_of(enum tf_stop s)
{
	static const enum query_stop stops[TF_STOP_COUNT] = {
		[TF_STOP_END] = QUERY_STOP_END,		  [TF_STOP_ROWS] = QUERY_STOP_ROWS,
		[TF_STOP_DEADLINE] = QUERY_STOP_DEADLINE, [TF_STOP_MEMORY] = QUERY_STOP_MEMORY,
		[TF_STOP_CANCELLED] = QUERY_STOP_CANCELLED,
	};
	return stops[s];
}

static int take_rows(const struct query_prepared *p, struct tf_run *run, size_t room, struct query_answer *ret, struct err *err)
{
	const struct tf_value *values;
	int r;
	while ((r = tf_run_next(run, &values, err)) > 0) {
		r = add_row(p, values, room, ret);
		if (r < 0)
			return err_set(err, r, "rows");
		if (r == 0) {
			ret->stop = QUERY_STOP_BYTES;
			return 0;
		}
	}
	ret->stop = stop_of(tf_run_stopped(run));
	return r;
}

/* A failure on the way is told like the others. */
static int add_failure(int r, struct tf_errors *errors, struct err *err)
{
	(void)tf_error_add(errors, TF_STAGE_EXECUTE, "ExecutionError", (struct tf_pos){ 0, 0 }, NULL, "%s", err_msg(err));
	if (err && err->hint[0])
		tf_error_hint(errors, "%s", err->hint);
	return r;
}

int query_run(const struct tf_adapter *a, const struct query_prepared *p, struct query_world *world, const struct query_limits *limits,
	      bool explain, struct query_answer *ret, struct tf_errors *errors, struct err *err)
{
	const struct tf_limits within = { .max_rows = limits->max_rows, .deadline_ns = limits->deadline_ns, .cancel = limits->cancel };
	int64_t began = clock_monotonic_ns(clock_system());
	struct err scratch = ERR_INIT;
	struct tf_run *run = NULL;
	size_t room = 0;
	if (!err)
		err = &scratch;
	int r = begin(p->query, limits, explain, ret, &room, err);
	if (r < 0)
		return r;
	r = tf_run_open(a, p->query, p->arguments, world, &within, &run, err);
	if (r == 0)
		r = take_rows(p, run, room, ret, err);
	if (run)
		ret->stats = tf_run_stats(run);
	ret->stats.total_ns = clock_monotonic_ns(clock_system()) - began; /* with the writing of the rows, wherever it ended */
	tf_run_close(run);
	return r < 0 && r != -ENOMEM ? add_failure(r, errors, err) : r;
}

/* ---- as text ---- */

static void write_ms(struct json_out *o, const char *key, int64_t ns)
{
	json_out_key(o, key);
	json_out_number(o, (double)ns / 1e6);
}

static void write_cost(const struct tf_run_stats *s, struct json_out *o)
{
	json_out_object_begin(o);
	json_out_key(o, "vertices");
	json_out_int(o, s->vertices);
	json_out_key(o, "edges");
	json_out_int(o, s->edges);
	json_out_key(o, "peak_bytes");
	json_out_int(o, (int64_t)s->peak_bytes);
	if (s->first_row_ns >= 0)
		write_ms(o, "first_row_ms", s->first_row_ns);
	write_ms(o, "total_ms", s->total_ns);
	json_out_object_end(o);
}

static void write_text(struct json_out *o, const char *key, const struct strbuf *text)
{
	json_out_key(o, key);
	json_out_raw(o, text->s, text->n);
}

void query_answer_write(const struct query_answer *a, struct json_out *o)
{
	write_text(o, "columns", &a->columns);
	json_out_key(o, "rows");
	json_out_array_begin(o);
	if (a->rows.n)
		json_out_raw(o, a->rows.s, a->rows.n);
	json_out_array_end(o);
	json_out_key(o, "n_rows");
	json_out_int(o, (int64_t)a->n_rows);
	json_out_key(o, "stopped");
	json_out_string(o, query_stop_name(a->stop));
	json_out_key(o, "cost");
	write_cost(&a->stats, o);
	if (a->plan.n)
		write_text(o, "plan", &a->plan);
}

int query_errors_write(const struct tf_errors *errors, struct strbuf *b)
{
	struct json_out o;
	if (!errors->n)
		return 0;
	AUTO_JSON json_t *list = tf_errors_json(errors);
	if (!list)
		return -ENOMEM;
	json_out_init(&o, b);
	json_out_object_begin(&o);
	json_out_key(&o, "errors");
	json_out_json(&o, list);
	json_out_object_end(&o);
	return strbuf_ok(b) ? 0 : -ENOMEM;
}

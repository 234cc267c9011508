/* handle_saved.c - queries with names. */
#include "graph.h"

#include <string.h>

#include "base/str.h"
#include "query-control/saved.h"
#include "question.h"

#include "base/banned.h"

/* Whether it is a query, and its variables are some of those that it has: a caller may give the others. */
static int check(const struct tf_adapter *a, const struct query_save *req, struct tf_errors *errors)
{
	AUTO(tf_query) q = NULL;
	AUTO(tf_arguments) args = NULL;
	AUTO_TF_ERRORS found = TF_ERRORS_INIT;
	int r = tf_query_compile(tf_adapter_schema(a), req->query, strlen(req->query), &q, errors);
	if (r < 0 || !req->has_variables || tf_arguments_bind(q, req->variables, &args, &found) == 0)
		return r;
	for (size_t i = 0; i < found.n; i++) {
		const struct tf_error *e = &found.v[i];
		if (str_eq(e->kind, "MissingArguments"))
			continue;
		r = tf_error_add(errors, e->stage, e->kind, e->pos, json_incref(e->args), "%s", e->message);
		tf_error_hint(errors, "%s", e->hint);
	}
	return r;
}

static int refuse(struct hoot *h, const struct wire_call *call, int r, const struct tf_errors *errors, struct err *err)
{
	struct wire_reply *reply = NULL;
	struct err why = ERR_INIT;
	r = errors->n ? tf_errors_err(errors, &why) : err_set(&why, r, "query");
	if (hoot_defer(h, call, &reply, err) < 0)
		return err_set(err, r, "%s", why.msg);
	question_refuse(reply, &why, errors);
	return 0;
}

int query_save_run(struct hoot *h, const struct wire_call *call, const struct query_save *req, struct query_save_result *ret,
		   struct err *err)
{
	struct store_conn *c;
	if (req->has_variables && !json_is_object(req->variables))
		return err_field(err, -EINVAL, "variables", "variables must be an object");
	ret->saved = (struct saved_query){.name = req->name,
					  .query = req->query,
					  .doc = req->doc,
					  .variables = req->has_variables ? req->variables : NULL,
					  .actor = hoot_actor(call),
					  .saved_unix_ms = hoot_unix_ms()};
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	int r = check(graph_adapter(h), req, &errors);
	if (r < 0)
		return refuse(h, call, r, &errors, err);
	r = hoot_tx(h, &c, err);
	return r < 0 ? r : saved_put(c, &ret->saved, &ret->replaced, err);
}

int query_list_run(struct hoot *h, const struct wire_call *call, const struct query_list *req, struct query_list_result *ret,
		   struct err *err)
{
	struct store_conn *c;
	int r = hoot_tx(h, &c, err);
	return r < 0 ? r : saved_list(c, call->arena, ret, err);
}

int query_remove_run(struct hoot *h, const struct wire_call *call, const struct query_remove *req, struct query_remove_result *ret,
		     struct err *err)
{
	struct store_conn *c;
	int r = hoot_tx(h, &c, err);
	return r < 0 ? r : saved_remove(c, req->name, err);
}

int question_find(struct hoot *h, const struct wire_call *call, const struct question_asked *q, const char **ret_text,
		  json_t **ret_variables, struct err *err)
{
	struct saved_query saved = {.query = q->query};
	struct store_conn *c;
	if (!*q->query == !*q->name)
		return err_field(err, -EINVAL, "query", "give a query, or the name of a saved one");
	int r = *q->name ? hoot_tx(h, &c, err) : 0;
	if (r == 0 && *q->name)
		r = saved_find(c, q->name, call->arena, &saved, err);
	if (r == 0)
		r = saved_variables(&saved, q->variables, ret_variables, err);
	if (r == 0)
		*ret_text = saved.query;
	return r;
}

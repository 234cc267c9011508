/* handle_saved.c - queries with names. */
#include "hoot.h"

#include "query-control/saved.h"

#include "base/banned.h"

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
	int r = hoot_tx(h, &c, err);
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

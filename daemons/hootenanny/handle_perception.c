/* handle_perception.c - what is said about perceptions, beside asking for them. */
#include "hoot.h"

#include <string.h>

#include "base/str.h"
#include "jobs/artifact.h"
#include "jobs/rows.h"
#include "query-control/perception.h"

#include "base/banned.h"

/* PERCEPTION_KIND_COUNT: of all kinds. */
static int kind_asked(const struct perception_retry *req, enum perception_kind *ret, struct err *err)
{
	const char *names[PERCEPTION_KIND_COUNT];
	*ret = PERCEPTION_KIND_COUNT;
	for (size_t k = 0; k < PERCEPTION_KIND_COUNT; k++) {
		names[k] = perception_kinds[k].name;
		if (req->has_kind && str_eq(req->kind, names[k]))
			*ret = (enum perception_kind)k;
	}
	if (!req->has_kind || *ret < PERCEPTION_KIND_COUNT)
		return 0;
	const char *near = str_nearest(req->kind, names, COUNT_OF(names));
	int r = err_field(err, -EINVAL, "kind", "nothing that is perceived is called '%.64s'", req->kind);
	return near ? err_hint(err, r, "did you mean '%s'?", near) : r;
}

static int find_content(struct store_conn *c, const char *artifact_id, struct wire_arena *arena, const char **ret_hash,
			const char **ret_space, struct err *err)
{
	sqlite3_stmt *q;
	int r = store_query(c, &q, err, "SELECT content_hash, space FROM artifact WHERE id = ?", "t", artifact_id);
	if (r == 0)
		r = store_step(c, q, err);
	if (r > 0) {
		*ret_hash = row_text(q, 0, arena);
		*ret_space = row_text(q, 1, arena);
		r = *ret_hash && *ret_space ? 0 : err_set(err, -ENOMEM, "perception");
	} else if (r == 0) {
		r = artifact_missing("artifact_id", artifact_id, err);
	}
	store_done(q);
	return r;
}

struct kinds_told {
	struct wire_arena *arena;
	const char *v[PERCEPTION_KIND_COUNT];
	size_t n;
};

/* In order; each once, however many parts of a sound it failed for. */
static int on_kind(void *arg, const char *kind, struct err *err)
{
	struct kinds_told *t = arg;
	if (t->n == PERCEPTION_KIND_COUNT || (t->n && str_eq(t->v[t->n - 1], kind)))
		return 0;
	const char *kept = wire_arena_copy(t->arena, kind, strlen(kind));
	if (!kept)
		return err_set(err, -ENOMEM, "perception");
	t->v[t->n++] = kept;
	return 0;
}

int perception_retry_run(struct hoot *h, const struct wire_call *call, const struct perception_retry *req,
			 struct perception_retry_result *ret, struct err *err)
{
	struct kinds_told told = {.arena = call->arena};
	enum perception_kind kind;
	struct store_conn *c;
	const char *hash = NULL, *space = NULL;
	int r = kind_asked(req, &kind, err);
	if (r == 0)
		r = hoot_tx(h, &c, err);
	if (r == 0)
		r = find_content(c, req->artifact_id, call->arena, &hash, &space, err);
	if (r == 0)
		r = perception_forget_failures(c, hash, space, kind, on_kind, &told, err);
	const char **kinds = r == 0 ? wire_arena_array(call->arena, told.n + 1, sizeof(*kinds)) : NULL;
	if (r == 0 && !kinds)
		r = err_set(err, -ENOMEM, "perception");
	for (size_t i = 0; r == 0 && i < told.n; i++)
		kinds[i] = told.v[i];
	ret->forgotten.v = kinds;
	ret->forgotten.n = r == 0 ? told.n : 0;
	return r;
}

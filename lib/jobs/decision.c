#include "jobs/decision.h"

#include "base/str.h"
#include "jobs/rows.h"

#include "base/banned.h"

int decision_add(struct store_conn *c, const struct decision_new *d, char ret_id[UUID_SIZE],
		 struct err *err)
{
	char id[UUID_SIZE];
	uuid_new(id);
	int r = store_exec(c, err,
			   "INSERT INTO decision(id, decision, region_id, artifact_id, actor, "
			   "reason, mix_in, job_id, delivered,"
			   " created_unix_ms) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			   "tittttttii", id, (int64_t)d->kind, d->region_id, d->artifact_id,
			   d->actor, d->reason, d->mix_in, d->job_id, (int64_t)d->delivered,
			   d->now_unix_ms);
	if (r == 0)
		str_copy(ret_id, UUID_SIZE, id);
	return r;
}

static void load_row(sqlite3_stmt *q, struct wire_arena *arena, struct decision_view *ret)
{
	*ret = (struct decision_view){
		.decision_id = row_text(q, 0, arena),
		.decision = (enum decision_kind)sqlite3_column_int(q, 1),
		.region_id = row_text(q, 2, arena),
		.actor = row_text(q, 4, arena),
		.reason = row_text(q, 5, arena),
		.delivered = sqlite3_column_int(q, 7),
		.created_unix_ms = sqlite3_column_int64(q, 9),
	};
	ret->has_artifact_id = row_optional(q, 3, arena, &ret->artifact_id);
	ret->has_job_id = row_optional(q, 6, arena, &ret->job_id);
	ret->has_refusal = row_optional(q, 8, arena, &ret->refusal);
}

int decision_load(struct store_conn *c, const char *id, struct wire_arena *arena,
		  struct decision_view *ret, struct err *err)
{
	sqlite3_stmt *q;
	int r = store_query(c, &q, err,
			    "SELECT id, decision, region_id, artifact_id, actor, reason, job_id, "
			    "delivered, refusal, created_unix_ms"
			    " FROM decision WHERE id = ?",
			    "t", id);
	if (r == 0)
		r = store_step(c, q, err);
	if (r > 0)
		load_row(q, arena, ret);
	else if (r == 0)
		r = err_field(err, -ENOENT, "decision_id", "no decision '%.64s'", id);
	store_done(q);
	return r < 0 ? r : 0;
}

int decision_find(struct store_conn *c, const struct decision_list *query, struct wire_arena *arena,
		  struct decision_list_result *ret, struct err *err)
{
	sqlite3_stmt *q;
	struct row_page page;
	int r = store_query(c, &q, err,
			    "SELECT id FROM decision WHERE (?1 IS NULL OR region_id = ?1) AND (?2 "
			    "IS NULL OR actor = ?2)"
			    " AND (?3 = '' OR id < ?3) ORDER BY id DESC LIMIT ?4",
			    "ttti", query->has_region_id ? query->region_id : NULL,
			    query->has_actor ? query->actor : NULL, query->cursor,
			    query->limit + 1);
	if (r == 0)
		r = row_page(c, q, arena, query->limit, &page, err);
	store_done(q);
	if (r < 0)
		return r;
	ret->cursor = page.cursor;
	ret->decisions.n = page.n;
	ret->decisions.v = wire_arena_array(arena, page.n, sizeof(*ret->decisions.v));
	if (!ret->decisions.v && page.n)
		return err_set(err, -ENOMEM, "decisions");
	for (size_t i = 0; r == 0 && i < page.n; i++)
		r = decision_load(c, page.ids[i], arena, &ret->decisions.v[i], err);
	return r;
}

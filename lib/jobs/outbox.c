#include "jobs/outbox.h"

#include "base/uuid.h"
#include "jobs/rows.h"

#include <string.h>

#include "base/banned.h"

static int drop_older_progress(struct store_conn *c, const char *type, const char *region_id,
			       struct err *err)
{
	return store_exec(c, err,
			  "DELETE FROM outbox WHERE type = ?1 AND type = 'latent_progress' AND "
			  "region_id = ?2 AND sending = 0"
			  " AND id = (SELECT max(id) FROM outbox WHERE region_id = ?2)",
			  "tt", type, region_id);
}

int outbox_add(struct store_conn *c, const struct wire_message *message, const void *request,
	       const char *actor, const char *region_id, const char *decision_id,
	       int64_t now_unix_ms, int64_t *ret_id, struct err *err)
{
	AUTO_STRBUF payload = STRBUF_INIT;
	char key[UUID_SIZE];
	uuid_new(key);
	int r = wire_encode_payload(message->name, message->request, request, &payload, err);
	if (r == 0 && region_id)
		r = drop_older_progress(c, message->name, region_id, err);
	if (r == 0)
		r = store_exec(c, err,
			       "INSERT INTO outbox(key, type, payload, actor, region_id, "
			       "decision_id, created_unix_ms) VALUES(?, ?, ?, ?, ?, ?, ?)",
			       "ttttt"
			       "ti",
			       key, message->name, payload.s, actor, region_id, decision_id,
			       now_unix_ms);
	if (r == 0 && ret_id)
		*ret_id = store_last_rowid(c);
	return r;
}

int outbox_first(struct store_conn *c, struct wire_arena *arena, struct outbox_message *ret,
		 struct err *err)
{
	sqlite3_stmt *q;
	int r = store_query(
		c, &q, err,
		"SELECT id, key, type, payload, actor, decision_id FROM outbox ORDER BY id LIMIT 1",
		"");
	if (r == 0)
		r = store_step(c, q, err);
	if (r > 0)
		*ret = (struct outbox_message){
			.id = sqlite3_column_int64(q, 0),
			.key = row_text(q, 1, arena),
			.type = row_text(q, 2, arena),
			.payload = row_text(q, 3, arena),
			.actor = row_text(q, 4, arena),
			.decision_id = row_text(q, 5, arena),
		};
	store_done(q);
	if (r <= 0)
		return r;
	if (!ret->key || !ret->type || !ret->payload || !ret->actor || !ret->decision_id)
		return err_set(err, -ENOMEM, "outbox");
	r = store_exec(c, err, "UPDATE outbox SET sending = 1 WHERE id = ? AND sending = 0", "i",
		       ret->id);
	return r < 0 ? r : 1;
}

bool outbox_is_start(const struct outbox_message *m)
{
	return strcmp(m->type, "latent_start") == 0;
}

int outbox_variation(struct store_conn *c, const struct outbox_message *m, struct wire_arena *arena,
		     const char **ret_decision_id, const char **ret_job_id, struct err *err)
{
	sqlite3_stmt *q;
	int r = store_query(c, &q, err,
			    "SELECT id, job_id FROM decision WHERE region_id = json_extract(?1, "
			    "'$.region_id') AND job_id = json_extract(?1, '$.job_id')",
			    "t", m->payload);
	if (r == 0)
		r = store_step(c, q, err);
	if (r > 0 && (!(*ret_decision_id = row_text(q, 0, arena)) || !(*ret_job_id = row_text(q, 1, arena))))
		r = err_set(err, -ENOMEM, "outbox");
	store_done(q);
	return r;
}

int outbox_done(struct store_conn *c, const struct outbox_message *m, const char *refusal,
		struct err *err)
{
	int r = store_exec(c, err, "DELETE FROM outbox WHERE id = ?", "i", m->id);
	if (r == 0 && outbox_is_start(m)) /* of a variation, when a decision names that job */
		return store_exec(c, err,
				  "UPDATE decision SET delivered = ?1, refusal = ?2 WHERE region_id = "
				  "json_extract(?3, '$.region_id') AND job_id = json_extract(?3, '$.job_id')",
				  "itt", (int64_t)(refusal == NULL), refusal, m->payload);
	if (r < 0 || !*m->decision_id)
		return r;
	return store_exec(c, err, "UPDATE decision SET delivered = ?, refusal = ? WHERE id = ?",
			  "itt", (int64_t)(refusal == NULL), refusal, m->decision_id);
}

int outbox_count(struct store_conn *c, int64_t *ret, struct err *err)
{
	return store_int(c, ret, err, "SELECT count(*) FROM outbox", "");
}

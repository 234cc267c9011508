#include "jobs/answered.h"

#include <openssl/evp.h>

#include "base/hex.h"
#include "base/limits.h"
#include "base/str.h"
#include "jobs/rows.h"

#include "base/banned.h"

static int digest(const struct answered *a, char ret[65], struct err *err)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	if (EVP_Digest(a->payload, a->n_payload, sum, NULL, EVP_sha256(), NULL) != 1)
		return err_set(err, -ENOMEM, "idempotency key");
	hex_encode(ret, sum, 32);
	return 0;
}

int answered_find(struct store_conn *c, const struct answered *a, struct wire_arena *arena,
		  const char **ret, struct err *err)
{
	sqlite3_stmt *q;
	char asked[65];
	int r = digest(a, asked, err);
	if (r < 0)
		return r;
	r = store_query(c, &q, err,
			"SELECT request, result FROM answered WHERE actor = ? AND key = ?", "tt",
			a->actor, a->key);
	if (r == 0)
		r = store_step(c, q, err);
	if (r > 0 && !str_eq(store_text(q, 0), asked))
		r = err_field(err, -EINVAL, "idempotency_key",
			      "'%.64s' was used for another request", a->key);
	if (r > 0 && !(*ret = row_text(q, 1, arena)))
		r = err_set(err, -ENOMEM, "idempotency key");
	store_done(q);
	return r;
}

int answered_add(struct store_conn *c, const struct answered *a, const char *result,
		 int64_t now_unix_ms, struct err *err)
{
	char asked[65];
	int r = digest(a, asked, err);
	if (r < 0)
		return r;
	return store_exec(
		c, err,
		"INSERT OR REPLACE INTO answered(actor, key, request, result, answered_unix_ms)"
		" VALUES(?, ?, ?, ?, ?)",
		"tttti", a->actor, a->key, asked, result, now_unix_ms);
}

int answered_prune(struct store_conn *c, int64_t before_unix_ms, struct err *err)
{
	int r = store_exec(c, err, "DELETE FROM answered WHERE answered_unix_ms < ?", "i",
			   before_unix_ms);
	if (r < 0)
		return r;
	return store_exec(c, err,
			  "DELETE FROM answered WHERE (actor, key) IN (SELECT actor, key FROM answered"
			  " ORDER BY answered_unix_ms DESC LIMIT -1 OFFSET ?)",
			  "i", (int64_t)LIMIT_ANSWERED);
}

#include "jobs/change_log.h"

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"

#include "base/banned.h"

int change_log_add(struct store_conn *c, const char *actor, const char *request,
		   const char *payload, size_t n, int64_t now_unix_ms, struct err *err)
{
	size_t kept = n < LIMIT_CHANGE_BYTES ? n : LIMIT_CHANGE_BYTES;
	while (kept && !str_utf8_valid(payload, kept)) /* not in the middle of a character */
		kept--;
	char AUTO_MEM *text = strndup(payload, kept);
	if (!text)
		return err_set(err, -ENOMEM, "change");
	return store_exec(
		c, err,
		"INSERT INTO change(at_unix_ms, actor, request, payload) VALUES(?, ?, ?, ?)",
		"ittt", now_unix_ms, actor, request, text);
}

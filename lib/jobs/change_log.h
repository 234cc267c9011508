/*
 * change_log.h - who changed what: every request of a participant that changed something, for ever.
 *
 * What workers say about their work is not in it; that is told by jobs and artifacts.
 *
 * Threads:   that of the connection; inside the transaction of what was changed.
 */
#ifndef JOBS_CHANGE_LOG_H
#define JOBS_CHANGE_LOG_H

#include "store/conn.h"

/* payload[n] is the request as it came; LIMIT_CHANGE_BYTES of it are kept. */
int change_log_add(struct store_conn *c, const char *actor, const char *request,
		   const char *payload, size_t n, int64_t now_unix_ms, struct err *err);

#endif

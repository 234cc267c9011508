/*
 * decision.h - the append-only log of who decided what about generated content.
 *
 * The table refuses to forget or change an entry; only what became of its delivery is filled in.
 */
#ifndef JOBS_DECISION_H
#define JOBS_DECISION_H

#include "base/uuid.h"
#include "store/conn.h"
#include "wire/catalogue.h"
#include "wire/codec.h"

struct decision_new {
	enum decision_kind kind;
	const char *region_id, *actor, *reason;
	const char *artifact_id, *job_id, *mix_in; /* NULL: none; mix_in is JSON text */
	bool delivered;                            /* nobody has to be told */
	int64_t now_unix_ms;
};

int decision_add(struct store_conn *c, const struct decision_new *d, char ret_id[UUID_SIZE],
		 struct err *err);
int decision_load(struct store_conn *c, const char *id, struct wire_arena *arena,
		  struct decision_view *ret, struct err *err);
int decision_find(struct store_conn *c, const struct decision_list *query, struct wire_arena *arena,
		  struct decision_list_result *ret, struct err *err);

#endif

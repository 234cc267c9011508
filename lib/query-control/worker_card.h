/*
 * worker_card.h - what a worker said of itself, kept where any thread may read it.
 *
 * Ownership: reference counted; copies what it is given. The JSON Schema of a parameter set is kept as text.
 * Threads:   immutable once made; references from any thread.
 */
#ifndef QUERY_CONTROL_WORKER_CARD_H
#define QUERY_CONTROL_WORKER_CARD_H

#include "base/err.h"
#include "base/mem.h"
#include "wire/catalogue.h"

#include <stdatomic.h>

struct worker_offer {
	struct worker_capability can; /* without params_schema */
	const char *params_schema;    /* text; NULL: none */
};

struct worker_card {
	_Atomic unsigned refs;
	const char *worker_id, *name, *worker_type, *hostname, *version, *hardware;
	struct worker_offer *offers;
	size_t n_offers;
};

int worker_card_new(const struct worker_view *w, struct worker_card **ret, struct err *err);
struct worker_card *worker_card_ref(struct worker_card *c);
void worker_card_unref(struct worker_card *c);
static inline void worker_card_free(struct worker_card *c)
{
	worker_card_unref(c);
}
AUTO_DEFINE(worker_card);

/* A worker at one moment. */
struct control_worker {
	struct worker_card *card; /* a reference of the owner of the array */
	bool online;
	int64_t n_completed, last_seen_unix_ms;
};

#endif

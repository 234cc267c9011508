/*
 * work.h - what the worker under the shim and the replay have in common: opening both stores, and
 * the contents.
 */
#ifndef TESTS_CAS_POWER_WORK_H
#define TESTS_CAS_POWER_WORK_H

#include "base/fs.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/limits.h"
#include "cas/cas.h"
#include "jobs/schema.h"
#include "store/store.h"

enum { WORK_CONTENT_MAX = 200000 };

struct work {
	struct store *store;
	struct cas *cas;
};

static inline int work_open(struct work *w, const char *dir, struct err *err)
{
	const struct store_schema *schemas[] = {&cas_schema, &jobs_schema};
	char AUTO_MEM *db = fs_join(dir, "test.db"), AUTO_MEM *root = fs_join(dir, "cas");
	const struct store_options o = {.path = db,
					.schemas = schemas,
					.n_schemas = 2,
					.checkpoint_pages = 60,
					.n_readers = 2};
	int r = store_open(&o, &w->store, err);
	return r < 0 ? r : cas_open(root, w->store, &w->cas, err);
}

static inline void work_close(struct work *w)
{
	cas_close(TAKE(w->cas));
	store_close(TAKE(w->store));
}

/* Content number i, made from i alone: every tenth is large; 17 and 18 are the same. */
static inline size_t work_content(int i, char *ret)
{
	struct rng rng;
	rng_init(&rng, (uint64_t)(i == 18 ? 17 : i));
	size_t n = i % 10 == 4 ? LIMIT_CAS_SMALL + 30000 : 50 + (size_t)rng_below(&rng, 900);
	for (size_t k = 0; k < n; k++)
		ret[k] = (char)rng_next(&rng);
	return n;
}

#endif

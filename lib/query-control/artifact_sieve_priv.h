/*
 * artifact_sieve_priv.h - artifacts that pass the filters of one place of a query, found before edges lead to them.
 *
 * Where filters are the same for all rows, the store looks at windows of artifacts in the order of their ids and gives those that
 * pass: what it can decide it decides itself, the rest is decided here. What an edge leads to in a window and is not among them is
 * left out. Windows are read for about as long as artifacts are looked for one by one, so that a query that ends early pays for
 * little that it does not see.
 */
#ifndef QUERY_CONTROL_ARTIFACT_SIEVE_PRIV_H
#define QUERY_CONTROL_ARTIFACT_SIEVE_PRIV_H

#include "query-control/artifact_kept_priv.h"
#include "query-control/kept_table_priv.h"

enum {
	SIEVE_MISSES = 16, /* about as long as reading a window */
	SIEVE_WINDOW = 512
};

struct sieve;
/* Keeps the row that the statement stands on: 1; 0: there is no room. */
typedef int sieve_keep_fn(void *user, sqlite3_stmt *q);

/* Whether the query has such filters there. */
bool sieve_is_of_use(const struct tf_hints *hints);
/* NULL: no memory. */
struct sieve *sieve_new(uint32_t columns);
void sieve_free(struct sieve *s);
/* Whether it knows of every artifact with that id that passes. */
bool sieve_covers(const struct sieve *s, const char *id);
/* Such an id was looked for that it does not cover; after some of them it goes on by a window. */
int sieve_missed(struct sieve *s, struct tf_context *c, const struct tf_hints *hints, sieve_keep_fn *keep, void *user, struct err *err);

#endif

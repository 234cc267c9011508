/*
 * query_live.h - what bench_query asks about, in the things that hootenanny asks: a timeline, and a store with artifacts.
 *
 * Ownership: the world it was made from must outlive it. Errors end the program.
 */
#ifndef BENCH_QUERY_LIVE_H
#define BENCH_QUERY_LIVE_H

#include "query/world.h"
#include "query_world.h"

struct query_live;
struct query_live *query_live_new(const struct bench_world *w);
void query_live_free(struct query_live *l);
const struct tf_adapter *query_live_adapter(const struct query_live *l);
/* For tf_context_user. */
void *query_live_user(struct query_live *l);
/* What a query has kept goes with it. */
void query_live_forget(struct query_live *l);

#endif

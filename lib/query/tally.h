/*
 * tally.h - the queries of a daemon: how many are under way, how they ended, how long they took.
 *
 * Threads: any; a lock inside, held for a few instructions.
 * Errors:  -EBUSY when the house is full.
 */
#ifndef QUERY_TALLY_H
#define QUERY_TALLY_H

#include <pthread.h>
#include <stdint.h>

#include "base/err.h"

struct query_tally {
	pthread_mutex_t lock; /* guards what follows */
	size_t n_most, n_under_way;
	uint64_t n_asked, n_failed, n_refused;
	int64_t ran_ns, longest_ns;
};

/* n_most run or wait at the same time. */
void query_tally_init(struct query_tally *t, size_t n_most);
void query_tally_done(struct query_tally *t);

/* A place among those under way, to be left once. */
int query_tally_enter(struct query_tally *t, struct err *err);
/* To be called before the answer is out: whoever has it may ask for these numbers, or the next question, at once. */
void query_tally_leave(struct query_tally *t, int64_t ran_ns, bool failed);

/* The numbers as `status` tells them. */
struct query_tally_row {
	const char *name, *unit; /* static */
	double value;
};
enum { QUERY_TALLY_ROWS = 6 };
void query_tally_rows(struct query_tally *t, struct query_tally_row ret[QUERY_TALLY_ROWS]);

#endif

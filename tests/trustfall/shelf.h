/*
 * shelf.h - things for the tests of a run: numbered, some of them boxes with things inside, behind iterators that watch.
 *
 * Things:    0 … n-1. A thing whose number divides by 3 is a Box, the others are Balls. Its name is "t0" … "t9" by the last digit, null
 *            for those that end in 7; weight half its number; tags "even" or "odd", and "big" from 100 on.
 * Edges:     Things(n = all), Box.inside: 10 i + 1 … 10 i + i % 4 where those exist, Thing.next: i + 1, Thing.pair: i + 1 and i + 2.
 * Watching:  an iterator lends its row and spoils it when it goes on, so that a vertex that outlives it is noticed.
 */
#ifndef TESTS_TRUSTFALL_SHELF_H
#define TESTS_TRUSTFALL_SHELF_H

#include "trustfall/run.h"

struct shelf {
	int64_t n;
	bool use_hints, note; /* note: into `hints` */
	bool sieve;           /* into `hints` only which of 0 … 3 pass the filters on id, and whether null does those on name */
	int64_t opened, closed, yielded, got, labels;
	int64_t fail_at;   /* the thing at which next fails with -EIO; below 0: none */
	int64_t odd_at;    /* the thing that is given a type that is none; below 0: none */
	int64_t cancel_at, move_at; /* the thing at which the flag is set; from which the clock moves 1 ms for each */
	_Atomic bool cancel;
	struct clock_fake clock;
	uint32_t box, ball;
	struct strbuf hints; /* what was offered to Things, pair and inside */
};
void shelf_init(struct shelf *s, const struct tf_adapter *a, int64_t n);
void shelf_done(struct shelf *s);

extern const struct tf_table shelf_table;
/* An adapter of that table alone. */
struct tf_adapter *shelf_adapter(void);

#endif

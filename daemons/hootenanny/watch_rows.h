/*
 * watch_rows.h - the rows of a watch: kept, and compared with those of the next time.
 *
 * Ownership: a difference lends the rows of both answers; what it allocates is freed by watch_difference_done.
 * Errors:    -ENOMEM.
 */
#ifndef HOOTENANNY_WATCH_ROWS_H
#define HOOTENANNY_WATCH_ROWS_H

#include "base/bag.h"
#include "query/answer.h"
#include "wire/codec.h"

/* Columns, rows, why it stopped and what it cost. What was in *ret before is replaced. */
int watch_answer_copy(const struct query_answer *from, struct query_answer *ret);

struct watch_difference {
	struct bag_text *was, *now;
	bool *gone, *came; /* of each row of `was`, of `now` */
	size_t n_was, n_now, n_gone, n_came;
};
int watch_difference(const struct query_answer *was, const struct query_answer *now, struct watch_difference *ret);
void watch_difference_done(struct watch_difference *d);

/* Rows of an event, in its arena. */
struct watch_rows {
	json_t **v;
	size_t n;
};
/* Those that are marked. */
int watch_rows_of(const struct bag_text *rows, const bool *marked, size_t n, struct wire_arena *arena, struct watch_rows *ret);

#endif

/*
 * bag.h - what came and what went between two lists of texts, whatever their order.
 *
 * Shapes:    a text that stands there twice counts twice. Of equal texts the first ones of a list stay, the last ones are
 *            those that went or came.
 * Ownership: texts are lent; they may hold any bytes.
 * Threads:   no shared state.
 * Errors:    -ENOMEM.
 */
#ifndef BASE_BAG_H
#define BASE_BAG_H

#include <stdbool.h>
#include <stddef.h>

struct bag_text {
	const char *s;
	size_t n;
};

/* ret_gone[n_was]: it is no longer there; ret_new[n_now]: it was not there before. */
int bag_compare(const struct bag_text *was, size_t n_was, const struct bag_text *now, size_t n_now, bool *ret_gone,
		bool *ret_new);

#endif

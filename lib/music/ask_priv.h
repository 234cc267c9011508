/*
 * ask_priv.h - how work over many notes learns that nobody wants it any more.
 */
#ifndef MUSIC_ASK_PRIV_H
#define MUSIC_ASK_PRIV_H

#include "base/err.h"
#include "model/watch.h"

#include <errno.h>

/* -ECANCELED when it is so. */
static inline int ask_on(const struct model_watch *watch, struct err *err)
{
	return model_cancelled(watch) ? err_set(err, -ECANCELED, "cancelled") : 0;
}

/* The same for round i of a loop; not in every round. */
static inline int ask_now_and_then(const struct model_watch *watch, size_t i, struct err *err)
{
	return i % 8192 == 0 ? ask_on(watch, err) : 0;
}

#endif

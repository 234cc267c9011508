/*
 * endpoints_watch.h - told by the kernel when a family's endpoints.json was replaced, written or removed.
 *
 * Threads:   the loop's.
 * Errors:    none where there is no inotify (its instances are limited per user): then it stays silent, and whoever
 *            needs to know looks now and then as well.
 */
#ifndef WIRE_ENDPOINTS_WATCH_H
#define WIRE_ENDPOINTS_WATCH_H

#include "wire/family.h"

struct endpoints_watch;

/* The family is only asked for its folder. */
int endpoints_watch_new(struct wire_loop *l, const struct wire_family *f, wire_loop_fn *changed, void *arg,
			struct endpoints_watch **ret, struct err *err);
void endpoints_watch_free(struct endpoints_watch *w);
AUTO_DEFINE(endpoints_watch);

#endif

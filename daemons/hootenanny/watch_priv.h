/*
 * watch_priv.h - one watch: asked again by watch.c, wanted by those whom handle_watch.c knows.
 */
#ifndef HOOTENANNY_WATCH_PRIV_H
#define HOOTENANNY_WATCH_PRIV_H

#include "watch.h"

#include "base/list.h"
#include "query/answer.h"

/* Who wants it, by connection. */
struct watch_share {
	char *peer;
	int64_t until_ns;
};

struct watch {
	struct list link;
	struct hoot *hoot;
	char id[24];
	char *key, *text, *name; /* name: of a saved query; "" */
	json_t *variables;
	int64_t limit, every_ns;
	struct watch_share *shares;
	size_t n_shares, room_shares;
	struct wire_reply **waiting; /* for the first answer */
	size_t n_waiting, room_waiting;
	bool known; /* what follows is an answer */
	struct query_answer answer;
	const char *timeline; /* as in graph_told */
	int64_t revision, version, n_unknown;
	char trouble[240];
	bool running, dirty;
	bool moved; /* the position, while it is running */
	bool rests; /* the last answer would be the same wherever the transport is */
	bool heard; /* an event came while it is running */
	bool hears; /* the last answer looked at events */
	uint64_t ticket;
	int64_t began_ns, took_ns;
	struct wire_timer *timer;
};

struct watches {
	struct list all;
	struct watch_stats stats;
	bool stopping;
	int64_t opened_ns;
};

static inline int64_t watch_now_ns(void)
{
	return clock_monotonic_ns(clock_system());
}

/* Who waits for its first answer is told that it has ended. */
void watch_free(struct watch *w);
AUTO_DEFINE(watch);
/* Answers with the rows that are known. */
void watch_answer(const struct watch *w, struct wire_reply *reply);
void watch_refuse_waiting(struct watch *w, const struct err *err, const struct tf_errors *errors);
/* Asks now. */
int watch_ask(struct watch *w, struct err *err);
/* For its timer, with the watch: it may be asked again. */
void watch_on_timer(void *watch);
/* It may have changed: it is asked again as soon as it may. */
void watch_touch(struct watch *w);

#endif

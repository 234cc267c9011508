/*
 * loop.h - the event loop of a daemon's thread: timers, signals, descriptors, wake-ups from other
 * threads.
 *
 * Ownership: what is made on a loop is freed before it.
 * Threads:   everything belongs to the loop's own thread (the one that runs it), except
 *            wire_loop_stop, wire_loop_post and wire_wakeup_send, which any thread may call; the
 *            latter also a signal handler. Signals may be watched by one loop of a process at a
 *            time.
 * Errors:    -ENOMEM, -EBUSY from wire_loop_post when LIMIT_WIRE_POSTS calls are waiting, -EIO
 *            from libevent.
 */
#ifndef WIRE_LOOP_H
#define WIRE_LOOP_H

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"

struct event_base;
struct wire_loop;
struct wire_timer;
struct wire_wakeup;
struct wire_watch;

typedef void wire_loop_fn(void *arg);

int wire_loop_new(struct wire_loop **ret, struct err *err);
void wire_loop_free(struct wire_loop *l);
AUTO_DEFINE(wire_loop);

/*
 * Runs until wire_loop_stop; -EIO when the loop itself breaks. A stop that came before makes it
 * return at once.
 */
int wire_loop_run(struct wire_loop *l, struct err *err);
/* Waits at most timeout_ms (negative: for ever) for something to happen and runs what is due. */
int wire_loop_step(struct wire_loop *l, int timeout_ms, struct err *err);
/*
 * Steps until *done is set or the deadline (monotonic ns, 0: none) has passed: 0 or -ETIMEDOUT.
 */
int wire_loop_until(struct wire_loop *l, const bool *done, int64_t deadline_ns, struct err *err);
void wire_loop_stop(struct wire_loop *l);
/* fn(arg) on the loop's thread, in the order of posting. */
int wire_loop_post(struct wire_loop *l, wire_loop_fn *fn, void *arg);
/* For libraries that speak libevent themselves. */
struct event_base *wire_loop_base(struct wire_loop *l);
/* Whether the caller is inside a turn of it: a callback. */
bool wire_loop_is_current(const struct wire_loop *l);
/* Monotonic ns, read now. */
int64_t wire_loop_now_ns(const struct wire_loop *l);

int wire_timer_new(struct wire_loop *l, wire_loop_fn *fn, void *arg, struct wire_timer **ret,
		   struct err *err);
void wire_timer_free(struct wire_timer *t);
/* Fires once after delay_ms (0: in this turn of the loop), replacing what was set before. */
void wire_timer_start(struct wire_timer *t, int64_t delay_ms);
/* Fires every period_ms. */
void wire_timer_repeat(struct wire_timer *t, int64_t period_ms);
void wire_timer_stop(struct wire_timer *t);
AUTO_DEFINE(wire_timer);

/* fn(arg) on the loop each time `signal` arrived; freed with wire_watch_free. */
int wire_signal_new(struct wire_loop *l, int signal, wire_loop_fn *fn, void *arg,
		    struct wire_watch **ret, struct err *err);
/* fn(arg) while `fd` is readable; the descriptor stays the caller's. */
int wire_readable_new(struct wire_loop *l, int fd, wire_loop_fn *fn, void *arg,
		      struct wire_watch **ret, struct err *err);
void wire_watch_free(struct wire_watch *w);
AUTO_DEFINE(wire_watch);

/* A wake-up: any number of sends before the loop turns make one call of fn. */
int wire_wakeup_new(struct wire_loop *l, wire_loop_fn *fn, void *arg, struct wire_wakeup **ret,
		    struct err *err);
void wire_wakeup_free(struct wire_wakeup *w);
void wire_wakeup_send(struct wire_wakeup *w);
AUTO_DEFINE(wire_wakeup);

#endif

#include "wire/loop.h"

#include "base/limits.h"

#include <event2/event.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct wire_wakeup {
	struct event *event;
	wire_loop_fn *fn;
	void *arg;
	int fd;
};

struct post {
	wire_loop_fn *fn;
	void *arg;
};

struct wire_loop {
	struct event_base *base;
	struct wire_wakeup *wakeup; /* stop and posts */
	atomic_bool stop;           /* release: pairs with the acquire in wire_loop_run */
	pthread_mutex_t lock;       /* of posts */
	struct post *posts;
	size_t n_posts, room;
	/* In a turn, whose; relaxed: a thread only asks whether it is itself. */
	_Atomic pthread_t thread;
	atomic_bool turning;
};

struct wire_timer {
	struct event *event;
	wire_loop_fn *fn;
	void *arg;
	bool repeat;
};

struct wire_watch {
	struct event *event;
	wire_loop_fn *fn;
	void *arg;
};

static void wakeup_fired(evutil_socket_t fd, short what, void *arg)
{
	struct wire_wakeup *w = arg;
	eventfd_t n;
	(void)eventfd_read((int)fd, &n);
	w->fn(w->arg);
}

int wire_wakeup_new(struct wire_loop *l, wire_loop_fn *fn, void *arg, struct wire_wakeup **ret,
		    struct err *err)
{
	struct wire_wakeup *w = calloc(1, sizeof(*w));
	if (!w)
		return err_set(err, -ENOMEM, "wake-up");
	w->fn = fn;
	w->arg = arg;
	w->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->fd < 0) {
		int r = err_sys(err, "eventfd");
		free(w);
		return r;
	}
	w->event = event_new(l->base, w->fd, EV_READ | EV_PERSIST, wakeup_fired, w);
	if (!w->event || event_add(w->event, NULL) < 0) {
		wire_wakeup_free(w);
		return err_set(err, -ENOMEM, "wake-up");
	}
	*ret = w;
	return 0;
}

void wire_wakeup_free(struct wire_wakeup *w)
{
	if (!w)
		return;
	if (w->event)
		event_free(w->event);
	close(w->fd);
	free(w);
}

void wire_wakeup_send(struct wire_wakeup *w)
{
	(void)eventfd_write(w->fd, 1); /* full means that it is readable anyway */
}

static void run_posts(void *arg)
{
	struct wire_loop *l = arg;
	pthread_mutex_lock(&l->lock);
	struct post *posts = TAKE(l->posts);
	size_t n = l->n_posts;
	l->n_posts = l->room = 0;
	pthread_mutex_unlock(&l->lock);
	for (size_t i = 0; i < n; i++)
		posts[i].fn(posts[i].arg);
	free(posts);
}

static int loop_init(struct wire_loop *l, struct err *err)
{
	struct event_config *c = event_config_new();
	if (!c)
		return err_set(err, -ENOMEM, "event loop");
	/*
	 * No locks (other threads only write to event descriptors), and timers from now, not from
	 * a cached time.
	 */
	event_config_set_flag(c, EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_NO_CACHE_TIME);
	l->base = event_base_new_with_config(c);
	event_config_free(c);
	if (!l->base)
		return err_set(err, -ENOMEM, "event loop");
	return wire_wakeup_new(l, run_posts, l, &l->wakeup, err);
}

int wire_loop_new(struct wire_loop **ret, struct err *err)
{
	AUTO(wire_loop) l = calloc(1, sizeof(*l));
	if (!l)
		return err_set(err, -ENOMEM, "event loop");
	pthread_mutex_init(&l->lock, NULL);
	int r = loop_init(l, err);
	if (r < 0)
		return r;
	*ret = TAKE(l);
	return 0;
}

void wire_loop_free(struct wire_loop *l)
{
	if (!l)
		return;
	wire_wakeup_free(l->wakeup);
	if (l->base)
		event_base_free(l->base);
	pthread_mutex_destroy(&l->lock);
	free(l->posts);
	free(l);
}

static int turn(struct wire_loop *l, int flags, struct err *err)
{
	atomic_store_explicit(&l->thread, pthread_self(), memory_order_relaxed);
	atomic_store_explicit(&l->turning, true, memory_order_relaxed);
	int r = event_base_loop(l->base, EVLOOP_ONCE | flags);
	atomic_store_explicit(&l->turning, false, memory_order_relaxed);
	return r < 0 ? err_set(err, -EIO, "the event loop broke") : 0;
}

int wire_loop_run(struct wire_loop *l, struct err *err)
{
	int r = 0;
	while (r == 0 && !atomic_load_explicit(&l->stop, memory_order_acquire))
		r = turn(l, 0, err);
	atomic_store_explicit(&l->stop, false, memory_order_relaxed);
	return r;
}

static void nothing(evutil_socket_t fd, short what, void *arg)
{
}

int wire_loop_step(struct wire_loop *l, int timeout_ms, struct err *err)
{
	if (timeout_ms == 0)
		return turn(l, EVLOOP_NONBLOCK, err);
	if (timeout_ms < 0)
		return turn(l, 0, err);
	struct timeval tv = {timeout_ms / 1000, timeout_ms % 1000 * 1000};
	struct event *limit = event_new(l->base, -1, 0, nothing, NULL);
	if (!limit || event_add(limit, &tv) < 0) {
		if (limit)
			event_free(limit);
		return err_set(err, -ENOMEM, "event loop");
	}
	int r = turn(l, 0, err);
	event_free(limit);
	return r;
}

int wire_loop_until(struct wire_loop *l, const bool *done, int64_t deadline_ns, struct err *err)
{
	while (!*done) {
		int64_t left_ns = deadline_ns - wire_loop_now_ns(l);
		if (deadline_ns && left_ns <= 0)
			return err_set(err, -ETIMEDOUT, "the deadline has passed");
		int64_t ms = left_ns / NS_PER_MS + 1;
		int r = wire_loop_step(l, deadline_ns ? (int)(ms < 60000 ? ms : 60000) : -1, err);
		if (r < 0)
			return r;
	}
	return 0;
}

void wire_loop_stop(struct wire_loop *l)
{
	atomic_store_explicit(&l->stop, true, memory_order_release);
	wire_wakeup_send(l->wakeup);
}

int wire_loop_post(struct wire_loop *l, wire_loop_fn *fn, void *arg)
{
	int r = -EBUSY;
	pthread_mutex_lock(&l->lock);
	if (l->n_posts < LIMIT_WIRE_POSTS)
		r = mem_grow(&l->posts, &l->room, l->n_posts + 1, sizeof(*l->posts));
	if (r == 0)
		l->posts[l->n_posts++] = (struct post){fn, arg};
	bool first = r == 0 && l->n_posts == 1;
	pthread_mutex_unlock(&l->lock);
	if (first)
		wire_wakeup_send(l->wakeup);
	return r;
}

struct event_base *wire_loop_base(struct wire_loop *l)
{
	return l->base;
}

bool wire_loop_is_current(const struct wire_loop *l)
{
	return atomic_load_explicit(&l->turning, memory_order_relaxed) &&
	       pthread_equal(atomic_load_explicit(&l->thread, memory_order_relaxed),
			     pthread_self());
}

int64_t wire_loop_now_ns(const struct wire_loop *l)
{
	return clock_monotonic_ns(clock_system());
}

/* --- timers, signals, descriptors ------------------------------------------------------------- */

static void timer_fired(evutil_socket_t fd, short what, void *arg)
{
	struct wire_timer *t = arg;
	t->fn(t->arg);
}

int wire_timer_new(struct wire_loop *l, wire_loop_fn *fn, void *arg, struct wire_timer **ret,
		   struct err *err)
{
	AUTO(wire_timer) t = calloc(1, sizeof(*t));
	if (!t)
		return err_set(err, -ENOMEM, "timer");
	t->fn = fn;
	t->arg = arg;
	t->event = event_new(l->base, -1, 0, timer_fired, t);
	if (!t->event)
		return err_set(err, -ENOMEM, "timer");
	*ret = TAKE(t);
	return 0;
}

void wire_timer_free(struct wire_timer *t)
{
	if (t && t->event)
		event_free(t->event);
	free(t);
}

static void timer_set(struct wire_timer *t, int64_t ms, bool repeat)
{
	event_del(t->event);
	if (t->repeat != repeat) {
		struct event_base *base = event_get_base(t->event);
		event_assign(t->event, base, -1, repeat ? EV_PERSIST : 0, timer_fired, t);
		t->repeat = repeat;
	}
	if (ms <= 0 && !repeat) {
		event_active(t->event, EV_TIMEOUT, 1);
		return;
	}
	struct timeval tv = {ms / 1000, ms % 1000 * 1000};
	event_add(t->event, &tv);
}

void wire_timer_start(struct wire_timer *t, int64_t delay_ms)
{
	timer_set(t, delay_ms, false);
}

void wire_timer_repeat(struct wire_timer *t, int64_t period_ms)
{
	timer_set(t, period_ms > 0 ? period_ms : 1, true);
}

void wire_timer_stop(struct wire_timer *t)
{
	event_del(t->event);
}

static void watch_fired(evutil_socket_t fd, short what, void *arg)
{
	struct wire_watch *w = arg;
	w->fn(w->arg);
}

static int watch_new(struct wire_loop *l, int fd, short what, wire_loop_fn *fn, void *arg,
		     struct wire_watch **ret, struct err *err)
{
	AUTO(wire_watch) w = calloc(1, sizeof(*w));
	if (!w)
		return err_set(err, -ENOMEM, "watch");
	w->fn = fn;
	w->arg = arg;
	w->event = event_new(l->base, fd, (short)(what | EV_PERSIST), watch_fired, w);
	if (!w->event || event_add(w->event, NULL) < 0)
		return err_set(err, -EIO, "cannot watch %s %d",
			       what == EV_SIGNAL ? "signal" : "descriptor", fd);
	*ret = TAKE(w);
	return 0;
}

int wire_signal_new(struct wire_loop *l, int signal, wire_loop_fn *fn, void *arg,
		    struct wire_watch **ret, struct err *err)
{
	return watch_new(l, signal, EV_SIGNAL, fn, arg, ret, err);
}

int wire_readable_new(struct wire_loop *l, int fd, wire_loop_fn *fn, void *arg,
		      struct wire_watch **ret, struct err *err)
{
	return watch_new(l, fd, EV_READ, fn, arg, ret, err);
}

void wire_watch_free(struct wire_watch *w)
{
	if (w && w->event)
		event_free(w->event);
	free(w);
}

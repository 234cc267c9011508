/*
 * One helper thread takes large content in and reads it back, so that the loop goes on answering. A
 * request that needs it is copied, its reply deferred; when the work is done the loop runs the
 * request's handler again, which finds the work's result instead of doing it.
 */
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "hoot.h"

#include "base/banned.h"

struct later {
	struct list link;
	struct wire_arena arena;
	struct wire_call call; /* outlives the one it was made from */
	struct wire_reply *reply;
	hoot_long_fn *work;
	const void *req;
	void *out;
	int code; /* of the work, with `err` */
	struct err err;
};

struct laters {
	struct hoot *hoot;
	struct wire_wakeup *wakeup;
	struct later *resumed; /* whose handler runs now; the loop's */
	size_t n;              /* begun and not resumed; the loop's */
	pthread_t thread;
	bool has_thread;
	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t wake;
	struct list todo, done;
	bool stopping;
};

static void later_free(struct later *l)
{
	if (!l)
		return;
	wire_arena_done(&l->arena);
	free(l);
}

/* --- the helper thread ------------------------------------------------------------------------ */

static struct later *next(struct laters *s)
{
	pthread_mutex_lock(&s->mutex);
	while (!s->stopping && list_empty(&s->todo))
		pthread_cond_wait(&s->wake, &s->mutex);
	struct later *l = s->stopping ? NULL : LIST_FIRST(&s->todo, struct later, link);
	if (l)
		list_remove(&l->link);
	pthread_mutex_unlock(&s->mutex);
	return l;
}

static void *helper(void *arg)
{
	struct laters *s = arg;
	struct later *l;
	while ((l = next(s))) {
		l->code = l->work(s->hoot, &l->call, l->req, l->out, &l->err);
		pthread_mutex_lock(&s->mutex);
		list_push(&s->done, &l->link);
		pthread_mutex_unlock(&s->mutex);
		wire_wakeup_send(s->wakeup);
	}
	return NULL;
}

/* --- back on the loop ------------------------------------------------------------------------- */

static void resume(struct laters *s, struct later *l)
{
	struct hoot *h = s->hoot;
	struct err err = ERR_INIT;
	const struct wire_message *m = l->call.message;
	void *ret = wire_arena_alloc(&l->arena, m->result->size);
	s->resumed = l;
	int r = ret ? h->handlers[m - wire_messages].run(h, &l->call, l->req, ret, &err)
		    : err_set(&err, -ENOMEM, "result");
	s->resumed = NULL;
	if (l->reply && r < 0)
		wire_reply_fail(TAKE(l->reply), &err);
	else if (l->reply) /* else it waits for the commit */
		wire_reply_send(TAKE(l->reply), ret);
	s->n--;
	later_free(l);
}

static void on_done(void *arg)
{
	struct laters *s = arg;
	struct list done = LIST_INIT(done);
	struct later *l;
	pthread_mutex_lock(&s->mutex);
	while ((l = LIST_FIRST(&s->done, struct later, link))) {
		list_remove(&l->link);
		list_push(&done, &l->link);
	}
	pthread_mutex_unlock(&s->mutex);
	while ((l = LIST_FIRST(&done, struct later, link))) {
		list_remove(&l->link);
		resume(s, l);
	}
}

struct wire_reply *later_take_reply(struct hoot *h)
{
	return h->laters->resumed ? TAKE(h->laters->resumed->reply) : NULL;
}

bool later_is_resumed(const struct hoot *h)
{
	return h->laters->resumed != NULL;
}

/* --- beginning -------------------------------------------------------------------------------- */

static const char *keep(struct later *l, const char *s)
{
	return wire_arena_copy(&l->arena, s, strlen(s));
}

static int copy_call(struct later *l, const struct wire_call *call, struct err *err)
{
	const struct wire_message *m = call->message;
	l->call = *call;
	l->call.id = keep(l, call->id);
	l->call.actor = keep(l, call->actor);
	l->call.idempotency_key = keep(l, call->idempotency_key);
	l->call.peer = keep(l, call->peer);
	l->call.payload.s = wire_arena_copy(&l->arena, call->payload.s, call->payload.n);
	l->call.arena = &l->arena;
	l->call.pending = NULL;
	void *req = wire_arena_alloc(&l->arena, m->request->size);
	l->req = req;
	bool ok = l->call.id && l->call.actor && l->call.idempotency_key && l->call.peer &&
		  l->call.payload.s && l->req;
	return ok ? wire_decode_text(m->request, l->call.payload.s, l->call.payload.n, WIRE_STRICT,
				     &l->arena, req, err)
		  : err_set(err, -ENOMEM, "request");
}

static int begin(struct hoot *h, const struct wire_call *call, const struct hoot_long *work,
		 struct err *err)
{
	struct laters *s = h->laters;
	if (s->n >= LIMIT_LATERS)
		return err_set(err, -EBUSY, "%zu contents are being taken in or read", s->n);
	struct later *l = calloc(1, sizeof(*l));
	if (!l)
		return err_set(err, -ENOMEM, "request");
	l->work = work->run;
	l->out = wire_arena_alloc(&l->arena, work->size ? work->size : 1);
	int r = l->out ? copy_call(l, call, err) : err_set(err, -ENOMEM, "request");
	if (r == 0)
		r = hoot_defer(h, call, &l->reply, err);
	if (r < 0) {
		later_free(l);
		return r;
	}
	h->turn.later = true;
	s->n++;
	pthread_mutex_lock(&s->mutex);
	list_push(&s->todo, &l->link);
	pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->mutex);
	return 1;
}

int hoot_long(struct hoot *h, const struct wire_call *call, const void *req, int64_t n_bytes,
	      const struct hoot_long *work, void *ret, struct err *err)
{
	struct later *l = h->laters->resumed;
	if (l) {
		if (work->size)
			memcpy(ret, l->out, work->size);
		if (l->code < 0 && err)
			*err = l->err;
		return l->code;
	}
	if (n_bytes > LIMIT_LOOP_BYTES)
		return begin(h, call, work, err);
	int r = hoot_settle(h, err);
	return r < 0 ? r : work->run(h, call, req, ret, err);
}

int64_t hoot_file_bytes(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 ? st.st_size : 0;
}

/* --- opening and closing ---------------------------------------------------------------------- */

int later_open(struct hoot *h, struct err *err)
{
	struct laters *s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(err, -ENOMEM, "helper thread");
	h->laters = s;
	s->hoot = h;
	list_init(&s->todo);
	list_init(&s->done);
	pthread_mutex_init(&s->mutex, NULL);
	pthread_cond_init(&s->wake, NULL);
	int r = wire_wakeup_new(h->loop, on_done, s, &s->wakeup, err);
	if (r < 0)
		return r;
	int code = pthread_create(&s->thread, NULL, helper, s);
	s->has_thread = code == 0;
	return code ? err_set(err, -code, "cannot start a thread") : 0;
}

static void drop(struct list *list)
{
	struct err err = ERR_INIT;
	struct later *l;
	err_set(&err, -EAGAIN, "hootenanny is stopping");
	while ((l = LIST_FIRST(list, struct later, link))) {
		list_remove(&l->link);
		wire_reply_fail(TAKE(l->reply), &err);
		later_free(l);
	}
}

void later_close(struct hoot *h)
{
	struct laters *s = TAKE(h->laters);
	if (!s)
		return;
	pthread_mutex_lock(&s->mutex);
	s->stopping = true;
	pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->mutex);
	if (s->has_thread)
		pthread_join(s->thread, NULL);
	drop(&s->todo);
	drop(&s->done);
	wire_wakeup_free(s->wakeup);
	pthread_cond_destroy(&s->wake);
	pthread_mutex_destroy(&s->mutex);
	free(s);
}

/*
 * graph_pool.c - the threads that run queries.
 */
#include <pthread.h>

#include "base/thread.h"
#include "graph_priv.h"

#include "base/banned.h"

enum { THREADS = 3, LONG_MS = 10000 };

struct graph_pool {
	struct hoot *hoot;
	graph_ran_fn *ran;
	struct wire_wakeup *wakeup;
	pthread_t threads[THREADS];
	size_t n_threads;
	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t wake;
	struct list todo, done;
	size_t n_long; /* that run */
	bool stopping;
};

static bool is_long(const struct graph_task *t)
{
	return t->timeout_ns > LONG_MS * NS_PER_MS;
}

/* The first in the line; those that may take long leave one thread to the others. */
static struct graph_task *first(struct graph_pool *p)
{
	LIST_EACH(t, &p->todo, struct graph_task, link) {
		if (!is_long(t) || p->n_long < THREADS - 1)
			return t;
	}
	return NULL;
}

static struct graph_task *next(struct graph_pool *p)
{
	struct graph_task *t = NULL;
	pthread_mutex_lock(&p->mutex);
	while (!p->stopping && !(t = first(p)))
		pthread_cond_wait(&p->wake, &p->mutex);
	if (p->stopping)
		t = NULL;
	if (t) {
		list_remove(&t->link);
		p->n_long += is_long(t);
	}
	pthread_mutex_unlock(&p->mutex);
	return t;
}

static void *work(void *arg)
{
	struct graph_pool *p = arg;
	struct graph_task *t;
	thread_be_patient(); /* requests and the music come first */
	while ((t = next(p))) {
		graph_task_run(p->hoot, t);
		pthread_mutex_lock(&p->mutex);
		p->n_long -= is_long(t);
		list_push(&p->done, &t->link);
		pthread_cond_signal(&p->wake); /* a long one may go on now */
		pthread_mutex_unlock(&p->mutex);
		wire_wakeup_send(p->wakeup);
	}
	return NULL;
}

static struct graph_task *take(struct graph_pool *p, struct list *from)
{
	pthread_mutex_lock(&p->mutex);
	struct graph_task *t = LIST_FIRST(from, struct graph_task, link);
	if (t)
		list_remove(&t->link);
	pthread_mutex_unlock(&p->mutex);
	return t;
}

static void on_done(void *arg)
{
	struct graph_pool *p = arg;
	struct graph_task *t;
	while ((t = take(p, &p->done)))
		p->ran(p->hoot, t);
}

void graph_pool_put(struct graph_pool *p, struct graph_task *t)
{
	pthread_mutex_lock(&p->mutex);
	list_push(&p->todo, &t->link);
	pthread_cond_signal(&p->wake); /* any thread that waits can take it, if it may be taken at all */
	pthread_mutex_unlock(&p->mutex);
}

int graph_pool_new(struct hoot *h, graph_ran_fn *ran, struct graph_pool **ret, struct err *err)
{
	struct graph_pool *p = calloc(1, sizeof(*p));
	if (!p)
		return err_set(err, -ENOMEM, "query threads");
	*ret = p;
	p->hoot = h;
	p->ran = ran;
	list_init(&p->todo);
	list_init(&p->done);
	pthread_mutex_init(&p->mutex, NULL);
	pthread_cond_init(&p->wake, NULL);
	int r = wire_wakeup_new(h->loop, on_done, p, &p->wakeup, err);
	for (; r == 0 && p->n_threads < THREADS; p->n_threads += r == 0) {
		int code = pthread_create(&p->threads[p->n_threads], NULL, work, p);
		r = code ? err_set(err, -code, "cannot start a thread") : 0;
	}
	return r;
}

void graph_pool_free(struct graph_pool *p)
{
	struct graph_task *t;
	if (!p)
		return;
	pthread_mutex_lock(&p->mutex);
	p->stopping = true;
	pthread_cond_broadcast(&p->wake);
	pthread_mutex_unlock(&p->mutex);
	for (size_t i = 0; i < p->n_threads; i++)
		pthread_join(p->threads[i], NULL);
	on_done(p);
	while ((t = take(p, &p->todo))) {
		t->code = err_set(&t->err, -EAGAIN, "hootenanny is stopping");
		p->ran(p->hoot, t);
	}
	wire_wakeup_free(p->wakeup);
	pthread_cond_destroy(&p->wake);
	pthread_mutex_destroy(&p->mutex);
	free(p);
}

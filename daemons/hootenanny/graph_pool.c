/*
 * graph_pool.c - the threads that run queries.
 */
#include <pthread.h>

#include "graph_priv.h"

#include "base/banned.h"

enum { THREADS = 3 };

struct graph_pool {
	struct hoot *hoot;
	graph_ran_fn *ran;
	struct wire_wakeup *wakeup;
	pthread_t threads[THREADS];
	size_t n_threads;
	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t wake;
	struct list todo, done;
	bool stopping;
};

static struct graph_task *next(struct graph_pool *p)
{
	pthread_mutex_lock(&p->mutex);
	while (!p->stopping && list_empty(&p->todo))
		pthread_cond_wait(&p->wake, &p->mutex);
	struct graph_task *t = p->stopping ? NULL : LIST_FIRST(&p->todo, struct graph_task, link);
	if (t)
		list_remove(&t->link);
	pthread_mutex_unlock(&p->mutex);
	return t;
}

static void *work(void *arg)
{
	struct graph_pool *p = arg;
	struct graph_task *t;
	while ((t = next(p))) {
		graph_task_run(p->hoot, t);
		pthread_mutex_lock(&p->mutex);
		list_push(&p->done, &t->link);
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
	pthread_cond_signal(&p->wake);
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

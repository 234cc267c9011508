/*
 * graph_pool.c - queries on their way to the threads that run them, and back to the loop.
 */
#include <pthread.h>

#include "graph_priv.h"

#include "base/banned.h"

enum { THREADS = 3 };

struct graph_pool {
	struct hoot *hoot;
	graph_ran_fn *ran;
	struct wire_wakeup *wakeup;
	struct query_line *line;
	pthread_mutex_t mutex;
	struct list done; /* the lock's */
};

static void run(void *arg, struct query_line_item *i)
{
	struct graph_pool *p = arg;
	struct graph_task *t = CONTAINER_OF(i, struct graph_task, in_line);
	graph_task_run(p->hoot, t);
	pthread_mutex_lock(&p->mutex);
	list_push(&p->done, &t->link);
	pthread_mutex_unlock(&p->mutex);
	wire_wakeup_send(p->wakeup);
}

static struct graph_task *take_done(struct graph_pool *p)
{
	pthread_mutex_lock(&p->mutex);
	struct graph_task *t = LIST_FIRST(&p->done, struct graph_task, link);
	if (t)
		list_remove(&t->link);
	pthread_mutex_unlock(&p->mutex);
	return t;
}

static void on_done(void *arg)
{
	struct graph_pool *p = arg;
	struct graph_task *t;
	while ((t = take_done(p)))
		p->ran(p->hoot, t);
}

void graph_pool_put(struct graph_pool *p, struct graph_task *t)
{
	query_line_put(p->line, &t->in_line, t->timeout_ns);
}

int graph_pool_new(struct hoot *h, graph_ran_fn *ran, struct graph_pool **ret, struct err *err)
{
	struct graph_pool *p = calloc(1, sizeof(*p));
	if (!p)
		return err_set(err, -ENOMEM, "query threads");
	*ret = p;
	p->hoot = h;
	p->ran = ran;
	list_init(&p->done);
	pthread_mutex_init(&p->mutex, NULL);
	int r = wire_wakeup_new(h->loop, on_done, p, &p->wakeup, err);
	return r < 0 ? r : query_line_new(THREADS, run, p, &p->line, err);
}

void graph_pool_free(struct graph_pool *p)
{
	if (!p)
		return;
	query_line_free(p->line);
	on_done(p);
	wire_wakeup_free(p->wakeup);
	pthread_mutex_destroy(&p->mutex);
	free(p);
}

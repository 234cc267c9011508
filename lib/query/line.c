#include "query/line.h"

#include <pthread.h>

#include "base/clock.h"
#include "base/thread.h"

#include "base/banned.h"

struct query_line {
	query_line_fn *run;
	void *arg;
	pthread_t *threads;
	size_t n_threads, n_most; /* started; asked for */
	pthread_mutex_t mutex;    /* guards what follows */
	pthread_cond_t wake;
	struct list todo;
	size_t n_long; /* that run */
	bool stopping;
};

/* The first that may be run now. */
static struct query_line_item *first(struct query_line *l)
{
	LIST_EACH(i, &l->todo, struct query_line_item, link) {
		if (l->stopping || !i->is_long || l->n_long + 1 < l->n_most)
			return i;
	}
	return NULL;
}

/* NULL: it is over, and nothing waits. */
static struct query_line_item *next(struct query_line *l)
{
	struct query_line_item *i;
	pthread_mutex_lock(&l->mutex);
	while (!(i = first(l)) && !l->stopping)
		pthread_cond_wait(&l->wake, &l->mutex);
	if (i) {
		list_remove(&i->link);
		l->n_long += i->is_long;
	}
	pthread_mutex_unlock(&l->mutex);
	return i;
}

static void long_one_has_run(struct query_line *l)
{
	pthread_mutex_lock(&l->mutex);
	l->n_long--;
	pthread_cond_signal(&l->wake); /* another may begin */
	pthread_mutex_unlock(&l->mutex);
}

static void *work(void *arg)
{
	struct query_line *l = arg;
	struct query_line_item *i;
	thread_be_patient();
	while ((i = next(l))) {
		bool is_long = i->is_long;
		l->run(l->arg, i);
		if (is_long)
			long_one_has_run(l);
	}
	return NULL;
}

void query_line_put(struct query_line *l, struct query_line_item *i, int64_t timeout_ns)
{
	i->is_long = timeout_ns > QUERY_LINE_LONG_MS * NS_PER_MS;
	pthread_mutex_lock(&l->mutex);
	list_push(&l->todo, &i->link);
	pthread_cond_signal(&l->wake);
	pthread_mutex_unlock(&l->mutex);
}

int query_line_new(size_t n_threads, query_line_fn *run, void *arg, struct query_line **ret, struct err *err)
{
	AUTO(query_line) l = calloc(1, sizeof(*l));
	if (!l)
		return err_set(err, -ENOMEM, "query threads");
	l->run = run;
	l->arg = arg;
	l->n_most = n_threads;
	list_init(&l->todo);
	pthread_mutex_init(&l->mutex, NULL);
	pthread_cond_init(&l->wake, NULL);
	l->threads = mem_new_array(n_threads, sizeof(*l->threads));
	if (!l->threads)
		return err_set(err, -ENOMEM, "query threads");
	for (; l->n_threads < n_threads; l->n_threads++) {
		int code = pthread_create(&l->threads[l->n_threads], NULL, work, l);
		if (code)
			return err_set(err, -code, "cannot start a thread");
	}
	*ret = TAKE(l);
	return 0;
}

void query_line_free(struct query_line *l)
{
	if (!l)
		return;
	pthread_mutex_lock(&l->mutex);
	l->stopping = true;
	pthread_cond_broadcast(&l->wake);
	pthread_mutex_unlock(&l->mutex);
	for (size_t i = 0; i < l->n_threads; i++)
		pthread_join(l->threads[i], NULL);
	pthread_cond_destroy(&l->wake);
	pthread_mutex_destroy(&l->mutex);
	free(l->threads);
	free(l);
}

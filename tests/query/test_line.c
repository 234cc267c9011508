#include "query/line.h"

#include "../check.h"

#include "base/clock.h"

#include <pthread.h>

/* A question that ends when it is let go. */
struct question {
	struct query_line_item in_line;
	bool begun, may_end, ended;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

static void set(bool *flag)
{
	pthread_mutex_lock(&lock);
	*flag = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static void wait_for(const bool *flag)
{
	pthread_mutex_lock(&lock);
	while (!*flag)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

static bool is_set(const bool *flag)
{
	pthread_mutex_lock(&lock);
	bool is = *flag;
	pthread_mutex_unlock(&lock);
	return is;
}

static void run(void *arg, struct query_line_item *i)
{
	struct question *q = CONTAINER_OF(i, struct question, in_line);
	set(&q->begun);
	wait_for(&q->may_end);
	set(&q->ended);
}

static struct query_line *line_of(size_t n_threads)
{
	struct query_line *l = NULL;
	struct err err = ERR_INIT;
	if (query_line_new(n_threads, run, NULL, &l, &err) < 0)
		fail_msg("%s", err.msg);
	return l;
}

enum { LONG = QUERY_LINE_LONG_MS + 1, SHORT = QUERY_LINE_LONG_MS };

static void put(struct query_line *l, struct question *q, int64_t ms)
{
	query_line_put(l, &q->in_line, ms * NS_PER_MS);
}

static void test_long_ones_leave_a_thread_to_the_others(void **state)
{
	struct query_line *l = line_of(3);
	static struct question slow[3], quick[5];
	for (int i = 0; i < 3; i++)
		put(l, &slow[i], LONG);
	wait_for(&slow[0].begun);
	wait_for(&slow[1].begun);
	for (int i = 0; i < 5; i++) { /* one after the other, on the thread that is left */
		set(&quick[i].may_end);
		put(l, &quick[i], SHORT);
		wait_for(&quick[i].ended);
	}
	assert_false(is_set(&slow[2].begun));
	set(&slow[0].may_end);
	wait_for(&slow[2].begun);
	set(&slow[1].may_end);
	set(&slow[2].may_end);
	query_line_free(l);
	assert_true(slow[0].ended && slow[1].ended && slow[2].ended);
}

static void test_the_first_in_the_line_is_first(void **state)
{
	struct query_line *l = line_of(2);
	static struct question busy[2], waits[3];
	put(l, &busy[0], SHORT);
	put(l, &busy[1], SHORT);
	wait_for(&busy[0].begun);
	wait_for(&busy[1].begun);
	for (int i = 0; i < 3; i++)
		put(l, &waits[i], SHORT);
	for (int i = 0; i < 3; i++) { /* one thread goes on, as far as it may */
		if (i == 0)
			set(&busy[1].may_end);
		wait_for(&waits[i].begun);
		assert_true(i == 2 || !is_set(&waits[i + 1].begun));
		set(&waits[i].may_end);
	}
	set(&busy[0].may_end);
	query_line_free(l);
}

static void test_a_line_ends_when_all_are_through(void **state)
{
	struct query_line *l = line_of(2);
	static struct question q[20];
	for (int i = 0; i < 20; i++) {
		q[i].may_end = true;
		put(l, &q[i], i % 2 ? LONG : SHORT);
	}
	query_line_free(l);
	for (int i = 0; i < 20; i++)
		assert_true(q[i].ended);
	query_line_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_long_ones_leave_a_thread_to_the_others),
		cmocka_unit_test(test_the_first_in_the_line_is_first),
		cmocka_unit_test(test_a_line_ends_when_all_are_through),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "base/thread.h"

#include "../check.h"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

struct seen {
	int nice, policy;
};

static void *work(void *arg)
{
	struct seen *s = arg;
	thread_be_patient();
	s->nice = getpriority(PRIO_PROCESS, (id_t)gettid());
	s->policy = sched_getscheduler(0);
	return NULL;
}

static void test_a_patient_thread_is_nicer_than_those_beside_it(void **state)
{
	int before = getpriority(PRIO_PROCESS, (id_t)gettid());
	if (before >= 10)
		skip(); /* all of us are as patient already */
	struct seen s = {0};
	pthread_t t;
	assert_int_equal(pthread_create(&t, NULL, work, &s), 0);
	assert_int_equal(pthread_join(t, NULL), 0);
	assert_int_equal(s.nice, 10);
	assert_int_equal(getpriority(PRIO_PROCESS, (id_t)gettid()), before);
	assert_int_equal(sched_getscheduler(0), SCHED_OTHER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_patient_thread_is_nicer_than_those_beside_it),
	};
	return cmocka_run_group_tests_name("thread", tests, NULL, NULL);
}

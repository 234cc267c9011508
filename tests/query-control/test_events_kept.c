#include "query-control/events_kept.h"

#include "../check.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"

static int add(struct events_kept *k, const char *name, const char *payload, uint64_t seq)
{
	struct wire_received e = {.seq = seq, .beat = (double)seq / 2, .payload = {payload, strlen(payload)}};
	(void)str_copy(e.name, sizeof(e.name), name);
	(void)str_copy(e.sender, sizeof(e.sender), "chaosgarden");
	return events_kept_add(k, &e, 1000 + (int64_t)seq, NULL);
}

static void test_events_are_given_newest_first_and_the_oldest_give_way(void **state)
{
	AUTO(events_kept) k = NULL;
	assert_int_equal(events_kept_new(3, 100000, &k, NULL), 0);
	assert_null(events_kept_before(k, UINT64_MAX));
	for (uint64_t i = 0; i < 5; i++)
		assert_int_equal(add(k, i % 2 ? "odd" : "even", "{\"type\":\"x\"}", i), 0);
	assert_int_equal(events_kept_end(k), 5);
	uint64_t before = events_kept_end(k);
	for (uint64_t expected = 4; expected >= 2; expected--) {
		struct kept_event *e = events_kept_before(k, before);
		assert_non_null(e);
		assert_int_equal(e->seq, expected);
		assert_string_equal(e->name, expected % 2 ? "odd" : "even");
		assert_string_equal(e->sender, "chaosgarden");
		assert_string_equal(e->payload, "{\"type\":\"x\"}");
		assert_int_equal(e->time_unix_ms, 1000 + (int64_t)expected);
		assert_true(e->beat == (double)expected / 2);
		before = e->number;
		kept_event_unref(e);
	}
	assert_null(events_kept_before(k, before));
	assert_int_equal(events_kept_stats(k).n, 3);
	assert_int_equal(events_kept_stats(k).dropped, 2);
}

static void test_an_event_that_is_looked_at_outlives_its_place(void **state)
{
	AUTO(events_kept) k = NULL;
	assert_int_equal(events_kept_new(1, 100000, &k, NULL), 0);
	assert_int_equal(add(k, "first", "{\"a\":1}", 1), 0);
	struct kept_event *e = events_kept_before(k, UINT64_MAX);
	assert_int_equal(add(k, "second", "{}", 2), 0);
	assert_string_equal(e->name, "first");
	assert_string_equal(e->payload, "{\"a\":1}");
	kept_event_unref(e);
}

static void test_payloads_are_bounded_together(void **state)
{
	AUTO(events_kept) k = NULL;
	char payload[400];
	memset(payload, 'x', sizeof(payload));
	payload[sizeof(payload) - 1] = '\0';
	assert_int_equal(events_kept_new(100, 2000, &k, NULL), 0);
	for (uint64_t i = 0; i < 50; i++) {
		assert_int_equal(add(k, "e", payload, i), 0);
		assert_true(events_kept_stats(k).bytes <= 2000);
	}
	struct events_kept_stats s = events_kept_stats(k);
	assert_in_range(s.n, 2, 5);
	assert_int_equal(s.n + s.dropped, 50);
	char AUTO_MEM *large = calloc(1, 3000);
	memset(large, 'y', 2999);
	assert_int_equal(add(k, "e", large, 50), -EMSGSIZE);
	assert_int_equal(events_kept_stats(k).n, s.n);
}

static void test_the_limits_hold_when_nothing_else_is_said(void **state)
{
	AUTO(events_kept) k = NULL;
	assert_int_equal(events_kept_new(0, 0, &k, NULL), 0);
	for (uint64_t i = 0; i < LIMIT_EVENTS_KEPT + 2; i++)
		assert_int_equal(add(k, "e", "{}", i), 0);
	assert_int_equal(events_kept_stats(k).n, LIMIT_EVENTS_KEPT);
	assert_int_equal(events_kept_stats(k).dropped, 2);
}

static void *read_all(void *arg)
{
	struct events_kept *k = arg;
	uint64_t n = 0;
	for (int round = 0; round < 200; round++) {
		struct kept_event *e;
		for (uint64_t before = events_kept_end(k); (e = events_kept_before(k, before)); before = e->number, kept_event_unref(e)) {
			if (e->number >= before || strcmp(e->payload, "{\"n\":0}") != 0)
				return arg;
			n++;
		}
	}
	return n ? NULL : arg;
}

static void test_readers_and_a_writer_do_not_harm_each_other(void **state)
{
	AUTO(events_kept) k = NULL;
	pthread_t readers[2];
	assert_int_equal(events_kept_new(8, 100000, &k, NULL), 0);
	assert_int_equal(add(k, "e", "{\"n\":0}", 0), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&readers[i], NULL, read_all, k), 0);
	for (uint64_t i = 0; i < 5000; i++)
		assert_int_equal(add(k, "e", "{\"n\":0}", i), 0);
	for (int i = 0; i < 2; i++) {
		void *failed = k;
		pthread_join(readers[i], &failed);
		assert_null(failed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events_are_given_newest_first_and_the_oldest_give_way),
		cmocka_unit_test(test_an_event_that_is_looked_at_outlives_its_place),
		cmocka_unit_test(test_payloads_are_bounded_together),
		cmocka_unit_test(test_the_limits_hold_when_nothing_else_is_said),
		cmocka_unit_test(test_readers_and_a_writer_do_not_harm_each_other),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "base/clock.h"
#include "base/uuid.h"

#include "../check.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static void test_uuids_rise_within_a_thread(void **state)
{
	char last[UUID_SIZE], now[UUID_SIZE];
	uuid_new(last);
	for (int i = 0; i < 20000; i++) {
		uuid_new(now);
		assert_true(strcmp(last, now) < 0);
		assert_true(uuid_valid(now));
		assert_int_equal(now[14], '7');
		assert_non_null(strchr("89ab", now[19]));
		memcpy(last, now, sizeof(now));
	}
}

static void test_uuid_holds_the_time_it_was_made(void **state)
{
	char s[UUID_SIZE];
	uuid_make(s, INT64_C(1645557742000) * NS_PER_MS, UINT64_C(0x18C4DC0C0C07398F));
	assert_string_equal(s, "017f22e2-79b0-7000-98c4-dc0c0c07398f");
	uuid_make(s, INT64_C(1645557742000) * NS_PER_MS + NS_PER_MS / 2, 0);
	assert_string_equal(s, "017f22e2-79b0-7800-8000-000000000000");
	uuid_make(s, -5, 0);
	assert_string_equal(s, "00000000-0000-7000-8000-000000000000");
}

static void test_uuid_parse_takes_the_usual_form_only(void **state)
{
	uint8_t b[16];
	char s[UUID_SIZE];
	assert_int_equal(uuid_parse("017F22E2-79B0-7CC3-98C4-DC0C0C07398F", b), 0);
	uuid_format(b, s);
	assert_string_equal(s, "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
	static const char *const bad[] = {
		"", "017f22e2-79b0-7cc3-98c4-dc0c0c07398", "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0",
		"017f22e279b0-7cc3-98c4-dc0c0c07398f-", "017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
		"017f22e2-79b0-7cc3-98c4_dc0c0c07398f", "{17f22e2-79b0-7cc3-98c4-dc0c0c07398}",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(uuid_valid(bad[i]));
	assert_int_equal(uuid_parse("x", b), -EINVAL);
}

#define N_THREADS 4
#define N_EACH 5000

static void *make_many(void *arg)
{
	char(*ids)[UUID_SIZE] = arg;
	for (int i = 0; i < N_EACH; i++)
		uuid_new(ids[i]);
	return NULL;
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void test_uuids_of_several_threads_never_share_a_stamp(void **state)
{
	char(*ids)[UUID_SIZE] = malloc((size_t)N_THREADS * N_EACH * UUID_SIZE);
	assert_non_null(ids);
	pthread_t threads[N_THREADS];
	for (int i = 0; i < N_THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, make_many, ids + i * N_EACH), 0);
	for (int i = 0; i < N_THREADS; i++)
		pthread_join(threads[i], NULL);
	qsort(ids, (size_t)N_THREADS * N_EACH, UUID_SIZE, compare);
	for (int i = 1; i < N_THREADS * N_EACH; i++)
		assert_true(memcmp(ids[i - 1], ids[i], 18) != 0); /* time, version and fraction */
	free(ids);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_uuids_rise_within_a_thread),
		cmocka_unit_test(test_uuid_holds_the_time_it_was_made),
		cmocka_unit_test(test_uuid_parse_takes_the_usual_form_only),
		cmocka_unit_test(test_uuids_of_several_threads_never_share_a_stamp),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#define LOG_TOPIC "test"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"

#include "../check.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOMENT (INT64_C(1582934400) * NS_PER_SEC + 5 * NS_PER_MS)

static size_t format(char line[LOG_LINE_SIZE], enum log_format f, const char *text, const struct log_field *fields,
		     size_t n)
{
	size_t size = log_format_line(line, f, MOMENT, "prog", 7, LOG_LEVEL_WARN, "wire", text, fields, n);
	assert_true(size <= LOG_LINE_SIZE);
	assert_int_equal(line[size - 1], '\n');
	assert_ptr_equal(memchr(line, '\n', size), line + size - 1); /* one line, whatever is in it */
	line[size - 1] = '\0';
	return size;
}

static void test_log_line_for_people(void **state)
{
	char line[LOG_LINE_SIZE];
	setenv("TZ", "UTC", 1);
	const struct log_field fields[] = { LOG_STR("peer", "it's\n"), LOG_INT("n", -3), LOG_NUM("x", 0.5),
					    LOG_BOOL("ok", true), LOG_STR("none", NULL) };
	format(line, LOG_FORMAT_TEXT, "peer is gone", fields, COUNT_OF(fields));
	assert_string_equal(line,
		"00:00:00.005 warn  wire: peer is gone peer='it\\'s\\x0a' n=-3 x=0.5 ok=true none=null");
}

static void test_log_line_for_machines_is_json(void **state)
{
	char line[LOG_LINE_SIZE];
	const struct log_field fields[] = { LOG_STR("peer", "a\"b\\c\x01\xff\xc2\x85\xc3\xa9"), LOG_INT("n", INT64_MIN),
					    LOG_NUM("nan", 0.0 / 0.0), LOG_BOOL("ok", false) };
	format(line, LOG_FORMAT_JSON, "two\nlines", fields, COUNT_OF(fields));
	struct err e = ERR_INIT;
	json_t *j AUTO_JSON = NULL;
	assert_int_equal(json_parse(line, strlen(line), &j, &e), 0);
	assert_string_equal(json_string_value(json_object_get(j, "time")), "2020-02-29T00:00:00.005Z");
	assert_string_equal(json_string_value(json_object_get(j, "level")), "warn");
	assert_string_equal(json_string_value(json_object_get(j, "topic")), "wire");
	assert_string_equal(json_string_value(json_object_get(j, "program")), "prog");
	assert_string_equal(json_string_value(json_object_get(j, "msg")), "two\nlines");
	assert_string_equal(json_string_value(json_object_get(j, "peer")),
		"a\"b\\c\x01\xef\xbf\xbd\xc2\x85\xc3\xa9");
	assert_int_equal(json_integer_value(json_object_get(j, "n")), INT64_MIN);
	assert_true(json_is_null(json_object_get(j, "nan")));
}

static void test_log_cuts_long_events_and_stays_json(void **state)
{
	char line[LOG_LINE_SIZE], big[2 * LOG_LINE_SIZE];
	int n_whole = 0, n_cut = 0;
	for (size_t n = LOG_LINE_SIZE - 300; n < LOG_LINE_SIZE + 50; n++) {
		memset(big, n % 2 ? 'x' : '"', sizeof(big));
		big[n / (n % 2 ? 1 : 2)] = '\0';
		const struct log_field fields[] = { LOG_STR("a", big), LOG_INT("after", 1), LOG_STR("b", "tail") };
		format(line, LOG_FORMAT_JSON, "m", fields, COUNT_OF(fields));
		struct err e = ERR_INIT;
		json_t *j AUTO_JSON = NULL;
		if (json_parse(line, strlen(line), &j, &e) < 0)
			fail_msg("%zu: %s", n, e.msg);
		bool whole = json_object_get(j, "b") != NULL && strlen(json_string_value(json_object_get(j, "b"))) == 4;
		bool cut = json_is_true(json_object_get(j, "cut"));
		assert_true(whole || cut);
		n_whole += !cut;
		n_cut += cut;
	}
	assert_true(n_whole > 0 && n_cut > 0);
}

static void test_log_levels_are_chosen_by_topic(void **state)
{
	struct err e = ERR_INIT;
	assert_int_equal(log_set_levels("warn,wire=debug,rt=off", &e), 0);
	assert_true(log_enabled(LOG_LEVEL_WARN, "cas"));
	assert_false(log_enabled(LOG_LEVEL_INFO, "cas"));
	assert_true(log_enabled(LOG_LEVEL_DEBUG, "wire"));
	assert_false(log_enabled(LOG_LEVEL_ERROR, "rt"));
	assert_int_equal(log_set_levels("loud", &e), -EINVAL);
	assert_non_null(strstr(e.msg, "loud"));
	assert_int_equal(log_set_levels("=debug", &e), -EINVAL);
	assert_true(log_enabled(LOG_LEVEL_DEBUG, "wire")); /* a bad choice changed nothing */
	assert_int_equal(log_set_levels("", &e), 0);
	assert_true(log_enabled(LOG_LEVEL_INFO, "wire"));
}

#define N_THREADS 4
#define N_LINES 50

static void *log_many(void *arg)
{
	for (int i = 0; i < N_LINES; i++)
		log_info("event of a thread", LOG_INT("thread", (intptr_t)arg), LOG_INT("i", i), LOG_STR("pad", "0123456789"));
	return NULL;
}

static void test_log_lines_of_several_threads_do_not_mix(void **state)
{
	int fds[2];
	assert_int_equal(pipe(fds), 0);
	log_set_output(fds[1], LOG_FORMAT_JSON);
	pthread_t threads[N_THREADS];
	for (intptr_t i = 0; i < N_THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, log_many, (void *)i), 0);
	for (int i = 0; i < N_THREADS; i++)
		pthread_join(threads[i], NULL);
	log_debug("not wanted");
	log_set_output(STDERR_FILENO, LOG_FORMAT_AUTO);
	close(fds[1]);

	FILE *f = fdopen(fds[0], "r");
	char line[LOG_LINE_SIZE];
	int n = 0, next[N_THREADS] = { 0 };
	while (fgets(line, sizeof(line), f)) {
		json_t *j AUTO_JSON = NULL;
		assert_int_equal(json_parse(line, strlen(line), &j, NULL), 0);
		json_int_t thread = json_integer_value(json_object_get(j, "thread"));
		assert_int_equal(json_integer_value(json_object_get(j, "i")), next[thread]++);
		n++;
	}
	fclose(f);
	assert_int_equal(n, N_THREADS * N_LINES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_log_line_for_people),
		cmocka_unit_test(test_log_line_for_machines_is_json),
		cmocka_unit_test(test_log_cuts_long_events_and_stays_json),
		cmocka_unit_test(test_log_levels_are_chosen_by_topic),
		cmocka_unit_test(test_log_lines_of_several_threads_do_not_mix),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "hints.h"

#include "../check.h"

#include <string.h>

static void test_hints_are_on_the_next_port_or_beside_the_same_path(void **state)
{
	char e[WIRE_ENDPOINT_SIZE];
	assert_int_equal(hints_endpoint_beside("tcp://127.0.0.1:5580", e), 0);
	assert_string_equal(e, "tcp://127.0.0.1:5581");
	assert_int_equal(hints_endpoint_beside("tcp://[::1]:80", e), 0);
	assert_string_equal(e, "tcp://[::1]:81");
	assert_int_equal(hints_endpoint_beside("ipc:///run/h-requests", e), 0);
	assert_string_equal(e, "ipc:///run/h-jobs");
	static const char *const bad[] = { "tcp://127.0.0.1", "tcp://x:65535", "tcp://x:0", "tcp://x:y", "ipc:///run/h", "inproc://a", "" };
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(hints_endpoint_beside(bad[i], e), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_hints_are_on_the_next_port_or_beside_the_same_path) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}

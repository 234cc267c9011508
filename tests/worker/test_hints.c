#include "hints.h"

#include "../check.h"

#include "base/clock.h"
#include "base/fs.h"

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

static void heard(void *arg)
{
	*(bool *)arg = true;
}

static void nothing(void *arg, const struct wire_frame *frames, size_t n)
{
	(void)arg, (void)frames, (void)n;
}

/* Whether a hint was heard before the worker looks for hootenanny by itself, which it does after a second. */
static bool connects_at_once(void)
{
	static const char hint[] = "{\"id\":\"01938e6a-7c00-7000-8000-000000000001\",\"payload\":{\"type\":\"job_hint\",\"n_pending\":1}}";
	const struct wire_frame frame = { hint, sizeof(hint) - 1 };
	AUTO_MEM char *dir = NULL;
	AUTO(wire_context) context = NULL;
	AUTO(wire_loop) loop = NULL;
	AUTO(wire_family) family = NULL;
	struct wire_socket *push = NULL;
	struct hints *h = NULL;
	char bound[WIRE_ENDPOINT_SIZE];
	bool is_heard = false, never = false;
	assert_int_equal(fs_temp_dir(NULL, "hints", &dir, NULL), 0);
	assert_int_equal(wire_context_new(&context, NULL), 0);
	assert_int_equal(wire_loop_new(&loop, NULL), 0);
	assert_int_equal(wire_family_open(dir, true, &family, NULL), 0);
	assert_int_equal(hints_new(context, loop, family, NULL, heard, &is_heard, &h, NULL), 0);
	assert_int_equal(wire_loop_step(loop, 0, NULL) < 0, 0); /* it has looked, and nobody was there */

	assert_int_equal(wire_socket_new(context, loop, WIRE_PUSH, NULL, nothing, NULL, &push, NULL), 0);
	assert_int_equal(wire_socket_bind(push, "tcp://127.0.0.1:0", bound, NULL), 0);
	const struct wire_family_endpoint jobs = { "jobs", bound };
	int64_t start = clock_monotonic_ns(clock_system()), deadline = start + 700 * NS_PER_MS; /* it looks by itself after 1 s */
	assert_int_equal(wire_family_announce(family, "hootenanny", "01938e6a-7c00-7000-8000-000000000002", &jobs, 1, NULL), 0);
	while (!is_heard && clock_monotonic_ns(clock_system()) < deadline) {
		(void)wire_socket_send(push, &frame, 1); /* nobody there yet */
		(void)wire_loop_until(loop, &never, clock_monotonic_ns(clock_system()) + 5 * NS_PER_MS, NULL);
	}
	hints_free(h);
	wire_socket_free(push);
	wire_family_free(TAKE(family));
	fs_remove_tree(dir, NULL);
	return is_heard;
}

/*
 * The first job of a family that starts must not wait until the worker looks for hootenanny again. Where the processor is
 * busy a connection may take longer than that; one that always waits is never in time.
 */
static void test_hints_connect_as_soon_as_hootenanny_announces_itself(void **state)
{
	int tries = 1;
	while (!connects_at_once())
		assert_true(tries++ < 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hints_are_on_the_next_port_or_beside_the_same_path),
		cmocka_unit_test(test_hints_connect_as_soon_as_hootenanny_announces_itself),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

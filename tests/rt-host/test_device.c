#include "../check.h"

#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "rt-host/device.h"

struct heard {
	_Atomic int64_t cycles, frames;
	_Atomic bool parked;
	struct device_timing last;
	uint32_t last_frames;
};

static void cycle_rt(void *arg, float *const *out, uint32_t n_frames)
{
	struct heard *h = arg;
	for (int c = 0; c < DEVICE_CHANNELS; c++)
		memset(out[c], 0, n_frames * sizeof(float));
	h->last_frames = n_frames;
	atomic_fetch_add(&h->frames, n_frames);
	atomic_fetch_add(&h->cycles, 1);
}

static void account_rt(void *arg, const struct device_timing *t)
{
	((struct heard *)arg)->last = *t;
}

static void park_rt(void *arg)
{
	atomic_store(&((struct heard *)arg)->parked, true);
}

static struct device_options options(enum device_kind kind, struct heard *h)
{
	return (struct device_options){ .kind = kind, .rate_hz = 48000, .quantum_frames = 128, .cycle_rt = cycle_rt,
					.account_rt = account_rt, .park_rt = park_rt, .arg = h };
}

static void test_the_stepped_device_moves_only_when_told(void **state)
{
	struct heard h = { 0 };
	AUTO(device) d = NULL;
	const struct device_options o = options(DEVICE_STEPPED, &h);
	assert_int_equal(device_open(&o, &d, NULL), 0);
	assert_int_equal(atomic_load(&h.cycles), 0);
	assert_int_equal(device_step(d, 100, 0, NULL), 0);
	assert_int_equal(device_step(d, 28, 9000000, NULL), 0);
	assert_int_equal(atomic_load(&h.frames), 128);
	assert_int_equal(h.last.cpu_ns, 9000000);
	assert_int_equal(h.last.quantum_ns, 28 * NS_PER_SEC / 48000);
	assert_int_equal(device_step(d, 0, 0, NULL), -EINVAL);
	assert_int_equal(device_step(d, 9000, 0, NULL), -EINVAL);
}

/* The clock says how long it has to be; nothing here depends on how fast this machine is. */
static void test_the_null_device_keeps_the_pace_of_its_rate(void **state)
{
	struct heard h = { 0 };
	struct device *d = NULL;
	const struct device_options o = options(DEVICE_NULL, &h);
	int64_t before = clock_monotonic_ns(clock_system());
	assert_int_equal(device_open(&o, &d, NULL), 0);
	while (atomic_load(&h.cycles) < 40)
		;
	assert_int_equal(device_step(d, 128, 0, NULL), -ENOTSUP);
	int64_t frames = atomic_load(&h.frames);
	int64_t took = clock_monotonic_ns(clock_system()) - before;
	/* never ahead of its clock: that was the way to play five times too fast */
	assert_true((frames - 128) * NS_PER_SEC / 48000 <= took);
	device_free(d);
	assert_true(atomic_load(&h.parked));
	assert_int_equal(h.last_frames, 128);
}

static void test_a_quantum_out_of_range_is_refused(void **state)
{
	struct heard h = { 0 };
	struct device *d = NULL;
	struct err err = ERR_INIT;
	struct device_options o = options(DEVICE_STEPPED, &h);
	o.quantum_frames = 8;
	assert_int_equal(device_open(&o, &d, &err), -EINVAL);
	assert_string_equal(err.field, "quantum");
	o.quantum_frames = 8193;
	assert_int_equal(device_open(&o, &d, &err), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_stepped_device_moves_only_when_told),
		cmocka_unit_test(test_the_null_device_keeps_the_pace_of_its_rate),
		cmocka_unit_test(test_a_quantum_out_of_range_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

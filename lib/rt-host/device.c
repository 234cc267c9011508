#include "rt-host/device.h"

#include <sched.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/str.h"
#include "rt-host/device_priv.h"
#include "rt/rt.h"

#include "base/banned.h"

enum { QUANTUM_MIN = 16, QUANTUM_MAX = 8192, LATE_QUANTA = 4 };
#define LATE_NS (2 * NS_PER_MS) /* less is jitter */

static const char *const kind_names[DEVICE_KIND_COUNT] = { "null", "stepped", "pipewire" };

const char *device_kind_name(enum device_kind k)
{
	return k < DEVICE_KIND_COUNT ? kind_names[k] : "?";
}

static int64_t clock_ns(clockid_t id)
{
	struct timespec t;
	clock_gettime(id, &t);
	return t.tv_sec * NS_PER_SEC + t.tv_nsec;
}

void device_cycle(struct device *d, float *const *out, uint32_t n_frames, int64_t late_ns, int64_t pretend_ns)
{
	int64_t before = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	rt_enter();
	d->o.cycle_rt(d->o.arg, out, n_frames);
	rt_leave();
	const struct device_timing t = {
		.cpu_ns = pretend_ns ? pretend_ns : clock_ns(CLOCK_THREAD_CPUTIME_ID) - before,
		.quantum_ns = (int64_t)n_frames * NS_PER_SEC / d->o.rate_hz,
		.late_ns = late_ns,
	};
	d->o.account_rt(d->o.arg, &t);
}

static void sleep_until(int64_t ns)
{
	const struct timespec t = { .tv_sec = ns / NS_PER_SEC, .tv_nsec = ns % NS_PER_SEC };
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

/* The null clock: cycle k is due at start + k quanta, computed from k so that no rounding adds up. */
static void *null_thread(void *arg)
{
	struct device *d = arg;
	int64_t start = clock_ns(CLOCK_MONOTONIC), frames = 0;
	const struct sched_param priority = { .sched_priority = 20 };
	(void)pthread_setschedparam(pthread_self(), SCHED_FIFO, &priority); /* without the right to it we run as others do */
	while (!atomic_load_explicit(&d->stop, memory_order_relaxed)) {
		int64_t due = start + (int64_t)((__int128)frames * NS_PER_SEC / d->o.rate_hz);
		sleep_until(due);
		int64_t late = clock_ns(CLOCK_MONOTONIC) - due;
		int64_t quantum_ns = (int64_t)d->o.quantum_frames * NS_PER_SEC / d->o.rate_hz;
		device_cycle(d, d->out, d->o.quantum_frames, late > LATE_NS && late > quantum_ns ? late : 0, 0);
		frames += d->o.quantum_frames;
		if (late > LATE_QUANTA * quantum_ns && late > LATE_NS) {
			start = clock_ns(CLOCK_MONOTONIC);
			frames = 0;
		}
	}
	d->o.park_rt(d->o.arg);
	return NULL;
}

static int start_thread(struct device *d, struct err *err)
{
	int r = pthread_create(&d->thread, NULL, null_thread, d);
	if (r != 0)
		return err_set(err, -r, "audio thread: %s", strerror(r));
	d->started = true;
	return 0;
}

static int buffers(struct device *d)
{
	d->memory = mem_new_array((size_t)DEVICE_CHANNELS * QUANTUM_MAX, sizeof(float));
	for (size_t i = 0; d->memory && i < DEVICE_CHANNELS; i++)
		d->out[i] = d->memory + i * QUANTUM_MAX;
	return d->memory ? 0 : -ENOMEM;
}

int device_open(const struct device_options *o, struct device **ret, struct err *err)
{
	if (o->quantum_frames < QUANTUM_MIN || o->quantum_frames > QUANTUM_MAX)
		return err_field(err, -EINVAL, "quantum", "a quantum of %u frames is not within %d to %d", o->quantum_frames,
				 QUANTUM_MIN, QUANTUM_MAX);
	AUTO(device) d = calloc(1, sizeof(*d));
	if (!d || (d->o = *o, buffers(d)) < 0)
		return err_set(err, -ENOMEM, "device");
	(void)str_copy(d->name, sizeof(d->name), o->name ? o->name : kind_names[o->kind]);
	int r = 0;
	if (o->kind == DEVICE_NULL)
		r = start_thread(d, err);
	else if (o->kind == DEVICE_PIPEWIRE)
		r = device_pipewire_open(d, err);
	if (r < 0)
		return r;
	*ret = TAKE(d);
	return 0;
}

void device_free(struct device *d)
{
	if (!d)
		return;
	atomic_store_explicit(&d->stop, true, memory_order_relaxed);
	if (d->started)
		pthread_join(d->thread, NULL);
	device_pipewire_close(d);
	free(d->memory);
	free(d);
}

enum device_kind device_kind_of(const struct device *d)
{
	return d->o.kind;
}

const char *device_name(const struct device *d)
{
	return d->name;
}

int device_step(struct device *d, uint32_t n_frames, int64_t cpu_ns, struct err *err)
{
	if (d->o.kind != DEVICE_STEPPED)
		return err_set(err, -ENOTSUP, "the device is '%s': only the stepped one can be stepped", kind_names[d->o.kind]);
	if (n_frames < 1 || n_frames > QUANTUM_MAX)
		return err_set(err, -EINVAL, "a cycle of %u frames", n_frames);
	device_cycle(d, d->out, n_frames, 0, cpu_ns);
	return 0;
}

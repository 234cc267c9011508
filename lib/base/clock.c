#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t read_clock(clockid_t id)
{
	struct timespec ts;
	(void)clock_gettime(id, &ts); /* cannot fail for these two */
	return (int64_t)ts.tv_sec * NS_PER_SEC + ts.tv_nsec;
}

static int64_t system_monotonic_ns(const struct clock *c)
{
	return read_clock(CLOCK_MONOTONIC);
}

static int64_t system_real_ns(const struct clock *c)
{
	return read_clock(CLOCK_REALTIME);
}

const struct clock *clock_system(void)
{
	static const struct clock system = { system_monotonic_ns, system_real_ns };
	return &system;
}

static int64_t fake_monotonic_ns(const struct clock *c)
{
	const struct clock_fake *f = (const struct clock_fake *)c; /* its first member */
	return atomic_load_explicit(&f->monotonic_ns, memory_order_relaxed);
}

static int64_t fake_real_ns(const struct clock *c)
{
	const struct clock_fake *f = (const struct clock_fake *)c;
	return atomic_load_explicit(&f->real_ns, memory_order_relaxed);
}

void clock_fake_init(struct clock_fake *f, int64_t monotonic_ns, int64_t real_ns)
{
	f->clock = (struct clock){ fake_monotonic_ns, fake_real_ns };
	atomic_init(&f->monotonic_ns, monotonic_ns);
	atomic_init(&f->real_ns, real_ns);
}

void clock_fake_advance(struct clock_fake *f, int64_t ns)
{
	atomic_fetch_add_explicit(&f->monotonic_ns, ns, memory_order_relaxed);
	atomic_fetch_add_explicit(&f->real_ns, ns, memory_order_relaxed);
}

void clock_fake_set_real(struct clock_fake *f, int64_t real_ns)
{
	atomic_store_explicit(&f->real_ns, real_ns, memory_order_relaxed);
}

void clock_format_iso(int64_t real_ns, char ret[CLOCK_ISO_SIZE])
{
	int64_t sec = real_ns / NS_PER_SEC, ns = real_ns % NS_PER_SEC;
	if (ns < 0) {
		ns += NS_PER_SEC;
		sec--;
	}
	time_t t = (time_t)sec;
	struct tm tm;
	gmtime_r(&t, &tm);
	(void)snprintf(ret, CLOCK_ISO_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900, tm.tm_mon + 1,
		       tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(ns / NS_PER_MS));
}

/*
 * clock.h - time as something that is passed in, so that tests can bring their own.
 *
 * Units:     nanoseconds; monotonic since some fixed moment, real since 1970 (UTC).
 * Ownership: a clock is borrowed by whoever is given one and outlives them.
 * Threads:   clock_system from anywhere; a fake clock may be read while another thread moves it.
 * Errors:    none. Nothing here sleeps: waiting belongs to the event loop.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdatomic.h>
#include <stdint.h>

#define NS_PER_SEC INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_US INT64_C(1000)

struct clock {
	int64_t (*monotonic_ns)(const struct clock *c);
	int64_t (*real_ns)(const struct clock *c);
};

/* CLOCK_MONOTONIC and CLOCK_REALTIME. */
const struct clock *clock_system(void);

static inline int64_t clock_monotonic_ns(const struct clock *c)
{
	return c->monotonic_ns(c);
}

static inline int64_t clock_real_ns(const struct clock *c)
{
	return c->real_ns(c);
}

/* A clock that moves only when told to: pass &fake.clock. */
struct clock_fake {
	struct clock clock;
	_Atomic int64_t monotonic_ns; /* relaxed: only the number matters */
	_Atomic int64_t real_ns;
};

void clock_fake_init(struct clock_fake *f, int64_t monotonic_ns, int64_t real_ns);
void clock_fake_advance(struct clock_fake *f, int64_t ns); /* moves both */
void clock_fake_set_real(struct clock_fake *f, int64_t real_ns); /* somebody set the date */

#define CLOCK_ISO_SIZE 32
/* "2026-02-03T04:05:06.789Z" */
void clock_format_iso(int64_t real_ns, char ret[CLOCK_ISO_SIZE]);

#endif

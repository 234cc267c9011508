/*
 * device.h - what drives the engine: a timer, somebody who says "advance", or PipeWire. The engine cannot tell which.
 *
 * A device calls `cycle` once per quantum with buffers to fill. The null device does so from a thread of its own at absolute
 * deadlines of the monotonic clock; wake-ups that come too late are counted apart from cycles that take too long, and
 * what was missed is skipped, never made up for in a burst. The stepped device calls it from device_step.
 *
 * Units:     frames; times in nanoseconds.
 * Ownership: the caller frees the device; freeing stops its thread.
 * Threads:   cycle runs on the device's thread (stepped: on the caller of device_step). The rest on one control thread.
 * Errors:    -EINVAL, -ENOTSUP (not in this build, not this kind), -EHOSTDOWN (no PipeWire), -ENOMEM.
 */
#ifndef RT_HOST_DEVICE_H
#define RT_HOST_DEVICE_H

#include "base/err.h"
#include "base/mem.h"

#include <stdint.h>

enum device_kind { DEVICE_NULL, DEVICE_STEPPED, DEVICE_PIPEWIRE, DEVICE_KIND_COUNT };
enum { DEVICE_CHANNELS = 2 };

/* How long the last cycle took and how late it began; quantum_ns is what it was allowed. */
struct device_timing {
	int64_t cpu_ns, quantum_ns, late_ns;
};

struct device_options {
	enum device_kind kind;
	uint32_t rate_hz;
	uint32_t quantum_frames; /* 16..8192; PipeWire may ask for another */
	const char *name;        /* the node's name in PipeWire */
	/* Fills out[channel][n_frames]; runs inside rt_enter/rt_leave and follows the rules of the audio thread. */
	void (*cycle_rt)(void *arg, float *const *out, uint32_t n_frames);
	/* After the bracket, on the same thread; still without locks and allocation. */
	void (*account_rt)(void *arg, const struct device_timing *t);
	/* The thread will not call for a while, or begins to again (PipeWire went away). */
	void (*park_rt)(void *arg);
	/* PipeWire only, from its own thread: the server is gone. */
	void (*lost)(void *arg);
	void *arg;
};

struct device;

int device_open(const struct device_options *o, struct device **ret, struct err *err);
void device_free(struct device *d);
AUTO_DEFINE(device);
enum device_kind device_kind_of(const struct device *d);
const char *device_name(const struct device *d);
/* One cycle of the stepped device; pretends that it took `cpu_ns` when that is not 0. */
int device_step(struct device *d, uint32_t n_frames, int64_t cpu_ns, struct err *err);
const char *device_kind_name(enum device_kind k);

#endif

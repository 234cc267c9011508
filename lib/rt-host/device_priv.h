/*
 * device_priv.h - what every kind of device is made of.
 */
#ifndef RT_HOST_DEVICE_PRIV_H
#define RT_HOST_DEVICE_PRIV_H

#include "rt-host/device.h"

#include <pthread.h>
#include <stdatomic.h>

struct pw_part;

struct device {
	struct device_options o;
	char name[64];
	float *out[DEVICE_CHANNELS];
	float *memory;
	pthread_t thread;
	bool started;
	_Atomic bool stop; /* relaxed: only asks the thread to leave */
	struct pw_part *pw;
};

/* The audio part of one cycle: the bracket, the clock around it, the account. */
void device_cycle(struct device *d, float *const *out, uint32_t n_frames, int64_t late_ns, int64_t pretend_ns);

int device_pipewire_open(struct device *d, struct err *err);
void device_pipewire_close(struct device *d);

#endif

/*
 * rig.h - a small daemon on a thread of its own, for tests of the networked half.
 *
 * It answers as chaosgarden does, with handlers that are easy to look at:
 *   time_convert   gives beats back, at once
 *   transport_seek counts its runs; position_beats -1 is refused with -EINVAL
 *   device_step    is held until control_interrupt lets go of all that are held; frames 13 fails
 *   then control_*      on the control socket, on a thread of its own
 */
#ifndef TESTS_WIRE_RIG_H
#define TESTS_WIRE_RIG_H

#include "wire/client.h"
#include "wire/codec.h"
#include "wire/event.h"
#include "wire/family.h"
#include "wire/service.h"

#include <pthread.h>
#include <stdatomic.h>

#define RIG_HELD 256

struct rig_options {
	const char *dir; /* of the family; NULL: none, only endpoints */
	/* "tcp://127.0.0.1:0" or "ipc://DIR/x"; NULL: the latter in a directory of its own. */
	const char *bind;
	const struct wire_curve *curve;
	int in_flight;
	int64_t drain_ms, keep_keys_ms, alive_ms;
	int publish_queue;
};

struct rig {
	struct rig_options o;
	char *dir;
	bool own_dir;
	struct wire_context *context;
	struct wire_loop *loop;
	struct wire_publisher *publisher;
	struct wire_service *service;
	struct wire_family *family;
	char shell[WIRE_ENDPOINT_SIZE], control[WIRE_ENDPOINT_SIZE], heartbeat[WIRE_ENDPOINT_SIZE];
	char iopub[WIRE_ENDPOINT_SIZE];
	pthread_t thread;
	int result; /* of wire_service_run */
	pthread_mutex_t lock;
	struct wire_reply *held[RIG_HELD];
	int64_t held_frames[RIG_HELD];
	size_t n_held;
	atomic_int n_seeks, n_waiting; /* runs of transport_seek; held ones */
	atomic_int value;              /* the "state" */
	bool running;
};

/* Starts it; fails the test when that does not work. */
void rig_start(struct rig *r, const struct rig_options *o);
/* Stops it gracefully and waits; the directory goes with it if it is the rig's own. */
void rig_stop(struct rig *r);
/* As if it were killed: no draining, no farewell; the endpoints stay announced. */
void rig_kill(struct rig *r);
/* A blocking client of the shell or control socket, with a context and loop of its own. */
struct wire_client *rig_client(struct rig *r, const char *endpoint);
/* Lets go of what is held, from the calling thread. */
void rig_release(struct rig *r);
/* Changes the state and publishes timeline-like events (beat_tick with position n). */
void rig_publish(struct rig *r, int n);
/* Spins the processor, not the clock, until *v reaches n; fails the test after a minute. */
void rig_wait(atomic_int *v, int n);

#endif

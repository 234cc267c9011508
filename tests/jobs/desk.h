/*
 * desk.h - hootenanny for a test: the program of this build in a family of its own, with a worker
 * and a chaosgarden that the test plays itself on one loop.
 *
 * Errors: functions fail the running test themselves, unless they say otherwise.
 */
#ifndef TESTS_JOBS_DESK_H
#define TESTS_JOBS_DESK_H

#include <sys/types.h>

#include "base/json.h"
#include "wire/client.h"
#include "wire/event.h"
#include "wire/family.h"
#include "wire/service.h"

struct desk_seen {
	char type[48];
	char key[64]; /* idempotency key */
	char actor[64];
	char *payload;
};

struct desk {
	char *dir, *family_dir;
	pid_t pid;
	struct wire_family *family;
	struct wire_loop *loop;
	struct wire_context *context;
	struct wire_client *client;
	struct wire_subscriber *subscriber;
	struct wire_service *garden;
	struct wire_handler garden_handlers[WIRE_MESSAGE_COUNT];
	int refuse;             /* what the garden answers, 0: success */
	struct desk_seen *seen; /* what the garden was told */
	size_t n_seen, room_seen;
	struct desk_seen *events;
	size_t n_events, room_events;
	const char *const *args; /* of the daemon */
	char worker[40], tune[40]; /* in tests with a worker: its id, and an artifact in space midi */
};

/*
 * Tests of a daemon whose leases outlast any test, so that nobody who is slow loses his job; the second one knows a
 * worker and a tune. The third one is for what comes when a lease of three seconds is over.
 */
#define DESK_TEST(name)             cmocka_unit_test_setup_teardown(name, desk_set_up, desk_tear_down)
#define DESK_TEST_WITH_WORKER(name) cmocka_unit_test_setup_teardown(name, desk_set_up_with_worker, desk_tear_down)
#define DESK_TEST_WITH_SHORT_LEASES(name) cmocka_unit_test_setup_teardown(name, desk_set_up_with_short_leases, desk_tear_down)
int desk_set_up(void **state);
int desk_set_up_with_worker(void **state);
int desk_set_up_with_short_leases(void **state);
int desk_tear_down(void **state);

/* Starts the daemon; `args` (NULL-terminated, may be NULL) are added to its own. */
void desk_open(struct desk *d, const char *const *args);
void desk_close(struct desk *d);
void desk_start(struct desk *d);
void desk_kill(struct desk *d, int signal);
/* Becomes the family's chaosgarden. */
void desk_garden(struct desk *d);

/* Asks with printf text that has ' for "; the result is a new reference. */
json_t *desk_ask(struct desk *d, const char *fmt, ...) PRINTF(2, 3);
/* The same with an idempotency key; fails the test unless the code is `expected`. */
json_t *desk_ask_keyed(struct desk *d, const char *key, int expected, const char *fmt, ...)
	PRINTF(4, 5);
/* The same for a request that may fail: 0 or the error. */
int desk_try(struct desk *d, struct err *err, json_t **ret, const char *fmt, ...) PRINTF(4, 5);
/* Asks without waiting; desk_answered waits. */
struct desk_pending {
	bool done;
	int code;
	struct err err;
	json_t *result;
};
void desk_send(struct desk *d, struct desk_pending *p, const char *fmt, ...) PRINTF(3, 4);
void desk_wait(struct desk *d, const bool *done);
/*
 * Turns the loop until the garden has been told n messages, or n events with this name have come.
 */
void desk_wait_seen(struct desk *d, size_t n);
void desk_wait_event(struct desk *d, const char *name, size_t n);

/* A text, number or flag by path, "job.steps.0.state". */
const char *desk_text(const json_t *j, const char *path);
double desk_number(const json_t *j, const char *path);
int64_t desk_int(const json_t *j, const char *path); /* whole: seeds do not fit into an int */
const json_t *desk_value(const json_t *j, const char *path); /* NULL when it is not there */

/*
 * Registers a worker that can `continue` midi (model "m", version "1") and `project` midi to audio;
 * returns its id.
 */
const char *desk_worker(struct desk *d, char ret[40]);
/* Stages a file with this text and completes a lease with it. */
json_t *desk_complete(struct desk *d, const char *worker, const json_t *lease, const char *text,
		      const char *mime);
/* The lease of a claim, NULL when there is no work. */
json_t *desk_claim(struct desk *d, const char *worker);
/* Claims until there is work: for jobs that are put back after a while. */
json_t *desk_claim_patiently(struct desk *d, const char *worker);
/* A staged file of n zero bytes, to be adopted. */
void desk_stage_zeros(struct desk *d, int64_t n_bytes, char ret[400]);
/* Uploads text as an artifact in space midi; its id. */
const char *desk_artifact(struct desk *d, const char *text, char ret[40]);

#endif

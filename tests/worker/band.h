/*
 * band.h - a real hootenanny and real workers for a test, in a folder of their own.
 *
 * Every wait is for a condition and ends with a failed test after a generous deadline.
 */
#ifndef TESTS_WORKER_BAND_H
#define TESTS_WORKER_BAND_H

#include "base/err.h"
#include "base/json.h"
#include "wire/client.h"
#include "wire/event.h"

#include <stdbool.h>
#include <sys/types.h>

struct score;

struct band {
	char *dir;
	pid_t hoot, workers[4];
	struct wire_family *family;
	struct wire_loop *loop;
	struct wire_context *context;
	struct wire_client *client;
	struct wire_subscriber *subscriber;
	uint64_t n_news; /* events that came, and snapshots */
	int lease_ms;
	const char *bind;
};

void band_open(struct band *b, int lease_ms);
/* The same with hootenanny bound to `bind` instead of to a port of its choice. */
void band_open_at(struct band *b, int lease_ms, const char *bind);
void band_close(struct band *b);
/* A cmocka teardown: ends what a failed test has left running. */
int band_teardown(void **state);
void band_start_hoot(struct band *b);
/* Starts worker i; one elsewhere has neither our folders nor the family, only hootenanny's endpoint. */
void band_start_worker(struct band *b, int i);
void band_start_worker_elsewhere(struct band *b, int i);
/* Sends a signal and waits for the end; the exit status, or 128 + the signal that killed it. */
int band_end(pid_t *pid, int signal);
/* Waits for a process that was told to end already. */
int band_wait(pid_t *pid);

/* A request with ' for "; the result as a new reference. Fails the test on an error. */
json_t *band_ask(struct band *b, const char *fmt, ...) PRINTF(2, 3);
int band_try(struct band *b, json_t **ret, struct err *err, const char *fmt, ...) PRINTF(4, 5);
/* Stores content; the artifact's id is malloc'ed. */
char *band_upload(struct band *b, const void *bytes, size_t n, const char *mime_type, const char *space);
/* Waits until the job of an answer is complete; the artifact that came of it, as a new reference. */
json_t *band_result(struct band *b, const json_t *answer);
/* What an artifact holds: a report in JSON (a new reference), a MIDI file. Fails the test on anything else. */
json_t *band_report(const json_t *artifact);
struct score *band_score(const json_t *artifact);
/* An artifact of a MIDI file of n_bars bars at 120 bpm, programme 16; its id is malloc'ed. */
char *band_tune(struct band *b, int n_bars);
/* The job as it is now: a new reference. */
json_t *band_job(struct band *b, const char *job_id);
/* Waits until the job is in the state. */
void band_wait_state(struct band *b, const char *job_id, const char *state);
/* Waits until the job is at work; false: it was complete before anybody saw that. */
bool band_sees_running(struct band *b, const char *job_id);
/* Waits until that many workers are online. */
void band_wait_workers(struct band *b, size_t n);
const char *band_text(const json_t *object, const char *key);

#endif

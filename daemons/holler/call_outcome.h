/*
 * call_outcome.h - what became of the jobs that a call has started: as an exit status, and in words.
 */
#ifndef HOLLER_CALL_OUTCOME_H
#define HOLLER_CALL_OUTCOME_H

#include "base/json.h"
#include "wire/catalogue.h"

#include <stdint.h>

enum call_outcome {
	CALL_DONE = 0,   /* or nobody waited */
	CALL_FAILED = 1, /* a job has failed or was cancelled */
	CALL_GOES_ON = 3 /* a job has not ended in the time that was to be waited */
};

/* How long the request lets the reply wait for jobs; 0 for one that does not wait, or starts none. */
int64_t call_waits_ms(const struct wire_message *m, const json_t *payload);
/* What the result says of the jobs; unless `quiet` also for people, on standard error. */
enum call_outcome call_outcome(const struct wire_message *m, const json_t *payload, const json_t *result, bool quiet);

#endif

#include "call_outcome.h"

#include "base/str.h"

#include <stdio.h>

#include "base/banned.h"

int64_t call_waits_ms(const struct wire_message *m, const json_t *payload)
{
	const json_t *given = json_object_get(payload, "wait_ms");
	const struct wire_field *f = wire_field_find(m->request, "wait_ms");
	int64_t ms = 0;
	if (f && f->def)
		(void)str_to_int(f->def, &ms); /* 0 where it says something else */
	return given ? json_integer_value(given) : ms;
}

static const char *text(const json_t *job, const char *key)
{
	const char *s = json_string_value(json_object_get(job, key));
	return s ? s : "";
}

static enum call_outcome of_job(const json_t *job, bool waited, bool quiet)
{
	const char *id = text(job, "job_id"), *state = text(job, "state"), *waits = text(job, "waiting_for");
	bool failed = str_eq(state, "failed") || str_eq(state, "cancelled");
	bool goes_on = waited && !failed && !str_eq(state, "complete");
	if (failed && !quiet)
		fprintf(stderr, "holler call: job %s has %s%s%s\n", id, str_eq(state, "cancelled") ? "been cancelled" : "failed",
			*text(job, "error") ? ": " : "", text(job, "error"));
	if (*waits && !quiet)
		fprintf(stderr, "holler call: job %s waits: %s\n", id, waits);
	else if (goes_on && !quiet)
		fprintf(stderr, "holler call: job %s goes on; wait for it with: holler call job_poll --job-ids %s --timeout-ms 60000\n", id, id);
	return failed ? CALL_FAILED : goes_on ? CALL_GOES_ON : CALL_DONE;
}

enum call_outcome call_outcome(const struct wire_message *m, const json_t *payload, const json_t *result, bool quiet)
{
	const json_t *job = json_object_get(result, "job"), *jobs = json_object_get(result, "jobs");
	bool waited = call_waits_ms(m, payload) > 0;
	enum call_outcome all = job && m->work == WIRE_WORK_JOB ? of_job(job, waited, quiet) : CALL_DONE;
	for (size_t i = 0; m->work == WIRE_WORK_JOB && i < json_array_size(jobs); i++) {
		enum call_outcome one = of_job(json_array_get(jobs, i), waited, quiet);
		all = all == CALL_FAILED || one == CALL_DONE ? all : one;
	}
	return all;
}

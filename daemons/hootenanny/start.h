/*
 * start.h - turning what a verb asks for into a job: spaces resolved, seeds drawn, answered from
 * the store if possible.
 */
#ifndef HOOTENANNY_START_H
#define HOOTENANNY_START_H

#include "hoot.h"

/* A step as asked for. */
struct start_step {
	const char *verb, *space, *model;
	const char *model_version; /* "": any */
	json_t *params;            /* NULL: {} */
	bool has_seed;
	int64_t seed;
};

struct start {
	const char *verb, *actor;
	const char *region_id; /* NULL: none */
	const char *const *inputs;
	size_t n_inputs;
	const struct start_step *steps;
	size_t n_steps;
	enum job_priority priority;
	int64_t deadline_in_ms;
	int max_attempts;
	bool fresh;
	const char *const *tags;
	size_t n_tags;
	const char *verifies; /* NULL: none */
};

int start_job(struct hoot *h, struct store_conn *c, const struct start *s, char ret_id[JOB_ID_SIZE],
	      struct err *err);

#endif

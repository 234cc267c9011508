/*
 * tool.h - tools that are projections with a name of their own (messages/music.def.h): started, waited for, answered whole.
 *
 * Their results all have the fields of TOOL_ANSWER_OBJECT, so that one function answers them all.
 */
#ifndef HOOTENANNY_TOOL_H
#define HOOTENANNY_TOOL_H

#include "hoot.h"

struct tool {
	enum wire_message_id message; /* its name is the job's verb */
	const char *space, *model;
};

/* What a tool's request says, whichever it is. */
struct tool_call {
	const char *inputs[2];
	size_t n_inputs;
	json_t *params; /* NULL: none */
	int64_t wait_ms;
	const char *region_id; /* NULL: none */
	enum job_priority priority;
	int64_t deadline_in_ms;
	int max_attempts;
	bool fresh;
	const char *const *tags;
	size_t n_tags;
};

/* Starts the job, and answers at once when it is done already, or when nobody wants to wait. */
int tool_run(struct hoot *h, const struct wire_call *call, const struct tool *t, const struct tool_call *what,
	     struct tool_answer *ret, struct err *err);
/* The job as it stands, and what came of it when it is complete. */
int tool_answer_load(struct hoot *h, struct store_conn *c, const char *job_id, struct wire_arena *arena, struct tool_answer *ret,
		     struct err *err);

#endif

/*
 * ops.h - operations of messages as operations of the timeline, checked and with ids and lengths filled in.
 *
 * Ownership: strings belong to the message or the arena; bodies of new regions are references that ops_done drops.
 */
#ifndef CHAOSGARDEN_OPS_H
#define CHAOSGARDEN_OPS_H

#include "garden.h"

struct ops {
	struct edit_op *v;
	size_t n;
	void *parts; /* what patches point to; the arena's */
};

/* Converts n operations; -EINVAL, -ENOENT (content without a file), -ENOMEM with the number of the operation. */
int ops_make(struct garden *g, const struct wire_call *call, const struct timeline_op *in, size_t n, struct ops *ret,
	     struct err *err);
void ops_done(struct ops *o);

/* When and on which revision, as every edit request says it. */
struct edit_when {
	bool has_base;
	int64_t base_revision;
	bool has_at;
	const struct musical_when *at;
	bool dry_run;
};
#define EDIT_WHEN(req) \
	{ .has_base = (req)->has_base_revision, .base_revision = (req)->base_revision, .has_at = (req)->has_at, \
	  .at = &(req)->at, .dry_run = (req)->dry_run }

struct edit_outcome {
	int64_t revision;
	bool has_at_beats;
	double at_beats;
	const char *edit_id;
	const char *const *ids; /* of each operation */
	double duration_beats;  /* of the last region that was made */
};
/* Makes, does or schedules the edit, and tells everybody. */
int ops_run(struct garden *g, const struct wire_call *call, const struct timeline_op *in, size_t n,
	    const struct edit_when *when, struct edit_outcome *ret, struct err *err);
/* The one operation that a request of its own is: errors name the field as that request does. */
int ops_run_one(struct garden *g, const struct wire_call *call, const struct timeline_op *in, const struct edit_when *when,
		struct edit_outcome *ret, struct err *err);

const char *call_actor(const struct wire_call *call);
int content_of_spec(const struct content_spec *c, struct doc_content *ret);

#endif

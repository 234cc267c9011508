/*
 * carry.h - the files of a lease, whether this machine shares a file system with hootenanny or not.
 *
 * Sharing:  decided each time the worker joins. hootenanny names a file and what it holds at the moment (`mark`); whoever
 *           reads that there sees hootenanny's files, maybe mounted elsewhere (cas_root).
 * Else:     inputs are fetched with cas_get and the result is delivered with cas_stage_write, in ranges, from and to files in
 *           a folder of the step's own. What was fetched must hash to its name; what is delivered is checked by whoever
 *           adopts it.
 * Threads:  carry_look on the loop's thread; a carry belongs to the work thread between carry_new and carry_free, and has a
 *           connection of its own.
 * Errors:   -EBADMSG for content that is not what its name says, -EMSGSIZE above LIMIT_WORKER_INPUT_BYTES, -ECANCELED, and what
 *           hootenanny answers.
 */
#ifndef HOOT_WORKER_CARRY_H
#define HOOT_WORKER_CARRY_H

#include "base/err.h"
#include "base/mem.h"
#include "model/watch.h"
#include "wire/catalogue.h"

#include <stdbool.h>

struct wire_context;
struct carry;

struct carry_options {
	struct wire_context *context;
	const char *family;   /* folder, when there is no endpoint */
	const char *endpoint; /* of hootenanny's requests; NULL: found through the family */
	const char *cas_root; /* where this machine sees hootenanny's content; NULL: where hootenanny sees it */
};

/* What joining has told: a plain value. */
struct carry_view {
	bool shared;
	char theirs[4096], ours[4096]; /* the content's folder, as hootenanny names it and as we do */
};
int carry_look(const struct carry_options *o, const struct worker_register_result *joined, struct carry_view *ret,
	       struct err *err);

int carry_new(const struct carry_options *o, const struct carry_view *view, const struct model_watch *watch,
	      struct carry **ret, struct err *err);
void carry_free(struct carry *c);
AUTO_DEFINE(carry);
/*
 * Makes the lease's paths ours: of inputs (fetched where they must be) and of the result. They stay good as long as the carry.
 */
int carry_in(struct carry *c, struct lease_view *lease, struct err *err);
/* Delivers the result, which is finished, to `theirs`, the path that the lease named at first. */
int carry_out(struct carry *c, const struct lease_view *lease, const char *theirs, struct err *err);

#endif

/*
 * skills_tunes.h - the learned model: finding its weights, and what it can do.
 *
 * Ownership: the net belongs to the skill_set, is read once when the worker starts, and is shared by all slots.
 */
#ifndef HOOT_WORKER_SKILLS_TUNES_H
#define HOOT_WORKER_SKILLS_TUNES_H

#include "skill.h"

#include "model/tune_net.h"

/*
 * named NULL: $HOOT_TUNES_WEIGHTS, beside this program as it was installed or moved, where it was to be installed, in the sources. *ret is
 * NULL where there are none; weights that were named and cannot be read are an error. ret_digest[17]: the beginning of the file's hash.
 */
int tunes_find(const char *named, struct tune_net **ret, char *ret_digest, struct err *err);

/* Their version is TUNES_VERSION and the digest of the weights. */
extern const struct skill_list skills_tunes;

#endif

/*
 * ear.h - what the skills that listen share: an input heard once, and reports delivered.
 *
 * Ownership: ear_done frees what was heard, however far it came.
 */
#ifndef HOOT_WORKER_EAR_H
#define HOOT_WORKER_EAR_H

#include "skill.h"

#include "audio/beat.h"
#include "audio/hearing.h"
#include "audio/key.h"
#include "audio/onset.h"

struct ear {
	struct hearing *h;
	struct onsets onsets;
	struct beats beats;
	struct chroma chroma;
	struct key_report key;
};

void ear_done(struct ear *l);
/* The path of input i. */
int ear_path(const struct skill_run *run, size_t i, const char **ret, struct err *err);
/* One pass over input i; the others work on what it heard. */
int ear_hear(struct skill_run *run, size_t i, struct ear *l, struct err *err);
int ear_beats(struct ear *l, const struct beat_options *o, double sensitivity, struct err *err);
int ear_key(struct ear *l, struct err *err);
/* Writes a report as the result and sets the metadata; takes both, which may be NULL when memory is out. */
int ear_deliver(struct skill_run *run, json_t *report, json_t *metadata, struct err *err);

#endif

/*
 * doctor.h - what holler doctor looks at: one row in doctor_checks, one function each.
 *
 * A check says what it found (`text`) and returns whether that is good; what it cannot find out
 * is not good either. `hint` is for when it is not.
 */
#ifndef HOLLER_DOCTOR_H
#define HOLLER_DOCTOR_H

#include "command.h"
#include "reach.h"

#include "wire/codec.h"

struct finding {
	char text[320];
	char hint[200]; /* replaces the row's hint when it is not empty */
};

struct doctor {
	const struct holler *h;
	struct wire_family *family; /* NULL when there is none */
	struct reach hoot, garden;  /* clients are NULL when the daemon does not run */
	bool hoot_silent, garden_silent; /* it did not answer in time: nobody waits for it again */
	struct wire_arena arena;
};

struct doctor_check {
	const char *name;
	bool (*run)(struct doctor *d, struct finding *f);
	const char *hint;
};

extern const struct doctor_check doctor_checks[];
extern const size_t doctor_n_checks;

#endif

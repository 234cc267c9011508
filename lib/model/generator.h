/*
 * generator.h - what the generators of this library have in common: a name, parameters, inputs, a seed, a score.
 *
 * Ownership: a generated's score and report belong to the caller.
 * Threads:   no shared state; `make` may run on several threads at once.
 * Errors:    -EINVAL (a parameter, or inputs that it can do nothing with), -EMSGSIZE (inputs longer than LIMIT_MODEL_BARS bars),
 *            -ECANCELED, -ENOMEM; nothing is written then.
 */
#ifndef MODEL_GENERATOR_H
#define MODEL_GENERATOR_H

#include "base/err.h"
#include "base/json.h"
#include "model/params.h"
#include "model/watch.h"
#include "music/notes.h"

#include <stddef.h>
#include <stdint.h>

struct generator_job {
	const void *params; /* a struct that the generator's table describes */
	const struct score *const *inputs;
	size_t n_inputs;
	uint64_t seed;
	const struct model_watch *watch; /* may be NULL */
};

struct generated {
	struct score *score;
	json_t *report; /* an object: what was made, in some hundred bytes */
};

struct generator {
	const char *model, *version; /* the version changes whenever the same seed gives something else */
	const struct model_table *table;
	size_t params_size;
	size_t inputs_min, inputs_max;
	int (*make)(const struct generator_job *job, struct generated *ret, struct err *err);
};

/* Reads the parameters from JSON (an object or NULL), checks the number of inputs, and makes. */
int generator_run(const struct generator *g, const json_t *params, const struct score *const *inputs, size_t n_inputs,
		  uint64_t seed, const struct model_watch *watch, struct generated *ret, struct err *err);
void generated_done(struct generated *g);

/* The harmony family; NULL at the end. */
extern const struct generator *const harmony_generators[];
const struct generator *generator_find(const char *model);

#endif

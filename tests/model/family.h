/*
 * family.h - generators by name, for their tests.
 */
#ifndef TESTS_MODEL_FAMILY_H
#define TESTS_MODEL_FAMILY_H

#include "model/generator.h"
#include "model/tonality.h"

#include <stdbool.h>

/* Runs a generator with parameters written with ' for "; fails the test, with the seed, when it refuses. */
struct generated family_make(const char *model, const char *params, uint64_t seed, const struct score *input);
struct generated family_make_of(const char *model, const char *params, uint64_t seed, const struct score *const *inputs, size_t n);
/* The same, and the error is the test's. */
int family_try(const char *model, const char *params, uint64_t seed, const struct score *input, struct generated *ret,
	       struct err *err);
/* FNV-1a over everything that is heard. */
uint64_t family_fingerprint(const struct score *s);
/* Notes of a voice lie in [0, end], inside of [lo, hi], and last. */
void family_check_notes(const struct score *s, int lo, int hi, uint64_t seed);
/* Whether the notes of a voice follow one another without a gap or overlap from `from` to `to` beats. */
bool family_fills(const struct score_voice *v, double from, double to);
/* A text of the report, "" when it is not there. */
const char *family_text(const struct generated *g, const char *key);
int64_t family_number(const struct generated *g, const char *key);

#endif

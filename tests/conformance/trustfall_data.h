/*
 * trustfall_data.h - the two data sets that Trustfall's published cases are run on, as tables of ours.
 *
 * numbers:   the integers, with the quirk of the published adapter that a Composite vertex counts as Neither when coerced.
 * nullables: a schema in which every edge yields nothing.
 */
#ifndef TESTS_CONFORMANCE_TRUSTFALL_DATA_H
#define TESTS_CONFORMANCE_TRUSTFALL_DATA_H

#include "trustfall/adapter.h"

/* The user of a run. */
struct numbers {
	uint32_t neither, prime, composite; /* types */
};

/* The adapter of a schema by its name; NULL without an error for one whose cases are never run. */
int trustfall_data(const char *name, const struct tf_schema *s, struct numbers *user, struct tf_adapter **ret, struct err *err);

#endif

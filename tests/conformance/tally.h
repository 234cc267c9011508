/*
 * tally.h - what the conformance programs share: arguments, skipping, counting.
 */
#ifndef TESTS_CONFORMANCE_TALLY_H
#define TESTS_CONFORMANCE_TALLY_H

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct tally {
	size_t passed, failed;
};

/* Runs one case file; prints the name of each case that fails. Returns below 0 when it cannot be read. */
typedef int (*tally_file_fn)(const char *path, struct tally *t);

static inline void tally_case(struct tally *t, const char *name, const char *why)
{
	if (!why) {
		t->passed++;
		return;
	}
	t->failed++;
	printf("%s: %s\n", name, why);
}

/* The main function: [--skip-missing] FILE...; 77 when a file is missing and may be. */
static inline int tally_main(int argc, char **argv, tally_file_fn run)
{
	struct tally t = { 0, 0 };
	int first = 1;
	bool skip = argc > 1 && strcmp(argv[1], "--skip-missing") == 0;
	if (skip)
		first++;
	if (first >= argc) {
		fprintf(stderr, "usage: %s [--skip-missing] FILE...\n", argv[0]);
		return 2;
	}
	for (int i = first; i < argc; i++) {
		if (skip && access(argv[i], R_OK) != 0) {
			printf("skipped: %s is not here\n", argv[i]);
			return 77;
		}
		if (run(argv[i], &t) < 0)
			return 2;
	}
	printf("%zu passed, %zu failed\n", t.passed, t.failed);
	return t.failed ? 1 : 0;
}

#endif

/*
 * tally.h - what the conformance programs share: arguments, skipping, counting.
 *
 *   PROGRAM [--skip-missing] [--known LIST] FILE...
 *
 * Prints the name of each case that fails and "N passed, N failed"; exit status 1 when any fails. With --known, the
 * cases that LIST names (NAME<tab>REASON lines) may fail, and must: then a difference that is new, or one that has
 * gone without its line, gives 1. --skip-missing gives 77 where a file is not there.
 */
#ifndef TESTS_CONFORMANCE_TALLY_H
#define TESTS_CONFORMANCE_TALLY_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"

struct tally {
	size_t passed, failed, unexpected;
	char *known; /* the text of LIST, NULL without one */
};

/* Runs one case file. Returns below 0 when it cannot be read. */
typedef int (*tally_file_fn)(const char *path, struct tally *t);

static inline bool tally_is_known(const struct tally *t, const char *name)
{
	size_t n = strlen(name);
	const char *line = t->known;
	while (line && *line) {
		if (strncmp(line, name, n) == 0 && line[n] == '\t')
			return true;
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return false;
}

/* Counts one case; `why` is NULL for one that passed. */
static inline void tally_case(struct tally *t, const char *name, const char *why)
{
	bool known = tally_is_known(t, name);
	if (why)
		t->failed++;
	else
		t->passed++;
	if (why && !known)
		t->unexpected++;
	if (why)
		printf("%s: %s%s\n", name, why, known ? " (known)" : "");
	if (!why && known) {
		t->unexpected++;
		printf("%s: passes, but is listed as a known difference\n", name);
	}
}

static inline int tally_read_known(struct tally *t, const char *path)
{
	struct err err = ERR_INIT;
	size_t n;
	if (fs_read(path, 1 << 20, &t->known, &n, &err) == 0)
		return 0;
	fprintf(stderr, "%s\n", err.msg);
	return -1;
}

static inline int tally_files(struct tally *t, int argc, char **argv, bool skip, tally_file_fn run)
{
	if (argc == 0) {
		fprintf(stderr, "which case files?\n");
		return 2;
	}
	for (int i = 0; i < argc; i++) {
		if (skip && access(argv[i], R_OK) != 0) {
			printf("skipped: %s is not here\n", argv[i]);
			return 77;
		}
		if (run(argv[i], t) < 0)
			return 2;
	}
	printf("%zu passed, %zu failed\n", t->passed, t->failed);
	return t->known ? t->unexpected != 0 : t->failed != 0;
}

static inline int tally_main(int argc, char **argv, tally_file_fn run)
{
	struct tally t = { 0, 0, 0, NULL };
	bool skip = false;
	int i = 1;
	for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
		if (strcmp(argv[i], "--skip-missing") == 0) {
			skip = true;
		} else if (strcmp(argv[i], "--known") == 0 && i + 1 < argc) {
			if (tally_read_known(&t, argv[++i]) < 0)
				return 2;
		} else {
			fprintf(stderr, "unknown option '%s'\n", argv[i]);
			return 2;
		}
	}
	int r = tally_files(&t, argc - i, argv + i, skip, run);
	free(t.known);
	return r;
}

#endif

/*
 * flags.h - the flags of one command: --name VALUE, --name=VALUE, --switch; "--" ends them.
 *
 * Life:   fill a struct flags with the command's name, its rows and argv, then ask flags_next until it returns FLAGS_END.
 * Errors: -EINVAL with the flag as the field; an unknown one names the nearest.
 */
#ifndef HOLLER_FLAGS_H
#define HOLLER_FLAGS_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct flag {
	const char *name; /* with its dashes */
	int key;          /* at least FLAGS_FIRST */
	bool value;       /* it takes one */
};

enum { FLAGS_END, FLAGS_WORD, FLAGS_FIRST };

struct flags {
	const char *command; /* "" for holler itself */
	const struct flag *rows;
	size_t n;
	int argc;
	char **argv;
	size_t max_words; /* words that are no flags; one more is refused */
	/* written by flags_next */
	int at;            /* of the next argument; argv[0] is the command and is passed over */
	const char *value; /* of the flag, or the word itself */
	size_t n_words;
	bool no_more; /* "--" was seen */
};

/* The key of the next flag, FLAGS_WORD, FLAGS_END, or a negative error. */
int flags_next(struct flags *f, struct err *err);
/* The value as a whole number between lo and hi. */
int flags_int(const struct flags *f, int64_t lo, int64_t hi, int64_t *ret, struct err *err);
/* The value as a number of seconds above 0. */
int flags_seconds(const struct flags *f, double *ret, struct err *err);

/* The value as one of a few words, "a|b|c". */
int flags_choice(const struct flags *f, const char *choices, struct err *err);
/* For commands without flags: at most so many words and nothing else. */
int flags_words(const char *command, int argc, char **argv, size_t max_words, struct err *err);

#endif

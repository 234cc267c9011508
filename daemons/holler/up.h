/*
 * up.h - what holler up starts, and with which arguments.
 *
 * Ownership: options point into argv; up_arguments owns what it had to make up.
 */
#ifndef HOLLER_UP_H
#define HOLLER_UP_H

#include "command.h"

#include "wire/socket.h"

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#define UP_MAX_PASSED 16

struct up_options {
	const char *bind, *device, *cas_root, *soundfont, *only, *bin;
	const char *imports[UP_MAX_PASSED], *passed[UP_MAX_PASSED];
	size_t n_imports, n_passed;
	int64_t n_workers, wait_ms;
	bool detach, keys;
};

struct up_program {
	const char *name, *in_build;
	bool daemon; /* announces itself and answers ping */
};
extern const struct up_program up_programs[];
extern const size_t up_n_programs;

extern const char up_help[];
int up_parse(int argc, char **argv, struct up_options *ret, struct err *err);
/* Whether --only leaves it in. */
bool up_wants(const struct up_options *o, const struct up_program *p);

/*
 * The path of a program: in `bin` (NULL: beside `self`, where the build puts it, where it was installed);
 * -ENOENT when it is in none of them.
 */
int up_find(const char *bin, const char *self, const struct up_program *p, char ret[PATH_MAX],
	    struct err *err);

struct up_arguments {
	const char *v[40]; /* NULL-terminated, v[0] the program's path */
	size_t n;
	char path[PATH_MAX], bind[WIRE_ENDPOINT_SIZE];
};
/* `self` is the path of this executable; -ENOENT when the program cannot be found. */
int up_arguments(const struct up_options *o, const char *self, const char *family_dir,
		 const struct up_program *p, const char *name, struct up_arguments *ret,
		 struct err *err);

#endif

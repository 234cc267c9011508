/*
 * command.h - the subcommands of holler: one row in commands.def and one function each.
 *
 * Adding one: COMMAND(name, json, usage, doc) in commands.def, `int holler_<name>(const struct holler *h, int argc, char **argv)`
 * in a file of its own, its files in meson.build. argv[0] is the command's name.
 *
 * Errors: a command prints its own message (holler_fail) and returns the exit status: 0, 1 (it did not work), 2 (usage);
 *         3 is call's alone (call_outcome.h).
 */
#ifndef HOLLER_COMMAND_H
#define HOLLER_COMMAND_H

#include "base/err.h"

#include <stdbool.h>

/* What stands before the command: options that all commands share. */
struct holler {
	const char *family; /* --family DIR; NULL: $HOOT_FAMILY or the default */
	const char *actor;  /* --actor NAME, else "human:$USER" */
	bool json;          /* --json: machine-readable output */
	const char *self;   /* absolute path of this executable */
};

/* Where --json may stand: before the command only, where it means something else behind it; or anywhere. */
enum holler_json { JSON_BEFORE, JSON_ANYWHERE };

struct holler_command {
	const char *name;
	enum holler_json json;
	const char *usage; /* after the name */
	const char *doc;
	int (*run)(const struct holler *h, int argc, char **argv);
};

/* The commands sorted by name. */
extern const struct holler_command holler_commands[];
extern const unsigned holler_n_commands;
/* NULL when there is none of that name. */
const struct holler_command *holler_find(const char *name);

#define COMMAND(name, json, usage, doc) int holler_##name(const struct holler *h, int argc, char **argv);
#include "commands.def"
#undef COMMAND

/* Prints "holler COMMAND: message" with field and hint on standard error, with --json as one object; returns 1, or 2 for a usage error. */
int holler_fail(const struct holler *h, const char *command, const struct err *err);
/* Whether argv asks for --help or -h. */
bool holler_wants_help(int argc, char **argv);

#endif

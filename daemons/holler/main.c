/*
 * main.c - holler: options that all commands share, then the command.
 */
#include "command.h"

#include "base/mem.h"
#include "base/str.h"
#include "have.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct holler_command holler_commands[] = {
#define COMMAND(name, usage, doc) { #name, usage, doc, holler_##name },
#include "commands.def"
#undef COMMAND
};
const unsigned holler_n_commands = COUNT_OF(holler_commands);

static void main_help(FILE *out)
{
	fputs("holler - talk to a Hootenanny family, and start and stop it\n\n"
	      "usage: holler [--family DIR] [--actor NAME] [--json] COMMAND [ARGUMENTS]\n\n"
	      "commands:\n",
	      out);
	for (unsigned i = 0; i < holler_n_commands; i++)
		fprintf(out, "  %-11s %s\n", holler_commands[i].name, holler_commands[i].doc);
	fputs("\noptions:\n"
	      "  --family DIR   the family's state directory (else $HOOT_FAMILY, else\n"
	      "                 $XDG_STATE_HOME/hootenanny)\n"
	      "  --actor NAME   on whose behalf changes are made (else human:$USER)\n"
	      "  --json         machine-readable output\n"
	      "  --version      print the version\n\n"
	      "examples:\n"
	      "  holler up --detach          start a family in the background\n"
	      "  holler jam                  perform the default tune\n"
	      "  holler COMMAND --help       more about a command\n",
	      out);
}

int holler_fail(const struct holler *h, const char *command, const struct err *err)
{
	int status = err->code == -EINVAL ? 2 : 1;
	const char *hint = err->hint[0] ? err->hint : err_code_hint(err->code);
	(void)h;
	fflush(stdout);
	fprintf(stderr, "holler %s: %s%s%s%s\n", command, err->field[0] ? err->field : "",
		err->field[0] ? ": " : "", err_msg(err), "");
	if (hint[0])
		fprintf(stderr, "  hint: %s\n", hint);
	return status;
}

bool holler_wants_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

static const struct holler_command *main_find(const char *name)
{
	unsigned lo = 0, hi = holler_n_commands;
	while (lo < hi) {
		unsigned mid = (lo + hi) / 2;
		int c = strcmp(name, holler_commands[mid].name);
		if (c == 0)
			return &holler_commands[mid];
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

static int main_unknown(const char *word)
{
	const char *names[COUNT_OF(holler_commands)];
	for (unsigned i = 0; i < holler_n_commands; i++)
		names[i] = holler_commands[i].name;
	const char *near = str_nearest(word, names, holler_n_commands);
	fprintf(stderr, "holler: unknown command '%s'", word);
	if (near)
		fprintf(stderr, "; did you mean '%s'?", near);
	fprintf(stderr, "\n  hint: holler --help lists the commands\n");
	return 2;
}

/* The value of an option "--name value" or "--name=value" at argv[*i]; moves *i. NULL when it is not that option. */
static const char *main_value(int argc, char **argv, int *i, const char *name, bool *bad)
{
	size_t n = strlen(name);
	if (strncmp(argv[*i], name, n) != 0)
		return NULL;
	if (argv[*i][n] == '=')
		return argv[*i] + n + 1;
	if (argv[*i][n] != '\0')
		return NULL;
	if (*i + 1 >= argc) {
		fprintf(stderr, "holler: %s needs a value\n", name);
		*bad = true;
		return NULL;
	}
	return argv[++*i];
}

int main(int argc, char **argv)
{
	char self[PATH_MAX], actor[160];
	struct holler h = { .self = "holler", .actor = actor };
	const char *user = getenv("USER");
	(void)snprintf(actor, sizeof(actor), "human:%s", user && *user ? user : "somebody");
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n > 0) {
		self[n] = '\0';
		h.self = self;
	}

	int i = 1;
	for (; i < argc && argv[i][0] == '-'; i++) {
		bool bad = false;
		const char *v;
		if (strcmp(argv[i], "--json") == 0)
			h.json = true;
		else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return main_help(stdout), 0;
		else if (strcmp(argv[i], "--version") == 0)
			return printf("holler %s\n", HOOT_VERSION) < 0;
		else if ((v = main_value(argc, argv, &i, "--family", &bad)))
			h.family = v;
		else if (!bad && (v = main_value(argc, argv, &i, "--actor", &bad)))
			h.actor = v;
		else {
			if (!bad)
				fprintf(stderr, "holler: unknown option '%s'\n  hint: holler --help\n", argv[i]);
			return 2;
		}
	}
	if (i >= argc)
		return main_help(stderr), 2;
	if (strcmp(argv[i], "help") == 0)
		return main_help(stdout), 0;

	const struct holler_command *c = main_find(argv[i]);
	if (!c)
		return main_unknown(argv[i]);
	return c->run(&h, argc - i, argv + i);
}

/*
 * main.c - holler: options that all commands share, then the command.
 */
#include "command.h"
#include "flags.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "wire/catalogue.h"
#include "have.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct holler_command holler_commands[] = {
#define COMMAND(name, json, usage, doc) { #name, json, usage, doc, holler_##name },
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
	      "exit status: 0 it worked, 1 it did not, 2 the command line is wrong\n\n"
	      "examples:\n"
	      "  holler up --detach          start a family in the background\n"
	      "  holler jam                  perform the default tune\n"
	      "  holler COMMAND --help       more about a command\n",
	      out);
}

static void fail_json(const char *command, const struct err *err, const char *hint)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct json_out o;
	json_out_init(&o, &b);
	json_out_object_begin(&o);
	json_out_key(&o, "command");
	json_out_string(&o, command);
	json_out_key(&o, "error");
	json_out_string(&o, err_name(err->code));
	json_out_key(&o, "message");
	json_out_string(&o, err_msg(err));
	if (err->field[0]) {
		json_out_key(&o, "field");
		json_out_string(&o, err->field);
	}
	if (hint[0]) {
		json_out_key(&o, "hint");
		json_out_string(&o, hint);
	}
	json_out_object_end(&o);
	fprintf(stderr, "%s\n", strbuf_ok(&b) ? b.s : "{}");
}

int holler_fail(const struct holler *h, const char *command, const struct err *err)
{
	const char *hint = err->hint[0] ? err->hint : err_code_hint(err->code);
	char help[48];
	if (err->code == -EINVAL && str_eq(hint, err_code_hint(-EINVAL))) { /* it names no reference that is at hand here */
		(void)snprintf(help, sizeof(help), "holler%s%.24s --help", command[0] ? " " : "", command);
		hint = help;
	}
	fflush(stdout);
	if (h->json) {
		fail_json(command, err, hint);
	} else {
		fprintf(stderr, "holler%s%s: %s%s%s\n", command[0] ? " " : "", command, err->field,
			err->field[0] ? ": " : "", err_msg(err));
		if (hint[0])
			fprintf(stderr, "  hint: %s\n", hint);
	}
	return err->code == -EINVAL ? 2 : 1;
}

bool holler_wants_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

const struct holler_command *holler_find(const char *name)
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

static int main_unknown(const struct holler *h, const char *word)
{
	struct err err = ERR_INIT;
	const char *names[COUNT_OF(holler_commands)];
	for (unsigned i = 0; i < holler_n_commands; i++)
		names[i] = holler_commands[i].name;
	const char *near = str_nearest(word, names, holler_n_commands);
	int r = err_set(&err, -EINVAL, "unknown command '%s'%s%s%s", word, near ? "; did you mean '" : "", near ? near : "",
			near ? "'?" : "");
	const char *request = wire_message_nearest(word);
	if (!near && request)
		(void)err_hint(&err, r, "that is %s: holler call %s", str_eq(request, word) ? "a request" : "like a request", request);
	else
		(void)err_hint(&err, r, "holler --help lists the commands");
	return holler_fail(h, "", &err);
}

/* `help`, `help COMMAND` and `help REQUEST`. */
static int main_help_about(const struct holler *h, const char *word)
{
	const struct holler_command *c = word ? holler_find(word) : NULL;
	char *of_command[] = { c ? (char *)(uintptr_t)c->name : NULL, (char[]){ "--help" }, NULL };
	char *of_request[] = { (char[]){ "call" }, (char *)(uintptr_t)word, (char[]){ "--help" }, NULL };
	if (c)
		return c->run(h, 2, of_command);
	if (word && wire_message_find(word))
		return holler_call(h, 3, of_request);
	return word ? main_unknown(h, word) : (main_help(stdout), 0);
}

/* Options before the command; *ret_at is where that is, argc when there is none. 0, 1 (that was all), 2 (usage). */
static int main_options(struct holler *h, int argc, char **argv, int *ret_at)
{
	enum { JSON = FLAGS_FIRST, FAMILY, ACTOR, VERSION, HELP };
	static const struct flag rows[] = { { "--json", JSON, false },       { "--family", FAMILY, true },
					    { "--actor", ACTOR, true },      { "--version", VERSION, false },
					    { "--help", HELP, false },       { "-h", HELP, false } };
	struct flags f = { "", rows, COUNT_OF(rows), argc, argv, .max_words = 1 };
	struct err err = ERR_INIT;
	int key;
	while ((key = flags_next(&f, &err)) > FLAGS_WORD) {
		if (key == JSON)
			h->json = true;
		else if (key == FAMILY)
			h->family = f.value;
		else if (key == ACTOR)
			h->actor = f.value;
		else if (key == VERSION)
			return printf("holler %s\n", HOOT_VERSION) < 0 ? 2 : 1;
		else
			return main_help(stdout), 1;
	}
	*ret_at = key == FLAGS_WORD ? f.at - 1 : argc;
	return key < 0 ? holler_fail(h, "", &err) : 0;
}

/* --json is taken behind the command too, where that has no --json of its own; returns the new argc. */
static int main_take_json(struct holler *h, int argc, char **argv)
{
	int n = 0;
	bool ended = false;
	for (int i = 0; i < argc; i++) {
		ended |= strcmp(argv[i], "--") == 0;
		if (!ended && strcmp(argv[i], "--json") == 0)
			h->json = true;
		else
			argv[n++] = argv[i];
	}
	argv[n] = NULL;
	return n;
}

static int holler_main(int argc, char **argv)
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

	int at = argc;
	int done = main_options(&h, argc, argv, &at);
	if (done)
		return done == 1 ? 0 : done;
	if (at >= argc)
		return main_help(stderr), 2;
	if (strcmp(argv[at], "help") == 0)
		return main_help_about(&h, at + 1 < argc ? argv[at + 1] : NULL);
	const struct holler_command *c = holler_find(argv[at]);
	if (!c)
		return main_unknown(&h, argv[at]);
	argc -= at;
	argv += at;
	if (c->json == JSON_ANYWHERE)
		argc = main_take_json(&h, argc, argv);
	return c->run(&h, argc, argv);
}

/* What could not be written is not done, however well the rest went. */
int main(int argc, char **argv)
{
	int status = holler_main(argc, argv);
	if (fflush(stdout) != 0 && status == 0) {
		fprintf(stderr, "holler: standard output: %s\n", strerror(errno));
		status = 1;
	}
	return status;
}

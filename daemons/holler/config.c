/*
 * config.c - holler config: every setting of the family's programs, and with --explain where each value came from.
 *
 * Each program explains its own, so that what is printed is what that program would run with.
 */
#include "up.h"

#include "flags.h"

#include "base/mem.h"
#include "base/str.h"

#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int config_usage(void)
{
	fputs("usage: holler config [--explain] [PROGRAM ...] [-- OPTION ...]\n\n"
	      "Print every setting of the programs (all of them when none is named), as a file that --config reads.\n"
	      "What follows -- is handed to the programs first.\n\n"
	      "  --explain   a table instead that says where each value came from: built-in, a file and line, an\n"
	      "              environment variable, a flag\n\n"
	      "examples:\n"
	      "  holler config --explain\n"
	      "  holler config hootenanny > hootenanny.toml\n"
	      "  holler config hoot-worker -- --config my.toml\n",
	      stdout);
	return 0;
}

enum { KEY_EXPLAIN = FLAGS_FIRST };

/* Runs `PROGRAM --show-config OPTION...` (or --explain-config) with our own output; its exit status, or a negative error. */
static int show(const char *path, bool explain, char **options, size_t n_options, struct err *err)
{
	char **argv AUTO_MEM = mem_new_array(n_options + 3, sizeof(*argv));
	pid_t pid;
	int status;
	if (!argv)
		return err_set(err, -ENOMEM, "%s", path);
	argv[0] = (char *)(uintptr_t)path; /* posix_spawn changes nothing */
	argv[1] = explain ? (char[]){ "--explain-config" } : (char[]){ "--show-config" };
	for (size_t i = 0; i < n_options; i++)
		argv[2 + i] = options[i];
	int r = posix_spawn(&pid, path, NULL, NULL, argv, environ);
	if (r != 0)
		return err_set(err, -r, "start %s: %s", path, strerror(r));
	if (waitpid(pid, &status, 0) < 0)
		return err_sys(err, "wait for %s", path);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static bool is_named(const char *name, char **names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(names[i], name))
			return true;
	return n == 0;
}

static int check_names(char **names, size_t n, struct err *err)
{
	const char *known[8];
	for (size_t i = 0; i < up_n_programs; i++)
		known[i] = up_programs[i].name;
	for (size_t i = 0; i < n; i++) {
		const char *near = str_nearest(names[i], known, up_n_programs);
		if (near && str_eq(near, names[i]))
			continue;
		int r = err_set(err, -EINVAL, "there is no program '%s'", names[i]);
		return near ? err_hint(err, r, "did you mean '%s'?", near) : r;
	}
	return 0;
}

int holler_config(const struct holler *h, int argc, char **argv)
{
	struct err err = ERR_INIT;
	size_t n = 0, n_options = 0;
	char **names = argv + 1, **options = NULL;
	if (holler_wants_help(argc, argv))
		return config_usage();
	for (int i = 1; i < argc && !options; i++)
		if (str_eq(argv[i], "--")) {
			options = argv + i + 1;
			n_options = (size_t)(argc - i - 1);
			argc = i;
		}
	static const struct flag rows[] = { { "--explain", KEY_EXPLAIN, false } };
	struct flags f = { "config", rows, COUNT_OF(rows), argc, argv, .max_words = SIZE_MAX };
	bool explain = false;
	int key;
	while ((key = flags_next(&f, &err)) > 0)
		if (key == FLAGS_WORD)
			names[n++] = argv[f.at - 1];
		else
			explain |= key == KEY_EXPLAIN;
	if (key < 0)
		return holler_fail(h, "config", &err);
	if (check_names(names, n, &err) < 0)
		return holler_fail(h, "config", &err);

	int worst = 0;
	for (size_t i = 0; i < up_n_programs; i++) {
		char path[PATH_MAX];
		if (!is_named(up_programs[i].name, names, n))
			continue;
		int r = up_find(NULL, h->self, &up_programs[i], path, &err);
		if (r == 0) {
			printf("# %s\n", up_programs[i].name);
			fflush(stdout); /* before the program's own output */
			r = show(path, explain, options, n_options, &err);
		}
		if (r < 0)
			r = holler_fail(h, "config", &err);
		worst = r > worst ? r : worst;
	}
	return worst;
}

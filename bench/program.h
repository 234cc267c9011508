/*
 * program.h - programs of this build, run from a bench that lies beside them.
 *
 * Errors: the bench ends with a message.
 */
#ifndef BENCH_PROGRAM_H
#define BENCH_PROGRAM_H

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"

static inline void fail(const char *what)
{
	(void)fprintf(stderr, "bench: %s\n", what);
	exit(1);
}

/* A program of this build: bench/ lies beside daemons/ and workers/. */
static inline void find(const char *name, char ret[PATH_MAX])
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n <= 0)
		fail("/proc/self/exe");
	self[n] = '\0';
	char *AUTO_MEM dir = fs_dirname(self);
	const char *where = strcmp(name, "hoot-worker") == 0 ? "workers" : "daemons";
	if (!dir || snprintf(ret, PATH_MAX, "%s/../%s/%s/%s", dir, where, name, name) >= PATH_MAX)
		fail("the path is too long");
}

/* Runs a program to its end, its output thrown away. */
static inline void run(const char *name, const char *const *args)
{
	char path[PATH_MAX];
	const char *argv[16] = { path };
	size_t n = 1;
	posix_spawn_file_actions_t fa;
	pid_t pid;
	int status = 0;
	find(name, path);
	for (; *args && n + 1 < COUNT_OF(argv); args++)
		argv[n++] = *args;
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addopen(&fa, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	if (posix_spawn(&pid, path, &fa, NULL, (char *const *)(void *)argv, environ) != 0)
		fail(path);
	posix_spawn_file_actions_destroy(&fa);
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail(path);
}

/*
 * In a process of its own, so that what was started before it can be stopped whatever becomes of it: 0 when it ended well. An interrupt of
 * the terminal ends it alone.
 */
static inline int beside(void (*part)(const void *arg), const void *arg)
{
	int status = 0;
	(void)fflush(stdout); /* else both would write it */
	pid_t pid = fork();
	if (pid == 0) {
		part(arg);
		exit(0);
	}
	(void)signal(SIGINT, SIG_IGN);
	pid_t ended = pid < 0 ? -1 : waitpid(pid, &status, 0);
	(void)signal(SIGINT, SIG_DFL);
	return ended == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

#define RUN(name, ...) run((name), (const char *const[]){ __VA_ARGS__, NULL })

#endif

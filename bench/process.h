/*
 * process.h - a program run to its end, and the processor time it took: for benches that compare whole programs.
 */
#ifndef BENCH_PROCESS_H
#define BENCH_PROCESS_H

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

extern char **environ;

/* Seconds; its output is thrown away. Below 0 when it could not be started or did not end by itself; *ret_status else. */
static inline double process_cpu_s(const char *const argv[], int *ret_status)
{
	posix_spawn_file_actions_t quiet;
	struct rusage u;
	pid_t pid;
	int status = 0;
	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&quiet, 2, "/dev/null", O_WRONLY, 0);
	int r = posix_spawnp(&pid, argv[0], &quiet, NULL, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&quiet);
	if (r != 0)
		return -1;
	while (wait4(pid, &status, 0, &u) != pid) {
		if (errno != EINTR)
			return -1;
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) == 127)
		return -1;
	*ret_status = WEXITSTATUS(status);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + 1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

#endif

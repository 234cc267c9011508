/*
 * child.h - starts a program for a test, so that it ends with the test whatever becomes of it.
 *
 * A sanitizer or an abort ends a test without its teardown. A daemon that lived on would hold the pipe that the
 * test runner reads, and the runner would wait for it until its own time-out.
 */
#ifndef TESTS_CHILD_H
#define TESTS_CHILD_H

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* `log` NULL: the test's own stderr, else a file that is appended to. Fails the test when it cannot be started. */
static inline pid_t child_start(const char *program, char *const *argv, const char *log)
{
	pid_t parent = getpid(), pid = fork();
	if (pid < 0)
		fail_msg("fork: %s", strerror(errno));
	if (pid > 0)
		return pid;
	int fd = log ? open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644) : -1;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent || (log && dup2(fd, STDERR_FILENO) < 0))
		_exit(126);
	execv(program, argv);
	_exit(127);
}

#endif

/*
 * The traps catch what they are for: this program runs itself again with them preloaded, once for each kind of canary.
 *
 *   test_traps TRAP_LIBRARY
 */
#include "../check.h"

#include "rt/rt.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *library, *self;

enum { CAUGHT = 99, PASSED = 0 };

static int canary_run(const char *kind)
{
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	void *volatile p = malloc(100), *volatile q = NULL;
	const struct timespec moment = { 0, 1 };
	rt_enter();
	if (strcmp(kind, "malloc") == 0)
		q = malloc(10);
	else if (strcmp(kind, "calloc") == 0)
		q = calloc(10, 10);
	else if (strcmp(kind, "realloc") == 0)
		p = realloc(p, 1000);
	else if (strcmp(kind, "free") == 0)
		free(p);
	else if (strcmp(kind, "lock") == 0)
		pthread_mutex_lock(&lock);
	else if (strcmp(kind, "sleep") == 0)
		nanosleep(&moment, NULL);
	else if (strcmp(kind, "syscall") == 0)
		(void)syscall(SYS_getppid);
	else if (strcmp(kind, "write") == 0)
		(void)!write(2, "", 0);
	rt_leave();
	free(q);
	return PASSED;
}

/* Runs this program as a canary; returns its exit code and the end of what it said. */
static int run(const char *kind, const char *preload, char *ret_said, size_t size)
{
	int pipe_fds[2], status;
	assert_int_equal(pipe(pipe_fds), 0);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(pipe_fds[1], 2);
		close(pipe_fds[0]);
		if (preload)
			setenv("LD_PRELOAD", preload, 1);
		else
			unsetenv("LD_PRELOAD");
		execl(self, self, "canary", kind, (char *)NULL);
		_exit(127);
	}
	assert_true(pid > 0);
	close(pipe_fds[1]);
	ssize_t n = read(pipe_fds[0], ret_said, size - 1);
	ret_said[n > 0 ? n : 0] = 0;
	close(pipe_fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void caught(const char *kind, const char *said_want)
{
	char said[200];
	int code = run(kind, library, said, sizeof(said));
	if (strstr(said, "no syscall user dispatch"))
		skip();
	assert_int_equal(code, CAUGHT);
	assert_non_null(strstr(said, said_want));
}

/* Rows: S0-89, L10, L11 */
static void test_memory_is_trapped(void **state)
{
	caught("malloc", "trap: malloc");
	caught("calloc", "trap: calloc");
	caught("realloc", "trap: realloc");
	caught("free", "trap: free");
}

/* Rows: S2-3, L10, L11 */
static void test_locks_and_sleeps_are_trapped(void **state)
{
	caught("lock", "trap: lock");
	caught("sleep", "trap: sleep");
}

/* Rows: S2-3, L10 */
static void test_system_calls_are_trapped(void **state)
{
	caught("syscall", "trap: system call");
	caught("write", "trap: system call");
}

static void test_a_clean_cycle_passes_and_so_does_everything_without_traps(void **state)
{
	char said[200];
	assert_int_equal(run("nothing", library, said, sizeof(said)), PASSED);
	assert_int_equal(run("malloc", NULL, said, sizeof(said)), PASSED);
	assert_int_equal(run("syscall", NULL, said, sizeof(said)), PASSED);
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "canary") == 0)
		return canary_run(argv[2]);
	if (argc != 2) {
		fprintf(stderr, "usage: test_traps TRAP_LIBRARY\n");
		return 2;
	}
	self = argv[0];
	library = argv[1];
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_is_trapped),
		cmocka_unit_test(test_locks_and_sleeps_are_trapped),
		cmocka_unit_test(test_system_calls_are_trapped),
		cmocka_unit_test(test_a_clean_cycle_passes_and_so_does_everything_without_traps),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

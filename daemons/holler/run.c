#include "run.h"

#include "base/mem.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/banned.h"

extern char **environ;

int holler_run(const struct holler *h, const char *family, const char *log, const char *const *args, struct err *err)
{
	const char *argv[24] = { h->self, "--family", family };
	size_t n = 3;
	for (; *args && n + 1 < COUNT_OF(argv); args++)
		argv[n++] = *args;

	posix_spawn_file_actions_t fa;
	posix_spawnattr_t attr;
	sigset_t none;
	if (posix_spawn_file_actions_init(&fa) != 0)
		return err_set(err, -ENOMEM, "start holler");
	if (posix_spawnattr_init(&attr) != 0) {
		posix_spawn_file_actions_destroy(&fa);
		return err_set(err, -ENOMEM, "start holler");
	}
	/* Ctrl-C is for us: we stop what we started. */
	sigemptyset(&none);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawn_file_actions_addopen(&fa, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&fa, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_APPEND, 0644);
	posix_spawn_file_actions_adddup2(&fa, STDOUT_FILENO, STDERR_FILENO);
	pid_t pid;
	char *const *av = (char *const *)(void *)argv; /* posix_spawn does not write to it */
	int r = posix_spawn(&pid, h->self, &fa, &attr, av, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&fa);
	if (r != 0)
		return err_set(err, -r, "start '%s': %s", h->self, strerror(r));

	int status;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_sys(err, "wait for holler");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		r = err_set(err, -EIO, "the family could not be %s (status %d)",
			    strcmp(argv[3], "up") == 0 ? "started" : "stopped",
			    WIFEXITED(status) ? WEXITSTATUS(status) : -1);
		return err_hint(err, r, "read %s", log);
	}
	return 0;
}

const int holler_stops[HOLLER_N_STOPS] = { SIGINT, SIGTERM, SIGHUP };

void holler_hold_signals(bool hold)
{
	sigset_t set;
	sigemptyset(&set);
	for (size_t i = 0; i < HOLLER_N_STOPS; i++)
		sigaddset(&set, holler_stops[i]);
	(void)sigprocmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL); /* cannot fail with a good set */
}

bool holler_signal_waits(void)
{
	sigset_t set;
	bool waits = false;
	if (sigpending(&set) < 0)
		return false;
	for (size_t i = 0; i < HOLLER_N_STOPS; i++) {
		struct sigaction now; /* one that is ignored, as under nohup, waits all the same while it is held */
		bool heeded = sigaction(holler_stops[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN;
		waits |= heeded && sigismember(&set, holler_stops[i]) == 1;
	}
	return waits;
}

/*
 * down.c - holler down: stop a family cleanly, within a bound.
 *
 * A supervisor that is there is asked (SIGINT) and does it; what it does not look after, or what
 * a killed one left behind, gets SIGTERM, and SIGKILL when the bound is over.
 */
#include "command.h"
#include "flags.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "supervise.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "base/banned.h"

#define WAIT_MS       15000
#define KILL_MS       2000
#define MAX_PROCESSES 48

static const char help[] =
	"usage: holler [--family DIR] down [--wait-ms N]\n"
	"Stop the family: the supervisor first, then whatever is left.\n\n"
	"  --wait-ms N   how long the programs may take before they are killed (default: 15000)\n\n"
	"Exit status 0 when nothing is left, also when nothing was running.\n\n"
	"examples:\n"
	"  holler down\n"
	"  holler --family jam/family down --wait-ms 2000\n";

struct process {
	char name[64];
	pid_t pid;
	int fd; /* pidfd; -1 once it is gone */
	bool killed;
};

struct down {
	struct wire_family *family;
	struct process all[MAX_PROCESSES];
	size_t n;
};

/* Opens the process and makes sure that it is still the one that was meant. */
static void add_process(struct down *d, const char *name, pid_t pid, uint64_t start)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->all[i].pid == pid)
			return;
	if (d->n == MAX_PROCESSES || pid <= 0)
		return;
	int fd = pidfd_open(pid, 0);
	if (fd < 0)
		return;
	if (start && !supervise_alive(pid, start)) {
		close(fd);
		return;
	}
	struct process *p = &d->all[d->n++];
	*p = (struct process){.pid = pid, .fd = fd};
	(void)str_copy(p->name, sizeof(p->name), name);
}

static void add_announced(struct down *d)
{
	struct wire_family_daemon *AUTO_MEM all = NULL;
	size_t n = 0;
	struct err ignored = ERR_INIT;
	if (wire_family_list(d->family, &all, &n, &ignored) < 0)
		return;
	for (size_t i = 0; i < n; i++)
		add_process(d, all[i].name, all[i].pid, all[i].start);
}

static void add_supervised(struct down *d)
{
	AUTO_JSON json_t *doc = NULL;
	struct err ignored = ERR_INIT;
	size_t i;
	json_t *row;
	if (supervise_read(d->family, &doc, &ignored) < 0)
		return;
	json_array_foreach(json_object_get(doc, "programs"), i, row)
	{
		const char *name;
		int64_t pid, start;
		if (json_get_string(row, "name", &name, NULL) == 0 &&
		    json_get_int(row, "pid", &pid, NULL) == 0 &&
		    json_get_int(row, "start", &start, NULL) == 0 && pid > 0 && pid < INT32_MAX &&
		    start > 0)
			add_process(d, name, (pid_t)pid, (uint64_t)start);
	}
}

static void send_all(struct down *d, int signal)
{
	for (size_t i = 0; i < d->n; i++) {
		struct process *p = &d->all[i];
		if (p->fd < 0)
			continue;
		p->killed |= signal == SIGKILL;
		(void)pidfd_send_signal(p->fd, signal, NULL, 0);
	}
}

/* Waits until all have ended or the time is up; how many are left. */
static size_t wait_all(struct down *d, int64_t bound_ms)
{
	int64_t end_ns = clock_monotonic_ns(clock_system()) + bound_ms * NS_PER_MS;
	for (;;) {
		struct pollfd fds[MAX_PROCESSES];
		size_t left = 0;
		for (size_t i = 0; i < d->n; i++) {
			fds[i] = (struct pollfd){.fd = d->all[i].fd, .events = POLLIN};
			left += d->all[i].fd >= 0;
		}
		int64_t ms = (end_ns - clock_monotonic_ns(clock_system())) / NS_PER_MS;
		int ready = left ? poll(fds, d->n, ms > 0 ? (int)ms : 0) : 0;
		for (size_t i = 0; i < d->n && ready > 0; i++) {
			if (!(fds[i].revents & POLLIN))
				continue;
			close(d->all[i].fd);
			d->all[i].fd = -1;
			left--;
		}
		if (!left || (ms <= 0 && ready <= 0))
			return left;
	}
}

static int stop_supervisor(struct down *d, int64_t wait_ms, struct err *err)
{
	struct down only = {.family = d->family};
	pid_t pid = 0;
	int r = wire_family_holder(d->family, "supervisor", &pid, err);
	if (r < 0 || !pid)
		return r;
	add_process(&only, "supervisor", pid, 0);
	send_all(&only, SIGINT);
	if (wait_all(&only, wait_ms) == 0)
		return 0;
	/*
	 * It does not listen: without it nothing is started again, and the rest is stopped below.
	 */
	send_all(&only, SIGKILL);
	(void)wait_all(&only, KILL_MS);
	return 0;
}

static int print_result(const struct holler *h, const struct down *d, size_t left)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct json_out o;
	size_t killed = 0;
	for (size_t i = 0; i < d->n; i++)
		killed += d->all[i].killed;
	json_out_init(&o, &b);
	json_out_object_begin(&o);
	json_out_key(&o, "stopped");
	json_out_int(&o, (int64_t)(d->n - left));
	json_out_key(&o, "killed");
	json_out_int(&o, (int64_t)killed);
	json_out_key(&o, "left");
	json_out_int(&o, (int64_t)left);
	json_out_object_end(&o);
	if (h->json)
		printf("%s\n", strbuf_ok(&b) ? b.s : "{}");
	else if (!d->n)
		printf("nothing was running in '%s'\n", wire_family_dir(d->family));
	else if (left)
		printf("%zu of %zu programs are still there\n", left, d->n);
	else
		printf("stopped %zu programs%s\n", d->n, killed ? "; some had to be killed" : "");
	return left ? 1 : 0;
}

int holler_down(const struct holler *h, int argc, char **argv)
{
	static const struct flag rows[] = {{"--wait-ms", FLAGS_FIRST, true}};
	struct flags f = {"down", rows, COUNT_OF(rows), argc, argv};
	struct down d = {.n = 0};
	struct err err = ERR_INIT;
	int64_t wait_ms = WAIT_MS;
	int key, r = 0;
	if (holler_wants_help(argc, argv))
		return fputs(help, stdout) < 0;
	while (r == 0 && (key = flags_next(&f, &err)) != FLAGS_END)
		r = key < 0 ? key : flags_int(&f, 0, 600000, &wait_ms, &err);
	if (r == 0)
		r = wire_family_open(h->family, false, &d.family, &err);
	if (r == -ENOENT)
		return h->json ? printf("{\"stopped\":0,\"killed\":0,\"left\":0}\n") < 0
			       : printf("nothing is running: %s\n", err_msg(&err)) < 0;
	if (r == 0) {
		add_announced(&d);
		add_supervised(&d);
		r = stop_supervisor(&d, wait_ms, &err);
	}
	if (r < 0) {
		wire_family_free(d.family);
		return holler_fail(h, "down", &err);
	}
	/* What a supervisor that was just starting has added meanwhile. */
	add_announced(&d);
	add_supervised(&d);
	size_t left = wait_all(&d, 0);
	if (left) {
		send_all(&d, SIGTERM);
		left = wait_all(&d, wait_ms);
	}
	if (left) {
		send_all(&d, SIGKILL);
		left = wait_all(&d, KILL_MS);
	}
	int status = print_result(h, &d, left);
	wire_family_free(d.family);
	return status;
}

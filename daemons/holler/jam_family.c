/*
 * jam_family.c - a family of the jam's own: started, watched for memory, stopped.
 */
#include "jam.h"
#include "run.h"

#include "base/clock.h"
#include "base/fs.h"
#include "base/str.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int jam_run_holler(struct jam *j, const char *const *args, struct err *err)
{
	return holler_run(j->h, j->paths.family, j->paths.log, args, err);
}

static bool jam_family_runs(struct jam *j)
{
	pid_t pid = 0;
	struct err ignored = ERR_INIT;
	return wire_family_holder(j->family, "supervisor", &pid, &ignored) == 0 && pid != 0;
}

static void jam_on_signal(void *arg)
{
	struct jam *j = arg;
	j->interrupted = true;
}

static int jam_watch_signals(struct jam *j, struct err *err)
{
	int r = 0;
	for (size_t i = 0; i < HOLLER_N_STOPS && r == 0; i++)
		r = wire_signal_new(j->loop, holler_stops[i], jam_on_signal, j, &j->signals[i], err);
	if (r == 0)
		holler_hold_signals(false);
	return r;
}

static int jam_family_connect(struct jam *j, struct err *err)
{
	int r = wire_context_new(&j->context, err);
	if (r == 0)
		r = wire_loop_new(&j->loop, err);
	if (r == 0)
		r = jam_watch_signals(j, err);
	if (r < 0)
		return r;
	struct wire_client_options o = {
		.name = "holler-jam",
		.context = j->context,
		.loop = j->loop,
		.family = j->family,
		.daemon = "hootenanny",
		.socket = "requests",
		.actor = j->h->actor,
	};
	r = wire_client_new(&o, &j->hoot, err);
	if (r < 0)
		return r;
	o.daemon = "chaosgarden";
	o.socket = "shell";
	return wire_client_new(&o, &j->garden, err);
}

int jam_family_start(struct jam *j, struct err *err)
{
	int r = wire_family_open(j->paths.family, true, &j->family, err);
	if (r < 0)
		return r;
	if (jam_family_runs(j)) {
		r = err_set(err, -EBUSY, "a family is running in '%s'", j->paths.family);
		return err_hint(err, r, "holler --family %s down", j->paths.family);
	}

	/* A performance starts from nothing: what an earlier one left is not part of it. */
	wire_family_free(TAKE(j->family));
	r = fs_remove_tree(j->paths.family, err);
	if (r < 0 && r != -ENOENT)
		return r;
	r = wire_family_open(j->paths.family, true, &j->family, err);
	if (r < 0)
		return r;

	char device[64];
	(void)snprintf(device, sizeof(device), "--device=%s", j->o.device);
	const char *const args[] = { "up", "--detach", "--bind", "tcp://127.0.0.1:0", device, NULL };
	j->started = true; /* from here on it is ours to stop */
	r = jam_run_holler(j, args, err);
	if (r < 0)
		return r;
	return jam_family_connect(j, err);
}

void jam_family_stop(struct jam *j)
{
	holler_hold_signals(true);
	for (size_t i = 0; i < COUNT_OF(j->signals); i++)
		wire_watch_free(TAKE(j->signals[i]));
	wire_timer_free(TAKE(j->memory_timer));
	wire_subscriber_free(TAKE(j->garden_events));
	wire_subscriber_free(TAKE(j->hoot_events));
	wire_client_free(TAKE(j->garden));
	wire_client_free(TAKE(j->hoot));
	wire_loop_free(TAKE(j->loop));
	wire_context_free(TAKE(j->context));
	if (j->started && !j->o.keep && jam_family_runs(j)) {
		const char *const args[] = { "down", NULL };
		struct err e = ERR_INIT;
		if (jam_run_holler(j, args, &e) < 0)
			fprintf(stderr, "holler jam: %s\n", err_msg(&e));
	}
	wire_family_free(TAKE(j->family));
}

/* "Pss:  123 kB" of /proc/PID/smaps_rollup, in bytes; 0 when the process is gone. */
static int64_t jam_pss_of(pid_t pid)
{
	char path[64], line[256];
	(void)snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
	FILE *f = fopen(path, "re");
	if (!f)
		return 0;
	int64_t kib = 0;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "Pss: %" SCNd64 " kB", &kib) == 1)
			break;
	fclose(f);
	return kib * 1024;
}

static pid_t jam_parent_of(pid_t pid)
{
	char path[64], text[512];
	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	FILE *f = fopen(path, "re");
	if (!f)
		return 0;
	size_t n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	const char *end = strrchr(text, ')'); /* the name may hold anything */
	int parent = 0;
	if (!end || sscanf(end + 1, " %*c %d", &parent) != 1)
		return 0;
	return parent;
}

int64_t jam_family_pss(struct jam *j)
{
	pid_t supervisor = 0;
	struct err ignored = ERR_INIT;
	int64_t sum = jam_pss_of(getpid());
	if (wire_family_holder(j->family, "supervisor", &supervisor, &ignored) < 0 || !supervisor)
		return sum;
	sum += jam_pss_of(supervisor);

	DIR *d = opendir("/proc");
	if (!d)
		return sum;
	struct dirent *e;
	while ((e = readdir(d))) {
		int64_t pid;
		if (str_to_int(e->d_name, &pid) < 0)
			continue;
		pid_t parent = jam_parent_of((pid_t)pid);
		/* children and grandchildren of the supervisor */
		if (parent > 1 && (parent == supervisor || jam_parent_of(parent) == supervisor))
			sum += jam_pss_of((pid_t)pid);
	}
	closedir(d);
	return sum;
}

/*
 * bench_family.c - how long a family takes to answer, and how much memory each of its programs holds when it rests.
 *
 * Ours:      `holler up --detach`, which comes back when every daemon has answered a request: hootenanny with its store,
 *            chaosgarden with its engine, a worker beside them; a new directory every time. Then, once a worker has joined and
 *            the family has been left alone, the resident memory of each program.
 * Reference: for the start, the same three programs started one after the other only to say their version; for memory, a
 *            process that does nothing but bind a ROUTER of libzmq.
 * Output:    one JSON object a figure (see tools/bench); the median of the rounds.
 */
#include "base/clock.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "program.h"

#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#define ROUNDS  9
#define REST_MS 1000

static const char *const programs[] = { "hootenanny", "chaosgarden", "hoot-worker" };

static double ms_since(int64_t began_ns)
{
	return (double)(clock_monotonic_ns(clock_system()) - began_ns) / 1e6;
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

static double median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), by_value);
	return v[n / 2];
}

/* --- memory -------------------------------------------------------------------------------------------------------- */

static double resident_mb(pid_t pid)
{
	char path[64], line[256];
	long long kib = 0;
	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	FILE *f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "VmRSS: %lld kB", &kib) == 1)
			break;
	if (f)
		fclose(f);
	if (!kib)
		fail(path);
	return (double)kib / 1000;
}

/* What holler up wrote down of its programs. */
static pid_t pid_of(const char *family, const char *name)
{
	char *AUTO_MEM path = fs_join(family, "supervisor.json");
	AUTO_JSON json_t *doc = NULL;
	json_t *row;
	size_t i;
	if (!path || json_parse_file(path, &doc, NULL) < 0)
		fail("supervisor.json");
	json_array_foreach(json_object_get(doc, "programs"), i, row)
	{
		const char *s = json_string_value(json_object_get(row, "name"));
		if (s && strcmp(s, name) == 0)
			return (pid_t)json_integer_value(json_object_get(row, "pid"));
	}
	fail(name);
	return 0;
}

static double bare_mb(void)
{
	int ready[2], stay[2];
	char c;
	if (pipe(ready) < 0 || pipe(stay) < 0)
		fail("pipe");
	pid_t pid = fork();
	if (pid == 0) {
		void *context = zmq_ctx_new(), *s = zmq_socket(context, ZMQ_ROUTER);
		close(stay[1]);
		if (zmq_bind(s, "tcp://127.0.0.1:*") < 0 || write(ready[1], "", 1) != 1)
			_exit(1);
		(void)!read(stay[0], &c, 1); /* until we are done with it */
		_exit(0);
	}
	close(stay[0]);
	if (pid < 0 || read(ready[0], &c, 1) != 1)
		fail("the bare ROUTER");
	double mb = resident_mb(pid);
	close(stay[1]);
	(void)waitpid(pid, NULL, 0);
	close(ready[0]);
	close(ready[1]);
	return mb;
}

static void say(const char *name, double ours, double reference, const char *unit, const char *target)
{
	printf("{\"name\":\"%s\",\"ours\":%.1f,\"reference\":%.1f,\"ratio\":%.2f,\"unit\":\"%s\",\"target\":\"%s\"}\n", name, ours,
	       reference, ours / reference, unit, target);
}

/* --- rounds -------------------------------------------------------------------------------------------------------- */

static double start(const char *family)
{
	int64_t began_ns = clock_monotonic_ns(clock_system());
	RUN("holler", "--family", family, "up", "--detach", "--bind", "tcp://127.0.0.1:0", "--device", "null");
	return ms_since(began_ns);
}

static double versions(void)
{
	int64_t began_ns = clock_monotonic_ns(clock_system());
	for (size_t i = 0; i < COUNT_OF(programs); i++)
		RUN(programs[i], "--version");
	return ms_since(began_ns);
}

int main(void)
{
	double ours[ROUNDS], reference[ROUNDS], mb[COUNT_OF(programs)], bare = bare_mb();
	struct err err = ERR_INIT;
	for (size_t round = 0; round < ROUNDS; round++) {
		char *AUTO_MEM dir = NULL;
		if (fs_temp_dir(NULL, "bench-family", &dir, &err) < 0)
			fail(err_msg(&err));
		char *AUTO_MEM family = fs_join(dir, "family");
		reference[round] = versions();
		ours[round] = start(family);
		if (round + 1 == ROUNDS) {
			(void)poll(NULL, 0, REST_MS); /* left alone: that is what is measured */
			for (size_t i = 0; i < COUNT_OF(programs); i++)
				mb[i] = resident_mb(pid_of(family, programs[i]));
		}
		RUN("holler", "--family", family, "down");
		(void)fs_remove_tree(dir, &err); /* a leftover in the temporary folder spoils nothing */
	}
	say("family: start to the last daemon's first answer", median(ours, ROUNDS), median(reference, ROUNDS), "ms",
	    "well under 1000 ms");
	for (size_t i = 0; i < COUNT_OF(programs); i++) {
		char name[80];
		(void)snprintf(name, sizeof(name), "%s at rest, resident / a bare ROUTER", programs[i]);
		say(name, mb[i], bare, "MB", "under 30 MB");
	}
	return 0;
}

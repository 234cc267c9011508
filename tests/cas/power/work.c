/*
 * work.c - what the shim watches: contents put small, large and staged from three threads,
 * artifacts, jobs and decisions, closing and opening in between. It tells the shim what it was
 * promised.
 *
 * Acknowledgements: "content N" (what work_content(N) makes), "artifact ID", "job ID STATE".
 */
#include "work.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "jobs/artifact.h"
#include "jobs/job.h"

enum { N_PUTS = 30, N_THREADS = 3 };

static void (*ack_fn)(const char *);

static void ack(const char *fmt, ...) PRINTF(1, 2);
static void ack(const char *fmt, ...)
{
	char text[200];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (ack_fn)
		ack_fn(text);
}

static void must(int r, const struct err *err)
{
	if (r >= 0)
		return;
	fprintf(stderr, "work: %s\n", err_msg(err));
	_exit(1);
}

static void put_one(struct work *w, int i)
{
	static const size_t room = WORK_CONTENT_MAX;
	char AUTO_MEM *bytes = malloc(room);
	size_t n = work_content(i, bytes);
	struct cas_info info;
	struct err err = ERR_INIT;
	if (i % 10 == 7) { /* staged by somebody else, then adopted */
		char AUTO_MEM *path = NULL;
		must(cas_stage(w->cas, "", &path, &err), &err);
		int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
		must(fs_write_all(fd, bytes, n), &err);
		close(fd);
		must(cas_adopt(w->cas, path, NULL, NULL, &info, &err), &err);
	} else {
		must(cas_put(w->cas, bytes, n, NULL, &info, &err), &err);
	}
	ack("content %d", i);
}

struct crowd {
	struct work *work;
	atomic_int next;
	int end;
};

static void *put_some(void *arg)
{
	struct crowd *crowd = arg;
	int i;
	while ((i = atomic_fetch_add(&crowd->next, 1)) < crowd->end)
		put_one(crowd->work, i);
	return NULL;
}

static void put_together(struct work *w, int from, int to)
{
	struct crowd crowd = {w, from, to};
	pthread_t threads[N_THREADS];
	for (int i = 0; i < N_THREADS; i++)
		pthread_create(&threads[i], NULL, put_some, &crowd);
	for (int i = 0; i < N_THREADS; i++)
		pthread_join(threads[i], NULL);
}

/* One job from submission to completion, each commit a promise. */
static void do_job(struct work *w, int i)
{
	struct err err = ERR_INIT;
	struct store_conn *c;
	struct cas_info info;
	struct jobs jobs = {.owner = "hoot",
			    .cas_root = cas_root(w->cas),
			    .clock = clock_system(),
			    .lease_ms = 10000};
	char artifact[UUID_SIZE], made[UUID_SIZE], job[JOB_ID_SIZE], text[32];
	snprintf(text, sizeof(text), "MThd %d", i);
	must(cas_put(w->cas, text, strlen(text), NULL, &info, &err), &err);
	struct artifact_new a = {
		.content_hash = info.hash, .creator = "ada", .verb = "create", .model = ""};
	must(store_begin(w->store, &c, &err), &err);
	must(artifact_add(c, &a, artifact, &err), &err);
	must(store_commit(w->store, &err), &err);
	ack("artifact %s", artifact);

	const char *input = artifact;
	struct job_step_new step = {
		.verb = "continue", .from_space = "midi", .space = "midi", .model = ""};
	struct job_new n = {.verb = "continue",
			    .actor = "ada",
			    .region_id = "r",
			    .inputs = &input,
			    .n_inputs = 1,
			    .steps = &step,
			    .n_steps = 1,
			    .max_attempts = 3};
	must(store_begin(w->store, &c, &err), &err);
	must(jobs_submit(&jobs, c, &n, job, &err), &err);
	must(store_commit(w->store, &err), &err);
	ack("job %s 0", job);

	const struct worker_capability can = {.verb = "continue",
					      .from_space = "midi",
					      .to_space = "midi",
					      .model = "m",
					      .model_version = "1"};
	struct job_claimed claimed;
	must(store_begin(w->store, &c, &err), &err);
	must(jobs_claim(&jobs, c, "w", (struct capability_list){&can, 1}, &claimed, &err), &err);
	must(store_commit(w->store, &err), &err);
	ack("job %s 1", job);

	struct job_attempt attempt = {"w", job, claimed.attempt};
	struct job_output out = {.content_hash = info.hash};
	bool finished;
	must(store_begin(w->store, &c, &err), &err);
	must(jobs_complete(&jobs, c, &attempt, &out, made, &finished, &err), &err);
	must(store_commit(w->store, &err), &err);
	ack("job %s 2", job);
	ack("artifact %s", made);
}

static void reopen(struct work *w, const char *dir)
{
	struct err err = ERR_INIT;
	work_close(w);
	must(work_open(w, dir, &err), &err);
}

int main(int argc, char **argv)
{
	struct work w = {NULL, NULL};
	if (argc != 2)
		return 2;
	*(void **)&ack_fn = dlsym(RTLD_DEFAULT, "power_ack");
	reopen(&w, argv[1]);
	put_together(&w, 0, N_PUTS / 2);
	do_job(&w, 0);
	reopen(&w, argv[1]);
	struct err err = ERR_INIT;
	must(cas_flush(w.cas, &err), &err);
	do_job(&w, 1);
	put_together(&w, N_PUTS / 2, N_PUTS);
	put_one(&w, 3); /* it is there already */
	work_close(&w);
	return 0;
}

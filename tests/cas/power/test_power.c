/*
 * Replays the trace of work.c, crashes after every record in three ways, opens what is left, and
 * checks that everything that had been acknowledged is there and everything that is there verifies.
 *
 * TEST_SEED and POWER_AT replay one crash.
 */
#include "../../check.h"
#include "../../seed.h"

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/str.h"
#include "disk.h"
#include "jobs/artifact.h"
#include "jobs/job.h"
#include "work.h"

extern char **environ;

struct trace {
	char *bytes;
	size_t n;
	char *dir;  /* where everything is */
	char *root; /* what was watched */
};

struct promises {
	bool contents[100];
	char artifacts[10][UUID_SIZE];
	size_t n_artifacts;
	struct {
		char id[JOB_ID_SIZE];
		int state;
	} jobs[10];
	size_t n_jobs, n_total;
};

static struct trace trace;

static int record_trace(void **state)
{
	const char *build = getenv("POWER_BUILD");
	assert_int_equal(
		fs_temp_dir(fs_is_dir("/dev/shm") ? "/dev/shm" : NULL, "power", &trace.dir, NULL),
		0);
	trace.root = fs_join(trace.dir, "root");
	char AUTO_MEM *out = fs_join(trace.dir, "trace"),
		      AUTO_MEM *work = str_printf("%s/power_work", build);
	assert_int_equal(fs_mkdir_p(trace.root, 0755, NULL), 0);
	char AUTO_MEM *preload = str_printf("%s%sLD_PRELOAD=%s/libpower_shim.so", "", "", build);
	setenv("POWER_TRACE", out, 1);
	setenv("POWER_ROOT", trace.root, 1);
	setenv("LD_PRELOAD", preload + strlen("LD_PRELOAD="), 1);
	char *argv[] = {work, trace.root, NULL};
	pid_t pid;
	int status;
	assert_int_equal(posix_spawn(&pid, work, NULL, NULL, argv, environ), 0);
	unsetenv("LD_PRELOAD");
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(fs_read(out, 64 << 20, &trace.bytes, &trace.n, NULL), 0);
	fs_remove_tree(trace.root, NULL);
	return 0;
}

static int forget_trace(void **state)
{
	fs_remove_tree(trace.dir, NULL);
	free(trace.dir);
	free(trace.root);
	free(trace.bytes);
	return 0;
}

static bool next_record(size_t *at, struct trace_record *r, char **first, char **second)
{
	if (*at >= trace.n)
		return false;
	assert_true(*at + sizeof(*r) <= trace.n);
	memcpy(r, trace.bytes + *at, sizeof(*r));
	*at += sizeof(*r);
	*first = strndup(trace.bytes + *at, r->n_first);
	if (r->op == TRACE_WRITE) {
		free(*first);
		*first = malloc(r->n_first + 1);
		memcpy(*first, trace.bytes + *at, r->n_first);
	}
	*at += r->n_first;
	*second = strndup(trace.bytes + *at, r->n_second);
	*at += r->n_second;
	return true;
}

static void note(struct promises *p, const char *what)
{
	int n, state;
	char id[JOB_ID_SIZE];
	p->n_total++;
	if (sscanf(what, "content %d", &n) == 1) {
		p->contents[n] = true;
	} else if (sscanf(what, "artifact %36s", id) == 1) {
		str_copy(p->artifacts[p->n_artifacts++], UUID_SIZE, id);
	} else if (sscanf(what, "job %63s %d", id, &state) == 2) {
		size_t i = 0;
		while (i < p->n_jobs && !str_eq(p->jobs[i].id, id))
			i++;
		p->n_jobs = i < p->n_jobs ? p->n_jobs : i + 1;
		str_copy(p->jobs[i].id, JOB_ID_SIZE, id);
		p->jobs[i].state = state;
	} else {
		fail_msg("what is '%s'?", what);
	}
}

/* --- checking what is left -------------------------------------------------------------------- */

static int check_contents(struct work *w, const struct promises *p, struct err *err)
{
	char hash[CAS_HASH_SIZE] = "";
	while (cas_next(w->cas, hash, hash, NULL) == 0) {
		int r = cas_verify(w->cas, hash, err);
		if (r < 0)
			return r;
	}
	static char bytes[WORK_CONTENT_MAX];
	for (int i = 0; i < 100; i++) {
		struct cas_info info;
		if (!p->contents[i])
			continue;
		size_t n = work_content(i, bytes);
		int r = cas_put(w->cas, bytes, n, NULL, &info, err);
		if (r < 0)
			return r;
		if (!info.existed)
			return err_set(err, -ENODATA, "content %d is lost", i);
	}
	return 0;
}

static int check_rows(struct store_conn *c, void *arg, struct err *err)
{
	const struct promises *p = arg;
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	int r = 0;
	for (size_t i = 0; r == 0 && i < p->n_artifacts; i++) {
		struct artifact_view view;
		r = artifact_load(c, p->artifacts[i], "/", &arena, &view, err);
	}
	for (size_t i = 0; r == 0 && i < p->n_jobs; i++) {
		enum job_state state;
		r = job_state_of(c, p->jobs[i].id, &state, err);
		if (r == 0 && (int)state < p->jobs[i].state)
			r = err_set(err, -ENODATA, "job %s is back in state %d", p->jobs[i].id,
				    (int)state);
	}
	return r;
}

static int check_left(const char *dir, struct promises *p, struct err *err)
{
	struct work w = {NULL, NULL};
	int r = work_open(&w, dir, err);
	if (r == 0)
		r = store_check(w.store, err);
	if (r == 0)
		r = store_read(w.store, check_rows, p, err);
	if (r == 0)
		r = check_contents(&w, p, err);
	work_close(&w);
	return r;
}

static const char *const crash_names[] = {"synced only", "all done", "torn"};

static void crash_and_check(const struct disk *d, enum crash how, uint64_t seed, size_t at,
			    struct promises *p)
{
	char AUTO_MEM *left = fs_join(trace.dir, "left");
	struct rng rng;
	struct err err = ERR_INIT;
	rng_split(&rng, seed, at);
	assert_int_equal(fs_mkdir_p(left, 0755, NULL), 0);
	disk_crash(d, how, &rng, left);
	if (check_left(left, p, &err) < 0)
		fail_msg("crash after record %zu (%s), %zu promises: %s; replay with "
			 "TEST_SEED=%llu POWER_AT=%zu",
			 at, crash_names[how], p->n_total, err_msg(&err), (unsigned long long)seed,
			 at);
	fs_remove_tree(left, NULL);
}

static uint64_t number_from(const char *name, uint64_t other)
{
	const char *text = getenv(name);
	return text ? strtoull(text, NULL, 0) : other;
}

/* Rows: L23 */
static void test_after_a_power_loss_at_any_moment_every_promise_is_kept(void **state)
{
	uint64_t seed = test_seed();
	size_t only = (size_t)number_from("POWER_AT", SIZE_MAX), at = 0, n = 0, n_crashes = 0;
	struct disk *d = disk_new(trace.root);
	struct promises p;
	struct trace_record r;
	char *first, *second;
	memset(&p, 0, sizeof(p));
	for (; next_record(&at, &r, &first, &second); n++) {
		disk_apply(d, &r, first, second);
		if (r.op == TRACE_ACK)
			note(&p, first);
		free(first);
		free(second);
		if ((only != SIZE_MAX && n != only) || r.op == TRACE_CLOSE || r.op == TRACE_OPEN)
			continue;
		for (int how = CRASH_SYNCED; how <= CRASH_TORN; how++, n_crashes++)
			crash_and_check(d, (enum crash)how, seed, n, &p);
	}
	print_message("%zu records, %zu promises, %zu crashes, TEST_SEED=%llu\n", n, p.n_total,
		      n_crashes, (unsigned long long)seed);
	assert_true(p.n_total > 30);
	disk_free(d);
}

/*
 * The test must be able to fail: a disk that ignores one kind of sync breaks a promise sooner or
 * later.
 */
static void expect_broken(enum trace_op ignored)
{
	struct disk *d = disk_new(trace.root);
	struct promises p;
	struct trace_record r;
	char *first, *second, AUTO_MEM *left = fs_join(trace.dir, "left");
	size_t at = 0;
	bool broken = false;
	memset(&p, 0, sizeof(p));
	while (!broken && next_record(&at, &r, &first, &second)) {
		struct err err = ERR_INIT;
		if (r.op != ignored)
			disk_apply(d, &r, first, second);
		if (r.op == TRACE_ACK) {
			note(&p, first);
			assert_int_equal(fs_mkdir_p(left, 0755, NULL), 0);
			disk_crash(d, CRASH_SYNCED, NULL, left);
			broken = check_left(left, &p, &err) < 0;
			fs_remove_tree(left, NULL);
		}
		free(first);
		free(second);
	}
	assert_true(broken);
	disk_free(d);
}

/* Rows: L23 */
static void test_a_disk_that_ignores_fsync_is_caught(void **state)
{
	expect_broken(TRACE_SYNC);
}

static void test_a_disk_that_ignores_syncfs_is_caught(void **state)
{
	expect_broken(TRACE_SYNC_ALL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_disk_that_ignores_fsync_is_caught),
		cmocka_unit_test(test_a_disk_that_ignores_syncfs_is_caught),
		cmocka_unit_test(test_after_a_power_loss_at_any_moment_every_promise_is_kept),
	};
	return cmocka_run_group_tests(tests, record_trace, forget_trace);
}

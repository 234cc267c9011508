#include "../seed.h"
#include "../check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/rng.h"
#include "base/str.h"
#include "cas/cas.h"
#include "jobs/artifact.h"
#include "jobs/decision.h"
#include "jobs/job.h"
#include "jobs/outbox.h"
#include "jobs/schema.h"

struct fixture {
	char *dir;
	struct store *store;
	struct store_conn
		*c; /* one transaction for the whole test: none of this is about the disk */
	struct clock_fake clock;
	struct jobs jobs;
	char tune[UUID_SIZE];
	char hash[CAS_HASH_SIZE];
	int n_told[JOB_CHANGE_MADE + 1];
};

static int told(void *user, struct store_conn *c, enum job_change change, const char *what,
		struct err *err)
{
	struct fixture *f = user;
	f->n_told[change]++;
	return 0;
}

static void must(int r, const struct err *err)
{
	if (r < 0)
		fail_msg("%s", err_msg(err));
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	const struct store_schema *schemas[] = {&cas_schema, &jobs_schema};
	struct err err = ERR_INIT;
	must(fs_temp_dir(NULL, "jobs", &f->dir, &err), &err);
	char AUTO_MEM *db = fs_join(f->dir, "test.db");
	const struct store_options o = {.path = db, .schemas = schemas, .n_schemas = 2};
	must(store_open(&o, &f->store, &err), &err);
	must(store_begin(f->store, &f->c, &err), &err);
	clock_fake_init(&f->clock, 1000 * NS_PER_SEC, 1700000000 * NS_PER_SEC);
	f->jobs = (struct jobs){.owner = "hoot",
				.cas_root = "/cas",
				.clock = &f->clock.clock,
				.lease_ms = 1000,
				.changed = told,
				.user = f};
	str_copy(f->hash, sizeof(f->hash),
		 "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	must(store_exec(f->c, &err, "INSERT INTO cas_content VALUES(?, 3, 'audio/midi', 0, 0)", "t",
			f->hash),
	     &err);
	const struct artifact_new a = {
		.content_hash = f->hash, .creator = "ada", .verb = "upload", .model = ""};
	must(artifact_add(f->c, &a, f->tune, &err), &err);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	store_rollback(f->store);
	store_close(f->store);
	fs_remove_tree(f->dir, NULL);
	free(f->dir);
	free(f);
	return 0;
}

static const struct worker_capability can_continue = {.verb = "continue",
						      .from_space = "midi",
						      .to_space = "midi",
						      .model = "m",
						      .model_version = "1"};
static const struct capability_list can = {&can_continue, 1};

static void submit(struct fixture *f, enum job_priority priority, int max_attempts,
		   int64_t deadline_ms, char id[JOB_ID_SIZE])
{
	const char *input = f->tune;
	const struct job_step_new step = {
		.verb = "continue", .from_space = "midi", .space = "midi", .model = ""};
	const struct job_new n = {.verb = "continue",
				  .actor = "ada",
				  .priority = priority,
				  .inputs = &input,
				  .n_inputs = 1,
				  .steps = &step,
				  .n_steps = 1,
				  .max_attempts = max_attempts,
				  .deadline_in_ms = deadline_ms};
	struct err err = ERR_INIT;
	must(jobs_submit(&f->jobs, f->c, &n, id, &err), &err);
}

/* --- order ------------------------------------------------------------------------------------ */

static void test_the_urgent_come_first_then_the_old(void **state)
{
	struct fixture *f = *state;
	char ids[10][JOB_ID_SIZE];
	for (int i = 0; i < 10; i++)
		submit(f, (enum job_priority)(i % 5), 3, 0, ids[i]);
	static const int expected[] = {4, 9, 3, 8, 2, 7, 1, 6, 0, 5};
	for (int i = 0; i < 10; i++) {
		struct job_claimed claimed;
		assert_int_equal(jobs_claim(&f->jobs, f->c, "w", can, &claimed, NULL), 1);
		assert_string_equal(claimed.job_id, ids[expected[i]]);
	}
}

/* --- a naive model of the whole --------------------------------------------------------------- */

struct model_job {
	char id[JOB_ID_SIZE];
	enum job_state state;
	enum job_priority priority;
	bool cancelling;
	int attempt, tries, max;
	int64_t lease_until, not_before, deadline;
	char worker[8];
};

struct model {
	struct fixture *f;
	struct rng rng;
	struct model_job jobs[64];
	int n;
	int n_made;
};

static int64_t now_ms(const struct model *m)
{
	return clock_monotonic_ns(&m->f->clock.clock) / NS_PER_MS;
}

static struct model_job *any_job(struct model *m)
{
	return m->n ? &m->jobs[rng_below(&m->rng, (uint64_t)m->n)] : NULL;
}

static bool ended(const struct model_job *j)
{
	return job_has_ended(j->state);
}

static void do_submit(struct model *m)
{
	if (m->n == (int)COUNT_OF(m->jobs))
		return;
	struct model_job *j = &m->jobs[m->n++];
	*j = (struct model_job){.priority = (enum job_priority)rng_below(&m->rng, 5),
				.max = (int)rng_range(&m->rng, 1, 3)};
	int64_t deadline = rng_below(&m->rng, 4) ? 0 : rng_range(&m->rng, 1, 8000);
	j->deadline = deadline ? now_ms(m) + deadline : INT64_MAX;
	submit(m->f, j->priority, j->max, deadline, j->id);
}

static void do_claim(struct model *m)
{
	struct model_job *best = NULL;
	struct job_claimed claimed;
	const char *worker = rng_below(&m->rng, 2) ? "w1" : "w2";
	for (int i = 0; i < m->n; i++) {
		struct model_job *j = &m->jobs[i];
		if (j->state == JOB_PENDING && j->not_before <= now_ms(m) &&
		    (!best || j->priority > best->priority))
			best = j; /* of equals the older one, which comes first here */
	}
	int r = jobs_claim(&m->f->jobs, m->f->c, worker, can, &claimed, NULL);
	assert_int_equal(r, best != NULL);
	if (!best)
		return;
	assert_string_equal(claimed.job_id, best->id);
	best->state = JOB_RUNNING;
	best->attempt++;
	best->tries++;
	best->lease_until = now_ms(m) + m->f->jobs.lease_ms;
	str_copy(best->worker, sizeof(best->worker), worker);
	assert_int_equal(claimed.attempt, best->attempt);
}

/* An attempt as a worker would name it: mostly the right one. */
static bool name_attempt(struct model *m, const struct model_job *j, struct job_attempt *ret)
{
	static const char *const workers[] = {"w1", "w2"};
	bool right = rng_below(&m->rng, 4) != 0;
	*ret = (struct job_attempt){right ? j->worker : workers[rng_below(&m->rng, 2)], j->id,
				    right ? j->attempt : j->attempt - (int)rng_below(&m->rng, 2)};
	return j->state == JOB_RUNNING && ret->attempt == j->attempt &&
	       str_eq(ret->worker_id, j->worker);
}

static void do_heartbeat(struct model *m)
{
	struct model_job *j = any_job(m);
	struct job_attempt a;
	bool cancel = false;
	if (!j)
		return;
	bool current = name_attempt(m, j, &a);
	int r = rng_below(&m->rng, 2)
			? jobs_heartbeat(&m->f->jobs, m->f->c, &a, &cancel, NULL)
			: jobs_progress(&m->f->jobs, m->f->c, &a, 0.5, "half", &cancel, NULL);
	assert_int_equal(r, current ? 0 : -ESTALE);
	if (!current)
		return;
	assert_int_equal(cancel, j->cancelling);
	j->lease_until = now_ms(m) + m->f->jobs.lease_ms;
}

static void do_complete(struct model *m)
{
	struct model_job *j = any_job(m);
	struct job_attempt a;
	struct job_output out = {.content_hash = m->f->hash};
	char artifact[UUID_SIZE];
	bool finished;
	if (!j)
		return;
	bool current = name_attempt(m, j, &a);
	bool repeated = j->state == JOB_COMPLETE && a.attempt == j->attempt;
	int r = jobs_complete(&m->f->jobs, m->f->c, &a, &out, artifact, &finished, NULL);
	if (repeated || (current && !j->cancelling)) {
		assert_int_equal(r, 0);
		m->n_made += !repeated;
		j->state = JOB_COMPLETE;
	} else if (current) {
		assert_int_equal(r, -ECANCELED);
		j->state = JOB_CANCELLED;
		j->cancelling = false;
	} else {
		assert_int_equal(r, -ESTALE);
	}
}

static void do_fail(struct model *m)
{
	struct model_job *j = any_job(m);
	struct job_attempt a;
	bool again = false, retry = rng_below(&m->rng, 2) != 0;
	if (!j)
		return;
	bool current = name_attempt(m, j, &a);
	int r = jobs_fail(&m->f->jobs, m->f->c, &a, "io", "no luck", retry, &again, NULL);
	assert_int_equal(r, current ? 0 : -ESTALE);
	if (!current)
		return;
	bool expect_again = !j->cancelling && retry && j->tries < j->max;
	assert_int_equal(again, expect_again);
	j->state = expect_again ? JOB_PENDING : j->cancelling ? JOB_CANCELLED : JOB_FAILED;
	j->not_before = expect_again ? now_ms(m) + 500 * (1 << (j->tries - 1)) : 0;
	j->cancelling = false;
}

static void do_stop(struct model *m)
{
	struct model_job *j = any_job(m);
	struct job_attempt a;
	bool cancelled = false;
	if (!j)
		return;
	bool current = name_attempt(m, j, &a);
	bool repeated = j->state == JOB_CANCELLED && a.attempt == j->attempt;
	int r = jobs_stopped(&m->f->jobs, m->f->c, &a, &cancelled, NULL);
	assert_int_equal(r, current || repeated ? 0 : -ESTALE);
	if (!current)
		return;
	assert_int_equal(cancelled, j->cancelling);
	j->state = j->cancelling ? JOB_CANCELLED : JOB_PENDING;
	j->not_before = 0;
	j->cancelling = false;
}

static void do_cancel(struct model *m)
{
	struct model_job *j = any_job(m);
	if (!j)
		return;
	int r = jobs_cancel(&m->f->jobs, m->f->c, j->id, "", NULL);
	assert_int_equal(r, j->state == JOB_COMPLETE || j->state == JOB_FAILED ? -EPROTO : 0);
	if (j->state == JOB_PENDING)
		j->state = JOB_CANCELLED;
	else if (j->state == JOB_RUNNING)
		j->cancelling = true;
}

static void give_up(struct model_job *j)
{
	j->state = j->cancelling ? JOB_CANCELLED : j->tries >= j->max ? JOB_FAILED : JOB_PENDING;
	j->not_before = 0;
	j->cancelling = false;
}

static void do_time(struct model *m)
{
	clock_fake_advance(&m->f->clock, rng_range(&m->rng, 1, 700) * NS_PER_MS);
	assert_int_equal(jobs_sweep(&m->f->jobs, m->f->c, NULL), 0);
	for (int i = 0; i < m->n; i++) {
		struct model_job *j = &m->jobs[i];
		if (j->state == JOB_RUNNING && j->lease_until <= now_ms(m))
			give_up(j);
		if (!ended(j) && j->deadline <= now_ms(m)) {
			j->state = j->cancelling ? JOB_CANCELLED : JOB_FAILED;
			j->cancelling = false;
		}
	}
}

static void do_release(struct model *m)
{
	int64_t n = 0, expected = 0;
	const char *worker = rng_below(&m->rng, 2) ? "w1" : "w2";
	assert_int_equal(jobs_release(&m->f->jobs, m->f->c, worker, &n, NULL), 0);
	for (int i = 0; i < m->n; i++)
		if (m->jobs[i].state == JOB_RUNNING && str_eq(m->jobs[i].worker, worker)) {
			give_up(&m->jobs[i]);
			expected++;
		}
	assert_int_equal(n, expected);
}

static void do_reopen(struct model *m)
{
	assert_int_equal(jobs_reopen(&m->f->jobs, m->f->c, NULL), 0);
	for (int i = 0; i < m->n; i++) {
		m->jobs[i].lease_until = now_ms(m) + m->f->jobs.lease_ms;
		m->jobs[i].not_before = 0;
	}
}

static void compare(struct model *m)
{
	int64_t made = 0;
	for (int i = 0; i < m->n; i++) {
		AUTO_ARENA arena = WIRE_ARENA_INIT;
		struct job_view view;
		const struct model_job *j = &m->jobs[i];
		assert_int_equal(job_load(m->f->c, j->id, &arena, &view, NULL), 0);
		assert_int_equal(view.state, j->state);
		assert_int_equal(view.cancelling, j->cancelling);
		assert_int_equal(view.attempt, j->tries);
		assert_int_equal(view.has_worker_id, j->state == JOB_RUNNING);
		assert_int_equal(view.has_artifact_id, j->state == JOB_COMPLETE);
		assert_int_equal(view.steps.v[0].state, j->state);
	}
	assert_int_equal(store_int(m->f->c, &made, NULL,
				   "SELECT count(*) FROM artifact WHERE job_id IS NOT NULL", ""),
			 0);
	assert_int_equal(made, m->n_made);
}

static void start_over(struct model *m)
{
	struct err err = ERR_INIT;
	must(store_script(m->f->c,
			  "DELETE FROM job_input; DELETE FROM job_step; DELETE FROM job; DELETE "
			  "FROM artifact_parent;"
			  "DELETE FROM artifact WHERE job_id IS NOT NULL",
			  &err),
	     &err);
	m->n = m->n_made = 0;
}

static void test_the_queue_behaves_like_a_naive_model(void **state)
{
	static void (*const acts[])(struct model *) = {
		do_submit, do_claim, do_claim,  do_claim, do_heartbeat, do_heartbeat, do_complete,
		do_fail,   do_stop,  do_cancel, do_time,  do_time,      do_release,   do_reopen,
	};
	struct model *m = calloc(1, sizeof(*m));
	m->f = *state;
	rng_init(&m->rng, test_seed());
	for (int i = 0; i < 4000; i++) {
		size_t act = (size_t)rng_below(&m->rng, COUNT_OF(acts));
		if ((acts[act] == do_release || acts[act] == do_reopen) && rng_below(&m->rng, 8))
			continue;
		acts[act](m);
		if (i % 10 == 0)
			compare(m);
		if (m->n == (int)COUNT_OF(m->jobs) && rng_below(&m->rng, 60) == 0)
			start_over(m);
	}
	assert_true(m->f->n_told[JOB_CHANGE_ENDED] > 20);
	assert_true(m->f->n_told[JOB_CHANGE_PUT_BACK] > 20);
	free(m);
}

/* --- upgrades ---------------------------------------------------------------------------------- */

static int count_jobs(struct store_conn *c, void *arg, struct err *err)
{
	int r = store_int(c, arg, err, "SELECT count(*) FROM job", "");
	int64_t n;
	return r < 0 ? r : store_int(c, &n, err, "SELECT count(*) FROM answered", "");
}

static int add_old_job(struct store_conn *c, void *arg, struct err *err)
{
	return store_exec(c, err,
			  "INSERT INTO job(id, verb, state, priority, actor, tags, n_steps, "
			  "max_attempts, fresh,"
			  " created_unix_ms, updated_unix_ms) VALUES('hoot:1', 'continue', 0, 0, "
			  "'a', '[]', 1, 3, 0, 0, 0)",
			  "");
}

static void test_every_earlier_version_of_the_tables_is_brought_up_to_date(void **state)
{
	struct fixture *f = *state;
	for (int version = 1; version <= jobs_schema.n_steps; version++) {
		struct err err = ERR_INIT;
		struct store_schema old = {jobs_schema.name, jobs_schema.steps, version};
		const struct store_schema *schemas[] = {&cas_schema, &old};
		char AUTO_MEM *path = str_printf("%s/v%d.db", f->dir, version);
		const struct store_options o = {.path = path, .schemas = schemas, .n_schemas = 2};
		struct store *s = NULL;
		must(store_open(&o, &s, &err), &err);
		must(store_write(s, add_old_job, NULL, &err), &err);
		store_close(s);
		schemas[1] = &jobs_schema;
		must(store_open(&o, &s, &err), &err);
		int64_t n = 0;
		must(store_read(s, count_jobs, &n, &err), &err);
		assert_int_equal(n, 1);
		store_close(s);
	}
}

/* --- errors ----------------------------------------------------------------------------------- */

static void test_unknown_jobs_and_inputs_are_errors(void **state)
{
	struct fixture *f = *state;
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct job_view view;
	struct err err = ERR_INIT;
	struct job_attempt a = {"w", "hoot:none", 1};
	bool flag;
	char artifact[UUID_SIZE], id[JOB_ID_SIZE];
	struct job_output out = {.content_hash = f->hash};
	assert_int_equal(job_load(f->c, "hoot:none", &arena, &view, &err), -ENOENT);
	assert_string_equal(err.field, "job_id");
	assert_int_equal(jobs_heartbeat(&f->jobs, f->c, &a, &flag, &err), -ENOENT);
	assert_int_equal(jobs_complete(&f->jobs, f->c, &a, &out, artifact, &flag, &err), -ENOENT);
	assert_int_equal(jobs_cancel(&f->jobs, f->c, "hoot:none", "", &err), -ENOENT);
	const char *input = "nothing";
	const struct job_step_new step = {
		.verb = "continue", .from_space = "midi", .space = "midi", .model = ""};
	const struct job_new n = {.verb = "continue",
				  .actor = "ada",
				  .inputs = &input,
				  .n_inputs = 1,
				  .steps = &step,
				  .n_steps = 1,
				  .max_attempts = 1};
	assert_int_equal(jobs_submit(&f->jobs, f->c, &n, id, &err), -ENOENT);
	assert_string_equal(err.field, "inputs");
}

static void test_an_artifact_needs_content_that_is_there(void **state)
{
	struct fixture *f = *state;
	struct err err = ERR_INIT;
	char id[UUID_SIZE];
	struct artifact_new a = {
		.creator = "ada",
		.verb = "create",
		.model = "",
		.content_hash =
			"sha256:aaaa16bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"};
	assert_int_equal(artifact_add(f->c, &a, id, &err), -ENOENT);
	assert_string_equal(err.field, "cas_hash");
}

/* --- lineage ---------------------------------------------------------------------------------- */

static void add_child(struct fixture *f, const char *const *parents, size_t n, char ret[UUID_SIZE])
{
	struct err err = ERR_INIT;
	const struct artifact_new a = {.content_hash = f->hash,
				       .creator = "ada",
				       .verb = "continue",
				       .model = "m@1",
				       .parents = parents,
				       .n_parents = n};
	must(artifact_add(f->c, &a, ret, &err), &err);
}

static void test_lineage_visits_each_relative_once_and_says_when_it_was_cut(void **state)
{
	struct fixture *f = *state;
	char a[UUID_SIZE], b[UUID_SIZE], join[UUID_SIZE];
	const char *top = f->tune;
	add_child(f, &top, 1, a);
	add_child(f, &top, 1, b);
	const char *both[] = {a, b};
	add_child(f, both, 2, join); /* a diamond */
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct artifact_lineage req = {
		.artifact_id = join, .direction = LINEAGE_ANCESTORS, .depth = 16};
	struct artifact_lineage_result res;
	memset(&res, 0, sizeof(res));
	assert_int_equal(artifact_relatives(f->c, &req, "/cas", &arena, &res, NULL), 0);
	assert_int_equal(res.nodes.n, 4);
	assert_int_equal(res.edges.n, 4);
	assert_int_equal(res.nodes.v[3].depth, -2);
	assert_true(res.complete);
	req.depth = 1;
	assert_int_equal(artifact_relatives(f->c, &req, "/cas", &arena, &res, NULL), 0);
	assert_int_equal(res.nodes.n, 3);
	assert_false(res.complete);
	req = (struct artifact_lineage){.artifact_id = a, .direction = LINEAGE_BOTH, .depth = 16};
	assert_int_equal(artifact_relatives(f->c, &req, "/cas", &arena, &res, NULL), 0);
	assert_int_equal(res.nodes.n,
			 3); /* itself, the tune and the joint child; not its sibling */
	assert_true(res.complete);
	char last[UUID_SIZE];
	str_copy(last, sizeof(last), join);
	for (int i = 0; i < 20; i++) {
		const char *parent = last;
		char child[UUID_SIZE];
		add_child(f, &parent, 1, child);
		str_copy(last, sizeof(last), child);
	}
	req = (struct artifact_lineage){
		.artifact_id = f->tune, .direction = LINEAGE_DESCENDANTS, .depth = 64};
	assert_int_equal(artifact_relatives(f->c, &req, "/cas", &arena, &res, NULL), 0);
	assert_int_equal(res.nodes.n, LIMIT_LINEAGE_NODES < 24 ? LIMIT_LINEAGE_NODES : 24);
	assert_int_equal(res.complete, LIMIT_LINEAGE_NODES >= 24);
}

/* --- the log and the outbox ------------------------------------------------------------------- */

static void test_the_log_of_decisions_cannot_be_rewritten(void **state)
{
	struct fixture *f = *state;
	char id[UUID_SIZE];
	const struct decision_new d = {
		.kind = DECISION_APPROVE, .region_id = "r", .actor = "ada", .reason = "swings"};
	assert_int_equal(decision_add(f->c, &d, id, NULL), 0);
	assert_true(store_exec(f->c, NULL, "DELETE FROM decision WHERE id = ?", "t", id) < 0);
	assert_true(store_exec(f->c, NULL, "UPDATE decision SET reason = 'no' WHERE id = ?", "t",
			       id) < 0);
	assert_true(store_exec(f->c, NULL, "UPDATE decision SET actor = 'bo' WHERE id = ?", "t",
			       id) < 0);
	assert_int_equal(
		store_exec(f->c, NULL, "UPDATE decision SET delivered = 1 WHERE id = ?", "t", id),
		0);
}

static void send_progress(struct fixture *f, const char *region, double progress)
{
	struct err err = ERR_INIT;
	const struct latent_progress m = {
		.region_id = region, .job_id = "hoot:1", .progress = progress};
	must(outbox_add(f->c, &wire_messages[WIRE_MESSAGE_latent_progress], &m, "ada", region, NULL,
			0, NULL, &err),
	     &err);
}

static void test_the_outbox_keeps_order_and_only_the_newest_progress(void **state)
{
	struct fixture *f = *state;
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct outbox_message m;
	int64_t n = 0;
	send_progress(f, "r1", 0.1);
	send_progress(f, "r1", 0.2);
	send_progress(f, "r2", 0.5);
	send_progress(f, "r1", 0.3);
	assert_int_equal(outbox_count(f->c, &n, NULL), 0);
	assert_int_equal(n, 2);
	assert_int_equal(outbox_first(f->c, &arena, &m, NULL), 1);
	assert_non_null(strstr(m.payload, "\"r2\""));
	send_progress(f, "r2", 0.9); /* the other is on its way and stays */
	assert_int_equal(outbox_done(f->c, &m, NULL, NULL), 0);
	assert_int_equal(outbox_first(f->c, &arena, &m, NULL), 1);
	assert_non_null(strstr(m.payload, "0.3"));
	assert_int_equal(outbox_done(f->c, &m, NULL, NULL), 0);
	assert_int_equal(outbox_first(f->c, &arena, &m, NULL), 1);
	assert_non_null(strstr(m.payload, "0.9"));
	assert_int_equal(outbox_done(f->c, &m, NULL, NULL), 0);
	assert_int_equal(outbox_first(f->c, &arena, &m, NULL), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_the_urgent_come_first_then_the_old),
		T(test_the_queue_behaves_like_a_naive_model),
		T(test_every_earlier_version_of_the_tables_is_brought_up_to_date),
		T(test_unknown_jobs_and_inputs_are_errors),
		T(test_an_artifact_needs_content_that_is_there),
		T(test_lineage_visits_each_relative_once_and_says_when_it_was_cut),
		T(test_the_log_of_decisions_cannot_be_rewritten),
		T(test_the_outbox_keeps_order_and_only_the_newest_progress),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

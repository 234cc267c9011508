#include "task.h"

#include "hash.h"

#include "base/str.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

struct task {
	const struct skill_set *set;
	const struct carry_options *carries;
	struct carry_view view;
	const char *theirs; /* the staging path as the lease has named it */
	struct carry *carry; /* the thread's; keeps what the lease's paths point to */
	struct wire_wakeup *done;
	struct wire_arena arena;
	struct job_claim_result claim;
	struct task_result result; /* the thread's until `finished` */
	pthread_t thread;
	bool started;
	atomic_bool cancelled; /* relaxed: a flag that is polled */
	pthread_mutex_t lock;  /* guards what follows */
	double fraction;
	char what[96];
	bool news;
};

static bool ask_cancelled(void *arg)
{
	struct task *t = arg;
	return atomic_load_explicit(&t->cancelled, memory_order_relaxed);
}

static void tell_progress(void *arg, double fraction, const char *what)
{
	struct task *t = arg;
	pthread_mutex_lock(&t->lock);
	t->fraction = fraction;
	t->news = true;
	(void)str_copy(t->what, sizeof(t->what), what);
	pthread_mutex_unlock(&t->lock);
}

int task_new(const struct task_options *o, const char *claim, size_t n, struct task **ret, struct err *err)
{
	AUTO(task) t = calloc(1, sizeof(*t));
	if (!t)
		return err_set(err, -ENOMEM, "job");
	pthread_mutex_init(&t->lock, NULL);
	t->set = o->set;
	t->carries = o->carries;
	t->view = *o->view;
	int code = wire_wakeup_new(o->loop, o->done, o->arg, &t->done, err);
	if (code < 0)
		return code;
	code = wire_decode_text(wire_messages[WIRE_MESSAGE_job_claim].result, claim, n, WIRE_IGNORE_UNKNOWN, &t->arena,
				    &t->claim, err);
	if (code < 0)
		return err_wrap(err, code, "the answer to job_claim");
	t->theirs = t->claim.lease.staging_path;
	*ret = t->claim.has_lease ? TAKE(t) : NULL;
	return 0;
}

void task_free(struct task *t)
{
	if (!t)
		return;
	if (t->started)
		pthread_join(t->thread, NULL);
	wire_wakeup_free(t->done);
	carry_free(t->carry);
	json_decref(t->result.metadata);
	wire_arena_done(&t->arena);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

/* Where an input lies on this machine means nothing to who asked: it is told by its name, once. */
static void name_inputs(const struct lease_view *lease, struct err *err)
{
	for (size_t i = 0; i < lease->inputs.n; i++) {
		char path[sizeof(err->msg)], name[80], rest[sizeof(err->msg)];
		int n = snprintf(path, sizeof(path), "'%s': ", lease->inputs.v[i].path);
		if (n < 0 || (size_t)n >= sizeof(path))
			continue;
		(void)snprintf(name, sizeof(name), "artifact %s: ", lease->inputs.v[i].artifact_id);
		for (char *at; (at = strstr(err->msg, path));) {
			(void)str_copy(rest, sizeof(rest), at + n);
			(void)snprintf(at, sizeof(err->msg) - (size_t)(at - err->msg), "%s%s", strstr(err->msg, name) ? "" : name, rest);
		}
	}
}

static int run_skill(struct task *t, const struct model_watch *watch, struct err *err)
{
	struct lease_view *lease = &t->claim.lease;
	const struct skill *skill = skill_find(t->set, lease);
	if (!skill)
		return err_set(err, -ENOTSUP, "this worker cannot %s %s to %s with '%s'", lease->verb, lease->from_space,
			       lease->space, lease->model);
	int code = carry_in(t->carry, lease, err);
	if (code < 0)
		return code;
	struct skill_run run = { .set = t->set, .lease = lease, .watch = watch };
	code = skill->run(&run, err);
	if (code < 0)
		name_inputs(lease, err);
	t->result.mime_type = run.mime_type;
	t->result.metadata = run.metadata;
	return code;
}

static int work(struct task *t, struct err *err)
{
	struct model_watch watch = { ask_cancelled, tell_progress, t };
	char digits[65];
	int code = carry_new(t->carries, &t->view, &watch, &t->carry, err);
	if (code == 0)
		code = run_skill(t, &watch, err);
	if (code == 0)
		code = hash_file(t->claim.lease.staging_path, digits, err);
	if (code == 0)
		code = carry_out(t->carry, &t->claim.lease, t->theirs, err);
	if (code == 0)
		(void)snprintf(t->result.content_hash, sizeof(t->result.content_hash), "sha256:%s", digits);
	return code;
}

static void *task_main(void *arg)
{
	struct task *t = arg;
	t->result.code = work(t, &t->result.err);
	wire_wakeup_send(t->done);
	return NULL;
}

int task_start(struct task *t, struct err *err)
{
	int r = pthread_create(&t->thread, NULL, task_main, t);
	if (r != 0)
		return err_set(err, -r, "start a thread: %s", strerror(r));
	t->started = true;
	return 0;
}

const struct lease_view *task_lease(const struct task *t)
{
	return &t->claim.lease;
}

const struct task_result *task_result(const struct task *t)
{
	return &t->result;
}

void task_cancel(struct task *t)
{
	atomic_store_explicit(&t->cancelled, true, memory_order_relaxed);
}

bool task_progress(struct task *t, double *ret_fraction, char *ret_what, size_t size)
{
	pthread_mutex_lock(&t->lock);
	bool news = t->news;
	t->news = false;
	*ret_fraction = t->fraction;
	(void)str_copy(ret_what, size, t->what);
	pthread_mutex_unlock(&t->lock);
	return news;
}

const char *task_staging_path(const struct task *t)
{
	return t->theirs;
}

bool task_discard(struct task *t)
{
	if (!t->view.shared)
		return false;
	const char *path = t->claim.lease.staging_path;
	if (path && *path)
		(void)unlink(path); /* it may be adopted or never have been made */
	return true;
}

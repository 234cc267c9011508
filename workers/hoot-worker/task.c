#include "task.h"

#include "base/hex.h"
#include "base/str.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

struct task {
	const struct skill_set *set;
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

int task_new(struct wire_loop *loop, const struct skill_set *set, const char *claim, size_t n, task_done_fn *done, void *arg,
	     struct task **ret, struct err *err)
{
	AUTO(task) t = calloc(1, sizeof(*t));
	if (!t)
		return err_set(err, -ENOMEM, "job");
	pthread_mutex_init(&t->lock, NULL);
	t->set = set;
	int code = wire_wakeup_new(loop, done, arg, &t->done, err);
	if (code < 0)
		return code;
	code = wire_decode_text(wire_messages[WIRE_MESSAGE_job_claim].result, claim, n, WIRE_IGNORE_UNKNOWN, &t->arena,
				    &t->claim, err);
	if (code < 0)
		return err_wrap(err, code, "the answer to job_claim");
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
	json_decref(t->result.metadata);
	wire_arena_done(&t->arena);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

static int hash_file(const char *path, char *ret, size_t size, struct err *err)
{
	FILE *f = fopen(path, "rbe");
	if (!f)
		return err_sys(err, "'%s'", path);
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	bool ok = md && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1;
	uint8_t block[65536], digest[EVP_MAX_MD_SIZE];
	char hex[65];
	size_t n;
	while (ok && (n = fread(block, 1, sizeof(block), f)) > 0)
		ok = EVP_DigestUpdate(md, block, n) == 1;
	ok = ok && !ferror(f) && EVP_DigestFinal_ex(md, digest, NULL) == 1;
	EVP_MD_CTX_free(md);
	(void)fclose(f); /* nothing was written */
	if (!ok)
		return err_set(err, -EIO, "'%s' cannot be read back", path);
	hex_encode(hex, digest, 32);
	(void)snprintf(ret, size, "sha256:%s", hex);
	return 0;
}

static int work(struct task *t, struct err *err)
{
	const struct lease_view *lease = &t->claim.lease;
	const struct skill *skill = skill_find(t->set, lease);
	if (!skill)
		return err_set(err, -ENOTSUP, "this worker cannot %s %s to %s with '%s'", lease->verb, lease->from_space,
			       lease->space, lease->model);
	struct model_watch watch = { ask_cancelled, tell_progress, t };
	struct skill_run run = { .set = t->set, .lease = lease, .watch = &watch };
	int code = skill->run(&run, err);
	t->result.mime_type = run.mime_type;
	t->result.metadata = run.metadata;
	if (code == 0)
		code = hash_file(lease->staging_path, t->result.content_hash, sizeof(t->result.content_hash), err);
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

bool task_cancelled(const struct task *t)
{
	return atomic_load_explicit(&t->cancelled, memory_order_relaxed);
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

void task_discard(struct task *t)
{
	const char *path = t->claim.lease.staging_path;
	if (path && *path)
		(void)unlink(path); /* it may be adopted or never have been made */
}

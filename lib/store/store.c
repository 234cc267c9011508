/*
 * Whoever wants to write stands in a queue. The first in it leads: it takes the waiting units
 * behind it along, up to LIMIT_STORE_BATCH, runs them in one transaction, commits, and wakes them;
 * then the next in the queue leads. With one writer that is a plain transaction without a thread
 * switch, with many it is group commit.
 */
#include "store/store.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/str.h"
#include "store/conn_priv.h"

#include "base/banned.h"

/* On the stack of its caller, who waits. */
struct entry {
	struct entry *next;
	store_unit *unit; /* NULL: wants the writer for itself (store_begin) */
	void *arg;
	struct err *err;
	pthread_cond_t wake;
	int result;
	bool done, leads;
};

struct reader {
	struct reader *next;
	struct store_conn *conn;
};

struct store {
	char *path;
	int lock_fd;
	struct store_conn *writer; /* whoever leads */
	size_t checkpoint_pages, wal_pages;
	int reader_wait_ms;
	pthread_mutex_t mutex; /* guards what follows */
	struct entry *first, **last;
	struct entry owner; /* the entry of store_begin; in the queue from begin to commit */
	bool own;
	struct reader *readers, *free_readers;
	size_t n_readers;
	pthread_cond_t reader_free;
	struct store_counts counts;
};

const char *store_path(const struct store *s)
{
	return s->path;
}

/* --- opening and closing ---------------------------------------------------------------------- */

static int take_lock(struct store *s, struct err *err)
{
	char AUTO_MEM *path = str_printf("%s.lock", s->path);
	if (!path)
		return err_set(err, -ENOMEM, "%s", s->path);
	s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (s->lock_fd < 0)
		return err_sys(err, "%s", path);
	if (flock(s->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno != EWOULDBLOCK)
		return err_sys(err, "%s", path);
	int r = err_set(err, -EBUSY, "%s: another process has this store open", s->path);
	return err_hint(err, r, "stop the other daemon, or give this one a state folder of its own");
}

static int on_wal(void *arg, sqlite3 *db, const char *name, int n_pages)
{
	struct store *s = arg;
	s->wal_pages = (size_t)n_pages;
	return SQLITE_OK;
}

int store_sync_above(const char *path, struct err *err)
{
	char AUTO_MEM *folder = fs_dirname(path);
	for (bool nearest = true; folder; nearest = false) {
		int r = fs_sync_dir(folder, nearest ? err : NULL);
		if (r < 0) /* folders further up that we may not open are not ours and not new */
			return nearest ? r : 0;
		if (str_eq(folder, "/") || str_eq(folder, "."))
			return 0;
		char *above = fs_dirname(folder);
		free(folder);
		folder = above;
	}
	return err_set(err, -ENOMEM, "%s", path);
}

static int open_readers(struct store *s, size_t n, struct err *err)
{
	s->readers = mem_new_array(n, sizeof(*s->readers));
	if (!s->readers)
		return err_set(err, -ENOMEM, "%s: readers", s->path);
	s->n_readers = n;
	for (size_t i = 0; i < n; i++) {
		int r = store_conn_open(s->path, STORE_CONN_READER, &s->readers[i].conn, err);
		if (r < 0)
			return r;
		s->readers[i].next = s->free_readers;
		s->free_readers = &s->readers[i];
	}
	return 0;
}

static int open_all(struct store *s, const struct store_options *o, struct err *err)
{
	int r = take_lock(s, err);
	if (r == 0)
		r = store_conn_open(s->path, STORE_CONN_WRITER, &s->writer, err);
	if (r == 0)
		r = store_migrate(s->writer, o->schemas, o->n_schemas, err);
	if (r == 0)
		r = store_sync_above(s->path, err); /* SQLite syncs the folder for its log only */
	if (r < 0)
		return r;
	sqlite3_wal_hook(s->writer->db, on_wal, s);
	return open_readers(s, o->n_readers ? o->n_readers : 4, err);
}

int store_open(const struct store_options *options, struct store **ret, struct err *err)
{
	struct store *s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(err, -ENOMEM, "%s", options->path);
	pthread_condattr_t attr;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&s->reader_free, &attr);
	pthread_condattr_destroy(&attr);
	pthread_mutex_init(&s->mutex, NULL);
	pthread_cond_init(&s->owner.wake, NULL);
	s->lock_fd = -1;
	s->last = &s->first;
	s->checkpoint_pages = options->checkpoint_pages ? options->checkpoint_pages : 1000;
	s->reader_wait_ms = options->reader_wait_ms ? options->reader_wait_ms : 5000;
	s->path = strdup(options->path);
	int r = s->path ? open_all(s, options, err) : err_set(err, -ENOMEM, "%s", options->path);
	if (r < 0) {
		store_close(s);
		return r;
	}
	*ret = s;
	return 0;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n_readers; i++)
		store_conn_free(s->readers[i].conn);
	free(s->readers);
	store_conn_free(s->writer); /* the last connection checkpoints and removes the log */
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	pthread_cond_destroy(&s->owner.wake);
	pthread_cond_destroy(&s->reader_free);
	pthread_mutex_destroy(&s->mutex);
	free(s->path);
	free(s);
}

/* --- the queue -------------------------------------------------------------------------------- */

static void push(struct store *s, struct entry *e)
{
	e->next = NULL;
	e->leads = s->first == NULL;
	*s->last = e;
	s->last = &e->next;
}

/* Takes the n first out, wakes them and lets the next one lead. */
static void pop(struct store *s, size_t n)
{
	while (n--) {
		struct entry *e = s->first;
		s->first = e->next;
		if (!s->first)
			s->last = &s->first;
		e->done = true;                   /* unlocking lets it go out of scope */
		pthread_cond_broadcast(&e->wake); /* store_begin has several waiters on one */
	}
	if (s->first) {
		s->first->leads = true;
		pthread_cond_broadcast(&s->first->wake);
	}
}

static size_t take_batch(const struct store *s, struct entry *ret[LIMIT_STORE_BATCH])
{
	size_t n = 0;
	for (struct entry *e = s->first; e && e->unit && n < LIMIT_STORE_BATCH; e = e->next)
		ret[n++] = e;
	return n;
}

static void run_unit(struct store_conn *c, struct entry *e, bool alone)
{
	struct err scratch = ERR_INIT, *err = e->err ? e->err : &scratch;
	e->result = alone ? 0 : store_exec(c, err, "SAVEPOINT unit", "");
	if (e->result == 0)
		e->result = e->unit(c, e->arg, err);
	if (alone || store_conn_lost(c))
		return;
	if (e->result < 0 && store_exec(c, NULL, "ROLLBACK TO unit", "") < 0)
		return; /* the release below fails too, then the commit tells */
	int r = store_exec(c, err, "RELEASE unit", "");
	if (e->result == 0)
		e->result = r;
}

static void fail_all(struct entry *const *batch, size_t n, int code, const struct err *why)
{
	for (size_t i = 0; i < n; i++) {
		if (batch[i]->result < 0)
			continue;
		batch[i]->result = code;
		if (batch[i]->err)
			*batch[i]->err = *why;
	}
}

/* One unit alone needs no savepoint: when it fails, the transaction is its own. */
static void run_batch(struct store *s, struct entry *const *batch, size_t n)
{
	struct store_conn *c = s->writer;
	struct err err = ERR_INIT;
	int r = store_exec(c, &err, "BEGIN IMMEDIATE", "");
	bool any = false;
	for (size_t i = 0; r == 0 && i < n; i++) {
		struct entry *e = batch[i];
		run_unit(c, e, n == 1);
		any |= e->result == 0;
		if (store_conn_lost(c)) /* with all that ran before it */
			r = err_set(&err, e->result < 0 ? e->result : -EIO,
				    "%s: the transaction was lost: %s", s->path, err_msg(e->err));
	}
	if (r == 0 && any)
		r = store_exec(c, &err, "COMMIT", "");
	if (!store_conn_lost(c))
		(void)store_exec(c, NULL, "ROLLBACK",
				 ""); /* nothing to keep, or the commit has failed and told why */
	if (r < 0)
		fail_all(batch, n, r, &err);
}

static void checkpoint_when_due(struct store *s)
{
	if (s->wal_pages < s->checkpoint_pages)
		return;
	int in_log = 0, moved = 0;
	/*
	 * Passive never waits; a failure leaves the log as it is and the next commit tries again.
	 */
	if (sqlite3_wal_checkpoint_v2(s->writer->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &in_log,
				      &moved) == SQLITE_OK)
		s->counts.n_checkpoints++;
	if (in_log == moved)
		s->wal_pages = 0;
}

static void lead(struct store *s)
{
	struct entry *batch[LIMIT_STORE_BATCH];
	size_t n = take_batch(s, batch), n_kept = 0;
	pthread_mutex_unlock(&s->mutex);
	run_batch(s, batch, n);
	for (size_t i = 0; i < n; i++)
		n_kept += batch[i]->result == 0;
	checkpoint_when_due(s);
	pthread_mutex_lock(&s->mutex);
	s->counts.n_units += n_kept;
	s->counts.n_commits += n_kept > 0;
	pop(s, n);
}

int store_write(struct store *s, store_unit *unit, void *arg, struct err *err)
{
	struct entry e = {.unit = unit, .arg = arg, .err = err};
	pthread_cond_init(&e.wake, NULL);
	pthread_mutex_lock(&s->mutex);
	push(s, &e);
	while (!e.done && !e.leads)
		pthread_cond_wait(&e.wake, &s->mutex);
	if (!e.done)
		lead(s);
	pthread_mutex_unlock(&s->mutex);
	pthread_cond_destroy(&e.wake);
	return e.result;
}

/* --- a transaction of one's own --------------------------------------------------------------- */

static void leave(struct store *s)
{
	pthread_mutex_lock(&s->mutex);
	s->own = false;
	pop(s, 1);
	pthread_mutex_unlock(&s->mutex);
}

int store_begin(struct store *s, struct store_conn **ret, struct err *err)
{
	pthread_mutex_lock(&s->mutex);
	while (s->own) /* one owner at a time: the others queue before the queue */
		pthread_cond_wait(&s->owner.wake, &s->mutex);
	s->own = true;
	s->owner.unit = NULL;
	s->owner.done = false;
	push(s, &s->owner);
	while (!s->owner.leads)
		pthread_cond_wait(&s->owner.wake, &s->mutex);
	pthread_mutex_unlock(&s->mutex);
	int r = store_exec(s->writer, err, "BEGIN", "");
	if (r < 0)
		leave(s);
	else
		*ret = s->writer;
	return r;
}

int store_commit(struct store *s, struct err *err)
{
	struct store_conn *c = s->writer;
	int r = store_conn_lost(c) ? err_set(err, -EIO, "%s: the transaction was lost", s->path)
				   : store_exec(c, err, "COMMIT", "");
	if (!store_conn_lost(c))
		(void)store_exec(c, NULL, "ROLLBACK", ""); /* the commit has failed and told why */
	checkpoint_when_due(s);
	if (r == 0) {
		pthread_mutex_lock(&s->mutex);
		s->counts.n_units++;
		s->counts.n_commits++;
		pthread_mutex_unlock(&s->mutex);
	}
	leave(s);
	return r;
}

void store_rollback(struct store *s)
{
	if (!store_conn_lost(s->writer))
		(void)store_exec(s->writer, NULL, "ROLLBACK",
				 ""); /* a failure means that it is gone already */
	leave(s);
}

/* --- readers ---------------------------------------------------------------------------------- */

static struct reader *take_reader(struct store *s)
{
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += s->reader_wait_ms / 1000;
	until.tv_nsec += (long)(s->reader_wait_ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&s->mutex);
	while (!s->free_readers)
		if (pthread_cond_timedwait(&s->reader_free, &s->mutex, &until) == ETIMEDOUT)
			break;
	struct reader *reader = s->free_readers;
	if (reader)
		s->free_readers = reader->next;
	pthread_mutex_unlock(&s->mutex);
	return reader;
}

static void give_reader(struct store *s, struct reader *reader)
{
	pthread_mutex_lock(&s->mutex);
	reader->next = s->free_readers;
	s->free_readers = reader;
	pthread_cond_signal(&s->reader_free);
	pthread_mutex_unlock(&s->mutex);
}

int store_read(struct store *s, store_unit *unit, void *arg, struct err *err)
{
	struct reader *reader = take_reader(s);
	if (!reader)
		return err_set(err, -EBUSY, "%s: all %zu readers are busy", s->path, s->n_readers);
	int r = store_exec(reader->conn, err, "BEGIN", "");
	if (r == 0) {
		r = unit(reader->conn, arg, err);
		if (!store_conn_lost(reader->conn))
			(void)store_exec(reader->conn, NULL, "COMMIT",
					 ""); /* nothing was written */
	}
	give_reader(s, reader);
	return r;
}

/* --- care ------------------------------------------------------------------------------------- */

static int check_unit(struct store_conn *c, void *arg, struct err *err)
{
	sqlite3_stmt *q;
	int r = store_query(c, &q, err, "PRAGMA integrity_check(1)", "");
	if (r == 0)
		r = store_step(c, q, err);
	if (r > 0)
		r = str_eq(store_text(q, 0), "ok")
			    ? 0
			    : err_set(err, -EBADMSG, "%s: %s", c->path, store_text(q, 0));
	store_done(q);
	return r;
}

int store_check(struct store *s, struct err *err)
{
	return store_read(s, check_unit, NULL, err);
}

void store_counts(struct store *s, struct store_counts *ret)
{
	pthread_mutex_lock(&s->mutex);
	*ret = s->counts;
	pthread_mutex_unlock(&s->mutex);
}

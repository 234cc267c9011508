/*
 * Small contents are durable in cas_journal at once; their files are synced here, many at a time,
 * and then the bytes leave the journal. One syncfs covers files, names and folders; order among
 * them does not matter, since the journal still has everything when it fails or the power goes.
 */
#include "cas/cas_priv.h"

#include <time.h>
#include <unistd.h>

#include "base/limits.h"

#define LOG_TOPIC "cas"
#include "base/log.h"

#include "base/banned.h"

enum { DELAY_MS = 500, RETRY_MS = 2000 };

bool cas_sync_is_behind(struct cas *c)
{
	pthread_mutex_lock(&c->mutex);
	bool behind = c->unsynced_bytes > LIMIT_CAS_JOURNAL_BYTES;
	pthread_mutex_unlock(&c->mutex);
	return behind;
}

int cas_sync_later(struct cas *c, const struct cas_row *row)
{
	pthread_mutex_lock(&c->mutex);
	int r = mem_grow(&c->unsynced, &c->room_unsynced, c->n_unsynced + 1, sizeof(*c->unsynced));
	if (r == 0) {
		c->unsynced[c->n_unsynced++] =
			(struct cas_unsynced){row->journal_id, (size_t)row->info.size_bytes,
					      cas_folder_of(row->info.hash)};
		c->unsynced_bytes += (size_t)row->info.size_bytes;
		if (c->n_unsynced == 1 || c->n_unsynced >= LIMIT_CAS_FLUSH)
			pthread_cond_signal(&c->wake);
	}
	pthread_mutex_unlock(&c->mutex);
	return r;
}

struct forget {
	const struct cas_unsynced *items;
	size_t n;
};

static int forget_unit(struct store_conn *c, void *arg, struct err *err)
{
	const struct forget *f = arg;
	int r = 0;
	for (size_t i = 0; r == 0 && i < f->n; i++)
		r = store_exec(c, err, "DELETE FROM cas_journal WHERE id = ?", "i",
			       f->items[i].journal_id);
	return r;
}

static void put_back(struct cas *c, struct cas_unsynced *items, size_t n)
{
	pthread_mutex_lock(&c->mutex);
	for (size_t i = 0; i < n; i++) {
		if (mem_grow(&c->unsynced, &c->room_unsynced, c->n_unsynced + 1, sizeof(*items)) <
		    0)
			break; /* the journal keeps them until the next start */
		c->unsynced[c->n_unsynced++] = items[i];
		c->unsynced_bytes += items[i].n_bytes;
	}
	pthread_mutex_unlock(&c->mutex);
}

static int flush_items(struct cas *c, const struct cas_unsynced *items, size_t n, struct err *err)
{
	if (syncfs(c->root_fd) < 0)
		return err_sys(err, "%s: syncfs", c->root);
	struct forget f = {items, n};
	int r = store_write(c->store, forget_unit, &f, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		atomic_store_explicit(&c->folder_synced[items[i].folder], true,
				      memory_order_relaxed);
	return 0;
}

int cas_flush(struct cas *c, struct err *err)
{
	pthread_mutex_lock(&c->flushing);
	pthread_mutex_lock(&c->mutex);
	struct cas_unsynced *items = TAKE(c->unsynced);
	size_t n = c->n_unsynced;
	c->n_unsynced = c->room_unsynced = c->unsynced_bytes = 0;
	pthread_mutex_unlock(&c->mutex);
	int r = n ? flush_items(c, items, n, err) : 0;
	if (r < 0)
		put_back(c, items, n);
	free(items);
	pthread_mutex_unlock(&c->flushing);
	return r;
}

static struct timespec after_ms(int ms)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += (ms % 1000) * 1000000L;
	if (t.tv_nsec >= 1000000000L) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000L;
	}
	return t;
}

/* Waits until there is something, then a little for company. False: stop. */
static bool wait_for_work(struct cas *c, int delay_ms)
{
	pthread_mutex_lock(&c->mutex);
	while (!c->stopping && c->n_unsynced == 0)
		pthread_cond_wait(&c->wake, &c->mutex);
	struct timespec until = after_ms(delay_ms);
	while (!c->stopping && (delay_ms == RETRY_MS || c->n_unsynced < LIMIT_CAS_FLUSH))
		if (pthread_cond_timedwait(&c->wake, &c->mutex, &until) == ETIMEDOUT)
			break;
	bool go_on = !c->stopping;
	pthread_mutex_unlock(&c->mutex);
	return go_on;
}

static void *flusher(void *arg)
{
	struct cas *c = arg;
	int delay_ms = DELAY_MS;
	while (wait_for_work(c, delay_ms)) {
		struct err err = ERR_INIT;
		int r = cas_flush(c, &err);
		if (r < 0 && delay_ms == DELAY_MS)
			log_warn("cannot sync content, trying again", LOG_STR("root", c->root),
				 LOG_ERR(&err));
		delay_ms = r < 0 ? RETRY_MS : DELAY_MS;
	}
	return NULL;
}

int cas_sync_start(struct cas *c, struct err *err)
{
	int r = pthread_create(&c->flusher, NULL, flusher, c);
	if (r)
		return err_set(err, -r, "%s: cannot start a thread", c->root);
	c->has_flusher = true;
	return 0;
}

void cas_sync_stop(struct cas *c)
{
	if (!c->has_flusher)
		return;
	pthread_mutex_lock(&c->mutex);
	c->stopping = true;
	pthread_cond_signal(&c->wake);
	pthread_mutex_unlock(&c->mutex);
	pthread_join(c->flusher, NULL);
	(void)cas_flush(
		c, NULL); /* what cannot be synced now stays in the journal for the next start */
}

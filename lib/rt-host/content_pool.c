#include "rt-host/content_pool.h"

#include <pthread.h>
#include <string.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "base/str.h"
#include "rt-host/content_priv.h"

#include "base/banned.h"

struct content_pool {
	struct content_pool_options o;
	struct content_spool *spool;
	pthread_t thread;
	bool started;
	pthread_mutex_t lock; /* guards the list and n_loading */
	pthread_cond_t work, idle;
	bool quit;
	struct content_item *items; /* newest first */
	size_t n_loading, n_items;
};

static void load(struct content_pool *p, struct content_item *it)
{
	struct err e = ERR_INIT;
	int r = content_prepare(it, p->o.rate_hz, p->o.n_channels, &e);
	if (r < 0)
		(void)str_copy(it->message, sizeof(it->message), err_msg(&e));
	atomic_store_explicit(&it->state, r < 0 ? CONTENT_FAILED : CONTENT_READY, memory_order_release);
}

/* The oldest item that waits; call with the lock held. */
static struct content_item *oldest_waiting(struct content_pool *p)
{
	struct content_item *found = NULL;
	for (struct content_item *i = p->items; i; i = i->next) {
		if (content_pool_state(i) == CONTENT_LOADING)
			found = i;
	}
	return found;
}

static void *loader(void *arg)
{
	struct content_pool *p = arg;
	pthread_mutex_lock(&p->lock);
	while (!p->quit) {
		struct content_item *it = oldest_waiting(p);
		if (!it) {
			pthread_cond_wait(&p->work, &p->lock);
			continue;
		}
		pthread_mutex_unlock(&p->lock);
		load(p, it);
		p->o.on_done(p->o.arg);
		pthread_mutex_lock(&p->lock);
		if (--p->n_loading == 0)
			pthread_cond_broadcast(&p->idle);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

void content_item_break(struct content_item *it, const struct err *why)
{
	struct content_pool *p = it->pool;
	(void)str_copy(it->message, sizeof(it->message), err_msg(why));
	atomic_store_explicit(&it->state, CONTENT_FAILED, memory_order_release);
	p->o.on_done(p->o.arg);
}

int content_pool_new(const struct content_pool_options *o, struct content_pool **ret, struct err *err)
{
	struct content_pool *p = calloc(1, sizeof(*p));
	if (!p)
		return err_set(err, -ENOMEM, "content");
	p->o = *o;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->work, NULL);
	pthread_cond_init(&p->idle, NULL);
	int r = content_spool_open(&o->spool, &p->spool, err);
	int e = r < 0 ? 0 : pthread_create(&p->thread, NULL, loader, p);
	p->started = r >= 0 && e == 0;
	if (!p->started) {
		content_pool_free(p);
		return r < 0 ? r : err_set(err, -e, "content: %s", strerror(e));
	}
	*ret = p;
	return 0;
}

static void item_free(struct content_item *i)
{
	audio_content_unref(i->audio);
	midi_content_unref(i->midi);
	free(i->slots);
	free(i->path);
	free(i);
}

void content_pool_free(struct content_pool *p)
{
	if (!p)
		return;
	if (p->started) {
		pthread_mutex_lock(&p->lock);
		p->quit = true;
		pthread_cond_signal(&p->work);
		pthread_mutex_unlock(&p->lock);
		pthread_join(p->thread, NULL);
	}
	while (p->items) {
		struct content_item *next = p->items->next;
		item_free(p->items);
		p->items = next;
	}
	content_spool_close(p->spool);
	pthread_cond_destroy(&p->work);
	pthread_cond_destroy(&p->idle);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

/* What lies at the path now; all zero when nothing does. A file that was written anew is another. */
static struct content_stamp stamp_of(const char *path)
{
	struct stat st;
	if (stat(path, &st) < 0)
		return (struct content_stamp){ 0 };
	return (struct content_stamp){ st.st_dev, st.st_ino, st.st_size, st.st_mtim.tv_sec, st.st_mtim.tv_nsec };
}

static bool same_stamp(const struct content_stamp *a, const struct content_stamp *b)
{
	return a->device == b->device && a->inode == b->inode && a->size == b->size && a->seconds == b->seconds &&
	       a->nanoseconds == b->nanoseconds;
}

/* One that failed counts too, as long as the file is the same: trying again would fail again. */
static struct content_item *find(struct content_pool *p, const struct content_source *s, const struct content_stamp *now)
{
	for (struct content_item *i = p->items; i; i = i->next) {
		if (str_eq(i->path, s->path) && i->rate == s->rate && i->reverse == s->reverse && same_stamp(&i->stamp, now))
			return i;
	}
	return NULL;
}

static bool is_unused(const struct content_item *i)
{
	enum content_state now = content_pool_state(i);
	return !i->n_users && now != CONTENT_LOADING && i->told == now && !audio_content_shared(i->audio) &&
	       !midi_content_shared(i->midi);
}

static struct content_item **oldest_unused(struct content_pool *p)
{
	struct content_item **found = NULL;
	for (struct content_item **at = &p->items; *at; at = &(*at)->next)
		if (is_unused(*at))
			found = at;
	return found;
}

static bool half_full(const struct content_pool *p)
{
	return p->n_items >= (size_t)LIMIT_CONTENT_ITEMS / 2 ||
	       content_spool_used(p->spool) > ((int64_t)LIMIT_CONTENT_SPOOL_MIB << 20) / 2;
}

static void let_go(struct content_pool *p, struct content_item **at)
{
	struct content_item *it = *at;
	pthread_mutex_lock(&p->lock);
	*at = it->next;
	p->n_items--;
	pthread_mutex_unlock(&p->lock);
	if (p->o.let_go)
		p->o.let_go(p->o.arg, it);
	if (it->audio)
		content_spool_give_back(p->spool, it->spool_at, (int64_t)(it->audio->n_windows * content_window_bytes(it)));
	item_free(it);
}

static void make_room(struct content_pool *p)
{
	struct content_item **at;
	while (half_full(p) && (at = oldest_unused(p)))
		let_go(p, at);
}

int content_pool_get(struct content_pool *p, const struct content_source *s, struct content_item **ret, struct err *err)
{
	const struct content_stamp now = stamp_of(s->path);
	struct content_item *i = find(p, s, &now);
	if (!i) {
		make_room(p);
		if (p->n_items >= (size_t)LIMIT_CONTENT_ITEMS)
			return err_set(err, -ENOSPC, "%zu files are on the timeline; no more can be played at once", p->n_items);
		i = calloc(1, sizeof(*i));
		if (i)
			i->path = strdup(s->path);
		if (!i || !i->path) {
			free(i);
			return err_set(err, -ENOMEM, "%s", s->path);
		}
		i->pool = p;
		i->spool = p->spool;
		i->stamp = now;
		i->rate = s->rate;
		i->reverse = s->reverse;
		pthread_mutex_lock(&p->lock);
		i->next = p->items;
		p->items = i;
		p->n_items++;
		p->n_loading++;
		pthread_cond_signal(&p->work);
		pthread_mutex_unlock(&p->lock);
	}
	i->n_users++;
	*ret = i;
	return 0;
}

void content_pool_put(struct content_item *i)
{
	if (i)
		i->n_users--;
}

size_t content_pool_count(const struct content_pool *p)
{
	return p->n_items;
}

enum content_state content_pool_state(const struct content_item *i)
{
	return (enum content_state)atomic_load_explicit(&i->state, memory_order_acquire);
}

void content_pool_wait(struct content_pool *p)
{
	pthread_mutex_lock(&p->lock);
	while (p->n_loading)
		pthread_cond_wait(&p->idle, &p->lock);
	pthread_mutex_unlock(&p->lock);
}

struct content_item *content_pool_next_done(struct content_pool *p)
{
	for (struct content_item *i = p->items; i; i = i->next) {
		enum content_state now = content_pool_state(i);
		if (i->told != now) {
			i->told = now;
			return i;
		}
	}
	return NULL;
}

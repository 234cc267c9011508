#include "query-control/events_kept.h"

#include <pthread.h>
#include <string.h>

#include "base/limits.h"

#include "base/banned.h"

struct events_kept {
	pthread_mutex_t lock;
	struct kept_event **ring; /* the event of number i lies at i % room */
	size_t room, most_bytes;
	uint64_t first, end; /* numbers: kept are first … end - 1 */
	size_t bytes;
	uint64_t dropped;
};

int events_kept_new(size_t n_most, size_t most_bytes, struct events_kept **ret, struct err *err)
{
	struct events_kept *k = calloc(1, sizeof(*k));
	if (!k)
		return err_set(err, -ENOMEM, "events");
	k->room = n_most ? n_most : LIMIT_EVENTS_KEPT;
	k->most_bytes = most_bytes ? most_bytes : LIMIT_EVENTS_KEPT_BYTES;
	k->ring = calloc(k->room, sizeof(struct kept_event *));
	if (!k->ring) {
		free(k);
		return err_set(err, -ENOMEM, "events");
	}
	pthread_mutex_init(&k->lock, NULL);
	*ret = k;
	return 0;
}

void kept_event_unref(struct kept_event *e)
{
	/* acq_rel: whoever frees it sees what the others did before */
	if (e && atomic_fetch_sub_explicit(&e->refs, 1, memory_order_acq_rel) == 1)
		free(e);
}

static struct kept_event **place(struct events_kept *k, uint64_t number)
{
	return &k->ring[number % k->room];
}

static size_t cost(const struct kept_event *e)
{
	return sizeof(*e) + strlen(e->payload);
}

/* The oldest; its reference goes to the caller. */
static struct kept_event *drop_first(struct events_kept *k)
{
	struct kept_event **p = place(k, k->first++), *e = *p;
	*p = NULL;
	k->bytes -= cost(e);
	k->dropped++;
	return e;
}

void events_kept_free(struct events_kept *k)
{
	if (!k)
		return;
	while (k->first < k->end)
		kept_event_unref(drop_first(k));
	pthread_mutex_destroy(&k->lock);
	free(k->ring);
	free(k);
}

/* Its texts lie behind it. */
static struct kept_event *event_new(const struct wire_received *e, int64_t time_unix_ms)
{
	size_t n_name = strlen(e->name) + 1, n_sender = strlen(e->sender) + 1;
	struct kept_event *k = malloc(sizeof(*k) + n_name + n_sender + e->payload.n + 1);
	if (!k)
		return NULL;
	*k = (struct kept_event){.seq = e->seq,
				 .beat = e->beat,
				 .frame = e->frame,
				 .monotonic_ns = e->monotonic_ns,
				 .time_unix_ms = time_unix_ms,
				 .name = (char *)(k + 1)};
	atomic_init(&k->refs, 1);
	k->sender = k->name + n_name;
	k->payload = k->sender + n_sender;
	memcpy(k->name, e->name, n_name);
	memcpy(k->sender, e->sender, n_sender);
	if (e->payload.n)
		memcpy(k->payload, e->payload.s, e->payload.n);
	k->payload[e->payload.n] = '\0';
	return k;
}

int events_kept_add(struct events_kept *k, const struct wire_received *e, int64_t time_unix_ms, struct err *err)
{
	if (e->payload.n + sizeof(struct kept_event) > k->most_bytes)
		return err_set(err, -EMSGSIZE, "event '%s' of %zu bytes is not kept", e->name, e->payload.n);
	struct kept_event *new = event_new(e, time_unix_ms);
	if (!new)
		return err_set(err, -ENOMEM, "events");
	pthread_mutex_lock(&k->lock);
	while (k->end - k->first == k->room || k->bytes + cost(new) > k->most_bytes)
		kept_event_unref(drop_first(k));
	new->number = k->end++;
	*place(k, new->number) = new;
	k->bytes += cost(new);
	pthread_mutex_unlock(&k->lock);
	return 0;
}

uint64_t events_kept_end(struct events_kept *k)
{
	pthread_mutex_lock(&k->lock);
	uint64_t end = k->end;
	pthread_mutex_unlock(&k->lock);
	return end;
}

struct kept_event *events_kept_before(struct events_kept *k, uint64_t before)
{
	struct kept_event *e = NULL;
	pthread_mutex_lock(&k->lock);
	uint64_t end = before < k->end ? before : k->end;
	if (end > k->first) {
		e = *place(k, end - 1);
		atomic_fetch_add_explicit(&e->refs, 1, memory_order_relaxed);
	}
	pthread_mutex_unlock(&k->lock);
	return e;
}

struct events_kept_stats events_kept_stats(struct events_kept *k)
{
	pthread_mutex_lock(&k->lock);
	struct events_kept_stats s = {(size_t)(k->end - k->first), k->bytes, k->dropped};
	pthread_mutex_unlock(&k->lock);
	return s;
}

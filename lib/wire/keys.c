#include "wire/service_priv.h"

#include <stdio.h>
#include <string.h>

static void key_free(struct wire_port *p, struct wire_key *k)
{
	list_remove(&k->link);
	(void)map_remove(p->keys, k->name);
	p->key_bytes -= k->n;
	free(k->name);
	free(k->payload);
	free(k);
}

/* Makes room: what has expired, and the oldest while there is too much. */
static void keys_trim(struct wire_port *p, int64_t now_ns)
{
	struct wire_key *k;
	while ((k = LIST_FIRST(&p->answered_keys, struct wire_key, link)) &&
	       (k->expires_ns <= now_ns || map_count(p->keys) >= LIMIT_WIRE_KEYS ||
		p->key_bytes > LIMIT_WIRE_KEY_BYTES))
		key_free(p, k);
}

static int key_new(struct wire_port *p, const char *name, uint64_t hash, struct wire_key **ret,
		   struct err *err)
{
	if (map_count(p->keys) >= LIMIT_WIRE_KEYS)
		return err_set(err, -EBUSY, "%d requests with idempotency keys are being worked on",
			       LIMIT_WIRE_KEYS);
	struct wire_key *k = calloc(1, sizeof(*k));
	if (!k)
		return err_set(err, -ENOMEM, "idempotency key");
	list_init(&k->link);
	list_init(&k->waiters);
	k->hash = hash;
	k->name = strdup(name);
	if (!k->name || map_set(p->keys, name, k, NULL) < 0) {
		free(k->name);
		free(k);
		return err_set(err, -ENOMEM, "idempotency key");
	}
	*ret = k;
	return 0;
}

int key_enter(struct wire_port *p, const struct wire_envelope *e, struct wire_key **ret,
	      enum key_found *ret_found, struct err *err)
{
	static const uint64_t seed[2] = {0x6b6579,
					 0x68617368}; /* only told apart, never looked up by */
	char name[2 * WIRE_KEY_MAX + 2];
	(void)snprintf(name, sizeof(name), "%s\n%s", e->actor, e->idempotency_key);
	uint64_t hash = map_hash(seed, e->payload.s, e->payload.n);
	keys_trim(p, wire_loop_now_ns(p->loop));
	struct wire_key *k = map_get(p->keys, name);
	if (k && k->hash != hash)
		return err_field(err, -EINVAL, "idempotency_key",
				 "key '%s' came with another request before", e->idempotency_key);
	if (k) {
		*ret_found = k->answered ? KEY_ANSWERED : KEY_RUNNING;
		*ret = k;
		return 0;
	}
	*ret_found = KEY_NEW;
	return key_new(p, name, hash, ret, err);
}

static void answer_waiters(struct wire_port *p, struct wire_key *k, const char *payload, size_t n)
{
	struct wire_reply *w;
	while ((w = LIST_FIRST(&k->waiters, struct wire_reply, wait_link))) {
		struct wire_envelope e = {.trace = w->to.trace, .payload = {payload, n}};
		AUTO_STRBUF text = STRBUF_INIT;
		memcpy(e.id, w->to.id, sizeof(e.id));
		if (wire_envelope_write(&text, &e) == 0) {
			size_t n_text = text.n;
			port_send(p, &w->to, strbuf_take(&text), n_text);
		}
		atomic_fetch_add_explicit(&p->counters.replayed, 1, memory_order_relaxed);
		port_closed(p, w);
	}
}

void key_answer(struct wire_port *p, struct wire_key *k, const char *payload, size_t n, bool keep)
{
	answer_waiters(p, k, payload, n);
	k->payload = keep ? malloc(n + 1) : NULL;
	if (!k->payload) {
		key_free(p, k);
		return;
	}
	memcpy(k->payload, payload, n);
	k->n = n;
	k->answered = true;
	k->expires_ns = wire_loop_now_ns(p->loop) + p->service->o.keep_keys_ms * NS_PER_MS;
	p->key_bytes += n;
	list_push(&p->answered_keys, &k->link);
	keys_trim(p, 0);
}

void keys_free(struct wire_port *p)
{
	size_t at = 0;
	const char *name;
	void *value;
	while (p->keys && map_next(p->keys, &at, &name, &value))
		key_free(p, value);
	map_free(p->keys);
}

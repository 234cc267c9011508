#include "query-control/worker_card.h"

#include <string.h>

#include "base/json.h"

#include "base/banned.h"

/* Strings and offers lie behind the card, in one piece of memory. */
struct builder {
	char *at; /* NULL: only counts */
	size_t n;
	bool failed;
};

static const char *put(struct builder *b, const char *s)
{
	size_t n = strlen(s) + 1;
	char *to = b->at ? b->at + b->n : NULL;
	if (to)
		memcpy(to, s, n);
	b->n += n;
	return to;
}

static const char *put_schema(struct builder *b, const struct worker_capability *can)
{
	if (!can->has_params_schema || !can->params_schema)
		return NULL;
	char AUTO_MEM *text = json_text(can->params_schema, JSON_OUT_COMPACT);
	b->failed |= !text;
	return text ? put(b, text) : NULL;
}

static void put_offer(struct builder *b, const struct worker_capability *can, struct worker_offer *ret)
{
	struct worker_offer o = {.can = {.verb = put(b, can->verb),
					 .from_space = put(b, can->from_space),
					 .to_space = put(b, can->to_space),
					 .model = put(b, can->model),
					 .model_version = put(b, can->model_version),
					 .deterministic = can->deterministic}};
	o.params_schema = put_schema(b, can);
	if (ret)
		*ret = o;
}

static void put_all(struct builder *b, const struct worker_view *w, struct worker_card *c)
{
	struct worker_card said = {.worker_id = put(b, w->worker_id),
				   .name = put(b, w->name),
				   .worker_type = put(b, w->worker_type),
				   .hostname = put(b, w->hostname),
				   .version = put(b, w->version),
				   .hardware = put(b, w->hardware),
				   .n_offers = w->capabilities.n};
	if (c) {
		said.offers = c->offers;
		*c = said;
		atomic_init(&c->refs, 1);
	}
	for (size_t i = 0; i < w->capabilities.n; i++)
		put_offer(b, &w->capabilities.v[i], c ? &c->offers[i] : NULL);
}

int worker_card_new(const struct worker_view *w, struct worker_card **ret, struct err *err)
{
	struct builder count = {NULL, 0, false};
	put_all(&count, w, NULL);
	size_t offers = w->capabilities.n * sizeof(struct worker_offer);
	struct worker_card *c = count.failed ? NULL : calloc(1, sizeof(*c) + offers + count.n);
	if (!c)
		return err_set(err, -ENOMEM, "worker");
	c->offers = (struct worker_offer *)(c + 1);
	struct builder b = {(char *)(c + 1) + offers, 0, false};
	put_all(&b, w, c);
	if (b.failed) {
		free(c);
		return err_set(err, -ENOMEM, "worker");
	}
	*ret = c;
	return 0;
}

struct worker_card *worker_card_ref(struct worker_card *c)
{
	atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
	return c;
}

void worker_card_unref(struct worker_card *c)
{
	/* acq_rel: whoever frees it sees what the others did before */
	if (c && atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) == 1)
		free(c);
}

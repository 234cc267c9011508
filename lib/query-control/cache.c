#include "query-control/cache_priv.h"

#include "base/str.h"

#include "base/banned.h"

int control_cache(struct control_view *v, struct control_cache **ret, struct err *err)
{
	if (!v->cache && !(v->cache = calloc(1, sizeof(*v->cache))))
		return err_set(err, -ENOMEM, "query");
	*ret = v->cache;
	return 0;
}

void control_view_done(struct control_view *v)
{
	struct control_cache *k = v->cache;
	if (!k)
		return;
	free(k->expectations);
	free(k->queue);
	kept_artifacts_free(k->kept);
	wire_arena_done(&k->arena);
	free(k);
	v->cache = NULL;
}

/* ---- what can be done ---- */

static bool same_offer(const struct worker_capability *a, const struct worker_capability *b)
{
	return str_eq(a->verb, b->verb) && str_eq(a->from_space, b->from_space) && str_eq(a->to_space, b->to_space) &&
	       str_eq(a->model, b->model) && str_eq(a->model_version, b->model_version);
}

static void add_projection(struct control_cache *k, const struct worker_offer *o)
{
	if (!str_eq(o->can.verb, "project"))
		return;
	for (size_t i = 0; i < k->n_projections; i++) {
		if (!same_offer(&k->projections[i].offer->can, &o->can))
			continue;
		k->projections[i].n_workers++;
		return;
	}
	k->projections[k->n_projections++] = (struct projection){o, 1};
}

static void add_worker(struct control_cache *k, const struct worker_card *card)
{
	for (size_t i = 0; i < card->n_offers; i++) {
		const struct worker_offer *o = &card->offers[i];
		k->offers[k->online.n] = o;
		((struct worker_capability *)(uintptr_t)k->online.v)[k->online.n++] = o->can;
		add_projection(k, o);
	}
}

int control_offers(struct control_view *v, struct control_cache **ret, struct err *err)
{
	struct control_cache *k = NULL;
	size_t n = 1;
	int r = control_cache(v, &k, err);
	if (r < 0)
		return r;
	*ret = k;
	if (k->has_offers)
		return 0;
	for (size_t i = 0; i < v->n_workers; i++)
		n += v->workers[i].online ? v->workers[i].card->n_offers : 0;
	k->online.v = wire_arena_array(&k->arena, n, sizeof(*k->online.v));
	k->offers = wire_arena_array(&k->arena, n, sizeof(*k->offers));
	k->projections = wire_arena_array(&k->arena, n, sizeof(*k->projections));
	if (!k->online.v || !k->offers || !k->projections)
		return err_set(err, -ENOMEM, "query");
	for (size_t i = 0; i < v->n_workers; i++) {
		if (v->workers[i].online)
			add_worker(k, v->workers[i].card);
	}
	k->has_offers = true;
	return 0;
}

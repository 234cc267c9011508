#include "model/drum_hits_priv.h"

#include "base/rng.h"
#include "model/drum_grid_priv.h"
#include "music/drum_kit.h"

#include <stdlib.h>

#include "base/banned.h"

int drum_hits_add(struct drum_hits *h, int64_t at, int32_t length, int drum, int64_t velocity, struct err *err)
{
	if (mem_grow(&h->v, &h->room, h->n + 1, sizeof(*h->v)) < 0)
		return err_set(err, -ENOMEM, "drums of %zu strokes", h->n);
	velocity = velocity < 1 ? 1 : velocity > 127 ? 127 : velocity;
	h->v[h->n++] = (struct drum_hit){ at < 0 ? 0 : at, length < 1 ? 1 : length, (uint8_t)drum, (uint8_t)velocity };
	return 0;
}

/* -span to span, the middle likelier than the ends. */
static int64_t around(struct rng *r, int64_t span)
{
	return (rng_range(r, -span, span) + rng_range(r, -span, span)) / 2;
}

void drum_hits_humanise(struct drum_hits *h, int64_t humanise_milli, uint64_t seed, int64_t end)
{
	for (size_t i = 0; i < h->n && humanise_milli > 0; i++) {
		struct drum_hit *x = &h->v[i];
		struct rng r;
		rng_split(&r, seed ^ 0x68756d616e, (uint64_t)x->at * 128 + x->drum);
		int64_t at = x->at + around(&r, 18 * humanise_milli / 1000), velocity = x->velocity + around(&r, 14 * humanise_milli / 1000);
		x->at = at < 0 ? 0 : at >= end ? end - 1 : at;
		x->velocity = (uint8_t)(velocity < 1 ? 1 : velocity > 127 ? 127 : velocity);
	}
}

static int compare(const void *a, const void *b)
{
	const struct drum_hit *x = a, *y = b;
	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if (x->drum != y->drum)
		return x->drum < y->drum ? -1 : 1;
	if (x->velocity != y->velocity)
		return x->velocity > y->velocity ? -1 : 1; /* the stronger first: it stays */
	return x->length < y->length ? -1 : x->length > y->length;
}

void drum_hits_tidy(struct drum_hits *h)
{
	size_t last[128], kept = 0; /* 1 + where the drum's last stroke stands */
	for (size_t i = 0; i < COUNT_OF(last); i++)
		last[i] = 0;
	if (h->n > 0)
		qsort(h->v, h->n, sizeof(*h->v), compare);
	for (size_t i = 0; i < h->n; i++) {
		struct drum_hit x = h->v[i];
		struct drum_hit *before = last[x.drum & 127] ? &h->v[last[x.drum & 127] - 1] : NULL;
		if (before && before->at == x.at)
			continue;
		if (before && before->at + before->length > x.at)
			before->length = (int32_t)(x.at - before->at);
		const struct drum_hit *hat = x.drum == DRUM_HAT_OPEN && last[DRUM_HAT] ? &h->v[last[DRUM_HAT] - 1] : NULL;
		if (hat && hat->at == x.at && last[DRUM_HAT] == kept) { /* keys are in order, so it came just before or not at all */
			kept--;
			last[DRUM_HAT] = 0;
		}
		h->v[kept++] = x;
		last[x.drum & 127] = kept;
	}
	h->n = kept;
}

int drum_hits_write(const struct drum_hits *h, double from_beats, struct score *s, size_t voice, struct err *err)
{
	for (size_t i = 0; i < h->n; i++) {
		const struct drum_hit *x = &h->v[i];
		struct note n = { from_beats + (double)x->at / DRUM_TICKS, (double)x->length / DRUM_TICKS, x->drum, x->velocity,
				  DRUM_CHANNEL, 64 };
		int code = score_add_note(s, voice, &n, err);
		if (code < 0)
			return code;
	}
	return 0;
}

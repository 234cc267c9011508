#include "model/drum_fill_priv.h"

#include "music/drum_kit.h"

#include "base/banned.h"

/* From the first drum of a run to the last. */
static const struct {
	uint8_t drums[6], n;
	uint8_t arrival;
} kits[] = {
	[DRUM_FILL_KIT] = { { DRUM_SNARE, DRUM_TOM_HIGHEST, DRUM_TOM_HIGH, DRUM_TOM_LOW, DRUM_TOM_FLOOR }, 5, DRUM_CRASH },
	[DRUM_FILL_MACHINE] = { { DRUM_SNARE, DRUM_CLAP, DRUM_SNARE }, 3, DRUM_CRASH },
	[DRUM_FILL_LATIN] = { { DRUM_TIMBALE_HIGH, DRUM_TIMBALE_HIGH, DRUM_TIMBALE_LOW, DRUM_CONGA_HIGH, DRUM_CONGA_LOW }, 5, DRUM_CRASH },
	[DRUM_FILL_SNARE] = { { DRUM_SNARE }, 1, DRUM_CRASH },
	[DRUM_FILL_JAZZ] = { { DRUM_SNARE, DRUM_TOM_HIGH, DRUM_TOM_MID, DRUM_TOM_FLOOR }, 4, 0 },
	[DRUM_FILL_FRAME] = { { DRUM_CONGA_MUTE, DRUM_CONGA_LOW }, 2, 0 },
};

/* Rhythms of a beat, thin ones first; bit i is step i. */
static const uint8_t of_two[] = { 1, 3 };
static const uint8_t of_four[] = { 0x1, 0x5, 0x9, 0x7, 0xd, 0xf };
static const uint8_t of_six[] = { 0x1, 0x11, 0x15, 0x35, 0x1d, 0x3f };

int drum_fill_arrival(enum drum_fill kind)
{
	return kits[kind].arrival;
}

size_t drum_fill_groups(const struct drum_grid *g, int64_t density_milli, bool large, struct rng *r)
{
	size_t n = g->n_groups;
	size_t half = (n + 1) / 2;
	if (large && n <= 4)
		return n;
	if (density_milli < 300 || rng_below(r, 100) < 35)
		return 1;
	return half;
}

static unsigned rhythm(const struct drum_group *group, int64_t density_milli, struct rng *r)
{
	const uint8_t *list = group->n_steps == 6 ? of_six : group->n_steps == 4 ? of_four : of_two;
	int64_t n = group->n_steps == 2 ? COUNT_OF(of_two) : COUNT_OF(of_four);
	/* The middle of what may be drawn goes up with density. */
	int64_t at = rng_range(r, 0, n - 1) + (density_milli - 400) * n / 1000;
	return list[at < 0 ? 0 : at >= n ? n - 1 : at];
}

/* The drum at a place of the fill: run down the kit, sometimes one ahead. */
static int drum_at(enum drum_fill kind, size_t step, size_t n_steps, struct rng *r)
{
	size_t n = kits[kind].n, at = n_steps ? step * n / n_steps : 0;
	at += rng_below(r, 100) < 15;
	return kits[kind].drums[at < n ? at : n - 1];
}

int drum_fill_make(const struct drum_grid *g, enum drum_fill kind, size_t first, int64_t bar_at, int64_t density_milli,
		   int64_t intensity_milli, struct rng *r, struct drum_hits *hits, struct err *err)
{
	size_t n = g->n_steps - first;
	int code = 0;
	for (size_t i = first; i < g->n_steps && code == 0;) {
		const struct drum_group *group = &g->groups[g->group_of[i]];
		unsigned bits = rhythm(group, density_milli, r);
		for (size_t k = 0; k < group->n_steps && code == 0; k++, i++) {
			/* Louder towards the end. */
			int64_t velocity = (70 + (int64_t)(40 * (i - first + 1) / n)) * (550 + 750 * intensity_milli / 1000) / 1000;
			int drum = drum_at(kind, i - first, n, r);
			if (bits >> k & 1)
				code = drum_hits_add(hits, bar_at + g->at[i], g->length[i] / 2, drum, velocity + (k == 0 ? 8 : 0), err);
			/* The foot keeps the beat. */
			if (code == 0 && k == 0 && kind != DRUM_FILL_FRAME && kind != DRUM_FILL_JAZZ)
				code = drum_hits_add(hits, bar_at + g->at[i], g->length[i] / 2, DRUM_KICK, velocity, err);
		}
	}
	return code;
}

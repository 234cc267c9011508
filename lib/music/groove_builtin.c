/*
 * groove_builtin.c - grooves that come along.
 *
 * Timing is in hundredths of a beat, loudness in hundredths of the mean. The MPC grooves are the swing percentages of those
 * machines: the second of two sixteenths lies at that part of the pair (66 is close to a triplet). The others are ours,
 * after what is commonly measured of such playing: backbeats and off-beats late by 10 to 25 ms at 100 bpm when laid back,
 * early by as much when pushed; a Viennese waltz has its second beat early.
 */
#include "music/groove.h"

#include "base/str.h"

#include "base/banned.h"

const char *const groove_names[] = { "none",   "straight", "swing_8",  "swing_16",  "shuffle", "mpc_54", "mpc_58",  "mpc_62",
				     "mpc_66", "mpc_71",   "laid_back", "pushed",   "funk",    "hip_hop", "samba",  "waltz", NULL };

/* Slots of one bar as played: late by, loud. */
struct slot_row {
	int8_t late;
	uint8_t loud;
};

struct table {
	const char *name;
	uint8_t beats, n_slots;
	struct slot_row rows[16];
};

static const struct table tables[] = {
	{ "straight", 4, 4, { { 0, 100 }, { 0, 100 }, { 0, 100 }, { 0, 100 } } },
	{ "shuffle", 2, 4, { { 0, 104 }, { 17, 84 }, { 2, 116 }, { 17, 84 } } },
	{ "laid_back", 4, 8, { { 0, 104 }, { 3, 88 }, { 4, 108 }, { 3, 90 }, { 1, 102 }, { 3, 88 }, { 4, 110 }, { 4, 90 } } },
	{ "pushed", 4, 8, { { 0, 106 }, { -2, 94 }, { -2, 106 }, { -3, 96 }, { -1, 102 }, { -2, 94 }, { -2, 108 }, { -4, 98 } } },
	{ "funk", 4, 16, { { 0, 122 }, { 1, 70 }, { 0, 88 }, { 2, 76 }, { 2, 116 }, { 2, 66 }, { 0, 86 }, { 2, 92 },
			   { 0, 98 }, { 1, 72 }, { -1, 104 }, { 2, 74 }, { 2, 118 }, { 2, 68 }, { 0, 88 }, { 1, 96 } } },
	{ "hip_hop", 4, 16, { { 0, 116 }, { 5, 74 }, { 1, 92 }, { 6, 74 }, { 3, 112 }, { 6, 72 }, { 2, 92 }, { 6, 78 },
			      { 1, 106 }, { 5, 74 }, { 2, 94 }, { 6, 76 }, { 4, 114 }, { 6, 72 }, { 2, 90 }, { 5, 80 } } },
	{ "samba", 2, 8, { { 0, 104 }, { -2, 80 }, { -3, 84 }, { -2, 106 }, { 0, 112 }, { -2, 80 }, { -3, 86 }, { -2, 108 } } },
	{ "waltz", 3, 3, { { 0, 118 }, { -8, 92 }, { -2, 90 } } },
};

static const struct {
	const char *name;
	double swing;
} mpc[] = { { "mpc_54", 0.54 }, { "mpc_58", 0.58 }, { "mpc_62", 0.62 }, { "mpc_66", 0.66 }, { "mpc_71", 0.71 } };

static void from_table(const struct table *t, struct groove *g)
{
	g->period_beats = t->beats;
	g->n_slots = t->n_slots;
	for (int i = 0; i < t->n_slots; i++)
		g->slots[i] = (struct groove_slot){ t->rows[i].late / 100.0, t->rows[i].loud / 100.0, 0, 0 };
}

/* Pairs of slots over one beat; the second of each lies at `swing` of the pair. */
static void swung(int per_beat, double swing, struct groove *g)
{
	g->period_beats = 1;
	g->n_slots = per_beat;
	for (int i = 0; i < per_beat; i++)
		g->slots[i] = (struct groove_slot){ i % 2 ? (swing - 0.5) * 2 / per_beat : 0, i % 2 ? 0.94 : 1.03, 0, 0 };
}

int groove_builtin(size_t index, double swing, struct groove *ret, struct err *err)
{
	size_t n = 0;
	while (groove_names[n])
		n++;
	if (index == 0 || index >= n)
		return err_field(err, -EINVAL, "groove", "there is no built-in groove %zu", index);
	if (!(swing >= 0.5 && swing <= 0.75))
		return err_field(err, -EINVAL, "swing", "swing is %g; allowed are 0.5 to 0.75", swing);
	const char *name = groove_names[index];
	struct groove g = { .n_slots = 0 };
	(void)str_copy(g.name, sizeof(g.name), name);
	for (size_t i = 0; i < COUNT_OF(tables); i++)
		if (str_eq(tables[i].name, name))
			from_table(&tables[i], &g);
	for (size_t i = 0; i < COUNT_OF(mpc); i++)
		if (str_eq(mpc[i].name, name))
			swung(4, mpc[i].swing, &g);
	if (str_eq(name, "swing_8") || str_eq(name, "swing_16"))
		swung(str_eq(name, "swing_8") ? 2 : 4, swing, &g);
	*ret = g;
	return groove_check(&g, err);
}

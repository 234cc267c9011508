/*
 * abc_doubt.c - warnings about a tune as a whole, once it is read: slurs and repeats that are not closed, passes without
 * an ending, voices that are over before the others.
 */
#include "music/abc_priv.h"

#define SLURS_MAX 16 /* that are told apart when they are open together */

static void doubt(struct abc_tune *t, const struct abc_item *at, const char *hint, const char *what)
{
	abc_say(t, ABC_WARNING, at->line, at->column, hint, "%s", what);
}

static void check_slurs(struct abc_tune *t, const struct abc_voice *v)
{
	const struct abc_item *open[SLURS_MAX];
	int n = 0;
	for (size_t i = 0; i < v->n_items; i++) {
		const struct abc_item *item = &v->items[i];
		if (item->kind != ABC_SLUR)
			continue;
		if (item->slur.opens && n < SLURS_MAX)
			open[n] = item;
		n += item->slur.opens ? 1 : n > 0 ? -1 : 0;
	}
	for (int i = 0; i < n && i < SLURS_MAX; i++)
		doubt(t, open[i], "put ')' behind its last note", "the slur is not closed");
}

/* A repeat on its way: where it began, and the endings it has had so far. */
struct repeat {
	const struct abc_item *start, *first_ending;
	uint64_t endings;
	bool ended, sounds;
};

/* An ending stands for the end of a repeat, too: of old tunes that leave signs out. */
static void finish_repeat(struct abc_tune *t, struct repeat *r)
{
	int highest = 1;
	for (int n = 2; n <= ABC_ENDINGS_MAX; n++)
		if (r->endings >> n & 1)
			highest = n;
	if (r->start && r->sounds && !r->ended && highest < 2)
		doubt(t, r->start, "put :| where it goes back", "the repeat is not closed");
	for (int n = 1; highest > 1 && n < highest; n++)
		if (!(r->endings >> n & 1)) {
			abc_say(t, ABC_WARNING, r->first_ending->line, r->first_ending->column,
				"endings are |1 and :|2, or |1,3 and :|2 for several passes", "there is no ending for pass %d", n);
			break;
		}
	*r = (struct repeat){ NULL, NULL, 0, false, false };
}

static void check_repeats(struct abc_tune *t, const struct abc_voice *v)
{
	struct repeat r = { NULL, NULL, 0, false, false };
	for (size_t i = 0; i < v->n_items; i++) {
		const struct abc_item *item = &v->items[i];
		if (item->kind == ABC_ENDING) {
			if (r.endings & item->endings)
				finish_repeat(t, &r);
			if (!r.endings)
				r.first_ending = item;
			r.endings |= item->endings;
		}
		r.sounds |= item->kind == ABC_NOTES;
		r.ended |= item->kind == ABC_BAR && item->bar.ends;
		if (item->kind == ABC_PART || (item->kind == ABC_BAR && item->bar.starts))
			finish_repeat(t, &r);
		if (item->kind == ABC_BAR && item->bar.starts)
			r.start = item;
	}
	finish_repeat(t, &r);
}

/* As it is written, without repeats and overlays. */
static int64_t written_ticks(const struct abc_voice *v)
{
	int64_t sum = 0;
	bool overlay = false;
	for (size_t i = 0; i < v->n_items; i++) {
		const struct abc_item *item = &v->items[i];
		overlay |= item->kind == ABC_OVERLAY;
		if (item->kind == ABC_BAR && !item->bar.overlaid)
			overlay = false;
		if (!overlay && (item->kind == ABC_NOTES || item->kind == ABC_REST))
			sum = abc_ticks_sum(sum, item->ticks);
	}
	return sum;
}

static double quarters(int64_t ticks)
{
	return (double)ticks / (double)ABC_QUARTER;
}

static void check_lengths(struct abc_tune *t)
{
	int64_t longest = 0;
	for (size_t i = 0; t->n_voices > 1 && i < t->n_voices; i++) {
		int64_t ticks = written_ticks(&t->voices[i]);
		longest = ticks > longest ? ticks : longest;
	}
	for (size_t i = 0; longest > 0 && i < t->n_voices; i++) {
		const struct abc_voice *v = &t->voices[i];
		int64_t ticks = written_ticks(v);
		if (ticks == 0 || longest - ticks < 1000)
			continue;
		abc_say(t, ABC_WARNING, v->items[v->n_items - 1].line, 1, "rests fill it: Z is a bar of rest, Z4 four",
			"voice '%.*s' lasts %g quarter notes, the longest one %g", (int)(v->id.n < 20 ? v->id.n : 20), v->id.s,
			quarters(ticks), quarters(longest));
	}
}

void abc_doubts(struct abc_tune *t)
{
	for (size_t i = 0; i < t->n_voices; i++) {
		check_slurs(t, &t->voices[i]);
		check_repeats(t, &t->voices[i]);
	}
	check_lengths(t);
}

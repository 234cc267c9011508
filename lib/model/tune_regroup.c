#include "model/tune_regroup.h"

#include "base/banned.h"

static const struct {
	struct tune_meter asked, told;
	uint8_t bars, stretch;
	bool fast; /* reels and hornpipes alone */
} known[] = {
	{ { 12, 8 }, { 6, 8 }, 2, 1, false },
	{ { 3, 2 }, { 3, 4 }, 1, 2, false },
	{ { 6, 4 }, { 6, 8 }, 1, 2, false },
	{ { 4, 4 }, { 2, 2 }, 1, 1, true },
};

struct tune_grouping tune_grouping_of(int meter, int form)
{
	const struct tune_meter *m = &tune_meters[meter];
	bool fast = form == TUNE_REEL || form == TUNE_HORNPIPE;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].asked.num == m->num && known[i].asked.den == m->den && (fast || !known[i].fast))
			return (struct tune_grouping){ (uint8_t)tune_find_meter(known[i].told.num, known[i].told.den), known[i].bars,
						       known[i].stretch };
	return (struct tune_grouping){ (uint8_t)meter, 1, 1 };
}

/* A bar under construction. */
struct bar {
	uint16_t notes[TUNE_BAR_UNITS_MAX];
	size_t n;
};

/* A sound of any length, in as many tokens as it takes. */
static void add_sound(struct bar *b, int sound, int units)
{
	int next = sound == TUNE_REST ? TUNE_REST : TUNE_HOLD;
	for (; units > 0; sound = next) {
		int length = tune_longest(units);
		b->notes[b->n++] = (uint16_t)tune_note(length, sound);
		units -= tune_lengths[length];
	}
}

static void add_bar(struct bar *b, const struct tune *t, size_t i, int stretch)
{
	for (uint32_t k = 0; k < t->bars[i].n; k++) {
		uint16_t x = t->notes[t->bars[i].first + k];
		add_sound(b, tune_sound_of(x), tune_units_of(x) * stretch);
	}
}

int tune_regroup(const struct tune *t, int meter, struct tune *ret, struct err *err)
{
	struct tune_grouping g = tune_grouping_of(meter, t->form);
	size_t lack = (g.bars - t->n_bars % g.bars) % g.bars;
	struct bar b = { .n = 0 };
	int code = 0;
	*ret = *t;
	ret->meter = (uint8_t)meter;
	ret->notes = NULL;
	ret->bars = NULL;
	ret->n_notes = ret->room_notes = ret->n_bars = ret->room_bars = 0;
	if (lack)
		add_sound(&b, TUNE_REST, (int)lack * tune_bar_units(g.told));
	for (size_t i = 0; code == 0 && i < t->n_bars; i++) {
		add_bar(&b, t, i, g.stretch);
		if ((i + 1 + lack) % g.bars)
			continue;
		code = tune_add_bar(ret, b.notes, b.n, tune_last_sound(ret), err);
		b.n = 0;
	}
	return code;
}

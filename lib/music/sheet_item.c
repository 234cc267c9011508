/*
 * sheet_item.c - a line of chords as written notes and rests: bar lines, note values, tuplets, ties.
 */
#include "music/sheet_priv.h"

#include <stdlib.h>

#include "base/limits.h"

/* A length as one sign. */
struct sign {
	int8_t value;
	uint8_t dots;
};

struct filling {
	struct sheet *sheet;
	struct sheet_layer *layer;
	const struct sheet_line *line;
	const struct sheet_note *notes;
	const int64_t *splits;
	size_t n_splits, split;
	size_t group; /* the first that ends behind where we are */
	size_t bar;
	int64_t *cuts; /* of this bar, sorted: where something begins, ends or is split */
	size_t n_cuts, room_cuts;
	struct grid_point *points;
	size_t room_points;
	struct sheet_cell *cells;
	size_t n_cells, room_cells;
	struct err *err;
};

static int no_memory(struct err *err)
{
	return err_set(err, -ENOMEM, "out of memory for the sheet");
}

/* The longest sign of at most `ticks` for which ok(); the smallest is a 256th. */
static const struct {
	int64_t ticks;
	struct sign sign;
} signs[] = {
#define PLAIN(v, t) { (t), { (v), 0 } }
#define DOTTED(v, t) { (t) * 7 / 4, { (v), 2 } }, { (t) * 3 / 2, { (v), 1 } }, { (t), { (v), 0 } }
	DOTTED(-1, SHEET_QUARTER * 8),	DOTTED(0, SHEET_QUARTER * 4),	DOTTED(1, SHEET_QUARTER * 2),
	DOTTED(2, SHEET_QUARTER),	DOTTED(3, SHEET_QUARTER / 2),	DOTTED(4, SHEET_QUARTER / 4),
	DOTTED(5, SHEET_QUARTER / 8),	DOTTED(6, SHEET_QUARTER / 16),	PLAIN(7, SHEET_QUARTER / 32),
	PLAIN(8, SHEET_QUARTER / 64),
#undef PLAIN
#undef DOTTED
};

/* Whether a sign may stand at a place of a bar in three-beats: inside a beat, or whole beats. */
static bool fits_compound(int64_t beat, int64_t pos, int64_t ticks, struct sign s, bool rest)
{
	int64_t plain = s.dots ? ticks * 2 / 3 : ticks;
	if (s.dots == 2)
		return false;
	if (ticks % beat == 0 && s.dots == 1)
		return pos % beat == 0;
	if (ticks >= beat || pos / beat != (pos + ticks - 1) / beat)
		return false;
	if (s.dots)
		return (pos % beat) % (plain / 2) == 0 && !rest;
	return (pos % beat) % (rest ? plain : plain / 2) == 0;
}

static bool fits_simple(int64_t beat, int64_t bar, int64_t pos, int64_t ticks, struct sign s, bool rest)
{
	int64_t plain = s.dots == 2 ? ticks * 4 / 7 : s.dots ? ticks * 2 / 3 : ticks;
	bool crosses = bar == 4 * beat && pos < 2 * beat && pos + ticks > 2 * beat;
	if (s.dots == 2)
		return !rest && pos % (2 * plain) == 0 && pos % beat == 0;
	if (s.dots)
		return rest ? pos % (2 * plain) == 0 && plain < beat :
			      pos % (plain / 2) == 0 && !(crosses && pos % beat);
	if (pos % plain == 0)
		return true;
	return !rest && pos % (plain / 2) == 0 && !(crosses && pos % beat) && plain / 2 <= beat;
}

static bool fits(const struct sheet_bar *b, int64_t pos, int64_t ticks, struct sign s, bool rest)
{
	int64_t unit = 4 * SHEET_QUARTER / b->den;
	if (sheet_compound(b->num, b->den))
		return fits_compound(3 * unit, pos, ticks, s, rest);
	return fits_simple(unit, unit * b->num, pos, ticks, s, rest);
}

static struct sheet_item *add_item(struct filling *f, int64_t at, int64_t ticks)
{
	struct sheet_layer *l = f->layer;
	if (l->n_items >= LIMIT_SHEET_ITEMS) {
		err_set(f->err, -EMSGSIZE, "more than %d written notes in one part", LIMIT_SHEET_ITEMS);
		return NULL;
	}
	if (mem_grow(&l->items, &l->room_items, l->n_items + 1, sizeof(*l->items)) < 0) {
		(void)no_memory(f->err);
		return NULL;
	}
	struct sheet_item *i = &l->items[l->n_items++];
	*i = (struct sheet_item){ .at = at, .ticks = ticks, .bar = (uint32_t)f->bar };
	return i;
}

/* The notes of a group under one item, lowest first; the sorted notes have the highest first. */
static int add_pitches(struct filling *f, struct sheet_item *item, const struct sheet_group *g)
{
	struct sheet *s = f->sheet;
	item->first = s->n_pitches;
	item->n = (uint32_t)g->n;
	if (mem_grow(&s->pitches, &s->room_pitches, s->n_pitches + g->n, sizeof(*s->pitches)) < 0)
		return no_memory(f->err);
	for (size_t i = g->n; i-- > 0;) {
		const struct sheet_note *n = &f->notes[g->first + i];
		s->pitches[s->n_pitches++] = (struct sheet_pitch){ n->pitch, n->velocity, item->at > g->at,
								   item->at + item->ticks < g->end, n->spelling, n->fine };
	}
	return 0;
}

static int add_sign(struct filling *f, int64_t at, int64_t ticks, struct sign sign, const struct sheet_group *g,
		    const struct sheet_cell *tuplet)
{
	struct sheet_item *i = add_item(f, at, ticks);
	if (!i)
		return f->err ? f->err->code : -ENOMEM;
	i->value = sign.value;
	i->dots = sign.dots;
	if (tuplet) {
		i->p = tuplet->p;
		i->q = tuplet->q;
		i->opens = at == tuplet->at;
		i->closes = at + ticks == tuplet->at + tuplet->ticks;
	}
	return g ? add_pitches(f, i, g) : 0;
}

/* From..to lies in one binary stretch or in one tuplet. */
static int add_length(struct filling *f, int64_t from, int64_t to, const struct sheet_group *g,
		      const struct sheet_cell *tuplet)
{
	const struct sheet_bar *b = &f->sheet->bars[f->bar];
	int r = 0;
	while (r == 0 && from < to) {
		size_t k = 0;
		int64_t ticks = 0;
		for (; k + 1 < COUNT_OF(signs); k++) {
			ticks = tuplet ? signs[k].ticks * tuplet->q / tuplet->p : signs[k].ticks;
			if (ticks <= to - from &&
			    (tuplet ? signs[k].sign.dots < 2 : fits(b, from - b->at, ticks, signs[k].sign, !g)))
				break;
		}
		if (k + 1 == COUNT_OF(signs)) {
			ticks = tuplet ? signs[k].ticks * tuplet->q / tuplet->p : signs[k].ticks;
			ticks = ticks > to - from ? to - from : ticks;
		}
		r = add_sign(f, from, ticks, signs[k].sign, g, tuplet);
		from += ticks;
	}
	return r;
}

static const struct sheet_cell *tuplet_at(const struct filling *f, int64_t at)
{
	for (size_t i = 0; i < f->n_cells; i++)
		if (f->cells[i].p && f->cells[i].at <= at && at < f->cells[i].at + f->cells[i].ticks)
			return &f->cells[i];
	return NULL;
}

static int add_cut(struct filling *f, int64_t at)
{
	if (mem_grow(&f->cuts, &f->room_cuts, f->n_cuts + 1, sizeof(*f->cuts)) < 0)
		return no_memory(f->err);
	f->cuts[f->n_cuts++] = at;
	return 0;
}

static int compare_cuts(const void *pa, const void *pb)
{
	int64_t a = *(const int64_t *)pa, b = *(const int64_t *)pb;
	return (a > b) - (a < b);
}

static void tidy_cuts(struct filling *f)
{
	size_t kept = 0;
	if (f->n_cuts == 0)
		return;
	qsort(f->cuts, f->n_cuts, sizeof(*f->cuts), compare_cuts);
	for (size_t i = 0; i < f->n_cuts; i++)
		if (kept == 0 || f->cuts[i] != f->cuts[kept - 1])
			f->cuts[kept++] = f->cuts[i];
	f->n_cuts = kept;
}

/* The times inside a bar at which its line begins, ends or splits something, with the bar lines. */
static int find_cuts(struct filling *f, const struct sheet_bar *b)
{
	int64_t end = b->at + b->ticks;
	f->n_cuts = 0;
	int r = add_cut(f, b->at);
	for (size_t i = f->group; r == 0 && i < f->line->n && f->line->groups[i].at < end; i++) {
		if (f->line->groups[i].at > b->at)
			r = add_cut(f, f->line->groups[i].at);
		if (r == 0 && f->line->groups[i].end < end && f->line->groups[i].end > b->at)
			r = add_cut(f, f->line->groups[i].end);
	}
	while (f->split < f->n_splits && f->splits[f->split] < b->at)
		f->split++;
	for (size_t i = f->split; r == 0 && i < f->n_splits && f->splits[i] < end; i++)
		r = add_cut(f, f->splits[i]);
	if (r == 0)
		r = add_cut(f, end);
	tidy_cuts(f);
	return r;
}

static int find_tuplets(struct filling *f, const struct sheet_bar *b)
{
	static const struct grid_choice tight = { &grid_tight, 16, true };
	if (mem_grow(&f->points, &f->room_points, f->n_cuts, sizeof(*f->points)) < 0)
		return no_memory(f->err);
	for (size_t i = 0; i + 1 < f->n_cuts; i++)
		f->points[i] = (struct grid_point){ (double)(f->cuts[i] - b->at) / (double)SHEET_QUARTER, 1 };
	f->n_cells = 0;
	int r = grid_bar(&tight, f->points, f->n_cuts - 1, b, &f->cells, &f->n_cells, &f->room_cells, f->err);
	for (size_t i = 0; r == 0 && i < f->n_cells; i++)
		if (f->cells[i].p) {
			r = add_cut(f, f->cells[i].at);
			if (r == 0)
				r = add_cut(f, f->cells[i].at + f->cells[i].ticks);
		}
	tidy_cuts(f);
	return r;
}

static int fill_bar(struct filling *f)
{
	const struct sheet_bar *b = &f->sheet->bars[f->bar];
	while (f->group < f->line->n && f->line->groups[f->group].end <= b->at)
		f->group++;
	bool empty = f->group >= f->line->n || f->line->groups[f->group].at >= b->at + b->ticks;
	int r = find_cuts(f, b);
	if (r == 0 && empty && f->n_cuts == 2) {
		struct sheet_item *i = add_item(f, b->at, b->ticks);
		if (!i)
			return f->err ? f->err->code : -ENOMEM;
		i->whole_bar = true;
		return 0;
	}
	if (r == 0)
		r = find_tuplets(f, b);
	for (size_t i = 0; r == 0 && i + 1 < f->n_cuts; i++) {
		int64_t from = f->cuts[i], to = f->cuts[i + 1];
		while (f->group < f->line->n && f->line->groups[f->group].end <= from)
			f->group++;
		const struct sheet_group *g = f->group < f->line->n ? &f->line->groups[f->group] : NULL;
		r = add_length(f, from, to, g && g->at <= from ? g : NULL, tuplet_at(f, from));
	}
	return r;
}

int sheet_fill(struct sheet *s, struct sheet_layer *layer, const struct sheet_line *line,
	       const struct sheet_note *notes, const int64_t *splits, size_t n_splits, struct err *err)
{
	struct err own = ERR_INIT;
	struct filling f = { .sheet = s, .layer = layer, .line = line, .notes = notes, .splits = splits,
			     .n_splits = n_splits, .err = err ? err : &own };
	int r = 0;
	for (; r == 0 && f.bar < s->n_bars; f.bar++)
		r = fill_bar(&f);
	free(f.cuts);
	free(f.points);
	free(f.cells);
	return r;
}

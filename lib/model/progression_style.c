/* progression_style.c - functions as chords of a style, and what complexity adds to them. */
#include "model/progression_priv.h"

#include "base/mem.h"

#include "base/banned.h"

#define FOLK      (1 << STYLE_FOLK)
#define POP       (1 << STYLE_POP)
#define JAZZ      (1 << STYLE_JAZZ)
#define CLASSICAL (1 << STYLE_CLASSICAL)
#define MODAL     (1 << STYLE_MODAL)
#define ALL       (FOLK | POP | JAZZ | CLASSICAL | MODAL | 1 << STYLE_BLUES)

enum { MAJ, MIN, DIM };

/* What a function may be in a mode: root above the tonic, triad, weight, and for which styles. */
struct word {
	enum function fn;
	int offset, triad, weight, styles, from_complexity;
};

static const struct word major_words[] = {
	{ FN_TONIC, 0, MAJ, 10, ALL, 0 },
	{ FN_PROLONG, 0, MAJ, 4, FOLK | CLASSICAL, 0 },
	{ FN_PROLONG, 9, MIN, 7, ALL, 0 },
	{ FN_PROLONG, 4, MIN, 3, POP | JAZZ | CLASSICAL, 200 },
	{ FN_PROLONG, 5, MAJ, 2, FOLK | POP, 0 },
	{ FN_PRE, 5, MAJ, 9, ALL & ~JAZZ, 0 },
	{ FN_PRE, 5, MAJ, 3, JAZZ, 0 },
	{ FN_PRE, 2, MIN, 5, FOLK | POP | CLASSICAL, 150 },
	{ FN_PRE, 2, MIN, 12, JAZZ, 0 },
	{ FN_PRE, 9, MIN, 2, POP | CLASSICAL | JAZZ, 200 },
	{ FN_PRE, 10, MAJ, 2, POP, 500 },
	{ FN_DOM, 7, MAJ, 12, ALL, 0 },
	{ FN_DOM, 11, DIM, 2, CLASSICAL, 300 },
	{ FN_DECEPTIVE, 9, MIN, 10, ALL, 0 },
	{ FN_PLAGAL, 5, MAJ, 10, ALL, 0 },
	{ FN_GOAL, 0, MAJ, 10, ALL, 0 },
};
static const struct word minor_words[] = {
	{ FN_TONIC, 0, MIN, 10, ALL, 0 },
	{ FN_PROLONG, 0, MIN, 3, FOLK | CLASSICAL, 0 },
	{ FN_PROLONG, 8, MAJ, 6, ALL, 0 },
	{ FN_PROLONG, 3, MAJ, 5, ALL, 0 },
	{ FN_PROLONG, 10, MAJ, 3, FOLK | POP, 0 },
	{ FN_PRE, 5, MIN, 9, ALL & ~JAZZ, 0 },
	{ FN_PRE, 5, MIN, 4, JAZZ, 0 },
	{ FN_PRE, 2, DIM, 10, JAZZ, 0 },
	{ FN_PRE, 2, DIM, 4, CLASSICAL, 150 },
	{ FN_PRE, 8, MAJ, 4, POP | FOLK | CLASSICAL, 100 },
	{ FN_PRE, 1, MAJ, 2, CLASSICAL, 600 },
	{ FN_DOM, 7, MAJ, 12, ALL, 0 },
	{ FN_DOM, 7, MIN, 2, POP | FOLK, 0 },
	{ FN_DOM, 10, MAJ, 7, POP | FOLK, 0 },
	{ FN_DOM, 11, DIM, 2, CLASSICAL, 300 },
	{ FN_DECEPTIVE, 8, MAJ, 10, ALL, 0 },
	{ FN_PLAGAL, 5, MIN, 10, ALL, 0 },
	{ FN_GOAL, 0, MIN, 10, ALL, 0 },
};
static const struct word dorian_words[] = {
	{ FN_TONIC, 0, MIN, 10, ALL, 0 },    { FN_PROLONG, 0, MIN, 5, ALL, 0 },  { FN_PROLONG, 3, MAJ, 3, ALL, 0 },
	{ FN_PROLONG, 5, MAJ, 6, ALL, 0 },   { FN_PRE, 5, MAJ, 10, ALL, 0 },     { FN_PRE, 2, MIN, 4, ALL, 200 },
	{ FN_DOM, 10, MAJ, 8, ALL, 0 },      { FN_DOM, 7, MIN, 5, ALL, 0 },      { FN_DECEPTIVE, 3, MAJ, 10, ALL, 0 },
	{ FN_PLAGAL, 5, MAJ, 10, ALL, 0 },   { FN_GOAL, 0, MIN, 10, ALL, 0 },
};
static const struct word phrygian_words[] = {
	{ FN_TONIC, 0, MIN, 10, ALL, 0 },    { FN_PROLONG, 0, MIN, 5, ALL, 0 },  { FN_PROLONG, 8, MAJ, 3, ALL, 0 },
	{ FN_PROLONG, 1, MAJ, 5, ALL, 0 },   { FN_PRE, 3, MAJ, 5, ALL, 0 },      { FN_PRE, 8, MAJ, 3, ALL, 200 },
	{ FN_PRE, 5, MIN, 3, ALL, 200 },     { FN_DOM, 1, MAJ, 10, ALL, 0 },     { FN_DOM, 10, MIN, 5, ALL, 0 },
	{ FN_DECEPTIVE, 3, MAJ, 10, ALL, 0 }, { FN_PLAGAL, 5, MIN, 10, ALL, 0 }, { FN_GOAL, 0, MIN, 10, ALL, 0 },
};
static const struct word lydian_words[] = {
	{ FN_TONIC, 0, MAJ, 10, ALL, 0 },    { FN_PROLONG, 0, MAJ, 4, ALL, 0 },  { FN_PROLONG, 2, MAJ, 6, ALL, 0 },
	{ FN_PROLONG, 9, MIN, 3, ALL, 0 },   { FN_PRE, 2, MAJ, 10, ALL, 0 },     { FN_PRE, 4, MIN, 3, ALL, 200 },
	{ FN_DOM, 7, MAJ, 3, ALL, 0 },       { FN_DOM, 2, MAJ, 9, ALL, 0 },      { FN_DOM, 11, MIN, 3, ALL, 0 },
	{ FN_DECEPTIVE, 9, MIN, 10, ALL, 0 }, { FN_PLAGAL, 2, MAJ, 10, ALL, 0 }, { FN_GOAL, 0, MAJ, 10, ALL, 0 },
};
static const struct word mixolydian_words[] = {
	{ FN_TONIC, 0, MAJ, 10, ALL, 0 },    { FN_PROLONG, 0, MAJ, 5, ALL, 0 },  { FN_PROLONG, 10, MAJ, 6, ALL, 0 },
	{ FN_PROLONG, 5, MAJ, 3, ALL, 0 },   { FN_PRE, 5, MAJ, 8, ALL, 0 },      { FN_PRE, 2, MIN, 3, ALL, 200 },
	{ FN_DOM, 10, MAJ, 10, ALL, 0 },     { FN_DOM, 7, MIN, 5, ALL, 0 },      { FN_DECEPTIVE, 9, MIN, 10, ALL, 0 },
	{ FN_PLAGAL, 5, MAJ, 10, ALL, 0 },   { FN_GOAL, 0, MAJ, 10, ALL, 0 },
};
static const struct {
	const struct word *words;
	size_t n;
} modes[MODE_COUNT] = {
	{ major_words, COUNT_OF(major_words) },       { minor_words, COUNT_OF(minor_words) },
	{ dorian_words, COUNT_OF(dorian_words) },     { phrygian_words, COUNT_OF(phrygian_words) },
	{ lydian_words, COUNT_OF(lydian_words) },     { mixolydian_words, COUNT_OF(mixolydian_words) },
};

static uint32_t bit(int i)
{
	return UINT32_C(1) << i;
}

static void choose(struct slot *s, int offset, uint32_t tones)
{
	s->offset = s->bass = (offset + 12) % 12;
	s->tones = tones;
}

static uint32_t triad_tones(int triad)
{
	static const enum chord_quality q[] = { CHORD_MAJOR, CHORD_MINOR, CHORD_DIMINISHED };
	return chord_quality_tones(q[triad]);
}

static int weight_of(const struct composer *c, const struct word *w, const struct slot *s, const struct slot *before)
{
	if (w->fn != s->fn || !(w->styles & 1 << c->style) || w->from_complexity > c->complexity)
		return 0;
	if (s->fn == FN_DOM && s->cadential && w->triad == DIM)
		return 0; /* a cadence wants the dominant's root */
	bool again = before && before->offset == w->offset;
	return again ? (s->fn == FN_DOM || s->fn == FN_GOAL || s->fn == FN_TONIC ? w->weight : w->weight / 4) : w->weight * 4;
}

void style_roots(struct composer *c, struct slot *slots, int n)
{
	const struct word *words = modes[c->key.mode].words;
	size_t n_words = modes[c->key.mode].n;
	for (int i = 0; i < n; i++) {
		const struct slot *before = i ? &slots[i - 1] : NULL;
		int total = 0;
		for (size_t k = 0; k < n_words; k++)
			total += weight_of(c, &words[k], &slots[i], before);
		int at = (int)rng_below(&c->rng, (uint64_t)(total ? total : 1));
		choose(&slots[i], 0, triad_tones(tonality_minor(&c->key) ? MIN : MAJ));
		for (size_t k = 0; k < n_words; k++) {
			int w = weight_of(c, &words[k], &slots[i], before);
			if (w && at < w) {
				choose(&slots[i], words[k].offset, triad_tones(words[k].triad));
				break;
			}
			at -= w;
		}
	}
}

struct chord slot_chord(const struct composer *c, const struct slot *s)
{
	return (struct chord){ .root = (int8_t)((c->key.tonic + s->offset) % 12), .bass = (int8_t)((c->key.tonic + s->bass) % 12),
			       .tones = s->tones };
}

/* --- what complexity adds --------------------------------------------------------------------- */

static bool has_minor_third(const struct slot *s)
{
	return s->tones & bit(3);
}

/* V of what comes next, in place of a chord that only fills. */
static void secondary_dominants(struct composer *c, struct slot *s, int n)
{
	int64_t chance = c->style == STYLE_JAZZ ? 500 : c->style == STYLE_MODAL ? 0 : 300;
	for (int i = n - 2; i >= 1; i--) { /* from the end, so that what a dominant leads to stays */
		bool fills = s[i].fn == FN_PROLONG || (s[i].fn == FN_PRE && !s[i].cadential);
		bool worth = s[i + 1].offset != 0 && s[i + 1].offset != s[i].offset && !(s[i + 1].tones & bit(6));
		if (!fills || !worth || c->key.mode > MODE_MINOR || !composer_chance(c, chance * c->complexity / 1000))
			continue;
		choose(&s[i], s[i + 1].offset + 7, chord_quality_tones(CHORD_DOMINANT7));
		s[i].fn = FN_DOM;
	}
}

/* The minor subdominant, and the flat seventh of the parallel minor. */
static void borrow(struct composer *c, struct slot *s, int n)
{
	for (int i = 1; c->key.mode == MODE_MAJOR && c->style != STYLE_FOLK && i + 1 < n; i++) {
		if (s[i].fn != FN_PRE && s[i].fn != FN_PLAGAL)
			continue;
		if (s[i].offset == 5 && !has_minor_third(&s[i]) && composer_chance(c, c->complexity / 4))
			s[i].tones = chord_quality_tones(CHORD_MINOR);
		else if (s[i].offset == 2 && s[i].fn == FN_PRE && c->style != STYLE_POP && composer_chance(c, c->complexity / 5))
			s[i].tones = chord_quality_tones(CHORD_HALF_DIMINISHED7);
	}
}

static void tritone_substitutes(struct composer *c, struct slot *s, int n)
{
	for (int i = 0; c->style == STYLE_JAZZ && i + 1 < n; i++) {
		bool resolves = s[i].fn == FN_DOM && (s[i].offset + 5) % 12 == s[i + 1].offset;
		if (resolves && !has_minor_third(&s[i]) && composer_chance(c, c->complexity / 4))
			choose(&s[i], s[i].offset + 6, chord_quality_tones(CHORD_DOMINANT7));
	}
}

static uint32_t jazz_tones(struct composer *c, const struct slot *s)
{
	bool rich = composer_chance(c, c->complexity);
	if (s->tones & bit(6))
		return s->fn == FN_DOM ? chord_quality_tones(CHORD_DIMINISHED7) : chord_quality_tones(CHORD_HALF_DIMINISHED7);
	if (s->fn == FN_DOM && !has_minor_third(s)) {
		bool to_minor = tonality_minor(&c->key);
		uint32_t seventh = chord_quality_tones(CHORD_DOMINANT7);
		return !rich ? seventh : to_minor ? seventh | bit(13) : chord_quality_tones(composer_chance(c, 500) ? CHORD_NINTH : CHORD_THIRTEENTH);
	}
	if (has_minor_third(s)) {
		bool tonic = s->offset == 0;
		return chord_quality_tones(tonic && rich ? CHORD_MINOR6 : rich ? CHORD_MINOR9 : CHORD_MINOR7);
	}
	bool sixth = s->offset == 0 && composer_chance(c, 300);
	return chord_quality_tones(sixth ? (rich ? CHORD_SIX_NINE : CHORD_SIXTH) : rich ? CHORD_MAJOR9 : CHORD_MAJOR7);
}

static uint32_t plain_tones(struct composer *c, const struct slot *s)
{
	bool dominant = s->fn == FN_DOM && !has_minor_third(s) && !(s->tones & bit(6)) && (s->offset == 7 || s->tones & bit(10));
	int64_t more = c->style == STYLE_POP ? c->complexity / 2 : c->complexity / 4;
	if (dominant)
		return composer_chance(c, c->style == STYLE_CLASSICAL ? 700 : 250 + c->complexity / 2) ?
			       chord_quality_tones(CHORD_DOMINANT7) : s->tones;
	if (s->tones & bit(6) || s->fn == FN_GOAL || !composer_chance(c, more))
		return s->tones;
	if (c->style == STYLE_CLASSICAL)
		return s->fn == FN_PRE && has_minor_third(s) ? chord_quality_tones(CHORD_MINOR7) : s->tones;
	if (c->style == STYLE_FOLK)
		return s->tones;
	static const enum chord_quality bright[] = { CHORD_ADD9, CHORD_MAJOR7, CHORD_SUS2 };
	return has_minor_third(s) ? chord_quality_tones(CHORD_MINOR7) : chord_quality_tones(bright[rng_below(&c->rng, 3)]);
}

/* In modes sevenths and tensions are those of the scale: V7 would make lydian major, and a major seventh mixolydian. */
static uint32_t fit_mode(const struct composer *c, const struct slot *s, uint32_t tones)
{
	uint16_t scale = mode_scale(c->key.mode);
	bool fits = true;
	if (c->key.mode <= MODE_MINOR || !mask_has(scale, s->offset))
		return tones;
	for (int tone = 9; tone < 24; tone++)
		fits = fits && (!(tones & bit(tone)) || mask_has(scale, s->offset + tone));
	if (fits)
		return tones;
	bool seventh = tones & (bit(10) | bit(11));
	tones &= bit(9) - 1;
	for (int tone = 10; seventh && tone <= 11; tone++)
		if (mask_has(scale, s->offset + tone))
			return tones | bit(tone);
	return tones;
}

/* First inversions where the bass then moves by step into the next chord. */
static void invert(struct composer *c, struct slot *s, int n)
{
	int64_t chance = c->style == STYLE_CLASSICAL ? 300 + c->complexity / 2 : c->style == STYLE_POP ? c->complexity / 3 : 0;
	for (int i = 1; i + 1 < n; i++) {
		if (s[i].cadential || s[i].fn == FN_DECEPTIVE || s[i].offset == s[i + 1].offset)
			continue;
		int third = has_minor_third(&s[i]) ? 3 : s[i].tones & bit(4) ? 4 : 0;
		int bass = (s[i].offset + third) % 12, next = s[i + 1].bass;
		int gap = (next - bass + 12) % 12;
		if (third && (gap <= 2 || gap >= 10) && gap && composer_chance(c, chance))
			s[i].bass = bass;
	}
}

void style_decorate(struct composer *c, struct slot *s, int n)
{
	secondary_dominants(c, s, n);
	borrow(c, s, n);
	tritone_substitutes(c, s, n);
	for (int i = 0; i < n; i++)
		s[i].tones = fit_mode(c, &s[i], c->style == STYLE_JAZZ ? jazz_tones(c, &s[i]) : plain_tones(c, &s[i]));
	invert(c, s, n);
}

/* --- blues ------------------------------------------------------------------------------------ */

void style_blues(struct composer *c, struct slot *s, int n)
{
	static const int twelve[12] = { 0, 0, 0, 0, 5, 5, 0, 0, 7, 5, 0, 7 };
	static const int eight[8] = { 0, 7, 5, 5, 0, 7, 0, 7 };
	const int *form = n % 12 == 0 || n > 12 ? twelve : eight;
	int length = form == twelve ? 12 : 8;
	bool minor = tonality_minor(&c->key), quick = composer_chance(c, 500), turn = composer_chance(c, c->complexity);
	for (int i = 0; i < n; i++) {
		int at = i % length, offset = form[at];
		if (form == twelve && at == 1 && quick)
			offset = 5;
		if (form == twelve && turn && at == 7)
			offset = 9; /* leads to the second degree */
		if (form == twelve && turn && (at == 8 || at == 9))
			offset = at == 8 ? 2 : 7;
		if (i == n - 1)
			offset = 0;
		else if (i == n - 2 && offset == 0)
			offset = n > 2 && s[i - 1].offset == 7 ? 0 : 7;
		s[i] = (struct slot){ .fn = offset == 7 ? FN_DOM : offset ? FN_PRE : FN_TONIC, .cadential = true };
		bool small = minor && offset != 7 && offset != 9;
		choose(&s[i], offset, chord_quality_tones((small || offset == 2) ? CHORD_MINOR7 : CHORD_DOMINANT7));
		if (!small && offset == 7 && composer_chance(c, c->complexity / 2))
			s[i].tones = chord_quality_tones(CHORD_NINTH);
	}
	s[n - 1].fn = FN_GOAL;
}

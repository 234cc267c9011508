#include "music/chord_find.h"

#include <math.h>
#include <string.h>

#include "music/ask_priv.h"
#include "music/chord_units_priv.h"

#define LONGEST_UNITS 16
#define ASK_UNITS 256
#define QUALITIES (CHORD_MINOR_ADD9 + 1) /* elevenths and thirteenths hold whole scales: they are not told apart */

/* In shares of what sounds in a stretch, but for the change. */
#define OUTSIDE_COST 1.3
#define MISSING_COST 0.16  /* of each tone of the chord that is not heard; its third counts twice, its fifth half, mostly */
#define ROOT_GAIN 0.25     /* times the root's share */
#define BASS_ROOT_GAIN 0.24
#define BASS_OTHER_COST 0.05
#define BASS_FOREIGN_COST 0.30
#define KEY_GAIN 0.06      /* for a chord within the key */
#define HEARD 0.06         /* the least share of a tone that is there */
#define CHANGE_COST 0.35   /* mean units of sound */
#define CHANGE_AT_BAR 0.12

/* What a quality costs for being rarer or holding more notes than a triad. */
static const double quality_cost[QUALITIES] = {
	[CHORD_MAJOR] = 0,           [CHORD_MINOR] = 0,          [CHORD_DIMINISHED] = 0.10,
	[CHORD_AUGMENTED] = 0.16,    [CHORD_SUS2] = 0.20,        [CHORD_SUS4] = 0.16,
	[CHORD_POWER] = 0.06,        [CHORD_DOMINANT7] = 0.08,   [CHORD_MAJOR7] = 0.13,
	[CHORD_MINOR7] = 0.13,       [CHORD_MINOR_MAJOR7] = 0.20, [CHORD_HALF_DIMINISHED7] = 0.14,
	[CHORD_DIMINISHED7] = 0.14,  [CHORD_AUGMENTED7] = 0.22,  [CHORD_SEVENTH_SUS4] = 0.22,
	[CHORD_SIXTH] = 0.30,        [CHORD_MINOR6] = 0.30,      [CHORD_SIX_NINE] = 0.28,
	[CHORD_NINTH] = 0.20,        [CHORD_MAJOR9] = 0.24,      [CHORD_MINOR9] = 0.24,
	[CHORD_ADD9] = 0.20,         [CHORD_MINOR_ADD9] = 0.22,
};

struct finder {
	struct chord_units units;
	const struct key_report *key;
	bool melody;
	double per_unit; /* mean sound of a unit */
	uint16_t mask[QUALITIES];
	int8_t third[QUALITIES], fifth[QUALITIES];
	double *best;                 /* of the first i units */
	struct chord_span *last;      /* the stretch that ends with unit i on that way */
	uint16_t *length;             /* and its units */
};

/* One stretch, as each chord is tried on it. */
struct stretch {
	double share[12], total;
	int bass; /* pitch class, -1 */
	int tonic;
	enum key_mode mode;
};

static void key_at(const struct finder *f, double beats, struct stretch *s)
{
	s->tonic = -1;
	s->mode = KEY_MAJOR;
	if (!f->key || !f->key->n_guesses)
		return;
	s->tonic = f->key->guesses[0].tonic;
	s->mode = f->key->guesses[0].mode;
	/* A piece that stays has the key that was weighed with more evidence. */
	for (size_t i = 0; f->key->n_spans > 1 && i < f->key->n_spans; i++)
		if (f->key->spans[i].from_beats <= beats + 1e-6) {
			s->tonic = f->key->spans[i].tonic;
			s->mode = f->key->spans[i].mode;
		}
}

static void look_at(const struct finder *f, size_t from, size_t to, struct stretch *s)
{
	const struct chord_units *u = &f->units;
	s->total = u->v[to].total - u->v[from].total;
	for (int k = 0; k < 12; k++)
		s->share[k] = s->total > 1e-9 ? (u->v[to].sum[k] - u->v[from].sum[k]) / s->total : 0;
	s->bass = u->v[from + 1].bass < 0 || f->melody ? -1 : u->v[from + 1].bass % 12;
}

static uint16_t rotate(uint16_t mask, int by)
{
	return (uint16_t)((mask << by | mask >> (12 - by)) & 0xfff);
}

/* Without it a power chord is one tone, and a sixth chord another chord's inversion. */
static bool needs_fifth(int q)
{
	return q == CHORD_POWER || q == CHORD_SIXTH || q == CHORD_MINOR6;
}

static double missing(const struct finder *f, const struct stretch *s, int root, int q)
{
	double cost = 0;
	for (int i = 0; i < 12; i++)
		if (f->mask[q] >> i & 1 && s->share[(root + i) % 12] < HEARD)
			cost += i == f->third[q] || needs_fifth(q) ? 2 : i == f->fifth[q] ? 0.5 : 1;
	return cost * MISSING_COST;
}

/* A melody alone leaves much open: what players put under it is mostly I, V and IV. */
static const double melody_gain[12] = { [0] = 0.45, [2] = 0.20, [3] = 0.15, [4] = 0.05, [5] = 0.36,
					[7] = 0.42, [8] = 0.20, [9] = 0.22, [10] = 0.25 };

static double within_key(const struct finder *f, const struct stretch *s, uint16_t tones, int root)
{
	if (s->tonic < 0 || tones & ~rotate((uint16_t)key_mode_scale(s->mode), s->tonic))
		return f->melody ? -0.1 : 0;
	int at = (root - s->tonic + 12) % 12;
	return f->melody ? melody_gain[at] : at == 0 || at == 5 || at == 7 ? 1.5 * KEY_GAIN : KEY_GAIN;
}

/* In shares of the stretch's sound. */
static double score_chord(const struct finder *f, const struct stretch *s, int root, int q)
{
	uint16_t tones = rotate(f->mask[q], root);
	double in = 0;
	for (int i = 0; i < 12; i++)
		if (tones >> i & 1)
			in += s->share[i];
	double score = in - OUTSIDE_COST * (1 - in) + ROOT_GAIN * s->share[root] - missing(f, s, root, q) - quality_cost[q] +
		       within_key(f, s, tones, root);
	if (s->bass >= 0)
		score += s->bass == root ? BASS_ROOT_GAIN : tones >> s->bass & 1 ? -BASS_OTHER_COST : -BASS_FOREIGN_COST;
	return score;
}

/* A melody alone implies triads and dominant sevenths, not more. */
static bool tried(const struct finder *f, int q)
{
	return !f->melody || q == CHORD_MAJOR || q == CHORD_MINOR || q == CHORD_DOMINANT7;
}

static double best_chord(const struct finder *f, const struct stretch *s, struct chord_span *ret)
{
	double best = -INFINITY, other = -INFINITY;
	int quality = 0, at = 0;
	for (int root = 0; root < 12; root++) {
		double top = -INFINITY;
		int which = 0;
		for (int q = 0; q < QUALITIES; q++) {
			double score = tried(f, q) ? score_chord(f, s, root, q) : -INFINITY;
			if (score > top) {
				top = score;
				which = q;
			}
		}
		if (top > best) {
			other = best;
			best = top;
			at = root;
			quality = which;
		} else if (top > other) {
			other = top;
		}
	}
	ret->chord = chord_make(at, (enum chord_quality)quality);
	if (s->bass >= 0 && rotate(f->mask[quality], at) >> s->bass & 1)
		ret->chord.bass = (int8_t)s->bass;
	ret->confidence = fmin(1, fmax(0, (best - other) * 2));
	return best;
}

/* What it costs to begin a chord with this unit. */
static double change_cost(const struct finder *f, size_t unit)
{
	const struct chord_units *u = &f->units;
	double in_bar = u->bar_units > 0 ? fmod((double)unit - u->first_bar + 64 * u->bar_units, u->bar_units) : 1;
	bool line = u->bar_units > 0 && (in_bar < 0.01 || u->bar_units - in_bar < 0.01);
	bool middle = u->bar_units > 3 && fabs(in_bar - u->bar_units / 2) < 0.01;
	double cost = line ? CHANGE_AT_BAR : middle ? (CHANGE_AT_BAR + CHANGE_COST) / 2 : CHANGE_COST;
	return cost * f->per_unit * (f->melody ? 2 : 1);
}

static void try_stretch(struct finder *f, size_t from, size_t to)
{
	struct stretch s;
	struct chord_span span = { .chord = { -1, -1, 0 } };
	look_at(f, from, to, &s);
	double score = f->best[from] - change_cost(f, from);
	key_at(f, f->units.from + (double)from * f->units.unit_beats, &s);
	if (s.total > 1e-9)
		score += best_chord(f, &s, &span) * s.total;
	if (score <= f->best[to])
		return;
	span.tonic = s.tonic;
	span.mode = s.mode;
	f->best[to] = score;
	f->last[to] = span;
	f->length[to] = (uint16_t)(to - from);
}

/* Units without sound stand alone, so that silence is no chord. */
static bool silent(const struct finder *f, size_t unit)
{
	return f->units.v[unit + 1].total - f->units.v[unit].total <= 1e-9;
}

static int search(struct finder *f, const struct model_watch *watch, struct err *err)
{
	int code = 0;
	f->best[0] = 0;
	for (size_t to = 1; code == 0 && to <= f->units.n; to++) {
		if (to % ASK_UNITS == 0)
			code = ask_on(watch, err);
		f->best[to] = -INFINITY;
		for (size_t n = 1; n <= LONGEST_UNITS && n <= to; n++) {
			if (n > 1 && silent(f, to - n) != silent(f, to - 1))
				break;
			try_stretch(f, to - n, to);
		}
	}
	return code;
}

static int finder_init(struct finder *f, struct err *err)
{
	size_t n = f->units.n + 1;
	f->best = mem_new_array(n, sizeof(*f->best));
	f->last = mem_new_array(n, sizeof(*f->last));
	f->length = mem_new_array(n, sizeof(*f->length));
	if (!f->best || !f->last || !f->length)
		return err_set(err, -ENOMEM, "out of memory for the chords");
	for (int q = 0; q < QUALITIES; q++) {
		struct chord c = chord_make(0, (enum chord_quality)q);
		f->mask[q] = chord_pitch_classes(&c);
		f->third[q] = (int8_t)chord_third(&c);
		f->fifth[q] = (int8_t)chord_fifth(&c);
	}
	f->melody = f->units.voices < 1.3;
	f->per_unit = f->units.n ? f->units.v[f->units.n].total / (double)f->units.n : 0;
	return 0;
}

static void finder_done(struct finder *f)
{
	chord_units_done(&f->units);
	free(f->best);
	free(f->last);
	free(f->length);
}

/* Reads the best way back, and joins neighbours that are the same chord. */
static int collect(const struct finder *f, struct chord_report *r, struct err *err)
{
	size_t n = 0, at;
	const struct chord_units *u = &f->units;
	for (at = u->n; at > 0; at -= f->length[at])
		n++;
	r->v = mem_new_array(n, sizeof(*r->v));
	if (!r->v)
		return err_set(err, -ENOMEM, "out of memory for the chords");
	size_t k = n;
	for (at = u->n; at > 0; at -= f->length[at]) {
		struct chord_span *x = &r->v[--k];
		*x = f->last[at];
		x->from_beats = fmax(0, u->from + (double)(at - f->length[at]) * u->unit_beats);
		x->to_beats = u->from + (double)at * u->unit_beats;
	}
	for (size_t i = 0; i < n; i++) {
		struct chord_span *to = r->n ? &r->v[r->n - 1] : NULL;
		if (to && chord_equal(&to->chord, &r->v[i].chord)) {
			to->to_beats = r->v[i].to_beats;
			to->confidence = fmax(to->confidence, r->v[i].confidence);
		} else {
			r->v[r->n++] = r->v[i];
		}
	}
	return 0;
}

static void name_all(struct chord_report *r)
{
	for (size_t i = 0; i < r->n; i++) {
		struct chord_span *x = &r->v[i];
		const struct chord *next = i + 1 < r->n ? &r->v[i + 1].chord : NULL;
		x->function = FUNCTION_OTHER;
		if (x->tonic < 0)
			continue;
		(void)roman_numeral(&x->chord, next, x->tonic, x->mode, x->roman);
		x->function = chord_function_of(&x->chord, next, x->tonic, x->mode);
	}
}

/* On how many beats what was found has the root and third of the symbol that is written there. */
static void compare_stated(const struct score *s, struct chord_report *r)
{
	double same = 0;
	size_t k = 0;
	for (size_t i = 0; i < s->n_texts && r->n; i++) {
		struct chord c;
		if (s->texts[i].kind != SCORE_CHORD || !chord_parse(s->texts[i].text, strlen(s->texts[i].text), &c))
			continue;
		double from = s->texts[i].at_beats, to = r->v[r->n - 1].to_beats;
		for (size_t j = i + 1; j < s->n_texts; j++)
			if (s->texts[j].kind == SCORE_CHORD) {
				to = fmin(to, s->texts[j].at_beats);
				break;
			}
		if (!(to > from))
			continue;
		r->stated_beats += to - from;
		while (k < r->n && r->v[k].to_beats <= from)
			k++;
		for (size_t j = k; j < r->n && r->v[j].from_beats < to; j++)
			if (r->v[j].chord.root == c.root && chord_third(&r->v[j].chord) == chord_third(&c))
				same += fmin(to, r->v[j].to_beats) - fmax(from, r->v[j].from_beats);
	}
	r->stated_same = r->stated_beats > 0 ? same / r->stated_beats : 0;
}

int chords_find(const struct score *s, const struct key_report *key, const struct meter_report *meter, const struct model_watch *watch,
		struct chord_report *ret, struct err *err)
{
	struct finder f = { .key = key };
	struct chord_report r = { .n = 0 };
	int code = chord_units_init(&f.units, s, meter, watch, err);
	if (code == 0)
		code = finder_init(&f, err);
	if (code == 0 && f.units.n)
		code = search(&f, watch, err);
	if (code == 0 && f.units.n)
		code = collect(&f, &r, err);
	r.melody_only = f.melody;
	if (code == 0) {
		name_all(&r);
		compare_stated(s, &r);
		*ret = r;
	}
	finder_done(&f);
	return code;
}

void chord_report_done(struct chord_report *r)
{
	free(r->v);
	r->v = NULL;
	r->n = 0;
}

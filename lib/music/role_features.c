/*
 * role_features.c - the features that roles are guessed from.
 */
#include "music/roles_priv.h"

#include "music/ask_priv.h"
#include "music/bar_walk.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

#define SAME_BEATS 0.03 /* onsets this near are together */

static double end_of(const struct note *x)
{
	return x->start_beats + x->duration_beats;
}

static double share(double part, double whole)
{
	return whole > 0 ? part / whole : 0;
}

/* Pitch, length and dynamics, one note after the other. */
static void look_at_notes(const struct score_voice *v, struct role_features *f)
{
	double weight = 0, pitches = 0, sum = 0, squares = 0, lengths = 0, velocity = 0;
	unsigned classes = 0;
	f->lowest = 127;
	f->highest = 0;
	for (size_t i = 0; i < v->n_notes; i++) {
		const struct note *x = &v->notes[i];
		double w = x->duration_beats + 0.01;
		weight += w;
		pitches += w * x->pitch;
		sum += x->pitch;
		squares += (double)x->pitch * x->pitch;
		lengths += x->duration_beats;
		velocity += x->velocity;
		classes |= 1u << x->pitch % 12;
		f->lowest = x->pitch < f->lowest ? x->pitch : f->lowest;
		f->highest = x->pitch > f->highest ? x->pitch : f->highest;
		f->held_share += x->duration_beats >= 2.9;
		f->drums = f->drums || x->channel == 9;
	}
	double n = (double)v->n_notes, mean = sum / n, variance = squares / n - mean * mean;
	f->mean_pitch = pitches / weight;
	f->pitch_spread = sqrt(variance > 0 ? variance : 0);
	f->mean_duration = lengths / n;
	f->held_share /= n;
	f->mean_velocity = velocity / n;
	f->distinct_classes = __builtin_popcount(classes);
}

/* How long it sounds, and how thick. */
static void look_at_time(const struct score *s, const struct score_voice *v, struct role_features *f)
{
	double until = 0, sounds = 0, lengths = 0;
	size_t chords = 0, i = 0;
	while (i < v->n_notes) {
		size_t first = i;
		for (; i < v->n_notes && v->notes[i].start_beats < v->notes[first].start_beats + SAME_BEATS; i++) {
			const struct note *x = &v->notes[i];
			double from = x->start_beats > until ? x->start_beats : until;
			lengths += x->duration_beats;
			if (end_of(x) > from) {
				sounds += end_of(x) - from;
				until = end_of(x);
			}
		}
		chords += i - first > 1 ? i - first : 0;
	}
	double lasts = until - v->notes[0].start_beats;
	f->notes_per_beat = share((double)v->n_notes, lasts);
	f->activity = fmin(1, share(sounds, s->end_beats));
	f->polyphony = sounds > 0 ? lengths / sounds : 1;
	f->chord_share = (double)chords / (double)v->n_notes;
}

static int leap(int a, int b)
{
	return a > b ? a - b : b - a;
}

/* Whether three keys, a minor third or more from one to the next, are tones of one chord: a triad, or one with a seventh. */
static bool broken(int a, int b, int c)
{
	static const unsigned chords[] = { 1u | 1u << 4 | 1u << 7 | 1u << 10, 1u | 1u << 4 | 1u << 7 | 1u << 11, 1u | 1u << 3 | 1u << 7 | 1u << 10,
					   1u | 1u << 3 | 1u << 6 | 1u << 10, 1u | 1u << 3 | 1u << 6 | 1u << 9,	 1u | 1u << 4 | 1u << 8 };
	unsigned set = 1u << a % 12 | 1u << b % 12 | 1u << c % 12;
	if (leap(a, b) < 3 || leap(b, c) < 3 || __builtin_popcount(set) < 2)
		return false;
	for (int root = 0; root < 12; root++) {
		unsigned turned = (set >> root | set << (12 - root)) & 0xFFF;
		for (size_t i = 0; i < COUNT_OF(chords); i++)
			if ((turned & ~chords[i]) == 0)
				return true;
	}
	return false;
}

/* Steps, leaps and broken chords along the upper edge of the voice, and how even its onsets are. */
static void look_at_motion(const struct score_voice *v, struct role_features *f)
{
	size_t distances[49] = { 0 }, n = 0, most = 0, steps = 0, leaps = 0, repeats = 0, broken_ones = 0;
	int before = -1, last = -1;
	double at = 0;
	for (size_t i = 0; i < v->n_notes; i++) {
		const struct note *x = &v->notes[i];
		if (i + 1 < v->n_notes && v->notes[i + 1].start_beats < x->start_beats + SAME_BEATS)
			continue; /* of what begins together the highest comes last */
		if (last >= 0) {
			int step = x->pitch > last ? x->pitch - last : last - x->pitch;
			double twelfths = floor((x->start_beats - at) * 12 + 0.5);
			steps += step == 1 || step == 2;
			leaps += step >= 5;
			repeats += step == 0;
			distances[twelfths < 48 ? (int)twelfths : 48]++;
			n++;
		}
		broken_ones += before >= 0 && broken(before, last, x->pitch);
		before = last;
		last = x->pitch;
		at = x->start_beats;
	}
	for (size_t i = 0; i < COUNT_OF(distances); i++)
		most = distances[i] > most ? distances[i] : most;
	f->step_share = share((double)steps, (double)n);
	f->leap_share = share((double)leaps, (double)n);
	f->repeat_share = share((double)repeats, (double)n);
	f->evenness = share((double)most, (double)n);
	f->broken_share = n > 1 ? (double)broken_ones / (double)(n - 1) : 0;
}

/* A bar as a number: where in it notes begin (in twelfths), and the intervals between them; 0 for a bar without notes. */
static uint64_t bar_print(const struct note *x, size_t n, double bar)
{
	uint64_t h = n ? 1469598103934665603u : 0;
	for (size_t i = 0; i < n; i++) {
		h = (h ^ (uint64_t)floor((x[i].start_beats - bar) * 12 + 0.5)) * 1099511628211u;
		h = (h ^ (uint64_t)(i ? 128 + x[i].pitch - x[i - 1].pitch : 0)) * 1099511628211u;
	}
	return h;
}

/* Bars: repeated ones, begun ones, pitch classes. */
static void look_at_bars(const struct score *s, const struct score_voice *v, struct role_features *f)
{
	uint64_t before[2] = { 0, 0 };
	size_t bars = 0, repeats = 0, begun = 0, classes = 0, i = 0;
	struct bar_walk w;
	bar_walk_init(&w, s);
	while (i < v->n_notes) {
		bar_walk_to(&w, v->notes[i].start_beats + SAME_BEATS);
		double bar = w.from, end = w.to;
		size_t first = i;
		unsigned set = 0;
		do
			set |= 1u << v->notes[i++].pitch % 12;
		while (i < v->n_notes && v->notes[i].start_beats + SAME_BEATS < end);
		uint64_t print = bar_print(&v->notes[first], i - first, bar);
		repeats += print == before[0] || print == before[1];
		begun += v->notes[first].start_beats < bar + SAME_BEATS;
		classes += (size_t)__builtin_popcount(set);
		before[1] = before[0];
		before[0] = print;
		bars++;
	}
	f->bar_repeats = bars > 1 ? (double)repeats / (double)(bars - 1) : 0;
	f->downbeat_share = share((double)begun, (double)bars);
	f->pitch_classes = share((double)classes, (double)bars);
}

/* A note's beginning or end among those of the whole piece. */
struct moment {
	double at;
	uint32_t voice;
	uint8_t pitch;
	bool begins;
};

static int compare_moments(const void *pa, const void *pb)
{
	const struct moment *a = pa, *b = pb;
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	if (a->begins != b->begins)
		return a->begins ? 1 : -1;
	return (a->voice > b->voice) - (a->voice < b->voice);
}

static struct moment *find_moments(const struct score *s, size_t *ret_n)
{
	size_t n = 0;
	struct moment *all = mem_new_array(2 * score_n_notes(s), sizeof(*all));
	for (size_t i = 0; all && i < s->n_voices; i++)
		for (size_t k = 0; k < s->voices[i].n_notes; k++) {
			const struct note *x = &s->voices[i].notes[k];
			if (x->channel == 9)
				continue;
			/* Ends come a little early: what only touches does not sound together. */
			double end = fmax(x->start_beats, end_of(x) - SAME_BEATS);
			all[n++] = (struct moment){ x->start_beats, (uint32_t)i, x->pitch, true };
			all[n++] = (struct moment){ end > x->start_beats ? end : x->start_beats + 1e-6, (uint32_t)i, x->pitch, false };
		}
	if (all && n)
		qsort(all, n, sizeof(*all), compare_moments);
	*ret_n = n;
	return all;
}

/* Whether anything sounds in pitches lo .. hi - 1. */
static bool sounding(const uint32_t counts[128], int lo, int hi)
{
	for (int i = lo; i < hi; i++)
		if (counts[i])
			return true;
	return false;
}

static bool other_voice_begins(const struct moment *m, size_t n, size_t at)
{
	for (size_t k = at + 1, seen = 0; k < n && m[k].at < m[at].at + SAME_BEATS && seen < 64; k++, seen++)
		if (m[k].begins && m[k].voice != m[at].voice)
			return true;
	for (size_t k = at, seen = 0; k-- > 0 && m[k].at > m[at].at - SAME_BEATS && seen < 64; seen++)
		if (m[k].begins && m[k].voice != m[at].voice)
			return true;
	return false;
}

/* For up to 64 voices: how many onsets each has in common with each other one. */
struct rhythms {
	size_t n_voices;
	uint32_t onsets[64], shared[64][64];
};

/* Counts one chord of onsets, given which voices begin in it. */
static void count_together(struct rhythms *r, uint64_t voices)
{
	for (uint64_t a = voices; a; a &= a - 1) {
		unsigned i = (unsigned)__builtin_ctzll(a);
		r->onsets[i]++;
		for (uint64_t b = voices; b; b &= b - 1)
			r->shared[i][__builtin_ctzll(b)]++;
	}
}

static double most_alike(const struct rhythms *r, size_t i)
{
	double most = 0;
	for (size_t k = 0; k < r->n_voices; k++) {
		uint32_t n = r->onsets[i] > r->onsets[k] ? r->onsets[i] : r->onsets[k];
		if (k != i && n)
			most = fmax(most, (double)r->shared[i][k] / n);
	}
	return most;
}

/* Whether another voice has its rhythm: with very many voices, whether others begin when it does. */
static int look_at_rhythms(const struct score *s, const struct model_watch *watch, const struct moment *m, size_t n,
			   struct role_features *features, struct err *err)
{
	int code = 0;
	struct rhythms AUTO_MEM *r = calloc(1, sizeof(*r));
	if (!r)
		return err_set(err, -ENOMEM, "roles");
	r->n_voices = s->n_voices < 64 ? s->n_voices : 64;
	for (size_t i = 0, k = 0, groups = 0; code == 0 && i < n; i = k, groups++) {
		uint64_t voices = 0;
		for (; k < n && m[k].at < m[i].at + SAME_BEATS; k++)
			if (m[k].begins && m[k].voice < 64)
				voices |= 1ull << m[k].voice;
		count_together(r, voices);
		code = ask_now_and_then(watch, groups, err);
	}
	for (size_t i = 0; i < s->n_voices; i++)
		features[i].same_rhythm = i < r->n_voices ? most_alike(r, i) : features[i].together_share;
	return code;
}

/* How a voice stands to the others: above or below them, and together with them. */
static int look_at_others(const struct score *s, const struct model_watch *watch, struct role_features *features, struct err *err)
{
	size_t n;
	struct moment AUTO_MEM *m = find_moments(s, &n);
	size_t AUTO_MEM *onsets = mem_new_array(s->n_voices, sizeof(*onsets));
	uint32_t counts[128] = { 0 };
	if (!m || !onsets)
		return err_set(err, -ENOMEM, "roles");
	int code = ask_on(watch, err);
	for (size_t i = 0, k = 0, groups = 0; code == 0 && i < n; i = k, groups++) {
		/* All that happens together is put in before anything is asked. */
		for (; k < n && (k == i || m[k].at < m[i].at + 1e-4); k++)
			counts[m[k].pitch] += m[k].begins ? 1u : -1u;
		for (size_t j = i; j < k; j++) {
			struct role_features *f = &features[m[j].voice];
			if (!m[j].begins)
				continue;
			onsets[m[j].voice]++;
			f->lowest_share += !sounding(counts, 0, m[j].pitch);
			f->highest_share += !sounding(counts, m[j].pitch + 1, 128);
			f->together_share += other_voice_begins(m, n, j);
		}
		code = ask_now_and_then(watch, groups, err);
	}
	for (size_t i = 0; i < s->n_voices; i++) {
		features[i].lowest_share = share(features[i].lowest_share, (double)onsets[i]);
		features[i].highest_share = share(features[i].highest_share, (double)onsets[i]);
		features[i].together_share = share(features[i].together_share, (double)onsets[i]);
	}
	return code < 0 ? code : look_at_rhythms(s, watch, m, n, features, err);
}

static int program_of(const struct score_voice *v)
{
	for (size_t i = 0; i < v->n_controls; i++)
		if (v->controls[i].kind == SCORE_PROGRAM)
			return v->controls[i].value;
	return -1;
}

int role_features_find(const struct score *s, const struct model_watch *watch, struct role_features *features, struct err *err)
{
	int code = 0;
	double velocity = 0, n = (double)score_n_notes(s);
	for (size_t i = 0; code == 0 && i < s->n_voices; i++) {
		const struct score_voice *v = &s->voices[i];
		struct role_features *f = &features[i];
		*f = (struct role_features){ .n_notes = v->n_notes, .program = program_of(v) };
		if (v->n_notes == 0)
			continue;
		look_at_notes(v, f);
		look_at_time(s, v, f);
		look_at_motion(v, f);
		look_at_bars(s, v, f);
		velocity += f->mean_velocity * (double)v->n_notes / n;
		code = ask_on(watch, err);
	}
	for (size_t i = 0; i < s->n_voices; i++)
		features[i].mean_velocity = share(features[i].mean_velocity, velocity);
	return code < 0 ? code : look_at_others(s, watch, features, err);
}

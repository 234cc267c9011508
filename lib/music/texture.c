#include "music/texture.h"

#include <math.h>
#include <string.h>

#include "music/meter_priv.h"
#include "music/pitched_priv.h"

#define CLASSES 25 /* of intervals and of durations */

static double entropy(const double *v, size_t n)
{
	double sum = 0, bits = 0;
	for (size_t i = 0; i < n; i++)
		sum += v[i];
	for (size_t i = 0; i < n; i++)
		if (v[i] > 0)
			bits -= v[i] / sum * log2(v[i] / sum);
	return bits;
}

static int clamp(double v, int lo, int hi)
{
	return v < lo ? lo : v > hi ? hi : (int)v;
}

/* The top line's intervals, and the times between all onsets against the felt beat, in half octaves. */
static void look_at_line(const struct onset *o, size_t n, double beat, struct texture_report *r)
{
	double interval[CLASSES] = { 0 }, gap[CLASSES] = { 0 }, leaps = 0;
	for (size_t i = 1; i < n; i++) {
		int step = o[i].high - o[i - 1].high;
		double time = fmax(o[i].at - o[i - 1].at, 1e-6);
		interval[clamp(step, -12, 12) + 12]++;
		gap[clamp(round(2 * log2(time / beat)), -12, 12) + 12]++;
		leaps += abs(step) > 4;
	}
	r->interval_entropy = entropy(interval, CLASSES);
	r->rhythm_entropy = entropy(gap, CLASSES);
	r->leaps = n > 1 ? leaps / (double)(n - 1) : 0;
}

/* How weak a place is: 0 for a bar line. */
static int weakness(const uint8_t level[BAR_CELLS_MAX], int bar, int64_t cell)
{
	return level[((cell % bar) + bar) % bar];
}

static void look_at_syncopation(const struct onset *o, size_t n, const struct meter_report *meter, struct texture_report *r)
{
	uint8_t level[BAR_CELLS_MAX] = { 0 };
	const struct meter_guess *g = &meter->guesses[0];
	size_t k = 0;
	while (k < meter_kinds_n && (meter_kinds[k].num != g->num || meter_kinds[k].den != g->den))
		k++;
	if (k == meter_kinds_n || n < 2)
		return;
	int bar = meter_kind_cells(&meter_kinds[k]);
	meter_kind_levels(&meter_kinds[k], level);
	double each = g->bar_beats / bar, sum = 0;
	for (size_t i = 0; i + 1 < n; i++) {
		int64_t from = llround((o[i].at - g->pickup_beats) / each), to = llround((o[i + 1].at - g->pickup_beats) / each);
		int own = weakness(level, bar, from), strongest = own;
		for (int64_t c = from + 1; c < to && c < from + 2 * bar; c++) {
			int w = weakness(level, bar, c);
			strongest = w < strongest ? w : strongest;
		}
		sum += own - strongest;
	}
	r->syncopation = sum / (double)(n - 1);
}

static void look_at_pitches(const struct note *notes, size_t n, const struct key_report *key, struct texture_report *r)
{
	double chroma[12] = { 0 }, all = 0, sounding = 0, until = 0, held = 0, outside = 0;
	r->lowest = n ? 127 : -1;
	r->highest = -1;
	for (size_t i = 0; i < n; i++) {
		double length = fmin(notes[i].duration_beats, 8), end = notes[i].start_beats + notes[i].duration_beats;
		chroma[notes[i].pitch % 12] += length;
		held += length;
		all += notes[i].duration_beats;
		sounding += fmax(0, end - fmax(until, notes[i].start_beats));
		until = fmax(until, end);
		r->lowest = notes[i].pitch < r->lowest ? notes[i].pitch : r->lowest;
		r->highest = notes[i].pitch > r->highest ? notes[i].pitch : r->highest;
	}
	r->polyphony = sounding > 0 ? all / sounding : 0;
	r->pitch_entropy = entropy(chroma, 12);
	for (int i = 0; i < 12 && key && key->n_guesses && held > 0; i++)
		if (!(key_mode_scale(key->guesses[0].mode) >> i & 1))
			outside += chroma[(i + key->guesses[0].tonic) % 12] / held;
	r->chromatic = outside;
}

static void look_at_loudness(const struct score *s, struct texture_report *r)
{
	double sum = 0, squares = 0, drums = 0;
	for (size_t v = 0; v < s->n_voices; v++)
		for (size_t i = 0; i < s->voices[v].n_notes; i++) {
			const struct note *n = &s->voices[v].notes[i];
			sum += n->velocity;
			squares += n->velocity * n->velocity;
			drums += n->channel == DRUM_CHANNEL;
		}
	double n = fmax(1, (double)r->n_notes);
	r->mean_velocity = sum / n;
	r->velocity_spread = sqrt(fmax(0, squares / n - sum / n * sum / n));
	r->drums = drums / n;
}

/* From 0 at 0 towards 1, a half at `usual`. */
static double index_of(double v, double usual)
{
	return v <= 0 ? 0 : v / (v + usual);
}

static void weigh(struct texture_report *r)
{
	r->complexity = 0.20 * r->pitch_entropy / 3.585 + 0.20 * fmin(1, r->interval_entropy / 4) +
			0.20 * fmin(1, r->rhythm_entropy / 3) + 0.15 * index_of(r->syncopation, 0.5) +
			0.15 * index_of(r->chromatic, 0.1) + 0.10 * index_of(r->polyphony - 1, 2);
	r->energy = 0.45 * index_of(r->notes_a_second, 5) + 0.25 * r->mean_velocity / 127 +
		    0.10 * (1 - r->articulation) + 0.10 * index_of(r->syncopation, 0.5) + 0.10 * fmin(1, 2 * r->drums);
}

static void look_at_articulation(const struct note *notes, size_t n, struct texture_report *r)
{
	double sum = 0, count = 0;
	for (size_t i = 0; i < n; i++) {
		size_t next = notes_lower_bound(notes, n, notes[i].start_beats + 0.06);
		if (next >= n)
			break;
		double gap = notes[next].start_beats - notes[i].start_beats;
		sum += fmin(1, notes[i].duration_beats / fmax(gap, 1e-6));
		count++;
	}
	r->articulation = count > 0 ? sum / count : 1;
}

int texture_find(const struct score *s, const struct key_report *key, const struct meter_report *meter,
		 struct texture_report *ret, struct err *err)
{
	static const double no_home[12] = { 0 };
	struct texture_report r = { .lowest = -1, .highest = -1 };
	struct onset *o = NULL;
	size_t n = 0, n_onsets = 0;
	struct note AUTO_MEM *notes = pitched_notes(s, &n);
	int code = notes ? onsets_gather(s, no_home, &o, &n_onsets, err) : err_set(err, -ENOMEM, "out of memory for the notes");
	r.n_notes = score_n_notes(s);
	r.n_onsets = n_onsets;
	if (code == 0 && n_onsets) {
		bool known = meter && meter->n_guesses;
		double beat = known ? meter->guesses[0].beat_beats : 1, last = o[n_onsets - 1].at + o[n_onsets - 1].held;
		double span = last - o[0].at, seconds = score_seconds_at(s, last) - score_seconds_at(s, o[0].at);
		double counted = 0;
		for (size_t v = 0; v < s->n_voices; v++)
			for (size_t i = 0; i < s->voices[v].n_notes; i++)
				counted += s->voices[v].notes[i].start_beats <= o[n_onsets - 1].at + 0.06;
		r.duration_s = score_seconds_at(s, fmin(s->end_beats, FAR_BEATS));
		r.notes_a_second = seconds > 0 ? counted / seconds : 0;
		r.onsets_a_beat = span > 0 ? (double)n_onsets * beat / span : 0;
		look_at_line(o, n_onsets, beat, &r);
		look_at_pitches(notes, n, key, &r);
		look_at_loudness(s, &r);
		look_at_articulation(notes, n, &r);
		if (known)
			look_at_syncopation(o, n_onsets, meter, &r);
		weigh(&r);
	}
	free(o);
	if (code == 0)
		*ret = r;
	return code;
}

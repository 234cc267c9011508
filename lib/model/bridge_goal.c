#include "model/bridge_priv.h"

#include "model/harmony.h"
#include "music/drum_kit.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

#define NEAR 1e-3

/* The pitch that the leading voice begins with: of what begins together, the highest. */
static int first_pitch(const struct score_voice *v)
{
	int pitch = -1;
	for (size_t i = 0; i < v->n_notes && v->notes[i].start_beats < v->notes[0].start_beats + NEAR; i++)
		pitch = v->notes[i].pitch > pitch ? v->notes[i].pitch : pitch;
	return pitch;
}

/* The triad of the scale on a pitch class. */
static struct chord triad(const struct scale *s, int root)
{
	bool minor = !s->member[(root + 4) % 12] && s->member[(root + 3) % 12];
	return chord_make(root, minor ? CHORD_MINOR : CHORD_MAJOR);
}

/* What the second score begins on: its own first chord where one can be heard, else the tonic's. */
static struct chord first_chord(const struct score *to, const struct source *src)
{
	struct harmony h = { 0 };
	enum harmony_source from;
	struct chord c = triad(&src->scale, src->tonic);
	if (harmony_of_score(to, &h, &from, NULL) < 0)
		return c;
	/* One line alone says little: of it only a chord of the scale's own is believed. */
	if (h.n > 0 && (from != HARMONY_HEARD || src->n_others > 0))
		c = triad(&src->scale, h.chords[0].chord.root);
	harmony_done(&h);
	return c;
}

int goal_find(const struct score *to, struct goal *ret, struct err *err)
{
	AUTO(source) src = NULL;
	int code = score_n_notes(to) ? source_new(to, &src, err) : -EINVAL;
	if (code < 0)
		return code == -EINVAL ? err_field(err, -EINVAL, "inputs", "the second piece has no notes to arrive at") : code;
	struct score_key k = score_key_at(to, to->pickup_beats);
	*ret = (struct goal){ .scale = src->scale, .minor = to->n_keys ? k.minor : src->tonic == (src->scale.sharps * 7 % 12 + 21) % 12,
			      .first = first_pitch(&to->voices[src->lead_voice]), .meter = score_meter_at(to, to->pickup_beats),
			      .bpm = score_bpm_at(to, 0) };
	ret->chord.root = ret->dominant.root = -1;
	if (!src->drums) {
		ret->chord = first_chord(to, src);
		ret->dominant = chord_make((ret->chord.root + 7) % 12, CHORD_DOMINANT7);
	}
	return 0;
}

/* The nearest pitch with one of these pitch classes, on the side of `up` where two are as near. */
static int nearest(int pitch, uint16_t classes, bool up)
{
	for (int far = 0; far < 12; far++) {
		int a = pitch + (up ? far : -far), b = pitch + (up ? -far : far);
		if (a >= 0 && a <= 127 && (classes >> a % 12 & 1))
			return a;
		if (b >= 0 && b <= 127 && (classes >> b % 12 & 1))
			return b;
	}
	return pitch;
}

static uint16_t classes_of(const struct scale *s)
{
	uint16_t mask = 0;
	for (int pc = 0; pc < 12; pc++)
		mask |= (uint16_t)(s->member[pc] << pc);
	return mask;
}

void goal_modulate(struct score *s, double from_beats, const struct goal *g, bool up)
{
	uint16_t scale = classes_of(&g->scale);
	for (size_t v = 0; v < s->n_voices; v++) {
		for (size_t i = 0; i < s->voices[v].n_notes; i++) {
			struct note *n = &s->voices[v].notes[i];
			if (n->channel != DRUM_CHANNEL && n->start_beats > from_beats - NEAR)
				n->pitch = (uint8_t)nearest(n->pitch, scale, up);
		}
	}
}

static bool is_on_beat(double at, double from, double beat)
{
	double beats = (at - from) / beat;
	return fabs(beats - floor(beats + 0.5)) < 1e-2;
}

/* Chords and bass on tones of the dominant; between the melody's beats its scale will do. */
static void lean(struct score *s, double from_beats, double beat_beats, size_t lead, const struct goal *g)
{
	uint16_t tones = chord_pitch_classes(&g->dominant), scale = classes_of(&g->scale) | tones;
	for (size_t v = 0; v < s->n_voices; v++) {
		for (size_t i = 0; i < s->voices[v].n_notes; i++) {
			struct note *n = &s->voices[v].notes[i];
			if (n->channel == DRUM_CHANNEL)
				continue;
			if (n->start_beats > from_beats - NEAR)
				n->pitch = (uint8_t)nearest(n->pitch, v == lead && !is_on_beat(n->start_beats, from_beats, beat_beats) ? scale : tones, true);
			else if (n->start_beats + n->duration_beats > from_beats + NEAR)
				n->duration_beats = from_beats - n->start_beats; /* no old chord sounds into it */
		}
	}
}

/* The lowest note of the last stretch's beginning is the dominant's root. */
static void ground(struct score *s, double from_beats, size_t lead, const struct goal *g)
{
	struct note *lowest = NULL;
	for (size_t v = 0; v < s->n_voices; v++) {
		for (size_t i = 0; i < s->voices[v].n_notes; i++) {
			struct note *n = &s->voices[v].notes[i];
			if (v == lead || n->channel == DRUM_CHANNEL || n->start_beats < from_beats - NEAR || n->start_beats > from_beats + NEAR)
				continue;
			lowest = !lowest || n->pitch < lowest->pitch ? n : lowest;
		}
	}
	if (lowest)
		lowest->pitch = (uint8_t)nearest(lowest->pitch, (uint16_t)(1u << g->dominant.root), false);
}

/* A step from the goal: a tone of the dominant where one is that near, in the octave nearest to where the melody is. */
static int last_pitch(int pitch, const struct goal *g)
{
	static const int steps[] = { -1, 1, 2, -2 };
	uint16_t tones = chord_pitch_classes(&g->dominant), scale = classes_of(&g->scale);
	int best = 0;
	for (int pass = 0; pass < 2 && best == 0; pass++)
		for (size_t i = 0; i < COUNT_OF(steps) && best == 0; i++)
			best = (pass ? scale : tones) >> ((g->first + steps[i] + 12) % 12) & 1 ? steps[i] : 0;
	return nearest(pitch, (uint16_t)(1u << (g->first + best + 12) % 12), g->first > pitch);
}

void goal_approach(struct score *s, double from_beats, double beat_beats, size_t lead, const struct goal *g)
{
	if (g->dominant.root < 0)
		return;
	lean(s, from_beats, beat_beats, lead, g);
	ground(s, from_beats, lead, g);
	struct note *last = NULL;
	for (size_t i = 0; i < s->voices[lead].n_notes; i++) {
		struct note *n = &s->voices[lead].notes[i];
		last = !last || n->start_beats > last->start_beats + NEAR || (n->start_beats > last->start_beats - NEAR && n->pitch > last->pitch) ? n : last;
	}
	if (last && last->channel != DRUM_CHANNEL)
		last->pitch = (uint8_t)last_pitch(last->pitch, g);
	score_sort(s);
}

int goal_ramp(struct score *s, double from_beats, double beat_beats, const struct goal *g, struct err *err)
{
	double from = score_bpm_at(s, s->end_beats), span = s->end_beats - from_beats;
	int64_t n = (int64_t)(span / beat_beats + 0.5);
	int code = 0;
	n = n < 1 ? 1 : n;
	for (int64_t i = 0; i < n && code == 0; i++)
		code = score_set_tempo(s, from_beats + span * (double)i / (double)n, from + (g->bpm - from) * (double)(i + 1) / (double)n, err);
	return code;
}

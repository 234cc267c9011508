#include "music/piece_profile.h"

#include "music/ask_priv.h"
#include "music/bar_walk.h"
#include "music/chord_find.h"
#include "music/key_find.h"
#include "music/meter_find.h"
#include "music/voices.h"

#include <math.h>

#include "base/banned.h"

void piece_profile_free(struct piece_profile *p)
{
	if (!p)
		return;
	free(p->line);
	free(p);
}

unsigned profile_length_class(double beats)
{
	/* Halfway (in proportion) between 1/6, 1/4, 1/3, 1/2, 2/3, 3/4, 1, 3/2, 2, 3 and 4. */
	static const double upto[PROFILE_LENGTHS - 1] = { 0.204, 0.289, 0.408, 0.577, 0.707, 0.866, 1.225, 1.732, 2.449, 3.464 };
	unsigned i = 0;
	while (i < PROFILE_LENGTHS - 1 && beats > upto[i])
		i++;
	return i;
}

static void normalise(double *v, size_t n)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += v[i];
	for (size_t i = 0; i < n && sum > 0; i++)
		v[i] /= sum;
}

static int8_t clamp_step(int step)
{
	return (int8_t)(step < -24 ? -24 : step > 24 ? 24 : step);
}

/* The upper edge of all voices; drums are a voice of their own behind it. */
static int find_line(const struct score *s, struct piece_profile *p, struct err *err)
{
	struct voice_params how = VOICE_PARAMS_INIT;
	AUTO(voices) v = NULL;
	how.method = VOICE_SKYLINE;
	int code = voices_separate(s, &how, &v, err);
	if (code < 0)
		return code;
	const struct score_voice *top = v->score->n_voices ? &v->score->voices[0] : NULL;
	if (!top || top->notes[0].channel == 9)
		return err_field(err, -EINVAL, "inputs", "there are no pitched notes to compare");
	p->n_line = top->n_notes < PROFILE_LINE_MAX ? top->n_notes : PROFILE_LINE_MAX;
	p->line = mem_new_array(p->n_line, sizeof(*p->line));
	if (!p->line)
		return err_set(err, -ENOMEM, "profile");
	for (size_t i = 0; i < p->n_line; i++) {
		const struct note *x = &top->notes[i];
		double lasts = i + 1 < top->n_notes ? top->notes[i + 1].start_beats - x->start_beats : x->duration_beats;
		p->line[i] = (struct line_note){ x->start_beats, fmin(lasts, 4), x->pitch,
						 i ? clamp_step(x->pitch - top->notes[i - 1].pitch) : 0,
						 (uint8_t)profile_length_class(lasts), 0 };
	}
	return 0;
}

static void count_rhythm(const struct score *s, struct piece_profile *p)
{
	struct bar_walk w;
	bar_walk_init(&w, s);
	for (size_t i = 0; i < p->n_line; i++) {
		bar_walk_to(&w, p->line[i].start_beats + 0.02);
		double place = (p->line[i].start_beats - w.from) / (w.to - w.from) * PROFILE_PLACES;
		long at = (long)floor(place + 0.5) % PROFILE_PLACES;
		p->places[at < 0 ? at + PROFILE_PLACES : at] += 1;
		if (i)
			p->length_pairs[p->line[i - 1].length * PROFILE_LENGTHS + p->line[i].length] += 1;
	}
	normalise(p->places, PROFILE_PLACES);
	normalise(p->length_pairs, PROFILE_LENGTHS * PROFILE_LENGTHS);
}

static void count_chords(const struct chord_report *r, struct piece_profile *p)
{
	int before = -1;
	for (size_t i = 0; i < r->n; i++) {
		const struct chord_span *c = &r->v[i];
		if (c->chord.root < 0)
			continue;
		int minor = c->chord.tones >> 3 & 1 && !(c->chord.tones >> 4 & 1) ? 12 : 0;
		p->degrees[(c->chord.root - p->tonic + 12) % 12 + minor] += c->to_beats - c->from_beats;
		if (before >= 0 && before != c->chord.root)
			p->moves[(c->chord.root - before + 12) % 12 + minor] += 1;
		before = c->chord.root;
	}
	normalise(p->degrees, PROFILE_DEGREES);
	normalise(p->moves, PROFILE_DEGREES);
}

static int find_harmony(const struct score *s, const struct model_watch *watch, struct piece_profile *p, struct err *err)
{
	struct key_report key = { .n_guesses = 0 };
	struct meter_report meter;
	struct chord_report chords = { .n = 0 };
	int code = key_find(s, &key, err);
	if (code < 0)
		return code;
	for (int i = 0; i < 12; i++)
		p->chroma[i] = key.chroma[i];
	p->tonic = key.n_guesses ? key.guesses[0].tonic : 0;
	p->mode = key.n_guesses ? key.guesses[0].mode : KEY_MAJOR;
	code = meter_find(s, key.n_guesses ? &key.guesses[0] : NULL, &meter, err);
	if (code == 0)
		code = ask_on(watch, err);
	if (code == 0)
		code = chords_find(s, &key, meter.n_guesses ? &meter : NULL, watch, &chords, err);
	if (code == 0) {
		count_chords(&chords, p);
		chord_report_done(&chords);
	}
	key_report_done(&key);
	for (size_t i = 0; i < p->n_line; i++)
		p->line[i].degree = (uint8_t)((p->line[i].pitch - p->tonic + 12) % 12);
	return code;
}

/* How thick, high, loud and connected it is, drums left out. */
static void measure_texture(const struct score *s, struct piece_profile *p)
{
	double n = 0, lengths = 0, pitches = 0, loud = 0, lowest = 127, highest = 0, from = INFINITY, to = 0, held = 0, ways = 0;
	for (size_t i = 0; i < s->n_voices; i++)
		for (size_t k = 0; k < s->voices[i].n_notes; k++) {
			const struct note *x = &s->voices[i].notes[k];
			if (x->channel == 9)
				continue;
			n++;
			lengths += x->duration_beats;
			pitches += x->pitch;
			loud += x->velocity;
			lowest = fmin(lowest, x->pitch);
			highest = fmax(highest, x->pitch);
			from = fmin(from, x->start_beats);
			to = fmax(to, x->start_beats + x->duration_beats);
			if (k + 1 < s->voices[i].n_notes && s->voices[i].notes[k + 1].start_beats > x->start_beats + 0.02) {
				held += fmin(x->duration_beats, 4);
				ways += fmin(s->voices[i].notes[k + 1].start_beats - x->start_beats, 4);
			}
		}
	double lasts = fmax(to - from, 0.25);
	p->notes_per_beat = n / lasts;
	p->polyphony = fmax(lengths / lasts, 0.05);
	p->mean_pitch = pitches / n;
	p->pitch_range = highest - lowest;
	p->mean_velocity = loud / n;
	p->gate = ways > 0 ? fmax(held / ways, 0.05) : 1;
	p->bpm = score_bpm_at(s, s->pickup_beats);
	p->meter = score_meter_at(s, s->pickup_beats);
}

int piece_profile_make(const struct score *s, const struct model_watch *watch, struct piece_profile **ret, struct err *err)
{
	AUTO(piece_profile) p = calloc(1, sizeof(*p));
	if (!p)
		return err_set(err, -ENOMEM, "profile");
	int code = find_line(s, p, err);
	if (code == 0)
		code = ask_on(watch, err);
	if (code == 0)
		code = find_harmony(s, watch, p, err);
	if (code == 0)
		code = ask_on(watch, err);
	if (code < 0)
		return code;
	count_rhythm(s, p);
	measure_texture(s, p);
	*ret = TAKE(p);
	return 0;
}

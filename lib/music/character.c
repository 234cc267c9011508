#include "music/character.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "music/gm_names.h"
#include "music/pitched_priv.h"

static int by_confidence(const void *pa, const void *pb)
{
	const struct character_label *a = pa, *b = pb;
	return (b->confidence > a->confidence) - (b->confidence < a->confidence);
}

/* -1 well below `usual`, 0 at it, 1 well above. */
static double against(double v, double usual)
{
	return v <= 0 ? -1 : tanh(log2(v / usual));
}

static void find_mood(const struct character_input *in, struct character_report *r)
{
	const struct texture_report *t = in->texture;
	bool minor = in->key->n_guesses && key_mode_is_minor(in->key->guesses[0].mode);
	double pitch = (t->lowest + t->highest) / 2.0, bpm = in->meter->n_guesses ? in->meter->bpm : 100;
	r->arousal = 0.45 * against(t->notes_a_second, 4) + 0.20 * against(bpm, 100) + 0.25 * (t->mean_velocity - 76) / 40 +
		     0.15 * (0.8 - t->articulation) + 0.10 * (t->drums > 0.1);
	r->valence = (minor ? -0.45 : 0.35) + 0.20 * against(bpm, 95) + 0.15 * against(t->notes_a_second, 3) -
		     0.8 * in->dissonance - 0.5 * t->chromatic + 0.10 * (pitch - 64) / 24;
	r->arousal = fmax(-1, fmin(1, r->arousal));
	r->valence = fmax(-1, fmin(1, r->valence));
	double p = 1 / (1 + exp(-4 * r->valence)), q = 1 / (1 + exp(-4 * r->arousal));
	r->moods[0] = (struct character_label){ "happy", p * q };
	r->moods[1] = (struct character_label){ "calm", p * (1 - q) };
	r->moods[2] = (struct character_label){ "tense", (1 - p) * q };
	r->moods[3] = (struct character_label){ "sad", (1 - p) * (1 - q) };
	r->n_moods = 4;
	qsort(r->moods, 4, sizeof(r->moods[0]), by_confidence);
}

/* What the rules ask about. */
struct facts {
	bool simple2, simple3, compound2, compound3, odd, drums, melody, four_parts;
	double per_beat, rhythm, bpm, sevenths, changes, dotted, energy, syncopation, swing, chromatic;
};

static bool is(const struct meter_guess *g, unsigned num, unsigned den)
{
	return g->num == num && g->den == den;
}

/* Share of the beats whose second part is short: long-short pairs as in hornpipes and marches, or swing. */
static int dotted_share(const struct score *s, double beat, double *ret)
{
	size_t n = 0, pairs = 0, dotted = 0;
	struct note AUTO_MEM *notes = pitched_notes(s, &n);
	if (!notes)
		return -ENOMEM;
	for (size_t i = 0; i + 2 < n && i < 4096; i++) {
		double a = notes[i + 1].start_beats - notes[i].start_beats, b = notes[i + 2].start_beats - notes[i + 1].start_beats;
		if (fabs(a + b - beat) > 0.1 * beat || b < 0.05)
			continue;
		pairs++;
		dotted += a > 1.6 * b;
	}
	*ret = pairs > 8 ? (double)dotted / (double)pairs : 0;
	return 0;
}

static int gather(const struct character_input *in, struct facts *f)
{
	static const struct meter_guess none = { 0 };
	const struct meter_guess *g = in->meter->n_guesses ? &in->meter->guesses[0] : &none;
	const struct chord_report *c = in->chords;
	double sevenths = 0, all = 0;
	for (size_t i = 0; i < c->n; i++) {
		double held = c->v[i].to_beats - c->v[i].from_beats;
		sevenths += chord_seventh(&c->v[i].chord) >= 0 ? held : 0;
		all += held;
	}
	*f = (struct facts){
		.simple2 = is(g, 4, 4) || is(g, 2, 4), .simple3 = is(g, 3, 4) || is(g, 3, 8), .compound2 = is(g, 6, 8) || is(g, 12, 8),
		.compound3 = is(g, 9, 8), .odd = is(g, 5, 4) || is(g, 7, 8) || is(g, 5, 8),
		.drums = in->texture->drums > 0.08, .melody = c->melody_only,
		.four_parts = in->texture->polyphony > 2.6 && in->texture->polyphony < 4.6,
		.per_beat = in->texture->onsets_a_beat, .rhythm = in->texture->rhythm_entropy, .bpm = in->meter->bpm,
		.sevenths = all > 0 ? sevenths / all : 0, .changes = all > 0 ? (double)c->n / all : 0,
		.energy = in->texture->energy, .syncopation = in->texture->syncopation, .swing = in->meter->swing,
		.chromatic = in->texture->chromatic,
	};
	return dotted_share(in->score, g->beat_beats > 0 ? g->beat_beats : 1, &f->dotted);
}

/* Points of each kind; what a rule requires multiplies, what it likes adds. */
static size_t find_points(const struct facts *f, struct character_label *out)
{
	bool fast = f->per_beat > 1.45;
	struct character_label all[] = {
		{ "reel", f->simple2 * f->melody * fast * (0.9 + (f->rhythm < 1.1) * 0.5 - 1.6 * f->dotted) },
		{ "hornpipe", f->simple2 * f->melody * fast * (0.45 + 2.0 * f->dotted + (f->rhythm >= 1.1) * 0.2) },
		{ "march or polka", f->simple2 * f->melody * (!fast * 0.8 + 0.2 + (f->rhythm > 1.6) * 0.3) },
		{ "jig", f->compound2 * f->melody * (1.2 + (f->per_beat > 2.2) * 0.6) },
		{ "slip jig", f->compound3 * f->melody * 2.0 },
		{ "waltz", f->simple3 * (0.8 + (f->rhythm < 1.6) * 0.5 + !f->melody * 0.3 + (f->bpm > 105) * 0.4) },
		{ "air", f->melody * ((f->simple3 || !fast) * 0.5 + (f->rhythm > 1.7) * 0.4 + (f->bpm < 90) * 0.4) },
		{ "hymn or chorale", !f->drums * f->four_parts * f->simple2 * (0.8 + (f->rhythm < 1.2) * 0.7 + (f->changes > 0.45) * 0.5) },
		{ "jazz", !f->melody * (f->sevenths > 0.5) * (0.7 + (f->swing > 1.25) * 0.8 + (f->chromatic > 0.08) * 0.4) },
		{ "rock or pop", f->drums * f->simple2 * (1.2 + (f->sevenths < 0.4) * 0.4) },
		{ "odd-metre dance", f->odd * 1.5 },
		{ "other", 0.35 },
	};
	for (size_t i = 0; i < COUNT_OF(all); i++) {
		out[i] = all[i];
		out[i].confidence = fmax(0, out[i].confidence);
	}
	return COUNT_OF(all);
}

static int find_genre(const struct character_input *in, struct character_report *r)
{
	struct facts f;
	struct character_label all[16];
	double sum = 0;
	if (gather(in, &f) < 0)
		return -ENOMEM;
	size_t n = find_points(&f, all);
	for (size_t i = 0; i < n; i++)
		sum += all[i].confidence;
	for (size_t i = 0; i < n; i++)
		all[i].confidence /= sum;
	qsort(all, n, sizeof(all[0]), by_confidence);
	for (size_t i = 0; i < n && r->n_genres < CHARACTER_GENRES_MAX && all[i].confidence > 0.02; i++)
		r->genres[r->n_genres++] = all[i];
	return 0;
}

static void count_voice(const struct score_voice *v, size_t count[129])
{
	int program[16] = { 0 };
	size_t c = 0;
	for (size_t i = 0; i < v->n_notes; i++) {
		for (; c < v->n_controls && v->controls[c].at_beats <= v->notes[i].start_beats + 1e-6; c++)
			if (v->controls[c].kind == SCORE_PROGRAM)
				program[v->controls[c].channel & 15] = v->controls[c].value & 127;
		int channel = v->notes[i].channel & 15;
		count[channel == DRUM_CHANNEL ? 128 : program[channel]]++;
	}
}

static int by_share(const void *pa, const void *pb)
{
	const struct character_instrument *a = pa, *b = pb;
	int c = (b->share > a->share) - (b->share < a->share);
	return c ? c : a->program - b->program;
}

static void find_instruments(const struct score *s, struct character_report *r)
{
	size_t count[129] = { 0 }, n = 0;
	double all = fmax(1, (double)score_n_notes(s));
	struct character_instrument list[129];
	for (size_t v = 0; v < s->n_voices; v++)
		count_voice(&s->voices[v], count);
	for (int p = 0; p < 129; p++)
		if (count[p])
			list[n++] = (struct character_instrument){ p == 128 ? "Drums" : gm_program_name(p),
								   p == 128 ? "Drums" : gm_family_name(p), p == 128 ? -1 : p,
								   (double)count[p] / all };
	qsort(list, n, sizeof(list[0]), by_share);
	r->n_instruments = n < CHARACTER_INSTRUMENTS_MAX ? n : CHARACTER_INSTRUMENTS_MAX;
	memcpy(r->instruments, list, r->n_instruments * sizeof(list[0]));
}

int character_find(const struct character_input *in, struct character_report *ret, struct err *err)
{
	struct character_report r = { .energy = in->texture->energy };
	find_instruments(in->score, &r);
	if (in->texture->n_notes) {
		find_mood(in, &r);
		if (find_genre(in, &r) < 0)
			return err_set(err, -ENOMEM, "out of memory for the notes");
	}
	*ret = r;
	return 0;
}

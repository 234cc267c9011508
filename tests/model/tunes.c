#include "tunes.h"

#include "base/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const int letters[7] = { 9, 11, 0, 2, 4, 5, 7 }; /* a b c d e f g */

static void must(int code)
{
	if (code < 0)
		abort();
}

static struct score *begin(double bpm, unsigned num, unsigned den, int sharps, double pickup)
{
	struct score *s = score_new();
	if (!s)
		abort();
	s->pickup_beats = pickup;
	must(score_set_tempo(s, 0, bpm, NULL));
	must(score_set_meter(s, 0, num, den, NULL));
	must(score_set_key(s, 0, sharps, false, NULL));
	return s;
}

static size_t voice(struct score *s, const char *name, int program, uint8_t channel)
{
	size_t v;
	must(score_add_voice(s, name, &v, NULL));
	struct score_control c = { .kind = SCORE_PROGRAM, .channel = channel, .value = (uint16_t)program };
	must(score_add_control(s, v, &c, NULL));
	return v;
}

/* Letters as in ABC (C = middle C, c an octave higher, ' up, , down), digits count eighths, z rests, | is for the eye. */
static double sing(struct score *s, size_t v, uint8_t channel, const char *text, double at, const char *sharps)
{
	while (*text) {
		char ch = *text++;
		bool upper = ch >= 'A' && ch <= 'G', lower = ch >= 'a' && ch <= 'g';
		if (!upper && !lower && ch != 'z')
			continue;
		char small = upper ? (char)(ch + 32) : ch;
		int pitch = ch == 'z' ? 0 : 60 + letters[small - 'a'] + (lower ? 12 : 0) + (strchr(sharps, small) != NULL);
		for (; *text == '\'' || *text == ','; text++)
			pitch += *text == '\'' ? 12 : -12;
		int eighths = 0;
		for (; *text >= '0' && *text <= '9'; text++)
			eighths = eighths * 10 + *text - '0';
		double length = (eighths ? eighths : 1) * 0.5;
		struct note n = { at, length, (uint8_t)pitch, 90, channel, 64 };
		if (ch != 'z')
			must(score_add_note(s, v, &n, NULL));
		at += length;
	}
	return at;
}

struct score *tune_reel(void)
{
	struct score *s = begin(180, 4, 4, 2, 0);
	size_t v = voice(s, "melody", 40, 0);
	double at = sing(s, v, 0, "d2 fd Ad fd|e2 ge ce ge|d2 fd Ad fa|g f e c d2 A2|", 0, "fc");
	at = sing(s, v, 0, "d2 fd Ad fd|e2 ge ce ge|f2 af d f e d|c A B c d4|", at, "fc");
	at = sing(s, v, 0, "a2 fa d a f a|b2 g b e b g b|a2 f a d a f d|g f e d c A B c|", at, "fc");
	at = sing(s, v, 0, "d f a f g b a g|f d e f g e c e|d f e d c A B c|d2 A F D4|", at, "fc");
	score_sort(s);
	s->end_beats = at;
	return s;
}

struct score *tune_jig(void)
{
	struct score *s = begin(170, 6, 8, 1, 0.5);
	size_t v = voice(s, "melody", 73, 0);
	double at = sing(s, v, 0, "D|G2 G B A G|A2 A c B A|B2 d c A F|G3 A2 D|", 0, "f");
	at = sing(s, v, 0, "G2 G B A G|A B c d2 e|d c B A G F|G3 G2 d|", at, "f");
	at = sing(s, v, 0, "g2 d B c d|e2 c A B c|d2 B G A B|c B A F2 D|", at, "f");
	at = sing(s, v, 0, "g2 d B c d|e d c B A G|F G A D E F|G3 G2|", at, "f");
	score_sort(s);
	return s;
}

struct score *tune_waltz(bool drums)
{
	struct score *s = begin(120, 3, 4, 0, 0);
	size_t melody = voice(s, "melody", 0, 0), chords = voice(s, "chords", 24, 1), bass = voice(s, "bass", 32, 2);
	size_t kit = drums ? voice(s, "drums", 0, 9) : 0;
	static const char *const tune[16] = { "e2 g2 c'2", "b2 a2 g2", "a2 f2 d2", "g6", "e2 g2 c'2", "b2 c'2 d'2",
					      "b2 a2 b2", "c'6", "d'2 b2 g2", "e2 g2 c'2", "a2 c'2 f2", "e2 d2 g2",
					      "e2 g2 c'2", "a2 f2 a2", "g2 f2 d2", "c6" };
	static const char *const roots = "CGFCCGGCGCFGCFGC";
	for (int bar = 0; bar < 16; bar++) {
		double at = bar * 3.0;
		int root = 48 + letters[roots[bar] - 'A'] - (roots[bar] == 'G' ? 12 : 0);
		(void)sing(s, melody, 0, tune[bar], at, "");
		for (int beat = 0; beat < 3; beat++) {
			struct note b = { at, 1, (uint8_t)root, 80, 2, 64 };
			struct note hit = { at + beat, 0.25, beat ? 42 : 36, 100, 9, 64 };
			if (beat == 0)
				must(score_add_note(s, bass, &b, NULL));
			for (int third = 0; beat > 0 && third < 3; third++) {
				static const int triad[3] = { 12, 16, 19 };
				struct note n = { at + beat, 0.9, (uint8_t)(root + triad[third]), 60, 1, 64 };
				must(score_add_note(s, chords, &n, NULL));
			}
			if (drums)
				must(score_add_note(s, kit, &hit, NULL));
		}
	}
	score_sort(s);
	s->end_beats = 48;
	return s;
}

struct score *tune_noise(uint64_t seed, size_t n_notes)
{
	struct score *s = begin(90, 4, 4, 0, 0);
	struct rng rng;
	rng_init(&rng, seed);
	size_t v = voice(s, "", 0, 0);
	double at = 0;
	for (size_t i = 0; i < n_notes; i++) {
		struct note n = { at, 0.05 + rng_double(&rng) * 2, (uint8_t)rng_below(&rng, 128),
				  (uint8_t)(1 + rng_below(&rng, 127)), (uint8_t)rng_below(&rng, 16), 64 };
		must(score_add_note(s, v, &n, NULL));
		at += rng_double(&rng);
	}
	score_sort(s);
	return s;
}

uint64_t tune_fingerprint(const struct score *s)
{
	uint64_t h = 1469598103934665603u;
	for (size_t v = 0; v < s->n_voices; v++) {
		for (size_t i = 0; i < s->voices[v].n_notes; i++) {
			const struct note *n = &s->voices[v].notes[i];
			const int64_t what[] = { (int64_t)v, (int64_t)(n->start_beats * 480), (int64_t)(n->duration_beats * 480),
						 n->pitch, n->velocity, n->channel };
			for (size_t k = 0; k < COUNT_OF(what); k++)
				h = (h ^ (uint64_t)what[k]) * 1099511628211u;
		}
	}
	return h;
}

double tune_longest_common(const struct score *s, const struct score *out)
{
	struct score_meter m = score_meter_at(s, 0);
	double bar = score_bar_beats(&m), longest = 0;
	const struct score_voice *a = &s->voices[0], *b = &out->voices[0];
	for (size_t i = 0; i < a->n_notes; i++) {
		for (size_t k = 0; k < b->n_notes; k++) {
			double shift = b->notes[k].start_beats - a->notes[i].start_beats, length = 0;
			double bars = (shift + s->pickup_beats) / bar;
			if (fabs(bars - floor(bars + 0.5)) > 1e-6)
				continue;
			for (size_t n = 0; i + n < a->n_notes && k + n < b->n_notes; n++) {
				const struct note *x = &a->notes[i + n], *y = &b->notes[k + n];
				if (x->pitch != y->pitch || fabs(y->start_beats - x->start_beats - shift) > 1e-6)
					break;
				length = y->start_beats + y->duration_beats - b->notes[k].start_beats;
			}
			longest = fmax(longest, length);
		}
	}
	return longest / bar;
}

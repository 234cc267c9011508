/* key_evidence.c - what a piece shows about its key: pitch classes, ends, long notes. */
#include "music/key_find_priv.h"

#include <math.h>
#include <string.h>

#include "music/pitched_priv.h"

#define EDGE_BEATS 8.0  /* of the opening and of the closing */
#define NOTE_CAP_BEATS 4.0 /* a longer note counts as this long */

static void shares(double v[12])
{
	double sum = 0;
	for (int i = 0; i < 12; i++)
		sum += v[i];
	for (int i = 0; i < 12 && sum > 0; i++)
		v[i] /= sum;
}

static void gather_note(struct key_evidence *e, const struct note *n, double end, double long_beats)
{
	double w = fmin(n->duration_beats, NOTE_CAP_BEATS);
	int pc = n->pitch % 12;
	e->chroma[pc] += w;
	if (n->start_beats < EDGE_BEATS)
		e->opening[pc] += w;
	if (n->start_beats + n->duration_beats > end - EDGE_BEATS)
		e->closing[pc] += w;
	if (n->duration_beats >= long_beats)
		e->held[pc] += w;
}

/* The lowest note that begins within a sixteenth of the last onset. */
static int last_class(const struct note *notes, size_t n)
{
	size_t i = n;
	uint8_t lowest = 127;
	while (i > 0 && notes[i - 1].start_beats > notes[n - 1].start_beats - 0.25) {
		i--;
		if (notes[i].pitch < lowest)
			lowest = notes[i].pitch;
	}
	return lowest % 12;
}

int key_evidence_gather(const struct score *s, struct key_evidence *e, struct err *err)
{
	size_t n = 0;
	struct note AUTO_MEM *notes = pitched_notes(s, &n);
	if (!notes)
		return err_set(err, -ENOMEM, "out of memory for the notes");
	memset(e, 0, sizeof(*e));
	e->n_notes = n;
	e->first = e->last = -1;
	double end = notes_end_beats(notes, n), long_beats = 1.9 * notes_median_beats(notes, n);
	for (size_t i = 0; i < n; i++)
		gather_note(e, &notes[i], end, long_beats);
	shares(e->chroma);
	shares(e->opening);
	shares(e->closing);
	shares(e->held);
	if (n) {
		e->first = notes[0].pitch % 12;
		e->last = last_class(notes, n);
	}
	return 0;
}

double key_log_likely(const double v[12], const double log_weights[12], int tonic)
{
	double sum = 0;
	for (int i = 0; i < 12; i++)
		sum += v[(i + tonic) % 12] * log_weights[i];
	return sum;
}

static double outside(const double v[12], enum key_mode m, int tonic)
{
	double sum = 0;
	for (int i = 0; i < 12; i++)
		if (!(key_mode_scale(m) >> i & 1))
			sum += v[(i + tonic) % 12];
	return sum;
}

static void raise_to(double *best, double v)
{
	if (v > *best)
		*best = v;
}

void key_signs(const struct key_evidence *e, int tonic, bool minor, double f[KEY_SIGN_COUNT])
{
	int fifth = (tonic + 7) % 12, third = (tonic + (minor ? 3 : 4)) % 12;
	memset(f, 0, KEY_SIGN_COUNT * sizeof(*f));
	f[KEY_SIGN_LIKELY] = f[KEY_SIGN_OPENING] = f[KEY_SIGN_CLOSING] = -20;
	f[KEY_SIGN_FIT] = -1;
	f[KEY_SIGN_OUTSIDE] = 1;
	for (enum key_mode m = 0; m < KEY_MODE_COUNT; m++) {
		double w[12];
		if (key_mode_is_minor(m) != minor)
			continue;
		key_profile_weights(KEY_ALBRECHT_SHANAHAN, m, w);
		for (int i = 0; i < 12; i++)
			w[i] = log(w[i]);
		raise_to(&f[KEY_SIGN_LIKELY], key_log_likely(e->chroma, w, tonic));
		raise_to(&f[KEY_SIGN_OPENING], key_log_likely(e->opening, w, tonic));
		raise_to(&f[KEY_SIGN_CLOSING], key_log_likely(e->closing, w, tonic));
		raise_to(&f[KEY_SIGN_FIT], key_profile_fit(e->chroma, KEY_ALBRECHT_SHANAHAN, minor ? KEY_MINOR : KEY_MAJOR, tonic));
		f[KEY_SIGN_OUTSIDE] = fmin(f[KEY_SIGN_OUTSIDE], outside(e->chroma, m, tonic));
	}
	f[KEY_SIGN_LAST_TONIC] = e->last == tonic;
	f[KEY_SIGN_LAST_FIFTH] = e->last == fifth;
	f[KEY_SIGN_LAST_THIRD] = e->last == third;
	f[KEY_SIGN_LONG_TONIC] = e->held[tonic];
	f[KEY_SIGN_LONG_FIFTH] = e->held[fifth];
	f[KEY_SIGN_FIRST_TONIC] = e->first == tonic;
	f[KEY_SIGN_FIRST_FIFTH] = e->first == fifth;
	f[KEY_SIGN_TRIAD] = e->chroma[tonic] + e->chroma[fifth] + e->chroma[third];
	f[KEY_SIGN_MINOR] = minor;
}

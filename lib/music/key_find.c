#include "music/key_find.h"

#include <math.h>
#include <string.h>

#include "music/key_find_priv.h"

/* From the fit on the tunes with even X: numbers; docs/music.md tells what the odd ones give. */
static const double weights[KEY_SIGN_COUNT] = {
	[KEY_SIGN_LIKELY] = 2.7,      [KEY_SIGN_FIT] = 4.0,         [KEY_SIGN_LAST_TONIC] = 1.7,
	[KEY_SIGN_LAST_FIFTH] = -0.2, [KEY_SIGN_LAST_THIRD] = -0.9, [KEY_SIGN_LONG_TONIC] = 1.4,
	[KEY_SIGN_LONG_FIFTH] = 0.1,  [KEY_SIGN_FIRST_TONIC] = 0.5, [KEY_SIGN_FIRST_FIFTH] = 0.4,
	[KEY_SIGN_TRIAD] = 3.7,       [KEY_SIGN_OUTSIDE] = -2.2,    [KEY_SIGN_OPENING] = 3.3,
	[KEY_SIGN_CLOSING] = 1.5,     [KEY_SIGN_MINOR] = -0.6,
};

/* How rare a mode is beside major or minor, and what a share of 1 outside of its scale costs; in nats. */
static const double mode_prior[KEY_MODE_COUNT] = { [KEY_DORIAN] = -0.5, [KEY_MIXOLYDIAN] = -0.7, [KEY_LYDIAN] = -1.8,
						   [KEY_PHRYGIAN] = -1.8 };
#define OUTSIDE_COST 60.0

static double mode_score(const double chroma[12], int tonic, enum key_mode m)
{
	double outside = 0;
	for (int i = 0; i < 12; i++)
		if (!(key_mode_scale(m) >> i & 1))
			outside += chroma[(i + tonic) % 12];
	return mode_prior[m] - OUTSIDE_COST * outside;
}

/* exp and scale to a sum of one. */
static void soften(double *v, size_t n)
{
	double top = -INFINITY, sum = 0;
	for (size_t i = 0; i < n; i++)
		top = fmax(top, v[i]);
	for (size_t i = 0; i < n; i++)
		sum += v[i] = exp(v[i] - top);
	for (size_t i = 0; i < n; i++)
		v[i] /= sum;
}

static void mode_shares(const double chroma[12], int tonic, bool minor, double ret[KEY_MODE_COUNT])
{
	for (enum key_mode m = 0; m < KEY_MODE_COUNT; m++)
		ret[m] = key_mode_is_minor(m) == minor ? mode_score(chroma, tonic, m) : -1e3;
	soften(ret, KEY_MODE_COUNT);
}

enum key_mode key_mode_of(const double chroma[12], int tonic, bool minor)
{
	double share[KEY_MODE_COUNT];
	enum key_mode best = minor ? KEY_MINOR : KEY_MAJOR;
	mode_shares(chroma, tonic, minor, share);
	for (enum key_mode m = 0; m < KEY_MODE_COUNT; m++)
		if (share[m] > share[best])
			best = m;
	return best;
}

/* Keeps the list sorted and short. */
static void add_guess(struct key_report *r, const struct key_guess *g)
{
	size_t i = r->n_guesses;
	while (i > 0 && r->guesses[i - 1].confidence < g->confidence)
		i--;
	if (i >= KEY_GUESSES_MAX)
		return;
	if (r->n_guesses < KEY_GUESSES_MAX)
		r->n_guesses++;
	memmove(&r->guesses[i + 1], &r->guesses[i], (r->n_guesses - i - 1) * sizeof(*g));
	r->guesses[i] = *g;
}

static void guess(const struct key_evidence *e, struct key_report *r)
{
	double score[24];
	for (int k = 0; k < 24; k++) {
		double sign[KEY_SIGN_COUNT];
		key_signs(e, k % 12, k >= 12, sign);
		score[k] = 0;
		for (int i = 0; i < KEY_SIGN_COUNT; i++)
			score[k] += weights[i] * sign[i];
	}
	soften(score, 24);
	for (int k = 0; k < 24; k++) {
		double share[KEY_MODE_COUNT];
		mode_shares(e->chroma, k % 12, k >= 12, share);
		for (enum key_mode m = 0; m < KEY_MODE_COUNT; m++)
			if (key_mode_is_minor(m) == (k >= 12))
				add_guess(r, &(struct key_guess){ k % 12, m, score[k] * share[m] });
	}
}

static void ask_profiles(struct key_report *r)
{
	for (enum key_profile p = 0; p < KEY_PROFILE_COUNT; p++) {
		r->by_profile[p].fit = -2;
		for (int k = 0; k < 24; k++) {
			double fit = key_profile_fit(r->chroma, p, k >= 12 ? KEY_MINOR : KEY_MAJOR, k % 12);
			if (fit <= r->by_profile[p].fit)
				continue;
			r->by_profile[p].fit = fit;
			r->by_profile[p].tonic = k % 12;
			r->by_profile[p].mode = k >= 12 ? KEY_MINOR : KEY_MAJOR;
		}
	}
}

static void compare_stated(const struct score *s, struct key_report *r)
{
	r->stated = s->n_keys > 0;
	if (!r->stated || !r->n_guesses)
		return;
	struct score_key k = score_key_at(s, s->pickup_beats);
	int sharps = key_sharps(r->guesses[0].tonic, r->guesses[0].mode);
	r->agrees = (sharps - k.sharps) % 12 == 0;
}

void key_rank(const struct key_evidence *e, struct key_report *ret)
{
	struct key_report r = { .n_guesses = 0 };
	if (e->n_notes) {
		memcpy(r.chroma, e->chroma, sizeof(r.chroma));
		guess(e, &r);
		ask_profiles(&r);
	}
	*ret = r;
}

int key_find(const struct score *s, struct key_report *ret, struct err *err)
{
	struct key_evidence e;
	struct key_report r = { .n_guesses = 0 };
	int code = key_evidence_gather(s, &e, err);
	if (code == 0 && e.n_notes) {
		key_rank(&e, &r);
		compare_stated(s, &r);
		code = key_path(s, &r.spans, &r.n_spans, err);
	}
	if (code == 0)
		*ret = r;
	return code;
}

void key_report_done(struct key_report *r)
{
	free(r->spans);
	r->spans = NULL;
	r->n_spans = 0;
}

#include "music/meter_find.h"

#include <math.h>
#include <string.h>

#include "music/beat_track.h"
#include "music/meter_priv.h"

/*
 * From the fit on the tunes with even X: numbers, loudness left out; docs/music.md tells what the odd ones give. By hand are
 * the weights of loudness and those of 5/4, 5/8 and 7/8, of which the tunes have no examples.
 */
static const double weights[METER_SIGN_ROOM] = {
	[METER_SIGN_THERE_BAR] = 0.87, [METER_SIGN_THERE_HALF] = -1.44, [METER_SIGN_THERE_BEAT] = 2.13,
	[METER_SIGN_THERE_DIVISION] = 0.75, [METER_SIGN_THERE_SUB] = -2.26, [METER_SIGN_HELD_BAR] = 5.63,
	[METER_SIGN_HELD_HALF] = 3.05, [METER_SIGN_HELD_BEAT] = -1.50, [METER_SIGN_HELD_DIVISION] = -3.36,
	[METER_SIGN_ALIKE_1] = -0.51, [METER_SIGN_ALIKE_2] = 6.74, [METER_SIGN_ALIKE_4] = 7.21,
	[METER_SIGN_ALIKE_8] = 2.41, [METER_SIGN_WHOLE] = -0.87, [METER_SIGN_FOURS] = 1.38,
	[METER_SIGN_EIGHTS] = 1.99, [METER_SIGN_NO_PICKUP] = 0.32, [METER_SIGN_LONG_PICKUP] = -5.31,
	[METER_SIGN_LOW_BAR] = -0.12, [METER_SIGN_HOME_BAR] = 2.09, [METER_SIGN_HOME_HALF] = 1.02,
	[METER_SIGN_HOME_BEAT] = 0.20, [METER_SIGN_SECTION_4] = 0.65, [METER_SIGN_SECTION_8] = 1.44,
	[METER_SIGN_SECTION_16] = 0.74, [METER_SIGN_SECTION_WHOLE] = 0.93, [METER_SIGN_LAST_BAR] = 0.23,
	[METER_SIGN_LAST_BEAT] = 0.86, [METER_SIGN_LOUD_BAR] = 1.50, [METER_SIGN_LOUD_BEAT] = 0.50,
	[METER_SIGN_BAR_NOTES] = 7.04, [METER_SIGN_BAR_NOTES_2] = -5.50, [METER_SIGN_BEAT_NOTES] = 0.09,
	[METER_SIGN_BEAT_NOTES_2] = 0.24, [METER_SIGN_ALIKE_BEAT] = 1.47,
	[METER_SIGN_COMPOUND + METER_SIGN_THERE_BAR] = 1.33,
	[METER_SIGN_COMPOUND + METER_SIGN_THERE_HALF] = 0.07,
	[METER_SIGN_COMPOUND + METER_SIGN_THERE_BEAT] = 0.28,
	[METER_SIGN_COMPOUND + METER_SIGN_THERE_DIVISION] = 2.81,
	[METER_SIGN_COMPOUND + METER_SIGN_THERE_SUB] = -4.99,
	[METER_SIGN_COMPOUND + METER_SIGN_HELD_BAR] = -2.94,
	[METER_SIGN_COMPOUND + METER_SIGN_HELD_HALF] = -0.07,
	[METER_SIGN_COMPOUND + METER_SIGN_HELD_BEAT] = 0.40,
	[METER_SIGN_COMPOUND + METER_SIGN_HELD_DIVISION] = 1.07,
	[METER_SIGN_COMPOUND_NOTES] = 0.22, [METER_SIGN_THERE_LAST] = 0.95, [METER_SIGN_HELD_LAST] = 0.95,
	[METER_SIGN_HOME_LAST] = -0.65, [METER_SIGN_HELD_CLOSE] = 0.43, [METER_SIGN_THERE_CLOSE] = -2.56,
	[METER_SIGN_HOME_CLOSE] = -0.50, [METER_SIGN_LILT] = 3.71,

	/* The rows of meter_kinds: 2/4 3/4 4/4, 3/8 6/8 9/8 12/8, 5/4 twice, 5/8 twice, 7/8 three times. */
	[METER_SIGN_KIND + 0] = -4.13, 0.45, 4.17, -4.99, -0.06, 2.66, -0.04, 0, 0, -3.4, -3.4, -1.0, -1.0, -1.0,
};

/* Only where the length of a beat is not known: what falls between sixteenths, what the other division would explain, and
 * octaves from the usual felt beat, squared. */
#define FREE_OFF_WEIGHT (-15.0)
#define FREE_CONTRARY_WEIGHT (-8.0)
#define FREE_TEMPO_WEIGHT (-3.0)
#define USUAL_BEAT_S 0.52
#define TRIPLETS_RULE 0.5 /* so many divided beats in three: quarters are dotted ones in truth */

/* A number of the score's beats to one quarter of the meters tried, and where onsets lie in them. */
struct trial {
	struct onset *onsets;
	size_t n;
	double offset, scale;
	double beats_each; /* of the score, in one beat of the trial */
	double beat_s;     /* where beats were tracked: seconds of one beat of the trial; else 0 */
};

struct heard {
	size_t kind;
	int phase;
	double score, beats_each;
};

/* What a trial in tracked beats has to say beside. */
static double free_score(const struct trial *t, size_t kind, const double f[METER_SIGN_ROOM])
{
	if (t->beat_s <= 0)
		return 0;
	double off = log2(t->beat_s * meter_kind_beat_cells(&meter_kinds[kind]) / CELLS / USUAL_BEAT_S);
	return FREE_OFF_WEIGHT * f[METER_SIGN_OFF] + FREE_CONTRARY_WEIGHT * f[METER_SIGN_CONTRARY] + FREE_TEMPO_WEIGHT * off * off;
}

static double score_of(const struct trial *t, const struct lattice *l, size_t kind, int phase, const struct meter_lags *lags)
{
	double f[METER_SIGN_ROOM], sum = 0;
	meter_signs(l, kind, phase, lags, f);
	for (int i = 0; i < METER_SIGN_ROOM; i++)
		sum += weights[i] * f[i];
	return sum + free_score(t, kind, f);
}

/* Pick-ups are tried at every sixteenth. The best of each kind. */
static int try_all(const struct trial *t, struct heard *best, struct err *err)
{
	struct lattice l;
	int code = lattice_init(&l, t->onsets, t->n, t->offset, t->scale, err);
	if (code < 0)
		return code;
	for (size_t k = 0; k < meter_kinds_n; k++) {
		struct meter_lags lags;
		int bar = meter_kind_cells(&meter_kinds[k]);
		meter_lags_of(&l, bar, meter_kind_beat_cells(&meter_kinds[k]), &lags);
		for (int phase = 0; phase < bar; phase += CELLS / 4) {
			double score = score_of(t, &l, k, phase, &lags);
			if (score > best[k].score)
				best[k] = (struct heard){ k, phase, score, t->beats_each };
		}
	}
	lattice_done(&l);
	return 0;
}

static void fill_guess(const struct heard *h, double confidence, struct meter_report *r)
{
	const struct meter_kind *k = &meter_kinds[h->kind];
	double each = h->beats_each / CELLS;
	for (size_t i = 0; i < r->n_guesses; i++)
		if (r->guesses[i].num == k->num && r->guesses[i].den == k->den) {
			r->guesses[i].confidence += confidence; /* another grouping of the same meter */
			return;
		}
	if (r->n_guesses < METER_GUESSES_MAX)
		r->guesses[r->n_guesses++] = (struct meter_guess){ k->num, k->den, confidence, h->phase * each,
								   meter_kind_cells(k) * each,
								   meter_kind_beat_cells(k) * each };
}

static int compare_heard(const void *a, const void *b)
{
	const struct heard *x = a, *y = b;
	int by_score = (y->score > x->score) - (y->score < x->score);
	return by_score ? by_score : (x->kind > y->kind) - (x->kind < y->kind);
}

static void fill_guesses(struct heard *best, struct meter_report *r)
{
	double sum = 0;
	qsort(best, meter_kinds_n, sizeof(*best), compare_heard);
	for (size_t k = 0; k < meter_kinds_n; k++)
		sum += exp(best[k].score - best[0].score);
	for (size_t k = 0; k < meter_kinds_n; k++)
		fill_guess(&best[k], exp(best[k].score - best[0].score) / sum, r);
}

static void stable_tones(const struct key_guess *key, double home[12])
{
	memset(home, 0, 12 * sizeof(*home));
	if (!key)
		return;
	home[key->tonic] = 1;
	home[(key->tonic + 7) % 12] = 0.7;
	home[(key->tonic + (key_mode_is_minor(key->mode) ? 3 : 4)) % 12] = 0.6;
}

/* How beats are divided; swung ones are made even for what follows. */
static int hear_feel(struct trial *t, struct meter_report *r, struct err *err)
{
	struct onset_feel feel;
	int code = onsets_feel(t->onsets, t->n, t->offset, &feel, err);
	if (code < 0)
		return code;
	r->triplet_share = feel.triplets;
	r->feel = feel.triplets > TRIPLETS_RULE ? METER_TRIPLETS : feel.swing_at > 0.5 ? METER_SWUNG : METER_EVEN;
	r->swing = feel.swing_at / (1 - feel.swing_at);
	r->spread_beats = onsets_spread(t->onsets, t->n, t->offset, r->feel == METER_TRIPLETS ? 6 : 4);
	if (r->feel == METER_SWUNG)
		onsets_unswing(t->onsets, t->n, t->offset, feel.swing_at);
	return 0;
}

/* The beats of the trial are worth `quarters` quarter notes. */
static int try_scaled(const struct trial *t, double quarters, struct heard *best, struct err *err)
{
	struct trial x = *t;
	x.scale = quarters;
	x.beats_each /= quarters;
	x.beat_s /= quarters;
	return try_all(&x, best, err);
}

/* On the score's beats: as they are, or as dotted quarters where most are divided in three. */
static int hear_grid(struct trial *t, struct heard *best, struct meter_report *r, struct err *err)
{
	int code = hear_feel(t, r, err);
	return code < 0 ? code : try_scaled(t, r->feel == METER_TRIPLETS ? 1.5 : 1, best, err);
}

/* Off the grid: onsets become positions in tracked beats, and what note such a beat is must be tried. */
static int hear_free(const struct score *s, struct trial *t, struct heard *best, struct meter_report *r, struct err *err)
{
	struct beat_track track;
	double AUTO_MEM *seconds = mem_new_array(2 * t->n, sizeof(*seconds));
	if (!seconds)
		return err_set(err, -ENOMEM, "out of memory for the onsets");
	for (size_t i = 0; i < t->n; i++)
		seconds[i] = score_seconds_at(s, t->onsets[i].at);
	for (size_t i = 0; i < t->n; i++) /* what is held counts more */
		seconds[t->n + i] = fmin(1, 0.3 + t->onsets[i].held / 2);
	int code = beat_track_find(seconds, seconds + t->n, t->n, &track, err);
	if (code < 0)
		return code;
	double beat = track.period_s * score_bpm_at(s, t->onsets[0].at) / 60;
	for (size_t i = 0; i < t->n; i++) {
		t->onsets[i].at = beat_track_position(&track, seconds[i]);
		t->onsets[i].held /= beat;
	}
	t->offset = floor(t->onsets[0].at + 0.1);
	t->beats_each = beat;
	t->beat_s = track.period_s;
	beat_track_done(&track);
	static const double worth[] = { 0.5, 1, 1.5, 2, 3 };
	code = hear_feel(t, r, err);
	for (size_t i = 0; code == 0 && i < COUNT_OF(worth); i++)
		code = try_scaled(t, worth[i], best, err);
	return code;
}

static void finish(const struct score *s, double first, struct meter_report *r)
{
	if (!r->n_guesses)
		return;
	const struct meter_guess *g = &r->guesses[0];
	struct score_meter m = score_meter_at(s, s->pickup_beats);
	r->bpm = score_bpm_at(s, first) / g->beat_beats;
	r->stated = s->n_meters > 0;
	bool compound = m.num % 3 == 0 && m.den >= 8;
	r->agrees = r->stated && fabs(score_bar_beats(&m) - g->bar_beats) < 0.02 * g->bar_beats &&
		    compound == (g->num % 3 == 0 && g->den == 8);
}

const char *meter_feel_name(enum meter_feel f)
{
	static const char *const names[METER_FEEL_COUNT] = { "even", "swung", "triplets" };
	return names[f];
}

int meter_find(const struct score *s, const struct key_guess *key, struct meter_report *ret, struct err *err)
{
	struct meter_report r = { .swing = 1 };
	struct heard best[16];
	double home[12];
	stable_tones(key, home);
	struct trial t = { .beats_each = 1 };
	int code = onsets_gather(s, home, &t.onsets, &t.n, err);
	if (code < 0)
		return code;
	for (size_t k = 0; k < COUNT_OF(best); k++)
		best[k] = (struct heard){ k, 0, -INFINITY, 1 };
	if (t.n >= 4) {
		double first = t.onsets[0].at;
		r.on_grid = onsets_grid(t.onsets, t.n, &t.offset);
		code = r.on_grid ? hear_grid(&t, best, &r, err) : hear_free(s, &t, best, &r, err);
		if (code == 0)
			fill_guesses(best, &r);
		finish(s, first, &r);
	}
	free(t.onsets);
	if (code == 0)
		*ret = r;
	return code;
}

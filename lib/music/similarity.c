#include "music/similarity.h"

#include "music/similarity_priv.h"

#include <math.h>

#include "base/banned.h"

const char *const similar_aspect_names[SIMILAR_ASPECT_COUNT + 1] = { "melody", "rhythm", "chroma", "harmony", "texture" };
const char *const contrast_aspect_names[CONTRAST_ASPECT_COUNT + 1] = { "tempo",	"register",  "density", "loudness",
								       "articulation", "polyphony", "mode",    "meter" };

static const double weights[SIMILAR_ASPECT_COUNT] = { 0.4, 0.2, 0.1, 0.15, 0.15 };

double similar_cosine(const double *a, const double *b, size_t n)
{
	double dot = 0, aa = 0, bb = 0;
	for (size_t i = 0; i < n; i++) {
		dot += a[i] * b[i];
		aa += a[i] * a[i];
		bb += b[i] * b[i];
	}
	if (aa == 0 || bb == 0)
		return aa == bb;
	return fmin(1, dot / sqrt(aa * bb));
}

/* Pearson's correlation of a's pitch classes, moved up by `up`, with b's; at least 0. */
static double correlation(const double a[12], const double b[12], int up)
{
	double dot = 0, aa = 0, bb = 0;
	for (int i = 0; i < 12; i++) {
		double x = a[(i - up + 12) % 12] - 1.0 / 12, y = b[i] - 1.0 / 12;
		dot += x * y;
		aa += x * x;
		bb += y * y;
	}
	if (aa < 1e-12 || bb < 1e-12)
		return aa < 1e-12 && bb < 1e-12;
	return fmin(1, fmax(0, dot / sqrt(aa * bb)));
}

/* The fit is the same both ways round; of equally good moves the smallest is told. */
static double best_correlation(const double a[12], const double b[12], int *ret_up)
{
	double best = -1;
	for (int i = 0; i < 12; i++) {
		int up = i % 2 ? (i + 1) / 2 : 12 - i / 2; /* 0, 1, -1, 2, -2 ... 6 */
		double fit = correlation(a, b, up % 12);
		if (fit <= best + 1e-9)
			continue;
		best = fit;
		*ret_up = up % 12 > 6 ? up % 12 - 12 : up % 12;
	}
	return fmin(1, best);
}

/* 1 for equal sizes, 1/2 for one twice the other. */
static double ratio(double a, double b)
{
	double lo = fmin(a, b), hi = fmax(a, b);
	return hi > 0 ? lo / hi : 1;
}

static double near(double a, double b, double span)
{
	return fmax(0, 1 - fabs(a - b) / span);
}

static void compare_texture(const struct piece_profile *a, const struct piece_profile *b, struct similarity *s)
{
	double density = ratio(a->notes_per_beat, b->notes_per_beat), thick = ratio(a->polyphony, b->polyphony);
	double height = near(a->mean_pitch, b->mean_pitch, 36), loud = near(a->mean_velocity, b->mean_velocity, 64);
	double held = ratio(a->gate, b->gate), tempo = ratio(a->bpm, b->bpm), range = near(a->pitch_range, b->pitch_range, 36);
	s->aspects[SIMILAR_TEXTURE] = (density + thick + height + range + loud + held + tempo) / 7;
	s->contrast[CONTRAST_TEMPO] = 1 - tempo;
	s->contrast[CONTRAST_REGISTER] = 1 - height;
	s->contrast[CONTRAST_DENSITY] = 1 - density;
	s->contrast[CONTRAST_LOUDNESS] = 1 - loud;
	s->contrast[CONTRAST_ARTICULATION] = 1 - held;
	s->contrast[CONTRAST_POLYPHONY] = 1 - thick;
	s->contrast[CONTRAST_MODE] = a->mode == b->mode ? 0 : key_mode_is_minor(a->mode) == key_mode_is_minor(b->mode) ? 0.4 : 1;
	s->contrast[CONTRAST_METER] = score_bar_beats(&a->meter) != score_bar_beats(&b->meter) ? 1 : a->meter.num != b->meter.num ? 0.5 : 0;
	for (int i = 0; i < CONTRAST_ASPECT_COUNT; i++)
		s->contrast_whole += s->contrast[i] / CONTRAST_ASPECT_COUNT;
}

int similarity_of_profiles(const struct piece_profile *a, const struct piece_profile *b, size_t min_notes, struct similarity *ret,
			   struct err *err)
{
	struct similarity s = { .n_runs = 0 };
	if (min_notes < 4 || min_notes > 64)
		return err_field(err, -EINVAL, "min_notes", "min_notes is %zu; allowed are 4 to 64", min_notes);
	s.aspects[SIMILAR_MELODY] = similar_melody(a, b);
	if (s.aspects[SIMILAR_MELODY] < 0)
		return err_set(err, -ENOMEM, "similarity");
	s.aspects[SIMILAR_RHYTHM] = 0.5 * similar_cosine(a->places, b->places, PROFILE_PLACES) +
				    0.5 * similar_cosine(a->length_pairs, b->length_pairs, PROFILE_LENGTHS * PROFILE_LENGTHS);
	s.aspects[SIMILAR_CHROMA] = best_correlation(a->chroma, b->chroma, &s.transposition);
	s.aspects[SIMILAR_HARMONY] = 0.5 * similar_cosine(a->degrees, b->degrees, PROFILE_DEGREES) +
				     0.5 * similar_cosine(a->moves, b->moves, PROFILE_DEGREES);
	s.chroma_in_place = correlation(a->chroma, b->chroma, 0);
	compare_texture(a, b, &s);
	for (int i = 0; i < SIMILAR_ASPECT_COUNT; i++)
		s.whole += weights[i] * s.aspects[i];
	int code = similar_runs(a, b, min_notes, &s, err);
	if (code < 0) {
		similarity_done(&s);
		return code;
	}
	*ret = s;
	return 0;
}

int similarity_find(const struct score *a, const struct score *b, size_t min_notes, const struct model_watch *watch,
		    struct similarity *ret, struct err *err)
{
	AUTO(piece_profile) pa = NULL;
	AUTO(piece_profile) pb = NULL;
	int code = piece_profile_make(a, watch, &pa, err);
	if (code < 0)
		return err_wrap(err, code, "the first piece");
	code = piece_profile_make(b, watch, &pb, err);
	if (code < 0)
		return err_wrap(err, code, "the second piece");
	code = similarity_of_profiles(pa, pb, min_notes, ret, err);
	for (size_t i = 0; code == 0 && i < ret->n_runs; i++) {
		(void)score_bar_floor(a, ret->runs[i].from_a, &ret->runs[i].bar_a);
		(void)score_bar_floor(b, ret->runs[i].from_b, &ret->runs[i].bar_b);
	}
	return code;
}

void similarity_done(struct similarity *s)
{
	free(s->runs);
	s->runs = NULL;
	s->n_runs = 0;
}

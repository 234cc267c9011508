#include "music/reshape.h"

#include "music/tidy.h"

#include <math.h>

#include "base/banned.h"

const char *const dynamics_curve_names[DYNAMICS_CURVE_COUNT + 1] = { "keep", "crescendo", "diminuendo", "swell" };

struct range {
	const char *name;
	double value, lo, hi;
};

static int check(const struct range *all, size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++)
		if (!(all[i].value >= all[i].lo && all[i].value <= all[i].hi))
			return err_field(err, -EINVAL, all[i].name, "%s is %g; allowed are %g to %g", all[i].name, all[i].value, all[i].lo,
					 all[i].hi);
	return 0;
}

/* Beats of the music itself: to the last bar line that a note reaches. */
static double music_end(const struct score *s)
{
	double end = 0;
	for (size_t i = 0; i < s->n_voices; i++)
		for (size_t k = 0; k < s->voices[i].n_notes; k++)
			end = fmax(end, s->voices[i].notes[k].start_beats + s->voices[i].notes[k].duration_beats);
	return score_bar_ceil(s, end);
}

static int factor_for(const struct score *s, const struct time_params *p, double *ret, struct err *err)
{
	const struct range ranges[] = { { "stretch", p->stretch, 0.125, 8 }, { "fit_bars", (double)p->fit_bars, 0, 4096 } };
	int code = check(ranges, COUNT_OF(ranges), err);
	if (code < 0)
		return code;
	*ret = p->stretch;
	if (p->fit_bars == 0)
		return 0;
	struct score_meter m = score_meter_at(s, s->pickup_beats);
	double lasts = music_end(s) - s->pickup_beats;
	if (lasts <= 0)
		return err_field(err, -EINVAL, "inputs", "there is nothing to fit into %lld bars", (long long)p->fit_bars);
	*ret = (double)p->fit_bars * score_bar_beats(&m) / lasts;
	if (*ret < 1.0 / 64 || *ret > 64)
		return err_field(err, -EINVAL, "fit_bars", "%lld bars would need a stretch of %g; allowed are 1/64 to 64",
				 (long long)p->fit_bars, *ret);
	return 0;
}

static void stretch_all(struct score *s, double by)
{
	for (size_t i = 0; i < s->n_voices; i++) {
		struct score_voice *v = &s->voices[i];
		for (size_t k = 0; k < v->n_notes; k++) {
			v->notes[k].start_beats *= by;
			v->notes[k].duration_beats *= by;
		}
		for (size_t k = 0; k < v->n_controls; k++)
			v->controls[k].at_beats *= by;
	}
	for (size_t i = 0; i < s->n_tempos; i++)
		s->tempos[i].at_beats *= by;
	for (size_t i = 0; i < s->n_meters; i++)
		s->meters[i].at_beats *= by;
	for (size_t i = 0; i < s->n_keys; i++)
		s->keys[i].at_beats *= by;
	for (size_t i = 0; i < s->n_texts; i++)
		s->texts[i].at_beats *= by;
	s->pickup_beats *= by;
	s->end_beats *= by;
}

/* Controls at the start stay; what comes later says nothing about reversed notes. */
static void keep_first_controls(struct score_voice *v)
{
	size_t kept = 0;
	for (size_t i = 0; i < v->n_controls; i++)
		if (v->controls[i].at_beats <= 1e-9)
			v->controls[kept++] = v->controls[i];
	v->n_controls = kept;
}

static void reverse_all(struct score *s)
{
	double end = music_end(s);
	for (size_t i = 0; i < s->n_voices; i++) {
		struct score_voice *v = &s->voices[i];
		for (size_t k = 0; k < v->n_notes; k++)
			v->notes[k].start_beats = fmax(0, end - v->notes[k].start_beats - v->notes[k].duration_beats);
		keep_first_controls(v);
	}
	for (size_t i = 0; i < s->n_texts; i++)
		free(s->texts[i].text);
	s->n_texts = 0;
	s->n_tempos = s->n_tempos > 1 ? 1 : s->n_tempos;
	s->n_meters = s->n_meters > 1 ? 1 : s->n_meters;
	s->n_keys = s->n_keys > 1 ? 1 : s->n_keys;
	s->pickup_beats = 0;
	s->end_beats = end;
}

int score_retime(const struct score *s, const struct time_params *p, struct score **ret, struct err *err)
{
	AUTO(score) out = NULL;
	double by = 1;
	int code = factor_for(s, p, &by, err);
	if (code == 0)
		code = score_check_end(by * fmax(s->end_beats, 0), err);
	if (code == 0)
		code = score_clone(s, &out, err);
	if (code < 0)
		return code;
	if (by != 1)
		stretch_all(out, by);
	if (p->reverse)
		reverse_all(out);
	(void)score_tidy(out);
	*ret = TAKE(out);
	return 0;
}

static void articulate_voice(struct score_voice *v, const struct articulation_params *p)
{
	for (size_t i = 0, next = 0; i < v->n_notes; i++) {
		struct note *x = &v->notes[i];
		while (next < v->n_notes && v->notes[next].start_beats < x->start_beats + 0.02)
			next++;
		double way = next < v->n_notes ? v->notes[next].start_beats - x->start_beats : 0;
		if (p->legato && way > 0 && way - x->duration_beats <= p->legato_gap_beats)
			x->duration_beats = way;
		x->duration_beats = fmin(p->longest_beats, fmax(p->shortest_beats, x->duration_beats * p->gate));
	}
}

int score_articulate(const struct score *s, const struct articulation_params *p, struct score **ret, struct err *err)
{
	const struct range ranges[] = { { "gate", p->gate, 0.05, 4 }, { "legato_gap_beats", p->legato_gap_beats, 0, 16 },
					{ "shortest_beats", p->shortest_beats, 0, 64 }, { "longest_beats", p->longest_beats, p->shortest_beats, 64 } };
	AUTO(score) out = NULL;
	int code = check(ranges, COUNT_OF(ranges), err);
	if (code == 0)
		code = score_clone(s, &out, err);
	if (code < 0)
		return code;
	for (size_t i = 0; i < out->n_voices; i++)
		articulate_voice(&out->voices[i], p);
	(void)score_tidy(out);
	*ret = TAKE(out);
	return 0;
}

/* What a curve leaves of the loudness at a place of the piece, 0 to 1. */
static double curve_at(const struct dynamics_params *p, double place)
{
	double height = 1;
	if (p->curve == DYNAMICS_CRESCENDO)
		height = place;
	else if (p->curve == DYNAMICS_DIMINUENDO)
		height = 1 - place;
	else if (p->curve == DYNAMICS_SWELL)
		height = 1 - fabs(2 * place - 1);
	return 1 - p->depth * (1 - height);
}

static double mean_velocity(const struct score *s)
{
	double sum = 0, n = (double)score_n_notes(s);
	for (size_t i = 0; i < s->n_voices; i++)
		for (size_t k = 0; k < s->voices[i].n_notes; k++)
			sum += s->voices[i].notes[k].velocity;
	return n > 0 ? sum / n : 0;
}

int score_dynamics(const struct score *s, const struct dynamics_params *p, struct score **ret, struct err *err)
{
	const struct range ranges[] = { { "curve", p->curve, 0, DYNAMICS_CURVE_COUNT - 1 }, { "depth", p->depth, 0, 1 }, { "gain", p->gain, 0.1, 4 },
					{ "contrast", p->contrast, 0, 4 }, { "lo", p->lo, 1, 127 }, { "hi", p->hi, p->lo, 127 } };
	AUTO(score) out = NULL;
	int code = check(ranges, COUNT_OF(ranges), err);
	if (code == 0)
		code = score_clone(s, &out, err);
	if (code < 0)
		return code;
	double mean = mean_velocity(s), end = s->end_beats > 0 ? s->end_beats : 1;
	for (size_t i = 0; i < out->n_voices; i++)
		for (size_t k = 0; k < out->voices[i].n_notes; k++) {
			struct note *x = &out->voices[i].notes[k];
			double v = (mean + p->contrast * (x->velocity - mean)) * p->gain;
			v *= p->curve == DYNAMICS_KEEP ? 1 : curve_at(p, x->start_beats / end);
			x->velocity = (uint8_t)fmin(p->hi, fmax(p->lo, floor(v + 0.5)));
		}
	*ret = TAKE(out);
	return 0;
}

#include "music/humanise.h"

#include "base/rng.h"
#include "music/tidy.h"

#include <math.h>

#include "base/banned.h"

#define ROWS 6
#define TOGETHER_BEATS 0.02

/* A stream of deviations of variance 1. */
struct sway {
	double rows[ROWS];
	uint32_t count;
	double slow, fast; /* weights */
};

static double normal(struct rng *r)
{
	double sum = -6;
	for (int i = 0; i < 12; i++)
		sum += rng_double(r);
	return sum < -3 ? -3 : sum > 3 ? 3 : sum;
}

static void sway_init(struct sway *w, double drift, struct rng *r)
{
	*w = (struct sway){ .slow = sqrt(drift / ROWS), .fast = sqrt(1 - drift) };
	for (int i = 0; i < ROWS; i++)
		w->rows[i] = normal(r);
}

static double sway_next(struct sway *w, struct rng *r)
{
	double sum = 0;
	w->count++;
	for (int i = 0; i < ROWS; i++) {
		if (w->count % (1u << i) == 0)
			w->rows[i] = normal(r);
		sum += w->rows[i];
	}
	return w->slow * sum + w->fast * normal(r);
}

static uint8_t louder(uint8_t velocity, double by)
{
	return (uint8_t)fmin(127, fmax(1, floor(velocity + by + 0.5)));
}

/* The notes of a voice that begin together: off together, and each a little on its own. */
static void move_chord(struct note *x, size_t n, double off, double loud, double beats_per_ms, const struct humanise_params *p, struct rng *r)
{
	for (size_t i = 0; i < n; i++) {
		double own = n > 1 ? p->chord_ms * normal(r) * beats_per_ms : 0;
		double own_loud = n > 1 ? p->velocity / 3 * normal(r) : 0;
		double length = 1 + p->length * normal(r);
		x[i].start_beats = fmax(0, x[i].start_beats + off + own);
		x[i].duration_beats *= fmax(0.2, length);
		x[i].velocity = louder(x[i].velocity, loud + own_loud);
	}
}

static void move_voice(const struct score *s, struct score_voice *v, const struct humanise_params *p, struct rng *r)
{
	struct sway timing, velocity;
	size_t tempo = 0;
	double bpm = 120;
	sway_init(&timing, p->drift, r);
	sway_init(&velocity, p->drift, r);
	for (size_t i = 0; i < v->n_notes;) {
		double at = v->notes[i].start_beats;
		size_t k = i;
		while (k < v->n_notes && v->notes[k].start_beats < at + TOGETHER_BEATS)
			k++;
		for (; tempo < s->n_tempos && s->tempos[tempo].at_beats <= at + 1e-9; tempo++)
			bpm = s->tempos[tempo].bpm;
		double beats_per_ms = fmin(bpm, 1000) / 60000;
		double off = p->timing_ms * sway_next(&timing, r) * beats_per_ms, loud = p->velocity * sway_next(&velocity, r);
		move_chord(&v->notes[i], k - i, off, loud, beats_per_ms, p, r);
		i = k;
	}
}

static int check(const struct humanise_params *p, struct err *err)
{
	const struct {
		const char *name;
		double value, top;
	} all[] = { { "timing_ms", p->timing_ms, 60 }, { "velocity", p->velocity, 30 }, { "length", p->length, 0.5 },
		    { "chord_ms", p->chord_ms, 30 },   { "drift", p->drift, 1 } };
	for (size_t i = 0; i < COUNT_OF(all); i++)
		if (!(all[i].value >= 0 && all[i].value <= all[i].top))
			return err_field(err, -EINVAL, all[i].name, "%s is %g; allowed are 0 to %g", all[i].name, all[i].value, all[i].top);
	return 0;
}

int score_humanise(const struct score *s, const struct humanise_params *p, uint64_t seed, struct score **ret, struct err *err)
{
	AUTO(score) out = NULL;
	int code = check(p, err);
	if (code == 0)
		code = score_clone(s, &out, err);
	if (code < 0)
		return code;
	for (size_t i = 0; i < out->n_voices; i++) {
		struct rng r;
		rng_split(&r, seed, i);
		move_voice(s, &out->voices[i], p, &r);
	}
	(void)score_tidy(out);
	*ret = TAKE(out);
	return 0;
}

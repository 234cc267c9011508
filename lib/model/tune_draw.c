#include "model/tune_draw.h"

#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "dsp/fastmath.h"

#include "base/banned.h"

#define ROOM ((TUNE_TOKENS + 15) & ~15)

struct tune_draw {
	struct tune_run *run;
	struct tune_rules rules;
	struct tune_state state;
	struct rng rng;
	bool closing;                  /* that sound, or a rest behind it, could be the end of a tune */
	int before_1, before_2, sound; /* the two tokens read last; the last sound that was no rest */
	int pickup;                    /* 1: the first bar is a pick-up, and none of those that are asked for */
	int given_lines;               /* bar lines before the first token that was drawn */
	double bits;
	size_t n;
	struct tune_stream past; /* note tokens as written; bar i begins at bars[i], the one that is being written at bars[n_bars] */
	uint32_t bars[TUNE_STEPS_MAX + 1];
	size_t n_bars, since_repeat; /* since_repeat: bars after the last REPEAT */
	uint32_t heard[12]; /* units on each degree as it sounds, repeats not counted */
	uint32_t leave_at; /* the note of this bar from which a copy is left */
	float logits[ROOM], weights[ROOM];
	uint16_t order[TUNE_TOKENS];
};

int tune_draw_new(const struct tune_net *net, const struct tune_rules *rules, uint64_t seed, struct tune_draw **ret,
		  struct err *err)
{
	AUTO(tune_draw) d = mem_new_array(1, sizeof(*d));
	if (!d)
		return err_set(err, -ENOMEM, "tune");
	if (!(rules->temperature > 0) || !(rules->top_p > 0) || rules->highest - rules->lowest < 12)
		return err_set(err, -EINVAL, "the rules leave nothing to draw from");
	int r = tune_run_new(net, TUNE_STEPS_MAX, &d->run, err);
	if (r < 0)
		return r;
	d->rules = *rules;
	d->sound = -1;
	tune_state_init(&d->state);
	rng_init(&d->rng, seed);
	*ret = TAKE(d);
	return 0;
}

void tune_draw_free(struct tune_draw *d)
{
	if (!d)
		return;
	tune_run_free(d->run);
	tune_stream_done(&d->past);
	free(d);
}

double tune_draw_bits(const struct tune_draw *d)
{
	return d->bits;
}

size_t tune_draw_n(const struct tune_draw *d)
{
	return d->n;
}

/* Bars still to be written; -1 where nobody knows. */
static int bars_left(const struct tune_draw *d)
{
	if (!d->rules.bars || d->state.after)
		return -1;
	int left = d->rules.bars - d->state.n_written;
	return left > 0 ? left : 0;
}

/* How many bits the model needs for a token here. */
static double bits_of(struct tune_draw *d, int token)
{
	memcpy(d->weights, d->logits, sizeof(d->weights));
	tune_soften(d->weights, TUNE_TOKENS);
	double p = (double)d->weights[token];
	return -fm_log(p > 1e-30 ? p : 1e-30) * 1.4426950408889634;
}

/* Keeps what is written, for copies to be seen. */
static int remember(struct tune_draw *d, int token, struct err *err)
{
	if (tune_is_note(token))
		return tune_stream_add(&d->past, token, err);
	if (token == TUNE_TOKEN_BAR && d->n_bars < TUNE_STEPS_MAX) {
		uint32_t length = (uint32_t)d->past.n - d->bars[d->n_bars];
		d->bars[++d->n_bars] = (uint32_t)d->past.n;
		d->since_repeat++;
		d->leave_at = (uint32_t)rng_below(&d->rng, length / 2 + 1); /* early enough to be another bar */
	}
	if (tune_is_repeat(token))
		d->since_repeat = 0;
	return 0;
}

/* Bars that begin alike are heard as one, however they end. */
static bool alike(const struct tune_draw *d, size_t a, size_t b)
{
	uint32_t n = d->bars[a + 1] - d->bars[a], m = d->bars[b + 1] - d->bars[b], half = ((n < m ? n : m) + 1) / 2;
	return memcmp(d->past.v + d->bars[a], d->past.v + d->bars[b], half * sizeof(*d->past.v)) == 0;
}

/* Takes out of the tokens that may be drawn those that would copy for too long; n are left, one at least. */
static size_t leave_copies(const struct tune_draw *d, uint16_t *may, size_t n)
{
	size_t bar = d->n_bars, at = d->past.n - d->bars[bar];
	for (size_t lag = 1; d->rules.copy_bars && at >= d->leave_at && lag <= bar; lag++) {
		size_t run = 0, most = lag < (size_t)d->rules.copy_bars ? lag : (size_t)d->rules.copy_bars;
		const uint16_t *then = d->past.v + d->bars[bar - lag], *now = d->past.v + d->bars[bar];
		if (at >= d->bars[bar - lag + 1] - d->bars[bar - lag] || memcmp(then, now, at * sizeof(*now)) != 0)
			continue;
		while (run < most && run + lag < bar && alike(d, bar - 1 - run, bar - 1 - run - lag))
			run++;
		for (size_t i = 0; run >= most && n > 1 && i < n; i++) {
			if (may[i] == then[at])
				may[i] = may[--n];
		}
	}
	return n;
}

static int degree_of(const struct tune_draw *d, int sound)
{
	int degree = sound - TUNE_DEGREE_0 + TUNE_DEGREE_LO;
	return d->rules.home ? tune_home_turn(d->rules.home, degree) : degree;
}

static bool is_tonic(int sound)
{
	return sound >= TUNE_DEGREE_0 && (sound - TUNE_DEGREE_0 + TUNE_DEGREE_LO + 24) % 12 == 0;
}

/* Where in its last bar a tune may end: on every step, at `last` at the latest. */
static const struct {
	uint8_t step, last;
} closes[TUNE_METERS] = { { 48, 48 },  { 48, 48 }, { 24, 24 }, { 24, 24 }, { 36, 36 }, { 36, 72 },
			  { 36, 108 }, { 36, 0 },  { 48, 48 }, { 72, 72 }, { 72, 72 } };

static bool is_close(const struct tune_draw *d, int pos)
{
	return pos <= closes[d->state.meter].last && pos % closes[d->state.meter].step == 0;
}

static void hear(struct tune_draw *d, int token)
{
	int sound = tune_sound_of(token);
	if (sound >= TUNE_DEGREE_0) {
		d->sound = sound;
		d->closing = is_tonic(sound) && is_close(d, d->state.pos - tune_units_of(token));
	}
	if (sound != TUNE_REST && d->sound >= 0)
		d->heard[(degree_of(d, d->sound) + 24) % 12] += (uint32_t)tune_units_of(token);
}

static int read_one(struct tune_draw *d, int token, struct err *err)
{
	struct tune_step step;
	int r = remember(d, token, err);
	if (r < 0)
		return r;
	tune_state_push(&d->state, token);
	tune_step_of(&d->state, token, d->before_1, d->before_2, bars_left(d), &step);
	if (tune_is_note(token))
		hear(d, token);
	else
		d->closing = false;
	d->before_2 = d->before_1;
	d->before_1 = token;
	return tune_run_step(d->run, &step, d->logits, err);
}

int tune_draw_read(struct tune_draw *d, const uint16_t *tokens, size_t n, double *ret_bits, struct err *err)
{
	double bits = 0;
	for (size_t i = 0; i < n; i++) {
		if (!tune_state_may(&d->state, tokens[i]))
			return err_set(err, -EBADMSG, "token %zu (%u) cannot stand there", i, tokens[i]);
		if (ret_bits && d->state.n_header == 3)
			bits += bits_of(d, tokens[i]);
		int r = read_one(d, tokens[i], err);
		if (r < 0)
			return r;
	}
	d->given_lines = d->state.n_written;
	if (ret_bits)
		*ret_bits = bits;
	return 0;
}

/* What is left of a bar can be filled with lengths that occur in tunes; a bar that cannot any more is finished anyhow. */
static bool fills_well(int units)
{
	return units == 0 || (units >= 3 && units != 5);
}

static bool in_scale(const struct tune_draw *d, int degree)
{
	unsigned pc = (unsigned)((degree + 24) % 12);
	if (d->rules.home)
		return d->rules.home->scale >> pc & 1;
	return tune_mode_scales[d->state.mode] >> pc & 1 || (d->state.mode == TUNE_MINOR && pc == 11);
}

/* Units up to where the last note of a tune must have begun, or else to the end of the bar. */
static int goal_of(const struct tune_draw *d, int left)
{
	int last = closes[d->state.meter].last;
	return (d->rules.close && left == 1 && d->state.pos < last ? last : d->state.bar_units) - d->state.pos;
}

/* The last bar comes to rest: on the tonic, held for half of what is left at least. */
static bool may_close(const struct tune_draw *d, int token)
{
	int pos = d->state.pos, units = tune_units_of(token), sound = tune_sound_of(token);
	if (pos + units <= closes[d->state.meter].last)
		return true;
	if (sound < TUNE_DEGREE_0)
		return d->closing;
	return is_tonic(sound) && is_close(d, pos) && 2 * units >= d->state.bar_units - pos;
}

static bool may_sound(const struct tune_draw *d, int sound)
{
	if (sound < TUNE_DEGREE_0)
		return true;
	int degree = degree_of(d, sound);
	return degree >= d->rules.lowest && degree <= d->rules.highest &&
	       (!d->rules.in_key || in_scale(d, sound - TUNE_DEGREE_0 + TUNE_DEGREE_LO));
}

static bool may_note(const struct tune_draw *d, int token, int left)
{
	int rest = goal_of(d, left), after = rest - tune_units_of(token), sound = tune_sound_of(token);
	if (left == 0 || (d->state.at_line && d->rules.bars_most && d->state.n_written >= d->rules.bars_most && left < 0))
		return false;
	if (d->n == 0 && sound == TUNE_HOLD) /* what is new begins anew */
		return false;
	if (sound == TUNE_REST && d->sound < 0 && after == 0) /* a tune begins with its first bar */
		return false;
	if (after < 0) /* beyond where the tune is to end: it has come to rest */
		after += d->state.bar_units - closes[d->state.meter].last;
	if (!may_sound(d, sound) || (fills_well(rest) && (!fills_well(after) || tune_units_of(token) < 3)))
		return false;
	return !d->rules.close || left != 1 || may_close(d, token);
}

static bool is_grouped(const struct tune_draw *d)
{
	return d->rules.group < 2 || (d->state.n_bars - d->pickup) % d->rules.group == 0;
}

static bool may_repeat(const struct tune_draw *d, int token, int left)
{
	const struct tune_repeat *r = &tune_repeats[token - TUNE_TOKEN_REPEAT];
	if (!d->rules.repeats || d->since_repeat < r->bars) /* only what is new is worth it */
		return false;
	if (d->rules.group > 1 && (r->ending % d->rules.group || !is_grouped(d)))
		return false;
	if (left < 0 && d->rules.bars_most && d->state.n_written + r->ending > d->rules.bars_most)
		return false;
	return left < 0 || r->ending <= left;
}

bool tune_draw_may(const struct tune_draw *d, int token)
{
	int left = bars_left(d);
	if (!tune_state_may(&d->state, token) || token == TUNE_TOKEN_AFTER || token == TUNE_TOKEN_BEFORE)
		return false;
	if (tune_is_note(token))
		return may_note(d, token, left);
	if (tune_is_repeat(token))
		return may_repeat(d, token, left);
	if (token == TUNE_TOKEN_END)
		return left == 0 || (left < 0 && d->state.n_written >= TUNE_BARS_LEAST && is_grouped(d));
	return true;
}

/* The likeliest first; of equals the lower token. */
static void sift(const struct tune_draw *d, uint16_t *v, size_t n, size_t i)
{
	for (;;) {
		size_t k = 2 * i + 1;
		if (k >= n)
			return;
		if (k + 1 < n && (d->weights[v[k + 1]] > d->weights[v[k]] ||
				  (d->weights[v[k + 1]] >= d->weights[v[k]] && v[k + 1] < v[k])))
			k++;
		bool above = d->weights[v[i]] > d->weights[v[k]] || (d->weights[v[i]] >= d->weights[v[k]] && v[i] < v[k]);
		if (above)
			return;
		uint16_t x = v[i];
		v[i] = v[k];
		v[k] = x;
		i = k;
	}
}

/* Draws out of a heap of n tokens: the likeliest leave it until top_k or top_p says enough. */
static int choose(struct tune_draw *d, size_t n)
{
	uint16_t kept[TUNE_TOKENS];
	size_t n_kept = 0, most = d->rules.top_k > 0 && (size_t)d->rules.top_k < n ? (size_t)d->rules.top_k : n;
	double sum = 0;
	for (size_t i = n / 2; i-- > 0;)
		sift(d, d->order, n, i);
	while (n_kept < most && (n_kept == 0 || sum < d->rules.top_p)) {
		kept[n_kept++] = d->order[0];
		sum += (double)d->weights[d->order[0]];
		d->order[0] = d->order[--n];
		sift(d, d->order, n, 0);
	}
	double u = rng_double(&d->rng) * sum;
	size_t i = 0;
	while (i + 1 < n_kept && u >= (double)d->weights[kept[i]])
		u -= (double)d->weights[kept[i++]];
	return kept[i];
}

static int draw_one(struct tune_draw *d, struct err *err)
{
	size_t n = 0;
	float packed[ROOM], pull[12] = { 0 };
	for (int t = 1; t < TUNE_TOKENS; t++) {
		if (tune_draw_may(d, t))
			d->order[n++] = (uint16_t)t;
	}
	if (n == 0)
		return err_set(err, -EINVAL, "the rules leave nothing to go on with");
	n = leave_copies(d, d->order, n);
	if (d->rules.home)
		tune_home_pull(d->rules.home, d->heard, pull);
	for (size_t i = 0; i < n; i++) {
		int sound = tune_is_note(d->order[i]) ? tune_sound_of(d->order[i]) : TUNE_REST;
		float x = d->logits[d->order[i]];
		if (sound >= TUNE_DEGREE_0)
			x += pull[(sound - TUNE_DEGREE_0 + TUNE_DEGREE_LO + 24) % 12];
		packed[i] = x / (float)d->rules.temperature;
	}
	tune_soften(packed, n);
	for (size_t i = 0; i < n; i++)
		d->weights[d->order[i]] = packed[i];
	return choose(d, n);
}

/* Share of the bars that are to be written; where the model ends the tune, of as many as may be. */
static double done(const struct tune_draw *d)
{
	int all = d->rules.bars ? d->rules.bars : d->rules.bars_most ? d->rules.bars_most : TUNE_BARS_MAX;
	int written = d->state.n_written - d->given_lines;
	return all > d->given_lines && written < all - d->given_lines ? (double)written / (all - d->given_lines) : 1;
}

/* A pick-up is none of the bars. */
static void take_pickup(struct tune_draw *d)
{
	d->pickup = 1;
	d->rules.bars += d->rules.bars > 0;
	d->rules.bars_most += d->rules.bars_most > 0;
}

int tune_draw_write(struct tune_draw *d, const struct model_watch *watch, struct tune_stream *to, struct err *err)
{
	while (!d->state.ended) {
		if (model_cancelled(watch))
			return err_set(err, -ECANCELED, "cancelled");
		int token = draw_one(d, err);
		if (token < 0)
			return token;
		bool begins = d->n == 0 && d->state.n_bars == 0;
		if (begins && tune_is_note(token) && tune_sound_of(token) == TUNE_REST)
			take_pickup(d);
		d->bits += bits_of(d, token);
		d->n++;
		int r = tune_stream_add(to, token, err);
		if (r == 0)
			r = read_one(d, token, err);
		if (r < 0)
			return r;
		if (token == TUNE_TOKEN_BAR)
			model_progress(watch, done(d), "writing bars");
	}
	return 0;
}

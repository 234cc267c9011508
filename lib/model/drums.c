#include "model/drums.h"

#include "base/limits.h"
#include "base/rng.h"
#include "model/drum_fill_priv.h"
#include "model/drum_grid_priv.h"
#include "model/drum_hits_priv.h"
#include "model/drum_styles_priv.h"
#include "music/drum_kit.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define NAME(id, name) [DRUM_STYLE_##id] = (name),
const char *const drum_style_names[] = { DRUM_STYLES(NAME) NULL };
const char *const drum_curve_names[] = { "steady", "rise", "fall", "arch", "wave", "sections", NULL };
_Static_assert(COUNT_OF(drum_curve_names) == DRUM_CURVE_COUNT + 1, "every curve has a name");

static const struct model_param rows[] = {
	PARAM_CHOICE(drums_params, style, drum_style_names, DRUM_STYLE_ROCK, "what is played"),
	PARAM_INT(drums_params, bars, 0, 256, 0, "bars", "length; 0: that of the piece to play with, 8 without one"),
	PARAM_TEXT(drums_params, meter, "", "1/1 to 16/16, like 7/8; empty: that of the piece to play with, else the style's own"),
	PARAM_NUM(drums_params, bpm, 0, 400, 0, "quarter notes a minute", "tempo; 0: that of the piece to play with, else the style's own"),
	PARAM_NUM(drums_params, density, 0, 1, 0.5, "", "0: what makes the style, 1: every stroke that fits"),
	PARAM_NUM(drums_params, intensity, 0, 1, 0.6, "", "from soft to loud; loud bars have other cymbals and more strokes"),
	PARAM_CHOICE(drums_params, curve, drum_curve_names, DRUM_CURVE_STEADY, "how the intensity goes through the piece"),
	PARAM_INT(drums_params, fill_every, 0, 64, 4, "bars", "length of a phrase, which ends with a fill; 0: no fills"),
	PARAM_NUM(drums_params, swing, -1, 1, -1, "", "0 straight, 1 triplets; -1: the style's own"),
	PARAM_NUM(drums_params, humanise, 0, 1, 0.3, "", "from exact to loose, in time and strength"),
	PARAM_NUM(drums_params, follow, 0, 1, 0.7, "", "how much the kick goes with the bass of the piece to play with"),
};
const struct model_table drums_table = MODEL_TABLE(rows);

struct drummer {
	const struct drums_params *p;
	const struct drum_style *style;
	const struct score *with;
	uint64_t seed;
	int64_t density_milli, intensity_milli, swing_milli, humanise_milli, follow_milli;
	int64_t n_bars, phrase_bars;
	size_t grooves[2]; /* of section A and of section B */
	double from_beats; /* where bar 1 begins */
	uint8_t *bass;     /* a flag for each 40 ticks from there: a bass note begins; NULL without a score */
	size_t n_bass;
	struct drum_hits hits;
	struct drums_report report;
};

/* One bar: where it stands in the form and how it is to be played. */
struct bar {
	int64_t index, at;
	int64_t in_phrase, section;
	int64_t intensity_milli, density_milli;
	bool fill, redrawn, after_fill;
	size_t stop; /* the step where its fill begins, all steps without one */
};

static int64_t milli(double v)
{
	return (int64_t)(v * 1000 + 0.5);
}

static int64_t within(int64_t v, int64_t lo, int64_t hi)
{
	return v < lo ? lo : v > hi ? hi : v;
}

#define BASS_TICKS 40

/* Where bass notes begin: of the notes that begin together the lowest, where it lies below the middle of the keyboard. */
static int hear_bass(struct drummer *d, struct err *err)
{
	size_t n = 0;
	struct note AUTO_MEM *notes = score_merge_notes(d->with, &n);
	if (!notes && score_n_notes(d->with))
		return err_set(err, -ENOMEM, "drums");
	double end = score_bar_start(d->with, d->n_bars + 1);
	double cells = (end - d->from_beats) * DRUM_TICKS / BASS_TICKS;
	d->n_bass = cells > 0 && cells < 1e7 ? (size_t)cells + 1 : 0;
	d->bass = mem_new_array(d->n_bass, 1);
	if (!d->bass)
		return err_set(err, -ENOMEM, "drums");
	for (size_t i = 0; i < n; i++) {
		bool lowest = i == 0 || notes[i].start_beats > notes[i - 1].start_beats;
		double cell = (notes[i].start_beats - d->from_beats) * DRUM_TICKS / BASS_TICKS + 0.5;
		if (lowest && notes[i].channel != DRUM_CHANNEL && notes[i].pitch < 56 && cell >= 0 && cell < (double)d->n_bass)
			d->bass[(size_t)cell] = 1;
	}
	return 0;
}

static bool bass_at(const struct drummer *d, int64_t tick)
{
	size_t cell = (size_t)((tick + BASS_TICKS / 2) / BASS_TICKS);
	return d->bass && cell < d->n_bass && d->bass[cell];
}

static int64_t intensity_of(const struct drummer *d, int64_t bar, int64_t section)
{
	int64_t span = d->n_bars > 1 ? d->n_bars - 1 : 1, x = bar * 1000 / span, more = 0;
	switch ((enum drum_curve)d->p->curve) {
	case DRUM_CURVE_RISE: more = x * 7 / 10 - 350; break;
	case DRUM_CURVE_FALL: more = 350 - x * 7 / 10; break;
	case DRUM_CURVE_ARCH: more = 300 - (x > 500 ? x - 500 : 500 - x) * 12 / 10; break;
	case DRUM_CURVE_WAVE: more = (bar % d->phrase_bars) * 400 / d->phrase_bars - 200; break;
	case DRUM_CURVE_SECTIONS: more = section % 4 == 2 ? 250 : -100; break;
	default: break;
	}
	return within(d->intensity_milli + more, 0, 1000);
}

static struct bar bar_of(const struct drummer *d, int64_t index, int64_t at)
{
	struct bar b = { .index = index, .at = at, .in_phrase = index % d->phrase_bars, .section = index / (2 * d->phrase_bars) };
	b.intensity_milli = intensity_of(d, index, b.section);
	b.density_milli = within(d->density_milli + (b.intensity_milli - 600) / 3, 0, 1000);
	bool last = b.in_phrase == d->phrase_bars - 1;
	b.fill = d->p->fill_every > 0 && last && d->n_bars > 1;
	b.after_fill = d->p->fill_every > 0 && b.in_phrase == 0 && index > 0;
	b.redrawn = (last && !b.fill) || (d->phrase_bars >= 8 && index % 4 == 3);
	return b;
}

/* Tenths of likelihood at medium density; fewer at low, all of them at full density. */
static int64_t likelihood(int tenths, int64_t density_milli)
{
	int64_t p = tenths * 100;
	if (density_milli <= 500)
		return p * 2 * density_milli / 1000;
	return p + (1000 - p) * (2 * density_milli - 1000) / 1000;
}

static bool is_kick(const struct drum_layer *l)
{
	return l->drum == DRUM_KICK || l->drum == DRUM_KICK_SOFT;
}

static bool drawn(const struct drummer *d, const struct bar *b, size_t layer, size_t step, int tenths, int64_t tick)
{
	struct rng r;
	bool second = b->section % 4 == 2;
	uint64_t place = ((uint64_t)layer * 256 + step) * 64 + (uint64_t)(b->index % d->style->bars);
	rng_split(&r, d->seed, place * 4 + second + (b->redrawn ? 2u : 0u));
	int64_t p = likelihood(tenths, b->density_milli);
	if (d->bass && is_kick(&d->style->layers[layer]))
		p = bass_at(d, tick) ? p + (1000 - p) * d->follow_milli / 1000 : p - p * d->follow_milli / 1000;
	return (int64_t)rng_below(&r, 1000) < p;
}

static int64_t strength(const struct drum_layer *l, const struct bar *b, int base)
{
	return base * (550 + 750 * b->intensity_milli / 1000) / 1000 * (l->pulse ? 85 : 100) / 100;
}

static int strike(struct drummer *d, const struct drum_grid *g, const struct bar *b, size_t layer, size_t step, struct err *err)
{
	const struct drum_layer *l = &d->style->layers[layer];
	char sign = drum_grid_sign(g, d->style, l, b->index, step);
	int64_t at = b->at + g->at[step];
	int32_t length = g->length[step] / 2;
	bool maybe = sign >= '1' && sign <= '9', ghost = sign >= 'a' && sign <= 'i';
	/* The kick may go with a bass note that the pattern does not know. */
	if (sign == '.' && is_kick(l) && d->bass && d->follow_milli >= 500 && bass_at(d, at)) {
		maybe = true;
		sign = '2';
	}
	if (sign == '.' || ((maybe || ghost) && !drawn(d, b, layer, step, maybe ? sign - '0' : sign - 'a' + 1, at)))
		return 0;
	int base = ghost || sign == 'o' ? 46 : sign == 'X' || sign == 'F' ? 114 : sign == 'R' ? 82 : 92;
	int64_t velocity = strength(l, b, base);
	int code = 0;
	if (sign == 'F' && at >= 24)
		code = drum_hits_add(&d->hits, at - 24, 12, l->drum, velocity / 2, err);
	if (code == 0 && sign == 'R')
		code = drum_hits_add(&d->hits, at + g->length[step] / 2, length / 2, l->drum, velocity - 8, err);
	return code < 0 ? code : drum_hits_add(&d->hits, at, sign == 'R' ? length / 2 : length, l->drum, velocity, err);
}

static bool plays(const struct drummer *d, const struct bar *b, const struct drum_layer *l)
{
	int64_t percent = b->intensity_milli / 10;
	char groove = (char)('A' + d->grooves[b->section % 4 == 2]);
	return percent >= l->lo && percent <= l->hi && (!l->grooves[0] || strchr(l->grooves, groove));
}

static int arrive(struct drummer *d, const struct drum_grid *g, const struct bar *b, struct err *err)
{
	int drum = drum_fill_arrival(d->style->fill);
	int32_t ring = g->bar_ticks < 2 * DRUM_TICKS ? g->bar_ticks : 2 * DRUM_TICKS;
	int64_t velocity = 100 * (550 + 750 * b->intensity_milli / 1000) / 1000;
	return drum && b->intensity_milli >= 300 ? drum_hits_add(&d->hits, b->at, ring, drum, velocity, err) : 0;
}

static int play_bar(struct drummer *d, const struct drum_grid *g, struct bar *b, struct err *err)
{
	struct rng r;
	rng_split(&r, d->seed, UINT64_C(1) << 40 | (uint64_t)b->index);
	b->stop = g->n_steps;
	if (b->fill) {
		bool large = (b->index / d->phrase_bars) % 2 == 1 && b->intensity_milli >= 500;
		size_t n = drum_fill_groups(g, b->density_milli, large, &r);
		b->stop = g->groups[g->n_groups - n].first;
	}
	int code = b->after_fill ? arrive(d, g, b, err) : 0;
	for (size_t l = 0; l < d->style->n_layers; l++) {
		for (size_t i = 0; i < b->stop && code == 0 && plays(d, b, &d->style->layers[l]); i++)
			code = strike(d, g, b, l, i, err);
	}
	if (code == 0 && b->fill) {
		d->report.n_fills++;
		code = drum_fill_make(g, d->style->fill, b->stop, b->at, b->density_milli, b->intensity_milli, &r, &d->hits, err);
	}
	return code;
}

static int tell(const struct drummer *d, const struct model_watch *watch, int64_t bar, struct err *err)
{
	char what[64];
	if (model_cancelled(watch))
		return err_set(err, -ECANCELED, "cancelled in bar %lld of %lld", (long long)bar + 1, (long long)d->n_bars);
	(void)snprintf(what, sizeof(what), "bar %lld of %lld", (long long)bar + 1, (long long)d->n_bars);
	model_progress(watch, (double)bar / (double)d->n_bars, what);
	return 0;
}

/* The meter of a bar: as asked for, else the score's there, else the style's own. */
static int meter_at(const struct drummer *d, double beats, unsigned *ret_num, unsigned *ret_den, struct err *err)
{
	if (d->p->meter[0])
		return drum_meter_parse(d->p->meter, ret_num, ret_den, err);
	*ret_num = d->style->num;
	*ret_den = d->style->den;
	if (d->with) {
		struct score_meter m = score_meter_at(d->with, beats);
		*ret_num = m.num;
		*ret_den = m.den;
	}
	return 0;
}

static int play(struct drummer *d, const struct model_watch *watch, struct score *s, struct err *err)
{
	struct drum_grid g = { 0 };
	int64_t at = 0;
	for (int64_t i = 0; i < d->n_bars; i++) {
		double beats = d->from_beats + (double)at / DRUM_TICKS;
		unsigned num, den;
		int code = tell(d, watch, i, err);
		if (code == 0)
			code = meter_at(d, beats + 1e-6, &num, &den, err);
		if (code == 0 && (num != g.num || den != g.den)) {
			code = drum_grid_init(&g, num, den, d->swing_milli, d->style->swing, err);
			if (code == 0)
				code = score_set_meter(s, i ? beats : 0, num, den, err);
		}
		struct bar b = bar_of(d, i, at);
		if (code == 0)
			code = play_bar(d, &g, &b, err);
		if (code < 0)
			return code;
		if (i == 0) {
			d->report.num = g.num;
			d->report.den = g.den;
		}
		at += g.bar_ticks;
	}
	drum_hits_humanise(&d->hits, d->humanise_milli, d->seed, at);
	drum_hits_tidy(&d->hits);
	s->end_beats = d->from_beats + (double)at / DRUM_TICKS;
	return 0;
}

/* The tempo asked for; else all of the score's; else the style's own. */
static int set_tempo(struct drummer *d, struct score *s, struct err *err)
{
	double bpm = d->p->bpm > 0 ? d->p->bpm : d->with ? score_bpm_at(d->with, 0) : d->style->bpm;
	int code = score_set_tempo(s, 0, bpm, err);
	d->report.bpm = bpm;
	for (size_t i = 0; code == 0 && d->with && d->p->bpm == 0 && i < d->with->n_tempos; i++)
		code = score_set_tempo(s, d->with->tempos[i].at_beats, d->with->tempos[i].bpm, err);
	return code;
}

static int begin(struct drummer *d, struct score *s, size_t *ret_voice, struct err *err)
{
	int code = set_tempo(d, s, err);
	s->pickup_beats = d->from_beats;
	if (code == 0)
		code = score_add_voice(s, "drums", ret_voice, err);
	struct score_control kit = { .kind = SCORE_PROGRAM, .channel = DRUM_CHANNEL, .value = d->style->program };
	return code < 0 ? code : score_add_control(s, *ret_voice, &kit, err);
}

static void choose(struct drummer *d)
{
	struct rng r;
	rng_init(&r, d->seed);
	size_t n = d->style->grooves;
	d->grooves[0] = (size_t)rng_below(&r, n);
	d->grooves[1] = n > 1 ? (d->grooves[0] + 1 + (size_t)rng_below(&r, n - 1)) % n : d->grooves[0];
}

static int make(struct drummer *d, const struct model_watch *watch, struct score **ret, struct err *err)
{
	AUTO(score) s = score_new();
	size_t voice = 0;
	int code = s ? 0 : err_set(err, -ENOMEM, "drums");
	if (code == 0 && d->with)
		code = hear_bass(d, err);
	if (code == 0)
		code = begin(d, s, &voice, err);
	if (code == 0)
		code = play(d, watch, s, err);
	double end = s ? s->end_beats : 0;
	if (code == 0)
		code = drum_hits_write(&d->hits, d->from_beats, s, voice, err);
	if (code < 0)
		return code;
	score_sort(s);
	s->end_beats = end;
	d->report.n_notes = (int64_t)d->hits.n;
	*ret = TAKE(s);
	model_progress(watch, 1, "done");
	return 0;
}

int drums_make(const struct drums_params *params, const struct score *with, uint64_t seed, const struct model_watch *watch,
	       struct score **ret, struct drums_report *ret_report, struct err *err)
{
	int code = model_params_check(&drums_table, params, err);
	if (code == 0 && params->bpm > 0 && params->bpm < 20)
		code = err_field(err, -EINVAL, "params.bpm", "bpm is %g; allowed are 20 to 400, or 0", params->bpm);
	if (code < 0)
		return code;
	struct drummer d = { .p = params, .style = &drum_styles[params->style], .with = with, .seed = seed };
	d.density_milli = milli(params->density);
	d.intensity_milli = milli(params->intensity);
	d.swing_milli = params->swing < 0 ? d.style->swing_percent * 10 : milli(params->swing);
	d.humanise_milli = milli(params->humanise);
	d.follow_milli = milli(params->follow);
	d.phrase_bars = params->fill_every > 0 ? params->fill_every : 4;
	int64_t of_score = with ? within(score_n_bars(with), 1, 256) : 8;
	d.n_bars = params->bars > 0 ? params->bars : of_score;
	d.from_beats = with ? with->pickup_beats : 0;
	choose(&d);
	code = make(&d, watch, ret, err);
	if (code == 0 && ret_report) {
		d.report.n_bars = d.n_bars;
		*ret_report = d.report;
	}
	free(d.hits.v);
	free(d.bass);
	return code;
}

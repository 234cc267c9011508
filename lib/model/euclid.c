#include "model/euclid.h"

#include "base/rng.h"
#include "base/str.h"
#include "model/drum_grid_priv.h"
#include "model/drum_hits_priv.h"
#include "music/drum_kit.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static const char *const cycle_names[] = { "bar", "step", NULL };

static const struct model_param rows[] = {
	PARAM_TEXT(euclid_params, pattern, "kick 4/16, snare 2/16@4, hat 7/16",
		   "drums with strokes/steps, @ how many steps later, * strength: \"kick 3/8, rim 5/16@2*70\""),
	PARAM_INT(euclid_params, bars, 1, 256, 4, "bars", "length"),
	PARAM_TEXT(euclid_params, meter, "4/4", "1/1 to 16/16, like 7/8"),
	PARAM_NUM(euclid_params, bpm, 20, 400, 110, "quarter notes a minute", "tempo"),
	PARAM_CHOICE(euclid_params, cycle, cycle_names, EUCLID_CYCLE_BAR,
		     "bar: each pattern fills a bar, however many steps it has; step: each step is a sixteenth, and patterns drift"),
	PARAM_NUM(euclid_params, accent, 0, 1, 0.4, "", "how much stronger the strokes on beats are"),
	PARAM_NUM(euclid_params, swing, 0, 1, 0, "", "of sixteenths: 0 straight, 1 triplets"),
	PARAM_NUM(euclid_params, humanise, 0, 1, 0.2, "", "from exact to loose, in time and strength"),
	PARAM_NUM(euclid_params, chance, 0, 0.9, 0, "", "how likely a stroke is left out; the first of a bar never is"),
};
const struct model_table euclid_table = MODEL_TABLE(rows);

/* One group of flags; all groups of a kind are alike. */
struct cell {
	bool flags[EUCLID_STEPS_MAX];
	int n;
};

static void cell_join(struct cell *a, const struct cell *b)
{
	memcpy(a->flags + a->n, b->flags, (size_t)b->n);
	a->n += b->n;
}

void euclid_rhythm(int k, int n, bool ret[])
{
	struct cell a = { { true }, 1 }, b = { { false }, 1 };
	int n_a = k, n_b = n - k;
	/* A single empty step is shared out, too: E(3,4) is x.xx in the published list. */
	for (bool first = n_b > 0; n_a > 0 && (n_b > 1 || first); first = false) {
		struct cell before = a;
		int pairs = n_a < n_b ? n_a : n_b;
		cell_join(&a, &b);
		if (n_a > n_b) { /* what got no partner is what is left over now */
			b = before;
			n_b = n_a - pairs;
		} else {
			n_b -= pairs;
		}
		n_a = pairs;
	}
	int at = 0;
	for (int i = 0; i < n_a; i++, at += a.n)
		memcpy(ret + at, a.flags, (size_t)a.n);
	for (int i = 0; i < n_b; i++, at += b.n)
		memcpy(ret + at, b.flags, (size_t)b.n);
}

struct part {
	int drum, k, n, rotation, strength;
	bool flags[EUCLID_STEPS_MAX];
};

struct parts {
	struct part v[EUCLID_DRUMS_MAX];
	size_t n;
};

static int wrong(const char *text, const char *at, struct err *err, const char *what)
{
	int r = err_field(err, -EINVAL, "params.pattern", "%s at '%.24s' (character %zu)", what, at, (size_t)(at - text) + 1);
	return err_hint(err, r, "write it like \"kick 4/16, snare 2/16@4, hat 7/16*80\"");
}

static const char *blanks(const char *at)
{
	while (*at == ' ' || *at == '\t')
		at++;
	return at;
}

/* At most four digits, with a sign; false when there is no number or it is outside. */
static bool number(const char **at, int lo, int hi, int *ret)
{
	const char *p = blanks(*at);
	bool minus = *p == '-';
	int v = 0, n = 0;
	for (p += minus; *p >= '0' && *p <= '9' && n < 4; p++, n++)
		v = v * 10 + *p - '0';
	v = minus ? -v : v;
	if (n == 0 || v < lo || v > hi)
		return false;
	*ret = v;
	*at = p;
	return true;
}

static int read_drum(const char *text, const char **at, struct part *p, struct err *err)
{
	char name[24];
	size_t n = strcspn(*at, " \t/,@*");
	int key;
	const char *digits = *at;
	if (number(&digits, 0, 127, &key) && digits == *at + n) {
		p->drum = key;
		*at = digits;
		return 0;
	}
	if (n == 0 || n >= sizeof(name))
		return wrong(text, *at, err, "the name of a drum is missing");
	memcpy(name, *at, n);
	name[n] = '\0';
	p->drum = drum_of_name(name);
	if (p->drum < 0) {
		const char *near = drum_nearest_name(name);
		int r = err_field(err, -EINVAL, "params.pattern", "there is no drum '%s' (character %zu)", name, (size_t)(*at - text) + 1);
		return near ? err_hint(err, r, "did you mean '%s'?", near) : r;
	}
	*at += n;
	return 0;
}

static int read_part(const char *text, const char **at, struct part *p, struct err *err)
{
	*p = (struct part){ .strength = 96 };
	*at = blanks(*at);
	int code = read_drum(text, at, p, err);
	if (code < 0)
		return code;
	if (!number(at, 0, EUCLID_STEPS_MAX, &p->k))
		return wrong(text, *at, err, "the number of strokes (0 to 64) is missing");
	*at = blanks(*at);
	const char *slash = *at;
	*at += *slash == '/';
	if (*slash != '/' || !number(at, 1, EUCLID_STEPS_MAX, &p->n))
		return wrong(text, *at, err, "'/' and the number of steps (1 to 64) are missing");
	if (p->k > p->n)
		return wrong(text, slash, err, "more strokes than steps");
	for (*at = blanks(*at); **at == '@' || **at == '*'; *at = blanks(*at)) {
		bool turn = **at == '@';
		(*at)++;
		if (turn ? !number(at, -EUCLID_STEPS_MAX, EUCLID_STEPS_MAX, &p->rotation) : !number(at, 1, 127, &p->strength))
			return wrong(text, *at, err, turn ? "steps (-64 to 64) are missing" : "a strength (1 to 127) is missing");
	}
	euclid_rhythm(p->k, p->n, p->flags);
	return 0;
}

static int read_pattern(const char *text, struct parts *ret, struct err *err)
{
	const char *at = text;
	ret->n = 0;
	for (;;) {
		if (ret->n == EUCLID_DRUMS_MAX)
			return wrong(text, at, err, "more than 8 drums");
		int code = read_part(text, &at, &ret->v[ret->n], err);
		if (code < 0)
			return code;
		ret->n++;
		if (*at == '\0')
			return 0;
		if (*at != ',')
			return wrong(text, at, err, "a comma is missing");
		at++;
	}
}

static bool struck(const struct part *p, int64_t step)
{
	int64_t i = (step - p->rotation) % p->n;
	return p->flags[i < 0 ? i + p->n : i];
}

struct euclidist {
	const struct euclid_params *p;
	uint64_t seed;
	struct parts parts;
	struct drum_grid grid;
	struct drum_hits hits;
	int64_t swing_milli, accent_milli, chance_milli;
};

static bool on_beat(const struct drum_grid *g, int64_t in_bar)
{
	for (size_t i = 0; i < g->n_groups; i++)
		if (g->groups[i].at == in_bar)
			return true;
	return false;
}

/* Sixteenths come in pairs; the second of a pair is late. */
static int64_t swung(const struct euclidist *e, int64_t at)
{
	return at % 240 == 120 ? at + 40 * e->swing_milli / 1000 : at;
}

static int strike(struct euclidist *e, const struct part *p, int64_t at, struct err *err)
{
	int64_t bar = e->grid.bar_ticks, in_bar = at % bar;
	struct rng r;
	rng_split(&r, e->seed, (uint64_t)at * 128 + (uint64_t)p->drum);
	if (in_bar != 0 && (int64_t)rng_below(&r, 1000) < e->chance_milli)
		return 0;
	int64_t more = in_bar == 0 ? 30 : on_beat(&e->grid, in_bar) ? 15 : -15;
	return drum_hits_add(&e->hits, swung(e, at), 60, p->drum, p->strength + more * e->accent_milli / 1000, err);
}

static int play(struct euclidist *e, const struct part *p, struct err *err)
{
	int64_t bar = e->grid.bar_ticks, end = bar * e->p->bars;
	int code = 0;
	for (int64_t step = 0; code == 0; step++) {
		int64_t at = e->p->cycle == EUCLID_CYCLE_STEP ? step * 120 : step / p->n * bar + step % p->n * bar / p->n;
		if (at >= end)
			break;
		if (struck(p, step))
			code = strike(e, p, at, err);
	}
	return code;
}

static int make(struct euclidist *e, const struct model_watch *watch, struct score **ret, struct err *err)
{
	AUTO(score) s = score_new();
	size_t voice;
	int code = s ? score_set_tempo(s, 0, e->p->bpm, err) : err_set(err, -ENOMEM, "euclid");
	if (code == 0)
		code = score_set_meter(s, 0, e->grid.num, e->grid.den, err);
	if (code == 0)
		code = score_add_voice(s, "drums", &voice, err);
	for (size_t i = 0; i < e->parts.n && code == 0; i++) {
		model_progress(watch, (double)i / (double)e->parts.n, drum_name(e->parts.v[i].drum));
		code = model_cancelled(watch) ? err_set(err, -ECANCELED, "cancelled at drum %zu of %zu", i + 1, e->parts.n) :
						play(e, &e->parts.v[i], err);
	}
	if (code < 0)
		return code;
	int64_t end = e->grid.bar_ticks * e->p->bars;
	drum_hits_humanise(&e->hits, (int64_t)(e->p->humanise * 1000 + 0.5), e->seed, end);
	drum_hits_tidy(&e->hits);
	code = drum_hits_write(&e->hits, 0, s, voice, err);
	if (code < 0)
		return code;
	score_sort(s);
	s->end_beats = (double)end / DRUM_TICKS;
	model_progress(watch, 1, "done");
	*ret = TAKE(s);
	return 0;
}

int euclid_make(const struct euclid_params *params, uint64_t seed, const struct model_watch *watch, struct score **ret,
		struct euclid_report *ret_report, struct err *err)
{
	struct euclidist e = { .p = params, .seed = seed };
	unsigned num, den;
	int code = model_params_check(&euclid_table, params, err);
	if (code == 0)
		code = drum_meter_parse(params->meter, &num, &den, err);
	if (code == 0)
		code = drum_grid_init(&e.grid, num, den, 0, DRUM_SWING_SIXTEENTHS, err);
	if (code == 0)
		code = read_pattern(params->pattern, &e.parts, err);
	if (code < 0)
		return code;
	e.swing_milli = (int64_t)(params->swing * 1000 + 0.5);
	e.accent_milli = (int64_t)(params->accent * 1000 + 0.5);
	e.chance_milli = (int64_t)(params->chance * 1000 + 0.5);
	code = make(&e, watch, ret, err);
	if (code == 0 && ret_report)
		*ret_report = (struct euclid_report){ params->bars, (int64_t)e.hits.n, (int64_t)e.parts.n };
	free(e.hits.v);
	return code;
}

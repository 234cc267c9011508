#include "model/tunes.h"

#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "model/tune.h"
#include "model/tune_draw.h"
#include "model/tune_regroup.h"
#include "music/excerpt.h"

#include "base/banned.h"

#define CONTEXT_BARS 64    /* of a piece that is gone on from */
#define CONTEXT_TOKENS 900
#define BRIDGE_BARS 12     /* before a gap, as the model has learned it */
#define AFTER_BARS 4       /* behind it */
#define ARRIVAL_BARS 2     /* by which a try is judged */
#define RANGE_MORE 4       /* semitones beyond what a piece has used */

const char *const tunes_key_names[] = { "C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B", NULL };

/* Those of tune_meter_names, and at the end the one that asks for what the form is danced in. */
static const char *const meter_names[] = { "4/4", "2/2", "2/4", "3/4", "6/8", "9/8", "12/8", "3/8", "3/2", "6/4", "5/4", "auto", NULL };
_Static_assert(COUNT_OF(meter_names) == TUNE_METERS + 2, "the names of the meters and auto");

#define TASTE(type) \
	{ "temperature", "below 1 the likeliest, above 1 the boldest", "", MODEL_PARAM_NUM, 0.05, 4, 1, \
	  offsetof(struct type, taste.temperature), NULL, 0, NULL }, \
	{ "top_p", "draw from the likeliest notes that together have this likelihood", "", MODEL_PARAM_NUM, 0.05, 1, 0.98, \
	  offsetof(struct type, taste.top_p), NULL, 0, NULL }, \
	{ "top_k", "draw from so many of the likeliest notes; 0: from all", "", MODEL_PARAM_INT, 0, 512, 0, \
	  offsetof(struct type, taste.top_k), NULL, 0, NULL }, \
	{ "copy_bars", "longest stretch that is taken up again unchanged in one piece; 0: any", "bars", MODEL_PARAM_INT, 0, 32, 3, \
	  offsetof(struct type, taste.copy_bars), NULL, 0, NULL }, \
	{ "accidentals", "allow notes outside the scale", "", MODEL_PARAM_FLAG, 0, 1, 0, \
	  offsetof(struct type, taste.accidentals), NULL, 0, NULL }

static const struct model_param sample_rows[] = {
	PARAM_CHOICE(tunes_sample_params, key, tunes_key_names, 2, "the tonic"),
	PARAM_CHOICE(tunes_sample_params, mode, tune_mode_names, TUNE_MAJOR, "the scale above it"),
	PARAM_CHOICE(tunes_sample_params, meter, meter_names, TUNES_METER_AUTO, "the meter; auto: the form's own, else 4/4"),
	PARAM_CHOICE(tunes_sample_params, form, tune_form_names, TUNE_ANY, "the kind of tune; a meter that is asked for should fit it"),
	PARAM_INT(tunes_sample_params, bars, 0, 64, 16, "bars", "bars as written, repeats not counted; 0: as many as it likes"),
	PARAM_FLAG(tunes_sample_params, repeats, 1, "parts may be repeated"),
	PARAM_FLAG(tunes_sample_params, close, 1, "end on the tonic"),
	PARAM_NUM(tunes_sample_params, bpm, 0, 400, 0, "quarter notes a minute", "tempo; 0: what is usual"),
	PARAM_INT(tunes_sample_params, lowest, 0, 115, 55, "", "lowest MIDI pitch"),
	PARAM_INT(tunes_sample_params, highest, 12, 127, 88, "", "highest MIDI pitch, an octave above the lowest at least"),
	PARAM_INT(tunes_sample_params, program, 0, 127, 40, "", "General MIDI program, from 0"),
	TASTE(tunes_sample_params),
};
const struct model_table tunes_sample_table = MODEL_TABLE(sample_rows);

static const struct model_param continue_rows[] = {
	PARAM_INT(tunes_continue_params, bars, 1, 64, 8, "bars", "new bars"),
	PARAM_INT(tunes_continue_params, lead_in_bars, 0, 8, 0, "bars", "bars of the piece's end to put before them, for a crossfade"),
	PARAM_FLAG(tunes_continue_params, close, 1, "end on the tonic"),
	TASTE(tunes_continue_params),
};
const struct model_table tunes_continue_table = MODEL_TABLE(continue_rows);

static const struct model_param bridge_rows[] = {
	PARAM_INT(tunes_bridge_params, bars, 1, 32, 4, "bars", "new bars"),
	PARAM_INT(tunes_bridge_params, lead_in_bars, 0, 8, 0, "bars", "bars of the first piece's end to put before them, for a crossfade"),
	PARAM_INT(tunes_bridge_params, tries, 1, 16, 6, "", "ways over that are written; the one that arrives best is kept"),
	TASTE(tunes_bridge_params),
};
const struct model_table tunes_bridge_table = MODEL_TABLE(bridge_rows);

static void set_taste(const struct tunes_taste *t, struct tune_rules *r)
{
	r->temperature = t->temperature;
	r->top_p = t->top_p;
	r->top_k = t->top_k;
	r->copy_bars = (int)t->copy_bars;
	r->in_key = !t->accidentals;
}

/* What the tune's notes reach, and a little more. */
static void set_range(const struct tune *t, struct tune_rules *r)
{
	int lo = TUNE_DEGREE_HI, hi = TUNE_DEGREE_LO;
	for (size_t i = 0; i < t->n_notes; i++) {
		int degree = tune_sound_of(t->notes[i]) - TUNE_DEGREE_0 + TUNE_DEGREE_LO;
		if (tune_sound_of(t->notes[i]) < TUNE_DEGREE_0)
			continue;
		lo = degree < lo ? degree : lo;
		hi = degree > hi ? degree : hi;
	}
	r->lowest = lo - RANGE_MORE;
	r->highest = hi + RANGE_MORE;
	for (; r->highest - r->lowest < 12; r->highest++)
		r->lowest--;
}

static void describe(const struct tune *t, const struct tune_draw *d, struct tunes_report *ret)
{
	int last = -1;
	ret->n_bars = (int64_t)t->n_bars;
	ret->n_tokens = (int64_t)tune_draw_n(d);
	ret->bits_per_token = tune_draw_n(d) ? tune_draw_bits(d) / (double)tune_draw_n(d) : 0;
	ret->tonic = t->tonic;
	ret->mode = t->mode;
	ret->meter = t->meter;
	ret->form = t->form;
	ret->n_notes = 0;
	for (size_t i = 0; i < t->n_notes; i++) {
		if (tune_sound_of(t->notes[i]) < TUNE_DEGREE_0)
			continue;
		last = tune_sound_of(t->notes[i]) - TUNE_DEGREE_0 + TUNE_DEGREE_LO;
		ret->n_notes++;
	}
	ret->ends_on_tonic = ret->n_notes > 0 && (last + 24) % 12 == 0;
}

/* What is usual for dancing, in quarter notes a minute. */
static double usual_bpm(int64_t form, uint8_t meter)
{
	static const double forms[TUNE_FORMS] = { 0, 90, 160, 174, 208, 180 };
	static const double meters[TUNE_METERS] = { 180, 200, 120, 130, 174, 180, 180, 120, 180, 200, 130 };
	return forms[form] > 0 ? forms[form] : meters[meter];
}

static uint8_t usual_meter(int64_t form)
{
	static const char *const meters[TUNE_FORMS] = { "4/4", "3/4", "4/4", "6/8", "4/4", "9/8" };
	uint8_t at = 0;
	while (strcmp(tune_meter_names[at], meters[form]) != 0)
		at++;
	return at;
}

static uint8_t meter_of(const struct tunes_sample_params *p)
{
	return p->meter == TUNES_METER_AUTO ? usual_meter(p->form) : (uint8_t)p->meter;
}

static int set_title(const struct tune *t, struct score *s, struct err *err)
{
	static const char *const names[TUNE_FORMS] = { "Tune", "Air", "Hornpipe", "Jig", "Reel", "Slip jig" };
	char title[64];
	(void)snprintf(title, sizeof(title), "%s in %s %s", names[t->form], tunes_key_names[t->tonic], tune_mode_names[t->mode]);
	return score_set_title(s, title, err);
}

static int begin_sample(const struct tunes_sample_params *p, struct tune *t, struct tune_rules *r, struct err *err)
{
	if (p->highest - p->lowest < 12)
		return err_field(err, -EINVAL, "params.highest", "the highest pitch must be an octave above the lowest at least");
	struct tune_grouping g = tune_grouping_of(meter_of(p), (int)p->form);
	t->tonic = (uint8_t)p->key;
	t->mode = tune_homes[p->mode].told;
	t->form = (uint8_t)p->form;
	t->meter = g.told;
	t->program = (uint8_t)p->program;
	t->bpm = p->bpm > 0 ? p->bpm : usual_bpm(p->form, meter_of(p));
	t->octave = (int8_t)((p->lowest + p->highest + 12) / 24 - 6); /* tunes lie around 72 */
	int tonic = 60 + t->tonic + 12 * t->octave;
	*r = (struct tune_rules){ .bars = (int)p->bars * g.bars, .bars_most = 64 * g.bars, .group = g.bars, .repeats = p->repeats,
				  .close = p->close, .home = &tune_homes[p->mode],
				  .lowest = (int)p->lowest - tonic, .highest = (int)p->highest - tonic };
	set_taste(&p->taste, r);
	return 0;
}

/* What the model wrote in the mode and meter that it was told, as what was asked for. */
static int turn(const struct tunes_sample_params *p, const struct tune *told, struct tune_stream *made, struct tune *ret, struct err *err)
{
	AUTO_TUNE t = *told; /* without notes so far */
	for (size_t i = 0; i < made->n; i++)
		made->v[i] = (uint16_t)tune_home_turn_token(&tune_homes[p->mode], made->v[i]);
	t.mode = (uint8_t)p->mode;
	int code = tune_add_stream(&t, made->v, made->n, err);
	return code == 0 ? tune_regroup(&t, meter_of(p), ret, err) : code;
}

int tunes_sample(const struct tune_net *net, const struct tunes_sample_params *p, uint64_t seed, const struct model_watch *watch,
		 struct score **ret, struct tunes_report *ret_report, struct err *err)
{
	AUTO_TUNE told = TUNE_INIT, t = TUNE_INIT;
	AUTO_TUNE_STREAM head = { 0 }, made = { 0 };
	AUTO(tune_draw) d = NULL;
	AUTO(score) s = NULL;
	struct tune_rules rules;
	struct tunes_report report = { 0 };
	int code = model_params_check(&tunes_sample_table, p, err);
	if (code == 0)
		code = begin_sample(p, &told, &rules, err);
	if (code == 0)
		code = tune_stream_header(&head, &told, err);
	if (code == 0)
		code = tune_draw_new(net, &rules, seed, &d, err);
	if (code == 0)
		code = tune_draw_read(d, head.v, head.n, NULL, err);
	if (code == 0)
		code = tune_draw_write(d, watch, &made, err);
	if (code == 0)
		code = turn(p, &told, &made, &t, err);
	if (code == 0)
		code = tune_to_score(&t, &s, err);
	if (code == 0)
		code = set_title(&t, s, err);
	if (code < 0)
		return code;
	describe(&t, d, &report);
	if (ret_report)
		*ret_report = report;
	*ret = TAKE(s);
	return 0;
}

/* A tune with everything but the bars, for some that go on from it. */
static struct tune empty_like(const struct tune *t)
{
	struct tune e = *t;
	e.notes = NULL;
	e.bars = NULL;
	e.excerpt = true;
	e.n_notes = e.room_notes = e.n_bars = e.room_bars = 0;
	return e;
}

/* The new bars, behind lead_bars of the source's end. */
static int put_together(const struct score *source, int64_t lead_bars, const struct tune *fresh, struct score **ret, struct err *err)
{
	AUTO(score) lead = NULL;
	AUTO(score) tail = NULL;
	double end = score_bar_ceil(source, source->end_beats), bar = (double)tune_bar_units(fresh->meter) / TUNE_QUARTER;
	double from = end - (double)lead_bars * bar, first = score_bar_start(source, 1);
	int code = tune_to_score(fresh, &tail, err);
	from = from < first ? first : from;
	if (code < 0 || from >= end) {
		*ret = code < 0 ? NULL : TAKE(tail);
		return code;
	}
	code = score_slice(source, from, end, &lead, err);
	for (size_t i = 0; code == 0 && i < tail->voices[0].n_notes; i++) {
		struct note n = tail->voices[0].notes[i];
		n.start_beats += end - from;
		n.channel = fresh->channel;
		code = score_add_note(lead, fresh->voice, &n, err);
	}
	if (code < 0)
		return code;
	lead->end_beats = end - from + (double)fresh->n_bars * bar;
	score_sort(lead);
	*ret = TAKE(lead);
	return 0;
}

/* Where a context of at most CONTEXT_BARS begins, whose tokens leave room for what is to be written. */
static int read_context(struct tune_draw *d, const struct tune *t, size_t *ret_bars, struct err *err)
{
	size_t n = t->n_bars < CONTEXT_BARS ? t->n_bars : CONTEXT_BARS;
	for (;; n = n > 1 ? n / 2 : 1) {
		AUTO_TUNE_STREAM s = { 0 };
		int code = tune_stream_header(&s, t, err);
		if (code == 0)
			code = tune_stream_bars(&s, t, t->n_bars - n, t->n_bars, true, err);
		if (code < 0)
			return code;
		if (s.n > CONTEXT_TOKENS && n > 1)
			continue;
		*ret_bars = 0;
		for (size_t i = 0; i < s.n; i++)
			*ret_bars += s.v[i] == TUNE_TOKEN_BAR;
		return d ? tune_draw_read(d, s.v, s.n, NULL, err) : 0;
	}
}

int tunes_continue(const struct tune_net *net, const struct score *source, const struct tunes_continue_params *p, uint64_t seed,
		   const struct model_watch *watch, struct score **ret, struct tunes_report *ret_report, struct err *err)
{
	AUTO_TUNE t = TUNE_INIT, fresh = TUNE_INIT;
	AUTO_TUNE_STREAM made = { 0 };
	struct tune_home home;
	AUTO(tune_draw) d = NULL;
	struct tune_rules rules = { .close = p->close };
	struct tunes_report report = { 0 };
	size_t written = 0;
	int code = model_params_check(&tunes_continue_table, p, err);
	if (code == 0)
		code = tune_from_score(source, NULL, &t, err);
	if (code < 0)
		return code;
	tune_home_of(&t, &home);
	rules.home = &home;
	uint8_t mode = t.mode;
	t.mode = home.told;
	set_taste(&p->taste, &rules);
	set_range(&t, &rules);
	code = read_context(NULL, &t, &written, err);
	rules.bars = (int)(written + (size_t)p->bars);
	if (code == 0)
		code = tune_draw_new(net, &rules, seed, &d, err);
	if (code == 0)
		code = read_context(d, &t, &written, err);
	if (code == 0)
		code = tune_draw_write(d, watch, &made, err);
	fresh = empty_like(&t);
	fresh.mode = mode;
	if (code == 0)
		code = tune_add_stream(&fresh, made.v, made.n, err);
	if (code == 0)
		code = put_together(source, p->lead_in_bars, &fresh, ret, err);
	if (code < 0)
		return code;
	describe(&fresh, d, &report);
	if (ret_report)
		*ret_report = report;
	return 0;
}

/* Both sides of a gap. */
struct gap {
	const struct tune_net *net;
	const struct tunes_bridge_params *p;
	struct tune before, after; /* after: in the key of before */
	size_t after_from; /* its first whole bar */
	bool one_meter;
	struct tune_rules rules;
	size_t context; /* bars */
};

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static int read_gap(struct gap *g, const struct score *from, const struct score *to, struct err *err)
{
	AUTO(score) beginning = NULL;
	int code = tune_from_score(from, NULL, &g->before, err);
	if (code < 0)
		return err_wrap(err, code, "the first piece");
	code = score_excerpt_bars(to, 1, AFTER_BARS, &beginning, err);
	if (code == 0)
		code = tune_from_score(beginning, &g->before, &g->after, err);
	if (code < 0)
		return err_wrap(err, code, "the second piece");
	g->after_from = beginning->pickup_beats > 0 && g->after.n_bars > 1;
	g->one_meter = tune_bar_units(g->after.meter) == tune_bar_units(g->before.meter);
	g->context = least(g->before.n_bars, BRIDGE_BARS);
	set_taste(&g->p->taste, &g->rules);
	set_range(&g->before, &g->rules);
	g->rules.bars = (int)g->context + (int)g->p->bars;
	return 0;
}

static int read_both_sides(const struct gap *g, struct tune_draw *d, struct err *err)
{
	AUTO_TUNE_STREAM s = { 0 };
	const struct tune *a = &g->before, *b = &g->after;
	int code = tune_stream_header(&s, a, err);
	if (code == 0 && g->one_meter) {
		code = tune_stream_add(&s, TUNE_TOKEN_AFTER, err);
		if (code == 0)
			code = tune_stream_bars(&s, b, g->after_from, least(b->n_bars, g->after_from + AFTER_BARS), false, err);
		if (code == 0)
			code = tune_stream_add(&s, TUNE_TOKEN_BEFORE, err);
	}
	if (code == 0)
		code = tune_stream_bars(&s, a, a->n_bars - g->context, a->n_bars, false, err);
	return code == 0 ? tune_draw_read(d, s.v, s.n, NULL, err) : code;
}

/* Bits a token that the beginning of the second piece needs after the first piece's end and the new bars. */
static int judge_arrival(const struct gap *g, const struct tune *fresh, double *ret, struct err *err)
{
	AUTO_TUNE_STREAM s = { 0 }, b = { 0 };
	AUTO(tune_draw) d = NULL;
	struct tune_rules open = g->rules;
	const struct tune *a = &g->before;
	*ret = 0;
	if (!g->one_meter)
		return 0;
	open.bars = 0;
	int code = tune_stream_header(&s, a, err);
	if (code == 0)
		code = tune_stream_bars(&s, a, a->n_bars - g->context, a->n_bars, false, err);
	if (code == 0)
		code = tune_stream_bars(&s, fresh, 0, fresh->n_bars, false, err);
	if (code == 0)
		code = tune_stream_bars(&b, &g->after, g->after_from, least(g->after.n_bars, g->after_from + ARRIVAL_BARS), false, err);
	if (code == 0)
		code = tune_draw_new(g->net, &open, 0, &d, err);
	if (code == 0)
		code = tune_draw_read(d, s.v, s.n, NULL, err);
	if (code == 0)
		code = tune_draw_read(d, b.v, b.n, ret, err);
	*ret /= b.n ? (double)b.n : 1;
	return code;
}

/* Of the notes: from the last of the new ones to the first of the second piece. */
static int64_t leap_of(const struct gap *g, const struct tune *fresh)
{
	int first = -1, last = -1;
	for (size_t i = g->after.n_bars ? g->after.bars[g->after_from].first : 0; first < 0 && i < g->after.n_notes; i++)
		first = tune_sound_of(g->after.notes[i]) >= TUNE_DEGREE_0 ? tune_sound_of(g->after.notes[i]) : -1;
	for (size_t i = 0; i < fresh->n_notes; i++)
		last = tune_sound_of(fresh->notes[i]) >= TUNE_DEGREE_0 ? tune_sound_of(fresh->notes[i]) : last;
	return first < 0 || last < 0 ? 0 : first > last ? first - last : last - first;
}

static int try_one(const struct gap *g, uint64_t seed, int64_t k, const struct model_watch *watch, struct tune *fresh,
		   struct tunes_report *report, struct err *err)
{
	AUTO_TUNE_STREAM made = { 0 };
	AUTO(tune_draw) d = NULL;
	struct rng r;
	const struct model_watch quiet = { .cancelled = watch ? watch->cancelled : NULL, .arg = watch ? watch->arg : NULL };
	rng_split(&r, seed, (uint64_t)k);
	int code = tune_draw_new(g->net, &g->rules, rng_next(&r), &d, err);
	if (code == 0)
		code = read_both_sides(g, d, err);
	if (code == 0)
		code = tune_draw_write(d, &quiet, &made, err);
	*fresh = empty_like(&g->before);
	if (code == 0)
		code = tune_add_stream(fresh, made.v, made.n, err);
	if (code == 0)
		code = judge_arrival(g, fresh, &report->arrival_bits, err);
	if (code < 0)
		return code;
	describe(fresh, d, report);
	report->leap = leap_of(g, fresh);
	report->candidate = k;
	return 0;
}

/* The likelier the second piece sounds after it, the better; leaps of more than a fifth cost. */
static double cost_of(const struct tunes_report *r)
{
	return r->arrival_bits + (r->leap > 7 ? 0.1 * (double)(r->leap - 7) : 0);
}

static int best_of(const struct gap *g, uint64_t seed, const struct model_watch *watch, struct tune *ret,
		   struct tunes_report *ret_report, struct err *err)
{
	int code = 0;
	for (int64_t k = 0; code == 0 && k < g->p->tries; k++) {
		AUTO_TUNE t = TUNE_INIT;
		struct tunes_report r = { 0 };
		model_progress(watch, (double)k / (double)g->p->tries, "trying ways over");
		code = try_one(g, seed, k, watch, &t, &r, err);
		if (code < 0 || (k > 0 && cost_of(&r) >= cost_of(ret_report)))
			continue;
		tune_done(ret);
		*ret = t;
		*ret_report = r;
		t = (struct tune)TUNE_INIT;
	}
	return code;
}

int tunes_bridge(const struct tune_net *net, const struct score *from, const struct score *to, const struct tunes_bridge_params *p,
		 uint64_t seed, const struct model_watch *watch, struct score **ret, struct tunes_report *ret_report,
		 struct err *err)
{
	struct gap g = { .net = net, .p = p, .before = TUNE_INIT, .after = TUNE_INIT };
	AUTO_TUNE best = TUNE_INIT;
	struct tunes_report report = { 0 };
	int code = model_params_check(&tunes_bridge_table, p, err);
	if (code == 0)
		code = read_gap(&g, from, to, err);
	if (code == 0)
		code = best_of(&g, seed, watch, &best, &report, err);
	if (code == 0)
		code = put_together(from, p->lead_in_bars, &best, ret, err);
	if (code == 0 && ret_report)
		*ret_report = report;
	tune_done(&g.before);
	tune_done(&g.after);
	return code;
}

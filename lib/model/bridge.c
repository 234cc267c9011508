#include "model/bridge.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "base/str.h"
#include "model/bridge_priv.h"
#include "model/material_priv.h"
#include "music/drum_kit.h"
#include "music/excerpt.h"

#include "base/banned.h"

static const struct model_param rows[] = {
	PARAM_INT(bridge_params, bars, 1, 64, 4, "bars", "new bars"),
	PARAM_INT(bridge_params, lead_in_bars, 0, 8, 0, "bars", "bars of the first piece's end to put before them, for a crossfade"),
	PARAM_NUM(bridge_params, temperature, 0.05, 4, 1, "", "below 1 the likeliest, above 1 the boldest"),
	PARAM_INT(bridge_params, max_copy_bars, 1, 16, 1, "bars", "longest stretch taken over unchanged in one piece"),
	PARAM_FLAG(bridge_params, modulate, 1, "change into the second piece's key in the middle"),
	PARAM_FLAG(bridge_params, meet_meter, 1, "the second half is in the second piece's meter, where it has another"),
	PARAM_FLAG(bridge_params, meet_tempo, 1, "run to the second piece's tempo in the second half"),
};
const struct model_table bridge_table = MODEL_TABLE(rows);

struct builder {
	const struct bridge_params *p;
	const struct score *from, *to;
	struct goal goal;
	struct source *src; /* of the first score */
	struct score *learned; /* what the first part is learned from: both scores, the first one last */
	bool other_meter;
	int64_t bars[2];       /* in the first one's meter, in the second one's */
	struct model_watch quiet;
};

static void builder_done(struct builder *b)
{
	source_free(b->src);
	score_free(b->learned);
}

/* Both in one score, so that the model learns from both and goes on from the first; without the second where they cannot be mixed. */
static int learn(struct builder *b, struct err *err)
{
	const struct score *both[] = { b->from, b->to };
	struct material m;
	int code = material_init(&m, both, b->other_meter ? 1 : 2, err);
	if (code < 0)
		return code;
	b->learned = TAKE(m.score);
	material_done(&m);
	return 0;
}

static int prepare(struct builder *b, struct err *err)
{
	int code = goal_find(b->to, &b->goal, err);
	if (code == 0 && score_n_notes(b->from) == 0)
		code = err_field(err, -EINVAL, "inputs", "the first piece has no notes to grow out of");
	if (code == 0)
		code = source_new(b->from, &b->src, err);
	if (code < 0)
		return code;
	struct score_meter at_end = score_meter_at(b->to, b->to->end_beats > 0 ? b->to->end_beats - 1e-3 : 0);
	struct score_meter m = score_meter_at(b->from, b->from->end_beats > 0 ? b->from->end_beats - 1e-3 : 0);
	b->other_meter = !material_same_meter(&m, &at_end);
	bool meet = b->p->meet_meter && !material_same_meter(&m, &b->goal.meter);
	b->bars[1] = meet ? b->p->bars / 2 : 0;
	b->bars[0] = b->p->bars - b->bars[1];
	return learn(b, err);
}

static int first_part(const struct builder *b, uint64_t seed, struct score **ret, struct err *err)
{
	struct continuation_params c = { .bars = b->bars[0], .lead_in_bars = b->p->lead_in_bars, .order = 6,
					 .temperature = b->p->temperature, .max_copy_bars = b->p->max_copy_bars, .phrase_bars = 4,
					 .answer = 0, .cadence = false };
	return continuation_make(b->learned, &c, seed, &b->quiet, ret, NULL, err);
}

/* New bars in the second one's style and meter, in the first one's voices, behind what there is. */
static int second_part(const struct builder *b, uint64_t seed, struct score **s, struct err *err)
{
	struct continuation_params c = { .bars = b->bars[1], .order = 6, .temperature = b->p->temperature,
					 .max_copy_bars = b->p->max_copy_bars, .phrase_bars = 4, .answer = 0, .cadence = false };
	AUTO(score) made = NULL;
	AUTO(score) voiced = NULL;
	struct score *whole = NULL;
	int code = continuation_learn(&b->to, 1, &c, true, seed, &b->quiet, &made, NULL, err);
	if (code == 0)
		code = material_revoice(made, b->from, &b->goal.meter, &voiced, err);
	double bpm = score_bpm_at(*s, (*s)->end_beats);
	if (code == 0)
		code = score_set_tempo(voiced, 0, bpm, err);
	if (code == 0)
		code = score_join(*s, voiced, (*s)->end_beats, &whole, err);
	if (code < 0)
		return code;
	score_free(*s);
	*s = whole;
	return 0;
}

/* Where the second half of what is new begins: a bar line, or the middle of a single bar. */
static double middle(const struct builder *b, const struct score *s, double lead_beats)
{
	struct score_meter m = score_meter_at(s, 0);
	double bar = score_bar_beats(&m);
	if (b->bars[1] > 0)
		return lead_beats + (double)b->bars[0] * bar;
	return b->p->bars == 1 ? lead_beats + bar / 2 : lead_beats + (double)(b->p->bars / 2) * bar;
}

static double beat_of(const struct score_meter *m)
{
	return (m->den >= 8 && m->num % 3 == 0 && m->num > 3 ? 12.0 : 4.0) / m->den;
}

static int arrive(const struct builder *b, struct score *s, double lead_beats, struct err *err)
{
	const struct goal *g = &b->goal;
	double half = middle(b, s, lead_beats);
	struct score_meter m = score_meter_at(s, s->end_beats - 1e-3);
	double bar = score_bar_beats(&m), beat = beat_of(&m), last = s->end_beats - (b->p->bars > 1 ? bar : bar / 2);
	int code = 0;
	bool drums = b->src->drums || g->dominant.root < 0;
	if (b->p->modulate && !drums && g->scale.sharps != b->src->scale.sharps) {
		goal_modulate(s, half, g, g->scale.sharps > b->src->scale.sharps);
		code = score_set_key(s, half, g->scale.sharps, g->minor, err);
	}
	if (code == 0 && b->p->modulate && !drums)
		goal_approach(s, last, beat, b->src->lead_voice, g);
	if (code == 0 && b->p->meet_tempo && fabs(score_bpm_at(s, s->end_beats) - g->bpm) > 0.5)
		code = goal_ramp(s, half, beat, g, err);
	return code;
}

/* Last of what ends in the tune: the highest of the notes that begin last. */
static void judge(const struct builder *b, const struct score *s, double half, struct bridge_report *ret)
{
	const struct goal *g = &b->goal;
	size_t counted = 0, strange = 0;
	const struct score_voice *lead = &s->voices[b->src->lead_voice];
	double last_at = -1;
	int last = -1;
	for (size_t i = 0; i < lead->n_notes; i++) { /* in order of start, then pitch */
		if (lead->notes[i].channel != DRUM_CHANNEL && lead->notes[i].start_beats >= last_at) {
			last_at = lead->notes[i].start_beats;
			last = lead->notes[i].pitch % 12;
		}
	}
	for (size_t v = 0; v < s->n_voices; v++) {
		for (size_t i = 0; i < s->voices[v].n_notes; i++) {
			const struct note *n = &s->voices[v].notes[i];
			if (n->channel == DRUM_CHANNEL || n->start_beats < half)
				continue;
			counted++;
			strange += !g->scale.member[n->pitch % 12];
		}
	}
	int up = last < 0 || g->first < 0 ? 6 : (g->first - last + 24) % 12;
	ret->leap = up > 6 ? 12 - up : up;
	ret->strangers_milli = counted ? (int64_t)(strange * 1000 / counted) : 1000;
	ret->n_notes = (int64_t)score_n_notes(s);
}

/* Leaps of the melody wider than a fifth, in semitones over it: what was moved to arrive must still be a line. */
static int64_t roughness(const struct score_voice *v, double from)
{
	int64_t sum = 0;
	for (size_t i = 1; i < v->n_notes; i++) {
		int leap = abs(v->notes[i].pitch - v->notes[i - 1].pitch);
		sum += v->notes[i].start_beats >= from && leap > 7 ? leap - 7 : 0;
	}
	return sum;
}

/* Small steps arrive best, then the note itself, then leaps; each stranger counts, too. */
static int64_t cost_of(const struct bridge_report *r)
{
	static const int64_t steps[7] = { 600, 0, 100, 800, 1000, 1200, 2000 };
	return steps[r->leap] + 2 * r->strangers_milli;
}

static int make_one(const struct builder *b, uint64_t seed, int64_t k, struct score **ret, struct bridge_report *r, int64_t *ret_cost,
		    struct err *err)
{
	struct rng rng;
	AUTO(score) s = NULL;
	rng_split(&rng, seed, (uint64_t)k);
	int code = first_part(b, rng_next(&rng), &s, err);
	if (code < 0)
		return code;
	struct score_meter m = score_meter_at(s, 0);
	double lead_beats = (double)b->p->lead_in_bars * score_bar_beats(&m);
	if (b->bars[1] > 0)
		code = second_part(b, rng_next(&rng), &s, err);
	if (code == 0)
		code = arrive(b, s, lead_beats, err);
	if (code < 0)
		return code;
	*r = (struct bridge_report){ .n_bars = b->p->bars, .candidate = k };
	double half = middle(b, s, lead_beats);
	judge(b, s, half, r);
	*ret_cost = cost_of(r) + 30 * roughness(&s->voices[b->src->lead_voice], half);
	*ret = TAKE(s);
	return 0;
}

static void describe(const struct builder *b, struct bridge_report *r)
{
	char name[CHORD_NAME_SIZE];
	r->from_sharps = b->src->scale.sharps;
	r->to_sharps = b->goal.scale.sharps;
	r->from_bpm = score_bpm_at(b->from, b->from->end_beats);
	r->to_bpm = b->goal.bpm;
	if (b->goal.dominant.root < 0)
		return;
	(void)str_copy(r->goal, sizeof(r->goal), chord_name(&b->goal.chord, (int)r->to_sharps, name));
	(void)str_copy(r->dominant, sizeof(r->dominant), chord_name(&b->goal.dominant, (int)r->to_sharps, name));
}

static int make(struct builder *b, uint64_t seed, const struct model_watch *watch, struct score **ret, struct bridge_report *ret_report,
		struct err *err)
{
	AUTO(score) best = NULL;
	struct bridge_report kept = { 0 };
	int64_t best_cost = 0;
	int code = prepare(b, err);
	for (int64_t k = 0; code == 0 && k < BRIDGE_CANDIDATES; k++) {
		AUTO(score) s = NULL;
		struct bridge_report r;
		int64_t cost = 0;
		model_progress(watch, (double)k / BRIDGE_CANDIDATES, "trying ways over");
		code = make_one(b, seed, k, &s, &r, &cost, err);
		if (code < 0 || (best && cost >= best_cost))
			continue;
		score_free(best);
		best = TAKE(s);
		kept = r;
		best_cost = cost;
	}
	if (code < 0)
		return code;
	describe(b, &kept);
	model_progress(watch, 1, "done");
	if (ret_report)
		*ret_report = kept;
	*ret = TAKE(best);
	return 0;
}

int bridge_make(const struct score *from, const struct score *to, const struct bridge_params *params, uint64_t seed,
		const struct model_watch *watch, struct score **ret, struct bridge_report *ret_report, struct err *err)
{
	int code = model_params_check(&bridge_table, params, err);
	if (code < 0)
		return code;
	struct builder b = { .p = params, .from = from, .to = to };
	b.quiet = (struct model_watch){ .cancelled = watch ? watch->cancelled : NULL, .arg = watch ? watch->arg : NULL };
	code = make(&b, seed, watch, ret, ret_report, err);
	builder_done(&b);
	return code;
}

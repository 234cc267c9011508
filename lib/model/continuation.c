#include "model/continuation.h"

#include "base/limits.h"
#include "model/accompany_priv.h"
#include "model/chain_priv.h"
#include "model/closing_priv.h"
#include "model/frame_priv.h"
#include "model/material_priv.h"
#include "model/source_priv.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static const struct model_param rows[] = {
	PARAM_INT(continuation_params, bars, 1, 256, 8, "bars", "new bars"),
	PARAM_INT(continuation_params, lead_in_bars, 0, 8, 0, "bars", "bars of the first piece's end to put before them, for a crossfade"),
	PARAM_INT(continuation_params, order, 1, 6, 6, "events", "how much of the past counts: 1 wanders, 6 keeps to the source"),
	PARAM_NUM(continuation_params, temperature, 0.05, 4, 1, "", "below 1 the likeliest, above 1 the boldest"),
	PARAM_INT(continuation_params, max_copy_bars, 1, 16, 2, "bars", "longest stretch taken over unchanged in one piece"),
	PARAM_INT(continuation_params, phrase_bars, 1, 16, 4, "bars", "length of a phrase"),
	PARAM_NUM(continuation_params, answer, 0, 1, 0.6, "", "how likely every second phrase begins like the one before"),
	PARAM_FLAG(continuation_params, cadence, 1, "come to rest on the tonic in the last bar"),
};
const struct model_table continuation_table = MODEL_TABLE(rows);

struct maker {
	const struct continuation_params *p;
	const struct model_watch *watch;
	bool fresh;
	struct source *src;
	struct chain *chain;
	struct closings closings;
	struct accompaniment others;
	int64_t close_at; /* where the last bar begins, or the end */
};

static void maker_done(struct maker *m)
{
	chain_free(m->chain);
	source_free(m->src);
	free(m->closings.bars);
	free(m->others.notes);
}

/* Takes up the first half of the phrase before, as far as that does not add up to copying. */
static int answer_phrase(struct maker *m, struct err *err)
{
	struct chain *c = m->chain;
	int64_t phrase = m->p->phrase_bars * m->src->bar_ticks, now = chain_now(c);
	int64_t from = now - phrase, to = from + m->p->phrase_bars / 2 * m->src->bar_ticks;
	size_t i = 0, n = c->n_out;
	while (i < n && c->out[i].at < from)
		i++;
	if (i == n || c->out[i].at != from)
		return 0;
	for (; i < n && c->out[i].at < to; i++) {
		struct chain_event e = c->out[i];
		int32_t pos = source_pos(m->src, e.at);
		if (chain_now(c) + e.span > m->close_at || chain_copied_with(c, pos, e.span, e.pitch) > c->max_copy_ticks)
			return 0;
		int code = chain_add(c, &e, err);
		if (code < 0)
			return code;
	}
	return 0;
}

static int tell(struct maker *m, struct err *err)
{
	char what[64];
	int64_t bar = chain_now(m->chain) / m->src->bar_ticks;
	if (model_cancelled(m->watch))
		return err_set(err, -ECANCELED, "cancelled in bar %lld of %lld", (long long)bar + 1, (long long)m->p->bars);
	(void)snprintf(what, sizeof(what), "bar %lld of %lld", (long long)bar + 1, (long long)m->p->bars);
	model_progress(m->watch, (double)bar / (double)m->p->bars, what);
	return 0;
}

/* A bar with absurdly many events is brought to its end by holding the last one. */
static int fill_bar(struct maker *m, struct err *err)
{
	struct chain *c = m->chain;
	int64_t now = chain_now(c), line = (now / m->src->bar_ticks + 1) * m->src->bar_ticks;
	struct chain_event e = c->out[c->n_out - 1];
	e.span = e.sound = (int32_t)((line < m->close_at ? line : m->close_at) - now);
	e.from = -1;
	e.moved = true;
	return chain_add(c, &e, err);
}

static int lead(struct maker *m, struct err *err)
{
	struct chain *c = m->chain;
	int64_t bar = -1, phrase = m->p->phrase_bars * m->src->bar_ticks;
	int64_t answer_milli = (int64_t)(m->p->answer * 1000 + 0.5);
	size_t n_in_bar = 0;
	while (chain_now(c) < m->close_at) {
		int64_t now = chain_now(c);
		int code = 0;
		if (now / m->src->bar_ticks != bar) {
			bar = now / m->src->bar_ticks;
			n_in_bar = 0;
			code = tell(m, err);
		}
		if (code == 0 && now % phrase == 0 && now / phrase % 2 == 1 && m->p->phrase_bars > 1 &&
		    rng_below(&c->rng, 1000) < (uint64_t)answer_milli)
			code = answer_phrase(m, err);
		if (code == 0 && chain_now(c) < m->close_at)
			code = n_in_bar++ < LIMIT_MODEL_BAR_EVENTS ? chain_draw(c, m->close_at, err) : fill_bar(m, err);
		if (code < 0)
			return code;
	}
	return 0;
}

/* Fresh: as if what stands before some phrase of the source had just been played. */
static void begin_phrase(struct chain *c)
{
	const struct source *s = c->src;
	size_t n = 0, past = 0;
	for (size_t i = 0; i < s->n_events; i++) {
		if (s->events[i].pos != 0 || source_bar(s, s->events[i].at) % c->phrase_bars != 0)
			continue;
		if (rng_below(&c->rng, ++n) == 0) /* one of all, in one pass */
			past = i;
	}
	chain_begin_at(c, past);
}

static int compose(struct maker *m, uint64_t seed, struct err *err)
{
	int code = chain_new(m->src, seed, &m->chain, err);
	if (code < 0)
		return code;
	struct chain *c = m->chain;
	c->max_order = (unsigned)m->p->order;
	bool cadence = m->p->cadence && !m->src->drums;
	c->temperature_milli = (int64_t)(m->p->temperature * 1000 + 0.5);
	c->phrase_bars = m->p->phrase_bars;
	c->max_copy_ticks = m->p->max_copy_bars * m->src->bar_ticks;
	c->melody = m->src->n_others == 0;
	c->end = m->p->bars * m->src->bar_ticks;
	m->close_at = c->end - (cadence ? m->src->bar_ticks : 0);
	if (m->fresh)
		begin_phrase(c);
	code = closings_find(c, &m->closings, err);
	if (code == 0)
		code = lead(m, err);
	if (code == 0 && cadence)
		code = closings_end(c, &m->closings, err);
	if (code == 0)
		code = accompany(c, m->close_at, &m->others, err);
	return code;
}

static double beats_of(int64_t ticks)
{
	return (double)ticks / SOURCE_TICKS;
}

static int write_notes(const struct maker *m, double lead_beats, struct score *s, int64_t *ret_n, struct err *err)
{
	const struct chain *c = m->chain;
	int code = 0;
	int64_t n = 0;
	for (size_t i = 0; i < c->n_out && code == 0; i++) {
		const struct chain_event *e = &c->out[i];
		if (e->pitch == SOURCE_REST || e->sound <= 0)
			continue;
		struct note note = { lead_beats + beats_of(e->at), beats_of(e->sound), (uint8_t)e->pitch, e->velocity,
				     e->channel, 64 };
		code = score_add_note(s, m->src->lead_voice, &note, err);
		n++;
	}
	for (size_t i = 0; i < m->others.n && code == 0; i++) {
		const struct source_note *o = &m->others.notes[i];
		struct note note = { lead_beats + beats_of(o->at), beats_of(o->length), o->pitch, o->velocity, o->channel, 64 };
		code = score_add_note(s, o->voice, &note, err);
		n++;
	}
	s->end_beats = lead_beats + beats_of(c->end);
	score_sort(s);
	*ret_n = n;
	return code;
}

static void report(const struct maker *m, int64_t n_notes, struct continuation_report *ret)
{
	const struct chain *c = m->chain;
	int last = -1;
	for (size_t i = 0; i < c->n_out; i++)
		last = c->out[i].pitch != SOURCE_REST ? c->out[i].pitch : last;
	*ret = (struct continuation_report){
		.n_bars = m->p->bars,
		.n_notes = n_notes,
		.tonic = m->src->tonic,
		.ends_on_tonic = last >= 0 && last % 12 == m->src->tonic,
		.longest_copy_milli_bars = c->longest_copy * 1000 / m->src->bar_ticks,
		.mean_context_milli = c->n_drawn ? c->context_sum * 1000 / c->n_drawn : 0,
	};
}

static int make(struct maker *m, const struct score *source, uint64_t seed, struct score **ret,
		struct continuation_report *ret_report, struct err *err)
{
	int code = source_new(source, &m->src, err);
	if (code == 0)
		code = compose(m, seed, err);
	AUTO(score) s = NULL;
	double lead_beats = 0;
	int64_t n_notes = 0;
	if (code == 0)
		code = frame_new(source, m->src, m->fresh ? 0 : m->p->lead_in_bars, &s, &lead_beats, err);
	if (code == 0)
		code = write_notes(m, lead_beats, s, &n_notes, err);
	if (code < 0)
		return code;
	model_progress(m->watch, 1, "done");
	if (ret_report)
		report(m, n_notes, ret_report);
	*ret = TAKE(s);
	return 0;
}

int continuation_learn(const struct score *const *inputs, size_t n_inputs, const struct continuation_params *params, bool fresh,
		       uint64_t seed, const struct model_watch *watch, struct score **ret,
		       struct continuation_report *ret_report, struct err *err)
{
	int code = model_params_check(&continuation_table, params, err);
	if (code < 0)
		return code;
	struct material all = { NULL, { 0 }, 0 };
	struct maker m = { .p = params, .watch = watch, .fresh = fresh };
	if (n_inputs != 1)
		code = material_init(&all, inputs, n_inputs, err);
	if (code == 0)
		code = make(&m, all.score ? all.score : inputs[0], seed, ret, ret_report, err);
	maker_done(&m);
	material_done(&all);
	return code;
}

int continuation_make(const struct score *source, const struct continuation_params *params, uint64_t seed,
		      const struct model_watch *watch, struct score **ret, struct continuation_report *ret_report,
		      struct err *err)
{
	return continuation_learn(&source, 1, params, false, seed, watch, ret, ret_report, err);
}

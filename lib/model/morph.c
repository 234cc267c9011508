#include "model/morph.h"

#include "base/rng.h"
#include "model/material_priv.h"
#include "model/source_priv.h"
#include "music/drum_kit.h"
#include "music/excerpt.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define TICKS 480
#define GRID  (TICKS / 4) /* where what moves may stand on its way */
/* Costs: of a note without a partner; of a sixteenth between onsets; of a semitone. */
#define ALONE     60
#define PER_GRID  12
#define PER_TONE  4
#define NEVER     (1 << 20)

static const struct model_param rows[] = {
	PARAM_INT(morph_params, stages, 2, MORPH_STAGES, 5, "stages", "from the first piece to the second, both counted"),
	PARAM_INT(morph_params, stage_bars, 0, 32, 0, "bars", "length of a stage; 0: that of the shorter piece, at most 8"),
	PARAM_FLAG(morph_params, ends, 1, "begin with the first piece itself and end with the second"),
};
const struct model_table morph_table = MODEL_TABLE(rows);

struct mnote {
	int64_t at, length;
	int pitch, velocity, channel;
};

/* A note on its way: `a` and `b` are indices, -1 where it has no partner; then it leaves or comes at `when`, in thousandths. */
struct way {
	int32_t a, b;
	int64_t when;
	int64_t weak; /* how little it would be missed */
};

struct mvoice {
	struct mnote *a, *b;
	size_t n_a, n_b;
	struct way *ways;
	size_t n_ways;
	bool drums;
};

struct morpher {
	const struct morph_params *p;
	const struct model_watch *watch;
	struct score *from, *to; /* cut to a stage, the second in the first one's voices */
	struct source *src_from, *src_to;
	struct mvoice *voices;
	size_t n_voices;
	int64_t stage_bars, stage_ticks, beat_ticks, bar_ticks;
	double from_bpm, to_bpm;
	bool minor; /* the second one's signature */
	struct rng rng;
	struct morph_report report;
};

static void morpher_done(struct morpher *m)
{
	for (size_t v = 0; v < m->n_voices; v++) {
		free(m->voices[v].a);
		free(m->voices[v].b);
		free(m->voices[v].ways);
	}
	free(m->voices);
	score_free(m->from);
	score_free(m->to);
	source_free(m->src_from);
	source_free(m->src_to);
}

static int read_voice(const struct score_voice *v, struct mnote **ret, size_t *ret_n, struct err *err)
{
	if (v->n_notes > MORPH_NOTES)
		return err_set(err, -EMSGSIZE, "a stage has %zu notes in a voice; at most %d can be followed", v->n_notes, MORPH_NOTES);
	*ret = mem_new_array(v->n_notes, sizeof(**ret));
	if (!*ret)
		return err_set(err, -ENOMEM, "morph");
	for (size_t i = 0; i < v->n_notes; i++) {
		const struct note *n = &v->notes[i];
		int64_t length = (int64_t)(n->duration_beats * TICKS + 0.5);
		(*ret)[i] = (struct mnote){ (int64_t)(n->start_beats * TICKS + 0.5), length < 1 ? 1 : length, n->pitch, n->velocity, n->channel };
	}
	*ret_n = v->n_notes;
	return 0;
}

static int pair_cost(const struct mvoice *v, const struct mnote *a, const struct mnote *b)
{
	int64_t apart = llabs(a->at - b->at) / GRID, tones = abs(a->pitch - b->pitch);
	if ((v->drums && tones > 0) || apart > 8)
		return NEVER;
	return (int)(apart * PER_GRID + (tones > 12 ? 12 : tones) * PER_TONE);
}

enum step { STEP_PAIR, STEP_LEAVE, STEP_COME };

/* The cheapest way from one row of notes to the other; `trace` has (n_a + 1) * (n_b + 1) cells. */
static void align(const struct mvoice *v, uint8_t *trace, int32_t *before, int32_t *row)
{
	size_t width = v->n_b + 1;
	for (size_t j = 0; j <= v->n_b; j++) {
		before[j] = (int32_t)j * ALONE;
		trace[j] = STEP_COME;
	}
	for (size_t i = 1; i <= v->n_a; i++) {
		row[0] = (int32_t)i * ALONE;
		trace[i * width] = STEP_LEAVE;
		for (size_t j = 1; j <= v->n_b; j++) {
			int32_t pair = before[j - 1] + pair_cost(v, &v->a[i - 1], &v->b[j - 1]), leave = before[j] + ALONE, come = row[j - 1] + ALONE;
			row[j] = pair <= leave && pair <= come ? pair : leave <= come ? leave : come;
			trace[i * width + j] = pair <= leave && pair <= come ? STEP_PAIR : leave <= come ? STEP_LEAVE : STEP_COME;
		}
		memcpy(before, row, width * sizeof(*row));
	}
}

static int64_t weakness(struct morpher *m, const struct mnote *n)
{
	int64_t in_bar = n->at % m->bar_ticks;
	int64_t weak = in_bar == 0 ? 0 : in_bar % m->beat_ticks == 0 ? 1000 : in_bar % (m->beat_ticks / 2 ? m->beat_ticks / 2 : 1) == 0 ? 2000 : 3000;
	return weak + (int64_t)rng_below(&m->rng, 900);
}

static void follow(struct morpher *m, struct mvoice *v, const uint8_t *trace)
{
	size_t i = v->n_a, j = v->n_b, width = v->n_b + 1;
	while (i > 0 || j > 0) {
		struct way w = { -1, -1, 0, 0 };
		enum step step = (enum step)trace[i * width + j];
		if (step != STEP_COME)
			w.a = (int32_t)--i;
		if (step != STEP_LEAVE)
			w.b = (int32_t)--j;
		w.weak = step == STEP_PAIR ? 0 : weakness(m, w.a >= 0 ? &v->a[w.a] : &v->b[w.b]);
		v->ways[v->n_ways++] = w;
	}
}

static int by_weakness(const void *a, const void *b)
{
	const struct way *x = a, *y = b;
	if (x->weak != y->weak)
		return x->weak > y->weak ? -1 : 1;
	if (x->a != y->a)
		return x->a < y->a ? -1 : 1;
	return x->b < y->b ? -1 : x->b > y->b;
}

/* Those that leave go one after the other, the weakest first; those that come, the weakest last. */
static void set_times(struct morpher *m, struct mvoice *v)
{
	size_t n_leave = 0, n_come = 0, left = 0, come = 0;
	qsort(v->ways, v->n_ways, sizeof(*v->ways), by_weakness);
	for (size_t i = 0; i < v->n_ways; i++) {
		n_leave += v->ways[i].b < 0;
		n_come += v->ways[i].a < 0;
	}
	for (size_t i = 0; i < v->n_ways; i++) {
		struct way *w = &v->ways[i];
		if (w->b < 0)
			w->when = 1 + (int64_t)(left++ * 998 / n_leave);
		else if (w->a < 0)
			w->when = 999 - (int64_t)(come++ * 998 / n_come);
	}
	m->report.n_leaving += (int64_t)n_leave;
	m->report.n_coming += (int64_t)n_come;
	m->report.n_pairs += (int64_t)(v->n_ways - n_leave - n_come);
}

static int pair_up(struct morpher *m, struct mvoice *v, struct err *err)
{
	size_t width = v->n_b + 1;
	uint8_t AUTO_MEM *trace = mem_new_array((v->n_a + 1) * width, 1);
	int32_t AUTO_MEM *before = mem_new_array(width, sizeof(*before));
	int32_t AUTO_MEM *row = mem_new_array(width, sizeof(*row));
	v->ways = mem_new_array(v->n_a + v->n_b, sizeof(*v->ways));
	if (!trace || !before || !row || !v->ways)
		return err_set(err, -ENOMEM, "morph");
	align(v, trace, before, row);
	follow(m, v, trace);
	set_times(m, v);
	return 0;
}

static int64_t between(int64_t a, int64_t b, int64_t t)
{
	return a + ((b - a) * t + (b >= a ? 500 : -500)) / 1000;
}

/* A pitch on the way, by scale steps, in the scale of the nearer end. */
static int pitch_between(const struct morpher *m, int a, int b, int64_t t)
{
	if (a == b || t <= 0 || t >= 1000)
		return t >= 1000 ? b : a;
	const struct scale *s = t < 500 ? &m->src_from->scale : &m->src_to->scale;
	int start = t < 500 ? a : b, other = t < 500 ? b : a;
	int64_t steps = scale_degree(s, other) - scale_degree(s, start), part = t < 500 ? t : 1000 - t;
	int to = scale_move(s, start, (int)((steps * part + (steps >= 0 ? 500 : -500)) / 1000));
	return to < 0 ? 0 : to > 127 ? 127 : to;
}

/* Onsets that differ move on a grid of sixteenths. */
static int64_t onset_between(int64_t a, int64_t b, int64_t t)
{
	if (a == b || t <= 0 || t >= 1000)
		return t >= 1000 ? b : a;
	return (between(a, b, t) + GRID / 2) / GRID * GRID;
}

static bool at_stage(const struct morpher *m, const struct mvoice *v, const struct way *w, int64_t t, struct mnote *ret)
{
	if (w->a < 0 || w->b < 0) {
		*ret = w->a >= 0 ? v->a[w->a] : v->b[w->b];
		return w->a >= 0 ? t < w->when : t >= w->when;
	}
	const struct mnote *a = &v->a[w->a], *b = &v->b[w->b];
	*ret = (struct mnote){ onset_between(a->at, b->at, t), between(a->length, b->length, t),
			       v->drums ? a->pitch : pitch_between(m, a->pitch, b->pitch, t), (int)between(a->velocity, b->velocity, t), a->channel };
	ret->length = ret->length < 1 ? 1 : ret->length;
	ret->velocity = ret->velocity < 1 ? 1 : ret->velocity;
	return true;
}

static int write_stage(struct morpher *m, struct score *s, int64_t at, int64_t t, struct err *err)
{
	int code = score_set_tempo(s, (double)at / TICKS, m->from_bpm + (m->to_bpm - m->from_bpm) * (double)t / 1000, err);
	for (size_t v = 0; v < m->n_voices && code == 0; v++) {
		for (size_t i = 0; i < m->voices[v].n_ways && code == 0; i++) {
			struct mnote x;
			if (!at_stage(m, &m->voices[v], &m->voices[v].ways[i], t, &x) || x.at >= m->stage_ticks)
				continue;
			if (x.at + x.length > m->stage_ticks)
				x.length = m->stage_ticks - x.at;
			struct note n = { (double)(at + x.at) / TICKS, (double)x.length / TICKS, (uint8_t)x.pitch, (uint8_t)x.velocity,
					  (uint8_t)x.channel, 64 };
			code = score_add_note(s, v, &n, err);
			m->report.n_notes++;
		}
	}
	return code;
}

/* The first bars of a score, from its first bar line on. */
static int cut(const struct score *s, int64_t bars, struct score **ret, struct err *err)
{
	int code = score_slice(s, score_bar_start(s, 1), score_bar_start(s, bars + 1), ret, err);
	if (code == 0)
		(*ret)->pickup_beats = 0;
	return code;
}

static int prepare(struct morpher *m, const struct score *from, const struct score *to, struct err *err)
{
	struct score_meter meter = score_meter_at(from, from->pickup_beats), other = score_meter_at(to, to->pickup_beats);
	if (!material_same_meter(&meter, &other))
		return err_field(err, -EINVAL, "inputs", "a piece in %u/%u cannot turn into one in %u/%u", meter.num, meter.den, other.num, other.den);
	int64_t shorter = score_n_bars(from) < score_n_bars(to) ? score_n_bars(from) : score_n_bars(to);
	m->stage_bars = m->p->stage_bars ? m->p->stage_bars : shorter < 1 ? 1 : shorter > 8 ? 8 : shorter;
	AUTO(score) second = NULL;
	int code = source_new(from, &m->src_from, err);
	if (code == 0)
		code = source_new(to, &m->src_to, err);
	if (code == 0)
		code = cut(from, m->stage_bars, &m->from, err);
	if (code == 0)
		code = cut(to, m->stage_bars, &second, err);
	if (code == 0)
		code = material_revoice(second, from, &meter, &m->to, err);
	bool compound = meter.den >= 8 && meter.num % 3 == 0 && meter.num > 3;
	m->bar_ticks = (int64_t)(score_bar_beats(&meter) * TICKS + 0.5);
	m->bar_ticks = m->bar_ticks < 1 ? 1 : m->bar_ticks;
	m->beat_ticks = (compound ? 12 : 4) * TICKS / meter.den;
	m->beat_ticks = m->beat_ticks < 1 ? 1 : m->beat_ticks;
	m->stage_ticks = m->stage_bars * m->bar_ticks;
	m->from_bpm = score_bpm_at(from, from->pickup_beats);
	m->to_bpm = score_bpm_at(to, to->pickup_beats);
	m->minor = score_key_at(to, to->pickup_beats).minor;
	return code;
}

static int pair_all(struct morpher *m, struct err *err)
{
	m->voices = mem_new_array(m->from->n_voices, sizeof(*m->voices));
	if (!m->voices)
		return err_set(err, -ENOMEM, "morph");
	m->n_voices = m->from->n_voices;
	int code = 0;
	for (size_t v = 0; v < m->n_voices && code == 0; v++) {
		struct mvoice *x = &m->voices[v];
		x->drums = m->from->voices[v].n_notes > 0 && m->from->voices[v].notes[0].channel == DRUM_CHANNEL;
		code = read_voice(&m->from->voices[v], &x->a, &x->n_a, err);
		if (code == 0 && v < m->to->n_voices)
			code = read_voice(&m->to->voices[v], &x->b, &x->n_b, err);
		if (code == 0)
			code = pair_up(m, x, err);
	}
	return code;
}

static int tell(const struct morpher *m, int64_t i, int64_t n, struct err *err)
{
	char what[48];
	if (model_cancelled(m->watch))
		return err_set(err, -ECANCELED, "cancelled at stage %lld of %lld", (long long)i + 1, (long long)n);
	(void)snprintf(what, sizeof(what), "stage %lld of %lld", (long long)i + 1, (long long)n);
	model_progress(m->watch, (double)i / (double)n, what);
	return 0;
}

/* The first piece's stage with its meter, key and instruments, without its notes and words. */
static int begin(struct morpher *m, struct score **ret, struct err *err)
{
	int code = score_clone(m->from, ret, err);
	for (size_t v = 0; code == 0 && v < (*ret)->n_voices; v++)
		(*ret)->voices[v].n_notes = 0;
	for (size_t i = 0; code == 0 && i < (*ret)->n_texts; i++)
		free((*ret)->texts[i].text);
	if (code == 0)
		(*ret)->n_texts = (*ret)->n_tempos = (*ret)->end_beats = 0;
	return code;
}

static int make_stages(struct morpher *m, struct score **ret, struct err *err)
{
	AUTO(score) s = NULL;
	int code = begin(m, &s, err);
	int64_t first = m->p->ends ? 0 : 1, last = m->p->stages - 1 - first;
	int64_t n = last - first + 1;
	if (code == 0 && n < 1)
		return err_field(err, -EINVAL, "params.stages", "without its ends a morph of %lld stages has none", (long long)m->p->stages);
	for (int64_t i = 0; i < n && code == 0; i++) {
		code = tell(m, i, n, err);
		if (code == 0)
			code = write_stage(m, s, i * m->stage_ticks, (first + i) * 1000 / (m->p->stages - 1), err);
	}
	/* From the stage on whose pitches are in the second one's scale. */
	int64_t half = m->p->stages / 2 - first;
	if (code == 0 && half < n && m->src_from->scale.sharps != m->src_to->scale.sharps)
		code = score_set_key(s, (double)(half * m->stage_ticks) / TICKS, m->src_to->scale.sharps, m->minor, err);
	if (code < 0)
		return code;
	score_sort(s);
	s->end_beats = (double)(n * m->stage_ticks) / TICKS;
	m->report.n_stages = n;
	m->report.stage_bars = m->stage_bars;
	*ret = TAKE(s);
	return 0;
}

int morph_make(const struct score *from, const struct score *to, const struct morph_params *params, uint64_t seed,
	       const struct model_watch *watch, struct score **ret, struct morph_report *ret_report, struct err *err)
{
	int code = model_params_check(&morph_table, params, err);
	if (code < 0)
		return code;
	struct morpher m = { .p = params, .watch = watch };
	rng_init(&m.rng, seed);
	code = prepare(&m, from, to, err);
	if (code == 0)
		code = pair_all(&m, err);
	if (code == 0)
		code = make_stages(&m, ret, err);
	if (code == 0 && ret_report)
		*ret_report = m.report;
	morpher_done(&m);
	return code;
}

static int make(const struct generator_job *job, struct generated *ret, struct err *err)
{
	struct morph_report r;
	int code = morph_make(job->inputs[0], job->inputs[1], job->params, job->seed, job->watch, &ret->score, &r, err);
	if (code < 0)
		return code;
	ret->report = json_pack("{s:I, s:I, s:I, s:I, s:I}", "stages", (json_int_t)r.n_stages, "stage_bars", (json_int_t)r.stage_bars, "pairs",
				(json_int_t)r.n_pairs, "leaving", (json_int_t)r.n_leaving, "coming", (json_int_t)r.n_coming);
	return ret->report ? 0 : err_set(err, -ENOMEM, "report");
}

const struct generator morph_generator = { MORPH_MODEL, MORPH_VERSION, &morph_table, sizeof(struct morph_params), 2, 2, make };

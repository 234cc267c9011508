#include "model/variation.h"

#include "base/limits.h"
#include "model/vary_priv.h"
#include "music/drum_kit.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define MAX_KINDS   3    /* of a random variation */
#define MAX_ALIKE   1024 /* notes of the melody that are compared */
#define MAX_BEATS   1e9  /* beyond that ticks lose their meaning */

const char *const variation_kind_names[] = {
	"rhythm",   "contour",  "ornament",      "inversion", "retrograde", "augmentation", "diminution",
	"reharmonise", "sequence", "transposition", "thin",      "thicken",    "random",       NULL,
};
static const char *const voices_names[] = { "auto", "melody", "all", NULL };
_Static_assert(COUNT_OF(variation_kind_names) == VARIATION_KIND_COUNT + 1 && COUNT_OF(voices_names) == VARIATION_VOICES_COUNT + 1,
	       "every choice has a name");

static const struct model_param rows[] = {
	PARAM_CHOICE(variation_params, kind, variation_kind_names, VARIATION_RANDOM, "what is changed; random: some of it"),
	PARAM_NUM(variation_params, amount, 0, 1, 0.5, "", "how likely a place is changed"),
	PARAM_INT(variation_params, steps, -14, 14, 2, "scale steps", "for sequence (each bar) and transposition"),
	PARAM_INT(variation_params, phrase_bars, 1, 64, 4, "bars", "length of a phrase, for retrograde and sequence"),
	PARAM_CHOICE(variation_params, voices, voices_names, VARIATION_VOICES_AUTO,
		     "auto: the melody for what changes a line, all voices for what turns the whole"),
	PARAM_FLAG(variation_params, keep_length, 1, "augmentation stretches the first half, diminution plays all of it twice"),
	PARAM_FLAG(variation_params, keep_ends, 1, "the melody ends with its own last pitch"),
};
const struct model_table variation_table = MODEL_TABLE(rows);

static vary_fn *const kinds[] = {
	vary_rhythm,     vary_contour,   vary_ornament,   vary_inversion,     vary_retrograde, vary_augmentation,
	vary_diminution, vary_reharmonise, vary_sequence, vary_transposition, vary_thin,       vary_thicken,
};
_Static_assert(COUNT_OF(kinds) == VARIATION_RANDOM, "every kind but random has its function");

bool vary_chance(struct vary *v, int64_t milli)
{
	return (int64_t)rng_below(&v->rng, 1000) < milli;
}

bool vary_takes(const struct vary *v, size_t voice, bool all_by_default)
{
	bool all = v->p->voices == VARIATION_VOICES_ALL || (v->p->voices == VARIATION_VOICES_AUTO && all_by_default);
	return all || voice == v->lead;
}

/* The last meter that satisfies `at <= tick`, or `bar <= number`; the first for what comes before. */
static const struct vary_meter *meter_for(const struct vary *v, int64_t tick, int64_t bar)
{
	size_t lo = 0, hi = v->n_meters;
	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;
		if (v->meters[mid].at <= tick && v->meters[mid].bar <= bar)
			lo = mid;
		else
			hi = mid;
	}
	return &v->meters[lo];
}

struct vary_place vary_place(const struct vary *v, int64_t at)
{
	const struct vary_meter *m = meter_for(v, at, INT64_MAX);
	int64_t since = at - m->at, n = since / m->bar_ticks - (since % m->bar_ticks < 0);
	struct vary_place p = { .bar = m->bar + n, .bar_at = m->at + n * m->bar_ticks, .bar_ticks = m->bar_ticks, .beat_ticks = m->beat_ticks };
	p.bar = p.bar < 0 ? 0 : p.bar;
	p.in_bar = at - p.bar_at;
	p.on_bar = p.in_bar == 0;
	p.on_beat = p.in_bar % m->beat_ticks == 0;
	return p;
}

int64_t vary_bar_at(const struct vary *v, int64_t bar)
{
	const struct vary_meter *m = meter_for(v, INT64_MAX, bar);
	return m->at + (bar - m->bar) * m->bar_ticks;
}

int vary_add(struct vary_line *l, const struct vary_note *n, struct err *err)
{
	if (l->n >= LIMIT_SCORE_NOTES)
		return err_set(err, -EMSGSIZE, "the variation would have more than %d notes in a voice", LIMIT_SCORE_NOTES);
	if (mem_grow(&l->v, &l->room, l->n + 1, sizeof(*l->v)) < 0)
		return err_set(err, -ENOMEM, "variation of %zu notes", l->n);
	l->v[l->n++] = *n;
	return 0;
}

void vary_replace(struct vary_voice *voice, struct vary_line *l)
{
	free(voice->line.v);
	voice->line = *l;
	*l = (struct vary_line){ 0 };
}

static int by_time(const void *a, const void *b)
{
	const struct vary_note *x = a, *y = b;
	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if (x->pitch != y->pitch)
		return x->pitch < y->pitch ? -1 : 1;
	if (x->channel != y->channel)
		return x->channel < y->channel ? -1 : 1;
	return x->length < y->length ? -1 : x->length > y->length;
}

void vary_sort(struct vary_line *l)
{
	if (l->n > 0)
		qsort(l->v, l->n, sizeof(*l->v), by_time);
}

int vary_move(const struct vary *v, int pitch, int steps)
{
	int to = scale_move(&v->src->scale, pitch, steps);
	while (to < 0)
		to += 12;
	while (to > 127)
		to -= 12;
	return to;
}

static int64_t ticks_of(double beats)
{
	return (int64_t)(beats * VARY_TICKS + 0.5);
}

static int64_t at_least_one(double beats)
{
	int64_t ticks = ticks_of(beats);
	return ticks < 1 ? 1 : ticks;
}

static int read_meters(struct vary *v, struct err *err)
{
	const struct score *s = v->source;
	v->meters = mem_new_array(s->n_meters + 1, sizeof(*v->meters));
	if (!v->meters)
		return err_set(err, -ENOMEM, "variation");
	for (size_t i = 0; i <= s->n_meters; i++) {
		/* The first row is what holds where bar 1 begins, the others what changes after it. */
		double at = i == 0 ? s->pickup_beats : s->meters[i - 1].at_beats;
		struct score_meter m = i == 0 ? score_meter_at(s, at) : s->meters[i - 1];
		struct vary_meter *before = v->n_meters ? &v->meters[v->n_meters - 1] : NULL;
		int64_t tick = ticks_of(at);
		if (before && tick <= before->at)
			continue;
		bool compound = m.den >= 8 && m.num % 3 == 0 && m.num > 3;
		int64_t bars = before ? (tick - before->at + before->bar_ticks - 1) / before->bar_ticks : 1;
		v->meters[v->n_meters++] = (struct vary_meter){ tick, (before ? before->bar : 0) + bars, at_least_one(score_bar_beats(&m)),
								at_least_one((compound ? 12.0 : 4.0) / m.den) };
	}
	return 0;
}

static int read_notes(struct vary *v, struct err *err)
{
	const struct score *s = v->source;
	v->voices = mem_new_array(s->n_voices, sizeof(*v->voices));
	if (!v->voices)
		return err_set(err, -ENOMEM, "variation");
	v->n_voices = s->n_voices;
	v->lead = v->src->lead_voice;
	v->end = ticks_of(score_bar_ceil(s, s->end_beats));
	for (size_t k = 0; k < s->n_voices; k++) {
		struct vary_voice *voice = &v->voices[k];
		voice->drums = s->voices[k].n_notes > 0 && s->voices[k].notes[0].channel == DRUM_CHANNEL;
		for (size_t i = 0; i < s->voices[k].n_notes; i++) {
			const struct note *n = &s->voices[k].notes[i];
			struct vary_note x = { ticks_of(n->start_beats), at_least_one(n->duration_beats), n->pitch, n->velocity, n->channel };
			int code = vary_add(&voice->line, &x, err);
			if (code < 0)
				return code;
		}
		vary_sort(&voice->line);
	}
	return 0;
}

/* Words belong to the notes they were sung to, chord symbols to the chords that were there. */
static void drop_texts(struct score *s, enum score_text_kind kind)
{
	size_t kept = 0;
	for (size_t i = 0; i < s->n_texts; i++) {
		if (s->texts[i].kind == kind)
			free(s->texts[i].text);
		else
			s->texts[kept++] = s->texts[i];
	}
	s->n_texts = kept;
}

/* Pedals and bends belong to the time they were moved at. */
static void drop_gestures(struct score *s)
{
	for (size_t k = 0; k < s->n_voices; k++) {
		struct score_voice *voice = &s->voices[k];
		size_t kept = 0;
		for (size_t i = 0; i < voice->n_controls; i++)
			if (voice->controls[i].kind == SCORE_PROGRAM || voice->controls[i].at_beats <= 0)
				voice->controls[kept++] = voice->controls[i];
		voice->n_controls = kept;
	}
}

static int begin(struct vary *v, struct err *err)
{
	if (v->source->end_beats > MAX_BEATS)
		return err_field(err, -EINVAL, "inputs", "the piece is longer than %g beats", MAX_BEATS);
	int code = score_clone(v->source, &v->frame, err);
	if (code == 0)
		code = read_meters(v, err);
	if (code == 0)
		code = read_notes(v, err);
	for (size_t k = 0; code == 0 && k < v->frame->n_voices; k++)
		v->frame->voices[k].n_notes = 0;
	if (code == 0)
		drop_texts(v->frame, SCORE_LYRIC);
	return code;
}

static int apply(struct vary *v, enum variation_kind kind, struct variation_report *r, struct err *err)
{
	static const uint32_t leave_chords = 1u << VARIATION_RHYTHM | 1u << VARIATION_CONTOUR | 1u << VARIATION_ORNAMENT | 1u << VARIATION_THIN |
					     1u << VARIATION_THICKEN;
	if (model_cancelled(v->watch))
		return err_set(err, -ECANCELED, "cancelled before %s", variation_kind_names[kind]);
	model_progress(v->watch, 0.1, variation_kind_names[kind]);
	static const uint32_t turn_time = 1u << VARIATION_RETROGRADE | 1u << VARIATION_AUGMENTATION | 1u << VARIATION_DIMINUTION | 1u << VARIATION_SEQUENCE;
	if (!(leave_chords >> kind & 1))
		drop_texts(v->frame, SCORE_CHORD);
	if (turn_time >> kind & 1)
		drop_gestures(v->frame);
	r->kinds |= 1u << kind;
	return kinds[kind](v, err);
}

/* Two or three kinds that leave the length alone; what changes the chords comes first. */
static int apply_some(struct vary *v, struct variation_report *r, struct err *err)
{
	static const enum variation_kind some[] = { VARIATION_REHARMONISE, VARIATION_INVERSION, VARIATION_SEQUENCE, VARIATION_CONTOUR, VARIATION_THIN,
				       VARIATION_RHYTHM,      VARIATION_ORNAMENT,  VARIATION_THICKEN };
	uint32_t chosen = 0;
	int n = 2 + vary_chance(v, v->amount_milli);
	while (n > 0) {
		uint32_t bit = 1u << rng_below(&v->rng, COUNT_OF(some));
		n -= !(chosen & bit);
		chosen |= bit;
	}
	int code = 0;
	for (size_t i = 0; i < COUNT_OF(some) && code == 0; i++) {
		if (!(chosen >> i & 1))
			continue;
		code = apply(v, some[i], r, err);
		/* Where no harmony can be heard, or the piece is too long for it, the others will do. */
		if (some[i] == VARIATION_REHARMONISE && (code == -EINVAL || code == -EMSGSIZE)) {
			r->kinds &= ~(1u << some[i]);
			code = 0;
		}
	}
	return code;
}

static const struct vary_note *last_of(const struct vary_line *l)
{
	const struct vary_note *last = NULL;
	for (size_t i = 0; i < l->n; i++)
		if (!last || l->v[i].at > last->at || (l->v[i].at == last->at && l->v[i].pitch > last->pitch))
			last = &l->v[i];
	return last;
}

/* The melody's last note is the tonic it was, in the octave nearest to where it came out. */
static void keep_end(struct vary *v, int pitch)
{
	struct vary_line *l = &v->voices[v->lead].line;
	struct vary_note *last = (struct vary_note *)last_of(l);
	if (!last || v->voices[v->lead].drums)
		return;
	int up = ((pitch - last->pitch) % 12 + 12) % 12, to = last->pitch + (up > 6 ? up - 12 : up);
	last->pitch = (uint8_t)(to < 0 ? to + 12 : to > 127 ? to - 12 : to);
}

static int write_notes(struct vary *v, int64_t *ret_n, struct err *err)
{
	struct score *s = v->frame;
	int code = 0;
	*ret_n = 0;
	for (size_t k = 0; k < v->n_voices; k++) {
		for (size_t i = 0; i < v->voices[k].line.n && code == 0; i++, (*ret_n)++) {
			const struct vary_note *x = &v->voices[k].line.v[i];
			struct note n = { (double)x->at / VARY_TICKS, (double)x->length / VARY_TICKS, x->pitch, x->velocity, x->channel, 64 };
			code = score_add_note(s, k, &n, err);
		}
	}
	score_sort(s);
	s->end_beats = (double)v->end / VARY_TICKS;
	return code;
}

/* Longest common subsequence of scale steps, in thousandths of the longer line. */
static int pitches_kept(const struct vary *v, int64_t *ret, struct err *err)
{
	const struct score_voice *a = &v->source->voices[v->lead];
	const struct vary_line *b = &v->voices[v->lead].line;
	size_t n = a->n_notes < MAX_ALIKE ? a->n_notes : MAX_ALIKE, m = b->n < MAX_ALIKE ? b->n : MAX_ALIKE;
	uint16_t AUTO_MEM *row = mem_new_array(m + 1, sizeof(*row));
	if (!row)
		return err_set(err, -ENOMEM, "variation");
	for (size_t i = 0; i < n; i++) {
		uint16_t corner = 0;
		for (size_t j = 0; j < m; j++) {
			uint16_t above = row[j + 1], left = row[j];
			row[j + 1] = a->notes[i].pitch % 12 == b->v[j].pitch % 12 ? (uint16_t)(corner + 1) : above > left ? above : left;
			corner = above;
		}
	}
	size_t longer = n > m ? n : m;
	*ret = longer ? (int64_t)row[m] * 1000 / (int64_t)longer : 1000;
	return 0;
}

static int64_t rhythm_kept(const struct vary *v)
{
	const struct score_voice *a = &v->source->voices[v->lead];
	const struct vary_line *b = &v->voices[v->lead].line;
	size_t kept = 0;
	for (size_t i = 0, j = 0; i < a->n_notes; i++) {
		int64_t at = ticks_of(a->notes[i].start_beats);
		while (j < b->n && b->v[j].at < at)
			j++;
		kept += j < b->n && b->v[j].at == at;
	}
	return a->n_notes ? (int64_t)(kept * 1000 / a->n_notes) : 1000;
}

static int vary(struct vary *v, struct score **ret, struct variation_report *r, struct err *err)
{
	int code = begin(v, err);
	if (code < 0)
		return code;
	const struct vary_note *last = last_of(&v->voices[v->lead].line);
	int pitch = last ? last->pitch : 60;
	enum variation_kind kind = (enum variation_kind)v->p->kind;
	code = kind == VARIATION_RANDOM ? apply_some(v, r, err) : apply(v, kind, r, err);
	bool own = kind != VARIATION_TRANSPOSITION && kind != VARIATION_RETROGRADE && kind != VARIATION_AUGMENTATION;
	if (code == 0 && v->p->keep_ends && own)
		keep_end(v, pitch);
	for (size_t k = 0; code == 0 && k < v->n_voices; k++)
		vary_sort(&v->voices[k].line);
	if (code == 0)
		code = pitches_kept(v, &r->pitches_kept_milli, err);
	if (code == 0)
		code = write_notes(v, &r->n_notes, err);
	if (code < 0)
		return code;
	r->rhythm_kept_milli = rhythm_kept(v);
	*ret = TAKE(v->frame);
	return 0;
}

static void vary_done(struct vary *v)
{
	for (size_t k = 0; k < v->n_voices; k++)
		free(v->voices[k].line.v);
	free(v->voices);
	free(v->meters);
	score_free(v->frame);
}

int variation_make(const struct score *source, const struct variation_params *params, uint64_t seed, const struct model_watch *watch,
		   struct score **ret, struct variation_report *ret_report, struct err *err)
{
	AUTO(source) src = NULL;
	struct variation_report r = { 0 };
	int code = model_params_check(&variation_table, params, err);
	if (code == 0)
		code = source_new(source, &src, err);
	if (code < 0)
		return code;
	struct vary v = { .p = params, .source = source, .src = src, .watch = watch, .amount_milli = (int64_t)(params->amount * 1000 + 0.5) };
	rng_init(&v.rng, seed);
	code = vary(&v, ret, &r, err);
	vary_done(&v);
	if (code < 0)
		return code;
	model_progress(watch, 1, "done");
	if (ret_report)
		*ret_report = r;
	return 0;
}

static json_t *describe(const struct variation_report *r)
{
	AUTO_JSON json_t *names = json_array();
	for (int k = 0; names && k < VARIATION_RANDOM; k++)
		if ((r->kinds >> k & 1) && json_array_append_new(names, json_string(variation_kind_names[k])) < 0)
			return NULL;
	return names ? json_pack("{s:O, s:f, s:f}", "kinds", names, "pitches_kept", (double)r->pitches_kept_milli / 1000, "rhythm_kept",
				 (double)r->rhythm_kept_milli / 1000) :
		       NULL;
}

static int make(const struct generator_job *job, struct generated *ret, struct err *err)
{
	struct variation_report r;
	int code = variation_make(job->inputs[0], job->params, job->seed, job->watch, &ret->score, &r, err);
	if (code < 0)
		return code;
	ret->report = describe(&r);
	return ret->report ? 0 : err_set(err, -ENOMEM, "report");
}

const struct generator variation_generator = { VARIATION_MODEL, VARIATION_VERSION, &variation_table, sizeof(struct variation_params), 1, 1, make };

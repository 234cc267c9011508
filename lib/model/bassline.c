#include "model/bass_priv.h"

#include "model/pattern_priv.h"
#include "model/pen_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

const char *const bass_styles[] = { "roots", "root-fifth", "walking", "pop", "reggae", "tumbao", "disco", "boogie", "bossa", "pedal", "funk", NULL };

#define P bass_params
static const struct model_param rows[] = {
	CHORDS_ROWS(bass_params),
	PARAM_CHOICE(P, style, bass_styles, BASS_ROOT_FIFTH, "what kind of line"),
	PARAM_INT(P, lo, 12, 60, 28, "pitch", "lowest note"),
	PARAM_INT(P, hi, 31, 79, 50, "pitch", "highest note, at least 19 above the lowest"),
	PARAM_NUM(P, lock, 0, 1, 1, "", "how many notes begin with the kick of a drum part, where an input has one"),
	PARAM_INT(P, program, 0, 127, 33, "", "instrument, a General MIDI program from 0"),
};
const struct model_table bass_table = MODEL_TABLE(rows);

/* R root (the chord's bass), 5 fifth, 8 octave, 3 third, 6 sixth, A leads to the next root. */
static const struct pattern patterns[BASS_STYLE_COUNT] = {
	[BASS_ROOTS] = { "R---------------", "R-----------", "R-----", "------" },
	[BASS_ROOT_FIFTH] = { "R-------5-------", "R-------5---", "R-----", "5-----" },
	[BASS_WALKING] = { "R---3---5---A---", "R---3---A---", "R-----", "A-----" }, /* searched; this is for odd bars */
	[BASS_POP] = { "R-R-R-R-R-R-R-A-", "R-R-R-R-R-A-", "R-R-R-", "R-R-A-" },
	[BASS_REGGAE] = { "..R-R---..5-3---", "..R-R---..5-", "..R-R-", "..5-R-" },
	[BASS_TUMBAO] = { "------5-----8---", "----5---8---", "--5---", "--8---" },
	[BASS_DISCO] = { "R-8-R-8-R-8-R-8-", "R-8-R-8-R-8-", "R-8-R-", "R-8-R-" },
	[BASS_BOOGIE] = { "R-R-3-3-5-5-6-5-", "R-R-3-3-5-5-", "R-R-3-", "5-6-5-" },
	[BASS_BOSSA] = { "R-----5-5-----R-", "R---5-----R-", "R---5-", "5---R-" },
	[BASS_PEDAL] = { "R-R-R-R-R-R-R-R-", "R-R-R-R-R-R-", "R-R-R-", "R-R-R-" },
	[BASS_FUNK] = { "R--R..8.R-.R5.A.", "R--R..8.R.A.", "R--R8.", "R.5.A." },
};

int bass_add(struct bass *b, int32_t at, int32_t length, int pitch, struct err *err)
{
	if (mem_grow(&b->notes, &b->room, b->n + 1, sizeof(*b->notes)) < 0)
		return err_set(err, -ENOMEM, "bass");
	b->notes[b->n++] = (struct bass_note){ at, length, pitch, false };
	b->last = pitch;
	return 0;
}

int bass_place(const struct bass *b, int pitch_class, int near)
{
	int best = -1;
	for (int p = (int)b->p->lo; p <= b->p->hi; p++)
		if (p % 12 == pitch_class && (best < 0 || abs(p - near) < abs(best - near)))
			best = p;
	return best;
}

/* Roots stay low: in the octave above the lowest note, or near what was just played. */
static int root_of(const struct bass *b, int32_t at)
{
	const struct chord *c = b->p->style == BASS_PEDAL ? &b->h->chords[0].chord : &harmony_at(b->h, at)->chord;
	int pitch_class = b->p->style == BASS_PEDAL ? b->h->key.tonic : c->bass;
	int near = (int)b->p->lo + 5;
	return bass_place(b, pitch_class, b->last < 0 ? near : (b->last + near * 2) / 3);
}

static int above(const struct bass *b, int root, int interval)
{
	if (interval < 0)
		return root;
	return root + interval <= b->p->hi ? root + interval : root + interval - 12 >= b->p->lo ? root + interval - 12 : root;
}

static int lead_to(struct bass *b, int32_t next_at, int root)
{
	if (next_at >= b->h->end_ticks || harmony_at(b->h, next_at)->chord.bass % 12 == root % 12)
		return above(b, root, chord_fifth(&harmony_at(b->h, next_at - 1)->chord));
	int goal = bass_place(b, harmony_at(b->h, next_at)->chord.bass, root), by = rng_below(&b->rng, 2) ? 1 : -1;
	uint16_t scale = tonality_scale(&b->h->key);
	if (!mask_has(scale, goal + by) && mask_has(scale, goal + 2 * by) && rng_below(&b->rng, 2))
		by *= 2;
	goal += by;
	return goal > b->p->hi || goal < b->p->lo ? root : goal;
}

static int pitch_of(struct bass *b, char letter, int32_t at, int32_t end)
{
	const struct chord *c = &harmony_at(b->h, at)->chord;
	int root = root_of(b, at), base = c->bass == c->root ? 0 : (c->root - c->bass + 12) % 12;
	int fifth = chord_fifth(c) < 0 ? 7 : chord_fifth(c), third = chord_third(c) < 0 ? 0 : chord_third(c);
	if (b->p->style == BASS_PEDAL)
		return root;
	switch (letter) {
	case '5':
		return above(b, root, (base + fifth) % 12);
	case '3':
		return above(b, root, (base + third) % 12);
	case '6':
		return above(b, root, (base + 9) % 12);
	case '8':
		return above(b, root, 12);
	case 'A':
		return lead_to(b, end, root);
	default:
		return root;
	}
}

/* --- rhythm ------------------------------------------------------------------------------------ */

#define EARLY_TICKS (METER_TICKS / 16)

struct kicks {
	int32_t *at;
	size_t n, room;
};

static int find_kicks(const struct score *s, struct kicks *ret, struct err *err)
{
	for (size_t v = 0; s && v < s->n_voices; v++) {
		for (size_t i = 0; i < s->voices[v].n_notes; i++) {
			const struct note *n = &s->voices[v].notes[i];
			double t = (n->start_beats - s->pickup_beats) * METER_TICKS;
			if (n->channel != 9 || (n->pitch != 35 && n->pitch != 36) || t < -1 || t > INT32_MAX / 2)
				continue;
			if (mem_grow(&ret->at, &ret->room, ret->n + 1, sizeof(*ret->at)) < 0)
				return err_set(err, -ENOMEM, "kicks");
			ret->at[ret->n++] = (int32_t)(t < 0 ? 0 : t + 0.5);
		}
	}
	return 0;
}

static int compare_ticks(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
	return (x > y) - (x < y);
}

/*
 * Drummers are a little early at times and harmony is not: a stroke just before a bar or a chord is played with it, else the note
 * would belong to what is over at once and the new bar would have no root.
 */
static void straighten_kicks(const struct harmony *h, struct kicks *k)
{
	for (size_t i = 0; i < k->n; i++) {
		int32_t soon = k->at[i] + EARLY_TICKS, bar = soon - soon % h->meter.bar_ticks, chord = harmony_at(h, soon)->at;
		int32_t line = chord > bar ? chord : bar;
		if (k->at[i] < line)
			k->at[i] = line;
	}
}

/* A bar of a style's rhythm; a chord that begins under a held note takes it over. */
static int pattern_notes(struct bass *b, int32_t bar, struct err *err)
{
	char letters[PATTERN_STEPS];
	int32_t step;
	int n = pattern_bar(&patterns[b->p->style], &b->h->meter, letters, &step), code = 0;
	for (int i = 0; code == 0 && i < n; i++) {
		int32_t at = bar + i * step;
		bool changes = harmony_at(b->h, at)->at == at && b->p->style != BASS_TUMBAO;
		if (letters[i] == '.' || (letters[i] == '-' && !changes))
			continue;
		int k = i + 1;
		while (k < n && letters[k] == '-' && harmony_at(b->h, bar + k * step)->at != bar + k * step)
			k++;
		int32_t end = bar + k * step;
		/* A tumbao is ahead of its chord: the last note of a bar is the next one's root. */
		bool ahead = b->p->style == BASS_TUMBAO && letters[i] == '8';
		int pitch = ahead ? root_of(b, bar + b->h->meter.bar_ticks) : pitch_of(b, changes ? 'R' : letters[i], at, end);
		code = bass_add(b, at, end - at, pitch, err);
	}
	return code;
}

/* A bar with the kick: its strokes begin the notes. */
static int locked_notes(struct bass *b, const struct kicks *k, int32_t bar, struct err *err)
{
	int32_t end = bar + b->h->meter.bar_ticks, last = -METER_TICKS;
	size_t before = b->n;
	int code = 0, nth = 0;
	for (size_t i = 0; code == 0 && i < k->n; i++) {
		int32_t at = k->at[i];
		if (at < bar || at >= end || at - last < METER_TICKS / 8)
			continue;
		const struct harmony_chord *c = harmony_at(b->h, at);
		bool first = b->n == before || harmony_at(b->h, last)->at != c->at;
		int32_t until = i + 1 < k->n && k->at[i + 1] < end ? k->at[i + 1] : end;
		static const char others[] = "R5R8";
		code = bass_add(b, at, until > at ? until - at : METER_TICKS / 8, pitch_of(b, first ? 'R' : others[nth % 4], at, until), err);
		if (code == 0)
			b->notes[b->n - 1].kick = true;
		last = at;
		nth++;
	}
	return code;
}

static int play_bars(struct bass *b, const struct kicks *k, int32_t until, struct err *err)
{
	int64_t lock = (int64_t)(b->p->lock * 1000 + 0.5);
	int code = 0;
	for (int32_t bar = 0; code == 0 && bar < until; bar += b->h->meter.bar_ticks) {
		size_t before = b->n;
		if (model_cancelled(b->watch))
			return err_set(err, -ECANCELED, "cancelled");
		if (k->n && (int64_t)rng_below(&b->rng, 1000) < lock)
			code = locked_notes(b, k, bar, err);
		if (code == 0 && b->n == before)
			code = pattern_notes(b, bar, err);
	}
	return code;
}

/* The last bar: roots of its chords, the last one held. */
static int close_line(struct bass *b, int32_t from, struct err *err)
{
	int code = 0;
	for (size_t i = 0; code == 0 && i < b->h->n; i++) {
		const struct harmony_chord *c = &b->h->chords[i];
		int32_t at = c->at > from ? c->at : from, end = c->at + c->length;
		if (end > from)
			code = bass_add(b, at, end - at, root_of(b, at), err);
	}
	return code;
}

static int write_notes(const struct bass *b, const struct pen *pen, int64_t *ret_locked, struct err *err)
{
	int code = 0;
	*ret_locked = 0;
	for (size_t i = 0; code == 0 && i < b->n; i++) {
		const struct bass_note *n = &b->notes[i];
		int32_t next = i + 1 < b->n ? b->notes[i + 1].at : n->at + n->length;
		int32_t length = n->at + n->length > next ? next - n->at : n->length;
		int weight = meter_weight(&b->h->meter, n->at % b->h->meter.bar_ticks);
		*ret_locked += n->kick;
		if (length > 0)
			code = pen_note(pen, n->at, length, n->pitch, 82 + weight * 4, err);
	}
	return code;
}

int bass_under(const struct harmony *h, const struct bass_params *p, const struct score *drums, uint64_t seed,
	       const struct model_watch *watch, const struct pen *pen, int64_t *ret_n, int64_t *ret_locked, struct err *err)
{
	if (p->hi - p->lo < 19)
		return err_field(err, -EINVAL, "params.hi", "the range is %lld to %lld; allowed are 19 semitones or more", (long long)p->lo,
				 (long long)p->hi);
	struct bass b = { .h = h, .p = p, .watch = watch, .last = -1 };
	struct kicks k = { 0 };
	rng_init(&b.rng, seed);
	int32_t until = h->end_ticks - h->meter.bar_ticks;
	int code = find_kicks(drums, &k, err);
	if (code == 0 && k.n)
		qsort(k.at, k.n, sizeof(k.at[0]), compare_ticks);
	straighten_kicks(h, &k);
	if (code == 0)
		code = p->style == BASS_WALKING && !h->meter.compound ? bass_walk(&b, until, err) : play_bars(&b, &k, until, err);
	if (code == 0)
		code = close_line(&b, until, err);
	if (code == 0)
		code = write_notes(&b, pen, ret_locked, err);
	*ret_n = (int64_t)b.n;
	free(b.notes);
	free(k.at);
	return code;
}

static const struct score *find_drums(const struct generator_job *job)
{
	for (size_t i = 0; i < job->n_inputs; i++)
		for (size_t v = 0; v < job->inputs[i]->n_voices; v++)
			if (job->inputs[i]->voices[v].n_notes && job->inputs[i]->voices[v].notes[0].channel == 9)
				return job->inputs[i];
	return NULL;
}

static int make(const struct generator_job *job, struct generated *ret, struct err *err)
{
	const struct bass_params *p = job->params;
	struct chords_answer a = { 0 };
	struct pen pen;
	int64_t n = 0, locked = 0;
	int code = model_params_check(&bass_table, p, err);
	if (code == 0)
		code = chords_ask(&p->on, job, &a, err);
	if (code < 0)
		return code;
	code = pen_begin(&a.harmony, "bass", a.bpm, &ret->score, err);
	if (code == 0)
		code = pen_voice(ret->score, "bass", (int)p->program, 0, &pen, err);
	if (code == 0)
		code = bass_under(&a.harmony, p, find_drums(job), job->seed, job->watch, &pen, &n, &locked, err);
	if (code == 0) {
		pen_end(&a.harmony, ret->score);
		ret->report = harmony_report(&a.harmony, a.source);
		AUTO_JSON json_t *more = json_pack("{s:s, s:I, s:I}", "style", bass_styles[p->style], "new_notes", (json_int_t)n, "with_kick",
						   (json_int_t)locked);
		if (!ret->report || !more || json_object_update(ret->report, more) < 0)
			code = err_set(err, -ENOMEM, "report");
	}
	harmony_done(&a.harmony);
	return code;
}

const struct generator bass_generator = {
	.model = "bass", .version = BASS_VERSION, .table = &bass_table, .params_size = sizeof(struct bass_params), .inputs_max = 2, .make = make,
};

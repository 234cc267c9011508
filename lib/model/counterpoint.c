#include "model/counterpoint_priv.h"

#include "model/pen_priv.h"

#include <stdlib.h>

#include "base/banned.h"

static const char *const species_names[] = { "first", "second", "third", "fourth", "florid", NULL };
static const char *const position_names[] = { "above", "below", NULL };

#define P counterpoint_params
static const struct model_param rows[] = {
	PARAM_CHOICE(P, species, species_names, SPECIES_FIRST, "note against note, two, four, syncopes, or a mixture"),
	PARAM_CHOICE(P, position, position_names, COUNTER_BELOW, "where the new voice lies"),
	PARAM_INT(P, voice, 0, 64, 0, "", "which voice of the piece is the melody, from 1; 0: the highest"),
	PARAM_INT(P, lo, 0, 96, 36, "pitch", "lowest note of the new voice"),
	PARAM_INT(P, hi, 31, 127, 96, "pitch", "highest note of the new voice"),
	PARAM_INT(P, program, 0, 127, 0, "", "its instrument, a General MIDI program from 0"),
	PARAM_FLAG(P, melody, 1, "put the melody into the result, too"),
	PARAM_NUM(P, freedom, 0, 1, 0.3, "", "0: always the same best line; 1: seeds differ much"),
};
const struct model_table counterpoint_table = MODEL_TABLE(rows);

/* --- rhythm ------------------------------------------------------------------------------------ */

/* How a note of the melody is divided, in eighths of it. */
struct division {
	int n, parts[5];
};
static const struct division whole = { 1, { 8 } }, halves = { 2, { 4, 4 } }, quarters = { 4, { 2, 2, 2, 2 } };
static const struct division florid[] = {
	{ 2, { 4, 4 } }, { 2, { 4, 4 } },    { 3, { 4, 2, 2 } }, { 3, { 2, 2, 4 } }, { 4, { 2, 2, 2, 2 } },
	{ 2, { 6, 2 } }, { 4, { 4, 2, 1, 1 } }, { 4, { 2, 2, 2, 2 } },
};

static const struct division *divide(const struct counter *c, size_t i, struct rng *r)
{
	int32_t length = c->line->notes[i].length;
	bool two = length % 2 == 0 && length >= METER_TICKS / 2, four = length % 8 == 0 && length >= METER_TICKS * 2;
	if (i + 1 == c->line->n || !two || c->p->species == SPECIES_FIRST)
		return &whole;
	if (c->p->species == SPECIES_THIRD && length % 4 == 0 && length >= METER_TICKS)
		return &quarters;
	if (c->p->species == SPECIES_FLORID && four)
		return &florid[rng_below(r, sizeof(florid) / sizeof(florid[0]))];
	return &halves;
}

static int add_slot(struct counter *c, const struct counter_slot *s, struct err *err)
{
	if (mem_grow(&c->slots, &c->room, c->n + 1, sizeof(*c->slots)) < 0)
		return err_set(err, -ENOMEM, "counterpoint");
	c->slots[c->n++] = *s;
	return 0;
}

int counter_rhythm(struct counter *c, struct rng *r, struct err *err)
{
	const struct line *l = c->line;
	bool syncopes = c->p->species == SPECIES_FOURTH, mixed = c->p->species == SPECIES_FLORID;
	int code = 0, before = 0;
	for (size_t i = 0; code == 0 && i < l->n; i++) {
		const struct division *d = divide(c, i, r);
		bool joined = i && l->notes[i - 1].at + l->notes[i - 1].length == l->notes[i].at;
		int32_t at = l->notes[i].at;
		for (int k = 0; code == 0 && k < d->n; k++) {
			struct counter_slot s = { at, l->notes[i].length * d->parts[k] / 8, i, k == 0, false, false };
			s.may_tie = k == 0 && joined && before == 4 && d->n > 1 && (syncopes || mixed);
			s.must_tie = s.may_tie && syncopes;
			at += s.length;
			/* Syncopes enter after half a note. */
			if (!(syncopes && i == 0 && k == 0 && d->n > 1))
				code = add_slot(c, &s, err);
			before = d->parts[k];
		}
	}
	return code;
}

/* --- the result -------------------------------------------------------------------------------- */

struct tally {
	int64_t n_notes, contrary, moves, ties, suspensions, perfect;
};

static void count(const struct counter *c, const uint8_t *pitch, struct tally *t)
{
	for (size_t i = 0; i < c->n; i++) {
		int other = c->line->notes[c->slots[i].under].pitch, apart = abs(pitch[i] - other) % 12;
		bool tied = i && c->slots[i].may_tie && pitch[i] == pitch[i - 1];
		t->n_notes += !tied;
		t->ties += tied;
		t->suspensions += tied && !counter_consonant(pitch[i], other);
		t->perfect += apart == 0 || apart == 7;
		int before = i ? c->line->notes[c->slots[i - 1].under].pitch : other;
		if (i && before != other && pitch[i] != pitch[i - 1]) {
			t->moves++;
			t->contrary += (other > before) != (pitch[i] > pitch[i - 1]);
		}
	}
}

static int write_counter(const struct counter *c, const uint8_t *pitch, struct score *s, struct err *err)
{
	struct pen pen;
	int code = pen_voice(s, "counterpoint", (int)c->p->program, 1, &pen, err);
	for (size_t i = 0; code == 0 && i < c->n;) {
		const struct counter_slot *slot = &c->slots[i];
		int32_t end = slot->at + slot->length;
		size_t k = i + 1;
		while (k < c->n && c->slots[k].may_tie && pitch[k] == pitch[i] && c->slots[k].at == end) {
			end += c->slots[k].length;
			k++;
		}
		code = pen_note(&pen, slot->at, end - slot->at, pitch[i], slot->strong ? 78 : 70, err);
		i = k;
	}
	return code;
}

static int write_melody(const struct line *l, struct score *s, struct err *err)
{
	struct pen pen;
	int code = pen_voice(s, "melody", l->program, 0, &pen, err);
	for (size_t i = 0; code == 0 && i < l->n; i++)
		code = pen_note(&pen, l->notes[i].at, l->notes[i].length, l->notes[i].pitch, l->notes[i].velocity, err);
	return code;
}

static int write_score(const struct counter *c, const uint8_t *pitch, struct score **ret, struct err *err)
{
	AUTO_HARMONY h;
	AUTO(score) s = NULL;
	harmony_init(&h, &c->line->key, &c->line->meter);
	h.end_ticks = c->line->end_ticks;
	int code = pen_begin(&h, "counterpoint", c->line->bpm, &s, err);
	if (code == 0 && c->p->melody)
		code = write_melody(c->line, s, err);
	if (code == 0)
		code = write_counter(c, pitch, s, err);
	if (code < 0)
		return code;
	pen_end(&h, s);
	*ret = TAKE(s);
	return 0;
}

static int search(struct counter *c, uint64_t seed, const struct model_watch *watch, struct generated *ret, struct err *err)
{
	struct rng r;
	rng_init(&r, seed);
	int code = counter_rhythm(c, &r, err);
	if (code < 0)
		return code;
	AUTO_MEM struct path_slot *slots = mem_new_array(c->n, sizeof(*slots));
	AUTO_MEM uint8_t *pitch = mem_new_array(c->n, 1);
	if (!slots || !pitch)
		return err_set(err, -ENOMEM, "counterpoint");
	counter_candidates(c, &r, slots);
	const struct path_costs costs = { counter_pair, counter_triple, c };
	int64_t broken = 0;
	model_progress(watch, 0.2, "weighing lines");
	code = pitch_path(slots, c->n, &costs, watch, pitch, &broken, err);
	if (code == 0)
		code = write_score(c, pitch, &ret->score, err);
	if (code < 0)
		return code;
	struct tally t = { 0 };
	count(c, pitch, &t);
	ret->report = json_pack("{s:s, s:s, s:I, s:I, s:f, s:I, s:I, s:I}", "species", species_names[c->p->species], "position",
				position_names[c->p->position], "new_notes", (json_int_t)t.n_notes, "broken_rules", (json_int_t)broken,
				"contrary", t.moves ? (double)(t.contrary * 1000 / t.moves) / 1000 : 0.0, "ties", (json_int_t)t.ties,
				"suspensions", (json_int_t)t.suspensions, "perfect", (json_int_t)t.perfect);
	return ret->report ? 0 : err_set(err, -ENOMEM, "report");
}

static int make(const struct generator_job *job, struct generated *ret, struct err *err)
{
	const struct counterpoint_params *p = job->params;
	AUTO_LINE l = { 0 };
	int code = model_params_check(&counterpoint_table, p, err);
	if (code == 0 && p->hi - p->lo < 12)
		code = err_field(err, -EINVAL, "params.hi", "the range is %lld to %lld; allowed is an octave or more", (long long)p->lo,
				 (long long)p->hi);
	if (code == 0)
		code = line_of_score(job->inputs[0], p->voice, &l, err);
	if (code < 0)
		return code;
	struct counter c = { .line = &l, .p = p, .scale = tonality_scale(&l.key), .leading = (l.key.tonic + 11) % 12 };
	code = search(&c, job->seed, job->watch, ret, err);
	if (code == 0 && p->melody)
		code = line_put_upbeat(job->inputs[0], p->voice, 0, &ret->score, err);
	free(c.slots);
	return code;
}

const struct generator counterpoint_generator = {
	.model = "counterpoint", .version = COUNTERPOINT_VERSION, .table = &counterpoint_table,
	.params_size = sizeof(struct counterpoint_params), .inputs_min = 1, .inputs_max = 1, .make = make,
};

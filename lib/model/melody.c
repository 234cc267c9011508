#include "model/melody_priv.h"

#include "model/pen_priv.h"

#include <stdlib.h>

#include "base/banned.h"

const char *const melody_styles[] = { "folk", "pop", "jazz", "classical", "march", "lullaby", NULL };

#define P melody_params
static const struct model_param rows[] = {
	CHORDS_ROWS(melody_params),
	PARAM_CHOICE(P, style, melody_styles, MELODY_FOLK, "whose rhythmic figures"),
	PARAM_INT(P, lo, 24, 96, 60, "pitch", "lowest note"),
	PARAM_INT(P, hi, 36, 120, 81, "pitch", "highest note, an octave or more above the lowest"),
	PARAM_INT(P, phrase_bars, 1, 16, 4, "bars", "length of a phrase"),
	PARAM_NUM(P, density, 0, 1, 0.4, "", "0: long notes; 1: many"),
	PARAM_NUM(P, repetition, 0, 1, 0.6, "", "how closely motifs come back"),
	PARAM_NUM(P, boldness, 0, 1, 0.4, "", "0: steps; 1: leaps and surprises"),
	PARAM_INT(P, program, 0, 127, 73, "", "instrument, a General MIDI program from 0"),
};
const struct model_table melody_table = MODEL_TABLE(rows);

static int write_notes(const struct tune *t, const uint8_t *pitch, const struct pen *pen, struct melody_report *ret, struct err *err)
{
	int code = 0;
	*ret = (struct melody_report){ .n_notes = (int64_t)t->n, .lowest = 127 };
	for (size_t i = 0; code == 0 && i < t->n; i++) {
		const struct tune_note *n = &t->notes[i];
		int weight = meter_weight(&t->h->meter, n->at % t->h->meter.bar_ticks);
		int up = (int)((pitch[i] - t->p->lo) * 12 / (t->p->hi - t->p->lo + 1));
		code = pen_note(pen, n->at, n->length, pitch[i], 76 + weight * 5 + up, err);
		ret->strong += weight >= 2;
		ret->strong_in_chord += weight >= 2 && chord_has(&harmony_at(t->h, n->at)->chord, pitch[i]);
		ret->lowest = pitch[i] < ret->lowest ? pitch[i] : ret->lowest;
		ret->highest = pitch[i] > ret->highest ? pitch[i] : ret->highest;
		ret->leaps += i && abs(pitch[i] - pitch[i - 1]) > 4;
	}
	return code;
}

int melody_over(const struct harmony *h, const struct melody_params *p, uint64_t seed, const struct model_watch *watch,
		const struct pen *pen, struct melody_report *ret, struct err *err)
{
	struct tune t = { .h = h, .p = p };
	if (p->hi - p->lo < 12)
		return err_field(err, -EINVAL, "params.hi", "the range is %lld to %lld; allowed is an octave or more", (long long)p->lo,
				 (long long)p->hi);
	if (p->hi - p->lo > 36)
		return err_field(err, -EINVAL, "params.hi", "the range is %lld to %lld; allowed are three octaves or less",
				 (long long)p->lo, (long long)p->hi);
	rng_init(&t.rng, seed);
	t.grain = rng_next(&t.rng);
	t.density = (int64_t)(p->density * 1000 + 0.5);
	t.repetition = (int64_t)(p->repetition * 1000 + 0.5);
	t.boldness = (int64_t)(p->boldness * 1000 + 0.5);
	int code = melody_rhythm(&t, err);
	AUTO_MEM uint8_t *pitch = code == 0 ? mem_new_array(t.n, 1) : NULL;
	if (code == 0 && !pitch)
		code = err_set(err, -ENOMEM, "melody");
	if (code == 0)
		code = melody_pitches(&t, watch, pitch, err);
	if (code == 0)
		code = write_notes(&t, pitch, pen, ret, err);
	free(t.notes);
	return code;
}

static int make(const struct generator_job *job, struct generated *ret, struct err *err)
{
	const struct melody_params *p = job->params;
	struct chords_answer a = { 0 };
	struct melody_report r;
	struct pen pen;
	int code = model_params_check(&melody_table, p, err);
	if (code == 0)
		code = chords_ask(&p->on, job, &a, err);
	if (code < 0)
		return code;
	model_progress(job->watch, 0.2, "finding phrases");
	code = pen_begin(&a.harmony, "melody", a.bpm, &ret->score, err);
	if (code == 0)
		code = pen_voice(ret->score, "melody", (int)p->program, 0, &pen, err);
	if (code == 0)
		code = melody_over(&a.harmony, p, job->seed, job->watch, &pen, &r, err);
	if (code == 0) {
		pen_end(&a.harmony, ret->score);
		ret->report = harmony_report(&a.harmony, a.source);
		AUTO_JSON json_t *more = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "new_notes", (json_int_t)r.n_notes, "lowest",
						   (json_int_t)r.lowest, "highest", (json_int_t)r.highest, "leaps", (json_int_t)r.leaps,
						   "strong_notes", (json_int_t)r.strong, "strong_in_chord", (json_int_t)r.strong_in_chord);
		if (!ret->report || !more || json_object_update(ret->report, more) < 0)
			code = err_set(err, -ENOMEM, "report");
	}
	harmony_done(&a.harmony);
	return code;
}

const struct generator melody_generator = {
	.model = "melody", .version = MELODY_VERSION, .table = &melody_table, .params_size = sizeof(struct melody_params),
	.inputs_max = 1, .make = make,
};

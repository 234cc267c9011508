#include "model/chords_ask.h"

#include "model/pen_priv.h"

#include "base/rng.h"
#include "base/str.h"

#include <stdio.h>

#include "base/banned.h"

static int read_text(const struct chords_ask *on, struct harmony *ret, struct err *err)
{
	struct meter_shape m;
	int code = meter_shape_of_name(meter_names[on->meter], &m, err);
	if (code < 0)
		return code;
	if (on->key == KEY_ANY)
		return harmony_read(on->chords, NULL, &m, ret, err);
	struct tonality key = tonality_of((int)on->key - 1, on->mode == MODE_ANY ? MODE_MAJOR : (enum mode)(on->mode - 1));
	return harmony_read(on->chords, &key, &m, ret, err);
}

static int make_new(const struct chords_ask *on, uint64_t seed, struct harmony *ret, struct err *err)
{
	struct rng r;
	struct progression_params p;
	int code = model_params_read(&progression_table, NULL, &p, err);
	if (code < 0)
		return code;
	p.bars = on->bars ? on->bars : 8;
	p.style = on->grammar;
	p.key = on->key;
	p.mode = on->mode;
	p.meter = on->meter;
	p.complexity = on->complexity;
	rng_split(&r, seed, 0x63686f72); /* apart from what is drawn over the chords */
	return progression_chords(&p, rng_next(&r), ret, err);
}

/* The first input that has something to hear or to read; the others may be drums. */
static const struct score *find_pitched(const struct generator_job *job)
{
	for (size_t i = 0; i < job->n_inputs; i++) {
		const struct score *s = job->inputs[i];
		for (size_t k = 0; k < s->n_texts; k++)
			if (s->texts[k].kind == SCORE_CHORD)
				return s;
		for (size_t v = 0; v < s->n_voices; v++)
			for (size_t k = 0; k < s->voices[v].n_notes; k++)
				if (s->voices[v].notes[k].channel != 9)
					return s;
	}
	return NULL;
}

/* Drums alone say how long it is, and in what meter. */
static void ask_drums(struct chords_ask *on, const struct score *s)
{
	struct score_meter m = score_meter_at(s, s->pickup_beats);
	int64_t bars = score_n_bars(s);
	char name[16];
	(void)snprintf(name, sizeof(name), "%u/%u", m.num, m.den);
	for (int i = 0; meter_names[i]; i++)
		on->meter = str_eq(meter_names[i], name) ? i : on->meter;
	if (!on->bars)
		on->bars = bars < 1 ? 1 : bars > 256 ? 256 : bars;
}

int chords_ask(const struct chords_ask *on, const struct generator_job *job, struct chords_answer *ret, struct err *err)
{
	AUTO_HARMONY h = { 0 };
	const struct score *in = find_pitched(job), *tempo = job->n_inputs ? job->inputs[0] : NULL;
	enum harmony_source source = HARMONY_MADE;
	int code = 0;
	if (on->bpm != 0 && on->bpm < 20)
		return err_field(err, -EINVAL, "params.bpm", "bpm is %g; allowed are 0 and 20 to 400", on->bpm);
	if (on->chords[0]) {
		source = HARMONY_TEXT;
		code = read_text(on, &h, err);
	} else if (in) {
		code = harmony_of_score(in, &h, &source, err);
	} else {
		struct chords_ask mine = *on;
		if (tempo)
			ask_drums(&mine, tempo);
		code = make_new(&mine, job->seed, &h, err);
	}
	if (code == 0 && on->bars)
		code = harmony_fit(&h, on->bars, err);
	if (code < 0)
		return code;
	ret->bpm = on->bpm != 0 ? on->bpm : tempo ? score_bpm_at(tempo, tempo->pickup_beats) : 100;
	ret->source = source;
	ret->harmony = h;
	h = (struct harmony){ 0 };
	return 0;
}

int chords_part(const struct chords_ask *on, const struct generator_job *job, const char *name, int program, chords_play_fn *play,
		struct generated *ret, struct err *err)
{
	struct chords_answer a = { 0 };
	struct pen pen;
	int64_t n = 0;
	int code = chords_ask(on, job, &a, err);
	if (code < 0)
		return code;
	code = pen_begin(&a.harmony, name, a.bpm, &ret->score, err);
	if (code == 0)
		code = pen_voice(ret->score, name, program, 0, &pen, err);
	if (code == 0)
		code = play(&a.harmony, job->params, job->seed, job->watch, &pen, &n, err);
	if (code == 0) {
		pen_end(&a.harmony, ret->score);
		ret->report = harmony_report(&a.harmony, a.source);
		if (!ret->report || json_object_set_new(ret->report, "new_notes", json_integer(n)) < 0)
			code = err_set(err, -ENOMEM, "report");
	}
	harmony_done(&a.harmony);
	return code;
}

#include "model/chords_ask.h"

#include "base/rng.h"

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

int chords_ask(const struct chords_ask *on, const struct generator_job *job, struct chords_answer *ret, struct err *err)
{
	AUTO_HARMONY h = { 0 };
	const struct score *in = job->n_inputs ? job->inputs[0] : NULL;
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
		code = make_new(on, job->seed, &h, err);
	}
	if (code == 0 && on->bars)
		code = harmony_fit(&h, on->bars, err);
	if (code < 0)
		return code;
	ret->bpm = on->bpm != 0 ? on->bpm : in ? score_bpm_at(in, in->pickup_beats) : 100;
	ret->source = source;
	ret->harmony = h;
	h = (struct harmony){ 0 };
	return 0;
}

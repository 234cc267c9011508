#include "model/generator.h"

#include "base/str.h"
#include "model/accompaniment.h"
#include "model/arpeggio.h"
#include "model/bassline.h"
#include "model/counterpoint.h"
#include "model/harmonise.h"
#include "model/melody.h"
#include "model/piece.h"
#include "model/progression.h"

#include <string.h>

#include "base/banned.h"

const struct generator *const harmony_generators[] = { &accompaniment_generator, &arpeggio_generator, &bass_generator, &counterpoint_generator, &harmonise_generator, &melody_generator, &piece_generator, &progression_generator, NULL };

const struct generator *generator_find(const char *model)
{
	for (size_t i = 0; harmony_generators[i]; i++)
		if (str_eq(harmony_generators[i]->model, model))
			return harmony_generators[i];
	return NULL;
}

void generated_done(struct generated *g)
{
	score_free(g->score);
	json_decref(g->report);
	*g = (struct generated){ 0 };
}

int generator_run(const struct generator *g, const json_t *params, const struct score *const *inputs, size_t n_inputs,
		  uint64_t seed, const struct model_watch *watch, struct generated *ret, struct err *err)
{
	if (n_inputs < g->inputs_min || n_inputs > g->inputs_max)
		return err_field(err, -EINVAL, "inputs", "%zu inputs; '%s' takes %zu to %zu", n_inputs, g->model, g->inputs_min,
				 g->inputs_max);
	AUTO_MEM void *p = mem_new_array(1, g->params_size);
	if (!p)
		return err_set(err, -ENOMEM, "parameters");
	int code = model_params_read(g->table, params, p, err);
	if (code < 0)
		return code;
	const struct generator_job job = { p, inputs, n_inputs, seed, watch };
	struct generated made = { 0 };
	code = model_cancelled(watch) ? err_set(err, -ECANCELED, "cancelled") : g->make(&job, &made, err);
	if (code < 0) {
		generated_done(&made);
		return code;
	}
	model_progress(watch, 1, "done");
	*ret = made;
	return 0;
}

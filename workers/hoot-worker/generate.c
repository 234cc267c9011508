#include "skill.h"

#include "model/generator.h"
#include "music/notes.h"

#include <stdlib.h>

#include "base/banned.h"

static int make(struct skill_run *run, const struct generator *g, struct score **inputs, size_t n, struct err *err)
{
	struct generated made = { 0 };
	int code = 0;
	for (size_t i = 0; code == 0 && i < n; i++)
		code = skill_read_score(run->lease, i, &inputs[i], err);
	if (code == 0)
		code = generator_run(g, run->lease->params, (const struct score *const *)inputs, n, (uint64_t)run->lease->seed, run->watch,
				     &made, err);
	if (code == 0)
		code = skill_write_score(run, made.score, err);
	if (code == 0) {
		run->metadata = skill_describe_with(made.score, json_incref(made.report));
		code = run->metadata ? 0 : err_set(err, -ENOMEM, "metadata");
	}
	generated_done(&made);
	return code;
}

int skill_generate(struct skill_run *run, const struct generator *g, struct err *err)
{
	size_t n = run->lease->inputs.n;
	if (n > g->inputs_max)
		return err_field(err, -EINVAL, "inputs", "%zu inputs; '%s' takes at most %zu", n, g->model, g->inputs_max);
	struct score **inputs = mem_new_array(n, sizeof(struct score *));
	if (!inputs)
		return err_set(err, -ENOMEM, "%zu inputs", n);
	int code = make(run, g, inputs, n, err);
	for (size_t i = 0; i < n; i++)
		score_free(inputs[i]);
	free(inputs);
	return code;
}

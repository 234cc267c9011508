/* skills_harmony.c - the harmony family: progressions, melodies, counterpoint, basses, patterns, pieces from words. */
#include "skill.h"

#include "model/counterpoint.h"
#include "model/generator.h"
#include "model/melody.h"
#include "model/progression.h"
#include "music/notes.h"

#include "base/banned.h"

static int read_inputs(struct skill_run *run, struct score **inputs, size_t n, struct err *err)
{
	int code = 0;
	for (size_t i = 0; code == 0 && i < n; i++)
		code = skill_read_score(run->lease, i, &inputs[i], err);
	return code;
}

enum { INPUTS_MAX = 4 };

static int make(struct skill_run *run, struct err *err)
{
	const struct generator *g = generator_find(run->lease->model);
	struct score *inputs[INPUTS_MAX] = { 0 };
	size_t n = run->lease->inputs.n;
	struct generated made = { 0 };
	int code = g ? 0 : err_field(err, -EINVAL, "model", "there is no generator '%s'", run->lease->model);
	if (code == 0 && n > INPUTS_MAX)
		code = err_field(err, -EINVAL, "inputs", "%zu inputs; at most %d are used", n, INPUTS_MAX);
	if (code == 0)
		code = read_inputs(run, inputs, n, err);
	if (code == 0)
		code = generator_run(g, run->lease->params, (const struct score *const *)inputs, n, (uint64_t)run->lease->seed, run->watch,
				     &made, err);
	if (code == 0)
		code = skill_write_score(run, made.score, err);
	if (code == 0) {
		run->metadata = skill_describe_score(made.score);
		if (!run->metadata || json_object_update(run->metadata, made.report) < 0)
			code = err_set(err, -ENOMEM, "metadata");
	}
	generated_done(&made);
	for (size_t i = 0; i < INPUTS_MAX; i++)
		score_free(inputs[i]);
	return code;
}

/* From nothing, or from one or more pieces. */
#define SAMPLE(from, name, v, t) \
	{ .verb = "sample", .from_space = from, .to_space = "midi", .model = name, .version = v, .table = t, .run = make }

static const struct skill skills[] = {
	SAMPLE("midi", "counterpoint", COUNTERPOINT_VERSION, &counterpoint_table),
	SAMPLE("", "melody", MELODY_VERSION, &melody_table),
	SAMPLE("midi", "melody", MELODY_VERSION, &melody_table),
	SAMPLE("", "progression", PROGRESSION_VERSION, &progression_table),
};
const struct skill_list skills_harmony = { skills, COUNT_OF(skills) };

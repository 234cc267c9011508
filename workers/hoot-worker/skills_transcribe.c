/* skills_transcribe.c - project:audio:midi: the notes of what was hummed, sung, tapped or beat-boxed. */
#include "skill.h"

#include "audio/hum.h"
#include "audio/report.h"
#include "base/str.h"

#include <stdlib.h>

#include "base/banned.h"

/* Errors of the library name a field of its parameters; here it is one of the request's. */
static int as_param(int code, struct err *err)
{
	char field[sizeof(err->field)];
	if (code < 0 && err && err->field[0] && !str_eq(err->field, "inputs")) {
		(void)str_copy(field, sizeof(field), err->field);
		(void)snprintf(err->field, sizeof(err->field), "params.%.40s", field);
	}
	return code;
}

static int input_path(const struct skill_run *run, const char **ret, struct err *err)
{
	if (run->lease->inputs.n < 1)
		return err_field(err, -EINVAL, "inputs", "the step has no input");
	*ret = run->lease->inputs.v[0].path;
	return 0;
}

/* The score as the result; `more` (taken) joins its description. */
static int finish(struct skill_run *run, const struct score *s, json_t *more, struct err *err)
{
	int code = skill_write_score(run, s, err);
	if (code < 0) {
		json_decref(more);
		return code;
	}
	run->metadata = skill_describe_with(s, more);
	return run->metadata ? 0 : err_set(err, -ENOMEM, "metadata");
}

static const struct model_param hum_rows[] = {
	PARAM_NUM(hum_params, bpm, 20, 400, 120, "bpm", "tempo of the score"),
	PARAM_NUM(hum_params, lo_hz, PITCH_LOWEST, PITCH_HIGHEST, 60, "Hz", "the lowest pitch looked for"),
	PARAM_NUM(hum_params, hi_hz, PITCH_LOWEST, PITCH_HIGHEST, 1400, "Hz", "the highest"),
	PARAM_NUM(hum_params, shortest_s, 0.02, 1, 0.08, "s", "what is shorter belongs to its neighbour or is left out"),
	PARAM_INT(hum_params, bend_range, 1, 24, 12, "semitones", "how far a bend can reach up and down; written as RPN 0"),
	PARAM_FLAG(hum_params, bends, 1, "glides, vibrato and tuning as pitch bends; off: plain notes"),
	PARAM_FLAG(hum_params, quantise, 0, "bring the beginnings to a grid"),
	PARAM_CHOICE(hum_params, grid, grid_names, GRID_AUTO, "the grid, with quantise"),
	PARAM_NUM(hum_params, strength, 0, 1, 1, "", "how far beginnings go to the grid, with quantise"),
	PARAM_INT(hum_params, program, 0, 127, 73, "", "General MIDI program, from 0; 73 is a flute"),
	PARAM_FLAG(hum_params, keep_tuning, 0, "nearest keys by A 440 instead of by the voice's own tuning"),
};
static const struct model_table hum_table = MODEL_TABLE(hum_rows);

static int hum(struct skill_run *run, struct err *err)
{
	struct hum_params p;
	struct hum_report r;
	const char *path = NULL;
	AUTO(score) s = NULL;
	int code = model_params_read(&hum_table, run->lease->params, &p, err);
	if (code == 0)
		code = input_path(run, &path, err);
	if (code == 0)
		code = as_param(hum_to_score(path, &p, run->watch, &s, &r, err), err);
	if (code < 0)
		return code;
	return finish(run, s,
		      json_pack("{s:I, s:I, s:i, s:i, s:o, s:o, s:o, s:I, s:I}", "bends", (json_int_t)r.n_bends, "bends_cut_off",
				(json_int_t)r.n_cut_off, "lowest", r.lowest, "highest", r.highest, "tuning_cents",
				report_number(r.tuning_cents, 1), "confidence", report_number(r.confidence, 3), "voiced",
				report_number(r.voiced, 3), "vibrato_notes", (json_int_t)r.n_vibrato, "bend_range", (json_int_t)p.bend_range), err);
}

static const struct skill skills[] = {
	{ .verb = "project", .from_space = "audio", .to_space = "midi", .model = "hum", .version = "1", .table = &hum_table, .run = hum },
};
const struct skill_list skills_transcribe = { skills, COUNT_OF(skills) };

/* skills_transcribe.c - project:audio:midi: the notes of what was hummed, sung, tapped or beat-boxed. */
#include "skill.h"

#include "ear.h"

#include "audio/drum_take.h"
#include "audio/hum.h"
#include "audio/report.h"
#include "music/groove.h"

#include <stdlib.h>

#include "base/banned.h"

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
		code = ear_path(run, 0, &path, err);
	if (code == 0)
		code = skill_as_param(hum_to_score(path, &p, run->watch, &s, &r, err), err);
	if (code < 0)
		return code;
	return finish(run, s,
		      json_pack("{s:I, s:I, s:i, s:i, s:o, s:o, s:o, s:I, s:I}", "bends", (json_int_t)r.n_bends, "bends_cut_off",
				(json_int_t)r.n_cut_off, "lowest", r.lowest, "highest", r.highest, "tuning_cents",
				report_number(r.tuning_cents, 1), "confidence", report_number(r.confidence, 3), "voiced",
				report_number(r.voiced, 3), "vibrato_notes", (json_int_t)r.n_vibrato, "bend_range", (json_int_t)p.bend_range), err);
}

static const struct model_param drum_rows[] = {
	PARAM_NUM(drum_params, bpm, 0, 300, 0, "bpm", "tempo of the take; 0 finds it"),
	PARAM_INT(drum_params, meter, 0, 12, 0, "beats", "beats of a bar; 0 is 4"),
	PARAM_CHOICE(drum_params, align, drum_align_names, DRUM_ALIGN_AUTO,
		     "what the first bar line is: the recording's start, the first hit; auto: the start where bpm is given, else the found bar"),
	PARAM_NUM(drum_params, sensitivity, 0, 1, 0.5, "", "0 hears clear hits only, 1 nearly everything"),
	PARAM_FLAG(drum_params, adapt, 1, "learn from the take what its kicks, snares and hats are like"),
	PARAM_CHOICE(drum_params, grid, grid_names, GRID_AUTO, "auto: found from the hits, triplets beat by beat"),
	PARAM_NUM(drum_params, strength, 0, 1, 1, "", "how far hits go to the grid; 0 leaves them where they were"),
	PARAM_NUM(drum_params, swing, 0, 0.75, 0, "", "where the second of a pair of lines lies: 0.5 straight, 0.67 a shuffle; 0 as found"),
	PARAM_CHOICE(drum_params, groove, groove_names, 0, "a groove that is put on what was quantised"),
	PARAM_NUM(drum_params, dynamics, 0, 2, 1, "", "0: all hits alike, 1: as loud as they were, 2: exaggerated"),
	PARAM_INT(drum_params, kick, 0, 127, 36, "", "key of the kick, in the kit that will play it"),
	PARAM_INT(drum_params, snare, 0, 127, 38, "", "key of the snare"),
	PARAM_INT(drum_params, hat, 0, 127, 42, "", "key of the hat"),
	PARAM_INT(drum_params, other, 0, 127, 39, "", "key of what is none of them; 39 is a clap"),
};
static const struct model_table drum_table = MODEL_TABLE(drum_rows);

static int drums(struct skill_run *run, struct err *err)
{
	struct drum_params p;
	struct drum_report r;
	const char *path = NULL;
	AUTO(score) s = NULL;
	int code = model_params_read(&drum_table, run->lease->params, &p, err);
	if (code == 0)
		code = ear_path(run, 0, &path, err);
	if (code == 0)
		code = skill_as_param(drums_to_score(path, &p, run->watch, &s, &r, err), err);
	if (code < 0)
		return code;
	return finish(run, s,
		      json_pack("{s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:i, s:o, s:o}", "hits", (json_int_t)r.n_hits, "kick",
				(json_int_t)r.counts[DRUM_CLASS_KICK], "snare", (json_int_t)r.counts[DRUM_CLASS_SNARE], "hat",
				(json_int_t)r.counts[DRUM_CLASS_HAT], "other", (json_int_t)r.counts[DRUM_CLASS_OTHER], "bpm", report_number(r.bpm, 2),
				"tempo_confidence", report_number(r.tempo_confidence, 3), "confidence", report_number(r.confidence, 3),
				"lines_per_beat", r.grid.per_beat, "swing", report_number(r.grid.swing, 3), "mean_move_beats",
				report_number(r.mean_move_beats, 4)), err);
}

static const struct skill skills[] = {
	{ .verb = "project", .from_space = "audio", .to_space = "midi", .model = "hum", .version = "1", .table = &hum_table, .run = hum },
	{ .verb = "project", .from_space = "audio", .to_space = "midi", .model = "drums", .version = "1", .table = &drum_table, .run = drums },
};
const struct skill_list skills_transcribe = { skills, COUNT_OF(skills) };

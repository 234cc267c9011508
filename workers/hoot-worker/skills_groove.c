/* skills_groove.c - how a piece is played: its grid, its groove, its articulation and dynamics. */
#include "skill.h"

#include "music/groove.h"
#include "music/humanise.h"
#include "music/quantise.h"
#include "music/reshape.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* Writes the score; its description and `more` (taken) are the metadata. */
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

struct quantise_ask {
	int64_t grid, lengths;
	double strength, swing, range;
};

static const struct model_param quantise_rows[] = {
	PARAM_CHOICE(quantise_ask, grid, grid_names, GRID_AUTO, "auto: found from the onsets, triplets beat by beat"),
	PARAM_NUM(quantise_ask, strength, 0, 1, 1, "", "how far onsets go to their line"),
	PARAM_NUM(quantise_ask, swing, 0, 0.75, 0, "", "where the second of a pair of lines lies: 0.5 straight, 0.67 a shuffle; 0 as found"),
	PARAM_NUM(quantise_ask, range, 0, 1, 1, "", "only onsets within this part of half a line's distance are moved"),
	PARAM_CHOICE(quantise_ask, lengths, quantise_length_names, LENGTHS_KEEP, "keep lengths, keep ends, or bring ends to lines"),
};
static const struct model_table quantise_table = MODEL_TABLE(quantise_rows);

static int quantise(struct skill_run *run, struct err *err)
{
	struct quantise_ask a;
	struct quantise_report r;
	AUTO(score) in = NULL;
	AUTO(score) out = NULL;
	int code = model_params_read(&quantise_table, run->lease->params, &a, err);
	if (code == 0)
		code = skill_read_score(run->lease, 0, &in, err);
	if (code < 0)
		return code;
	const struct quantise_params p = { (enum grid_name)a.grid, a.strength, a.swing, a.range, (enum quantise_lengths)a.lengths };
	code = skill_as_param(score_quantise(in, &p, run->watch, &out, &r, err), err);
	if (code < 0)
		return code;
	return finish(run, out,
		      json_pack("{s:i, s:f, s:f, s:f, s:I, s:f, s:f, s:I, s:I}", "lines_per_beat", r.grid.per_beat, "swing", r.grid.swing,
				"confidence", r.found.confidence, "lag_beats", r.found.lag_beats, "triplet_beats", (json_int_t)r.n_triplet_beats,
				"mean_move_beats", r.mean_move_beats, "largest_move_beats", r.largest_move_beats, "moved", (json_int_t)r.n_moved,
				"merged", (json_int_t)r.n_merged), err);
}

struct learn_ask {
	int64_t grid, voice;
	double period_beats;
};

static const struct model_param learn_rows[] = {
	PARAM_CHOICE(learn_ask, grid, grid_names, GRID_AUTO, "auto: found from the onsets, swing and all"),
	PARAM_NUM(learn_ask, period_beats, 0, 64, 0, "beats", "how long the groove is before it comes again; 0 is a bar"),
	PARAM_INT(learn_ask, voice, -1, 1023, -1, "", "the track to listen to, from 0; -1 for all"),
};
static const struct model_table learn_table = MODEL_TABLE(learn_rows);

static int learn(struct skill_run *run, struct err *err)
{
	struct learn_ask a;
	struct groove g;
	struct groove_report r;
	AUTO(score) in = NULL;
	int code = model_params_read(&learn_table, run->lease->params, &a, err);
	if (code == 0)
		code = skill_read_score(run->lease, 0, &in, err);
	if (code < 0)
		return code;
	const struct groove_learn_params p = { (enum grid_name)a.grid, a.period_beats, (int)a.voice };
	code = skill_as_param(groove_learn(in, &p, run->watch, &g, &r, err), err);
	if (code < 0)
		return code;
	AUTO_JSON json_t *j = groove_json(&g);
	code = skill_write_json(run, j, err);
	if (code < 0)
		return code;
	run->metadata = json_pack("{s:s, s:f, s:i, s:I, s:i, s:f, s:f, s:f}", "name", g.name, "period_beats", g.period_beats, "slots", g.n_slots,
				  "onsets", (json_int_t)r.n_onsets, "lines_per_beat", r.found.grid.per_beat, "swing", r.swing, "spread_beats",
				  r.spread_beats, "confidence", r.found.confidence);
	return run->metadata ? 0 : err_set(err, -ENOMEM, "metadata");
}

struct apply_ask {
	int64_t groove;
	double swing, timing, velocity, gate, quantise;
};

static const struct model_param apply_rows[] = {
	PARAM_CHOICE(apply_ask, groove, groove_names, 0, "a built-in groove; none: the second input is one"),
	PARAM_NUM(apply_ask, swing, 0.5, 0.75, 0.62, "", "of swing_8 and swing_16: where the second of a pair lies"),
	PARAM_NUM(apply_ask, timing, 0, 2, 1, "", "how much of its timing; above 1 exaggerated"),
	PARAM_NUM(apply_ask, velocity, 0, 2, 1, "", "how much of its loudness"),
	PARAM_NUM(apply_ask, gate, 0, 1, 0, "", "how much of its note lengths"),
	PARAM_NUM(apply_ask, quantise, 0, 1, 0, "", "how far onsets are drawn to its slots first"),
};
static const struct model_table apply_table = MODEL_TABLE(apply_rows);

static int groove_of(struct skill_run *run, const struct apply_ask *a, struct groove *g, struct err *err)
{
	bool second = run->lease->inputs.n > 1;
	if (a->groove != 0 && second)
		return err_field(err, -EINVAL, "params.groove", "there are two grooves, '%s' and the second input", groove_names[a->groove]);
	if (a->groove != 0)
		return groove_builtin((size_t)a->groove, a->swing, g, err);
	if (!second)
		return err_field(err, -EINVAL, "params.groove", "which groove? name one, or give one as the second input");
	AUTO_MEM char *bytes = NULL;
	size_t n = 0;
	int code = skill_read_input(run->lease, 1, &bytes, &n, err);
	if (code == 0)
		code = groove_read(bytes, n, g, err);
	return code < 0 ? err_wrap(err, code, "artifact %s", run->lease->inputs.v[1].artifact_id) : 0;
}

static int apply(struct skill_run *run, struct err *err)
{
	struct apply_ask a;
	struct groove g;
	AUTO(score) in = NULL;
	AUTO(score) out = NULL;
	int code = model_params_read(&apply_table, run->lease->params, &a, err);
	if (code == 0)
		code = groove_of(run, &a, &g, err);
	if (code == 0)
		code = skill_read_score(run->lease, 0, &in, err);
	if (code < 0)
		return code;
	const struct groove_apply_params p = { a.timing, a.velocity, a.gate, a.quantise };
	code = skill_as_param(groove_apply(in, &g, &p, run->watch, &out, err), err);
	if (code < 0)
		return code;
	return finish(run, out, json_pack("{s:s, s:f, s:i}", "groove", g.name, "period_beats", g.period_beats, "slots", g.n_slots), err);
}

static const struct model_param humanise_rows[] = {
	PARAM_NUM(humanise_params, timing_ms, 0, 60, 10, "ms", "standard deviation of onsets"),
	PARAM_NUM(humanise_params, velocity, 0, 30, 6, "", "standard deviation of velocities"),
	PARAM_NUM(humanise_params, length, 0, 0.5, 0.05, "", "standard deviation of lengths, as a part of each"),
	PARAM_NUM(humanise_params, chord_ms, 0, 30, 3, "ms", "how far notes of a chord are apart, as a standard deviation"),
	PARAM_NUM(humanise_params, drift, 0, 1, 0.6, "", "part of the deviations that wanders slowly; 0: every note on its own"),
};
static const struct model_table humanise_table = MODEL_TABLE(humanise_rows);

static int humanise(struct skill_run *run, struct err *err)
{
	struct humanise_params p;
	AUTO(score) in = NULL;
	AUTO(score) out = NULL;
	int code = model_params_read(&humanise_table, run->lease->params, &p, err);
	if (code == 0)
		code = skill_read_score(run->lease, 0, &in, err);
	if (code == 0)
		code = skill_as_param(score_humanise(in, &p, (uint64_t)run->lease->seed, &out, err), err);
	return code < 0 ? code : finish(run, out, json_object(), err);
}

static const struct model_param retime_rows[] = {
	PARAM_NUM(time_params, stretch, 0.125, 8, 1, "", "2 is half time: everything lasts twice as long; 0.5 is double time"),
	PARAM_INT(time_params, fit_bars, 0, 4096, 0, "bars", "fit the whole into so many bars; 0: stretch"),
	PARAM_FLAG(time_params, reverse, 0, "from the end to the beginning"),
};
static const struct model_table retime_table = MODEL_TABLE(retime_rows);

static int retime(struct skill_run *run, struct err *err)
{
	struct time_params p;
	AUTO(score) in = NULL;
	AUTO(score) out = NULL;
	int code = model_params_read(&retime_table, run->lease->params, &p, err);
	if (code == 0)
		code = skill_read_score(run->lease, 0, &in, err);
	if (code == 0)
		code = skill_as_param(score_retime(in, &p, &out, err), err);
	return code < 0 ? code : finish(run, out, json_object(), err);
}

static const struct model_param articulate_rows[] = {
	PARAM_NUM(articulation_params, gate, 0.05, 4, 1, "", "notes last so much as long: 0.5 is staccato"),
	PARAM_FLAG(articulation_params, legato, 0, "first, notes last until their voice goes on"),
	PARAM_NUM(articulation_params, legato_gap_beats, 0, 16, 1, "beats", "over rests of this length at most"),
	PARAM_NUM(articulation_params, shortest_beats, 0, 64, 0, "beats", "no note is shorter"),
	PARAM_NUM(articulation_params, longest_beats, 0, 64, 64, "beats", "no note is longer"),
};
static const struct model_table articulate_table = MODEL_TABLE(articulate_rows);

static int articulate(struct skill_run *run, struct err *err)
{
	struct articulation_params p;
	AUTO(score) in = NULL;
	AUTO(score) out = NULL;
	int code = model_params_read(&articulate_table, run->lease->params, &p, err);
	if (code == 0)
		code = skill_read_score(run->lease, 0, &in, err);
	if (code == 0)
		code = skill_as_param(score_articulate(in, &p, &out, err), err);
	return code < 0 ? code : finish(run, out, json_object(), err);
}

struct dynamics_ask {
	int64_t curve, lo, hi;
	double depth, gain, contrast;
};

static const struct model_param dynamics_rows[] = {
	PARAM_CHOICE(dynamics_ask, curve, dynamics_curve_names, DYNAMICS_KEEP, "how loudness runs over the piece"),
	PARAM_NUM(dynamics_ask, depth, 0, 1, 0.6, "", "how quiet the quiet end of the curve is"),
	PARAM_NUM(dynamics_ask, gain, 0.1, 4, 1, "", "all velocities times this"),
	PARAM_NUM(dynamics_ask, contrast, 0, 4, 1, "", "distances from the mean velocity times this: below 1 evens out"),
	PARAM_INT(dynamics_ask, lo, 1, 127, 1, "", "no velocity is below"),
	PARAM_INT(dynamics_ask, hi, 1, 127, 127, "", "no velocity is above"),
};
static const struct model_table dynamics_table = MODEL_TABLE(dynamics_rows);

static int dynamics(struct skill_run *run, struct err *err)
{
	struct dynamics_ask a;
	AUTO(score) in = NULL;
	AUTO(score) out = NULL;
	int code = model_params_read(&dynamics_table, run->lease->params, &a, err);
	if (code == 0)
		code = skill_read_score(run->lease, 0, &in, err);
	if (code < 0)
		return code;
	const struct dynamics_params p = { (enum dynamics_curve)a.curve, a.depth, a.gain, a.contrast, (int)a.lo, (int)a.hi };
	code = skill_as_param(score_dynamics(in, &p, &out, err), err);
	return code < 0 ? code : finish(run, out, json_object(), err);
}

#define ROW(to, name, its_table, function) \
	{ .verb = "project", .from_space = "midi", .to_space = to, .model = name, .version = "1", .table = &its_table, .run = function }

static const struct skill list[] = {
	ROW("midi", "quantise", quantise_table, quantise),
	ROW("midi", "groove", apply_table, apply),
	ROW("groove", "groove", learn_table, learn),
	ROW("midi", "humanise", humanise_table, humanise),
	ROW("midi", "retime", retime_table, retime),
	ROW("midi", "articulate", articulate_table, articulate),
	ROW("midi", "dynamics", dynamics_table, dynamics),
};
const struct skill_list skills_groove = { list, COUNT_OF(list) };

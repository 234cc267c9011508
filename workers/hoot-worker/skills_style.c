/* skills_style.c - in the style of given pieces: going on, new ones, bridges; by the Markov model and the factor oracle. */
#include "skill.h"

#include "model/bridge.h"
#include "model/continuation.h"
#include "model/morph.h"
#include "model/oracle.h"
#include "model/style.h"
#include "model/variation.h"
#include "music/notes.h"

#include "base/banned.h"

static json_t *describe_bridge(const struct score *s, const struct bridge_params *p, const struct bridge_report *r)
{
	return skill_describe_with(s, json_pack("{s:I, s:I, s:I, s:I, s:f, s:f, s:f, s:s, s:s}", "lead_in_bars", (json_int_t)p->lead_in_bars,
						"new_bars", (json_int_t)r->n_bars, "new_notes", (json_int_t)r->n_notes,
						"leap_semitones", (json_int_t)r->leap, "strangers", (double)r->strangers_milli / 1000,
						"from_bpm", r->from_bpm, "to_bpm", r->to_bpm, "dominant", r->dominant, "leads_to", r->goal));
}

static int lead_over(struct skill_run *run, struct err *err)
{
	struct bridge_params p;
	AUTO(score) from = NULL;
	AUTO(score) to = NULL;
	AUTO(score) out = NULL;
	struct bridge_report report;
	int code = model_params_read(&bridge_table, run->lease->params, &p, err);
	if (code == 0)
		code = skill_read_score(run->lease, 0, &from, err);
	if (code == 0)
		code = skill_read_score(run->lease, 1, &to, err);
	if (code == 0)
		code = bridge_make(from, to, &p, (uint64_t)run->lease->seed, run->watch, &out, &report, err);
	if (code == 0)
		code = skill_write_score(run, out, err);
	if (code < 0)
		return code;
	run->metadata = describe_bridge(out, &p, &report);
	return run->metadata ? 0 : err_set(err, -ENOMEM, "metadata");
}

static int continue_by_markov(struct skill_run *run, struct err *err)
{
	return skill_generate(run, &markov_continue, err);
}

static int continue_by_oracle(struct skill_run *run, struct err *err)
{
	return skill_generate(run, &oracle_continue, err);
}

static int sample_by_markov(struct skill_run *run, struct err *err)
{
	return skill_generate(run, &markov_sample, err);
}

static int sample_by_oracle(struct skill_run *run, struct err *err)
{
	return skill_generate(run, &oracle_sample, err);
}

static int vary(struct skill_run *run, struct err *err)
{
	return skill_generate(run, &variation_generator, err);
}

static int turn_into(struct skill_run *run, struct err *err)
{
	return skill_generate(run, &morph_generator, err);
}

/* A generator's table is not known before the program runs, so it is named here again. */
#define ROW(v, name, release, t, function) \
	{ .verb = v, .from_space = "midi", .to_space = "midi", .model = name, .version = release, .table = t, .run = function }

static const struct skill skills[] = {
	ROW("continue", CONTINUATION_MODEL, CONTINUATION_VERSION, &continuation_table, continue_by_markov),
	ROW("continue", ORACLE_MODEL, ORACLE_VERSION, &oracle_table, continue_by_oracle),
	ROW("sample", CONTINUATION_MODEL, CONTINUATION_VERSION, &markov_sample_table, sample_by_markov),
	ROW("sample", ORACLE_MODEL, ORACLE_VERSION, &oracle_sample_table, sample_by_oracle),
	ROW("sample", VARIATION_MODEL, VARIATION_VERSION, &variation_table, vary),
	ROW("bridge", BRIDGE_MODEL, BRIDGE_VERSION, &bridge_table, lead_over),
	ROW("bridge", MORPH_MODEL, MORPH_VERSION, &morph_table, turn_into),
};
const struct skill_list skills_style = { skills, COUNT_OF(skills) };

/* skills_markov.c - the model `markov`: a piece goes on in its own style, or leads over to another. */
#include "skill.h"

#include "model/bridge.h"
#include "model/continuation.h"
#include "music/notes.h"

#include "base/banned.h"

static json_t *describe_continuation(const struct score *s, const struct continuation_params *p, const struct continuation_report *r)
{
	return skill_describe_with(s, json_pack("{s:I, s:I, s:I, s:b, s:I, s:f}", "lead_in_bars", (json_int_t)p->lead_in_bars,
						"new_bars", (json_int_t)r->n_bars, "tonic", (json_int_t)r->tonic, "ends_on_tonic",
						r->ends_on_tonic, "new_notes", (json_int_t)r->n_notes, "longest_copy_bars",
						(double)r->longest_copy_milli_bars / 1000));
}

static int go_on(struct skill_run *run, struct err *err)
{
	struct continuation_params p;
	int code = model_params_read(&continuation_table, run->lease->params, &p, err);
	if (code < 0)
		return code;
	AUTO(score) in = NULL;
	code = skill_read_score(run->lease, 0, &in, err);
	if (code < 0)
		return code;
	AUTO(score) out = NULL;
	struct continuation_report report;
	code = continuation_make(in, &p, (uint64_t)run->lease->seed, run->watch, &out, &report, err);
	if (code == 0)
		code = skill_write_score(run, out, err);
	if (code < 0)
		return code;
	run->metadata = describe_continuation(out, &p, &report);
	return run->metadata ? 0 : err_set(err, -ENOMEM, "metadata");
}

static json_t *describe_bridge(const struct score *s, const struct bridge_params *p, const struct bridge_report *r)
{
	return skill_describe_with(s, json_pack("{s:I, s:I, s:I, s:I, s:f}", "lead_in_bars", (json_int_t)p->lead_in_bars,
						"new_bars", (json_int_t)r->n_bars, "new_notes", (json_int_t)r->n_notes,
						"leap_semitones", (json_int_t)r->leap, "strangers",
						(double)r->strangers_milli / 1000));
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

static const struct skill skills[] = {
	{ .verb = "continue", .from_space = "midi", .to_space = "midi", .model = CONTINUATION_MODEL,
	  .version = CONTINUATION_VERSION, .table = &continuation_table, .run = go_on },
	{ .verb = "bridge", .from_space = "midi", .to_space = "midi", .model = BRIDGE_MODEL, .version = BRIDGE_VERSION,
	  .table = &bridge_table, .run = lead_over },
};
const struct skill_list skills_markov = { skills, COUNT_OF(skills) };

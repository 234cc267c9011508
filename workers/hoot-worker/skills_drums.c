/* skills_drums.c - drum parts: by grammar in a style, and Euclidean rhythms. */
#include "skill.h"

#include "model/drums.h"
#include "model/euclid.h"
#include "music/notes.h"

#include "base/banned.h"

/* The first input, when there is one, is a piece to play with. */
static int sample_drums(struct skill_run *run, struct err *err)
{
	struct drums_params p;
	struct drums_report r;
	AUTO(score) with = NULL;
	AUTO(score) out = NULL;
	int code = model_params_read(&drums_table, run->lease->params, &p, err);
	if (code == 0 && run->lease->inputs.n > 0)
		code = skill_read_score(run->lease, 0, &with, err);
	if (code == 0)
		code = drums_make(&p, with, (uint64_t)run->lease->seed, run->watch, &out, &r, err);
	if (code == 0)
		code = skill_write_score(run, out, err);
	if (code < 0)
		return code;
	run->metadata = skill_describe_with(out, json_pack("{s:s, s:I}", "style", drum_style_names[p.style], "fills", (json_int_t)r.n_fills));
	return run->metadata ? 0 : err_set(err, -ENOMEM, "metadata");
}

static int sample_euclid(struct skill_run *run, struct err *err)
{
	struct euclid_params p;
	struct euclid_report r;
	AUTO(score) out = NULL;
	int code = model_params_read(&euclid_table, run->lease->params, &p, err);
	if (code == 0)
		code = euclid_make(&p, (uint64_t)run->lease->seed, run->watch, &out, &r, err);
	if (code == 0)
		code = skill_write_score(run, out, err);
	if (code < 0)
		return code;
	run->metadata = skill_describe_with(out, json_pack("{s:s, s:I}", "pattern", p.pattern, "drums", (json_int_t)r.n_drums));
	return run->metadata ? 0 : err_set(err, -ENOMEM, "metadata");
}

#define SAMPLE(from, name, release, t, function) \
	{ .verb = "sample", .from_space = from, .to_space = "midi", .model = name, .version = release, .table = t, .run = function }

static const struct skill skills[] = {
	SAMPLE("", DRUMS_MODEL, DRUMS_VERSION, &drums_table, sample_drums),
	SAMPLE("", EUCLID_MODEL, EUCLID_VERSION, &euclid_table, sample_euclid),
	SAMPLE("midi", DRUMS_MODEL, DRUMS_VERSION, &drums_table, sample_drums),
};
const struct skill_list skills_drums = { skills, COUNT_OF(skills) };

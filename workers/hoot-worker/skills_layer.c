/* skills_layer.c - project:midi:midi of several pieces: at once, or one after another. */
#include "skill.h"

#include "music/layer.h"
#include "music/notes.h"


#include "base/banned.h"

enum { INPUTS_MOST = 16 }; /* of a job */

static const struct model_table nothing = { NULL, 0 };

typedef int together_fn(const struct score *const *scores, size_t n, struct score **ret, struct err *err);

static int read_all(struct skill_run *run, struct score *ret[INPUTS_MOST], size_t *ret_n, struct err *err)
{
	int code = 0;
	for (*ret_n = 0; code == 0 && *ret_n < run->lease->inputs.n && *ret_n < INPUTS_MOST; ++*ret_n)
		code = skill_read_score(run->lease, *ret_n, &ret[*ret_n], err);
	return code;
}

static int put_together(struct skill_run *run, together_fn *fn, struct err *err)
{
	struct score *in[INPUTS_MOST] = { NULL };
	AUTO(score) out = NULL;
	size_t n = 0;
	int code = model_params_read(&nothing, run->lease->params, in, err); /* it takes none */
	if (code == 0)
		code = read_all(run, in, &n, err);
	if (code == 0)
		code = fn((const struct score *const *)in, n, &out, err);
	if (code == 0)
		code = skill_write_score(run, out, err);
	for (size_t i = 0; i < INPUTS_MOST; i++)
		score_free(in[i]);
	if (code < 0)
		return code;
	run->metadata = skill_describe_score(out);
	return run->metadata ? 0 : err_set(err, -ENOMEM, "metadata");
}

static int layer(struct skill_run *run, struct err *err)
{
	return put_together(run, score_layer, err);
}

static int sequence(struct skill_run *run, struct err *err)
{
	return put_together(run, score_sequence, err);
}

static const struct skill skills[] = {
	{ .verb = "project", .from_space = "midi", .to_space = "midi", .model = "layer", .version = "1", .table = &nothing,
	  .run = layer },
	{ .verb = "project", .from_space = "midi", .to_space = "midi", .model = "sequence", .version = "1", .table = &nothing,
	  .run = sequence },
};
const struct skill_list skills_layer = { skills, COUNT_OF(skills) };

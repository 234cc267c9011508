/* skill_continue.c - continue:midi: a piece goes on in its own style. */
#include "skill.h"

#include "model/continuation.h"
#include "music/notes.h"

#include "base/banned.h"

static json_t *describe(const struct score *s, const struct continuation_params *p, const struct continuation_report *r)
{
	json_t *m = skill_describe_score(s);
	AUTO_JSON json_t *more = json_pack("{s:I, s:I, s:I, s:b, s:I, s:f}", "lead_in_bars", (json_int_t)p->lead_in_bars,
					   "new_bars", (json_int_t)r->n_bars, "tonic", (json_int_t)r->tonic, "ends_on_tonic",
					   r->ends_on_tonic, "new_notes", (json_int_t)r->n_notes, "longest_copy_bars",
					   (double)r->longest_copy_milli_bars / 1000);
	if (m && more && json_object_update(m, more) == 0)
		return m;
	json_decref(m);
	return NULL;
}

int skill_continue(struct skill_run *run, struct err *err)
{
	struct continuation_params p;
	int code = model_params_read(continuation_table, continuation_table_n, run->lease->params, &p, err);
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
	run->metadata = describe(out, &p, &report);
	return run->metadata ? 0 : err_set(err, -ENOMEM, "metadata");
}

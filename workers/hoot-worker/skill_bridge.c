/* skill_bridge.c - bridge:midi: some bars that lead over from one piece to another. */
#include "skill.h"

#include "model/bridge.h"

#include "base/banned.h"

static json_t *describe(const struct score *s, const struct bridge_params *p, const struct bridge_report *r)
{
	json_t *m = skill_describe_score(s);
	AUTO_JSON json_t *more = json_pack("{s:I, s:I, s:I, s:I, s:f}", "lead_in_bars", (json_int_t)p->lead_in_bars, "new_bars",
					   (json_int_t)r->n_bars, "new_notes", (json_int_t)r->n_notes, "leap_semitones",
					   (json_int_t)r->leap, "strangers", (double)r->strangers_milli / 1000);
	if (m && more && json_object_update(m, more) == 0)
		return m;
	json_decref(m);
	return NULL;
}

int skill_bridge(struct skill_run *run, struct err *err)
{
	struct bridge_params p;
	AUTO(score) from = NULL;
	AUTO(score) to = NULL;
	AUTO(score) out = NULL;
	struct bridge_report report;
	int code = model_params_read(bridge_table, bridge_table_n, run->lease->params, &p, err);
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
	run->metadata = describe(out, &p, &report);
	return run->metadata ? 0 : err_set(err, -ENOMEM, "metadata");
}

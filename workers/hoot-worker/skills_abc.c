/* skills_abc.c - tunes in ABC notation to other spaces. */
#include "skill.h"

#include "music/abc.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/banned.h"

struct abc_params {
	int64_t number;
};

static const struct model_param rows[] = {
	PARAM_INT(abc_params, number, 0, 2147483647, 0, "", "the tune with this X: number; 0 is the first one"),
};
static const struct model_table abc_table = MODEL_TABLE(rows);

/* The first mistake of the notation, with its place, for the artifact's metadata. */
static json_t *describe(const struct score *s, const struct abc_report *report)
{
	json_t *m = skill_describe_score(s);
	AUTO_JSON json_t *diags = json_array();
	for (size_t i = 0; diags && i < report->n_diags && i < 8; i++) {
		const struct abc_diag *d = &report->diags[i];
		json_t *one = json_pack("{s:s, s:I, s:I, s:s}", "severity", d->severity == ABC_ERROR ? "error" : "warning",
					"line", (json_int_t)d->line, "column", (json_int_t)d->column, "message", d->message);
		if (json_array_append_new(diags, one) < 0) {
			json_decref(m);
			return NULL;
		}
	}
	if (m && diags && json_object_set_new(m, "errors", json_integer((json_int_t)report->n_errors)) == 0 &&
	    json_object_set(m, "diagnostics", diags) == 0)
		return m;
	json_decref(m);
	return NULL;
}

static int convert(struct skill_run *run, const char *text, size_t n, const struct abc_pick *pick, struct abc_report *report,
		   struct err *err)
{
	AUTO(score) s = NULL;
	int code = abc_parse(text, n, pick, &s, report, err);
	if (code == 0 && score_n_notes(s) == 0 && report->n_errors > 0)
		code = err_set(err, -EBADMSG, "%u:%u: %s", report->diags[0].line, report->diags[0].column,
			       report->diags[0].message);
	if (code == 0)
		code = skill_write_score(run, s, err);
	if (code < 0)
		return err_wrap(err, code, "artifact %s", run->lease->inputs.v[0].artifact_id);
	run->metadata = describe(s, report);
	return run->metadata ? 0 : err_set(err, -ENOMEM, "metadata");
}

static int project_midi(struct skill_run *run, struct err *err)
{
	struct abc_params p;
	int code = model_params_read(&abc_table, run->lease->params, &p, err);
	if (code < 0)
		return code;
	AUTO_MEM char *text = NULL;
	size_t n = 0;
	code = skill_read_input(run->lease, 0, &text, &n, err);
	if (code < 0)
		return code;
	struct abc_pick pick = { .by_number = p.number != 0, .number = p.number };
	struct abc_report report = ABC_REPORT_INIT;
	code = convert(run, text, n, &pick, &report, err);
	abc_report_done(&report);
	return code;
}

static const struct skill skills[] = {
	{ .verb = "project", .from_space = "abc", .to_space = "midi", .model = "abc", .version = "1",
	  .table = &abc_table, .run = project_midi },
};
const struct skill_list skills_abc = { skills, COUNT_OF(skills) };

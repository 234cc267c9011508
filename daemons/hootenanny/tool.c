#include "tool.h"

#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/str.h"
#include "jobs/artifact.h"
#include "start.h"
#include "wire/codec.h"

#include "base/banned.h"

/* A report that cannot be read, is too long or too deep is no reason to fail: the artifact says where it is. */
static int load_report(const struct artifact_view *a, struct wire_arena *arena, struct tool_answer *ret, struct err *err)
{
	AUTO_MEM char *text = NULL;
	size_t n = 0;
	json_t *report = NULL;
	if (!str_eq(a->mime_type, "application/json") || a->size_bytes > LIMIT_REPORT_BYTES)
		return 0;
	if (fs_read(a->path, LIMIT_REPORT_BYTES, &text, &n, NULL) < 0 || json_parse(text, n, &report, NULL) < 0)
		return 0;
	if (!json_is_object(report) || !wire_json_fits(report, SIZE_MAX)) {
		json_decref(report);
		return 0;
	}
	if (wire_arena_take(arena, report) < 0)
		return err_set(err, -ENOMEM, "report");
	ret->has_report = true;
	ret->report = report;
	return 0;
}

int tool_answer_load(struct hoot *h, struct store_conn *c, const char *job_id, struct wire_arena *arena, struct tool_answer *ret,
		     struct err *err)
{
	int r = pool_load_job(h, c, job_id, arena, &ret->job, err);
	if (r < 0 || ret->job.state != JOB_COMPLETE || !ret->job.has_artifact_id)
		return r;
	r = artifact_load(c, ret->job.artifact_id, h->jobs.cas_root, arena, &ret->artifact, err);
	ret->has_artifact = r == 0;
	return r < 0 ? r : load_report(&ret->artifact, arena, ret, err);
}

int tool_run(struct hoot *h, const struct wire_call *call, const struct tool *t, const struct tool_call *what,
	     struct tool_answer *ret, struct err *err)
{
	const struct start_step step = {.verb = "project", .space = t->space, .model = t->model, .params = what->params};
	const struct start s = {.verb = wire_messages[t->message].name,
				.actor = hoot_actor(call),
				.region_id = what->region_id,
				.inputs = what->inputs,
				.n_inputs = what->n_inputs,
				.steps = &step,
				.n_steps = 1,
				.priority = what->priority,
				.deadline_in_ms = what->deadline_in_ms,
				.max_attempts = what->max_attempts,
				.fresh = what->fresh,
				.tags = what->tags,
				.n_tags = what->n_tags};
	struct store_conn *c;
	char id[JOB_ID_SIZE];
	int r = hoot_tx(h, &c, err);
	if (r == 0)
		r = start_job(h, c, &s, id, err);
	if (r == 0)
		r = tool_answer_load(h, c, id, call->arena, ret, err);
	if (r < 0 || job_has_ended(ret->job.state) || what->wait_ms == 0)
		return r;
	return wait_for_tool(h, call, id, what->wait_ms, err);
}

#include "hoot.h"

#include "jobs/artifact.h"
#include "query-control/perception.h"

#include "base/banned.h"

static int emit_state(struct hoot *h, struct store_conn *c, const char *job_id, struct err *err)
{
	struct job_state_changed_event *e = wire_arena_alloc(&h->turn.arena, sizeof(*e));
	if (!e)
		return err_set(err, -ENOMEM, "event");
	int r = pool_load_job(h, c, job_id, &h->turn.arena, &e->job, err);
	return r < 0 ? r : hoot_emit(h, WIRE_EVENT_job_state_changed, e, err);
}

static int emit_progress(struct hoot *h, struct store_conn *c, const char *job_id, struct err *err)
{
	struct job_progressed_event *e = wire_arena_alloc(&h->turn.arena, sizeof(*e));
	struct job_view job;
	if (!e)
		return err_set(err, -ENOMEM, "event");
	int r = job_load(c, job_id, &h->turn.arena, &job, err);
	if (r < 0)
		return r;
	*e = (struct job_progressed_event){.job_id = job.job_id,
					   .step = job.step,
					   .progress = job.progress,
					   .message = job.message};
	return hoot_emit(h, WIRE_EVENT_job_progressed, e, err);
}

static int emit_artifact(struct hoot *h, struct store_conn *c, const char *artifact_id,
			 struct err *err)
{
	struct artifact_created_event *e = wire_arena_alloc(&h->turn.arena, sizeof(*e));
	if (!e)
		return err_set(err, -ENOMEM, "event");
	int r = artifact_load(c, artifact_id, h->jobs.cas_root, &h->turn.arena, &e->artifact, err);
	e->actor = e->artifact.creator;
	return r < 0 ? r : hoot_emit(h, WIRE_EVENT_artifact_created, e, err);
}

int hoot_changed(void *user, struct store_conn *c, enum job_change change, const char *what,
		 struct err *err)
{
	struct hoot *h = user;
	switch (change) {
	case JOB_CHANGE_MADE:
		return emit_artifact(h, c, what, err);
	case JOB_CHANGE_PROGRESSED:
		return emit_progress(h, c, what, err);
	case JOB_CHANGE_SUBMITTED:
	case JOB_CHANGE_STEPPED:
	case JOB_CHANGE_PUT_BACK:
		h->turn.work = true;
		return emit_state(h, c, what, err);
	case JOB_CHANGE_ENDED: {
		h->turn.ended = true;
		int r = perception_job_ended(c, what, hoot_unix_ms(), err);
		return r < 0 ? r : emit_state(h, c, what, err);
	}
	case JOB_CHANGE_CLAIMED:
	case JOB_CHANGE_CANCELLING:
		return emit_state(h, c, what, err);
	}
	return 0;
}

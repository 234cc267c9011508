/*
 * What chaosgarden is told about the job of a latent region, in order: start, progress, refine for
 * each step of a chain that is done, then resolve, fail or cancel. And what it may answer: that it
 * will not have the job.
 */
#include <string.h>

#include "base/str.h"
#include "jobs/artifact.h"
#include "jobs/job_priv.h"
#include "jobs/outbox.h"

#include "base/banned.h"

static int send(struct jobs *j, struct store_conn *c, const struct job_row *job,
		enum wire_message_id what, const void *request, struct err *err)
{
	return outbox_add(c, &wire_messages[what], request, job->actor, job->region_id, NULL,
			  jobs_unix_ms(j), NULL, err);
}

int job_tell_started(struct jobs *j, struct store_conn *c, const struct job_row *job,
		     struct err *err)
{
	if (!*job->region_id || job->announced)
		return 0;
	struct latent_start m = {.region_id = job->region_id, .job_id = job->id};
	int r = store_exec(c, err, "UPDATE job SET announced = 1 WHERE id = ?", "t", job->id);
	return r < 0 ? r : send(j, c, job, WIRE_MESSAGE_latent_start, &m, err);
}

int job_tell_progress(struct jobs *j, struct store_conn *c, const struct job_row *job,
		      double progress, const char *note, struct err *err)
{
	if (!*job->region_id)
		return 0;
	struct latent_progress m = {.region_id = job->region_id,
				    .job_id = job->id,
				    .progress = progress,
				    .has_note = *note != '\0',
				    .note = note};
	return send(j, c, job, WIRE_MESSAGE_latent_progress, &m, err);
}

int job_tell_refined(struct jobs *j, struct store_conn *c, const struct job_row *job,
		     const char *verb, const char *artifact_id, struct err *err)
{
	if (!*job->region_id)
		return 0;
	struct latent_refine m = {.region_id = job->region_id,
				  .job_id = job->id,
				  .step = verb,
				  .has_artifact_id = true,
				  .artifact_id = artifact_id};
	return send(j, c, job, WIRE_MESSAGE_latent_refine, &m, err);
}

static int tell_resolved(struct jobs *j, struct store_conn *c, const struct job_row *job,
			 const char *artifact_id, struct err *err)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct artifact_view a;
	int r = artifact_load(c, artifact_id, j->cas_root, &arena, &a, err);
	if (r < 0)
		return r;
	struct latent_resolve m = {.region_id = job->region_id,
				   .job_id = job->id,
				   .artifact_id = a.artifact_id,
				   .content_hash = a.content_hash,
				   .has_path = true,
				   .path = a.path,
				   .has_mime = true,
				   .mime = a.mime_type};
	m.has_duration_seconds =
		json_get_number(a.metadata, "duration_s", &m.duration_seconds, NULL) == 0 &&
		m.duration_seconds >= 0 && m.duration_seconds <= 1e6;
	return send(j, c, job, WIRE_MESSAGE_latent_resolve, &m, err);
}

int job_tell_ended(struct jobs *j, struct store_conn *c, const struct job_row *job,
		   enum job_state state, const char *artifact_id, const char *why, struct err *err)
{
	if (!*job->region_id)
		return 0;
	if (state == JOB_COMPLETE)
		return tell_resolved(j, c, job, artifact_id, err);
	char reason[400];
	str_copy(reason, sizeof(reason), why && *why ? why : "cancelled");
	if (state == JOB_CANCELLED) {
		struct latent_cancel m = {
			.region_id = job->region_id, .has_reason = true, .reason = reason};
		return send(j, c, job, WIRE_MESSAGE_latent_cancel, &m, err);
	}
	/*
	 * A job that fails before it was claimed was never announced, and only the job at work may
	 * say that it failed.
	 */
	int r = job_tell_started(j, c, job, err);
	struct latent_fail m = {.region_id = job->region_id, .job_id = job->id, .reason = reason};
	return r < 0 ? r : send(j, c, job, WIRE_MESSAGE_latent_fail, &m, err);
}

int jobs_announce(struct jobs *j, struct store_conn *c, const char *job_id, struct err *err)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct job_row job;
	int r = job_row_load(c, job_id, &arena, &job, err);
	return r < 0 ? r : job_tell_started(j, c, &job, err);
}

int jobs_withdraw(struct jobs *j, struct store_conn *c, const char *job_id, const char *why,
		  struct err *err)
{
	enum job_state state;
	int r = job_state_of(c, job_id, &state, err);
	if (r == 0)
		r = store_exec(c, err, "UPDATE job SET region_id = NULL WHERE id = ?", "t", job_id);
	return r < 0 || job_has_ended(state) ? r : jobs_cancel(j, c, job_id, why, err);
}

/*
 * jam_tune.c - from a file to an artifact, a MIDI artifact and a plan of the performance.
 */
#include "jam.h"

#include "base/fs.h"
#include "base/json.h"
#include "base/str.h"
#include "have.h"
#include "music/excerpt.h"
#include "music/smf.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define JAM_TUNE_BYTES   (16u << 20)
#define JAM_INLINE_BYTES 65536
#define JAM_PROJECT_S    30

/* $HOOT_TUNES, beside this program as it was installed or moved, where it was to be installed, in the sources. */
int jam_tune_default(const char *self, char *ret, size_t size, struct err *err)
{
	AUTO_MEM char *here = fs_dirname(self);
	AUTO_MEM char *beside = here ? str_printf("%s/../share/hootenanny/tunes", here) : NULL;
	const char *const dirs[] = { getenv("HOOT_TUNES"), beside, HOOT_DATADIR "/tunes", HOOT_SOURCE_DIR "/examples/tunes" };
	for (size_t i = 0; i < COUNT_OF(dirs); i++) {
		if (!dirs[i])
			continue;
		(void)snprintf(ret, size, "%s/%s", dirs[i], HOOT_DEFAULT_TUNE);
		if (fs_exists(ret))
			return 0;
	}
	int r = err_set(err, -ENOENT, "the default tune '%s' is not installed", HOOT_DEFAULT_TUNE);
	return err_hint(err, r, "name one: --tune FILE.abc or FILE.mid");
}

static void jam_keep_id(char dst[JAM_ID_SIZE], const char *src)
{
	(void)str_copy(dst, JAM_ID_SIZE, src ? src : "");
}

/* Content of any size: inline when it is small, through the staging folder when it is not. */
static int jam_put(struct jam *j, const void *bytes, size_t n, const char *suffix, const char *mime,
		   const char **ret_hash, struct err *err)
{
	if (n <= JAM_INLINE_BYTES) {
		struct cas_store req = { .data = { bytes, n }, .has_mime_type = true, .mime_type = mime };
		struct cas_store_result res;
		int r = JAM_CALL(j, j->hoot, cas_store, &req, &res, err);
		if (r == 0)
			*ret_hash = res.content_hash;
		return r;
	}
	struct cas_stage stage = { .suffix = suffix };
	struct cas_stage_result staged;
	int r = JAM_CALL(j, j->hoot, cas_stage, &stage, &staged, err);
	if (r < 0)
		return r;
	r = fs_write_atomic(staged.path, bytes, n, 0644, err);
	if (r < 0)
		return r;
	struct cas_adopt adopt = { .path = staged.path, .has_mime_type = true, .mime_type = mime };
	struct cas_adopt_result adopted;
	r = JAM_CALL(j, j->hoot, cas_adopt, &adopt, &adopted, err);
	if (r == 0)
		*ret_hash = adopted.content_hash;
	return r;
}

struct jam_made {
	const char *verb, *space, *mime, *suffix, *tag;
	const char *parent; /* NULL: none */
	json_t *params, *metadata; /* stolen; may be NULL */
};

static int jam_make_artifact(struct jam *j, const void *bytes, size_t n, const struct jam_made *how,
			     char ret_id[JAM_ID_SIZE], struct err *err)
{
	AUTO_JSON json_t *params = how->params;
	AUTO_JSON json_t *metadata = how->metadata;
	const char *hash = NULL;
	int r = jam_put(j, bytes, n, how->suffix, how->mime, &hash, err);
	if (r < 0)
		return r;

	struct artifact_create req = {
		.cas_hash = hash,
		.has_mime_type = true,
		.mime_type = how->mime,
		.has_space = true,
		.space = how->space,
		.verb = how->verb,
		.model = "",
		.has_params = params != NULL,
		.params = params,
		.has_metadata = metadata != NULL,
		.metadata = metadata,
	};
	const char *tag = how->tag, *parent = how->parent;
	req.tags.v = &tag;
	req.tags.n = 1;
	req.parents.v = &parent;
	req.parents.n = parent ? 1 : 0;
	struct artifact_create_result res;
	r = JAM_CALL(j, j->hoot, artifact_create, &req, &res, err);
	if (r == 0)
		jam_keep_id(ret_id, res.artifact.artifact_id);
	return r;
}

/* Asks again and again, for a while, so that Ctrl-C is heard in between. */
static int jam_wait_job(struct jam *j, const char *id, struct job_poll_result *ret, struct err *err)
{
	struct job_poll poll = { .mode = POLL_ALL, .timeout_ms = 500 };
	poll.job_ids.v = &id;
	poll.job_ids.n = 1;
	for (int i = 0; i < JAM_PROJECT_S * 2; i++) {
		int r = JAM_CALL(j, j->hoot, job_poll, &poll, ret, err);
		if (r < 0 || !ret->timed_out)
			return r;
		if (j->interrupted)
			return err_set(err, -ECANCELED, "interrupted");
	}
	return 0;
}

/* Waits for a job and takes its artifact; a failed job is an error with the job's own words. */
static int jam_project(struct jam *j, const char *artifact, const char *space, json_t *params,
		       char ret_id[JAM_ID_SIZE], struct err *err)
{
	AUTO_JSON json_t *held = params;
	struct project req = {
		.artifact_id = artifact,
		.space = space,
		.model = "",
		.has_params = held != NULL,
		.params = held,
		.priority = JOB_HIGH,
		.max_attempts = 3,
	};
	struct project_result res;
	struct job_poll_result polled;
	int r = JAM_CALL(j, j->hoot, project, &req, &res, err);
	if (r == 0)
		r = jam_wait_job(j, res.job.job_id, &polled, err);
	if (r < 0)
		return r;
	const struct job_view *job = polled.jobs.n ? &polled.jobs.v[0] : NULL;
	if (job && job->state == JOB_COMPLETE && job->has_artifact_id) {
		jam_keep_id(ret_id, job->artifact_id);
		return 0;
	}
	r = err_set(err, polled.timed_out ? -ETIMEDOUT : -EIO, "job %s (project to %s) %s", res.job.job_id, space,
		    job && job->has_error ? job->error : "did not finish in time");
	return err_hint(err, r, "read %s/log/hoot-worker.log", j->paths.family);
}

int jam_read_midi(struct jam *j, const char *artifact_id, struct score **ret, struct err *err)
{
	struct artifact_get req = { .artifact_id = artifact_id };
	struct artifact_get_result res;
	int r = JAM_CALL(j, j->hoot, artifact_get, &req, &res, err);
	if (r < 0)
		return r;
	AUTO_MEM char *bytes = NULL;
	size_t n = 0;
	r = fs_read(res.artifact.path, JAM_TUNE_BYTES, &bytes, &n, err);
	if (r == 0)
		r = score_read_smf(bytes, n, ret, err);
	return r < 0 ? err_wrap(err, r, "artifact %s", artifact_id) : 0;
}

static void jam_take_title(struct jam *j, const char *path)
{
	const char *title = j->tune->title && j->tune->title[0] ? j->tune->title : fs_basename(path);
	(void)str_copy(j->title, sizeof(j->title), title);
}

int jam_tune_store(struct jam *j, struct err *err)
{
	bool midi = j->midi;
	const struct jam_made how = {
		.verb = "import",
		.space = midi ? "midi" : "abc",
		.mime = midi ? "audio/midi" : "text/vnd.abc",
		.suffix = midi ? ".mid" : ".abc",
		.tag = "tune",
		.metadata = json_pack("{s:s}", "file", fs_basename(j->o.tune)),
	};
	int r = jam_make_artifact(j, j->bytes, j->n_bytes, &how, j->tune_artifact, err);
	if (r < 0)
		return err_wrap(err, r, "store '%s'", j->o.tune);
	jam_step(j, "tune", "stored %s as artifact %s", fs_basename(j->o.tune), j->tune_artifact);

	if (midi) {
		jam_keep_id(j->midi_artifact, j->tune_artifact);
	} else {
		json_t *params = j->o.number ? json_pack("{s:I}", "number", (json_int_t)j->o.number) : NULL;
		r = jam_project(j, j->tune_artifact, "midi", params, j->midi_artifact, err);
		if (r < 0)
			return err_wrap(err, r, "'%s'", j->o.tune);
	}
	r = jam_read_midi(j, j->midi_artifact, &j->tune, err);
	if (r < 0)
		return r;
	jam_take_title(j, j->o.tune);
	if (score_n_notes(j->tune) == 0)
		return err_set(err, -EINVAL, "'%s' has no notes", j->o.tune);
	jam_step(j, "notes", "\"%s\": %zu notes, %" PRId64 " bars, %.1f s at %.0f bpm", j->title,
		 score_n_notes(j->tune), score_n_bars(j->tune), score_seconds_at(j->tune, j->tune->end_beats),
		 score_bpm_at(j->tune, 0));
	return 0;
}

/* A long tune is cut at a bar line, and the excerpt is an artifact of its own. */
static int jam_excerpt(struct jam *j, struct err *err)
{
	jam_keep_id(j->excerpt_artifact, j->midi_artifact);
	if (score_seconds_at(j->tune, j->tune->end_beats) <= JAM_TUNE_MAX_S + 0.5)
		return 0;

	AUTO(score) cut = NULL;
	int r = score_excerpt_seconds(j->tune, JAM_TUNE_MAX_S, 4, &cut, err);
	if (r < 0)
		return r;
	uint8_t *bytes_ = NULL;
	size_t n = 0;
	r = score_write_smf(cut, &bytes_, &n, err);
	AUTO_MEM uint8_t *bytes = bytes_;
	if (r < 0)
		return r;
	const struct jam_made how = {
		.verb = "excerpt",
		.space = "midi",
		.mime = "audio/midi",
		.suffix = ".mid",
		.tag = "excerpt",
		.parent = j->midi_artifact,
		.params = json_pack("{s:f}", "max_seconds", JAM_TUNE_MAX_S),
	};
	r = jam_make_artifact(j, bytes, n, &how, j->excerpt_artifact, err);
	if (r < 0)
		return r;
	/* What is played is what the file says: ticks, not the beats before they were rounded. */
	score_free(TAKE(j->tune));
	r = jam_read_midi(j, j->excerpt_artifact, &j->tune, err);
	if (r < 0)
		return r;
	jam_step(j, "excerpt", "the first %" PRId64 " bars, %.1f s", score_n_bars(j->tune),
		 score_seconds_at(j->tune, j->tune->end_beats));
	return 0;
}

/* Seconds between two beats, past the end of the score too. */
static double jam_seconds(const struct score *s, double from, double to)
{
	return score_seconds_at(s, to) - score_seconds_at(s, from);
}

int jam_tune_plan(struct jam *j, struct err *err)
{
	int r = jam_excerpt(j, err);
	if (r < 0)
		return r;
	struct jam_plan *p = &j->plan;
	const struct score *t = j->tune;
	p->pickup_beats = t->pickup_beats;
	p->tune_end_beats = score_bar_ceil(t, t->end_beats);
	struct score_meter m = score_meter_at(t, p->tune_end_beats - 1e-6);
	p->bar_beats = score_bar_beats(&m);
	(void)score_bar_floor(t, p->tune_end_beats - 1e-3, &p->enter_bar);
	if (p->enter_bar < 1)
		p->enter_bar = 1;
	p->enter_beats = score_bar_start(t, p->enter_bar);
	p->tune_s = score_seconds_at(t, p->tune_end_beats);

	double bar_s = jam_seconds(t, p->tune_end_beats, p->tune_end_beats + p->bar_beats);
	p->n_bars = j->o.n_bars;
	if (p->n_bars == 0) {
		double want_s = JAM_TOTAL_S - JAM_TAIL_S - p->tune_s;
		if (want_s < 8)
			want_s = 8;
		p->n_bars = (int64_t)ceil(want_s / bar_s / 4) * 4;
		while (p->n_bars > 1 && p->tune_s + (double)p->n_bars * bar_s + JAM_TAIL_S > JAM_TOTAL_MAX_S)
			p->n_bars--;
		if (p->n_bars > 64)
			p->n_bars = 64;
	}
	p->new_end_beats = p->tune_end_beats + (double)p->n_bars * p->bar_beats;
	double bpm = score_bpm_at(t, p->tune_end_beats);
	p->end_beats = p->new_end_beats + JAM_TAIL_S * bpm / 60;
	p->total_s = score_seconds_at(t, p->end_beats);

	r = jam_project(j, j->excerpt_artifact, "audio", NULL, j->audio_artifact, err);
	if (r < 0)
		return r;
	jam_step(j, "audio", "projected to audio, artifact %s", j->audio_artifact);
	return 0;
}

/* The bars that are new: without the lead-in that repeats the last bar of the tune. */
static int jam_new_part(const struct jam *j, struct score **ret, struct err *err)
{
	double lead = j->plan.tune_end_beats - j->plan.enter_beats;
	return score_slice(j->continuation, lead, lead + (double)j->plan.n_bars * j->plan.bar_beats, ret, err);
}

int jam_performance(const struct jam *j, struct score **ret, struct err *err)
{
	AUTO(score) all = NULL;
	AUTO(score) part = NULL;
	int r = score_clone(j->tune, &all, err);
	if (r == 0)
		r = jam_new_part(j, &part, err);
	for (size_t v = 0; r == 0 && v < part->n_voices; v++) {
		const struct score_voice *from = &part->voices[v];
		size_t to = 0;
		if (from->n_notes == 0)
			continue;
		r = score_add_voice(all, "continuation", &to, err);
		for (size_t i = 0; r == 0 && i < from->n_controls; i++) {
			struct score_control c = from->controls[i];
			c.at_beats += j->plan.tune_end_beats;
			r = score_add_control(all, to, &c, err);
		}
		for (size_t i = 0; r == 0 && i < from->n_notes; i++) {
			struct note n = from->notes[i];
			n.start_beats += j->plan.tune_end_beats;
			r = score_add_note(all, to, &n, err);
		}
	}
	if (r < 0)
		return r;
	score_sort(all);
	*ret = TAKE(all);
	return 0;
}

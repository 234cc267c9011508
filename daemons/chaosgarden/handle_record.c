/*
 * handle_record.c - recording what is played. Main thread; status from any.
 */
#include <stdio.h>
#include <string.h>

#include "base/fs.h"
#include "garden.h"

#include "base/banned.h"

#define PUT_RECORD(ret, v) \
	do { \
		(ret)->recording_id = (v).recording_id; \
		(ret)->state = (v).state; \
		(ret)->path = (v).path; \
		(ret)->format = (v).format; \
		(ret)->rate_hz = (v).rate_hz; \
		(ret)->channels = (v).channels; \
		(ret)->frames = (v).frames; \
		(ret)->lost_frames = (v).lost_frames; \
		(ret)->start_engine_frame = (v).start_engine_frame; \
		(ret)->peak = (v).peak; \
		(ret)->has_reason = (v).has_reason; \
		(ret)->reason = (v).reason; \
	} while (0)

static const enum wav_encoding encodings[] = {
	[VIEW_SAMPLE_FLOAT32] = WAV_FLOAT32, [VIEW_SAMPLE_PCM24] = WAV_PCM24, [VIEW_SAMPLE_PCM16] = WAV_PCM16,
};

int recording_path(struct garden *g, const char *asked, const char *id, struct wire_arena *arena, const char **ret,
		   struct err *err)
{
	if (asked && *asked != '/')
		return doc_relative_path("path", asked, err);
	if (asked) {
		*ret = asked;
		return 0;
	}
	const char *dir = wire_arena_printf(arena, "%s/recordings", wire_family_dir(g->family));
	if (!dir)
		return err_set(err, -ENOMEM, "recording");
	int r = fs_mkdir_p(dir, 0700, err);
	if (r < 0)
		return r;
	*ret = wire_arena_printf(arena, "%s/%s.wav", dir, id);
	return *ret ? 0 : err_set(err, -ENOMEM, "recording");
}

int record_start_run(struct garden *g, const struct wire_call *call, const struct record_start *req,
		     struct record_start_result *ret, struct err *err)
{
	struct recorder_info info;
	struct record_view v;
	char id[sizeof(g->recording_id)];
	const char *path = NULL;
	snprintf(id, sizeof(id), "rec-%lld-%lld", (long long)(clock_real_ns(clock_system()) / NS_PER_SEC),
		 (long long)g->next_recording + 1);
	int r = recording_path(g, req->has_path ? req->path : NULL, id, call->arena, &path, err);
	if (r == 0)
		r = recorder_start(g->recorder, path, encodings[req->format], err);
	if (r < 0)
		return r;
	g->next_recording++;
	memcpy(g->recording_id, id, sizeof(id));
	recorder_info(g->recorder, &info);
	view_recording(g, &info, &v, call->arena);
	PUT_RECORD(ret, v);
	return 0;
}

int record_stop_run(struct garden *g, const struct wire_call *call, const struct record_stop *req,
		    struct record_stop_result *ret, struct err *err)
{
	struct recorder_info info;
	struct record_view v;
	recorder_info(g->recorder, &info);
	if (info.state == RECORDER_IDLE)
		return err_set(err, -EPROTO, "nothing was recorded yet");
	if (info.state == RECORDER_RUNNING) {
		int r = recorder_stop(g->recorder, err);
		if (r < 0 && r != -EPROTO)
			return r;
		emit_recording(g);
	}
	recorder_info(g->recorder, &info);
	view_recording(g, &info, &v, call->arena);
	PUT_RECORD(ret, v);
	return 0;
}

int record_status_run(struct garden *g, const struct wire_call *call, const struct record_status *req,
		      struct record_status_result *ret, struct err *err)
{
	struct recorder_info info;
	recorder_info(g->recorder, &info);
	ret->state = (enum record_state_view)info.state;
	ret->has_recording = info.state != RECORDER_IDLE;
	if (ret->has_recording)
		view_recording(g, &info, &ret->recording, call->arena);
	return 0;
}

/* handle_music.c - the tools of musical knowledge: each says which model answers it. */
#include "tool.h"

#include <string.h>

#include "base/str.h"
#include "jobs/artifact.h"
#include "start.h"

#include "base/banned.h"

/* What TOOL_FIELDS ask for, from any request that has them. */
#define CALL_FROM(req)                                                                                              \
	{                                                                                                           \
		.params = (req)->has_params ? (req)->params : NULL, .wait_ms = (req)->wait_ms,                      \
		.region_id = (req)->has_region_id ? (req)->region_id : NULL, .priority = (req)->priority,           \
		.deadline_in_ms = (req)->has_deadline_in_ms ? (req)->deadline_in_ms : 0,                            \
		.max_attempts = (int)(req)->max_attempts, .fresh = (req)->fresh, .tags = (req)->tags.v,             \
		.n_tags = (req)->tags.n,                                                                            \
	}

/* Every result has the fields of a tool's answer and no others, so one is as good as the other. */
#define ANSWER(name, ret) \
	((void)sizeof(char[sizeof(struct name##_result) == sizeof(struct tool_answer) ? 1 : -1]), (struct tool_answer *)(void *)(ret))

/* A tool's handler; `add_inputs` are statements that see `req` and `what`. */
#define TOOL(name, space_, model_, add_inputs)                                                                      \
	int name##_run(struct hoot *h, const struct wire_call *call, const struct name *req, struct name##_result *ret, \
		       struct err *err)                                                                             \
	{                                                                                                           \
		static const struct tool t = {WIRE_MESSAGE_##name, space_, model_};                                 \
		struct tool_call what = CALL_FROM(req);                                                             \
		add_inputs;                                                                                         \
		return tool_run(h, call, &t, &what, ANSWER(name, ret), err);                                        \
	}
#define INPUT(id)                          what.inputs[what.n_inputs++] = (id)
#define TOOL_OF_ONE(name, space_, model_)  TOOL(name, space_, model_, INPUT(req->artifact_id))
#define TOOL_OF_TWO(name, space_, model_) \
	TOOL(name, space_, model_, INPUT(req->artifact_id); INPUT(req->other_artifact_id))

TOOL_OF_ONE(midi_info, "analysis", "info")
TOOL_OF_ONE(midi_analyze, "analysis", "tracks")
TOOL_OF_ONE(midi_understand, "analysis", "understand")
TOOL_OF_ONE(midi_classify, "analysis", "character")
TOOL_OF_ONE(midi_classify_voices, "analysis", "voices")
TOOL_OF_ONE(midi_voice_separate, "midi", "separate")
TOOL_OF_TWO(midi_compare, "analysis", "similarity")
TOOL_OF_ONE(audio_info_, "analysis", "info")
TOOL_OF_ONE(audio_analyze, "analysis", "listen")
TOOL_OF_TWO(audio_compare, "analysis", "similarity")
TOOL_OF_ONE(beats_detect, "analysis", "beats")
TOOL_OF_ONE(soundfont_inspect, "analysis", "presets")

TOOL(midi_render, "audio", "soundfont", INPUT(req->artifact_id); if (req->has_soundfont_artifact_id)
     INPUT(req->soundfont_artifact_id))

/* --- notation, which may come along as text --- */

static int make_tune(struct hoot *h, const struct wire_call *call, const char *text, const char **ret_id, struct err *err)
{
	struct cas_info info;
	struct store_conn *c;
	char id[UUID_SIZE];
	int r = hoot_settle(h, err);
	if (r == 0)
		r = cas_put(h->cas, text, strlen(text), "text/vnd.abc", &info, err);
	if (r == 0)
		r = hoot_tx(h, &c, err);
	const struct artifact_new a = {.content_hash = info.hash,
				       .mime_type = "text/vnd.abc",
				       .space = "abc",
				       .creator = hoot_actor(call),
				       .verb = "upload",
				       .model = "",
				       .now_unix_ms = hoot_unix_ms()};
	if (r == 0)
		r = artifact_make(h, call, &a, id, err);
	if (r < 0)
		return r;
	*ret_id = wire_arena_copy(call->arena, id, strlen(id));
	return *ret_id ? 0 : err_set(err, -ENOMEM, "tune");
}

static int find_tune(struct hoot *h, const struct wire_call *call, bool has_id, const char *id, bool has_text, const char *text,
		     struct tool_call *what, struct err *err)
{
	if (has_id == has_text)
		return err_field(err, -EINVAL, "abc", "give either the tune's text or the artifact that has it");
	what->n_inputs = 1;
	what->inputs[0] = id;
	return has_id ? 0 : make_tune(h, call, text, &what->inputs[0], err);
}

#define TOOL_OF_NOTATION(name, space_, model_)                                                                      \
	TOOL(name, space_, model_,                                                                                  \
	     int r = find_tune(h, call, req->has_artifact_id, req->artifact_id, req->has_abc, req->abc, &what, err); \
	     if (r < 0) return r)

TOOL_OF_NOTATION(abc_validate, "analysis", "abc-check")
TOOL_OF_NOTATION(abc_to_midi, "midi", "abc")

/* --- stems: a job for each voice --- */

static json_t *with_voice(const struct midi_stems_export *req, int64_t voice)
{
	AUTO_JSON json_t *params = req->has_params ? json_copy(req->params) : json_object();
	if (!params || json_object_set_new(params, "voice", json_integer(voice)) < 0)
		return NULL;
	return TAKE(params);
}

static int start_stem(struct hoot *h, const struct wire_call *call, const struct midi_stems_export *req, int64_t voice,
		      struct job_view *ret, struct err *err)
{
	if (req->has_params && !json_is_object(req->params))
		return err_field(err, -EINVAL, "params", "params must be an object");
	json_t *params = with_voice(req, voice);
	if (!params || wire_arena_take(call->arena, params) < 0)
		return err_set(err, -ENOMEM, "stem");
	const struct start_step step = {.verb = "project", .space = "midi", .model = "stem", .params = params};
	const struct start s = {.verb = "midi_stems_export",
				.actor = hoot_actor(call),
				.region_id = req->has_region_id ? req->region_id : NULL,
				.inputs = &req->artifact_id,
				.n_inputs = 1,
				.steps = &step,
				.n_steps = 1,
				.priority = req->priority,
				.deadline_in_ms = req->has_deadline_in_ms ? req->deadline_in_ms : 0,
				.max_attempts = (int)req->max_attempts,
				.fresh = req->fresh,
				.tags = req->tags.v,
				.n_tags = req->tags.n};
	struct store_conn *c;
	char id[JOB_ID_SIZE];
	int r = hoot_tx(h, &c, err);
	if (r == 0)
		r = start_job(h, c, &s, id, err);
	return r < 0 ? r : pool_load_job(h, c, id, call->arena, ret, err);
}

static int wait_for_all(struct hoot *h, const struct wire_call *call, const struct midi_stems_export_result *started, int64_t wait_ms,
			struct err *err)
{
	const char **ids = wire_arena_array(call->arena, started->jobs.n, sizeof(*ids));
	bool ended = true;
	if (!ids)
		return err_set(err, -ENOMEM, "stems");
	for (size_t i = 0; i < started->jobs.n; i++) {
		ids[i] = started->jobs.v[i].job_id;
		ended &= job_has_ended(started->jobs.v[i].state);
	}
	return ended ? 0 : wait_for_stems(h, call, ids, started->jobs.n, wait_ms, err);
}

int midi_stems_export_run(struct hoot *h, const struct wire_call *call, const struct midi_stems_export *req,
			  struct midi_stems_export_result *ret, struct err *err)
{
	ret->jobs.v = wire_arena_array(call->arena, req->voices.n, sizeof(*ret->jobs.v));
	if (!ret->jobs.v)
		return err_set(err, -ENOMEM, "stems");
	int r = 0;
	for (size_t i = 0; r == 0 && i < req->voices.n; i++)
		r = start_stem(h, call, req, req->voices.v[i], &ret->jobs.v[ret->jobs.n++], err);
	return r < 0 || req->wait_ms == 0 ? r : wait_for_all(h, call, ret, req->wait_ms, err);
}

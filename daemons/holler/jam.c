/*
 * jam.c - `holler jam`: the performance from the first step to the last.
 */
#include "jam.h"

#include "flags.h"

#include "audio/analysis.h"
#include "audio/file.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/str.h"
#include "music/smf.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char jam_help[] =
	"usage: holler jam [--tune FILE] [--dir DIR] [OPTIONS]\n\n"
	"Performs a tune with a family of its own: the tune is stored, projected to audio and played; a latent\n"
	"region after it is resolved by a model that continues the tune in its style, approved, and crossfaded in\n"
	"at a bar line while the music runs. The performance is recorded as it was played.\n\n"
	"options:\n"
	"  --tune FILE      an ABC or MIDI file (default: a traditional tune that ships with Hootenanny)\n"
	"  --number N       the tune X:N of an ABC file with several (default: the first)\n"
	"  --dir DIR        where everything goes (default: jam)\n"
	"  --bars N         bars of the continuation, 1 to 64 (default: so that all takes about 28 s)\n"
	"  --seed N         seed of the continuation (default: drawn, and recorded)\n"
	"  --device KIND    auto, pipewire or null (default: auto: PipeWire when it runs, else a silent clock)\n"
	"  --keep           leave the family running afterwards\n\n"
	"It leaves DIR/jam.wav, DIR/jam.mid, DIR/jam.svg and the family in DIR/family. Ctrl-C stops it and its\n"
	"family; the exit status is then 130.\n\n"
	"examples:\n"
	"  holler jam\n"
	"  holler jam --tune reel.abc --number 3 --seed 7\n"
	"  holler jam --tune song.mid --dir /tmp/song --keep\n";

enum { JAM_TUNE = FLAGS_FIRST, JAM_NUMBER, JAM_DIR, JAM_BARS, JAM_SEED, JAM_DEVICE, JAM_KEEP };

static const struct flag jam_flags[] = {
	{ "--tune", JAM_TUNE, true }, { "--number", JAM_NUMBER, true }, { "--dir", JAM_DIR, true },
	{ "--bars", JAM_BARS, true }, { "--seed", JAM_SEED, true }, { "--device", JAM_DEVICE, true },
	{ "--keep", JAM_KEEP, false },
};

static int jam_flag(struct jam_options *o, int key, const struct flags *f, struct err *err)
{
	switch (key) {
	case JAM_TUNE:
		o->tune = *f->value ? f->value : NULL;
		return 0;
	case JAM_DIR:
		o->dir = f->value;
		return 0;
	case JAM_DEVICE:
		o->device = f->value;
		return flags_choice(f, "auto|pipewire|null", err);
	case JAM_NUMBER:
		return flags_int(f, 0, INT32_MAX, &o->number, err);
	case JAM_BARS:
		return flags_int(f, 1, 64, &o->n_bars, err);
	case JAM_SEED:
		return flags_int(f, 0, 9007199254740991, &o->seed, err);
	default:
		o->keep = true;
		return 0;
	}
}

static int jam_parse(struct jam_options *o, int argc, char **argv, struct err *err)
{
	struct flags f = { "jam", jam_flags, COUNT_OF(jam_flags), argc, argv };
	int key, r = 0;
	*o = (struct jam_options){ .dir = "jam", .device = "auto", .seed = -1 };
	while (r == 0 && (key = flags_next(&f, err)) != FLAGS_END)
		r = key < 0 ? key : jam_flag(o, key, &f, err);
	return r;
}

static int jam_folders(struct jam *j, struct err *err)
{
	char *real;
	int r = fs_mkdir_p(j->o.dir, 0755, err);
	if (r == 0 && access(j->o.dir, W_OK | X_OK) < 0)
		r = err_sys(err, "cannot write to the folder '%s'", j->o.dir);
	if (r < 0)
		return err_hint(err, r, "choose another one with --dir DIR");
	real = realpath(j->o.dir, NULL);
	if (!real)
		return err_sys(err, "%s", j->o.dir);
	bool fits = str_copy(j->paths.dir, sizeof(j->paths.dir), real);
	free(real);
	if (!fits)
		return err_set(err, -ENAMETOOLONG, "the path of '%s' is too long", j->o.dir);
	(void)snprintf(j->paths.family, sizeof(j->paths.family), "%s/family", j->paths.dir);
	(void)snprintf(j->paths.wav, sizeof(j->paths.wav), "%s/jam.wav", j->paths.dir);
	(void)snprintf(j->paths.mid, sizeof(j->paths.mid), "%s/jam.mid", j->paths.dir);
	(void)snprintf(j->paths.svg, sizeof(j->paths.svg), "%s/jam.svg", j->paths.dir);
	(void)snprintf(j->paths.log, sizeof(j->paths.log), "%s/jam.log", j->paths.dir);
	(void)unlink(j->paths.log); /* may not be there */
	return 0;
}

/* --- events -------------------------------------------------------------------------------------------------------- */

static double jam_since_play_s(const struct jam *j)
{
	return (double)(clock_monotonic_ns(clock_system()) - j->played_ns) * 1e-9;
}

static void jam_trouble(struct jam *j, const char *what, const char *why)
{
	if (!j->trouble[0])
		(void)snprintf(j->trouble, sizeof(j->trouble), "%s: %s", what, why);
}

static void jam_on_state(struct jam *j, const struct latent_state_changed_event *e)
{
	if (strcmp(e->region_id, j->latent_region) != 0)
		return;
	const char *name = wire_enum_name(&wire_enum_region_state_view, (int)e->state);
	if (j->n_states < COUNT_OF(j->states)) {
		struct jam_state *s = &j->states[j->n_states++];
		(void)str_copy(s->name, sizeof(s->name), name);
		s->at_s = jam_since_play_s(j);
	}
	if (e->state == VIEW_REGION_FAILED) {
		j->failed = true;
		jam_trouble(j, "the job failed", e->has_reason ? e->reason : "no reason given");
	}
	if (e->state != VIEW_REGION_MIXED_IN) /* has a line of its own */
		jam_step(j, "latent", "%s", name);
}

static void jam_on_garden(void *arg, const struct wire_received *e)
{
	struct jam *j = arg;
	AUTO_ARENA a = WIRE_ARENA_INIT;
#define JAM_EVENT(type, var) \
	struct type##_event var; \
	if (strcmp(e->name, #type) == 0 && wire_event_decode(e, &wire_events[WIRE_EVENT_##type], &a, &var, NULL) == 0)

	JAM_EVENT(latent_state_changed, changed)
		jam_on_state(j, &changed);
	JAM_EVENT(latent_progressed, progressed)
		jam_progress(j, "latent", progressed.progress, progressed.has_note ? progressed.note : "");
	JAM_EVENT(latent_resolved, resolved)
		if (strcmp(resolved.region_id, j->latent_region) == 0)
			j->resolved = true;
	JAM_EVENT(mixed_in, mixed) {
		if (strcmp(mixed.region_id, j->latent_region) == 0) {
			j->mixed_in = true;
			j->mixed_in_beat = mixed.beat;
			j->mixed_in_frame = mixed.frame;
			jam_step(j, "mixed in", "at beat %g, frame %" PRId64 ", over %g beats", mixed.beat, mixed.frame,
				 mixed.beats);
		}
	}
	JAM_EVENT(playback_position, position) {
		j->position_beats = position.position_beats;
		j->position_bar = position.bar;
		j->at_end = j->plan.end_beats > 0 && position.position_beats >= j->plan.end_beats;
		char note[64];
		(void)snprintf(note, sizeof(note), "bar %" PRId64, position.bar);
		jam_progress(j, "playing", j->plan.end_beats > 0 ? position.position_beats / j->plan.end_beats : 0, note);
	}
	JAM_EVENT(content_error, broken)
		jam_trouble(j, broken.path, broken.message);
	JAM_EVENT(xrun, xrun)
		j->xruns = xrun.xruns;
#undef JAM_EVENT
}

static void jam_on_memory(void *arg)
{
	struct jam *j = arg;
	int64_t pss = jam_family_pss(j);
	if (pss > j->peak_pss_bytes)
		j->peak_pss_bytes = pss;
}

static int jam_listen(struct jam *j, struct err *err)
{
	static const char *const topics[] = { "latent_", "mixed_in", "playback_position", "content_error", "xrun" };
	struct wire_subscriber_options o = {
		.context = j->context,
		.loop = j->loop,
		.family = j->family,
		.daemon = "chaosgarden",
		.topics = topics,
		.n_topics = COUNT_OF(topics),
		.on_event = jam_on_garden,
		.arg = j,
	};
	int r = wire_subscriber_new(&o, &j->garden_events, err);
	if (r == 0)
		r = wire_timer_new(j->loop, jam_on_memory, j, &j->memory_timer, err);
	if (r == 0)
		wire_timer_repeat(j->memory_timer, 500);
	return r;
}

/* Turns the loop until the flag is set, the latent fails, or the time is over. */
static int jam_wait(struct jam *j, const bool *flag, double seconds, const char *what, struct err *err)
{
	int64_t end = clock_monotonic_ns(clock_system()) + (int64_t)(seconds * 1e9);
	while (!*flag) {
		if (j->interrupted)
			return err_set(err, -ECANCELED, "interrupted");
		if (j->failed)
			return err_set(err, -EIO, "%s", j->trouble);
		if (clock_monotonic_ns(clock_system()) > end) {
			int r = err_set(err, -ETIMEDOUT, "waited %.0f s for %s; the playhead is at beat %g", seconds, what,
					j->position_beats);
			return err_hint(err, r, "read %s/*.log", j->paths.family);
		}
		int r = wire_loop_step(j->loop, 200, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* --- the performance ------------------------------------------------------------------------------------------------ */

/* Tempo, meter and pick-up of the tune, and the tune itself, in one edit. */
static int jam_place_tune(struct jam *j, struct err *err)
{
	const struct score *t = j->tune;
	size_t n = t->n_tempos + t->n_meters + 2, k = 0;
	struct timeline_op *ops = wire_arena_array(&j->arena, n, sizeof(*ops));
	if (!ops)
		return err_set(err, -ENOMEM, "place the tune");
	for (size_t i = 0; i < t->n_tempos; i++) {
		ops[k].arm = OP_TEMPO_SET;
		ops[k++].tempo_set = (struct tempo_point_view){ .position_beats = t->tempos[i].at_beats,
								.bpm = t->tempos[i].bpm };
	}
	if (t->pickup_beats > 0) {
		ops[k].arm = OP_PICKUP_SET;
		ops[k++].pickup_set = (struct pickup_spec){ .bar_one_beats = t->pickup_beats };
	}
	for (size_t i = 0; i < t->n_meters; i++) {
		/* The meter at the start is that of bar 1; the pick-up lies before it. */
		double at = t->meters[i].at_beats <= 0 ? t->pickup_beats : t->meters[i].at_beats;
		ops[k].arm = OP_METER_SET;
		ops[k++].meter_set = (struct meter_point_view){ .position_beats = at,
								.numerator = t->meters[i].num,
								.denominator = t->meters[i].den };
	}
	ops[k].arm = OP_REGION_CREATE;
	struct region_new *region = &ops[k++].region_create;
	*region = (struct region_new){
		.position_beats = 0,
		.behaviour = VIEW_BEHAVIOUR_PLAY_CONTENT,
		.has_name = true,
		.name = j->title,
		.gain = 1,
		.has_content = true,
		.content = { .has_artifact_id = true, .artifact_id = j->audio_artifact, .rate = 1 },
	};

	struct artifact_get get = { .artifact_id = j->audio_artifact };
	struct artifact_get_result got;
	int r = JAM_CALL(j, j->hoot, artifact_get, &get, &got, err);
	if (r < 0)
		return r;
	region->content.has_hash = region->content.has_path = region->content.has_mime = true;
	region->content.hash = got.artifact.content_hash;
	region->content.path = got.artifact.path;
	region->content.mime = got.artifact.mime_type;

	struct timeline_edit edit = { 0 };
	edit.ops.v = ops;
	edit.ops.n = k;
	struct timeline_edit_result res;
	r = JAM_CALL(j, j->garden, timeline_edit, &edit, &res, err);
	if (r < 0)
		return r;
	(void)str_copy(j->tune_region, sizeof(j->tune_region), res.ids.v[k - 1]);
	jam_step(j, "timeline", "the tune at beat 0, bar 1 at beat %g, revision %" PRId64, t->pickup_beats, res.revision);
	return 0;
}

static json_t *jam_continue_params(const struct jam *j)
{
	return json_pack("{s:I, s:I}", "bars", (json_int_t)j->plan.n_bars, "lead_in_bars", (json_int_t)1);
}

static int jam_place_latent(struct jam *j, struct err *err)
{
	char prompt[300];
	(void)snprintf(prompt, sizeof(prompt), "%" PRId64 " bars that go on from \"%s\" in its style", j->plan.n_bars, j->title);
	AUTO_JSON json_t *params = jam_continue_params(j);
	AUTO_JSON json_t *context = json_pack("{s:s}", "after", j->tune_region);
	struct region_create req = {
		.position_beats = j->plan.enter_beats,
		.has_duration_beats = true,
		.duration_beats = j->plan.end_beats - j->plan.enter_beats,
		.behaviour = VIEW_BEHAVIOUR_LATENT,
		.has_name = true,
		.name = "continuation",
		.gain = 1,
		.has_intent = true,
		.intent = {
			.has_verb = true, .verb = "continue",
			.has_space = true, .space = "midi",
			.has_prompt = true, .prompt = prompt,
			.has_parameters = params != NULL, .parameters = params,
			.has_context = context != NULL, .context = context,
		},
	};
	struct region_create_result res;
	int r = JAM_CALL(j, j->garden, region_create, &req, &res, err);
	if (r < 0)
		return r;
	(void)str_copy(j->latent_region, sizeof(j->latent_region), res.region_id);
	j->states[0] = (struct jam_state){ .name = "pending", .at_s = jam_since_play_s(j) };
	j->n_states = 1;
	jam_step(j, "latent", "pending at bar %" PRId64 ": %s", j->plan.enter_bar, prompt);
	return 0;
}

static int jam_play(struct jam *j, struct err *err)
{
	struct record_start rec = { .has_path = true, .path = j->paths.wav, .format = VIEW_SAMPLE_PCM16 };
	struct record_start_result recording;
	int r = JAM_CALL(j, j->garden, record_start, &rec, &recording, err);
	if (r < 0)
		return r;
	struct transport_play play = { .has_from_beats = true, .from_beats = 0 };
	struct transport_play_result playing;
	r = JAM_CALL(j, j->garden, transport_play, &play, &playing, err);
	if (r < 0)
		return r;
	j->played_ns = clock_monotonic_ns(clock_system());
	j->playing = true;
	struct device_status ask = { 0 };
	struct device_status_result device;
	r = JAM_CALL(j, j->garden, device_status, &ask, &device, err);
	if (r < 0)
		return r;
	jam_step(j, "playing", "on %s at %" PRId64 " Hz, quantum %" PRId64 "; recording to %s",
		 device.kind == VIEW_DEVICE_PIPEWIRE ? "PipeWire" : "the null clock (no PipeWire: silent, but recorded)",
		 device.rate_hz, device.quantum_frames, jam_shown(j->paths.wav));
	return 0;
}

/* Where the new sound will begin, for the renderer's grid: what overlaps with the tune agrees with it in phase. */
static json_t *jam_render_params(const struct jam *j)
{
	double frame = score_seconds_at(j->tune, j->plan.enter_beats) * 48000 + 0.5;
	return json_pack("{s:I}", "phase_frames", (json_int_t)((int64_t)frame % 64));
}

/* Continue, then project: a chain of two steps that resolves the latent. */
static int jam_generate(struct jam *j, struct err *err)
{
	AUTO_JSON json_t *params = jam_continue_params(j);
	AUTO_JSON json_t *render = jam_render_params(j);
	struct step_spec steps[2] = {
		{ .verb = "continue", .space = "midi", .model = "", .has_params = params != NULL, .params = params,
		  .has_seed = j->o.seed >= 0, .seed = j->o.seed },
		{ .verb = "project", .space = "audio", .model = "", .has_params = render != NULL, .params = render },
	};
	const char *input = j->excerpt_artifact, *tag = "jam";
	struct forward req = {
		.has_region_id = true,
		.region_id = j->latent_region,
		.priority = JOB_HIGH,
		.max_attempts = 3,
	};
	req.inputs.v = &input;
	req.inputs.n = 1;
	req.steps.v = steps;
	req.steps.n = 2;
	req.tags.v = &tag;
	req.tags.n = 1;
	struct forward_result res;
	int r = JAM_CALL(j, j->hoot, forward, &req, &res, err);
	if (r < 0)
		return r;
	(void)str_copy(j->job, sizeof(j->job), res.job.job_id);
	jam_step(j, "job", "%s: continue, then project to audio", j->job);

	r = jam_wait(j, &j->resolved, 60, "the latent to resolve", err);
	if (r < 0)
		return r;
	struct job_status ask = { .job_id = j->job };
	struct job_status_result got;
	r = JAM_CALL(j, j->hoot, job_status, &ask, &got, err);
	if (r < 0)
		return r;
	if (got.job.steps.n != 2 || !got.job.steps.v[0].has_artifact_id || !got.job.steps.v[1].has_artifact_id)
		return err_set(err, -EPROTO, "job %s is done without its two artifacts", j->job);
	(void)str_copy(j->new_midi_artifact, sizeof(j->new_midi_artifact), got.job.steps.v[0].artifact_id);
	(void)str_copy(j->new_audio_artifact, sizeof(j->new_audio_artifact), got.job.steps.v[1].artifact_id);
	(void)str_copy(j->model, sizeof(j->model), got.job.steps.v[0].model);
	j->seed = got.job.steps.v[0].seed;
	r = jam_read_midi(j, j->new_midi_artifact, &j->continuation, err);
	if (r < 0)
		return r;
	jam_step(j, "resolved", "%s, seed %" PRId64 ": %zu notes, artifact %s", j->model, j->seed,
		 score_n_notes(j->continuation), j->new_audio_artifact);
	return 0;
}

static int jam_decide(struct jam *j, struct err *err)
{
	struct decide req = {
		.region_id = j->latent_region,
		.decision = DECISION_APPROVE,
		.reason = "it goes on from the tune",
		.has_mix_in = true,
		.mix_in = {
			/* The same bar twice, rendered in phase: the levels add up, not the powers. */
			.kind = VIEW_CROSSFADE_LINEAR,
			.beats = j->plan.tune_end_beats - j->plan.enter_beats,
			.has_at = true,
			.at = { .boundary = VIEW_BOUNDARY_AT_BAR, .has_bar = true, .bar = j->plan.enter_bar },
		},
	};
	const char *replaced = j->tune_region;
	req.mix_in.has_replaces = true;
	req.mix_in.replaces.v = &replaced;
	req.mix_in.replaces.n = 1;
	struct decide_result res;
	int r = JAM_CALL(j, j->hoot, decide, &req, &res, err);
	if (r < 0)
		return r;
	(void)str_copy(j->decision, sizeof(j->decision), res.decision.decision_id);
	jam_step(j, "decision", "approved: crossfade over %g beats at bar %" PRId64, req.mix_in.beats, j->plan.enter_bar);
	return 0;
}

static int jam_finish(struct jam *j, struct err *err)
{
	struct transport_stop stop = { 0 };
	struct transport_stop_result stopped;
	struct record_stop end = { 0 };
	struct record_stop_result rec;
	int r = JAM_CALL(j, j->garden, record_stop, &end, &rec, err);
	if (r == -EPROTO)
		return err_set(err, r, "chaosgarden died while it recorded; the music went on, but %s ends there", j->paths.wav);
	if (r == 0)
		r = JAM_CALL(j, j->garden, transport_stop, &stop, &stopped, err);
	if (r < 0)
		return r;
	if (rec.lost_frames || j->trouble[0])
		return err_set(err, -EIO, "%" PRId64 " frames were lost; %s", rec.lost_frames,
			       j->trouble[0] ? j->trouble : "no other trouble");

	AUTO(audio_buffer) sound = NULL;
	r = audio_load(j->paths.wav, 0, &sound, err);
	if (r < 0)
		return r;
	struct audio_levels l;
	audio_levels(sound->samples, sound->n_frames, sound->n_channels, &l);
	jam_step(j, "recorded", "%.1f s, peak %.1f dBFS, %.1f LUFS, %" PRId64 " xruns",
		 (double)sound->n_frames / sound->rate_hz, audio_db(l.peak),
		 audio_loudness_lufs(sound->samples, sound->n_frames, sound->n_channels, sound->rate_hz), j->xruns);
	return 0;
}

static int jam_write_midi(struct jam *j, struct err *err)
{
	AUTO(score) all = NULL;
	int r = jam_performance(j, &all, err);
	uint8_t *bytes = NULL;
	size_t n = 0;
	if (r == 0)
		r = score_write_smf(all, &bytes, &n, err);
	if (r == 0)
		r = fs_write_atomic(j->paths.mid, bytes, n, 0644, err);
	free(bytes);
	return r;
}

static int jam_wait_mixed_in(struct jam *j, struct err *err)
{
	return jam_wait(j, &j->mixed_in, j->plan.total_s + 10, "the mix-in", err);
}

static int jam_wait_end(struct jam *j, struct err *err)
{
	return jam_wait(j, &j->at_end, j->plan.total_s + 10, "the end", err);
}

static int jam_perform(struct jam *j, struct err *err)
{
	static int (*const steps[])(struct jam *, struct err *) = {
		jam_listen,   jam_tune_store, jam_tune_plan,     jam_place_tune, jam_play,   jam_place_latent, jam_generate,
		jam_decide,   jam_wait_mixed_in, jam_wait_end,   jam_finish,     jam_write_midi, jam_draw,     jam_print_lineage,
	};
	int r = 0;
	for (size_t i = 0; i < COUNT_OF(steps) && r == 0; i++)
		r = j->interrupted ? err_set(err, -ECANCELED, "interrupted") : steps[i](j, err);
	if (r < 0 && j->playing) { /* what was recorded so far is a whole file */
		struct record_stop end = { 0 };
		struct record_stop_result rec;
		struct err ignored = ERR_INIT;
		(void)JAM_CALL(j, j->garden, record_stop, &end, &rec, &ignored); /* the first error is the one to tell */
	}
	return r;
}

/* After everything has been stopped: why there is no performance. */
static int jam_end_early(struct jam *j, struct err *err)
{
	if (!j->interrupted)
		return holler_fail(j->h, "jam", err);
	jam_step(j, "stopped", "%s%s", j->o.keep ? "the family goes on" : "the family is down, nothing is left running",
		 j->playing ? "; what was recorded so far is in jam.wav" : "");
	return 130;
}

static void jam_summary(struct jam *j)
{
	if (j->h->json) {
		AUTO_JSON json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I}", "step", "done", "wav", j->paths.wav, "midi",
					j->paths.mid, "svg", j->paths.svg, "family", j->paths.family, "peak_pss_bytes",
					(json_int_t)j->peak_pss_bytes);
		AUTO_STRBUF b = STRBUF_INIT;
		if (o && json_write(&b, o, JSON_OUT_COMPACT) == 0)
			puts(b.s);
		return;
	}
	printf("\nwhere everything is\n"
	       "  sound    %s\n  notes    %s\n  picture  %s\n  family   %s\n"
	       "  memory   %.0f MB at most, all processes together (PSS)\n",
	       jam_shown(j->paths.wav), jam_shown(j->paths.mid), jam_shown(j->paths.svg), jam_shown(j->paths.family),
	       (double)j->peak_pss_bytes / 1e6);
	if (j->o.keep)
		printf("  running  holler --family %s down   ends it\n", jam_shown(j->paths.family));
}

int holler_jam(const struct holler *h, int argc, char **argv)
{
	struct err err = ERR_INIT;
	if (holler_wants_help(argc, argv))
		return fputs(jam_help, stdout) < 0;

	struct jam *j = calloc(1, sizeof(*j));
	if (!j)
		return err_set(&err, -ENOMEM, "no memory"), holler_fail(h, "jam", &err);
	char tune[PATH_MAX];
	j->h = h;
	j->began_ns = clock_monotonic_ns(clock_system());
	j->played_ns = j->began_ns;
	int r = jam_parse(&j->o, argc, argv, &err);
	if (r == 0 && !j->o.tune) {
		r = jam_tune_default(h->self, tune, sizeof(tune), &err);
		j->o.tune = tune;
	}
	if (r == 0)
		r = jam_tune_check(j, &err);
	if (r == 0)
		r = jam_folders(j, &err);
	if (r == 0) {
		holler_hold_signals(true);
		r = jam_family_start(j, &err);
		if (r == 0) {
			jam_step(j, "family", "started in %s", jam_shown(j->paths.family));
			r = jam_perform(j, &err);
		}
		jam_family_stop(j);
	}
	if (r == 0)
		jam_summary(j);
	int status = r < 0 ? jam_end_early(j, &err) : 0;
	score_free(j->tune);
	score_free(j->continuation);
	wire_arena_done(&j->arena);
	free(j->bytes);
	free(j);
	return status;
}

#include "render.h"

#include "events.h"
#include "raw_sound.h"

#include "audio/analysis.h"
#include "audio/loudness.h"
#include "audio/wav.h"
#include "base/limits.h"
#include "base/str.h"
#include "have.h"

#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#if HAVE_FLUIDSYNTH
#include <fluidsynth.h>
#endif

#include "base/banned.h"

/* FluidSynth moves events to the next multiple of this. */
#define GRID_FRAMES 64

static const struct model_param rows[] = {
	PARAM_NUM(render_params, peak_db, -60, 0, -4, "dBFS", "level of the loudest sample"),
	PARAM_NUM(render_params, tail_s, 0, 30, 6, "s", "how long the last notes may ring out"),
	PARAM_FLAG(render_params, reverb, 1, "a room around it"),
	PARAM_FLAG(render_params, chorus, 1, "a slight doubling"),
	PARAM_INT(render_params, rate_hz, 8000, 96000, RENDER_RATE_HZ, "Hz", "sample rate of the sound"),
	PARAM_INT(render_params, phase_frames, 0, GRID_FRAMES - 1, 0, "frames",
	    "the frame of the timeline where it will begin, modulo 64: what overlaps there then agrees in phase"),
};
const struct model_table render_table = MODEL_TABLE(rows);

/* The head of a SoundFont: "RIFF", the size of what follows, "sfbk". The rest is FluidSynth's to judge. */
int render_check_soundfont(const char *path, struct err *err)
{
	uint8_t head[12];
	struct stat st;
	FILE *f = fopen(path, "rbe");
	if (!f)
		return err_sys(err, "SoundFont '%s'", path);
	size_t n = fread(head, 1, sizeof(head), f);
	int code = fstat(fileno(f), &st) < 0 ? err_sys(err, "SoundFont '%s'", path) : 0;
	(void)fclose(f); /* nothing was written */
	if (code < 0)
		return code;
	if (n < sizeof(head) || memcmp(head, "RIFF", 4) != 0 || memcmp(head + 8, "sfbk", 4) != 0)
		return err_set(err, -EBADMSG, "SoundFont '%s': byte 0: not a SoundFont ('RIFF' … 'sfbk')", path);
	uint64_t size = (uint64_t)head[4] | (uint64_t)head[5] << 8 | (uint64_t)head[6] << 16 | (uint64_t)head[7] << 24;
	if (size + 8 > (uint64_t)st.st_size)
		return err_set(err, -EBADMSG, "SoundFont '%s': byte %" PRIu64 ": truncated, %" PRIu64 " bytes are missing",
			       path, (uint64_t)st.st_size, size + 8 - (uint64_t)st.st_size);
	return 0;
}

#if !HAVE_FLUIDSYNTH
const char *render_engine_version(void)
{
	return "";
}

int render_score(const struct score *s, const char *soundfont, const struct render_params *p,
		 const struct model_watch *watch, const char *path, struct render_report *ret, struct err *err)
{
	(void)s, (void)soundfont, (void)p, (void)watch, (void)path, (void)ret;
	return err_set(err, -ENOTSUP, "this build has no FluidSynth (-Dfluidsynth=enabled)");
}
#else

#define BLOCK_FRAMES 2048
/* Below this the tail is over, and so is a sound that never was. */
#define QUIET_DB (-75.0)

struct render {
	fluid_settings_t *settings;
	fluid_synth_t *synth;
	int64_t rate_hz, phase; /* where in FluidSynth's grid the score begins */
	struct raw_sound raw;
	struct play_list list;
	size_t next; /* of the list */
	int64_t frame;
	int64_t last_loud; /* frame after the last one above QUIET_DB */
	float peak;
	float block[2 * BLOCK_FRAMES];
};

const char *render_engine_version(void)
{
	return fluid_version_str();
}

/* What FluidSynth has to say is said again by our own errors, with the path. */
static void be_quiet(int level, const char *message, void *data)
{
	(void)level, (void)message, (void)data;
}

static void silence(void)
{
	for (int level = 0; level < LAST_LOG_LEVEL; level++)
		(void)fluid_set_log_function(level, be_quiet, NULL);
}

static int open_synth(struct render *r, const char *soundfont, const struct render_params *p, struct err *err)
{
	int code = render_check_soundfont(soundfont, err);
	if (code < 0)
		return code;
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	(void)pthread_once(&once, silence); /* the functions are the library's, not the synthesiser's */
	r->settings = new_fluid_settings();
	if (!r->settings)
		return err_set(err, -ENOMEM, "FluidSynth");
	(void)fluid_settings_setnum(r->settings, "synth.sample-rate", (double)r->rate_hz);
	(void)fluid_settings_setint(r->settings, "synth.polyphony", 256);
	(void)fluid_settings_setint(r->settings, "synth.threadsafe-api", 0);
	(void)fluid_settings_setint(r->settings, "synth.cpu-cores", 1);
	(void)fluid_settings_setint(r->settings, "synth.reverb.active", p->reverb);
	(void)fluid_settings_setint(r->settings, "synth.chorus.active", p->chorus);
	(void)fluid_settings_setint(r->settings, "synth.dynamic-sample-loading", 1);
	(void)fluid_settings_setnum(r->settings, "synth.gain", 0.4);
	r->synth = new_fluid_synth(r->settings);
	if (!r->synth)
		return err_set(err, -ENOMEM, "FluidSynth");
	if (fluid_synth_sfload(r->synth, soundfont, 1) == FLUID_FAILED)
		return err_set(err, -EBADMSG, "SoundFont '%s' is damaged: FluidSynth cannot read it", soundfont);
	return 0;
}

static void send_control(fluid_synth_t *synth, const struct score_control *c)
{
	/* A refused event (a program that the SoundFont lacks) leaves the channel as it was. */
	switch (c->kind) {
	case SCORE_PROGRAM: (void)fluid_synth_program_change(synth, c->channel, c->value); break;
	case SCORE_CONTROLLER: (void)fluid_synth_cc(synth, c->channel, c->number, c->value); break;
	case SCORE_BEND: (void)fluid_synth_pitch_bend(synth, c->channel, c->value); break;
	case SCORE_PRESSURE: (void)fluid_synth_channel_pressure(synth, c->channel, c->value); break;
	case SCORE_POLY_PRESSURE: (void)fluid_synth_key_pressure(synth, c->channel, c->number, c->value); break;
	case SCORE_CONTROL_KIND_COUNT: break;
	}
}

static void send_due(struct render *r)
{
	for (; r->next < r->list.n && r->list.events[r->next].frame <= r->frame; r->next++) {
		const struct play_event *e = &r->list.events[r->next];
		if (e->kind == PLAY_ON)
			(void)fluid_synth_noteon(r->synth, e->channel, e->a, e->b);
		else if (e->kind == PLAY_OFF)
			(void)fluid_synth_noteoff(r->synth, e->channel, e->a);
		else
			send_control(r->synth, &e->control);
	}
}

static int synthesise(struct render *r, int64_t n, struct err *err)
{
	if (fluid_synth_write_float(r->synth, (int)n, r->block, 0, 2, r->block, 1, 2) != FLUID_OK)
		return err_set(err, -EIO, "FluidSynth stopped at frame %" PRId64, r->frame);
	return 0;
}

/* Keeps the peak and where it was last loud, of n frames from r->frame on. */
static void note_levels(struct render *r, size_t n)
{
	static const float quiet = 1.7782794e-4f; /* QUIET_DB */
	float high = 0;
	for (size_t i = 0; i < 2 * n; i++)
		high = fabsf(r->block[i]) > high ? fabsf(r->block[i]) : high;
	r->peak = fmaxf(r->peak, high);
	if (!(high > quiet))
		return;
	for (size_t i = 2 * n; i-- > 0;) {
		if (fabsf(r->block[i]) > quiet) {
			r->last_loud = r->frame + (int64_t)i / 2 + 1;
			return;
		}
	}
}

/*
 * How many frames until the next event sounds: FluidSynth begins it where its grid goes on, so all that is due before is given at once. In the
 * tail it is given at its own frame: there, where blocks end decides when it is over.
 */
static int64_t until_event(const struct render *r, bool in_tail)
{
	int64_t frame = r->list.events[r->next].frame, past = (frame + r->phase) % GRID_FRAMES;
	return frame - r->frame + (past && !in_tail ? GRID_FRAMES - past : 0);
}

static int render_block(struct render *r, int64_t end, int64_t tail, struct err *err)
{
	bool in_tail = r->frame >= end;
	int64_t n = (in_tail ? end + tail : end) - r->frame;
	send_due(r);
	if (r->next < r->list.n && until_event(r, in_tail) < n)
		n = until_event(r, in_tail);
	n = n < BLOCK_FRAMES ? n : BLOCK_FRAMES;
	int code = synthesise(r, n, err);
	if (code < 0)
		return code;
	note_levels(r, (size_t)n);
	r->frame += n;
	return raw_sound_put(&r->raw, r->block, 2 * (size_t)n, err);
}

/* Moves FluidSynth's grid against the score, before anything sounds. */
static int skip_phase(struct render *r, struct err *err)
{
	return r->phase > 0 ? synthesise(r, r->phase, err) : 0;
}

static int tell(const struct render *r, const struct model_watch *watch, int64_t total, struct err *err)
{
	char what[64];
	if (model_cancelled(watch))
		return err_set(err, -ECANCELED, "cancelled at %.1f s", (double)r->frame / (double)r->rate_hz);
	(void)snprintf(what, sizeof(what), "%.0f of %.0f s", (double)r->frame / (double)r->rate_hz,
		       (double)total / (double)r->rate_hz);
	model_progress(watch, 0.9 * (double)r->frame / (double)total, what);
	return 0;
}

static int render_all(struct render *r, const struct render_params *p, const struct model_watch *watch, struct err *err)
{
	int64_t tail = (int64_t)(p->tail_s * (double)r->rate_hz), end = r->list.end_frame, told = -1;
	int code = 0;
	while (code == 0 && r->frame < end + tail) {
		if (r->frame / (r->rate_hz / 2) != told) {
			told = r->frame / (r->rate_hz / 2);
			code = tell(r, watch, end + tail, err);
		}
		if (code == 0)
			code = render_block(r, end, tail, err);
		/* A tenth of a second of quiet, and nothing sounds any more. */
		if (r->frame >= end && r->frame - r->last_loud > r->rate_hz / 10 && r->next == r->list.n)
			break;
	}
	return code;
}

/* The kept sound, scaled, as the final file: n_frames of it. Its loudness is a remark; without memory it does without. */
static int write_scaled(struct render *r, float gain, int64_t n_frames, const struct model_watch *watch, struct wav_writer *out,
			struct loudness_meter *meter, struct err *err)
{
	int code = 0;
	while (code == 0 && n_frames > 0) {
		if (model_cancelled(watch))
			return err_set(err, -ECANCELED, "cancelled while the file was written");
		size_t want = n_frames < BLOCK_FRAMES ? (size_t)n_frames : BLOCK_FRAMES, got = 0;
		code = raw_sound_get(&r->raw, r->block, 2 * want, &got, err);
		if (code < 0 || got == 0)
			break;
		for (size_t i = 0; i < got; i++)
			r->block[i] = isfinite(r->block[i]) ? r->block[i] * gain : 0;
		code = wav_writer_write(out, r->block, got / 2, err);
		if (meter)
			(void)loudness_meter_feed(meter, r->block, got / 2, NULL); /* it was said */
		n_frames -= (int64_t)got / 2;
	}
	return code;
}

/* As long as it is heard, and the score at least. */
static int finish(struct render *r, const char *path, const struct render_params *p, const struct model_watch *watch,
		  struct render_report *ret, struct err *err)
{
	float gain = (float)(audio_from_db(p->peak_db) / (double)r->peak);
	int64_t n_frames = r->last_loud > r->list.end_frame ? r->last_loud : r->list.end_frame;
	AUTO(loudness_meter) meter = NULL;
	struct loudness l = { .integrated_lufs = AUDIO_DB_FLOOR };
	struct wav_writer *out = NULL;
	struct wav_spec spec = { (uint32_t)r->rate_hz, 2, WAV_FLOAT32, 0 };
	(void)loudness_meter_new(2, (uint32_t)r->rate_hz, LOUDNESS_NO_PEAKS, &meter, NULL); /* as above */
	int code = wav_writer_open(path, &spec, &out, err);
	if (code == 0)
		code = write_scaled(r, gain, n_frames, watch, out, meter, err);
	if (code < 0) {
		(void)wav_writer_close(out, NULL); /* the first error counts */
		return code;
	}
	if (meter)
		loudness_meter_read(meter, &l);
	ret->lufs = l.integrated_lufs;
	ret->duration_s = (double)wav_writer_frames(out) / (double)r->rate_hz;
	return wav_writer_close(out, err);
}

static int run(struct render *r, const struct score *s, const char *soundfont, const struct render_params *p,
	       const struct model_watch *watch, struct err *err)
{
	int code = play_list_make(s, (uint32_t)r->rate_hz, &r->list, err);
	if (code == 0 && r->list.n_notes == 0)
		code = err_set(err, -EINVAL, "the score has no notes to render");
	if (code == 0 && r->list.end_frame > (int64_t)LIMIT_RENDER_SECONDS * r->rate_hz)
		code = err_set(err, -EINVAL, "the score lasts %.0f s; at most %d s are rendered",
			       (double)r->list.end_frame / (double)r->rate_hz, LIMIT_RENDER_SECONDS);
	if (code == 0)
		code = open_synth(r, soundfont, p, err);
	if (code == 0)
		code = skip_phase(r, err);
	if (code == 0)
		code = render_all(r, p, watch, err);
	if (code == 0 && !(r->peak > 1e-5f))
		code = err_set(err, -EBADMSG, "SoundFont '%s' has no sound for these instruments: the result is silence",
			       soundfont);
	return code;
}

int render_score(const struct score *s, const char *soundfont, const struct render_params *p,
		 const struct model_watch *watch, const char *path, struct render_report *ret, struct err *err)
{
	AUTO_MEM struct render *r = calloc(1, sizeof(*r));
	AUTO_MEM char *raw = str_printf("%s.raw", path);
	if (!r || !raw)
		return err_set(err, -ENOMEM, "render");
	struct render_report report = { 0 };
	r->rate_hz = p->rate_hz;
	r->phase = p->phase_frames;
	raw_sound_init(&r->raw, raw);
	int code = run(r, s, soundfont, p, watch, err);
	if (code == 0)
		code = finish(r, path, p, watch, &report, err);
	if (r->synth)
		delete_fluid_synth(r->synth);
	if (r->settings)
		delete_fluid_settings(r->settings);
	report.score_s = (double)r->list.end_frame / (double)r->rate_hz;
	report.n_notes = r->list.n_notes;
	play_list_done(&r->list);
	raw_sound_done(&r->raw);
	if (code < 0) {
		(void)unlink(path);
		return code;
	}
	model_progress(watch, 1, "done");
	*ret = report;
	return 0;
}
#endif

/*
 * render.c - the offline device: an attention of its own that renders into a file as fast as it can, on the main thread,
 * while the device's thread plays the same timeline to its own time.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audio/wav.h"
#include "garden.h"

#include "base/banned.h"

enum { CHUNK = 1024 };

static const enum wav_encoding encodings[] = {
	[VIEW_SAMPLE_FLOAT32] = WAV_FLOAT32, [VIEW_SAMPLE_PCM24] = WAV_PCM24, [VIEW_SAMPLE_PCM16] = WAV_PCM16,
};

struct render {
	struct garden *g;
	const struct wire_call *call;
	int told_tenths;
	struct attention *attention;
	struct wav_writer *writer;
	float left[CHUNK], right[CHUNK], frames[2 * CHUNK];
	double peak;
	int64_t deadline_ns; /* monotonic: afterwards nobody waits for the file any more */
};

static int start(struct render *r, double from_beats, struct err *err)
{
	uint32_t producer = 0;
	int e = attention_new(r->g->engine, &r->attention);
	if (e < 0)
		return err_set(err, e, "no attention is free");
	content_ahead_watch(r->g->ahead, r->attention);
	e = project_graph(r->g, r->attention, err);
	if (e < 0)
		return e;
	e = project_instruments(r->g, attention_index(r->attention));
	if (e == 0)
		e = attention_producer(r->attention, &producer);
	const struct rt_command seek = { .type = RT_COMMAND_SEEK, .at_frame = COMMAND_NOW, .value = from_beats };
	const struct rt_command play = { .type = RT_COMMAND_PLAY, .at_frame = COMMAND_NOW };
	if (e == 0)
		e = attention_send(r->attention, producer, &seek);
	if (e == 0)
		e = attention_send(r->attention, producer, &play);
	if (e < 0)
		return err_set(err, e, "render");
	float *const out[DEVICE_CHANNELS] = { r->left, r->right };
	rt_enter();
	attention_process_rt(r->attention, out, 0); /* it is there now, so what it needs can be read ahead */
	rt_leave();
	return 0;
}

static int render_chunk(struct render *r, uint32_t n, struct err *err)
{
	float *const out[DEVICE_CHANNELS] = { r->left, r->right };
	struct rt_event ignored;
	(void)content_ahead_wait(r->g->ahead, r->attention, n); /* what cannot be read is counted as missing */
	rt_enter();
	attention_process_rt(r->attention, out, n);
	rt_leave();
	while (attention_poll(r->attention, &ignored))
		;
	for (uint32_t i = 0; i < n; i++) {
		r->frames[2 * i] = r->left[i];
		r->frames[2 * i + 1] = r->right[i];
		r->peak = fmax(r->peak, fmax(fabs((double)r->left[i]), fabs((double)r->right[i])));
	}
	return wav_writer_write(r->writer, r->frames, n, err);
}

/* Tells whoever waits, ten times at most. */
static void tell_progress(struct render *r, int64_t done, int64_t n_frames)
{
	char text[64];
	int tenths = (int)(done * 10 / n_frames);
	if (tenths == r->told_tenths || done == n_frames)
		return;
	r->told_tenths = tenths;
	(void)snprintf(text, sizeof(text), "%lld of %lld frames", (long long)done, (long long)n_frames);
	wire_call_progress(r->call, (double)done / (double)n_frames, text);
}

static int render_all(struct render *r, int64_t n_frames, struct err *err)
{
	int e = 0;
	for (int64_t done = 0; e == 0 && done < n_frames;) {
		uint32_t n = n_frames - done < CHUNK ? (uint32_t)(n_frames - done) : CHUNK;
		e = render_chunk(r, n, err);
		done += n;
		tell_progress(r, done, n_frames);
		if (e == 0)
			e = long_command_ends(r->g, done, err);
		if (e == 0 && done < n_frames && clock_monotonic_ns(clock_system()) > r->deadline_ns)
			e = err_set(err, -ETIMEDOUT, "the deadline passed after %lld of %lld frames", (long long)done,
				    (long long)n_frames);
	}
	return e;
}

static int run(struct render *r, const struct timeline_render *req, const char *path, int64_t n_frames, struct err *err)
{
	const struct wav_spec spec = { .rate_hz = r->g->options->rate_hz, .n_channels = DEVICE_CHANNELS,
				       .encoding = encodings[req->format] };
	int e = start(r, req->from_beats, err);
	if (e == 0)
		e = wav_writer_open(path, &spec, &r->writer, err);
	if (e == 0)
		e = render_all(r, n_frames, err);
	struct wav_writer *w = TAKE(r->writer);
	bool opened = w;
	if (e == 0)
		e = wav_writer_close(w, err);
	else
		(void)wav_writer_close(w, NULL); /* the first error is the one to report */
	if (e < 0 && opened)
		(void)unlink(path); /* a part of it is of no use to anybody */
	if (r->attention) {
		content_ahead_unwatch(r->g->ahead, r->attention);
		attention_free(r->attention);
	}
	return e;
}

int timeline_render_run(struct garden *g, const struct wire_call *call, const struct timeline_render *req,
			struct timeline_render_result *ret, struct err *err)
{
	content_pool_wait(g->pool);
	pump(g);
	const struct tempo_map *tempo = time_maps_tempo(g->projection.maps);
	int64_t n = tempo_map_frame(tempo, req->to_beats) - tempo_map_frame(tempo, req->from_beats);
	const char *path = NULL;
	char id[48];
	if (n <= 0)
		return err_field(err, -EINVAL, "to_beats", "nothing lies between beat %g and beat %g", req->from_beats,
				 req->to_beats);
	snprintf(id, sizeof(id), "render-%lld", (long long)clock_real_ns(clock_system()));
	int e = recording_path(g, req->has_path ? req->path : NULL, id, call->arena, &path, err);
	struct render *r = e == 0 ? wire_arena_alloc(call->arena, sizeof(*r)) : NULL;
	if (e < 0 || !r)
		return e < 0 ? e : err_set(err, -ENOMEM, "render");
	r->g = g;
	r->call = call;
	r->deadline_ns = call->deadline_ns;
	atomic_store(&g->interrupt, false);
	atomic_store(&g->busy, true);
	e = run(r, req, path, n, err);
	atomic_store(&g->busy, false);
	*ret = (struct timeline_render_result){ .path = path, .frames = n, .peak = r->peak };
	return e;
}

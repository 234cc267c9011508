/*
 * content_prepare.c - a file becomes what the engine plays: audio at its rate in the spool, MIDI as a list of events.
 *
 * Audio is never in memory whole: it goes from the decoder through up to two resamplers (to the engine's rate, to the
 * content's own speed) into windows, a few thousand frames at a time.
 */
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audio/file.h"
#include "audio/resample.h"
#include "base/fs.h"
#include "base/limits.h"
#include "music/smf.h"
#include "rt-host/content_priv.h"
#include "rt-host/rt_heap.h"

#include "base/banned.h"

enum { STEP_FRAMES = 4096, STAGES = 2 };

static const struct rt_heap heap = RT_HEAP_MALLOC;

/* ---- audio ---- */

struct audio_prepare {
	struct content_item *item;
	struct resampler *stages[STAGES];
	float *outs[STAGES]; /* STEP_FRAMES frames each */
	size_t n_stages;
	float *window; /* planar, being filled */
	size_t filled;
};

static int window_put(struct audio_prepare *p, struct err *err)
{
	struct content_item *it = p->item;
	for (uint32_t c = 0; c < it->n_channels; c++)
		memset(p->window + c * CONTENT_WINDOW_FRAMES + p->filled, 0,
		       (CONTENT_WINDOW_FRAMES - p->filled) * sizeof(float));
	it->n_frames += (int64_t)p->filled;
	p->filled = 0;
	return content_spool_append(it->spool, p->window, content_window_bytes(it), err);
}

static int frames_put(struct audio_prepare *p, const float *in, size_t n, struct err *err)
{
	uint32_t n_channels = p->item->n_channels;
	int r = 0;
	for (size_t i = 0; i < n && r >= 0; i++) {
		for (uint32_t c = 0; c < n_channels; c++)
			p->window[c * CONTENT_WINDOW_FRAMES + p->filled] = in[i * n_channels + c];
		if (++p->filled == CONTENT_WINDOW_FRAMES)
			r = window_put(p, err);
	}
	return r;
}

/* Pushes frames through stage `at` and all after it; in == NULL flushes that stage. */
static int stage_push(struct audio_prepare *p, size_t at, const float *in, size_t n, struct err *err)
{
	if (at == p->n_stages)
		return frames_put(p, in, n, err);
	for (size_t got = 1; n > 0 || got > 0;) {
		size_t used = 0;
		int r = resampler_process(p->stages[at], in, n, &used, p->outs[at], STEP_FRAMES, &got, err);
		if (r >= 0 && got > 0)
			r = stage_push(p, at + 1, p->outs[at], got, err);
		if (r < 0)
			return r;
		in = in ? in + used * p->item->n_channels : NULL;
		n -= used;
	}
	return 0;
}

static int stage_add(struct audio_prepare *p, uint32_t from_hz, uint32_t to_hz, struct err *err)
{
	if (from_hz == to_hz)
		return 0;
	p->outs[p->n_stages] = mem_new_array((size_t)STEP_FRAMES * p->item->n_channels, sizeof(float));
	if (!p->outs[p->n_stages])
		return err_set(err, -ENOMEM, "out of memory");
	int r = resampler_new(from_hz, to_hz, p->item->n_channels, RESAMPLE_BEST, &p->stages[p->n_stages], err);
	p->n_stages++;
	return r;
}

/* The first channels of more than the engine has; fewer stay as they are. */
static size_t channels_cut(float *frames, size_t n, uint32_t have, uint32_t want)
{
	for (size_t i = 0; have > want && i < n; i++)
		memmove(frames + i * want, frames + i * have, want * sizeof(float));
	return n;
}

static int decode(struct audio_prepare *p, struct audio_file *f, struct err *err)
{
	uint32_t have = audio_file_info(f)->n_channels;
	float AUTO_MEM *frames = mem_new_array((size_t)STEP_FRAMES * have, sizeof(float));
	if (!frames)
		return err_set(err, -ENOMEM, "out of memory");
	int r = 0;
	for (size_t got = 1; r >= 0 && got > 0;) {
		r = audio_file_read(f, frames, STEP_FRAMES, &got, err);
		if (r >= 0 && got > 0)
			r = stage_push(p, 0, frames, channels_cut(frames, got, have, p->item->n_channels), err);
	}
	for (size_t i = 0; i < p->n_stages && r >= 0; i++)
		r = stage_push(p, i, NULL, 0, err);
	if (r >= 0 && p->filled > 0)
		r = window_put(p, err);
	return r;
}

static int audio_finish(struct content_item *it, uint32_t rate_hz, struct err *err)
{
	if (it->n_frames == 0)
		return err_set(err, -EBADMSG, "no audio in it");
	int r = audio_content_new(&heap, it->n_channels, it->n_frames, CONTENT_WINDOW_FRAMES, &it->audio);
	it->slots = r < 0 ? NULL : mem_new_array(it->audio->n_windows, sizeof(*it->slots));
	if (!it->slots)
		return err_set(err, r < 0 ? r : -ENOMEM, "out of memory");
	for (uint32_t i = 0; i < it->audio->n_windows; i++)
		it->slots[i] = CONTENT_NO_SLOT;
	it->audio->owner = it;
	it->duration_seconds = (double)it->n_frames / rate_hz;
	return 0;
}

static int prepare_audio(struct content_item *it, uint32_t rate_hz, uint32_t n_channels, struct err *err)
{
	struct audio_file __attribute__((cleanup(audio_file_autofree))) *f = NULL;
	int r = audio_file_open(it->path, &f, err);
	if (r < 0)
		return r;
	const struct audio_info *info = audio_file_info(f);
	it->n_channels = info->n_channels < n_channels ? info->n_channels : n_channels;
	it->spool_at = content_spool_end(it->spool);
	struct audio_prepare p = { .item = it, .window = mem_new_array(1, content_window_bytes(it)) };
	r = p.window ? 0 : err_set(err, -ENOMEM, "out of memory");
	if (r >= 0)
		r = stage_add(&p, info->rate_hz, rate_hz, err);
	if (r >= 0)
		r = stage_add(&p, (uint32_t)lrint(rate_hz * it->rate), rate_hz, err);
	if (r >= 0)
		r = decode(&p, f, err);
	if (r >= 0)
		r = audio_finish(it, rate_hz, err);
	if (r < 0) { /* nothing of it is on disk: what comes next takes the place */
		audio_content_unref(TAKE(it->audio));
		content_spool_rewind(it->spool, it->spool_at);
	}
	for (size_t i = 0; i < STAGES; i++) {
		resampler_free(p.stages[i]);
		free(p.outs[i]);
	}
	free(p.window);
	return r < 0 ? err_wrap(err, r, "%s", it->path) : 0;
}

/* ---- windows ---- */

/* Reversed content is stored forwards: its window lies across two stored ones. */
static int read_reversed(const struct content_item *it, uint32_t window, float *ret, struct err *err)
{
	size_t bytes = content_window_bytes(it);
	float AUTO_MEM *stored = mem_new_array(1, bytes);
	if (!stored)
		return err_set(err, -ENOMEM, "out of memory");
	int64_t have = -1;
	memset(ret, 0, bytes);
	for (int64_t k = 0; k < CONTENT_WINDOW_FRAMES; k++) {
		int64_t frame = it->n_frames - 1 - ((int64_t)window * CONTENT_WINDOW_FRAMES + k);
		if (frame < 0)
			break;
		if (frame / CONTENT_WINDOW_FRAMES != have) {
			have = frame / CONTENT_WINDOW_FRAMES;
			int r = content_spool_read(it->spool, it->spool_at + have * (int64_t)bytes, stored, bytes, err);
			if (r < 0)
				return r;
		}
		for (uint32_t c = 0; c < it->n_channels; c++)
			ret[c * CONTENT_WINDOW_FRAMES + k] =
				stored[c * CONTENT_WINDOW_FRAMES + frame % CONTENT_WINDOW_FRAMES];
	}
	return 0;
}

int content_window_read(const struct content_item *it, uint32_t window, float *ret, struct err *err)
{
	size_t bytes = content_window_bytes(it);
	if (it->reverse)
		return read_reversed(it, window, ret, err);
	return content_spool_read(it->spool, it->spool_at + (int64_t)window * (int64_t)bytes, ret, bytes, err);
}

/* ---- MIDI ---- */

struct event_list {
	struct midi_note_event *v;
	size_t n, room;
};

static int add_event(struct event_list *l, double beat, unsigned status, unsigned data1, unsigned data2)
{
	if (mem_grow(&l->v, &l->room, l->n + 1, sizeof(*l->v)) < 0)
		return -ENOMEM;
	l->v[l->n++] = (struct midi_note_event){ .beat = beat, .status = (uint8_t)status, .data1 = (uint8_t)data1,
						 .data2 = (uint8_t)data2 };
	return 0;
}

static int add_control(struct event_list *l, const struct score_control *c)
{
	switch (c->kind) {
	case SCORE_PROGRAM:
		return add_event(l, c->at_beats, 0xc0u | c->channel, c->value & 0x7f, 0);
	case SCORE_CONTROLLER:
		return add_event(l, c->at_beats, 0xb0u | c->channel, c->number, c->value & 0x7f);
	case SCORE_BEND:
		return add_event(l, c->at_beats, 0xe0u | c->channel, c->value & 0x7f, c->value >> 7 & 0x7f);
	case SCORE_PRESSURE:
		return add_event(l, c->at_beats, 0xd0u | c->channel, c->value & 0x7f, 0);
	case SCORE_POLY_PRESSURE:
		return add_event(l, c->at_beats, 0xa0u | c->channel, c->number, c->value & 0x7f);
	case SCORE_CONTROL_KIND_COUNT:
		break;
	}
	return 0;
}

static int add_voice(struct event_list *l, const struct score_voice *v)
{
	int r = 0;
	for (size_t i = 0; i < v->n_controls && r == 0; i++)
		r = add_control(l, &v->controls[i]);
	for (size_t i = 0; i < v->n_notes && r == 0; i++) {
		const struct note *n = &v->notes[i];
		r = add_event(l, n->start_beats, 0x90u | n->channel, n->pitch, n->velocity);
		if (r == 0)
			r = add_event(l, n->start_beats + n->duration_beats, 0x80u | n->channel, n->pitch, n->release);
	}
	return r;
}

static int read_score(const char *path, struct score **ret, struct err *err)
{
	char AUTO_MEM *bytes = NULL;
	size_t n = 0;
	int r = fs_read(path, LIMIT_CONTENT_MIDI_BYTES, &bytes, &n, err);
	if (r < 0)
		return r;
	r = score_read_smf(bytes, n, ret, err);
	return r < 0 ? err_wrap(err, r, "%s", path) : 0;
}

static int load_midi(struct content_item *it, struct err *err)
{
	AUTO(score) s = NULL;
	int r = read_score(it->path, &s, err);
	if (r < 0)
		return r;
	struct event_list l = { NULL, 0, 0 };
	for (size_t i = 0; i < s->n_voices && r == 0; i++)
		r = add_voice(&l, &s->voices[i]);
	if (r == 0)
		r = midi_content_new(&heap, l.v, (uint32_t)l.n, &it->midi);
	free(l.v);
	it->duration_beats = s->end_beats;
	return r < 0 ? err_set(err, r, "%s", it->path) : 0;
}

static bool is_midi(const char *path)
{
	char head[4] = "";
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY); /* a pipe that nobody feeds must not hold us */
	if (fd < 0)
		return false;
	ssize_t n = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? pread(fd, head, sizeof(head), 0) : 0;
	close(fd);
	return n == (ssize_t)sizeof(head) && memcmp(head, "MThd", sizeof(head)) == 0;
}

int content_probe(const char *path, double *ret_seconds, double *ret_beats, struct err *err)
{
	*ret_beats = -1;
	*ret_seconds = 0;
	if (is_midi(path)) {
		AUTO(score) s = NULL;
		int r = read_score(path, &s, err);
		if (r < 0)
			return r;
		*ret_beats = s->end_beats;
		return 0;
	}
	struct audio_file __attribute__((cleanup(audio_file_autofree))) *f = NULL;
	int r = audio_file_open(path, &f, err);
	if (r < 0)
		return r;
	const struct audio_info *info = audio_file_info(f);
	*ret_seconds = (double)info->n_frames / info->rate_hz;
	return 0;
}

int content_prepare(struct content_item *it, uint32_t rate_hz, uint32_t n_channels, struct err *err)
{
	return is_midi(it->path) ? load_midi(it, err) : prepare_audio(it, rate_hz, n_channels, err);
}

/*
 * listener.c - a pair of ears for pipewire.sh: writes down what arrives at its two ports, and says whether that is what a
 * recording holds.
 *
 *   listener record FILE          a PipeWire client `listener` with the ports in_L and in_R; until SIGTERM; raw floats, interleaved
 *   listener compare FILE WAV     exit status 0 when WAV was heard, sample by sample and in order: at least 90 of
 *                                 100 stretches of 512 frames, since a busy machine makes PipeWire skip cycles
 */
#include "audio/file.h"
#include "base/fs.h"
#include "base/mem.h"

#include <pipewire/filter.h>
#include <pipewire/pipewire.h>

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define ROOM_FRAMES (48000 * 90)
#define BLOCK_FRAMES 512
#define NEAR        (1.0f / 8192) /* the recording is in 16 bits */

struct ears {
	struct pw_main_loop *loop;
	struct pw_filter *filter;
	void *ports[2];
	float *heard;
	size_t n_frames;
};

static void on_process(void *arg, struct spa_io_position *position)
{
	struct ears *e = arg;
	uint32_t n = (uint32_t)position->clock.duration;
	if (e->n_frames + n > ROOM_FRAMES)
		return;
	for (int c = 0; c < 2; c++) {
		const float *in = pw_filter_get_dsp_buffer(e->ports[c], n);
		for (uint32_t i = 0; i < n; i++)
			e->heard[(e->n_frames + i) * 2 + (size_t)c] = in ? in[i] : 0;
	}
	e->n_frames += n;
}

static const struct pw_filter_events events = { PW_VERSION_FILTER_EVENTS, .process = on_process };

static void on_signal(void *arg, int signal)
{
	struct ears *e = arg;
	pw_main_loop_quit(e->loop);
}

static int record(const char *path)
{
	static const char *const names[] = { "in_L", "in_R" };
	struct ears e = { .loop = NULL };
	struct err err = ERR_INIT;
	pw_init(NULL, NULL);
	e.loop = pw_main_loop_new(NULL);
	e.heard = mem_new_array((size_t)ROOM_FRAMES * 2, sizeof(float));
	if (!e.loop || !e.heard)
		return 1;
	pw_loop_add_signal(pw_main_loop_get_loop(e.loop), SIGTERM, on_signal, &e);
	e.filter = pw_filter_new_simple(pw_main_loop_get_loop(e.loop), "listener",
					pw_properties_new(PW_KEY_MEDIA_TYPE, "Audio", PW_KEY_NODE_ALWAYS_PROCESS, "true", NULL), &events, &e);
	for (int c = 0; e.filter && c < 2; c++)
		e.ports[c] = pw_filter_add_port(e.filter, PW_DIRECTION_INPUT, PW_FILTER_PORT_FLAG_MAP_BUFFERS, 0,
						pw_properties_new(PW_KEY_FORMAT_DSP, "32 bit float mono audio", PW_KEY_PORT_NAME, names[c],
								  NULL),
						NULL, 0);
	if (!e.filter || pw_filter_connect(e.filter, PW_FILTER_FLAG_RT_PROCESS, NULL, 0) < 0)
		return 1;
	pw_main_loop_run(e.loop);
	pw_filter_destroy(e.filter);
	pw_main_loop_destroy(e.loop);
	int r = fs_write_atomic(path, e.heard, e.n_frames * 2 * sizeof(float), 0600, &err);
	free(e.heard);
	if (r < 0)
		fprintf(stderr, "listener: %s\n", err_msg(&err));
	return r < 0;
}

/* Whether n frames of the recording stand at this place. */
static bool is_here(const float *heard, const float *wav, size_t n)
{
	for (size_t i = 0; i < n * 2; i++)
		if (!(fabsf(heard[i] - wav[i]) < NEAR))
			return false;
	return true;
}

/* Where a stretch of the recording was heard, at `from` or later; n_heard when nowhere. */
static size_t find(const float *heard, size_t n_heard, size_t from, const float *wav, size_t n)
{
	for (size_t at = from; at + n <= n_heard; at++)
		if (is_here(heard + at * 2, wav, n))
			return at;
	return n_heard;
}

static bool sounds(const float *wav, size_t n)
{
	float most = 0;
	for (size_t i = 0; i < n * 2; i++)
		most = fmaxf(most, fabsf(wav[i]));
	return most > 0.01f;
}

static int compare(const char *raw, const char *path)
{
	char *AUTO_MEM bytes = NULL;
	AUTO(audio_buffer) wav = NULL;
	struct err err = ERR_INIT;
	size_t n_bytes = 0, at = 0, n_blocks = 0, n_found = 0;
	if (fs_read(raw, (size_t)ROOM_FRAMES * 8 + 1, &bytes, &n_bytes, &err) < 0 || audio_load(path, 0, &wav, &err) < 0) {
		fprintf(stderr, "listener: %s\n", err_msg(&err));
		return 1;
	}
	const float *heard = (const float *)(const void *)bytes;
	size_t n_heard = n_bytes / 8, block = BLOCK_FRAMES;
	for (size_t i = 0; i + block <= wav->n_frames; i += block) {
		const float *w = wav->samples + i * 2;
		if (!sounds(w, block))
			continue;
		size_t here = find(heard, n_heard, at, w, block);
		n_blocks++;
		if (here == n_heard)
			continue;
		n_found++;
		at = here + block;
	}
	printf("%zu of %zu stretches of the recording were heard\n", n_found, n_blocks);
	return n_blocks < 100 || n_found * 100 < n_blocks * 90;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "record") == 0)
		return record(argv[2]);
	if (argc == 4 && strcmp(argv[1], "compare") == 0)
		return compare(argv[2], argv[3]);
	fprintf(stderr, "usage: listener record FILE | listener compare FILE WAV\n");
	return 2;
}

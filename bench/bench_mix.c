/*
 * bench_mix.c - mixing clips on the timeline, beside a plain vectorised loop over the same samples and beside scsynth.
 *
 * Stereo clips of two seconds, 64 distinct contents; 64 and 1,024 of them sound at once, each with a gain of its own. The
 * loop does the least that can be done: one multiplication and one addition a sample, clip after clip, quantum by quantum.
 * scsynth (Debian supercollider-server, where installed) renders the same clips offline (NRT), one PlayBuf a clip; what it
 * takes without any clip (start, reading the buffers, writing the file) is subtracted.
 *
 * Prints one JSON object a line: microseconds for a second of sound. "ratio" is ours / loop (smaller is better) and
 * scsynth / ours (larger is better).
 */
#include "rt-host/rt_heap.h"
#include "rt/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { RATE = 48000, CONTENTS = 64, FRAMES = 2 * RATE, WINDOW = 16384, QUANTUM = 1024, CLIPS_MAX = 1024, ROUNDS = 5 };
enum { WINDOWS = (FRAMES + WINDOW - 1) / WINDOW };

static const struct rt_heap heap = RT_HEAP_MALLOC;

struct work {
	float *windows[CONTENTS][WINDOWS]; /* planar: left, then right */
	struct audio_content *contents[CONTENTS];
	uint32_t n_clips;
	float left[QUANTUM], right[QUANTUM];
	double sum; /* so that nothing is left out */
};

static void must(int r)
{
	if (r < 0) {
		fprintf(stderr, "bench_mix: error %d\n", r);
		exit(1);
	}
}

static double now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static float gain_of(uint32_t clip)
{
	return 0.001f + (float)clip * 1e-6f;
}

static void work_fill(struct work *w)
{
	uint32_t noise = 1;
	for (uint32_t c = 0; c < CONTENTS; c++) {
		must(audio_content_new(&heap, 2, FRAMES, WINDOW, &w->contents[c]));
		for (uint32_t i = 0; i < WINDOWS; i++) {
			float *window = w->windows[c][i] = heap.take(NULL, 2 * WINDOW * sizeof(float));
			if (!window)
				must(-12);
			for (uint32_t k = 0; k < 2 * WINDOW; k++) {
				noise = noise * 1664525u + 1013904223u;
				window[k] = (float)(int32_t)noise * 0x1p-31f;
			}
			(void)audio_content_publish(w->contents[c], i, window);
		}
	}
}

/* ---- the plain loop ---- */

static void loop_add(float *restrict dst, const float *restrict src, float gain, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		dst[i] += src[i] * gain;
}

static double loop_run(struct work *w)
{
	double start = now_s();
	for (uint32_t at = 0; at < FRAMES; at += QUANTUM) {
		uint32_t n = FRAMES - at < QUANTUM ? FRAMES - at : QUANTUM, in = at % WINDOW;
		memset(w->left, 0, sizeof(w->left));
		memset(w->right, 0, sizeof(w->right));
		for (uint32_t c = 0; c < w->n_clips; c++) {
			const float *window = w->windows[c % CONTENTS][at / WINDOW];
			loop_add(w->left, window + in, gain_of(c), n);
			loop_add(w->right, window + WINDOW + in, gain_of(c), n);
		}
		w->sum += (double)w->left[7] + (double)w->right[9];
	}
	return now_s() - start;
}

/* ---- ours ---- */

static struct engine *engine_with(struct work *w)
{
	const struct engine_config config = {
		.rate_hz = RATE, .n_channels = 2, .max_block_frames = 256, .max_sounding = CLIPS_MAX, .max_producers = 1,
		.command_slots = 16, .event_slots = 4096, .max_pending = 16, .midi_room = 2560,
	};
	const struct tempo_point tempo = { 0, 60, TEMPO_STEP };
	const struct meter_point meter = { 0, 4, 4 };
	struct region_set *set = NULL, *next;
	struct time_maps *maps;
	struct timeline_snapshot *snapshot;
	struct engine *e;
	for (uint32_t c = 0; c < w->n_clips; c++) {
		const struct region_spec spec = { .id = c + 1, .duration_beats = 2, .behaviour = REGION_PLAY_AUDIO,
						  .gain = gain_of(c), .audio = w->contents[c % CONTENTS] };
		struct region *r;
		must(region_new(&heap, &spec, &r, NULL));
		must(region_set_insert(set, &heap, r, &next));
		region_unref(r);
		region_set_unref(set);
		set = next;
	}
	must(time_maps_new(&heap, &tempo, 1, &meter, 1, RATE, &maps));
	must(timeline_snapshot_new(&heap, 1, set, maps, &snapshot));
	must(engine_new(&config, &heap, &e));
	must(engine_publish(e, snapshot));
	region_set_unref(set);
	time_maps_unref(maps);
	return e;
}

static double engine_run(struct work *w, struct engine *e, uint32_t producer)
{
	struct attention *a = engine_attention(e, ATTENTION_MAIN);
	const struct rt_command seek = { .type = RT_COMMAND_SEEK, .at_frame = COMMAND_NOW };
	const struct rt_command play = { .type = RT_COMMAND_PLAY, .at_frame = COMMAND_NOW };
	struct rt_event event;
	must(attention_send(a, producer, &seek));
	must(attention_send(a, producer, &play));
	double start = now_s();
	for (uint32_t at = 0; at < FRAMES; at += QUANTUM) {
		float *out[2] = { w->left, w->right };
		attention_process_rt(a, out, FRAMES - at < QUANTUM ? FRAMES - at : QUANTUM);
		w->sum += (double)w->left[7] + (double)w->right[9];
		while (attention_poll(a, &event))
			continue;
	}
	return now_s() - start;
}

/* ---- scsynth: OSC and synth definitions in bytes ---- */

struct bytes {
	uint8_t v[1 << 20];
	size_t n;
};

static void put(struct bytes *b, const void *p, size_t n)
{
	if (b->n + n > sizeof(b->v))
		must(-7);
	memcpy(b->v + b->n, p, n);
	b->n += n;
}

static void put_int(struct bytes *b, uint32_t v, int n_bytes)
{
	for (int shift = 8 * (n_bytes - 1); shift >= 0; shift -= 8) {
		uint8_t byte = (uint8_t)(v >> shift);
		put(b, &byte, 1);
	}
}

static void put_float(struct bytes *b, float f)
{
	uint32_t bits;
	memcpy(&bits, &f, 4);
	put_int(b, bits, 4);
}

static void put_pascal(struct bytes *b, const char *s)
{
	put_int(b, (uint32_t)strlen(s), 1);
	put(b, s, strlen(s));
}

static void put_osc_string(struct bytes *b, const char *s)
{
	static const uint8_t zeros[4];
	size_t n = strlen(s);
	put(b, s, n);
	put(b, zeros, 4 - n % 4);
}

static void put_ugen(struct bytes *b, const char *cls, int rate, int n_in, int n_out, int special)
{
	put_pascal(b, cls);
	put_int(b, (uint32_t)rate, 1);
	put_int(b, (uint32_t)n_in, 2);
	put_int(b, (uint32_t)n_out, 2);
	put_int(b, (uint32_t)special, 2);
}

static void put_input(struct bytes *b, int ugen, int index)
{
	put_int(b, (uint32_t)(uint16_t)ugen, 2);
	put_int(b, (uint32_t)index, 2);
}

/* { |buf, gain| Out.ar(0, PlayBuf.ar(2, buf) * gain) } in the format SCgf 1. */
static void put_synthdef(struct bytes *b)
{
	const float constants[] = { 0, 1 };
	put(b, "SCgf", 4);
	put_int(b, 1, 4);
	put_int(b, 1, 2);
	put_pascal(b, "clip");
	put_int(b, 2, 2);
	for (int i = 0; i < 2; i++)
		put_float(b, constants[i]);
	put_int(b, 2, 2);
	put_float(b, 0);
	put_float(b, 0);
	put_int(b, 2, 2);
	put_pascal(b, "buf");
	put_int(b, 0, 2);
	put_pascal(b, "gain");
	put_int(b, 1, 2);
	put_int(b, 5, 2);
	put_ugen(b, "Control", 1, 0, 2, 0); /* 0 */
	put_int(b, 1, 1);
	put_int(b, 1, 1);
	put_ugen(b, "PlayBuf", 2, 6, 2, 0); /* 1: buf, rate 1, trigger 1, start 0, loop 0, done 0 */
	put_input(b, 0, 0);
	put_input(b, -1, 1);
	put_input(b, -1, 1);
	for (int i = 0; i < 3; i++)
		put_input(b, -1, 0);
	put_int(b, 2, 1);
	put_int(b, 2, 1);
	for (int c = 0; c < 2; c++) { /* 2, 3: times gain */
		put_ugen(b, "BinaryOpUGen", 2, 2, 1, 2);
		put_input(b, 1, c);
		put_input(b, 0, 1);
		put_int(b, 2, 1);
	}
	put_ugen(b, "Out", 2, 3, 0, 0);
	put_input(b, -1, 0);
	put_input(b, 2, 0);
	put_input(b, 3, 0);
	put_int(b, 0, 2);
}

/* One bundle of one message at `seconds`. */
static void put_bundle(FILE *f, uint32_t seconds, const struct bytes *message)
{
	struct bytes *b = calloc(1, sizeof(*b));
	if (!b)
		must(-12);
	put_int(b, (uint32_t)message->n + 20, 4);
	put(b, "#bundle", 8);
	put_int(b, seconds, 4);
	put_int(b, 0, 4);
	put_int(b, (uint32_t)message->n, 4);
	fwrite(b->v, 1, b->n, f);
	fwrite(message->v, 1, message->n, f);
	free(b);
}

static void score_write(const char *dir, uint32_t n_clips)
{
	static struct bytes m, def;
	char path[200];
	snprintf(path, sizeof(path), "%s/score.osc", dir);
	FILE *f = fopen(path, "wb");
	if (!f)
		must(-2);
	def.n = m.n = 0;
	put_synthdef(&def);
	put_osc_string(&m, "/d_recv");
	put_osc_string(&m, ",b");
	put_int(&m, (uint32_t)def.n, 4);
	put(&m, def.v, (def.n + 3) & ~(size_t)3);
	put_bundle(f, 0, &m);
	for (uint32_t c = 0; c < CONTENTS; c++) {
		m.n = 0;
		snprintf(path, sizeof(path), "%s/%u.wav", dir, c);
		put_osc_string(&m, "/b_allocRead");
		put_osc_string(&m, ",is");
		put_int(&m, c, 4);
		put_osc_string(&m, path);
		put_bundle(f, 0, &m);
	}
	for (uint32_t c = 0; c < n_clips; c++) {
		m.n = 0;
		put_osc_string(&m, "/s_new");
		put_osc_string(&m, ",siiisisf");
		put_osc_string(&m, "clip");
		put_int(&m, 1000 + c, 4);
		put_int(&m, 0, 4);
		put_int(&m, 0, 4);
		put_osc_string(&m, "buf");
		put_int(&m, c % CONTENTS, 4);
		put_osc_string(&m, "gain");
		put_float(&m, gain_of(c));
		put_bundle(f, 0, &m);
	}
	m.n = 0;
	put_osc_string(&m, "/c_set");
	put_osc_string(&m, ",if");
	put_int(&m, 0, 4);
	put_float(&m, 0);
	put_bundle(f, 2, &m);
	fclose(f);
}

static void put_le(FILE *f, uint32_t v, int n_bytes)
{
	for (int i = 0; i < n_bytes; i++)
		fputc((int)(v >> (8 * i) & 255), f);
}

static void wavs_write(struct work *w, const char *dir)
{
	char path[200];
	for (uint32_t c = 0; c < CONTENTS; c++) {
		snprintf(path, sizeof(path), "%s/%u.wav", dir, c);
		FILE *f = fopen(path, "wb");
		if (!f)
			must(-2);
		fputs("RIFF", f);
		put_le(f, 36 + FRAMES * 8, 4);
		fputs("WAVEfmt ", f);
		put_le(f, 16, 4);
		put_le(f, 3, 2);
		put_le(f, 2, 2);
		put_le(f, RATE, 4);
		put_le(f, RATE * 8, 4);
		put_le(f, 8, 2);
		put_le(f, 32, 2);
		fputs("data", f);
		put_le(f, FRAMES * 8, 4);
		for (uint32_t i = 0; i < FRAMES; i++)
			for (uint32_t ch = 0; ch < 2; ch++)
				fwrite(&w->windows[c][i / WINDOW][ch * WINDOW + i % WINDOW], 4, 1, f);
		fclose(f);
	}
}

/* Seconds of one offline rendering; negative when scsynth is not there or fails. */
static double scsynth_run(const char *dir)
{
	double start = now_s();
	pid_t pid = fork();
	if (pid == 0) {
		if (chdir(dir) < 0 || !freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
			_exit(127);
		execlp("scsynth", "scsynth", "-N", "score.osc", "_", "out.wav", "48000", "WAV", "float", "-o", "2", "-m",
		       "65536", "-n", "4096", (char *)NULL);
		_exit(127);
	}
	int status;
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return -1;
	return now_s() - start;
}

/* The first sample must be what the clips sum to, or the comparison means nothing. */
static bool scsynth_right(struct work *w, const char *dir)
{
	char path[200];
	float got = 0, want = 0;
	uint8_t head[4096];
	snprintf(path, sizeof(path), "%s/out.wav", dir);
	FILE *f = fopen(path, "rb");
	size_t n = f ? fread(head, 1, sizeof(head), f) : 0;
	if (f)
		fclose(f);
	for (uint32_t c = 0; c < w->n_clips; c++)
		want += w->windows[c % CONTENTS][0][100] * gain_of(c);
	for (size_t i = 12; i + 8 < n; i++) {
		if (memcmp(head + i, "data", 4) != 0 || i + 8 + 100 * 8 + 4 > n)
			continue;
		memcpy(&got, head + i + 8 + 100 * 8, 4);
		break;
	}
	return got - want < 1e-4f && want - got < 1e-4f && got * 0 == 0 && want * want > 1e-12f;
}

static double scsynth_best(struct work *w, const char *dir)
{
	double best[2] = { 1e9, 1e9 };
	for (int i = 0; i < 3; i++) {
		for (int with = 0; with < 2; with++) {
			score_write(dir, with ? w->n_clips : 0);
			double t = scsynth_run(dir);
			if (t < 0 || (with && !scsynth_right(w, dir)))
				return -1;
			best[with] = t < best[with] ? t : best[with];
		}
	}
	return best[1] - best[0];
}

static void report(const char *what, uint32_t n, double ours, double reference, double ratio, const char *target)
{
	printf("{\"name\": \"mix %u clips %s\", \"ours\": %.1f, \"reference\": %.1f, \"unit\": \"us/s\", \"ratio\": %.2f, "
	       "\"target\": \"%s\"}\n",
	       n, what, ours * 1e6 * RATE / FRAMES, reference * 1e6 * RATE / FRAMES, ratio, target);
	fflush(stdout);
}

static void clips_run(struct work *w, uint32_t n, const char *dir)
{
	double ours = 1e9, loop = 1e9;
	uint32_t producer;
	w->n_clips = n;
	struct engine *e = engine_with(w);
	must(attention_producer(engine_attention(e, ATTENTION_MAIN), &producer));
	for (int round = 0; round < ROUNDS; round++) {
		double t = loop_run(w);
		loop = t < loop ? t : loop;
		t = engine_run(w, e, producer);
		ours = t < ours ? t : ours;
	}
	engine_free(e);
	report("against a plain loop", n, ours, loop, ours / loop, "<= 2");
	if (!dir)
		return;
	double theirs = scsynth_best(w, dir);
	if (theirs < 0)
		printf("{\"name\": \"mix %u clips against scsynth\", \"ours\": null, \"reference\": null, \"unit\": \"us/s\", "
		       "\"ratio\": null, \"target\": \">= 3 (scsynth is not installed)\"}\n", n);
	else
		report("against scsynth NRT", n, ours, theirs, theirs / ours, ">= 3");
}

int main(void)
{
	struct work *w = calloc(1, sizeof(*w));
	char dir[] = "/tmp/bench_mix.XXXXXX";
	if (!w || !mkdtemp(dir))
		return 1;
	work_fill(w);
	wavs_write(w, dir);
	clips_run(w, 64, dir);
	clips_run(w, 1024, dir);
	fprintf(stderr, "bench_mix: checksum %g\n", w->sum);
	char path[200];
	for (uint32_t c = 0; c < CONTENTS; c++) {
		snprintf(path, sizeof(path), "%s/%u.wav", dir, c);
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/score.osc", dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/out.wav", dir);
	unlink(path);
	rmdir(dir);
	for (uint32_t c = 0; c < CONTENTS; c++) {
		audio_content_unref(w->contents[c]);
		for (uint32_t i = 0; i < WINDOWS; i++)
			free(w->windows[c][i]);
	}
	free(w);
	return 0;
}

/*
 * bench_audio.c - how many times faster than it sounds is sound understood: 60 s of tones, hits and noise, stereo, 16 bit.
 *
 *   bench_audio [FILE]     another sound instead
 *
 * One line of JSON for each analysis, {"name", "ours", "unit", "target"}: seconds of sound for one second of one core's time, the
 * best of three. Nothing to compare with is a dependency here; libebur128 and aubio do one of these things each.
 */
#include "audio/beat.h"
#include "audio/drum_take.h"
#include "audio/fingerprint.h"
#include "audio/hearing.h"
#include "audio/hum.h"
#include "audio/key.h"
#include "audio/spectrum.h"
#include "audio/wav.h"
#include "base/rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { RATE = 48000, SECONDS = 60, N = RATE * SECONDS };

static double cpu_s(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void die(const struct err *err)
{
	fprintf(stderr, "bench_audio: %s\n", err->msg);
	exit(1);
}

/* A hummed line over hits: every analysis finds something. */
static void make(float *x)
{
	struct rng r;
	double phase = 0;
	rng_init(&r, 1);
	for (size_t i = 0; i < N; i++) {
		double t = (double)i / RATE, beat = t * 2, in = beat - floor(beat), y = 0;
		double hz = 220 * pow(2, (double)((int)beat * 5 % 12) / 12);
		phase += hz / RATE;
		for (int k = 1; k <= 6; k++)
			y += 0.1 / k * sin(2 * M_PI * k * phase);
		y *= fmin(1, in * 20) * fmin(1, (1 - in) * 20);
		y += 0.2 * exp(-12 * in) * ((int)beat % 2 ? 2 * rng_double(&r) - 1 : sin(2 * M_PI * 60 * in / 2));
		x[2 * i] = x[2 * i + 1] = (float)y;
	}
}

static char *write_sound(struct err *err)
{
	static char path[] = "/tmp/hoot-bench-XXXXXX";
	int fd = mkstemp(path);
	float *x = malloc(2 * sizeof(float) * N);
	struct wav_spec spec = { RATE, 2, WAV_PCM16, 0 };
	struct wav_writer *w = NULL;
	if (fd < 0 || !x)
		exit(1);
	close(fd);
	make(x);
	if (wav_writer_open(path, &spec, &w, err) < 0 || wav_writer_write(w, x, N, err) < 0 || wav_writer_close(w, err) < 0)
		die(err);
	free(x);
	return path;
}

static int run_listen(const char *path, struct err *err)
{
	AUTO(hearing) h = NULL;
	struct onsets o = { 0 };
	struct beats b = { 0 };
	struct chroma c = { 0 };
	struct key_report k = { 0 };
	int code = hearing_of(path, NULL, &h, err);
	if (code == 0)
		code = onsets_find(h, 0.5, &o, err);
	if (code == 0)
		code = beats_find(h, &(struct beat_options){ 0 }, &b, err);
	if (code == 0)
		code = chroma_of(h, &c, err);
	if (code == 0)
		audio_key_find(&c, &k);
	onsets_done(&o);
	beats_done(&b);
	chroma_done(&c);
	key_report_done(&k);
	return code;
}

static int run_hearing(const char *path, struct err *err)
{
	AUTO(hearing) h = NULL;
	return hearing_of(path, NULL, &h, err);
}

static int run_hum(const char *path, struct err *err)
{
	AUTO(score) s = NULL;
	struct hum_report r;
	struct hum_params p = HUM_PARAMS_INIT;
	return hum_to_score(path, &p, NULL, &s, &r, err);
}

static int run_drums(const char *path, struct err *err)
{
	AUTO(score) s = NULL;
	struct drum_report r;
	struct drum_params p = DRUM_PARAMS_INIT;
	return drums_to_score(path, &p, NULL, &s, &r, err);
}

static int run_fingerprint(const char *path, struct err *err)
{
	struct fingerprint f = { 0 };
	int code = fingerprint_of(path, NULL, &f, err);
	fingerprint_done(&f);
	return code;
}

static int run_spectrogram(const char *path, struct err *err)
{
	struct spectrogram s;
	struct spectrogram_options o = { 1200, 400, BAND_LOG, 40, 16000, 0 };
	int code = audio_spectrogram(path, &o, NULL, &s, err);
	if (code == 0)
		spectrogram_done(&s);
	return code;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(const char *path, struct err *err);
	} rows[] = { { "hearing", run_hearing }, { "listen", run_listen }, { "hum", run_hum }, { "drums", run_drums },
		     { "fingerprint", run_fingerprint }, { "spectrogram", run_spectrogram } };
	struct err err = ERR_INIT;
	char *made = argc > 1 ? NULL : write_sound(&err);
	const char *path = made ? made : argv[1];
	AUTO(audio_file) f = NULL;
	if (audio_file_open(path, &f, &err) < 0)
		die(&err);
	const struct audio_info *info = audio_file_info(f);
	double seconds = (double)info->n_frames / info->rate_hz;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		double best = 1e9;
		for (int k = 0; k < 3; k++) {
			double begin = cpu_s();
			if (rows[i].run(path, &err) < 0)
				die(&err);
			best = fmin(best, cpu_s() - begin);
		}
		printf("{\"name\": \"audio.%s\", \"ours\": %.0f, \"unit\": \"s/cpu-s\", \"target\": \">= 100\"}\n", rows[i].name, seconds / best);
	}
	if (made)
		unlink(made);
	return 0;
}

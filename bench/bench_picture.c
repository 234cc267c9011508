/*
 * bench_picture.c - what is understood of a tune, and pictures: how long each takes of one core's time.
 *
 * Usage:  bench_picture [FOLDER]; the folder holds the examples' .abc files.
 * Prints JSON lines {"name", "ours", "unit", "target"}, the best of rounds. Understanding a tune is all of score_listen and its JSON, over
 * the tune as it is heard; pictures are 1200 x 480 PNG files of a tune, and of a minute's outline and spectrum.
 */
#include "base/fs.h"
#include "music/abc.h"
#include "music/listen.h"
#include "picture/picture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS 9

static void die(const char *what)
{
	fprintf(stderr, "bench_picture: %s\n", what);
	exit(1);
}

static double cpu_ms(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* Linux has it */
	return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static struct score *tune(const char *folder, const char *name)
{
	struct err err = ERR_INIT;
	char AUTO_MEM *path = fs_join(folder, name);
	char AUTO_MEM *text = NULL;
	size_t n;
	struct score *s = NULL;
	if (!path || fs_read(path, 1 << 20, &text, &n, &err) < 0 || abc_perform(text, n, NULL, &abc_performed, &s, NULL, &err) < 0)
		die(err.msg);
	return s;
}

struct subject {
	struct score *score;
	struct audio_peak *peaks;
	struct spectrogram spectrum;
	struct picture_look look;
};

static void understand(const struct subject *s)
{
	struct listening l;
	struct err err = ERR_INIT;
	json_t *said = NULL;
	if (score_listen(s->score, LISTEN_ALL, NULL, NULL, &l, &err) < 0 || listen_json(s->score, &l, LISTEN_ALL, &said, &err) < 0)
		die(err.msg);
	json_decref(said);
	listening_done(&l);
}

static void draw_roll(const struct subject *s)
{
	struct picture p;
	if (picture_piano_roll(s->score, &s->look, &p, NULL) < 0)
		die("no piano roll");
	picture_done(&p);
}

static void draw_waveform(const struct subject *s)
{
	struct waveform w = { s->peaks, picture_columns(&s->look), 60 };
	struct picture p;
	if (picture_waveform(&w, &s->look, &p, NULL) < 0)
		die("no waveform");
	picture_done(&p);
}

static void draw_spectrogram(const struct subject *s)
{
	struct spectrogram_scale scale = { BAND_LOG, -80, 0 };
	struct picture p;
	if (picture_spectrogram(&s->spectrum, &scale, &s->look, &p, NULL) < 0)
		die("no spectrogram");
	picture_done(&p);
}

static void time_one(const char *name, void (*run)(const struct subject *s), const struct subject *s, int target_ms)
{
	double best = 1e9;
	for (int i = 0; i < ROUNDS; i++) {
		double begin = cpu_ms();
		run(s);
		best = fmin(best, cpu_ms() - begin);
	}
	printf("{\"name\": \"%s\", \"ours\": %.3f, \"unit\": \"ms\", \"target\": \"<= %d\"}\n", name, best, target_ms);
}

static void make_sound(struct subject *s)
{
	size_t columns = picture_columns(&s->look), rows = picture_rows(&s->look);
	s->peaks = mem_new_array(columns, sizeof(*s->peaks));
	s->spectrum = (struct spectrogram){ .n_columns = columns, .n_rows = rows, .lo_hz = 40, .hi_hz = 16000, .duration_s = 60 };
	s->spectrum.db = mem_new_array(columns * rows, sizeof(float));
	if (!s->peaks || !s->spectrum.db)
		die("out of memory");
	for (size_t i = 0; i < columns; i++)
		s->peaks[i] = (struct audio_peak){ .min = -(float)(i % 97) / 100, .max = (float)(i % 89) / 100 };
	for (size_t i = 0; i < columns * rows; i++)
		s->spectrum.db[i] = -(float)(i * 7919 % 90);
}

int main(int argc, char **argv)
{
	static const char *const tunes[] = { "soldiers-joy", "irish-washerwoman", "country-waltz", "duet" };
	const char *folder = argc > 1 ? argv[1] : TUNES;
	struct subject s = { .look = { PICTURE_PNG, 1200, 480, false, "" } };
	for (size_t i = 0; i < COUNT_OF(tunes); i++) {
		char file[64], name[80];
		(void)snprintf(file, sizeof(file), "%s.abc", tunes[i]);
		(void)snprintf(name, sizeof(name), "understand.%s", tunes[i]);
		score_free(s.score);
		s.score = tune(folder, file);
		time_one(name, understand, &s, 100);
	}
	if (picture_engine_version()[0]) {
		make_sound(&s);
		time_one("picture.piano_roll", draw_roll, &s, 100);
		time_one("picture.waveform", draw_waveform, &s, 100);
		time_one("picture.spectrogram", draw_spectrogram, &s, 100);
	}
	score_free(s.score);
	free(s.peaks);
	spectrogram_done(&s.spectrum);
	return 0;
}

/*
 * bench_render.c - MIDI to sound through a SoundFont, ours beside the fluidsynth command: whole processes over the same MIDI file, SoundFont,
 * rate and settings, each writing a WAV file of 32-bit floats.
 *
 * Prints JSON lines {"name", "ours", "reference", "unit", "ratio", "target"}: seconds of sound for one second of processor time (user and
 * system, of the child), the best of rounds that alternate; ratio = ours / reference, above 1 is faster. Ours reads the MIDI file,
 * renders, brings the loudest sample to its level and measures the loudness; fluidsynth renders. "solo" is one voice at a piano,
 * "band" is ten channels with drums and controllers. Both let the last notes ring out.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audio/wav.h"
#include "base/fs.h"
#include "base/str.h"
#include "music/smf.h"
#include "render.h"
#include "process.h"
#include "skill.h"

#define ROUNDS     9
#define BARS       20 /* 40 seconds at 120 bpm in 4/4 */
#define FILE_BYTES (64u << 20)
#define CHANNELS   10

static void die(const char *what)
{
	fprintf(stderr, "bench_render: %s\n", what);
	exit(1);
}

/* Seconds of processor time that a program took; below 0 when it is not installed or failed. */
static double run(const char *const argv[])
{
	int status;
	double s = process_cpu_s(argv, &status);
	return s < 0 || status != 0 ? -1 : s;
}

/* The mode in which this program runs itself: --render SOUNDFONT MIDI WAV. */
static int child(char **argv)
{
	struct err err = ERR_INIT;
	struct render_params p;
	struct render_report report;
	AUTO(score) s = NULL;
	char AUTO_MEM *bytes = NULL;
	size_t n;
	if (model_params_read(&render_table, NULL, &p, &err) < 0)
		return 1;
	if (fs_read(argv[3], FILE_BYTES, &bytes, &n, &err) < 0 || score_read_smf(bytes, n, &s, &err) < 0 ||
	    render_score(s, argv[2], &p, NULL, argv[4], &report, &err) < 0)
		return 1;
	return 0;
}

static double wav_seconds(const char *path)
{
	AUTO(wav_reader) r = NULL;
	struct err err = ERR_INIT;
	if (wav_reader_open(path, &r, &err) < 0)
		die(err.msg);
	const struct wav_info *info = wav_reader_info(r);
	return (double)info->n_frames / info->rate_hz;
}

static void compare(const char *name, const char *soundfont, const char *midi, const char *folder)
{
	char AUTO_MEM *a = fs_join(folder, "ours.wav");
	char AUTO_MEM *b = fs_join(folder, "theirs.wav");
	if (!a || !b)
		die("out of memory");
	const char *const ours[] = { "/proc/self/exe", "--render", soundfont, midi, a, NULL };
	const char *const theirs[] = { "fluidsynth", "-q", "-n", "-i", "-F", b, "-T", "wav", "-O", "float", "-r", "48000", "-g", "0.4",
				       "-o", "synth.polyphony=256", "-o", "synth.cpu-cores=1", soundfont, midi, NULL };
	double best = 1e9, reference = 1e9;
	for (int i = 0; i < ROUNDS; i++) {
		best = fmin(best, run(ours));
		reference = fmin(reference, run(theirs));
	}
	if (best < 0)
		die("cannot render");
	if (reference < 0) {
		fprintf(stderr, "bench_render: fluidsynth does not run\n");
		return;
	}
	best = wav_seconds(a) / best;
	reference = wav_seconds(b) / reference;
	printf("{\"name\": \"render.%s\", \"ours\": %.1f, \"reference\": %.1f, \"unit\": \"s/cpu-s\", \"ratio\": %.3f, \"target\": \">= 0.95\"}\n",
	       name, best, reference, best / reference);
}

static void play(struct score *s, size_t voice, double at, double beats, int pitch, int channel)
{
	struct note n = { at, beats, (uint8_t)pitch, (uint8_t)(70 + pitch * 7 % 40), (uint8_t)channel, 64 };
	if (score_add_note(s, voice, &n, NULL) < 0)
		die("out of memory");
}

static void control(struct score *s, size_t voice, double at, enum score_control_kind kind, int number, int value)
{
	struct score_control c = { at, kind, (uint8_t)voice, (uint8_t)number, (uint16_t)value };
	if (score_add_control(s, voice, &c, NULL) < 0)
		die("out of memory");
}

/* One bar of a channel: drums, a bass, a line, or chords of three notes with a swell. */
static void play_bar(struct score *s, int channel, int bar)
{
	static const int roots[4] = { 0, 9, 5, 7 };
	int root = roots[bar % 4];
	size_t v = (size_t)channel;
	for (int i = 0; i < 8; i++) {
		double at = bar * 4 + i * 0.5;
		if (channel == 9) {
			play(s, v, at, 0.25, 42, 9);
			play(s, v, at, 0.25, i % 4 == 2 ? 38 : 36, 9);
		} else if (channel % 3 == 0) {
			play(s, v, at, 0.45, 60 + channel + (root + i * 4) % 17, channel);
		} else if (channel % 3 == 1 && i % 2 == 0) {
			play(s, v, at, 0.9, 36 + root + (i == 4 ? 7 : 0), channel);
		} else if (channel % 3 == 2 && i % 4 == 0) {
			for (int k = 0; k < 3; k++)
				play(s, v, at, 1.9, 52 + root + 4 * k - (k == 2), channel);
		}
		if (channel % 3 == 2)
			for (int k = 0; k < 4; k++)
				control(s, v, at + k * 0.125, SCORE_CONTROLLER, 11, 70 + 4 * i + k);
	}
}

static char *make_midi(const char *folder, const char *name, int n_channels)
{
	static const int programs[CHANNELS] = { 0, 33, 48, 25, 35, 89, 73, 32, 61, 0 };
	AUTO(score) s = score_new();
	struct err err = ERR_INIT;
	uint8_t AUTO_MEM *bytes = NULL;
	size_t n, v;
	char *path = fs_join(folder, name);
	if (!s || !path || score_set_tempo(s, 0, 120, &err) < 0)
		die("out of memory");
	for (int c = 0; c < n_channels; c++) {
		if (score_add_voice(s, "", &v, &err) < 0)
			die(err.msg);
		control(s, v, 0, SCORE_PROGRAM, 0, programs[c]);
		for (int bar = 0; bar < BARS; bar++)
			play_bar(s, c, bar);
	}
	score_sort(s);
	if (score_write_smf(s, &bytes, &n, &err) < 0 || fs_write_atomic(path, bytes, n, 0600, &err) < 0)
		die(err.msg);
	return path;
}

int main(int argc, char **argv)
{
	if (argc == 5 && str_eq(argv[1], "--render"))
		return child(argv);
	struct skill_set set;
	struct err err = ERR_INIT;
	char AUTO_MEM *folder = NULL;
	if (skill_set_init(&set, NULL, &err) < 0 || fs_temp_dir(NULL, "bench-render", &folder, &err) < 0)
		die(err.msg);
	if (!set.soundfont[0] || !render_engine_version()[0])
		die("no SoundFont on this machine, or no FluidSynth in this build");
	char AUTO_MEM *solo = make_midi(folder, "solo.mid", 1);
	char AUTO_MEM *band = make_midi(folder, "band.mid", CHANNELS);
	compare("solo", set.soundfont, solo, folder);
	compare("band", set.soundfont, band, folder);
	(void)fs_remove_tree(folder, &err); /* a temporary folder */
	skill_set_done(&set);
	return 0;
}

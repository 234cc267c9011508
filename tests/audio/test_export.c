#include "audio/export.h"

#include "audio/analysis.h"
#include "audio/file.h"
#include "audio/wav.h"
#include "base/fs.h"
#include "base/str.h"
#include "have.h"

#include "../check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static char *dir;

static int setup(void **state)
{
	return fs_temp_dir(NULL, "hoot-export", &dir, NULL);
}

static int teardown(void **state)
{
	(void)fs_remove_tree(dir, NULL);
	free(dir);
	return 0;
}

/* One second of a sine of 440 Hz on the left and silence on the right. */
static char *sine(double amplitude)
{
	char *path = fs_join(dir, "sine.wav");
	struct wav_writer *w = NULL;
	const struct wav_spec spec = { 44100, 2, WAV_FLOAT32, 0 };
	assert_int_equal(wav_writer_open(path, &spec, &w, NULL), 0);
	for (int i = 0; i < 44100; i++) {
		const float frame[2] = { (float)(amplitude * sin(2 * 3.14159265358979 * 440 * i / 44100)), 0 };
		assert_int_equal(wav_writer_write(w, frame, 1, NULL), 0);
	}
	assert_int_equal(wav_writer_close(w, NULL), 0);
	return path;
}

static void test_export_keeps_length_rate_channels_and_sound(void **state)
{
	AUTO_MEM char *from = sine(0.5);
	for (int f = 0; f < AUDIO_FORMAT_COUNT; f++) {
		if (!HAVE_SNDFILE && (f == AUDIO_FLAC || f == AUDIO_OGG))
			continue;
		AUTO_MEM char *name = str_printf("out%d", f);
		AUTO_MEM char *to = fs_join(dir, name);
		AUTO(audio_buffer) b = NULL;
		struct audio_levels left;
		size_t clipped = 99;
		assert_int_equal(audio_export(from, to, (enum audio_format)f, NULL, &clipped, NULL), 0);
		assert_int_equal(clipped, 0);
		assert_int_equal(audio_load(to, 0, &b, NULL), 0);
		assert_true(b->rate_hz == 44100 && b->n_channels == 2 && b->n_frames == 44100);
		AUTO_MEM float *mono = malloc(b->n_frames * sizeof(*mono));
		float right = 0;
		for (size_t i = 0; i < b->n_frames; i++) {
			mono[i] = b->samples[2 * i];
			right = fmaxf(right, fabsf(b->samples[2 * i + 1]));
		}
		audio_levels(mono, b->n_frames, 1, &left);
		assert_true(fabs(left.rms - 0.5 / sqrt(2)) < 0.02 && right < 0.02);
		assert_true(fabs(audio_pitch_hz(mono, 8192, 44100, 200, 1000) - 440) < 2);
	}
}

static void test_export_clips_what_is_too_loud_and_says_how_much(void **state)
{
	AUTO_MEM char *from = sine(2);
	AUTO_MEM char *to = fs_join(dir, "loud.wav");
	AUTO(audio_buffer) b = NULL;
	struct audio_levels l;
	size_t clipped = 0;
	assert_int_equal(audio_export(from, to, AUDIO_WAV16, NULL, &clipped, NULL), 0);
	/* A sine of amplitude 2 is beyond 1 for two thirds of its time. */
	assert_true(clipped > 29000 && clipped < 30000);
	assert_int_equal(audio_load(to, 0, &b, NULL), 0);
	audio_levels(b->samples, b->n_frames, 2, &l);
	assert_true(l.peak <= 1);
	assert_int_equal(audio_export(from, to, AUDIO_WAV_FLOAT, NULL, &clipped, NULL), 0);
	assert_int_equal(clipped, 0);
}

static bool at_once(void *arg)
{
	return true;
}

static void test_export_that_fails_leaves_nothing(void **state)
{
	AUTO_MEM char *from = sine(0.5);
	AUTO_MEM char *to = fs_join(dir, "none.wav");
	const struct model_watch watch = { .cancelled = at_once };
	struct err err = ERR_INIT;
	assert_int_equal(audio_export(from, to, AUDIO_WAV16, &watch, NULL, &err), -ECANCELED);
	assert_false(fs_exists(to));
	assert_int_equal(audio_export("/nowhere/x.wav", to, AUDIO_WAV16, NULL, NULL, &err), -ENOENT);
	assert_true(audio_export(from, "/nowhere/y.wav", AUDIO_WAV16, NULL, NULL, &err) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_export_keeps_length_rate_channels_and_sound, setup, teardown),
		cmocka_unit_test_setup_teardown(test_export_clips_what_is_too_loud_and_says_how_much, setup, teardown),
		cmocka_unit_test_setup_teardown(test_export_that_fails_leaves_nothing, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

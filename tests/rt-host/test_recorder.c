#include "../check.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "audio/file.h"
#include "base/fs.h"
#include "rt-host/recorder.h"

enum { TAPE = 4096, BLOCK = 256, RATE = 48000 };

struct fixture {
	char *dir, *path;
	struct tape tape;
	void *memory;
	struct recorder *recorder;
	int64_t written;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	assert_non_null(f);
	assert_int_equal(fs_temp_dir(NULL, "recorder", &f->dir, NULL), 0);
	f->path = fs_join(f->dir, "take.wav");
	f->memory = calloc(1, tape_bytes(TAPE, 2));
	assert_non_null(f->memory);
	tape_init(&f->tape, f->memory, TAPE, 2);
	assert_int_equal(recorder_new(&f->tape, RATE, &f->recorder, NULL), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	recorder_free(f->recorder);
	fs_remove_tree(f->dir, NULL);
	free(f->memory);
	free(f->dir);
	free(f->path);
	free(f);
	return 0;
}

static float sample_at(int64_t frame, int channel)
{
	return (float)((frame * 7 + channel * 3) % 1000) / 1024.0f;
}

static void play(struct fixture *f, int n_blocks)
{
	float left[BLOCK], right[BLOCK];
	const float *const channels[2] = { left, right };
	for (int b = 0; b < n_blocks; b++) {
		for (int i = 0; i < BLOCK; i++, f->written++) {
			left[i] = sample_at(f->written, 0);
			right[i] = sample_at(f->written, 1);
		}
		tape_write_rt(&f->tape, channels, BLOCK);
	}
}

static void test_a_recording_is_what_was_played_from_its_first_frame_on(void **state)
{
	struct fixture *f = *state;
	struct recorder_info info;
	AUTO(audio_buffer) b = NULL;
	play(f, 3);
	assert_int_equal(recorder_start(f->recorder, f->path, WAV_FLOAT32, NULL), 0);
	for (int i = 0; i < 20; i++) {
		play(f, 4);
		recorder_pump(f->recorder);
	}
	assert_int_equal(recorder_stop(f->recorder, NULL), 0);
	recorder_info(f->recorder, &info);
	assert_int_equal(info.state, RECORDER_DONE);
	assert_int_equal(info.frames, 80 * BLOCK);
	assert_int_equal(info.start_frame, 3 * BLOCK);
	assert_int_equal(info.lost_frames, 0);
	assert_int_equal(audio_load(f->path, 0, &b, NULL), 0);
	assert_int_equal(b->n_frames, 80 * BLOCK);
	for (size_t i = 0; i < b->n_frames; i++)
		for (int c = 0; c < 2; c++)
			assert_true(b->samples[2 * i + (size_t)c] == sample_at((int64_t)i + 3 * BLOCK, c));
}

static void test_frames_that_came_too_late_are_silence_of_the_same_length_and_counted(void **state)
{
	struct fixture *f = *state;
	struct recorder_info info;
	AUTO(audio_buffer) b = NULL;
	assert_int_equal(recorder_start(f->recorder, f->path, WAV_FLOAT32, NULL), 0);
	/* Faster than any thread can follow: three tapes at once may be partly overwritten before they are read. */
	play(f, 3 * TAPE / BLOCK);
	assert_int_equal(recorder_stop(f->recorder, NULL), 0);
	recorder_info(f->recorder, &info);
	assert_int_equal(info.frames, 3 * TAPE);
	assert_int_equal(audio_load(f->path, 0, &b, NULL), 0);
	assert_int_equal(b->n_frames, 3 * TAPE);
	int64_t wrong = 0;
	for (size_t i = 0; i < b->n_frames; i++)
		wrong += b->samples[2 * i] != sample_at((int64_t)i, 0);
	assert_true(wrong <= info.lost_frames);
}

static void test_a_second_recording_is_refused_and_a_stop_without_one_too(void **state)
{
	struct fixture *f = *state;
	struct err err = ERR_INIT;
	assert_int_equal(recorder_stop(f->recorder, &err), -EPROTO);
	assert_int_equal(recorder_start(f->recorder, f->path, WAV_PCM24, NULL), 0);
	assert_int_equal(recorder_start(f->recorder, f->path, WAV_PCM24, &err), -EBUSY);
	assert_int_equal(recorder_stop(f->recorder, NULL), 0);
	assert_int_equal(recorder_start(f->recorder, "/nowhere/at/all.wav", WAV_PCM24, &err), -ENOENT);
}

static void test_a_full_disk_ends_the_recording_and_says_why(void **state)
{
	struct fixture *f = *state;
	struct recorder_info info;
	struct err err = ERR_INIT;
	struct rlimit old, low;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	low = (struct rlimit){ .rlim_cur = 200000, .rlim_max = old.rlim_max };
	assert_int_equal(recorder_start(f->recorder, f->path, WAV_FLOAT32, &err), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
	for (int i = 0; i < 200; i++) {
		play(f, 8);
		recorder_pump(f->recorder);
	}
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	(void)recorder_stop(f->recorder, NULL);
	recorder_info(f->recorder, &info);
	assert_int_equal(info.state, RECORDER_FAILED);
	assert_true(*info.reason);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_recording_is_what_was_played_from_its_first_frame_on, setup, teardown),
		cmocka_unit_test_setup_teardown(test_frames_that_came_too_late_are_silence_of_the_same_length_and_counted, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_a_second_recording_is_refused_and_a_stop_without_one_too, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_full_disk_ends_the_recording_and_says_why, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

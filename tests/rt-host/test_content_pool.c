#include "../check.h"

#include <errno.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "audio/wav.h"
#include "base/fs.h"
#include "base/limits.h"
#include "music/smf.h"
#include "rt-host/content_priv.h"

struct fixture {
	char *dir;
	struct content_pool *pool;
	_Atomic int done;
};

static void on_done(void *arg)
{
	atomic_fetch_add(&((struct fixture *)arg)->done, 1);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	assert_non_null(f);
	assert_int_equal(fs_temp_dir(NULL, "content", &f->dir, NULL), 0);
	const struct content_pool_options o = { .rate_hz = 48000, .n_channels = 2, .on_done = on_done, .arg = f };
	assert_int_equal(content_pool_new(&o, &f->pool, NULL), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	content_pool_free(f->pool);
	fs_remove_tree(f->dir, NULL);
	free(f->dir);
	free(f);
	return 0;
}

static char *write_wav(struct fixture *f, const char *name, uint32_t rate_hz, uint32_t n_channels, int n)
{
	char *path = fs_join(f->dir, name);
	struct wav_writer *w = NULL;
	const struct wav_spec spec = { .rate_hz = rate_hz, .n_channels = n_channels, .encoding = WAV_FLOAT32 };
	assert_int_equal(wav_writer_open(path, &spec, &w, NULL), 0);
	for (int i = 0; i < n; i++) {
		float frame[2] = { (float)i / (float)n, -(float)i / (float)n };
		assert_int_equal(wav_writer_write(w, frame, 1, NULL), 0);
	}
	assert_int_equal(wav_writer_close(w, NULL), 0);
	return path;
}

static struct content_item *get(struct fixture *f, const char *path, bool reverse, double rate)
{
	struct content_item *i = NULL;
	const struct content_source s = { .path = path, .rate = rate, .reverse = reverse };
	assert_int_equal(content_pool_get(f->pool, &s, &i, NULL), 0);
	content_pool_wait(f->pool);
	return i;
}

static float sample(const struct content_item *i, uint32_t channel, int64_t frame)
{
	static float window[2 * CONTENT_WINDOW_FRAMES];
	assert_true(channel < i->audio->n_channels);
	assert_int_equal(content_window_read(i, (uint32_t)(frame / CONTENT_WINDOW_FRAMES), window, NULL), 0);
	return window[channel * CONTENT_WINDOW_FRAMES + (uint32_t)(frame % CONTENT_WINDOW_FRAMES)];
}

static void test_every_window_of_a_file_says_its_samples_and_none_is_in_memory_yet(void **state)
{
	struct fixture *f = *state;
	char AUTO_MEM *path = write_wav(f, "a.wav", 48000, 2, 40000);
	const struct content_item *i = get(f, path, false, 1);
	assert_int_equal(content_pool_state(i), CONTENT_READY);
	assert_int_equal(i->audio->n_frames, 40000);
	for (uint32_t w = 0; w < i->audio->n_windows; w++)
		assert_null(atomic_load(&i->audio->windows[w]));
	for (int64_t k = 0; k < 40000; k += 13) {
		assert_true(sample(i, 0, k) == (float)k / 40000);
		assert_true(sample(i, 1, k) == -(float)k / 40000);
	}
	assert_ptr_equal(content_pool_next_done(f->pool), i);
	assert_null(content_pool_next_done(f->pool));
	assert_int_equal(atomic_load(&f->done), 1);
	assert_ptr_equal(get(f, path, false, 1), i);
	const struct content_item *back = get(f, path, true, 1);
	assert_ptr_not_equal(back, i);
	for (int64_t k = 0; k < 40000; k += 17)
		assert_true(sample(back, 1, k) == -(float)(39999 - k) / 40000);
}

static void test_other_rates_and_mono_become_what_the_engine_wants(void **state)
{
	struct fixture *f = *state;
	char AUTO_MEM *path = write_wav(f, "m.wav", 16000, 1, 16000);
	const struct content_item *i = get(f, path, false, 1), *fast = get(f, path, false, 2);
	assert_int_equal(content_pool_state(i), CONTENT_READY);
	assert_int_equal(i->audio->n_channels, 1); /* the engine gives it to both sides */
	assert_int_equal(i->audio->n_frames, 48000);
	assert_true(fabsf(sample(i, 0, 24000) - 0.5f) < 0.01f);
	assert_int_equal(fast->audio->n_frames, 24000);
}

static void test_a_file_cut_short_or_absent_fails_with_its_path(void **state)
{
	struct fixture *f = *state;
	char AUTO_MEM *path = write_wav(f, "a.wav", 48000, 2, 1000);
	char AUTO_MEM *bytes = NULL;
	char AUTO_MEM *absent = fs_join(f->dir, "absent.wav");
	size_t n = 0;
	assert_int_equal(fs_read(path, 1 << 20, &bytes, &n, NULL), 0);
	assert_int_equal(fs_write_atomic(path, bytes, 20, 0600, NULL), 0);
	const struct content_item *i = get(f, path, false, 1), *none = get(f, absent, false, 1);
	assert_int_equal(content_pool_state(i), CONTENT_FAILED);
	assert_non_null(strstr(i->message, "a.wav"));
	assert_int_equal(content_pool_state(none), CONTENT_FAILED);
	assert_non_null(strstr(none->message, "absent.wav"));
}

/* An open of a pipe waits for somebody to write into it: the daemon would, too. */
static void test_a_pipe_is_refused_and_not_waited_for(void **state)
{
	struct fixture *f = *state;
	char AUTO_MEM *path = fs_join(f->dir, "pipe.mid");
	struct err err = ERR_INIT;
	double seconds = 0, beats = 0;
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(content_probe(path, &seconds, &beats, &err), -EINVAL);
	assert_non_null(strstr(err.msg, path));
	assert_int_equal(content_pool_state(get(f, path, false, 1)), CONTENT_FAILED);
}

static void test_a_midi_file_becomes_events_and_its_length_in_beats(void **state)
{
	struct fixture *f = *state;
	AUTO(score) s = score_new();
	char AUTO_MEM *path = fs_join(f->dir, "t.mid");
	uint8_t AUTO_MEM *bytes = NULL;
	size_t n = 0, voice = 0;
	assert_non_null(s);
	assert_int_equal(score_add_voice(s, "v", &voice, NULL), 0);
	for (int i = 0; i < 8; i++) {
		const struct note note = { .start_beats = i, .duration_beats = 0.5, .pitch = 60, .velocity = 90, .release = 64 };
		assert_int_equal(score_add_note(s, voice, &note, NULL), 0);
	}
	assert_int_equal(score_write_smf(s, &bytes, &n, NULL), 0);
	assert_int_equal(fs_write_atomic(path, bytes, n, 0600, NULL), 0);
	const struct content_item *i = get(f, path, false, 1);
	assert_int_equal(content_pool_state(i), CONTENT_READY);
	assert_null(i->audio);
	assert_int_equal(i->midi->n_events, 16);
	double seconds = 0, beats = 0;
	assert_int_equal(content_probe(path, &seconds, &beats, NULL), 0);
	assert_true(beats == i->duration_beats && beats >= 7.5);
}

static void test_a_file_that_was_written_anew_is_read_anew_and_a_broken_one_once(void **state)
{
	struct fixture *f = *state;
	char AUTO_MEM *path = write_wav(f, "take.wav", 48000, 1, 100);
	const struct content_item *first = get(f, path, false, 1);
	assert_int_equal(first->audio->n_frames, 100);
	char AUTO_MEM *again = write_wav(f, "take.wav", 48000, 1, 300);
	const struct content_item *second = get(f, again, false, 1);
	assert_ptr_not_equal(second, first);
	assert_int_equal(second->audio->n_frames, 300);
	const struct content_item *broken = get(f, "/nonexistent/tune.wav", false, 1);
	assert_int_equal(content_pool_state(broken), CONTENT_FAILED);
	int done = atomic_load(&f->done);
	assert_ptr_equal(get(f, "/nonexistent/tune.wav", false, 1), broken);
	assert_int_equal(atomic_load(&f->done), done);
}

/* Each content once, as in a long performance; nothing that is given back may pile up. */
static void test_what_nobody_uses_makes_room_and_what_is_used_stays(void **state)
{
	struct fixture *f = *state;
	char AUTO_MEM *path = write_wav(f, "kept.wav", 48000, 2, 5000);
	char AUTO_MEM *other = write_wav(f, "passing.wav", 48000, 1, 100);
	const struct content_item *kept = get(f, path, false, 1), *played = get(f, path, true, 1);
	struct audio_content *heard = audio_content_ref(played->audio); /* as a region of the engine would */
	content_pool_put((struct content_item *)played);
	for (int i = 0; i < 2 * LIMIT_CONTENT_ITEMS; i++) {
		content_pool_put(get(f, i % 4 ? "/nonexistent/tune.wav" : other, false, 1 + i * 1e-6));
		while (content_pool_next_done(f->pool))
			;
		assert_true(content_pool_count(f->pool) <= (size_t)LIMIT_CONTENT_ITEMS / 2);
	}
	assert_true(sample(kept, 0, 4999) == 4999.0f / 5000);
	assert_true(sample(played, 0, 0) == 4999.0f / 5000);
	assert_ptr_equal(get(f, path, false, 1), kept);
	audio_content_unref(heard);
}

static void test_more_than_can_be_used_at_once_is_refused(void **state)
{
	struct fixture *f = *state;
	const struct content_source s = { .path = "/nonexistent/one.wav", .rate = 7 };
	struct content_item *i = NULL;
	struct err err = ERR_INIT;
	for (int k = 0; k < LIMIT_CONTENT_ITEMS; k++)
		i = get(f, "/nonexistent/tune.wav", false, 1 + k * 1e-6);
	assert_int_equal(content_pool_get(f->pool, &s, &i, &err), -ENOSPC);
	assert_non_null(strstr(err.msg, "no more can be played at once"));
	content_pool_put(i);
	while (content_pool_next_done(f->pool))
		;
	assert_int_equal(content_pool_get(f->pool, &s, &i, &err), 0);
	content_pool_wait(f->pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_every_window_of_a_file_says_its_samples_and_none_is_in_memory_yet, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_rates_and_mono_become_what_the_engine_wants, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_file_cut_short_or_absent_fails_with_its_path, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_pipe_is_refused_and_not_waited_for, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_midi_file_becomes_events_and_its_length_in_beats, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_file_that_was_written_anew_is_read_anew_and_a_broken_one_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_nobody_uses_makes_room_and_what_is_used_stays, setup, teardown),
		cmocka_unit_test_setup_teardown(test_more_than_can_be_used_at_once_is_refused, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

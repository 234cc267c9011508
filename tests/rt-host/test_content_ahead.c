/* Content that is larger than the memory for it: read ahead of the playhead, given up behind it, never waited for. */
#include "../rt/rig.h"

#include "../seed.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "audio/wav.h"
#include "base/fs.h"
#include "base/mem.h"
#include "rt-host/content_ahead.h"
#include "rt-host/content_priv.h"

enum { LONG = 60 * CONTENT_WINDOW_FRAMES + 1234, BUDGET = 8 };

/* A disk that can be stopped and broken. */
struct disk {
	pthread_mutex_t lock;
	pthread_cond_t turn;
	bool stopped, broken;
};

struct fixture {
	struct rig rig;
	char *dir;
	struct content_pool *pool;
	struct content_ahead *ahead;
	struct disk disk;
};

static ssize_t disk_read(void *arg, int fd, void *dst, size_t n, off_t at)
{
	struct disk *d = arg;
	pthread_mutex_lock(&d->lock);
	while (d->stopped)
		pthread_cond_wait(&d->turn, &d->lock);
	bool broken = d->broken;
	pthread_mutex_unlock(&d->lock);
	if (broken) {
		errno = EIO;
		return -1;
	}
	return pread(fd, dst, n < 5000 ? n : 5000, at); /* short reads are reads too */
}

static void disk_stop(struct disk *d, bool stopped)
{
	pthread_mutex_lock(&d->lock);
	d->stopped = stopped;
	pthread_cond_broadcast(&d->turn);
	pthread_mutex_unlock(&d->lock);
}

static void on_done(void *arg)
{
}

static float wave(uint32_t c, int64_t i)
{
	uint32_t x = (uint32_t)i * 2654435761u + c * 77u + 1;
	x ^= x >> 15;
	return (float)(int32_t)x * 0x1p-32f;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	assert_non_null(f);
	rig_init(&f->rig, 256);
	pthread_mutex_init(&f->disk.lock, NULL);
	pthread_cond_init(&f->disk.turn, NULL);
	assert_int_equal(fs_temp_dir(NULL, "ahead", &f->dir, NULL), 0);
	const struct content_pool_options o = { .rate_hz = RIG_RATE, .n_channels = 2, .on_done = on_done,
						.spool = { f->dir, disk_read, &f->disk } };
	assert_int_equal(content_pool_new(&o, &f->pool, NULL), 0);
	const struct content_ahead_options a = { .engine = f->rig.engine, .rate_hz = RIG_RATE, .n_channels = 2,
						 .max_windows = BUDGET };
	assert_int_equal(content_ahead_new(&a, &f->ahead, NULL), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	content_ahead_free(f->ahead);
	rig_done(&f->rig);
	content_pool_free(f->pool);
	fs_remove_tree(f->dir, NULL);
	pthread_mutex_destroy(&f->disk.lock);
	pthread_cond_destroy(&f->disk.turn);
	free(f->dir);
	free(f);
	return 0;
}

static struct content_item *long_content(struct fixture *f, bool reverse, char **ret_path)
{
	char *path = fs_join(f->dir, "long.wav");
	struct wav_writer *w = NULL;
	struct content_item *item = NULL;
	const struct wav_spec spec = { .rate_hz = RIG_RATE, .n_channels = 2, .encoding = WAV_FLOAT32 };
	assert_int_equal(wav_writer_open(path, &spec, &w, NULL), 0);
	for (int i = 0; i < LONG; i++) {
		const float frame[2] = { wave(0, i), wave(1, i) };
		assert_int_equal(wav_writer_write(w, frame, 1, NULL), 0);
	}
	assert_int_equal(wav_writer_close(w, NULL), 0);
	const struct content_source s = { .path = path, .rate = 1, .reverse = reverse };
	assert_int_equal(content_pool_get(f->pool, &s, &item, NULL), 0);
	content_pool_wait(f->pool);
	assert_int_equal(content_pool_state(item), CONTENT_READY);
	if (ret_path)
		*ret_path = path;
	else
		free(path);
	return item;
}

static void place(struct fixture *f, uint64_t id, double beat, struct content_item *item, int64_t source_frame)
{
	rig_add(&f->rig, (struct region_spec){ .id = id, .start_beat = beat, .duration_beats = 64, .audio = item->audio,
					       .behaviour = REGION_PLAY_AUDIO, .source_frame = source_frame });
}

static uint64_t missing(struct fixture *f)
{
	struct engine_counters c;
	attention_counters(f->rig.main, &c);
	return c.missing_frames;
}

/* Renders as a device that waits does: what the next cycle needs is there before it. */
static void render_waiting(struct fixture *f, float *left, float *right, uint32_t n, uint64_t *seed)
{
	float nothing[16];
	rig_render(&f->rig, nothing, nothing, 0, 1);
	attention_process_rt(f->rig.main, (float *const[]){ nothing, nothing }, 0);
	for (uint32_t at = 0; at < n;) {
		uint32_t length = 1 + seed_below(seed, 6000);
		length = at + length > n ? n - at : length;
		assert_int_equal(content_ahead_wait(f->ahead, f->rig.main, length), 0);
		rig_render(&f->rig, left + at, right + at, length, length);
		at += length;
	}
}

/* Rows: L11 */
static void test_content_larger_than_its_memory_plays_to_the_bit(void **state)
{
	static float left[LONG], right[LONG];
	struct fixture *f = *state;
	struct content_windows_stats stats;
	uint64_t seed = seed_start();
	place(f, 1, 0, long_content(f, false, NULL), 0);
	rig_publish(&f->rig);
	rig_send(&f->rig, RT_COMMAND_PLAY, COMMAND_NOW, 0, 0);
	render_waiting(f, left, right, LONG, &seed);
	for (int i = 0; i < LONG; i++)
		assert_true(left[i] == wave(0, i) && right[i] == wave(1, i));
	assert_int_equal(missing(f), 0);
	content_ahead_stats(f->ahead, &stats);
	assert_true(stats.resident <= BUDGET && stats.evicted >= 60 - BUDGET);
}

static void test_seeks_loops_and_reversed_content_are_read_ahead_too(void **state)
{
	static float left[40000], right[40000];
	struct fixture *f = *state;
	uint64_t seed = seed_start();
	place(f, 1, 0, long_content(f, true, NULL), 0);
	rig_publish(&f->rig);
	rig_send(&f->rig, RT_COMMAND_PLAY, COMMAND_NOW, 0, 0);
	for (int round = 0; round < 20; round++) {
		double beat = seed_unit(&seed) * 7;
		int64_t from = tempo_map_frame(time_maps_tempo(f->rig.maps), beat);
		rig_send(&f->rig, RT_COMMAND_LOOP, COMMAND_NOW, 0, 0);
		rig_send(&f->rig, RT_COMMAND_SEEK, COMMAND_NOW, beat, 0);
		rig_send(&f->rig, RT_COMMAND_LOOP, COMMAND_NOW, beat, round % 2 ? beat + 0.5 : 0);
		render_waiting(f, left, right, 40000, &seed);
		int64_t end = tempo_map_frame(time_maps_tempo(f->rig.maps), beat + 0.5) - from;
		for (int64_t i = 200; i < 40000; i++) { /* after the short fades of the jump */
			int64_t at = from + (round % 2 ? i % end : i);
			if (round % 2 && i % end < 1)
				continue;
			assert_true(left[i] == wave(0, LONG - 1 - at));
		}
	}
	assert_int_equal(missing(f), 0);
}

/* What is scheduled is read ahead like what is there. */
static void test_what_a_successor_brings_is_in_memory_on_its_frame(void **state)
{
	static float left[60000], right[60000];
	struct fixture *f = *state;
	uint64_t seed = seed_start();
	struct content_item *item = long_content(f, false, NULL);
	rig_begin(&f->rig);
	rig_tempo(&f->rig, &(struct tempo_point){ 0, 177, TEMPO_STEP }, 1);
	place(f, 1, 0, item, 100000);
	rig_follow(&f->rig, 1);
	rig_publish(&f->rig);
	rig_send(&f->rig, RT_COMMAND_PLAY, COMMAND_NOW, 0, 0);
	render_waiting(f, left, right, 60000, &seed);
	int64_t late = tempo_map_frame(time_maps_tempo(f->rig.maps), 1) - 24000; /* the clip began at beat 0 of the new map */
	for (int64_t i = 24000 + 200; i < 60000; i++)
		assert_true(left[i] == wave(0, 100000 + i + late));
	assert_int_equal(missing(f), 0);
}

/* Rows: S2-4 */
static void test_the_helper_writes_ahead_of_playback_on_its_own(void **state)
{
	static float left[LONG], right[LONG];
	struct fixture *f = *state;
	struct content_item *item = long_content(f, false, NULL);
	place(f, 1, 0, item, 0);
	rig_publish(&f->rig);
	content_ahead_watch(f->ahead, f->rig.main);
	rig_send(&f->rig, RT_COMMAND_PLAY, COMMAND_NOW, 0, 0);
	for (uint32_t at = 0; at < LONG; at += 1024) {
		uint32_t n = LONG - at < 1024 ? LONG - at : 1024;
		/* the next window but one, so that it is ahead and not just in time; the helper alone brings it */
		uint32_t next = at / CONTENT_WINDOW_FRAMES + 1;
		next = next < item->audio->n_windows ? next : item->audio->n_windows - 1;
		while (!atomic_load(&item->audio->windows[next])) {
			content_ahead_wake(f->ahead);
			sched_yield();
		}
		rig_render(&f->rig, left + at, right + at, n, n);
	}
	for (int i = 0; i < LONG; i++)
		assert_true(left[i] == wave(0, i));
	assert_int_equal(missing(f), 0);
	content_ahead_unwatch(f->ahead, f->rig.main);
}

/* ---- when the disk is no help ---- */

static void test_what_is_late_is_silence_and_counted_and_then_sounds(void **state)
{
	static float left[20000], right[20000];
	struct fixture *f = *state;
	place(f, 1, 0, long_content(f, false, NULL), 0);
	rig_publish(&f->rig);
	disk_stop(&f->disk, true);
	content_ahead_watch(f->ahead, f->rig.main);
	rig_send(&f->rig, RT_COMMAND_PLAY, COMMAND_NOW, 0, 0);
	rig_render(&f->rig, left, right, 10000, 500); /* the audio thread waits for nothing */
	for (int i = 0; i < 10000; i++)
		assert_true(left[i] == 0);
	assert_int_equal(missing(f), 10000);
	assert_int_equal(rig_count(&f->rig, RT_EVENT_CONTENT_MISSING), 1);
	disk_stop(&f->disk, false);
	assert_int_equal(content_ahead_wait(f->ahead, f->rig.main, 10000), 0);
	rig_render(&f->rig, left + 10000, right + 10000, 10000, 500);
	for (int i = 10000; i < 20000; i++)
		assert_true(left[i] == wave(0, i));
	assert_int_equal(missing(f), 10000);
	content_ahead_unwatch(f->ahead, f->rig.main);
}

static void test_content_that_cannot_be_read_any_more_fails_once_and_the_rest_plays(void **state)
{
	static float left[1000], right[1000];
	struct fixture *f = *state;
	struct content_item *item = long_content(f, false, NULL);
	assert_ptr_equal(content_pool_next_done(f->pool), item);
	place(f, 1, 0, item, 0);
	rig_publish(&f->rig);
	rig_send(&f->rig, RT_COMMAND_PLAY, COMMAND_NOW, 0, 0);
	f->disk.broken = true;
	assert_true(content_ahead_wait(f->ahead, f->rig.main, 1000) > 0);
	rig_render(&f->rig, left, right, 1000, 100);
	assert_int_equal(missing(f), 1000);
	assert_int_equal(content_pool_state(item), CONTENT_FAILED);
	assert_non_null(strstr(item->message, "prepared content"));
	assert_ptr_equal(content_pool_next_done(f->pool), item);
	assert_null(content_pool_next_done(f->pool));
	assert_int_equal(content_ahead_wait(f->ahead, f->rig.main, 1000), 0); /* nobody asks for it again */
}

/* The file that it came from may be cut short, written over or gone: what was made ready stays what it was. */
static void test_a_source_that_is_cut_short_while_it_plays_changes_nothing(void **state)
{
	static float left[LONG], right[LONG];
	struct fixture *f = *state;
	uint64_t seed = seed_start();
	char AUTO_MEM *path = NULL;
	place(f, 1, 0, long_content(f, false, &path), 0);
	rig_publish(&f->rig);
	rig_send(&f->rig, RT_COMMAND_PLAY, COMMAND_NOW, 0, 0);
	render_waiting(f, left, right, 5000, &seed);
	assert_int_equal(truncate(path, 100), 0);
	render_waiting(f, left + 5000, right + 5000, LONG - 5000, &seed);
	for (int i = 0; i < LONG; i++)
		assert_true(left[i] == wave(0, i));
}

/* More at once than there is memory for: those that found no room are silent and counted, the others play. */
static void test_more_than_fits_is_silence_for_some_and_counted(void **state)
{
	static float left[1000], right[1000];
	struct fixture *f = *state;
	struct content_item *item = long_content(f, false, NULL);
	for (uint64_t i = 0; i < BUDGET + 4; i++)
		place(f, i + 1, 0, item, (int64_t)i * 4 * CONTENT_WINDOW_FRAMES);
	rig_publish(&f->rig);
	rig_send(&f->rig, RT_COMMAND_PLAY, COMMAND_NOW, 0, 0);
	(void)content_ahead_wait(f->ahead, f->rig.main, 1000);
	rig_render(&f->rig, left, right, 1000, 100);
	uint64_t gone = missing(f);
	assert_true(gone >= 4 * 1000 && gone <= (4 + BUDGET / 4) * 1000);
}

/* ---- against the audio thread ---- */

struct race {
	struct fixture *f;
	_Atomic bool done;
	uint64_t sounded, wrong;
};

static void *race_player(void *arg)
{
	struct race *r = arg;
	static float left[64], right[64];
	float *out[2] = { left, right };
	for (int64_t at = 0; at + 64 < LONG; at += 64) {
		attention_process_rt(r->f->rig.main, out, 64);
		for (int64_t i = 0; i < 64; i++) {
			r->sounded += left[i] != 0;
			r->wrong += left[i] != 0 && left[i] != wave(0, at + i);
		}
		if (at % 512 == 0)
			sched_yield();
	}
	attention_park_rt(r->f->rig.main);
	atomic_store(&r->done, true);
	return NULL;
}

/* Memory is given to other windows as fast as can be while the audio thread reads: it never reads another window. */
static void test_a_window_is_never_given_away_under_the_audio_thread(void **state)
{
	struct fixture *f = *state;
	static struct race r;
	uint64_t seed = seed_start();
	pthread_t thread;
	r = (struct race){ .f = f };
	place(f, 1, 0, long_content(f, false, NULL), 0);
	rig_publish(&f->rig);
	rig_send(&f->rig, RT_COMMAND_PLAY, COMMAND_NOW, 0, 0);
	assert_int_equal(content_ahead_wait(f->ahead, f->rig.main, 20000), 0);
	assert_int_equal(pthread_create(&thread, NULL, race_player, &r), 0);
	while (!atomic_load(&r.done)) {
		(void)content_ahead_wait_at(f->ahead, seed_unit(&seed) * 10, 4 * CONTENT_WINDOW_FRAMES);
		(void)content_ahead_wait(f->ahead, f->rig.main, 8192);
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(r.wrong, 0);
	assert_true(r.sounded > 10000);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_content_larger_than_its_memory_plays_to_the_bit),
		T(test_seeks_loops_and_reversed_content_are_read_ahead_too),
		T(test_what_a_successor_brings_is_in_memory_on_its_frame),
		T(test_the_helper_writes_ahead_of_playback_on_its_own),
		T(test_what_is_late_is_silence_and_counted_and_then_sounds),
		T(test_content_that_cannot_be_read_any_more_fails_once_and_the_rest_plays),
		T(test_a_source_that_is_cut_short_while_it_plays_changes_nothing),
		T(test_more_than_fits_is_silence_for_some_and_counted),
		T(test_a_window_is_never_given_away_under_the_audio_thread),
	};
#undef T
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "rt-host/recorder.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/str.h"

#include "base/banned.h"

enum { CHUNK_FRAMES = 4096, POLL_MS = 20 };

struct recorder {
	const struct tape *tape;
	pthread_t thread;
	bool started;
	pthread_mutex_t lock; /* guards everything below */
	pthread_cond_t wake;
	bool quit;
	struct wav_writer *writer;
	uint64_t cursor;
	int64_t flushed_frames; /* the file says that it has so many */
	struct recorder_info info;
	float *chunk;
};

static void fail_locked(struct recorder *r, const struct err *e)
{
	r->info.state = RECORDER_FAILED;
	(void)str_copy(r->info.reason, sizeof(r->info.reason), err_msg(e));
	(void)wav_writer_close(r->writer, NULL); /* the first error is the one to report */
	r->writer = NULL;
}

static bool write_locked(struct recorder *r, const float *frames, size_t n)
{
	struct err e = ERR_INIT;
	if (wav_writer_write(r->writer, frames, n, &e) < 0) {
		fail_locked(r, &e);
		return false;
	}
	for (size_t i = 0; i < n * r->info.n_channels; i++) {
		float a = fabsf(frames[i]);
		if (a > r->info.peak)
			r->info.peak = a;
	}
	r->info.frames += (int64_t)n;
	return true;
}

static bool write_silence_locked(struct recorder *r, uint64_t lost)
{
	r->info.lost_frames += (int64_t)lost;
	while (lost > 0) {
		size_t n = lost < CHUNK_FRAMES ? (size_t)lost : CHUNK_FRAMES;
		float silence[64 * 8] = { 0 };
		if (n > 64)
			n = 64;
		if (!write_locked(r, silence, n))
			return false;
		lost -= n;
	}
	return true;
}

/* Once a second the file is made whole, so that a recorder that is killed leaves what it had. */
static void flush_locked(struct recorder *r)
{
	struct err e = ERR_INIT;
	if (!r->writer || r->info.frames - r->flushed_frames < (int64_t)r->info.rate_hz)
		return;
	r->flushed_frames = r->info.frames;
	if (wav_writer_flush(r->writer, &e) < 0)
		fail_locked(r, &e);
}

/* Everything that is on the tape by now. */
static void pump_locked(struct recorder *r)
{
	uint64_t until = tape_written(r->tape);
	while (r->writer && r->cursor < until) {
		uint64_t lost = 0, left = until - r->cursor;
		uint32_t n = tape_read(r->tape, &r->cursor, r->chunk, left < CHUNK_FRAMES ? (uint32_t)left : CHUNK_FRAMES, &lost);
		if (lost && !write_silence_locked(r, lost))
			return;
		if (n == 0 && lost == 0)
			return;
		if (n && !write_locked(r, r->chunk, n))
			return;
	}
	flush_locked(r);
}

static void *writer_thread(void *arg)
{
	struct recorder *r = arg;
	pthread_mutex_lock(&r->lock);
	while (!r->quit) {
		if (r->writer) {
			pump_locked(r);
			struct timespec t;
			clock_gettime(CLOCK_MONOTONIC, &t);
			t.tv_nsec += POLL_MS * NS_PER_MS;
			if (t.tv_nsec >= NS_PER_SEC) {
				t.tv_nsec -= NS_PER_SEC;
				t.tv_sec++;
			}
			pthread_cond_timedwait(&r->wake, &r->lock, &t);
		} else {
			pthread_cond_wait(&r->wake, &r->lock);
		}
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

int recorder_new(const struct tape *tape, uint32_t rate_hz, struct recorder **ret, struct err *err)
{
	struct recorder *r = calloc(1, sizeof(*r));
	if (!r)
		return err_set(err, -ENOMEM, "recorder");
	r->tape = tape;
	r->info.rate_hz = rate_hz;
	r->info.n_channels = tape->n_channels;
	pthread_mutex_init(&r->lock, NULL);
	pthread_condattr_t attr;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&r->wake, &attr);
	pthread_condattr_destroy(&attr);
	r->chunk = mem_new_array((size_t)CHUNK_FRAMES * tape->n_channels, sizeof(float));
	int e = r->chunk ? pthread_create(&r->thread, NULL, writer_thread, r) : ENOMEM;
	r->started = e == 0;
	if (e != 0) {
		recorder_free(r);
		return err_set(err, -e, "recorder: %s", strerror(e));
	}
	*ret = r;
	return 0;
}

void recorder_free(struct recorder *r)
{
	if (!r)
		return;
	if (r->started) {
		pthread_mutex_lock(&r->lock);
		r->quit = true;
		pthread_cond_signal(&r->wake);
		pthread_mutex_unlock(&r->lock);
		pthread_join(r->thread, NULL);
	}
	if (r->writer)
		pump_locked(r);
	(void)wav_writer_close(r->writer, NULL); /* nobody is left to tell */
	pthread_cond_destroy(&r->wake);
	pthread_mutex_destroy(&r->lock);
	free(r->chunk);
	free(r);
}

int recorder_start(struct recorder *r, const char *path, enum wav_encoding encoding, struct err *err)
{
	pthread_mutex_lock(&r->lock);
	int e = 0;
	if (r->writer)
		e = err_set(err, -EBUSY, "'%s' is being recorded", r->info.path);
	const struct wav_spec spec = { .rate_hz = r->info.rate_hz, .n_channels = r->info.n_channels, .encoding = encoding };
	if (e >= 0 && strlen(path) >= sizeof(r->info.path))
		e = err_field(err, -EINVAL, "path", "the path is too long");
	if (e >= 0)
		e = wav_writer_open(path, &spec, &r->writer, err);
	if (e >= 0) {
		r->cursor = tape_written(r->tape);
		r->flushed_frames = 0;
		r->info = (struct recorder_info){ .state = RECORDER_RUNNING, .encoding = encoding, .rate_hz = spec.rate_hz,
						  .n_channels = spec.n_channels, .start_frame = (int64_t)r->cursor };
		(void)str_copy(r->info.path, sizeof(r->info.path), path);
		pthread_cond_signal(&r->wake);
	}
	pthread_mutex_unlock(&r->lock);
	return e;
}

int recorder_stop(struct recorder *r, struct err *err)
{
	pthread_mutex_lock(&r->lock);
	int e = 0;
	if (!r->writer)
		e = err_set(err, -EPROTO, "nothing is being recorded");
	else
		pump_locked(r);
	if (r->writer) {
		struct err own = ERR_INIT;
		struct wav_writer *w = TAKE(r->writer);
		r->info.state = RECORDER_DONE;
		if (wav_writer_close(w, &own) < 0)
			fail_locked(r, &own);
	}
	pthread_mutex_unlock(&r->lock);
	return e;
}

void recorder_pump(struct recorder *r)
{
	pthread_mutex_lock(&r->lock);
	if (r->writer)
		pump_locked(r);
	pthread_mutex_unlock(&r->lock);
}

void recorder_info(struct recorder *r, struct recorder_info *ret)
{
	pthread_mutex_lock(&r->lock);
	*ret = r->info;
	pthread_mutex_unlock(&r->lock);
}

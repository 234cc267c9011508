#include "rt-host/content_ahead.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "rt-host/content_priv.h"
#include "rt/epoch.h"

#include "base/banned.h"

enum { LOOK_MS = 50, FOUND_MAX = 4096, LOOPS_MAX = 64, HEARD_MS = 100 };

struct want {
	struct content_item *item;
	uint32_t window;
	bool heard;       /* within HEARD_MS */
	int64_t in_frames; /* until it is needed */
};

struct content_ahead {
	struct content_ahead_options o;
	struct content_windows *windows;
	struct epoch_reader *reader;
	struct want *wants;
	size_t n_wants, max_wants;
	const struct region **found;
	struct attention *watched[ATTENTION_MAX];
	pthread_t thread;
	bool started, quit, woken, playing;
	pthread_mutex_t lock; /* all of the above */
	pthread_cond_t wake;
	_Atomic uint32_t n_callers; /* relaxed: how many wait for the lock; the thread gives way to them */
};

/* Where a playhead is and how it goes on. */
struct playhead {
	double beat;
	bool loop;
	double loop_from, loop_to;
};

/* ---- what is going to be heard ---- */

static void add_window(struct content_ahead *a, struct content_item *it, int64_t window, int64_t in_frames)
{
	if (a->n_wants == 2 * a->max_wants)
		return;
	a->wants[a->n_wants++] = (struct want){
		.item = it, .window = (uint32_t)window, .in_frames = in_frames,
		.heard = in_frames < (int64_t)a->o.rate_hz * HEARD_MS / 1000,
	};
}

/* The windows of a region that frames [from, to) of the timeline read; `from` is in_frames away. */
static void add_region(struct content_ahead *a, const struct region *r, const struct tempo_map *tempo, int64_t from,
		       int64_t to, int64_t in_frames)
{
	const struct region_spec *s = &r->spec;
	struct content_item *it = s->behaviour == REGION_PLAY_AUDIO ? s->audio->owner : NULL;
	if (!it || s->muted || content_pool_state(it) != CONTENT_READY)
		return;
	int64_t start = tempo_map_frame(tempo, s->start_beat), end = tempo_map_frame(tempo, region_end_beat(r));
	int64_t first = (from > start ? from : start) - start + s->source_frame;
	int64_t last = (to < end ? to : end) - start + s->source_frame - 1;
	last = last < s->audio->n_frames - 1 ? last : s->audio->n_frames - 1;
	int64_t until_first = start > from ? start - from : 0;
	for (int64_t w = first / CONTENT_WINDOW_FRAMES; first <= last && w <= last / CONTENT_WINDOW_FRAMES; w++) {
		int64_t at = w * CONTENT_WINDOW_FRAMES;
		add_window(a, it, w, in_frames + until_first + (at > first ? at - first : 0));
	}
}

static void add_span(struct content_ahead *a, const struct timeline_snapshot *s, int64_t from, int64_t to, int64_t in_frames)
{
	uint32_t n = region_set_overlapping(s->regions, tempo_map_beat_of_frame(s->tempo, from - 2),
					    tempo_map_beat_of_frame(s->tempo, to + 2), a->found, FOUND_MAX);
	n = n < FOUND_MAX ? n : FOUND_MAX;
	for (uint32_t i = 0; i < n; i++)
		add_region(a, a->found[i], s->tempo, from, to, in_frames);
}

/* Follows the playhead as the engine will: over successors at their beat, back at the end of a loop. */
static void add_playhead(struct content_ahead *a, const struct playhead *p, int64_t n_frames)
{
	const struct timeline_snapshot *s = engine_read(a->o.engine);
	double beat = p->beat;
	int64_t done = 0;
	for (int i = 0; s && done < n_frames && i < LOOPS_MAX; i++) {
		int64_t from = tempo_map_frame(s->tempo, beat), to = from + n_frames - done;
		int64_t turn = s->successor ? tempo_map_frame(s->tempo, s->successor_beat) : INT64_MAX;
		int64_t loop_end = p->loop ? tempo_map_frame(s->tempo, p->loop_to) : INT64_MAX;
		bool jumps = from < loop_end && loop_end <= to && loop_end <= turn;
		if (turn <= from) {
			s = s->successor;
			continue;
		}
		to = jumps ? loop_end : turn < to ? turn : to;
		add_span(a, s, from, to, done);
		done += to - from;
		beat = jumps ? p->loop_from : tempo_map_beat_of_frame(s->tempo, to);
	}
}

static int by_urgency(const void *x, const void *y)
{
	const struct want *a = x, *b = y;
	return (a->in_frames > b->in_frames) - (a->in_frames < b->in_frames);
}

static struct playhead playhead_of(const struct attention *attention, bool *ret_playing)
{
	struct engine_position p;
	attention_position(attention, &p);
	*ret_playing = p.state == TRANSPORT_PLAYING;
	return (struct playhead){ .beat = p.beat, .loop = p.loop && p.loop_to > p.loop_from, .loop_from = p.loop_from,
				  .loop_to = p.loop_to };
}

/*
 * Keeps what the watched playheads want and is there, leaving room for what `own` needs now; then the list holds what is
 * missing, the most urgent first: of `own` when it is given, else of all.
 */
static void look(struct content_ahead *a, const struct playhead *own, uint32_t own_frames)
{
	size_t n = 0, room = a->max_wants;
	content_windows_pass(a->windows);
	epoch_begin(engine_epochs(a->o.engine), a->reader);
	a->n_wants = 0;
	if (own)
		add_playhead(a, own, own_frames);
	size_t n_own = a->n_wants;
	a->playing = false;
	for (size_t i = 0; i < ATTENTION_MAX; i++) {
		bool playing = false;
		if (!a->watched[i])
			continue;
		const struct playhead p = playhead_of(a->watched[i], &playing);
		a->playing |= playing;
		add_playhead(a, &p, (int64_t)a->o.rate_hz * CONTENT_AHEAD_MS / 1000);
	}
	epoch_park(a->reader);
	qsort(a->wants + n_own, a->n_wants - n_own, sizeof(*a->wants), by_urgency);
	if (a->n_wants > room)
		a->n_wants = room;
	for (size_t i = 0; i < a->n_wants; i++) {
		const struct want w = a->wants[i];
		bool there = content_windows_keep(a->windows, w.item, w.window, w.heard);
		if (!there && (!own || i < n_own))
			a->wants[n++] = w;
	}
	a->n_wants = n;
}

static bool fill(struct content_ahead *a, const struct want *w)
{
	struct err err = ERR_INIT;
	if (content_pool_state(w->item) != CONTENT_READY)
		return false;
	int r = content_windows_fill(a->windows, w->item, w->window, w->heard, &err);
	if (r < 0 && r != -ENOSPC)
		content_item_break(w->item, &err);
	return r >= 0;
}

/* ---- the thread ---- */

static void wait_to_look(struct content_ahead *a, bool soon)
{
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += LOOK_MS * (long)NS_PER_MS;
	until.tv_sec += until.tv_nsec / (long)NS_PER_SEC;
	until.tv_nsec %= (long)NS_PER_SEC;
	for (int r = 0; !a->quit && !a->woken && r != ETIMEDOUT;)
		r = soon ? pthread_cond_timedwait(&a->wake, &a->lock, &until) : pthread_cond_wait(&a->wake, &a->lock);
	a->woken = false;
}

static void *reader_thread(void *arg)
{
	struct content_ahead *a = arg;
	pthread_mutex_lock(&a->lock);
	while (!a->quit) {
		bool gave_way = false;
		look(a, NULL, 0);
		for (size_t i = 0; i < a->n_wants && !a->quit && !gave_way; i++) {
			(void)fill(a, &a->wants[i]);
			gave_way = atomic_load_explicit(&a->n_callers, memory_order_relaxed) > 0;
		}
		if (gave_way) { /* and go on with what is missing */
			pthread_mutex_unlock(&a->lock);
			sched_yield();
			pthread_mutex_lock(&a->lock);
		} else {
			wait_to_look(a, a->playing); /* without the lock */
		}
	}
	pthread_mutex_unlock(&a->lock);
	return NULL;
}

/* ---- outside ---- */

static void enter(struct content_ahead *a)
{
	atomic_fetch_add_explicit(&a->n_callers, 1, memory_order_relaxed);
	pthread_mutex_lock(&a->lock);
	atomic_fetch_sub_explicit(&a->n_callers, 1, memory_order_relaxed);
}

int content_ahead_new(const struct content_ahead_options *o, struct content_ahead **ret, struct err *err)
{
	struct content_ahead *a = calloc(1, sizeof(*a));
	if (!a)
		return err_set(err, -ENOMEM, "reading ahead");
	a->o = *o;
	if (!a->o.max_windows)
		a->o.max_windows = LIMIT_CONTENT_WINDOWS;
	a->max_wants = a->o.max_windows - a->o.max_windows / 4; /* the rest: what has just been heard */
	pthread_condattr_t monotonic;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	a->wants = mem_new_array(2 * a->max_wants, sizeof(*a->wants));
	a->found = mem_new_array(FOUND_MAX, sizeof(struct region *));
	int r = a->wants && a->found ? epoch_join(engine_epochs(o->engine), &a->reader) : -ENOMEM;
	if (r < 0)
		(void)err_set(err, r, "reading ahead");
	else
		r = content_windows_new(o->engine, o->n_channels, a->o.max_windows, &a->windows, err);
	int e = r < 0 ? 0 : pthread_create(&a->thread, NULL, reader_thread, a);
	a->started = r >= 0 && e == 0;
	if (!a->started) {
		content_ahead_free(a);
		return r < 0 ? r : err_set(err, -e, "reading ahead: %s", strerror(e));
	}
	*ret = a;
	return 0;
}

void content_ahead_free(struct content_ahead *a)
{
	if (!a)
		return;
	pthread_mutex_lock(&a->lock);
	a->quit = true;
	pthread_cond_signal(&a->wake);
	pthread_mutex_unlock(&a->lock);
	if (a->started)
		pthread_join(a->thread, NULL);
	content_windows_free(a->windows);
	if (a->reader)
		epoch_leave(a->reader);
	pthread_cond_destroy(&a->wake);
	pthread_mutex_destroy(&a->lock);
	free(a->wants);
	free((void *)a->found);
	free(a);
}

void content_ahead_watch(struct content_ahead *a, struct attention *attention)
{
	enter(a);
	a->watched[attention_index(attention)] = attention;
	pthread_mutex_unlock(&a->lock);
	content_ahead_wake(a);
}

void content_ahead_unwatch(struct content_ahead *a, struct attention *attention)
{
	enter(a);
	a->watched[attention_index(attention)] = NULL;
	pthread_mutex_unlock(&a->lock);
}

void content_ahead_forget(struct content_ahead *a, struct content_item *it)
{
	enter(a);
	content_windows_forget(a->windows, it);
	pthread_mutex_unlock(&a->lock);
}

void content_ahead_wake(struct content_ahead *a)
{
	enter(a);
	a->woken = true;
	pthread_cond_signal(&a->wake);
	pthread_mutex_unlock(&a->lock);
}

static uint32_t wait_for(struct content_ahead *a, const struct playhead *p, uint32_t n_frames)
{
	uint32_t missing = 0;
	look(a, p, n_frames + a->o.rate_hz / 400); /* what is cut at the end of it fades over 2.5 ms */
	for (size_t i = 0; i < a->n_wants; i++)
		missing += !fill(a, &a->wants[i]);
	return missing;
}

uint32_t content_ahead_wait(struct content_ahead *a, const struct attention *attention, uint32_t n_frames)
{
	bool playing;
	enter(a);
	const struct playhead p = playhead_of(attention, &playing);
	uint32_t missing = wait_for(a, &p, n_frames);
	pthread_mutex_unlock(&a->lock);
	return missing;
}

uint32_t content_ahead_wait_at(struct content_ahead *a, double beat, uint32_t n_frames)
{
	const struct playhead p = { .beat = beat };
	enter(a);
	uint32_t missing = wait_for(a, &p, n_frames);
	pthread_mutex_unlock(&a->lock);
	return missing;
}

void content_ahead_stats(struct content_ahead *a, struct content_windows_stats *ret)
{
	enter(a);
	content_windows_stats(a->windows, ret);
	pthread_mutex_unlock(&a->lock);
}

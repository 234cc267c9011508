#include "rt/chase.h"
#include "rt/content.h"

#include <errno.h>
#include <string.h>

int audio_content_new(const struct rt_heap *heap, uint32_t n_channels, int64_t n_frames, uint32_t window_frames,
		      struct audio_content **ret)
{
	bool power = window_frames && (window_frames & (window_frames - 1)) == 0;
	if (n_channels < 1 || n_channels > AUDIO_CHANNELS_MAX || n_frames < 0 || !power)
		return -EINVAL;
	int64_t n_windows = n_frames / window_frames + (n_frames % window_frames != 0);
	if (n_windows > INT32_MAX)
		return -EINVAL;
	size_t bytes = sizeof(struct audio_content) + (size_t)n_windows * sizeof(_Atomic(const float *));
	struct audio_content *c = rt_heap_take(heap, 1, bytes);
	if (!c)
		return -ENOMEM;
	c->heap = heap;
	atomic_init(&c->refs, 1);
	c->n_channels = n_channels;
	c->n_frames = n_frames;
	c->window_frames = window_frames;
	c->n_windows = (uint32_t)n_windows;
	*ret = c;
	return 0;
}

struct audio_content *audio_content_ref(struct audio_content *c)
{
	if (c)
		atomic_fetch_add(&c->refs, 1);
	return c;
}

void audio_content_unref(struct audio_content *c)
{
	if (c && atomic_fetch_sub(&c->refs, 1) == 1)
		rt_heap_give(c->heap, c);
}

bool audio_content_shared(const struct audio_content *c)
{
	return c && atomic_load(&c->refs) > 1;
}

const float *audio_content_publish(struct audio_content *c, uint32_t i, const float *window)
{
	if (i >= c->n_windows)
		return NULL;
	return atomic_exchange(&c->windows[i], window);
}

static bool is_note_off(const struct midi_note_event *e)
{
	return (e->status & 0xf0) == 0x80 || ((e->status & 0xf0) == 0x90 && e->data2 == 0);
}

/* Within a beat: note-offs, then everything that is not a note (programs come before their notes), then note-ons. */
static int event_rank(const struct midi_note_event *e)
{
	if (is_note_off(e))
		return 0;
	return (e->status & 0xf0) == 0x90 ? 2 : 1;
}

static bool event_before(const struct midi_note_event *a, const struct midi_note_event *b)
{
	if (a->beat != b->beat)
		return a->beat < b->beat;
	return event_rank(a) < event_rank(b);
}

/* Stable merge sort between two arrays; returns the one that holds the result. */
static struct midi_note_event *sort_events(struct midi_note_event *a, struct midi_note_event *b, uint32_t n)
{
	for (uint64_t width = 1; width < n; width *= 2) {
		for (uint64_t lo = 0; lo < n; lo += 2 * width) {
			uint64_t mid = lo + width < n ? lo + width : n, hi = lo + 2 * width < n ? lo + 2 * width : n;
			uint64_t i = lo, j = mid;
			for (uint64_t k = lo; k < hi; k++)
				b[k] = j >= hi || (i < mid && !event_before(&a[j], &a[i])) ? a[i++] : a[j++];
		}
		struct midi_note_event *t = a;
		a = b;
		b = t;
	}
	return a;
}

static bool event_ok(const struct midi_note_event *e)
{
	bool finite = e->beat > -1e9 && e->beat < 1e9;
	return finite && e->status >= 0x80 && e->status < 0xf0 && e->data1 < 128 && e->data2 < 128;
}

static void chase_fill(const struct midi_note_event *events, uint32_t n, struct midi_chase *chase)
{
	struct midi_chase now;
	chase_clear(&now);
	for (uint32_t i = 0; i < n; i++) {
		if (i % MIDI_CHASE_STRIDE == 0)
			chase[i / MIDI_CHASE_STRIDE] = now;
		chase_follow(&now, events[i].status, events[i].data1, events[i].data2);
	}
}

int midi_content_new(const struct rt_heap *heap, const struct midi_note_event *events, uint32_t n_events,
		     struct midi_content **ret)
{
	for (uint32_t i = 0; i < n_events; i++)
		if (!event_ok(&events[i]))
			return -EINVAL;
	uint32_t n_chase = n_events / MIDI_CHASE_STRIDE + 1;
	struct midi_content *c = rt_heap_take(heap, 1, sizeof(*c));
	struct midi_note_event *a = rt_heap_take(heap, n_events, sizeof(*a));
	struct midi_note_event *b = rt_heap_take(heap, n_events, sizeof(*b));
	struct midi_chase *chase = rt_heap_take(heap, n_chase, sizeof(*chase));
	if (!c || !a || !b || !chase) {
		rt_heap_give(heap, c);
		rt_heap_give(heap, a);
		rt_heap_give(heap, b);
		rt_heap_give(heap, chase);
		return -ENOMEM;
	}
	if (n_events)
		memcpy(a, events, n_events * sizeof(*a));
	struct midi_note_event *sorted = sort_events(a, b, n_events);
	rt_heap_give(heap, sorted == a ? b : a);
	chase_clear(&chase[0]);
	chase_fill(sorted, n_events, chase);
	c->heap = heap;
	atomic_init(&c->refs, 1);
	c->n_events = n_events;
	c->n_chase = n_events ? (n_events - 1) / MIDI_CHASE_STRIDE + 1 : 0;
	c->events = sorted;
	c->chase = chase;
	*ret = c;
	return 0;
}

struct midi_content *midi_content_ref(struct midi_content *c)
{
	if (c)
		atomic_fetch_add(&c->refs, 1);
	return c;
}

void midi_content_unref(struct midi_content *c)
{
	if (!c || atomic_fetch_sub(&c->refs, 1) != 1)
		return;
	rt_heap_give(c->heap, (void *)c->events);
	rt_heap_give(c->heap, (void *)c->chase);
	rt_heap_give(c->heap, c);
}

bool midi_content_shared(const struct midi_content *c)
{
	return c && atomic_load(&c->refs) > 1;
}

int curve_content_new(const struct rt_heap *heap, const struct curve_point *points, uint32_t n_points,
		      struct curve_content **ret)
{
	if (n_points == 0)
		return -EINVAL;
	for (uint32_t i = 0; i < n_points; i++) {
		bool finite = points[i].beat > -1e9 && points[i].beat < 1e9 && points[i].value * 0 == 0;
		if (!finite || (i && points[i].beat < points[i - 1].beat))
			return -EINVAL;
	}
	struct curve_content *c = rt_heap_take(heap, 1, sizeof(*c) + n_points * sizeof(*points));
	if (!c)
		return -ENOMEM;
	c->heap = heap;
	atomic_init(&c->refs, 1);
	c->n_points = n_points;
	memcpy(c->points, points, n_points * sizeof(*points));
	*ret = c;
	return 0;
}

struct curve_content *curve_content_ref(struct curve_content *c)
{
	if (c)
		atomic_fetch_add(&c->refs, 1);
	return c;
}

void curve_content_unref(struct curve_content *c)
{
	if (c && atomic_fetch_sub(&c->refs, 1) == 1)
		rt_heap_give(c->heap, c);
}

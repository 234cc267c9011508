#include "rt-host/content_windows.h"

#include <sched.h>
#include <sys/mman.h>

#include "rt-host/content_priv.h"

#include "base/banned.h"

struct window_slot {
	struct content_item *item; /* NULL: free */
	uint32_t window;
	uint64_t wanted; /* 2 * pass, and 1 more for what is heard */
};

struct content_windows {
	struct engine *engine;
	size_t window_bytes;
	uint32_t max_windows, used; /* slots below `used` have been touched */
	uint64_t pass;
	char *memory;
	struct window_slot *slots;
	struct content_windows_stats stats;
};

int content_windows_new(struct engine *e, uint32_t n_channels, uint32_t max_windows, struct content_windows **ret,
			struct err *err)
{
	struct content_windows *w = calloc(1, sizeof(*w));
	if (!w)
		return err_set(err, -ENOMEM, "windows of content");
	w->engine = e;
	w->window_bytes = (size_t)n_channels * CONTENT_WINDOW_FRAMES * sizeof(float);
	w->max_windows = max_windows;
	w->slots = mem_new_array(max_windows, sizeof(*w->slots));
	void *m = mmap(NULL, w->window_bytes * max_windows, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	w->memory = m == MAP_FAILED ? NULL : m;
	if (!w->slots || !w->memory) {
		content_windows_free(w);
		return err_set(err, -ENOMEM, "%u windows of content", max_windows);
	}
	w->stats.max_windows = max_windows;
	w->stats.locked = true;
	*ret = w;
	return 0;
}

static void withdraw(struct content_windows *w, struct window_slot *s)
{
	(void)audio_content_publish(s->item->audio, s->window, NULL);
	s->item->slots[s->window] = CONTENT_NO_SLOT;
	s->item = NULL;
	w->stats.resident--;
}

void content_windows_free(struct content_windows *w)
{
	if (!w)
		return;
	for (uint32_t i = 0; i < w->used; i++)
		if (w->slots[i].item)
			withdraw(w, &w->slots[i]);
	if (w->memory)
		munmap(w->memory, w->window_bytes * w->max_windows);
	free(w->slots);
	free(w);
}

void content_windows_pass(struct content_windows *w)
{
	w->pass++;
}

bool content_windows_keep(struct content_windows *w, const struct content_item *it, uint32_t window, bool heard)
{
	int32_t i = it->slots[window];
	if (i == CONTENT_NO_SLOT)
		return false;
	uint64_t wanted = 2 * w->pass + heard;
	if (w->slots[i].wanted < wanted)
		w->slots[i].wanted = wanted;
	return true;
}

/* Touched once, so that it is there; the lock is a wish that the kernel may refuse. */
static struct window_slot *touch_slot(struct content_windows *w)
{
	char *at = w->memory + w->used * w->window_bytes;
	if (w->stats.locked && mlock(at, w->window_bytes) < 0)
		w->stats.locked = false;
	return &w->slots[w->used++];
}

/* A cycle that was under way may still read the window. Cycles are short and wait for nobody, so this one gives way. */
static void wait_unread(const struct content_windows *w)
{
	struct engine_cycles cycles;
	engine_cycles_now(w->engine, &cycles);
	while (!engine_cycles_over(w->engine, &cycles))
		sched_yield();
}

static struct window_slot *take_slot(struct content_windows *w)
{
	struct window_slot *oldest = NULL;
	for (uint32_t i = 0; i < w->used; i++) {
		struct window_slot *s = &w->slots[i];
		if (!s->item)
			return s;
		if (!oldest || s->wanted < oldest->wanted)
			oldest = s;
	}
	if (w->used < w->max_windows)
		return touch_slot(w);
	if (oldest->wanted >= 2 * w->pass)
		return NULL;
	withdraw(w, oldest);
	wait_unread(w);
	w->stats.evicted++;
	return oldest;
}

int content_windows_fill(struct content_windows *w, struct content_item *it, uint32_t window, bool heard, struct err *err)
{
	if (content_windows_keep(w, it, window, heard))
		return 0;
	struct window_slot *s = take_slot(w);
	if (!s)
		return err_set(err, -ENOSPC, "all %u windows of content are needed at once", w->max_windows);
	float *memory = (float *)(void *)(w->memory + (size_t)(s - w->slots) * w->window_bytes);
	int r = content_window_read(it, window, memory, err);
	if (r < 0)
		return r;
	*s = (struct window_slot){ it, window, 2 * w->pass + heard };
	it->slots[window] = (int32_t)(s - w->slots);
	(void)audio_content_publish(it->audio, window, memory);
	w->stats.resident++;
	w->stats.filled++;
	return 0;
}

void content_windows_forget(struct content_windows *w, struct content_item *it)
{
	for (uint32_t i = 0; i < w->used; i++)
		if (w->slots[i].item == it)
			withdraw(w, &w->slots[i]);
}

void content_windows_stats(const struct content_windows *w, struct content_windows_stats *ret)
{
	*ret = w->stats;
}

/*
 * content_windows.h - the bounded memory that windows of content are resident in while they are needed.
 *
 * Each reading of the future is a pass: what it wants is kept (content_windows_keep), what it wants and is not there is
 * filled, in the place of what has not been wanted for longest. What was just being heard is given up last, so that the
 * short fade after a jump still has it.
 *
 * Units:     windows of CONTENT_WINDOW_FRAMES frames and as many channels as the engine has.
 * Ownership: its windows are withdrawn from their contents when it is freed.
 * Threads:   one at a time (content_ahead.c has the lock); the audio thread reads what is published.
 * Errors:    -ENOMEM; of a fill: -ENOSPC when all windows are wanted in this pass, and what reading says.
 */
#ifndef RT_HOST_CONTENT_WINDOWS_H
#define RT_HOST_CONTENT_WINDOWS_H

#include "rt-host/content_pool.h"
#include "rt/engine.h"

struct content_windows;

int content_windows_new(struct engine *e, uint32_t n_channels, uint32_t max_windows, struct content_windows **ret,
			struct err *err);
void content_windows_free(struct content_windows *w);

void content_windows_pass(struct content_windows *w);
/* Whether it is there; if so, it stays. `heard`: within the next moments. */
bool content_windows_keep(struct content_windows *w, const struct content_item *it, uint32_t window, bool heard);
int content_windows_fill(struct content_windows *w, struct content_item *it, uint32_t window, bool heard, struct err *err);

/* Withdraws what it has of an item that nothing plays any more. */
void content_windows_forget(struct content_windows *w, struct content_item *it);

struct content_windows_stats {
	uint32_t resident, max_windows;
	uint64_t filled, evicted;
	bool locked; /* the kernel may not take the memory away */
};
void content_windows_stats(const struct content_windows *w, struct content_windows_stats *ret);

#endif

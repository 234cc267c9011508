/*
 * content_priv.h - what preparing, keeping and reading ahead share of a content item.
 */
#ifndef RT_HOST_CONTENT_PRIV_H
#define RT_HOST_CONTENT_PRIV_H

#include "rt-host/content_pool.h"
#include "rt-host/content_spool.h"

enum { CONTENT_WINDOW_FRAMES = 4096, CONTENT_NO_SLOT = -1 };

static inline size_t content_window_bytes(const struct content_item *it)
{
	return (size_t)it->n_channels * CONTENT_WINDOW_FRAMES * sizeof(float);
}

/* Decodes and resamples the item's file; on the loader's thread. */
int content_prepare(struct content_item *it, uint32_t rate_hz, uint32_t n_channels, struct err *err);
/* Reads one window into memory, planar. */
int content_window_read(const struct content_item *it, uint32_t window, float *ret, struct err *err);
/* The item cannot be read any more: it becomes CONTENT_FAILED and is told once more. Any thread, once. */
void content_item_break(struct content_item *it, const struct err *why);

#endif

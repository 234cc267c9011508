/*
 * garden_copy_priv.h - a copy of the garden, and the state that is being fetched to replace it.
 */
#ifndef QUERY_CONTROL_GARDEN_COPY_PRIV_H
#define QUERY_CONTROL_GARDEN_COPY_PRIV_H

#include "base/list.h"
#include "query-control/garden_copy.h"
#include "query-control/garden_parts.h"
#include "wire/client.h"
#include "wire/codec.h"
#include "wire/loop.h"

/* One state of the garden: what is shown, and the timeline with the events of an edit that is not told to its end. */
struct garden_side {
	struct garden_state *state;
	struct document *doc;
	bool editing; /* doc holds part of an edit */
	struct garden_device device;
	struct garden_transport transport;
};
int garden_side_open(struct garden_side *s, uint32_t rate_hz, struct err *err);
void garden_side_close(struct garden_side *s);
/* The timeline is whole: it is shown from now on. */
int garden_side_show(struct garden_side *s, struct err *err);
int garden_side_edit(struct garden_side *s, const struct edit_view *v, struct err *err);
int garden_side_pending(struct garden_side *s, const struct pending_edit *v, struct err *err);
int garden_side_device(struct garden_side *s, const struct device_view *v, struct err *err);
void garden_side_transport(struct garden_side *s, enum play_state_view state, double beats, int64_t engine_frames, int64_t moment_ns);
/* Takes an event over; one that is not about the garden, or older than the timeline, is no mistake. */
int garden_side_event(struct garden_side *s, const struct wire_received *e, struct err *err);
/* Whether garden_side_event would do anything with it. */
bool garden_side_wants(const struct wire_received *e);
/* Whether it tells where the transport is by now, and nothing else. */
bool garden_side_moves(const struct wire_received *e);

struct garden_fetch;
typedef void garden_fetched_fn(void *arg, int code, const struct err *err);
/*
 * Begins with a snapshot's state and asks for the rest; `done` is called once, never from inside, unless it is freed before.
 * After success garden_fetch_take hands the side over and the kept events are in it.
 */
int garden_fetch_new(struct wire_client *client, struct wire_loop *loop, struct wire_slice state, garden_fetched_fn *done, void *arg,
		     struct garden_fetch **ret, struct err *err);
void garden_fetch_free(struct garden_fetch *f);
AUTO_DEFINE(garden_fetch);
/* -ENOSPC: too much came meanwhile; -ENOMEM. */
int garden_fetch_keep(struct garden_fetch *f, const struct wire_received *e);
void garden_fetch_take(struct garden_fetch *f, struct garden_side *ret);
uint64_t garden_fetch_pages(const struct garden_fetch *f);

#endif

/*
 * garden_fetch.c - the rest of a long timeline: regions, markers and history in pages of one revision. See garden_copy.h.
 */
#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "query-control/garden_copy_priv.h"

#include "base/banned.h"

enum { PAGE_ITEMS = 200, DEADLINE_MS = 5000, DEFAULT_RATE_HZ = 48000 };

enum stage { STAGE_REGIONS, STAGE_MARKERS, STAGE_HISTORY, STAGE_DONE };

/* An event that came meanwhile. */
struct kept {
	struct list link;
	size_t n_topic, n;
	char bytes[]; /* topic, NUL, envelope */
};

struct garden_fetch {
	struct wire_client *client;
	garden_fetched_fn *done;
	void *arg;
	struct wire_timer *soon; /* ends it outside of garden_fetch_new */
	struct garden_side side;
	enum stage stage;
	int64_t revision; /* of every page */
	char after_region[LIMIT_WIRE_ID + 1], after_marker[LIMIT_WIRE_ID + 1]; /* "": there are no more */
	int64_t before_revision;
	int64_t limit, n_edits;
	uint64_t ticket, n_pages;
	struct list kept;
	size_t n_kept, kept_bytes;
};

static void go_on(struct garden_fetch *f);

static void end(struct garden_fetch *f, int code, const struct err *err)
{
	f->stage = STAGE_DONE;
	f->done(f->arg, code, err);
}

/* ---- pages ---- */

static int take_regions(struct garden_fetch *f, const void *result, struct err *err)
{
	const struct region_list_result *page = result;
	int r = 0;
	for (size_t i = 0; r == 0 && i < page->regions.n; i++)
		r = garden_region_put(&page->regions.v[i], &f->side.doc, err);
	(void)str_copy(f->after_region, sizeof(f->after_region), page->has_next_after ? page->next_after : "");
	return r;
}

static int take_markers(struct garden_fetch *f, const void *result, struct err *err)
{
	const struct marker_list_result *page = result;
	int r = 0;
	for (size_t i = 0; r == 0 && i < page->markers.n; i++)
		r = garden_marker_put(&page->markers.v[i], &f->side.doc, err);
	(void)str_copy(f->after_marker, sizeof(f->after_marker), page->has_next_after ? page->next_after : "");
	return r;
}

/* What was edited since the snapshot is told by events too. */
static int take_history(struct garden_fetch *f, const void *result, struct err *err)
{
	const struct timeline_history_result *page = result;
	int r = 0;
	for (size_t i = 0; r == 0 && i < page->edits.n; i++)
		r = garden_side_edit(&f->side, &page->edits.v[i], err);
	f->n_edits += (int64_t)page->edits.n;
	bool more = page->has_next_before_revision && f->n_edits < LIMIT_TIMELINE_HISTORY;
	f->before_revision = more ? page->next_before_revision : 0;
	return r;
}

static int (*const take_page[STAGE_DONE])(struct garden_fetch *f, const void *result, struct err *err) = {
	[STAGE_REGIONS] = take_regions,
	[STAGE_MARKERS] = take_markers,
	[STAGE_HISTORY] = take_history,
};
static const enum wire_message_id page_messages[STAGE_DONE] = {
	[STAGE_REGIONS] = WIRE_MESSAGE_region_list,
	[STAGE_MARKERS] = WIRE_MESSAGE_marker_list,
	[STAGE_HISTORY] = WIRE_MESSAGE_timeline_history,
};

static int read_page(struct garden_fetch *f, struct wire_slice result, struct err *err)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	const struct wire_object *desc = wire_messages[page_messages[f->stage]].result;
	void *page = wire_arena_alloc(&arena, desc->size);
	int r = page ? wire_decode_text(desc, result.s, result.n, WIRE_IGNORE_UNKNOWN, &arena, page, err)
		     : err_set(err, -ENOMEM, "page");
	f->n_pages++;
	return r < 0 ? r : take_page[f->stage](f, page, err);
}

static void on_page(void *arg, const struct wire_answer *a)
{
	struct garden_fetch *f = arg;
	struct err err = ERR_INIT;
	f->ticket = 0;
	if (a->code == -EMSGSIZE && f->limit > 1) { /* long names, many tags: fewer at once */
		f->limit /= 2;
		go_on(f);
		return;
	}
	int r = a->code < 0 ? a->code : read_page(f, a->result, &err);
	if (r < 0)
		end(f, r, a->code < 0 ? a->err : &err);
	else
		go_on(f);
}

static int send(struct garden_fetch *f, const void *request, struct err *err)
{
	static const struct wire_request_options o = { .deadline_ms = DEADLINE_MS };
	return wire_client_send(f->client, &wire_messages[page_messages[f->stage]], request, &o, on_page, f, &f->ticket, err);
}

static int ask_regions(struct garden_fetch *f, struct err *err)
{
	const struct region_list request = { .limit = f->limit, .after = f->after_region, .has_after = true,
					     .at_revision = f->revision, .has_at_revision = true };
	return send(f, &request, err);
}

static int ask_markers(struct garden_fetch *f, struct err *err)
{
	const struct marker_list request = { .limit = f->limit, .after = f->after_marker, .has_after = true,
					     .at_revision = f->revision, .has_at_revision = true };
	return send(f, &request, err);
}

static int ask_history(struct garden_fetch *f, struct err *err)
{
	const struct timeline_history request = { .limit = f->limit, .before_revision = f->before_revision,
						  .has_before_revision = true };
	return send(f, &request, err);
}

/* ---- the end ---- */

static int replay(struct garden_fetch *f, struct err *err)
{
	struct kept *k;
	int r = 0;
	while ((k = LIST_FIRST(&f->kept, struct kept, link))) {
		struct wire_received e;
		list_remove(&k->link);
		if (r == 0)
			r = wire_event_parse(k->bytes, k->bytes + k->n_topic + 1, k->n, &e, err);
		if (r == 0)
			r = garden_side_event(&f->side, &e, err);
		free(k);
	}
	f->n_kept = f->kept_bytes = 0;
	return r;
}

static void go_on(struct garden_fetch *f)
{
	struct err err = ERR_INIT;
	int r = 0;
	if (f->stage == STAGE_REGIONS && !*f->after_region)
		f->stage = STAGE_MARKERS;
	if (f->stage == STAGE_MARKERS && !*f->after_marker)
		f->stage = STAGE_HISTORY;
	if (f->stage == STAGE_REGIONS) {
		r = ask_regions(f, &err);
	} else if (f->stage == STAGE_MARKERS) {
		r = ask_markers(f, &err);
	} else if (f->before_revision > 0) {
		r = ask_history(f, &err);
	} else {
		r = garden_side_show(&f->side, &err);
		if (r == 0)
			r = replay(f, &err);
		end(f, r, &err);
		return;
	}
	if (r < 0)
		end(f, r, &err);
}

static void on_soon(void *arg)
{
	go_on(arg);
}

/* ---- the beginning: the snapshot ---- */

static int take_timeline(struct garden_fetch *f, const struct timeline_query_result *s, struct err *err)
{
	struct garden_side *side = &f->side;
	struct document *next = NULL;
	int r = garden_maps_put(s->tempo.v, s->tempo.n, s->meter.v, s->meter.n, &side->doc, err);
	for (size_t i = 0; r == 0 && i < s->regions.n; i++)
		r = garden_region_put(&s->regions.v[i], &side->doc, err);
	for (size_t i = 0; r == 0 && i < s->markers.n; i++)
		r = garden_marker_put(&s->markers.v[i], &side->doc, err);
	if (r == 0 && document_with_revision(side->doc, s->revision, &next) < 0)
		r = err_set(err, -ENOMEM, "timeline");
	if (r < 0)
		return r;
	document_unref(side->doc);
	side->doc = next;
	(void)str_copy(f->after_region, sizeof(f->after_region), s->has_next_region ? s->next_region : "");
	(void)str_copy(f->after_marker, sizeof(f->after_marker), s->has_next_marker ? s->next_marker : "");
	f->revision = s->revision;
	f->before_revision = s->revision > 0 ? s->revision + 1 : 0;
	return 0;
}

static int take_snapshot(struct garden_fetch *f, struct wire_slice state, struct err *err)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	const struct wire_object *desc = wire_messages[WIRE_MESSAGE_timeline_query].result;
	struct timeline_query_result *s = wire_arena_alloc(&arena, desc->size);
	int r = s ? wire_decode_text(desc, state.s, state.n, WIRE_IGNORE_UNKNOWN, &arena, s, err) : err_set(err, -ENOMEM, "snapshot");
	if (r == 0)
		r = garden_side_open(&f->side, s->has_device ? (uint32_t)s->device.rate_hz : DEFAULT_RATE_HZ, err);
	if (r == 0 && s->has_device)
		r = garden_side_device(&f->side, &s->device, err);
	if (r == 0)
		r = take_timeline(f, s, err);
	for (size_t i = 0; r == 0 && i < s->pending.n; i++)
		r = garden_side_pending(&f->side, &s->pending.v[i], err);
	if (r == 0)
		garden_side_transport(&f->side, s->transport.state, s->transport.position_beats, s->transport.engine_frames,
				      clock_monotonic_ns(clock_system()));
	return r;
}

int garden_fetch_new(struct wire_client *client, struct wire_loop *loop, struct wire_slice state, garden_fetched_fn *done, void *arg,
		     struct garden_fetch **ret, struct err *err)
{
	AUTO(garden_fetch) f = calloc(1, sizeof(*f));
	if (!f)
		return err_set(err, -ENOMEM, "garden");
	list_init(&f->kept);
	f->client = client;
	f->done = done;
	f->arg = arg;
	f->limit = PAGE_ITEMS;
	int r = take_snapshot(f, state, err);
	if (r == 0)
		r = wire_timer_new(loop, on_soon, f, &f->soon, err);
	if (r < 0)
		return r;
	wire_timer_start(f->soon, 0);
	*ret = TAKE(f);
	return 0;
}

void garden_fetch_free(struct garden_fetch *f)
{
	struct kept *k;
	if (!f)
		return;
	if (f->ticket)
		wire_client_cancel(f->client, f->ticket);
	while ((k = LIST_FIRST(&f->kept, struct kept, link))) {
		list_remove(&k->link);
		free(k);
	}
	wire_timer_free(f->soon);
	garden_side_close(&f->side);
	free(f);
}

int garden_fetch_keep(struct garden_fetch *f, const struct wire_received *e)
{
	size_t n_topic = strlen(e->topic);
	if (!garden_side_wants(e) || str_eq(e->name, wire_events[WIRE_EVENT_playback_position].name))
		return 0; /* the next position is not far */
	size_t size = sizeof(struct kept) + n_topic + 1 + e->whole.n;
	if (f->n_kept >= LIMIT_GARDEN_EVENTS || size > LIMIT_GARDEN_EVENTS_BYTES - f->kept_bytes)
		return -ENOSPC;
	struct kept *k = malloc(size);
	if (!k)
		return -ENOMEM;
	list_init(&k->link);
	k->n_topic = n_topic;
	k->n = e->whole.n;
	memcpy(k->bytes, e->topic, n_topic + 1);
	memcpy(k->bytes + n_topic + 1, e->whole.s, e->whole.n);
	list_push(&f->kept, &k->link);
	f->n_kept++;
	f->kept_bytes += size;
	return 0;
}

void garden_fetch_take(struct garden_fetch *f, struct garden_side *ret)
{
	*ret = f->side;
	f->side = (struct garden_side){ .state = NULL };
}

uint64_t garden_fetch_pages(const struct garden_fetch *f)
{
	return f->n_pages;
}

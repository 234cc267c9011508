#include "hoot.h"
#include "watch.h"

#include <string.h>

#include "jobs/answered.h"
#include "jobs/change_log.h"
#include "perceive.h"

#define LOG_TOPIC "hootenanny"
#include "base/log.h"

#include "base/banned.h"

const char *hoot_actor(const struct wire_call *call)
{
	return *call->actor ? call->actor : "anonymous";
}

int64_t hoot_unix_ms(void)
{
	return clock_real_ns(clock_system()) / NS_PER_MS;
}

static void drop_events(struct hoot *h, size_t keep)
{
	h->turn.n_events = keep;
}

static void answer_held(struct hoot *h, const struct err *failure)
{
	for (size_t i = 0; i < h->turn.n_held; i++) {
		struct hoot_held *held = &h->turn.held[i];
		if (failure)
			wire_reply_fail(held->reply, failure);
		else
			wire_reply_json(held->reply, held->text, held->n);
		free(held->text);
	}
	h->turn.n_held = 0;
}

static void publish_events(struct hoot *h)
{
	for (size_t i = 0; i < h->turn.n_events; i++) {
		struct err err = ERR_INIT;
		if (wire_publish(h->publisher, h->turn.events[i].type, h->turn.events[i].event,
				 &err) < 0)
			log_warn("an event could not be published",
				 LOG_STR("event", h->turn.events[i].type->name), LOG_ERR(&err));
	}
	drop_events(h, 0);
}

static void after_commit(struct hoot *h)
{
	publish_events(h);
	bool ended = h->turn.ended, work = h->turn.work;
	h->turn.ended = h->turn.work = false;
	wire_arena_clear(&h->turn.arena);
	if (ended) {
		wait_check(h);
		perceive_check(h);
	}
	if (work)
		hint_send(h);
	out_kick(h);
	watches_changed(h);
}

/* Ends the turn: what waits goes out, or learns that nothing was kept. */
static int commit(struct hoot *h, struct err *err)
{
	struct err scratch = ERR_INIT;
	if (!h->turn.conn)
		return 0;
	h->turn.conn = NULL;
	bool dirty = h->turn.dirty;
	h->turn.dirty = false;
	wire_timer_stop(h->commit_timer);
	int r = store_commit(h->store, &scratch);
	answer_held(h, r < 0 ? &scratch : NULL);
	if (r < 0) {
		log_error("a turn could not be committed, its requests have failed",
			  LOG_ERR(&scratch));
		drop_events(h, 0);
		h->turn.ended = h->turn.work = false;
		wire_arena_clear(&h->turn.arena);
		if (err)
			*err = scratch;
	} else if (dirty) {
		after_commit(h);
	}
	return r;
}

static void on_commit_timer(void *arg)
{
	(void)commit(arg, NULL); /* those who wait have been told, and it is logged */
}

int hoot_tx(struct hoot *h, struct store_conn **ret, struct err *err)
{
	int r = 0;
	if (!h->turn.conn) {
		r = store_begin(h->store, &h->turn.conn, err);
		if (r < 0)
			return r;
		wire_timer_start(h->commit_timer, 0);
	}
	if (!h->turn.in_call) {
		r = store_exec(h->turn.conn, err, "SAVEPOINT call", "");
		if (r < 0)
			return r;
		h->turn.in_call = true;
		h->turn.changes = store_total_changes(h->turn.conn);
	}
	*ret = h->turn.conn;
	return 0;
}

int hoot_tx_end(struct hoot *h, int r)
{
	if (!h->turn.in_call)
		return r;
	h->turn.in_call = false;
	if (r < 0 && !h->turn.keep)
		(void)store_exec(h->turn.conn, NULL, "ROLLBACK TO call",
				 ""); /* if this fails, so does the commit */
	(void)store_exec(h->turn.conn, NULL, "RELEASE call", ""); /* likewise */
	if (r >= 0 || h->turn.keep)
		h->turn.dirty |= store_total_changes(h->turn.conn) != h->turn.changes;
	h->turn.keep = false;
	return r;
}

void hoot_keep(struct hoot *h)
{
	h->turn.keep = true;
}

int hoot_settle(struct hoot *h, struct err *err)
{
	int r = 0;
	while (r == 0 && h->turn.conn) /* what follows a commit may have opened another */
		r = commit(h, err);
	return r;
}

int hoot_defer(struct hoot *h, const struct wire_call *call, struct wire_reply **ret,
	       struct err *err)
{
	int r = wire_call_defer(call, ret, err);
	if (r == 0)
		h->turn.deferred = true;
	return r;
}

int hoot_emit(struct hoot *h, enum wire_event_id type, const void *event, struct err *err)
{
	if (mem_grow(&h->turn.events, &h->turn.room_events, h->turn.n_events + 1,
		     sizeof(*h->turn.events)) < 0)
		return err_set(err, -ENOMEM, "event");
	h->turn.events[h->turn.n_events++] = (struct hoot_event){&wire_events[type], event};
	return 0;
}

static int hold(struct hoot *h, const struct wire_call *call, struct strbuf *text, struct err *err)
{
	if (mem_grow(&h->turn.held, &h->turn.room_held, h->turn.n_held + 1, sizeof(*h->turn.held)) <
	    0)
		return err_set(err, -ENOMEM, "reply");
	struct wire_reply *reply = later_take_reply(h);
	int r = reply ? 0 : wire_call_defer(call, &reply, err);
	if (r < 0)
		return r;
	size_t n = text->n;
	h->turn.held[h->turn.n_held++] = (struct hoot_held){reply, strbuf_take(text), n};
	return 0;
}

/* --- asked again -------------------------------------------------------------------------------- */

/* Whether asking twice must not do it twice: there is a key, and the request does not bear it by itself. */
static bool is_keyed(const struct wire_call *call)
{
	enum wire_annotations a = call->message->annotations;
	return *call->idempotency_key &&
	       (a == WIRE_ANNOTATIONS_NORMAL || a == WIRE_ANNOTATIONS_DESTRUCTIVE);
}

static struct answered answered_of(const struct wire_call *call)
{
	return (struct answered){call->actor, call->idempotency_key, call->payload.s,
				 call->payload.n};
}

/* 1: it was answered before, and is now again. The service remembers too, but not across a restart. */
static int answer_again(struct hoot *h, const struct wire_call *call, struct err *err)
{
	const struct answered a = answered_of(call);
	const char *result = NULL;
	struct store_conn *c;
	struct wire_reply *reply = NULL;
	int r = hoot_tx(h, &c, err);
	if (r == 0)
		r = answered_find(c, &a, call->arena, &result, err);
	hoot_tx_end(h, r < 0 ? r : 0);
	if (r <= 0)
		return r;
	r = wire_call_defer(call, &reply, err);
	if (r < 0)
		return r;
	wire_reply_json(reply, result, strlen(result));
	return 1;
}

/* In the transaction of what was done. */
static int note_answer(struct hoot *h, const struct wire_call *call, const char *result,
		       struct err *err)
{
	const struct answered a = answered_of(call);
	return h->turn.conn ? answered_add(h->turn.conn, &a, result, hoot_unix_ms(), err) : 0;
}

/* What a participant has changed is logged with it; what workers say is told by the jobs. */
static int log_change(struct hoot *h, const struct wire_call *call, struct err *err)
{
	if (!h->turn.conn || call->message->profile == WIRE_PROFILE_INTERNAL ||
	    call->message->annotations == WIRE_ANNOTATIONS_READ_ONLY)
		return 0;
	return change_log_add(h->turn.conn, hoot_actor(call), call->message->name, call->payload.s,
			      call->payload.n, hoot_unix_ms(), err);
}

/* Every request goes through here: its handler, then what became of the transaction. */
static int run_in_turn(void *context, const struct wire_call *call, const void *request, void *ret,
		       struct err *err)
{
	struct hoot *h = context;
	AUTO_STRBUF text = STRBUF_INIT;
	size_t n_events = h->turn.n_events;
	int r = is_keyed(call) && !later_is_resumed(h) ? answer_again(h, call, err) : 0;
	if (r != 0)
		return r < 0 ? r : 0;
	h->turn.deferred = h->turn.later = false;
	r = hoot_own_handlers[call->message - wire_messages].run(h, call, request, ret, err);
	if (h->turn.later)
		return 0;
	bool keep = h->turn.keep, deferred = h->turn.deferred;
	if (r == 0 && h->turn.in_call)
		r = log_change(h, call, err);
	if (deferred)
		r = 0; /* it is on its way to an answer; at worst it is not in the log */
	hoot_tx_end(h, r);
	if (r < 0 && !keep)
		drop_events(h, n_events);
	if (r < 0 || !h->turn.dirty)
		return r;
	r = wire_encode(call->message->result, ret, &text, err);
	if (r == 0 && is_keyed(call))
		r = note_answer(h, call, text.s, err);
	if (deferred) /* it is on its way to an answer; at worst this one is not remembered */
		return 0;
	return r < 0 ? r : hold(h, call, &text, err);
}

void hoot_turn_init(struct hoot *h)
{
	for (size_t i = 0; i < WIRE_MESSAGE_COUNT; i++) {
		h->handlers[i] = hoot_own_handlers[i];
		if (h->handlers[i].run)
			h->handlers[i].run = run_in_turn;
	}
}

int hoot_turn_open(struct hoot *h, struct err *err)
{
	return wire_timer_new(h->loop, on_commit_timer, h, &h->commit_timer, err);
}

void hoot_turn_done(struct hoot *h)
{
	if (h->store)
		(void)commit(h, NULL); /* logged */
	wire_timer_free(TAKE(h->commit_timer));
	free(h->turn.held);
	free(h->turn.events);
	wire_arena_done(&h->turn.arena);
}

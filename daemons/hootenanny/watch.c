#include "watch_priv.h"

#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "graph.h"
#include "question.h"
#include "watch_rows.h"

#define LOG_TOPIC "watch"
#include "base/log.h"

#include "base/banned.h"

#define TIMEOUT_MS 5000 /* for one time that it is asked */
#define GARDEN_NS  (INT64_C(5) * NS_PER_SEC)
#define REST       10 /* of so many parts of time at most one is spent on a watch */

/* Both sides of a difference fit an event. */
_Static_assert(2 * LIMIT_QUERY_WATCH_BYTES <= LIMIT_WIRE_MESSAGE_BYTES / 2, "a difference is longer than a message");

/* ---- life ---- */

void watch_free(struct watch *w)
{
	if (!w)
		return;
	if (w->running)
		graph_forget(w->hoot, w->ticket);
	for (size_t i = 0; i < w->n_shares; i++)
		free(w->shares[i].peer);
	struct err err = ERR_INIT;
	err_set(&err, -EAGAIN, "the watch has ended");
	for (size_t i = 0; i < w->n_waiting; i++)
		wire_reply_fail(w->waiting[i], &err);
	if (!list_empty(&w->link))
		w->hoot->watches->stats.n--;
	list_remove(&w->link);
	wire_timer_free(w->timer);
	query_answer_done(&w->answer);
	json_decref(w->variables);
	free(w->shares);
	free(w->waiting);
	free(w->key);
	free(w->text);
	free(w->name);
	free(w);
}

int watches_open(struct hoot *h, struct err *err)
{
	h->watches = calloc(1, sizeof(*h->watches));
	if (!h->watches)
		return err_set(err, -ENOMEM, "watches");
	list_init(&h->watches->all);
	h->watches->opened_ns = watch_now_ns();
	return 0;
}

void watches_stop(struct hoot *h)
{
	if (!h->watches)
		return;
	h->watches->stopping = true;
	LIST_EACH_SAFE(w, &h->watches->all, struct watch, link)
		watch_free(w);
}

void watches_close(struct hoot *h)
{
	watches_stop(h);
	free(TAKE(h->watches));
}

struct watch_stats watches_stats(const struct hoot *h)
{
	return h->watches->stats;
}

/* ---- answers ---- */

static void write_reply(const struct watch *w, struct json_out *o)
{
	const struct graph_told t = {.answer = &w->answer, .timeline = w->timeline, .revision = w->revision};
	json_out_object_begin(o);
	json_out_key(o, "watch_id");
	json_out_string(o, w->id);
	graph_told_write(&t, o);
	json_out_key(o, "n_unknown");
	json_out_int(o, w->n_unknown);
	json_out_key(o, "version");
	json_out_int(o, w->version);
	json_out_object_end(o);
}

void watch_answer(const struct watch *w, struct wire_reply *reply)
{
	AUTO_STRBUF text = STRBUF_INIT;
	struct json_out o;
	json_out_init(&o, &text);
	write_reply(w, &o);
	question_answer(reply, &text);
}

static void answer_waiting(struct watch *w)
{
	for (size_t i = 0; i < w->n_waiting; i++)
		watch_answer(w, w->waiting[i]);
	w->n_waiting = 0;
}

void watch_refuse_waiting(struct watch *w, const struct err *err, const struct tf_errors *errors)
{
	for (size_t i = 0; i < w->n_waiting; i++)
		question_refuse(w->waiting[i], err, errors);
	w->n_waiting = 0;
}

/* ---- events ---- */

static void publish(struct watch *w, struct watch_rows added, struct watch_rows removed, const char *trouble)
{
	struct err err = ERR_INIT;
	const struct query_changed_event e = {
		.watch_id = w->id,
		.has_name = *w->name,
		.name = w->name,
		.version = ++w->version,
		.added = {added.v, added.n},
		.removed = {removed.v, removed.n},
		.n_rows = (int64_t)w->answer.n_rows,
		.n_unknown = w->n_unknown,
		.has_trouble = trouble,
		.trouble = trouble,
	};
	if (wire_publish(w->hoot->publisher, &wire_events[WIRE_EVENT_query_changed], &e, &err) < 0)
		log_warn("a watch could not tell what changed; who watches sees a hole and asks", LOG_STR("watch", w->id), LOG_ERR(&err));
}

/* Once, until it is well again. */
static void tell_trouble(struct watch *w, const char *trouble)
{
	const struct watch_rows none = {NULL, 0};
	if (str_eq(w->trouble, trouble))
		return;
	(void)str_copy(w->trouble, sizeof(w->trouble), trouble);
	publish(w, none, none, trouble);
}

/* What cannot be told leaves a hole in the versions. */
static void tell_difference(struct watch *w, const struct watch_difference *d, bool all_found)
{
	if (!d->n_gone && !d->n_came && !all_found)
		return;
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct watch_rows added = {NULL, 0}, removed = {NULL, 0};
	if (watch_rows_of(d->now, d->came, d->n_now, &arena, &added) < 0 || watch_rows_of(d->was, d->gone, d->n_was, &arena, &removed) < 0) {
		added.n = removed.n = 0;
		w->version++;
	}
	publish(w, added, removed, NULL);
}

/* ---- at work ---- */

static void schedule(struct watch *w)
{
	if (w->running || !w->dirty)
		return;
	int64_t rest_ns = w->took_ns * REST > w->every_ns ? w->took_ns * REST : w->every_ns;
	int64_t left_ns = w->known ? w->began_ns + rest_ns - watch_now_ns() : 0;
	wire_timer_start(w->timer, left_ns > 0 ? (left_ns + NS_PER_MS - 1) / NS_PER_MS : 0);
}

/* NULL: these are rows to go by. A part of them would look as if the others had disappeared. */
static const char *trouble_of(const struct graph_told *t)
{
	if (t->code < 0)
		return err_msg(t->err);
	if (t->answer->rows.n > LIMIT_QUERY_WATCH_BYTES)
		return "the rows are too many bytes to be watched";
	bool part = t->answer->stop == QUERY_STOP_DEADLINE || t->answer->stop == QUERY_STOP_MEMORY || t->answer->stop == QUERY_STOP_CANCELLED;
	return part ? query_stop_name(t->answer->stop) : NULL;
}

static int take_answer(struct watch *w, const struct graph_told *t)
{
	struct watch_difference d = {.was = NULL};
	AUTO_QUERY_ANSWER was = w->answer;
	w->answer = (struct query_answer)QUERY_ANSWER_INIT;
	int r = w->known ? watch_difference(&was, t->answer, &d) : 0;
	if (r == 0)
		r = watch_answer_copy(t->answer, &w->answer);
	if (r < 0) {
		query_answer_done(&w->answer);
		w->answer = was;
		was = (struct query_answer)QUERY_ANSWER_INIT;
	} else {
		bool all_found = w->n_unknown && !t->n_unknown;
		w->timeline = t->timeline;
		w->revision = t->revision;
		w->n_unknown = t->n_unknown;
		w->trouble[0] = '\0';
		if (w->known)
			tell_difference(w, &d, all_found);
		w->known = true;
	}
	watch_difference_done(&d);
	return r;
}

static void refuse(struct watch *w, const struct graph_told *t, int r, const char *why)
{
	struct err err = ERR_INIT;
	if (t->code < 0)
		err = *t->err;
	else
		err_set(&err, r, "%s", why);
	watch_refuse_waiting(w, &err, t->errors);
	watch_free(w);
}

/*
 * When hootenanny has just begun it knows no timeline yet: who watched before the restart would see all of it disappear and
 * come back. The first answer waits for it, that is, for the change by which it arrives.
 */
static bool is_early(const struct watch *w, const struct graph_told *t)
{
	return !w->known && t->timeline && watch_now_ns() < w->hoot->watches->opened_ns + GARDEN_NS;
}

/*
 * What it may do now. A question that did not look at the transport would look at the same again wherever that is, and answer
 * the same: what comes of it depends on what it has seen alone, also where its limit has cut it. What the deadline or memory
 * has cut, or an error, is no answer: that never rests.
 */
static void settle(struct watch *w, bool rests, bool hears)
{
	w->rests = rests;
	w->hears = hears;
	w->hoot->watches->stats.rested += w->moved && rests;
	w->dirty |= (w->moved && !rests) || (w->heard && hears);
	w->moved = w->heard = false;
	schedule(w);
}

static void on_told(void *arg, const struct graph_told *t)
{
	struct watch *w = arg;
	const char *trouble = trouble_of(t);
	w->running = false;
	w->took_ns = watch_now_ns() - w->began_ns;
	if (trouble && !w->known) {
		refuse(w, t, t->answer->rows.n > LIMIT_QUERY_WATCH_BYTES ? -EMSGSIZE : -ETIMEDOUT, trouble);
		return;
	}
	if (is_early(w, t)) {
		settle(w, false, t->saw_events);
		return;
	}
	int r = trouble ? 0 : take_answer(w, t);
	if (r < 0 && !w->known) {
		refuse(w, t, -ENOMEM, "answer");
		return;
	}
	if (trouble)
		tell_trouble(w, trouble);
	answer_waiting(w);
	bool answered = !trouble && r == 0; /* else it may not have come to the events that it looks at */
	settle(w, answered && !t->saw_transport, t->saw_events || (!answered && w->hears));
}

int watch_ask(struct watch *w, struct err *err)
{
	const struct graph_ask ask = {.text = w->text,
				      .n_text = strlen(w->text),
				      .variables = w->variables,
				      .max_rows = w->limit,
				      .timeout_ms = TIMEOUT_MS,
				      .wait_ms = -1 /* what is found out meanwhile is a commit */};
	w->dirty = w->moved = w->heard = false;
	w->began_ns = watch_now_ns();
	int r = graph_ask(w->hoot, &ask, on_told, w, &w->ticket, err);
	w->running = r == 0;
	w->hoot->watches->stats.asked += w->running;
	return r;
}

void watch_on_timer(void *arg)
{
	struct watch *w = arg;
	struct err err = ERR_INIT;
	if (w->running || !w->dirty || watch_ask(w, &err) == 0)
		return;
	log_debug("a watch could not be asked again, trying later", LOG_STR("watch", w->id), LOG_ERR(&err));
	w->dirty = true;
	wire_timer_start(w->timer, w->every_ns / NS_PER_MS);
}

void watch_touch(struct watch *w)
{
	if (w->dirty)
		return; /* it is on its way */
	w->dirty = true;
	schedule(w);
}

static void moved(struct watch *w)
{
	if (w->running)
		w->moved = true; /* its answer will tell */
	else if (w->rests)
		w->hoot->watches->stats.rested++;
	else
		watch_touch(w);
}

void watches_moved(struct hoot *h)
{
	if (!h->watches)
		return;
	LIST_EACH(w, &h->watches->all, struct watch, link)
		moved(w);
}

static void heard(struct watch *w)
{
	if (w->running)
		w->heard = true; /* its answer will tell whether it wants to know */
	else if (w->hears)
		watch_touch(w);
}

void watches_heard(struct hoot *h)
{
	if (!h->watches)
		return;
	LIST_EACH(w, &h->watches->all, struct watch, link)
		heard(w);
}

void watches_changed(struct hoot *h)
{
	if (!h->watches)
		return;
	LIST_EACH(w, &h->watches->all, struct watch, link)
		watch_touch(w);
}

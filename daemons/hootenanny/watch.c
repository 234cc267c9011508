#include "watch.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "base/limits.h"
#include "base/str.h"
#include "graph.h"
#include "question.h"
#include "watch_rows.h"

#define LOG_TOPIC "watch"
#include "base/log.h"

#include "base/banned.h"

#define TIMEOUT_MS     5000 /* for one time that it is asked */
#define TIME_PASSES_NS (INT64_C(5) * NS_PER_SEC)
#define GARDEN_NS      (INT64_C(5) * NS_PER_SEC)
#define REST           10 /* of so many parts of time at most one is spent on a watch */

/* Who wants it, by connection. */
struct share {
	char *peer;
	int64_t until_ns;
};

struct watch {
	struct list link;
	struct hoot *hoot;
	char id[24];
	char *key, *text, *name; /* name: of a saved query; "" */
	json_t *variables;
	int64_t limit, every_ns;
	struct share *shares;
	size_t n_shares, room_shares;
	struct wire_reply **waiting; /* for the first answer */
	size_t n_waiting, room_waiting;
	bool known; /* what follows is an answer */
	struct query_answer answer;
	bool has_revision;
	int64_t revision, version;
	char trouble[240];
	bool running, dirty;
	uint64_t ticket;
	int64_t began_ns, took_ns;
	struct wire_timer *timer;
};

/* Both sides of a difference fit an event. */
_Static_assert(2 * LIMIT_QUERY_WATCH_BYTES <= LIMIT_WIRE_MESSAGE_BYTES / 2, "a difference is longer than a message");

struct watches {
	struct list all;
	size_t n;
	bool stopping;
	int64_t opened_ns;
};

static int64_t now_ns(void)
{
	return clock_monotonic_ns(clock_system());
}

/* ---- life ---- */

static void watch_free(struct watch *w)
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
		w->hoot->watches->n--;
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
AUTO_DEFINE(watch);

int watches_open(struct hoot *h, struct err *err)
{
	h->watches = calloc(1, sizeof(*h->watches));
	if (!h->watches)
		return err_set(err, -ENOMEM, "watches");
	list_init(&h->watches->all);
	h->watches->opened_ns = now_ns();
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

size_t watches_count(const struct hoot *h)
{
	return h->watches->n;
}

/* ---- answers ---- */

static void write_reply(const struct watch *w, struct json_out *o)
{
	const struct graph_told t = {.answer = &w->answer, .has_revision = w->has_revision, .revision = w->revision};
	json_out_object_begin(o);
	json_out_key(o, "watch_id");
	json_out_string(o, w->id);
	graph_told_write(&t, o);
	json_out_key(o, "version");
	json_out_int(o, w->version);
	json_out_object_end(o);
}

static void answer(const struct watch *w, struct wire_reply *reply)
{
	AUTO_STRBUF text = STRBUF_INIT;
	struct json_out o;
	struct err err = ERR_INIT;
	json_out_init(&o, &text);
	write_reply(w, &o);
	if (strbuf_ok(&text)) {
		wire_reply_json(reply, text.s, text.n);
	} else {
		err_set(&err, -ENOMEM, "answer");
		wire_reply_fail(reply, &err);
	}
}

static void answer_waiting(struct watch *w)
{
	for (size_t i = 0; i < w->n_waiting; i++)
		answer(w, w->waiting[i]);
	w->n_waiting = 0;
}

static void refuse_waiting(struct watch *w, const struct err *err, const struct tf_errors *errors)
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
static void tell_difference(struct watch *w, const struct watch_difference *d)
{
	if (!d->n_gone && !d->n_came)
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
	int64_t left_ns = w->known ? w->began_ns + rest_ns - now_ns() : 0;
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
		w->has_revision = t->has_revision;
		w->revision = t->revision;
		w->trouble[0] = '\0';
		if (w->known)
			tell_difference(w, &d);
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
	refuse_waiting(w, &err, t->errors);
	watch_free(w);
}

/*
 * When hootenanny has just begun it knows no timeline yet: who watched before the restart would see all of it disappear and
 * come back. The first answer waits for it, that is, for the change by which it arrives.
 */
static bool is_early(const struct watch *w, const struct graph_told *t)
{
	return !w->known && !t->has_revision && now_ns() < w->hoot->watches->opened_ns + GARDEN_NS;
}

static void on_told(void *arg, const struct graph_told *t)
{
	struct watch *w = arg;
	const char *trouble = trouble_of(t);
	w->running = false;
	w->took_ns = now_ns() - w->began_ns;
	if (trouble && !w->known) {
		refuse(w, t, t->answer->rows.n > LIMIT_QUERY_WATCH_BYTES ? -EMSGSIZE : -ETIMEDOUT, trouble);
		return;
	}
	if (is_early(w, t)) {
		schedule(w);
		return;
	}
	if (trouble)
		tell_trouble(w, trouble);
	else if (take_answer(w, t) < 0 && !w->known) {
		refuse(w, t, -ENOMEM, "answer");
		return;
	}
	answer_waiting(w);
	schedule(w);
}

static int run(struct watch *w, struct err *err)
{
	const struct graph_ask ask = {.text = w->text,
				      .n_text = strlen(w->text),
				      .variables = w->variables,
				      .max_rows = w->limit,
				      .timeout_ms = TIMEOUT_MS};
	w->dirty = false;
	w->began_ns = now_ns();
	int r = graph_ask(w->hoot, &ask, on_told, w, &w->ticket, err);
	w->running = r == 0;
	return r;
}

static void on_timer(void *arg)
{
	struct watch *w = arg;
	struct err err = ERR_INIT;
	if (w->running || !w->dirty || run(w, &err) == 0)
		return;
	log_debug("a watch could not be asked again, trying later", LOG_STR("watch", w->id), LOG_ERR(&err));
	w->dirty = true;
	schedule(w);
}

void watches_changed(struct hoot *h)
{
	if (!h->watches)
		return;
	LIST_EACH(w, &h->watches->all, struct watch, link) {
		if (w->dirty)
			continue; /* it is on its way */
		w->dirty = true;
		schedule(w);
	}
}

/* ---- who wants it ---- */

static void drop_share(struct watch *w, size_t i)
{
	free(w->shares[i].peer);
	w->shares[i] = w->shares[--w->n_shares];
}

static struct share *find_share(struct watch *w, const char *peer)
{
	for (size_t i = 0; i < w->n_shares; i++)
		if (str_eq(w->shares[i].peer, peer))
			return &w->shares[i];
	return NULL;
}

static int renew(struct watch *w, const char *peer, int64_t keep_ms, struct err *err)
{
	struct share *s = find_share(w, peer);
	int64_t until_ns = now_ns() + keep_ms * NS_PER_MS;
	if (s) {
		s->until_ns = until_ns;
		return 0;
	}
	if (w->n_shares >= LIMIT_QUERY_WATCHERS)
		return err_set(err, -EBUSY, "%zu watch this question already", w->n_shares);
	char *mine = strdup(peer);
	if (!mine || mem_grow(&w->shares, &w->room_shares, w->n_shares + 1, sizeof(*w->shares)) < 0) {
		free(mine);
		return err_set(err, -ENOMEM, "watch");
	}
	w->shares[w->n_shares++] = (struct share){mine, until_ns};
	return 0;
}

void watches_sweep(struct hoot *h)
{
	int64_t now = now_ns();
	if (!h->watches)
		return;
	LIST_EACH_SAFE(w, &h->watches->all, struct watch, link) {
		for (size_t i = w->n_shares; i-- > 0;)
			if (w->shares[i].until_ns < now)
				drop_share(w, i);
		if (!w->n_shares && !w->n_waiting) {
			watch_free(w);
		} else if (!w->dirty && now - w->began_ns > TIME_PASSES_NS) {
			w->dirty = true;
			schedule(w);
		}
	}
}

/* ---- requests ---- */

/* What makes two questions the same, as text. */
static char *key_of(const struct query_watch *req, const char *text, const json_t *variables)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct json_out o;
	char AUTO_MEM *values = json_text(variables, JSON_OUT_COMPACT | JSON_OUT_SORTED);
	if (!values)
		return NULL;
	json_out_init(&o, &b);
	json_out_array_begin(&o);
	json_out_string(&o, req->name);
	json_out_string(&o, text);
	json_out_raw(&o, values, strlen(values));
	json_out_int(&o, req->limit);
	json_out_array_end(&o);
	return strbuf_take(&b);
}

/* The same for the same question, also after a restart. */
static int name_it(struct watch *w, struct err *err)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	char hex[17];
	if (EVP_Digest(w->key, strlen(w->key), sum, NULL, EVP_sha256(), NULL) != 1)
		return err_set(err, -ENOMEM, "watch");
	hex_encode(hex, sum, 8);
	(void)snprintf(w->id, sizeof(w->id), "w%s", hex);
	return 0;
}

static struct watch *find_by_key(struct hoot *h, const char *key)
{
	LIST_EACH(w, &h->watches->all, struct watch, link)
	if (str_eq(w->key, key))
		return w;
	return NULL;
}

/* Takes the key over. */
static int watch_new(struct hoot *h, const struct query_watch *req, char *key, const char *text, json_t *variables, struct watch **ret,
		     struct err *err)
{
	AUTO(watch) w = calloc(1, sizeof(*w));
	if (!w) {
		free(key);
		return err_set(err, -ENOMEM, "watch");
	}
	list_init(&w->link);
	w->hoot = h;
	w->key = key;
	w->text = strdup(text);
	w->name = strdup(req->name);
	w->variables = json_deep_copy(variables);
	w->limit = req->limit;
	w->every_ns = req->every_ms * NS_PER_MS;
	w->answer = (struct query_answer)QUERY_ANSWER_INIT;
	if (!w->text || !w->name || !w->variables)
		return err_set(err, -ENOMEM, "watch");
	int r = name_it(w, err);
	if (r == 0)
		r = wire_timer_new(h->loop, on_timer, w, &w->timer, err);
	if (r < 0)
		return r;
	*ret = TAKE(w);
	return 0;
}

/* The watch of this question, new or not. */
static int find_or_make(struct hoot *h, const struct query_watch *req, const char *text, json_t *variables, struct watch **ret, struct err *err)
{
	char *key = key_of(req, text, variables);
	if (!key)
		return err_set(err, -ENOMEM, "watch");
	*ret = find_by_key(h, key);
	if (*ret) {
		free(key);
		return 0;
	}
	if (h->watches->n >= LIMIT_QUERY_WATCHES) {
		free(key);
		return err_set(err, -EBUSY, "%zu questions are watched", h->watches->n);
	}
	int r = watch_new(h, req, key, text, variables, ret, err);
	if (r == 0) {
		list_push(&h->watches->all, &(*ret)->link);
		h->watches->n++;
	}
	return r;
}

/* From here on the caller is answered, whatever happens. */
static void answer_or_wait(struct watch *w, struct wire_reply *reply)
{
	struct err err = ERR_INIT;
	if (w->known) {
		answer(w, reply);
		return;
	}
	if (mem_grow(&w->waiting, &w->room_waiting, w->n_waiting + 1, sizeof(*w->waiting)) < 0) {
		err_set(&err, -ENOMEM, "watch");
		wire_reply_fail(reply, &err);
		return;
	}
	w->waiting[w->n_waiting++] = reply;
	if (!w->running && run(w, &err) < 0) {
		refuse_waiting(w, &err, &(struct tf_errors)TF_ERRORS_INIT);
		watch_free(w);
	}
}

int query_watch_run(struct hoot *h, const struct wire_call *call, const struct query_watch *req, struct query_watch_result *ret,
		    struct err *err)
{
	AUTO_JSON json_t *variables = NULL;
	struct wire_reply *reply = NULL;
	struct watch *w = NULL;
	const char *text = NULL;
	if (h->watches->stopping)
		return err_set(err, -EAGAIN, "hootenanny is stopping");
	const struct question_asked asked = {req->query, req->name, req->has_variables ? req->variables : NULL};
	int r = question_find(h, call, &asked, &text, &variables, err);
	if (r == 0)
		r = find_or_make(h, req, text, variables, &w, err);
	if (r == 0)
		r = renew(w, call->peer, req->keep_ms, err);
	if (r == 0)
		r = hoot_defer(h, call, &reply, err);
	if (r < 0) {
		if (w && !w->n_shares)
			watch_free(w);
		return r;
	}
	if (req->every_ms * NS_PER_MS < w->every_ns)
		w->every_ns = req->every_ms * NS_PER_MS;
	answer_or_wait(w, reply);
	return 0;
}

int query_unwatch_run(struct hoot *h, const struct wire_call *call, const struct query_unwatch *req, struct query_unwatch_result *ret,
		      struct err *err)
{
	LIST_EACH_SAFE(w, &h->watches->all, struct watch, link) {
		struct share *s = str_eq(w->id, req->watch_id) ? find_share(w, call->peer) : NULL;
		if (!s)
			continue;
		drop_share(w, (size_t)(s - w->shares));
		if (!w->n_shares && !w->n_waiting)
			watch_free(w);
		return 0;
	}
	return err_field(err, -ENOENT, "watch_id", "this connection has no watch '%.64s'", req->watch_id);
}

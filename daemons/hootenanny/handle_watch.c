/* handle_watch.c - who watches a question, and for how long: see watch.h. */
#include "watch_priv.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "base/limits.h"
#include "base/str.h"
#include "question.h"

#include "base/banned.h"

#define TIME_PASSES_NS (INT64_C(5) * NS_PER_SEC)

/* ---- who wants it ---- */

static void drop_share(struct watch *w, size_t i)
{
	free(w->shares[i].peer);
	w->shares[i] = w->shares[--w->n_shares];
}

static bool is_wanted(const struct watch *w)
{
	return w->n_shares || w->n_waiting;
}

static struct watch_share *find_share(struct watch *w, const char *peer)
{
	for (size_t i = 0; i < w->n_shares; i++)
		if (str_eq(w->shares[i].peer, peer))
			return &w->shares[i];
	return NULL;
}

static int renew(struct watch *w, const char *peer, int64_t keep_ms, struct err *err)
{
	struct watch_share *s = find_share(w, peer);
	int64_t until_ns = watch_now_ns() + keep_ms * NS_PER_MS;
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
	w->shares[w->n_shares++] = (struct watch_share){mine, until_ns};
	return 0;
}

void watches_sweep(struct hoot *h)
{
	int64_t now = watch_now_ns();
	if (!h->watches)
		return;
	LIST_EACH_SAFE(w, &h->watches->all, struct watch, link) {
		for (size_t i = w->n_shares; i-- > 0;)
			if (w->shares[i].until_ns < now)
				drop_share(w, i);
		if (!is_wanted(w))
			watch_free(w);
		else if (now - w->began_ns > TIME_PASSES_NS)
			watch_touch(w);
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
		r = wire_timer_new(h->loop, watch_on_timer, w, &w->timer, err);
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
	if (h->watches->stats.n >= LIMIT_QUERY_WATCHES) {
		free(key);
		return err_set(err, -EBUSY, "%zu questions are watched", h->watches->stats.n);
	}
	int r = watch_new(h, req, key, text, variables, ret, err);
	if (r == 0) {
		list_push(&h->watches->all, &(*ret)->link);
		h->watches->stats.n++;
	}
	return r;
}

/* From here on the caller is answered, whatever happens. */
static void answer_or_wait(struct watch *w, struct wire_reply *reply)
{
	struct err err = ERR_INIT;
	if (w->known) {
		watch_answer(w, reply);
		return;
	}
	if (mem_grow(&w->waiting, &w->room_waiting, w->n_waiting + 1, sizeof(*w->waiting)) < 0) {
		err_set(&err, -ENOMEM, "watch");
		wire_reply_fail(reply, &err);
		return;
	}
	w->waiting[w->n_waiting++] = reply;
	if (!w->running && watch_ask(w, &err) < 0) {
		watch_refuse_waiting(w, &err, &(struct tf_errors)TF_ERRORS_INIT);
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
		if (w && !is_wanted(w))
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
		struct watch_share *s = str_eq(w->id, req->watch_id) ? find_share(w, call->peer) : NULL;
		if (!s)
			continue;
		drop_share(w, (size_t)(s - w->shares));
		if (!is_wanted(w))
			watch_free(w);
		return 0;
	}
	return err_field(err, -ENOENT, "watch_id", "this connection has no watch '%.64s'", req->watch_id);
}

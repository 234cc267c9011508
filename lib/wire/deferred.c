/*
 * deferred.c - replies that come later, from any thread. See service.h.
 */
#include "wire/service_priv.h"

#include <string.h>

int outbox_new(struct wire_wakeup *w, struct outbox **ret)
{
	struct outbox *b = calloc(1, sizeof(*b));
	if (!b)
		return -ENOMEM;
	pthread_mutex_init(&b->lock, NULL);
	list_init(&b->items);
	b->wakeup = w;
	b->refs = 1;
	*ret = b;
	return 0;
}

void outbox_unref(struct outbox *b)
{
	pthread_mutex_lock(&b->lock);
	bool last = --b->refs == 0;
	pthread_mutex_unlock(&b->lock);
	if (!last)
		return;
	pthread_mutex_destroy(&b->lock);
	free(b);
}

static void reply_free(struct wire_reply *r)
{
	outbox_unref(r->box);
	free(r);
}

/* A final item is part of its reply, which goes with it. */
static void item_free(struct outbox_item *i)
{
	free(i->text);
	if (i->final)
		reply_free(i->reply);
	else
		free(i);
}

void port_opened(struct wire_port *p, struct wire_reply *r)
{
	pthread_mutex_lock(&p->box->lock);
	p->box->refs++;
	pthread_mutex_unlock(&p->box->lock);
	r->box = p->box;
	list_push(&p->replies, &r->link);
	atomic_fetch_add_explicit(&p->n_open, 1, memory_order_relaxed);
	port_wake_at(p, r->deadline_ns);
}

void port_closed(struct wire_port *p, struct wire_reply *r)
{
	list_remove(&r->link);
	list_remove(&r->wait_link);
	reply_free(r);
	/* release: what was done for it happened before anybody counts it as drained */
	if (atomic_fetch_sub_explicit(&p->n_open, 1, memory_order_release) == 1)
		service_drained_a_bit(p->service);
}

void outbox_close(struct outbox *b)
{
	struct list items = LIST_INIT(items);
	struct outbox_item *i;
	pthread_mutex_lock(&b->lock);
	b->closed = true;
	while ((i = LIST_FIRST(&b->items, struct outbox_item, link))) {
		list_remove(&i->link);
		list_push(&items, &i->link);
	}
	pthread_mutex_unlock(&b->lock);
	while ((i = LIST_FIRST(&items, struct outbox_item, link))) {
		list_remove(&i->link);
		item_free(i);
	}
}

/* Hands an item to the port; gone when there is none any more. */
static void outbox_put(struct outbox *b, struct outbox_item *i)
{
	pthread_mutex_lock(&b->lock);
	bool closed = b->closed;
	if (!closed) {
		list_push(&b->items, &i->link);
		wire_wakeup_send(b->wakeup);
	}
	pthread_mutex_unlock(&b->lock);
	if (closed)
		item_free(i);
}

int wire_call_defer(const struct wire_call *call, struct wire_reply **ret, struct err *err)
{
	struct wire_pending *w = call->pending;
	struct wire_port *p = w->port;
	struct wire_reply *r = w->deferred ? NULL : calloc(1, sizeof(*r));
	if (!r)
		return err_set(err, w->deferred ? -EINVAL : -ENOMEM, "cannot answer %s later",
			       call->message->name);
	list_init(&r->wait_link);
	r->message = call->message;
	r->to = *w->to;
	r->key = w->key;
	r->deadline_ns = call->deadline_ns;
	r->rep = p->kind == WIRE_REP;
	w->deferred = r;
	port_opened(p, r);
	*ret = r;
	return 0;
}

static void finish(struct wire_reply *r, struct strbuf *text, bool keep, size_t payload_at)
{
	struct outbox_item *i = &r->last;
	*i = (struct outbox_item){
		.reply = r, .final = true, .keep = keep, .n = text->n, .payload_at = payload_at};
	i->text = strbuf_ok(text) ? strbuf_take(text) : NULL;
	outbox_put(r->box, i);
}

/* Where the payload begins in an envelope that was written with an id and a trace. */
static size_t payload_start(const struct strbuf *b)
{
	static const char mark[] = "\"payload\":";
	const char *p = strbuf_ok(b) ? strstr(b->s, mark) : NULL;
	return p ? (size_t)(p - b->s) + sizeof(mark) - 1 : 0;
}

void wire_reply_fail_with(struct wire_reply *r, const struct err *e, const char *details, size_t n)
{
	AUTO_STRBUF text = STRBUF_INIT;
	(void)wire_error_write(&text, r->to.id, &r->to.trace, e, (struct wire_slice){details, n});
	finish(r, &text, !err_retry(e->code), payload_start(&text));
}

void wire_reply_fail(struct wire_reply *r, const struct err *e)
{
	wire_reply_fail_with(r, e, "", 0);
}

static void finish_success(struct wire_reply *r, const char *result, size_t n)
{
	AUTO_STRBUF text = STRBUF_INIT;
	struct err err = ERR_INIT;
	(void)wire_success_write(&text, r->to.id, &r->to.trace, (struct wire_slice){result, n});
	if (port_fits(text.n, r->message, &err) < 0)
		wire_reply_fail(r, &err);
	else
		finish(r, &text, true, payload_start(&text));
}

void wire_reply_send(struct wire_reply *r, const void *result)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct err err = ERR_INIT;
	if (wire_encode(r->message->result, result, &b, &err) < 0)
		wire_reply_fail(r, &err);
	else
		finish_success(r, b.s, b.n);
}

void wire_reply_json(struct wire_reply *r, const char *result, size_t n)
{
	finish_success(r, result, n);
}

void wire_reply_progress(struct wire_reply *r, double fraction, const char *message)
{
	AUTO_STRBUF text = STRBUF_INIT;
	struct outbox_item *i = r->rep ? NULL : calloc(1, sizeof(*i));
	if (!i)
		return;
	(void)wire_progress_write(&text, r->to.id, &r->to.trace, fraction, message,
				  (struct wire_slice){"", 0});
	i->reply = r;
	i->n = text.n;
	i->text = strbuf_ok(&text) ? strbuf_take(&text) : NULL;
	outbox_put(r->box, i);
}

/* --- the port's side -------------------------------------------------------------------------- */

static void take_final(struct wire_port *p, struct outbox_item *i)
{
	static const char no_memory[] =
		"{\"type\":\"error\",\"code\":\"no_memory\",\"message\":\"out of memory\"}";
	struct wire_reply *r = i->reply;
	if (r->key && i->text)
		key_answer(p, r->key, i->text + i->payload_at, i->n - i->payload_at - 1, i->keep);
	else if (r->key)
		key_answer(p, r->key, no_memory, sizeof(no_memory) - 1, false);
	if (r->answered)
		atomic_fetch_add_explicit(&p->counters.late, 1, memory_order_relaxed);
	else if (i->text)
		port_send(p, &r->to, TAKE(i->text), i->n);
	free(i->text);
	port_closed(p, r);
}

static void take_progress(struct wire_port *p, struct outbox_item *i)
{
	if (!i->reply->answered && i->text)
		port_send(p, &i->reply->to, TAKE(i->text), i->n);
	item_free(i);
}

void port_take_outbox(void *arg)
{
	struct wire_port *p = arg;
	struct outbox_item *i;
	do {
		pthread_mutex_lock(&p->box->lock);
		i = LIST_FIRST(&p->box->items, struct outbox_item, link);
		if (i)
			list_remove(&i->link);
		pthread_mutex_unlock(&p->box->lock);
		if (i && i->final)
			take_final(p, i);
		else if (i)
			take_progress(p, i);
	} while (i);
}

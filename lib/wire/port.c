/*
 * port.c - one socket of a daemon: from a message to its handler and back. See service.h.
 */
#include "wire/service_priv.h"

#include "base/limits.h"
#include "base/str.h"

#define LOG_TOPIC "wire"
#include "base/log.h"

#include <signal.h>
#include <string.h>

static void count(atomic_uint_fast64_t *counter)
{
	atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

/* --- replies ---------------------------------------------------------------------------------- */

/* Takes `text`. */
void port_send(struct wire_port *p, const struct reply_to *to, char *text, size_t n)
{
	const struct wire_frame before[] = {{to->peer, to->n_peer}, {"", 0}};
	if (!text || wire_socket_send_taking(p->socket, before, to->delimiter ? 2 : 1, text, n) < 0)
		count(&p->counters.undelivered);
}

static void send_buffer(struct wire_port *p, const struct reply_to *to, struct strbuf *b)
{
	size_t n = b->n;
	port_send(p, to, strbuf_ok(b) ? strbuf_take(b) : NULL, n);
}

void port_send_error(struct wire_port *p, const struct reply_to *to, const struct err *err)
{
	AUTO_STRBUF b = STRBUF_INIT;
	count(&p->counters.errors);
	(void)wire_error_write(&b, to->id, &to->trace, err, (struct wire_slice){"", 0});
	send_buffer(p, to, &b);
}

void wire_call_progress(const struct wire_call *call, double fraction, const char *message)
{
	struct wire_pending *w = call->pending;
	AUTO_STRBUF b = STRBUF_INIT;
	if (w->port->kind == WIRE_REP)
		return;
	(void)wire_progress_write(&b, w->to->id, &w->to->trace, fraction, message,
				  (struct wire_slice){"", 0});
	send_buffer(w->port, w->to, &b);
}

/* --- deadlines -------------------------------------------------------------------------------- */

void port_wake_at(struct wire_port *p, int64_t at_ns)
{
	if (p->deadline_at_ns && p->deadline_at_ns <= at_ns)
		return;
	p->deadline_at_ns = at_ns;
	int64_t left_ns = at_ns - wire_loop_now_ns(p->loop);
	wire_timer_start(p->deadline, left_ns > 0 ? left_ns / NS_PER_MS + 1 : 0);
}

/*
 * Answers an open reply with an error; a waiter is gone after it, a token stays until its holder
 * ends it.
 */
static void give_up(struct wire_port *p, struct wire_reply *r, const struct err *err)
{
	r->answered = true;
	port_send_error(p, &r->to, err);
	if (r->waiter)
		port_closed(p, r);
}

static void deadline_passed(void *arg)
{
	struct wire_port *p = arg;
	int64_t now_ns = wire_loop_now_ns(p->loop), next_ns = 0;
	p->deadline_at_ns = 0;
	LIST_EACH_SAFE(r, &p->replies, struct wire_reply, link)
	{
		if (r->answered)
			continue;
		if (r->deadline_ns > now_ns) {
			next_ns = !next_ns || r->deadline_ns < next_ns ? r->deadline_ns : next_ns;
			continue;
		}
		struct err err = ERR_INIT;
		(void)err_set(&err, -ETIMEDOUT, "%s was not done by its deadline",
			      r->message->name);
		give_up(p, r, &err);
	}
	if (next_ns)
		port_wake_at(p, next_ns);
}

void port_abandon(void *arg)
{
	struct wire_port *p = arg;
	struct err err = ERR_INIT;
	(void)err_set(&err, -EAGAIN, "%s is shutting down and could not finish this",
		      p->service->name);
	LIST_EACH_SAFE(r, &p->replies, struct wire_reply, link)
	if (!r->answered)
		give_up(p, r, &err);
	atomic_store_explicit(&p->abandoned, true, memory_order_release);
	service_drained_a_bit(p->service);
}

/* --- one request ------------------------------------------------------------------------------ */

/* Who asks, readable: the identities of our clients are text already. */
static void name_peer(const struct reply_to *to, char ret[64])
{
	static const char digits[] = "0123456789abcdef";
	size_t n = 0;
	for (size_t i = 0; i < to->n_peer && n < 60; i++) {
		uint8_t c = to->peer[i];
		if (c > ' ' && c < 0x7F) {
			ret[n++] = (char)c;
			continue;
		}
		ret[n++] = digits[c >> 4];
		ret[n++] = digits[c & 15];
	}
	ret[n] = '\0';
}

static int decode_request(struct wire_port *p, const struct wire_message *m,
			  struct wire_slice payload, void **ret, struct err *err)
{
	void *req = wire_arena_alloc(&p->arena, m->request->size);
	if (!req)
		return err_set(err, -ENOMEM, "request");
	int r = wire_decode_text(m->request, payload.s, payload.n, WIRE_BOUNDED, &p->arena, req,
				 err);
	if (r == 0)
		*ret = req;
	return r;
}

static int run_handler(struct wire_port *p, enum wire_message_id id, const struct wire_call *call,
		       const void *req, void *ret, struct err *err)
{
	if (standard_has(id))
		return standard_run(p, id, call, req, ret, err);
	return p->handlers[id].run(p->service->o.user, call, req, ret, err);
}

static void answer(struct wire_port *p, const struct reply_to *to, struct wire_key *key,
		   struct strbuf *b, bool keep)
{
	static const char mark[] = "\"payload\":";
	const char *payload = key && strbuf_ok(b) ? strstr(b->s, mark) : NULL;
	if (payload) {
		payload += sizeof(mark) - 1;
		key_answer(p, key, payload, b->n - (size_t)(payload - b->s) - 1, keep);
	}
	send_buffer(p, to, b);
}

static void answer_error(struct wire_port *p, const struct reply_to *to, struct wire_key *key,
			 const struct err *err)
{
	AUTO_STRBUF b = STRBUF_INIT;
	count(&p->counters.errors);
	(void)wire_error_write(&b, to->id, &to->trace, err, (struct wire_slice){"", 0});
	answer(p, to, key, &b, !err_retry(err->code));
}

int port_fits(size_t n, const struct wire_message *m, struct err *err)
{
	if (n <= LIMIT_WIRE_MESSAGE_BYTES)
		return 0;
	return err_hint(err,
			err_set(err, -EMSGSIZE, "the answer has %zu bytes, more than %d", n,
				LIMIT_WIRE_MESSAGE_BYTES),
			"ask %s for less at once", m->name);
}

/* The envelope around the result in one go: the text before it, the result, the text after it. */
static int write_success(struct strbuf *b, const struct reply_to *to, const struct wire_message *m,
			 const void *result, struct err *err)
{
	int r = wire_success_write(b, to->id, &to->trace, (struct wire_slice){"", 0});
	if (r < 0)
		return r;
	b->n -= 2; /* the closing braces come after the result */
	r = wire_encode(m->result, result, b, err);
	if (r == 0)
		r = strbuf_add(b, "}}", 2);
	return r < 0 ? r : port_fits(b->n, m, err);
}

static void run(struct wire_port *p, const struct wire_envelope *e, const struct wire_message *m,
		const struct reply_to *to, struct wire_key *key)
{
	struct wire_pending pending = {p, to, key, NULL};
	char peer[64];
	name_peer(to, peer);
	int64_t deadline_ms = e->deadline_ms ? e->deadline_ms : p->service->o.default_deadline_ms;
	struct wire_call call = {
		.id = e->id,
		.actor = e->actor,
		.idempotency_key = e->idempotency_key,
		.peer = peer,
		.trace = to->trace,
		.deadline_ns = wire_loop_now_ns(p->loop) + deadline_ms * NS_PER_MS,
		.message = m,
		.payload = e->payload,
		.arena = &p->arena,
		.pending = &pending,
	};
	struct err err = ERR_INIT;
	void *req = NULL, *ret = wire_arena_alloc(&p->arena, m->result->size);
	int r = ret ? decode_request(p, m, e->payload, &req, &err)
		    : err_set(&err, -ENOMEM, "result");
	if (r == 0)
		r = run_handler(p, (enum wire_message_id)(m - wire_messages), &call, req, ret,
				&err);
	if (pending.deferred && r < 0)
		wire_reply_fail(pending.deferred, &err);
	if (pending.deferred)
		return;
	AUTO_STRBUF b = STRBUF_INIT;
	if (r == 0)
		r = write_success(&b, to, m, ret, &err);
	if (r == 0) {
		answer(p, to, key, &b, true);
		return;
	}
	if (!err.code)
		(void)err_set(&err, r, "%s failed", m->name);
	answer_error(p, to, key, &err);
}

/* --- admission -------------------------------------------------------------------------------- */

static int find_message(struct wire_port *p, const char *type, const struct wire_message **ret,
			struct err *err)
{
	const struct wire_message *m = wire_message_find(type);
	if (!m) {
		const char *near = wire_message_nearest(type);
		int r = err_field(err, -ENOTSUP, "payload.type", "there is no request '%s'", type);
		return near ? err_hint(err, r, "did you mean '%s'?", near) : r;
	}
	if (!p->answers[m - wire_messages])
		return err_field(err, -ENOTSUP, "payload.type",
				 "%s does not answer %s on its %s socket", p->service->name, type,
				 p->name);
	*ret = m;
	return 0;
}

static int admit(struct wire_port *p, const struct wire_message *m, struct err *err)
{
	bool standard = standard_has((enum wire_message_id)(m - wire_messages));
	if (wire_service_stopping(p->service) && !standard)
		return err_set(err, -EAGAIN, "%s is shutting down", p->service->name);
	int limit = p->service->o.in_flight;
	if (!standard && atomic_load_explicit(&p->n_open, memory_order_relaxed) >= limit) {
		count(&p->counters.busy);
		return err_set(err, -EBUSY, "%s works on %d requests already", p->service->name,
			       limit);
	}
	return 0;
}

static void replay(struct wire_port *p, const struct reply_to *to, const struct wire_key *k)
{
	struct wire_envelope e = {.trace = to->trace, .payload = {k->payload, k->n}};
	AUTO_STRBUF b = STRBUF_INIT;
	memcpy(e.id, to->id, sizeof(e.id));
	(void)wire_envelope_write(&b, &e);
	count(&p->counters.replayed);
	send_buffer(p, to, &b);
}

static int wait_with(struct wire_port *p, const struct wire_envelope *e,
		     const struct wire_message *m, const struct reply_to *to, struct wire_key *k,
		     struct err *err)
{
	struct wire_reply *w = calloc(1, sizeof(*w));
	if (!w)
		return err_set(err, -ENOMEM, "request");
	int64_t deadline_ms = e->deadline_ms ? e->deadline_ms : p->service->o.default_deadline_ms;
	w->message = m;
	w->to = *to;
	w->waiter = true;
	w->deadline_ns = wire_loop_now_ns(p->loop) + deadline_ms * NS_PER_MS;
	list_init(&w->wait_link);
	list_push(&k->waiters, &w->wait_link);
	port_opened(p, w);
	return 0;
}

static int dispatch(struct wire_port *p, const struct wire_envelope *e, const struct reply_to *to,
		    struct err *err)
{
	const struct wire_message *m = NULL;
	struct wire_key *key = NULL;
	enum key_found found = KEY_NEW;
	if (e->kind != WIRE_REQUEST)
		return err_field(err, -EINVAL, "payload.type", "'%s' is a reply, not a request",
				 e->type);
	int r = find_message(p, e->type, &m, err);
	if (r == 0)
		r = admit(p, m, err);
	if (r == 0 && e->idempotency_key[0])
		r = key_enter(p, e, &key, &found, err);
	if (r < 0)
		return r;
	if (found == KEY_RUNNING)
		return wait_with(p, e, m, to, key, err);
	if (found == KEY_ANSWERED)
		replay(p, to, key);
	else
		run(p, e, m, to, key);
	wire_arena_clear(&p->arena);
	return 0;
}

/* The peer's frames: identity, perhaps an empty one, the envelope. False for anything else. */
static bool read_frames(const struct wire_frame *frames, size_t n, struct reply_to *ret)
{
	ret->n_peer = 0;
	ret->delimiter = false;
	memset(&ret->trace, 0, sizeof(ret->trace));
	if (n < 2 || n > 3 || frames[0].n > sizeof(ret->peer) || (n == 3 && frames[1].n))
		return false;
	memcpy(ret->peer, frames[0].data, frames[0].n);
	ret->n_peer = frames[0].n;
	ret->delimiter = n == 3;
	return true;
}

static void receive(void *arg, const struct wire_frame *frames, size_t n)
{
	struct wire_port *p = arg;
	struct wire_envelope e;
	struct reply_to to;
	struct err err = ERR_INIT;
	bool framed = read_frames(frames, n, &to);
	int r = framed ? wire_envelope_parse(frames[n - 1].data, frames[n - 1].n, &e, &err)
		       : -EINVAL;
	if (!framed || (r < 0 && !e.id[0])) {
		count(&p->counters.malformed);
		/* A REQ peer waits until it is told something. */
		if (!framed || p->kind != WIRE_REP)
			return;
		memcpy(to.id, NIL_ID, sizeof(to.id));
		port_send_error(p, &to, &err);
		return;
	}
	memcpy(to.id, e.id, sizeof(to.id));
	if (r == 0) {
		to.trace = trace_child(&p->rng, &e.trace);
		count(&p->counters.requests);
		r = dispatch(p, &e, &to, &err);
	}
	if (r < 0)
		port_send_error(p, &to, &err);
}

/* --- life ------------------------------------------------------------------------------------- */

static int fill_answers(struct wire_port *p, const struct wire_port_options *o, struct err *err)
{
	p->answers = mem_new_array(WIRE_MESSAGE_COUNT, sizeof(bool));
	if (!p->answers)
		return err_set(err, -ENOMEM, "port");
	for (int i = 0; i < WIRE_MESSAGE_COUNT; i++)
		p->answers[i] = standard_has((enum wire_message_id)i) ||
				(o->handlers && !o->only && o->handlers[i].run);
	for (size_t i = 0; i < o->n_only; i++) {
		if (!o->handlers || !o->handlers[o->only[i]].run)
			return err_set(err, -EINVAL, "%s has no handler for %s", p->service->name,
				       wire_messages[o->only[i]].name);
		p->answers[o->only[i]] = true;
	}
	return 0;
}

static int open_parts(struct wire_port *p, const struct wire_port_options *o, struct err *err)
{
	const struct wire_service_options *so = &p->service->o;
	int r = 0;
	if (o->own_thread)
		r = wire_loop_new(&p->loop, err);
	else
		p->loop = so->loop;
	if (r == 0)
		r = wire_timer_new(p->loop, deadline_passed, p, &p->deadline, err);
	if (r == 0)
		r = wire_wakeup_new(p->loop, port_take_outbox, p, &p->box_wakeup, err);
	if (r == 0 && outbox_new(p->box_wakeup, &p->box) < 0)
		r = err_set(err, -ENOMEM, "port");
	struct wire_socket_options opts = {.curve = so->curve};
	if (r == 0)
		r = wire_socket_new(so->context, p->loop, o->kind, &opts, receive, p, &p->socket,
				    err);
	if (r == 0)
		r = wire_socket_bind(p->socket, o->endpoint, p->endpoint, err);
	return r;
}

int port_new(struct wire_service *s, const struct wire_port_options *o, struct wire_port **ret,
	     struct err *err)
{
	struct wire_port *p = calloc(1, sizeof(*p));
	if (!p)
		return err_set(err, -ENOMEM, "port");
	uint64_t seed;
	rng_entropy(&seed, sizeof(seed));
	rng_init(&p->rng, seed);
	p->service = s;
	p->kind = o->kind;
	p->handlers = o->handlers;
	p->own_thread = o->own_thread;
	p->urgent = o->urgent;
	p->arena = (struct wire_arena)WIRE_ARENA_INIT;
	list_init(&p->replies);
	list_init(&p->answered_keys);
	(void)str_copy(p->name, sizeof(p->name), o->name);
	p->keys = map_new();
	int r = p->keys ? 0 : err_set(err, -ENOMEM, "port");
	if (r == 0)
		r = fill_answers(p, o, err);
	if (r == 0)
		r = open_parts(p, o, err);
	if (r < 0) {
		port_free(p);
		return err_wrap(err, r, "%s socket", o->name);
	}
	*ret = p;
	return 0;
}

void port_free(struct wire_port *p)
{
	if (!p)
		return;
	port_stop_thread(p);
	if (p->box)
		outbox_close(p->box);
	/* Tokens are still held by handlers; they find the outbox closed. */
	LIST_EACH_SAFE(r, &p->replies, struct wire_reply, link)
	{
		list_remove(&r->link);
		list_remove(&r->wait_link);
		if (r->waiter) {
			outbox_unref(r->box);
			free(r);
		}
	}
	keys_free(p);
	wire_socket_free(p->socket);
	if (p->box)
		outbox_unref(p->box);
	wire_wakeup_free(p->box_wakeup);
	wire_timer_free(p->deadline);
	if (p->own_thread)
		wire_loop_free(p->loop);
	wire_arena_done(&p->arena);
	free(p->answers);
	free(p);
}

static void *port_run(void *arg)
{
	struct wire_port *p = arg;
	struct err err = ERR_INIT;
	if (p->urgent)
		(void)wire_thread_urgent(); /* without the right to it, it runs as others do */
	if (wire_loop_run(p->loop, &err) < 0)
		log_error("a socket's thread stopped, shutting down", LOG_STR("socket", p->name),
			  LOG_ERR(&err));
	return NULL;
}

int port_start_thread(struct wire_port *p, struct err *err)
{
	if (!p->own_thread || p->thread_runs)
		return 0;
	/* Signals belong to the service's thread. */
	sigset_t all, old;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	int r = pthread_create(&p->thread, NULL, port_run, p);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (r)
		return err_set(err, -r, "cannot start the thread of the %s socket", p->name);
	p->thread_runs = true;
	return 0;
}

void port_stop_thread(struct wire_port *p)
{
	if (!p->thread_runs)
		return;
	wire_loop_stop(p->loop);
	pthread_join(p->thread, NULL);
	p->thread_runs = false;
}

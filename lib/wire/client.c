#include "wire/client.h"

#include "base/json.h"
#include "base/limits.h"
#include "base/list.h"
#include "base/map.h"
#include "base/rng.h"
#include "wire/codec.h"
#include "wire/peer.h"

#include <string.h>

#define DEFAULT_DEADLINE_MS 30000
#define FULL_RETRY_MS       20

struct request {
	struct list link; /* in waiting, under_way or ending */
	uint64_t ticket;
	struct wire_envelope e; /* without payload and deadline */
	char *payload;
	size_t n_payload;
	int64_t deadline_ns;
	bool harmless, sent, lost;
	wire_answer_fn *answer;
	void *arg;
	void (*progress)(void *arg, double fraction, const char *message);
	void *progress_arg;
};

struct wire_client {
	struct wire_context *own_context;
	struct wire_loop *own_loop, *loop;
	struct wire_peer *peer;
	struct wire_timer *timer; /* the earliest deadline, or a full queue */
	int64_t timer_ns;         /* when it fires; 0: not set */
	struct list waiting, under_way, ending;
	size_t n_under_way;
	struct map *by_id;
	struct rng rng;
	uint64_t last_ticket;
	char actor[WIRE_KEY_MAX + 1];
	int64_t default_deadline_ms;
	struct wire_client_stats stats;
	int busy; /* depth of callbacks */
	bool closing;
};

/* --- life ------------------------------------------------------------------------------------- */

static void request_free(struct request *r)
{
	if (r)
		free(r->payload);
	free(r);
}
AUTO_DEFINE(request);

static void client_release(struct wire_client *c)
{
	wire_peer_free(c->peer);
	wire_timer_free(c->timer);
	LIST_EACH_SAFE(r, &c->waiting, struct request, link)
	request_free(r);
	LIST_EACH_SAFE(r, &c->under_way, struct request, link)
	request_free(r);
	LIST_EACH_SAFE(r, &c->ending, struct request, link)
	request_free(r);
	map_free(c->by_id);
	wire_loop_free(c->own_loop);
	wire_context_free(c->own_context);
	free(c);
}

static bool leave(struct wire_client *c)
{
	if (--c->busy || !c->closing)
		return true;
	client_release(c);
	return false;
}

void wire_client_free(struct wire_client *c)
{
	if (!c)
		return;
	c->closing = true;
	c->busy++;
	(void)leave(c);
}

/* --- ends ------------------------------------------------------------------------------------- */

static void forget(struct wire_client *c, struct request *r)
{
	list_remove(&r->link);
	(void)map_remove(c->by_id, r->e.id);
	if (r->sent)
		c->n_under_way--;
	c->stats.waiting--;
}

/* Ends a request that got no reply. Inside a callback guard. */
static void fail(struct wire_client *c, struct request *r, const struct err *err)
{
	struct wire_answer a = {
		.code = err->code, .result = {"", 0}, .err = err, .payload = {"", 0}};
	forget(c, r);
	r->answer(r->arg, &a);
	request_free(r);
}

static void say_why(struct wire_client *c, const struct request *r, struct err *err)
{
	if (r->lost)
		(void)err_set(
			err, -EAGAIN,
			"the connection was lost before %s was answered: it may have happened",
			r->e.type);
	else if (r->sent)
		(void)err_set(err, -ETIMEDOUT, "%s was not answered in time", r->e.type);
	else
		wire_peer_why(c->peer, err);
}

/* Ends what was put on the list for it. Callbacks may cancel others, or free the client. */
static void end_requests(struct wire_client *c)
{
	struct request *r;
	while (!c->closing && (r = LIST_FIRST(&c->ending, struct request, link))) {
		struct err err = ERR_INIT;
		say_why(c, r, &err);
		fail(c, r, &err);
	}
}

/* --- sending ---------------------------------------------------------------------------------- */

static void wake_at(struct wire_client *c, int64_t at_ns)
{
	if (c->timer_ns && c->timer_ns <= at_ns)
		return;
	c->timer_ns = at_ns;
	int64_t left_ns = at_ns - wire_loop_now_ns(c->loop);
	wire_timer_start(c->timer, left_ns > 0 ? left_ns / NS_PER_MS + 1 : 0);
}

static int send_now(struct wire_client *c, struct request *r)
{
	AUTO_STRBUF text = STRBUF_INIT;
	int64_t left_ms = (r->deadline_ns - wire_loop_now_ns(c->loop) + NS_PER_MS - 1) / NS_PER_MS;
	r->e.deadline_ms = left_ms > 0 ? left_ms : 1;
	r->e.payload = (struct wire_slice){r->payload, r->n_payload};
	if (wire_envelope_write(&text, &r->e) < 0)
		return -ENOMEM;
	size_t n = text.n;
	return wire_socket_send_taking(wire_peer_socket(c->peer), NULL, 0, strbuf_take(&text), n);
}

/* Sends what waits, as far as the window and the peer's queue allow. */
static void flush(struct wire_client *c)
{
	struct request *r;
	while (wire_peer_is_up(c->peer) && c->n_under_way < LIMIT_WIRE_WINDOW &&
	       (r = LIST_FIRST(&c->waiting, struct request, link))) {
		if (send_now(c, r) < 0) {
			wake_at(c, wire_loop_now_ns(c->loop) + FULL_RETRY_MS * NS_PER_MS);
			return;
		}
		list_remove(&r->link);
		list_push(&c->under_way, &r->link);
		r->sent = true;
		c->n_under_way++;
		c->stats.sent++;
	}
}

static int64_t collect_expired(struct wire_client *c, struct list *head, int64_t next_ns)
{
	int64_t now_ns = wire_loop_now_ns(c->loop);
	LIST_EACH_SAFE(r, head, struct request, link)
	{
		if (r->deadline_ns <= now_ns) {
			list_remove(&r->link);
			list_push(&c->ending, &r->link);
		} else if (!next_ns || r->deadline_ns < next_ns) {
			next_ns = r->deadline_ns;
		}
	}
	return next_ns;
}

static void time_passed(void *arg)
{
	struct wire_client *c = arg;
	c->busy++;
	c->timer_ns = 0;
	int64_t next_ns = collect_expired(c, &c->waiting, 0);
	next_ns = collect_expired(c, &c->under_way, next_ns);
	if (next_ns)
		wake_at(c, next_ns);
	end_requests(c);
	if (!c->closing)
		flush(c);
	(void)leave(c);
}

/* --- the connection --------------------------------------------------------------------------- */

static void peer_up(void *arg)
{
	flush(arg);
}

/*
 * What was under way is sent again where that is harmless; before what still waits, in the old
 * order.
 */
static void peer_down(void *arg)
{
	struct wire_client *c = arg;
	struct request *r;
	c->busy++;
	while ((r = LIST_LAST(&c->under_way, struct request, link))) {
		list_remove(&r->link);
		if (r->harmless) {
			r->sent = false;
			c->n_under_way--;
			c->stats.repeated++;
			list_unshift(&c->waiting, &r->link);
		} else {
			r->lost = true;
			list_unshift(&c->ending, &r->link);
		}
	}
	end_requests(c);
	(void)leave(c);
}

static void take_progress(struct request *r, const struct wire_envelope *e)
{
	struct wire_reply_progress p;
	if (r->progress && wire_progress_parse(e->payload, &p, NULL) == 0)
		r->progress(r->progress_arg, p.fraction, p.message);
}

/* -EINVAL when the payload is neither a success with a result nor an error with a code. */
static int read_answer(const struct wire_envelope *e, struct wire_reply_error *error,
		       struct wire_answer *ret)
{
	*ret = (struct wire_answer){.code = 0, .result = e->result, .payload = e->payload};
	if (e->kind == WIRE_SUCCESS)
		return e->result.n ? 0 : -EINVAL;
	if (e->kind != WIRE_ERROR || wire_error_parse(e->payload, error, NULL) < 0)
		return -EINVAL;
	ret->code = error->err.code;
	ret->err = &error->err;
	return 0;
}

static void receive(void *arg, const struct wire_frame *frames, size_t n)
{
	struct wire_client *c = arg;
	struct wire_envelope e;
	struct wire_reply_error error;
	struct wire_answer a;
	if (wire_envelope_parse(frames[n - 1].data, frames[n - 1].n, &e, NULL) < 0) {
		c->stats.malformed++;
		return;
	}
	struct request *r = map_get(c->by_id, e.id);
	if (!r || !r->sent) {
		c->stats.late++;
		return;
	}
	c->busy++;
	if (e.kind == WIRE_PROGRESS) {
		take_progress(r, &e);
	} else if (read_answer(&e, &error, &a) < 0) {
		c->stats.malformed++;
	} else {
		c->stats.answered++;
		forget(c, r);
		r->answer(r->arg, &a);
		request_free(r);
		if (!c->closing)
			flush(c);
	}
	(void)leave(c);
}

/* --- making ----------------------------------------------------------------------------------- */

static int own_parts(struct wire_client *c, struct wire_client_options *o, struct err *err)
{
	int r = 0;
	if (!o->context) {
		r = wire_context_new(&c->own_context, err);
		o->context = c->own_context;
	}
	if (r == 0 && !o->loop) {
		r = wire_loop_new(&c->own_loop, err);
		o->loop = c->own_loop;
	}
	c->loop = o->loop;
	return r;
}

static int connect_peer(struct wire_client *c, const struct wire_client_options *o, struct err *err)
{
	struct wire_peer_options p = {
		.context = o->context,
		.loop = o->loop,
		.kind = WIRE_DEALER,
		.name = o->name,
		.curve = o->curve,
		.place = {.loop = o->loop,
			  .family = o->family,
			  .daemon = o->daemon,
			  .socket = o->socket,
			  .endpoint = o->endpoint},
		.receive = receive,
		.up = peer_up,
		.down = peer_down,
		.arg = c,
	};
	return wire_peer_new(&p, &c->peer, err);
}

int wire_client_new(const struct wire_client_options *options, struct wire_client **ret,
		    struct err *err)
{
	struct wire_client_options o = *options;
	AUTO(wire_client) c = calloc(1, sizeof(*c));
	if (!c)
		return err_set(err, -ENOMEM, "client");
	list_init(&c->waiting);
	list_init(&c->under_way);
	list_init(&c->ending);
	uint64_t seed;
	rng_entropy(&seed, sizeof(seed));
	rng_init(&c->rng, seed);
	c->default_deadline_ms =
		o.default_deadline_ms ? o.default_deadline_ms : DEFAULT_DEADLINE_MS;
	if (o.actor && !str_copy(c->actor, sizeof(c->actor), o.actor))
		return err_field(err, -EINVAL, "actor", "the actor's name is longer than %d bytes",
				 WIRE_KEY_MAX);
	c->by_id = map_new();
	if (!c->by_id)
		return err_set(err, -ENOMEM, "client");
	int r = own_parts(c, &o, err);
	if (r == 0)
		r = wire_timer_new(c->loop, time_passed, c, &c->timer, err);
	if (r == 0)
		r = connect_peer(c, &o, err);
	if (r < 0)
		return r;
	*ret = TAKE(c);
	return 0;
}

/* --- asking ----------------------------------------------------------------------------------- */

static int set_text(char *to, const char *from, const char *field, struct err *err)
{
	if (from && !str_copy(to, WIRE_KEY_MAX + 1, from))
		return err_field(err, -EINVAL, field, "%s is longer than %d bytes", field,
				 WIRE_KEY_MAX);
	return 0;
}

static int fill_request(struct wire_client *c, struct request *r,
			const struct wire_request_options *o, struct err *err)
{
	int64_t now_ns = wire_loop_now_ns(c->loop);
	uuid_make(r->e.id, clock_real_ns(clock_system()), rng_next(&c->rng));
	int64_t deadline_ms = o->deadline_ms > 0 ? o->deadline_ms : c->default_deadline_ms;
	r->deadline_ns =
		now_ns + (deadline_ms < WIRE_DEADLINE_MAX_MS ? deadline_ms : WIRE_DEADLINE_MAX_MS) *
				 NS_PER_MS;
	r->e.trace = trace_child(&c->rng, o->trace);
	r->harmless = r->harmless || o->harmless || (o->idempotency_key && o->idempotency_key[0]);
	r->progress = o->progress;
	r->progress_arg = o->arg;
	int e = set_text(r->e.actor, o->actor ? o->actor : c->actor, "actor", err);
	return e < 0 ? e
		     : set_text(r->e.idempotency_key, o->idempotency_key, "idempotency_key", err);
}

static int enqueue(struct wire_client *c, struct request *r, uint64_t *ret_ticket, struct err *err)
{
	int e = map_set(c->by_id, r->e.id, r, NULL);
	if (e < 0)
		return err_set(err, e, "request");
	r->ticket = ++c->last_ticket;
	list_push(&c->waiting, &r->link);
	c->stats.waiting++;
	wake_at(c, r->deadline_ns);
	if (ret_ticket)
		*ret_ticket = r->ticket;
	flush(c);
	return 0;
}

/* Takes the payload's memory, also on error. */
static int send_payload(struct wire_client *c, const char *type, char *payload, size_t n,
			bool harmless, const struct wire_request_options *o, wire_answer_fn *fn,
			void *arg, uint64_t *ret_ticket, struct err *err)
{
	static const struct wire_request_options none;
	AUTO(request) r = payload ? calloc(1, sizeof(*r)) : NULL;
	if (!r) {
		free(payload);
		return err_set(err, -ENOMEM, "request");
	}
	r->payload = payload;
	r->n_payload = n;
	r->answer = fn;
	r->arg = arg;
	r->harmless = harmless;
	list_init(&r->link);
	(void)str_copy(r->e.type, sizeof(r->e.type), type);
	if (c->stats.waiting >= LIMIT_WIRE_CLIENT_QUEUE)
		return err_set(err, -EBUSY, "%d requests are waiting already",
			       LIMIT_WIRE_CLIENT_QUEUE);
	if (n + 1024 > LIMIT_WIRE_MESSAGE_BYTES)
		return err_set(err, -EMSGSIZE, "the request has %zu bytes, more than %d", n,
			       LIMIT_WIRE_MESSAGE_BYTES - 1024);
	int e = fill_request(c, r, o ? o : &none, err);
	if (e == 0)
		e = enqueue(c, r, ret_ticket, err);
	if (e == 0)
		(void)TAKE(r);
	return e;
}

static bool is_harmless(const struct wire_message *m)
{
	return m->annotations == WIRE_ANNOTATIONS_READ_ONLY ||
	       m->annotations == WIRE_ANNOTATIONS_IDEMPOTENT;
}

int wire_client_send(struct wire_client *c, const struct wire_message *message, const void *req,
		     const struct wire_request_options *o, wire_answer_fn *fn, void *arg,
		     uint64_t *ret_ticket, struct err *err)
{
	AUTO_STRBUF b = STRBUF_INIT;
	int r = wire_encode_payload(message->name, message->request, req, &b, err);
	if (r < 0)
		return r;
	size_t n = b.n;
	return send_payload(c, message->name, strbuf_take(&b), n, is_harmless(message), o, fn, arg,
			    ret_ticket, err);
}

int wire_client_send_json(struct wire_client *c, const char *payload, size_t n,
			  const struct wire_request_options *o, wire_answer_fn *fn, void *arg,
			  uint64_t *ret_ticket, struct err *err)
{
	char type[WIRE_NAME_MAX + 1];
	struct wire_slice value = wire_object_get((struct wire_slice){payload, n}, "type");
	if (!wire_string_copy(value, type, sizeof(type)) || !type[0])
		return err_field(err, -EINVAL, "type", "the payload is no object with a type");
	const struct wire_message *m = wire_message_find(type);
	char *copy = malloc(n + 1);
	if (copy) {
		memcpy(copy, payload, n);
		copy[n] = '\0';
	}
	return send_payload(c, type, copy, n, m && is_harmless(m), o, fn, arg, ret_ticket, err);
}

void wire_client_cancel(struct wire_client *c, uint64_t ticket)
{
	struct list *const heads[] = {&c->waiting, &c->under_way, &c->ending};
	for (size_t i = 0; i < COUNT_OF(heads); i++) {
		LIST_EACH_SAFE(r, heads[i], struct request, link)
		{
			if (r->ticket != ticket)
				continue;
			forget(c, r);
			request_free(r);
			return;
		}
	}
}

bool wire_client_connected(const struct wire_client *c)
{
	return wire_peer_is_up(c->peer);
}

struct wire_client_stats wire_client_stats(const struct wire_client *c)
{
	struct wire_client_stats s = c->stats;
	s.links = wire_peer_n_links(c->peer);
	return s;
}

struct wire_loop *wire_client_loop(struct wire_client *c)
{
	return c->loop;
}

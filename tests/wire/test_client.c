#include "wire/client.h"

#include "../check.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "rig.h"

#include <stdio.h>
#include <string.h>

#define CALL(c, name, req, ret, o, err) \
	wire_client_call((c), &wire_messages[WIRE_MESSAGE_##name], (req), (o), &arena, (ret), (err))

static void ok(int r, const struct err *err)
{
	if (r < 0)
		fail_msg("%d: %s", r, err_msg(err));
}

struct last {
	bool done;
	int code, n;
	char msg[240];
	struct wire_client **free_me;
};

static void keep_last(void *arg, const struct wire_answer *a)
{
	struct last *l = arg;
	l->done = true;
	l->n++;
	l->code = a->code;
	if (a->err)
		(void)str_copy(l->msg, sizeof(l->msg), a->err->msg);
	if (l->free_me)
		wire_client_free(TAKE(*l->free_me));
}

static uint64_t send_text(struct wire_client *c, const char *payload,
			  const struct wire_request_options *o, struct last *l)
{
	struct err err = ERR_INIT;
	uint64_t ticket = 0;
	*l = (struct last){.free_me = l->free_me};
	ok(wire_client_send_json(c, payload, strlen(payload), o, keep_last, l, &ticket, &err),
	   &err);
	return ticket;
}

static void until(struct wire_loop *loop, const bool *done)
{
	struct err err = ERR_INIT;
	ok(wire_loop_until(loop, done, clock_monotonic_ns(clock_system()) + 60 * NS_PER_SEC, &err),
	   &err);
}

/* --- a peer that says what the test wants, on the client's own loop --------------------------- */

struct script {
	struct wire_context *context;
	struct wire_loop *loop;
	struct wire_socket *socket;
	char endpoint[WIRE_ENDPOINT_SIZE];
	/* Writes the payload of the reply to the n-th request (0 …); false: none. */
	bool (*say)(struct script *s, int n, const struct wire_envelope *e, struct strbuf *ret);
	int n, copies;
	bool may_leave;
	uint8_t peer[WIRE_PEER_MAX];
	size_t n_peer;
	struct wire_envelope last;
	char raw[4096];
};

static void script_reply(struct script *s, const char *id, const char *payload)
{
	AUTO_STRBUF b = STRBUF_INIT;
	assert_int_equal(strbuf_addf(&b, "{\"id\":\"%s\",\"payload\":%s}", id, payload), 0);
	struct wire_frame f[] = {{s->peer, s->n_peer}, {b.s, b.n}};
	int r = wire_socket_send(s->socket, f, 2);
	/* A client that freed itself may be gone before its later requests are read. */
	assert_true(!r || (s->may_leave && r == -EHOSTUNREACH));
}

static void script_receive(void *arg, const struct wire_frame *frames, size_t n)
{
	struct script *s = arg;
	struct wire_envelope e;
	struct err err = ERR_INIT;
	AUTO_STRBUF b = STRBUF_INIT;
	assert_int_equal(n, 2);
	ok(wire_envelope_parse(frames[1].data, frames[1].n, &e, &err), &err);
	memcpy(s->peer, frames[0].data, frames[0].n);
	s->n_peer = frames[0].n;
	if (s->say(s, s->n++, &e, &b))
		for (int i = 0; i <= s->copies; i++)
			script_reply(s, e.id, b.s);
	s->last = e;
}

static struct wire_client *script_start(struct script *s)
{
	struct err err = ERR_INIT;
	struct wire_client *c = NULL;
	ok(wire_context_new(&s->context, &err), &err);
	ok(wire_loop_new(&s->loop, &err), &err);
	ok(wire_socket_new(s->context, s->loop, WIRE_ROUTER, NULL, script_receive, s, &s->socket,
			   &err),
	   &err);
	ok(wire_socket_bind(s->socket, "tcp://127.0.0.1:0", s->endpoint, &err), &err);
	struct wire_client_options o = {
		.name = "test", .context = s->context, .loop = s->loop, .endpoint = s->endpoint};
	ok(wire_client_new(&o, &c, &err), &err);
	return c;
}

static void script_stop(struct script *s, struct wire_client *c)
{
	wire_client_free(c);
	wire_socket_free(s->socket);
	wire_loop_free(s->loop);
	wire_context_free(s->context);
}

static bool say_pong(struct script *s, int n, const struct wire_envelope *e, struct strbuf *ret)
{
	return strbuf_adds(ret, "{\"type\":\"success\",\"result\":{\"n\":1}}") == 0;
}

static bool say_nothing(struct script *s, int n, const struct wire_envelope *e, struct strbuf *ret)
{
	return false;
}

static void test_client_drops_and_counts_replies_to_nothing(void **state)
{
	struct script s = {.say = say_pong, .copies = 2};
	struct wire_client *c = script_start(&s);
	struct last l = {0}, m = {0};
	send_text(c, "{\"type\":\"ping\"}", NULL, &l);
	until(s.loop, &l.done);
	s.copies = 0;
	send_text(c, "{\"type\":\"ping\"}", NULL, &m); /* behind the copies */
	until(s.loop, &m.done);
	assert_int_equal(l.n, 1);
	assert_int_equal(wire_client_stats(c).late, 2);
	script_stop(&s, c);
}

static void test_client_drops_a_reply_that_comes_after_the_deadline(void **state)
{
	struct script s = {.say = say_pong};
	struct wire_client *c = script_start(&s);
	struct last l = {0}, m = {0};
	struct err err = ERR_INIT;
	send_text(c, "{\"type\":\"ping\"}", NULL, &m); /* so that there is a connection: what comes now is sent at once */
	until(s.loop, &m.done);
	s.say = say_nothing;
	send_text(c, "{\"type\":\"ping\"}", &(struct wire_request_options){.deadline_ms = 20}, &l);
	until(s.loop, &l.done);
	assert_int_equal(l.code, -ETIMEDOUT);
	while (s.n < 2) /* it may be heard of after its deadline */
		ok(wire_loop_step(s.loop, 1000, &err), &err);
	script_reply(&s, s.last.id, "{\"type\":\"success\",\"result\":{}}");
	s.say = say_pong;
	send_text(c, "{\"type\":\"ping\"}", NULL, &m);
	until(s.loop, &m.done);
	assert_int_equal(wire_client_stats(c).late, 1);
	assert_int_equal(l.n, 1);
	script_stop(&s, c);
}

static bool say_rubbish(struct script *s, int n, const struct wire_envelope *e, struct strbuf *ret)
{
	static const char *const what[] = {
		"{\"type\":\"success\"}",
		"{\"type\":\"error\"}",
		"{\"type\":\"nonsense\"}",
		"{\"type\":\"error\",\"code\":\"from_the_future\",\"message\":\"later \\u00e9\"}",
	};
	for (size_t i = 0; i + 1 < COUNT_OF(what); i++)
		script_reply(s, e->id, what[i]);
	return strbuf_adds(ret, what[COUNT_OF(what) - 1]) == 0;
}

static void test_client_counts_replies_that_are_none_and_takes_unknown_codes(void **state)
{
	struct script s = {.say = say_rubbish};
	struct wire_client *c = script_start(&s);
	struct last l = {0};
	send_text(c, "{\"type\":\"ping\"}", NULL, &l);
	until(s.loop, &l.done);
	assert_int_equal(l.code, -EIO);
	assert_string_equal(l.msg, "later \xc3\xa9");
	assert_int_equal(wire_client_stats(c).malformed, 3);
	script_stop(&s, c);
}

static bool say_what_came(struct script *s, int n, const struct wire_envelope *e,
			  struct strbuf *ret)
{
	return strbuf_adds(ret, "{\"type\":\"success\",\"result\":{}}") == 0;
}

static void test_client_sends_actor_key_trace_and_what_is_left_of_the_deadline(void **state)
{
	struct script s = {.say = say_what_came};
	struct wire_client *c = script_start(&s);
	struct last l = {0};
	struct trace t;
	assert_int_equal(
		trace_parse("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", 55, &t), 0);
	send_text(c, "{\"type\":\"ping\"}",
		  &(struct wire_request_options){
			  .actor = "ada", .idempotency_key = "k", .trace = &t, .deadline_ms = 5000},
		  &l);
	until(s.loop, &l.done);
	assert_int_equal(l.code, 0);
	assert_string_equal(s.last.actor, "ada");
	assert_string_equal(s.last.idempotency_key, "k");
	assert_memory_equal(s.last.trace.trace_id, t.trace_id, sizeof(t.trace_id));
	assert_true(memcmp(s.last.trace.span_id, t.span_id, sizeof(t.span_id)) != 0);
	assert_in_range(s.last.deadline_ms, 1, 5000);
	script_stop(&s, c);
}

static void test_client_may_be_freed_from_its_own_callback(void **state)
{
	struct script s = {.say = say_pong, .may_leave = true};
	struct wire_client *c = script_start(&s);
	struct last l = {.free_me = &c}, never = {0};
	send_text(c, "{\"type\":\"ping\"}", NULL, &l);
	send_text(c, "{\"type\":\"ping\"}", NULL, &never);
	until(s.loop, &l.done);
	assert_null(c);
	assert_false(never.done);
	script_stop(&s, NULL);
}

static void test_client_forgets_a_cancelled_request(void **state)
{
	struct script s = {.say = say_pong};
	struct wire_client *c = script_start(&s);
	struct last l = {0}, m = {0};
	uint64_t ticket = send_text(c, "{\"type\":\"ping\"}", NULL, &l);
	wire_client_cancel(c, ticket);
	send_text(c, "{\"type\":\"ping\"}", NULL, &m);
	until(s.loop, &m.done);
	assert_false(l.done);
	assert_int_equal(wire_client_stats(c).waiting, 0);
	script_stop(&s, c);
}

static void test_client_refuses_what_it_cannot_send(void **state)
{
	struct script s = {.say = say_nothing};
	struct wire_client *c = script_start(&s);
	struct err err = ERR_INIT;
	struct last l = {0};
	assert_int_equal(wire_client_send_json(c, "[]", 2, NULL, keep_last, &l, NULL, &err),
			 -EINVAL);
	assert_int_equal(
		wire_client_send_json(c, "{\"type\":1}", 10, NULL, keep_last, &l, NULL, &err),
		-EINVAL);
	AUTO_STRBUF big = STRBUF_INIT;
	strbuf_adds(&big, "{\"type\":\"ping\",\"x\":\"");
	while (big.n < LIMIT_WIRE_MESSAGE_BYTES)
		strbuf_adds(&big, "xxxxxxxxxxxxxxxx");
	strbuf_adds(&big, "\"}");
	assert_int_equal(wire_client_send_json(c, big.s, big.n, NULL, keep_last, &l, NULL, &err),
			 -EMSGSIZE);
	int r = 0;
	for (int i = 0; i <= LIMIT_WIRE_CLIENT_QUEUE && r == 0; i++)
		r = wire_client_send_json(c, "{\"type\":\"ping\"}", 15, NULL, keep_last, &l, NULL,
					  &err);
	assert_int_equal(r, -EBUSY);
	assert_int_equal(wire_client_stats(c).waiting, LIMIT_WIRE_CLIENT_QUEUE);
	script_stop(&s, c);
}

/* --- peers that come and go ------------------------------------------------------------------- */

struct home {
	char *dir;
	struct wire_family *family;
};

static void home_open(struct home *h)
{
	struct err err = ERR_INIT;
	ok(fs_temp_dir(NULL, "family", &h->dir, &err), &err);
	ok(wire_family_open(h->dir, true, &h->family, &err), &err);
}

static void home_close(struct home *h)
{
	struct err err = ERR_INIT;
	wire_family_free(h->family);
	ok(fs_remove_tree(h->dir, &err), &err);
	free(h->dir);
}

static struct wire_client *home_client(struct home *h)
{
	struct wire_client_options o = {
		.name = "test", .family = h->family, .daemon = "chaosgarden", .socket = "shell"};
	struct wire_client *c = NULL;
	struct err err = ERR_INIT;
	ok(wire_client_new(&o, &c, &err), &err);
	return c;
}

static void test_client_says_unavailable_when_nobody_comes(void **state)
{
	struct home h;
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct err err = ERR_INIT;
	struct ping_result pong;
	home_open(&h);
	struct wire_client *c = home_client(&h);
	struct wire_request_options o = {.deadline_ms = 30};
	assert_int_equal(CALL(c, ping, &(struct ping){0}, &pong, &o, &err), -EAGAIN);
	assert_non_null(strstr(err.msg, "chaosgarden is not running"));
	wire_client_free(c);
	home_close(&h);
}

/* Rows: L28, L29 */
static void test_client_and_daemon_may_start_in_any_order_and_restart_elsewhere(void **state)
{
	static const char *const binds[] = {"tcp://127.0.0.1:0", NULL, "tcp://127.0.0.1:0"};
	struct home h;
	struct rig r;
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct err err = ERR_INIT;
	struct last l = {0};
	home_open(&h);
	struct wire_client *c = home_client(&h);
	send_text(c, "{\"type\":\"time_convert\",\"beats\":1}", NULL,
		  &l); /* before there is a daemon */
	for (size_t i = 0; i < COUNT_OF(binds); i++) {
		rig_start(&r, &(struct rig_options){.dir = h.dir, .bind = binds[i]});
		until(wire_client_loop(c), &l.done);
		assert_int_equal(l.code, 0);
		struct ping_result pong;
		ok(CALL(c, ping, &(struct ping){0}, &pong, NULL, &err), &err);
		assert_string_equal(pong.worker_id, wire_service_incarnation(r.service));
		/* Killed with a harmless request under way: it waits for the next one. */
		uint64_t ticket =
			send_text(c, "{\"type\":\"device_step\",\"frames\":3}",
				  &(struct wire_request_options){.idempotency_key = "step"}, &l);
		while (atomic_load(&r.n_waiting) < 1)
			ok(wire_loop_step(wire_client_loop(c), 1, &err), &err);
		rig_kill(&r);
		while (wire_client_connected(c))
			ok(wire_loop_step(wire_client_loop(c), 100, &err), &err);
		assert_false(l.done);
		wire_client_cancel(c, ticket);
		send_text(c, "{\"type\":\"time_convert\",\"beats\":1}", NULL, &l);
	}
	assert_int_equal(wire_client_stats(c).repeated, COUNT_OF(binds));
	wire_client_free(c);
	home_close(&h);
}

/* Rows: L28 */
static void test_client_repeats_what_is_harmless_and_ends_what_is_not(void **state)
{
	struct home h;
	struct rig r;
	struct err err = ERR_INIT;
	struct last harmless = {0}, other = {0};
	home_open(&h);
	rig_start(&r, &(struct rig_options){.dir = h.dir});
	struct wire_client *c = home_client(&h);
	send_text(c, "{\"type\":\"device_step\",\"frames\":3}", NULL, &other);
	send_text(c, "{\"type\":\"device_step\",\"frames\":4}",
		  &(struct wire_request_options){.idempotency_key = "k", .deadline_ms = 20000},
		  &harmless);
	while (atomic_load(&r.n_waiting) < 2)
		ok(wire_loop_step(wire_client_loop(c), 1, &err), &err);
	rig_kill(&r);
	until(wire_client_loop(c), &other.done);
	assert_int_equal(other.code, -EAGAIN);
	assert_non_null(strstr(other.msg, "may have happened"));
	rig_start(&r, &(struct rig_options){.dir = h.dir});
	while (atomic_load(&r.n_waiting) < 1)
		ok(wire_loop_step(wire_client_loop(c), 1, &err), &err);
	rig_release(&r);
	until(wire_client_loop(c), &harmless.done);
	assert_int_equal(harmless.code, 0);
	assert_int_equal(other.n, 1);
	wire_client_free(c);
	rig_stop(&r);
	home_close(&h);
}

/* Rows: L33 */
static void test_family_with_keys_may_be_reached_from_anywhere_by_its_own(void **state)
{
	struct home h;
	struct rig r;
	struct wire_curve keys;
	struct err err = ERR_INIT;
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct ping_result pong;
	home_open(&h);
	ok(wire_family_curve(h.family, true, &keys, &err), &err);
	rig_start(&r, &(struct rig_options){.dir = h.dir, .bind = "tcp://0.0.0.0:0"});
	struct wire_client *c = home_client(&h);
	ok(CALL(c, ping, &(struct ping){0}, &pong, NULL, &err), &err);
	assert_string_equal(pong.worker_id, wire_service_incarnation(r.service));
	/* One that does not know the family's keys is not heard. */
	struct wire_client *stranger = rig_client(&r, r.shell);
	struct wire_request_options o = {.deadline_ms = 300};
	assert_int_equal(CALL(stranger, ping, &(struct ping){0}, &pong, &o, &err), -EAGAIN);
	wire_client_free(stranger);
	wire_client_free(c);
	rig_stop(&r);
	home_close(&h);
}

/* Rows: L29 */
static void test_clients_of_one_name_never_get_each_others_replies(void **state)
{
	enum { N = 100 };
	struct rig r;
	struct wire_context *context;
	struct wire_loop *loop;
	struct wire_client *c[N];
	struct last l[N] = {{0}};
	struct err err = ERR_INIT;
	rig_start(&r, NULL);
	ok(wire_context_new(&context, &err), &err);
	ok(wire_loop_new(&loop, &err), &err);
	for (int i = 0; i < N; i++) {
		struct wire_client_options o = {
			.name = "same", .context = context, .loop = loop, .endpoint = r.shell};
		ok(wire_client_new(&o, &c[i], &err), &err);
		send_text(c[i], "{\"type\":\"time_convert\",\"beats\":1}", NULL, &l[i]);
	}
	for (int i = 0; i < N; i++) {
		until(loop, &l[i].done);
		assert_int_equal(l[i].code, 0);
		assert_int_equal(wire_client_stats(c[i]).late, 0);
		wire_client_free(c[i]);
	}
	wire_loop_free(loop);
	wire_context_free(context);
	rig_stop(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_client_drops_and_counts_replies_to_nothing),
		cmocka_unit_test(test_client_drops_a_reply_that_comes_after_the_deadline),
		cmocka_unit_test(test_client_counts_replies_that_are_none_and_takes_unknown_codes),
		cmocka_unit_test(
			test_client_sends_actor_key_trace_and_what_is_left_of_the_deadline),
		cmocka_unit_test(test_client_may_be_freed_from_its_own_callback),
		cmocka_unit_test(test_client_forgets_a_cancelled_request),
		cmocka_unit_test(test_client_refuses_what_it_cannot_send),
		cmocka_unit_test(test_client_says_unavailable_when_nobody_comes),
		cmocka_unit_test(
			test_client_and_daemon_may_start_in_any_order_and_restart_elsewhere),
		cmocka_unit_test(test_client_repeats_what_is_harmless_and_ends_what_is_not),
		cmocka_unit_test(test_family_with_keys_may_be_reached_from_anywhere_by_its_own),
		cmocka_unit_test(test_clients_of_one_name_never_get_each_others_replies),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

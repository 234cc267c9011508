#include "wire/service.h"

#include "../check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "rig.h"

#include <stdio.h>
#include <string.h>
#include <zmq.h>

#define CALL(c, name, req, ret, o, err) \
	wire_client_call((c), &wire_messages[WIRE_MESSAGE_##name], (req), (o), &arena, (ret), (err))

static void ok(int r, const struct err *err)
{
	if (r < 0)
		fail_msg("%d: %s (%s)", r, err_msg(err), err->field);
}

/* --- requests --------------------------------------------------------------------------------- */

/* Rows: S3-28, S3-32 */
static void test_service_answers_a_request(void **state)
{
	struct rig r;
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct err err = ERR_INIT;
	rig_start(&r, NULL);
	struct wire_client *c = rig_client(&r, r.shell);
	struct time_convert req = {.has_beats = true, .beats = 12.25};
	struct time_convert_result ret;
	ok(CALL(c, time_convert, &req, &ret, NULL, &err), &err);
	assert_true(ret.beats == 12.25);
	assert_int_equal(ret.bar, 't'); /* the actor came along */
	wire_client_free(c);
	rig_stop(&r);
	assert_int_equal(r.result, 0);
}

/* Rows: S3-33 */
static void test_service_works_over_tcp_with_a_picked_port(void **state)
{
	struct rig r;
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct err err = ERR_INIT;
	rig_start(&r, &(struct rig_options){.bind = "tcp://127.0.0.1:0"});
	assert_non_null(strstr(r.shell, "tcp://127.0.0.1:"));
	assert_true(strcmp(r.shell, r.control) != 0);
	struct wire_client *c = rig_client(&r, r.shell);
	struct time_convert req = {.has_beats = true, .beats = 3};
	struct time_convert_result ret;
	ok(CALL(c, time_convert, &req, &ret, NULL, &err), &err);
	assert_true(ret.beats == 3);
	wire_client_free(c);
	rig_stop(&r);
}

struct tally {
	int n, errors;
	double sum;
	bool done;
	int want;
};

static void count_answer(void *arg, const struct wire_answer *a)
{
	struct tally *t = arg;
	char text[32];
	double beats = 0;
	t->n++;
	t->errors += a->code < 0;
	struct wire_slice v =
		a->code < 0 ? (struct wire_slice){"0", 1} : wire_object_get(a->result, "beats");
	assert_true(v.n > 0 && v.n < sizeof(text));
	memcpy(text, v.s, v.n);
	text[v.n] = '\0';
	assert_int_equal(str_to_double(text, &beats), 0);
	t->sum += beats;
	t->done = t->n == t->want;
}

static void test_service_answers_ten_thousand_pipelined_requests_once_each(void **state)
{
	struct rig r;
	struct err err = ERR_INIT;
	struct tally t = {.want = 10000};
	double sum = 0;
	rig_start(&r, NULL);
	struct wire_client *c = rig_client(&r, r.shell);
	for (int i = 0; i < t.want; i++) {
		struct time_convert req = {.has_beats = true, .beats = i};
		int e;
		while ((e = wire_client_send(c, &wire_messages[WIRE_MESSAGE_time_convert], &req,
					     NULL, count_answer, &t, NULL, &err)) == -EBUSY)
			ok(wire_loop_step(wire_client_loop(c), -1, &err), &err);
		ok(e, &err);
		sum += i;
	}
	ok(wire_loop_until(wire_client_loop(c), &t.done, 0, &err), &err);
	assert_int_equal(t.errors, 0);
	assert_true(t.sum == sum);
	assert_int_equal(wire_client_stats(c).late, 0);
	wire_client_free(c);
	rig_stop(&r);
}

static void test_service_reports_a_handlers_error_with_its_field(void **state)
{
	struct rig r;
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct err err = ERR_INIT;
	rig_start(&r, NULL);
	struct wire_client *c = rig_client(&r, r.shell);
	struct transport_seek req = {.position_beats = -1};
	struct transport_seek_result ret;
	assert_int_equal(CALL(c, transport_seek, &req, &ret, NULL, &err), -EINVAL);
	assert_string_equal(err.field, "position_beats");
	assert_string_equal(err.msg, "not there");
	assert_true(err.hint[0] != '\0');
	wire_client_free(c);
	rig_stop(&r);
}

static int call_text(struct wire_client *c, const char *payload, struct err *err)
{
	AUTO_STRBUF b = STRBUF_INIT;
	*err = (struct err)ERR_INIT;
	return wire_client_call_json(c, payload, strlen(payload), NULL, &b, err);
}

static void test_service_refuses_unknown_requests_and_fields_by_name(void **state)
{
	struct rig r;
	struct err err;
	rig_start(&r, NULL);
	struct wire_client *c = rig_client(&r, r.shell);
	assert_int_equal(call_text(c, "{\"type\":\"transport_sek\",\"position_beats\":1}", &err),
			 -ENOTSUP);
	assert_non_null(strstr(err.hint, "transport_seek"));
	assert_int_equal(call_text(c, "{\"type\":\"transport_seek\",\"postion_beats\":1}", &err),
			 -EINVAL);
	assert_non_null(strstr(err.msg, "position_beats"));
	assert_int_equal(call_text(c, "{\"type\":\"region_list\"}", &err),
			 -ENOTSUP); /* known, but not answered here */
	assert_int_equal(call_text(c, "{\"type\":\"control_interrupt\"}", &err),
			 -ENOTSUP); /* another socket's */
	wire_client_free(c);
	rig_stop(&r);
}

static void test_service_answers_the_standard_requests_on_every_socket(void **state)
{
	struct rig r;
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct err err = ERR_INIT;
	rig_start(&r, NULL);
	const char *const endpoints[] = {r.shell, r.control};
	for (size_t i = 0; i < COUNT_OF(endpoints); i++) {
		struct wire_client *c = rig_client(&r, endpoints[i]);
		struct ping_result pong;
		ok(CALL(c, ping, &(struct ping){0}, &pong, NULL, &err), &err);
		assert_string_equal(pong.name, "chaosgarden");
		assert_string_equal(pong.worker_id, wire_service_incarnation(r.service));
		assert_true(pong.uptime_secs >= 0);
		struct status_result status;
		ok(CALL(c, status, &(struct status){0}, &status, NULL, &err), &err);
		assert_true(status.has_details &&
			    json_is_true(json_object_get(status.details, "rig")));
		assert_string_equal(status.metrics.v[0].name, "requests_total");
		assert_true(status.metrics.v[0].value >= 2);
		struct list_tools_result tools;
		ok(CALL(c, list_tools, &(struct list_tools){0}, &tools, NULL, &err), &err);
		assert_string_equal(tools.catalogue_hash, status.catalogue_hash);
		assert_true(tools.tools.n > 10);
		struct snapshot_result snapshot;
		ok(CALL(c, snapshot, &(struct snapshot){0}, &snapshot, NULL, &err), &err);
		assert_int_equal(json_integer_value(json_object_get(snapshot.state, "value")), 0);
		wire_client_free(c);
	}
	rig_stop(&r);
}

/* --- raw frames ------------------------------------------------------------------------------- */

#define ID "01890a5d-ac96-774b-bcce-b302099a8057"

struct raw {
	void *context, *socket;
};

static struct raw raw_open(int kind, const char *endpoint)
{
	int timeout = 60000, linger = 0;
	struct raw w = {zmq_ctx_new(), NULL};
	w.socket = zmq_socket(w.context, kind);
	zmq_setsockopt(w.socket, ZMQ_RCVTIMEO, &timeout, sizeof(timeout));
	zmq_setsockopt(w.socket, ZMQ_LINGER, &linger, sizeof(linger));
	assert_int_equal(zmq_connect(w.socket, endpoint), 0);
	return w;
}

static void raw_close(struct raw *w)
{
	zmq_close(w->socket);
	zmq_ctx_term(w->context);
}

static void raw_send(struct raw *w, const char *text)
{
	assert_int_equal(zmq_send(w->socket, text, strlen(text), 0), (int)strlen(text));
}

/* The next reply that is no progress. */
static void raw_receive(struct raw *w, char *ret, size_t room)
{
	do {
		int n = zmq_recv(w->socket, ret, room - 1, 0);
		if (n < 0)
			fail_msg("no reply: %s", zmq_strerror(errno));
		assert_true((size_t)n < room);
		ret[n] = '\0';
	} while (strstr(ret, "\"progress\""));
}

static const struct {
	const char *text;
	const char *reply; /* NULL: dropped and counted */
} bad_frames[] = {
	{"", NULL},
	{"no json", NULL},
	{"[]", NULL},
	{"{\"id\":\"not a uuid\",\"payload\":{\"type\":\"ping\"}}", NULL},
	{"{\"payload\":{\"type\":\"ping\"}}", NULL},
	{"{\"id\":\"" ID "\"", "\"invalid\""},
	{"{\"id\":\"" ID "\"}", "\"field\":\"payload\""},
	{"{\"id\":\"" ID "\",\"payload\":[]}", "\"field\":\"payload\""},
	{"{\"id\":\"" ID "\",\"payload\":{}}", "\"field\":\"payload.type\""},
	{"{\"id\":\"" ID "\",\"payload\":{\"type\":7}}", "\"field\":\"payload.type\""},
	{"{\"id\":\"" ID "\",\"payload\":{\"type\":\"success\",\"result\":{}}}", "\"invalid\""},
	{"{\"id\":\"" ID "\",\"deadline_ms\":0,\"payload\":{\"type\":\"ping\"}}",
	 "\"field\":\"deadline_ms\""},
	{"{\"id\":\"" ID "\",\"deadline_ms\":1.5,\"payload\":{\"type\":\"ping\"}}",
	 "\"field\":\"deadline_ms\""},
	{"{\"payload\":{\"type\":\"ping\",\"type\":\"ping\"},\"id\":\"" ID "\"}",
	 "\"field\":\"payload.type\""},
	{"{\"id\":\"" ID "\",\"payload\":{\"type\":\"ping\",\"x\":1,\"x\":2}}", "\"error\""},
	{"{\"id\":\"" ID "\",\"payload\":{\"type\":\"ping\"}} trailing", "\"corrupt\""},
	{"{\"id\":\"" ID "\",\"payload\":{\"type\":\"ping\",\"x\":\"\xff\"}}", "\"corrupt\""},
	{"{\"id\":\"" ID "\",\"payload\":{\"type\":\"ping\",\"x\":\"\\ud800\"}}", "\"corrupt\""},
	{"{\"id\":\"" ID "\",\"payload\":{\"type\":\"ping\",\"x\":01}}", "\"corrupt\""},
	/* The unknown beside the payload is ignored, null is absent. */
	{"{\"zzz\":[1,{}],\"actor\":null,\"id\":\"" ID "\",\"payload\":{\"type\":\"ping\"}}",
	 "\"success\""},
};

static void test_service_answers_or_counts_every_malformed_frame(void **state)
{
	struct rig r;
	char reply[8192];
	uint64_t dropped = 0;
	rig_start(&r, NULL);
	struct raw w = raw_open(ZMQ_DEALER, r.shell);
	for (size_t i = 0; i < COUNT_OF(bad_frames); i++) {
		raw_send(&w, bad_frames[i].text);
		dropped += !bad_frames[i].reply;
		if (!bad_frames[i].reply)
			continue;
		raw_receive(&w, reply, sizeof(reply));
		bool fits = strstr(reply, bad_frames[i].reply) ||
			    (strcmp(bad_frames[i].reply, "\"invalid\"") == 0 &&
			     strstr(reply, "\"corrupt\""));
		if (!strstr(reply, ID) || !fits)
			fail_msg("%s: %s", bad_frames[i].text, reply);
	}
	assert_int_equal(wire_service_stats(r.service).malformed, dropped);
	raw_close(&w);
	rig_stop(&r);
}

static void test_service_refuses_deep_and_oversized_messages_and_lives_on(void **state)
{
	struct rig r;
	char reply[8192];
	rig_start(&r, NULL);
	struct raw w = raw_open(ZMQ_DEALER, r.shell);
	AUTO_STRBUF deep = STRBUF_INIT, big = STRBUF_INIT;
	strbuf_adds(&deep, "{\"id\":\"" ID "\",\"payload\":{\"type\":\"ping\",\"x\":");
	for (int i = 0; i < 100000; i++)
		strbuf_addc(&deep, '[');
	raw_send(&w, deep.s);
	raw_receive(&w, reply, sizeof(reply));
	assert_non_null(strstr(reply, "too_large"));
	strbuf_adds(&big, "{\"id\":\"" ID "\",\"payload\":{\"type\":\"ping\",\"x\":\"");
	while (big.n < LIMIT_WIRE_MESSAGE_BYTES)
		strbuf_adds(&big, "0123456789abcdef");
	strbuf_adds(&big, "\"}}");
	raw_send(&w, big.s);
	raw_receive(&w, reply, sizeof(reply));
	assert_non_null(strstr(reply, "too_large"));
	raw_send(&w, "{\"id\":\"" ID "\",\"payload\":{\"type\":\"ping\"}}");
	raw_receive(&w, reply, sizeof(reply));
	assert_non_null(strstr(reply, "success"));
	raw_close(&w);
	rig_stop(&r);
}

static void test_service_disconnects_a_peer_whose_frame_is_far_too_large(void **state)
{
	struct rig r;
	char reply[8192];
	rig_start(&r, NULL);
	struct raw w = raw_open(ZMQ_DEALER, r.shell);
	char *huge = malloc(LIMIT_WIRE_FRAME_BYTES + 1);
	assert_non_null(huge);
	memset(huge, '[', LIMIT_WIRE_FRAME_BYTES + 1);
	assert_true(zmq_send(w.socket, huge, LIMIT_WIRE_FRAME_BYTES + 1, 0) > 0);
	free(huge);
	/* The connection is cut and made anew by ZeroMQ; what is sent over it then arrives. */
	struct raw other = raw_open(ZMQ_DEALER, r.shell);
	raw_send(&other, "{\"id\":\"" ID "\",\"payload\":{\"type\":\"ping\"}}");
	raw_receive(&other, reply, sizeof(reply));
	assert_non_null(strstr(reply, "success"));
	raw_close(&other);
	raw_close(&w);
	rig_stop(&r);
}

static void test_service_speaks_with_a_req_socket_and_drops_stray_frames(void **state)
{
	struct rig r;
	char reply[8192];
	rig_start(&r, NULL);
	struct raw w = raw_open(ZMQ_REQ, r.shell), d = raw_open(ZMQ_DEALER, r.shell);
	raw_send(&w, "{\"id\":\"" ID "\",\"payload\":{\"type\":\"ping\"}}");
	raw_receive(&w, reply, sizeof(reply));
	assert_non_null(strstr(reply, "success"));
	for (int i = 0; i < 20; i++)
		zmq_send(d.socket, "x", 1, ZMQ_SNDMORE);
	zmq_send(d.socket, "x", 1, 0);
	raw_send(&d, "{\"id\":\"" ID "\",\"payload\":{\"type\":\"ping\"}}");
	raw_receive(&d, reply, sizeof(reply));
	assert_non_null(strstr(reply, "success"));
	raw_close(&w);
	raw_close(&d);
	rig_stop(&r);
}

/* Rows: L29 */
static void test_heartbeat_echoes_the_id_and_survives_nonsense(void **state)
{
	struct rig r;
	char reply[8192];
	rig_start(&r, NULL);
	struct raw w = raw_open(ZMQ_REQ, r.heartbeat);
	raw_send(&w, "nonsense");
	raw_receive(&w, reply, sizeof(reply));
	assert_non_null(strstr(reply, "00000000-0000-0000-0000-000000000000"));
	assert_non_null(strstr(reply, "\"error\""));
	raw_send(&w, "{\"id\":\"" ID "\",\"payload\":{\"type\":\"ping\"}}");
	raw_receive(&w, reply, sizeof(reply));
	assert_non_null(strstr(reply, ID));
	assert_non_null(strstr(reply, "\"success\""));
	raw_close(&w);
	rig_stop(&r);
}

/* --- later replies ---------------------------------------------------------------------------- */

struct last {
	bool done;
	int code;
	char msg[240], details[40];
	int64_t frames;
	int n_progress;
	struct rig *release;
};

static void saw_progress(void *arg, double fraction, const char *message)
{
	struct last *l = arg;
	l->n_progress++;
	assert_true(fraction > 0 && fraction <= 1);
	assert_true(message[0] != '\0');
}

static void keep_last(void *arg, const struct wire_answer *a)
{
	struct last *l = arg;
	char text[32] = "0";
	l->done = true;
	l->code = a->code;
	if (a->code < 0) {
		struct wire_slice d = wire_object_get(a->payload, "details");
		(void)str_copy(l->msg, sizeof(l->msg), a->err->msg);
		if (d.n < sizeof(l->details))
			memcpy(l->details, d.s, d.n);
		return;
	}
	struct wire_slice v = wire_object_get(a->result, "stepped_frames");
	assert_true(v.n < sizeof(text));
	memcpy(text, v.s, v.n);
	text[v.n] = '\0';
	(void)str_to_int(text, &l->frames);
}

static void send_step(struct wire_client *c, int64_t frames, struct wire_request_options o,
		      struct last *l)
{
	struct err err = ERR_INIT;
	struct device_step req = {.frames = frames};
	*l = (struct last){.done = false};
	o.progress = saw_progress;
	o.arg = l;
	ok(wire_client_send(c, &wire_messages[WIRE_MESSAGE_device_step], &req, &o, keep_last, l,
			    NULL, &err),
	   &err);
}

static void finish(struct wire_client *c, struct last *l)
{
	struct err err = ERR_INIT;
	ok(wire_loop_until(wire_client_loop(c), &l->done,
			   clock_monotonic_ns(clock_system()) + 60 * NS_PER_SEC, &err),
	   &err);
}

/* Turns the client's loop until the rig holds n requests. */
static void until_held(struct rig *r, struct wire_client *c, int n)
{
	struct err err = ERR_INIT;
	while (atomic_load(&r->n_waiting) < n)
		ok(wire_loop_step(wire_client_loop(c), 1, &err), &err);
}

static void test_service_sends_deferred_replies_and_progress_from_another_thread(void **state)
{
	struct rig r;
	struct last a, b;
	rig_start(&r, NULL);
	struct wire_client *c = rig_client(&r, r.shell);
	send_step(c, 7, (struct wire_request_options){0}, &a);
	send_step(c, 13, (struct wire_request_options){0}, &b);
	until_held(&r, c, 2);
	rig_release(&r); /* on this thread */
	finish(c, &a);
	finish(c, &b);
	assert_int_equal(a.code, 0);
	assert_int_equal(a.frames, 7);
	assert_int_equal(a.n_progress, 1);
	assert_int_equal(b.code, -EIO);
	assert_string_equal(b.msg, "an unlucky number");
	assert_string_equal(b.details, "{\"errors\":[13]}");
	wire_client_free(c);
	rig_stop(&r);
}

static void test_service_answers_busy_beyond_its_bound(void **state)
{
	struct rig r;
	struct last l[3];
	rig_start(&r, &(struct rig_options){.in_flight = 2});
	struct wire_client *c = rig_client(&r, r.shell);
	for (int i = 0; i < 3; i++)
		send_step(c, i + 1, (struct wire_request_options){0}, &l[i]);
	finish(c, &l[2]);
	assert_int_equal(l[2].code, -EBUSY);
	assert_false(l[0].done || l[1].done);
	rig_release(&r);
	finish(c, &l[0]);
	finish(c, &l[1]);
	assert_int_equal(l[0].code, 0);
	assert_int_equal(wire_service_stats(r.service).busy, 1);
	wire_client_free(c);
	rig_stop(&r);
}

static void test_service_times_a_late_handler_out_and_counts_its_reply(void **state)
{
	struct rig r;
	char reply[8192];
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct err err = ERR_INIT;
	rig_start(&r, NULL);
	struct raw w = raw_open(ZMQ_DEALER, r.shell);
	raw_send(&w, "{\"id\":\"" ID
		     "\",\"deadline_ms\":30,\"payload\":{\"type\":\"device_step\",\"frames\":1}}");
	raw_receive(&w, reply, sizeof(reply));
	assert_non_null(strstr(reply, "\"timeout\""));
	rig_release(&r);
	/* The reply went through the same queue before this one is answered. */
	struct wire_client *c = rig_client(&r, r.shell);
	struct ping_result pong;
	ok(CALL(c, ping, &(struct ping){0}, &pong, NULL, &err), &err);
	while (wire_service_stats(r.service).late < 1)
		ok(CALL(c, ping, &(struct ping){0}, &pong, NULL, &err), &err);
	assert_int_equal(wire_service_stats(r.service).in_flight, 0);
	wire_client_free(c);
	raw_close(&w);
	rig_stop(&r);
}

/* --- idempotency ------------------------------------------------------------------------------ */

static void test_service_gives_the_first_answer_to_the_same_key(void **state)
{
	struct rig r;
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct err err = ERR_INIT;
	rig_start(&r, NULL);
	struct wire_client *c = rig_client(&r, r.shell);
	struct transport_seek req = {.position_beats = 4};
	struct transport_seek_result ret;
	struct wire_request_options o = {.idempotency_key = "once"};
	for (int i = 0; i < 5; i++) {
		ok(CALL(c, transport_seek, &req, &ret, &o, &err), &err);
		assert_int_equal(ret.bar, 1);
	}
	assert_int_equal(atomic_load(&r.n_seeks), 1);
	o.actor = "somebody else"; /* another actor's key is another key */
	ok(CALL(c, transport_seek, &req, &ret, &o, &err), &err);
	assert_int_equal(ret.bar, 2);
	o.actor = NULL;
	req.position_beats = 5; /* the same key for something else */
	assert_int_equal(CALL(c, transport_seek, &req, &ret, &o, &err), -EINVAL);
	assert_string_equal(err.field, "idempotency_key");
	req.position_beats = -1; /* an error that repeating cannot cure is an answer too */
	o.idempotency_key = "bad";
	for (int i = 0; i < 3; i++)
		assert_int_equal(CALL(c, transport_seek, &req, &ret, &o, &err), -EINVAL);
	assert_int_equal(atomic_load(&r.n_seeks), 3);
	wire_client_free(c);
	rig_stop(&r);
}

static void test_service_answers_repeats_of_a_running_key_together(void **state)
{
	struct rig r;
	struct last l[3];
	rig_start(&r, NULL);
	struct wire_client *c = rig_client(&r, r.shell);
	for (int i = 0; i < 3; i++)
		send_step(c, 9, (struct wire_request_options){.idempotency_key = "k"}, &l[i]);
	struct wire_client *other = rig_client(&r, r.control);
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct err err = ERR_INIT;
	until_held(&r, c, 1);
	while (wire_service_stats(r.service).in_flight < 3)
		ok(wire_loop_step(wire_client_loop(c), 1, &err), &err);
	struct control_interrupt_result ret;
	ok(CALL(other, control_interrupt, &(struct control_interrupt){0}, &ret, NULL, &err), &err);
	assert_true(ret.interrupted);
	for (int i = 0; i < 3; i++) {
		finish(c, &l[i]);
		assert_int_equal(l[i].frames, 9);
	}
	assert_int_equal(atomic_load(&r.n_waiting), 1);
	wire_client_free(other);
	wire_client_free(c);
	rig_stop(&r);
}

static void seen_it(void *arg, const struct wire_answer *a)
{
	struct tally *t = arg;
	t->errors += a->code < 0;
	t->done = ++t->n == t->want;
}

static void test_service_forgets_the_oldest_keys_first(void **state)
{
	struct rig r;
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct err err = ERR_INIT;
	struct tally t = { .want = LIMIT_WIRE_KEYS + 1 };
	struct transport_seek req = { .position_beats = 4 };
	struct transport_seek_result ret;
	char key[32];
	struct wire_request_options o = { .idempotency_key = key };
	rig_start(&r, NULL);
	struct wire_client *c = rig_client(&r, r.shell);
	for (int i = 0; i < t.want; i++) {
		(void)snprintf(key, sizeof(key), "k%d", i);
		ok(wire_client_send(c, &wire_messages[WIRE_MESSAGE_transport_seek], &req, &o, seen_it, &t,
				    NULL, &err),
		   &err);
	}
	ok(wire_loop_until(wire_client_loop(c), &t.done, 0, &err), &err);
	assert_int_equal(t.errors, 0);
	ok(CALL(c, transport_seek, &req, &ret, &o, &err), &err);
	assert_int_equal(ret.bar, t.want); /* the newest is remembered */
	o.idempotency_key = "k0";
	ok(CALL(c, transport_seek, &req, &ret, &o, &err), &err);
	assert_int_equal(ret.bar, t.want + 1); /* the oldest is not */
	wire_client_free(c);
	rig_stop(&r);
}

/* --- stopping and flooding -------------------------------------------------------------------- */

static void test_service_drains_what_is_in_flight_before_it_stops(void **state)
{
	struct rig r;
	struct last l;
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct err err = ERR_INIT;
	rig_start(&r, &(struct rig_options){.drain_ms = 60000}); /* longer than all of this takes */
	struct wire_client *c = rig_client(&r, r.shell), *control = rig_client(&r, r.control);
	send_step(c, 21, (struct wire_request_options){0}, &l);
	until_held(&r, c, 1);
	struct shutdown_result gone;
	ok(CALL(control, shutdown, &(struct shutdown){.reason = "upgrade"}, &gone, NULL, &err),
	   &err);
	assert_true(wire_service_stopping(r.service));
	struct time_convert_result ret;
	struct time_convert req = {.has_beats = true};
	struct err refused = ERR_INIT;
	assert_int_equal(CALL(c, time_convert, &req, &ret, NULL, &refused), -EAGAIN);
	assert_non_null(strstr(refused.msg, "shutting down"));
	struct ping_result pong; /* it still says that it is there */
	ok(CALL(c, ping, &(struct ping){0}, &pong, NULL, &err), &err);
	struct control_interrupt_result released;
	int e = CALL(control, control_interrupt, &(struct control_interrupt){0}, &released, NULL,
		     &err);
	assert_int_equal(e, -EAGAIN); /* not a standard request: refused as well */
	rig_release(&r);
	finish(c, &l);
	assert_int_equal(l.frames, 21);
	wire_client_free(control);
	wire_client_free(c);
	rig_stop(&r);
	assert_int_equal(r.result, 0);
}

static void test_service_abandons_what_does_not_end(void **state)
{
	struct rig r;
	struct last l;
	rig_start(&r, &(struct rig_options){.drain_ms = 20});
	struct wire_client *c = rig_client(&r, r.shell);
	send_step(c, 22, (struct wire_request_options){0}, &l);
	until_held(&r, c, 1);
	wire_service_stop(r.service, "test");
	finish(c, &l);
	assert_int_equal(l.code, -EAGAIN);
	assert_non_null(strstr(l.msg, "shutting down"));
	wire_client_free(c);
	rig_stop(&r);
	assert_int_equal(r.result, -ETIMEDOUT);
}

struct flood {
	struct wire_client *c;
	atomic_bool stop;
	atomic_int n;
};

static void refill(void *arg, const struct wire_answer *a)
{
	struct flood *f = arg;
	struct err err = ERR_INIT;
	struct time_convert req = {.has_beats = true};
	atomic_fetch_add(&f->n, 1);
	if (!atomic_load(&f->stop))
		(void)wire_client_send(f->c, &wire_messages[WIRE_MESSAGE_time_convert], &req, NULL,
				       refill, f, NULL, &err);
	else
		wire_loop_stop(wire_client_loop(f->c));
}

static void *flood_run(void *arg)
{
	struct flood *f = arg;
	struct err err = ERR_INIT;
	struct wire_answer none = {0};
	for (int i = 0; i < LIMIT_WIRE_WINDOW; i++)
		refill(f, &none);
	(void)wire_loop_run(wire_client_loop(f->c), &err);
	return NULL;
}

static void test_control_answers_while_shell_is_flooded(void **state)
{
	struct rig r;
	pthread_t thread;
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct err err = ERR_INIT;
	rig_start(&r, NULL);
	struct flood f = {.c = rig_client(&r, r.shell)};
	struct wire_client *control = rig_client(&r, r.control);
	struct control_interrupt_result ret;
	assert_int_equal(pthread_create(&thread, NULL, flood_run, &f), 0);
	rig_wait(&f.n, 2 * LIMIT_WIRE_WINDOW);
	for (int i = 0; i < 50; i++) {
		int64_t before = clock_monotonic_ns(clock_system());
		ok(CALL(control, control_interrupt, &(struct control_interrupt){0}, &ret, NULL,
			&err),
		   &err);
		assert_true(clock_monotonic_ns(clock_system()) - before < 5 * NS_PER_SEC);
	}
	int during = atomic_load(&f.n);
	rig_wait(&f.n, during + 1); /* the flood went on all the while */
	atomic_store(&f.stop, true);
	pthread_join(thread, NULL);
	wire_client_free(control);
	wire_client_free(f.c);
	rig_stop(&r);
}

/* Rows: L28 */
static void test_service_is_not_slowed_by_a_peer_that_never_reads(void **state)
{
	struct rig r;
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct err err = ERR_INIT;
	rig_start(&r, NULL);
	int one = 1;
	struct raw w = {zmq_ctx_new(), NULL};
	w.socket = zmq_socket(w.context, ZMQ_DEALER);
	zmq_setsockopt(w.socket, ZMQ_RCVHWM, &one, sizeof(one));
	zmq_setsockopt(w.socket, ZMQ_LINGER, &(int){0}, sizeof(int));
	assert_int_equal(zmq_connect(w.socket, r.shell), 0);
	AUTO_STRBUF text = STRBUF_INIT;
	strbuf_adds(&text, "{\"id\":\"" ID "\",\"payload\":{\"type\":\"ping\"}}");
	struct wire_client *c = rig_client(&r, r.shell);
	struct time_convert req = {.has_beats = true, .beats = 1};
	struct time_convert_result ret;
	/*
	 * Ask for answers until some had to be thrown away; everybody else is served throughout.
	 */
	while (wire_service_stats(r.service).undelivered == 0) {
		for (int i = 0; i < 100; i++)
			(void)zmq_send(w.socket, text.s, text.n, ZMQ_DONTWAIT);
		ok(CALL(c, time_convert, &req, &ret, NULL, &err), &err);
	}
	ok(CALL(c, time_convert, &req, &ret, NULL, &err), &err);
	raw_close(&w);
	wire_client_free(c);
	rig_stop(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_service_answers_a_request),
		cmocka_unit_test(test_service_works_over_tcp_with_a_picked_port),
		cmocka_unit_test(test_service_answers_ten_thousand_pipelined_requests_once_each),
		cmocka_unit_test(test_service_reports_a_handlers_error_with_its_field),
		cmocka_unit_test(test_service_refuses_unknown_requests_and_fields_by_name),
		cmocka_unit_test(test_service_answers_the_standard_requests_on_every_socket),
		cmocka_unit_test(test_service_answers_or_counts_every_malformed_frame),
		cmocka_unit_test(test_service_refuses_deep_and_oversized_messages_and_lives_on),
		cmocka_unit_test(test_service_disconnects_a_peer_whose_frame_is_far_too_large),
		cmocka_unit_test(test_service_speaks_with_a_req_socket_and_drops_stray_frames),
		cmocka_unit_test(test_heartbeat_echoes_the_id_and_survives_nonsense),
		cmocka_unit_test(
			test_service_sends_deferred_replies_and_progress_from_another_thread),
		cmocka_unit_test(test_service_answers_busy_beyond_its_bound),
		cmocka_unit_test(test_service_times_a_late_handler_out_and_counts_its_reply),
		cmocka_unit_test(test_service_gives_the_first_answer_to_the_same_key),
		cmocka_unit_test(test_service_answers_repeats_of_a_running_key_together),
		cmocka_unit_test(test_service_forgets_the_oldest_keys_first),
		cmocka_unit_test(test_service_drains_what_is_in_flight_before_it_stops),
		cmocka_unit_test(test_service_abandons_what_does_not_end),
		cmocka_unit_test(test_control_answers_while_shell_is_flooded),
		cmocka_unit_test(test_service_is_not_slowed_by_a_peer_that_never_reads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

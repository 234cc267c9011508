/*
 * test_hostile.c - what is malformed, truncated, oversized, deeply nested or unknown, thrown at every socket of the running
 * daemons: what has an id gets an error that names the field, the rest is dropped and counted in `status`, and the daemons
 * live on. Then who may reach them at all: ipc:// like tcp://, and nothing but loopback without keys.
 *
 * The messages are bytes on plain ZeroMQ sockets, or bytes on plain connections; nothing of ours stands between.
 */
#include "stage.h"

#include "../check.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/str.h"
#include "base/uuid.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <zmq.h>

#define ID          "01938e6a-7c00-7000-8000-0000000000aa"
#define PATIENCE_MS 30000
#define MUTANTS     20

/* --- plain sockets --- */

struct raw {
	void *context, *socket;
	bool request; /* an empty frame before each message, as a REQ socket sends it */
};

static struct raw raw_open(const char *endpoint, int kind)
{
	struct raw w = { .context = zmq_ctx_new() };
	int linger = 0, patience = PATIENCE_MS;
	w.socket = zmq_socket(w.context, kind);
	zmq_setsockopt(w.socket, ZMQ_LINGER, &linger, sizeof(linger));
	zmq_setsockopt(w.socket, ZMQ_RCVTIMEO, &patience, sizeof(patience));
	zmq_setsockopt(w.socket, ZMQ_SNDTIMEO, &patience, sizeof(patience));
	if (zmq_connect(w.socket, endpoint) < 0)
		fail_msg("%s: %s", endpoint, zmq_strerror(errno));
	return w;
}

static void raw_close(struct raw *w)
{
	zmq_close(w->socket);
	zmq_ctx_term(w->context);
}

static void raw_send(struct raw *w, const void *bytes, size_t n)
{
	if (w->request)
		assert_int_equal(zmq_send(w->socket, "", 0, ZMQ_SNDMORE), 0);
	if (zmq_send(w->socket, bytes, n, 0) < 0)
		fail_msg("send %zu bytes: %s", n, zmq_strerror(errno));
}

static json_t *raw_receive(struct raw *w, const char *after)
{
	struct err err = ERR_INIT;
	json_t *reply = NULL;
	int more = 1;
	while (more) {
		zmq_msg_t m;
		size_t size = sizeof(more);
		zmq_msg_init(&m);
		if (zmq_msg_recv(&m, w->socket, 0) < 0)
			fail_msg("no answer to %.200s", after);
		zmq_getsockopt(w->socket, ZMQ_RCVMORE, &more, &size);
		if (!more && json_parse(zmq_msg_data(&m), zmq_msg_size(&m), &reply, &err) < 0)
			fail_msg("%.200s is answered with no JSON: %s", after, err.msg);
		zmq_msg_close(&m);
	}
	return reply;
}

/* Sends a ping with an id of its own and reads up to its answer: what was sent before has been dealt with. Its n-th reply. */
static int catch_up(struct raw *w)
{
	char id[UUID_SIZE], text[200];
	int others = 0;
	uuid_new(id);
	int n = snprintf(text, sizeof(text), "{\"id\":\"%s\",\"payload\":{\"type\":\"ping\"}}", id);
	raw_send(w, text, (size_t)n);
	for (;; others++) {
		AUTO_JSON json_t *reply = raw_receive(w, text);
		if (strcmp(stage_text(reply, "id"), id) != 0)
			continue;
		assert_string_equal(stage_text(reply, "payload.type"), "success");
		return others;
	}
}

/* --- the family --- */

static struct stage stage;
static pid_t pids[2];
static const char *const daemons[2] = { "hootenanny", "chaosgarden" };

static int open_family(const char *bind)
{
	static const char *const tcp[] = { "--device", "stepped", NULL };
	char ipc[400];
	const char *const args[] = { "--device", "stepped", "--bind", ipc, NULL };
	stage_open(&stage, tcp);
	if (bind) { /* in the stage's own folder, which is known only now */
		const char *const down[] = { "--family", stage.family_dir, "down", NULL };
		const char *up[] = { "--family", stage.family_dir, "up", "--detach", args[0], args[1], args[2], ipc, NULL };
		AUTO_MEM char *out = NULL;
		(void)snprintf(ipc, sizeof(ipc), "ipc://%s/s", stage.dir);
		assert_int_equal(stage_run("holler", down, NULL), 0);
		if (stage_run("holler", up, &out) != 0)
			fail_msg("%s", out);
	}
	for (int i = 0; i < 2; i++)
		pids[i] = stage_pid(&stage, daemons[i]);
	return 0;
}

static int setup_tcp(void **state)
{
	return open_family(NULL);
}

static int setup_ipc(void **state)
{
	return open_family("ipc");
}

static int teardown(void **state)
{
	stage_close(&stage);
	return 0;
}

static void check_alive(void)
{
	for (int i = 0; i < 2; i++) {
		assert_int_equal(stage_pid(&stage, daemons[i]), pids[i]);
		AUTO_JSON json_t *r = stage_ask(i ? stage.garden : stage.hoot, "{'type':'ping'}");
		assert_string_equal(stage_text(r, "name"), daemons[i]);
	}
}

static double metric(const char *daemon, const char *name)
{
	bool garden = strcmp(daemon, "chaosgarden") == 0;
	AUTO_JSON json_t *r = stage_ask(garden ? stage.garden : stage.hoot, "{'type':'status'}");
	return stage_metric(r, name);
}

/* Every socket of both daemons as they announced it, with its role of the table. */
static void each_socket(void (*f)(const char *daemon, enum wire_role role, const char *endpoint))
{
	for (size_t i = 0; i < wire_n_socket_rows; i++) {
		const struct wire_socket_row *row = &wire_socket_rows[i];
		char endpoint[WIRE_ENDPOINT_SIZE];
		struct err err = ERR_INIT;
		if (strcmp(row->daemon, daemons[0]) != 0 && strcmp(row->daemon, daemons[1]) != 0)
			continue;
		if (wire_family_lookup(stage.family, row->daemon, row->socket, endpoint, &err) < 0)
			fail_msg("%s %s: %s", row->daemon, row->socket, err.msg);
		f(row->daemon, row->role, endpoint);
	}
}

static bool answers(enum wire_role role)
{
	return role != WIRE_ROLE_EVENTS && role != WIRE_ROLE_HINTS;
}

/* --- messages --- */

static const struct {
	const char *text, *code, *field; /* code NULL: no id, so dropped and counted */
} bad[] = {
	{ "", NULL, NULL },
	{ "{", NULL, NULL },
	{ "null", NULL, NULL },
	{ "\xff\xfe\xfd", NULL, NULL },
	{ "GET / HTTP/1.1\r\n\r\n", NULL, NULL },
	{ "{\"id\":7,\"payload\":{\"type\":\"ping\"}}", NULL, NULL },
	{ "{\"id\":\"x\",\"payload\":{\"type\":\"ping\"}}", NULL, NULL },
	{ "{\"payload\":{\"type\":\"ping\"}}", NULL, NULL },
	{ "{\"id\":\"" ID "\"", "corrupt", "" },
	{ "{\"id\":\"" ID "\",\"payload\":{\"type\":\"ping\"}", "corrupt", "" },
	{ "{\"id\":\"" ID "\",\"payload\":{\"type\":\"pi", "corrupt", "" },
	{ "{\"id\":\"" ID "\",\"payload\":{\"type\":\"ping\"}}{}", "corrupt", "" },
	{ "{\"id\":\"" ID "\"}", "invalid", "payload" },
	{ "{\"id\":\"" ID "\",\"payload\":[]}", "invalid", "payload" },
	{ "{\"id\":\"" ID "\",\"payload\":{}}", "invalid", "payload.type" },
	{ "{\"id\":\"" ID "\",\"payload\":{\"type\":[]}}", "invalid", "payload.type" },
	{ "{\"id\":\"" ID "\",\"payload\":{\"type\":\"no_such_thing\"}}", "unsupported", "payload.type" },
	{ "{\"id\":\"" ID "\",\"payload\":{\"type\":\"pinng\"}}", "unsupported", "payload.type" },
	{ "{\"id\":\"" ID "\",\"payload\":{\"type\":\"success\",\"result\":{}}}", "invalid", "payload.type" },
	{ "{\"id\":\"" ID "\",\"payload\":{\"type\":\"ping\",\"loud\":true}}", "invalid", "loud" },
	{ "{\"id\":\"" ID "\",\"payload\":{\"type\":\"shutdown\",\"reason\":[]}}", "invalid", "reason" },
	{ "{\"id\":\"" ID "\",\"actor\":7,\"payload\":{\"type\":\"ping\"}}", "invalid", "actor" },
	{ "{\"id\":\"" ID "\",\"deadline_ms\":-1,\"payload\":{\"type\":\"ping\"}}", "invalid", "deadline_ms" },
	{ "{\"id\":\"" ID "\",\"traceparent\":7,\"payload\":{\"type\":\"ping\"}}", "invalid", "traceparent" },
	{ "{\"id\":\"" ID "\",\"payload\":{\"type\":\"ping\"},\"payload\":{\"type\":\"ping\"}}", "invalid", "payload" },
};

static void expect_error(struct raw *w, const char *text, size_t n, const char *code, const char *field)
{
	raw_send(w, text, n);
	AUTO_JSON json_t *reply = raw_receive(w, text);
	assert_string_equal(stage_text(reply, "id"), ID);
	assert_string_equal(stage_text(reply, "payload.type"), "error");
	const char *got = json_string_value(json_object_get(stage_value(reply, "payload"), "field"));
	if (strcmp(stage_text(reply, "payload.code"), code) != 0 || strcmp(got ? got : "", field) != 0 ||
	    !stage_text(reply, "payload.message")[0])
		fail_msg("%.200s: %s, field '%s': %s", text, stage_text(reply, "payload.code"), got ? got : "",
			 stage_text(reply, "payload.message"));
}

/* Nested deeper and longer than any limit. */
static void throw_big_ones(struct raw *w)
{
	AUTO_STRBUF deep = STRBUF_INIT, big = STRBUF_INIT;
	strbuf_adds(&deep, "{\"id\":\"" ID "\",\"payload\":{\"type\":\"ping\",\"x\":");
	for (int i = 0; i < 100000; i++)
		strbuf_adds(&deep, i % 2 ? "[" : "{\"\":");
	expect_error(w, deep.s, deep.n, "too_large", "");
	strbuf_adds(&big, "{\"id\":\"" ID "\",\"payload\":{\"type\":\"ping\",\"x\":\"");
	while (big.n < LIMIT_WIRE_MESSAGE_BYTES)
		strbuf_adds(&big, "0123456789abcdef0123456789abcdef");
	strbuf_adds(&big, "\"}}");
	expect_error(w, big.s, big.n, "too_large", "");
}

/* Valid requests with bytes changed, cut out and put in. What is answered, and how, is open; that we live is not. */
static void throw_mutants(struct raw *w, struct rng *rng)
{
	static const char *const seeds[] = {
		"{\"id\":\"" ID "\",\"actor\":\"a\",\"deadline_ms\":100,\"payload\":{\"type\":\"status\"}}",
		"{\"id\":\"" ID "\",\"payload\":{\"type\":\"time_convert\",\"bar\":5,\"beat_in_bar\":1.5}}",
		"{\"id\":\"" ID "\",\"idempotency_key\":\"k\",\"payload\":{\"type\":\"job_list\",\"limit\":5}}",
		"{\"id\":\"" ID "\",\"traceparent\":\"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\","
		"\"payload\":{\"type\":\"snapshot\"}}",
	};
	for (int i = 1; i <= 300; i++) {
		char text[512];
		const char *seed = seeds[rng_below(rng, COUNT_OF(seeds))];
		size_t n = strlen(seed);
		memcpy(text, seed, n);
		for (uint64_t k = rng_below(rng, 4) + 1; k > 0; k--) {
			size_t at = (size_t)rng_below(rng, n);
			if (rng_below(rng, 3) == 0 && n > 8) {
				memmove(text + at, text + at + 1, n - at - 1);
				n--;
			} else {
				text[at] = (char)rng_below(rng, 256);
			}
		}
		raw_send(w, text, n);
		if (i % MUTANTS == 0) /* fewer than a queue holds: what a peer does not read is dropped */
			assert_true(catch_up(w) <= MUTANTS);
	}
}

static void throw_messages(const char *daemon, enum wire_role role, const char *endpoint)
{
	if (!answers(role))
		return;
	struct raw w = raw_open(endpoint, ZMQ_DEALER);
	struct rng rng;
	w.request = role == WIRE_ROLE_HEARTBEAT;
	rng_init(&rng, 7);
	double before = metric(daemon, "malformed_total"), dropped = 0;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		if (bad[i].code) {
			expect_error(&w, bad[i].text, strlen(bad[i].text), bad[i].code, bad[i].field);
			continue;
		}
		raw_send(&w, bad[i].text, strlen(bad[i].text));
		dropped++;
		/* A REP socket must answer before it hears the next: with an error that has no id to repeat. */
		if (w.request)
			json_decref(raw_receive(&w, bad[i].text));
	}
	if (!w.request) {
		for (int i = 0; i < LIMIT_WIRE_FRAMES + 3; i++)
			assert_int_equal(zmq_send(w.socket, "x", 1, i < LIMIT_WIRE_FRAMES + 2 ? ZMQ_SNDMORE : 0), 1);
		dropped++;
	}
	assert_int_equal(catch_up(&w), 0);
	if (metric(daemon, "malformed_total") != before + dropped)
		fail_msg("%s: %g messages were dropped, %g counted", endpoint, dropped,
			 metric(daemon, "malformed_total") - before);
	throw_big_ones(&w);
	throw_mutants(&w, &rng);
	raw_close(&w);
}

/* Rows: S0-140, L31 */
static void test_bad_messages_get_an_error_with_the_field_or_are_counted(void **state)
{
	each_socket(throw_messages);
	check_alive();
}

/* --- events --- */

static void throw_at_publisher(const char *daemon, enum wire_role role, const char *endpoint)
{
	static const char junk[][4] = { "\2x", "\xff", "{}", "" };
	if (role != WIRE_ROLE_EVENTS)
		return;
	double before = metric(daemon, "malformed_total");
	struct raw w = raw_open(endpoint, ZMQ_XSUB);
	for (size_t i = 0; i < COUNT_OF(junk); i++)
		assert_true(zmq_send(w.socket, junk[i], strlen(junk[i]), 0) >= 0);
	AUTO_STRBUF topic = STRBUF_INIT;
	strbuf_addc(&topic, '\1');
	while (topic.n < 100000)
		strbuf_adds(&topic, "no_such_topic");
	assert_true(zmq_send(w.socket, topic.s, topic.n, 0) > 0);
	assert_int_equal(zmq_send(w.socket, "\1", 1, 0), 1); /* everything */
	AUTO_JSON json_t *event = raw_receive(&w, "a subscription");
	assert_string_equal(stage_text(event, "sender"), daemon);
	assert_true(metric(daemon, "malformed_total") >= before + COUNT_OF(junk));
	raw_close(&w);
}

static void test_nonsense_instead_of_subscriptions_is_counted_and_events_go_on(void **state)
{
	each_socket(throw_at_publisher);
	check_alive();
}

/* --- bytes that are no ZeroMQ at all --- */

static int plain_connect(const char *endpoint)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	bool ipc = str_starts(endpoint, "ipc://");
	const char *port = strrchr(endpoint, ':');
	int64_t number = 0;
	int fd = socket(ipc ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	if (ipc)
		assert_true(str_copy(un.sun_path, sizeof(un.sun_path), endpoint + 6));
	else
		assert_int_equal(str_to_int(port + 1, &number), 0);
	in.sin_port = htons((uint16_t)number);
	int r = ipc ? connect(fd, (struct sockaddr *)&un, sizeof(un)) : connect(fd, (struct sockaddr *)&in, sizeof(in));
	if (r < 0)
		fail_msg("%s: %s", endpoint, strerror(errno));
	return fd;
}

static void throw_bytes(const char *daemon, enum wire_role role, const char *endpoint)
{
	static const uint8_t greeting[64] = { 0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 1, 'N', 'U', 'L', 'L' };
	static const char http[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
	uint8_t noise[4096];
	struct rng rng;
	rng_init(&rng, 3);
	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (uint8_t)rng_below(&rng, 256);
	for (int i = 0; i < 4; i++) {
		int fd = plain_connect(endpoint);
		/* Half a greeting, a greeting and noise, HTTP, noise. A daemon that hangs up first is right to. */
		if (i <= 1)
			(void)send(fd, greeting, i ? sizeof(greeting) : 20, MSG_NOSIGNAL);
		if (i == 2)
			(void)send(fd, http, sizeof(http) - 1, MSG_NOSIGNAL);
		if (i & 1)
			(void)send(fd, noise, sizeof(noise), MSG_NOSIGNAL);
		close(fd);
	}
}

static void throw_a_huge_frame(const char *daemon, enum wire_role role, const char *endpoint)
{
	if (role != WIRE_ROLE_REQUESTS)
		return;
	struct raw w = raw_open(endpoint, ZMQ_DEALER), other = raw_open(endpoint, ZMQ_DEALER);
	char *AUTO_MEM huge = calloc(1, LIMIT_WIRE_FRAME_BYTES + 1);
	assert_non_null(huge);
	raw_send(&w, huge, LIMIT_WIRE_FRAME_BYTES + 1);
	assert_int_equal(catch_up(&other), 0);
	raw_close(&w);
	raw_close(&other);
}

static void test_bytes_that_are_no_messages_harm_nobody(void **state)
{
	each_socket(throw_bytes);
	each_socket(throw_a_huge_frame);
	check_alive();
	each_socket(throw_messages); /* every socket still answers all of that */
}

/* --- who may reach them --- */

/* Rows: L33 */
static void test_daemons_refuse_to_be_reachable_without_keys(void **state)
{
	char dir[300];
	(void)snprintf(dir, sizeof(dir), "%s/other", stage.dir);
	for (int i = 0; i < 2; i++) {
		static const char *const where[] = { "tcp://0.0.0.0:0", "tcp://*:0", "tcp://[::]:0" };
		for (size_t k = 0; k < COUNT_OF(where); k++) {
			const char *const args[] = { "--family", dir, "--bind", where[k], NULL };
			AUTO_MEM char *out = NULL;
			if (stage_run(daemons[i], args, &out) == 0)
				fail_msg("%s takes %s", daemons[i], where[k]);
			if (!strstr(out, "CURVE") && !strstr(out, "loopback"))
				fail_msg("%s with %s: %s", daemons[i], where[k], out);
		}
	}
}

/* Rows: L33 */
static void test_a_family_with_keys_is_closed_to_strangers(void **state)
{
	static const char *const args[] = { "--device", "null", "--keys", "--bind", "tcp://0.0.0.0:0", NULL };
	char endpoint[WIRE_ENDPOINT_SIZE];
	struct err err = ERR_INIT;
	stage_open(&stage, args);
	int64_t end_ns = clock_monotonic_ns(clock_system()) + PATIENCE_MS * NS_PER_MS;
	json_decref(stage_ask(stage.garden, "{'type':'ping'}"));
	json_decref(stage_ask(stage.hoot, "{'type':'ping'}"));
	assert_int_equal(wire_family_lookup(stage.family, "chaosgarden", "shell", endpoint, &err), 0);
	assert_non_null(strstr(endpoint, "0.0.0.0"));
	char reachable[WIRE_ENDPOINT_SIZE];
	(void)snprintf(reachable, sizeof(reachable), "tcp://127.0.0.1%s", strrchr(endpoint, ':'));
	struct raw w = raw_open(reachable, ZMQ_DEALER);
	int patience = 300, n = 0;
	char text[100], reply[100];
	zmq_setsockopt(w.socket, ZMQ_RCVTIMEO, &patience, sizeof(patience));
	n = snprintf(text, sizeof(text), "{\"id\":\"%s\",\"payload\":{\"type\":\"ping\"}}", ID);
	raw_send(&w, text, (size_t)n);
	/* Only a passing of time can show that nothing comes; that it would come is shown by the other tests. */
	assert_int_equal(zmq_recv(w.socket, reply, sizeof(reply), 0), -1);
	assert_int_equal(errno, EAGAIN);
	raw_close(&w);
	/* Those of the family come in: the worker has joined, and every check of the doctor is content. */
	const char *const doctor[] = { "--family", stage.family_dir, "doctor", NULL };
	AUTO_MEM char *out = NULL;
	while (stage_run("holler", doctor, &out) != 0) {
		if (clock_monotonic_ns(clock_system()) > end_ns)
			fail_msg("%s", out);
		free(TAKE(out));
	}
	stage_close(&stage);
}

#define OVER(how, f) { #f " (" #how ")", f, setup_##how, teardown, NULL }

int main(void)
{
	const struct CMUnitTest tests[] = {
		OVER(tcp, test_bad_messages_get_an_error_with_the_field_or_are_counted),
		OVER(ipc, test_bad_messages_get_an_error_with_the_field_or_are_counted),
		OVER(tcp, test_nonsense_instead_of_subscriptions_is_counted_and_events_go_on),
		OVER(ipc, test_nonsense_instead_of_subscriptions_is_counted_and_events_go_on),
		OVER(tcp, test_bytes_that_are_no_messages_harm_nobody),
		OVER(ipc, test_bytes_that_are_no_messages_harm_nobody),
		OVER(tcp, test_daemons_refuse_to_be_reachable_without_keys),
		cmocka_unit_test(test_a_family_with_keys_is_closed_to_strangers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

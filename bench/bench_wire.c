/*
 * bench_wire.c - round trips through our wire beside a plain libzmq ROUTER/DEALER echo.
 *
 * Ours:      a service with the catalogue's transport_seek, asked by a client from the request's
 *            struct to the result's: envelope, codec, deadline, trace and all.
 * Reference: a ROUTER that parses every request with jansson, prints it again and sends that back;
 *            a DEALER that sends the same bytes and only receives.
 * Both:      over the same kind of endpoint, a thread and a ZeroMQ context each side (as in two
 *            processes); the median of the rounds. The asking side runs on one processor and the
 *            answering side on another, where there are two: left alone, the kernel puts a pair of
 *            threads on one or on two, which is worth a factor of four, by chance and for a whole run.
 *            Single round trips take turns every TURN of them, so that a processor that sleeps, or
 *            somebody else's work, slows both down alike.
 * Output:    one JSON object a figure (see tools/bench); the reference is libzmq and jansson.
 */
#include "base/mem.h"
#include "wire/client.h"
#include "wire/codec.h"
#include "wire/service.h"

#include <jansson.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#define IN_FLIGHT  64
#define ROUNDS     7
#define N_PIPELINE 20000
#define N_SINGLE   4000
#define TURN       20

struct figures {
	double per_s, p50_us, p99_us;
};

static void must(int r, const char *what)
{
	if (r >= 0)
		return;
	(void)fprintf(stderr, "bench_wire: %s: %s\n", what, zmq_strerror(errno));
	exit(1);
}

static int64_t now_ns(void)
{
	return clock_monotonic_ns(clock_system());
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

static double quantile(double *v, size_t n, double q)
{
	qsort(v, n, sizeof(*v), by_value);
	return v[(size_t)(q * (double)(n - 1))];
}

/* From here on this thread, and those that it makes, run on the n-th processor that we may use. */
static void run_on(int n)
{
	static cpu_set_t all;
	cpu_set_t one;
	if (!CPU_COUNT(&all))
		must(sched_getaffinity(0, sizeof(all), &all), "affinity");
	if (CPU_COUNT(&all) < 2)
		return;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &all) || n-- > 0)
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		must(sched_setaffinity(0, sizeof(one), &one), "affinity");
		return;
	}
}

/* --- ours ---------------------------------------------------------------------------------------
 */

struct ours {
	struct wire_context *context;
	struct wire_loop *loop;
	struct wire_service *service;
	struct wire_client *client;
	pthread_t thread;
	int n_answers, n_sent, n_want;
	bool done;
};

static int run_seek(void *user, const struct wire_call *call, const void *request, void *ret,
		    struct err *err)
{
	const struct transport_seek *req = request;
	struct transport_seek_result *result = ret;
	*result = (struct transport_seek_result){
		.position_beats = req->position_beats,
		.position_frames = 384000,
		.tempo_bpm = 120,
		.bar = 5,
		.numerator = 4,
		.denominator = 4,
		.engine_frames = 960000,
	};
	return 0;
}

static const struct wire_handler handlers[WIRE_MESSAGE_COUNT] = {
	[WIRE_MESSAGE_transport_seek] = {&wire_messages[WIRE_MESSAGE_transport_seek], run_seek},
};

static void *serve(void *arg)
{
	struct ours *o = arg;
	struct err err = ERR_INIT;
	must(wire_service_run(o->service, &err), err.msg);
	return NULL;
}

static void ours_open(struct ours *o, const char *endpoint)
{
	struct err err = ERR_INIT;
	char bound[WIRE_ENDPOINT_SIZE];
	run_on(1);
	must(wire_context_new(&o->context, &err), err.msg);
	must(wire_loop_new(&o->loop, &err), err.msg);
	struct wire_service_options so = {
		.name = "chaosgarden", .context = o->context, .loop = o->loop};
	must(wire_service_new(&so, &o->service, &err), err.msg);
	struct wire_port_options po = {
		.name = "shell", .kind = WIRE_ROUTER, .endpoint = endpoint, .handlers = handlers};
	must(wire_service_bind(o->service, &po, bound, &err), err.msg);
	if (pthread_create(&o->thread, NULL, serve, o))
		must(-1, "thread");
	run_on(0);
	struct wire_client_options co = {.name = "bench", .endpoint = bound, .actor = "bench"};
	must(wire_client_new(&co, &o->client, &err), err.msg);
}

static void ours_close(struct ours *o)
{
	wire_client_free(o->client);
	wire_service_stop(o->service, "done");
	pthread_join(o->thread, NULL);
	wire_service_free(o->service);
	wire_loop_free(o->loop);
	wire_context_free(o->context);
}

static void send_one(struct ours *o);

static void answered(void *arg, const struct wire_answer *a)
{
	struct ours *o = arg;
	struct transport_seek_result ret;
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct err err = ERR_INIT;
	must(a->code, "request");
	must(wire_decode_text(wire_messages[WIRE_MESSAGE_transport_seek].result, a->result.s,
			      a->result.n, WIRE_IGNORE_UNKNOWN, &arena, &ret, &err),
	     err.msg);
	o->done = ++o->n_answers == o->n_want;
	if (o->n_sent < o->n_want)
		send_one(o);
}

static void send_one(struct ours *o)
{
	struct err err = ERR_INIT;
	struct transport_seek req = {.position_beats = o->n_sent++};
	must(wire_client_send(o->client, &wire_messages[WIRE_MESSAGE_transport_seek], &req, NULL,
			      answered, o, NULL, &err),
	     err.msg);
}

static double ours_pipeline(struct ours *o)
{
	struct err err = ERR_INIT;
	o->n_sent = o->n_answers = 0;
	o->n_want = N_PIPELINE;
	o->done = false;
	int64_t begin = now_ns();
	for (int i = 0; i < IN_FLIGHT; i++)
		send_one(o);
	must(wire_loop_until(wire_client_loop(o->client), &o->done, 0, &err), err.msg);
	return N_PIPELINE * 1e9 / (double)(now_ns() - begin);
}

static void ours_turn(struct ours *o, double us[TURN])
{
	struct err err = ERR_INIT;
	for (int i = 0; i < TURN; i++) {
		AUTO_ARENA arena = WIRE_ARENA_INIT;
		struct transport_seek req = {.position_beats = i};
		struct transport_seek_result ret;
		int64_t begin = now_ns();
		must(wire_client_call(o->client, &wire_messages[WIRE_MESSAGE_transport_seek], &req,
				      NULL, &arena, &ret, &err),
		     err.msg);
		us[i] = (double)(now_ns() - begin) / 1e3;
	}
}

/* --- the reference ------------------------------------------------------------------------------
 */

struct reference {
	void *server_context, *client_context, *router, *dealer; /* as in two processes */
	pthread_t thread;
	const char *text;
	size_t n;
};

static void *echo(void *arg)
{
	struct reference *r = arg;
	for (;;) {
		char id[256], text[4096];
		int n_id = zmq_recv(r->router, id, sizeof(id), 0);
		if (n_id < 0)
			return NULL;
		int n = zmq_recv(r->router, text, sizeof(text), 0);
		if (n < 0 || n > (int)sizeof(text))
			return NULL;
		json_error_t e;
		json_t *j = json_loadb(text, (size_t)n, 0, &e);
		char *out = json_dumps(j, JSON_COMPACT);
		json_decref(j);
		if (!out)
			must(-1, "json");
		must(zmq_send(r->router, id, (size_t)n_id, ZMQ_SNDMORE), "send");
		must(zmq_send(r->router, out, strlen(out), 0), "send");
		free(out);
	}
}

static void reference_open(struct reference *r, const char *endpoint)
{
	char bound[256], hello[4096];
	size_t size = sizeof(bound);
	int linger = 0;
	run_on(1);
	r->server_context = zmq_ctx_new();
	r->router = zmq_socket(r->server_context, ZMQ_ROUTER);
	must(zmq_setsockopt(r->router, ZMQ_LINGER, &linger, sizeof(linger)), "option");
	must(zmq_bind(r->router, endpoint), endpoint);
	must(zmq_getsockopt(r->router, ZMQ_LAST_ENDPOINT, bound, &size), "endpoint");
	if (pthread_create(&r->thread, NULL, echo, r))
		must(-1, "thread");
	run_on(0);
	r->client_context = zmq_ctx_new();
	r->dealer = zmq_socket(r->client_context, ZMQ_DEALER);
	must(zmq_setsockopt(r->dealer, ZMQ_LINGER, &linger, sizeof(linger)), "option");
	must(zmq_connect(r->dealer, bound), bound);
	must(zmq_send(r->dealer, r->text, r->n, 0), "send");
	must(zmq_recv(r->dealer, hello, sizeof(hello), 0), "receive");
}

static void reference_close(struct reference *r)
{
	zmq_close(r->dealer);
	zmq_ctx_term(r->client_context);
	zmq_ctx_shutdown(r->server_context);
	pthread_join(r->thread, NULL);
	zmq_close(r->router);
	zmq_ctx_term(r->server_context);
}

static double reference_pipeline(struct reference *r)
{
	char text[4096];
	int sent = 0;
	int64_t begin = now_ns();
	for (; sent < IN_FLIGHT; sent++)
		must(zmq_send(r->dealer, r->text, r->n, 0), "send");
	for (int i = 0; i < N_PIPELINE; i++) {
		must(zmq_recv(r->dealer, text, sizeof(text), 0), "receive");
		if (sent++ < N_PIPELINE)
			must(zmq_send(r->dealer, r->text, r->n, 0), "send");
	}
	return N_PIPELINE * 1e9 / (double)(now_ns() - begin);
}

static void reference_turn(struct reference *r, double us[TURN])
{
	char text[4096];
	for (int i = 0; i < TURN; i++) {
		int64_t begin = now_ns();
		must(zmq_send(r->dealer, r->text, r->n, 0), "send");
		must(zmq_recv(r->dealer, text, sizeof(text), 0), "receive");
		us[i] = (double)(now_ns() - begin) / 1e3;
	}
}

/* --- both ---------------------------------------------------------------------------------------
 */

/* The bytes that our client sends for such a request. */
static void write_request(struct strbuf *b)
{
	static const char payload[] =
		"{\"type\":\"transport_seek\",\"position_beats\":1234.0,\"relative\":false}";
	struct rng rng;
	struct wire_envelope e = {.actor = "bench", .deadline_ms = 30000};
	rng_init(&rng, 1);
	uuid_new(e.id);
	e.trace = trace_new(&rng);
	e.payload = (struct wire_slice){payload, sizeof(payload) - 1};
	must(wire_envelope_write(b, &e), "request");
}

static void print(const char *what, double ours, double reference, const char *unit,
		  const char *target)
{
	printf("{\"name\": \"wire: %s\", \"ours\": %.1f, \"reference\": %.1f, \"unit\": \"%s\", "
	       "\"ratio\": %.2f, \"target\": \"%s\"}\n",
	       what, ours, reference, unit, ours / reference, target);
}

static struct figures median_of(const struct figures rounds[ROUNDS])
{
	double v[3][ROUNDS];
	for (int i = 0; i < ROUNDS; i++) {
		v[0][i] = rounds[i].per_s;
		v[1][i] = rounds[i].p50_us;
		v[2][i] = rounds[i].p99_us;
	}
	return (struct figures){quantile(v[0], ROUNDS, 0.5), quantile(v[1], ROUNDS, 0.5),
				quantile(v[2], ROUNDS, 0.5)};
}

/* One round: rates, then the quantiles of the single round trips, of both. */
static void round_of_both(struct ours *ours, struct reference *reference, struct figures *ret_ours,
			  struct figures *ret_reference)
{
	static double a[N_SINGLE], b[N_SINGLE];
	ret_ours->per_s = ours_pipeline(ours);
	ret_reference->per_s = reference_pipeline(reference);
	for (int n = 0; n < N_SINGLE; n += TURN) {
		ours_turn(ours, a + n);
		reference_turn(reference, b + n);
	}
	ret_ours->p50_us = quantile(a, N_SINGLE, 0.5);
	ret_ours->p99_us = quantile(a, N_SINGLE, 0.99);
	ret_reference->p50_us = quantile(b, N_SINGLE, 0.5);
	ret_reference->p99_us = quantile(b, N_SINGLE, 0.99);
}

int main(void)
{
	struct figures a[ROUNDS], b[ROUNDS], warm_up;
	struct ours ours = {0};
	AUTO_STRBUF text = STRBUF_INIT;
	write_request(&text);
	struct reference reference = {.text = text.s, .n = text.n};
	ours_open(&ours, "tcp://127.0.0.1:0");
	reference_open(&reference, "tcp://127.0.0.1:*");
	round_of_both(&ours, &reference, &warm_up, &warm_up);
	for (int i = 0; i < ROUNDS; i++)
		round_of_both(&ours, &reference, &a[i], &b[i]);
	reference_close(&reference);
	ours_close(&ours);
	struct figures x = median_of(a), y = median_of(b);
	print("round trips, 64 in flight", x.per_s, y.per_s, "1/s", ">= 0.8");
	print("round trip, one by one, p50", x.p50_us, y.p50_us, "us", "<= 1.5");
	print("round trip, one by one, p99", x.p99_us, y.p99_us, "us", "<= 1.5");
	return 0;
}

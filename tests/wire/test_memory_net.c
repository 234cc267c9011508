/*
 * test_memory_net.c - the networked half with allocations that fail: what is made is made whole or not at all, and nothing is
 * lost (the address sanitizer looks on). Only our own code is hit; ZeroMQ and libevent have their usual memory.
 */
#include "../check.h"
#include "../starve.h"

#include "base/fs.h"
#include "base/mem.h"
#include "wire/announcement.h"
#include "wire/client.h"
#include "wire/event.h"
#include "wire/family.h"
#include "wire/service.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct hub {
	struct wire_context *context;
	struct wire_loop *loop;
	char *dir;
};

static void ok(int r, const struct err *err)
{
	if (r < 0)
		fail_msg("%d: %s", r, err_msg(err));
}

static int setup(void **state)
{
	struct err err = ERR_INIT;
	struct hub *h = calloc(1, sizeof(*h));
	assert_non_null(h);
	ok(wire_context_new(&h->context, &err), &err);
	ok(wire_loop_new(&h->loop, &err), &err);
	ok(fs_temp_dir(NULL, "memory", &h->dir, &err), &err);
	*state = h;
	return 0;
}

static int teardown(void **state)
{
	struct err err = ERR_INIT;
	struct hub *h = *state;
	wire_loop_free(h->loop);
	wire_context_free(h->context);
	ok(fs_remove_tree(h->dir, &err), &err);
	free(h->dir);
	free(h);
	return 0;
}

static void never(void *arg)
{
}

static int make_loop(void *arg, struct err *err)
{
	struct hub *h = arg;
	AUTO(wire_loop) l = NULL;
	AUTO(wire_timer) t = NULL;
	AUTO(wire_wakeup) w = NULL;
	AUTO(wire_watch) s = NULL;
	int r = wire_loop_new(&l, err);
	if (r == 0)
		r = wire_timer_new(h->loop, never, NULL, &t, err);
	if (r == 0)
		r = wire_wakeup_new(h->loop, never, NULL, &w, err);
	if (r == 0)
		r = wire_signal_new(h->loop, SIGUSR2, never, NULL, &s, err);
	return r;
}

static void take(void *arg, const struct wire_frame *frames, size_t n)
{
}

static int make_socket(void *arg, struct err *err)
{
	struct hub *h = arg;
	struct wire_curve curve;
	AUTO(wire_context) c = NULL;
	AUTO(wire_socket) s = NULL;
	int r = wire_curve_make(&curve, err);
	struct wire_socket_options o = {.curve = &curve};
	if (r == 0)
		r = wire_context_new(&c, err);
	if (r == 0)
		r = wire_socket_new(c, h->loop, WIRE_ROUTER, &o, take, NULL, &s, err);
	if (r == 0)
		r = wire_socket_bind(s, "tcp://127.0.0.1:0", NULL, err);
	wire_socket_free(TAKE(s)); /* before its context */
	return r;
}

static int make_client(void *arg, struct err *err)
{
	struct hub *h = arg;
	AUTO(wire_family) f = NULL;
	AUTO(wire_client) c = NULL;
	int r = wire_family_open(h->dir, true, &f, err);
	struct wire_client_options o = {.name = "x",
					.context = h->context,
					.loop = h->loop,
					.family = f,
					.daemon = "chaosgarden",
					.socket = "shell"};
	if (r == 0)
		r = wire_client_new(&o, &c, err);
	wire_client_free(TAKE(c)); /* before its family */
	return r;
}

static void answered(void *arg, const struct wire_answer *a)
{
}

static int make_request(void *arg, struct err *err)
{
	struct hub *h = arg;
	AUTO(wire_client) c = NULL;
	struct transport_seek req = {.position_beats = 1};
	struct wire_client_options o = {
		.context = h->context, .loop = h->loop, .endpoint = "tcp://127.0.0.1:1"};
	int r = wire_client_new(&o, &c, err);
	if (r == 0)
		r = wire_client_send(c, &wire_messages[WIRE_MESSAGE_transport_seek], &req, NULL,
				     answered, NULL, NULL, err);
	return r;
}

static int make_service(void *arg, struct err *err)
{
	struct hub *h = arg;
	AUTO(wire_publisher) p = NULL;
	AUTO(wire_service) s = NULL;
	struct wire_publisher_options po = {.name = "chaosgarden",
					    .context = h->context,
					    .loop = h->loop,
					    .endpoint = "tcp://127.0.0.1:0"};
	struct wire_service_options so = {
		.name = "chaosgarden", .context = h->context, .loop = h->loop};
	struct wire_port_options port = {.name = "shell",
					 .kind = WIRE_ROUTER,
					 .endpoint = "tcp://127.0.0.1:0",
					 .own_thread = true};
	struct beat_tick_event tick = {.tempo_bpm = 120};
	int r = wire_publisher_new(&po, &p, err);
	so.publisher = p;
	if (r == 0)
		r = wire_service_new(&so, &s, err);
	if (r == 0)
		r = wire_service_bind(s, &port, NULL, err);
	if (r == 0)
		r = wire_publish(p, &wire_events[WIRE_EVENT_beat_tick], &tick, err);
	return r;
}

static void on_event(void *arg, const struct wire_received *e)
{
}

static int make_subscriber(void *arg, struct err *err)
{
	struct hub *h = arg;
	static const char *const topics[] = {"latent_", "job_"};
	AUTO(wire_subscriber) s = NULL;
	struct wire_subscriber_options o = {.context = h->context,
					    .loop = h->loop,
					    .endpoint = "tcp://127.0.0.1:1",
					    .snapshot_endpoint = "tcp://127.0.0.1:2",
					    .topics = topics,
					    .n_topics = COUNT_OF(topics),
					    .on_event = on_event};
	return wire_subscriber_new(&o, &s, err);
}

static int use_family(void *arg, struct err *err)
{
	struct hub *h = arg;
	static const struct wire_family_endpoint e = {"shell", "tcp://127.0.0.1:5555"};
	struct wire_family_daemon *AUTO_MEM all = NULL;
	AUTO(wire_family) f = NULL;
	struct wire_curve curve;
	char endpoint[WIRE_ENDPOINT_SIZE];
	size_t n;
	int r = wire_family_open(h->dir, true, &f, err);
	if (r == 0)
		r = wire_family_announce(f, "chaosgarden", "x", &e, 1, err);
	if (r == 0)
		r = wire_family_lookup(f, "chaosgarden", "shell", endpoint, err);
	if (r == 0)
		r = wire_family_list(f, &all, &n, err);
	if (r == 0)
		r = wire_family_curve(f, true, &curve, err);
	return r;
}

static int make_announcement(void *arg, struct err *err)
{
	static const struct wire_family_endpoint e = {"shell", "tcp://127.0.0.1:5555"};
	struct hub *h = arg;
	AUTO(wire_announcement) a = NULL;
	AUTO(wire_family) f = NULL;
	int r = wire_family_open(h->dir, true, &f, err);
	if (r == 0)
		r = wire_announcement_new(f, h->loop, "chaosgarden", "x", &e, 1, &a, err);
	wire_announcement_free(TAKE(a)); /* before its family */
	return r;
}

/*
 * A subscriber goes on without: a connection that cannot be made is tried again later. An entry that cannot be withdrawn
 * is seen to be stale.
 */
#define EXHAUST(work, copes)                                                                     \
	static void test_##work##_survives_a_lack_of_memory(void **state)                        \
	{                                                                                        \
		assert_true(starve_exhaust(STARVE_ALL_FROM, #work, copes, work, *state) > 1);    \
	}
EXHAUST(make_loop, false)
EXHAUST(make_socket, false)
EXHAUST(make_client, false)
EXHAUST(make_request, false)
EXHAUST(make_service, false)
EXHAUST(make_subscriber, true)
EXHAUST(use_family, false)
EXHAUST(make_announcement, true)

#define TEST(work) \
	cmocka_unit_test_setup_teardown(test_##work##_survives_a_lack_of_memory, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(make_loop),    TEST(make_socket),     TEST(make_client), TEST(make_request),
		TEST(make_service), TEST(make_subscriber), TEST(use_family),
		TEST(make_announcement),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

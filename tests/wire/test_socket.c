#include "wire/socket.h"

#include "../check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "wire/loop.h"

#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

struct hub {
	struct wire_context *context;
	struct wire_loop *loop;
};

struct box {
	struct wire_socket *s;
	int n, want;
	bool enough, up, refused, echo;
	char last[64];
	size_t n_frames;
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
	*state = h;
	return 0;
}

static int teardown(void **state)
{
	struct hub *h = *state;
	wire_loop_free(h->loop);
	wire_context_free(h->context);
	free(h);
	return 0;
}

static void take(void *arg, const struct wire_frame *f, size_t n)
{
	struct box *b = arg;
	b->n++;
	b->n_frames = n;
	size_t m = f[n - 1].n < sizeof(b->last) - 1 ? f[n - 1].n : sizeof(b->last) - 1;
	memcpy(b->last, f[n - 1].data, m);
	b->last[m] = '\0';
	b->enough = b->n >= b->want;
	if (b->echo)
		assert_int_equal(wire_socket_send(b->s, f, n), 0);
}

static void link_changed(void *arg, enum wire_link link)
{
	struct box *b = arg;
	b->up |= link == WIRE_LINK_UP;
	b->refused |= link == WIRE_LINK_REFUSED;
}

static void box_open(struct hub *h, struct box *b, enum wire_socket_kind kind,
		     const struct wire_socket_options *o)
{
	struct err err = ERR_INIT;
	*b = (struct box){.want = 1};
	ok(wire_socket_new(h->context, h->loop, kind, o, take, b, &b->s, &err), &err);
}

static void until(struct hub *h, const bool *flag)
{
	struct err err = ERR_INIT;
	ok(wire_loop_until(h->loop, flag, clock_monotonic_ns(clock_system()) + 60 * NS_PER_SEC,
			   &err),
	   &err);
}

static void send_text(struct box *b, const char *text)
{
	struct wire_frame f = {text, strlen(text)};
	assert_int_equal(wire_socket_send(b->s, &f, 1), 0);
}

static void test_endpoints_are_checked_and_told_apart(void **state)
{
	static const char *const local[] = {"tcp://127.0.0.1:0", "tcp://127.9.9.9:65535",
					    "tcp://[::1]:1", "tcp://localhost:80", "ipc:///tmp/x"};
	static const char *const remote[] = {"tcp://0.0.0.0:5555",
					     "tcp://*:5555",
					     "tcp://192.168.1.2:1",
					     "tcp://[::]:1",
					     "tcp://127.0.0.1.example.org:1",
					     "tcp://eth0:1"};
	static const char *const bad[] = {
		"",           "tcp://", "tcp://x", "tcp://x:",        "tcp://x:65536", "tcp://x:-1",
		"tcp://x:1a", "ipc://", "ipc://x", "ipc://@abstract", "inproc://x",    "udp://x:1"};
	struct err err = ERR_INIT;
	for (size_t i = 0; i < COUNT_OF(local); i++) {
		ok(wire_endpoint_check(local[i], &err), &err);
		assert_true(wire_endpoint_is_local(local[i]));
	}
	for (size_t i = 0; i < COUNT_OF(remote); i++) {
		ok(wire_endpoint_check(remote[i], &err), &err);
		assert_false(wire_endpoint_is_local(remote[i]));
	}
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(wire_endpoint_check(bad[i], &err), -EINVAL);
	char path[200] = "ipc:///";
	memset(path + 7, 'x', 150);
	assert_int_equal(wire_endpoint_check(path, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "sockets allow"));
}

/* Rows: L33 */
static void test_socket_refuses_to_be_reachable_without_keys(void **state)
{
	struct hub *h = *state;
	struct box b;
	struct err err = ERR_INIT;
	box_open(h, &b, WIRE_ROUTER, NULL);
	assert_int_equal(wire_socket_bind(b.s, "tcp://0.0.0.0:0", NULL, &err), -EPERM);
	assert_non_null(strstr(err.msg, "CURVE"));
	assert_true(err.hint[0] != '\0');
	wire_socket_free(b.s);
}

static void test_socket_says_that_a_port_is_taken(void **state)
{
	struct hub *h = *state;
	struct box a, b;
	char endpoint[WIRE_ENDPOINT_SIZE];
	struct err err = ERR_INIT;
	box_open(h, &a, WIRE_ROUTER, NULL);
	box_open(h, &b, WIRE_ROUTER, NULL);
	ok(wire_socket_bind(a.s, "tcp://127.0.0.1:0", endpoint, &err), &err);
	assert_int_equal(wire_socket_bind(b.s, endpoint, NULL, &err), -EADDRINUSE);
	assert_non_null(strstr(err.msg, endpoint));
	wire_socket_free(a.s);
	wire_socket_free(b.s);
}

static void echo_through_curve(struct hub *h, const struct wire_curve *server,
			       const struct wire_curve *client, bool welcome)
{
	struct box a, b, witness;
	char endpoint[WIRE_ENDPOINT_SIZE];
	struct err err = ERR_INIT;
	box_open(h, &a, WIRE_ROUTER, &(struct wire_socket_options){.curve = server});
	a.echo = true;
	/* Any interface may be bound with keys. */
	ok(wire_socket_bind(a.s, "tcp://0.0.0.0:0", endpoint, &err), &err);
	char to[WIRE_ENDPOINT_SIZE];
	(void)snprintf(to, sizeof(to), "tcp://127.0.0.1%s", strrchr(endpoint, ':'));
	box_open(h, &b, WIRE_DEALER,
		 &(struct wire_socket_options){.curve = client, .name = "test"});
	ok(wire_socket_watch_links(b.s, link_changed, &err), &err);
	ok(wire_socket_connect(b.s, to, &err), &err);
	send_text(&b, "secret");
	if (welcome) {
		until(h, &b.enough);
		assert_string_equal(b.last, "secret");
	} else {
		until(h, &b.refused);
		assert_int_equal(a.n, 0);
	}
	/* One without any key gets nowhere. */
	box_open(h, &witness, WIRE_DEALER, NULL);
	ok(wire_socket_watch_links(witness.s, link_changed, &err), &err);
	ok(wire_socket_connect(witness.s, to, &err), &err);
	send_text(&witness, "plain");
	until(h, &witness.refused);
	assert_int_equal(a.n, welcome ? 1 : 0);
	wire_socket_free(witness.s);
	wire_socket_free(b.s);
	wire_socket_free(a.s);
}

/* Rows: L33 */
static void test_curve_lets_in_its_own_pair_and_listed_keys_only(void **state)
{
	struct hub *h = *state;
	struct wire_curve server, client, stranger;
	struct err err = ERR_INIT;
	ok(wire_curve_make(&server, &err), &err);
	ok(wire_curve_make(&client, &err), &err);
	ok(wire_curve_make(&stranger, &err), &err);
	memcpy(client.server_key, server.public_key, sizeof(client.server_key));
	memcpy(stranger.server_key, server.public_key, sizeof(stranger.server_key));
	struct wire_curve own = server;
	memcpy(own.server_key, server.public_key, sizeof(own.server_key));
	echo_through_curve(h, &server, &own, true);
	echo_through_curve(h, &server, &client, false); /* no list: only the pair itself */
	char allowed[1][41];
	memcpy(allowed[0], client.public_key, 41);
	server.allowed = (const char(*)[41])allowed;
	server.n_allowed = 1;
	echo_through_curve(h, &server, &client, true);
	echo_through_curve(h, &server, &stranger, false);
}

static void test_curve_keys_are_checked(void **state)
{
	struct hub *h = *state;
	struct wire_curve c, other;
	struct wire_socket *s;
	struct err err = ERR_INIT;
	ok(wire_curve_make(&c, &err), &err);
	ok(wire_curve_make(&other, &err), &err);
	ok(wire_curve_check(&c, &err), &err);
	memcpy(c.secret_key, other.secret_key, sizeof(c.secret_key));
	assert_int_equal(wire_curve_check(&c, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "does not belong"));
	(void)str_copy(c.public_key, sizeof(c.public_key), "short");
	struct wire_socket_options o = {.curve = &c};
	assert_int_equal(
		wire_socket_new(h->context, h->loop, WIRE_ROUTER, &o, take, NULL, &s, &err),
		-EINVAL);
}

static void test_push_reaches_pull_and_says_when_nobody_listens(void **state)
{
	struct hub *h = *state;
	struct box push, pull;
	char endpoint[WIRE_ENDPOINT_SIZE];
	struct err err = ERR_INIT;
	box_open(h, &push, WIRE_PUSH, NULL);
	ok(wire_socket_bind(push.s, "tcp://127.0.0.1:0", endpoint, &err), &err);
	struct wire_frame f = {"hint", 4};
	assert_int_equal(wire_socket_send(push.s, &f, 1), -EAGAIN);
	assert_int_equal(wire_socket_stats(push.s).dropped_full, 1);
	box_open(h, &pull, WIRE_PULL, NULL);
	ok(wire_socket_watch_links(pull.s, link_changed, &err), &err);
	ok(wire_socket_connect(pull.s, endpoint, &err), &err);
	until(h, &pull.up);
	while (wire_socket_send(push.s, &f, 1) == -EAGAIN)
		ok(wire_loop_step(h->loop, 1, &err), &err);
	until(h, &pull.enough);
	assert_string_equal(pull.last, "hint");
	wire_socket_free(push.s);
	wire_socket_free(pull.s);
}

static void set_flag(void *arg)
{
	*(bool *)arg = true;
}

static void test_sockets_that_only_send_or_are_paused_let_the_loop_sleep(void **state)
{
	struct hub *h = *state;
	struct box push, pull, late;
	struct wire_timer *timer;
	char endpoint[WIRE_ENDPOINT_SIZE];
	struct err err = ERR_INIT;
	bool over = false;
	int turns = 0;
	box_open(h, &push, WIRE_PUSH, NULL);
	ok(wire_socket_bind(push.s, "tcp://127.0.0.1:0", endpoint, &err), &err);
	box_open(h, &pull, WIRE_PULL, NULL);
	ok(wire_socket_watch_links(pull.s, link_changed, &err), &err);
	ok(wire_socket_connect(pull.s, endpoint, &err), &err);
	until(h, &pull.up);
	wire_socket_pause(pull.s, true);
	struct wire_frame f = {"hint", 4};
	while (wire_socket_send(push.s, &f, 1) == -EAGAIN)
		ok(wire_loop_step(h->loop, 1, &err), &err);
	box_open(h, &late, WIRE_PULL, NULL); /* connects when nothing is sent any more */
	ok(wire_socket_watch_links(late.s, link_changed, &err), &err);
	ok(wire_socket_connect(late.s, endpoint, &err), &err);
	until(h, &late.up);
	ok(wire_timer_new(h->loop, set_flag, &over, &timer, &err), &err);
	wire_timer_start(timer, 100);
	while (!over) {
		ok(wire_loop_step(h->loop, 1000, &err), &err);
		turns++;
	}
	assert_true(turns < 50); /* a loop that spins makes tens of thousands */
	assert_int_equal(pull.n, 0);
	wire_socket_pause(pull.s, false);
	until(h, &pull.enough);
	wire_timer_free(timer);
	wire_socket_free(push.s);
	wire_socket_free(pull.s);
	wire_socket_free(late.s);
}

/* Rows: L28 */
static void test_router_counts_a_peer_that_is_not_there(void **state)
{
	struct hub *h = *state;
	struct box b;
	struct err err = ERR_INIT;
	box_open(h, &b, WIRE_ROUTER, NULL);
	ok(wire_socket_bind(b.s, "tcp://127.0.0.1:0", NULL, &err), &err);
	struct wire_frame f[] = {{"nobody", 6}, {"x", 1}};
	assert_int_equal(wire_socket_send(b.s, f, 2), -EHOSTUNREACH);
	assert_int_equal(wire_socket_send_taking(b.s, f, 1, strdup("y"), 1), -EHOSTUNREACH);
	assert_int_equal(wire_socket_stats(b.s).dropped_unroutable, 2);
	wire_socket_free(b.s);
}

static void test_a_flooded_socket_leaves_the_others_their_turn(void **state)
{
	struct hub *h = *state;
	struct box a, b, from_a, from_b;
	char ea[WIRE_ENDPOINT_SIZE], eb[WIRE_ENDPOINT_SIZE];
	struct err err = ERR_INIT;
	box_open(h, &a, WIRE_PULL, NULL);
	box_open(h, &b, WIRE_PULL, NULL);
	ok(wire_socket_bind(a.s, "tcp://127.0.0.1:0", ea, &err), &err);
	ok(wire_socket_bind(b.s, "tcp://127.0.0.1:0", eb, &err), &err);
	box_open(h, &from_a, WIRE_PUSH, NULL);
	box_open(h, &from_b, WIRE_PUSH, NULL);
	ok(wire_socket_connect(from_a.s, ea, &err), &err);
	ok(wire_socket_connect(from_b.s, eb, &err), &err);
	int n = LIMIT_WIRE_QUEUE < 2000 ? LIMIT_WIRE_QUEUE : 2000;
	wire_socket_pause(a.s, true); /* so that all of it is there at once */
	a.want = n;
	for (int i = 0; i < n; i++)
		send_text(&from_a, "flood");
	send_text(&from_b, "one");
	wire_socket_pause(a.s, false);
	until(h, &b.enough);
	until(h, &a.enough);
	assert_int_equal(a.n, n); /* none is lost, though the socket stopped in between */
	wire_socket_free(from_a.s);
	wire_socket_free(from_b.s);
	wire_socket_free(a.s);
	wire_socket_free(b.s);
}

/* --- the loop --------------------------------------------------------------------------------- */

struct counter {
	struct wire_loop *loop;
	int n, stop_at;
	bool done;
};

static void count(void *arg)
{
	struct counter *c = arg;
	if (++c->n == c->stop_at)
		c->done = true;
}

static void *post_many(void *arg)
{
	struct counter *c = arg;
	for (int i = 0; i < 1000; i++)
		while (wire_loop_post(c->loop, count, c) == -EBUSY)
			;
	return NULL;
}

static void test_loop_runs_what_other_threads_post_once_each(void **state)
{
	struct hub *h = *state;
	struct counter c = {.loop = h->loop, .stop_at = 4000};
	pthread_t t[4];
	for (size_t i = 0; i < COUNT_OF(t); i++)
		assert_int_equal(pthread_create(&t[i], NULL, post_many, &c), 0);
	until(h, &c.done);
	for (size_t i = 0; i < COUNT_OF(t); i++)
		pthread_join(t[i], NULL);
	assert_int_equal(c.n, 4000);
	int n = 0;
	while (wire_loop_post(h->loop, count, &c) == 0)
		n++;
	assert_int_equal(n, LIMIT_WIRE_POSTS); /* bounded while nobody turns the loop */
}

static void test_loop_timers_fire_once_repeat_and_stop(void **state)
{
	struct hub *h = *state;
	struct counter once = {.stop_at = 1}, many = {.stop_at = 5}, never = {0};
	struct wire_timer *a, *b, *c;
	struct err err = ERR_INIT;
	ok(wire_timer_new(h->loop, count, &once, &a, &err), &err);
	ok(wire_timer_new(h->loop, count, &many, &b, &err), &err);
	ok(wire_timer_new(h->loop, count, &never, &c, &err), &err);
	wire_timer_start(c, 0);
	wire_timer_stop(c);
	wire_timer_start(a, 0);
	wire_timer_repeat(b, 1);
	until(h, &many.done);
	assert_true(once.done);
	assert_int_equal(once.n, 1);
	assert_int_equal(never.n, 0);
	wire_timer_free(a);
	wire_timer_free(b);
	wire_timer_free(c);
}

static void test_loop_hears_signals_and_a_stop_that_came_before(void **state)
{
	struct hub *h = *state;
	struct counter c = {.stop_at = 2};
	struct wire_watch *w;
	struct err err = ERR_INIT;
	ok(wire_signal_new(h->loop, SIGUSR1, count, &c, &w, &err), &err);
	raise(SIGUSR1);
	while (c.n < 1)
		ok(wire_loop_step(h->loop, 1000, &err), &err);
	raise(SIGUSR1);
	until(h, &c.done);
	wire_watch_free(w);
	wire_loop_stop(h->loop);
	ok(wire_loop_run(h->loop, &err), &err); /* returns */
	bool never = false;
	assert_int_equal(wire_loop_until(h->loop, &never,
					 clock_monotonic_ns(clock_system()) + NS_PER_MS, &err),
			 -ETIMEDOUT);
}

/* How the thread that carries bytes is scheduled; -1: there is none. */
static int carriers_policy(void)
{
	DIR *d = opendir("/proc/self/task");
	int policy = -1;
	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));) {
		char path[300], name[32] = "";
		(void)snprintf(path, sizeof(path), "/proc/self/task/%s/comm", e->d_name);
		FILE *f = fopen(path, "re");
		int64_t id = 0;
		if (f && fgets(name, sizeof(name), f) && str_starts(name, "ZMQbg/IO") && str_to_int(e->d_name, &id) == 0)
			policy = sched_getscheduler((pid_t)id);
		if (f)
			(void)fclose(f);
	}
	(void)closedir(d);
	return policy;
}

static void test_an_urgent_context_goes_ahead_where_it_may_and_works_where_not(void **state)
{
	struct hub *h = *state;
	struct box a, b;
	char endpoint[WIRE_ENDPOINT_SIZE];
	struct err err = ERR_INIT;
	int before = sched_getscheduler(0);
	bool allowed = wire_context_urgent(h->context);
	assert_int_equal(sched_getscheduler(0), before); /* only its own threads */
	box_open(h, &a, WIRE_ROUTER, NULL);
	box_open(h, &b, WIRE_DEALER, NULL);
	ok(wire_socket_bind(a.s, "tcp://127.0.0.1:0", endpoint, &err), &err);
	ok(wire_socket_connect(b.s, endpoint, &err), &err);
	send_text(&b, "hello");
	until(h, &a.enough);
	assert_string_equal(a.last, "hello");
	assert_int_equal(carriers_policy(), allowed ? SCHED_RR : before);
	wire_socket_free(a.s);
	wire_socket_free(b.s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_endpoints_are_checked_and_told_apart),
		TEST(test_socket_refuses_to_be_reachable_without_keys),
		TEST(test_socket_says_that_a_port_is_taken),
		TEST(test_an_urgent_context_goes_ahead_where_it_may_and_works_where_not),
		TEST(test_curve_lets_in_its_own_pair_and_listed_keys_only),
		TEST(test_curve_keys_are_checked),
		TEST(test_push_reaches_pull_and_says_when_nobody_listens),
		TEST(test_sockets_that_only_send_or_are_paused_let_the_loop_sleep),
		TEST(test_router_counts_a_peer_that_is_not_there),
		TEST(test_a_flooded_socket_leaves_the_others_their_turn),
		TEST(test_loop_runs_what_other_threads_post_once_each),
		TEST(test_loop_timers_fire_once_repeat_and_stop),
		TEST(test_loop_hears_signals_and_a_stop_that_came_before),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "wire/event.h"

#include "../check.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "rig.h"

#include <stdio.h>
#include <string.h>
#include <zmq.h>

struct listener {
	struct wire_context *context;
	struct wire_loop *loop;
	struct wire_family *family;
	struct wire_subscriber *s;
	int n_events, n_gaps, n_resyncs, want_events;
	int value; /* as the snapshot and the events after it say */
	uint64_t last_seq;
	char incarnation[UUID_SIZE];
	bool resynced, enough, out_of_order;
};

static void ok(int r, const struct err *err)
{
	if (r < 0)
		fail_msg("%d: %s", r, err_msg(err));
}

static void on_event(void *arg, const struct wire_received *e)
{
	struct listener *l = arg;
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct err err = ERR_INIT;
	struct beat_tick_event tick;
	if (strcmp(e->name, "beat_tick") != 0)
		return;
	ok(wire_event_decode(e, &wire_events[WIRE_EVENT_beat_tick], &arena, &tick, &err), &err);
	assert_string_equal(e->sender, "chaosgarden");
	l->out_of_order |= e->seq <= l->last_seq;
	l->last_seq = e->seq;
	l->n_events++;
	l->value = (int)tick.position_beats;
	l->enough = l->n_events >= l->want_events;
}

static void on_resync(void *arg, const struct wire_snapshot *s)
{
	struct listener *l = arg;
	char text[32];
	int64_t v;
	struct wire_slice value = wire_object_get(s->state, "value");
	assert_true(value.n > 0 && value.n < sizeof(text));
	memcpy(text, value.s, value.n);
	text[value.n] = '\0';
	assert_int_equal(str_to_int(text, &v), 0);
	l->value = (int)v;
	l->last_seq = s->seq;
	l->n_resyncs++;
	l->resynced = true;
	memcpy(l->incarnation, s->incarnation, sizeof(l->incarnation));
}

static void on_gap(void *arg, const char *topic, uint64_t lost)
{
	struct listener *l = arg;
	assert_true(lost > 0);
	l->n_gaps++;
}

static void listen_to(struct listener *l, struct rig *r, const char *family,
		      const char *const *topics, size_t n)
{
	struct err err = ERR_INIT;
	*l = (struct listener){.want_events = 1};
	ok(wire_context_new(&l->context, &err), &err);
	ok(wire_loop_new(&l->loop, &err), &err);
	if (family)
		ok(wire_family_open(family, true, &l->family, &err), &err);
	struct wire_subscriber_options o = {
		.context = l->context,
		.loop = l->loop,
		.family = l->family,
		.daemon = "chaosgarden",
		.endpoint = r ? r->iopub : NULL,
		.snapshot_endpoint = r ? r->shell : NULL,
		.topics = topics,
		.n_topics = n,
		.on_event = on_event,
		.on_resync = on_resync,
		.on_gap = on_gap,
		.arg = l,
	};
	ok(wire_subscriber_new(&o, &l->s, &err), &err);
}

static void unlisten(struct listener *l)
{
	wire_subscriber_free(l->s);
	wire_loop_free(l->loop);
	wire_context_free(l->context);
	wire_family_free(l->family);
}

static void until(struct listener *l, bool *flag)
{
	struct err err = ERR_INIT;
	ok(wire_loop_until(l->loop, flag, clock_monotonic_ns(clock_system()) + 60 * NS_PER_SEC,
			   &err),
	   &err);
}

static void until_value(struct listener *l, int value)
{
	struct err err = ERR_INIT;
	int64_t end = clock_monotonic_ns(clock_system()) + 60 * NS_PER_SEC;
	while (l->value != value || !wire_subscriber_synced(l->s)) {
		if (clock_monotonic_ns(clock_system()) > end)
			fail_msg("waited for %d, it is %d", value, l->value);
		ok(wire_loop_step(l->loop, 100, &err), &err);
	}
}

static void test_subscriber_begins_with_a_snapshot_and_goes_on_with_events(void **state)
{
	struct rig r;
	struct listener l;
	rig_start(&r, NULL);
	rig_publish(&r, 41); /* before anybody listens */
	listen_to(&l, &r, NULL, NULL, 0);
	until(&l, &l.resynced);
	assert_int_equal(l.value, 41);
	assert_int_equal(l.n_events, 0);
	l.want_events = 100;
	for (int i = 1; i <= 100; i++)
		rig_publish(&r, 1000 + i);
	until_value(&l, 1100);
	assert_false(l.out_of_order);
	assert_int_equal(l.n_gaps, LIMIT_WIRE_QUEUE < 100 ? l.n_gaps : 0);
	unlisten(&l);
	rig_stop(&r);
}

static void test_subscriber_of_some_topics_sees_no_holes_where_others_are(void **state)
{
	static const char *const topics[] = {"beat_", "xrun"};
	struct rig r;
	struct listener l;
	struct err err = ERR_INIT;
	rig_start(&r, NULL);
	listen_to(&l, &r, NULL, topics, COUNT_OF(topics));
	until(&l, &l.resynced);
	for (int i = 1; i <= 20; i++) {
		struct xrun_event other = {.xruns = i};
		struct playback_position_event unheard = {.bar = i};
		ok(wire_publish(r.publisher, &wire_events[WIRE_EVENT_playback_position], &unheard,
				&err),
		   &err);
		ok(wire_publish(r.publisher, &wire_events[WIRE_EVENT_xrun], &other, &err), &err);
		rig_publish(&r, i);
	}
	until_value(&l, 20);
	assert_int_equal(l.n_gaps, 0);
	assert_int_equal(l.n_events, 20);
	assert_int_equal(wire_subscriber_stats(l.s).events,
			 40); /* the xruns, and no "alive" that was not asked for */
	unlisten(&l);
	rig_stop(&r);
}

/* Rows: S0-141 */
static void test_subscriber_that_missed_events_catches_up_by_a_snapshot(void **state)
{
	struct rig r;
	struct listener l;
	rig_start(&r, &(struct rig_options){.publish_queue = 4, .alive_ms = 20});
	listen_to(&l, &r, NULL, NULL, 0);
	until(&l, &l.resynced);
	l.resynced = false;
	/* Its loop stands still while these come: far more than the queues between hold. */
	for (int i = 1; i <= 20000; i++)
		rig_publish(&r, i);
	until_value(&l, 20000);
	assert_true(l.n_gaps > 0);
	assert_true(l.n_resyncs > 1);
	assert_true(wire_subscriber_stats(l.s).lost > 0);
	assert_false(l.out_of_order);
	unlisten(&l);
	rig_stop(&r);
}

static void test_subscriber_begins_anew_when_it_is_told_to(void **state)
{
	struct rig r;
	struct listener l;
	rig_start(&r, &(struct rig_options){.alive_ms = 20});
	listen_to(&l, &r, NULL, NULL, 0);
	wire_subscriber_ask(l.s); /* nobody was heard of yet: the first event asks */
	until(&l, &l.resynced);
	int before = l.n_resyncs;
	l.resynced = false;
	wire_subscriber_ask(l.s);
	assert_false(wire_subscriber_synced(l.s));
	rig_publish(&r, 7);
	until(&l, &l.resynced);
	until_value(&l, 7);
	assert_true(wire_subscriber_synced(l.s));
	assert_int_equal(l.n_resyncs, before + 1);
	assert_false(l.out_of_order);
	unlisten(&l);
	rig_stop(&r);
}

static void test_publisher_is_not_slowed_by_a_subscriber_that_never_reads(void **state)
{
	struct rig r;
	struct listener l;
	int one = 1;
	rig_start(&r, &(struct rig_options){.alive_ms = 20, .publish_queue = 500});
	void *context = zmq_ctx_new(), *slow = zmq_socket(context, ZMQ_SUB);
	zmq_setsockopt(slow, ZMQ_RCVHWM, &one, sizeof(one));
	zmq_setsockopt(slow, ZMQ_SUBSCRIBE, "", 0);
	assert_int_equal(zmq_connect(slow, r.iopub), 0);
	listen_to(&l, &r, NULL, NULL, 0);
	until(&l, &l.resynced);
	int64_t before = clock_monotonic_ns(clock_system());
	for (int i = 1; i <= 10000; i++)
		rig_publish(&r, i);
	assert_true(clock_monotonic_ns(clock_system()) - before < 20 * NS_PER_SEC);
	until_value(&l, 10000); /* and the one that reads is served */
	zmq_close(slow);
	zmq_ctx_term(context);
	unlisten(&l);
	rig_stop(&r);
}

static void test_subscriber_notices_a_lost_last_event(void **state)
{
	struct rig r;
	struct listener l;
	rig_start(&r, &(struct rig_options){.alive_ms = 20});
	/* A publisher of our own that speaks like the rig, so that an event can be left out. */
	void *context = zmq_ctx_new(), *pub = zmq_socket(context, ZMQ_XPUB);
	char endpoint[256], text[512], topic[64];
	size_t size = sizeof(endpoint);
	assert_int_equal(zmq_bind(pub, "tcp://127.0.0.1:*"), 0);
	zmq_getsockopt(pub, ZMQ_LAST_ENDPOINT, endpoint, &size);
	(void)str_copy(r.iopub, sizeof(r.iopub), endpoint);
	listen_to(&l, &r, NULL, NULL, 0);
	assert_true(zmq_recv(pub, topic, sizeof(topic), 0) >= 1);
	const char *inc = wire_publisher_incarnation(r.publisher);
	/* The rig itself has sent nothing but "alive"s on its own socket. */
	(void)snprintf(text, sizeof(text),
		       "{\"seq\":1000000,\"topic_seq\":1000000,\"sender\":\"chaosgarden\","
		       "\"incarnation\":\"%s\",\"beat\":0.0,"
		       "\"frame\":0,\"monotonic_ns\":1,\"payload\":{\"type\":\"daemon_alive\","
		       "\"uptime_secs\":1.0,"
		       "\"counters\":{\"beat_tick\":7}}}",
		       inc);
	zmq_send(pub, "daemon_alive", 12, ZMQ_SNDMORE);
	zmq_send(pub, text, strlen(text), 0);
	until(&l, &l.resynced);
	assert_true(l.n_gaps > 0);
	assert_true(wire_subscriber_stats(l.s).lost >= 7);
	zmq_send(pub, "beat_tick", 9, ZMQ_SNDMORE);
	zmq_send(pub, "{}", 2, 0);
	zmq_send(pub, "one frame", 9, 0);
	struct err err = ERR_INIT;
	while (wire_subscriber_stats(l.s).malformed < 2)
		ok(wire_loop_step(l.loop, 100, &err), &err);
	zmq_close(pub);
	zmq_ctx_term(context);
	unlisten(&l);
	rig_stop(&r);
}

static void test_subscriber_follows_a_daemon_that_restarts_elsewhere(void **state)
{
	struct rig r;
	struct listener l;
	struct err err = ERR_INIT;
	char *AUTO_MEM dir = NULL;
	char first[UUID_SIZE];
	ok(fs_temp_dir(NULL, "family", &dir, &err), &err);
	listen_to(&l, NULL, dir, NULL, 0); /* before there is anybody */
	rig_start(&r, &(struct rig_options){.dir = dir, .bind = "tcp://127.0.0.1:0"});
	until(&l, &l.resynced);
	memcpy(first, l.incarnation, sizeof(first));
	rig_publish(&r, 5);
	until_value(&l, 5);
	for (int i = 0; i < 3; i++) {
		rig_kill(&r);
		rig_start(&r, &(struct rig_options){.dir = dir, .bind = "tcp://127.0.0.1:0"});
		l.resynced = false;
		rig_publish(&r, 100 + i);
		until(&l, &l.resynced);
		until_value(&l, 100 + i);
		assert_true(strcmp(l.incarnation, first) > 0);
	}
	rig_stop(&r);
	unlisten(&l);
	ok(fs_remove_tree(dir, &err), &err);
}

struct publishing {
	struct rig *r;
	atomic_int *n;
};

static void *publish_many(void *arg)
{
	struct publishing *p = arg;
	struct err err = ERR_INIT;
	struct beat_tick_event e = {.position_beats = 1};
	for (int i = 0; i < 1000; i++)
		while (wire_publish(p->r->publisher, &wire_events[WIRE_EVENT_beat_tick], &e,
				    &err) == -EBUSY)
			; /* the queue between threads is bounded; the hole in the numbers is seen */
	atomic_fetch_add(p->n, 1);
	return NULL;
}

static void test_publisher_numbers_events_of_many_threads_without_holes(void **state)
{
	struct rig r;
	struct listener l;
	pthread_t threads[4];
	atomic_int n = 0;
	rig_start(&r, NULL);
	listen_to(&l, &r, NULL, NULL, 0);
	until(&l, &l.resynced);
	l.want_events = 4000;
	l.enough = false;
	struct publishing p = {&r, &n};
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, publish_many, &p), 0);
	if (LIMIT_WIRE_QUEUE >= 4000)
		until(&l, &l.enough);
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		pthread_join(threads[i], NULL);
	assert_false(l.out_of_order);
	if (LIMIT_WIRE_QUEUE >= 4000) {
		assert_int_equal(l.n_gaps, 0);
		assert_int_equal(l.n_events, 4000);
	}
	unlisten(&l);
	rig_stop(&r);
}

static void test_event_parser_names_what_is_wrong(void **state)
{
	static const struct {
		const char *text, *field;
		int code;
	} cases[] = {
		{"{}", "", -EINVAL},
		{"[]", "", -EINVAL},
		{"{\"seq\":0,\"topic_seq\":1}", "seq", -EINVAL},
		{"{\"seq\":1.5}", "seq", -EINVAL},
		{"{\"seq\":1,\"topic_seq\":-1}", "topic_seq", -EINVAL},
		{"{\"seq\":1,\"incarnation\":\"x\"}", "incarnation", -EINVAL},
		{"{\"beat\":\"1\"}", "beat", -EINVAL},
		{"{\"payload\":{}}", "payload", -EINVAL},
		{"{\"seq\":1", "", -EBADMSG},
		{"{\"seq\":1} 2", "", -EBADMSG},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct wire_received e;
		struct err err = ERR_INIT;
		int r = wire_event_parse("t", cases[i].text, strlen(cases[i].text), &e, &err);
		if (r != cases[i].code || strcmp(err.field, cases[i].field) != 0)
			fail_msg("%s: %d, '%s' %s", cases[i].text, r, err.field, err.msg);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_subscriber_begins_with_a_snapshot_and_goes_on_with_events),
		cmocka_unit_test(test_subscriber_of_some_topics_sees_no_holes_where_others_are),
		cmocka_unit_test(test_subscriber_that_missed_events_catches_up_by_a_snapshot),
		cmocka_unit_test(test_subscriber_begins_anew_when_it_is_told_to),
		cmocka_unit_test(test_publisher_is_not_slowed_by_a_subscriber_that_never_reads),
		cmocka_unit_test(test_subscriber_notices_a_lost_last_event),
		cmocka_unit_test(test_subscriber_follows_a_daemon_that_restarts_elsewhere),
		cmocka_unit_test(test_publisher_numbers_events_of_many_threads_without_holes),
		cmocka_unit_test(test_event_parser_names_what_is_wrong),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

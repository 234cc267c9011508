/*
 * test_contract.c - the catalogue against the running family: every declared request is answered by its owner, every
 * misspelt parameter is refused by name, every declared event reaches a subscriber.
 */
#include "stage.h"

#include "../check.h"

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "wire/codec.h"
#include "wire/event.h"
#include "wire/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct stage stage;
static struct wire_subscriber *subscribers[2];
static int seen[WIRE_EVENT_COUNT]; /* how often */

static void on_event(void *arg, const struct wire_received *e)
{
	const struct wire_event *type = wire_event_find(e->name);
	if (!type)
		fail_msg("event '%s' is not in the catalogue", e->name);
	AUTO_ARENA a = WIRE_ARENA_INIT;
	struct err err = ERR_INIT;
	void *body = wire_arena_alloc(&a, type->body->size);
	assert_non_null(body);
	if (wire_event_decode(e, type, &a, body, &err) < 0)
		fail_msg("event '%s' breaks its own declaration: %s: %s", e->name, err.field, err.msg);
	seen[type - wire_events]++;
}

static struct wire_context *context;

static void subscribe(const char *daemon, struct wire_subscriber **ret)
{
	struct err err = ERR_INIT;
	struct wire_subscriber_options o = {
		.context = context, .loop = stage.loop, .family = stage.family, .daemon = daemon,
		.on_event = on_event,
	};
	if (wire_subscriber_new(&o, ret, &err) < 0)
		fail_msg("%s", err.msg);
}

static void wait_for(bool (*done)(void *), void *arg, const char *what)
{
	int64_t end = clock_monotonic_ns(clock_system()) + 60 * NS_PER_SEC;
	struct err err = ERR_INIT;
	while (!done(arg)) {
		if (clock_monotonic_ns(clock_system()) > end)
			fail_msg("waited 60 s for %s", what);
		if (wire_loop_step(stage.loop, 20, &err) < 0)
			fail_msg("%s", err.msg);
	}
}

static bool both_synced(void *arg)
{
	return wire_subscriber_synced(subscribers[0]) && wire_subscriber_synced(subscribers[1]);
}

static int setup(void **state)
{
	static const char *const up[] = { "--device", "stepped", NULL };
	struct err err = ERR_INIT;
	stage_open(&stage, up);
	assert_int_equal(wire_context_new(&context, &err), 0);
	subscribe("hootenanny", &subscribers[0]);
	subscribe("chaosgarden", &subscribers[1]);
	wait_for(both_synced, NULL, "the subscribers");
	return 0;
}

static int teardown(void **state)
{
	for (int i = 0; i < 2; i++)
		wire_subscriber_free(subscribers[i]);
	wire_context_free(context);
	stage_close(&stage);
	return 0;
}

/* The daemon that answers a message; for those of all daemons, one of them. NULL: nobody in this test. */
static struct wire_client *owner_of(const struct wire_message *m)
{
	switch (m->owner) {
	case WIRE_OWNER_ALL:
	case WIRE_OWNER_HOOTENANNY:
		return stage.hoot;
	case WIRE_OWNER_CHAOSGARDEN:
		return stage.garden;
	default:
		return NULL;
	}
}

/* What would end or stop the others. */
static bool ends_the_test(const struct wire_message *m)
{
	return strcmp(m->name, "shutdown") == 0;
}

static int send_tree(const struct wire_message *m, json_t *payload, struct strbuf *out, struct err *err)
{
	AUTO_STRBUF text = STRBUF_INIT;
	assert_int_equal(json_object_set_new(payload, "type", json_string(m->name)), 0);
	assert_int_equal(json_write(&text, payload, JSON_OUT_COMPACT), 0);
	struct wire_request_options o = { .deadline_ms = 60000 };
	return wire_client_call_json(owner_of(m), text.s, text.n, &o, out, err);
}

static void check_result(const struct wire_message *m, const struct strbuf *out)
{
	struct err err = ERR_INIT;
	AUTO_ARENA a = WIRE_ARENA_INIT;
	AUTO_JSON json_t *tree = NULL;
	if (json_parse(out->s, out->n, &tree, &err) < 0)
		fail_msg("%s: %s", m->name, err.msg);
	void *result = wire_arena_alloc(&a, m->result->size);
	assert_non_null(result);
	if (wire_decode(m->result, tree, WIRE_STRICT, &a, result, &err) < 0)
		fail_msg("the result of %s breaks its declaration: %s: %s\n%s", m->name, err.field, err.msg, out->s);
}

static void answered(const struct wire_message *m, unsigned flags)
{
	static const int never[] = { -ENOTSUP, -EAGAIN, -ETIMEDOUT, -EIO, -ENOMEM };
	struct err err = ERR_INIT;
	AUTO_JSON json_t *payload = NULL;
	AUTO_STRBUF out = STRBUF_INIT;
	assert_int_equal(wire_example(m->request, flags, &payload, &err), 0);
	int r = send_tree(m, payload, &out, &err);
	if (r == 0) {
		check_result(m, &out);
		return;
	}
	for (size_t i = 0; i < COUNT_OF(never); i++)
		if (r == never[i] || (r == -EINVAL && flags == WIRE_EXAMPLE_REQUIRED)) /* the reference's: at least well said */
			fail_msg("%s was answered %s: %s", m->name, err_name(r), err.msg);
	if (!err.msg[0])
		fail_msg("%s failed with %s and not a word why", m->name, err_name(r));
}

/* Rows: L03 */
static void test_every_declared_request_is_answered_by_its_owner(void **state)
{
	size_t n = 0;
	for (size_t i = 0; i < WIRE_MESSAGE_COUNT; i++) {
		const struct wire_message *m = &wire_messages[i];
		if (!owner_of(m) || ends_the_test(m))
			continue;
		answered(m, WIRE_EXAMPLE_REQUIRED);
		answered(m, WIRE_EXAMPLE_ALL);
		n++;
	}
	assert_true(n > 60);
}

/* Rows: L03, L04 */
static void test_every_misspelt_parameter_is_refused_by_name(void **state)
{
	for (size_t i = 0; i < WIRE_MESSAGE_COUNT; i++) {
		const struct wire_message *m = &wire_messages[i];
		if (!owner_of(m) || ends_the_test(m))
			continue;
		for (size_t f = 0; f < m->request->n; f++) {
			struct err err = ERR_INIT;
			AUTO_JSON json_t *payload = NULL;
			AUTO_STRBUF out = STRBUF_INIT;
			char bad[80];
			assert_int_equal(wire_example(m->request, WIRE_EXAMPLE_REQUIRED, &payload, &err), 0);
			(void)snprintf(bad, sizeof(bad), "%sx", m->request->fields[f].name);
			if (wire_field_find(m->request, bad))
				continue;
			json_object_set_new(payload, bad, json_true());
			if (send_tree(m, payload, &out, &err) != -EINVAL || strcmp(err.field, bad) != 0)
				fail_msg("%s took '%s' (%s: %s)", m->name, bad, err.field, err.msg);
			if (!strstr(err.msg, m->request->fields[f].name) && !strstr(err.hint, m->request->fields[f].name))
				fail_msg("%s: '%s' does not name %s: %s", m->name, bad, m->request->fields[f].name, err.msg);
		}
	}
}

static void test_unknown_and_misspelt_requests_are_refused(void **state)
{
	struct err err = ERR_INIT;
	assert_int_equal(stage_try(stage.garden, &err, "{'type':'transport_sek','position_beats':1}"), -ENOTSUP);
	if (!strstr(err.msg, "transport_seek") && !strstr(err.hint, "transport_seek"))
		fail_msg("%s (%s)", err.msg, err.hint);
	assert_true(stage_try(stage.garden, &err, "{'type':'cas_store','data':''}") < 0);
}

/* --- events ---------------------------------------------------------------------------------------------------------- */

#define ROUNDS 16 /* at most */

static void await_event(enum wire_event_id e)
{
	int64_t end = clock_monotonic_ns(clock_system()) + 60 * NS_PER_SEC;
	struct err err = ERR_INIT;
	while (!seen[e] && clock_monotonic_ns(clock_system()) < end)
		assert_int_equal(wire_loop_step(stage.loop, 50, &err), 0);
}

static json_t *garden(const char *payload)
{
	return stage_ask(stage.garden, "%s", payload);
}

/* A region of each kind, a marker, broken content and an overload, all played over. */
static void play_everything(void)
{
	json_decref(stage_ask(stage.hoot, "{'type':'query_watch','query':'{ Region { region_id @output } }'}"));
	json_decref(garden("{'type':'timeline_clear'}"));
	json_decref(garden("{'type':'transport_stop'}"));
	json_decref(garden("{'type':'record_start'}"));
	json_decref(garden("{'type':'region_create','region_id':'trig','position_beats':1,'duration_beats':1,"
			   "'behaviour':'emit_trigger','trigger':'drop'}"));
	json_decref(garden("{'type':'region_create','region_id':'cust','position_beats':1,'duration_beats':1,"
			   "'behaviour':'custom','custom':{'light':'red'}}"));
	json_decref(garden("{'type':'region_create','region_id':'gone','position_beats':4,'duration_beats':1,"
			   "'content':{'path':'/nonexistent/tune.wav','mime':'audio/wav'}}"));
	json_decref(garden("{'type':'timeline_add_marker','position_beats':2,'marker_type':'cue_point'}"));
	json_decref(garden("{'type':'timeline_add_marker','marker_id':'away','position_beats':3,'marker_type':'cue_point'}"));
	json_decref(garden("{'type':'timeline_remove_marker','marker_id':'away'}"));
	json_decref(garden("{'type':'tempo_set','position_beats':0,'bpm':120}"));
	json_decref(garden("{'type':'region_update','region_id':'cust','name':'lamp'}"));
	await_event(WIRE_EVENT_content_error); /* a helper reads it: not before the region is gone */
	json_decref(garden("{'type':'region_delete','region_id':'gone'}"));
	json_decref(garden("{'type':'region_delete','region_id':'cust','at':{'boundary':'at_beat','beat':3}}"));
	json_decref(garden("{'type':'region_update','region_id':'cust','name':'other lamp'}")); /* so that one is dropped */
	json_decref(garden("{'type':'transport_play','from_beats':0}"));
	json_decref(garden("{'type':'device_step','frames':96000}"));
	json_decref(garden("{'type':'device_step','frames':4096,'cycle_ns':900000000}"));
	json_decref(garden("{'type':'record_stop'}"));
	json_decref(garden("{'type':'transport_stop'}"));
}

/* A latent through its whole life, with a decision. */
static void live_a_latent(int seed)
{
	/* "X:1\nK:C\nM:4/4\nL:1/4\nCDEF|GABc|\n" */
	AUTO_JSON json_t *tune = stage_ask(stage.hoot, "{'type':'artifact_upload','space':'abc','mime_type':'text/vnd.abc',"
						       "'data':'WDoxCk06NC80Ckw6MS80Cks6QwpDREVGfEdBQmN8Cg=='}");
	const char *id = stage_text(tune, "artifact.artifact_id");
	json_decref(stage_ask(stage.hoot, "{'type':'artifact_tag','artifact_id':'%s','add':['seen']}", id));
	char region[16];
	(void)snprintf(region, sizeof(region), "lat%d", seed);
	json_decref(stage_ask(stage.garden,
			      "{'type':'region_create','region_id':'%s','position_beats':4,'duration_beats':16,"
			      "'behaviour':'latent','intent':{'prompt':'more of it'}}",
			      region));
	json_decref(stage_ask(stage.hoot,
			      "{'type':'forward','inputs':['%s'],'region_id':'%s','steps':[{'verb':'project','space':'midi'},"
			      "{'verb':'continue','seed':%d,'params':{'bars':24}},{'verb':'project','space':'audio'}]}",
			      id, region, seed));
	static const char *const resolved[] = { "resolved", NULL };
	stage_wait_region(&stage, region, resolved);
	json_decref(stage_ask(stage.hoot,
			      "{'type':'decide','region_id':'%s','decision':'approve',"
			      "'mix_in':{'at':{'boundary':'at_beat','beat':4}}}",
			      region));
	static const char *const approved[] = { "approved", NULL };
	stage_wait_region(&stage, region, approved);
	json_decref(garden("{'type':'transport_play','from_beats':0}"));
	json_decref(garden("{'type':'device_step','frames':144000}"));
	json_decref(garden("{'type':'transport_stop'}"));
}

static bool all_seen(void *arg)
{
	for (size_t i = 0; i < WIRE_EVENT_COUNT; i++)
		if (!seen[i] && strcmp(wire_events[i].name, "shutdown") != 0)
			return false;
	return true;
}

/* Rounds, because a worker is asked for progress every quarter of a second, which a fast machine's job does not last, and
   because tiny queues drop events for a subscriber that is busy asking. */
/* Rows: L01, S3-30 */
static void test_every_declared_event_is_seen_by_a_subscriber(void **state)
{
	int round = 0;
	while (++round <= ROUNDS && !all_seen(NULL)) {
		play_everything();
		live_a_latent(round);
		if (round == 1)
			json_decref(garden("{'type':'config_set','key':'log','value':'info'}"));
	stage_kill(&stage, "hoot-worker", SIGTERM); /* leaves, and the supervisor brings it back */
		struct err err = ERR_INIT;
		int64_t end = clock_monotonic_ns(clock_system()) + (round < ROUNDS ? 1 : 30) * NS_PER_SEC;
		while (!all_seen(NULL) && clock_monotonic_ns(clock_system()) < end)
			assert_int_equal(wire_loop_step(stage.loop, 50, &err), 0);
	}

	assert_in_range(seen[WIRE_EVENT_content_error], 1, round); /* one a region, not one an edit */

	/* `shutdown` is the last thing a daemon says */
	json_decref(garden("{'type':'shutdown','reason':'test'}"));
	await_event(WIRE_EVENT_shutdown);

	size_t missing = 0;
	for (size_t i = 0; i < WIRE_EVENT_COUNT; i++)
		if (!seen[i]) {
			print_error("event '%s' of %s was never seen\n", wire_events[i].name,
				    wire_owner_name(wire_events[i].owner));
			missing++;
		}
	assert_int_equal(missing, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unknown_and_misspelt_requests_are_refused),
		cmocka_unit_test(test_every_misspelt_parameter_is_refused_by_name),
		cmocka_unit_test(test_every_declared_request_is_answered_by_its_owner),
		cmocka_unit_test(test_every_declared_event_is_seen_by_a_subscriber),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}

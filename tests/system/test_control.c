/*
 * test_control.c - five sockets, and what must never wait: stop, queries and shutdown, ahead of a flood and of a long command.
 *
 * How soon is said in cycles of the engine where it can be: the stepped device runs as fast as the machine lets it, so the
 * wall time of a cycle says nothing.
 */
#include "play.h"

#include "../check.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/uuid.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

enum { QUANTUM = 256, FLOOD = 5000 };

static struct play play;
static struct wire_context *context;
#define ASK(...) PLAY_ASK(&play, __VA_ARGS__)

static int setup(void **state)
{
	play_open(&play, PLAY_ALONE);
	assert_int_equal(wire_context_new(&context, NULL), 0);
	return 0;
}

static int teardown(void **state)
{
	wire_context_free(TAKE(context));
	play_close(&play);
	return 0;
}

static struct wire_client *connect_to(const char *socket)
{
	struct wire_client *c = NULL;
	struct err err = ERR_INIT;
	const struct wire_client_options o = { .context = context, .loop = play.stage.loop, .family = play.stage.family,
					       .daemon = "chaosgarden", .socket = socket };
	if (wire_client_new(&o, &c, &err) < 0)
		fail_msg("%s", err.msg);
	return c;
}

/* ---- five sockets ---- */

/* One round trip over a plain socket of this kind, as any language would do it. */
static void plain_ping(void *zmq, int kind, const char *endpoint)
{
	char text[200], id[UUID_SIZE], reply[1000];
	void *s = zmq_socket(zmq, kind);
	int patience = 60000, linger = 0;
	uuid_new(id);
	(void)zmq_setsockopt(s, ZMQ_RCVTIMEO, &patience, sizeof(patience));
	(void)zmq_setsockopt(s, ZMQ_LINGER, &linger, sizeof(linger));
	assert_int_equal(zmq_connect(s, endpoint), 0);
	int n = snprintf(text, sizeof(text), "{\"id\":\"%s\",\"payload\":{\"type\":\"ping\"}}", id);
	assert_int_equal(zmq_send(s, text, (size_t)n, 0), n);
	n = zmq_recv(s, reply, sizeof(reply) - 1, 0);
	if (n <= 0)
		fail_msg("%s does not answer: %s", endpoint, zmq_strerror(zmq_errno()));
	reply[n < (int)sizeof(reply) ? n : (int)sizeof(reply) - 1] = 0;
	assert_non_null(strstr(reply, id));
	assert_non_null(strstr(reply, "\"success\""));
	zmq_close(s);
}

static void plain_subscribe(void *zmq, const char *endpoint)
{
	char topic[100];
	void *s = zmq_socket(zmq, ZMQ_SUB);
	int patience = 60000, linger = 0;
	(void)zmq_setsockopt(s, ZMQ_RCVTIMEO, &patience, sizeof(patience));
	(void)zmq_setsockopt(s, ZMQ_LINGER, &linger, sizeof(linger));
	(void)zmq_setsockopt(s, ZMQ_SUBSCRIBE, "", 0);
	assert_int_equal(zmq_connect(s, endpoint), 0);
	if (zmq_recv(s, topic, sizeof(topic), 0) <= 0)
		fail_msg("%s says nothing: %s", endpoint, zmq_strerror(zmq_errno()));
	zmq_close(s);
}

/* Rows: S0-140, S0-144 */
static void test_five_sockets_are_bound_and_speak_their_patterns(void **state)
{
	static const struct {
		const char *name;
		int kind;
	} sockets[] = { { "shell", ZMQ_DEALER }, { "iopub", ZMQ_SUB }, { "control", ZMQ_DEALER }, { "query", ZMQ_DEALER },
			{ "heartbeat", ZMQ_REQ } };
	char seen[5][WIRE_ENDPOINT_SIZE];
	void *zmq = zmq_ctx_new();
	for (size_t i = 0; i < COUNT_OF(sockets); i++) {
		struct err err = ERR_INIT;
		if (wire_family_lookup(play.stage.family, "chaosgarden", sockets[i].name, seen[i], &err) < 0)
			fail_msg("%s: %s", sockets[i].name, err.msg);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(seen[i], seen[k]);
		if (sockets[i].kind == ZMQ_SUB)
			plain_subscribe(zmq, seen[i]);
		else
			plain_ping(zmq, sockets[i].kind, seen[i]);
	}
	zmq_ctx_term(zmq);
}

/* Rows: S0-96 */
static void test_the_query_socket_answers_questions_and_changes_nothing(void **state)
{
	struct wire_client *query = connect_to("query"), *control = connect_to("control");
	struct err err = ERR_INIT;
	ASK("{'type':'region_create','region_id':'r','position_beats':0,'duration_beats':4,'content':{'path':'%s'}}", play.tune);
	AUTO_JSON json_t *r = stage_ask(query, "{'type':'region_get','region_id':'r'}");
	assert_true(stage_number(r, "region.duration_beats") == 4);
	assert_int_equal(stage_try(query, &err, "{'type':'region_delete','region_id':'r'}"), -ENOTSUP);
	assert_int_equal(stage_try(query, &err, "{'type':'transport_play'}"), -ENOTSUP);
	assert_int_equal(stage_try(control, &err, "{'type':'region_delete','region_id':'r'}"), -ENOTSUP);
	wire_client_free(query);
	wire_client_free(control);
}

/* ---- ahead of everything ---- */

/* A peer that has sent a long command, and thousands of small requests behind it. */
struct flood {
	void *zmq, *shell;
	struct wire_client *control, *query;
	char step_id[UUID_SIZE];
	bool step_ended, step_cancelled;
	int answered;
};

static void send_raw(struct flood *f, const char *id, const char *payload)
{
	char text[300];
	int n = snprintf(text, sizeof(text), "{\"id\":\"%s\",\"deadline_ms\":60000,\"payload\":%s}", id, payload);
	if (zmq_send(f->shell, text, (size_t)n, ZMQ_DONTWAIT) != n)
		fail_msg("%s", zmq_strerror(zmq_errno()));
}

/* Takes what has come; waits for something when `wait`. False: nothing came. */
static bool take_answers(struct flood *f, bool wait)
{
	char text[4000];
	bool any = false;
	for (int n; (n = zmq_recv(f->shell, text, sizeof(text) - 1, wait && !any ? 0 : ZMQ_DONTWAIT)) > 0; any = true) {
		text[n < (int)sizeof(text) ? n : (int)sizeof(text) - 1] = 0;
		if (!strstr(text, f->step_id)) {
			f->answered++;
			continue;
		}
		f->step_ended = true;
		f->step_cancelled = strstr(text, "\"cancelled\"");
	}
	return any;
}

static void begin_flood(struct flood *f)
{
	char endpoint[WIRE_ENDPOINT_SIZE], id[UUID_SIZE];
	int patience = 60000, none = 0;
	*f = (struct flood){ .zmq = zmq_ctx_new(), .control = connect_to("control"), .query = connect_to("query") };
	f->shell = zmq_socket(f->zmq, ZMQ_DEALER);
	(void)zmq_setsockopt(f->shell, ZMQ_RCVTIMEO, &patience, sizeof(patience));
	(void)zmq_setsockopt(f->shell, ZMQ_LINGER, &none, sizeof(none));
	(void)zmq_setsockopt(f->shell, ZMQ_SNDHWM, &none, sizeof(none)); /* all of it may wait */
	(void)zmq_setsockopt(f->shell, ZMQ_RCVHWM, &none, sizeof(none));
	assert_int_equal(wire_family_lookup(play.stage.family, "chaosgarden", "shell", endpoint, NULL), 0);
	assert_int_equal(zmq_connect(f->shell, endpoint), 0);

	ASK("{'type':'region_create','position_beats':0,'duration_beats':16,'content':{'path':'%s'}}", play.tune);
	ASK("{'type':'transport_play','from_beats':0}");
	AUTO_JSON json_t *before = stage_ask(f->query, "{'type':'transport_status'}");
	uuid_new(f->step_id);
	send_raw(f, f->step_id, "{\"type\":\"device_step\",\"frames\":10000000000}");
	for (int i = 0; i < FLOOD; i++) {
		uuid_new(id);
		send_raw(f, id, "{\"type\":\"transport_status\"}");
	}
	for (;;) { /* until the long command is at work */
		AUTO_JSON json_t *now = stage_ask(f->query, "{'type':'transport_status'}");
		if (stage_number(now, "engine_frames") > stage_number(before, "engine_frames"))
			return;
	}
}

static void end_flood(struct flood *f)
{
	zmq_close(f->shell);
	zmq_ctx_term(f->zmq);
	wire_client_free(f->control);
	wire_client_free(f->query);
}

static void wait_cancelled(struct flood *f)
{
	while (!f->step_ended && take_answers(f, true))
		;
	assert_true(f->step_ended && f->step_cancelled); /* not its end, which is far away */
}

/* Rows: S0-95 */
static void test_a_stop_overtakes_a_flood_of_requests_and_a_long_command(void **state)
{
	struct flood f;
	struct ear ear;
	ear_open(&ear, &play, "chaosgarden");
	begin_flood(&f);
	int64_t asked = clock_monotonic_ns(clock_system());
	AUTO_JSON json_t *r = stage_ask(f.control, "{'type':'control_stop'}");
	int64_t took = clock_monotonic_ns(clock_system()) - asked;
	json_t *e = NULL;
	for (size_t n = 1; !e; n++) {
		json_t *t = ear_wait(&ear, "transport_changed", NULL, n);
		e = strcmp(stage_text(t, "state"), "stopped") == 0 ? t : NULL;
	}
	/* the stop was in force two cycles after the answer at the latest; the event is told at the end of one */
	double cycles = (stage_number(e, "engine_frames") - stage_number(r, "engine_frames")) / QUANTUM;
	print_message("stopped %.0f cycles after the answer, which took %.2f ms\n", cycles, (double)took / 1e6);
	assert_true(cycles <= 4);
	AUTO_JSON json_t *s = stage_ask(f.query, "{'type':'transport_status'}");
	assert_string_equal(stage_text(s, "state"), "stopped");
	assert_false(take_answers(&f, false)); /* all of them are still behind the long command */
	AUTO_JSON json_t *i = stage_ask(f.control, "{'type':'control_interrupt'}");
	assert_true(json_is_true(json_object_get(i, "interrupted")));
	wait_cancelled(&f);
	while (f.answered < FLOOD && (int)LIMIT_WIRE_QUEUE > (int)FLOOD) /* with tiny limits answers may be lost to one who reads slowly */
		assert_true(take_answers(&f, true));
	end_flood(&f);
	ear_close(&ear);
}

/* Rows: S0-95 */
static void test_a_shutdown_overtakes_a_flood_of_requests_and_a_long_command(void **state)
{
	struct flood f;
	pid_t old = stage_pid(&play.stage, "chaosgarden");
	begin_flood(&f);
	json_decref(stage_ask(f.control, "{'type':'shutdown','reason':'test'}"));
	wait_cancelled(&f);
	stage_wait_back(&play.stage, "chaosgarden", old);
	end_flood(&f);
}

/* Rows: S0-95 */
static void test_a_signal_overtakes_a_flood_of_requests_and_a_long_command(void **state)
{
	struct flood f;
	pid_t old = stage_pid(&play.stage, "chaosgarden");
	begin_flood(&f);
	assert_int_equal(kill(old, SIGTERM), 0);
	wait_cancelled(&f);
	stage_wait_back(&play.stage, "chaosgarden", old);
	end_flood(&f);
}

/* ---- what it does not know ---- */

static bool mentions(const char *path, const char *const *words, char *ret, size_t size)
{
	FILE *f = fopen(path, "r");
	char line[2000];
	bool found = false;
	assert_non_null(f);
	while (!found && fgets(line, sizeof(line), f)) {
		for (int i = 0; words[i]; i++)
			found |= strstr(line, words[i]) != NULL;
	}
	(void)fclose(f);
	(void)str_copy(ret, size, line);
	return found;
}

/* Rows: S0-97, S0-98, S0-99 */
static void test_the_running_daemon_has_no_store_no_jobs_and_no_web_in_it(void **state)
{
	static const char *const libraries[] = { "sqlite", "libcurl", "liblua", "libpython", "event_http", "event_extra", NULL };
	static const char *const files[] = { ".db", ".sqlite", "/store", NULL };
	char path[300], found[2000], link[1000];
	ASK("{'type':'region_create','position_beats':0,'duration_beats':16,'content':{'path':'%s'}}", play.tune);
	ASK("{'type':'transport_play','from_beats':0}");
	play_step(&play, PLAY_BEAT);
	int pid = (int)stage_pid(&play.stage, "chaosgarden");
	(void)snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	if (mentions(path, libraries, found, sizeof(found)))
		fail_msg("chaosgarden has loaded %s", found);
	(void)snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	DIR *d = opendir(path);
	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));) {
		(void)snprintf(path, sizeof(path), "/proc/%d/fd/%.20s", pid, e->d_name);
		ssize_t n = readlink(path, link, sizeof(link) - 1);
		link[n < 0 ? 0 : n] = 0;
		for (int i = 0; files[i]; i++)
			if (strstr(link, files[i]))
				fail_msg("chaosgarden has opened %s", link);
	}
	(void)closedir(d);
	/* nor does anybody get a store, a job or MCP from it */
	static const char *const not_here[] = { "cas_store", "artifact_get", "job_claim", "forward", "tools/list", "initialize", NULL };
	for (int i = 0; not_here[i]; i++) {
		struct err err = ERR_INIT;
		assert_int_equal(stage_try(play.stage.garden, &err, "{'type':'%s'}", not_here[i]), -ENOTSUP);
	}
}

/* Rows: S0-66, S0-97, L32 */
static void test_content_is_found_by_its_hash_where_the_store_has_put_it(void **state)
{
	play_reset(&play);
	AUTO_JSON json_t *staged = stage_ask(play.stage.hoot, "{'type':'cas_stage','suffix':'.wav'}");
	play_constant(stage_text(staged, "path"), 0.5f, 4);
	AUTO_JSON json_t *kept = stage_ask(play.stage.hoot, "{'type':'cas_adopt','path':'%s','mime_type':'audio/wav'}",
					   stage_text(staged, "path"));
	const char *hash = stage_text(kept, "content_hash");
	AUTO_JSON json_t *made = stage_ask(play.stage.garden, "{'type':'region_create','region_id':'r','position_beats':0,"
					   "'content':{'hash':'%s'}}", hash);
	assert_true(stage_number(made, "duration_beats") == 4);
	AUTO_JSON json_t *r = play_region(&play, "r");
	assert_string_equal(stage_text(r, "region.content.hash"), hash);
	assert_null(json_object_get(stage_value(r, "region.content"), "path")); /* it goes by the hash alone */
	AUTO(audio_buffer) b = play_perform(&play, 4);
	play_expect(b, 0, 4 * PLAY_BEAT, 0.5);
	/* the store is gone: what is on the timeline is heard all the same */
	stage_kill(&play.stage, "hootenanny", SIGKILL);
	AUTO(audio_buffer) again = play_perform(&play, 4);
	play_expect(again, 500, 4 * PLAY_BEAT, 0.5); /* behind what the first performance left ringing */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_five_sockets_are_bound_and_speak_their_patterns),
		cmocka_unit_test(test_the_query_socket_answers_questions_and_changes_nothing),
		cmocka_unit_test(test_the_running_daemon_has_no_store_no_jobs_and_no_web_in_it),
		cmocka_unit_test(test_content_is_found_by_its_hash_where_the_store_has_put_it),
		cmocka_unit_test(test_a_stop_overtakes_a_flood_of_requests_and_a_long_command),
		cmocka_unit_test(test_a_shutdown_overtakes_a_flood_of_requests_and_a_long_command),
		cmocka_unit_test(test_a_signal_overtakes_a_flood_of_requests_and_a_long_command),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}

/*
 * test_alone.c - the worker as a program, with a hootenanny that the test plays over ZeroMQ.
 */
#include "../check.h"
#include "../child.h"

#include "base/fs.h"
#include "base/str.h"
#include "hash.h"
#include "wire/codec.h"
#include "wire/family.h"
#include "wire/loop.h"
#include "wire/service.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

static const char worker_id[] = "01938e6a-7c00-7000-8000-000000000005";
static const char tune[] = "X:1\nK:C\nM:4/4\nL:1/4\nCDEF|GABc|\n";

struct stand_in {
	char *dir, *input, *staged, *mark;
	struct wire_handler handlers[WIRE_MESSAGE_COUNT];
	struct wire_loop *loop;
	int n_given;
	bool done, left;
	char hash[80], name[64];
};

static int on_register(void *context, const struct wire_call *call, const void *request, void *ret, struct err *err)
{
	struct stand_in *s = context;
	const struct worker_register *req = request;
	(void)str_copy(s->name, sizeof(s->name), req->name);
	*(struct worker_register_result *)ret = (struct worker_register_result){
		.worker_id = worker_id, .heartbeat_ms = 1000, .cas_root = s->dir, .mark_path = s->mark, .mark = "here" };
	return 0;
}

static int on_claim(void *context, const struct wire_call *call, const void *request, void *ret, struct err *err)
{
	struct stand_in *s = context;
	struct job_claim_result *res = ret;
	assert_string_equal(((const struct job_claim *)request)->worker_id, worker_id);
	if (s->n_given++ > 0)
		return 0;
	struct input_view *in = wire_arena_alloc(call->arena, sizeof(*in));
	json_t *params = json_object();
	if (!in || wire_arena_take(call->arena, params) < 0)
		return err_set(err, -ENOMEM, "lease");
	*in = (struct input_view){ .artifact_id = "a", .path = s->input, .mime_type = "text/vnd.abc", .space = "abc",
				   .content_hash = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
				   .size_bytes = (int64_t)strlen(tune) };
	res->has_lease = true;
	res->lease = (struct lease_view){ .job_id = "hoot:1", .attempt = 3, .verb = "project", .from_space = "abc",
					  .space = "midi", .model = "abc", .model_version = "4", .params = params,
					  .staging_path = s->staged, .lease_ms = 10000, .actor = "ada" };
	res->lease.inputs.v = in;
	res->lease.inputs.n = 1;
	return 0;
}

static int on_complete(void *context, const struct wire_call *call, const void *request, void *ret, struct err *err)
{
	struct stand_in *s = context;
	const struct job_complete *req = request;
	assert_string_equal(req->job_id, "hoot:1");
	assert_int_equal(req->attempt, 3);
	assert_string_equal(req->path, s->staged);
	assert_string_equal(req->mime_type, "audio/midi");
	(void)str_copy(s->hash, sizeof(s->hash), req->content_hash);
	*(struct job_complete_result *)ret = (struct job_complete_result){ .artifact_id = "b", .finished = true };
	s->done = true;
	return 0;
}

static int on_beat(void *context, const struct wire_call *call, const void *request, void *ret, struct err *err)
{
	/* both answers begin alike */
	*(struct job_progress_result *)ret = (struct job_progress_result){ .lease_ms = 10000 };
	return 0;
}

static int on_leave(void *context, const struct wire_call *call, const void *request, void *ret, struct err *err)
{
	((struct stand_in *)context)->left = true;
	return 0;
}

static void answer(struct stand_in *s, enum wire_message_id id,
		   int (*run)(void *, const struct wire_call *, const void *, void *, struct err *))
{
	s->handlers[id] = (struct wire_handler){ &wire_messages[id], run };
}

static void prepare(struct stand_in *s)
{
	assert_int_equal(fs_temp_dir(NULL, "alone", &s->dir, NULL), 0);
	s->input = fs_join(s->dir, "tune.abc");
	s->staged = fs_join(s->dir, "result");
	s->mark = fs_join(s->dir, "mark");
	assert_int_equal(fs_write_atomic(s->input, tune, strlen(tune), 0644, NULL), 0);
	assert_int_equal(fs_write_atomic(s->mark, "here", 4, 0644, NULL), 0);
	answer(s, WIRE_MESSAGE_worker_register, on_register);
	answer(s, WIRE_MESSAGE_job_claim, on_claim);
	answer(s, WIRE_MESSAGE_job_complete, on_complete);
	answer(s, WIRE_MESSAGE_job_progress, on_beat);
	answer(s, WIRE_MESSAGE_job_heartbeat, on_beat);
	answer(s, WIRE_MESSAGE_worker_leave, on_leave);
}

static void await(struct stand_in *s, const bool *what)
{
	if (wire_loop_until(s->loop, what, wire_loop_now_ns(s->loop) + 60 * NS_PER_SEC, NULL) < 0)
		fail_msg("the worker never said so");
}

/* Rows: S0-145, S0-147, S0-150 */
static void test_a_worker_works_for_a_hootenanny_that_somebody_plays(void **state)
{
	struct stand_in s = { 0 };
	struct wire_context *context = NULL;
	struct wire_service *service = NULL;
	char endpoint[WIRE_ENDPOINT_SIZE], digits[65];
	prepare(&s);
	assert_int_equal(wire_loop_new(&s.loop, NULL), 0);
	assert_int_equal(wire_context_new(&context, NULL), 0);
	const struct wire_service_options o = { .name = "hootenanny", .context = context, .loop = s.loop, .user = &s };
	const struct wire_port_options port = { .name = "requests", .kind = WIRE_ROUTER, .endpoint = "tcp://127.0.0.1:0",
						.handlers = s.handlers };
	assert_int_equal(wire_service_new(&o, &service, NULL), 0);
	assert_int_equal(wire_service_bind(service, &port, endpoint, NULL), 0);
	char *const argv[] = { getenv("HOOT_WORKER"), (char *)"--hootenanny", endpoint, (char *)"--name", (char *)"solo", NULL };
	assert_non_null(argv[0]);
	pid_t pid = child_start(argv[0], argv, NULL);
	await(&s, &s.done);
	assert_string_equal(s.name, "solo");
	assert_int_equal(hash_file(s.staged, digits, NULL), 0);
	assert_string_equal(s.hash + strlen("sha256:"), digits);
	assert_int_equal(kill(pid, SIGTERM), 0);
	await(&s, &s.left);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	wire_service_free(service);
	wire_context_free(context);
	wire_loop_free(s.loop);
	(void)fs_remove_tree(s.dir, NULL);
	free(s.dir);
	free(s.input);
	free(s.staged);
	free(s.mark);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_a_worker_works_for_a_hootenanny_that_somebody_plays) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}

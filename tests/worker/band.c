#include "band.h"

#include "base/clock.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/str.h"
#include "music/smf.h"
#include "wire/codec.h"
#include "wire/family.h"

#include "../check.h"
#include "../child.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define PATIENCE_S 60

/* What runs and where, for band_teardown: a failed test leaves without closing its band. */
static pid_t running[8];
static char *folder;

static int64_t now_ns(void)
{
	return clock_monotonic_ns(clock_system());
}

/* The band's events have been looked at since: whatever is waited for is asked about again. */
static void on_event(void *arg, const struct wire_received *e)
{
	struct band *b = arg;
	b->n_news++;
}

static void on_resync(void *arg, const struct wire_snapshot *snapshot)
{
	struct band *b = arg;
	b->n_news++;
}

/* Until hootenanny has said something that was not known at `news`. */
static void await_news(struct band *b, int64_t began_ns, uint64_t news, const char *what)
{
	while (b->n_news == news) {
		if (now_ns() - began_ns > PATIENCE_S * NS_PER_SEC)
			fail_msg("waited %d s for %s", PATIENCE_S, what);
		assert_int_equal(wire_loop_step(b->loop, 1000, NULL), 0);
	}
}

static pid_t start(struct band *b, const char *env, const char *const *args, const char *log_name)
{
	const char *program = getenv(env);
	if (!program)
		fail_msg("$%s is not set: run this under meson test", env);
	char *argv[24] = { (char *)program };
	size_t n = 1;
	for (; *args && n < COUNT_OF(argv) - 1; args++)
		argv[n++] = (char *)*args;
	AUTO_MEM char *log = fs_join(b->dir, log_name);
	pid_t pid = child_start(program, argv, log);
	for (size_t i = 0; i < COUNT_OF(running); i++) {
		if (running[i] == 0) {
			running[i] = pid;
			break;
		}
	}
	return pid;
}

void band_start_hoot(struct band *b)
{
	char lease[32];
	(void)snprintf(lease, sizeof(lease), "%d", b->lease_ms);
	const char *const args[] = { "--family", b->dir, "--bind", b->bind, "--lease-ms", lease, NULL };
	b->hoot = start(b, "HOOTENANNY", args, "hootenanny.log");
}

static void start_worker(struct band *b, int i, const char *const where[4])
{
	char name[32], log[48];
	(void)snprintf(name, sizeof(name), "w%d", i);
	(void)snprintf(log, sizeof(log), "%s.log", name);
	const char *const args[] = { "--name", name, where[0], where[1], where[2], where[3], NULL };
	b->workers[i] = start(b, "HOOT_WORKER", args, log);
}

void band_start_worker(struct band *b, int i)
{
	const char *const where[4] = { "--family", b->dir };
	start_worker(b, i, where);
}

void band_start_worker_elsewhere(struct band *b, int i)
{
	char endpoint[WIRE_ENDPOINT_SIZE];
	AUTO_MEM char *elsewhere = fs_join(b->dir, "elsewhere");
	assert_int_equal(fs_mkdir_p(elsewhere, 0755, NULL), 0);
	assert_int_equal(wire_family_lookup(b->family, "hootenanny", "requests", endpoint, NULL), 0);
	const char *const where[4] = { "--hootenanny", endpoint, "--cas-root", elsewhere };
	start_worker(b, i, where);
}

void band_open(struct band *b, int lease_ms)
{
	band_open_at(b, lease_ms, "tcp://127.0.0.1:0");
}

void band_open_at(struct band *b, int lease_ms, const char *bind)
{
	*b = (struct band){ .lease_ms = lease_ms, .bind = bind };
	assert_int_equal(fs_temp_dir(NULL, "hoot-band", &b->dir, NULL), 0);
	folder = b->dir;
	assert_int_equal(wire_family_open(b->dir, true, &b->family, NULL), 0);
	assert_int_equal(wire_loop_new(&b->loop, NULL), 0);
	assert_int_equal(wire_context_new(&b->context, NULL), 0);
	struct wire_client_options o = { .name = "test", .context = b->context, .loop = b->loop, .family = b->family,
					 .daemon = "hootenanny", .socket = "requests", .actor = "test" };
	assert_int_equal(wire_client_new(&o, &b->client, NULL), 0);
	struct wire_subscriber_options so = { .context = b->context, .loop = b->loop, .family = b->family,
					      .daemon = "hootenanny", .on_event = on_event, .on_resync = on_resync, .arg = b };
	assert_int_equal(wire_subscriber_new(&so, &b->subscriber, NULL), 0);
	band_start_hoot(b);
}

int band_wait(pid_t *pid)
{
	int status, fd = (int)syscall(SYS_pidfd_open, *pid, 0);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	assert_true(fd >= 0);
	if (poll(&p, 1, PATIENCE_S * 1000) != 1)
		fail_msg("waited %d s for a process to end", PATIENCE_S);
	close(fd);
	assert_int_equal(waitpid(*pid, &status, 0), *pid);
	for (size_t i = 0; i < COUNT_OF(running); i++)
		running[i] = running[i] == *pid ? 0 : running[i];
	*pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int band_end(pid_t *pid, int signal)
{
	if (*pid == 0)
		return 0;
	assert_int_equal(kill(*pid, signal), 0);
	return band_wait(pid);
}

void band_close(struct band *b)
{
	wire_subscriber_free(b->subscriber);
	wire_client_free(b->client);
	wire_context_free(b->context);
	for (size_t i = 0; i < COUNT_OF(b->workers); i++)
		(void)band_end(&b->workers[i], SIGKILL);
	(void)band_end(&b->hoot, SIGKILL);
	wire_loop_free(b->loop);
	wire_family_free(b->family);
	(void)fs_remove_tree(b->dir, NULL);
	free(b->dir);
	folder = NULL;
}

int band_teardown(void **state)
{
	for (size_t i = 0; i < COUNT_OF(running); i++) {
		if (running[i] > 0) {
			(void)kill(running[i], SIGKILL);
			(void)waitpid(running[i], NULL, 0);
		}
		running[i] = 0;
	}
	if (folder)
		(void)fs_remove_tree(folder, NULL);
	folder = NULL;
	return 0;
}

static int ask(struct band *b, char *payload, json_t **ret, struct err *err)
{
	AUTO_STRBUF text = STRBUF_INIT;
	for (char *c = payload; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	struct wire_request_options o = { .harmless = true };
	int r = wire_client_call_json(b->client, payload, strlen(payload), &o, &text, err);
	return r < 0 ? r : json_parse(text.s, text.n, ret, err);
}

int band_try(struct band *b, json_t **ret, struct err *err, const char *fmt, ...)
{
	char payload[2000];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(payload, sizeof(payload), fmt, ap);
	va_end(ap);
	return ask(b, payload, ret, err);
}

json_t *band_ask(struct band *b, const char *fmt, ...)
{
	char payload[2000];
	va_list ap;
	struct err err = ERR_INIT;
	json_t *j = NULL;
	va_start(ap, fmt);
	(void)vsnprintf(payload, sizeof(payload), fmt, ap);
	va_end(ap);
	if (ask(b, payload, &j, &err) < 0)
		fail_msg("%s: %s: %s", payload, err.field, err_msg(&err));
	return j;
}

const char *band_text(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));
	if (!s)
		fail_msg("no text '%s'", key);
	return s;
}

/* What is too large to travel inside a message goes by the staging folder. */
static char *upload_staged(struct band *b, const void *bytes, size_t n, const char *mime_type, const char *space)
{
	AUTO_JSON json_t *stage = band_ask(b, "{'type':'cas_stage','suffix':'.bin'}");
	assert_int_equal(fs_write_atomic(band_text(stage, "path"), bytes, n, 0644, NULL), 0);
	AUTO_JSON json_t *put = band_ask(b, "{'type':'cas_adopt','path':'%s','mime_type':'%s'}", band_text(stage, "path"), mime_type);
	AUTO_JSON json_t *made = band_ask(b, "{'type':'artifact_create','cas_hash':'%s','mime_type':'%s','space':'%s'}",
					  band_text(put, "content_hash"), mime_type, space);
	return strdup(band_text(json_object_get(made, "artifact"), "artifact_id"));
}

char *band_upload(struct band *b, const void *bytes, size_t n, const char *mime_type, const char *space)
{
	if (n > LIMIT_WIRE_BYTES)
		return upload_staged(b, bytes, n, mime_type, space);
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct artifact_upload req = { .data = { bytes, n }, .has_mime_type = true, .mime_type = mime_type, .has_space = true,
				       .space = space };
	struct artifact_upload_result res;
	struct err err = ERR_INIT;
	if (wire_client_call(b->client, &wire_messages[WIRE_MESSAGE_artifact_upload], &req, NULL, &arena, &res, &err) < 0)
		fail_msg("upload: %s", err_msg(&err));
	return strdup(res.artifact.artifact_id);
}

char *band_tune(struct band *b, int n_bars)
{
	static const int8_t scale[] = { 0, 2, 4, 5, 7, 9, 11, 12 };
	AUTO(score) s = score_new();
	size_t v;
	assert_int_equal(score_add_voice(s, "", &v, NULL), 0);
	assert_int_equal(score_set_tempo(s, 0, 120, NULL), 0);
	struct score_control c = { .kind = SCORE_PROGRAM, .value = 16 };
	assert_int_equal(score_add_control(s, v, &c, NULL), 0);
	for (int i = 0; i < n_bars * 2; i++) {
		struct note n = { i * 2, 2, (uint8_t)(60 + scale[i * 3 % 8]), 90, 0, 64 };
		assert_int_equal(score_add_note(s, v, &n, NULL), 0);
	}
	uint8_t *bytes = NULL;
	size_t n = 0;
	assert_int_equal(score_write_smf(s, &bytes, &n, NULL), 0);
	char *id = band_upload(b, bytes, n, "audio/midi", "midi");
	free(bytes);
	return id;
}

json_t *band_result(struct band *b, const json_t *answer)
{
	AUTO_MEM char *id = strdup(band_text(json_object_get(answer, "job"), "job_id"));
	band_wait_state(b, id, "complete");
	AUTO_JSON json_t *job = band_job(b, id);
	AUTO_JSON json_t *got = band_ask(b, "{'type':'artifact_get','artifact_id':'%s'}", band_text(job, "artifact_id"));
	return json_incref(json_object_get(got, "artifact"));
}

json_t *band_report(const json_t *artifact)
{
	json_t *j = NULL;
	assert_string_equal(band_text(artifact, "mime_type"), "application/json");
	assert_int_equal(json_parse_file(band_text(artifact, "path"), &j, NULL), 0);
	return j;
}

struct score *band_score(const json_t *artifact)
{
	AUTO_MEM char *bytes = NULL;
	size_t n;
	struct score *s = NULL;
	assert_string_equal(band_text(artifact, "mime_type"), "audio/midi");
	assert_int_equal(fs_read(band_text(artifact, "path"), 1 << 22, &bytes, &n, NULL), 0);
	assert_int_equal(score_read_smf(bytes, n, &s, NULL), 0);
	return s;
}

json_t *band_job(struct band *b, const char *job_id)
{
	AUTO_JSON json_t *r = band_ask(b, "{'type':'job_status','job_id':'%s'}", job_id);
	return json_incref(json_object_get(r, "job"));
}

/* Waits until the job is in a state or has ended; whether it is in that state. */
static bool await_state(struct band *b, const char *job_id, const char *state, json_t **ret_job)
{
	uint64_t news = b->n_news;
	for (int64_t began = now_ns();; await_news(b, began, news, state), news = b->n_news) {
		AUTO_JSON json_t *job = band_job(b, job_id);
		const char *is = band_text(job, "state");
		bool there = str_eq(is, state);
		if (!there && !str_eq(is, "failed") && !str_eq(is, "complete") && !str_eq(is, "cancelled"))
			continue;
		*ret_job = json_incref(job);
		return there;
	}
}

void band_wait_state(struct band *b, const char *job_id, const char *state)
{
	AUTO_JSON json_t *job = NULL;
	if (!await_state(b, job_id, state, &job))
		fail_msg("the job is %s, not %s: %s", band_text(job, "state"), state,
			 json_string_value(json_object_get(job, "error")) ? band_text(job, "error") : "");
}

bool band_sees_running(struct band *b, const char *job_id)
{
	AUTO_JSON json_t *job = NULL;
	bool is_running = await_state(b, job_id, "running", &job);
	if (!is_running)
		assert_string_equal(band_text(job, "state"), "complete");
	return is_running;
}

void band_wait_workers(struct band *b, size_t n)
{
	uint64_t news = b->n_news;
	for (int64_t began = now_ns();; await_news(b, began, news, "workers"), news = b->n_news) {
		AUTO_JSON json_t *r = band_ask(b, "{'type':'worker_list'}");
		if (json_array_size(json_object_get(r, "workers")) == n)
			return;
	}
}

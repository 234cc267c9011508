#include "../check.h"
#include "../child.h"

#include "desk.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <openssl/evp.h>

#include "base/fs.h"
#include "base/hex.h"
#include "base/str.h"

enum { PATIENCE_S = 60 };

static void must(int r, const struct err *err)
{
	if (r < 0)
		fail_msg("%s (%s)", err_msg(err), err->field);
}

/* --- the daemon ------------------------------------------------------------------------------- */

void desk_start(struct desk *d)
{
	char program[512];
	snprintf(program, sizeof(program), "%s/daemons/hootenanny/hootenanny",
		 getenv("HOOT_BUILD"));
	char *argv[24] = {program, (char *)"--family", d->family_dir, (char *)"--bind",
			  (char *)"tcp://127.0.0.1:0"};
	int n = 5;
	for (size_t i = 0; d->args && d->args[i]; i++)
		argv[n++] = (char *)d->args[i];
	d->pid = child_start(program, argv, NULL);
	/* Repeated until it is there, so that nothing is lost on a dying link. */
	json_decref(desk_ask(d, "{'type':'ping'}"));
}

void desk_kill(struct desk *d, int signal)
{
	kill(d->pid, signal);
	int status;
	waitpid(d->pid, &status, 0);
	d->pid = 0;
}

static void remember(struct desk_seen **list, size_t *n, size_t *room, const char *type,
		     const char *key, const char *actor, struct wire_slice payload)
{
	assert_int_equal(mem_grow(list, room, *n + 1, sizeof(**list)), 0);
	struct desk_seen *s = &(*list)[(*n)++];
	memset(s, 0, sizeof(*s));
	str_copy(s->type, sizeof(s->type), type);
	str_copy(s->key, sizeof(s->key), key);
	str_copy(s->actor, sizeof(s->actor), actor);
	s->payload = strndup(payload.s, payload.n);
}

static void on_event(void *arg, const struct wire_received *e)
{
	struct desk *d = arg;
	remember(&d->events, &d->n_events, &d->room_events, e->name, "", "", e->payload);
}

void desk_open(struct desk *d, const char *const *args)
{
	struct err err = ERR_INIT;
	memset(d, 0, sizeof(*d));
	d->args = args;
	must(fs_temp_dir(NULL, "desk", &d->dir, &err), &err);
	d->family_dir = fs_join(d->dir, "family");
	must(wire_family_open(d->family_dir, true, &d->family, &err), &err);
	must(wire_loop_new(&d->loop, &err), &err);
	must(wire_context_new(&d->context, &err), &err);
	const struct wire_client_options o = {.name = "test",
					      .context = d->context,
					      .loop = d->loop,
					      .family = d->family,
					      .daemon = "hootenanny",
					      .socket = "requests",
					      .actor = "ada",
					      .default_deadline_ms = PATIENCE_S * 1000};
	must(wire_client_new(&o, &d->client, &err), &err);
	const struct wire_subscriber_options so = {.context = d->context,
						   .loop = d->loop,
						   .family = d->family,
						   .daemon = "hootenanny",
						   .on_event = on_event,
						   .arg = d};
	must(wire_subscriber_new(&so, &d->subscriber, &err), &err);
	desk_start(d);
	int64_t end = wire_loop_now_ns(d->loop) + PATIENCE_S * NS_PER_SEC;
	while (!wire_subscriber_synced(d->subscriber)) {
		assert_true(wire_loop_now_ns(d->loop) < end);
		must(wire_loop_step(d->loop, 20, &err), &err);
	}
}

static int set_up(void **state, const char *const *args, bool with_worker)
{
	static struct desk desk;
	desk_open(&desk, args);
	*state = &desk;
	if (!with_worker)
		return 0;
	desk_worker(&desk, desk.worker);
	desk_artifact(&desk, "MThd", desk.tune);
	return 0;
}

static const char *const long_leases[] = {"--lease-ms", "600000", NULL};
static const char *const short_leases[] = {"--lease-ms", "3000", NULL};

int desk_set_up(void **state)
{
	return set_up(state, long_leases, false);
}

int desk_set_up_with_worker(void **state)
{
	return set_up(state, long_leases, true);
}

int desk_set_up_with_short_leases(void **state)
{
	return set_up(state, short_leases, true);
}

int desk_tear_down(void **state)
{
	desk_close(*state);
	return 0;
}

static void forget(struct desk_seen *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(list[i].payload);
	free(list);
}

void desk_close(struct desk *d)
{
	wire_service_free(d->garden);
	wire_subscriber_free(d->subscriber);
	wire_client_free(d->client);
	wire_context_free(d->context); /* while somebody is there to take what is on its way: it lingers otherwise */
	if (d->pid)
		desk_kill(d, SIGTERM);
	wire_loop_free(d->loop);
	wire_family_free(d->family);
	forget(d->seen, d->n_seen);
	forget(d->events, d->n_events);
	fs_remove_tree(d->dir, NULL);
	free(d->dir);
	free(d->family_dir);
}

/* --- the garden: takes every latent_* message down -------------------------------------------- */

static int take_down(void *context, const struct wire_call *call, const void *request, void *ret,
		     struct err *err)
{
	struct desk *d = context;
	if (d->refuse)
		return err_set(err, d->refuse, "not now");
	remember(&d->seen, &d->n_seen, &d->room_seen, call->message->name, call->idempotency_key,
		 call->actor, call->payload);
	/*
	 * every latent_* result begins with the region's id, then enums and numbers for which zero
	 * will do
	 */
	*(const char **)ret = "r";
	return 0;
}

void desk_garden(struct desk *d)
{
	struct err err = ERR_INIT;
	char endpoint[WIRE_ENDPOINT_SIZE];
	for (size_t i = 0; i < WIRE_MESSAGE_COUNT; i++)
		if (str_starts(wire_messages[i].name, "latent_"))
			d->garden_handlers[i] = (struct wire_handler){&wire_messages[i], take_down};
	const struct wire_service_options o = {
		.name = "chaosgarden", .context = d->context, .loop = d->loop, .user = d};
	must(wire_service_new(&o, &d->garden, &err), &err);
	const struct wire_port_options port = {.name = "shell",
					       .kind = WIRE_ROUTER,
					       .endpoint = "tcp://127.0.0.1:0",
					       .handlers = d->garden_handlers};
	must(wire_service_bind(d->garden, &port, endpoint, &err), &err);
	const struct wire_family_endpoint endpoints[] = {{"shell", endpoint}};
	must(wire_family_announce(d->family, "chaosgarden", wire_service_incarnation(d->garden),
				  endpoints, 1, &err),
	     &err);
}

/* --- asking ----------------------------------------------------------------------------------- */

static char *request_text(const char *fmt, va_list ap) __attribute__((format(printf, 1, 0)));
static char *request_text(const char *fmt, va_list ap)
{
	char *text = NULL;
	assert_true(vasprintf(&text, fmt, ap) >= 0);
	for (char *p = text; *p; p++)
		if (*p == '\'')
			*p = '"';
	return text;
}

static int ask(struct desk *d, const char *text, json_t **ret, struct err *err)
{
	AUTO_STRBUF b = STRBUF_INIT;
	int r = wire_client_call_json(d->client, text, strlen(text), NULL, &b, err);
	if (r < 0)
		return r;
	return ret ? json_parse(b.s, b.n, ret, err) : 0;
}

json_t *desk_ask(struct desk *d, const char *fmt, ...)
{
	va_list ap;
	struct err err = ERR_INIT;
	json_t *result = NULL;
	va_start(ap, fmt);
	char AUTO_MEM *text = request_text(fmt, ap);
	va_end(ap);
	if (ask(d, text, &result, &err) < 0)
		fail_msg("%s: %s (%s)", text, err_msg(&err), err.field);
	return result;
}

json_t *desk_ask_keyed(struct desk *d, const char *key, int expected, const char *fmt, ...)
{
	va_list ap;
	AUTO_STRBUF b = STRBUF_INIT;
	struct err err = ERR_INIT;
	const struct wire_request_options o = {.idempotency_key = key};
	json_t *result = NULL;
	va_start(ap, fmt);
	char AUTO_MEM *text = request_text(fmt, ap);
	va_end(ap);
	int r = wire_client_call_json(d->client, text, strlen(text), &o, &b, &err);
	if (r != expected)
		fail_msg("%s: %d %s (%s)", text, r, err_msg(&err), err.field);
	if (r == 0)
		must(json_parse(b.s, b.n, &result, &err), &err);
	return result;
}

int desk_try(struct desk *d, struct err *err, json_t **ret, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char AUTO_MEM *text = request_text(fmt, ap);
	va_end(ap);
	return ask(d, text, ret, err);
}

static void on_answer(void *arg, const struct wire_answer *a)
{
	struct desk_pending *p = arg;
	p->done = true;
	p->code = a->code;
	if (a->code < 0)
		p->err = *a->err;
	else
		assert_int_equal(json_parse(a->result.s, a->result.n, &p->result, NULL), 0);
}

void desk_send(struct desk *d, struct desk_pending *p, const char *fmt, ...)
{
	va_list ap;
	struct err err = ERR_INIT;
	memset(p, 0, sizeof(*p));
	va_start(ap, fmt);
	char AUTO_MEM *text = request_text(fmt, ap);
	va_end(ap);
	must(wire_client_send_json(d->client, text, strlen(text), NULL, on_answer, p, NULL, &err),
	     &err);
}

void desk_wait(struct desk *d, const bool *done)
{
	if (wire_loop_until(d->loop, done, wire_loop_now_ns(d->loop) + PATIENCE_S * NS_PER_SEC,
			    NULL) < 0)
		fail_msg("it never happened");
}

void desk_wait_seen(struct desk *d, size_t n)
{
	int64_t end = wire_loop_now_ns(d->loop) + PATIENCE_S * NS_PER_SEC;
	while (d->n_seen < n) {
		if (wire_loop_now_ns(d->loop) > end)
			fail_msg("the garden was told %zu of %zu messages", d->n_seen, n);
		assert_int_equal(wire_loop_step(d->loop, 20, NULL), 0);
	}
}

static size_t count_events(const struct desk *d, const char *name)
{
	size_t n = 0;
	for (size_t i = 0; i < d->n_events; i++)
		n += str_eq(d->events[i].type, name);
	return n;
}

void desk_wait_event(struct desk *d, const char *name, size_t n)
{
	int64_t end = wire_loop_now_ns(d->loop) + PATIENCE_S * NS_PER_SEC;
	while (count_events(d, name) < n) {
		if (wire_loop_now_ns(d->loop) > end)
			fail_msg("%zu of %zu events '%s' came", count_events(d, name), n, name);
		assert_int_equal(wire_loop_step(d->loop, 20, NULL), 0);
	}
}

const json_t *desk_value(const json_t *j, const char *path)
{
	char AUTO_MEM *copy = strdup(path);
	char *rest = copy;
	for (const char *part; j && (part = strsep(&rest, "."));)
		j = json_is_array(j) ? json_array_get(j, strtoul(part, NULL, 10))
				     : json_object_get(j, part);
	return j;
}

const char *desk_text(const json_t *j, const char *path)
{
	const json_t *v = desk_value(j, path);
	if (!json_is_string(v)) {
		char AUTO_MEM *text = json_text(j, JSON_OUT_COMPACT);
		fail_msg("no text '%s' in %s", path, text);
	}
	return json_string_value(v);
}

double desk_number(const json_t *j, const char *path)
{
	const json_t *v = desk_value(j, path);
	if (!json_is_number(v))
		fail_msg("no number '%s'", path);
	return json_number_value(v);
}

int64_t desk_int(const json_t *j, const char *path)
{
	const json_t *v = desk_value(j, path);
	if (!json_is_integer(v))
		fail_msg("no integer '%s'", path);
	return json_integer_value(v);
}

/* --- the worker ------------------------------------------------------------------------------- */

const char *desk_worker(struct desk *d, char ret[40])
{
	AUTO_JSON json_t *r =
		desk_ask(d, "{'type':'worker_register','name':'test','capabilities':["
			    "{'verb':'continue','from_space':'midi','to_space':'midi','model':'m','"
			    "model_version':'1','deterministic':true},"
			    "{'verb':'project','from_space':'midi','to_space':'audio','model':'sf',"
			    "'model_version':'2','deterministic':true}]}");
	str_copy(ret, 40, desk_text(r, "worker_id"));
	return ret;
}

json_t *desk_complete(struct desk *d, const char *worker, const json_t *lease, const char *text,
		      const char *mime)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	char digits[65];
	const char *path = desk_text(lease, "staging_path");
	assert_int_equal(EVP_Digest(text, strlen(text), sum, NULL, EVP_sha256(), NULL), 1);
	hex_encode(digits, sum, 32);
	assert_int_equal(fs_write_atomic(path, text, strlen(text), 0644, NULL), 0);
	return desk_ask(d,
			"{'type':'job_complete','worker_id':'%s','job_id':'%s','attempt':%lld,'path':"
			"'%s','content_hash':'sha256:%s',"
			"'mime_type':'%s','metadata':{'duration_s':2.5}}",
			worker, desk_text(lease, "job_id"), (long long)desk_int(lease, "attempt"),
			path, digits, mime);
}

json_t *desk_claim(struct desk *d, const char *worker)
{
	AUTO_JSON json_t *r = desk_ask(d, "{'type':'job_claim','worker_id':'%s'}", worker);
	return json_incref(json_object_get(r, "lease"));
}

json_t *desk_claim_patiently(struct desk *d, const char *worker)
{
	int64_t end = wire_loop_now_ns(d->loop) + PATIENCE_S * NS_PER_SEC;
	while (wire_loop_now_ns(d->loop) < end) {
		json_t *lease = desk_claim(d, worker);
		if (lease)
			return lease;
		assert_int_equal(wire_loop_step(d->loop, 20, NULL), 0);
	}
	fail_msg("there is never any work");
	return NULL;
}

void desk_stage_zeros(struct desk *d, int64_t n_bytes, char ret[400])
{
	AUTO_JSON json_t *staged = desk_ask(d, "{'type':'cas_stage'}");
	str_copy(ret, 400, desk_text(staged, "path"));
	int fd = open(ret, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, n_bytes), 0);
	close(fd);
}

const char *desk_artifact(struct desk *d, const char *text, char ret[40])
{
	char base64[256];
	EVP_EncodeBlock((unsigned char *)base64, (const unsigned char *)text, (int)strlen(text));
	AUTO_JSON json_t *r = desk_ask(
		d,
		"{'type':'artifact_upload','data':'%s','mime_type':'audio/midi','tags':['tune']}",
		base64);
	str_copy(ret, 40, desk_text(r, "artifact.artifact_id"));
	return ret;
}

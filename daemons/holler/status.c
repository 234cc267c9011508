/*
 * status.c - holler status and holler ping: who is there and how it goes.
 */
#include "command.h"
#include "flags.h"
#include "reach.h"
#include "supervise.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "wire/codec.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define ASK_MS 3000

static const char status_help[] = "usage: holler [--family DIR] [--json] status\n"
				  "One line a program: state, process, uptime, requests. The "
				  "family is up, degraded, partly there or down;\n"
				  "the exit status is 0 only when it is up, else 1.\n\n"
				  "examples:\n"
				  "  holler status\n"
				  "  holler --json status | jq .state\n";
static const char ping_help[] = "usage: holler [--family DIR] [--json] ping [DAEMON]...\n"
				"Ask daemons (default: all that are announced) whether they are "
				"alive; exit status 1 when one is not.\n"
				"$HOLLER_CHAOSGARDEN and $HOLLER_HOOTENANNY name endpoints directly.\n\n"
				"examples:\n"
				"  holler ping\n"
				"  HOLLER_CHAOSGARDEN=tcp://127.0.0.1:5555 holler ping chaosgarden\n";

/* What is known of one program, from the supervisor and from itself. */
struct row {
	char name[64], state[24], last_end[96];
	int64_t pid, restarts;
	bool supervised, daemon, answers;
	double uptime_secs, requests, errors;
};

struct table {
	struct row rows[40];
	size_t n;
	int64_t supervisor; /* pid, 0: none */
};

static struct row *find_row(struct table *t, const char *name)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->rows[i].name, name) == 0)
			return &t->rows[i];
	if (t->n == COUNT_OF(t->rows))
		return NULL;
	struct row *r = &t->rows[t->n++];
	(void)str_copy(r->name, sizeof(r->name), name);
	return r;
}

static void read_supervised(struct table *t, const json_t *row)
{
	const char *name, *state, *last_end;
	int64_t pid, start, restarts;
	if (json_get_string(row, "name", &name, NULL) < 0 ||
	    json_get_string(row, "state", &state, NULL) < 0 ||
	    json_get_int(row, "pid", &pid, NULL) < 0 ||
	    json_get_int(row, "start", &start, NULL) < 0 ||
	    json_get_int(row, "restarts", &restarts, NULL) < 0 ||
	    json_get_string_or(row, "last_end", "", &last_end, NULL) < 0)
		return;
	struct row *r = find_row(t, name);
	if (!r)
		return;
	/* The file may be older than what it tells about. */
	bool stale = strcmp(state, "running") == 0 && !supervise_alive((pid_t)pid, (uint64_t)start);
	(void)str_copy(r->state, sizeof(r->state), stale ? "gone" : state);
	(void)str_copy(r->last_end, sizeof(r->last_end), last_end);
	r->pid = stale ? 0 : pid;
	r->restarts = restarts;
	r->supervised = true;
}

static void read_announced(struct table *t, const struct wire_family_daemon *d)
{
	struct row *r = find_row(t, d->name);
	if (!r)
		return;
	r->daemon =
		wire_role_socket(d->name, WIRE_ROLE_REQUESTS) != NULL; /* workers have no sockets */
	if (d->running)
		r->pid = d->pid;
	if (!r->supervised)
		(void)str_copy(r->state, sizeof(r->state), d->running ? "running" : "gone");
}

static double metric_of(const struct status_result *s, const char *name)
{
	for (size_t i = 0; i < s->metrics.n; i++)
		if (strcmp(s->metrics.v[i].name, name) == 0)
			return s->metrics.v[i].value;
	return 0;
}

static void ask_status(const struct holler *h, struct row *r)
{
	AUTO_REACH reach = {NULL, NULL};
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct err err = ERR_INIT;
	struct status_result got;
	struct wire_request_options o = {.deadline_ms = ASK_MS};
	int e = reach_open(h, r->name, &reach, &err);
	if (e == 0)
		e = wire_client_call(reach.client, &wire_messages[WIRE_MESSAGE_status],
				     &(struct status){0}, &o, &arena, &got, &err);
	if (e < 0) {
		if (strcmp(r->state, "running") == 0)
			(void)str_copy(r->state, sizeof(r->state), "silent");
		return;
	}
	r->answers = true;
	r->pid = got.pid;
	r->uptime_secs = got.uptime_secs;
	r->requests = metric_of(&got, "requests_total");
	r->errors = metric_of(&got, "errors_total");
}

static int fill(const struct holler *h, struct wire_family *f, struct table *t, struct err *err)
{
	AUTO_JSON json_t *doc = NULL;
	struct wire_family_daemon *AUTO_MEM all = NULL;
	struct err ignored = ERR_INIT;
	pid_t supervisor = 0;
	size_t n = 0, i;
	json_t *row;
	int r = wire_family_holder(f, "supervisor", &supervisor, err);
	if (r < 0)
		return r;
	t->supervisor = supervisor;
	if (supervise_read(f, &doc, &ignored) == 0) {
		json_array_foreach(json_object_get(doc, "programs"), i, row)
			read_supervised(t, row);
	}
	r = wire_family_list(f, &all, &n, err);
	for (i = 0; i < n && r == 0; i++)
		read_announced(t, &all[i]);
	for (i = 0; i < t->n && r == 0; i++)
		if (t->rows[i].daemon)
			ask_status(h, &t->rows[i]);
	return r;
}

/* "up", "degraded", "partly" or "down". */
static const char *sum_up(const struct table *t)
{
	size_t good = 0, there = 0;
	for (size_t i = 0; i < t->n; i++) {
		const struct row *r = &t->rows[i];
		if (strcmp(r->state, "degraded") == 0)
			return "degraded";
		there += r->pid > 0;
		good += r->pid > 0 && (!r->daemon || r->answers);
	}
	if (!there)
		return "down";
	return good == t->n ? "up" : "partly";
}

static void print_json(const struct wire_family *f, const struct table *t, const char *state)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct json_out o;
	json_out_init(&o, &b);
	json_out_object_begin(&o);
	json_out_key(&o, "family");
	json_out_string(&o, wire_family_dir(f));
	json_out_key(&o, "state");
	json_out_string(&o, state);
	json_out_key(&o, "supervisor_pid");
	json_out_int(&o, t->supervisor);
	json_out_key(&o, "programs");
	json_out_array_begin(&o);
	for (size_t i = 0; i < t->n; i++) {
		const struct row *r = &t->rows[i];
		json_out_object_begin(&o);
		json_out_key(&o, "name");
		json_out_string(&o, r->name);
		json_out_key(&o, "state");
		json_out_string(&o, r->state);
		json_out_key(&o, "pid");
		json_out_int(&o, r->pid);
		json_out_key(&o, "supervised");
		json_out_bool(&o, r->supervised && t->supervisor);
		json_out_key(&o, "restarts");
		json_out_int(&o, r->restarts);
		json_out_key(&o, "last_end");
		json_out_string(&o, r->last_end);
		if (r->daemon) {
			json_out_key(&o, "answers");
			json_out_bool(&o, r->answers);
			json_out_key(&o, "uptime_secs");
			json_out_number(&o, r->uptime_secs);
			json_out_key(&o, "requests");
			json_out_number(&o, r->requests);
			json_out_key(&o, "errors");
			json_out_number(&o, r->errors);
		}
		json_out_object_end(&o);
	}
	json_out_array_end(&o);
	json_out_object_end(&o);
	printf("%s\n", strbuf_ok(&b) ? b.s : "{}");
}

static void print_table(const struct wire_family *f, const struct table *t, const char *state)
{
	printf("family %s: %s%s\n", wire_family_dir(f), state,
	       t->supervisor ? "" : " (no supervisor)");
	if (t->n)
		printf("%-14s %-10s %8s %10s %10s %8s\n", "program", "state", "pid", "uptime",
		       "requests", "restarts");
	for (size_t i = 0; i < t->n; i++) {
		const struct row *r = &t->rows[i];
		printf("%-14s %-10s %8lld ", r->name, r->state, (long long)r->pid);
		if (r->answers)
			printf("%9.0fs %10.0f %8lld\n", r->uptime_secs, r->requests,
			       (long long)r->restarts);
		else
			printf("%10s %10s %8lld%s%s\n", "-", "-", (long long)r->restarts,
			       r->last_end[0] && !r->pid ? "  " : "", !r->pid ? r->last_end : "");
	}
}

int holler_status(const struct holler *h, int argc, char **argv)
{
	struct wire_family *f = NULL;
	struct table t = {.n = 0};
	struct err err = ERR_INIT;
	if (holler_wants_help(argc, argv))
		return fputs(status_help, stdout) < 0;
	int r = flags_words("status", argc, argv, 0, &err);
	if (r == 0)
		r = wire_family_open(h->family, false, &f, &err);
	if (r == -ENOENT)
		(void)err_hint(&err, r, "start a family with: holler up");
	if (r == 0)
		r = fill(h, f, &t, &err);
	if (r < 0) {
		wire_family_free(f);
		return holler_fail(h, "status", &err);
	}
	const char *state = sum_up(&t);
	if (h->json)
		print_json(f, &t, state);
	else
		print_table(f, &t, state);
	wire_family_free(f);
	return strcmp(state, "up") == 0 ? 0 : 1;
}

/* --- ping ------------------------------------------------------------------------------------- */

static int ping_one(const struct holler *h, const char *daemon)
{
	AUTO_REACH reach = {NULL, NULL};
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	struct err err = ERR_INIT;
	struct ping_result pong;
	struct wire_request_options o = {.deadline_ms = ASK_MS};
	int64_t began_ns = 0;
	int r = reach_open(h, daemon, &reach, &err);
	/* The first one makes the connection; the second is measured. */
	for (int i = 0; i < 2 && r == 0; i++) {
		began_ns = clock_monotonic_ns(clock_system());
		r = wire_client_call(reach.client, &wire_messages[WIRE_MESSAGE_ping],
				     &(struct ping){0}, &o, &arena, &pong, &err);
	}
	if (r < 0)
		return holler_fail(h, "ping", &err);
	double us = (double)(clock_monotonic_ns(clock_system()) - began_ns) / 1e3;
	if (h->json)
		printf("{\"name\":\"%s\",\"worker_id\":\"%s\",\"pid\":%lld,\"uptime_secs\":%.3f,"
		       "\"round_trip_us\":%.1f}\n",
		       pong.name, pong.worker_id, (long long)pong.pid, pong.uptime_secs, us);
	else
		printf("%-14s pid %-8lld up %.0f s, %.0f us\n", pong.name, (long long)pong.pid,
		       pong.uptime_secs, us);
	return 0;
}

static int ping_announced(const struct holler *h)
{
	struct wire_family *f = NULL;
	struct wire_family_daemon *AUTO_MEM all = NULL;
	struct err err = ERR_INIT;
	size_t n = 0;
	int status = 0;
	int r = wire_family_open(h->family, false, &f, &err);
	if (r == 0)
		r = wire_family_list(f, &all, &n, &err);
	if (r == 0 && !n)
		r = err_set(&err, -EAGAIN, "nothing is running in '%s'", wire_family_dir(f));
	if (r < 0) {
		(void)err_hint(&err, r, "start a family with: holler up");
		status = holler_fail(h, "ping", &err);
	}
	for (size_t i = 0; i < n && r == 0; i++)
		if (wire_role_socket(all[i].name, WIRE_ROLE_REQUESTS))
			status |= ping_one(h, all[i].name);
	wire_family_free(f);
	return status;
}

int holler_ping(const struct holler *h, int argc, char **argv)
{
	struct err err = ERR_INIT;
	int status = 0;
	if (holler_wants_help(argc, argv))
		return fputs(ping_help, stdout) < 0;
	if (flags_words("ping", argc, argv, SIZE_MAX, &err) < 0)
		return holler_fail(h, "ping", &err);
	if (argc < 2)
		return ping_announced(h);
	for (int i = 1; i < argc; i++)
		status |= ping_one(h, argv[i]);
	return status;
}

#include "hoot.h"

#include <string.h>

#include "base/fs.h"
#include "base/str.h"
#include "graph.h"
#include "watch.h"
#include "jobs/answered.h"
#include "jobs/schema.h"
#include "perceive.h"
#include "query-control/saved.h"

#define LOG_TOPIC "hootenanny"
#include "base/log.h"

#include "base/banned.h"

WIRE_HANDLERS(hoot_own_handlers);

enum { LEASE_MS = 15000, HINT_MS = 1000, KEEP_ANSWERS_MS = 600000, READERS = 8 /* queries keep theirs for long */ };

/* --- the state, for subscribers and the curious ----------------------------------------------- */

static int write_active(struct hoot *h, struct store_conn *c, const struct wire_call *call,
			struct strbuf *state, struct err *err)
{
	static const enum job_state active[] = {JOB_PENDING, JOB_RUNNING};
	int r = strbuf_adds(state, "{\"jobs\":[");
	for (size_t k = 0; r == 0 && k < COUNT_OF(active); k++) {
		const struct job_list query = {
			.has_state = true, .state = active[k], .cursor = "", .limit = 500};
		struct job_list_result found;
		memset(&found, 0, sizeof(found));
		r = job_find(c, &query, call->arena, &found, err);
		if (r == 0)
			r = pool_explain(h, c, found.jobs.v, found.jobs.n, call->arena, err);
		for (size_t i = 0; r == 0 && i < found.jobs.n; i++) {
			if (state->s[state->n - 1] != '[')
				(void)strbuf_addc(state, ',');
			r = wire_encode(&wire_object_job_view, &found.jobs.v[i], state, err);
		}
	}
	return r;
}

static int write_workers(struct hoot *h, struct store_conn *c, const struct wire_call *call,
			 struct strbuf *state, struct err *err)
{
	size_t at = 0;
	const char *key;
	void *value;
	int r = strbuf_adds(state, "],\"workers\":[");
	while (r == 0 && map_next(h->workers, &at, &key, &value)) {
		struct worker_view view;
		r = pool_view(h, c, value, call->arena, &view, err);
		if (r == 0 && state->s[state->n - 1] != '[')
			(void)strbuf_addc(state, ',');
		if (r == 0)
			r = wire_encode(&wire_object_worker_view, &view, state, err);
	}
	return r < 0 ? r : strbuf_adds(state, "]}");
}

static int on_snapshot(void *user, const struct wire_call *call, struct strbuf *state,
		       struct err *err)
{
	struct hoot *h = user;
	struct store_conn *c;
	int r = hoot_settle(h, err);
	if (r == 0)
		r = hoot_tx(h, &c, err);
	if (r == 0)
		r = write_active(h, c, call, state, err);
	if (r == 0)
		r = write_workers(h, c, call, state, err);
	return hoot_tx_end(h, r);
}

static int on_status(void *user, const struct wire_call *call, struct strbuf *details,
		     struct err *err)
{
	struct hoot *h = user;
	struct store_counts counts;
	struct store_conn *c;
	int64_t n_pending = 0, n_outbox = 0;
	int r = hoot_tx(h, &c, err);
	if (r == 0)
		r = job_count_pending(&h->jobs, c, &n_pending, err);
	if (r == 0)
		r = outbox_count(c, &n_outbox, err);
	hoot_tx_end(h, r);
	store_counts(h->store, &counts);
	if (r < 0)
		return r;
	return strbuf_addf(details,
			   "{\"pending_steps\":%lld,\"outbox\":%lld,\"workers\":%zu,\"commits\":%"
			   "llu,\"watches\":%zu,\"chaosgarden_connected\":%s}",
			   (long long)n_pending, (long long)n_outbox, map_count(h->workers),
			   (unsigned long long)counts.n_commits, watches_stats(h).n,
			   wire_client_connected(h->out.client) ? "true" : "false");
}

static int on_metrics(void *user, struct wire_arena *arena, struct metric_view **ret, size_t *ret_n, struct err *err)
{
	return graph_metrics(user, arena, ret, ret_n, err);
}

static void on_stopping(void *user, const char *reason)
{
	wait_done(user);
	watches_stop(user);
	graph_stop(user);
	perceive_close(user);
}

/* --- now and then ----------------------------------------------------------------------------- */

static void on_sweep(void *arg)
{
	struct hoot *h = arg;
	struct store_conn *c;
	struct err err = ERR_INIT;
	int r = hoot_tx(h, &c, &err);
	if (r == 0)
		r = jobs_sweep(&h->jobs, c, &err);
	if (r == 0)
		r = pool_sweep(h, c, &err);
	if (r == 0)
		r = answered_prune(c, hoot_unix_ms() - KEEP_ANSWERS_MS, &err);
	if (hoot_tx_end(h, r) < 0)
		log_warn("cannot look after leases, trying again", LOG_ERR(&err));
	watches_sweep(h);
}

static void on_hint(void *arg)
{
	hint_send(arg);
}

/* --- opening and closing ---------------------------------------------------------------------- */

/* New with each start: a copy of the folder on another machine says something else. */
static int leave_mark(struct hoot *h, struct err *err)
{
	uuid_new(h->mark);
	h->mark_path = fs_join(cas_root(h->cas), "mark");
	return h->mark_path ? fs_write_atomic(h->mark_path, h->mark, strlen(h->mark), 0644, err)
			    : err_set(err, -ENOMEM, "mark");
}

static int open_stores(struct hoot *h, struct err *err)
{
	const struct store_schema *schemas[] = {&cas_schema, &jobs_schema, &saved_schema, &perception_schema};
	char AUTO_MEM *path = fs_join(wire_family_dir(h->family), "hootenanny.db");
	char AUTO_MEM *root = h->options->cas_root ? strdup(h->options->cas_root)
						   : fs_join(wire_family_dir(h->family), "cas");
	if (!path || !root)
		return err_set(err, -ENOMEM, "%s", wire_family_dir(h->family));
	const struct store_options o = {
		.path = path, .schemas = schemas, .n_schemas = COUNT_OF(schemas), .n_readers = READERS};
	int r = store_open(&o, &h->store, err);
	if (r == 0)
		r = cas_open(root, h->store, &h->cas, err);
	if (r == 0)
		r = leave_mark(h, err);
	if (r < 0)
		return r;
	h->jobs = (struct jobs){.owner = "hoot",
				.cas_root = cas_root(h->cas),
				.clock = clock_system(),
				.lease_ms = h->options->lease_ms ? h->options->lease_ms : LEASE_MS,
				.changed = hoot_changed,
				.user = h};
	struct store_conn *c;
	r = hoot_tx(h, &c, err);
	if (r == 0)
		r = jobs_reopen(&h->jobs, c, err);
	return hoot_tx_end(h, r);
}

static int open_timers(struct hoot *h, struct err *err)
{
	int r = wire_timer_new(h->loop, on_sweep, h, &h->sweep_timer, err);
	if (r == 0)
		r = wire_timer_new(h->loop, on_hint, h, &h->hint_timer, err);
	if (r < 0)
		return r;
	wire_timer_repeat(h->sweep_timer,
			  h->jobs.lease_ms / 6 > 1000 ? 1000 : h->jobs.lease_ms / 6 + 1);
	wire_timer_repeat(h->hint_timer, HINT_MS);
	return 0;
}

static int bind_publisher(struct hoot *h, struct wire_family_endpoint *ret, struct err *err)
{
	char endpoint[WIRE_ENDPOINT_SIZE];
	int r = wire_bind_endpoint(h->options->bind, "hootenanny", "broadcasts", endpoint, err);
	const struct wire_publisher_options o = {
		.name = "hootenanny", .context = h->context, .loop = h->loop, .endpoint = endpoint};
	if (r == 0)
		r = wire_publisher_new(&o, &h->publisher, err);
	if (r == 0)
		*ret = (struct wire_family_endpoint){"broadcasts",
						     wire_publisher_endpoint(h->publisher)};
	return r;
}

static int bind_hints(struct hoot *h, char bound[WIRE_ENDPOINT_SIZE], struct err *err)
{
	const struct wire_socket_options o = {.linger_ms = -1};
	char endpoint[WIRE_ENDPOINT_SIZE];
	int r = wire_bind_endpoint(h->options->bind, "hootenanny", "jobs", endpoint, err);
	if (r == 0)
		r = wire_socket_new(h->context, h->loop, WIRE_PUSH, &o, NULL, NULL, &h->hints, err);
	return r < 0 ? r : wire_socket_bind(h->hints, endpoint, bound, err);
}

static int bind_requests(struct hoot *h, char bound[WIRE_ENDPOINT_SIZE], struct err *err)
{
	const struct wire_service_options o = {.name = "hootenanny",
					       .context = h->context,
					       .loop = h->loop,
					       .publisher = h->publisher,
					       .user = h,
					       .snapshot = on_snapshot,
					       .status = on_status,
					       .metrics = on_metrics,
					       .stopping = on_stopping,
					       .signals = true};
	char endpoint[WIRE_ENDPOINT_SIZE];
	int r = wire_bind_endpoint(h->options->bind, "hootenanny", "requests", endpoint, err);
	if (r == 0)
		r = wire_service_new(&o, &h->service, err);
	const struct wire_port_options port = {.name = "requests",
					       .kind = WIRE_ROUTER,
					       .endpoint = endpoint,
					       .handlers = h->handlers};
	return r < 0 ? r : wire_service_bind(h->service, &port, bound, err);
}

static int open_sockets(struct hoot *h, struct err *err)
{
	struct wire_family_endpoint endpoints[3];
	char requests[WIRE_ENDPOINT_SIZE], hints[WIRE_ENDPOINT_SIZE];
	int r = bind_publisher(h, &endpoints[2], err);
	if (r == 0)
		r = bind_hints(h, hints, err);
	if (r == 0)
		r = bind_requests(h, requests, err);
	if (r == 0)
		r = out_open(h, err);
	if (r < 0)
		return r;
	endpoints[0] = (struct wire_family_endpoint){"requests", requests};
	endpoints[1] = (struct wire_family_endpoint){"jobs", hints};
	r = wire_announcement_new(h->family, h->loop, "hootenanny", wire_service_incarnation(h->service),
				  endpoints, COUNT_OF(endpoints), &h->announcement, err);
	if (r == 0)
		log_info("listening", LOG_STR("requests", requests), LOG_STR("jobs", hints),
			 LOG_STR("broadcasts", endpoints[2].endpoint),
			 LOG_STR("cas", cas_root(h->cas)));
	return r;
}

int hoot_open(struct hoot *h, const struct hoot_options *options, struct err *err)
{
	h->options = options;
	list_init(&h->job_waiters);
	list_init(&h->decision_waiters);
	perceive_open(h);
	hoot_turn_init(h);
	h->workers = map_new();
	int r = h->workers ? wire_family_open(options->family, true, &h->family, err)
			   : err_set(err, -ENOMEM, "hootenanny");
	if (r == 0)
		r = wire_family_lock(h->family, "hootenanny", err);
	if (r == 0)
		r = wire_loop_new(&h->loop, err);
	if (r == 0)
		r = wire_context_new(&h->context, err);
	if (r == 0)
		r = wire_family_give_keys(h->family, h->context, err);
	if (r == 0)
		r = hoot_turn_open(h, err);
	if (r == 0)
		r = later_open(h, err);
	if (r == 0)
		r = open_stores(h, err);
	if (r == 0)
		r = open_sockets(h, err);
	if (r == 0)
		r = watches_open(h, err);
	if (r == 0)
		r = graph_open(h, err);
	return r < 0 ? r : open_timers(h, err);
}

int hoot_run(struct hoot *h, struct err *err)
{
	out_kick(h);
	int r = wire_service_run(h->service, err);
	wire_announcement_free(TAKE(h->announcement));
	return r;
}

void hoot_close(struct hoot *h)
{
	wait_done(h);
	watches_close(h);
	graph_stop(h);
	perceive_close(h);
	graph_close(h);
	later_close(h);
	wire_timer_free(TAKE(h->sweep_timer));
	wire_timer_free(TAKE(h->hint_timer));
	out_close(h);
	hoot_turn_done(h);
	wire_announcement_free(TAKE(h->announcement));
	wire_service_free(TAKE(h->service));
	wire_socket_free(TAKE(h->hints));
	wire_publisher_free(TAKE(h->publisher));
	pool_done(h);
	cas_close(TAKE(h->cas));
	free(h->mark_path);
	store_close(TAKE(h->store));
	wire_context_free(TAKE(h->context));
	wire_loop_free(TAKE(h->loop));
	wire_family_free(TAKE(h->family));
}

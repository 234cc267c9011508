/*
 * standard.c - what every daemon answers, on every port: the requests of owner ALL.
 */
#include "wire/service_priv.h"

#include "base/json.h"
#include "base/str.h"
#include "have.h"
#include "wire/schema.h"

#define LOG_TOPIC "wire"
#include "base/log.h"

#include <string.h>
#include <unistd.h>

#define WIRE_DAEMON  SERVICE
#define WIRE_CONTEXT struct wire_port
WIRE_HANDLER_PROTOTYPES
extern const struct wire_handler wire_standard_handlers[WIRE_MESSAGE_COUNT];

static double uptime_secs(const struct wire_service *s)
{
	return (double)(clock_monotonic_ns(clock_system()) - s->started_ns) / (double)NS_PER_SEC;
}

int ping_run(struct wire_port *p, const struct wire_call *call, const struct ping *req,
	     struct ping_result *ret, struct err *err)
{
	ret->name = p->service->name;
	ret->worker_id = p->service->incarnation;
	ret->pid = getpid();
	ret->uptime_secs = uptime_secs(p->service);
	return 0;
}

static struct metric_view metric(const char *name, double value)
{
	return (struct metric_view){.name = name, .value = value, .unit = "count"};
}

static int fill_metrics(struct wire_service *s, struct wire_arena *arena, struct status_result *ret,
			struct err *err)
{
	struct wire_service_stats t = wire_service_stats(s);
	struct wire_publisher_stats events = {0};
	if (s->o.publisher)
		events = wire_publisher_stats(s->o.publisher);
	const struct metric_view all[] = {
		metric("requests_total", (double)t.requests),
		metric("errors_total", (double)t.errors),
		metric("malformed_total", (double)t.malformed),
		metric("busy_total", (double)t.busy),
		metric("late_replies_total", (double)t.late),
		metric("replayed_total", (double)t.replayed),
		metric("undelivered_total", (double)t.undelivered),
		metric("in_flight", (double)t.in_flight),
		metric("events_total", (double)events.events),
		metric("events_lost_total", (double)events.lost),
	};
	struct metric_view *own = NULL;
	size_t n_own = 0;
	int r = s->o.metrics ? s->o.metrics(s->o.user, arena, &own, &n_own, err) : 0;
	if (r < 0)
		return r;
	struct metric_view *copy = wire_arena_array(arena, COUNT_OF(all) + n_own, sizeof(*copy));
	if (!copy)
		return err_set(err, -ENOMEM, "status");
	memcpy(copy, all, sizeof(all));
	if (n_own)
		memcpy(copy + COUNT_OF(all), own, n_own * sizeof(*own));
	ret->metrics.v = copy;
	ret->metrics.n = COUNT_OF(all) + n_own;
	return 0;
}

/* JSON text that a daemon wrote, as a tree that lives as long as the arena. */
static int keep_json(struct wire_arena *arena, const struct strbuf *text, json_t **ret,
		     struct err *err)
{
	json_t *j = NULL;
	if (!strbuf_ok(text))
		return err_set(err, -ENOMEM, "state");
	int r = text->n ? json_parse(text->s, text->n, &j, err) : 0;
	if (!text->n)
		j = json_object();
	if (r == 0 && wire_arena_take(arena, j) < 0)
		return err_set(err, -ENOMEM, "state");
	if (r == 0)
		*ret = j;
	return r;
}

/* Hashed for the first who asks: the catalogue is part of the program. Ports have threads of their own. */
static int catalogue_hash(struct wire_service *s, const char **ret, struct err *err)
{
	pthread_mutex_lock(&s->lock);
	int r = s->catalogue_hash[0] ? 0 : wire_catalogue_hash(s->catalogue_hash, err);
	pthread_mutex_unlock(&s->lock);
	if (r == 0)
		*ret = s->catalogue_hash;
	return r;
}

int status_run(struct wire_port *p, const struct wire_call *call, const struct status *req,
	       struct status_result *ret, struct err *err)
{
	struct wire_service *s = p->service;
	AUTO_STRBUF details = STRBUF_INIT;
	ret->name = s->name;
	ret->version = HOOT_VERSION;
	ret->incarnation = s->incarnation;
	ret->pid = getpid();
	ret->uptime_secs = uptime_secs(s);
	int r = catalogue_hash(s, &ret->catalogue_hash, err);
	if (r == 0)
		r = fill_metrics(s, call->arena, ret, err);
	if (r < 0 || !s->o.status)
		return r;
	r = s->o.status(s->o.user, call, &details, err);
	if (r == 0)
		r = keep_json(call->arena, &details, &ret->details, err);
	ret->has_details = r == 0;
	return r;
}

int list_tools_run(struct wire_port *p, const struct wire_call *call, const struct list_tools *req,
		   struct list_tools_result *ret, struct err *err)
{
	const char *hash = NULL;
	int r = catalogue_hash(p->service, &hash, err);
	return r < 0 ? r : wire_list_tools(p->service->owner, hash, call->arena, ret, err);
}

int snapshot_run(struct wire_port *p, const struct wire_call *call, const struct snapshot *req,
		 struct snapshot_result *ret, struct err *err)
{
	struct wire_service *s = p->service;
	AUTO_STRBUF state = STRBUF_INIT, counters = STRBUF_INIT;
	uint64_t seq = 0;
	int r = 0;
	/*
	 * First the counters, then the state: it is at least as new, and events that are in both
	 * do no harm.
	 */
	if (s->o.publisher)
		r = wire_publisher_counters(s->o.publisher, &counters, &seq);
	if (r < 0)
		return err_set(err, r, "snapshot");
	ret->incarnation = s->incarnation;
	ret->seq = (int64_t)seq;
	r = keep_json(call->arena, &counters, &ret->counters, err);
	if (r == 0 && s->o.snapshot)
		r = s->o.snapshot(s->o.user, call, &state, err);
	return r < 0 ? r : keep_json(call->arena, &state, &ret->state, err);
}

/* What may be changed while a program runs. */
static const struct setting {
	const char *key;
	int (*set)(const char *value, struct err *err);
} settings[] = {
	{"log", log_set_levels},
};

static int set(const char *key, const char *value, struct err *err)
{
	const char *names[COUNT_OF(settings)];
	for (size_t i = 0; i < COUNT_OF(settings); i++) {
		struct err why = ERR_INIT;
		names[i] = settings[i].key;
		if (strcmp(key, names[i]) != 0)
			continue;
		int r = settings[i].set(value, &why);
		return r < 0 ? err_field(err, r, "value", "%s", why.msg) : 0;
	}
	const char *near = str_nearest(key, names, COUNT_OF(names));
	int r = err_field(err, -ENOENT, "key", "no setting '%s' can be changed while a program runs", key);
	return near ? err_hint(err, r, "did you mean '%s'?", near) : r;
}

int config_set_run(struct wire_port *p, const struct wire_call *call, const struct config_set *req,
		   struct config_set_result *ret, struct err *err)
{
	struct config_update_event event = {.key = req->key, .value = req->value};
	int r = set(req->key, req->value, err);
	if (r == 0 && p->service->o.publisher)
		r = wire_publish(p->service->o.publisher, &wire_events[WIRE_EVENT_config_update], &event, err);
	ret->key = req->key;
	ret->value = req->value;
	return r;
}

/* The reply leaves before the sockets do: they linger. */
int shutdown_run(struct wire_port *p, const struct wire_call *call, const struct shutdown *req,
		 struct shutdown_result *ret, struct err *err)
{
	wire_service_stop(p->service, req->reason);
	return 0;
}

WIRE_HANDLERS(wire_standard_handlers);

bool standard_has(enum wire_message_id id)
{
	return wire_standard_handlers[id].run != NULL;
}

int standard_run(struct wire_port *p, enum wire_message_id id, const struct wire_call *call,
		 const void *req, void *ret, struct err *err)
{
	return wire_standard_handlers[id].run(p, call, req, ret, err);
}

#include "wire/service_priv.h"

#include "base/str.h"

#define LOG_TOPIC "wire"
#include "base/log.h"

#include <signal.h>
#include <string.h>

#define DEFAULT_DEADLINE_MS  30000
#define DEFAULT_KEEP_KEYS_MS (10 * 60 * 1000)
#define DEFAULT_DRAIN_MS     5000

/* --- stopping --------------------------------------------------------------------------------- */

bool wire_service_stopping(const struct wire_service *s)
{
	return atomic_load_explicit(&s->stopping, memory_order_acquire);
}

void wire_service_stop(struct wire_service *s, const char *reason)
{
	pthread_mutex_lock(&s->lock);
	if (!wire_service_stopping(s)) {
		(void)str_copy(s->reason, sizeof(s->reason), reason);
		atomic_store_explicit(&s->stopping, true, memory_order_release);
	}
	pthread_mutex_unlock(&s->lock);
	wire_wakeup_send(s->wakeup);
}

void service_drained_a_bit(struct wire_service *s)
{
	if (wire_service_stopping(s))
		wire_wakeup_send(s->wakeup);
}

static bool is_drained(const struct wire_service *s)
{
	for (size_t i = 0; i < s->n_ports; i++)
		if (atomic_load_explicit(&s->ports[i]->n_open, memory_order_acquire) > 0 &&
		    !atomic_load_explicit(&s->ports[i]->abandoned, memory_order_acquire))
			return false;
	return true;
}

static void begin_stop(struct wire_service *s)
{
	struct err err = ERR_INIT;
	struct shutdown_event event = {.reason = s->reason};
	s->stop_begun = true;
	log_info("stopping", LOG_STR("reason", s->reason));
	if (s->o.stopping)
		s->o.stopping(s->o.user, s->reason);
	if (s->o.publisher &&
	    wire_publish(s->o.publisher, &wire_events[WIRE_EVENT_shutdown], &event, &err) < 0)
		log_warn("could not tell the subscribers", LOG_ERR(&err));
	wire_timer_start(s->drain, s->o.drain_ms);
}

static void woken(void *arg)
{
	struct wire_service *s = arg;
	if (!wire_service_stopping(s))
		return;
	if (!s->stop_begun)
		begin_stop(s);
	if (is_drained(s))
		wire_loop_stop(s->o.loop);
}

static void drain_is_over(void *arg)
{
	struct wire_service *s = arg;
	struct wire_service_stats stats = wire_service_stats(s);
	log_warn("work in flight is abandoned", LOG_INT("requests", stats.in_flight));
	s->abandoned = true;
	for (size_t i = 0; i < s->n_ports; i++) {
		struct wire_port *p = s->ports[i];
		if (!p->thread_runs)
			port_abandon(p);
		else if (wire_loop_post(p->loop, port_abandon, p) < 0)
			atomic_store_explicit(&p->abandoned, true, memory_order_release);
	}
	wire_wakeup_send(s->wakeup);
}

static void on_sigterm(void *arg)
{
	wire_service_stop(arg, "SIGTERM");
}

static void on_sigint(void *arg)
{
	wire_service_stop(arg, "SIGINT");
}

/* --- life ------------------------------------------------------------------------------------- */

static enum wire_owner owner_of(const char *name)
{
	for (int i = 0; i < WIRE_OWNER_COUNT; i++)
		if (strcmp(wire_owner_name((enum wire_owner)i), name) == 0)
			return (enum wire_owner)i;
	return WIRE_OWNER_ALL;
}

static void fill_defaults(struct wire_service_options *o)
{
	o->default_deadline_ms =
		o->default_deadline_ms ? o->default_deadline_ms : DEFAULT_DEADLINE_MS;
	o->keep_keys_ms = o->keep_keys_ms ? o->keep_keys_ms : DEFAULT_KEEP_KEYS_MS;
	o->drain_ms = o->drain_ms ? o->drain_ms : DEFAULT_DRAIN_MS;
	o->in_flight = o->in_flight ? o->in_flight : LIMIT_WIRE_IN_FLIGHT;
}

static int open_parts(struct wire_service *s, struct err *err)
{
	int r = wire_wakeup_new(s->o.loop, woken, s, &s->wakeup, err);
	if (r == 0)
		r = wire_timer_new(s->o.loop, drain_is_over, s, &s->drain, err);
	if (r == 0 && s->o.signals)
		r = wire_signal_new(s->o.loop, SIGTERM, on_sigterm, s, &s->signals[0], err);
	if (r == 0 && s->o.signals)
		r = wire_signal_new(s->o.loop, SIGINT, on_sigint, s, &s->signals[1], err);
	return r;
}

int wire_service_new(const struct wire_service_options *o, struct wire_service **ret,
		     struct err *err)
{
	AUTO(wire_service) s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(err, -ENOMEM, "service");
	pthread_mutex_init(&s->lock, NULL);
	s->o = *o;
	fill_defaults(&s->o);
	if (o->curve) {
		s->curve = *o->curve;
		s->o.curve = &s->curve;
	}
	(void)str_copy(s->name, sizeof(s->name), o->name);
	s->owner = owner_of(o->name);
	s->started_ns = wire_loop_now_ns(o->loop);
	if (o->publisher)
		(void)str_copy(s->incarnation, sizeof(s->incarnation),
			       wire_publisher_incarnation(o->publisher));
	else
		uuid_new(s->incarnation);
	int r = open_parts(s, err);
	if (r < 0)
		return r;
	*ret = TAKE(s);
	return 0;
}

void wire_service_free(struct wire_service *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n_ports; i++)
		port_stop_thread(s->ports[i]);
	for (size_t i = 0; i < s->n_ports; i++)
		port_free(s->ports[i]);
	for (size_t i = 0; i < COUNT_OF(s->signals); i++)
		wire_watch_free(s->signals[i]);
	wire_timer_free(s->drain);
	wire_wakeup_free(s->wakeup);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

int wire_service_bind(struct wire_service *s, const struct wire_port_options *o,
		      char ret_endpoint[WIRE_ENDPOINT_SIZE], struct err *err)
{
	struct wire_port *p = NULL;
	if (s->n_ports == COUNT_OF(s->ports))
		return err_set(err, -EMFILE, "more than %zu sockets", COUNT_OF(s->ports));
	if (o->kind != WIRE_ROUTER && o->kind != WIRE_REP)
		return err_set(err, -EINVAL, "the %s socket can only be ROUTER or REP", o->name);
	int r = port_new(s, o, &p, err);
	if (r < 0)
		return r;
	s->ports[s->n_ports++] = p;
	if (ret_endpoint)
		memcpy(ret_endpoint, p->endpoint, WIRE_ENDPOINT_SIZE);
	return 0;
}

int wire_service_run(struct wire_service *s, struct err *err)
{
	int r = 0;
	for (size_t i = 0; i < s->n_ports && r == 0; i++)
		r = port_start_thread(s->ports[i], err);
	if (r == 0)
		r = wire_loop_run(s->o.loop, err);
	for (size_t i = 0; i < s->n_ports; i++)
		port_stop_thread(s->ports[i]);
	if (r == 0 && s->abandoned)
		r = err_set(err, -ETIMEDOUT, "work in flight had to be abandoned");
	return r;
}

const char *wire_service_incarnation(const struct wire_service *s)
{
	return s->incarnation;
}

struct wire_service_stats wire_service_stats(const struct wire_service *s)
{
	struct wire_service_stats t = {0};
	for (size_t i = 0; i < s->n_ports; i++) {
		const struct wire_port *p = s->ports[i];
		const struct port_counters *c = &p->counters;
		t.requests += atomic_load_explicit(&c->requests, memory_order_relaxed);
		t.errors += atomic_load_explicit(&c->errors, memory_order_relaxed);
		t.malformed += atomic_load_explicit(&c->malformed, memory_order_relaxed) +
			       wire_socket_stats(p->socket).dropped_frames;
		t.busy += atomic_load_explicit(&c->busy, memory_order_relaxed);
		t.late += atomic_load_explicit(&c->late, memory_order_relaxed);
		t.replayed += atomic_load_explicit(&c->replayed, memory_order_relaxed);
		t.undelivered += atomic_load_explicit(&c->undelivered, memory_order_relaxed);
		t.in_flight += atomic_load_explicit(&p->n_open, memory_order_relaxed);
	}
	if (s->o.publisher)
		t.malformed += wire_publisher_stats(s->o.publisher).malformed;
	return t;
}

#include "rig.h"

#include "../check.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

static int run_time_convert(void *user, const struct wire_call *call, const void *request,
			    void *ret, struct err *err)
{
	const struct time_convert *req = request;
	struct time_convert_result *result = ret;
	result->beats = req->beats;
	result->bar = call->actor[0];
	return 0;
}

static int run_seek(void *user, const struct wire_call *call, const void *request, void *ret,
		    struct err *err)
{
	const struct transport_seek *req = request;
	struct transport_seek_result *result = ret;
	struct rig *r = user;
	int n = atomic_fetch_add(&r->n_seeks, 1) + 1;
	if (req->position_beats == -1)
		return err_field(err, -EINVAL, "position_beats", "not there");
	wire_call_progress(call, 0.5, "half of it");
	result->position_beats = req->position_beats;
	result->bar = n;
	return 0;
}

static int run_step(void *user, const struct wire_call *call, const void *request, void *ret,
		    struct err *err)
{
	const struct device_step *req = request;
	struct rig *r = user;
	struct wire_reply *reply;
	int e = wire_call_defer(call, &reply, err);
	if (e < 0)
		return e;
	pthread_mutex_lock(&r->lock);
	assert_true(r->n_held < RIG_HELD);
	r->held[r->n_held] = reply;
	r->held_frames[r->n_held++] = req->frames;
	pthread_mutex_unlock(&r->lock);
	atomic_fetch_add(&r->n_waiting, 1);
	return 0;
}

void rig_release(struct rig *r)
{
	pthread_mutex_lock(&r->lock);
	for (size_t i = 0; i < r->n_held; i++) {
		struct device_step_result result = {.stepped_frames = r->held_frames[i]};
		struct err err = ERR_INIT;
		if (r->held_frames[i] == 13) {
			err_set(&err, -EIO, "an unlucky number");
			wire_reply_fail_with(r->held[i], &err, "{\"errors\":[13]}", strlen("{\"errors\":[13]}"));
			continue;
		}
		wire_reply_progress(r->held[i], 0.9, "nearly");
		wire_reply_send(r->held[i], &result);
	}
	r->n_held = 0;
	pthread_mutex_unlock(&r->lock);
}

static int run_interrupt(void *user, const struct wire_call *call, const void *request, void *ret,
			 struct err *err)
{
	struct control_interrupt_result *result = ret;
	struct rig *r = user;
	pthread_mutex_lock(&r->lock);
	result->interrupted = r->n_held > 0;
	pthread_mutex_unlock(&r->lock);
	rig_release(r);
	return 0;
}

static const struct wire_handler handlers[WIRE_MESSAGE_COUNT] = {
	[WIRE_MESSAGE_time_convert] = {&wire_messages[WIRE_MESSAGE_time_convert], run_time_convert},
	[WIRE_MESSAGE_transport_seek] = {&wire_messages[WIRE_MESSAGE_transport_seek], run_seek},
	[WIRE_MESSAGE_device_step] = {&wire_messages[WIRE_MESSAGE_device_step], run_step},
	[WIRE_MESSAGE_control_interrupt] = {&wire_messages[WIRE_MESSAGE_control_interrupt],
					    run_interrupt},
};

static int write_snapshot(void *user, const struct wire_call *call, struct strbuf *state,
			  struct err *err)
{
	struct rig *r = user;
	return strbuf_addf(state, "{\"value\":%d}", atomic_load(&r->value));
}

static int write_status(void *user, const struct wire_call *call, struct strbuf *details,
			struct err *err)
{
	return strbuf_adds(details, "{\"rig\":true}");
}

static void must(int r, const struct err *err)
{
	if (r < 0)
		fail_msg("%d: %s", r, err_msg(err));
}

static void bind_port(struct rig *r, const struct wire_port_options *p,
		      char ret[WIRE_ENDPOINT_SIZE])
{
	struct err err = ERR_INIT;
	must(wire_service_bind(r->service, p, ret, &err), &err);
}

static void endpoint_of(struct rig *r, const char *socket, char ret[WIRE_ENDPOINT_SIZE])
{
	struct err err = ERR_INIT;
	char bind[WIRE_ENDPOINT_SIZE];
	(void)snprintf(bind, sizeof(bind), "ipc://%s/rig", r->dir);
	must(wire_bind_endpoint(r->o.bind ? r->o.bind : bind, "chaosgarden", socket, ret, &err),
	     &err);
}

static void open_service(struct rig *r)
{
	static const enum wire_message_id shell[] = {
		WIRE_MESSAGE_time_convert, WIRE_MESSAGE_transport_seek, WIRE_MESSAGE_device_step};
	static const enum wire_message_id control[] = {WIRE_MESSAGE_control_interrupt};
	struct err err = ERR_INIT;
	char endpoint[WIRE_ENDPOINT_SIZE];
	endpoint_of(r, "iopub", endpoint);
	struct wire_publisher_options p = {.name = "chaosgarden",
					   .context = r->context,
					   .loop = r->loop,
					   .curve = r->o.curve,
					   .endpoint = endpoint,
					   .alive_ms = r->o.alive_ms,
					   .queue = r->o.publish_queue};
	must(wire_publisher_new(&p, &r->publisher, &err), &err);
	(void)str_copy(r->iopub, sizeof(r->iopub), wire_publisher_endpoint(r->publisher));
	struct wire_service_options s = {.name = "chaosgarden",
					 .context = r->context,
					 .loop = r->loop,
					 .publisher = r->publisher,
					 .curve = r->o.curve,
					 .user = r,
					 .snapshot = write_snapshot,
					 .status = write_status,
					 .in_flight = r->o.in_flight,
					 .drain_ms = r->o.drain_ms,
					 .keep_keys_ms = r->o.keep_keys_ms};
	must(wire_service_new(&s, &r->service, &err), &err);
	endpoint_of(r, "shell", endpoint);
	bind_port(r,
		  &(struct wire_port_options){"shell", WIRE_ROUTER, endpoint, handlers, shell,
					      COUNT_OF(shell), false},
		  r->shell);
	endpoint_of(r, "control", endpoint);
	bind_port(r,
		  &(struct wire_port_options){"control", WIRE_ROUTER, endpoint, handlers, control,
					      COUNT_OF(control), true},
		  r->control);
	endpoint_of(r, "heartbeat", endpoint);
	bind_port(r,
		  &(struct wire_port_options){"heartbeat", WIRE_REP, endpoint, NULL, NULL, 0, true},
		  r->heartbeat);
}

static void announce(struct rig *r)
{
	struct err err = ERR_INIT;
	struct wire_family_endpoint all[] = {
		{"shell", r->shell}, {"iopub", r->iopub},         {"control", r->control},
		{"query", r->shell}, {"heartbeat", r->heartbeat},
	};
	must(wire_family_announce(r->family, "chaosgarden", wire_service_incarnation(r->service),
				  all, COUNT_OF(all), &err),
	     &err);
}

static void *run(void *arg)
{
	struct rig *r = arg;
	struct err err = ERR_INIT;
	r->result = wire_service_run(r->service, &err);
	return NULL;
}

void rig_start(struct rig *r, const struct rig_options *o)
{
	struct err err = ERR_INIT;
	static const struct rig_options none;
	*r = (struct rig){.o = o ? *o : none};
	pthread_mutex_init(&r->lock, NULL);
	r->own_dir = !r->o.dir;
	if (r->own_dir)
		must(fs_temp_dir(NULL, "rig", &r->dir, &err), &err);
	else
		r->dir = strdup(r->o.dir);
	must(wire_context_new(&r->context, &err), &err);
	must(wire_loop_new(&r->loop, &err), &err);
	if (r->o.dir) {
		must(wire_family_open(r->o.dir, true, &r->family, &err), &err);
		must(wire_family_give_keys(r->family, r->context, &err), &err);
	}
	open_service(r);
	if (r->family)
		announce(r);
	r->running = true;
	assert_int_equal(pthread_create(&r->thread, NULL, run, r), 0);
}

static void close_all(struct rig *r)
{
	struct err err = ERR_INIT;
	pthread_join(r->thread, NULL);
	wire_service_free(r->service);
	wire_publisher_free(r->publisher);
	wire_loop_free(r->loop);
	wire_context_free(r->context);
	wire_family_free(r->family);
	for (size_t i = 0; i < r->n_held; i++)
		wire_reply_fail(r->held[i], &(struct err){.code = -ECANCELED});
	if (r->own_dir)
		(void)fs_remove_tree(r->dir, &err);
	free(r->dir);
	pthread_mutex_destroy(&r->lock);
	r->running = false;
}

void rig_stop(struct rig *r)
{
	struct err err = ERR_INIT;
	wire_service_stop(r->service, "test is over");
	if (r->family)
		(void)wire_family_withdraw(r->family, "chaosgarden", &err);
	close_all(r);
}

void rig_kill(struct rig *r)
{
	wire_loop_stop(r->loop);
	close_all(r);
}

struct wire_client *rig_client(struct rig *r, const char *endpoint)
{
	struct wire_client_options o = {.name = "test",
					.endpoint = endpoint,
					.actor = "tester",
					.default_deadline_ms = 20000};
	struct wire_client *c = NULL;
	struct err err = ERR_INIT;
	must(wire_client_new(&o, &c, &err), &err);
	return c;
}

void rig_publish(struct rig *r, int n)
{
	struct err err = ERR_INIT;
	struct beat_tick_event e = {.position_beats = n, .tempo_bpm = 120};
	atomic_store(&r->value, n);
	(void)wire_publish(r->publisher, &wire_events[WIRE_EVENT_beat_tick], &e, &err);
}

void rig_wait(atomic_int *v, int n)
{
	int64_t until = clock_monotonic_ns(clock_system()) + 60 * NS_PER_SEC;
	while (atomic_load(v) < n) {
		if (clock_monotonic_ns(clock_system()) > until)
			fail_msg("waited for %d, there are %d", n, atomic_load(v));
		sched_yield();
	}
}

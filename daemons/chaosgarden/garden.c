#include "garden.h"

#include <stdio.h>
#include <string.h>

#include "base/fs.h"

#define LOG_TOPIC "chaosgarden"
#include "base/log.h"

#include "base/banned.h"

WIRE_HANDLERS(garden_handlers);

enum { PUMP_MS = 5 };

/* What the query socket answers beside the standard requests. */
static const enum wire_message_id query_only[] = {
	WIRE_MESSAGE_timeline_query, WIRE_MESSAGE_timeline_history, WIRE_MESSAGE_timeline_pending, WIRE_MESSAGE_region_get, WIRE_MESSAGE_region_list, WIRE_MESSAGE_marker_list,
	WIRE_MESSAGE_transport_status, WIRE_MESSAGE_tempo_map_get, WIRE_MESSAGE_time_convert, WIRE_MESSAGE_device_status,
	WIRE_MESSAGE_garden_query, WIRE_MESSAGE_garden_schema, WIRE_MESSAGE_debug_dump,
};
static const enum wire_message_id control_only[] = {
	WIRE_MESSAGE_control_stop, WIRE_MESSAGE_control_pause, WIRE_MESSAGE_control_interrupt, WIRE_MESSAGE_control_panic,
	WIRE_MESSAGE_debug_dump,
};
static const enum wire_message_id nothing_more[] = { WIRE_MESSAGE_debug_dump };

/* ---- the service's own requests ---- */

static int on_snapshot(void *user, const struct wire_call *call, struct strbuf *state, struct err *err)
{
	return garden_snapshot(user, state, err);
}

static int on_status(void *user, const struct wire_call *call, struct strbuf *details, struct err *err)
{
	struct transport_status_result res = { 0 };
	const struct transport_status ask = { 0 };
	int r = transport_status_run(user, call, &ask, &res, err);
	return r < 0 ? r : wire_encode(wire_messages[WIRE_MESSAGE_transport_status].result, &res, details, err);
}

static int on_metrics(void *user, struct wire_arena *arena, struct metric_view **ret, size_t *ret_n, struct err *err)
{
	return ask_metrics(user, arena, ret, ret_n, err);
}

static void on_stopping(void *user, const char *reason)
{
	ask_stop(user);
}

/* ---- on the loop ---- */

static void on_pump(void *arg)
{
	struct garden *g = arg;
	audio_look_after(g);
	pump(g);
}

static void on_content(void *arg)
{
	pump(arg);
}

static void content_done(void *arg)
{
	struct garden *g = arg;
	wire_wakeup_send(g->content_wakeup);
}

/* ---- opening ---- */

static int open_timeline(struct garden *g, struct saved_position *ret_saved, struct err *err)
{
	const char *dir = wire_family_dir(g->family);
	char AUTO_MEM *journal = fs_join(dir, "chaosgarden.journal"), AUTO_MEM *position = fs_join(dir, "chaosgarden.position");
	g->cas_root = g->options->cas_root ? strdup(g->options->cas_root) : fs_join(dir, "cas");
	if (!journal || !position || !g->cas_root)
		return err_set(err, -ENOMEM, "%s", dir);
	const struct timeline_options o = { .path = journal };
	int r = timeline_open(&o, &g->timeline, err);
	if (r == 0 && timeline_torn_bytes(g->timeline))
		log_warn("the journal ended in a write that was never acknowledged, cut off", LOG_STR("file", journal),
			 LOG_INT("bytes", timeline_torn_bytes(g->timeline)));
	return r < 0 ? r : position_open(position, &g->position, ret_saved, err);
}

static int bind_port(struct garden *g, const char *name, enum wire_socket_kind kind, const enum wire_message_id *only,
		     size_t n_only, bool own_thread, char bound[WIRE_ENDPOINT_SIZE], struct err *err)
{
	char endpoint[WIRE_ENDPOINT_SIZE];
	int r = wire_bind_endpoint(g->options->bind, "chaosgarden", name, endpoint, err);
	const struct wire_port_options o = { .name = name, .kind = kind, .endpoint = endpoint, .handlers = garden_handlers,
					     .only = only, .n_only = n_only, .own_thread = own_thread, .urgent = only == control_only };
	return r < 0 ? r : wire_service_bind(g->service, &o, bound, err);
}

static int open_publisher(struct garden *g, struct err *err)
{
	char endpoint[WIRE_ENDPOINT_SIZE];
	int r = wire_bind_endpoint(g->options->bind, "chaosgarden", "iopub", endpoint, err);
	const struct wire_publisher_options o = { .name = "chaosgarden", .context = g->context, .loop = g->loop,
						  .endpoint = endpoint, .moment = garden_moment, .user = g };
	return r < 0 ? r : wire_publisher_new(&o, &g->publisher, err);
}

static int open_sockets(struct garden *g, struct err *err)
{
	char shell[WIRE_ENDPOINT_SIZE], control[WIRE_ENDPOINT_SIZE], query[WIRE_ENDPOINT_SIZE], heartbeat[WIRE_ENDPOINT_SIZE];
	const struct wire_service_options o = { .name = "chaosgarden", .context = g->context, .loop = g->loop,
						.publisher = g->publisher, .user = g, .snapshot = on_snapshot,
						.status = on_status, .metrics = on_metrics, .stopping = on_stopping };
	int r = wire_service_new(&o, &g->service, err);
	if (r == 0)
		r = bind_port(g, "shell", WIRE_ROUTER, NULL, 0, false, shell, err);
	if (r == 0)
		r = bind_port(g, "control", WIRE_ROUTER, control_only, COUNT_OF(control_only), true, control, err);
	if (r == 0)
		r = bind_port(g, "query", WIRE_ROUTER, query_only, COUNT_OF(query_only), true, query, err);
	if (r == 0)
		r = bind_port(g, "heartbeat", WIRE_REP, nothing_more, COUNT_OF(nothing_more), true, heartbeat, err);
	if (r < 0)
		return r;
	const struct wire_family_endpoint endpoints[] = {
		{ "shell", shell }, { "iopub", wire_publisher_endpoint(g->publisher) }, { "control", control },
		{ "query", query }, { "heartbeat", heartbeat },
	};
	r = wire_announcement_new(g->family, g->loop, "chaosgarden", wire_service_incarnation(g->service), endpoints,
				  COUNT_OF(endpoints), &g->announcement, err);
	if (r == 0)
		log_info("listening", LOG_STR("shell", shell), LOG_STR("iopub", endpoints[1].endpoint),
			 LOG_STR("control", control), LOG_STR("query", query), LOG_STR("heartbeat", heartbeat));
	return r;
}

static void content_let_go(void *arg, struct content_item *it)
{
	struct garden *g = arg;
	if (g->ahead)
		content_ahead_forget(g->ahead, it);
}

static int open_pool(struct garden *g, struct err *err)
{
	const struct content_pool_options o = { .rate_hz = g->options->rate_hz, .n_channels = DEVICE_CHANNELS,
						.on_done = content_done, .let_go = content_let_go, .arg = g,
						.spool = { .dir = wire_family_dir(g->family) } };
	return content_pool_new(&o, &g->pool, err);
}

/* Takes the transport to where the last run left it; playing again when it was. */
static int restore(struct garden *g, const struct saved_position *saved, struct err *err)
{
	int r = saved->state == TRANSPORT_STOPPED && saved->beat == 0
			? 0
			: audio_send(g, PRODUCER_MAIN, RT_COMMAND_SEEK, saved->beat, err);
	if (r == 0 && saved->state != TRANSPORT_STOPPED)
		r = audio_send(g, PRODUCER_MAIN, RT_COMMAND_PLAY, 0, err);
	if (r == 0 && saved->state == TRANSPORT_PAUSED)
		r = audio_send(g, PRODUCER_MAIN, RT_COMMAND_PAUSE, 0, err);
	if (r < 0)
		return r;
	const struct scheduled_edit *s;
	for (size_t i = 0; (s = timeline_scheduled(g->timeline, i)); i++)
		project_prepare(g, &s->changes);
	content_pool_wait(g->pool); /* nothing that was playing comes back as silence */
	pump(g);
	audio_prepare(g, saved->beat);
	return 0;
}

static int open_parts(struct garden *g, struct err *err)
{
	struct saved_position saved = { TRANSPORT_STOPPED, 0 };
	int r = open_timeline(g, &saved, err);
	g->restoring = true;
	if (r == 0)
		r = wire_wakeup_new(g->loop, on_content, g, &g->content_wakeup, err);
	if (r == 0)
		r = open_pool(g, err);
	if (r == 0)
		r = audio_open(g, err);
	if (r == 0)
		r = open_publisher(g, err);
	if (r == 0)
		r = recall_open(g, err);
	if (r == 0)
		r = project_open(g, err);
	if (r == 0)
		r = restore(g, &saved, err);
	if (r == 0)
		r = audio_start(g, err);
	if (r < 0)
		return r;
	audio_settle(g);
	g->restoring = false;
	if (saved.state != TRANSPORT_STOPPED || saved.beat != 0)
		log_info("back where it was", LOG_NUM("beat", saved.beat), LOG_INT("state", saved.state),
			 LOG_INT("revision", document_revision(timeline_now(g->timeline))));
	r = wire_timer_new(g->loop, on_pump, g, &g->pump_timer, err);
	if (r == 0)
		wire_timer_repeat(g->pump_timer, PUMP_MS);
	return r;
}

int garden_open(struct garden *g, const struct garden_options *o, struct err *err)
{
	g->options = o;
	signals_block();
	pthread_mutex_init(&g->timeline_lock, NULL);
	pthread_mutex_init(&g->doc_lock, NULL);
	pthread_mutex_init(&g->send_lock, NULL);
	int r = wire_family_open(o->family, true, &g->family, err);
	if (r == 0)
		r = wire_family_lock(g->family, "chaosgarden", err);
	if (r == 0)
		r = wire_loop_new(&g->loop, err);
	if (r == 0)
		r = wire_context_new(&g->context, err);
	if (r == 0)
		(void)wire_context_urgent(g->context); /* a stop shall not wait behind queries; where that is not allowed, it does as others */
	if (r == 0)
		r = wire_family_give_keys(g->family, g->context, err);
	if (r == 0)
		r = open_parts(g, err);
	if (r == 0)
		r = ask_open(g, err);
	if (r == 0)
		r = open_sockets(g, err);
	if (r == 0)
		r = signals_open(g, err);
	if (r == 0)
		emit_device(g, "started");
	return r;
}

int garden_run(struct garden *g, struct err *err)
{
	int r = wire_service_run(g->service, err);
	wire_announcement_free(TAKE(g->announcement));
	return r;
}

void garden_close(struct garden *g)
{
	signals_close(g);
	ask_close(g);
	audio_close(g);
	wire_timer_free(TAKE(g->pump_timer));
	wire_announcement_free(TAKE(g->announcement));
	wire_service_free(TAKE(g->service));
	wire_publisher_free(TAKE(g->publisher));
	engine_free(TAKE(g->engine));
	project_close(g);
	content_pool_free(TAKE(g->pool));
	wire_wakeup_free(TAKE(g->content_wakeup));
	position_close(TAKE(g->position));
	document_unref(TAKE(g->doc));
	recall_close(g);
	timeline_free(TAKE(g->timeline));
	free(TAKE(g->tape_memory));
	free(TAKE(g->cas_root));
	wire_context_free(TAKE(g->context));
	wire_loop_free(TAKE(g->loop));
	wire_family_free(TAKE(g->family));
	pthread_mutex_destroy(&g->timeline_lock);
	pthread_mutex_destroy(&g->doc_lock);
	pthread_mutex_destroy(&g->send_lock);
}

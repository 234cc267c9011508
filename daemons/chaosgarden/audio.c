/*
 * audio.c - engine, tape and device of chaosgarden: what happens in a cycle, and what drives it.
 */
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "base/str.h"
#include "garden.h"
#include "rt-host/rt_heap.h"

#define LOG_TOPIC "device"
#include "base/log.h"

#include "base/banned.h"

enum { TAPE_FRAMES = 1 << 18, SETTLE_MS = 200, RETRY_S = 2, PREPARED_MS = 200 };

static const struct rt_heap heap = RT_HEAP_MALLOC;

/* ---- on the audio thread ---- */

RT_SAFE static void cycle_rt(void *arg, float *const *out, uint32_t n_frames)
{
	struct garden *g = arg;
	attention_process_rt(g->main, out, n_frames);
	tape_write_rt(&g->tape, (const float *const *)out, n_frames);
}

RT_SAFE static void account_rt(void *arg, const struct device_timing *t)
{
	struct garden *g = arg;
	attention_account_rt(g->main, t->cpu_ns, t->quantum_ns, t->late_ns);
}

RT_SAFE static void park_rt(void *arg)
{
	struct garden *g = arg;
	attention_park_rt(g->main);
}

static void lost(void *arg)
{
	struct garden *g = arg;
	atomic_store(&g->device_lost, true);
}

/* ---- opening ---- */

int audio_open(struct garden *g, struct err *err)
{
	const struct engine_config c = {
		.rate_hz = g->options->rate_hz, .n_channels = DEVICE_CHANNELS, .max_block_frames = 256,
		.max_sounding = LIMIT_ENGINE_SOUNDING, .max_producers = PRODUCER_COUNT, .command_slots = LIMIT_ENGINE_COMMANDS,
		.event_slots = LIMIT_ENGINE_EVENTS, .max_pending = 64, .midi_room = 2560,
	};
	int r = engine_new(&c, &heap, &g->engine);
	if (r < 0)
		return err_set(err, r, "engine at %u Hz", c.rate_hz);
	g->main = engine_attention(g->engine, ATTENTION_MAIN);
	for (int i = 0; i < PRODUCER_COUNT && r == 0; i++)
		r = attention_producer(g->main, &g->producers[i]);
	g->tape_memory = r == 0 ? rt_heap_take(&heap, 1, tape_bytes(TAPE_FRAMES, DEVICE_CHANNELS)) : NULL;
	if (!g->tape_memory)
		return err_set(err, r < 0 ? r : -ENOMEM, "engine");
	tape_init(&g->tape, g->tape_memory, TAPE_FRAMES, DEVICE_CHANNELS);
	const struct content_ahead_options ahead = { .engine = g->engine, .rate_hz = c.rate_hz, .n_channels = DEVICE_CHANNELS,
						       .max_windows = g->options->content_mib * CONTENT_WINDOWS_PER_MIB };
	r = content_ahead_new(&ahead, &g->ahead, err);
	if (r < 0)
		return r;
	content_ahead_watch(g->ahead, g->main);
	return recorder_new(&g->tape, c.rate_hz, &g->recorder, err);
}

static int open_kind(struct garden *g, enum device_kind kind, struct err *err)
{
	const struct device_options o = {
		.kind = kind, .rate_hz = g->options->rate_hz, .quantum_frames = g->options->quantum_frames,
		.name = kind == DEVICE_PIPEWIRE ? g->options->name : NULL, .cycle_rt = cycle_rt, .account_rt = account_rt,
		.park_rt = park_rt, .lost = lost, .arg = g,
	};
	int r = device_open(&o, &g->device, err);
	pthread_mutex_lock(&g->doc_lock);
	g->shown.kind = r == 0 ? kind : DEVICE_NULL;
	g->shown.wanted = g->wanted_device;
	(void)str_copy(g->shown.name, sizeof(g->shown.name), r == 0 ? device_name(g->device) : "none");
	pthread_mutex_unlock(&g->doc_lock);
	return r;
}

int audio_start(struct garden *g, struct err *err)
{
	struct err why = ERR_INIT;
	g->wanted_device = g->options->device_auto ? DEVICE_PIPEWIRE : g->options->device;
	int r = open_kind(g, g->wanted_device, &why);
	if (r < 0 && g->wanted_device == DEVICE_PIPEWIRE) {
		if (g->options->device_auto)
			g->wanted_device = DEVICE_NULL;
		log_info("no PipeWire, the null clock stands in", LOG_ERR(&why));
		r = open_kind(g, DEVICE_NULL, &why);
	}
	if (r < 0)
		return err_wrap(err, err_set(err, r, "%s", err_msg(&why)), "device");
	log_info("device", LOG_STR("name", device_name(g->device)),
		 LOG_STR("kind", device_kind_name(device_kind_of(g->device))), LOG_INT("rate", g->options->rate_hz),
		 LOG_INT("quantum", g->options->quantum_frames));
	return 0;
}

void audio_close(struct garden *g)
{
	device_free(TAKE(g->device)); /* first: nothing may be rendering after this */
	content_ahead_free(TAKE(g->ahead));
	recorder_free(TAKE(g->recorder));
}

int audio_select(struct garden *g, enum device_kind kind, struct err *err)
{
	enum device_kind before = g->device ? device_kind_of(g->device) : DEVICE_NULL;
	device_free(TAKE(g->device));
	enum device_kind wanted = g->wanted_device;
	g->wanted_device = kind;
	int r = open_kind(g, kind, err);
	if (r < 0)
		g->wanted_device = wanted;
	if (r < 0 && open_kind(g, before, NULL) < 0)
		log_error("no device at all, trying again");
	emit_device(g, "chosen");
	return r;
}

/* ---- going away and coming back ---- */

static void fall_back(struct garden *g)
{
	struct err err = ERR_INIT;
	device_free(TAKE(g->device));
	if (open_kind(g, DEVICE_NULL, &err) < 0)
		log_error("no device at all, trying again", LOG_ERR(&err));
	else
		log_warn("PipeWire went away, the null clock stands in");
	emit_device(g, "lost");
}

static void take_back(struct garden *g)
{
	struct err err = ERR_INIT;
	device_free(TAKE(g->device));
	if (open_kind(g, DEVICE_PIPEWIRE, &err) == 0) {
		log_info("PipeWire is back");
		emit_device(g, "returned");
	} else if (open_kind(g, DEVICE_NULL, &err) < 0) {
		log_error("no device at all, trying again", LOG_ERR(&err));
	}
}

void audio_look_after(struct garden *g)
{
	int64_t now = clock_monotonic_ns(clock_system());
	if (atomic_exchange(&g->device_lost, false)) {
		fall_back(g);
		g->device_retry_ns = now + RETRY_S * NS_PER_SEC;
	}
	bool away = g->wanted_device == DEVICE_PIPEWIRE && (!g->device || device_kind_of(g->device) != DEVICE_PIPEWIRE);
	if (away && now >= g->device_retry_ns) {
		g->device_retry_ns = now + RETRY_S * NS_PER_SEC;
		take_back(g);
	}
}

/* ---- telling the engine ---- */

static bool stepped(const struct garden *g)
{
	return g->device && device_kind_of(g->device) == DEVICE_STEPPED;
}

/* A cycle of no frames: takes up commands and snapshots without moving. */
static void cycle_of_nothing(struct garden *g)
{
	float nothing[DEVICE_CHANNELS][16];
	float *const out[DEVICE_CHANNELS] = { nothing[0], nothing[1] };
	rt_enter();
	attention_process_rt(g->main, out, 0);
	rt_leave();
}

int audio_send(struct garden *g, int producer, enum rt_command_type type, double value, struct err *err)
{
	const struct rt_command c = { .type = type, .at_frame = COMMAND_NOW, .value = value };
	if (producer == PRODUCER_CONTROL)
		pthread_mutex_lock(&g->send_lock);
	int r = attention_send(g->main, g->producers[producer], &c);
	if (producer == PRODUCER_CONTROL)
		pthread_mutex_unlock(&g->send_lock);
	if (r == 0)
		content_ahead_wake(g->ahead);
	return r < 0 ? err_set(err, r, "the engine's command ring is full") : 0;
}

void audio_prepare(struct garden *g, double beat)
{
	(void)content_ahead_wait_at(g->ahead, beat, g->options->rate_hz * PREPARED_MS / 1000);
}

void audio_settle(struct garden *g)
{
	if (stepped(g)) {
		cycle_of_nothing(g);
		return;
	}
	const struct timespec pause = { .tv_nsec = NS_PER_MS };
	for (int i = 0; i < SETTLE_MS && !attention_settled(g->main, g->producers[PRODUCER_MAIN]); i++)
		nanosleep(&pause, NULL); /* at most a cycle: the device's clock decides */
}

double audio_now_s(const struct garden *g)
{
	struct engine_position p;
	if (!stepped(g))
		return (double)clock_monotonic_ns(clock_system()) / NS_PER_SEC;
	attention_position(g->main, &p);
	return (double)p.clock_frame / g->options->rate_hz;
}

int long_command_ends(struct garden *g, int64_t done_frames, struct err *err)
{
	if (wire_service_stopping(g->service))
		return err_set(err, -ECANCELED, "chaosgarden stops, after %lld frames", (long long)done_frames);
	if (atomic_exchange(&g->interrupt, false))
		return err_set(err, -ECANCELED, "interrupted after %lld frames", (long long)done_frames);
	return 0;
}

int audio_advance(struct garden *g, int64_t frames, int64_t cycle_ns, int64_t *ret_done, struct err *err)
{
	if (!stepped(g))
		return err_set(err, -ENOTSUP, "the device is '%s'; only the stepped one can be stepped",
			       g->device ? device_kind_name(device_kind_of(g->device)) : "none");
	*ret_done = 0;
	content_pool_wait(g->pool);
	pump(g); /* what was just made ready is heard from here on */
	while (*ret_done < frames) {
		int64_t n = frames - *ret_done;
		if (n > g->options->quantum_frames)
			n = g->options->quantum_frames;
		(void)content_ahead_wait(g->ahead, g->main, (uint32_t)n); /* what cannot be read is counted as missing */
		int r = device_step(g->device, (uint32_t)n, cycle_ns, err);
		if (r < 0)
			return r;
		*ret_done += n;
		recorder_pump(g->recorder);
		pump(g);
		r = long_command_ends(g, *ret_done, err);
		if (r < 0)
			return r;
	}
	return 0;
}

#include "rt/engine_priv.h"

#include "dsp/fastmath.h"

#include <errno.h>
#include <string.h>

enum { MAX_DELAY_FRAMES = 1 << 20 };

static bool power_of_two(uint32_t n)
{
	return n && (n & (n - 1)) == 0;
}

static bool config_ok(const struct engine_config *c)
{
	return c->rate_hz >= 8000 && c->rate_hz <= 384000 && c->n_channels >= 1 && c->n_channels <= 8 &&
	       c->max_block_frames >= 16 && c->max_block_frames <= 8192 && c->max_sounding >= 1 &&
	       c->max_producers >= 1 && power_of_two(c->command_slots) && power_of_two(c->event_slots) &&
	       c->max_pending >= 1 && c->midi_room >= 2560;
}

static bool rings_take(struct attention *a, const struct engine_config *c, const struct rt_heap *h)
{
	a->commands = rt_heap_take(h, c->max_producers, sizeof(*a->commands));
	a->command_slots = rt_heap_take(h, c->max_producers, sizeof(void *));
	a->event_slots = rt_heap_take(h, c->event_slots, sizeof(struct rt_event));
	if (!a->commands || !a->command_slots || !a->event_slots)
		return false;
	ring_init(&a->events, a->event_slots, c->event_slots, sizeof(struct rt_event));
	for (uint32_t i = 0; i < c->max_producers; i++) {
		a->command_slots[i] = rt_heap_take(h, c->command_slots, sizeof(struct rt_command));
		if (!a->command_slots[i])
			return false;
		ring_init(&a->commands[i], a->command_slots[i], c->command_slots, sizeof(struct rt_command));
	}
	return true;
}

static bool frames_take(struct attention *a, const struct engine_config *c, const struct rt_heap *h)
{
	bool ok = true;
	for (uint32_t i = 0; i < AUDIO_PORT_CHANNELS; i++)
		ok = (a->rt.scratch[i] = rt_heap_take(h, c->max_block_frames, sizeof(float))) && ok;
	for (uint32_t i = 0; i < NODE_PORTS_MAX; i++)
		ok = (a->rt.fills[i] = rt_heap_take(h, c->max_block_frames, sizeof(float))) && ok;
	a->rt.gains = rt_heap_take(h, c->max_block_frames, sizeof(float));
	a->rt.midi = rt_heap_take(h, c->midi_room, sizeof(struct midi_event));
	a->rt.pending = rt_heap_take(h, c->max_pending, sizeof(struct rt_command));
	a->rt.sounding = rt_heap_take(h, c->max_sounding, sizeof(struct sounding));
	a->rt.order = rt_heap_take(h, c->max_sounding, sizeof(struct sounding *));
	a->rt.found = rt_heap_take(h, c->max_sounding, sizeof(struct region *));
	ok = ok && a->rt.gains && a->rt.midi && a->rt.pending && a->rt.sounding && a->rt.order && a->rt.found;
	for (uint32_t i = 0; ok && i < c->max_sounding; i++)
		a->rt.order[i] = &a->rt.sounding[i];
	return ok;
}

static void attention_done(struct attention *a)
{
	const struct rt_heap *h = a->engine->heap;
	if (a->reader)
		epoch_leave(a->reader);
	for (uint32_t i = 0; a->command_slots && i < a->engine->config.max_producers; i++)
		rt_heap_give(h, a->command_slots[i]);
	for (uint32_t i = 0; i < ATTENTION_SLOTS; i++)
		plan_free(atomic_load(&a->slots[i].published));
	for (uint32_t i = 0; i < AUDIO_PORT_CHANNELS; i++)
		rt_heap_give(h, a->rt.scratch[i]);
	for (uint32_t i = 0; i < NODE_PORTS_MAX; i++)
		rt_heap_give(h, a->rt.fills[i]);
	void *all[] = { a->commands, a->command_slots, a->event_slots, a->rt.gains, a->rt.midi, a->rt.pending,
			a->rt.sounding, a->rt.order, (void *)a->rt.found };
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		rt_heap_give(h, all[i]);
	a->engine->attentions[a->index] = NULL;
	rt_heap_give(h, a);
}

/* Slot 0 hears the mix from the start, at gain 1; the others are empty and wait at 0. */
static int slots_fill(struct attention *a)
{
	const struct engine_config *c = &a->engine->config;
	struct graph_limits limits = { c->rate_hz, c->max_block_frames, c->n_channels, c->midi_room, false,
				       MAX_DELAY_FRAMES };
	struct graph empty = { 0 };
	struct plan *p;
	int r = graph_compile(&empty, &limits, a->engine->heap, &p, NULL);
	if (r < 0)
		return r;
	atomic_store(&a->slots[0].published, p);
	a->slots[0].rt.from = a->slots[0].rt.to = 1;
	return 0;
}

int attention_new(struct engine *e, struct attention **ret)
{
	uint32_t i = 0;
	while (i < ATTENTION_MAX && e->attentions[i])
		i++;
	if (i == ATTENTION_MAX)
		return -ENOSPC;
	struct attention *a = rt_heap_take(e->heap, 1, sizeof(*a));
	if (!a)
		return -ENOMEM;
	a->engine = e;
	a->index = i;
	e->attentions[i] = a;
	a->rt.parked = true;
	a->rt.successor_frame = INT64_MAX;
	int r = rings_take(a, &e->config, e->heap) && frames_take(a, &e->config, e->heap) ? 0 : -ENOMEM;
	if (r == 0)
		r = epoch_join(&e->epochs, &a->reader);
	if (r == 0)
		r = slots_fill(a);
	if (r < 0) {
		attention_done(a);
		return r;
	}
	*ret = a;
	return 0;
}

void attention_free(struct attention *a)
{
	if (a)
		attention_done(a);
}

uint32_t attention_index(const struct attention *a)
{
	return a->index;
}

struct attention *engine_attention(struct engine *e, uint32_t i)
{
	return i < ATTENTION_MAX ? e->attentions[i] : NULL;
}

int engine_new(const struct engine_config *c, const struct rt_heap *heap, struct engine **ret)
{
	if (!config_ok(c))
		return -EINVAL;
	struct engine *e = rt_heap_take(heap, 1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	e->heap_copy = *heap;
	e->heap = &e->heap_copy;
	e->config = *c;
	e->smooth_coef = (float)(1 - fm_exp(-200.0 / c->rate_hz));
	e->cut_frames = c->rate_hz / 400;
	epoch_init(&e->epochs);
	struct attention *a;
	int r = attention_new(e, &a);
	if (r < 0) {
		rt_heap_give(heap, e);
		return r;
	}
	*ret = e;
	return 0;
}

void engine_free(struct engine *e)
{
	if (!e)
		return;
	for (uint32_t i = 0; i < ATTENTION_MAX; i++)
		if (e->attentions[i])
			attention_done(e->attentions[i]);
	(void)engine_reclaim(e); /* no reader is left, so this frees everything */
	timeline_snapshot_unref(atomic_load(&e->published));
	struct rt_heap heap = e->heap_copy;
	rt_heap_give(&heap, e);
}

/* ---- publishing ---- */

int engine_publish(struct engine *e, struct timeline_snapshot *s)
{
	if (!s || tempo_map_rate_hz(s->tempo) != e->config.rate_hz) {
		timeline_snapshot_unref(s);
		return -EINVAL;
	}
	struct timeline_snapshot *old = atomic_exchange(&e->published, s);
	uint64_t epoch = epoch_advance(&e->epochs);
	if (old) {
		old->retired_at = epoch;
		old->next_retired = e->retired;
		e->retired = old;
	}
	return 0;
}

int attention_load(struct attention *a, uint32_t slot, struct plan *p)
{
	struct engine *e = a->engine;
	bool fits = !p || (p->limits.rate_hz == e->config.rate_hz && p->limits.n_channels == e->config.n_channels &&
			   p->limits.max_block_frames >= e->config.max_block_frames);
	if (slot >= ATTENTION_SLOTS || !fits) {
		plan_free(p);
		return -EINVAL;
	}
	struct plan *old = atomic_exchange(&a->slots[slot].published, p);
	uint64_t epoch = epoch_advance(&e->epochs);
	if (old) {
		old->retired_at = epoch;
		old->next_retired = e->retired_plans;
		e->retired_plans = old;
	}
	return 0;
}

uint32_t engine_reclaim(struct engine *e)
{
	uint32_t waiting = 0;
	for (struct timeline_snapshot **at = &e->retired; *at;) {
		struct timeline_snapshot *s = *at;
		if (!epoch_passed(&e->epochs, s->retired_at)) {
			at = &s->next_retired;
			waiting++;
			continue;
		}
		*at = s->next_retired;
		timeline_snapshot_unref(s);
	}
	for (struct plan **at = &e->retired_plans; *at;) {
		struct plan *p = *at;
		if (!epoch_passed(&e->epochs, p->retired_at)) {
			at = &p->next_retired;
			waiting++;
			continue;
		}
		*at = p->next_retired;
		plan_free(p);
	}
	return waiting;
}

void engine_cycles_now(const struct engine *e, struct engine_cycles *ret)
{
	for (int i = 0; i < ATTENTION_MAX; i++)
		ret->turn[i] = atomic_load(&e->turns[i]);
}

bool engine_cycles_over(const struct engine *e, const struct engine_cycles *c)
{
	for (int i = 0; i < ATTENTION_MAX; i++)
		if ((c->turn[i] & 1) && atomic_load(&e->turns[i]) == c->turn[i])
			return false;
	return true;
}

struct epoch_domain *engine_epochs(struct engine *e)
{
	return &e->epochs;
}

const struct timeline_snapshot *engine_read(struct engine *e)
{
	return atomic_load(&e->published);
}

/* ---- commands in, events and numbers out ---- */

int attention_producer(struct attention *a, uint32_t *ret_producer)
{
	uint32_t i = atomic_load(&a->n_producers);
	do {
		if (i == a->engine->config.max_producers)
			return -ENOSPC;
	} while (!atomic_compare_exchange_weak(&a->n_producers, &i, i + 1));
	*ret_producer = i;
	return 0;
}

int attention_send(struct attention *a, uint32_t producer, const struct rt_command *c)
{
	if (producer >= atomic_load(&a->n_producers) || c->type == RT_COMMAND_NONE || c->type >= RT_COMMAND_TYPE_COUNT)
		return -EINVAL;
	return ring_write(&a->commands[producer], c) ? 0 : -EBUSY;
}

void attention_stop(struct attention *a)
{
	atomic_fetch_or(&a->urgent, URGENT_STOP);
}

void attention_panic(struct attention *a)
{
	atomic_fetch_or(&a->urgent, URGENT_PANIC);
}

bool attention_settled(const struct attention *a, uint32_t producer)
{
	const _Atomic uint64_t *turn = &a->engine->turns[a->index];
	uint64_t before = atomic_load(turn);
	bool read = ring_used(&a->commands[producer]) == 0 && atomic_load(&a->urgent) == 0;
	return read && !(before & 1) && atomic_load(turn) == before; /* no cycle is still at it */
}

bool attention_poll(struct attention *a, struct rt_event *ret)
{
	return ring_read(&a->events, ret);
}

static double double_of(uint64_t bits)
{
	double d;
	memcpy(&d, &bits, sizeof(d));
	return d;
}

void attention_position(const struct attention *a, struct engine_position *ret)
{
	uint64_t before, after, w[POSITION_WORDS];
	do {
		before = atomic_load(&a->position_seq);
		for (int i = 0; i < POSITION_WORDS; i++)
			w[i] = atomic_load(&a->position[i]);
		after = atomic_load(&a->position_seq);
	} while (before != after || (before & 1)); /* the writer is done within a few stores */
	*ret = (struct engine_position){
		.state = (enum transport_state)w[0],
		.clock_frame = (int64_t)w[1],
		.frame = (int64_t)w[2],
		.beat = double_of(w[3]),
		.bpm = double_of(w[4]),
		.bar = (int64_t)w[5],
		.beat_in_bar = double_of(w[6]),
		.revision = w[7],
		.loop = w[8],
		.loop_from = double_of(w[9]),
		.loop_to = double_of(w[10]),
	};
}

static uint64_t counter_of(const struct attention *a, enum counter c)
{
	return atomic_load_explicit(&a->counters[c], memory_order_relaxed);
}

void attention_cycle_times(const struct attention *a, struct cycle_times *ret)
{
	for (uint32_t i = 0; i < CYCLE_TIMES_BINS; i++)
		ret->n[i] = atomic_load_explicit(&a->cycle_times[i], memory_order_relaxed);
}

void attention_counters(struct attention *a, struct engine_counters *ret)
{
	*ret = (struct engine_counters){
		.cycles = counter_of(a, COUNT_CYCLES),
		.frames = counter_of(a, COUNT_FRAMES),
		.missing_frames = counter_of(a, COUNT_MISSING),
		.events_lost = counter_of(a, COUNT_EVENTS_LOST),
		.midi_lost = counter_of(a, COUNT_MIDI_LOST),
		.triggers_lost = counter_of(a, COUNT_TRIGGERS_LOST),
		.regions_refused = counter_of(a, COUNT_REFUSED),
		.unrouted = counter_of(a, COUNT_UNROUTED),
		.bad_samples = counter_of(a, COUNT_BAD),
		.node_failed = counter_of(a, COUNT_NODE_FAILED),
		.node_skipped = counter_of(a, COUNT_NODE_SKIPPED),
		.commands_refused = counter_of(a, COUNT_COMMANDS_REFUSED),
		.xruns = counter_of(a, COUNT_XRUNS),
		.late_wakeups = counter_of(a, COUNT_LATE),
		.max_cycle_ns = counter_of(a, COUNT_MAX_CYCLE_NS),
	};
	for (int i = 0; i < 8; i++) {
		uint32_t bits = atomic_exchange(&a->peaks[i], 0);
		memcpy(&ret->peak[i], &bits, sizeof(bits));
	}
}

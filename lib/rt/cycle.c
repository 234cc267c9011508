/*
 * cycle.c - one call of the device: adopt what was published, carry out commands at their frame, render block by block.
 */
#include "rt/engine_priv.h"

#include "dsp/denormal.h"
#include "dsp/mix.h"

#include <errno.h>
#include <string.h>

/* ---- position ---- */

RT_SAFE static void beats_rewind_rt(struct attention *a)
{
	const struct timeline_snapshot *s = a->rt.snapshot;
	if (!s)
		return;
	/* the first beat at or after this frame, seen from half a frame before it */
	double here = tempo_map_beat_of_frame(s->tempo, a->rt.frame);
	double before = tempo_map_beat_of_frame(s->tempo, a->rt.frame - 2);
	a->rt.next_beat = meter_map_next_beat(s->meter, before);
	a->rt.next_beat_frame = tempo_map_frame(s->tempo, a->rt.next_beat);
	if (a->rt.next_beat_frame < a->rt.frame) {
		a->rt.next_beat = meter_map_next_beat(s->meter, here + 1e-5);
		a->rt.next_beat_frame = tempo_map_frame(s->tempo, a->rt.next_beat);
	}
}

RT_SAFE static void loop_place_rt(struct attention *a)
{
	if (!a->rt.snapshot)
		return;
	a->rt.loop_start = tempo_map_frame(a->rt.snapshot->tempo, a->rt.loop_from);
	a->rt.loop_end = tempo_map_frame(a->rt.snapshot->tempo, a->rt.loop_to);
}

RT_SAFE static void successor_place_rt(struct attention *a)
{
	const struct timeline_snapshot *s = a->rt.snapshot;
	a->rt.successor_frame = s && s->successor ? tempo_map_frame(s->tempo, s->successor_beat) : INT64_MAX;
}

RT_SAFE static void locate_rt(struct attention *a, double beat)
{
	a->rt.beat = beat;
	a->rt.frame = a->rt.snapshot ? tempo_map_frame(a->rt.snapshot->tempo, beat) : 0;
	beats_rewind_rt(a);
}

/* ---- adopting ---- */

RT_SAFE static void snapshot_take_rt(struct attention *a, const struct timeline_snapshot *s)
{
	bool changed = s && s->revision != a->rt.revision;
	int64_t was_frame = a->rt.frame;
	a->rt.snapshot = s;
	a->rt.revision = s ? s->revision : 0;
	locate_rt(a, a->rt.beat); /* an edit of the tempo keeps the beat */
	loop_place_rt(a);
	successor_place_rt(a);
	sounding_adopt_rt(a, was_frame);
	if (changed)
		notify_rt(a, 0, &(struct rt_event){ .type = RT_EVENT_ADOPTED, .id = s->revision });
}

/* The last snapshot of the line whose beat has come; what lies between is passed over. */
RT_SAFE static const struct timeline_snapshot *successor_due_rt(struct attention *a, const struct timeline_snapshot *s)
{
	while (s && s->successor &&
	       tempo_map_frame(s->tempo, a->rt.beat) >= tempo_map_frame(s->tempo, s->successor_beat)) {
		notify_rt(a, 0, &(struct rt_event){ .type = RT_EVENT_SUCCEEDED, .id = s->successor->revision,
						    .value = s->successor_beat });
		s = s->successor;
	}
	return s;
}

RT_SAFE static void successor_adopt_rt(struct attention *a)
{
	if (a->rt.frame >= a->rt.successor_frame)
		snapshot_take_rt(a, successor_due_rt(a, a->rt.snapshot));
}

RT_SAFE static void snapshot_adopt_rt(struct attention *a)
{
	const struct timeline_snapshot *s = atomic_load(&a->engine->published);
	if (s == a->rt.head && !a->rt.parked)
		return;
	a->rt.head = s;
	snapshot_take_rt(a, successor_due_rt(a, s));
}

RT_SAFE static void slots_adopt_rt(struct attention *a)
{
	bool changed = false;
	for (uint32_t i = 0; i < ATTENTION_SLOTS; i++) {
		struct plan *p = atomic_load(&a->slots[i].published);
		changed |= p != a->slots[i].rt.plan;
		a->slots[i].rt.plan = p;
	}
	if (changed || a->rt.parked)
		sounding_route_rt(a);
}

RT_SAFE static void adopt_rt(struct attention *a)
{
	uint64_t epoch = epoch_begin(&a->engine->epochs, a->reader);
	snapshot_adopt_rt(a);
	slots_adopt_rt(a);
	a->rt.parked = false;
	uint64_t holds = sounding_holds_rt(a);
	a->rt.epoch = epoch < holds ? epoch : holds;
	epoch_publish(a->reader, a->rt.epoch);
}

RT_SAFE void attention_park_rt(struct attention *a)
{
	a->rt.parked = true;
	epoch_park(a->reader);
}

/* ---- transport ---- */

RT_SAFE static void state_set_rt(struct attention *a, enum transport_state state, uint32_t why)
{
	if (a->rt.state == state)
		return;
	a->rt.state = state;
	notify_rt(a, 0, &(struct rt_event){ .type = RT_EVENT_TRANSPORT, .a = state, .b = why });
}

RT_SAFE static void jump_rt(struct attention *a, double beat, bool loop)
{
	double from = a->rt.beat;
	a->rt.seamless = loop;
	sounding_release_rt(a);
	locate_rt(a, beat);
	notify_rt(a, 0, &(struct rt_event){ .type = RT_EVENT_JUMPED, .value = from, .a = loop });
	if (a->rt.state == TRANSPORT_PLAYING)
		sounding_enter_rt(a);
	a->rt.seamless = false;
}

RT_SAFE static void stop_rt(struct attention *a, uint32_t why)
{
	sounding_release_rt(a);
	state_set_rt(a, TRANSPORT_STOPPED, why);
	if (a->rt.beat != a->rt.home)
		jump_rt(a, a->rt.home, false);
}

RT_SAFE static void play_rt(struct attention *a)
{
	if (a->rt.state == TRANSPORT_PLAYING)
		return;
	state_set_rt(a, TRANSPORT_PLAYING, RT_COMMAND_PLAY);
	beats_rewind_rt(a);
	sounding_enter_rt(a);
}

RT_SAFE static void pause_rt(struct attention *a)
{
	if (a->rt.state != TRANSPORT_PLAYING)
		return;
	sounding_release_rt(a);
	state_set_rt(a, TRANSPORT_PAUSED, RT_COMMAND_PAUSE);
}

RT_SAFE static void plans_reset_rt(struct attention *a)
{
	for (uint32_t i = 0; i < ATTENTION_SLOTS; i++) {
		struct plan *p = a->slots[i].rt.plan;
		for (uint32_t k = 0; p && k < p->n_steps; k++)
			node_reset_rt(p->steps[k].instance);
		if (p)
			plan_clear_rt(p);
	}
}

RT_SAFE static void urgent_rt(struct attention *a)
{
	uint32_t what = atomic_exchange_explicit(&a->urgent, 0, memory_order_acquire);
	if (!what)
		return;
	stop_rt(a, 0);
	if (!(what & URGENT_PANIC))
		return;
	sounding_silence_rt(a);
	plans_reset_rt(a);
}

/* ---- commands ---- */

RT_SAFE static int param_set_rt(struct attention *a, const struct rt_command *c)
{
	struct plan *p = c->slot < ATTENTION_SLOTS ? a->slots[c->slot].rt.plan : NULL;
	struct plan_step *s = p ? plan_step_rt(p, (uint32_t)c->id) : NULL;
	if (!s || c->index >= s->instance->cls->n_params)
		return -ENOENT;
	const struct param_desc *d = &s->instance->cls->params[c->index];
	float v = (float)c->value;
	if (!(v >= d->min && v <= d->max))
		return -EINVAL;
	s->instance->params[c->index] = v;
	return 0;
}

RT_SAFE static int node_command_rt(struct attention *a, const struct rt_command *c)
{
	struct plan *p = c->slot < ATTENTION_SLOTS ? a->slots[c->slot].rt.plan : NULL;
	struct plan_step *s = p ? plan_step_rt(p, (uint32_t)c->id) : NULL;
	if (!s)
		return -ENOENT;
	node_reset_rt(s->instance);
	return 0;
}

RT_INLINE double slot_gain_at(const struct slot *s, int64_t at)
{
	if (at >= s->rt.length)
		return s->rt.to;
	return s->rt.from + (s->rt.to - s->rt.from) * ((double)at / (double)s->rt.length);
}

RT_SAFE static int slot_fade_rt(struct attention *a, const struct rt_command *c)
{
	if (c->slot >= ATTENTION_SLOTS || !(c->value >= 0 && c->value <= 16) || !(c->value2 >= 0 && c->value2 < 1e12))
		return -EINVAL;
	struct slot *s = &a->slots[c->slot];
	s->rt.from = slot_gain_at(s, s->rt.at);
	s->rt.to = c->value;
	s->rt.at = 0;
	s->rt.length = (int64_t)c->value2;
	return 0;
}

RT_INLINE bool beat_ok(double beat)
{
	return beat > -1e9 && beat < 1e9;
}

RT_SAFE static int loop_set_rt(struct attention *a, double from, double to)
{
	if (!beat_ok(from) || !beat_ok(to))
		return -EINVAL;
	a->rt.loop_from = from;
	a->rt.loop_to = to;
	loop_place_rt(a);
	a->rt.loop = to > from;
	return 0;
}

RT_SAFE static int command_run_rt(struct attention *a, const struct rt_command *c)
{
	switch ((enum rt_command_type)c->type) {
	case RT_COMMAND_PLAY:
		play_rt(a);
		return 0;
	case RT_COMMAND_PAUSE:
		pause_rt(a);
		return 0;
	case RT_COMMAND_STOP:
		stop_rt(a, RT_COMMAND_STOP);
		return 0;
	case RT_COMMAND_SEEK:
		if (!beat_ok(c->value))
			return -EINVAL;
		jump_rt(a, c->value, false);
		return 0;
	case RT_COMMAND_HOME:
		if (!beat_ok(c->value))
			return -EINVAL;
		a->rt.home = c->value;
		return 0;
	case RT_COMMAND_LOOP:
		return loop_set_rt(a, c->value, c->value2);
	case RT_COMMAND_PARAM:
		return param_set_rt(a, c);
	case RT_COMMAND_SLOT_GAIN:
		return slot_fade_rt(a, c);
	case RT_COMMAND_NODE_RESET:
		return node_command_rt(a, c);
	default:
		return -EINVAL;
	}
}

/* Keeps commands in the order of their frames; those of one frame in the order they came. */
RT_SAFE static void pending_add_rt(struct attention *a, struct rt_command *c)
{
	if (c->at_frame < a->rt.clock)
		c->at_frame = a->rt.clock;
	uint32_t at = a->rt.n_pending++;
	for (; at > 0 && a->rt.pending[at - 1].at_frame > c->at_frame; at--)
		a->rt.pending[at] = a->rt.pending[at - 1];
	a->rt.pending[at] = *c;
}

/* What does not fit waits in its ring, so that its producer hears `busy`. */
RT_SAFE static void commands_drain_rt(struct attention *a)
{
	uint32_t n = atomic_load_explicit(&a->n_producers, memory_order_acquire);
	struct rt_command c;
	for (uint32_t i = 0; i < n; i++)
		while (a->rt.n_pending < a->engine->config.max_pending && ring_read(&a->commands[i], &c))
			pending_add_rt(a, &c);
}

RT_SAFE static void commands_run_rt(struct attention *a)
{
	uint32_t n = 0;
	for (; n < a->rt.n_pending && a->rt.pending[n].at_frame <= a->rt.clock; n++) {
		const struct rt_command *c = &a->rt.pending[n];
		int r = command_run_rt(a, c);
		if (r >= 0)
			continue;
		count_rt(a, COUNT_COMMANDS_REFUSED, 1);
		notify_rt(a, 0, &(struct rt_event){ .type = RT_EVENT_COMMAND_REFUSED, .a = c->type, .b = r });
	}
	a->rt.n_pending -= n;
	memmove(a->rt.pending, a->rt.pending + n, a->rt.n_pending * sizeof(*a->rt.pending));
}

/* ---- rendering ---- */

RT_SAFE static void beats_notify_rt(struct attention *a, uint32_t n_frames)
{
	const struct timeline_snapshot *s = a->rt.snapshot;
	while (a->rt.next_beat_frame < a->rt.frame + n_frames) {
		double beat = a->rt.next_beat;
		struct meter_place p = meter_map_place(s->meter, beat + 1e-6);
		notify_rt(a, (uint32_t)(a->rt.next_beat_frame - a->rt.frame),
			  &(struct rt_event){ .type = RT_EVENT_BEAT, .value = beat, .a = p.bar,
					      .b = p.beat_in_bar < 1e-5 });
		a->rt.next_beat = meter_map_next_beat(s->meter, beat + 1e-5);
		a->rt.next_beat_frame = tempo_map_frame(s->tempo, a->rt.next_beat);
	}
}

RT_SAFE static void outcome_notify_rt(struct attention *a, const struct plan_outcome *o)
{
	count_rt(a, COUNT_NODE_FAILED, o->n_failed);
	count_rt(a, COUNT_NODE_SKIPPED, o->n_skipped);
	count_rt(a, COUNT_MIDI_LOST, o->midi_lost);
	count_rt(a, COUNT_TRIGGERS_LOST, o->triggers_lost);
	count_rt(a, COUNT_BAD, o->n_bad);
	if (o->n_failed)
		notify_rt(a, 0, &(struct rt_event){ .type = RT_EVENT_NODE_FAILED, .id = o->failed });
	if (o->n_skipped)
		notify_rt(a, 0, &(struct rt_event){ .type = RT_EVENT_NODE_SKIPPED, .id = o->skipped });
	if (o->n_bad)
		notify_rt(a, 0, &(struct rt_event){ .type = RT_EVENT_BAD_SAMPLE, .id = o->bad });
}

RT_INLINE bool slot_silent(const struct slot *s)
{
	return !s->rt.plan || (slot_gain_at(s, s->rt.at) == 0 && s->rt.to == 0);
}

RT_SAFE static void slot_render_rt(struct attention *a, struct slot *s, float *const *out, uint32_t n)
{
	struct plan_outcome o = { 0 };
	plan_finish_rt(s->rt.plan, n, a->rt.clock, &o);
	outcome_notify_rt(a, &o);
	const struct signal *mix = &s->rt.plan->ports[0]->signal;
	bool flat = s->rt.at >= s->rt.length;
	for (uint32_t i = 0; i < n && !flat; i++)
		a->rt.gains[i] = (float)slot_gain_at(s, s->rt.at + i);
	for (uint32_t c = 0; c < mix->n_channels; c++) {
		if (flat)
			mix_add_rt(out[c], mix->audio[c], (float)s->rt.to, n);
		else
			mix_add_gains_rt(out[c], mix->audio[c], a->rt.gains, n);
	}
}

RT_SAFE static void slots_render_rt(struct attention *a, float *const *out, uint32_t n)
{
	for (uint32_t i = 0; i < ATTENTION_SLOTS; i++)
		if (a->slots[i].rt.plan)
			plan_begin_rt(a->slots[i].rt.plan, n);
	play_regions_rt(a, n);
	for (uint32_t i = 0; i < ATTENTION_SLOTS; i++) {
		struct slot *s = &a->slots[i];
		if (!slot_silent(s))
			slot_render_rt(a, s, out, n);
		s->rt.at = s->rt.at + n < s->rt.length ? s->rt.at + n : s->rt.length;
	}
}

RT_SAFE static void output_guard_rt(struct attention *a, float *const *out, uint32_t n)
{
	for (uint32_t c = 0; c < a->engine->config.n_channels; c++) {
		uint32_t bad;
		float peak = mix_guard_rt(out[c], n, &bad), old;
		count_rt(a, COUNT_BAD, bad);
		uint32_t bits = atomic_load_explicit(&a->peaks[c], memory_order_relaxed);
		memcpy(&old, &bits, sizeof(old));
		if (peak <= old)
			continue;
		memcpy(&bits, &peak, sizeof(bits));
		atomic_store_explicit(&a->peaks[c], bits, memory_order_relaxed);
	}
}

/* How far the next block may go: to the end of the call, the next command, the end of the loop, the next snapshot. */
RT_SAFE static uint32_t block_length_rt(const struct attention *a, uint32_t left)
{
	int64_t n = a->engine->config.max_block_frames;
	n = left < n ? left : n;
	if (a->rt.n_pending && a->rt.pending[0].at_frame - a->rt.clock < n)
		n = a->rt.pending[0].at_frame - a->rt.clock;
	int64_t to_end = a->rt.loop_end - a->rt.frame;
	if (a->rt.state == TRANSPORT_PLAYING && a->rt.loop && to_end > 0 && to_end < n)
		n = to_end;
	if (a->rt.state == TRANSPORT_PLAYING && a->rt.successor_frame - a->rt.frame < n)
		n = a->rt.successor_frame - a->rt.frame;
	int64_t ghost = sounding_ghost_end_rt(a);
	n = ghost < n ? ghost : n;
	return (uint32_t)n;
}

RT_SAFE static void block_render_rt(struct attention *a, float *const *out, uint32_t n)
{
	bool playing = a->rt.state == TRANSPORT_PLAYING && a->rt.snapshot;
	for (uint32_t c = 0; c < a->engine->config.n_channels; c++)
		mix_clear_rt(out[c], n);
	if (playing) {
		beats_notify_rt(a, n);
		sounding_start_rt(a, n);
	}
	slots_render_rt(a, out, n);
	sounding_sweep_rt(a, n);
	output_guard_rt(a, out, n);
	a->rt.clock += n;
	if (!playing)
		return;
	a->rt.frame += n;
	a->rt.beat = tempo_map_beat_of_frame(a->rt.snapshot->tempo, a->rt.frame);
	if (a->rt.loop && a->rt.frame == a->rt.loop_end && a->rt.loop_end > a->rt.loop_start)
		jump_rt(a, a->rt.loop_from, true);
}

/* Begins and ends a cycle. Windows are read after the turn was made known (seq_cst): pairs with engine_cycles_over. */
RT_SAFE static void turn_rt(struct attention *a)
{
	_Atomic uint64_t *turn = &a->engine->turns[a->index];
	atomic_store(turn, atomic_load_explicit(turn, memory_order_relaxed) + 1);
}

RT_SAFE void attention_process_rt(struct attention *a, float *const *out, uint32_t n_frames)
{
	uint64_t denormals = denormal_flush_rt();
	turn_rt(a);
	adopt_rt(a);
	urgent_rt(a);
	commands_drain_rt(a);
	if (n_frames == 0) { /* a stepped device between two steps: what is due takes effect */
		commands_run_rt(a);
		successor_adopt_rt(a);
	}
	for (uint32_t at = 0; at < n_frames;) {
		float *to[AUDIO_PORT_CHANNELS];
		commands_run_rt(a);
		successor_adopt_rt(a);
		uint32_t n = block_length_rt(a, n_frames - at);
		for (uint32_t c = 0; c < a->engine->config.n_channels; c++)
			to[c] = out[c] + at;
		block_render_rt(a, to, n);
		at += n;
	}
	count_rt(a, COUNT_CYCLES, 1);
	count_rt(a, COUNT_FRAMES, n_frames);
	position_publish_rt(a);
	turn_rt(a);
	denormal_restore_rt(denormals);
}

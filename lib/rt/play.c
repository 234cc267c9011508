/*
 * play.c - the samples of what sounds: clips, instruments, events, curves and triggers, with gain and fades.
 *
 * Everything is a function of transport frames, so it does not matter how they are cut into blocks.
 */
#include "rt/engine_priv.h"

#include "dsp/mix.h"

#include <string.h>

/* Part of a block: frames [from, to) of it. */
struct span {
	uint32_t from, to;
};

RT_SAFE int64_t play_tail_frames(const struct sounding *s)
{
	const struct node_class *cls = s->instance->cls;
	return cls->tail_frames ? cls->tail_frames(s->instance) : 0;
}

/* Where [start, end) lies in a block whose first transport frame is `base`. */
RT_SAFE static struct span span_of(int64_t base, int64_t start, int64_t end, uint32_t n_frames)
{
	int64_t from = start - base, to = end - base;
	from = from < 0 ? 0 : from > n_frames ? n_frames : from;
	to = to < from ? from : to > n_frames ? n_frames : to;
	return (struct span){ (uint32_t)from, (uint32_t)to };
}

/* The gain of each frame of the span; returns false where all of them are just the region's gain (gains untouched). */
RT_SAFE static bool gains_fill_rt(int64_t base, const struct sounding *s, struct span at, float *gains)
{
	const struct region_spec *r = &s->region->spec;
	int64_t first = base + at.from, last = base + at.to;
	uint32_t n = at.to - at.from;
	bool in = r->fade_in_beats > 0 && first < s->fade_in_end;
	bool out = r->fade_out_beats > 0 && last > s->fade_out_start;
	if (!in && !out)
		return false;
	mix_fill_rt(gains, r->gain, n);
	if (in)
		fade_apply_rt(gains, r->fade_in, false, first - s->start, s->fade_in_end - s->start, n);
	if (out)
		fade_apply_rt(gains, r->fade_out, true, first - s->fade_out_start, s->end - s->fade_out_start, n);
	return true;
}

RT_SAFE float play_level(const struct sounding *s, int64_t frame)
{
	const struct region_spec *r = &s->region->spec;
	float level = r->gain;
	if (r->fade_in_beats > 0 && frame < s->fade_in_end)
		level *= fade_gain(r->fade_in, false, frame - s->start, s->fade_in_end - s->start);
	if (r->fade_out_beats > 0 && frame > s->fade_out_start)
		level *= fade_gain(r->fade_out, true, frame - s->fade_out_start, s->end - s->fade_out_start);
	return level;
}

RT_SAFE static void ghost_gains_rt(struct attention *a, const struct sounding *s, struct span at)
{
	int64_t whole = a->engine->cut_frames;
	mix_fill_rt(a->rt.gains, s->level, at.to - at.from);
	fade_apply_rt(a->rt.gains, FADE_LINEAR, true, whole - s->tail_left + at.from, whole, at.to - at.from);
}

/*
 * The same with the short fades: of a ghost, of a clip entered in the middle, of a level that an edit changed. They are
 * counted from the start of the block, as the entry keeps them.
 */
RT_SAFE static bool entry_gains_rt(struct attention *a, const struct sounding *s, int64_t base, struct span at)
{
	int64_t whole = a->engine->cut_frames;
	uint32_t n = at.to - at.from;
	float *gains = a->rt.gains;
	if (s->ghost) {
		ghost_gains_rt(a, s, at);
		return true;
	}
	bool shaped = gains_fill_rt(base, s, at, gains);
	if (s->ease_left <= 0 && s->glide_left <= 0)
		return shaped;
	if (!shaped)
		mix_fill_rt(gains, s->region->spec.gain, n);
	for (uint32_t i = 0; i < n && at.from + i < s->glide_left; i++)
		gains[i] += s->glide * ((float)(s->glide_left - at.from - i) / (float)whole);
	if (s->ease_left > 0)
		fade_apply_rt(gains, FADE_LINEAR, false, whole - s->ease_left + at.from, whole, n);
	return true;
}

RT_SAFE static void add_rt(float *dst, const float *src, const float *gains, float gain, uint32_t n)
{
	if (gains)
		mix_add_gains_rt(dst, src, gains, n);
	else
		mix_add_rt(dst, src, gain, n);
}

/* Adds planar channels to a port: mono goes to the first two channels, two into a mono port at half gain each. */
RT_SAFE static void port_add_rt(const struct signal *to, uint32_t offset, const float *const *src, uint32_t n_channels,
				float *gains, float gain, uint32_t n)
{
	if (to->n_channels == 1 && n_channels > 1) {
		if (gains)
			mix_scale_rt(gains, 0.5f, n);
		for (uint32_t c = 0; c < 2; c++)
			add_rt(to->audio[0] + offset, src[c], gains, gain * 0.5f, n);
		if (gains)
			mix_scale_rt(gains, 2, n); /* exact, so the next slot sees what it was */
		return;
	}
	if (n_channels == 1 && to->n_channels >= 2 && !gains) {
		mix_add_both_rt(to->audio[0] + offset, to->audio[1] + offset, src[0], gain, n);
		return;
	}
	uint32_t wide = n_channels == 1 ? (to->n_channels < 2 ? to->n_channels : 2) :
					  (n_channels < to->n_channels ? n_channels : to->n_channels);
	for (uint32_t c = 0; c < wide; c++)
		add_rt(to->audio[c] + offset, src[n_channels == 1 ? 0 : c], gains, gain, n);
}

RT_SAFE static void targets_add_rt(struct sounding *s, uint32_t offset, const float *const *src, uint32_t n_channels,
				   float *gains, float gain, uint32_t n)
{
	for (uint32_t i = 0; i < ATTENTION_SLOTS; i++)
		if (s->targets[i])
			port_add_rt(&s->targets[i]->regions, offset, src, n_channels, gains, gain, n);
}

/* ---- clips ---- */

RT_SAFE static void missing_rt(struct attention *a, struct sounding *s, uint32_t offset, uint32_t n)
{
	count_rt(a, COUNT_MISSING, n);
	if (!s->missing)
		notify_rt(a, offset, &(struct rt_event){ .type = RT_EVENT_CONTENT_MISSING, .id = s->key.id, .a = n });
	s->missing = true;
}

RT_SAFE static void audio_play_rt(struct attention *a, struct sounding *s, uint32_t n_frames)
{
	const struct region_spec *r = &s->region->spec;
	struct audio_content *c = r->audio;
	int64_t base = s->ghost ? s->cut_frame : a->rt.frame;
	int64_t end = s->start + (c->n_frames - r->source_frame);
	end = end < s->end ? end : s->end;
	if (s->ghost && base + s->tail_left < end)
		end = base + s->tail_left;
	struct span at = span_of(base, s->start, end, n_frames);
	bool shaped = at.from < at.to && entry_gains_rt(a, s, base, at);
	const float *src[AUDIO_PORT_CHANNELS];
	for (uint32_t k = at.from; k < at.to;) {
		int64_t frame = r->source_frame + (base + k - s->start);
		uint32_t w = (uint32_t)(frame / c->window_frames), in = (uint32_t)(frame & (c->window_frames - 1));
		uint32_t n = c->window_frames - in < at.to - k ? c->window_frames - in : at.to - k;
		const float *window = atomic_load(&c->windows[w]); /* seq_cst: after the turn of the cycle */
		if (window) {
			for (uint32_t ch = 0; ch < c->n_channels; ch++)
				src[ch] = window + (size_t)ch * c->window_frames + in;
			s->missing = false;
			targets_add_rt(s, k, src, c->n_channels, shaped ? a->rt.gains + (k - at.from) : NULL, r->gain, n);
		} else {
			missing_rt(a, s, k, n);
		}
		k += n;
	}
}

/* ---- events ---- */

RT_SAFE static void event_add_rt(struct attention *a, struct signal *list, uint32_t frame, uint8_t status, uint8_t data1,
				 uint8_t data2)
{
	uint8_t kind = status & 0xf0;
	if (list->n_events == list->n_room) {
		count_rt(a, COUNT_MIDI_LOST, 1);
		return;
	}
	list->midi[list->n_events++] = (struct midi_event){
		frame, kind == 0xc0 || kind == 0xd0 ? 2 : 3, { status, data1, data2 },
	};
}

RT_SAFE static void key_follow(struct sounding *s, uint8_t status, uint8_t note, uint8_t velocity)
{
	uint64_t *word = &s->notes[status & 15][note >> 6], bit = (uint64_t)1 << (note & 63);
	if ((status & 0xf0) == 0x90 && velocity)
		*word |= bit;
	else if ((status & 0xf0) == 0x80 || (status & 0xf0) == 0x90)
		*word &= ~bit;
}

/* Every key goes up and every pedal with them. */
RT_SAFE static void keys_up_rt(struct attention *a, struct sounding *s, struct signal *list, uint32_t frame)
{
	for (uint32_t channel = 0; channel < 16; channel++) {
		for (uint32_t note = 0; note < 128; note++) {
			if (s->notes[channel][note >> 6] >> (note & 63) & 1)
				event_add_rt(a, list, frame, (uint8_t)(0x80 | channel), (uint8_t)note, 0);
		}
		event_add_rt(a, list, frame, (uint8_t)(0xb0 | channel), 64, 0);
		event_add_rt(a, list, frame, (uint8_t)(0xb0 | channel), 123, 0);
	}
	memset(s->notes, 0, sizeof(s->notes));
}

RT_SAFE static void channel_chase_rt(struct attention *a, struct signal *list, uint32_t frame, uint8_t channel)
{
	const struct chase_channel *c = &a->rt.chase.channels[channel];
	for (uint32_t i = 0; i < CHASE_CONTROLLERS; i++)
		if (c->controllers[i] != CHASE_UNSET)
			event_add_rt(a, list, frame, 0xb0 | channel, (uint8_t)i, c->controllers[i]);
	if (c->program != CHASE_UNSET)
		event_add_rt(a, list, frame, 0xc0 | channel, c->program, 0);
	if (c->pressure != CHASE_UNSET)
		event_add_rt(a, list, frame, 0xd0 | channel, c->pressure, 0);
	if (c->bend_low != CHASE_UNSET)
		event_add_rt(a, list, frame, 0xe0 | channel, c->bend_low, c->bend_high);
}

/* Controllers back to their defaults, then to what the content has said up to here. */
RT_SAFE static void chase_rt(struct attention *a, struct sounding *s, struct signal *list, uint32_t frame)
{
	for (uint8_t channel = 0; channel < 16; channel++)
		event_add_rt(a, list, frame, 0xb0 | channel, 121, 0);
	if (s->region->spec.behaviour != REGION_PLAY_MIDI)
		return;
	chase_before(s->region->spec.midi, s->next_event, &a->rt.chase);
	for (uint8_t channel = 0; channel < 16; channel++)
		channel_chase_rt(a, list, frame, channel);
}

RT_SAFE static void content_events_rt(struct attention *a, struct sounding *s, struct signal *list, struct span at)
{
	const struct region_spec *r = &s->region->spec;
	int64_t end = a->rt.frame + at.to;
	while (s->next_event < r->midi->n_events) {
		const struct midi_note_event *e = &r->midi->events[s->next_event];
		int64_t frame = tempo_map_frame(a->rt.snapshot->tempo, r->start_beat + (e->beat - r->source_beat));
		if (frame >= end || frame >= s->end)
			return;
		s->next_event++;
		key_follow(s, e->status, e->data1, e->data2);
		uint32_t offset = frame > a->rt.frame ? (uint32_t)(frame - a->rt.frame) : 0;
		event_add_rt(a, list, offset, e->status, e->data1, e->data2);
	}
}

/* What the region says in this block, in order: the end of what was cut, the state to resume from, its events, its end. */
RT_SAFE static void events_fill_rt(struct attention *a, struct sounding *s, struct signal *list, uint32_t n_frames)
{
	if (s->release)
		keys_up_rt(a, s, list, 0);
	s->release = false;
	if (!s->playing)
		return;
	struct span at = span_of(a->rt.frame, s->start, s->end, n_frames);
	if (s->fresh)
		chase_rt(a, s, list, at.from);
	s->fresh = false;
	if (s->region->spec.behaviour == REGION_PLAY_MIDI)
		content_events_rt(a, s, list, at);
	if (s->end < a->rt.frame + n_frames)
		keys_up_rt(a, s, list, at.to);
	else if (s->end == a->rt.frame + n_frames)
		s->release = true; /* at the start of the next block */
}

/* ---- instruments ---- */

RT_SAFE static void inputs_fill_rt(struct attention *a, struct sounding *s, uint32_t n_frames)
{
	const struct node_class *cls = s->instance->cls;
	uint32_t in = 0, out = 0;
	for (uint32_t i = 0; i < cls->n_ports; i++) {
		const struct port_desc *d = &cls->ports[i];
		if (d->direction == PORT_OUT) {
			struct signal *o = &a->rt.out[out++];
			memset(o, 0, sizeof(*o));
			o->kind = d->kind;
			if (out > 1)
				continue;
			o->n_channels = d->n_channels;
			for (uint32_t c = 0; c < d->n_channels; c++) {
				o->audio[c] = a->rt.scratch[c];
				mix_clear_rt(o->audio[c], n_frames);
			}
			continue;
		}
		struct signal *s_in = &a->rt.in[in];
		memset(s_in, 0, sizeof(*s_in));
		s_in->kind = d->kind;
		float *fill = a->rt.fills[in++];
		if (d->kind == SIGNAL_CONTROL && d->param != NO_PARAM) {
			param_smooth_rt(s->instance, (uint32_t)d->param, a->engine->smooth_coef, fill, n_frames);
			s_in->control = fill;
		} else if (d->kind == SIGNAL_CONTROL || d->kind == SIGNAL_AUDIO) {
			mix_clear_rt(fill, n_frames);
			s_in->control = d->kind == SIGNAL_CONTROL ? fill : NULL;
			s_in->n_channels = d->kind == SIGNAL_AUDIO ? d->n_channels : 0;
			for (uint32_t c = 0; c < s_in->n_channels; c++)
				s_in->audio[c] = fill;
		} else if (d->kind == SIGNAL_MIDI) {
			s_in->midi = a->rt.midi;
			s_in->n_room = a->engine->config.midi_room;
		}
	}
}

RT_SAFE static void instance_fault_rt(struct attention *a, struct sounding *s, enum node_result r)
{
	struct node_instance *n = s->instance;
	uint32_t type = RT_EVENT_BAD_SAMPLE;
	if (r == NODE_SKIPPED) {
		n->rt.skipped++;
		count_rt(a, COUNT_NODE_SKIPPED, 1);
		type = RT_EVENT_NODE_SKIPPED;
	} else if (r == NODE_FAILED) {
		n->rt.failed = true;
		count_rt(a, COUNT_NODE_FAILED, 1);
		type = RT_EVENT_NODE_FAILED;
	} else {
		n->rt.bad_blocks++;
		count_rt(a, COUNT_BAD, 1);
		node_reset_rt(n);
	}
	notify_rt(a, 0, &(struct rt_event){ .type = type, .id = s->key.id });
}

/* Runs the instance for frames [from, n_frames) of the block; false when there is nothing to hear. */
RT_SAFE static bool instance_run_rt(struct attention *a, struct sounding *s, uint32_t from, uint32_t n_frames)
{
	struct node_instance *n = s->instance;
	for (uint32_t i = 0; i < a->rt.in[0].n_events; i++)
		a->rt.midi[i].frame -= from;
	struct node_block b = { n_frames - from, a->rt.clock + from, a->rt.in, a->rt.out, n->rate_hz };
	enum node_result r = n->cls->process_rt(n, &b);
	bool finite = true;
	for (uint32_t c = 0; c < a->rt.out[0].n_channels; c++)
		finite = finite && mix_finite_rt(a->rt.out[0].audio[c], b.n_frames);
	if (r == NODE_OK && finite)
		return true;
	instance_fault_rt(a, s, r);
	return false;
}

/*
 * Frames `at` of the block are inside the region; after them its tail rings at the plain gain (when it was cut: at the gain
 * it had then), and so does what was left of an earlier one before them. The instance ran from frame `from` on.
 */
RT_SAFE static void instance_add_rt(struct attention *a, struct sounding *s, struct span at, uint32_t from,
				    uint32_t n_frames)
{
	const struct region_spec *r = &s->region->spec;
	const float *src[AUDIO_PORT_CHANNELS];
	uint32_t n_channels = a->rt.out[0].n_channels;
	for (uint32_t c = 0; c < n_channels; c++)
		src[c] = a->rt.out[0].audio[c];
	if (s->playing && from < at.from) { /* from is 0 */
		uint32_t n = s->tail_left < at.from ? (uint32_t)s->tail_left : at.from;
		if (s->inherited)
			ghost_gains_rt(a, s, (struct span){ 0, n });
		targets_add_rt(s, 0, src, n_channels, s->inherited ? a->rt.gains : NULL, s->level, n);
	}
	for (uint32_t c = 0; s->playing && c < n_channels; c++)
		src[c] += at.from - from;
	if (at.from < at.to) {
		bool shaped = entry_gains_rt(a, s, a->rt.frame, at);
		targets_add_rt(s, at.from, src, n_channels, shaped ? a->rt.gains : NULL, r->gain, at.to - at.from);
	}
	if (at.to == n_frames || (s->playing && r->fade_out_beats > 0))
		return;
	for (uint32_t c = 0; c < n_channels; c++)
		src[c] += at.to - at.from;
	int64_t left = s->playing ? play_tail_frames(s) : s->tail_left;
	uint32_t n = left < n_frames - at.to ? (uint32_t)(left > 0 ? left : 0) : n_frames - at.to;
	bool fades = n > 0 && s->ghost && entry_gains_rt(a, s, a->rt.frame, (struct span){ 0, n });
	if (n > 0)
		targets_add_rt(s, at.to, src, n_channels, fades ? a->rt.gains : NULL, s->playing ? r->gain : s->level, n);
}

RT_SAFE static void instrument_play_rt(struct attention *a, struct sounding *s, uint32_t n_frames)
{
	struct span at = { 0, 0 };
	if (s->instance->rt.failed)
		return;
	if (s->playing)
		at = span_of(a->rt.frame, s->start, s->end, n_frames);
	inputs_fill_rt(a, s, n_frames);
	events_fill_rt(a, s, &a->rt.in[0], n_frames);
	uint32_t from = s->tail_left > 0 ? 0 : at.from;
	if (instance_run_rt(a, s, from, n_frames))
		instance_add_rt(a, s, at, from, n_frames);
}

/* Events for a port of the graph: gathered apart, then united with what other regions put there. */
RT_SAFE static void midi_port_play_rt(struct attention *a, struct sounding *s, uint32_t n_frames)
{
	struct signal list = { .kind = SIGNAL_MIDI, .midi = a->rt.midi, .n_room = a->engine->config.midi_room };
	events_fill_rt(a, s, &list, n_frames);
	for (uint32_t i = 0; i < ATTENTION_SLOTS; i++)
		if (s->targets[i])
			count_rt(a, COUNT_MIDI_LOST, midi_merge_rt(&s->targets[i]->regions, &list));
}

/* ---- curves and triggers ---- */

RT_SAFE static int64_t point_frame_rt(const struct attention *a, const struct region_spec *r, uint32_t i)
{
	return tempo_map_frame(a->rt.snapshot->tempo, r->start_beat + r->curve->points[i].beat);
}

/* The last point at or before `frame`; n_points when there is none. */
RT_SAFE static uint32_t point_before_rt(const struct attention *a, const struct region_spec *r, int64_t frame)
{
	uint32_t lo = 0, hi = r->curve->n_points;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		if (point_frame_rt(a, r, mid) <= frame)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo ? lo - 1 : r->curve->n_points;
}

/* Fills gains[] with the curve; linear in frames between two points. */
RT_SAFE static void curve_fill_rt(struct attention *a, const struct region_spec *r, struct span at)
{
	const struct curve_point *p = r->curve->points;
	for (uint32_t k = at.from; k < at.to;) {
		int64_t frame = a->rt.frame + k;
		uint32_t i = point_before_rt(a, r, frame), next = i == r->curve->n_points ? 0 : i + 1;
		int64_t until = next < r->curve->n_points ? point_frame_rt(a, r, next) : INT64_MAX;
		int64_t since = next ? point_frame_rt(a, r, i) : 0;
		bool flat = !next || next == r->curve->n_points || p[i].step;
		double from = (double)p[next ? i : 0].value, to = flat ? from : (double)p[next].value;
		for (; k < at.to && a->rt.frame + k < until; k++) {
			double x = flat ? 0 : (double)(a->rt.frame + k - since) / (double)(until - since);
			a->rt.gains[k] = (float)(from + (to - from) * x);
		}
	}
}

RT_SAFE static void curve_play_rt(struct attention *a, struct sounding *s, uint32_t n_frames)
{
	struct span at = span_of(a->rt.frame, s->start, s->end, n_frames);
	curve_fill_rt(a, &s->region->spec, at);
	for (uint32_t i = 0; i < ATTENTION_SLOTS; i++) {
		struct plan_port *p = s->targets[i];
		for (uint32_t k = at.from; p && k < at.to; k++) {
			p->regions.control[k] += a->rt.gains[k];
			p->region_weight[k] += 1;
		}
	}
}

RT_SAFE static void trigger_play_rt(struct attention *a, struct sounding *s)
{
	if (!s->fresh)
		return;
	s->fresh = false;
	uint32_t at = (uint32_t)(s->start - a->rt.frame);
	struct trigger_event e = { at, s->region->spec.trigger_value, s->key.id };
	struct signal one = { .kind = SIGNAL_TRIGGER, .trigger = &e, .n_events = 1, .n_room = 1 };
	for (uint32_t i = 0; i < ATTENTION_SLOTS; i++)
		if (s->targets[i])
			count_rt(a, COUNT_TRIGGERS_LOST, trigger_merge_rt(&s->targets[i]->regions, &one));
	notify_rt(a, at, &(struct rt_event){ .type = RT_EVENT_TRIGGER, .id = s->key.id,
					     .value = (double)e.value });
}

RT_SAFE void play_regions_rt(struct attention *a, uint32_t n_frames)
{
	for (uint32_t i = 0; i < a->rt.n_sounding; i++) {
		struct sounding *s = a->rt.order[i];
		enum region_behaviour b = s->region->spec.behaviour;
		if (s->instance)
			instrument_play_rt(a, s, n_frames);
		else if (b == REGION_PLAY_MIDI)
			midi_port_play_rt(a, s, n_frames);
		else if (!s->playing && !s->ghost)
			continue;
		else if (b == REGION_PLAY_AUDIO)
			audio_play_rt(a, s, n_frames);
		else if (b == REGION_PROCESS)
			curve_play_rt(a, s, n_frames);
		else if (b == REGION_TRIGGER)
			trigger_play_rt(a, s);
	}
}

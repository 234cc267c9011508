/*
 * sounding.c - which regions sound: taken up when the transport reaches or enters them, let go when it leaves.
 *
 * An entry plays (the transport is inside its region), or rings (its notes have ended, its instrument's tail has not), or
 * is a ghost: it was cut and fades. A ghost stands behind the entry of its region, should that play again.
 *
 * What an edit removed while it sounded still needs its region, content and instance: until its ghost is gone it holds the
 * epoch in which they were adopted, so that they are not freed (sounding_holds_rt).
 */
#include "rt/engine_priv.h"

#include <string.h>

RT_INLINE int key_compare(struct region_key a, struct region_key b)
{
	if (a.beat != b.beat)
		return a.beat < b.beat ? -1 : 1;
	return (a.id > b.id) - (a.id < b.id);
}

RT_INLINE struct region_key key_of(const struct region *r)
{
	return (struct region_key){ r->spec.start_beat, r->spec.id };
}

/* Where the key is, or would be; ghosts of the key come after it. */
RT_SAFE static uint32_t place_of_rt(const struct attention *a, struct region_key key)
{
	uint32_t lo = 0, hi = a->rt.n_sounding;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		if (key_compare(a->rt.order[mid]->key, key) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

RT_SAFE static struct sounding *entry_find_rt(const struct attention *a, struct region_key key)
{
	uint32_t i = place_of_rt(a, key);
	if (i == a->rt.n_sounding || key_compare(a->rt.order[i]->key, key) != 0 || a->rt.order[i]->ghost)
		return NULL;
	return a->rt.order[i];
}

RT_SAFE static void entry_give_rt(struct attention *a, uint32_t at)
{
	struct sounding *s = a->rt.order[at];
	a->rt.n_sounding--;
	memmove(&a->rt.order[at], &a->rt.order[at + 1], (a->rt.n_sounding - at) * sizeof(*a->rt.order));
	a->rt.order[a->rt.n_sounding] = s;
}

/* Ghosts never keep a region from sounding. */
RT_SAFE static void ghost_evict_rt(struct attention *a)
{
	uint32_t i = a->rt.n_sounding;
	while (i > 0 && !a->rt.order[i - 1]->ghost)
		i--;
	if (i > 0)
		entry_give_rt(a, i - 1);
}

RT_SAFE static struct sounding *entry_take_rt(struct attention *a, struct region_key key)
{
	if (a->rt.n_sounding == a->engine->config.max_sounding)
		ghost_evict_rt(a);
	if (a->rt.n_sounding == a->engine->config.max_sounding)
		return NULL;
	uint32_t at = place_of_rt(a, key);
	struct sounding *s = a->rt.order[a->rt.n_sounding];
	memmove(&a->rt.order[at + 1], &a->rt.order[at], (a->rt.n_sounding - at) * sizeof(*a->rt.order));
	memset(s, 0, sizeof(*s));
	s->key = key;
	s->holds = HOLDS_NOTHING;
	a->rt.order[at] = s;
	a->rt.n_sounding++;
	return s;
}

/* ---- where it goes and when ---- */

RT_SAFE static bool kind_fits(const struct region_spec *r, const struct plan_port *p)
{
	switch (r->behaviour) {
	case REGION_PLAY_MIDI:
		return p->signal.kind == (r->instrument ? SIGNAL_AUDIO : SIGNAL_MIDI);
	case REGION_PROCESS:
		return p->signal.kind == SIGNAL_CONTROL;
	case REGION_TRIGGER:
		return p->signal.kind == SIGNAL_TRIGGER;
	default:
		return p->signal.kind == SIGNAL_AUDIO;
	}
}

RT_INLINE bool makes_audio(const struct region_spec *r)
{
	return r->behaviour == REGION_PLAY_AUDIO || r->instrument;
}

/* The port in each slot; audio without a port of its own goes to the mix. */
RT_SAFE static void entry_route_rt(struct attention *a, struct sounding *s)
{
	const struct region_spec *r = &s->region->spec;
	bool lost = false;
	for (uint32_t i = 0; i < ATTENTION_SLOTS; i++) {
		struct plan *p = a->slots[i].rt.plan;
		s->targets[i] = p ? plan_port_rt(p, r->output) : NULL;
		if (s->targets[i] && !kind_fits(r, s->targets[i]))
			s->targets[i] = NULL;
		if (!p || s->targets[i])
			continue;
		/* a trigger may be for the control thread alone */
		lost |= r->behaviour != REGION_TRIGGER;
		if (makes_audio(r))
			s->targets[i] = p->ports[0];
	}
	if (lost)
		count_rt(a, COUNT_UNROUTED, 1);
}

RT_SAFE static void entry_place_rt(struct attention *a, struct sounding *s)
{
	const struct tempo_map *t = a->rt.snapshot->tempo;
	const struct region_spec *r = &s->region->spec;
	double end = region_end_beat(s->region);
	s->start = tempo_map_frame(t, r->start_beat);
	s->end = tempo_map_frame(t, end);
	s->fade_in_end = tempo_map_frame(t, r->start_beat + r->fade_in_beats);
	s->fade_out_start = tempo_map_frame(t, end - r->fade_out_beats);
}

RT_SAFE static int64_t event_frame_rt(const struct attention *a, const struct sounding *s, uint32_t i)
{
	const struct region_spec *r = &s->region->spec;
	return tempo_map_frame(a->rt.snapshot->tempo, r->start_beat + (r->midi->events[i].beat - r->source_beat));
}

/* The first event of the content at or after the transport, and not before what the region uses of it. */
RT_SAFE static void entry_events_rt(struct attention *a, struct sounding *s)
{
	const struct region_spec *r = &s->region->spec;
	if (r->behaviour != REGION_PLAY_MIDI)
		return;
	uint32_t lo = 0, hi = r->midi->n_events;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		if (r->midi->events[mid].beat < r->source_beat || event_frame_rt(a, s, mid) < a->rt.frame)
			lo = mid + 1;
		else
			hi = mid;
	}
	s->next_event = lo;
}

RT_SAFE static struct node_instance *instance_of_rt(const struct attention *a, const struct region *r)
{
	struct instrument *in = r->spec.instrument;
	return in ? atomic_load_explicit(&in->instances[a->index], memory_order_acquire) : NULL;
}

RT_SAFE static void region_notify_rt(struct attention *a, uint32_t offset, const struct sounding *s, uint32_t type,
				     bool cut)
{
	notify_rt(a, offset, &(struct rt_event){ .type = type, .id = s->key.id, .a = cut });
}

/* ---- entering and leaving ---- */

/*
 * An edit may move a region while its instrument sounds: the ghost at the old place gives the instance to the entry at the
 * new one, which goes on fading until its start and lets the old notes ring. False when there is no such ghost.
 */
RT_SAFE static bool entry_inherit_rt(struct attention *a, struct sounding *s)
{
	for (uint32_t i = 0; s->instance && i < a->rt.n_sounding; i++) {
		struct sounding *other = a->rt.order[i];
		if (other == s || !other->ghost || other->instance != s->instance)
			continue;
		memcpy(s->notes, other->notes, sizeof(s->notes));
		s->release = other->release;
		s->tail_left = other->tail_left;
		s->level = other->level;
		s->inherited = true;
		entry_give_rt(a, i);
		return true;
	}
	return false;
}

/* Starts a region `offset` frames into the block; the transport may be anywhere inside it. */
RT_SAFE static void region_enter_rt(struct attention *a, const struct region *r, uint32_t offset)
{
	if (r->spec.behaviour == REGION_LATENT || r->spec.muted)
		return;
	struct sounding *s = entry_find_rt(a, key_of(r));
	bool rings = s && s->region == r;
	if (!s)
		s = entry_take_rt(a, key_of(r));
	if (!s || (r->spec.instrument && !instance_of_rt(a, r))) {
		count_rt(a, COUNT_REFUSED, 1);
		return;
	}
	s->region = r;
	s->instance = instance_of_rt(a, r);
	if (!rings)
		s->tail_left = 0;
	s->missing = s->heard = s->inherited = false;
	if (s->instance && !rings && !entry_inherit_rt(a, s))
		node_reset_rt(s->instance);
	s->playing = s->fresh = true;
	s->glide_left = 0;
	entry_place_rt(a, s);
	bool eases = r->spec.behaviour == REGION_PLAY_AUDIO && s->start < a->rt.frame && !a->rt.seamless;
	s->ease_left = eases ? a->engine->cut_frames : 0;
	entry_route_rt(a, s);
	entry_events_rt(a, s);
	region_notify_rt(a, offset, s, RT_EVENT_REGION_STARTED, false);
	if (r->spec.role == REGION_MIX_IN && s->start == a->rt.frame + offset)
		region_notify_rt(a, offset, s, RT_EVENT_MIXED_IN, false);
}

RT_SAFE static void start_cursor_rt(struct attention *a)
{
	double before = tempo_map_beat_of_frame(a->rt.snapshot->tempo, a->rt.frame - 2);
	a->rt.next_start = (struct region_key){ before, 0 };
}

RT_SAFE void sounding_enter_rt(struct attention *a)
{
	if (!a->rt.snapshot)
		return;
	const struct tempo_map *t = a->rt.snapshot->tempo;
	uint32_t room = a->engine->config.max_sounding;
	uint32_t n = region_set_overlapping(a->rt.snapshot->regions, tempo_map_beat_of_frame(t, a->rt.frame - 2),
					    tempo_map_beat_of_frame(t, a->rt.frame), a->rt.found, room);
	if (n > room) {
		count_rt(a, COUNT_REFUSED, n - room);
		n = room;
	}
	for (uint32_t i = 0; i < n; i++) {
		const struct region *r = a->rt.found[i];
		bool here = tempo_map_frame(t, r->spec.start_beat) < a->rt.frame &&
			    tempo_map_frame(t, region_end_beat(r)) > a->rt.frame;
		struct sounding *s = here ? entry_find_rt(a, key_of(r)) : NULL;
		if (here && !(s && s->playing) && r->spec.behaviour != REGION_TRIGGER)
			region_enter_rt(a, r, 0);
	}
	start_cursor_rt(a);
}

RT_SAFE void sounding_start_rt(struct attention *a, uint32_t n_frames)
{
	for (;;) {
		const struct region *r = region_set_at_or_after(a->rt.snapshot->regions, a->rt.next_start);
		if (!r)
			return;
		int64_t start = tempo_map_frame(a->rt.snapshot->tempo, r->spec.start_beat);
		if (start >= a->rt.frame + n_frames)
			return;
		a->rt.next_start = (struct region_key){ r->spec.start_beat, r->spec.id + 1 };
		if (start >= a->rt.frame)
			region_enter_rt(a, r, (uint32_t)(start - a->rt.frame));
	}
}

/* The gain that an entry has at a frame, the short fades included. */
RT_SAFE static float level_now_rt(const struct attention *a, const struct sounding *s, int64_t frame)
{
	float whole = (float)a->engine->cut_frames, level = play_level(s, frame);
	if (s->glide_left > 0)
		level += s->glide * ((float)s->glide_left / whole);
	return s->ease_left > 0 ? level * ((whole - (float)s->ease_left) / whole) : level;
}

/* Fades from the level that it has; what nobody has heard yet is not heard at all. */
RT_SAFE static void entry_haunt_rt(struct attention *a, struct sounding *s, int64_t frame)
{
	s->ghost = s->heard;
	s->cut_frame = frame;
	s->tail_left = s->heard ? a->engine->cut_frames : 0;
}

/* Ends what plays at `frame`: clips fade, keys go up, instruments ring on. */
RT_SAFE static void entry_release_rt(struct attention *a, struct sounding *s, int64_t frame)
{
	s->level = level_now_rt(a, s, frame);
	s->playing = false;
	s->release = true;
	s->tail_left = s->instance ? play_tail_frames(s) : 0;
	if (s->region->spec.behaviour == REGION_PLAY_AUDIO && !a->rt.seamless)
		entry_haunt_rt(a, s, frame);
	region_notify_rt(a, 0, s, RT_EVENT_REGION_ENDED, true);
}

RT_INLINE bool entry_done(const struct sounding *s)
{
	bool midi_port = s->region->spec.behaviour == REGION_PLAY_MIDI && !s->instance;
	return !s->playing && s->tail_left <= 0 && !(midi_port && s->release);
}

RT_SAFE void sounding_release_rt(struct attention *a)
{
	for (uint32_t i = a->rt.n_sounding; i-- > 0;) {
		struct sounding *s = a->rt.order[i];
		if (s->playing)
			entry_release_rt(a, s, a->rt.frame);
		if (entry_done(s))
			entry_give_rt(a, i);
	}
}

RT_SAFE void sounding_sweep_rt(struct attention *a, uint32_t n_frames)
{
	bool rolling = a->rt.state == TRANSPORT_PLAYING && a->rt.snapshot;
	for (uint32_t i = a->rt.n_sounding; i-- > 0;) {
		struct sounding *s = a->rt.order[i];
		if (s->playing && rolling && s->end <= a->rt.frame + n_frames) {
			int64_t over = a->rt.frame + n_frames - s->end;
			bool fades = s->region->spec.fade_out_beats > 0;
			s->playing = false;
			s->level = s->region->spec.gain;
			s->tail_left = s->instance && !fades ? play_tail_frames(s) - over : 0;
			region_notify_rt(a, (uint32_t)(n_frames - over), s, RT_EVENT_REGION_ENDED, false);
		} else {
			s->tail_left = s->playing ? 0 : s->tail_left - n_frames;
		}
		s->cut_frame += n_frames;
		s->ease_left = s->ease_left > n_frames ? s->ease_left - n_frames : 0;
		s->glide_left = s->glide_left > n_frames ? s->glide_left - n_frames : 0;
		s->heard = true;
		if (entry_done(s))
			entry_give_rt(a, i);
	}
}

RT_SAFE void sounding_silence_rt(struct attention *a)
{
	for (uint32_t i = 0; i < a->rt.n_sounding; i++)
		if (a->rt.order[i]->instance)
			node_reset_rt(a->rt.order[i]->instance);
	a->rt.n_sounding = 0;
}

/* ---- edits ---- */

RT_SAFE static void hold_rt(struct attention *a, struct sounding *s)
{
	if (s->holds == HOLDS_NOTHING)
		s->holds = a->rt.epoch;
	a->rt.holding = true;
}

RT_SAFE uint64_t sounding_holds_rt(struct attention *a)
{
	uint64_t first = HOLDS_NOTHING;
	for (uint32_t i = 0; a->rt.holding && i < a->rt.n_sounding; i++)
		if (a->rt.order[i]->holds < first)
			first = a->rt.order[i]->holds;
	a->rt.holding = first != HOLDS_NOTHING;
	return first;
}

RT_SAFE int64_t sounding_ghost_end_rt(const struct attention *a)
{
	int64_t first = INT64_MAX;
	for (uint32_t i = 0; a->rt.holding && i < a->rt.n_sounding; i++) {
		const struct sounding *s = a->rt.order[i];
		if (s->ghost && s->instance && s->tail_left > 0 && s->tail_left < first)
			first = s->tail_left;
	}
	return first;
}

/* The region is not in the new snapshot, or not as something that sounds here: what there is of it fades. */
RT_SAFE static void entry_orphan_rt(struct attention *a, uint32_t i, int64_t was_frame)
{
	struct sounding *s = a->rt.order[i];
	if (a->rt.parked) { /* the region may be freed: nothing of it is touched */
		if (s->playing)
			region_notify_rt(a, 0, s, RT_EVENT_REGION_ENDED, true);
		entry_give_rt(a, i);
		return;
	}
	bool played = s->playing;
	if (played)
		entry_release_rt(a, s, was_frame);
	if (s->instance && !s->ghost && (played || s->tail_left > 0))
		entry_haunt_rt(a, s, was_frame);
	if (entry_done(s)) {
		entry_give_rt(a, i);
		return;
	}
	s->ghost = true; /* a port's keys go up in the next block, whatever stands at this place by then */
	hold_rt(a, s);
}

/* Whether it can go on as what it is: the same behaviour, and keys that are down at the port where they will go up. */
RT_SAFE static bool goes_on(const struct region_spec *was, const struct region_spec *now)
{
	bool midi_port = now->behaviour == REGION_PLAY_MIDI && !now->instrument;
	return was->behaviour == now->behaviour &&
	       (!midi_port || (was->output.node == now->output.node && was->output.port == now->output.port));
}

/* Whether a clip reads on where it was; else it would click, however small the step of its gain. */
RT_SAFE static bool reads_on(const struct sounding *was, int64_t was_frame, const struct sounding *now, int64_t frame)
{
	const struct region_spec *o = &was->region->spec, *n = &now->region->spec;
	return n->behaviour != REGION_PLAY_AUDIO ||
	       (n->audio == o->audio && n->output.node == o->output.node && n->output.port == o->output.port &&
		n->source_frame + (frame - now->start) == o->source_frame + (was_frame - was->start));
}

/* The entry goes on as it is now; what it was stays behind it as a ghost. */
RT_SAFE static void entry_cross_rt(struct attention *a, struct sounding *s, const struct sounding *now, int64_t was_frame)
{
	struct sounding *front = s->heard ? entry_take_rt(a, s->key) : NULL; /* stands before s */
	if (!front) {
		*s = *now;
		return;
	}
	*front = *now;
	front->ease_left = a->engine->cut_frames;
	front->glide_left = 0;
	s->level = level_now_rt(a, s, was_frame);
	s->playing = false;
	entry_haunt_rt(a, s, was_frame);
	hold_rt(a, s);
}

/* New content or a new place in it: the keys of the old go up, the state of the new is chased. */
RT_SAFE static void entry_retune_rt(struct sounding *s, const struct region_spec *was)
{
	const struct region_spec *r = &s->region->spec;
	if (r->behaviour != REGION_PLAY_MIDI || (r->midi == was->midi && r->source_beat == was->source_beat))
		return;
	s->release = s->fresh = true;
}

RT_SAFE static void entry_renew_rt(struct attention *a, uint32_t i, const struct region *r, int64_t was_frame)
{
	struct sounding *s = a->rt.order[i], now = *s;
	bool other = !a->rt.parked && !goes_on(&s->region->spec, &r->spec);
	if (!s->playing && !other) { /* its tail rings on */
		s->region = r;
		return;
	}
	now.region = r;
	entry_place_rt(a, &now);
	entry_route_rt(a, &now);
	entry_events_rt(a, &now);
	if (other || now.start > a->rt.frame || now.end <= a->rt.frame) { /* another one is entered like any other */
		entry_orphan_rt(a, i, was_frame);
		return;
	}
	if (a->rt.parked) {
		*s = now;
		return;
	}
	if (!reads_on(s, was_frame, &now, a->rt.frame)) {
		entry_cross_rt(a, s, &now, was_frame);
		return;
	}
	float step = play_level(s, was_frame) - play_level(&now, a->rt.frame);
	if (step != 0) {
		float left = s->glide_left > 0 ? s->glide * ((float)s->glide_left / (float)a->engine->cut_frames) : 0;
		now.glide = step + left;
		now.glide_left = a->engine->cut_frames;
	}
	entry_retune_rt(&now, &s->region->spec);
	*s = now;
}

RT_SAFE void sounding_adopt_rt(struct attention *a, int64_t was_frame)
{
	const struct region_set *set = a->rt.snapshot ? a->rt.snapshot->regions : NULL;
	for (uint32_t i = a->rt.n_sounding; i-- > 0;) {
		struct sounding *s = a->rt.order[i];
		const struct region *r = s->ghost ? NULL : region_set_find(set, s->key);
		if (r && (instance_of_rt(a, r) != s->instance || r->spec.behaviour == REGION_LATENT || r->spec.muted))
			r = NULL;
		if (r)
			entry_renew_rt(a, i, r, was_frame);
		else
			entry_orphan_rt(a, i, was_frame);
	}
	if (a->rt.state == TRANSPORT_PLAYING)
		sounding_enter_rt(a);
}

RT_SAFE void sounding_route_rt(struct attention *a)
{
	for (uint32_t i = 0; i < a->rt.n_sounding; i++)
		entry_route_rt(a, a->rt.order[i]);
}

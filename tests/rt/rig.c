#include "rig.h"

void rig_init(struct rig *r, uint32_t max_block_frames)
{
	memset(r, 0, sizeof(*r));
	r->heap = (struct rt_heap)RT_HEAP_MALLOC;
	const struct engine_config c = {
		.rate_hz = RIG_RATE,
		.n_channels = 2,
		.max_block_frames = max_block_frames,
		.max_sounding = 128,
		.max_producers = 2,
		.command_slots = 16,
		.event_slots = RIG_EVENTS,
		.max_pending = 16,
		.midi_room = 4096,
	};
	assert_int_equal(engine_new(&c, &r->heap, &r->engine), 0);
	r->main = engine_attention(r->engine, ATTENTION_MAIN);
	assert_int_equal(attention_producer(r->main, &r->producer), 0);
	rig_tempo(r, &(struct tempo_point){ 0, 120, TEMPO_STEP }, 1);
}

void rig_done(struct rig *r)
{
	engine_free(r->engine);
	region_set_unref(r->set);
	time_maps_unref(r->maps);
}

void rig_tempo(struct rig *r, const struct tempo_point *points, uint32_t n)
{
	const struct meter_point meter = { 0, 4, 4 };
	struct time_maps *maps;
	assert_int_equal(time_maps_new(&r->heap, points, n, &meter, 1, RIG_RATE, &maps), 0);
	time_maps_unref(r->maps);
	r->maps = maps;
}

void rig_add(struct rig *r, struct region_spec spec)
{
	struct region *region;
	struct region_set *set;
	if (spec.gain == 0)
		spec.gain = 1;
	assert_int_equal(region_new(&r->heap, &spec, &region, NULL), 0);
	assert_int_equal(region_set_insert(r->set, &r->heap, region, &set), 0);
	region_unref(region);
	region_set_unref(r->set);
	r->set = set;
}

void rig_remove(struct rig *r, double beat, uint64_t id)
{
	struct region_set *set;
	assert_int_equal(region_set_remove(r->set, &r->heap, (struct region_key){ beat, id }, &set), 0);
	region_set_unref(r->set);
	r->set = set;
}

static struct timeline_snapshot *snapshot_now(struct rig *r)
{
	struct timeline_snapshot *s;
	assert_int_equal(timeline_snapshot_new(&r->heap, ++r->revision, r->set, r->maps, &s), 0);
	return s;
}

void rig_publish(struct rig *r)
{
	assert_int_equal(engine_publish(r->engine, r->first ? r->first : snapshot_now(r)), 0);
	r->first = r->last = NULL;
}

void rig_begin(struct rig *r)
{
	r->first = r->last = snapshot_now(r);
}

void rig_follow(struct rig *r, double beat)
{
	struct timeline_snapshot *next = snapshot_now(r);
	assert_int_equal(timeline_snapshot_follow(r->last, next, beat), 0);
	r->last = next;
}

struct audio_content *rig_audio(struct rig *r, uint32_t n_channels, int64_t n_frames, float (*f)(uint32_t c, int64_t i))
{
	enum { WINDOW = 4096 };
	struct audio_content *c;
	assert_int_equal(audio_content_new(&r->heap, n_channels, n_frames, WINDOW, &c), 0);
	for (uint32_t w = 0; w < c->n_windows; w++) {
		float *window = calloc((size_t)n_channels * WINDOW, sizeof(float));
		assert_non_null(window);
		for (uint32_t ch = 0; ch < n_channels; ch++)
			for (int64_t i = 0; i < WINDOW && w * (int64_t)WINDOW + i < n_frames; i++)
				window[ch * WINDOW + i] = f(ch, w * (int64_t)WINDOW + i);
		assert_null(audio_content_publish(c, w, window));
	}
	return c;
}

void rig_audio_free(struct audio_content *c)
{
	for (uint32_t w = 0; w < c->n_windows; w++)
		free((void *)audio_content_publish(c, w, NULL));
	audio_content_unref(c);
}

struct instrument *rig_synth(struct rig *r)
{
	struct instrument *in;
	const struct node_class *cls = node_class_find("synth:poly");
	assert_int_equal(instrument_new(&r->heap, cls, NULL, 0, RIG_RATE, 8192, &in), 0);
	return in;
}

struct midi_content *rig_midi(struct rig *r, const struct midi_note_event *e, uint32_t n)
{
	struct midi_content *m;
	assert_int_equal(midi_content_new(&r->heap, e, n, &m), 0);
	return m;
}

struct audio_content *rig_one_clip(struct rig *r, int64_t n_frames, float (*f)(uint32_t c, int64_t i))
{
	rig_init(r, 256);
	struct audio_content *a = rig_audio(r, 1, n_frames, f);
	rig_add(r, (struct region_spec){ .id = 1, .duration_beats = 4, .behaviour = REGION_PLAY_AUDIO, .audio = a });
	return a;
}

void rig_play(struct rig *r)
{
	rig_publish(r);
	rig_send(r, RT_COMMAND_PLAY, COMMAND_NOW, 0, 0);
}

void rig_send(struct rig *r, enum rt_command_type type, int64_t at_frame, double value, double value2)
{
	struct rt_command c = { .type = type, .at_frame = at_frame, .value = value, .value2 = value2 };
	assert_int_equal(attention_send(r->main, r->producer, &c), 0);
}

void rig_render(struct rig *r, float *left, float *right, uint32_t n, uint32_t quantum)
{
	for (uint32_t at = 0; at < n;) {
		uint32_t length = n - at < quantum ? n - at : quantum;
		float *out[2] = { left + at, right + at };
		rt_enter();
		attention_process_rt(r->main, out, length);
		rt_leave();
		at += length;
		while (r->n_events < RIG_EVENTS && attention_poll(r->main, &r->events[r->n_events]))
			r->n_events++;
	}
	(void)engine_reclaim(r->engine); /* what is still seen is freed later */
}

const struct rt_event *rig_event(const struct rig *r, enum rt_event_type type, uint32_t nth)
{
	for (uint32_t i = 0; i < r->n_events; i++)
		if (r->events[i].type == type && nth-- == 0)
			return &r->events[i];
	return NULL;
}

uint32_t rig_count(const struct rig *r, enum rt_event_type type)
{
	uint32_t n = 0;
	while (rig_event(r, type, n))
		n++;
	return n;
}

void *failing_take(void *ctx, size_t bytes)
{
	struct failing *f = ctx;
	if (f->left == 0)
		return NULL;
	f->left -= f->left > 0;
	f->live++;
	return rt_heap_malloc_take(NULL, bytes);
}

void failing_give(void *ctx, void *p)
{
	struct failing *f = ctx;
	f->live -= p != NULL;
	rt_heap_malloc_give(NULL, p);
}

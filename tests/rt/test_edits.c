/* Edits of what sounds: nothing clicks, nothing else changes, and a scheduled one takes over on its frame. */
#include "rig.h"

#include "../seed.h"

#include <math.h>

enum { LENGTH = 60000, CUT = RIG_RATE / 400 };

static float one(uint32_t c, int64_t i)
{
	return 1;
}

/* Without steps of its own, so that a step in the mix is a click. */
static float slow(uint32_t c, int64_t i)
{
	return 0.5f * sinf((float)i * 0.01f);
}

static struct region_spec clip(uint64_t id, struct audio_content *a)
{
	return (struct region_spec){ .id = id, .duration_beats = 8, .behaviour = REGION_PLAY_AUDIO, .audio = a };
}

static float largest_step(const float *x, int from, int to)
{
	float most = 0;
	for (int i = from + 1; i < to; i++)
		most = fmaxf(most, fabsf(x[i] - x[i - 1]));
	return most;
}

/* ---- what is removed while it sounds ---- */

/* Rows: S0-24 */
static void test_a_removed_clip_fades_and_the_others_play_on(void **state)
{
	static float left[LENGTH], right[LENGTH];
	static struct rig r;
	rig_init(&r, 256);
	struct audio_content *a = rig_audio(&r, 1, LENGTH, one), *b = rig_audio(&r, 1, LENGTH, slow);
	rig_add(&r, clip(1, a));
	rig_add(&r, clip(2, b));
	rig_play(&r);
	rig_render(&r, left, right, 10000, 250);
	rig_remove(&r, 0, 1);
	rig_publish(&r);
	rig_render(&r, left + 10000, right + 10000, 10000, 250);
	for (int i = 0; i < 20000; i++) {
		int k = i - 10000;
		float gone = k < 0 ? 1 : k < CUT ? (float)(CUT - k) / CUT : 0;
		assert_true(fabsf(left[i] - gone - slow(0, i)) < 1e-6f);
		if (k >= CUT || k < 0)
			assert_true(left[i] == slow(0, i) + gone);
	}
	assert_int_equal(rig_event(&r, RT_EVENT_REGION_ENDED, 0)->clock_frame, 10000);
	rig_done(&r);
	rig_audio_free(a);
	rig_audio_free(b);
}

static void test_what_fades_is_kept_until_it_has(void **state)
{
	static float left[LENGTH], right[LENGTH];
	static struct rig r;
	struct audio_content *a = rig_one_clip(&r, LENGTH, one);
	rig_play(&r);
	rig_render(&r, left, right, 1000, 100);
	rig_remove(&r, 0, 1);
	rig_publish(&r);
	rig_render(&r, left, right, 64, 64);
	assert_int_equal(engine_reclaim(r.engine), 1);
	rig_render(&r, left, right, 64, 64); /* the fade ends in here */
	rig_render(&r, left, right, 64, 64);
	assert_int_equal(engine_reclaim(r.engine), 0);
	rig_add(&r, clip(2, a));
	rig_publish(&r);
	rig_render(&r, left, right, 1000, 100);
	rig_remove(&r, 0, 2);
	rig_publish(&r);
	rig_render(&r, left, right, 64, 64);
	assert_int_equal(engine_reclaim(r.engine), 1);
	attention_park_rt(r.main); /* a device that stops holds nothing, fade or not */
	assert_int_equal(engine_reclaim(r.engine), 0);
	rig_render(&r, left, right, 64, 64);
	assert_true(left[0] == 0);
	rig_done(&r);
	rig_audio_free(a);
}

static void organ(struct rig *r, struct midi_content **m, struct instrument **in, double at)
{
	const struct midi_note_event notes[] = { { 0, 0xc0, 16, 0 }, { 0, 0x90, 40, 100 } };
	*m = rig_midi(r, notes, 2);
	*in = rig_synth(r);
	rig_add(r, (struct region_spec){ .id = 7, .start_beat = at, .duration_beats = 64, .behaviour = REGION_PLAY_MIDI,
					 .midi = *m, .instrument = *in });
}

/* A held note of a low organ: its own steps say how large a step is none. */
static void test_a_removed_or_moved_instrument_does_not_click(void **state)
{
	static float left[LENGTH], right[LENGTH];
	for (int moved = 0; moved < 2; moved++) {
		static struct rig r;
		struct midi_content *m;
		struct instrument *in;
		rig_init(&r, 256);
		organ(&r, &m, &in, 0);
		rig_play(&r);
		rig_render(&r, left, right, 24000, 100);
		rig_remove(&r, 0, 7);
		if (moved)
			rig_add(&r, (struct region_spec){ .id = 7, .start_beat = 0.5, .duration_beats = 64, .midi = m,
							  .behaviour = REGION_PLAY_MIDI, .instrument = in });
		rig_publish(&r);
		rig_render(&r, left + 24000, right + 24000, 24000, 100);
		float usual = largest_step(left, 12000, 24000);
		assert_true(usual > 1e-4f);
		assert_true(largest_step(left, 23999, 30000) < 1.5f * usual);
		if (!moved)
			for (int i = 24000 + CUT; i < 48000; i++)
				assert_true(left[i] == 0);
		rig_done(&r);
		midi_content_unref(m);
		instrument_unref(in);
	}
}

/* ---- what is changed while it sounds ---- */

static void change_case(struct region_spec from, struct region_spec to, float want_before, float want_after)
{
	static float left[LENGTH], right[LENGTH];
	static struct rig r;
	rig_init(&r, 256);
	rig_add(&r, from);
	rig_play(&r);
	rig_render(&r, left, right, 5000, 100);
	rig_remove(&r, from.start_beat, from.id);
	rig_add(&r, to);
	rig_publish(&r);
	rig_render(&r, left + 5000, right + 5000, 5000, 100);
	assert_true(left[4999] == want_before);
	assert_true(left[5000 + CUT] == want_after);
	assert_true(largest_step(left, 4990, 9000) < 0.02f);
	rig_done(&r);
}

static void test_a_change_of_level_place_or_length_does_not_click(void **state)
{
	struct rig r = { .heap = RT_HEAP_MALLOC };
	struct audio_content *a = rig_audio(&r, 1, LENGTH, one), *b = rig_audio(&r, 2, LENGTH, one);
	struct region_spec from = clip(1, a), to = from;
	to.gain = 0.25f;
	change_case(from, to, 1, 0.25f);
	to = from;
	to.fade_out_beats = 8; /* of 8 beats: the gain is below 1 from the first frame on */
	change_case(to, from, 1 - 4999 / 192000.0f < 1 ? fade_gain(FADE_EQUAL_POWER, true, 4999, 192000) : 0, 1);
	to = from;
	to.audio = b;
	change_case(from, to, 1, 1);
	to.source_frame = 50;
	change_case(from, to, 1, 1);
	to = from;
	to.duration_beats = 0.1; /* over before the edit came */
	change_case(from, to, 1, 0);
	to = from;
	to.muted = true;
	change_case(from, to, 1, 0);
	rig_audio_free(a);
	rig_audio_free(b);
}

/* An edit that builds the same region anew must be inaudible, to the bit. */
static void test_the_same_region_built_anew_changes_no_sample(void **state)
{
	static float left[LENGTH], right[LENGTH];
	static struct rig r;
	struct audio_content *a = rig_one_clip(&r, LENGTH, slow);
	rig_play(&r);
	for (int i = 0; i < 30; i++) {
		rig_render(&r, left + 1000 * i, right, 1000, 1000);
		rig_remove(&r, 0, 1);
		rig_add(&r, clip(1, a));
		rig_publish(&r);
	}
	for (int i = 0; i < 30000; i++)
		assert_true(left[i] == slow(0, i));
	rig_done(&r);
	rig_audio_free(a);
}

/* ---- keys of a MIDI port ---- */

RT_SAFE static enum node_result gate_process_rt(struct node_instance *n, const struct node_block *b)
{
	int32_t *down = n->state;
	for (uint32_t i = 0, k = 0; i < b->n_frames; i++) {
		for (; k < b->in[0].n_events && b->in[0].midi[k].frame == i; k++) {
			uint8_t kind = b->in[0].midi[k].bytes[0] & 0xf0;
			*down += kind == 0x90 ? 1 : kind == 0x80 ? -1 : 0;
		}
		b->out[0].audio[0][i] = (float)*down;
	}
	return NODE_OK;
}

static const struct port_desc gate_ports[] = {
	{ "midi", SIGNAL_MIDI, PORT_IN, 0, NO_PARAM },
	{ "out", SIGNAL_AUDIO, PORT_OUT, 1, NO_PARAM },
};
static const struct node_class gate_class = {
	.type = "test:gate", .ports = gate_ports, .n_ports = 2, .flags = NODE_REALTIME, .state_bytes = sizeof(int32_t),
	.process_rt = gate_process_rt,
};

/* The number of keys that are down, as a node of the graph counts them. */
static void gate_open(struct rig *r, struct midi_content **m, struct node_instance **gate)
{
	static const struct midi_note_event notes[] = { { 0, 0x90, 60, 100 }, { 0.125, 0x91, 64, 90 } };
	struct plan *p;
	rig_init(r, 256);
	assert_int_equal(node_instance_new(&r->heap, &gate_class, NULL, 0, RIG_RATE, 256, gate), 0);
	const struct graph_node node = { 3, *gate };
	const struct graph_edge edge = { { 3, 0 }, { 0, 0 }, 1 };
	const struct graph g = { &node, 1, &edge, 1 };
	const struct graph_limits limits = { RIG_RATE, 256, 2, 4096, true, 1000 };
	assert_int_equal(graph_compile(&g, &limits, &r->heap, &p, NULL), 0);
	assert_int_equal(attention_load(r->main, 0, p), 0);
	*m = rig_midi(r, notes, 2);
	rig_add(r, (struct region_spec){ .id = 5, .duration_beats = 1, .behaviour = REGION_PLAY_MIDI, .midi = *m,
					 .output = { 3, 0 } });
	rig_play(r);
}

/* Rows: L15 */
static void test_every_discontinuity_ends_the_notes_of_a_port_on_its_frame(void **state)
{
	static const struct {
		enum rt_command_type type;
		double value, value2;
	} cuts[] = { { RT_COMMAND_PAUSE, 0, 0 }, { RT_COMMAND_STOP, 0, 0 }, { RT_COMMAND_SEEK, 4, 0 }, { RT_COMMAND_NONE, 0, 0 } };
	static float left[LENGTH], right[LENGTH];
	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		static struct rig r;
		struct midi_content *m;
		struct node_instance *gate;
		gate_open(&r, &m, &gate);
		if (cuts[i].type != RT_COMMAND_NONE) {
			rig_send(&r, cuts[i].type, 10007, cuts[i].value, cuts[i].value2);
			rig_render(&r, left, right, 20000, 333);
		} else { /* an edit takes it away */
			rig_render(&r, left, right, 10007, 333);
			rig_remove(&r, 0, 5);
			rig_publish(&r);
			rig_render(&r, left + 10007, right + 10007, 9993, 333);
		}
		for (int f = 0; f < 20000; f++)
			assert_true(left[f] == (f < 3000 ? 1 : f < 10007 ? 2 : 0));
		rig_done(&r);
		midi_content_unref(m);
		node_instance_unref(gate);
	}
}

static float nothing(uint32_t c, int64_t i)
{
	return 0;
}

/* What stands in its place may be of another kind, or go elsewhere. */
static void test_a_region_that_becomes_another_ends_the_notes_of_its_port(void **state)
{
	static const struct region_spec others[] = {
		{ .id = 5, .duration_beats = 1, .behaviour = REGION_PLAY_AUDIO },
		{ .id = 5, .duration_beats = 1, .behaviour = REGION_TRIGGER },
		{ .id = 5, .duration_beats = 1, .behaviour = REGION_LATENT },
		{ .id = 5, .duration_beats = 1, .behaviour = REGION_PLAY_MIDI, .output = { 9, 0 } },
	};
	static float left[LENGTH], right[LENGTH];
	for (size_t i = 0; i < 2 * sizeof(others) / sizeof(others[0]); i++) {
		static struct rig r;
		struct midi_content *m;
		struct node_instance *gate;
		struct region_spec other = others[i / 2];
		gate_open(&r, &m, &gate);
		struct audio_content *a = rig_audio(&r, 1, LENGTH, nothing);
		other.audio = a;
		other.midi = m;
		rig_begin(&r);
		rig_remove(&r, 0, 5);
		rig_add(&r, other);
		rig_follow(&r, 10007 / 24000.0);
		rig_publish(&r);
		if (i % 2) /* what was cut a moment ago is changed, too */
			rig_send(&r, RT_COMMAND_PAUSE, 10007, 0, 0);
		rig_render(&r, left, right, 20000, 333);
		for (int f = 0; f < 20000; f++)
			assert_true(left[f] == (f < 3000 ? 1 : f < 10007 ? 2 : 0));
		rig_done(&r);
		rig_audio_free(a);
		midi_content_unref(m);
		node_instance_unref(gate);
	}
}

/* Rows: L15 */
static void test_a_loop_and_the_end_of_a_region_end_its_notes_too(void **state)
{
	static float left[LENGTH], right[LENGTH];
	static struct rig r;
	struct midi_content *m;
	struct node_instance *gate;
	gate_open(&r, &m, &gate);
	rig_send(&r, RT_COMMAND_LOOP, 0, 0, 0.5);
	rig_send(&r, RT_COMMAND_LOOP, 30000, 0, 0);
	rig_render(&r, left, right, LENGTH, 77);
	for (int f = 0; f < LENGTH; f++) {
		int in_loop = f < 36000 ? f % 12000 : f - 24000;
		assert_true(left[f] == (in_loop >= 24000 ? 0 : in_loop < 3000 ? 1 : 2));
	}
	rig_done(&r);
	midi_content_unref(m);
	node_instance_unref(gate);
}

/* ---- scheduled ---- */

static void test_a_successor_takes_over_on_its_frame_at_any_quantum(void **state)
{
	static float left[LENGTH], right[LENGTH];
	uint64_t seed = seed_start();
	for (int round = 0; round < 20; round++) {
		static struct rig r;
		rig_init(&r, 16 + seed_below(&seed, 2000));
		struct audio_content *a = rig_audio(&r, 1, LENGTH, one);
		double beat = 0.1 + seed_unit(&seed);
		int64_t at = tempo_map_frame(time_maps_tempo(r.maps), beat);
		rig_add(&r, clip(1, a));
		rig_begin(&r);
		rig_remove(&r, 0, 1);
		rig_follow(&r, beat);
		rig_add(&r, clip(2, a));
		rig_follow(&r, beat + 0.5);
		rig_play(&r);
		rig_render(&r, left, right, LENGTH, 1 + seed_below(&seed, 5000));
		for (int64_t i = 0; i < at; i++)
			assert_true(left[i] == 1);
		for (int64_t i = at; i < at + CUT; i++)
			assert_true(left[i] == (float)(1 - (double)(i - at) / CUT));
		for (int64_t i = at + CUT; i <= at + 12000; i++)
			assert_true(left[i] == 0);
		assert_true(left[at + 12001] > 0 && left[at + 12000 + CUT] == 1);
		const struct rt_event *e = rig_event(&r, RT_EVENT_SUCCEEDED, 0);
		assert_int_equal(e->clock_frame, at);
		assert_true(e->value == beat);
		assert_int_equal(rig_count(&r, RT_EVENT_SUCCEEDED), 2);
		rig_done(&r);
		rig_audio_free(a);
	}
}

/* The line is published anew (somebody edited something else) after its first beat: what has taken over stays. */
static void test_a_line_published_again_goes_on_where_it_was(void **state)
{
	static float left[LENGTH], right[LENGTH];
	static struct rig r;
	rig_init(&r, 256);
	struct audio_content *a = rig_audio(&r, 1, LENGTH, slow);
	for (int i = 0; i < 2; i++) {
		if (i == 0)
			rig_add(&r, clip(1, a));
		rig_begin(&r);
		rig_add(&r, clip(2, a));
		rig_follow(&r, 0.25);
		rig_publish(&r);
		rig_remove(&r, 0, 2);
		if (i == 0)
			rig_send(&r, RT_COMMAND_PLAY, COMMAND_NOW, 0, 0);
		rig_render(&r, left + 10000 * i, right, 10000, 100);
	}
	for (int i = 6000 + CUT; i < 20000; i++)
		assert_true(left[i] == slow(0, i) + slow(0, i));
	assert_int_equal(rig_count(&r, RT_EVENT_REGION_ENDED), 0);
	rig_done(&r);
	rig_audio_free(a);
}

static void test_a_seek_past_its_beat_brings_a_successor_at_once(void **state)
{
	static float left[LENGTH], right[LENGTH];
	static struct rig r;
	struct audio_content *a = rig_one_clip(&r, LENGTH, one);
	rig_begin(&r);
	rig_remove(&r, 0, 1);
	rig_follow(&r, 2);
	rig_publish(&r);
	rig_send(&r, RT_COMMAND_SEEK, COMMAND_NOW, 3, 0);
	rig_send(&r, RT_COMMAND_PLAY, COMMAND_NOW, 0, 0);
	rig_render(&r, left, right, 2000, 100);
	for (int i = 0; i < 2000; i++)
		assert_true(left[i] == 0); /* not even the fade of what nobody has heard */
	assert_int_equal(rig_count(&r, RT_EVENT_SUCCEEDED), 1);
	rig_done(&r);
	rig_audio_free(a);
}

static void test_a_scheduled_tempo_holds_from_its_frame_on(void **state)
{
	static float left[LENGTH], right[LENGTH];
	static struct rig r;
	rig_init(&r, 256);
	rig_begin(&r);
	rig_tempo(&r, &(struct tempo_point){ 0, 240, TEMPO_STEP }, 1);
	rig_follow(&r, 1);
	rig_play(&r);
	rig_render(&r, left, right, LENGTH, 777);
	static const int64_t want[] = { 0, 24000, 36000, 48000 };
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(rig_event(&r, RT_EVENT_BEAT, i)->clock_frame, want[i]);
	rig_done(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_removed_clip_fades_and_the_others_play_on),
		cmocka_unit_test(test_what_fades_is_kept_until_it_has),
		cmocka_unit_test(test_a_removed_or_moved_instrument_does_not_click),
		cmocka_unit_test(test_a_change_of_level_place_or_length_does_not_click),
		cmocka_unit_test(test_the_same_region_built_anew_changes_no_sample),
		cmocka_unit_test(test_every_discontinuity_ends_the_notes_of_a_port_on_its_frame),
		cmocka_unit_test(test_a_region_that_becomes_another_ends_the_notes_of_its_port),
		cmocka_unit_test(test_a_loop_and_the_end_of_a_region_end_its_notes_too),
		cmocka_unit_test(test_a_successor_takes_over_on_its_frame_at_any_quantum),
		cmocka_unit_test(test_a_line_published_again_goes_on_where_it_was),
		cmocka_unit_test(test_a_seek_past_its_beat_brings_a_successor_at_once),
		cmocka_unit_test(test_a_scheduled_tempo_holds_from_its_frame_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

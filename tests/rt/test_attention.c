/* Several attentions and threads around one timeline. */
#include "rig.h"

#include "rt/cycle_times.h"
#include "rt/plan_priv.h"

#include <math.h>
#include <pthread.h>
#include <sched.h>

enum { LENGTH = 48000 };

static float ramp(uint32_t c, int64_t i)
{
	return (float)(i % 1000) * 0.001f;
}

static const struct midi_note_event notes[] = {
	{ 0, 0x90, 60, 100 }, { 0.25, 0x90, 64, 80 }, { 0.5, 0x80, 60, 0 }, { 0.75, 0x80, 64, 0 },
};

static void render(struct attention *a, float *left, float *right, uint32_t n)
{
	for (uint32_t at = 0; at < n; at += 240) {
		float *out[2] = { left + at, right + at };
		rt_enter();
		attention_process_rt(a, out, 240);
		rt_leave();
	}
}

static void test_attentions_play_the_same_and_do_not_disturb_each_other(void **state)
{
	static float alone[LENGTH], main_left[LENGTH], cue_left[LENGTH], right[LENGTH];
	for (int with_cue = 0; with_cue < 2; with_cue++) {
		static struct rig r;
		rig_init(&r, 256);
		struct midi_content *m = rig_midi(&r, notes, 4);
		struct instrument *in = rig_synth(&r);
		struct audio_content *a = rig_audio(&r, 1, 20000, ramp);
		rig_add(&r, (struct region_spec){ .id = 1, .duration_beats = 2, .behaviour = REGION_PLAY_MIDI, .midi = m,
						  .instrument = in });
		rig_add(&r, (struct region_spec){ .id = 2, .duration_beats = 1, .behaviour = REGION_PLAY_AUDIO, .audio = a });
		rig_play(&r);
		if (!with_cue) {
			render(r.main, alone, right, LENGTH);
		} else {
			struct attention *cue;
			uint32_t producer;
			const struct rt_command play = { .type = RT_COMMAND_PLAY, .at_frame = COMMAND_NOW };
			assert_int_equal(attention_new(r.engine, &cue), 0);
			assert_int_equal(instrument_prepare(in, attention_index(cue)), 0);
			assert_int_equal(attention_producer(cue, &producer), 0);
			assert_int_equal(attention_send(cue, producer, &play), 0);
			render(r.main, main_left, right, LENGTH / 2);
			render(cue, cue_left, right, LENGTH);
			render(r.main, main_left + LENGTH / 2, right, LENGTH / 2);
			attention_free(cue);
		}
		rig_done(&r);
		midi_content_unref(m);
		instrument_unref(in);
		rig_audio_free(a);
	}
	assert_memory_equal(alone, main_left, sizeof(alone));
	assert_memory_equal(alone, cue_left, sizeof(alone));
}

static void test_triggers_are_emitted_once_at_their_frame(void **state)
{
	static float left[LENGTH], right[LENGTH];
	static struct rig r;
	rig_init(&r, 256);
	rig_add(&r, (struct region_spec){ .id = 4, .start_beat = 0.3, .duration_beats = 1, .behaviour = REGION_TRIGGER,
					  .trigger_value = 0.5f });
	rig_play(&r);
	rig_render(&r, left, right, LENGTH, 333);
	assert_int_equal(rig_count(&r, RT_EVENT_TRIGGER), 1);
	const struct rt_event *e = rig_event(&r, RT_EVENT_TRIGGER, 0);
	assert_int_equal(e->id, 4);
	assert_int_equal(e->clock_frame, 7200);
	assert_true(e->value == 0.5);
	rig_done(&r);
}

/* Rows: S0-49, S0-51 */
static void test_events_unite_in_time_order_and_overflow_is_counted(void **state)
{
	struct midi_event a[6] = { { 1, 3, { 1 } }, { 5, 3, { 2 } }, { 9, 3, { 3 } } };
	struct midi_event b[] = { { 0, 3, { 4 } }, { 5, 3, { 5 } }, { 9, 3, { 6 } }, { 9, 3, { 7 } } };
	struct signal to = { .kind = SIGNAL_MIDI, .midi = a, .n_events = 3, .n_room = 6 };
	const struct signal from = { .kind = SIGNAL_MIDI, .midi = b, .n_events = 4, .n_room = 4 };
	assert_int_equal(midi_merge_rt(&to, &from), 1);
	static const uint8_t want[] = { 4, 1, 2, 5, 3, 6 };
	assert_int_equal(to.n_events, 6);
	for (int i = 0; i < 6; i++)
		assert_int_equal(a[i].bytes[0], want[i]);
	struct trigger_event c[4] = { { 3, 1, 1 }, { 8, 1, 2 } }, d[] = { { 3, 1, 3 }, { 4, 1, 4 } };
	struct signal trigger_to = { .kind = SIGNAL_TRIGGER, .trigger = c, .n_events = 2, .n_room = 4 };
	const struct signal trigger_from = { .kind = SIGNAL_TRIGGER, .trigger = d, .n_events = 2, .n_room = 2 };
	assert_int_equal(trigger_merge_rt(&trigger_to, &trigger_from), 0);
	static const uint8_t order[] = { 1, 3, 4, 2 };
	for (int i = 0; i < 4; i++)
		assert_int_equal(c[i].id, order[i]);
}

/* Two regions that share a graph's instrument sound as one region with all their notes does. */
/* Rows: S0-49 */
static void test_midi_regions_unite_at_a_port_of_the_graph(void **state)
{
	static float left[2][LENGTH], right[LENGTH];
	static const struct midi_note_event all[] = { { 0, 0x90, 60, 100 }, { 0, 0x90, 67, 90 }, { 0.5, 0x80, 60, 0 },
						      { 0.75, 0x80, 67, 0 } };
	for (int split = 0; split < 2; split++) {
		static struct rig r;
		struct node_instance *synth;
		struct plan *p;
		rig_init(&r, 256);
		assert_int_equal(node_instance_new(&r.heap, node_class_find("synth:poly"), NULL, 0, RIG_RATE, 256, &synth), 0);
		const struct graph_node node = { 9, synth };
		const struct graph_edge edge = { { 9, 0 }, { 0, 0 }, 1 };
		const struct graph g = { &node, 1, &edge, 1 };
		const struct graph_limits limits = { RIG_RATE, 256, 2, 4096, true, 1000 };
		assert_int_equal(graph_compile(&g, &limits, &r.heap, &p, NULL), 0);
		assert_int_equal(attention_load(r.main, 0, p), 0);
		const struct midi_note_event one[] = { all[0], all[2] }, two[] = { all[1], all[3] };
		struct midi_content *m[2] = { rig_midi(&r, split ? one : all, split ? 2 : 4), rig_midi(&r, two, 2) };
		for (int i = 0; i <= split; i++)
			rig_add(&r, (struct region_spec){ .id = 1 + (uint64_t)i, .duration_beats = 1.5, .midi = m[i],
							  .behaviour = REGION_PLAY_MIDI, .output = { 9, 0 } });
		rig_play(&r);
		rig_render(&r, left[split], right, LENGTH, 100);
		rig_done(&r);
		midi_content_unref(m[0]);
		midi_content_unref(m[1]);
		node_instance_unref(synth);
	}
	assert_memory_equal(left[0], left[1], sizeof(left[0]));
	float most = 0;
	for (int i = 0; i < LENGTH; i++)
		most = fmaxf(most, fabsf(left[0][i]));
	assert_true(most > 0.01f);
}

/* ---- threads ---- */

struct stage {
	struct rig *rig;
	_Atomic bool done;
	float *left, *right;
};

static void *player(void *arg)
{
	struct stage *s = arg;
	for (uint32_t at = 0; at < LENGTH; at += 48) {
		float *out[2] = { s->left + at, s->right + at };
		attention_process_rt(s->rig->main, out, 48);
		if (at % 480 == 0)
			sched_yield();
	}
	attention_park_rt(s->rig->main);
	atomic_store(&s->done, true);
	return NULL;
}

/* Everything beside the clip is edited as fast as can be while it plays; the clip must not miss a sample. */
/* Rows: S2-2 */
static void test_edits_during_playback_touch_nothing_else(void **state)
{
	static float left[LENGTH], right[LENGTH];
	static struct rig r;
	struct stage s = { .rig = &r, .left = left, .right = right };
	struct engine_position position;
	struct rt_event event;
	pthread_t thread;
	rig_init(&r, 256);
	struct audio_content *a = rig_audio(&r, 1, LENGTH, ramp);
	rig_add(&r, (struct region_spec){ .id = 1, .duration_beats = 2, .behaviour = REGION_PLAY_AUDIO, .audio = a });
	rig_play(&r);
	assert_int_equal(pthread_create(&thread, NULL, player, &s), 0);
	for (uint64_t i = 2; !atomic_load(&s.done); i++) {
		rig_add(&r, (struct region_spec){ .id = i, .start_beat = 0.01 * (double)(i % 150), .duration_beats = 1 });
		rig_publish(&r);
		if (i > 20) {
			uint64_t old = i - 18;
			rig_remove(&r, 0.01 * (double)(old % 150), old);
		}
		(void)engine_reclaim(r.engine);
		attention_position(r.main, &position);
		while (attention_poll(r.main, &event))
			continue;
		sched_yield();
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
	for (int i = 0; i < LENGTH; i++)
		assert_true(left[i] == ramp(0, i));
	assert_int_equal(engine_reclaim(r.engine), 0);
	rig_done(&r);
	rig_audio_free(a);
}

static void test_a_cycle_of_no_frames_carries_out_commands(void **state)
{
	static float left[LENGTH], right[LENGTH];
	static struct rig r;
	struct engine_position p;
	float *out[2] = { left, right };
	rig_init(&r, 256);
	rig_publish(&r);
	rig_send(&r, RT_COMMAND_SEEK, COMMAND_NOW, 3, 0);
	rig_send(&r, RT_COMMAND_PLAY, COMMAND_NOW, 0, 0);
	attention_process_rt(r.main, out, 0);
	attention_position(r.main, &p);
	assert_int_equal(p.state, TRANSPORT_PLAYING);
	assert_int_equal(p.frame, 72000);
	assert_int_equal(p.clock_frame, 0);
	assert_int_equal(p.revision, r.revision);
	rig_done(&r);
}

static void test_what_was_sent_is_settled_when_a_cycle_has_taken_it_up(void **state)
{
	static float left[LENGTH], right[LENGTH];
	static struct rig r;
	rig_init(&r, 256);
	assert_true(attention_settled(r.main, r.producer));
	rig_play(&r);
	assert_false(attention_settled(r.main, r.producer));
	rig_render(&r, left, right, 64, 64);
	assert_true(attention_settled(r.main, r.producer));
	attention_stop(r.main);
	assert_false(attention_settled(r.main, r.producer));
	rig_render(&r, left, right, 64, 64);
	assert_true(attention_settled(r.main, r.producer));
	rig_done(&r);
}

/* ---- a region of any node class ---- */

RT_SAFE static enum node_result steady_process_rt(struct node_instance *n, const struct node_block *b)
{
	for (uint32_t i = 0; i < b->n_frames; i++)
		b->out[0].audio[0][i] = b->in[1].control[i];
	return NODE_OK;
}

static const struct port_desc steady_ports[] = {
	{ "midi", SIGNAL_MIDI, PORT_IN, 0, NO_PARAM },
	{ "level", SIGNAL_CONTROL, PORT_IN, 0, 0 },
	{ "out", SIGNAL_AUDIO, PORT_OUT, 1, NO_PARAM },
};
static const struct param_desc steady_params[] = { { "level", "ratio", 0, 1, 0.5f } };
static const struct node_class steady_class = {
	.type = "test:steady",
	.ports = steady_ports,
	.n_ports = 3,
	.params = steady_params,
	.n_params = 1,
	.flags = NODE_REALTIME | NODE_INSTRUMENT,
	.process_rt = steady_process_rt,
};

/* Rows: S0-18 */
static void test_any_node_class_can_be_a_region(void **state)
{
	static float left[LENGTH], right[LENGTH];
	static struct rig r;
	struct instrument *in;
	rig_init(&r, 256);
	assert_int_equal(instrument_new(&r.heap, &steady_class, NULL, 0, RIG_RATE, 256, &in), 0);
	rig_add(&r, (struct region_spec){ .id = 1, .start_beat = 0.25, .duration_beats = 0.5, .behaviour = REGION_CUSTOM,
					  .instrument = in, .gain = 0.5f });
	rig_play(&r);
	rig_render(&r, left, right, LENGTH, 100);
	for (int i = 0; i < LENGTH; i++)
		assert_true(left[i] == (i >= 6000 && i < 18000 ? 0.25f : 0.0f) && right[i] == left[i]);
	rig_done(&r);
	instrument_unref(in);
}

static void test_cycles_are_accounted_for(void **state)
{
	static struct rig r;
	struct engine_counters c;
	rig_init(&r, 256);
	attention_account_rt(r.main, 900, 1000, 0);
	attention_account_rt(r.main, 1500, 1000, 0);
	attention_account_rt(r.main, 100, 1000, 4000);
	attention_counters(r.main, &c);
	assert_int_equal(c.xruns, 1);
	assert_int_equal(c.late_wakeups, 1);
	assert_int_equal(c.max_cycle_ns, 1500);
	struct cycle_times t;
	attention_cycle_times(r.main, &t);
	assert_int_equal(t.n[0], 2);
	assert_int_equal(t.n[cycle_times_bin(1500)], 1);
	rig_done(&r);
}

static void test_cycle_times_tell_quantiles_to_an_eighth(void **state)
{
	static struct cycle_times t, later, since;
	for (int64_t ns = 1; ns < INT64_C(2000000000); ns += 1 + ns / 100) {
		uint32_t bin = cycle_times_bin(ns);
		assert_true(ns < cycle_times_end_ns(bin));
		assert_true(bin == 0 || ns >= cycle_times_end_ns(bin - 1));
		assert_true(bin == 0 || bin == CYCLE_TIMES_BINS - 1 || cycle_times_end_ns(bin) <= ns + ns / 8 + 1);
	}
	assert_int_equal(cycle_times_bin(-5), 0);
	assert_int_equal(cycle_times_bin(INT64_MAX), CYCLE_TIMES_BINS - 1);
	assert_int_equal(cycle_times_quantile_ns(&t, 0.5), 0);
	t.n[cycle_times_bin(20000)] = 998;
	t.n[cycle_times_bin(900000)] = 2;
	assert_int_equal(cycle_times_quantile_ns(&t, 0.5), cycle_times_end_ns(cycle_times_bin(20000)));
	assert_int_equal(cycle_times_quantile_ns(&t, 0.998), cycle_times_end_ns(cycle_times_bin(20000)));
	assert_int_equal(cycle_times_quantile_ns(&t, 0.999), cycle_times_end_ns(cycle_times_bin(900000)));
	later = t;
	later.n[cycle_times_bin(5000)] = 10;
	cycle_times_since(&later, &t, &since);
	assert_int_equal(cycle_times_quantile_ns(&since, 1), cycle_times_end_ns(cycle_times_bin(5000)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_attentions_play_the_same_and_do_not_disturb_each_other),
		cmocka_unit_test(test_triggers_are_emitted_once_at_their_frame),
		cmocka_unit_test(test_events_unite_in_time_order_and_overflow_is_counted),
		cmocka_unit_test(test_midi_regions_unite_at_a_port_of_the_graph),
		cmocka_unit_test(test_edits_during_playback_touch_nothing_else),
		cmocka_unit_test(test_a_cycle_of_no_frames_carries_out_commands),
		cmocka_unit_test(test_what_was_sent_is_settled_when_a_cycle_has_taken_it_up),
		cmocka_unit_test(test_any_node_class_can_be_a_region),
		cmocka_unit_test(test_cycles_are_accounted_for),
		cmocka_unit_test(test_cycle_times_tell_quantiles_to_an_eighth),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

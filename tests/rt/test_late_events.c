/* MIDI and triggers that go with late audio arrive with it, whatever the quantum. */
#include "rig.h"

#include "../seed.h"

#include "rt/event_line.h"
#include "rt/plan_priv.h"

enum { LENGTH = 24000, LIMITER_LATENCY = 64 };

/* ---- the line alone, against a list ---- */

enum { EVENTS = 300, STORE = 5 };

struct timed {
	int64_t frame;
	uint8_t number;
};

/* What a store of STORE events that are late frames on their way lets through. */
static uint32_t naive(const struct timed *in, uint32_t n, int64_t late, struct timed *ret, uint32_t *ret_lost)
{
	uint32_t out = 0;
	*ret_lost = 0;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t on_the_way = 0;
		for (uint32_t k = 0; k < out; k++)
			on_the_way += ret[k].frame > in[i].frame;
		if (on_the_way == STORE)
			++*ret_lost;
		else
			ret[out++] = (struct timed){ in[i].frame + late, in[i].number };
	}
	return out;
}

static uint32_t run_line(const struct timed *in, uint32_t n, struct event_line *l, enum signal_kind kind, uint64_t *seed,
			 struct timed *ret, uint32_t *ret_lost)
{
	struct midi_event midi[EVENTS];
	struct trigger_event trigger[EVENTS];
	struct signal s = { .kind = kind, .midi = midi, .trigger = trigger, .n_room = EVENTS };
	uint32_t out = 0, at = 0;
	*ret_lost = 0;
	for (int64_t clock = 0; clock < 4000;) {
		uint32_t length = 1 + seed_below(seed, 300);
		for (s.n_events = 0; at < n && in[at].frame < clock + length; at++) {
			uint32_t frame = (uint32_t)(in[at].frame - clock);
			midi[s.n_events] = (struct midi_event){ frame, 3, { in[at].number } };
			trigger[s.n_events++] = (struct trigger_event){ frame, 1, in[at].number };
		}
		*ret_lost += event_line_run_rt(l, &s, clock, length);
		for (uint32_t i = 0; i < l->out.n_events; i++)
			ret[out++] = kind == SIGNAL_MIDI ?
					     (struct timed){ clock + l->out.midi[i].frame, l->out.midi[i].bytes[0] } :
					     (struct timed){ clock + l->out.trigger[i].frame, (uint8_t)l->out.trigger[i].id };
		clock += length;
	}
	return out;
}

static void test_a_line_is_late_by_its_frames_and_loses_the_same_at_any_quantum(void **state)
{
	uint64_t seed = seed_start();
	uint32_t all_lost = 0;
	for (int round = 0; round < 200; round++) {
		struct timed in[EVENTS], want[EVENTS], got[EVENTS];
		struct midi_event midi[EVENTS];
		struct trigger_event trigger[EVENTS];
		struct late_event store[STORE];
		enum signal_kind kind = round % 2 ? SIGNAL_MIDI : SIGNAL_TRIGGER;
		struct event_line l = { .late = 1 + seed_below(&seed, 500), .store = store, .n_store = STORE,
					.out = { .kind = kind, .midi = midi, .trigger = trigger, .n_room = EVENTS } };
		uint32_t n = seed_below(&seed, EVENTS), want_lost, got_lost;
		int64_t frame = 0;
		for (uint32_t i = 0; i < n && frame < 3000; i++) {
			frame += seed_below(&seed, 200);
			in[i] = (struct timed){ frame, (uint8_t)i };
			if (frame >= 3000)
				n = i;
		}
		uint32_t n_want = naive(in, n, l.late, want, &want_lost);
		assert_int_equal(run_line(in, n, &l, kind, &seed, got, &got_lost), n_want);
		assert_int_equal(got_lost, want_lost);
		for (uint32_t i = 0; i < n_want; i++)
			assert_true(got[i].frame == want[i].frame && got[i].number == want[i].number);
		all_lost += want_lost;
	}
	assert_true(all_lost > 0); /* the store was full now and then */
}

/* ---- in a graph ---- */

/* Its output is its audio input plus 1000 at each event's frame. */
RT_SAFE static enum node_result mark_process_rt(struct node_instance *n, const struct node_block *b)
{
	float *out = b->out[0].audio[0];
	for (uint32_t i = 0; i < b->n_frames; i++)
		out[i] = b->in[0].audio[0][i];
	for (uint32_t i = 0; i < b->in[1].n_events; i++)
		if ((b->in[1].midi[i].bytes[0] & 0xf0) == 0x90)
			out[b->in[1].midi[i].frame] += 1000;
	for (uint32_t i = 0; i < b->in[2].n_events; i++)
		out[b->in[2].trigger[i].frame] += 1000;
	return NODE_OK;
}

/* What comes in goes out: one node more on the way of the events. */
RT_SAFE static enum node_result through_process_rt(struct node_instance *n, const struct node_block *b)
{
	(void)midi_merge_rt(&b->out[0], &b->in[0]);
	(void)trigger_merge_rt(&b->out[1], &b->in[1]);
	return NODE_OK;
}

static const struct port_desc mark_ports[] = {
	{ "in", SIGNAL_AUDIO, PORT_IN, 2, NO_PARAM },
	{ "midi", SIGNAL_MIDI, PORT_IN, 0, NO_PARAM },
	{ "trigger", SIGNAL_TRIGGER, PORT_IN, 0, NO_PARAM },
	{ "out", SIGNAL_AUDIO, PORT_OUT, 1, NO_PARAM },
};
static const struct node_class mark_class = { .type = "test:mark", .ports = mark_ports, .n_ports = 4,
					      .flags = NODE_REALTIME, .process_rt = mark_process_rt };
static const struct port_desc through_ports[] = {
	{ "midi", SIGNAL_MIDI, PORT_IN, 0, NO_PARAM },
	{ "trigger", SIGNAL_TRIGGER, PORT_IN, 0, NO_PARAM },
	{ "midi", SIGNAL_MIDI, PORT_OUT, 0, NO_PARAM },
	{ "trigger", SIGNAL_TRIGGER, PORT_OUT, 0, NO_PARAM },
};
static const struct node_class through_class = { .type = "test:through", .ports = through_ports, .n_ports = 4,
						 .flags = NODE_REALTIME, .process_rt = through_process_rt };

static float one(uint32_t c, int64_t i)
{
	return 0.5f;
}

/* An audio region through the limiter into the mark; its events straight (or by another node) into the same mark. */
static void late_case(enum region_behaviour behaviour, bool by_node, uint32_t quantum)
{
	static float left[LENGTH], right[LENGTH];
	static struct rig r;
	const struct node_class *classes[] = { node_class_find("dsp:limiter"), &mark_class, &through_class };
	struct node_instance *in[3];
	struct graph_node nodes[3];
	struct plan *p;
	rig_init(&r, 256);
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(node_instance_new(&r.heap, classes[i], NULL, 0, RIG_RATE, 256, &in[i]), 0);
		nodes[i] = (struct graph_node){ i + 1, in[i] };
	}
	const struct graph_edge edges[] = { { { 1, 0 }, { 2, 0 }, 1 }, { { 2, 0 }, { 0, 0 }, 1 },
					    { { 3, 0 }, { 2, 1 }, 1 }, { { 3, 1 }, { 2, 2 }, 1 } };
	const struct graph g = { nodes, 3, edges, 4 };
	const struct graph_limits limits = { RIG_RATE, 256, 2, 64, true, 1000 };
	assert_int_equal(graph_compile(&g, &limits, &r.heap, &p, NULL), 0);
	assert_int_equal(plan_latency_frames(p), LIMITER_LATENCY);
	assert_int_equal(attention_load(r.main, 0, p), 0);
	struct audio_content *a = rig_audio(&r, 2, LENGTH, one);
	const struct midi_note_event note = { 0, 0x90, 60, 100 };
	struct midi_content *m = rig_midi(&r, &note, 1);
	const uint32_t port = behaviour == REGION_TRIGGER;
	rig_add(&r, (struct region_spec){ .id = 1, .start_beat = 0.3, .duration_beats = 0.2, .audio = a,
					  .behaviour = REGION_PLAY_AUDIO, .output = { 1, 0 } });
	rig_add(&r, (struct region_spec){ .id = 2, .start_beat = 0.3, .duration_beats = 0.2, .midi = m, .trigger_value = 1,
					  .behaviour = behaviour, .output = { by_node ? 3 : 2, by_node ? port : 1 + port } });
	rig_play(&r);
	rig_render(&r, left, right, LENGTH, quantum);
	const int64_t at = 7200 + LIMITER_LATENCY;
	for (int64_t i = 0; i < at + 100; i++)
		assert_true(left[i] == (i < at ? 0 : 0.5f) + (i == at ? 1000 : 0));
	rig_done(&r);
	rig_audio_free(a);
	midi_content_unref(m);
	for (int i = 0; i < 3; i++)
		node_instance_unref(in[i]);
}

/* Rows: L16 */
static void test_events_meet_late_audio_on_its_frame(void **state)
{
	uint64_t seed = seed_start();
	for (int i = 0; i < 12; i++) {
		uint32_t quantum = 1 + seed_below(&seed, 1000);
		late_case(REGION_PLAY_MIDI, i % 2, quantum);
		late_case(REGION_TRIGGER, i % 2, quantum);
	}
}

static void test_panic_empties_the_delay_lines(void **state)
{
	static float left[1000], right[1000];
	static struct rig r;
	struct node_instance *limiter;
	struct plan *p;
	rig_init(&r, 256);
	assert_int_equal(node_instance_new(&r.heap, node_class_find("dsp:limiter"), NULL, 0, RIG_RATE, 256, &limiter), 0);
	const struct graph_node node = { 1, limiter };
	const struct graph_edge edge = { { 1, 0 }, { 0, 0 }, 1 };
	const struct graph g = { &node, 1, &edge, 1 };
	const struct graph_limits limits = { RIG_RATE, 256, 2, 64, true, 1000 };
	assert_int_equal(graph_compile(&g, &limits, &r.heap, &p, NULL), 0);
	assert_int_equal(attention_load(r.main, 0, p), 0);
	struct audio_content *a = rig_audio(&r, 1, LENGTH, one);
	rig_add(&r, (struct region_spec){ .id = 1, .duration_beats = 4, .audio = a, .behaviour = REGION_PLAY_AUDIO });
	rig_play(&r);
	rig_render(&r, left, right, 1000, 100);
	assert_true(left[999] == 0.5f);
	attention_panic(r.main);
	rig_render(&r, left, right, 1000, 100);
	for (int i = 0; i < 1000; i++)
		assert_true(left[i] == 0);
	rig_done(&r);
	rig_audio_free(a);
	node_instance_unref(limiter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_line_is_late_by_its_frames_and_loses_the_same_at_any_quantum),
		cmocka_unit_test(test_events_meet_late_audio_on_its_frame),
		cmocka_unit_test(test_panic_empties_the_delay_lines),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

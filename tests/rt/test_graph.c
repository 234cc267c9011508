#include "rig.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

enum { LENGTH = 24000 };

static float one(uint32_t c, int64_t i)
{
	return 1;
}

/* A graph under construction: nodes 1, 2, ... of the given types. */
struct bench {
	struct rig rig;
	struct node_instance *instances[8];
	struct graph_node nodes[8];
	struct graph_edge edges[8];
	struct graph graph;
	struct audio_content *audio;
};

static void bench_init(struct bench *b, const char *const *types, uint32_t n)
{
	memset(b, 0, sizeof(*b));
	rig_init(&b->rig, 256);
	for (uint32_t i = 0; i < n; i++) {
		const struct node_class *cls = node_class_find(types[i]);
		assert_non_null(cls);
		assert_int_equal(node_instance_new(&b->rig.heap, cls, NULL, 0, RIG_RATE, 256, &b->instances[i]), 0);
		b->nodes[i] = (struct graph_node){ i + 1, b->instances[i] };
	}
	b->graph = (struct graph){ b->nodes, n, b->edges, 0 };
	b->audio = rig_audio(&b->rig, 1, LENGTH, one);
}

static void bench_done(struct bench *b)
{
	rig_done(&b->rig);
	rig_audio_free(b->audio);
	for (uint32_t i = 0; i < 8; i++)
		node_instance_unref(b->instances[i]);
}

static void edge(struct bench *b, uint32_t from, uint32_t from_port, uint32_t to, uint32_t to_port)
{
	b->edges[b->graph.n_edges++] = (struct graph_edge){ { from, from_port }, { to, to_port }, 1 };
}

static int compile(struct bench *b, struct plan **ret, struct graph_error *error)
{
	const struct graph_limits limits = { RIG_RATE, 256, 2, 4096, true, 1000 };
	return graph_compile(&b->graph, &limits, &b->rig.heap, ret, error);
}

/* A clip of ones to node:port for four beats, played from the start. */
static void clip(struct bench *b, uint64_t id, struct port_ref output)
{
	rig_add(&b->rig, (struct region_spec){ .id = id, .start_beat = 0, .duration_beats = 4, .audio = b->audio,
					       .behaviour = REGION_PLAY_AUDIO, .output = output });
}

static void play(struct bench *b, float *left, float *right)
{
	struct plan *p;
	assert_int_equal(compile(b, &p, NULL), 0);
	assert_int_equal(attention_load(b->rig.main, 0, p), 0);
	rig_play(&b->rig);
	rig_render(&b->rig, left, right, LENGTH, 200);
}

/* Rows: S0-18, S0-59 */
static void test_classes_are_sorted_and_well_formed(void **state)
{
	const struct node_class *c, *last = NULL;
	for (uint32_t i = 0; (c = node_class_at(i)); last = c, i++) {
		assert_true(!last || strcmp(last->type, c->type) < 0);
		assert_ptr_equal(node_class_find(c->type), c);
		assert_true(c->n_params <= NODE_PARAMS_MAX && c->n_ports <= NODE_PORTS_MAX);
		assert_non_null(c->process_rt);
		assert_true(c->flags & (NODE_REALTIME | NODE_OFFLINE));
		assert_true(c->latency_frames >= 0 && sizeof(c->latency_frames) == sizeof(int64_t));
		for (uint32_t k = 0; k < c->n_ports; k++)
			assert_true(c->ports[k].name[0] && c->ports[k].kind < SIGNAL_KIND_COUNT);
		for (uint32_t k = 0; k < c->n_params; k++)
			assert_true(c->params[k].min <= c->params[k].initial && c->params[k].initial <= c->params[k].max);
	}
	assert_null(node_class_find("dsp:nothing"));
}

static void test_wrong_connections_name_both_ports(void **state)
{
	const char *types[] = { "dsp:gain", "synth:poly" };
	static struct bench b;
	struct graph_error e;
	struct plan *p;
	bench_init(&b, types, 2);
	edge(&b, 1, 0, 2, 0);
	assert_int_equal(compile(&b, &p, &e), -EINVAL);
	assert_string_equal(e.text, "dsp:gain 1 output 'out' (audio) -> synth:poly 2 input 'midi' (midi): the signals differ");
	b.edges[0].to = (struct port_ref){ 2, 9 };
	assert_int_equal(compile(&b, &p, &e), -EINVAL);
	assert_string_equal(e.text, "dsp:gain 1 output 'out' (audio) -> synth:poly 2 input 9: there is no such input");
	b.edges[0] = (struct graph_edge){ { 7, 0 }, { 1, 0 }, 1 };
	assert_int_equal(compile(&b, &p, &e), -EINVAL);
	assert_string_equal(e.text, "node 7 output 0 -> dsp:gain 1 input 'in' (audio): there is no such output");
	bench_done(&b);
}

/* A model that takes its time: it computes like any node, but nobody may wait for it on the audio thread. */
RT_SAFE static enum node_result model_process_rt(struct node_instance *n, const struct node_block *b)
{
	for (uint32_t i = 0; i < b->n_frames; i++)
		b->out[0].audio[0][i] = b->in[0].audio[0][i] * 2;
	return NODE_OK;
}

static const struct port_desc model_ports[] = {
	{ "in", SIGNAL_AUDIO, PORT_IN, 1, NO_PARAM },
	{ "out", SIGNAL_AUDIO, PORT_OUT, 1, NO_PARAM },
};
static const struct node_class model_class = { .type = "test:model", .ports = model_ports, .n_ports = 2,
					       .flags = NODE_OFFLINE, .latency_frames = 100,
					       .process_rt = model_process_rt };

/* Rows: S0-18, S0-59 */
static void test_a_model_shares_the_graph_offline_and_is_refused_where_it_would_block(void **state)
{
	const char *types[] = { "dsp:gain", "dsp:gain" };
	static float left[LENGTH], right[LENGTH];
	static struct bench b;
	struct graph_error e;
	struct plan *p;
	bench_init(&b, types, 2);
	node_instance_unref(b.instances[1]);
	assert_int_equal(node_instance_new(&b.rig.heap, &model_class, NULL, 0, RIG_RATE, 256, &b.instances[1]), 0);
	b.nodes[1].instance = b.instances[1];
	edge(&b, 2, 0, 1, 0);
	edge(&b, 1, 0, 0, 0);
	assert_int_equal(compile(&b, &p, &e), -EINVAL);
	assert_string_equal(e.text, "node 2: it cannot run in realtime; use a latent");
	const struct graph_limits offline = { RIG_RATE, 256, 2, 4096, false, 1000 };
	assert_int_equal(graph_compile(&b.graph, &offline, &b.rig.heap, &p, &e), 0);
	assert_int_equal(plan_latency_frames(p), 100);
	assert_int_equal(attention_load(b.rig.main, 0, p), 0);
	clip(&b, 1, (struct port_ref){ 2, 0 }); /* its declared latency is compensated at the gain */
	clip(&b, 2, (struct port_ref){ 1, 0 });
	rig_play(&b.rig);
	rig_render(&b.rig, left, right, LENGTH, 200);
	for (int i = 0; i < LENGTH; i++)
		assert_true(left[i] == (i < 100 ? 2 : 3));
	bench_done(&b);
}

static void test_cycles_and_double_ids_are_refused(void **state)
{
	const char *types[] = { "dsp:gain", "dsp:gain" };
	static struct bench b;
	struct graph_error e;
	struct plan *p;
	bench_init(&b, types, 2);
	edge(&b, 1, 0, 2, 0);
	edge(&b, 2, 0, 1, 0);
	assert_int_equal(compile(&b, &p, &e), -EINVAL);
	assert_non_null(strstr(e.text, "closes a cycle"));
	b.graph.n_edges = 0;
	b.nodes[1].id = 1;
	assert_int_equal(compile(&b, &p, &e), -EINVAL);
	assert_string_equal(e.text, "node 1: the id is used twice");
	bench_done(&b);
}

/* Rows: S0-48, L16 */
static void test_parallel_paths_stay_in_time_whatever_their_latency(void **state)
{
	const char *types[] = { "dsp:gain", "dsp:limiter", "dsp:gain" };
	static float left[LENGTH], right[LENGTH];
	static struct bench b;
	bench_init(&b, types, 3);
	edge(&b, 1, 0, 2, 0); /* 64 frames late */
	edge(&b, 2, 0, 3, 0);
	edge(&b, 1, 0, 3, 0); /* compensated */
	edge(&b, 3, 0, 0, 0);
	clip(&b, 1, (struct port_ref){ 1, 0 });
	clip(&b, 2, (struct port_ref){ 0, 0 }); /* straight to the mix: compensated too */
	b.instances[1]->params[0] = 1;
	play(&b, left, right);
	for (int i = 0; i < LENGTH; i++)
		assert_true(left[i] == (i < 64 ? 0.0f : 3.0f));
	bench_done(&b);
}

static void test_buffers_are_used_again(void **state)
{
	const char *types[] = { "dsp:gain", "dsp:gain", "dsp:gain", "dsp:gain", "dsp:gain", "dsp:gain" };
	static struct bench b;
	struct plan *p;
	bench_init(&b, types, 6);
	for (uint32_t i = 1; i < 6; i++)
		edge(&b, i, 0, i + 1, 0);
	edge(&b, 6, 0, 0, 0);
	assert_int_equal(compile(&b, &p, NULL), 0);
	assert_int_equal(plan_n_buffers(p), 4); /* two stereo signals take turns */
	plan_free(p);
	bench_done(&b);
}

/* Rows: S0-50 */
static void test_control_averages_where_regions_speak_and_is_the_parameter_elsewhere(void **state)
{
	const char *types[] = { "dsp:gain" };
	static float left[LENGTH], right[LENGTH];
	static struct bench b;
	struct curve_content *curve[2];
	bench_init(&b, types, 1);
	edge(&b, 1, 0, 0, 0);
	clip(&b, 1, (struct port_ref){ 1, 0 });
	for (uint32_t i = 0; i < 2; i++) {
		const struct curve_point flat = { 0, i ? 0.75f : 0.25f, 0 };
		assert_int_equal(curve_content_new(&b.rig.heap, &flat, 1, &curve[i]), 0);
		rig_add(&b.rig, (struct region_spec){ .id = 5 + i, .start_beat = 0.125 + 0.125 * i, .curve = curve[i],
						      .duration_beats = 0.25, .behaviour = REGION_PROCESS,
						      .output = { 1, 1 } });
	}
	play(&b, left, right);
	for (int i = 0; i < LENGTH; i++) {
		float want = i < 3000 ? 1 : i < 6000 ? 0.25f : i < 9000 ? 0.5f : i < 12000 ? 0.75f : 1;
		assert_true(left[i] == want);
	}
	bench_done(&b);
	curve_content_unref(curve[0]);
	curve_content_unref(curve[1]);
}

/* A node in a chain goes wrong: the rest plays on. */
static void fault_case(float what, enum rt_event_type type, bool once)
{
	const char *types[] = { "test:fault" };
	static float left[LENGTH], right[LENGTH];
	static struct bench b;
	bench_init(&b, types, 1);
	edge(&b, 1, 0, 0, 0);
	clip(&b, 1, (struct port_ref){ 1, 0 });
	clip(&b, 2, (struct port_ref){ 0, 0 });
	b.instances[0]->params[0] = what;
	play(&b, left, right);
	for (int i = 0; i < LENGTH; i++)
		assert_true(left[i] == 1 && right[i] == 1);
	assert_non_null(rig_event(&b.rig, type, 0));
	assert_int_equal(rig_event(&b.rig, type, 0)->id, 1);
	assert_int_equal(rig_count(&b.rig, type) == 1, once);
	b.instances[0]->params[0] = 0;
	struct rt_command reset = { .type = RT_COMMAND_NODE_RESET, .at_frame = COMMAND_NOW, .id = 1 };
	assert_int_equal(attention_send(b.rig.main, b.rig.producer, &reset), 0);
	rig_send(&b.rig, RT_COMMAND_SEEK, COMMAND_NOW, 0, 0);
	rig_render(&b.rig, left, right, 1000, 200);
	assert_true(left[500] == 2); /* it is back */
	bench_done(&b);
}

/* Rows: S0-84, S0-85, S0-86 */
static void test_a_node_that_skips_fails_or_makes_bad_samples_stops_nothing(void **state)
{
	fault_case(1, RT_EVENT_NODE_SKIPPED, false);
	fault_case(2, RT_EVENT_NODE_FAILED, true);
	fault_case(3, RT_EVENT_BAD_SAMPLE, false);
	fault_case(4, RT_EVENT_BAD_SAMPLE, false);
}

static void test_instances_outlive_the_plan_that_ran_them(void **state)
{
	const char *types[] = { "dsp:delay" };
	static float whole[LENGTH], swapped[LENGTH], right[LENGTH];
	static struct bench b;
	for (int swap = 0; swap < 2; swap++) {
		bench_init(&b, types, 1);
		edge(&b, 1, 0, 0, 0);
		rig_add(&b.rig, (struct region_spec){ .id = 1, .start_beat = 0, .duration_beats = 0.01, .audio = b.audio,
						      .behaviour = REGION_PLAY_AUDIO, .output = { 1, 0 } });
		b.instances[0]->params[0] = 0.1f;
		struct plan *p;
		assert_int_equal(compile(&b, &p, NULL), 0);
		assert_int_equal(attention_load(b.rig.main, 0, p), 0);
		rig_play(&b.rig);
		rig_render(&b.rig, swap ? swapped : whole, right, 2000, 200);
		if (swap) { /* the echo is still in the delay line */
			assert_int_equal(compile(&b, &p, NULL), 0);
			assert_int_equal(attention_load(b.rig.main, 0, p), 0);
		}
		rig_render(&b.rig, (swap ? swapped : whole) + 2000, right, LENGTH - 2000, 200);
		bench_done(&b);
	}
	assert_memory_equal(whole, swapped, sizeof(whole));
	assert_true(whole[4810] != 0);
}

/* Rows: L16 */
static void test_slots_crossfade_frame_by_frame(void **state)
{
	static float left[LENGTH], right[LENGTH];
	const char *types[] = { "dsp:gain" };
	static struct bench b;
	bench_init(&b, types, 1);
	b.instances[0]->params[0] = b.instances[0]->rt.smooth[0] = 0;
	clip(&b, 1, (struct port_ref){ 1, 0 });
	struct plan *p;
	edge(&b, 1, 0, 0, 0);
	assert_int_equal(compile(&b, &p, NULL), 0);
	assert_int_equal(attention_load(b.rig.main, 1, p), 0); /* slot 0 has the empty plan: the clip goes to its mix */
	rig_play(&b.rig);
	struct rt_command out = { .type = RT_COMMAND_SLOT_GAIN, .slot = 0, .at_frame = 1000, .value = 0, .value2 = 4000 };
	struct rt_command in = { .type = RT_COMMAND_SLOT_GAIN, .slot = 1, .at_frame = 1000, .value = 1, .value2 = 4000 };
	assert_int_equal(attention_send(b.rig.main, b.rig.producer, &out), 0);
	assert_int_equal(attention_send(b.rig.main, b.rig.producer, &in), 0);
	rig_render(&b.rig, left, right, LENGTH, 200);
	assert_true(left[999] == 1 && left[5001] == 0);
	assert_true(fabsf(left[3000] - 0.5f) < 1e-6f);
	bench_done(&b);
}

/* ---- allocation failure ---- */

static void test_compiling_survives_every_failing_allocation(void **state)
{
	const char *types[] = { "dsp:gain", "dsp:limiter", "synth:poly" };
	static struct bench b;
	struct failing f = { 0, 0 };
	const struct rt_heap heap = FAILING_HEAP(&f);
	const struct graph_limits limits = { RIG_RATE, 256, 2, 64, true, 1000 };
	struct plan *p = NULL;
	bench_init(&b, types, 3);
	edge(&b, 1, 0, 2, 0);
	edge(&b, 1, 0, 0, 0);
	edge(&b, 2, 0, 0, 0);
	edge(&b, 3, 0, 0, 0);
	int r = -ENOMEM, n = 0;
	for (; r == -ENOMEM; n++) {
		f.left = n;
		r = graph_compile(&b.graph, &limits, &heap, &p, NULL);
		assert_true(r == 0 || f.live == 0);
	}
	assert_int_equal(r, 0);
	assert_true(n > 20);
	plan_free(p);
	assert_int_equal(f.live, 0);
	bench_done(&b);
}

static void test_an_engine_survives_every_failing_allocation(void **state)
{
	struct failing f = { 0, 0 };
	const struct rt_heap heap = FAILING_HEAP(&f);
	const struct engine_config c = { RIG_RATE, 2, 64, 4, 2, 4, 4, 4, 2560 };
	struct engine *e = NULL;
	int r = -ENOMEM;
	for (int n = 0; r == -ENOMEM; n++) {
		f.left = n;
		r = engine_new(&c, &heap, &e);
		assert_true(r == 0 || f.live == 0);
	}
	assert_int_equal(r, 0);
	engine_free(e);
	assert_int_equal(f.live, 0);
}

static void test_content_and_instruments_survive_every_failing_allocation(void **state)
{
	struct failing f = { 0, 0 };
	const struct rt_heap heap = FAILING_HEAP(&f);
	static const struct midi_note_event note = { 0, 0x90, 60, 100 };
	struct midi_content *m;
	struct instrument *in;
	int r = -ENOMEM;
	for (int n = 0; r == -ENOMEM; n++) {
		f.left = n;
		r = midi_content_new(&heap, &note, 1, &m);
		assert_true(r == 0 || f.live == 0);
	}
	assert_int_equal(r, 0);
	midi_content_unref(m);
	r = -ENOMEM;
	for (int n = 0; r == -ENOMEM; n++) {
		f.left = n;
		r = instrument_new(&heap, node_class_find("synth:poly"), NULL, 0, RIG_RATE, 256, &in);
		assert_true(r == 0 || f.live == 0);
	}
	assert_int_equal(r, 0);
	instrument_unref(in);
	assert_int_equal(f.live, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_classes_are_sorted_and_well_formed),
		cmocka_unit_test(test_wrong_connections_name_both_ports),
		cmocka_unit_test(test_a_model_shares_the_graph_offline_and_is_refused_where_it_would_block),
		cmocka_unit_test(test_cycles_and_double_ids_are_refused),
		cmocka_unit_test(test_parallel_paths_stay_in_time_whatever_their_latency),
		cmocka_unit_test(test_buffers_are_used_again),
		cmocka_unit_test(test_control_averages_where_regions_speak_and_is_the_parameter_elsewhere),
		cmocka_unit_test(test_a_node_that_skips_fails_or_makes_bad_samples_stops_nothing),
		cmocka_unit_test(test_instances_outlive_the_plan_that_ran_them),
		cmocka_unit_test(test_slots_crossfade_frame_by_frame),
		cmocka_unit_test(test_compiling_survives_every_failing_allocation),
		cmocka_unit_test(test_an_engine_survives_every_failing_allocation),
		cmocka_unit_test(test_content_and_instruments_survive_every_failing_allocation),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

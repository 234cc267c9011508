/* Each node class by itself: blocks of odd lengths in, samples out. */
#include "rig.h"

#include "../seed.h"

#include <math.h>

enum { N = 24000, EVENTS = 64 };

struct solo {
	struct rt_heap heap;
	struct node_instance *node;
	float in[2][N], out[2][N], control[N];
	struct midi_event events[EVENTS]; /* frames from the start */
	uint32_t n_events;
};

static void solo_init(struct solo *s, const char *type)
{
	memset(s, 0, sizeof(*s));
	s->heap = (struct rt_heap)RT_HEAP_MALLOC;
	assert_int_equal(node_instance_new(&s->heap, node_class_find(type), NULL, 0, RIG_RATE, N, &s->node), 0);
	for (int i = 0; i < N; i++)
		s->control[i] = s->node->params[0];
}

static void solo_midi(struct solo *s, uint32_t frame, uint8_t status, uint8_t data1, uint8_t data2)
{
	s->events[s->n_events++] = (struct midi_event){ frame, 3, { status, data1, data2 } };
}

/* Runs frames [from, to) in blocks of up to `block`; port 0 is audio or MIDI, port 1 a control where there is one. */
static void solo_run(struct solo *s, uint32_t from, uint32_t to, uint32_t block)
{
	const struct node_class *cls = s->node->cls;
	bool midi = cls->ports[0].kind == SIGNAL_MIDI;
	for (uint32_t at = from; at < to;) {
		uint32_t n = to - at < block ? to - at : block, n_events = 0;
		struct midi_event events[EVENTS];
		for (uint32_t i = 0; i < s->n_events; i++) {
			if (s->events[i].frame < at || s->events[i].frame >= at + n)
				continue;
			events[n_events] = s->events[i];
			events[n_events++].frame -= at;
		}
		struct signal in[2] = { { .kind = SIGNAL_AUDIO, .n_channels = 2, .audio = { s->in[0] + at, s->in[1] + at } },
					{ .kind = SIGNAL_CONTROL, .control = s->control + at } };
		struct signal out = { .kind = SIGNAL_AUDIO, .n_channels = 2, .audio = { s->out[0] + at, s->out[1] + at } };
		if (midi)
			in[0] = (struct signal){ .kind = SIGNAL_MIDI, .midi = events, .n_events = n_events, .n_room = EVENTS };
		memset(out.audio[0], 0, n * sizeof(float));
		memset(out.audio[1], 0, n * sizeof(float));
		const struct node_block b = { n, at, in, &out, RIG_RATE };
		assert_int_equal(cls->process_rt(s->node, &b), NODE_OK);
		at += n;
	}
}

static double loudness(const float *x, uint32_t n)
{
	double sum = 0;
	for (uint32_t i = 0; i < n; i++)
		sum += (double)(x[i] * x[i]);
	return sqrt(sum / n);
}

static void test_the_limiter_keeps_its_ceiling_and_leaves_the_rest_alone(void **state)
{
	static struct solo s;
	uint64_t seed = seed_start();
	solo_init(&s, "dsp:limiter");
	for (int i = 0; i < N; i++) {
		float level = i < N / 2 ? 0.9f : 8;
		s.in[0][i] = (float)(seed_unit(&seed) * 2 - 1) * level;
		s.in[1][i] = (float)(seed_unit(&seed) * 2 - 1) * level;
	}
	solo_run(&s, 0, N, 97);
	for (int i = 64; i < N / 2; i++)
		assert_true(s.out[0][i] == s.in[0][i - 64] && s.out[1][i] == s.in[1][i - 64]);
	for (int i = 0; i < N; i++)
		assert_true(fabsf(s.out[0][i]) <= 0.98f && fabsf(s.out[1][i]) <= 0.98f);
	/* it turns the gain down and does not just clip: hardly a sample sits at the ceiling */
	int at_ceiling = 0;
	for (int i = N / 2 + 200; i < N; i++)
		at_ceiling += fabsf(s.out[0][i]) == 0.98f;
	assert_true(at_ceiling < N / 200);
	assert_true(loudness(s.out[0] + N * 3 / 4, N / 4) > 0.3);
	node_instance_unref(s.node);
}

static void test_an_echo_comes_after_its_time_at_its_level(void **state)
{
	static struct solo s;
	solo_init(&s, "dsp:delay");
	s.node->params[0] = 0.05f; /* 2400 frames */
	s.node->params[1] = 0.5f;
	for (int i = 0; i < N; i++)
		s.control[i] = 0.25f;
	s.in[0][100] = 1;
	solo_run(&s, 0, N, 41);
	assert_true(s.out[0][100] == 1 && s.out[1][100] == 0);
	assert_true(s.out[0][2500] == 0.25f && s.out[0][4900] == 0.125f && s.out[0][7300] == 0.0625f);
	assert_true(s.out[0][2499] == 0 && s.out[0][2501] == 0);
	node_instance_unref(s.node);
}

static void test_a_synth_does_not_hear_where_blocks_end(void **state)
{
	static struct solo a, b;
	uint64_t seed = seed_start();
	solo_init(&a, "synth:poly");
	solo_init(&b, "synth:poly");
	for (uint32_t i = 0; i < 50; i++) {
		uint8_t note = (uint8_t)(30 + seed_below(&seed, 60)), channel = (uint8_t)seed_below(&seed, 10);
		uint32_t frame = i * 400 + seed_below(&seed, 300);
		if (seed_below(&seed, 6) == 0)
			solo_midi(&a, frame, 0xb0 | channel, 64, seed_below(&seed, 2) ? 127 : 0);
		else
			solo_midi(&a, frame, (seed_below(&seed, 3) ? 0x90 : 0x80) | channel, note, 90);
	}
	memcpy(b.events, a.events, sizeof(a.events));
	b.n_events = a.n_events;
	solo_run(&a, 0, N, 8192);
	for (uint32_t at = 0; at < N;) {
		uint32_t n = 1 + seed_below(&seed, 200);
		n = at + n > N ? N - at : n;
		solo_run(&b, at, at + n, n);
		at += n;
	}
	assert_memory_equal(a.out, b.out, sizeof(a.out));
	assert_true(loudness(a.out[0], N) > 1e-3);
	node_instance_unref(a.node);
	node_instance_unref(b.node);
}

static void test_a_synth_steals_voices_and_stays_finite(void **state)
{
	static struct solo s;
	solo_init(&s, "synth:poly");
	for (uint8_t i = 0; i < 60; i++) /* nearly twice as many as it has */
		solo_midi(&s, 10 + 100u * i, 0x90, 30 + i, 127);
	solo_run(&s, 0, N, 256);
	float most = 0, jump = 0;
	for (int i = 1; i < N; i++) {
		assert_true(s.out[0][i] * 0 == 0);
		most = fmaxf(most, fabsf(s.out[0][i]));
		jump = fmaxf(jump, fabsf(s.out[0][i] - s.out[0][i - 1]));
	}
	assert_true(most < 32);
	assert_true(jump < most); /* a stolen voice fades, it is not cut */
	node_instance_unref(s.node);
}

static void test_a_synth_sustains_bends_and_falls_silent(void **state)
{
	static struct solo s;
	solo_init(&s, "synth:poly");
	solo_midi(&s, 0, 0xc0, 16, 0); /* an organ: it sounds as long as it is held */
	solo_midi(&s, 0, 0xb0, 64, 127);
	solo_midi(&s, 0, 0x90, 60, 100);
	solo_midi(&s, 2000, 0x80, 60, 0);
	solo_midi(&s, 9000, 0xb0, 64, 0);
	solo_run(&s, 0, N, 300);
	assert_true(loudness(s.out[0] + 7000, 2000) > 0.3 * loudness(s.out[0] + 1000, 1000));
	assert_true(loudness(s.out[0] + N - 2000, 2000) < 0.02 * loudness(s.out[0] + 7000, 2000));
	node_instance_unref(s.node);
}

static void test_all_sound_off_ends_it_within_milliseconds(void **state)
{
	static struct solo s;
	solo_init(&s, "synth:poly");
	solo_midi(&s, 0, 0xc0, 16, 0);
	solo_midi(&s, 0, 0x90, 60, 100);
	solo_midi(&s, 4800, 0xb0, 120, 0);
	solo_run(&s, 0, N, 300);
	assert_true(loudness(s.out[0] + 4000, 800) > 1e-3);
	for (int i = 4800 + 480; i < N; i++)
		assert_true(s.out[0][i] == 0 && s.out[1][i] == 0);
	node_instance_unref(s.node);
}

static void test_parameters_are_clamped_when_an_instance_is_made(void **state)
{
	struct rt_heap heap = RT_HEAP_MALLOC;
	struct node_instance *n;
	const float wild[] = { 1e9f };
	const float nan[] = { NAN };
	assert_int_equal(node_instance_new(&heap, node_class_find("dsp:gain"), wild, 1, RIG_RATE, 64, &n), 0);
	assert_true(n->params[0] == 16);
	node_instance_unref(n);
	assert_int_equal(node_instance_new(&heap, node_class_find("dsp:gain"), nan, 1, RIG_RATE, 64, &n), 0);
	assert_true(n->params[0] == 0);
	node_instance_unref(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_limiter_keeps_its_ceiling_and_leaves_the_rest_alone),
		cmocka_unit_test(test_an_echo_comes_after_its_time_at_its_level),
		cmocka_unit_test(test_a_synth_does_not_hear_where_blocks_end),
		cmocka_unit_test(test_a_synth_steals_voices_and_stays_finite),
		cmocka_unit_test(test_a_synth_sustains_bends_and_falls_silent),
		cmocka_unit_test(test_all_sound_off_ends_it_within_milliseconds),
		cmocka_unit_test(test_parameters_are_clamped_when_an_instance_is_made),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

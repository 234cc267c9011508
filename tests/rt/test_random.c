/* Random performances: any timeline, any commands. The quantum must not matter, and edits must never crash or hang. */
#include "rig.h"

#include "../seed.h"

enum { LENGTH = 60000, REGIONS = 30, COMMANDS = 14, ROUNDS = 8 };

struct cast {
	struct audio_content *audio[2];
	struct midi_content *midi;
	struct instrument *synths[REGIONS];
	struct curve_content *curve;
	struct node_instance *nodes[2];
};

static float noise(uint32_t c, int64_t i)
{
	uint32_t x = (uint32_t)i * 2654435761u + c * 97u;
	x ^= x >> 15;
	x *= 2246822519u;
	return (float)(int32_t)x * 0x1p-33f;
}

static void cast_init(struct rig *r, struct cast *c, uint32_t block)
{
	static const struct midi_note_event notes[] = {
		{ 0, 0xc0, 52, 0 },    { 0, 0x90, 50, 90 },   { 0.1, 0xb0, 64, 127 }, { 0.2, 0x90, 57, 90 },
		{ 0.4, 0x80, 50, 0 },  { 0.5, 0xe0, 0, 90 },  { 0.6, 0x91, 70, 40 },  { 0.8, 0xb0, 64, 0 },
		{ 0.9, 0x80, 57, 0 },  { 1.0, 0x99, 36, 99 }, { 1.3, 0x81, 70, 0 },   { 1.4, 0x90, 62, 70 },
	};
	static const struct curve_point points[] = { { 0, 0.2f, 0 }, { 0.3, 1, 0 }, { 0.7, 0.4f, 1 }, { 0.9, 0.1f, 0 } };
	c->audio[0] = rig_audio(r, 1, 25000, noise);
	c->audio[1] = rig_audio(r, 2, 50000, noise);
	c->midi = rig_midi(r, notes, sizeof(notes) / sizeof(notes[0]));
	for (int i = 0; i < REGIONS; i++)
		c->synths[i] = rig_synth(r);
	assert_int_equal(curve_content_new(&r->heap, points, 4, &c->curve), 0);
	struct graph_node nodes[2] = { { 1, NULL }, { 2, NULL } };
	const char *types[] = { "dsp:gain", "synth:poly" };
	for (int i = 0; i < 2; i++) {
		assert_int_equal(node_instance_new(&r->heap, node_class_find(types[i]), NULL, 0, RIG_RATE, 8192,
						   &c->nodes[i]), 0);
		nodes[i].instance = c->nodes[i];
	}
	const struct graph_edge edges[] = { { { 1, 0 }, { 0, 0 }, 1 }, { { 2, 0 }, { 1, 0 }, 0.5f } };
	const struct graph g = { nodes, 2, edges, 2 };
	const struct graph_limits limits = { RIG_RATE, block, 2, 4096, true, 1000 };
	struct plan *p;
	assert_int_equal(graph_compile(&g, &limits, &r->heap, &p, NULL), 0);
	assert_int_equal(attention_load(r->main, 0, p), 0);
}

static void cast_done(struct cast *c)
{
	for (int i = 0; i < 2; i++) {
		rig_audio_free(c->audio[i]);
		node_instance_unref(c->nodes[i]);
	}
	midi_content_unref(c->midi);
	curve_content_unref(c->curve);
	for (int i = 0; i < REGIONS; i++)
		instrument_unref(c->synths[i]);
}

static struct region_spec random_region(const struct cast *c, uint64_t *seed, uint32_t i)
{
	struct region_spec s = {
		.id = i + 1,
		.start_beat = seed_below(seed, 60) / 24.0,
		.duration_beats = 0.02 + seed_unit(seed) * 1.2,
		.behaviour = seed_below(seed, REGION_BEHAVIOUR_COUNT),
		.gain = 0.1f + (float)seed_unit(seed),
		.fade_in_beats = seed_below(seed, 2) * seed_unit(seed),
		.fade_out_beats = seed_below(seed, 2) * seed_unit(seed),
		.fade_in = seed_below(seed, 2),
		.fade_out = seed_below(seed, 2),
		.muted = seed_below(seed, 8) == 0,
		.audio = c->audio[seed_below(seed, 2)],
		.source_frame = seed_below(seed, 10000),
		.midi = c->midi,
		.source_beat = seed_below(seed, 8) / 10.0,
		.curve = c->curve,
	};
	if (s.behaviour == REGION_CUSTOM || (s.behaviour == REGION_PLAY_MIDI && seed_below(seed, 3)))
		s.instrument = c->synths[i];
	if (s.behaviour == REGION_PROCESS)
		s.output = (struct port_ref){ 1, 1 };
	else if (s.behaviour == REGION_PLAY_MIDI && !s.instrument)
		s.output = (struct port_ref){ 2, 0 };
	else
		s.output.node = seed_below(seed, 3); /* 2 has no audio input: falls back to the mix */
	return s;
}

static void random_command(struct rig *r, uint64_t *seed)
{
	static const enum rt_command_type types[] = { RT_COMMAND_PLAY, RT_COMMAND_PLAY,	      RT_COMMAND_PAUSE,
						      RT_COMMAND_SEEK, RT_COMMAND_SEEK,	      RT_COMMAND_LOOP,
						      RT_COMMAND_STOP, RT_COMMAND_SLOT_GAIN, RT_COMMAND_PARAM };
	struct rt_command c = { .type = types[seed_below(seed, 9)], .at_frame = seed_below(seed, LENGTH), .id = 1 };
	c.value = c.type == RT_COMMAND_SLOT_GAIN || c.type == RT_COMMAND_PARAM ? seed_unit(seed) : seed_unit(seed) * 2;
	c.value2 = c.type == RT_COMMAND_SLOT_GAIN ? seed_below(seed, 5000) : c.value + seed_unit(seed) - 0.2;
	assert_int_equal(attention_send(r->main, r->producer, &c), 0);
}

enum edits { EDITS_NONE, EDITS_SCHEDULED, EDITS_ANY_TIME };

struct stage {
	struct rig *rig;
	struct cast *cast;
	bool there[REGIONS];
	struct region_spec specs[REGIONS];
};

static void random_edit(struct stage *s, uint64_t *seed)
{
	uint32_t i = seed_below(seed, REGIONS);
	if (s->there[i])
		rig_remove(s->rig, s->specs[i].start_beat, s->specs[i].id);
	if (!s->there[i] || seed_below(seed, 2) == 0) {
		double at = s->specs[i].start_beat;
		s->specs[i] = random_region(s->cast, seed, i);
		if (s->there[i] && seed_below(seed, 2) == 0)
			s->specs[i].start_beat = at; /* changed where it stands */
		rig_add(s->rig, s->specs[i]);
		s->there[i] = true;
	} else {
		s->there[i] = false;
	}
	if (seed_below(seed, 10) == 0)
		rig_tempo(s->rig, &(struct tempo_point){ 0, 60 + seed_unit(seed) * 200, TEMPO_STEP }, 1);
}

/* Edits that take over at beats of their own. */
static void schedule(struct stage *s, uint64_t *seed)
{
	double beat = 0;
	rig_begin(s->rig);
	for (int i = 0; i < 12; i++) {
		beat += seed_unit(seed) * 0.3;
		for (uint32_t k = seed_below(seed, 4) + 1; k > 0; k--)
			random_edit(s, seed);
		rig_follow(s->rig, beat);
	}
}

/* The same performance for the same seed, whatever the quanta, unless there are edits at any time. */
static void perform(uint64_t seed, uint32_t block, uint64_t *quanta, enum edits edits, float *left, float *right)
{
	static struct rig r;
	struct cast c;
	rig_init(&r, block);
	cast_init(&r, &c, block);
	const struct tempo_point tempo[] = { { 0, 60 + seed_unit(&seed) * 200, seed_below(&seed, 2) }, { 1, 140, TEMPO_STEP } };
	rig_tempo(&r, tempo, 2);
	struct stage s = { .rig = &r, .cast = &c };
	uint32_t n = 1 + seed_below(&seed, REGIONS);
	for (uint32_t i = 0; i < n; i++, s.there[i - 1] = true)
		rig_add(&r, s.specs[i] = random_region(&c, &seed, i));
	if (edits == EDITS_SCHEDULED)
		schedule(&s, &seed);
	rig_play(&r);
	for (int i = 0; i < COMMANDS; i++)
		random_command(&r, &seed);
	for (uint32_t at = 0; at < LENGTH;) {
		uint32_t length = 1 + seed_below(quanta, seed_below(quanta, 4) ? 300 : 9000);
		length = at + length > LENGTH ? LENGTH - at : length;
		rig_render(&r, left + at, right + at, length, length);
		at += length;
		if (edits != EDITS_ANY_TIME)
			continue;
		random_edit(&s, &seed);
		rig_publish(&r);
		if (seed_below(&seed, 10) == 0)
			attention_park_rt(r.main);
		if (seed_below(&seed, 40) == 0)
			attention_panic(r.main);
	}
	rig_done(&r);
	cast_done(&c);
}

static void quanta_agree(enum edits edits)
{
	static float left[2][LENGTH], right[2][LENGTH];
	uint64_t seed = seed_start(), quanta = seed ^ 0x9e3779b97f4a7c15u;
	uint32_t sounding = 0;
	for (int round = 0; round < ROUNDS; round++) {
		uint64_t piece = seed_next(&seed);
		for (int i = 0; i < 2; i++)
			perform(piece, 16 + seed_below(&quanta, i ? 2000 : 100), &quanta, edits, left[i], right[i]);
		if (memcmp(left[0], left[1], sizeof(left[0])) != 0)
			print_message("round %d differs\n", round);
		assert_memory_equal(left[0], left[1], sizeof(left[0]));
		assert_memory_equal(right[0], right[1], sizeof(right[0]));
		for (int i = 0; i < LENGTH; i++)
			sounding += left[0][i] != 0;
	}
	assert_true(sounding > LENGTH / 20); /* silence would agree with itself */
}

/* Rows: S0-47 */
static void test_the_quantum_never_matters(void **state)
{
	quanta_agree(EDITS_NONE);
}

static void test_the_quantum_never_matters_to_scheduled_edits(void **state)
{
	quanta_agree(EDITS_SCHEDULED);
}

static void test_edits_at_any_moment_leave_finite_sound(void **state)
{
	static float left[LENGTH], right[LENGTH];
	uint64_t seed = seed_start(), quanta = seed ^ 0x9e3779b97f4a7c15u;
	for (int round = 0; round < ROUNDS; round++) {
		perform(seed_next(&seed), 16 + seed_below(&quanta, 500), &quanta, EDITS_ANY_TIME, left, right);
		for (int i = 0; i < LENGTH; i++)
			assert_true(left[i] * 0 == 0 && left[i] < 100 && left[i] > -100);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_quantum_never_matters),
		cmocka_unit_test(test_the_quantum_never_matters_to_scheduled_edits),
		cmocka_unit_test(test_edits_at_any_moment_leave_finite_sound),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

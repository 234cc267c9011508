#include "rig.h"

#include "../seed.h"

#include <errno.h>
#include <math.h>

enum { LENGTH = 96000, MAX_REGIONS = 24 };
#define GOLDEN_PIECE 0x5cf487bf1f4cabd0u

static float noise(uint32_t c, int64_t i)
{
	uint32_t x = (uint32_t)i * 2654435761u + c * 40503u;
	x ^= x >> 15;
	x *= 2246822519u;
	x ^= x >> 13;
	return (float)(int32_t)x * 0x1p-33f;
}

static float one(uint32_t c, int64_t i)
{
	return 1;
}

/* ---- against a naive renderer ---- */

/* Sample by sample, from the definition: which regions cover the frame, what their fades are there. */
static void naive_render(const struct rig *r, const struct region_spec *specs, uint32_t n, float *left, float *right)
{
	const struct tempo_map *t = time_maps_tempo(r->maps);
	memset(left, 0, LENGTH * sizeof(float));
	memset(right, 0, LENGTH * sizeof(float));
	for (uint32_t k = 0; k < n; k++) {
		const struct region_spec *s = &specs[k];
		int64_t start = tempo_map_frame(t, s->start_beat);
		int64_t end = tempo_map_frame(t, s->start_beat + s->duration_beats);
		int64_t in = tempo_map_frame(t, s->start_beat + s->fade_in_beats) - start;
		int64_t out = end - tempo_map_frame(t, s->start_beat + s->duration_beats - s->fade_out_beats);
		for (int64_t f = start < 0 ? 0 : start; f < end && f < LENGTH; f++) {
			int64_t i = s->source_frame + f - start;
			if (i >= s->audio->n_frames)
				break;
			float g = s->gain;
			if (in > 0)
				g *= fade_gain(s->fade_in, false, f - start, in);
			if (out > 0)
				g *= fade_gain(s->fade_out, true, out - (end - f), out);
			left[f] += noise(0, i) * g;
			right[f] += noise(s->audio->n_channels == 1 ? 0 : 1, i) * g;
		}
	}
}

static int by_key(const void *x, const void *y)
{
	const struct region_spec *a = x, *b = y;
	if (a->start_beat != b->start_beat)
		return a->start_beat < b->start_beat ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

/* Rows: S0-47, S0-48 */
static void test_clips_match_a_naive_renderer_to_the_bit(void **state)
{
	static float left[LENGTH], right[LENGTH], want_left[LENGTH], want_right[LENGTH];
	uint64_t seed = seed_start();
	for (int round = 0; round < 12; round++) {
		struct rig r;
		rig_init(&r, 16 + seed_below(&seed, 500));
		struct tempo_point tempo[2] = { { 0, 60 + seed_unit(&seed) * 120, seed_below(&seed, 2) },
						{ 2, 60 + seed_unit(&seed) * 120, TEMPO_STEP } };
		rig_tempo(&r, tempo, 2);
		struct audio_content *audio[2] = { rig_audio(&r, 1, 30000, noise), rig_audio(&r, 2, 70000, noise) };
		struct region_spec specs[MAX_REGIONS];
		uint32_t n = 1 + seed_below(&seed, MAX_REGIONS);
		for (uint32_t i = 0; i < n; i++) {
			specs[i] = (struct region_spec){
				.id = i + 1,
				.start_beat = seed_below(&seed, 40) / 12.0,
				.duration_beats = 0.01 + seed_unit(&seed) * 3,
				.behaviour = REGION_PLAY_AUDIO,
				.gain = 0.1f + (float)seed_unit(&seed),
				.fade_in_beats = seed_below(&seed, 2) * seed_unit(&seed),
				.fade_out_beats = seed_below(&seed, 2) * seed_unit(&seed),
				.fade_in = seed_below(&seed, 2),
				.fade_out = seed_below(&seed, 2),
				.audio = audio[seed_below(&seed, 2)],
				.source_frame = seed_below(&seed, 20000),
			};
			rig_add(&r, specs[i]);
		}
		rig_play(&r);
		rig_render(&r, left, right, LENGTH, 16 + seed_below(&seed, 8000));
		qsort(specs, n, sizeof(specs[0]), by_key);
		naive_render(&r, specs, n, want_left, want_right);
		assert_memory_equal(left, want_left, sizeof(left));
		assert_memory_equal(right, want_right, sizeof(right));
		rig_done(&r);
		rig_audio_free(audio[0]);
		rig_audio_free(audio[1]);
	}
}

/* ---- a piece with everything in it, for the tests that compare renderings ---- */

struct piece {
	struct rig rig;
	struct audio_content *audio;
	struct midi_content *midi;
	struct instrument *synths[3];
	struct curve_content *curve;
	struct node_instance *nodes[3];
};

static void piece_init(struct piece *p, uint32_t max_block_frames)
{
	struct rig *r = &p->rig;
	rig_init(r, max_block_frames);
	const struct tempo_point tempo[] = { { 0, 100, TEMPO_RAMP }, { 3, 170, TEMPO_STEP } };
	rig_tempo(r, tempo, 2);
	p->audio = rig_audio(r, 2, 40000, noise);
	const struct midi_note_event notes[] = {
		{ 0, 0xc0, 24, 0 },	 { 0, 0xb0, 7, 90 },	{ 0, 0x90, 60, 100 },	 { 0.3, 0xe0, 0, 80 },
		{ 0.5, 0x80, 60, 0 },	 { 0.5, 0x90, 67, 70 }, { 0.5, 0x90, 64, 70 },	 { 0.77, 0xb0, 64, 127 },
		{ 1.1, 0x80, 67, 0 },	 { 1.5, 0x99, 38, 99 }, { 1.9, 0xb0, 64, 0 },	 { 2.5, 0x80, 64, 0 },
	};
	p->midi = rig_midi(r, notes, sizeof(notes) / sizeof(notes[0]));
	const struct curve_point points[] = { { 0, 1, 0 }, { 0.5, 0.1f, 0 }, { 1, 0.7f, 1 }, { 1.5, 1.3f, 0 } };
	assert_int_equal(curve_content_new(&r->heap, points, 4, &p->curve), 0);
	for (uint64_t i = 0; i < 3; i++) {
		p->synths[i] = rig_synth(r);
		rig_add(r, (struct region_spec){ .id = 10 + i, .start_beat = 0.21 * (double)i, .duration_beats = 1.4,
						 .behaviour = REGION_PLAY_MIDI, .midi = p->midi, .gain = 0.7f,
						 .source_beat = 0.25 * (double)i, .instrument = p->synths[i],
						 .fade_out_beats = i == 1 ? 0.5 : 0, .output = { i == 2, 0 } });
	}
	rig_add(r, (struct region_spec){ .id = 2, .start_beat = 0.4, .duration_beats = 2.2, .fade_in_beats = 0.3,
					 .behaviour = REGION_PLAY_AUDIO, .audio = p->audio, .output = { 1, 0 } });
	rig_add(r, (struct region_spec){ .id = 3, .start_beat = 0.3, .duration_beats = 2, .behaviour = REGION_PROCESS,
					 .curve = p->curve, .output = { 1, 1 } });
	const char *types[] = { "dsp:gain", "dsp:delay", "dsp:limiter" };
	struct graph_node nodes[3];
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(node_instance_new(&r->heap, node_class_find(types[i]), NULL, 0, RIG_RATE, 8192,
						   &p->nodes[i]), 0);
		nodes[i] = (struct graph_node){ i + 1, p->nodes[i] };
	}
	const struct graph_edge edges[] = { { { 1, 0 }, { 2, 0 }, 1 }, { { 2, 0 }, { 3, 0 }, 1 },
					    { { 1, 0 }, { 0, 0 }, 0.5f }, { { 3, 0 }, { 0, 0 }, 1 } };
	const struct graph g = { nodes, 3, edges, 4 };
	const struct graph_limits limits = { RIG_RATE, max_block_frames, 2, 4096, true, 100000 };
	struct plan *plan;
	assert_int_equal(graph_compile(&g, &limits, &r->heap, &plan, NULL), 0);
	assert_int_equal(plan_latency_frames(plan), 64);
	assert_int_equal(attention_load(r->main, 0, plan), 0);
	rig_publish(r);
}

static void piece_done(struct piece *p)
{
	rig_done(&p->rig);
	rig_audio_free(p->audio);
	midi_content_unref(p->midi);
	curve_content_unref(p->curve);
	for (int i = 0; i < 3; i++) {
		instrument_unref(p->synths[i]);
		node_instance_unref(p->nodes[i]);
	}
}

/* Plays with a seek, a loop, a parameter, a slot fade and a pause, each at a frame of its own. */
static void piece_play(struct piece *p, float *left, float *right, uint64_t *quanta_seed)
{
	struct rig *r = &p->rig;
	rig_send(r, RT_COMMAND_PLAY, COMMAND_NOW, 0, 0);
	rig_send(r, RT_COMMAND_LOOP, 100, 0.3, 1.37);
	rig_send(r, RT_COMMAND_SLOT_GAIN, 30001, 0.25, 5003);
	rig_send(r, RT_COMMAND_LOOP, 60003, 0, 0);
	rig_send(r, RT_COMMAND_SEEK, 61007, 1.1, 0);
	struct rt_command c = { .type = RT_COMMAND_PARAM, .at_frame = 62013, .id = 1, .index = 0, .value = 0.3 };
	assert_int_equal(attention_send(r->main, r->producer, &c), 0);
	rig_send(r, RT_COMMAND_PAUSE, 80001, 0, 0);
	for (uint32_t at = 0; at < LENGTH;) {
		static const uint32_t quanta[] = { 16, 17, 64, 100, 256, 441, 1024, 4096, 8192 };
		uint32_t n = quanta_seed ? quanta[seed_below(quanta_seed, 9)] : 128;
		n = at + n > LENGTH ? LENGTH - at : n;
		rig_render(r, left + at, right + at, n, n);
		at += n;
	}
}

/* Rows: S0-47 */
static void test_samples_do_not_depend_on_the_quantum_or_the_inner_block(void **state)
{
	static float left[2][LENGTH], right[2][LENGTH];
	uint64_t seed = seed_start();
	for (int round = 0; round < 6; round++) {
		static struct piece p;
		int which = round > 0;
		piece_init(&p, round ? 16 + seed_below(&seed, 1500) : 256);
		piece_play(&p, left[which], right[which], round ? &seed : NULL);
		piece_done(&p);
		if (!which)
			continue;
		assert_memory_equal(left[0], left[1], sizeof(left[0]));
		assert_memory_equal(right[0], right[1], sizeof(right[0]));
	}
	double power = 0;
	for (int i = 0; i < LENGTH; i++)
		power += (double)(left[0][i] * left[0][i]);
	assert_true(power > 1); /* there was something to compare */
}

static uint64_t hash_floats(const float *x, uint32_t n)
{
	uint64_t hash = 1469598103934665603u;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t bits;
		memcpy(&bits, &x[i], sizeof(bits));
		hash = (hash ^ bits) * 1099511628211u;
	}
	return hash;
}

static void test_the_same_piece_has_the_same_bits_as_ever(void **state)
{
	static float left[LENGTH], right[LENGTH];
	static struct piece p;
	piece_init(&p, 256);
	piece_play(&p, left, right, NULL);
	piece_done(&p);
	uint64_t hash = hash_floats(left, LENGTH) ^ hash_floats(right, LENGTH) * 31;
	if (hash != GOLDEN_PIECE)
		print_message("the piece now hashes to 0x%llx\n", (unsigned long long)hash);
	assert_int_equal(hash, GOLDEN_PIECE);
}

/* ---- mixing in ---- */

static void crossfade(enum fade_shape shape, float *left, float *right, struct rig *r)
{
	struct audio_content *a;
	rig_init(r, 256);
	a = rig_audio(r, 1, LENGTH, one);
	rig_add(r, (struct region_spec){ .id = 1, .start_beat = 0, .duration_beats = 3, .behaviour = REGION_PLAY_AUDIO,
					 .audio = a, .fade_out_beats = 1, .fade_out = shape, .role = REGION_MIX_OUT });
	rig_add(r, (struct region_spec){ .id = 2, .start_beat = 2, .duration_beats = 2, .behaviour = REGION_PLAY_AUDIO,
					 .audio = a, .fade_in_beats = 1, .fade_in = shape, .role = REGION_MIX_IN });
	rig_play(r);
	rig_render(r, left, right, LENGTH, 333);
	rig_done(r);
	rig_audio_free(a);
}

/* Rows: L16 */
static void test_a_linear_crossfade_of_equal_signals_is_inaudible(void **state)
{
	static float left[LENGTH], right[LENGTH];
	static struct rig r;
	crossfade(FADE_LINEAR, left, right, &r);
	for (int i = 0; i < LENGTH; i++)
		assert_true(fabsf(left[i] - 1) < 1e-6f);
	const struct rt_event *e = rig_event(&r, RT_EVENT_MIXED_IN, 0);
	assert_non_null(e);
	assert_int_equal(e->id, 2);
	assert_int_equal(e->clock_frame, 48000);
	assert_int_equal(rig_count(&r, RT_EVENT_MIXED_IN), 1);
}

static void test_an_equal_power_crossfade_peaks_at_the_middle(void **state)
{
	static float left[LENGTH], right[LENGTH];
	static struct rig r;
	crossfade(FADE_EQUAL_POWER, left, right, &r);
	assert_true(fabsf(left[47999] - 1) < 1e-6f && fabsf(left[72001] - 1) < 1e-6f);
	assert_true(fabs((double)left[60000] - 1.4142135623730951) < 1e-6);
}

static void test_latent_and_muted_regions_are_silent_until_edited(void **state)
{
	static float left[LENGTH], right[LENGTH];
	static struct rig r;
	rig_init(&r, 256);
	struct audio_content *a = rig_audio(&r, 1, LENGTH, one);
	rig_add(&r, (struct region_spec){ .id = 1, .start_beat = 0, .duration_beats = 4, .behaviour = REGION_LATENT });
	rig_add(&r, (struct region_spec){ .id = 2, .start_beat = 0, .duration_beats = 4, .muted = true,
					  .behaviour = REGION_PLAY_AUDIO, .audio = a });
	rig_play(&r);
	rig_render(&r, left, right, 24000, 100);
	for (int i = 0; i < 24000; i++)
		assert_true(left[i] == 0);
	rig_remove(&r, 0, 1); /* resolved: the latent becomes a clip that enters on beat 2 */
	rig_add(&r, (struct region_spec){ .id = 1, .start_beat = 2, .duration_beats = 2, .behaviour = REGION_PLAY_AUDIO,
					  .audio = a });
	rig_publish(&r);
	rig_render(&r, left, right, 48000, 100);
	for (int i = 0; i < 48000; i++)
		assert_true(left[i] == (i < 24000 ? 0.0f : 1.0f));
	rig_done(&r);
	rig_audio_free(a);
}

/* Rows: S0-24 */
static void test_a_latent_that_dissolves_changes_no_sample(void **state)
{
	static float left[2][LENGTH], right[2][LENGTH];
	static struct piece p;
	for (int i = 0; i < 2; i++) {
		piece_init(&p, 256);
		if (i)
			rig_add(&p.rig, (struct region_spec){ .id = 99, .start_beat = 0.5, .duration_beats = 2 });
		rig_play(&p.rig);
		rig_render(&p.rig, left[i], right[i], 40000, 64);
		if (i)
			rig_remove(&p.rig, 0.5, 99);
		rig_publish(&p.rig);
		rig_render(&p.rig, left[i] + 40000, right[i] + 40000, LENGTH - 40000, 64);
		piece_done(&p);
	}
	assert_memory_equal(left[0], left[1], sizeof(left[0]));
	assert_memory_equal(right[0], right[1], sizeof(right[0]));
}

/* ---- content ---- */

static void test_missing_windows_are_silence_and_counted(void **state)
{
	static float left[LENGTH], right[LENGTH];
	struct engine_counters counters;
	static struct rig r;
	rig_init(&r, 256);
	struct audio_content *a = rig_audio(&r, 1, LENGTH, one);
	float *window = (float *)audio_content_publish(a, 2, NULL);
	rig_add(&r, (struct region_spec){ .id = 5, .start_beat = 0, .duration_beats = 4, .behaviour = REGION_PLAY_AUDIO,
					  .audio = a });
	rig_play(&r);
	rig_render(&r, left, right, 20000, 500);
	for (int i = 0; i < 20000; i++)
		assert_true(left[i] == (i >= 8192 && i < 12288 ? 0.0f : 1.0f));
	attention_counters(r.main, &counters);
	assert_int_equal(counters.missing_frames, 4096);
	assert_int_equal(rig_count(&r, RT_EVENT_CONTENT_MISSING), 1);
	assert_int_equal(rig_event(&r, RT_EVENT_CONTENT_MISSING, 0)->clock_frame, 8192);
	rig_done(&r);
	(void)audio_content_publish(a, 2, window);
	rig_audio_free(a);
}

/* ---- limits ---- */

static void test_parking_lets_snapshots_go_and_playing_goes_on(void **state)
{
	static float left[LENGTH], right[LENGTH];
	static struct rig r;
	struct audio_content *a = rig_one_clip(&r, LENGTH, noise);
	rig_play(&r);
	rig_render(&r, left, right, 1000, 100);
	rig_publish(&r);
	assert_int_equal(engine_reclaim(r.engine), 1); /* the reader still holds the first */
	attention_park_rt(r.main);
	assert_int_equal(engine_reclaim(r.engine), 0);
	rig_publish(&r);
	assert_int_equal(engine_reclaim(r.engine), 0);
	rig_render(&r, left + 1000, right + 1000, 9000, 100);
	for (int i = 0; i < 10000; i++)
		assert_true(left[i] == noise(0, i));
	rig_done(&r);
	rig_audio_free(a);
}

static void test_more_regions_than_may_sound_are_counted(void **state)
{
	static float left[LENGTH], right[LENGTH];
	static struct rig r;
	struct engine_counters counters;
	rig_init(&r, 256);
	struct audio_content *a = rig_audio(&r, 1, LENGTH, one);
	for (uint64_t i = 1; i <= 150; i++)
		rig_add(&r, (struct region_spec){ .id = i, .start_beat = 0, .duration_beats = 1, .audio = a,
						  .behaviour = REGION_PLAY_AUDIO });
	rig_play(&r);
	rig_render(&r, left, right, 1000, 100);
	attention_counters(r.main, &counters);
	assert_int_equal(counters.regions_refused, 22);
	assert_true(left[500] == 128);
	assert_true(counters.peak[0] == 128);
	rig_done(&r);
	rig_audio_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clips_match_a_naive_renderer_to_the_bit),
		cmocka_unit_test(test_samples_do_not_depend_on_the_quantum_or_the_inner_block),
		cmocka_unit_test(test_the_same_piece_has_the_same_bits_as_ever),
		cmocka_unit_test(test_a_linear_crossfade_of_equal_signals_is_inaudible),
		cmocka_unit_test(test_an_equal_power_crossfade_peaks_at_the_middle),
		cmocka_unit_test(test_latent_and_muted_regions_are_silent_until_edited),
		cmocka_unit_test(test_a_latent_that_dissolves_changes_no_sample),
		cmocka_unit_test(test_missing_windows_are_silence_and_counted),
		cmocka_unit_test(test_parking_lets_snapshots_go_and_playing_goes_on),
		cmocka_unit_test(test_more_regions_than_may_sound_are_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

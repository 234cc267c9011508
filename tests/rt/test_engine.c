#include "rig.h"

#include "../seed.h"

#include <errno.h>
#include <math.h>

enum { LENGTH = 96000, MAX_REGIONS = 24 };
#define GOLDEN_PIECE 0x88ab9565b38b6cafu

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

/* ---- MIDI ---- */

/* The loudest whole frequency between 300 and 600 Hz in one second of sound. */
static int pitch_of(const float *x)
{
	int best = 0;
	double most = 0;
	for (int hz = 300; hz <= 600; hz++) {
		double re = 0, im = 0;
		for (int i = 0; i < RIG_RATE; i += 8) { /* nothing above 3 kHz matters here */
			double w = 6.283185307179586 * hz * i / RIG_RATE;
			re += (double)x[i] * cos(w);
			im += (double)x[i] * sin(w);
		}
		if (re * re + im * im <= most)
			continue;
		most = re * re + im * im;
		best = hz;
	}
	return best;
}

static void test_a_note_starts_at_its_frame_with_its_pitch(void **state)
{
	static float left[LENGTH], right[LENGTH];
	static struct rig r;
	rig_init(&r, 256);
	const struct midi_note_event notes[] = { { 0, 0xc0, 73, 0 }, { 0.5, 0x90, 69, 100 }, { 3.5, 0x80, 69, 0 } };
	struct midi_content *m = rig_midi(&r, notes, 3);
	struct instrument *in = rig_synth(&r);
	rig_add(&r, (struct region_spec){ .id = 1, .start_beat = 0, .duration_beats = 4, .behaviour = REGION_PLAY_MIDI,
					  .midi = m, .instrument = in });
	rig_play(&r);
	rig_render(&r, left, right, LENGTH, 77);
	for (int i = 0; i < 12000; i++)
		assert_true(left[i] == 0);
	bool sounds = false;
	for (int i = 12000; i < 12010; i++)
		sounds |= left[i] != 0;
	assert_true(sounds);
	assert_int_equal(pitch_of(left + 24000), 440);
	rig_done(&r);
	midi_content_unref(m);
	instrument_unref(in);
}

static double loudness(const float *x, int n)
{
	double sum = 0;
	for (int i = 0; i < n; i++)
		sum += (double)(x[i] * x[i]);
	return sqrt(sum / n);
}

static void held_note(struct rig *r, struct midi_content **m, struct instrument **in)
{
	rig_init(r, 256);
	const struct midi_note_event notes[] = { { 0, 0xc0, 16, 0 }, { 0, 0xb0, 64, 127 }, { 0, 0x90, 60, 100 } };
	*m = rig_midi(r, notes, 3);
	*in = rig_synth(r);
	rig_add(r, (struct region_spec){ .id = 1, .start_beat = 0, .duration_beats = 64, .behaviour = REGION_PLAY_MIDI,
					 .midi = *m, .instrument = *in });
	rig_play(r);
}

/* Rows: L15 */
static void test_every_discontinuity_ends_every_note(void **state)
{
	static const struct {
		enum rt_command_type type;
		double value, value2;
	} cuts[] = { { RT_COMMAND_PAUSE, 0, 0 }, { RT_COMMAND_STOP, 0, 0 }, { RT_COMMAND_SEEK, 4, 0 } };
	static float left[LENGTH], right[LENGTH];
	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		static struct rig r;
		struct midi_content *m;
		struct instrument *in;
		held_note(&r, &m, &in);
		rig_render(&r, left, right, 24000, 128);
		assert_true(loudness(left + 20000, 4000) > 1e-3);
		rig_send(&r, cuts[i].type, COMMAND_NOW, cuts[i].value, cuts[i].value2);
		rig_render(&r, left, right, LENGTH, 128);
		assert_true(loudness(left + LENGTH - 4000, 4000) < 1e-6);
		assert_int_equal(rig_event(&r, RT_EVENT_REGION_ENDED, 0)->a, 1);
		rig_done(&r);
		midi_content_unref(m);
		instrument_unref(in);
	}
}

static void test_panic_silences_at_once(void **state)
{
	static float left[LENGTH], right[LENGTH];
	static struct rig r;
	struct midi_content *m;
	struct instrument *in;
	held_note(&r, &m, &in);
	rig_render(&r, left, right, 24000, 128);
	attention_panic(r.main);
	rig_render(&r, left, right, 1024, 128);
	for (int i = 0; i < 1024; i++)
		assert_true(left[i] == 0);
	rig_done(&r);
	midi_content_unref(m);
	instrument_unref(in);
}

/* After a seek the second note must sound as it does when it is reached by playing: same program, volume and bend. */
static void test_program_controllers_and_bend_are_chased(void **state)
{
	static float played[LENGTH], sought[LENGTH], right[LENGTH];
	const struct midi_note_event notes[] = { { 0, 0xc0, 80, 0 },	{ 0, 0xb0, 7, 40 },    { 0, 0xb0, 10, 0 },
						 { 0, 0xe0, 0, 100 },	{ 2, 0x90, 60, 100 },  { 3, 0x80, 60, 0 } };
	for (int i = 0; i < 2; i++) {
		static struct rig r;
		rig_init(&r, 256);
		struct midi_content *m = rig_midi(&r, notes, 6);
		struct instrument *in = rig_synth(&r);
		rig_add(&r, (struct region_spec){ .id = 1, .start_beat = 0, .duration_beats = 4, .midi = m,
						  .behaviour = REGION_PLAY_MIDI, .instrument = in });
		rig_publish(&r);
		if (i)
			rig_send(&r, RT_COMMAND_SEEK, COMMAND_NOW, 1, 0);
		rig_send(&r, RT_COMMAND_PLAY, COMMAND_NOW, 0, 0);
		rig_render(&r, i ? sought : played, right, i ? 72000 : LENGTH, 128);
		rig_done(&r);
		midi_content_unref(m);
		instrument_unref(in);
	}
	/* volume and pan glide from the defaults for some milliseconds; half a second later nothing is left of that */
	for (int i = 0; i < 24000; i++)
		assert_true(fabsf(played[48000 + i] - sought[24000 + i]) < 1e-6f);
	assert_true(loudness(sought + 24000, 24000) > 1e-4);
}

/* ---- transport ---- */

static void transport_case(enum rt_command_type command, enum transport_state from, enum transport_state want, double beat)
{
	static float left[LENGTH], right[LENGTH];
	static struct rig r;
	struct engine_position p;
	rig_init(&r, 256);
	rig_publish(&r);
	rig_send(&r, RT_COMMAND_SEEK, COMMAND_NOW, 2, 0);
	if (from != TRANSPORT_STOPPED)
		rig_send(&r, RT_COMMAND_PLAY, COMMAND_NOW, 0, 0);
	rig_render(&r, left, right, 24000, 500);
	if (from == TRANSPORT_PAUSED)
		rig_send(&r, RT_COMMAND_PAUSE, COMMAND_NOW, 0, 0);
	rig_send(&r, command, COMMAND_NOW, 0, 0);
	rig_render(&r, left, right, 24, 24);
	attention_position(r.main, &p);
	assert_int_equal(p.state, want);
	assert_true(fabs(p.beat - beat) < 0.01);
	rig_done(&r);
}

/* Rows: L13 */
static void test_transport_follows_its_table(void **state)
{
	transport_case(RT_COMMAND_PLAY, TRANSPORT_STOPPED, TRANSPORT_PLAYING, 2);
	transport_case(RT_COMMAND_PLAY, TRANSPORT_PLAYING, TRANSPORT_PLAYING, 3);
	transport_case(RT_COMMAND_PLAY, TRANSPORT_PAUSED, TRANSPORT_PLAYING, 3);
	transport_case(RT_COMMAND_PAUSE, TRANSPORT_STOPPED, TRANSPORT_STOPPED, 2);
	transport_case(RT_COMMAND_PAUSE, TRANSPORT_PLAYING, TRANSPORT_PAUSED, 3);
	transport_case(RT_COMMAND_PAUSE, TRANSPORT_PAUSED, TRANSPORT_PAUSED, 3);
	transport_case(RT_COMMAND_STOP, TRANSPORT_STOPPED, TRANSPORT_STOPPED, 0);
	transport_case(RT_COMMAND_STOP, TRANSPORT_PLAYING, TRANSPORT_STOPPED, 0);
	transport_case(RT_COMMAND_STOP, TRANSPORT_PAUSED, TRANSPORT_STOPPED, 0);
}

static void test_cutting_and_resuming_a_clip_does_not_click(void **state)
{
	static float left[LENGTH], right[LENGTH];
	static struct rig r;
	struct audio_content *a = rig_one_clip(&r, LENGTH, one);
	rig_play(&r);
	rig_send(&r, RT_COMMAND_PAUSE, 5000, 0, 0);
	rig_send(&r, RT_COMMAND_PLAY, 9000, 0, 0);
	rig_send(&r, RT_COMMAND_SEEK, 12000, 2, 0);
	rig_send(&r, RT_COMMAND_LOOP, 13000, 1, 2.1);
	rig_send(&r, RT_COMMAND_STOP, 40000, 0, 0);
	rig_render(&r, left, right, 50000, 100);
	for (int i = 1; i < 50000; i++)
		assert_true(fabsf(left[i] - left[i - 1]) < 0.02f);
	assert_true(left[4999] == 1 && left[8999] == 0 && left[11999] == 1 && left[49999] == 0);
	for (int i = 13000; i < 40000; i++)
		assert_true(left[i] == 1); /* a loop is seamless */
	assert_true(rig_event(&r, RT_EVENT_JUMPED, 1)->a == 1);
	rig_done(&r);
	rig_audio_free(a);
}

/* The frame of a beat within a ramp, from the integral of 60 / tempo by Simpson's rule: no formula of ours. */
static int64_t ramp_frame(double from_bpm, double to_bpm, double beats, double beat)
{
	enum { STEPS = 20000 };
	double sum = 0, h = beat / STEPS;
	for (int i = 0; i <= STEPS; i++) {
		double bpm = from_bpm + (to_bpm - from_bpm) * (h * i) / beats;
		sum += 60 / bpm * (i == 0 || i == STEPS ? 1 : i % 2 ? 4 : 2);
	}
	return llrint(sum * h / 3 * RIG_RATE);
}

/* Rows: L12, S0-47 */
static void test_clips_sound_at_their_frames_through_a_ramp(void **state)
{
	static float left[LENGTH], right[LENGTH];
	static struct rig r;
	rig_init(&r, 256);
	rig_tempo(&r, (const struct tempo_point[]){ { 0, 70, TEMPO_RAMP }, { 4, 210, TEMPO_STEP } }, 2);
	struct audio_content *a = rig_audio(&r, 1, 1, one); /* a click of one frame */
	for (uint64_t i = 0; i < 16; i++)
		rig_add(&r, (struct region_spec){ .id = i + 1, .start_beat = 0.23 * (double)i, .duration_beats = 0.1,
						  .behaviour = REGION_PLAY_AUDIO, .audio = a });
	rig_play(&r);
	rig_render(&r, left, right, LENGTH, 300);
	uint32_t n = 0;
	for (int64_t f = 0; f < LENGTH; f++) {
		if (left[f] == 0)
			continue;
		assert_int_equal(f, ramp_frame(70, 210, 4, 0.23 * n));
		n++;
	}
	assert_int_equal(n, 16);
	rig_done(&r);
	rig_audio_free(a);
}

static void test_a_change_of_tempo_behind_the_playhead_keeps_the_beat(void **state)
{
	static float left[LENGTH], right[LENGTH];
	static struct rig r;
	struct engine_position before, after;
	rig_init(&r, 256);
	rig_play(&r);
	rig_render(&r, left, right, 30000, 500);
	attention_position(r.main, &before);
	rig_tempo(&r, &(struct tempo_point){ 0, 60, TEMPO_STEP }, 1);
	rig_publish(&r);
	rig_render(&r, left, right, 480, 480);
	attention_position(r.main, &after);
	assert_true(fabs(after.beat - before.beat - 0.01) < 1e-9);
	assert_int_equal(after.frame, 60480);
	assert_int_equal(after.clock_frame, 30480);
	rig_done(&r);
}

/* Rows: L12 */
static void test_beats_are_announced_at_their_frames_through_a_ramp(void **state)
{
	static float left[LENGTH], right[LENGTH];
	static struct rig r;
	rig_init(&r, 256);
	const struct tempo_point ramp[] = { { 0, 90, TEMPO_RAMP }, { 4, 180, TEMPO_STEP } };
	rig_tempo(&r, ramp, 2);
	rig_play(&r);
	rig_render(&r, left, right, LENGTH, 640);
	for (uint32_t b = 0; b < 4; b++) {
		const struct rt_event *e = rig_event(&r, RT_EVENT_BEAT, b);
		assert_non_null(e);
		assert_true(e->value == b);
		assert_int_equal(e->clock_frame, tempo_map_frame(time_maps_tempo(r.maps), b));
		assert_int_equal(e->b, b == 0);
	}
	rig_done(&r);
}

static void test_commands_take_effect_at_their_frame_and_bad_ones_are_answered(void **state)
{
	static float left[LENGTH], right[LENGTH];
	static struct rig r;
	struct audio_content *a = rig_one_clip(&r, LENGTH, one);
	rig_publish(&r);
	rig_send(&r, RT_COMMAND_PAUSE, 777, 0, 0);
	rig_send(&r, RT_COMMAND_PLAY, 123, 0, 0);
	rig_send(&r, RT_COMMAND_SEEK, COMMAND_NOW, NAN, 0);
	rig_render(&r, left, right, 2000, 64);
	for (int i = 0; i < 777; i++)
		assert_true(left[i] == (i >= 123 ? 1.0f : 0.0f));
	for (int i = 777; i < 2000; i++) /* the clip that was cut fades within 2.5 ms */
		assert_true(i < 777 + 120 ? left[i] <= left[i - 1] : left[i] == 0);
	const struct rt_event *e = rig_event(&r, RT_EVENT_COMMAND_REFUSED, 0);
	assert_non_null(e);
	assert_int_equal(e->b, -EINVAL);
	rig_done(&r);
	rig_audio_free(a);
}

/* From a command to its sound is one cycle, and nothing was rendered ahead that would still have to be heard. */
/* Rows: L09 */
static void test_from_control_to_sound_is_one_quantum(void **state)
{
	static const uint32_t quanta[] = { 16, 64, 256, 1024, 2400 };
	static float left[LENGTH], right[LENGTH];
	for (size_t i = 0; i < sizeof(quanta) / sizeof(quanta[0]); i++) {
		static struct rig r;
		uint32_t q = quanta[i], at = 0;
		struct audio_content *a = rig_one_clip(&r, LENGTH, one);
		rig_publish(&r);
		static const enum rt_command_type commands[] = { RT_COMMAND_PLAY, RT_COMMAND_PAUSE, RT_COMMAND_PLAY,
								 RT_COMMAND_STOP };
		for (size_t k = 0; k < sizeof(commands) / sizeof(commands[0]); k++) {
			rig_render(&r, left + at, right + at, 4 * q, q);
			rig_send(&r, commands[k], COMMAND_NOW, 0, 0);
			at += 4 * q;
			const struct rt_event *e;
			rig_render(&r, left + at, right + at, q, q);
			assert_non_null(e = rig_event(&r, RT_EVENT_TRANSPORT, (uint32_t)k));
			assert_int_equal(e->clock_frame, at); /* the first frame that was rendered after it was sent */
			at += q;
		}
		rig_render(&r, left + at, right + at, 400, 16);
		for (uint32_t f = at + 130; f < at + 400; f++)
			assert_true(left[f] == 0); /* the fade is all that is left */
		rig_done(&r);
		rig_audio_free(a);
	}
}

static void test_a_full_command_ring_is_busy_and_stop_still_gets_through(void **state)
{
	static float left[LENGTH], right[LENGTH];
	static struct rig r;
	struct engine_position p;
	struct rt_command c = { .type = RT_COMMAND_PLAY, .at_frame = COMMAND_NOW };
	rig_init(&r, 256);
	rig_publish(&r);
	int sent = 0;
	while (attention_send(r.main, r.producer, &c) == 0)
		sent++;
	assert_int_equal(sent, 16);
	assert_int_equal(attention_send(r.main, r.producer, &c), -EBUSY);
	rig_render(&r, left, right, 100, 100);
	attention_stop(r.main);
	rig_render(&r, left, right, 100, 100);
	attention_position(r.main, &p);
	assert_int_equal(p.state, TRANSPORT_STOPPED);
	assert_int_equal(p.frame, 0);
	rig_done(&r);
}

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
		cmocka_unit_test(test_a_note_starts_at_its_frame_with_its_pitch),
		cmocka_unit_test(test_every_discontinuity_ends_every_note),
		cmocka_unit_test(test_panic_silences_at_once),
		cmocka_unit_test(test_program_controllers_and_bend_are_chased),
		cmocka_unit_test(test_transport_follows_its_table),
		cmocka_unit_test(test_cutting_and_resuming_a_clip_does_not_click),
		cmocka_unit_test(test_clips_sound_at_their_frames_through_a_ramp),
		cmocka_unit_test(test_a_change_of_tempo_behind_the_playhead_keeps_the_beat),
		cmocka_unit_test(test_beats_are_announced_at_their_frames_through_a_ramp),
		cmocka_unit_test(test_commands_take_effect_at_their_frame_and_bad_ones_are_answered),
		cmocka_unit_test(test_from_control_to_sound_is_one_quantum),
		cmocka_unit_test(test_a_full_command_ring_is_busy_and_stop_still_gets_through),
		cmocka_unit_test(test_parking_lets_snapshots_go_and_playing_goes_on),
		cmocka_unit_test(test_more_regions_than_may_sound_are_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

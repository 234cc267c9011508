/* The transport and the notes that it starts, ends and chases. */
#include "rig.h"

#include <errno.h>
#include <math.h>

enum { LENGTH = 96000 };

static float one(uint32_t c, int64_t i)
{
	return 1;
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

int main(void)
{
	const struct CMUnitTest tests[] = {
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
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

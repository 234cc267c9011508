/*
 * test_engine.c - the engine in the running daemon: on a clock of its own, beside the stepped device of test_garden.c.
 *
 * At 120 bpm a beat is 24000 frames at 48 kHz.
 */
#include "stage.h"

#include "../check.h"

#include "audio/analysis.h"
#include "audio/file.h"
#include "audio/wav.h"
#include "base/clock.h"
#include "wire/event.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BEAT = 24000, CUT = 120 /* frames of the fade of what an edit removes */ };

static struct stage stage;
static char tune[400], take[400];

static void sine(const char *path, uint32_t rate_hz, uint32_t n_channels, double hz)
{
	struct wav_writer *w = NULL;
	const struct wav_spec spec = { .rate_hz = rate_hz, .n_channels = n_channels, .encoding = WAV_PCM16 };
	assert_int_equal(wav_writer_open(path, &spec, &w, NULL), 0);
	for (uint32_t i = 0; i < rate_hz; i++) { /* a second that fades away, so that it is known from behind */
		float x = (float)(0.9 * sin(6.283185307179586 * hz * i / rate_hz) * (1 - (double)i / rate_hz));
		const float frame[2] = { x, x };
		assert_int_equal(wav_writer_write(w, frame, 1, NULL), 0);
	}
	assert_int_equal(wav_writer_close(w, NULL), 0);
}

static void constant(const char *path, float value, int n_frames)
{
	struct wav_writer *w = NULL;
	const struct wav_spec spec = { .rate_hz = 48000, .n_channels = 2, .encoding = WAV_FLOAT32 };
	const float frame[2] = { value, value };
	assert_int_equal(wav_writer_open(path, &spec, &w, NULL), 0);
	for (int i = 0; i < n_frames; i++)
		assert_int_equal(wav_writer_write(w, frame, 1, NULL), 0);
	assert_int_equal(wav_writer_close(w, NULL), 0);
}

static int group_setup(void **state)
{
	static const char *const up[] = { "--device", "null", "--pass", "chaosgarden:--content-mib=2", NULL };
	stage_open(&stage, up);
	(void)snprintf(tune, sizeof(tune), "%s/tune.wav", stage.dir);
	(void)snprintf(take, sizeof(take), "%s/take.wav", stage.dir);
	constant(tune, 0.25f, 24 * BEAT);
	return 0;
}

static int group_teardown(void **state)
{
	stage_close(&stage);
	return 0;
}

#define ASK(...) json_decref(stage_ask(stage.garden, __VA_ARGS__))

static int setup(void **state)
{
	ASK("{'type':'transport_stop'}");
	struct err err = ERR_INIT;
	(void)stage_try(stage.garden, &err, "{'type':'timeline_clear'}"); /* nothing to clear is fine */
	return 0;
}

/* Asks until the transport is there; each answer takes a round trip, so this does not spin. */
static void wait_beat(double beat)
{
	for (;;) {
		AUTO_JSON json_t *s = stage_ask(stage.garden, "{'type':'transport_status'}");
		assert_string_equal(stage_text(s, "state"), "playing");
		if (stage_number(s, "position_beats") >= beat)
			return;
	}
}

static struct audio_buffer *stop_recording(void)
{
	struct audio_buffer *b = NULL;
	struct err err = ERR_INIT;
	ASK("{'type':'record_stop'}");
	ASK("{'type':'transport_stop'}");
	if (audio_load(take, 0, &b, &err) < 0)
		fail_msg("%s", err.msg);
	return b;
}

/* The frame of the recording at which the transport began to play what stands at beat 0. */
static int64_t first_sound(const struct audio_buffer *b)
{
	size_t i = 0;
	while (i < b->n_frames && b->samples[2 * i] == 0)
		i++;
	assert_true(i < b->n_frames);
	return (int64_t)i;
}

/* ---- time ---- */

struct moment {
	int64_t before_ns, after_ns; /* around the question */
	int64_t frames, late_wakeups;
	double beat;
};

static struct moment look(void)
{
	struct moment m = { .before_ns = clock_monotonic_ns(clock_system()) };
	AUTO_JSON json_t *s = stage_ask(stage.garden, "{'type':'transport_status'}");
	m.after_ns = clock_monotonic_ns(clock_system());
	m.frames = (int64_t)stage_number(s, "engine_frames");
	m.beat = stage_number(s, "position_beats");
	m.late_wakeups = (int64_t)stage_number(s, "device.late_wakeups");
	return m;
}

/* The early engine ran five times too fast. */
/* Rows: S2-1, L09 */
static void test_rendered_seconds_are_wall_seconds(void **state)
{
	enum { QUANTUM = 256 };
	ASK("{'type':'transport_play','from_beats':0}");
	struct moment a = look();
	wait_beat(5);
	struct moment b = look();
	int64_t frames = b.frames - a.frames;
	double most = (double)(b.after_ns - a.before_ns) * 48e-6, least = (double)(b.before_ns - a.after_ns) * 48e-6;
	assert_true((double)frames <= most + 5 * QUANTUM); /* it makes up for at most four */
	if (b.late_wakeups == a.late_wakeups) /* what the kernel slept through is skipped and counted */
		assert_true((double)frames >= least - 6 * QUANTUM);
	assert_true(fabs((b.beat - a.beat) * BEAT - (double)frames) < 1); /* and musical time goes with the sound */
	print_message("%lld frames in %.0f to %.0f frames of wall time\n", (long long)frames, least, most);
}

/* When a pause is answered, nothing that was rendered ahead is still to be heard. */
/* Rows: L09 */
static void test_a_pause_that_is_answered_is_heard(void **state)
{
	ASK("{'type':'region_create','region_id':'r','position_beats':0,'duration_beats':16,'content':{'path':'%s'}}", tune);
	ASK("{'type':'timeline_render','to_beats':0.01,'path':'%s'}", take);
	AUTO_JSON json_t *started = stage_ask(stage.garden, "{'type':'record_start','path':'%s'}", take);
	int64_t recorded_from = (int64_t)stage_number(started, "start_engine_frame");
	ASK("{'type':'transport_play','from_beats':0}");
	wait_beat(0.5);
	AUTO_JSON json_t *paused = stage_ask(stage.garden, "{'type':'transport_pause'}");
	assert_string_equal(stage_text(paused, "state"), "paused");
	int64_t answered = (int64_t)stage_number(paused, "engine_frames");
	for (struct moment m = look(); m.frames < answered + 4800; m = look())
		continue;
	AUTO(audio_buffer) b = stop_recording();
	int64_t last = 0;
	for (size_t i = 0; i < b->n_frames; i++)
		if (b->samples[2 * i] != 0)
			last = recorded_from + (int64_t)i;
	assert_true(last > recorded_from && last < answered + CUT);
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
	return llrint(sum * h / 3 * 48000);
}

/* Rows: L12, S0-47 */
static void test_a_tempo_ramp_reaches_the_sound_on_its_frames(void **state)
{
	char click[400];
	(void)snprintf(click, sizeof(click), "%s/click.wav", stage.dir);
	constant(click, 1, 1);
	ASK("{'type':'timeline_edit','ops':[{'op':'tempo_set','position_beats':0,'bpm':70,'shape':'ramp'},"
	    "{'op':'tempo_set','position_beats':4,'bpm':210}]}");
	for (int i = 0; i < 16; i++)
		ASK("{'type':'region_create','position_beats':%g,'duration_beats':0.1,'content':{'path':'%s'}}", 0.23 * i, click);
	ASK("{'type':'timeline_render','to_beats':4,'path':'%s'}", take);
	ASK("{'type':'timeline_edit','ops':[{'op':'tempo_set','position_beats':0,'bpm':120},{'op':'tempo_clear','position_beats':4}]}");
	AUTO(audio_buffer) b = NULL;
	assert_int_equal(audio_load(take, 0, &b, NULL), 0);
	int n = 0;
	for (size_t i = 0; i < b->n_frames; i++)
		if (b->samples[2 * i] != 0)
			assert_int_equal(i, ramp_frame(70, 210, 4, 0.23 * n++));
	assert_int_equal(n, 16);
}

/* ---- content ---- */

static bool told;

static void on_event(void *arg, const struct wire_received *e)
{
	told |= strcmp(e->name, "content_error") == 0;
}

/* Rows: L11 */
static void test_a_file_cut_short_ends_its_region_with_an_error_and_nothing_else(void **state)
{
	char cut[400];
	struct err err = ERR_INIT;
	struct wire_context *context = NULL;
	struct wire_subscriber *subscriber = NULL;
	assert_int_equal(wire_context_new(&context, NULL), 0);
	const struct wire_subscriber_options o = { .context = context, .loop = stage.loop, .family = stage.family,
						   .daemon = "chaosgarden", .on_event = on_event };
	assert_int_equal(wire_subscriber_new(&o, &subscriber, NULL), 0);
	while (!wire_subscriber_synced(subscriber))
		assert_true(wire_loop_step(stage.loop, 20, &err) >= 0);
	(void)snprintf(cut, sizeof(cut), "%s/cut.wav", stage.dir);
	constant(cut, 0.5f, 2 * BEAT);
	assert_int_equal(truncate(cut, 100000), 0);
	pid_t pid = stage_pid(&stage, "chaosgarden");
	ASK("{'type':'region_create','position_beats':0,'duration_beats':2,'content':{'path':'%s'}}", tune);
	ASK("{'type':'region_create','position_beats':0,'duration_beats':2,'content':{'path':'%s'}}", cut);
	int64_t end = clock_monotonic_ns(clock_system()) + 60 * NS_PER_SEC;
	while (!told && clock_monotonic_ns(clock_system()) < end)
		assert_true(wire_loop_step(stage.loop, 20, &err) >= 0);
	assert_true(told);
	ASK("{'type':'timeline_render','to_beats':2,'path':'%s'}", take);
	AUTO(audio_buffer) b = NULL;
	assert_int_equal(audio_load(take, 0, &b, NULL), 0);
	for (size_t i = 0; i < b->n_frames; i++)
		assert_true(b->samples[2 * i] == 0.25f);
	assert_int_equal(stage_pid(&stage, "chaosgarden"), pid);
	wire_subscriber_free(subscriber);
	wire_context_free(context);
}

struct heard {
	double pitch_hz, loud_early, loud_late; /* of the second half beat; of its first and last fifth of a second */
	size_t frames; /* until silence */
};

/* One region of that content at beat 1, rendered. */
static struct heard hear(const char *content)
{
	struct heard h;
	struct err err = ERR_INIT;
	static float mono[2 * BEAT];
	ASK("{'type':'region_create','region_id':'r','position_beats':1,'duration_beats':4,'content':%s}", content);
	ASK("{'type':'timeline_render','from_beats':1,'to_beats':5,'path':'%s'}", take);
	ASK("{'type':'region_delete','region_id':'r'}");
	AUTO(audio_buffer) b = NULL;
	if (audio_load(take, 0, &b, &err) < 0)
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < 2 * BEAT; i++)
		mono[i] = b->samples[2 * i];
	struct audio_levels early, late;
	h.pitch_hz = audio_pitch_hz(mono + BEAT / 4, 8192, 48000, 60, 3000);
	audio_levels(mono, 4800, 1, &early);
	audio_levels(mono + BEAT / 2 * 3, 4800, 1, &late);
	h.loud_early = early.rms;
	h.loud_late = late.rms;
	h.frames = audio_sounding_frames(b->samples, b->n_frames, 2, -60);
	return h;
}

/* Rows: L14 */
static void test_every_rate_of_a_file_sounds_at_its_pitch(void **state)
{
	static const uint32_t rates[] = { 8000, 16000, 22050, 32000, 44100, 48000, 96000 };
	char path[400], content[500];
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/sine-%u.wav", stage.dir, rates[i]);
		sine(path, rates[i], 1 + i % 2, 440);
		(void)snprintf(content, sizeof(content), "{'path':'%s'}", path);
		const struct heard h = hear(content);
		if (fabs(h.pitch_hz / 440 - 1) > 0.005)
			fail_msg("%u Hz: 440 Hz sounds at %g Hz", rates[i], h.pitch_hz);
		assert_true(h.frames > 47000 && h.frames <= 48000);
	}
}

/* Rows: L14 */
static void test_speed_offset_and_direction_of_content_are_heard(void **state)
{
	char path[400], content[500];
	(void)snprintf(path, sizeof(path), "%s/sine.wav", stage.dir);
	sine(path, 44100, 1, 440);
	(void)snprintf(content, sizeof(content), "{'path':'%s','rate':2}", path);
	const struct heard fast = hear(content);
	assert_true(fabs(fast.pitch_hz / 880 - 1) < 0.005);
	assert_true(fast.frames > 23000 && fast.frames <= 24000);
	(void)snprintf(content, sizeof(content), "{'path':'%s','offset_seconds':0.5}", path);
	const struct heard late = hear(content);
	assert_true(fabs(late.pitch_hz / 440 - 1) < 0.005);
	assert_true(late.frames > 23000 && late.frames <= 24000);
	(void)snprintf(content, sizeof(content), "{'path':'%s','reverse':true}", path);
	const struct heard back = hear(content);
	assert_true(fabs(back.pitch_hz / 440 - 1) < 0.005);
	assert_true(back.loud_late > 2 * back.loud_early && fast.loud_early > 0.3);
}

/* Half a minute of stereo is 11 MiB; the memory for content is 2 (group_setup). */
/* Rows: S2-4 */
static void test_long_content_is_rendered_to_the_bit(void **state)
{
	enum { FRAMES = 60 * BEAT };
	char path[400];
	struct wav_writer *w = NULL;
	struct err err = ERR_INIT;
	const struct wav_spec spec = { .rate_hz = 48000, .n_channels = 2, .encoding = WAV_FLOAT32 };
	(void)snprintf(path, sizeof(path), "%s/long.wav", stage.dir);
	assert_int_equal(wav_writer_open(path, &spec, &w, NULL), 0);
	for (int i = 0; i < FRAMES; i++) {
		const float frame[2] = { (float)i * 0x1p-24f, -(float)i * 0x1p-24f };
		assert_int_equal(wav_writer_write(w, frame, 1, NULL), 0);
	}
	assert_int_equal(wav_writer_close(w, NULL), 0);
	ASK("{'type':'region_create','position_beats':0,'duration_beats':60,'content':{'path':'%s'}}", path);
	ASK("{'type':'timeline_render','to_beats':60,'path':'%s'}", take);
	AUTO(audio_buffer) b = NULL;
	if (audio_load(take, 0, &b, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(b->n_frames, FRAMES);
	for (int i = 0; i < FRAMES; i++)
		assert_true(b->samples[2 * i] == (float)i * 0x1p-24f && b->samples[2 * i + 1] == -(float)i * 0x1p-24f);
	AUTO_JSON json_t *dump = stage_ask(stage.garden, "{'type':'debug_dump'}");
	assert_true(stage_number(dump, "dump.content_windows.at_most") == 64);
	assert_true(stage_number(dump, "dump.content_windows.resident") <= 64);
	assert_true(stage_number(dump, "dump.content_windows.evicted") > 200);
}

/* A seek brings its place into memory before it is made, so that nothing is missed even at once after it. */
static void test_seeks_on_a_running_clock_miss_nothing(void **state)
{
	ASK("{'type':'region_create','region_id':'r','position_beats':0,'duration_beats':24,'content':{'path':'%s'}}", tune);
	ASK("{'type':'timeline_render','to_beats':0.01,'path':'%s'}", take);
	AUTO_JSON json_t *before = stage_ask(stage.garden, "{'type':'device_status'}");
	ASK("{'type':'transport_play','from_beats':0}");
	for (int i = 0; i < 40; i++) {
		double beat = fmod(i * 7.3, 23);
		AUTO_JSON json_t *there = stage_ask(stage.garden, "{'type':'transport_seek','position_beats':%g}", beat);
		double at = stage_number(there, "position_beats"); /* the places lie seven beats apart and more */
		assert_true(at >= beat && at < beat + 4);
	}
	AUTO_JSON json_t *after = stage_ask(stage.garden, "{'type':'device_status'}");
	assert_true(stage_number(after, "missing_frames") == stage_number(before, "missing_frames"));
	AUTO_JSON json_t *dump = stage_ask(stage.garden, "{'type':'debug_dump'}");
	assert_true(stage_number(dump, "dump.content_windows.filled") > 0);
	assert_true(stage_number(dump, "dump.content_windows.resident") <= stage_number(dump, "dump.content_windows.at_most"));
}

/* ---- edits ---- */

/* On a device with a clock of its own the control thread notices late; the engine does not. */
static void test_a_scheduled_edit_is_exact_to_the_sample_on_a_running_clock(void **state)
{
	ASK("{'type':'region_create','region_id':'r','position_beats':0,'duration_beats':16,'content':{'path':'%s'}}", tune);
	ASK("{'type':'timeline_render','to_beats':0.01,'path':'%s'}", take); /* waits until the content is there */
	ASK("{'type':'record_start','path':'%s'}", take);
	/* Before it plays: on a busy machine the beats could be over before we have said it. */
	ASK("{'type':'region_delete','region_id':'r','at':{'boundary':'at_beat','beat':1.337}}");
	ASK("{'type':'region_create','region_id':'s','position_beats':0,'duration_beats':16,'content':{'path':'%s'},"
	    "'at':{'boundary':'at_beat','beat':1.75}}", tune);
	ASK("{'type':'transport_play','from_beats':0}");
	wait_beat(2);
	AUTO(audio_buffer) b = stop_recording();
	int64_t start = first_sound(b), gone = start + (int64_t)lrint(1.337 * BEAT), back = start + (int64_t)(1.75 * BEAT);
	for (int64_t i = start; i < back + CUT; i++) {
		double in = i < back ? 0 : (double)(i - back) / CUT, out = i < gone ? 1 : i < gone + CUT ? 1 - (double)(i - gone) / CUT : 0;
		if (fabs((double)b->samples[2 * i] - 0.25 * (in + out)) > 1e-6)
			fail_msg("frame %lld after the start is %g", (long long)(i - start), (double)b->samples[2 * i]);
	}
	AUTO_JSON json_t *r = stage_ask(stage.garden, "{'type':'region_list'}");
	assert_int_equal(json_array_size(json_object_get(r, "regions")), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_rendered_seconds_are_wall_seconds, setup),
		cmocka_unit_test_setup(test_a_pause_that_is_answered_is_heard, setup),
		cmocka_unit_test_setup(test_a_tempo_ramp_reaches_the_sound_on_its_frames, setup),
		cmocka_unit_test_setup(test_a_file_cut_short_ends_its_region_with_an_error_and_nothing_else, setup),
		cmocka_unit_test_setup(test_every_rate_of_a_file_sounds_at_its_pitch, setup),
		cmocka_unit_test_setup(test_speed_offset_and_direction_of_content_are_heard, setup),
		cmocka_unit_test_setup(test_long_content_is_rendered_to_the_bit, setup),
		cmocka_unit_test_setup(test_seeks_on_a_running_clock_miss_nothing, setup),
		cmocka_unit_test_setup(test_a_scheduled_edit_is_exact_to_the_sample_on_a_running_clock, setup),
	};
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}

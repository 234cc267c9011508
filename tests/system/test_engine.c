/*
 * test_engine.c - the engine in the running daemon: on a clock of its own, beside the stepped device of test_garden.c.
 *
 * At 120 bpm a beat is 24000 frames at 48 kHz.
 */
#include "stage.h"

#include "../check.h"

#include "audio/file.h"
#include "audio/wav.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { BEAT = 24000, CUT = 120 /* frames of the fade of what an edit removes */ };

static struct stage stage;
static char tune[400], take[400];

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
	static const char *const up[] = { "--device", "null", NULL };
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

/* On a device with a clock of its own the control thread notices late; the engine does not. */
static void test_a_scheduled_edit_is_exact_to_the_sample_on_a_running_clock(void **state)
{
	ASK("{'type':'region_create','region_id':'r','position_beats':0,'duration_beats':16,'content':{'path':'%s'}}", tune);
	ASK("{'type':'timeline_render','to_beats':0.01,'path':'%s'}", take); /* waits until the content is there */
	ASK("{'type':'record_start','path':'%s'}", take);
	ASK("{'type':'transport_play','from_beats':0}");
	ASK("{'type':'region_delete','region_id':'r','at':{'boundary':'at_beat','beat':1.337}}");
	ASK("{'type':'region_create','region_id':'s','position_beats':0,'duration_beats':16,'content':{'path':'%s'},"
	    "'at':{'boundary':'at_beat','beat':1.75}}", tune);
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
		cmocka_unit_test_setup(test_a_scheduled_edit_is_exact_to_the_sample_on_a_running_clock, setup),
	};
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}

/*
 * test_audio.c - sound understood, asked of a real worker through a real hootenanny.
 */
#include "band.h"

#include "audio/wav.h"
#include "base/fs.h"
#include "base/str.h"
#include "music/smf.h"
#include "wire/catalogue.h"
#include "wire/codec.h"

#include "../check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { RATE = 8000, FRAMES = 4 * RATE - 2000 };

/* A sound as a 16-bit WAV of RATE, small enough to travel inline; the artifact's id. */
static char *upload(struct band *b, const float *x, size_t n)
{
	char path[] = "/tmp/hoot-upload-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	struct wav_spec spec = { RATE, 1, WAV_PCM16, 0 };
	struct wav_writer *w = NULL;
	assert_int_equal(wav_writer_open(path, &spec, &w, NULL), 0);
	assert_int_equal(wav_writer_write(w, x, n, NULL), 0);
	assert_int_equal(wav_writer_close(w, NULL), 0);
	AUTO_MEM char *bytes = NULL;
	size_t size;
	assert_int_equal(fs_read(path, 65536, &bytes, &size, NULL), 0);
	unlink(path);
	return band_upload(b, bytes, size, "audio/wav", "audio");
}

static void pluck(float *x, double at_s, double hz, double amplitude)
{
	for (size_t i = (size_t)(at_s * RATE), k = 0; i < FRAMES && k < RATE / 2; i++, k++) {
		double t = (double)k / RATE;
		x[i] += (float)(amplitude * exp(-7 * t) * (sin(2 * M_PI * hz * t) + 0.5 * sin(4 * M_PI * hz * t)));
	}
}

/* Eighths in C at 120 bpm, a bass on each bar of 4/4. */
static char *band_pattern(struct band *b)
{
	static float x[FRAMES];
	static const int tune[] = { 0, 4, 7, 4, 5, 9, 7, 4, 0, 4, 7, 12, 7, 4, 0 };
	memset(x, 0, sizeof(x));
	for (int i = 0; i < 15; i++)
		pluck(x, 0.05 + 0.25 * i, 261.63 * pow(2, tune[i] / 12.0), i % 8 == 0 ? 0.3 : i % 2 ? 0.1 : 0.2);
	for (int bar = 0; bar < 2; bar++)
		pluck(x, 0.05 + 2 * bar, 130.8, 0.3);
	return upload(b, x, FRAMES);
}

/* Three hummed notes, the second bent up to the third. */
static char *band_hum(struct band *b)
{
	static float x[FRAMES];
	double phase = 0;
	memset(x, 0, sizeof(x));
	for (size_t i = RATE / 4; i < 3 * RATE; i++) {
		double t = (double)i / RATE - 0.25, key = t < 0.8 ? 57 : t < 1.6 ? 60 : t < 1.8 ? 60 + 4 * (t - 1.6) / 0.2 : 64;
		double fade = t > 0.75 && t < 0.85 ? 0 : fmin(1, fmin(t, 2.75 - t) / 0.03);
		phase += 440 * pow(2, (key - 69) / 12) / RATE;
		x[i] = (float)(0.3 * fade * (sin(2 * M_PI * phase) + 0.3 * sin(4 * M_PI * phase)));
	}
	return upload(b, x, FRAMES);
}

static json_t *do_step(struct band *b, const char *inputs, const char *verb, const char *space, const char *model, const char *params)
{
	AUTO_JSON json_t *r = band_ask(b, "{'type':'forward','inputs':[%s],'steps':[{'verb':'%s','space':'%s','model':'%s','params':%s,'seed':7}]}",
				       inputs, verb, space, model, params);
	return band_result(b, r);
}

/* The report of a model about one input; *ret_meta is lent with the artifact. */
static json_t *analyse(struct band *b, const char *input, const char *model, const char *params, json_t **ret_artifact)
{
	AUTO_MEM char *quoted = str_printf("'%s'", input);
	*ret_artifact = do_step(b, quoted, "project", "analysis", model, params);
	return band_report(*ret_artifact);
}

static double number(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);
	if (!json_is_number(v))
		fail_msg("no number '%s'", key);
	return json_number_value(v);
}

/* Rows: H-T06, H-T24, S4-75 */
static void test_sound_is_told_by_every_model_of_analysis(void **state)
{
	struct band b;
	band_open(&b, 15000);
	band_start_worker(&b, 0);
	AUTO_MEM char *tune = band_pattern(&b);
	json_t *artifact;

	AUTO_JSON json_t *info = analyse(&b, tune, "info", "{}", &artifact);
	assert_true(fabs(number(info, "duration_s") - 3.75) < 1e-6 && number(info, "rate_hz") == RATE && number(info, "channels") == 1);
	assert_true(json_is_false(json_object_get(info, "is_silent")) && number(info, "peak_db") > -12 && number(info, "mean_db") < -12);
	assert_true(number(json_object_get(artifact, "metadata"), "rate_hz") == RATE);
	json_decref(artifact);

	AUTO_JSON json_t *beats = analyse(&b, tune, "beats", "{'include_frames':true,'meter':4}", &artifact);
	assert_true(fabs(number(beats, "bpm") - 120) < 2 && number(beats, "confidence") > 0.2);
	assert_true(json_array_size(json_object_get(beats, "beats")) >= 6 && json_array_size(json_object_get(beats, "downbeats")) == 2);
	assert_true(fabs(json_number_value(json_array_get(json_object_get(beats, "downbeats"), 0)) - 0.05) < 0.03);
	assert_int_equal(json_array_size(json_object_get(json_object_get(beats, "frames"), "onset_strength_db")), 375);
	assert_true(number(json_object_get(artifact, "metadata"), "bpm") == number(beats, "bpm"));
	json_decref(artifact);

	AUTO_JSON json_t *key = analyse(&b, tune, "key", "{}", &artifact);
	assert_string_equal(band_text(json_object_get(artifact, "metadata"), "key"), "C major");
	assert_int_equal(json_array_size(json_object_get(key, "chroma")), 12);
	json_decref(artifact);

	AUTO_JSON json_t *loud = analyse(&b, tune, "loudness", "{'curve':true}", &artifact);
	assert_true(number(loud, "integrated_lufs") < -10 && number(loud, "true_peak_db") >= number(loud, "sample_peak_db"));
	assert_int_equal(json_array_size(json_object_get(json_object_get(loud, "short_term"), "lufs")), 8);
	assert_int_equal(json_array_size(json_object_get(json_object_get(loud, "steps"), "lufs")), 37);
	json_decref(artifact);

	AUTO_JSON json_t *spectrum = analyse(&b, tune, "spectrum", "{}", &artifact);
	assert_true(number(json_object_get(spectrum, "centroid_hz"), "mean") > 200);
	json_decref(artifact);

	AUTO_JSON json_t *all = analyse(&b, tune, "listen", "{}", &artifact);
	static const char *const parts[] = { "info", "levels", "loudness", "rhythm", "onsets", "key", "spectrum", "character" };
	for (size_t i = 0; i < COUNT_OF(parts); i++)
		assert_non_null(json_object_get(all, parts[i]));
	const json_t *meta = json_object_get(artifact, "metadata");
	assert_string_equal(band_text(meta, "key"), "C major");
	assert_true(*band_text(meta, "mood") && number(meta, "onsets") >= 13);
	json_decref(artifact);
	band_close(&b);
}

/* Rows: S0-78 */
static void test_sounds_are_compared_marked_and_made_vectors(void **state)
{
	struct band b;
	band_open(&b, 15000);
	band_start_worker(&b, 0);
	AUTO_MEM char *tune = band_pattern(&b);
	AUTO_MEM char *sung = band_hum(&b);
	AUTO_MEM char *same = str_printf("'%s','%s'", tune, tune);
	AUTO_MEM char *other = str_printf("'%s','%s'", tune, sung);
	AUTO_JSON json_t *alike = do_step(&b, same, "project", "analysis", "similarity", "{}");
	AUTO_JSON json_t *unlike = do_step(&b, other, "project", "analysis", "similarity", "{}");
	double one = number(json_object_get(alike, "metadata"), "similarity"), two = number(json_object_get(unlike, "metadata"), "similarity");
	assert_true(one > 0.99 && two < 0.9);
	const json_t *recording = json_object_get(json_object_get(alike, "metadata"), "same_recording");
	assert_true(number(recording, "confidence") > 0.5 && number(recording, "offset_s") == 0);
	assert_true(number(json_object_get(json_object_get(unlike, "metadata"), "same_recording"), "confidence") < 0.3);

	json_t *artifact;
	AUTO_JSON json_t *marks = analyse(&b, tune, "fingerprint", "{}", &artifact);
	assert_true(json_array_size(json_object_get(marks, "marks")) == json_array_size(json_object_get(marks, "columns")));
	assert_true(number(json_object_get(artifact, "metadata"), "marks") > 30);
	json_decref(artifact);
	AUTO_MEM char *quoted = str_printf("'%s'", tune);
	AUTO_JSON json_t *embedded = do_step(&b, quoted, "embed", "embedding", "ear", "{}");
	AUTO_JSON json_t *vector = NULL;
	assert_int_equal(json_parse_file(band_text(embedded, "path"), &vector, NULL), 0);
	assert_true(json_array_size(json_object_get(vector, "vector")) == (size_t)number(vector, "size"));
	band_close(&b);
}

/* Rows: S4-72 */
static void test_a_hum_becomes_midi_with_bends(void **state)
{
	struct band b;
	band_open(&b, 15000);
	band_start_worker(&b, 0);
	AUTO_MEM char *sung = band_hum(&b);
	AUTO_MEM char *quoted = str_printf("'%s'", sung);
	json_t *artifact;
	AUTO_JSON json_t *pitch = analyse(&b, sung, "pitch", "{'lo_hz':100,'hi_hz':700}", &artifact);
	assert_int_equal(json_array_size(json_object_get(pitch, "notes")), 3);
	assert_int_equal(json_array_size(json_object_get(json_object_get(pitch, "curve"), "hz")), 375);
	json_decref(artifact);

	AUTO_JSON json_t *midi = do_step(&b, quoted, "project", "midi", "hum", "{'bpm':60,'bend_range':5}");
	assert_string_equal(band_text(midi, "mime_type"), "audio/midi");
	assert_true(number(json_object_get(midi, "metadata"), "notes") == 3 && number(json_object_get(midi, "metadata"), "bends") > 10);
	AUTO_MEM char *bytes = NULL;
	size_t n;
	AUTO(score) s = NULL;
	assert_int_equal(fs_read(band_text(midi, "path"), 1 << 20, &bytes, &n, NULL), 0);
	assert_int_equal(score_read_smf(bytes, n, &s, NULL), 0);
	static const uint8_t keys[] = { 57, 60, 64 };
	const struct score_voice *v = &s->voices[s->n_voices - 1];
	assert_int_equal(v->n_notes, 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(v->notes[i].pitch, keys[i]);
	band_close(&b);
}

/* Rows: S4-73 */
static void test_a_tapped_rhythm_becomes_a_drum_clip(void **state)
{
	static float x[FRAMES];
	struct band b;
	uint32_t seed = 1;
	memset(x, 0, sizeof(x));
	for (int i = 0; i < 14; i++) { /* thump, clap, thump, clap in quarters of a second */
		size_t at = (size_t)(RATE * 0.25 * i);
		for (size_t k = 0; k < RATE / 5 && at + k < FRAMES; k++) {
			double t = (double)k / RATE;
			seed = seed * 1664525u + 1013904223u;
			double noise = (double)(seed >> 8) / 8388608.0 - 1;
			x[at + k] = (float)(i % 2 ? 0.5 * exp(-30 * t) * noise : 0.7 * exp(-16 * t) * sin(2 * M_PI * 80 * t));
		}
	}
	band_open(&b, 15000);
	band_start_worker(&b, 0);
	AUTO_MEM char *tapped = upload(&b, x, FRAMES);
	AUTO_MEM char *quoted = str_printf("'%s'", tapped);
	AUTO_JSON json_t *midi = do_step(&b, quoted, "project", "midi", "drums", "{'bpm':120,'grid':'1/8','kick':35}");
	const json_t *meta = json_object_get(midi, "metadata");
	assert_true(number(meta, "hits") == 14 && number(meta, "kick") == 7 && number(meta, "snare") == 7);
	AUTO_MEM char *bytes = NULL;
	size_t n;
	AUTO(score) s = NULL;
	assert_int_equal(fs_read(band_text(midi, "path"), 1 << 20, &bytes, &n, NULL), 0);
	assert_int_equal(score_read_smf(bytes, n, &s, NULL), 0);
	const struct score_voice *v = &s->voices[s->n_voices - 1];
	assert_int_equal(v->n_notes, 14);
	for (size_t i = 0; i < 14; i++) {
		assert_true(fabs(v->notes[i].start_beats - 0.5 * (double)i) < 1e-6 && v->notes[i].channel == 9);
		assert_int_equal(v->notes[i].pitch, i % 2 ? 38 : 35);
	}
	band_close(&b);
}

static void test_ridiculous_parameters_of_the_ears_are_refused(void **state)
{
	static const struct {
		const char *space, *model, *params, *says;
	} cases[] = {
		{ "analysis", "beats", "{'bpm':9999}", "0 to 300" },       { "analysis", "beats", "{'bpm_min':200,'bpm_max':100}", "apart" },
		{ "analysis", "pitch", "{'lo_hz':0}", "30 to 4000" },      { "midi", "hum", "{'bend_range':99}", "1 to 24" },
		{ "analysis", "info", "{'surprise':1}", "surprise" },      { "midi", "hum", "{'quantize':true}", "did you mean 'quantise'?" },
		{ "midi", "drums", "{'kick':999}", "0 to 127" },           { "midi", "drums", "{'groove':'polka'}", "polka" },
	};
	struct band b;
	band_open(&b, 15000);
	band_start_worker(&b, 0);
	AUTO_MEM char *tune = band_pattern(&b);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO_JSON json_t *r = band_ask(&b, "{'type':'forward','inputs':['%s'],'steps':[{'verb':'project','space':'%s','model':'%s','params':%s}]}",
					       tune, cases[i].space, cases[i].model, cases[i].params);
		AUTO_MEM char *id = strdup(band_text(json_object_get(r, "job"), "job_id"));
		band_wait_state(&b, id, "failed");
		AUTO_JSON json_t *job = band_job(&b, id);
		if (!strstr(band_text(job, "error"), cases[i].says))
			fail_msg("'%s' does not say '%s'", band_text(job, "error"), cases[i].says);
	}
	band_close(&b);
}

static void test_broken_sound_is_told_by_its_name_and_not_by_a_path(void **state)
{
	static const struct {
		const char *space, *model;
	} steps[] = { { "analysis", "info" }, { "analysis", "pitch" }, { "analysis", "fingerprint" }, { "midi", "hum" }, { "midi", "drums" } };
	struct band b;
	band_open(&b, 15000);
	band_start_worker(&b, 0);
	AUTO_MEM char *noise = band_upload(&b, "this is not a sound", 19, "audio/wav", "audio");
	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		AUTO_JSON json_t *r = band_ask(&b, "{'type':'forward','inputs':['%s'],'steps':[{'verb':'project','space':'%s','model':'%s'}]}", noise,
					       steps[i].space, steps[i].model);
		AUTO_MEM char *id = strdup(band_text(json_object_get(r, "job"), "job_id"));
		band_wait_state(&b, id, "failed");
		AUTO_JSON json_t *job = band_job(&b, id);
		const char *error = band_text(job, "error"), *name = strstr(error, noise);
		if (!name || strstr(name + 1, noise) || strchr(error, '/') || strlen(error) < strlen(noise) + 20)
			fail_msg("%s: '%s'", steps[i].model, error);
	}
	band_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_sound_is_told_by_every_model_of_analysis, band_teardown),
		cmocka_unit_test_teardown(test_sounds_are_compared_marked_and_made_vectors, band_teardown),
		cmocka_unit_test_teardown(test_a_hum_becomes_midi_with_bends, band_teardown),
		cmocka_unit_test_teardown(test_a_tapped_rhythm_becomes_a_drum_clip, band_teardown),
		cmocka_unit_test_teardown(test_ridiculous_parameters_of_the_ears_are_refused, band_teardown),
		cmocka_unit_test_teardown(test_broken_sound_is_told_by_its_name_and_not_by_a_path, band_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_wild.c - sounds that nobody makes: every ear comes back from them, with numbers in their ranges. */
#include "audio/beat.h"
#include "audio/character.h"
#include "audio/drum_take.h"
#include "audio/fingerprint.h"
#include "audio/hum.h"
#include "audio/key.h"
#include "audio/report.h"
#include "audio/sound_vector.h"

#include "../seed.h"
#include "../cpu.h"
#include "sound.h"

#include <float.h>

enum { N = 40000 };

static void fill(float *x, struct rng *r, int kind)
{
	size_t period = 1 + rng_below(r, 400);
	float level = (float)pow(10, 40 * rng_double(r) - 20);
	for (size_t i = 0; i < N; i++) {
		float noise = (float)(2 * rng_double(r) - 1);
		switch (kind) {
		case 0: x[i] = noise * FLT_MAX; break;
		case 1: x[i] = noise * FLT_MIN; break;
		case 2: x[i] = i % period == 0 ? level : 0; break;
		case 3: x[i] = (i / period) % 2 ? 1 : -1; break;
		case 4: x[i] = level; break;
		case 5: x[i] = rng_below(r, 1000) ? noise * 1e-3f : noise * 1e9f; break;
		case 6: x[i] = (float)sin((double)i * (double)i * 1e-5) * (i / 5000 % 2 ? 1 : 0); break;
		default: x[i] = noise * (rng_below(r, 50) ? 0 : 1); break;
		}
	}
}

static void in(const char *what, double v, double lo, double hi)
{
	if (!(v >= lo && v <= hi))
		fail_msg("%s is %g, not %g to %g", what, v, lo, hi);
}

static void listen_to(const char *path)
{
	AUTO(hearing) h = NULL;
	struct onsets o;
	struct beats b;
	struct chroma c;
	struct key_report k;
	struct character ch;
	float v[SOUND_VECTOR_SIZE];
	assert_int_equal(hearing_of(path, NULL, &h, NULL), 0);
	assert_int_equal(onsets_find(h, 1, &o, NULL), 0);
	assert_int_equal(beats_find(h, &(struct beat_options){ 0 }, &b, NULL), 0);
	assert_int_equal(chroma_of(h, &c, NULL), 0);
	audio_key_find(&c, &k);
	character_of(h, &o, &b, &c, &k, &ch);
	sound_vector_make(&(struct sound){ h, &o, &b, &c }, v);
	for (size_t i = 0; i < SOUND_VECTOR_SIZE; i++)
		in("a number of the vector", (double)v[i], -1.001, 1.001);
	for (size_t i = 0; i < o.n; i++)
		in("an onset", o.v[i].at_s, 0, h->duration_s + 0.05);
	for (size_t i = 0; i < b.n; i++)
		in("a beat", b.v[i].at_s, 0, h->duration_s + 0.05);
	in("the tempo", b.bpm, 0, 400);
	in("the tempo's confidence", b.confidence, 0, 1);
	in("the tuning", c.tuning_cents, -60, 60);
	in("energy", ch.energy, 0, 1);
	in("valence", ch.valence, -1, 1);
	AUTO_JSON json_t *levels = report_levels(h);
	AUTO_JSON json_t *spectrum = report_spectrum(h);
	AUTO_JSON json_t *loudness = report_loudness(h, true);
	AUTO_MEM char *text = json_text(spectrum, 0);
	assert_true(levels && loudness && text);
	onsets_done(&o);
	beats_done(&b);
	chroma_done(&c);
	key_report_done(&k);
}

static void transcribe(const char *path, uint32_t rate)
{
	struct score *s = NULL;
	struct hum_report hr;
	struct drum_report dr;
	struct fingerprint f;
	struct fingerprint_match m;
	const struct hum_params hum = HUM_PARAMS_INIT;
	const struct drum_params drums = DRUM_PARAMS_INIT;
	int code = hum_to_score(path, &hum, NULL, &s, &hr, NULL);
	assert_true(code == 0 || code == -ENOENT || (code == -EINVAL && rate < 1000)); /* nothing to sing at 100 Hz */
	score_free(code == 0 ? s : NULL);
	code = drums_to_score(path, &drums, NULL, &s, &dr, NULL);
	assert_true(code == 0 || code == -ENOENT);
	score_free(code == 0 ? s : NULL);
	assert_int_equal(fingerprint_of(path, NULL, &f, NULL), 0);
	assert_int_equal(fingerprint_compare(&f, &f, &m, NULL), 0);
	in("the match", m.confidence, 0, 1);
	fingerprint_done(&f);
}

static void test_wild_sounds_are_survived_with_numbers_in_their_ranges(void **state)
{
	static float x[N];
	static const uint32_t rates[] = { 100, 8000, 22050, 48000, 192000 };
	uint64_t seed = seed_start();
	struct rng r;
	rng_init(&r, seed);
	for (int i = 0; i < 16; i++) {
		fill(x, &r, i % 8);
		uint32_t rate = rates[rng_below(&r, COUNT_OF(rates))], n_channels = 1 + (uint32_t)rng_below(&r, 2);
		char *path = sound_file(x, N / n_channels / (rate < 1000 ? 40 : 1), n_channels, rate);
		listen_to(path);
		transcribe(path, rate);
		sound_file_done(path);
	}
}

static double heard_in(const float *x, size_t n)
{
	char *path = sound_file(x, n, 2, 48000);
	AUTO(hearing) h = NULL;
	double from = cpu_seconds();
	assert_int_equal(hearing_of(path, NULL, &h, NULL), 0);
	double took = cpu_seconds() - from;
	sound_file_done(path);
	return took;
}

/* Numbers too small for a processor's usual way of counting; and a sound that dies away through all of them. */
static void test_next_to_nothing_is_heard_as_fast_as_anything(void **state)
{
	enum { FRAMES = 6 * 48000 };
	AUTO_MEM float *x = sound_new(2 * FRAMES);
	(void)state;
	sound_noise(x, 2 * FRAMES, 1, 0.5);
	double usual = heard_in(x, FRAMES);
	for (size_t i = 0; i < 2 * FRAMES; i++)
		x[i] *= 1e-39f;
	double tiny = heard_in(x, FRAMES);
	for (size_t i = 0; i < 2 * FRAMES; i++)
		x[i] = (float)(sin((double)i * 0.01) * exp(-(double)i / FRAMES * 60));
	double fading = heard_in(x, FRAMES);
	print_message("usual %.3f s of CPU, tiny %.3f, fading %.3f\n", usual, tiny, fading);
	assert_true(tiny < 2 * usual + 0.1 && fading < 2 * usual + 0.1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_next_to_nothing_is_heard_as_fast_as_anything),
		cmocka_unit_test(test_wild_sounds_are_survived_with_numbers_in_their_ranges),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

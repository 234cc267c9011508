/*
 * test_generated.c - what the style generators make, heard through the SoundFont: no bar is silent, nothing clips.
 */
#include "render.h"
#include "skill.h"

#include "audio/file.h"
#include "base/fs.h"
#include "model/bridge.h"
#include "model/drums.h"
#include "model/euclid.h"
#include "model/piece.h"
#include "model/style.h"
#include "model/variation.h"

#include "../check.h"
#include "../model/tunes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static struct skill_set set;
static char *dir;

static int setup(void **state)
{
	return fs_temp_dir(NULL, "hoot-generated", &dir, NULL) < 0 || skill_set_init(&set, NULL, NULL) < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	(void)fs_remove_tree(dir, NULL);
	free(dir);
	return 0;
}

static void needs_sound(void)
{
	if (!render_engine_version()[0] || !set.soundfont[0]) {
		print_message("skipped: no FluidSynth in this build, or no SoundFont on this machine\n");
		skip();
	}
}

static double rms(const struct audio_buffer *b, double from_s, double to_s)
{
	size_t from = (size_t)(from_s * b->rate_hz), to = (size_t)(to_s * b->rate_hz);
	double sum = 0;
	to = to < b->n_frames ? to : b->n_frames;
	for (size_t i = from * b->n_channels; i < to * b->n_channels; i++)
		sum += (double)b->samples[i] * (double)b->samples[i];
	return to > from ? sqrt(sum / (double)((to - from) * b->n_channels)) : 0;
}

/* The quietest bar against the whole, in dB. */
static double listen(const struct score *s, const char *what)
{
	struct render_params p;
	struct render_report r;
	struct err err = ERR_INIT;
	AUTO_MEM char *path = fs_join(dir, "it.wav");
	AUTO(audio_buffer) b = NULL;
	assert_int_equal(model_params_read(&render_table, NULL, &p, NULL), 0);
	p.rate_hz = 22050;
	p.reverb = p.chorus = false;
	if (render_score(s, set.soundfont, &p, NULL, path, &r, &err) < 0 || audio_load(path, 0, &b, &err) < 0)
		fail_msg("%s: %s", what, err.msg);
	for (size_t i = 0; i < b->n_frames * b->n_channels; i++)
		assert_true(fabs((double)b->samples[i]) < 0.999);
	double whole = rms(b, 0, r.score_s), least = 0;
	assert_true(whole > 0.003); /* -50 dBFS */
	for (int64_t bar = 1; bar <= score_n_bars(s); bar++) {
		double from = score_seconds_at(s, score_bar_start(s, bar)), to = score_seconds_at(s, score_bar_start(s, bar + 1));
		double db = 20 * log10(rms(b, from, to) / whole + 1e-9);
		if (db < -24)
			fail_msg("%s: bar %lld is %.1f dB below the whole", what, (long long)bar, -db);
		least = db < least ? db : least;
	}
	return least;
}

static void test_every_drum_style_sounds_in_every_bar(void **state)
{
	needs_sound();
	double least = 0;
	for (int style = 0; style < DRUM_STYLE_COUNT; style++) {
		for (int level = 0; level < 2; level++) {
			struct drums_params p;
			struct score *s = NULL;
			assert_int_equal(model_params_read(&drums_table, NULL, &p, NULL), 0);
			p.style = style;
			p.bars = 4;
			p.density = level ? 0.9 : 0.1;
			p.intensity = level ? 0.9 : 0.3;
			assert_int_equal(drums_make(&p, NULL, 1, NULL, &s, NULL, NULL), 0);
			double db = listen(s, drum_style_names[style]);
			least = db < least ? db : least;
			score_free(s);
		}
	}
	struct euclid_params e;
	struct score *s = NULL;
	assert_int_equal(model_params_read(&euclid_table, NULL, &e, NULL), 0);
	assert_int_equal(euclid_make(&e, 1, NULL, &s, NULL, NULL), 0);
	(void)listen(s, "euclid");
	score_free(s);
	print_message("the quietest bar of %d drum parts is %.1f dB below its part\n", 2 * DRUM_STYLE_COUNT, -least);
}

static void hear(const struct generator *g, const json_t *params, const struct score *in, uint64_t seed)
{
	struct generated made = { 0 };
	struct err err = ERR_INIT;
	if (generator_run(g, params, &in, 1, seed, NULL, &made, &err) < 0)
		fail_msg("%s: %s", g->model, err.msg);
	(void)listen(made.score, g->model);
	generated_done(&made);
}

static void test_what_is_made_in_a_style_sounds_in_every_bar(void **state)
{
	needs_sound();
	static const struct generator *const all[] = { &markov_continue, &oracle_continue, &markov_sample, &oracle_sample };
	AUTO(score) reel = tune_reel();
	AUTO(score) waltz = tune_waltz(true);
	AUTO_JSON json_t *bars = json_pack("{s:i}", "bars", 8);
	for (size_t i = 0; i < COUNT_OF(all); i++) {
		hear(all[i], bars, reel, 1);
		hear(all[i], bars, waltz, 2);
	}
	for (int kind = 0; kind < VARIATION_KIND_COUNT; kind++) {
		AUTO_JSON json_t *p = json_pack("{s:s}", "kind", variation_kind_names[kind]);
		hear(&variation_generator, p, waltz, 3);
	}
	struct bridge_params p;
	struct score *s = NULL;
	assert_int_equal(model_params_read(&bridge_table, NULL, &p, NULL), 0);
	assert_int_equal(bridge_make(reel, waltz, &p, 1, NULL, &s, NULL, NULL), 0);
	(void)listen(s, "bridge");
	score_free(s);
}

static void hear_words(const char *words, const char *more)
{
	char prompt[160];
	(void)snprintf(prompt, sizeof(prompt), "%s%s, 8 bars", words, more);
	AUTO_JSON json_t *p = json_pack("{s:s}", "prompt", prompt);
	struct generated made = { 0 };
	struct err err = ERR_INIT;
	if (generator_run(&piece_generator, p, NULL, 0, 1, NULL, &made, &err) < 0)
		fail_msg("%s: %s", prompt, err.msg);
	(void)listen(made.score, prompt);
	generated_done(&made);
}

static void test_pieces_of_every_genre_sound_in_every_bar(void **state)
{
	needs_sound();
	for (int i = 1; piece_genres[i]; i++) {
		hear_words(piece_genres[i], i % 2 ? "" : " with bass and drums");
		if (i % 6 == 0)
			hear_words(piece_genres[i], ", soft, sparse, low, slow");
	}
}

static void test_the_harmony_family_sounds_in_every_bar(void **state)
{
	needs_sound();
	AUTO(score) reel = tune_reel();
	for (size_t i = 0; harmony_generators[i]; i++) {
		const struct generator *g = harmony_generators[i];
		struct generated made = { 0 };
		struct err err = ERR_INIT;
		const struct score *in = reel;
		if (generator_run(g, NULL, &in, g->inputs_min, 1, NULL, &made, &err) < 0)
			fail_msg("%s: %s", g->model, err.msg);
		(void)listen(made.score, g->model);
		generated_done(&made);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_drum_style_sounds_in_every_bar),
		cmocka_unit_test(test_what_is_made_in_a_style_sounds_in_every_bar),
		cmocka_unit_test(test_pieces_of_every_genre_sound_in_every_bar),
		cmocka_unit_test(test_the_harmony_family_sounds_in_every_bar),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}

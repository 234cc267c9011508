/* test_heard.c - drums of the SoundFont, played by General MIDI's keys, heard as what they are. */
#include "audio/drum_take.h"
#include "base/rng.h"
#include "music/drum_kit.h"
#include "render.h"
#include "skill.h"

#include "../check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STEPS = 96 };

struct stroke {
	double at_s;
	enum drum_class class;
	bool with_hat;
};

/* Sixteen-step bars at `bpm` in eighths; sometimes a hat with the kick. */
static size_t compose(struct score *s, uint64_t seed, double bpm, struct stroke *ret)
{
	static const uint8_t kicks[] = { 36, 35 }, snares[] = { 38, 40 }, hats[] = { 42, 42, 44 };
	struct rng r;
	size_t voice, n = 0;
	rng_init(&r, seed);
	assert_int_equal(score_add_voice(s, "drums", &voice, NULL), 0);
	assert_int_equal(score_set_tempo(s, 0, bpm, NULL), 0);
	uint8_t kick = kicks[rng_below(&r, 2)], snare = snares[rng_below(&r, 2)], hat = hats[rng_below(&r, 3)];
	for (int i = 0; i < STEPS; i++) {
		enum drum_class c = i % 8 == 0 || rng_below(&r, 6) == 0 ? DRUM_CLASS_KICK : i % 4 == 2 ? DRUM_CLASS_SNARE : DRUM_CLASS_HAT;
		bool both = c == DRUM_CLASS_KICK && rng_below(&r, 3) == 0;
		double at = 1 + i * 0.5;
		uint8_t velocity = (uint8_t)rng_range(&r, 70, 120);
		struct note note = { at, 0.2, c == DRUM_CLASS_KICK ? kick : c == DRUM_CLASS_SNARE ? snare : hat, velocity, DRUM_CHANNEL, 64 };
		assert_int_equal(score_add_note(s, voice, &note, NULL), 0);
		note.pitch = hat;
		if (both)
			assert_int_equal(score_add_note(s, voice, &note, NULL), 0);
		ret[n++] = (struct stroke){ at * 60 / bpm, c, both };
	}
	score_sort(s);
	return n;
}

/* Rows: S4-73 */
static void test_drums_of_the_soundfont_are_heard_as_their_classes(void **state)
{
	struct skill_set set;
	if (!render_engine_version()[0] || skill_set_init(&set, NULL, NULL) < 0 || !set.soundfont[0]) {
		print_message("skipped: no FluidSynth in this build, or no SoundFont on this machine\n");
		skip();
	}
	size_t all = 0, found = 0, right = 0, n_extra = 0;
	for (uint64_t seed = 0; seed < 6; seed++) {
		struct stroke strokes[STEPS];
		AUTO(score) s = score_new();
		size_t n = compose(s, seed, 84 + 8 * (double)seed, strokes);
		char path[] = "/tmp/hoot-heard-XXXXXX";
		int fd = mkstemp(path);
		assert_true(fd >= 0);
		close(fd);
		struct render_params p;
		struct render_report report;
		struct err err = ERR_INIT;
		assert_int_equal(model_params_read(&render_table, NULL, &p, NULL), 0);
		if (render_score(s, set.soundfont, &p, NULL, path, &report, &err) < 0)
			fail_msg("%s", err.msg);
		AUTO(hearing) h = NULL;
		struct drum_take take;
		assert_int_equal(hearing_of(path, NULL, &h, NULL), 0);
		unlink(path);
		assert_int_equal(drum_take_find(h, 0.5, true, &take, NULL), 0);
		size_t matched = 0;
		for (size_t i = 0; i < n; i++) {
			for (size_t k = 0; k < take.n; k++) {
				if (fabs(take.v[k].at_s - strokes[i].at_s) > 0.03)
					continue;
				matched++;
				right += take.v[k].class == strokes[i].class;
				break;
			}
		}
		all += n;
		found += matched;
		n_extra += take.n - matched;
		drum_take_done(&take);
	}
	skill_set_done(&set);
	print_message("%zu strokes: %zu heard, %zu too many, %zu of the right class\n", all, found, n_extra, right);
	assert_true(found * 100 >= all * 95 && n_extra * 100 <= all * 5 && right * 100 >= found * 90);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_drums_of_the_soundfont_are_heard_as_their_classes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

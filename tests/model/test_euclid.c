#include "model/euclid.h"

#include "base/json.h"
#include "base/str.h"
#include "music/drum_kit.h"

#include "../check.h"
#include "../seed.h"

#include <string.h>

static struct euclid_params defaults(void)
{
	struct euclid_params p;
	assert_int_equal(model_params_read(&euclid_table, NULL, &p, NULL), 0);
	p.humanise = 0;
	p.accent = 0;
	return p;
}

static struct score *play(const struct euclid_params *p, uint64_t seed)
{
	struct score *s = NULL;
	struct err err = ERR_INIT;
	if (euclid_make(p, seed, NULL, &s, NULL, &err) < 0)
		fail_msg("%s: %s", p->pattern, err.msg);
	return s;
}

static void test_euclid_gives_the_published_rhythms(void **state)
{
	/* Toussaint 2005, the list of Euclidean rhythms with the traditions that play them. */
	static const char *const published[] = {
		"x.x", "x.x..", "x.xx", "x.x.x", "x.x.x..", "x..x..x.", "x.x.x.x", "x.x.x.x..", "x..x..x..x.", "x.xxx", "x.xxxx",
		"x.xx.xx", "x.xx.xx.", "x.x.x.x.x", "x.x.x.x.x..", "x..x.x..x.x.", "x..x..x..x..x...", "x.xxxxxx", "x.xx.x.xx.x.",
		"x..x.x.x..x.x.x.", "x.xx.x.x.xx.x.x.", "x..x.x.x.x.x..x.x.x.x.x.", "x.xx.x.x.x.x.xx.x.x.x.x.",
	};
	for (size_t i = 0; i < COUNT_OF(published); i++) {
		bool flags[EUCLID_STEPS_MAX];
		char text[EUCLID_STEPS_MAX + 1] = "";
		int n = (int)strlen(published[i]), k = 0;
		for (int c = 0; c < n; c++)
			k += published[i][c] == 'x';
		euclid_rhythm(k, n, flags);
		for (int c = 0; c < n; c++)
			text[c] = flags[c] ? 'x' : '.';
		assert_string_equal(text, published[i]);
	}
}

static void test_euclid_spreads_strokes_as_evenly_as_they_can_be(void **state)
{
	for (int n = 1; n <= EUCLID_STEPS_MAX; n++) {
		for (int k = 0; k <= n; k++) {
			bool flags[EUCLID_STEPS_MAX];
			int count = 0, last = -1, shortest = n, longest = 0;
			memset(flags, 2, sizeof(flags));
			euclid_rhythm(k, n, flags);
			for (int i = 0; i < 2 * n; i++) {
				if (!flags[i % n])
					continue;
				count += i < n;
				int gap = last < 0 ? 0 : i - last;
				if (gap > 0) {
					shortest = gap < shortest ? gap : shortest;
					longest = gap > longest ? gap : longest;
				}
				last = i;
			}
			assert_int_equal(count, k);
			if (k == 0)
				continue;
			assert_true(flags[0]);
			/* Distances are the two whole numbers around n / k. */
			assert_int_equal(shortest, n / k);
			assert_int_equal(longest, (n + k - 1) / k);
		}
	}
}

static void test_euclid_reads_its_pattern(void **state)
{
	struct euclid_params p = defaults();
	(void)str_copy(p.pattern, sizeof(p.pattern), " Kick 4/16 , snare 2/16@4*70,54 3/8");
	p.bars = 1;
	AUTO(score) s = play(&p, 1);
	assert_true(s->end_beats == 4 && s->n_voices == 1);
	static const struct {
		double at;
		int drum, velocity;
	} want[] = {
		{ 0, 36, 96 }, { 0, 54, 96 }, { 1, 36, 96 }, { 1, 38, 70 }, { 1.5, 54, 96 },
		{ 2, 36, 96 }, { 3, 36, 96 }, { 3, 38, 70 }, { 3, 54, 96 },
	};
	const struct score_voice *v = &s->voices[0];
	assert_int_equal(v->n_notes, COUNT_OF(want));
	for (size_t i = 0; i < COUNT_OF(want); i++) {
		assert_true(v->notes[i].start_beats == want[i].at && v->notes[i].channel == DRUM_CHANNEL);
		assert_int_equal(v->notes[i].pitch, want[i].drum);
		assert_int_equal(v->notes[i].velocity, want[i].velocity);
	}
}

static void test_euclid_cycles_fill_the_bar_or_drift_against_it(void **state)
{
	struct euclid_params p = defaults();
	(void)str_copy(p.pattern, sizeof(p.pattern), "clave 2/5");
	(void)str_copy(p.meter, sizeof(p.meter), "3/4");
	p.bars = 5;
	AUTO(score) bars = play(&p, 1);
	assert_int_equal(bars->voices[0].n_notes, 10); /* five steps in each bar of three beats */
	p.cycle = EUCLID_CYCLE_STEP;
	AUTO(score) steps = play(&p, 1);
	assert_int_equal(steps->voices[0].n_notes, 24); /* 60 sixteenths are 12 rounds of five */
	assert_true(steps->voices[0].notes[2].start_beats == 1.25);
	assert_true(bars->end_beats == 15 && steps->end_beats == 15);
}

static void test_euclid_refuses_patterns_with_the_place_and_a_name_that_was_meant(void **state)
{
	static const struct {
		const char *pattern, *says, *hint;
	} wrong[] = {
		{ "", "name of a drum is missing", "write it like" },
		{ "kick", "number of strokes", "write it like" },
		{ "kick 4", "number of steps", "write it like" },
		{ "kick 4/", "number of steps", "write it like" },
		{ "kick 4/0", "number of steps", "write it like" },
		{ "kick 4/65", "number of steps", "write it like" },
		{ "kick 9/8", "more strokes than steps", "write it like" },
		{ "kick 4/16@", "steps (-64 to 64)", "write it like" },
		{ "kick 4/16@900", "steps (-64 to 64)", "write it like" },
		{ "kick 4/16*0", "strength", "write it like" },
		{ "kick 4/16 snare 2/16", "comma", "write it like" },
		{ "kick 4/16,", "name of a drum is missing", "write it like" },
		{ "snair 2/16", "there is no drum 'snair' (character 1)", "'snare'" },
		{ "kick 4/16, 200 3/8", "there is no drum '200' (character 12)", "" },
		{ "a 1/2,a 1/2", "there is no drum 'a'", "" },
		{ "36 1/2,36 1/2,36 1/2,36 1/2,36 1/2,36 1/2,36 1/2,36 1/2,36 1/2", "more than 8", "" },
	};
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		struct euclid_params p = defaults();
		struct score *s = NULL;
		struct err err = ERR_INIT;
		(void)str_copy(p.pattern, sizeof(p.pattern), wrong[i].pattern);
		assert_int_equal(euclid_make(&p, 1, NULL, &s, NULL, &err), -EINVAL);
		assert_string_equal(err.field, "params.pattern");
		if (!strstr(err.msg, wrong[i].says) || !strstr(err.hint, wrong[i].hint))
			fail_msg("'%s': %s (%s)", wrong[i].pattern, err.msg, err.hint);
	}
}

static void test_euclid_survives_any_pattern(void **state)
{
	uint64_t seed = seed_start();
	for (int i = 0; i < 3000; i++) {
		static const char letters[] = "kicksnare 0123456789/@*,-\t";
		struct euclid_params p = defaults();
		struct score *s = NULL;
		size_t n = seed_below(&seed, 60);
		memset(p.pattern, 0, sizeof(p.pattern));
		for (size_t c = 0; c < n; c++)
			p.pattern[c] = letters[seed_below(&seed, sizeof(letters) - 1)];
		p.bars = 1 + seed_below(&seed, 3);
		int code = euclid_make(&p, seed, NULL, &s, NULL, NULL);
		assert_true(code == 0 || code == -EINVAL);
		score_free(s);
	}
}

static void test_euclid_leaves_out_strokes_by_chance_but_never_the_first(void **state)
{
	struct euclid_params p = defaults();
	(void)str_copy(p.pattern, sizeof(p.pattern), "hat 16/16");
	p.bars = 64;
	p.chance = 0.5;
	AUTO(score) s = play(&p, 3);
	size_t n = s->voices[0].n_notes, first = 0;
	for (size_t i = 0; i < n; i++) {
		double at = s->voices[0].notes[i].start_beats;
		first += at == 4.0 * (double)(int64_t)(at / 4);
	}
	assert_int_equal(first, 64);
	assert_in_range(n, 64 + 380, 64 + 580); /* half of 960 */
	AUTO(score) again = play(&p, 3);
	AUTO(score) other = play(&p, 4);
	assert_int_equal(again->voices[0].n_notes, n);
	bool same = other->voices[0].n_notes == n;
	for (size_t i = 0; i < n && same; i++)
		same = other->voices[0].notes[i].start_beats == s->voices[0].notes[i].start_beats;
	assert_false(same);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_euclid_gives_the_published_rhythms),
		cmocka_unit_test(test_euclid_spreads_strokes_as_evenly_as_they_can_be),
		cmocka_unit_test(test_euclid_reads_its_pattern),
		cmocka_unit_test(test_euclid_cycles_fill_the_bar_or_drift_against_it),
		cmocka_unit_test(test_euclid_refuses_patterns_with_the_place_and_a_name_that_was_meant),
		cmocka_unit_test(test_euclid_survives_any_pattern),
		cmocka_unit_test(test_euclid_leaves_out_strokes_by_chance_but_never_the_first),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

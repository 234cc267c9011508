#include "music/roles.h"

#include "../seed.h"
#include "counterpoint.h"
#include "music/abc.h"

#include "../check.h"
#include "../starve.h"

#include <string.h>

static struct score *from_abc(const char *text)
{
	struct score *s = NULL;
	struct err err = ERR_INIT;
	if (abc_parse(text, strlen(text), NULL, &s, NULL, &err) < 0)
		fail_msg("%s", err.msg);
	return s;
}

static struct role_guess *guess(const struct score *s)
{
	struct role_guess *g = NULL;
	assert_int_equal(roles_guess(s, NULL, &g, NULL), 0);
	for (size_t i = 0; i < s->n_voices; i++) {
		const struct role_features *f = &g[i].features;
		print_message("%-12s %-14s %.2f%s  (hi %.2f lo %.2f tog %.2f step %.2f broken %.2f even %.2f rep %.2f poly %.2f)\n",
			      s->voices[i].name, voice_role_names[g[i].role], g[i].confidence, g[i].moved ? " moved" : "", f->highest_share,
			      f->lowest_share, f->together_share, f->step_share, f->broken_share, f->evenness, f->bar_repeats, f->polyphony);
	}
	return g;
}

static void expect(const char *abc, const enum voice_role *roles, size_t n)
{
	AUTO(score) s = from_abc(abc);
	assert_int_equal(s->n_voices, n);
	AUTO_MEM struct role_guess *g = guess(s);
	for (size_t i = 0; i < n; i++)
		if (g[i].role != roles[i])
			fail_msg("voice '%s' is taken for %s, not %s", s->voices[i].name, voice_role_names[g[i].role],
				 voice_role_names[roles[i]]);
}

/* Rows: H-T30, H-A05 */
static void test_a_song_with_accompaniment(void **state)
{
	static const char song[] =
		"X:1\nT:song\nM:4/4\nL:1/8\nK:C\nV:1 name=\"tune\"\nV:2 name=\"chords\"\nV:3 name=\"bass\"\nV:4 name=\"strings\"\n"
		"V:1\ne3d c2de|f2e2 d4|e3f g2ag|e2d2 c4|a3g f2ga|g2e2 c4|d3e f2ed|c6 z2|]\n"
		"V:2\nz2[EGc]2z2[EGc]2|z2[FAc]2z2[FGB]2|z2[EGc]2z2[EGc]2|z2[FGB]2z2[EGc]2|z2[FAc]2z2[FAc]2|z2[EGc]2z2[EGc]2|z2[FAd]2z2[FGB]2|z2[EGc]2z2[EGc]2|]\n"
		"V:3\nC,4G,,4|F,,4G,,4|C,4E,,4|G,,4C,4|F,,4A,,4|C,4G,,4|D,,4G,,4|C,,8|]\n"
		"V:4\n[G,CE]8|[A,CF]8|[G,CE]8|[G,B,D]8|[A,CF]8|[G,CE]8|[A,DF]8|[G,CE]8|]\n";
	static const enum voice_role roles[] = { ROLE_MELODY, ROLE_CHORDS, ROLE_BASS, ROLE_PAD };
	expect(song, roles, 4);
}

/* Rows: H-T30, H-A05 */
static void test_patterns_drones_and_drums(void **state)
{
	static const char band[] =
		"X:1\nT:band\nM:4/4\nL:1/8\nK:Am\nV:1 name=\"tune\"\nV:2 name=\"harp\"\nV:3 name=\"drone\"\nV:4 name=\"riff\"\n"
		"V:1\na4 g2f2|e4 d2c2|B2c2 d2e2|f3e e4|a2b2 c'2b2|a3g e4|f2e2 d2B2|A8|]\n"
		"V:2\nA,CEA cAEC|A,CEA cAEC|G,B,DG BGDB,|A,CEA cAEC|F,A,CF AFCA,|A,CEA cAEC|G,B,DG BGDB,|A,CEA cAEC|]\n"
		"V:3\n[A,,,E,,]8|[A,,,E,,]8|[A,,,E,,]8|[A,,,E,,]8|[A,,,E,,]8|[A,,,E,,]8|[A,,,E,,]8|[A,,,E,,]8|]\n"
		"V:4\nE,E,G,D, E,zDE|E,E,G,D, E,zDE|E,E,G,D, E,zDE|E,E,G,D, E,zDE|E,E,G,D, E,zDE|E,E,G,D, E,zDE|E,E,G,D, E,zDE|E,E,G,D, E,zDE|]\n";
	static const enum voice_role roles[] = { ROLE_MELODY, ROLE_ARPEGGIO, ROLE_DRONE, ROLE_RIFF };
	expect(band, roles, 4);
}

/* Rows: H-A05 */
static void test_a_second_tune_below_the_first_is_a_counter_melody_and_inner_voices_are_chords(void **state)
{
	static const char duo[] =
		"X:1\nM:4/4\nL:1/8\nK:G\nV:1 name=\"tune\"\nV:2 name=\"answer\"\nV:3 name=\"bass\"\n"
		"V:1\nd4 B2A2|G4 z4|e4 d2c2|B4 z4|c2d2 e2f2|g4 f2e2|d3c A2F2|G8|]\n"
		"V:2\nz4 G4|z2AB cBAG|c3B A4|z2GA BAGF|E4 G2AB|c2Bc A4|F2GA D2C2|B,8|]\n"
		"V:3\nG,,4 D,4|G,,4 B,,4|C,4 D,4|G,,4 E,,4|C,4 C,4|A,,4 D,4|D,4 D,,4|G,,8|]\n";
	static const enum voice_role duo_roles[] = { ROLE_MELODY, ROLE_COUNTER_MELODY, ROLE_BASS };
	expect(duo, duo_roles, 3);
	static const char chorale[] = "X:1\nT:chorale\nM:4/4\nL:1/4\nK:G\nV:1 name=S\nV:2 name=A\nV:3 name=T\nV:4 name=B\n"
				      "V:1\nGABd|cBA2|Bcdg|fed2|edcB|A2G2|]\nV:2\nDEGG|EGF2|GGGB|AGF2|GGED|EFD2|]\n"
				      "V:3\nB,CDB,|CDD2|DEDD|DCA,2|CB,CG,|CCB,2|]\nV:4\nG,CG,B,|A,G,D2|G,E,B,,G,,|D,E,D,2|C,G,A,B,|C,D,G,,2|]\n";
	static const enum voice_role chorale_roles[] = { ROLE_MELODY, ROLE_CHORDS, ROLE_CHORDS, ROLE_BASS };
	expect(chorale, chorale_roles, 4);
}

static void test_channel_ten_is_percussion_with_the_highest_confidence(void **state)
{
	AUTO(score) s = score_new();
	size_t v;
	assert_int_equal(score_add_voice(s, "kit", &v, NULL), 0);
	for (int i = 0; i < 16; i++) {
		struct note x = { i * 0.5, 0.25, i % 2 ? 38 : 36, 100, 9, 64 };
		assert_int_equal(score_add_note(s, v, &x, NULL), 0);
	}
	AUTO_MEM struct role_guess *g = guess(s);
	assert_int_equal(g[0].role, ROLE_PERCUSSION);
	assert_true(g[0].confidence == 0.95);
}

static size_t count(const struct role_guess *g, size_t n, enum voice_role role)
{
	size_t k = 0;
	for (size_t i = 0; i < n; i++)
		k += g[i].role == role;
	return k;
}

/* Rows: H-A05 */
static void test_there_is_one_melody_and_one_bass_at_most_in_any_score(void **state)
{
	uint64_t seed = test_seed();
	for (uint64_t i = 0; i < 60; i++) {
		int n = 1 + (int)(i % 7);
		AUTO(score) s = counterpoint_make(seed + i, n, 32, i & 1);
		struct role_guess AUTO_MEM *g = NULL;
		assert_int_equal(roles_guess(s, NULL, &g, NULL), 0);
		assert_true(count(g, s->n_voices, ROLE_MELODY) <= 1);
		assert_true(count(g, s->n_voices, ROLE_BASS) <= 1);
		for (int k = 0; k < n; k++) {
			assert_true(g[k].confidence >= 0 && g[k].confidence <= 0.95);
			assert_true(g[k].confidence == g[k].confidences[g[k].role]);
			assert_true(g[k].moved || g[k].role != ROLE_PERCUSSION);
		}
	}
}

static void test_two_tunes_compete_and_the_surer_one_stays(void **state)
{
	AUTO(score) s = from_abc("X:1\nM:4/4\nL:1/8\nK:C\nV:1\nV:2\nV:1\nc2de f2ed|c2g2 a2gf|e2dc d4|c8|]\nV:2\nz8|z8|z8|z8|c2de f2ed|c2g2 a2gf|e2dc d2B2|c8|]\n");
	AUTO_MEM struct role_guess *g = guess(s);
	assert_int_equal(count(g, 2, ROLE_MELODY), 1);
	assert_true(g[0].moved != g[1].moved);
}

static void test_empty_scores_and_voices_are_no_trouble(void **state)
{
	AUTO(score) s = score_new();
	struct role_guess AUTO_MEM *g = NULL;
	size_t v;
	assert_int_equal(roles_guess(s, NULL, &g, NULL), 0);
	free(TAKE(g));
	assert_int_equal(score_add_voice(s, "nothing", &v, NULL), 0);
	assert_int_equal(roles_guess(s, NULL, &g, NULL), 0);
	assert_int_equal(g[0].role, ROLE_PAD);
	assert_true(g[0].confidence == 0);
}

static int work(void *arg, struct err *err)
{
	struct role_guess AUTO_MEM *g = NULL;
	return roles_guess(arg, NULL, &g, err);
}

static void test_memory_may_run_out_anywhere(void **state)
{
	AUTO(score) s = counterpoint_make(1, 3, 8, false);
	assert_true(starve_exhaust(STARVE_ALL_FROM, "roles", false, work, s) >= 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_song_with_accompaniment),
		cmocka_unit_test(test_patterns_drones_and_drums),
		cmocka_unit_test(test_a_second_tune_below_the_first_is_a_counter_melody_and_inner_voices_are_chords),
		cmocka_unit_test(test_channel_ten_is_percussion_with_the_highest_confidence),
		cmocka_unit_test(test_there_is_one_melody_and_one_bass_at_most_in_any_score),
		cmocka_unit_test(test_two_tunes_compete_and_the_surer_one_stays),
		cmocka_unit_test(test_empty_scores_and_voices_are_no_trouble),
		cmocka_unit_test(test_memory_may_run_out_anywhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

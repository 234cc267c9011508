#include "music/chord_find.h"
#include "music/roman.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "listening.h"

struct heard {
	struct key_report key;
	struct meter_report meter;
	struct chord_report chords;
};

static struct heard hear(const struct score *s)
{
	struct heard h;
	assert_int_equal(key_find(s, &h.key, NULL), 0);
	assert_int_equal(meter_find(s, h.key.n_guesses ? &h.key.guesses[0] : NULL, &h.meter, NULL), 0);
	assert_int_equal(chords_find(s, &h.key, &h.meter, NULL, &h.chords, NULL), 0);
	return h;
}

static void done(struct heard *h)
{
	key_report_done(&h->key);
	chord_report_done(&h->chords);
}

/* "beat:symbol:numeral" for each chord, as one line. */
static void expect_line(const struct heard *h, const char *want)
{
	AUTO_STRBUF b = STRBUF_INIT;
	char name[CHORD_NAME_SIZE];
	for (size_t i = 0; i < h->chords.n; i++) {
		const struct chord_span *x = &h->chords.v[i];
		assert_int_equal(strbuf_addf(&b, "%s%g:%s:%s", i ? " " : "", x->from_beats,
					     chord_name(&x->chord, key_sharps(x->tonic, x->mode), name), x->roman), 0);
	}
	assert_string_equal(b.s, want);
}

/*
 * The first strain of "Nun danket alle Gott" (Crüger 1647) in four parts, with the harmony that chorale books since Bach
 * give it; the parts are our own. Rows: H-A08
 */
static void test_chorale_has_its_chords(void **state)
{
	(void)state;
	AUTO(score) s = tune_of("X:1\nT:Nun danket alle Gott\nM:4/4\nL:1/4\nQ:1/4=80\nV:1\nV:2\nV:3\nV:4\nK:G\n"
			      "V:1\nd|ddee|d3B|cBAB|A2G:|\n"
			      "V:2\nB|BBcc|B3G|AGAG|F2D:|\n"
			      "V:3\nG|GGGA|G3D|EDED|D2B,:|\n"
			      "V:4\nG,|G,G,CA,|G,3G,|C,G,C,G,,|D,2G,,:|\n");
	struct heard h = hear(s);
	assert_false(h.chords.melody_only);
	expect_line(&h, "0:G:I 3:C:IV 4:Am:ii 5:G:I 9:Am/C:ii6 10:G:I 11:Am/C:ii6 12:G:I 13:D:V 15:G:I 19:C:IV 20:Am:ii 21:G:I "
			"25:Am/C:ii6 26:G:I 27:Am/C:ii6 28:G:I 29:D:V 31:G:I");
	assert_int_equal(h.chords.v[0].function, FUNCTION_TONIC);
	assert_int_equal(h.chords.v[1].function, FUNCTION_SUBDOMINANT);
	assert_int_equal(h.chords.v[8].function, FUNCTION_DOMINANT);
	done(&h);
}

/* Sevenths, an inversion of each kind, and a dominant of the dominant. Rows: H-A08 */
static void test_sevenths_inversions_and_applied_dominants(void **state)
{
	(void)state;
	AUTO(score) s = tune_of("X:1\nM:4/4\nL:1/2\nQ:1/4=100\nK:C\n"
			      "[C,EGc][F,CFA]|[E,CGc][D,CFA]|[D,CF^A][G,DGB]|[C,EGc]2|[A,CEG][D,^FAc]|[G,DGB][G,DFB]|[C,EGc]2|"
			      "[F,DGB][E,CGc]|[D,CFA][G,B,DF]|[C,EGc]2|[B,,DFG][C,EGc]|[G,,DFB][C,EGc]|\n");
	struct heard h = hear(s);
	char name[CHORD_NAME_SIZE];
	static const struct {
		double at;
		const char *chord, *roman;
	} want[] = {
		{ 0, "C", "I" },      { 2, "F", "IV" },     { 4, "C/E", "I6" },     { 16, "Am7", "vi7" }, { 18, "D7", "V7/V" },
		{ 28, "G7/F", "V42" }, { 30, "C/E", "I6" },   { 32, "Dm7", "ii7" }, { 34, "G7", "V7" },
		{ 40, "G7/B", "V65" }, { 44, "G7", "V7" },
	};
	for (size_t i = 0; i < COUNT_OF(want); i++) {
		const struct chord_span *found = NULL;
		for (size_t k = 0; k < h.chords.n; k++)
			if (h.chords.v[k].from_beats <= want[i].at && h.chords.v[k].to_beats > want[i].at)
				found = &h.chords.v[k];
		assert_non_null(found);
		assert_string_equal(chord_name(&found->chord, 0, name), want[i].chord);
		assert_string_equal(found->roman, want[i].roman);
	}
	done(&h);
}

static void put_chord(struct score *s, double at, double held, int root, uint32_t tones, int bass)
{
	struct note n = { at, held, (uint8_t)bass, 80, 0, 64 };
	assert_int_equal(score_add_note(s, 0, &n, NULL), 0);
	for (int i = 0; i < 24; i++)
		if (tones >> i & 1) {
			n.pitch = (uint8_t)(60 + root + i);
			assert_int_equal(score_add_note(s, 0, &n, NULL), 0);
		}
}

/* Every quality on every root, a bar long, stands alone in its key. Rows: H-A08 */
static void test_qualities_are_told_apart(void **state)
{
	(void)state;
	size_t n_known = 0;
	for (enum chord_quality q = 0; q <= CHORD_MINOR_ADD9; q++)
		for (int root = 0; root < 12; root++) {
			AUTO(score) s = score_new();
			struct chord_report r;
			size_t v;
			assert_int_equal(score_add_voice(s, NULL, &v, NULL), 0);
			for (int bar = 0; bar < 2; bar++)
				put_chord(s, bar * 4, 4, root, chord_quality_tones(q), 36 + root);
			score_sort(s);
			assert_int_equal(chords_find(s, NULL, NULL, NULL, &r, NULL), 0);
			assert_int_equal(r.n, 1);
			assert_int_equal(r.v[0].chord.root, root);
			assert_int_equal(r.v[0].chord.bass, root);
			assert_int_equal(r.v[0].chord.tones, chord_quality_tones(q));
			assert_float_equal(r.v[0].to_beats, 8, 1e-9);
			n_known += root == 0;
			chord_report_done(&r);
		}
	assert_true(n_known >= 16);
}

/*
 * Progressions of known truth: diatonic triads and sevenths, a bar or half a bar each, broken into eighths or struck, in any
 * inversion, with a melody of chord and passing tones above.
 */
static double recovered(uint64_t *seed, int rounds)
{
	static const uint8_t degrees[7] = { 0, 2, 4, 5, 7, 9, 11 };
	static const enum chord_quality triad[7] = { CHORD_MAJOR, CHORD_MINOR, CHORD_MINOR, CHORD_MAJOR, CHORD_MAJOR, CHORD_MINOR,
						     CHORD_DIMINISHED };
	double right = 0, all = 0;
	for (int round = 0; round < rounds; round++) {
		AUTO(score) s = score_new();
		size_t v;
		int tonic = (int)seed_below(seed, 12), truth[64];
		double held = seed_below(seed, 2) ? 4 : 2;
		bool broken = seed_below(seed, 2);
		assert_int_equal(score_add_voice(s, NULL, &v, NULL), 0);
		for (int i = 0; i < 16; i++) {
			int d = i % 8 == 7 || i == 0 ? 0 : i % 8 == 6 ? 4 : (int)seed_below(seed, 6);
			uint32_t tones = chord_quality_tones(d == 4 && seed_below(seed, 2) ? CHORD_DOMINANT7 : triad[d]);
			int root = (tonic + degrees[d]) % 12, list[4], n = 0;
			for (int k = 0; k < 12; k++)
				if (tones >> k & 1)
					list[n++] = k;
			truth[i] = root;
			int bass = 36 + (root + list[seed_below(seed, 4) ? 0 : 1]) % 12;
			struct note low = { i * held, held, (uint8_t)bass, 80, 0, 64 };
			assert_int_equal(score_add_note(s, v, &low, NULL), 0);
			for (int k = 0; k < (int)(2 * held); k++) {
				struct note x = { i * held + k * 0.5, broken ? 0.5 : held, (uint8_t)(55 + (root + list[k % n] + 5) % 12), 80, 0, 64 };
				if (broken || k < n)
					x.start_beats = broken ? x.start_beats : i * held;
				else
					continue;
				assert_int_equal(score_add_note(s, v, &x, NULL), 0);
			}
			for (int k = 0; k < (int)held; k++) { /* on the beat a tone of the chord, off it a neighbour */
				int step = list[seed_below(seed, (uint32_t)n)];
				struct note on = { i * held + k, 0.5, (uint8_t)(72 + (root + step) % 12), 80, 0, 64 };
				struct note off = { i * held + k + 0.5, 0.5, (uint8_t)(on.pitch + (seed_below(seed, 2) ? 2 : 1)), 80, 0, 64 };
				assert_int_equal(score_add_note(s, v, &on, NULL), 0);
				assert_int_equal(score_add_note(s, v, &off, NULL), 0);
			}
		}
		score_sort(s);
		struct heard h = hear(s);
		for (size_t k = 0; k < h.chords.n; k++)
			for (double at = h.chords.v[k].from_beats; at < h.chords.v[k].to_beats - 1e-6 && at < 16 * held; at += 0.5) {
				all++;
				right += h.chords.v[k].chord.root == truth[(int)(at / held)];
			}
		done(&h);
	}
	return right / all;
}

/* Rows: H-A08 */
static void test_progressions_of_known_truth_are_recovered(void **state)
{
	uint64_t seed = seed_start();
	(void)state;
	double share = recovered(&seed, 60);
	printf("roots right on %.1f %% of the time\n", 100 * share);
	assert_true(share > 0.85);
}

static void test_symbols_of_a_tune_are_compared(void **state)
{
	(void)state;
	AUTO(score) s = example("soldiers-joy.abc");
	struct heard h = hear(s);
	assert_true(h.chords.stated_beats > 100);
	assert_true(h.chords.stated_same > 0.7);
	done(&h);
}

static void test_silence_has_no_chord(void **state)
{
	(void)state;
	AUTO(score) s = tune_of("X:1\nM:4/4\nL:1/4\nK:C\n[CEG]4|z4|z4|[FAc]4|[CEG]4|\n");
	struct chord_report r;
	assert_int_equal(chords_find(s, NULL, NULL, NULL, &r, NULL), 0);
	assert_int_equal(r.n, 4);
	assert_int_equal(r.v[1].chord.root, -1);
	assert_float_equal(r.v[1].to_beats - r.v[1].from_beats, 8, 1e-9);
	chord_report_done(&r);
	AUTO(score) none = score_new();
	assert_int_equal(chords_find(none, NULL, NULL, NULL, &r, NULL), 0);
	assert_int_equal(r.n, 0);
	chord_report_done(&r);
}

static void test_random_scores_give_chords_in_order(void **state)
{
	uint64_t seed = seed_start();
	(void)state;
	for (int round = 0; round < 60; round++) {
		AUTO(score) s = random_score(&seed, 80, round % 10 == 0 ? 1e9 : 40);
		struct heard h = hear(s);
		for (size_t i = 0; i < h.chords.n; i++) {
			const struct chord_span *x = &h.chords.v[i];
			assert_true(x->to_beats > x->from_beats && isfinite(x->to_beats));
			assert_true(i == 0 || x->from_beats == x[-1].to_beats);
			assert_true(x->confidence >= 0 && x->confidence <= 1);
			assert_true(x->chord.root >= -1 && x->chord.root < 12);
		}
		done(&h);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chorale_has_its_chords),
		cmocka_unit_test(test_sevenths_inversions_and_applied_dominants),
		cmocka_unit_test(test_qualities_are_told_apart),
		cmocka_unit_test(test_progressions_of_known_truth_are_recovered),
		cmocka_unit_test(test_symbols_of_a_tune_are_compared),
		cmocka_unit_test(test_silence_has_no_chord),
		cmocka_unit_test(test_random_scores_give_chords_in_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "model/harmonise.h"

#include "family.h"
#include "model/harmony.h"
#include "tunes.h"

#include "../check.h"
#include "../seed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SOPRANO, ALTO, TENOR, BASS };

/* A hymn tune: quarters by steps and thirds in a major or minor key, every fourth bar ends on a half note, the last on the tonic. */
static struct score *hymn(uint64_t *r, bool minor)
{
	static const int scales[2][7] = { { 0, 2, 4, 5, 7, 9, 11 }, { 0, 2, 3, 5, 7, 8, 10 } };
	struct score *s = score_new();
	size_t v;
	assert_non_null(s);
	int tonic = minor ? 64 : 67;
	assert_int_equal(score_set_meter(s, 0, 4, 4, NULL), 0);
	assert_int_equal(score_set_key(s, 0, 1, minor, NULL), 0);
	assert_int_equal(score_add_voice(s, "tune", &v, NULL), 0);
	int bars = 4 * (1 + (int)seed_below(r, 4)), degree = 0;
	for (int beat = 0; beat < bars * 4;) {
		bool ends = beat % 16 == 14 || beat % 8 == 6, last = beat == bars * 4 - 2;
		degree = last ? 0 : degree;
		int octave = degree < 0 ? -1 : degree / 7, in = degree - octave * 7;
		struct note n = { beat, ends ? 2 : 1, (uint8_t)(tonic + octave * 12 + scales[minor][in]), 80, 0, 64 };
		assert_int_equal(score_add_note(s, v, &n, NULL), 0);
		beat += ends ? 2 : 1;
		static const int moves[] = { 1, 1, 1, -1, -1, -1, 2, -2, 0, 3 };
		degree += moves[seed_below(r, 10)];
		bool before_last = beat == bars * 4 - 3;
		degree = before_last ? 1 : degree < -3 ? -2 : degree > 6 ? 5 : degree;
	}
	score_sort(s);
	return s;
}

static void wrong(uint64_t seed, const char *what, double beat)
{
	fail_msg("seed %llu: %s at beat %g", (unsigned long long)seed, what, beat);
}

static void check_chord(const struct score *s, const struct harmony *h, size_t i, uint64_t seed)
{
	static const int lo[4] = { 0, 55, 48, 38 }, hi[4] = { 127, 74, 67, 62 };
	const struct note *n[4];
	for (int v = 0; v < 4; v++)
		n[v] = &s->voices[v].notes[i];
	double beat = n[0]->start_beats;
	const struct chord *c = &harmony_at(h, (int32_t)(beat * METER_TICKS + 0.5))->chord;
	int leading = 0, sevenths = 0;
	uint16_t has = 0;
	for (int v = 0; v < 4; v++) {
		assert_true(n[v]->start_beats == beat);
		if (n[v]->pitch < lo[v] || n[v]->pitch > hi[v])
			wrong(seed, "a voice out of its range", beat);
		if (!chord_has(c, n[v]->pitch))
			wrong(seed, "a note outside the chord", beat);
		has |= (uint16_t)(1 << n[v]->pitch % 12);
		leading += n[v]->pitch % 12 == (h->key.tonic + 11) % 12 && (c->root - h->key.tonic + 12) % 12 == 7;
		sevenths += chord_seventh(c) >= 0 && n[v]->pitch % 12 == (c->root + chord_seventh(c)) % 12;
	}
	if (leading > 1 || sevenths > 1)
		wrong(seed, "a doubled leading tone or seventh", beat);
	if (!(has >> c->root & 1) || !(has >> (c->root + chord_third(c)) % 12 & 1))
		wrong(seed, "a chord without root or third", beat);
	if (n[SOPRANO]->pitch < n[ALTO]->pitch || n[ALTO]->pitch < n[TENOR]->pitch || n[TENOR]->pitch < n[BASS]->pitch)
		wrong(seed, "voices cross", beat);
	if (n[SOPRANO]->pitch - n[ALTO]->pitch > 12 || n[ALTO]->pitch - n[TENOR]->pitch > 12)
		wrong(seed, "a gap between the upper voices", beat);
}

static void check_step(const struct score *s, const struct harmony *h, size_t i, uint64_t seed)
{
	double beat = s->voices[0].notes[i].start_beats;
	const struct chord *c = &harmony_at(h, (int32_t)(beat * METER_TICKS + 0.5))->chord;
	const struct chord *b = &harmony_at(h, (int32_t)(s->voices[0].notes[i - 1].start_beats * METER_TICKS + 0.5))->chord;
	for (int v = 0; v < 4; v++) {
		int from = s->voices[v].notes[i - 1].pitch, to = s->voices[v].notes[i].pitch;
		for (int w = 0; w < v; w++) {
			int above = s->voices[w].notes[i - 1].pitch, now = s->voices[w].notes[i].pitch;
			int x = (above - from) % 12, y = (now - to) % 12;
			if (from != to && above != now && x == y && (x == 0 || x == 7))
				wrong(seed, "parallel fifths or octaves", beat);
		}
		if (v == SOPRANO)
			continue;
		bool dominant = (b->root - h->key.tonic + 12) % 12 == 7 && (c->root - h->key.tonic + 12) % 12 == 0;
		if (dominant && from % 12 == (h->key.tonic + 11) % 12 && to != from + 1)
			wrong(seed, "a leading tone that does not go up", beat);
		if (chord_seventh(b) >= 0 && from % 12 == (b->root + chord_seventh(b)) % 12 && to != from && to != from - 1 && to != from - 2)
			wrong(seed, "a seventh that does not go down", beat);
	}
}

static void test_four_voices_keep_the_rules_under_hundreds_of_tunes(void **state)
{
	uint64_t r = seed_start();
	size_t chords = 0, dominant_ends = 0, inversions = 0, tunes = 0;
	for (uint64_t seed = 0; seed < 300; seed++, tunes++) {
		AUTO(score) tune = hymn(&r, seed % 2);
		char params[64];
		(void)snprintf(params, sizeof(params), "{'freedom':%g}", seed % 4 * 0.3);
		struct generated g = family_make("harmonise", params, seed, tune);
		AUTO_HARMONY h = { 0 };
		assert_int_equal(harmony_of_score(g.score, &h, NULL, NULL), 0);
		assert_int_equal(h.key.tonic, seed % 2 ? 4 : 7);
		if (family_number(&g, "broken_rules"))
			wrong(seed, "the report counts broken rules", 0);
		assert_int_equal(g.score->n_voices, 4);
		size_t n = g.score->voices[0].n_notes;
		for (int v = 0; v < 4; v++)
			assert_int_equal(g.score->voices[v].n_notes, n);
		for (size_t i = 0; i < n; i++, chords++) {
			const struct note *given = &tune->voices[0].notes[i], *kept = &g.score->voices[0].notes[i];
			assert_true(given->pitch == kept->pitch && given->start_beats == kept->start_beats);
			check_chord(g.score, &h, i, seed);
			if (i)
				check_step(g.score, &h, i, seed);
		}
		const struct chord *last = &h.chords[h.n - 1].chord;
		assert_int_equal(last->root, h.key.tonic);
		assert_int_equal(last->bass, last->root);
		if (h.n > 1) {
			int before = (h.chords[h.n - 2].chord.root - h.key.tonic + 12) % 12;
			dominant_ends += before == 7 || before == 11;
		}
		for (size_t i = 0; i < h.n; i++)
			inversions += h.chords[i].chord.bass != h.chords[i].chord.root;
		generated_done(&g);
	}
	print_message("%zu chords, %zu of %zu tunes end V I, %zu inversions\n", chords, dominant_ends, tunes, inversions);
	assert_true(dominant_ends * 10 > tunes * 8 && inversions * 20 > chords);
}

static void test_other_seeds_find_other_chords(void **state)
{
	uint64_t r = 88172645463325252u;
	AUTO(score) tune = hymn(&r, false);
	int others = 0;
	struct generated first = family_make("harmonise", "{'freedom':1}", 0, tune);
	for (uint64_t seed = 1; seed < 12; seed++) {
		struct generated g = family_make("harmonise", "{'freedom':1}", seed, tune);
		others += strcmp(family_text(&g, "chords"), family_text(&first, "chords")) != 0;
		generated_done(&g);
	}
	generated_done(&first);
	assert_true(others >= 10);
}

static void test_a_low_tune_is_brought_up_to_the_soprano(void **state)
{
	AUTO(score) reel = tune_reel();
	for (size_t i = 0; i < reel->voices[0].n_notes; i++)
		reel->voices[0].notes[i].pitch = (uint8_t)(reel->voices[0].notes[i].pitch - 24);
	struct generated g = family_make("harmonise", NULL, 1, reel);
	assert_true(family_number(&g, "octaves_moved") >= 1);
	assert_int_equal(family_number(&g, "broken_rules"), 0);
	generated_done(&g);
}

/* Whole notes in D: where every note is long, none of them ends a phrase. */
static struct score *cantus(bool minor)
{
	static const uint8_t pitches[2][10] = { { 62, 66, 64, 62, 67, 66, 69, 67, 64, 62 }, { 62, 65, 64, 62, 67, 65, 69, 67, 64, 62 } };
	struct score *s = score_new();
	size_t v;
	assert_non_null(s);
	assert_int_equal(score_set_key(s, 0, minor ? -1 : 2, minor, NULL), 0);
	assert_int_equal(score_add_voice(s, "cantus", &v, NULL), 0);
	for (int i = 0; i < 10; i++) {
		struct note n = { i * 4.0, 4, pitches[minor][i], 80, 0, 64 };
		assert_int_equal(score_add_note(s, v, &n, NULL), 0);
	}
	return s;
}

static void test_a_cantus_gets_more_than_tonic_and_dominant(void **state)
{
	int mediants = 0;
	for (uint64_t seed = 0; seed < 40; seed++) {
		AUTO(score) tune = cantus(seed % 2);
		struct generated g = family_make("harmonise", seed % 4 < 2 ? "{'freedom':0}" : "{'freedom':0.4}", seed, tune);
		AUTO_HARMONY h = { 0 };
		assert_int_equal(family_number(&g, "broken_rules"), 0);
		assert_int_equal(harmony_of_score(g.score, &h, NULL, NULL), 0);
		if (seed < 6)
			print_message("%s\n", family_text(&g, "chords"));
		unsigned roots = 0;
		for (size_t i = 0; i < h.n; i++)
			roots |= 1u << (h.chords[i].chord.root + 12 - h.key.tonic) % 12;
		if (__builtin_popcount(roots) < 4)
			wrong(seed, family_text(&g, "chords"), 0);
		mediants += seed % 2 && roots & (1u << 3 | 1u << 8 | 1u << 5);
		generated_done(&g);
	}
	assert_true(mediants >= 18); /* in minor: III, iv or VI */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_four_voices_keep_the_rules_under_hundreds_of_tunes),
		cmocka_unit_test(test_other_seeds_find_other_chords),
		cmocka_unit_test(test_a_cantus_gets_more_than_tonic_and_dominant),
		cmocka_unit_test(test_a_low_tune_is_brought_up_to_the_soprano),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

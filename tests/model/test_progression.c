#include "model/progression.h"

#include "base/limits.h"
#include "base/rng.h"
#include "family.h"

#include "../check.h"
#include "../seed.h"

#include <stdio.h>
#include <string.h>

static struct progression_params draw_params(uint64_t *r)
{
	struct progression_params p;
	assert_int_equal(model_params_read(progression_generator.table, NULL, &p, NULL), 0);
	p.bars = 1 + seed_below(r, 40);
	p.phrase_bars = 2 + seed_below(r, 8);
	p.style = seed_below(r, STYLE_COUNT);
	p.key = seed_below(r, TONIC_NAMES + 1);
	p.mode = seed_below(r, MODE_COUNT + 1);
	p.meter = seed_below(r, 12);
	p.cadence = seed_below(r, CADENCE_COUNT);
	p.chords_per_bar = seed_below(r, 5);
	p.complexity = seed_below(r, 11) / 10.0;
	return p;
}

static int above_tonic(const struct harmony *h, size_t i)
{
	return (h->chords[i].chord.root - h->key.tonic + 12) % 12;
}

static void check_cadence(const struct progression_params *p, const struct harmony *h)
{
	const struct chord *last = &h->chords[h->n - 1].chord;
	/* A last phrase of one bar has no room for what leads to its end. */
	bool room = p->bars % p->phrase_bars != 1 && p->bars > 1;
	int end = above_tonic(h, h->n - 1), before = h->n > 1 && room ? above_tonic(h, h->n - 2) : -1;
	bool minor = tonality_minor(&h->key);
	assert_int_equal(last->bass, last->root);
	if ((p->style == STYLE_BLUES && h->key.mode <= MODE_MINOR) || p->cadence <= CADENCE_PLAGAL) {
		assert_int_equal(end, 0);
		assert_int_equal(chord_third(last), minor ? 3 : 4);
	} else {
		assert_int_not_equal(end, 0);
	}
	/* Before the end stands a dominant of the mode (fifth, its tritone, flat seventh, leading tone, phrygian second, lydian second). */
	static const uint16_t dominants = 1 << 7 | 1 << 1 | 1 << 10 | 1 << 11 | 1 << 2;
	if (p->cadence == CADENCE_AUTHENTIC && p->style != STYLE_BLUES && before > 0)
		assert_true(dominants >> before & 1);
	if (p->cadence == CADENCE_PLAGAL && p->style != STYLE_BLUES && before > 0)
		assert_true(before == 5 || before == 2);
}

static void test_progressions_fill_their_bars_keep_their_key_and_close(void **state)
{
	uint64_t r = seed_start();
	for (int i = 0; i < 3000; i++) {
		struct progression_params p = draw_params(&r);
		AUTO_HARMONY h = { 0 };
		assert_int_equal(progression_chords(&p, (uint64_t)i, &h, NULL), 0);
		assert_int_equal(h.end_ticks, p.bars * h.meter.bar_ticks);
		if (p.key)
			assert_int_equal(h.key.tonic, tonality_of((int)p.key - 1, MODE_MAJOR).tonic);
		int32_t at = 0;
		for (size_t k = 0; k < h.n; k++) {
			assert_int_equal(h.chords[k].at, at);
			assert_true(h.chords[k].length > 0);
			assert_true(meter_weight(&h.meter, at % h.meter.bar_ticks) > 0); /* chords change on beats */
			at += h.chords[k].length;
		}
		assert_int_equal(at, h.end_ticks);
		check_cadence(&p, &h);
	}
}

static void test_plain_folk_is_all_in_its_key(void **state)
{
	size_t n = 0, inside = 0;
	for (uint64_t seed = 0; seed < 300; seed++) {
		struct progression_params p;
		assert_int_equal(model_params_read(progression_generator.table, NULL, &p, NULL), 0);
		p.bars = 16;
		p.style = STYLE_FOLK;
		p.complexity = 0;
		p.mode = 1; /* major */
		AUTO_HARMONY h = { 0 };
		assert_int_equal(progression_chords(&p, seed, &h, NULL), 0);
		assert_int_equal(above_tonic(&h, 0), 0); /* begins at home */
		for (size_t k = 0; k < h.n; k++, n++)
			inside += (chord_pitch_classes(&h.chords[k].chord) & ~tonality_scale(&h.key) & 0xfff) == 0;
	}
	assert_true(inside == n);
}

/* Whatever complexity adds. A chord from outside (a tritone substitute in jazz) has tones of its own. */
static void test_modes_keep_their_scale(void **state)
{
	uint64_t r = seed_start();
	for (int i = 0; i < 600; i++) {
		struct progression_params p = draw_params(&r);
		AUTO_HARMONY h = { 0 };
		p.style = i % 2 ? STYLE_MODAL : (int64_t)seed_below(&r, STYLE_COUNT);
		p.mode = 1 + MODE_DORIAN + seed_below(&r, MODE_COUNT - MODE_DORIAN);
		assert_int_equal(progression_chords(&p, (uint64_t)i, &h, NULL), 0);
		uint16_t scale = mode_scale(h.key.mode);
		for (size_t k = 0; k < h.n; k++)
			for (int tone = 0; tone < 24 && mask_has(scale, above_tonic(&h, k)); tone++)
				if (h.chords[k].chord.tones >> tone & 1 && !mask_has(scale, above_tonic(&h, k) + tone))
					fail_msg("seed %d: %d above chord %zu is not in %s", i, tone, k, mode_names[h.key.mode]);
	}
}

static void test_modal_harmony_keeps_coming_home(void **state)
{
	for (uint64_t seed = 1; seed <= 60; seed++) {
		struct progression_params p;
		AUTO_HARMONY h = { 0 };
		int32_t home = 0;
		assert_int_equal(model_params_read(progression_generator.table, NULL, &p, NULL), 0);
		p.style = STYLE_MODAL;
		p.bars = 16;
		assert_int_equal(progression_chords(&p, seed, &h, NULL), 0);
		for (size_t k = 0; k < h.n; k++)
			home += above_tonic(&h, k) == 0 ? h.chords[k].length : 0;
		assert_int_equal(above_tonic(&h, 0), 0);
		assert_true(home * 10 >= h.end_ticks * 3); /* 25 % is what a loop of four chords has */
	}
}

static void test_complexity_adds_tensions_and_changes(void **state)
{
	size_t notes[2] = { 0 }, chords[2] = { 0 }, outside[2] = { 0 };
	for (int rich = 0; rich < 2; rich++) {
		for (uint64_t seed = 0; seed < 200; seed++) {
			struct progression_params p;
			assert_int_equal(model_params_read(progression_generator.table, NULL, &p, NULL), 0);
			p.bars = 16;
			p.style = STYLE_JAZZ;
			p.mode = 1;
			p.complexity = rich;
			AUTO_HARMONY h = { 0 };
			assert_int_equal(progression_chords(&p, seed, &h, NULL), 0);
			for (size_t k = 0; k < h.n; k++) {
				notes[rich] += (size_t)__builtin_popcount(h.chords[k].chord.tones);
				outside[rich] += (chord_pitch_classes(&h.chords[k].chord) & ~tonality_scale(&h.key) & 0xfff) != 0;
			}
			chords[rich] += h.n;
		}
	}
	assert_true(notes[1] * chords[0] > notes[0] * chords[1] * 11 / 10);
	assert_true(chords[1] > chords[0] * 11 / 10);
	assert_true(outside[1] * chords[0] > outside[0] * chords[1] * 3 / 2);
}

/* Dominant sevenths of other degrees go down a fifth, or a semitone where they stand for their tritone. */
static void test_secondary_dominants_go_where_they_lead(void **state)
{
	size_t n = 0, led = 0;
	for (uint64_t seed = 0; seed < 400; seed++) {
		struct progression_params p;
		assert_int_equal(model_params_read(progression_generator.table, NULL, &p, NULL), 0);
		p.bars = 16;
		p.style = seed % 2 ? STYLE_JAZZ : STYLE_CLASSICAL;
		p.mode = 1 + (int64_t)(seed / 2 % 2);
		p.complexity = 0.8;
		AUTO_HARMONY h = { 0 };
		assert_int_equal(progression_chords(&p, seed, &h, NULL), 0);
		for (size_t k = 0; k + 1 < h.n; k++) {
			const struct chord *c = &h.chords[k].chord, *d = &h.chords[k + 1].chord;
			int at = above_tonic(&h, k);
			if (!(c->tones & 1 << 4 && c->tones & 1 << 10) || at == 7 || at == 10)
				continue;
			/* The second of the fifth may come between. */
			bool two_five = k + 2 < h.n && d->tones & 1 << 3 && (c->root + 5) % 12 == h.chords[k + 2].chord.root;
			n++;
			led += (c->root + 5) % 12 == d->root || (c->root + 11) % 12 == d->root || two_five;
		}
	}
	print_message("%zu of %zu secondary dominants go where they lead\n", led, n);
	assert_true(n > 300 && led * 100 >= n * 97);
}

static void test_a_blues_has_its_twelve_bars(void **state)
{
	for (uint64_t seed = 0; seed < 50; seed++) {
		struct generated g = family_make("progression", "{'style':'blues','bars':12,'key':'A','mode':'major','complexity':0}", seed, NULL);
		assert_int_equal(strncmp(family_text(&g, "chords"), "A7 | ", 5), 0);
		const char *fifth_bar = family_text(&g, "chords");
		for (int bar = 0; bar < 4; bar++)
			fifth_bar = strstr(fifth_bar, " | ") + 3;
		assert_int_equal(strncmp(fifth_bar, "D7 | D7 | A7 | A7 | E7", 22), 0);
		generated_done(&g);
	}
}

/* With tiny limits that is more than there is room for, and refused. */
static void test_a_blues_of_256_bars_has_room_or_is_refused(void **state)
{
	struct generated g = { 0 };
	struct err err = ERR_INIT;
	int code = family_try("progression", "{'style':'blues','bars':256}", 1, NULL, &g, &err);
	assert_int_equal(code, LIMIT_MODEL_BARS < 256 ? -EMSGSIZE : 0);
	generated_done(&g);
}

static void test_phrases_come_back(void **state)
{
	int same = 0;
	for (uint64_t seed = 0; seed < 100; seed++) {
		struct progression_params p;
		assert_int_equal(model_params_read(progression_generator.table, NULL, &p, NULL), 0);
		p.bars = 8;
		p.style = STYLE_CLASSICAL;
		AUTO_HARMONY h = { 0 };
		assert_int_equal(progression_chords(&p, seed, &h, NULL), 0);
		same += chord_equal(&harmony_at(&h, 0)->chord, &harmony_at(&h, 4 * h.meter.bar_ticks)->chord);
	}
	assert_true(same == 100);
}

static void test_the_score_sounds_as_its_symbols_say(void **state)
{
	for (uint64_t seed = 0; seed < 60; seed++) {
		struct generated g = family_make("progression", "{'style':'jazz','bars':16,'complexity':0.8,'lo':50,'hi':78}", seed, NULL);
		family_check_notes(g.score, 36, 78, seed);
		assert_true(g.score->end_beats == 64);
		AUTO_HARMONY h = { 0 };
		enum harmony_source source;
		assert_int_equal(harmony_of_score(g.score, &h, &source, NULL), 0);
		assert_int_equal(source, HARMONY_SYMBOLS);
		const struct score_voice *v = &g.score->voices[0];
		for (size_t i = 0; i < v->n_notes; i++) {
			const struct harmony_chord *c = harmony_at(&h, (int32_t)(v->notes[i].start_beats * METER_TICKS + 0.5));
			assert_true(chord_has(&c->chord, v->notes[i].pitch) || v->notes[i].pitch % 12 == c->chord.bass);
		}
		generated_done(&g);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_progressions_fill_their_bars_keep_their_key_and_close),
		cmocka_unit_test(test_plain_folk_is_all_in_its_key),
		cmocka_unit_test(test_modes_keep_their_scale),
		cmocka_unit_test(test_modal_harmony_keeps_coming_home),
		cmocka_unit_test(test_complexity_adds_tensions_and_changes),
		cmocka_unit_test(test_secondary_dominants_go_where_they_lead),
		cmocka_unit_test(test_a_blues_has_its_twelve_bars),
		cmocka_unit_test(test_a_blues_of_256_bars_has_room_or_is_refused),
		cmocka_unit_test(test_phrases_come_back),
		cmocka_unit_test(test_the_score_sounds_as_its_symbols_say),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The parts under and over chords: bass, arpeggio, accompaniment. */
#include "model/accompaniment.h"
#include "model/arpeggio.h"
#include "model/bassline.h"

#include "base/str.h"
#include "family.h"
#include "model/drums.h"
#include "model/harmony.h"

#include "../check.h"
#include "../seed.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static struct harmony chords_of(const struct score *s)
{
	struct harmony h;
	assert_int_equal(harmony_of_score(s, &h, NULL, NULL), 0);
	return h;
}

static const struct harmony_chord *under(const struct harmony *h, const struct note *n)
{
	return harmony_at(h, (int32_t)(n->start_beats * METER_TICKS + 0.5));
}

static void test_bass_lines_keep_range_begin_chords_with_their_bass_and_end_on_it(void **state)
{
	uint64_t r = seed_start();
	for (uint64_t seed = 0; seed < 330; seed++) {
		int style = (int)(seed % BASS_STYLE_COUNT), lo = 24 + (int)seed_below(&r, 12), hi = lo + 19 + (int)seed_below(&r, 8);
		int bars = 1 + (int)seed_below(&r, 16);
		char params[200];
		(void)snprintf(params, sizeof(params), "{'style':'%s','bars':%d,'meter':'%s','lo':%d,'hi':%d,'grammar':'%s','complexity':%g}",
			       bass_styles[style], bars, meter_names[seed_below(&r, 12)], lo, hi, progression_styles[seed_below(&r, STYLE_COUNT)],
			       seed_unit(&r));
		struct generated g = family_make("bass", params, seed, NULL);
		AUTO_HARMONY h = chords_of(g.score);
		const struct score_voice *v = &g.score->voices[0];
		family_check_notes(g.score, lo, hi, seed);
		assert_int_equal(harmony_bars(&h), bars);
		const struct note *last = &v->notes[v->n_notes - 1];
		assert_int_equal(last->pitch % 12, h.chords[h.n - 1].chord.bass);
		assert_true(fabs(last->start_beats + last->duration_beats - g.score->end_beats) < 1e-9);
		for (size_t i = 0; i < v->n_notes; i++) {
			const struct harmony_chord *c = under(&h, &v->notes[i]);
			bool begins = c->at == (int32_t)(v->notes[i].start_beats * METER_TICKS + 0.5);
			if (begins && style != BASS_PEDAL && style != BASS_TUMBAO && v->notes[i].pitch % 12 != c->chord.bass)
				fail_msg("seed %llu, %s: chord at %g begins with %d", (unsigned long long)seed, bass_styles[style],
					 v->notes[i].start_beats, v->notes[i].pitch);
			assert_true(i == 0 || v->notes[i - 1].start_beats + v->notes[i - 1].duration_beats <= v->notes[i].start_beats + 1e-9);
		}
		generated_done(&g);
	}
}

static void test_a_bass_walks_by_beats_and_leads_into_roots(void **state)
{
	size_t beats = 0, repeated = 0, led = 0, changes = 0, heavy = 0, fitting = 0;
	for (uint64_t seed = 0; seed < 100; seed++) {
		struct generated g = family_make("bass", "{'style':'walking','bars':16,'grammar':'jazz','complexity':0.5}", seed, NULL);
		AUTO_HARMONY h = chords_of(g.score);
		const struct score_voice *v = &g.score->voices[0];
		double last = -1;
		int before = -1;
		for (size_t i = 0; i < v->n_notes && v->notes[i].start_beats < 60; i++) {
			const struct note *n = &v->notes[i];
			if (fmod(n->start_beats, 1) != 0)
				continue;
			assert_true(last < 0 || n->start_beats == last + 1); /* a note on every beat */
			last = n->start_beats;
			const struct harmony_chord *c = under(&h, n);
			bool begins = c->at == (int32_t)(n->start_beats * METER_TICKS);
			repeated += n->pitch == before;
			changes += begins && before >= 0;
			led += begins && before >= 0 && abs(n->pitch - before) <= 2;
			heavy += fmod(n->start_beats, 4) == 2;
			fitting += fmod(n->start_beats, 4) == 2 && (chord_has(&c->chord, n->pitch) || (c->at + c->length == (int32_t)(n->start_beats + 1) * METER_TICKS));
			before = n->pitch;
			beats++;
		}
		generated_done(&g);
	}
	print_message("walking: %zu beats, %zu repeated, %zu of %zu roots led into by step, %zu of %zu third beats fit\n", beats, repeated, led,
		      changes, fitting, heavy);
	assert_true(repeated * 100 < beats && led * 10 > changes * 6 && fitting * 10 > heavy * 8);
}

static void test_a_bass_locks_to_the_kick(void **state)
{
	for (uint64_t seed = 0; seed < 40; seed++) {
		struct drums_params d;
		AUTO(score) drums = NULL;
		assert_int_equal(model_params_read(&drums_table, NULL, &d, NULL), 0);
		d.style = (int64_t)(seed % DRUM_STYLE_COUNT);
		d.bars = 8;
		d.humanise = 0;
		if (drums_make(&d, NULL, seed, NULL, &drums, NULL, NULL) < 0)
			continue;
		struct generated g = family_make("bass", "{'style':'pop'}", seed, drums);
		const struct score_voice *v = &g.score->voices[0], *k = &drums->voices[0];
		int64_t met = 0, kicks = 0;
		for (size_t i = 0; i < v->n_notes; i++)
			for (size_t j = 0; j < k->n_notes; j++)
				if ((k->notes[j].pitch == 36 || k->notes[j].pitch == 35) &&
				    fabs(k->notes[j].start_beats - v->notes[i].start_beats) < 1e-3) {
					met++;
					break;
				}
		for (size_t j = 0; j < k->n_notes; j++)
			kicks += k->notes[j].pitch == 36 || k->notes[j].pitch == 35;
		int64_t locked = family_number(&g, "with_kick");
		if (kicks > 8 && (locked < 4 || met < locked))
			fail_msg("seed %llu: %lld locked, %lld met, %lld kicks", (unsigned long long)seed, (long long)locked, (long long)met,
				 (long long)kicks);
		assert_true(g.score->end_beats == score_bar_ceil(drums, drums->end_beats) || g.score->end_beats >= drums->end_beats - 4);
		generated_done(&g);
		/* With chords from one input and the kick from another. */
		struct generated chords = family_make("progression", "{'bars':8}", seed, NULL);
		const struct score *both[] = { chords.score, drums };
		struct generated h = family_make_of("bass", "{'style':'disco'}", seed, both, 2);
		assert_string_equal(family_text(&h, "chords"), family_text(&chords, "chords"));
		generated_done(&h);
		generated_done(&chords);
	}
}

static bool begins_near(const struct score_voice *v, int drum, double at, double slack)
{
	for (size_t i = 0; i < v->n_notes; i++)
		if ((drum < 0 || v->notes[i].pitch == drum) && fabs(v->notes[i].start_beats - at) <= slack)
			return true;
	return false;
}

static void test_kicks_a_little_early_do_not_take_the_root_from_a_bar(void **state)
{
	static const int styles[] = { BASS_ROOTS, BASS_ROOT_FIFTH, BASS_POP, BASS_FUNK };
	size_t bars = 0;
	for (uint64_t seed = 0; seed < 60; seed++) {
		struct drums_params d;
		AUTO(score) drums = NULL;
		assert_int_equal(model_params_read(&drums_table, NULL, &d, NULL), 0);
		d.style = (int64_t)(seed % DRUM_STYLE_COUNT);
		d.bars = 8;
		d.humanise = 1;
		if (drums_make(&d, NULL, seed, NULL, &drums, NULL, NULL) < 0)
			continue;
		struct generated chords = family_make("progression", "{'bars':8}", seed, NULL);
		const struct score *both[] = { chords.score, drums };
		char params[40];
		(void)snprintf(params, sizeof(params), "{'style':'%s'}", bass_styles[styles[seed % COUNT_OF(styles)]]);
		struct generated g = family_make_of("bass", params, seed, both, 2);
		AUTO_HARMONY h = chords_of(g.score);
		const struct score_voice *v = &g.score->voices[0];
		for (size_t i = 0; i < v->n_notes; i++)
			if (v->notes[i].duration_beats < 0.05)
				fail_msg("seed %llu: a note at %g lasts %g", (unsigned long long)seed, v->notes[i].start_beats,
					 v->notes[i].duration_beats);
		for (double bar = 0; bar < g.score->end_beats; bar += h.meter.bar_ticks / (double)METER_TICKS) {
			if (!begins_near(&drums->voices[0], 36, bar, 0.02))
				continue;
			bars++;
			if (!begins_near(v, -1, bar, 0.03))
				fail_msg("seed %llu: no bass at beat %g, where a kick is", (unsigned long long)seed, bar);
		}
		for (size_t i = 0; i < v->n_notes; i++)
			if (under(&h, &v->notes[i])->at == (int32_t)(v->notes[i].start_beats * METER_TICKS + 0.5))
				assert_int_equal(v->notes[i].pitch % 12, under(&h, &v->notes[i])->chord.bass);
		generated_done(&g);
		generated_done(&chords);
	}
	assert_true(bars > 100);
}

static void test_arpeggios_fill_their_bars_with_chord_tones(void **state)
{
	uint64_t r = seed_start();
	for (uint64_t seed = 0; seed < 300; seed++) {
		char params[200];
		int lo = 30 + (int)seed_below(&r, 40), octaves = 1 + (int)seed_below(&r, 4);
		(void)snprintf(params, sizeof(params), "{'pattern':'%s','rate':'%s','octaves':%d,'lo':%d,'gate':1,'meter':'%s','bars':4}",
			       arpeggio_patterns[seed % ARP_COUNT], arpeggio_rates[seed_below(&r, 6)], octaves, lo, meter_names[seed_below(&r, 12)]);
		struct generated g = family_make("arpeggio", params, seed, NULL);
		AUTO_HARMONY h = chords_of(g.score);
		const struct score_voice *v = &g.score->voices[0];
		family_check_notes(g.score, lo, lo + 12 * octaves + 11, seed);
		assert_true(family_fills(v, 0, g.score->end_beats));
		for (size_t i = 0; i < v->n_notes; i++)
			assert_true(chord_has(&under(&h, &v->notes[i])->chord, v->notes[i].pitch));
		generated_done(&g);
	}
	struct generated up = family_make("arpeggio", "{'chords':'C | F','pattern':'up','rate':'1/4','lo':60}", 1, NULL);
	const struct score_voice *v = &up.score->voices[0];
	assert_int_equal(v->n_notes, 8);
	for (size_t i = 1; i < 3; i++)
		assert_true(v->notes[i].pitch > v->notes[i - 1].pitch);
	generated_done(&up);
	struct generated alberti = family_make("arpeggio", "{'chords':'C','pattern':'alberti','lo':60}", 1, NULL);
	const struct note *n = alberti.score->voices[0].notes;
	assert_true(n[0].pitch < n[2].pitch && n[2].pitch < n[1].pitch && n[1].pitch == n[3].pitch);
	generated_done(&alberti);
}

static void test_accompaniments_play_their_chords_in_every_meter(void **state)
{
	uint64_t r = seed_start();
	for (uint64_t seed = 0; seed < 320; seed++) {
		int style = (int)(seed % ACC_COUNT), bars = 1 + (int)seed_below(&r, 8);
		char params[200];
		(void)snprintf(params, sizeof(params), "{'style':'%s','bars':%d,'meter':'%s','grammar':'%s','complexity':%g,'bass':%s}",
			       accompaniment_styles[style], bars, meter_names[seed_below(&r, 12)], progression_styles[seed_below(&r, STYLE_COUNT)],
			       seed_unit(&r), seed % 3 ? "true" : "false");
		struct generated g = family_make("accompaniment", params, seed, NULL);
		AUTO_HARMONY h = chords_of(g.score);
		const struct score_voice *v = &g.score->voices[0];
		family_check_notes(g.score, 24, 90, seed);
		size_t fitting = 0;
		uint16_t bars_played = 0;
		for (size_t i = 0; i < v->n_notes; i++) {
			const struct chord *c = &under(&h, &v->notes[i])->chord;
			fitting += chord_has(c, v->notes[i].pitch) || v->notes[i].pitch % 12 == (c->root + 7) % 12;
			bars_played |= (uint16_t)(1 << (int)(v->notes[i].start_beats * METER_TICKS / h.meter.bar_ticks + 1e-9));
		}
		if (fitting != v->n_notes || bars_played != (1 << bars) - 1)
			fail_msg("seed %llu: %s: %zu of %zu notes fit, bars %x", (unsigned long long)seed, params, fitting, v->n_notes, bars_played);
		const struct note *last = &v->notes[v->n_notes - 1];
		assert_true(fabs(last->start_beats + last->duration_beats - g.score->end_beats) < 1e-9);
		generated_done(&g);
	}
}

static void test_a_waltz_goes_oom_pah_pah(void **state)
{
	struct generated g = family_make("accompaniment", "{'chords':'C | G7 | C','meter':'3/4','style':'waltz'}", 1, NULL);
	const struct score_voice *v = &g.score->voices[0];
	size_t at[3] = { 0 };
	for (size_t i = 0; i < v->n_notes && v->notes[i].start_beats < 3; i++)
		at[(int)v->notes[i].start_beats]++;
	assert_true(at[0] == 1 && at[1] == 3 && at[2] == 3 && v->notes[0].pitch % 12 == 0);
	generated_done(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bass_lines_keep_range_begin_chords_with_their_bass_and_end_on_it),
		cmocka_unit_test(test_a_bass_walks_by_beats_and_leads_into_roots),
		cmocka_unit_test(test_a_bass_locks_to_the_kick),
		cmocka_unit_test(test_kicks_a_little_early_do_not_take_the_root_from_a_bar),
		cmocka_unit_test(test_arpeggios_fill_their_bars_with_chord_tones),
		cmocka_unit_test(test_accompaniments_play_their_chords_in_every_meter),
		cmocka_unit_test(test_a_waltz_goes_oom_pah_pah),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "model/harmony.h"

#include "base/limits.h"
#include "base/str.h"
#include "model/meter_shape.h"
#include "model/tonality.h"
#include "model/voice_leading.h"
#include "tunes.h"

#include "../check.h"

#include <stdlib.h>
#include <string.h>

static struct meter_shape meter(const char *name)
{
	struct meter_shape m;
	assert_int_equal(meter_shape_of_name(name, &m, NULL), 0);
	return m;
}

static void test_meters_know_their_beats(void **state)
{
	static const struct {
		const char *name;
		int bar_ticks, n_beats, second_beat;
	} cases[] = { { "4/4", 1920, 4, 480 }, { "3/4", 1440, 3, 480 }, { "6/8", 1440, 2, 720 },  { "9/8", 2160, 3, 720 },
		      { "2/2", 1920, 2, 960 }, { "7/8", 1680, 3, 480 }, { "5/8", 1200, 2, 720 }, { "3/8", 720, 3, 240 } };
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct meter_shape m = meter(cases[i].name);
		assert_int_equal(m.bar_ticks, cases[i].bar_ticks);
		assert_int_equal(m.n_beats, cases[i].n_beats);
		assert_int_equal(m.beat_at[1], cases[i].second_beat);
		assert_int_equal(m.beat_at[m.n_beats], m.bar_ticks);
	}
	struct meter_shape m = meter("4/4");
	assert_int_equal(meter_weight(&m, 0), 3);
	assert_int_equal(meter_weight(&m, 960), 2);
	assert_int_equal(meter_weight(&m, 480), 1);
	assert_int_equal(meter_weight(&m, 240), 0);
	struct meter_shape none;
	assert_int_equal(meter_shape_make(17, 4, &none, NULL), -EINVAL);
	assert_int_equal(meter_shape_make(4, 128, &none, NULL), -EINVAL);
	assert_int_equal(meter_shape_make(4, 6, &none, NULL), -EINVAL);
	assert_int_equal(meter_shape_of_name("4", &none, NULL), -EINVAL);
}

static void test_keys_have_the_signature_of_their_spelling(void **state)
{
	static const struct {
		const char *tonic;
		enum mode mode;
		int sharps;
	} cases[] = { { "C", MODE_MAJOR, 0 },   { "Db", MODE_MAJOR, -5 }, { "C#", MODE_MAJOR, 7 },    { "D", MODE_MINOR, -1 },
		      { "D", MODE_DORIAN, 0 },  { "E", MODE_PHRYGIAN, 0 }, { "F", MODE_LYDIAN, 0 },   { "G", MODE_MIXOLYDIAN, 0 },
		      { "Bb", MODE_MINOR, -5 }, { "F#", MODE_MINOR, 3 },  { "Ab", MODE_MINOR, -7 } };
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		int k = 0;
		while (strcmp(tonic_names[k], cases[i].tonic) != 0)
			k++;
		struct tonality t = tonality_of(k, cases[i].mode);
		assert_int_equal(t.sharps, cases[i].sharps);
		/* The members of the scale are those of the signature's major scale. */
		struct tonality major = tonality_plain((t.sharps * 7 + 84) % 12, MODE_MAJOR);
		assert_int_equal(tonality_scale(&t), tonality_scale(&major));
		char name[24], want[24];
		tonality_name(&t, name);
		(void)snprintf(want, sizeof(want), "%s %s", cases[i].tonic, mode_names[cases[i].mode]);
		assert_string_equal(name, want);
	}
}

static void read_text(const char *text, const char *in, struct harmony *ret)
{
	struct meter_shape m = meter(in);
	struct err err = ERR_INIT;
	if (harmony_read(text, NULL, &m, ret, &err) < 0)
		fail_msg("%s: %s", text, err.msg);
}

static void test_chords_of_a_text_share_their_bars(void **state)
{
	static const struct {
		const char *text, *meter, *again, *key;
		int bars;
	} cases[] = {
		{ "Dm7 | G7 | Cmaj7 | %", "4/4", "Dm7 | G7 | Cmaj7 | Cmaj7", "C major", 4 },
		{ "Dm7 G7 | Cmaj7", "4/4", "Dm7 G7 | Cmaj7", "C major", 2 },
		{ "| Am . . E7/G# | Am |", "4/4", "Am . . E7/G# | Am", "A minor", 2 },
		{ "C G | C", "3/4", "C G | C", "C major", 2 },
		{ "C F G C", "4/4", "C | F | G | C", "C major", 4 },
		{ "Dm7 G7 |", "4/4", "Dm7 G7 |", "C major", 1 },
		{ "B7(no5,addb5) | E", "4/4", "B7(no5,addb5) | E", "E major", 2 },
		{ "Em | B7 | Em | N.C. | %", "6/8", "Em | B7 | Em | Em | Em", "E minor", 5 },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO_HARMONY h;
		read_text(cases[i].text, cases[i].meter, &h);
		AUTO_MEM char *again = harmony_text(&h);
		assert_string_equal(again, cases[i].again);
		assert_int_equal(harmony_bars(&h), cases[i].bars);
		char key[24];
		tonality_name(&h.key, key);
		assert_string_equal(key, cases[i].key);
		AUTO_HARMONY twice;
		read_text(again, cases[i].meter, &twice);
		assert_int_equal(twice.n, h.n);
		for (size_t k = 0; k < h.n; k++)
			assert_true(chord_equal(&twice.chords[k].chord, &h.chords[k].chord) && twice.chords[k].at == h.chords[k].at);
	}
	AUTO_HARMONY h;
	read_text("C G | C", "3/4", &h);
	assert_int_equal(h.chords[1].at, 960); /* two beats and one */
}

static void test_chords_that_cannot_be_read_are_refused_with_their_column(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "", "no chord" },
		{ " | | ", "no chord" },
		{ "C | Hm7", "column 5: 'Hm7' is no chord symbol" },
		{ "% | C", "column 1: '%' repeats" },
		{ "C | G % |", "column 7: '%'" },
		{ ". C", "column 1: '.' comes before any chord" },
		{ "C C C C C C C C C C C C C C C C C |", "seventeenth" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct meter_shape m = meter("4/4");
		struct harmony h;
		struct err err = ERR_INIT;
		assert_int_equal(harmony_read(cases[i].text, NULL, &m, &h, &err), -EINVAL);
		assert_string_equal(err.field, "params.chords");
		if (!strstr(err.msg, cases[i].says))
			fail_msg("'%s' does not say '%s'", err.msg, cases[i].says);
	}
	AUTO_STRBUF long_text = STRBUF_INIT;
	for (int i = 0; i <= LIMIT_MODEL_BARS; i++)
		(void)strbuf_adds(&long_text, i % 2 ? "C | " : "G | ");
	struct meter_shape m = meter("4/4");
	struct harmony h;
	assert_int_equal(harmony_read(long_text.s, NULL, &m, &h, NULL), -EMSGSIZE);
}

static void test_chords_are_found_in_a_score_as_symbols_or_as_sound(void **state)
{
	/* The waltz has chords under its melody; they are heard without symbols. */
	AUTO(score) waltz = tune_waltz(true);
	AUTO_HARMONY heard = { 0 };
	enum harmony_source source;
	assert_int_equal(harmony_of_score(waltz, &heard, &source, NULL), 0);
	assert_int_equal(source, HARMONY_HEARD);
	assert_int_equal(heard.key.tonic, 0);
	assert_int_equal(heard.key.mode, MODE_MAJOR);
	assert_int_equal(heard.chords[0].chord.root, 0);
	assert_int_equal(heard.meter.bar_ticks, 1440);

	AUTO_HARMONY h;
	read_text("Dm7 G7 | Cmaj7 | F/A Bb7 | C", "4/4", &h);
	AUTO(score) s = score_new();
	assert_int_equal(score_set_meter(s, 0, 4, 4, NULL), 0);
	assert_int_equal(harmony_write(&h, s, NULL), 0);
	s->end_beats = 16;
	for (int kind = 0; kind < 2; kind++) {
		AUTO_HARMONY found = { 0 };
		assert_int_equal(harmony_of_score(s, &found, &source, NULL), 0);
		assert_int_equal(source, HARMONY_SYMBOLS);
		AUTO_MEM char *text = harmony_text(&found);
		assert_string_equal(text, "Dm7 G7 | Cmaj7 | F/A Bb7 | C");
		for (size_t i = 0; i < s->n_texts; i++)
			s->texts[i].kind = SCORE_TEXT; /* as a MIDI file brings them back */
	}
	AUTO(score) empty = score_new();
	struct err err = ERR_INIT;
	struct harmony none;
	assert_int_equal(harmony_of_score(empty, &none, NULL, &err), -EINVAL);
	assert_string_equal(err.field, "inputs");
}

static void test_symbols_are_spelt_as_musicians_do(void **state)
{
	static const struct {
		const char *text, *key, *spelt;
	} cases[] = {
		{ "C | C#7 | A#7 | C", "C", "C | Db7 | Bb7 | C" },
		{ "Am | G#dim7 | E7/G# | Am", "C", "Am | G#dim7 | E7/G# | Am" },
		{ "E | F7 | E", "E", "E | F7 | E" },
		{ "F | F#dim7 | Gm7 | C7", "F", "F | F#dim7 | Gm7 | C7" },
		{ "G | F#m7b5 | B7 | Em", "G", "G | F#m7b5 | B7 | Em" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		int k = 0;
		while (strcmp(tonic_names[k], cases[i].key) != 0)
			k++;
		struct tonality key = tonality_of(k, MODE_MAJOR);
		struct meter_shape m = meter("4/4");
		AUTO_HARMONY h = { 0 };
		assert_int_equal(harmony_read(cases[i].text, &key, &m, &h, NULL), 0);
		AUTO_MEM char *text = harmony_text(&h);
		assert_string_equal(text, cases[i].spelt);
	}
}

static void test_harmony_is_repeated_or_cut_to_fit(void **state)
{
	AUTO_HARMONY h;
	read_text("C | F G", "4/4", &h);
	assert_int_equal(harmony_fit(&h, 5, NULL), 0);
	AUTO_MEM char *longer = harmony_text(&h);
	assert_string_equal(longer, "C | F G | C | F G | C");
	assert_int_equal(harmony_fit(&h, 1, NULL), 0);
	AUTO_MEM char *shorter = harmony_text(&h);
	assert_string_equal(shorter, "C");
	assert_int_equal(harmony_fit(&h, 0, NULL), -EINVAL);
	assert_int_equal(harmony_fit(&h, LIMIT_MODEL_BARS + 1, NULL), -EINVAL);
}

static void test_voices_move_little_and_hold_their_chords(void **state)
{
	AUTO_HARMONY h;
	read_text("C | Am7 | Dm7 | G7 | Cmaj7 | F6 | Fm6 | C/G | Bdim7 | E7#9 | Am | C13/E", "4/4", &h);
	for (int n = 3; n <= VOICES_MAX; n++) {
		struct voicing v[16];
		const struct voicing_rules r = { n, 52, 76, 36 };
		assert_int_equal(voice_lead(&h, &r, NULL, v, NULL), 0);
		int moved = 0;
		for (size_t i = 0; i < h.n; i++) {
			const struct chord *c = &h.chords[i].chord;
			assert_int_equal(v[i].n, n);
			assert_int_equal(v[i].pitch[0] % 12, c->bass);
			uint16_t has = 0;
			for (int k = 0; k < n; k++) {
				assert_true(chord_has(c, v[i].pitch[k]) || v[i].pitch[k] % 12 == c->bass);
				assert_true(k == 0 || v[i].pitch[k] > v[i].pitch[k - 1]);
				assert_true(k == 0 || (v[i].pitch[k] >= 52 && v[i].pitch[k] <= 76));
				has |= (uint16_t)(1 << v[i].pitch[k] % 12);
			}
			assert_true(mask_has(has, c->root + chord_third(c)));
			if (chord_seventh(c) >= 0)
				assert_true(mask_has(has, c->root + chord_seventh(c)));
			for (int k = 1; i && k < n; k++)
				moved += abs(v[i].pitch[k] - v[i - 1].pitch[k]);
		}
		print_message("%d voices: %d semitones in %zu changes\n", n, moved, h.n - 1);
		assert_true(moved <= 4 * (n - 1) * (int)(h.n - 1)); /* less than a major third each */
	}
	struct voicing v[16];
	const struct voicing_rules narrow = { 4, 60, 70, 36 };
	assert_int_equal(voice_lead(&h, &narrow, NULL, v, NULL), -EINVAL);
	assert_true(voices_parallel(48, 55, 50, 57) && voices_parallel(48, 60, 47, 59));
	assert_false(voices_parallel(48, 55, 48, 55) || voices_parallel(48, 52, 50, 53) || voices_parallel(48, 55, 50, 59));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_meters_know_their_beats),
		cmocka_unit_test(test_keys_have_the_signature_of_their_spelling),
		cmocka_unit_test(test_chords_of_a_text_share_their_bars),
		cmocka_unit_test(test_chords_that_cannot_be_read_are_refused_with_their_column),
		cmocka_unit_test(test_chords_are_found_in_a_score_as_symbols_or_as_sound),
		cmocka_unit_test(test_symbols_are_spelt_as_musicians_do),
		cmocka_unit_test(test_harmony_is_repeated_or_cut_to_fit),
		cmocka_unit_test(test_voices_move_little_and_hold_their_chords),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

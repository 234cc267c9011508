#include <math.h>
#include <string.h>

#include "../check.h"
#include "../seed.h"
#include "base/limits.h"
#include "music/abc.h"
#include "music/sheet.h"

static struct sheet *sheet_of(const struct score *s, const struct sheet_options *o)
{
	struct sheet *ret = NULL;
	struct err err = ERR_INIT;
	if (sheet_new(s, o, &ret, &err) < 0)
		fail_msg("%s", err.msg);
	return ret;
}

/* A heap of notes with no regard to any grid, as a player or a fool would leave it. */
static struct score *random_heap(uint64_t *seed)
{
	static const uint16_t meters[][2] = { { 4, 4 }, { 3, 4 }, { 6, 8 }, { 5, 8 }, { 2, 2 }, { 12, 16 }, { 1, 4 } };
	struct score *s = score_new();
	double at = 0;
	size_t v;
	assert_non_null(s);
	for (unsigned i = 0; i < seed_below(seed, 4); i++) {
		unsigned m = seed_below(seed, COUNT_OF(meters));
		assert_int_equal(score_set_meter(s, at, meters[m][0], meters[m][1], NULL), 0);
		at += seed_unit(seed) * 9;
	}
	s->pickup_beats = seed_below(seed, 2) ? 0 : seed_unit(seed) * 0.5;
	assert_int_equal(score_add_voice(s, NULL, &v, NULL), 0);
	for (unsigned i = 0; i < 1 + seed_below(seed, 60); i++) {
		struct note n = { .start_beats = seed_unit(seed) * 20, .duration_beats = seed_unit(seed) * 3,
				  .pitch = (uint8_t)seed_below(seed, 128), .velocity = 64,
				  .channel = seed_below(seed, 8) ? 0 : 9 };
		assert_int_equal(score_add_note(s, v, &n, NULL), 0);
	}
	score_sort(s);
	return s;
}

static int64_t written_ticks(const struct sheet_item *i)
{
	int64_t t = i->value < 0 ? SHEET_QUARTER * 8 : SHEET_QUARTER * 4 >> i->value;
	return i->dots == 2 ? t * 7 / 4 : i->dots ? t * 3 / 2 : t;
}

static void check_ties(const struct sheet *s, const struct sheet_item *a, const struct sheet_item *b)
{
	for (uint32_t k = 0; k < a->n; k++) {
		const struct sheet_pitch *p = &s->pitches[a->first + k];
		assert_int_equal(spelling_pitch(p->spelling), p->pitch);
		if (!p->tie_out)
			continue;
		assert_non_null(b);
		assert_int_equal(b->n, a->n);
		assert_int_equal(s->pitches[b->first + k].pitch, p->pitch);
		assert_true(s->pitches[b->first + k].tie_in);
	}
}

/* Items fill every bar exactly, signs say what sounds, tuplets open and close, ties go somewhere. */
static void check_layer(const struct sheet *s, const struct sheet_layer *l)
{
	int64_t at = 0;
	bool inside = false;
	for (size_t k = 0; k < l->n_items; k++) {
		const struct sheet_item *i = &l->items[k], *next = k + 1 < l->n_items ? i + 1 : NULL;
		const struct sheet_bar *b = &s->bars[i->bar];
		assert_true(i->at == at && i->ticks > 0);
		assert_true(i->at >= b->at && i->at + i->ticks <= b->at + b->ticks);
		at += i->ticks;
		if (i->whole_bar) {
			assert_int_equal(i->n, 0);
			assert_true(i->ticks == b->ticks);
			continue;
		}
		assert_true(written_ticks(i) == (i->p ? i->ticks * i->p / i->q : i->ticks));
		assert_int_equal(i->opens, i->p && !inside);
		inside = i->p && !i->closes;
		check_ties(s, i, next);
	}
	assert_false(inside);
	assert_true(at == s->bars[s->n_bars - 1].at + s->bars[s->n_bars - 1].ticks);
}

static void test_every_sheet_adds_up(void **state)
{
	uint64_t seed = seed_start();
	(void)state;
	for (int i = 0; i < 300; i++) {
		AUTO(score) s = random_heap(&seed);
		struct sheet_options o = SHEET_OPTIONS_INIT;
		o.grid = (enum sheet_grid)seed_below(&seed, SHEET_GRID_COUNT);
		o.smallest = 4 << seed_below(&seed, 4);
		o.layers = 1 + (int)seed_below(&seed, SHEET_LAYERS_MAX);
		AUTO(sheet) sheet = sheet_of(s, &o);
		int64_t at = 0;
		for (size_t b = 0; b < sheet->n_bars; b++) {
			assert_true(sheet->bars[b].at == at && sheet->bars[b].ticks > 0);
			at += sheet->bars[b].ticks;
		}
		for (size_t p = 0; p < sheet->n_parts; p++)
			for (size_t k = 0; k < sheet->parts[p].n_layers; k++)
				check_layer(sheet, &sheet->parts[p].layers[k]);
	}
}

/* A small file may ask for many parts of many bars, all but two of them empty. */
static void test_too_many_bars_of_all_parts_are_refused(void **state)
{
	AUTO(score) s = score_new();
	struct sheet_options o = SHEET_OPTIONS_INIT;
	struct sheet *sheet = NULL;
	size_t parts = LIMIT_SHEET_MEASURES / LIMIT_SHEET_BARS + 1, voice = 0;
	(void)state;
	for (size_t i = 0; i < parts; i++) {
		if (i % 8 == 0)
			assert_int_equal(score_add_voice(s, NULL, &voice, NULL), 0);
		struct note first = { 0, 1, 60, 80, (uint8_t)(i % 8), 64 }, last = first;
		last.start_beats = 4.0 * (LIMIT_SHEET_BARS - 1);
		assert_int_equal(score_add_note(s, voice, &first, NULL), 0);
		assert_int_equal(score_add_note(s, voice, &last, NULL), 0);
	}
	score_sort(s);
	assert_int_equal(sheet_new(s, &o, &sheet, NULL), -EMSGSIZE);
}

static void test_three_against_two_are_two_lines(void **state)
{
	static const char tune[] = "X:1\nM:2/4\nL:1/4\nK:C\nV:1\n(3cde f|]\nV:2\nC/D/ E|]\n";
	AUTO(score) s = NULL;
	struct sheet_options o = SHEET_OPTIONS_INIT;
	(void)state;
	assert_int_equal(abc_parse(tune, strlen(tune), NULL, &s, NULL, NULL), 0);
	AUTO(score) one = score_new();
	size_t v;
	assert_int_equal(score_add_voice(one, NULL, &v, NULL), 0);
	for (size_t i = 0; i < 2; i++)
		for (size_t k = 0; k < s->voices[i].n_notes; k++) {
			struct note n = s->voices[i].notes[k];
			n.channel = 0;
			assert_int_equal(score_add_note(one, v, &n, NULL), 0);
		}
	score_sort(one);
	AUTO(sheet) sheet = sheet_of(one, &o);
	assert_int_equal(sheet->n_parts, 1);
	assert_int_equal(sheet->parts[0].n_layers, 2);
	assert_int_equal(sheet->parts[0].layers[0].items[0].p, 3);
	assert_int_equal(sheet->parts[0].layers[1].items[0].p, 0);
	assert_false(sheet->played);
}

static void test_channels_of_a_voice_are_parts(void **state)
{
	AUTO(score) s = score_new();
	struct sheet_options o = SHEET_OPTIONS_INIT;
	size_t v;
	(void)state;
	assert_int_equal(score_add_voice(s, NULL, &v, NULL), 0);
	struct note low = { .duration_beats = 1, .pitch = 40, .velocity = 64 };
	struct note drum = { .duration_beats = 1, .pitch = 38, .velocity = 64, .channel = 9 };
	assert_int_equal(score_add_note(s, v, &low, NULL), 0);
	assert_int_equal(score_add_note(s, v, &drum, NULL), 0);
	AUTO(sheet) sheet = sheet_of(s, &o);
	assert_int_equal(sheet->n_parts, 2);
	assert_int_equal(sheet->parts[0].clef, SHEET_BASS);
	assert_int_equal(sheet->parts[1].clef, SHEET_PERCUSSION);
}

static void test_a_signature_that_the_notes_contradict_may_be_replaced(void **state)
{
	static const char tune[] = "X:1\nM:4/4\nL:1/4\nK:C\n_E F G _A|_B c d _e|_e _B G _E|\n";
	AUTO(score) s = NULL;
	struct sheet_options o = SHEET_OPTIONS_INIT;
	(void)state;
	assert_int_equal(abc_parse(tune, strlen(tune), NULL, &s, NULL, NULL), 0);
	AUTO(sheet) as_given = sheet_of(s, &o);
	o.guess_key = true;
	AUTO(sheet) guessed = sheet_of(s, &o);
	assert_int_equal(as_given->bars[0].sharps, 0);
	assert_int_equal(guessed->bars[0].sharps, -3);
	assert_false(guessed->bars[0].minor);
}

static void test_a_missing_signature_is_found(void **state)
{
	static const char tune[] = "X:1\nM:4/4\nL:1/4\nK:C\n^FDEF|G F E D|A ^c d A|[DFAd]4|\n";
	AUTO(score) s = NULL;
	struct sheet_options o = SHEET_OPTIONS_INIT;
	(void)state;
	assert_int_equal(abc_parse(tune, strlen(tune), NULL, &s, NULL, NULL), 0);
	s->n_keys = 0;
	for (size_t i = 0; i < s->voices[0].n_notes; i++) /* F naturals of the other bars as well */
		if (s->voices[0].notes[i].pitch % 12 == 5)
			s->voices[0].notes[i].pitch++;
	AUTO(sheet) sheet = sheet_of(s, &o);
	assert_string_equal(key_name(sheet->bars[0].sharps, sheet->bars[0].minor), "D");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_sheet_adds_up),
		cmocka_unit_test(test_too_many_bars_of_all_parts_are_refused),
		cmocka_unit_test(test_three_against_two_are_two_lines),
		cmocka_unit_test(test_channels_of_a_voice_are_parts),
		cmocka_unit_test(test_a_missing_signature_is_found),
		cmocka_unit_test(test_a_signature_that_the_notes_contradict_may_be_replaced),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../check.h"
#include "../cpu.h"
#include "../seed.h"
#include "music/abc.h"
#include "music/abc_write.h"
#include "music/smf.h"

static struct score *parse(const char *text)
{
	struct score *s = NULL;
	struct err err = ERR_INIT;
	if (abc_parse(text, strlen(text), NULL, &s, NULL, &err) < 0)
		fail_msg("%s in\n%s", err.msg, text);
	return s;
}

static char *write_abc(const struct score *s, enum sheet_grid grid)
{
	struct abc_write_options o = ABC_WRITE_OPTIONS_INIT;
	struct err err = ERR_INIT;
	char *text = NULL;
	size_t n = 0;
	o.sheet.grid = grid;
	if (abc_write(s, &o, &text, &n, NULL, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(n, strlen(text));
	return text;
}

/* What is written this way comes back this way, letter by letter. */
static void same_text(const char *abc)
{
	AUTO(score) s = parse(abc);
	char AUTO_MEM *text = write_abc(s, SHEET_GRID_AUTO);
	assert_string_equal(text, abc);
}

static void expect(const char *abc, const char *want)
{
	AUTO(score) s = parse(abc);
	char AUTO_MEM *text = write_abc(s, SHEET_GRID_AUTO);
	assert_string_equal(text, want);
}

static void test_well_written_tunes_come_back_as_they_were(void **state)
{
	(void)state;
	same_text("X:1\nT:Waltz\nC:Nobody\nM:3/4\nL:1/4\nQ:1/4=96\nK:G\n"
		  "D | G B d | g2 f | e d c/d/ | B3- |\nB z z |]\n");
	same_text("X:1\nM:6/8\nL:1/8\nQ:3/8=100\nK:Em\nB2e gfe | ^d2B B3- | B3 [EGe]3 |]\n");
	same_text("X:1\nM:4/4\nL:1/8\nK:C\n(3cde f2 (5:4:5c/d/e/f/g/ a2 | c3/d/ ef ga b2 |]\n");
}

static void test_a_change_of_key_or_meter_stands_behind_a_double_bar(void **state)
{
	(void)state;
	same_text("X:1\nM:4/4\nL:1/4\nK:F\nc B A G || [K:D]f e d c || [M:3/4]f3- | f3 |]\n");
}

static void test_words_and_chords_come_along(void **state)
{
	(void)state;
	same_text("X:1\nM:4/4\nL:1/4\nK:C\n\"C\"C D \"G7\"E2 | \"C\"C4- | C2 C2 |]\nw: Hel-lo wide~world day _ end\n");
	/* A chord symbol inside a note splits it. */
	AUTO(score) s = parse("X:1\nM:4/4\nL:1/4\nK:C\nC4|]\n");
	assert_int_equal(score_add_text(s, SCORE_CHORD, -1, 0, "C", NULL), 0);
	assert_int_equal(score_add_text(s, SCORE_CHORD, -1, 2, "F", NULL), 0);
	char AUTO_MEM *text = write_abc(s, SHEET_GRID_AUTO);
	assert_string_equal(text, "X:1\nM:4/4\nL:1/8\nK:C\n\"C\"C4- \"F\"C4 |]\n");
}

static void test_tempo_changes_stand_where_they_happen(void **state)
{
	(void)state;
	same_text("X:1\nM:4/4\nL:1/4\nQ:1/4=120\nK:C\nC D [Q:1/4=90.5]E F |]\n");
}

static void test_accidentals_are_plain_to_all_readers(void **state)
{
	(void)state;
	/* ^F holds for f here, elsewhere only for F: so f says it again; the next bar begins anew. */
	expect("X:1\nM:4/4\nL:1/4\nK:C\n^F f ^F =F|F ^G A ^F-|F F G2|]\n",
	       "X:1\nM:4/4\nL:1/4\nK:C\n^F ^f F =F | F ^G A ^F- | ^F =F G2 |]\n");
}

static void test_long_notes_show_the_middle_of_the_bar(void **state)
{
	(void)state;
	expect("X:1\nM:4/4\nL:1/8\nK:C\nC3 D5|C D6 E|C D2 E F G2 A|\n",
	       "X:1\nM:4/4\nL:1/8\nK:C\nC3 D- D4 | C D3- D3 E | C D2 E F G2 A |]\n");
	expect("X:1\nM:6/8\nL:1/8\nK:C\nC2 D4|C4 D2|C6|\n", "X:1\nM:6/8\nL:1/8\nK:C\nC2D- D3 | C3- CD2 | C6 |]\n");
}

static void test_what_comes_twice_is_written_once(void **state)
{
	(void)state;
	same_text("X:1\nM:2/4\nL:1/4\nK:G\nD |: G A | B c | d B | G A :|\n|: d c | B A | B G |1 A D :|2 G z |]\n");
	/* A pick-up that leads back is a first ending. */
	expect("X:1\nM:3/4\nL:1/4\nK:G\nD|GAB|cde|dcB|G2D|GAB|cde|dcB|G2|\n",
	       "X:1\nM:3/4\nL:1/4\nK:G\nD |: G A B | c d e | d c B |1 G2 D :|2 G2 z |]\n");
	/* Words that differ, a voice that goes on otherwise, and notes held into the section, are no repeats. */
	expect("X:1\nM:2/4\nL:1/4\nK:C\nCD|EF|GA|B2|CD|EF|GA|B2|\nw:a b c d e f g h i j k l m n\n",
	       "X:1\nM:2/4\nL:1/4\nK:C\nC D | E F | G A | B2 |\nw: a b c d e f g\nC D | E F | G A | B2 |]\nw: h i j k l m n\n");
	expect("X:1\nM:2/4\nL:1/4\nK:C\nCD|EF|GA|BC-|CD|EF|GA|BC|\n",
	       "X:1\nM:2/4\nL:1/4\nK:C\nC D | E F | G A | B C- |\nC D | E F | G A | B C |]\n");
}

static void test_lines_that_overlap_become_voices(void **state)
{
	AUTO(score) s = parse("X:1\nM:4/4\nL:1/4\nK:C\nc d e f|]\n");
	struct note n = { .start_beats = 0, .duration_beats = 4, .pitch = 60, .velocity = 80 };
	(void)state;
	assert_int_equal(score_add_note(s, 0, &n, NULL), 0);
	score_sort(s);
	char AUTO_MEM *text = write_abc(s, SHEET_GRID_AUTO);
	assert_string_equal(text, "X:1\nM:4/4\nL:1/4\n%%score (1 2)\nV:1 clef=treble\nV:2 clef=treble\nK:C\n"
				  "V:1\nc d e f |]\nV:2\nC4 |]\n");
}

static void test_drums_and_instruments_are_named(void **state)
{
	AUTO(score) s = parse("X:1\nM:4/4\nL:1/4\nK:C\nV:1 name=\"Flute\"\n%%MIDI program 73\nc4|]\n");
	struct note n = { .start_beats = 0, .duration_beats = 1, .pitch = 36, .velocity = 80, .channel = 9 };
	size_t v;
	(void)state;
	assert_int_equal(score_add_voice(s, "Drums", &v, NULL), 0);
	assert_int_equal(score_add_note(s, v, &n, NULL), 0);
	char AUTO_MEM *text = write_abc(s, SHEET_GRID_AUTO);
	assert_string_equal(text, "X:1\nM:4/4\nL:1/4\n%%score 1 2\nV:1 clef=treble name=\"Flute\"\nV:2 clef=perc name=\"Drums\"\n"
				  "K:C\nV:1\n%%MIDI program 73\nc4 |]\nV:2\n%%MIDI channel 10\nC,, z z2 |]\n");
}

/* A random voice: notes, chords and rests on one grid a beat, so that what is written is exact. */
static void random_voice(uint64_t *seed, struct score *s, size_t v, int beats, bool overlap)
{
	static const int parts[] = { 1, 2, 2, 4, 4, 3, 3, 6, 8, 5, 7 };
	for (int b = 0; b < beats; b++) {
		int n = parts[seed_below(seed, COUNT_OF(parts))], at = 0;
		while (at < n) {
			int k = 1 + (int)seed_below(seed, (uint32_t)(n - at));
			unsigned notes = seed_below(seed, 4) ? 1 + seed_below(seed, 10) / 8 : 0;
			struct note x = { .start_beats = b + (double)at / n, .duration_beats = (double)k / n,
					  .velocity = 80, .pitch = (uint8_t)(48 + seed_below(seed, 24)) };
			if (at == 0 && k == n && seed_below(seed, 3) == 0 && b + 2 < beats && overlap)
				x.duration_beats += 1; /* sounds on into what comes */
			for (unsigned i = 0; i < notes; i++, x.pitch += 3)
				assert_int_equal(score_add_note(s, v, &x, NULL), 0);
			at += k;
		}
	}
}

static int compare_notes(const void *pa, const void *pb)
{
	const struct note *a = pa, *b = pb;
	double d = a->start_beats - b->start_beats;
	if (fabs(d) > 1e-3)
		return d < 0 ? -1 : 1;
	if (a->pitch != b->pitch)
		return (int)a->pitch - b->pitch;
	d = a->duration_beats - b->duration_beats;
	return fabs(d) < 1e-3 ? 0 : d < 0 ? -1 : 1;
}

static void assert_same_notes(const struct score *want, const struct score *got, double within)
{
	size_t n, m;
	struct note AUTO_MEM *a = score_merge_notes(want, &n);
	struct note AUTO_MEM *b = score_merge_notes(got, &m);
	qsort(a, n, sizeof(*a), compare_notes);
	qsort(b, m, sizeof(*b), compare_notes);
	assert_int_equal(n, m);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(a[i].pitch, b[i].pitch);
		assert_float_equal(a[i].start_beats, b[i].start_beats, within);
		assert_float_equal(a[i].duration_beats, b[i].duration_beats, within);
	}
}

static struct score *random_score(uint64_t *seed, bool overlap)
{
	static const struct {
		unsigned num, den;
	} meters[] = { { 4, 4 }, { 3, 4 }, { 6, 8 }, { 2, 4 }, { 5, 4 }, { 9, 8 }, { 7, 8 }, { 2, 2 }, { 12, 8 }, { 3, 8 } };
	struct score *s = score_new();
	unsigned m = seed_below(seed, COUNT_OF(meters));
	int beats = 8 + (int)seed_below(seed, 24);
	assert_non_null(s);
	assert_int_equal(score_set_meter(s, 0, meters[m].num, meters[m].den, NULL), 0);
	assert_int_equal(score_set_key(s, 0, (int)seed_below(seed, 15) - 7, seed_below(seed, 2), NULL), 0);
	struct score_meter meter = { 0, (uint16_t)meters[m].num, (uint16_t)meters[m].den };
	if (seed_below(seed, 2) && score_bar_beats(&meter) > 1)
		s->pickup_beats = 0.5 * (1 + seed_below(seed, 2));
	for (unsigned i = 0; i < 1 + seed_below(seed, 3); i++) {
		size_t v;
		assert_int_equal(score_add_voice(s, NULL, &v, NULL), 0);
		random_voice(seed, s, v, beats, overlap);
	}
	score_sort(s);
	return s;
}

/* The same again behind it: sections for the repeat signs. */
static void repeat_all(struct score *s, int times)
{
	double end = score_bar_ceil(s, s->end_beats + s->pickup_beats) - s->pickup_beats;
	for (size_t v = 0; v < s->n_voices; v++) {
		size_t n = s->voices[v].n_notes;
		for (int k = 1; k <= times; k++)
			for (size_t i = 0; i < n; i++) {
				struct note x = s->voices[v].notes[i];
				x.start_beats += k * end;
				assert_int_equal(score_add_note(s, v, &x, NULL), 0);
			}
	}
	score_sort(s);
}

static void check_round_trip(uint64_t *seed, bool overlap, bool through_midi)
{
	AUTO(score) s = random_score(seed, overlap);
	AUTO(score) midi = NULL;
	uint8_t AUTO_MEM *bytes = NULL;
	size_t n;
	if (score_n_notes(s) == 0)
		return;
	repeat_all(s, (int)seed_below(seed, 4));
	if (through_midi) {
		assert_int_equal(score_write_smf(s, &bytes, &n, NULL), 0);
		assert_int_equal(score_read_smf(bytes, n, &midi, NULL), 0);
	}
	char AUTO_MEM *text = write_abc(through_midi ? midi : s, SHEET_GRID_EXACT);
	AUTO(score) again = parse(text);
	assert_same_notes(through_midi ? midi : s, again, 0.003);
	struct score_meter a = score_meter_at(s, 0), b = score_meter_at(again, 0);
	assert_int_equal(a.num, b.num);
	assert_int_equal(a.den, b.den);
	assert_int_equal(score_key_at(s, 0).sharps, score_key_at(again, 0).sharps);
	assert_int_equal(score_key_at(s, 0).minor, score_key_at(again, 0).minor);
}

/* Rows: H-A02 */
static void test_any_score_on_a_grid_comes_back_the_same(void **state)
{
	uint64_t seed = seed_start();
	(void)state;
	for (int i = 0; i < 300; i++)
		check_round_trip(&seed, i % 2, i % 3 == 0);
}

/* Played unevenly by up to 15 ms at 120, and cut short: read as what was meant. */
static void test_uneven_playing_is_read_as_it_was_meant(void **state)
{
	static const char tune[] = "X:1\nM:4/4\nL:1/8\nK:G\nG2 AB c2 d2|(3efg d2 B/c/d/B/ G2|g4 d4|(3Bcd (3efg a2 z2|b2 ag f2 ed|G8|]\n";
	uint64_t seed = seed_start();
	AUTO(score) meant = parse(tune);
	(void)state;
	for (int i = 0; i < 40; i++) {
		AUTO(score) s = NULL;
		assert_int_equal(score_clone(meant, &s, NULL), 0);
		for (size_t k = 0; k < s->voices[0].n_notes; k++) {
			struct note *n = &s->voices[0].notes[k];
			double move = (seed_unit(&seed) - 0.5) * 0.06;
			n->start_beats = fmax(0, n->start_beats + move);
			n->duration_beats *= 0.88 + 0.1 * seed_unit(&seed);
		}
		char AUTO_MEM *text = write_abc(s, SHEET_GRID_AUTO);
		AUTO(score) again = parse(text);
		assert_same_notes(meant, again, 1e-6);
	}
}

static void test_what_cannot_be_written_is_refused(void **state)
{
	struct abc_write_options o = ABC_WRITE_OPTIONS_INIT;
	struct err err = ERR_INIT;
	AUTO(score) empty = score_new();
	AUTO(score) s = parse("X:1\nK:C\nC|]\n");
	char *text = NULL;
	size_t n;
	(void)state;
	assert_int_equal(abc_write(empty, &o, &text, &n, NULL, &err), -EINVAL);
	o.unit = 7;
	assert_int_equal(abc_write(s, &o, &text, &n, NULL, &err), -EINVAL);
	o.unit = 0;
	o.sheet.layers = 9;
	assert_int_equal(abc_write(s, &o, &text, &n, NULL, &err), -EINVAL);
	o.sheet.layers = 4;
	assert_int_equal(score_set_meter(s, 0, 3, 128, NULL), 0);
	assert_int_equal(abc_write(s, &o, &text, &n, NULL, &err), -EINVAL);
	assert_int_equal(score_set_meter(s, 0, 3, 4, NULL), 0);
	s->voices[0].notes[0].start_beats = 1e9;
	assert_int_equal(abc_write(s, &o, &text, &n, NULL, &err), -EMSGSIZE);
	assert_null(text);
}

static void test_more_lines_than_layers_are_cut_and_counted(void **state)
{
	struct abc_write_options o = ABC_WRITE_OPTIONS_INIT;
	struct abc_write_report report;
	AUTO(score) s = parse("X:1\nM:4/4\nL:1/4\nK:C\nz4|]\nV:2\nz4|]\n");
	char AUTO_MEM *text = NULL;
	size_t n, v;
	(void)state;
	assert_int_equal(score_add_voice(s, NULL, &v, NULL), 0);
	for (int i = 0; i < 4; i++) {
		struct note x = { .start_beats = i, .duration_beats = 4 - i, .pitch = (uint8_t)(72 - i), .velocity = 80 };
		if (i == 3)
			x.duration_beats = 1;
		assert_int_equal(score_add_note(s, v, &x, NULL), 0);
	}
	o.sheet.layers = 2;
	assert_int_equal(abc_write(s, &o, &text, &n, &report, NULL), 0);
	assert_int_equal(report.n_voices, 2);
	assert_int_equal(report.n_shortened, 2);
	AUTO(score) again = parse(text);
	assert_int_equal(score_n_notes(again), 4);
}

/* In order, anywhere over an hour, all held at once, all in one bar: none of it takes long. */
static void test_a_hundred_thousand_notes_are_soon_written(void **state)
{
	enum { MANY = 100000 };
	uint64_t seed = 7;
	(void)state;
	for (int kind = 0; kind < 4; kind++) {
		AUTO(score) s = score_new();
		struct abc_write_options o = ABC_WRITE_OPTIONS_INIT;
		char AUTO_MEM *text = NULL;
		size_t n, v;
		int r = score_add_voice(s, NULL, &v, NULL);
		for (int i = 0; r == 0 && i < MANY; i++) {
			double at = seed_unit(&seed), length = seed_unit(&seed);
			struct note x = { .velocity = 64, .pitch = (uint8_t)(30 + seed_below(&seed, 60)) };
			x.start_beats = kind == 0 ? i * 0.25 : kind == 1 ? at * 7000 : kind == 2 ? i * 0.01 : at * 4;
			x.duration_beats = kind == 0 ? 0.25 : kind == 2 ? 900 : length;
			r = score_add_note(s, v, &x, NULL);
		}
		if (r == -EMSGSIZE)
			continue; /* tiny limits are far below */
		assert_int_equal(r, 0);
		score_sort(s);
		double from = cpu_seconds();
		assert_int_equal(abc_write(s, &o, &text, &n, NULL, NULL), 0);
		double took = cpu_seconds() - from;
		printf("%d notes, kind %d: %.2f s of CPU\n", MANY, kind, took);
		assert_true(took < 20);
	}
}

static void test_a_mode_is_named_by_its_tonic(void **state)
{
	static const struct {
		int sharps;
		enum key_mode mode;
		const char *says;
	} cases[] = { { 0, KEY_DORIAN, "\nK:Ddor\n" }, { -6, KEY_DORIAN, "\nK:Abdor\n" }, { 6, KEY_DORIAN, "\nK:G#dor\n" },
		      { -1, KEY_MIXOLYDIAN, "\nK:Cmix\n" }, { 1, KEY_LYDIAN, "\nK:Clyd\n" }, { 0, KEY_PHRYGIAN, "\nK:Ephr\n" }, { 2, KEY_MAJOR, "\nK:D\n" } };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(score) s = score_new();
		AUTO(score) again = NULL;
		AUTO_MEM char *text = NULL;
		size_t v, n;
		struct abc_write_options o = ABC_WRITE_OPTIONS_INIT;
		o.mode = cases[i].mode;
		assert_int_equal(score_add_voice(s, "", &v, NULL), 0);
		assert_int_equal(score_set_key(s, 0, cases[i].sharps, false, NULL), 0);
		for (int k = 0; k < 12; k++)
			assert_int_equal(score_add_note(s, v, &(struct note){ k, 1, (uint8_t)(60 + k), 80, 0, 64 }, NULL), 0);
		s->end_beats = 12;
		assert_int_equal(abc_write(s, &o, &text, &n, NULL, NULL), 0);
		assert_non_null(strstr(text, cases[i].says));
		assert_int_equal(abc_parse(text, n, NULL, &again, NULL, NULL), 0);
		assert_int_equal(again->voices[0].n_notes, 12);
		for (size_t k = 0; k < 12; k++)
			assert_int_equal(again->voices[0].notes[k].pitch, 60 + k);
	}
}

static void add_bend(struct score *s, double at, int value)
{
	const struct score_control c = { .at_beats = at, .kind = SCORE_BEND, .value = (uint16_t)value };
	assert_int_equal(score_add_control(s, 0, &c, NULL), 0);
	score_sort(s);
}

static void test_microtones_are_written_and_read_again(void **state)
{
	(void)state;
	same_text("X:1\nM:4/4\nL:1/4\nK:D\n^/f ^/f ^/f =f | ^3/2c _1/4B _3/2A ^1/3G | [_/B_/e]2 =e2- | e _/B2 z |]\n");
	/* In the signature a note keeps its letter; any other is told from the nearest one without a sign. */
	expect("X:1\nM:4/4\nL:1/4\nK:D\n^3/4f _1/4B ^^/d ^^/4d|\n", "X:1\nM:4/4\nL:1/4\nK:D\n^3/4f _1/4B _/e _3/4e |]\n");
	/* The bends come back, too. */
	AUTO(score) s = parse("X:1\nM:4/4\nL:1/4\nK:C\nC ^/D E _3/4F|]\n");
	char AUTO_MEM *text = write_abc(s, SHEET_GRID_EXACT);
	AUTO(score) again = parse(text);
	assert_same_notes(s, again, 1e-9);
	assert_int_equal(again->voices[0].n_controls, s->voices[0].n_controls);
	for (size_t i = 0; i < s->voices[0].n_controls; i++) {
		assert_int_equal(again->voices[0].controls[i].value, s->voices[0].controls[i].value);
		assert_float_equal(again->voices[0].controls[i].at_beats, s->voices[0].controls[i].at_beats, 1e-9);
	}
}

static void test_bends_reach_as_far_as_the_file_says(void **state)
{
	static const struct score_control wide[] = { { .kind = SCORE_CONTROLLER, .number = 101, .value = 0 },
						     { .kind = SCORE_CONTROLLER, .number = 100, .value = 0 },
						     { .kind = SCORE_CONTROLLER, .number = 6, .value = 12 } };
	AUTO(score) s = parse("X:1\nM:4/4\nL:1/4\nK:C\nCDEF|]\n");
	(void)state;
	for (size_t i = 0; i < COUNT_OF(wide); i++)
		assert_int_equal(score_add_control(s, 0, &wide[i], NULL), 0);
	add_bend(s, 1, 8192 + 341);          /* half a semitone of twelve */
	add_bend(s, 2, 8192 + 4096);         /* six semitones: another key */
	add_bend(s, 3, 8192 - 4096 - 341); /* six and a half down */
	char AUTO_MEM *text = write_abc(s, SHEET_GRID_EXACT);
	assert_string_equal(text, "X:1\nM:4/4\nL:1/4\nK:C\nC ^/D _B _/B, |]\n");
}

static void test_what_bends_as_it_sounds_stays_its_key_and_is_counted(void **state)
{
	struct abc_write_options o = ABC_WRITE_OPTIONS_INIT;
	struct abc_write_report r;
	AUTO(score) s = parse("X:1\nM:4/4\nL:1/4\nK:C\nCDEF|]\n");
	char AUTO_MEM *text = NULL;
	size_t n;
	(void)state;
	add_bend(s, 0.98, 8192 + 2048); /* a little early */
	add_bend(s, 2, 8192);
	for (int i = 1; i <= 8; i++)
		add_bend(s, 2 + i / 10.0, 8192 + 512 * i);
	add_bend(s, 3.01, 8192);
	assert_int_equal(abc_write(s, &o, &text, &n, &r, NULL), 0);
	assert_string_equal(text, "X:1\nM:4/4\nL:1/4\nK:C\nC ^/D E F |]\n");
	assert_int_equal(r.n_microtones, 1);
	assert_int_equal(r.n_glides, 1);
	assert_float_equal(r.glide_beats, 2, 1e-9);
}

/* A voice around a quarter tone: what was played is told in quarter tones. */
static void test_a_vibrato_of_a_performance_is_a_steady_tone(void **state)
{
	AUTO(score) s = parse("X:1\nM:4/4\nL:1/2\nK:C\nCD|]\n");
	(void)state;
	for (int i = 0; i < 20; i++)
		add_bend(s, 2 + i / 10.0, 8192 - 2048 - 60 + (i % 2 ? 400 : -300));
	char AUTO_MEM *played = write_abc(s, SHEET_GRID_PLAYED);
	assert_string_equal(played, "X:1\nM:4/4\nL:1/8\nK:C\nC4 _/D4 |]\n");
	char AUTO_MEM *exact = write_abc(s, SHEET_GRID_EXACT);
	assert_string_equal(exact, "X:1\nM:4/4\nL:1/8\nK:C\nC4 D4 |]\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_mode_is_named_by_its_tonic),
		cmocka_unit_test(test_microtones_are_written_and_read_again),
		cmocka_unit_test(test_bends_reach_as_far_as_the_file_says),
		cmocka_unit_test(test_what_bends_as_it_sounds_stays_its_key_and_is_counted),
		cmocka_unit_test(test_a_vibrato_of_a_performance_is_a_steady_tone),
		cmocka_unit_test(test_well_written_tunes_come_back_as_they_were),
		cmocka_unit_test(test_a_change_of_key_or_meter_stands_behind_a_double_bar),
		cmocka_unit_test(test_words_and_chords_come_along),
		cmocka_unit_test(test_tempo_changes_stand_where_they_happen),
		cmocka_unit_test(test_accidentals_are_plain_to_all_readers),
		cmocka_unit_test(test_long_notes_show_the_middle_of_the_bar),
		cmocka_unit_test(test_what_comes_twice_is_written_once),
		cmocka_unit_test(test_lines_that_overlap_become_voices),
		cmocka_unit_test(test_drums_and_instruments_are_named),
		cmocka_unit_test(test_any_score_on_a_grid_comes_back_the_same),
		cmocka_unit_test(test_uneven_playing_is_read_as_it_was_meant),
		cmocka_unit_test(test_what_cannot_be_written_is_refused),
		cmocka_unit_test(test_more_lines_than_layers_are_cut_and_counted),
		cmocka_unit_test(test_a_hundred_thousand_notes_are_soon_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "model/variation.h"

#include "base/limits.h"
#include "base/rng.h"
#include "music/excerpt.h"
#include "tunes.h"
#include "same.h"

#include "../check.h"
#include "../seed.h"

#include <math.h>
#include <string.h>

static struct variation_params defaults(enum variation_kind kind)
{
	struct variation_params p;
	assert_int_equal(model_params_read(&variation_table, NULL, &p, NULL), 0);
	p.kind = kind;
	return p;
}

static struct score *vary(const struct score *s, const struct variation_params *p, uint64_t seed, struct variation_report *r)
{
	struct err err = ERR_INIT;
	struct score *out = NULL;
	if (variation_make(s, p, seed, NULL, &out, r, &err) < 0)
		fail_msg("%s, seed %llu: %s", variation_kind_names[p->kind], (unsigned long long)seed, err.msg);
	return out;
}

static struct score *tune(int k)
{
	return k == 0 ? tune_reel() : k == 1 ? tune_jig() : tune_waltz(true);
}

/* Notes of a voice as "C4:1 D4:0.5 ", from beat `from` to `to`. */
static const char *text_of(const struct score *s, size_t voice, double from, double to)
{
	static char text[1024];
	static const char *const names[12] = { "C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B" };
	size_t n = 0;
	text[0] = '\0';
	for (size_t i = 0; i < s->voices[voice].n_notes && n < sizeof(text) - 32; i++) {
		const struct note *x = &s->voices[voice].notes[i];
		if (x->start_beats >= from && x->start_beats < to)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%d:%g ", names[x->pitch % 12], x->pitch / 12 - 1, x->duration_beats);
	}
	return text;
}

/* A scale up and a triad down in C, 4/4. */
static struct score *plain(void)
{
	struct score *s = tune_noise(1, 1);
	static const struct {
		double at, length;
		int pitch;
	} notes[] = { { 0, 1, 60 }, { 1, 1, 62 }, { 2, 1, 64 }, { 3, 1, 65 }, { 4, 2, 67 }, { 6, 1, 64 }, { 7, 1, 60 } };
	s->voices[0].n_notes = 0;
	s->end_beats = 0;
	for (size_t i = 0; i < COUNT_OF(notes); i++) {
		struct note n = { notes[i].at, notes[i].length, (uint8_t)notes[i].pitch, 90, 0, 64 };
		assert_int_equal(score_add_note(s, 0, &n, NULL), 0);
	}
	score_sort(s);
	return s;
}

static void test_each_kind_that_turns_the_whole_does_what_its_name_says(void **state)
{
	AUTO(score) s = plain();
	static const struct {
		enum variation_kind kind;
		bool keep_length;
		int steps;
		const char *want;
		double end;
	} cases[] = {
		/* mirrored at E: C is G and the triad stays a triad */
		{ VARIATION_INVERSION, true, 0, "G4:1 F4:1 E4:1 D4:1 C4:2 E4:1 G4:1 ", 8 },
		{ VARIATION_RETROGRADE, true, 0, "C4:1 E4:1 G4:2 F4:1 E4:1 D4:1 C4:1 ", 8 },
		{ VARIATION_AUGMENTATION, true, 0, "C4:2 D4:2 E4:2 F4:2 ", 8 },
		{ VARIATION_AUGMENTATION, false, 0, "C4:2 D4:2 E4:2 F4:2 G4:4 E4:2 C4:2 ", 16 },
		{ VARIATION_DIMINUTION, false, 0, "C4:0.5 D4:0.5 E4:0.5 F4:0.5 G4:1 E4:0.5 C4:0.5 ", 4 },
		{ VARIATION_DIMINUTION, true, 0,
		  "C4:0.5 D4:0.5 E4:0.5 F4:0.5 G4:1 E4:0.5 C4:0.5 C4:0.5 D4:0.5 E4:0.5 F4:0.5 G4:1 E4:0.5 C4:0.5 ", 8 },
		{ VARIATION_TRANSPOSITION, true, 2, "E4:1 F4:1 G4:1 A4:1 B4:2 G4:1 E4:1 ", 8 },
		{ VARIATION_TRANSPOSITION, true, -1, "B3:1 C4:1 D4:1 E4:1 F4:2 D4:1 B3:1 ", 8 },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct variation_params p = defaults(cases[i].kind);
		p.keep_length = cases[i].keep_length;
		p.keep_ends = false;
		p.steps = cases[i].steps;
		AUTO(score) out = vary(s, &p, 1, NULL);
		if (strcmp(text_of(out, 0, 0, 100), cases[i].want) != 0)
			fail_msg("%s: %s, not %s", variation_kind_names[cases[i].kind], text_of(out, 0, 0, 100), cases[i].want);
		assert_true(out->end_beats == cases[i].end);
	}
}

static void test_reversing_twice_gives_the_piece_back(void **state)
{
	for (int k = 0; k < 3; k++) {
		AUTO(score) s = tune(k);
		struct variation_params p = defaults(VARIATION_RETROGRADE);
		AUTO(score) once = vary(s, &p, 1, NULL);
		AUTO(score) twice = vary(once, &p, 2, NULL);
		for (size_t v = 0; v < s->n_voices; v++) {
			assert_int_equal(twice->voices[v].n_notes, s->voices[v].n_notes);
			for (size_t n = 0; n < s->voices[v].n_notes; n++) {
				const struct note *a = &s->voices[v].notes[n], *b = &twice->voices[v].notes[n];
				assert_true(fabs(a->start_beats - b->start_beats) < 1e-3 && a->pitch == b->pitch);
			}
		}
	}
}

static void test_an_inversion_is_one_mirror_for_all_voices(void **state)
{
	for (int k = 0; k < 3; k++) {
		AUTO(score) s = tune(k);
		static const int tonics[] = { 2, 7, 0 };
		struct variation_params p = defaults(VARIATION_INVERSION);
		p.keep_ends = false;
		AUTO(score) out = vary(s, &p, 1, NULL);
		int image[12];
		for (int pc = 0; pc < 12; pc++)
			image[pc] = -1;
		for (size_t v = 0; v < 3 && v < s->n_voices; v++) {
			for (size_t i = 0; i < s->voices[v].n_notes; i++) {
				const struct note *a = &s->voices[v].notes[i];
				int64_t found = -1; /* notes that begin together may have changed places */
				for (size_t j = 0; j < out->voices[v].n_notes && v == 0; j++)
					if (fabs(out->voices[v].notes[j].start_beats - a->start_beats) < 1e-3)
						found = out->voices[v].notes[j].pitch % 12;
				if (found < 0)
					continue;
				assert_true(image[a->pitch % 12] < 0 || image[a->pitch % 12] == found);
				image[a->pitch % 12] = (int)found;
			}
		}
		for (int pc = 0; pc < 12; pc++)
			assert_true(image[pc] < 0 || image[image[pc]] < 0 || image[image[pc]] == pc);
		assert_int_equal(image[tonics[k]], (tonics[k] + 7) % 12);
		assert_int_equal(image[(tonics[k] + 4) % 12], (tonics[k] + 4) % 12);
	}
}

static void test_a_sequence_climbs_from_bar_to_bar_and_keeps_the_phrases_last(void **state)
{
	AUTO(score) reel = tune_reel();
	struct variation_params p = defaults(VARIATION_SEQUENCE);
	p.amount = 1;
	p.steps = 1;
	AUTO(score) out = vary(reel, &p, 1, NULL);
	char first[1024];
	(void)snprintf(first, sizeof(first), "%s", text_of(reel, 0, 0, 4));
	assert_string_equal(text_of(out, 0, 0, 4), first);
	/* d2 fd Ad fd in D, then a step higher: e2 ge Be ge */
	assert_string_equal(text_of(out, 0, 4, 8), "E5:1 G5:0.5 E5:0.5 B4:0.5 E5:0.5 G5:0.5 E5:0.5 ");
	assert_string_equal(text_of(out, 0, 8, 12), "F#5:1 A5:0.5 F#5:0.5 C#5:0.5 F#5:0.5 A5:0.5 F#5:0.5 ");
	(void)snprintf(first, sizeof(first), "%s", text_of(reel, 0, 12, 16));
	assert_string_equal(text_of(out, 0, 12, 16), first);
}

/* Everything but augmentation and diminution without keep_length. */
static void check(const struct score *s, const struct score *out, const struct variation_params *p)
{
	struct score_meter m = score_meter_at(s, s->pickup_beats), o = score_meter_at(out, s->pickup_beats);
	assert_true(m.num == o.num && m.den == o.den && out->pickup_beats == s->pickup_beats);
	assert_true(score_bpm_at(s, 0) == score_bpm_at(out, 0));
	assert_true(score_key_at(s, 0).sharps == score_key_at(out, 0).sharps);
	if (p->keep_length || (p->kind != VARIATION_AUGMENTATION && p->kind != VARIATION_DIMINUTION))
		assert_true(fabs(out->end_beats - score_bar_ceil(s, s->end_beats)) < 1e-3);
	assert_in_range(out->n_voices, s->n_voices, s->n_voices + 1);
	for (size_t v = 0; v < out->n_voices; v++) {
		for (size_t i = 0; i < out->voices[v].n_notes; i++) {
			const struct note *n = &out->voices[v].notes[i];
			assert_true(n->pitch < 128 && n->velocity >= 1 && n->start_beats >= 0 && n->duration_beats > 0);
			assert_true(n->start_beats + n->duration_beats <= fmax(out->end_beats, s->end_beats) + 1e-3);
			if (v < s->n_voices && s->voices[v].n_notes && s->voices[v].notes[0].channel == 9)
				assert_int_equal(n->channel, 9);
		}
	}
}

static void test_every_kind_keeps_meter_key_length_and_instruments(void **state)
{
	static const bool scales[3][12] = {
		{ [1] = true, [2] = true, [4] = true, [6] = true, [7] = true, [9] = true, [11] = true },
		{ [0] = true, [2] = true, [4] = true, [6] = true, [7] = true, [9] = true, [11] = true },
		{ [0] = true, [2] = true, [4] = true, [5] = true, [7] = true, [9] = true, [11] = true },
	};
	for (int k = 0; k < 3; k++) {
		AUTO(score) s = tune(k);
		for (int kind = 0; kind < VARIATION_KIND_COUNT; kind++) {
			int64_t changed = 0;
			for (uint64_t seed = 0; seed < 25; seed++) {
				struct variation_params p = defaults((enum variation_kind)kind);
				struct variation_report r;
				p.amount = 0.2 + 0.8 * (double)(seed % 5) / 4;
				p.steps = (int64_t)seed % 9 - 4;
				p.voices = (int64_t)seed % 3;
				AUTO(score) out = vary(s, &p, seed, &r);
				AUTO(score) again = vary(s, &p, seed, NULL);
				check(s, out, &p);
				size_t n = 0;
				for (size_t v = 0; v < out->n_voices; v++) {
					assert_true(same_notes(&out->voices[v], &again->voices[v]));
					n += out->voices[v].n_notes;
				}
				assert_int_equal(r.n_notes, n);
				assert_in_range(r.pitches_kept_milli, 0, 1000);
				assert_in_range(r.rhythm_kept_milli, 0, 1000);
				/* The melody stays in its key; dominants of others may leave it under it. */
				for (size_t i = 0; i < out->voices[0].n_notes; i++)
					assert_true(scales[k][out->voices[0].notes[i].pitch % 12]);
				bool same = true;
				for (size_t v = 0; v < s->n_voices; v++)
					same = same && out->voices[v].n_notes == s->voices[v].n_notes;
				for (size_t v = 0; same && v < s->n_voices; v++)
					for (size_t i = 0; same && i < s->voices[v].n_notes; i++)
						same = s->voices[v].notes[i].pitch == out->voices[v].notes[i].pitch &&
						       fabs(s->voices[v].notes[i].start_beats - out->voices[v].notes[i].start_beats) < 1e-3;
				changed += !same || out->n_voices > s->n_voices;
			}
			if (changed < 18)
				fail_msg("%s: only %lld of 25 variations of tune %d differ from it", variation_kind_names[kind], (long long)changed, k);
		}
	}
}

static void test_no_amount_changes_nothing_and_more_changes_more(void **state)
{
	static const enum variation_kind kinds[] = { VARIATION_RHYTHM, VARIATION_CONTOUR, VARIATION_ORNAMENT, VARIATION_THIN, VARIATION_THICKEN };
	AUTO(score) s = tune_reel();
	for (size_t k = 0; k < COUNT_OF(kinds); k++) {
		int64_t kept[3] = { 0 };
		for (int a = 0; a < 3; a++) {
			for (uint64_t seed = 0; seed < 20; seed++) {
				struct variation_params p = defaults(kinds[k]);
				struct variation_report r;
				p.amount = a / 2.0;
				AUTO(score) out = vary(s, &p, seed, &r);
				kept[a] += r.pitches_kept_milli + r.rhythm_kept_milli;
				if (a == 0) {
					assert_int_equal(out->voices[0].n_notes, s->voices[0].n_notes);
					assert_true(r.pitches_kept_milli == 1000 && r.rhythm_kept_milli == 1000);
				}
			}
		}
		print_message("%s: kept %lld, %lld, %lld\n", variation_kind_names[kinds[k]], (long long)kept[0] / 40, (long long)kept[1] / 40,
			      (long long)kept[2] / 40);
		assert_true(kept[0] > kept[1] && kept[1] > kept[2]);
	}
}

static void test_the_theme_is_heard_through_what_changes_a_line(void **state)
{
	static const struct {
		enum variation_kind kind;
		int64_t pitches, rhythm; /* at least */
	} kinds[] = {
		{ VARIATION_RHYTHM, 800, 500 }, { VARIATION_CONTOUR, 600, 1000 }, { VARIATION_ORNAMENT, 400, 600 },
		{ VARIATION_REHARMONISE, 1000, 1000 }, { VARIATION_THIN, 500, 500 }, { VARIATION_THICKEN, 500, 1000 },
	};
	for (int t = 0; t < 3; t++) {
		AUTO(score) s = tune(t);
		for (size_t k = 0; k < COUNT_OF(kinds); k++) {
			for (uint64_t seed = 0; seed < 20; seed++) {
				struct variation_params p = defaults(kinds[k].kind);
				struct variation_report r;
				AUTO(score) out = vary(s, &p, seed, &r);
				if (r.pitches_kept_milli < kinds[k].pitches || r.rhythm_kept_milli < kinds[k].rhythm)
					fail_msg("%s of tune %d, seed %llu: %lld of the pitches, %lld of the rhythm", variation_kind_names[kinds[k].kind], t,
						 (unsigned long long)seed, (long long)r.pitches_kept_milli, (long long)r.rhythm_kept_milli);
				/* It ends on the note it ended on. */
				const struct note *a = &s->voices[0].notes[s->voices[0].n_notes - 1], *b = NULL;
				for (size_t i = 0; i < out->voices[0].n_notes; i++)
					b = !b || out->voices[0].notes[i].start_beats >= b->start_beats ? &out->voices[0].notes[i] : b;
				assert_non_null(b);
				assert_int_equal(a->pitch % 12, b->pitch % 12);
			}
		}
	}
}

static void test_reharmonising_gives_a_melody_other_chords_that_it_fits(void **state)
{
	AUTO(score) waltz = tune_waltz(false);
	struct variation_params p = defaults(VARIATION_REHARMONISE);
	p.amount = 1;
	size_t n = 0, fits = 0, moved = 0;
	for (uint64_t seed = 0; seed < 20; seed++) {
		AUTO(score) out = vary(waltz, &p, seed, NULL);
		assert_string_equal(text_of(out, 0, 0, 12), "E5:1 G5:1 C6:1 B5:1 A5:1 G5:1 A5:1 F5:1 D5:1 G5:3 "); /* the melody stays */
		assert_true(out->n_texts > 4 && out->texts[0].kind == SCORE_CHORD);
		for (int bar = 0; bar < 15; bar++) {
			uint16_t chord = 0, before = 0;
			for (size_t i = 0; i < out->voices[1].n_notes; i++) {
				double at = out->voices[1].notes[i].start_beats;
				chord |= at >= bar * 3 && at < bar * 3 + 3 ? (uint16_t)(1u << out->voices[1].notes[i].pitch % 12) : 0;
				before |= at >= bar * 3 && at < bar * 3 + 3 ? (uint16_t)(1u << waltz->voices[1].notes[i].pitch % 12) : 0;
			}
			moved += chord != before;
			for (size_t i = 0; i < out->voices[0].n_notes; i++) {
				const struct note *x = &out->voices[0].notes[i];
				if (x->start_beats == bar * 3) {
					n++;
					fits += chord >> x->pitch % 12 & 1;
				}
			}
		}
	}
	print_message("%zu of 300 bars have other chords; %zu of %zu notes on bar lines belong to them\n", moved, fits, n);
	assert_true(moved > 150 && fits * 100 > n * 70);
	/* A melody alone gets a voice of chords. */
	AUTO(score) reel = tune_reel();
	AUTO(score) out = vary(reel, &p, 1, NULL);
	assert_int_equal(out->n_voices, 2);
	assert_true(out->voices[1].n_notes > 32);
}

static void test_of_chords_only_the_highest_notes_are_the_line(void **state)
{
	static const enum variation_kind kinds[] = { VARIATION_RHYTHM, VARIATION_CONTOUR, VARIATION_ORNAMENT };
	AUTO(score) s = tune_noise(1, 1);
	s->voices[0].n_notes = 0;
	for (int i = 0; i < 32; i++) {
		for (int k = 0; k < 3; k++) {
			struct note n = { i, 1, (uint8_t)(48 + 4 * k + 12 * (k == 2) + i % 3), 90, 0, 64 };
			assert_int_equal(score_add_note(s, 0, &n, NULL), 0);
		}
	}
	score_sort(s);
	for (size_t k = 0; k < COUNT_OF(kinds); k++) {
		struct variation_params p = defaults(kinds[k]);
		p.amount = 1;
		AUTO(score) out = vary(s, &p, 1, NULL);
		for (int i = 0; i < 32; i++) { /* the two lower notes of every chord are where they were */
			size_t n = 0;
			for (size_t j = 0; j < out->voices[0].n_notes; j++) {
				const struct note *x = &out->voices[0].notes[j];
				n += x->start_beats == i && x->duration_beats == 1 && (x->pitch == 48 + i % 3 || x->pitch == 52 + i % 3);
			}
			assert_int_equal(n, 2);
		}
		assert_true(kinds[k] != VARIATION_ORNAMENT || out->voices[0].n_notes > s->voices[0].n_notes + 16);
	}
}

static void test_random_mixes_kinds(void **state)
{
	AUTO(score) s = tune_waltz(true);
	uint32_t seen = 0;
	for (uint64_t seed = 0; seed < 60; seed++) {
		struct variation_params p = defaults(VARIATION_RANDOM);
		struct variation_report r;
		score_free(vary(s, &p, seed, &r));
		int n = __builtin_popcount(r.kinds);
		assert_in_range(n, 2, 3);
		seen |= r.kinds;
	}
	assert_int_equal(__builtin_popcount(seen), 8);
}

static void test_variation_survives_any_piece(void **state)
{
	uint64_t seed = seed_start();
	for (int i = 0; i < 300; i++) {
		AUTO(score) s = tune_noise(seed_next(&seed), 1 + seed_below(&seed, 200));
		static const unsigned dens[] = { 1, 2, 4, 8, 16, 64 };
		for (unsigned k = 0; k < 1 + seed_below(&seed, 3); k++)
			assert_int_equal(score_set_meter(s, k * 7.25, 1 + seed_below(&seed, 17), dens[seed_below(&seed, 6)], NULL), 0);
		struct variation_params p = defaults((enum variation_kind)seed_below(&seed, VARIATION_KIND_COUNT));
		struct score *out = NULL;
		struct err err = ERR_INIT;
		p.amount = seed_unit(&seed);
		p.steps = (int64_t)seed_below(&seed, 29) - 14;
		p.phrase_bars = 1 + seed_below(&seed, 9);
		p.voices = seed_below(&seed, 3);
		p.keep_length = seed_below(&seed, 2);
		p.keep_ends = seed_below(&seed, 2);
		int code = variation_make(s, &p, seed, NULL, &out, NULL, &err);
		if (code < 0 && p.kind != VARIATION_REHARMONISE)
			fail_msg("%s: %s", variation_kind_names[p.kind], err.msg);
		assert_true(code == 0 || code == -EINVAL || code == -EMSGSIZE);
		for (size_t v = 0; code == 0 && v < out->n_voices; v++)
			for (size_t k = 0; k < out->voices[v].n_notes; k++)
				assert_true(out->voices[v].notes[k].duration_beats > 0 && out->voices[v].notes[k].start_beats >= 0);
		score_free(out);
	}
}

static void test_variation_of_a_hostile_piece_is_quick_or_refused(void **state)
{
	AUTO(score) s = tune_noise(1, 1);
	size_t n = LIMIT_SCORE_NOTES < 100000 ? 19000 : 100000;
	for (size_t i = 0; i < n; i++) {
		struct note x = { (double)(i % 1000) * 0.5, 3.9, (uint8_t)(i % 128), 90, (uint8_t)(i % 9), 64 };
		assert_int_equal(score_add_note(s, 0, &x, NULL), 0);
	}
	score_sort(s);
	for (size_t k = 0; k < LIMIT_SCORE_CHANGES && k < 1000; k++)
		assert_int_equal(score_set_meter(s, (double)k, 1 + k % 5, 4, NULL), 0);
	for (int kind = 0; kind < VARIATION_KIND_COUNT; kind++) {
		struct variation_params p = defaults((enum variation_kind)kind);
		struct score *out = NULL;
		int code = variation_make(s, &p, 1, NULL, &out, NULL, NULL);
		assert_true(code == 0 || code == -EMSGSIZE);
		score_free(out);
	}
	struct note far = { 2e9, 1, 60, 90, 0, 64 };
	assert_int_equal(score_add_note(s, 0, &far, NULL), 0);
	struct variation_params p = defaults(VARIATION_SEQUENCE);
	struct score *out = NULL;
	assert_int_equal(variation_make(s, &p, 1, NULL, &out, NULL, NULL), -EINVAL);
}

static bool at_once(void *arg)
{
	return true;
}

static void test_variation_stops_when_cancelled_and_refuses_what_it_cannot_do(void **state)
{
	AUTO(score) s = tune_reel();
	AUTO(score) empty = score_new();
	struct variation_params p = defaults(VARIATION_RANDOM);
	struct score *out = NULL;
	struct err err = ERR_INIT;
	struct model_watch stop = { .cancelled = at_once };
	assert_int_equal(variation_make(s, &p, 1, &stop, &out, NULL, &err), -ECANCELED);
	assert_int_equal(variation_make(empty, &p, 1, NULL, &out, NULL, &err), -EINVAL);
	p.steps = 40;
	assert_int_equal(variation_make(s, &p, 1, NULL, &out, NULL, &err), -EINVAL);
	assert_string_equal(err.field, "params.steps");
	assert_null(out);
}

static void test_variation_of_a_seed_is_the_same_everywhere(void **state)
{
	/* Written down once: another number means that recorded seeds no longer give the music they gave. */
	static const struct {
		enum variation_kind kind;
		uint64_t fingerprint;
	} golden[] = {
		{ VARIATION_RHYTHM, 0xedd010e5c64248c9 },
		{ VARIATION_CONTOUR, 0x62b136c1793be3a5 },
		{ VARIATION_ORNAMENT, 0xbfa1a6a7fba5e1d1 },
		{ VARIATION_INVERSION, 0xe06d2a4e7618e36d },
		{ VARIATION_RETROGRADE, 0xe1206584054c69d7 },
		{ VARIATION_AUGMENTATION, 0x1605cd26b8215301 },
		{ VARIATION_DIMINUTION, 0x2be4ecba00261dd3 },
		{ VARIATION_SEQUENCE, 0xcaceb12b5306dd95 },
		{ VARIATION_TRANSPOSITION, 0x2505a5da421cc171 },
		{ VARIATION_THIN, 0x4c77dba3ef3f710d },
		{ VARIATION_THICKEN, 0x6d3085613e8b43 },
	};
	AUTO(score) s = tune_waltz(true);
	for (size_t k = 0; k < COUNT_OF(golden); k++) {
		struct variation_params p = defaults(golden[k].kind);
		AUTO(score) out = vary(s, &p, 7, NULL);
		if (tune_fingerprint(out) != golden[k].fingerprint)
			fail_msg("%s: 0x%llx is what it is now", variation_kind_names[golden[k].kind], (unsigned long long)tune_fingerprint(out));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_kind_that_turns_the_whole_does_what_its_name_says),
		cmocka_unit_test(test_reversing_twice_gives_the_piece_back),
		cmocka_unit_test(test_an_inversion_is_one_mirror_for_all_voices),
		cmocka_unit_test(test_a_sequence_climbs_from_bar_to_bar_and_keeps_the_phrases_last),
		cmocka_unit_test(test_every_kind_keeps_meter_key_length_and_instruments),
		cmocka_unit_test(test_no_amount_changes_nothing_and_more_changes_more),
		cmocka_unit_test(test_the_theme_is_heard_through_what_changes_a_line),
		cmocka_unit_test(test_reharmonising_gives_a_melody_other_chords_that_it_fits),
		cmocka_unit_test(test_of_chords_only_the_highest_notes_are_the_line),
		cmocka_unit_test(test_random_mixes_kinds),
		cmocka_unit_test(test_variation_survives_any_piece),
		cmocka_unit_test(test_variation_of_a_hostile_piece_is_quick_or_refused),
		cmocka_unit_test(test_variation_stops_when_cancelled_and_refuses_what_it_cannot_do),
		cmocka_unit_test(test_variation_of_a_seed_is_the_same_everywhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

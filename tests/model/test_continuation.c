#include "model/continuation.h"

#include "base/limits.h"
#include "base/rng.h"
#include "base/str.h"
#include "tunes.h"

#include "../seed.h"
#include "../check.h"
#include "../cpu.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct continuation_params defaults(void)
{
	struct continuation_params p;
	assert_int_equal(model_params_read(&continuation_table, NULL, &p, NULL), 0);
	return p;
}

static struct score *go_on(const struct score *s, const struct continuation_params *p, uint64_t seed,
			   struct continuation_report *ret_report)
{
	struct err err = ERR_INIT;
	struct score *out = NULL;
	if (continuation_make(s, p, seed, NULL, &out, ret_report, &err) < 0)
		fail_msg("seed %llu: %s", (unsigned long long)seed, err.msg);
	return out;
}

static const struct score_voice *only_voice(const struct score *s)
{
	assert_int_equal(s->n_voices, 1);
	return &s->voices[0];
}

static void test_continuation_of_a_seed_is_the_same_everywhere(void **state)
{
	/* Written down once: another number means that recorded seeds no longer give the music they gave. */
	static const struct {
		int tune;
		uint64_t seed, fingerprint;
	} golden[] = {
#include "golden.inc"
	};
	for (size_t i = 0; i < COUNT_OF(golden); i++) {
		struct continuation_params p = defaults();
		p.bars = 16;
		AUTO(score) s = golden[i].tune == 0 ? tune_reel() : golden[i].tune == 1 ? tune_jig() : tune_waltz(true);
		AUTO(score) a = go_on(s, &p, golden[i].seed, NULL);
		AUTO(score) b = go_on(s, &p, golden[i].seed, NULL);
		assert_true(tune_fingerprint(a) == tune_fingerprint(b));
		if (tune_fingerprint(a) != golden[i].fingerprint)
			fail_msg("{ %d, %llu, 0x%llx } is what it is now", golden[i].tune,
				 (unsigned long long)golden[i].seed, (unsigned long long)tune_fingerprint(a));
	}
}

static void test_continuation_of_another_seed_is_another(void **state)
{
	AUTO(score) s = tune_reel();
	struct continuation_params p = defaults();
	uint64_t seen[20];
	for (uint64_t seed = 0; seed < 20; seed++) {
		AUTO(score) out = go_on(s, &p, seed, NULL);
		seen[seed] = tune_fingerprint(out);
		for (uint64_t k = 0; k < seed; k++)
			assert_true(seen[k] != seen[seed]);
	}
}

static void check_bars_and_range(const struct score *s, const struct score *out, int64_t n_bars)
{
	struct score_meter m = score_meter_at(s, s->end_beats - 1e-3), o = score_meter_at(out, 0);
	assert_int_equal(o.num, m.num);
	assert_int_equal(o.den, m.den);
	assert_true(out->pickup_beats == 0);
	assert_true(out->end_beats == (double)n_bars * score_bar_beats(&m));
	assert_true(fabs(score_bpm_at(out, 0) - score_bpm_at(s, s->end_beats)) < 1e-9);
	assert_int_equal(out->n_voices, s->n_voices);
	for (size_t v = 0; v < s->n_voices; v++) {
		int lo = 127, hi = 0;
		for (size_t i = 0; i < s->voices[v].n_notes; i++) {
			lo = s->voices[v].notes[i].pitch < lo ? s->voices[v].notes[i].pitch : lo;
			hi = s->voices[v].notes[i].pitch > hi ? s->voices[v].notes[i].pitch : hi;
		}
		for (size_t i = 0; i < out->voices[v].n_notes; i++) {
			const struct note *n = &out->voices[v].notes[i];
			assert_true(n->pitch >= lo && n->pitch <= hi);
			assert_true(n->start_beats >= 0 && n->duration_beats > 0);
			assert_true(n->start_beats + n->duration_beats <= out->end_beats);
		}
	}
}

static void check_melody_has_one_voice(const struct score_voice *v)
{
	for (size_t i = 1; i < v->n_notes; i++) {
		const struct note *a = &v->notes[i - 1], *b = &v->notes[i];
		assert_true(a->start_beats + a->duration_beats <= b->start_beats + 1e-9);
	}
}

static void test_continuation_is_whole_bars_in_range_and_ends_at_rest_on_the_tonic(void **state)
{
	for (int tune = 0; tune < 2; tune++) {
		AUTO(score) s = tune ? tune_jig() : tune_reel();
		int tonic = tune ? 7 : 2;
		for (uint64_t seed = 0; seed < 60; seed++) {
			struct continuation_params p = defaults();
			p.bars = 1 + (int64_t)seed % 24;
			p.temperature = seed % 3 == 0 ? 0.3 : seed % 3 == 1 ? 1 : 3;
			struct continuation_report report;
			AUTO(score) out = go_on(s, &p, seed, &report);
			check_bars_and_range(s, out, p.bars);
			const struct score_voice *v = only_voice(out);
			check_melody_has_one_voice(v);
			const struct note *last = &v->notes[v->n_notes - 1];
			assert_int_equal(report.tonic, tonic);
			assert_true(report.ends_on_tonic);
			assert_int_equal(last->pitch % 12, tonic);
			assert_true(last->start_beats + last->duration_beats == out->end_beats);
			assert_true(last->duration_beats >= 1);
			assert_int_equal(report.n_notes, (int64_t)v->n_notes);
		}
	}
}

/* Whether the source has a note of this length at this place of a bar. */
static bool rhythm_known(const struct score *s, double pos, double length)
{
	struct score_meter m = score_meter_at(s, 0);
	double bar = score_bar_beats(&m);
	for (size_t i = 0; i < s->voices[0].n_notes; i++) {
		const struct note *n = &s->voices[0].notes[i];
		double there = fmod(n->start_beats - s->pickup_beats + bar, bar);
		if (fabs(there - pos) < 1e-6 && fabs(n->duration_beats - length) < 1e-6)
			return true;
	}
	return false;
}

static void test_continuation_uses_the_rhythms_of_the_source_where_the_source_has_them(void **state)
{
	for (int tune = 0; tune < 2; tune++) {
		AUTO(score) s = tune ? tune_jig() : tune_reel();
		struct score_meter m = score_meter_at(s, 0);
		double bar = score_bar_beats(&m);
		size_t n_all = 0, n_known = 0;
		for (uint64_t seed = 0; seed < 40; seed++) {
			struct continuation_params p = defaults();
			p.bars = 16;
			AUTO(score) out = go_on(s, &p, seed, NULL);
			const struct score_voice *v = only_voice(out);
			for (size_t i = 0; i + 1 < v->n_notes; i++, n_all++)
				n_known += rhythm_known(s, fmod(v->notes[i].start_beats, bar), v->notes[i].duration_beats);
		}
		assert_true(n_known * 100 >= n_all * 97);
	}
}

static void test_continuation_does_not_copy_more_in_one_piece_than_it_may(void **state)
{
	AUTO(score) s = tune_reel();
	for (int64_t max = 1; max <= 4; max++) {
		for (uint64_t seed = 0; seed < 40; seed++) {
			struct continuation_params p = defaults();
			struct continuation_report report;
			p.bars = 16;
			p.max_copy_bars = max;
			p.temperature = seed % 2 ? 1 : 0.2;
			AUTO(score) out = go_on(s, &p, seed, &report);
			assert_true(report.longest_copy_milli_bars <= max * 1000);
			/* Counted without looking inside; a cut last note may make it up to a note longer. */
			assert_true(tune_longest_common(s, out) <= (double)max + 0.51);
		}
	}
}

/* How many of the continuation's runs of n intervals-with-lengths stand in the source. */
static double overlap(const struct score *s, const struct score *out, size_t n)
{
	const struct score_voice *a = &s->voices[0], *b = &out->voices[0];
	size_t n_known = 0, n_all = 0;
	for (size_t k = 0; k + n < b->n_notes; k++, n_all++) {
		bool known = false;
		for (size_t i = 0; i + n < a->n_notes && !known; i++) {
			known = true;
			for (size_t j = 0; j < n && known; j++) {
				known = a->notes[i + j + 1].pitch - a->notes[i + j].pitch ==
						b->notes[k + j + 1].pitch - b->notes[k + j].pitch &&
					fabs(a->notes[i + j].duration_beats - b->notes[k + j].duration_beats) < 1e-6;
			}
		}
		n_known += known;
	}
	return n_all ? (double)n_known / (double)n_all : 0;
}

static void test_continuation_sounds_like_its_source_and_unlike_noise(void **state)
{
	AUTO(score) reel = tune_reel();
	AUTO(score) jig = tune_jig();
	double same = 0, other = 0, long_same = 0;
	for (uint64_t seed = 0; seed < 30; seed++) {
		struct continuation_params p = defaults();
		p.bars = 16;
		AUTO(score) out = go_on(reel, &p, seed, NULL);
		same += overlap(reel, out, 3) / 30;
		long_same += overlap(reel, out, 12) / 30;
		other += overlap(jig, out, 3) / 30;
	}
	assert_true(same > 0.65);      /* short figures are the source's */
	assert_true(long_same < 0.25); /* long ones mostly are not */
	assert_true(other < same / 2); /* and it is this source that it sounds like */
}

static void test_continuation_moves_as_the_source_does(void **state)
{
	AUTO(score) s = tune_reel();
	size_t n_steps = 0, n_leaps = 0, n_wide = 0;
	for (uint64_t seed = 0; seed < 30; seed++) {
		struct continuation_params p = defaults();
		p.bars = 16;
		AUTO(score) out = go_on(s, &p, seed, NULL);
		const struct score_voice *v = only_voice(out);
		for (size_t i = 1; i < v->n_notes; i++) {
			int leap = abs(v->notes[i].pitch - v->notes[i - 1].pitch);
			n_steps += leap <= 4;
			n_leaps += leap > 4;
			n_wide += leap > 12;
		}
	}
	assert_true(n_steps > n_leaps);
	assert_true(n_wide * 50 < n_steps + n_leaps);
}

static void test_continuation_does_not_get_stuck_in_one_bar(void **state)
{
	AUTO(score) s = tune_reel();
	for (uint64_t seed = 0; seed < 20; seed++) {
		struct continuation_params p = defaults();
		p.bars = 64;
		p.temperature = seed % 2 ? 1 : 0.1;
		AUTO(score) out = go_on(s, &p, seed, NULL);
		const struct score_voice *v = only_voice(out);
		int same = 0, most = 0;
		for (int bar = 1; bar < 64; bar++) {
			double from = 4.0 * bar;
			size_t a = 0, b = 0;
			while (a < v->n_notes && v->notes[a].start_beats < from - 4)
				a++;
			while (b < v->n_notes && v->notes[b].start_beats < from)
				b++;
			bool equal = true;
			size_t n = b - a;
			for (size_t i = 0; i < n && equal; i++)
				equal = b + i < v->n_notes && v->notes[a + i].pitch == v->notes[b + i].pitch &&
					v->notes[b + i].start_beats - v->notes[a + i].start_beats == 4;
			same = equal ? same + 1 : 0;
			most = same > most ? same : most;
		}
		assert_true(most <= 2);
	}
}

static void test_continuation_begins_with_the_lead_in_it_was_asked_for(void **state)
{
	AUTO(score) s = tune_jig();
	for (int64_t lead = 0; lead <= 3; lead++) {
		struct continuation_params p = defaults();
		p.bars = 4;
		p.lead_in_bars = lead;
		AUTO(score) out = go_on(s, &p, 5, NULL);
		assert_true(out->end_beats == 3.0 * (double)(4 + lead));
		double from = score_bar_start(s, score_n_bars(s) - lead + 1);
		size_t n = 0;
		for (size_t i = 0; i < s->voices[0].n_notes; i++) {
			const struct note *a = &s->voices[0].notes[i], *b = &out->voices[0].notes[n];
			if (a->start_beats < from - 1e-9)
				continue;
			assert_true(fabs(a->start_beats - from - b->start_beats) < 1e-9 && a->pitch == b->pitch);
			n++;
		}
		assert_true(lead == 0 ? n == 0 : n > 0);
		/* What is new begins on the bar line after it. */
		bool new_downbeat = false;
		for (size_t i = 0; i < out->voices[0].n_notes; i++)
			new_downbeat = new_downbeat || out->voices[0].notes[i].start_beats == 3.0 * (double)lead;
		assert_true(new_downbeat);
	}
}

/* Whether these pitches begin together somewhere in the source, on the same beat of a bar. */
static bool chord_known(const struct score *s, double pos, const int *pitches, size_t n)
{
	for (double at = pos; at < s->end_beats; at += 3) {
		size_t n_found = 0;
		for (size_t k = 0; k < n; k++) {
			bool found = false;
			for (size_t v = 0; v < s->n_voices && !found; v++) {
				for (size_t i = 0; i < s->voices[v].n_notes && !found; i++)
					found = s->voices[v].notes[i].start_beats == at && s->voices[v].notes[i].pitch == pitches[k];
			}
			n_found += found;
		}
		if (n_found == n)
			return true;
	}
	return false;
}

static void test_continuation_for_several_voices_sounds_together_what_sounded_together(void **state)
{
	AUTO(score) s = tune_waltz(true);
	size_t n_all = 0, n_known = 0;
	for (uint64_t seed = 0; seed < 20; seed++) {
		struct continuation_params p = defaults();
		p.bars = 12;
		AUTO(score) out = go_on(s, &p, seed, NULL);
		check_bars_and_range(s, out, 12);
		for (size_t v = 0; v < 4; v++) {
			assert_true(out->voices[v].n_notes > 0);
			assert_string_equal(out->voices[v].name, s->voices[v].name);
			assert_true(out->voices[v].n_controls > 0);
			assert_int_equal(out->voices[v].controls[0].value, s->voices[v].controls[0].value);
		}
		for (double at = 0; at < 36 - 3; at += 1) {
			int pitches[16];
			size_t n = 0;
			for (size_t v = 0; v < out->n_voices; v++) {
				for (size_t i = 0; i < out->voices[v].n_notes && n < 16; i++) {
					if (out->voices[v].notes[i].start_beats == at)
						pitches[n++] = out->voices[v].notes[i].pitch;
				}
			}
			n_all++;
			n_known += chord_known(s, fmod(at, 3), pitches, n);
		}
	}
	assert_true(n_known * 100 >= n_all * 90);
}

static void test_continuation_survives_any_source(void **state)
{
	uint64_t first = test_seed();
	for (uint64_t seed = first; seed < first + 60; seed++) {
		struct rng rng;
		rng_init(&rng, seed);
		AUTO(score) s = tune_noise(seed, 1 + rng_below(&rng, 200));
		static const unsigned dens[] = { 1, 2, 4, 8, 16 };
		assert_int_equal(score_set_meter(s, 0, (unsigned)(1 + rng_below(&rng, 17)), dens[rng_below(&rng, 5)], NULL), 0);
		struct continuation_params p = defaults();
		p.bars = rng_range(&rng, 1, 40);
		p.temperature = 0.05 + rng_double(&rng) * 3.9;
		p.max_copy_bars = rng_range(&rng, 1, 16);
		p.phrase_bars = rng_range(&rng, 1, 16);
		p.answer = rng_double(&rng);
		p.cadence = rng_below(&rng, 2);
		struct continuation_report report;
		AUTO(score) out = go_on(s, &p, seed, &report);
		check_bars_and_range(s, out, p.bars);
		assert_true(report.longest_copy_milli_bars <= p.max_copy_bars * 1000);
	}
}

static void test_continuation_of_one_note_and_of_drums_alone_works(void **state)
{
	AUTO(score) one = tune_noise(1, 1);
	struct continuation_params p = defaults();
	AUTO(score) out = go_on(one, &p, 1, NULL);
	check_bars_and_range(one, out, 8);

	AUTO(score) drums = score_new();
	size_t v;
	assert_int_equal(score_add_voice(drums, "kit", &v, NULL), 0);
	for (int i = 0; i < 32; i++) {
		struct note n = { i * 0.5, 0.25, i % 4 ? 42 : 36, 100, 9, 64 };
		assert_int_equal(score_add_note(drums, v, &n, NULL), 0);
	}
	AUTO(score) beat = go_on(drums, &p, 1, NULL);
	assert_true(beat->voices[0].n_notes > 16);
	for (size_t i = 0; i < beat->voices[0].n_notes; i++)
		assert_true(beat->voices[0].notes[i].pitch == 36 || beat->voices[0].notes[i].pitch == 42);
}

static void test_continuation_learns_from_the_end_of_a_source_that_is_too_long(void **state)
{
	AUTO(score) s = score_new();
	size_t v;
	assert_int_equal(score_add_voice(s, "", &v, NULL), 0);
	size_t n = LIMIT_MODEL_EVENTS + 64;
	for (size_t i = 0; i < n; i++) {
		/* Low at first, high in the part that is kept. */
		struct note note = { (double)i * 0.5, 0.5, (uint8_t)((i < 64 ? 30 : 70) + i * 7 % 5), 80, 0, 64 };
		assert_int_equal(score_add_note(s, v, &note, NULL), 0);
	}
	struct continuation_params p = defaults();
	AUTO(score) out = go_on(s, &p, 3, NULL);
	for (size_t i = 0; i < out->voices[0].n_notes; i++)
		assert_true(out->voices[0].notes[i].pitch >= 70);
}

/* Bars of 255 half notes, and a note for each of their beats: what is made is full of events. */
static void test_countless_events_in_a_bar_are_soon_gone_through(void **state)
{
	AUTO(score) s = tune_noise(1, 400);
	struct continuation_params p = defaults();
	(void)state;
	assert_int_equal(score_set_meter(s, 0, 255, 2, NULL), 0);
	p.bars = LIMIT_MODEL_BARS < 256 ? LIMIT_MODEL_BARS : 256;
	p.answer = 1;
	double from = cpu_seconds();
	AUTO(score) out = go_on(s, &p, 2, NULL);
	double took = cpu_seconds() - from;
	print_message("%zu notes: %.2f s of CPU\n", score_n_notes(out), took);
	assert_true(took < 2 * CPU_SLOWER);
}

static void test_continuation_refuses_nonsense_and_names_the_range(void **state)
{
	AUTO(score) s = tune_reel();
	AUTO(score) empty = score_new();
	struct score *out = NULL;
	struct err err = ERR_INIT;
	struct continuation_params p = defaults();
	assert_int_equal(continuation_make(empty, &p, 1, NULL, &out, NULL, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "no notes"));
	p.bars = 0;
	assert_int_equal(continuation_make(s, &p, 1, NULL, &out, NULL, &err), -EINVAL);
	assert_string_equal(err.field, "params.bars");
	assert_non_null(strstr(err.msg, "1 to 256"));
	p = defaults();
	p.temperature = NAN;
	assert_int_equal(continuation_make(s, &p, 1, NULL, &out, NULL, &err), -EINVAL);
	assert_string_equal(err.field, "params.temperature");
	p = defaults();
	p.lead_in_bars = 8;
	AUTO(score) one = tune_noise(1, 1);
	assert_int_equal(continuation_make(one, &p, 1, NULL, &out, NULL, &err), -EINVAL);
	assert_string_equal(err.field, "params.lead_in_bars");
	assert_null(out);
}

struct watched {
	int n_asked, cancel_at, n_told;
	double last;
};

static bool watched_cancelled(void *arg)
{
	struct watched *w = arg;
	return ++w->n_asked > w->cancel_at;
}

static void watched_progress(void *arg, double fraction, const char *what)
{
	struct watched *w = arg;
	assert_true(fraction >= w->last && fraction <= 1);
	assert_true(what && what[0]);
	w->last = fraction;
	w->n_told++;
}

static void test_continuation_tells_its_progress_and_stops_when_cancelled(void **state)
{
	AUTO(score) s = tune_reel();
	struct continuation_params p = defaults();
	struct watched w = { .cancel_at = 1000 };
	struct model_watch watch = { watched_cancelled, watched_progress, &w };
	AUTO(score) out = NULL;
	struct err err = ERR_INIT;
	assert_int_equal(continuation_make(s, &p, 1, &watch, &out, NULL, &err), 0);
	assert_true(w.n_told >= 6 && w.last == 1);
	struct score *none = NULL;
	w = (struct watched){ .cancel_at = 3 };
	assert_int_equal(continuation_make(s, &p, 1, &watch, &none, NULL, &err), -ECANCELED);
	assert_non_null(strstr(err.msg, "bar 4 of 8"));
	assert_int_equal(w.n_asked, 4);
	assert_null(none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_continuation_of_a_seed_is_the_same_everywhere),
		cmocka_unit_test(test_continuation_of_another_seed_is_another),
		cmocka_unit_test(test_continuation_is_whole_bars_in_range_and_ends_at_rest_on_the_tonic),
		cmocka_unit_test(test_continuation_uses_the_rhythms_of_the_source_where_the_source_has_them),
		cmocka_unit_test(test_continuation_does_not_copy_more_in_one_piece_than_it_may),
		cmocka_unit_test(test_continuation_sounds_like_its_source_and_unlike_noise),
		cmocka_unit_test(test_continuation_moves_as_the_source_does),
		cmocka_unit_test(test_continuation_does_not_get_stuck_in_one_bar),
		cmocka_unit_test(test_continuation_begins_with_the_lead_in_it_was_asked_for),
		cmocka_unit_test(test_continuation_for_several_voices_sounds_together_what_sounded_together),
		cmocka_unit_test(test_continuation_survives_any_source),
		cmocka_unit_test(test_continuation_of_one_note_and_of_drums_alone_works),
		cmocka_unit_test(test_continuation_learns_from_the_end_of_a_source_that_is_too_long),
		cmocka_unit_test(test_countless_events_in_a_bar_are_soon_gone_through),
		cmocka_unit_test(test_continuation_refuses_nonsense_and_names_the_range),
		cmocka_unit_test(test_continuation_tells_its_progress_and_stops_when_cancelled),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_tunes.c - the model `tunes` with the weights that are shipped: valid tunes, the right key, meter and length, the same on every
 * machine, continuations that go on and bridges that arrive.
 */
#include "model/tunes.h"

#include "../check.h"
#include "../seed.h"
#include "model/tune.h"
#include "music/abc.h"
#include "music/abc_write.h"
#include "music/smf.h"
#include "tunes.h"
#include "tunes_golden.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char reel[] = "X:1\nM:4/4\nL:1/8\nK:D\n|:fdfa gece|d2d2 d4|fdfa gefg|a2f2 d4:|\n";
static const char jig[] = "X:1\nM:6/8\nL:1/8\nK:G\nD|GBd gdB|ecA AFD|GBd gfg|aag fed|GBd gdB|ecA AFD|cBA DEF|AGG G2||\n";
static const char other_jig[] = "X:1\nM:6/8\nL:1/8\nK:D\ndfa afd|Bdf fdB|Ace gec|dfd d3|\n";

static int setup(void **state)
{
	struct tune_weights *w = NULL;
	struct tune_net *net = NULL;
	struct err err = ERR_INIT;
	if (tune_weights_read(TUNES_WEIGHTS, &w, &err) < 0 || tune_net_new(w, &net, &err) < 0) {
		print_message("%s\n", err_msg(&err));
		return -1;
	}
	*state = net;
	return 0;
}

static int teardown(void **state)
{
	tune_net_free(*state);
	return 0;
}

static struct tunes_sample_params defaults(void)
{
	struct tunes_sample_params p;
	assert_int_equal(model_params_read(&tunes_sample_table, NULL, &p, NULL), 0);
	return p;
}

static struct score *parse(const char *text)
{
	struct score *s = NULL;
	assert_int_equal(abc_parse(text, strlen(text), NULL, &s, NULL, NULL), 0);
	return s;
}

static uint64_t hash_of(const struct score *s)
{
	uint8_t *bytes = NULL;
	size_t n = 0;
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	assert_int_equal(score_write_smf(s, &bytes, &n, NULL), 0);
	for (size_t i = 0; i < n; i++)
		h = (h ^ bytes[i]) * UINT64_C(0x100000001b3);
	free(bytes);
	return h;
}

static bool is_whole(double x)
{
	return fabs(x - floor(x + 0.5)) < 1e-9;
}

/* Bars are full, no note crosses another, and as notation it is the same tune without a complaint. */
static bool is_valid(const struct score *s)
{
	struct score_meter m = score_meter_at(s, s->pickup_beats);
	double bars = (s->end_beats - s->pickup_beats) / score_bar_beats(&m);
	double short_of = s->pickup_beats / score_bar_beats(&m);
	bool full = is_whole(bars) || is_whole(bars + short_of);
	char *text = NULL;
	size_t n = 0;
	struct abc_write_options o = ABC_WRITE_OPTIONS_INIT;
	struct abc_report report = ABC_REPORT_INIT;
	AUTO(score) back = NULL;
	if (!full || score_n_notes(s) < 8 || s->n_voices != 1)
		return false;
	const struct score_voice *v = &s->voices[0];
	for (size_t i = 0; i + 1 < v->n_notes; i++)
		if (v->notes[i].start_beats + v->notes[i].duration_beats > v->notes[i + 1].start_beats + 1e-9)
			return false;
	if (v->notes[v->n_notes - 1].start_beats + v->notes[v->n_notes - 1].duration_beats > s->end_beats + 1e-9)
		return false;
	int code = abc_write(s, &o, &text, &n, NULL, NULL);
	if (code == 0)
		code = abc_parse(text, n, NULL, &back, &report, NULL);
	bool same = code == 0 && report.n_errors == 0 && report.n_warnings == 0 && score_n_notes(back) == score_n_notes(s);
	for (size_t i = 0; same && i < v->n_notes; i++)
		same = back->voices[0].notes[i].pitch == v->notes[i].pitch;
	abc_report_done(&report);
	free(text);
	return same;
}

static void test_of_a_hundred_samples_nearly_all_are_valid(void **state)
{
	int valid = 0;
	for (uint64_t seed = 0; seed < 100; seed++) {
		AUTO(score) s = NULL;
		struct tunes_sample_params p = defaults();
		p.bars = 0; /* the model alone decides */
		p.close = false;
		p.taste.accidentals = true;
		p.taste.copy_bars = 0;
		p.taste.top_p = 1;
		p.meter = (int64_t)(seed % 6);
		p.mode = (int64_t)(seed / 6 % TUNE_MODES);
		p.key = (int64_t)(seed * 5 % 12);
		if (tunes_sample(*state, &p, seed, NULL, &s, NULL, NULL) == 0 && is_valid(s))
			valid++;
		else
			print_message("seed %d is not valid\n", (int)seed);
	}
	print_message("%d of 100 valid\n", valid);
	assert_true(valid >= 99);
}

static void test_a_form_brings_its_meter_unless_another_is_asked_for(void **state)
{
	static const struct {
		int form, num, den;
	} cases[] = { { TUNE_ANY, 4, 4 }, { TUNE_AIR, 3, 4 }, { TUNE_JIG, 6, 8 }, { TUNE_REEL, 4, 4 }, { TUNE_SLIP_JIG, 9, 8 } };
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(score) s = NULL;
		AUTO(score) other = NULL;
		struct tunes_sample_params p = defaults();
		p.form = cases[i].form;
		assert_int_equal(tunes_sample(*state, &p, 3, NULL, &s, NULL, NULL), 0);
		struct score_meter m = score_meter_at(s, s->pickup_beats);
		assert_int_equal(m.num, cases[i].num);
		assert_int_equal(m.den, cases[i].den);
		p.meter = tune_find_meter(2, 4);
		assert_int_equal(tunes_sample(*state, &p, 3, NULL, &other, NULL, NULL), 0);
		assert_int_equal(score_meter_at(other, other->pickup_beats).num, 2);
	}
}

/* The last note lies on a beat, in the second half of a bar of four at the earliest, and is heard for some time. */
static bool comes_to_rest(const struct score *s, const struct tune_meter *m)
{
	const struct note *last = &s->voices[0].notes[s->voices[0].n_notes - 1];
	double bar = 4.0 * m->num / m->den, at = fmod(last->start_beats - s->pickup_beats + bar, bar);
	double beat = m->den == 8 ? 1.5 : m->den == 2 && m->num == 3 ? 2 : m->den == 4 && m->num == 6 ? 3 : m->den == 2 ? 2 : 1;
	double on = at / beat;
	return is_whole(on) && (m->num != 4 || is_whole(at / 2)) && last->duration_beats > 0.49;
}

static void test_key_meter_length_and_ending_are_as_asked(void **state)
{
	for (uint64_t seed = 0; seed < 88; seed++) {
		AUTO(score) s = NULL;
		struct tunes_sample_params p = defaults();
		struct tunes_report r;
		p.form = (int64_t)(seed / 11 % TUNE_FORMS);
		p.key = (int64_t)(seed % 12);
		p.mode = (int64_t)(seed % TUNE_MODES);
		p.meter = (int64_t)(seed % TUNE_METERS);
		p.bars = 4 + (int64_t)(seed % 13);
		p.repeats = false;
		p.lowest = 57;
		p.highest = 80;
		assert_int_equal(tunes_sample(*state, &p, seed, NULL, &s, &r, NULL), 0);
		struct score_meter m = score_meter_at(s, s->pickup_beats);
		assert_int_equal(m.num, tune_meters[p.meter].num);
		assert_int_equal(m.den, tune_meters[p.meter].den);
		double bars = (s->end_beats - s->pickup_beats) / score_bar_beats(&m);
		assert_int_equal((int)ceil(bars - 1e-9), p.bars);
		assert_int_equal(r.n_bars, p.bars + (s->pickup_beats > 0));
		assert_true(r.ends_on_tonic);
		assert_true(comes_to_rest(s, &tune_meters[p.meter]));
		assert_true(r.bits_per_token > 0 && r.bits_per_token < 10);
		const struct score_voice *v = &s->voices[0];
		assert_int_equal(v->notes[v->n_notes - 1].pitch % 12, p.key);
		for (size_t i = 0; i < v->n_notes; i++) {
			int above = (v->notes[i].pitch + 12 - (int)p.key) % 12;
			bool raised = p.mode == TUNE_MINOR && above == 11;
			assert_in_range(v->notes[i].pitch, p.lowest, p.highest);
			assert_true(raised || tune_mode_scales[p.mode] >> above & 1);
		}
	}
}

static void test_the_same_seed_is_the_same_tune_on_every_machine(void **state)
{
	AUTO(score) one = NULL;
	AUTO(score) two = NULL;
	AUTO(score) other = NULL;
	AUTO(score) went_on = NULL;
	AUTO(score) over = NULL;
	AUTO(score) from = parse(jig);
	AUTO(score) to = parse(other_jig);
	struct tunes_sample_params p = defaults();
	struct tunes_continue_params c;
	struct tunes_bridge_params b;
	assert_int_equal(model_params_read(&tunes_continue_table, NULL, &c, NULL), 0);
	assert_int_equal(model_params_read(&tunes_bridge_table, NULL, &b, NULL), 0);
	assert_int_equal(tunes_sample(*state, &p, 7, NULL, &one, NULL, NULL), 0);
	assert_int_equal(tunes_sample(*state, &p, 7, NULL, &two, NULL, NULL), 0);
	assert_int_equal(tunes_sample(*state, &p, 8, NULL, &other, NULL, NULL), 0);
	assert_int_equal(tunes_continue(*state, from, &c, 7, NULL, &went_on, NULL, NULL), 0);
	assert_int_equal(tunes_bridge(*state, from, to, &b, 7, NULL, &over, NULL, NULL), 0);
	assert_true(hash_of(one) == hash_of(two));
	assert_true(hash_of(one) != hash_of(other));
	uint64_t got[3] = { hash_of(one), hash_of(went_on), hash_of(over) };
	static const uint64_t want[3] = { TUNES_GOLDEN };
	for (int i = 0; i < 3; i++)
		if (got[i] != want[i])
			fail_msg("UINT64_C(0x%llx), UINT64_C(0x%llx), UINT64_C(0x%llx)", (unsigned long long)got[0],
				 (unsigned long long)got[1], (unsigned long long)got[2]);
}

static void test_a_continuation_goes_on_behind_the_bar_line(void **state)
{
	AUTO(score) source = parse(reel);
	struct tunes_continue_params p;
	assert_int_equal(model_params_read(&tunes_continue_table, NULL, &p, NULL), 0);
	for (uint64_t seed = 0; seed < 12; seed++) {
		AUTO(score) out = NULL;
		struct tunes_report r;
		p.bars = 1 + (int64_t)seed;
		p.lead_in_bars = (int64_t)(seed % 3);
		assert_int_equal(tunes_continue(*state, source, &p, seed, NULL, &out, &r, NULL), 0);
		assert_int_equal(r.n_bars, p.bars);
		assert_int_equal(r.tonic, 2);
		assert_true(r.ends_on_tonic);
		assert_true(fabs(out->end_beats - 4.0 * (double)(p.bars + p.lead_in_bars)) < 1e-9);
		assert_true(out->pickup_beats == 0);
		assert_true(score_bpm_at(out, 0) == score_bpm_at(source, 0));
		double lead = 4.0 * (double)p.lead_in_bars;
		for (size_t i = 0, k = 0; i < out->voices[0].n_notes; i++) {
			const struct note *n = &out->voices[0].notes[i];
			if (n->start_beats >= lead)
				continue;
			while (source->voices[0].notes[k].start_beats < source->end_beats - lead + n->start_beats - 1e-9)
				k++;
			assert_int_equal(n->pitch, source->voices[0].notes[k].pitch); /* as it was */
		}
	}
}

static void test_a_jig_goes_on_as_a_jig(void **state)
{
	AUTO(score) source = parse(jig);
	AUTO(score) out = NULL;
	struct tunes_continue_params p;
	assert_int_equal(model_params_read(&tunes_continue_table, NULL, &p, NULL), 0);
	p.bars = 8;
	assert_int_equal(tunes_continue(*state, source, &p, 3, NULL, &out, NULL, NULL), 0);
	struct score_meter m = score_meter_at(out, 0);
	assert_int_equal(m.num, 6);
	size_t eighths = 0;
	for (size_t i = 0; i < out->voices[0].n_notes; i++)
		eighths += fabs(out->voices[0].notes[i].duration_beats - 0.5) < 1e-9;
	assert_true(eighths * 2 > out->voices[0].n_notes); /* what jigs are made of */
}

/* The more ways over are tried, the likelier the second piece sounds behind the one that was kept. */
static void test_a_bridge_arrives(void **state)
{
	AUTO(score) from = parse(jig);
	AUTO(score) to = parse(other_jig);
	struct tunes_bridge_params p;
	double few = 0, many = 0;
	assert_int_equal(model_params_read(&tunes_bridge_table, NULL, &p, NULL), 0);
	for (uint64_t seed = 0; seed < 6; seed++) {
		AUTO(score) one = NULL;
		AUTO(score) best = NULL;
		struct tunes_report a, b;
		p.tries = 1;
		p.bars = 1 + (int64_t)(seed % 4);
		assert_int_equal(tunes_bridge(*state, from, to, &p, seed, NULL, &one, &a, NULL), 0);
		p.tries = 5;
		assert_int_equal(tunes_bridge(*state, from, to, &p, seed, NULL, &best, &b, NULL), 0);
		assert_int_equal(b.n_bars, p.bars);
		assert_true(fabs(best->end_beats - 3.0 * (double)p.bars) < 1e-9);
		assert_true(b.arrival_bits > 0 && b.leap <= 12);
		few += a.arrival_bits + (a.leap > 7 ? 0.1 * (double)(a.leap - 7) : 0);
		many += b.arrival_bits + (b.leap > 7 ? 0.1 * (double)(b.leap - 7) : 0);
	}
	assert_true(many < few);
}

/* Meters that do not go together are bridged all the same: then only the way out is known. */
static void test_a_bridge_between_meters_keeps_the_first(void **state)
{
	AUTO(score) from = parse(reel);
	AUTO(score) to = parse(jig);
	AUTO(score) out = NULL;
	struct tunes_bridge_params p;
	struct tunes_report r;
	assert_int_equal(model_params_read(&tunes_bridge_table, NULL, &p, NULL), 0);
	assert_int_equal(tunes_bridge(*state, from, to, &p, 1, NULL, &out, &r, NULL), 0);
	assert_int_equal(score_meter_at(out, 0).num, 4);
	assert_true(fabs(out->end_beats - 16) < 1e-9);
}

/* Whatever it is given. */
static void test_any_piece_can_be_gone_on_from(void **state)
{
	uint64_t seed = seed_start();
	struct tunes_continue_params p;
	assert_int_equal(model_params_read(&tunes_continue_table, NULL, &p, NULL), 0);
	p.taste.temperature = 4;
	for (int round = 0; round < 8; round++) {
		AUTO(score) s = tune_noise(seed_next(&seed), 1 + seed_below(&seed, 400));
		AUTO(score) out = NULL;
		struct err err = ERR_INIT;
		p.bars = 1 + seed_below(&seed, 16);
		p.taste.accidentals = seed_below(&seed, 2);
		int code = tunes_continue(*state, s, &p, seed_next(&seed), NULL, &out, NULL, &err);
		if (code == -EINVAL && strstr(err_msg(&err), "no notes"))
			continue; /* all of it drums */
		if (code < 0)
			fail_msg("%s", err_msg(&err));
		if (fabs(out->end_beats - 4.0 * (double)p.bars) > 1e-9)
			fail_msg("%g beats, not %d bars", out->end_beats, (int)p.bars);
	}
}

struct witness {
	double last;
	int calls, cancel_at;
};

static void on_progress(void *arg, double fraction, const char *what)
{
	struct witness *w = arg;
	assert_true(fraction >= w->last && fraction <= 1);
	assert_non_null(what);
	w->last = fraction;
}

static bool on_cancelled(void *arg)
{
	struct witness *w = arg;
	return ++w->calls == w->cancel_at;
}

static void test_progress_rises_and_cancel_is_heard(void **state)
{
	struct witness w = { .cancel_at = -1 };
	const struct model_watch watch = { .cancelled = on_cancelled, .progress = on_progress, .arg = &w };
	struct tunes_sample_params p = defaults();
	AUTO(score) s = NULL;
	AUTO(score) none = NULL;
	assert_int_equal(tunes_sample(*state, &p, 1, &watch, &s, NULL, NULL), 0);
	assert_true(w.last > 0.9);
	w = (struct witness){ .cancel_at = 30 };
	assert_int_equal(tunes_sample(*state, &p, 1, &watch, &none, NULL, NULL), -ECANCELED);
	assert_null(none);
	assert_int_equal(w.calls, 30);
}

static void test_what_cannot_be_is_refused(void **state)
{
	struct err err = ERR_INIT;
	struct tunes_sample_params p = defaults();
	struct tunes_continue_params c;
	AUTO(score) s = NULL;
	AUTO(score) empty = score_new();
	AUTO(score) odd = parse("X:1\nM:7/8\nL:1/8\nK:D\nABcdefg|ABcdefg|\n");
	p.lowest = 60;
	p.highest = 66;
	assert_int_equal(tunes_sample(*state, &p, 1, NULL, &s, NULL, &err), -EINVAL);
	assert_string_equal(err.field, "params.highest");
	p = defaults();
	p.bars = 1000;
	assert_int_equal(tunes_sample(*state, &p, 1, NULL, &s, NULL, &err), -EINVAL);
	p = defaults();
	p.taste.temperature = NAN;
	assert_int_equal(tunes_sample(*state, &p, 1, NULL, &s, NULL, &err), -EINVAL);
	assert_int_equal(model_params_read(&tunes_continue_table, NULL, &c, NULL), 0);
	assert_int_equal(tunes_continue(*state, empty, &c, 1, NULL, &s, NULL, &err), -EINVAL);
	assert_int_equal(tunes_continue(*state, odd, &c, 1, NULL, &s, NULL, &err), -EINVAL);
	assert_non_null(strstr(err_msg(&err), "7/8"));
	assert_null(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_of_a_hundred_samples_nearly_all_are_valid),
		cmocka_unit_test(test_a_form_brings_its_meter_unless_another_is_asked_for),
		cmocka_unit_test(test_key_meter_length_and_ending_are_as_asked),
		cmocka_unit_test(test_the_same_seed_is_the_same_tune_on_every_machine),
		cmocka_unit_test(test_a_continuation_goes_on_behind_the_bar_line),
		cmocka_unit_test(test_a_jig_goes_on_as_a_jig),
		cmocka_unit_test(test_a_bridge_arrives),
		cmocka_unit_test(test_a_bridge_between_meters_keeps_the_first),
		cmocka_unit_test(test_any_piece_can_be_gone_on_from),
		cmocka_unit_test(test_progress_rises_and_cancel_is_heard),
		cmocka_unit_test(test_what_cannot_be_is_refused),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}

#include "music/groove.h"

#include "../seed.h"
#include "music/humanise.h"
#include "played.h"

#include "../check.h"
#include "../starve.h"

#include <string.h>

static const double sixteenths[] = { 0, 0.25, 0.5, 0.75 }, eighths[] = { 0, 0.5 }, shuffled[] = { 0, 2.0 / 3 };

static size_t index_of(const char *name)
{
	size_t i = 0;
	while (strcmp(groove_names[i], name) != 0)
		i++;
	return i;
}

static struct groove builtin(const char *name)
{
	struct groove g;
	assert_int_equal(groove_builtin(index_of(name), 0.6, &g, NULL), 0);
	return g;
}

static struct score *grooved(const struct score *s, const struct groove *g, const struct groove_apply_params *p)
{
	struct score *out = NULL;
	struct err err = ERR_INIT;
	if (groove_apply(s, g, p, NULL, &out, &err) < 0)
		fail_msg("%s", err.msg);
	return out;
}

static struct groove learnt(const struct score *s, struct groove_report *r)
{
	struct groove_learn_params p = GROOVE_LEARN_INIT;
	struct groove g;
	struct err err = ERR_INIT;
	if (groove_learn(s, &p, NULL, &g, r, &err) < 0)
		fail_msg("%s", err.msg);
	return g;
}

static void test_a_groove_put_on_is_the_groove_that_is_learnt(void **state)
{
	static const char *const names[] = { "laid_back", "pushed", "funk", "hip_hop", "samba", "mpc_58" };
	struct groove_apply_params p = GROOVE_APPLY_INIT;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct groove g = builtin(names[i]);
		AUTO(score) s = played_make(4, sixteenths, 4, 1, 0, 64);
		for (size_t k = 0; k < s->voices[0].n_notes; k++)
			s->voices[0].notes[k].velocity = 80;
		AUTO(score) out = grooved(s, &g, &p);
		struct groove_learn_params as16 = { GRID_16, 4, -1 };
		struct groove back;
		assert_int_equal(groove_learn(out, &as16, NULL, &back, NULL, NULL), 0);
		assert_int_equal(back.n_slots, 16);
		double mean = 0;
		for (int k = 0; k < 16; k++)
			mean += g.slots[k * g.n_slots / 16 % g.n_slots].velocity / 16;
		for (int k = 0; k < 16; k++) { /* where the groove has a slot, its timing and loudness come back */
			double at = k / 4.0 / (g.period_beats / g.n_slots);
			if (at != floor(at))
				continue;
			const struct groove_slot *slot = &g.slots[(int)at % g.n_slots];
			if (fabs(back.slots[k].timing_beats - slot->timing_beats) > 1e-6)
				fail_msg("%s, slot %d: %g, not %g", names[i], k, back.slots[k].timing_beats, slot->timing_beats);
			if (g.n_slots == 16)
				assert_true(fabs(back.slots[k].velocity - slot->velocity / mean) < 0.02);
		}
	}
}

static void test_a_shuffle_is_heard_as_eighths_that_swing(void **state)
{
	AUTO(score) s = played_make(8, shuffled, 2, 0.9, 0.015, 64);
	struct groove_report r;
	struct groove g = learnt(s, &r);
	assert_int_equal(r.found.grid.per_beat, 2);
	assert_int_equal(g.n_slots, 8);
	assert_true(fabs(r.swing - 2.0 / 3) < 0.02);
	assert_true(r.spread_beats < 0.02);
	for (int i = 0; i < 8; i++)
		assert_true(fabs(g.slots[i].timing_beats - (i % 2 ? 1.0 / 6 : 0)) < 0.02);
	/* Straight eighths played with it shuffle; sixteenths between them stay in order. */
	AUTO(score) straight = played_make(1, eighths, 2, 1, 0, 16);
	struct groove_apply_params p = GROOVE_APPLY_INIT;
	AUTO(score) out = grooved(straight, &g, &p);
	assert_true(fabs(out->voices[0].notes[1].start_beats - 2.0 / 3) < 0.02);
}

static void test_strengths_say_how_much(void **state)
{
	struct groove g = builtin("swing_8");
	AUTO(score) s = played_make(1, eighths, 2, 1, 0, 8);
	struct groove_apply_params p = { 0.5, 0, 0, 0 };
	AUTO(score) half = grooved(s, &g, &p);
	assert_true(fabs(half->voices[0].notes[1].start_beats - 0.55) < 1e-9);
	assert_int_equal(half->voices[0].notes[1].velocity, s->voices[0].notes[1].velocity);
	p = (struct groove_apply_params){ 0, 1, 0, 0 };
	AUTO(score) loud = grooved(s, &g, &p);
	assert_true(loud->voices[0].notes[1].start_beats == 0.5);
	assert_true(loud->voices[0].notes[1].velocity < s->voices[0].notes[1].velocity);
	/* With quantise 1 what was sloppy lies where the groove has it. */
	AUTO(score) sloppy = played_make(1, eighths, 2, 1, 0.02, 8);
	p = (struct groove_apply_params){ 1, 0, 0, 1 };
	AUTO(score) tight = grooved(sloppy, &g, &p);
	for (size_t i = 0; i < tight->voices[0].n_notes; i++) {
		double at = tight->voices[0].notes[i].start_beats, in = at - floor(at + 0.001);
		assert_true(fabs(in) < 1e-6 || fabs(in - 0.6) < 1e-6);
	}
	g.slots[0].gate = 0.5;
	p = (struct groove_apply_params){ 0, 0, 1, 0 };
	AUTO(score) cut = grooved(s, &g, &p);
	assert_true(fabs(cut->voices[0].notes[0].duration_beats - 0.25) < 1e-9);
	assert_true(cut->voices[0].notes[1].duration_beats == s->voices[0].notes[1].duration_beats);
}

static void test_a_waltz_is_learnt_over_its_bar(void **state)
{
	AUTO(score) s = score_new();
	size_t v;
	assert_int_equal(score_add_voice(s, "", &v, NULL) | score_set_meter(s, 0, 3, 4, NULL), 0);
	for (int i = 0; i < 36; i++) {
		struct note x = { i - (i % 3 == 1 ? 0.08 : 0), 0.4, 60, i % 3 ? 70 : 100, 0, 64 };
		assert_int_equal(score_add_note(s, v, &x, NULL), 0);
	}
	struct groove_report r;
	struct groove g = learnt(s, &r);
	assert_int_equal(g.n_slots, 3);
	assert_true(g.period_beats == 3);
	assert_true(fabs(g.slots[1].timing_beats + 0.08) < 1e-9 && g.slots[0].timing_beats == 0);
	assert_true(fabs(g.slots[0].velocity - 1.25) < 1e-9 && fabs(g.slots[1].velocity - 0.875) < 1e-9);
	assert_int_equal(g.slots[0].count, 12);
	assert_true(r.swing == 0);
}

/* Built-in or random, time bends but does not tear: what came first stays first. */
static void test_order_is_kept_by_any_groove(void **state)
{
	struct rng r;
	rng_init(&r, test_seed());
	for (int round = 0; round < 200; round++) {
		struct groove g = { .period_beats = 0.5 + rng_double(&r) * 4, .n_slots = 1 + (int)rng_below(&r, 20) };
		double width = g.period_beats / g.n_slots;
		for (int i = 0; i < g.n_slots; i++)
			g.slots[i] = (struct groove_slot){ (rng_double(&r) - 0.5) * width, 0.1 + rng_double(&r) * 3, 0, 0 };
		assert_int_equal(groove_check(&g, NULL), 0);
		AUTO(score) s = played_make(rng_next(&r), sixteenths, 4, 0.6, 0.1, 20);
		/* One key a note, so that nothing merges and notes can be followed. */
		for (size_t i = 0; i < s->voices[0].n_notes; i++)
			s->voices[0].notes[i].pitch = (uint8_t)i;
		struct groove_apply_params p = { 1, rng_double(&r) * 2, 0, 0 };
		AUTO(score) out = grooved(s, &g, &p);
		double at[128];
		assert_int_equal(out->voices[0].n_notes, s->voices[0].n_notes);
		for (size_t i = 0; i < out->voices[0].n_notes; i++)
			at[out->voices[0].notes[i].pitch] = out->voices[0].notes[i].start_beats;
		for (size_t i = 1; i < s->voices[0].n_notes; i++)
			if (floor(s->voices[0].notes[i].start_beats / 4) == floor(s->voices[0].notes[i - 1].start_beats / 4))
				assert_true(at[i] >= at[i - 1] - 1e-9);
	}
}

static void test_grooves_are_json_and_back(void **state)
{
	for (size_t i = 1; groove_names[i]; i++) {
		struct groove g = builtin(groove_names[i]), back;
		AUTO_JSON json_t *j = groove_json(&g);
		AUTO_MEM char *text = json_text(j, JSON_OUT_PRETTY);
		struct err err = ERR_INIT;
		if (groove_read(text, strlen(text), &back, &err) < 0)
			fail_msg("%s: %s", groove_names[i], err.msg);
		assert_string_equal(back.name, groove_names[i]);
		assert_true(back.n_slots == g.n_slots && back.period_beats == g.period_beats);
		for (int k = 0; k < g.n_slots; k++)
			assert_true(back.slots[k].timing_beats == g.slots[k].timing_beats && back.slots[k].velocity == g.slots[k].velocity &&
				    back.slots[k].gate == g.slots[k].gate && back.slots[k].count == g.slots[k].count);
	}
}

static void test_bad_grooves_are_refused_with_the_field(void **state)
{
#define HEAD "\"type\":\"groove\",\"version\":1,\"period_beats\":4"
	static const struct {
		const char *text, *field, *says;
	} bad[] = {
		{ "[]", "", "object" },
		{ "{", "", "" },
		{ "{\"version\":1}", "type", "" },
		{ "{\"type\":\"grove\",\"version\":1,\"period_beats\":4,\"slots\":[]}", "type", "'grove'" },
		{ "{\"type\":\"groove\",\"version\":2,\"period_beats\":4,\"slots\":[]}", "version", "version 2" },
		{ "{" HEAD "}", "slots", "" },
		{ "{" HEAD ",\"slots\":[]}", "slots", "0 slots" },
		{ "{" HEAD ",\"slots\":[3]}", "slots", "slot 0 is no object" },
		{ "{" HEAD ",\"slots\":[{}]}", "timing_beats", "slot 0" },
		{ "{" HEAD ",\"slots\":[{\"timing_beats\":\"x\"}]}", "timing_beats", "slot 0" },
		{ "{" HEAD ",\"slots\":[{\"timing_beats\":5}]}", "timing_beats", "whole period" },
		{ "{" HEAD ",\"slots\":[{\"timing_beats\":2},{\"timing_beats\":-1}]}", "timing_beats", "slot 1 would come before slot 0" },
		{ "{" HEAD ",\"slots\":[{\"timing_beats\":0,\"velocity\":0}]}", "velocity", "0.1 to 4" },
		{ "{" HEAD ",\"slots\":[{\"timing_beats\":0,\"gate\":-1}]}", "gate", "0.02 to 4" },
		{ "{" HEAD ",\"slots\":[{\"timing_beats\":0,\"count\":-1}]}", "count", "" },
		{ "{" HEAD ",\"slots\":[{\"timing\":0}]}", "timing", "no field" },
		{ "{" HEAD ",\"swing\":1,\"slots\":[{\"timing_beats\":0}]}", "swing", "no field" },
		{ "{\"type\":\"groove\",\"version\":1,\"period_beats\":65,\"slots\":[{\"timing_beats\":0}]}", "period_beats", "0.25 to 64" },
		{ "{\"type\":\"groove\",\"version\":1,\"period_beats\":0,\"slots\":[{\"timing_beats\":0}]}", "period_beats", "0.25 to 64" },
		{ "{" HEAD ",\"name\":\"0123456789012345678901234567890123456789012345678901234567890123\",\"slots\":[{\"timing_beats\":0}]}", "name", "63" },
	};
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct groove g;
		struct err err = ERR_INIT;
		assert_true(groove_read(bad[i].text, strlen(bad[i].text), &g, &err) < 0);
		if (strcmp(err.field, bad[i].field) != 0 || !strstr(err.msg, bad[i].says))
			fail_msg("%s\n gives '%s' for field '%s'", bad[i].text, err.msg, err.field);
	}
	AUTO_STRBUF many = STRBUF_INIT;
	strbuf_adds(&many, "{" HEAD ",\"slots\":[");
	for (int i = 0; i <= GROOVE_SLOTS_MAX; i++)
		strbuf_addf(&many, "%s{\"timing_beats\":0}", i ? "," : "");
	strbuf_adds(&many, "]}");
	struct groove g;
	struct err err = ERR_INIT;
	assert_int_equal(groove_read(many.s, many.n, &g, &err), -EINVAL);
	assert_string_equal(err.field, "slots");
}

static void test_parameters_out_of_range_are_refused(void **state)
{
	AUTO(score) s = played_make(1, eighths, 2, 1, 0, 8);
	AUTO(score) empty = score_new();
	struct groove g = builtin("funk"), out;
	struct err err = ERR_INIT;
	struct score *none = NULL;
	struct groove_apply_params p = { 3, 1, 0, 0 };
	assert_int_equal(groove_apply(s, &g, &p, NULL, &none, &err), -EINVAL);
	assert_string_equal(err.field, "timing");
	struct groove_learn_params l = { GRID_AUTO, 0.1, -1 };
	assert_int_equal(groove_learn(s, &l, NULL, &out, NULL, &err), -EINVAL);
	assert_string_equal(err.field, "period_beats");
	l = (struct groove_learn_params){ GRID_32T, 64, -1 };
	assert_int_equal(groove_learn(s, &l, NULL, &out, NULL, &err), -EINVAL);
	assert_string_equal(err.field, "period_beats");
	l = (struct groove_learn_params){ GRID_AUTO, 0, 1 };
	assert_int_equal(groove_learn(s, &l, NULL, &out, NULL, &err), -EINVAL);
	assert_string_equal(err.field, "voice");
	l = (struct groove_learn_params)GROOVE_LEARN_INIT;
	assert_int_equal(groove_learn(empty, &l, NULL, &out, NULL, &err), -EINVAL);
	assert_int_equal(groove_builtin(0, 0.5, &out, &err), -EINVAL);
	assert_int_equal(groove_builtin(index_of("swing_8"), 0.9, &out, &err), -EINVAL);
	assert_string_equal(err.field, "swing");
}

/* What was humanised: mean, spread and drift of the deviations of 4,000 notes. */
static void test_humanising_has_the_statistics_it_says(void **state)
{
	AUTO(score) s = played_make(1, sixteenths, 4, 1, 0, 1000);
	assert_int_equal(score_set_tempo(s, 0, 120, NULL), 0);
	for (size_t i = 0; i < s->voices[0].n_notes; i++) {
		s->voices[0].notes[i].velocity = 64;
		s->voices[0].notes[i].pitch = (uint8_t)(i % 100);
	}
	struct humanise_params p = { 10, 8, 0.1, 0, 0.6 };
	AUTO(score) a = NULL;
	AUTO(score) b = NULL;
	assert_int_equal(score_humanise(s, &p, 5, &a, NULL), 0);
	assert_int_equal(score_humanise(s, &p, 5, &b, NULL), 0);
	size_t n = s->voices[0].n_notes;
	double sum = 0, squares = 0, next = 0, before = 0, loud = 0, loud2 = 0;
	assert_int_equal(a->voices[0].n_notes, n);
	for (size_t i = 0; i < n; i++) {
		const struct note *x = &a->voices[0].notes[i];
		assert_true(x->start_beats == b->voices[0].notes[i].start_beats && x->velocity == b->voices[0].notes[i].velocity);
		double ms = (x->start_beats - s->voices[0].notes[i].start_beats) * 500;
		sum += ms;
		squares += ms * ms;
		next += ms * before;
		before = ms;
		loud += x->velocity - 64.0;
		loud2 += (x->velocity - 64.0) * (x->velocity - 64.0);
	}
	double sd = sqrt(squares / (double)n), drift = next / squares, loud_sd = sqrt(loud2 / (double)n);
	print_message("timing %.2f ms, mean %.2f ms, correlation of neighbours %.2f; velocity %.2f, mean %.2f\n", sd, sum / (double)n, drift,
		      loud_sd, loud / (double)n);
	assert_true(fabs(sd - 10) < 1 && fabs(sum / (double)n) < 1.5);
	assert_true(fabs(loud_sd - 8) < 1);
	assert_true(drift > 0.3 && drift < 0.6); /* rows drawn anew every 1, 2, 4 ... 32: 0.6 times 0.672 */
	AUTO(score) other = NULL;
	assert_int_equal(score_humanise(s, &p, 6, &other, NULL), 0);
	assert_true(other->voices[0].notes[7].start_beats != a->voices[0].notes[7].start_beats);
	struct humanise_params bad = { 61, 0, 0, 0, 0 };
	struct err err = ERR_INIT;
	AUTO(score) none = NULL;
	assert_int_equal(score_humanise(s, &bad, 1, &none, &err), -EINVAL);
	assert_string_equal(err.field, "timing_ms");
}

static void test_chords_stay_together(void **state)
{
	AUTO(score) s = score_new();
	size_t v;
	assert_int_equal(score_add_voice(s, "", &v, NULL), 0);
	for (int i = 0; i < 50; i++)
		for (int k = 0; k < 3; k++) {
			struct note x = { i, 0.9, (uint8_t)(60 + 4 * k), 80, 0, 64 };
			assert_int_equal(score_add_note(s, v, &x, NULL), 0);
		}
	score_sort(s);
	struct humanise_params p = { 15, 0, 0, 0, 0.5 };
	AUTO(score) out = NULL;
	assert_int_equal(score_humanise(s, &p, 1, &out, NULL), 0);
	for (size_t i = 0; i < 150; i += 3)
		assert_true(out->voices[0].notes[i].start_beats == out->voices[0].notes[i + 2].start_beats);
}

static int work(void *arg, struct err *err)
{
	struct groove_learn_params p = GROOVE_LEARN_INIT;
	struct groove_apply_params a = GROOVE_APPLY_INIT;
	struct humanise_params h = HUMANISE_PARAMS_INIT;
	struct groove g;
	AUTO(score) out = NULL;
	AUTO(score) human = NULL;
	int code = groove_learn(arg, &p, NULL, &g, NULL, err);
	if (code == 0)
		code = groove_apply(arg, &g, &a, NULL, &out, err);
	return code < 0 ? code : score_humanise(out, &h, 1, &human, err);
}

static void test_memory_may_run_out_anywhere(void **state)
{
	AUTO(score) s = played_make(1, eighths, 2, 1, 0.01, 20);
	assert_true(starve_exhaust(STARVE_ALL_FROM, "groove", true, work, s) > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_groove_put_on_is_the_groove_that_is_learnt),
		cmocka_unit_test(test_a_shuffle_is_heard_as_eighths_that_swing),
		cmocka_unit_test(test_strengths_say_how_much),
		cmocka_unit_test(test_a_waltz_is_learnt_over_its_bar),
		cmocka_unit_test(test_order_is_kept_by_any_groove),
		cmocka_unit_test(test_grooves_are_json_and_back),
		cmocka_unit_test(test_bad_grooves_are_refused_with_the_field),
		cmocka_unit_test(test_parameters_out_of_range_are_refused),
		cmocka_unit_test(test_humanising_has_the_statistics_it_says),
		cmocka_unit_test(test_chords_stay_together),
		cmocka_unit_test(test_memory_may_run_out_anywhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "model/bridge.h"

#include "base/mem.h"
#include "music/chord.h"
#include "music/excerpt.h"
#include "tunes.h"

#include "../check.h"
#include "../seed.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static struct bridge_params defaults(void)
{
	struct bridge_params p;
	assert_int_equal(model_params_read(&bridge_table, NULL, &p, NULL), 0);
	return p;
}

static struct score *lead_over(const struct score *from, const struct score *to, const struct bridge_params *p, uint64_t seed,
			       struct bridge_report *ret)
{
	struct err err = ERR_INIT;
	struct score *s = NULL;
	if (bridge_make(from, to, p, seed, NULL, &s, ret, &err) < 0)
		fail_msg("seed %llu: %s", (unsigned long long)seed, err.msg);
	return s;
}

static bool same(const struct score *a, const struct score *b)
{
	size_t n = 0, m = 0;
	struct note AUTO_MEM *x = score_merge_notes(a, &n);
	struct note AUTO_MEM *y = score_merge_notes(b, &m);
	bool equal = n == m;
	for (size_t i = 0; equal && i < n; i++)
		equal = x[i].start_beats == y[i].start_beats && x[i].pitch == y[i].pitch &&
			x[i].duration_beats == y[i].duration_beats;
	return equal;
}

static void test_a_bridge_has_the_bars_asked_for_and_both_pieces_decide_it(void **state)
{
	AUTO(score) reel = tune_reel();
	AUTO(score) waltz = tune_waltz(false);
	AUTO(score) jig = tune_jig();
	struct bridge_params p = defaults();
	struct bridge_report r;
	p.bars = 3;
	AUTO(score) a = lead_over(reel, waltz, &p, 7, &r);
	assert_true(a->end_beats == 11 && r.n_bars == 3 && r.n_notes > 3); /* two of four beats, one of three */
	AUTO(score) again = lead_over(reel, waltz, &p, 7, NULL);
	assert_true(same(a, again));
	AUTO(score) other_seed = lead_over(reel, waltz, &p, 8, NULL);
	assert_false(same(a, other_seed));
	AUTO(score) other_goal = lead_over(reel, jig, &p, 7, NULL);
	assert_false(same(a, other_goal)); /* the second piece matters */
	AUTO(score) other_start = lead_over(jig, waltz, &p, 7, NULL);
	assert_false(same(a, other_start));
}

/* A tune in another key, at another tempo. */
static struct score *moved(struct score *tune, int semitones, double bpm)
{
	AUTO(score) s = tune;
	struct score *out = NULL;
	assert_int_equal(score_transpose(s, semitones, &out, NULL), 0);
	assert_int_equal(score_set_tempo(out, 0, bpm, NULL), 0);
	return out;
}

static const struct note *last_of(const struct score_voice *v)
{
	const struct note *last = NULL;
	for (size_t i = 0; i < v->n_notes; i++)
		last = !last || v->notes[i].start_beats >= last->start_beats ? &v->notes[i] : last;
	return last;
}

static uint16_t scale_of(int sharps)
{
	uint16_t mask = 0;
	for (int i = 0; i < 7; i++)
		mask |= (uint16_t)(1u << (((sharps - 1 + i) * 7 % 12 + 24) % 12));
	return mask;
}

static void test_a_bridge_arrives_in_the_second_pieces_key_meter_and_tempo(void **state)
{
	size_t n_steps = 0, n_dominant = 0, n_in_key = 0, n_notes = 0, n_bridges = 0;
	for (int shift = -5; shift <= 6; shift++) {
		for (uint64_t seed = 0; seed < 12; seed++) {
			AUTO(score) from = seed % 2 ? tune_reel() : tune_waltz(true);
			AUTO(score) to = moved(seed % 3 == 0 ? tune_jig() : seed % 3 == 1 ? tune_reel() : tune_waltz(false), shift, 70 + (double)seed * 12);
			struct bridge_params p = defaults();
			struct bridge_report r;
			p.bars = 2 + (int64_t)seed % 5;
			AUTO(score) s = lead_over(from, to, &p, seed, &r);
			struct score_meter m = score_meter_at(to, to->pickup_beats), o = score_meter_at(s, s->end_beats - 0.01);
			assert_true(o.num == m.num && o.den == m.den);
			assert_true(fabs(score_bpm_at(s, s->end_beats) - score_bpm_at(to, 0)) < 0.51);
			assert_true(score_bpm_at(s, 0) == score_bpm_at(from, from->end_beats));
			struct score_key key = score_key_at(to, 0);
			assert_int_equal(r.to_sharps, key.sharps);
			assert_int_equal(score_key_at(s, s->end_beats).sharps, r.to_sharps);
			/* The melody's last note is a step from the one that comes, the last bar's chords are the dominant's. */
			n_bridges++;
			n_steps += r.leap == 1 || r.leap == 2;
			double bar = score_bar_beats(&m);
			struct chord dominant, goal;
			assert_true(chord_parse(r.dominant, strlen(r.dominant), &dominant) && chord_parse(r.goal, strlen(r.goal), &goal));
			assert_int_equal((goal.root + 7) % 12, dominant.root);
			bool on_it = true;
			for (size_t v = 0; v < s->n_voices; v++) {
				for (size_t i = 0; i < s->voices[v].n_notes; i++) {
					const struct note *x = &s->voices[v].notes[i];
					if (x->channel == 9)
						continue;
					double beat = x->start_beats - (s->end_beats - bar);
					if (v > 0 && beat > -0.01)
						on_it = on_it && chord_has(&dominant, x->pitch);
					if (x->start_beats > s->end_beats / 2 + bar) {
						n_notes++;
						n_in_key += scale_of(key.sharps) >> x->pitch % 12 & 1 || chord_has(&dominant, x->pitch);
					}
				}
			}
			n_dominant += on_it;
			/* Tempos go from one to the other without a turn. */
			double up = score_bpm_at(to, 0) - score_bpm_at(from, from->end_beats);
			for (size_t i = 1; i < s->n_tempos; i++)
				assert_true((s->tempos[i].bpm - s->tempos[i - 1].bpm) * up >= 0);
			assert_non_null(last_of(&s->voices[0]));
		}
	}
	print_message("%zu bridges: %zu end a step from their goal, %zu on its dominant; %zu of %zu notes of the second half in its key\n", n_bridges,
		      n_steps, n_dominant, n_in_key, n_notes);
	assert_int_equal(n_steps, n_bridges);
	assert_int_equal(n_dominant, n_bridges);
	assert_true(n_in_key == n_notes);
}

static void test_a_bridge_stays_as_it_is_where_it_need_not_meet(void **state)
{
	AUTO(score) reel = tune_reel();
	AUTO(score) jig = moved(tune_jig(), 3, 60);
	struct bridge_params p = defaults();
	p.modulate = p.meet_meter = p.meet_tempo = false;
	for (uint64_t seed = 0; seed < 10; seed++) {
		AUTO(score) s = lead_over(reel, jig, &p, seed, NULL);
		assert_true(s->n_tempos == 1 && s->n_meters == 1 && s->end_beats == 16);
		for (size_t i = 0; i < s->voices[0].n_notes; i++)
			assert_true(scale_of(2) >> s->voices[0].notes[i].pitch % 12 & 1);
	}
	/* The same piece again: nothing to meet, but its dominant. */
	p = defaults();
	AUTO(score) s = lead_over(reel, reel, &p, 1, NULL);
	assert_true(s->n_tempos == 1 && s->n_meters == 1 && score_key_at(s, 8).sharps == 2);
}

static void test_bridges_between_drums_and_noise_are_made_too(void **state)
{
	uint64_t seed = seed_start();
	for (int i = 0; i < 60; i++) {
		AUTO(score) a = tune_noise(seed_next(&seed), 1 + seed_below(&seed, 80));
		AUTO(score) b = tune_noise(seed_next(&seed), 1 + seed_below(&seed, 80));
		static const unsigned dens[] = { 1, 2, 4, 8, 16 };
		assert_int_equal(score_set_meter(a, 0, 1 + seed_below(&seed, 13), dens[seed_below(&seed, 5)], NULL), 0);
		assert_int_equal(score_set_meter(b, 0, 1 + seed_below(&seed, 13), dens[seed_below(&seed, 5)], NULL), 0);
		for (size_t k = 0; seed_below(&seed, 2) && k < a->voices[0].n_notes; k++)
			a->voices[0].notes[k].channel = 9;
		struct bridge_params p = defaults();
		p.bars = 1 + seed_below(&seed, 8);
		AUTO(score) s = lead_over(a, b, &p, seed, NULL);
		for (size_t k = 0; k < s->voices[0].n_notes; k++)
			assert_true(s->voices[0].notes[k].duration_beats > 0 && s->voices[0].notes[k].start_beats < s->end_beats);
	}
}

static void test_a_lead_in_comes_before_the_new_bars(void **state)
{
	AUTO(score) reel = tune_reel();
	AUTO(score) jig = tune_jig();
	struct bridge_params p = defaults();
	p.bars = 2;
	p.lead_in_bars = 1;
	AUTO(score) s = lead_over(reel, jig, &p, 1, NULL);
	assert_true(s->end_beats == 4 + 4 + 3);
}

static void test_a_bridge_needs_two_pieces_with_notes(void **state)
{
	AUTO(score) reel = tune_reel();
	AUTO(score) empty = score_new();
	struct bridge_params p = defaults();
	struct score *s = NULL;
	struct err err = ERR_INIT;
	assert_int_equal(bridge_make(reel, empty, &p, 1, NULL, &s, NULL, &err), -EINVAL);
	assert_int_equal(bridge_make(empty, reel, &p, 1, NULL, &s, NULL, &err), -EINVAL);
	p.bars = 0;
	assert_int_equal(bridge_make(reel, reel, &p, 1, NULL, &s, NULL, &err), -EINVAL);
	assert_string_equal(err.field, "params.bars");
	assert_null(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_bridge_has_the_bars_asked_for_and_both_pieces_decide_it),
		cmocka_unit_test(test_a_bridge_arrives_in_the_second_pieces_key_meter_and_tempo),
		cmocka_unit_test(test_a_bridge_stays_as_it_is_where_it_need_not_meet),
		cmocka_unit_test(test_bridges_between_drums_and_noise_are_made_too),
		cmocka_unit_test(test_a_lead_in_comes_before_the_new_bars),
		cmocka_unit_test(test_a_bridge_needs_two_pieces_with_notes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

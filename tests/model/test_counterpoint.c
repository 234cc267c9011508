#include "model/counterpoint.h"

#include "family.h"
#include "model/line.h"
#include "model/pitch_path.h"
#include "tunes.h"

#include "../check.h"
#include "../seed.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- given melodies ---------------------------------------------------------------------------- */

static const int major[8] = { 0, 2, 4, 5, 7, 9, 11, 12 };

static int of_degree(int tonic, int degree)
{
	int octave = degree >= 0 ? degree / 7 : -((6 - degree) / 7);
	return tonic + octave * 12 + major[degree - octave * 7];
}

/* Whole notes that begin on the tonic, wander by steps and thirds, and come down to the tonic: 8 to 15 of them. */
static struct score *cantus(uint64_t *r, int tonic)
{
	struct score *s = score_new();
	size_t v;
	assert_non_null(s);
	assert_int_equal(score_set_meter(s, 0, 4, 4, NULL), 0);
	assert_int_equal(score_set_key(s, 0, (tonic % 12 * 7 + 5) % 12 - 5, false, NULL), 0);
	assert_int_equal(score_add_voice(s, "cantus", &v, NULL), 0);
	int n = 8 + (int)seed_below(r, 8), degree = 0;
	for (int i = 0; i < n; i++) {
		struct note note = { i * 4.0, 4, (uint8_t)of_degree(tonic, degree), 80, 0, 64 };
		assert_int_equal(score_add_note(s, v, &note, NULL), 0);
		static const int moves[] = { 1, 1, 1, -1, -1, -1, 2, -2, 3 };
		int left = n - 2 - i, next;
		do /* near enough to the second degree that steps lead to it, and not on it one note too early */
			next = degree + moves[seed_below(r, 9)];
		while (left > 0 && (abs(next - 1) > left - 1 || (left == 2 && next == 1) || next < -2 || next > 7));
		degree = left > 0 ? next : left == 0 ? 0 : degree;
	}
	score_sort(s);
	return s;
}

/* --- the rules, written a second time ---------------------------------------------------------- */

static bool consonant(int a, int b)
{
	int d = abs(a - b) % 12;
	return d == 0 || d == 3 || d == 4 || d == 7 || d == 8 || d == 9;
}

static bool perfect(int a, int b)
{
	return abs(a - b) % 12 == 0 || abs(a - b) % 12 == 7;
}

static int sung_at(const struct score_voice *v, double beat)
{
	for (size_t i = 0; i < v->n_notes; i++)
		if (v->notes[i].start_beats <= beat + 1e-9 && beat + 1e-9 < v->notes[i].start_beats + v->notes[i].duration_beats)
			return v->notes[i].pitch;
	return -1;
}

static bool is_step(int a, int b)
{
	return abs(a - b) == 1 || abs(a - b) == 2;
}

struct seen {
	int contrary, moves, ties, suspensions, notes;
};

static void broken(uint64_t seed, int species, const char *what, double at)
{
	fail_msg("seed %llu, species %d: %s at beat %g", (unsigned long long)seed, species + 1, what, at);
}

static void check_dissonance(const struct score_voice *cf, const struct score_voice *cp, size_t i, int species, uint64_t seed,
			     struct seen *seen)
{
	const struct note *n = &cp->notes[i];
	double bar = ceil(n->start_beats / 4 - 1e-9) * 4; /* the bar line in or at the note */
	if (!consonant(n->pitch, sung_at(cf, n->start_beats))) {
		/* Between bar lines only, and passing or turning by step. */
		if (fmod(n->start_beats, 4) == 0 || i == 0 || i + 1 == cp->n_notes)
			broken(seed, species, "a clash on the bar line", n->start_beats);
		int a = cp->notes[i - 1].pitch, b = cp->notes[i + 1].pitch;
		bool passes = is_step(a, n->pitch) && is_step(n->pitch, b) && (n->pitch > a) == (b > n->pitch);
		bool turns = is_step(a, n->pitch) && a == b && (species == SPECIES_THIRD || species == SPECIES_FLORID);
		if (species == SPECIES_FIRST || !(passes || turns))
			broken(seed, species, "a dissonance that does not pass", n->start_beats);
	}
	if (bar > n->start_beats + 1e-9 && bar < n->start_beats + n->duration_beats - 1e-9) {
		seen->ties++;
		if (!consonant(n->pitch, sung_at(cf, bar))) {
			seen->suspensions++;
			int next = i + 1 < cp->n_notes ? cp->notes[i + 1].pitch : -1;
			if (!(next < n->pitch && is_step(n->pitch, next) && consonant(next, sung_at(cf, bar))))
				broken(seed, species, "a suspension that does not resolve a step down", bar);
		}
	}
}

static void check_motion(const struct score_voice *cf, const struct score_voice *cp, size_t i, int species, uint64_t seed,
			 struct seen *seen)
{
	const struct note *m = &cp->notes[i - 1], *n = &cp->notes[i];
	int a = sung_at(cf, n->start_beats - 1e-3), b = sung_at(cf, n->start_beats), d = abs(n->pitch - m->pitch);
	if (d == 6 || d == 9 || d == 10 || d == 11 || d > 12)
		broken(seed, species, "a leap that cannot be sung", n->start_beats);
	if (a == b || n->pitch == m->pitch)
		return;
	bool same_way = (b > a) == (n->pitch > m->pitch);
	seen->moves++;
	seen->contrary += !same_way;
	if (perfect(a, m->pitch) && abs(a - m->pitch) % 12 == abs(b - n->pitch) % 12)
		broken(seed, species, "parallel fifths or octaves", n->start_beats);
	if (same_way && perfect(b, n->pitch))
		broken(seed, species, "a hidden fifth or octave", n->start_beats);
}

static void check_downbeats(const struct score_voice *cf, const struct score_voice *cp, int species, uint64_t seed)
{
	size_t n = cf->n_notes;
	for (size_t i = 1; species <= SPECIES_SECOND && i < n; i++) {
		int a = cf->notes[i - 1].pitch, b = cf->notes[i].pitch;
		int x = sung_at(cp, (double)(i - 1) * 4), y = sung_at(cp, (double)i * 4);
		if (a != b && x != y && perfect(a, x) && abs(a - x) % 12 == abs(b - y) % 12)
			broken(seed, species, "parallels from bar line to bar line", (double)i * 4);
	}
}

static void check_ends(const struct score_voice *cf, const struct score_voice *cp, bool above, int species, uint64_t seed)
{
	int first = abs(cp->notes[0].pitch - cf->notes[0].pitch) % 12, n = (int)cp->n_notes;
	const struct note *last = &cp->notes[n - 1];
	if (first != 0 && !(first == 7 && above))
		broken(seed, species, "an imperfect beginning", 0);
	if (last->pitch % 12 != cf->notes[cf->n_notes - 1].pitch % 12 || last->duration_beats != 4)
		broken(seed, species, "an end that is no octave", last->start_beats);
	if (cp->notes[n - 2].pitch != last->pitch - 1)
		broken(seed, species, "an end without the leading tone", last->start_beats);
	for (int i = 0; i < n; i++) {
		int other = sung_at(cf, cp->notes[i].start_beats);
		bool crossed = above ? cp->notes[i].pitch < other : cp->notes[i].pitch > other;
		if (crossed || (cp->notes[i].pitch == other && i && i + 1 < n))
			broken(seed, species, "a crossing or a unison inside", cp->notes[i].start_beats);
	}
}

static void check_rhythm(const struct score_voice *cf, const struct score_voice *cp, int species, uint64_t seed)
{
	static const size_t per_bar[] = { 1, 2, 4 };
	size_t bars = cf->n_notes;
	if (species <= SPECIES_THIRD)
		assert_int_equal(cp->n_notes, (bars - 1) * per_bar[species] + 1);
	double from = species == SPECIES_FOURTH ? 2 : 0;
	if (!family_fills(cp, from, (double)bars * 4))
		broken(seed, species, "a gap", 0);
}

/* Every rule on hundreds of given melodies, in every species, above and below. */
static void test_counterpoint_keeps_every_rule_of_its_species(void **state)
{
	uint64_t r = seed_start();
	struct seen total[SPECIES_COUNT] = { 0 };
	for (uint64_t seed = 0; seed < 400; seed++) {
		for (int species = 0; species < SPECIES_COUNT; species++) {
			bool above = seed % 2;
			static const char *const names[] = { "first", "second", "third", "fourth", "florid" };
			int tonic = 55 + (int)seed_below(&r, 12);
			AUTO(score) cf = cantus(&r, tonic);
			char params[160];
			(void)snprintf(params, sizeof(params), "{'species':'%s','position':'%s','freedom':%g}", names[species],
				       above ? "above" : "below", seed % 3 * 0.3);
			struct generated g = family_make("counterpoint", params, seed, cf);
			assert_int_equal(g.score->n_voices, 2);
			const struct score_voice *a = &g.score->voices[0], *b = &g.score->voices[1];
			struct seen *seen = &total[species];
			if (family_number(&g, "broken_rules"))
				broken(seed, species, "the report counts broken rules", 0);
			check_rhythm(a, b, species, seed);
			check_ends(a, b, above, species, seed);
			check_downbeats(a, b, species, seed);
			for (size_t i = 0; i < b->n_notes; i++) {
				seen->notes++;
				check_dissonance(a, b, i, species, seed, seen);
				if (i)
					check_motion(a, b, i, species, seed, seen);
			}
			generated_done(&g);
		}
	}
	for (int species = 0; species < SPECIES_COUNT; species++)
		print_message("species %d: %d notes, %d of %d moves contrary, %d ties, %d suspensions\n", species + 1, total[species].notes,
			      total[species].contrary, total[species].moves, total[species].ties, total[species].suspensions);
	assert_true(total[SPECIES_FIRST].contrary * 100 > total[SPECIES_FIRST].moves * 55);
	assert_true(total[SPECIES_FOURTH].suspensions * 4 > total[SPECIES_FOURTH].ties);
	assert_true(total[SPECIES_FOURTH].ties * 10 > total[SPECIES_FOURTH].notes * 6);
	assert_true(total[SPECIES_FLORID].suspensions > 100);
}

static void test_counterpoint_to_any_tune_stays_in_its_range(void **state)
{
	uint64_t r = seed_start();
	AUTO(score) reel = tune_reel();
	AUTO(score) jig = tune_jig();
	AUTO(score) waltz = tune_waltz(true);
	for (uint64_t seed = 0; seed < 60; seed++) {
		AUTO(score) noise = tune_noise(seed, 8 + seed_below(&r, 80)); /* one in sixteen is a drum */
		const struct score *from[] = { reel, jig, waltz, noise };
		int lo = (int)seed_below(&r, 97), hi = lo + 12 + (int)seed_below(&r, 20);
		hi = hi > 127 ? 127 : hi < 31 ? 31 : hi;
		char params[160];
		static const char *const names[] = { "first", "second", "third", "fourth", "florid" };
		(void)snprintf(params, sizeof(params), "{'species':'%s','position':'%s','lo':%d,'hi':%d,'melody':false}", names[seed % 5],
			       seed % 2 ? "above" : "below", lo, hi);
		struct generated g = family_make("counterpoint", params, seed, from[seed / 5 % 4]);
		assert_int_equal(g.score->n_voices, 1);
		family_check_notes(g.score, lo, hi, seed);
		generated_done(&g);
	}
}

static void test_seeds_give_other_lines_and_the_same_seed_the_same(void **state)
{
	uint64_t r = 88172645463325252u;
	AUTO(score) cf = cantus(&r, 60);
	uint64_t prints[20];
	int others = 0;
	for (uint64_t seed = 0; seed < 20; seed++) {
		struct generated g = family_make("counterpoint", "{'species':'third','freedom':1}", seed, cf);
		struct generated again = family_make("counterpoint", "{'species':'third','freedom':1}", seed, cf);
		prints[seed] = family_fingerprint(g.score);
		assert_true(prints[seed] == family_fingerprint(again.score));
		others += seed && prints[seed] != prints[0];
		generated_done(&g);
		generated_done(&again);
	}
	assert_true(others >= 18);
}

/* The search against trying every line. */
static int32_t any_pair(const void *arg, size_t i, int from, int to)
{
	const uint8_t *salt = arg;
	return (salt[(i * 7 + (size_t)from) % 64] ^ salt[((size_t)to * 3 + i) % 64]) % 50;
}

static int32_t any_triple(const void *arg, size_t i, int before, int from, int to)
{
	const uint8_t *salt = arg;
	return salt[((size_t)before * 5 + (size_t)from * 11 + (size_t)to + i) % 64] % 60;
}

static void test_the_cheapest_line_is_found(void **state)
{
	uint64_t r = seed_start();
	for (int round = 0; round < 200; round++) {
		uint8_t salt[64], got[6];
		struct path_slot slots[6];
		for (int i = 0; i < 64; i++)
			salt[i] = (uint8_t)seed_below(&r, 256);
		size_t n = 1 + seed_below(&r, 6);
		int64_t all = 1;
		for (size_t i = 0; i < n; i++) {
			slots[i].n = 0;
			int k = 1 + (int)seed_below(&r, 5);
			for (int j = 0; j < k; j++)
				path_offer(&slots[i], (int)seed_below(&r, 128), (int32_t)seed_below(&r, 40));
			all *= k;
		}
		const struct path_costs costs = { any_pair, any_triple, salt };
		assert_int_equal(pitch_path(slots, n, &costs, NULL, got, NULL, NULL), 0);
		int64_t best = INT64_MAX, mine = INT64_MAX;
		for (int64_t code = 0; code < all; code++) {
			int64_t rest = code, sum = 0;
			int at[6];
			bool same = true;
			for (size_t i = 0; i < n; i++) {
				int k = (int)(rest % slots[i].n);
				rest /= slots[i].n;
				at[i] = slots[i].pitch[k];
				same = same && at[i] == got[i];
				sum += slots[i].cost[k];
				sum += i >= 1 ? any_pair(salt, i, at[i - 1], at[i]) : 0;
				sum += i >= 2 ? any_triple(salt, i, at[i - 2], at[i - 1], at[i]) : 0;
			}
			best = sum < best ? sum : best;
			mine = same && sum < mine ? sum : mine;
		}
		assert_true(mine == best);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counterpoint_keeps_every_rule_of_its_species),
		cmocka_unit_test(test_counterpoint_to_any_tune_stays_in_its_range),
		cmocka_unit_test(test_seeds_give_other_lines_and_the_same_seed_the_same),
		cmocka_unit_test(test_the_cheapest_line_is_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "music/voices.h"

#include "../seed.h"
#include "base/limits.h"
#include "counterpoint.h"
#include "music/abc.h"

#include "../check.h"
#include "../starve.h"

#include <stdio.h>
#include <string.h>

static struct score *from_abc(const char *text)
{
	struct score *s = NULL;
	struct err err = ERR_INIT;
	if (abc_parse(text, strlen(text), NULL, &s, NULL, &err) < 0)
		fail_msg("%s", err.msg);
	return s;
}

static struct voices *separate(const struct score *s, const struct voice_params *p)
{
	struct voices *v = NULL;
	struct err err = ERR_INIT;
	if (voices_separate(s, p, &v, &err) < 0)
		fail_msg("%s", err.msg);
	return v;
}

/* Share of notes in the right voice after merging and taking apart. */
static double accuracy(const struct score *truth)
{
	struct voice_params p = VOICE_PARAMS_INIT;
	struct voices_agreement a;
	AUTO(score) one = counterpoint_merge(truth);
	AUTO(voices) v = separate(one, &p);
	assert_int_equal(voices_compare(truth, v->score, &a, NULL), 0);
	return (double)a.n_right / (double)a.n_notes;
}

/* An exposition in three voices of our own: each enters alone, above or below, with the subject while the others go on. */
static const char exposition[] =
	"X:1\nT:exposition\nM:4/4\nL:1/8\nK:Am\nV:1\nV:2\nV:3\n"
	"V:1\nz8|z8|z2 ed cdec|B2 e2 e2 d2|c2 BA ^GABG|A2 e2 f2 e2|dcde d2 c2|B2 c2 B4|A8|]\n"
	"V:2\nz2 AG FGAF|E2 A2 A2 ^G2|A2 E2 A2 G2|^F2 ^G2 A2 B2|A2 ^GA B2 B2|c2 c2 d2 c2|B2 AG F2 G2|^F2 A2 ^G4|E8|]\n"
	"V:3\nz8|z8|z8|z8|z2 A,G, F,G,A,F,|E,2 A,2 A,2 A,2|G,F,E,F, D,2 E,2|D,2 C,2 E,4|A,,8|]\n";

/* Four voices, as in a chorale: they begin and end together and touch in thirds. */
static const char chorale[] =
	"X:1\nT:chorale\nM:4/4\nL:1/4\nK:G\nV:1\nV:2\nV:3\nV:4\n"
	"V:1\nGABd|cBA2|Bcdg|^fed2|edcB|A2G2|]\n"
	"V:2\nDEGG|E/F/G F2|GGGB|AGF2|GG/F/ED|E/G/FD2|]\n"
	"V:3\nB,CDB,|CDD2|DEDD|DCA,2|CB,CG,|C D/C/ B,2|]\n"
	"V:4\nG,CG,/A,/B,|A,G,D2|G,E,B,,G,,|D,E,D,2|C,G,A,B,|C,D,G,,2|]\n";

/* Rows: H-T28, H-A04 */
static void test_lines_of_known_pieces_are_found(void **state)
{
	AUTO(score) e = from_abc(exposition);
	AUTO(score) c = from_abc(chorale);
	double of_e = accuracy(e), of_c = accuracy(c);
	print_message("exposition %.3f, chorale %.3f of the notes in their voice\n", of_e, of_c);
	assert_true(of_e >= 0.93);
	assert_true(of_c >= 0.97);
}

/* Rows: H-T28 */
static void test_lines_of_made_up_counterpoint_are_found(void **state)
{
	static const double floors[2][4] = { { 0.94, 0.90, 0.85, 0.83 }, { 0.90, 0.87, 0.82, 0.80 } };
	for (int loose = 0; loose < 2; loose++)
		for (int n = 2; n <= 5; n++) {
			double sum = 0;
			for (uint64_t seed = 0; seed < 20; seed++) {
				AUTO(score) s = counterpoint_make(1000 + seed, n, 64, loose);
				sum += accuracy(s) / 20;
			}
			print_message("%d voices%s: %.3f\n", n, loose ? ", as played" : "", sum);
			assert_true(sum >= floors[loose][n - 2]);
		}
}

/* Melody, bass and drums on one track: channels tell them apart, and one of them plays chords. */
static struct score *band_on_one_track(void)
{
	struct score *s = score_new();
	size_t v;
	assert_int_equal(score_add_voice(s, "all", &v, NULL), 0);
	for (int i = 0; i < 16; i++) {
		struct note melody = { i, 1, (uint8_t)(72 + i % 5), 90, 0, 64 }, bass = { i, 1, (uint8_t)(40 + i % 3), 80, 1, 64 };
		struct note kick = { i, 0.25, 36, 100, 9, 64 }, snare = { i, 0.25, 38, 100, 9, 64 };
		assert_int_equal(score_add_note(s, v, &melody, NULL), 0);
		assert_int_equal(score_add_note(s, v, &bass, NULL), 0);
		assert_int_equal(score_add_note(s, v, &kick, NULL), 0);
		assert_int_equal(score_add_note(s, v, &snare, NULL), 0);
		for (int k = 0; i % 4 == 0 && k < 3; k++) {
			struct note chord = { i, 4, (uint8_t)(55 + 4 * k), 60, 2, 64 };
			assert_int_equal(score_add_note(s, v, &chord, NULL), 0);
		}
	}
	struct score_control c = { 0, SCORE_PROGRAM, 2, 0, 48 };
	assert_int_equal(score_add_control(s, v, &c, NULL), 0);
	score_sort(s);
	return s;
}

/* Rows: H-T28, H-A04 */
static void test_channels_are_split_and_only_chords_are_followed(void **state)
{
	AUTO(score) s = band_on_one_track();
	struct voice_params p = VOICE_PARAMS_INIT;
	p.method = VOICE_CHANNEL_SPLIT;
	AUTO(voices) by_channel = separate(s, &p);
	assert_int_equal(by_channel->score->n_voices, 4);
	static const uint8_t channels[4] = { 0, 1, 2, 9 };
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(by_channel->origins[i].channel, channels[i]);
	assert_int_equal(by_channel->score->voices[2].n_controls, 1);
	assert_int_equal(by_channel->score->voices[0].n_controls, 0);
	p.method = VOICE_AUTO;
	AUTO(voices) v = separate(s, &p);
	assert_int_equal(v->score->n_voices, 6); /* the chords became three lines, the drums stayed whole */
	for (size_t i = 2; i < 5; i++) {
		assert_int_equal(v->origins[i].method, VOICE_PITCH_CONTIGUITY);
		assert_int_equal(v->score->voices[i].n_notes, 4);
		assert_int_equal(v->score->voices[i].n_controls, 1);
	}
	assert_int_equal(v->score->voices[2].notes[0].pitch, 63); /* the highest first */
	assert_int_equal(v->origins[5].channel, 9);
	assert_int_equal(v->score->voices[5].n_notes, 32);
}

/* Rows: H-T28, H-A04 */
static void test_skyline_and_bassline_take_the_edges(void **state)
{
	AUTO(score) s = from_abc("X:1\nL:1/4\nK:C\n[CEG][DFA][EGc][Gc]|[ce]zC2|]\n");
	static const uint8_t top[] = { 67, 69, 72, 72, 76, 60 }, low[] = { 60, 62, 64, 67, 72, 60 };
	struct voice_params p = VOICE_PARAMS_INIT;
	p.method = VOICE_SKYLINE;
	AUTO(voices) high = separate(s, &p);
	p.method = VOICE_BASSLINE;
	AUTO(voices) bass = separate(s, &p);
	assert_int_equal(high->score->n_voices, 2);
	assert_int_equal(high->score->voices[0].n_notes, 6);
	assert_int_equal(bass->score->voices[0].n_notes, 6);
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(high->score->voices[0].notes[i].pitch, top[i]);
		assert_int_equal(bass->score->voices[0].notes[i].pitch, low[i]);
	}
	/* A short note under a long high one is not the top line. */
	AUTO(score) held = from_abc("X:1\nL:1/4\nK:C\nV:1\nV:2\nV:1\nc4|\nV:2\nEGEG|\n");
	p.method = VOICE_SKYLINE;
	AUTO(voices) one = separate(held, &p);
	assert_int_equal(one->score->voices[0].n_notes, 1);
	assert_int_equal(one->score->voices[1].n_notes, 4);
}

static void test_a_wide_jump_and_a_long_gap_make_the_difference_that_the_parameters_say(void **state)
{
	/* Two lines an octave and more apart that take turns: with max_pitch_jump 12 a third voice is never needed. */
	AUTO(score) truth = from_abc("X:1\nL:1/4\nM:4/4\nK:C\nV:1\nV:2\nV:1\ncdef|gfed|c4|\nV:2\nC,4|G,,4|C,4|\n");
	assert_true(accuracy(truth) == 1);
	AUTO(score) one = counterpoint_merge(truth);
	struct voice_params p = VOICE_PARAMS_INIT;
	p.method = VOICE_PITCH_CONTIGUITY;
	p.max_voices = 1;
	AUTO(voices) single = separate(one, &p);
	assert_int_equal(single->score->n_voices, 1); /* no note is lost where voices are too few */
	assert_int_equal(score_n_notes(single->score), score_n_notes(one));
}

static void test_tracks_choose_what_is_looked_at(void **state)
{
	AUTO(score) c = from_abc(chorale);
	const uint32_t tracks[] = { 0, 3 }, wrong[] = { 4 };
	struct voice_params p = VOICE_PARAMS_INIT;
	p.tracks = tracks;
	p.n_tracks = 2;
	AUTO(voices) v = separate(c, &p);
	assert_int_equal(v->score->n_voices, 2);
	assert_int_equal(v->origins[1].track, 3);
	assert_int_equal(v->score->voices[1].n_notes, c->voices[3].n_notes);
	struct err err = ERR_INIT;
	struct voices *none = NULL;
	p.tracks = wrong;
	p.n_tracks = 1;
	assert_int_equal(voices_separate(c, &p, &none, &err), -EINVAL);
	assert_string_equal(err.field, "tracks");
}

static void test_parameters_out_of_range_are_refused(void **state)
{
	AUTO(score) s = band_on_one_track();
	static const struct {
		struct voice_params p;
		const char *field;
	} bad[] = { { { VOICE_METHOD_COUNT, 12, 4, 8, NULL, 0 }, "method" }, { { 0, 0, 4, 8, NULL, 0 }, "max_pitch_jump" },
		    { { 0, 49, 4, 8, NULL, 0 }, "max_pitch_jump" },          { { 0, 12, -1, 8, NULL, 0 }, "max_gap_beats" },
		    { { 0, 12, 4, 0, NULL, 0 }, "max_voices" },              { { 0, 12, 4, 17, NULL, 0 }, "max_voices" } };
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct err err = ERR_INIT;
		struct voices *v = NULL;
		assert_int_equal(voices_separate(s, &bad[i].p, &v, &err), -EINVAL);
		assert_string_equal(err.field, bad[i].field);
		assert_null(v);
	}
}

static bool same_note(const struct note *a, const struct note *b)
{
	return a->start_beats == b->start_beats && a->duration_beats == b->duration_beats && a->pitch == b->pitch &&
	       a->velocity == b->velocity && a->channel == b->channel;
}

static struct score *random_score(struct rng *r)
{
	struct score *s = score_new();
	size_t n_voices = rng_below(r, 5), v;
	for (size_t i = 0; i < n_voices; i++) {
		assert_int_equal(score_add_voice(s, "x", &v, NULL), 0);
		for (uint64_t k = rng_below(r, 60); k > 0; k--) {
			struct note x = { rng_double(r) * 20, rng_below(r, 9) == 0 ? 0 : rng_double(r) * 4, (uint8_t)rng_below(r, 128),
					  (uint8_t)rng_range(r, 1, 127), (uint8_t)(rng_below(r, 3) ? 9 - rng_below(r, 3) : 0), 64 };
			if (rng_below(r, 3) == 0)
				x.start_beats = (double)rng_below(r, 20);
			assert_int_equal(score_add_note(s, v, &x, NULL), 0);
		}
	}
	score_sort(s);
	return s;
}

/* Whatever the method, every note is there once and unchanged, and twice the same is the same. */
static void test_no_note_is_lost_or_changed(void **state)
{
	struct rng r;
	rng_init(&r, test_seed());
	for (int i = 0; i < 200; i++) {
		AUTO(score) s = random_score(&r);
		struct voice_params p = VOICE_PARAMS_INIT;
		p.method = (enum voice_method)rng_below(&r, VOICE_METHOD_COUNT);
		p.max_voices = (int)rng_range(&r, 1, VOICES_MAX);
		p.max_gap_beats = (double)rng_below(&r, 8);
		AUTO(voices) v = NULL;
		int code = voices_separate(s, &p, &v, NULL);
		if (code == -EMSGSIZE && LIMIT_SCORE_VOICES < 5 * 3 * VOICES_MAX)
			continue; /* tiny limits: more voices than a score holds */
		assert_int_equal(code, 0);
		AUTO(voices) again = separate(s, &p);
		struct voices_agreement a;
		assert_int_equal(voices_compare(v->score, again->score, &a, NULL), 0);
		assert_true(a.n_right == a.n_notes && a.n_notes == score_n_notes(s));
		size_t n = 0, m = 0;
		AUTO_MEM struct note *x = score_merge_notes(s, &n);
		AUTO_MEM struct note *y = score_merge_notes(v->score, &m);
		assert_int_equal(n, m);
		for (size_t k = 0; k < n; k++) { /* equal starts and pitches may have changed places */
			bool found = false;
			for (size_t j = 0; j < m && !found; j++)
				if (same_note(&x[k], &y[j])) {
					y[j].velocity = 0;
					found = true;
				}
			assert_true(found);
		}
		for (size_t k = 0; k < v->score->n_voices; k++)
			assert_true(v->score->voices[k].n_notes > 0);
	}
}

static void test_agreement_counts_right(void **state)
{
	AUTO(score) truth = from_abc("X:1\nL:1/4\nK:C\nV:1\nV:2\nV:1\ncdef|\nV:2\nCDEF|\n");
	AUTO(score) found = score_new();
	size_t v;
	/* The second half of the lower line went to the upper one. */
	for (int i = 0; i < 2; i++)
		assert_int_equal(score_add_voice(found, "", &v, NULL), 0);
	for (size_t i = 0; i < 2; i++)
		for (size_t k = 0; k < 4; k++)
			assert_int_equal(score_add_note(found, i == 0 || k >= 2 ? 1 : 0, &truth->voices[i].notes[k], NULL), 0);
	score_sort(found);
	struct voices_agreement a;
	assert_int_equal(voices_compare(truth, found, &a, NULL), 0);
	assert_int_equal(a.n_notes, 8);
	assert_int_equal(a.n_right, 6); /* matched crosswise */
	assert_int_equal(a.n_links, 6);
	assert_int_equal(a.n_links_found, 2); /* C-D and c-d; after that the other notes stand between */
	assert_int_equal(a.n_links_made, 6);
	assert_true(a.average_consistency == 0.75);
	AUTO(score) other = from_abc("X:1\nL:1/4\nK:C\ncdeg|\n");
	assert_int_equal(voices_compare(truth, other, &a, NULL), -EINVAL);
}

static int work(void *arg, struct err *err)
{
	struct voice_params p = VOICE_PARAMS_INIT;
	AUTO(voices) v = NULL;
	struct voices_agreement a;
	for (int m = 0; m < VOICE_METHOD_COUNT; m++) {
		AUTO(voices) one = NULL;
		p.method = (enum voice_method)m;
		int code = voices_separate(arg, &p, &one, err);
		if (code < 0)
			return code;
		voices_free(v);
		v = TAKE(one);
	}
	return voices_compare(arg, v->score, &a, err);
}

static bool ask_third(void *arg)
{
	return ++*(int *)arg == 3;
}

/* A hundred thousand notes are seconds of work. */
static void test_who_cancels_is_heard_while_lines_are_followed(void **state)
{
	AUTO(score) s = score_new();
	size_t v;
	int asked = 0;
	struct voice_params p = VOICE_PARAMS_INIT;
	assert_non_null(s);
	assert_int_equal(score_add_voice(s, "", &v, NULL), 0);
	for (int i = 0; i < 6000; i++) {
		struct note n = { .start_beats = i / 2, .duration_beats = 1, .pitch = (uint8_t)(i % 2 ? 72 + i % 7 : 48 + i % 5), .velocity = 80 };
		assert_int_equal(score_add_note(s, v, &n, NULL), 0);
	}
	score_sort(s);
	p.cancelled = ask_third;
	p.arg = &asked;
	AUTO(voices) r = NULL;
	assert_int_equal(voices_separate(s, &p, &r, NULL), -ECANCELED);
	assert_int_equal(asked, 3);
}

static void test_memory_may_run_out_anywhere(void **state)
{
	AUTO(score) s = band_on_one_track();
	assert_true(starve_exhaust(STARVE_ALL_FROM, "voices", false, work, s) > 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_of_known_pieces_are_found),
		cmocka_unit_test(test_lines_of_made_up_counterpoint_are_found),
		cmocka_unit_test(test_channels_are_split_and_only_chords_are_followed),
		cmocka_unit_test(test_skyline_and_bassline_take_the_edges),
		cmocka_unit_test(test_a_wide_jump_and_a_long_gap_make_the_difference_that_the_parameters_say),
		cmocka_unit_test(test_tracks_choose_what_is_looked_at),
		cmocka_unit_test(test_parameters_out_of_range_are_refused),
		cmocka_unit_test(test_no_note_is_lost_or_changed),
		cmocka_unit_test(test_who_cancels_is_heard_while_lines_are_followed),
		cmocka_unit_test(test_agreement_counts_right),
		cmocka_unit_test(test_memory_may_run_out_anywhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

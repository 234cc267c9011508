#include "music/similarity.h"

#include "../seed.h"
#include "counterpoint.h"
#include "base/cosine.h"
#include "music/abc.h"
#include "music/embedding.h"
#include "music/excerpt.h"
#include "music/reshape.h"

#include "../check.h"
#include "../starve.h"

#include <math.h>
#include <string.h>

static const char reel[] = "X:1\nM:4/4\nL:1/8\nQ:1/4=100\nK:D\nd2fd Adfd|e2ge cege|d2fd Adfa|gfec d2d2|a2fa dafa|b2gb egbg|a2fa dafd|gfec d4|]\n";
/* The reel with other lengths and an ornament or two. */
static const char varied[] = "X:1\nM:4/4\nL:1/8\nQ:1/4=100\nK:D\nd3f Adfd|e2ge cegf|d3f Adfa|gfec d4|a2gf dafa|b2gb egbg|a2ba dafd|gfec d4|]\n";
static const char waltz[] = "X:1\nM:3/4\nL:1/4\nQ:1/4=160\nK:Em\nE2B|B2A|G2F|E3|B2e|e2d|c2A|B3|c2B|A2G|F2G|A3|G2F|E2^D|E3|E3|]\n";
/* A piece of its own, which quotes bars 1 and 2 of the reel in G from bar 3. */
static const char quoting[] = "X:1\nM:4/4\nL:1/8\nQ:1/4=100\nK:G\nG4 B2A2|c4 B4|g2bg dgbg|a2c'a fac'a|B2A2 G2F2|E4 D4|G2A2 B2c2|G8|]\n";

static struct score *from_abc(const char *text)
{
	struct score *s = NULL;
	struct err err = ERR_INIT;
	if (abc_parse(text, strlen(text), NULL, &s, NULL, &err) < 0)
		fail_msg("%s", err.msg);
	return s;
}

static struct similarity compare(const struct score *a, const struct score *b)
{
	struct similarity r;
	struct err err = ERR_INIT;
	if (similarity_find(a, b, 6, NULL, &r, &err) < 0)
		fail_msg("%s", err.msg);
	return r;
}

static double whole(const struct score *a, const struct score *b)
{
	struct similarity r = compare(a, b);
	similarity_done(&r);
	return r.whole;
}

/* Rows: S0-78 */
static void test_a_piece_is_itself_in_any_key(void **state)
{
	AUTO(score) s = from_abc(reel);
	struct similarity same = compare(s, s);
	for (int i = 0; i < SIMILAR_ASPECT_COUNT; i++)
		assert_true(fabs(same.aspects[i] - 1) < 1e-9);
	assert_true(fabs(same.whole - 1) < 1e-9 && same.contrast_whole == 0 && same.shared_a == 1 && same.transposition == 0);
	similarity_done(&same);
	for (int up = -5; up <= 6; up++) {
		AUTO(score) moved = NULL;
		assert_int_equal(score_transpose(s, up, &moved, NULL), 0);
		struct similarity r = compare(s, moved);
		assert_int_equal(r.transposition, up);
		assert_true(r.aspects[SIMILAR_MELODY] > 0.999 && r.aspects[SIMILAR_CHROMA] > 0.999 && r.whole > 0.97);
		assert_true(r.n_runs == 1 && r.runs[0].transposition == up && r.runs[0].n_notes == s->voices[0].n_notes);
		similarity_done(&r);
	}
}

/* Rows: S0-78 */
static void test_a_variation_is_nearer_than_another_tune(void **state)
{
	AUTO(score) a = from_abc(reel);
	AUTO(score) b = from_abc(varied);
	AUTO(score) c = from_abc(waltz);
	double near = whole(a, b), far = whole(a, c);
	print_message("the variation %.3f, the waltz %.3f\n", near, far);
	assert_true(near > 0.8 && far < 0.5);
	assert_true(whole(b, a) == near && whole(c, a) == far);
	float x[EMBEDDING_SIZE], y[EMBEDDING_SIZE], z[EMBEDDING_SIZE];
	assert_int_equal(embedding_make(a, NULL, x, NULL) | embedding_make(b, NULL, y, NULL) | embedding_make(c, NULL, z, NULL), 0);
	print_message("as vectors: the variation %.3f, the waltz %.3f\n", cosine_of(x, y, EMBEDDING_SIZE), cosine_of(x, z, EMBEDDING_SIZE));
	assert_true(cosine_of(x, y, EMBEDDING_SIZE) > 0.8 && cosine_of(x, z, EMBEDDING_SIZE) < 0.4);
}

/* Rows: S0-78 */
static void test_what_was_taken_over_is_told_with_its_places(void **state)
{
	AUTO(score) a = from_abc(reel);
	AUTO(score) b = from_abc(quoting);
	struct similarity r = compare(a, b);
	assert_true(r.n_runs >= 1);
	const struct shared_run *q = &r.runs[0];
	assert_int_equal(q->bar_a, 1);
	assert_int_equal(q->bar_b, 3);
	assert_true(q->from_a == 0 && q->from_b == 8 && q->n_notes == 14);
	assert_int_equal(q->transposition, 5);
	assert_true(q->same_rhythm == 1);
	assert_true(r.shared_b >= 14.0 / 38 && r.shared_b < 0.7);
	similarity_done(&r);
	AUTO(score) w = from_abc(waltz);
	struct similarity none = compare(a, w);
	for (size_t i = 0; i < none.n_runs; i++)
		assert_true(none.runs[i].n_notes < 8);
	similarity_done(&none);
}

/* Rows: S0-78 */
static void test_contrast_says_what_is_different(void **state)
{
	AUTO(score) a = from_abc(reel);
	AUTO(score) b = NULL;
	AUTO(score) c = NULL;
	AUTO(score) w = from_abc(waltz);
	const struct dynamics_params softer = { .curve = DYNAMICS_KEEP, .gain = 0.5, .contrast = 1, .lo = 1, .hi = 127 };
	assert_int_equal(score_dynamics(a, &softer, &b, NULL), 0);
	assert_int_equal(score_clone(a, &c, NULL), 0);
	assert_int_equal(score_set_tempo(c, 0, 50, NULL), 0);
	struct similarity loud = compare(a, b), slow = compare(a, c), other = compare(a, w);
	for (int i = 0; i < CONTRAST_ASPECT_COUNT; i++) {
		assert_true(i == CONTRAST_LOUDNESS ? loud.contrast[i] > 0.5 : loud.contrast[i] == 0);
		assert_true(i == CONTRAST_TEMPO ? slow.contrast[i] == 0.5 : slow.contrast[i] == 0);
	}
	assert_true(other.contrast[CONTRAST_MODE] == 1 && other.contrast[CONTRAST_METER] == 1);
	assert_true(other.contrast_whole > loud.contrast_whole);
	similarity_done(&loud);
	similarity_done(&slow);
	similarity_done(&other);
}

static void test_the_report_has_every_aspect(void **state)
{
	AUTO(score) a = from_abc(reel);
	AUTO(score) b = from_abc(quoting);
	struct similarity r = compare(a, b);
	AUTO_JSON json_t *j = similarity_json(&r);
	assert_non_null(j);
	for (int i = 0; i < SIMILAR_ASPECT_COUNT; i++)
		assert_true(json_is_number(json_object_get(json_object_get(j, "aspects"), similar_aspect_names[i])));
	for (int i = 0; i < CONTRAST_ASPECT_COUNT; i++)
		assert_true(json_is_number(json_object_get(json_object_get(j, "contrast"), contrast_aspect_names[i])));
	assert_true(fabs(json_number_value(json_object_get(j, "similarity")) - r.whole) < 1e-4);
	const json_t *run = json_array_get(json_object_get(j, "shared"), 0);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(run, "b"), "bar")), 3);
	similarity_done(&r);
}

static void test_an_embedding_has_length_one_and_hardly_minds_the_key(void **state)
{
	AUTO(score) s = from_abc(reel);
	AUTO(score) up = NULL;
	float x[EMBEDDING_SIZE], y[EMBEDDING_SIZE];
	double sum = 0, weight = 0;
	size_t size = 0;
	assert_int_equal(score_transpose(s, 5, &up, NULL), 0);
	assert_int_equal(embedding_make(s, NULL, x, NULL) | embedding_make(up, NULL, y, NULL), 0);
	for (size_t i = 0; i < EMBEDDING_SIZE; i++)
		sum += (double)x[i] * (double)x[i];
	assert_true(fabs(sum - 1) < 1e-6);
	assert_true(cosine_of(x, y, EMBEDDING_SIZE) > 0.995 && cosine_of(x, x, EMBEDDING_SIZE) > 1 - 1e-9);
	for (size_t i = 0; i < embedding_n_blocks; i++) {
		size += embedding_blocks[i].size;
		weight += embedding_blocks[i].weight;
	}
	assert_int_equal(size, EMBEDDING_SIZE);
	assert_true(fabs(weight - 1) < 1e-9);
	assert_int_equal(embedding_make(s, NULL, y, NULL), 0);
	assert_memory_equal(x, y, sizeof(x));
}

static void test_pieces_without_pitched_notes_are_refused(void **state)
{
	AUTO(score) s = from_abc(reel);
	AUTO(score) drums = score_new();
	struct err err = ERR_INIT;
	struct similarity r;
	size_t v;
	float x[EMBEDDING_SIZE];
	assert_int_equal(score_add_voice(drums, "", &v, NULL), 0);
	struct note kick = { 0, 1, 36, 90, 9, 64 };
	assert_int_equal(score_add_note(drums, v, &kick, NULL), 0);
	assert_int_equal(similarity_find(s, drums, 6, NULL, &r, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "the second piece"));
	assert_int_equal(embedding_make(drums, NULL, x, &err), -EINVAL);
	assert_int_equal(similarity_find(s, s, 3, NULL, &r, &err), -EINVAL);
	assert_string_equal(err.field, "min_notes");
}

/* Any two pieces: every measure within 0 and 1, the same both ways round. */
static void test_measures_keep_their_range_and_are_symmetric(void **state)
{
	uint64_t seed = test_seed();
	for (uint64_t i = 0; i < 40; i++) {
		AUTO(score) a = counterpoint_make(seed + 2 * i, 1 + (int)(i % 4), 4 + (double)(i % 7) * 5, i & 1);
		AUTO(score) b = counterpoint_make(seed + 2 * i + 1, 1 + (int)(i % 3), 4 + (double)(i % 5) * 9, i & 2);
		if (score_n_notes(a) == 0 || score_n_notes(b) == 0)
			continue;
		struct similarity x = compare(a, b), y = compare(b, a);
		float va[EMBEDDING_SIZE], vb[EMBEDDING_SIZE];
		assert_true(x.whole >= 0 && x.whole <= 1 && fabs(x.whole - y.whole) < 1e-9);
		for (int k = 0; k < SIMILAR_ASPECT_COUNT; k++)
			assert_true(x.aspects[k] >= 0 && x.aspects[k] <= 1);
		for (int k = 0; k < CONTRAST_ASPECT_COUNT; k++)
			assert_true(x.contrast[k] >= 0 && x.contrast[k] <= 1 && x.contrast[k] == y.contrast[k]);
		assert_true(x.shared_a >= 0 && x.shared_a <= 1 && x.shared_b >= 0 && x.shared_b <= 1);
		assert_int_equal(embedding_make(a, NULL, va, NULL) | embedding_make(b, NULL, vb, NULL), 0);
		assert_true(fabs(cosine_of(va, vb, EMBEDDING_SIZE)) <= 1 + 1e-9);
		similarity_done(&x);
		similarity_done(&y);
	}
}

static int work(void *arg, struct err *err)
{
	struct similarity r;
	int code = similarity_find(arg, arg, 6, NULL, &r, err);
	if (code == 0)
		similarity_done(&r);
	return code;
}

static void test_memory_may_run_out_anywhere(void **state)
{
	AUTO(score) s = from_abc(reel);
	assert_true(starve_exhaust(STARVE_ALL_FROM, "similarity", true, work, s) > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_piece_is_itself_in_any_key),
		cmocka_unit_test(test_a_variation_is_nearer_than_another_tune),
		cmocka_unit_test(test_what_was_taken_over_is_told_with_its_places),
		cmocka_unit_test(test_contrast_says_what_is_different),
		cmocka_unit_test(test_the_report_has_every_aspect),
		cmocka_unit_test(test_an_embedding_has_length_one_and_hardly_minds_the_key),
		cmocka_unit_test(test_pieces_without_pitched_notes_are_refused),
		cmocka_unit_test(test_measures_keep_their_range_and_are_symmetric),
		cmocka_unit_test(test_memory_may_run_out_anywhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

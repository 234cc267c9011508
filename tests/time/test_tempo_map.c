#include "../check.h"
#include "../seed.h"

#include "time/tempo_map.h"

#include <errno.h>
#include <math.h>

enum { RATE = 48000, POINTS = 40 };

static struct tempo_map *map_of(const struct tempo_point *p, uint32_t n)
{
	struct tempo_map *m;
	assert_int_equal(tempo_map_init(test_malloc(tempo_map_bytes(n)), p, n, RATE, &m, NULL), 0);
	return m;
}

static uint32_t random_points(uint64_t *seed, struct tempo_point *p)
{
	uint32_t n = 1 + seed_below(seed, POINTS);
	double beat = 0;
	for (uint32_t i = 0; i < n; i++) {
		p[i] = (struct tempo_point){ beat, 20 + seed_unit(seed) * 280, seed_below(seed, 2) };
		beat += 0.1 + seed_unit(seed) * 30;
	}
	return n;
}

/* bpm at a beat by its definition, and seconds by Simpson's rule between points. */
static double naive_bpm(const struct tempo_point *p, uint32_t n, double beat)
{
	uint32_t i = 0;
	while (i + 1 < n && p[i + 1].beat <= beat)
		i++;
	if (i + 1 == n || p[i].shape == TEMPO_STEP)
		return p[i].bpm;
	return p[i].bpm + (p[i + 1].bpm - p[i].bpm) * (beat - p[i].beat) / (p[i + 1].beat - p[i].beat);
}

static double naive_stretch(const struct tempo_point *p, uint32_t n, double from, double to)
{
	enum { STEPS = 2000 };
	double h = (to - from) / STEPS, sum = 0;
	for (int i = 0; i < STEPS; i++) {
		double a = from + i * h, last = to - 1e-12 * (1 + fabs(to));
		double end = i == STEPS - 1 ? last : a + h;
		sum += (60 / naive_bpm(p, n, a) + 240 / naive_bpm(p, n, a + h / 2) + 60 / naive_bpm(p, n, end)) * h / 6;
	}
	return sum;
}

static double naive_seconds(const struct tempo_point *p, uint32_t n, double beat)
{
	double sum = 0;
	for (uint32_t i = 0; i < n && p[i].beat < beat; i++)
		sum += naive_stretch(p, n, p[i].beat, i + 1 < n && p[i + 1].beat < beat ? p[i + 1].beat : beat);
	return sum;
}

static void test_closed_forms_agree_with_numeric_integration(void **state)
{
	uint64_t seed = seed_start();
	for (int round = 0; round < 30; round++) {
		struct tempo_point p[POINTS];
		uint32_t n = random_points(&seed, p);
		struct tempo_map *m = map_of(p, n);
		double beat = seed_unit(&seed) * (p[n - 1].beat + 10);
		double want = naive_seconds(p, n, beat);
		assert_true(fabs(tempo_map_seconds(m, beat) - want) < 1e-7 * (1 + want));
		test_free(m);
	}
}

static void test_beats_and_seconds_are_inverse_within_a_frame_after_ten_hours(void **state)
{
	uint64_t seed = seed_start();
	for (int round = 0; round < 200; round++) {
		struct tempo_point p[POINTS];
		uint32_t n = random_points(&seed, p);
		struct tempo_map *m = map_of(p, n);
		double seconds = seed_unit(&seed) * 36000;
		double back = tempo_map_seconds(m, tempo_map_beat(m, seconds));
		assert_true(fabs(back - seconds) * RATE < 0.01);
		int64_t frame = (int64_t)(seed_unit(&seed) * 36000 * RATE);
		assert_int_equal(tempo_map_frame(m, tempo_map_beat_of_frame(m, frame)), frame);
		test_free(m);
	}
}

static void test_frames_never_go_back_while_beats_go_on(void **state)
{
	uint64_t seed = seed_start();
	struct tempo_point p[POINTS];
	uint32_t n = random_points(&seed, p);
	struct tempo_map *m = map_of(p, n);
	int64_t last = INT64_MIN;
	for (double beat = -4; beat < p[n - 1].beat + 8; beat += 0.01) {
		int64_t frame = tempo_map_frame(m, beat);
		assert_true(frame >= last);
		last = frame;
	}
	test_free(m);
}

/* Rows: L12 */
static void test_a_ramp_reaches_its_beats_at_known_frames(void **state)
{
	/* 60 to 120 bpm over 8 beats: beat b is at 8 ln(1 + b/8) seconds */
	const struct tempo_point p[] = { { 0, 60, TEMPO_RAMP }, { 8, 120, TEMPO_STEP } };
	struct tempo_map *m = map_of(p, 2);
	const int64_t want[] = { 0, 45229, 85687, 122286, 155699, 186435, 214892, 241386, 266169 };
	for (int b = 0; b <= 8; b++)
		assert_int_equal(tempo_map_frame(m, b), want[b]);
	assert_int_equal(tempo_map_frame(m, 10), 266169 + RATE);
	assert_true(tempo_map_bpm(m, 4) == 90);
	assert_int_equal(tempo_map_frame(m, -2), -2 * RATE);
	test_free(m);
}

/* Where a playhead is after an edit of the map: it keeps its beat. */
static int64_t follow(const struct tempo_map *from, const struct tempo_map *to, int64_t frame)
{
	return tempo_map_frame(to, tempo_map_beat_of_frame(from, frame));
}

static void test_an_edit_ahead_of_the_playhead_moves_nothing(void **state)
{
	const struct tempo_point before[] = { { 0, 120, TEMPO_STEP } };
	const struct tempo_point after[] = { { 0, 120, TEMPO_STEP }, { 16, 90, TEMPO_STEP } };
	struct tempo_map *a = map_of(before, 1), *b = map_of(after, 2);
	for (int64_t frame = 0; frame < 16 * RATE / 2; frame += 997)
		assert_int_equal(follow(a, b, frame), frame);
	test_free(a);
	test_free(b);
}

static void test_an_edit_behind_the_playhead_keeps_the_beat(void **state)
{
	const struct tempo_point before[] = { { 0, 120, TEMPO_STEP } };
	const struct tempo_point after[] = { { 0, 60, TEMPO_STEP } };
	struct tempo_map *a = map_of(before, 1), *b = map_of(after, 1);
	assert_int_equal(follow(a, b, 24000), 48000);
	assert_true(tempo_map_beat_of_frame(a, 24000) == tempo_map_beat_of_frame(b, 48000));
	test_free(a);
	test_free(b);
}

static void test_bad_points_are_refused_by_number(void **state)
{
	struct tempo_point p[] = { { 0, 120, TEMPO_STEP }, { 4, 100, TEMPO_RAMP }, { 8, 90, TEMPO_STEP } };
	void *memory = test_malloc(tempo_map_bytes(3));
	struct tempo_map *m;
	uint32_t at;
	p[1].bpm = 0;
	assert_int_equal(tempo_map_init(memory, p, 3, RATE, &m, &at), -EINVAL);
	assert_int_equal(at, 1);
	p[1].bpm = NAN;
	assert_int_equal(tempo_map_init(memory, p, 3, RATE, &m, &at), -EINVAL);
	p[1].bpm = 100;
	p[2].beat = 4;
	assert_int_equal(tempo_map_init(memory, p, 3, RATE, &m, &at), -EINVAL);
	assert_int_equal(at, 2);
	p[2].beat = 8;
	p[0].beat = 1;
	assert_int_equal(tempo_map_init(memory, p, 3, RATE, &m, &at), -EINVAL);
	assert_int_equal(tempo_map_init(memory, p, 0, RATE, &m, &at), -EINVAL);
	p[0].beat = 0;
	assert_int_equal(tempo_map_init(memory, p, 3, 10, &m, &at), -EINVAL);
	assert_int_equal(tempo_map_init(memory, p, 3, RATE, &m, &at), 0);
	test_free(memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_closed_forms_agree_with_numeric_integration),
		cmocka_unit_test(test_beats_and_seconds_are_inverse_within_a_frame_after_ten_hours),
		cmocka_unit_test(test_frames_never_go_back_while_beats_go_on),
		cmocka_unit_test(test_a_ramp_reaches_its_beats_at_known_frames),
		cmocka_unit_test(test_an_edit_ahead_of_the_playhead_moves_nothing),
		cmocka_unit_test(test_an_edit_behind_the_playhead_keeps_the_beat),
		cmocka_unit_test(test_bad_points_are_refused_by_number),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "music/layer.h"

#include "base/mem.h"

#include "../check.h"
#include "../seed.h"

#include <math.h>
#include <string.h>

static struct score *part(const char *name, uint8_t channel, int program, uint8_t pitch, double pickup, int bars)
{
	struct score *s = score_new();
	size_t v;
	assert_int_equal(score_set_title(s, name, NULL), 0);
	assert_int_equal(score_add_voice(s, name, &v, NULL), 0);
	const struct score_control c = { .kind = SCORE_PROGRAM, .channel = channel, .value = (uint16_t)program };
	assert_int_equal(score_add_control(s, v, &c, NULL), 0);
	s->pickup_beats = pickup;
	for (int i = 0; i < bars * 4; i++) {
		const struct note n = { pickup + i, 1, pitch, 90, channel, 64 };
		assert_int_equal(score_add_note(s, v, &n, NULL), 0);
	}
	score_sort(s);
	return s;
}

static void test_layers_begin_at_bar_one_with_channels_of_their_own(void **state)
{
	AUTO(score) tune = part("tune", 0, 73, 72, 1, 2);
	AUTO(score) bass = part("bass", 0, 33, 36, 0, 2);
	AUTO(score) drums = part("drums", 9, 0, 38, 0, 2);
	AUTO(score) all = NULL;
	assert_int_equal(score_set_tempo(tune, 0, 96, NULL), 0);
	assert_int_equal(score_set_tempo(bass, 0, 200, NULL), 0);
	const struct score *const in[] = { tune, bass, drums };
	assert_int_equal(score_layer(in, 3, &all, NULL), 0);
	assert_int_equal(all->n_voices, 3);
	assert_string_equal(all->title, "tune");
	assert_true(all->pickup_beats == 1 && all->end_beats == 9);
	assert_true(all->voices[1].notes[0].start_beats == 1 && all->voices[2].notes[0].start_beats == 1);
	assert_int_equal(all->voices[0].notes[0].channel, 0);
	assert_int_equal(all->voices[1].notes[0].channel, 1);
	assert_int_equal(all->voices[1].controls[0].channel, 1);
	assert_int_equal(all->voices[2].notes[0].channel, 9);
	assert_true(score_bpm_at(all, 4) == 96);
}

static void test_layers_of_more_scores_than_channels_still_sound(void **state)
{
	struct score *in[20];
	AUTO(score) all = NULL;
	bool used[16] = { false };
	for (int i = 0; i < 20; i++)
		in[i] = part("x", 3, i, (uint8_t)(40 + i), 0, 1);
	assert_int_equal(score_layer((const struct score *const *)in, 20, &all, NULL), 0);
	assert_int_equal(score_n_notes(all), 80);
	for (size_t v = 0; v < all->n_voices; v++)
		used[all->voices[v].notes[0].channel] = true;
	for (int c = 0; c < 16; c++)
		assert_true(used[c] == (c != 9));
	for (int i = 0; i < 20; i++)
		score_free(in[i]);
}

static void test_sequences_go_on_at_bar_lines(void **state)
{
	AUTO(score) a = part("a", 0, 0, 60, 0, 2);
	AUTO(score) b = part("b", 0, 0, 62, 1, 2);
	AUTO(score) all = NULL;
	struct err err = ERR_INIT;
	assert_int_equal(score_set_tempo(b, 0, 60, NULL), 0);
	const struct score *const in[] = { a, b, a };
	assert_int_equal(score_sequence(in, 3, &all, NULL), 0);
	assert_int_equal(score_n_notes(all), 24);
	assert_int_equal(score_n_bars(all), 6);
	assert_true(score_bpm_at(all, 4) == 120 && score_bpm_at(all, 9) == 60 && score_bpm_at(all, 20) == 120);
	assert_int_equal(score_layer(NULL, 0, &all, &err), -EINVAL);
	assert_int_equal(score_sequence(NULL, 0, &all, &err), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layers_begin_at_bar_one_with_channels_of_their_own),
		cmocka_unit_test(test_layers_of_more_scores_than_channels_still_sound),
		cmocka_unit_test(test_sequences_go_on_at_bar_lines),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Results that other machines and later versions must give again: a checksum for each function that decides over notes. A
 * change here means a new version of the worker's skill.
 */
#include "music/groove.h"
#include "music/humanise.h"
#include "music/quantise.h"
#include "music/voices.h"

#include "counterpoint.h"

#include "../check.h"

#include <stdio.h>

static uint64_t add(uint64_t h, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 1099511628211u;
	return h;
}

/* Every bit of every note counts. */
static uint64_t sum_of(const struct score *s)
{
	uint64_t h = 1469598103934665603u;
	for (size_t i = 0; i < s->n_voices; i++)
		for (size_t k = 0; k < s->voices[i].n_notes; k++) {
			const struct note *x = &s->voices[i].notes[k];
			h = add(h, &i, sizeof(i));
			h = add(h, &x->start_beats, sizeof(x->start_beats));
			h = add(h, &x->duration_beats, sizeof(x->duration_beats));
			h = add(h, &x->pitch, 1);
			h = add(h, &x->velocity, 1);
		}
	return h;
}

static void same(const char *what, const struct score *s, uint64_t expected)
{
	uint64_t h = sum_of(s);
	if (h != expected)
		fail_msg("%s gives 0x%016llx", what, (unsigned long long)h);
}

static void test_the_same_notes_come_out_everywhere(void **state)
{
	AUTO(score) four = counterpoint_make(42, 4, 64, true);
	AUTO(score) one = counterpoint_merge(four);
	same("the material", one, 0x2b418954b67b24e4u);
	AUTO(voices) v = NULL;
	struct voice_params how = VOICE_PARAMS_INIT;
	how.method = VOICE_PITCH_CONTIGUITY;
	assert_int_equal(voices_separate(one, &how, &v, NULL), 0);
	same("voices", v->score, 0x535985f66ffdd0d4u);
	AUTO(score) out = NULL;
	struct quantise_params q = QUANTISE_PARAMS_INIT;
	q.strength = 0.7;
	assert_int_equal(score_quantise(one, &q, NULL, &out, NULL, NULL), 0);
	same("quantise", out, 0x19f114cc388f29adu);
	struct groove g;
	struct groove_learn_params learn = GROOVE_LEARN_INIT;
	assert_int_equal(groove_learn(one, &learn, NULL, &g, NULL, NULL), 0);
	score_free(TAKE(out));
	struct groove_apply_params apply = { 1, 1, 0.5, 0.5 };
	assert_int_equal(groove_apply(one, &g, &apply, NULL, &out, NULL), 0);
	same("groove", out, 0x9944ad04d3e18323u);
	score_free(TAKE(out));
	struct humanise_params h = HUMANISE_PARAMS_INIT;
	assert_int_equal(score_humanise(one, &h, 99, &out, NULL), 0);
	same("humanise", out, 0xb61c46ae304e6a0cu);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_the_same_notes_come_out_everywhere) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}

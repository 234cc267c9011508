/*
 * The tunes in examples/ are what the jam plays: they must parse without a word of complaint, and
 * every bar of them must be as long as its meter says.
 */
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../check.h"
#include "base/fs.h"
#include "music/abc.h"

static void check_tune(const char *name)
{
	char AUTO_MEM *path = fs_join(EXAMPLES, name);
	char AUTO_MEM *text = NULL;
	size_t n = 0;
	struct err err = ERR_INIT;
	struct abc_report report = ABC_REPORT_INIT;
	AUTO(score) s = NULL;
	assert_int_equal(fs_read(path, 1 << 20, &text, &n, &err), 0);
	assert_int_equal(abc_parse(text, n, NULL, &s, &report, &err), 0);
	for (size_t i = 0; i < report.n_diags; i++)
		fprintf(stderr, "%s:%u:%u: %s\n", name, report.diags[i].line, report.diags[i].column,
			report.diags[i].message);
	assert_int_equal(report.n_errors + report.n_warnings, 0);
	abc_report_done(&report);
	assert_true(score_n_notes(s) > 7);
	assert_true(s->title[0]);
	assert_true(score_bpm_at(s, 0) > 60);

	/* All notes start inside the grid of bars, and the voices end together on a bar line. */
	struct score_meter m = score_meter_at(s, s->pickup_beats);
	double bars = (s->end_beats - s->pickup_beats) / score_bar_beats(&m);
	if (s->pickup_beats > 0)
		assert_true(s->pickup_beats < score_bar_beats(&m));
	assert_true(fabs(bars - round(bars)) < 1e-6 || fabs(bars + s->pickup_beats / score_bar_beats(&m) -
							   round(bars + s->pickup_beats / score_bar_beats(&m))) < 1e-6);
	for (size_t i = 0; i < s->n_voices; i++) {
		const struct score_voice *v = &s->voices[i];
		for (size_t k = 0; k + 1 < v->n_notes; k++)
			assert_true(v->notes[k].start_beats + v->notes[k].duration_beats <=
				    v->notes[k + 1].start_beats + 1e-9);
	}
}

static void test_every_example_is_well_formed(void **state)
{
	DIR *d = opendir(EXAMPLES);
	struct dirent *e;
	int n = 0;
	(void)state;
	assert_non_null(d);
	while ((e = readdir(d)))
		if (str_ends(e->d_name, ".abc")) {
			check_tune(e->d_name);
			n++;
		}
	closedir(d);
	assert_true(n >= 4);
}

static void test_soldiers_joy_has_its_pick_up_and_form(void **state)
{
	char AUTO_MEM *text = NULL;
	size_t n = 0;
	AUTO(score) s = NULL;
	(void)state;
	assert_int_equal(fs_read(EXAMPLES "/soldiers-joy.abc", 1 << 20, &text, &n, NULL), 0);
	assert_int_equal(abc_parse(text, n, NULL, &s, NULL, NULL), 0);
	assert_float_equal(s->pickup_beats, 1, 1e-9);
	assert_int_equal(score_n_bars(s), 32);
	assert_float_equal(score_bpm_at(s, 0), 184, 1e-9);
	assert_int_equal(score_key_at(s, 0).sharps, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_example_is_well_formed),
		cmocka_unit_test(test_soldiers_joy_has_its_pick_up_and_form),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

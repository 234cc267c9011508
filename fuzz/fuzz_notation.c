/*
 * fuzz_notation.c - any MIDI file or ABC text: what is written of it is read without a mistake, and is the same music.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "music/abc.h"
#include "music/abc_print.h"
#include "music/abc_write.h"
#include "music/smf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

static bool is_bent(const struct score *s)
{
	for (size_t v = 0; v < s->n_voices; v++)
		for (size_t i = 0; i < s->voices[v].n_controls; i++)
			if (s->voices[v].controls[i].kind == SCORE_BEND)
				return true;
	return false;
}

/* A sum over all notes that does not depend on voices or order; a bent one may be told as its neighbour, so pitch is left out. */
static double sum_of(const struct score *s, int semitones)
{
	bool pitched = !is_bent(s);
	double sum = 0;
	for (size_t v = 0; v < s->n_voices; v++)
		for (size_t i = 0; i < s->voices[v].n_notes; i++) {
			const struct note *n = &s->voices[v].notes[i];
			sum += (pitched ? n->pitch - (n->channel == 9 ? 0 : semitones) + 1 : 1) * (1 + n->start_beats / 64 + n->duration_beats / 16);
		}
	return sum;
}

static void check_near(double a, double b)
{
	check(fabs(a - b) <= 1e-6 * (1 + fabs(a) + fabs(b)));
}

/* What abc_write makes is always well-formed; the notes are all there. */
static void check_written(const struct score *s, enum sheet_grid grid)
{
	struct abc_write_options o = ABC_WRITE_OPTIONS_INIT;
	struct abc_write_report report;
	struct err err = ERR_INIT;
	AUTO(score) again = NULL;
	char AUTO_MEM *text = NULL;
	size_t n;
	o.sheet.grid = grid;
	o.sheet.layers = SHEET_LAYERS_MAX;
	if (abc_write(s, &o, &text, &n, &report, &err) < 0)
		return;
	struct abc_report diags = ABC_REPORT_INIT;
	int r = abc_parse(text, n, NULL, &again, &diags, &err);
	abc_report_done(&diags);
	check(r == 0 || r == -EMSGSIZE);
	check(r < 0 || report.n_shortened || score_n_notes(again) == score_n_notes(s));
}

static void check_printed(const char *text, size_t size, const struct score *s, int semitones)
{
	struct abc_print_options o = { .semitones = semitones };
	struct abc_report diags = ABC_REPORT_INIT, again_diags = ABC_REPORT_INIT;
	struct err err = ERR_INIT;
	AUTO(score) again = NULL;
	char AUTO_MEM *printed = NULL;
	size_t n;
	int r = abc_print(text, size, NULL, &o, &printed, &n, &diags, &err);
	size_t errors = diags.n_errors;
	abc_report_done(&diags);
	if (r < 0)
		return;
	r = abc_parse(printed, n, NULL, &again, &again_diags, &err);
	abc_report_done(&again_diags);
	if (r == 0 && errors == 0)
		check_near(sum_of(s, 0), sum_of(again, semitones));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(score) s = NULL;
	if (size >= 4 && data[0] == 'M' && data[1] == 'T' && data[2] == 'h' && data[3] == 'd') {
		if (score_read_smf(data, size, &s, NULL) == 0) {
			check_written(s, SHEET_GRID_AUTO);
			check_written(s, SHEET_GRID_PLAYED);
		}
		return 0;
	}
	struct abc_report diags = ABC_REPORT_INIT;
	int r = abc_parse((const char *)data, size, NULL, &s, &diags, NULL);
	abc_report_done(&diags);
	if (r < 0)
		return 0;
	check_written(s, SHEET_GRID_EXACT);
	if (memchr(data, 0, size)) /* the label of a part may be one, and then is none */
		return 0;
	check_printed((const char *)data, size, s, 0);
	check_printed((const char *)data, size, s, 3);
	return 0;
}

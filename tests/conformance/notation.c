/*
 * notation.c - writes each tune of a case file as notation and reads it back: the same music every time.
 *
 * FILE is {"tunes": [{name, abc}]}. A tune is printed from what was read, as it is and transposed, and read again;
 * its score, and the score of its MIDI file, are written as ABC and read again.
 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/json.h"
#include "music/abc.h"
#include "music/abc_print.h"
#include "music/abc_write.h"
#include "music/smf.h"
#include "tally.h"

struct complaint {
	char *text;
	size_t size;
};

static bool same_note(const struct note *a, const struct note *b)
{
	return a->pitch == b->pitch && fabs(a->start_beats - b->start_beats) <= 0.003 &&
	       fabs(a->duration_beats - b->duration_beats) <= 0.003;
}

static int compare_notes(const void *pa, const void *pb)
{
	const struct note *a = pa, *b = pb;
	double d = a->start_beats - b->start_beats;
	if (fabs(d) > 0.004)
		return d < 0 ? -1 : 1;
	if (a->pitch != b->pitch)
		return (int)a->pitch - b->pitch;
	d = a->duration_beats - b->duration_beats;
	return d < 0 ? -1 : d > 0;
}

static const char *same_music(const struct score *want, const struct score *got, const char *what, struct complaint *c)
{
	size_t n, m;
	struct note AUTO_MEM *a = score_merge_notes(want, &n);
	struct note AUTO_MEM *b = score_merge_notes(got, &m);
	qsort(a, n, sizeof(*a), compare_notes);
	qsort(b, m, sizeof(*b), compare_notes);
	for (size_t i = 0; i < n && i < m; i++)
		if (!same_note(&a[i], &b[i])) {
			(void)snprintf(c->text, c->size, "%s: note %zu is %d at %.4f for %.4f, not %d at %.4f for %.4f", what, i,
				       b[i].pitch, b[i].start_beats, b[i].duration_beats, a[i].pitch, a[i].start_beats,
				       a[i].duration_beats);
			return c->text;
		}
	if (n == m)
		return NULL;
	(void)snprintf(c->text, c->size, "%s: %zu notes, not %zu", what, m, n);
	return c->text;
}

static const char *failed(const struct err *err, const char *what, struct complaint *c)
{
	(void)snprintf(c->text, c->size, "%s: %s", what, err->msg);
	return c->text;
}

static const char *same_texts(const struct score *want, const struct score *got, enum score_text_kind kind,
			      struct complaint *c)
{
	size_t j = 0;
	for (size_t i = 0; i < want->n_texts; i++) {
		const struct score_text *a = &want->texts[i], *b;
		if (a->kind != kind)
			continue;
		while (j < got->n_texts && got->texts[j].kind != kind)
			j++;
		b = j < got->n_texts ? &got->texts[j++] : NULL;
		if (b && fabs(a->at_beats - b->at_beats) < 0.003 && strcmp(a->text, b->text) == 0)
			continue;
		(void)snprintf(c->text, c->size, "text '%s' at %.3f came back as '%s' at %.3f", a->text, a->at_beats,
			       b ? b->text : "", b ? b->at_beats : -1);
		return c->text;
	}
	return NULL;
}

static const char *write_and_read(const struct score *s, const char *what, struct complaint *c)
{
	static const struct abc_write_options options = ABC_WRITE_OPTIONS_INIT;
	struct err err = ERR_INIT;
	struct abc_report report = ABC_REPORT_INIT;
	AUTO(score) again = NULL;
	char AUTO_MEM *text = NULL;
	size_t n;
	if (abc_write(s, &options, &text, &n, NULL, &err) < 0)
		return failed(&err, what, c);
	if (getenv("NOTATION_SHOW"))
		printf("%s\n", text);
	int r = abc_parse(text, n, NULL, &again, &report, &err);
	const char *bad = r < 0 ? failed(&err, what, c) : NULL;
	if (!bad && report.n_errors) {
		(void)snprintf(c->text, c->size, "%s: %u:%u: %s", what, report.diags[0].line, report.diags[0].column,
			       report.diags[0].message);
		bad = c->text;
	}
	abc_report_done(&report);
	if (!bad)
		bad = same_music(s, again, what, c);
	if (!bad)
		bad = same_texts(s, again, SCORE_CHORD, c);
	return bad ? bad : same_texts(s, again, SCORE_LYRIC, c);
}

static void lower(struct score *s, int semitones)
{
	for (size_t v = 0; v < s->n_voices; v++)
		for (size_t i = 0; i < s->voices[v].n_notes; i++)
			if (s->voices[v].notes[i].channel != 9)
				s->voices[v].notes[i].pitch = (uint8_t)(s->voices[v].notes[i].pitch - semitones);
}

/* Printed as it was read and moved by so many semitones, a tune is the same music there. */
static const char *print_and_read(const char *abc, const struct score *s, int semitones, struct complaint *c)
{
	struct abc_print_options o = { .semitones = semitones };
	struct err err = ERR_INIT;
	struct abc_report report = ABC_REPORT_INIT;
	AUTO(score) again = NULL;
	char AUTO_MEM *text = NULL;
	char what[40];
	size_t n;
	(void)snprintf(what, sizeof(what), "printed %+d", semitones);
	int r = abc_print(abc, strlen(abc), NULL, &o, &text, &n, &report, &err);
	abc_report_done(&report);
	if (r < 0)
		return failed(&err, what, c);
	if (getenv("NOTATION_SHOW"))
		printf("%s\n", text);
	struct abc_report report_again = ABC_REPORT_INIT;
	r = abc_parse(text, n, NULL, &again, &report_again, &err);
	abc_report_done(&report_again);
	if (r < 0)
		return failed(&err, what, c);
	lower(again, semitones);
	const char *bad = same_music(s, again, what, c);
	if (!bad && semitones == 0)
		bad = same_texts(s, again, SCORE_CHORD, c);
	if (!bad)
		bad = same_texts(s, again, SCORE_LYRIC, c);
	if (!bad)
		bad = same_texts(s, again, SCORE_MARKER, c);
	return bad;
}

static const char *check(const char *abc, struct complaint *c)
{
	AUTO(score) s = NULL;
	AUTO(score) midi = NULL;
	uint8_t AUTO_MEM *bytes = NULL;
	size_t n;
	struct err err = ERR_INIT;
	struct abc_report report = ABC_REPORT_INIT;
	int r = abc_parse(abc, strlen(abc), NULL, &s, &report, &err);
	abc_report_done(&report);
	if (r < 0)
		return failed(&err, "read", c);
	static const int moves[] = { 0, 1, 2, 3, 5, 6, -1, -2, -4, -12 };
	const char *bad = NULL;
	for (size_t i = 0; !bad && i < COUNT_OF(moves); i++)
		bad = print_and_read(abc, s, moves[i], c);
	if (!bad)
		bad = write_and_read(s, "as ABC", c);
	if (bad)
		return bad;
	if (score_write_smf(s, &bytes, &n, &err) < 0 || score_read_smf(bytes, n, &midi, &err) < 0)
		return failed(&err, "as MIDI", c);
	return write_and_read(midi, "as ABC from MIDI", c);
}

static int run_file(const char *path, struct tally *t)
{
	struct err err = ERR_INIT;
	AUTO_JSON json_t *doc = NULL;
	json_t *tunes = NULL;
	if (json_parse_file(path, &doc, &err) < 0 || json_get_array(doc, "tunes", &tunes, &err) < 0) {
		fprintf(stderr, "%s\n", err.msg);
		return -1;
	}
	for (size_t i = 0; i < json_array_size(tunes); i++) {
		const json_t *tune = json_array_get(tunes, i);
		const char *name = NULL, *abc = NULL;
		char why[240];
		struct complaint c = { why, sizeof(why) };
		if (json_get_string(tune, "name", &name, &err) < 0 || json_get_string(tune, "abc", &abc, &err) < 0) {
			fprintf(stderr, "%s\n", err.msg);
			return -1;
		}
		tally_case(t, name, check(abc, &c));
	}
	return 0;
}

int main(int argc, char **argv)
{
	return tally_main(argc, argv, run_file);
}

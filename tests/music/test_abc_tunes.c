/*
 * test_abc_tunes.c - small tunes as people write them, each with several things that meet: their notes, and that they are
 * the same notes once the tune was printed again.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../check.h"
#include "abc_tunes.h"
#include "base/str.h"
#include "music/abc.h"
#include "music/abc_print.h"

static struct score *read_tune(const char *text, const char *name)
{
	struct score *s = NULL;
	struct err err = ERR_INIT;
	if (abc_parse(text, strlen(text), NULL, &s, NULL, &err) < 0)
		fail_msg("%s: %s in\n%s", name, err.msg, text);
	return s;
}

static bool together(const struct note *a, const struct note *b)
{
	return fabs(a->start_beats - b->start_beats) < 1e-6 && fabs(a->duration_beats - b->duration_beats) < 1e-6;
}

/* As the rows of abc_tunes.h have them. */
static void tell_voice(const struct score_voice *v, struct strbuf *b)
{
	double at = 0, lasts = 0;
	for (size_t i = 0; i < v->n_notes; i++) {
		const struct note *n = &v->notes[i];
		if (fabs(n->start_beats - at) > 1e-6)
			strbuf_addf(b, "@%.5g ", n->start_beats);
		strbuf_addf(b, "%d", n->pitch);
		for (; i + 1 < v->n_notes && together(n, &v->notes[i + 1]); i++)
			strbuf_addf(b, "+%d", v->notes[i + 1].pitch);
		if (fabs(n->duration_beats - lasts) > 1e-6)
			strbuf_addf(b, ":%.4g", n->duration_beats);
		strbuf_addc(b, ' ');
		lasts = n->duration_beats;
		at = n->start_beats + lasts;
	}
}

static char *tell(const struct score *s)
{
	AUTO_STRBUF b = STRBUF_INIT;
	for (size_t i = 0; i < s->n_voices; i++) {
		if (s->voices[i].n_notes == 0)
			continue;
		strbuf_adds(&b, b.n ? "/ " : "");
		tell_voice(&s->voices[i], &b);
	}
	if (b.n)
		b.s[b.n - 1] = '\0';
	return strbuf_take(&b);
}

static void expect(const struct tune_row *row, const char *text, const char *how)
{
	AUTO(score) s = read_tune(text, row->name);
	char AUTO_MEM *got = tell(s);
	if (!str_eq(got, row->want))
		fail_msg("%s, %s, is\n%s\nnot\n%s\nin\n%s", row->name, how, got, row->want, text);
}

static void test_tunes_are_read_as_they_are_meant(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(tunes); i++)
		expect(&tunes[i], tunes[i].abc, "as it is written");
}

static void test_tunes_printed_again_are_the_same(void **state)
{
	const struct abc_print_options o = { .semitones = 0 };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(tunes); i++) {
		char AUTO_MEM *text = NULL;
		size_t n;
		assert_int_equal(abc_print(tunes[i].abc, strlen(tunes[i].abc), NULL, &o, &text, &n, NULL, NULL), 0);
		expect(&tunes[i], text, "printed again");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tunes_are_read_as_they_are_meant),
		cmocka_unit_test(test_tunes_printed_again_are_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "jam_svg.h"
#include "base/svg.h"

#include "base/mem.h"

#include "../check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t count(const char *text, const char *what)
{
	size_t n = 0;
	for (const char *at = text; (at = strstr(at, what)); at += strlen(what))
		n++;
	return n;
}

/* Well-formed enough: tags balance, no bare '&' or '<' inside text, no control characters. */
static void check_xml(const char *s)
{
	int depth = 0;
	for (const char *p = s; *p; p++) {
		assert_true((unsigned char)*p >= 0x20 || *p == '\n');
		if (*p == '&') {
			const char *end = strchr(p, ';');
			assert_true(end && end - p <= 6);
		}
		if (*p != '<')
			continue;
		const char *end = strchr(p, '>');
		assert_non_null(end);
		assert_null(memchr(p + 1, '<', (size_t)(end - p - 1)));
		if (p[1] == '/')
			depth--;
		else if (end[-1] != '/')
			depth++;
		assert_true(depth >= 0);
		p = end;
	}
	assert_int_equal(depth, 0);
	assert_null(strstr(s, "nan"));
	assert_null(strstr(s, "inf\""));
}

static struct jam_svg sample(void)
{
	static const struct jam_svg_note notes[] = { { 0, 0.5, 60, 90, false }, { 0.5, 1, 64, 90, false }, { 2, 3, 67, 120, true } };
	static const struct jam_svg_state states[] = { { "pending", 0.1 }, { "running", 0.12 }, { "resolved", 0.4 },
						       { "approved", 0.45 }, { "mixed_in", 1.5 } };
	static const struct jam_svg_bar bars[] = { { 0, 0 }, { 0.5, 1 }, { 1.5, 2 }, { 2.5, 3 } };
	static const struct audio_peak peaks[] = { { -0.1f, 0.2f, 0.05f }, { -0.5f, 0.5f, 0.2f }, { -0.9f, 0.8f, 0.4f } };
	return (struct jam_svg){ .title = "A tune", .subtitle = "by hand", .intent = "more of it", .total_s = 4,
		.notes = notes, .n_notes = COUNT_OF(notes), .states = states, .n_states = COUNT_OF(states), .bars = bars,
		.n_bars = COUNT_OF(bars), .peaks = peaks, .n_peaks = COUNT_OF(peaks), .region_from_s = 1.5, .region_to_s = 4,
		.crossfade_from_s = 1.5, .crossfade_to_s = 2 };
}

static void test_picture_shows_notes_states_bars_wave_and_texts(void **state)
{
	struct jam_svg p = sample();
	AUTO_STRBUF b = STRBUF_INIT;
	assert_int_equal(jam_svg_write(&p, &b, NULL), 0);
	check_xml(b.s);
	assert_int_equal(count(b.s, "<svg "), 1);
	assert_int_equal(count(b.s, "<path "), 2);
	static const char *const texts[] = { "A tune", "by hand", "more of it", "pending  0.10 s", "running  0.12 s",
					     "resolved  0.40 s", "approved  0.45 s", "mixed in  1.50 s", ">crossfade<", ">1<", ">2<", ">3<",
					     "0 s", "C4" };
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		if (!strstr(b.s, texts[i]))
			fail_msg("no '%s'", texts[i]);
	/* Each note is one rectangle in its own colour: a legend swatch and two or one notes, and the mixed-in stretch. */
	assert_int_equal(count(b.s, "rx=\"4\" fill=\"#f4b04e\""), 3);
	assert_int_equal(count(b.s, "rx=\"4\" fill=\"#46c8e8\""), 2);
}

static void test_picture_escapes_every_text(void **state)
{
	struct jam_svg p = sample();
	struct jam_svg_state evil[] = { { "</text><script>alert(1)</script>", 0.5 } };
	p.title = "Tom & \"Jerry's\" <b>\x01\xff\xef\xbf\xbf é";
	p.subtitle = "<script>";
	p.intent = "]]> & <x/>";
	p.states = evil;
	p.n_states = 1;
	AUTO_STRBUF b = STRBUF_INIT;
	assert_int_equal(jam_svg_write(&p, &b, NULL), 0);
	check_xml(b.s);
	assert_null(strstr(b.s, "<script"));
	assert_non_null(strstr(b.s, "Tom &amp; &quot;Jerry&#39;s&quot; &lt;b&gt;"));
	assert_true(str_utf8_valid(b.s, b.n));
}

static void test_picture_cuts_long_texts_between_characters(void **state)
{
	AUTO_STRBUF b = STRBUF_INIT;
	svg_escape(&b, "ééééé", 3);
	assert_string_equal(b.s, "ééé…");
	strbuf_clear(&b);
	svg_escape(&b, "ééé", 3);
	assert_string_equal(b.s, "ééé");
}

static void test_picture_of_nothing_is_still_a_picture(void **state)
{
	struct jam_svg p = { .total_s = 1 };
	AUTO_STRBUF b = STRBUF_INIT;
	assert_int_equal(jam_svg_write(&p, &b, NULL), 0);
	check_xml(b.s);
}

static void test_picture_leaves_out_what_is_not_finite_or_outside(void **state)
{
	struct jam_svg p = sample();
	const struct jam_svg_note notes[] = { { NAN, 1, 60, 90, false }, { 0, INFINITY, 60, 90, false }, { 5, 6, 60, 90, false },
					      { -2, -1, 60, 90, false }, { 1, 1, 60, 90, false }, { -1, 99, 200, 255, true },
					      { -1, 99, 127, 255, true } };
	const struct jam_svg_state states[] = { { "tardy", 9 }, { "never", NAN }, { NULL, 1 }, { "early", -3 } };
	const struct jam_svg_bar bars[] = { { NAN, 1 }, { -1, 2 }, { 99, 3 } };
	const struct audio_peak peaks[] = { { -INFINITY, INFINITY, NAN }, { -5, 5, 5 } };
	p.notes = notes;
	p.n_notes = COUNT_OF(notes);
	p.states = states;
	p.n_states = COUNT_OF(states);
	p.bars = bars;
	p.n_bars = COUNT_OF(bars);
	p.peaks = peaks;
	p.n_peaks = COUNT_OF(peaks);
	p.crossfade_from_s = NAN;
	AUTO_STRBUF b = STRBUF_INIT;
	assert_int_equal(jam_svg_write(&p, &b, NULL), 0);
	check_xml(b.s);
	assert_int_equal(count(b.s, "rx=\"4\" fill=\"#46c8e8\""), 2);
	assert_int_equal(count(b.s, "rx=\"4\" fill=\"#f4b04e\""), 1);
	assert_null(strstr(b.s, "tardy"));
	assert_non_null(strstr(b.s, "early"));
}

static void test_picture_of_no_time_or_of_too_much_is_refused(void **state)
{
	static const double lengths[] = { 0, -1, NAN, INFINITY, 86401 };
	for (size_t i = 0; i < COUNT_OF(lengths); i++) {
		struct jam_svg p = { .total_s = lengths[i] };
		struct err err = ERR_INIT;
		AUTO_STRBUF b = STRBUF_INIT;
		assert_int_equal(jam_svg_write(&p, &b, &err), -EINVAL);
		assert_string_equal(err.field, "total_s");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_picture_shows_notes_states_bars_wave_and_texts),
		cmocka_unit_test(test_picture_escapes_every_text),
		cmocka_unit_test(test_picture_cuts_long_texts_between_characters),
		cmocka_unit_test(test_picture_of_nothing_is_still_a_picture),
		cmocka_unit_test(test_picture_leaves_out_what_is_not_finite_or_outside),
		cmocka_unit_test(test_picture_of_no_time_or_of_too_much_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "picture/picture.h"

#include "base/mem.h"

#include "../check.h"
#include "../seed.h"

#include <cairo.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- looking at what was drawn --- */

struct reader {
	const struct picture *p;
	size_t at;
};

static cairo_status_t give(void *arg, unsigned char *ret, unsigned int n)
{
	struct reader *r = arg;
	if (r->p->n - r->at < n)
		return CAIRO_STATUS_READ_ERROR;
	memcpy(ret, r->p->bytes + r->at, n);
	r->at += n;
	return CAIRO_STATUS_SUCCESS;
}

static cairo_surface_t *decoded(const struct picture *p)
{
	struct reader r = { p, 0 };
	cairo_surface_t *s = cairo_image_surface_create_from_png_stream(give, &r);
	assert_int_equal(cairo_surface_status(s), CAIRO_STATUS_SUCCESS);
	return s;
}

static uint32_t pixel(cairo_surface_t *s, int x, int y)
{
	assert_true(x >= 0 && x < cairo_image_surface_get_width(s) && y >= 0 && y < cairo_image_surface_get_height(s));
	const uint8_t *row = cairo_image_surface_get_data(s) + (size_t)y * (size_t)cairo_image_surface_get_stride(s);
	return ((const uint32_t *)(const void *)row)[x] & 0xffffff;
}

static int brightness(uint32_t p)
{
	return (int)((p >> 16) & 255) + (int)((p >> 8) & 255) + (int)(p & 255);
}

/* Blue well above red: the waveform, and the first voice of a piano roll. */
static bool bluish(uint32_t p)
{
	return (int)(p & 255) > (int)((p >> 16) & 255) + 40;
}

static const struct picture_look plain = { PICTURE_PNG, 640, 240, false, "A title" };
enum { LEFT = 52, TOP = 34 }; /* where the plot begins */

/* --- waveform --- */

/* Rows: S0-76 */
static void test_waveform_is_high_where_the_sound_is_loud(void **state)
{
	size_t n = picture_columns(&plain);
	AUTO_MEM struct audio_peak *peaks = calloc(n, sizeof(*peaks));
	for (size_t i = n / 2; i < n; i++)
		peaks[i] = (struct audio_peak){ -0.5f, 0.5f, 0.3f };
	const struct waveform w = { peaks, n, 4 };
	struct picture p;
	assert_int_equal(picture_waveform(&w, &plain, &p, NULL), 0);
	assert_string_equal(p.mime_type, "image/png");
	cairo_surface_t *s = decoded(&p);
	assert_int_equal(cairo_image_surface_get_width(s), 640);
	assert_int_equal(cairo_image_surface_get_height(s), 240);
	int height = (int)picture_rows(&plain), middle = TOP + height / 2;
	int quiet = LEFT + (int)n / 4, loud = LEFT + 3 * (int)n / 4;
	for (int dy = 4; dy < height / 2 - 4; dy++) {
		bool inside = dy < height / 4 - 3, outside = dy > height / 4 + 3;
		assert_false(bluish(pixel(s, quiet, middle - dy)));
		for (int sign = -1; sign <= 1; sign += 2) {
			bool blue = bluish(pixel(s, loud, middle + sign * dy));
			assert_true((blue || !inside) && (!blue || !outside));
		}
	}
	/* The mean is drawn lighter, inside. */
	assert_true(brightness(pixel(s, loud, middle - height / 8)) > brightness(pixel(s, loud, middle - height / 4 + 6)));
	cairo_surface_destroy(s);
	picture_done(&p);
}

static void test_waveform_marks_what_is_clipped(void **state)
{
	size_t n = picture_columns(&plain);
	AUTO_MEM struct audio_peak *peaks = calloc(n, sizeof(*peaks));
	peaks[100] = (struct audio_peak){ -0.9f, 1.0f, 0.5f };
	const struct waveform w = { peaks, n, 1 };
	struct picture p;
	assert_int_equal(picture_waveform(&w, &plain, &p, NULL), 0);
	cairo_surface_t *s = decoded(&p);
	uint32_t mark = pixel(s, LEFT + 100, TOP + 1), below = pixel(s, LEFT + 100, TOP + (int)picture_rows(&plain) - 2);
	assert_true((mark >> 16) > 200 && (mark & 255) < 120);
	assert_false((below >> 16) > 200);
	cairo_surface_destroy(s);
	picture_done(&p);
}

/* --- spectrogram --- */

/* Rows: S0-76 */
static void test_spectrogram_is_bright_where_the_frequency_is(void **state)
{
	size_t columns = picture_columns(&plain), rows = picture_rows(&plain), loud = rows / 3;
	struct spectrogram g = { .n_columns = columns, .n_rows = rows, .duration_s = 2, .lo_hz = 40, .hi_hz = 16000, .rate_hz = 48000 };
	AUTO_MEM float *db = malloc(columns * rows * sizeof(*db));
	for (size_t i = 0; i < columns * rows; i++)
		db[i] = i % rows == loud ? -10.f : -120.f;
	g.db = db;
	const struct spectrogram_scale scale = { BAND_LOG, -90, -10 };
	struct picture p;
	assert_int_equal(picture_spectrogram(&g, &scale, &plain, &p, NULL), 0);
	cairo_surface_t *s = decoded(&p);
	int y = TOP + (int)(rows - 1 - loud);
	for (int x = LEFT; x < LEFT + (int)columns; x += 7) {
		assert_true(brightness(pixel(s, x, y)) > 600);
		assert_true(brightness(pixel(s, x, y - 3)) < 60);
		assert_true(brightness(pixel(s, x, y + 3)) < 60);
	}
	cairo_surface_destroy(s);
	picture_done(&p);
}

static void test_spectrogram_colours_grow_brighter_with_level(void **state)
{
	size_t columns = picture_columns(&plain), rows = picture_rows(&plain);
	struct spectrogram g = { .n_columns = columns, .n_rows = rows, .duration_s = 2, .lo_hz = 40, .hi_hz = 16000, .rate_hz = 48000 };
	AUTO_MEM float *db = malloc(columns * rows * sizeof(*db));
	for (size_t i = 0; i < columns * rows; i++)
		db[i] = -80.f + 80.f * (float)(i / rows) / (float)(columns - 1);
	g.db = db;
	const struct spectrogram_scale scale = { BAND_LOG, -80, 0 };
	struct picture p;
	assert_int_equal(picture_spectrogram(&g, &scale, &plain, &p, NULL), 0);
	cairo_surface_t *s = decoded(&p);
	int last = -1;
	for (int x = LEFT; x < LEFT + (int)columns; x += 12) {
		int now = brightness(pixel(s, x, TOP + 50));
		assert_true(now > last);
		last = now;
	}
	cairo_surface_destroy(s);
	picture_done(&p);
}

/* --- piano roll --- */

static struct score *one_note(double start, double length, int pitch)
{
	struct score *s = score_new();
	size_t v;
	const struct note n = { start, length, (uint8_t)pitch, 100, 0, 64 };
	assert_int_equal(score_add_voice(s, "flute", &v, NULL), 0);
	assert_int_equal(score_add_note(s, v, &n, NULL), 0);
	score_sort(s);
	s->end_beats = 8;
	return s;
}

/* Rows: S0-76 */
static void test_piano_roll_has_each_note_at_its_place(void **state)
{
	AUTO(score) s = one_note(2, 2, 60);
	struct picture p;
	assert_int_equal(picture_piano_roll(s, &plain, &p, NULL), 0);
	cairo_surface_t *image = decoded(&p);
	double w = (double)picture_columns(&plain), h = (double)picture_rows(&plain);
	/* 51 to 69 are shown: the note and a little room, widened to an octave and a half. */
	int y = TOP + (int)((69 - 60 + 0.5) * h / 19);
	assert_true(bluish(pixel(image, LEFT + (int)(w * 2.5 / 8), y)));
	assert_true(bluish(pixel(image, LEFT + (int)(w * 3.9 / 8), y)));
	assert_false(bluish(pixel(image, LEFT + (int)(w * 1.9 / 8), y)));
	assert_false(bluish(pixel(image, LEFT + (int)(w * 4.1 / 8), y)));
	assert_false(bluish(pixel(image, LEFT + (int)(w * 3.0 / 8), y - (int)(h / 19) - 2)));
	assert_false(bluish(pixel(image, LEFT + (int)(w * 3.0 / 8), y + (int)(h / 19) + 2)));
	cairo_surface_destroy(image);
	picture_done(&p);
}

static void test_piano_roll_takes_any_score(void **state)
{
	uint64_t seed = seed_start();
	for (int round = 0; round < 60; round++) {
		AUTO(score) s = score_new();
		uint32_t n_voices = 1 + seed_below(&seed, 12);
		for (uint32_t v = 0; v < n_voices; v++) {
			size_t at;
			char name[24];
			for (size_t i = 0; i < sizeof(name) - 1; i++)
				name[i] = (char)(1 + seed_below(&seed, 255));
			name[sizeof(name) - 1] = '\0';
			assert_int_equal(score_add_voice(s, name, &at, NULL), 0);
			for (uint32_t i = seed_below(&seed, 40); i > 0; i--) {
				const struct note n = { seed_unit(&seed) * (round % 3 ? 100 : 1e6), seed_unit(&seed) * 4,
							(uint8_t)seed_below(&seed, 128), (uint8_t)(1 + seed_below(&seed, 127)), 0, 64 };
				assert_int_equal(score_add_note(s, at, &n, NULL), 0);
			}
			assert_int_equal(score_add_text(s, SCORE_CHORD, -1, seed_unit(&seed) * 90, name, NULL), 0);
		}
		score_sort(s);
		const struct picture_look look = { seed_below(&seed, 2) ? PICTURE_SVG : PICTURE_PNG, 320 + (int)seed_below(&seed, 500),
						   120 + (int)seed_below(&seed, 300), seed_below(&seed, 2), "any" };
		struct picture p = { 0 };
		int r = picture_piano_roll(s, &look, &p, NULL);
		assert_true(r == 0 || (r == -EINVAL && score_n_notes(s) == 0));
		picture_done(&p);
	}
}

struct chord_label {
	double x;
	char text[32];
};

/* The chord symbols of an SVG from left to right: the texts whose middle line is above the plot, less the title. */
static size_t chord_labels(const char *svg, struct chord_label *ret, size_t most)
{
	size_t n = 0;
	for (const char *at = svg; n < most && (at = strstr(at, "<text ")); at++) {
		double y = 0;
		if (sscanf(at, "<text x=\"%lf\" y=\"%lf\"", &ret[n].x, &y) != 2 || y < 25 || y > 33)
			continue;
		if (sscanf(strchr(at, '>') + 1, "%31[^<]", ret[n].text) == 1)
			n++;
	}
	return n;
}

static struct score *thirty_two_bars(const char *const *names, size_t n_names)
{
	struct score *s = one_note(0, 1, 60);
	for (int bar = 0; bar < 32; bar++) {
		const struct note x = { 4 * bar, 4, (uint8_t)(60 + bar % 12), 80, 0, 64 };
		assert_int_equal(score_add_note(s, 0, &x, NULL), 0);
		assert_int_equal(score_add_text(s, SCORE_CHORD, -1, 4 * bar, names[(size_t)bar % n_names], NULL), 0);
	}
	score_sort(s);
	s->end_beats = 128;
	return s;
}

static void test_chord_names_never_overlap_and_round_bars_keep_theirs(void **state)
{
	static const char *const names[] = { "Cmaj7", "Am7/G", "Dm7", "G7/B", "Em7b5", "A7b9" };
	for (int width = 320; width <= 2400; width += 40) {
		AUTO(score) s = thirty_two_bars(names, COUNT_OF(names));
		const struct picture_look look = { PICTURE_SVG, width, 240, false, "thirty-two" };
		struct chord_label found[64];
		struct picture p;
		assert_int_equal(picture_piano_roll(s, &look, &p, NULL), 0);
		AUTO_MEM char *svg = strndup((const char *)p.bytes, p.n);
		size_t n = chord_labels(svg, found, COUNT_OF(found)), at = 0;
		double bar_wide = (double)picture_columns(&look) / 32;
		for (size_t i = 0; i + 1 < n; i++) /* no letter of 8 pixels is narrower than 3 */
			if (found[i].x + 3.0 * (double)strlen(found[i].text) > found[i + 1].x)
				fail_msg("%s and %s overlap in %d pixels", found[i].text, found[i + 1].text, width);
		for (size_t i = 0; i < n; i++) {
			size_t bar = (size_t)((found[i].x - found[0].x) / bar_wide + 0.5);
			assert_memory_equal(found[i].text, names[bar % COUNT_OF(names)], 1);
			at += bar % 4 == 0;
		}
		if (at != 8)
			fail_msg("%zu of 8 fourth bars have names in %d pixels", at, width);
		assert_true(width < 2000 || n == 32);
		picture_done(&p);
	}
}

static void test_a_chord_name_is_shortened_before_it_is_left_out(void **state)
{
	static const char *const names[] = { "Am7/G", "Bm7b5" };
	AUTO(score) s = thirty_two_bars(names, COUNT_OF(names));
	const struct picture_look look = { PICTURE_SVG, 760, 240, false, "" };
	struct chord_label found[64];
	struct picture p;
	assert_int_equal(picture_piano_roll(s, &look, &p, NULL), 0);
	AUTO_MEM char *svg = strndup((const char *)p.bytes, p.n);
	assert_int_equal(chord_labels(svg, found, COUNT_OF(found)), 32);
	assert_true(strncmp(found[0].text, "Am", 2) == 0 && !strchr(found[0].text, '/'));
	assert_string_equal(found[1].text, "B\xc2\xb0");
	assert_string_equal(found[31].text, "Bm7b5"); /* there is room behind it */
	picture_done(&p);
}

static void test_piano_roll_of_billions_of_bars_ends(void **state)
{
	AUTO(score) s = one_note(0, 1, 60);
	const struct note late = { 250e6, 1, 62, 100, 0, 64 };
	struct picture p;
	assert_int_equal(score_set_meter(s, 0, 1, 64, NULL), 0);
	assert_int_equal(score_add_note(s, 0, &late, NULL), 0);
	score_sort(s);
	s->end_beats = 250e6 + 1;
	struct picture_look look = plain;
	look.format = PICTURE_SVG;
	assert_int_equal(picture_piano_roll(s, &look, &p, NULL), 0);
	assert_true(p.n < 200000);
	picture_done(&p);
}

/* --- what all share --- */

static void test_pictures_as_svg_hold_their_texts_and_are_whole(void **state)
{
	AUTO(score) s = one_note(0, 4, 64);
	struct picture_look look = plain;
	look.format = PICTURE_SVG;
	look.title = "<Reel> & \"Jig\" \xff\x01";
	struct picture p, again;
	assert_int_equal(picture_piano_roll(s, &look, &p, NULL), 0);
	assert_string_equal(p.mime_type, "image/svg+xml");
	assert_true(p.n > 200 && memcmp(p.bytes, "<?xml", 5) == 0);
	AUTO_MEM char *text = strndup((const char *)p.bytes, p.n);
	assert_true(strlen(text) == p.n);
	assert_non_null(strstr(text, "width=\"640"));
	assert_string_equal(text + p.n - 7, "</svg>\n");
	assert_int_equal(picture_piano_roll(s, &look, &again, NULL), 0);
	assert_true(again.n == p.n && memcmp(again.bytes, p.bytes, p.n) == 0);
	picture_done(&p);
	picture_done(&again);
}

static void test_pictures_of_no_size_or_of_nothing_are_refused(void **state)
{
	static const struct {
		int width, height;
		const char *field;
	} sizes[] = { { 319, 240, "width" }, { 8193, 240, "width" }, { 640, 119, "height" }, { 640, 4097, "height" }, { -1, -1, "width" } };
	AUTO(score) s = one_note(0, 1, 60);
	AUTO(score) empty = score_new();
	struct picture p;
	struct err err = ERR_INIT;
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		const struct picture_look look = { PICTURE_PNG, sizes[i].width, sizes[i].height, false, "" };
		assert_int_equal(picture_piano_roll(s, &look, &p, &err), -EINVAL);
		assert_string_equal(err.field, sizes[i].field);
	}
	assert_int_equal(picture_piano_roll(empty, &plain, &p, &err), -EINVAL);
	assert_int_equal(picture_waveform(&(struct waveform){ NULL, 0, 1 }, &plain, &p, &err), -EINVAL);
	float db = 0;
	const struct spectrogram one = { .db = &db, .n_columns = 1, .n_rows = 1, .duration_s = 1, .lo_hz = 1, .hi_hz = 2 };
	assert_int_equal(picture_spectrogram(&one, &(struct spectrogram_scale){ BAND_LOG, 0, 0 }, &plain, &p, &err), -EINVAL);
	assert_int_equal(picture_spectrogram(&one, &(struct spectrogram_scale){ BAND_LOG, -10, 0 }, &plain, &p, &err), 0);
	picture_done(&p);
}

static void test_pictures_cut_long_titles_between_characters(void **state)
{
	AUTO(score) s = one_note(0, 1, 60);
	char title[3000];
	for (size_t i = 0; i + 2 < sizeof(title); i += 2)
		memcpy(title + i, "\xc3\xa4", 2);
	title[sizeof(title) - 2] = '\0';
	struct picture_look look = plain;
	look.title = title;
	struct picture p;
	assert_int_equal(picture_piano_roll(s, &look, &p, NULL), 0);
	picture_done(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_waveform_is_high_where_the_sound_is_loud),
		cmocka_unit_test(test_waveform_marks_what_is_clipped),
		cmocka_unit_test(test_spectrogram_is_bright_where_the_frequency_is),
		cmocka_unit_test(test_spectrogram_colours_grow_brighter_with_level),
		cmocka_unit_test(test_piano_roll_has_each_note_at_its_place),
		cmocka_unit_test(test_piano_roll_takes_any_score),
		cmocka_unit_test(test_chord_names_never_overlap_and_round_bars_keep_theirs),
		cmocka_unit_test(test_a_chord_name_is_shortened_before_it_is_left_out),
		cmocka_unit_test(test_piano_roll_of_billions_of_bars_ends),
		cmocka_unit_test(test_pictures_as_svg_hold_their_texts_and_are_whole),
		cmocka_unit_test(test_pictures_of_no_size_or_of_nothing_are_refused),
		cmocka_unit_test(test_pictures_cut_long_titles_between_characters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

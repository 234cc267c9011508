#include <string.h>

#include "../check.h"
#include "base/json.h"
#include "music/abc.h"
#include "music/events_json.h"

static const char tune[] = "X:1\nT:Waltz\nM:3/4\nL:1/4\nQ:1/4=60\nK:Gm\nV:1 name=Song\n%%MIDI program 52\n"
			   "D|\"Gm\"G ^F d|[Q:1/4=120][CEG]3|]\nw:one two three\n";

static json_t *events_of(const struct score *s, bool controls)
{
	struct events_json_options o = { controls };
	AUTO_STRBUF b = STRBUF_INIT;
	struct err err = ERR_INIT;
	json_t *j = NULL;
	assert_int_equal(events_json(s, &o, &b, &err), 0);
	if (json_parse(b.s, b.n, &j, &err) < 0)
		fail_msg("%s", err.msg);
	return j;
}

static double num(const json_t *j, const char *key)
{
	return json_number_value(json_object_get(j, key));
}

static const char *str(const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));
	return s ? s : "";
}

/* Rows: L25 */
static void test_every_note_has_its_place_in_beats_bars_and_seconds(void **state)
{
	AUTO(score) s = NULL;
	(void)state;
	assert_int_equal(abc_parse(tune, strlen(tune), NULL, &s, NULL, NULL), 0);
	AUTO_JSON json_t *j = events_of(s, false);
	json_t *notes = json_object_get(j, "notes"), *n;
	assert_string_equal(str(j, "title"), "Waltz");
	assert_float_equal(num(j, "seconds"), 4 + 1.5, 1e-9);
	assert_int_equal(json_integer_value(json_object_get(j, "bars")), 2);
	assert_int_equal(json_array_size(notes), 7);
	n = json_array_get(notes, 0);
	assert_string_equal(str(n, "name"), "D4");
	assert_int_equal(json_integer_value(json_object_get(n, "bar")), 0);
	n = json_array_get(notes, 2);
	assert_string_equal(str(n, "name"), "F#4");
	assert_float_equal(num(n, "beat"), 2, 1e-9);
	assert_float_equal(num(n, "second"), 2, 1e-9);
	assert_int_equal(json_integer_value(json_object_get(n, "bar")), 1);
	assert_float_equal(num(n, "bar_beat"), 1, 1e-9);
	n = json_array_get(notes, 5);
	assert_string_equal(str(n, "name"), "Eb4");
	assert_float_equal(num(n, "second"), 4, 1e-9);
	assert_float_equal(num(n, "seconds"), 1.5, 1e-9);
	assert_int_equal(json_integer_value(json_object_get(n, "bar")), 2);
	assert_null(json_object_get(j, "controls"));
}

static void test_changes_texts_and_voices_are_listed(void **state)
{
	AUTO(score) s = NULL;
	(void)state;
	assert_int_equal(abc_parse(tune, strlen(tune), NULL, &s, NULL, NULL), 0);
	AUTO_JSON json_t *j = events_of(s, true);
	json_t *tempos = json_object_get(j, "tempos"), *texts = json_object_get(j, "texts");
	assert_int_equal(json_array_size(tempos), 2);
	assert_float_equal(num(json_array_get(tempos, 1), "second"), 4, 1e-9);
	assert_float_equal(num(json_array_get(tempos, 1), "bpm"), 120, 1e-9);
	assert_string_equal(str(json_array_get(json_object_get(j, "keys"), 0), "key"), "Gm");
	assert_int_equal(num(json_array_get(json_object_get(j, "meters"), 0), "num"), 3);
	assert_int_equal(json_array_size(texts), 4);
	assert_string_equal(str(json_array_get(texts, 0), "text"), "one");
	assert_string_equal(str(json_array_get(texts, 0), "kind"), "lyric");
	json_t *voice = json_array_get(json_object_get(j, "voices"), 0);
	assert_string_equal(str(voice, "name"), "Song");
	assert_int_equal(num(voice, "program"), 52);
	json_t *control = json_array_get(json_object_get(j, "controls"), 0);
	assert_string_equal(str(control, "kind"), "program");
	assert_int_equal(num(control, "value"), 52);
}

static void test_an_empty_score_is_a_document_too(void **state)
{
	AUTO(score) s = score_new();
	(void)state;
	AUTO_JSON json_t *j = events_of(s, true);
	assert_int_equal(json_array_size(json_object_get(j, "notes")), 0);
	assert_float_equal(num(j, "beats"), 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_note_has_its_place_in_beats_bars_and_seconds),
		cmocka_unit_test(test_changes_texts_and_voices_are_listed),
		cmocka_unit_test(test_an_empty_score_is_a_document_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

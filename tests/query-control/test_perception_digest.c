/*
 * test_perception_digest.c - what is kept of reports: of those that the analyses of this build write, so that a word that
 * changes its place there is missed here.
 */
#include "query-control/perception.h"

#include <math.h>

#include "../audio/sound.h"
#include "../music/listening.h"
#include "audio/report.h"
#include "base/str.h"
#include "music/listen.h"
#include "query-control/perception_harmony.h"

static void digest(enum perception_kind kind, const json_t *report, struct perception_digest *ret)
{
	struct err err = ERR_INIT;
	if (perception_digest_report(kind, report, ret, &err) < 0)
		fail_msg("%s", err_msg(&err));
}

static json_t *understood(const char *abc)
{
	AUTO(score) s = tune_of(abc);
	struct listening l;
	json_t *j = NULL;
	assert_int_equal(score_listen(s, LISTEN_ALL, NULL, NULL, &l, NULL), 0);
	assert_int_equal(listen_json(s, &l, LISTEN_ALL, &j, NULL), 0);
	listening_done(&l);
	return j;
}

static void vector_of(const char *abc, float ret[HARMONY_SIZE])
{
	AUTO_JSON json_t *report = understood(abc);
	struct perception_digest d;
	digest(PERCEIVE_UNDERSTAND, report, &d);
	assert_int_equal(d.n_vector, HARMONY_SIZE);
	memcpy(ret, d.vector, HARMONY_SIZE * sizeof(*ret));
	perception_digest_done(&d);
}

#define HEAD        "X:1\nM:4/4\nL:1/4\nQ:1/4=100\n"
#define IN_C        HEAD "K:C\n[CEG]4|[FAc]4|[GBd]4|[CEG]4|[CEG]4|[FAc]4|[GBd]4|[CEG]4|\n"
#define IN_D        HEAD "K:D\n[DFA]4|[GBd]4|[Ace]4|[DFA]4|[DFA]4|[GBd]4|[Ace]4|[DFA]4|\n"
#define ANOTHER     HEAD "K:Am\n[A,CE]4|[D,F,A,]4|[E,G,B,]4|[A,CE]4|[D,F,A,]4|[A,CE]4|[E,G,B,]4|[A,CE]4|\n"

static const char *text(const struct perception_digest *d, const char *name)
{
	return json_string_value(json_object_get(d->values, name));
}

static double number(const struct perception_digest *d, const char *name)
{
	const json_t *v = json_object_get(d->values, name);
	if (!json_is_number(v))
		fail_msg("%s is no number", name);
	return json_number_value(v);
}

/* Rows: S0-75, S0-77 */
static void test_all_that_is_understood_of_notes_is_kept(void **state)
{
	AUTO_JSON json_t *report = understood(IN_D);
	struct perception_digest d;
	(void)state;
	digest(PERCEIVE_UNDERSTAND, report, &d);
	assert_string_equal(text(&d, "key"), "D major");
	assert_string_equal(text(&d, "meter"), "4/4");
	assert_true(fabs(number(&d, "tempo_bpm") - 100) < 1e-9);
	assert_true(number(&d, "key_confidence") > 0 && number(&d, "density") > 0);
	static const char *const numbers[] = {"energy", "complexity", "tension", "valence", "mood_confidence", "genre_confidence", "sounding_seconds"};
	for (size_t i = 0; i < COUNT_OF(numbers); i++)
		(void)number(&d, numbers[i]);
	assert_non_null(text(&d, "structure"));
	assert_non_null(text(&d, "mood"));
	assert_non_null(text(&d, "genre"));
	const json_t *chords = json_object_get(d.values, "chords");
	assert_string_equal(json_string_value(json_array_get(chords, 0)), "D");
	assert_string_equal(json_string_value(json_array_get(chords, 1)), "G");
	assert_string_equal(json_string_value(json_array_get(chords, 2)), "A");
	assert_int_equal(json_array_size(json_object_get(d.values, "instrumentation")), 1);
	assert_true(d.vector[0] == 2 && d.n_curve == 0);
	perception_digest_done(&d);
}

/* Rows: S0-78 */
static void test_harmony_is_alike_in_any_key_by_degree_and_in_place_by_name(void **state)
{
	float c[HARMONY_SIZE], d[HARMONY_SIZE], other[HARMONY_SIZE];
	(void)state;
	vector_of(IN_C, c);
	vector_of(IN_D, d);
	vector_of(ANOTHER, other);
	assert_true(fabs(harmony_likeness(c, c, HARMONY_BY_DEGREE) - 1) < 1e-6);
	assert_true(harmony_likeness(c, d, HARMONY_BY_DEGREE) > 0.99);
	assert_true(harmony_likeness(c, other, HARMONY_BY_DEGREE) < 0.7);
	assert_true(fabs(harmony_likeness(c, d, HARMONY_BY_DEGREE) - harmony_likeness(d, c, HARMONY_BY_DEGREE)) < 1e-9);
	assert_true(fabs(harmony_likeness(c, c, HARMONY_BY_NAME) - 1) < 1e-6);
	assert_true(harmony_likeness(c, d, HARMONY_BY_NAME) < 0.7);
}

static void test_chord_names_are_read_by_root_and_third(void **state)
{
	static const struct {
		const char *name;
		int at;
	} rows[] = {{"C", 0}, {"Cm", 1}, {"C#m7b5", 4}, {"Dbmaj7", 3}, {"Fsus4", 17}, {"A7sus4", 29}, {"Bdim", 34}, {"Cb", 33}, {"G/B", 21}, {"Em(maj7)", 13}};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		float v[HARMONY_SIZE];
		AUTO_JSON json_t *chords = json_pack("[{s:s, s:f, s:f}]", "chord", rows[i].name, "from_beats", 0.0, "to_beats", 2.0);
		harmony_of(NULL, NULL, chords, v);
		assert_true(v[0] == -1 && v[1] == 2);
		if (v[HARMONY_CHORDS + rows[i].at] != 2)
			fail_msg("%s", rows[i].name);
	}
	float nothing[HARMONY_SIZE];
	AUTO_JSON json_t *odd = json_pack("[{s:s, s:f, s:f}, n, {s:n}]", "chord", "N.C.", "from_beats", 0.0, "to_beats", 2.0, "chord");
	harmony_of("H", NULL, odd, nothing);
	assert_true(nothing[1] == 0 && harmony_likeness(nothing, nothing, HARMONY_BY_DEGREE) == 0);
}

/* The report of the worker's `listen`, as far as it is kept. */
static json_t *heard(const float *x, size_t n, uint32_t rate_hz)
{
	struct hearing *h = NULL;
	struct onsets o = {0};
	struct beats b = {0};
	struct chroma c = {0};
	struct key_report k = {0};
	struct character ch;
	char *path = sound_file(x, n, 1, rate_hz);
	assert_int_equal(hearing_of(path, NULL, &h, NULL), 0);
	assert_int_equal(beats_find(h, &(struct beat_options){.meter = 4}, &b, NULL), 0);
	assert_int_equal(onsets_find(h, 0.5, &o, NULL), 0);
	assert_int_equal(chroma_of(h, &c, NULL), 0);
	audio_key_find(&c, &k);
	character_of(h, &o, &b, &c, &k, &ch);
	json_t *j = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "info", report_info(h), "levels", report_levels(h), "loudness",
			      report_loudness(h, true), "rhythm", report_beats(&b), "key", report_key(&c, &k), "character", report_character(&ch));
	assert_non_null(j);
	hearing_free(h);
	onsets_done(&o);
	beats_done(&b);
	chroma_done(&c);
	key_report_done(&k);
	sound_file_done(path);
	return j;
}

static void test_all_that_is_heard_of_a_sound_is_kept(void **state)
{
	enum { RATE = 22050, BEATS = 16 };
	size_t n = (size_t)BEATS * RATE / 2;
	AUTO_MEM float *x = sound_new(n);
	(void)state;
	for (int i = 0; i < BEATS; i++)
		sound_sine(x, n, RATE, 0.5 * i, 0.5 * i + 0.4, i % 4 == 0 ? 261.63 : 329.63, i % 4 == 0 ? 0.5 : 0.25);
	AUTO_JSON json_t *report = heard(x, n, RATE);
	struct perception_digest d;
	digest(PERCEIVE_LISTEN, report, &d);
	static const char *const numbers[] = {"loudness_lufs", "loudness_range_lu", "true_peak_db", "energy", "density", "key_confidence", "meter_confidence",
					      "valence", "brightness", "mood_confidence", "genre_confidence", "silence_seconds", "clipped_places"};
	for (size_t i = 0; i < COUNT_OF(numbers); i++)
		if (!str_starts(numbers[i], "genre"))
			(void)number(&d, numbers[i]);
	assert_true(fabs(number(&d, "sounding_seconds") - 8) < 0.001 && fabs(number(&d, "tempo_bpm") - 120) < 4);
	assert_string_equal(text(&d, "meter"), "4/4");
	assert_non_null(text(&d, "key"));
	assert_true(json_is_false(json_object_get(d.values, "is_silent")));
	assert_true(json_array_size(json_object_get(d.values, "downbeats")) >= 3);
	assert_true(number(&d, "bar_beats") == 4 && number(&d, "beats_before") >= 0);
	assert_int_equal(d.n_curve, 80);
	assert_true(d.curve[0] > -20 && d.n_vector == HARMONY_SIZE);
	perception_digest_done(&d);
}

static void test_silence_has_no_loudness(void **state)
{
	AUTO_MEM float *x = sound_new(44100);
	(void)state;
	AUTO_JSON json_t *report = heard(x, 44100, 22050);
	struct perception_digest d;
	digest(PERCEIVE_LISTEN, report, &d);
	static const char *const absent[] = {"loudness_lufs", "true_peak_db", "tempo_bpm", "key", "instrumentation", "genre", "downbeats"};
	for (size_t i = 0; i < COUNT_OF(absent); i++)
		if (json_object_get(d.values, absent[i]))
			fail_msg("%s of silence", absent[i]);
	assert_true(json_is_true(json_object_get(d.values, "is_silent")));
	perception_digest_done(&d);
}

static void test_what_is_no_report_is_refused_and_odd_ones_are_survived(void **state)
{
	struct perception_digest d;
	struct err err = ERR_INIT;
	AUTO_JSON json_t *list = json_array();
	AUTO_JSON json_t *odd = json_pack("{s:s, s:[n], s:{s:[i]}, s:{s:s, s:i}, s:s}", "key", "C", "chords", "loudness", "steps", 3, "rhythm", "downbeats",
					  "no", "beats", 7, "vector", "x");
	(void)state;
	assert_int_equal(perception_digest_report(PERCEIVE_LISTEN, list, &d, &err), -EBADMSG);
	for (enum perception_kind k = 0; k < PERCEPTION_KIND_COUNT; k++) {
		digest(k, odd, &d);
		assert_true(d.n_curve == 0);
		perception_digest_done(&d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_that_is_understood_of_notes_is_kept),
		cmocka_unit_test(test_harmony_is_alike_in_any_key_by_degree_and_in_place_by_name),
		cmocka_unit_test(test_chord_names_are_read_by_root_and_third),
		cmocka_unit_test(test_all_that_is_heard_of_a_sound_is_kept),
		cmocka_unit_test(test_silence_has_no_loudness),
		cmocka_unit_test(test_what_is_no_report_is_refused_and_odd_ones_are_survived),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "model/prompt.h"

#include "base/fs.h"
#include "base/str.h"
#include "family.h"
#include "model/accompaniment.h"
#include "model/bassline.h"
#include "model/melody.h"
#include "model/piece.h"
#include "model/progression.h"

#include "../check.h"
#include "../seed.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct generated say(const char *words, uint64_t seed)
{
	AUTO_STRBUF b = STRBUF_INIT;
	(void)strbuf_addf(&b, "{'prompt':'%s'}", words);
	return family_make("prompt", b.s, seed, NULL);
}

/* A parameter of the report as text. */
static void param(const struct generated *g, const char *name, char *ret, size_t size)
{
	const json_t *v = json_object_get(json_object_get(g->report, "params"), name);
	if (json_is_string(v))
		(void)str_copy(ret, size, json_string_value(v));
	else
		(void)snprintf(ret, size, "%.4g", json_number_value(v));
}

static void test_prompts_say_what_the_vocabulary_says(void **state)
{
	static const struct {
		const char *prompt, *wants[8][2];
	} cases[] = {
		{ "slow minor waltz in D, sparse, 8 bars",
		  { { "genre", "waltz" }, { "meter", "3/4" }, { "mode", "minor" }, { "key", "D" }, { "bars", "8" }, { "bpm", "97.5" }, { "density", "0.12" }, { "drums", "none" } } },
		{ "Very slow waltz", { { "bpm", "72" } } },
		{ "slightly fast waltz", { { "bpm", "175.5" } } },
		{ "jazz with walking bass and drums for flute and vibraphone, 90 bpm",
		  { { "genre", "jazz" }, { "bass", "walking" }, { "drums", "jazz" }, { "melody_program", "73" }, { "chords_program", "11" }, { "bpm", "90" } } },
		{ "rock without drums", { { "drums", "none" }, { "bass", "pop" } } },
		{ "rock with no bass or drums, loud", { { "drums", "none" }, { "bass", "none" }, { "loudness", "0.9" } } },
		{ "folk tune with drums", { { "genre", "folk" }, { "drums", "country" }, { "bass", "none" } } },
		{ "folk with rock drums and reggae bass", { { "genre", "folk" }, { "drums", "rock" }, { "bass", "reggae" } } },
		{ "jig in A dorian", { { "key", "A" }, { "mode", "dorian" }, { "meter", "6/8" } } },
		{ "a major polka", { { "key", "any" }, { "mode", "major" } } },
		{ "a polka in a major", { { "key", "A" }, { "mode", "major" } } },
		{ "F#m, B flat is not it", { { "key", "Bb" } } },
		{ "waltz in G", { { "key", "G" }, { "mode", "major" } } },
		{ "a sad waltz in G", { { "key", "G" }, { "mode", "minor" } } },
		{ "ambient in E", { { "key", "E" }, { "mode", "lydian" } } },
		{ "Bbm hymn", { { "key", "Bb" }, { "mode", "minor" } } },
		{ "in c sharp minor", { { "key", "C#" }, { "mode", "minor" } } },
		{ "bossa nova for nylon guitar at 120", { { "genre", "bossa" }, { "bpm", "120" }, { "chords_program", "24" } } },
		{ "reel, 32-bars, 100bpm", { { "bars", "32" }, { "bpm", "100" } } },
		{ "twelve bar blues", { { "bars", "12" }, { "grammar", "blues" }, { "swing", "0.8" } } },
		{ "sad song in 6/8", { { "mode", "minor" }, { "meter", "6/8" } } },
		{ "allegro in 6/8", { { "bpm", "198" } } },
		{ "solo piano ballad", { { "melody_program", "0" }, { "chords_program", "0" }, { "bass", "none" }, { "drums", "none" } } },
		{ "solo flute", { { "melody_program", "73" }, { "chords", "none" }, { "bass", "none" } } },
		{ "only drums, samba", { { "melody", "none" }, { "chords", "none" }, { "bass", "none" }, { "drums", "samba" } } },
		{ "arpeggiated harp, high, dreamy", { { "chords", "arpeggio" }, { "reach", "high" }, { "mode", "lydian" }, { "chords_program", "46" } } },
		{ "waltz, 30 seconds", { { "bars", "24" } } },
		{ "Drum and bass with upright bass", { { "genre", "dnb" }, { "bass_program", "32" } } },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct generated g = say(cases[i].prompt, 1);
		for (size_t k = 0; k < COUNT_OF(cases[i].wants) && cases[i].wants[k][0]; k++) {
			char got[64];
			param(&g, cases[i].wants[k][0], got, sizeof(got));
			bool any = str_eq(cases[i].wants[k][1], "any"); /* drawn: whatever it is */
			if (!any && !str_eq(got, cases[i].wants[k][1]))
				fail_msg("'%s': %s is %s, not %s", cases[i].prompt, cases[i].wants[k][0], got, cases[i].wants[k][1]);
		}
		generated_done(&g);
	}
}

static void test_every_genre_is_a_word_and_the_lists_agree(void **state)
{
	for (int i = 1; piece_genres[i]; i++) {
		struct piece_params p;
		struct prompt_reading r;
		assert_int_equal(model_params_read(&piece_table, NULL, &p, NULL), 0);
		assert_int_equal(prompt_read(piece_genres[i], &p, &r, NULL), 0);
		if (p.genre != i || r.n_known != 1)
			fail_msg("'%s' is read as %s", piece_genres[i], piece_genres[p.genre]);
		piece_settle(&p);
		assert_true(p.bpm >= 20 && p.meter > 0 && p.bars > 0);
	}
	static const struct {
		const char *genre, *meter, *bass;
	} known[] = { { "waltz", "3/4", "roots" }, { "jig", "6/8", "root-fifth" }, { "reggae", "4/4", "reggae" }, { "salsa", "4/4", "tumbao" },
		      { "jazz", "4/4", "walking" }, { "cinematic", "4/4", "pedal" } };
	for (size_t i = 0; i < COUNT_OF(known); i++) {
		AUTO_STRBUF b = STRBUF_INIT;
		(void)strbuf_addf(&b, "%s with bass", known[i].genre);
		struct generated g = say(b.s, 1);
		char got[40];
		param(&g, "meter", got, sizeof(got));
		assert_string_equal(got, known[i].meter);
		param(&g, "bass", got, sizeof(got));
		assert_string_equal(got, known[i].bass);
		generated_done(&g);
	}
	for (int i = 0; melody_styles[i]; i++)
		assert_string_equal(piece_melodies[i + PART_STYLES], melody_styles[i]);
	for (int i = 0; accompaniment_styles[i]; i++)
		assert_string_equal(piece_chords[i + PART_STYLES], accompaniment_styles[i]);
	for (int i = 0; bass_styles[i]; i++)
		assert_string_equal(piece_basses[i + PART_STYLES], bass_styles[i]);
	for (int i = 0; progression_styles[i]; i++)
		assert_string_equal(piece_grammars[i + 1], progression_styles[i]);
	for (int i = 0; meter_names[i]; i++)
		assert_string_equal(piece_meters[i + 1], meter_names[i]);
}

static void test_unknown_words_are_told_with_their_neighbour_and_are_no_error(void **state)
{
	struct generated g = say("happpy wlatz with blorgs", 1);
	const json_t *list = json_object_get(g.report, "unknown_words");
	assert_int_equal(json_array_size(list), 3);
	assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "near")), "happy");
	assert_string_equal(json_string_value(json_object_get(json_array_get(list, 1), "near")), "waltz");
	assert_string_equal(json_string_value(json_object_get(json_array_get(list, 2), "word")), "blorgs");
	generated_done(&g);
	struct err err = ERR_INIT;
	assert_int_equal(family_try("prompt", "{'prompt':'blorg the zork'}", 1, NULL, &g, &err), -EINVAL);
	assert_string_equal(err.field, "params.prompt");
	assert_non_null(strstr(err.hint, "waltz"));
	assert_int_equal(family_try("prompt", "{'melody':'none','chords':'none','bass':'none','drums':'none'}", 1, NULL, &g, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "nothing would sound"));
}

static void test_parameters_go_before_the_prompt(void **state)
{
	struct generated g = family_make("prompt", "{'prompt':'slow waltz in D, 8 bars','bars':5,'key':'G','bpm':200,'genre':'polka','drums':'none'}", 1, NULL);
	char got[40];
	static const char *const wants[][2] = { { "bars", "5" }, { "key", "G" }, { "bpm", "200" }, { "genre", "polka" }, { "drums", "none" }, { "meter", "2/4" } };
	for (size_t i = 0; i < COUNT_OF(wants); i++) {
		param(&g, wants[i][0], got, sizeof(got));
		assert_string_equal(got, wants[i][1]);
	}
	generated_done(&g);
}

/* What the report says makes the same piece again. */
static void test_what_a_prompt_came_to_can_be_given_back(void **state)
{
	for (int i = 1; piece_genres[i]; i++) {
		struct generated a = say(piece_genres[i], (uint64_t)i), b = { 0 };
		const json_t *params = json_object_get(a.report, "params");
		assert_int_equal(generator_run(&piece_generator, params, NULL, 0, (uint64_t)i, NULL, &b, NULL), 0);
		assert_true(family_fingerprint(a.score) == family_fingerprint(b.score));
		assert_string_equal(a.score->title, b.score->title);
		assert_true(json_equal(params, json_object_get(b.report, "params")));
		generated_done(&a);
		generated_done(&b);
	}
}

static int n_at_once(const struct score *s, double beat)
{
	int n = 0;
	for (size_t v = 0; v < s->n_voices; v++)
		for (size_t i = 0; i < s->voices[v].n_notes; i++)
			n += s->voices[v].notes[i].start_beats <= beat && beat < s->voices[v].notes[i].start_beats + s->voices[v].notes[i].duration_beats;
	return n;
}

static void test_pieces_are_whole(void **state)
{
	for (int genre = 1; piece_genres[genre]; genre++) {
		for (uint64_t seed = 0; seed < 6; seed++) {
			AUTO_STRBUF b = STRBUF_INIT;
			(void)strbuf_addf(&b, "%s with melody, chords, bass and drums, 16 bars", piece_genres[genre]);
			struct generated g = say(b.s, seed);
			const struct score *s = g.score;
			struct score_meter m = score_meter_at(s, 0);
			if (fabs(s->end_beats - 16 * score_bar_beats(&m)) > 1e-6)
				fail_msg("%s, seed %llu: %g beats", piece_genres[genre], (unsigned long long)seed, s->end_beats);
			family_check_notes(s, 12, 108, seed);
			assert_int_equal(s->n_voices, 4);
			size_t silent = 0;
			for (double beat = 0.05; beat < s->end_beats; beat += 1)
				silent += n_at_once(s, beat) == 0;
			if (silent * 5 > (size_t)s->end_beats)
				fail_msg("%s, seed %llu: %zu silent beats", piece_genres[genre], (unsigned long long)seed, silent);
			for (size_t v = 0; v < 4; v++) {
				assert_true(s->voices[v].n_notes > 4);
				assert_int_equal(s->voices[v].notes[0].channel, v == 3 ? 9 : v);
				assert_true(v == 3 || s->voices[v].n_controls > 0); /* each has its instrument */
			}
			generated_done(&g);
		}
	}
}

static void test_numbers_that_are_not_allowed_are_refused_with_what_is(void **state)
{
	static const char *const cases[][2] = {
		{ "jazz, 1000 bars", "1 to 256" }, { "jazz, 0 bars", "1 to 256" },     { "waltz 99999999999 bpm", "20 to 400" },
		{ "waltz at 3", "20 to 400" },     { "reel, 60 minutes", "1 to 256" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char params[80];
		struct generated g = { 0 };
		struct err err = ERR_INIT;
		(void)snprintf(params, sizeof(params), "{'prompt':'%s'}", cases[i][0]);
		assert_int_equal(family_try("prompt", params, 1, NULL, &g, &err), -EINVAL);
		assert_string_equal(err.field, "params.prompt");
		if (!strstr(err.msg, cases[i][1]))
			fail_msg("%s: '%s'", cases[i][0], err.msg);
	}
	struct generated g = { 0 };
	struct err err = ERR_INIT;
	assert_int_equal(family_try("prompt", "{'prompt':'jaz'}", 1, NULL, &g, &err), -EINVAL);
	assert_non_null(strstr(err.hint, "did you mean 'jazz'?"));
}

static void test_any_text_is_read(void **state)
{
	uint64_t r = seed_start();
	static const char letters[] = "abcdefgABCDEFG#b m0123456789/-.,%|\xc3\xa9\xff";
	int n_read = 0;
	for (int i = 0; i < 4000; i++) {
		char text[1024];
		size_t n = seed_below(&r, i % 50 == 0 ? 1000 : 60), at = 0;
		while (at < n) {
			const char *word = seed_below(&r, 2) ? prompt_word(seed_below(&r, 300)) : NULL;
			if (word && at + strlen(word) + 1 < sizeof(text)) {
				memcpy(text + at, word, strlen(word));
				at += strlen(word);
				text[at++] = ' ';
			} else {
				text[at++] = letters[seed_below(&r, sizeof(letters) - 1)];
			}
		}
		text[at < sizeof(text) ? at : sizeof(text) - 1] = '\0';
		struct piece_params p;
		struct prompt_reading reading;
		assert_int_equal(model_params_read(&piece_table, NULL, &p, NULL), 0);
		int code = prompt_read(text, &p, &reading, NULL);
		assert_true(code == 0 || code == -EINVAL); /* "one bpm" */
		if (code < 0)
			continue;
		n_read++;
		piece_settle(&p);
		struct err err = ERR_INIT;
		if (model_params_check(&piece_table, &p, &err) < 0)
			fail_msg("'%s': %s", text, err.msg);
	}
	assert_true(n_read > 3000);
}

static void test_the_vocabulary_is_explained(void **state)
{
	AUTO_MEM char *page = NULL;
	size_t n;
	const char *root = getenv("SOURCE_ROOT");
	assert_non_null(root);
	AUTO_MEM char *path = fs_join(root, "docs/models.md");
	assert_int_equal(fs_read(path, 1 << 22, &page, &n, NULL), 0);
	const char *words = strstr(page, "### The vocabulary");
	assert_non_null(words);
	size_t missing = 0;
	for (size_t i = 0; prompt_word(i); i++) {
		char quoted[64];
		(void)snprintf(quoted, sizeof(quoted), "`%s`", prompt_word(i));
		if (!strstr(words, quoted)) {
			print_message("%s ", quoted);
			missing++;
		}
	}
	assert_int_equal(missing, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prompts_say_what_the_vocabulary_says),
		cmocka_unit_test(test_every_genre_is_a_word_and_the_lists_agree),
		cmocka_unit_test(test_unknown_words_are_told_with_their_neighbour_and_are_no_error),
		cmocka_unit_test(test_parameters_go_before_the_prompt),
		cmocka_unit_test(test_what_a_prompt_came_to_can_be_given_back),
		cmocka_unit_test(test_pieces_are_whole),
		cmocka_unit_test(test_numbers_that_are_not_allowed_are_refused_with_what_is),
		cmocka_unit_test(test_any_text_is_read),
		cmocka_unit_test(test_the_vocabulary_is_explained),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

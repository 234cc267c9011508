#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../check.h"
#include "../seed.h"
#include "base/str.h"
#include "music/abc.h"
#include "music/smf.h"
#include "music/smf_info.h"

static const char tune[] = "X:1\nT:March\nM:2/4\nL:1/4\nQ:1/4=100\nK:D\nV:1 name=Top\n%%MIDI program 73\n"
			   "D F|\"A7\"[Q:1/4=125]A ^A|[K:F]B2|]\nw:la la li\nV:2\nD,2|A,,2|B,,2|]\n";

static struct smf *file_of(const char *abc)
{
	AUTO(score) s = NULL;
	struct smf *f = NULL;
	struct err err = ERR_INIT;
	if (abc_parse(abc, strlen(abc), NULL, &s, NULL, &err) < 0 || score_to_smf(s, 480, &f, &err) < 0)
		fail_msg("%s", err.msg);
	return f;
}

static double num(const json_t *j, const char *key)
{
	return json_number_value(json_object_get(j, key));
}

/* Rows: H-T05 */
static void test_the_facts_of_a_file_are_told(void **state)
{
	AUTO(smf) f = file_of(tune);
	AUTO_JSON json_t *j = NULL;
	(void)state;
	assert_int_equal(smf_info(f, &j, NULL), 0);
	assert_int_equal(num(j, "format"), 1);
	assert_int_equal(num(j, "tracks"), 3);
	assert_int_equal(num(j, "ppq"), 480);
	assert_int_equal(num(j, "notes"), 8);
	assert_int_equal(num(j, "end_tick"), 6 * 480);
	assert_float_equal(num(j, "tempo"), 100, 1e-3);
	assert_float_equal(num(j, "duration_s"), 2 * 0.6 + 4 * 0.48, 1e-4);
	json_t *tempo = json_array_get(json_object_get(j, "tempo_changes"), 1);
	assert_int_equal(num(tempo, "tick"), 960);
	assert_float_equal(num(tempo, "bpm"), 125, 1e-3);
	json_t *key = json_array_get(json_object_get(j, "keys"), 1);
	assert_int_equal(num(key, "tick"), 1920);
	assert_string_equal(json_string_value(json_object_get(key, "key")), "F");
	assert_int_equal(num(json_array_get(json_object_get(j, "time_signatures"), 0), "den"), 4);
	assert_string_equal(json_string_value(json_object_get(j, "title")), "March");
	json_t *top = json_array_get(json_object_get(j, "per_track"), 1);
	assert_string_equal(json_string_value(json_object_get(top, "name")), "Top");
	assert_int_equal(num(top, "program"), 73);
	assert_int_equal(num(top, "lowest"), 62);
	assert_int_equal(num(top, "highest"), 70);
	assert_int_equal(num(top, "lyrics"), 3);
	assert_true(json_is_null(json_object_get(json_array_get(json_object_get(j, "per_track"), 0), "lowest")));
}

static void test_smpte_files_have_no_quarters(void **state)
{
	AUTO(smf) f = smf_new(0, 0);
	AUTO_JSON json_t *j = NULL;
	size_t t;
	(void)state;
	f->smpte_fps = 25;
	f->smpte_ticks = 40;
	assert_int_equal(smf_add_track(f, &t, NULL), 0);
	assert_int_equal(smf_add(f, t, 0, SMF_NOTE_ON, 0, 60, 64, NULL), 0);
	assert_int_equal(smf_add(f, t, 2000, SMF_NOTE_OFF, 0, 60, 64, NULL), 0);
	assert_int_equal(smf_info(f, &j, NULL), 0);
	assert_true(json_is_null(json_object_get(j, "ppq")));
	assert_int_equal(num(json_object_get(j, "smpte"), "fps"), 25);
	assert_float_equal(num(j, "duration_s"), 2, 1e-9);
}

static void test_a_file_is_transposed_event_by_event(void **state)
{
	AUTO(smf) f = file_of(tune);
	AUTO(smf) was = file_of(tune);
	(void)state;
	assert_int_equal(smf_transpose(f, 3, NULL), 0);
	for (size_t t = 0; t < f->n_tracks; t++)
		for (size_t i = 0; i < f->tracks[t].n_events; i++) {
			const struct smf_event *a = &was->tracks[t].events[i], *b = &f->tracks[t].events[i];
			bool note = a->kind == SMF_NOTE_ON || a->kind == SMF_NOTE_OFF;
			assert_true(a->tick == b->tick);
			assert_int_equal(b->a, a->a + (note ? 3 : 0));
			if (a->kind == SMF_META && a->a == SMF_META_TEXT)
				assert_memory_equal(smf_data(f, b), "C7", b->n_data); /* it was A7 */
			if (a->kind == SMF_META && a->a == SMF_META_KEY)
				assert_int_equal((int8_t)smf_data(f, b)[0], (int8_t)smf_data(was, a)[0] == 2 ? -1 : -4);
		}
	assert_int_equal(smf_transpose(f, 100, NULL), -ERANGE);
	assert_int_equal(f->tracks[1].events[4].a, was->tracks[1].events[4].a + 3);
}

static void test_chord_symbols_move_with_a_file(void **state)
{
	AUTO(smf) f = file_of("X:1\nM:4/4\nL:1/4\nK:C\n\"Am7/G\"C\"F\"D2E|\n");
	AUTO(score) s = NULL;
	(void)state;
	assert_int_equal(smf_transpose(f, 3, NULL), 0);
	assert_int_equal(smf_to_score(f, &s, NULL), 0);
	assert_int_equal(s->n_texts, 2);
	assert_string_equal(s->texts[0].text, "Cm7/Bb");
	assert_string_equal(s->texts[1].text, "Ab");
}

/* Chord symbols and the words of a voice are found again in a file. */
static void test_words_and_chords_survive_a_midi_file(void **state)
{
	AUTO(smf) f = file_of(tune);
	AUTO(score) s = NULL;
	size_t lyrics = 0, chords = 0;
	(void)state;
	assert_int_equal(smf_to_score(f, &s, NULL), 0);
	for (size_t i = 0; i < s->n_texts; i++) {
		lyrics += s->texts[i].kind == SCORE_LYRIC && s->texts[i].voice == 0;
		chords += s->texts[i].kind == SCORE_CHORD && strcmp(s->texts[i].text, "A7") == 0;
	}
	assert_int_equal(lyrics, 3);
	assert_int_equal(chords, 1);
}

/* An event as midicsv tells it. */
static void csv_line(struct strbuf *b, const struct smf *f, size_t track, const struct smf_event *e)
{
	static const char *const channel_names[] = {
		[SMF_NOTE_OFF] = "Note_off_c", [SMF_NOTE_ON] = "Note_on_c",	   [SMF_POLY_PRESSURE] = "Poly_aftertouch_c",
		[SMF_CONTROL] = "Control_c",   [SMF_PROGRAM] = "Program_c",	   [SMF_PRESSURE] = "Channel_aftertouch_c",
		[SMF_BEND] = "Pitch_bend_c",
	};
	const uint8_t *p = smf_data(f, e);
	strbuf_addf(b, "%zu, %llu, ", track + 1, (unsigned long long)e->tick);
	if (e->kind == SMF_PROGRAM || e->kind == SMF_PRESSURE)
		strbuf_addf(b, "%s, %d, %d\n", channel_names[e->kind], e->channel, e->a);
	else if (e->kind == SMF_BEND)
		strbuf_addf(b, "%s, %d, %d\n", channel_names[e->kind], e->channel, e->a | e->b << 7);
	else if (e->kind <= SMF_BEND)
		strbuf_addf(b, "%s, %d, %d, %d\n", channel_names[e->kind], e->channel, e->a, e->b);
	else if (e->a == SMF_META_TEMPO)
		strbuf_addf(b, "Tempo, %d\n", p[0] << 16 | p[1] << 8 | p[2]);
	else if (e->a == SMF_META_METER)
		strbuf_addf(b, "Time_signature, %d, %d, %d, %d\n", p[0], p[1], p[2], p[3]);
	else if (e->a == SMF_META_KEY)
		strbuf_addf(b, "Key_signature, %d, \"%s\"\n", (int8_t)p[0], p[1] ? "minor" : "major");
	else if (e->a == SMF_META_END)
		strbuf_adds(b, "End_track\n");
	else
		strbuf_addf(b, "%s, \"%.*s\"\n",
			    e->a == SMF_META_NAME ? "Title_t" : e->a == SMF_META_LYRIC ? "Lyric_t" :
			    e->a == SMF_META_MARKER ? "Marker_t" : e->a == SMF_META_CUE ? "Cue_point_t" : "Text_t",
			    (int)e->n_data, (const char *)p);
}

static struct score *random_score(uint64_t *seed)
{
	struct score *s = score_new();
	assert_int_equal(score_set_title(s, "any", NULL), 0);
	for (int i = 0; i < 5; i++) {
		double at = seed_below(seed, 64) / 4.0;
		assert_int_equal(score_set_tempo(s, at, 30 + seed_below(seed, 300), NULL), 0);
		assert_int_equal(score_set_key(s, at, (int)seed_below(seed, 15) - 7, seed_below(seed, 2), NULL), 0);
		assert_int_equal(score_set_meter(s, at, 1 + seed_below(seed, 12), 1u << seed_below(seed, 5), NULL), 0);
		assert_int_equal(score_add_text(s, (enum score_text_kind)seed_below(seed, SCORE_TEXT_KIND_COUNT), -1, at, "word", NULL), 0);
	}
	for (int v = 0; v < 3; v++) {
		size_t voice;
		assert_int_equal(score_add_voice(s, v ? "voice" : NULL, &voice, NULL), 0);
		for (int i = 0; i < 60; i++) {
			struct note n = { seed_unit(seed) * 20, seed_unit(seed) * 4, (uint8_t)seed_below(seed, 128),
					  (uint8_t)(1 + seed_below(seed, 127)), (uint8_t)seed_below(seed, 16),
					  (uint8_t)seed_below(seed, 128) };
			struct score_control c = { seed_unit(seed) * 20, (enum score_control_kind)seed_below(seed, SCORE_CONTROL_KIND_COUNT),
						   (uint8_t)seed_below(seed, 16), (uint8_t)seed_below(seed, 128),
						   (uint16_t)seed_below(seed, 128) };
			assert_int_equal(score_add_note(s, voice, &n, NULL), 0);
			assert_int_equal(score_add_control(s, voice, &c, NULL), 0);
		}
	}
	score_sort(s);
	return s;
}

static void put_file(const char *path, const uint8_t *bytes, size_t n)
{
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static char *what_midicsv_reads(const uint8_t *bytes, size_t n)
{
	char path[] = "/tmp/test-midicsv-XXXXXX", command[100];
	AUTO_STRBUF b = STRBUF_INIT;
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	put_file(path, bytes, n);
	(void)snprintf(command, sizeof(command), "midicsv %s", path);
	FILE *f = popen(command, "r");
	assert_non_null(f);
	for (int c = fgetc(f); c != EOF; c = fgetc(f))
		strbuf_addc(&b, (char)c);
	assert_int_equal(pclose(f), 0);
	assert_int_equal(unlink(path), 0);
	return strbuf_take(&b);
}

/* Rows: L25 */
static void test_another_program_reads_every_event_as_it_was_meant(void **state)
{
	uint64_t seed = seed_start();
	(void)state;
	if (access("/usr/bin/midicsv", X_OK) < 0)
		skip();
	for (int i = 0; i < 5; i++) {
		AUTO(score) s = random_score(&seed);
		AUTO(smf) f = NULL;
		uint8_t AUTO_MEM *bytes = NULL;
		AUTO_STRBUF want = STRBUF_INIT;
		size_t n;
		assert_int_equal(score_to_smf(s, 480, &f, NULL), 0);
		assert_int_equal(score_write_smf(s, &bytes, &n, NULL), 0);
		strbuf_addf(&want, "0, 0, Header, 1, %zu, 480\n", f->n_tracks);
		for (size_t t = 0; t < f->n_tracks; t++) {
			strbuf_addf(&want, "%zu, 0, Start_track\n", t + 1);
			for (size_t k = 0; k < f->tracks[t].n_events; k++)
				csv_line(&want, f, t, &f->tracks[t].events[k]);
		}
		strbuf_adds(&want, "0, 0, End_of_file\n");
		char AUTO_MEM *got = what_midicsv_reads(bytes, n);
		assert_string_equal(got, want.s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_facts_of_a_file_are_told),
		cmocka_unit_test(test_smpte_files_have_no_quarters),
		cmocka_unit_test(test_a_file_is_transposed_event_by_event),
		cmocka_unit_test(test_chord_symbols_move_with_a_file),
		cmocka_unit_test(test_words_and_chords_survive_a_midi_file),
		cmocka_unit_test(test_another_program_reads_every_event_as_it_was_meant),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

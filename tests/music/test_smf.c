#include <stdio.h>
#include <string.h>

#include "../seed.h"
#include "../check.h"
#include "base/hex.h"
#include "base/str.h"
#include "music/smf.h"

/* Hex with blanks; HEAD(format, tracks, division) and TRACK(length) keep the rows readable. */
#define HEAD0 "4d546864 00000006 0000 0001 01e0 "
#define HEAD1 "4d546864 00000006 0001 0002 01e0 "
#define EOT   "00 ff2f00"

struct row {
	const char *name, *hex;
	const char *want; /* the dump, or NULL where the file is refused */
	size_t offset;    /* of the mistake */
};

static const struct row rows[] = {
	{ "one note", HEAD0 "4d54726b 0000000d 00 903c64 8360 803c40 " EOT, "0 on 0 60 100,480 off 0 60 64,480 meta 47;", 0 },
	{ "no tracks of notes", HEAD0 "4d54726b 00000004 " EOT, "0 meta 47;", 0 },
	{ "running status", HEAD0 "4d54726b 00000011 00 903c64 60 3c00 00 3e64 60 3e00 " EOT,
	  "0 on 0 60 100,96 on 0 60 0,96 on 0 62 100,192 on 0 62 0,192 meta 47;", 0 },
	{ "running status over a meta event", HEAD0 "4d54726b 00000010 00 903c64 00 ff010141 00 3e64 " EOT,
	  "0 on 0 60 100,0 meta 1 41,0 on 0 62 100,0 meta 47;", 0 },
	{ "running status over sysex", HEAD0 "4d54726b 00000010 00 913c64 00 f0027df7 00 3e64 " EOT,
	  "0 on 1 60 100,0 sysex 7df7,0 on 1 62 100,0 meta 47;", 0 },
	{ "pressure has one data byte", HEAD0 "4d54726b 0000000a 00 d240 00 c305 " EOT,
	  "0 pressure 2 64,0 program 3 5,0 meta 47;", 0 },
	{ "bend is fourteen bits", HEAD0 "4d54726b 0000000c 00 e07f7f 00 e00000 " EOT,
	  "0 bend 0 16383,0 bend 0 0,0 meta 47;", 0 },
	{ "polyphonic pressure and controller", HEAD0 "4d54726b 0000000c 00 a53c11 00 b54007 " EOT,
	  "0 poly 5 60 17,0 control 5 64 7,0 meta 47;", 0 },
	{ "escape", HEAD0 "4d54726b 00000009 00 f702fa01 " EOT, "0 escape fa01,0 meta 47;", 0 },
	{ "sysex with continuation", HEAD0 "4d54726b 0000000f 00 f0024312 10 f70343f7f7 " EOT,
	  "0 sysex 4312,16 escape 43f7f7,16 meta 47;", 0 },
	{ "no end of track", HEAD0 "4d54726b 00000004 00 903c64", "0 on 0 60 100;", 0 },
	{ "events behind the end", HEAD0 "4d54726b 00000008 " EOT " 00 903c64", "0 meta 47;", 0 },
	{ "padded delta", HEAD0 "4d54726b 00000007 808000 ff2f00 00", "0 meta 47;", 0 },
	{ "largest delta", HEAD0 "4d54726b 00000007 ffffff7f ff2f00", "268435455 meta 47;", 0 },
	{ "longer header", "4d546864 00000008 0000 0001 0060 beef 4d54726b 00000004 " EOT, "0 meta 47;", 0 },
	{ "alien chunk first", HEAD0 "58595a30 00000003 010203 4d54726b 00000004 " EOT, "0 meta 47;", 0 },
	{ "alien chunk between", HEAD1 "4d54726b 00000004 " EOT " 58595a30 00000001 ff 4d54726b 00000004 " EOT,
	  "0 meta 47;0 meta 47;", 0 },
	{ "more tracks than told", HEAD0 "4d54726b 00000004 " EOT " 4d54726b 00000004 " EOT, "0 meta 47;0 meta 47;", 0 },
	{ "fewer tracks than told", HEAD1 "4d54726b 00000004 " EOT, "0 meta 47;", 0 },
	{ "a few bytes behind", HEAD0 "4d54726b 00000004 " EOT " 4d547200", "0 meta 47;", 0 },
	{ "division 0", "4d546864 00000006 0000 0001 0000 4d54726b 00000004 " EOT, "0 meta 47;", 0 },
	{ "SMPTE division", "4d546864 00000006 0000 0001 e728 4d54726b 00000004 " EOT, "0 meta 47;", 0 },
	{ "empty text", HEAD0 "4d54726b 00000008 00 ff0100 " EOT, "0 meta 1 ,0 meta 47;", 0 },
	{ "empty file", "", NULL, 0 },
	{ "other magic", "52494646 00000006", NULL, 0 },
	{ "cut header", "4d546864 00000006 0000", NULL, 10 },
	{ "short header", "4d546864 00000004 0000 0001 0060", NULL, 4 },
	{ "header longer than the file", "4d546864 7fffffff 0000 0001 0060", NULL, 4 },
	{ "format 9", "4d546864 00000006 0009 0001 0060 4d54726b 00000004 " EOT, NULL, 8 },
	{ "11 frames a second", "4d546864 00000006 0000 0001 f528 4d54726b 00000004 " EOT, NULL, 12 },
	{ "no track", HEAD0, NULL, 14 },
	{ "track longer than the file", HEAD0 "4d54726b ffffffff " EOT, NULL, 18 },
	{ "data byte with the top bit", HEAD0 "4d54726b 00000008 00 903c80 " EOT, NULL, 25 },
	{ "data before any status", HEAD0 "4d54726b 00000007 00 3c64 " EOT, NULL, 23 },
	{ "event cut by the chunk", HEAD0 "4d54726b 00000003 00 903c", NULL, 25 },
	{ "delta of five bytes", HEAD0 "4d54726b 00000008 8080808000 ff2f00", NULL, 22 },
	{ "delta cut", HEAD0 "4d54726b 00000001 81", NULL, 23 },
	{ "delta without an event", HEAD0 "4d54726b 00000001 00", NULL, 23 },
	{ "payload longer than the track", HEAD0 "4d54726b 00000006 00 ff0190 00 00", NULL, 27 },
	{ "system real time", HEAD0 "4d54726b 00000006 00 f8 " EOT, NULL, 23 },
	{ "song position", HEAD0 "4d54726b 00000008 00 f20000 " EOT, NULL, 23 },
	{ "short tempo", HEAD0 "4d54726b 0000000a 00 ff510207a1 " EOT, NULL, 23 },
	{ "short time signature", HEAD0 "4d54726b 0000000a 00 ff58020402 " EOT, NULL, 23 },
	{ "short key signature", HEAD0 "4d54726b 00000009 00 ff590100 " EOT, NULL, 23 },
	{ "meta type 128", HEAD0 "4d54726b 00000008 00 ff8000 " EOT, NULL, 24 },
};

static size_t unhex(const char *hex, uint8_t *ret, size_t room)
{
	char AUTO_MEM *digits = calloc(1, strlen(hex) + 1);
	size_t n = 0;
	assert_non_null(digits);
	for (; *hex; hex++)
		if (*hex != ' ')
			digits[n++] = *hex;
	assert_true(n / 2 <= room && n % 2 == 0);
	assert_int_equal(hex_decode(ret, digits, n), 0);
	return n / 2;
}

static void dump(const struct smf *f, struct strbuf *b)
{
	static const char *const names[] = { "off", "on", "poly", "control", "program", "pressure",
					     "bend", "meta", "sysex", "escape" };
	for (size_t i = 0; i < f->n_tracks; i++) {
		for (size_t k = 0; k < f->tracks[i].n_events; k++) {
			const struct smf_event *e = &f->tracks[i].events[k];
			strbuf_addf(b, "%s%llu %s", k ? "," : "", (unsigned long long)e->tick, names[e->kind]);
			if (e->kind < SMF_META)
				strbuf_addf(b, " %d", e->channel);
			if (e->kind == SMF_BEND)
				strbuf_addf(b, " %d", e->a | e->b << 7);
			else if (e->kind <= SMF_META)
				strbuf_addf(b, " %d", e->a);
			if (e->kind <= SMF_CONTROL)
				strbuf_addf(b, " %d", e->b);
			if (e->kind >= SMF_META && !(e->kind == SMF_META && e->a == SMF_META_END))
				strbuf_adds(b, " ");
			for (uint32_t x = 0; x < e->n_data; x++)
				strbuf_addf(b, "%02x", smf_data(f, e)[x]);
		}
		strbuf_adds(b, ";");
	}
}

static void test_files_give_their_events_or_the_byte_of_the_mistake(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint8_t bytes[256];
		size_t n = unhex(rows[i].hex, bytes, sizeof(bytes));
		struct err err = ERR_INIT;
		AUTO(smf) f = NULL;
		AUTO_STRBUF got = STRBUF_INIT;
		int r = smf_read(bytes, n, &f, &err);
		if (!rows[i].want) {
			char where[32];
			(void)snprintf(where, sizeof(where), "byte %zu:", rows[i].offset);
			if (r != -EBADMSG || !str_starts(err.msg, where))
				fail_msg("%s: %d '%s', not '%s'", rows[i].name, r, err.msg, where);
			continue;
		}
		if (r < 0)
			fail_msg("%s: %s", rows[i].name, err.msg);
		dump(f, &got);
		if (strcmp(got.s, rows[i].want) != 0)
			fail_msg("%s: '%s', not '%s'", rows[i].name, got.s, rows[i].want);
	}
}

static void check_round_trip(const struct smf *f, unsigned flags)
{
	uint8_t AUTO_MEM *bytes = NULL;
	size_t n = 0;
	AUTO(smf) again = NULL;
	AUTO_STRBUF a = STRBUF_INIT, b = STRBUF_INIT;
	struct err err = ERR_INIT;
	assert_int_equal(smf_write(f, flags, &bytes, &n, &err), 0);
	assert_int_equal(smf_read(bytes, n, &again, &err), 0);
	dump(f, &a);
	dump(again, &b);
	assert_string_equal(a.s ? a.s : "", b.s ? b.s : "");
	assert_int_equal(f->format, again->format);
	assert_int_equal(f->ticks_per_quarter, again->ticks_per_quarter);
	assert_int_equal(f->smpte_fps, again->smpte_fps);
	assert_int_equal(f->smpte_ticks, again->smpte_ticks);
}

static uint32_t draw(uint64_t *seed, uint32_t below)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 33) % below;
}

static struct smf *random_file(uint64_t *seed)
{
	struct smf *f = smf_new(1, (uint16_t)(1 + draw(seed, 960)));
	size_t tracks = 1 + draw(seed, 4);
	assert_non_null(f);
	for (size_t t = 0; t < tracks; t++) {
		uint64_t tick = 0;
		size_t index;
		assert_int_equal(smf_add_track(f, &index, NULL), 0);
		for (uint32_t i = draw(seed, 60); i > 0; i--) {
			enum smf_kind kind = (enum smf_kind)draw(seed, SMF_KIND_COUNT);
			uint8_t data[300] = { 0 };
			bool one = kind == SMF_PROGRAM || kind == SMF_PRESSURE;
			tick += draw(seed, 3) ? draw(seed, 200) : draw(seed, 3000000);
			if (kind <= SMF_BEND)
				assert_int_equal(smf_add(f, index, tick, kind, (uint8_t)draw(seed, 16),
							 (uint8_t)draw(seed, 128),
							 one ? 0 : (uint8_t)draw(seed, 128), NULL), 0);
			else
				assert_int_equal(smf_add_data(f, index, tick, kind,
							      (uint8_t)(kind == SMF_META ? 1 + draw(seed, 9) : 0),
							      data, draw(seed, 300), NULL), 0);
		}
		assert_int_equal(smf_add_data(f, index, tick, SMF_META, SMF_META_END, NULL, 0, NULL), 0);
	}
	return f;
}

static void test_what_is_written_reads_as_the_same_events(void **state)
{
	uint64_t seed = test_seed();
	(void)state;
	for (int i = 0; i < 200; i++) {
		AUTO(smf) f = random_file(&seed);
		check_round_trip(f, SMF_WRITE_PLAIN);
		check_round_trip(f, SMF_WRITE_RUNNING_STATUS);
	}
}

static void test_running_status_saves_bytes(void **state)
{
	AUTO(smf) f = smf_new(0, 96);
	uint8_t AUTO_MEM *plain = NULL;
	uint8_t AUTO_MEM *running = NULL;
	size_t n_plain, n_running, t;
	(void)state;
	assert_int_equal(smf_add_track(f, &t, NULL), 0);
	for (uint8_t i = 0; i < 10; i++)
		assert_int_equal(smf_add(f, t, i, SMF_NOTE_ON, 3, i, 64, NULL), 0);
	assert_int_equal(smf_write(f, SMF_WRITE_PLAIN, &plain, &n_plain, NULL), 0);
	assert_int_equal(smf_write(f, SMF_WRITE_RUNNING_STATUS, &running, &n_running, NULL), 0);
	assert_int_equal(n_plain - n_running, 9);
}

static void test_the_builder_refuses_what_cannot_be_written(void **state)
{
	AUTO(smf) f = smf_new(0, 96);
	struct err err = ERR_INIT;
	uint8_t *bytes = NULL;
	size_t n, t;
	(void)state;
	assert_int_equal(smf_write(f, 0, &bytes, &n, &err), -EINVAL); /* format 0 without a track */
	assert_int_equal(smf_add_track(f, &t, &err), 0);
	assert_int_equal(smf_add(f, 1, 0, SMF_NOTE_ON, 0, 1, 1, &err), -EINVAL);
	assert_int_equal(smf_add(f, t, 0, SMF_NOTE_ON, 16, 1, 1, &err), -EINVAL);
	assert_int_equal(smf_add(f, t, 0, SMF_NOTE_ON, 0, 128, 1, &err), -EINVAL);
	assert_int_equal(smf_add(f, t, 0, SMF_META, 0, 1, 1, &err), -EINVAL);
	assert_int_equal(smf_add_data(f, t, 0, SMF_NOTE_ON, 0, NULL, 0, &err), -EINVAL);
	assert_int_equal(smf_add(f, t, 10, SMF_NOTE_ON, 0, 1, 1, &err), 0);
	assert_int_equal(smf_add(f, t, 9, SMF_NOTE_OFF, 0, 1, 1, &err), -EINVAL);
	assert_int_equal(smf_add_data(f, t, 10, SMF_META, SMF_META_END, NULL, 0, &err), 0);
	assert_int_equal(smf_add(f, t, 11, SMF_NOTE_OFF, 0, 1, 1, &err), -EINVAL);
	assert_null(bytes);
}

static void read_hex(const char *hex, struct score **ret)
{
	uint8_t bytes[512];
	struct err err = ERR_INIT;
	size_t n = unhex(hex, bytes, sizeof(bytes));
	if (score_read_smf(bytes, n, ret, &err) < 0)
		fail_msg("%s", err.msg);
}

static void test_the_first_off_ends_the_first_on(void **state)
{
	AUTO(score) s = NULL;
	(void)state;
	/* on, a beat later on again, then offs at beats 2 and 3 */
	read_hex(HEAD0 "4d54726b 00000019 00 903c64 8360 903c50 8360 803c40 8360 803c41 " EOT " 000000", &s);
	assert_int_equal(s->voices[0].n_notes, 2);
	assert_float_equal(s->voices[0].notes[0].duration_beats, 2, 1e-9);
	assert_float_equal(s->voices[0].notes[1].duration_beats, 2, 1e-9);
	assert_int_equal(s->voices[0].notes[1].release, 0x41);
}

static void test_a_note_left_on_ends_with_its_track(void **state)
{
	AUTO(score) s = NULL;
	(void)state;
	read_hex(HEAD0 "4d54726b 00000009 00 903c64 8740 ff2f00", &s);
	assert_float_equal(s->voices[0].notes[0].duration_beats, 2, 1e-9);
	assert_float_equal(s->end_beats, 2, 1e-9);
}

static void test_zero_tempo_and_zero_division_divide_nothing(void **state)
{
	AUTO(score) s = NULL;
	(void)state;
	read_hex("4d546864 00000006 0000 0001 0000 4d54726b 00000014 00 ff5103000000 00 903c64 8360 803c40 " EOT, &s);
	assert_int_equal(s->n_tempos, 0);
	assert_float_equal(s->voices[0].notes[0].duration_beats, 1, 1e-9);
}

static void test_smpte_ticks_are_half_seconds_a_beat(void **state)
{
	AUTO(score) s = NULL;
	(void)state;
	/* 25 frames of 40 ticks: 1000 ticks a second are two beats */
	read_hex("4d546864 00000006 0000 0001 e728 4d54726b 0000000d 00 903c64 8768 803c40 " EOT, &s);
	assert_float_equal(s->voices[0].notes[0].duration_beats, 2, 1e-9);
}

static void test_format_0_gives_a_voice_a_channel(void **state)
{
	AUTO(score) s = NULL;
	(void)state;
	read_hex(HEAD0 "4d54726b 00000014 00 933c64 00 943e64 60 833c40 00 843e40 " EOT, &s);
	assert_int_equal(s->n_voices, 2);
	assert_int_equal(s->voices[0].notes[0].channel, 3);
	assert_int_equal(s->voices[1].notes[0].channel, 4);
}

static void test_patterns_of_format_2_follow_one_another(void **state)
{
	AUTO(score) s = NULL;
	(void)state;
	read_hex("4d546864 00000006 0002 0002 01e0 4d54726b 0000000d 00 903c64 8360 803c40 " EOT
		 " 4d54726b 0000000d 00 903e64 8360 803e40 " EOT, &s);
	assert_int_equal(s->n_voices, 2);
	assert_float_equal(s->voices[1].notes[0].start_beats, 4, 1e-9);
}

static struct score *small_score(void)
{
	struct score *s = score_new();
	size_t v;
	assert_non_null(s);
	assert_int_equal(score_set_title(s, "Title", NULL), 0);
	assert_int_equal(score_add_voice(s, "Voice", &v, NULL), 0);
	assert_int_equal(score_set_meter(s, 0, 6, 8, NULL), 0);
	assert_int_equal(score_set_tempo(s, 0, 90, NULL), 0);
	assert_int_equal(score_set_tempo(s, 3.5, 60, NULL), 0);
	assert_int_equal(score_set_key(s, 0, -3, true, NULL), 0);
	assert_int_equal(score_add_text(s, SCORE_MARKER, -1, 0.5, "A", NULL), 0);
	assert_int_equal(score_add_text(s, SCORE_LYRIC, 0, 0.5, "la-", NULL), 0);
	assert_int_equal(score_add_control(s, v, &(struct score_control){ 0, SCORE_PROGRAM, 2, 0, 40 }, NULL), 0);
	assert_int_equal(score_add_control(s, v, &(struct score_control){ 1, SCORE_BEND, 2, 0, 12345 }, NULL), 0);
	for (int i = 0; i < 7; i++)
		assert_int_equal(score_add_note(s, v, &(struct note){ .start_beats = i * 0.5, .duration_beats = 0.5,
								      .pitch = (uint8_t)(60 + i), .velocity = 90,
								      .channel = 2, .release = 64 }, NULL), 0);
	s->pickup_beats = 0.5;
	return s;
}

static bool same_note(const struct note *a, const struct note *b)
{
	return a->start_beats == b->start_beats && a->duration_beats == b->duration_beats && a->pitch == b->pitch &&
	       a->velocity == b->velocity && a->channel == b->channel && a->release == b->release;
}

static void test_a_score_survives_the_way_through_a_file(void **state)
{
	AUTO(score) s = small_score();
	AUTO(score) back = NULL;
	uint8_t AUTO_MEM *bytes = NULL;
	size_t n;
	(void)state;
	assert_int_equal(score_write_smf(s, &bytes, &n, NULL), 0);
	assert_int_equal(score_read_smf(bytes, n, &back, NULL), 0);
	assert_string_equal(back->title, "Title");
	assert_int_equal(back->n_voices, 1);
	assert_string_equal(back->voices[0].name, "Voice");
	assert_int_equal(back->voices[0].n_notes, 7);
	for (size_t i = 0; i < 7; i++)
		assert_true(same_note(&back->voices[0].notes[i], &s->voices[0].notes[i]));
	assert_int_equal(back->voices[0].n_controls, 2);
	assert_int_equal(back->voices[0].controls[1].value, 12345);
	assert_float_equal(back->pickup_beats, 0.5, 1e-9);
	assert_int_equal(score_meter_at(back, 1).num, 6);
	assert_int_equal(back->n_meters, 1);
	assert_float_equal(score_bpm_at(back, 4), 60, 1e-6);
	assert_int_equal(score_key_at(back, 1).sharps, -3);
	assert_true(score_key_at(back, 1).minor);
	assert_int_equal(back->n_texts, 2);
	assert_float_equal(back->end_beats, s->end_beats, 1e-9);
}

static void test_too_far_and_too_coarse_are_refused(void **state)
{
	AUTO(score) s = small_score();
	struct smf *f = NULL;
	(void)state;
	assert_int_equal(score_to_smf(s, 0, &f, NULL), -EINVAL);
	assert_int_equal(score_to_smf(s, 40000, &f, NULL), -EINVAL);
	assert_int_equal(score_set_tempo(s, 1e9, 90, NULL), 0);
	s->tempos[s->n_tempos - 1].at_beats = 1e30;
	assert_int_equal(score_to_smf(s, 480, &f, NULL), -EINVAL);
	assert_null(f);
}

/* 3e9 beats of one tick, then an event: what walked bars there could not get on. */
static void test_a_file_longer_than_any_music_is_refused(void **state)
{
	static const struct {
		enum smf_kind kind;
		uint8_t a, b;
	} last[] = { { SMF_NOTE_ON, 60, 90 }, { SMF_PROGRAM, 3, 0 } };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(last); i++) {
		AUTO(smf) f = smf_new(1, 1);
		struct score *s = NULL;
		struct err err = ERR_INIT;
		size_t track;
		assert_int_equal(smf_add_track(f, &track, NULL), 0);
		assert_int_equal(smf_add_data(f, track, 0, SMF_META, SMF_META_METER, "\1\17\30\10", 4, NULL), 0);
		assert_int_equal(smf_add(f, track, 3000000000u, last[i].kind, 0, last[i].a, last[i].b, NULL), 0);
		assert_int_equal(smf_add_data(f, track, 3000000001u, SMF_META, SMF_META_END, NULL, 0, NULL), 0);
		assert_int_equal(smf_to_score(f, &s, &err), -EMSGSIZE);
		assert_non_null(strstr(err.msg, "beat 300000000"));
	}
	AUTO(smf) f = smf_new(1, 1);
	struct score *s = NULL;
	size_t track;
	assert_int_equal(smf_add_track(f, &track, NULL), 0);
	assert_int_equal(smf_add_data(f, track, 3000000000u, SMF_META, SMF_META_END, NULL, 0, NULL), 0);
	assert_int_equal(smf_to_score(f, &s, NULL), -EMSGSIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files_give_their_events_or_the_byte_of_the_mistake),
		cmocka_unit_test(test_what_is_written_reads_as_the_same_events),
		cmocka_unit_test(test_running_status_saves_bytes),
		cmocka_unit_test(test_the_builder_refuses_what_cannot_be_written),
		cmocka_unit_test(test_the_first_off_ends_the_first_on),
		cmocka_unit_test(test_a_note_left_on_ends_with_its_track),
		cmocka_unit_test(test_zero_tempo_and_zero_division_divide_nothing),
		cmocka_unit_test(test_smpte_ticks_are_half_seconds_a_beat),
		cmocka_unit_test(test_format_0_gives_a_voice_a_channel),
		cmocka_unit_test(test_patterns_of_format_2_follow_one_another),
		cmocka_unit_test(test_a_score_survives_the_way_through_a_file),
		cmocka_unit_test(test_too_far_and_too_coarse_are_refused),
		cmocka_unit_test(test_a_file_longer_than_any_music_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

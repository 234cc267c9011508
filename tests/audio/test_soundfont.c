#include "audio/soundfont.h"

#include "base/str.h"

#include "../check.h"
#include "../seed.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* --- a small bank, made by hand: a piano over the keyboard in two halves, and a drum kit --- */

struct bank {
	struct strbuf phdr, pbag, pgen, inst, ibag, igen, shdr;
};

static void put16(struct strbuf *b, unsigned v)
{
	const uint8_t bytes[2] = { (uint8_t)v, (uint8_t)(v >> 8) };
	assert_int_equal(strbuf_add(b, bytes, 2), 0);
}

static void put32(struct strbuf *b, unsigned long v)
{
	put16(b, v & 0xffff);
	put16(b, (unsigned)(v >> 16));
}

static void put_name(struct strbuf *b, const char *name)
{
	char bytes[20] = { 0 };
	(void)str_copy(bytes, sizeof(bytes), name);
	assert_int_equal(strbuf_add(b, bytes, sizeof(bytes)), 0);
}

static void put_chunk(struct strbuf *b, const char *id, const struct strbuf *data)
{
	assert_int_equal(strbuf_add(b, id, 4), 0);
	put32(b, data->n);
	assert_int_equal(strbuf_add(b, data->s, data->n), 0);
	if (data->n & 1)
		assert_int_equal(strbuf_addc(b, '\0'), 0);
}

static void preset(struct bank *b, const char *name, unsigned program, unsigned bank)
{
	put_name(&b->phdr, name);
	put16(&b->phdr, program);
	put16(&b->phdr, bank);
	put16(&b->phdr, (unsigned)b->pbag.n / 4);
	put32(&b->phdr, 0), put32(&b->phdr, 0), put32(&b->phdr, 0);
}

static void instrument(struct bank *b, const char *name)
{
	put_name(&b->inst, name);
	put16(&b->inst, (unsigned)b->ibag.n / 4);
}

static void bag(struct strbuf *bags, const struct strbuf *gens)
{
	put16(bags, (unsigned)gens->n / 4);
	put16(bags, 0);
}

static void gen(struct strbuf *gens, unsigned kind, unsigned amount)
{
	put16(gens, kind);
	put16(gens, amount);
}

static void sample(struct bank *b, const char *name, unsigned root)
{
	put_name(&b->shdr, name);
	put32(&b->shdr, 0), put32(&b->shdr, 1000), put32(&b->shdr, 10), put32(&b->shdr, 900);
	put32(&b->shdr, 44100);
	assert_int_equal(strbuf_addc(&b->shdr, (char)root), 0);
	assert_int_equal(strbuf_addc(&b->shdr, 0), 0);
	put16(&b->shdr, 0), put16(&b->shdr, 1);
}

#define KEYS(lo, hi) ((lo) | (hi) << 8)

static void fill(struct bank *b)
{
	memset(b, 0, sizeof(*b));
	/* The drums stand first in the file and come last in the list. */
	preset(b, "Kit", 0, 128);
	bag(&b->pbag, &b->pgen), gen(&b->pgen, 41, 1);
	preset(b, "Grand \xff Piano", 0, 0);
	bag(&b->pbag, &b->pgen), gen(&b->pgen, 43, KEYS(21, 108)); /* global: no instrument */
	bag(&b->pbag, &b->pgen), gen(&b->pgen, 41, 0);
	preset(b, "EOP", 0, 0);
	bag(&b->pbag, &b->pgen), gen(&b->pgen, 0, 0);

	instrument(b, "piano");
	bag(&b->ibag, &b->igen), gen(&b->igen, 43, KEYS(0, 59)), gen(&b->igen, 53, 0);
	bag(&b->ibag, &b->igen), gen(&b->igen, 43, KEYS(60, 127)), gen(&b->igen, 58, 72), gen(&b->igen, 53, 1);
	instrument(b, "kit");
	bag(&b->ibag, &b->igen), gen(&b->igen, 43, KEYS(36, 36)), gen(&b->igen, 53, 2);
	bag(&b->ibag, &b->igen), gen(&b->igen, 43, KEYS(42, 42)), gen(&b->igen, 57, 1), gen(&b->igen, 53, 3);
	bag(&b->ibag, &b->igen), gen(&b->igen, 43, KEYS(42, 42)), gen(&b->igen, 57, 1), gen(&b->igen, 53, 3);
	instrument(b, "EOI");
	bag(&b->ibag, &b->igen), gen(&b->igen, 0, 0);

	sample(b, "low", 48), sample(b, "high", 60), sample(b, "kick", 36), sample(b, "hat", 42), sample(b, "EOS", 0);
}

static void bank_done(struct bank *b)
{
	struct strbuf *const all[] = { &b->phdr, &b->pbag, &b->pgen, &b->inst, &b->ibag, &b->igen, &b->shdr };
	for (size_t i = 0; i < COUNT_OF(all); i++)
		strbuf_done(all[i]);
}

static void write_bank(const struct bank *b, struct strbuf *ret)
{
	AUTO_STRBUF info = STRBUF_INIT;
	AUTO_STRBUF pdta = STRBUF_INIT;
	AUTO_STRBUF sdta = STRBUF_INIT;
	AUTO_STRBUF body = STRBUF_INIT;
	AUTO_STRBUF text = STRBUF_INIT;
	(void)strbuf_adds(&info, "INFO");
	put16(&text, 2), put16(&text, 4);
	put_chunk(&info, "ifil", &text);
	strbuf_clear(&text);
	(void)strbuf_adds(&text, "Little bank");
	put_chunk(&info, "INAM", &text);
	(void)strbuf_adds(&sdta, "sdtasmpl");
	put32(&sdta, 8), put32(&sdta, 0), put32(&sdta, 0);
	(void)strbuf_adds(&pdta, "pdta");
	put_chunk(&pdta, "phdr", &b->phdr), put_chunk(&pdta, "pbag", &b->pbag), put_chunk(&pdta, "pgen", &b->pgen);
	put_chunk(&pdta, "inst", &b->inst), put_chunk(&pdta, "ibag", &b->ibag), put_chunk(&pdta, "igen", &b->igen);
	put_chunk(&pdta, "shdr", &b->shdr);
	(void)strbuf_adds(&body, "sfbk");
	put_chunk(&body, "LIST", &info), put_chunk(&body, "LIST", &sdta), put_chunk(&body, "LIST", &pdta);
	put_chunk(ret, "RIFF", &body);
}

/* Rows: H-A10 */
static void test_soundfont_presets_are_listed_with_their_keys(void **state)
{
	struct bank b;
	AUTO_STRBUF bytes = STRBUF_INIT;
	AUTO(soundfont) s = NULL;
	fill(&b);
	write_bank(&b, &bytes);
	assert_int_equal(soundfont_read(bytes.s, bytes.n, &s, NULL), 0);
	const struct soundfont_info *i = soundfont_info(s);
	assert_string_equal(i->name, "Little bank");
	assert_true(i->major == 2 && i->minor == 4 && i->sample_bytes == 8);
	size_t n;
	const struct soundfont_preset *p = soundfont_presets(s, &n);
	assert_int_equal(n, 2);
	assert_string_equal(p[0].name, "Grand ? Piano");
	assert_true(p[0].bank == 0 && p[0].program == 0 && p[0].key_lo == 21 && p[0].key_hi == 108 && p[0].n_zones == 2);
	assert_string_equal(p[1].name, "Kit");
	assert_true(p[1].bank == SOUNDFONT_DRUM_BANK && p[1].key_lo == 36 && p[1].key_hi == 42 && p[1].n_zones == 3);

	struct soundfont_key keys[128];
	soundfont_keys(s, &p[0], keys);
	assert_null(keys[20].instrument);
	assert_string_equal(keys[21].sample->name, "low");
	assert_int_equal(keys[59].root_key, 48);
	assert_string_equal(keys[60].sample->name, "high");
	assert_int_equal(keys[60].root_key, 72); /* the zone's counts, not the sample's */
	assert_null(keys[109].sample);
	soundfont_keys(s, &p[1], keys);
	assert_string_equal(keys[36].sample->name, "kick");
	assert_string_equal(keys[36].instrument, "kit");
	assert_true(keys[42].n_layers == 2 && keys[42].exclusive_class == 1 && keys[37].n_layers == 0);
	bank_done(&b);
}

static void test_soundfont_damage_is_refused_with_its_place(void **state)
{
	struct bank b;
	AUTO_STRBUF bytes = STRBUF_INIT;
	fill(&b);
	write_bank(&b, &bytes);
	for (size_t n = 0; n < bytes.n - 1; n++) {
		AUTO(soundfont) s = NULL;
		struct err err = ERR_INIT;
		assert_int_equal(soundfont_read(bytes.s, n, &s, &err), -EBADMSG);
		assert_true(err.msg[0] && !s);
	}
	struct err err = ERR_INIT;
	struct soundfont *s = NULL;
	(void)strbuf_addc(&b.shdr, 0);
	strbuf_clear(&bytes);
	write_bank(&b, &bytes);
	assert_int_equal(soundfont_read(bytes.s, bytes.n, &s, &err), -EBADMSG);
	assert_non_null(strstr(err.msg, "shdr"));
	assert_int_equal(soundfont_read("RIFFxxxxWAVEfmt ", 16, &s, &err), -EBADMSG);
	assert_non_null(strstr(err.msg, "no SoundFont"));
	assert_int_equal(soundfont_open("/nowhere/x.sf2", &s, &err), -ENOENT);
	bank_done(&b);
}

static void test_soundfont_whose_zones_refer_to_everything_is_refused_in_time(void **state)
{
	struct bank b;
	AUTO_STRBUF bytes = STRBUF_INIT;
	memset(&b, 0, sizeof(b));
	preset(&b, "bomb", 0, 0);
	for (int i = 0; i < 20000; i++)
		bag(&b.pbag, &b.pgen), gen(&b.pgen, 41, 0);
	preset(&b, "EOP", 0, 0);
	bag(&b.pbag, &b.pgen), gen(&b.pgen, 0, 0);
	instrument(&b, "all");
	for (int i = 0; i < 20000; i++)
		bag(&b.ibag, &b.igen), gen(&b.igen, 53, 0);
	instrument(&b, "EOI");
	bag(&b.ibag, &b.igen), gen(&b.igen, 0, 0);
	sample(&b, "x", 60), sample(&b, "EOS", 0);
	write_bank(&b, &bytes);
	struct soundfont *s = NULL;
	struct err err = ERR_INIT;
	assert_int_equal(soundfont_read(bytes.s, bytes.n, &s, &err), -EBADMSG);
	assert_non_null(strstr(err.msg, "without end"));
	bank_done(&b);
}

static void test_soundfont_with_flipped_bytes_is_read_or_refused(void **state)
{
	uint64_t seed = seed_start();
	struct bank b;
	AUTO_STRBUF bytes = STRBUF_INIT;
	fill(&b);
	write_bank(&b, &bytes);
	for (int round = 0; round < 20000; round++) {
		AUTO_STRBUF bad = STRBUF_INIT;
		AUTO(soundfont) s = NULL;
		struct err err = ERR_INIT;
		assert_int_equal(strbuf_add(&bad, bytes.s, bytes.n), 0);
		for (uint32_t i = 1 + seed_below(&seed, 4); i > 0; i--)
			bad.s[seed_below(&seed, (uint32_t)bad.n)] = (char)seed_next(&seed);
		int r = soundfont_read(bad.s, bad.n, &s, &err);
		assert_true(r == 0 || (r < 0 && err.msg[0]));
		size_t n = 0;
		const struct soundfont_preset *p = s ? soundfont_presets(s, &n) : NULL;
		for (size_t i = 0; i < n; i++) {
			struct soundfont_key keys[128];
			soundfont_keys(s, &p[i], keys);
		}
	}
	bank_done(&b);
}

/* Rows: H-A10 */
static void test_soundfont_of_general_midi_has_its_programs_and_drums(void **state)
{
	static const char *const path = "/usr/share/sounds/sf2/TimGM6mb.sf2";
	if (access(path, R_OK) != 0)
		skip();
	AUTO(soundfont) s = NULL;
	assert_int_equal(soundfont_open(path, &s, NULL), 0);
	size_t n, n_melodic = 0, n_drums = 0;
	const struct soundfont_preset *p = soundfont_presets(s, &n);
	bool has[128] = { false };
	for (size_t i = 0; i < n; i++) {
		n_melodic += p[i].bank == 0;
		n_drums += p[i].bank == SOUNDFONT_DRUM_BANK;
		if (p[i].bank == 0 && p[i].program < 128)
			has[p[i].program] = true;
		assert_true(p[i].n_zones > 0);
	}
	for (int i = 0; i < 128; i++)
		assert_true(has[i]);
	assert_true(n_melodic >= 128 && n_drums >= 1);
	const struct soundfont_preset *kit = &p[n - n_drums];
	struct soundfont_key keys[128];
	soundfont_keys(s, kit, keys);
	for (int key = 35; key <= 81; key++)
		assert_non_null(keys[key].sample);
	/* Closed, pedal and open hi-hat silence each other. */
	assert_true(keys[42].exclusive_class && keys[42].exclusive_class == keys[44].exclusive_class &&
		    keys[42].exclusive_class == keys[46].exclusive_class);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_soundfont_presets_are_listed_with_their_keys),
		cmocka_unit_test(test_soundfont_damage_is_refused_with_its_place),
		cmocka_unit_test(test_soundfont_whose_zones_refer_to_everything_is_refused_in_time),
		cmocka_unit_test(test_soundfont_with_flipped_bytes_is_read_or_refused),
		cmocka_unit_test(test_soundfont_of_general_midi_has_its_programs_and_drums),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

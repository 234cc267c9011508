#include "model/prompt_priv.h"

#include "base/mem.h"
#include "base/str.h"
#include "model/meter_shape.h"
#include "model/piece_priv.h"
#include "model/progression.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { TOKENS = 200, VOCABULARY = 320, INSTRUMENTS = 6 };

struct token {
	char raw[PROMPT_WORD], lower[PROMPT_WORD];
};

struct reader {
	struct token tokens[TOKENS];
	size_t n, at;
	struct piece_params said;
	struct prompt_reading *ret;
	int percent, beat_bpm;     /* of words */
	int code;                  /* of a number that is out of range, with its error */
	struct err *err;
	int64_t seconds, number;   /* number: one that waits for its unit, -1 for none */
	bool no, solo, very, slightly, wants_bpm, wants_key;
	int parts_on, parts_off;
	int programs[INSTRUMENTS], n_programs;
};

const char *prompt_word(size_t i)
{
	return i < prompt_entries_n ? prompt_entries[i].word : NULL;
}

/* --- words ------------------------------------------------------------------------------------- */

static const struct prompt_entry *look_up(const char *word)
{
	for (size_t i = 0; i < prompt_entries_n; i++)
		if (strcmp(prompt_entries[i].word, word) == 0)
			return &prompt_entries[i];
	return NULL;
}

static int find_name(const char *const *names, const char *word)
{
	for (int i = 0; names[i]; i++)
		if (strcmp(names[i], word) == 0)
			return i;
	return -1;
}

static void add_token(struct reader *r, const char *s, size_t n)
{
	if (n == 0 || r->n == TOKENS)
		return;
	struct token *t = &r->tokens[r->n++];
	n = n < PROMPT_WORD ? n : PROMPT_WORD - 1;
	while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--; /* not into a character */
	memcpy(t->raw, s, n);
	t->raw[n] = '\0';
	for (size_t i = 0; i <= n; i++)
		t->lower[i] = (char)tolower((unsigned char)t->raw[i]);
}

/* "90bpm" is two words, and so is "walking-bass" unless it is one of the vocabulary. */
static void split_word(struct reader *r, const char *s, size_t n)
{
	char word[PROMPT_WORD];
	size_t digits = 0;
	while (digits < n && (isdigit((unsigned char)s[digits]) || s[digits] == '.'))
		digits++;
	if (digits && digits < n && s[digits] != '/') {
		add_token(r, s, digits);
		split_word(r, s + digits, n - digits);
		return;
	}
	for (size_t i = 0; i < n && i + 1 < sizeof(word); i++)
		word[i] = (char)tolower((unsigned char)s[i]);
	word[n < sizeof(word) - 1 ? n : sizeof(word) - 1] = '\0';
	const char *dash = memchr(s, '-', n);
	if (dash && !look_up(word)) {
		add_token(r, s, (size_t)(dash - s));
		split_word(r, dash + 1, n - (size_t)(dash - s) - 1);
		return;
	}
	add_token(r, s, n);
}

static void split(struct reader *r, const char *text)
{
	static const char between[] = " \t\r\n,;:!?()[]\"'";
	while (*text) {
		size_t n = strcspn(text, between), end = n;
		while (end > 0 && text[end - 1] == '.')
			end--; /* the end of a sentence */
		split_word(r, text, end);
		text += n + (text[n] != '\0');
	}
}

/* The longest phrase of the vocabulary that begins at a token. */
static const struct prompt_entry *phrase_at(const struct reader *r, size_t at, size_t *ret_n)
{
	for (size_t n = 3; n >= 1; n--) {
		char phrase[3 * PROMPT_WORD] = "";
		if (at + n > r->n)
			continue;
		for (size_t i = 0; i < n; i++) {
			size_t used = strlen(phrase);
			(void)str_copy(phrase + used, sizeof(phrase) - used, i ? " " : "");
			used = strlen(phrase);
			(void)str_copy(phrase + used, sizeof(phrase) - used, r->tokens[at + i].lower);
		}
		const struct prompt_entry *e = look_up(phrase);
		if (e) {
			*ret_n = n;
			return e;
		}
	}
	return NULL;
}

static bool next_says(const struct reader *r, size_t at, enum prompt_slot slot, int value)
{
	size_t n;
	const struct prompt_entry *e = phrase_at(r, at, &n);
	return e && e->says[0].slot == slot && (value < 0 || e->says[0].value == value);
}

static void unknown(struct reader *r, const char *word)
{
	struct prompt_reading *ret = r->ret;
	if (ret->n_unknown < PROMPT_UNKNOWN) {
		const char *names[VOCABULARY];
		size_t n = 0;
		for (size_t i = 0; i < prompt_entries_n && n < VOCABULARY; i++)
			if (prompt_entries[i].says[0].slot != SAYS_NOTHING)
				names[n++] = prompt_entries[i].word;
		(void)str_copy(ret->unknown[ret->n_unknown], PROMPT_WORD, word);
		ret->near[ret->n_unknown] = str_nearest(word, names, n);
	}
	ret->n_unknown++;
}

/* --- keys, meters, numbers --------------------------------------------------------------------- */

static bool is_mode(const struct reader *r, size_t at)
{
	return next_says(r, at, SAYS_MODE, -1);
}

/* "in D", "F# minor", "Bbm", "E flat major"; a small letter, or an A, needs "in" before or a mode behind. */
static size_t read_key(struct reader *r, size_t at)
{
	const char *t = r->tokens[at].raw;
	int letter = toupper((unsigned char)t[0]), alteration = 0;
	size_t n = 1, used = 1;
	if (letter < 'A' || letter > 'G')
		return 0;
	bool capital = t[0] == letter;
	if (t[n] == '#' || t[n] == 'b')
		alteration = t[n++] == '#' ? 1 : -1;
	bool minor = t[n] == 'm' && t[n + 1] == '\0' && capital;
	n += minor;
	if (t[n] != '\0')
		return 0;
	if (!alteration && at + 1 < r->n && (next_says(r, at + 1, SAYS_SHARP, -1) || next_says(r, at + 1, SAYS_FLAT, -1))) {
		alteration = next_says(r, at + 1, SAYS_SHARP, -1) ? 1 : -1;
		used = 2;
	}
	bool sure = r->wants_key || minor || alteration || (capital && letter != 'A') || (is_mode(r, at + used) && capital);
	if (!sure)
		return 0;
	char name[3] = { (char)letter, alteration > 0 ? '#' : 'b', '\0' };
	name[alteration ? 2 : 1] = '\0';
	int key = find_name(key_choices, name);
	if (key < 0) { /* C flat and its like are called by their other name */
		static const char *const others[4][2] = { { "Cb", "B" }, { "Fb", "E" }, { "E#", "F" }, { "B#", "C" } };
		for (int i = 0; i < 4; i++)
			key = strcmp(others[i][0], name) == 0 ? find_name(key_choices, others[i][1]) : key;
	}
	r->said.key = key < 0 ? 0 : key;
	if (minor)
		r->said.mode = find_name(mode_choices, "minor");
	return used;
}

static double within(struct reader *r, double v, int lo, int hi, const char *unit)
{
	if (v >= lo && v <= hi)
		return v;
	r->code = err_field(r->err, -EINVAL, "params.prompt", "the prompt says %g %s; allowed are %d to %d", v, unit, lo, hi);
	return lo;
}

static bool read_number(struct reader *r, const char *t, size_t at)
{
	double v;
	if (!isdigit((unsigned char)t[0]) || str_to_double(t, &v) < 0)
		return false;
	r->number = v > 100000 ? 100000 : (int64_t)(v + 0.5);
	if (r->wants_bpm && !next_says(r, at + 1, SAYS_BAR_UNIT, -1)) {
		r->said.bpm = within(r, v, 20, 400, "bpm");
		r->number = -1;
	}
	return true;
}

/* --- what words do ----------------------------------------------------------------------------- */

static void say_number(struct reader *r, int64_t n, enum prompt_slot unit)
{
	if (n < 0)
		return;
	if (unit == SAYS_BAR_UNIT)
		r->said.bars = (int64_t)within(r, (double)n, 1, 256, "bars");
	else if (unit == SAYS_BPM_UNIT)
		r->said.bpm = within(r, (double)n, 20, 400, "bpm");
	else
		r->seconds += n * (unit == SAYS_MINUTE_UNIT ? 60 : 1);
	r->number = -1;
}

static int stretched(const struct reader *r, int percent)
{
	int off = percent - 100;
	return 100 + (r->very ? off * 3 / 2 : r->slightly ? off / 2 : off);
}

static void say_part(struct reader *r, int part)
{
	if (r->no)
		r->parts_off |= part;
	else
		r->parts_on |= part;
}

static void say(struct reader *r, enum prompt_slot slot, int value)
{
	struct piece_params *p = &r->said;
	double share = value / 1000.0;
	switch (slot) {
	case SAYS_GENRE: p->genre = value; break;
	case SAYS_GRAMMAR: p->grammar = value; break;
	case SAYS_MODE: p->mode = value; break;
	case SAYS_METER: p->meter = value; break;
	case SAYS_PERCENT: r->percent = r->percent * stretched(r, value) / 100; break;
	case SAYS_BPM: r->beat_bpm = value; break;
	case SAYS_DENSITY: p->density = share; break;
	case SAYS_COMPLEXITY: p->complexity = share; break;
	case SAYS_BOLDNESS: p->boldness = share; break;
	case SAYS_LOUD: p->loudness = share; break;
	case SAYS_SWING: p->swing = share; break;
	case SAYS_REACH: p->reach = value; break;
	case SAYS_BARS: p->bars = p->bars ? p->bars : value; break;
	case SAYS_CHORDS: p->chords = r->no ? PART_NONE : value; break;
	case SAYS_BASS: p->bass = r->no ? PART_NONE : value; break;
	case SAYS_PART: say_part(r, value); break;
	case SAYS_PROGRAM:
		if (!r->no && r->n_programs < INSTRUMENTS)
			r->programs[r->n_programs++] = value;
		break;
	case SAYS_BAR_UNIT:
	case SAYS_SECOND_UNIT:
	case SAYS_MINUTE_UNIT: say_number(r, r->number, slot); break;
	case SAYS_BPM_UNIT:
		if (r->number >= 0 && !value)
			say_number(r, r->number, slot);
		break;
	case SAYS_NUMBER: r->number = value; break;
	case SAYS_SOLO: r->solo = true; break;
	default: break;
	}
}

/* Words that reach to the next ones: "no drums or bass", "very slow", "in D", "at 120". */
static void carry(struct reader *r, enum prompt_slot slot)
{
	bool joins = slot == SAYS_NOTHING;
	if (slot == SAYS_NO)
		r->no = true;
	else if (slot != SAYS_PART && slot != SAYS_PROGRAM && slot != SAYS_BASS && slot != SAYS_CHORDS && !joins)
		r->no = false;
	if (!joins) {
		r->very = slot == SAYS_VERY;
		r->slightly = slot == SAYS_SLIGHTLY;
		r->wants_bpm = slot == SAYS_BPM_UNIT;
		r->wants_key = slot == SAYS_IN;
	}
}

/* "rock drums", "reggae bass": the style of a part, not of the piece. */
static bool read_part_style(struct reader *r, size_t at)
{
	static const struct {
		int part;
		const char *const *names;
		size_t offset;
	} parts[] = {
		{ PART_DRUMS, piece_drums, offsetof(struct piece_params, drums) },
		{ PART_BASS, piece_basses, offsetof(struct piece_params, bass) },
		{ PART_CHORDS, piece_chords, offsetof(struct piece_params, chords) },
	};
	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		int style = find_name(parts[i].names, r->tokens[at].lower);
		if (style < PART_STYLES || !next_says(r, at + 1, SAYS_PART, parts[i].part))
			continue;
		memcpy((char *)&r->said + parts[i].offset, &(int64_t){ style }, sizeof(int64_t));
		return true;
	}
	return false;
}

static size_t read_phrase(struct reader *r)
{
	size_t n = 1;
	const char *t = r->tokens[r->at].lower;
	size_t key = read_key(r, r->at);
	int meter = find_name(piece_meters, t);
	if (key || meter > 0) {
		if (!key)
			r->said.meter = meter;
		r->ret->n_known++;
		carry(r, SAYS_METER);
		return key ? key : 1;
	}
	if (read_number(r, t, r->at)) {
		r->ret->n_known++;
		carry(r, SAYS_NUMBER);
		return 1;
	}
	if (read_part_style(r, r->at)) {
		r->ret->n_known++;
		return 1;
	}
	const struct prompt_entry *e = phrase_at(r, r->at, &n);
	if (!e) {
		unknown(r, t);
		return 1;
	}
	r->ret->n_known += e->says[0].slot != SAYS_NOTHING;
	for (size_t i = 0; i < COUNT_OF(e->says) && e->says[i].slot != SAYS_NOTHING; i++)
		say(r, e->says[i].slot, e->says[i].value);
	carry(r, e->says[0].slot);
	return n;
}

/* --- what they come to ------------------------------------------------------------------------- */

static void settle_instruments(struct reader *r)
{
	int melodic = -1, chordal = -1, first = -1, second = -1;
	for (int i = 0; i < r->n_programs; i++) {
		int v = r->programs[i];
		if (v & PROGRAM_BASS) {
			r->said.bass_program = v & 0x7f;
			r->parts_on |= PART_BASS;
			continue;
		}
		second = first >= 0 && second < 0 ? v : second;
		first = first < 0 ? v : first;
		if (v & PROGRAM_CHORDAL)
			chordal = chordal < 0 ? v : chordal;
		else
			melodic = melodic < 0 ? v : melodic;
	}
	if (first < 0)
		return;
	r->said.melody_program = (melodic >= 0 ? melodic : first) & 0x7f;
	if (chordal >= 0)
		r->said.chords_program = (melodic < 0 && second >= 0 ? second : chordal) & 0x7f;
	if (r->solo && !r->parts_on) {
		r->parts_off |= PART_BASS | PART_DRUMS | (chordal < 0 ? PART_CHORDS : 0);
		r->solo = false;
	}
}

static void settle_parts(struct reader *r)
{
	struct piece_params *p = &r->said;
	const struct genre *g = &piece_genre_rows[p->genre ? p->genre - 1 : 0];
	int64_t *const parts[4] = { &p->melody, &p->chords, &p->bass, &p->drums };
	const int own[4] = { g->melody, g->chords, g->bass, g->drums };
	for (int i = 0; i < 4; i++) {
		int bit = 1 << i;
		if (r->parts_off & bit)
			*parts[i] = PART_NONE;
		else if (r->parts_on & bit && *parts[i] == PART_AUTO)
			*parts[i] = own[i] + PART_STYLES;
		else if (r->solo && r->parts_on && !(r->parts_on & bit) && *parts[i] == PART_AUTO)
			*parts[i] = PART_NONE;
	}
}

static void settle_time(struct reader *r)
{
	struct piece_params *p = &r->said;
	const struct genre *g = &piece_genre_rows[p->genre ? p->genre - 1 : 0];
	struct meter_shape m = { .bar_ticks = METER_TICKS * 4 };
	(void)meter_shape_of_name(p->meter ? piece_meters[p->meter] : g->meter, &m, NULL);
	double quarters = m.compound ? 1.5 : m.den == 2 ? 2 : 1; /* of a beat */
	if (p->bpm == 0 && r->beat_bpm)
		p->bpm = r->beat_bpm * quarters * r->percent / 100;
	else if (p->bpm == 0 && r->percent != 100)
		p->bpm = g->bpm * (double)r->percent / 100;
	if (p->bpm != 0)
		p->bpm = p->bpm < 20 ? 20 : p->bpm > 400 ? 400 : p->bpm;
	if (r->seconds && !p->bars) {
		double bar_s = (double)m.bar_ticks / METER_TICKS * 60 / (p->bpm != 0 ? p->bpm : g->bpm);
		double bars = (double)r->seconds / bar_s + 0.5;
		int64_t n = bars < 1 ? 1 : (int64_t)within(r, floor(bars), 1, 256, "bars (at its tempo)");
		p->bars = n > 6 ? (n + 2) / 4 * 4 : n;
		p->bars = p->bars > 256 ? 256 : p->bars;
	}
}

/* "in G" without more is G major, where neither the genre nor its harmony is of another mind. */
static void settle_mode(struct reader *r)
{
	struct piece_params *p = &r->said;
	const struct genre *g = &piece_genre_rows[p->genre ? p->genre - 1 : 0];
	bool modal = (p->grammar ? p->grammar - 1 : g->grammar) == STYLE_MODAL;
	if (p->key && !p->mode && !g->mode && !modal)
		p->mode = find_name(mode_choices, "major");
}

/* What was given as a parameter stays. */
static void merge(const struct piece_params *said, struct piece_params *p)
{
#define TAKE_CHOICE(field) p->field = p->field ? p->field : said->field
#define TAKE_NUMBER(field) p->field = p->field < 0 ? said->field : p->field
	TAKE_CHOICE(genre);
	TAKE_CHOICE(bars);
	TAKE_CHOICE(key);
	TAKE_CHOICE(mode);
	TAKE_CHOICE(meter);
	TAKE_CHOICE(grammar);
	TAKE_CHOICE(melody);
	TAKE_CHOICE(chords);
	TAKE_CHOICE(bass);
	TAKE_CHOICE(drums);
	TAKE_CHOICE(reach);
	TAKE_NUMBER(melody_program);
	TAKE_NUMBER(chords_program);
	TAKE_NUMBER(bass_program);
	TAKE_NUMBER(density);
	TAKE_NUMBER(complexity);
	TAKE_NUMBER(boldness);
	TAKE_NUMBER(loudness);
	TAKE_NUMBER(swing);
	p->bpm = p->bpm > 0 ? p->bpm : said->bpm;
}

int prompt_read(const char *text, struct piece_params *p, struct prompt_reading *ret, struct err *err)
{
	*ret = (struct prompt_reading){ 0 };
	struct reader *r = mem_new_array(1, sizeof(*r));
	if (!r)
		return err_set(err, -ENOMEM, "prompt");
	r->ret = ret;
	r->err = err;
	r->percent = 100;
	r->number = -1;
	r->said = (struct piece_params){ .melody_program = -1, .chords_program = -1, .bass_program = -1, .density = -1, .complexity = -1,
					 .boldness = -1, .loudness = -1, .swing = -1 };
	split(r, text);
	while (r->at < r->n)
		r->at += read_phrase(r);
	r->said.genre = p->genre ? p->genre : r->said.genre;
	r->said.meter = p->meter ? p->meter : r->said.meter;
	r->said.bpm = p->bpm > 0 ? p->bpm : r->said.bpm;
	r->said.grammar = p->grammar ? p->grammar : r->said.grammar;
	settle_mode(r);
	settle_instruments(r);
	settle_parts(r);
	settle_time(r);
	int code = r->code;
	if (code == 0)
		merge(&r->said, p);
	free(r);
	return code;
}

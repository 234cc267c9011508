/*
 * abc_key.c - K: fields: tonic, mode, explicit accidentals; clefs as far as they move the pitch.
 */
#include "music/abc_priv.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char letters[] = "CDEFGAB";

static int letter_index(int c)
{
	const char *p = c > 0 ? strchr(letters, toupper(c)) : NULL;
	return p && *p ? (int)(p - letters) : -1;
}

/* Fills in a signature: each fifth up sharpens the next of F C G D A E B. */
static void set_sharps(struct abc_key *k, int sharps, bool minor)
{
	static const uint8_t order[7] = { 3, 0, 4, 1, 5, 2, 6 };
	memset(k, 0, sizeof(*k));
	for (int i = 0; i < sharps; i++)
		k->accidentals[order[i % 7]]++;
	for (int i = 0; i < -sharps; i++)
		k->accidentals[order[6 - i % 7]]--;
	k->sharps = (int8_t)sharps;
	k->minor = minor;
}

static struct abc_span word(struct abc_cursor *c)
{
	const char *from = c->s;
	while (isalpha(abc_peek(c)))
		c->s++;
	return (struct abc_span){ from, (size_t)(c->s - from) };
}

/* The fifths that a mode adds; its first three letters count. False for a word that is no mode. */
static const struct mode {
	const char *name;
	int fifths;
	bool minor;
	enum abc_mode mode;
} modes[] = {
	{ "maj", 0, false, ABC_MAJOR },	 { "ion", 0, false, ABC_IONIAN },  { "mix", -1, false, ABC_MIXOLYDIAN },
	{ "dor", -2, true, ABC_DORIAN }, { "min", -3, true, ABC_MINOR },   { "aeo", -3, true, ABC_AEOLIAN },
	{ "phr", -4, true, ABC_PHRYGIAN }, { "loc", -5, true, ABC_LOCRIAN }, { "lyd", 1, false, ABC_LYDIAN },
	{ "m", -3, true, ABC_MINOR },
};

static const struct mode *mode_of(struct abc_span w)
{
	for (size_t i = 0; i < COUNT_OF(modes); i++)
		if (w.n >= 3 ? strncasecmp(w.s, modes[i].name, 3) == 0 : abc_span_is(w, modes[i].name))
			return &modes[i];
	return NULL;
}

static void tonic(struct abc_tune *t, struct abc_cursor *c, struct abc_key *key)
{
	static const int8_t fifths[7] = { 0, 2, 4, -1, 1, 3, 5 };
	int letter = letter_index(*c->s++), sharps = fifths[letter], alter = 0;
	if (abc_peek(c) == '#' || abc_peek(c) == 'b')
		alter = *c->s++ == '#' ? 1 : -1;
	sharps += alter * 7;
	struct abc_cursor at = *c;
	abc_skip_space(c);
	struct abc_span w = word(c);
	const struct mode *mode = w.n ? mode_of(w) : NULL;
	if (mode) {
		sharps += mode->fifths;
	} else if (w.n && at.s == w.s) {
		abc_say(t, ABC_ERROR, t->line, abc_column(&at), "modes: maj min m ion dor phr lyd mix aeo loc",
			"'%.*s' is not a mode", (int)(w.n < 20 ? w.n : 20), w.s);
	} else {
		*c = at; /* a clef or an accidental */
	}
	if (sharps > 7 || sharps < -7) {
		static const char *const names[] = { "Gb", "Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#" };
		int same = fifths[letter] + alter * 7 + (sharps > 0 ? -12 : 12);
		char AUTO_MEM *hint = same >= -6 && same <= 6 ? str_printf("%s with the same mode sounds alike", names[same + 6]) : NULL;
		abc_say(t, ABC_WARNING, t->line, abc_column(c), hint, "a signature of %d %s", abs(sharps), sharps > 0 ? "sharps" : "flats");
	}
	set_sharps(key, sharps, mode && mode->minor);
	key->tonic = (uint8_t)letter;
	key->tonic_alter = (int8_t)alter;
	key->mode = mode ? mode->mode : ABC_MAJOR;
}

/* ^c _b =f and their doubles, for every octave. False when what stands here is something else. */
static bool explicit_accidental(struct abc_cursor *c, struct abc_key *key)
{
	struct abc_cursor at = *c;
	int v = 0, sign = abc_peek(&at);
	if (sign != '^' && sign != '_' && sign != '=')
		return false;
	while (abc_peek(&at) == sign && v < 2) {
		at.s++;
		v++;
	}
	int letter = letter_index(abc_peek(&at));
	if (letter < 0)
		return false;
	key->accidentals[letter] = (int8_t)(sign == '=' ? 0 : sign == '^' ? v : -v);
	key->written |= (uint8_t)(1 << letter);
	c->s = at.s + 1;
	return true;
}

/* "treble-8", "bass+8": octaves. */
static int clef_octaves(struct abc_span w)
{
	if (w.n >= 2 && w.s[w.n - 1] == '8' && w.s[w.n - 2] == '-')
		return -1;
	if (w.n >= 2 && w.s[w.n - 1] == '8' && w.s[w.n - 2] == '+')
		return 1;
	return 0;
}

static const char *const clefs[] = { "treble", "bass", "alto", "tenor", "soprano", "mezzo", "baritone", "perc", "none", "auto" };

static bool clef_name(struct abc_span w)
{
	for (size_t i = 0; i < COUNT_OF(clefs); i++)
		if (w.n >= strlen(clefs[i]) && strncasecmp(w.s, clefs[i], strlen(clefs[i])) == 0)
			return true;
	return false;
}

/* Programs have more clefs than the standard; only what is nearly one of its is a mistake. */
static void check_clef(struct abc_tune *t, struct abc_span w, uint32_t column)
{
	char text[16];
	if (clef_name(w) || w.n < 3 || w.n >= sizeof(text))
		return;
	memcpy(text, w.s, w.n);
	text[w.n] = '\0';
	const char *near = str_nearest(text, clefs, COUNT_OF(clefs));
	char AUTO_MEM *hint = near ? str_printf("did you mean '%s'?", near) : NULL;
	if (near)
		abc_say(t, ABC_WARNING, t->line, column, hint, "no clef is called '%s'", text);
}

static int signed_number(struct abc_span w)
{
	struct abc_cursor c = { w.s, w.s, w.s + w.n, NULL };
	int sign = 1;
	if (abc_peek(&c) == '-' || abc_peek(&c) == '+')
		sign = *c.s++ == '-' ? -1 : 1;
	long v = abc_number(&c);
	return v < 0 ? 0 : sign * (int)(v > 100 ? 100 : v);
}

static struct abc_span value(struct abc_cursor *c)
{
	const char *from = c->s;
	bool quoted = abc_peek(c) == '"';
	if (quoted)
		from = ++c->s;
	while (abc_peek(c) >= 0 && (quoted ? *c->s != '"' : *c->s != ' ' && *c->s != '\t'))
		c->s++;
	struct abc_span v = { from, (size_t)(c->s - from) };
	if (quoted && abc_peek(c) == '"')
		c->s++;
	return v;
}

void abc_clef_words(struct abc_tune *t, struct abc_cursor *c, struct abc_state *state, struct abc_voice *voice)
{
	int octaves = 0, semitones = 0;
	bool moved = false;
	for (abc_skip_space(c); abc_peek(c) >= 0; abc_skip_space(c)) {
		const char *from = c->s;
		while (abc_peek(c) >= 0 && *c->s != '=' && *c->s != ' ' && *c->s != '\t' && *c->s != '"')
			c->s++;
		struct abc_span key = { from, (size_t)(c->s - from) }, v = { "", 0 };
		bool has_value = abc_peek(c) == '=';
		if (has_value)
			c->s++;
		uint32_t column = abc_column(c);
		if (has_value || abc_peek(c) == '"')
			v = value(c);
		if (abc_span_is(key, "clef") || (!has_value && clef_name(key))) {
			state->clef = has_value ? v : key;
			check_clef(t, state->clef, column);
			octaves += clef_octaves(state->clef);
			moved = true;
		} else if (abc_span_is(key, "octave")) {
			octaves += signed_number(v);
			moved = true;
		} else if (abc_span_is(key, "transpose")) {
			semitones += signed_number(v);
			moved = true;
		} else if (voice && (abc_span_is(key, "name") || abc_span_is(key, "nm"))) {
			voice->name = v;
		} else if (voice && (abc_span_is(key, "subname") || abc_span_is(key, "snm") || abc_span_is(key, "sname"))) {
			voice->short_name = v;
		}
	}
	if (moved)
		state->semitones = octaves * 12 + semitones;
}

/* Neither a key nor a clef nor "name=value". */
static bool no_key(const struct abc_cursor *at)
{
	struct abc_cursor c = *at;
	struct abc_span w = word(&c);
	return w.n && abc_peek(&c) != '=' && !clef_name(w) && !abc_span_is(w, "exp");
}

void abc_key_field(struct abc_tune *t, struct abc_cursor *c, struct abc_state *state)
{
	abc_skip_space(c);
	size_t left = (size_t)(c->end - c->s);
	if (left == 0) {
		set_sharps(&state->key, 0, false);
		state->key.mode = ABC_NO_KEY;
	} else if (left >= 2 && strncasecmp(c->s, "HP", 2) == 0) {
		set_sharps(&state->key, 2, false);
		state->key.mode = c->s[1] == 'p' ? ABC_PIPES_SHOWN : ABC_PIPES;
		c->s += 2;
	} else if (left >= 4 && strncasecmp(c->s, "none", 4) == 0) {
		set_sharps(&state->key, 0, false);
		state->key.mode = ABC_NO_KEY;
		c->s += 4;
	} else if (*c->s >= 'A' && *c->s <= 'G') {
		tonic(t, c, &state->key);
	} else if (no_key(c)) {
		struct abc_cursor at = *c;
		struct abc_span w = word(&at);
		bool small = *w.s >= 'a' && *w.s <= 'g';
		abc_say(t, ABC_ERROR, t->line, abc_column(c), small ? "keys have capital letters: K:A, K:Bb, K:F#m" :
			"write K:G, K:Bm, K:Ddor, K:HP or K:none", "'%.*s' is not a key", (int)(w.n < 20 ? w.n : 20), w.s);
	}
	for (abc_skip_space(c); abc_peek(c) >= 0; abc_skip_space(c)) {
		if (explicit_accidental(c, &state->key))
			continue;
		struct abc_cursor at = *c;
		if (!abc_span_is(word(c), "exp")) {
			*c = at;
			break;
		}
		memset(state->key.accidentals, 0, sizeof(state->key.accidentals));
		state->key.only_written = true;
	}
	abc_clef_words(t, c, state, NULL);
}

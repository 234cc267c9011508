/*
 * abc_decor.c - names: decorations, symbols, chords.
 */
#include "music/abc_priv.h"

#include <string.h>

#include "music/chord.h"

static const char *const usual[ABC_DECOR_COUNT] = {
#define NAME(id, name) [ABC_##id] = name,
	ABC_DECORS(NAME)
#undef NAME
	[ABC_DECOR_OTHER] = "",
};

/* Further names of the standard and of old files. */
static const struct {
	const char *name;
	enum abc_decor decor;
} others[] = {
	{ "mordent", ABC_LOWER_MORDENT }, { "pralltriller", ABC_UPPER_MORDENT }, { "irishroll", ABC_ROLL },
	{ "emphasis", ABC_ACCENT },	  { ">", ABC_ACCENT },			 { "^", ABC_MARCATO },
	{ "<(", ABC_CRESCENDO_BEGIN },	  { "<)", ABC_CRESCENDO_END },		 { ">(", ABC_DIMINUENDO_BEGIN },
	{ ">)", ABC_DIMINUENDO_END },	  { "dim(", ABC_DIMINUENDO_BEGIN },	 { "dim)", ABC_DIMINUENDO_END },
	{ "cresc(", ABC_CRESCENDO_BEGIN }, { "cresc)", ABC_CRESCENDO_END },	 { "+", ABC_PLUS },
	{ "tr", ABC_TRILL },		  { "dot", ABC_STACCATO },		 { "stacc", ABC_STACCATO },
	{ "staccatissimo", ABC_STACCATISSIMO }, { "D.C.alFine", ABC_DA_CAPO_AL_FINE },
	{ "D.S.alFine", ABC_DAL_SEGNO_AL_FINE }, { "D.C.alCoda", ABC_DA_CAPO_AL_CODA },
	{ "D.S.alCoda", ABC_DAL_SEGNO_AL_CODA }, { "dacapo", ABC_DA_CAPO },	 { "DC", ABC_DA_CAPO },
	{ "DS", ABC_DAL_SEGNO },	  { "Fine", ABC_FINE },			 { "FINE", ABC_FINE },
	{ "trem1", ABC_TREMOLO_1 },	  { "trem2", ABC_TREMOLO_2 },		 { "trem3", ABC_TREMOLO_3 },
	{ "sf", ABC_SFZ },
};

enum abc_decor abc_decor_of(struct abc_span name)
{
	for (int i = 0; i < ABC_DECOR_OTHER; i++)
		if (strlen(usual[i]) == name.n && memcmp(usual[i], name.s, name.n) == 0)
			return (enum abc_decor)i;
	for (size_t i = 0; i < COUNT_OF(others); i++)
		if (strlen(others[i].name) == name.n && memcmp(others[i].name, name.s, name.n) == 0)
			return others[i].decor;
	return ABC_DECOR_OTHER;
}

const char *abc_decor_nearest(const char *word)
{
	return str_nearest(word, usual, ABC_DECOR_OTHER);
}

void abc_symbols_init(struct abc_tune *t)
{
	static const struct {
		char letter;
		enum abc_decor decor;
	} letters[] = {
		{ '.', ABC_STACCATO }, { '~', ABC_ROLL },    { 'H', ABC_FERMATA }, { 'L', ABC_ACCENT },
		{ 'M', ABC_LOWER_MORDENT }, { 'O', ABC_CODA }, { 'P', ABC_UPPER_MORDENT }, { 'R', ABC_ROLL },
		{ 'S', ABC_SEGNO },    { 'T', ABC_TRILL },   { 'u', ABC_UP_BOW },  { 'v', ABC_DOWN_BOW },
	};
	for (size_t i = 0; i < COUNT_OF(letters); i++) {
		const char *name = usual[letters[i].decor];
		t->symbols[(unsigned char)letters[i].letter] =
			(struct abc_symbol){ ABC_SYMBOL_DECORATION, letters[i].decor, { name, strlen(name) } };
	}
}

static bool redefinable(int letter)
{
	return letter == '~' || letter == '.' || (letter >= 'H' && letter <= 'Y') || (letter >= 'h' && letter <= 'w');
}

void abc_symbol_field(struct abc_tune *t, struct abc_cursor *c)
{
	struct abc_cursor at = *c;
	int letter = abc_peek(c);
	if (!redefinable(letter)) {
		abc_say(t, ABC_ERROR, t->line, abc_column(&at), "write U: T = !trill!",
			"only H to Y, h to w and ~ can be given a meaning");
		return;
	}
	c->s++;
	abc_skip_space(c);
	if (abc_peek(c) == '=')
		c->s++;
	abc_skip_space(c);
	struct abc_span text = abc_trim((struct abc_span){ c->s, (size_t)(c->end - c->s) });
	if (text.n < 2 || !strchr("!+\"", *text.s) || text.s[text.n - 1] != *text.s) {
		abc_say(t, ABC_ERROR, t->line, abc_column(c), "write U: T = !trill! or U: T = \"^text\"",
			"the meaning of '%c' is not understood", letter);
		return;
	}
	struct abc_span inside = abc_trim((struct abc_span){ text.s + 1, text.n - 2 });
	struct abc_symbol *symbol = &t->symbols[letter];
	*symbol = (struct abc_symbol){ ABC_SYMBOL_TEXT, ABC_DECOR_OTHER, inside };
	if (*text.s == '"')
		return;
	symbol->kind = ABC_SYMBOL_DECORATION;
	symbol->decor = abc_decor_of(inside);
	if (abc_span_is(inside, "nil") || abc_span_is(inside, "none") || abc_span_is(inside, "ignore"))
		symbol->kind = ABC_SYMBOL_NONE;
}

bool abc_chord_parse(const char *text, size_t n, struct chord *ret)
{
	const char *bracket;
	if (chord_parse(text, n, ret))
		return true;
	bracket = memchr(text, '(', n);
	return bracket && bracket > text && chord_parse(text, (size_t)(bracket - text), ret);
}

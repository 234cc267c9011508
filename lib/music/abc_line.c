/*
 * abc_line.c - a line of music: bars, endings, overlays, inline fields, decorations.
 */
#include "music/abc_priv.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define LETTERS_A_BAR 2 /* more of them are text, and one mistake */

void abc_bar_error(struct abc_tune *t, struct abc_voice *v, const struct abc_cursor *c, const char *hint,
		   const char *fmt, ...)
{
	char text[120];
	va_list ap;
	if (v->bar_reported)
		return;
	v->bar_reported = true;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap); /* cut where too long */
	va_end(ap);
	abc_say(t, ABC_ERROR, t->line, abc_column(c), hint, "%s", text);
}

/* How far the same line goes on to `ch`; 0 when it does not come before a bar line, or is far away. */
static size_t closes(const struct abc_cursor *c, char ch)
{
	const char *end = c->end - c->s > ABC_LOOK_BYTES ? c->s + ABC_LOOK_BYTES : c->end;
	for (const char *p = c->s + 1; p < end && *p != '|'; p++)
		if (*p == ch)
			return (size_t)(p - c->s);
	return 0;
}

static void add_decoration(struct abc_tune *t, struct abc_voice *v, const struct abc_cursor *at,
			   enum abc_decor decor, struct abc_span name)
{
	struct abc_item *i = abc_add_item(t, v, ABC_DECORATION, at);
	if (!i)
		return;
	i->decor = decor;
	i->text = name;
}

/* "text" in quotes: a chord symbol, or an annotation with its sign in front. */
void abc_quoted(struct abc_tune *t, struct abc_voice *v, const struct abc_cursor *at, struct abc_span text)
{
	text = abc_trim(text);
	if (text.n == 0)
		return;
	bool chord = !strchr("^_<>@", *text.s);
	struct abc_item *i = abc_add_item(t, v, chord ? ABC_CHORD_SYMBOL : ABC_ANNOTATION, at);
	if (!i)
		return;
	i->text = text;
	if (!chord)
		return;
	i->symbol.semitones = abc_symbol_shift(&v->state);
	i->symbol.known = abc_chord_parse(text.s, text.n, &i->symbol.chord);
	if (!t->own_chords && !i->symbol.known)
		abc_say(t, ABC_WARNING, t->line, abc_column(at), "words begin with one of ^ _ < > @: \"^slowly\"",
			"'%.*s' is not a chord symbol", (int)(text.n < 30 ? text.n : 30), text.s);
}

void abc_symbol(struct abc_tune *t, struct abc_voice *v, const struct abc_cursor *at, const struct abc_symbol *symbol)
{
	if (symbol->kind == ABC_SYMBOL_DECORATION)
		add_decoration(t, v, at, symbol->decor, symbol->text);
	else if (symbol->kind == ABC_SYMBOL_TEXT)
		abc_quoted(t, v, at, symbol->text);
}

static void unknown_decoration(struct abc_tune *t, const struct abc_cursor *at, struct abc_span name)
{
	char text[32];
	size_t n = name.n < sizeof(text) - 1 ? name.n : sizeof(text) - 1;
	memcpy(text, name.s, n);
	text[n] = '\0';
	const char *near = abc_decor_nearest(text);
	char AUTO_MEM *hint = near ? str_printf("did you mean !%s!?", near) : NULL;
	abc_say(t, ABC_WARNING, t->line, abc_column(at), hint, "no decoration is called '%s'", text);
}

/* Between two '!' that are line breaks of an old file stands music, not a name. */
static bool looks_like_music(struct abc_span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!strchr("ABCDEFGabcdefgzx^_=,'|:[]()<>{}-/0123456789 \t~\"", s.s[i]))
			return false;
	return true;
}

static bool old_chord(struct abc_tune *t, struct abc_voice *v, struct abc_cursor *c, size_t n)
{
	struct abc_span inside = { c->s + 1, n - 1 };
	if (n < 2 || abc_decor_of(abc_trim(inside)) != ABC_DECOR_OTHER || !looks_like_music(inside) ||
	    memchr(inside.s, '+', inside.n))
		return false;
	abc_chord(t, v, c);
	return true;
}

/* "!trill!", with the dialect's other sign "+trill+". */
static bool named_decoration(struct abc_tune *t, struct abc_voice *v, struct abc_cursor *c)
{
	struct abc_cursor at = *c;
	char sign = *c->s;
	size_t n = closes(c, sign);
	if (n == 0 && sign == '+')
		return false;
	if (sign == '+' && old_chord(t, v, c, n))
		return true;
	if (n > 1 && !(sign == '!' && t->lines_break_at_bang)) {
		struct abc_span name = abc_trim((struct abc_span){ c->s + 1, n - 1 });
		enum abc_decor decor = abc_decor_of(name);
		if (decor == ABC_DECOR_OTHER && looks_like_music(name))
			n = 0;
		else
			add_decoration(t, v, &at, decor, name);
		if (n && decor == ABC_DECOR_OTHER)
			unknown_decoration(t, &at, name);
	} else {
		n = 0;
	}
	c->s += n + 1; /* a lone '!' is a line break of old files */
	return true;
}

bool abc_decoration(struct abc_tune *t, struct abc_voice *v, struct abc_cursor *c)
{
	struct abc_cursor at = *c;
	int ch = abc_peek(c);
	if (ch == '!' || ch == '+')
		return named_decoration(t, v, c);
	if (ch != '.' && ch != '~' && !(ch >= 'H' && ch <= 'W') && !(ch >= 'h' && ch <= 'w'))
		return false;
	c->s++;
	const struct abc_symbol *symbol = &t->symbols[ch];
	if (symbol->kind == ABC_SYMBOL_UNDEFINED && !t->letter_reported[ch] && v->bar_letters < LETTERS_A_BAR) {
		v->bar_letters++;
		t->letter_reported[ch] = true;
		abc_say(t, ABC_WARNING, t->line, abc_column(&at), "give it a meaning in the header: U: w = !fermata!",
			"'%c' stands for no decoration", ch);
	}
	abc_symbol(t, v, &at, symbol);
	return true;
}

/* A bar between two single bar lines has to last what the meter says. */
static void check_bar(struct abc_tune *t, struct abc_voice *v, const struct abc_cursor *c, bool plain)
{
	int64_t want = abc_bar_ticks(&v->state.meter), got = v->bar_ticks;
	if (!plain || !v->bar_plain || v->state.meter.free || got == 0 || v->bar_reported ||
	    (got - want < 1000 && want - got < 1000))
		return;
	abc_say(t, ABC_WARNING, t->line, abc_column(c), NULL, "the bar lasts %g quarter notes, the meter says %g",
		(double)got / (double)ABC_QUARTER, (double)want / (double)ABC_QUARTER);
}

static void check_overlay(struct abc_tune *t, struct abc_voice *v, const struct abc_cursor *c)
{
	int64_t more = v->lane_ticks - v->bar_ticks;
	/* One that lasts longer, or stands behind the bar line, is not measured. */
	if (v->lane == 0 || v->lane_ticks == 0 || v->bar_ticks == 0 || v->overlay_back > 1 || v->bar_reported ||
	    (more < 1000 && more > -1000))
		return;
	abc_say(t, ABC_WARNING, t->line, abc_column(c), "rests fill it: x2", "the overlay lasts %g quarter notes, its bar %g",
		(double)v->lane_ticks / (double)ABC_QUARTER, (double)v->bar_ticks / (double)ABC_QUARTER);
}

static uint64_t read_endings(struct abc_cursor *c)
{
	uint64_t set = 0;
	for (;;) {
		long from = abc_number(c), to = from;
		if (abc_peek(c) == '-' && abc_digit(abc_peek_at(c, 1))) {
			c->s++;
			to = abc_number(c);
		}
		for (long n = from; n >= 1 && n <= to && n <= ABC_ENDINGS_MAX; n++)
			set |= UINT64_C(1) << n;
		if (abc_peek(c) != ',' || !abc_digit(abc_peek_at(c, 1)))
			return set;
		c->s++;
	}
}

static void ending(struct abc_tune *t, struct abc_voice *v, struct abc_cursor *c)
{
	struct abc_cursor at = *c;
	uint64_t set = read_endings(c);
	if (!set) {
		abc_bar_error(t, v, &at, "endings are numbered from 1 to 63", "an ending without a number");
		return;
	}
	struct abc_item *i = abc_add_item(t, v, ABC_ENDING, &at);
	if (i)
		i->endings = set;
	v->bar_plain = false;
}

/* The signs of one bar line: what it repeats, begins and how heavy it is. */
static void read_bar_signs(struct abc_cursor *c, struct abc_item *bar)
{
	unsigned ends = 0, starts = 0, strokes = 0;
	bool bracket = false;
	for (;; c->s++) {
		int ch = abc_peek(c);
		if (ch == '|') {
			strokes++;
			starts = 0;
		} else if (ch == ':' && strokes == 0) {
			ends++;
		} else if (ch == ':') {
			starts++;
		} else if (ch == '[' && abc_peek_at(c, 1) == '|') {
			bracket = true;
		} else if (ch == ']' && strokes > 0 && (c->s[-1] == '|' || c->s[-1] == ':')) {
			bracket = true;
		} else {
			break;
		}
	}
	if (strokes == 0) { /* "::" */
		starts = (ends + 1) / 2;
		ends -= ends / 2;
	}
	bar->bar.ends = (uint8_t)(ends > 62 ? 62 : ends);
	bar->bar.starts = (uint8_t)(starts > 62 ? 62 : starts);
	bar->bar.thick = strokes > 1 || bracket;
}

static void bar_line(struct abc_tune *t, struct abc_voice *v, struct abc_cursor *c)
{
	struct abc_cursor at = *c;
	if (abc_peek(c) == ':' && abc_peek_at(c, 1) != '|' && abc_peek_at(c, 1) != ':') {
		abc_bar_error(t, v, c, "repeats are |: and :|", "a single ':'");
		c->s++;
		return;
	}
	struct abc_item *i = abc_add_item(t, v, ABC_BAR, c);
	if (!i) {
		c->s = c->end;
		return;
	}
	read_bar_signs(c, i);
	i->text = (struct abc_span){ at.s, (size_t)(c->s - at.s) };
	bool plain = !i->bar.ends && !i->bar.starts && !i->bar.thick;
	i->bar.overlaid = v->overlay_bars > 1 && !i->bar.ends && !i->bar.starts;
	if (i->bar.overlaid) {
		v->overlay_bars--;
		abc_forget_accidentals(v);
		return;
	}
	if (v->tuplet.left > 0 && !v->bar_reported)
		abc_say(t, ABC_WARNING, t->line, abc_column(&at), "(3 counts three notes, chords or rests; (3:2:2 counts two",
			"the tuplet wants %d more note%s in this bar", v->tuplet.left, v->tuplet.left > 1 ? "s" : "");
	check_overlay(t, v, &at);
	check_bar(t, v, &at, plain && !abc_digit(abc_peek(c)));
	abc_new_bar(v);
	v->bar_plain = plain;
	if (abc_digit(abc_peek(c)))
		ending(t, v, c);
}

static void inline_field(struct abc_tune *t, struct abc_cursor *c)
{
	const char *end = memchr(c->s, ']', (size_t)(c->end - c->s));
	int letter = c->s[1];
	if (!end) {
		abc_say(t, ABC_ERROR, t->line, abc_column(c), "put ']' behind it", "the field is not closed");
		c->s = c->end;
		return;
	}
	struct abc_cursor inside = { c->line_start, c->s + 3, end, c->columns };
	c->s = end + 1;
	t->inlined = true;
	abc_field(t, letter, &inside);
	t->inlined = false;
}

/* ["last time" is a bracket over the notes, for the eye alone. */
static bool named_ending(struct abc_cursor *c)
{
	const char *end = abc_peek_at(c, 1) == '"' ? memchr(c->s + 2, '"', (size_t)(c->end - c->s - 2)) : NULL;
	if (!end)
		return false;
	struct abc_cursor behind = { c->line_start, end, c->end, c->columns };
	size_t n = closes(&behind, ']');
	if (n && end[n - 1] != '|')
		return false; /* a chord with a text */
	c->s = end + 1;
	return true;
}

static void bracket(struct abc_tune *t, struct abc_voice *v, struct abc_cursor *c)
{
	int next = abc_peek_at(c, 1);
	if (next == '|' || (next == ']' && abc_peek_at(c, 2) == '|')) {
		bar_line(t, v, c);
	} else if (abc_digit(next)) {
		c->s++;
		ending(t, v, c);
	} else if (isalpha(next) && abc_peek_at(c, 2) == ':' && abc_peek_at(c, 3) != '|') {
		inline_field(t, c);
	} else if (!named_ending(c)) {
		abc_chord(t, v, c);
	}
}

static void quoted(struct abc_tune *t, struct abc_voice *v, struct abc_cursor *c)
{
	struct abc_cursor at = *c;
	const char *end = memchr(c->s + 1, '"', (size_t)(c->end - c->s - 1));
	if (!end) {
		abc_bar_error(t, v, c, "put '\"' at its end", "the text is not closed");
		while (abc_peek(c) >= 0 && *c->s != '|')
			c->s++;
		return;
	}
	c->s = end + 1;
	abc_quoted(t, v, &at, (struct abc_span){ at.s + 1, (size_t)(end - at.s - 1) });
}

/* The lane for an overlay that goes back over some bars: one that none of them has. Behind a bar line that bar is over. */
static int free_lane(struct abc_voice *v, unsigned back)
{
	unsigned from = v->bar_ticks == 0, highest = 0;
	for (unsigned i = from; i < from + back && i < ABC_OVERLAY_BARS; i++)
		highest = v->bar_lanes[i] > highest ? v->bar_lanes[i] : highest;
	for (unsigned i = from; i < from + back && i < ABC_OVERLAY_BARS && highest + 1 < ABC_LANES; i++)
		v->bar_lanes[i] = (uint8_t)(highest + 1);
	return (int)highest + 1;
}

/* Each & goes back one bar line. */
static void overlay(struct abc_tune *t, struct abc_voice *v, struct abc_cursor *c)
{
	struct abc_cursor at = *c;
	unsigned back = 0;
	for (; abc_peek(c) == '&'; c->s++)
		back++;
	if (back >= ABC_OVERLAY_BARS) {
		abc_bar_error(t, v, &at, NULL, "an overlay of more than %d bars", ABC_OVERLAY_BARS - 1);
		return;
	}
	check_overlay(t, v, &at);
	int lane = free_lane(v, back);
	if (lane >= ABC_LANES) {
		abc_bar_error(t, v, &at, NULL, "more than %d overlays in one bar", ABC_LANES - 1);
		return;
	}
	v->lane = lane;
	v->overlay_bars = v->overlay_back = back;
	v->lane_ticks = 0;
	v->broken = 0;
	v->tuplet.left = 0;
	v->last_sound = 0;
	abc_forget_accidentals(v);
	struct abc_item *i = abc_add_item(t, v, ABC_OVERLAY, &at);
	if (!i)
		return;
	i->overlay.lane = lane;
	i->overlay.back = back;
}

static void slur(struct abc_tune *t, struct abc_voice *v, struct abc_cursor *c, bool opens)
{
	struct abc_cursor at = *c;
	bool dotted = *c->s == '.';
	c->s += dotted ? 2 : 1;
	if (!opens && v->slurs == 0) {
		abc_say(t, ABC_WARNING, t->line, abc_column(&at), "a slur opens with '('", "no slur is open here");
		return;
	}
	v->slurs += opens ? 1 : -1;
	struct abc_item *i = abc_add_item(t, v, ABC_SLUR, &at);
	if (!i)
		return;
	i->slur.opens = opens;
	i->slur.dotted = dotted;
}

static void space(struct abc_tune *t, struct abc_voice *v, struct abc_cursor *c)
{
	struct abc_cursor at = *c;
	c->s++;
	while (abc_digit(abc_peek(c)) || abc_peek(c) == '/')
		c->s++; /* the width of a space */
	struct abc_item *i = abc_add_item(t, v, ABC_SPACE, &at);
	if (i)
		i->text = (struct abc_span){ at.s, (size_t)(c->s - at.s) };
}

static void unknown(struct abc_tune *t, struct abc_voice *v, struct abc_cursor *c)
{
	int ch = abc_peek(c);
	size_t left = (size_t)(c->end - c->s), n = ch >= 0xF0 ? 4 : ch >= 0xE0 ? 3 : 2;
	if (abc_digit(ch) || ch == '/')
		abc_bar_error(t, v, c, "lengths stand directly behind the note", "a length without a note");
	else if (ch == '#' && v->last_sound)
		abc_bar_error(t, v, c, "sharps and flats stand before the note: ^c is c sharp, _b is b flat", "'#' means nothing here");
	else if (ch >= 32 && ch < 127)
		abc_bar_error(t, v, c, "text belongs into \"quotes\" or behind %", "'%c' means nothing here", ch);
	else if (ch >= 0xC0 && left >= n && str_utf8_valid(c->s, n))
		abc_bar_error(t, v, c, "text belongs into \"quotes\" or behind %", "'%.*s' means nothing here", (int)n, c->s);
	else
		abc_bar_error(t, v, c, NULL, "byte %02X means nothing here", ch);
	/* Skip the whole of it: words and numbers are one mistake, not many. */
	c->s++;
	while (abc_digit(ch) && (abc_digit(abc_peek(c)) || abc_peek(c) == '/'))
		c->s++;
	while (ch >= 0x80 && abc_peek(c) >= 0x80)
		c->s++;
}

static void element(struct abc_tune *t, struct abc_voice *v, struct abc_cursor *c)
{
	int ch = abc_peek(c);
	switch (ch) {
	case ' ':
	case '\t':
		t->spaced = true;
		c->s++;
		return;
	case ')':
		slur(t, v, c, false);
		return;
	case '`':
	case '*':
	case ';':
	case '$':
	case '@':
	case '\\':
	case '\0':
		c->s++;
		return;
	case '|':
	case ':':
		bar_line(t, v, c);
		return;
	case '[':
		bracket(t, v, c);
		return;
	case ']': /* an end that is only for the eye */
		c->s++;
		return;
	case '(':
		if (abc_digit(abc_peek_at(c, 1)))
			abc_tuplet_start(t, v, c);
		else
			slur(t, v, c, true);
		return;
	case '.':
		if (abc_peek_at(c, 1) == '(' && !abc_digit(abc_peek_at(c, 2)))
			slur(t, v, c, true);
		else if (abc_peek_at(c, 1) == '|')
			c->s++; /* a dotted bar line */
		else if (abc_peek_at(c, 1) == '-')
			c->s++; /* a dotted tie */
		else
			(void)abc_decoration(t, v, c);
		return;
	case '{':
		abc_grace(t, v, c);
		return;
	case '"':
		quoted(t, v, c);
		return;
	case '&':
		overlay(t, v, c);
		return;
	case '<':
	case '>':
		abc_broken(t, v, c);
		return;
	case '-':
		abc_tie(t, v, c);
		return;
	case 'y':
		space(t, v, c);
		return;
	default:
		if (!abc_note_or_rest(t, v, c) && !abc_decoration(t, v, c))
			unknown(t, v, c);
	}
}

/* The next w: line stands under what comes now. */
static void begin_lyrics(struct abc_voice *v)
{
	v->lyric_from = v->n_items;
	v->verses = 0;
}

/* Where the source's line of music ends, unless it goes on in the next one. */
static void end_line(struct abc_tune *t)
{
	if (t->n_voices && t->voices[t->current].n_items)
		(void)abc_add_item(t, &t->voices[t->current], ABC_LINE_END, NULL);
}

void abc_music_line(struct abc_tune *t, struct abc_cursor *c)
{
	struct abc_voice *v = abc_current(t);
	const char *end = c->end;
	while (end > c->s && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	bool goes_on = end > c->s && end[-1] == '\\';
	if (v && !t->continued)
		begin_lyrics(v);
	t->continued = goes_on;
	t->spaced = true;
	while (c->s < c->end && !t->out_of_memory && !t->too_large) {
		/* [V:] may have moved on */
		size_t was = t->current;
		v = abc_current(t);
		if (!v)
			return;
		element(t, v, c);
		if (t->current != was)
			begin_lyrics(&t->voices[t->current]);
	}
	if (!goes_on)
		end_line(t);
}

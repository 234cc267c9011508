/*
 * abc_lyric.c - w: lines, syllable by syllable under the notes of the line above.
 */
#include "music/abc_priv.h"

#include <string.h>

#include "base/limits.h"

static bool add_lyric(struct abc_tune *t, struct abc_item *i, struct abc_lyric lyric)
{
	if (t->n_lyrics >= LIMIT_ABC_ITEMS) {
		t->too_large = true;
		return false;
	}
	if (mem_grow(&t->lyrics, &t->room_lyrics, t->n_lyrics + 1, sizeof(*t->lyrics)) < 0) {
		t->out_of_memory = true;
		return false;
	}
	t->lyrics[t->n_lyrics++] = lyric;
	uint32_t at = (uint32_t)t->n_lyrics, *link = &i->heads.lyric;
	while (*link)
		link = &t->lyrics[*link - 1].next;
	*link = at;
	return true;
}

/* The next note at or after *at; with `bar`, the first one behind the next bar line. */
static struct abc_item *next_note(struct abc_voice *v, size_t *at, bool bar)
{
	for (; *at < v->n_items; (*at)++) {
		struct abc_item *i = &v->items[*at];
		if (i->kind == ABC_BAR && bar)
			bar = false;
		else if (i->kind == ABC_NOTES && !bar)
			return i;
	}
	return NULL;
}

static bool ends_syllable(int ch)
{
	return ch < 0 || ch == ' ' || ch == '\t' || ch == '-' || ch == '_' || ch == '*' || ch == '|';
}

void abc_lyric_line(struct abc_tune *t, struct abc_cursor *c)
{
	struct abc_voice *v = abc_current(t);
	if (!v)
		return;
	if (++v->verses > LIMIT_ABC_VERSES) {
		abc_say(t, ABC_WARNING, t->line, abc_column(c), NULL, "more than %d verses", LIMIT_ABC_VERSES);
		return;
	}
	size_t at = v->lyric_from;
	for (abc_skip_space(c); abc_peek(c) >= 0; abc_skip_space(c)) {
		int ch = abc_peek(c);
		if (ch == '|') {
			struct abc_item *i = next_note(v, &at, true);
			c->s++;
			if (!i)
				return;
			continue;
		}
		struct abc_item *i = next_note(v, &at, false);
		if (!i) {
			abc_say(t, ABC_WARNING, t->line, abc_column(c), "'*' skips a note, '_' holds a syllable",
				"more syllables than notes");
			return;
		}
		at++;
		if (ch == '*' || ch == '_' || ch == '-') {
			c->s++;
			continue;
		}
		const char *from = c->s;
		while (!ends_syllable(abc_peek(c)))
			c->s += abc_peek(c) == '\\' && abc_peek_at(c, 1) >= 0 ? 2 : 1;
		bool hyphen = abc_peek(c) == '-';
		struct abc_span text = { from, (size_t)(c->s - from) };
		if (hyphen)
			c->s++;
		if (!add_lyric(t, i, (struct abc_lyric){ .text = text, .hyphen = hyphen, .verse = (uint16_t)v->verses }))
			return;
	}
}

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

/* Notes of overlays have no syllables and no symbols of their own. */
struct abc_item *abc_next_note(struct abc_voice *v, size_t *at, bool bar)
{
	for (; *at < v->n_items; (*at)++) {
		struct abc_item *i = &v->items[*at];
		if (i->kind == ABC_BAR && bar)
			bar = false;
		else if (i->kind == ABC_NOTES && !bar && !i->heads.overlay)
			return i;
	}
	return NULL;
}

static bool ends_syllable(int ch)
{
	return ch < 0 || ch == ' ' || ch == '\t' || ch == '-' || ch == '_' || ch == '*' || ch == '|';
}

/* One syllable, or a sign that stands for a note; false when memory is out. */
static bool syllable(struct abc_tune *t, struct abc_voice *v, struct abc_cursor *c, struct abc_item *i)
{
	struct abc_lyric lyric = { .verse = (uint16_t)v->verses };
	const char *from = c->s;
	int ch = abc_peek(c);
	if (ch == '*' || ch == '_' || ch == '-') {
		c->s++;
		lyric.held = ch == '_';
		return add_lyric(t, i, lyric); /* without a text */
	}
	while (!ends_syllable(abc_peek(c)))
		c->s += abc_peek(c) == '\\' && abc_peek_at(c, 1) >= 0 ? 2 : 1;
	lyric.text = (struct abc_span){ from, (size_t)(c->s - from) };
	lyric.hyphen = abc_peek(c) == '-';
	c->s += lyric.hyphen;
	return add_lyric(t, i, lyric);
}

void abc_lyric_line(struct abc_tune *t, struct abc_cursor *c, bool goes_on)
{
	struct abc_voice *v = abc_current(t);
	if (!v)
		return;
	if (!goes_on) {
		v->lyric_at = v->lyric_from;
		v->verses++;
	}
	if (c->end > c->s && c->end[-1] == '\\')
		c->end--; /* goes on in the next w: line */
	if (v->verses > LIMIT_ABC_VERSES) {
		abc_say(t, ABC_WARNING, t->line, abc_column(c), NULL, "more than %d verses", LIMIT_ABC_VERSES);
		return;
	}
	for (abc_skip_space(c); abc_peek(c) >= 0; abc_skip_space(c)) {
		if (abc_peek(c) == '|') {
			c->s++;
			if (!abc_next_note(v, &v->lyric_at, true))
				return;
			continue;
		}
		struct abc_item *i = abc_next_note(v, &v->lyric_at, false);
		if (!i) {
			abc_say(t, ABC_WARNING, t->line, abc_column(c), "'*' skips a note, '_' holds a syllable",
				"more syllables than notes");
			return;
		}
		v->lyric_at++;
		if (!syllable(t, v, c, i))
			return;
	}
}

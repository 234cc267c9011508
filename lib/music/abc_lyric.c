/*
 * abc_lyric.c - w: lines, syllable by syllable under notes.
 *
 * Up to ABC 2.0 the words begin with the line of music above them; from 2.1 on with the first note that no w: line has come to yet, and notes
 * of overlays count as they stand in the text. A file that says %abc-2.1 means that. In any other one words stand under the line
 * above as long as there are notes for them, without overlays if that will do; what is too long for it is read by the new rule.
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

struct abc_item *abc_next_note(struct abc_voice *v, size_t *at, bool bar, bool overlays)
{
	for (; *at < v->n_items; (*at)++) {
		struct abc_item *i = &v->items[*at];
		if (i->kind == ABC_BAR && bar)
			bar = false;
		else if (i->kind == ABC_NOTES && !bar && (overlays || !i->heads.overlay))
			return i;
	}
	return NULL;
}

static bool ends_syllable(int ch)
{
	return ch < 0 || ch == ' ' || ch == '\t' || ch == '-' || ch == '_' || ch == '*' || ch == '|';
}

/* One syllable, or a sign that stands for a note. */
static struct abc_lyric syllable(struct abc_cursor *c, int verse)
{
	struct abc_lyric lyric = { .verse = (uint16_t)verse };
	const char *from = c->s;
	int ch = abc_peek(c);
	if (ch == '*' || ch == '_' || ch == '-') {
		c->s++;
		lyric.held = ch == '_';
		return lyric; /* without a text */
	}
	while (!ends_syllable(abc_peek(c)))
		c->s += abc_peek(c) == '\\' && abc_peek_at(c, 1) >= 0 ? 2 : 1;
	lyric.text = (struct abc_span){ from, (size_t)(c->s - from) };
	lyric.hyphen = abc_peek(c) == '-';
	c->s += lyric.hyphen;
	return lyric;
}

/*
 * The words from c on, for the notes from *at on. Without a tune it is only tried. False when there are more of them than notes; c then
 * stands at the first one too many.
 */
static bool align(struct abc_tune *t, struct abc_voice *v, struct abc_cursor *c, size_t *at)
{
	for (abc_skip_space(c); abc_peek(c) >= 0; abc_skip_space(c)) {
		if (abc_peek(c) == '|') {
			c->s++;
			(void)abc_next_note(v, at, true, v->lyric_overlays); /* there need not be one, without more words */
			continue;
		}
		struct abc_item *i = abc_next_note(v, at, false, v->lyric_overlays);
		if (!i)
			return false;
		(*at)++;
		struct abc_lyric lyric = syllable(c, v->verses);
		if (t && !add_lyric(t, i, lyric))
			return true; /* the tune says why */
	}
	return true;
}

static size_t count(struct abc_cursor c)
{
	size_t n = 0;
	for (abc_skip_space(&c); abc_peek(&c) >= 0; abc_skip_space(&c)) {
		n += abc_peek(&c) != '|';
		if (abc_peek(&c) == '|')
			c.s++;
		else
			(void)syllable(&c, 0);
	}
	return n;
}

/* How many words find no note from `at` on. */
static size_t too_many(struct abc_voice *v, struct abc_cursor c, size_t at, bool overlays)
{
	v->lyric_overlays = overlays;
	return align(NULL, v, &c, &at) ? 0 : count(c);
}

/* Whether they have their notes, if not without those of overlays, then with them. */
static bool fit(struct abc_voice *v, const struct abc_cursor *c, size_t at)
{
	return too_many(v, *c, at, false) == 0 || too_many(v, *c, at, true) == 0;
}

/* Where the words of a verse begin, and whether overlays have some. Verses begin together. */
static void find_place(const struct abc_tune *t, struct abc_voice *v, const struct abc_cursor *c)
{
	if (v->verses == 1)
		v->lyric_begin = t->strict ? v->lyric_free : v->lyric_from;
	v->lyric_at = v->lyric_begin;
	v->lyric_overlays = true;
	if (t->strict || fit(v, c, v->lyric_begin))
		return;
	/* A word or two may be a mistake. */
	size_t more = too_many(v, *c, v->lyric_begin, true);
	if (v->verses == 1 && more * 4 > count(*c) && fit(v, c, v->lyric_free))
		v->lyric_at = v->lyric_begin = v->lyric_free;
	else
		v->lyric_overlays = false;
}

void abc_lyric_line(struct abc_tune *t, struct abc_cursor *c, bool goes_on)
{
	struct abc_voice *v = abc_current(t);
	if (!v)
		return;
	if (c->end > c->s && c->end[-1] == '\\')
		c->end--; /* goes on in the next w: line */
	if (!goes_on)
		v->verses++;
	if (v->verses > LIMIT_ABC_VERSES) {
		abc_say(t, ABC_WARNING, t->line, abc_column(c), NULL, "more than %d verses", LIMIT_ABC_VERSES);
		return;
	}
	if (!goes_on)
		find_place(t, v, c);
	else if (!v->lyric_overlays)
		v->lyric_overlays = fit(v, c, v->lyric_at) && v->lyric_overlays;
	v->lyric_free = v->n_items;
	if (!align(t, v, c, &v->lyric_at))
		abc_say(t, ABC_WARNING, t->line, abc_column(c), "'*' skips a note, '_' holds a syllable",
			"more syllables than notes");
}

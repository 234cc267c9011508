/*
 * abc_symbols.c - s: lines: decorations, chord symbols and annotations under the notes of the line above.
 */
#include "music/abc_priv.h"

#include <string.h>

#include "base/limits.h"

struct placed {
	size_t at; /* goes in front of this item */
	struct abc_item item;
};

struct placed_list {
	struct placed *v;
	size_t n, room;
};

static bool place(struct abc_tune *t, struct placed_list *l, size_t at, const struct abc_cursor *c, struct abc_span text)
{
	if (mem_grow(&l->v, &l->room, l->n + 1, sizeof(*l->v)) < 0) {
		t->out_of_memory = true;
		return false;
	}
	struct abc_item i = { .line = t->line, .column = abc_column(c) };
	struct abc_span inside = abc_trim((struct abc_span){ text.s + 1, text.n - 2 });
	if (*text.s == '"') {
		i.kind = inside.n && strchr("^_<>@", *inside.s) ? ABC_ANNOTATION : ABC_CHORD_SYMBOL;
		if (i.kind == ABC_CHORD_SYMBOL)
			i.symbol.known = abc_chord_parse(inside.s, inside.n, &i.symbol.chord);
	} else {
		i.kind = ABC_DECORATION;
		i.decor = abc_decor_of(inside);
	}
	i.text = inside;
	if (inside.n)
		l->v[l->n++] = (struct placed){ at, i };
	return true;
}

/* Merges them in, from the end; places stay where they are in the music. */
static void merge(struct abc_tune *t, struct abc_voice *v, const struct placed_list *l)
{
	if (l->n == 0 || mem_grow(&v->items, &v->room_items, v->n_items + l->n, sizeof(*v->items)) < 0) {
		t->out_of_memory |= l->n > 0;
		return;
	}
	size_t to = v->n_items + l->n, from = v->n_items;
	for (size_t k = l->n; k > 0; k--) {
		size_t at = l->v[k - 1].at;
		memmove(&v->items[at + k], &v->items[at], (from - at) * sizeof(*v->items));
		v->items[at + k - 1] = l->v[k - 1].item;
		if (l->v[k - 1].item.kind == ABC_CHORD_SYMBOL)
			v->items[at + k - 1].symbol.semitones = abc_symbol_shift(&v->state);
		from = at;
		for (size_t p = 0; p < COUNT_OF(v->part_at); p++)
			v->part_at[p] += v->part_at[p] > at;
		v->last_sound += v->last_sound > at;
		v->lyric_at += v->lyric_at > at;
		v->lyric_free += v->lyric_free > at;
	}
	v->n_items = to;
}

void abc_symbol_line(struct abc_tune *t, struct abc_cursor *c)
{
	struct abc_voice *v = abc_current(t);
	struct placed_list l = { NULL, 0, 0 };
	if (!v)
		return;
	size_t at = v->lyric_from;
	for (abc_skip_space(c); abc_peek(c) >= 0; abc_skip_space(c)) {
		struct abc_cursor here = *c;
		int ch = abc_peek(c);
		const char *close = ch == '!' || ch == '"' || ch == '+' ?
					    memchr(c->s + 1, ch, (size_t)(c->end - c->s - 1)) : NULL;
		if (ch == '|') {
			c->s++;
			(void)abc_next_note(v, &at, true, t->strict);
			continue;
		}
		if (ch != '*' && !close) {
			abc_say(t, ABC_ERROR, t->line, abc_column(c), "s: * !trill! \"Am\" |", "'%c' does not belong into a line of symbols",
				ch >= 32 && ch < 127 ? ch : '?');
			break;
		}
		if (!abc_next_note(v, &at, false, t->strict)) {
			abc_say(t, ABC_WARNING, t->line, abc_column(c), "'*' skips a note, '|' goes to the next bar",
				"more symbols than notes");
			break;
		}
		c->s = close ? close + 1 : c->s + 1;
		if (close && !place(t, &l, at, &here, (struct abc_span){ here.s, (size_t)(c->s - here.s) }))
			break;
		/* several signs without space between stand at one note */
		if (abc_peek(c) < 0 || !close || !strchr("!\"+", abc_peek(c)))
			at++;
	}
	if (v->n_items + l.n > LIMIT_ABC_ITEMS)
		t->too_large = true;
	else
		merge(t, v, &l);
	free(l.v);
}

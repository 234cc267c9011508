/*
 * abc_macro.c - m: fields. A static macro stands for its text ("m: ~g2 = {a}g{f}g"); one with an n stands for
 * any note ("m: ~n2 = {o}n{m}n"): in its text h to z are notes, as many steps from the written one as they are from n.
 */
#include "music/abc_priv.h"

#include <ctype.h>
#include <string.h>

#include "base/limits.h"

void abc_macro_field(struct abc_tune *t, struct abc_cursor *c)
{
	struct abc_span all = abc_trim((struct abc_span){ c->s, (size_t)(c->end - c->s) });
	const char *equals = all.n ? memchr(all.s, '=', all.n) : NULL;
	struct abc_macro m = { 0 };
	if (equals) {
		m.name = abc_trim((struct abc_span){ all.s, (size_t)(equals - all.s) });
		m.text = abc_trim((struct abc_span){ equals + 1, all.n - (size_t)(equals + 1 - all.s) });
	}
	if (m.name.n == 0 || m.name.n > 31) {
		abc_say(t, ABC_ERROR, t->line, abc_column(c), "write m: ~g2 = {a}g{f}g, or m: ~n2 = {o}n{m}n for any note",
			"the macro is not understood");
		return;
	}
	m.transposes = memchr(m.name.s, 'n', m.name.n) != NULL;
	if (t->n_macros >= LIMIT_ABC_MACROS) {
		abc_say(t, ABC_ERROR, t->line, 1, NULL, "more than %d macros", LIMIT_ABC_MACROS);
		return;
	}
	if (mem_grow(&t->macros, &t->room_macros, t->n_macros + 1, sizeof(*t->macros)) < 0) {
		t->out_of_memory = true;
		return;
	}
	/* The last definition of a name counts. */
	for (size_t i = 0; i < t->n_macros; i++)
		if (t->macros[i].name.n == m.name.n && memcmp(t->macros[i].name.s, m.name.s, m.name.n) == 0) {
			t->macros[i] = m;
			return;
		}
	t->macros[t->n_macros++] = m;
}

/* A line that grows, with the column each byte comes from. */
struct growing {
	struct abc_tune *tune;
	char *s;
	uint32_t *columns;
	size_t n, room_s, room_columns;
	bool too_long;
};

static void put(struct growing *g, char ch, uint32_t column)
{
	if (g->n >= LIMIT_ABC_LINE)
		g->too_long = true;
	if (g->too_long || g->tune->out_of_memory)
		return;
	if (mem_grow(&g->s, &g->room_s, g->n + 2, 1) < 0 ||
	    mem_grow(&g->columns, &g->room_columns, g->n + 2, sizeof(*g->columns)) < 0) {
		g->tune->out_of_memory = true;
		return;
	}
	g->s[g->n] = ch;
	g->columns[g->n] = column;
	g->n++;
	g->columns[g->n] = column + 1; /* of the line's end */
}

static int letter_step(int c)
{
	static const char order[] = "CDEFGABcdefgab";
	const char *p = c > 0 ? strchr(order, c) : NULL;
	return p && *p ? (int)(p - order) : -1;
}

static void put_step(struct growing *g, int step, uint32_t column)
{
	static const char order[] = "CDEFGABcdefgab";
	int octave = 0;
	for (; step >= 14; step -= 7)
		octave++;
	for (; step < 0; step += 7)
		octave--;
	put(g, order[step], column);
	for (; octave > 0; octave--)
		put(g, '\'', column);
	for (; octave < 0; octave++)
		put(g, ',', column);
}

/* Matches a macro's name at s; gives its length there (0: no match) and the note that n stands for. */
static size_t match(const struct abc_macro *m, const char *s, const char *end, int *ret_step)
{
	const char *p = s;
	for (size_t i = 0; i < m->name.n; i++) {
		if (p >= end)
			return 0;
		if (m->name.s[i] != 'n' || !m->transposes) {
			if (*p++ != m->name.s[i])
				return 0;
			continue;
		}
		int step = letter_step(*p++);
		if (step < 0)
			return 0;
		for (; p < end && (*p == '\'' || *p == ',') && p - s < 31; p++)
			step += *p == '\'' ? 7 : -7;
		*ret_step = step;
	}
	return (size_t)(p - s);
}

static void put_macro(struct growing *g, const struct abc_macro *m, int step, uint32_t column)
{
	char closing = '\0'; /* inside !...! or "..." letters are no notes */
	for (size_t i = 0; i < m->text.n && !g->too_long; i++) {
		char ch = m->text.s[i];
		if (m->transposes && !closing && ch >= 'h' && ch <= 'z') {
			put_step(g, step + ch - 'n', column);
			continue;
		}
		put(g, ch, column);
		if (closing)
			closing = ch == closing ? '\0' : closing;
		else if (ch == '!' || ch == '"')
			closing = ch;
	}
}

/* The longest macro that stands at s; NULL when none does. */
static const struct abc_macro *find(const struct abc_tune *t, const char *s, const char *end, size_t *ret_n, int *ret_step)
{
	const struct abc_macro *best = NULL;
	size_t longest = 0;
	for (size_t i = 0; i < t->n_macros; i++) {
		int step = 0;
		size_t n = match(&t->macros[i], s, end, &step);
		if (n <= longest)
			continue;
		longest = n;
		best = &t->macros[i];
		*ret_step = step;
	}
	*ret_n = longest;
	return best;
}

/* How much at s is text or a field, in which no macro stands. */
static size_t not_music(const char *s, const char *end)
{
	bool field = *s == '[' && end - s > 2 && isalpha((unsigned char)s[1]) && s[2] == ':';
	if (*s != '"' && !field)
		return 0;
	size_t left = (size_t)(end - s - 1);
	const char *close = memchr(s + 1, field ? ']' : '"', left < ABC_LOOK_BYTES ? left : ABC_LOOK_BYTES);
	return close ? (size_t)(close + 1 - s) : 0;
}

static bool expand(struct abc_tune *t, const struct abc_cursor *c, struct growing *g)
{
	bool any = false;
	for (const char *s = c->s; s < c->end && !g->too_long;) {
		uint32_t column = (uint32_t)(s - c->line_start) + 1;
		size_t n = not_music(s, c->end);
		int step = 0;
		const struct abc_macro *m = n ? NULL : find(t, s, c->end, &n, &step);
		if (m) {
			put_macro(g, m, step, column);
			any = true;
			s += n;
			continue;
		}
		for (n = n ? n : 1; n > 0; n--, s++)
			put(g, *s, (uint32_t)(s - c->line_start) + 1);
	}
	return any;
}

void abc_macros_expand(struct abc_tune *t, struct abc_cursor *c)
{
	struct growing g = { .tune = t };
	bool any = expand(t, c, &g);
	if (g.too_long)
		abc_say(t, ABC_ERROR, t->line, 1, NULL, "with its macros the line has more than %d bytes", LIMIT_ABC_LINE);
	if (!any || g.too_long || t->out_of_memory) {
		free(g.s);
		free(g.columns);
		return;
	}
	if (g.n == 0) { /* nothing is left of it */
		c->s = c->end;
		return;
	}
	if (mem_grow(&t->owned, &t->room_owned, t->n_owned + 2, sizeof(*t->owned)) < 0) {
		t->out_of_memory = true;
		free(g.s);
		free(g.columns);
		return;
	}
	/* A file must not become more than it may be by what its macros stand for. */
	t->expanded_bytes += g.n;
	t->too_large |= t->expanded_bytes > LIMIT_ABC_BYTES;
	t->owned[t->n_owned++] = g.s;
	t->owned[t->n_owned++] = g.columns;
	*c = (struct abc_cursor){ g.s, g.s, g.s + g.n, g.columns };
}

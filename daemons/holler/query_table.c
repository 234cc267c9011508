#include "query_table.h"

#include "columns.h"

#include <string.h>

#include "base/banned.h"

#define GAP       2  /* spaces between columns */
#define NARROWEST 6  /* a column is not cut further than this */

struct column {
	const char *name; /* lent by the columns */
	bool right;
	size_t natural; /* what its widest value takes */
	size_t width;   /* what it is given */
};

struct query_table {
	json_t *lent;
	size_t width, n;
	bool blocks;
	struct column columns[];
};

/* --- values -------------------------------------------------------------------------------------------------------- */

/* Line ends and tabs inside of text would break the table. */
static void add_text(struct strbuf *b, const char *s)
{
	for (; *s; s++) {
		if (*s == '\n')
			(void)strbuf_adds(b, "⏎");
		else
			(void)strbuf_addc(b, *s == '\t' ? ' ' : *s);
	}
}

/* Within a list, text that could be taken for something else stands in quotes. */
static bool needs_quotes(const char *s)
{
	return !*s || s[strcspn(s, ",[]\"")] || *s == ' ' || s[strlen(s) - 1] == ' ' || str_eq(s, "null");
}

static void add_item(struct strbuf *b, const json_t *v)
{
	const char *s = json_string_value(v);
	bool quotes = s && needs_quotes(s);
	if (quotes)
		(void)strbuf_addc(b, '"');
	query_table_value(v, b);
	if (quotes)
		(void)strbuf_addc(b, '"');
}

void query_table_value(const json_t *v, struct strbuf *b)
{
	const json_t *item;
	size_t i;
	switch (v ? json_typeof(v) : JSON_NULL) {
	case JSON_NULL: (void)strbuf_adds(b, "null"); break;
	case JSON_TRUE: (void)strbuf_adds(b, "true"); break;
	case JSON_FALSE: (void)strbuf_adds(b, "false"); break;
	case JSON_INTEGER: (void)strbuf_addf(b, "%lld", (long long)json_integer_value(v)); break;
	case JSON_REAL: (void)strbuf_addf(b, "%.9g", json_real_value(v)); break; /* --json has all digits */
	case JSON_STRING: add_text(b, json_string_value(v)); break;
	case JSON_OBJECT: (void)json_write(b, v, JSON_OUT_COMPACT); break;
	case JSON_ARRAY:
		(void)strbuf_addc(b, '[');
		json_array_foreach(v, i, item)
		{
			if (i)
				(void)strbuf_adds(b, ", ");
			add_item(b, item);
		}
		(void)strbuf_addc(b, ']');
	}
}

static bool is_number(const char *type)
{
	return type && (str_starts(type, "Int") || str_starts(type, "Float"));
}

/* --- widths -------------------------------------------------------------------------------------------------------- */

static size_t total(const struct query_table *t, size_t most)
{
	size_t sum = t->n ? GAP * (t->n - 1) : 0;
	for (size_t i = 0; i < t->n; i++)
		sum += t->columns[i].natural < most ? t->columns[i].natural : most;
	return sum;
}

/* The widest columns give way first, all to the same width. */
static void fit(struct query_table *t)
{
	size_t most = 0;
	for (size_t i = 0; i < t->n; i++)
		most = t->columns[i].natural > most ? t->columns[i].natural : most;
	most = t->width && most > t->width ? t->width : most;
	while (t->width && most > NARROWEST && total(t, most) > t->width)
		most--;
	t->blocks = t->width && total(t, most) > t->width;
	size_t spare = t->width && !t->blocks ? t->width - total(t, most) : 0;
	for (size_t i = 0; i < t->n; i++) {
		struct column *c = &t->columns[i];
		size_t more = c->natural > most ? c->natural - most : 0;
		more = more < spare ? more : spare;
		c->width = (c->natural < most ? c->natural : most) + more;
		spare -= more;
	}
}

int query_table_new(const json_t *columns, size_t width, struct query_table **ret)
{
	size_t n = json_array_size(columns), i;
	const json_t *column;
	struct query_table *t = calloc(1, sizeof(*t) + n * sizeof(t->columns[0]));
	if (!t)
		return -ENOMEM;
	t->lent = json_incref((json_t *)columns);
	t->width = width;
	json_array_foreach(columns, i, column)
	{
		const char *name = json_string_value(json_object_get(column, "name"));
		struct column *c = &t->columns[t->n++];
		c->name = name ? name : "";
		c->right = is_number(json_string_value(json_object_get(column, "type")));
		c->natural = columns_count(c->name);
	}
	fit(t);
	*ret = t;
	return 0;
}

void query_table_free(struct query_table *t)
{
	if (!t)
		return;
	json_decref(t->lent);
	free(t);
}

bool query_table_measure(struct query_table *t, const json_t *row)
{
	bool wider = false;
	for (size_t i = 0; i < t->n; i++) {
		AUTO_STRBUF value = STRBUF_INIT;
		struct column *c = &t->columns[i];
		query_table_value(json_object_get(row, c->name), &value);
		size_t n = value.s ? columns_count(value.s) : 0;
		wider |= n > c->natural;
		c->natural = n > c->natural ? n : c->natural;
	}
	if (wider)
		fit(t);
	return wider;
}

/* --- lines --------------------------------------------------------------------------------------------------------- */

static void end_line(struct strbuf *b)
{
	if (!strbuf_ok(b))
		return;
	while (b->n && b->s[b->n - 1] == ' ')
		b->s[--b->n] = '\0';
	(void)strbuf_addc(b, '\n');
}

/* The value of a column; "" when memory is out, which then sticks in `b`. */
static const char *value_of(const struct query_table *t, size_t i, const json_t *row, struct strbuf *value, struct strbuf *b)
{
	query_table_value(json_object_get(row, t->columns[i].name), value);
	b->failed |= !strbuf_ok(value);
	return value->s && strbuf_ok(value) ? value->s : "";
}

static void add_cell(const struct query_table *t, size_t i, const char *text, struct strbuf *b)
{
	const struct column *c = &t->columns[i];
	size_t n = columns_count(text);
	if (i)
		(void)strbuf_addf(b, "%*s", GAP, "");
	if (c->right && n < c->width)
		(void)strbuf_addf(b, "%*s", (int)(c->width - n), "");
	if (c->right)
		columns_cut(b, text, c->width);
	else
		columns_fill(b, text, c->width);
}

void query_table_head(const struct query_table *t, struct strbuf *b)
{
	if (t->blocks)
		return;
	for (size_t i = 0; i < t->n; i++)
		add_cell(t, i, t->columns[i].name, b);
	end_line(b);
	for (size_t i = 0; i < t->n; i++) {
		if (i)
			(void)strbuf_addf(b, "%*s", GAP, "");
		for (size_t k = 0; k < t->columns[i].width; k++)
			(void)strbuf_adds(b, "─");
	}
	(void)strbuf_addc(b, '\n');
}

static void add_block(const struct query_table *t, const char *mark, const json_t *row, struct strbuf *b)
{
	size_t widest = 0;
	for (size_t i = 0; i < t->n; i++) {
		size_t n = columns_count(t->columns[i].name);
		widest = n > widest ? n : widest;
	}
	for (size_t i = 0; i < t->n; i++) {
		AUTO_STRBUF value = STRBUF_INIT;
		(void)strbuf_addf(b, "%s", mark);
		columns_fill(b, t->columns[i].name, widest);
		(void)strbuf_adds(b, "  ");
		columns_cut(b, value_of(t, i, row, &value, b), SIZE_MAX);
		end_line(b);
	}
	(void)strbuf_addc(b, '\n');
}

void query_table_row(const struct query_table *t, const char *mark, const json_t *row, struct strbuf *b)
{
	if (t->blocks) {
		add_block(t, mark, row, b);
		return;
	}
	(void)strbuf_adds(b, mark);
	for (size_t i = 0; i < t->n; i++) {
		AUTO_STRBUF value = STRBUF_INIT;
		add_cell(t, i, value_of(t, i, row, &value, b), b);
	}
	end_line(b);
}

int query_table_draw(const json_t *columns, const json_t *rows, size_t width, struct strbuf *b)
{
	AUTO(query_table) t = NULL;
	const json_t *row;
	size_t i;
	int r = query_table_new(columns, width, &t);
	if (r < 0)
		return r;
	json_array_foreach(rows, i, row)
		(void)query_table_measure(t, row);
	query_table_head(t, b);
	json_array_foreach(rows, i, row)
		query_table_row(t, "", row, b);
	return strbuf_ok(b) ? 0 : -ENOMEM;
}

/*
 * toml_parse.c - the structure of a TOML document: lines, headers, keys, arrays and inline tables.
 */
#include "base/toml.h"

#include "base/limits.h"
#include "base/toml_priv.h"

#include <string.h>

struct key_part {
	char *s; /* NULL once an entry has taken it */
	size_t n;
	unsigned line, column;
	const char *at;
};

/* A dotted key: a.b."c d" */
struct key {
	struct key_part parts[LIMIT_TOML_DEPTH];
	size_t n;
};

static void key_done(struct key *k)
{
	for (size_t i = 0; i < k->n; i++)
		free(k->parts[i].s);
}
#define AUTO_KEY __attribute__((cleanup(key_done))) struct key

static int parse_value(struct toml_parser *ps, struct toml **ret);

size_t toml_newline(const struct toml_parser *ps)
{
	if (toml_at(ps, '\n'))
		return 1;
	return ps->end - ps->p >= 2 && ps->p[0] == '\r' && ps->p[1] == '\n' ? 2 : 0;
}

void toml_take_newline(struct toml_parser *ps, size_t n)
{
	ps->p += n;
	ps->line++;
	ps->mark = ps->p;
	ps->mark_column = 1;
}

void toml_skip_blank(struct toml_parser *ps)
{
	while (toml_at(ps, ' ') || toml_at(ps, '\t'))
		ps->p++;
}

static int skip_comment(struct toml_parser *ps)
{
	if (!toml_at(ps, '#'))
		return 0;
	for (; ps->p < ps->end && !toml_newline(ps); ps->p++) {
		unsigned char c = (unsigned char)*ps->p;
		if ((c < 0x20 && c != '\t') || c == 0x7F)
			return toml_fail(ps, ps->p, "control character 0x%02x in a comment", c);
	}
	return 0;
}

int toml_skip_filler(struct toml_parser *ps)
{
	for (;;) {
		toml_skip_blank(ps);
		int r = skip_comment(ps);
		if (r < 0)
			return r;
		size_t n = toml_newline(ps);
		if (!n)
			return 0;
		toml_take_newline(ps, n);
	}
}

static int expect_line_end(struct toml_parser *ps)
{
	toml_skip_blank(ps);
	int r = skip_comment(ps);
	if (r < 0)
		return r;
	size_t n = toml_newline(ps);
	if (n)
		toml_take_newline(ps, n);
	else if (ps->p < ps->end)
		return toml_unexpected(ps, "the end of the line");
	return 0;
}

static bool is_bare(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/* One part of a key into ps->text. */
static int read_key_part(struct toml_parser *ps)
{
	if (toml_at(ps, '"') || toml_at(ps, '\''))
		return toml_read_string(ps, false);
	const char *from = ps->p;
	while (ps->p < ps->end && is_bare(*ps->p))
		ps->p++;
	if (ps->p == from)
		return toml_unexpected(ps, "a key");
	strbuf_clear(&ps->text);
	return strbuf_add(&ps->text, from, (size_t)(ps->p - from)) < 0 ? toml_no_memory(ps) : 0;
}

static int parse_key(struct toml_parser *ps, struct key *ret)
{
	for (;;) {
		toml_skip_blank(ps);
		if (ret->n == LIMIT_TOML_DEPTH)
			return toml_fail(ps, ps->p, "this key has more than %d parts", LIMIT_TOML_DEPTH);
		AUTO(toml) place = toml_new(ps, TOML_STRING); /* counts the column */
		if (!place)
			return toml_no_memory(ps);
		struct key_part part = { NULL, 0, place->line, place->column, ps->p };
		int r = read_key_part(ps);
		if (r < 0)
			return r;
		part.n = ps->text.n;
		part.s = strbuf_take(&ps->text);
		if (!part.s)
			return toml_no_memory(ps);
		ret->parts[ret->n++] = part;
		toml_skip_blank(ps);
		if (!toml_at(ps, '.'))
			return 0;
		ps->p++;
	}
}

/* Adds `value` under a part of a key, taking both on success. */
static int add_part(struct toml_parser *ps, struct toml *table, struct key_part *part, struct toml *value)
{
	struct toml_entry e = { part->s, part->n, part->line, part->column, value };
	if (toml_add(table, &e) < 0)
		return toml_no_memory(ps);
	part->s = NULL;
	return 0;
}

static int add_new(struct toml_parser *ps, struct toml *table, struct key_part *part, enum toml_kind kind,
		   enum toml_origin origin, struct toml **ret)
{
	AUTO(toml) t = toml_new(ps, kind);
	if (!t)
		return toml_no_memory(ps);
	t->line = part->line;
	t->column = part->column;
	t->origin = origin;
	int r = add_part(ps, table, part, t);
	if (r < 0)
		return r;
	*ret = TAKE(t);
	return 0;
}

static int already(struct toml_parser *ps, const struct key_part *part, const struct toml_entry *e)
{
	return toml_fail(ps, part->at, "'%.60s' is already there since line %u (%s)", e->key, e->line,
			 toml_kind_name(e->value->kind));
}

/* From a table to the one that a part of a header names. */
static int step_header(struct toml_parser *ps, struct toml **table, struct key_part *part)
{
	struct toml_entry *e = toml_find(*table, part->s, part->n);
	if (!e)
		return add_new(ps, *table, part, TOML_TABLE, TOML_BY_PARENT, table);
	struct toml *t = e->value;
	if (t->kind == TOML_ARRAY && t->origin == TOML_BY_HEADER)
		t = t->v.array.items[t->v.array.n - 1];
	else if (t->kind != TOML_TABLE || t->origin == TOML_BY_VALUE)
		return already(ps, part, e);
	*table = t;
	return 0;
}

/* From a table to the one that a part of a dotted key names. */
static int step_dots(struct toml_parser *ps, struct toml **table, struct key_part *part)
{
	struct toml_entry *e = toml_find(*table, part->s, part->n);
	if (!e)
		return add_new(ps, *table, part, TOML_TABLE, TOML_BY_DOTS, table);
	if (e->value->kind != TOML_TABLE ||
	    (e->value->origin != TOML_BY_DOTS && e->value->origin != TOML_BY_PARENT))
		return already(ps, part, e);
	e->value->origin = TOML_BY_DOTS;
	*table = e->value;
	return 0;
}

/* The table that [a.b.c] opens. */
static int open_table(struct toml_parser *ps, struct toml *parent, struct key_part *part, struct toml **ret)
{
	struct toml_entry *e = toml_find(parent, part->s, part->n);
	if (!e)
		return add_new(ps, parent, part, TOML_TABLE, TOML_BY_HEADER, ret);
	if (e->value->kind != TOML_TABLE || e->value->origin != TOML_BY_PARENT)
		return already(ps, part, e);
	e->value->origin = TOML_BY_HEADER;
	e->value->line = part->line;
	e->value->column = part->column;
	*ret = e->value;
	return 0;
}

/* The new last table of the array that [[a.b.c]] names. */
static int open_item(struct toml_parser *ps, struct toml *parent, struct key_part *part, struct toml **ret)
{
	struct key_part place = *part;
	struct toml_entry *e = toml_find(parent, part->s, part->n);
	struct toml *array = e ? e->value : NULL;
	if (e && (array->kind != TOML_ARRAY || array->origin != TOML_BY_HEADER))
		return already(ps, part, e);
	AUTO(toml) item = toml_new(ps, TOML_TABLE);
	if (!item)
		return toml_no_memory(ps);
	item->line = place.line;
	item->column = place.column;
	item->origin = TOML_BY_HEADER;
	if (!array) {
		int r = add_new(ps, parent, part, TOML_ARRAY, TOML_BY_HEADER, &array);
		if (r < 0)
			return r;
	}
	if (toml_append(array, item) < 0)
		return toml_no_memory(ps);
	*ret = TAKE(item);
	return 0;
}

static int parse_header(struct toml_parser *ps, struct toml *root, struct toml **ret)
{
	bool many = ps->end - ps->p >= 2 && ps->p[1] == '[';
	ps->p += many ? 2 : 1;
	AUTO_KEY key = { .n = 0 };
	int r = parse_key(ps, &key);
	if (r < 0)
		return r;
	if (!toml_at(ps, ']'))
		return toml_unexpected(ps, "'.' or ']'");
	ps->p++;
	if (many && !toml_at(ps, ']'))
		return toml_unexpected(ps, "']]'");
	ps->p += many;

	struct toml *table = root;
	for (size_t i = 0; i + 1 < key.n; i++) {
		r = step_header(ps, &table, &key.parts[i]);
		if (r < 0)
			return r;
	}
	r = many ? open_item(ps, table, &key.parts[key.n - 1], ret) : open_table(ps, table, &key.parts[key.n - 1], ret);
	return r < 0 ? r : expect_line_end(ps);
}

/* key = value into `table` */
static int parse_pair(struct toml_parser *ps, struct toml *table)
{
	AUTO_KEY key = { .n = 0 };
	int r = parse_key(ps, &key);
	if (r < 0)
		return r;
	if (!toml_at(ps, '='))
		return toml_unexpected(ps, "'.' or '='");
	ps->p++;
	toml_skip_blank(ps);

	for (size_t i = 0; i + 1 < key.n; i++) {
		r = step_dots(ps, &table, &key.parts[i]);
		if (r < 0)
			return r;
	}
	struct key_part *last = &key.parts[key.n - 1];
	const struct toml_entry *e = toml_find(table, last->s, last->n);
	if (e)
		return already(ps, last, e);
	AUTO(toml) value = NULL;
	r = parse_value(ps, &value);
	if (r == 0)
		r = add_part(ps, table, last, value);
	if (r == 0)
		(void)TAKE(value);
	return r;
}

static int parse_items(struct toml_parser *ps, struct toml *array)
{
	for (;;) {
		int r = toml_skip_filler(ps);
		if (r < 0)
			return r;
		if (toml_at(ps, ']'))
			break;
		AUTO(toml) item = NULL;
		r = parse_value(ps, &item);
		if (r < 0)
			return r;
		if (toml_append(array, item) < 0)
			return toml_no_memory(ps);
		(void)TAKE(item);
		r = toml_skip_filler(ps);
		if (r < 0)
			return r;
		if (toml_at(ps, ']'))
			break;
		if (!toml_at(ps, ','))
			return toml_unexpected(ps, "',' or ']'");
		ps->p++;
	}
	ps->p++;
	return 0;
}

static int parse_inline_pairs(struct toml_parser *ps, struct toml *table)
{
	toml_skip_blank(ps);
	if (toml_at(ps, '}')) {
		ps->p++;
		return 0;
	}
	for (;;) {
		int r = parse_pair(ps, table);
		if (r < 0)
			return r;
		toml_skip_blank(ps);
		if (toml_at(ps, '}'))
			break;
		if (!toml_at(ps, ','))
			return toml_unexpected(ps, "',' or '}'");
		ps->p++;
	}
	ps->p++;
	return 0;
}

static int parse_nested(struct toml_parser *ps, enum toml_kind kind, struct toml **ret)
{
	if (ps->depth == LIMIT_TOML_DEPTH)
		return toml_fail(ps, ps->p, "nested deeper than %d", LIMIT_TOML_DEPTH);
	AUTO(toml) t = toml_new(ps, kind);
	if (!t)
		return toml_no_memory(ps);
	ps->depth++;
	ps->p++;
	int r = kind == TOML_ARRAY ? parse_items(ps, t) : parse_inline_pairs(ps, t);
	ps->depth--;
	if (r < 0)
		return r;
	t->origin = TOML_BY_VALUE;
	*ret = TAKE(t);
	return 0;
}

static int parse_string(struct toml_parser *ps, struct toml **ret)
{
	AUTO(toml) t = toml_new(ps, TOML_STRING);
	if (!t)
		return toml_no_memory(ps);
	int r = toml_read_string(ps, true);
	if (r < 0)
		return r;
	t->v.string.n = ps->text.n;
	t->v.string.s = strbuf_take(&ps->text);
	if (!t->v.string.s)
		return toml_no_memory(ps);
	*ret = TAKE(t);
	return 0;
}

static int parse_value(struct toml_parser *ps, struct toml **ret)
{
	if (toml_at(ps, '['))
		return parse_nested(ps, TOML_ARRAY, ret);
	if (toml_at(ps, '{'))
		return parse_nested(ps, TOML_TABLE, ret);
	if (toml_at(ps, '"') || toml_at(ps, '\''))
		return parse_string(ps, ret);
	return toml_read_scalar(ps, ret);
}

static int parse_document(struct toml_parser *ps, struct toml *root)
{
	struct toml *table = root;
	for (;;) {
		int r = toml_skip_filler(ps);
		if (r < 0 || ps->p >= ps->end)
			return r;
		if (toml_at(ps, '[')) {
			r = parse_header(ps, root, &table);
		} else {
			r = parse_pair(ps, table);
			if (r == 0)
				r = expect_line_end(ps);
		}
		if (r < 0)
			return r;
	}
}

static int check_utf8(struct toml_parser *ps)
{
	for (const char *p = ps->begin; p < ps->end;) {
		size_t n = (unsigned char)*p < 0x80 ? 1 : str_utf8_length(p, (size_t)(ps->end - p));
		if (!n)
			return toml_fail(ps, p, "malformed UTF-8");
		p += n;
	}
	return 0;
}

int toml_parse(const char *text, size_t n, struct toml **ret, struct err *err)
{
	if (n > LIMIT_TOML_BYTES)
		return err_set(err, -EMSGSIZE, "%zu bytes of TOML, more than %d", n, LIMIT_TOML_BYTES);
	static const char bom[] = "\xEF\xBB\xBF";
	if (n >= 3 && memcmp(text, bom, 3) == 0) {
		text += 3;
		n -= 3;
	}
	struct toml_parser ps = { text, text, text + n, 1, text, 1, 0, STRBUF_INIT, err };
	AUTO(toml) root = toml_new(&ps, TOML_TABLE);
	int r = root ? check_utf8(&ps) : toml_no_memory(&ps);
	if (r == 0) {
		root->origin = TOML_BY_HEADER;
		r = parse_document(&ps, root);
	}
	strbuf_done(&ps.text);
	if (r == 0)
		*ret = TAKE(root);
	return r;
}

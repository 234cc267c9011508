#include "base/toml.h"

#include "base/fs.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/toml_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define INDEX_FROM 16 /* entries; smaller tables are searched one by one */

const char *toml_kind_name(enum toml_kind kind)
{
	static const char *const names[TOML_KIND_COUNT] = {
		"table", "array", "string", "integer", "float", "boolean", "offset date-time",
		"local date-time", "local date", "local time",
	};
	return names[kind];
}

void toml_free(struct toml *t)
{
	if (!t)
		return;
	if (t->kind == TOML_TABLE) {
		for (size_t i = 0; i < t->v.table.n; i++) {
			free(t->v.table.entries[i].key);
			toml_free(t->v.table.entries[i].value);
		}
		free(t->v.table.entries);
		map_free(t->v.table.index);
	} else if (t->kind == TOML_ARRAY) {
		for (size_t i = 0; i < t->v.array.n; i++)
			toml_free(t->v.array.items[i]);
		free(t->v.array.items);
	} else if (t->kind == TOML_STRING) {
		free(t->v.string.s);
	}
	free(t);
}

struct toml_entry *toml_find(const struct toml *table, const char *key, size_t n)
{
	struct toml_entry *entries = table->v.table.entries;
	if (table->v.table.index) {
		uintptr_t i = (uintptr_t)map_getn(table->v.table.index, key, n);
		return i ? &entries[i - 1] : NULL;
	}
	for (size_t i = 0; i < table->v.table.n; i++)
		if (entries[i].n_key == n && memcmp(entries[i].key, key, n) == 0)
			return &entries[i];
	return NULL;
}

/* Brings the index up to date with the last entry; makes it when the table has become large. */
static int index_last(struct toml *table)
{
	size_t n = table->v.table.n;
	bool fresh = !table->v.table.index;
	if (fresh && n < INDEX_FROM)
		return 0;
	if (fresh && !(table->v.table.index = map_new()))
		return -ENOMEM;
	for (size_t i = fresh ? 0 : n - 1; i < n; i++) {
		const struct toml_entry *e = &table->v.table.entries[i];
		/* Entry numbers + 1, since entries move while the table grows. */
		if (map_setn(table->v.table.index, e->key, e->n_key, (void *)(uintptr_t)(i + 1), NULL) < 0)
			return -ENOMEM;
	}
	return 0;
}

int toml_add(struct toml *table, const struct toml_entry *e)
{
	if (mem_grow(&table->v.table.entries, &table->v.table.room, table->v.table.n + 1, sizeof(*e)) < 0)
		return -ENOMEM;
	table->v.table.entries[table->v.table.n++] = *e;
	if (index_last(table) == 0)
		return 0;
	table->v.table.n--; /* the parse fails as a whole, so that a half-made index is never asked */
	return -ENOMEM;
}

const struct toml *toml_get(const struct toml *table, const char *key)
{
	if (!table || table->kind != TOML_TABLE)
		return NULL;
	const struct toml_entry *e = toml_find(table, key, strlen(key));
	return e ? e->value : NULL;
}

static unsigned count_columns(const char *from, const char *to)
{
	unsigned n = 0;
	for (; from < to; from++)
		n += (*from & 0xC0) != 0x80;
	return n;
}

struct toml *toml_new(struct toml_parser *ps, enum toml_kind kind)
{
	struct toml *t = calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	ps->mark_column += count_columns(ps->mark, ps->p);
	ps->mark = ps->p;
	t->kind = kind;
	t->line = ps->line;
	t->column = ps->mark_column;
	return t;
}

int toml_append(struct toml *array, struct toml *item)
{
	if (mem_grow(&array->v.array.items, &array->v.array.room, array->v.array.n + 1, sizeof(item)) < 0)
		return -ENOMEM;
	array->v.array.items[array->v.array.n++] = item;
	return 0;
}

int toml_fail(struct toml_parser *ps, const char *at, const char *fmt, ...)
{
	unsigned line = 1;
	const char *start = ps->begin;
	for (const char *p = ps->begin; p < at; p++) {
		if (*p == '\n') {
			line++;
			start = p + 1;
		}
	}
	char what[200];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return err_set(ps->err, -EBADMSG, "%u:%u: %s", line, 1 + count_columns(start, at), what);
}

int toml_unexpected(struct toml_parser *ps, const char *expected)
{
	if (ps->p >= ps->end)
		return toml_fail(ps, ps->p, "expected %s, found the end of the text", expected);
	unsigned char c = (unsigned char)*ps->p;
	if (c == '\n' || c == '\r')
		return toml_fail(ps, ps->p, "expected %s, found the end of the line", expected);
	if (c >= 0x20 && c < 0x7F)
		return toml_fail(ps, ps->p, "expected %s, found '%c'", expected, c);
	return toml_fail(ps, ps->p, "expected %s, found byte 0x%02x", expected, c);
}

int toml_no_memory(struct toml_parser *ps)
{
	return err_set(ps->err, -ENOMEM, "no memory to parse TOML");
}

int toml_parse_file(const char *path, struct toml **ret, struct err *err)
{
	char *text AUTO_MEM = NULL;
	size_t n;
	int r = fs_read(path, LIMIT_TOML_BYTES, &text, &n, err);
	if (r < 0)
		return r;
	r = toml_parse(text, n, ret, err);
	if (r == -EBADMSG && err) { /* "path:line:column: …", as compilers say it */
		struct err inner = *err;
		return err_set(err, r, "%s:%s", path, inner.msg);
	}
	return r < 0 ? err_wrap(err, r, "%s", path) : 0;
}

/*
 * fuzz_toml.c - any bytes as TOML: a tree whose every value can be found and has a place, or an error with one.
 */
#include "base/str.h"
#include "base/toml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_tree(const struct toml *t)
{
	if (t->line == 0 || t->column == 0)
		abort();
	if (t->kind == TOML_STRING && (t->v.string.s[t->v.string.n] || !str_utf8_valid(t->v.string.s, t->v.string.n)))
		abort();
	for (size_t i = 0; t->kind == TOML_ARRAY && i < t->v.array.n; i++)
		check_tree(t->v.array.items[i]);
	for (size_t i = 0; t->kind == TOML_TABLE && i < t->v.table.n; i++) {
		const struct toml_entry *e = &t->v.table.entries[i];
		if (strlen(e->key) == e->n_key && toml_get(t, e->key) != e->value)
			abort();
		check_tree(e->value);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = ERR_INIT;
	AUTO(toml) t = NULL;
	unsigned line, column;
	int r = toml_parse((const char *)data, size, &t, &e);
	if (r == 0)
		check_tree(t);
	else if (t || (r == -EBADMSG && sscanf(e.msg, "%u:%u:", &line, &column) != 2))
		abort();
	return 0;
}

#include "jobs/rows.h"

#include <string.h>

#include "base/mem.h"

#include "base/banned.h"

const char *row_text(sqlite3_stmt *q, int column, struct wire_arena *arena)
{
	const char *s = store_text(q, column);
	return wire_arena_copy(arena, s, strlen(s));
}

bool row_optional(sqlite3_stmt *q, int column, struct wire_arena *arena, const char **ret)
{
	if (store_is_null(q, column))
		return false;
	*ret = row_text(q, column, arena);
	return true;
}

int row_json(sqlite3_stmt *q, int column, struct wire_arena *arena, json_t **ret, struct err *err)
{
	*ret = NULL;
	if (store_is_null(q, column))
		return 0;
	json_t *j = NULL;
	const char *s = store_text(q, column);
	int r = json_parse(s, strlen(s), &j, err);
	if (r < 0)
		return r;
	r = wire_arena_take(arena, j);
	if (r < 0)
		return err_set(err, r, "out of memory");
	*ret = j;
	return 0;
}

int row_texts(struct store_conn *c, sqlite3_stmt *q, struct wire_arena *arena, const char ***ret,
	      size_t *ret_n, struct err *err)
{
	const char AUTO_MEM **items = NULL;
	size_t n = 0, room = 0;
	int r;
	while ((r = store_step(c, q, err)) > 0) {
		if (mem_grow(&items, &room, n + 1, sizeof(*items)) < 0)
			return err_set(err, -ENOMEM, "out of memory");
		items[n++] = row_text(q, 0, arena);
	}
	if (r < 0)
		return r;
	const char **kept = wire_arena_array(arena, n, sizeof(*kept));
	if (!kept && n)
		return err_set(err, -ENOMEM, "out of memory");
	if (n)
		memcpy(kept, items, n * sizeof(*kept));
	*ret = kept;
	*ret_n = n;
	return 0;
}

int row_page(struct store_conn *c, sqlite3_stmt *q, struct wire_arena *arena, int64_t limit,
	     struct row_page *ret, struct err *err)
{
	struct row_page page = {NULL, 0, ""};
	int r = row_texts(c, q, arena, &page.ids, &page.n, err);
	if (r < 0)
		return r;
	if (page.n > (size_t)limit) {
		page.n = (size_t)limit;
		page.cursor = page.ids[page.n - 1];
	}
	*ret = page;
	return 0;
}

char *row_list_text(const char *const *items, size_t n)
{
	struct strbuf b = STRBUF_INIT;
	struct json_out out;
	json_out_init(&out, &b);
	json_out_array_begin(&out);
	for (size_t i = 0; i < n; i++)
		json_out_string(&out, items[i]);
	json_out_array_end(&out);
	return strbuf_take(&b);
}

char *row_object_text(const json_t *object)
{
	return object ? json_text(object, JSON_OUT_SORTED) : strdup("{}");
}

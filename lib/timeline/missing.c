/*
 * missing.c - what is said of a region that is not there (what may have been meant, or what there is) and of a file that cannot be
 * looked for.
 */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "timeline/document.h"

#include "base/banned.h"

enum { LOOKED_AT = 256 }; /* regions that are compared; more would make an error dear */

/* "a, b and 3 more", as many as fit. */
static void list_ids(const char *const *ids, size_t n, size_t n_all, char *ret, size_t size)
{
	size_t at = 0, i = 0;
	*ret = '\0';
	for (; i < n; i++) {
		size_t more = strlen(ids[i]) + 2;
		if (at + more + sizeof("and 1000000 more") > size)
			break;
		at += (size_t)snprintf(ret + at, size - at, "%s%s", i ? ", " : "", ids[i]);
	}
	if (i < n_all && i > 0)
		(void)snprintf(ret + at, size - at, " and %zu more", n_all - i);
}

int doc_relative_path(const char *field, const char *path, struct err *err)
{
	int code = err_field(err, -EINVAL, field, "path '%.150s' is relative: in chaosgarden no folder is meant", path);
	return err_hint(err, code, "give the whole path, from / on; holler takes a relative one from its own folder");
}

int document_no_region(const struct document *d, const char *field, const char *id, struct err *err)
{
	const char *ids[LOOKED_AT], *named = NULL;
	struct document_cursor at;
	size_t n = 0;
	document_regions_start(d, REGION_SPAN_ALL, &at);
	for (const struct doc_region *r; n < LOOKED_AT && (r = document_regions_next(&at)); n++) {
		ids[n] = r->id;
		if (!named && r->body->name && str_eq(r->body->name, id))
			named = r->id;
	}
	int code = err_field(err, -ENOENT, field, "no region '%.64s'", id);
	if (named)
		return err_hint(err, code, "that is a name; the id of the region is %s", named);
	const char *near = str_nearest(id, ids, n);
	if (near)
		return err_hint(err, code, "did you mean %s?", near);
	if (n == 0)
		return err_hint(err, code, "the timeline has no region yet; region_create puts one on it");
	char list[96];
	list_ids(ids, n, document_n_regions(d), list, sizeof(list));
	return *list ? err_hint(err, code, "there are these: %s", list) : err_hint(err, code, "region_list lists those there are");
}

#include "call_paths.h"

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

static int resolve(json_t *value, struct err *err)
{
	char folder[PATH_MAX];
	const char *path = json_string_value(value);
	if (!path || *path == '/' || !*path)
		return 0;
	if (!getcwd(folder, sizeof(folder)))
		return err_sys(err, "this folder");
	while (str_starts(path, "./"))
		path += 2;
	char AUTO_MEM *whole = fs_join(folder, path);
	return whole && json_string_set(value, whole) == 0 ? 0 : err_set(err, -ENOMEM, "%s", path);
}

static const struct wire_object *object_of(const struct wire_field *f, const json_t *value)
{
	if (f->kind == WIRE_OBJ)
		return f->obj;
	const char *arm = f->kind == WIRE_UNION ? json_string_value(json_object_get(value, f->un->key)) : NULL;
	for (size_t i = 0; arm && i < f->un->n; i++)
		if (str_eq(f->un->arms[i].name, arm))
			return f->un->arms[i].object;
	return NULL;
}

static int walk(const struct wire_field *f, json_t *value, struct err *err)
{
	const struct wire_object *inside = object_of(f, value);
	if (inside)
		return call_paths(inside, value, err);
	return f->unit == WIRE_UNIT_PATH ? resolve(value, err) : 0;
}

int call_paths(const struct wire_object *desc, json_t *payload, struct err *err)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < desc->n; i++) {
		const struct wire_field *f = &desc->fields[i];
		json_t *value = json_object_get(payload, f->name);
		if (!f->list)
			r = walk(f, value, err);
		for (size_t k = 0; f->list && r == 0 && k < json_array_size(value); k++)
			r = walk(f, json_array_get(value, k), err);
	}
	return r;
}

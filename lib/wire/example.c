#include "wire/schema.h"

#include <string.h>

static int object_example(const struct wire_object *desc, unsigned flags, json_t **ret,
			  struct err *err);

static int union_example(const struct wire_union *u, unsigned flags, json_t **ret, struct err *err)
{
	AUTO_JSON json_t *j = NULL;
	int r = object_example(u->arms[0].object, flags, &j, err);
	if (r < 0)
		return r;
	if (json_object_set_new(j, u->key, json_string(u->arms[0].name)) < 0)
		return err_set(err, -ENOMEM, "no memory for an example");
	*ret = json_incref(j);
	return 0;
}

static int wrap_in_list(json_t *item, json_t **ret, struct err *err)
{
	json_t *list = json_array();
	if (json_array_append_new(list, item) < 0) { /* drops the item, also without a list */
		json_decref(list);
		return err_set(err, -ENOMEM, "no memory for an example");
	}
	*ret = list;
	return 0;
}

int wire_field_example(const struct wire_field *f, unsigned flags, json_t **ret, struct err *err)
{
	bool blank = strcmp(f->example, f->list ? "[]" : "{}") == 0;
	if (!blank || (f->kind != WIRE_OBJ && f->kind != WIRE_UNION)) {
		int r = json_parse(f->example, strlen(f->example), ret, err);
		return r < 0 ? err_wrap(err, r, "example of '%s'", f->name) : 0;
	}
	json_t *item = NULL;
	int r = f->kind == WIRE_OBJ ? object_example(f->obj, flags, &item, err)
				    : union_example(f->un, flags, &item, err);
	if (r < 0)
		return r;
	if (f->list)
		return wrap_in_list(item, ret, err);
	*ret = item;
	return 0;
}

static int object_example(const struct wire_object *desc, unsigned flags, json_t **ret,
			  struct err *err)
{
	AUTO_JSON json_t *j = json_object();
	for (size_t i = 0; i < desc->n; i++) {
		const struct wire_field *f = &desc->fields[i];
		json_t *value = NULL;
		if (f->presence != WIRE_REQ && !f->shown && !(flags & WIRE_EXAMPLE_ALL))
			continue;
		int r = wire_field_example(f, flags, &value, err);
		if (r < 0)
			return r;
		if (json_object_set_new(j, f->name, value) < 0)
			return err_set(err, -ENOMEM, "no memory for an example");
	}
	if (!j)
		return err_set(err, -ENOMEM, "no memory for an example");
	*ret = json_incref(j);
	return 0;
}

int wire_example(const struct wire_object *desc, unsigned flags, json_t **ret, struct err *err)
{
	return object_example(desc, flags, ret, err);
}

/*
 * adapter.c - tables meet their schema: each field finds its function once, so that a run only calls it.
 */
#include "trustfall/adapter_priv.h"
#include "trustfall/tables_priv.h"

#include <string.h>

#include "base/banned.h"

struct maker {
	struct tf_adapter *a;
	struct tables tables;
	struct tables_supers supers;
	struct err *err;
};

static int out_of_memory(struct maker *m)
{
	return err_set(m->err, -ENOMEM, "adapter");
}

static void *take_zeroed(struct tf_adapter *a, size_t n, size_t size)
{
	size_t bytes;
	void *p = __builtin_mul_overflow(n, size, &bytes) ? NULL : tf_arena_take(a->arena, bytes);
	if (p)
		memset(p, 0, bytes);
	return p;
}

/* The rows of a field that give a function: the type's own before those of its interfaces. */
static tf_get_fn *find_get(struct maker *m, const char *type, const char *name)
{
	const struct tf_property_row *row = tables_own_property(&m->tables, type, name);
	for (size_t i = 0; !(row && row->get) && i < m->supers.n; i++)
		row = tables_own_property(&m->tables, m->supers.v[i], name);
	return row ? row->get : NULL;
}

static tf_open_fn *find_open(struct maker *m, const char *type, const char *name)
{
	const struct tf_edge_row *row = tables_own_edge(&m->tables, type, name);
	for (size_t i = 0; !(row && row->open) && i < m->supers.n; i++)
		row = tables_own_edge(&m->tables, m->supers.v[i], name);
	return row ? row->open : NULL;
}

static int fill_object(struct maker *m, const struct tf_type_def *type)
{
	if (tables_supers(&m->tables, type->name, &m->supers) < 0)
		return out_of_memory(m);
	for (size_t i = 0; i < type->n_fields; i++) {
		const struct tf_field_def *def = &type->fields[i];
		struct adapter_field *field = &m->a->fields[type->index][i];
		if (def->target)
			field->open = find_open(m, type->name, def->name);
		else
			field->get = find_get(m, type->name, def->name);
		if (!field->open && !field->get)
			return err_set(m->err, -EINVAL, "no table has a function for the %s '%s' of '%s'",
				       def->target ? "edge" : "property", def->name, type->name);
	}
	return 0;
}

/* Functions find parameters by their place, and take them from either edge. */
static int check_order(struct maker *m, const struct tf_field_def *def, const struct tf_field_def *same, const struct tf_type_def *object)
{
	for (size_t i = 0; i < def->n_params && i < same->n_params; i++)
		if (!str_eq(def->params[i].name, same->params[i].name))
			return err_set(m->err, -EINVAL, "the edge '%s' of '%s' has its parameters in another order than its interface: '%s' instead of '%s'",
				       same->name, object->name, same->params[i].name, def->params[i].name);
	return 0;
}

static int make_by_type(struct tf_adapter *a, const struct tf_field_def *def, struct adapter_field *field)
{
	if (!def->target) {
		field->get_by_type = take_zeroed(a, a->n_types, sizeof(*field->get_by_type));
		return field->get_by_type ? 0 : -ENOMEM;
	}
	field->open_by_type = take_zeroed(a, a->n_types, sizeof(*field->open_by_type));
	field->leads_to_by_type = take_zeroed(a, a->n_types, sizeof(*field->leads_to_by_type));
	return field->open_by_type && field->leads_to_by_type ? 0 : -ENOMEM;
}

static void fill_by_type(const struct tf_adapter *a, const struct tf_type_def *object, const struct tf_field_def *same,
			 struct adapter_field *field)
{
	const struct adapter_field *own = &a->fields[object->index][same->index];
	if (!same->target) {
		field->get_by_type[object->index] = own->get;
		return;
	}
	field->open_by_type[object->index] = own->open;
	field->leads_to_by_type[object->index] = adapter_leads_to(same);
}

static int fill_interface(struct maker *m, const struct tf_type_def *type)
{
	struct tf_adapter *a = m->a;
	for (size_t i = 0; i < type->n_fields; i++) {
		const struct tf_field_def *def = &type->fields[i];
		struct adapter_field *field = &a->fields[type->index][i];
		if (make_by_type(a, def, field) < 0)
			return out_of_memory(m);
		for (size_t j = 0; j < type->n_objects; j++) {
			const struct tf_type_def *object = type->objects[j];
			const struct tf_field_def *same = tf_type_field(object, def->name);
			int r = same ? check_order(m, def, same, object) : 0;
			if (r < 0)
				return r;
			if (same)
				fill_by_type(a, object, same, field);
		}
	}
	return 0;
}

static int fill_roots(struct maker *m, const struct tf_type_def *root)
{
	for (size_t i = 0; i < root->n_fields; i++) {
		struct tables_at at = {0, 0};
		const struct tf_edge_row *row;
		while ((row = tables_root(&m->tables, &at)) != NULL && !str_eq(row->name, root->fields[i].name))
			;
		if (!row || !row->open)
			return err_set(m->err, -EINVAL, "no table has a function for the starting point '%s'", root->fields[i].name);
		m->a->roots[i].open = row->open;
	}
	return 0;
}

static int make_room(struct tf_adapter *a)
{
	const struct tf_type_def *root = tf_schema_root(a->schema);
	a->n_types = tf_schema_n_types(a->schema);
	const struct tf_type_def **types = take_zeroed(a, a->n_types, sizeof(*types));
	struct tf_value *names = take_zeroed(a, a->n_types, sizeof(*names));
	struct adapter_field **fields = take_zeroed(a, a->n_types, sizeof(*fields));
	a->roots = take_zeroed(a, root->n_fields, sizeof(*a->roots));
	if (!types || !names || !fields || !a->roots)
		return -ENOMEM;
	for (size_t i = 0; i < a->n_types; i++) {
		types[i] = tf_schema_type_at(a->schema, i);
		names[i] = tf_string(types[i]->name);
		fields[i] = take_zeroed(a, types[i]->n_fields, sizeof(**fields));
		if (!fields[i])
			return -ENOMEM;
	}
	a->types = types;
	a->names = names;
	a->fields = fields;
	return 0;
}

static int fill(struct maker *m)
{
	struct tf_adapter *a = m->a;
	int r = make_room(a) < 0 ? out_of_memory(m) : fill_roots(m, tf_schema_root(a->schema));
	for (size_t i = 0; r == 0 && i < a->n_types; i++)
		r = a->types[i]->interface ? 0 : fill_object(m, a->types[i]);
	for (size_t i = 0; r == 0 && i < a->n_types; i++) /* needs the objects */
		r = a->types[i]->interface ? fill_interface(m, a->types[i]) : 0;
	return r;
}

/* `own` is taken over only on success. */
static int adapter_make(const struct tf_schema *s, struct tf_schema *own, const struct tables *tables, tf_coerce_fn *coerce,
			struct tf_adapter **ret, struct err *err)
{
	AUTO(tf_adapter) a = calloc(1, sizeof(*a));
	struct maker m = {.a = a, .tables = *tables, .err = err};
	if (!a || !(a->arena = tf_arena_new(0)))
		return out_of_memory(&m);
	a->schema = s;
	a->coerce = coerce;
	int r = fill(&m);
	free(m.supers.v);
	if (r < 0)
		return r;
	a->own = own;
	*ret = TAKE(a);
	return 0;
}

int tf_adapter_for(const struct tf_schema *s, const struct tf_table *const *tables, size_t n, tf_coerce_fn *coerce,
		   struct tf_adapter **ret, struct err *err)
{
	return adapter_make(s, NULL, &(struct tables){tables, n}, coerce, ret, err);
}

int tf_adapter_new(const struct tf_table *const *tables, size_t n, tf_coerce_fn *coerce, struct tf_adapter **ret, struct err *err)
{
	AUTO_STRBUF text = STRBUF_INIT;
	AUTO_TF_ERRORS errors = TF_ERRORS_INIT;
	AUTO(tf_schema) s = NULL;
	struct tf_adapter *a;
	int r = tf_tables_schema(tables, n, &text, err);
	if (r < 0)
		return r;
	r = tf_schema_parse(text.s, text.n, &s, &errors);
	if (r < 0)
		return err_wrap(err, errors.n ? tf_errors_err(&errors, err) : err_set(err, r, "schema"), "tables");
	r = adapter_make(s, s, &(struct tables){tables, n}, coerce, &a, err);
	if (r < 0)
		return r;
	(void)TAKE(s);
	a->text = text;
	text = (struct strbuf)STRBUF_INIT;
	*ret = a;
	return 0;
}

void tf_adapter_free(struct tf_adapter *a)
{
	if (!a)
		return;
	tf_schema_free(a->own);
	strbuf_done(&a->text);
	tf_arena_free(a->arena);
	free(a);
}

const struct tf_schema *tf_adapter_schema(const struct tf_adapter *a)
{
	return a->schema;
}

const char *tf_adapter_text(const struct tf_adapter *a)
{
	return a->text.s ? a->text.s : "";
}

uint32_t tf_adapter_type(const struct tf_adapter *a, const char *name)
{
	const struct tf_type_def *t = tf_schema_type(a->schema, name);
	return t && !t->interface ? t->index : TF_ROOT_INDEX;
}

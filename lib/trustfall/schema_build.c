/*
 * schema_build.c - from the syntax tree to types, fields and their relations.
 *
 * What is told here leaves nothing to check further: Trustfall stops at a type or field that is there twice, and refuses what it
 * has no use for (enums, unions, inputs, extensions) without an error of its own: those kinds are ours.
 */
#include "trustfall/schema_priv.h"

#include <errno.h>
#include <string.h>

#include "base/banned.h"

static bool is_vertex_type(const struct ast_definition *d)
{
	return d->kind == AST_OBJECT_TYPE || d->kind == AST_INTERFACE;
}

/* ---- definitions ---- */

static int unsupported(const struct ast_definition *d, struct tf_errors *errors)
{
	static const char *const names[] = {
		[AST_UNION] = "union",
		[AST_ENUM_TYPE] = "enum",
		[AST_INPUT] = "input",
		[AST_EXTENSION] = "extend",
	};
	const char *what = names[d->kind];
	(void)schema_error(errors, "UnsupportedDefinition", d->pos, json_pack("[s]", what), "a schema has no '%s'", what);
	tf_error_hint(errors, d->kind == AST_ENUM_TYPE ? "a String property takes its place" : d->kind == AST_UNION ? "an interface takes its place" : "");
	return -EINVAL;
}

static int check_definition(const struct ast_definition *d, const struct ast_definition **schema, struct tf_errors *errors)
{
	switch (d->kind) {
	case AST_UNION:
	case AST_ENUM_TYPE:
	case AST_INPUT:
	case AST_EXTENSION:
		return unsupported(d, errors);
	case AST_SCHEMA:
		if (*schema)
			return schema_error(errors, "DuplicateSchemaDefinition", d->pos, NULL, "the schema is defined twice");
		*schema = d;
		return 0;
	case AST_DIRECTIVE_DEF:
		return 0;
	default:
		break;
	}
	if (tf_type_is_scalar_name(d->name))
		return schema_error(errors, "BuiltinTypeDefinition", d->pos, json_pack("[s]", d->name), "'%s' is built in", d->name);
	return 0;
}

static int check_definitions(const struct tf_schema *s, const struct ast_definition **schema, struct tf_errors *errors)
{
	int r = 0;
	for (size_t i = 0; i < s->ast.n_definitions; i++)
		if (check_definition(&s->ast.definitions[i], schema, errors) < 0)
			r = -EINVAL;
	return r;
}

/* ---- fields ---- */

static int compare_fields(const void *a, const void *b)
{
	const struct tf_field_def *const *l = a, *const *r = b;
	int order = strcmp((*l)->name, (*r)->name);
	return order ? order : ((*l)->index > (*r)->index) - ((*l)->index < (*r)->index);
}

static int duplicate_field(const struct schema_type *t, struct tf_errors *errors)
{
	const struct tf_field_def *second = NULL;
	for (size_t i = 1; i < t->def.n_fields; i++)
		if (strcmp(t->sorted[i - 1]->name, t->sorted[i]->name) == 0 && (!second || t->sorted[i]->index < second->index))
			second = t->sorted[i];
	if (!second)
		return 0;
	return schema_error(errors, "DuplicateFieldDefinition", t->ast->fields[second->index].pos,
			    json_pack("[ss]", t->def.name, second->name), "type '%s' has the field '%s' twice", t->def.name, second->name);
}

static int build_params(struct tf_schema *s, const struct ast_field_def *from, struct tf_field_def *f)
{
	struct tf_param_def *params = schema_take(s, from->n_params, sizeof(*params));
	if (!params)
		return -ENOMEM;
	for (size_t i = 0; i < from->n_params; i++) {
		const struct ast_param_def *p = &from->params[i];
		params[i] = (struct tf_param_def){.name = p->name, .doc = p->doc, .type = p->type.type, .value = TF_VALUE_NULL};
		params[i].has_default = p->has_default || !tf_type_is_required(&p->type.type);
		int r = p->has_default ? ast_constant(s->arena, &p->value, &params[i].value) : 0;
		if (r < 0 && r != -EINVAL) /* what is no constant is told with the types that do not fit */
			return r;
	}
	f->params = params;
	f->n_params = from->n_params;
	return 0;
}

static int build_fields(struct tf_schema *s, struct schema_type *t)
{
	size_t n = t->ast->n_fields;
	struct tf_field_def *fields = schema_take(s, n, sizeof(*fields));
	t->sorted = schema_take(s, n, sizeof(struct tf_field_def *));
	if (!fields || !t->sorted)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const struct ast_field_def *from = &t->ast->fields[i];
		fields[i] = (struct tf_field_def){.name = from->name, .doc = from->doc, .type = from->type.type, .index = (uint32_t)i};
		t->sorted[i] = &fields[i];
		int r = build_params(s, from, &fields[i]);
		if (r < 0)
			return r;
	}
	if (n > 1)
		qsort(t->sorted, n, sizeof(struct tf_field_def *), compare_fields);
	t->fields = fields;
	t->def.fields = fields;
	t->def.n_fields = n;
	return 0;
}

/* ---- types ---- */

static int compare_types(const void *a, const void *b)
{
	const struct schema_type *const *l = a, *const *r = b;
	int order = strcmp((*l)->def.name, (*r)->def.name);
	return order ? order : (*l > *r) - (*l < *r);
}

/* The first of the text whose name another one has before it. */
static const struct schema_type *second_type(const struct tf_schema *s)
{
	const struct schema_type *second = NULL;
	for (size_t i = 1; i < s->n_types; i++)
		if (strcmp(s->by_name[i - 1]->def.name, s->by_name[i]->def.name) == 0 && (!second || s->by_name[i] < second))
			second = s->by_name[i];
	return second;
}

static int build_types(struct tf_schema *s)
{
	size_t n = 0;
	for (size_t i = 0; i < s->ast.n_definitions; i++)
		n += is_vertex_type(&s->ast.definitions[i]);
	s->types = schema_take(s, n, sizeof(*s->types));
	s->by_name = schema_take(s, n, sizeof(struct schema_type *));
	if (!s->types || !s->by_name)
		return -ENOMEM;
	for (size_t i = 0; i < s->ast.n_definitions; i++) {
		const struct ast_definition *d = &s->ast.definitions[i];
		if (!is_vertex_type(d))
			continue;
		struct schema_type *t = &s->types[s->n_types];
		t->def = (struct tf_type_def){.name = d->name, .doc = d->doc, .interface = d->kind == AST_INTERFACE};
		t->ast = d;
		s->by_name[s->n_types++] = t;
		int r = build_fields(s, t);
		if (r < 0)
			return r;
	}
	if (n > 1)
		qsort(s->by_name, n, sizeof(struct schema_type *), compare_types);
	for (size_t i = 0; i < n; i++)
		s->by_name[i]->rank = (uint32_t)i;
	return 0;
}

/* In the order of the text: a field that is there twice counts only when it comes before a type that is. */
static int check_duplicates(const struct tf_schema *s, struct tf_errors *errors)
{
	const struct schema_type *second = second_type(s);
	size_t n = second ? (size_t)(second - s->types) : s->n_types;
	int r = 0;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = duplicate_field(&s->types[i], errors);
	if (r < 0 || !second)
		return r;
	return schema_error(errors, "DuplicateTypeOrInterfaceDefinition", second->ast->pos, json_pack("[s]", second->def.name),
			    "'%s' is defined twice", second->def.name);
}

static int find_root(struct tf_schema *s, const struct ast_definition *schema, struct tf_errors *errors)
{
	if (!schema) {
		(void)schema_error(errors, "MissingSchemaDefinition", (struct tf_pos){1, 1}, NULL, "the schema does not say where queries begin");
		tf_error_hint(errors, "schema { query: Root }");
		return -EINVAL;
	}
	if (!schema->query)
		return schema_error(errors, "MissingQueryType", schema->pos, NULL, "the schema has no 'query: TYPE'");
	s->root = schema_find(s, schema->query);
	if (!s->root)
		return schema_error(errors, "UnknownQueryType", schema->query_pos, json_pack("[s]", schema->query),
				    "the query type '%s' is not defined", schema->query);
	if (s->root->def.interface)
		return schema_error(errors, "QueryTypeNotObject", schema->query_pos, json_pack("[s]", schema->query),
				    "the query type '%s' is an interface", schema->query);
	return 0;
}

/* ---- relations ---- */

static int compare_ranks(const void *a, const void *b)
{
	const struct schema_type *const *l = a, *const *r = b;
	return ((*l)->rank > (*r)->rank) - ((*l)->rank < (*r)->rank);
}

static int link_type(struct tf_schema *s, struct schema_type *t)
{
	size_t n = 0, n_unique = 0;
	t->implements = schema_take(s, t->ast->n_implements, sizeof(struct schema_type *));
	const struct tf_type_def **supertypes = schema_take(s, t->ast->n_implements, sizeof(struct tf_type_def *));
	if (!t->implements || !supertypes)
		return -ENOMEM;
	for (size_t i = 0; i < t->ast->n_implements; i++) {
		struct schema_type *other = schema_find(s, t->ast->implements[i].name);
		if (other)
			t->implements[n++] = other;
	}
	if (n > 1)
		qsort(t->implements, n, sizeof(struct schema_type *), compare_ranks);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || t->implements[i] != t->implements[i - 1])
			t->implements[n_unique++] = t->implements[i];
	for (size_t i = 0; i < n_unique; i++)
		supertypes[i] = &t->implements[i]->def;
	t->n_implements = n_unique;
	t->def.supertypes = supertypes;
	t->def.n_supertypes = n_unique;
	for (size_t i = 0; i < t->def.n_fields; i++) {
		const struct schema_type *target = schema_find(s, t->fields[i].type.name);
		t->fields[i].target = target ? &target->def : NULL;
	}
	return 0;
}

/* The root is no vertex: it has no place among them. */
static int list_types(struct tf_schema *s)
{
	s->list = schema_take(s, s->n_types, sizeof(struct tf_type_def *));
	if (!s->list)
		return -ENOMEM;
	for (size_t i = 0; i < s->n_types; i++) {
		struct schema_type *t = &s->types[i];
		t->def.index = t == s->root ? TF_ROOT_INDEX : (uint32_t)s->n_list;
		if (t != s->root)
			s->list[s->n_list++] = &t->def;
	}
	return 0;
}

/* Object types below each type, in the order of the text. */
static int list_objects(struct tf_schema *s)
{
	for (size_t i = 0; i < s->n_types; i++) {
		const struct schema_type *t = &s->types[i];
		if (t->def.interface || t == s->root)
			continue;
		s->types[i].def.n_objects++;
		for (size_t k = 0; k < t->n_implements; k++)
			t->implements[k]->def.n_objects++;
	}
	for (size_t i = 0; i < s->n_types; i++) {
		struct schema_type *t = &s->types[i];
		t->objects = schema_take(s, t->def.n_objects, sizeof(struct tf_type_def *));
		if (!t->objects)
			return -ENOMEM;
		t->def.objects = t->objects;
		t->def.n_objects = 0;
	}
	for (size_t i = 0; i < s->n_types; i++) {
		struct schema_type *t = &s->types[i];
		if (t->def.interface || t == s->root)
			continue;
		t->objects[t->def.n_objects++] = &t->def;
		for (size_t k = 0; k < t->n_implements; k++) {
			struct schema_type *super = t->implements[k];
			super->objects[super->def.n_objects++] = &t->def;
		}
	}
	return 0;
}

int schema_build(struct tf_schema *s, struct tf_errors *errors)
{
	const struct ast_definition *schema = NULL;
	int r = check_definitions(s, &schema, errors);
	if (r == 0)
		r = build_types(s);
	if (r == 0)
		r = check_duplicates(s, errors);
	if (r == 0)
		r = find_root(s, schema, errors);
	for (size_t i = 0; r == 0 && i < s->n_types; i++)
		r = link_type(s, &s->types[i]);
	if (r == 0)
		r = list_types(s);
	return r < 0 ? r : list_objects(s);
}

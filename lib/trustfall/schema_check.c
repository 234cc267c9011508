/*
 * schema_check.c - what each type and each field must be by itself: names, types, parameters and their defaults.
 *
 * Source:    kinds and order of the errors: Trustfall's InvalidSchemaError.
 */
#include "trustfall/schema_priv.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/banned.h"

static bool is_reserved(const char *name)
{
	return str_starts(name, "__");
}

/* ---- defaults ---- */

/* As Trustfall shows values: Int64(5), String("a"), List([Null]). */
static void show_string(struct strbuf *b, const struct tf_value *v)
{
	static const char special[] = "\"\\\n\r\t", shown[] = "\"\\nrt";
	(void)strbuf_adds(b, "String(\"");
	for (uint32_t i = 0; i < v->n; i++) {
		const char *at = strchr(special, v->s[i]);
		(void)(at ? strbuf_addf(b, "\\%c", shown[at - special]) : strbuf_addc(b, v->s[i]));
	}
	(void)strbuf_adds(b, "\")");
}

static void show_value(struct strbuf *b, const struct ast_value *v);

static void show_items(struct strbuf *b, const struct ast_value *v)
{
	bool list = v->kind == AST_LIST;
	(void)strbuf_adds(b, list ? "List([" : "{");
	for (size_t i = 0; i < v->n; i++) {
		(void)strbuf_addf(b, "%s%s%s", i ? ", " : "", list ? "" : v->fields[i].name, list ? "" : ": ");
		show_value(b, list ? &v->items[i] : &v->fields[i].value);
	}
	(void)strbuf_adds(b, list ? "])" : "}");
}

static void show_value(struct strbuf *b, const struct ast_value *v)
{
	char number[JSON_DOUBLE_SIZE];
	if (v->kind == AST_LIST || v->kind == AST_OBJECT) {
		show_items(b, v);
		return;
	}
	if (v->kind != AST_CONST) {
		(void)strbuf_addf(b, v->kind == AST_ENUM ? "Enum(\"%s\")" : "$%s", v->value.s);
		return;
	}
	switch (v->value.kind) {
	case TF_INT:
		(void)strbuf_addf(b, "Int64(%" PRId64 ")", v->value.i);
		break;
	case TF_UINT:
		(void)strbuf_addf(b, "Uint64(%" PRIu64 ")", v->value.u);
		break;
	case TF_FLOAT:
		(void)json_format_double(number, v->value.f);
		(void)strbuf_addf(b, "Float64(%s)", number);
		break;
	case TF_BOOL:
		(void)strbuf_addf(b, "Boolean(%s)", v->value.b ? "true" : "false");
		break;
	case TF_STRING:
		show_string(b, &v->value);
		break;
	default:
		(void)strbuf_adds(b, "Null");
		break;
	}
}

static bool default_fits(struct tf_schema *s, const struct ast_param_def *p)
{
	struct tf_value value;
	struct tf_mark mark = tf_arena_mark(s->arena);
	bool fits = ast_constant(s->arena, &p->value, &value) == 0 && tf_type_takes(&p->type.type, &value);
	tf_arena_return(s->arena, mark);
	return fits;
}

static int check_default(struct tf_schema *s, const struct schema_type *t, const struct ast_field_def *f, const struct ast_param_def *p,
			 struct tf_errors *errors)
{
	if (!p->has_default || default_fits(s, p))
		return 0;
	AUTO_STRBUF shown = STRBUF_INIT;
	char type[TF_TYPE_TEXT];
	show_value(&shown, &p->value);
	if (!strbuf_ok(&shown))
		return -ENOMEM;
	return schema_error(errors, "InvalidDefaultValueForFieldParameter", p->value.pos,
			    json_pack("[sssss]", t->def.name, f->name, p->name, tf_type_text(&p->type.type, type), shown.s),
			    "the default %.60s is no %s, which is the type of the parameter '%s' of '%s'", shown.s, type, p->name, f->name);
}

static int check_params_once(const struct schema_type *t, const struct ast_field_def *f, struct tf_errors *errors)
{
	for (size_t i = 1; i < f->n_params; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(f->params[i].name, f->params[k].name) == 0)
				return schema_error(errors, "DuplicateParameterDefinition", f->params[i].pos,
						    json_pack("[sss]", t->def.name, f->name, f->params[i].name),
						    "'%s' has the parameter '%s' twice", f->name, f->params[i].name);
	return 0;
}

/* ---- fields ---- */

static int check_property(const struct schema_type *t, const struct ast_field_def *f, struct tf_errors *errors)
{
	if (f->n_params == 0)
		return 0;
	char type[TF_TYPE_TEXT];
	json_t *names = json_array();
	for (size_t i = 0; i < f->n_params; i++)
		if (json_array_append_new(names, json_string(f->params[i].name)) < 0) {
			json_decref(names);
			return -ENOMEM;
		}
	return schema_error(errors, "PropertyFieldWithParameters", f->params[0].pos,
			    json_pack("[ssso]", t->def.name, f->name, tf_type_text(&f->type.type, type), names),
			    "'%s' of '%s' is a property: only edges have parameters", f->name, t->def.name);
}

static int check_edge(struct tf_schema *s, const struct schema_type *t, const struct ast_field_def *f, struct tf_errors *errors)
{
	char type[TF_TYPE_TEXT];
	(void)tf_type_text(&f->type.type, type);
	if (strcmp(f->type.type.name, s->root->def.name) == 0)
		return schema_error(errors, "EdgePointsToRootQueryType", f->type.pos, json_pack("[sss]", t->def.name, f->name, type),
				    "'%s' of '%s' leads to the query type, where queries only begin", f->name, t->def.name);
	int r = check_params_once(t, f, errors);
	for (size_t i = 0; i < f->n_params && r != -ENOMEM; i++) {
		int one = check_default(s, t, f, &f->params[i], errors);
		r = one < 0 ? one : r;
	}
	if (f->type.type.n_lists > 1)
		return schema_error(errors, "InvalidEdgeType", f->type.pos, json_pack("[sss]", t->def.name, f->name, type),
				    "'%s' of '%s' is %s: an edge leads to a type or to a list of one", f->name, t->def.name, type);
	return r;
}

static void hint_type(const struct tf_schema *s, const char *name, struct tf_errors *errors)
{
	static const char *const scalars[] = {"Boolean", "Float", "ID", "Int", "String"};
	const char *near = str_nearest(name, scalars, COUNT_OF(scalars));
	enum { NAMES = 256 };
	const char *names[NAMES];
	size_t n = 0;
	for (size_t i = 0; i < s->n_list && n < NAMES; i++)
		names[n++] = s->list[i]->name;
	near = near ? near : str_nearest(name, names, n);
	if (near)
		tf_error_hint(errors, "did you mean '%s'?", near);
	else
		tf_error_hint(errors, "a property is Int, Float, String, Boolean or ID, an edge leads to a type of the schema");
}

static int check_field(struct tf_schema *s, const struct schema_type *t, const struct ast_field_def *f, struct tf_errors *errors)
{
	int r = 0;
	char type[TF_TYPE_TEXT];
	if (is_reserved(f->name))
		r = schema_error(errors, "ReservedFieldName", f->pos, json_pack("[ss]", t->def.name, f->name),
				 "'%s' of '%s': names that begin with '__' are reserved", f->name, t->def.name);
	int own;
	if (tf_type_is_scalar_name(f->type.type.name)) {
		own = check_property(t, f, errors);
	} else if (schema_find(s, f->type.type.name)) {
		own = check_edge(s, t, f, errors);
	} else {
		own = schema_error(errors, "UnknownPropertyOrEdgeType", f->type.pos,
				   json_pack("[ss]", f->name, tf_type_text(&f->type.type, type)), "'%s' of '%s' has the unknown type %s",
				   f->name, t->def.name, type);
		hint_type(s, f->type.type.name, errors);
	}
	return own < 0 ? own : r;
}

static int check_type(struct tf_schema *s, const struct schema_type *t, struct tf_errors *errors)
{
	int r = 0;
	if (is_reserved(t->def.name))
		r = schema_error(errors, "ReservedTypeName", t->ast->pos, json_pack("[s]", t->def.name),
				 "'%s': names that begin with '__' are reserved", t->def.name);
	for (size_t i = 0; i < t->ast->n_fields && r != -ENOMEM && !errors->lost; i++) {
		int one = check_field(s, t, &t->ast->fields[i], errors);
		r = one < 0 ? one : r;
	}
	return r;
}

static int check_root(const struct tf_schema *s, struct tf_errors *errors)
{
	int r = 0;
	char type[TF_TYPE_TEXT];
	for (size_t i = 0; i < s->root->def.n_fields && !errors->lost; i++) {
		const struct ast_field_def *f = &s->root->ast->fields[i];
		if (tf_type_is_scalar_name(f->type.type.name))
			r = schema_error(errors, "PropertyFieldOnRootQueryType", f->pos,
					 json_pack("[sss]", s->root->def.name, f->name, tf_type_text(&f->type.type, type)),
					 "the query type has edges alone, and '%s' is a property", f->name);
	}
	return r;
}

int schema_check(struct tf_schema *s, struct tf_errors *errors)
{
	int r = schema_check_inheritance(s, errors);
	for (size_t i = 0; i < s->n_types && r != -ENOMEM && !errors->lost; i++) {
		int one = check_type(s, s->by_name[i], errors);
		r = one < 0 ? one : r;
	}
	if (r != -ENOMEM && check_root(s, errors) < 0)
		r = -EINVAL;
	if (r == -ENOMEM || errors->lost)
		return r;
	int origins = schema_check_origins(s, errors);
	return origins < 0 ? origins : r;
}

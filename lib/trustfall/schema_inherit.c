/*
 * schema_inherit.c - what types owe to the interfaces that they implement.
 *
 * Fields may be narrower than the interface's (not null, a type below), parameters wider; every interface above is named; and a
 * field comes from one interface: where two unrelated ones have it, nobody could say which is meant.
 *
 * Source:    kinds and order of the errors: Trustfall's InvalidSchemaError.
 */
#include "trustfall/schema_priv.h"

#include <errno.h>
#include <string.h>

#include "base/banned.h"

/* ---- interfaces ---- */

static bool implements(const struct schema_type *t, const char *name)
{
	for (size_t i = 0; i < t->ast->n_implements; i++)
		if (strcmp(t->ast->implements[i].name, name) == 0)
			return true;
	return false;
}

static int check_transitive(const struct schema_type *t, const struct schema_type *super, struct tf_pos pos, struct tf_errors *errors)
{
	int r = 0;
	for (size_t i = 0; i < super->ast->n_implements; i++) {
		const char *name = super->ast->implements[i].name;
		if (strcmp(name, t->def.name) == 0 || implements(t, name)) /* a circle is told by itself */
			continue;
		r = schema_error(errors, "MissingTransitiveInterfaceImplementation", pos,
				 json_pack("[sss]", t->def.name, super->def.name, name),
				 "'%s' implements '%s', which implements '%s': so must '%s'", t->def.name, super->def.name, name, t->def.name);
		tf_error_hint(errors, "implements %s & %s", super->def.name, name);
	}
	return r;
}

static int check_interface(const struct tf_schema *s, const struct schema_type *t, const struct ast_name *name, struct tf_errors *errors)
{
	const struct schema_type *super = schema_find(s, name->name);
	if (!super)
		return schema_error(errors, "ImplementingNonExistentType", name->pos, json_pack("[ss]", t->def.name, name->name),
				    "'%s' implements '%s', which is not defined", t->def.name, name->name);
	if (!super->def.interface)
		return schema_error(errors, "ImplementingNonInterface", name->pos, json_pack("[ss]", t->def.name, name->name),
				    "'%s' implements '%s', which is no interface", t->def.name, name->name);
	return check_transitive(t, super, name->pos, errors);
}

/* ---- fields ---- */

/* Whether each value of `sub` is one of `super`. */
static bool is_narrower(const struct tf_schema *s, const struct tf_type *super, const struct tf_type *sub)
{
	if (super->n_lists != sub->n_lists || (super->required & ~sub->required))
		return false;
	if (strcmp(super->name, sub->name) == 0)
		return true;
	const struct schema_type *a = schema_find(s, super->name), *b = schema_find(s, sub->name);
	return a && b && tf_type_is(&b->def, &a->def);
}

struct inherited {
	const struct schema_type *type, *super;
	const struct ast_field_def *field, *from;
};

static const struct ast_param_def *find_param(const struct ast_field_def *f, const char *name)
{
	for (size_t i = 0; i < f->n_params; i++)
		if (strcmp(f->params[i].name, name) == 0)
			return &f->params[i];
	return NULL;
}

/* Names of parameters that `of` has and `other` has not, sorted; NULL when memory is out. */
static json_t *params_beyond(const struct ast_field_def *of, const struct ast_field_def *other)
{
	AUTO_JSON json_t *names = json_array();
	for (size_t i = 0; names && i < of->n_params; i++) {
		const char *name = of->params[i].name;
		if (find_param(other, name))
			continue;
		size_t at = 0;
		while (at < json_array_size(names) && strcmp(json_string_value(json_array_get(names, at)), name) < 0)
			at++;
		if (json_array_insert_new(names, at, json_string(name)) < 0)
			return NULL;
	}
	return TAKE(names);
}

static int check_same_params(const struct inherited *in, bool missing, struct tf_errors *errors)
{
	json_t *names = missing ? params_beyond(in->from, in->field) : params_beyond(in->field, in->from);
	if (!names || json_array_size(names) == 0) {
		int r = names ? 0 : -ENOMEM;
		json_decref(names);
		return r;
	}
	const char *first = json_string_value(json_array_get(names, 0)), *field = in->field->name;
	json_t *args = json_pack("[sssO]", field, in->type->def.name, in->super->def.name, names);
	int r = schema_error(errors, missing ? "InheritedFieldMissingParameters" : "InheritedFieldUnexpectedParameters", in->field->pos, args,
			     missing ? "'%s' of '%s' lacks the parameter '%s' that the interface '%s' gives it" :
				       "'%s' of '%s' has the parameter '%s', which the interface '%s' does not know",
			     field, in->type->def.name, first, in->super->def.name);
	json_decref(names);
	return r;
}

static int check_param_type(const struct tf_schema *s, const struct inherited *in, const struct ast_param_def *p, struct tf_errors *errors)
{
	char own[TF_TYPE_TEXT], inherited[TF_TYPE_TEXT];
	const struct ast_param_def *from = find_param(in->from, p->name);
	if (!from || is_narrower(s, &p->type.type, &from->type.type))
		return 0;
	return schema_error(errors, "InvalidTypeNarrowingOfInheritedFieldParameter", p->type.pos,
			    json_pack("[ssssss]", in->field->name, in->type->def.name, in->super->def.name, p->name,
				      tf_type_text(&p->type.type, own), tf_type_text(&from->type.type, inherited)),
			    "the parameter '%s' of '%s' is %s, and must take every %s that the interface '%s' takes", p->name,
			    in->field->name, own, inherited, in->super->def.name);
}

/* By name. */
static int check_param_types(const struct tf_schema *s, const struct inherited *in, struct tf_errors *errors)
{
	int r = 0;
	const char *last = "";
	for (const struct ast_param_def *next;; last = next->name) {
		next = NULL;
		for (size_t i = 0; i < in->field->n_params; i++) {
			const struct ast_param_def *p = &in->field->params[i];
			if (strcmp(p->name, last) > 0 && (!next || strcmp(p->name, next->name) < 0))
				next = p;
		}
		if (!next)
			return r;
		int one = check_param_type(s, in, next, errors);
		r = one < 0 ? one : r;
	}
}

static int check_inherited(const struct tf_schema *s, const struct inherited *in, struct tf_errors *errors)
{
	char own[TF_TYPE_TEXT], inherited[TF_TYPE_TEXT];
	int results[4] = {0};
	if (!is_narrower(s, &in->from->type.type, &in->field->type.type))
		results[0] = schema_error(errors, "InvalidTypeWideningOfInheritedField", in->field->type.pos,
					  json_pack("[sssss]", in->field->name, in->type->def.name, in->super->def.name,
						    tf_type_text(&in->field->type.type, own), tf_type_text(&in->from->type.type, inherited)),
					  "'%s' of '%s' is %s, and by the interface '%s' it must be %s or narrower", in->field->name,
					  in->type->def.name, own, in->super->def.name, inherited);
	results[1] = check_same_params(in, true, errors);
	results[2] = check_same_params(in, false, errors);
	results[3] = check_param_types(s, in, errors);
	int r = 0;
	for (size_t i = 0; i < COUNT_OF(results); i++)
		r = results[i] < 0 && r != -ENOMEM ? results[i] : r;
	return r;
}

static int check_narrowing(const struct tf_schema *s, const struct schema_type *t, struct tf_errors *errors)
{
	int r = 0;
	for (size_t i = 0; i < t->def.n_fields; i++)
		for (size_t k = 0; k < t->ast->n_implements && r != -ENOMEM && !errors->lost; k++) {
			const struct schema_type *super = schema_find(s, t->ast->implements[k].name);
			const struct tf_field_def *from = super ? tf_type_field(&super->def, t->fields[i].name) : NULL;
			if (!from)
				continue;
			struct inherited in = {t, super, &t->ast->fields[i], &super->ast->fields[from->index]};
			int one = check_inherited(s, &in, errors);
			r = one < 0 ? one : r;
		}
	return r;
}

static int check_required(const struct tf_schema *s, const struct schema_type *t, struct tf_errors *errors)
{
	int r = 0;
	char type[TF_TYPE_TEXT];
	for (size_t i = 0; i < t->ast->n_implements; i++) {
		const struct schema_type *super = schema_find(s, t->ast->implements[i].name);
		for (size_t k = 0; super && k < super->def.n_fields && !errors->lost; k++) {
			const struct tf_field_def *f = &super->fields[k];
			if (tf_type_field(&t->def, f->name))
				continue;
			r = schema_error(errors, "MissingRequiredField", t->ast->pos,
					 json_pack("[ssss]", t->def.name, super->def.name, f->name, tf_type_text(&f->type, type)),
					 "'%s' implements '%s' and lacks its field '%s: %s'", t->def.name, super->def.name, f->name, type);
		}
	}
	return r;
}

/* All types are asked one thing before they are asked the next, as Trustfall does. */
typedef int rule_fn(const struct tf_schema *s, const struct schema_type *t, struct tf_errors *errors);

static int compare_names(const void *a, const void *b)
{
	const struct ast_name *const *l = a, *const *r = b;
	return strcmp((*l)->name, (*r)->name);
}

static int check_interfaces(const struct tf_schema *s, const struct schema_type *t, struct tf_errors *errors)
{
	int r = 0;
	size_t n = t->ast->n_implements;
	const struct ast_name **AUTO_MEM names = mem_new_array(n, sizeof(*names));
	if (!names)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		names[i] = &t->ast->implements[i];
	qsort(names, n, sizeof(*names), compare_names);
	for (size_t i = 0; i < n && !errors->lost; i++) {
		if (i && strcmp(names[i]->name, names[i - 1]->name) == 0)
			continue;
		int one = check_interface(s, t, names[i], errors);
		r = one < 0 ? one : r;
	}
	return r;
}

int schema_check_inheritance(struct tf_schema *s, struct tf_errors *errors)
{
	static rule_fn *const rules[] = {check_interfaces, check_narrowing, check_required};
	int r = 0;
	for (size_t k = 0; k < COUNT_OF(rules); k++)
		for (size_t i = 0; i < s->n_types && r != -ENOMEM && !errors->lost; i++) {
			int one = rules[k](s, s->by_name[i], errors);
			r = one < 0 ? one : r;
		}
	return r;
}

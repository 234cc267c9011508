#include "schema_show.h"

#include "columns.h"

#include "base/mem.h"

#include <string.h>
#include <strings.h>

#include "base/banned.h"

/* --- finding ------------------------------------------------------------------------------------------------------- */

/* All types, the starting points first; NULL at the end. */
static const struct tf_type_def *type_at(const struct tf_schema *s, size_t i)
{
	return i == 0 ? tf_schema_root(s) : i <= tf_schema_n_types(s) ? tf_schema_type_at(s, i - 1) : NULL;
}

static int no_field(const struct tf_type_def *t, const char *name, struct err *err)
{
	const char **names = mem_new_array(t->n_fields, sizeof(*names));
	for (size_t i = 0; names && i < t->n_fields; i++)
		names[i] = t->fields[i].name;
	const char *near = names ? str_nearest(name, names, t->n_fields) : NULL;
	int r = err_set(err, -ENOENT, "%s has no property or edge '%.64s'", t->name, name);
	r = near ? err_hint(err, r, "did you mean %s.%s?", t->name, near) : err_hint(err, r, "holler schema %s lists them", t->name);
	free(names);
	return r;
}

static int no_type(const struct tf_schema *s, const char *name, struct err *err)
{
	size_t n = 0;
	const char **names = mem_new_array(tf_schema_n_types(s) + 1, sizeof(*names));
	for (const struct tf_type_def *t; names && (t = type_at(s, n)); n++)
		names[n] = t->name;
	const char *near = names ? str_nearest(name, names, n) : NULL;
	int r = err_set(err, -ENOENT, "there is no type '%.64s'", name);
	r = near ? err_hint(err, r, "did you mean %s?", near)
		 : err_hint(err, r, "holler schema %s lists where a question may begin", tf_schema_root(s)->name);
	free(names);
	return r;
}

int schema_word_find(const struct tf_schema *s, const char *word, struct schema_word *ret, struct err *err)
{
	size_t n = strcspn(word, ".");
	char AUTO_MEM *name = strndup(word, n);
	const struct tf_type_def *t = NULL;
	if (!name)
		return err_set(err, -ENOMEM, "schema");
	for (size_t i = 0; (t = type_at(s, i)) && strcasecmp(t->name, name) != 0;)
		i++;
	if (!t)
		return no_type(s, name, err);
	*ret = (struct schema_word){ t, NULL };
	if (!word[n])
		return 0;
	ret->field = tf_type_field(t, word + n + 1);
	return ret->field ? 0 : no_field(t, word + n + 1, err);
}

/* --- text ---------------------------------------------------------------------------------------------------------- */

/* Words of the text in lines, each with this indentation. */
static void add_wrapped(struct strbuf *b, const char *text, size_t indent, size_t width)
{
	size_t room = width > indent + 20 ? width - indent : SIZE_MAX, at = 0;
	for (const char *p = text + strspn(text, " \n\t"); *p;) {
		size_t n = strcspn(p, " \n\t");
		AUTO_STRBUF word = STRBUF_INIT;
		(void)strbuf_add(&word, p, n);
		size_t wide = word.s ? columns_count(word.s) : 0;
		if (at && at + 1 + wide > room) {
			(void)strbuf_addc(b, '\n');
			at = 0;
		}
		if (at)
			(void)strbuf_addc(b, ' ');
		else
			(void)strbuf_addf(b, "%*s", (int)indent, "");
		columns_cut(b, word.s ? word.s : "", SIZE_MAX);
		at += (at ? 1 : 0) + wide;
		p += n + strspn(p + n, " \n\t");
	}
	if (at)
		(void)strbuf_addc(b, '\n');
}

static void add_doc(struct strbuf *b, const char *doc, size_t indent, size_t width)
{
	if (doc && *doc)
		add_wrapped(b, doc, indent, width);
}

static void add_default(struct strbuf *b, const struct tf_param_def *p)
{
	struct json_out o;
	if (!p->has_default || p->value.kind == TF_NULL)
		return;
	(void)strbuf_adds(b, " = ");
	json_out_init(&o, b);
	tf_value_write(&o, &p->value);
}

/* name(a: Int! = 0): Type! */
static void add_signature(struct strbuf *b, const struct tf_field_def *f)
{
	char type[TF_TYPE_TEXT];
	(void)strbuf_adds(b, f->name);
	for (size_t i = 0; i < f->n_params; i++) {
		const struct tf_param_def *p = &f->params[i];
		(void)strbuf_addf(b, "%s%s: %s", i ? ", " : "(", p->name, tf_type_text(&p->type, type));
		add_default(b, p);
	}
	(void)strbuf_addf(b, "%s: %s", f->n_params ? ")" : "", tf_type_text(&f->type, type));
}

static void add_field(struct strbuf *b, const struct tf_field_def *f, size_t indent, size_t width)
{
	(void)strbuf_addf(b, "%*s", (int)indent, "");
	add_signature(b, f);
	(void)strbuf_addc(b, '\n');
	add_doc(b, f->doc, indent + 4, width);
	for (size_t i = 0; i < f->n_params; i++) {
		AUTO_STRBUF line = STRBUF_INIT;
		if (!f->params[i].doc || !*f->params[i].doc)
			continue;
		(void)strbuf_addf(&line, "%s: %s", f->params[i].name, f->params[i].doc);
		add_wrapped(b, line.s ? line.s : "", indent + 4, width);
	}
}

static void add_fields(struct strbuf *b, const struct tf_type_def *t, bool edges, const char *title, size_t width)
{
	bool any = false;
	for (size_t i = 0; i < t->n_fields; i++) {
		const struct tf_field_def *f = &t->fields[i];
		if ((f->target != NULL) != edges)
			continue;
		if (!any)
			(void)strbuf_addf(b, "\n%s\n", title);
		any = true;
		add_field(b, f, 2, width);
	}
}

/* Edges and starting points that lead to the type. */
static void each_way(const struct tf_schema *s, const struct tf_type_def *t,
		     void (*fn)(void *arg, const struct tf_type_def *from, const struct tf_field_def *f), void *arg)
{
	const struct tf_type_def *from;
	for (size_t i = 0; (from = type_at(s, i)); i++)
		for (size_t k = 0; k < from->n_fields; k++)
			if (from->fields[k].target && tf_type_is(t, from->fields[k].target))
				fn(arg, from, &from->fields[k]);
}

static void add_way(void *arg, const struct tf_type_def *from, const struct tf_field_def *f)
{
	struct strbuf *b = arg;
	(void)strbuf_addf(b, "%s%s%s%s", b->n ? ", " : "", from->index == TF_ROOT_INDEX ? "" : from->name,
			  from->index == TF_ROOT_INDEX ? "" : ".", f->name);
}

static void show_type(const struct tf_schema *s, const struct tf_type_def *t, size_t width, struct strbuf *b)
{
	AUTO_STRBUF ways = STRBUF_INIT;
	bool root = t == tf_schema_root(s);
	(void)strbuf_addf(b, "%s%s", t->name, t->interface ? " (interface)" : "");
	for (size_t i = 0; i < t->n_supertypes; i++)
		(void)strbuf_addf(b, "%s%s", i ? ", " : ", is also: ", t->supertypes[i]->name);
	(void)strbuf_addc(b, '\n');
	add_doc(b, t->doc, 2, width);
	for (size_t i = 0; t->interface && i < t->n_objects; i++)
		(void)strbuf_addf(b, "%s%s%s", i ? ", " : "  one of: ", t->objects[i]->name, i + 1 == t->n_objects ? "\n" : "");
	each_way(s, t, add_way, &ways);
	if (ways.n && !root) {
		(void)strbuf_adds(b, "\nreached by\n");
		add_wrapped(b, ways.s, 2, width);
	}
	add_fields(b, t, false, "properties", width);
	add_fields(b, t, true, root ? "a question begins with" : "edges", width);
}

void schema_show(const struct tf_schema *s, const struct schema_word *w, size_t width, struct strbuf *b)
{
	if (!w->field) {
		show_type(s, w->type, width, b);
		return;
	}
	(void)strbuf_addf(b, "%s.", w->type->name);
	add_field(b, w->field, 0, width);
	if (w->field->target)
		add_doc(b, w->field->target->doc, 4, width);
}

/* --- for programs -------------------------------------------------------------------------------------------------- */

static json_t *text_or_empty(const char *s)
{
	return json_string(s ? s : "");
}

static json_t *param_json(const struct tf_param_def *p)
{
	char type[TF_TYPE_TEXT];
	AUTO_JSON json_t *o = json_pack("{s:s, s:s, s:o}", "name", p->name, "type", tf_type_text(&p->type, type), "doc",
					text_or_empty(p->doc));
	if (o && p->has_default && json_object_set_new(o, "default", tf_value_json(&p->value)) < 0)
		return NULL;
	return TAKE(o);
}

static json_t *field_json(const struct tf_field_def *f)
{
	char type[TF_TYPE_TEXT];
	AUTO_JSON json_t *o = json_pack("{s:s, s:s, s:o}", "name", f->name, "type", tf_type_text(&f->type, type), "doc",
					text_or_empty(f->doc));
	AUTO_JSON json_t *params = json_array();
	bool ok = o && params;
	for (size_t i = 0; ok && i < f->n_params; i++)
		ok = json_array_append_new(params, param_json(&f->params[i])) == 0;
	if (ok && f->target)
		ok = json_object_set(o, "params", params) == 0;
	return ok ? TAKE(o) : NULL;
}

static json_t *fields_json(const struct tf_type_def *t, bool edges)
{
	AUTO_JSON json_t *all = json_array();
	bool ok = all;
	for (size_t i = 0; ok && i < t->n_fields; i++)
		if ((t->fields[i].target != NULL) == edges)
			ok = json_array_append_new(all, field_json(&t->fields[i])) == 0;
	return ok ? TAKE(all) : NULL;
}

static json_t *names_json(const struct tf_type_def *const *types, size_t n)
{
	AUTO_JSON json_t *all = json_array();
	bool ok = all;
	for (size_t i = 0; ok && i < n; i++)
		ok = json_array_append_new(all, json_string(types[i]->name)) == 0;
	return ok ? TAKE(all) : NULL;
}

json_t *schema_show_json(const struct tf_schema *s, const struct schema_word *w)
{
	const struct tf_type_def *t = w->type;
	(void)s;
	if (w->field)
		return field_json(w->field);
	return json_pack("{s:s, s:o, s:b, s:o, s:o, s:o, s:o}", "name", t->name, "doc", text_or_empty(t->doc), "interface", t->interface,
			 "supertypes", names_json(t->supertypes, t->n_supertypes), "objects", names_json(t->objects, t->n_objects),
			 "properties", fields_json(t, false), "edges", fields_json(t, true));
}

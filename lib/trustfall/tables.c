/*
 * tables.c - writes the schema that tables describe.
 */
#include "trustfall/tables_priv.h"

#include <string.h>

#include "base/banned.h"

#define ROOT_NAME "Root"

const struct tf_type_row *tables_type(const struct tables *t, struct tables_at *at, const char *name)
{
	for (; at->table < t->n; at->table++, at->row = 0)
		while (at->row < t->v[at->table]->n_types) {
			const struct tf_type_row *row = &t->v[at->table]->types[at->row++];
			if (!name || str_eq(row->name, name))
				return row;
		}
	return NULL;
}

const struct tf_edge_row *tables_root(const struct tables *t, struct tables_at *at)
{
	for (; at->table < t->n; at->table++, at->row = 0)
		if (at->row < t->v[at->table]->n_roots)
			return &t->v[at->table]->roots[at->row++];
	return NULL;
}

const struct tf_property_row *tables_own_property(const struct tables *t, const char *type, const char *name)
{
	struct tables_at at = {0, 0};
	for (const struct tf_type_row *row; (row = tables_type(t, &at, type)) != NULL;)
		for (size_t i = 0; i < row->n_properties; i++)
			if (str_eq(row->properties[i].name, name))
				return &row->properties[i];
	return NULL;
}

const struct tf_edge_row *tables_own_edge(const struct tables *t, const char *type, const char *name)
{
	struct tables_at at = {0, 0};
	for (const struct tf_type_row *row; (row = tables_type(t, &at, type)) != NULL;)
		for (size_t i = 0; i < row->n_edges; i++)
			if (str_eq(row->edges[i].name, name))
				return &row->edges[i];
	return NULL;
}

/* ---- supertypes ---- */

static int supers_add(struct tables_supers *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (str_eq(s->v[i], name))
			return 0;
	if (mem_grow((void *)&s->v, &s->room, s->n + 1, sizeof(*s->v)) < 0)
		return -ENOMEM;
	s->v[s->n++] = name;
	return 0;
}

static int supers_of(const struct tables *t, const char *type, struct tables_supers *s)
{
	struct tables_at at = {0, 0};
	for (const struct tf_type_row *row; (row = tables_type(t, &at, type)) != NULL;)
		for (const char *const *name = row->implements; name && *name; name++)
			if (supers_add(s, *name) < 0)
				return -ENOMEM;
	return 0;
}

int tables_supers(const struct tables *t, const char *type, struct tables_supers *ret)
{
	ret->n = 0;
	int r = supers_of(t, type, ret);
	for (size_t i = 0; r == 0 && i < ret->n; i++)
		r = supers_of(t, ret->v[i], ret);
	return r;
}

/* ---- text ---- */

struct writer {
	struct tables tables;
	struct strbuf *b;
	struct err *err;
	struct tables_supers supers, written; /* of the type at hand; names of its fields so far */
};

/* A block string, which knows one escape. */
static void write_doc(struct strbuf *b, const char *indent, const char *doc)
{
	if (!doc || !*doc)
		return;
	(void)strbuf_addf(b, "%s\"\"\"", indent); /* an error sticks: tf_tables_schema looks */
	for (const char *s = doc; *s;) {
		size_t n = strcspn(s, "\"");
		(void)strbuf_add(b, s, n);
		s += n;
		size_t quotes = strspn(s, "\"");
		for (size_t i = 0; i < quotes; i++)
			(void)strbuf_adds(b, quotes >= 3 && i % 3 == 0 && quotes - i >= 3 ? "\\\"" : "\"");
		s += quotes;
	}
	size_t n = strlen(doc);
	bool open = doc[n - 1] == '"' || doc[n - 1] == '\\'; /* would run into the end */
	(void)strbuf_addf(b, "%s\"\"\"\n", open ? "\n" : "");
}

static void write_param(struct strbuf *b, const struct tf_param_row *p)
{
	(void)strbuf_addf(b, "%s: %s", p->name, p->type);
	if (p->value)
		(void)strbuf_addf(b, " = %s", p->value);
}

static void write_params(struct strbuf *b, const struct tf_edge_row *e)
{
	bool documented = false;
	for (size_t i = 0; i < e->n_params; i++)
		documented = documented || e->params[i].doc;
	if (!e->n_params)
		return;
	(void)strbuf_adds(b, documented ? "(\n" : "(");
	for (size_t i = 0; i < e->n_params; i++) {
		write_doc(b, "\t\t", e->params[i].doc);
		(void)strbuf_adds(b, documented ? "\t\t" : i ? ", " : "");
		write_param(b, &e->params[i]);
		(void)strbuf_adds(b, documented ? "\n" : "");
	}
	(void)strbuf_adds(b, documented ? "\t)" : ")");
}

/* Notes a field of the type at hand; -EEXIST when it has it. */
static int field_note(struct writer *w, const char *name)
{
	size_t n = w->written.n;
	if (supers_add(&w->written, name) < 0)
		return err_set(w->err, -ENOMEM, "schema");
	return w->written.n == n ? -EEXIST : 0;
}

static int field_twice(struct writer *w, const char *type, const char *name, int r)
{
	return r == -EEXIST ? err_set(w->err, -EINVAL, "the tables give '%s' of '%s' twice", name, type) : r;
}

static void write_property(struct strbuf *b, const struct tf_property_row *p)
{
	write_doc(b, "\t", p->doc);
	(void)strbuf_addf(b, "\t%s: %s\n", p->name, p->type);
}

static void write_edge(struct strbuf *b, const struct tf_edge_row *e)
{
	write_doc(b, "\t", e->doc);
	(void)strbuf_addf(b, "\t%s", e->name);
	write_params(b, e);
	(void)strbuf_addf(b, ": %s\n", e->type);
}

/* The fields that rows of `from` have; inherited ones (from != type) give way to those that are there. */
static int write_fields(struct writer *w, const char *type, const char *from)
{
	struct tables_at at = {0, 0};
	bool inherited = from != type;
	for (const struct tf_type_row *row; (row = tables_type(&w->tables, &at, from)) != NULL;) {
		for (size_t i = 0; i < row->n_properties; i++) {
			int r = field_note(w, row->properties[i].name);
			if (r == 0)
				write_property(w->b, &row->properties[i]);
			else if (r != -EEXIST || !inherited)
				return field_twice(w, type, row->properties[i].name, r);
		}
		for (size_t i = 0; i < row->n_edges; i++) {
			int r = field_note(w, row->edges[i].name);
			if (r == 0)
				write_edge(w->b, &row->edges[i]);
			else if (r != -EEXIST || !inherited)
				return field_twice(w, type, row->edges[i].name, r);
		}
	}
	return 0;
}

static int write_type(struct writer *w, const struct tf_type_row *first)
{
	const char *doc = NULL;
	struct tables_at at = {0, 0};
	for (const struct tf_type_row *row; (row = tables_type(&w->tables, &at, first->name)) != NULL;) {
		doc = doc ? doc : row->doc;
		if (row->interface != first->interface)
			return err_set(w->err, -EINVAL, "'%s' is an interface in one table and none in another", row->name);
	}
	if (tables_supers(&w->tables, first->name, &w->supers) < 0)
		return err_set(w->err, -ENOMEM, "schema");

	(void)strbuf_addc(w->b, '\n');
	write_doc(w->b, "", doc);
	(void)strbuf_addf(w->b, "%s %s", first->interface ? "interface" : "type", first->name);
	for (size_t i = 0; i < w->supers.n; i++)
		(void)strbuf_addf(w->b, "%s%s", i ? " & " : " implements ", w->supers.v[i]);
	(void)strbuf_adds(w->b, " {\n");
	w->written.n = 0;
	int r = write_fields(w, first->name, first->name);
	for (size_t i = 0; r == 0 && i < w->supers.n; i++)
		r = write_fields(w, first->name, w->supers.v[i]);
	(void)strbuf_adds(w->b, "}\n");
	return r;
}

static int write_types(struct writer *w)
{
	struct tables_at at = {0, 0}, first;
	for (const struct tf_type_row *row; (row = tables_type(&w->tables, &at, NULL)) != NULL;) {
		first = (struct tables_at){0, 0};
		if (tables_type(&w->tables, &first, row->name) != row)
			continue; /* written with its first row */
		int r = write_type(w, row);
		if (r < 0)
			return r;
	}
	return 0;
}

static int write_roots(struct writer *w)
{
	struct tables_at at = {0, 0};
	w->written.n = 0;
	(void)strbuf_adds(w->b, "\n\"\"\"Where a query begins.\"\"\"\ntype " ROOT_NAME " {\n");
	for (const struct tf_edge_row *e; (e = tables_root(&w->tables, &at)) != NULL;) {
		int r = field_note(w, e->name);
		if (r < 0)
			return field_twice(w, ROOT_NAME, e->name, r);
		write_edge(w->b, e);
	}
	(void)strbuf_adds(w->b, "}\n");
	return 0;
}

static const char head[] = "schema {\n\tquery: " ROOT_NAME "\n}\n"
			   "directive @filter(op: String!, value: [String!]) repeatable on FIELD | INLINE_FRAGMENT\n"
			   "directive @tag(name: String) repeatable on FIELD\n"
			   "directive @output(name: String) repeatable on FIELD\n"
			   "directive @optional on FIELD\n"
			   "directive @recurse(depth: Int!) on FIELD\n"
			   "directive @fold on FIELD\n"
			   "directive @transform(op: String!) repeatable on FIELD\n";

int tf_tables_schema(const struct tf_table *const *tables, size_t n, struct strbuf *b, struct err *err)
{
	struct writer w = {.tables = {tables, n}, .b = b, .err = err};
	(void)strbuf_adds(b, head);
	int r = write_roots(&w);
	r = r == 0 ? write_types(&w) : r;
	free(w.supers.v);
	free(w.written.v);
	return r == 0 && !strbuf_ok(b) ? err_set(err, -ENOMEM, "schema") : r;
}

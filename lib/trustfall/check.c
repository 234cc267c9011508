/* Whether all that a query names is there in the schema: fields, types of coercions, what is a property and what an edge. */
#include <string.h>

#include "base/limits.h"
#include "trustfall/compile_priv.h"

#include "base/banned.h"

struct step { /* the way to a field, for the message */
	const char *name;
	const struct step *before;
};

struct checker {
	struct build *b;
	struct check_size size;
};

bool field_is_typename(const struct query_field *f)
{
	return strcmp(f->name, "__typename") == 0;
}

const struct tf_type_def *check_type(const struct tf_schema *s, const char *name)
{
	const struct tf_type_def *root = tf_schema_root(s);
	return strcmp(name, root->name) == 0 ? root : tf_schema_type(s, name);
}

const struct tf_type_def *field_type(const struct build *b, const struct query_field *f, const struct tf_field_def *edge)
{
	return f->coerced_to ? check_type(b->schema, f->coerced_to) : edge->target;
}

static json_t *path_json(const struct step *last)
{
	json_t *all = json_array();
	for (; all && last; last = last->before)
		(void)json_array_insert_new(all, 0, json_string(last->name)); /* out of memory: a shorter path is told */
	return all;
}

/* The names that may stand where `word` does not fit, given to str_nearest. */
static const char *nearest_field(const struct tf_type_def *t, const char *word)
{
	const char **names = mem_new_array(t->n_fields + 1, sizeof(*names));
	if (!names)
		return NULL;
	for (size_t i = 0; i < t->n_fields; i++)
		names[i] = t->fields[i].name;
	names[t->n_fields] = "__typename";
	bool any = t->index != TF_ROOT_INDEX; /* the root has none */
	const char *near = str_nearest(word, names, t->n_fields + any);
	free(names);
	return near;
}

/* Names one after the other, as many as there is room for. */
struct names {
	char text[120];
	size_t n;
	bool full;
};

static void add_name(struct names *l, const char *name)
{
	size_t m = strlen(name);
	if (l->full)
		return;
	l->full = l->n + m + sizeof(" ...") + 1 > sizeof(l->text);
	(void)str_copy(l->text + l->n, sizeof(l->text) - l->n, l->full ? " ..." : " "); /* " ..." has its room */
	if (!l->full)
		(void)str_copy(l->text + l->n + 1, sizeof(l->text) - l->n - 1, name);
	l->n += m + 1;
}

/* For who has no nearer guess. */
static void hint_fields(struct build *b, const struct tf_type_def *t)
{
	struct names l = {.n = 0};
	for (size_t i = 0; i < t->n_fields; i++)
		add_name(&l, t->fields[i].name);
	build_hint(b, "%s has%s", t == tf_schema_root(b->schema) ? "it" : t->name, l.n ? l.text : " nothing but __typename");
}

static void hint_implementers(struct build *b, const struct tf_type_def *from)
{
	struct names l = {.n = 0};
	for (size_t i = 0; i < from->n_objects; i++)
		add_name(&l, from->objects[i]->name);
	build_hint(b, "a %s is one of%s", from->name, l.text);
}

/* The first of the types that `t` may be which has that field; NULL: none. */
static const struct tf_type_def *narrower_with(const struct tf_type_def *t, const char *field)
{
	for (size_t i = 0; i < t->n_objects; i++)
		if (tf_type_field(t->objects[i], field))
			return t->objects[i];
	return NULL;
}

static void no_field(struct build *b, const struct tf_type_def *t, const struct query_field *f, const struct step *path)
{
	build_error(b, "ValidationError.NonExistentPath", f->pos, json_pack("[o]", path_json(path)), "%s has no '%s'",
		    t == tf_schema_root(b->schema) ? "the schema" : t->name, f->name);
	const struct tf_type_def *narrower = narrower_with(t, f->name);
	const char *near = nearest_field(t, f->name);
	if (narrower)
		build_hint(b, "%s has it: '... on %s { %s }'", narrower->name, narrower->name, f->name);
	else if (near)
		build_hint(b, "did you mean '%s'?", near);
	else
		hint_fields(b, t);
}

static void no_type(struct build *b, const struct query_field *f)
{
	const char *to = f->coerced_to;
	size_t n = tf_schema_n_types(b->schema);
	const char **names = mem_new_array(n, sizeof(*names));
	build_error(b, "ValidationError.NonExistentType", f->coerced_pos, json_pack("[s]", to), "there is no type '%s'", to);
	for (size_t i = 0; names && i < n; i++)
		names[i] = tf_schema_type_at(b->schema, i)->name;
	const char *near = names ? str_nearest(to, names, n) : NULL;
	if (near)
		build_hint(b, "did you mean '%s'?", near);
	else
		build_hint(b, "the schema tells all types");
	free(names);
}

/* Whether the coercion can be made; else an error has been added. */
static bool check_coercion(struct build *b, const struct query_field *f, const struct tf_field_def *def)
{
	const struct tf_type_def *from = def->target, *to = check_type(b->schema, f->coerced_to);
	const char *from_name = from ? from->name : def->type.name;
	if (!from || !from->interface) {
		build_error(b, "ValidationError.CannotCoerceNonInterfaceType", f->coerced_pos,
			    json_pack("[s,s]", from_name, f->coerced_to), "%s is no interface, so it cannot be coerced to %s", from_name,
			    f->coerced_to);
		if (from)
			build_hint(b, "'%s' leads to vertices of the type %s only: leave '... on %s' out", f->name, from_name,
				   f->coerced_to);
		else
			build_hint(b, "'%s' is a property and has nothing inside", f->name);
		return false;
	}
	if (!to) {
		no_type(b, f);
		return false;
	}
	if (to != from && tf_type_is(to, from))
		return true;
	build_error(b, "ValidationError.CannotCoerceToUnrelatedType", f->coerced_pos, json_pack("[s,s]", from_name, f->coerced_to),
		    to == from ? "%s is coerced to %s, which it is already" : "%s cannot be coerced to %s, which does not implement it",
		    from_name, f->coerced_to);
	if (to == from)
		build_hint(b, "leave '... on %s' out", f->coerced_to);
	else
		hint_implementers(b, from);
	return false;
}

static int count_vertex(struct checker *c, const struct query_field *f)
{
	c->size.n_vertices++;
	c->size.n_folds += f->fold;
	if (c->size.n_vertices + c->size.n_folds <= LIMIT_TRUSTFALL_QUERY_VERTICES)
		return 0;
	build_error(c->b, "LimitExceeded", f->pos, json_pack("[I]", (json_int_t)LIMIT_TRUSTFALL_QUERY_VERTICES),
		    "a query has %d vertices and folds at most", (int)LIMIT_TRUSTFALL_QUERY_VERTICES);
	build_hint(c->b, "make two queries of it");
	return -E2BIG;
}

static int check_field(struct checker *c, const struct tf_type_def *parent, const struct query_field *f, const struct step *path);

static int check_fields(struct checker *c, const struct tf_type_def *t, const struct query_field *f, const struct step *path)
{
	int r = 0;
	for (size_t i = 0; r == 0 && c->b->n_errors == 0 && i < f->n_fields; i++)
		r = check_field(c, t, &f->fields[i], path);
	return r;
}

/* A property has nothing below it. */
static int check_property(struct checker *c, const struct tf_field_def *def, const struct query_field *f, const struct step *path)
{
	if (f->coerced_to)
		return (void)check_coercion(c->b, f, def), 0;
	if (f->n_fields == 0)
		return 0;
	struct step inner = {f->fields[0].name, path};
	build_error(c->b, "ValidationError.NonExistentPath", f->fields[0].pos, json_pack("[o]", path_json(&inner)),
		    "'%s' is a property of the type %s and has no '%s' inside", f->name, def->type.name, f->fields[0].name);
	build_hint(c->b, "only edges have braces: leave them out");
	return 0;
}

static int check_edge(struct checker *c, const struct tf_field_def *def, const struct query_field *f, const struct step *path)
{
	if (f->coerced_to && !check_coercion(c->b, f, def))
		return 0;
	int r = count_vertex(c, f);
	if (r < 0)
		return r;
	struct step coerced = {f->coerced_to, path};
	return check_fields(c, field_type(c->b, f, def), f, f->coerced_to ? &coerced : path);
}

static int check_field(struct checker *c, const struct tf_type_def *parent, const struct query_field *f, const struct step *path)
{
	struct step here = {f->name, path};
	if (field_is_typename(f)) {
		if (f->n_fields || f->coerced_to) {
			build_error(c->b, "PropertyMetaFieldUsedAsEdge", f->pos, json_pack("[s]", f->name),
				    "__typename is a property and has nothing inside");
			build_hint(c->b, "leave its braces out");
		}
		return 0;
	}
	const struct tf_field_def *def = tf_type_field(parent, f->name);
	if (!def) {
		no_field(c->b, parent, f, &here);
		return 0;
	}
	return def->target ? check_edge(c, def, f, &here) : check_property(c, def, f, &here);
}

int check_names(struct build *b, const struct query_field *root, struct check_size *ret)
{
	struct checker c = {.b = b};
	const struct tf_type_def *schema = tf_schema_root(b->schema);
	int r = 0;
	if (field_is_typename(root))
		no_field(b, schema, root, &(struct step){root->name, NULL});
	else
		r = check_field(&c, schema, root, NULL);
	*ret = c.size;
	return r;
}

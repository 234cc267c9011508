/* Filters: whether value and operand fit the operator and each other, and what variables have to be. */
#include <stdio.h>
#include <string.h>

#include "trustfall/compile_priv.h"

#include "base/banned.h"

/* One filter being looked at. */
struct check {
	struct build *b;
	const struct query_filter *filter;
	const char *op;
	const struct plan_source *subject;
	const char *name; /* of the value that is filtered */
	uint32_t component, use_vertex;
};

/* `property "name" of type "Int"`, as Trustfall writes it; of a count too. */
static const char *subject_text(const struct check *c, char *ret, size_t size)
{
	char type[TF_TYPE_TEXT];
	(void)snprintf(ret, size, "property \"%s\" of type \"%s\"", c->name, tf_type_text(&c->subject->type, type)); /* long names are cut */
	return ret;
}

static const char *tag_text(const struct build_tag *t, char *ret, size_t size)
{
	char type[TF_TYPE_TEXT];
	(void)snprintf(ret, size, "tag \"%s\" of type \"%s\"", t->name, tf_type_text(&t->source.type, type));
	return ret;
}

enum { OPERAND_TEXT = 400 };

/* `rule` is what the operator wants, `what` the side that is not so. */
static void type_error(const struct check *c, const char *kind, const char *what, const char *rule)
{
	build_error(c->b, kind, c->filter->pos, json_pack("[s,s]", c->op, what), "\"%s\" %s, and here is %s", c->op, rule, what);
	build_hint(c->b, "for equal values there are \"=\" and \"one_of\"");
}

static bool is_string(const struct tf_type *t)
{
	return t->n_lists == 0 && strcmp(t->name, "String") == 0;
}

/* ---- variables ---- */

/* The type that this use wants of its variable; false: an error has been added. */
static bool infer(const struct check *c, struct tf_type *ret)
{
	const struct tf_type *t = &c->subject->type;
	char text[OPERAND_TEXT];
	switch (c->filter->op) {
	case PLAN_EQUAL:
	case PLAN_NOT_EQUAL:
		*ret = *t;
		return true;
	case PLAN_LESS:
	case PLAN_LESS_EQUAL:
	case PLAN_GREATER:
	case PLAN_GREATER_EQUAL:
		*ret = tf_type_with_required(*t, true);
		return true;
	case PLAN_CONTAINS:
	case PLAN_NOT_CONTAINS:
		if (t->n_lists == 0) {
			type_error(c, "FilterTypeError.ListFilterOperationOnNonListSubject", subject_text(c, text, sizeof(text)),
				   "is for lists");
			if (is_string(t))
				build_hint(c->b, "for parts of a string there is \"has_substring\"");
			return false;
		}
		*ret = tf_type_item(*t);
		return true;
	case PLAN_ONE_OF:
	case PLAN_NOT_ONE_OF:
		*ret = tf_type_list_of(*t, true);
		return true;
	default:
		*ret = (struct tf_type){.name = "String", .n_lists = 0, .required = 1};
		return true;
	}
}

/* ---- tags ---- */

static bool name_in(const struct query_value *v, const char *own, const char *name, struct tf_pos *ret)
{
	for (size_t i = 0; i < v->n_tags; i++) {
		const char *one = v->tags[i].name ? v->tags[i].name : own;
		if (one && strcmp(one, name) == 0) {
			*ret = v->tags[i].pos;
			return true;
		}
	}
	return false;
}

/* Whether the tag is anywhere in the query, for a hint. */
static bool tag_in(const struct query_field *f, const char *name, struct tf_pos *ret)
{
	bool found = name_in(&f->own, f->alias ? f->alias : f->name, name, ret) || name_in(&f->count, NULL, name, ret);
	for (size_t i = 0; !found && i < f->n_fields; i++)
		found = tag_in(&f->fields[i], name, ret);
	return found;
}

static void no_tag(const struct check *c)
{
	struct build *b = c->b;
	const char *names[32];
	size_t n = b->n_tags < COUNT_OF(names) ? b->n_tags : COUNT_OF(names);
	for (size_t i = 0; i < n; i++)
		names[i] = b->tags[i].name;
	build_error(b, "UndefinedTagInFilter", c->filter->pos, json_pack("[s,s]", c->name, c->filter->name),
		    "there is no tag '%s' before this filter on '%s'", c->filter->name, c->name);
	const char *near = str_nearest(c->filter->name, names, n);
	struct tf_pos later = {0, 0};
	if (tag_in(b->root, c->filter->name, &later))
		build_hint(b, "it is made in line %u: move that before the filter", later.line);
	else if (near)
		build_hint(b, "did you mean '%%%s'?", near);
	else
		build_hint(b, "tag a value earlier in the query: @tag(name: \"%s\")", c->filter->name);
}

/* NULL: an error has been added. */
static struct build_tag *find_tag(const struct check *c)
{
	struct build *b = c->b;
	struct build_tag *t = build_find_tag(b, c->filter->name);
	if (!t) {
		no_tag(c);
		return NULL;
	}
	if (!build_is_inside(b, c->component, t->component)) {
		build_error(b, "TagUsedOutsideItsFoldedSubquery", c->filter->pos, json_pack("[s,s]", c->name, t->name),
			    "the tag '%s' is made inside of a @fold, and this filter on '%s' is outside of it", t->name, c->name);
		build_hint(b, "tag the value outside and filter inside of the fold");
		return NULL;
	}
	if (t->vertex > c->use_vertex) {
		build_error(b, "TagUsedBeforeDefinition", c->filter->pos, json_pack("[s,s]", c->name, t->name),
			    "the tag '%s' of line %u is not known yet where '%s' is filtered", t->name, t->pos.line, c->name);
		build_hint(b, "a vertex is filtered before its edges and folds are followed; filter a later edge instead");
		return NULL;
	}
	t->used = true;
	return t;
}

/* ---- do they fit? ---- */

static void mismatch(const struct check *c, const struct build_tag *t)
{
	char left[OPERAND_TEXT], right[OPERAND_TEXT];
	subject_text(c, left, sizeof(left));
	tag_text(t, right, sizeof(right));
	build_error(c->b, "FilterTypeError.TypeMismatchBetweenFilterSubjectAndArgument", c->filter->pos,
		    json_pack("[s,s,s]", c->op, left, right), "\"%s\" compares values of different types: %s and %s", c->op, left, right);
	build_hint(c->b, "both sides have to be of one type, but for whether they may be null");
}

/* `t` is NULL for a variable, whose type fits by itself. */
static void check_ordering(const struct check *c, const struct build_tag *t)
{
	char text[OPERAND_TEXT];
	if (!tf_type_is_ordered(&c->subject->type))
		type_error(c, "FilterTypeError.OrderingFilterOperationOnNonOrderableSubject", subject_text(c, text, sizeof(text)),
			   "is for numbers, strings and lists of them");
	if (!t)
		return;
	if (!tf_type_is_ordered(&t->source.type))
		type_error(c, "FilterTypeError.OrderingFilterOperationWithNonOrderableArgument", tag_text(t, text, sizeof(text)),
			   "takes a number, a string or a list of them");
	if (!tf_type_same(&c->subject->type, &t->source.type))
		mismatch(c, t);
}

static void check_string(const struct check *c, const struct build_tag *t)
{
	char text[OPERAND_TEXT];
	if (!is_string(&c->subject->type))
		type_error(c, "FilterTypeError.StringFilterOperationOnNonStringSubject", subject_text(c, text, sizeof(text)),
			   "is for strings");
	if (t && !is_string(&t->source.type))
		type_error(c, "FilterTypeError.StringFilterOperationOnNonStringArgument", tag_text(t, text, sizeof(text)),
			   "takes a string");
}

static void check_null(const struct check *c)
{
	char text[OPERAND_TEXT];
	if (!tf_type_is_required(&c->subject->type))
		return;
	bool outcome = c->filter->op == PLAN_IS_NOT_NULL;
	build_error(c->b, "FilterTypeError.NonNullableTypeFilteredForNullability", c->filter->pos,
		    json_pack("[s,s,b]", c->op, subject_text(c, text, sizeof(text)), outcome), "\"%s\" is always %s, for this is %s", c->op,
		    outcome ? "true" : "false", text);
	build_hint(c->b, "leave the filter out");
}

static void check_list_subject(const struct check *c, const struct build_tag *t)
{
	struct tf_type want;
	if (infer(c, &want) && !tf_type_same(&want, &t->source.type))
		mismatch(c, t);
}

static void check_list_operand(const struct check *c, const struct build_tag *t)
{
	char text[OPERAND_TEXT];
	struct tf_type item = t->source.type;
	if (item.n_lists == 0) {
		type_error(c, "FilterTypeError.ListFilterOperationOnNonListArgument", tag_text(t, text, sizeof(text)),
			   "takes a list");
		return;
	}
	item = tf_type_item(item);
	if (!tf_type_same(&c->subject->type, &item))
		mismatch(c, t);
}

static void check_operands(const struct check *c, const struct build_tag *t)
{
	switch (c->filter->op) {
	case PLAN_IS_NULL:
	case PLAN_IS_NOT_NULL:
		check_null(c);
		break;
	case PLAN_EQUAL:
	case PLAN_NOT_EQUAL:
		if (t && !tf_type_same(&c->subject->type, &t->source.type))
			mismatch(c, t);
		break;
	case PLAN_LESS:
	case PLAN_LESS_EQUAL:
	case PLAN_GREATER:
	case PLAN_GREATER_EQUAL:
		check_ordering(c, t);
		break;
	case PLAN_CONTAINS:
	case PLAN_NOT_CONTAINS:
		if (t)
			check_list_subject(c, t);
		break;
	case PLAN_ONE_OF:
	case PLAN_NOT_ONE_OF:
		if (t)
			check_list_operand(c, t);
		break;
	default:
		check_string(c, t);
	}
}

static void add_filter(const struct check *c, struct plan_filter *into, size_t *n)
{
	struct build *b = c->b;
	const struct query_filter *f = c->filter;
	struct plan_filter made = {.op = f->op, .subject = *c->subject, .operand = f->operand, .pos = f->pos};
	const struct build_tag *t = NULL;
	if (f->operand == PLAN_TAG) {
		t = find_tag(c);
		if (!t)
			return;
		made.tag = t->source;
		made.tag_component = t->component;
	}
	struct tf_type type;
	if (f->operand == PLAN_VARIABLE && !infer(c, &type))
		return;
	if (f->operand == PLAN_VARIABLE) {
		made.variable = (uint32_t)b->n_uses;
		b->uses[b->n_uses++] = (struct build_use){.name = f->name, .type = type, .pos = f->pos};
	}
	check_operands(c, t);
	into[(*n)++] = made;
}

void build_filters(struct build *b, const struct query_value *value, const struct plan_source *subject, const char *name,
		   uint32_t component, uint32_t use_vertex, struct plan_filter *into, size_t *n)
{
	for (size_t i = 0; i < value->n_filters; i++) {
		struct check c = {.b = b,
				  .filter = &value->filters[i],
				  .op = plan_op_name(value->filters[i].op),
				  .subject = subject,
				  .name = name,
				  .component = component,
				  .use_vertex = use_vertex};
		add_filter(&c, into, n);
	}
}

/* ---- one type for each variable ---- */

struct variables {
	struct build *b;
	struct tf_column *v;
	size_t n;
};

static void agree(struct variables *vs, const struct build_use *u)
{
	char was[TF_TYPE_TEXT], wants[TF_TYPE_TEXT];
	size_t i = 0;
	while (i < vs->n && strcmp(vs->v[i].name, u->name) != 0)
		i++;
	if (i == vs->n) {
		vs->v[vs->n++] = (struct tf_column){.name = u->name, .type = u->type};
		return;
	}
	if (tf_type_intersect(&vs->v[i].type, &u->type, &vs->v[i].type))
		return;
	build_error(vs->b, "FilterTypeError.IncompatibleVariableTypeRequirements", u->pos,
		    json_pack("[s,s,s]", u->name, tf_type_text(&vs->v[i].type, was), tf_type_text(&u->type, wants)),
		    "the variable '%s' has to be %s here and %s elsewhere", u->name, wants, was);
	build_hint(vs->b, "use two variables");
}

static void agree_all(struct variables *vs, const struct plan_filter *f, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (f[i].operand == PLAN_VARIABLE)
			agree(vs, &vs->b->uses[f[i].variable]);
}

/* Vertices, then counts, then what is inside of the folds: so Trustfall tells which of two uses is the wrong one. */
static void agree_component(struct variables *vs, uint32_t component)
{
	struct build *b = vs->b;
	for (size_t i = 0; i < b->q->n_vertices; i++)
		if (b->vertices[i].component == component)
			agree_all(vs, b->vertices[i].filters, b->vertices[i].n_filters);
	for (size_t i = 0; i < b->q->n_folds; i++)
		if (b->folds[i].outer == component)
			agree_all(vs, b->folds[i].filters, b->folds[i].n_filters);
	for (size_t i = 0; i < b->q->n_folds; i++)
		if (b->folds[i].outer == component)
			agree_component(vs, b->folds[i].component);
}

static int compare_columns(const void *a, const void *b)
{
	return strcmp(((const struct tf_column *)a)->name, ((const struct tf_column *)b)->name);
}

static int compare_name(const void *name, const void *column)
{
	return strcmp(name, ((const struct tf_column *)column)->name);
}

static void number(const struct variables *vs, const struct plan_filter *filters, size_t n)
{
	struct plan_filter *f = (struct plan_filter *)filters; /* ours until the plan is handed over */
	for (size_t i = 0; i < n; i++) {
		if (f[i].operand != PLAN_VARIABLE)
			continue;
		const char *name = vs->b->uses[f[i].variable].name;
		const struct tf_column *found = bsearch(name, vs->v, vs->n, sizeof(*vs->v), compare_name);
		f[i].variable = (uint32_t)(found - vs->v);
	}
}

int build_variables(struct build *b)
{
	struct variables vs = {.b = b};
	int r = build_take(b, b->n_uses, sizeof(*vs.v), &vs.v);
	if (r < 0)
		return r;
	size_t before = b->n_errors;
	agree_component(&vs, 0);
	if (b->n_errors > before)
		return 0;
	if (vs.n)
		qsort(vs.v, vs.n, sizeof(*vs.v), compare_columns);
	for (size_t i = 0; i < b->q->n_vertices; i++)
		number(&vs, b->vertices[i].filters, b->vertices[i].n_filters);
	for (size_t i = 0; i < b->q->n_folds; i++)
		number(&vs, b->folds[i].filters, b->folds[i].n_filters);
	b->q->variables = vs.v;
	b->q->n_variables = vs.n;
	return 0;
}

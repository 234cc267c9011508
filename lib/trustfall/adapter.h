/*
 * adapter.h - how the engine gets at data: tables of types with functions for their properties and edges.
 *
 * Tables:    one row for each type, property, edge and parameter, with its documentation; the schema's text is written from
 *            them (tf_tables_schema). Several tables may speak of one type: their rows are united, so that a subject adds its
 *            properties and edges to the types of others by a table of its own.
 * Vertices:  plain values. What they point to lives until the iterator that gave them is asked for the next or closed: an
 *            iterator may lend its own current row. The engine goes depth first and needs no more.
 * Hints:     what the query is going to reject anyway. An adapter may use them to visit less; whatever it yields is filtered.
 *            They tell every filter that can narrow a search, whether or not a table of ours uses it yet (tests/trustfall/test_hints.c).
 * Threads:   tables and adapters are immutable; each run has a context of its own and calls on its own thread alone.
 * Errors:    any negative errno with a message ends the run with it.
 */
#ifndef TRUSTFALL_ADAPTER_H
#define TRUSTFALL_ADAPTER_H

#include "trustfall/schema.h"

struct tf_vertex {
	uint32_t type; /* the index of its object type in the schema (tf_context_type) */
	uint32_t aux;
	const void *p;
	union {
		const void *q;
		uint64_t n;
		int64_t i;
		double f;
	};
};

struct tf_context; /* of one run */
void *tf_context_user(const struct tf_context *c);
/* Memory until the value has been looked at (a property) or the iterator is closed (an edge); NULL when it is out. */
void *tf_context_take(struct tf_context *c, size_t n_bytes);
char *tf_context_printf(struct tf_context *c, const char *fmt, ...) PRINTF(2, 3);
/* Whether the run shall end now (deadline, cancelled): for iterators that look at much before they yield. */
bool tf_context_ends(struct tf_context *c);

/* What the query asks of the vertices that are about to be opened. */
struct tf_hints;
/* They must have `property` equal to *ret. */
bool tf_hint_equal(const struct tf_hints *h, const char *property, struct tf_value *ret);
/* It must be one of these. */
bool tf_hint_one_of(const struct tf_hints *h, const char *property, const struct tf_value **ret, size_t *ret_n);
/* This list property must contain *ret. */
bool tf_hint_contains(const struct tf_hints *h, const char *property, struct tf_value *ret);
/* It must lie between: null where there is no bound. Bounds are included even when the query excludes them. */
bool tf_hint_range(const struct tf_hints *h, const char *property, struct tf_value *ret_low, struct tf_value *ret_high);
/* They must begin with *ret. */
bool tf_hint_prefix(const struct tf_hints *h, const char *property, struct tf_value *ret);
/*
 * For adapters that look at many rows before they are asked for: whether filters on `property` compare with what is the same for as
 * long as the run lasts (variables, no tags, no regular expressions), and whether a vertex with that value passes those.
 */
bool tf_hint_sifts(const struct tf_hints *h, const char *property);
bool tf_hint_passes(const struct tf_hints *h, const char *property, const struct tf_value *v);
/*
 * Those filters one by one, for adapters whose store can look at many rows by itself: what comes before *at (0 at first) was told.
 * *ret is what they compare with, NULL where there is nothing; TF_OP_OTHER has no name here: tf_hint_passes knows it.
 */
enum tf_op {
	TF_OP_EQUAL,
	TF_OP_NOT_EQUAL,
	TF_OP_LESS,
	TF_OP_LESS_EQUAL,
	TF_OP_GREATER,
	TF_OP_GREATER_EQUAL,
	TF_OP_CONTAINS,
	TF_OP_NOT_CONTAINS,
	TF_OP_ONE_OF,
	TF_OP_OTHER,
};
bool tf_hint_sieve(const struct tf_hints *h, const char *property, size_t *at, enum tf_op *ret_op, const struct tf_value **ret);
/* The object or interface that they must be. */
const struct tf_type_def *tf_hint_type(const struct tf_hints *h);
/* Whether the query looks at that property of them, or takes that edge. */
bool tf_hint_uses(const struct tf_hints *h, const char *name);
/* All of those names one by one; NULL after the last. */
const char *tf_hint_use(const struct tf_hints *h, size_t i);
/* A number of the adapter's own for this place of the query, for as long as the run lasts: 0 at first. */
uint64_t *tf_hint_note(const struct tf_hints *h);

/* Gives vertices one by one. `open` fills it in; room for small state is inside. */
struct tf_iter {
	int (*next)(struct tf_iter *it, struct tf_vertex *ret, struct err *err); /* 1; 0 at the end; negative errno */
	void (*close)(struct tf_iter *it); /* may be NULL */
	struct tf_context *context;        /* set before open */
	uint32_t type;                     /* set before open: index of the type that the vertex's own edge leads to when that is an object, else TF_ROOT_INDEX */
	union {
		void *p;
		const void *cp;
		uint64_t n;
		int64_t i;
		double f;
		struct tf_vertex *v;
	} s[10];
};
void tf_iter_none(struct tf_iter *it);
void tf_iter_one(struct tf_iter *it, struct tf_vertex v);
/* Lent until it is closed. */
void tf_iter_array(struct tf_iter *it, const struct tf_vertex *v, size_t n);

typedef int tf_get_fn(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err);
/* `from` is NULL at the root; params in the order of the schema, which is one for an interface and its types, defaults filled in. */
typedef int tf_open_fn(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
		       struct tf_iter *it, struct err *err);
/* Whether the vertex is of that type; NULL in tf_tables: by its type in the schema. */
typedef bool tf_coerce_fn(struct tf_context *c, const struct tf_vertex *v, const struct tf_type_def *to);

struct tf_property_row {
	const char *name, *type, *doc;
	tf_get_fn *get; /* NULL in an interface: each object type has its own */
};
struct tf_param_row {
	const char *name, *type;
	const char *value; /* the default as GraphQL writes it; NULL: none */
	const char *doc;
};
struct tf_edge_row {
	const char *name, *type, *doc;
	const struct tf_param_row *params;
	size_t n_params;
	tf_open_fn *open; /* NULL in an interface */
};
struct tf_type_row {
	const char *name, *doc;  /* doc NULL: another table tells it */
	bool interface;
	const char *const *implements; /* NULL-terminated; NULL: none */
	const struct tf_property_row *properties;
	size_t n_properties;
	const struct tf_edge_row *edges;
	size_t n_edges;
};
#define TF_PROPERTIES(rows) .properties = (rows), .n_properties = COUNT_OF(rows)
#define TF_EDGES(rows)      .edges = (rows), .n_edges = COUNT_OF(rows)
#define TF_PARAMS(rows)     .params = (rows), .n_params = COUNT_OF(rows)

/* What one subject has to say. */
struct tf_table {
	const struct tf_type_row *types;
	size_t n_types;
	const struct tf_edge_row *roots; /* starting points */
	size_t n_roots;
};

/* Writes the schema of all of them, with documentation and directives, types by the order of the tables. */
int tf_tables_schema(const struct tf_table *const *tables, size_t n, struct strbuf *b, struct err *err);

/* Schema and functions together. */
struct tf_adapter;
/*
 * From tables: writes and parses their schema. -EINVAL names the row that does not fit; a property or edge that an object type has
 * of an interface takes the interface's function when it gives none.
 */
int tf_adapter_new(const struct tf_table *const *tables, size_t n, tf_coerce_fn *coerce, struct tf_adapter **ret, struct err *err);
/*
 * The same for a schema that exists, which must outlive it; every field of it must have a row, other rows are left out. For schemas
 * that others wrote: Trustfall's published cases run this way (tests/conformance/trustfall.c).
 */
int tf_adapter_for(const struct tf_schema *s, const struct tf_table *const *tables, size_t n, tf_coerce_fn *coerce,
		   struct tf_adapter **ret, struct err *err);
void tf_adapter_free(struct tf_adapter *a);
AUTO_DEFINE(tf_adapter);
const struct tf_schema *tf_adapter_schema(const struct tf_adapter *a);
/* The text that tf_adapter_new wrote; "" for a given schema. */
const char *tf_adapter_text(const struct tf_adapter *a);
/* The index of an object type for tf_vertex.type; TF_ROOT_INDEX when there is none. Look it up once, not for each vertex. */
uint32_t tf_adapter_type(const struct tf_adapter *a, const char *name);
const struct tf_adapter *tf_context_adapter(const struct tf_context *c);

#endif

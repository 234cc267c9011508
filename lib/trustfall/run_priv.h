/*
 * run_priv.h - a run at work: where each vertex, fold and component of the plan stands.
 *
 * A component is walked over its steps like a counter over its digits: a step that has another vertex lets all behind it begin
 * anew, one that has none sends the walk back to the step before. Nothing is kept of a row but the current vertex of each step;
 * what filters, tags and outputs want is read from those. A fold walks its own component to the end when its step is entered.
 *
 * Memory:    `edges` holds what iterators take, first in, last out; `scratch` what one filter's values take; `row` what a row's
 *            values take; `kept` what folds gather, given back when their step is entered again and nothing has been built on it.
 *            Together with vectors and the values of tags they are held below `max_bytes`.
 * Endings:   walk functions give 1 (another), 0 (no more) or a negative errno; with `ending` set the run stops cleanly and the code
 *            only takes it there.
 */
#ifndef TRUSTFALL_RUN_PRIV_H
#define TRUSTFALL_RUN_PRIV_H

#include "trustfall/adapter_priv.h"
#include "trustfall/plan_priv.h"
#include "trustfall/regex_priv.h"
#include "trustfall/run.h"

struct tf_context {
	void *user;
	struct tf_run *run;
	struct tf_arena *arena; /* of the call at work */
	bool taken;             /* something was taken from it */
};

/* A property as it is read. */
struct walk_read {
	tf_get_fn *get;   /* NULL: by the vertex's type */
	tf_get_fn **get_by_type; /* NULL too: __typename */
	uint32_t vertex, fold; /* fold: its count (vertex PLAN_NONE) */
	const char *name;
};

/* The value of a tag, read once for each visit of its vertex. */
struct walk_tag {
	struct walk_read read;
	uint64_t visit; /* that `value` is of; 0: none */
	struct tf_value value;
	struct tf_arena *arena; /* made when the value needs memory */
};

struct walk_filter {
	enum plan_op op;
	struct walk_read subject;
	const struct tf_value *value; /* a variable's; NULL: the tag's */
	struct walk_tag *tag;         /* NULL: none */
	struct regex *regex;          /* of the variable, or of the tag's text below */
	struct strbuf pattern;        /* of the tag */
	bool bad_pattern;
};

struct walk_level {
	struct tf_iter it;
	struct tf_mark mark;
	struct tf_vertex from; /* of @recurse */
};
enum { LEVELS_OF_BLOCK = 8 };

struct walk_vertex {
	const struct plan_vertex *plan;
	struct tf_vertex v;
	uint64_t visit;
	uint64_t note; /* the adapter's */
	bool here;    /* v is one */
	bool any;     /* the edge had one at all */
	bool open;    /* there may be more */
	bool at_start; /* of @recurse: its first is still to come */
	const bool *fits, *expands; /* by type; NULL: all, or as `coerce` says */
	struct walk_filter *filters;
	size_t n_filters;
	tf_open_fn *edge, *recurse_edge; /* NULL: by the vertex's type */
	tf_open_fn **edges, **recurse_edges;
	uint32_t edge_type, recurse_edge_type; /* for tf_iter.type, */
	const uint32_t *edge_types, *recurse_edge_types; /* or by the vertex's type */
	struct walk_level level;
	/* @recurse: levels that are open, in blocks that do not move. */
	struct walk_level **blocks;
	size_t n_blocks, room_blocks, n_levels;
};

/* A column of a component's rows: read there, or the list that a fold inside made. */
struct walk_column {
	uint32_t output; /* of the query */
	struct walk_read read;
	uint32_t fold, fold_column; /* fold PLAN_NONE: read */
};

struct walk_list {
	struct tf_value *v;
	size_t room;
	struct tf_value kept; /* the list when an outer fold has kept it */
};

struct walk_fold {
	const struct plan_fold *plan;
	bool here;
	bool needless; /* neither counted nor put out: no need to look */
	bool exact;    /* its count is put out or tagged */
	bool frozen;   /* `kept` of its lists are up to date */
	uint64_t count, visit;
	struct walk_list *lists; /* one for each column of its component */
	struct walk_filter *filters;
	size_t n_filters;
	/* Where the arena `kept` stood when the step was entered, and how many rows the component around had kept. */
	struct tf_mark mark;
	uint64_t outer_count;
};

struct walk_component {
	const struct plan_component *plan;
	bool started;
	uint32_t fold;
	struct walk_column *columns;
	size_t n_columns;
};

struct tf_run {
	const struct tf_adapter *adapter;
	const struct tf_query *query;
	const struct tf_arguments *args;
	struct tf_limits limits;
	struct tf_context context;
	struct tf_arena *plan; /* the structs above */
	struct tf_arena *edges, *scratch, *row, *kept;
	size_t vector_bytes;
	const struct tf_value *names; /* of the types */
	struct walk_vertex *vertices;
	struct walk_fold *folds;
	struct walk_component *components;
	struct walk_tag *tags;
	size_t n_tags;
	struct tf_value *values; /* of the row */
	uint64_t visits, until_look;
	int64_t began_ns;
	struct tf_run_stats stats;
	enum tf_stop stop;
	bool ending; /* `stop` says why */
	bool over;
	int failed;
	struct err error;
};

struct tf_hints {
	struct tf_run *run;
	const struct walk_vertex *w;
	bool offered; /* filters and the type may be told */
};

/* ---- run_make.c ---- */
int run_make(struct tf_run *r, struct err *err);
void run_free(struct tf_run *r);

/* ---- context.c ---- */
/* Looks at the clock and the flag: true, and `ending`, when the run is to stop. */
bool run_look(struct tf_run *r);
/* The run stops for that reason; returns a code to go up with. */
int run_end(struct tf_run *r, enum tf_stop why);
/* Notes what is held now; false, and `ending`, when n more bytes are too much. */
bool run_room(struct tf_run *r, size_t n_bytes);
/* A copy of a value in an arena of the run. */
int run_copy(struct tf_run *r, struct tf_arena *a, const struct tf_value *v, struct tf_value *ret, struct err *err);
/* What was taken since is given back; `scratch` is empty between two values. */
static inline void run_scratch_clear(struct tf_run *r)
{
	if (!r->context.taken)
		return;
	tf_arena_return(r->scratch, (struct tf_mark){0});
	r->context.taken = false;
}

/* ---- walk_value.c ---- */
int walk_read_other(struct tf_run *r, const struct walk_read *read, struct tf_value *ret, struct err *err);
/* Values are lent by the vertex, or taken from the arena of the context: set it before. */
static inline int walk_read(struct tf_run *r, const struct walk_read *read, struct tf_value *ret, struct err *err)
{
	if (!read->get)
		return walk_read_other(r, read, ret, err);
	int code = read->get(&r->context, &r->vertices[read->vertex].v, ret, err);
	if (code < 0)
		return code;
	return r->ending ? -ECANCELED : 0;
}
/* Whether the vertex or the fold is there at all. */
static inline bool walk_is_here(const struct tf_run *r, const struct walk_read *read)
{
	return read->vertex == PLAN_NONE ? r->folds[read->fold].here : r->vertices[read->vertex].here;
}
/* 1: *ret is what the filter compares with; 0: the scope of its tag is not there, so that it passes. */
int walk_operand(struct tf_run *r, struct walk_filter *f, const struct tf_value **ret, struct err *err);
/* 1: the subject passes all of them. */
int walk_filters(struct tf_run *r, struct walk_filter *f, size_t n, struct err *err);

/* ---- walk.c ---- */
/* 1: the vertices of the component stand for its next row. */
int walk_next(struct tf_run *r, struct walk_component *c, struct err *err);
/* Leaves it where it stands. */
void walk_close(struct tf_run *r, struct walk_component *c);

/* ---- walk_fold.c ---- */
/* 1: gathered, and its count passes. */
int fold_enter(struct tf_run *r, struct walk_fold *f, struct err *err);
/* The walk goes back before it. */
void fold_leave(struct tf_run *r, struct walk_fold *f);

#endif

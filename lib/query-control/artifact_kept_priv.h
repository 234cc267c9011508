/*
 * artifact_kept_priv.h - artifacts as vertices: rows of statements, or rows that a query keeps because edges lead to them often.
 *
 * Columns:   every statement that gives artifacts has the first columns of enum artifact_column, as many as its width says. The
 *            width is what the query asks of that vertex, by its hints; without hints all columns are there. A kept row has just
 *            the columns that are asked for, in their order.
 * Kept:      what an edge leads to is kept by the key that it begins with, once the edge has been taken a few times, in the
 *            view's cache, up to LIMIT_QUERY_KEPT_BYTES. Then, as before then, statements are stepped. What is looked for by its
 *            id comes with its neighbours, which are of about the same time; no more of them are read than twice as many as were
 *            asked for. Where filters reject some, artifact_sieve_priv.h looks ahead.
 * Lifetime:  a row of a statement is lent until its iterator goes on; a kept row stays as long as the view.
 */
#ifndef QUERY_CONTROL_ARTIFACT_KEPT_PRIV_H
#define QUERY_CONTROL_ARTIFACT_KEPT_PRIV_H

#include <assert.h>

#include "base/str.h"
#include "query-control/select_priv.h"

enum artifact_column {
	ARTIFACT_ID,
	ARTIFACT_HASH,
	ARTIFACT_MIME,
	ARTIFACT_SPACE,
	ARTIFACT_CREATOR,
	ARTIFACT_VERB,
	ARTIFACT_SIZE,
	ARTIFACT_METADATA,
	ARTIFACT_PARAMS,
	ARTIFACT_SEED,
	ARTIFACT_MODEL,
	ARTIFACT_JOB,
	ARTIFACT_CREATED,
	/* Of kept rows alone: what the metadata say, and the tags. */
	ARTIFACT_TITLE,
	ARTIFACT_DURATION,
	ARTIFACT_TAGS,
	ARTIFACT_COLUMNS,
	/* What filters may ask for besides. */
	ARTIFACT_AGE = ARTIFACT_COLUMNS,
	ARTIFACT_SOURCES
};
enum artifact_width {
	ARTIFACT_ONLY_ID,
	ARTIFACT_CONTENT, /* up to the space */
	ARTIFACT_ALL,
	ARTIFACT_WIDTHS
};

#define ARTIFACT_COLUMNS_ID      "a.id"
#define ARTIFACT_COLUMNS_CONTENT ARTIFACT_COLUMNS_ID ", a.content_hash, a.mime_type, a.space"
#define ARTIFACT_COLUMNS_ALL \
	ARTIFACT_COLUMNS_CONTENT ", a.creator, a.verb, a.size_bytes, a.metadata, a.params, a.seed, a.model, a.job_id, a.created_unix_ms"
/* One statement for each width. */
#define ARTIFACT_SQL(before, after) \
	{ \
		before ARTIFACT_COLUMNS_ID after, before ARTIFACT_COLUMNS_CONTENT after, before ARTIFACT_COLUMNS_ALL after \
	}

/* ---- artifact_columns.c ---- */

enum artifact_kind { ARTIFACT_IS_TEXT, ARTIFACT_IS_INT, ARTIFACT_IS_REAL, ARTIFACT_IS_AGE, ARTIFACT_IS_TAGS };
/* The property of a column, and how a statement over `artifact a` says it. */
struct artifact_source {
	const char *property, *sql;
	enum artifact_kind kind;
	enum artifact_column column; /* that it is read from */
};
extern const struct artifact_source artifact_sources[ARTIFACT_SOURCES];

/* A bit for each column that the query reads of the vertices that are about to be opened. */
uint32_t artifact_columns(const struct tf_hints *hints);
enum artifact_width artifact_width_of(uint32_t columns);
/* "a.id, a.space": the list for a SELECT. */
void artifact_columns_write(struct strbuf *b, uint32_t columns);
static inline int artifact_place(uint32_t columns, enum artifact_column column)
{
	return __builtin_popcount(columns & ((1u << column) - 1));
}
/* A column of a statement's row, lent with it: a text, of tags "5:verse6:chorus" (null: there are none). */
struct tf_value artifact_column_value(const struct artifact_source *s, sqlite3_stmt *q, int column, int64_t now_unix_ms);
/* Where the next of such tags begins, from *at on, and how long it is; NULL at the end. */
const char *artifact_tag_next(const char **at, size_t *ret_n);

/* ---- artifact_kept.c ---- */

struct kept_way {
	const char *sql[ARTIFACT_WIDTHS]; /* ?1: the key */
	const char *from; /* the same with columns of one's own: what follows SELECT and them */
	bool by_id;       /* the key is the artifact's id */
	bool one;         /* leads to one at most */
};

/* How wide the vertices have to be that are about to be opened. */
enum artifact_width artifact_width(const struct tf_hints *hints);
/* An edge of that kind; the key as in tables_priv.h, hints NULL: all columns. */
int artifact_open_kept(struct tf_iter *it, struct tf_context *c, const struct tf_hints *hints, const struct kept_way *way,
		       const char *key, struct err *err);

struct kept_row {
	const struct kept_row *next; /* that the same edge leads to */
	uint32_t columns;
	struct tf_value cells[]; /* one for each of them */
};
/* `aux` of a vertex whose `p` is a kept row; of others it is a statement. */
enum { ARTIFACT_KEPT = 1 };

static inline struct tf_value kept_value(const struct tf_vertex *v, enum artifact_column column)
{
	const struct kept_row *row = v->p;
	assert(row->columns & 1u << column); /* else artifact_columns.c does not tell what the caller reads */
	return row->cells[artifact_place(row->columns, column)];
}

/* A text column, or NULL. */
static inline const char *artifact_text(const struct tf_vertex *v, enum artifact_column column)
{
	if (v->aux != ARTIFACT_KEPT)
		return select_text(v, (int)column);
	const struct tf_value text = kept_value(v, column);
	return text.kind == TF_STRING ? text.s : NULL;
}

struct kept_artifacts;
void kept_artifacts_free(struct kept_artifacts *k);

#endif

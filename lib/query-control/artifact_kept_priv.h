/*
 * artifact_kept_priv.h - artifacts as vertices: rows of statements, or rows that a query keeps because edges lead to them often.
 *
 * Columns:   every statement that gives artifacts has the first columns of enum artifact_column, as many as its width says. The
 *            width is what the query asks of that vertex, by its hints; without hints all columns are there.
 * Kept:      what an edge leads to is kept by the key that it begins with, once the edge has been taken a few times, in the
 *            view's cache: short columns only, up to LIMIT_QUERY_KEPT_BYTES. Then, as before then, statements are stepped.
 *            What is looked for by its id comes with its neighbours, which are of about the same time; no more of them are read
 *            than twice as many as were asked for.
 * Lifetime:  a row of a statement is lent until its iterator goes on; a kept row stays as long as the view.
 */
#ifndef QUERY_CONTROL_ARTIFACT_KEPT_PRIV_H
#define QUERY_CONTROL_ARTIFACT_KEPT_PRIV_H

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

/* Edges whose ends are kept. */
enum kept_edge { KEPT_BY_ID, KEPT_BY_CONTENT, KEPT_PARENTS, KEPT_EDGES };
struct kept_way {
	const char *sql[ARTIFACT_WIDTHS]; /* ?1: the key */
	const char *ahead[ARTIFACT_ALL];  /* the artifact of that id and those after it; NULL: the key is none */
	enum kept_edge edge;
	bool one; /* leads to one at most */
};

/* How wide the vertices have to be that are about to be opened. */
enum artifact_width artifact_width(const struct tf_hints *hints);
/* An edge of that kind; the key as in tables_priv.h, hints NULL: all columns. */
int artifact_open_kept(struct tf_iter *it, struct tf_context *c, const struct tf_hints *hints, const struct kept_way *way,
		       const char *key, struct err *err);

struct kept_row {
	const struct kept_row *next; /* that the same edge leads to */
	const char *text[];          /* as many as its width */
};
/* `aux` of a vertex whose `p` is a kept row; of others it is a statement. */
enum { ARTIFACT_KEPT = 1 };

/* A text column, or NULL. */
static inline const char *artifact_text(const struct tf_vertex *v, enum artifact_column column)
{
	return v->aux == ARTIFACT_KEPT ? ((const struct kept_row *)v->p)->text[column] : select_text(v, (int)column);
}

struct kept_artifacts;
void kept_artifacts_free(struct kept_artifacts *k);

#endif

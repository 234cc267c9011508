/*
 * artifact.h - artifacts in the store: adding, looking at, listing, tagging, following lineage.
 *
 * An artifact's id is a UUIDv7, so ids sort by when they were made. Many artifacts may name one
 * content.
 *
 * Ownership: views are filled from the arena and live as long as it.
 * Threads:   that of the connection.
 * Errors:    -ENOENT with the field for an artifact, parent or content that is not there.
 */
#ifndef JOBS_ARTIFACT_H
#define JOBS_ARTIFACT_H

#include "base/json.h"
#include "base/uuid.h"
#include "store/conn.h"
#include "wire/catalogue.h"
#include "wire/codec.h"

struct artifact_new {
	const char *content_hash; /* must be in the content store */
	const char *mime_type;    /* NULL: the content's */
	const char *space;        /* NULL: the one that goes with the media type */
	const char *creator;
	const char *const *tags;
	size_t n_tags;
	const char *const *parents;
	size_t n_parents;
	json_t *metadata, *params; /* NULL: {} */
	const char *verb, *model;
	const char *job_id;    /* NULL: none */
	const char *cache_key; /* NULL: not an answer to anything */
	bool has_seed;
	int64_t seed;
	int64_t now_unix_ms;
};

int artifact_add(struct store_conn *c, const struct artifact_new *a, char ret_id[UUID_SIZE],
		 struct err *err);
/* -ENOENT for an artifact that is not there, with where some are to be found. */
int artifact_missing(const char *field, const char *id, struct err *err);
/* cas_root begins the path in the view. */
int artifact_load(struct store_conn *c, const char *id, const char *cas_root,
		  struct wire_arena *arena, struct artifact_view *ret, struct err *err);
int artifact_find(struct store_conn *c, const struct artifact_list *query, const char *cas_root,
		  struct wire_arena *arena, struct artifact_list_result *ret, struct err *err);
int artifact_retag(struct store_conn *c, const struct artifact_tag *req, struct err *err);
int artifact_relatives(struct store_conn *c, const struct artifact_lineage *req,
		       const char *cas_root, struct wire_arena *arena,
		       struct artifact_lineage_result *ret, struct err *err);
/* The space that goes with a media type: "midi", "audio", "abc", "text" or "data". */
const char *artifact_space_of(const char *mime_type);

#endif

/*
 * perception_priv.h - how the tables of perception get at what is known of an artifact or a region.
 *
 * Threads:   that of the run.
 */
#ifndef QUERY_CONTROL_PERCEPTION_PRIV_H
#define QUERY_CONTROL_PERCEPTION_PRIV_H

#include "query-control/control.h"
#include "query-control/perception.h"

/* Whose perceptions are asked for: an artifact, or the content of a region. Strings are lent as long as the vertex. */
struct perception_subject {
	const char *artifact_id, *hash, *space;
	enum perception_family family;
};
/* 1, or 0 for what has nothing to be perceived: an image, a region without content. */
int perception_of_artifact(struct tf_context *c, const struct tf_vertex *v, struct perception_subject *ret, struct err *err);
int perception_of_region(struct tf_context *c, const struct tf_vertex *v, struct perception_subject *ret, struct err *err);
typedef int perception_subject_fn(struct tf_context *c, const struct tf_vertex *v, struct perception_subject *ret, struct err *err);

/* What is known; lent until the next look. */
struct perception_seen {
	char artifact_id[UUID_SIZE]; /* of the analysis or picture; "" when it failed */
	char error[240];             /* "" when it did not */
	struct perception_digest digest;
};
/* A part is asked for with to_s > 0. *ret is NULL when nothing is known (then it is wanted, if anybody can find it out). */
int perception_look(struct tf_context *c, const struct perception_subject *s, enum perception_kind kind, double from_s, double to_s,
		    const struct perception_seen **ret, struct err *err);
/* The same for all of a content, with vector and curve, which the other may leave out. */
int perception_look_deep(struct tf_context *c, const struct perception_subject *s, enum perception_kind kind, const struct perception_seen **ret,
			 struct err *err);
/* The query waits for what is unknown at least so long. */
void perception_wait(struct tf_context *c, int64_t wait_ms);

static inline enum perception_kind perception_analysis(const struct perception_subject *s)
{
	return s->family == PERCEIVE_NOTES ? PERCEIVE_UNDERSTAND : PERCEIVE_LISTEN;
}

/* Edges of Artifact and Region, which the one table names: each for a subject. */
int perception_open_similar(struct tf_context *c, const struct perception_subject *s, const struct tf_value *params, bool least,
			    struct tf_iter *it, struct err *err);
/* `region` NULL: bars as they were heard. */
int perception_open_spans(struct tf_context *c, const struct perception_subject *s, const struct doc_region *region, int64_t n_bars,
			  int64_t limit, bool loudest, struct tf_iter *it, struct err *err);
int perception_open_picture(struct tf_context *c, const struct perception_subject *s, enum perception_kind kind, double from_s, double to_s,
			    int64_t wait_ms, struct tf_iter *it, struct err *err);

extern const struct tf_table perception_likenesses, perception_span_table;

#endif

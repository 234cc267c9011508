/*
 * document.h - the timeline at one revision: regions, markers, tempo and meter, immutable and shared.
 *
 * Units:     beats are quarter notes (double), gain is linear, progress is 0..1.
 * Shapes:    regions by id and by (position, id); an edit shares everything that it does not touch. A region is two
 *            immutable parts, its body (what participants place and shape) and its life (how far its content is), so
 *            that a move and a job's progress do not conflict.
 * Ownership: everything is reference counted; structs own their strings. JSON of participants (parameters,
 *            metadata) is kept as text.
 * Threads:   made on one thread; a document may be read and released from any.
 * Errors:    -ENOMEM, -ENOENT, -ENOSPC (LIMIT_TIMELINE_REGIONS, LIMIT_TIMELINE_MARKERS).
 */
#ifndef TIMELINE_DOCUMENT_H
#define TIMELINE_DOCUMENT_H

#include "base/err.h"
#include "base/mem.h"
#include "time/meter_map.h"
#include "time/tempo_map.h"
#include "timeline/ptree.h"

#include <math.h>
#include <stdatomic.h>

enum doc_behaviour { DOC_PLAY_CONTENT, DOC_LATENT, DOC_APPLY_PROCESSING, DOC_EMIT_TRIGGER, DOC_CUSTOM, DOC_BEHAVIOUR_COUNT };
enum life_state {
	LIFE_PLAIN, /* was never latent */
	LIFE_PENDING,
	LIFE_RUNNING,
	LIFE_RESOLVED,
	LIFE_HELD,
	LIFE_APPROVED,
	LIFE_MIXED_IN,
	LIFE_REJECTED,
	LIFE_FAILED,
	LIFE_SUPERSEDED,
	LIFE_CANCELLED,
	LIFE_STATE_COUNT
};
enum doc_curve { DOC_CURVE_LINEAR, DOC_CURVE_EXPONENTIAL, DOC_CURVE_LOGARITHMIC, DOC_CURVE_S, DOC_CURVE_HOLD, DOC_CURVE_COUNT };
enum doc_crossfade { DOC_CUT, DOC_LINEAR, DOC_EQUAL_POWER, DOC_CROSSFADE_COUNT };

const char *doc_behaviour_name(enum doc_behaviour b);
const char *life_state_name(enum life_state s);
const char *doc_curve_name(enum doc_curve c);
const char *doc_crossfade_name(enum doc_crossfade c);

struct doc_content {
	char *hash, *path, *mime, *artifact_id; /* NULL where unknown; one of hash and path is there */
	double duration_seconds;                /* of the whole content; negative: unknown */
	double offset_seconds;
	double rate;
	bool reverse;
};

struct doc_intent {
	char *verb, *space, *prompt;
	char *parameters, *constraints, *context; /* JSON text */
};

struct doc_processing {
	char *target; /* NULL: none */
	double from_value, to_value;
	enum doc_curve curve;
};

/* What participants place and shape. */
struct region_body {
	_Atomic unsigned refs;
	double position_beats, duration_beats; /* duration > 0 */
	enum doc_behaviour behaviour;
	char *name;   /* NULL: none */
	char *output; /* "mix:in" */
	double gain, fade_in_beats, fade_out_beats;
	char **tags;
	size_t n_tags;
	bool has_content, has_intent;
	struct doc_content content;
	struct doc_intent intent;
	struct doc_processing processing;
	char *trigger;
	char *custom; /* JSON text */
	char *actor;  /* who made the region */
};

/* How a sound enters, and for `taken_over` how the one before it leaves. */
struct doc_mix {
	enum doc_crossfade kind;
	double at_beats;    /* the boundary */
	double fade_beats;  /* 0 for a cut */
	char *other;        /* taken_over: the region that took over; NULL: not */
};

/* How far its content is. */
struct region_life {
	_Atomic unsigned refs;
	enum life_state state;
	char *job_id;
	double progress; /* negative: unknown */
	int64_t refinements;
	bool has_content; /* resolved: instead of the body's */
	struct doc_content content;
	bool has_mix;
	struct doc_mix mix;
	char **replaces; /* ids of the regions it takes over from */
	size_t n_replaces;
	struct doc_mix taken_over; /* other != NULL: this region leaves there */
	char *reason;
};

struct doc_region {
	_Atomic unsigned refs;
	char *id; /* in the same memory */
	int64_t revision; /* that last changed it */
	struct region_body *body;
	struct region_life *life;
};

struct doc_marker {
	_Atomic unsigned refs;
	char *id;
	double position_beats;
	char *type, *label; /* label may be NULL */
	char *metadata;     /* JSON text, may be NULL */
};

/* Tempo and meter maps; points[0] of the tempo is at beat 0, of the meter where bar 1 starts. */
struct doc_tempo {
	_Atomic unsigned refs;
	uint32_t n;
	struct tempo_point points[];
};
struct doc_meter {
	_Atomic unsigned refs;
	uint32_t n;
	struct meter_point points[];
};

struct document;

/* An empty timeline: 120 bpm, 4/4 from beat 0. */
struct document *document_new(void);
struct document *document_ref(struct document *d);
void document_unref(struct document *d);
static inline void document_free(struct document *d)
{
	document_unref(d);
}
AUTO_DEFINE(document);

int64_t document_revision(const struct document *d);
size_t document_n_regions(const struct document *d);
size_t document_n_markers(const struct document *d);
struct doc_region *document_region(const struct document *d, const char *id); /* lent, NULL when there is none */
struct doc_marker *document_marker(const struct document *d, const char *id);
struct doc_tempo *document_tempo(const struct document *d);
struct doc_meter *document_meter(const struct document *d);

/* -EINVAL for a path of a file that does not begin with /. */
int doc_relative_path(const char *field, const char *path, struct err *err);
/* -ENOENT for a region that is not there, with a hint at the one that may be meant or at those there are. */
int document_no_region(const struct document *d, const char *field, const char *id, struct err *err);

/* Where the last region ends; 0 when there is none. */
double document_end_beats(const struct document *d);

/* Which regions: bounds are included; -INFINITY and INFINITY where there is none. */
struct region_span {
	double begins_from, begins_to, ends_from;
};
#define REGION_SPAN_ALL ((struct region_span){-INFINITY, INFINITY, -INFINITY})
/* Regions with position < to and end > from. */
struct region_span region_span_over(double from_beats, double to_beats);

/* Steps through a document, which must outlive it, in order of position, then id; visits little but what it gives. */
enum { DOCUMENT_AHEAD = 16 };
struct document_cursor {
	struct ptree_cursor at;
	double begins_to;
	struct doc_region *ahead[DOCUMENT_AHEAD]; /* those that come next: a ring */
	unsigned first, n_ahead;
	/* May be set after the start: whether names and tags (true), and contents (false), are going to be looked at. Only time depends on it. */
	bool words, contents;
};
void document_regions_start(const struct document *d, struct region_span span, struct document_cursor *ret);
struct doc_region *document_regions_next(struct document_cursor *c); /* lent; NULL at the end */
/* Markers with from <= position <= to. */
void document_markers_start(const struct document *d, double from_beats, double to_beats, struct document_cursor *ret);
struct doc_marker *document_markers_next(struct document_cursor *c);

/* The same with a visitor, which ends the walk by returning false. */
typedef bool region_visit(struct doc_region *r, void *arg);
typedef bool marker_visit(struct doc_marker *m, void *arg);
/* Regions with position < to and end > from. */
void document_regions(const struct document *d, double from_beats, double to_beats, region_visit *visit, void *arg);
/* Markers with from <= position < to. */
void document_markers(const struct document *d, double from_beats, double to_beats, marker_visit *visit, void *arg);
/* Tree nodes that `d` does not share with `other`: what an edit cost. */
size_t document_unshared(const struct document *d, const struct document *other);

/*
 * The same document with one thing changed, as a new reference: how edits are made of steps. NULL removes. The revision
 * is the old one until document_with_revision.
 */
int document_with_region(struct document *d, const char *id, struct doc_region *r, struct document **ret);
int document_with_marker(struct document *d, const char *id, struct doc_marker *m, struct document **ret);
int document_with_tempo(struct document *d, struct doc_tempo *t, struct document **ret);
int document_with_meter(struct document *d, struct doc_meter *m, struct document **ret);
int document_with_revision(struct document *d, int64_t revision, struct document **ret);

/* The content that a region plays or would play: the life's, else the body's; NULL when there is none. */
const struct doc_content *doc_region_content(const struct doc_region *r);
static inline double doc_region_end(const struct doc_region *r)
{
	return r->body->position_beats + r->body->duration_beats;
}
/* Whether what it does is part of the music now: it was never latent, or it has been approved. */
bool doc_region_counts(const struct doc_region *r);
/* The beats over which it is heard, after mixing in and being taken over have had their say; nothing when *ret_to <= *ret_from. */
void doc_region_heard(const struct doc_region *r, double *ret_from, double *ret_to);

/* ---- making and sharing the parts ---- */

/* With the defaults of a body (gain 1, output mix:in); fill it in before it is shared. NULL when memory is out. */
struct region_body *region_body_new(void);
struct region_body *region_body_copy(const struct region_body *b);
struct region_body *region_body_ref(struct region_body *b);
void region_body_unref(struct region_body *b);
bool region_body_equal(const struct region_body *a, const struct region_body *b);

struct region_life *region_life_new(enum life_state state);
struct region_life *region_life_copy(const struct region_life *l);
struct region_life *region_life_ref(struct region_life *l);
void region_life_unref(struct region_life *l);
bool region_life_equal(const struct region_life *a, const struct region_life *b);

/* Takes references on both parts. */
struct doc_region *doc_region_new(const char *id, struct region_body *body, struct region_life *life, int64_t revision);
struct doc_region *doc_region_ref(struct doc_region *r);
void doc_region_unref(struct doc_region *r);

struct doc_marker *doc_marker_new(const char *id, double position_beats, const char *type, const char *label,
				  const char *metadata);
struct doc_marker *doc_marker_ref(struct doc_marker *m);
void doc_marker_unref(struct doc_marker *m);

struct doc_tempo *doc_tempo_new(const struct tempo_point *points, uint32_t n);
struct doc_tempo *doc_tempo_ref(struct doc_tempo *t);
void doc_tempo_unref(struct doc_tempo *t);
struct doc_meter *doc_meter_new(const struct meter_point *points, uint32_t n);
struct doc_meter *doc_meter_ref(struct doc_meter *m);
void doc_meter_unref(struct doc_meter *m);

void doc_content_done(struct doc_content *c);
int doc_content_copy(struct doc_content *dst, const struct doc_content *src); /* -ENOMEM leaves dst empty */
int doc_strings_copy(char *const *src, size_t n, char ***ret);              /* -ENOMEM */
void doc_strings_free(char **s, size_t n);
/* Copies a string that may be NULL; -ENOMEM. The old value is freed. */
int doc_set(char **dst, const char *src);

/* AUTO(x) of a shared thing drops one reference. */
#define DOC_AUTO(T) \
	static inline void T##_free(struct T *p) \
	{ \
		T##_unref(p); \
	} \
	AUTO_DEFINE(T)
DOC_AUTO(region_body);
DOC_AUTO(region_life);
DOC_AUTO(doc_region);
DOC_AUTO(doc_marker);
DOC_AUTO(doc_tempo);
DOC_AUTO(doc_meter);

#endif

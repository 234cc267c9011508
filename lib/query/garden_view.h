/*
 * garden_view.h - the garden at one moment, for queries: the timeline, its maps, what was edited, what waits, the transport.
 *
 * Making:    a garden_state is told what changes, by chaosgarden of its own timeline, by hootenanny from events; a garden_view is
 *            what it was at one moment. A view costs a few references, whatever the garden's size, and holds nobody up: the state
 *            goes on while any number of views are looked at.
 * Units:     beats are quarter notes; times are milliseconds since 1970; moments are nanoseconds of the monotonic clock.
 * Shapes:    edits from the newest on (as many as the history has: timeline.h), pending edits by beat, then by number.
 * Ownership: views, edits and pending edits are reference counted and immutable; functions copy the strings they are given.
 * Threads:   a state has one thread at a time (its owner's lock); a view may be read and released on any.
 * Errors:    -ENOMEM, -EINVAL (maps that are none); on error the state is as it was.
 */
#ifndef QUERY_GARDEN_VIEW_H
#define QUERY_GARDEN_VIEW_H

#include "timeline/timeline.h"

/* In the order of the wire's words. */
enum garden_play { GARDEN_STOPPED, GARDEN_PLAYING, GARDEN_PAUSED, GARDEN_PLAY_COUNT };
const char *garden_play_name(enum garden_play p); /* "stopped", "playing", "paused" */
const char *edit_kind_name(enum edit_kind k);     /* "edit", "undo", "redo", "revert", "latent" */

struct garden_transport {
	enum garden_play state;
	double position_beats; /* at that moment */
	int64_t moment_ns;     /* monotonic */
	bool rolls;            /* moves on with time since then: plays, and not on a stepped device */
	int64_t engine_frames;
};

struct garden_device {
	char kind[16], wanted[16]; /* "null", "stepped", "pipewire"; "" while nothing is known */
	char name[64];
	int64_t rate_hz, quantum_frames, cycles, xruns, late_wakeups, lost_events, missing_frames;
};

/* One edit of the history. */
struct garden_edit {
	_Atomic unsigned refs;
	int64_t revision;
	enum edit_kind kind;
	char *actor;
	int64_t time_unix_ms;
	bool has_at;
	double at_beats;     /* the beat it waited for, when it was scheduled */
	char *edit_id;       /* "s4" when it was scheduled; NULL: it was not */
	int64_t of_revision; /* undo and redo: the edit that they are about; 0 otherwise */
	bool undone;
	char **touched; /* "region:r1", "latent:r1", "marker:m1", "tempo", "meter" */
	size_t n_touched;
};

struct garden_pending {
	_Atomic unsigned refs;
	char *edit_id, *actor;
	double at_beats;
	int64_t time_unix_ms, base_revision;
	int64_t number; /* of "s4": 4; orders those of one beat */
	char *conflict; /* why it would be dropped now; NULL: it would not */
	char **touched;
	size_t n_touched;
};

struct garden_view {
	_Atomic unsigned refs;
	struct document *document;
	const struct tempo_map *tempo;
	const struct meter_map *meter;
	uint32_t rate_hz;
	struct garden_transport transport;
	struct garden_device device;
	int64_t made_ns; /* monotonic: when the newest change in it was told */
	struct garden_maps *maps; /* private: what the maps live in */
	struct garden_log *log;   /* private: edits and pending edits */
	struct garden_index *index; /* private: the document by other keys */
};

struct garden_view *garden_view_ref(const struct garden_view *v);
void garden_view_unref(const struct garden_view *v);
static inline void garden_view_free(struct garden_view *v)
{
	garden_view_unref(v);
}
AUTO_DEFINE(garden_view);

/* Where the transport is at a moment. */
double garden_view_beat(const struct garden_view *v, int64_t monotonic_ns);

size_t garden_view_n_edits(const struct garden_view *v);
const struct garden_edit *garden_view_oldest_edit(const struct garden_view *v); /* lent; NULL: there is none */
const struct garden_edit *garden_view_edit(const struct garden_view *v, int64_t revision); /* lent; NULL: forgotten, or never was */
/* The kept edits from the newest on: the first with that or an earlier revision; NULL at the end. */
const struct garden_edit *garden_view_edit_from(const struct garden_view *v, int64_t revision);
/* The edits that touched "region:r1" (or "latent:r1", …), newest first, lent. -ENOMEM. */
int garden_view_touching(const struct garden_view *v, const char *key, const struct garden_edit *const **ret, size_t *ret_n);

size_t garden_view_n_pending(const struct garden_view *v);
/* The one after `p`, the first for NULL; lent, NULL at the end. */
const struct garden_pending *garden_view_pending(const struct garden_view *v, const struct garden_pending *p);

/*
 * Regions by what they hold, in order of position; lent. Worked out when somebody first asks, then kept for all views of the
 * same document. -ENOMEM.
 */
enum garden_by { GARDEN_BY_ARTIFACT, GARDEN_BY_CONTENT /* its hash, of those that name no artifact */, GARDEN_BY_JOB, GARDEN_BY_ACTOR, GARDEN_BY_TAG /* each of its tags */, GARDEN_BY_COUNT };
int garden_view_regions_by(const struct garden_view *v, enum garden_by by, const char *key, const struct doc_region *const **ret,
			   size_t *ret_n);
/* The markers at which sections begin, in order; lent. -ENOMEM. */
int garden_view_sections(const struct garden_view *v, const struct doc_marker *const **ret, size_t *ret_n);

/* ---- the side that changes ---- */

struct garden_state;
/* An empty timeline, at rest. `clock` NULL: the system's. */
int garden_state_new(uint32_t rate_hz, const struct clock *clock, struct garden_state **ret, struct err *err);
void garden_state_free(struct garden_state *s);
AUTO_DEFINE(garden_state);

/* Forgets edits and pending edits, and starts over with an empty timeline: before a resynchronisation. */
int garden_state_clear(struct garden_state *s, struct err *err);
/* Takes a reference of its own. Maps are made anew only when tempo or meter changed. */
int garden_state_document(struct garden_state *s, struct document *d, struct err *err);
int garden_state_rate(struct garden_state *s, uint32_t rate_hz, struct err *err);
void garden_state_transport(struct garden_state *s, const struct garden_transport *t);
void garden_state_device(struct garden_state *s, const struct garden_device *d);

/* What an edit says of itself; all is copied. */
struct garden_edit_row {
	int64_t revision;
	enum edit_kind kind;
	const char *actor;
	int64_t time_unix_ms;
	const double *at_beats; /* NULL: it was not scheduled */
	const char *edit_id;    /* NULL: the same */
	int64_t of_revision;
	bool undone;
	const char *const *touched;
	size_t n_touched;
	const int64_t *reverted; /* a revert: the edits that it took back */
	size_t n_reverted;
};
/* A new edit, or one of the history (in any order): marks what an undo, redo or revert took back; one that was pending is no longer. */
int garden_state_edit(struct garden_state *s, const struct garden_edit_row *e, struct err *err);

struct garden_pending_row {
	const char *edit_id, *actor;
	double at_beats;
	int64_t time_unix_ms, base_revision;
	const char *conflict;
	const char *const *touched;
	size_t n_touched;
};
/* One that waits, or the same anew. */
int garden_state_pending(struct garden_state *s, const struct garden_pending_row *p, struct err *err);
/* It waits no longer; one that is unknown is no mistake. */
/* What stands in the way of one of them from now on, NULL for nothing; one that is not there is no mistake. */
int garden_state_conflict(struct garden_state *s, const char *edit_id, const char *conflict, struct err *err);
int garden_state_pending_gone(struct garden_state *s, const char *edit_id, struct err *err);

/* The garden as it is now: a reference, the same view as long as nothing changed. */
int garden_state_view(struct garden_state *s, struct garden_view **ret, struct err *err);

#endif

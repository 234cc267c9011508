/*
 * timeline.h - the one owner of the timeline: revisions, history, conflicts, undo, scheduled edits, the journal.
 *
 * Revisions: count from 0 (the empty timeline); every edit, undo, redo, revert and latent step makes the next one.
 * Conflicts: an edit based on revision B is refused (-ESTALE) when something it touches was changed after B, naming what
 *            moved, by whom, in which revision.
 * Schedule:  an edit for a later beat is made against the timeline as it will be then (with the edits that wait for
 *            earlier beats) and kept, in the journal too, until timeline_due says that the beat came. It is refused
 *            (-ESTALE) when it touches what an edit for a later beat touches, and dropped at its beat when what it starts
 *            from is not so any more.
 * History:   the last LIMIT_TIMELINE_HISTORY edits at most, with the document after each; when there is no more room the oldest
 *            quarter goes. What went cannot be undone or looked at.
 * Journal:   an edit is on disk before its function returns (journal.h); without a path nothing is kept.
 * Ownership: documents are lent unless said otherwise; take a reference to keep one.
 * Threads:   one thread; documents may go to others.
 * Errors:    -ESTALE, -EPROTO, -ENOENT, -EINVAL, -ENOSPC, -EIO and what journal.h says. On error nothing changed.
 */
#ifndef TIMELINE_TIMELINE_H
#define TIMELINE_TIMELINE_H

#include "base/clock.h"
#include "timeline/edit.h"
#include "timeline/latent.h"

enum edit_kind { EDIT_PLAIN, EDIT_UNDO, EDIT_REDO, EDIT_REVERT, EDIT_LATENT, EDIT_KIND_COUNT };

/* How many of the oldest edits go when there are so many; whoever keeps rows of the history beside it forgets by the same rule. */
static inline size_t timeline_n_forgotten(size_t n_edits, size_t keep)
{
	return n_edits > keep ? n_edits - keep + keep / 4 : 0;
}

/* One entry of the history. */
struct edit {
	int64_t revision;
	enum edit_kind kind;
	char *actor;
	int64_t time_unix_ms;
	bool has_at;
	double at_beats;
	int64_t of_revision; /* undo and redo: the edit they are about; 0 otherwise */
	bool undone; /* taken back; of an undo: done again since */
	int64_t *reverted; /* EDIT_REVERT: the edits that it took back */
	size_t n_reverted;
	int64_t scheduled; /* the number of the scheduled edit that this was; 0: none */
	struct changes changes; /* always forward: an undo's new values are the old ones */
	struct document *after;
};

struct timeline;

struct timeline_options {
	const char *path;         /* the journal; NULL: keep nothing */
	const struct clock *clock; /* NULL: the system's */
	size_t keep_edits;        /* 0: LIMIT_TIMELINE_HISTORY */
	bool no_sync;             /* tests that do not pull the plug */
};

int timeline_open(const struct timeline_options *o, struct timeline **ret, struct err *err);
void timeline_free(struct timeline *t);
AUTO_DEFINE(timeline);

struct document *timeline_now(const struct timeline *t);
/* As it was at that revision; -ENOENT when that is in the future or too long ago. */
int timeline_at(const struct timeline *t, int64_t revision, struct document **ret, struct err *err);

/* Bytes that a torn last record left behind and opening cut off; 0 usually. */
size_t timeline_torn_bytes(const struct timeline *t);

struct edit_request {
	const char *actor;
	bool has_base;
	int64_t base_revision;
	bool dry_run;
	const struct edit_op *ops;
	size_t n_ops;
	const double *at_beats; /* not NULL: schedule it for that beat */
};

struct edit_receipt {
	int64_t revision;      /* 0 when scheduled */
	char edit_id[32];      /* "e13", "s4" for scheduled ones */
	const struct edit *edit; /* lent until the next call; NULL for dry runs and scheduled ones */
};

int timeline_do(struct timeline *t, const struct edit_request *r, struct edit_receipt *ret, struct err *err);

/*
 * `revision` 0: the latest that can be undone, of `of_actor` only when that is not NULL. What latents whose life is over stand
 * on is passed over, since nobody can take their steps back; while one lives, or when an edit is in the way, it is -ESTALE with
 * a hint what to do.
 */
int timeline_take_back(struct timeline *t, const char *actor, int64_t revision, const char *of_actor, bool dry_run,
		       struct edit_receipt *ret, int64_t *ret_of, struct err *err);
int timeline_do_again(struct timeline *t, const char *actor, bool dry_run, struct edit_receipt *ret, int64_t *ret_of,
		      struct err *err);

struct revert_result {
	int64_t *reverted; /* malloc'ed */
	size_t n_reverted;
	char **kept; /* keys that somebody else changed afterwards; doc_strings_free */
	size_t n_kept;
};
void revert_result_done(struct revert_result *r);
/* Takes back everything that `of_actor` did after `since` and nobody else changed since then. */
int timeline_revert_actor(struct timeline *t, const char *actor, const char *of_actor, int64_t since, bool dry_run,
			  struct edit_receipt *ret, struct revert_result *ret_result, struct err *err);

struct latent_receipt {
	enum life_state before, after;
	int64_t revision;
	const struct edit *edit; /* NULL: nothing changed, or only progress did */
};
/* One step of a latent's life. Progress is kept in memory only and makes no revision. */
int timeline_latent(struct timeline *t, const char *actor, const struct latent_step *s, struct latent_receipt *ret,
		    struct err *err);

/* Several steps, one on the other, as one edit: all or none. None of them progress. */
int timeline_latents(struct timeline *t, const char *actor, const struct latent_step *s, size_t n,
		     struct latent_receipt *ret /* of the last */, struct err *err);

/* Newest first, revisions < before (0: all); false ends it. */
typedef bool edit_visit(const struct edit *e, void *arg);
void timeline_each_edit(const struct timeline *t, int64_t before, edit_visit *visit, void *arg);

/* ---- scheduled edits ---- */

#define TIMELINE_CONFLICT_SIZE 240
struct scheduled_edit {
	int64_t number;
	char id[32]; /* "s4" for number 4 */
	char *actor;
	int64_t time_unix_ms; /* when it was accepted */
	double at_beats;
	int64_t base_revision; /* the revision it was accepted in */
	struct changes changes;
	char conflict[TIMELINE_CONFLICT_SIZE]; /* what moved, by whom, so that it would be dropped if its beat came now; "": it fits */
	int64_t judged_revision; /* the revision that made `conflict` what it is; 0: it is as when it was accepted or read */
};
void scheduled_edit_done(struct scheduled_edit *s);
size_t timeline_n_scheduled(const struct timeline *t);
const struct scheduled_edit *timeline_scheduled(const struct timeline *t, size_t i); /* by beat */
/* Calls it off; what it was is the caller's. -ENOENT. */
int timeline_unschedule(struct timeline *t, const char *id, const char *reason, struct scheduled_edit *ret, struct err *err);
/*
 * The document as it will be once scheduled edit i is applied to `before`: timeline_now, or what this gave for those ahead of
 * it. A new reference. -ESTALE when timeline_due is going to drop it.
 */
int timeline_foresee(const struct timeline *t, size_t i, struct document *before, struct document **ret, struct err *err);
/*
 * Applies the first scheduled edit when its beat is at or before `beat`: 1 when one was applied (call again), 0 when none
 * is due. An error: it had to be dropped (call again), or it could not be written down now and still waits. *ret_gone is
 * what left the schedule, the caller's; where nothing did, it is left alone.
 */
int timeline_due(struct timeline *t, double beat, struct edit_receipt *ret, struct scheduled_edit *ret_gone,
		 struct err *err);

/* The journal's size and how often it was written anew; for status. */
int64_t timeline_journal_bytes(const struct timeline *t);

#endif

/*
 * timeline_priv.h - what timeline.c (one edit after the other), history.c (taking them back) and schedule.c (edits that
 * wait for their beat) share.
 */
#ifndef TIMELINE_TIMELINE_PRIV_H
#define TIMELINE_TIMELINE_PRIV_H

#include "base/json.h"
#include "timeline/journal.h"
#include "timeline/timeline.h"

struct timeline {
	const struct clock *clock;
	struct journal *journal; /* NULL: nothing is kept */
	size_t keep_edits;
	struct document *base; /* before the first edit of the history */
	struct document *now;
	struct edit *edits; /* oldest first */
	size_t n_edits, room_edits;
	struct scheduled_edit *scheduled; /* by beat, then by order of arrival */
	size_t n_scheduled, room_scheduled;
	int64_t last_scheduled; /* the number of the last one that was accepted */
	int64_t written_bytes; /* the journal's size when it was last written anew */
};

/* What an edit says of itself; `changes` is taken over on success. */
struct commit {
	enum edit_kind kind;
	const char *actor;
	const double *at_beats;
	int64_t of_revision;
	const int64_t *reverted;
	size_t n_reverted;
	int64_t scheduled; /* the number of the scheduled edit that this is; 0: none */
	bool dry_run;
};
int timeline_commit(struct timeline *t, const struct commit *c, struct changes *changes, struct edit_receipt *ret,
		    struct err *err);
/* Marks what an undo, redo or revert took back. */
void timeline_mark(struct timeline *t, const struct edit *e);
/* Appends a frame, which it takes over; NULL is -ENOMEM. */
int timeline_write(struct timeline *t, json_t *frame, struct err *err);
/* Refuses changes of things that somebody changed after `base`. */
int timeline_check_base(const struct timeline *t, const struct changes *c, int64_t base, struct err *err);
int64_t timeline_unix_ms(const struct timeline *t);

/* schedule.c */
int timeline_schedule(struct timeline *t, const struct edit_request *q, struct edit_receipt *ret, struct err *err);
void schedule_forget(struct timeline *t, int64_t number);
int schedule_replay(struct timeline *t, const json_t *j, struct err *err);
int unschedule_replay(struct timeline *t, const json_t *j, struct err *err);
/* Works out anew what stands in the way of edits that wait: of those that touch what `c` has changed, NULL for all. */
void schedule_judge(struct timeline *t, const struct changes *c);

struct edit *timeline_edit_of(const struct timeline *t, int64_t revision);
/* The newest edit after `revision` that touched the key and still holds; NULL when there is none. */
const struct edit *timeline_toucher(const struct timeline *t, int64_t revision, const char *key);

#endif

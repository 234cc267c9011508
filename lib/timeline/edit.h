/*
 * edit.h - operations, the changes they make, and how changes are put into a document and taken out again.
 *
 * An edit is first a list of operations (what somebody asked for), then a list of changes: each names one thing, with its
 * old and its new value. Changes are what is journalled; undo puts the old values back, redo the new ones. A thing's key
 * is "region:ID", "latent:ID" (the region's life), "marker:ID", "tempo" or "meter".
 *
 * Ownership: changes own references on values; operations borrow everything.
 * Threads:   one thread.
 * Errors:    -EINVAL with the field and the number of the operation, -ENOENT, -EEXIST, -EPROTO (not in this state),
 *            -ENOSPC, -ENOMEM. An edit that fails changed nothing.
 */
#ifndef TIMELINE_EDIT_H
#define TIMELINE_EDIT_H

#include "timeline/document.h"

#define DOC_KEY_SIZE 160 /* longest key with its NUL: LIMIT_WIRE_ID is below that */

enum change_kind { CHANGE_REGION, CHANGE_LIFE, CHANGE_MARKER, CHANGE_TEMPO, CHANGE_METER, CHANGE_KIND_COUNT };

/* One thing before and after; the values of its kind are set, NULL where it did or does not exist. */
struct change {
	enum change_kind kind;
	char *id; /* NULL for tempo and meter */
	struct doc_region *old_region, *new_region; /* CHANGE_REGION, CHANGE_LIFE */
	struct doc_marker *old_marker, *new_marker;
	struct doc_tempo *old_tempo, *new_tempo;
	struct doc_meter *old_meter, *new_meter;
};

struct changes {
	struct change *v;
	size_t n, room;
};
#define CHANGES_INIT { NULL, 0, 0 }

void changes_done(struct changes *c);
#define AUTO_CHANGES __attribute__((cleanup(changes_done))) struct changes
void change_key(const struct change *c, char ret[DOC_KEY_SIZE]);

bool changes_touch(const struct changes *c, const char *key);
/* Whether all that the changes start from is so in `d`, by value; *ret_key names the first thing that is not. */
bool changes_fit(const struct changes *c, const struct document *d, char ret_key[DOC_KEY_SIZE]);
/* Lets what regions were before be with the life that they have in `d`; the changes fit. */
int changes_renew(struct changes *c, const struct document *d, struct err *err);
/*
 * Puts the new values (or, `backwards`, the old ones in reverse order) into the document: a new reference with that
 * revision. Body and life of a region go each their own way: what a change does not mean stays as it is now.
 */
int changes_apply(const struct changes *c, bool backwards, struct document *base, int64_t revision,
		  struct document **ret, struct err *err);
/* Adds a change of one region's life to the list. */
int changes_add_life(struct changes *c, struct doc_region *old_region, struct region_life *life, struct err *err);

enum edit_op_kind {
	EDIT_REGION_CREATE,
	EDIT_REGION_UPDATE,
	EDIT_REGION_DELETE,
	EDIT_MARKER_ADD,
	EDIT_MARKER_REMOVE,
	EDIT_TEMPO_SET,
	EDIT_TEMPO_CLEAR,
	EDIT_METER_SET,
	EDIT_METER_CLEAR,
	EDIT_PICKUP_SET,
	EDIT_OP_KIND_COUNT
};

/* What an update gives in place of what is there; what is not set stays. */
struct region_patch {
	const double *position_beats, *duration_beats, *gain, *fade_in_beats, *fade_out_beats;
	const char *name, *output;
	char *const *tags; /* with has_tags */
	size_t n_tags;
	bool has_tags;
	const struct doc_content *content;
	const struct doc_intent *intent;
};

struct edit_op {
	enum edit_op_kind kind;
	const char *id;                 /* regions and markers */
	struct region_body *body;       /* EDIT_REGION_CREATE */
	struct region_patch patch;      /* EDIT_REGION_UPDATE */
	double position_beats;          /* EDIT_MARKER_ADD, *_CLEAR, EDIT_PICKUP_SET */
	const char *type, *label, *metadata; /* EDIT_MARKER_ADD */
	struct tempo_point tempo;
	struct meter_point meter;
};

/* Does the operations one after the other on a copy: *ret is the document after them, *ret_changes what they did. */
int edit_ops_apply(const struct edit_op *ops, size_t n, struct document *base, struct document **ret,
		   struct changes *ret_changes, struct err *err);

#endif

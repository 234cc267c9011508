/*
 * doc_json_priv.h - documents and edits as JSON, for the journal.
 *
 * Ownership: what is made is a new reference.
 * Errors:    writing: NULL when memory is out. Reading: -EBADMSG naming the field, -ENOMEM.
 */
#ifndef TIMELINE_DOC_JSON_PRIV_H
#define TIMELINE_DOC_JSON_PRIV_H

#include "base/json.h"
#include "timeline/timeline.h"

/* {"type": "document", "revision", "regions", "markers", "tempo", "meter"} */
json_t *document_json(const struct document *d);
int document_of_json(const json_t *j, struct document **ret, struct err *err);

/* {"type": "edit", "revision", "kind", "actor", "time", "at"?, "of"?, "scheduled"?, "changes"}; `after` is not part of it. */
json_t *edit_json(const struct edit *e);
int edit_of_json(const json_t *j, struct edit *ret, struct err *err);
void edit_done(struct edit *e);

/* {"type": "scheduled", "number", "actor", "time", "at", "base", "changes"} */
json_t *scheduled_json(const struct scheduled_edit *s);
int scheduled_of_json(const json_t *j, struct scheduled_edit *ret, struct err *err);
/* {"type": "unscheduled", "number", "reason"}: called off or dropped. */
json_t *unscheduled_json(int64_t number, const char *reason);

#endif

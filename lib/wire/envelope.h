/*
 * envelope.h - the JSON object around every message, read without copying and without building a
 * tree.
 *
 * Request:   {"id", "actor"?, "traceparent"?, "deadline_ms"?, "idempotency_key"?, "payload":
 *            {"type": NAME, FIELDS…}}
 * Reply:     {"id", "traceparent"?, "payload": one of
 *              {"type": "success", "result": {…}}
 *              {"type": "error", "code": NAME, "message", "field"?, "hint"?, "details"?}
 *              {"type": "progress", "fraction"?: 0…1, "message"?, "details"?}}
 * Strictness: one JSON object (RFC 8259) and nothing after it, UTF-8, nesting at most
 *             LIMIT_JSON_DEPTH, size at most
 *            LIMIT_WIRE_MESSAGE_BYTES, no key twice. Unknown keys beside "id" and "payload" are
 *            ignored; what is inside the payload is the codec's business. `id` is a UUID; `actor`
 *            and `idempotency_key` are 1 to WIRE_KEY_MAX bytes of UTF-8; `deadline_ms` is 1 …
 *            WIRE_DEADLINE_MAX_MS.
 * Ownership: slices point into the frame that was parsed and live as long as it; the rest is
 *            copied (fixed size).
 * Errors:    -EBADMSG with the byte offset for what is not JSON, -EINVAL with err->field for what
 *            is not an envelope, -EMSGSIZE beyond a limit. When a usable id was found before the
 *            error, ret->id holds it, so that the error can be answered.
 */
#ifndef WIRE_ENVELOPE_H
#define WIRE_ENVELOPE_H

#include "base/err.h"
#include "base/str.h"
#include "base/uuid.h"
#include "wire/trace.h"

#define WIRE_KEY_MAX         128
#define WIRE_NAME_MAX        64
#define WIRE_DEADLINE_MAX_MS (24 * 3600 * 1000)

/* Bytes inside somebody else's buffer; not NUL-terminated. */
struct wire_slice {
	const char *s;
	size_t n;
};

bool wire_slice_eq(struct wire_slice a, const char *b);

enum wire_payload_kind {
	WIRE_REQUEST,
	WIRE_SUCCESS,
	WIRE_ERROR,
	WIRE_PROGRESS,
	WIRE_PAYLOAD_KIND_COUNT
};

struct wire_envelope {
	char id[UUID_SIZE];
	char actor[WIRE_KEY_MAX + 1];           /* "" when absent */
	char idempotency_key[WIRE_KEY_MAX + 1]; /* "" when absent */
	struct trace trace;                     /* all zero when absent or malformed */
	int64_t deadline_ms;                    /* from when it is received; 0 when absent */
	enum wire_payload_kind kind;
	char type[WIRE_NAME_MAX + 1]; /* the payload's "type" */
	struct wire_slice payload;    /* the whole object, braces included */
	struct wire_slice result;     /* its member "result", empty when there is none */
};

int wire_envelope_parse(const char *bytes, size_t n, struct wire_envelope *ret, struct err *err);

/*
 * Appends the envelope around `e->payload` (which must be JSON already); `kind` and `type` are
 * not looked at.
 */
int wire_envelope_write(struct strbuf *b, const struct wire_envelope *e);

/*
 * What a reply's payload says. Texts are unescaped into fixed room and cut at a character when
 * they do not fit.
 */
struct wire_reply_error {
	struct err err; /* code from its wire name, field, message, hint */
	char name[48];  /* the wire name as sent, also when this program does not know it */
	struct wire_slice details; /* empty when absent */
};
struct wire_reply_progress {
	double fraction; /* negative when absent */
	char message[240];
	struct wire_slice details;
};
int wire_error_parse(struct wire_slice payload, struct wire_reply_error *ret, struct err *err);
int wire_progress_parse(struct wire_slice payload, struct wire_reply_progress *ret,
			struct err *err);

/* Whole replies. `result`, `details` are JSON text; details may be empty. */
int wire_success_write(struct strbuf *b, const char *id, const struct trace *t,
		       struct wire_slice result);
int wire_error_write(struct strbuf *b, const char *id, const struct trace *t, const struct err *e,
		     struct wire_slice details);
int wire_progress_write(struct strbuf *b, const char *id, const struct trace *t, double fraction,
			const char *message, struct wire_slice details);

/*
 * Visits the members of the JSON object in `object`: *at starts at 0; false at the end. The
 * object must have passed a parser of this file (its payload has). Keys that hold escapes are
 * given as they stand.
 */
bool wire_object_next(struct wire_slice object, size_t *at, struct wire_slice *ret_key,
		      struct wire_slice *ret_value);
/* The value of the key, or an empty slice. */
struct wire_slice wire_object_get(struct wire_slice object, const char *key);
/*
 * A JSON string's text into room bytes with a NUL; false when it was cut, had a NUL, or is no
 * string.
 */
bool wire_string_copy(struct wire_slice value, char *ret, size_t room);

#endif

/*
 * codec.h - messages to and from JSON, by their descriptors.
 *
 * Decoding:  writes the struct of `desc` (zeroed first): types, ranges, required fields, defaults. null stands for
 *            absent where a field may be absent. In requests an unknown field is an error that names the nearest one; with
 *            WIRE_IGNORE_UNKNOWN (events, replies) it is passed over. The key "type" of a top-level payload is not a field.
 * Encoding:  text directly, no tree; a struct is written in the order of its declaration, an OPT field only when its
 *            has_ flag is set, a NULL string as "", a NULL JSON value as {}. What decoding would refuse is
 *            refused here too: a required ID that was left empty is an error of the sender.
 * Ownership: decoded strings and JSON values are lent by the document: keep it (wire_arena_keep) as long as the struct
 *            is used. Lists, bytes and quoted defaults live in the arena.
 * Errors:    -EINVAL with err.field a path such as "ops[3].position_beats" (from the payload's root); -EMSGSIZE when a
 *            list, string or blob is beyond its limit; -ENOMEM. *ret is only defined after success.
 */
#ifndef WIRE_CODEC_H
#define WIRE_CODEC_H

#include "base/err.h"
#include "base/json.h"
#include "base/str.h"
#include "wire/catalogue.h"

/*
 * Memory for one call: everything is freed together. `struct wire_arena a = WIRE_ARENA_INIT;` needs no memory until
 * something is asked for.
 */
struct wire_arena_chunk;
struct wire_arena {
	struct wire_arena_chunk *chunks;
	json_t *kept; /* array of documents that must outlive the arena's users */
};
#define WIRE_ARENA_INIT { NULL, NULL }

void wire_arena_done(struct wire_arena *a);
#define AUTO_ARENA __attribute__((cleanup(wire_arena_done))) struct wire_arena
/* Forgets everything, keeping one chunk of memory for the next call. */
void wire_arena_clear(struct wire_arena *a);
/* Zeroed, aligned for any type; NULL when memory is out. */
void *wire_arena_alloc(struct wire_arena *a, size_t bytes);
/* n items of `size` bytes; NULL on overflow too. */
void *wire_arena_array(struct wire_arena *a, size_t n, size_t size);
char *wire_arena_copy(struct wire_arena *a, const char *text, size_t n);
char *wire_arena_printf(struct wire_arena *a, const char *fmt, ...) PRINTF(2, 3);
/* Keeps a document (a new reference) until the arena is done; 0 or -ENOMEM. */
int wire_arena_keep(struct wire_arena *a, json_t *document);
/* The same, but takes the caller's reference, also on error: for JSON values that a handler builds. NULL is -ENOMEM. */
int wire_arena_take(struct wire_arena *a, json_t *document);

enum wire_decode_flags {
	WIRE_STRICT = 0,
	WIRE_IGNORE_UNKNOWN = 1, /* for what comes from a peer that may be newer: events and replies */
	WIRE_BOUNDED = 2,        /* strict, and free JSON within its bounds: what a handler is going to keep */
};

int wire_decode(const struct wire_object *desc, const json_t *payload, unsigned flags, struct wire_arena *arena,
		void *ret, struct err *err);

/* The same from text, which is parsed first and kept in the arena: strings live as long as that. */
int wire_decode_text(const struct wire_object *desc, const char *text, size_t n, unsigned flags,
		     struct wire_arena *arena, void *ret, struct err *err);

/* Whether free JSON takes about most_bytes at most and is not nested deeper than WIRE_BOUNDED allows. */
bool wire_json_fits(const json_t *j, size_t most_bytes);

/* Appends the object's text; 0, -ENOMEM, or -EINVAL naming the field that holds what JSON cannot (our bug). */
int wire_encode(const struct wire_object *desc, const void *value, struct strbuf *ret, struct err *err);
/* The same, with "type": `type` as the first key: the payload of a request or event. */
int wire_encode_payload(const char *type, const struct wire_object *desc, const void *value, struct strbuf *ret,
			struct err *err);

#endif

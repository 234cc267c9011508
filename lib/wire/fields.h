/*
 * fields.h - the vocabulary in which messages are declared, and what a field becomes in C.
 *
 * A topic file messages/<topic>.def.h defines five lists (empty when there is nothing) and the field lists they name:
 *
 *   #define TOPIC_ENUMS(E)     E(tag, VALUES, doc)         VALUES(V): V(C_CONSTANT, "wire name", doc), from 0 upwards
 *   #define TOPIC_OBJECTS(O)   O(tag, FIELDS, doc)         struct tag: OBJ(tag), LIST(OBJ(tag))
 *   #define TOPIC_UNIONS(U)    U(tag, ARMS, "key", doc)    ARMS(A): A(C_CONSTANT, arm, object tag, doc)
 *   #define TOPIC_REQUESTS(M)  M(name, NAME, owner, routing, work, annotations, profile, doc)
 *                              fields NAME_FIELDS(F) and NAME_RESULT(F)
 *   #define TOPIC_EVENTS(N)    N(name, NAME, owner, doc)   fields NAME_EVENT(F)
 *
 * A field is F(kind, name, unit, presence, range, doc, example); example is JSON text as a C string. An example "{}" of
 * OBJ and "[]" of a list of objects or unions is filled in from the examples of the fields inside.
 *
 *   kind      C type                            JSON
 *   BOOL      bool                              true, false
 *   INT       int64_t                           an integer (a double without a fraction is taken too)
 *   NUM       double                            a finite number
 *   STR TEXT  const char *                      text without NUL; STR one line at most LIMIT_WIRE_STR bytes, TEXT
 *                                               up to LIMIT_WIRE_TEXT
 *   ID        const char *                      1..LIMIT_WIRE_ID bytes, printable ASCII without blanks
 *   HASH      const char *                      "sha256:" and 64 lower-case hexadecimal digits
 *   BYTES     struct wire_bytes {v, n}          base64, up to LIMIT_WIRE_BYTES decoded
 *   ENUM(e)   enum e                            the wire name of a value
 *   JSON      json_t *                          an object of anything; lent by the document
 *   OBJ(o)    struct o                          an object
 *   UNION(u)  struct u {arm; union {arms};}    the arm's object with the union's key naming the arm
 *   LIST(k)   struct {T *v; size_t n;}          an array of at most LIMIT_WIRE_LIST; k is any of the above
 *
 *   presence  REQ    must be there
 *             OPT    may be absent or null: adds `bool has_<name>` (a list counts as present when it was sent)
 *             DEF(v) may be absent or null, then it is v: a literal, an enum's wire name without quotes, [] or {}
 *             OPT_SHOWN, DEF_SHOWN(v)   the same, and part of every example: it, or another in its place, is needed
 *   range     ANY, RANGE(lo, hi) for numbers (the items of a list of numbers), LEN(lo, hi) for bytes of a string and
 *             items of a list
 *   unit      a row of units.def; NONE where there is nothing to say
 *
 * Names:     tags and C constants live beside those of the libraries, so say whose they are (region_view, not region).
 *            A name ends in its unit where it has one: position_beats.
 * Order:     an object comes after the objects it contains (by value); LIST of anything may look ahead.
 */
#ifndef WIRE_FIELDS_H
#define WIRE_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_t;

struct wire_bytes {
	const uint8_t *v;
	size_t n;
};

/* What every LIST looks like to code that does not know the item. */
struct wire_list {
	void *v;
	size_t n;
};

#define WIRE_C_BOOL     bool
#define WIRE_C_INT      int64_t
#define WIRE_C_NUM      double
#define WIRE_C_STR      const char *
#define WIRE_C_TEXT     const char *
#define WIRE_C_ID       const char *
#define WIRE_C_HASH     const char *
#define WIRE_C_BYTES    struct wire_bytes
#define WIRE_C_JSON     struct json_t *
#define WIRE_C_ENUM(e)  enum e
#define WIRE_C_OBJ(o)   struct o
#define WIRE_C_UNION(u) struct u
#define WIRE_C_LIST(k) \
	struct { \
		WIRE_C_##k *v; \
		size_t n; \
	}

#define WIRE_HAS_REQ       WIRE_HAS_NOTHING
#define WIRE_HAS_OPT       WIRE_HAS_FLAG
#define WIRE_HAS_DEF(...)  WIRE_HAS_NOTHING
#define WIRE_HAS_OPT_SHOWN WIRE_HAS_FLAG
#define WIRE_HAS_DEF_SHOWN(...) WIRE_HAS_NOTHING
#define WIRE_HAS_NOTHING(name)
/* Directly behind its member: the codec finds it at the member's end (bool has no alignment). */
#define WIRE_HAS_FLAG(name) bool has_##name;

#define WIRE_MEMBER(kind, name, unit, presence, range, doc, example) \
	WIRE_C_##kind name; \
	WIRE_HAS_##presence(name)

/* `wire_end` keeps structs without fields from being empty. */
#define WIRE_STRUCT(tag, FIELDS) \
	struct tag { \
		FIELDS(WIRE_MEMBER) \
		char wire_end; \
	};

#endif

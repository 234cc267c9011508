/*
 * schema.h - the catalogue described for others: JSON Schemas, examples, catalogue.json and its hash, the reference manual.
 *
 * Schemas:   JSON Schema 2020-12, of which only what every client understands: type, properties, required, items, enum,
 *            anyOf (arms of a union), minimum, maximum, minLength, maxLength, minItems, maxItems, pattern, description,
 *            additionalProperties: false. Every property has one type, nothing is a reference, defaults and units are in
 *            the description. Lengths of text are checked in bytes by the decoder; the schema counts characters, so it is
 *            the looser of the two.
 * Errors:    0 or -ENOMEM; a broken example (our bug) is -EBADMSG.
 */
#ifndef WIRE_SCHEMA_H
#define WIRE_SCHEMA_H

#include "wire/codec.h"

#define WIRE_CATALOGUE_HASH_SIZE 72 /* "sha256:", 64 digits, NUL */

/* Appends the schema of an object's JSON; `type`, when given, adds the payload's "type" as a required property. */
int wire_schema(const struct wire_object *desc, const char *type, struct strbuf *ret);

enum wire_example_flags {
	WIRE_EXAMPLE_REQUIRED = 0, /* only what must be there, and what is shown: one of several of which one must be */
	WIRE_EXAMPLE_ALL = 1,      /* the optional fields too */
};
/* An object made of the examples of its fields. */
int wire_example(const struct wire_object *desc, unsigned flags, json_t **ret, struct err *err);
/* One field's; never NULL on success. */
int wire_field_example(const struct wire_field *f, unsigned flags, json_t **ret, struct err *err);

/* The whole catalogue as compact JSON, the same bytes for the same catalogue. */
int wire_catalogue_json(struct strbuf *ret, struct err *err);
/* "sha256:" of that text. */
int wire_catalogue_hash(char ret[WIRE_CATALOGUE_HASH_SIZE], struct err *err);
/* docs/reference.md. */
int wire_reference(struct strbuf *ret, struct err *err);

/*
 * The answer to list_tools of the daemon that owns `owner`'s requests: its own and those of ALL; memory of the arena,
 * but for the catalogue's hash, which is the caller's.
 */
int wire_list_tools(enum wire_owner owner, const char *hash, struct wire_arena *arena, struct list_tools_result *ret,
		    struct err *err);

#endif

/*
 * json.h - JSON: jansson's tree, our own parser and writer. The only header that includes <jansson.h>.
 *
 * Parsing:   RFC 8259 and nothing else: UTF-8 only, no duplicate keys, no \u0000, no lone surrogates, no NaN, no
 *            trailing bytes, integers within int64, doubles finite; depth LIMIT_JSON_DEPTH, size LIMIT_JSON_BYTES.
 * Writing:   strings pass as UTF-8 with ", \ and control characters escaped; a double is the shortest text
 *            that reads back as the same double and always looks like one (1.0, 1e+22); -0.0 keeps its sign.
 *            Keys keep their order unless sorting is asked for.
 * Ownership: json_parse returns a new reference (AUTO_JSON drops it); getters lend.
 * Threads:   no shared state; one json_t tree belongs to one thread at a time.
 * Errors:    -EBADMSG with "line:column: what was expected", -EMSGSIZE beyond a limit, -ENOMEM. Getters: -ENOENT
 *            for a missing key, -EINVAL for another type or range; err->field is the key.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/err.h"
#include "base/str.h"

#include <jansson.h>

static inline void json_autofree(json_t **p)
{
	json_decref(*p);
}
/* AUTO_JSON json_t *j = json_object(); */
#define AUTO_JSON __attribute__((cleanup(json_autofree)))

int json_parse(const char *bytes, size_t n, json_t **ret, struct err *err);
enum json_in_flags {
	JSON_IN_STRICT = 0,
	JSON_IN_NUL = 1, /* \u0000 may stand in strings and keys: ask for their lengths */
};
int json_parse_with(const char *bytes, size_t n, unsigned flags, json_t **ret, struct err *err);
/* Like json_parse for a file; errors begin with the path. */
int json_parse_file(const char *path, json_t **ret, struct err *err);

enum json_out_flags {
	JSON_OUT_COMPACT = 0, /* no white space at all */
	JSON_OUT_PRETTY = 1,  /* two spaces, one item a line, no newline at the end */
	JSON_OUT_SORTED = 2,  /* keys in byte order at every depth */
};
/*
 * Appends the text of `j`; 0, -ENOMEM, -EINVAL for a double that is not finite, -EMSGSIZE deeper than
 * LIMIT_JSON_DEPTH. Bytes that are no UTF-8 come out as U+FFFD.
 */
int json_write(struct strbuf *b, const json_t *j, unsigned flags);
/* The text as malloc'ed memory, NULL when memory is out. */
char *json_text(const json_t *j, unsigned flags);

#define JSON_DOUBLE_SIZE 32
/* The shortest text of a finite double, NUL-terminated; returns its length. */
size_t json_format_double(char ret[JSON_DOUBLE_SIZE], double v);

/*
 * Text without a tree: the calls are the document, commas and colons come by themselves. An error
 * (-ENOMEM, -EINVAL for a double that is not finite) sticks in the buffer: strbuf_ok tells.
 *
 *   struct json_out o;
 *   json_out_init(&o, &buf);
 *   json_out_object_begin(&o);
 *   json_out_key(&o, "beat"); json_out_number(&o, 1.0);
 *   json_out_object_end(&o);
 */
struct json_out {
	struct strbuf *b;
	bool comma; /* the next item needs one */
};

void json_out_init(struct json_out *o, struct strbuf *b);
void json_out_object_begin(struct json_out *o);
void json_out_object_end(struct json_out *o);
void json_out_array_begin(struct json_out *o);
void json_out_array_end(struct json_out *o);
void json_out_key(struct json_out *o, const char *key);
void json_out_string(struct json_out *o, const char *s); /* NULL writes null */
void json_out_stringn(struct json_out *o, const char *s, size_t n);
void json_out_int(struct json_out *o, int64_t v);
void json_out_number(struct json_out *o, double v);
void json_out_bool(struct json_out *o, bool v);
void json_out_null(struct json_out *o);
void json_out_json(struct json_out *o, const json_t *j);               /* a tree, compact */
void json_out_raw(struct json_out *o, const char *text, size_t n);     /* text that is JSON already */

/*
 * Typed getters: *ret is written only on success. The _or forms give `other` for a missing key or null, and
 * still refuse another type.
 */
int json_get_string(const json_t *obj, const char *key, const char **ret, struct err *err);
int json_get_int(const json_t *obj, const char *key, int64_t *ret, struct err *err);
int json_get_number(const json_t *obj, const char *key, double *ret, struct err *err); /* integer or real */
int json_get_object(const json_t *obj, const char *key, json_t **ret, struct err *err);
int json_get_array(const json_t *obj, const char *key, json_t **ret, struct err *err);
int json_get_string_or(const json_t *obj, const char *key, const char *other, const char **ret, struct err *err);
int json_get_int_or(const json_t *obj, const char *key, int64_t other, int64_t *ret, struct err *err);
int json_get_number_or(const json_t *obj, const char *key, double other, double *ret, struct err *err);

#endif

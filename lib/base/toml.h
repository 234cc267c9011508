/*
 * toml.h - TOML 1.0.0 text into a typed tree that remembers where everything stood.
 *
 * Shapes:    a table keeps its keys in the order of the text; text is UTF-8 and may hold NUL (\u0000),
 *            so strings and keys carry their length as well.
 * Limits:    LIMIT_TOML_BYTES of text, LIMIT_TOML_DEPTH of nesting (arrays, inline tables, dotted keys).
 * Ownership: toml_parse copies; toml_free of the root frees everything; lookups lend.
 * Threads:   no shared state; a parsed tree is read-only and may be read from anywhere.
 * Errors:    -EBADMSG with "line:column: what was expected", -EMSGSIZE beyond a limit, -ENOMEM.
 * Source:    toml.io/en/v1.0.0. Integers are int64; floats double; fractions of a second are kept to the
 *            nanosecond, what is finer is cut.
 */
#ifndef BASE_TOML_H
#define BASE_TOML_H

#include "base/err.h"
#include "base/mem.h"

enum toml_kind {
	TOML_TABLE,
	TOML_ARRAY,
	TOML_STRING,
	TOML_INTEGER,
	TOML_FLOAT,
	TOML_BOOL,
	TOML_OFFSET_DATETIME, /* 1979-05-27T07:32:00-08:00 */
	TOML_LOCAL_DATETIME,  /* 1979-05-27T07:32:00 */
	TOML_LOCAL_DATE,      /* 1979-05-27 */
	TOML_LOCAL_TIME,      /* 07:32:00 */
	TOML_KIND_COUNT
};

struct toml_time { /* as written; what a kind does not have is 0 */
	int year, month, day, hour, minute, second, nanosecond;
	int offset_minutes; /* east of UTC is positive */
	bool utc;           /* written as Z */
};

struct toml;

struct toml_entry {
	char *key; /* NUL-terminated */
	size_t n_key;
	unsigned line, column; /* of the key */
	struct toml *value;
};

enum toml_origin { /* how a table or an array came to be: decides what may be added to it */
	TOML_BY_PARENT, /* a table named only as part of a longer header; the default */
	TOML_BY_HEADER, /* [table] or [[array of tables]] */
	TOML_BY_DOTS,   /* a table named by a dotted key */
	TOML_BY_VALUE,  /* inline table, or array in brackets: complete */
};

struct map;

struct toml {
	enum toml_kind kind;
	enum toml_origin origin; /* of tables and arrays */
	unsigned line, column;   /* 1-based; columns count characters, not bytes */
	union {
		struct {
			struct toml_entry *entries;
			size_t n, room;
			struct map *index; /* key to entry, in tables large enough to want one */
		} table;
		struct {
			struct toml **items;
			size_t n, room;
		} array;
		struct {
			char *s; /* NUL-terminated */
			size_t n;
		} string;
		int64_t integer;
		double real;
		bool boolean;
		struct toml_time time;
	} v;
};

int toml_parse(const char *text, size_t n, struct toml **ret, struct err *err);
/* The same for a file; errors begin with the path: "x.toml:3:7: expected …". */
int toml_parse_file(const char *path, struct toml **ret, struct err *err);
void toml_free(struct toml *t); /* the root */

/* The value of a key, NULL where there is none or `table` is no table. */
const struct toml *toml_get(const struct toml *table, const char *key);
/* "string", "offset date-time" … for messages. */
const char *toml_kind_name(enum toml_kind kind);

AUTO_DEFINE(toml);

#endif

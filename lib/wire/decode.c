#include "wire/codec.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/base64.h"
#include "wire/value.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Where in the payload we are, as a chain of names and indices on the stack; only read when there is an error. */
struct place {
	const struct place *up;
	const char *name; /* NULL for an item */
	size_t index;
};

struct decoding {
	struct wire_arena *arena;
	struct err *err;
	unsigned flags;
};

static size_t place_write(const struct place *p, char *ret, size_t room)
{
	if (!p)
		return 0;
	size_t at = place_write(p->up, ret, room);
	int n = p->name ? snprintf(ret + at, room - at, "%s%s", at ? "." : "", p->name)
			: snprintf(ret + at, room - at, "[%zu]", p->index);
	return n < 0 || (size_t)n >= room - at ? room - 1 : at + (size_t)n;
}

static int fail(const struct decoding *d, const struct place *p, int code, const char *expected)
{
	char path[sizeof(d->err->field)] = "";
	(void)place_write(p, path, sizeof(path));
	if (!path[0])
		return err_field(d->err, code, "payload", "the payload %s", expected);
	return err_field(d->err, code, path, "'%s' %s", path, expected);
}

static int no_memory(const struct decoding *d)
{
	return err_set(d->err, -ENOMEM, "no memory to decode the message");
}

static int decode_object(const struct decoding *d, const struct wire_object *desc, const json_t *j,
			 const char *tag_key, const struct place *up, void *ret);

/* --- scalars ---------------------------------------------------------------------------------- */

static int decode_number(const struct decoding *d, const struct wire_field *f, const json_t *j,
			 const struct place *p, double *ret)
{
	struct wire_expectation why;
	if (!json_is_number(j))
		return fail(d, p, -EINVAL, "must be a number");
	double v = json_number_value(j);
	int r = wire_check_number(f, v, &why);
	if (r < 0)
		return fail(d, p, r, why.text);
	*ret = v;
	return 0;
}

/* 16.0 is an integer, as JSON Schema has it. */
static bool integer_of(const json_t *j, int64_t *ret)
{
	if (json_is_integer(j)) {
		*ret = json_integer_value(j);
		return true;
	}
	double v = json_is_real(j) ? json_real_value(j) : 0.5;
	if (!(v >= -0x1p63 && v < 0x1p63) || v != trunc(v))
		return false;
	*ret = (int64_t)v;
	return true;
}

static int decode_int(const struct decoding *d, const struct wire_field *f, const json_t *j,
		      const struct place *p, int64_t *ret)
{
	struct wire_expectation why;
	int64_t v;
	if (!integer_of(j, &v))
		return fail(d, p, -EINVAL, "must be an integer");
	int r = wire_check_int(f, v, &why);
	if (r < 0)
		return fail(d, p, r, why.text);
	*ret = v;
	return 0;
}

static int decode_string(const struct decoding *d, const struct wire_field *f, const json_t *j,
			 const struct place *p, const char **ret)
{
	struct wire_expectation why;
	if (!json_is_string(j))
		return fail(d, p, -EINVAL, "must be a string");
	int r = wire_check_string(f, json_string_value(j), json_string_length(j), &why);
	if (r < 0)
		return fail(d, p, r, why.text);
	*ret = json_string_value(j);
	return 0;
}

static int decode_bytes(const struct decoding *d, const struct wire_field *f, const json_t *j,
			const struct place *p, struct wire_bytes *ret)
{
	struct wire_expectation why;
	if (!json_is_string(j))
		return fail(d, p, -EINVAL, "must be a string of base64");
	size_t n_text = json_string_length(j), lo, hi, n;
	wire_length_bounds(f, false, &lo, &hi);
	if (n_text > BASE64_SIZE(hi))
		return fail(d, p, -EMSGSIZE, "is too large to be sent inline; store it as a file");
	uint8_t *v = wire_arena_alloc(d->arena, n_text / 4 * 3);
	if (!v)
		return no_memory(d);
	if (base64_decode(v, json_string_value(j), n_text, &n) < 0)
		return fail(d, p, -EINVAL, "must be base64 with padding and without white space");
	int r = f->list ? (n > hi ? -EMSGSIZE : 0) : wire_check_count(f, n, &why);
	if (r < 0)
		return fail(d, p, r,
			    f->list ? "is too large to be sent inline; store it as a file"
				    : why.text);
	*ret = (struct wire_bytes){ v, n };
	return 0;
}

static int fail_enum(const struct decoding *d, const struct wire_enum *e, const char *given,
		     const struct place *p)
{
	char text[sizeof(d->err->msg)] = "must be one of ";
	for (size_t i = 0; i < e->n; i++) {
		size_t at = strlen(text);
		(void)snprintf(text + at, sizeof(text) - at, "%s%s", i ? ", " : "",
			       e->values[i].name);
	}
	int r = fail(d, p, -EINVAL, text);
	const char *nearest = NULL;
	if (given) {
		const char *names[64];
		size_t n = e->n < COUNT_OF(names) ? e->n : COUNT_OF(names);
		for (size_t i = 0; i < n; i++)
			names[i] = e->values[i].name;
		nearest = str_nearest(given, names, n);
	}
	return nearest ? err_hint(d->err, r, "did you mean '%s'?", nearest) : r;
}

static int decode_enum(const struct decoding *d, const struct wire_field *f, const json_t *j,
		       const struct place *p, void *ret)
{
	int v;
	const char *given = json_string_value(j);
	if (!given || wire_enum_value(f->en, given, &v) < 0)
		return fail_enum(d, f->en, given, p);
	memcpy(ret, &v, sizeof(v));
	return 0;
}

/* --- unions and lists ------------------------------------------------------------------------- */

static int fail_arm(const struct decoding *d, const struct wire_union *u, const char *given,
		    const struct place *up)
{
	struct place p = { up, u->key, 0 };
	char text[sizeof(d->err->msg)] = "must be one of ";
	for (size_t i = 0; i < u->n; i++) {
		size_t at = strlen(text);
		(void)snprintf(text + at, sizeof(text) - at, "%s%s", i ? ", " : "",
			       u->arms[i].name);
	}
	int r = fail(d, &p, -EINVAL, text);
	const char *names[64];
	size_t n = u->n < COUNT_OF(names) ? u->n : COUNT_OF(names);
	for (size_t i = 0; i < n; i++)
		names[i] = u->arms[i].name;
	const char *nearest = given ? str_nearest(given, names, n) : NULL;
	return nearest ? err_hint(d->err, r, "did you mean '%s'?", nearest) : r;
}

static int decode_union(const struct decoding *d, const struct wire_union *u, const json_t *j,
			const struct place *p, char *ret)
{
	if (!json_is_object(j))
		return fail(d, p, -EINVAL, "must be an object");
	const char *given = json_string_value(json_object_get(j, u->key));
	for (size_t i = 0; given && i < u->n; i++) {
		if (strcmp(u->arms[i].name, given) != 0)
			continue;
		int arm = (int)i;
		memset(ret, 0, u->size);
		memcpy(ret, &arm, sizeof(arm));
		return decode_object(d, u->arms[i].object, j, u->key, p, ret + u->offset);
	}
	return fail_arm(d, u, given, p);
}

/* Whether it is not nested deeper than `depth` and takes about *left bytes at most, which it is taken from. */
static bool json_fits(const json_t *j, unsigned depth, size_t *left)
{
	json_t *v;
	const char *key;
	size_t i, n = 8 + (json_is_string(j) ? json_string_length(j) : 0);
	if (n > *left)
		return false;
	*left -= n;
	if ((json_is_object(j) || json_is_array(j)) && depth == 0)
		return false;
	json_object_foreach((json_t *)(uintptr_t)j, key, v)
	{
		n = strlen(key);
		if (n > *left)
			return false;
		*left -= n;
		if (!json_fits(v, depth - 1, left))
			return false;
	}
	json_array_foreach(j, i, v)
	{
		if (!json_fits(v, depth - 1, left))
			return false;
	}
	return true;
}

bool wire_json_fits(const json_t *j, size_t most_bytes)
{
	return json_fits(j, LIMIT_WIRE_JSON_DEPTH, &most_bytes);
}

/*
 * What is accepted here comes back inside lists and snapshots, which lie deeper and hold many of them: those have to stay
 * readable for everybody.
 */
static int decode_json(const struct decoding *d, const json_t *j, const struct place *p, void *ret)
{
	if (!json_is_object(j))
		return fail(d, p, -EINVAL, "must be an object");
	if ((d->flags & WIRE_BOUNDED) && !wire_json_fits(j, LIMIT_WIRE_JSON_BYTES))
		return fail(d, p, -EMSGSIZE, "is too large or nested too deep");
	*(const json_t **)ret = j;
	return 0;
}

static int decode_one(const struct decoding *d, const struct wire_field *f, const json_t *j,
		      const struct place *p, void *ret)
{
	switch (f->kind) {
	case WIRE_BOOL:
		if (!json_is_boolean(j))
			return fail(d, p, -EINVAL, "must be true or false");
		*(bool *)ret = json_is_true(j);
		return 0;
	case WIRE_INT:
		return decode_int(d, f, j, p, ret);
	case WIRE_NUM:
		return decode_number(d, f, j, p, ret);
	case WIRE_STR:
	case WIRE_TEXT:
	case WIRE_ID:
	case WIRE_HASH:
		return decode_string(d, f, j, p, ret);
	case WIRE_BYTES:
		return decode_bytes(d, f, j, p, ret);
	case WIRE_JSON:
		return decode_json(d, j, p, ret);
	case WIRE_ENUM:
		return decode_enum(d, f, j, p, ret);
	case WIRE_OBJ:
		return decode_object(d, f->obj, j, NULL, p, ret);
	case WIRE_UNION:
		return decode_union(d, f->un, j, p, ret);
	case WIRE_KIND_COUNT:
		break;
	}
	return fail(d, p, -EIO, "has no kind");
}

static int decode_list(const struct decoding *d, const struct wire_field *f, const json_t *j,
		       const struct place *p, void *ret)
{
	struct wire_expectation why;
	if (!json_is_array(j))
		return fail(d, p, -EINVAL, "must be a list");
	struct wire_list list = { NULL, json_array_size(j) };
	int r = wire_check_count(f, list.n, &why);
	if (r < 0)
		return fail(d, p, r, why.text);
	if (list.n && !(list.v = wire_arena_array(d->arena, list.n, f->size)))
		return no_memory(d);
	for (size_t i = 0; i < list.n; i++) {
		struct place item = { p, NULL, i };
		r = decode_one(d, f, json_array_get(j, i), &item, (char *)list.v + i * f->size);
		if (r < 0)
			return r;
	}
	memcpy(ret, &list, sizeof(list));
	return 0;
}

/* --- what is not there ------------------------------------------------------------------------ */

static int default_string(const struct decoding *d, const char *def, const char **ret)
{
	size_t n = strlen(def);
	if (n < 2 || def[0] != '"') { /* a bare word */
		*ret = def;
		return 0;
	}
	if (n == 2) {
		*ret = "";
		return 0;
	}
	*ret = wire_arena_copy(d->arena, def + 1, n - 2);
	return *ret ? 0 : no_memory(d);
}

static int decode_default(const struct decoding *d, const struct wire_field *f,
			  const struct place *p, void *ret)
{
	int v;
	if (f->list)
		return 0; /* [] is the only default that a list can have */
	switch (f->kind) {
	case WIRE_BOOL:
		*(bool *)ret = f->def[0] == 't' || f->def[0] == '1';
		return 0;
	case WIRE_INT:
		return str_to_int(f->def, ret);
	case WIRE_NUM:
		return str_to_double(f->def, ret);
	case WIRE_STR:
	case WIRE_TEXT:
	case WIRE_ID:
	case WIRE_HASH:
		return default_string(d, f->def, ret);
	case WIRE_ENUM:
		if (wire_enum_value(f->en, f->def, &v) < 0)
			break;
		memcpy(ret, &v, sizeof(v));
		return 0;
	case WIRE_OBJ:
		return decode_object(d, f->obj, NULL, NULL, p, ret);
	default:
		break;
	}
	return fail(d, p, -EIO, "has a default that cannot be read");
}

/* --- objects ---------------------------------------------------------------------------------- */

static int fail_unknown(const struct decoding *d, const struct wire_object *desc, const char *key,
			const struct place *up)
{
	struct place p = { up, key, 0 };
	char path[sizeof(d->err->field)] = "";
	(void)place_write(&p, path, sizeof(path));

	const char *names[64];
	size_t n = desc->n < COUNT_OF(names) ? desc->n : COUNT_OF(names);
	for (size_t i = 0; i < n; i++)
		names[i] = desc->fields[i].name;
	const char *nearest = str_nearest(key, names, n);
	if (!nearest)
		return err_field(d->err, -EINVAL, path, "unknown field '%s'", path);
	int r = err_field(d->err, -EINVAL, path, "unknown field '%s'; did you mean '%s'?", path,
			  nearest);
	return err_hint(d->err, r, "did you mean '%s'?", nearest);
}

static int find_unknown(const struct decoding *d, const struct wire_object *desc, const json_t *j,
			const char *tag_key, const struct place *up)
{
	const char *key;
	json_t *value;
	json_object_foreach((json_t *)j, key, value) {
		if ((tag_key && strcmp(key, tag_key) == 0) || wire_field_find(desc, key))
			continue;
		return fail_unknown(d, desc, key, up);
	}
	return 0;
}

static int decode_field(const struct decoding *d, const struct wire_field *f, const json_t *v,
			const struct place *up, char *base)
{
	struct place p = { up, f->name, 0 };
	if (!v || json_is_null(v)) {
		if (f->presence == WIRE_REQ)
			return fail(d, &p, -EINVAL, "is required");
		return f->presence == WIRE_OPT ? 0 : decode_default(d, f, &p, base + f->offset);
	}
	int r = f->list ? decode_list(d, f, v, &p, base + f->offset)
			: decode_one(d, f, v, &p, base + f->offset);
	if (r == 0 && f->presence == WIRE_OPT)
		*(bool *)(base + wire_has_offset(f)) = true;
	return r;
}

/* j may be NULL: every field is absent. tag_key names a key that is known beside the fields, NULL for none. */
static int decode_object(const struct decoding *d, const struct wire_object *desc, const json_t *j,
			 const char *tag_key, const struct place *up, void *ret)
{
	if (j && !json_is_object(j))
		return fail(d, up, -EINVAL, "must be an object");
	memset(ret, 0, desc->size);
	size_t known = tag_key && j && json_object_get(j, tag_key) ? 1 : 0;
	bool strict = !(d->flags & WIRE_IGNORE_UNKNOWN);
	for (size_t i = 0; i < desc->n; i++) {
		const struct wire_field *f = &desc->fields[i];
		const json_t *v = j ? json_object_get(j, f->name) : NULL;
		known += v != NULL;
		int r = decode_field(d, f, v, up, ret);
		/* What is missing may be there under a misspelt name, which says more. */
		if (r < 0 && !v && j && strict)
			(void)find_unknown(d, desc, j, tag_key, up);
		if (r < 0)
			return r;
	}
	return j && strict && known != json_object_size(j) ? find_unknown(d, desc, j, tag_key, up) : 0;
}

int wire_decode(const struct wire_object *desc, const json_t *payload, unsigned flags,
		struct wire_arena *arena, void *ret, struct err *err)
{
	struct decoding d = { arena, err, flags };
	/* A field may itself be called "type"; then the key is the field's. */
	const char *tag_key = wire_field_find(desc, "type") ? NULL : "type";
	if (!json_is_object(payload))
		return fail(&d, NULL, -EINVAL, "must be an object");
	return decode_object(&d, desc, payload, tag_key, NULL, ret);
}

int wire_decode_text(const struct wire_object *desc, const char *text, size_t n, unsigned flags,
		     struct wire_arena *arena, void *ret, struct err *err)
{
	json_t *document;
	int r = json_parse(text, n, &document, err);
	if (r < 0)
		return r;
	if (wire_arena_take(arena, document) < 0)
		return err_set(err, -ENOMEM, "no memory to decode the message");
	return wire_decode(desc, document, flags, arena, ret, err);
}

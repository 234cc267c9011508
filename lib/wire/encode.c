#include "wire/codec.h"

#include "base/mem.h"
#include "base/base64.h"
#include "wire/value.h"

#include <string.h>

struct encoding {
	struct json_out out;
	struct err *err;
};

static int encode_fields(struct encoding *e, const struct wire_object *desc, const char *base);

static int bad(struct encoding *e, const struct wire_field *f, int code, const char *expected)
{
	return err_field(e->err, code, f->name, "'%s' %s", f->name, expected);
}

static int encode_string(struct encoding *e, const struct wire_field *f, const char *s)
{
	struct wire_expectation why;
	size_t n = s ? strlen(s) : 0;
	int r = wire_check_string(f, s ? s : "", n, &why);
	if (r < 0)
		return bad(e, f, r, why.text);
	if (!str_utf8_valid(s ? s : "", n))
		return bad(e, f, -EINVAL, "must be UTF-8");
	json_out_stringn(&e->out, s ? s : "", n);
	return 0;
}

static int encode_bytes(struct encoding *e, const struct wire_field *f, const struct wire_bytes *b)
{
	size_t lo, hi;
	wire_length_bounds(f, false, &lo, &hi);
	if (b->n > hi)
		return bad(e, f, -EMSGSIZE, "is too large to be sent inline");
	char AUTO_MEM *text = malloc(BASE64_SIZE(b->n) + 1);
	if (!text)
		return bad(e, f, -ENOMEM, "does not fit into memory");
	base64_encode(text, b->v, b->n);
	json_out_stringn(&e->out, text, BASE64_SIZE(b->n));
	return 0;
}

static int encode_object(struct encoding *e, const struct wire_object *desc, const char *base)
{
	json_out_object_begin(&e->out);
	int r = encode_fields(e, desc, base);
	json_out_object_end(&e->out);
	return r;
}

static int encode_union(struct encoding *e, const struct wire_field *f, const char *base)
{
	const struct wire_union *u = f->un;
	int arm;
	memcpy(&arm, base, sizeof(arm));
	if (arm < 0 || (size_t)arm >= u->n)
		return bad(e, f, -EINVAL, "has no such arm");
	json_out_object_begin(&e->out);
	json_out_key(&e->out, u->key);
	json_out_string(&e->out, u->arms[arm].name);
	int r = encode_fields(e, u->arms[arm].object, base + u->offset);
	json_out_object_end(&e->out);
	return r;
}

static int encode_one(struct encoding *e, const struct wire_field *f, const char *p)
{
	struct wire_expectation why;
	int r = 0, value;
	switch (f->kind) {
	case WIRE_BOOL:
		json_out_bool(&e->out, *(const bool *)p);
		return 0;
	case WIRE_INT:
		r = wire_check_int(f, *(const int64_t *)p, &why);
		json_out_int(&e->out, *(const int64_t *)p);
		break;
	case WIRE_NUM:
		r = wire_check_number(f, *(const double *)p, &why);
		json_out_number(&e->out, r < 0 ? 0 : *(const double *)p);
		break;
	case WIRE_STR:
	case WIRE_TEXT:
	case WIRE_ID:
	case WIRE_HASH:
		return encode_string(e, f, *(const char *const *)p);
	case WIRE_BYTES:
		return encode_bytes(e, f, (const struct wire_bytes *)p);
	case WIRE_JSON:
		if (*(json_t *const *)p)
			json_out_json(&e->out, *(json_t *const *)p);
		else
			json_out_raw(&e->out, "{}", 2);
		return 0;
	case WIRE_ENUM:
		memcpy(&value, p, sizeof(value));
		if (value < 0 || (size_t)value >= f->en->n)
			return bad(e, f, -EINVAL, "has no such value");
		json_out_string(&e->out, f->en->values[value].name);
		return 0;
	case WIRE_OBJ:
		return encode_object(e, f->obj, p);
	case WIRE_UNION:
		return encode_union(e, f, p);
	case WIRE_KIND_COUNT:
		return bad(e, f, -EINVAL, "has no kind");
	}
	return r < 0 ? bad(e, f, r, why.text) : 0;
}

static int encode_list(struct encoding *e, const struct wire_field *f, const struct wire_list *list)
{
	struct wire_expectation why;
	int r = wire_check_count(f, list->n, &why);
	if (r < 0)
		return bad(e, f, r, why.text);
	json_out_array_begin(&e->out);
	for (size_t i = 0; r == 0 && i < list->n; i++)
		r = encode_one(e, f, (const char *)list->v + i * f->size);
	json_out_array_end(&e->out);
	return r;
}

static int encode_fields(struct encoding *e, const struct wire_object *desc, const char *base)
{
	for (size_t i = 0; i < desc->n; i++) {
		const struct wire_field *f = &desc->fields[i];
		if (f->presence == WIRE_OPT && !*(const bool *)(base + wire_has_offset(f)))
			continue;
		json_out_key(&e->out, f->name);
		const char *p = base + f->offset;
		int r = f->list ? encode_list(e, f, (const struct wire_list *)p)
				: encode_one(e, f, p);
		if (r < 0)
			return r;
	}
	return 0;
}

static int encode(const char *type, const struct wire_object *desc, const void *value,
		  struct strbuf *ret, struct err *err)
{
	struct encoding e = { .err = err };
	json_out_init(&e.out, ret);
	json_out_object_begin(&e.out);
	if (type) {
		json_out_key(&e.out, "type");
		json_out_string(&e.out, type);
	}
	int r = encode_fields(&e, desc, value);
	json_out_object_end(&e.out);
	if (r == 0 && !strbuf_ok(ret))
		r = err_set(err, -ENOMEM, "no memory to encode '%s'", desc->name);
	return r;
}

int wire_encode(const struct wire_object *desc, const void *value, struct strbuf *ret,
		struct err *err)
{
	return encode(NULL, desc, value, ret, err);
}

int wire_encode_payload(const char *type, const struct wire_object *desc, const void *value,
			struct strbuf *ret, struct err *err)
{
	return encode(type, desc, value, ret, err);
}

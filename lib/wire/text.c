#include "wire/text.h"

#include "wire/value.h"

#include <math.h>
#include <string.h>

#define WHOLE_MAX 9007199254740992.0 /* 2^53 */

static bool is_whole(double v)
{
	return v == trunc(v) && fabs(v) <= WHOLE_MAX;
}

void wire_text_number(struct strbuf *ret, double v)
{
	char text[JSON_DOUBLE_SIZE];
	if (is_whole(v)) {
		(void)strbuf_addf(ret, "%.0f", v);
		return;
	}
	size_t n = json_format_double(text, v);
	(void)strbuf_add(ret, text, n);
}

void wire_out_number(struct json_out *o, double v)
{
	if (is_whole(v))
		json_out_int(o, (int64_t)v);
	else
		json_out_number(o, v);
}

void wire_out_default(struct json_out *o, const struct wire_field *f)
{
	const char *def = f->def;
	size_t n = strlen(def);
	if (f->list || f->kind == WIRE_OBJ) {
		json_out_raw(o, def, n);
	} else if (f->kind == WIRE_BOOL) {
		json_out_bool(o, def[0] == 't' || def[0] == '1');
	} else if (f->kind == WIRE_INT || f->kind == WIRE_NUM) {
		double v = 0;
		(void)str_to_double(def, &v); /* a test reads every default */
		wire_out_number(o, v);
	} else if (def[0] == '"') {
		json_out_stringn(o, def + 1, n - 2);
	} else {
		json_out_string(o, def);
	}
}

void wire_text_type(const struct wire_field *f, struct strbuf *ret)
{
	const char *name = f->kind == WIRE_ENUM    ? f->en->name
			   : f->kind == WIRE_OBJ   ? f->obj->name
			   : f->kind == WIRE_UNION ? f->un->name
						   : wire_kind_name(f->kind);
	(void)strbuf_addf(ret, "%s%s", f->list ? "list of " : "", name);
}

static void text_span(struct strbuf *ret, double lo, double hi, const char *what)
{
	if (lo == hi) {
		wire_text_number(ret, lo);
	} else if (lo == 0 && *what) {
		(void)strbuf_adds(ret, "up to ");
		wire_text_number(ret, hi);
	} else {
		wire_text_number(ret, lo);
		(void)strbuf_adds(ret, " to ");
		wire_text_number(ret, hi);
	}
	(void)strbuf_adds(ret, what);
}

void wire_text_range(const struct wire_field *f, struct strbuf *ret)
{
	if (f->bound == WIRE_RANGE)
		text_span(ret, f->lo, f->hi, "");
	else if (f->bound == WIRE_LEN)
		text_span(ret, f->lo, f->hi, f->list ? " items" : " bytes");
}

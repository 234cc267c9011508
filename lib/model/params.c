#include "model/params.h"

#include "base/str.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define FIELD_SIZE 64

static int64_t count_choices(const struct model_param *p)
{
	int64_t n = 0;
	while (p->choices[n])
		n++;
	return n;
}

/* Of a number, a flag or a choice. */
static void put(const struct model_param *p, void *ret, double v)
{
	char *at = (char *)ret + p->offset;
	if (p->kind == MODEL_PARAM_INT || p->kind == MODEL_PARAM_CHOICE)
		*(int64_t *)(void *)at = (int64_t)v;
	else if (p->kind == MODEL_PARAM_NUM)
		*(double *)(void *)at = v;
	else
		*(bool *)(void *)at = v != 0;
}

static double get(const struct model_param *p, const void *params)
{
	const char *at = (const char *)params + p->offset;
	if (p->kind == MODEL_PARAM_INT || p->kind == MODEL_PARAM_CHOICE)
		return (double)*(const int64_t *)(const void *)at;
	if (p->kind == MODEL_PARAM_NUM)
		return *(const double *)(const void *)at;
	return *(const bool *)(const void *)at ? 1 : 0;
}

static const char *get_text(const struct model_param *p, const void *params)
{
	return (const char *)params + p->offset;
}

static void put_default(const struct model_param *p, void *ret)
{
	if (p->kind == MODEL_PARAM_TEXT)
		(void)str_copy((char *)ret + p->offset, p->size, p->text ? p->text : "");
	else
		put(p, ret, p->fallback);
}

/* "whole numbers from 1 to 256 bars", "true and false", "up, down, random" */
static void range_text(const struct model_param *p, struct strbuf *b)
{
	if (p->kind == MODEL_PARAM_FLAG) {
		(void)strbuf_adds(b, "true and false");
	} else if (p->kind == MODEL_PARAM_TEXT) {
		(void)strbuf_addf(b, "texts of at most %zu bytes", p->size - 1);
	} else if (p->kind == MODEL_PARAM_CHOICE) {
		for (size_t i = 0; p->choices[i]; i++)
			(void)strbuf_addf(b, "%s%s", i ? ", " : "", p->choices[i]);
	} else {
		(void)strbuf_addf(b, "%s%g to %g%s%s", p->kind == MODEL_PARAM_INT ? "whole numbers from " : "", p->lo, p->hi,
				  p->unit[0] ? " " : "", p->unit);
	}
}

static int refuse(const struct model_param *p, const char *value, struct err *err)
{
	AUTO_STRBUF range = STRBUF_INIT;
	char field[FIELD_SIZE];
	(void)snprintf(field, sizeof(field), "params.%s", p->name);
	range_text(p, &range);
	int r = err_field(err, -EINVAL, field, "%s is %.40s; allowed are %s", p->name, value ? value : "?",
			  strbuf_ok(&range) ? range.s : "others");
	return err_hint(err, r, "%s: %s", p->name, p->doc);
}

static int refuse_json(const struct model_param *p, const json_t *value, struct err *err)
{
	AUTO_MEM char *text = json_text(value, JSON_OUT_COMPACT);
	return refuse(p, text, err);
}

static int read_choice(const struct model_param *p, const json_t *value, void *ret, struct err *err)
{
	const char *name = json_string_value(value);
	int64_t n = count_choices(p);
	for (int64_t i = 0; name && i < n; i++) {
		if (str_eq(p->choices[i], name)) {
			put(p, ret, (double)i);
			return 0;
		}
	}
	int r = refuse_json(p, value, err);
	const char *near = name ? str_nearest(name, p->choices, (size_t)n) : NULL;
	return near ? err_hint(err, r, "did you mean '%s'?", near) : r;
}

static int read_text(const struct model_param *p, const json_t *value, void *ret, struct err *err)
{
	if (!json_is_string(value) || json_string_length(value) >= p->size ||
	    strlen(json_string_value(value)) != json_string_length(value))
		return refuse_json(p, value, err);
	(void)str_copy((char *)ret + p->offset, p->size, json_string_value(value));
	return 0;
}

static int read_number(const struct model_param *p, const json_t *value, void *ret, struct err *err)
{
	if (!json_is_number(value))
		return refuse_json(p, value, err);
	double v = json_number_value(value);
	if (!(v >= p->lo && v <= p->hi) || (p->kind == MODEL_PARAM_INT && v != floor(v)))
		return refuse_json(p, value, err);
	put(p, ret, v);
	return 0;
}

static int read_one(const struct model_param *p, const json_t *value, void *ret, struct err *err)
{
	switch (p->kind) {
	case MODEL_PARAM_FLAG:
		if (!json_is_boolean(value))
			return refuse_json(p, value, err);
		put(p, ret, json_is_true(value));
		return 0;
	case MODEL_PARAM_CHOICE: return read_choice(p, value, ret, err);
	case MODEL_PARAM_TEXT: return read_text(p, value, ret, err);
	default: return read_number(p, value, ret, err);
	}
}

static int unknown(const struct model_table *table, const char *key, struct err *err)
{
	const char *names[MODEL_PARAMS_MAX];
	char field[FIELD_SIZE];
	size_t n = table->n < MODEL_PARAMS_MAX ? table->n : MODEL_PARAMS_MAX;
	for (size_t i = 0; i < n; i++)
		names[i] = table->rows[i].name;
	const char *near = str_nearest(key, names, n);
	(void)snprintf(field, sizeof(field), "params.%s", key);
	int r = err_field(err, -EINVAL, field, "there is no parameter '%.60s'", key);
	return near ? err_hint(err, r, "did you mean '%s'?", near) : r;
}

int model_params_read(const struct model_table *table, const json_t *params, void *ret, struct err *err)
{
	for (size_t i = 0; i < table->n; i++)
		put_default(&table->rows[i], ret);
	if (!params || json_is_null(params))
		return 0;
	if (!json_is_object(params))
		return err_field(err, -EINVAL, "params", "the parameters must be an object");

	const char *key;
	json_t *value;
	json_object_foreach((json_t *)params, key, value) {
		size_t i = 0;
		while (i < table->n && strcmp(table->rows[i].name, key) != 0)
			i++;
		int code = i < table->n ? read_one(&table->rows[i], value, ret, err) : unknown(table, key, err);
		if (code < 0)
			return code;
	}
	return 0;
}

static int check_one(const struct model_param *p, const void *params, struct err *err)
{
	char text[48];
	if (p->kind == MODEL_PARAM_TEXT)
		return memchr(get_text(p, params), '\0', p->size) ? 0 : refuse(p, "too long", err);
	double v = get(p, params);
	double lo = p->kind == MODEL_PARAM_CHOICE ? 0 : p->lo;
	double hi = p->kind == MODEL_PARAM_CHOICE ? (double)count_choices(p) - 1 : p->hi;
	if (v >= lo && v <= hi)
		return 0;
	(void)snprintf(text, sizeof(text), "%g", v);
	return refuse(p, text, err);
}

int model_params_check(const struct model_table *table, const void *params, struct err *err)
{
	int code = 0;
	for (size_t i = 0; code == 0 && i < table->n; i++)
		code = check_one(&table->rows[i], params, err);
	return code;
}

static json_t *value_json(const struct model_param *p, double v, const char *text)
{
	switch (p->kind) {
	case MODEL_PARAM_INT: return json_integer((json_int_t)v);
	case MODEL_PARAM_FLAG: return json_boolean(v != 0);
	case MODEL_PARAM_CHOICE: return json_string(p->choices[(size_t)v]);
	case MODEL_PARAM_TEXT: return json_string(text);
	default: return json_real(v);
	}
}

json_t *model_params_write(const struct model_table *table, const void *params)
{
	AUTO_JSON json_t *o = json_object();
	for (size_t i = 0; o && i < table->n; i++) {
		const struct model_param *p = &table->rows[i];
		bool text = p->kind == MODEL_PARAM_TEXT;
		json_t *v = value_json(p, text ? 0 : get(p, params), text ? get_text(p, params) : NULL);
		if (json_object_set_new(o, p->name, v) < 0)
			return NULL;
	}
	return TAKE(o);
}

static json_t *names_json(const struct model_param *p)
{
	AUTO_JSON json_t *names = json_array();
	for (size_t i = 0; names && p->choices[i]; i++) {
		if (json_array_append_new(names, json_string(p->choices[i])) < 0)
			return NULL;
	}
	return TAKE(names);
}

/* What the kind adds to a property besides its type, default and description. */
static int add_limits(const struct model_param *p, json_t *o)
{
	switch (p->kind) {
	case MODEL_PARAM_FLAG: return 0;
	case MODEL_PARAM_CHOICE: return json_object_set_new(o, "enum", names_json(p));
	case MODEL_PARAM_TEXT: return json_object_set_new(o, "maxLength", json_integer((json_int_t)p->size - 1));
	default: break;
	}
	if (json_object_set_new(o, "minimum", value_json(p, p->lo, NULL)) < 0 ||
	    json_object_set_new(o, "maximum", value_json(p, p->hi, NULL)) < 0)
		return -1;
	return p->unit[0] ? json_object_set_new(o, "unit", json_string(p->unit)) : 0;
}

static json_t *property(const struct model_param *p)
{
	static const char *const types[] = { [MODEL_PARAM_INT] = "integer", [MODEL_PARAM_NUM] = "number",
					     [MODEL_PARAM_FLAG] = "boolean", [MODEL_PARAM_CHOICE] = "string",
					     [MODEL_PARAM_TEXT] = "string" };
	AUTO_JSON json_t *o = json_pack("{s:s, s:s}", "type", types[p->kind], "description", p->doc);
	if (!o || add_limits(p, o) < 0 ||
	    json_object_set_new(o, "default", value_json(p, p->fallback, p->text ? p->text : "")) < 0)
		return NULL;
	return TAKE(o);
}

json_t *model_params_schema(const struct model_table *table)
{
	AUTO_JSON json_t *properties = json_object();
	for (size_t i = 0; properties && i < table->n; i++) {
		if (json_object_set_new(properties, table->rows[i].name, property(&table->rows[i])) < 0)
			return NULL;
	}
	if (!properties)
		return NULL;
	return json_pack("{s:s, s:O, s:b}", "type", "object", "properties", properties, "additionalProperties", 0);
}

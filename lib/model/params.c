#include "model/params.h"

#include "base/mem.h"
#include "base/str.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define MAX_PARAMS 32

static void put(const struct model_param *p, void *ret, double v)
{
	char *at = (char *)ret + p->offset;
	if (p->kind == MODEL_PARAM_INT)
		*(int64_t *)(void *)at = (int64_t)v;
	else if (p->kind == MODEL_PARAM_NUM)
		*(double *)(void *)at = v;
	else
		*(bool *)(void *)at = v != 0;
}

/* "1 to 256 bars", "0 to 1" */
static void range_text(const struct model_param *p, char *ret, size_t size)
{
	if (p->kind == MODEL_PARAM_FLAG)
		(void)snprintf(ret, size, "true and false");
	else
		(void)snprintf(ret, size, "%s%g to %g%s%s", p->kind == MODEL_PARAM_INT ? "whole numbers from " : "", p->lo,
			       p->hi, p->unit[0] ? " " : "", p->unit);
}

static int refuse(const struct model_param *p, const json_t *value, struct err *err)
{
	char field[48], range[96];
	(void)snprintf(field, sizeof(field), "params.%s", p->name);
	range_text(p, range, sizeof(range));
	AUTO_MEM char *text = json_text(value, JSON_OUT_COMPACT);
	int r = err_field(err, -EINVAL, field, "%s is %.40s; allowed are %s", p->name, text ? text : "?", range);
	return err_hint(err, r, "%s: %s", p->name, p->doc);
}

static int read_one(const struct model_param *p, const json_t *value, void *ret, struct err *err)
{
	if (p->kind == MODEL_PARAM_FLAG) {
		if (!json_is_boolean(value))
			return refuse(p, value, err);
		put(p, ret, json_is_true(value));
		return 0;
	}
	if (!json_is_number(value))
		return refuse(p, value, err);
	double v = json_number_value(value);
	if (!(v >= p->lo && v <= p->hi) || (p->kind == MODEL_PARAM_INT && v != floor(v)))
		return refuse(p, value, err);
	put(p, ret, v);
	return 0;
}

static int unknown(const struct model_param *table, size_t n, const char *key, struct err *err)
{
	const char *names[MAX_PARAMS];
	char field[48];
	for (size_t i = 0; i < n && i < MAX_PARAMS; i++)
		names[i] = table[i].name;
	const char *near = str_nearest(key, names, n < MAX_PARAMS ? n : MAX_PARAMS);
	(void)snprintf(field, sizeof(field), "params.%s", key);
	int r = err_field(err, -EINVAL, field, "there is no parameter '%.60s'", key);
	return near ? err_hint(err, r, "did you mean '%s'?", near) : r;
}

int model_params_read(const struct model_param *table, size_t n, const json_t *params, void *ret, struct err *err)
{
	for (size_t i = 0; i < n; i++)
		put(&table[i], ret, table[i].fallback);
	if (!params || json_is_null(params))
		return 0;
	if (!json_is_object(params))
		return err_field(err, -EINVAL, "params", "the parameters must be an object");

	const char *key;
	json_t *value;
	json_object_foreach((json_t *)params, key, value) {
		size_t i = 0;
		while (i < n && strcmp(table[i].name, key) != 0)
			i++;
		int code = i < n ? read_one(&table[i], value, ret, err) : unknown(table, n, key, err);
		if (code < 0)
			return code;
	}
	return 0;
}

static json_t *property(const struct model_param *p)
{
	if (p->kind == MODEL_PARAM_FLAG)
		return json_pack("{s:s, s:b, s:s}", "type", "boolean", "default", p->fallback != 0, "description", p->doc);
	AUTO_JSON json_t *o = json_pack("{s:s, s:s}", "type", p->kind == MODEL_PARAM_INT ? "integer" : "number", "description",
					p->doc);
	const struct {
		const char *key;
		double v;
	} numbers[] = { { "minimum", p->lo }, { "maximum", p->hi }, { "default", p->fallback } };
	for (size_t i = 0; o && i < COUNT_OF(numbers); i++) {
		double v = numbers[i].v;
		json_t *number = p->kind == MODEL_PARAM_INT ? json_integer((json_int_t)v) : json_real(v);
		if (json_object_set_new(o, numbers[i].key, number) < 0)
			return NULL;
	}
	if (o && p->unit[0] && json_object_set_new(o, "unit", json_string(p->unit)) < 0)
		return NULL;
	return TAKE(o);
}

json_t *model_params_schema(const struct model_param *table, size_t n)
{
	AUTO_JSON json_t *properties = json_object();
	for (size_t i = 0; properties && i < n; i++) {
		if (json_object_set_new(properties, table[i].name, property(&table[i])) < 0)
			return NULL;
	}
	if (!properties)
		return NULL;
	return json_pack("{s:s, s:O, s:b}", "type", "object", "properties", properties, "additionalProperties", 0);
}

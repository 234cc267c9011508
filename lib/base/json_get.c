#include "base/json.h"

static const char *type_name(const json_t *j)
{
	static const char *const names[] = {
		[JSON_OBJECT] = "an object", [JSON_ARRAY] = "a list",    [JSON_STRING] = "a string",
		[JSON_INTEGER] = "an integer", [JSON_REAL] = "a number", [JSON_TRUE] = "true",
		[JSON_FALSE] = "false",      [JSON_NULL] = "null",
	};
	return j ? names[json_typeof(j)] : "nothing";
}

static json_t *find(const json_t *obj, const char *key, struct err *err)
{
	json_t *j = json_object_get(obj, key);
	if (!j)
		(void)err_field(err, -ENOENT, key, "'%s' is missing", key); /* the caller returns the code */
	return j;
}

static int wrong(const json_t *j, const char *key, const char *expected, struct err *err)
{
	return err_field(err, -EINVAL, key, "'%s' must be %s, not %s", key, expected, type_name(j));
}

int json_get_string(const json_t *obj, const char *key, const char **ret, struct err *err)
{
	const json_t *j = find(obj, key, err);
	if (!j)
		return -ENOENT;
	if (!json_is_string(j))
		return wrong(j, key, "a string", err);
	*ret = json_string_value(j);
	return 0;
}

int json_get_int(const json_t *obj, const char *key, int64_t *ret, struct err *err)
{
	const json_t *j = find(obj, key, err);
	if (!j)
		return -ENOENT;
	if (!json_is_integer(j))
		return wrong(j, key, "an integer", err);
	*ret = json_integer_value(j);
	return 0;
}

int json_get_number(const json_t *obj, const char *key, double *ret, struct err *err)
{
	const json_t *j = find(obj, key, err);
	if (!j)
		return -ENOENT;
	if (!json_is_number(j))
		return wrong(j, key, "a number", err);
	*ret = json_number_value(j);
	return 0;
}

int json_get_object(const json_t *obj, const char *key, json_t **ret, struct err *err)
{
	json_t *j = find(obj, key, err);
	if (!j)
		return -ENOENT;
	if (!json_is_object(j))
		return wrong(j, key, "an object", err);
	*ret = j;
	return 0;
}

int json_get_array(const json_t *obj, const char *key, json_t **ret, struct err *err)
{
	json_t *j = find(obj, key, err);
	if (!j)
		return -ENOENT;
	if (!json_is_array(j))
		return wrong(j, key, "a list", err);
	*ret = j;
	return 0;
}

static bool absent(const json_t *obj, const char *key)
{
	const json_t *j = json_object_get(obj, key);
	return !j || json_is_null(j);
}

int json_get_string_or(const json_t *obj, const char *key, const char *other, const char **ret, struct err *err)
{
	if (!absent(obj, key))
		return json_get_string(obj, key, ret, err);
	*ret = other;
	return 0;
}

int json_get_int_or(const json_t *obj, const char *key, int64_t other, int64_t *ret, struct err *err)
{
	if (!absent(obj, key))
		return json_get_int(obj, key, ret, err);
	*ret = other;
	return 0;
}

int json_get_number_or(const json_t *obj, const char *key, double other, double *ret, struct err *err)
{
	if (!absent(obj, key))
		return json_get_number(obj, key, ret, err);
	*ret = other;
	return 0;
}

#include "wire/cli.h"

#include "base/mem.h"
#include "wire/codec.h"

#include <string.h>

#define FLAG_SIZE 80

/* "--position-beats" from "position_beats" */
static void flag_of(const char *field, char ret[FLAG_SIZE])
{
	(void)snprintf(ret, FLAG_SIZE, "--%s", field);
	for (char *s = ret + 2; *s; s++)
		if (*s == '_')
			*s = '-';
}

/* The field of "position-beats" (n bytes), NULL when there is none. */
static const struct wire_field *field_of(const struct wire_object *desc, const char *name, size_t n)
{
	for (size_t i = 0; i < desc->n; i++) {
		const char *f = desc->fields[i].name;
		size_t k = 0;
		while (k < n && f[k] && (f[k] == name[k] || (f[k] == '_' && name[k] == '-')))
			k++;
		if (k == n && !f[k])
			return &desc->fields[i];
	}
	return NULL;
}

/* The first flag in which "--beat" is the beginning of a part: "--position-beats"; NULL when there is none. */
static const char *name_with_part(const char *word, const char *const *names, size_t n)
{
	if (strlen(word) < 5)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (strstr(names[i], word) == names[i] || strstr(names[i], word + 1))
			return names[i];
	return NULL;
}

static int fail_unknown(const struct wire_message *m, const char *arg, struct err *err)
{
	const struct wire_object *desc = m->request;
	char flags[64][FLAG_SIZE], word[FLAG_SIZE];
	const char *names[64];
	size_t n = desc->n < COUNT_OF(names) - 1 ? desc->n : COUNT_OF(names) - 1;
	for (size_t i = 0; i < n; i++) {
		flag_of(desc->fields[i].name, flags[i]);
		names[i] = flags[i];
	}
	names[n++] = "--json";
	(void)str_copy(word, sizeof(word), arg); /* a longer one is unknown all the same */
	char *equals = strchr(word, '=');
	if (equals)
		*equals = '\0';
	const char *nearest = name_with_part(word, names, n);
	nearest = nearest ? nearest : str_nearest(word, names, n);
	int r = err_field(err, -EINVAL, word, "%s has no flag %s%s%s", m->name, word,
			  nearest ? "; did you mean " : "", nearest ? nearest : "");
	return err_hint(err, r, "holler call %s --help lists its flags", m->name);
}

static int parse_json(const struct wire_field *f, const char *text, json_t **ret, struct err *err)
{
	struct err why = ERR_INIT;
	int r = json_parse(text, strlen(text), ret, &why);
	if (r == -ENOMEM && err)
		*err = why;
	if (r == 0 || r == -ENOMEM)
		return r;
	r = err_field(err, -EINVAL, f->name, "'%s' must be JSON: %s", f->name, err_msg(&why));
	return err_hint(err, r, "such as %s", f->example);
}

static int parse_bool(const struct wire_field *f, const char *text, json_t **ret, struct err *err)
{
	static const char *const yes[] = { "true", "yes", "on", "1" }, *const no[] = { "false",
										       "no", "off",
										       "0" };
	for (size_t i = 0; i < COUNT_OF(yes); i++) {
		if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0) {
			*ret = json_boolean(strcmp(text, yes[i]) == 0);
			return 0;
		}
	}
	return err_field(err, -EINVAL, f->name, "'%s' must be true or false, not '%s'", f->name,
			 text);
}

/* The JSON of one value; the codec checks the rest. */
static int parse_value(const struct wire_field *f, const char *text, json_t **ret, struct err *err)
{
	int64_t i;
	double d;
	switch (f->kind) {
	case WIRE_BOOL:
		return parse_bool(f, text, ret, err);
	case WIRE_INT:
		if (str_to_int(text, &i) < 0)
			return err_field(err, -EINVAL, f->name, "'%s' must be an integer, not '%s'",
					 f->name, text);
		*ret = json_integer(i);
		break;
	case WIRE_NUM:
		if (str_to_double(text, &d) < 0)
			return err_field(err, -EINVAL, f->name, "'%s' must be a number, not '%s'",
					 f->name, text);
		*ret = json_real(d);
		break;
	case WIRE_JSON:
	case WIRE_OBJ:
	case WIRE_UNION:
		return parse_json(f, text, ret, err);
	default:
		if (!str_utf8_valid(text, strlen(text)))
			return err_field(err, -EINVAL, f->name, "'%s' must be UTF-8", f->name);
		*ret = json_string(text);
		break;
	}
	return *ret ? 0 : err_set(err, -ENOMEM, "no memory for '%s'", f->name);
}

/* Adds one occurrence of a flag to the payload; `given` holds the lists that flags have begun. */
static int add_value(json_t *payload, json_t *given, const struct wire_field *f, const char *text,
		     struct err *err)
{
	json_t *v = NULL;
	if (f->list && text[0] == '[') {
		int r = parse_json(f, text, &v, err);
		if (r < 0)
			return r;
		return json_object_set_new(payload, f->name, v) < 0
			       ? err_set(err, -ENOMEM, "no memory")
			       : 0;
	}
	int r = parse_value(f, text, &v, err);
	if (r < 0)
		return r;
	if (!f->list) {
		if (json_object_get(given, f->name)) {
			json_decref(v);
			return err_field(err, -EINVAL, f->name, "'%s' is given twice", f->name);
		}
		r = json_object_set_new(payload, f->name, v);
	} else {
		/* The first flag replaces what --json said, the next ones append. Appending drops v, also to no list. */
		if (!json_object_get(given, f->name))
			r = json_object_set_new(payload, f->name, json_array());
		if (json_array_append_new(r < 0 ? NULL : json_object_get(payload, f->name), v) < 0)
			r = -ENOMEM;
	}
	if (r < 0 || json_object_set_new(given, f->name, json_true()) < 0)
		return err_set(err, -ENOMEM, "no memory for '%s'", f->name);
	return 0;
}

static int take_json(const struct wire_message *m, const char *text, json_t *payload,
		     struct err *err)
{
	AUTO_JSON json_t *j = NULL;
	struct err why = ERR_INIT;
	int r = json_parse(text, strlen(text), &j, &why);
	if (r < 0)
		return err_set(err, r == -ENOMEM ? r : -EINVAL, "--json: %s", err_msg(&why));
	if (!json_is_object(j))
		return err_field(err, -EINVAL, "json", "--json must be an object");
	const char *type = json_string_value(json_object_get(j, "type"));
	if (type && strcmp(type, m->name) != 0)
		return err_field(err, -EINVAL, "type", "--json is a '%s', not a '%s'", type,
				 m->name);
	return json_object_update(payload, j) < 0 ? err_set(err, -ENOMEM, "no memory") : 0;
}

/* One flag at argv[*at]; advances past it and its value. `only_json`: the first pass, which lays the ground. */
static int take_flag(const struct wire_message *m, int argc, char *const *argv, int *at,
		     bool only_json, json_t *payload, json_t *given, struct err *err)
{
	const char *arg = argv[*at], *value = NULL;
	if (strncmp(arg, "--", 2) != 0 || !arg[2]) {
		int r = err_field(err, -EINVAL, arg, "unexpected '%s': %s takes flags only", arg,
				  m->name);
		return err_hint(err, r, "holler call %s --help lists its flags", m->name);
	}
	const char *name = arg + 2, *equals = strchr(name, '=');
	size_t n = equals ? (size_t)(equals - name) : strlen(name);
	bool is_json = n == 4 && memcmp(name, "json", 4) == 0;
	const struct wire_field *f = is_json ? NULL : field_of(m->request, name, n);
	bool negated = false;
	if (!f && !is_json && n > 3 && memcmp(name, "no-", 3) == 0) {
		f = field_of(m->request, name + 3, n - 3);
		negated = f && f->kind == WIRE_BOOL && !f->list && !equals;
		if (!negated)
			f = NULL;
	}
	if (!f && !is_json)
		return fail_unknown(m, arg, err);

	(*at)++;
	if (equals)
		value = equals + 1;
	else if (negated)
		value = "false";
	else if (f && f->kind == WIRE_BOOL && !f->list && (*at >= argc || strncmp(argv[*at], "--", 2) == 0))
		value = "true";
	else if (*at < argc && (strncmp(argv[*at], "--", 2) != 0 || !argv[*at][2]))
		value = argv[(*at)++];
	else
		return err_field(err, -EINVAL, f ? f->name : "json", "%s needs a value", arg);
	if (is_json != only_json)
		return 0;
	return is_json ? take_json(m, value, payload, err)
		       : add_value(payload, given, f, value, err);
}

static int check_payload(const struct wire_message *m, const json_t *payload, struct err *err)
{
	AUTO_ARENA arena = WIRE_ARENA_INIT;
	void *value = wire_arena_alloc(&arena, m->request->size);
	if (!value)
		return err_set(err, -ENOMEM, "no memory");
	return wire_decode(m->request, payload, WIRE_STRICT, &arena, value, err);
}

int wire_cli_parse(const struct wire_message *m, int argc, char *const *argv, json_t **ret,
		   struct err *err)
{
	AUTO_JSON json_t *payload = json_object();
	AUTO_JSON json_t *given = json_object();
	if (!payload || !given || json_object_set_new(payload, "type", json_string(m->name)) < 0)
		return err_set(err, -ENOMEM, "no memory");
	for (int pass = 0; pass < 2; pass++) {
		for (int at = 0; at < argc;) {
			int r = take_flag(m, argc, argv, &at, pass == 0, payload, given, err);
			if (r < 0)
				return r;
		}
	}
	int r = check_payload(m, payload, err);
	if (r < 0)
		return r;
	*ret = TAKE(payload);
	return 0;
}

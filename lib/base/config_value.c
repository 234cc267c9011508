/*
 * config_value.c - one configuration value: from text or TOML, checked against its key.
 */
#include "base/config_priv.h"

#include "base/limits.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

int string_list_add(struct string_list *l, const char *s, size_t n)
{
	if (mem_grow(&l->items, &l->room, l->n + 1, sizeof(*l->items)) < 0)
		return -ENOMEM;
	char *copy = strndup(s, n);
	if (!copy)
		return -ENOMEM;
	l->items[l->n++] = copy;
	return 0;
}

void string_list_done(struct string_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->items[i]);
	free(l->items);
	*l = (struct string_list){ NULL, 0, 0 };
}

void config_value_done(struct config_value *v)
{
	free(v->text);
	free(v->origin);
	string_list_done(&v->list);
	*v = (struct config_value){ .text = NULL };
}

/* The value being made for a key, and where it came from. */
struct maker {
	const struct config *c;
	const struct config_key *key;
	const char *origin;
	struct config_value v;
	struct err *err;
};

static int refuse(const struct maker *m, const char *expected, const char *found)
{
	if (m->key->secret)
		return err_field(m->err, -EINVAL, m->key->name, "%s: '%s' must be %s", m->origin, m->key->name,
				 expected);
	return err_field(m->err, -EINVAL, m->key->name, "%s: '%s' must be %s, not '%.60s'", m->origin, m->key->name,
			 expected, found);
}

static int no_memory(const struct maker *m)
{
	return err_field(m->err, -ENOMEM, m->key->name, "no memory for the configuration");
}

static int set_text(struct maker *m, const char *text)
{
	free(m->v.text);
	m->v.text = strdup(text);
	return m->v.text ? 0 : no_memory(m);
}

static int check_range(const struct maker *m, double v, const char *text)
{
	double min = m->key->min, max = m->key->max;
	if (m->key->type == CONFIG_PORT) {
		min = 0;
		max = 65535;
	}
	if ((min == 0 && max == 0) || (v >= min && v <= max))
		return 0;
	char expected[80];
	(void)snprintf(expected, sizeof(expected), "%s from %.10g to %.10g",
		       m->key->type == CONFIG_PORT ? "a port" : "a number", min, max);
	return refuse(m, expected, text);
}

static int make_int(struct maker *m, int64_t v)
{
	char text[32];
	(void)snprintf(text, sizeof(text), "%lld", (long long)v);
	m->v.integer = v;
	m->v.number = (double)v;
	int r = check_range(m, (double)v, text);
	return r < 0 ? r : set_text(m, text);
}

static int make_number(struct maker *m, double v)
{
	char text[32];
	(void)snprintf(text, sizeof(text), "%.15g", v);
	m->v.number = v;
	if (!isfinite(v))
		return refuse(m, "a finite number", text);
	int r = check_range(m, v, text);
	return r < 0 ? r : set_text(m, text);
}

static int make_bool(struct maker *m, bool v)
{
	m->v.boolean = v;
	return set_text(m, v ? "true" : "false");
}

static int make_choice(struct maker *m, const char *text)
{
	size_t n = strlen(text);
	for (const char *p = m->key->choices; p; p = strchr(p, '|') ? strchr(p, '|') + 1 : NULL)
		if (strcspn(p, "|") == n && memcmp(p, text, n) == 0)
			return set_text(m, text);
	char expected[120];
	(void)snprintf(expected, sizeof(expected), "one of %s", m->key->choices);
	return refuse(m, expected, text);
}

static int make_path(struct maker *m, const char *text)
{
	const char *home = config_getenv(m->c, "HOME");
	if (!str_starts(text, "~/") || !home)
		return set_text(m, text);
	free(m->v.text);
	m->v.text = str_printf("%s%s", home, text + 1);
	return m->v.text ? 0 : no_memory(m);
}

/* The items as "a,b" for showing. */
static int show_list(struct maker *m)
{
	AUTO_STRBUF b = STRBUF_INIT;
	for (size_t i = 0; i < m->v.list.n; i++)
		(void)strbuf_addf(&b, "%s%s", i ? "," : "", m->v.list.items[i]); /* strbuf_take tells */
	free(m->v.text);
	m->v.text = strbuf_take(&b);
	return m->v.text ? 0 : no_memory(m);
}

static int add_item(struct maker *m, const char *s, size_t n)
{
	if (m->v.list.n == LIMIT_CONFIG_LIST)
		return err_field(m->err, -EMSGSIZE, m->key->name, "%s: '%s' has more than %d items", m->origin,
				 m->key->name, LIMIT_CONFIG_LIST);
	return string_list_add(&m->v.list, s, n) < 0 ? no_memory(m) : 0;
}

static int make_list(struct maker *m, const char *text)
{
	for (;;) {
		text += strspn(text, " \t");
		size_t n = strcspn(text, ","), used = n;
		while (used > 0 && (text[used - 1] == ' ' || text[used - 1] == '\t'))
			used--;
		int r = used ? add_item(m, text, used) : 0;
		if (r < 0)
			return r;
		if (!text[n])
			return show_list(m);
		text += n + 1;
	}
}

static int bool_of(const char *text, bool *ret)
{
	static const char *const yes[] = { "true", "yes", "on", "1" }, *const no[] = { "false", "no", "off", "0" };
	for (size_t i = 0; i < COUNT_OF(yes); i++) {
		if (str_eq(text, yes[i]) || str_eq(text, no[i])) {
			*ret = str_eq(text, yes[i]);
			return 0;
		}
	}
	return -EINVAL;
}

static int make_from_text(struct maker *m, const char *text)
{
	int64_t i;
	double d;
	bool b;
	switch (m->key->type) {
	case CONFIG_INT:
	case CONFIG_PORT:
		return str_to_int(text, &i) < 0 ? refuse(m, "an integer", text) : make_int(m, i);
	case CONFIG_NUMBER:
		return str_to_double(text, &d) < 0 ? refuse(m, "a number", text) : make_number(m, d);
	case CONFIG_BOOL:
		return bool_of(text, &b) < 0 ? refuse(m, "true or false", text) : make_bool(m, b);
	case CONFIG_CHOICE:
		return make_choice(m, text);
	case CONFIG_LIST:
		return make_list(m, text);
	case CONFIG_PATH:
		return make_path(m, text);
	default:
		return set_text(m, text);
	}
}

static int make_list_from_toml(struct maker *m, const struct toml *t)
{
	for (size_t i = 0; i < t->v.array.n; i++) {
		const struct toml *item = t->v.array.items[i];
		if (item->kind != TOML_STRING)
			return refuse(m, "a list of strings", toml_kind_name(item->kind));
		int r = add_item(m, item->v.string.s, item->v.string.n);
		if (r < 0)
			return r;
	}
	return show_list(m);
}

static int make_from_string(struct maker *m, const struct toml *t)
{
	if (strlen(t->v.string.s) != t->v.string.n)
		return refuse(m, "text without NUL", t->v.string.s);
	if (m->key->type == CONFIG_CHOICE)
		return make_choice(m, t->v.string.s);
	return m->key->type == CONFIG_PATH ? make_path(m, t->v.string.s) : set_text(m, t->v.string.s);
}

static int make_from_toml(struct maker *m, const struct toml *t)
{
	static const struct {
		enum toml_kind kind;
		const char *expected;
	} wants[CONFIG_TYPE_COUNT] = {
		[CONFIG_STRING] = { TOML_STRING, "a string" },	 [CONFIG_PATH] = { TOML_STRING, "a path in quotes" },
		[CONFIG_INT] = { TOML_INTEGER, "an integer" },	 [CONFIG_NUMBER] = { TOML_FLOAT, "a number" },
		[CONFIG_BOOL] = { TOML_BOOL, "true or false" },	 [CONFIG_PORT] = { TOML_INTEGER, "a port number" },
		[CONFIG_CHOICE] = { TOML_STRING, "a string" },	 [CONFIG_LIST] = { TOML_ARRAY, "a list of strings" },
	};
	if (m->key->type == CONFIG_NUMBER && t->kind == TOML_INTEGER)
		return make_number(m, (double)t->v.integer);
	if (t->kind != wants[m->key->type].kind)
		return refuse(m, wants[m->key->type].expected, toml_kind_name(t->kind));
	switch (t->kind) {
	case TOML_INTEGER:
		return make_int(m, t->v.integer);
	case TOML_FLOAT:
		return make_number(m, t->v.real);
	case TOML_BOOL:
		return make_bool(m, t->v.boolean);
	case TOML_ARRAY:
		return make_list_from_toml(m, t);
	default:
		return make_from_string(m, t);
	}
}

/* Puts the new value into place when it was made well (r == 0), otherwise drops it. */
static int finish(struct maker *m, size_t i, int r)
{
	if (r == 0 && !(m->v.origin = strdup(m->origin)))
		r = no_memory(m);
	if (r < 0) {
		config_value_done(&m->v);
		return r;
	}
	m->v.set = true;
	config_value_done(&m->c->values[i]);
	m->c->values[i] = m->v;
	return 0;
}

int config_set_text(struct config *c, size_t i, const char *text, const char *origin, struct err *err)
{
	struct maker m = { c, &c->setup.keys[i], origin, { .text = NULL }, err };
	return finish(&m, i, make_from_text(&m, text));
}

int config_set_toml(struct config *c, size_t i, const struct toml *t, const char *origin, struct err *err)
{
	struct maker m = { c, &c->setup.keys[i], origin, { .text = NULL }, err };
	return finish(&m, i, make_from_toml(&m, t));
}

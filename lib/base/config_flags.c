/*
 * config_flags.c - command line flags of a configuration: names, reading, help.
 */
#include "base/config_priv.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

void config_flag_name(const struct config_key *k, char ret[CONFIG_NAME_SIZE])
{
	bool fits = str_copy(ret, CONFIG_NAME_SIZE, k->flag ? k->flag : k->name);
	assert(fits);
	(void)fits;
	for (char *p = ret; *p && !k->flag; p++)
		if (*p == '.' || *p == '_')
			*p = '-';
}

void config_env_name(const struct config_key *k, char ret[CONFIG_NAME_SIZE])
{
	int n = snprintf(ret, CONFIG_NAME_SIZE, "%s%s", k->env ? "" : "HOOT_", k->env ? k->env : k->name);
	assert(n < CONFIG_NAME_SIZE);
	(void)n;
	for (char *p = ret; *p && !k->env; p++)
		*p = *p == '.' || *p == '-' ? '_' : (char)toupper((unsigned char)*p);
}

enum builtin { BUILTIN_HELP, BUILTIN_VERSION, BUILTIN_SHOW, BUILTIN_EXPLAIN, BUILTIN_CONFIG, BUILTIN_COUNT };

static const struct {
	const char *name, *value, *doc;
} builtins[BUILTIN_COUNT] = {
	[BUILTIN_HELP] = { "help", NULL, "say all this" },
	[BUILTIN_VERSION] = { "version", NULL, "say which version this is" },
	[BUILTIN_SHOW] = { "show-config", NULL, "print every setting, as a file that --config can read" },
	[BUILTIN_EXPLAIN] = { "explain-config", NULL, "print every setting and where it came from" },
	[BUILTIN_CONFIG] = { "config", "FILE", "read this file instead of ./hootenanny.toml" },
};

/* The key of a flag; a bool's flag with "no-" before it gives *ret_no. n_keys when there is none. */
static size_t find_key(const struct config *c, const char *name, size_t n, bool *ret_no)
{
	*ret_no = false;
	for (size_t i = 0; i < c->setup.n_keys; i++) {
		char flag[CONFIG_NAME_SIZE];
		config_flag_name(&c->setup.keys[i], flag);
		size_t n_flag = strlen(flag);
		if (!n_flag)
			continue;
		if (n == n_flag && memcmp(name, flag, n) == 0)
			return i;
		if (c->setup.keys[i].type == CONFIG_BOOL && n == n_flag + 3 && memcmp(name, "no-", 3) == 0 &&
		    memcmp(name + 3, flag, n_flag) == 0) {
			*ret_no = true;
			return i;
		}
	}
	return c->setup.n_keys;
}

static int unknown_flag(const struct config *c, const char *name, size_t n, struct err *err)
{
	size_t n_names = c->setup.n_keys + BUILTIN_COUNT;
	char(*texts)[CONFIG_NAME_SIZE] AUTO_MEM = mem_new_array(n_names, sizeof(*texts));
	const char **names AUTO_MEM = mem_new_array(n_names, sizeof(*names));
	char word[CONFIG_NAME_SIZE];
	(void)snprintf(word, sizeof(word), "%.*s", n > 90 ? 90 : (int)n, name);
	if (!texts || !names)
		return err_set(err, -ENOMEM, "unknown flag '--%s'", word);
	for (size_t i = 0; i < n_names; i++) {
		if (i < c->setup.n_keys)
			config_flag_name(&c->setup.keys[i], texts[i]);
		names[i] = i < c->setup.n_keys ? texts[i] : builtins[i - c->setup.n_keys].name;
	}
	const char *near = str_nearest(word, names, n_names);
	int r = err_field(err, -EINVAL, word, "unknown flag '--%s'", word);
	return near && *near ? err_hint(err, r, "did you mean '--%s'?", near)
			     : err_hint(err, r, "--help lists them all");
}

static int add_flag(struct config *c, size_t key, const char *text, struct err *err)
{
	if (mem_grow(&c->flags, &c->flags_room, c->n_flags + 1, sizeof(*c->flags)) < 0)
		return err_set(err, -ENOMEM, "no memory for the flags");
	c->flags[c->n_flags++] = (struct config_flag){ key, text };
	return 0;
}

/* What an argument that begins with "--" says. */
struct flag {
	const char *name;
	size_t n;
	const char *value; /* after '='; NULL: none */
};

/* The value of a flag that needs one: after '=', or the next argument, which it then takes. */
static const char *take_value(const struct config *c, const struct flag *f, int *at)
{
	if (f->value)
		return f->value;
	return *at + 1 < c->setup.argc ? c->setup.argv[++*at] : NULL;
}

static int needs_value(const struct flag *f, struct err *err)
{
	return err_set(err, -EINVAL, "--%.*s needs a value", (int)f->n, f->name);
}

static int needs_no_value(const struct flag *f, struct err *err)
{
	return err_set(err, -EINVAL, "--%.*s takes no value", (int)f->n, f->name);
}

static int read_builtin(struct config *c, enum builtin b, const struct flag *f, int *at, struct err *err)
{
	static const enum config_action actions[] = {
		[BUILTIN_HELP] = CONFIG_HELP, [BUILTIN_VERSION] = CONFIG_VERSION, [BUILTIN_SHOW] = CONFIG_SHOW,
		[BUILTIN_EXPLAIN] = CONFIG_EXPLAIN,
	};
	if (b == BUILTIN_CONFIG) {
		c->config_file = take_value(c, f, at);
		return c->config_file ? 0 : needs_value(f, err);
	}
	if (f->value)
		return needs_no_value(f, err);
	if (c->action == CONFIG_RUN || actions[b] == CONFIG_HELP)
		c->action = actions[b];
	return 0;
}

static int read_flag(struct config *c, int *at, struct err *err)
{
	const char *arg = c->setup.argv[*at] + 2, *eq = strchr(arg, '=');
	struct flag f = { arg, eq ? (size_t)(eq - arg) : strlen(arg), eq ? eq + 1 : NULL };
	for (int b = 0; b < BUILTIN_COUNT; b++)
		if (strlen(builtins[b].name) == f.n && memcmp(builtins[b].name, f.name, f.n) == 0)
			return read_builtin(c, (enum builtin)b, &f, at, err);

	bool no;
	size_t key = find_key(c, f.name, f.n, &no);
	if (key == c->setup.n_keys)
		return unknown_flag(c, f.name, f.n, err);
	if (no && f.value)
		return needs_no_value(&f, err);
	if (c->setup.keys[key].type == CONFIG_BOOL)
		return add_flag(c, key, no ? "false" : f.value ? f.value : "true", err);
	const char *value = take_value(c, &f, at);
	return value ? add_flag(c, key, value, err) : needs_value(&f, err);
}

int config_read_flags(struct config *c, struct err *err)
{
	bool ended = false;
	for (int i = 1; i < c->setup.argc; i++) {
		const char *arg = c->setup.argv[i];
		int r = 0;
		if (ended || arg[0] != '-' || !arg[1]) {
			r = string_list_add(&c->args, arg, strlen(arg));
			if (r < 0)
				return err_set(err, r, "no memory for the arguments");
		} else if (str_eq(arg, "--")) {
			ended = true;
		} else if (str_eq(arg, "-h")) {
			c->action = CONFIG_HELP;
		} else if (arg[1] == '-') {
			r = read_flag(c, &i, err);
		} else {
			r = err_set(err, -EINVAL, "unknown flag '%.80s'", arg);
			(void)err_hint(err, r, "flags begin with two dashes; --help lists them all");
		}
		if (r < 0)
			return r;
	}
	return 0;
}

static const char *placeholder(const struct config_key *k)
{
	static const char *const names[CONFIG_TYPE_COUNT] = {
		[CONFIG_STRING] = " TEXT", [CONFIG_PATH] = " PATH", [CONFIG_INT] = " N",     [CONFIG_NUMBER] = " X",
		[CONFIG_BOOL] = "",	   [CONFIG_PORT] = " PORT", [CONFIG_CHOICE] = " ", [CONFIG_LIST] = " A,B",
	};
	return names[k->type];
}

#define HELP_COLUMN 34

static void help_line(struct strbuf *b, const char *left, const char *doc)
{
	/* Errors stick in the buffer; config_help tells. */
	if (strlen(left) + 2 > HELP_COLUMN)
		(void)strbuf_addf(b, "  %s\n%*s%s", left, HELP_COLUMN + 2, "", doc);
	else
		(void)strbuf_addf(b, "  %-*s%s", HELP_COLUMN, left, doc);
}

static void help_key(struct strbuf *b, const struct config_key *k)
{
	char flag[CONFIG_NAME_SIZE], env[CONFIG_NAME_SIZE], left[2 * CONFIG_NAME_SIZE];
	config_flag_name(k, flag);
	config_env_name(k, env);
	if (!flag[0])
		return;
	(void)snprintf(left, sizeof(left), "--%s%s%s%s", k->type == CONFIG_BOOL ? "[no-]" : "", flag, placeholder(k),
		       k->type == CONFIG_CHOICE ? k->choices : "");
	help_line(b, left, k->doc ? k->doc : "");
	(void)strbuf_addf(b, " [%s, %s]", k->name, env);
	if (k->min != 0 || k->max != 0)
		(void)strbuf_addf(b, " (%.10g to %.10g)", k->min, k->max);
	if (k->value && *k->value && !k->secret)
		(void)strbuf_addf(b, " (default: %s)", k->value);
	(void)strbuf_addc(b, '\n');
}

int config_help(const struct config_setup *setup, struct strbuf *b)
{
	(void)strbuf_addf(b, "Usage: %s %s\n", setup->program, setup->usage ? setup->usage : "[OPTIONS]");
	if (setup->about)
		(void)strbuf_addf(b, "\n%s\n", setup->about);
	(void)strbuf_adds(b, "\nOptions, with their configuration key and environment variable:\n");
	for (size_t i = 0; i < setup->n_keys; i++)
		help_key(b, &setup->keys[i]);
	for (int i = 0; i < BUILTIN_COUNT; i++) {
		char left[CONFIG_NAME_SIZE];
		(void)snprintf(left, sizeof(left), "--%s%s%s", builtins[i].name, builtins[i].value ? " " : "",
			       builtins[i].value ? builtins[i].value : "");
		help_line(b, left, builtins[i].doc);
		(void)strbuf_addc(b, '\n');
	}
	if (setup->examples && setup->examples[0])
		(void)strbuf_adds(b, "\nExamples:\n");
	for (size_t i = 0; setup->examples && setup->examples[i]; i++)
		(void)strbuf_addf(b, "  %s\n", setup->examples[i]);
	return strbuf_ok(b) ? 0 : -ENOMEM;
}

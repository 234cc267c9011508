#include "flags.h"

#include "base/str.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MAX_ROWS 32

static int see_help(const struct flags *f, int r, struct err *err)
{
	return err_hint(err, r, "holler%s%s --help", f->command[0] ? " " : "", f->command);
}

static int unknown(const struct flags *f, const char *name, struct err *err)
{
	const char *names[MAX_ROWS + 1] = { "--help" };
	size_t n = 1;
	for (size_t i = 0; i < f->n && n <= MAX_ROWS; i++)
		names[n++] = f->rows[i].name;
	const char *near = str_nearest(name, names, n);
	for (size_t i = 0; i < n && !near; i++)
		if (strlen(name) > 2 && str_starts(names[i], name))
			near = names[i];
	int r = err_field(err, -EINVAL, name, "there is no such option");
	return near ? err_hint(err, r, "did you mean %s?", near) : see_help(f, r, err);
}

static int word(struct flags *f, struct err *err)
{
	f->value = f->argv[f->at++];
	if (f->n_words++ < f->max_words)
		return FLAGS_WORD;
	return see_help(f, err_set(err, -EINVAL, "what is '%s'?", f->value), err);
}

static int take(struct flags *f, const struct flag *row, const char *equals, struct err *err)
{
	f->at++;
	f->value = equals ? equals + 1 : NULL;
	if (!row->value && equals)
		return err_field(err, -EINVAL, row->name, "takes no value");
	if (row->value && !equals) {
		if (f->at >= f->argc)
			return err_field(err, -EINVAL, row->name, "needs a value");
		f->value = f->argv[f->at++];
	}
	return row->key;
}

int flags_next(struct flags *f, struct err *err)
{
	if (f->at == 0)
		f->at = 1;
	if (f->at < f->argc && !f->no_more && strcmp(f->argv[f->at], "--") == 0) {
		f->no_more = true;
		f->at++;
	}
	if (f->at >= f->argc)
		return FLAGS_END;
	const char *arg = f->argv[f->at];
	if (f->no_more || arg[0] != '-' || arg[1] == '\0')
		return word(f, err);

	const char *equals = strchr(arg, '=');
	size_t n = equals ? (size_t)(equals - arg) : strlen(arg);
	for (size_t i = 0; i < f->n; i++)
		if (strncmp(f->rows[i].name, arg, n) == 0 && f->rows[i].name[n] == '\0')
			return take(f, &f->rows[i], equals, err);
	char name[48];
	(void)snprintf(name, sizeof(name), "%.*s", (int)(n < 47 ? n : 47), arg);
	return unknown(f, name, err);
}

static const char *last_name(const struct flags *f)
{
	const char *arg = f->argv[f->at - 1];
	return f->value == arg && f->at > 1 ? f->argv[f->at - 2] : arg;
}

static int bad_value(const struct flags *f, const char *what, struct err *err)
{
	char name[48];
	const char *arg = last_name(f);
	(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(arg, "="), arg);
	return err_field(err, -EINVAL, name, "'%s' is not %s", f->value, what);
}

int flags_int(const struct flags *f, int64_t lo, int64_t hi, int64_t *ret, struct err *err)
{
	char what[80];
	int64_t n;
	(void)snprintf(what, sizeof(what), "a whole number from %" PRId64 " to %" PRId64, lo, hi);
	if (str_to_int(f->value, &n) < 0 || n < lo || n > hi)
		return bad_value(f, what, err);
	*ret = n;
	return 0;
}

int flags_seconds(const struct flags *f, double *ret, struct err *err)
{
	double s;
	if (str_to_double(f->value, &s) < 0 || !(s > 0) || s > 1e6)
		return bad_value(f, "a number of seconds above 0", err);
	*ret = s;
	return 0;
}

int flags_choice(const struct flags *f, const char *choices, struct err *err)
{
	size_t n = strlen(f->value);
	char what[120];
	for (const char *p = choices; *p; p += strcspn(p, "|"), p += *p == '|')
		if (n && strncmp(p, f->value, n) == 0 && (p[n] == '|' || p[n] == '\0'))
			return 0;
	(void)snprintf(what, sizeof(what), "one of %s", choices);
	return bad_value(f, what, err);
}

int flags_words(const char *command, int argc, char **argv, size_t max_words, struct err *err)
{
	struct flags f = { command, NULL, 0, argc, argv, max_words };
	int key;
	while ((key = flags_next(&f, err)) > 0)
		;
	return key;
}

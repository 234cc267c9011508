#include "base/err.h"

#include <stdio.h>
#include <string.h>

static const struct error_row {
	int code;
	const char *name;
	bool retry;
	const char *hint;
} error_rows[] = {
#define ERROR(code, name, retry, hint) { -(code), name, retry, hint },
#include "base/errors.def"
#undef ERROR
};

#define N_ERROR_ROWS (sizeof(error_rows) / sizeof(error_rows[0]))

static const struct {
	int code, row;
} error_aliases[] = {
#define ERROR(code, name, retry, hint)
#define ALIAS(code, row) { -(code), -(row) },
#include "base/errors.def"
#undef ALIAS
#undef ERROR
};

static const struct error_row *row_of(int code)
{
	for (size_t i = 0; i < N_ERROR_ROWS; i++)
		if (error_rows[i].code == code)
			return &error_rows[i];
	return NULL;
}

/* Every code has a row: its own, that of its alias, or that of -EIO. */
static const struct error_row *error_row_find(int code)
{
	const struct error_row *row = row_of(code);
	for (size_t i = 0; !row && i < sizeof(error_aliases) / sizeof(error_aliases[0]); i++)
		if (error_aliases[i].code == code)
			row = row_of(error_aliases[i].row);
	return row ? row : row_of(-EIO);
}

static void err_begin(struct err *e, int code, const char *field)
{
	e->code = code;
	e->hint[0] = '\0';
	(void)snprintf(e->field, sizeof(e->field), "%s", field); /* cut when too long */
}

void err_within(struct err *e, const char *fmt, ...)
{
	char inner[sizeof(e->field)];
	if (!e)
		return;
	memcpy(inner, e->field, sizeof(inner));
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(e->field, sizeof(e->field), fmt, ap);
	va_end(ap);
	if (inner[0] && n >= 0 && (size_t)n < sizeof(e->field))
		(void)snprintf(e->field + n, sizeof(e->field) - (size_t)n, ".%s", inner); /* cut when too long */
}

int err_set(struct err *e, int code, const char *fmt, ...)
{
	if (!e)
		return code;
	va_list ap;
	va_start(ap, fmt);
	err_begin(e, code, "");
	(void)vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	return code;
}

int err_field(struct err *e, int code, const char *field, const char *fmt, ...)
{
	if (!e)
		return code;
	va_list ap;
	va_start(ap, fmt);
	err_begin(e, code, field);
	(void)vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	return code;
}

int err_wrap(struct err *e, int code, const char *fmt, ...)
{
	if (!e)
		return code;
	char context[sizeof(e->msg)], cause[sizeof(e->msg)];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(context, sizeof(context), fmt, ap);
	va_end(ap);
	(void)snprintf(cause, sizeof(cause), "%s", e->code ? e->msg : strerror(-code));
	size_t said = strlen(context);
	if (strncmp(cause, context, said) == 0 && cause[said] == ':') {
		e->code = code;
		return code; /* it says so itself */
	}
	/* Context first; a cause that no longer fits is cut, never the context. */
	size_t n = strnlen(context, sizeof(e->msg) - 3);
	memcpy(e->msg, context, n);
	(void)snprintf(e->msg + n, sizeof(e->msg) - n, ": %s", cause);
	e->code = code;
	return code;
}

int err_hint(struct err *e, int code, const char *fmt, ...)
{
	if (!e)
		return code;
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(e->hint, sizeof(e->hint), fmt, ap);
	va_end(ap);
	return code;
}

int err_sys(struct err *e, const char *fmt, ...)
{
	int code = errno ? -errno : -EIO;
	if (!e)
		return code;
	char what[sizeof(e->msg) / 2];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return err_set(e, code, "%s: %s", what, strerror(-code));
}

const char *err_name(int code)
{
	return error_row_find(code)->name;
}

int err_code(const char *name)
{
	for (size_t i = 0; i < N_ERROR_ROWS; i++)
		if (strcmp(error_rows[i].name, name) == 0)
			return error_rows[i].code;
	return -EIO;
}

bool err_retry(int code)
{
	return error_row_find(code)->retry;
}

const char *err_code_hint(int code)
{
	return error_row_find(code)->hint;
}

const char *err_msg(const struct err *e)
{
	if (!e || !e->code)
		return "no error";
	return e->msg[0] ? e->msg : strerror(-e->code);
}

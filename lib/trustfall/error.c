#include "trustfall/error.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

#include "base/banned.h"

const char *tf_stage_name(enum tf_stage s)
{
	static const char *const names[] = {"schema", "parse", "frontend", "arguments", "execute"};
	return s < TF_STAGE_COUNT ? names[s] : "?";
}

void tf_errors_done(struct tf_errors *e)
{
	for (size_t i = 0; i < e->n; i++)
		json_decref(e->v[i].args);
	free(e->v);
	*e = (struct tf_errors)TF_ERRORS_INIT;
}

int tf_error_addv(struct tf_errors *errors, enum tf_stage stage, const char *kind, struct tf_pos pos, json_t *args, const char *fmt,
		  va_list ap)
{
	if (!errors || errors->n == LIMIT_TRUSTFALL_ERRORS ||
	    mem_grow(&errors->v, &errors->room, errors->n + 1, sizeof(*errors->v)) < 0) {
		if (errors)
			errors->lost = true;
		json_decref(args);
		return -EINVAL;
	}
	struct tf_error *e = &errors->v[errors->n++];
	*e = (struct tf_error){.stage = stage, .kind = kind, .pos = pos, .args = args};
	(void)vsnprintf(e->message, sizeof(e->message), fmt, ap); /* a long message is cut */
	return -EINVAL;
}

int tf_error_add(struct tf_errors *errors, enum tf_stage stage, const char *kind, struct tf_pos pos, json_t *args, const char *fmt,
		 ...)
{
	va_list ap;
	va_start(ap, fmt);
	int r = tf_error_addv(errors, stage, kind, pos, args, fmt, ap);
	va_end(ap);
	return r;
}

void tf_error_hintv(struct tf_errors *errors, const char *fmt, va_list ap)
{
	if (!errors || errors->n == 0)
		return;
	struct tf_error *e = &errors->v[errors->n - 1];
	(void)vsnprintf(e->hint, sizeof(e->hint), fmt, ap); /* a long hint is cut */
}

void tf_error_hint(struct tf_errors *errors, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	tf_error_hintv(errors, fmt, ap);
	va_end(ap);
}

int tf_errors_err(const struct tf_errors *errors, struct err *err)
{
	if (errors->n == 0)
		return err_set(err, errors->lost ? -ENOMEM : -EINVAL, "the query is not right");
	const struct tf_error *e = &errors->v[0];
	char more[32] = "", place[48] = "";
	if (errors->n > 1 || errors->lost)
		(void)snprintf(more, sizeof(more), " (and %zu more)", errors->n - 1 + errors->lost);
	if (e->pos.line)
		(void)snprintf(place, sizeof(place), " at %u:%u", e->pos.line, e->pos.column);
	int r = err_set(err, -EINVAL, "%s error%s: %s%s", tf_stage_name(e->stage), place, e->message, more);
	return e->hint[0] ? err_hint(err, r, "%s", e->hint) : r;
}

/* So many characters further on, or the end. */
static const char *step(const char *p, const char *end, uint32_t n)
{
	while (n-- && p < end)
		do
			p++;
		while (p < end && ((unsigned char)*p & 0xc0) == 0x80);
	return p;
}

/* A line that is longer than a terminal is wide is shown around the place. */
static int show_line(const char *text, size_t n, struct tf_pos pos, struct strbuf *b)
{
	enum { WIDEST = 140, BEFORE = 80, BEHIND = 50 };
	const char *line = text, *end = text + n;
	for (uint32_t i = 1; i < pos.line; i++) {
		const char *next = memchr(line, '\n', (size_t)(end - line));
		if (!next)
			return 0;
		line = next + 1;
	}
	const char *stop = memchr(line, '\n', (size_t)(end - line));
	stop = stop ? stop : end;
	bool wide = step(line, stop, WIDEST) < stop;
	const char *at = step(line, stop, pos.column ? pos.column - 1 : 0), *from = line, *to = wide ? step(at, stop, BEHIND) : stop;
	for (const char *p = step(line, at, BEFORE); wide && p < at; p = step(p, at, 1))
		from = step(from, at, 1);
	int r = strbuf_addf(b, "%5u | %s%.*s%s\n      | %s", pos.line, from > line ? "…" : "", (int)(to - from), from, to < stop ? "…" : "",
			    from > line ? " " : "");
	for (const char *p = from; r == 0 && p < at; p = step(p, at, 1))
		r = strbuf_adds(b, *p == '\t' ? "\t" : " ");
	return r < 0 ? r : strbuf_adds(b, "^\n");
}

int tf_errors_show(const struct tf_errors *errors, const char *text, size_t n, struct strbuf *b)
{
	int r = 0;
	for (size_t i = 0; i < errors->n && r == 0; i++) {
		const struct tf_error *e = &errors->v[i];
		r = strbuf_addf(b, "%s error (%s): %s\n", tf_stage_name(e->stage), e->kind, e->message);
		if (r == 0 && e->pos.line)
			r = show_line(text, n, e->pos, b);
		if (r == 0 && e->hint[0])
			r = strbuf_addf(b, "      = %s\n", e->hint);
	}
	if (r == 0 && errors->lost)
		r = strbuf_adds(b, "and more\n");
	return r;
}

json_t *tf_errors_json(const struct tf_errors *errors)
{
	AUTO_JSON json_t *all = json_array();
	for (size_t i = 0; all && i < errors->n; i++) {
		const struct tf_error *e = &errors->v[i];
		json_t *j = json_pack("{s:s, s:s, s:O*, s:s, s:s}", "stage", tf_stage_name(e->stage), "kind", e->kind, "args",
				      e->args, "message", e->message, "hint", e->hint);
		if (!j || json_array_append_new(all, j) < 0)
			return NULL;
		if (e->pos.line && (json_object_set_new(j, "line", json_integer(e->pos.line)) < 0 ||
				    json_object_set_new(j, "column", json_integer(e->pos.column)) < 0))
			return NULL;
	}
	return TAKE(all);
}

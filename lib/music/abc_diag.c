#include "music/abc_priv.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"

void abc_report_done(struct abc_report *r)
{
	free(r->diags);
	*r = (struct abc_report)ABC_REPORT_INIT;
}

/* Keeps the list sorted: playing finds things behind what reading found. */
static void insert(struct abc_report *r, const struct abc_diag *d)
{
	size_t i = r->n_diags;
	if (i >= LIMIT_ABC_DIAGS || mem_grow(&r->diags, &r->room_diags, i + 1, sizeof(*d)) < 0)
		return; /* it is counted all the same */
	while (i > 0 && (r->diags[i - 1].line > d->line ||
			 (r->diags[i - 1].line == d->line && r->diags[i - 1].column > d->column))) {
		r->diags[i] = r->diags[i - 1];
		i--;
	}
	r->diags[i] = *d;
	r->n_diags++;
}

void abc_say(struct abc_tune *t, enum abc_severity severity, uint32_t line, uint32_t column,
	     const char *hint, const char *fmt, ...)
{
	struct abc_diag d = { .severity = severity, .line = line, .column = column };
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(d.message, sizeof(d.message), fmt, ap); /* cut where too long */
	va_end(ap);
	(void)str_copy(d.hint, sizeof(d.hint), hint ? hint : "");
	if (severity == ABC_ERROR && t->first_error.line == 0)
		t->first_error = d;
	if (!t->report)
		return;
	if (severity == ABC_ERROR)
		t->report->n_errors++;
	else
		t->report->n_warnings++;
	insert(t->report, &d);
}

static struct abc_span find_line(const char *text, size_t n, uint32_t line)
{
	struct abc_span rest = { text, n }, found = { text, 0 };
	for (uint32_t i = 0; i < line; i++)
		if (!abc_next_line(&rest, &found))
			return (struct abc_span){ text, 0 };
	return found;
}

void abc_caret(struct abc_span line, uint32_t column, struct strbuf *b)
{
	bool utf8 = str_utf8_valid(line.s, line.n);
	for (size_t i = 0; i + 1 < column && i < line.n; i++)
		if (!utf8 || ((unsigned char)line.s[i] & 0xC0) != 0x80)
			strbuf_addc(b, line.s[i] == '\t' ? '\t' : ' ');
	strbuf_addc(b, '^');
}

int abc_diag_print(const struct abc_diag *d, const char *text, size_t n, struct strbuf *b)
{
	struct abc_span line = find_line(text, n, d->line);
	strbuf_addf(b, "%u:%u: %s: %s\n", d->line, d->column,
		    d->severity == ABC_ERROR ? "error" : "warning", d->message);
	strbuf_adds(b, "    ");
	strbuf_add(b, line.s, line.n);
	strbuf_adds(b, "\n    ");
	abc_caret(line, d->column, b);
	strbuf_addc(b, '\n');
	if (d->hint[0])
		strbuf_addf(b, "    %s\n", d->hint);
	return strbuf_ok(b) ? 0 : -ENOMEM;
}

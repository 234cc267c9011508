#include "event_line.h"

#include "columns.h"

#include <string.h>

#include "base/banned.h"

#define SHORT_BYTES 48 /* lists, and objects inside others, stand as they are up to here */
#define TEXT_WIDTH  80 /* characters of a text, its quotes among them */

static void draw_scalar(struct wire_slice v, struct strbuf *b)
{
	char text[40];
	double d;
	bool fraction = memchr(v.s, '.', v.n) || memchr(v.s, 'e', v.n);
	if (fraction && v.n < sizeof(text)) {
		memcpy(text, v.s, v.n);
		text[v.n] = '\0';
		if (str_to_double(text, &d) == 0) {
			(void)strbuf_addf(b, "%.9g", d);
			return;
		}
	}
	(void)strbuf_add(b, v.s, v.n);
}

static void draw_text(struct wire_slice v, struct strbuf *b)
{
	AUTO_STRBUF text = STRBUF_INIT;
	if (strbuf_add(&text, v.s, v.n) == 0)
		columns_cut(b, text.s, TEXT_WIDTH);
}

/* Anything but an object of the event itself. */
static void draw_value(struct wire_slice v, struct strbuf *b)
{
	bool nested = v.s[0] == '{' || v.s[0] == '[';
	if (v.s[0] == '"')
		draw_text(v, b);
	else if (nested && v.n > SHORT_BYTES)
		(void)strbuf_adds(b, v.s[0] == '{' ? "{…}" : "[…]");
	else if (nested)
		(void)strbuf_add(b, v.s, v.n);
	else
		draw_scalar(v, b);
}

/* Of a field inside of an object: it is known by its absence that nothing is there. */
static bool is_empty(struct wire_slice v)
{
	return wire_slice_eq(v, "\"\"") || wire_slice_eq(v, "[]") || wire_slice_eq(v, "{}") || wire_slice_eq(v, "null") ||
	       wire_slice_eq(v, "false");
}

/* An object of the event itself; those inside it stand as they are. */
static void draw_object(struct wire_slice object, struct strbuf *b)
{
	struct wire_slice k, v;
	const char *gap = "";
	size_t at = 0;
	(void)strbuf_addc(b, '{');
	while (wire_object_next(object, &at, &k, &v)) {
		if (is_empty(v))
			continue;
		(void)strbuf_addf(b, "%s%.*s=", gap, (int)k.n, k.s);
		draw_value(v, b);
		gap = " ";
	}
	(void)strbuf_addc(b, '}');
}

void event_line_draw(struct wire_slice payload, struct strbuf *b)
{
	struct wire_slice k, v;
	size_t at = 0;
	while (wire_object_next(payload, &at, &k, &v)) {
		if (wire_slice_eq(k, "type"))
			continue;
		(void)strbuf_addf(b, " %.*s=", (int)k.n, k.s);
		if (v.s[0] == '{')
			draw_object(v, b);
		else
			draw_value(v, b);
	}
}

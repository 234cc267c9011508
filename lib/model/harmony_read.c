/* harmony_read.c - chords from a text: "Dm7 | G7 | Cmaj7 | %". */
#include "model/harmony.h"

#include "base/limits.h"

#include <string.h>

#include "base/banned.h"

enum { BAR_CHORDS = 16 };

/* A bar as it is read: what its chords are, of which some only hold the one before. */
struct bar {
	struct chord chords[BAR_CHORDS];
	int n;
};

struct reading {
	const char *text;
	bool lines; /* bars are between '|'; else each chord is a bar */
	struct chord last;
	struct bar before;
	struct harmony *h;
	struct err *err;
};

static int refuse(struct reading *r, const char *at, size_t n, const char *why)
{
	int code = err_field(r->err, -EINVAL, "params.chords", "column %zu: '%.*s' %s", (size_t)(at - r->text) + 1, (int)(n > 30 ? 30 : n),
			     at, why);
	return err_hint(r->err, code, "chords look like \"Dm7 G7 | Cmaj7 | %% | A7/C#\": bars between |, %% repeats a bar, . holds a chord");
}

static int end_bar(struct reading *r, struct bar *b)
{
	int code = 0;
	for (int j = 0; code == 0 && j < b->n; j++)
		code = harmony_add(r->h, harmony_place(&r->h->meter, j + 1, b->n) - harmony_place(&r->h->meter, j, b->n), &b->chords[j], r->err);
	r->before = *b;
	b->n = 0;
	return code;
}

static int add_word(struct reading *r, struct bar *b, const char *at, size_t n)
{
	struct chord c = r->last;
	bool holds = n == 1 && (*at == '.' || *at == '/' || *at == '-');
	if (b->n == BAR_CHORDS)
		return refuse(r, at, n, "is the seventeenth chord of its bar");
	if (n == 1 && *at == '%') {
		if (b->n || !r->before.n)
			return refuse(r, at, n, "repeats a bar, and stands alone in its bar behind another one");
		*b = r->before;
		return r->lines ? 0 : end_bar(r, b);
	}
	if (!holds && !chord_parse(at, n, &c))
		return refuse(r, at, n, "is no chord symbol");
	if (c.root < 0)
		c = r->last; /* no chord: what sounded goes on */
	if (c.root < 0)
		return refuse(r, at, n, "comes before any chord");
	b->chords[b->n++] = r->last = c;
	return r->lines ? 0 : end_bar(r, b);
}

/* Bytes of a word: up to a blank or a bar line, or a comma that is not in brackets, as in "B7(no5,addb5)". */
static size_t word_length(const char *s)
{
	bool inside = false;
	size_t n = 0;
	for (; s[n] && !strchr(" \t\r\n|;", s[n]) && (s[n] != ',' || inside); n++)
		inside = s[n] == '(' || (inside && s[n] != ')');
	return n;
}

static int read_bars(struct reading *r)
{
	struct bar b = { .n = 0 };
	int code = 0;
	for (const char *s = r->text; code == 0 && *s;) {
		size_t n = word_length(s);
		if (n)
			code = add_word(r, &b, s, n);
		s += n;
		if (*s == '|' && b.n && code == 0)
			code = end_bar(r, &b);
		s += *s != '\0';
	}
	return code == 0 && b.n ? end_bar(r, &b) : code;
}

static struct tonality hear(const struct harmony *h)
{
	int64_t weight[12] = { 0 };
	for (size_t i = 0; i < h->n; i++)
		for (int pc = 0; pc < 12; pc++)
			weight[pc] += chord_has(&h->chords[i].chord, pc) ? h->chords[i].length * (pc == h->chords[i].chord.root ? 2 : 1) : 0;
	int first = h->chords[0].chord.root, last = h->chords[h->n - 1].chord.root;
	weight[first] += h->end_ticks / 8;
	uint32_t tones = h->chords[h->n - 1].chord.tones;
	if (last != first && tones & 1 << 10 && tones & 1 << 4)
		last = (last + 5) % 12; /* a dominant seventh wants to go home */
	return tonality_heard(weight, last);
}

int harmony_read(const char *text, const struct tonality *key, const struct meter_shape *meter, struct harmony *ret,
		 struct err *err)
{
	const struct tonality none = tonality_plain(0, MODE_MAJOR);
	AUTO_HARMONY h;
	harmony_init(&h, key ? key : &none, meter);
	struct reading r = { .text = text, .lines = strchr(text, '|') != NULL, .last = { .root = -1 }, .h = &h, .err = err };
	int code = read_bars(&r);
	if (code < 0)
		return code;
	if (!h.n)
		return err_field(err, -EINVAL, "params.chords", "there is no chord in '%.60s'", text);
	if (!key)
		h.key = hear(&h);
	*ret = h;
	h = (struct harmony){ 0 };
	return 0;
}

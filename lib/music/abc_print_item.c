/*
 * abc_print_item.c - the items of a voice as text.
 */
#include "music/abc_print_priv.h"

#include <string.h>

#include "music/abc_write_priv.h"

static void span(struct strbuf *b, struct abc_span s)
{
	strbuf_add(b, s.s, s.n);
}

void abc_print_new_bar(struct abc_print_voice *v)
{
	memset(&v->signs, ABC_PRINT_NO_SIGN, sizeof(v->signs));
}

static int64_t common(int64_t a, int64_t b)
{
	while (b) {
		int64_t rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

/* "", "2", "/", "3/2": ticks in units; lengths that were rounded to a tick find their number again. */
static void length(struct strbuf *b, int64_t ticks, int64_t unit)
{
	int64_t num = ticks, den = unit, g = common(num, den);
	num /= g;
	den /= g;
	for (int64_t d = 1; (num > 4096 || den > 4096) && d <= 4096 && ticks < INT64_MAX / 8192; d++) {
		int64_t n = (ticks * d + unit / 2) / unit;
		if (n > 0 && (n * unit + d / 2) / d == ticks) {
			num = n;
			den = d;
		}
	}
	abc_write_length(b, num, den);
}

/* A sign, or two, with the fraction of a semitone that is left. */
static void print_sign(struct strbuf *b, int alter, int fine)
{
	static const char *const signs[5] = { "__", "_", "=", "^", "^^" };
	int all = alter * ABC_SEMITONE + fine, n = alter * fine > 0 ? 2 : 1;
	if (fine == 0 || all == 0) {
		strbuf_adds(b, signs[all == 0 ? 2 : alter + 2]);
		return;
	}
	int sign = all < 0 ? -1 : 1;
	if (n > 1)
		strbuf_addc(b, sign < 0 ? '_' : '^');
	abc_write_microtone(b, all - sign * (n - 1) * ABC_SEMITONE);
}

static void print_head(struct abc_print_voice *v, const struct abc_head *h, struct strbuf *b)
{
	int step = h->step, alter = h->sounds;
	if (v->moves)
		abc_move_note(v->move, &step, &alter);
	int letter = ((step % 7) + 7) % 7, octave = (step - letter) / 7 - ABC_STEP_C / 7;
	int8_t *near = &v->signs.step[step & (ABC_STEPS - 1)], *all = &v->signs.letter[letter];
	int8_t of_key = v->key.accidentals[letter];
	int by_step = *near == ABC_PRINT_NO_SIGN ? of_key : *near;
	int by_letter = *all == ABC_PRINT_NO_SIGN ? of_key : *all;
	if (h->accidental || h->fine || alter != by_step || alter != by_letter) {
		print_sign(b, alter, h->fine);
		*near = *all = (int8_t)(h->fine ? ABC_PRINT_FINE_SIGN : alter);
	}
	strbuf_addc(b, (octave >= 1 ? "cdefgab" : "CDEFGAB")[letter]);
	for (; octave > 1; octave--)
		strbuf_addc(b, '\'');
	for (; octave < 0; octave++)
		strbuf_addc(b, ',');
}

static void print_tie(const struct abc_head *h, struct strbuf *b)
{
	if (h->tie)
		strbuf_adds(b, h->dotted_tie ? ".-" : "-");
}

static void print_notes(const struct abc_printing *p, struct abc_print_voice *v, const struct abc_item *i)
{
	const struct abc_head *h = &p->tune->heads[i->heads.first];
	bool bracket = i->heads.n > 1 || i->heads.bracket, all = true;
	for (uint32_t k = 0; k < i->heads.n; k++)
		all &= h[k].tie;
	if (bracket)
		strbuf_addc(&v->line, '[');
	for (uint32_t k = 0; k < i->heads.n; k++) {
		print_head(v, &h[k], &v->line);
		if (!all)
			print_tie(&h[k], &v->line);
	}
	if (bracket)
		strbuf_addc(&v->line, ']');
	length(&v->line, i->heads.written, v->unit_ticks);
	if (all)
		print_tie(h, &v->line);
}

static void print_rest(struct abc_print_voice *v, const struct abc_item *i)
{
	if (i->rest.bars) {
		strbuf_addc(&v->line, i->rest.invisible ? 'X' : 'Z');
		if (i->rest.bars > 1)
			strbuf_addf(&v->line, "%u", i->rest.bars);
		return;
	}
	strbuf_addc(&v->line, i->rest.invisible ? 'x' : 'z');
	length(&v->line, i->rest.written, v->unit_ticks);
}

static void print_grace(const struct abc_printing *p, struct abc_print_voice *v, const struct abc_item *i)
{
	struct abc_print_signs before = v->signs; /* theirs are their own */
	bool in_chord = false;
	strbuf_adds(&v->line, i->grace.slashed ? "{/" : "{");
	for (uint32_t k = 0; k < i->grace.n; k++) {
		const struct abc_head *h = &p->tune->heads[i->grace.first + k];
		bool more = k + 1 < i->grace.n && h[1].stacked;
		if (more && !in_chord)
			strbuf_addc(&v->line, '[');
		print_head(v, h, &v->line);
		length(&v->line, h->ticks, v->unit_ticks);
		if (in_chord && !more)
			strbuf_addc(&v->line, ']');
		in_chord = more;
	}
	strbuf_addc(&v->line, '}');
	v->signs = before;
}

/* A letter that stands for the decoration, 0 for none. */
static char letter_for(const struct abc_tune *t, const struct abc_item *i)
{
	static const char usual[] = ".~HLMOPSTuv";
	for (const char *c = usual; *c; c++) {
		const struct abc_symbol *s = &t->symbols[(int)*c];
		if (s->kind == ABC_SYMBOL_DECORATION && s->decor == i->decor && s->text.n == i->text.n &&
		    memcmp(s->text.s, i->text.s, i->text.n) == 0)
			return *c;
	}
	return 0;
}

static void print_decoration(const struct abc_printing *p, struct abc_print_voice *v, const struct abc_item *i)
{
	char c = p->letters ? letter_for(p->tune, i) : 0;
	if (c) {
		strbuf_addc(&v->line, c);
		return;
	}
	strbuf_addc(&v->line, '!');
	span(&v->line, i->text);
	strbuf_addc(&v->line, '!');
}

/* "1", "1,3", "1-3". */
static void print_endings(struct strbuf *b, uint64_t set)
{
	bool first = true;
	for (int n = 1; n <= ABC_ENDINGS_MAX; n++) {
		int to = n;
		if (!(set >> n & 1))
			continue;
		while (to < ABC_ENDINGS_MAX && set >> (to + 1) & 1)
			to++;
		strbuf_addf(b, first ? "%d" : ",%d", n);
		if (to > n)
			strbuf_addf(b, to == n + 1 ? ",%d" : "-%d", to);
		first = false;
		n = to;
	}
}

static void print_ending(struct abc_print_voice *v, const struct abc_item *i)
{
	char last = v->line.n ? v->line.s[v->line.n - 1] : ' ';
	if (last != '|' && last != ':')
		strbuf_adds(&v->line, last == ' ' || !v->line.n ? "[" : " [");
	print_endings(&v->line, i->endings);
	strbuf_addc(&v->line, ' ');
}

static void print_bar(struct abc_print_voice *v, const struct abc_item *i)
{
	if (i->bar.dotted && i->text.n && i->text.s[0] != '.')
		strbuf_addc(&v->line, '.');
	span(&v->line, i->text);
	abc_print_new_bar(v);
}

static void print_tuplet(struct abc_print_voice *v, const struct abc_item *i)
{
	static const uint8_t usual[9] = { 0, 0, 3, 2, 3, 0, 2, 0, 3 };
	strbuf_addf(&v->line, "(%d", i->tuplet.p);
	if (i->tuplet.p > 8 || usual[i->tuplet.p] != i->tuplet.q || i->tuplet.r != i->tuplet.p)
		strbuf_addf(&v->line, ":%d:%d", i->tuplet.q, i->tuplet.r);
}

static void quoted(struct strbuf *b, struct abc_span text)
{
	strbuf_addc(b, '"');
	span(b, text);
	strbuf_addc(b, '"');
}

/* Inline where nothing in the text ends the bracket or makes a bar line of it, else on a line of its own. */
static void print_field(const struct abc_printing *p, struct abc_print_voice *v, char letter, const char *text, size_t n)
{
	bool alone = letter == '%' || !strchr("IKLMNPQRUVr", letter) || memchr(text, ']', n) || (n && strchr("|:", *text));
	if (!alone) {
		strbuf_addf(&v->line, "[%c:", letter);
		strbuf_add(&v->line, text, n);
		strbuf_addc(&v->line, ']');
		return;
	}
	abc_print_end_line(p, v);
	abc_print_field_line(p->out, letter, (struct abc_span){ text, n });
}

static void print_key(const struct abc_printing *p, struct abc_print_voice *v, const struct abc_item *i)
{
	AUTO_STRBUF text = STRBUF_INIT;
	if (v->moves) {
		v->move = abc_move_for(&i->key, p->options->semitones);
		v->key = abc_move_key(&i->key, v->move);
		abc_print_key(&v->key, i->text, &text);
	} else {
		v->key = i->key;
		span(&text, i->text);
	}
	abc_print_new_bar(v);
	print_field(p, v, 'K', text.s ? text.s : "", text.n);
	p->out->failed |= text.failed;
}

static void print_lyrics(const struct abc_printing *p, struct abc_print_voice *v, const struct abc_item *i)
{
	v->overlays |= i->heads.overlay;
	for (int k = 0; k < ABC_PRINT_VERSES; k++) {
		struct strbuf *b = &v->lyrics[k];
		const struct abc_lyric *l = NULL;
		for (uint32_t at = i->heads.lyric; at; at = p->tune->lyrics[at - 1].next)
			if (p->tune->lyrics[at - 1].verse == k + 1)
				l = &p->tune->lyrics[at - 1];
		if (b->n && !v->hyphen[k])
			strbuf_addc(b, ' ');
		v->hyphen[k] = l && !l->held && l->hyphen;
		if (!l || (!l->held && l->text.n == 0)) {
			strbuf_addc(b, '*');
			v->hyphen[k] = false;
			continue;
		}
		if (l->held)
			strbuf_addc(b, '_');
		else
			span(b, l->text);
		if (v->hyphen[k])
			strbuf_addc(b, '-');
		if (k >= v->verses)
			v->verses = k + 1;
	}
}

void abc_print_end_line(const struct abc_printing *p, struct abc_print_voice *v)
{
	size_t n = v->line.n;
	while (n && v->line.s[n - 1] == ' ')
		n--;
	if (n) {
		strbuf_add(p->out, v->line.s, n);
		strbuf_addc(p->out, '\n');
	}
	for (int k = 0; k < ABC_PRINT_VERSES; k++) {
		size_t end = v->lyrics[k].n;
		/* Under overlays all are needed: as many words as notes say that overlays have some. */
		while (!v->overlays && end > 1 && v->lyrics[k].s[end - 1] == '*' && v->lyrics[k].s[end - 2] == ' ')
			end -= 2;
		if (n && k < v->verses)
			strbuf_addf(p->out, "w: %.*s\n", (int)end, v->lyrics[k].s ? v->lyrics[k].s : "");
		p->out->failed |= v->lyrics[k].failed;
		strbuf_clear(&v->lyrics[k]);
		v->hyphen[k] = false;
	}
	if (n && v->verses == 0 && p->tune->strict && p->tune->n_lyrics)
		strbuf_adds(p->out, "w:\n"); /* else the next words would begin here */
	p->out->failed |= v->line.failed;
	strbuf_clear(&v->line);
	v->verses = 0;
	v->overlays = false;
}

/* White space before an item: as in the source between notes, one space around bar lines, none around > and <. */
static void space_before(struct abc_print_voice *v, const struct abc_item *i)
{
	bool bar = i->kind == ABC_BAR, after_bar = v->at && v->voice->items[v->at - 1].kind == ABC_BAR;
	bool wanted = (i->spaced && !v->glued) || bar || (after_bar && i->kind != ABC_ENDING);
	if (i->kind == ABC_BROKEN || (i->kind == ABC_SLUR && !i->slur.opens && !after_bar))
		wanted = false;
	if (wanted && v->line.n && v->line.s[v->line.n - 1] != ' ')
		strbuf_addc(&v->line, ' ');
}

static void print_sound(const struct abc_printing *p, struct abc_print_voice *v, const struct abc_item *i)
{
	if (i->kind == ABC_NOTES) {
		print_notes(p, v, i);
		print_lyrics(p, v, i);
	} else {
		print_rest(v, i);
	}
	v->glued = false;
}

void abc_print_item(const struct abc_printing *p, struct abc_print_voice *v)
{
	const struct abc_item *i = &v->voice->items[v->at];
	if (i->kind != ABC_LINE_END)
		space_before(v, i);
	switch (i->kind) {
	case ABC_NOTES:
	case ABC_REST:
		print_sound(p, v, i);
		break;
	case ABC_BAR:
		print_bar(v, i);
		break;
	case ABC_ENDING:
		print_ending(v, i);
		break;
	case ABC_OVERLAY:
		for (unsigned k = 0; k < i->overlay.back; k++)
			strbuf_addc(&v->line, '&');
		strbuf_addc(&v->line, ' ');
		abc_print_new_bar(v);
		break;
	case ABC_KEY:
		print_key(p, v, i);
		break;
	case ABC_UNIT:
		v->unit_ticks = i->unit_ticks;
		print_field(p, v, 'L', i->text.s, i->text.n);
		break;
	case ABC_FIELD:
		if (i->midi && p->tune->midi[i->midi - 1].op == ABC_MIDI_CHANNEL)
			v->moves = v->may_move && p->tune->midi[i->midi - 1].v[0] != ABC_DRUM_CHANNEL;
		print_field(p, v, i->letter, i->text.s, i->text.n);
		break;
	case ABC_TEMPO:
	case ABC_METER:
		print_field(p, v, i->kind == ABC_TEMPO ? 'Q' : 'M', i->text.s, i->text.n);
		break;
	case ABC_CHORD_SYMBOL:
		strbuf_addc(&v->line, '"');
		if (v->moves)
			abc_move_chord(v->move, i->text, &v->line);
		else
			span(&v->line, i->text);
		strbuf_addc(&v->line, '"');
		break;
	case ABC_ANNOTATION:
		quoted(&v->line, i->text);
		break;
	case ABC_DECORATION:
		print_decoration(p, v, i);
		break;
	case ABC_GRACE:
		print_grace(p, v, i);
		break;
	case ABC_SLUR:
		strbuf_adds(&v->line, i->slur.dotted && i->slur.opens ? ".(" : i->slur.opens ? "(" : ")");
		break;
	case ABC_TUPLET:
		print_tuplet(v, i);
		break;
	case ABC_BROKEN:
		for (int n = i->broken < 0 ? -i->broken : i->broken; n > 0; n--)
			strbuf_addc(&v->line, i->broken > 0 ? '>' : '<');
		v->glued = true;
		break;
	case ABC_SPACE:
		span(&v->line, i->text);
		break;
	case ABC_PART: /* stands between lines */
	case ABC_LINE_END:
		break;
	}
	v->at++;
}

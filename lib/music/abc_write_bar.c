/*
 * abc_write_bar.c - the notes of one bar, with what stands over and under them.
 */
#include "music/abc_write_priv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define NO_SIGN   100
#define FINE_SIGN 99 /* a microtone: what follows needs a sign of its own */

/* What the signs so far in this bar say, for both kinds of readers: by letter, and by letter and octave. */
struct signs {
	const int8_t *key;
	int8_t letter[7], octave[7][12];
};

void abc_out_bar_done(struct abc_out_bar *b)
{
	strbuf_done(&b->music);
	for (int i = 0; i < ABC_WRITE_VERSES; i++)
		strbuf_done(&b->lyrics[i]);
}

void abc_out_bar_clear(struct abc_out_bar *b)
{
	strbuf_clear(&b->music);
	for (int i = 0; i < ABC_WRITE_VERSES; i++)
		strbuf_clear(&b->lyrics[i]);
	b->verses = 0;
	b->slots = 0;
}

void abc_write_length(struct strbuf *b, int64_t ticks, int64_t unit)
{
	int64_t a = ticks, c = unit;
	while (c) {
		int64_t rest = a % c;
		a = c;
		c = rest;
	}
	int64_t num = ticks / a, den = unit / a;
	if (num != 1)
		strbuf_addf(b, "%lld", (long long)num);
	if (den == 2)
		strbuf_addc(b, '/');
	else if (den != 1)
		strbuf_addf(b, "/%lld", (long long)den);
}

void abc_write_tempo(struct strbuf *b, double bpm, unsigned num, unsigned den)
{
	const char *beat = "1/4";
	char text[40];
	if (sheet_compound(num, den)) {
		beat = den == 8 ? "3/8" : den == 16 ? "3/16" : "3/32";
		bpm *= den == 8 ? 2.0 / 3 : den == 16 ? 4.0 / 3 : 8.0 / 3;
	} else if (den == 2) {
		beat = "1/2";
		bpm /= 2;
	}
	(void)snprintf(text, sizeof(text), "%.3f", bpm < 0.001 ? 0.001 : bpm);
	size_t n = strlen(text);
	while (text[n - 1] == '0')
		text[--n] = '\0';
	if (text[n - 1] == '.')
		text[--n] = '\0';
	strbuf_addf(b, "%s=%s", beat, text);
}

static void signature(int sharps, int8_t ret[7])
{
	static const uint8_t order[7] = { 3, 0, 4, 1, 5, 2, 6 };
	memset(ret, 0, 7);
	for (int i = 0; i < sharps && i < 7; i++)
		ret[order[i]] = 1;
	for (int i = 0; i < -sharps && i < 7; i++)
		ret[order[6 - i]] = -1;
}

void abc_write_microtone(struct strbuf *b, int parts)
{
	int num = parts < 0 ? -parts : parts, den = MICROTONE_SEMITONE;
	for (int k = 2; k <= den; k++)
		for (; num % k == 0 && den % k == 0; den /= k)
			num /= k;
	strbuf_addc(b, parts < 0 ? '_' : '^');
	if (num == 1 && den == 2)
		strbuf_addc(b, '/');
	else
		strbuf_addf(b, "%d/%d", num, den);
}

/* A letter's sign, with a microtone where there is one. */
static void write_sign(struct strbuf *b, const struct sheet_pitch *x)
{
	static const char *const names[5] = { "__", "_", "=", "^", "^^" };
	if (x->fine)
		abc_write_microtone(b, x->spelling.alter * MICROTONE_SEMITONE + x->fine);
	else
		strbuf_adds(b, names[x->spelling.alter + 2]);
}

static void write_pitch(struct strbuf *b, struct signs *s, const struct sheet_pitch *x)
{
	struct spelling p = x->spelling;
	int octave = p.octave < -1 ? 0 : p.octave > 10 ? 11 : p.octave + 1;
	int8_t *near = &s->octave[p.step][octave], *all = &s->letter[p.step];
	int by_octave = *near == NO_SIGN ? s->key[p.step] : *near;
	int by_letter = *all == NO_SIGN ? s->key[p.step] : *all;
	if (x->fine || p.alter != by_octave || p.alter != by_letter) {
		write_sign(b, x);
		*near = *all = x->fine ? FINE_SIGN : p.alter;
	}
	strbuf_addc(b, (p.octave >= 5 ? "cdefgab" : "CDEFGAB")[p.step]);
	for (int i = p.octave; i > 5; i--)
		strbuf_addc(b, '\'');
	for (int i = p.octave; i < 4; i++)
		strbuf_addc(b, ',');
}

static void write_notes(const struct abc_writing *w, struct signs *s, const struct sheet_item *i, struct strbuf *b)
{
	int64_t ticks = i->p ? i->ticks * i->p / i->q : i->ticks;
	uint32_t ties = 0;
	for (uint32_t k = 0; k < i->n; k++)
		ties += w->sheet->pitches[i->first + k].tie_out;
	if (i->n > 1)
		strbuf_addc(b, '[');
	for (uint32_t k = 0; k < i->n; k++) {
		const struct sheet_pitch *p = &w->sheet->pitches[i->first + k];
		write_pitch(b, s, p);
		if (p->tie_out && ties < i->n)
			strbuf_addc(b, '-');
	}
	if (i->n > 1)
		strbuf_addc(b, ']');
	abc_write_length(b, ticks, w->unit);
	if (ties == i->n)
		strbuf_addc(b, '-');
}

static void write_rest(const struct abc_writing *w, const struct abc_out_voice *v, const struct sheet_item *i,
		       struct strbuf *b)
{
	const struct sheet_bar *bar = &w->sheet->bars[i->bar];
	bool full = i->whole_bar && i->ticks == 4 * SHEET_QUARTER * bar->num / bar->den;
	if (full) {
		strbuf_addc(b, v->upper ? 'Z' : 'X');
		return;
	}
	strbuf_addc(b, v->upper ? 'z' : 'x');
	abc_write_length(b, i->p ? i->ticks * i->p / i->q : i->ticks, w->unit);
}

static void write_tuplet(const struct sheet_layer *l, size_t at, struct strbuf *b)
{
	const struct sheet_item *i = &l->items[at];
	int n = 1;
	for (size_t k = at; k + 1 < l->n_items && !l->items[k].closes; k++)
		n++;
	if (i->p == 3 && i->q == 2 && n == 3)
		strbuf_adds(b, "(3");
	else
		strbuf_addf(b, "(%d:%d:%d", i->p, i->q, n);
}

/* Whether an item stands close to the one before: where a beam may join them, and in the beats of compound time. */
static bool joined(const struct sheet_bar *bar, const struct sheet_item *a, const struct sheet_item *b)
{
	int64_t unit = 4 * SHEET_QUARTER / bar->den, pos = b->at - bar->at;
	if (sheet_compound(bar->num, bar->den) && a->n && b->n)
		return pos % (3 * unit) != 0 && a->ticks < 3 * unit && b->ticks < 3 * unit;
	if (a->value < 3 || b->value < 3 || !a->n || !b->n || a->closes || b->opens)
		return a->p && b->p && !a->closes && a->n && b->n && a->value >= 3 && b->value >= 3;
	if (bar->den >= 8)
		return true;
	if (pos % SHEET_QUARTER)
		return true;
	bool even = bar->num * 4 / bar->den % 4 == 0;
	return even && a->value == 3 && b->value == 3 && !a->p && !b->p && pos % (2 * SHEET_QUARTER) != 0;
}

static void quoted(struct strbuf *b, const char *prefix, const char *text)
{
	strbuf_addc(b, '"');
	strbuf_adds(b, prefix);
	for (const char *p = text; *p; p++)
		strbuf_addc(b, *p == '"' ? '\'' : *p);
	strbuf_addc(b, '"');
}

static void write_syllable(struct strbuf *b, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (text[i] == ' ')
			strbuf_addc(b, '~');
		else if (text[i] && strchr("-_*|%\\", text[i]))
			strbuf_addf(b, "\\%c", text[i]);
		else
			strbuf_addc(b, text[i]);
	}
}

/* Adds what stands under one note: a syllable, nothing, or the syllable before, held. */
static void add_lyric(struct abc_out_bar *ret, int verse, const char *text, bool held)
{
	struct strbuf *b = &ret->lyrics[verse];
	size_t n = text ? strlen(text) : 0;
	bool hyphen = n > 1 && text[n - 1] == '-';
	if (!ret->hyphen[verse] && b->n)
		strbuf_addc(b, ' ');
	if (n == 0) {
		strbuf_addc(b, held ? '_' : '*');
		ret->hyphen[verse] = false;
		return;
	}
	write_syllable(b, text, hyphen ? n - 1 : n);
	if (hyphen)
		strbuf_addc(b, '-');
	ret->hyphen[verse] = hyphen;
	if (verse >= ret->verses)
		ret->verses = verse + 1;
}

struct over {
	const struct score_text *lyrics[ABC_WRITE_VERSES];
	int n_lyrics;
};

static bool lyric_of(const struct abc_out_voice *v, const struct score_text *t)
{
	return v->upper && (t->voice == (int)v->part->voice || (t->voice < 0 && v->first)) && t->text[0];
}

static void write_marker(struct strbuf *b, const char *text)
{
	bool letter = text[0] >= 'A' && text[0] <= 'Z' && !text[1];
	if (letter)
		strbuf_addf(b, "[P:%c]", text[0]);
	else if (text[0])
		quoted(b, "^", text);
}

/* The texts from where the cursor is up to this item. */
static void write_texts(const struct abc_writing *w, struct abc_out_voice *v, const struct sheet_item *i,
			struct strbuf *b, struct over *over)
{
	const struct score *s = w->score;
	for (; v->text < s->n_texts; v->text++) {
		const struct score_text *t = &s->texts[v->text];
		bool lyric = t->kind == SCORE_LYRIC;
		if (lyric ? !lyric_of(v, t) : !v->first || (t->kind != SCORE_CHORD && t->kind != SCORE_MARKER))
			continue;
		int64_t at = sheet_snap(w->sheet, v->part, t->at_beats);
		if (at >= i->at + i->ticks || (at > i->at && !lyric))
			return;
		if (t->kind == SCORE_CHORD && t->text[0])
			quoted(b, "", t->text);
		else if (t->kind == SCORE_MARKER)
			write_marker(b, t->text);
		else if (lyric && i->n && over->n_lyrics < ABC_WRITE_VERSES)
			over->lyrics[over->n_lyrics++] = t;
	}
}

static void write_tempos(const struct abc_writing *w, struct abc_out_voice *v, const struct sheet_item *i,
			 struct strbuf *b)
{
	const struct score *s = w->score;
	const struct sheet_bar *bar = &w->sheet->bars[i->bar];
	const struct score_tempo *due = NULL;
	for (; v->first && v->tempo < s->n_tempos; v->tempo++) {
		if (sheet_snap(w->sheet, v->part, s->tempos[v->tempo].at_beats) > i->at)
			break;
		due = &s->tempos[v->tempo];
	}
	/* The first one stands in the header. */
	if (!due || (due == s->tempos && i->at == 0))
		return;
	strbuf_adds(b, "[Q:");
	abc_write_tempo(b, due->bpm, bar->num, bar->den);
	strbuf_addc(b, ']');
}

static void write_lyrics(struct abc_out_voice *v, const struct sheet_item *i, const struct abc_writing *w,
			 const struct over *over, struct abc_out_bar *ret)
{
	bool held = i->n && w->sheet->pitches[i->first].tie_in;
	if (!i->n)
		return;
	ret->slots++;
	if (!held)
		v->lyric = over->n_lyrics > 0;
	for (int k = 0; k < ABC_WRITE_VERSES; k++)
		add_lyric(ret, k, k < over->n_lyrics ? over->lyrics[k]->text : NULL, held && v->lyric);
}

/* What stands behind the last note: "D.C." */
static void write_last_texts(const struct abc_writing *w, struct abc_out_voice *v, struct strbuf *b)
{
	for (; v->first && v->text < w->score->n_texts; v->text++) {
		const struct score_text *t = &w->score->texts[v->text];
		if (t->kind == SCORE_CHORD && t->text[0])
			quoted(b, "", t->text);
	}
}

static void write_changes(const struct sheet_bar *bar, struct strbuf *b)
{
	if (bar->new_key)
		strbuf_addf(b, "[K:%s]", key_name(bar->sharps, bar->minor));
	if (bar->new_meter)
		strbuf_addf(b, "[M:%u/%u]", bar->num, bar->den);
}

void abc_write_bar(const struct abc_writing *w, struct abc_out_voice *v, size_t bar, struct abc_out_bar *ret)
{
	const struct sheet_bar *here = &w->sheet->bars[bar];
	const struct sheet_item *before = NULL;
	int8_t key[7];
	struct signs signs = { .key = key };
	signature(here->sharps, key);
	memset(signs.letter, NO_SIGN, sizeof(signs.letter));
	memset(signs.octave, NO_SIGN, sizeof(signs.octave));
	abc_out_bar_clear(ret);
	if (bar)
		write_changes(here, &ret->music);
	for (; v->item < v->layer->n_items && v->layer->items[v->item].bar == bar; v->item++) {
		const struct sheet_item *i = &v->layer->items[v->item];
		struct over over = { .n_lyrics = 0 };
		if (before && !joined(here, before, i))
			strbuf_addc(&ret->music, ' ');
		write_tempos(w, v, i, &ret->music);
		write_texts(w, v, i, &ret->music, &over);
		if (i->opens)
			write_tuplet(v->layer, v->item, &ret->music);
		if (i->n)
			write_notes(w, &signs, i, &ret->music);
		else
			write_rest(w, v, i, &ret->music);
		write_lyrics(v, i, w, &over, ret);
		before = i;
	}
	if (bar + 1 == w->sheet->n_bars)
		write_last_texts(w, v, &ret->music);
}

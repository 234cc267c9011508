#include "music/abc_write.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "music/abc_write_priv.h"

#include "base/banned.h"

#define LINE_COLUMNS 100

static int no_memory(struct err *err)
{
	return err_set(err, -ENOMEM, "out of memory for the ABC text");
}

/* Characters that a length takes. */
static size_t length_size(int64_t ticks, int64_t unit)
{
	AUTO_STRBUF b = STRBUF_INIT;
	abc_write_length(&b, ticks, unit);
	return b.n;
}

/* How often each length is written; lengths beyond the table are rare and count for nothing. */
struct lengths {
	int64_t ticks[64];
	size_t count[64], n;
};

static void count_length(struct lengths *l, int64_t ticks)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->ticks[i] == ticks) {
			l->count[i]++;
			return;
		}
	if (l->n < COUNT_OF(l->ticks)) {
		l->ticks[l->n] = ticks;
		l->count[l->n++] = 1;
	}
}

/* The unit that gives the shortest text; of equals, the eighth as is the custom. */
static int64_t best_unit(const struct sheet *s)
{
	static const int units[] = { 8, 4, 16, 32 };
	struct lengths l = { .n = 0 };
	int64_t best = 0;
	size_t least = SIZE_MAX;
	for (size_t p = 0; p < s->n_parts; p++)
		for (size_t k = 0; k < s->parts[p].n_layers; k++)
			for (size_t i = 0; i < s->parts[p].layers[k].n_items; i++) {
				const struct sheet_item *x = &s->parts[p].layers[k].items[i];
				if (!x->whole_bar)
					count_length(&l, x->p ? x->ticks * x->p / x->q : x->ticks);
			}
	for (size_t u = 0; u < COUNT_OF(units); u++) {
		size_t size = 0;
		for (size_t i = 0; i < l.n; i++)
			size += l.count[i] * length_size(l.ticks[i], 4 * SHEET_QUARTER / units[u]);
		if (size < least) {
			least = size;
			best = 4 * SHEET_QUARTER / units[u];
		}
	}
	return best;
}

static size_t count_voices(const struct sheet *s)
{
	size_t n = 0;
	for (size_t p = 0; p < s->n_parts; p++)
		n += s->parts[p].n_layers;
	return n;
}

/* A text as the rest of a field line: no line ends, no comment. */
static void field(struct strbuf *b, char letter, const char *text)
{
	if (!text[0])
		return;
	strbuf_addf(b, "%c:", letter);
	for (const char *p = text; *p; p++) {
		if (*p == '%')
			strbuf_addc(b, '\\');
		strbuf_addc(b, *p == '\n' || *p == '\r' ? ' ' : *p);
	}
	strbuf_addc(b, '\n');
}

/* "%%score (1 2) 3": the layers of a part share a staff. */
static void score_line(const struct sheet *s, struct strbuf *b)
{
	int id = 1;
	strbuf_adds(b, "%%score");
	for (size_t p = 0; p < s->n_parts; p++) {
		bool several = s->parts[p].n_layers > 1;
		strbuf_adds(b, several ? " (" : " ");
		for (size_t k = 0; k < s->parts[p].n_layers; k++)
			strbuf_addf(b, k ? " %d" : "%d", id++);
		if (several)
			strbuf_addc(b, ')');
	}
	strbuf_addc(b, '\n');
}

static void voice_line(const struct abc_writing *w, const struct abc_out_voice *v)
{
	static const char *const clefs[] = { [SHEET_TREBLE] = "treble", [SHEET_BASS] = "bass",
					     [SHEET_PERCUSSION] = "perc" };
	const char *name = w->score->voices[v->part->voice].name;
	strbuf_addf(w->out, "V:%d clef=%s", v->id, clefs[v->part->clef]);
	char id[16];
	(void)snprintf(id, sizeof(id), "%d", v->id);
	if (name[0] && v->upper && !str_eq(name, id)) {
		strbuf_adds(w->out, " name=\"");
		for (const char *p = name; *p; p++)
			strbuf_addc(w->out, *p == '"' || *p == '%' ? '\'' : *p);
		strbuf_addc(w->out, '"');
	}
	strbuf_addc(w->out, '\n');
}

/* A mode's tonic is so many fifths above that of the major key with its signature. */
static void first_key(enum key_mode mode, int sharps, bool minor, struct strbuf *b)
{
	static const struct {
		int fifths;
		const char *name;
	} modes[KEY_MODE_COUNT] = { [KEY_DORIAN] = { 2, "dor" }, [KEY_MIXOLYDIAN] = { 1, "mix" }, [KEY_LYDIAN] = { -1, "lyd" }, [KEY_PHRYGIAN] = { 4, "phr" } };
	int place = sharps + modes[mode].fifths + 1; /* on the line of fifths, from F */
	if (minor || !modes[mode].name) {
		strbuf_addf(b, "K:%s\n", key_name(sharps, minor));
		return;
	}
	int octave = place < 0 ? -1 : place / 7, letter = place - 7 * octave;
	strbuf_addf(b, "K:%c%s%s\n", "FCGDAEB"[letter], octave > 0 ? "#" : octave < 0 ? "b" : "", modes[mode].name);
}

static void header(const struct abc_writing *w, const struct abc_out_voice *voices, size_t n)
{
	const struct sheet_bar *bar = &w->sheet->bars[0];
	const struct score *s = w->score;
	struct strbuf *b = w->out;
	strbuf_addf(b, "X:%lld\n", (long long)w->options->number);
	field(b, 'T', s->title);
	field(b, 'C', s->composer);
	strbuf_addf(b, "M:%u/%u\nL:1/%d\n", bar->num, bar->den, (int)(4 * SHEET_QUARTER / w->unit));
	if (s->n_tempos && sheet_snap(w->sheet, &w->sheet->parts[0], s->tempos[0].at_beats) == 0) {
		strbuf_adds(b, "Q:");
		abc_write_tempo(b, s->tempos[0].bpm, bar->num, bar->den);
		strbuf_addc(b, '\n');
	}
	if (n > 1)
		score_line(w->sheet, b);
	for (size_t i = 0; i < n && (n > 1 || s->voices[voices[0].part->voice].name[0] || voices[0].part->clef); i++)
		voice_line(w, &voices[i]);
	first_key(w->options->mode, bar->sharps, bar->minor, b);
}

static void instrument(const struct abc_writing *w, const struct abc_out_voice *v)
{
	if (v->part->channel == 9)
		strbuf_adds(w->out, "%%MIDI channel 10\n");
	if (v->part->program >= 0)
		strbuf_addf(w->out, "%%%%MIDI program %d\n", v->part->program);
}

/* All bars of a voice as text: of each the music, then its lyrics verse by verse, each with a line end. */
struct voice_text {
	struct strbuf text;
	size_t *at;      /* where bar i begins; n_bars + 1 of them */
	size_t *slots;   /* notes of bar i that may have a syllable */
	bool *tied;      /* whether something is held into bar i */
};

struct tune_text {
	const struct abc_writing *w;
	struct abc_out_voice *voices;
	struct voice_text *texts;
	size_t n; /* voices */
	struct abc_cell *cells;
	size_t n_cells;
};

static void tune_text_done(struct tune_text *t)
{
	for (size_t i = 0; t->texts && i < t->n; i++) {
		strbuf_done(&t->texts[i].text);
		free(t->texts[i].at);
		free(t->texts[i].slots);
		free(t->texts[i].tied);
	}
	free(t->texts);
	free(t->voices);
	free(t->cells);
}

static bool held_into(const struct sheet *s, const struct sheet_item *i)
{
	for (uint32_t k = 0; k < i->n; k++)
		if (s->pitches[i->first + k].tie_in)
			return true;
	return false;
}

static void add_bar_text(struct voice_text *x, const struct abc_out_bar *bar)
{
	strbuf_add(&x->text, bar->music.s ? bar->music.s : "", bar->music.n);
	strbuf_addc(&x->text, '\n');
	for (int k = 0; k < bar->verses; k++) {
		strbuf_add(&x->text, bar->lyrics[k].s ? bar->lyrics[k].s : "", bar->lyrics[k].n);
		strbuf_addc(&x->text, '\n');
		x->text.failed |= bar->lyrics[k].failed;
	}
	x->text.failed |= bar->music.failed;
}

static int voice_text(struct tune_text *t, size_t index)
{
	size_t n_bars = t->w->sheet->n_bars;
	struct voice_text *x = &t->texts[index];
	struct abc_out_voice *v = &t->voices[index];
	struct abc_out_bar bar = { .music = STRBUF_INIT };
	x->at = mem_new_array(n_bars + 1, sizeof(*x->at));
	x->slots = mem_new_array(n_bars, sizeof(*x->slots));
	x->tied = mem_new_array(n_bars, sizeof(*x->tied));
	if (!x->at || !x->slots || !x->tied)
		return -ENOMEM;
	for (size_t i = 0; i < n_bars; i++) {
		if (v->item < v->layer->n_items)
			x->tied[i] = held_into(t->w->sheet, &v->layer->items[v->item]);
		abc_write_bar(t->w, v, i, &bar);
		add_bar_text(x, &bar);
		x->at[i + 1] = x->text.n;
		x->slots[i] = bar.slots;
	}
	abc_out_bar_done(&bar);
	return strbuf_ok(&x->text) ? 0 : -ENOMEM;
}

static bool same_bars(const void *arg, size_t a, size_t b)
{
	const struct tune_text *t = arg;
	for (size_t i = 0; i < t->n; i++) {
		const struct voice_text *x = &t->texts[i];
		size_t n = x->at[a + 1] - x->at[a];
		if (n != x->at[b + 1] - x->at[b] || memcmp(x->text.s + x->at[a], x->text.s + x->at[b], n) != 0)
			return false;
	}
	const struct sheet_bar *bars = t->w->sheet->bars;
	return bars[a].ticks == bars[b].ticks;
}

static bool bar_tied(const void *arg, size_t bar)
{
	const struct tune_text *t = arg;
	for (size_t i = 0; i < t->n; i++)
		if (t->texts[i].tied[bar])
			return true;
	return false;
}

/* Line k of what a bar holds (0 the music, then verses); empty past the last. */
static const char *bar_part(const struct voice_text *x, size_t bar, int k, size_t *ret_n)
{
	const char *s = x->text.s + x->at[bar], *end = x->text.s + x->at[bar + 1];
	for (; s < end; k--) {
		const char *stop = memchr(s, '\n', (size_t)(end - s));
		*ret_n = (size_t)(stop - s);
		if (k == 0)
			return s;
		s = stop + 1;
	}
	*ret_n = 0;
	return NULL;
}

/* What stands between two cells; `broken` where a new line begins between them. */
static void bar_line(const struct tune_text *t, size_t at, bool broken)
{
	const struct abc_cell *x = &t->cells[at], *y = at + 1 < t->n_cells ? x + 1 : NULL;
	struct strbuf *b = t->w->out;
	const struct sheet_bar *next = y && y->bar == x->bar + 1 ? &t->w->sheet->bars[y->bar] : NULL;
	if (y && y->opens && !broken)
		strbuf_adds(b, " |:");
	else if (x->ends)
		strbuf_adds(b, " :|");
	else if (!y)
		strbuf_adds(b, " |]");
	else
		strbuf_adds(b, x->closes || (next && (next->new_key || next->new_meter)) ? " ||" : " |");
	if (y && y->ending && !broken)
		strbuf_addf(b, "%d", y->ending);
	if (y && !broken)
		strbuf_addc(b, ' ');
}

static void add_lyrics(const struct voice_text *x, size_t bar, int verse, struct strbuf *line)
{
	size_t n = 0;
	const char *s = bar_part(x, bar, verse + 1, &n);
	if (line->n && x->slots[bar] && line->s[line->n - 1] != '-')
		strbuf_addc(line, ' ');
	if (s)
		strbuf_add(line, s, n);
	for (size_t i = 0; !s && i < x->slots[bar]; i++)
		strbuf_adds(line, i ? " *" : "*");
}

static void lyric_line(const struct voice_text *x, const struct tune_text *t, size_t from, size_t to, int verse)
{
	AUTO_STRBUF line = STRBUF_INIT;
	bool any = false;
	size_t n = 0;
	for (size_t i = from; i < to; i++) {
		any |= bar_part(x, t->cells[i].bar, verse + 1, &n) != NULL;
		add_lyrics(x, t->cells[i].bar, verse, &line);
	}
	n = line.n;
	while (n > 2 && line.s[n - 1] == '*' && line.s[n - 2] == ' ')
		n -= 2; /* nothing is sung to the last notes */
	if (any && n)
		strbuf_addf(t->w->out, "w: %.*s\n", (int)n, line.s);
	t->w->out->failed |= line.failed;
}

/* The cells from..to of one voice and what is sung to them. */
static void voice_line_of_music(const struct tune_text *t, size_t voice, size_t from, size_t to)
{
	const struct voice_text *x = &t->texts[voice];
	for (size_t i = from; i < to; i++) {
		size_t n = 0;
		const char *music = bar_part(x, t->cells[i].bar, 0, &n);
		if (i == from && t->cells[i].opens)
			strbuf_adds(t->w->out, "|: ");
		else if (i == from && t->cells[i].ending)
			strbuf_addf(t->w->out, "[%d ", t->cells[i].ending);
		strbuf_add(t->w->out, music, n);
		bar_line(t, i, i + 1 == to);
	}
	strbuf_addc(t->w->out, '\n');
	for (int k = 0; k < ABC_WRITE_VERSES; k++)
		lyric_line(x, t, from, to, k);
}

/* Where the line that begins at a cell ends: after so many bars, and with its section; short second endings stay with it. */
static size_t line_end(const struct tune_text *t, size_t from, size_t per_line)
{
	size_t bars = 0, at = from;
	bool in_ending = false;
	while (at < t->n_cells) {
		const struct abc_cell *x = &t->cells[at++], *y = at < t->n_cells ? x + 1 : NULL;
		bool pickup = t->w->sheet->pickup && x->bar == 0;
		bars += !pickup;
		in_ending = (in_ending || x->ending == 2) && !x->closes;
		if (!y || (y->opens && !pickup) || x->closes || (x->ends && y->ending != 2))
			break;
		if (bars >= per_line && !in_ending && y->ending != 2)
			break;
	}
	return at;
}

static size_t longest_line(const struct tune_text *t, size_t per_line)
{
	size_t longest = 0;
	for (size_t from = 0, to; from < t->n_cells; from = to) {
		to = line_end(t, from, per_line);
		for (size_t v = 0; v < t->n; v++) {
			size_t sum = 0, n = 0;
			for (size_t i = from; i < to; i++) {
				(void)bar_part(&t->texts[v], t->cells[i].bar, 0, &n);
				sum += n + 3;
			}
			longest = sum > longest ? sum : longest;
		}
	}
	return longest;
}

static void body(const struct tune_text *t)
{
	size_t per_line = t->w->options->bars ? (size_t)t->w->options->bars : 4;
	while (!t->w->options->bars && per_line > 1 && longest_line(t, per_line) > LINE_COLUMNS)
		per_line /= 2;
	const struct model_watch *watch = t->w->options->sheet.watch;
	for (size_t from = 0, to; from < t->n_cells && !model_cancelled(watch); from = to) {
		to = line_end(t, from, per_line);
		for (size_t i = 0; i < t->n; i++) {
			if (t->n > 1)
				strbuf_addf(t->w->out, "V:%d\n", t->voices[i].id);
			if (from == 0)
				instrument(t->w, &t->voices[i]);
			voice_line_of_music(t, i, from, to);
		}
	}
}

static int make_text(struct tune_text *t)
{
	size_t at = 0;
	const struct sheet *s = t->w->sheet;
	t->voices = mem_new_array(t->n, sizeof(*t->voices));
	t->texts = mem_new_array(t->n, sizeof(*t->texts));
	t->cells = mem_new_array(s->n_bars, sizeof(*t->cells));
	if (!t->voices || !t->texts || !t->cells)
		return -ENOMEM;
	for (size_t p = 0; p < s->n_parts; p++)
		for (size_t k = 0; k < s->parts[p].n_layers; k++, at++)
			t->voices[at] = (struct abc_out_voice){ .part = &s->parts[p], .layer = &s->parts[p].layers[k],
								.id = (int)at + 1, .first = at == 0, .upper = k == 0 };
	for (size_t i = 0; i < t->n; i++)
		if (voice_text(t, i) < 0)
			return -ENOMEM;
		else if (model_cancelled(t->w->options->sheet.watch))
			return -ECANCELED;
	struct abc_fold_source source = { s->n_bars, s->pickup, same_bars, bar_tied, t };
	t->n_cells = abc_fold(&source, t->w->options->repeats, t->cells);
	return 0;
}

static int write_tune(struct abc_writing *w, struct err *err)
{
	struct tune_text t = { .w = w, .n = count_voices(w->sheet) };
	int r = make_text(&t);
	if (r == 0) {
		header(w, t.voices, t.n);
		body(&t);
	}
	tune_text_done(&t);
	if (r == -ECANCELED || model_cancelled(w->options->sheet.watch))
		return err_set(err, -ECANCELED, "cancelled");
	return r == 0 && strbuf_ok(w->out) ? 0 : no_memory(err);
}

int abc_write(const struct score *s, const struct abc_write_options *o, char **ret, size_t *ret_n,
	      struct abc_write_report *ret_report, struct err *err)
{
	AUTO(sheet) sheet = NULL;
	AUTO_STRBUF out = STRBUF_INIT;
	if (o->unit < 0 || o->unit > 64 || (o->unit & (o->unit - 1)) || o->bars < 0 || o->bars > 16)
		return err_set(err, -EINVAL, "unit 1/%d and %d bars a line", o->unit, o->bars);
	int r = sheet_new(s, &o->sheet, &sheet, err);
	if (r < 0)
		return r;
	struct abc_writing w = { s, sheet, o, o->unit ? 4 * SHEET_QUARTER / o->unit : best_unit(sheet), &out };
	r = write_tune(&w, err);
	if (r < 0)
		return r;
	if (ret_report)
		*ret_report = (struct abc_write_report){ sheet->played, sheet->n_bars, count_voices(sheet), sheet->n_shortened,
							 sheet->n_microtones, sheet->n_glides, sheet->worst_beats, sheet->glide_beats };
	*ret_n = out.n;
	*ret = strbuf_take(&out);
	return *ret ? 0 : no_memory(err);
}

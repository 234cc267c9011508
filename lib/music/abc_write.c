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
	strbuf_addf(b, "K:%s\n", key_name(bar->sharps, bar->minor));
}

static void instrument(const struct abc_writing *w, const struct abc_out_voice *v)
{
	if (v->part->channel == 9)
		strbuf_adds(w->out, "%%MIDI channel 10\n");
	if (v->part->program >= 0)
		strbuf_addf(w->out, "%%%%MIDI program %d\n", v->part->program);
}

static void bar_line(const struct abc_writing *w, size_t bar)
{
	bool last = bar + 1 == w->sheet->n_bars;
	bool heavy = !last && (w->sheet->bars[bar + 1].new_key || w->sheet->bars[bar + 1].new_meter);
	strbuf_adds(w->out, last ? " |]" : heavy ? " ||" : " |");
}

static void lyric_lines(struct strbuf *lines, int verses, struct strbuf *out)
{
	for (int k = 0; k < verses; k++) {
		size_t n = lines[k].n;
		while (n > 2 && lines[k].s[n - 1] == '*' && lines[k].s[n - 2] == ' ')
			n -= 2; /* nothing is sung to the last notes */
		if (n)
			strbuf_addf(out, "w: %.*s\n", (int)n, lines[k].s);
	}
}

/* The bars from..to of one voice and what is sung to them. */
static void voice_bars(const struct abc_writing *w, struct abc_out_voice *v, size_t from, size_t to)
{
	struct abc_out_bar bar = { .music = STRBUF_INIT };
	struct strbuf lines[ABC_WRITE_VERSES] = { STRBUF_INIT };
	int verses = 0;
	for (size_t i = from; i < to; i++) {
		abc_write_bar(w, v, i, &bar);
		if (i > from)
			strbuf_addc(w->out, ' ');
		strbuf_add(w->out, bar.music.s ? bar.music.s : "", bar.music.n);
		bar_line(w, i);
		for (int k = 0; k < ABC_WRITE_VERSES; k++) {
			if (lines[k].n && bar.lyrics[k].n && lines[k].s[lines[k].n - 1] != '-')
				strbuf_addc(&lines[k], ' ');
			strbuf_add(&lines[k], bar.lyrics[k].s ? bar.lyrics[k].s : "", bar.lyrics[k].n);
		}
		verses = bar.verses > verses ? bar.verses : verses;
		w->out->failed |= bar.music.failed;
	}
	strbuf_addc(w->out, '\n');
	lyric_lines(lines, verses, w->out);
	for (int k = 0; k < ABC_WRITE_VERSES; k++) {
		w->out->failed |= lines[k].failed || bar.lyrics[k].failed;
		strbuf_done(&lines[k]);
	}
	abc_out_bar_done(&bar);
}

/* The longest line of so many bars, when lines begin behind the pick-up. */
static size_t longest_line(const size_t *sizes, size_t n, size_t pickup, size_t per_line)
{
	size_t longest = 0, sum = 0;
	for (size_t i = 0; i < n; i++) {
		sum += sizes[i] + 3;
		if (sum > longest)
			longest = sum;
		if (i >= pickup && (i + 1 - pickup) % per_line == 0)
			sum = 0;
	}
	return longest;
}

/* Four bars a line, or two, or one: as many as fit, for all voices alike. */
static int choose_bars(const struct abc_writing *w, const struct abc_out_voice *voices, size_t n, size_t *ret,
		       struct err *err)
{
	size_t n_bars = w->sheet->n_bars, pickup = w->sheet->pickup;
	size_t AUTO_MEM *sizes = mem_new_array(n_bars, sizeof(*sizes));
	struct abc_out_bar bar = { .music = STRBUF_INIT };
	if (!sizes)
		return no_memory(err);
	*ret = (size_t)w->options->bars;
	if (*ret)
		return 0;
	for (size_t i = 0; i < n; i++) {
		struct abc_out_voice v = voices[i];
		for (size_t k = 0; k < n_bars; k++) {
			abc_write_bar(w, &v, k, &bar);
			sizes[k] = bar.music.n > sizes[k] ? bar.music.n : sizes[k];
		}
	}
	abc_out_bar_done(&bar);
	for (*ret = 4; *ret > 1 && longest_line(sizes, n_bars, pickup, *ret) > LINE_COLUMNS;)
		*ret /= 2;
	return 0;
}

static int body(const struct abc_writing *w, struct abc_out_voice *voices, size_t n, struct err *err)
{
	size_t per_line = 4, pickup = w->sheet->pickup;
	int r = choose_bars(w, voices, n, &per_line, err);
	for (size_t from = 0, to; r == 0 && from < w->sheet->n_bars; from = to) {
		to = from + per_line + (from ? 0 : pickup);
		if (to > w->sheet->n_bars)
			to = w->sheet->n_bars;
		for (size_t i = 0; i < n; i++) {
			if (n > 1)
				strbuf_addf(w->out, "V:%d\n", voices[i].id);
			if (from == 0)
				instrument(w, &voices[i]);
			voice_bars(w, &voices[i], from, to);
		}
	}
	return r;
}

static int write_tune(struct abc_writing *w, struct err *err)
{
	size_t n = count_voices(w->sheet), at = 0;
	struct abc_out_voice AUTO_MEM *voices = mem_new_array(n, sizeof(*voices));
	if (!voices)
		return no_memory(err);
	for (size_t p = 0; p < w->sheet->n_parts; p++)
		for (size_t k = 0; k < w->sheet->parts[p].n_layers; k++, at++)
			voices[at] = (struct abc_out_voice){ .part = &w->sheet->parts[p],
							     .layer = &w->sheet->parts[p].layers[k], .id = (int)at + 1,
							     .first = at == 0, .upper = k == 0 };
	header(w, voices, n);
	int r = body(w, voices, n, err);
	return r == 0 && !strbuf_ok(w->out) ? no_memory(err) : r;
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
		*ret_report = (struct abc_write_report){ sheet->played, sheet->n_bars, count_voices(sheet),
							 sheet->n_shortened, sheet->worst_beats };
	*ret_n = out.n;
	*ret = strbuf_take(&out);
	return *ret ? 0 : no_memory(err);
}

#include "music/sheet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "music/ask_priv.h"
#include "music/key_find.h"
#include "music/sheet_priv.h"

#define NEAR     1e-6
#define ASK_BARS 256

struct making {
	const struct score *score;
	struct sheet *sheet;
	const struct sheet_options *options;
	struct grid_choice grid;
	struct score_key guessed;
	bool guess;
	enum { ENDS_EXACT, ENDS_EARLY, ENDS_PLAYED } ends; /* of notes: as they are, a little early, ragged */
	struct err *err;
};

void sheet_free(struct sheet *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n_parts; i++) {
		for (size_t k = 0; k < SHEET_LAYERS_MAX; k++)
			free(s->parts[i].layers[k].items);
		free(s->parts[i].cells);
	}
	free(s->parts);
	free(s->bars);
	free(s->pitches);
	free(s);
}

static int no_memory(struct err *err)
{
	return err_set(err, -ENOMEM, "out of memory for the sheet");
}

/* Bars begin on multiples of a 64th. */
#define BAR_FINE (SHEET_QUARTER / 16)

static int64_t bar_line_at(const struct sheet *s, double beats)
{
	return llround((beats * (double)SHEET_QUARTER + (double)s->shift) / (double)BAR_FINE) * BAR_FINE;
}

static int add_bar(struct making *m, int64_t at, int64_t ticks, double beat)
{
	struct sheet *s = m->sheet;
	struct score_meter meter = score_meter_at(m->score, beat);
	struct score_key key = m->guess ? m->guessed : score_key_at(m->score, beat);
	struct sheet_bar *last = s->n_bars ? &s->bars[s->n_bars - 1] : NULL;
	if (meter.den > 64)
		return err_set(m->err, -EINVAL, "meter %u/%u is too fine to be written", meter.num, meter.den);
	if (meter.num > 1024)
		return err_set(m->err, -EINVAL, "a bar of %u/%u is too long to be written", meter.num, meter.den);
	if (s->n_bars >= LIMIT_SHEET_BARS)
		return err_set(m->err, -EMSGSIZE, "more than %d bars", LIMIT_SHEET_BARS);
	struct sheet_bar b = { at, ticks, meter.num, meter.den, key.sharps, key.minor, true, true };
	if (last) {
		b.new_meter = last->num != b.num || last->den != b.den;
		b.new_key = last->sharps != b.sharps || last->minor != b.minor;
	}
	if (mem_grow(&s->bars, &s->room_bars, s->n_bars + 1, sizeof(*s->bars)) < 0)
		return no_memory(m->err);
	s->bars[s->n_bars++] = b;
	return 0;
}

/* The bars from one meter to the next; the last one may be cut short by it. */
static int add_stretch(struct making *m, double from, bool last, int64_t at, int64_t end)
{
	struct score_meter meter = score_meter_at(m->score, from);
	int64_t length = 4 * SHEET_QUARTER * meter.num / meter.den;
	int r = 0;
	for (int64_t n = 0; r == 0 && at < end; n++, at += length) {
		int64_t ticks = at + length > end && !last ? end - at : length;
		r = add_bar(m, at, ticks, from + (double)n * score_bar_beats(&meter));
	}
	return r;
}

static double end_of(const struct note *n)
{
	return n->start_beats + n->duration_beats;
}

/* Every note, also one without length, begins before the end. */
static double last_beat(const struct score *s)
{
	double end = s->end_beats;
	for (size_t v = 0; v < s->n_voices; v++)
		for (size_t i = 0; i < s->voices[v].n_notes; i++)
			end = fmax(end, s->voices[v].notes[i].start_beats + 1.0 / 16);
	return end;
}

/* The pick-up; one that does not end on a 64th is made longer at its start. */
static int make_pickup(struct making *m, int64_t *ret_end)
{
	double beats = m->score->pickup_beats;
	int64_t ticks = (int64_t)ceil(beats * 16 - NEAR) * BAR_FINE;
	struct score_meter first = score_meter_at(m->score, beats);
	m->sheet->shift = ticks - llround(beats * (double)SHEET_QUARTER);
	m->sheet->pickup = ticks > 0;
	*ret_end = ticks;
	if (ticks > 4 * SHEET_QUARTER * first.num / first.den)
		return err_set(m->err, -EINVAL, "a pick-up of %g beats is longer than a bar", beats);
	return ticks > 0 ? add_bar(m, 0, ticks, beats) : 0;
}

static int make_bars(struct making *m)
{
	const struct score *s = m->score;
	double end = last_beat(s), from = s->pickup_beats;
	int64_t at = 0;
	if (end > LIMIT_SHEET_BEATS)
		return err_set(m->err, -EMSGSIZE, "the piece has more than %d beats", LIMIT_SHEET_BEATS);
	int r = make_pickup(m, &at);
	for (size_t i = 0; r == 0 && i <= s->n_meters; i++) {
		if (i < s->n_meters && s->meters[i].at_beats <= s->pickup_beats + NEAR)
			continue;
		bool last = i == s->n_meters || s->meters[i].at_beats >= end;
		double to = last ? end : s->meters[i].at_beats;
		int64_t stop = bar_line_at(m->sheet, to);
		if (last && stop < at + 1 && m->sheet->n_bars == m->sheet->pickup)
			stop = at + 1; /* one bar at least */
		r = add_stretch(m, from, last, at, stop);
		if (last)
			break;
		at = stop > at ? stop : at;
		from = to;
	}
	return r;
}

/*
 * Whether notes are let go early: one in fifty ends less than a tenth of a beat before the next one of its voice begins.
 * Nobody writes rests like that.
 */
static bool let_go_early(const struct score *s)
{
	size_t early = 0, all = 0;
	for (size_t v = 0; v < s->n_voices; v++) {
		const struct score_voice *x = &s->voices[v];
		for (size_t i = 0, next = 0; i < x->n_notes; i++) {
			while (next < x->n_notes && x->notes[next].start_beats <= x->notes[i].start_beats + NEAR)
				next++;
			double gap = next < x->n_notes ? x->notes[next].start_beats - end_of(&x->notes[i]) : 0;
			early += gap > 0.002 && gap <= 0.1;
			all++;
		}
	}
	return early * 50 > all;
}

/* Thirty-seconds are looked for where one onset in forty follows the one before by clearly less than a sixteenth. */
static int smallest_note(const struct score *s)
{
	size_t close = 0, all = 0;
	for (size_t v = 0; v < s->n_voices; v++)
		for (size_t i = 1; i < s->voices[v].n_notes; i++) {
			double apart = s->voices[v].notes[i].start_beats - s->voices[v].notes[i - 1].start_beats;
			all += apart > 0.06;
			close += apart > 0.06 && apart < 0.15;
		}
	return close * 40 > all ? 32 : 16;
}

static void choose_grid(struct making *m, const double *starts, const double *ends, size_t n)
{
	bool exact = m->options->grid == SHEET_GRID_EXACT;
	if (m->options->grid == SHEET_GRID_AUTO)
		exact = grid_is_exact(starts, n);
	int smallest = m->options->smallest ? m->options->smallest : smallest_note(m->score);
	m->sheet->played = !exact;
	m->grid = (struct grid_choice){ exact ? &grid_exact : NULL, smallest, m->options->tuplets };
	m->ends = exact ? ENDS_EXACT : ENDS_PLAYED;
	if (exact && m->options->grid == SHEET_GRID_AUTO)
		m->ends = !grid_is_exact(ends, n) ? ENDS_PLAYED : let_go_early(m->score) ? ENDS_EARLY : ENDS_EXACT;
}

static int look_at_times(struct making *m)
{
	size_t n = score_n_notes(m->score), at = 0;
	double AUTO_MEM *times = mem_new_array(2 * n, sizeof(*times));
	if (n == 0)
		return err_set(m->err, -EINVAL, "the score has no notes");
	if (!times)
		return no_memory(m->err);
	for (size_t v = 0; v < m->score->n_voices; v++)
		for (size_t i = 0; i < m->score->voices[v].n_notes; i++, at++) {
			const struct note *x = &m->score->voices[v].notes[i];
			times[at] = x->start_beats - m->score->pickup_beats;
			times[n + at] = end_of(x) - m->score->pickup_beats;
		}
	choose_grid(m, times, times + n, n);
	return 0;
}

/* Notes outside of a signature, by length, as a share of all. */
static double share_outside(const struct score *s, int sharps)
{
	double all = 1e-9, outside = 0;
	for (size_t v = 0; v < s->n_voices; v++)
		for (size_t i = 0; i < s->voices[v].n_notes; i++) {
			const struct note *n = &s->voices[v].notes[i];
			double weight = fmin(n->duration_beats, 4) + 0.01;
			int up = (n->pitch * 7 - sharps + 1) % 12;
			if (n->channel == 9)
				continue;
			all += weight;
			if ((up + 12) % 12 > 6)
				outside += weight;
		}
	return outside / all;
}

static int find_key(struct making *m)
{
	struct key_report report;
	int r = key_find(m->score, &report, m->err);
	if (r < 0)
		return r;
	if (report.n_guesses) {
		const struct key_guess *g = &report.guesses[0];
		m->guessed = (struct score_key){ 0, (int8_t)key_sharps(g->tonic, g->mode), key_mode_is_minor(g->mode) };
	}
	key_report_done(&report);
	return 0;
}

static int choose_key(struct making *m)
{
	const struct score *s = m->score;
	m->guess = s->n_keys == 0;
	if (m->guess || (m->options->guess_key && s->n_keys == 1)) {
		int r = find_key(m);
		if (r < 0)
			return r;
	}
	if (!m->guess && m->options->guess_key && s->n_keys == 1)
		m->guess = share_outside(s, s->keys[0].sharps) > 0.15 + 2 * share_outside(s, m->guessed.sharps);
	return 0;
}

static int compare_doubles(const void *pa, const void *pb)
{
	double a = *(const double *)pa, b = *(const double *)pb;
	return (a > b) - (a < b);
}

static int compare_points(const void *pa, const void *pb)
{
	const struct grid_point *a = pa, *b = pb;
	return (a->beats > b->beats) - (a->beats < b->beats);
}

static double sheet_beats(const struct sheet *s, double beats)
{
	return beats + (double)s->shift / (double)SHEET_QUARTER;
}

/* Onsets count fully, ends little: those of a player mean less. Points of one chord count once. */
static int gather_points(struct making *m, const struct note *notes, size_t n, struct grid_point **ret, size_t *ret_n)
{
	struct grid_point *p = mem_new_array(2 * n + 1, sizeof(*p));
	size_t at = 0, kept = 0;
	if (!p)
		return no_memory(m->err);
	for (size_t i = 0; i < n; i++) {
		p[at++] = (struct grid_point){ sheet_beats(m->sheet, notes[i].start_beats), 1 };
		p[at++] = (struct grid_point){ sheet_beats(m->sheet, end_of(&notes[i])), m->ends == ENDS_EXACT ? 1 : 0.05 };
	}
	qsort(p, at, sizeof(*p), compare_points);
	for (size_t i = 0; i < at; i++) {
		if (kept && p[i].beats - p[kept - 1].beats < 1e-4) {
			if (p[i].weight > p[kept - 1].weight)
				p[kept - 1] = p[i];
			continue;
		}
		p[kept++] = p[i];
	}
	*ret = p;
	*ret_n = kept;
	return 0;
}

static int ask(const struct making *m)
{
	return ask_on(m->options->watch, m->err);
}

static int make_cells(struct making *m, struct sheet_part *part, const struct note *notes, size_t n)
{
	struct grid_point AUTO_MEM *points = NULL;
	size_t n_points = 0, at = 0;
	int r = gather_points(m, notes, n, &points, &n_points);
	for (size_t b = 0; r == 0 && b < m->sheet->n_bars; b++) {
		const struct sheet_bar *bar = &m->sheet->bars[b];
		double from = (double)bar->at / (double)SHEET_QUARTER;
		double end = (double)(bar->at + bar->ticks) / (double)SHEET_QUARTER;
		size_t first = at;
		for (; at < n_points && points[at].beats < end; at++)
			points[at].beats = fmax(points[at].beats - from, 0);
		r = grid_bar(&m->grid, points + first, at - first, bar, &part->cells, &part->n_cells, &part->room_cells,
			     m->err);
		if (r == 0 && b % ASK_BARS == 0)
			r = ask(m);
	}
	return r;
}

static const struct sheet_cell *cell_at(const struct sheet_part *p, int64_t at)
{
	size_t low = 0, high = p->n_cells;
	while (low + 1 < high) {
		size_t mid = low + (high - low) / 2;
		if (p->cells[mid].at <= at)
			low = mid;
		else
			high = mid;
	}
	return &p->cells[low];
}

static int64_t snap(const struct sheet_part *p, int64_t at)
{
	const struct sheet_cell *c = cell_at(p, at);
	int64_t step = c->ticks / c->parts, k = (at - c->at + step / 2) / step;
	return c->at + (k < 0 ? 0 : k > c->parts ? c->parts : k) * step;
}

int64_t sheet_snap(const struct sheet *s, const struct sheet_part *p, double beats)
{
	double most = (double)(LIMIT_SHEET_BEATS * 2) * (double)SHEET_QUARTER;
	double at = sheet_beats(s, beats) * (double)SHEET_QUARTER;
	return snap(p, llround(fmin(fmax(at, 0), most)));
}

static int64_t step_after(const struct sheet_part *p, int64_t at)
{
	const struct sheet_cell *c = cell_at(p, at);
	return at + c->ticks / c->parts;
}

/* A player lets go early: the nearest whole, half or quarter beat within a fifth of the note. */
static double round_end(const struct making *m, const struct note *n)
{
	double end = end_of(n) - m->score->pickup_beats;
	double slack = m->ends == ENDS_EARLY ? 0.1 : fmin(0.2 * n->duration_beats, 0.25);
	for (double unit = 1; unit > 0.2; unit /= 2) {
		double near = round(end / unit) * unit;
		if (fabs(near - end) <= slack && (m->ends == ENDS_PLAYED || near >= end))
			return near + m->score->pickup_beats;
	}
	return end_of(n);
}

/*
 * Where a played note ends on paper: a small gap before the next onset is no rest, and a small overlap is
 * none. onsets[] are all onsets of the part; the last bar line counts as one.
 */
static double tidy_end(const struct making *m, const struct note *n, const double *onsets, size_t n_onsets, double last)
{
	double end = end_of(n), before = -INFINITY, after = INFINITY;
	size_t low = 0, high = n_onsets;
	while (low < high) { /* the first onset behind the end */
		size_t mid = low + (high - low) / 2;
		if (onsets[mid] <= end)
			low = mid + 1;
		else
			high = mid;
	}
	if (low > 0 && onsets[low - 1] > n->start_beats + 0.05)
		before = onsets[low - 1];
	if (low < n_onsets && onsets[low] > n->start_beats + 0.05)
		after = onsets[low];
	if (after == INFINITY && last >= end)
		after = last;
	if (before > n->start_beats && end - before <= fmin(0.25, 0.2 * (before - n->start_beats)))
		return before;
	double most = m->ends == ENDS_EARLY ? 0.1 : fmin(1, 0.35 * (after - n->start_beats));
	if (after < INFINITY && after - end <= most)
		return after;
	return round_end(m, n);
}

static int compare_notes(const void *pa, const void *pb)
{
	const struct sheet_note *a = pa, *b = pb;
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	if (a->end != b->end)
		return a->end > b->end ? -1 : 1;
	if (a->pitch != b->pitch)
		return (int)b->pitch - a->pitch;
	return (int)b->velocity - a->velocity;
}

/* Each note on the key that it is told with. */
static int find_microtones(struct making *m, const struct sheet_part *part, struct note *notes, size_t n, struct microtone *ret)
{
	struct sheet *s = m->sheet;
	memset(ret, 0, n * sizeof(*ret));
	if (part->channel == 9)
		return 0;
	int r = microtones_find(&m->score->voices[part->voice], notes, n, s->played, ret, m->err);
	for (size_t i = 0; r == 0 && i < n; i++) {
		notes[i].pitch = (uint8_t)(notes[i].pitch + ret[i].keys);
		s->n_microtones += ret[i].fine != 0;
		if (ret[i].glides && (s->n_glides++ == 0 || notes[i].start_beats < s->glide_beats))
			s->glide_beats = notes[i].start_beats;
	}
	return r;
}

/*
 * A microtone keeps a letter without a sign, and one of the signature; any other is told from the nearest letter
 * without a sign: half a semitone below D flat is half a semitone above C.
 */
static void spell_microtone(const struct making *m, const struct note *n, struct sheet_note *x)
{
	static const int8_t step_at[12] = { 0, -1, 1, -1, 2, 3, -1, 4, -1, 5, -1, 6 };
	struct spelling *s = &x->spelling;
	int sharps = m->guess ? m->guessed.sharps : score_key_at(m->score, n->start_beats).sharps, fifths = spelling_fifths(*s);
	bool of_key = fifths >= sharps - 1 && fifths <= sharps + 5;
	if (s->alter == 0 || (of_key && abs(s->alter * MICROTONE_SEMITONE + x->fine) <= MICROTONE_MOST))
		return;
	int up = x->fine > 0 ? 1 : -1, height = n->pitch * MICROTONE_SEMITONE + x->fine;
	int key = n->pitch + (step_at[n->pitch % 12] < 0 ? up : 0);
	*s = (struct spelling){ step_at[key % 12], 0, (int8_t)(key / 12 - 1) };
	x->fine = (int16_t)(height - key * MICROTONE_SEMITONE);
}

static int place_notes(struct making *m, const struct sheet_part *part, struct note *notes, size_t n,
		       struct sheet_note *ret)
{
	double AUTO_MEM *onsets = mem_new_array(n, sizeof(*onsets));
	struct spelling AUTO_MEM *spelled = mem_new_array(n, sizeof(*spelled));
	struct microtone AUTO_MEM *tones = mem_new_array(n, sizeof(*tones));
	const struct sheet_bar *last = &m->sheet->bars[m->sheet->n_bars - 1];
	int64_t bars_end = last->at + last->ticks;
	double last_line = (double)(bars_end - m->sheet->shift) / (double)SHEET_QUARTER;
	if (!onsets || !spelled || !tones)
		return no_memory(m->err);
	int r = find_microtones(m, part, notes, n, tones);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		onsets[i] = notes[i].start_beats;
	qsort(onsets, n, sizeof(*onsets), compare_doubles);
	if (m->guess)
		spell_notes_in(notes, n, m->guessed, spelled);
	else
		spell_notes(m->score, notes, n, spelled);
	for (size_t i = 0; i < n; i++) {
		double end = m->ends != ENDS_EXACT ? tidy_end(m, &notes[i], onsets, n, last_line) : end_of(&notes[i]);
		struct sheet_note x = { sheet_snap(m->sheet, part, notes[i].start_beats), sheet_snap(m->sheet, part, end),
					notes[i].pitch, notes[i].velocity, spelled[i], tones[i].fine };
		double moved = fabs((double)x.at / (double)SHEET_QUARTER - sheet_beats(m->sheet, notes[i].start_beats));
		m->sheet->worst_beats = fmax(m->sheet->worst_beats, moved);
		if (x.end <= x.at)
			x.end = step_after(part, x.at);
		if (x.end > bars_end) { /* rounded to the very end */
			x.at -= x.end - bars_end;
			x.end = bars_end;
		}
		if (x.fine)
			spell_microtone(m, &notes[i], &x);
		ret[i] = x;
	}
	qsort(ret, n, sizeof(*ret), compare_notes);
	return 0;
}

/* Chord symbols stand over the first part: its notes are split where one comes in. */
static int chord_splits(struct making *m, const struct sheet_part *part, int64_t **ret, size_t *ret_n)
{
	const struct score *s = m->score;
	int64_t *at = mem_new_array(s->n_texts + 1, sizeof(*at));
	if (!at)
		return no_memory(m->err);
	*ret_n = 0;
	*ret = at;
	for (size_t i = 0; m->sheet->n_parts == 1 && i < s->n_texts; i++)
		if (s->texts[i].kind == SCORE_CHORD)
			at[(*ret_n)++] = sheet_snap(m->sheet, part, s->texts[i].at_beats);
	return 0;
}

static int make_layers(struct making *m, struct sheet_part *part, struct sheet_note *notes, size_t n)
{
	struct sheet_line lines[SHEET_LAYERS_MAX] = { { NULL, 0, 0 } };
	int64_t AUTO_MEM *splits = NULL;
	size_t n_splits = 0;
	int r = sheet_lines(m->sheet, notes, n, m->options->layers, lines, &part->n_layers, m->err);
	if (r == 0)
		r = chord_splits(m, part, &splits, &n_splits);
	if (r == 0)
		r = ask(m);
	for (size_t i = 0; r == 0 && i < part->n_layers; i++)
		r = sheet_fill(m->sheet, &part->layers[i], &lines[i], notes, splits, i ? 0 : n_splits, m->err);
	for (size_t i = 0; i < SHEET_LAYERS_MAX; i++)
		free(lines[i].groups);
	return r;
}

static enum sheet_clef clef_for(const struct note *notes, size_t n, uint8_t channel)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += notes[i].pitch;
	if (channel == 9)
		return SHEET_PERCUSSION;
	return sum / (double)n < 57 ? SHEET_BASS : SHEET_TREBLE;
}

static int program_of(const struct score_voice *v, uint8_t channel)
{
	for (size_t i = 0; i < v->n_controls; i++)
		if (v->controls[i].kind == SCORE_PROGRAM && v->controls[i].channel == channel)
			return v->controls[i].value;
	return -1;
}

struct part_notes {
	struct note *notes;
	struct sheet_note *placed;
	size_t n;
};

static int begin_part(struct making *m, size_t voice, uint8_t channel, struct part_notes *ret)
{
	struct sheet *s = m->sheet;
	const struct score_voice *v = &m->score->voices[voice];
	ret->notes = mem_new_array(v->n_notes, sizeof(*ret->notes));
	ret->placed = mem_new_array(v->n_notes, sizeof(*ret->placed));
	if (!ret->notes || !ret->placed ||
	    mem_grow(&s->parts, &s->room_parts, s->n_parts + 1, sizeof(*s->parts)) < 0)
		return no_memory(m->err);
	for (size_t i = 0; i < v->n_notes; i++)
		if (v->notes[i].channel == channel)
			ret->notes[ret->n++] = v->notes[i];
	struct sheet_part *p = &s->parts[s->n_parts++];
	memset(p, 0, sizeof(*p));
	p->voice = voice;
	p->channel = channel;
	p->program = program_of(v, channel);
	p->clef = clef_for(ret->notes, ret->n, channel);
	int r = make_cells(m, p, ret->notes, ret->n);
	if (r == 0)
		r = place_notes(m, p, ret->notes, ret->n, ret->placed);
	return r < 0 ? r : ask(m);
}

static int make_part(struct making *m, size_t voice, uint8_t channel)
{
	struct part_notes x = { NULL, NULL, 0 };
	int r = begin_part(m, voice, channel, &x);
	if (r == 0)
		r = make_layers(m, &m->sheet->parts[m->sheet->n_parts - 1], x.placed, x.n);
	free(x.notes);
	free(x.placed);
	return r;
}

static unsigned channels_of(const struct score_voice *v)
{
	unsigned channels = 0;
	for (size_t i = 0; i < v->n_notes; i++)
		channels |= 1u << v->notes[i].channel;
	return channels;
}

/* Every part has all bars, if only as rests. */
static int check_size(const struct making *m)
{
	size_t n_parts = 0;
	for (size_t i = 0; i < m->score->n_voices; i++)
		n_parts += (size_t)__builtin_popcount(channels_of(&m->score->voices[i]));
	if (n_parts * m->sheet->n_bars > LIMIT_SHEET_MEASURES)
		return err_set(m->err, -EMSGSIZE, "%zu bars of %zu parts, which is more than %d bars together", m->sheet->n_bars, n_parts,
			       LIMIT_SHEET_MEASURES);
	return 0;
}

static int make_voice(struct making *m, size_t voice)
{
	unsigned channels = channels_of(&m->score->voices[voice]);
	int r = 0;
	for (uint8_t c = 0; r == 0 && c < 16; c++)
		if (channels >> c & 1)
			r = make_part(m, voice, c);
	return r;
}

static int make(struct making *m)
{
	int r = choose_key(m);
	if (r == 0)
		r = look_at_times(m);
	if (r == 0)
		r = make_bars(m);
	if (r == 0)
		r = check_size(m);
	for (size_t i = 0; r == 0 && i < m->score->n_voices; i++)
		r = make_voice(m, i);
	return r;
}

int sheet_new(const struct score *score, const struct sheet_options *o, struct sheet **ret, struct err *err)
{
	AUTO(sheet) s = calloc(1, sizeof(*s));
	if (!s)
		return no_memory(err);
	if (o->layers < 1 || o->layers > SHEET_LAYERS_MAX ||
	    (o->smallest != 0 && o->smallest != 4 && o->smallest != 8 && o->smallest != 16 && o->smallest != 32))
		return err_set(err, -EINVAL, "%d layers and a smallest note of 1/%d", o->layers, o->smallest);
	struct making m = { .score = score, .sheet = s, .options = o, .err = err };
	int r = make(&m);
	if (r < 0)
		return r;
	*ret = TAKE(s);
	return 0;
}

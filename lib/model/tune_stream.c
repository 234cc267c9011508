/* tune_stream.c - between the bars of a tune and a stream of tokens. */
#include "model/tune.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#include "base/banned.h"

void tune_stream_done(struct tune_stream *s)
{
	free(s->v);
	*s = (struct tune_stream){ 0 };
}

int tune_stream_add(struct tune_stream *s, int token, struct err *err)
{
	if (mem_grow(&s->v, &s->room, s->n + 1, sizeof(*s->v)) < 0)
		return err_set(err, -ENOMEM, "tune");
	s->v[s->n++] = (uint16_t)token;
	return 0;
}

int tune_stream_header(struct tune_stream *s, const struct tune *t, struct err *err)
{
	int r = tune_stream_add(s, TUNE_TOKEN_MODE + t->mode, err);
	if (r == 0)
		r = tune_stream_add(s, TUNE_TOKEN_METER + t->meter, err);
	return r == 0 ? tune_stream_add(s, TUNE_TOKEN_FORM + t->form, err) : r;
}

static int add_bar(struct tune_stream *s, const struct tune *t, size_t bar, bool begins, struct err *err)
{
	const struct tune_bar *b = &t->bars[bar];
	int r = 0;
	for (uint32_t i = 0; r == 0 && i < b->n; i++) {
		int x = t->notes[b->first + i];
		if (begins && i == 0 && tune_sound_of(x) == TUNE_HOLD)
			x = tune_note(tune_length_of(x), b->held >= 0 ? b->held : TUNE_REST);
		r = tune_stream_add(s, x, err);
	}
	return r == 0 ? tune_stream_add(s, TUNE_TOKEN_BAR, err) : r;
}

static bool same_bar(const struct tune *t, size_t a, size_t b)
{
	const struct tune_bar *x = &t->bars[a], *y = &t->bars[b];
	return x->n == y->n && x->held == y->held &&
	       memcmp(&t->notes[x->first], &t->notes[y->first], x->n * sizeof(*t->notes)) == 0;
}

/* The repeat that says the most at bar i (bars from .. to - 1 are written); -1 for none. */
static int find_repeat(const struct tune *t, size_t from, size_t i, size_t to)
{
	for (int k = 0; k < TUNE_REPEATS; k++) {
		size_t n = tune_repeats[k].bars, same = 0, need = n - tune_repeats[k].ending;
		if (i - from < n || i + n > to)
			continue;
		while (same < need && same_bar(t, i + same, i - n + same))
			same++;
		if (same == need)
			return k;
	}
	return -1;
}

int tune_stream_bars(struct tune_stream *s, const struct tune *t, size_t from, size_t to, bool fold, struct err *err)
{
	bool begins = true;
	int r = 0;
	for (size_t i = from, quiet = 0; r == 0 && i < to;) {
		int k = fold && !quiet ? find_repeat(t, from, i, to) : -1;
		if (k < 0) {
			r = add_bar(s, t, i++, begins, err);
			begins = false;
			quiet -= quiet > 0;
			continue;
		}
		r = tune_stream_add(s, TUNE_TOKEN_REPEAT + k, err);
		i += (size_t)(tune_repeats[k].bars - tune_repeats[k].ending);
		quiet = tune_repeats[k].ending; /* bars that must be written before the next repeat */
		begins = true;
	}
	return r;
}

int tune_stream_whole(struct tune_stream *s, const struct tune *t, struct err *err)
{
	int r = tune_stream_header(s, t, err);
	if (r == 0)
		r = tune_stream_bars(s, t, 0, t->n_bars, true, err);
	return r == 0 ? tune_stream_add(s, TUNE_TOKEN_END, err) : r;
}

int tune_stream_gap(struct tune_stream *s, const struct tune *t, size_t before_from, size_t gap_to, size_t after_to,
		    struct err *err)
{
	int r = tune_stream_header(s, t, err);
	if (r == 0)
		r = tune_stream_add(s, TUNE_TOKEN_AFTER, err);
	if (r == 0)
		r = tune_stream_bars(s, t, gap_to, after_to, false, err);
	if (r == 0)
		r = tune_stream_add(s, TUNE_TOKEN_BEFORE, err);
	if (r == 0)
		r = tune_stream_bars(s, t, before_from, gap_to, false, err);
	return r == 0 ? tune_stream_add(s, TUNE_TOKEN_END, err) : r;
}

static int copy_bar(struct tune *t, size_t from, struct err *err)
{
	uint16_t notes[TUNE_BAR_UNITS_MAX];
	const struct tune_bar b = t->bars[from];
	memcpy(notes, &t->notes[b.first], b.n * sizeof(*notes));
	return tune_add_bar(t, notes, b.n, b.held, err);
}

static int play_repeat(struct tune *t, const struct tune_repeat *p, struct err *err)
{
	int r = 0;
	size_t from = t->n_bars - p->bars; /* the grammar has looked that they are there */
	for (size_t i = 0; r == 0 && i < (size_t)(p->bars - p->ending); i++)
		r = copy_bar(t, from + i, err);
	return r;
}

static int add_token(struct tune *t, const struct tune_state *s, int token, uint16_t *bar, size_t *n, struct err *err)
{
	int r = 0;
	if (tune_is_note(token)) {
		bar[(*n)++] = (uint16_t)token;
	} else if (token == TUNE_TOKEN_BAR) {
		r = tune_add_bar(t, bar, *n, tune_last_sound(t), err);
		*n = 0;
	} else if (tune_is_repeat(token)) {
		r = play_repeat(t, &tune_repeats[token - TUNE_TOKEN_REPEAT], err);
	} else if (s->n_header < 3) {
		t->mode = s->n_header == 0 ? (uint8_t)(token - TUNE_TOKEN_MODE) : t->mode;
		t->meter = s->n_header == 1 ? (uint8_t)(token - TUNE_TOKEN_METER) : t->meter;
		t->form = s->n_header == 2 ? (uint8_t)(token - TUNE_TOKEN_FORM) : t->form;
	} else if (token == TUNE_TOKEN_BEFORE) {
		t->n_bars = t->n_notes = 0; /* what stood behind the gap was only to be known */
	}
	return r;
}

static void start_state(struct tune_state *s, const struct tune *t, const uint16_t *tokens, size_t n)
{
	tune_state_init(s);
	if (n > 0 && tokens[0] >= TUNE_TOKEN_MODE && tokens[0] < TUNE_TOKEN_METER)
		return;
	tune_state_push(s, TUNE_TOKEN_MODE + t->mode);
	tune_state_push(s, TUNE_TOKEN_METER + t->meter);
	tune_state_push(s, TUNE_TOKEN_FORM + t->form);
	s->n_bars = (int16_t)t->n_bars;
	s->sounding = tune_last_sound(t) >= 0;
}

int tune_add_stream(struct tune *t, const uint16_t *tokens, size_t n, struct err *err)
{
	struct tune_state s;
	uint16_t bar[TUNE_BAR_UNITS_MAX];
	size_t in_bar = 0;
	int r = 0;
	start_state(&s, t, tokens, n);
	if (s.n_header == 0 && t->n_bars)
		return err_set(err, -EBADMSG, "a second header");
	for (size_t i = 0; r == 0 && i < n; i++) {
		if (!tune_state_may(&s, tokens[i]))
			return err_set(err, -EBADMSG, "token %zu (%u) cannot stand there", i, tokens[i]);
		r = add_token(t, &s, tokens[i], bar, &in_bar, err);
		tune_state_push(&s, tokens[i]);
	}
	if (r == 0 && (in_bar || s.owed || s.after || s.n_header < 3))
		return err_set(err, -EBADMSG, "the tokens end in the middle of a tune");
	return r;
}

/*
 * abc_tempo.c - tempo words, a tempo that was asked for, and fermatas, which hold the beat back for all voices.
 */
#include "music/abc_play_priv.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define HOLD 1.75 /* times as long */
#define HOLDS_MAX 4096
#define WORDS_BYTES 200 /* of a text that are looked through: tempo words come first, and a text may be played again and again */

/* Quarter notes a minute: the middle of what metronomes print. */
static const struct {
	const char *word;
	double bpm;
} words[] = {
	{ "larghissimo", 24 }, { "grave", 40 },	     { "largo", 50 },	   { "lento", 52 },	  { "larghetto", 63 },
	{ "adagietto", 72 },   { "adagio", 66 },     { "andantino", 92 },  { "andante", 80 },	  { "moderato", 108 },
	{ "moderately", 108 }, { "allegretto", 116 }, { "allegro", 132 },  { "vivacissimo", 176 }, { "vivace", 160 },
	{ "vivo", 160 },       { "prestissimo", 200 }, { "presto", 180 },  { "slowly", 60 },	  { "slow", 60 },
	{ "medium", 100 },     { "lively", 132 },    { "fast", 144 },	   { "quick", 144 },
};

static bool word_at(struct abc_span text, size_t at, const char *word)
{
	size_t n = strlen(word);
	if (text.n - at < n || strncasecmp(text.s + at, word, n) != 0)
		return false;
	return (at == 0 || !isalpha((unsigned char)text.s[at - 1])) &&
	       (at + n == text.n || !isalpha((unsigned char)text.s[at + n]));
}

double abc_tempo_of(struct abc_span text)
{
	text.n = text.n < WORDS_BYTES ? text.n : WORDS_BYTES;
	for (size_t at = 0; at < text.n; at++)
		for (size_t i = 0; i < COUNT_OF(words); i++)
			if (word_at(text, at, words[i].word))
				return words[i].bpm;
	return 0;
}

static int override(struct abc_play *p)
{
	struct score *s = p->score;
	double ratio = p->options->tempo_bpm / score_bpm_at(s, 0);
	for (size_t i = 0; i < s->n_tempos; i++)
		s->tempos[i].bpm *= ratio;
	return score_set_tempo(s, 0, p->options->tempo_bpm, p->err);
}

static int by_start(const void *a, const void *b)
{
	const struct abc_hold *x = a, *y = b;
	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->end < y->end ? -1 : x->end > y->end;
}

static int hold(struct abc_play *p, const struct abc_hold *h)
{
	struct score *s = p->score;
	double from = abc_beats(h->start), to = abc_beats(h->end);
	double before = score_bpm_at(s, from), after = score_bpm_at(s, to);
	for (size_t i = 0; i < s->n_tempos; i++)
		if (s->tempos[i].at_beats > from && s->tempos[i].at_beats < to)
			s->tempos[i].bpm /= HOLD;
	int r = score_set_tempo(s, from, before / HOLD, p->err);
	return r < 0 ? r : score_set_tempo(s, to, after, p->err);
}

int abc_tempo(struct abc_play *p)
{
	int r = p->options->tempo_bpm > 0 ? override(p) : 0;
	int64_t end = -1;
	if (p->n_holds)
		qsort(p->holds, p->n_holds, sizeof(*p->holds), by_start);
	for (size_t i = 0; r == 0 && i < p->n_holds && i < HOLDS_MAX; i++) {
		if (p->holds[i].start < end)
			continue; /* the same one in another voice */
		r = hold(p, &p->holds[i]);
		end = p->holds[i].end;
	}
	return r;
}

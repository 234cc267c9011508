/*
 * key_path.c - where the key changes: the best path through windows of two beats.
 *
 * A window speaks for a key with the log weights of its pitch classes (Albrecht and Shanahan), a beat of sound counting
 * once; a change costs CHANGE_COST and more with the distance in fifths, as in Temperley 2007, chapter 6.
 */
#include "music/key_find_priv.h"

#include <math.h>
#include <string.h>

#include "music/key_find.h"
#include "music/pitched_priv.h"

#define WINDOW_BEATS 2.0
#define WINDOWS_MAX 4096
#define CHANGE_COST 7.0
#define FIFTH_COST 0.7
#define STATES 24

struct path {
	double window_beats;
	size_t n;
	double (*chroma)[12];     /* sounding beats of each window */
	uint8_t (*from)[STATES];  /* the state before on the best path */
	double log_weights[2][12], cost[STATES][STATES];
};

static void path_done(struct path *p)
{
	free(p->chroma);
	free(p->from);
}

/* Signatures a fifth apart are near; relative keys share one. */
static int fifths_apart(int a, int b)
{
	int d = abs(key_sharps(a % 12, a >= 12 ? KEY_MINOR : KEY_MAJOR) - key_sharps(b % 12, b >= 12 ? KEY_MINOR : KEY_MAJOR));
	return d > 6 ? 12 - d : d;
}

static void path_prepare(struct path *p)
{
	for (int minor = 0; minor < 2; minor++) {
		key_profile_weights(KEY_ALBRECHT_SHANAHAN, minor ? KEY_MINOR : KEY_MAJOR, p->log_weights[minor]);
		for (int i = 0; i < 12; i++)
			p->log_weights[minor][i] = log(p->log_weights[minor][i]);
	}
	for (int a = 0; a < STATES; a++)
		for (int b = 0; b < STATES; b++)
			p->cost[a][b] = a == b ? 0 : CHANGE_COST + FIFTH_COST * fifths_apart(a, b);
}

/* Spreads a note over the windows that it sounds in; at most 64 of them. */
static void add_note(struct path *p, const struct note *n)
{
	double at = n->start_beats, end = at + n->duration_beats;
	size_t i = (size_t)fmin(at / p->window_beats, (double)(p->n - 1));
	for (int k = 0; k < 64 && i < p->n && at < end; k++, i++) {
		double to = fmin(end, (double)(i + 1) * p->window_beats);
		p->chroma[i][n->pitch % 12] += fmax(to - at, 0);
		at = to;
	}
}

/* A thick texture or a long window says no more than three voices for two beats do. */
static void cap(double chroma[12])
{
	double sum = 0;
	for (int i = 0; i < 12; i++)
		sum += chroma[i];
	for (int i = 0; i < 12 && sum > 6; i++)
		chroma[i] *= 6 / sum;
}

static void walk(struct path *p)
{
	double now[STATES] = { 0 }, next[STATES];
	for (size_t i = 0; i < p->n; i++) {
		cap(p->chroma[i]);
		for (int b = 0; b < STATES; b++) {
			int best = b;
			for (int a = 0; a < STATES; a++)
				if (now[a] - p->cost[a][b] > now[best] - p->cost[best][b])
					best = a;
			p->from[i][b] = (uint8_t)best;
			next[b] = now[best] - p->cost[best][b] +
				  key_log_likely(p->chroma[i], p->log_weights[b >= 12], b % 12);
		}
		memcpy(now, next, sizeof(now));
	}
	int at = 0;
	for (int b = 1; b < STATES; b++)
		if (now[b] > now[at])
			at = b;
	for (size_t i = p->n; i-- > 0;) { /* from[i][0] becomes the state of window i */
		int before = p->from[i][at];
		p->from[i][0] = (uint8_t)at;
		at = before;
	}
}

static struct key_span span_of(const struct path *p, size_t from, size_t to, double end)
{
	double sum[12] = { 0 }, all = 0;
	int tonic = p->from[from][0] % 12;
	for (size_t i = from; i < to; i++)
		for (int k = 0; k < 12; k++) {
			sum[k] += p->chroma[i][k];
			all += p->chroma[i][k];
		}
	for (int k = 0; k < 12 && all > 0; k++)
		sum[k] /= all;
	return (struct key_span){ (double)from * p->window_beats, fmin((double)to * p->window_beats, end), tonic,
				  key_mode_of(sum, tonic, p->from[from][0] >= 12) };
}

static int collect(const struct path *p, double end, struct key_span **ret, size_t *ret_n, struct err *err)
{
	size_t n = 1;
	for (size_t i = 1; i < p->n; i++)
		n += p->from[i][0] != p->from[i - 1][0];
	struct key_span *spans = mem_new_array(n, sizeof(*spans));
	if (!spans)
		return err_set(err, -ENOMEM, "out of memory for the keys");
	for (size_t from = 0, k = 0; from < p->n; k++) {
		size_t to = from + 1;
		while (to < p->n && p->from[to][0] == p->from[from][0])
			to++;
		spans[k] = span_of(p, from, to, end);
		from = to;
	}
	*ret = spans;
	*ret_n = n;
	return 0;
}

int key_path(const struct score *s, struct key_span **ret, size_t *ret_n, struct err *err)
{
	size_t n = 0;
	struct note AUTO_MEM *notes = pitched_notes(s, &n);
	if (!notes)
		return err_set(err, -ENOMEM, "out of memory for the notes");
	double end = notes_end_beats(notes, n);
	struct path p = { .window_beats = fmax(WINDOW_BEATS, end / WINDOWS_MAX) };
	p.n = (size_t)fmax(1, ceil(end / p.window_beats - 1e-6));
	p.chroma = mem_new_array(p.n, sizeof(*p.chroma));
	p.from = mem_new_array(p.n, sizeof(*p.from));
	int code = p.chroma && p.from ? 0 : err_set(err, -ENOMEM, "out of memory for the keys");
	if (code == 0) {
		path_prepare(&p);
		for (size_t i = 0; i < n; i++)
			add_note(&p, &notes[i]);
		walk(&p);
		code = collect(&p, end, ret, ret_n, err);
	}
	path_done(&p);
	return code;
}

#include "music/pattern_find.h"

#include <math.h>
#include <string.h>

#include "music/pitched_priv.h"

#define LINE_MAX 4096
#define SHORTEST 4
#define TOGETHER_BEATS 0.06

struct line_note {
	double at;
	uint8_t pitch;
};

struct line {
	struct line_note *v;
	size_t n;
	int16_t *tokens; /* n - 1: from each note to the next */
	uint16_t *order; /* the suffixes, sorted */
	uint16_t *shared; /* how many tokens each has in common with the one before */
};

static void line_done(struct line *l)
{
	free(l->v);
	free(l->tokens);
	free(l->order);
	free(l->shared);
}

static int gather(struct line *l, const struct score *s)
{
	size_t n = 0;
	struct note AUTO_MEM *notes = pitched_notes(s, &n);
	l->v = mem_new_array(n < LINE_MAX ? n : LINE_MAX, sizeof(*l->v));
	if (!notes || !l->v)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		bool joins = l->n > 0 && notes[i].start_beats < l->v[l->n - 1].at + TOGETHER_BEATS;
		if (!joins && l->n == LINE_MAX)
			break;
		if (!joins)
			l->v[l->n++] = (struct line_note){ notes[i].start_beats, notes[i].pitch };
		else if (notes[i].pitch > l->v[l->n - 1].pitch)
			l->v[l->n - 1].pitch = notes[i].pitch;
	}
	return 0;
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* An interval and the class of the time until the next note. */
static int tokenise(struct line *l)
{
	size_t n = l->n - 1;
	double AUTO_MEM *gap = mem_new_array(n, sizeof(*gap));
	double AUTO_MEM *sorted = mem_new_array(n, sizeof(*sorted));
	l->tokens = mem_new_array(n, sizeof(*l->tokens));
	l->order = mem_new_array(n, sizeof(*l->order));
	l->shared = mem_new_array(n, sizeof(*l->shared));
	if (!gap || !sorted || !l->tokens || !l->order || !l->shared)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		sorted[i] = gap[i] = l->v[i + 1].at - l->v[i].at;
	qsort(sorted, n, sizeof(*sorted), compare_doubles);
	double median = fmax(sorted[n / 2], 1e-6);
	for (size_t i = 0; i < n; i++) {
		double class = fmax(-12, fmin(12, round(2 * log2(fmax(gap[i], 1e-6) / median))));
		l->tokens[i] = (int16_t)((l->v[i + 1].pitch - l->v[i].pitch + 128) * 32 + (int)class + 12);
		l->order[i] = (uint16_t)i;
	}
	return 0;
}

static size_t common(const struct line *l, size_t a, size_t b)
{
	size_t n = 0, end = l->n - 1;
	while (n < PATTERN_NOTES_MAX && a + n < end && b + n < end && l->tokens[a + n] == l->tokens[b + n])
		n++;
	return n;
}

static int compare_suffixes(const void *pa, const void *pb, void *line)
{
	const struct line *l = line;
	size_t a = *(const uint16_t *)pa, b = *(const uint16_t *)pb, n = common(l, a, b), end = l->n - 1;
	if (n < PATTERN_NOTES_MAX && a + n < end && b + n < end)
		return l->tokens[a + n] - l->tokens[b + n];
	return (a > b) - (a < b);
}

static void sort_suffixes(struct line *l)
{
	qsort_r(l->order, l->n - 1, sizeof(*l->order), compare_suffixes, l);
	for (size_t i = 1; i < l->n - 1; i++)
		l->shared[i] = (uint16_t)common(l, l->order[i - 1], l->order[i]);
}

static int compare_places(const void *a, const void *b)
{
	return *(const uint16_t *)a - *(const uint16_t *)b;
}

/* A group of suffixes that begin with the same n tokens, as a pattern of n + 1 notes whose places do not overlap. */
static void fill(const struct line *l, uint16_t *places, size_t n_places, size_t n_notes, struct pattern *p)
{
	size_t next = 0;
	memset(p, 0, sizeof(*p));
	qsort(places, n_places, sizeof(*places), compare_places);
	p->n_notes = n_notes;
	for (size_t i = 0; i < n_places; i++) {
		size_t at = places[i];
		if (p->n_times && at < next)
			continue;
		int step = l->v[at].pitch - l->v[places[0]].pitch;
		if (p->n_places < PATTERN_PLACES_MAX) {
			p->at_beats[p->n_places] = l->v[at].at;
			p->steps[p->n_places++] = step;
		}
		p->n_times++;
		p->n_exact += step == 0;
		next = at + n_notes;
	}
	p->length_beats = l->v[places[0] + n_notes - 1].at - l->v[places[0]].at;
}

static size_t worth(const struct pattern *p)
{
	return p->n_times > 1 ? (p->n_times - 1) * p->n_notes : 0;
}

/* Whether q says nothing that p does not: shorter, and in no more places. */
static bool within(const struct pattern *q, const struct pattern *p)
{
	double end = p->at_beats[0] + p->length_beats + 1e-6;
	for (size_t i = 0; i < p->n_places; i++) {
		double from = p->at_beats[i] - 1e-6;
		end = p->at_beats[i] + p->length_beats + 1e-6;
		if (q->at_beats[0] >= from && q->at_beats[0] + q->length_beats <= end)
			return q->n_times <= 2 * p->n_times;
	}
	return false;
}

static void offer(struct pattern_report *r, const struct pattern *p)
{
	if (p->n_times < 2)
		return;
	if (p->n_notes > r->longest_notes)
		r->longest_notes = p->n_notes;
	for (size_t i = 0; i < r->n; i++)
		if (within(p, &r->v[i]))
			return;
	size_t at = r->n;
	while (at > 0 && worth(&r->v[at - 1]) < worth(p))
		at--;
	if (at >= PATTERNS_MAX)
		return;
	r->n += r->n < PATTERNS_MAX;
	memmove(&r->v[at + 1], &r->v[at], (r->n - at - 1) * sizeof(*p));
	r->v[at] = *p;
}

/* Groups for one length: runs of suffixes that share at least so many tokens. */
static void find_length(const struct line *l, size_t n_tokens, uint16_t *places, struct pattern_report *r)
{
	size_t n = l->n - 1;
	for (size_t i = 1; i < n;) {
		size_t k = 0;
		struct pattern p;
		if (l->shared[i] < n_tokens) {
			i++;
			continue;
		}
		places[k++] = l->order[i - 1];
		for (; i < n && l->shared[i] >= n_tokens; i++)
			places[k++] = l->order[i];
		fill(l, places, k, n_tokens + 1, &p);
		offer(r, &p);
	}
}

static double covered(const struct line *l, const struct pattern_report *r)
{
	size_t hits = 0;
	for (size_t i = 0; i < l->n; i++) {
		bool in = false;
		for (size_t k = 0; k < r->n && !in; k++)
			for (size_t j = 1; j < r->v[k].n_places && !in; j++)
				in = l->v[i].at >= r->v[k].at_beats[j] - 1e-6 &&
				     l->v[i].at <= r->v[k].at_beats[j] + r->v[k].length_beats + 1e-6;
		hits += in;
	}
	return l->n ? (double)hits / (double)l->n : 0;
}

int patterns_find(const struct score *s, struct pattern_report *ret, struct err *err)
{
	struct line l = { NULL, 0, NULL, NULL, NULL };
	struct pattern_report r = { .n = 0 };
	uint16_t AUTO_MEM *places = NULL;
	int code = gather(&l, s);
	if (code == 0 && l.n > SHORTEST) {
		places = mem_new_array(l.n, sizeof(*places));
		code = places ? tokenise(&l) : -ENOMEM;
		if (code == 0) {
			sort_suffixes(&l);
			for (size_t n = PATTERN_NOTES_MAX - 1; n >= SHORTEST - 1; n--)
				find_length(&l, n, places, &r);
			r.covered = covered(&l, &r);
		}
	}
	line_done(&l);
	if (code < 0)
		return err_set(err, code, "out of memory for the patterns");
	*ret = r;
	return 0;
}

#include "music/form_find.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "music/form_bars_priv.h"

#define SECTION_COST 2.2 /* bars: what beginning another section costs */
#define COPY_WEIGHT 2.0  /* a bar that differs from what it follows costs up to this */
#define COPY_LEAST 0.55  /* mean likeness of a section to what it follows, at least */
#define SAME 0.76        /* of two sections with one name */
#define VARIED 0.67      /* and with one letter */
#define LETTERS 26

/* Lengths that a section may have, and what an unusual one costs, in bars. */
static const struct {
	int n_bars;
	double cost;
} lengths[] = { { 8, 0 },   { 16, 2.4 }, { 4, 0.6 }, { 12, 1.6 },  { 6, 1.4 }, { 10, 1.6 }, { 9, 1.8 }, { 7, 1.8 },
		{ 5, 1.8 }, { 14, 1.6 }, { 2, 1.6 }, { 1, 1.9 }, { 3, 1.9 } };

struct search {
	const struct form_report *r;
	double *cost;
	uint16_t *length;
};

static double alike(const struct form_report *r, size_t i, size_t j)
{
	return (double)r->alike[i * r->n_bars + j];
}

/* Mean likeness of n bars from i to n bars from j. */
static double stretch_alike(const struct form_report *r, size_t i, size_t j, size_t n)
{
	double sum = 0;
	for (size_t k = 0; k < n; k++)
		sum += alike(r, i + k, j + k);
	return n ? sum / (double)n : 0;
}

/* The cheapest way to tell n bars from i: anew, or as like an earlier stretch. */
static double tell(const struct form_report *r, size_t i, size_t n)
{
	double best = (double)n;
	for (size_t j = 0; j + n <= i; j++) {
		double like = stretch_alike(r, i, j, n);
		if (like >= COPY_LEAST)
			best = fmin(best, (1 - like) * COPY_WEIGHT * (double)n);
	}
	return best;
}

static void walk(struct search *x)
{
	size_t n = x->r->n_bars;
	x->cost[0] = 0;
	for (size_t to = 1; to <= n; to++)
		x->cost[to] = INFINITY;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < COUNT_OF(lengths); k++) {
			size_t bars = (size_t)lengths[k].n_bars;
			if (i + bars > n || isinf(x->cost[i]))
				continue;
			double cost = x->cost[i] + SECTION_COST + lengths[k].cost + tell(x->r, i, bars);
			if (cost < x->cost[i + bars] - 1e-9) {
				x->cost[i + bars] = cost;
				x->length[i + bars] = (uint16_t)bars;
			}
		}
}

static int collect(const struct search *x, struct form_report *r, const struct form_bars *b, struct err *err)
{
	size_t n = 0;
	for (size_t at = r->n_bars; at > 0; at -= x->length[at])
		n++;
	r->sections = mem_new_array(n, sizeof(*r->sections));
	if (!r->sections)
		return err_set(err, -ENOMEM, "out of memory for the sections");
	r->n_sections = n;
	for (size_t at = r->n_bars; at > 0; at -= x->length[at]) {
		struct form_section *s = &r->sections[--n];
		s->n_bars = x->length[at];
		s->first_bar = (int64_t)(at - x->length[at]) + 1;
		s->from_beats = n ? b->from_beats + (double)(s->first_bar - 1) * b->bar_beats : 0;
		s->to_beats = b->from_beats + (double)at * b->bar_beats;
	}
	return 0;
}

/* Sections of other lengths are compared as far as the shorter one goes, when that is most of the longer one. */
static double section_alike(const struct form_report *r, const struct form_section *a, const struct form_section *b)
{
	int64_t n = a->n_bars < b->n_bars ? a->n_bars : b->n_bars, most = a->n_bars > b->n_bars ? a->n_bars : b->n_bars;
	if (4 * n < 3 * most)
		return 0;
	return stretch_alike(r, (size_t)a->first_bar - 1, (size_t)b->first_bar - 1, (size_t)n) * (double)n / (double)most;
}

static void name_section(struct form_report *r, size_t i, int *n_letters, int n_variants[LETTERS])
{
	struct form_section *s = &r->sections[i];
	const struct form_section *like = NULL;
	for (size_t j = 0; j < i; j++) {
		double a = section_alike(r, s, &r->sections[j]);
		if (a > s->alike && a >= VARIED) {
			s->alike = a;
			like = &r->sections[j];
		}
	}
	if (like) {
		s->letter = like->letter;
		s->variant = s->alike >= SAME ? like->variant : ++n_variants[like->letter];
	} else {
		s->letter = *n_letters < LETTERS ? (*n_letters)++ : LETTERS - 1;
		s->alike = 1;
	}
	char primes[5] = "''''";
	primes[s->variant > 4 ? 4 : s->variant] = '\0';
	(void)snprintf(s->name, sizeof(s->name), "%c%s", 'A' + s->letter, primes);
}

static int name_all(struct form_report *r, struct err *err)
{
	AUTO_STRBUF b = STRBUF_INIT;
	int n_letters = 0, n_variants[LETTERS] = { 0 };
	for (size_t i = 0; i < r->n_sections; i++) {
		name_section(r, i, &n_letters, n_variants);
		(void)strbuf_adds(&b, r->sections[i].name);
	}
	r->letters = strbuf_take(&b);
	return r->letters ? 0 : err_set(err, -ENOMEM, "out of memory for the sections");
}

static int compare_bars(struct form_report *r, const struct form_bars *b, struct err *err)
{
	size_t n = r->n_bars, again = 0;
	r->alike = mem_new_array(n * n, sizeof(*r->alike));
	if (!r->alike)
		return err_set(err, -ENOMEM, "out of memory for the bars");
	for (size_t i = 0; i < n; i++) {
		bool before = false;
		for (size_t j = 0; j <= i; j++) {
			float a = i == j ? 1 : (float)form_bars_alike(b, i, j);
			r->alike[i * n + j] = r->alike[j * n + i] = a;
			before |= i != j && a >= 0.8F;
		}
		again += before;
	}
	r->repetition = n ? (double)again / (double)n : 0;
	return 0;
}

static int cut(struct form_report *r, const struct form_bars *b, struct err *err)
{
	struct search x = { r, mem_new_array(r->n_bars + 1, sizeof(*x.cost)), mem_new_array(r->n_bars + 1, sizeof(*x.length)) };
	int code = x.cost && x.length ? 0 : err_set(err, -ENOMEM, "out of memory for the sections");
	if (code == 0) {
		walk(&x);
		code = collect(&x, r, b, err);
	}
	free(x.cost);
	free(x.length);
	return code < 0 ? code : name_all(r, err);
}

int form_find(const struct score *s, const struct meter_report *meter, struct form_report *ret, struct err *err)
{
	struct form_bars b;
	struct form_report r = { .n_bars = 0 };
	int code = form_bars_init(&b, s, meter, err);
	if (code == 0 && b.n_bars) {
		r.n_bars = b.n_bars;
		r.bar_beats = b.bar_beats;
		code = compare_bars(&r, &b, err);
		if (code == 0)
			code = cut(&r, &b, err);
	}
	form_bars_done(&b);
	if (code == 0 && !r.letters && !(r.letters = strdup("")))
		code = err_set(err, -ENOMEM, "out of memory for the sections");
	if (code < 0)
		form_report_done(&r);
	else
		*ret = r;
	return code;
}

void form_report_done(struct form_report *r)
{
	free(r->sections);
	free(r->alike);
	free(r->letters);
	memset(r, 0, sizeof(*r));
}

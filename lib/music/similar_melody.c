/*
 * similar_melody.c - two leading lines: runs of intervals in common, and their best alignment.
 */
#include "music/similarity_priv.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

#define GRAM 3

/* A run of three intervals as one number. */
static uint32_t gram_at(const struct line_note *line, size_t i)
{
	uint32_t g = 0;
	for (size_t k = 0; k < GRAM; k++)
		g = g << 6 | (uint32_t)(line[i + k].step + 24);
	return g;
}

static int compare_grams(const void *pa, const void *pb)
{
	uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;
	return (a > b) - (a < b);
}

static uint32_t *sorted_grams(const struct piece_profile *p, size_t *ret_n)
{
	size_t n = p->n_line > GRAM ? p->n_line - GRAM : 0;
	uint32_t *grams = mem_new_array(n, sizeof(*grams));
	for (size_t i = 0; grams && i < n; i++)
		grams[i] = gram_at(p->line, i + 1);
	if (grams && n)
		qsort(grams, n, sizeof(*grams), compare_grams);
	*ret_n = n;
	return grams;
}

static size_t same_from(const uint32_t *g, size_t n, size_t i)
{
	size_t k = i;
	while (k < n && g[k] == g[i])
		k++;
	return k - i;
}

static double cosine_of_grams(const uint32_t *a, size_t n, const uint32_t *b, size_t m)
{
	double dot = 0, aa = 0, bb = 0;
	size_t i = 0, k = 0;
	while (i < n || k < m) {
		bool take_a = i < n && (k >= m || a[i] <= b[k]), take_b = k < m && (i >= n || b[k] <= a[i]);
		double x = take_a ? (double)same_from(a, n, i) : 0, y = take_b ? (double)same_from(b, m, k) : 0;
		dot += x * y;
		aa += x * x;
		bb += y * y;
		i += (size_t)x;
		k += (size_t)y;
	}
	return aa > 0 && bb > 0 ? dot / sqrt(aa * bb) : n == m ? 1 : 0;
}

/* What it is worth that two notes stand for each other; lengths count a third. */
static int worth(const struct line_note *x, const struct line_note *y, bool degrees)
{
	int off = degrees ? x->degree - y->degree : x->step - y->step;
	off = off < 0 ? -off : off;
	if (degrees && off > 6)
		off = 12 - off;
	if (off == 0)
		return x->length == y->length ? 6 : 4;
	return off <= 2 && (degrees || (x->step > 0) == (y->step > 0)) ? -1 : -4;
}

/* The best local alignment, as a part of what the shorter line could get. Rows are of b; room for two of them. */
static double alignment(const struct piece_profile *a, const struct piece_profile *b, bool degrees, int *row)
{
	int best = 0, gap = 3;
	memset(row, 0, (b->n_line + 1) * sizeof(*row));
	for (size_t i = 0; i < a->n_line; i++) {
		int diagonal = 0;
		for (size_t k = 1; k <= b->n_line; k++) {
			int here = diagonal + worth(&a->line[i], &b->line[k - 1], degrees);
			here = here > row[k] - gap ? here : row[k] - gap;
			here = here > row[k - 1] - gap ? here : row[k - 1] - gap;
			here = here > 0 ? here : 0;
			diagonal = row[k];
			row[k] = here;
			best = here > best ? here : best;
		}
	}
	size_t shorter = a->n_line < b->n_line ? a->n_line : b->n_line;
	return fmin(1, (double)best / (6.0 * (double)shorter));
}

double similar_melody(const struct piece_profile *a, const struct piece_profile *b)
{
	size_t n, m;
	uint32_t AUTO_MEM *x = sorted_grams(a, &n);
	uint32_t AUTO_MEM *y = sorted_grams(b, &m);
	int AUTO_MEM *row = mem_new_array(b->n_line + 1, sizeof(*row));
	if (!x || !y || !row)
		return -ENOMEM;
	double by_degrees = alignment(a, b, true, row), by_steps = alignment(a, b, false, row);
	return 0.5 * cosine_of_grams(x, n, y, m) + 0.5 * fmax(by_degrees, by_steps);
}

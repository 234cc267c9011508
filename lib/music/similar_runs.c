/*
 * similar_runs.c - stretches that two leading lines have in common: again and again the longest common run of intervals
 * whose notes are not yet in one.
 */
#include "music/similarity_priv.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

struct looking {
	const struct piece_profile *a, *b;
	bool *used_a, *used_b;
	uint32_t *row; /* [n_line of b + 1]: intervals in common up to here */
	size_t min_notes;
};

/* The longest run that is not used; the first in a, then in b, where several are as long. */
static bool find_longest(struct looking *l, struct shared_run *ret)
{
	size_t best = l->min_notes - 2;
	bool found = false;
	memset(l->row, 0, (l->b->n_line + 1) * sizeof(*l->row));
	for (size_t i = 1, same_steps = 0; i < l->a->n_line; i++) { /* same_steps: alike, up to here */
		uint32_t diagonal = 0;
		same_steps = i > 1 && l->a->line[i].step == l->a->line[i - 1].step ? same_steps + 1 : 1;
		bool a_free = !l->used_a[i] && !l->used_a[i - 1];
		for (size_t k = 1; k < l->b->n_line; k++) {
			uint32_t above = l->row[k];
			bool same = a_free && !l->used_b[k] && !l->used_b[k - 1] && l->a->line[i].step == l->b->line[k].step;
			l->row[k] = same ? diagonal + 1 : 0;
			diagonal = above;
			size_t n = l->row[k];
			/* Runs up and down a scale or on one note are everybody's: two different intervals are asked for. */
			if (n <= best || same_steps >= n)
				continue;
			best = n;
			*ret = (struct shared_run){ .n_notes = n + 1, .at_a = i - n, .at_b = k - n };
			found = true;
		}
	}
	return found;
}

static double line_end(const struct line_note *x)
{
	return x->start_beats + x->duration_beats;
}

static void describe(const struct looking *l, struct shared_run *r)
{
	const struct line_note *a = &l->a->line[r->at_a], *b = &l->b->line[r->at_b];
	size_t same = 0;
	for (size_t i = 0; i < r->n_notes; i++) {
		same += a[i].length == b[i].length;
		l->used_a[r->at_a + i] = true;
		l->used_b[r->at_b + i] = true;
	}
	r->from_a = a[0].start_beats;
	r->to_a = line_end(&a[r->n_notes - 1]);
	r->from_b = b[0].start_beats;
	r->to_b = line_end(&b[r->n_notes - 1]);
	r->transposition = b[0].pitch - a[0].pitch;
	r->same_rhythm = (double)same / (double)r->n_notes;
}

static double share(const bool *used, size_t n)
{
	size_t k = 0;
	for (size_t i = 0; i < n; i++)
		k += used[i];
	return n ? (double)k / (double)n : 0;
}

int similar_runs(const struct piece_profile *a, const struct piece_profile *b, size_t min_notes, struct similarity *ret, struct err *err)
{
	bool AUTO_MEM *used_a = mem_new_array(a->n_line, sizeof(*used_a));
	bool AUTO_MEM *used_b = mem_new_array(b->n_line, sizeof(*used_b));
	uint32_t AUTO_MEM *row = mem_new_array(b->n_line + 1, sizeof(*row));
	ret->runs = mem_new_array(SHARED_RUNS_MAX, sizeof(*ret->runs));
	if (!used_a || !used_b || !row || !ret->runs)
		return err_set(err, -ENOMEM, "similarity");
	struct looking l = { a, b, used_a, used_b, row, min_notes };
	while (ret->n_runs < SHARED_RUNS_MAX && find_longest(&l, &ret->runs[ret->n_runs]))
		describe(&l, &ret->runs[ret->n_runs++]);
	ret->shared_a = share(used_a, a->n_line);
	ret->shared_b = share(used_b, b->n_line);
	return 0;
}

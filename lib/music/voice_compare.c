/*
 * voice_compare.c - how well found voices agree with true ones.
 *
 * The best one-for-one matching of voices is found by the Hungarian method on the counts of notes they share.
 */
#include "music/voices.h"

#include <string.h>

#include "base/banned.h"

/* A note as both scores have it, with its two voices. */
struct shared_note {
	struct note note;
	uint32_t truth, found;
};

static int by_start(const struct note *a, const struct note *b)
{
	if (a->start_beats != b->start_beats)
		return a->start_beats < b->start_beats ? -1 : 1;
	if (a->pitch != b->pitch)
		return (int)a->pitch - b->pitch;
	return (a->duration_beats > b->duration_beats) - (a->duration_beats < b->duration_beats);
}

static int compare_truth(const void *pa, const void *pb)
{
	const struct shared_note *a = pa, *b = pb;
	int c = by_start(&a->note, &b->note);
	return c ? c : (a->truth > b->truth) - (a->truth < b->truth);
}

static struct shared_note *flatten(const struct score *s, size_t *ret_n)
{
	size_t n = score_n_notes(s), at = 0;
	struct shared_note *all = mem_new_array(n, sizeof(*all));
	for (size_t i = 0; all && i < s->n_voices; i++)
		for (size_t k = 0; k < s->voices[i].n_notes; k++)
			all[at++] = (struct shared_note){ s->voices[i].notes[k], (uint32_t)i, 0 };
	if (all && n)
		qsort(all, n, sizeof(*all), compare_truth);
	*ret_n = n;
	return all;
}

/* Maximises the sum of weight[i * n + match[i]] over permutations: potentials and shortest augmenting paths, O(n^3). */
static int best_matching(const double *weight, size_t n, size_t *match)
{
	double AUTO_MEM *room = mem_new_array(3 * (n + 1), sizeof(*room));
	size_t AUTO_MEM *index = mem_new_array(2 * (n + 1), sizeof(*index));
	bool AUTO_MEM *seen = mem_new_array(n + 1, sizeof(*seen));
	if (!room || !index || !seen)
		return -ENOMEM;
	double *u = room, *v = room + n + 1, *slack = room + 2 * (n + 1);
	size_t *row_of = index, *way = index + n + 1; /* columns count from 1; row 0 is none */
	for (size_t i = 1; i <= n; i++) {
		size_t column = 0;
		row_of[0] = i;
		for (size_t k = 0; k <= n; k++) {
			slack[k] = 1e300;
			seen[k] = false;
		}
		do {
			size_t row = row_of[column], next = 0;
			double least = 1e300;
			seen[column] = true;
			for (size_t k = 1; k <= n; k++) {
				if (seen[k])
					continue;
				double cost = -weight[(row - 1) * n + k - 1] - u[row] - v[k];
				if (cost < slack[k]) {
					slack[k] = cost;
					way[k] = column;
				}
				if (slack[k] < least) {
					least = slack[k];
					next = k;
				}
			}
			for (size_t k = 0; k <= n; k++) {
				if (seen[k]) {
					u[row_of[k]] += least;
					v[k] -= least;
				} else {
					slack[k] -= least;
				}
			}
			column = next;
		} while (row_of[column] != 0);
		for (; column; column = way[column])
			row_of[column] = row_of[way[column]];
	}
	for (size_t k = 1; k <= n; k++)
		match[row_of[k] - 1] = k - 1;
	return 0;
}

/* Which true voice's note came last in each found voice and the other way round: links that both have. */
static void count_links(const struct shared_note *notes, size_t n, size_t n_truth, size_t n_found, size_t *last_truth,
			size_t *last_found, struct voices_agreement *ret)
{
	for (size_t i = 0; i < n_truth; i++)
		last_truth[i] = SIZE_MAX;
	for (size_t i = 0; i < n_found; i++)
		last_found[i] = SIZE_MAX;
	for (size_t i = 0; i < n; i++) {
		size_t a = last_truth[notes[i].truth], b = last_found[notes[i].found];
		ret->n_links += a != SIZE_MAX;
		ret->n_links_made += b != SIZE_MAX;
		ret->n_links_found += a != SIZE_MAX && a == b;
		last_truth[notes[i].truth] = i;
		last_found[notes[i].found] = i;
	}
}

static void count_right(const double *weight, size_t side, size_t n_truth, const size_t *match, struct voices_agreement *ret)
{
	double sum = 0;
	size_t counted = 0;
	for (size_t i = 0; i < n_truth; i++) {
		double total = 0, most = 0;
		for (size_t k = 0; k < side; k++) {
			double w = weight[i * side + k];
			total += w;
			most = w > most ? w : most;
		}
		ret->n_right += (size_t)weight[i * side + match[i]];
		if (total > 0) {
			sum += most / total;
			counted++;
		}
	}
	ret->average_consistency = counted ? sum / (double)counted : 1;
}

static int tally(struct shared_note *notes, size_t n, size_t n_truth, size_t n_found, struct voices_agreement *ret)
{
	size_t side = n_truth > n_found ? n_truth : n_found;
	double AUTO_MEM *weight = mem_new_array(side * side, sizeof(*weight));
	size_t AUTO_MEM *room = mem_new_array(3 * side, sizeof(*room));
	if (!weight || !room)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		weight[notes[i].truth * side + notes[i].found] += 1;
	int code = best_matching(weight, side, room);
	if (code < 0)
		return code;
	ret->n_notes = n;
	count_right(weight, side, n_truth, room, ret);
	count_links(notes, n, n_truth, n_found, room + side, room + 2 * side, ret);
	return 0;
}

int voices_compare(const struct score *truth, const struct score *found, struct voices_agreement *ret, struct err *err)
{
	size_t n = 0, m = 0;
	struct shared_note AUTO_MEM *a = flatten(truth, &n);
	struct shared_note AUTO_MEM *b = flatten(found, &m);
	struct voices_agreement sum = { 0 };
	if (!a || !b)
		return err_set(err, -ENOMEM, "voices");
	for (size_t i = 0; i < n; i++) {
		if (n != m || by_start(&a[i].note, &b[i].note) != 0)
			return err_set(err, -EINVAL, "the two scores do not have the same notes");
		a[i].found = b[i].truth;
	}
	if (n != m)
		return err_set(err, -EINVAL, "the two scores do not have the same notes");
	if (n && tally(a, n, truth->n_voices, found->n_voices, &sum) < 0)
		return err_set(err, -ENOMEM, "voices");
	*ret = sum;
	return 0;
}

/* pitched.c - the notes that have a pitch. */
#include "music/pitched_priv.h"

#include <math.h>

struct note *pitched_notes(const struct score *s, size_t *ret_n)
{
	size_t n = 0, kept = 0;
	struct note *all = score_merge_notes(s, &n);
	if (!all)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		if (all[i].channel == DRUM_CHANNEL || all[i].start_beats >= FAR_BEATS)
			continue;
		all[kept] = all[i];
		all[kept].duration_beats = fmin(all[kept].duration_beats, FAR_BEATS);
		kept++;
	}
	*ret_n = kept;
	return all;
}

double notes_end_beats(const struct note *notes, size_t n)
{
	double end = 0;
	for (size_t i = 0; i < n; i++)
		end = fmax(end, notes[i].start_beats + notes[i].duration_beats);
	return end;
}

size_t notes_lower_bound(const struct note *notes, size_t n, double beats)
{
	size_t lo = 0, hi = n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (notes[mid].start_beats < beats)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

double notes_median_beats(const struct note *notes, size_t n)
{
	double some[4096];
	size_t step = n / 4096 + 1, m = 0;
	for (size_t i = 0; i < n && m < 4096; i += step)
		some[m++] = notes[i].duration_beats;
	if (m == 0)
		return 0;
	qsort(some, m, sizeof(*some), compare_doubles);
	return some[m / 2];
}

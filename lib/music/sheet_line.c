/*
 * sheet_line.c - chords, and which of them follow one another in one line.
 */
#include "music/sheet_priv.h"

#include "base/limits.h"

/* The line that a group goes to: the first that is free; -1 for none. */
static int free_line(const struct sheet_line *lines, size_t n, const struct sheet_group *g)
{
	for (size_t i = 0; i < n; i++)
		if (lines[i].n == 0 || lines[i].groups[lines[i].n - 1].end <= g->at)
			return (int)i;
	return -1;
}

static int add_group(struct sheet_line *line, const struct sheet_group *g, struct err *err)
{
	if (mem_grow(&line->groups, &line->room, line->n + 1, sizeof(*line->groups)) < 0)
		return err_set(err, -ENOMEM, "out of memory for the sheet");
	line->groups[line->n++] = *g;
	return 0;
}

/*
 * All lines sound: the one that is over soonest ends here, unless all of them have only just begun; then the
 * group is left out, and counted like the others.
 */
static int squeeze(struct sheet *s, struct sheet_line *lines, size_t n, const struct sheet_group *g, struct err *err)
{
	struct sheet_line *best = NULL;
	s->n_shortened += g->n;
	for (size_t i = 0; i < n; i++) {
		const struct sheet_group *last = &lines[i].groups[lines[i].n - 1];
		if (last->at < g->at && (!best || last->end < best->groups[best->n - 1].end))
			best = &lines[i];
	}
	if (!best)
		return 0;
	best->groups[best->n - 1].end = g->at;
	return add_group(best, g, err);
}

static int place_group(struct sheet *s, struct sheet_line *lines, size_t *n, int max, const struct sheet_group *g,
		       struct err *err)
{
	int at = free_line(lines, *n, g);
	if (at < 0 && *n < (size_t)max)
		at = (int)(*n)++;
	return at < 0 ? squeeze(s, lines, *n, g, err) : add_group(&lines[at], g, err);
}

/* Where the chord that begins with notes[i] ends; one pitch twice is two chords. */
static size_t chord_end(const struct sheet_note *notes, size_t n, size_t i)
{
	size_t k = i + 1;
	while (k < n && notes[k].at == notes[i].at && notes[k].end == notes[i].end && notes[k].pitch != notes[k - 1].pitch)
		k++;
	return k;
}

/* Chords of one onset take their lines from above: the highest comes first. */
static size_t highest_left(const struct sheet_group *g, const struct sheet_note *notes, size_t n)
{
	size_t best = n;
	for (size_t i = 0; i < n; i++)
		if (g[i].n && (best == n || notes[g[i].first].pitch > notes[g[best].first].pitch))
			best = i;
	return best;
}

#define AT_ONCE 32 /* different lengths that may begin together */

int sheet_lines(struct sheet *s, struct sheet_note *notes, size_t n, int max, struct sheet_line *lines, size_t *ret_n,
		struct err *err)
{
	int r = 0;
	*ret_n = 0;
	for (size_t i = 0; r == 0 && i < n;) {
		struct sheet_group together[AT_ONCE];
		size_t count = 0, end = i;
		while (end < n && notes[end].at == notes[i].at && count < AT_ONCE) {
			size_t next = chord_end(notes, n, end);
			together[count++] = (struct sheet_group){ notes[end].at, notes[end].end, end, next - end };
			end = next;
		}
		for (size_t k = highest_left(together, notes, count); r == 0 && k < count;
		     k = highest_left(together, notes, count)) {
			r = place_group(s, lines, ret_n, max, &together[k], err);
			together[k].n = 0;
		}
		i = end;
	}
	return r;
}

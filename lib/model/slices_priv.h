/*
 * slices_priv.h - a source cut into slices of equal length, with what they have in common as symbols.
 *
 * Units:  ticks as in source_priv.h. Slice i begins at first_at + i * slice_ticks; the last one ends at tick 0.
 * Shapes: a symbol stands for a place in the bar and something of what sounds there: all of it (SLICES_EXACT), the leading pitch and
 *         the bass (SLICES_NOTES), the leading pitch class (SLICES_OUTLINE), or the place alone (SLICES_PLACE).
 *         contents[] tells slices apart in which not the same notes begin.
 */
#ifndef MODEL_SLICES_PRIV_H
#define MODEL_SLICES_PRIV_H

#include "model/material_priv.h"
#include "model/source_priv.h"

enum slices_detail { SLICES_EXACT, SLICES_NOTES, SLICES_OUTLINE, SLICES_PLACE, SLICES_DETAIL_COUNT };

struct slices {
	const struct source *src;
	struct source_note *notes; /* all of the source's, the leading ones too, by tick */
	size_t n_notes;
	int32_t slice_ticks, per_bar;
	int64_t first_at;
	size_t n;
	uint32_t *symbols[SLICES_DETAIL_COUNT];
	uint32_t *contents; /* 0 to n_contents - 1 */
	size_t n_contents;
	int16_t *lead_in, *lead_out; /* the leading pitch that sounds at its beginning and at its end; SOURCE_REST */
	bool *begins;                /* a part of the material begins here */
	size_t *starts;              /* the slices where parts begin */
	size_t n_starts;
};

/* divide: how many slices to a beat; 0 for one to a bar. */
int slices_init(struct slices *s, const struct source *src, const struct material *m, int64_t divide, struct err *err);
void slices_done(struct slices *s);

static inline int64_t slices_at(const struct slices *s, size_t i)
{
	return s->first_at + (int64_t)i * s->slice_ticks;
}

#endif

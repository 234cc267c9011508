/*
 * same.h - whether two scores have the same notes; bytes between the members of a note say nothing.
 */
#ifndef TESTS_MODEL_SAME_H
#define TESTS_MODEL_SAME_H

#include "music/notes.h"

static inline bool same_note(const struct note *a, const struct note *b)
{
	return a->start_beats == b->start_beats && a->duration_beats == b->duration_beats && a->pitch == b->pitch &&
	       a->velocity == b->velocity && a->channel == b->channel && a->release == b->release;
}

static inline bool same_notes(const struct score_voice *a, const struct score_voice *b)
{
	if (a->n_notes != b->n_notes)
		return false;
	for (size_t i = 0; i < a->n_notes; i++) {
		if (!same_note(&a->notes[i], &b->notes[i]))
			return false;
	}
	return true;
}

#endif

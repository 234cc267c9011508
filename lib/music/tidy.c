#include "music/tidy.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

#define SAME_BEATS 1e-6

static double end_of(const struct note *x)
{
	return x->start_beats + x->duration_beats;
}

static size_t tidy_voice(struct score_voice *v)
{
	size_t last[16][128], kept = 0, before = v->n_notes;
	memset(last, 0xFF, sizeof(last));
	for (size_t i = 0; i < v->n_notes; i++) {
		struct note x = v->notes[i];
		size_t *at = &last[x.channel & 15][x.pitch & 127];
		struct note *earlier = *at == SIZE_MAX ? NULL : &v->notes[*at];
		if (earlier && x.start_beats - earlier->start_beats < SAME_BEATS) {
			earlier->duration_beats = fmax(earlier->duration_beats, x.duration_beats);
			earlier->velocity = x.velocity > earlier->velocity ? x.velocity : earlier->velocity;
			continue;
		}
		if (earlier && end_of(earlier) > x.start_beats)
			earlier->duration_beats = x.start_beats - earlier->start_beats;
		*at = kept;
		v->notes[kept++] = x;
	}
	v->n_notes = kept;
	return before - kept;
}

size_t score_tidy(struct score *s)
{
	size_t gone = 0;
	score_sort(s);
	for (size_t i = 0; i < s->n_voices; i++) {
		gone += tidy_voice(&s->voices[i]);
		for (size_t k = 0; k < s->voices[i].n_notes; k++)
			s->end_beats = fmax(s->end_beats, end_of(&s->voices[i].notes[k]));
	}
	return gone;
}

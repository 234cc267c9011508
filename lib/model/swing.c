#include "model/swing_priv.h"

#include "base/banned.h"

/* The first half of a quarter is stretched, the second one pressed. */
static double swung(double beats, int thousandths)
{
	double t = beats * METER_TICKS;
	int64_t tick = (int64_t)(t + 0.5), quarter = tick / METER_TICKS, in = tick % METER_TICKS, half = METER_TICKS / 2;
	int64_t middle = half + METER_TICKS / 6 * (int64_t)thousandths / 1000;
	int64_t moved = in < half ? in * middle / half : middle + (in - half) * (METER_TICKS - middle) / half;
	return (double)(quarter * METER_TICKS + moved) / METER_TICKS;
}

void swing_score(struct score *s, const struct meter_shape *m, int thousandths)
{
	if (thousandths <= 0 || m->den > 4)
		return;
	for (size_t v = 0; v < s->n_voices; v++) {
		for (size_t i = 0; i < s->voices[v].n_notes; i++) {
			struct note *n = &s->voices[v].notes[i];
			double end = swung(n->start_beats + n->duration_beats, thousandths);
			n->start_beats = swung(n->start_beats, thousandths);
			if (end > n->start_beats)
				n->duration_beats = end - n->start_beats;
		}
	}
}

#include "timeline/tap.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

void tapper_clear(struct tapper *t)
{
	t->n = 0;
}

static double slope(const struct tapper *t)
{
	double s = 0, b = 0, ss = 0, sb = 0, n = (double)t->n;
	for (size_t i = 0; i < t->n; i++) {
		s += t->taps[i].seconds - t->taps[0].seconds;
		b += t->taps[i].beats;
	}
	for (size_t i = 0; i < t->n; i++) {
		double ds = t->taps[i].seconds - t->taps[0].seconds - s / n;
		ss += ds * ds;
		sb += ds * (t->taps[i].beats - b / n);
	}
	return sb / ss;
}

/* Forgets the oldest taps: those further back than TAP_BEATS, and one more when there is no room. */
static void forget(struct tapper *t, double now_beats)
{
	size_t drop = t->n == TAP_MAX ? 1 : 0;
	while (drop + 1 < t->n && now_beats - t->taps[drop].beats > TAP_BEATS)
		drop++;
	if (!drop)
		return;
	double first = t->taps[drop].beats;
	t->n -= drop;
	memmove(t->taps, t->taps + drop, t->n * sizeof(t->taps[0]));
	for (size_t i = 0; i < t->n; i++)
		t->taps[i].beats -= first;
}

static bool begins_anew(const struct tapper *t, double gap_s, double beats)
{
	return gap_s > TAP_PAUSE_S || (t->n >= TAP_LEAST && gap_s > 3 * beats / slope(t));
}

int tapper_add(struct tapper *t, double seconds, double beats, double *ret_bpm, struct err *err)
{
	if (!isfinite(seconds) || !isfinite(beats) || beats <= 0)
		return err_field(err, -EINVAL, "beats", "a tap %g beats later at %g s", beats, seconds);
	if (t->n && seconds <= t->taps[t->n - 1].seconds)
		return err_field(err, -EINVAL, "seconds", "a tap at %g s, not after the one before at %g s", seconds,
				 t->taps[t->n - 1].seconds);
	if (t->n && begins_anew(t, seconds - t->taps[t->n - 1].seconds, beats))
		t->n = 0;
	if (t->n)
		forget(t, t->taps[t->n - 1].beats + beats);
	t->taps[t->n].beats = t->n ? t->taps[t->n - 1].beats + beats : 0;
	t->taps[t->n++].seconds = seconds;
	if (t->n < TAP_LEAST)
		return 0;
	*ret_bpm = 60 * slope(t);
	return 1;
}

#include "audio/vibrato_priv.h"

#include "audio/pitch.h"

#include <math.h>

#include "base/banned.h"

#define SLOWEST_HZ   3.5
#define FASTEST_HZ   9.0
#define PERIODS      3
#define LEAST_CENTS  10.0
#define LEAST_LIKE   0.5

/* The pitch without its slow motion: the mean of a period of the slowest vibrato around each point is taken off. */
static double swing(const double *keys, size_t n, size_t k)
{
	size_t half = (size_t)(PITCH_HZ / SLOWEST_HZ / 2), lo = k > half ? k - half : 0, hi = k + half < n ? k + half : n - 1;
	double sum = 0;
	for (size_t i = lo; i <= hi; i++)
		sum += keys[i];
	return keys[k] - sum / (double)(hi - lo + 1);
}

void vibrato_find(const double *keys, size_t n, double *ret_hz, double *ret_cents)
{
	size_t shortest = (size_t)(PITCH_HZ / FASTEST_HZ), longest = (size_t)(PITCH_HZ / SLOWEST_HZ), best_lag = 0;
	*ret_hz = *ret_cents = 0;
	if (n < PERIODS * shortest + shortest)
		return;
	double power = 0, best = 0;
	for (size_t k = 0; k < n; k++)
		power += swing(keys, n, k) * swing(keys, n, k) / (double)n;
	for (size_t lag = shortest; lag <= longest && lag * PERIODS <= n; lag++) {
		double like = 0;
		for (size_t k = 0; k + lag < n; k++)
			like += swing(keys, n, k) * swing(keys, n, k + lag);
		like /= power * (double)(n - lag) + 1e-12;
		if (like > best) {
			best = like;
			best_lag = lag;
		}
	}
	double cents = 100 * sqrt(2 * power);
	if (best < LEAST_LIKE || cents < LEAST_CENTS)
		return;
	*ret_hz = PITCH_HZ / (double)best_lag;
	*ret_cents = cents;
}

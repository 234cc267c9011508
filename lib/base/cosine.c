#include "base/cosine.h"

#include <math.h>

#include "base/banned.h"

double cosine_of(const float *a, const float *b, size_t n)
{
	double ab = 0, aa = 0, bb = 0;
	for (size_t i = 0; i < n; i++) {
		ab += (double)a[i] * (double)b[i];
		aa += (double)a[i] * (double)a[i];
		bb += (double)b[i] * (double)b[i];
	}
	return aa > 0 && bb > 0 ? fmin(fmax(ab / sqrt(aa * bb), -1), 1) : 0;
}

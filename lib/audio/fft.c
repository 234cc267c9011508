#include "audio/fft.h"

#include <kiss_fftr.h>

#include "base/banned.h"

struct fft {
	size_t n;
	kiss_fftr_cfg forward, inverse;
	kiss_fft_cpx *bins;
};

size_t fft_fast_size(size_t n)
{
	for (size_t size = n < 4 ? 4 : n + n % 2;; size += 2) {
		size_t rest = size;
		static const size_t primes[] = { 2, 3, 5 };
		for (size_t p = 0; p < COUNT_OF(primes); p++)
			while (rest % primes[p] == 0)
				rest /= primes[p];
		if (rest == 1)
			return size;
	}
}

int fft_new(size_t n, struct fft **ret, struct err *err)
{
	if (n < 4 || n % 2 || n > FFT_MAX)
		return err_set(err, -EINVAL, "a transform of %zu samples, allowed are even numbers from 4 to %d", n, FFT_MAX);
	AUTO(fft) f = calloc(1, sizeof(*f));
	if (!f)
		return err_set(err, -ENOMEM, "transform");
	f->n = n;
	f->forward = kiss_fftr_alloc((int)n, 0, NULL, NULL);
	f->inverse = kiss_fftr_alloc((int)n, 1, NULL, NULL);
	f->bins = mem_new_array(n / 2 + 1, sizeof(*f->bins));
	if (!f->forward || !f->inverse || !f->bins)
		return err_set(err, -ENOMEM, "transform of %zu samples", n);
	*ret = TAKE(f);
	return 0;
}

void fft_free(struct fft *f)
{
	if (!f)
		return;
	free(f->forward);
	free(f->inverse);
	free(f->bins);
	free(f);
}

size_t fft_size(const struct fft *f)
{
	return f->n;
}

size_t fft_bins(const struct fft *f)
{
	return f->n / 2 + 1;
}

void fft_forward(struct fft *f, const float *in, float *ret_bins)
{
	kiss_fftr(f->forward, in, f->bins);
	for (size_t i = 0; i <= f->n / 2; i++) {
		ret_bins[2 * i] = f->bins[i].r;
		ret_bins[2 * i + 1] = f->bins[i].i;
	}
}

void fft_inverse(struct fft *f, const float *bins, float *ret)
{
	for (size_t i = 0; i <= f->n / 2; i++)
		f->bins[i] = (kiss_fft_cpx){ bins[2 * i], bins[2 * i + 1] };
	kiss_fftri(f->inverse, f->bins, ret);
	float scale = 1.0f / (float)f->n;
	for (size_t i = 0; i < f->n; i++)
		ret[i] *= scale;
}

void fft_power(struct fft *f, const float *in, float *ret)
{
	kiss_fftr(f->forward, in, f->bins);
	for (size_t i = 0; i <= f->n / 2; i++)
		ret[i] = f->bins[i].r * f->bins[i].r + f->bins[i].i * f->bins[i].i;
}

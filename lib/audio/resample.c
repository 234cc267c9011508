#include "audio/resample.h"

#include "audio/sinc_priv.h"
#include "audio/wav.h"
#include "base/limits.h"
#include "have.h"

#include <string.h>

#if HAVE_SOXR
#include <soxr.h>
#endif

#include "base/banned.h"

#define MAX_RATIO 256

struct resampler {
	uint32_t in_rate_hz, out_rate_hz, n_channels;
	int64_t n_in, n_out; /* so far */
	bool flushing;
	struct sinc *sinc; /* NULL when the rates are equal or libsoxr does it */
#if HAVE_SOXR
	soxr_t soxr;
#endif
};

int64_t resample_length(int64_t n_in, uint32_t in_rate_hz, uint32_t out_rate_hz)
{
	return (int64_t)(((__int128)n_in * out_rate_hz + in_rate_hz / 2) / in_rate_hz);
}

static int check_rates(uint32_t in, uint32_t out, uint32_t n_channels, struct err *err)
{
	if (n_channels < 1 || n_channels > LIMIT_AUDIO_CHANNELS)
		return err_field(err, -EINVAL, "n_channels", "%u channels, allowed are 1 to %d", n_channels,
				 LIMIT_AUDIO_CHANNELS);
	if (in < WAV_RATE_MIN_HZ || in > WAV_RATE_MAX_HZ || out < WAV_RATE_MIN_HZ || out > WAV_RATE_MAX_HZ)
		return err_field(err, -EINVAL, "rate_hz", "from %u to %u Hz, allowed are %d to %d", in, out,
				 WAV_RATE_MIN_HZ, WAV_RATE_MAX_HZ);
	if ((uint64_t)in > (uint64_t)out * MAX_RATIO || (uint64_t)out > (uint64_t)in * MAX_RATIO)
		return err_field(err, -EINVAL, "rate_hz", "from %u to %u Hz is more than 1:%d", in, out, MAX_RATIO);
	return 0;
}

#if HAVE_SOXR
static int soxr_start(struct resampler *r, struct err *err)
{
	soxr_error_t why = NULL;
	soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
	soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
	soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
	r->soxr = soxr_create(r->in_rate_hz, r->out_rate_hz, r->n_channels, &why, &io, &quality, &runtime);
	return r->soxr ? 0 : err_set(err, -ENOMEM, "libsoxr: %s", why ? why : "no resampler");
}
#endif

int resampler_new(uint32_t in_rate_hz, uint32_t out_rate_hz, uint32_t n_channels, enum resample_engine engine,
		  struct resampler **ret, struct err *err)
{
	int code = check_rates(in_rate_hz, out_rate_hz, n_channels, err);
	if (code < 0)
		return code;
	AUTO(resampler) r = calloc(1, sizeof(*r));
	if (!r)
		return err_set(err, -ENOMEM, "resampler");
	r->in_rate_hz = in_rate_hz;
	r->out_rate_hz = out_rate_hz;
	r->n_channels = n_channels;
	if (in_rate_hz != out_rate_hz) {
#if HAVE_SOXR
		code = engine == RESAMPLE_BEST ? soxr_start(r, err) :
						 sinc_new(in_rate_hz, out_rate_hz, n_channels, &r->sinc, err);
#else
		(void)engine; /* there is only ours */
		code = sinc_new(in_rate_hz, out_rate_hz, n_channels, &r->sinc, err);
#endif
		if (code < 0)
			return code;
	}
	*ret = TAKE(r);
	return 0;
}

void resampler_free(struct resampler *r)
{
	if (!r)
		return;
#if HAVE_SOXR
	if (r->soxr)
		soxr_delete(r->soxr);
#endif
	sinc_free(r->sinc);
	free(r);
}

static int engine_process(struct resampler *r, const float *in, size_t n_in, size_t *used, float *out, size_t n_out,
			  size_t *made, struct err *err)
{
	if (r->sinc) {
		sinc_process(r->sinc, in, n_in, used, out, n_out, made, in == NULL);
		return 0;
	}
#if HAVE_SOXR
	if (r->soxr) {
		soxr_error_t why = soxr_process(r->soxr, in, n_in, used, out, n_out, made);
		return why ? err_set(err, -EIO, "libsoxr: %s", why) : 0;
	}
#endif
	size_t n = n_in < n_out ? n_in : n_out;
	if (n > 0)
		memcpy(out, in, n * r->n_channels * sizeof(float));
	*used = *made = n;
	return 0;
}

int resampler_process(struct resampler *r, const float *in, size_t n_in, size_t *ret_used, float *out, size_t n_out,
		      size_t *ret_out, struct err *err)
{
	if (in && r->flushing)
		return err_set(err, -EINVAL, "input after the resampler was told that there is no more");
	r->flushing = !in;
	size_t used = 0, made = 0;
	int64_t left = resample_length(r->n_in, r->in_rate_hz, r->out_rate_hz) - r->n_out;
	if (r->flushing && (int64_t)n_out > left)
		n_out = left > 0 ? (size_t)left : 0;
	if (n_out > 0) {
		int code = engine_process(r, in, in ? n_in : 0, &used, out, n_out, &made, err);
		if (code < 0)
			return code;
	}
	if (r->flushing && made < n_out && made == 0) {
		/* The engine ran dry a frame or so before the nominal length. */
		memset(out, 0, n_out * r->n_channels * sizeof(float));
		made = n_out;
	}
	r->n_in += (int64_t)used;
	r->n_out += (int64_t)made;
	*ret_used = used;
	*ret_out = made;
	return 0;
}

#include "audio/mono.h"

#include "audio/resample.h"

#include <math.h>

#include "base/banned.h"

#define ANALYSIS_RATE_HZ 48000
#define LOUDEST          1e4f /* files of floats may hold anything; powers of what is given here stay finite */
#define QUIETEST         1e-12f /* -240 dB */

struct mono {
	struct audio_file *file;
	struct resampler *resampler; /* NULL when the rates are equal */
	uint32_t rate_hz;
	int64_t n_read;
	bool ended;
	float *raw, *mixed, *out;
	size_t n_mixed, at_mixed; /* mixed[at_mixed..n_mixed) waits for the resampler */
};

uint32_t mono_analysis_rate_hz(uint32_t rate_hz)
{
	uint32_t by = (rate_hz + ANALYSIS_RATE_HZ - 1) / ANALYSIS_RATE_HZ;
	return by > 1 ? (rate_hz + by - 1) / by : rate_hz;
}

int mono_open(const char *path, uint32_t rate_hz, struct mono **ret, struct err *err)
{
	AUTO(mono) m = calloc(1, sizeof(*m));
	if (!m)
		return err_set(err, -ENOMEM, "'%s'", path);
	int code = audio_file_open(path, &m->file, err);
	if (code < 0)
		return code;
	const struct audio_info *info = audio_file_info(m->file);
	m->rate_hz = rate_hz ? rate_hz : info->rate_hz;
	if (m->rate_hz != info->rate_hz)
		code = resampler_new(info->rate_hz, m->rate_hz, 1, RESAMPLE_BEST, &m->resampler, err);
	if (code < 0)
		return err_wrap(err, code, "'%s'", path);
	m->raw = mem_new_array((size_t)MONO_STEP_FRAMES * info->n_channels, sizeof(float));
	m->mixed = mem_new_array(MONO_STEP_FRAMES, sizeof(float));
	m->out = mem_new_array(MONO_STEP_FRAMES, sizeof(float));
	if (!m->raw || !m->mixed || !m->out)
		return err_set(err, -ENOMEM, "'%s'", path);
	*ret = TAKE(m);
	return 0;
}

void mono_close(struct mono *m)
{
	if (!m)
		return;
	audio_file_close(m->file);
	resampler_free(m->resampler);
	free(m->raw);
	free(m->mixed);
	free(m->out);
	free(m);
}

uint32_t mono_rate_hz(const struct mono *m)
{
	return m->rate_hz;
}

const struct audio_info *mono_info(const struct mono *m)
{
	return audio_file_info(m->file);
}

double mono_fraction(const struct mono *m)
{
	int64_t n = audio_file_info(m->file)->n_frames;
	return m->ended || m->n_read >= n ? 1 : (double)m->n_read / (double)n;
}

static void mix(struct mono *m, size_t n_frames)
{
	uint32_t n_channels = audio_file_info(m->file)->n_channels;
	const float *in = m->raw;
	float scale = 1.0f / (float)n_channels;
	for (size_t i = 0; i < n_frames; i++, in += n_channels) {
		float sum = in[0];
		for (uint32_t c = 1; c < n_channels; c++)
			sum += in[c];
		sum *= scale;
		m->mixed[i] = sum > LOUDEST ? LOUDEST : sum < -LOUDEST ? -LOUDEST : sum;
	}
	m->n_mixed = n_frames;
	m->at_mixed = 0;
}

/* What is far below anything heard or told is silence: processors take many times as long over numbers that are nearly too small for them. */
static void quieten(float *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		x[i] = fabsf(x[i]) < QUIETEST ? 0 : x[i];
}

static int read_more(struct mono *m, struct err *err)
{
	size_t got = 0;
	int code = audio_file_read(m->file, m->raw, MONO_STEP_FRAMES, &got, err);
	if (code < 0)
		return code;
	m->n_read += (int64_t)got;
	m->ended = got == 0;
	quieten(m->raw, got * audio_file_info(m->file)->n_channels);
	mix(m, got);
	return 0;
}

int mono_read(struct mono *m, const float **ret_mono, size_t *ret_n, const float **ret_raw, size_t *ret_raw_frames,
	      struct err *err)
{
	size_t used = 0, made = 0, n_raw = 0;
	while (made == 0) {
		if (m->at_mixed == m->n_mixed && !m->ended) {
			int code = read_more(m, err);
			if (code < 0)
				return code;
			n_raw = m->n_mixed;
		}
		size_t left = m->n_mixed - m->at_mixed;
		if (!m->resampler) {
			m->at_mixed = m->n_mixed;
			*ret_mono = m->mixed;
			made = left;
			break;
		}
		const float *in = left > 0 ? m->mixed + m->at_mixed : NULL;
		if (!in && !m->ended)
			continue;
		int code = resampler_process(m->resampler, in, left, &used, m->out, MONO_STEP_FRAMES, &made, err);
		if (code < 0)
			return code;
		m->at_mixed += used;
		*ret_mono = m->out;
		if ((n_raw > 0 && ret_raw) || (!in && made == 0))
			break;
	}
	*ret_n = made;
	if (ret_raw)
		*ret_raw = m->raw;
	if (ret_raw_frames)
		*ret_raw_frames = n_raw;
	return 0;
}

/*
 * spectrum.c - the streaming transform. The history is a line of samples that is moved down when it is full: column k needs
 * window_frames samples around its centre, and all of them are next to each other in it.
 */
#include "audio/spectrum.h"

#include "audio/fft.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

#define LINE_MORE 16384

struct stft {
	struct stft_options o;
	struct fft *fft;
	float *window, *frame, *power;
	float *line;        /* what is known of the sound from line_start on */
	int64_t line_start; /* in frames of the stream; negative before its beginning */
	size_t n_line, room;
	int64_t n_fed;
	size_t column;
	float scale;
};

static int64_t centre(const struct stft *s, size_t column)
{
	return (int64_t)((unsigned __int128)column * s->o.hop_num / s->o.hop_den);
}

static void make_window(struct stft *s)
{
	double sum = 0, n = (double)s->o.window_frames;
	for (size_t i = 0; i < s->o.window_frames; i++) {
		double w = 0.5 - 0.5 * cos(2 * M_PI * ((double)i + 0.5) / n);
		s->window[i] = (float)w;
		sum += w;
	}
	s->scale = (float)(4 / (sum * sum));
}

int stft_new(const struct stft_options *o, struct stft **ret, struct err *err)
{
	if (o->window_frames < 4 || o->window_frames > FFT_MAX || o->hop_num < 1 || o->hop_den < 1)
		return err_set(err, -EINVAL, "a window of %zu frames every %u/%u frames", o->window_frames, o->hop_num,
			       o->hop_den);
	AUTO(stft) s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(err, -ENOMEM, "spectrum");
	s->o = *o;
	if (s->o.fft_frames == 0)
		s->o.fft_frames = fft_fast_size(o->window_frames);
	if (s->o.fft_frames < o->window_frames)
		return err_set(err, -EINVAL, "a window of %zu frames is longer than the transform of %zu", o->window_frames,
			       s->o.fft_frames);
	int code = fft_new(s->o.fft_frames, &s->fft, err);
	if (code < 0)
		return code;
	s->room = o->window_frames + LINE_MORE;
	s->window = mem_new_array(o->window_frames, sizeof(float));
	s->frame = mem_new_array(s->o.fft_frames, sizeof(float));
	s->power = mem_new_array(s->o.fft_frames / 2 + 1, sizeof(float));
	s->line = mem_new_array(s->room, sizeof(float));
	if (!s->window || !s->frame || !s->power || !s->line)
		return err_set(err, -ENOMEM, "spectrum");
	make_window(s);
	s->n_line = o->window_frames / 2; /* silence before the beginning */
	s->line_start = -(int64_t)s->n_line;
	*ret = TAKE(s);
	return 0;
}

void stft_free(struct stft *s)
{
	if (!s)
		return;
	fft_free(s->fft);
	free(s->window);
	free(s->frame);
	free(s->power);
	free(s->line);
	free(s);
}

size_t stft_bins(const struct stft *s)
{
	return s->o.fft_frames / 2 + 1;
}

size_t stft_fft_frames(const struct stft *s)
{
	return s->o.fft_frames;
}

/* The columns whose window lies in the line, and whose centre is before `limit`. */
static int columns(struct stft *s, int64_t limit, stft_fn *fn, void *arg)
{
	int64_t end = s->line_start + (int64_t)s->n_line;
	size_t n = s->o.window_frames;
	for (;; s->column++) {
		int64_t at = centre(s, s->column), first = at - (int64_t)(n / 2);
		if (at >= limit || first + (int64_t)n > end)
			return 0;
		const float *x = s->line + (first - s->line_start);
		for (size_t i = 0; i < n; i++)
			s->frame[i] = x[i] * s->window[i];
		fft_power(s->fft, s->frame, s->power);
		for (size_t i = 0; i < stft_bins(s); i++)
			s->power[i] *= s->scale;
		int code = fn(arg, s->column, s->power);
		if (code < 0)
			return code;
	}
}

/* Drops what no later column needs. */
static void move_down(struct stft *s)
{
	int64_t first = centre(s, s->column) - (int64_t)(s->o.window_frames / 2), end = s->line_start + (int64_t)s->n_line;
	int64_t drop = (first < end ? first : end) - s->line_start;
	if (drop <= 0)
		return;
	s->n_line -= (size_t)drop;
	memmove(s->line, s->line + drop, s->n_line * sizeof(float));
	s->line_start += drop;
}

static int feed(struct stft *s, const float *mono, size_t n, int64_t limit, stft_fn *fn, void *arg)
{
	while (n > 0) {
		size_t now = s->room - s->n_line < n ? s->room - s->n_line : n;
		if (mono)
			memcpy(s->line + s->n_line, mono, now * sizeof(float));
		else
			memset(s->line + s->n_line, 0, now * sizeof(float));
		s->n_line += now;
		int code = columns(s, limit, fn, arg);
		if (code < 0)
			return code;
		if (centre(s, s->column) >= limit)
			return 0; /* no more: the line is kept for a column that does not come, and would get full */
		move_down(s);
		mono = mono ? mono + now : NULL;
		n -= now;
	}
	return 0;
}

int stft_feed(struct stft *s, const float *mono, size_t n, stft_fn *fn, void *arg)
{
	s->n_fed += (int64_t)n;
	return feed(s, mono, n, INT64_MAX, fn, arg);
}

int stft_end(struct stft *s, stft_fn *fn, void *arg)
{
	return feed(s, NULL, s->o.window_frames, s->n_fed, fn, arg);
}

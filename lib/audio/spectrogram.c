/* spectrogram.c - a file as a picture's worth of spectra: a fixed number of columns and rows, whatever its length. */
#include "audio/analysis.h"
#include "audio/mono.h"
#include "audio/spectrum.h"

#include <math.h>

#include "base/banned.h"

#define WINDOW_S        0.046
#define WINDOW_MAX_S    1.0
#define COLUMNS_MAX     65536
#define ROWS_MAX        8192
#define FINEST_HOP_S    0.002 /* columns closer than that repeat their neighbour */
#define WINDOW_HOPS     32    /* and so where that is a smaller part of the window: next to nothing has changed */
#define ASK_COLUMNS     8

struct drawing {
	struct spectrogram *to;
	size_t *first_bin, *n_bins; /* of each row */
	uint64_t hop_num, hop_den;
	uint64_t first, n_frames; /* what of the file */
	const struct model_watch *watch;
};

static int check(const struct spectrogram_options *o, struct err *err)
{
	if (o->n_columns < 1 || o->n_columns > COLUMNS_MAX || o->n_rows < 1 || o->n_rows > ROWS_MAX)
		return err_set(err, -EINVAL, "a spectrogram of %zu by %zu cells, allowed are 1 to %d by 1 to %d", o->n_columns,
			       o->n_rows, COLUMNS_MAX, ROWS_MAX);
	if (!(o->window_s >= 0 && o->window_s <= WINDOW_MAX_S) || !(o->lo_hz >= 0) || !isfinite(o->hi_hz) || o->hi_hz < 0 ||
	    (unsigned)o->scale >= BAND_SCALE_COUNT || (o->scale == BAND_LOG && !(o->lo_hz > 0)))
		return err_set(err, -EINVAL, "a spectrogram from %g to %g Hz with a window of %g s", o->lo_hz, o->hi_hz, o->window_s);
	if (!(o->from_s >= 0) || !isfinite(o->from_s) || !isfinite(o->to_s) || (o->to_s != 0 && !(o->to_s > o->from_s)))
		return err_field(err, -EINVAL, "to_s", "a spectrogram from %g to %g s", o->from_s, o->to_s);
	return 0;
}

/* Which bins a row shows: those inside it, at least the nearest one. */
static int rows_make(struct drawing *d, const struct spectrogram_options *o, size_t fft_frames, struct err *err)
{
	const struct spectrogram *s = d->to;
	double bin_hz = (double)s->rate_hz / (double)fft_frames;
	d->first_bin = mem_new_array(s->n_rows, sizeof(size_t));
	d->n_bins = mem_new_array(s->n_rows, sizeof(size_t));
	if (!d->first_bin || !d->n_bins)
		return err_set(err, -ENOMEM, "spectrogram");
	for (size_t r = 0; r < s->n_rows; r++) {
		double lo = band_hz(o->scale, s->lo_hz, s->hi_hz, (double)r / (double)s->n_rows) / bin_hz;
		double hi = band_hz(o->scale, s->lo_hz, s->hi_hz, (double)(r + 1) / (double)s->n_rows) / bin_hz;
		size_t first = (size_t)ceil(lo), end = (size_t)ceil(hi), last = fft_frames / 2;
		if (end <= first) {
			first = (size_t)lround((lo + hi) / 2);
			end = first + 1;
		}
		d->first_bin[r] = first > last ? last : first;
		d->n_bins[r] = (end > last + 1 ? last + 1 : end) - d->first_bin[r];
		d->n_bins[r] += d->n_bins[r] == 0;
	}
	return 0;
}

static int draw(void *arg, size_t column, const float *power)
{
	struct drawing *d = arg;
	struct spectrogram *s = d->to;
	if (column % ASK_COLUMNS == 0 && model_cancelled(d->watch)) /* a window of a second takes its time */
		return -ECANCELED;
	uint64_t frame = (uint64_t)((unsigned __int128)column * d->hop_num / d->hop_den);
	uint64_t n = d->n_frames > frame ? d->n_frames : frame + 1;
	size_t to = (size_t)((unsigned __int128)frame * s->n_columns / n);
	float *cells = s->db + to * s->n_rows;
	for (size_t r = 0; r < s->n_rows; r++) {
		float most = 0;
		for (size_t b = d->first_bin[r]; b < d->first_bin[r] + d->n_bins[r]; b++)
			most = power[b] > most ? power[b] : most;
		float db = most > 1e-20f ? 10 * log10f(most) : (float)AUDIO_DB_FLOOR;
		cells[r] = db > cells[r] ? db : cells[r];
	}
	return 0;
}

/* Columns in which no transform fell repeat the one before. */
static void fill_gaps(struct spectrogram *s, uint64_t hop_num, uint64_t hop_den, uint64_t n_frames)
{
	size_t filled = 0;
	for (uint64_t k = 0;; k++) {
		uint64_t frame = (uint64_t)((unsigned __int128)k * hop_num / hop_den);
		if (frame >= n_frames)
			break;
		size_t to = (size_t)((unsigned __int128)frame * s->n_columns / n_frames);
		for (size_t c = filled + 1; c < to; c++)
			for (size_t r = 0; r < s->n_rows; r++)
				s->db[c * s->n_rows + r] = s->db[filled * s->n_rows + r];
		filled = to;
	}
	for (size_t c = filled + 1; c < s->n_columns; c++)
		for (size_t r = 0; r < s->n_rows; r++)
			s->db[c * s->n_rows + r] = s->db[filled * s->n_rows + r];
}

/* What of n frames that begin at frame `at` of the file is drawn: from *ret_skip on, so many. */
static size_t inside(const struct drawing *d, uint64_t at, size_t n, size_t *ret_skip)
{
	uint64_t end = at + n, last = d->first + d->n_frames;
	uint64_t from = at > d->first ? at : d->first, to = end < last ? end : last;
	*ret_skip = from < to ? (size_t)(from - at) : 0;
	return from < to ? (size_t)(to - from) : 0;
}

static int draw_all(struct drawing *d, struct mono *m, struct stft *stft, struct err *err)
{
	for (uint64_t at = 0;;) {
		const float *x;
		size_t n;
		int code = mono_read(m, &x, &n, NULL, NULL, err);
		if (code < 0)
			return code;
		bool last = n == 0 || at >= d->first + d->n_frames;
		size_t skip, some = last ? 0 : inside(d, at, n, &skip);
		if (model_cancelled(d->watch))
			return err_set(err, -ECANCELED, "cancelled");
		model_progress(d->watch, mono_fraction(m), "spectrum");
		code = last ? stft_end(stft, draw, d) : stft_feed(stft, x + skip, some, draw, d);
		if (code == -ECANCELED)
			return err_set(err, code, "cancelled");
		if (code < 0 || last)
			return code;
		at += n;
	}
}

static int spectrogram_of(struct drawing *d, struct mono *m, const struct spectrogram_options *o, struct err *err)
{
	struct spectrogram *s = d->to;
	double window_s = o->window_s > 0 ? o->window_s : WINDOW_S;
	size_t window = (size_t)fmax(16, window_s * (double)s->rate_hz);
	/* Half a window at most, two columns of the result at least where the sound is long enough for them. */
	double hop = fmin((double)window / 2, (double)d->n_frames / (double)s->n_columns / 2);
	hop = fmax(hop, fmax(FINEST_HOP_S * (double)s->rate_hz, (double)window / WINDOW_HOPS));
	d->hop_num = (uint64_t)fmax(1, floor(hop));
	d->hop_den = 1;
	struct stft_options so = { .window_frames = window, .hop_num = (uint32_t)d->hop_num, .hop_den = 1 };
	AUTO(stft) stft = NULL;
	int code = stft_new(&so, &stft, err);
	if (code == 0)
		code = rows_make(d, o, stft_fft_frames(stft), err);
	if (code == 0)
		code = draw_all(d, m, stft, err);
	if (code == 0)
		fill_gaps(s, d->hop_num, d->hop_den, d->n_frames);
	return code;
}

/* The frames that the options name; there is one at least. */
static int choose_frames(struct drawing *d, const struct spectrogram_options *o, const struct audio_info *info, struct err *err)
{
	double rate = (double)info->rate_hz, end_s = (double)info->n_frames / rate;
	double to_s = o->to_s > 0 && o->to_s < end_s ? o->to_s : end_s;
	if (o->from_s > 0 && o->from_s >= end_s)
		return err_field(err, -EINVAL, "from_s", "the sound ends after %g s", end_s);
	d->first = (uint64_t)llround(o->from_s * rate);
	int64_t n = llround(to_s * rate) - (int64_t)d->first;
	d->n_frames = n > 0 ? (uint64_t)n : 1;
	d->to->from_s = (double)d->first / rate;
	d->to->duration_s = n > 0 ? (double)n / rate : 0;
	return 0;
}

int audio_spectrogram(const char *path, const struct spectrogram_options *o, const struct model_watch *watch,
		      struct spectrogram *ret, struct err *err)
{
	int code = check(o, err);
	if (code < 0)
		return code;
	AUTO(mono) m = NULL;
	code = mono_open(path, 0, &m, err);
	if (code < 0)
		return code;
	const struct audio_info *info = mono_info(m);
	double half = (double)info->rate_hz / 2;
	struct spectrogram s = { .n_columns = o->n_columns, .n_rows = o->n_rows, .rate_hz = info->rate_hz, .lo_hz = o->lo_hz };
	s.hi_hz = o->hi_hz > 0 && o->hi_hz < half ? o->hi_hz : half;
	if (!(s.lo_hz < s.hi_hz))
		return err_field(err, -EINVAL, "lo_hz", "the lowest frequency, %g Hz, is not below the highest, %g Hz", s.lo_hz, s.hi_hz);
	struct drawing d = { .to = &s, .watch = watch };
	code = choose_frames(&d, o, info, err);
	if (code < 0)
		return code;
	s.db = mem_new_array(s.n_columns * s.n_rows, sizeof(float));
	if (!s.db)
		return err_set(err, -ENOMEM, "a spectrogram of %zu by %zu cells", s.n_columns, s.n_rows);
	for (size_t i = 0; i < s.n_columns * s.n_rows; i++)
		s.db[i] = (float)AUDIO_DB_FLOOR;
	code = spectrogram_of(&d, m, o, err);
	free(d.first_bin);
	free(d.n_bins);
	if (code < 0) {
		spectrogram_done(&s);
		return err_wrap(err, code, "spectrogram of '%s'", path);
	}
	*ret = s;
	return 0;
}

void spectrogram_done(struct spectrogram *s)
{
	free(s->db);
	s->db = NULL;
}

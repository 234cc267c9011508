#include "audio/fingerprint.h"

#include "audio/mono.h"
#include "audio/spectrum.h"
#include "base/limits.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

#define RATE_HZ       11025
#define WINDOW_FRAMES 1024
#define HOP_NUM       (RATE_HZ * 4)
#define HOP_DEN       125 /* 32 ms */
#define BINS          400 /* up to 4.3 kHz */
#define LOW_BIN       8   /* hum and rumble say nothing */
#define PEAKS         5   /* of a column */
#define FAN           4
#define AHEAD         63  /* columns */
#define WAY           63  /* bins up or down */
#define RECENT        64  /* columns whose peaks are kept: AHEAD and this one */
#define DECAY         0.92f
#define SPREAD        24.0f /* bins that a peak raises the bar around itself */
#define QUIETEST      1e-8f
#define SAME_MARKS    64  /* of one mark in one recording: more are not compared */
#define LEAST_AGREE   8

struct peaks {
	uint16_t bins[PEAKS];
	uint8_t n;
};

struct marking {
	struct fingerprint *to;
	float bar[BINS]; /* what a peak has to rise above, as an amplitude */
	struct peaks recent[RECENT];
	struct err *err;
};

static void raise_bar(struct marking *m, size_t bin, float amplitude)
{
	size_t reach = (size_t)(2 * SPREAD), lo = bin > reach ? bin - reach : 0, hi = bin + reach < BINS ? bin + reach : BINS - 1;
	for (size_t i = lo; i <= hi; i++) {
		float off = ((float)i - (float)bin) / SPREAD, v = amplitude * expf(-0.5f * off * off);
		m->bar[i] = v > m->bar[i] ? v : m->bar[i];
	}
}

static struct peaks find_peaks(struct marking *m, const float *power)
{
	struct peaks p = { .n = 0 };
	float amplitudes[PEAKS];
	for (size_t i = LOW_BIN; i + 1 < BINS; i++) {
		float a = sqrtf(power[i]);
		if (power[i] < QUIETEST || power[i] <= power[i - 1] || power[i] < power[i + 1] || a <= m->bar[i])
			continue;
		uint8_t at = p.n < PEAKS ? p.n++ : PEAKS;
		if (at == PEAKS) {
			at = 0;
			for (uint8_t k = 1; k < PEAKS; k++)
				at = amplitudes[k] < amplitudes[at] ? k : at;
			if (amplitudes[at] >= a)
				continue;
		}
		p.bins[at] = (uint16_t)i;
		amplitudes[at] = a;
	}
	for (size_t i = 0; i < BINS; i++)
		m->bar[i] *= DECAY;
	for (uint8_t k = 0; k < p.n; k++)
		raise_bar(m, p.bins[k], amplitudes[k]);
	return p;
}

static int add_mark(struct marking *m, size_t bin, int way, size_t ahead, size_t column)
{
	struct fingerprint *f = m->to;
	if (mem_grow(&f->v, &f->room, f->n + 1, sizeof(*f->v)) < 0)
		return err_set(m->err, -ENOMEM, "fingerprint");
	f->v[f->n++] = (struct fingerprint_mark){ (uint32_t)(bin << 13 | (size_t)(way + 64) << 6 | ahead), (uint32_t)column };
	return 0;
}

/* The marks whose first peak lies `AHEAD` columns back: all columns that they may reach are known by now. */
static int mark_column(struct marking *m, size_t column)
{
	const struct peaks *from = &m->recent[column % RECENT];
	int code = 0;
	for (uint8_t k = 0; k < from->n; k++) {
		int made = 0;
		for (size_t ahead = 1; ahead <= AHEAD && made < FAN; ahead++) {
			const struct peaks *to = &m->recent[(column + ahead) % RECENT];
			for (uint8_t j = 0; j < to->n && made < FAN; j++) {
				int way = (int)to->bins[j] - (int)from->bins[k];
				if (abs(way) > WAY)
					continue;
				code = add_mark(m, from->bins[k], way, ahead, column);
				if (code < 0)
					return code;
				made++;
			}
		}
	}
	return 0;
}

static int hear_column(void *arg, size_t column, const float *power)
{
	struct marking *m = arg;
	m->recent[column % RECENT] = find_peaks(m, power);
	m->to->n_columns = (uint32_t)column + 1;
	return column >= AHEAD ? mark_column(m, column - AHEAD) : 0;
}

static int finish(struct marking *m)
{
	size_t n = m->to->n_columns;
	for (size_t i = 0; i < AHEAD; i++) {
		memset(&m->recent[(n + i) % RECENT], 0, sizeof(m->recent[0]));
		size_t column = n + i;
		int code = column >= AHEAD && column - AHEAD < n ? mark_column(m, column - AHEAD) : 0;
		if (code < 0)
			return code;
	}
	return 0;
}

static int mark_file(struct marking *m, struct mono *file, const struct model_watch *watch, struct err *err)
{
	struct stft_options o = { .window_frames = WINDOW_FRAMES, .hop_num = HOP_NUM, .hop_den = HOP_DEN };
	AUTO(stft) stft = NULL;
	int64_t n_heard = 0;
	int code = stft_new(&o, &stft, err);
	for (size_t n = 1; code == 0 && n > 0;) {
		const float *x;
		if (model_cancelled(watch))
			return err_set(err, -ECANCELED, "cancelled");
		model_progress(watch, 0.9 * mono_fraction(file), "marks");
		code = mono_read(file, &x, &n, NULL, NULL, err);
		if (code < 0)
			return code;
		n_heard += (int64_t)n;
		if (n_heard > (int64_t)LIMIT_LISTEN_SECONDS * RATE_HZ)
			return err_set(err, -EMSGSIZE, "more than %d s of audio, which is what is analysed at most", LIMIT_LISTEN_SECONDS);
		code = stft_feed(stft, x, n, hear_column, m);
	}
	if (code == 0)
		code = stft_end(stft, hear_column, m);
	m->to->duration_s = (double)n_heard / RATE_HZ;
	return code < 0 ? code : finish(m);
}

int fingerprint_of(const char *path, const struct model_watch *watch, struct fingerprint *ret, struct err *err)
{
	struct fingerprint f = { 0 };
	AUTO(mono) file = NULL;
	AUTO_MEM struct marking *m = calloc(1, sizeof(*m));
	int code = m ? mono_open(path, RATE_HZ, &file, err) : err_set(err, -ENOMEM, "fingerprint");
	if (code == 0) {
		m->to = &f;
		m->err = err;
		code = mark_file(m, file, watch, err);
	}
	if (code < 0) {
		fingerprint_done(&f);
		return err_wrap(err, code, "'%s'", path);
	}
	*ret = f;
	return 0;
}

void fingerprint_done(struct fingerprint *f)
{
	free(f->v);
	*f = (struct fingerprint){ 0 };
}

static int by_mark(const void *a, const void *b)
{
	const struct fingerprint_mark *x = a, *y = b;
	return x->mark != y->mark ? (x->mark > y->mark) - (x->mark < y->mark) : (x->column > y->column) - (x->column < y->column);
}

static struct fingerprint_mark *sorted(const struct fingerprint *f)
{
	struct fingerprint_mark *v = mem_new_array(f->n, sizeof(*v));
	if (v && f->n > 0) {
		memcpy(v, f->v, f->n * sizeof(*v));
		qsort(v, f->n, sizeof(*v), by_mark);
	}
	return v;
}

static size_t run_of(const struct fingerprint_mark *v, size_t n, size_t at)
{
	size_t end = at;
	while (end < n && v[end].mark == v[at].mark)
		end++;
	return end - at;
}

/* How many marks agree at each offset: counts[offset + b's columns]. */
static void count_offsets(const struct fingerprint_mark *a, size_t n_a, const struct fingerprint_mark *b, size_t n_b, size_t zero,
			  uint32_t *counts)
{
	for (size_t i = 0, j = 0; i < n_a && j < n_b;) {
		size_t run_a = run_of(a, n_a, i), run_b = run_of(b, n_b, j);
		if (a[i].mark < b[j].mark) {
			i += run_a;
		} else if (a[i].mark > b[j].mark) {
			j += run_b;
		} else {
			for (size_t x = 0; x < run_a && x < SAME_MARKS; x++)
				for (size_t y = 0; y < run_b && y < SAME_MARKS; y++)
					counts[zero + a[i + x].column - b[j + y].column]++;
			i += run_a;
			j += run_b;
		}
	}
}

static size_t marks_between(const struct fingerprint *f, int64_t from, int64_t to)
{
	size_t n = 0;
	for (size_t i = 0; i < f->n; i++)
		n += (int64_t)f->v[i].column >= from && (int64_t)f->v[i].column < to;
	return n;
}

/* Neighbours are counted together: a mark may fall to either side of a column's edge. */
static size_t around(const uint32_t *counts, size_t n, size_t i)
{
	return (size_t)counts[i] + (i > 0 ? counts[i - 1] : 0) + (i + 1 < n ? counts[i + 1] : 0);
}

/* The offset at which most marks agree, and how many do by chance: at the best of the other offsets. */
static void judge(const struct fingerprint *a, const struct fingerprint *b, const uint32_t *counts, size_t n, size_t zero,
		  struct fingerprint_match *ret)
{
	size_t best = 0, most = 0, chance = 0;
	for (size_t i = 0; i < n; i++) {
		size_t sum = around(counts, n, i);
		if (sum > most || (sum == most && counts[i] > counts[best])) {
			most = sum;
			best = i;
		}
	}
	for (size_t i = 0; i < n; i++)
		if (i + 3 < best || i > best + 3)
			chance = around(counts, n, i) > chance ? around(counts, n, i) : chance;
	int64_t offset = (int64_t)best - (int64_t)zero;
	size_t of_a = marks_between(a, offset, offset + b->n_columns), of_b = marks_between(b, -offset, -offset + a->n_columns);
	size_t least = of_a < of_b ? of_a : of_b;
	ret->n_agree = most;
	ret->offset_s = (double)offset * FINGERPRINT_STEP_S;
	ret->share = least > 0 ? fmin(1, (double)most / (double)least) : 0;
	/* Twice as many as by chance are needed; music that repeats itself has high chances, but not that high. */
	double clear = most > 0 ? fmin(1, 2 * fmax(0, 1 - 1.5 * (double)chance / (double)most)) : 0;
	ret->confidence = most >= LEAST_AGREE ? fmin(1, ret->share / 0.15) * fmin(1, (double)most / 40) * clear : 0;
}

int fingerprint_compare(const struct fingerprint *a, const struct fingerprint *b, struct fingerprint_match *ret, struct err *err)
{
	size_t zero = b->n_columns + 1, n = (size_t)a->n_columns + b->n_columns + 3;
	AUTO_MEM struct fingerprint_mark *x = sorted(a);
	AUTO_MEM struct fingerprint_mark *y = sorted(b);
	AUTO_MEM uint32_t *counts = mem_new_array(n, sizeof(uint32_t));
	if (!x || !y || !counts)
		return err_set(err, -ENOMEM, "comparison of fingerprints");
	*ret = (struct fingerprint_match){ 0 };
	count_offsets(x, a->n, y, b->n, zero, counts);
	judge(a, b, counts, n, zero, ret);
	return 0;
}

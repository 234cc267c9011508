#include "audio/level_priv.h"

#include "base/limits.h"

#include <math.h>

#include "base/banned.h"

#define FULL_SCALE 0.9999f
#define FLAT_RUN   3 /* equal samples that make a flat top at full scale */
#define FLAT_BELOW 5 /* below it: so many that no smooth sound has them */
#define QUIETEST   0.1f /* a flat top is not looked for below */

struct channel {
	double sum, power;
	float last;
	size_t run; /* samples of `last` in a row */
};

struct level_meter {
	uint32_t n_channels, rate_hz;
	int64_t frame;
	float peak;
	size_t n_full; /* samples at or beyond full scale */
	size_t n_flat_full, n_flat; /* flat tops at full scale; at `flat_level` */
	float flat_level;
	int64_t first_full, first_flat;
	struct channel channels[LIMIT_AUDIO_CHANNELS];
	float *curve, current; /* current: of the 10 ms under way */
	size_t n_curve, room;
};

struct level_meter *level_meter_new(uint32_t n_channels, uint32_t rate_hz)
{
	struct level_meter *m = calloc(1, sizeof(*m));
	if (m) {
		m->n_channels = n_channels;
		m->rate_hz = rate_hz;
		m->first_full = m->first_flat = -1;
	}
	return m;
}

void level_meter_free(struct level_meter *m)
{
	if (!m)
		return;
	free(m->curve);
	free(m);
}

/* The run of equal samples in a channel has just reached a length that counts. */
static void flat_top(struct level_meter *m, float level, size_t run)
{
	if (level >= FULL_SCALE && run == FLAT_RUN) {
		m->n_flat_full++;
		m->first_full = m->first_full < 0 ? m->frame : m->first_full;
	} else if (level < FULL_SCALE && run == FLAT_BELOW && level >= QUIETEST) {
		if (level > m->flat_level * 1.001f) {
			m->flat_level = level;
			m->n_flat = 0;
			m->first_flat = m->frame;
		}
		m->n_flat += level >= m->flat_level * 0.999f;
	}
}

static void add(struct level_meter *m, const float *frame)
{
	for (uint32_t c = 0; c < m->n_channels; c++) {
		struct channel *ch = &m->channels[c];
		float v = frame[c], size = fabsf(v);
		ch->sum += (double)v;
		ch->power += (double)v * (double)v;
		m->current = size > m->current ? size : m->current;
		m->n_full += size >= 1.0f;
		ch->run = v == ch->last || (size >= FULL_SCALE && fabsf(ch->last) >= FULL_SCALE) ? ch->run + 1 : 1;
		ch->last = v;
		if (ch->run >= FLAT_RUN && size >= QUIETEST)
			flat_top(m, size, ch->run);
	}
}

int level_meter_feed(struct level_meter *m, const float *samples, size_t n_frames, struct err *err)
{
	for (size_t i = 0; i < n_frames; i++) {
		add(m, samples + i * m->n_channels);
		m->frame++;
		if (m->frame < (int64_t)(m->n_curve + 1) * m->rate_hz / HEARING_FAST_HZ)
			continue;
		if (mem_grow(&m->curve, &m->room, m->n_curve + 1, sizeof(float)) < 0)
			return err_set(err, -ENOMEM, "levels");
		m->curve[m->n_curve++] = m->current;
		m->peak = fmaxf(m->peak, m->current);
		m->current = 0;
	}
	return 0;
}

int64_t level_meter_frames(const struct level_meter *m)
{
	return m->frame;
}

void level_meter_read(const struct level_meter *m, struct hearing *ret)
{
	double sum = 0, power = 0, n = m->frame > 0 ? (double)m->frame : 1;
	float peak = fmaxf(m->peak, m->current);
	ret->dc_worst = 0;
	for (uint32_t c = 0; c < m->n_channels; c++) {
		sum += m->channels[c].sum;
		power += m->channels[c].power;
		double dc = m->channels[c].sum / n;
		ret->dc_worst = fabs(dc) > fabs(ret->dc_worst) ? dc : ret->dc_worst;
	}
	ret->levels = (struct audio_levels){ .peak = (double)peak, .rms = sqrt(power / n / m->n_channels),
					     .mean = sum / n / m->n_channels, .n_clipped = m->n_full, .n_frames = (size_t)m->frame };
	/* Flat tops below full scale count where they are the highest that there is, more than once. */
	bool flat = m->n_flat > 1 && m->flat_level >= peak * 0.999f;
	ret->n_clips = m->n_flat_full + (flat ? m->n_flat : 0);
	int64_t first = m->first_full >= 0 && (!flat || m->first_full < m->first_flat) ? m->first_full : flat ? m->first_flat : -1;
	ret->first_clip_s = first < 0 ? -1 : (double)first / m->rate_hz;
}

void level_meter_curve(const struct level_meter *m, float *ret, size_t n)
{
	for (size_t i = 0; i < n; i++)
		ret[i] = i < m->n_curve ? m->curve[i] : m->current;
}

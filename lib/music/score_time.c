/*
 * score_time.c - tempo, meter and bars of a score.
 *
 * Seconds and bars walk the arrays; scores have few changes. A meter that begins inside a bar of the one
 * before it cuts that bar short.
 */
#include "music/notes.h"

#include <math.h>
#include <string.h>

#define NEAR_BEATS 1e-6

/* How many of n items, each of `size` bytes and beginning with its beat, stand at or before a beat. */
static size_t n_up_to(const void *items, size_t n, size_t size, double beats)
{
	size_t low = 0, high = n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		double at;
		memcpy(&at, (const char *)items + mid * size, sizeof(at));
		if (at <= beats + NEAR_BEATS)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

double score_bpm_at(const struct score *s, double beats)
{
	size_t n = n_up_to(s->tempos, s->n_tempos, sizeof(*s->tempos), beats);
	return n ? s->tempos[n - 1].bpm : 120;
}

struct score_meter score_meter_at(const struct score *s, double beats)
{
	size_t n = n_up_to(s->meters, s->n_meters, sizeof(*s->meters), beats);
	return n ? s->meters[n - 1] : (struct score_meter){ 0, 4, 4 };
}

struct score_key score_key_at(const struct score *s, double beats)
{
	size_t n = n_up_to(s->keys, s->n_keys, sizeof(*s->keys), beats);
	return n ? s->keys[n - 1] : (struct score_key){ 0, 0, false };
}

double score_seconds_at(const struct score *s, double beats)
{
	double seconds = 0, from = 0, bpm = 120;
	for (size_t i = 0; i < s->n_tempos && s->tempos[i].at_beats < beats; i++) {
		seconds += (s->tempos[i].at_beats - from) * 60 / bpm;
		from = s->tempos[i].at_beats;
		bpm = s->tempos[i].bpm;
	}
	return seconds + (beats - from) * 60 / bpm;
}

double score_beats_at(const struct score *s, double seconds)
{
	double passed = 0, from = 0, bpm = 120;
	for (size_t i = 0; i < s->n_tempos; i++) {
		double length = (s->tempos[i].at_beats - from) * 60 / bpm;
		if (passed + length >= seconds)
			break;
		passed += length;
		from = s->tempos[i].at_beats;
		bpm = s->tempos[i].bpm;
	}
	return from + (seconds - passed) * bpm / 60;
}

double score_bar_beats(const struct score_meter *m)
{
	return 4.0 * m->num / m->den;
}

/* One stretch of equal bars: where it begins, its bar length, and the beat where the next begins. */
struct stretch {
	double from, to, bar;
	int64_t first_bar;
	size_t next_meter;
};

static void stretch_until_next(const struct score *s, struct stretch *x, const struct score_meter *m)
{
	x->bar = score_bar_beats(m);
	x->to = x->next_meter < s->n_meters ? s->meters[x->next_meter].at_beats : INFINITY;
}

/* The stretch that begins with bar 1. */
static struct stretch stretch_first(const struct score *s)
{
	struct stretch x = { .from = s->pickup_beats, .first_bar = 1 };
	struct score_meter m = { 0, 4, 4 };
	while (x.next_meter < s->n_meters &&
	       s->meters[x.next_meter].at_beats <= s->pickup_beats + NEAR_BEATS)
		m = s->meters[x.next_meter++];
	stretch_until_next(s, &x, &m);
	return x;
}

/* Steps to the stretch of the next meter; false when there is none. */
static bool stretch_next(const struct score *s, struct stretch *x)
{
	if (x->next_meter >= s->n_meters)
		return false;
	x->first_bar += (int64_t)ceil((x->to - x->from) / x->bar - NEAR_BEATS);
	x->from = x->to;
	const struct score_meter *m = &s->meters[x->next_meter++];
	stretch_until_next(s, x, m);
	return true;
}

/* The stretch that holds a beat at or after the pick-up. */
static struct stretch stretch_at(const struct score *s, double beats)
{
	struct stretch x = stretch_first(s);
	while (beats >= x.to - NEAR_BEATS && stretch_next(s, &x))
		;
	return x;
}

double score_bar_floor(const struct score *s, double beats, int64_t *ret_bar)
{
	double line = 0;
	int64_t bar = 0;
	if (beats >= s->pickup_beats - NEAR_BEATS) {
		struct stretch x = stretch_at(s, beats);
		double n = floor((beats - x.from) / x.bar + NEAR_BEATS);
		line = x.from + n * x.bar;
		bar = x.first_bar + (int64_t)n;
	}
	if (ret_bar)
		*ret_bar = bar;
	return line;
}

double score_bar_ceil(const struct score *s, double beats)
{
	if (beats <= NEAR_BEATS)
		return 0;
	if (beats <= s->pickup_beats + NEAR_BEATS)
		return s->pickup_beats;
	struct stretch x = stretch_at(s, beats);
	double line = x.from + ceil((beats - x.from) / x.bar - NEAR_BEATS) * x.bar;
	return fmin(line, x.to);
}

double score_bar_start(const struct score *s, int64_t bar)
{
	if (bar < 1)
		return 0;
	struct stretch x = stretch_first(s), next = x;
	while (stretch_next(s, &next) && next.first_bar <= bar)
		x = next;
	return x.from + (double)(bar - x.first_bar) * x.bar;
}

int64_t score_n_bars(const struct score *s)
{
	int64_t bar;
	if (s->end_beats <= s->pickup_beats + NEAR_BEATS)
		return 0;
	double line = score_bar_floor(s, s->end_beats, &bar);
	return s->end_beats > line + NEAR_BEATS ? bar : bar - 1;
}

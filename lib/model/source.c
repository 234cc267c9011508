#include "model/source_priv.h"

#include "base/limits.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define DRUM_CHANNEL 9
/* How far an onset may lie from the grid and still be meant to be on it. */
#define NEAR_TICKS 8
/* A note that sounds this far into the next one is a second part, not legato. */
#define OVERLAP_TICKS 60
/* What a note, a bar and a beat of a hostile file are cut to. */
#define MAX_TICKS (1 << 27)
/* Of a longer silence only this much is learned; more would teach nothing. */
#define MAX_SILENT_BARS 8

/* A note of the leading voice's candidates, before and after it is put on the grid. */
struct raw_note {
	int64_t at, end;
	uint16_t voice;
	uint8_t pitch, velocity, channel;
};

struct raw {
	struct raw_note *notes;
	size_t n, room;
};

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int64_t to_tick(const struct source *s, double beats)
{
	double t = (beats - s->origin_beats) * SOURCE_TICKS + 0.5;
	if (t < -1e15 || t > 1e15)
		return t < 0 ? -(int64_t)1e15 : (int64_t)1e15;
	int64_t whole = (int64_t)t;
	return (double)whole > t ? whole - 1 : whole;
}

static int64_t snap(const struct source *s, int64_t tick)
{
	return floor_div(tick + s->grid_ticks / 2, s->grid_ticks) * s->grid_ticks;
}

static int raw_compare(const void *a, const void *b)
{
	const struct raw_note *x = a, *y = b;
	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if (x->voice != y->voice)
		return x->voice < y->voice ? -1 : 1;
	/* The higher note first: it leads. */
	if (x->pitch != y->pitch)
		return x->pitch > y->pitch ? -1 : 1;
	if (x->channel != y->channel)
		return x->channel < y->channel ? -1 : 1;
	return x->end < y->end ? -1 : x->end > y->end;
}

static int collect(const struct source *s, const struct score *score, double from_beats, struct raw *ret, struct err *err)
{
	for (size_t v = 0; v < score->n_voices; v++) {
		const struct score_voice *voice = &score->voices[v];
		for (size_t i = 0; i < voice->n_notes; i++) {
			const struct note *n = &voice->notes[i];
			if (n->start_beats < from_beats)
				continue;
			if (mem_grow(&ret->notes, &ret->room, ret->n + 1, sizeof(*ret->notes)) < 0)
				return err_set(err, -ENOMEM, "learn from %zu notes", ret->n);
			ret->notes[ret->n++] = (struct raw_note){
				.at = to_tick(s, n->start_beats),
				.end = to_tick(s, n->start_beats + n->duration_beats),
				.voice = (uint16_t)v,
				.pitch = n->pitch,
				.velocity = n->velocity,
				.channel = n->channel,
			};
		}
	}
	return 0;
}

/* The coarsest grid that nearly all onsets lie on; a twelfth of a quarter when the playing is free. */
static void choose_grid(struct source *s, const struct raw *raw)
{
	static const int32_t grids[] = { 240, 160, 120, 80, 60, 40, 30, 20 };
	s->grid_ticks = 40;
	for (size_t g = 0; g < COUNT_OF(grids); g++) {
		size_t n_near = 0;
		for (size_t i = 0; i < raw->n; i++) {
			int64_t off = raw->notes[i].at - floor_div(raw->notes[i].at, grids[g]) * grids[g];
			n_near += off <= NEAR_TICKS || grids[g] - off <= NEAR_TICKS;
		}
		if (n_near * 100 >= raw->n * 97) {
			s->grid_ticks = grids[g];
			return;
		}
	}
}

static void put_on_grid(const struct source *s, struct raw *raw)
{
	for (size_t i = 0; i < raw->n; i++) {
		struct raw_note *n = &raw->notes[i];
		int64_t at = snap(s, n->at);
		/* Lengths stay as played, so that articulation survives, but a note needs some. */
		int64_t length = n->end - n->at < MAX_TICKS ? n->end - n->at : MAX_TICKS;
		n->at = at < s->end_tick ? at : s->end_tick - s->grid_ticks;
		n->end = n->at + (length < s->grid_ticks / 4 ? s->grid_ticks / 4 : length);
		n->end = n->end < s->end_tick ? n->end : s->end_tick;
	}
	qsort(raw->notes, raw->n, sizeof(*raw->notes), raw_compare);
}

/* Of the voices with enough notes the highest one; percussion leads only when there is nothing else. */
static void choose_lead(struct source *s, const struct score *score, const struct raw *raw)
{
	int64_t count[LIMIT_SCORE_VOICES] = { 0 }, sum[LIMIT_SCORE_VOICES] = { 0 }, most = 0, best = -1;
	bool all_drums = true;
	for (size_t i = 0; i < raw->n; i++)
		all_drums = all_drums && raw->notes[i].channel == DRUM_CHANNEL;
	for (size_t i = 0; i < raw->n; i++) {
		const struct raw_note *n = &raw->notes[i];
		if (n->voice < LIMIT_SCORE_VOICES && (all_drums || n->channel != DRUM_CHANNEL)) {
			count[n->voice]++;
			sum[n->voice] += n->pitch;
		}
	}
	size_t n_voices = score->n_voices < LIMIT_SCORE_VOICES ? score->n_voices : LIMIT_SCORE_VOICES;
	for (size_t v = 0; v < n_voices; v++)
		most = count[v] > most ? count[v] : most;
	for (size_t v = 0; v < n_voices; v++) {
		if (count[v] == 0 || count[v] * 4 < most)
			continue;
		int64_t mean = sum[v] * 256 / count[v];
		if (mean > best) {
			best = mean;
			s->lead_voice = v;
		}
	}
	s->drums = all_drums;
}

static int add_other(struct source *s, const struct raw_note *n, struct err *err)
{
	if (mem_grow(&s->others, &s->room_others, s->n_others + 1, sizeof(*s->others)) < 0)
		return err_set(err, -ENOMEM, "learn from %zu notes", s->n_others);
	s->others[s->n_others++] = (struct source_note){ n->at,    (int32_t)(n->end - n->at), n->voice,
							 n->pitch, n->velocity,               n->channel };
	return 0;
}

static int add_event(struct source *s, const struct source_event *e, struct err *err)
{
	if (mem_grow(&s->events, &s->room_events, s->n_events + 1, sizeof(*s->events)) < 0)
		return err_set(err, -ENOMEM, "learn from %zu notes", s->n_events);
	s->events[s->n_events] = *e;
	s->events[s->n_events++].pos = source_pos(s, e->at);
	return 0;
}

static int add_silence(struct source *s, int64_t from, int64_t to, struct err *err)
{
	int64_t most = (int64_t)MAX_SILENT_BARS * s->bar_ticks;
	if (to - from > 2 * most)
		from += (to - from - most) / s->bar_ticks * s->bar_ticks;
	while (from < to) {
		int64_t line = (source_bar(s, from) + 1) * s->bar_ticks, end = line < to ? line : to;
		struct source_event e = { .at = from, .span = (int32_t)(end - from), .pitch = SOURCE_REST };
		int code = add_event(s, &e, err);
		if (code < 0)
			return code;
		from = end;
	}
	return 0;
}

/* A leading note and what follows it until `next`: a short gap is articulation, a long one a silence. */
static int add_lead(struct source *s, const struct raw_note *n, int64_t next, struct err *err)
{
	int64_t end = n->end < next ? n->end : next, span = next - n->at;
	int64_t quiet_from = snap(s, end);
	if (quiet_from <= n->at)
		quiet_from = n->at + s->grid_ticks;
	int64_t gap = next - quiet_from;
	bool silent = gap * 3 > span && gap * 8 >= SOURCE_TICKS;
	/* A silence longer than a bar is one, however the share looks. */
	silent = silent || gap >= s->bar_ticks;
	if (!silent)
		quiet_from = next;
	struct source_event e = {
		.at = n->at,
		.span = (int32_t)(quiet_from - n->at),
		.sound = (int32_t)((end < quiet_from ? end : quiet_from) - n->at),
		.pitch = n->pitch,
		.velocity = n->velocity,
		.channel = n->channel,
	};
	int code = add_event(s, &e, err);
	return code < 0 ? code : add_silence(s, quiet_from, next, err);
}

/* The upper line of the leading voice becomes events, everything else stays notes. */
static int split_voices(struct source *s, const struct raw *raw, struct err *err)
{
	const struct raw_note *lead = NULL;
	int code = 0;
	for (size_t i = 0; i < raw->n && code == 0; i++) {
		const struct raw_note *n = &raw->notes[i];
		bool mine = n->voice == s->lead_voice;
		bool under = lead && (n->at == lead->at || (n->pitch < lead->pitch && lead->end - n->at > OVERLAP_TICKS));
		if (!mine || under) {
			code = add_other(s, n, err);
			continue;
		}
		if (lead)
			code = add_lead(s, lead, n->at, err);
		lead = n;
	}
	if (code == 0 && lead)
		code = add_lead(s, lead, s->end_tick, err);
	return code;
}

/* Bars of silence at the end (files often have one) are no part of the style: what was learned ends at tick 0. */
static void drop_silent_end(struct source *s)
{
	int64_t shift = 0;
	while (s->n_events > 1) {
		const struct source_event *e = &s->events[s->n_events - 1];
		if (e->pitch != SOURCE_REST || e->span != s->bar_ticks)
			break;
		s->n_events--;
		shift += s->bar_ticks;
	}
	for (size_t i = 0; i < s->n_others && shift > 0; i++) {
		if (s->others[i].at + s->others[i].length > -shift)
			return; /* another voice goes on */
	}
	s->silent_ticks = shift;
	for (size_t i = 0; i < s->n_events; i++)
		s->events[i].at += shift;
	for (size_t i = 0; i < s->n_others; i++)
		s->others[i].at += shift;
}

static void keep_the_last(struct source *s)
{
	drop_silent_end(s);
	if (s->n_events <= LIMIT_MODEL_EVENTS)
		return;
	size_t drop = s->n_events - LIMIT_MODEL_EVENTS;
	memmove(s->events, s->events + drop, LIMIT_MODEL_EVENTS * sizeof(*s->events));
	s->n_events = LIMIT_MODEL_EVENTS;
}

static void gather(const struct source *s, const struct score *score, struct scale_evidence *e)
{
	struct score_key key = score_key_at(score, score->end_beats);
	*e = (struct scale_evidence){
		.last_pitch_class = -1, .last_bass_class = -1, .have_signature = score->n_keys > 0, .sharps = key.sharps,
		.minor = key.minor,
	};
	for (size_t i = 0; i < s->n_events; i++) {
		const struct source_event *v = &s->events[i];
		if (v->pitch == SOURCE_REST)
			continue;
		e->weight[v->pitch % 12] += v->span;
		e->strong_weight[v->pitch % 12] += v->pos == 0 ? v->span : 0;
		e->last_pitch_class = v->pitch % 12;
	}
	int64_t last = INT64_MIN;
	int bass = 128;
	for (size_t i = 0; i < s->n_others; i++) {
		const struct source_note *n = &s->others[i];
		if (n->channel == DRUM_CHANNEL)
			continue;
		e->weight[n->pitch % 12] += n->length / 2;
		if (n->at > last || (n->at == last && n->pitch < bass)) {
			last = n->at;
			bass = n->pitch;
			e->last_bass_class = n->pitch % 12;
		}
	}
}

static void learn_pitches(struct source *s, const struct score *score)
{
	struct scale_evidence e;
	gather(s, score, &e);
	scale_choose(&s->scale, &e);
	s->tonic = scale_tonic(&s->scale, &e);
	s->lo = 127;
	s->hi = 0;
	int64_t sum = 0, ticks = 0;
	int before = SOURCE_REST;
	for (size_t i = 0; i < s->n_events; i++) {
		struct source_event *v = &s->events[i];
		if (v->pitch == SOURCE_REST)
			continue;
		s->lo = v->pitch < s->lo ? v->pitch : s->lo;
		s->hi = v->pitch > s->hi ? v->pitch : s->hi;
		sum += (int64_t)v->pitch * v->span;
		ticks += v->span;
		if (before != SOURCE_REST)
			v->step = (int16_t)(scale_degree(&s->scale, v->pitch) - scale_degree(&s->scale, before));
		before = v->pitch;
	}
	s->centre = ticks ? (int)(sum / ticks) : s->lo;
}

static void learn_meter(struct source *s, const struct score *score)
{
	double end = score_bar_ceil(score, score->end_beats);
	struct score_meter m = score_meter_at(score, end > 0 ? end - 1e-3 : 0);
	double bar_ticks = score_bar_beats(&m) * SOURCE_TICKS;
	s->bar_ticks = bar_ticks < 1 ? 1 : bar_ticks > MAX_TICKS ? MAX_TICKS : (int32_t)(bar_ticks + 0.5);
	bool compound = m.den == 8 && m.num % 3 == 0 && m.num > 3;
	s->beat_ticks = 4 * SOURCE_TICKS / m.den * (compound ? 3 : 1);
	s->beat_ticks = s->beat_ticks < 1 ? 1 : s->beat_ticks;
	s->origin_beats = end;
	s->end_tick = 0;
}

/* Where the meter that is in force at the end began. */
static double meter_from(const struct score *score)
{
	double from = 0;
	for (size_t i = 0; i < score->n_meters; i++) {
		if (score->meters[i].at_beats < score->end_beats)
			from = score->meters[i].at_beats;
	}
	return from;
}

static int fill(struct source *s, const struct score *score, double from_beats, struct err *err)
{
	struct raw raw = { NULL, 0, 0 };
	s->n_events = s->n_others = 0;
	int code = collect(s, score, from_beats, &raw, err);
	if (code == 0 && raw.n > 0) {
		choose_grid(s, &raw);
		put_on_grid(s, &raw);
		choose_lead(s, score, &raw);
		code = split_voices(s, &raw, err);
	}
	free(raw.notes);
	return code;
}

int source_new(const struct score *score, struct source **ret, struct err *err)
{
	AUTO(source) s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(err, -ENOMEM, "learn from a score");
	learn_meter(s, score);
	double from = meter_from(score);
	int code = fill(s, score, from, err);
	/* Too little in the last meter: what came before says more about the style than nothing. */
	if (code == 0 && s->n_events < 8 && from > 0)
		code = fill(s, score, 0, err);
	if (code < 0)
		return code;
	if (s->n_events == 0)
		return err_set(err, -EINVAL, "the source has no notes to go on from");
	keep_the_last(s);
	learn_pitches(s, score);
	*ret = TAKE(s);
	return 0;
}

void source_free(struct source *s)
{
	if (!s)
		return;
	free(s->events);
	free(s->others);
	free(s);
}

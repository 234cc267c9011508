#include "model/slices_priv.h"

#include "base/limits.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* Finer slices than these are no slices of music any more. */
#define MAX_PER_BAR 64

static int by_tick(const void *a, const void *b)
{
	const struct source_note *x = a, *y = b;
	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if (x->voice != y->voice)
		return x->voice < y->voice ? -1 : 1;
	if (x->pitch != y->pitch)
		return x->pitch < y->pitch ? -1 : 1;
	if (x->channel != y->channel)
		return x->channel < y->channel ? -1 : 1;
	return x->length < y->length ? -1 : x->length > y->length;
}

static int take_notes(struct slices *s, struct err *err)
{
	const struct source *src = s->src;
	s->notes = mem_new_array(src->n_events + src->n_others, sizeof(*s->notes));
	if (!s->notes)
		return err_set(err, -ENOMEM, "slices of %zu notes", src->n_others);
	for (size_t i = 0; i < src->n_events; i++) {
		const struct source_event *e = &src->events[i];
		if (e->pitch != SOURCE_REST && e->sound > 0)
			s->notes[s->n_notes++] = (struct source_note){ e->at, e->sound, (uint16_t)src->lead_voice, (uint8_t)e->pitch, e->velocity, e->channel };
	}
	if (src->n_others > 0)
		memcpy(s->notes + s->n_notes, src->others, src->n_others * sizeof(*s->notes));
	s->n_notes += src->n_others;
	if (s->n_notes > 0)
		qsort(s->notes, s->n_notes, sizeof(*s->notes), by_tick);
	return 0;
}

static void choose_length(struct slices *s, int64_t divide)
{
	const struct source *src = s->src;
	int32_t ticks = divide > 0 && src->beat_ticks % divide == 0 ? (int32_t)(src->beat_ticks / divide) : src->beat_ticks;
	bool fits = divide > 0 && src->bar_ticks % ticks == 0 && src->bar_ticks / ticks <= MAX_PER_BAR;
	s->slice_ticks = fits ? ticks : src->bar_ticks;
	s->per_bar = src->bar_ticks / s->slice_ticks;
	int64_t from = src->n_events ? src->events[0].at : 0;
	if (s->n_notes > 0 && s->notes[0].at < from)
		from = s->notes[0].at;
	int64_t most = LIMIT_MODEL_SLICES / s->per_bar, bars = -source_bar(src, from);
	bars = bars < 1 ? 1 : bars > most ? most < 1 ? 1 : most : bars;
	s->first_at = -bars * src->bar_ticks;
	s->n = (size_t)(bars * s->per_bar);
}

static int make_arrays(struct slices *s, struct err *err)
{
	for (int d = 0; d < SLICES_DETAIL_COUNT; d++) {
		s->symbols[d] = mem_new_array(s->n, sizeof(uint32_t));
		if (!s->symbols[d])
			return err_set(err, -ENOMEM, "%zu slices", s->n);
	}
	s->contents = mem_new_array(s->n, sizeof(*s->contents));
	s->lead_in = mem_new_array(s->n, sizeof(*s->lead_in));
	s->lead_out = mem_new_array(s->n, sizeof(*s->lead_out));
	s->begins = mem_new_array(s->n, sizeof(*s->begins));
	s->starts = mem_new_array(LIMIT_MODEL_SOURCES, sizeof(*s->starts));
	if (!s->contents || !s->lead_in || !s->lead_out || !s->begins || !s->starts)
		return err_set(err, -ENOMEM, "%zu slices", s->n);
	return 0;
}

/* FNV-1a. */
static uint64_t mixed(uint64_t h, int64_t v)
{
	for (int i = 0; i < 8; i++)
		h = (h ^ (uint64_t)(v >> (8 * i) & 255)) * UINT64_C(1099511628211);
	return h;
}

#define HASH_START UINT64_C(14695981039346656037)

/* The leading pitches at slice boundaries. */
static void hear_lead(struct slices *s)
{
	const struct source *src = s->src;
	size_t e = 0;
	for (size_t i = 0; i < s->n; i++) {
		int64_t at = slices_at(s, i), end = at + s->slice_ticks;
		while (e + 1 < src->n_events && src->events[e + 1].at <= at)
			e++;
		size_t k = e;
		s->lead_in[i] = src->n_events && src->events[e].at <= at && src->events[e].at + src->events[e].span > at ? src->events[e].pitch : SOURCE_REST;
		s->lead_out[i] = s->lead_in[i];
		for (; k < src->n_events && src->events[k].at < end; k++) {
			if (src->events[k].at >= at && src->events[k].pitch != SOURCE_REST)
				s->lead_out[i] = src->events[k].pitch;
		}
	}
}

/* What each slice sounds like: all of it, its bass, and where notes begin. */
static void hear(struct slices *s, uint64_t *all)
{
	size_t held = 0;
	int bass = SOURCE_REST;
	for (size_t i = 0, n = 0; i < s->n; i++) {
		int64_t at = slices_at(s, i), end = at + s->slice_ticks;
		uint64_t h = mixed(HASH_START, (int64_t)(i % (size_t)s->per_bar)), kit = HASH_START;
		int lowest = SOURCE_REST;
		while (n < s->n_notes && s->notes[n].at < at)
			n++;
		held = n;
		for (; n < s->n_notes && s->notes[n].at < end; n++) {
			const struct source_note *x = &s->notes[n];
			h = mixed(mixed(h, x->at - at), x->pitch * 1024 + x->channel); /* how long is no difference that makes it new */
			if (x->at == s->notes[held].at && (lowest == SOURCE_REST || x->pitch < lowest))
				lowest = x->pitch;
			kit = x->at == at ? mixed(kit, x->pitch) : kit;
		}
		bass = lowest != SOURCE_REST ? lowest : bass;
		int lead = s->lead_in[i];
		all[i] = h;
		uint64_t place = mixed(HASH_START, (int64_t)(i % (size_t)s->per_bar));
		int64_t outline = s->src->drums ? (int64_t)(kit >> 32) : lead == SOURCE_REST ? SOURCE_REST : lead % 12;
		s->symbols[SLICES_EXACT][i] = (uint32_t)(h >> 32);
		s->symbols[SLICES_NOTES][i] = (uint32_t)(mixed(mixed(place, s->src->drums ? outline : lead), bass == SOURCE_REST ? -1 : bass % 12) >> 32);
		s->symbols[SLICES_OUTLINE][i] = (uint32_t)(mixed(place, outline) >> 32);
		s->symbols[SLICES_PLACE][i] = (uint32_t)(place >> 32);
	}
}

struct numbered {
	uint64_t all;
	size_t i;
};

static int by_content(const void *a, const void *b)
{
	const struct numbered *x = a, *y = b;
	if (x->all != y->all)
		return x->all < y->all ? -1 : 1;
	return x->i < y->i ? -1 : x->i > y->i;
}

static int number_contents(struct slices *s, const uint64_t *all, struct err *err)
{
	struct numbered AUTO_MEM *v = mem_new_array(s->n, sizeof(*v));
	if (!v)
		return err_set(err, -ENOMEM, "%zu slices", s->n);
	for (size_t i = 0; i < s->n; i++)
		v[i] = (struct numbered){ all[i], i };
	qsort(v, s->n, sizeof(*v), by_content);
	for (size_t i = 0; i < s->n; i++) {
		s->n_contents += i == 0 || v[i].all != v[i - 1].all;
		s->contents[v[i].i] = (uint32_t)s->n_contents - 1;
	}
	return 0;
}

static void mark_starts(struct slices *s, const struct material *m)
{
	for (size_t i = 0; i < m->n; i++) {
		double at = (m->starts[i] - s->src->origin_beats) * SOURCE_TICKS + (double)s->src->silent_ticks - (double)s->first_at;
		size_t slice = at > 0 ? (size_t)((at + 0.5) / s->slice_ticks) : 0;
		slice -= slice % (size_t)s->per_bar;
		if (slice >= s->n || s->begins[slice])
			continue;
		s->begins[slice] = true;
		s->starts[s->n_starts++] = slice;
	}
	if (s->n_starts == 0) {
		s->begins[0] = true;
		s->starts[s->n_starts++] = 0;
	}
}

static int fill(struct slices *s, const struct material *m, int64_t divide, struct err *err)
{
	int code = take_notes(s, err);
	if (code < 0)
		return code;
	choose_length(s, divide);
	code = make_arrays(s, err);
	uint64_t AUTO_MEM *all = mem_new_array(s->n, sizeof(*all));
	if (code < 0 || !all)
		return code < 0 ? code : err_set(err, -ENOMEM, "%zu slices", s->n);
	hear_lead(s);
	hear(s, all);
	mark_starts(s, m);
	return number_contents(s, all, err);
}

int slices_init(struct slices *s, const struct source *src, const struct material *m, int64_t divide, struct err *err)
{
	*s = (struct slices){ .src = src };
	int code = fill(s, m, divide, err);
	if (code < 0)
		slices_done(s);
	return code;
}

void slices_done(struct slices *s)
{
	free(s->notes);
	free(s->contents);
	free(s->lead_in);
	free(s->lead_out);
	free(s->begins);
	free(s->starts);
	for (int d = 0; d < SLICES_DETAIL_COUNT; d++)
		free(s->symbols[d]);
	*s = (struct slices){ 0 };
}

/*
 * perception_span.c - a sound in stretches of whole bars, and how loud each is.
 *
 * Bars:      of a region, those of the timeline's meter inside it; of an artifact, those that were heard in it.
 * Loudness:  the mean power of all that sounds in the stretch, K-weighted, without a gate: from the loudness of each 100 ms,
 *            of which the first and the last count as far as they lie inside. A region's gain and fades do not count.
 */
#include "query-control/perception_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/str.h"

#include "base/banned.h"

#define SILENT_LUFS (-120.0)

/* A bar line: where it is in time and in the content. */
struct line {
	double beats, seconds;
	int64_t bar;
};

struct bars {
	struct line *v; /* n of them; the last ends the last bar */
	size_t n, room;
};

struct span {
	char artifact_id[UUID_SIZE], hash[CAS_HASH_SIZE];
	int64_t first_bar, n_bars;
	double start_beats, end_beats, start_s, end_s;
	double lufs; /* -HUGE_VAL: silent */
};

static int add_line(struct bars *b, struct line l, struct err *err)
{
	if (b->n > LIMIT_PERCEPTION_BARS)
		return 1;
	if (mem_grow(&b->v, &b->room, b->n + 1, sizeof(*b->v)) < 0)
		return err_set(err, -ENOMEM, "query");
	b->v[b->n++] = l;
	return 0;
}

/* ---- bar lines ---- */

/* The last bar is as long as the others are on average, if the sound is; a little less is the end of its last note. */
static int end_heard_bars(struct bars *b, double bar_beats, double end_s, struct err *err)
{
	double mean = b->n > 1 ? (b->v[b->n - 1].seconds - b->v[0].seconds) / (double)(b->n - 1) : end_s - b->v[0].seconds;
	struct line last = b->v[b->n - 1];
	if (last.seconds + 0.5 * mean > end_s)
		return 0;
	int r = add_line(b, (struct line){last.beats + bar_beats, fmin(last.seconds + mean, end_s), last.bar + 1}, err);
	return r < 0 ? r : 0;
}

static int heard_bars(const struct perception_digest *d, struct bars *b, struct err *err)
{
	const json_t *downbeats = json_object_get(d->values, "downbeats");
	double beats = json_number_value(json_object_get(d->values, "beats_before"));
	double bar_beats = json_number_value(json_object_get(d->values, "bar_beats"));
	int r = 0;
	for (size_t i = 0; r == 0 && i < json_array_size(downbeats); i++, beats += bar_beats)
		r = add_line(b, (struct line){beats, json_number_value(json_array_get(downbeats, i)), (int64_t)i + 1}, err);
	if (r < 0 || !b->n)
		return r;
	return end_heard_bars(b, bar_beats, json_number_value(json_object_get(d->values, "sounding_seconds")), err);
}

/* Where in its content a region is at a beat. */
static double content_seconds(const struct garden_view *g, const struct doc_region *r, double beat)
{
	const struct doc_content *content = doc_region_content(r);
	double lasts = (tempo_map_seconds(g->tempo, beat) - tempo_map_seconds(g->tempo, r->body->position_beats)) * content->rate;
	double at = content->offset_seconds + lasts;
	return content->reverse ? content->duration_seconds - at : at;
}

static int timeline_bars(const struct garden_view *g, const struct doc_region *r, double sounding_s, struct bars *b, struct err *err)
{
	double end = doc_region_end(r) + 1e-6;
	int added = 0;
	if (doc_region_content(r)->reverse && !(doc_region_content(r)->duration_seconds > 0))
		return 0;
	for (double beat = meter_map_next_bar(g->meter, r->body->position_beats); added == 0 && beat <= end;) {
		struct line l = {beat, content_seconds(g, r, beat), meter_map_place(g->meter, beat + 1e-6).bar};
		if (l.seconds < -0.05 || l.seconds > sounding_s + 0.05)
			break; /* the content has ended, the region goes on in silence */
		added = add_line(b, l, err);
		beat = meter_map_next_bar(g->meter, beat + 1e-3);
	}
	return added < 0 ? added : 0;
}

/* ---- loudness ---- */

/* total[i]: the power of all steps before i. */
static double *sum_powers(const struct perception_digest *d)
{
	double *total = mem_new_array(d->n_curve + 1, sizeof(*total));
	for (size_t i = 0; total && i < d->n_curve; i++)
		total[i + 1] = total[i] + ((double)d->curve[i] > SILENT_LUFS ? pow(10, (double)d->curve[i] / 10) : 0);
	return total;
}

static double total_until(const double *total, size_t n, double seconds)
{
	double at = fmin(fmax(seconds / PERCEPTION_CURVE_STEP_S, 0), (double)n);
	size_t i = (size_t)at;
	return i >= n ? total[n] : total[i] + (at - (double)i) * (total[i + 1] - total[i]);
}

static double lufs_between(const double *total, size_t n, double from_s, double to_s)
{
	double steps = (to_s - from_s) / PERCEPTION_CURVE_STEP_S;
	double power = steps > 0 ? (total_until(total, n, to_s) - total_until(total, n, from_s)) / steps : 0;
	double lufs = power > 0 ? 10 * log10(power) : -HUGE_VAL;
	return lufs > SILENT_LUFS ? round(lufs * 100) / 100 : -HUGE_VAL;
}

static struct span make_span(const struct perception_subject *s, const struct bars *b, size_t first, size_t n, const double *total, size_t n_total)
{
	const struct line *from = &b->v[first], *to = &b->v[first + n];
	struct span p = {.first_bar = from->bar,
			 .n_bars = (int64_t)n,
			 .start_beats = from->beats,
			 .end_beats = to->beats,
			 .start_s = fmax(fmin(from->seconds, to->seconds), 0),
			 .end_s = fmax(fmax(from->seconds, to->seconds), 0)};
	(void)str_copy(p.artifact_id, sizeof(p.artifact_id), s->artifact_id);
	(void)str_copy(p.hash, sizeof(p.hash), s->hash);
	p.lufs = lufs_between(total, n_total, p.start_s, p.end_s);
	return p;
}

/* ---- choosing ---- */

struct spans {
	struct span *v;
	size_t n, most;
};

static int louder_first(const void *a, const void *b)
{
	const struct span *x = a, *y = b;
	if (x->lufs < y->lufs || x->lufs > y->lufs)
		return x->lufs > y->lufs ? -1 : 1;
	return (x->start_beats > y->start_beats) - (x->start_beats < y->start_beats);
}

static bool overlaps(const struct spans *chosen, const struct span *s)
{
	for (size_t i = 0; i < chosen->n; i++)
		if (s->start_beats < chosen->v[i].end_beats - 1e-6 && s->end_beats > chosen->v[i].start_beats + 1e-6)
			return true;
	return false;
}

/* Every stretch of that many bars, loudest first; what overlaps one that was chosen, or is silent, is left out. */
static int choose_loudest(const struct perception_subject *s, const struct bars *b, size_t n_bars, const double *total, size_t n_total,
			  struct spans *ret, struct err *err)
{
	size_t n = b->n - n_bars;
	struct span AUTO_MEM *all = mem_new_array(n, sizeof(*all));
	if (!all)
		return err_set(err, -ENOMEM, "query");
	for (size_t i = 0; i < n; i++)
		all[i] = make_span(s, b, i, n_bars, total, n_total);
	qsort(all, n, sizeof(*all), louder_first);
	for (size_t i = 0; i < n && ret->n < ret->most; i++)
		if (isfinite(all[i].lufs) && !overlaps(ret, &all[i]))
			ret->v[ret->n++] = all[i];
	return 0;
}

static void choose_in_order(const struct perception_subject *s, const struct bars *b, size_t n_bars, const double *total, size_t n_total,
			    struct spans *ret)
{
	for (size_t i = 0; i + 1 < b->n && ret->n < ret->most; i += n_bars) {
		size_t left = b->n - 1 - i;
		ret->v[ret->n++] = make_span(s, b, i, n_bars < left ? n_bars : left, total, n_total);
	}
}

static int give(struct tf_context *c, const struct perception_subject *s, const struct perception_digest *d, const struct bars *b, size_t n_bars,
		int64_t limit, bool loudest, struct tf_iter *it, struct err *err)
{
	size_t bars = b->n > 1 ? b->n - 1 : 0, size = n_bars < bars ? n_bars : bars;
	size_t room = size ? (bars + size - 1) / size : 0;
	struct spans chosen = {.most = (uint64_t)limit < room ? (size_t)limit : room};
	double AUTO_MEM *total = sum_powers(d);
	chosen.v = tf_context_take(c, (chosen.most + 1) * sizeof(*chosen.v));
	struct tf_vertex *vertices = tf_context_take(c, (chosen.most + 1) * sizeof(*vertices));
	if (!total || !chosen.v || !vertices)
		return err_set(err, -ENOMEM, "query");
	int r = 0;
	if (size && loudest)
		r = choose_loudest(s, b, size, total, d->n_curve, &chosen, err);
	else if (size)
		choose_in_order(s, b, size, total, d->n_curve, &chosen);
	for (size_t i = 0; i < chosen.n; i++)
		vertices[i] = (struct tf_vertex){.type = it->type, .p = &chosen.v[i]};
	tf_iter_array(it, vertices, chosen.n);
	return r;
}

int perception_open_spans(struct tf_context *c, const struct perception_subject *s, const struct doc_region *region, int64_t n_bars,
			  int64_t limit, bool loudest, struct tf_iter *it, struct err *err)
{
	const struct perception_seen *seen;
	struct bars b = {NULL, 0, 0};
	tf_iter_none(it);
	int r = perception_look_deep(c, s, PERCEIVE_LISTEN, &seen, err);
	if (r < 0 || !seen || !seen->digest.values)
		return r;
	const struct perception_digest *d = &seen->digest;
	double sounding_s = json_number_value(json_object_get(d->values, "sounding_seconds"));
	r = region ? timeline_bars(query_world(c)->garden, region, sounding_s, &b, err) : heard_bars(d, &b, err);
	if (r == 0)
		r = give(c, s, d, &b, n_bars > LIMIT_PERCEPTION_BARS ? LIMIT_PERCEPTION_BARS : (size_t)n_bars, limit, loudest, it, err);
	free(b.v);
	return r;
}

/* ---- Span ---- */

static const struct span *span_of(const struct tf_vertex *v)
{
	return v->p;
}

#define GET(name, value) \
	static int name(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err) \
	{ \
		*ret = (value); \
		return 0; \
	}
GET(get_first_bar, tf_int(span_of(v)->first_bar))
GET(get_bars, tf_int(span_of(v)->n_bars))
GET(get_start_beats, tf_float(span_of(v)->start_beats))
GET(get_end_beats, tf_float(span_of(v)->end_beats))
GET(get_start_seconds, tf_float(span_of(v)->start_s))
GET(get_end_seconds, tf_float(span_of(v)->end_s))
GET(get_loudness, tf_float(span_of(v)->lufs)) /* not finite: null */

static int open_artifact(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
			 struct tf_iter *it, struct err *err)
{
	return artifact_open_by_id(it, c, span_of(from)->artifact_id, err);
}

static int open_picture(struct tf_context *c, const struct tf_vertex *from, enum perception_kind kind, int64_t wait_ms, struct tf_iter *it,
			struct err *err)
{
	const struct span *p = span_of(from);
	const struct perception_subject s = {p->artifact_id, p->hash, "audio", PERCEIVE_SOUND};
	if (!(p->end_s > p->start_s + 0.001)) {
		tf_iter_none(it);
		return 0;
	}
	return perception_open_picture(c, &s, kind, p->start_s, p->end_s, wait_ms, it, err);
}

static int open_waveform(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
			 struct tf_iter *it, struct err *err)
{
	return open_picture(c, from, PERCEIVE_WAVEFORM, params[0].i, it, err);
}

static int open_spectrogram(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
			    struct tf_iter *it, struct err *err)
{
	return open_picture(c, from, PERCEIVE_SPECTROGRAM, params[0].i, it, err);
}

static const struct tf_property_row properties[] = {
	{"first_bar", "Int!", "Its first bar: of the timeline for a region, counted from 1 in the sound for an artifact.", get_first_bar},
	{"bars", "Int!", "How many bars it has.", get_bars},
	{"start_beats", "Float!", "Where it begins: on the timeline for a region, in the sound for an artifact, in quarter notes.", get_start_beats},
	{"end_beats", "Float!", "Where it ends, in the same beats.", get_end_beats},
	{"start_seconds", "Float!", "Where in the sound it begins.", get_start_seconds},
	{"end_seconds", "Float!", "Where in the sound it ends.", get_end_seconds},
	{"loudness_lufs", "Float", "How loud all of it is, in LUFS, without a gate and without the region's gain and fades; null for silence.",
	 get_loudness},
};
static const struct tf_param_row wait_params[] = {
	{"wait_ms", "Int!", "0", "How long the query waits for what is unknown, in milliseconds, 600000 at most."}};
static const struct tf_edge_row edges[] = {
	{"artifact", "Artifact", "The sound that it is a part of.", .open = open_artifact},
	{"waveform", "Artifact", "A picture of its waveform.", TF_PARAMS(wait_params), .open = open_waveform},
	{"spectrogram", "Artifact", "A picture of its spectrum.", TF_PARAMS(wait_params), .open = open_spectrogram},
};
static const struct tf_type_row types[] = {
	{.name = "Span", .doc = "A stretch of whole bars of a sound.", TF_PROPERTIES(properties), TF_EDGES(edges)}};
const struct tf_table perception_span_table = {.types = types, .n_types = COUNT_OF(types)};

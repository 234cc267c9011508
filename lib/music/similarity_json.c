/*
 * similarity_json.c - the comparison of two pieces as a report.
 */
#include "music/similarity.h"

#include "base/banned.h"

/* Four decimals say all there is to say. */
static json_t *rounded(double x)
{
	return json_real((double)(int64_t)(x * 10000 + (x < 0 ? -0.5 : 0.5)) / 10000);
}

static json_t *by_name(const char *const *names, const double *values, size_t n, json_t *whole)
{
	AUTO_JSON json_t *o = json_object();
	if (whole && json_object_set_new(o, "whole", whole) < 0)
		return NULL;
	for (size_t i = 0; o && i < n; i++)
		if (json_object_set_new(o, names[i], rounded(values[i])) < 0)
			return NULL;
	return TAKE(o);
}

static json_t *run_json(const struct shared_run *r)
{
	return json_pack("{s:I, s:i, s:o, s:{s:I, s:f, s:f}, s:{s:I, s:f, s:f}}", "notes", (json_int_t)r->n_notes, "transposition",
			 r->transposition, "same_rhythm", rounded(r->same_rhythm), "a", "bar", (json_int_t)r->bar_a, "from_beat", r->from_a,
			 "to_beat", r->to_a, "b", "bar", (json_int_t)r->bar_b, "from_beat", r->from_b, "to_beat", r->to_b);
}

json_t *similarity_json(const struct similarity *s)
{
	AUTO_JSON json_t *runs = json_array();
	for (size_t i = 0; runs && i < s->n_runs; i++)
		if (json_array_append_new(runs, run_json(&s->runs[i])) < 0)
			return NULL;
	if (!runs)
		return NULL;
	return json_pack("{s:o, s:o, s:i, s:o, s:o, s:o, s:o, s:O}", "similarity", rounded(s->whole), "aspects",
			 by_name(similar_aspect_names, s->aspects, SIMILAR_ASPECT_COUNT, NULL), "transposition", s->transposition,
			 "chroma_in_place", rounded(s->chroma_in_place), "contrast",
			 by_name(contrast_aspect_names, s->contrast, CONTRAST_ASPECT_COUNT, rounded(s->contrast_whole)), "shared_a",
			 rounded(s->shared_a), "shared_b", rounded(s->shared_b), "shared", runs);
}

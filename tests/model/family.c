#include "family.h"

#include "base/str.h"

#include "../check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int run(const char *model, const char *params, uint64_t seed, const struct score *const *inputs, size_t n,
	       struct generated *ret, struct err *err)
{
	const struct generator *g = generator_find(model);
	assert_non_null(g);
	AUTO_JSON json_t *j = NULL;
	if (params) {
		AUTO_MEM char *text = strdup(params);
		for (char *c = text; *c; c++)
			*c = *c == '\'' ? '"' : *c;
		assert_int_equal(json_parse(text, strlen(text), &j, NULL), 0);
	}
	return generator_run(g, j, inputs, n, seed, NULL, ret, err);
}

int family_try(const char *model, const char *params, uint64_t seed, const struct score *input, struct generated *ret,
	       struct err *err)
{
	return run(model, params, seed, &input, input ? 1 : 0, ret, err);
}

struct generated family_make_of(const char *model, const char *params, uint64_t seed, const struct score *const *inputs, size_t n)
{
	struct generated g = { 0 };
	struct err err = ERR_INIT;
	if (run(model, params, seed, inputs, n, &g, &err) < 0)
		fail_msg("%s, seed %llu: %s: %s", model, (unsigned long long)seed, err.field, err.msg);
	return g;
}

struct generated family_make(const char *model, const char *params, uint64_t seed, const struct score *input)
{
	return family_make_of(model, params, seed, &input, input ? 1 : 0);
}

uint64_t family_fingerprint(const struct score *s)
{
	uint64_t h = 1469598103934665603u;
	for (size_t v = 0; v < s->n_voices; v++) {
		for (size_t i = 0; i < s->voices[v].n_notes; i++) {
			const struct note *n = &s->voices[v].notes[i];
			const int64_t what[] = { (int64_t)v, (int64_t)(n->start_beats * 480), (int64_t)(n->duration_beats * 480),
						 n->pitch, n->velocity, n->channel };
			for (size_t k = 0; k < COUNT_OF(what); k++)
				h = (h ^ (uint64_t)what[k]) * 1099511628211u;
		}
	}
	return h;
}

void family_check_notes(const struct score *s, int lo, int hi, uint64_t seed)
{
	for (size_t v = 0; v < s->n_voices; v++) {
		for (size_t i = 0; i < s->voices[v].n_notes; i++) {
			const struct note *n = &s->voices[v].notes[i];
			if (n->pitch < lo || n->pitch > hi || n->start_beats < 0 || n->duration_beats <= 0 ||
			    n->start_beats + n->duration_beats > s->end_beats + 1e-9)
				fail_msg("seed %llu: %s: note %d at %g for %g", (unsigned long long)seed, s->voices[v].name,
					 n->pitch, n->start_beats, n->duration_beats);
		}
	}
}

bool family_fills(const struct score_voice *v, double from, double to)
{
	double at = from;
	for (size_t i = 0; i < v->n_notes; i++) {
		if (fabs(v->notes[i].start_beats - at) > 1e-9)
			return false;
		at += v->notes[i].duration_beats;
	}
	return fabs(at - to) < 1e-9;
}

const char *family_text(const struct generated *g, const char *key)
{
	const char *t = json_string_value(json_object_get(g->report, key));
	return t ? t : "";
}

int64_t family_number(const struct generated *g, const char *key)
{
	return json_integer_value(json_object_get(g->report, key));
}

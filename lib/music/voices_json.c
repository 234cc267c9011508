#include "music/voices_json.h"

#include <stddef.h>

#include "base/banned.h"

#define NUMBER(name) { #name, offsetof(struct role_features, name) }

static const struct {
	const char *name;
	size_t offset;
} feature_numbers[] = {
	NUMBER(mean_pitch),   NUMBER(pitch_spread),  NUMBER(notes_per_beat), NUMBER(activity),       NUMBER(polyphony),
	NUMBER(chord_share),  NUMBER(mean_duration), NUMBER(held_share),     NUMBER(step_share),     NUMBER(leap_share),
	NUMBER(repeat_share), NUMBER(broken_share),  NUMBER(evenness),       NUMBER(bar_repeats),    NUMBER(pitch_classes),
	NUMBER(lowest_share), NUMBER(highest_share), NUMBER(together_share), NUMBER(same_rhythm),   NUMBER(downbeat_share), NUMBER(mean_velocity),
};

/* Three decimals say all there is to say. */
static json_t *rounded(double x)
{
	return json_real((double)(int64_t)(x * 1000 + (x < 0 ? -0.5 : 0.5)) / 1000);
}

static json_t *features_json(const struct role_features *f)
{
	AUTO_JSON json_t *o = json_pack("{s:i, s:i, s:b}", "distinct_classes", f->distinct_classes, "program", f->program, "drums", f->drums);
	for (size_t i = 0; o && i < COUNT_OF(feature_numbers); i++) {
		const double *x = (const double *)(const void *)((const char *)f + feature_numbers[i].offset);
		if (json_object_set_new(o, feature_numbers[i].name, rounded(*x)) < 0)
			return NULL;
	}
	return TAKE(o);
}

static json_t *alternatives_json(const struct role_guess *g)
{
	AUTO_JSON json_t *list = json_array();
	bool told[VOICE_ROLE_COUNT] = { false };
	told[g->role] = true;
	while (list) {
		int best = -1;
		for (int i = 0; i < VOICE_ROLE_COUNT; i++)
			if (!told[i] && g->confidences[i] >= ROLE_ALTERNATIVE && (best < 0 || g->confidences[i] > g->confidences[best]))
				best = i;
		if (best < 0)
			break;
		told[best] = true;
		json_t *one = json_pack("{s:s, s:o}", "role", voice_role_names[best], "confidence", rounded(g->confidences[best]));
		if (json_array_append_new(list, one) < 0)
			return NULL;
	}
	return TAKE(list);
}

static json_t *voice_json(const struct voices *v, size_t i, const struct role_guess *g)
{
	const struct score_voice *x = &v->score->voices[i];
	const struct voice_origin *o = &v->origins[i];
	double to = 0;
	for (size_t k = 0; k < x->n_notes; k++) {
		double end = x->notes[k].start_beats + x->notes[k].duration_beats;
		to = end > to ? end : to;
	}
	return json_pack("{s:I, s:s, s:I, s:i, s:s, s:s, s:o, s:b, s:o, s:I, s:o, s:o, s:i, s:i, s:o}", "index", (json_int_t)i,
			 "name", x->name, "track", (json_int_t)o->track, "channel", o->channel, "method",
			 voice_method_names[o->method], "role", voice_role_names[g->role], "confidence", rounded(g->confidence),
			 "moved", g->moved, "alternatives", alternatives_json(g), "notes", (json_int_t)x->n_notes, "from_beat",
			 json_real(x->n_notes ? x->notes[0].start_beats : 0), "to_beat", json_real(to), "lowest",
			 g->features.lowest, "highest", g->features.highest, "features", features_json(&g->features));
}

static json_t *one_with(const struct role_guess *g, size_t n, enum voice_role role)
{
	for (size_t i = 0; i < n; i++)
		if (g[i].role == role)
			return json_integer((json_int_t)i);
	return json_null();
}

json_t *voices_json(const struct voices *v, enum voice_method method, const struct role_guess *roles)
{
	size_t n = v->score->n_voices;
	AUTO_JSON json_t *list = json_array();
	for (size_t i = 0; list && i < n; i++)
		if (json_array_append_new(list, voice_json(v, i, &roles[i])) < 0)
			return NULL;
	if (!list)
		return NULL;
	return json_pack("{s:s, s:I, s:o, s:o, s:O}", "method", voice_method_names[method], "n_voices", (json_int_t)n, "melody",
			 one_with(roles, n, ROLE_MELODY), "bass", one_with(roles, n, ROLE_BASS), "voices", list);
}

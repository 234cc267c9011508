/*
 * perception_digest.c - reports of understand and listen, and vectors, as what is kept of them.
 *
 * A value that a report does not have, or has as nothing ("none", the floor of a level, bpm 0), is left out: it is null.
 */
#include "query-control/perception.h"

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "query-control/perception_harmony.h"

#include "base/banned.h"

#define FLOOR_DB (-199.0) /* reports have -200 for "nothing" */

/* "a.b.0.c" of a report; NULL when it is not there. */
static const json_t *at(const json_t *j, const char *path)
{
	while (j && *path) {
		size_t n = strcspn(path, ".");
		j = json_is_array(j) ? json_array_get(j, (size_t)(path[0] - '0')) : json_object_getn(j, path, n);
		path += n + (path[n] == '.');
	}
	return j;
}

enum keep { KEEP_ANY, KEEP_ABOVE_FLOOR, KEEP_POSITIVE, KEEP_WORD };

struct field {
	const char *name, *path;
	enum keep keep;
};

static const struct field understand_fields[] = {
	{"energy", "character.energy", KEEP_ANY},
	{"density", "texture.notes_a_second", KEEP_ANY},
	{"key", "key.guesses.0.key", KEEP_WORD},
	{"key_confidence", "key.guesses.0.confidence", KEEP_ANY},
	{"tempo_bpm", "meter.bpm", KEEP_POSITIVE},
	{"meter", "meter.guesses.0.meter", KEEP_WORD},
	{"meter_confidence", "meter.guesses.0.confidence", KEEP_ANY},
	{"structure", "form.form", KEEP_WORD},
	{"complexity", "texture.complexity", KEEP_ANY},
	{"tension", "tension.mean", KEEP_ANY},
	{"valence", "character.valence", KEEP_ANY},
	{"mood", "character.moods.0.name", KEEP_WORD},
	{"mood_confidence", "character.moods.0.confidence", KEEP_ANY},
	{"genre", "character.genres.0.name", KEEP_WORD},
	{"genre_confidence", "character.genres.0.confidence", KEEP_ANY},
	{"sounding_seconds", "duration_s", KEEP_ANY},
};

static const struct field listen_fields[] = {
	{"loudness_lufs", "loudness.integrated_lufs", KEEP_ABOVE_FLOOR},
	{"loudness_range_lu", "loudness.range_lu", KEEP_ANY},
	{"true_peak_db", "loudness.true_peak_db", KEEP_ABOVE_FLOOR},
	{"energy", "character.energy", KEEP_ANY},
	{"density", "character.onsets_per_s", KEEP_ANY},
	{"key_confidence", "key.keys.0.confidence", KEEP_ANY},
	{"tempo_bpm", "rhythm.bpm", KEEP_POSITIVE},
	{"meter", "rhythm.meter", KEEP_WORD},
	{"meter_confidence", "rhythm.meter_confidence", KEEP_ANY},
	{"valence", "character.valence", KEEP_ANY},
	{"brightness", "character.brightness", KEEP_ANY},
	{"mood", "character.mood", KEEP_WORD},
	{"mood_confidence", "character.mood_confidence", KEEP_ANY},
	{"genre", "character.style", KEEP_WORD},
	{"genre_confidence", "character.style_confidence", KEEP_ANY},
	{"silence_seconds", "levels.silent_s", KEEP_ANY},
	{"is_silent", "levels.is_silent", KEEP_ANY},
	{"clipped_places", "levels.clipping.flat_tops", KEEP_ANY},
	{"sounding_seconds", "info.duration_s", KEEP_ANY},
};

static bool is_worth_keeping(const json_t *v, enum keep keep)
{
	if (!v || json_is_null(v))
		return false;
	switch (keep) {
	case KEEP_ANY:
		return true;
	case KEEP_ABOVE_FLOOR:
		return json_is_number(v) && json_number_value(v) > FLOOR_DB;
	case KEEP_POSITIVE:
		return json_is_number(v) && json_number_value(v) > 0;
	case KEEP_WORD:
		return json_is_string(v) && *json_string_value(v) && !str_eq(json_string_value(v), "none");
	}
	return false;
}

static int copy_fields(json_t *to, const json_t *report, const struct field *fields, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const json_t *v = at(report, fields[i].path);
		if (is_worth_keeping(v, fields[i].keep) && json_object_set(to, fields[i].name, (json_t *)(uintptr_t)v) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* The texts `key` of a list of objects; those that repeat the one before are left out. */
static json_t *texts_of(const json_t *list, const char *key)
{
	AUTO_JSON json_t *texts = json_array();
	const char *before = NULL;
	for (size_t i = 0; texts && i < json_array_size(list) && i < LIMIT_PERCEPTION_CHORDS; i++) {
		const char *text = json_string_value(json_object_get(json_array_get(list, i), key));
		if (!text || !*text || str_eq(text, before))
			continue;
		if (json_array_append_new(texts, json_string(text)) < 0)
			return NULL;
		before = text;
	}
	return TAKE(texts);
}

static int make_vector(struct perception_digest *d, size_t n)
{
	d->vector = mem_new_array(n, sizeof(*d->vector));
	d->n_vector = d->vector ? n : 0;
	return d->vector ? 0 : -ENOMEM;
}

static const char *text_at(const json_t *report, const char *path)
{
	return json_string_value(at(report, path));
}

static int digest_understand(const json_t *report, struct perception_digest *d)
{
	const json_t *chords = at(report, "chords.chords");
	int r = copy_fields(d->values, report, understand_fields, COUNT_OF(understand_fields));
	if (r == 0 && json_object_set_new(d->values, "chords", texts_of(chords, "chord")) < 0)
		r = -ENOMEM;
	if (r == 0 && json_object_set_new(d->values, "instrumentation", texts_of(at(report, "character.instruments"), "name")) < 0)
		r = -ENOMEM;
	if (r == 0)
		r = make_vector(d, HARMONY_SIZE);
	if (r == 0)
		harmony_of(text_at(report, "key.guesses.0.tonic"), at(report, "key.pitch_classes"), chords, d->vector);
	return r;
}

/* ---- listen ---- */

/* The loudness of each 100 ms, from the beginning on. */
static int take_curve(const json_t *report, struct perception_digest *d)
{
	const json_t *steps = at(report, "loudness.steps.lufs");
	size_t n = json_array_size(steps);
	d->curve = mem_new_array(n, sizeof(*d->curve));
	if (!d->curve)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		d->curve[i] = harmony_number(json_number_value(json_array_get(steps, i)));
	d->n_curve = n;
	return 0;
}

/* Where bars begin, and how long they are in quarter notes: the felt beat of compound meters is a dotted one. */
static int take_bars(const json_t *report, struct perception_digest *d)
{
	const json_t *beats = at(report, "rhythm.beats"), *bars = at(report, "rhythm.downbeats");
	double felt = json_integer_value(at(report, "rhythm.division")) == 3 ? 1.5 : 1;
	double first = json_number_value(json_array_get(bars, 0));
	size_t before = 0;
	if (!json_array_size(bars))
		return 0;
	while (before < json_array_size(beats) && json_number_value(json_array_get(beats, before)) < first - 1e-9)
		before++;
	if (json_object_set(d->values, "downbeats", (json_t *)(uintptr_t)bars) < 0 ||
	    json_object_set_new(d->values, "beats_before", json_real(felt * (double)before)) < 0 ||
	    json_object_set_new(d->values, "bar_beats",
				json_real(felt * (double)json_integer_value(at(report, "rhythm.beats_per_bar")))) < 0)
		return -ENOMEM;
	return 0;
}

static int take_key(const json_t *report, struct perception_digest *d)
{
	const char *tonic = text_at(report, "key.keys.0.tonic"), *mode = text_at(report, "key.keys.0.mode");
	if (tonic && mode && json_object_set_new(d->values, "key", json_sprintf("%s %s", tonic, mode)) < 0)
		return -ENOMEM;
	return 0;
}

/* What is heard of its instruments is one word: "band", "single voice", "percussion". */
static int take_texture(const json_t *report, struct perception_digest *d)
{
	const char *texture = text_at(report, "character.texture");
	if (!texture || str_eq(texture, "silence"))
		return 0;
	return json_object_set_new(d->values, "instrumentation", json_pack("[s]", texture)) < 0 ? -ENOMEM : 0;
}

static int digest_listen(const json_t *report, struct perception_digest *d)
{
	int r = copy_fields(d->values, report, listen_fields, COUNT_OF(listen_fields));
	if (r == 0 && json_is_true(json_object_get(d->values, "is_silent"))) { /* a kind of piece is guessed of anything */
		(void)json_object_del(d->values, "genre");
		(void)json_object_del(d->values, "genre_confidence");
	}
	if (r == 0)
		r = take_key(report, d);
	if (r == 0)
		r = take_texture(report, d);
	if (r == 0)
		r = take_bars(report, d);
	if (r == 0)
		r = take_curve(report, d);
	if (r == 0)
		r = make_vector(d, HARMONY_SIZE);
	if (r == 0)
		harmony_of(text_at(report, "key.keys.0.tonic"), at(report, "key.chroma"), NULL, d->vector);
	return r;
}

static int digest_vector(const json_t *report, struct perception_digest *d)
{
	const json_t *v = at(report, "vector");
	size_t n = json_array_size(v);
	int r = make_vector(d, n);
	for (size_t i = 0; r == 0 && i < n; i++)
		d->vector[i] = harmony_number(json_number_value(json_array_get(v, i)));
	return r;
}

int perception_digest_report(enum perception_kind kind, const json_t *report, struct perception_digest *ret, struct err *err)
{
	struct perception_digest d = {.values = json_object()};
	int r = d.values ? 0 : -ENOMEM;
	if (r == 0 && !json_is_object(report))
		r = -EBADMSG;
	if (r == 0 && kind == PERCEIVE_UNDERSTAND)
		r = digest_understand(report, &d);
	else if (r == 0 && kind == PERCEIVE_LISTEN)
		r = digest_listen(report, &d);
	else if (r == 0 && (kind == PERCEIVE_NOTES_VECTOR || kind == PERCEIVE_SOUND_VECTOR))
		r = digest_vector(report, &d);
	if (r < 0) {
		perception_digest_done(&d);
		return err_set(err, r, r == -ENOMEM ? "perception" : "the report is no JSON object");
	}
	*ret = d;
	return 0;
}

void perception_digest_done(struct perception_digest *d)
{
	json_decref(d->values);
	free(d->vector);
	free(d->curve);
	*d = (struct perception_digest){.values = NULL};
}

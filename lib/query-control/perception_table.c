/*
 * perception_table.c - what artifacts and regions are like: properties and edges that lead to what was heard in their content.
 */
#include "query-control/perception_priv.h"

#include "base/mem.h"
#include "base/str.h"
#include "query-control/select_priv.h"

#include "base/banned.h"

/* P(name, type, families, doc): the value of that name in a digest. The type is Float, Int, Boolean, String or a list of String. */
#define NOTES 1u
#define SOUND 2u
#define VALUES(P) \
	P(loudness_lufs, "Float", SOUND, "How loud a sound is as a whole: integrated loudness by EBU R 128, in LUFS. From `listen`.") \
	P(loudness_range_lu, "Float", SOUND, "How far soft and loud parts of a sound lie apart, in LU. From `listen`.") \
	P(true_peak_db, "Float", SOUND, "The highest level between the samples of a sound, in dBTP. From `listen`.") \
	P(energy, "Float", NOTES | SOUND, \
	  "0 to 1: how much happens, how loudly and how fast. Of notes from `understand`, of sound from `listen`; the two are rules of " \
	  "their own.") \
	P(density, "Float", NOTES | SOUND, "Notes a second; in a sound, onsets a second.") \
	P(key, "String", NOTES | SOUND, "The likeliest key, as in \"D major\" or \"A dorian\".") \
	P(key_confidence, "Float", NOTES | SOUND, "0 to 1: how far that key is ahead of the others.") \
	P(chords, "[String!]", NOTES, "The chords of notes in their order, each once until another follows. From `understand`; a sound has none.") \
	P(tempo_bpm, "Float", NOTES | SOUND, "Felt beats a minute; null where no beat was found.") \
	P(meter, "String", NOTES | SOUND, "The meter that is heard, as in \"6/8\"; not the one that is stated.") \
	P(meter_confidence, "Float", NOTES | SOUND, "0 to 1: how far that meter is ahead of the others.") \
	P(structure, "String", NOTES, "The form of notes in letters, as in \"AABA'\". From `understand`.") \
	P(complexity, "Float", NOTES, "0 to 1: entropies, syncopation and chromaticism of notes. From `understand`.") \
	P(tension, "Float", NOTES, "Mean tonal tension of notes on the spiral array. From `understand`.") \
	P(valence, "Float", NOTES | SOUND, "-1 (dark) to 1 (bright), by rules over mode, tempo and more.") \
	P(brightness, "Float", SOUND, "0 to 1: where the spectrum of a sound has its centre, from 300 Hz to 5 kHz. From `listen`.") \
	P(mood, "String", NOTES | SOUND, "A word for energy and valence: of notes happy, tense, sad or calm; of sound lively, tense, calm, sad, neutral.") \
	P(mood_confidence, "Float", NOTES | SOUND, "0 to 1: how sure that word is.") \
	P(genre, "String", NOTES | SOUND, "The kind of piece that meter, speed and texture suggest, by rules: a hint.") \
	P(genre_confidence, "Float", NOTES | SOUND, "0 to 1: how sure that kind is.") \
	P(instrumentation, "[String!]", NOTES | SOUND, \
	  "The instruments of notes by their programs, most notes first; of a sound one word for its texture, as in \"single voice\".") \
	P(silence_seconds, "Float", SOUND, "How much of a sound is silent (below -60 dBFS), in seconds. From `listen`.") \
	P(is_silent, "Boolean", SOUND, "Whether all of a sound is silent. From `listen`.") \
	P(clipped_places, "Int", SOUND, "Flat tops of a sound: three samples or more at its highest level. From `listen`.") \
	P(sounding_seconds, "Float", NOTES | SOUND, "How long it lasts, as measured, in seconds.")

/* A row may have more values than are kept in memory: each is the context's own. */
static int from_text(struct tf_context *c, const char *text, struct tf_value *ret, struct err *err)
{
	const char *own = tf_context_printf(c, "%s", text ? text : "");
	*ret = tf_string(own);
	return own ? 0 : err_set(err, -ENOMEM, "query");
}

static int from_list(struct tf_context *c, const json_t *j, struct tf_value *ret, struct err *err)
{
	size_t n = json_array_size(j);
	struct tf_value *items = tf_context_take(c, (n ? n : 1) * sizeof(*items));
	if (!items)
		return err_set(err, -ENOMEM, "query");
	int r = 0;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = from_text(c, json_string_value(json_array_get(j, i)), &items[i], err);
	if (r == 0)
		*ret = tf_list(items, n);
	return r;
}

/* As the type of the property has it: a Float stays one where JSON has a whole number. */
static int from_json(struct tf_context *c, const json_t *j, char type, struct tf_value *ret, struct err *err)
{
	*ret = TF_VALUE_NULL;
	if (type == '[' && json_is_array(j))
		return from_list(c, j, ret, err);
	if (type == 'F' && json_is_number(j))
		*ret = tf_float(json_number_value(j));
	else if (type == 'I' && json_is_integer(j))
		*ret = tf_int(json_integer_value(j));
	else if (type == 'B' && json_is_boolean(j))
		*ret = tf_bool(json_is_true(j));
	else if (type == 'S' && json_is_string(j))
		return from_text(c, json_string_value(j), ret, err);
	return 0;
}

/* Their names for a family; "" for what it does not have. */
#define NAME_OF_NOTES(name, type, families, doc) ((families)&NOTES ? #name : ""),
#define NAME_OF_SOUND(name, type, families, doc) ((families)&SOUND ? #name : ""),
#define COUNT_ONE(name, type, families, doc)	 +1
enum { MOST_FILLED = VALUES(COUNT_ONE) };

struct value {
	const char *name, *type;
	unsigned families;
};

static int get_value(struct tf_context *c, const struct tf_vertex *v, perception_subject_fn *subject_of, const struct value *value,
		     struct tf_value *ret, struct err *err)
{
	struct perception_subject s;
	const struct perception_seen *seen;
	*ret = TF_VALUE_NULL;
	int r = subject_of(c, v, &s, err);
	if (r <= 0 || !(value->families & 1u << s.family))
		return r < 0 ? r : 0;
	r = perception_look(c, &s, perception_analysis(&s), 0, 0, &seen, err);
	if (r < 0 || !seen || !seen->digest.values)
		return r;
	return from_json(c, json_object_get(seen->digest.values, value->name), value->type[0], ret, err);
}

#define GETTERS(name, type, families, doc)                                                                                      \
	static const struct value value_##name = {#name, type, families};                                                       \
	static int artifact_##name(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)      \
	{                                                                                                                       \
		return get_value(c, v, perception_of_artifact, &value_##name, ret, err);                                        \
	}                                                                                                                       \
	static int region_##name(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)        \
	{                                                                                                                       \
		return get_value(c, v, perception_of_region, &value_##name, ret, err);                                          \
	}
VALUES(GETTERS)

#define ERRORS_TOLD "16" /* pictures of parts may be many; `perceptions` has all */

/* All that has failed, what fills the properties first; nothing is started for the question. */
static int get_error(struct tf_context *c, const struct tf_vertex *v, perception_subject_fn *subject_of, struct tf_value *ret, struct err *err)
{
	struct perception_subject s;
	sqlite3_stmt *q = NULL;
	*ret = TF_VALUE_NULL;
	int r = subject_of(c, v, &s, err);
	if (r <= 0 || !query_world(c)->control)
		return r < 0 ? r : 0;
	struct store_conn *conn = query_world(c)->control->conn;
	r = store_query(conn, &q, err,
			"SELECT group_concat(why, '; ') FROM (SELECT kind || iif(params = '{}', '', ' ' || params) || ': ' || error AS why"
			" FROM perception WHERE content_hash = ? AND space = ? AND error IS NOT NULL AND job_id IS NULL"
			" ORDER BY kind NOT IN ('understand', 'listen'), kind, params LIMIT " ERRORS_TOLD ")",
			"tt", s.hash, s.space);
	if (r == 0)
		r = store_step(conn, q, err);
	const bool any = r > 0 && !store_is_null(q, 0);
	const char *text = any ? tf_context_printf(c, "%s", store_text(q, 0)) : NULL;
	store_done(q);
	if (any && !text)
		return err_set(err, -ENOMEM, "query");
	*ret = tf_string(text);
	return r < 0 ? r : 0;
}

static int artifact_perception_error(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	return get_error(c, v, perception_of_artifact, ret, err);
}

static int region_perception_error(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	return get_error(c, v, perception_of_region, ret, err);
}

/* ---- edges ---- */

static int open_perceived(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params, const struct tf_hints *hints,
			  struct tf_iter *it, struct err *err)
{
	perception_wait(c, params[0].i);
	tf_iter_one(it, *from);
	return 0;
}

int perception_open_picture(struct tf_context *c, const struct perception_subject *s, enum perception_kind kind, double from_s, double to_s,
			    int64_t wait_ms, struct tf_iter *it, struct err *err)
{
	const struct perception_seen *seen;
	perception_wait(c, wait_ms);
	int r = perception_look(c, s, kind, from_s, to_s, &seen, err);
	if (r < 0)
		return r;
	if (!seen || !*seen->artifact_id) {
		tf_iter_none(it);
		return 0;
	}
	const char *id = tf_context_printf(c, "%s", seen->artifact_id);
	return id ? artifact_open_by_id(it, c, id, err) : err_set(err, -ENOMEM, "query");
}

/* The part of its content that a region plays; 0 and 0 where that is all, or is not known. */
static void played(struct tf_context *c, const struct doc_region *r, double *from_s, double *to_s)
{
	const struct doc_content *content = doc_region_content(r);
	const struct tempo_map *tempo = query_world(c)->garden->tempo;
	double lasts = (tempo_map_seconds(tempo, doc_region_end(r)) - tempo_map_seconds(tempo, r->body->position_beats)) * content->rate;
	double from = content->offset_seconds, to = from + lasts, end = content->duration_seconds;
	*from_s = *to_s = 0;
	if (content->reverse && !(end > 0))
		return;
	if (content->reverse) {
		double last = end - from;
		from = end - to, to = last;
	}
	from = from > 0 ? from : 0;
	if (!(lasts > 0) || (from <= 0 && end > 0 && to >= end - 0.001) || !(to > from + 0.001))
		return;
	*from_s = from, *to_s = end > 0 && to > end ? end : to;
}

/* params: wait_ms, from_seconds, to_seconds */
static int open_part(struct tf_context *c, const struct tf_vertex *from, perception_subject_fn *subject_of, enum perception_kind kind,
		     const struct tf_value *params, struct tf_iter *it, struct err *err)
{
	struct perception_subject s;
	double from_s = params[1].kind == TF_FLOAT ? params[1].f : 0, to_s = params[2].kind == TF_FLOAT ? params[2].f : 0;
	if (from_s < 0 || (to_s != 0 && !(to_s > from_s)))
		return err_set(err, -EINVAL, "a picture from %g to %g s: from_seconds must be 0 or more and lie before to_seconds", from_s, to_s);
	int r = subject_of(c, from, &s, err);
	if (r <= 0 || s.family != PERCEIVE_SOUND) {
		tf_iter_none(it);
		return r < 0 ? r : 0;
	}
	if (subject_of == perception_of_region && params[1].kind == TF_NULL && params[2].kind == TF_NULL)
		played(c, query_region_of(from), &from_s, &to_s);
	return perception_open_picture(c, &s, kind, from_s, to_s, params[0].i, it, err);
}

static int open_roll(struct tf_context *c, const struct tf_vertex *from, perception_subject_fn *subject_of, const struct tf_value *params,
		     struct tf_iter *it, struct err *err)
{
	struct perception_subject s;
	int r = subject_of(c, from, &s, err);
	if (r <= 0 || s.family != PERCEIVE_NOTES) {
		tf_iter_none(it);
		return r < 0 ? r : 0;
	}
	return perception_open_picture(c, &s, PERCEIVE_PIANO_ROLL, 0, 0, params[0].i, it, err);
}

static int open_likeness(struct tf_context *c, const struct tf_vertex *from, perception_subject_fn *subject_of, const struct tf_value *params,
			 bool least, struct tf_iter *it, struct err *err)
{
	struct perception_subject s;
	int r = subject_of(c, from, &s, err);
	if (r > 0)
		return perception_open_similar(c, &s, params, least, it, err);
	tf_iter_none(it);
	return r;
}

/* params: bars, limit, wait_ms */
static int open_bars(struct tf_context *c, const struct tf_vertex *from, perception_subject_fn *subject_of, const struct tf_value *params,
		     bool loudest, struct tf_iter *it, struct err *err)
{
	struct perception_subject s;
	if (params[0].i < 1 || params[1].i < 1)
		return err_set(err, -EINVAL, "bars and limit must be 1 or more");
	int r = subject_of(c, from, &s, err);
	if (r <= 0 || s.family != PERCEIVE_SOUND) {
		tf_iter_none(it);
		return r < 0 ? r : 0;
	}
	perception_wait(c, params[2].i);
	return perception_open_spans(c, &s, subject_of == perception_of_region ? query_region_of(from) : NULL, params[0].i, params[1].i, loudest,
				     it, err);
}

#define EDGE(name, call)                                                                                                              \
	static int artifact_##name(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params,                 \
				   const struct tf_hints *hints, struct tf_iter *it, struct err *err)                                 \
	{                                                                                                                             \
		perception_subject_fn *of = perception_of_artifact;                                                                   \
		return call;                                                                                                          \
	}                                                                                                                             \
	static int region_##name(struct tf_context *c, const struct tf_vertex *from, const struct tf_value *params,                   \
				 const struct tf_hints *hints, struct tf_iter *it, struct err *err)                                   \
	{                                                                                                                             \
		perception_subject_fn *of = perception_of_region;                                                                     \
		return call;                                                                                                          \
	}
EDGE(waveform, open_part(c, from, of, PERCEIVE_WAVEFORM, params, it, err))
EDGE(spectrogram, open_part(c, from, of, PERCEIVE_SPECTROGRAM, params, it, err))
EDGE(piano_roll, open_roll(c, from, of, params, it, err))
EDGE(similar, open_likeness(c, from, of, params, false, it, err))
EDGE(contrast, open_likeness(c, from, of, params, true, it, err))
EDGE(spans, open_bars(c, from, of, params, false, it, err))
EDGE(loudest, open_bars(c, from, of, params, true, it, err))

/* ---- the rows ---- */

#define ARTIFACT_ROW(name, type, families, doc) {#name, type, doc, artifact_##name},
#define REGION_ROW(name, type, families, doc)   {#name, type, doc, region_##name},
#define ERROR_DOC \
	"What has failed of its analyses and pictures, and why, as in \"listen: no sound; waveform: no sound\"; `perceptions` has each by itself. " \
	"None is tried again until a worker offers a newer version, or perception_retry asks for it."

static const struct tf_property_row artifact_values[] = {
	VALUES(ARTIFACT_ROW){"perception_error", "String", ERROR_DOC, artifact_perception_error},
};
static const struct tf_property_row region_values[] = {
	VALUES(REGION_ROW){"perception_error", "String", ERROR_DOC, region_perception_error},
};

#define WAIT_ROW {"wait_ms", "Int!", "0", "How long the query waits for what is unknown, in milliseconds, 600000 at most."}
static const struct tf_param_row wait_params[] = {WAIT_ROW};
static const struct tf_param_row part_params[] = {
	WAIT_ROW,
	{"from_seconds", "Float", NULL, "Where in the sound the picture begins."},
	{"to_seconds", "Float", NULL, "Where it ends; without, at the end of the sound."},
};
static const struct tf_param_row likeness_params[] = {
	{"by", "String!", "\"harmony\"",
	 "What is compared: harmony (chords by degree, their moves, pitch classes; in any key), chords (by name) or whole (vectors of all of it, "
	 "notes with notes, sound with sound)."},
	{"limit", "Int!", "10", "How many at most, 1 to 1000."},
	{"listen", "Boolean!", "false", "Whether artifacts of which nothing is known yet are analysed for it."},
	WAIT_ROW,
};
static const struct tf_param_row span_params[] = {
	{"bars", "Int!", "4", "How many bars a span has."},
	{"limit", "Int!", "10000", "How many at most."},
	WAIT_ROW,
};
static const struct tf_param_row loudest_params[] = {
	{"bars", "Int!", "4", "How many bars a span has."},
	{"limit", "Int!", "1", "How many at most."},
	WAIT_ROW,
};

#define EDGES(type, of, whole)                                                                                                           \
	{"perceived", type, "Itself; the query waits until what it asks for is known.", TF_PARAMS(wait_params), .open = open_perceived}, \
	{"waveform", "Artifact", "A picture of the waveform of " whole ".", TF_PARAMS(part_params), .open = of##_waveform},             \
	{"spectrogram", "Artifact", "A picture of the spectrum of " whole ".", TF_PARAMS(part_params), .open = of##_spectrogram},       \
	{"piano_roll", "Artifact", "A picture of its notes.", TF_PARAMS(wait_params), .open = of##_piano_roll},                         \
	{"similar", "[Similarity!]!",                                                                                                        \
	 "Artifacts that are like it, the most alike first, of those that have been analysed. Its own notes in other words are left out.", \
	 TF_PARAMS(likeness_params), .open = of##_similar},                                                                              \
	{"contrast", "[Similarity!]!", "The same, the least alike first.", TF_PARAMS(likeness_params), .open = of##_contrast},              \
	{"spans", "[Span!]!", "Its sound in stretches of whole bars, in order; " whole ". The last may be shorter.", TF_PARAMS(span_params), \
	 .open = of##_spans},                                                                                                            \
	{"loudest", "[Span!]!", "Its loudest stretches of whole bars, the loudest first; they do not overlap.", TF_PARAMS(loudest_params),  \
	 .open = of##_loudest},                                                                                                          \
	{"perceptions", "[Perception!]!", "What is known of its content, what is being found out, and what has failed; starts nothing.",     \
	 .open = of##_perceptions},

/* ---- what there is of each kind ---- */

/* The columns of a Perception's row. */
enum { KIND, PARAMS, MODEL, VERSION, STATE, ERROR, MADE, JOB, CHANGED };

static int open_perceptions(struct tf_context *c, const struct tf_vertex *from, perception_subject_fn *subject_of, struct tf_iter *it,
			    struct err *err)
{
	struct perception_subject s;
	int r = subject_of(c, from, &s, err);
	if (r <= 0 || !query_world(c)->control) {
		tf_iter_none(it);
		return r < 0 ? r : 0;
	}
	const char *hash = tf_context_printf(c, "%s", s.hash), *space = tf_context_printf(c, "%s", s.space);
	if (!hash || !space)
		return err_set(err, -ENOMEM, "query");
	return select_open(it, c, err,
			   "SELECT kind, params, CASE kind WHEN 'notes_vector' THEN 'features' WHEN 'sound_vector' THEN 'ear' WHEN 'piano_roll'"
			   " THEN 'piano-roll' ELSE kind END, version, CASE WHEN job_id IS NOT NULL THEN 'under_way' WHEN error IS NOT NULL"
			   " THEN 'failed' ELSE 'known' END, error, artifact_id, job_id, changed_unix_ms FROM perception WHERE content_hash = ?"
			   " AND space = ? ORDER BY kind, params",
			   "tt", hash, space);
}
EDGE(perceptions, open_perceptions(c, from, of, it, err))

SELECT_TEXT(get_kind, KIND)
SELECT_TEXT(get_params, PARAMS)
SELECT_TEXT(get_model, MODEL)
SELECT_TEXT(get_version, VERSION)
SELECT_TEXT(get_state, STATE)
SELECT_TEXT(get_why, ERROR)
SELECT_INT(get_changed, CHANGED)

/* What a kind fills: the properties, or the edges that lead to what it made. */
static const char *const fills_notes[] = {VALUES(NAME_OF_NOTES) NULL}, *const fills_sound[] = {VALUES(NAME_OF_SOUND) NULL};
static const char *const fills_likeness[] = {"similar", "contrast", NULL}, *const fills_waveform[] = {"waveform", NULL},
			*const fills_spectrogram[] = {"spectrogram", NULL}, *const fills_piano_roll[] = {"piano_roll", NULL};
static const char *const *const fills[PERCEPTION_KIND_COUNT] = {
	[PERCEIVE_UNDERSTAND] = fills_notes,	   [PERCEIVE_LISTEN] = fills_sound,	    [PERCEIVE_NOTES_VECTOR] = fills_likeness,
	[PERCEIVE_SOUND_VECTOR] = fills_likeness,  [PERCEIVE_WAVEFORM] = fills_waveform,   [PERCEIVE_SPECTROGRAM] = fills_spectrogram,
	[PERCEIVE_PIANO_ROLL] = fills_piano_roll,
};

static int get_fills(struct tf_context *c, const struct tf_vertex *v, struct tf_value *ret, struct err *err)
{
	const char *kind = select_text(v, KIND);
	size_t n = 0, k = 0;
	while (k < PERCEPTION_KIND_COUNT && !str_eq(perception_kinds[k].name, kind))
		k++;
	struct tf_value *items = tf_context_take(c, MOST_FILLED * sizeof(*items));
	if (!items)
		return err_set(err, -ENOMEM, "query");
	for (size_t i = 0; k < PERCEPTION_KIND_COUNT && fills[k][i]; i++)
		if (*fills[k][i])
			items[n++] = tf_string(fills[k][i]);
	*ret = tf_list(items, n);
	return 0;
}

SELECT_OPEN(open_made, artifact_open_by_id(it, c, select_text(from, MADE), err))
SELECT_OPEN(open_job, job_open_by_id(it, c, select_text(from, JOB), err))

static const struct tf_property_row perception_properties[] = {
	{"kind", "String!", "What was to be found out: understand, listen, notes_vector, sound_vector, waveform, spectrogram, piano_roll.", get_kind},
	{"model", "String!", "The model that does it.", get_model},
	{"version", "String!", "The version that found it out, or failed; empty while the first job is under way.", get_version},
	{"params", "String!", "Its parameters as JSON: the part of a sound; {} is all of it.", get_params},
	{"fills", "[String!]!", "The properties of artifacts and regions that are null while it is not known, or the edges that lead nowhere.",
	 get_fills},
	{"state", "String!", "known, under_way or failed.", get_state},
	{"error", "String", "Why it failed.", get_why},
	{"changed_unix_ms", "Int!", "When that was so last, in milliseconds since 1970.", get_changed},
};
static const struct tf_edge_row perception_edges[] = {
	{"artifact", "Artifact", "The analysis, vector or picture.", .open = open_made},
	{"job", "Job", "The job that is under way.", .open = open_job},
};

static const struct tf_edge_row artifact_edges[] = {EDGES("Artifact", artifact, "all of a sound")};
static const struct tf_edge_row region_edges[] = {EDGES("Region", region, "the part of a sound that the region plays")};

static const struct tf_type_row types[] = {
	{.name = "Artifact", TF_PROPERTIES(artifact_values), TF_EDGES(artifact_edges)},
	{.name = "Region", TF_PROPERTIES(region_values), TF_EDGES(region_edges)},
	{.name = "Perception",
	 .doc = "Something that was found out about a content, or is to be.",
	 TF_PROPERTIES(perception_properties),
	 TF_EDGES(perception_edges)},
};
static const struct tf_table own_table = {.types = types, .n_types = COUNT_OF(types)};
const struct tf_table *const perception_tables[PERCEPTION_TABLES] = {&own_table, &perception_likenesses, &perception_span_table};

/* skills_voices.c - voices of a piece: taken apart, one alone, what each of them does. */
#include "skill.h"

#include "base/str.h"
#include "music/voices_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define TRACKS_MAX 64

/* What all three share comes first. */
struct voices_params {
	int64_t method, max_pitch_jump, max_voices;
	double max_gap_beats;
	char tracks[256];
	int64_t voice, role;
};

static const char *const roles_or_none[VOICE_ROLE_COUNT + 2] = {
	"none", "melody", "counter_melody", "bass", "chords", "pad", "arpeggio", "riff", "drone", "percussion",
};

#define SHARED_ROWS \
	PARAM_CHOICE(voices_params, method, voice_method_names, VOICE_AUTO, "how voices are told apart"), \
	PARAM_INT(voices_params, max_pitch_jump, 1, 48, 12, "semitones", "a wider step within one voice has to be paid for"), \
	PARAM_NUM(voices_params, max_gap_beats, 0, 64, 4, "beats", "a voice that was silent for longer is hardly remembered"), \
	PARAM_INT(voices_params, max_voices, 1, VOICES_MAX, 8, "", "at most so many voices of what is taken apart at once"), \
	PARAM_TEXT(voices_params, tracks, "", "tracks to look at, counted from 0: \"0,2,3\"; empty for all")

static const struct model_param separate_rows[] = { SHARED_ROWS };
static const struct model_param stem_rows[] = {
	SHARED_ROWS,
	PARAM_INT(voices_params, voice, 0, 1023, 0, "", "which voice of the report `voices`, counted from 0"),
	PARAM_CHOICE(voices_params, role, roles_or_none, 0, "the surest voice with this role, whatever its number"),
};
static const struct model_table separate_table = MODEL_TABLE(separate_rows);
static const struct model_table stem_table = MODEL_TABLE(stem_rows);

/* "0,2,3" */
static int read_tracks(const char *text, uint32_t ret[TRACKS_MAX], size_t *ret_n, struct err *err)
{
	size_t n = 0;
	for (const char *p = text; *p;) {
		char *end;
		unsigned long v = strtoul(p, &end, 10);
		if (end == p || *p < '0' || *p > '9' || v > 65535 || n == TRACKS_MAX || (*end && *end != ',') || (*end && !end[1]))
			return err_field(err, -EINVAL, "params.tracks", "tracks is '%.60s'; allowed are up to %d numbers like 0,2,3", text,
					 TRACKS_MAX);
		ret[n++] = (uint32_t)v;
		p = *end ? end + 1 : end;
	}
	*ret_n = n;
	return 0;
}

/* The voices of the first input, and what they do. */
struct heard {
	struct voices *voices;
	struct role_guess *roles;
	struct voices_params p;
};

static void heard_done(struct heard *h)
{
	voices_free(h->voices);
	free(h->roles);
}
#define AUTO_HEARD __attribute__((cleanup(heard_done))) struct heard

static int hear(struct skill_run *run, const struct model_table *table, struct heard *h, struct err *err)
{
	uint32_t tracks[TRACKS_MAX];
	size_t n_tracks = 0;
	AUTO(score) s = NULL;
	int code = model_params_read(table, run->lease->params, &h->p, err);
	if (code == 0)
		code = read_tracks(h->p.tracks, tracks, &n_tracks, err);
	if (code == 0)
		code = skill_read_score(run->lease, 0, &s, err);
	if (code < 0)
		return code;
	struct voice_params p = { .method = (enum voice_method)h->p.method, .max_pitch_jump = (int)h->p.max_pitch_jump,
				  .max_gap_beats = h->p.max_gap_beats, .max_voices = (int)h->p.max_voices,
				  .tracks = n_tracks ? tracks : NULL, .n_tracks = n_tracks,
				  .cancelled = run->watch ? run->watch->cancelled : NULL, .arg = run->watch ? run->watch->arg : NULL };
	model_progress(run->watch, 0.1, "following lines");
	code = voices_separate(s, &p, &h->voices, err);
	if (code == 0 && h->voices->score->n_voices == 0)
		code = err_field(err, -EINVAL, "inputs", "there are no notes to take apart");
	if (code == 0 && model_cancelled(run->watch))
		return err_set(err, -ECANCELED, "cancelled");
	model_progress(run->watch, 0.8, "guessing roles");
	return code < 0 ? code : roles_guess(h->voices->score, run->watch, &h->roles, err);
}

/* "voice 2 (bass)", so that a track's name says what was heard in it. */
static int name_by_roles(struct heard *h, struct err *err)
{
	for (size_t i = 0; i < h->voices->score->n_voices; i++) {
		struct score_voice *v = &h->voices->score->voices[i];
		char *name = str_printf("%s (%s)", v->name, voice_role_names[h->roles[i].role]);
		if (!name)
			return err_set(err, -ENOMEM, "voices");
		free(v->name);
		v->name = name;
	}
	return 0;
}

static json_t *role_list(const struct heard *h)
{
	AUTO_JSON json_t *list = json_array();
	for (size_t i = 0; list && i < h->voices->score->n_voices && i < 16; i++)
		if (json_array_append_new(list, json_string(voice_role_names[h->roles[i].role])) < 0)
			return NULL;
	return TAKE(list);
}

static int separate(struct skill_run *run, struct err *err)
{
	AUTO_HEARD h = { NULL, NULL, { 0 } };
	int code = hear(run, &separate_table, &h, err);
	if (code == 0)
		code = name_by_roles(&h, err);
	if (code == 0)
		code = skill_write_score(run, h.voices->score, err);
	if (code < 0)
		return code;
	run->metadata = skill_describe_with(h.voices->score, json_pack("{s:o}", "roles", role_list(&h)));
	return run->metadata ? 0 : err_set(err, -ENOMEM, "metadata");
}

static int report(struct skill_run *run, struct err *err)
{
	AUTO_HEARD h = { NULL, NULL, { 0 } };
	int code = hear(run, &separate_table, &h, err);
	if (code < 0)
		return code;
	AUTO_JSON json_t *j = voices_json(h.voices, (enum voice_method)h.p.method, h.roles);
	code = skill_write_json(run, j, err);
	if (code < 0)
		return code;
	run->metadata = json_pack("{s:I, s:O, s:O, s:o}", "n_voices", (json_int_t)h.voices->score->n_voices, "melody",
				  json_object_get(j, "melody"), "bass", json_object_get(j, "bass"), "roles", role_list(&h));
	return run->metadata ? 0 : err_set(err, -ENOMEM, "metadata");
}

/* Which voice the parameters ask for. */
static int pick(const struct heard *h, size_t *ret, struct err *err)
{
	size_t n = h->voices->score->n_voices, best = n;
	if (h->p.role == 0) {
		*ret = (size_t)h->p.voice;
		return *ret < n ? 0 : err_field(err, -EINVAL, "params.voice", "voice is %lld; the piece has %zu, counted from 0",
						(long long)h->p.voice, n);
	}
	for (size_t i = 0; i < n; i++)
		if ((int64_t)h->roles[i].role == h->p.role - 1 && (best == n || h->roles[i].confidence > h->roles[best].confidence))
			best = i;
	*ret = best;
	return best < n ? 0 : err_field(err, -EINVAL, "params.role", "no voice of the piece is taken for %s", roles_or_none[h->p.role]);
}

static int stem(struct skill_run *run, struct err *err)
{
	AUTO_HEARD h = { NULL, NULL, { 0 } };
	AUTO(score) one = NULL;
	size_t at = 0;
	int code = hear(run, &stem_table, &h, err);
	if (code == 0)
		code = pick(&h, &at, err);
	if (code == 0)
		code = name_by_roles(&h, err);
	if (code < 0)
		return code;
	code = score_stem(h.voices->score, at, &one, err);
	if (code == 0)
		code = skill_write_score(run, one, err);
	if (code < 0)
		return code;
	run->metadata = skill_describe_with(one, json_pack("{s:I, s:s, s:s, s:f}", "voice", (json_int_t)at, "name",
							   one->voices[0].name, "role", voice_role_names[h.roles[at].role],
								  "confidence", h.roles[at].confidence));
	return run->metadata ? 0 : err_set(err, -ENOMEM, "metadata");
}

static const struct skill list[] = {
	{ .verb = "project", .from_space = "midi", .to_space = "midi", .model = "separate", .version = "1", .table = &separate_table, .run = separate },
	{ .verb = "project", .from_space = "midi", .to_space = "midi", .model = "stem", .version = "1", .table = &stem_table, .run = stem },
	{ .verb = "project", .from_space = "midi", .to_space = "analysis", .model = "voices", .version = "1", .table = &separate_table, .run = report },
};
const struct skill_list skills_voices = { list, COUNT_OF(list) };

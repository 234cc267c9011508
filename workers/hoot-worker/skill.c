#include "skill.h"

#include "hash.h"
#include "render.h"
#include "skills_tunes.h"

#include "base/fs.h"
#include "base/limits.h"
#include "base/str.h"
#include "have.h"
#include "model/tunes.h"
#include "music/smf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* Debian's default first: it is what we depend on, so that the same jam sounds the same on two machines. */
static const char *const soundfont_places[] = {
	"/usr/share/sounds/sf2/TimGM6mb.sf2",       "/usr/share/sounds/sf2/default-GM.sf2",
	"/usr/share/sounds/sf2/FluidR3_GM.sf2",     "/usr/share/soundfonts/default.sf2",
	"/usr/share/soundfonts/FluidR3_GM.sf2",     "/usr/local/share/sounds/sf2/default-GM.sf2",
	"/usr/local/share/soundfonts/default.sf2",
};

static int find_soundfont(struct skill_set *s, const char *named, struct err *err)
{
	const char *env = getenv("HOOT_SOUNDFONT");
	const char *wanted = named && *named ? named : env && *env ? env : NULL;
	if (wanted) {
		if (!fs_exists(wanted))
			return err_field(err, -ENOENT, "soundfont", "SoundFont '%s' does not exist", wanted);
		if (!str_copy(s->soundfont, sizeof(s->soundfont), wanted))
			return err_field(err, -ENAMETOOLONG, "soundfont", "the path of the SoundFont is too long");
		return render_check_soundfont(wanted, err); /* now, and not when the first job has come */
	}
	for (size_t i = 0; i < COUNT_OF(soundfont_places); i++) {
		if (fs_exists(soundfont_places[i])) {
			(void)str_copy(s->soundfont, sizeof(s->soundfont), soundfont_places[i]);
			return 0;
		}
	}
	s->soundfont[0] = '\0';
	return 0;
}

static const struct skill_list *const areas[] = {
#define SKILLS(area) &skills_##area,
#include "skills.def"
#undef SKILLS
};

static int add_areas(struct skill_set *s, struct err *err)
{
	for (size_t i = 0; i < COUNT_OF(areas); i++) {
		if (areas[i]->n > SKILLS_MAX - 1 - s->n)
			return err_set(err, -EMSGSIZE, "more than %d skills", SKILLS_MAX);
		memcpy(&s->skills[s->n], areas[i]->v, areas[i]->n * sizeof(*areas[i]->v));
		s->n += areas[i]->n;
	}
	return 0;
}

/* What it sounds like depends on FluidSynth and on the SoundFont: both are in the version. */
static int add_sound(struct skill_set *s, struct err *err)
{
	char digits[65];
	int code = hash_file(s->soundfont, digits, err);
	if (code < 0)
		return err_wrap(err, code, "SoundFont");
	struct skill *k = &s->skills[s->n++];
	*k = (struct skill){ .verb = "project", .from_space = "midi", .to_space = "audio", .model = "soundfont",
			     .table = &render_table, .run = skill_render };
	/* The first digits say well enough which SoundFont it was. */
	(void)snprintf(k->version, sizeof(k->version), "1/fluidsynth-%.16s/%.16s", render_engine_version(), digits);
	return 0;
}

/* What is drawn depends on the weights: their hash is in the version. */
static int add_tunes(struct skill_set *s, const char *named, struct err *err)
{
	char digest[17] = "";
	int code = tunes_find(named, &s->tunes, digest, err);
	if (code < 0 || !s->tunes)
		return code;
	if (skills_tunes.n > SKILLS_MAX - 1 - s->n)
		return err_set(err, -EMSGSIZE, "more than %d skills", SKILLS_MAX);
	for (size_t i = 0; i < skills_tunes.n; i++) {
		struct skill *k = &s->skills[s->n++];
		*k = skills_tunes.v[i];
		(void)snprintf(k->version, sizeof(k->version), "%s/%s", TUNES_VERSION, digest);
	}
	return 0;
}

int skill_set_init(struct skill_set *s, const struct skill_files *files, struct err *err)
{
	s->n = 0;
	s->tunes = NULL;
	int code = add_areas(s, err);
	if (code == 0)
		code = find_soundfont(s, files ? files->soundfont : NULL, err);
	if (code == 0)
		code = add_tunes(s, files ? files->tunes : NULL, err);
	if (code == 0 && s->soundfont[0] && HAVE_FLUIDSYNTH)
		code = add_sound(s, err);
	if (code < 0)
		skill_set_done(s);
	return code;
}

void skill_set_done(struct skill_set *s)
{
	tune_net_free(s->tunes);
	s->tunes = NULL;
}

const struct skill *skill_find(const struct skill_set *s, const struct lease_view *lease)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct skill *k = &s->skills[i];
		if (str_eq(k->verb, lease->verb) && str_eq(k->from_space, lease->from_space) &&
		    str_eq(k->to_space, lease->space) && str_eq(k->model, lease->model))
			return k;
	}
	return NULL;
}

int skill_read_input(const struct lease_view *lease, size_t i, char **ret, size_t *ret_n, struct err *err)
{
	if (i >= lease->inputs.n)
		return err_field(err, -EINVAL, "inputs", "the step has %zu inputs, too few", lease->inputs.n);
	const struct input_view *in = &lease->inputs.v[i];
	int code = fs_read(in->path, LIMIT_WORKER_INPUT_BYTES, ret, ret_n, err);
	return code < 0 ? err_wrap(err, code, "artifact %s", in->artifact_id) : 0;
}

int skill_read_score(const struct lease_view *lease, size_t i, struct score **ret, struct err *err)
{
	AUTO_MEM char *bytes = NULL;
	size_t n = 0;
	int code = skill_read_input(lease, i, &bytes, &n, err);
	if (code < 0)
		return code;
	code = score_read_smf(bytes, n, ret, err);
	return code < 0 ? err_wrap(err, code, "artifact %s", lease->inputs.v[i].artifact_id) : 0;
}

int skill_write_bytes(struct skill_run *run, const void *bytes, size_t n, const char *mime_type, struct err *err)
{
	run->mime_type = mime_type;
	return fs_write_atomic(run->lease->staging_path, bytes, n, 0644, err);
}

int skill_write_score(struct skill_run *run, const struct score *s, struct err *err)
{
	uint8_t *bytes = NULL;
	size_t n = 0;
	int code = score_write_smf(s, &bytes, &n, err);
	if (code == 0)
		code = skill_write_bytes(run, bytes, n, "audio/midi", err);
	free(bytes);
	return code;
}

int skill_write_json(struct skill_run *run, const json_t *report, struct err *err)
{
	AUTO_MEM char *text = report ? json_text(report, JSON_OUT_PRETTY) : NULL;
	if (!text)
		return err_set(err, -ENOMEM, "report");
	return skill_write_bytes(run, text, strlen(text), "application/json", err);
}

json_t *skill_describe_score(const struct score *s)
{
	static const char *const majors[15] = { "Cb", "Gb", "Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#" };
	static const char *const minors[15] = { "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#", "G#", "D#", "A#" };
	struct score_meter m = score_meter_at(s, s->pickup_beats);
	struct score_key k = score_key_at(s, s->pickup_beats);
	int at = k.sharps < -7 || k.sharps > 7 ? 7 : k.sharps + 7;
	char meter[32], key[32];
	(void)snprintf(meter, sizeof(meter), "%u/%u", m.num, m.den);
	(void)snprintf(key, sizeof(key), "%s %s", k.minor ? minors[at] : majors[at], k.minor ? "minor" : "major");
	return json_pack("{s:s, s:f, s:f, s:f, s:I, s:f, s:s, s:s, s:I, s:I}", "title", s->title ? s->title : "", "beats",
			 s->end_beats, "pickup_beats", s->pickup_beats, "duration_s", score_seconds_at(s, s->end_beats),
			 "bars", (json_int_t)score_n_bars(s), "bpm", score_bpm_at(s, s->pickup_beats), "meter", meter, "key",
			 key, "notes", (json_int_t)score_n_notes(s), "voices", (json_int_t)s->n_voices);
}

json_t *skill_describe_with(const struct score *s, json_t *more)
{
	json_t *m = more ? skill_describe_score(s) : NULL;
	bool good = m && json_object_update(m, more) == 0;
	json_decref(more);
	if (good)
		return m;
	json_decref(m);
	return NULL;
}

int skill_as_param(int code, struct err *err)
{
	char field[sizeof(err->field)];
	if (code < 0 && err && err->field[0] && !str_eq(err->field, "inputs")) {
		(void)str_copy(field, sizeof(field), err->field);
		(void)snprintf(err->field, sizeof(err->field), "params.%.40s", field);
	}
	return code;
}

#include "skill.h"

#include "hash.h"
#include "render.h"

#include "base/fs.h"
#include "base/limits.h"
#include "base/str.h"
#include "have.h"
#include "model/bridge.h"
#include "model/continuation.h"
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

static struct skill *add(struct skill_set *s, const struct skill *skill, const char *version)
{
	struct skill *to = &s->skills[s->n++];
	*to = *skill;
	(void)str_copy(to->version, sizeof(to->version), version);
	return to;
}

int skill_set_init(struct skill_set *s, const char *soundfont, struct err *err)
{
	s->n = 0;
	static const struct skill go_on = { .verb = "continue", .from_space = "midi", .to_space = "midi",
					    .model = CONTINUATION_MODEL, .run = skill_continue };
	struct skill *k = add(s, &go_on, CONTINUATION_VERSION);
	k->params = continuation_table;
	k->n_params = continuation_table_n;

	static const struct skill over = { .verb = "bridge", .from_space = "midi", .to_space = "midi", .model = BRIDGE_MODEL,
					   .run = skill_bridge };
	k = add(s, &over, BRIDGE_VERSION);
	k->params = bridge_table;
	k->n_params = bridge_table_n;

	static const struct skill abc = { .verb = "project", .from_space = "abc", .to_space = "midi", .model = "abc",
					  .run = skill_abc };
	k = add(s, &abc, "1");
	k->params = abc_table;
	k->n_params = abc_table_n;

	int code = find_soundfont(s, soundfont, err);
	if (code < 0 || !s->soundfont[0] || !HAVE_FLUIDSYNTH)
		return code;
	char digits[65], version[80];
	code = hash_file(s->soundfont, digits, err);
	if (code < 0)
		return err_wrap(err, code, "SoundFont");
	/* The first digits say well enough which SoundFont it was. */
	(void)snprintf(version, sizeof(version), "1/fluidsynth-%.16s/%.16s", render_engine_version(), digits);
	static const struct skill sound = { .verb = "project", .from_space = "midi", .to_space = "audio",
					    .model = "soundfont", .run = skill_render };
	k = add(s, &sound, version);
	k->params = render_table;
	k->n_params = render_table_n;
	return 0;
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

int skill_write_score(struct skill_run *run, const struct score *s, struct err *err)
{
	uint8_t *bytes = NULL;
	size_t n = 0;
	int code = score_write_smf(s, &bytes, &n, err);
	if (code == 0)
		code = fs_write_atomic(run->lease->staging_path, bytes, n, 0644, err);
	free(bytes);
	run->mime_type = "audio/midi";
	return code;
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

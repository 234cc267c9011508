/* skill_render.c - project:midi:audio: a MIDI file as sound, through the worker's SoundFont or one that comes with it. */
#include "skill.h"

#include "render.h"

#include "base/fs.h"
#include "base/str.h"
#include "music/notes.h"

#include "base/banned.h"

/* The second input, if there is one; else the worker's own. */
static int choose_soundfont(const struct skill_run *run, const char **ret, struct err *err)
{
	*ret = run->set->soundfont;
	if (run->lease->inputs.n < 2)
		return 0;
	const struct input_view *in = &run->lease->inputs.v[1];
	if (!str_eq(in->space, "soundfont"))
		return err_field(err, -EINVAL, "inputs", "the second input must be a SoundFont, and artifact %s is in the space '%s'",
				 in->artifact_id, in->space);
	*ret = in->path;
	return 0;
}

int skill_render(struct skill_run *run, struct err *err)
{
	struct render_params p;
	int code = model_params_read(&render_table, run->lease->params, &p, err);
	if (code < 0)
		return code;
	AUTO(score) s = NULL;
	struct render_report r;
	const char *soundfont = NULL;
	code = skill_read_score(run->lease, 0, &s, err);
	if (code < 0)
		return code;
	code = choose_soundfont(run, &soundfont, err);
	if (code == 0)
		code = render_score(s, soundfont, &p, run->watch, run->lease->staging_path, &r, err);
	if (code < 0)
		return code;
	run->mime_type = "audio/wav";
	run->metadata = json_pack("{s:f, s:f, s:i, s:i, s:f, s:f, s:I, s:f, s:s}", "duration_s", r.duration_s, "score_s", r.score_s,
				  "rate_hz", (int)p.rate_hz, "channels", 2, "peak_db", p.peak_db, "loudness_lufs", r.lufs, "notes",
				  (json_int_t)r.n_notes, "bpm", score_bpm_at(s, s->pickup_beats), "soundfont",
				  run->lease->inputs.n > 1 ? run->lease->inputs.v[1].content_hash : fs_basename(soundfont));
	return run->metadata ? 0 : err_set(err, -ENOMEM, "metadata");
}

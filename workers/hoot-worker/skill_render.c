/* skill_render.c - project:midi:audio: a MIDI file as sound, through a SoundFont. */
#include "skill.h"

#include "render.h"

#include "base/fs.h"
#include "music/notes.h"

#include "base/banned.h"

int skill_render(struct skill_run *run, struct err *err)
{
	struct render_params p;
	int code = model_params_read(&render_table, run->lease->params, &p, err);
	if (code < 0)
		return code;
	AUTO(score) s = NULL;
	struct render_report r;
	code = skill_read_score(run->lease, 0, &s, err);
	if (code < 0)
		return code;
	code = render_score(s, run->set->soundfont, &p, run->watch, run->lease->staging_path, &r, err);
	if (code < 0)
		return code;
	run->mime_type = "audio/wav";
	run->metadata = json_pack("{s:f, s:f, s:i, s:i, s:f, s:f, s:I, s:f, s:s}", "duration_s", r.duration_s, "score_s", r.score_s,
				  "rate_hz", RENDER_RATE_HZ, "channels", 2, "peak_db", p.peak_db, "loudness_lufs", r.lufs, "notes",
				  (json_int_t)r.n_notes, "bpm", score_bpm_at(s, s->pickup_beats), "soundfont",
				  fs_basename(run->set->soundfont));
	return run->metadata ? 0 : err_set(err, -ENOMEM, "metadata");
}

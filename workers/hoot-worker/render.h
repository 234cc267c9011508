/*
 * render.h - a score to sound through a SoundFont, with FluidSynth.
 *
 * Method:    a fresh synthesiser for each render (system_reset leaves state behind), stereo float, 48 kHz unless asked otherwise; events are
 *            given at their frame, FluidSynth moves them to its grid of 64 frames. After the last note
 *            the sound rings out until it is quiet or tail_s have passed. Then all is scaled so that the loudest sample is
 *            peak_db, and written as a WAV file of 32-bit floats.
 * Same score, SoundFont, parameters and FluidSynth: the same bytes.
 * Units:     seconds, decibels, frames at rate_hz.
 * Threads:   each render is on its own; any number at a time.
 * Errors:    -EBADMSG with the path for a SoundFont that cannot be read, -EINVAL for a score without notes or
 *            longer than LIMIT_RENDER_SECONDS, -ECANCELED, -ENOTSUP in a build without FluidSynth, errno of files.
 */
#ifndef HOOT_WORKER_RENDER_H
#define HOOT_WORKER_RENDER_H

#include "base/err.h"
#include "model/params.h"
#include "model/watch.h"
#include "music/notes.h"

#include <stdbool.h>
#include <stdint.h>

#define RENDER_RATE_HZ 48000 /* the default */

struct render_params {
	double peak_db; /* of the result */
	double tail_s;  /* at most */
	bool reverb, chorus;
	int64_t rate_hz;      /* 8000 to 96000 */
	int64_t phase_frames; /* where in FluidSynth's grid of 64 frames the score begins */
};

extern const struct model_table render_table;

struct render_report {
	double duration_s, score_s; /* with the tail; without */
	double lufs;
	int64_t n_notes;
};

/* "2.3.1", "" in a build without FluidSynth. */
const char *render_engine_version(void);
/* Whether the file begins like a SoundFont and is as long as it says: 0, -EBADMSG, or errno. */
int render_check_soundfont(const char *path, struct err *err);
/* Renders into a file, which is complete and synced on success and gone on error. */
int render_score(const struct score *s, const char *soundfont, const struct render_params *p,
		 const struct model_watch *watch, const char *path, struct render_report *ret, struct err *err);

#endif

/*
 * jam_svg.h - a picture of a performance: piano roll, the latent's life, the waveform, on one time axis.
 *
 * Units:     seconds from the start of the recording; pitches are MIDI key numbers; peaks are -1 to 1.
 * Shapes:    any list may be empty; nothing has to be sorted. Values outside the picture are cut at its edge, values
 *            that are not finite are left out.
 * Ownership: everything is borrowed for the call. Texts are plain UTF-8 and are escaped here.
 * Errors:    -EINVAL when total_s is not between 0 and a day, -ENOMEM.
 */
#ifndef HOLLER_JAM_SVG_H
#define HOLLER_JAM_SVG_H

#include "audio/analysis.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jam_svg_note {
	double start_s, end_s;
	uint8_t pitch, velocity;
	bool generated; /* the model's colour instead of the tune's */
};

/* The latent is in this state from at_s until the next one, the last one until the end. */
struct jam_svg_state {
	const char *name; /* "pending", "running", "resolved", "approved", "mixed_in", "rejected", "failed" … */
	double at_s;
};

struct jam_svg_bar {
	double at_s;
	int64_t number; /* 0 for the pick-up: a line without a number */
};

struct jam_svg {
	const char *title;    /* of the tune */
	const char *subtitle; /* model, seed, date …; may be NULL */
	const char *intent;   /* what the latent was asked for; may be NULL */
	double total_s;
	const struct jam_svg_note *notes;
	size_t n_notes;
	const struct jam_svg_state *states;
	size_t n_states;
	const struct jam_svg_bar *bars;
	size_t n_bars;
	double region_from_s, region_to_s;     /* where the latent stands on the timeline; equal: not drawn */
	double crossfade_from_s, crossfade_to_s; /* equal: none */
	const struct audio_peak *peaks;        /* of the whole recording, evenly over total_s; about 1200 are drawn */
	size_t n_peaks;
};

/* Appends a whole SVG document, 1600 by about 900 units, without scripts or outside references. */
int jam_svg_write(const struct jam_svg *p, struct strbuf *b, struct err *err);

#endif

/*
 * picture.h - pictures of sound and of notes: waveform, spectrogram, piano roll, as PNG or SVG.
 *
 * Method:    drawn once, with cairo, for either format; an SVG holds a spectrogram as an embedded image.
 * Units:     width and height in pixels; times in seconds, in the piano roll beats.
 * Ownership: the caller frees the bytes with picture_done.
 * Threads:   pure functions over the caller's memory.
 * Errors:    -EINVAL for sizes outside PICTURE_WIDTH_MIN and its like, or nothing to draw; -ENOMEM; -ENOTSUP in a build without
 *            cairo.
 * Same input, same build, same fonts: the same bytes.
 */
#ifndef PICTURE_PICTURE_H
#define PICTURE_PICTURE_H

#include "audio/analysis.h"
#include "audio/spectrum.h"
#include "base/err.h"
#include "music/notes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PICTURE_WIDTH_MIN = 320, PICTURE_WIDTH_MAX = 8192, PICTURE_HEIGHT_MIN = 120, PICTURE_HEIGHT_MAX = 4096 };

enum picture_format { PICTURE_PNG, PICTURE_SVG, PICTURE_FORMAT_COUNT };

struct picture_look {
	enum picture_format format;
	int width, height;
	bool light;        /* dark on white, not light on dark */
	const char *title; /* "" for none; cut where the picture ends */
};

struct picture {
	uint8_t *bytes;
	size_t n;
	const char *mime_type; /* a literal */
};
void picture_done(struct picture *p);

/* "1.16.0", "" in a build without cairo. */
const char *picture_engine_version(void);

/* How many columns of a picture this wide show sound or notes; peaks and spectrograms of so many columns fit exactly. */
size_t picture_columns(const struct picture_look *look);
/* The same for the rows of a spectrogram. */
size_t picture_rows(const struct picture_look *look);

struct waveform {
	const struct audio_peak *peaks;
	size_t n; /* columns, at least 1 */
	double from_s, duration_s; /* what the time axis shows */
};
int picture_waveform(const struct waveform *w, const struct picture_look *look, struct picture *ret, struct err *err);

/* Colours from floor_db up to top_db; what is outside is drawn like the end it is beyond. */
struct spectrogram_scale {
	enum band_scale scale; /* as the spectrogram was made with */
	double floor_db, top_db;
};
int picture_spectrogram(const struct spectrogram *s, const struct spectrogram_scale *scale, const struct picture_look *look,
			struct picture *ret, struct err *err);

/* Notes by voice in colours, louder ones stronger; bar lines, markers, chord symbols. All of the score fits. */
int picture_piano_roll(const struct score *s, const struct picture_look *look, struct picture *ret, struct err *err);

#endif

/*
 * fingerprint.h - marks by which a recording is known again: in a part of it, louder or softer, with noise over it.
 *
 * Method:    the sound at 11.025 kHz as a spectrum every 32 ms; in each column the peaks that stand out of what was loud just before
 *            (at most five). A peak and one of the next ones (up to four, within two seconds and 64 bins) make a mark of 22
 *            bits: the bin of the first, the way to the second in bins and in columns. Two recordings that share sound share
 *            marks at one constant offset; marks that agree by chance lie at all offsets. Another key or tempo has other marks.
 * Shapes:    marks sorted by column.
 * Units:     columns of FINGERPRINT_STEP_S seconds.
 * Memory:    8 bytes a mark, about 50 marks a second; more than LIMIT_LISTEN_SECONDS is refused.
 * Ownership: fingerprint_done frees the marks.
 * Threads:   pure functions.
 * Errors:    -EMSGSIZE, -ECANCELED, -ENOMEM, and those of file.h.
 * Source:    the idea of pairs of peaks: A. Wang, "An industrial-strength audio search algorithm", ISMIR 2003; the rest is ours.
 */
#ifndef AUDIO_FINGERPRINT_H
#define AUDIO_FINGERPRINT_H

#include "base/err.h"
#include "model/watch.h"

#include <stddef.h>
#include <stdint.h>

#define FINGERPRINT_STEP_S 0.032
#define FINGERPRINT_VERSION 1

struct fingerprint_mark {
	uint32_t mark, column;
};

struct fingerprint {
	struct fingerprint_mark *v;
	size_t n, room;
	uint32_t n_columns;
	double duration_s;
};

int fingerprint_of(const char *path, const struct model_watch *watch, struct fingerprint *ret, struct err *err);
void fingerprint_done(struct fingerprint *f);

struct fingerprint_match {
	double offset_s;    /* where b begins in a's time: positive when a has something before it */
	double share;       /* of the marks of the shorter one that agree, where both sound */
	double confidence;  /* 0 to 1 */
	size_t n_agree;
};

/* Where b lies in a, or a in b. */
int fingerprint_compare(const struct fingerprint *a, const struct fingerprint *b, struct fingerprint_match *ret, struct err *err);

#endif

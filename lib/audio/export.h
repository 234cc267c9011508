/*
 * export.h - sound as a file for elsewhere: 16-bit WAV, FLAC, Ogg Vorbis.
 *
 * Method:  rate and channels stay; samples beyond full scale are clipped, and counted. 16-bit files have no dither: what is
 *          exported again is the same.
 * Errors:  those of reading and writing, with the path; -ENOTSUP names the build option when FLAC and Ogg need libsndfile and it is
 *          absent; -ECANCELED. A file that could not be finished is gone.
 * Threads: any number at a time.
 */
#ifndef AUDIO_EXPORT_H
#define AUDIO_EXPORT_H

#include "base/err.h"
#include "model/watch.h"

#include <stddef.h>

enum audio_format { AUDIO_WAV16, AUDIO_WAV_FLOAT, AUDIO_FLAC, AUDIO_OGG, AUDIO_FORMAT_COUNT };

/* Writes all of `from` to `to`, which is replaced. *ret_clipped may be NULL. */
int audio_export(const char *from, const char *to, enum audio_format f, const struct model_watch *watch, size_t *ret_clipped,
		 struct err *err);

#endif

/*
 * smf_priv.h - shared between the reader, the writer and the conversions.
 */
#ifndef MUSIC_SMF_PRIV_H
#define MUSIC_SMF_PRIV_H

#include "music/smf.h"

#define SMF_DELTA_MAX 0x0FFFFFFFu

/* Data bytes that follow a channel status byte (0x80 to 0xEF). */
static inline unsigned smf_data_bytes(uint8_t status)
{
	return (status & 0xE0) == 0xC0 ? 1 : 2;
}
/* Appends without the checks of smf_add. */
int smf_push(struct smf *f, struct smf_track *t, const struct smf_event *e, struct err *err);
/* Copies a payload into the pool and gives its offset. */
int smf_keep(struct smf *f, const void *data, size_t n, size_t *ret_at, struct err *err);

#endif

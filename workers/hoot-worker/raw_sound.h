/*
 * raw_sound.h - floats put away one after the other and then read once from the start: in memory up to LIMIT_RENDER_KEPT_BYTES, what is
 * beyond in a file without a name.
 *
 * Ownership: embedded; _done releases memory and file.
 * Threads:   one at a time.
 * Errors:    -ENOMEM, errno of the file.
 */
#ifndef HOOT_WORKER_RAW_SOUND_H
#define HOOT_WORKER_RAW_SOUND_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct raw_sound {
	float **pieces; /* each of RAW_SOUND_PIECE */
	size_t n_pieces, room;
	uint64_t n, at; /* floats put; read */
	int fd;         /* -1 as long as memory was enough */
	const char *path;
};

#define RAW_SOUND_PIECE 32768

/* `path` names the file for the moment in which it is made, and in messages; it is borrowed. */
void raw_sound_init(struct raw_sound *r, const char *path);
void raw_sound_done(struct raw_sound *r);
int raw_sound_put(struct raw_sound *r, const float *x, size_t n, struct err *err);
/* The next n floats, or as many as are left. */
int raw_sound_get(struct raw_sound *r, float *ret, size_t n, size_t *ret_n, struct err *err);

#endif

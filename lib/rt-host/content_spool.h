/*
 * content_spool.h - prepared content on disk: windows of planar floats in one file that nobody else can see.
 *
 * The file has no name, so nobody can shorten it, and it is gone with the process. It is read with pread into memory of the
 * reader's: nothing of it is mapped, so a disk that fails is an error and no signal.
 *
 * Units:     a window is `window_bytes` long; places are bytes from the start of the file.
 * Threads:   one thread appends; any thread reads what has been appended, and gives back what nobody reads any more.
 * Errors:    -ENOSPC (disk full, or LIMIT_CONTENT_SPOOL_MIB), what open, pwrite and pread say.
 */
#ifndef RT_HOST_CONTENT_SPOOL_H
#define RT_HOST_CONTENT_SPOOL_H

#include "base/err.h"
#include "base/mem.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct content_spool;

struct content_spool_options {
	const char *dir; /* NULL: $TMPDIR or /tmp */
	/* Reads as pread does; tests put slow and failing disks here. NULL: pread. */
	ssize_t (*read)(void *arg, int fd, void *dst, size_t n, off_t at);
	void *arg;
};

int content_spool_open(const struct content_spool_options *o, struct content_spool **ret, struct err *err);
void content_spool_close(struct content_spool *s);

int64_t content_spool_end(const struct content_spool *s);
int content_spool_append(struct content_spool *s, const void *bytes, size_t n, struct err *err);
/* Forgets what was appended since; for content that failed half-way. */
void content_spool_rewind(struct content_spool *s, int64_t end);
/* Nobody will read these bytes again; the limit and, where the file system can, the disk have them back. */
void content_spool_give_back(struct content_spool *s, int64_t at, int64_t n);
/* Bytes appended and not given back. */
int64_t content_spool_used(const struct content_spool *s);
int content_spool_read(struct content_spool *s, int64_t at, void *dst, size_t n, struct err *err);

#endif

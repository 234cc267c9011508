/*
 * disk.h - a model of a disk that loses power: what has been synced, and what has only been done.
 *
 * As strict as POSIX: fsync of a file keeps its bytes and length but not its name; a name lasts
 *                     with the fsync of its
 * folder. What was done and not synced may be there after the crash, or not, or in part: any write
 * may be torn at 512 bytes, in any order; of the names any may be old or new.
 */
#ifndef TESTS_CAS_POWER_DISK_H
#define TESTS_CAS_POWER_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"
#include "trace.h"

struct disk;

struct disk *disk_new(const char *root);
void disk_free(struct disk *d);
/* Applies one record. */
void disk_apply(struct disk *d, const struct trace_record *r, const char *first,
		const char *second);

enum crash {
	CRASH_SYNCED, /* nothing that was not synced is there */
	CRASH_DONE,   /* everything is there: a kill, not a power loss */
	CRASH_TORN,   /* some of it is, some in part */
};
/* Writes what is left into the folder `to`, which is empty. */
void disk_crash(const struct disk *d, enum crash how, struct rng *rng, const char *to);

#endif

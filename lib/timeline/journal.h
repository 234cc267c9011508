/*
 * journal.h - an append-only file of checksummed frames; after a crash, all that was acknowledged is there.
 *
 * File:      8 bytes "HOOTJRN1", then frames, each written with one write and synced before the next one begins:
 *              0  u32  "HJF1"
 *              4  u32  n, length of the payload, 1..LIMIT_JOURNAL_FRAME
 *              8  u64  sequence number, 1 for the first frame of the file, then rising by one
 *             16  u32  CRC-32C of the payload
 *             20  u32  CRC-32C of the 20 bytes before
 *             24  n    payload (for the timeline: one JSON document)
 *            All numbers are little-endian.
 * Torn tail: a last frame that is incomplete or damaged with no valid frame behind it was never acknowledged: opening cuts
 *            it off and says how many bytes. Damage with a valid frame behind it is -EBADMSG with file and offset.
 * Rewriting: journal_rewrite writes a new file beside the old one, syncs it, renames it over and syncs the directory.
 * Errors:    -EBADMSG, errno of files. An append that fails is cut off again; when even that fails, the journal refuses
 *            everything further with -EIO.
 * Threads:   one thread.
 */
#ifndef TIMELINE_JOURNAL_H
#define TIMELINE_JOURNAL_H

#include "base/err.h"
#include "base/mem.h"

struct journal;

/* Called for each frame in order while opening; a negative result ends opening with that error. */
typedef int journal_frame_fn(void *arg, const uint8_t *payload, size_t n, uint64_t offset, struct err *err);

struct journal_options {
	const char *path;
	bool no_sync;
	journal_frame_fn *on_frame;
	void *arg;
};

int journal_open(const struct journal_options *o, struct journal **ret, struct err *err);
void journal_free(struct journal *j);
AUTO_DEFINE(journal);

int journal_append(struct journal *j, const void *payload, size_t n, struct err *err);
/* Replaces the whole file by frames with these payloads. */
struct journal_payload {
	const void *bytes;
	size_t n;
};
int journal_rewrite(struct journal *j, const struct journal_payload *frames, size_t n, struct err *err);
int64_t journal_bytes(const struct journal *j);
size_t journal_torn_bytes(const struct journal *j);

/*
 * Reads frames from memory as opening does: calls on_frame for each, *ret_good is where the valid part ends. The parser of
 * outside bytes, apart from files, for the fuzzer.
 */
int journal_scan(const uint8_t *bytes, size_t n, const char *path, journal_frame_fn *on_frame, void *arg,
		 size_t *ret_good, uint64_t *ret_frames, struct err *err);
uint32_t journal_crc32c(uint32_t crc, const void *bytes, size_t n);

#endif

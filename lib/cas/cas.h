/*
 * cas.h - content-addressed store: bytes named by their SHA-256, kept once, as files.
 *
 * Layout:    path.h. Every file under objects/ is complete from the moment it has its name: it is
 *            written without one or in staging/, then linked or renamed.
 * Durability: a put that has returned survives kill -9 and power loss.
 *            Large: the staged file is synced, renamed, its folder synced, and only then named in a
 *            row. Small (up to LIMIT_CAS_SMALL): the bytes are committed with the row (one fsync,
 *            shared by all who put at the same time), then the file gets its name; files are synced
 *            many at a time in the background, and only then the bytes leave the row. Opening puts
 *            back what a crash has lost.
 * Damage:    content is served only after it was read whole and found to hash to its name
 *            (remembered while the file stays the same); otherwise the answer is -EBADMSG, and
 *            stays so until it is put again.
 * Threads:   any thread. cas_writer and cas_reader belong to one thread at a time.
 * Ownership: the store (SQLite) is borrowed and must have been opened with cas_schema; it is closed
 *            after the cas. Must not be called from inside a store_unit or between store_begin and
 *            store_commit.
 * Errors:    -ENOSPC, -EIO with the path; -ENOENT: no such content; -EBADMSG: damaged; -EINVAL: not
 *            a hash; after an error nothing half-written is visible.
 * Source:    DESIGN section 10.
 */
#ifndef CAS_CAS_H
#define CAS_CAS_H

#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "cas/mime.h"
#include "cas/path.h"
#include "store/store.h"

struct cas;
struct cas_writer;

extern const struct store_schema cas_schema;

struct cas_info {
	char hash[CAS_HASH_SIZE];
	int64_t size_bytes;
	char mime_type[CAS_MIME_SIZE];
	bool existed; /* of a put: the store had it already, and its media type stays */
	bool damaged; /* of cas_inspect */
};

/*
 * Makes the folders where they are missing, puts back what a crash has lost, sweeps staging.
 * -EBUSY: another has it.
 */
int cas_open(const char *root, struct store *store, struct cas **ret, struct err *err);
/* Syncs what is not synced yet. */
void cas_close(struct cas *c);
const char *cas_root(const struct cas *c);

/* Stores bytes; mime_type NULL is guessed. */
int cas_put(struct cas *c, const void *bytes, size_t n, const char *mime_type, struct cas_info *ret,
	    struct err *err);
/* Stores a copy of the file at path (a regular file, links are not followed). */
int cas_put_file(struct cas *c, const char *path, const char *mime_type, struct cas_info *ret,
		 struct err *err);

/* The same from a descriptor, from where it stands; `name` is for messages. */
int cas_put_fd(struct cas *c, int fd, const char *name, const char *mime_type, struct cas_info *ret,
	       struct err *err);

/* Stores a stream: new, add as often as needed, finish. Freeing it unfinished leaves nothing. */
int cas_writer_new(struct cas *c, struct cas_writer **ret, struct err *err);
int cas_writer_add(struct cas_writer *w, const void *bytes, size_t n, struct err *err);
int cas_writer_finish(struct cas_writer *w, const char *mime_type, struct cas_info *ret,
		      struct err *err);
void cas_writer_free(struct cas_writer *w);
AUTO_DEFINE(cas_writer);

/*
 * A fresh path in the staging folder, malloc'ed; nothing is made there. -EBUSY with
 * LIMIT_CAS_STAGED files lying there.
 */
int cas_stage(struct cas *c, const char *suffix, char **ret, struct err *err);
/*
 * Writes into a staged file for somebody who cannot: from the start on, without holes, never over
 * its end by more than n. The file is made with the first bytes. -EPERM: not a path of cas_stage;
 * -EINVAL: a hole; -EMSGSIZE above LIMIT_CAS_UPLOAD_BYTES; -EBUSY with LIMIT_CAS_STAGED files there.
 */
int cas_stage_write(struct cas *c, const char *path, int64_t offset_bytes, const void *bytes,
		    size_t n, int64_t *ret_size, struct err *err);
/* Removes a staged file. */
int cas_unstage(struct cas *c, const char *path, bool *ret_existed, struct err *err);
/*
 * Takes a staged file into the store. The path must name a regular file directly inside the staging
 * folder (-EPERM), that nobody has open for writing (-EBUSY) and that has no other name (-EPERM).
 * With `hash` anything else is refused with -EBADMSG and the file stays.
 */
int cas_adopt(struct cas *c, const char *path, const char *hash, const char *mime_type,
	      struct cas_info *ret, struct err *err);

/*
 * How long the content is, and how much of that must be read before cas_read can serve it: 0 when
 * it is known to be good. Both are 0 for what is not there.
 */
int64_t cas_bytes(struct cas *c, const char *hash);
int64_t cas_unread_bytes(struct cas *c, const char *hash);
/* What the store knows; the file is not read. */
int cas_inspect(struct cas *c, const char *hash, struct cas_info *ret, struct err *err);
/* Up to n bytes from offset; *ret_n is 0 from the end on. ret_info may be NULL. */
int cas_read(struct cas *c, const char *hash, int64_t offset_bytes, void *bytes, size_t n,
	     size_t *ret_n, struct cas_info *ret_info, struct err *err);
/* The whole content as malloc'ed memory with a NUL behind it; -EMSGSIZE above max. */
int cas_load(struct cas *c, const char *hash, size_t max, char **ret, size_t *ret_n,
	     struct err *err);
/*
 * Reads the file and compares, whatever is remembered: 0, -EBADMSG (then it is marked damaged) or
 * -ENOENT.
 */
int cas_verify(struct cas *c, const char *hash, struct err *err);
/* The first hash after `after` ("" is the first of all) in order; -ENOENT at the end. */
int cas_next(struct cas *c, const char *after, char ret[CAS_HASH_SIZE], struct err *err);

struct cas_counts {
	int64_t n_contents, content_bytes;
	int64_t n_staged;
	int64_t n_unsynced; /* small contents whose files wait for the background sync */
	int64_t free_bytes;
};
int cas_count(struct cas *c, struct cas_counts *ret, struct err *err);
/* Syncs what is not synced yet, now. */
int cas_flush(struct cas *c, struct err *err);

#endif

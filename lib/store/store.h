/*
 * store.h - one SQLite file per daemon: opened safely, migrated, written in groups, read by a
 * bounded few.
 *
 * Durability: WAL with synchronous=FULL: what store_write or store_commit has acknowledged survives
 *             kill -9 and
 *            power loss. Units that wait while another commits share the next commit (and its one
 *            fsync).
 * Threads:   any thread may read and write. There is one connection that writes and checkpoints;
 *            whoever is first in the queue uses it, for itself and for those waiting behind it, so
 *            a unit may run on another thread than its caller's. Readers are separate connections;
 *            a unit reads one snapshot.
 * Ownership: the store owns its connections; a conn is lent for the length of a unit, or from
 *            store_begin to the end.
 * Errors:    every message names the file. -EBUSY: another process has it open, or all readers are
 *            out; -ENOSPC: the disk is full (nothing of the failed group is kept); -EBADMSG:
 *            damaged or not a database; -ENOTSUP: written by a newer version; -EROFS, -EACCES,
 *            -EIO, -ENOMEM, -EEXIST (a constraint).
 * Source:    DESIGN section 10; sqlite.org/wal.html.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/err.h"
#include "store/conn.h"

struct store;

/*
 * The numbered steps of one subject's tables; its version is how many have been applied. Never edit
 * a step: add one.
 */
struct store_schema {
	const char *name;
	const char *const *steps; /* SQL, one or more statements each */
	int n_steps;
};

struct store_options {
	const char *path;                          /* made when missing; its folder must exist */
	const struct store_schema *const *schemas; /* applied in this order */
	size_t n_schemas;
	size_t n_readers;        /* 0: 4 */
	size_t checkpoint_pages; /* pages of WAL after which the writer checkpoints; 0: 1000 */
	int reader_wait_ms;      /* how long store_read waits for a free reader; 0: 5000 */
};

int store_open(const struct store_options *options, struct store **ret, struct err *err);
/* Waits for whoever is writing, checkpoints and closes. Nobody may use the store any more. */
void store_close(struct store *s);

const char *store_path(const struct store *s);

/*
 * Part of a transaction: 0 keeps what it did, a negative errno undoes that (and only that). Must
 * not commit.
 */
typedef int store_unit(struct store_conn *c, void *arg, struct err *err);

/* Runs the unit and returns when it is durable. */
int store_write(struct store *s, store_unit *unit, void *arg, struct err *err);
/* Runs the unit on a reader, within one snapshot. */
int store_read(struct store *s, store_unit *unit, void *arg, struct err *err);

/*
 * Takes the writer for a transaction of one's own: what is done on *ret lasts after store_commit
 * has returned 0. Others that write wait meanwhile, so keep it short. A transaction that only read
 * costs no fsync.
 */
int store_begin(struct store *s, struct store_conn **ret, struct err *err);
int store_commit(struct store *s, struct err *err);
void store_rollback(struct store *s);

/* Reads the whole file for damage: 0, or -EBADMSG with what was found first. */
int store_check(struct store *s, struct err *err);

/*
 * fsyncs the folders above a path, as far up as we may, so that folders that were made for it last.
 */
int store_sync_above(const char *path, struct err *err);

struct store_counts {
	uint64_t n_units;   /* units that were committed */
	uint64_t n_commits; /* transactions that held them */
	uint64_t n_checkpoints;
};
void store_counts(struct store *s, struct store_counts *ret);

#endif

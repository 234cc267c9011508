/*
 * cas_priv.h - inside lib/cas: the shared state, hashing, names, rows.
 *
 * A descriptor for each folder is kept open; files are reached relative to them, so that renaming
 * the root by somebody else cannot split the store.
 */
#ifndef CAS_PRIV_H
#define CAS_PRIV_H

#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "base/map.h"
#include "cas/cas.h"

#define CAS_OWN_PREFIX   "put-"   /* staged by us: swept at the next start */
#define CAS_STAGE_PREFIX "stage-" /* handed out: swept when a day old */
#define CAS_NAME_SIZE    80

struct cas_unsynced {
	int64_t journal_id;
	size_t n_bytes;
	uint8_t folder;
};

struct cas {
	char *root;
	struct store *store;
	EVP_MD *sha256;
	int root_fd, objects_fd, staging_fd; /* objects_fd is objects/sha256 */
	atomic_bool folder_synced[256];      /* relaxed: at worst a folder is synced twice */

	pthread_mutex_t mutex; /* guards what follows */
	struct map *known;     /* hash -> struct known: files found good */
	struct cas_unsynced *unsynced;
	size_t n_unsynced, room_unsynced, unsynced_bytes;
	bool stopping;
	pthread_cond_t wake;
	pthread_mutex_t flushing; /* one flush at a time; taken before `mutex` */
	pthread_t flusher;
	bool has_flusher;
};

/* --- digest.c --------------------------------------------------------------------------------- */
struct cas_digest {
	EVP_MD_CTX *ctx;
};
int cas_digest_init(struct cas *c, struct cas_digest *d);
int cas_digest_add(struct cas_digest *d, const void *bytes, size_t n);
int cas_digest_end(struct cas_digest *d, char ret[CAS_HASH_SIZE]);
void cas_digest_done(struct cas_digest *d);
int cas_digest_bytes(struct cas *c, const void *bytes, size_t n, char ret[CAS_HASH_SIZE]);
/* Hashes a file from its start; the first bytes go to head (CAS_MIME_BYTES, may be NULL). */
int cas_digest_file(struct cas *c, int fd, char ret[CAS_HASH_SIZE], int64_t *ret_size, char *head,
		    size_t *ret_head);

/* --- name.c ----------------------------------------------------------------------------------- */
/* "ab/cdef…", relative to objects_fd. */
void cas_object_name(const char *hash, char ret[CAS_NAME_SIZE]);
void cas_own_name(char ret[CAS_NAME_SIZE]);
uint8_t cas_folder_of(const char *hash);
/* Makes the content's folder where it is missing. */
int cas_make_folder(struct cas *c, const char *hash, struct err *err);
/* Lasting: fsyncs the folder, and what names it when it may be new. */
int cas_sync_folder(struct cas *c, uint8_t folder, struct err *err);
/* Moves a staged file into place, over what may be there. */
int cas_place(struct cas *c, const char *staged, const char *hash, struct err *err);

/* --- row.c ------------------------------------------------------------------------------------ */
struct cas_row {
	struct cas_info info;
	const void *bytes;  /* to be kept with the row; NULL: none */
	int64_t journal_id; /* out: where the bytes are kept; 0: nowhere */
};
/* Adds the row, durably, or makes the one that is there (info.existed) good again. */
int cas_row_add(struct cas *c, struct cas_row *row, struct err *err);
int cas_row_get(struct cas *c, const char *hash, struct cas_info *ret, struct err *err);
int cas_row_mark_damaged(struct cas *c, const char *hash, struct err *err);
/* Whether content is in the store and its file has the right length; fills *ret. */
bool cas_row_usable(struct cas *c, const char *hash, struct cas_info *ret);

/* --- put.c ------------------------------------------------------------------------------------ */
/*
 * A staged file that has been synced becomes content: renamed, its folder synced, then named in a
 * row.
 */
int cas_place_synced(struct cas *c, const char *staged, const struct cas_info *info,
		     struct cas_info *ret, struct err *err);
void cas_set_mime(struct cas_info *info, const char *mime_type, const void *head, size_t n_head);

/* --- sync.c ----------------------------------------------------------------------------------- */
int cas_sync_start(struct cas *c, struct err *err);
void cas_sync_stop(struct cas *c);
/* Notes a small content whose file is in place but not synced. */
int cas_sync_later(struct cas *c, const struct cas_row *row);
bool cas_sync_is_behind(struct cas *c);

/* --- stage.c ---------------------------------------------------------------------------------- */
/* The one name inside the staging folder that a path stands for; NULL for anything else. */
const char *cas_staged_name(const struct cas *c, const char *path);

/* --- recover.c -------------------------------------------------------------------------------- */
int cas_recover(struct cas *c, struct err *err);
int cas_sweep(struct cas *c, int64_t *ret_n_left, bool remove, struct err *err);

#endif

/*
 * fs.h - the few things we do with files: read bounded, write atomically, make and remove folders.
 *
 * Ownership: returned texts are malloc'ed and belong to the caller.
 * Threads:   no shared state.
 * Errors:    negative errno with the path in the message; -EMSGSIZE for a file above its bound.
 */
#ifndef BASE_FS_H
#define BASE_FS_H

#include "base/err.h"

#include <stddef.h>
#include <sys/types.h>

/* Makes a folder and those above it; one that is there already is fine. */
int fs_mkdir_p(const char *path, mode_t mode, struct err *err);
/* Reads a whole file of at most max bytes; *ret has a NUL after its last byte. */
int fs_read(const char *path, size_t max, char **ret, size_t *ret_n, struct err *err);
/*
 * Replaces a file so that a crash leaves the old or the new one: writes a temporary beside it, fsyncs,
 * renames, fsyncs the folder.
 */
int fs_write_atomic(const char *path, const void *bytes, size_t n, mode_t mode, struct err *err);
/* Writes all n bytes, going on after short writes and signals. */
int fs_write_all(int fd, const void *bytes, size_t n);
/* fsyncs a folder, so that names made, renamed or removed in it last. */
int fs_sync_dir(const char *path, struct err *err);
/* Removes a file or a folder with everything in it, following no links; nothing there is fine. */
int fs_remove_tree(const char *path, struct err *err);
/* Makes a fresh private folder inside `parent` (NULL: $TMPDIR or /tmp), named prefix-XXXXXX. */
int fs_temp_dir(const char *parent, const char *prefix, char **ret, struct err *err);
bool fs_exists(const char *path);
bool fs_is_dir(const char *path);
/* "a/b"; `b` alone where it is absolute or `a` is empty. NULL when memory is out. */
char *fs_join(const char *a, const char *b);
/* What stands before the last slash: "/" for "/x", "." where there is none. NULL when memory is out. */
char *fs_dirname(const char *path);
/* What stands after the last slash; points into path. */
const char *fs_basename(const char *path);

#endif

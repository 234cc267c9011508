/*
 * path.h - where a content's file lies: a pure rule that needs no store.
 *
 * Layout:    ROOT/objects/sha256/ab/cdef…: the first two hexadecimal digits of the SHA-256 name a
 *            folder, the other 62 the file. ROOT/staging holds files that are not content yet; ROOT/mark
 *            what hootenanny tells workers, by which they know that they see this folder. A
 *            content's name is "sha256:" and the 64 lower-case digits.
 * Ownership: cas_path gives malloc'ed text.
 * Threads:   no state.
 * Errors:    -EINVAL for a name that is not well formed, -ENOMEM.
 */
#ifndef CAS_PATH_H
#define CAS_PATH_H

#include "base/err.h"

#define CAS_HASH_SIZE 72 /* "sha256:", 64 digits and the NUL */

bool cas_hash_valid(const char *hash);
int cas_path(const char *root, const char *hash, char **ret, struct err *err);

#endif

/*
 * hash.h - the SHA-256 of a file.
 */
#ifndef HOOT_WORKER_HASH_H
#define HOOT_WORKER_HASH_H

#include "base/err.h"

/* The 64 lower-case digits. Errors are those of opening and reading, with the path. */
int hash_file(const char *path, char ret[65], struct err *err);

#endif

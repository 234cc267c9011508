/*
 * map.h - hash map from strings to pointers, safe against chosen keys.
 *
 * Order:     map_next visits in the order of first insertion, whatever the hash key is.
 * Ownership: copies keys; values belong to the caller (map_free_with frees them).
 * Threads:   no locking; one owner at a time.
 * Errors:    -ENOMEM from map_set, which then changed nothing. Everything else cannot fail.
 * Source:    SipHash-1-3 (Aumasson, Bernstein 2012), keyed once per map from the kernel's random numbers.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/mem.h"

struct map;

struct map *map_new(void); /* NULL when memory is out */
void map_free(struct map *m);
void map_free_with(struct map *m, void (*free_value)(void *value));
/* Forgets all entries, keeps the memory. */
void map_clear(struct map *m);

size_t map_count(const struct map *m);
/* The value, or NULL where there is none; map_has tells a stored NULL from nothing. */
void *map_get(const struct map *m, const char *key);
void *map_getn(const struct map *m, const char *key, size_t n);
bool map_has(const struct map *m, const char *key);
/* Stores or replaces; *ret_old (may be NULL) receives the value that was there, or NULL. */
int map_set(struct map *m, const char *key, void *value, void **ret_old);
int map_setn(struct map *m, const char *key, size_t n, void *value, void **ret_old);
/* Takes the entry out and returns its value, or NULL where there was none. */
void *map_remove(struct map *m, const char *key);

/*
 * Visits entries: `size_t at = 0; while (map_next(m, &at, &key, &value)) ...`. ret_value may be NULL.
 * The current entry may be removed while visiting; anything added may or may not be visited.
 */
bool map_next(const struct map *m, size_t *at, const char **ret_key, void **ret_value);

/* SipHash-1-3 of n bytes; for other tables that hold outside keys. */
uint64_t map_hash(const uint64_t key[2], const void *bytes, size_t n);

AUTO_DEFINE(map);

#endif

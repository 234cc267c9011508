/*
 * kept_table_priv.h - a hash table for rows that a query keeps: keys are lent, nothing is ever taken out.
 *
 * It is for many lookups in few cache lines; lib/base/map.h, which copies its keys, is for everything else.
 * Keys come from participants: the hash is keyed once per table from the kernel's random numbers.
 */
#ifndef QUERY_CONTROL_KEPT_TABLE_PRIV_H
#define QUERY_CONTROL_KEPT_TABLE_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kept_slot {
	const char *key; /* NULL: free */
	const void *value;
	uint64_t hash;
};
struct kept_table { /* zeroed before */
	struct kept_slot *slots;
	size_t n_slots, n; /* slots: a power of two, at most half full; 0: none yet */
	uint64_t hash_key[2];
};
void kept_table_done(struct kept_table *t);
/* Whether the key is there; its value may be NULL. */
bool kept_table_find(const struct kept_table *t, const char *key, const void **ret);
/* The key must not be there, and stay as long as the table. -ENOMEM. */
int kept_table_add(struct kept_table *t, const char *key, const void *value);

#endif

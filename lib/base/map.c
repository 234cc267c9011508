#include "base/map.h"

#include "base/rng.h"

#include <errno.h>
#include <string.h>

/*
 * Entries stand in `entries` in the order they came; `slots` is an open-addressed table (linear probing, a power of
 * two, at most half full) of entry numbers + 1. A removed entry has no key until the next rebuild drops it, and keeps its
 * slot so that probing goes past it.
 */
struct entry {
	uint64_t hash;
	char *key; /* NULL: removed */
	size_t n_key;
	void *value;
};

struct map {
	uint64_t hash_key[2];
	struct entry *entries;
	size_t n_entries, n_live, room;
	uint32_t *slots;
	size_t n_slots;
};

#define MIN_SLOTS 16

static inline uint64_t rotl(uint64_t x, int b)
{
	return x << b | x >> (64 - b);
}

static inline void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotl(v[1], 13) ^ v[0];
	v[0] = rotl(v[0], 32);
	v[2] += v[3];
	v[3] = rotl(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotl(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotl(v[1], 17) ^ v[2];
	v[2] = rotl(v[2], 32);
}

static inline uint64_t load_le64(const unsigned char *p, size_t n)
{
	uint64_t x = 0;
	for (size_t i = 0; i < n; i++)
		x |= (uint64_t)p[i] << (8 * i);
	return x;
}

uint64_t map_hash(const uint64_t key[2], const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	uint64_t v[4] = {
		key[0] ^ UINT64_C(0x736f6d6570736575),
		key[1] ^ UINT64_C(0x646f72616e646f6d),
		key[0] ^ UINT64_C(0x6c7967656e657261),
		key[1] ^ UINT64_C(0x7465646279746573),
	};
	for (size_t left = n; left >= 8; left -= 8, p += 8) {
		uint64_t m = load_le64(p, 8);
		v[3] ^= m;
		sip_round(v);
		v[0] ^= m;
	}
	uint64_t last = (uint64_t)n << 56 | load_le64(p, n % 8);
	v[3] ^= last;
	sip_round(v);
	v[0] ^= last;
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

struct map *map_new(void)
{
	struct map *m = calloc(1, sizeof(*m));
	if (m)
		rng_entropy(m->hash_key, sizeof(m->hash_key));
	return m;
}

void map_clear(struct map *m)
{
	for (size_t i = 0; i < m->n_entries; i++)
		free(m->entries[i].key);
	m->n_entries = m->n_live = 0;
	if (m->slots)
		memset(m->slots, 0, m->n_slots * sizeof(*m->slots));
}

void map_free(struct map *m)
{
	if (!m)
		return;
	map_clear(m);
	free(m->entries);
	free(m->slots);
	free(m);
}

void map_free_with(struct map *m, void (*free_value)(void *value))
{
	if (!m)
		return;
	for (size_t i = 0; i < m->n_entries; i++)
		if (m->entries[i].key)
			free_value(m->entries[i].value);
	map_free(m);
}

size_t map_count(const struct map *m)
{
	return m->n_live;
}

static void slot_put(uint32_t *slots, size_t n_slots, uint64_t hash, size_t entry)
{
	size_t i = hash & (n_slots - 1);
	while (slots[i])
		i = (i + 1) & (n_slots - 1);
	slots[i] = (uint32_t)(entry + 1);
}

static struct entry *map_find(const struct map *m, uint64_t hash, const char *key, size_t n)
{
	if (!m->n_slots)
		return NULL;
	for (size_t i = hash & (m->n_slots - 1); m->slots[i]; i = (i + 1) & (m->n_slots - 1)) {
		struct entry *e = &m->entries[m->slots[i] - 1];
		if (e->key && e->hash == hash && e->n_key == n && memcmp(e->key, key, n) == 0)
			return e;
	}
	return NULL;
}

/* Drops removed entries and makes room for one more; on -ENOMEM the map is as before. */
static int map_rebuild(struct map *m)
{
	size_t n_slots = MIN_SLOTS;
	while (n_slots / 2 < m->n_live + 1)
		n_slots *= 2;
	if (m->n_live + 1 >= UINT32_MAX / 2)
		return -ENOMEM;
	uint32_t *slots = calloc(n_slots, sizeof(*slots));
	if (!slots)
		return -ENOMEM;

	size_t n = 0;
	for (size_t i = 0; i < m->n_entries; i++) {
		if (!m->entries[i].key)
			continue;
		m->entries[n] = m->entries[i];
		slot_put(slots, n_slots, m->entries[n].hash, n);
		n++;
	}
	m->n_entries = n;
	free(m->slots);
	m->slots = slots;
	m->n_slots = n_slots;
	return 0;
}

void *map_getn(const struct map *m, const char *key, size_t n)
{
	const struct entry *e = map_find(m, map_hash(m->hash_key, key, n), key, n);
	return e ? e->value : NULL;
}

void *map_get(const struct map *m, const char *key)
{
	return map_getn(m, key, strlen(key));
}

bool map_has(const struct map *m, const char *key)
{
	size_t n = strlen(key);
	return map_find(m, map_hash(m->hash_key, key, n), key, n) != NULL;
}

int map_setn(struct map *m, const char *key, size_t n, void *value, void **ret_old)
{
	uint64_t hash = map_hash(m->hash_key, key, n);
	struct entry *e = map_find(m, hash, key, n);
	if (e) {
		if (ret_old)
			*ret_old = e->value;
		e->value = value;
		return 0;
	}

	char *copy = malloc(n + 1);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, key, n);
	copy[n] = '\0';
	if (mem_grow(&m->entries, &m->room, m->n_entries + 1, sizeof(*m->entries)) < 0 ||
	    ((m->n_entries + 1) * 2 > m->n_slots && map_rebuild(m) < 0)) {
		free(copy);
		return -ENOMEM;
	}
	m->entries[m->n_entries] = (struct entry){ hash, copy, n, value };
	slot_put(m->slots, m->n_slots, hash, m->n_entries);
	m->n_entries++;
	m->n_live++;
	if (ret_old)
		*ret_old = NULL;
	return 0;
}

int map_set(struct map *m, const char *key, void *value, void **ret_old)
{
	return map_setn(m, key, strlen(key), value, ret_old);
}

void *map_remove(struct map *m, const char *key)
{
	size_t n = strlen(key);
	struct entry *e = map_find(m, map_hash(m->hash_key, key, n), key, n);
	if (!e)
		return NULL;
	void *value = e->value;
	free(e->key);
	e->key = NULL;
	e->value = NULL;
	m->n_live--;
	return value;
}

bool map_next(const struct map *m, size_t *at, const char **ret_key, void **ret_value)
{
	while (*at < m->n_entries) {
		const struct entry *e = &m->entries[(*at)++];
		if (!e->key)
			continue;
		*ret_key = e->key;
		if (ret_value)
			*ret_value = e->value;
		return true;
	}
	return false;
}

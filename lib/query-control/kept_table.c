#include "query-control/kept_table_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/rng.h"

#include "base/banned.h"

enum { MIN_SLOTS = 64 };

void kept_table_done(struct kept_table *t)
{
	free(t->slots);
	*t = (struct kept_table){0};
}

/* The slot of the key, or the free one where it belongs. */
static struct kept_slot *find(const struct kept_table *t, uint64_t hash, const char *key)
{
	size_t i = hash & (t->n_slots - 1);
	while (t->slots[i].key && (t->slots[i].hash != hash || strcmp(t->slots[i].key, key) != 0))
		i = (i + 1) & (t->n_slots - 1);
	return &t->slots[i];
}

bool kept_table_find(const struct kept_table *t, const char *key, const void **ret)
{
	*ret = NULL;
	if (!t->n_slots)
		return false;
	const struct kept_slot *s = find(t, map_hash(t->hash_key, key, strlen(key)), key);
	*ret = s->value;
	return s->key != NULL;
}

static int grow(struct kept_table *t)
{
	struct kept_table wider = {.n_slots = t->n_slots ? t->n_slots * 2 : MIN_SLOTS};
	wider.slots = calloc(wider.n_slots, sizeof(*wider.slots));
	if (!wider.slots)
		return -ENOMEM;
	for (size_t i = 0; i < t->n_slots; i++) {
		if (t->slots[i].key)
			*find(&wider, t->slots[i].hash, t->slots[i].key) = t->slots[i];
	}
	if (!t->n_slots)
		rng_entropy(t->hash_key, sizeof(t->hash_key));
	free(t->slots);
	t->slots = wider.slots;
	t->n_slots = wider.n_slots;
	return 0;
}

int kept_table_add(struct kept_table *t, const char *key, const void *value)
{
	if (t->n * 2 >= t->n_slots && grow(t) < 0)
		return -ENOMEM;
	uint64_t hash = map_hash(t->hash_key, key, strlen(key));
	*find(t, hash, key) = (struct kept_slot){.key = key, .value = value, .hash = hash};
	t->n++;
	return 0;
}

/*
 * slot.c - the numbers that the engine knows regions and markers by.
 *
 * Each region, and each marker as a region that only triggers, has a slot; its place in the array is the number. A slot whose
 * region is gone rests, and is used again once LIMIT_IDLE_SLOTS others have rested after it.
 */
#include <stdio.h>

#include "base/limits.h"
#include "garden.h"

#include "base/banned.h"

static int slot_key(char *ret, size_t size, bool marker, const char *id)
{
	return snprintf(ret, size, "%s:%s", marker ? "marker" : "region", id);
}

/* The slot that has stood empty for longest, when many do: what the engine says of it has long been heard. */
static struct slot *take_idle(struct projection *p)
{
	while (p->idle_first && p->n_idle > (size_t)LIMIT_IDLE_SLOTS) {
		struct slot *s = p->idle_first;
		p->idle_first = s->next_idle;
		p->n_idle--;
		s->idle = false;
		if (s->region || s->mark)
			continue; /* it has come back */
		char key[DOC_KEY_SIZE];
		slot_key(key, sizeof(key), s->marker, s->id ? s->id : "");
		if (map_get(p->by_id, key) == s)
			(void)map_remove(p->by_id, key);
		return s;
	}
	return NULL;
}

void slot_rest(struct projection *p, struct slot *s)
{
	if (s->idle) { /* it came back and has gone again: it rests from now on */
		struct slot **at = &p->idle_first, *before = NULL;
		while (*at != s) {
			before = *at;
			at = &before->next_idle;
		}
		*at = s->next_idle;
		if (p->idle_last == s)
			p->idle_last = before;
		p->n_idle--;
	}
	s->idle = true;
	s->next_idle = NULL;
	if (p->idle_first)
		p->idle_last->next_idle = s;
	else
		p->idle_first = s;
	p->idle_last = s;
	p->n_idle++;
}

static int new_slot(struct projection *p, struct slot **ret)
{
	struct slot *s = take_idle(p);
	if (!s) {
		s = calloc(1, sizeof(*s));
		if (!s || mem_grow(&p->slots, &p->room_slots, p->n_slots + 1, sizeof(*p->slots)) < 0) {
			free(s);
			return -ENOMEM;
		}
		p->slots[p->n_slots++] = s;
		s->number = p->n_slots;
	}
	*ret = s;
	return 0;
}

int slot_get(struct projection *p, bool marker, const char *id, struct slot **ret)
{
	char key[DOC_KEY_SIZE];
	slot_key(key, sizeof(key), marker, id);
	*ret = map_get(p->by_id, key);
	if (*ret)
		return 0;
	struct slot *s = NULL;
	int r = new_slot(p, &s);
	if (r < 0)
		return r;
	s->marker = marker;
	r = doc_set(&s->id, id);
	if (r >= 0)
		r = map_set(p->by_id, key, s, NULL);
	if (r < 0) { /* it stays, for nobody */
		slot_rest(p, s);
		return r;
	}
	*ret = s;
	return 0;
}

struct slot *slot_by_number(const struct projection *p, uint64_t number)
{
	return number >= 1 && number <= p->n_slots ? p->slots[number - 1] : NULL;
}

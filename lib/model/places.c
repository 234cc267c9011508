#include "model/places_priv.h"

#include <errno.h>
#include <stdlib.h>

#include "base/banned.h"

struct keyed {
	int32_t pos;
	uint32_t index;
};

static int compare(const void *pa, const void *pb)
{
	const struct keyed *a = pa, *b = pb;
	if (a->pos != b->pos)
		return a->pos < b->pos ? -1 : 1;
	return a->index < b->index ? -1 : 1;
}

int places_init(struct places *p, const struct source *s)
{
	*p = (struct places){ .events = s->events, .order = mem_new_array(s->n_events, sizeof(*p->order)), .n = s->n_events };
	AUTO_MEM struct keyed *all = mem_new_array(s->n_events, sizeof(*all));
	if (!p->order || !all)
		return -ENOMEM;
	for (size_t i = 0; i < p->n; i++)
		all[i] = (struct keyed){ s->events[i].pos, (uint32_t)i };
	qsort(all, p->n, sizeof(*all), compare);
	for (size_t i = 0; i < p->n; i++)
		p->order[i] = all[i].index;
	return 0;
}

void places_done(struct places *p)
{
	free(p->order);
	p->order = NULL;
}

/* The first in order that is not before a place. */
static size_t lower_bound(const struct places *p, int64_t pos)
{
	size_t lo = 0, hi = p->n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (p->events[p->order[mid]].pos < pos)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

size_t places_at(const struct places *p, int32_t pos, const uint32_t **ret)
{
	size_t from = lower_bound(p, pos);
	*ret = p->order + from;
	return lower_bound(p, (int64_t)pos + 1) - from;
}

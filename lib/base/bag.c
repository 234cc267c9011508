#include "base/bag.h"

#include <errno.h>

#include "base/map.h"

#include "base/banned.h"

/* The map counts: its values are numbers. */
static void *as_value(size_t n)
{
	return (void *)(uintptr_t)n;
}

static size_t as_count(void *value)
{
	return (size_t)(uintptr_t)value;
}

int bag_compare(const struct bag_text *was, size_t n_was, const struct bag_text *now, size_t n_now, bool *ret_gone,
		bool *ret_new)
{
	AUTO(map) left = map_new();
	if (!left)
		return -ENOMEM;
	for (size_t i = 0; i < n_was; i++) {
		size_t n = as_count(map_getn(left, was[i].s, was[i].n));
		if (map_setn(left, was[i].s, was[i].n, as_value(n + 1), NULL) < 0)
			return -ENOMEM;
	}
	for (size_t i = 0; i < n_now; i++) {
		size_t n = as_count(map_getn(left, now[i].s, now[i].n));
		ret_new[i] = n == 0;
		if (n && map_setn(left, now[i].s, now[i].n, as_value(n - 1), NULL) < 0)
			return -ENOMEM;
	}
	for (size_t i = n_was; i-- > 0;) {
		size_t n = as_count(map_getn(left, was[i].s, was[i].n));
		ret_gone[i] = n > 0;
		if (n && map_setn(left, was[i].s, was[i].n, as_value(n - 1), NULL) < 0)
			return -ENOMEM;
	}
	return 0;
}

#include "rt/epoch.h"

#include <errno.h>

void epoch_init(struct epoch_domain *d)
{
	atomic_init(&d->now, 1);
	for (int i = 0; i < EPOCH_READERS; i++) {
		atomic_init(&d->readers[i].seen, EPOCH_PARKED);
		atomic_init(&d->readers[i].used, false);
	}
}

int epoch_join(struct epoch_domain *d, struct epoch_reader **ret)
{
	for (int i = 0; i < EPOCH_READERS; i++) {
		bool used = false;
		if (!atomic_compare_exchange_strong(&d->readers[i].used, &used, true))
			continue;
		*ret = &d->readers[i];
		return 0;
	}
	return -ENOSPC;
}

void epoch_leave(struct epoch_reader *r)
{
	atomic_store(&r->seen, EPOCH_PARKED);
	atomic_store(&r->used, false);
}

uint64_t epoch_advance(struct epoch_domain *d)
{
	return atomic_fetch_add(&d->now, 1) + 1;
}

bool epoch_passed(const struct epoch_domain *d, uint64_t epoch)
{
	for (int i = 0; i < EPOCH_READERS; i++) {
		uint64_t seen = atomic_load(&d->readers[i].seen);
		if (seen != EPOCH_PARKED && seen < epoch)
			return false;
	}
	return true;
}

RT_SAFE uint64_t epoch_begin(struct epoch_domain *d, struct epoch_reader *r)
{
	uint64_t now = atomic_load(&d->now);
	/* A parked reader must be seen to hold something before it loads a pointer (seq_cst: pairs with epoch_passed). */
	if (atomic_load_explicit(&r->seen, memory_order_relaxed) == EPOCH_PARKED)
		atomic_store(&r->seen, now);
	return now;
}

RT_SAFE void epoch_publish(struct epoch_reader *r, uint64_t epoch)
{
	atomic_store_explicit(&r->seen, epoch, memory_order_release);
}

RT_SAFE void epoch_park(struct epoch_reader *r)
{
	atomic_store_explicit(&r->seen, EPOCH_PARKED, memory_order_release);
}

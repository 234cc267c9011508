#include "rt/ring.h"

#include <string.h>

void ring_init(struct ring *r, void *slots, uint32_t n_slots, uint32_t record_bytes)
{
	r->slots = slots;
	r->n_slots = n_slots;
	r->record_bytes = record_bytes;
	atomic_init(&r->head, 0);
	atomic_init(&r->tail, 0);
}

RT_INLINE uint8_t *slot_at(struct ring *r, uint64_t i)
{
	return r->slots + (size_t)(i & (r->n_slots - 1)) * r->record_bytes;
}

RT_SAFE bool ring_write(struct ring *r, const void *record)
{
	uint64_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
	if (head - atomic_load_explicit(&r->tail, memory_order_acquire) >= r->n_slots)
		return false;
	memcpy(slot_at(r, head), record, r->record_bytes);
	atomic_store_explicit(&r->head, head + 1, memory_order_release);
	return true;
}

RT_SAFE const void *ring_peek(struct ring *r)
{
	uint64_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
	if (atomic_load_explicit(&r->head, memory_order_acquire) == tail)
		return NULL;
	return slot_at(r, tail);
}

RT_SAFE bool ring_read(struct ring *r, void *ret_record)
{
	const void *record = ring_peek(r);
	if (!record)
		return false;
	memcpy(ret_record, record, r->record_bytes);
	atomic_fetch_add_explicit(&r->tail, 1, memory_order_release);
	return true;
}

RT_SAFE uint32_t ring_used(const struct ring *r)
{
	uint64_t tail = atomic_load_explicit(&r->tail, memory_order_acquire);
	return (uint32_t)(atomic_load_explicit(&r->head, memory_order_acquire) - tail);
}

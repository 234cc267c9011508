/*
 * ring.h - a bounded queue of fixed records between one producing and one consuming thread.
 *
 * Ownership: the slots are the caller's: n_slots (a power of two) times record_bytes.
 * Threads:   one thread writes, one reads; neither ever waits.
 * Errors:    a write into a full ring and a read from an empty one return false; the producer counts what it lost.
 */
#ifndef RT_RING_H
#define RT_RING_H

#include "rt/rt.h"

#include <stdatomic.h>

struct ring {
	uint8_t *slots;
	uint32_t n_slots, record_bytes;
	_Alignas(64) _Atomic uint64_t head; /* next to write; release: pairs with ring_read */
	_Alignas(64) _Atomic uint64_t tail; /* next to read; release: pairs with ring_write */
};

void ring_init(struct ring *r, void *slots, uint32_t n_slots, uint32_t record_bytes);
RT_SAFE bool ring_write(struct ring *r, const void *record);
RT_SAFE bool ring_read(struct ring *r, void *ret_record);
/* The oldest record without taking it; NULL when empty. Only the reader may ask. */
RT_SAFE const void *ring_peek(struct ring *r);
RT_SAFE uint32_t ring_used(const struct ring *r); /* any thread */

#endif

/*
 * epoch.h - when may an old snapshot be freed? When every reader has published an epoch past it.
 *
 * A reader that holds pointers publishes the current epoch at the start of each cycle, after letting go of the old ones;
 * one that will not run for a while parks itself. The control thread swaps a pointer, advances the epoch, and frees what
 * it took out once epoch_passed() says so. Nobody waits.
 *
 * Ownership: plain values embedded by the caller; readers live inside the domain.
 * Threads:   one control thread joins readers and advances; each reader is one thread at a time.
 * Errors:    -ENOSPC when EPOCH_READERS are in use.
 */
#ifndef RT_EPOCH_H
#define RT_EPOCH_H

#include "rt/rt.h"

#include <stdatomic.h>

enum { EPOCH_READERS = 32 };
#define EPOCH_PARKED UINT64_MAX

struct epoch_reader {
	_Alignas(64) _Atomic uint64_t seen; /* seq_cst: pairs with epoch_passed */
	_Atomic bool used;
};

struct epoch_domain {
	_Alignas(64) _Atomic uint64_t now;
	struct epoch_reader readers[EPOCH_READERS];
};

void epoch_init(struct epoch_domain *d);
/* A new reader, parked; leave with epoch_leave. */
int epoch_join(struct epoch_domain *d, struct epoch_reader **ret);
void epoch_leave(struct epoch_reader *r);
/* Call after swapping a pointer; the returned epoch goes to epoch_passed. */
uint64_t epoch_advance(struct epoch_domain *d);
bool epoch_passed(const struct epoch_domain *d, uint64_t epoch);

/* The current epoch: read it before loading any pointer of the cycle. Wakes a parked reader. */
RT_SAFE uint64_t epoch_begin(struct epoch_domain *d, struct epoch_reader *r);
/* Says that no pointer from before `epoch` is held any more. */
RT_SAFE void epoch_publish(struct epoch_reader *r, uint64_t epoch);
/* Holds nothing until the next epoch_begin. */
RT_SAFE void epoch_park(struct epoch_reader *r);

#endif

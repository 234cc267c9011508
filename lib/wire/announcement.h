/*
 * announcement.h - a daemon's entry in endpoints.json, which stays there: where somebody removes or damages the file, it
 * is written again.
 *
 * Ownership: copies what it is given; the family and the loop are borrowed. Freeing it withdraws the entry.
 * Threads:   the loop's.
 * Errors:    those of wire_family_announce, at the beginning; later ones are logged and tried again.
 */
#ifndef WIRE_ANNOUNCEMENT_H
#define WIRE_ANNOUNCEMENT_H

#include "wire/family.h"

struct wire_announcement;

/* At most 16 endpoints. */
int wire_announcement_new(struct wire_family *f, struct wire_loop *l, const char *daemon, const char *incarnation,
			  const struct wire_family_endpoint *endpoints, size_t n, struct wire_announcement **ret,
			  struct err *err);
void wire_announcement_free(struct wire_announcement *a);
AUTO_DEFINE(wire_announcement);

#endif

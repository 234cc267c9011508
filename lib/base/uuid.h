/*
 * uuid.h - UUID version 7: unique identifiers that sort by the time they were made.
 *
 * Format:    48 bits of milliseconds since 1970, version 7, 12 bits of the fraction of that millisecond,
 *            variant 2, 62 random bits; 36 characters, lower case.
 * Threads:   uuid_new may be called from any thread. The stamps it gives out rise strictly within a process
 *            (one process-wide atomic), also when the clock stands still or steps back.
 * Errors:    uuid_new cannot fail. uuid_parse: -EINVAL.
 * Source:    RFC 9562, sections 5.7 and 6.2 method 3.
 */
#ifndef BASE_UUID_H
#define BASE_UUID_H

#include <stdbool.h>
#include <stdint.h>

#define UUID_SIZE 37 /* with the NUL */

void uuid_new(char ret[UUID_SIZE]);
/* The text for a given time (ns since 1970) and random bits: for tests and seeded identities. */
void uuid_make(char ret[UUID_SIZE], int64_t real_ns, uint64_t random);
/* Whether `s` is a UUID of any version in its usual form (upper case is accepted). */
bool uuid_valid(const char *s);
int uuid_parse(const char *s, uint8_t ret[16]);
void uuid_format(const uint8_t bytes[16], char ret[UUID_SIZE]);

#endif

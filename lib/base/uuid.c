#include "base/uuid.h"

#include "base/clock.h"
#include "base/hex.h"
#include "base/rng.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

/*
 * The last stamp given out: milliseconds << 12 | fraction. Process-wide, because "monotone within a process" is
 * a promise about all callers together.
 */
static _Atomic uint64_t last_stamp; /* relaxed: only this one number must rise */

static uint64_t stamp_of(int64_t real_ns)
{
	uint64_t ns = real_ns < 0 ? 0 : (uint64_t)real_ns;
	uint64_t fraction = (ns % (uint64_t)NS_PER_MS) * 4096 / (uint64_t)NS_PER_MS;
	return ns / (uint64_t)NS_PER_MS << 12 | fraction;
}

static void format_stamp(char ret[UUID_SIZE], uint64_t stamp, uint64_t random)
{
	uint8_t b[16];
	for (int i = 0; i < 6; i++)
		b[i] = (uint8_t)(stamp >> (12 + 8 * (5 - i)));
	b[6] = (uint8_t)(0x70 | (stamp >> 8 & 0x0f));
	b[7] = (uint8_t)stamp;
	for (int i = 0; i < 8; i++)
		b[8 + i] = (uint8_t)(random >> (8 * (7 - i)));
	b[8] = (uint8_t)(0x80 | (b[8] & 0x3f));
	uuid_format(b, ret);
}

void uuid_make(char ret[UUID_SIZE], int64_t real_ns, uint64_t random)
{
	format_stamp(ret, stamp_of(real_ns), random);
}

void uuid_new(char ret[UUID_SIZE])
{
	uint64_t now = stamp_of(clock_real_ns(clock_system()));
	uint64_t last = atomic_load_explicit(&last_stamp, memory_order_relaxed), stamp;
	do {
		stamp = now > last ? now : last + 1;
	} while (!atomic_compare_exchange_weak_explicit(&last_stamp, &last, stamp, memory_order_relaxed,
							memory_order_relaxed));
	uint64_t random;
	rng_entropy(&random, sizeof(random));
	format_stamp(ret, stamp, random);
}

void uuid_format(const uint8_t bytes[16], char ret[UUID_SIZE])
{
	char digits[33];
	hex_encode(digits, bytes, 16);
	static const uint8_t lengths[] = { 8, 4, 4, 4, 12 };
	const char *from = digits;
	for (size_t i = 0; i < sizeof(lengths); i++) {
		memcpy(ret, from, lengths[i]);
		from += lengths[i];
		ret += lengths[i];
		*ret++ = i + 1 < sizeof(lengths) ? '-' : '\0';
	}
}

int uuid_parse(const char *s, uint8_t ret[16])
{
	if (strnlen(s, UUID_SIZE) != UUID_SIZE - 1)
		return -EINVAL;
	char digits[32];
	size_t n = 0;
	for (int i = 0; i < UUID_SIZE - 1; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		if (dash != (s[i] == '-'))
			return -EINVAL;
		if (!dash)
			digits[n++] = s[i];
	}
	return hex_decode(ret, digits, n);
}

bool uuid_valid(const char *s)
{
	uint8_t bytes[16];
	return uuid_parse(s, bytes) == 0;
}

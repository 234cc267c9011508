#include "base/rng.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

static uint64_t splitmix64(uint64_t *x)
{
	uint64_t z = *x += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static inline uint64_t rotl(uint64_t x, int b)
{
	return x << b | x >> (64 - b);
}

void rng_init(struct rng *r, uint64_t seed)
{
	for (int i = 0; i < 4; i++)
		r->s[i] = splitmix64(&seed);
}

void rng_split(struct rng *ret, uint64_t seed, uint64_t index)
{
	uint64_t x = seed, mixed = splitmix64(&x) ^ index;
	rng_init(ret, splitmix64(&mixed));
}

uint64_t rng_next(struct rng *r)
{
	uint64_t *s = r->s, result = rotl(s[1] * 5, 7) * 9, t = s[1] << 17;
	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotl(s[3], 45);
	return result;
}

uint64_t rng_below(struct rng *r, uint64_t n)
{
	uint64_t floor = -n % n; /* 2^64 mod n */
	for (;;) {
		unsigned __int128 m = (unsigned __int128)rng_next(r) * n;
		if ((uint64_t)m >= floor)
			return (uint64_t)(m >> 64);
	}
}

int64_t rng_range(struct rng *r, int64_t lo, int64_t hi)
{
	uint64_t n = (uint64_t)hi - (uint64_t)lo + 1; /* 0: all of them */
	uint64_t x = n ? rng_below(r, n) : rng_next(r);
	return (int64_t)((uint64_t)lo + x);
}

double rng_double(struct rng *r)
{
	return (double)(rng_next(r) >> 11) * 0x1p-53;
}

void rng_entropy(void *ret, size_t n)
{
	unsigned char *p = ret;
	while (n > 0) {
		ssize_t got = getrandom(p, n, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			abort(); /* a kernel without random numbers: nothing that follows would be safe */
		p += got;
		n -= (size_t)got;
	}
}

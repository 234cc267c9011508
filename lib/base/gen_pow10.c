/*
 * gen_pow10.c - writes pow10_table.h at build time: the upper 128 bits of each power of ten.
 *
 * Row k - POW10_MIN is floor(10^k / 2^(floor(log2 10^k) - 127)): the top bit is always set. Powers of two only move the
 * exponent, so 5^k has the same bits; for k < 0 they are the quotient 2^m / 5^-k.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define POW10_MIN (-342)
#define POW10_MAX 324
#define N_LIMBS 28 /* 32-bit limbs, enough for 2 * 5^342 */

struct big {
	uint32_t limb[N_LIMBS]; /* least significant first */
};

static void times(struct big *b, uint32_t factor)
{
	uint64_t carry = 0;
	for (int i = 0; i < N_LIMBS; i++) {
		carry += (uint64_t)b->limb[i] * factor;
		b->limb[i] = (uint32_t)carry;
		carry >>= 32;
	}
}

static int compare(const struct big *a, const struct big *b)
{
	for (int i = N_LIMBS - 1; i >= 0; i--)
		if (a->limb[i] != b->limb[i])
			return a->limb[i] < b->limb[i] ? -1 : 1;
	return 0;
}

static void subtract(struct big *a, const struct big *b)
{
	int64_t borrow = 0;
	for (int i = 0; i < N_LIMBS; i++) {
		borrow += (int64_t)a->limb[i] - b->limb[i];
		a->limb[i] = (uint32_t)borrow;
		borrow >>= 32;
	}
}

static int bit(const struct big *b, int i)
{
	return i < 0 ? 0 : b->limb[i / 32] >> (i % 32) & 1;
}

static int n_bits(const struct big *b)
{
	int n = N_LIMBS * 32;
	while (n > 0 && !bit(b, n - 1))
		n--;
	return n;
}

static void push(uint64_t q[2], int b)
{
	q[0] = q[0] << 1 | q[1] >> 63;
	q[1] = q[1] << 1 | (uint64_t)b;
}

static void top_bits(const struct big *five, uint64_t ret[2])
{
	int top = n_bits(five);
	for (int i = 1; i <= 128; i++)
		push(ret, bit(five, top - i));
}

static void quotient_bits(const struct big *five, uint64_t ret[2])
{
	struct big rest = { { 0 } };
	int top = n_bits(five) - 1; /* 2^top < 5^n < 2^(top + 1) */
	rest.limb[top / 32] = UINT32_C(1) << (top % 32);
	for (int i = 0; i < 128; i++) {
		times(&rest, 2);
		int fits = compare(&rest, five) >= 0;
		if (fits)
			subtract(&rest, five);
		push(ret, fits);
	}
}

int main(int argc, char **argv)
{
	FILE *f = argc == 2 ? fopen(argv[1], "w") : NULL;
	if (!f)
		return 1;
	fprintf(f, "/* Made by gen_pow10.c: the upper 128 bits of 10^POW10_MIN ... 10^POW10_MAX, high word first. */\n");
	fprintf(f, "#define POW10_MIN (%d)\n#define POW10_MAX %d\n", POW10_MIN, POW10_MAX);
	fprintf(f, "static const uint64_t pow10_table[][2] = {\n");
	for (int k = POW10_MIN; k <= POW10_MAX; k++) {
		struct big five = { { 1 } };
		uint64_t bits[2] = { 0, 0 };
		for (int i = 0; i < (k < 0 ? -k : k); i++)
			times(&five, 5);
		if (k < 0)
			quotient_bits(&five, bits);
		else
			top_bits(&five, bits);
		fprintf(f, "\t{ 0x%016llxu, 0x%016llxu },\n", (unsigned long long)bits[0], (unsigned long long)bits[1]);
	}
	fprintf(f, "};\n");
	return fclose(f) == 0 ? 0 : 1;
}

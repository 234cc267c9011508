#include "base/json_number_priv.h"

#include "base/json.h"

#include "pow10_table.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#define HIDDEN_BIT (UINT64_C(1) << 52)
#define EXPONENT_BIAS 1075 /* of a significand taken as an integer */

struct decimal {
	uint64_t digits;
	int exponent; /* value = digits * 10^exponent */
};

/* floor(log10(2^q)), or of 3/4 * 2^q where the gap below is half as wide; floor(log2(10^k)) */
static inline int floor_log10_pow2(int q, bool narrow)
{
	return (q * 1262611 - (narrow ? 524031 : 0)) >> 22;
}

static inline int floor_log2_pow10(int k)
{
	return (k * 1741647) >> 19;
}

/* Upper 64 bits of g * c / 2^64, with the lowest bit set when anything below was not zero. */
static inline uint64_t round_to_odd(uint64_t g_hi, uint64_t g_lo, uint64_t c)
{
	uint64_t below = (uint64_t)(((unsigned __int128)g_lo * c) >> 64);
	unsigned __int128 y = (unsigned __int128)g_hi * c + below;
	return (uint64_t)(y >> 64) | ((uint64_t)y > 1);
}

/* The shortest decimal that lies in the rounding interval of c * 2^q, the nearest one where several do. */
static struct decimal shortest(uint64_t c, int q, bool narrow)
{
	uint64_t open = c & 1; /* an odd significand does not own the ends of its interval */
	int k = floor_log10_pow2(q, narrow);
	int shift = q + floor_log2_pow10(-k) + 1;
	uint64_t g_hi = pow10_table[-k - POW10_MIN][0], g_lo = pow10_table[-k - POW10_MIN][1] + 1;
	g_hi += g_lo == 0;

	uint64_t lower = round_to_odd(g_hi, g_lo, (4 * c - 2 + narrow) << shift) + open;
	uint64_t value = round_to_odd(g_hi, g_lo, (4 * c) << shift);
	uint64_t upper = round_to_odd(g_hi, g_lo, (4 * c + 2) << shift) - open;

	uint64_t s = value / 4;
	if (s >= 10) {
		uint64_t tens = s / 10;
		bool down = lower <= 40 * tens, up = 40 * tens + 40 <= upper;
		if (down != up)
			return (struct decimal){ tens + up, k + 1 };
	}
	bool down = lower <= 4 * s, up = 4 * s + 4 <= upper;
	if (down != up)
		return (struct decimal){ s + up, k };
	uint64_t middle = 4 * s + 2;
	return (struct decimal){ s + (value > middle || (value == middle && (s & 1))), k };
}

static struct decimal decimal_of(uint64_t bits)
{
	uint64_t fraction = bits & (HIDDEN_BIT - 1);
	int exponent = (int)(bits >> 52 & 0x7FF);
	if (exponent == 0)
		return shortest(fraction, 1 - EXPONENT_BIAS, false);
	uint64_t c = fraction | HIDDEN_BIT;
	int q = exponent - EXPONENT_BIAS;
	if (q <= 0 && q > -53 && (c & ((UINT64_C(1) << -q) - 1)) == 0)
		return (struct decimal){ c >> -q, 0 }; /* a whole number below 2^53 */
	return shortest(c, q, fraction == 0 && exponent > 1);
}

static const char digit_pairs[] =
	"0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849"
	"5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

/* Writes the digits of v so that they end before `end`; returns where they begin. */
static char *digits_before(char *end, uint64_t v)
{
	while (v >= 100) {
		end -= 2;
		memcpy(end, digit_pairs + 2 * (v % 100), 2);
		v /= 100;
	}
	if (v >= 10) {
		end -= 2;
		memcpy(end, digit_pairs + 2 * v, 2);
	} else {
		*--end = (char)('0' + v);
	}
	return end;
}

size_t json_format_int(char ret[JSON_INT_SIZE], int64_t v)
{
	char text[JSON_INT_SIZE], *end = text + sizeof(text);
	char *p = digits_before(end, v < 0 ? -(uint64_t)v : (uint64_t)v);
	if (v < 0)
		*--p = '-';
	memcpy(ret, p, (size_t)(end - p));
	return (size_t)(end - p);
}

/* d.ddde+XX */
static char *put_scientific(char *p, const char *digits, size_t n, int exponent)
{
	*p++ = digits[0];
	if (n > 1) {
		*p++ = '.';
		memcpy(p, digits + 1, n - 1);
		p += n - 1;
	}
	*p++ = 'e';
	*p++ = exponent < 0 ? '-' : '+';
	char text[4], *end = text + sizeof(text);
	char *e = digits_before(end, (uint64_t)(exponent < 0 ? -exponent : exponent));
	memcpy(p, e, (size_t)(end - e));
	return p + (end - e);
}

/* ddd.ddd, 0.000ddd or ddd000.0; `point` digits stand before the point (negative: zeros after it). */
static char *put_positional(char *p, const char *digits, size_t n, int point)
{
	if (point <= 0) {
		*p++ = '0';
		*p++ = '.';
		memset(p, '0', (size_t)-point);
		p += -point;
		memcpy(p, digits, n);
		return p + n;
	}
	size_t whole = (size_t)point < n ? (size_t)point : n;
	memcpy(p, digits, whole);
	p += whole;
	memset(p, '0', (size_t)point - whole);
	p += (size_t)point - whole;
	*p++ = '.';
	if (n == whole)
		*p++ = '0';
	memcpy(p, digits + whole, n - whole);
	return p + (n - whole);
}

size_t json_format_double(char ret[JSON_DOUBLE_SIZE], double v)
{
	uint64_t bits;
	memcpy(&bits, &v, sizeof(bits));
	char *p = ret;
	if (bits >> 63)
		*p++ = '-';
	bits &= ~(UINT64_C(1) << 63);
	if (bits == 0) {
		memcpy(p, "0.0", 4);
		return (size_t)(p + 3 - ret);
	}

	struct decimal d = decimal_of(bits);
	char text[JSON_INT_SIZE], *end = text + sizeof(text);
	char *digits = digits_before(end, d.digits);
	int point = (int)(end - digits) + d.exponent; /* value = 0.digits * 10^point */
	while (end > digits + 1 && end[-1] == '0')
		end--;
	size_t n = (size_t)(end - digits);
	p = point > -4 && point <= 16 ? put_positional(p, digits, n, point) : put_scientific(p, digits, n, point - 1);
	*p = '\0';
	return (size_t)(p - ret);
}

/* The double nearest to m * 10^e, or false where 128 bits of the power do not decide it. */
static bool nearest_double(uint64_t m, int e, double *ret)
{
	if (e < POW10_MIN || e > POW10_MAX)
		return false;
	int zeros = __builtin_clzll(m);
	m <<= zeros;
	const uint64_t *g = pow10_table[e - POW10_MIN];
	int64_t exponent = (((int64_t)217706 * e) >> 16) + 64 + 1023 - zeros;

	unsigned __int128 x = (unsigned __int128)m * g[0];
	uint64_t hi = (uint64_t)(x >> 64), lo = (uint64_t)x;
	if ((hi & 0x1FF) == 0x1FF && lo + m < m) { /* the lower half of the power may carry into what counts */
		unsigned __int128 y = (unsigned __int128)m * g[1];
		uint64_t sum = lo + (uint64_t)(y >> 64);
		hi += sum < lo;
		if ((hi & 0x1FF) == 0x1FF && sum + 1 == 0 && (uint64_t)y + m < m)
			return false;
		lo = sum;
	}

	uint64_t top = hi >> 63, mantissa = hi >> (top + 9);
	exponent -= 1 ^ (int64_t)top;
	if (lo == 0 && (hi & 0x1FF) == 0 && (mantissa & 3) == 1)
		return false; /* perhaps halfway between two doubles */
	mantissa = (mantissa + (mantissa & 1)) >> 1;
	if (mantissa >> 53) {
		mantissa >>= 1;
		exponent++;
	}
	if (exponent < 1 || exponent > 2046)
		return false; /* subnormal or too large */
	uint64_t bits = (uint64_t)exponent << 52 | (mantissa & (HIDDEN_BIT - 1));
	memcpy(ret, &bits, sizeof(bits));
	return true;
}

/* strtod that takes "." whatever the program's locale is. */
static double slow_double(const char *text, size_t n)
{
	char small[64], *copy = n < sizeof(small) ? small : malloc(n + 1);
	if (!copy)
		return 0; /* longer than 63 digits and no memory: the caller's next allocation fails as well */
	memcpy(copy, text, n);
	copy[n] = '\0';
	locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	double v = c ? strtod_l(copy, NULL, c) : strtod(copy, NULL);
	if (c)
		freelocale(c);
	if (copy != small)
		free(copy);
	return v;
}

#define MAX_DIGITS 19 /* of a uint64_t */

double json_read_double(const char *text, size_t n)
{
	const char *p = text, *end = text + n;
	bool negative = *p == '-';
	p += negative;

	uint64_t m = 0;
	int n_digits = 0, exponent = 0;
	bool fraction = false, cut = false;
	for (; p < end && *p != 'e' && *p != 'E'; p++) {
		if (*p == '.') {
			fraction = true;
			continue;
		}
		if (n_digits < MAX_DIGITS) {
			m = m * 10 + (uint64_t)(*p - '0');
			n_digits += m != 0;
			exponent -= fraction;
		} else {
			cut |= *p != '0';
			exponent += !fraction;
		}
	}
	if (p < end) {
		p++;
		bool minus = *p == '-';
		p += *p == '-' || *p == '+';
		int e = 0;
		for (; p < end; p++)
			if (e < 100000)
				e = e * 10 + (*p - '0');
		exponent += minus ? -e : e;
	}

	if (m == 0)
		return negative ? -0.0 : 0.0;
	static const double exact[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
					1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
	double v, above;
	if (!cut && m <= UINT64_C(1) << 53 && exponent >= -22 && exponent <= 22)
		v = exponent < 0 ? (double)m / exact[-exponent] : (double)m * exact[exponent];
	else if (!nearest_double(m, exponent, &v) ||
		 (cut && (!nearest_double(m + 1, exponent, &above) || above != v)))
		return slow_double(text, n);
	return negative ? -v : v;
}

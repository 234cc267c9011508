#include "wire/trace.h"

#include <errno.h>
#include <string.h>

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int read_hex(const char *s, uint8_t *ret, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int hi = digit(s[2 * i]), lo = digit(s[2 * i + 1]);
		if (hi < 0 || lo < 0)
			return -EINVAL;
		ret[i] = (uint8_t)(hi << 4 | lo);
	}
	return 0;
}

static bool all_zero(const uint8_t *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (v[i])
			return false;
	return true;
}

int trace_parse(const char *s, size_t n, struct trace *ret)
{
	struct trace t;
	uint8_t version;
	if (n < TRACE_TEXT_SIZE - 1 || s[2] != '-' || s[35] != '-' || s[52] != '-')
		return -EINVAL;
	if (read_hex(s, &version, 1) < 0 || version == 0xFF ||
	    read_hex(s + 3, t.trace_id, 16) < 0 || read_hex(s + 36, t.span_id, 8) < 0 ||
	    read_hex(s + 53, &t.flags, 1) < 0)
		return -EINVAL;
	if (n > TRACE_TEXT_SIZE - 1 && (version == 0 || s[TRACE_TEXT_SIZE - 1] != '-'))
		return -EINVAL;
	if (all_zero(t.trace_id, 16) || all_zero(t.span_id, 8))
		return -EINVAL;
	*ret = t;
	return 0;
}

static char *write_hex(char *p, const uint8_t *v, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < n; i++) {
		*p++ = digits[v[i] >> 4];
		*p++ = digits[v[i] & 15];
	}
	return p;
}

void trace_format(const struct trace *t, char ret[TRACE_TEXT_SIZE])
{
	static const uint8_t version = 0;
	char *p = write_hex(ret, &version, 1);
	*p++ = '-';
	p = write_hex(p, t->trace_id, 16);
	*p++ = '-';
	p = write_hex(p, t->span_id, 8);
	*p++ = '-';
	p = write_hex(p, &t->flags, 1);
	*p = '\0';
}

static void fill_random(struct rng *rng, uint8_t *v, size_t n)
{
	for (size_t i = 0; i < n; i += sizeof(uint64_t)) {
		uint64_t word = rng_next(rng);
		memcpy(v + i, &word, sizeof(word));
	}
	v[n - 1] |= 1; /* never all zero */
}

struct trace trace_new(struct rng *rng)
{
	struct trace t = {.flags = 1};
	fill_random(rng, t.trace_id, sizeof(t.trace_id));
	fill_random(rng, t.span_id, sizeof(t.span_id));
	return t;
}

struct trace trace_child(struct rng *rng, const struct trace *parent)
{
	if (!parent || !trace_present(parent))
		return trace_new(rng);
	struct trace t = *parent;
	fill_random(rng, t.span_id, sizeof(t.span_id));
	return t;
}

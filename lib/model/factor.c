#include "model/factor.h"

#include "base/limits.h"

#include <string.h>

#include "base/banned.h"

#define NONE UINT32_MAX

struct arrow {
	uint32_t from, symbol, to, next; /* next of the same state */
};

struct state {
	uint32_t symbol; /* of the arrow to the next state */
	uint32_t suffix, repeated;
	uint32_t leaps;       /* first of the other arrows */
	uint32_t back, next_back; /* first state that links here; the next one that links where this does */
};

struct factor {
	struct state *states;
	struct arrow *leaps;
	uint32_t *places; /* leaps by state and symbol: open addressing, at most a quarter full */
	size_t n, n_leaps, n_places; /* n symbols; n_places a power of two */
};

void factor_free(struct factor *f)
{
	if (!f)
		return;
	free(f->states);
	free(f->leaps);
	free(f->places);
	free(f);
}

static size_t place_of(const struct factor *f, size_t state, uint32_t symbol)
{
	uint64_t h = ((uint64_t)state << 32 ^ symbol) * UINT64_C(0x9e3779b97f4a7c15);
	size_t at = (size_t)(h >> 20) & (f->n_places - 1);
	while (f->places[at] != NONE && (f->leaps[f->places[at]].from != state || f->leaps[f->places[at]].symbol != symbol))
		at = (at + 1) & (f->n_places - 1);
	return at;
}

static uint32_t target(const struct factor *f, size_t state, uint32_t symbol, size_t n_known)
{
	if (state < n_known && f->states[state].symbol == symbol)
		return (uint32_t)state + 1;
	uint32_t a = f->places[place_of(f, state, symbol)];
	return a == NONE ? NONE : f->leaps[a].to;
}

static void add_leap(struct factor *f, size_t from, uint32_t symbol, size_t to)
{
	f->places[place_of(f, from, symbol)] = (uint32_t)f->n_leaps;
	f->leaps[f->n_leaps] = (struct arrow){ (uint32_t)from, symbol, (uint32_t)to, f->states[from].leaps };
	f->states[from].leaps = (uint32_t)f->n_leaps++;
}

/* The length of what two states' pasts end with alike, one of them reached through suffix links (Lefebvre, Lecroq). */
static uint32_t common(const struct factor *f, uint32_t a, uint32_t b)
{
	const struct state *s = f->states;
	if (b == s[a].suffix)
		return s[a].repeated;
	while (s[b].suffix != s[a].suffix && s[b].suffix != NONE)
		b = s[b].suffix;
	return s[a].repeated < s[b].repeated ? s[a].repeated : s[b].repeated;
}

static void add(struct factor *f, size_t i, uint32_t symbol)
{
	struct state *s = f->states, *fresh = &s[i + 1];
	uint32_t k = s[i].suffix, via = (uint32_t)i, to = NONE;
	s[i].symbol = symbol;
	*fresh = (struct state){ 0, 0, 0, NONE, NONE, NONE };
	while (k != NONE && (to = target(f, k, symbol, i)) == NONE) {
		add_leap(f, k, symbol, i + 1);
		via = k;
		k = s[k].suffix;
	}
	if (k != NONE) {
		fresh->suffix = to;
		fresh->repeated = common(f, via, to - 1) + 1;
	}
	fresh->next_back = s[fresh->suffix].back;
	s[fresh->suffix].back = (uint32_t)i + 1;
}

int factor_new(const uint32_t *symbols, size_t n, struct factor **ret, struct err *err)
{
	if (n > LIMIT_MODEL_SLICES)
		return err_set(err, -EMSGSIZE, "a sequence of %zu symbols; at most %d can be learned", n, LIMIT_MODEL_SLICES);
	AUTO(factor) f = calloc(1, sizeof(*f));
	if (!f)
		return err_set(err, -ENOMEM, "factor oracle of %zu symbols", n);
	f->n = n;
	for (f->n_places = 8; f->n_places < 4 * n;)
		f->n_places *= 2;
	f->states = mem_new_array(n + 1, sizeof(*f->states));
	f->leaps = mem_new_array(n, sizeof(*f->leaps)); /* there are never more: one fewer than symbols */
	f->places = mem_new_array(f->n_places, sizeof(*f->places));
	if (!f->states || !f->leaps || !f->places)
		return err_set(err, -ENOMEM, "factor oracle of %zu symbols", n);
	memset(f->places, 0xff, f->n_places * sizeof(*f->places));
	f->states[0] = (struct state){ 0, NONE, 0, NONE, NONE, NONE };
	for (size_t i = 0; i < n; i++)
		add(f, i, symbols[i]);
	*ret = TAKE(f);
	return 0;
}

size_t factor_n_states(const struct factor *f)
{
	return f->n + 1;
}

size_t factor_n_arrows(const struct factor *f)
{
	return f->n + f->n_leaps;
}

static int64_t or_none(uint32_t v)
{
	return v == NONE ? -1 : (int64_t)v;
}

int64_t factor_step(const struct factor *f, size_t state, uint32_t symbol)
{
	return or_none(target(f, state, symbol, f->n));
}

int64_t factor_suffix(const struct factor *f, size_t state)
{
	return or_none(f->states[state].suffix);
}

size_t factor_repeated(const struct factor *f, size_t state)
{
	return f->states[state].repeated;
}

int64_t factor_first_back(const struct factor *f, size_t state)
{
	return or_none(f->states[state].back);
}

int64_t factor_next_back(const struct factor *f, size_t state)
{
	return or_none(f->states[state].next_back);
}

size_t factor_leaps(const struct factor *f, size_t state, size_t *ret, size_t room)
{
	size_t n = 0;
	for (uint32_t a = f->states[state].leaps; a != NONE && n < room; a = f->leaps[a].next)
		ret[n++] = f->leaps[a].to;
	return n;
}

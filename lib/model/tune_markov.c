#include "model/tune_markov.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "model/tune_token.h"

#include "base/banned.h"

/* Open addressing; key 0 is free. */
struct cell {
	uint64_t key;
	uint32_t count, kinds; /* kinds: of a context, how many different tokens followed */
};

struct markov {
	int order;
	double discount;
	struct cell *cells;
	size_t n, room; /* room is a power of two */
};

struct markov *markov_new(int order, double discount)
{
	AUTO(markov) m = mem_new_array(1, sizeof(*m));
	if (!m)
		return NULL;
	m->order = order < 0 ? 0 : order > MARKOV_ORDER ? MARKOV_ORDER : order;
	m->discount = discount;
	m->room = 1024;
	m->cells = mem_new_array(m->room, sizeof(*m->cells));
	return m->cells ? TAKE(m) : NULL;
}

void markov_free(struct markov *m)
{
	if (!m)
		return;
	free(m->cells);
	free(m);
}

static uint64_t mix(uint64_t h, uint64_t x)
{
	h = (h ^ x) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 32;
}

/* Keys of the contexts of order 0, 1, ...; how many there are. */
static int contexts(const struct markov *m, const uint16_t *tokens, size_t at, uint64_t *keys)
{
	uint64_t h = 0x51;
	int n = 0;
	keys[n++] = mix(h, 0xC0DE);
	while (n <= m->order && (size_t)n <= at) {
		h = mix(h, tokens[at - (size_t)n] + 1u);
		keys[n] = mix(h, 0xC0DE + (uint64_t)n);
		n++;
	}
	return n;
}

static uint64_t pair_key(uint64_t context, uint16_t token)
{
	return mix(context, 0x10000u + token) | 1;
}

static struct cell *find(const struct markov *m, uint64_t key)
{
	size_t i = (size_t)key & (m->room - 1);
	while (m->cells[i].key && m->cells[i].key != key)
		i = (i + 1) & (m->room - 1);
	return &m->cells[i];
}

static int grow(struct markov *m)
{
	struct markov bigger = *m;
	bigger.room = m->room * 2;
	bigger.cells = mem_new_array(bigger.room, sizeof(*bigger.cells));
	if (!bigger.cells)
		return -ENOMEM;
	for (size_t i = 0; i < m->room; i++) {
		if (m->cells[i].key)
			*find(&bigger, m->cells[i].key) = m->cells[i];
	}
	free(m->cells);
	*m = bigger;
	return 0;
}

double markov_p(const struct markov *m, const uint16_t *tokens, size_t at)
{
	uint64_t keys[MARKOV_ORDER + 1];
	int n = contexts(m, tokens, at, keys);
	double p = 1.0 / TUNE_TOKENS;
	for (int k = 0; k < n; k++) {
		const struct cell *c = find(m, keys[k] | 1);
		if (!c->key || !c->count)
			break; /* no longer one was seen either */
		const struct cell *pair = find(m, pair_key(keys[k], tokens[at]));
		double own = pair->key ? (double)pair->count - m->discount : 0;
		p = (own + m->discount * c->kinds * p) / c->count;
	}
	return p;
}

int markov_learn(struct markov *m, const uint16_t *tokens, size_t at)
{
	uint64_t keys[MARKOV_ORDER + 1];
	int n = contexts(m, tokens, at, keys);
	for (int k = n; k-- > 0;) {
		if (m->n + 2 > m->room / 2 && grow(m) < 0)
			return -ENOMEM;
		struct cell *pair = find(m, pair_key(keys[k], tokens[at]));
		bool known = pair->key != 0;
		m->n += !known;
		pair->key = pair_key(keys[k], tokens[at]);
		pair->count++;
		struct cell *c = find(m, keys[k] | 1);
		m->n += !c->key;
		c->key = keys[k] | 1;
		c->count++;
		c->kinds += !known;
		if (known)
			break; /* shorter contexts count different continuations only */
	}
	return 0;
}

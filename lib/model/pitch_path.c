#include "model/pitch_path.h"

#include "base/limits.h"
#include "base/mem.h"

#include <string.h>

#include "base/banned.h"

enum { K = PATH_CANDIDATES };

struct search {
	const struct path_slot *slots;
	const struct path_costs *costs;
	int64_t now[K][K], next[K][K]; /* by the slot before and the slot itself */
	uint8_t (*from)[K][K];         /* from[i][b][c]: the best a two places before */
};

static void extend(struct search *s, size_t i)
{
	const struct path_slot *a = &s->slots[i - 2], *b = &s->slots[i - 1], *c = &s->slots[i];
	for (int y = 0; y < b->n; y++) {
		for (int z = 0; z < c->n; z++) {
			int64_t best = INT64_MAX;
			int step = s->costs->pair(s->costs->arg, i, b->pitch[y], c->pitch[z]);
			for (int x = 0; x < a->n; x++) {
				int64_t sum = s->now[x][y];
				if (sum >= best)
					continue;
				sum += s->costs->triple(s->costs->arg, i, a->pitch[x], b->pitch[y], c->pitch[z]);
				if (sum < best) {
					best = sum;
					s->from[i][y][z] = (uint8_t)x;
				}
			}
			s->next[y][z] = best + step + c->cost[z];
		}
	}
	memcpy(s->now, s->next, sizeof(s->now));
}

static void begin(struct search *s)
{
	const struct path_slot *a = &s->slots[0], *b = &s->slots[1];
	for (int x = 0; x < a->n; x++)
		for (int y = 0; y < b->n; y++)
			s->now[x][y] = (int64_t)a->cost[x] + s->costs->pair(s->costs->arg, 1, a->pitch[x], b->pitch[y]) + b->cost[y];
}

static int64_t walk_back(const struct search *s, size_t n, uint8_t *ret)
{
	int x = 0, y = 0;
	for (int i = 0; i < s->slots[n - 2].n; i++) {
		for (int k = 0; k < s->slots[n - 1].n; k++) {
			if (s->now[i][k] < s->now[x][y]) {
				x = i;
				y = k;
			}
		}
	}
	int64_t cost = s->now[x][y];
	for (size_t i = n; i-- > 1;) {
		ret[i] = s->slots[i].pitch[y];
		ret[i - 1] = s->slots[i - 1].pitch[x];
		int before = i >= 2 ? s->from[i][x][y] : 0;
		y = x;
		x = before;
	}
	return cost;
}

static int64_t only_one(const struct path_slot *s, uint8_t *ret)
{
	int best = 0;
	for (int i = 1; i < s->n; i++)
		best = s->cost[i] < s->cost[best] ? i : best;
	ret[0] = s->pitch[best];
	return s->cost[best];
}

int pitch_path(const struct path_slot *slots, size_t n, const struct path_costs *costs, const struct model_watch *watch,
	       uint8_t *ret, int64_t *ret_broken, struct err *err)
{
	if (n > LIMIT_MODEL_PATH)
		return err_set(err, -EMSGSIZE, "%zu notes in one voice; allowed are %d", n, LIMIT_MODEL_PATH);
	int64_t cost = 0;
	if (n == 1)
		cost = only_one(&slots[0], ret);
	if (n >= 2) {
		AUTO_MEM struct search *s = mem_new_array(1, sizeof(*s));
		uint8_t(*from)[K][K] AUTO_MEM = mem_new_array(n, sizeof(*from));
		if (!s || !from)
			return err_set(err, -ENOMEM, "search");
		s->slots = slots;
		s->costs = costs;
		s->from = from;
		begin(s);
		for (size_t i = 2; i < n; i++) {
			if (i % 64 == 0 && model_cancelled(watch))
				return err_set(err, -ECANCELED, "cancelled");
			extend(s, i);
		}
		cost = walk_back(s, n, ret);
	}
	if (ret_broken)
		*ret_broken = cost > 0 ? cost / PATH_NEVER : 0;
	return 0;
}

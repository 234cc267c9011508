/* melody.c - the way through semitones, and what is done to its stretches afterwards. */
#include "audio/melody.h"

#include "audio/vibrato_priv.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

#define KEY_LO       24 /* about 33 Hz */
#define KEYS         84
#define SILENCE      KEYS /* the state behind the keys */
#define SPREAD       0.6  /* semitones */
#define FAR_COST     4.0  /* a point far from its note costs no more */
#define CHANGE_COST  7.0
#define BEGIN_COST   2.0 /* from silence to a note and back */
#define GAP_COST     0.5 /* a point without a pitch inside a note */
#define HEARD_COST   1.2 /* a point with a pitch in silence */
#define SHORTEST_S   0.08
#define DIP_DB       5.0 /* a fall of level that cuts a note in two */
#define DIP_SPAN     12  /* points to both sides that must be louder */
#define GAP_CUTS     3   /* points without a pitch that cut a note */
#define EDGE_SURE    0.9f
#define EDGE_NEAR    0.1 /* semitones */
#define PASSING_RATE 9.0 /* semitones a second: what moves faster and is short is passed through */

static double place_cost(const struct pitch_point *p, int state, double tuning)
{
	bool pitched = p->hz > 0;
	if (state == SILENCE)
		return pitched ? HEARD_COST * (double)p->confidence : 0;
	if (!pitched)
		return GAP_COST;
	double off = (pitch_key((double)p->hz) - tuning - (KEY_LO + state)) / SPREAD;
	return fmin(off * off / 2, FAR_COST);
}

/* The cheapest way; every change between keys costs the same, so the cheapest state of before is enough. */
static void walk(const struct pitch_track *t, double tuning, uint8_t *from, uint8_t *ret_states)
{
	double cost[KEYS + 1] = { 0 };
	for (size_t k = 0; k < t->n; k++) {
		int best = 0;
		for (int s = 1; s < KEYS; s++)
			best = cost[s] < cost[best] ? s : best;
		double change = fmin(cost[best] + CHANGE_COST, cost[SILENCE] + BEGIN_COST);
		uint8_t change_from = (uint8_t)(cost[best] + CHANGE_COST < cost[SILENCE] + BEGIN_COST ? best : SILENCE);
		bool ends = cost[best] + BEGIN_COST < cost[SILENCE];
		double silence = ends ? cost[best] + BEGIN_COST : cost[SILENCE];
		for (int s = 0; s < KEYS; s++) {
			bool stay = cost[s] <= change;
			from[k * (KEYS + 1) + (size_t)s] = stay ? (uint8_t)s : change_from;
			cost[s] = (stay ? cost[s] : change) + place_cost(&t->v[k], s, tuning);
		}
		from[k * (KEYS + 1) + SILENCE] = ends ? (uint8_t)best : SILENCE;
		cost[SILENCE] = silence + place_cost(&t->v[k], SILENCE, tuning);
	}
	int at = SILENCE;
	for (int s = 0; s < KEYS; s++)
		at = cost[s] < cost[at] ? s : at;
	for (size_t k = t->n; k-- > 0;) {
		ret_states[k] = (uint8_t)at;
		at = from[k * (KEYS + 1) + (size_t)at];
	}
}

static int add_note(struct melody *m, size_t first, size_t end, int key, struct err *err)
{
	if (mem_grow(&m->v, &m->room, m->n + 1, sizeof(*m->v)) < 0)
		return err_set(err, -ENOMEM, "melody");
	m->v[m->n++] = (struct melody_note){ .first = first, .end = end, .key = key };
	return 0;
}

/* Whether the level falls here between two louder stretches. */
static bool is_dip(const struct pitch_track *t, size_t k, size_t first, size_t end)
{
	float before = -1000, after = -1000, here = t->v[k].level_db;
	for (size_t i = k > first + DIP_SPAN ? k - DIP_SPAN : first; i < k; i++)
		before = fmaxf(before, t->v[i].level_db);
	for (size_t i = k + 1; i < end && i <= k + DIP_SPAN; i++)
		after = fmaxf(after, t->v[i].level_db);
	for (size_t i = k > first + 2 ? k - 2 : first; i < end && i <= k + 2; i++)
		if (t->v[i].level_db < here)
			return false;
	return before > here + (float)DIP_DB && after > here + (float)DIP_DB;
}

/* Cuts a stretch of one key at gaps and dips; the pieces begin and end with a pitch. */
static int cut(const struct pitch_track *t, size_t first, size_t end, int key, struct melody *m, struct err *err)
{
	size_t begin = first, gap = 0, last_dip = first;
	int code = 0;
	for (size_t k = first; k < end && code == 0; k++) {
		gap = t->v[k].hz > 0 ? 0 : gap + 1;
		bool cuts = gap == GAP_CUTS || (k > last_dip + DIP_SPAN / 2 && is_dip(t, k, begin, end));
		if (!cuts)
			continue;
		size_t stop = gap == GAP_CUTS ? k + 1 - gap : k;
		if (stop > begin)
			code = add_note(m, begin, stop, key, err);
		while (gap == GAP_CUTS && k + 1 < end && !(t->v[k + 1].hz > 0))
			k++;
		begin = gap == GAP_CUTS ? k + 1 : k;
		last_dip = begin;
		gap = 0;
	}
	return code == 0 && begin < end ? add_note(m, begin, end, key, err) : code;
}

static int collect(const struct pitch_track *t, const uint8_t *states, struct melody *m, struct err *err)
{
	int code = 0;
	for (size_t k = 0; k < t->n && code == 0;) {
		size_t end = k + 1;
		while (end < t->n && states[end] == states[k])
			end++;
		if (states[k] != SILENCE)
			code = cut(t, k, end, KEY_LO + states[k], m, err);
		k = end;
	}
	return code;
}

/* A point at an edge that is not sure and not where its neighbour is: its window is mostly silence. */
static bool is_stray(const struct pitch_point *edge, const struct pitch_point *inner)
{
	return edge->confidence < EDGE_SURE && inner->hz > 0 && fabs(log2((double)(edge->hz / inner->hz))) * 12 > EDGE_NEAR;
}

/* Points without a pitch at the ends belong to nobody. */
static void trim(const struct pitch_track *t, struct melody *m)
{
	size_t kept = 0;
	for (size_t i = 0; i < m->n; i++) {
		struct melody_note n = m->v[i];
		while (n.first < n.end && !(t->v[n.first].hz > 0))
			n.first++;
		while (n.end > n.first && !(t->v[n.end - 1].hz > 0))
			n.end--;
		if (n.end > n.first + 3 && is_stray(&t->v[n.first], &t->v[n.first + 1]))
			n.first++;
		if (n.end > n.first + 3 && is_stray(&t->v[n.end - 1], &t->v[n.end - 2]))
			n.end--;
		if (n.end > n.first)
			m->v[kept++] = n;
	}
	m->n = kept;
}

/* Whether a short note is only passed through: it lies between two others, without a gap, and moves all the time. */
static bool is_passing(const struct pitch_track *t, const struct melody *m, size_t i, size_t shortest)
{
	const struct melody_note *n = &m->v[i];
	if (n->end - n->first >= 2 * shortest || i == 0 || i + 1 == m->n)
		return false;
	const struct melody_note *before = n - 1, *after = n + 1;
	bool between = (before->key < n->key) == (n->key < after->key) && before->key != n->key && n->key != after->key;
	if (!between || before->end + 1 < n->first || n->end + 1 < after->first)
		return false;
	double way = fabs(pitch_key((double)t->v[n->end - 1].hz) - pitch_key((double)t->v[n->first].hz));
	return way * PITCH_HZ > PASSING_RATE * (double)(n->end - n->first);
}

static void remove_note(struct melody *m, size_t i)
{
	memmove(m->v + i, m->v + i + 1, (m->n - i - 1) * sizeof(*m->v));
	m->n--;
}

/* Passing notes are halved between their neighbours; other short ones join the neighbour that they touch, or go. */
static void absorb(const struct pitch_track *t, size_t shortest, struct melody *m)
{
	for (size_t i = 0; i < m->n;) {
		struct melody_note *n = &m->v[i];
		bool brief = n->end - n->first < shortest;
		if (!brief && !is_passing(t, m, i, shortest)) {
			i++;
			continue;
		}
		bool left = i > 0 && n[-1].end + 1 >= n->first, right = i + 1 < m->n && n->end + 1 >= n[1].first;
		size_t middle = left && right ? (n->first + n->end) / 2 : left ? n->end : n->first;
		if (left)
			n[-1].end = middle;
		if (right)
			n[1].first = middle;
		remove_note(m, i);
		i -= i > 0; /* the one before has changed */
		if (left)
			i++;
	}
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), by_size);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

double melody_key_at(const struct pitch_track *t, const struct melody_note *n, size_t point)
{
	size_t left = point, right = point;
	while (left > n->first && !(t->v[left].hz > 0))
		left--;
	while (right + 1 < n->end && !(t->v[right].hz > 0))
		right++;
	if (!(t->v[left].hz > 0))
		left = right;
	if (!(t->v[right].hz > 0))
		right = left;
	if (!(t->v[left].hz > 0))
		return n->centre_key;
	double a = pitch_key((double)t->v[left].hz), b = pitch_key((double)t->v[right].hz);
	return right > left ? a + (b - a) * (double)(point - left) / (double)(right - left) : a;
}

static int describe(const struct pitch_track *t, double tuning, struct melody_note *n, struct err *err)
{
	AUTO_MEM double *keys = mem_new_array(n->end - n->first, sizeof(double));
	if (!keys)
		return err_set(err, -ENOMEM, "melody");
	size_t count = 0;
	n->level_db = -1000;
	for (size_t k = n->first; k < n->end; k++) {
		n->level_db = fmax(n->level_db, (double)t->v[k].level_db);
		n->confidence += (double)t->v[k].confidence / (double)(n->end - n->first);
		if (t->v[k].hz > 0)
			keys[count++] = pitch_key((double)t->v[k].hz);
	}
	if (count > 0) {
		vibrato_find(keys, count, &n->vibrato_hz, &n->vibrato_cents);
		n->centre_key = median(keys, count);
		n->key = (int)lround(n->centre_key - tuning);
	}
	n->start_s = (double)n->first / PITCH_HZ;
	n->end_s = (double)n->end / PITCH_HZ;
	return 0;
}

int melody_find(const struct pitch_track *t, const struct melody_options *o, struct melody *ret, struct err *err)
{
	struct pitch_summary s;
	pitch_summarise(t, &s);
	struct melody m = { .tuning_cents = s.tuning_cents };
	double tuning = o->keep_tuning ? 0 : s.tuning_cents / 100;
	size_t shortest = (size_t)lround((o->shortest_s > 0 ? o->shortest_s : SHORTEST_S) * PITCH_HZ);
	AUTO_MEM uint8_t *from = mem_new_array(t->n, KEYS + 1);
	AUTO_MEM uint8_t *states = mem_new_array(t->n, 1);
	if (!from || !states)
		return err_set(err, -ENOMEM, "melody");
	walk(t, tuning, from, states);
	int code = collect(t, states, &m, err);
	if (code == 0) {
		trim(t, &m);
		absorb(t, shortest, &m);
		trim(t, &m);
	}
	for (size_t i = 0; i < m.n && code == 0; i++)
		code = describe(t, tuning, &m.v[i], err);
	if (code < 0) {
		melody_done(&m);
		return code;
	}
	*ret = m;
	return 0;
}

void melody_done(struct melody *m)
{
	free(m->v);
	*m = (struct melody){ 0 };
}

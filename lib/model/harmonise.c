#include "model/harmonise_priv.h"

#include "model/pen_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define P harmonise_params
static const struct model_param rows[] = {
	PARAM_INT(P, voice, 0, 64, 0, "", "which voice of the piece is the melody, from 1; 0: the highest"),
	PARAM_INT(P, program, 0, 127, 52, "", "instrument of all voices, a General MIDI program from 0"),
	PARAM_NUM(P, freedom, 0, 1, 0.4, "", "0: always the same best chords; 1: seeds differ much"),
};
const struct model_table harmonise_table = MODEL_TABLE(rows);

/* --- places ------------------------------------------------------------------------------------ */

static size_t find_slots(const struct line *l, struct four_slot *ret)
{
	size_t n = 0;
	for (size_t i = 0; i < l->n; i++) {
		int32_t in = l->notes[i].at % l->meter.bar_ticks, end = i + 1 < l->n ? l->notes[i + 1].at : l->notes[i].at + l->notes[i].length;
		int weight = meter_weight(&l->meter, in);
		if (n && weight == 0 && l->notes[i].at - ret[n - 1].at < 2 * METER_TICKS) {
			ret[n - 1].last = i; /* between beats: the chord stays */
			ret[n - 1].end = end;
			continue;
		}
		ret[n++] = (struct four_slot){ .at = l->notes[i].at, .end = end, .first = i, .last = i, .weight = weight };
	}
	for (size_t i = 0; i < n; i++) {
		int64_t bar = ret[i].end / l->meter.bar_ticks;
		int32_t length = ret[i].end - ret[i].at, before = i ? ret[i].at - ret[i - 1].at : 0;
		bool rests = length >= 2 * METER_TICKS && length > before; /* where all notes are long, none is an end */
		ret[i].ends_phrase = rests && ret[i].end % l->meter.bar_ticks == 0 && bar % 2 == 0;
	}
	return n;
}

/* A soprano's middle is somewhere around the C above middle C. */
static int64_t bring_home(struct line *l)
{
	int64_t sum = 0, octaves = 0, lowest = 127;
	for (size_t i = 0; i < l->n; i++) {
		sum += l->notes[i].pitch;
		lowest = l->notes[i].pitch < lowest ? l->notes[i].pitch : lowest;
	}
	int64_t mean = sum / (int64_t)l->n;
	while (mean + 12 * octaves < 60 || (lowest + 12 * octaves < 57 && mean + 12 * octaves <= 69))
		octaves++;
	while (mean + 12 * octaves > 79)
		octaves--;
	for (size_t i = 0; i < l->n; i++) {
		int p = l->notes[i].pitch + 12 * (int)octaves;
		while (p < 0)
			p += 12;
		while (p > 127)
			p -= 12;
		l->notes[i].pitch = p;
	}
	return octaves;
}

/* --- the path ---------------------------------------------------------------------------------- */

struct table {
	struct four (*state)[FOUR_STATES];
	uint8_t (*from)[FOUR_STATES];
	int *n;
};

enum { PAST = 3, NO_CHORD = -1, NO_DOMINANT = 10 };

/* The cheapest way to each state of a place: what it costs, and the roots that it left last, as offsets. */
struct way {
	int64_t cost;
	int8_t past[PAST];
};

/* A tune wants more than its tonic and its dominant: it costs to come back to a chord that was just left. */
static int64_t return_cost(const struct way *w, const struct four *a, const struct four *b)
{
	static const int64_t costs[PAST] = { 9, 5, 3 };
	int64_t cost = 0;
	for (int k = 0; a->offset != b->offset && k < PAST; k++)
		cost += w->past[k] == b->offset ? costs[k] : 0;
	return cost;
}

static struct way go_on(const struct way *w, const struct four *a, const struct four *b, int64_t cost)
{
	struct way next = { cost, { a->offset, w->past[0], w->past[1] } };
	if (a->offset == b->offset)
		memcpy(next.past, w->past, sizeof(next.past));
	return next;
}

static void step(const struct four_key *k, const struct four_slot *slots, struct table *t, size_t i, size_t n, struct way *ways)
{
	struct way next[FOUR_STATES];
	bool last = i > 0 && i + 1 == n, closes = i + 2 >= n || slots[i].ends_phrase; /* a close goes where closes go */
	for (int b = 0; b < t->n[i]; b++) {
		const struct four *to = &t->state[i][b];
		next[b] = (struct way){ i ? INT64_MAX : to->cost, { NO_CHORD, NO_CHORD, NO_CHORD } };
		for (int a = 0; i && a < t->n[i - 1]; a++) {
			const struct four *from = &t->state[i - 1][a];
			if (ways[a].cost + to->cost >= next[b].cost)
				continue;
			int64_t sum = ways[a].cost + to->cost + four_move(k, from, to, &slots[i - 1], &slots[i]);
			sum += closes ? 0 : return_cost(&ways[a], from, to);
			sum += last && from->offset != 7 && from->offset != 11 ? NO_DOMINANT : 0;
			if (sum < next[b].cost) {
				next[b] = go_on(&ways[a], from, to, sum);
				t->from[i][b] = (uint8_t)a;
			}
		}
	}
	memcpy(ways, next, sizeof(next[0]) * (size_t)t->n[i]);
}

/* How many rules the path breaks. */
static int64_t count_broken(const struct four_key *k, const struct four_slot *slots, const struct four *f, size_t n)
{
	int64_t broken = 0;
	for (size_t i = 0; i < n; i++)
		broken += (f[i].cost + (i ? four_move(k, &f[i - 1], &f[i], &slots[i - 1], &slots[i]) : 0)) / FOUR_NEVER;
	return broken;
}

static int find_path(const struct four_key *k, const struct four_slot *slots, size_t n, const struct generator_job *job, struct four *ret,
		     struct err *err)
{
	const struct harmonise_params *p = job->params;
	struct four(*state)[FOUR_STATES] AUTO_MEM = mem_new_array(n, sizeof(*state));
	uint8_t(*from)[FOUR_STATES] AUTO_MEM = mem_new_array(n, sizeof(*from));
	AUTO_MEM int *count = mem_new_array(n, sizeof(*count));
	struct table t = { state, from, count };
	struct rng r;
	struct way ways[FOUR_STATES];
	if (!state || !from || !count)
		return err_set(err, -ENOMEM, "harmony");
	rng_init(&r, job->seed);
	for (size_t i = 0; i < n; i++) {
		if (model_cancelled(job->watch))
			return err_set(err, -ECANCELED, "cancelled");
		t.n[i] = four_find(k, &slots[i], i + 1 == n, &r, (int64_t)(p->freedom * 30), t.state[i]);
		step(k, slots, &t, i, n, ways);
		model_progress(job->watch, 0.1 + 0.8 * (double)i / (double)n, "leading four voices");
	}
	int b = 0;
	for (int i = 1; i < t.n[n - 1]; i++)
		b = ways[i].cost < ways[b].cost ? i : b;
	for (size_t i = n; i-- > 0; b = t.from[i][b])
		ret[i] = t.state[i][b];
	return 0;
}

/* --- the result -------------------------------------------------------------------------------- */

static int collect(const struct line *l, const struct four_slot *slots, const struct four *f, size_t n, struct harmony *h, struct err *err)
{
	int code = 0;
	harmony_init(h, &l->key, &l->meter);
	for (size_t i = 0; code == 0 && i < n; i++) {
		int32_t from = i ? slots[i].at : 0, to = i + 1 < n ? slots[i + 1].at : l->end_ticks;
		if (to > from)
			code = harmony_add(h, to - from, &f[i].chord, err);
	}
	return code;
}

/* A voice that stays on its note while the chord changes is sung anew, as in a hymn. */
static int write_voice(const struct four_slot *slots, const struct four *f, size_t n, int voice, const struct pen *pen, struct err *err)
{
	int code = 0;
	for (size_t i = 0; code == 0 && i < n; i++)
		code = pen_note(pen, slots[i].at, slots[i].end - slots[i].at, f[i].pitch[voice], 72 + slots[i].weight * 2, err);
	return code;
}

static int write_score(const struct line *l, const struct four_slot *slots, const struct four *f, size_t n, const struct harmony *h,
		       int program, struct score **ret, struct err *err)
{
	static const char *const names[4] = { "bass", "tenor", "alto", "soprano" };
	AUTO(score) s = NULL;
	struct pen pen;
	int code = pen_begin(h, "harmonised", l->bpm, &s, err);
	for (int v = 3; code == 0 && v >= 0; v--) {
		code = pen_voice(s, names[v], program, (uint8_t)(3 - v), &pen, err);
		if (code == 0 && v < SOPRANO)
			code = write_voice(slots, f, n, v, &pen, err);
		for (size_t i = 0; code == 0 && v == SOPRANO && i < l->n; i++)
			code = pen_note(&pen, l->notes[i].at, l->notes[i].length, l->notes[i].pitch, 86, err);
	}
	if (code < 0)
		return code;
	pen_end(h, s);
	*ret = TAKE(s);
	return 0;
}

static int harmonise(struct line *l, const struct generator_job *job, struct generated *ret, struct err *err)
{
	const struct harmonise_params *p = job->params;
	int64_t octaves = bring_home(l);
	const struct four_key k = { l, l->key, tonality_scale(&l->key), (l->key.tonic + 11) % 12 };
	AUTO_MEM struct four_slot *slots = mem_new_array(l->n, sizeof(*slots));
	AUTO_MEM struct four *f = mem_new_array(l->n, sizeof(*f));
	AUTO_HARMONY h = { 0 };
	if (!slots || !f)
		return err_set(err, -ENOMEM, "harmony");
	size_t n = find_slots(l, slots);
	int code = find_path(&k, slots, n, job, f, err);
	if (code == 0)
		code = collect(l, slots, f, n, &h, err);
	if (code == 0)
		code = write_score(l, slots, f, n, &h, (int)p->program, &ret->score, err);
	if (code == 0)
		code = line_put_upbeat(job->inputs[0], p->voice, (int)octaves * 12, &ret->score, err);
	if (code < 0)
		return code;
	ret->report = harmony_report(&h, HARMONY_MADE);
	AUTO_JSON json_t *more = json_pack("{s:I, s:I, s:I}", "chords_set", (json_int_t)n, "broken_rules",
					   (json_int_t)count_broken(&k, slots, f, n), "octaves_moved",
					   (json_int_t)octaves);
	return ret->report && more && json_object_update(ret->report, more) == 0 ? 0 : err_set(err, -ENOMEM, "report");
}

static int make(const struct generator_job *job, struct generated *ret, struct err *err)
{
	const struct harmonise_params *p = job->params;
	AUTO_LINE l = { 0 };
	int code = model_params_check(&harmonise_table, p, err);
	if (code == 0)
		code = line_of_score(job->inputs[0], p->voice, &l, err);
	return code < 0 ? code : harmonise(&l, job, ret, err);
}

const struct generator harmonise_generator = {
	.model = "harmonise", .version = HARMONISE_VERSION, .table = &harmonise_table, .params_size = sizeof(struct harmonise_params),
	.inputs_min = 1, .inputs_max = 1, .make = make,
};

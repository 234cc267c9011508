#include "model/bridge.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "music/excerpt.h"

#include "base/banned.h"

static const struct model_param rows[] = {
	PARAM_INT(bridge_params, bars, 1, 64, 4, "bars", "new bars"),
	PARAM_INT(bridge_params, lead_in_bars, 0, 8, 0, "bars", "bars of the first piece's end to put before them, for a crossfade"),
	PARAM_NUM(bridge_params, temperature, 0.05, 4, 1, "", "below 1 the likeliest, above 1 the boldest"),
	PARAM_INT(bridge_params, max_copy_bars, 1, 16, 1, "bars", "longest stretch taken over unchanged in one piece"),
};
const struct model_table bridge_table = MODEL_TABLE(rows);

/* Where the bridge has to arrive. */
struct goal {
	bool has[12]; /* the pitch classes that the second score has */
	int first;    /* pitch class it begins with */
};

static int find_goal(const struct score *to, struct goal *ret, struct err *err)
{
	size_t n = 0;
	struct note AUTO_MEM *notes = score_merge_notes(to, &n);
	*ret = (struct goal){ .first = -1 };
	if (!notes && score_n_notes(to))
		return err_set(err, -ENOMEM, "bridge");
	int highest = -1;
	for (size_t i = 0; i < n; i++) {
		if (notes[i].channel == 9)
			continue;
		ret->has[notes[i].pitch % 12] = true;
		if (ret->first < 0 || (notes[i].start_beats == notes[0].start_beats && notes[i].pitch > highest)) {
			ret->first = notes[i].pitch % 12; /* of what begins together, the highest is heard as the tune */
			highest = notes[i].pitch;
		}
	}
	return ret->first < 0 ? err_field(err, -EINVAL, "inputs", "the second piece has no notes to arrive at") : 0;
}

/* Both in one score, so that the model learns from both and goes on from the first. */
static int learn_from(const struct score *from, const struct score *to, struct score **ret, struct err *err)
{
	double end = score_bar_ceil(to, to->end_beats);
	AUTO(score) whole = NULL;
	int code = score_slice(to, score_bar_start(to, 1), end, &whole, err);
	if (code < 0)
		return err_wrap(err, code, "the second piece");
	double at = score_bar_ceil(whole, whole->end_beats);
	return score_join(whole, from, at, ret, err);
}

/* Last of what ends in the tune: the highest of the notes that begin last. */
static void judge(const struct score *s, double lead_beats, const struct goal *g, struct bridge_report *ret)
{
	size_t n = 0, counted = 0, strange = 0;
	struct note AUTO_MEM *notes = score_merge_notes(s, &n);
	double half = lead_beats + (s->end_beats - lead_beats) / 2, last_at = -1;
	int last = -1;
	for (size_t i = 0; notes && i < n; i++) {
		if (notes[i].channel == 9)
			continue;
		if (notes[i].start_beats >= last_at) { /* in order of start, then pitch */
			last_at = notes[i].start_beats;
			last = notes[i].pitch % 12;
		}
		if (notes[i].start_beats < half)
			continue;
		counted++;
		strange += !g->has[notes[i].pitch % 12];
	}
	int up = last < 0 ? 6 : (g->first - last + 12) % 12;
	ret->leap = up > 6 ? 12 - up : up;
	ret->strangers_milli = counted ? (int64_t)(strange * 1000 / counted) : 1000;
}

/* Small steps arrive best, then the note itself, then leaps; each stranger counts, too. */
static int64_t cost_of(const struct bridge_report *r)
{
	static const int64_t steps[7] = { 600, 0, 100, 800, 1000, 1200, 2000 };
	return steps[r->leap] + 2 * r->strangers_milli;
}

static int make_one(const struct score *both, const struct bridge_params *p, uint64_t seed, int64_t k,
		    const struct model_watch *watch, struct score **ret, struct continuation_report *ret_report, struct err *err)
{
	struct rng r;
	struct continuation_params c = { .bars = p->bars, .lead_in_bars = p->lead_in_bars, .order = 6, .temperature = p->temperature,
					 .max_copy_bars = p->max_copy_bars, .phrase_bars = 4, .answer = 0, .cadence = false };
	const struct model_watch quiet = { .cancelled = watch ? watch->cancelled : NULL, .arg = watch ? watch->arg : NULL };
	rng_split(&r, seed, (uint64_t)k);
	return continuation_make(both, &c, rng_next(&r), &quiet, ret, ret_report, err);
}

int bridge_make(const struct score *from, const struct score *to, const struct bridge_params *params, uint64_t seed,
		const struct model_watch *watch, struct score **ret, struct bridge_report *ret_report, struct err *err)
{
	AUTO(score) both = NULL;
	AUTO(score) best = NULL;
	struct goal goal;
	struct bridge_report kept = { 0 };
	int code = find_goal(to, &goal, err);
	if (code == 0 && score_n_notes(from) == 0)
		code = err_field(err, -EINVAL, "inputs", "the first piece has no notes to grow out of");
	if (code == 0)
		code = learn_from(from, to, &both, err);
	for (int64_t k = 0; code == 0 && k < BRIDGE_CANDIDATES; k++) {
		AUTO(score) s = NULL;
		struct continuation_report made;
		model_progress(watch, (double)k / BRIDGE_CANDIDATES, "trying ways over");
		code = make_one(both, params, seed, k, watch, &s, &made, err);
		if (code < 0)
			break;
		struct score_meter m = score_meter_at(s, 0);
		struct bridge_report r = { .n_bars = made.n_bars, .n_notes = made.n_notes, .candidate = k };
		judge(s, (double)params->lead_in_bars * score_bar_beats(&m), &goal, &r);
		if (best && cost_of(&r) >= cost_of(&kept))
			continue;
		score_free(best);
		best = TAKE(s);
		kept = r;
	}
	if (code < 0)
		return code;
	if (ret_report)
		*ret_report = kept;
	*ret = TAKE(best);
	return 0;
}

#include "model/oracle.h"

#include "base/limits.h"
#include "base/rng.h"
#include "model/accompany_priv.h"
#include "model/factor.h"
#include "model/frame_priv.h"
#include "model/slices_priv.h"
#include "music/drum_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define MAX_CONTEXT    16 /* more agreeing past is worth no more */
#define MAX_CANDIDATES 48
#define PHRASE_BARS    4

const char *const oracle_slice_names[] = { "beat", "half", "bar", NULL };
const char *const oracle_likeness_names[] = { "auto", "exact", "notes", "outline", NULL };
_Static_assert(COUNT_OF(oracle_slice_names) == ORACLE_SLICE_COUNT + 1 && COUNT_OF(oracle_likeness_names) == ORACLE_LIKENESS_COUNT + 1,
	       "every choice has a name");

static const struct model_param rows[] = {
	PARAM_INT(oracle_params, bars, 1, 256, 8, "bars", "new bars"),
	PARAM_INT(oracle_params, lead_in_bars, 0, 8, 0, "bars", "bars of the first piece's end to put before them, for a crossfade"),
	PARAM_INT(oracle_params, context, 1, 16, 2, "slices", "how much of the past must agree where it jumps"),
	PARAM_NUM(oracle_params, continuity, 0, 1, 0.6, "", "how likely it goes on as the source did, where it may jump"),
	PARAM_NUM(oracle_params, temperature, 0.05, 4, 1, "", "below 1 the longest agreeing past, above 1 any"),
	PARAM_INT(oracle_params, max_copy_bars, 1, 16, 2, "bars", "longest stretch taken over unchanged in one piece"),
	PARAM_CHOICE(oracle_params, slice, oracle_slice_names, ORACLE_SLICE_BEAT, "what is joined: beats, half beats or bars"),
	PARAM_CHOICE(oracle_params, likeness, oracle_likeness_names, ORACLE_LIKE_AUTO,
		     "what must be alike: all notes, the melody's note and the bass, the melody's outline; auto: as much as repeats"),
	PARAM_FLAG(oracle_params, cadence, 1, "come to rest on the tonic in the last bar"),
};
const struct model_table oracle_table = MODEL_TABLE(rows);

struct candidate {
	size_t slice;
	unsigned context;
	uint64_t weight;
};

/* One slice of the result. */
struct step {
	size_t slice;
	int8_t moved; /* scale steps that the leading voice is moved by; 0 for none */
};

struct walker {
	const struct oracle_params *p;
	const struct model_watch *watch;
	struct material material;
	struct source *src;
	struct slices slices;
	struct factor *factor;
	const uint32_t *symbols;
	struct rng rng;
	struct step *out;
	size_t n_out;
	uint32_t *copied;    /* slices, up to and including the source's slice i, that the result's end is a copy of */
	uint32_t *would;     /* by content: how long the copy would be with it */
	int64_t *last_used;  /* when a slice was last taken, -1 never */
	bool *closing;       /* by bar of the source: the leading voice comes to rest on the tonic */
	int64_t at;          /* the slice that was played last, -1 before the first */
	uint32_t max_copy, longest_copy;
	int64_t n_jumps, n_moved, context_sum;
	struct accompaniment notes;
	int64_t last_lead_at; /* in the last bar, where it closes; -1 otherwise */
	bool plain_close;     /* nothing in the sources closes: the tonic is added */
	struct oracle_report report;
};

static void walker_done(struct walker *w)
{
	material_done(&w->material);
	source_free(w->src);
	slices_done(&w->slices);
	factor_free(w->factor);
	free(w->out);
	free(w->copied);
	free(w->would);
	free(w->last_used);
	free(w->closing);
	free(w->notes.notes);
}

/* How many slices before `a` and before `b` have the same symbols. */
static unsigned agreeing(const struct walker *w, size_t a, size_t b)
{
	unsigned n = 0;
	while (n < MAX_CONTEXT && n < a && n < b && w->symbols[a - 1 - n] == w->symbols[b - 1 - n])
		n++;
	return n;
}

/* For every content, how long the copy would be if it came next. */
static void foresee(struct walker *w)
{
	memset(w->would, 0, w->slices.n_contents * sizeof(*w->would));
	for (size_t i = 0; i < w->slices.n; i++) {
		uint32_t n = (i ? w->copied[i - 1] : 0) + 1, *best = &w->would[w->slices.contents[i]];
		*best = n > *best ? n : *best;
	}
}

static bool may_copy(const struct walker *w, size_t slice)
{
	return w->would[w->slices.contents[slice]] <= w->max_copy;
}

static void play(struct walker *w, size_t slice, int moved)
{
	uint32_t content = w->slices.contents[slice];
	for (size_t i = w->slices.n; i-- > 0;) {
		bool same = moved == 0 && w->slices.contents[i] == content;
		w->copied[i] = same ? (i ? w->copied[i - 1] : 0) + 1 : 0;
		w->longest_copy = w->copied[i] > w->longest_copy ? w->copied[i] : w->longest_copy;
	}
	w->last_used[slice] = (int64_t)w->n_out;
	w->out[w->n_out++] = (struct step){ slice, (int8_t)moved };
	w->at = (int64_t)slice;
	w->n_moved += moved != 0;
}

/* Whether the leading voice comes to rest on the tonic in the bar that begins with this slice; the tick where. */
static bool closes(const struct walker *w, size_t slice, int64_t *ret_at)
{
	const struct source *s = w->src;
	int64_t from = slices_at(&w->slices, slice), end = from + s->bar_ticks;
	size_t lo = 0, hi = s->n_events;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (s->events[mid].at < from)
			lo = mid + 1;
		else
			hi = mid;
	}
	const struct source_event *last = NULL;
	for (; lo < s->n_events && s->events[lo].at < end; lo++)
		last = s->events[lo].pitch != SOURCE_REST ? &s->events[lo] : last;
	if (!last || last->pitch % 12 != s->tonic || last->pos % s->beat_ticks != 0 || end - last->at < s->beat_ticks)
		return false;
	*ret_at = last->at - from;
	return true;
}

/* A bar that comes to rest in the middle of a phrase. */
static bool rests_too_early(const struct walker *w, size_t slice)
{
	size_t per_bar = (size_t)w->slices.per_bar;
	return w->n_out % per_bar == 0 && w->closing[slice / per_bar] && w->n_out / per_bar % PHRASE_BARS != PHRASE_BARS - 1;
}

static int lead_before(const struct walker *w)
{
	return w->at < 0 ? SOURCE_REST : w->slices.lead_out[w->at];
}

/* Wide leaps of the leading voice at the seam, what was heard lately and another place in the phrase make a place less likely. */
static uint64_t weight_of(const struct walker *w, size_t slice, unsigned context)
{
	int64_t temperature = (int64_t)(w->p->temperature * 100 + 0.5);
	uint64_t weight = 1000 + (uint64_t)(context * context * 30000 / (unsigned)temperature);
	int from = lead_before(w), to = w->slices.lead_in[slice];
	int leap = from == SOURCE_REST || to == SOURCE_REST || w->src->drums ? 0 : from > to ? from - to : to - from;
	weight /= leap > 12 ? 40 : leap > 7 ? 8 : leap > 4 ? 2 : 1;
	int64_t used = w->last_used[slice], ago = used < 0 ? INT32_MAX : (int64_t)w->n_out - used;
	weight /= ago <= w->slices.per_bar * 2 ? 16 : ago <= w->slices.per_bar * 8 ? 3 : 1;
	size_t per_bar = (size_t)w->slices.per_bar;
	bool same_place = w->n_out / per_bar % PHRASE_BARS == slice / per_bar % PHRASE_BARS;
	weight *= same_place ? 2 : 1;
	weight /= rests_too_early(w, slice) ? 16 : 1;
	return weight ? weight : 1;
}

static bool at_place(const struct walker *w, size_t slice)
{
	return slice < w->slices.n && slice % (size_t)w->slices.per_bar == w->n_out % (size_t)w->slices.per_bar;
}

struct candidates {
	struct candidate v[MAX_CANDIDATES];
	size_t n;
};

static void offer(struct walker *w, struct candidates *c, size_t slice)
{
	if (c->n == MAX_CANDIDATES || !at_place(w, slice) || (int64_t)slice == w->at + 1 || !may_copy(w, slice))
		return;
	unsigned context = agreeing(w, (size_t)(w->at + 1), slice);
	if (context < w->p->context)
		return;
	for (size_t i = 0; i < c->n; i++)
		if (c->v[i].slice == slice)
			return;
	c->v[c->n++] = (struct candidate){ slice, context, weight_of(w, slice, context) };
}

/* Where the oracle leads from here: along suffix links, back along those of others, and by its leaps. */
static void gather(struct walker *w, struct candidates *c)
{
	size_t leaps[8];
	int64_t state = w->at + 1;
	c->n = 0;
	for (int depth = 0; state > 0 && depth < 16; depth++) {
		int budget = 24;
		if (depth > 0)
			offer(w, c, (size_t)state);
		for (int64_t b = factor_first_back(w->factor, (size_t)state); b >= 0 && budget-- > 0; b = factor_next_back(w->factor, (size_t)b))
			offer(w, c, (size_t)b);
		size_t n = factor_leaps(w->factor, (size_t)state, leaps, COUNT_OF(leaps));
		for (size_t i = 0; i < n; i++)
			offer(w, c, leaps[i] - 1);
		state = factor_suffix(w->factor, (size_t)state);
	}
}

/* Nothing the oracle knows will do: any slice at this place of a bar, by how it fits. */
static void search(struct walker *w, struct candidates *c)
{
	size_t per_bar = (size_t)w->slices.per_bar, n_bars = w->slices.n / per_bar;
	size_t tries = n_bars < 4 * MAX_CANDIDATES ? n_bars : 4 * MAX_CANDIDATES, from = (size_t)rng_below(&w->rng, n_bars);
	c->n = 0;
	for (size_t i = 0; i < tries && c->n < MAX_CANDIDATES; i++) {
		size_t slice = (from + i * (n_bars / tries)) % n_bars * per_bar + w->n_out % per_bar;
		if ((int64_t)slice == w->at + 1 || !may_copy(w, slice))
			continue;
		unsigned context = agreeing(w, (size_t)(w->at + 1), slice);
		c->v[c->n++] = (struct candidate){ slice, context, weight_of(w, slice, context) };
	}
}

static const struct candidate *pick(struct walker *w, const struct candidates *c)
{
	uint64_t total = 0;
	for (size_t i = 0; i < c->n; i++)
		total += c->v[i].weight;
	if (total == 0)
		return NULL;
	uint64_t at = rng_below(&w->rng, total);
	size_t i = 0;
	for (; at >= c->v[i].weight; i++)
		at -= c->v[i].weight;
	return &c->v[i];
}

static void jump(struct walker *w, const struct candidate *to)
{
	w->n_jumps++;
	w->context_sum += to->context;
	play(w, to->slice, 0);
}

static void advance(struct walker *w)
{
	struct candidates c;
	size_t next = (size_t)(w->at + 1);
	foresee(w);
	bool known = w->at >= 0 && at_place(w, next) && !w->slices.begins[next], on = known && may_copy(w, next);
	int64_t continuity = (int64_t)(w->p->continuity * 1000 + 0.5);
	if (on && (int64_t)rng_below(&w->rng, 1000) < (rests_too_early(w, next) ? continuity / 4 : continuity)) {
		play(w, next, 0);
		return;
	}
	gather(w, &c);
	const struct candidate *to = pick(w, &c);
	if (!to && on) {
		play(w, next, 0);
		return;
	}
	if (!to) {
		search(w, &c);
		to = pick(w, &c);
	}
	if (to) {
		jump(w, to);
		return;
	}
	/* All of it would be copying: go on, or begin again, with the leading voice moved. */
	static const int8_t moves[] = { -2, -1, 1, 2 };
	size_t per_bar = (size_t)w->slices.per_bar;
	play(w, known ? next : w->n_out % per_bar, moves[rng_below(&w->rng, COUNT_OF(moves))]);
}

static bool may_copy_bar(const struct walker *w, size_t slice)
{
	return w->would[w->slices.contents[slice]] + (uint32_t)w->slices.per_bar - 1 <= w->max_copy;
}

/* The last bar: one that closes, as it stands or, where that would be copying too much, with its first slice moved. */
static bool close_bar(struct walker *w)
{
	size_t per_bar = (size_t)w->slices.per_bar, n_bars = w->slices.n / per_bar;
	size_t best = 0;
	uint64_t total = 0;
	foresee(w);
	/* One of all, each as likely as its weight, in one pass. */
	for (size_t b = 0; b < n_bars; b++) {
		size_t slice = b * per_bar;
		int64_t at;
		if (!w->closing[b] || !closes(w, slice, &at))
			continue;
		uint64_t weight = weight_of(w, slice, agreeing(w, (size_t)(w->at + 1), slice)) * (may_copy_bar(w, slice) ? 8 : 1);
		total += weight;
		if (rng_below(&w->rng, total) < weight) {
			best = slice;
			w->last_lead_at = at;
		}
	}
	if (total == 0)
		return false;
	/* What closes on its first slice has nothing to move but the tonic itself: it stays, and the bar before makes way. */
	bool move = !may_copy_bar(w, best) && w->last_lead_at >= w->slices.slice_ticks;
	if (!move && !may_copy_bar(w, best) && w->n_out > 0 && w->out[w->n_out - 1].moved == 0) {
		w->out[w->n_out - 1].moved = 1;
		w->n_moved++;
		memset(w->copied, 0, w->slices.n * sizeof(*w->copied));
	}
	for (size_t i = 0; i < per_bar; i++)
		play(w, best + i, move && i == 0 ? 2 : 0);
	return true;
}

static int prepare(struct walker *w, struct err *err)
{
	static const int64_t divides[] = { [ORACLE_SLICE_BEAT] = 1, [ORACLE_SLICE_HALF] = 2, [ORACLE_SLICE_BAR] = 0 };
	int code = slices_init(&w->slices, w->src, &w->material, divides[w->p->slice], err);
	if (code < 0)
		return code;
	size_t n = w->slices.n, n_out = (size_t)(w->p->bars * w->slices.per_bar);
	w->out = mem_new_array(n_out, sizeof(*w->out));
	w->copied = mem_new_array(n, sizeof(*w->copied));
	w->would = mem_new_array(w->slices.n_contents, sizeof(*w->would));
	w->last_used = mem_new_array(n, sizeof(*w->last_used));
	w->closing = mem_new_array(n, sizeof(*w->closing));
	if (!w->closing || !w->out || !w->copied || !w->would || !w->last_used)
		return err_set(err, -ENOMEM, "%zu slices", n);
	for (size_t i = 0; i < n; i++)
		w->last_used[i] = -1;
	int64_t at;
	for (size_t b = 0; b < n / (size_t)w->slices.per_bar; b++)
		w->closing[b] = closes(w, b * (size_t)w->slices.per_bar, &at);
	w->max_copy = (uint32_t)(w->p->max_copy_bars * w->slices.per_bar);
	return 0;
}

/* The finest detail in which a third of the slices have `context` of past that was heard before. */
static int learn(struct walker *w, struct err *err)
{
	bool any = w->p->likeness == ORACLE_LIKE_AUTO;
	for (int detail = any ? SLICES_EXACT : (int)w->p->likeness - 1;; detail++) {
		factor_free(w->factor);
		w->factor = NULL;
		w->symbols = w->slices.symbols[detail];
		w->report.likeness = detail + 1;
		int code = factor_new(w->symbols, w->slices.n, &w->factor, err);
		if (code < 0 || !any || detail == SLICES_OUTLINE)
			return code;
		size_t known = 0;
		for (size_t i = 1; i <= w->slices.n; i++)
			known += factor_repeated(w->factor, i) >= (size_t)w->p->context;
		if (known * 3 >= w->slices.n)
			return 0;
	}
}

/* Fresh: as if what stands before the beginning of a phrase had just been played. */
static void begin(struct walker *w, bool fresh)
{
	size_t per_bar = (size_t)w->slices.per_bar;
	w->at = (int64_t)w->slices.n - 1;
	if (!fresh)
		return;
	size_t start = w->slices.starts[rng_below(&w->rng, w->slices.n_starts)], n = (w->slices.n - start) / per_bar / PHRASE_BARS;
	size_t phrase = n > 1 ? (size_t)rng_below(&w->rng, n) : 0;
	size_t first = start + phrase * PHRASE_BARS * per_bar;
	play(w, first < w->slices.n ? first : 0, 0);
}

static int tell(const struct walker *w, struct err *err)
{
	char what[64];
	long long bar = (long long)(w->n_out / (size_t)w->slices.per_bar) + 1;
	if (model_cancelled(w->watch))
		return err_set(err, -ECANCELED, "cancelled in bar %lld of %lld", bar, (long long)w->p->bars);
	(void)snprintf(what, sizeof(what), "bar %lld of %lld", bar, (long long)w->p->bars);
	model_progress(w->watch, (double)(bar - 1) / (double)w->p->bars, what);
	return 0;
}

static int walk(struct walker *w, bool fresh, struct err *err)
{
	size_t per_bar = (size_t)w->slices.per_bar, n = (size_t)w->p->bars * per_bar;
	bool close = w->p->cadence && !w->src->drums;
	begin(w, fresh);
	while (w->n_out < n) {
		if (w->n_out % per_bar == 0 || w->n_out == 1) {
			int code = tell(w, err);
			if (code < 0)
				return code;
		}
		if (close && w->n_out == n - per_bar && close_bar(w))
			break;
		advance(w);
	}
	w->plain_close = close && w->last_lead_at < 0;
	return 0;
}

/* A pitch moved along the scale within the range of the leading voice, either way; -1 where there is no room. */
static int moved_pitch(const struct walker *w, int pitch, int steps)
{
	for (int way = 1; way >= -1; way -= 2) {
		int to = scale_move(&w->src->scale, pitch, way * steps);
		if (to >= w->src->lo && to <= w->src->hi)
			return to;
	}
	return -1;
}

/*
 * Makes a slice, whose notes stand from `from` on, differ from the source's: the leading voice is moved; where it only holds a note,
 * another is struck. Percussion cannot be moved: its last stroke is left out.
 */
static int change(struct walker *w, size_t from, const struct step *step, int64_t at, struct err *err)
{
	size_t kept = from, n_lead = 0;
	if (w->src->drums) {
		w->notes.n -= w->notes.n > from;
		return 0;
	}
	for (size_t i = from; i < w->notes.n; i++) {
		struct source_note n = w->notes.notes[i];
		bool lead = n.voice == w->src->lead_voice;
		int pitch = lead ? moved_pitch(w, n.pitch, step->moved) : n.pitch;
		n_lead += lead;
		n.pitch = (uint8_t)(pitch < 0 ? 0 : pitch);
		if (pitch >= 0)
			w->notes.notes[kept++] = n;
	}
	w->notes.n = kept;
	int held = w->slices.lead_in[step->slice], pitch = moved_pitch(w, held == SOURCE_REST ? w->src->centre : held, step->moved);
	if (n_lead > 0 || pitch < 0)
		return 0;
	const struct source_event *like = &w->src->events[0];
	for (size_t i = 0; i < w->src->n_events && like->pitch == SOURCE_REST; i++)
		like = &w->src->events[i];
	const struct source_note n = { at, w->slices.slice_ticks, (uint16_t)w->src->lead_voice, (uint8_t)pitch, like->velocity, like->channel };
	return accompany_add(&w->notes, &n, err);
}

static int write_run(struct walker *w, size_t first, size_t last, size_t *before, struct err *err)
{
	int64_t slice = w->slices.slice_ticks;
	struct accompany_run r = { .src_from = slices_at(&w->slices, w->out[first].slice), .out_from = (int64_t)first * slice };
	r.out_to = (int64_t)(last + 1) * slice;
	r.src_to = r.src_from + r.out_to - r.out_from;
	size_t mark = w->notes.n;
	int code = accompany_run(w->src, w->slices.notes, w->slices.n_notes, &r, *before, &w->notes, err);
	if (code == 0 && w->out[first].moved)
		code = change(w, mark, &w->out[first], r.out_from, err);
	*before = mark;
	return code;
}

static int write_runs(struct walker *w, struct err *err)
{
	size_t before = 0;
	for (size_t i = 0; i < w->n_out;) {
		size_t last = i;
		while (last + 1 < w->n_out && w->out[i].moved == 0 && w->out[last + 1].moved == 0 && w->out[last + 1].slice == w->out[last].slice + 1)
			last++;
		int code = write_run(w, i, last, &before, err);
		if (code < 0)
			return code;
		i = last + 1;
	}
	return 0;
}

/* The tonic in the range of the leading voice that is nearest to a pitch; -1 when there is none. */
static int near_tonic(const struct source *s, int pitch)
{
	int best = -1;
	for (int p = s->tonic; p <= s->hi; p += 12)
		if (p >= s->lo && (best < 0 || abs(p - pitch) < abs(best - pitch)))
			best = p;
	return best;
}

/* The triad's tones above the tonic, as the scale has them. */
static bool in_triad(const struct source *s, int pitch)
{
	int above = scale_degree(&s->scale, pitch) - scale_degree(&s->scale, s->tonic);
	above = (above % 7 + 7) % 7;
	return s->scale.member[pitch % 12] && (above == 0 || above == 2 || above == 4);
}

/* No bar of the sources comes to rest: from the middle of the last one the tonic is held, over what of its triad sounds there. */
static int close_plainly(struct walker *w, int64_t close, int64_t end, struct err *err)
{
	const struct source *s = w->src;
	int64_t at = close + s->bar_ticks / s->beat_ticks / 2 * s->beat_ticks;
	const struct source_note *before = NULL;
	for (size_t i = 0; i < w->notes.n; i++) {
		const struct source_note *n = &w->notes.notes[i];
		if (n->voice == s->lead_voice && n->at < at && (!before || n->at >= before->at))
			before = n;
	}
	int tonic = near_tonic(s, before ? before->pitch : s->centre);
	if (tonic < 0)
		return 0;
	struct source_note last = before ? *before : (struct source_note){ .voice = (uint16_t)s->lead_voice, .velocity = 90 };
	size_t kept = 0;
	for (size_t i = 0; i < w->notes.n; i++) {
		struct source_note n = w->notes.notes[i];
		bool lead = n.voice == s->lead_voice, stays = !lead && (n.channel == DRUM_CHANNEL || in_triad(s, n.pitch));
		if (n.at >= at && (lead || !stays))
			continue;
		if (!stays && n.at + n.length > at)
			n.length = (int32_t)(at - n.at);
		w->notes.notes[kept++] = n;
	}
	w->notes.n = kept;
	last.at = at;
	last.length = (int32_t)(end - at);
	last.pitch = (uint8_t)tonic;
	return accompany_add(&w->notes, &last, err);
}

static double beats_of(int64_t ticks)
{
	return (double)ticks / SOURCE_TICKS;
}

static int write_score(struct walker *w, bool fresh, struct score **ret, struct err *err)
{
	AUTO(score) s = NULL;
	double lead = 0;
	int64_t end = w->p->bars * w->src->bar_ticks;
	int code = frame_new(w->material.score, w->src, fresh ? 0 : w->p->lead_in_bars, &s, &lead, err);
	int64_t last_at = -1;
	for (size_t i = 0; i < w->notes.n && code == 0; i++) {
		const struct source_note *x = &w->notes.notes[i];
		struct note n = { lead + beats_of(x->at), beats_of(x->at + x->length > end ? end - x->at : x->length), x->pitch, x->velocity, x->channel, 64 };
		code = score_add_note(s, x->voice, &n, err);
		if (x->voice == w->src->lead_voice && x->at >= last_at) {
			last_at = x->at;
			w->report.ends_on_tonic = x->pitch % 12 == w->src->tonic;
		}
	}
	if (code < 0)
		return code;
	score_sort(s);
	s->end_beats = lead + beats_of(end);
	*ret = TAKE(s);
	return 0;
}

static int make(struct walker *w, const struct score *const *inputs, size_t n_inputs, bool fresh, struct score **ret, struct err *err)
{
	w->last_lead_at = -1;
	int code = material_init(&w->material, inputs, n_inputs, err);
	if (code == 0)
		code = source_new(w->material.score, &w->src, err);
	if (code == 0)
		code = prepare(w, err);
	if (code == 0)
		code = learn(w, err);
	if (code == 0)
		code = walk(w, fresh, err);
	if (code == 0)
		code = write_runs(w, err);
	int64_t end = w->src ? w->p->bars * w->src->bar_ticks : 0, close = end - (w->src ? w->src->bar_ticks : 0);
	if (code == 0 && w->last_lead_at >= 0)
		accompany_close(&w->notes, close, close + w->last_lead_at, end);
	if (code == 0 && w->plain_close)
		code = close_plainly(w, close, end, err);
	if (code == 0)
		code = write_score(w, fresh, ret, err);
	return code;
}

static void report(const struct walker *w, struct oracle_report *ret)
{
	*ret = w->report;
	ret->n_bars = w->p->bars;
	ret->n_notes = (int64_t)w->notes.n;
	ret->n_slices = (int64_t)w->slices.n;
	ret->n_jumps = w->n_jumps;
	ret->n_moved = w->n_moved;
	ret->mean_context_milli = w->n_jumps ? w->context_sum * 1000 / w->n_jumps : 0;
	ret->longest_copy_milli_bars = (int64_t)w->longest_copy * 1000 / w->slices.per_bar;
	ret->tonic = w->src->tonic;
}

int oracle_make(const struct score *const *inputs, size_t n_inputs, const struct oracle_params *params, bool fresh, uint64_t seed,
		const struct model_watch *watch, struct score **ret, struct oracle_report *ret_report, struct err *err)
{
	int code = model_params_check(&oracle_table, params, err);
	if (code < 0)
		return code;
	struct walker w = { .p = params, .watch = watch };
	rng_init(&w.rng, seed);
	code = make(&w, inputs, n_inputs, fresh, ret, err);
	if (code == 0 && ret_report)
		report(&w, ret_report);
	walker_done(&w);
	if (code == 0)
		model_progress(watch, 1, "done");
	return code;
}

/*
 * hear.c - the chords of a score: its symbols, or what its notes sound like.
 *
 * Hearing: each half of an even bar (else each bar) weighs the pitch classes that sound in it, the lowest and the
 *          accented ones more; the cheapest path through all chords of seven qualities on twelve roots is taken, where a change
 *          costs something, and a chord outside the key more.
 */
#include "model/harmony.h"

#include "base/limits.h"
#include "model/scale_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static const enum chord_quality heard[] = { CHORD_MAJOR,  CHORD_MINOR, CHORD_DOMINANT7,       CHORD_MINOR7,
					    CHORD_MAJOR7, CHORD_DIMINISHED, CHORD_HALF_DIMINISHED7 };
enum { QUALITIES = COUNT_OF(heard), STATES = 12 * QUALITIES };

struct window {
	int64_t weight[12], total;
	int bass; /* pitch class, -1 when it is silent */
};

struct ear {
	const struct score *score;
	struct window *windows;
	size_t n;
	int32_t step; /* ticks of a window */
	uint16_t masks[STATES];
};

static int32_t ticks_of(const struct score *s, double beats)
{
	double t = (beats - s->pickup_beats) * METER_TICKS + 0.5;
	return t < 0 ? 0 : t > INT32_MAX / 2 ? INT32_MAX / 2 : (int32_t)t;
}

static void weigh_note(struct ear *e, const struct note *n, int lowest[])
{
	int32_t from = ticks_of(e->score, n->start_beats), to = ticks_of(e->score, n->start_beats + n->duration_beats);
	for (size_t w = (size_t)(from / e->step); w < e->n && (int32_t)w * e->step < to; w++) {
		int32_t start = (int32_t)w * e->step;
		int32_t lo = from > start ? from : start, hi = to < start + e->step ? to : start + e->step;
		struct window *x = &e->windows[w];
		int64_t weight = hi - lo + (lo == start ? METER_TICKS / 4 : 0);
		if (weight < METER_TICKS / 16)
			continue;
		x->weight[n->pitch % 12] += weight;
		x->total += weight;
		if (x->bass < 0 || n->pitch < lowest[w]) {
			x->bass = n->pitch % 12;
			lowest[w] = n->pitch;
		}
	}
}

static int weigh(struct ear *e, struct err *err)
{
	AUTO_MEM int *lowest = mem_new_array(e->n, sizeof(*lowest));
	if (!lowest)
		return err_set(err, -ENOMEM, "chords");
	for (size_t w = 0; w < e->n; w++)
		e->windows[w].bass = -1;
	for (size_t v = 0; v < e->score->n_voices; v++) {
		for (size_t i = 0; i < e->score->voices[v].n_notes; i++) {
			const struct note *n = &e->score->voices[v].notes[i];
			if (n->channel != 9)
				weigh_note(e, n, lowest);
		}
	}
	return 0;
}

static int64_t misfit(const struct ear *e, const struct window *w, int state, uint16_t scale)
{
	int64_t outside = 0, present = 0;
	uint16_t mask = e->masks[state];
	for (int pc = 0; pc < 12; pc++) {
		if (!mask_has(mask, pc))
			outside += w->weight[pc];
		else
			present += w->weight[pc] > 0;
	}
	int quality = state % QUALITIES, root = state / QUALITIES;
	int64_t unit = e->step, missing = __builtin_popcount(mask) - present;
	int64_t cost = outside + missing * unit / 6 + (quality >= 2 ? unit / 10 : 0) + (quality >= 5 ? unit / 8 : 0);
	cost += w->bass == root ? 0 : unit / 5;
	return cost + (mask & ~scale & 0xfff ? unit / 6 : 0);
}

/* Viterbi over windows; where nothing sounds every chord fits alike, so that the one before stays. */
static int find_path(const struct ear *e, uint16_t scale, uint8_t *path, struct err *err)
{
	AUTO_MEM uint8_t *from = mem_new_array(e->n, STATES);
	if (!from)
		return err_set(err, -ENOMEM, "chords");
	int64_t cost[STATES] = { 0 }, next[STATES];
	for (size_t w = 0; w < e->n; w++) {
		int best = 0;
		for (int s = 1; s < STATES; s++)
			best = cost[s] < cost[best] ? s : best;
		for (int s = 0; s < STATES; s++) {
			bool change = w && cost[best] + e->step / 4 < cost[s];
			from[w * STATES + (size_t)s] = (uint8_t)(change ? best : s);
			next[s] = (change ? cost[best] + e->step / 4 : cost[s]);
			next[s] += e->windows[w].total ? misfit(e, &e->windows[w], s, scale) : 0;
		}
		memcpy(cost, next, sizeof(cost));
	}
	int s = 0;
	for (int k = 1; k < STATES; k++)
		s = cost[k] < cost[s] ? k : s;
	for (size_t w = e->n; w-- > 0; s = from[w * STATES + (size_t)s])
		path[w] = (uint8_t)s;
	return 0;
}

static int listen(struct ear *e, struct harmony *h, struct err *err)
{
	AUTO_MEM uint8_t *path = mem_new_array(e->n, 1);
	if (!path)
		return err_set(err, -ENOMEM, "chords");
	for (int s = 0; s < STATES; s++) {
		struct chord c = chord_make(s / QUALITIES, heard[s % QUALITIES]);
		e->masks[s] = chord_pitch_classes(&c);
	}
	int code = find_path(e, tonality_scale(&h->key), path, err);
	for (size_t w = 0; code == 0 && w < e->n; w++) {
		struct chord c = chord_make(path[w] / QUALITIES, heard[path[w] % QUALITIES]);
		code = harmony_add(h, e->step, &c, err);
	}
	return code;
}

/* --- symbols ---------------------------------------------------------------------------------- */

static bool is_symbol(const struct score_text *t, enum score_text_kind kind, struct chord *ret)
{
	return t->kind == kind && chord_parse(t->text, strlen(t->text), ret) && ret->root >= 0;
}

/* A MIDI file keeps chord symbols as plain texts: believed where nearly all of them are symbols. */
static bool find_kind(const struct score *s, enum score_text_kind *ret)
{
	size_t symbols = 0, texts = 0, plain = 0;
	struct chord c;
	for (size_t i = 0; i < s->n_texts; i++) {
		symbols += is_symbol(&s->texts[i], SCORE_CHORD, &c);
		texts += s->texts[i].kind == SCORE_TEXT;
		plain += is_symbol(&s->texts[i], SCORE_TEXT, &c);
	}
	*ret = symbols ? SCORE_CHORD : SCORE_TEXT;
	return symbols || (plain >= 2 && plain * 4 >= texts * 3);
}

static int take_symbols(const struct score *s, enum score_text_kind kind, int32_t end, struct harmony *h, struct err *err)
{
	struct chord now = { .root = -1 }, c;
	int32_t since = 0;
	for (size_t i = 0; i < s->n_texts; i++) {
		if (!is_symbol(&s->texts[i], kind, &c))
			continue;
		int32_t at = ticks_of(s, s->texts[i].at_beats);
		if (at >= end && now.root >= 0)
			break;
		if (now.root >= 0 && at > since && at < end) {
			int code = harmony_add(h, at - since, &now, err);
			if (code < 0)
				return code;
			since = at;
		}
		now = c; /* the first one also stands for what comes before it */
	}
	return harmony_add(h, end - since, &now, err);
}

/* --- key -------------------------------------------------------------------------------------- */

static struct tonality find_key(const struct score *s, const struct meter_shape *m)
{
	static const enum mode modes[12] = { [2] = MODE_DORIAN, [4] = MODE_PHRYGIAN, [5] = MODE_LYDIAN, [7] = MODE_MIXOLYDIAN, [9] = MODE_MINOR };
	struct scale_evidence e = { .last_pitch_class = -1, .last_bass_class = -1, .have_signature = s->n_keys > 0 };
	struct score_key k = score_key_at(s, s->pickup_beats);
	double last = -1;
	int lowest = 128, highest = -1;
	for (size_t v = 0; v < s->n_voices; v++) {
		for (size_t i = 0; i < s->voices[v].n_notes; i++) {
			const struct note *n = &s->voices[v].notes[i];
			if (n->channel == 9)
				continue;
			int32_t at = ticks_of(s, n->start_beats), length = ticks_of(s, n->start_beats + n->duration_beats) - at;
			e.weight[n->pitch % 12] += length;
			e.strong_weight[n->pitch % 12] += at % m->bar_ticks == 0 ? length : 0;
			if (n->start_beats > last + 1e-6) {
				last = n->start_beats;
				lowest = 128;
				highest = -1;
			}
			if (n->start_beats < last - 1e-6)
				continue;
			lowest = n->pitch < lowest ? n->pitch : lowest;
			highest = n->pitch > highest ? n->pitch : highest;
		}
	}
	e.last_pitch_class = highest < 0 ? -1 : highest % 12;
	e.last_bass_class = highest < 0 ? -1 : lowest % 12;
	e.sharps = k.sharps;
	e.minor = k.minor;
	struct scale scale;
	scale_choose(&scale, &e);
	int tonic = scale_tonic(&scale, &e), major = ((scale.sharps * 7) % 12 + 12) % 12;
	/* A signature that the notes bear out, and whose tonic ends the piece, is believed. */
	int written = (major + (k.minor ? 9 : 0)) % 12;
	if (s->n_keys && scale.sharps == k.sharps && (written == e.last_bass_class || written == e.last_pitch_class))
		tonic = written;
	struct tonality t = { tonic, modes[(tonic - major + 12) % 12], scale.sharps };
	return t.mode == MODE_MAJOR && tonic != major ? tonality_plain(major, MODE_MAJOR) : t;
}

int harmony_of_score(const struct score *s, struct harmony *ret, enum harmony_source *ret_source, struct err *err)
{
	struct score_meter m = score_meter_at(s, s->pickup_beats);
	struct meter_shape meter;
	int code = meter_shape_make(m.num, m.den, &meter, err);
	if (code < 0)
		return code;
	enum score_text_kind kind;
	bool symbols = find_kind(s, &kind);
	if (!symbols && !score_n_notes(s))
		return err_field(err, -EINVAL, "inputs", "there are no notes and no chord symbols in it");
	int64_t bars = (ticks_of(s, s->end_beats) + (int64_t)meter.bar_ticks - 1 - METER_TICKS / 32) / meter.bar_ticks;
	bars = bars < 1 ? 1 : bars;
	if (bars > LIMIT_MODEL_BARS)
		return err_field(err, -EMSGSIZE, "inputs", "the piece has %lld bars; allowed are %d", (long long)bars, LIMIT_MODEL_BARS);
	struct tonality key = find_key(s, &meter);
	AUTO_HARMONY h;
	harmony_init(&h, &key, &meter);
	if (symbols) {
		code = take_symbols(s, kind, (int32_t)bars * meter.bar_ticks, &h, err);
	} else {
		bool halves = meter.n_beats % 2 == 0 && meter.n_beats >= 4;
		struct ear e = { .score = s, .step = halves ? meter.bar_ticks / 2 : meter.bar_ticks };
		e.n = (size_t)bars * (halves ? 2 : 1);
		AUTO_MEM struct window *windows = mem_new_array(e.n, sizeof(*windows));
		e.windows = windows;
		code = windows ? weigh(&e, err) : err_set(err, -ENOMEM, "chords");
		if (code == 0)
			code = listen(&e, &h, err);
	}
	if (code < 0)
		return code;
	*ret = h;
	h = (struct harmony){ 0 };
	if (ret_source)
		*ret_source = symbols ? HARMONY_SYMBOLS : HARMONY_HEARD;
	return 0;
}

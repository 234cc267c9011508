/*
 * vary_chords.c - other chords under the same melody.
 *
 * A chord makes way for one of the key's that the melody's notes fit nearly as well, or for the dominant of the chord after it.
 * What accompanies goes along: root to root, third to third, by the nearest way. A melody alone gets chords of its own.
 */
#include "model/vary_priv.h"

#include "model/harmony.h"
#include "music/drum_kit.h"

#include <string.h>

#include "base/banned.h"

/* Where bar 1 begins, which is where the harmony's ticks begin. */
static int64_t from_of(const struct vary *v)
{
	return vary_bar_at(v, 1);
}

static int64_t harmony_tick(const struct vary *v, int64_t at)
{
	return (at - from_of(v)) * METER_TICKS / VARY_TICKS;
}

/* How long the melody sounds each pitch class while a chord lasts; `*i` is where in the melody to look. */
static int64_t weigh(const struct vary *v, const struct harmony_chord *c, size_t *i, int64_t weight[12])
{
	const struct vary_line *l = &v->voices[v->lead].line;
	int64_t from = c->at, to = (int64_t)c->at + c->length, total = 0;
	memset(weight, 0, 12 * sizeof(*weight));
	while (*i < l->n && harmony_tick(v, l->v[*i].at) < from)
		(*i)++;
	for (size_t k = *i; k < l->n && harmony_tick(v, l->v[k].at) < to; k++) {
		int64_t end = harmony_tick(v, l->v[k].at + l->v[k].length), at = harmony_tick(v, l->v[k].at);
		int64_t sounds = (end < to ? end : to) - at;
		sounds *= vary_place(v, l->v[k].at).on_bar ? 3 : 1; /* there it is heard most */
		weight[l->v[k].pitch % 12] += sounds > 0 ? sounds : 0;
		total += sounds > 0 ? sounds : 0;
	}
	return total;
}

static int64_t fit(const struct chord *c, const int64_t weight[12])
{
	uint16_t classes = chord_pitch_classes(c);
	int64_t sum = 0;
	for (int pc = 0; pc < 12; pc++)
		sum += classes >> pc & 1 ? weight[pc] : 0;
	return sum;
}

/* The triad of the key on a pitch class; false where it has no perfect fifth. */
static bool triad_on(uint16_t scale, int root, struct chord *ret)
{
	bool fifth = mask_has(scale, root + 7), major = mask_has(scale, root + 4), minor = mask_has(scale, root + 3);
	if (!mask_has(scale, root) || !fifth || (!major && !minor))
		return false;
	*ret = chord_make(root, major ? CHORD_MAJOR : CHORD_MINOR);
	return true;
}

struct choice {
	struct chord chord;
	int64_t weight;
};

static void offer(struct choice *list, size_t *n, const struct chord *c, const struct chord *old, int64_t total, const int64_t weight[12])
{
	int64_t f = fit(c, weight), before = fit(old, weight);
	int common = __builtin_popcount((unsigned)(chord_pitch_classes(c) & chord_pitch_classes(old)));
	if (c->root == old->root || f * 10 < before * 10 - total * 4)
		return;
	list[(*n)++] = (struct choice){ *c, 100 + (total ? f * 400 / total : 0) + (common >= 2 ? 200 : 0) };
}

static bool substitute(struct vary *v, const struct harmony *h, size_t i, const int64_t weight[12], int64_t total, struct chord *ret)
{
	struct choice list[16];
	size_t n = 0;
	struct chord c;
	const struct chord *old = &h->chords[i].chord;
	uint16_t scale = tonality_scale(&h->key);
	for (int root = 0; root < 12; root++)
		if (triad_on(scale, root, &c))
			offer(list, &n, &c, old, total, weight);
	if (i + 1 < h->n) { /* the dominant of what comes */
		c = chord_make((h->chords[i + 1].chord.root + 7) % 12, CHORD_DOMINANT7);
		offer(list, &n, &c, old, total, weight);
	}
	int64_t sum = 0;
	for (size_t k = 0; k < n; k++)
		sum += list[k].weight;
	if (sum == 0)
		return false;
	int64_t at = (int64_t)rng_below(&v->rng, (uint64_t)sum);
	size_t k = 0;
	for (; at >= list[k].weight; k++)
		at -= list[k].weight;
	*ret = list[k].chord;
	return true;
}

/* The pitch of a class nearest to another pitch. */
static int nearest(int pitch, int pitch_class)
{
	int up = ((pitch_class - pitch) % 12 + 12) % 12, to = pitch + (up > 6 ? up - 12 : up);
	return to < 0 ? to + 12 : to > 127 ? to - 12 : to;
}

/* The tone of the new chord that plays the part of this one in the old chord; a note between chords stays. */
static int follow(int pitch, const struct chord *old, const struct chord *now)
{
	int above = ((pitch - old->root) % 12 + 12) % 12, to = -1;
	if (above == 0)
		to = 0;
	else if (above == chord_third(old))
		to = chord_third(now);
	else if (above == chord_fifth(old))
		to = chord_fifth(now);
	else if (above == chord_seventh(old))
		to = chord_seventh(now) >= 0 ? chord_seventh(now) : 0;
	return to < 0 ? pitch : nearest(pitch, (now->root + to) % 12);
}

static size_t index_at(const struct harmony *h, int64_t tick)
{
	size_t lo = 0, hi = h->n;
	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;
		if (h->chords[mid].at <= tick)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

static bool accompanies(const struct vary *v, size_t k)
{
	return k != v->lead && !v->voices[k].drums && v->voices[k].line.n > 0;
}

static void lead_others(struct vary *v, const struct harmony *h, const struct chord *now)
{
	for (size_t k = 0; k < v->n_voices; k++) {
		struct vary_line *l = &v->voices[k].line;
		for (size_t i = 0; accompanies(v, k) && i < l->n; i++) {
			size_t c = index_at(h, harmony_tick(v, l->v[i].at));
			if (!chord_equal(&h->chords[c].chord, &now[c]))
				l->v[i].pitch = (uint8_t)follow(l->v[i].pitch, &h->chords[c].chord, &now[c]);
		}
	}
}

/* A voice of its own: the root low, the other tones in the octave above the middle of the bass staff. */
static int add_chords(struct vary *v, const struct harmony *h, const struct chord *now, struct err *err)
{
	size_t index;
	struct vary_voice *more = realloc(v->voices, (v->n_voices + 1) * sizeof(*more));
	if (!more)
		return err_set(err, -ENOMEM, "variation");
	v->voices = more;
	v->voices[v->n_voices] = (struct vary_voice){ 0 };
	int code = score_add_voice(v->frame, "chords", &index, err);
	const struct vary_line *lead = &v->voices[v->lead].line;
	uint8_t channel = lead->n && lead->v[0].channel == 1 ? 2 : 1;
	struct vary_line *l = &v->voices[v->n_voices].line;
	v->n_voices += code == 0;
	for (size_t i = 0; i < h->n && code == 0; i++) {
		const int64_t at = from_of(v) + (int64_t)h->chords[i].at * VARY_TICKS / METER_TICKS;
		struct vary_note n = { at, (int64_t)h->chords[i].length * VARY_TICKS / METER_TICKS, (uint8_t)(36 + now[i].root), 64, channel };
		code = vary_add(l, &n, err);
		uint16_t classes = chord_pitch_classes(&now[i]);
		for (int pitch = 48; pitch < 60 && code == 0; pitch++) {
			n.pitch = (uint8_t)pitch;
			n.velocity = 56;
			if (classes >> pitch % 12 & 1)
				code = vary_add(l, &n, err);
		}
	}
	return code;
}

static int write_symbols(struct vary *v, struct harmony *h, const struct chord *now, struct err *err)
{
	for (size_t i = 0; i < h->n; i++)
		h->chords[i].chord = now[i];
	return harmony_write(h, v->frame, err);
}

static int reharmonise(struct vary *v, struct harmony *h, struct err *err)
{
	struct chord AUTO_MEM *now = mem_new_array(h->n, sizeof(*now));
	if (!now)
		return err_set(err, -ENOMEM, "variation");
	bool alone = true;
	for (size_t k = 0; k < v->n_voices; k++)
		alone = alone && !accompanies(v, k);
	for (size_t i = 0, at = 0; i < h->n; i++) {
		int64_t weight[12], total = weigh(v, &h->chords[i], &at, weight);
		now[i] = h->chords[i].chord;
		bool end = v->p->keep_ends && i + 1 == h->n;
		if (!end && vary_chance(v, v->amount_milli))
			(void)substitute(v, h, i, weight, total, &now[i]);
	}
	int code = 0;
	if (alone)
		code = add_chords(v, h, now, err);
	else
		lead_others(v, h, now);
	return code < 0 ? code : write_symbols(v, h, now, err);
}

int vary_reharmonise(struct vary *v, struct err *err)
{
	struct harmony h = { 0 };
	enum harmony_source from;
	int code = v->voices[v->lead].drums ? err_field(err, -EINVAL, "inputs", "percussion alone has no harmony") :
					      harmony_of_score(v->source, &h, &from, err);
	if (code < 0)
		return code;
	code = reharmonise(v, &h, err);
	harmony_done(&h);
	return code;
}

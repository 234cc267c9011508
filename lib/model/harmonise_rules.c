/* harmonise_rules.c - which chords fit under a note, how they are laid out, and how one goes to the next. */
#include "model/harmonise_priv.h"

#include "model/voice_leading.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static const int lowest[4] = { 38, 48, 55, 0 }, highest[4] = { 62, 67, 74, 127 };

static const enum chord_quality kinds[] = { CHORD_MAJOR, CHORD_MINOR, CHORD_DIMINISHED, CHORD_DOMINANT7, CHORD_MINOR7, CHORD_HALF_DIMINISHED7 };

struct laying {
	const struct four_key *k;
	struct four proto;
	int32_t base;
	struct four *out;
	int n;
};

/* --- chords ------------------------------------------------------------------------------------ */

static int function_of(const struct four_key *k, int offset, uint32_t tones)
{
	bool minor = tonality_minor(&k->key);
	if (offset == 7 || offset == 11 || (tones & 1 << 10 && tones & 1 << 4 && offset != 0))
		return 2;
	if (offset == 0 || offset == 9 || (minor && (offset == 3 || offset == 8)) || offset == 4)
		return 0;
	return offset == 10 && k->key.mode != MODE_MAJOR ? 2 : 1;
}

/* How far-fetched a chord is in the key; negative: not at all to be used. */
static int32_t chord_cost(const struct four_key *k, const struct chord *c, int offset)
{
	static const int32_t degrees[2][12] = {
		{ 0, 30, 3, 14, 14, 2, 30, 0, 12, 5, 14, 9 },
		{ 0, 30, 2, 5, 30, 2, 30, 1, 4, 16, 6, 6 }, /* minor: III, VI and VII are its own */
	};
	const int32_t *degree = degrees[tonality_minor(&k->key)];
	uint16_t outside = chord_pitch_classes(c) & (uint16_t)~k->scale & 0xfff;
	bool dominant = c->tones & 1 << 10 && c->tones & 1 << 4;
	bool raised = tonality_minor(&k->key) && outside == 1 << k->leading && (offset == 7 || offset == 11);
	int32_t cost = degree[offset];
	if (offset == 7 && !(c->tones & 1 << 4) && k->key.mode <= MODE_MINOR)
		cost += 12; /* a dominant without leading tone */
	if (outside && !raised)
		cost += dominant ? 22 : 45;
	if (c->tones & 1 << 10)
		cost += dominant ? 3 : 7;
	return cost + (c->tones & 1 << 6 ? 5 : 0);
}

/* --- voicings ---------------------------------------------------------------------------------- */

static void keep(struct laying *l, const struct four *f)
{
	int at = l->n;
	if (at == FOUR_STATES) {
		at = 0;
		for (int i = 1; i < l->n; i++)
			at = l->out[i].cost > l->out[at].cost ? i : at;
		if (l->out[at].cost <= f->cost)
			return;
	} else {
		l->n++;
	}
	l->out[at] = *f;
}

static bool tendency(const struct laying *l, int pitch)
{
	const struct chord *c = &l->proto.chord;
	bool leads = pitch % 12 == l->k->leading && l->proto.function == 2;
	bool seventh = chord_seventh(c) >= 0 && pitch % 12 == (c->root + chord_seventh(c)) % 12;
	return leads || seventh;
}

static void weigh(struct laying *l, struct four *f)
{
	const struct chord *c = &f->chord;
	int count[12] = { 0 };
	for (int v = 0; v < 4; v++)
		count[f->pitch[v] % 12]++;
	int third = (c->root + chord_third(c)) % 12, fifth = (c->root + chord_fifth(c)) % 12;
	if (!count[c->root] || !count[third] || (chord_seventh(c) >= 0 && !count[(c->root + chord_seventh(c)) % 12]))
		return;
	for (int v = 0; v < 4; v++)
		if (tendency(l, f->pitch[v]) && count[f->pitch[v] % 12] > 1)
			return;
	f->cost = l->base + (count[fifth] ? 0 : 6) + (count[third] > 1 ? 5 : 0) + (count[fifth] > 1 ? 2 : 0);
	f->cost += f->pitch[BASS_VOICE] % 12 == third ? 4 : 0;
	f->cost += f->pitch[ALTO] == f->pitch[TENOR] ? 4 : 0;
	f->cost += abs(f->pitch[TENOR] - 57) / 4 + abs(f->pitch[BASS_VOICE] - 50) / 4;
	keep(l, f);
}

static void lay_out(struct laying *l, int soprano)
{
	struct four f = l->proto;
	const struct chord *c = &f.chord;
	f.pitch[SOPRANO] = (uint8_t)soprano;
	int third = (c->root + chord_third(c)) % 12;
	for (int alto = soprano < highest[ALTO] ? soprano : highest[ALTO]; alto >= lowest[ALTO] && alto >= soprano - 12; alto--) {
		if (!chord_has(c, alto))
			continue;
		f.pitch[ALTO] = (uint8_t)alto;
		for (int tenor = alto < highest[TENOR] ? alto : highest[TENOR]; tenor >= lowest[TENOR] && tenor >= alto - 12; tenor--) {
			if (!chord_has(c, tenor))
				continue;
			f.pitch[TENOR] = (uint8_t)tenor;
			for (int bass = tenor < highest[BASS_VOICE] ? tenor : highest[BASS_VOICE]; bass >= lowest[BASS_VOICE] && bass >= tenor - 19; bass--) {
				/* Root position or first inversion; a diminished triad in the latter only. */
				bool root = bass % 12 == c->root && !(c->tones & 1 << 6 && chord_seventh(c) < 0);
				if (!root && bass % 12 != third)
					continue;
				f.pitch[BASS_VOICE] = (uint8_t)bass;
				f.chord.bass = (int8_t)(bass % 12);
				weigh(l, &f);
			}
		}
	}
}

/* How the other notes of the slot stand to the chord. */
static int32_t ornament_cost(const struct four_key *k, const struct four_slot *s, const struct chord *c)
{
	int32_t cost = 0;
	for (size_t i = s->first + 1; i <= s->last; i++)
		cost += chord_has(c, k->line->notes[i].pitch) ? 0 : 6;
	return cost;
}

int four_find(const struct four_key *k, const struct four_slot *s, bool final, struct rng *r, int64_t noise, struct four *ret)
{
	struct laying l = { .k = k, .out = ret };
	int soprano = k->line->notes[s->first].pitch;
	for (int root = 0; root < 12; root++) {
		for (size_t q = 0; q < COUNT_OF(kinds); q++) {
			struct chord c = chord_make(root, kinds[q]);
			int offset = (root - k->key.tonic + 12) % 12;
			int32_t extra = (int32_t)rng_below(r, (uint64_t)noise + 1);
			if (!chord_has(&c, soprano))
				continue;
			l.proto = (struct four){ .chord = c, .offset = (int8_t)offset };
			l.proto.function = (uint8_t)function_of(k, offset, c.tones);
			l.base = chord_cost(k, &c, offset) + ornament_cost(k, s, &c) + extra;
			bool home = offset == 0 && kinds[q] == (tonality_minor(&k->key) ? CHORD_MINOR : CHORD_MAJOR);
			if (final)
				l.base += home ? 0 : 400;
			else if (s->ends_phrase)
				l.base += home || (offset == 7 && q == 0) ? 0 : 12;
			lay_out(&l, soprano);
		}
	}
	for (int i = 0; final && i < l.n; i++)
		ret[i].cost += ret[i].chord.bass == ret[i].chord.root ? 0 : 100;
	if (!l.n) { /* beyond what four voices can do: all sing the melody */
		struct chord c = chord_make(soprano % 12, CHORD_MAJOR);
		ret[0] = (struct four){ .chord = c, .cost = FOUR_NEVER };
		memset(ret[0].pitch, soprano, 4);
		l.n = 1;
	}
	return l.n;
}

/* --- from one to the next ---------------------------------------------------------------------- */

static int32_t progress_cost(const struct four *a, const struct four *b, const struct four_slot *from, const struct four_slot *to)
{
	bool same = a->offset == b->offset;
	if (same)
		return to->weight == 3 || to->weight > from->weight ? 9 : 3; /* a chord does not go over a heavier beat */
	int fifth_down = (a->offset + 5) % 12 == b->offset, dominant7 = a->chord.tones & 1 << 10 && a->chord.tones & 1 << 4;
	if (dominant7 && !fifth_down && !(a->offset == 7 && b->offset == 9) && !(a->offset == 7 && b->offset == 8))
		return 40; /* a dominant seventh goes where it wants to */
	if (a->function == 2)
		return b->function == 0 ? 0 : b->function == 1 ? 18 : 6;
	if (a->function == 1)
		return b->function == 2 ? 0 : b->function == 0 ? 6 : 4;
	return fifth_down ? 1 : 3;
}

static int32_t tendency_cost(const struct four_key *k, const struct four *a, const struct four *b)
{
	int seventh = chord_seventh(&a->chord), falls = seventh < 0 ? -1 : (a->chord.root + seventh) % 12;
	int32_t cost = 0;
	for (int v = 0; v < SOPRANO; v++) {
		int step = b->pitch[v] - a->pitch[v];
		if (a->pitch[v] % 12 == k->leading && a->function == 2 && b->offset == 0 && step != 1)
			cost += FOUR_NEVER;
		if (a->pitch[v] % 12 == falls && step != 0 && step != -1 && step != -2)
			cost += FOUR_NEVER;
	}
	return cost;
}

static int32_t voice_cost(const struct four *a, const struct four *b)
{
	int32_t cost = 0;
	for (int v = 0; v < SOPRANO; v++) {
		int d = abs(b->pitch[v] - a->pitch[v]);
		cost += v == BASS_VOICE ? (d > 7 ? (d == 12 ? 6 : 14) : d == 6 ? 9 : d / 3) : d + (d > 4 ? d * 2 : 0);
		cost += d > 12 ? 60 : 0;
	}
	/* One voice past where its neighbour was. */
	for (int v = 0; v < SOPRANO; v++)
		cost += b->pitch[v] > a->pitch[v + 1] || b->pitch[v + 1] < a->pitch[v] ? 7 : 0;
	return cost;
}

int32_t four_move(const struct four_key *k, const struct four *a, const struct four *b, const struct four_slot *from,
		  const struct four_slot *to)
{
	int32_t cost = progress_cost(a, b, from, to) + voice_cost(a, b) + tendency_cost(k, a, b);
	for (int i = 0; i < 4; i++)
		for (int j = i + 1; j < 4; j++)
			cost += voices_parallel(a->pitch[i], a->pitch[j], b->pitch[i], b->pitch[j]) ? FOUR_NEVER : 0;
	int leap = abs(b->pitch[SOPRANO] - a->pitch[SOPRANO]), apart = (b->pitch[SOPRANO] - b->pitch[BASS_VOICE]) % 12;
	bool same_way = (b->pitch[SOPRANO] - a->pitch[SOPRANO]) * (b->pitch[BASS_VOICE] - a->pitch[BASS_VOICE]) > 0;
	if (leap > 2 && same_way && (apart == 0 || apart == 7))
		cost += 30;
	return cost;
}

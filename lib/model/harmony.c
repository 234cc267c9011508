#include "model/harmony.h"

#include "base/limits.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

void harmony_init(struct harmony *h, const struct tonality *key, const struct meter_shape *meter)
{
	*h = (struct harmony){ .key = *key, .meter = *meter };
}

void harmony_done(struct harmony *h)
{
	free(h->chords);
	h->chords = NULL;
	h->n = h->room = 0;
}

int harmony_add(struct harmony *h, int32_t length, const struct chord *chord, struct err *err)
{
	if (h->end_ticks + (int64_t)length > (int64_t)LIMIT_MODEL_BARS * h->meter.bar_ticks)
		return err_set(err, -EMSGSIZE, "the chords are longer than %d bars", LIMIT_MODEL_BARS);
	struct harmony_chord *last = h->n ? &h->chords[h->n - 1] : NULL;
	if (last && chord_equal(&last->chord, chord)) {
		last->length += length;
		h->end_ticks += length;
		return 0;
	}
	if (mem_grow(&h->chords, &h->room, h->n + 1, sizeof(*h->chords)) < 0)
		return err_set(err, -ENOMEM, "chords");
	h->chords[h->n++] = (struct harmony_chord){ h->end_ticks, length, *chord };
	h->end_ticks += length;
	return 0;
}

int harmony_fit(struct harmony *h, int64_t bars, struct err *err)
{
	if (bars < 1 || bars > LIMIT_MODEL_BARS)
		return err_set(err, -EINVAL, "%lld bars; allowed are 1 to %d", (long long)bars, LIMIT_MODEL_BARS);
	int32_t end = (int32_t)bars * h->meter.bar_ticks;
	size_t n = h->n;
	for (size_t i = 0; h->end_ticks < end; i = (i + 1) % n) {
		if (mem_grow(&h->chords, &h->room, h->n + 1, sizeof(*h->chords)) < 0)
			return err_set(err, -ENOMEM, "chords");
		h->chords[h->n] = h->chords[i];
		h->chords[h->n++].at = h->end_ticks;
		h->end_ticks += h->chords[i].length;
	}
	while (h->n > 1 && h->chords[h->n - 1].at >= end)
		h->n--;
	h->chords[h->n - 1].length = end - h->chords[h->n - 1].at;
	h->end_ticks = end;
	return 0;
}

/*
 * A chord on a root outside the key is borrowed from the flat side or stands for a tritone: D flat in C, not C sharp. What
 * leads up (the raised seventh, diminished chords) keeps its sharp.
 */
static char *symbol(const struct harmony *h, const struct chord *c, char ret[CHORD_NAME_SIZE])
{
	int sharps = h->key.sharps, offset = (c->root - h->key.tonic + 12) % 12;
	bool outside = !mask_has(tonality_scale(&h->key), c->root), leads = offset == 11 || (c->tones & 1 << 3 && c->tones & 1 << 6);
	if (outside && !leads)
		sharps = sharps - 5 < -7 ? -7 : sharps - 5;
	return chord_name(c, sharps, ret);
}

int32_t harmony_place(const struct meter_shape *m, int j, int k)
{
	if (j >= k)
		return m->bar_ticks;
	if (k > m->n_beats)
		return (int32_t)((int64_t)m->bar_ticks * j / k);
	return m->beat_at[(j * m->n_beats + k / 2) / k];
}

/* The coarsest division of the bar that has all its changes on its lines. */
static int divide_bar(const struct harmony *h, int32_t bar_at)
{
	int k = 1;
	for (; k < 16; k++) {
		size_t met = 0, wanted = 0;
		for (size_t i = 0; i < h->n; i++)
			wanted += h->chords[i].at > bar_at && h->chords[i].at < bar_at + h->meter.bar_ticks;
		if (k <= h->meter.n_beats && h->meter.n_beats % k && wanted + 1 != (size_t)k)
			continue; /* uneven only for so many chords */
		for (int j = 1; j < k; j++) {
			int32_t at = bar_at + harmony_place(&h->meter, j, k);
			met += harmony_at(h, at)->at == at;
		}
		if (met == wanted)
			break;
	}
	return k;
}

char *harmony_text(const struct harmony *h)
{
	AUTO_STRBUF b = STRBUF_INIT;
	char name[CHORD_NAME_SIZE];
	for (int32_t bar = 0; bar < h->end_ticks; bar += h->meter.bar_ticks) {
		int k = divide_bar(h, bar);
		for (int j = 0; j < k; j++) {
			int32_t at = bar + harmony_place(&h->meter, j, k);
			const struct harmony_chord *c = harmony_at(h, at);
			bool begins = j == 0 || c->at == at;
			(void)strbuf_addf(&b, "%s%s", j ? " " : bar ? " | " : "",
					  begins ? symbol(h, &c->chord, name) : ".");
		}
	}
	if (h->end_ticks == h->meter.bar_ticks && h->n > 1)
		(void)strbuf_adds(&b, " |"); /* without a bar line each chord would be a bar */
	return strbuf_take(&b);
}

json_t *harmony_report(const struct harmony *h, enum harmony_source source)
{
	static const char *const sources[] = { "text", "symbols", "heard", "made" };
	AUTO_MEM char *text = harmony_text(h);
	char key[24];
	if (!text)
		return NULL;
	tonality_name(&h->key, key);
	if (strlen(text) > 400)
		(void)str_copy(text + 396, 5, " ...");
	return json_pack("{s:s, s:s, s:s, s:I}", "chords", text, "chords_from", sources[source], "key", key, "bars",
			 (json_int_t)harmony_bars(h));
}

int harmony_write(const struct harmony *h, struct score *s, struct err *err)
{
	char name[CHORD_NAME_SIZE];
	int code = 0;
	for (size_t i = 0; code == 0 && i < h->n; i++)
		code = score_add_text(s, SCORE_CHORD, -1, (double)h->chords[i].at / METER_TICKS,
				      symbol(h, &h->chords[i].chord, name), err);
	return code;
}

const struct harmony_chord *harmony_at(const struct harmony *h, int32_t tick)
{
	size_t lo = 0, hi = h->n;
	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;
		if (h->chords[mid].at <= tick)
			lo = mid;
		else
			hi = mid;
	}
	return &h->chords[lo];
}

uint16_t harmony_scale(const struct harmony *h, const struct chord *c)
{
	uint16_t scale = tonality_scale(&h->key), chord = chord_pitch_classes(c);
	for (int pc = 0; pc < 12; pc++) {
		if (!mask_has(chord, pc) || mask_has(scale, pc))
			continue;
		/* The altered tone takes the place of its neighbour, unless the chord has that too. */
		int below = (pc + 11) % 12, above = (pc + 1) % 12;
		scale |= (uint16_t)(1 << pc);
		if (mask_has(scale, below) && !mask_has(chord, below))
			scale &= (uint16_t)~(1 << below);
		else if (mask_has(scale, above) && !mask_has(chord, above) && above != h->key.tonic)
			scale &= (uint16_t)~(1 << above);
	}
	return scale;
}

#include "model/arpeggio.h"

#include "base/rng.h"
#include "model/pen_priv.h"

#include <stdlib.h>

#include "base/banned.h"

const char *const arpeggio_patterns[] = { "up", "down", "up-down", "down-up", "alberti", "broken", "converge", "pedal", "random", NULL };
const char *const arpeggio_rates[] = { "1/4", "1/8", "1/8t", "1/16", "1/16t", "1/32", NULL };
static const int32_t rate_ticks[] = { 480, 240, 160, 120, 80, 60 };

#define P arpeggio_params
static const struct model_param rows[] = {
	CHORDS_ROWS(arpeggio_params),
	PARAM_CHOICE(P, pattern, arpeggio_patterns, ARP_UP, "the order of the notes"),
	PARAM_CHOICE(P, rate, arpeggio_rates, 1, "length of a note; t: triplets"),
	PARAM_INT(P, octaves, 1, 4, 1, "octaves", "how far it goes"),
	PARAM_INT(P, lo, 24, 72, 55, "pitch", "lowest note"),
	PARAM_NUM(P, gate, 0.05, 1, 0.9, "", "how much of its length a note sounds"),
	PARAM_INT(P, program, 0, 127, 0, "", "instrument, a General MIDI program from 0"),
};
const struct model_table arpeggio_table = MODEL_TABLE(rows);

enum { STACK = 48 };

struct stack {
	int n;
	uint8_t pitch[STACK];
};

/* Tones upwards from the one nearest to `near`, which is in the octave above the lowest note. */
static void pile(const struct chord *c, const struct arpeggio_params *p, int near, struct stack *ret)
{
	uint16_t mask = chord_pitch_classes(c);
	int from = -1;
	for (int k = (int)p->lo; k < p->lo + 12; k++)
		if (mask_has(mask, k) && (from < 0 || abs(k - near) < abs(from - near)))
			from = k;
	ret->n = 0;
	for (int k = from; k < from + 12 * p->octaves && k <= 127 && ret->n < STACK; k++)
		if (mask_has(mask, k))
			ret->pitch[ret->n++] = (uint8_t)k;
}

static int turn(int i, int n)
{
	int period = n > 1 ? 2 * n - 2 : 1, at = i % period;
	return at < n ? at : period - at;
}

static int order(const struct arpeggio_params *p, int i, int n, struct rng *r)
{
	static const int alberti[] = { 0, 2, 1, 2 }, broken[] = { 0, 1, 2, 1, 3, 1, 2, 1 };
	switch ((enum arpeggio_pattern)p->pattern) {
	case ARP_DOWN:
		return n - 1 - i % n;
	case ARP_UP_DOWN:
		return turn(i, n);
	case ARP_DOWN_UP:
		return n - 1 - turn(i, n);
	case ARP_ALBERTI:
		return alberti[i % 4] % n;
	case ARP_BROKEN:
		return broken[i % 8] % n;
	case ARP_CONVERGE:
		return i % n % 2 ? n - 1 - i % n / 2 : i % n / 2;
	case ARP_PEDAL:
		return i % 2 == 0 || n == 1 ? 0 : 1 + i / 2 % (n - 1);
	case ARP_RANDOM:
		return (int)rng_below(r, (uint64_t)n);
	default:
		return i % n;
	}
}

int arpeggio_over(const struct harmony *h, const struct arpeggio_params *p, uint64_t seed, const struct model_watch *watch,
		  const struct pen *pen, int64_t *ret_n, struct err *err)
{
	struct rng r;
	int32_t rate = rate_ticks[p->rate];
	int64_t gate = (int64_t)(p->gate * 1000 + 0.5);
	/* The seed says where in its octave the first chord begins; the others follow it. */
	rng_init(&r, seed);
	int code = 0, near = (int)p->lo + (int)rng_below(&r, 12);
	*ret_n = 0;
	for (size_t k = 0; code == 0 && k < h->n; k++) {
		struct stack s;
		if (model_cancelled(watch))
			return err_set(err, -ECANCELED, "cancelled");
		pile(&h->chords[k].chord, p, near, &s);
		near = s.pitch[0];
		int32_t end = h->chords[k].at + h->chords[k].length;
		int i = 0;
		for (int32_t at = h->chords[k].at; code == 0 && at < end; at += rate, i++) {
			int32_t length = at + rate > end ? end - at : rate, sounds = (int32_t)(length * gate / 1000);
			int accent = meter_weight(&h->meter, at % h->meter.bar_ticks) * 5;
			int touch = (int)rng_below(&r, 7); /* no two strokes are the same */
			code = pen_note(pen, at, sounds < 1 ? 1 : sounds, s.pitch[order(p, i, s.n, &r)], 68 + accent + touch, err);
			(*ret_n)++;
		}
	}
	return code;
}

static int play(const struct harmony *h, const void *params, uint64_t seed, const struct model_watch *watch, struct pen *pen,
		int64_t *ret_n, struct err *err)
{
	return arpeggio_over(h, params, seed, watch, pen, ret_n, err);
}

static int make(const struct generator_job *job, struct generated *ret, struct err *err)
{
	const struct arpeggio_params *p = job->params;
	int code = model_params_check(&arpeggio_table, p, err);
	return code < 0 ? code : chords_part(&p->on, job, "arpeggio", (int)p->program, play, ret, err);
}

const struct generator arpeggio_generator = {
	.model = "arpeggio", .version = ARPEGGIO_VERSION, .table = &arpeggio_table, .params_size = sizeof(struct arpeggio_params),
	.inputs_max = 1, .make = make,
};

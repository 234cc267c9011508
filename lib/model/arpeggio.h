/*
 * arpeggio.h - the notes of chords one after another, in an order, at a rate.
 *
 * Method:    each chord's tones are stacked from the place nearest to where the chord before stood, over some octaves, and played in the
 *            pattern's order; a chord begins anew. The last note of a chord is cut where the chord ends, so that every bar is filled.
 * Same seed, same parameters, same chords: the same notes on every machine. No shared state.
 */
#ifndef MODEL_ARPEGGIO_H
#define MODEL_ARPEGGIO_H

#include "model/chords_ask.h"
#include "model/generator.h"

enum arpeggio_pattern { ARP_UP, ARP_DOWN, ARP_UP_DOWN, ARP_DOWN_UP, ARP_ALBERTI, ARP_BROKEN, ARP_CONVERGE, ARP_PEDAL, ARP_RANDOM, ARP_COUNT };
extern const char *const arpeggio_patterns[], *const arpeggio_rates[];

struct arpeggio_params {
	struct chords_ask on;
	int64_t pattern, rate, octaves, lo, program;
	double gate;
};

#define ARPEGGIO_VERSION "2"
extern const struct model_table arpeggio_table;
extern const struct generator arpeggio_generator;

struct pen;
int arpeggio_over(const struct harmony *h, const struct arpeggio_params *p, uint64_t seed, const struct model_watch *watch,
		  const struct pen *pen, int64_t *ret_n, struct err *err);

#endif

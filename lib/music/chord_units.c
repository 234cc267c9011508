#include "music/chord_units_priv.h"

#include <math.h>
#include <string.h>

#include "music/ask_priv.h"
#include "music/chord_find.h"
#include "music/pitched_priv.h"

#define OFF_BEAT 0.7     /* what a note that does not begin with a unit counts */
#define RING_UNITS 16    /* a note is heard for so many units at most */

static double at_unit(const struct chord_units *u, double beats)
{
	return (beats - u->from) / u->unit_beats;
}

static void add_note(struct chord_units *u, const struct note *n)
{
	double at = at_unit(u, n->start_beats), end = at_unit(u, n->start_beats + n->duration_beats);
	double weight = fabs(at - round(at)) < 0.1 ? 1 : OFF_BEAT;
	size_t i = (size_t)fmax(0, fmin(floor(at + 0.1), (double)(u->n - 1)));
	for (int k = 0; k < RING_UNITS && i < u->n && (double)i + 0.02 < end; k++, i++) {
		struct chord_unit *x = &u->v[i + 1];
		double sounds = fmin(end, (double)i + 1) - fmax(at, (double)i);
		if (sounds <= 0.02)
			continue;
		x->sum[n->pitch % 12] += weight * sounds;
		x->total += weight * sounds;
		if (sounds > 0.2 && (x->bass < 0 || n->pitch < x->bass))
			x->bass = n->pitch;
	}
}

/* From what each unit has to what all up to it have. */
static void accumulate(struct chord_units *u)
{
	for (size_t i = 1; i <= u->n; i++) {
		for (int k = 0; k < 12; k++)
			u->v[i].sum[k] += u->v[i - 1].sum[k];
		u->v[i].total += u->v[i - 1].total;
	}
}

/* Units are felt beats, and halves of them where there are fewer than two in a bar. */
static void lay_out(struct chord_units *u, const struct meter_report *meter, double first, double end)
{
	double beat = 1, bar = 0, line = 0;
	if (meter && meter->n_guesses) {
		beat = meter->guesses[0].beat_beats;
		bar = meter->guesses[0].bar_beats;
		line = meter->guesses[0].pickup_beats;
	}
	u->from = line + floor((first - line) / beat + 1e-6) * beat;
	double least = (end - u->from) / (CHORDS_UNITS_MAX - 1);
	while (beat < least)
		beat *= 2;
	u->unit_beats = beat;
	u->n = (size_t)fmin(CHORDS_UNITS_MAX, fmax(1, ceil((end - u->from) / beat - 1e-6)));
	u->bar_units = bar > beat * 1.5 ? bar / beat : 0;
	u->first_bar = (line - u->from) / beat;
}

int chord_units_init(struct chord_units *u, const struct score *s, const struct meter_report *meter,
		     const struct model_watch *watch, struct err *err)
{
	size_t n = 0;
	struct note AUTO_MEM *notes = pitched_notes(s, &n);
	memset(u, 0, sizeof(*u));
	if (!notes)
		return err_set(err, -ENOMEM, "out of memory for the notes");
	if (n == 0)
		return 0;
	double end = notes_end_beats(notes, n), sounding = 0, until = 0, all = 0;
	lay_out(u, meter, notes[0].start_beats, end);
	u->v = mem_new_array(u->n + 1, sizeof(*u->v));
	if (!u->v)
		return err_set(err, -ENOMEM, "out of memory for the chords");
	for (size_t i = 0; i <= u->n; i++)
		u->v[i].bass = -1;
	int code = 0;
	for (size_t i = 0; code == 0 && i < n; i++) {
		double stop = notes[i].start_beats + notes[i].duration_beats;
		add_note(u, &notes[i]);
		all += notes[i].duration_beats;
		sounding += fmax(0, stop - fmax(until, notes[i].start_beats));
		until = fmax(until, stop);
		code = ask_now_and_then(watch, i, err);
	}
	if (code < 0)
		return code;
	u->voices = sounding > 0 ? all / sounding : 1;
	accumulate(u);
	return 0;
}

void chord_units_done(struct chord_units *u)
{
	free(u->v);
	u->v = NULL;
	u->n = 0;
}

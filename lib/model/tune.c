/* tune.c - a tune's bars, and what it is as a score. */
#include "model/tune.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#include "base/banned.h"

void tune_done(struct tune *t)
{
	free(t->notes);
	free(t->bars);
	*t = (struct tune)TUNE_INIT;
}

int tune_last_sound(const struct tune *t)
{
	for (size_t i = t->n_notes; i-- > 0;) {
		int sound = tune_sound_of(t->notes[i]);
		if (sound != TUNE_HOLD)
			return sound == TUNE_REST ? -1 : sound;
	}
	return -1;
}

int tune_add_bar(struct tune *t, const uint16_t *notes, size_t n, int held, struct err *err)
{
	int last = tune_last_sound(t), units = 0;
	if (t->n_bars >= TUNE_BARS_MAX)
		return err_set(err, -EMSGSIZE, "the tune has more than %d bars", TUNE_BARS_MAX);
	if (mem_grow(&t->notes, &t->room_notes, t->n_notes + n, sizeof(*t->notes)) < 0 ||
	    mem_grow(&t->bars, &t->room_bars, t->n_bars + 1, sizeof(*t->bars)) < 0)
		return err_set(err, -ENOMEM, "tune");
	bool open = n > 0 && tune_sound_of(notes[0]) == TUNE_HOLD;
	bool holds = open && held >= 0 && held == last;
	t->bars[t->n_bars] = (struct tune_bar){ (uint32_t)t->n_notes, (uint32_t)n, (int16_t)(holds ? held : -1) };
	for (size_t i = 0; i < n; i++) {
		units += tune_units_of(notes[i]);
		t->notes[t->n_notes + i] = notes[i];
	}
	if (units != tune_bar_units(t->meter))
		return err_set(err, -EBADMSG, "bar %zu has %d of %d units", t->n_bars, units, tune_bar_units(t->meter));
	if (open && !holds)
		t->notes[t->n_notes] = (uint16_t)tune_note(tune_length_of(notes[0]), held >= 0 ? held : TUNE_REST);
	for (size_t i = 1; i < n; i++) {
		uint16_t *x = &t->notes[t->n_notes + i];
		if (tune_sound_of(*x) == TUNE_HOLD && tune_sound_of(x[-1]) == TUNE_REST)
			*x = (uint16_t)tune_note(tune_length_of(*x), TUNE_REST);
	}
	t->n_notes += n;
	t->n_bars++;
	return 0;
}

/* Units of the rest that the first bar begins with; 0 when there is no pick-up. */
static int leading_rest(const struct tune *t)
{
	int units = 0;
	const struct tune_bar *b = &t->bars[0];
	if (t->n_bars < 2 || t->excerpt)
		return 0;
	for (uint32_t i = 0; i < b->n && tune_sound_of(t->notes[b->first + i]) == TUNE_REST; i++)
		units += tune_units_of(t->notes[b->first + i]);
	return units < tune_bar_units(t->meter) ? units : 0;
}

static int trailing_rest(const struct tune *t)
{
	int units = 0;
	const struct tune_bar *b = &t->bars[t->n_bars - 1];
	for (uint32_t i = b->n; i-- > 0 && tune_sound_of(t->notes[b->first + i]) == TUNE_REST;)
		units += tune_units_of(t->notes[b->first + i]);
	return units;
}

static int sharps_of(const struct tune *t)
{
	static const int down_to_major[TUNE_MODES] = { 0, 9, 2, 7 };
	int major = (t->tonic - down_to_major[t->mode] + 12) % 12, sharps = major * 7 % 12;
	return sharps > 6 ? sharps - 12 : sharps;
}

static uint8_t velocity_at(const struct tune *t, int pos)
{
	const struct tune_meter *m = &tune_meters[t->meter];
	int beat = m->den == 8 ? 3 * TUNE_QUARTER / 2 : TUNE_QUARTER;
	int v = t->velocity + (pos == 0 ? 10 : pos % beat == 0 ? 2 : -6);
	return (uint8_t)(v < 1 ? 1 : v > 127 ? 127 : v);
}

static int pitch_of(const struct tune *t, int sound)
{
	int p = 60 + t->tonic + 12 * t->octave + sound - TUNE_DEGREE_0 + TUNE_DEGREE_LO;
	while (p < 0)
		p += 12;
	while (p > 127)
		p -= 12;
	return p;
}

static int write_notes(const struct tune *t, int from_units, struct score *s, struct err *err)
{
	int at = -from_units, bar = tune_bar_units(t->meter), r = 0;
	struct note n = { .release = 64 };
	bool open = false;
	for (size_t i = 0; r == 0 && i <= t->n_notes; i++) {
		int sound = i < t->n_notes ? tune_sound_of(t->notes[i]) : TUNE_REST;
		double units = i < t->n_notes ? tune_units_of(t->notes[i]) : 0;
		if (sound == TUNE_HOLD && open) {
			n.duration_beats += units / TUNE_QUARTER;
			at += (int)units;
			continue;
		}
		if (open)
			r = score_add_note(s, 0, &n, err);
		open = sound >= TUNE_DEGREE_0;
		if (open) {
			n.start_beats = (double)at / TUNE_QUARTER;
			n.duration_beats = units / TUNE_QUARTER;
			n.pitch = (uint8_t)pitch_of(t, sound);
			n.velocity = velocity_at(t, (at + from_units) % bar);
		}
		at += (int)units;
	}
	return r;
}

static int write_score(const struct tune *t, struct score *s, struct err *err)
{
	size_t voice;
	const struct tune_meter *m = &tune_meters[t->meter];
	int bar = tune_bar_units(t->meter), lead = leading_rest(t), pickup = lead ? bar - lead : 0;
	int sharps = sharps_of(t), end = (int)t->n_bars * bar - lead;
	struct score_control program = { .kind = SCORE_PROGRAM, .value = t->program };
	int r = score_add_voice(s, "", &voice, err);
	s->pickup_beats = (double)pickup / TUNE_QUARTER;
	if (r == 0)
		r = score_set_tempo(s, 0, t->bpm, err);
	if (r == 0)
		r = score_set_meter(s, 0, m->num, m->den, err);
	if (r == 0)
		r = score_set_key(s, 0, sharps, t->mode == TUNE_MINOR, err);
	if (r == 0)
		r = score_add_control(s, voice, &program, err);
	if (r == 0)
		r = write_notes(t, lead, s, err);
	if (pickup && trailing_rest(t) >= pickup)
		end -= pickup;
	s->end_beats = (double)end / TUNE_QUARTER;
	score_sort(s);
	return r;
}

int tune_to_score(const struct tune *t, struct score **ret, struct err *err)
{
	AUTO(score) s = score_new();
	if (!s)
		return err_set(err, -ENOMEM, "tune");
	if (t->n_bars == 0)
		return err_set(err, -EINVAL, "the tune has no bars");
	int r = write_score(t, s, err);
	if (r == 0)
		*ret = TAKE(s);
	return r;
}

#include "model/tune_token.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

const struct tune_meter tune_meters[TUNE_METERS] = { { 4, 4 }, { 2, 2 }, { 2, 4 }, { 3, 4 }, { 6, 8 }, { 9, 8 },
						     { 12, 8 }, { 3, 8 }, { 3, 2 }, { 6, 4 }, { 5, 4 } };
const char *const tune_meter_names[TUNE_METERS + 1] = { "4/4", "2/2", "2/4", "3/4", "6/8", "9/8",
							"12/8", "3/8", "3/2", "6/4", "5/4", NULL };
const uint8_t tune_lengths[TUNE_LENGTHS] = { 1, 2, 3, 4, 6, 8, 9, 12, 16, 18, 24, 32, 36, 48, 72, 96 };
const struct tune_repeat tune_repeats[TUNE_REPEATS] = { { 16, 0 }, { 16, 1 }, { 16, 2 }, { 8, 0 },
							{ 8, 1 },  { 8, 2 },  { 4, 0 },  { 4, 1 } };
const char *const tune_mode_names[TUNE_MODES + 1] = { "major", "minor", "dorian", "mixolydian", NULL };
const char *const tune_form_names[TUNE_FORMS + 1] = { "any", "air", "hornpipe", "jig", "reel", "slip_jig", NULL };
/* bits 0 2 4 5 7 9 11, 0 2 3 5 7 8 10, 0 2 3 5 7 9 10, 0 2 4 5 7 9 10 */
const uint16_t tune_mode_scales[TUNE_MODES] = { 0xAB5, 0x5AD, 0x6AD, 0x6B5 };

int tune_find_meter(unsigned num, unsigned den)
{
	for (int i = 0; i < TUNE_METERS; i++) {
		if (tune_meters[i].num == num && tune_meters[i].den == den)
			return i;
	}
	return -1;
}

int tune_longest(int units)
{
	int i = TUNE_LENGTHS - 1;
	while (i > 0 && tune_lengths[i] > units)
		i--;
	return i;
}

static uint64_t mix(uint64_t h, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001b3);
	return h;
}

uint64_t tune_alphabet_hash(void)
{
	static const uint16_t shape[] = { 1, TUNE_QUARTER, TUNE_MODES, TUNE_FORMS, TUNE_SOUNDS, TUNE_TOKENS,
					  (uint16_t)TUNE_DEGREE_LO, TUNE_DEGREE_HI };
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < sizeof(shape) / sizeof(shape[0]); i++) {
		uint8_t le[2] = { (uint8_t)shape[i], (uint8_t)(shape[i] >> 8) };
		h = mix(h, le, 2);
	}
	h = mix(h, tune_meters, sizeof(tune_meters));
	h = mix(h, tune_lengths, sizeof(tune_lengths));
	return mix(h, tune_repeats, sizeof(tune_repeats));
}

void tune_state_init(struct tune_state *s)
{
	memset(s, 0, sizeof(*s));
}

static bool may_header(const struct tune_state *s, int token)
{
	static const int first[4] = { TUNE_TOKEN_MODE, TUNE_TOKEN_METER, TUNE_TOKEN_FORM, TUNE_TOKEN_BAR };
	return token >= first[s->n_header] && token < first[s->n_header + 1];
}

static bool may_note(const struct tune_state *s, int token)
{
	if (s->pos + tune_units_of(token) > s->bar_units || (s->at_line && s->n_bars >= TUNE_BARS_MAX))
		return false;
	return tune_sound_of(token) != TUNE_HOLD || s->sounding;
}

static bool may_repeat(const struct tune_state *s, int token)
{
	const struct tune_repeat *r = &tune_repeats[token - TUNE_TOKEN_REPEAT];
	return s->at_line && !s->filling && !s->owed && s->n_bars >= r->bars && s->n_bars + r->bars <= TUNE_BARS_MAX;
}

bool tune_state_may(const struct tune_state *s, int token)
{
	if (s->ended || token <= TUNE_TOKEN_NONE || token >= TUNE_TOKENS)
		return false;
	if (s->n_header < 3)
		return may_header(s, token);
	if (tune_is_note(token))
		return may_note(s, token);
	if (tune_is_repeat(token))
		return may_repeat(s, token);
	switch (token) {
	case TUNE_TOKEN_BAR:
		return s->pos == s->bar_units;
	case TUNE_TOKEN_END:
		return s->at_line && s->n_bars > 0 && !s->owed && !s->after;
	case TUNE_TOKEN_AFTER:
		return s->at_line && s->n_bars == 0 && !s->filling;
	case TUNE_TOKEN_BEFORE:
		return s->after && s->at_line && s->n_bars > 0;
	default:
		return false;
	}
}

static void push_header(struct tune_state *s, int token)
{
	if (s->n_header == 0) {
		s->mode = (uint8_t)(token - TUNE_TOKEN_MODE);
	} else if (s->n_header == 1) {
		s->meter = (uint8_t)(token - TUNE_TOKEN_METER);
		s->bar_units = (int16_t)tune_bar_units(s->meter);
	} else {
		s->form = (uint8_t)(token - TUNE_TOKEN_FORM);
		s->at_line = true;
	}
	s->n_header++;
}

static void push_mark(struct tune_state *s, int token)
{
	switch (token) {
	case TUNE_TOKEN_BAR:
		s->pos = 0;
		s->at_line = true;
		s->n_bars++;
		s->n_written++;
		s->lines++;
		if (s->owed)
			s->owed--;
		break;
	case TUNE_TOKEN_END:
		s->ended = true;
		break;
	case TUNE_TOKEN_AFTER:
		s->after = s->filling = true;
		break;
	case TUNE_TOKEN_BEFORE:
		s->after = s->sounding = false;
		s->n_bars = s->n_written = 0;
		break;
	default: {
		const struct tune_repeat *r = &tune_repeats[token - TUNE_TOKEN_REPEAT];
		s->n_bars = (int16_t)(s->n_bars + r->bars - r->ending);
		s->owed = r->ending;
		s->sounding = false; /* what sounds at the end of the copy is not known here */
	}
	}
}

void tune_state_push(struct tune_state *s, int token)
{
	if (s->n_header < 3) {
		push_header(s, token);
	} else if (tune_is_note(token)) {
		s->pos = (int16_t)(s->pos + tune_units_of(token));
		s->sounding = tune_sound_of(token) != TUNE_REST;
		s->at_line = false;
	} else {
		push_mark(s, token);
	}
}

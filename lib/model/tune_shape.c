#include "model/tune_shape.h"

bool tune_shape_ok(const struct tune_shape *s)
{
	return s->dim >= 32 && s->dim <= 512 && s->dim % 32 == 0 && s->heads * 32 == s->dim && s->layers >= 1 &&
	       s->layers <= TUNE_LAYERS_MAX && s->hidden >= 32 && s->hidden <= 2048 && s->hidden % 32 == 0;
}

struct tune_tensor tune_tensor_of(const struct tune_shape *s, int tensor)
{
	static const uint16_t rows[TUNE_TABLES] = { TUNE_TOKENS, TUNE_WHATS, TUNE_SPANS, TUNE_WHATS, TUNE_SPANS,
						    TUNE_BAR_UNITS_MAX + 1, TUNE_BARS_SEEN, TUNE_LEFT, TUNE_METERS,
						    TUNE_MODES, TUNE_PARTS };
	uint32_t d = s->dim, h = s->hidden;
	if (tensor < TUNE_TABLES)
		return (struct tune_tensor){ rows[tensor], d };
	if (tensor == tune_last_scale(s))
		return (struct tune_tensor){ 1, d };
	if (tensor == tune_offsets(s))
		return (struct tune_tensor){ 1, TUNE_TOKENS };
	const struct tune_tensor layer[TUNE_PER_LAYER] = { { 1, d },		{ 3 * d, d },		{ d, d },
							   { s->heads, TUNE_NEAR }, { s->heads, TUNE_LINES }, { 1, d },
							   { h, d },		{ d, h } };
	return layer[(tensor - TUNE_TABLES) % TUNE_PER_LAYER];
}

bool tune_is_plain(const struct tune_shape *s, int tensor)
{
	if (tensor < TUNE_TABLES)
		return false;
	if (tensor >= tune_last_scale(s))
		return true;
	int which = (tensor - TUNE_TABLES) % TUNE_PER_LAYER;
	return which == TUNE_L_SCALE_1 || which == TUNE_L_SCALE_2 || which == TUNE_L_NEAR || which == TUNE_L_LINES;
}

size_t tune_n_weights(const struct tune_shape *s)
{
	size_t n = 0;
	for (int i = 0; i < tune_n_tensors(s); i++) {
		struct tune_tensor t = tune_tensor_of(s, i);
		n += (size_t)t.rows * t.cols;
	}
	return n;
}

static uint16_t what_of(int token)
{
	return (uint16_t)(tune_is_note(token) ? TUNE_TOKEN_NOTE + tune_sound_of(token) : token);
}

static uint16_t span_of(int token)
{
	return (uint16_t)(tune_is_note(token) ? 1 + tune_length_of(token) : 0);
}

void tune_step_of(const struct tune_state *s, int token, int before_1, int before_2, int left, struct tune_step *ret)
{
	int known = left < 0 ? 0 : 1 + (left < 32 ? left : 32);
	uint16_t *row = ret->row;
	row[TUNE_T_TOKEN] = (uint16_t)token;
	row[TUNE_T_WHAT_1] = what_of(before_1);
	row[TUNE_T_SPAN_1] = span_of(before_1);
	row[TUNE_T_WHAT_2] = what_of(before_2);
	row[TUNE_T_SPAN_2] = span_of(before_2);
	row[TUNE_T_POS] = (uint16_t)s->pos;
	row[TUNE_T_BAR] = (uint16_t)(s->n_written < TUNE_BARS_SEEN ? s->n_written : TUNE_BARS_SEEN - 1);
	row[TUNE_T_LEFT] = (uint16_t)known;
	row[TUNE_T_METER] = s->meter;
	row[TUNE_T_MODE] = s->mode;
	row[TUNE_T_PART] = (uint16_t)(!s->filling ? 0 : s->after ? 1 : 2);
	ret->line = s->lines;
}

int tune_near_of(int distance)
{
	int kind = 16, width = 4;
	if (distance < 16)
		return distance;
	distance -= 16;
	while (kind < TUNE_NEAR - 1 && distance >= width) { /* 16 20 24 28 | 32 40 48 56 | 64 ... */
		distance -= width;
		kind++;
		if (kind % 4 == 0)
			width *= 2;
	}
	return kind;
}

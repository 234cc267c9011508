/*
 * tune_shape.h - the tensors of the learned model: one list for the trainer, the file and the inference.
 *
 * Network:   a causal transformer. The input of a step is the sum of rows of tables: the token, the two before it (what sounded
 *            and how long), the place in the bar, the number of the bar, the bars that are still to come where that is
 *            known, meter, mode and part. Attention adds to its scores a number per head for the distance in tokens and one
 *            for the distance in bars. Layers: x += Wo attention(rms(x)); x += W2 relu(W1 rms(x))^2. The logits are the
 *            products of rms(x) with the token table, and an offset.
 * Shapes:    every tensor is rows x cols; matrices stand as [out][in].
 */
#ifndef MODEL_TUNE_SHAPE_H
#define MODEL_TUNE_SHAPE_H

#include "model/tune_token.h"

#include <stddef.h>
#include <stdint.h>

#define TUNE_BARS_SEEN 64 /* rows for the number of a bar; the last is for all later ones */
#define TUNE_LEFT 34      /* 0: not known; 1 + bars to come, 32 at most */
#define TUNE_NEAR 32      /* kinds of distance in tokens */
#define TUNE_LINES 34     /* bars between two tokens, 33 at most */
#define TUNE_PARTS 3      /* a whole tune; behind a gap; before and in a gap */
#define TUNE_WHATS (TUNE_TOKEN_NOTE + TUNE_SOUNDS) /* a mark, or what a note sounds */
#define TUNE_SPANS (TUNE_LENGTHS + 1)              /* a mark, or a length */
#define TUNE_LAYERS_MAX 12
#define TUNE_TABLES 11
#define TUNE_PER_LAYER 8
#define TUNE_TENSORS_MAX (TUNE_TABLES + TUNE_LAYERS_MAX * TUNE_PER_LAYER + 2)

struct tune_shape {
	uint16_t dim, layers, heads, hidden;
};

/* Tables in the order of the file, then TUNE_PER_LAYER tensors a layer, then the last scale and the offsets. */
enum {
	TUNE_T_TOKEN, TUNE_T_WHAT_1, TUNE_T_SPAN_1, TUNE_T_WHAT_2, TUNE_T_SPAN_2, TUNE_T_POS, TUNE_T_BAR, TUNE_T_LEFT,
	TUNE_T_METER, TUNE_T_MODE, TUNE_T_PART
};
enum { TUNE_L_SCALE_1, TUNE_L_QKV, TUNE_L_OUT, TUNE_L_NEAR, TUNE_L_LINES, TUNE_L_SCALE_2, TUNE_L_UP, TUNE_L_DOWN };

struct tune_tensor {
	uint32_t rows, cols;
};

static inline int tune_layer_tensor(int layer, int which)
{
	return TUNE_TABLES + layer * TUNE_PER_LAYER + which;
}
static inline int tune_n_tensors(const struct tune_shape *s)
{
	return TUNE_TABLES + s->layers * TUNE_PER_LAYER + 2;
}
static inline int tune_last_scale(const struct tune_shape *s)
{
	return TUNE_TABLES + s->layers * TUNE_PER_LAYER;
}
static inline int tune_offsets(const struct tune_shape *s)
{
	return tune_last_scale(s) + 1;
}
/* Whether inference can run it: heads of 32, dim and hidden multiples of 32, up to 512, 12 and 2048. */
bool tune_shape_ok(const struct tune_shape *s);
struct tune_tensor tune_tensor_of(const struct tune_shape *s, int tensor);
/* Scales of a rms, offsets and distances: what is no table that is looked up and no matrix that is multiplied with. */
bool tune_is_plain(const struct tune_shape *s, int tensor);
size_t tune_n_weights(const struct tune_shape *s);

/* The rows of the tables that a step's input is made of, in the order of TUNE_T_TOKEN .. TUNE_T_PART. */
struct tune_step {
	uint16_t row[TUNE_TABLES];
	int16_t line; /* bars before it, for distances */
};

/*
 * The step that reads `token`, after s has been pushed with it; before_1 and before_2 are the tokens before it (TUNE_TOKEN_NONE at the
 * beginning). left: bars still to come, -1 when nobody knows.
 */
void tune_step_of(const struct tune_state *s, int token, int before_1, int before_2, int left, struct tune_step *ret);
/* Kind of a distance in tokens (>= 0): each up to 15, then coarser. */
int tune_near_of(int distance);

#endif

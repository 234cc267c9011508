#include "model/tune_net.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define TUNE_LANES 16
#define HEAD 32
#define EPS 1e-5f

typedef float lane4 __attribute__((vector_size(16), aligned(4), may_alias));

/*
 * A matrix for products: rows in blocks of four, columns in blocks of sixteen; each 32-bit lane holds the four rows' weights of
 * its column, the first row in the lowest byte. Missing rows are zero.
 */
struct matrix {
	int32_t *packed;
	const float *scales;
	uint32_t rows, cols;
};

struct layer {
	struct matrix qkv, out, up, down;
	const float *scale_1, *scale_2, *near, *lines;
};

struct tune_net {
	struct tune_weights *w;
	struct layer layers[TUNE_LAYERS_MAX];
	struct matrix logits;
	const float *last_scale, *offsets;
};

/* All that one step needs besides the net. */
struct tune_run {
	const struct tune_net *net;
	size_t n, max;
	int build;
	float *keys, *values; /* [layer][max][dim] */
	int16_t *line;        /* [max] */
	uint8_t *near;        /* [max]: tune_near_of */
	float *x, *y, *qkv, *wide, *weights; /* dim, dim, 3 dim, hidden, max rounded up to lanes */
};

void tune_net_free(struct tune_net *n)
{
	if (!n)
		return;
	for (int l = 0; l < TUNE_LAYERS_MAX; l++) {
		free(n->layers[l].qkv.packed);
		free(n->layers[l].out.packed);
		free(n->layers[l].up.packed);
		free(n->layers[l].down.packed);
	}
	free(n->logits.packed);
	tune_weights_free(n->w);
	free(n);
}

static bool pack(const struct tune_weights *w, int tensor, struct matrix *ret)
{
	struct tune_tensor t = tune_tensor_of(&w->shape, tensor);
	size_t blocks = (t.rows + 3) / 4;
	const uint8_t *from = (const uint8_t *)w->i8 + w->at[tensor];
	ret->rows = t.rows;
	ret->cols = t.cols;
	ret->scales = w->f32 + w->scale_at[tensor];
	ret->packed = aligned_alloc(64, blocks * t.cols * sizeof(int32_t));
	if (!ret->packed)
		return false;
	for (size_t b = 0; b < blocks; b++)
		for (size_t k = 0; k < t.cols; k++) {
			uint32_t word = 0;
			for (size_t i = 0; i < 4 && b * 4 + i < t.rows; i++)
				word |= (uint32_t)from[(b * 4 + i) * t.cols + k] << (8 * i);
			ret->packed[b * t.cols + k] = (int32_t)word;
		}
	return true;
}

static const float *plain(const struct tune_weights *w, int tensor)
{
	return w->f32 + w->at[tensor];
}

static bool make_layer(const struct tune_weights *w, int l, struct layer *ret)
{
	ret->scale_1 = plain(w, tune_layer_tensor(l, TUNE_L_SCALE_1));
	ret->scale_2 = plain(w, tune_layer_tensor(l, TUNE_L_SCALE_2));
	ret->near = plain(w, tune_layer_tensor(l, TUNE_L_NEAR));
	ret->lines = plain(w, tune_layer_tensor(l, TUNE_L_LINES));
	return pack(w, tune_layer_tensor(l, TUNE_L_QKV), &ret->qkv) && pack(w, tune_layer_tensor(l, TUNE_L_OUT), &ret->out) &&
	       pack(w, tune_layer_tensor(l, TUNE_L_UP), &ret->up) && pack(w, tune_layer_tensor(l, TUNE_L_DOWN), &ret->down);
}

int tune_net_new(struct tune_weights *weights, struct tune_net **ret, struct err *err)
{
	AUTO(tune_net) n = mem_new_array(1, sizeof(*n));
	if (!n) {
		tune_weights_free(weights);
		return err_set(err, -ENOMEM, "network");
	}
	n->w = weights;
	bool made = pack(weights, TUNE_T_TOKEN, &n->logits);
	for (int l = 0; made && l < weights->shape.layers; l++)
		made = make_layer(weights, l, &n->layers[l]);
	if (!made)
		return err_set(err, -ENOMEM, "network");
	n->last_scale = plain(weights, tune_last_scale(&weights->shape));
	n->offsets = plain(weights, tune_offsets(&weights->shape));
	*ret = TAKE(n);
	return 0;
}

void tune_run_free(struct tune_run *r)
{
	if (!r)
		return;
	free(r->keys);
	free(r->values);
	free(r->line);
	free(r->near);
	free(r->x);
	free(r);
}

int tune_run_new(const struct tune_net *n, size_t max_steps, struct tune_run **ret, struct err *err)
{
	const struct tune_shape *s = &n->w->shape;
	size_t d = s->dim, padded = (max_steps + TUNE_LANES) & ~(size_t)(TUNE_LANES - 1);
	AUTO(tune_run) r = mem_new_array(1, sizeof(*r));
	if (!r || max_steps > TUNE_STEPS_MAX)
		return err_set(err, r ? -EMSGSIZE : -ENOMEM, "a run of %zu steps", max_steps);
	r->net = n;
	r->max = max_steps;
	r->build = tune_run_best_build();
	r->keys = mem_new_array(s->layers * max_steps, d * sizeof(float));
	r->values = mem_new_array(s->layers * max_steps, d * sizeof(float));
	r->line = mem_new_array(max_steps, sizeof(*r->line));
	r->near = mem_new_array(max_steps, 1);
	r->x = mem_new_array(5 * d + s->hidden + padded, sizeof(float));
	if (!r->keys || !r->values || !r->line || !r->near || !r->x)
		return err_set(err, -ENOMEM, "a run of %zu steps", max_steps);
	r->y = r->x + d;
	r->qkv = r->y + d;
	r->wide = r->qkv + 3 * d;
	r->weights = r->wide + s->hidden;
	for (size_t i = 0; i < max_steps; i++)
		r->near[i] = (uint8_t)tune_near_of((int)i);
	*ret = TAKE(r);
	return 0;
}

void tune_run_back(struct tune_run *r, size_t steps)
{
	r->n = steps < r->n ? steps : r->n;
}

/* Vectors are as wide as the build's registers; no function that is called from outside takes one. */
#define LOOPS_WIDTH 4
#define LOOPS_TARGET
#define LOOPS_NAME(x) x##_plain
#include "model/tune_loops.inc"

#if defined(__x86_64__)
#define LOOPS_WIDTH 8
#define LOOPS_TARGET __attribute__((target("avx2")))
#define LOOPS_NAME(x) x##_avx2
#include "model/tune_loops.inc"

#define LOOPS_WIDTH 16
#define LOOPS_TARGET __attribute__((target("avx512f")))
#define LOOPS_NAME(x) x##_avx512
#include "model/tune_loops.inc"
#else
#define run_avx2 run_plain
#define run_avx512 run_plain
#endif

int tune_run_best_build(void)
{
#if defined(__x86_64__)
	return __builtin_cpu_supports("avx512f") ? 2 : __builtin_cpu_supports("avx2") ? 1 : 0;
#else
	return 0;
#endif
}

void tune_run_use_build(struct tune_run *r, int build)
{
	int best = tune_run_best_build();
	r->build = build < best ? build : best;
}

void tune_soften(float *v, size_t n)
{
	soften_plain(v, n); /* short enough that its width is no matter */
}

static void look_up(struct tune_run *r, const struct tune_step *step)
{
	const struct tune_weights *w = r->net->w;
	size_t d = w->shape.dim;
	memset(r->x, 0, d * sizeof(float));
	for (int t = 0; t < TUNE_TABLES; t++) {
		const int8_t *row = w->i8 + w->at[t] + step->row[t] * d;
		float scale = w->f32[w->scale_at[t] + step->row[t]];
		for (size_t k = 0; k < d; k++)
			r->x[k] += (float)row[k] * scale;
	}
}

int tune_run_step(struct tune_run *r, const struct tune_step *step, float *logits, struct err *err)
{
	static void (*const builds[])(struct tune_run *, float *) = { run_plain, run_avx2, run_avx512 };
	if (r->n >= r->max)
		return err_set(err, -EMSGSIZE, "the tune has more than %zu tokens", r->max);
	look_up(r, step);
	r->line[r->n] = step->line;
	builds[r->build](r, logits);
	r->n++;
	return 0;
}

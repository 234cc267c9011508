/*
 * net.c - forward and backward by hand. Each part of the forward pass stands above the part that takes its gradient back.
 */
#include "net.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gemm.h"

#include "base/banned.h"

#define EPS 1e-5f
#define HEAD 32
#define NEAR_TABLE 2048

enum { FOLD_LENGTH, FOLD_SOUND, FOLDS };

/* What a layer keeps for the way back; all [n][...]. */
struct layer_acts {
	float *in, *norm_1, *qkv, *mixed, *mid, *norm_2, *up, *squared;
	float *inv_1, *inv_2; /* [n] 1 / rms */
	float *attention;     /* for each stream, for each head: [t][t] */
	uint8_t *drop_1, *drop_2;
};

struct net {
	struct tune_shape shape;
	size_t at[TUNE_TENSORS_MAX + FOLDS]; /* where tensors begin in params */
	size_t n_params;
	float *params, *gradient;
	float *table, *d_table; /* the token table with the folds added in */
	struct gemm *gemm;
	uint8_t near[NEAR_TABLE]; /* tune_near_of */
	/* for one batch */
	size_t room_n, room_attention;
	void *acts;
	struct layer_acts layers[TUNE_LAYERS_MAX];
	float *x_last, *norm_last, *inv_last, *logits;
	uint8_t *drop_in;
	float *dx, *d_wide, *d_norm, *d_attention;
};

static int n_tensors(const struct net *n)
{
	return tune_n_tensors(&n->shape);
}

static struct tune_tensor tensor_of(const struct net *n, int i)
{
	int fold = i - n_tensors(n);
	if (fold < 0)
		return tune_tensor_of(&n->shape, i);
	return (struct tune_tensor){ fold == FOLD_LENGTH ? TUNE_LENGTHS : TUNE_SOUNDS, n->shape.dim };
}

static float *param(const struct net *n, int tensor)
{
	return n->params + n->at[tensor];
}

static float *grad(const struct net *n, int tensor)
{
	return n->gradient + n->at[tensor];
}

static float normal(struct rng *r)
{
	double sum = 0;
	for (int i = 0; i < 12; i++)
		sum += rng_double(r);
	return (float)(sum - 6);
}

static void init_params(struct net *n, uint64_t seed)
{
	struct rng r;
	rng_init(&r, seed);
	for (int i = 0; i < n_tensors(n) + FOLDS; i++) {
		struct tune_tensor t = tensor_of(n, i);
		int which = i >= TUNE_TABLES && i < tune_last_scale(&n->shape) ? (i - TUNE_TABLES) % TUNE_PER_LAYER : -1;
		bool scale = which == TUNE_L_SCALE_1 || which == TUNE_L_SCALE_2 || i == tune_last_scale(&n->shape);
		bool zero = which == TUNE_L_NEAR || which == TUNE_L_LINES || i == tune_offsets(&n->shape);
		bool back = which == TUNE_L_OUT || which == TUNE_L_DOWN; /* added to the stream: smaller with depth */
		float sd = which < 0 ? 0.05f : 1 / sqrtf((float)t.cols);
		sd = back ? sd / sqrtf(2 * (float)n->shape.layers) : sd;
		for (size_t k = 0; k < (size_t)t.rows * t.cols; k++)
			param(n, i)[k] = scale ? 1 : zero ? 0 : sd * normal(&r);
	}
}

int net_new(const struct tune_shape *shape, uint64_t seed, struct net **ret, struct err *err)
{
	if (!tune_shape_ok(shape))
		return err_set(err, -EINVAL, "a network of %u x %u, %u heads, %u hidden cannot be made", shape->layers,
			       shape->dim, shape->heads, shape->hidden);
	AUTO(net) n = mem_new_array(1, sizeof(*n));
	if (!n)
		return err_set(err, -ENOMEM, "network");
	n->shape = *shape;
	for (int i = 0; i < n_tensors(n) + FOLDS; i++) {
		struct tune_tensor t = tensor_of(n, i);
		n->at[i] = n->n_params;
		n->n_params += (size_t)t.rows * t.cols;
	}
	n->params = mem_new_array(n->n_params, sizeof(float));
	n->gradient = mem_new_array(n->n_params, sizeof(float));
	n->table = mem_new_array((size_t)TUNE_TOKENS * shape->dim, sizeof(float));
	n->d_table = mem_new_array((size_t)TUNE_TOKENS * shape->dim, sizeof(float));
	n->gemm = gemm_new();
	if (!n->params || !n->gradient || !n->table || !n->d_table || !n->gemm)
		return err_set(err, -ENOMEM, "network");
	for (int i = 0; i < NEAR_TABLE; i++)
		n->near[i] = (uint8_t)tune_near_of(i);
	init_params(n, seed);
	*ret = TAKE(n);
	return 0;
}

void net_free(struct net *n)
{
	if (!n)
		return;
	free(n->params);
	free(n->gradient);
	free(n->table);
	free(n->d_table);
	free(n->acts);
	gemm_free(n->gemm);
	free(n);
}

size_t net_n_params(const struct net *n)
{
	return n->n_params;
}

float *net_params(struct net *n)
{
	return n->params;
}

const float *net_gradient(const struct net *n)
{
	return n->gradient;
}

bool net_decays(const struct net *n, size_t i)
{
	for (int t = TUNE_TABLES; t < tune_last_scale(&n->shape); t++) {
		struct tune_tensor x = tensor_of(n, t);
		if (i >= n->at[t] && i < n->at[t] + (size_t)x.rows * x.cols)
			return x.rows > n->shape.heads;
	}
	return i < n->at[TUNE_TABLES];
}

static float *fold_row(const struct net *n, float *base, int fold, int token)
{
	int row = fold == FOLD_LENGTH ? tune_length_of(token) : tune_sound_of(token);
	return base + n->at[n_tensors(n) + fold] + (size_t)row * n->shape.dim;
}

static void fill_table(const struct net *n, float *to)
{
	size_t d = n->shape.dim;
	memcpy(to, param(n, TUNE_T_TOKEN), (size_t)TUNE_TOKENS * d * sizeof(*to));
	for (int t = TUNE_TOKEN_NOTE; t < TUNE_TOKENS; t++)
		for (int f = 0; f < FOLDS; f++) {
			const float *row = fold_row(n, n->params, f, t);
			for (size_t k = 0; k < d; k++)
				to[(size_t)t * d + k] += row[k];
		}
}

static void back_table(const struct net *n)
{
	size_t d = n->shape.dim;
	float *own = grad(n, TUNE_T_TOKEN);
	for (size_t k = 0; k < (size_t)TUNE_TOKENS * d; k++)
		own[k] += n->d_table[k];
	for (int t = TUNE_TOKEN_NOTE; t < TUNE_TOKENS; t++)
		for (int f = 0; f < FOLDS; f++) {
			float *row = fold_row(n, n->gradient, f, t);
			for (size_t k = 0; k < d; k++)
				row[k] += n->d_table[(size_t)t * d + k];
		}
}

void net_export(const struct net *n, float *ret)
{
	fill_table(n, ret);
	size_t table = (size_t)TUNE_TOKENS * n->shape.dim;
	memcpy(ret + table, n->params + table, (tune_n_weights(&n->shape) - table) * sizeof(*ret));
}

void net_import(struct net *n, const float *weights)
{
	size_t own = tune_n_weights(&n->shape);
	memcpy(n->params, weights, own * sizeof(*weights));
	memset(n->params + own, 0, (n->n_params - own) * sizeof(*weights));
}

/* Cuts one block of memory into the arrays of a batch. */
static size_t lay_out(struct net *n, char *base, size_t steps, size_t attention)
{
	size_t used = 0, d = n->shape.dim, h = n->shape.hidden, wide = h > 3 * d ? h : 3 * d;
#define CUT(to, count) \
	do { \
		(to) = base ? (void *)(base + used) : NULL; /* at first it is only measured */ \
		used += ((count) * sizeof(*(to)) + 63) & ~(size_t)63; \
	} while (0)
	for (int l = 0; l < n->shape.layers; l++) {
		struct layer_acts *a = &n->layers[l];
		CUT(a->in, steps * d);
		CUT(a->norm_1, steps * d);
		CUT(a->qkv, steps * 3 * d);
		CUT(a->mixed, steps * d);
		CUT(a->mid, steps * d);
		CUT(a->norm_2, steps * d);
		CUT(a->up, steps * h);
		CUT(a->squared, steps * h);
		CUT(a->inv_1, steps);
		CUT(a->inv_2, steps);
		CUT(a->attention, attention * n->shape.heads);
		CUT(a->drop_1, steps * d);
		CUT(a->drop_2, steps * d);
	}
	CUT(n->x_last, steps * d);
	CUT(n->norm_last, steps * d);
	CUT(n->inv_last, steps);
	CUT(n->logits, steps * TUNE_TOKENS);
	CUT(n->drop_in, steps * d);
	CUT(n->dx, steps * d);
	CUT(n->d_wide, steps * wide);
	CUT(n->d_norm, steps * d);
	CUT(n->d_attention, attention);
#undef CUT
	return used;
}

static int make_room(struct net *n, const struct net_batch *b, struct err *err)
{
	size_t attention = 0, from = 0, longest = 0;
	for (size_t i = 0; i < b->n_streams; from = b->ends[i++]) {
		size_t t = b->ends[i] - from;
		attention += t * t;
		longest = t > longest ? t : longest;
	}
	if (b->n <= n->room_n && attention <= n->room_attention)
		return 0;
	size_t steps = b->n > n->room_n ? b->n + b->n / 8 : n->room_n;
	size_t squares = attention > n->room_attention ? attention + attention / 4 : n->room_attention;
	size_t bytes = lay_out(n, NULL, steps, squares);
	free(n->acts);
	n->room_n = 0;
	n->acts = aligned_alloc(64, bytes);
	if (!n->acts)
		return err_set(err, -ENOMEM, "a batch of %zu tokens", b->n);
	memset(n->acts, 0, bytes);
	(void)lay_out(n, n->acts, steps, squares);
	n->room_n = steps;
	n->room_attention = squares;
	return 0;
}

static struct gemm_matrix mat(const float *v, size_t stride)
{
	return (struct gemm_matrix){ v, stride, false };
}

static struct gemm_matrix flip(const float *v, size_t stride)
{
	return (struct gemm_matrix){ v, stride, true };
}

/* y = x W^T, W as [out][in] */
static void linear(struct net *n, size_t steps, const float *x, size_t in, const float *w, size_t out, float *y)
{
	gemm(n->gemm, steps, out, in, mat(x, in), flip(w, in), y, out, false);
}

/* dw += dy^T x; dx = dy W */
static void back_linear(struct net *n, size_t steps, const float *x, size_t in, const float *w, float *dw, size_t out,
			const float *dy, float *dx)
{
	gemm(n->gemm, out, in, steps, flip(dy, out), mat(x, in), dw, in, true);
	if (dx)
		gemm(n->gemm, steps, in, out, mat(dy, out), mat(w, in), dx, in, false);
}

static void rms(size_t steps, size_t d, const float *x, const float *scale, float *y, float *inv)
{
	for (size_t i = 0; i < steps; i++) {
		float sum = 0;
		for (size_t k = 0; k < d; k++)
			sum += x[i * d + k] * x[i * d + k];
		inv[i] = 1 / sqrtf(sum / (float)d + EPS);
		for (size_t k = 0; k < d; k++)
			y[i * d + k] = x[i * d + k] * inv[i] * scale[k];
	}
}

/* dx += the gradient through rms */
static void back_rms(size_t steps, size_t d, const float *x, const float *scale, const float *inv, const float *dy,
		     float *d_scale, float *dx)
{
	for (size_t i = 0; i < steps; i++) {
		const float *xi = x + i * d, *dyi = dy + i * d;
		float dot = 0, s = inv[i];
		for (size_t k = 0; k < d; k++) {
			dot += dyi[k] * scale[k] * xi[k];
			d_scale[k] += dyi[k] * xi[k] * s;
		}
		float back = dot * s * s * s / (float)d;
		for (size_t k = 0; k < d; k++)
			dx[i * d + k] += dyi[k] * scale[k] * s - xi[k] * back;
	}
}

/* Which values stay: one byte each, 0 or 1. */
static void draw_mask(uint8_t *mask, size_t count, float dropout, struct rng *r)
{
	uint16_t limit = (uint16_t)(dropout * 65536);
	if (dropout <= 0) {
		memset(mask, 1, count);
		return;
	}
	for (size_t i = 0; i < count;) {
		uint64_t bits = rng_next(r);
		for (int k = 0; k < 4 && i < count; k++, bits >>= 16)
			mask[i++] = (uint16_t)bits >= limit;
	}
}

static void apply_mask(float *x, const uint8_t *mask, size_t count, float dropout)
{
	float up = 1 / (1 - dropout);
	if (dropout <= 0)
		return;
	for (size_t i = 0; i < count; i++)
		x[i] *= (float)mask[i] * up;
}

static void embed(struct net *n, const struct net_batch *b, float *x)
{
	size_t d = n->shape.dim;
	memset(x, 0, b->n * d * sizeof(*x));
	for (size_t i = 0; i < b->n; i++)
		for (int t = 0; t < TUNE_TABLES; t++) {
			const float *row = (t ? param(n, t) : n->table) + b->steps[i].row[t] * d;
			for (size_t k = 0; k < d; k++)
				x[i * d + k] += row[k];
		}
}

static void back_embed(struct net *n, const struct net_batch *b, const float *dx)
{
	size_t d = n->shape.dim;
	for (size_t i = 0; i < b->n; i++)
		for (int t = 0; t < TUNE_TABLES; t++) {
			float *row = (t ? grad(n, t) : n->d_table) + b->steps[i].row[t] * d;
			for (size_t k = 0; k < d; k++)
				row[k] += dx[i * d + k];
		}
}

static inline int near_of(const struct net *n, size_t distance)
{
	return n->near[distance < NEAR_TABLE ? distance : NEAR_TABLE - 1];
}

static inline int lines_between(const struct tune_step *a, const struct tune_step *b)
{
	int lines = a->line - b->line;
	return lines < TUNE_LINES ? lines : TUNE_LINES - 1;
}

static void softmax_row(float *row, size_t n, size_t width)
{
	float max = row[0], sum = 0;
	for (size_t k = 1; k < n; k++)
		max = row[k] > max ? row[k] : max;
	for (size_t k = 0; k < n; k++) {
		row[k] = expf(row[k] - max);
		sum += row[k];
	}
	for (size_t k = 0; k < n; k++)
		row[k] /= sum;
	for (size_t k = n; k < width; k++)
		row[k] = 0;
}

/* One head of one stream of t steps: p[t][t], then out[t] += p v. */
static void attend(struct net *n, int layer, int head, const struct tune_step *steps, size_t t, const float *qkv, float *p,
		   float *out)
{
	size_t d = n->shape.dim, w = 3 * d;
	const float *near = param(n, tune_layer_tensor(layer, TUNE_L_NEAR)) + head * TUNE_NEAR;
	const float *lines = param(n, tune_layer_tensor(layer, TUNE_L_LINES)) + head * TUNE_LINES;
	const float *q = qkv + head * HEAD, *k = q + d, *v = k + d;
	gemm(n->gemm, t, t, HEAD, mat(q, w), flip(k, w), p, t, false);
	float scale = 1 / sqrtf(HEAD);
	for (size_t i = 0; i < t; i++) {
		for (size_t j = 0; j <= i; j++)
			p[i * t + j] = p[i * t + j] * scale + near[near_of(n, i - j)] +
				       lines[lines_between(&steps[i], &steps[j])];
		softmax_row(p + i * t, i + 1, t);
	}
	gemm(n->gemm, t, HEAD, t, mat(p, t), mat(v, w), out + head * HEAD, d, false);
}

static void back_attend(struct net *n, int layer, int head, const struct tune_step *steps, size_t t, const float *qkv,
			const float *p, const float *d_out, float *d_qkv)
{
	size_t d = n->shape.dim, w = 3 * d;
	float *d_near = grad(n, tune_layer_tensor(layer, TUNE_L_NEAR)) + head * TUNE_NEAR;
	float *d_lines = grad(n, tune_layer_tensor(layer, TUNE_L_LINES)) + head * TUNE_LINES;
	const float *q = qkv + head * HEAD, *k = q + d, *v = k + d;
	float *dq = d_qkv + head * HEAD, *dk = dq + d, *dv = dk + d, *dp = n->d_attention;
	const float *doh = d_out + head * HEAD;
	float scale = 1 / sqrtf(HEAD);
	gemm(n->gemm, t, HEAD, t, flip(p, t), mat(doh, d), dv, w, false);
	gemm(n->gemm, t, t, HEAD, mat(doh, d), flip(v, w), dp, t, false);
	for (size_t i = 0; i < t; i++) {
		const float *pi = p + i * t;
		float *di = dp + i * t, dot = 0;
		for (size_t j = 0; j <= i; j++)
			dot += pi[j] * di[j];
		for (size_t j = 0; j <= i; j++) {
			di[j] = pi[j] * (di[j] - dot);
			d_near[near_of(n, i - j)] += di[j];
			d_lines[lines_between(&steps[i], &steps[j])] += di[j];
			di[j] *= scale;
		}
		for (size_t j = i + 1; j < t; j++)
			di[j] = 0;
	}
	gemm(n->gemm, t, HEAD, t, mat(dp, t), mat(k, w), dq, w, false);
	gemm(n->gemm, t, HEAD, t, flip(dp, t), mat(q, w), dk, w, false);
}

static void attention(struct net *n, int layer, const struct net_batch *b)
{
	struct layer_acts *a = &n->layers[layer];
	size_t d = n->shape.dim, from = 0, square = 0;
	for (size_t s = 0; s < b->n_streams; from = b->ends[s++]) {
		size_t t = b->ends[s] - from;
		for (int h = 0; h < n->shape.heads; h++, square += t * t)
			attend(n, layer, h, b->steps + from, t, a->qkv + from * 3 * d, a->attention + square,
			       a->mixed + from * d);
	}
}

static void back_attention(struct net *n, int layer, const struct net_batch *b, const float *d_mixed, float *d_qkv)
{
	struct layer_acts *a = &n->layers[layer];
	size_t d = n->shape.dim, from = 0, square = 0;
	for (size_t s = 0; s < b->n_streams; from = b->ends[s++]) {
		size_t t = b->ends[s] - from;
		for (int h = 0; h < n->shape.heads; h++, square += t * t)
			back_attend(n, layer, h, b->steps + from, t, a->qkv + from * 3 * d, a->attention + square,
				    d_mixed + from * d, d_qkv + from * 3 * d);
	}
}

static void layer_forward(struct net *n, int l, const struct net_batch *b, float *next, float dropout, struct rng *rng)
{
	struct layer_acts *a = &n->layers[l];
	size_t d = n->shape.dim, h = n->shape.hidden, size = b->n * d;
	rms(b->n, d, a->in, param(n, tune_layer_tensor(l, TUNE_L_SCALE_1)), a->norm_1, a->inv_1);
	linear(n, b->n, a->norm_1, d, param(n, tune_layer_tensor(l, TUNE_L_QKV)), 3 * d, a->qkv);
	attention(n, l, b);
	linear(n, b->n, a->mixed, d, param(n, tune_layer_tensor(l, TUNE_L_OUT)), d, a->mid);
	draw_mask(a->drop_1, size, dropout, rng);
	apply_mask(a->mid, a->drop_1, size, dropout);
	for (size_t i = 0; i < size; i++)
		a->mid[i] += a->in[i];
	rms(b->n, d, a->mid, param(n, tune_layer_tensor(l, TUNE_L_SCALE_2)), a->norm_2, a->inv_2);
	linear(n, b->n, a->norm_2, d, param(n, tune_layer_tensor(l, TUNE_L_UP)), h, a->up);
	for (size_t i = 0; i < b->n * h; i++) {
		float r = a->up[i] > 0 ? a->up[i] : 0;
		a->squared[i] = r * r;
	}
	linear(n, b->n, a->squared, h, param(n, tune_layer_tensor(l, TUNE_L_DOWN)), d, next);
	draw_mask(a->drop_2, size, dropout, rng);
	apply_mask(next, a->drop_2, size, dropout);
	for (size_t i = 0; i < size; i++)
		next[i] += a->mid[i];
}

/* n->dx: in, of the layer's output; out, of its input. */
static void layer_backward(struct net *n, int l, const struct net_batch *b, float dropout)
{
	struct layer_acts *a = &n->layers[l];
	size_t d = n->shape.dim, h = n->shape.hidden, size = b->n * d;
	memcpy(n->d_norm, n->dx, size * sizeof(float));
	apply_mask(n->d_norm, a->drop_2, size, dropout);
	back_linear(n, b->n, a->squared, h, param(n, tune_layer_tensor(l, TUNE_L_DOWN)),
		    grad(n, tune_layer_tensor(l, TUNE_L_DOWN)), d, n->d_norm, n->d_wide);
	for (size_t i = 0; i < b->n * h; i++)
		n->d_wide[i] *= a->up[i] > 0 ? 2 * a->up[i] : 0;
	back_linear(n, b->n, a->norm_2, d, param(n, tune_layer_tensor(l, TUNE_L_UP)), grad(n, tune_layer_tensor(l, TUNE_L_UP)),
		    h, n->d_wide, n->d_norm);
	back_rms(b->n, d, a->mid, param(n, tune_layer_tensor(l, TUNE_L_SCALE_2)), a->inv_2, n->d_norm,
		 grad(n, tune_layer_tensor(l, TUNE_L_SCALE_2)), n->dx);

	float *d_mid = a->norm_2, *d_mixed = n->d_norm; /* norm_2 has served */
	memcpy(d_mid, n->dx, size * sizeof(float));
	apply_mask(d_mid, a->drop_1, size, dropout);
	back_linear(n, b->n, a->mixed, d, param(n, tune_layer_tensor(l, TUNE_L_OUT)), grad(n, tune_layer_tensor(l, TUNE_L_OUT)),
		    d, d_mid, d_mixed);
	back_attention(n, l, b, d_mixed, n->d_wide);
	back_linear(n, b->n, a->norm_1, d, param(n, tune_layer_tensor(l, TUNE_L_QKV)),
		    grad(n, tune_layer_tensor(l, TUNE_L_QKV)), 3 * d, n->d_wide, n->d_norm);
	back_rms(b->n, d, a->in, param(n, tune_layer_tensor(l, TUNE_L_SCALE_1)), a->inv_1, n->d_norm,
		 grad(n, tune_layer_tensor(l, TUNE_L_SCALE_1)), n->dx);
}

static float *input_of(struct net *n, int layer)
{
	return layer < n->shape.layers ? n->layers[layer].in : n->x_last;
}

static void forward(struct net *n, const struct net_batch *b, float dropout, struct rng *rng)
{
	size_t d = n->shape.dim;
	const float *offsets = param(n, tune_offsets(&n->shape));
	fill_table(n, n->table);
	embed(n, b, n->layers[0].in);
	draw_mask(n->drop_in, b->n * d, dropout, rng);
	apply_mask(n->layers[0].in, n->drop_in, b->n * d, dropout);
	for (int l = 0; l < n->shape.layers; l++)
		layer_forward(n, l, b, input_of(n, l + 1), dropout, rng);
	rms(b->n, d, n->x_last, param(n, tune_last_scale(&n->shape)), n->norm_last, n->inv_last);
	linear(n, b->n, n->norm_last, d, n->table, TUNE_TOKENS, n->logits);
	for (size_t i = 0; i < b->n; i++)
		for (int t = 0; t < TUNE_TOKENS; t++)
			n->logits[i * TUNE_TOKENS + (size_t)t] += offsets[t];
}

/* Turns logits into the gradient of the mean loss. */
static double score_logits(struct net *n, const struct net_batch *b, size_t n_targets)
{
	double sum = 0;
	for (size_t i = 0; i < b->n; i++) {
		float *row = n->logits + i * TUNE_TOKENS;
		uint16_t want = b->targets[i];
		if (want == TUNE_TOKEN_NONE) {
			memset(row, 0, TUNE_TOKENS * sizeof(*row));
			continue;
		}
		softmax_row(row, TUNE_TOKENS, TUNE_TOKENS);
		sum -= log((double)row[want] + 1e-30);
		row[want] -= 1;
		for (int t = 0; t < TUNE_TOKENS; t++)
			row[t] /= (float)n_targets;
	}
	return sum;
}

static void backward(struct net *n, const struct net_batch *b, float dropout)
{
	size_t d = n->shape.dim;
	float *d_offsets = grad(n, tune_offsets(&n->shape));
	memset(n->gradient, 0, n->n_params * sizeof(float));
	memset(n->d_table, 0, (size_t)TUNE_TOKENS * d * sizeof(float));
	memset(n->dx, 0, b->n * d * sizeof(float));
	for (size_t i = 0; i < b->n; i++)
		for (int t = 0; t < TUNE_TOKENS; t++)
			d_offsets[t] += n->logits[i * TUNE_TOKENS + (size_t)t];
	back_linear(n, b->n, n->norm_last, d, n->table, n->d_table, TUNE_TOKENS, n->logits, n->d_norm);
	back_rms(b->n, d, n->x_last, param(n, tune_last_scale(&n->shape)), n->inv_last, n->d_norm,
		 grad(n, tune_last_scale(&n->shape)), n->dx);
	for (int l = n->shape.layers; l-- > 0;)
		layer_backward(n, l, b, dropout);
	apply_mask(n->dx, n->drop_in, b->n * d, dropout);
	back_embed(n, b, n->dx);
	back_table(n);
}

int net_loss(struct net *n, const struct net_batch *b, float dropout, struct rng *rng, bool gradient, double *ret_sum,
	     size_t *ret_n, struct err *err)
{
	size_t n_targets = 0;
	int r = make_room(n, b, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < b->n; i++)
		n_targets += b->targets[i] != TUNE_TOKEN_NONE;
	forward(n, b, dropout, rng);
	*ret_sum = score_logits(n, b, n_targets ? n_targets : 1);
	if (gradient)
		backward(n, b, dropout);
	if (ret_n)
		*ret_n = n_targets;
	return 0;
}

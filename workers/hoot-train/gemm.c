#include "gemm.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define KC 256 /* depth of a panel */
#define MC 192 /* rows of A packed at a time; a multiple of every kernel's rows */
#define NC 1536 /* columns of B packed at a time */
#define ROWS_MAX 12
#define COLS_MAX 32

typedef void kernel_fn(size_t k, const float *a, const float *b, float *c, size_t c_stride);

struct gemm {
	float *a, *b; /* MC x KC and KC x NC */
	kernel_fn *kernel;
	size_t rows, cols; /* of the kernel's block */
};

/* c[R][V * W] += a[k][R] b[k][V * W]; R, V, W are constants, so that all loops unroll and acc stays in registers. */
#define KERNEL_BODY(R, V, W) \
	typedef float vec __attribute__((vector_size((W) * 4), aligned(4), may_alias)); \
	vec acc[R][V]; \
	for (int i = 0; i < (R); i++) \
		for (int j = 0; j < (V); j++) \
			acc[i][j] = (vec){ 0 }; \
	for (size_t p = 0; p < k; p++, a += (R), b += (V) * (W)) { \
		vec bv[V]; \
		for (int j = 0; j < (V); j++) \
			bv[j] = *(const vec *)(const void *)(b + j * (W)); \
		for (int i = 0; i < (R); i++) \
			for (int j = 0; j < (V); j++) \
				acc[i][j] += a[i] * bv[j]; \
	} \
	for (int i = 0; i < (R); i++) \
		for (int j = 0; j < (V); j++) { \
			vec *to = (vec *)(void *)(c + (size_t)i * c_stride + j * (W)); \
			*to += acc[i][j]; \
		}

#if defined(__x86_64__)
__attribute__((target("avx512f,fma"))) static void kernel_avx512(size_t k, const float *restrict a, const float *restrict b,
								 float *restrict c, size_t c_stride)
{
	KERNEL_BODY(12, 2, 16)
}

__attribute__((target("avx2,fma"))) static void kernel_avx2(size_t k, const float *restrict a, const float *restrict b,
							    float *restrict c, size_t c_stride)
{
	KERNEL_BODY(6, 2, 8)
}
#endif

static void kernel_plain(size_t k, const float *restrict a, const float *restrict b, float *restrict c, size_t c_stride)
{
	KERNEL_BODY(4, 2, 4)
}

struct gemm *gemm_new(void)
{
	struct gemm *g = calloc(1, sizeof(*g));
	if (!g)
		return NULL;
	g->a = aligned_alloc(64, sizeof(float) * MC * KC);
	g->b = aligned_alloc(64, sizeof(float) * (size_t)KC * NC);
	g->kernel = kernel_plain;
	g->rows = 4;
	g->cols = 8;
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx512f")) {
		g->kernel = kernel_avx512;
		g->rows = 12;
		g->cols = 32;
	} else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
		g->kernel = kernel_avx2;
		g->rows = 6;
		g->cols = 16;
	}
#endif
	if (g->a && g->b)
		return g;
	gemm_free(g);
	return NULL;
}

void gemm_free(struct gemm *g)
{
	if (!g)
		return;
	free(g->a);
	free(g->b);
	free(g);
}

static inline size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* `lanes` rows (or columns) of a matrix side by side, k deep; what is missing is zero. */
static void pack(float *to, const float *from, size_t lane_stride, size_t k_stride, size_t lanes, size_t block, size_t k)
{
	if (lanes == block && lane_stride == 1) {
		for (size_t p = 0; p < k; p++)
			memcpy(to + p * block, from + p * k_stride, block * sizeof(*to));
		return;
	}
	for (size_t i = 0; i < block; i++) {
		const float *f = from + i * lane_stride;
		if (i < lanes)
			for (size_t p = 0; p < k; p++)
				to[p * block + i] = f[p * k_stride];
		else
			for (size_t p = 0; p < k; p++)
				to[p * block + i] = 0;
	}
}

/* Blocks at the edge are computed whole, beside C. */
static void edge(const struct gemm *g, size_t k, const float *a, const float *b, float *c, size_t c_stride, size_t m, size_t n)
{
	float block[ROWS_MAX * COLS_MAX] = { 0 };
	g->kernel(k, a, b, block, g->cols);
	for (size_t i = 0; i < m; i++)
		for (size_t j = 0; j < n; j++)
			c[i * c_stride + j] += block[i * g->cols + j];
}

static void multiply(const struct gemm *g, size_t m, size_t n, size_t k, float *c, size_t c_stride)
{
	for (size_t j = 0; j < n; j += g->cols)
		for (size_t i = 0; i < m; i += g->rows) {
			size_t rows = least(g->rows, m - i), cols = least(g->cols, n - j);
			float *to = c + i * c_stride + j;
			if (rows == g->rows && cols == g->cols)
				g->kernel(k, g->a + i * k, g->b + j * k, to, c_stride);
			else
				edge(g, k, g->a + i * k, g->b + j * k, to, c_stride, rows, cols);
		}
}

void gemm(struct gemm *g, size_t m, size_t n, size_t k, struct gemm_matrix a, struct gemm_matrix b, float *c, size_t c_stride,
	  bool add)
{
	size_t a_row = a.transposed ? 1 : a.stride, a_k = a.transposed ? a.stride : 1;
	size_t b_col = b.transposed ? b.stride : 1, b_k = b.transposed ? 1 : b.stride;
	for (size_t i = 0; !add && i < m; i++)
		memset(c + i * c_stride, 0, n * sizeof(*c));
	for (size_t j = 0; j < n; j += NC)
		for (size_t p = 0; p < k; p += KC) {
			size_t depth = least(KC, k - p), cols = least(NC, n - j);
			for (size_t x = 0; x < cols; x += g->cols)
				pack(g->b + x * depth, b.v + (j + x) * b_col + p * b_k, b_col, b_k, least(g->cols, cols - x),
				     g->cols, depth);
			for (size_t i = 0; i < m; i += MC) {
				size_t rows = least(MC, m - i);
				for (size_t x = 0; x < rows; x += g->rows)
					pack(g->a + x * depth, a.v + (i + x) * a_row + p * a_k, a_row, a_k,
					     least(g->rows, rows - x), g->rows, depth);
				multiply(g, rows, cols, depth, c + i * c_stride + j, c_stride);
			}
		}
}

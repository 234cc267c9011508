/*
 * gemm.h - matrix products for the trainer, on one core.
 *
 * Method:    panels of A and B are copied so that the inner loop reads them in order; the inner loop keeps a block of C in
 *            registers. Three builds of it (AVX-512, AVX2 with FMA, plain) are chosen when the program starts; sums may
 *            differ in their last bits from machine to machine, so that training does, too.
 * Shapes:    row-major. C[m][n] = (add ? C : 0) + op(A)[m][k] op(B)[k][n]; with transpose a matrix stands as [k][m] or [n][k].
 * Threads:   the workspace belongs to one thread.
 */
#ifndef HOOT_TRAIN_GEMM_H
#define HOOT_TRAIN_GEMM_H

#include <stdbool.h>
#include <stddef.h>

struct gemm; /* workspace */

struct gemm_matrix {
	const float *v;
	size_t stride; /* floats from row to row, as it stands */
	bool transposed;
};

struct gemm *gemm_new(void);
void gemm_free(struct gemm *g);
void gemm(struct gemm *g, size_t m, size_t n, size_t k, struct gemm_matrix a, struct gemm_matrix b, float *c, size_t c_stride,
	  bool add);

#endif

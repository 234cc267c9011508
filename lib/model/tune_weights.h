/*
 * tune_weights.h - the weights file of the learned model.
 *
 * File:      little-endian. "HOOTTUNE", u32 version (1), u32 bytes of the note, u64 tune_alphabet_hash, u16 dim, layers, heads,
 *            hidden; the note (UTF-8, what it was trained on); then the tensors in the order of tune_shape.h: tables and
 *            matrices as a f32 scale a row and rows x cols i8, the others (tune_is_plain) as f32; u64 FNV-1a of all bytes
 *            before it.
 * Ownership: weights own their values; plain memory.
 * Threads:   immutable once read; shared freely.
 * Errors:    -EBADMSG for a file that is cut, longer than its tensors, damaged, made for another alphabet or shape, or has
 *            values that are no numbers; -EMSGSIZE past LIMIT_TUNE_WEIGHTS_BYTES; -ENOMEM.
 */
#ifndef MODEL_TUNE_WEIGHTS_H
#define MODEL_TUNE_WEIGHTS_H

#include "base/err.h"
#include "base/mem.h"
#include "model/tune_shape.h"

#define TUNE_NOTE_MAX 1024

struct tune_weights {
	struct tune_shape shape;
	char *note;
	size_t at[TUNE_TENSORS_MAX + 1];       /* where a tensor begins in f32 or in i8 */
	size_t scale_at[TUNE_TENSORS_MAX + 1]; /* where its rows' scales begin in f32; SIZE_MAX where it has none */
	float *f32;                            /* plain tensors and all scales */
	int8_t *i8;
};

void tune_weights_free(struct tune_weights *w);
AUTO_DEFINE(tune_weights);

int tune_weights_parse(const void *bytes, size_t n, struct tune_weights **ret, struct err *err);
int tune_weights_read(const char *path, struct tune_weights **ret, struct err *err);
/* All tensors one after another as f32: tune_n_weights of them. */
void tune_weights_expand(const struct tune_weights *w, float *ret);

/* Tables and matrices are rounded to 8 bits a value. *ret is malloc'ed. */
int tune_weights_write(const struct tune_shape *shape, const char *note, const float *weights, uint8_t **ret, size_t *ret_n,
		       struct err *err);

#endif

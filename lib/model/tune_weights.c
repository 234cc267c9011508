#include "model/tune_weights.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"

#include "base/banned.h"

#define VERSION 1
#define HEAD_BYTES 32
#define TAIL_BYTES 8
static const char magic[8] = { 'H', 'O', 'O', 'T', 'T', 'U', 'N', 'E' };

void tune_weights_free(struct tune_weights *w)
{
	if (!w)
		return;
	free(w->note);
	free(w->f32);
	free(w->i8);
	free(w);
}

static uint64_t checksum(const uint8_t *p, size_t n)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001b3);
	return h;
}

static uint64_t get(const uint8_t *p, int bytes)
{
	uint64_t v = 0;
	for (int i = 0; i < bytes; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

static void put(uint8_t *p, uint64_t v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

static float get_f32(const uint8_t *p)
{
	uint32_t bits = (uint32_t)get(p, 4);
	float v;
	memcpy(&v, &bits, 4);
	return v;
}

static void put_f32(uint8_t *p, float v)
{
	uint32_t bits;
	memcpy(&bits, &v, 4);
	put(p, bits, 4);
}

/* What is left to read. */
struct reader {
	const uint8_t *p, *end;
	size_t n_f32, n_i8;
};

static bool read_floats(struct reader *r, struct tune_weights *w, size_t count)
{
	if ((size_t)(r->end - r->p) / 4 < count)
		return false;
	for (size_t i = 0; i < count; i++, r->p += 4) {
		float v = get_f32(r->p);
		if (!(fabsf(v) < 1e6f)) /* nor NaN */
			return false;
		w->f32[r->n_f32++] = v;
	}
	return true;
}

static bool read_tensor(struct reader *r, struct tune_weights *w, int i)
{
	struct tune_tensor t = tune_tensor_of(&w->shape, i);
	size_t count = (size_t)t.rows * t.cols;
	bool i8 = !tune_is_plain(&w->shape, i);
	w->scale_at[i] = i8 ? r->n_f32 : SIZE_MAX;
	w->at[i] = i8 ? r->n_i8 : r->n_f32;
	if (!read_floats(r, w, i8 ? t.rows : count))
		return false;
	if (!i8)
		return true;
	if ((size_t)(r->end - r->p) < count)
		return false;
	memcpy(w->i8 + r->n_i8, r->p, count);
	r->n_i8 += count;
	r->p += count;
	return true;
}

static int read_head(const uint8_t *p, size_t n, struct tune_weights *w, size_t *ret_note, struct err *err)
{
	if (n < HEAD_BYTES + TAIL_BYTES || memcmp(p, magic, sizeof(magic)) != 0)
		return err_set(err, -EBADMSG, "these are no tune weights");
	if (get(p + 8, 4) != VERSION)
		return err_set(err, -EBADMSG, "tune weights of version %llu, not %d", (unsigned long long)get(p + 8, 4), VERSION);
	if (get(p + n - TAIL_BYTES, 8) != checksum(p, n - TAIL_BYTES))
		return err_set(err, -EBADMSG, "the tune weights are damaged");
	if (get(p + 16, 8) != tune_alphabet_hash())
		return err_set(err, -EBADMSG, "the tune weights were made for another alphabet");
	w->shape = (struct tune_shape){ (uint16_t)get(p + 24, 2), (uint16_t)get(p + 26, 2), (uint16_t)get(p + 28, 2),
					(uint16_t)get(p + 30, 2) };
	*ret_note = (size_t)get(p + 12, 4);
	if (!tune_shape_ok(&w->shape) || *ret_note > TUNE_NOTE_MAX || *ret_note > n - HEAD_BYTES - TAIL_BYTES)
		return err_set(err, -EBADMSG, "the tune weights have a shape that is not supported");
	return 0;
}

int tune_weights_parse(const void *bytes, size_t n, struct tune_weights **ret, struct err *err)
{
	const uint8_t *p = bytes;
	size_t note = 0;
	AUTO(tune_weights) w = mem_new_array(1, sizeof(*w));
	if (!w)
		return err_set(err, -ENOMEM, "weights");
	if (n > LIMIT_TUNE_WEIGHTS_BYTES)
		return err_set(err, -EMSGSIZE, "tune weights of %zu bytes; at most %d are read", n, LIMIT_TUNE_WEIGHTS_BYTES);
	int code = read_head(p, n, w, &note, err);
	if (code < 0)
		return code;
	struct reader r = { p + HEAD_BYTES, p + n - TAIL_BYTES, 0, 0 };
	/* An i8 takes a byte and a f32 four, so that the file's size bounds both arrays. */
	w->note = strndup((const char *)r.p, note);
	w->f32 = mem_new_array(n / 4 + 1, sizeof(float));
	w->i8 = mem_new_array(n, 1);
	if (!w->note || !w->f32 || !w->i8)
		return err_set(err, -ENOMEM, "weights");
	r.p += note;
	for (int i = 0; i < tune_n_tensors(&w->shape); i++) {
		if (!read_tensor(&r, w, i))
			return err_set(err, -EBADMSG, "tensor %d of the tune weights is cut or no number", i);
	}
	if (r.p != r.end)
		return err_set(err, -EBADMSG, "the tune weights go on after their last tensor");
	*ret = TAKE(w);
	return 0;
}

int tune_weights_read(const char *path, struct tune_weights **ret, struct err *err)
{
	char AUTO_MEM *bytes = NULL;
	size_t n = 0;
	int r = fs_read(path, LIMIT_TUNE_WEIGHTS_BYTES, &bytes, &n, err);
	if (r == 0)
		r = tune_weights_parse(bytes, n, ret, err);
	return r < 0 ? err_wrap(err, r, "%s", path) : 0;
}

void tune_weights_expand(const struct tune_weights *w, float *ret)
{
	for (int i = 0; i < tune_n_tensors(&w->shape); i++) {
		struct tune_tensor t = tune_tensor_of(&w->shape, i);
		for (uint32_t row = 0; row < t.rows; row++)
			for (uint32_t k = 0; k < t.cols; k++) {
				size_t at = w->at[i] + (size_t)row * t.cols + k;
				*ret++ = w->scale_at[i] == SIZE_MAX ?
						 w->f32[at] :
						 (float)w->i8[at] * w->f32[w->scale_at[i] + row];
			}
	}
}

static float row_scale(const float *row, uint32_t n)
{
	float most = 0;
	for (uint32_t k = 0; k < n; k++)
		most = fabsf(row[k]) > most ? fabsf(row[k]) : most;
	return most > 0 ? most / 127 : 1;
}

static uint8_t *write_i8(uint8_t *p, const float *v, struct tune_tensor t)
{
	uint8_t *scales = p;
	p += (size_t)t.rows * 4;
	for (uint32_t row = 0; row < t.rows; row++, v += t.cols) {
		float scale = row_scale(v, t.cols);
		put_f32(scales + (size_t)row * 4, scale);
		for (uint32_t k = 0; k < t.cols; k++)
			*p++ = (uint8_t)(int8_t)lrintf(v[k] / scale);
	}
	return p;
}

static uint8_t *write_f32(uint8_t *p, const float *v, struct tune_tensor t)
{
	for (size_t k = 0; k < (size_t)t.rows * t.cols; k++, p += 4)
		put_f32(p, v[k]);
	return p;
}

int tune_weights_write(const struct tune_shape *shape, const char *note, const float *weights, uint8_t **ret, size_t *ret_n,
		       struct err *err)
{
	size_t n_note = strnlen(note, TUNE_NOTE_MAX);
	uint8_t *out = mem_new_array(tune_n_weights(shape) * 5 + HEAD_BYTES + TAIL_BYTES + n_note, 1);
	if (!out)
		return err_set(err, -ENOMEM, "weights");
	memcpy(out, magic, sizeof(magic));
	put(out + 8, VERSION, 4);
	put(out + 12, n_note, 4);
	put(out + 16, tune_alphabet_hash(), 8);
	put(out + 24, shape->dim, 2);
	put(out + 26, shape->layers, 2);
	put(out + 28, shape->heads, 2);
	put(out + 30, shape->hidden, 2);
	memcpy(out + HEAD_BYTES, note, n_note);
	uint8_t *p = out + HEAD_BYTES + n_note;
	for (int i = 0; i < tune_n_tensors(shape); i++) {
		struct tune_tensor t = tune_tensor_of(shape, i);
		p = tune_is_plain(shape, i) ? write_f32(p, weights, t) : write_i8(p, weights, t);
		weights += (size_t)t.rows * t.cols;
	}
	put(p, checksum(out, (size_t)(p - out)), 8);
	*ret_n = (size_t)(p - out) + TAIL_BYTES;
	*ret = out;
	return 0;
}

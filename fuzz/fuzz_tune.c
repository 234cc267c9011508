/*
 * fuzz_tune.c - the learned model's two ways in. First byte even: the rest are changes to a good weights file (three bytes of place, one of
 * value; the checksum is put right), cut as the second byte says; what is read is run. Odd: the rest are tokens, two bytes each.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/tune.h"
#include "model/tune_net.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

static uint8_t *good_file(size_t *ret_n)
{
	static const struct tune_shape shape = { 32, 1, 1, 32 };
	size_t n = tune_n_weights(&shape);
	float *w = malloc(n * sizeof(float));
	uint8_t *bytes = NULL;
	check(w != NULL);
	for (size_t i = 0; i < n; i++)
		w[i] = (float)((i * 2654435761u >> 8) % 1000) / 1000 - 0.5f;
	check(tune_weights_write(&shape, "fuzzed", w, &bytes, ret_n, NULL) == 0);
	free(w);
	return bytes;
}

static void put_sum(uint8_t *bytes, size_t n)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < n - 8; i++)
		h = (h ^ bytes[i]) * UINT64_C(0x100000001b3);
	for (int i = 0; i < 8; i++)
		bytes[n - 8 + (size_t)i] = (uint8_t)(h >> (8 * i));
}

static void run_it(struct tune_weights *w)
{
	AUTO(tune_net) net = NULL;
	AUTO(tune_run) run = NULL;
	struct tune_state s;
	struct tune_step step;
	float logits[TUNE_TOKENS];
	check(tune_shape_ok(&w->shape) && strlen(w->note) <= TUNE_NOTE_MAX);
	check(tune_net_new(w, &net, NULL) == 0);
	check(tune_run_new(net, 3, &run, NULL) == 0);
	tune_state_init(&s);
	for (int i = 0; i < 3; i++) {
		static const int head[3] = { TUNE_TOKEN_MODE, TUNE_TOKEN_METER, TUNE_TOKEN_FORM };
		tune_state_push(&s, head[i]);
		tune_step_of(&s, head[i], 0, 0, -1, &step);
		check(tune_run_step(run, &step, logits, NULL) == 0);
	}
}

static void fuzz_weights(const uint8_t *data, size_t size)
{
	struct tune_weights *w = NULL;
	size_t n, cut = size ? data[0] : 0;
	uint8_t *bytes = good_file(&n);
	for (size_t i = 1; i + 4 <= size; i += 4)
		bytes[((size_t)data[i] | (size_t)data[i + 1] << 8 | (size_t)data[i + 2] << 16) % n] = data[i + 3];
	n -= cut < n ? cut : 0;
	put_sum(bytes, n);
	int r = tune_weights_parse(bytes, n, &w, NULL);
	check(r == 0 || r == -EBADMSG);
	if (r == 0)
		run_it(w);
	free(bytes);
}

static void fuzz_tokens(const uint8_t *data, size_t size)
{
	AUTO_TUNE t = TUNE_INIT;
	AUTO(score) s = NULL;
	uint16_t tokens[2048];
	size_t n = 0;
	for (size_t i = 0; i + 1 < size && n < COUNT_OF(tokens); i += 2)
		tokens[n++] = (uint16_t)(data[i] | data[i + 1] << 8);
	int r = tune_add_stream(&t, tokens, n, NULL);
	check(r == 0 || r == -EBADMSG || r == -EMSGSIZE);
	if (r < 0 || t.n_bars == 0)
		return;
	check(t.n_bars <= TUNE_BARS_MAX);
	check(tune_to_score(&t, &s, NULL) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size && data[0] & 1)
		fuzz_tokens(data + 1, size - 1);
	else if (size)
		fuzz_weights(data + 1, size - 1);
	return 0;
}

/*
 * fuzz_euclid.c - any text as a Euclidean pattern: refused with the parameter at fault, or strokes that stay within their bars.
 */
#include <stdlib.h>
#include <string.h>

#include "model/euclid.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct euclid_params p;
	struct err err = ERR_INIT;
	struct score *s = NULL;
	check(model_params_read(&euclid_table, NULL, &p, NULL) == 0);
	size_t n = size < sizeof(p.pattern) - 1 ? size : sizeof(p.pattern) - 1;
	memset(p.pattern, 0, sizeof(p.pattern));
	if (n > 0)
		memcpy(p.pattern, data, n);
	p.bars = 1 + (int64_t)(size % 3);
	p.cycle = size % 2 ? EUCLID_CYCLE_BAR : EUCLID_CYCLE_STEP;
	int code = euclid_make(&p, size, NULL, &s, NULL, &err);
	check(code == 0 || (code == -EINVAL && strcmp(err.field, "params.pattern") == 0));
	for (size_t i = 0; code == 0 && i < s->voices[0].n_notes; i++)
		check(s->voices[0].notes[i].start_beats >= 0 && s->voices[0].notes[i].start_beats < s->end_beats);
	score_free(s);
	return 0;
}

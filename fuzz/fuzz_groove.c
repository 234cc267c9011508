/*
 * fuzz_groove.c - any bytes as a groove: refused, or a groove that keeps to its contract, is written and read again as the
 * same, and bends a bar without putting anything out of order.
 */
#include <stdlib.h>
#include <string.h>

#include "music/groove.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void check_again(const struct groove *g)
{
	struct groove again;
	AUTO_JSON json_t *j = groove_json(g);
	char AUTO_MEM *text = json_text(j, JSON_OUT_COMPACT);
	check(text && groove_read(text, strlen(text), &again, NULL) == 0);
	check(again.n_slots == g->n_slots && strcmp(again.name, g->name) == 0 && again.period_beats == g->period_beats);
	for (int i = 0; i < g->n_slots; i++)
		check(again.slots[i].timing_beats == g->slots[i].timing_beats && again.slots[i].velocity == g->slots[i].velocity);
}

static void check_bar(const struct groove *g)
{
	AUTO(score) s = score_new();
	AUTO(score) out = NULL;
	size_t v;
	const struct groove_apply_params p = { 1, 2, 1, 0 };
	check(s && score_add_voice(s, "", &v, NULL) == 0);
	for (int i = 0; i < 32; i++) {
		struct note x = { 64 + i / 8.0, 0.1, (uint8_t)i, 64, 0, 64 };
		check(score_add_note(s, v, &x, NULL) == 0);
	}
	check(groove_apply(s, g, &p, NULL, &out, NULL) == 0);
	check(out->voices[0].n_notes == 32);
	for (size_t i = 0; i < 32; i++) {
		const struct note *x = &out->voices[0].notes[i];
		check(x->velocity >= 1 && x->velocity <= 127 && x->start_beats >= 0 && x->duration_beats >= 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct groove g;
	struct err err = ERR_INIT;
	if (groove_read((const char *)data, size, &g, &err) < 0) {
		check(err.code < 0 && err.msg[0]);
		return 0;
	}
	check(groove_check(&g, NULL) == 0);
	check_again(&g);
	check_bar(&g);
	return 0;
}

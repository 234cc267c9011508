/*
 * fuzz_words.c - any text as a prompt and as chords: the parameters that a prompt comes to keep to their table, and chords
 * that are read are contiguous, have their key, and are written and read again as the same.
 */
#include <stdlib.h>
#include <string.h>

#include "model/harmony.h"
#include "model/piece.h"
#include "model/prompt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void check_prompt(const char *text)
{
	struct piece_params p;
	struct prompt_reading r;
	check(model_params_read(&piece_table, NULL, &p, NULL) == 0);
	struct err err = ERR_INIT;
	int code = prompt_read(text, &p, &r, &err);
	check(code == 0 || (code == -EINVAL && err.msg[0])); /* numbers that make no sense are refused */
	if (code < 0)
		return;
	piece_settle(&p);
	check(model_params_check(&piece_table, &p, NULL) == 0);
	for (size_t i = 0; i < r.n_unknown && i < PROMPT_UNKNOWN; i++)
		check(memchr(r.unknown[i], '\0', PROMPT_WORD) != NULL);
}

static void check_chords(const char *text, const char *meter)
{
	struct meter_shape m;
	AUTO_HARMONY h = { 0 };
	AUTO_HARMONY again = { 0 };
	check(meter_shape_of_name(meter, &m, NULL) == 0);
	if (harmony_read(text, NULL, &m, &h, NULL) < 0)
		return;
	int32_t at = 0;
	for (size_t i = 0; i < h.n; i++) {
		check(h.chords[i].at == at && h.chords[i].length > 0 && h.chords[i].chord.root >= 0 && h.chords[i].chord.root < 12);
		at += h.chords[i].length;
	}
	check(at == h.end_ticks && at % m.bar_ticks == 0);
	char AUTO_MEM *written = harmony_text(&h);
	check(written && harmony_read(written, &h.key, &m, &again, NULL) == 0);
	check(again.end_ticks == h.end_ticks);
	for (size_t i = 0; i < h.n; i++) {
		const struct harmony_chord *c = harmony_at(&again, h.chords[i].at);
		check(chord_pitch_classes(&c->chord) == chord_pitch_classes(&h.chords[i].chord));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 1023)
		return 0; /* more does not fit into a parameter */
	char text[1024];
	memcpy(text, data, size);
	text[size] = '\0';
	check_prompt(text);
	for (int i = 0; meter_names[i]; i += 3)
		check_chords(text, meter_names[i]);
	return 0;
}

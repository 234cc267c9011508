/*
 * fuzz_abc.c - any text: every diagnostic lies inside it, every note is one, and it ends in time. Each tune is read
 * for its nominal notes and performed, with switches that its bytes set.
 */
#include <math.h>
#include <stdlib.h>

#include "music/abc.h"
#include "music/smf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void check_score(const struct score *s)
{
	check(isfinite(s->end_beats) && s->pickup_beats >= 0);
	for (size_t i = 0; i < s->n_voices; i++)
		for (size_t k = 0; k < s->voices[i].n_notes; k++) {
			const struct note *n = &s->voices[i].notes[k];
			check(n->pitch <= 127 && n->channel <= 15 && n->duration_beats >= 0);
			check(n->start_beats + n->duration_beats <= s->end_beats + 1e-6);
		}
}

static struct abc_play_options options_by(const uint8_t *data, size_t size)
{
	uint32_t h = 2166136261u;
	for (size_t i = 0; i < size; i++)
		h = (h ^ data[i]) * 16777619u;
	if (h % 3 == 0)
		return abc_nominal;
	struct abc_play_options o = abc_performed;
	if (h % 3 == 1)
		return o;
	o.ornaments = h >> 4 & 1;
	o.grace = h >> 5 & 1;
	o.articulation = h >> 6 & 1;
	o.dynamics = h >> 7 & 1;
	o.accompaniment = h >> 8 & 1;
	o.drums = h >> 9 & 1;
	o.swing = h >> 10 & 1 ? ABC_SWING_ON : ABC_SWING_OFF;
	o.swing_ratio = h >> 11 & 1 ? 0.8 : 0;
	o.tempo_bpm = h >> 12 & 1 ? 90 : 0;
	o.transpose = h >> 13 & 1 ? 12 : 0;
	o.velocity = h >> 14 & 1 ? 127 : 0;
	o.channel = h >> 15 & 1 ? (int)(h >> 16 & 15) : -1;
	o.jumps = h >> 21 & 1;
	o.repeats = h >> 20 & 1 ? ABC_REPEATS_LITERAL : ABC_REPEATS_SENSIBLE;
	return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct abc_play_options options = options_by(data, size);
	const char *text = (const char *)data;
	struct abc_report report = ABC_REPORT_INIT;
	struct err err = ERR_INIT;
	size_t n = abc_count(text, size);
	for (size_t i = 0; i < n && i < 4; i++) {
		struct abc_pick pick = { false, i, 0 };
		AUTO(score) s = NULL;
		uint8_t AUTO_MEM *bytes = NULL;
		size_t n_bytes;
		int r = abc_perform(text, size, &pick, &options, &s, &report, &err);
		check(r == 0 ? s != NULL : r == -EMSGSIZE || r == -EINVAL || r == -ERANGE);
		if (r == 0) {
			check_score(s);
			(void)score_write_smf(s, &bytes, &n_bytes, &err); /* may be too far */
		}
	}
	for (size_t i = 0; i < report.n_diags; i++) {
		AUTO_STRBUF b = STRBUF_INIT;
		check(report.diags[i].line >= 1 && report.diags[i].line <= size + 1 && report.diags[i].column >= 1 &&
		      report.diags[i].column <= size + 1);
		check(abc_diag_print(&report.diags[i], text, size, &b) == 0);
	}
	abc_report_done(&report);
	return 0;
}

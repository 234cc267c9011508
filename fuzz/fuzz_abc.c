/*
 * fuzz_abc.c - any text: every diagnostic lies inside it, every note is one, and it ends in time.
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct abc_report report = ABC_REPORT_INIT;
	struct err err = ERR_INIT;
	size_t n = abc_count(text, size);
	for (size_t i = 0; i < n && i < 4; i++) {
		struct abc_pick pick = { false, i, 0 };
		AUTO(score) s = NULL;
		uint8_t AUTO_MEM *bytes = NULL;
		size_t n_bytes;
		int r = abc_parse(text, size, &pick, &s, &report, &err);
		check(r == 0 ? s != NULL : r == -EMSGSIZE || r == -EINVAL);
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

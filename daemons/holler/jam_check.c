/*
 * jam_check.c - is there something to perform? Said before a family is started for it.
 */
#include "jam.h"

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "music/abc.h"
#include "music/smf.h"

#include <string.h>

#define CHECK_BYTES (16u << 20)
#define CHECK_SHOWN 4 /* mistakes with their line and a caret */

static int check_midi(struct jam *j, struct err *err)
{
	AUTO(score) s = NULL;
	int r = score_read_smf(j->bytes, j->n_bytes, &s, err);
	if (r < 0)
		return err_hint(err, r, "it begins like a MIDI file but is damaged");
	if (score_n_notes(s) == 0)
		return err_set(err, -EBADMSG, "it has no notes");
	return 0;
}

/* "bad.abc:6:9: error: …", the line, a caret; the first few of them. */
static int show_mistakes(struct jam *j, const struct abc_report *report, struct err *err)
{
	AUTO_STRBUF b = STRBUF_INIT;
	size_t shown = 0;
	if (!report->n_errors)
		return 0;
	for (size_t i = 0; i < report->n_diags && shown < CHECK_SHOWN; i++) {
		if (report->diags[i].severity != ABC_ERROR)
			continue;
		(void)strbuf_addf(&b, "%s:", fs_basename(j->o.tune));
		(void)abc_diag_print(&report->diags[i], j->bytes, j->n_bytes, &b); /* a failure sticks in b */
		shown++;
	}
	if (report->n_errors > shown)
		(void)strbuf_addf(&b, "and %zu more\n", report->n_errors - shown);
	if (!strbuf_ok(&b))
		return err_set(err, -ENOMEM, "the mistakes");
	jam_step(j, "notation", "%zu mistake%s; what could not be read is left out", report->n_errors,
		 report->n_errors == 1 ? "" : "s");
	jam_lines(j, b.s);
	return 0;
}

static int check_notes(const struct score *s, const struct abc_report *report, struct err *err)
{
	if (score_n_notes(s))
		return 0;
	for (size_t i = 0; i < report->n_diags; i++)
		if (report->diags[i].severity == ABC_ERROR)
			return err_set(err, -EBADMSG, "%u:%u: %s, and no notes are left", report->diags[i].line,
				       report->diags[i].column, report->diags[i].message);
	return err_set(err, -EBADMSG, "it has no notes");
}

static int check_abc(struct jam *j, struct err *err)
{
	struct abc_pick pick = { .by_number = j->o.number != 0, .number = j->o.number };
	struct abc_report report = ABC_REPORT_INIT;
	AUTO(score) s = NULL;
	size_t n = abc_count(j->bytes, j->n_bytes);
	if (!n) {
		int r = err_set(err, -EBADMSG, "it is neither a MIDI file nor a tune in ABC notation");
		return err_hint(err, r, "ABC begins with a line X:1, and its header ends with one like K:D");
	}
	int r = abc_parse(j->bytes, j->n_bytes, &pick, &s, &report, err);
	if (r == -ENOENT)
		r = err_hint(err, r, "--number is that of the X: line; without it the first tune is taken");
	if (r == 0)
		r = show_mistakes(j, &report, err);
	if (r == 0)
		r = check_notes(s, &report, err);
	abc_report_done(&report);
	return r;
}

int jam_tune_check(struct jam *j, struct err *err)
{
	int r = fs_read(j->o.tune, CHECK_BYTES, &j->bytes, &j->n_bytes, err);
	if (r < 0)
		return err_hint(err, r, "name a tune: --tune FILE.abc or FILE.mid");
	j->midi = j->n_bytes >= 4 && memcmp(j->bytes, "MThd", 4) == 0;
	r = j->midi ? check_midi(j, err) : check_abc(j, err);
	return r < 0 ? err_wrap(err, r, "'%s'", j->o.tune) : 0;
}

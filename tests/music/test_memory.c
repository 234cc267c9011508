/*
 * Runs reading, playing, cutting and writing with the first, second, third ... allocation failing, until
 * none fails: each time -ENOMEM and nothing else comes back. Leaks are the address sanitizer's to find.
 */
#include <stdlib.h>
#include <string.h>

#include "../check.h"
#include "../starve.h"
#include "music/abc.h"
#include "music/abc_print.h"
#include "music/abc_write.h"
#include "music/events_json.h"
#include "music/excerpt.h"
#include "music/musicxml.h"
#include "music/smf.h"

static const char tune[] = "X:1\nT:memory\nC:us\nP:AB\nM:4/4\nL:1/4\nQ:1/4=100\nK:D\nP:A\nV:1 name=\"one\"\n%%MIDI program 3\n"
			   "D|:\"G\"D2-D[EG]&A4|1[K:G](3CDEF:|2 GABc|]\nw:la la-la\nP:B\n[M:3/4][Q:1/4=80]DEF|\nV:2\nC4|\n";

static const char performed[] =
	"X:1\nT:caf\\'e\nR:hornpipe\nm: ~n2 = n{o}n\nU: W = !turn!\nM:4/4\nL:1/4\nQ:\"Allegro\"\n%%MIDI drum dd 35 38\n%%MIDI drumon\n"
	"%%MIDI drone\nK:D\n\"G\"~d2Td{/e}f|!p!!<(!.A(BWc)!<)!!f!Hd|\ns:!trill!\nw: caf\\'e\n%%MIDI droneon\n!arpeggio![ceg]4|]\n";

static int play(void *arg, struct err *err)
{
	struct abc_report report = ABC_REPORT_INIT;
	AUTO(score) s = NULL;
	int r = abc_perform(performed, sizeof(performed) - 1, NULL, &abc_performed, &s, &report, err);
	abc_report_done(&report);
	return r;
}

static int work(void *arg, struct err *err)
{
	struct abc_report report = ABC_REPORT_INIT;
	AUTO(score) s = NULL;
	AUTO(score) cut = NULL;
	AUTO(score) joined = NULL;
	AUTO(score) up = NULL;
	AUTO(score) back = NULL;
	uint8_t AUTO_MEM *bytes = NULL;
	size_t n;
	int r = abc_parse(tune, sizeof(tune) - 1, NULL, &s, &report, err);
	abc_report_done(&report);
	if (r == 0)
		r = score_excerpt_bars(s, 1, 2, &cut, err);
	if (r == 0)
		r = score_join(s, cut, 32, &joined, err);
	if (r == 0)
		r = score_transpose(joined, 5, &up, err);
	if (r == 0)
		r = score_write_smf(up, &bytes, &n, err);
	return r < 0 ? r : score_read_smf(bytes, n, &back, err);
}

static int write_notation(const struct score *s, struct err *err)
{
	static const struct abc_write_options options = ABC_WRITE_OPTIONS_INIT;
	static const struct sheet_options sheet = SHEET_OPTIONS_INIT;
	static const struct events_json_options events = { true };
	char AUTO_MEM *abc = NULL;
	char AUTO_MEM *xml = NULL;
	AUTO_STRBUF list = STRBUF_INIT;
	size_t n;
	int r = abc_write(s, &options, &abc, &n, NULL, err);
	if (r == 0)
		r = musicxml_write(s, &sheet, &xml, &n, NULL, err);
	return r < 0 ? r : events_json(s, &events, &list, err);
}

static int write_down(void *arg, struct err *err)
{
	static const struct abc_print_options up = { .semitones = 2 };
	struct abc_report report = ABC_REPORT_INIT;
	AUTO(score) s = NULL;
	char AUTO_MEM *printed = NULL;
	size_t n;
	int r = abc_print(tune, sizeof(tune) - 1, NULL, &up, &printed, &n, &report, err);
	if (r == 0)
		r = abc_parse(tune, sizeof(tune) - 1, NULL, &s, &report, err);
	abc_report_done(&report);
	return r < 0 ? r : write_notation(s, err);
}

/* Sorting and the list of diagnostics do without memory; everything else says so. */
static void test_every_failing_allocation_is_an_error(void **state)
{
	assert_true(starve_exhaust(STARVE_ALL_FROM, "a tune", true, work, NULL) > 40);
	assert_true(starve_exhaust(STARVE_ALL_FROM, "a performance", true, play, NULL) > 40);
	assert_true(starve_exhaust(STARVE_ALL_FROM, "notation", true, write_down, NULL) > 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_every_failing_allocation_is_an_error) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}

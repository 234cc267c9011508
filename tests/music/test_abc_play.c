#include <stdio.h>
#include <string.h>

#include "../check.h"
#include "../seed.h"
#include "base/str.h"
#include "music/abc.h"

/*
 * How a tune is performed, one feature a row: the switch that is on, header and music behind X: and T:, and the notes as
 * pitch@start:duration in quarter notes (/velocity where `loud`), voices parted by '/'.
 */
enum which { ORNAMENTS, GRACE, ARTICULATION, DYNAMICS, ACCOMPANIMENT, DRUMS, SWING, JUMPS, NOTHING };

struct row {
	const char *name;
	enum which which;
	const char *header, *music, *want;
};

static const struct row rows[] = {
	{ "a trill ends on its note", ORNAMENTS, "L:1/4\nK:C", "Td|",
	  "74@0:0.125 76@0.125:0.125 74@0.25:0.125 76@0.375:0.125 74@0.5:0.125 76@0.625:0.125 74@0.75:0.25" },
	{ "a trill takes the key's note", ORNAMENTS, "L:1/8\nK:F", "TA|",
	  "69@0:0.1 70@0.1:0.1 69@0.2:0.1 70@0.3:0.1 69@0.4:0.1" },
	{ "a lower mordent", ORNAMENTS, "L:1/4\nK:C", "Mc|", "72@0:0.125 71@0.125:0.125 72@0.25:0.75" },
	{ "an upper mordent", ORNAMENTS, "L:1/4\nK:C", "!uppermordent!c|", "72@0:0.125 74@0.125:0.125 72@0.25:0.75" },
	{ "a turn", ORNAMENTS, "L:1/8\nK:C", "!turn!c|", "74@0:0.125 72@0.125:0.125 71@0.25:0.125 72@0.375:0.125" },
	{ "a turn on a long note waits", ORNAMENTS, "L:1/4\nK:C", "!turn!c2|",
	  "72@0:1 74@1:0.25 72@1.25:0.25 71@1.5:0.25 72@1.75:0.25" },
	{ "an inverted turn", ORNAMENTS, "L:1/8\nK:C", "!invertedturn!c|",
	  "71@0:0.125 72@0.125:0.125 74@0.25:0.125 72@0.375:0.125" },
	{ "a roll on a dotted quarter", ORNAMENTS, "L:1/8\nK:G", "~G3|",
	  "67@0:0.5 69@0.5:0.125 67@0.625:0.375 66@1:0.125 67@1.125:0.375" },
	{ "a roll on a quarter", ORNAMENTS, "L:1/8\nK:G", "~G2|",
	  "69@0:0.08333 67@0.08333:0.4167 66@0.5:0.08333 67@0.5833:0.4167" },
	{ "a slide from below", ORNAMENTS, "L:1/4\nK:C", "!slide!e|", "74@0:0.125 76@0.125:0.875" },
	{ "a tremolo", ORNAMENTS, "L:1/4\nK:C", "!//!c|", "72@0:0.2188 72@0.25:0.2188 72@0.5:0.2188 72@0.75:0.25" },
	{ "an arpeggio begins below", ORNAMENTS, "L:1/4\nK:C", "!arpeggio![GEC]|", "60@0:1 64@0.0625:0.9375 67@0.125:0.875" },
	{ "a trill in a chord is its top note's", ORNAMENTS, "L:1/8\nK:C", "T[Ac]|",
	  "69@0:0.5 72@0:0.1 74@0.1:0.1 72@0.2:0.1 74@0.3:0.1 72@0.4:0.1" },
	{ "trills from ( to )", ORNAMENTS, "L:1/8\nK:C", "!trill(!c!trill)!ce|",
	  "72@0:0.1 74@0.1:0.1 72@0.2:0.1 74@0.3:0.1 72@0.4:0.1 72@0.5:0.1 74@0.6:0.1 72@0.7:0.1 74@0.8:0.1 72@0.9:0.1 76@1:0.5" },
	{ "a letter of the user's own", ORNAMENTS, "U: W = !lowermordent!\nL:1/4\nK:C", "Wc|",
	  "72@0:0.125 71@0.125:0.125 72@0.25:0.75" },
	{ "a letter that means nothing any more", ORNAMENTS, "U: T = !nil!\nL:1/4\nK:C", "Tc|", "72@0:1" },
	{ "a trill over a tie", ORNAMENTS, "L:1/8\nK:C", "Tc/-|c/|",
	  "72@0:0.1 74@0.1:0.1 72@0.2:0.1 74@0.3:0.1 72@0.4:0.1" },
	{ "without the switch nothing of it", NOTHING, "L:1/4\nK:C", "Tc{d}.e!fff!(fg)\"Am\"a|",
	  "72@0:1 76@1:1 77@2:1 79@3:1 81@4:1" },
	{ "a symbol line decorates", ORNAMENTS, "L:1/4\nK:C", "c d|\ns: * !lowermordent!", "72@0:1 74@1:0.125 72@1.125:0.125 74@1.25:0.75" },

	{ "a grace note takes from its note", GRACE, "L:1/4\nK:C", "c{e}d|", "72@0:1 76@1:0.125 74@1.125:0.875" },
	{ "slashed ones are shorter", GRACE, "L:1/4\nK:C", "{/e}d|", "76@0:0.0625 74@0.0625:0.9375" },
	{ "several in proportion", GRACE, "L:1/4\nK:C", "{e2fg}d2|", "76@0:0.25 77@0.25:0.125 79@0.375:0.125 74@0.5:1.5" },
	{ "never more than half", GRACE, "L:1/8\nK:C", "{efga}d|", "76@0:0.0625 77@0.0625:0.0625 79@0.125:0.0625 81@0.1875:0.0625 74@0.25:0.25" },
	{ "before a chord", GRACE, "L:1/4\nK:C", "{g}[ce]|", "79@0:0.125 72@0.125:0.875 76@0.125:0.875" },
	{ "chords of grace notes", GRACE, "L:1/4\nK:C", "{[eg]f}c|", "76@0:0.125 79@0:0.125 77@0.125:0.125 72@0.25:0.75" },
	{ "their accidentals are their own", GRACE, "L:1/4\nK:C", "{^f}gf|", "78@0:0.125 79@0.125:0.875 77@1:1" },
	{ "over the bar line", GRACE, "L:1/4\nK:C", "c{e}|d|", "72@0:1 76@1:0.125 74@1.125:0.875" },
	{ "grace notes are broken once", GRACE, "L:1/4\nK:C", "{e>>> >>> >>>f}c|", "76@0:0.2344 77@0.2344:0.01562 72@0.25:0.75" },
	{ "a part of the note, as said", GRACE, "L:1/4\nK:C\n%%MIDI grace 1/4", "{ef}d2|", "76@0:0.25 77@0.25:0.25 74@0.5:1.5" },
	{ "a part of the unit, as said", GRACE, "L:1/4\nK:C\n%%MIDI gracedivider 2", "{e}d2|", "76@0:0.5 74@0.5:1.5" },

	{ "what is not slurred is detached", ARTICULATION, "L:1/4\nK:C", "c(de)f|", "72@0:0.9375 74@1:1 76@2:0.9375 77@3:0.9375" },
	{ "staccato, tenuto", ARTICULATION, "L:1/4\nK:C", ".c!tenuto!d!wedge!e|", "72@0:0.5 74@1:1 76@2:0.3" },
	{ "a tie between two pitches is a slur", ARTICULATION, "L:1/4\nK:C", "c-de|", "72@0:1 74@1:0.9375 76@2:0.9375" },
	{ "slurs in slurs, over a tie", ARTICULATION, "L:1/4\nK:C", "((cd)e-e)f|", "72@0:1 74@1:1 76@2:1.938 77@4:0.9375" },
	{ "a slur that begins in a chord", ARTICULATION, "L:1/4\nK:C", "[(ce]d)f|", "72@0:1 76@0:1 74@1:0.9375 77@2:0.9375" },

	{ "the usual accents", DYNAMICS, "M:4/4\nL:1/8\nK:C", "cdef|", "72@0:0.5/98 74@0.5:0.5/78 76@1:0.5/86 77@1.5:0.5/78" },
	{ "levels hold", DYNAMICS, "M:4/4\nL:1/4\nK:C", "!pp!cd!ff!ef|", "72@0:1/52 74@1:1/46 76@2:1/112 77@3:1/112" },
	{ "a hairpin between two levels", DYNAMICS, "M:4/4\nL:1/4\nK:C", "!p!c!<(!cc!<)!!f!c|",
	  "72@0:1/66 72@1:1/58 72@2:1/79 72@3:1/100" },
	{ "a hairpin to nowhere is a step", DYNAMICS, "M:4/4\nL:1/4\nK:C", "c!diminuendo(!cc!diminuendo)!c|c|",
	  "72@0:1/98 72@1:1/86 72@2:1/78 72@3:1/70 72@4:1/79" },
	{ "accents", DYNAMICS, "M:4/4\nL:1/4\nK:C", "cLd!^!e!sfz!f|", "72@0:1/98 74@1:1/100 76@2:1/108 77@3:1/116" },
	{ "beats as said", DYNAMICS, "M:4/4\nL:1/4\nK:C\n%%MIDI beat 110 90 70 2", "cdef|", "72@0:1/110 74@1:1/70 76@2:1/90 77@3:1/70" },
	{ "beats as a row", DYNAMICS, "M:4/4\nL:1/4\nK:C\n%%MIDI beatstring fppm", "cdef|", "72@0:1/98 74@1:1/78 76@2:1/78 77@3:1/86" },
	{ "no beats", DYNAMICS, "M:4/4\nL:1/8\nK:C\n%%MIDI nobeataccents", "cd|", "72@0:0.5/86 74@0.5:0.5/86" },

	{ "bass and chords of three beats", ACCOMPANIMENT, "M:3/4\nL:1/4\nK:C", "\"C\"c3|",
	  "72@0:3/36@0:0.5/52@1:0.5 55@1:0.5 60@1:0.5 52@2:0.5 55@2:0.5 60@2:0.5" },
	{ "a chord change in mid bar", ACCOMPANIMENT, "M:2/4\nL:1/4\nK:C\n%%MIDI gchord fcfc", "\"C\"c\"G7/B\"d|",
	  "72@0:1 74@1:1/36@0:0.5 47@1:0.5/52@0.5:0.5 55@0.5:0.5 60@0.5:0.5 53@1.5:0.5 55@1.5:0.5 59@1.5:0.5 62@1.5:0.5" },
	{ "six eighths", ACCOMPANIMENT, "M:6/8\nL:1/8\nK:C", "\"Am\"a6|",
	  "81@0:3/45@0:0.5 45@1.5:0.5/52@1:0.5 57@1:0.5 60@1:0.5 52@2.5:0.5 57@2.5:0.5 60@2.5:0.5" },
	{ "two beats", ACCOMPANIMENT, "M:2/4\nL:1/4\nK:C", "\"C5\"c2|", "72@0:2/36@0:0.5/55@1:0.5 60@1:0.5" },
	{ "nine eighths", ACCOMPANIMENT, "M:9/8\nL:1/8\nK:C", "\"C5\"c9|", "72@0:4.5/36@0:0.5 36@1.5:0.5 36@3:0.5/55@1:0.5 60@1:0.5 55@2.5:0.5 60@2.5:0.5 55@4:0.5 60@4:0.5" },
	{ "five beats", ACCOMPANIMENT, "M:5/4\nL:1/4\nK:C", "\"C5\"c5|", "72@0:5/36@0:0.5 36@3:0.5/55@1:0.5 60@1:0.5 55@2:0.5 60@2:0.5 55@4:0.5 60@4:0.5" },
	{ "a chord in brackets is another choice", ACCOMPANIMENT, "M:2/4\nL:1/4\nK:C\n%%MIDI gchord f", "\"C(Am)\"c2|", "72@0:2/36@0:2" },
	{ "behind a repeat in mid bar", ACCOMPANIMENT, "M:2/4\nL:1/4\nK:C\n%%MIDI gchord fc", "\"C5\"c2|c:|c|c2|]", "72@0:2 72@2:1 72@3:2 72@5:1 72@6:1 72@7:2/36@0:1 36@2:1 36@3:1 36@5:1 36@7:1/55@1:1 60@1:1 55@4:1 60@4:1 55@6:1 60@6:1 55@8:1 60@8:1" },
	{ "single notes", ACCOMPANIMENT, "M:4/4\nL:1/4\nK:C\n%%MIDI gchord GHIJ", "\"C\"c4|", "72@0:4/36@0:1 40@1:1 43@2:1 48@3:1" },
	{ "the usual pattern again", ACCOMPANIMENT, "M:2/4\nL:1/4\nK:C\n%%MIDI gchord f", "\"C5\"c2|\n%%MIDI gchord\nc2|", "72@0:2 72@2:2/36@0:2 36@2:0.5/55@3:0.5 60@3:0.5" },
	{ "off and on", ACCOMPANIMENT, "M:2/4\nL:1/4\nK:C\n%%MIDI gchord b2", "\"F\"c2|\n%%MIDI gchordoff\nc2|\n%%MIDI gchordon\nc2|",
	  "72@0:2 72@2:2 72@4:2/41@0:2 41@4:2/53@0:2 57@0:2 60@0:2 53@4:2 57@4:2 60@4:2" },
	{ "words are no chords", ACCOMPANIMENT, "M:2/4\nL:1/4\nK:C\n%%MIDI gchord f", "\"Fine\"c2|\"^up\"d2|\"C\"e2|\"N.C.\"f2|",
	  "72@0:2 74@2:2 76@4:2 77@6:2/36@4:2" },
	{ "a pick-up goes on in the pattern", ACCOMPANIMENT, "M:3/4\nL:1/4\nK:C\n%%MIDI gchord fcc", "\"C\"G|c3|",
	  "67@0:1 72@1:3/52@0:1 55@0:1 60@0:1 52@2:1 55@2:1 60@2:1 52@3:1 55@3:1 60@3:1/36@1:1" },
	{ "chords of one's own", ACCOMPANIMENT, "M:2/4\nL:1/4\nK:C\n%%MIDI chordname weird 0 1 6\n%%MIDI gchord c", "\"Cweird\"c2|",
	  "72@0:2/54@0:2 60@0:2 61@0:2" },
	{ "chords move with their voice", ACCOMPANIMENT, "M:2/4\nL:1/4\nK:C transpose=-3\n%%MIDI gchord fc", "\"C5\"c2|", "69@0:2/45@0:1/52@1:1 57@1:1" },
	{ "and with %%MIDI transpose, to the nearest", ACCOMPANIMENT, "M:2/4\nL:1/4\nK:C\n%%MIDI gchord fc\n%%MIDI transpose 14", "\"G5/A\"c2|",
	  "86@0:2/47@0:1/52@1:1 57@1:1" },
	{ "but not by octaves", ACCOMPANIMENT, "M:2/4\nL:1/4\nK:C treble-8\n%%MIDI gchord fc", "\"C5\"c2|", "60@0:2/36@0:1/55@1:1 60@1:1" },
	{ "a drone", ACCOMPANIMENT, "L:1/4\nK:C\n%%MIDI drone 70 45 33 80 80", "c|\n%%MIDI droneon\nd|e|\n%%MIDI droneoff\nf|",
	  "72@0:1 74@1:1 76@2:1 77@3:1/33@1:2 45@1:2" },

	{ "drums", DRUMS, "M:2/4\nL:1/4\nK:C\n%%MIDI drum d2zd 35 38 100 60\n%%MIDI drumon", "c2|\n%%MIDI drumoff\nc2|",
	  "72@0:2 72@2:2/35@0:1 38@1.5:0.5" },
	{ "drums over two bars", DRUMS, "M:2/4\nL:1/4\nK:C\n%%MIDI drum dd 35 38\n%%MIDI drumbars 2\n%%MIDI drumon", "c2|c2|",
	  "72@0:2 72@2:2/35@0:2 38@2:2" },

	{ "swing", SWING, "M:4/4\nL:1/8\nR:hornpipe\nK:C", "cdef|", "72@0:0.6667 74@0.6667:0.3333 76@1:0.6667 77@1.667:0.3333" },
	{ "swing leaves dotted notes alone", SWING, "M:4/4\nL:1/8\nR:hornpipe\nK:C", "c>d|", "72@0:0.75 74@0.75:0.25" },
	{ "a reel does not swing", SWING, "M:4/4\nL:1/8\nR:reel\nK:C", "cd|", "72@0:0.5 74@0.5:0.5" },
	{ "back to the start until fine", JUMPS, "L:1/4\nK:C", "|:C:|D!fine!|E!D.C.!|]", "60@0:1 60@1:1 62@2:1 64@3:1 60@4:1 62@5:1" },
	{ "back to the start, all of it", JUMPS, "L:1/4\nK:C", "C|D!D.C.!|]", "60@0:1 62@1:1 60@2:1 62@3:1" },
	{ "back to the segno", JUMPS, "L:1/4\nK:C", "C|SD|!fine!E|F!D.S.!|]", "60@0:1 62@1:1 64@2:1 65@3:1 62@4:1 64@5:1" },
	{ "to the coda", JUMPS, "L:1/4\nK:C", "C|OD|E!D.C.!|OF|G|]", "60@0:1 62@1:1 64@2:1 60@3:1 65@4:1 67@5:1" },
	{ "to the coda when the bar ends", JUMPS, "L:1/4\nK:C", "CD!dacoda!|E!D.C.alcoda!|!coda!F|]", "60@0:1 62@1:1 64@2:1 60@3:1 62@4:1 65@5:1" },
	{ "the second time with the last ending", JUMPS, "L:1/4\nK:C", "|:C|1D:|2E|F!D.C.!|]", "60@0:1 62@1:1 60@2:1 64@3:1 65@4:1 60@5:1 64@6:1 65@7:1" },
	{ "no segno, no way back", JUMPS, "L:1/4\nK:C", "C|D!D.S.!|]", "60@0:1 62@1:1" },
	{ "two voices go back together", JUMPS, "L:1/4\nK:C", "V:1\nC!fine!|D!D.C.!|]\nV:2\nE!fine!|F!D.C.!|]", "60@0:1 62@1:1 60@2:1/64@0:1 65@1:1 64@2:1" },
	{ "one voice does not go back alone", JUMPS, "L:1/4\nK:C", "V:1\nC!fine!|D!D.C.!|]\nV:2\nE|F|]", "60@0:1 62@1:1/64@0:1 65@1:1" },
	{ "swing behind a pick-up", SWING, "M:2/4\nL:1/8\nR:hornpipe\nK:C", "c|deff|", "72@0.1667:0.3333 74@0.5:0.6667 76@1.167:0.3333 77@1.5:0.6667 77@2.167:0.3333" },
};

static struct abc_play_options options_of(enum which which)
{
	struct abc_play_options o = abc_nominal;
	o.ornaments = which == ORNAMENTS;
	o.grace = which == GRACE;
	o.articulation = which == ARTICULATION;
	o.dynamics = which == DYNAMICS;
	o.accompaniment = which == ACCOMPANIMENT;
	o.drums = which == DRUMS;
	o.jumps = which == JUMPS;
	o.swing = which == SWING ? ABC_SWING_BY_RHYTHM : ABC_SWING_OFF;
	return o;
}

static void dump(const struct score *s, bool loud, struct strbuf *b)
{
	for (size_t i = 0; i < s->n_voices; i++) {
		strbuf_adds(b, i ? "/" : "");
		for (size_t k = 0; k < s->voices[i].n_notes; k++) {
			const struct note *n = &s->voices[i].notes[k];
			strbuf_addf(b, "%s%d@%.4g:%.4g", k ? " " : "", n->pitch, n->start_beats, n->duration_beats);
			if (loud)
				strbuf_addf(b, "/%d", n->velocity);
		}
	}
}

static struct score *perform(const char *text, const struct abc_play_options *o)
{
	struct score *s = NULL;
	struct err err = ERR_INIT;
	struct abc_report report = ABC_REPORT_INIT;
	if (abc_perform(text, strlen(text), NULL, o, &s, &report, &err) < 0)
		fail_msg("%s", err.msg);
	if (report.n_errors)
		fail_msg("%u:%u: %s", report.diags[0].line, report.diags[0].column, report.diags[0].message);
	abc_report_done(&report);
	return s;
}

/* Rows: L25 */
static void test_each_sign_is_played(void **state)
{
	bool failed = false;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char AUTO_MEM *text = str_printf("X:1\nT:t\n%s\n%s\n", rows[i].header, rows[i].music);
		struct abc_play_options o = options_of(rows[i].which);
		AUTO(score) s = perform(text, &o);
		AUTO_STRBUF got = STRBUF_INIT;
		dump(s, rows[i].which == DYNAMICS, &got);
		if (strcmp(got.s ? got.s : "", rows[i].want) == 0)
			continue;
		failed = true;
		print_error("%s:\n   '%s'\nnot '%s'\n", rows[i].name, got.s, rows[i].want);
	}
	assert_false(failed);
}

static void test_options_move_the_whole_tune(void **state)
{
	static const char text[] = "X:1\nM:4/4\nL:1/4\nQ:1/4=100\nK:C\nCDEF|[Q:1/4=50]GABc|\n";
	struct abc_play_options o = abc_nominal;
	(void)state;
	o.tempo_bpm = 80;
	o.transpose = -12;
	o.velocity = 66;
	o.channel = 4;
	AUTO(score) s = perform(text, &o);
	assert_float_equal(score_bpm_at(s, 0), 80, 1e-9);
	assert_float_equal(score_bpm_at(s, 4), 40, 1e-9);
	assert_int_equal(s->voices[0].notes[0].pitch, 48);
	assert_int_equal(s->voices[0].notes[0].velocity, 78);
	assert_int_equal(s->voices[0].notes[1].velocity, 66);
	assert_int_equal(s->voices[0].notes[0].channel, 4);
}

static void test_a_tune_is_not_transposed_off_the_keyboard(void **state)
{
	static const char text[] = "X:1\nK:C\nc''|\n";
	struct abc_play_options o = abc_nominal;
	struct score *s = NULL;
	struct err err = ERR_INIT;
	(void)state;
	o.transpose = 40;
	assert_int_equal(abc_perform(text, sizeof(text) - 1, NULL, &o, &s, NULL, &err), -ERANGE);
	assert_null(s);
}

static void test_chord_symbols_move_with_the_tune(void **state)
{
	struct abc_play_options o = abc_nominal;
	static const char *const want[] = { "Bb", "Gm7/D", "Fine" };
	(void)state;
	o.transpose = -2;
	AUTO(score) s = perform("X:1\nM:4/4\nL:1/4\nK:C\n\"C\"C\"Am7/E\"D\"Fine\"E2|\n", &o);
	assert_int_equal(score_key_at(s, 0).sharps, -2);
	assert_int_equal(s->n_texts, COUNT_OF(want));
	for (size_t i = 0; i < COUNT_OF(want); i++)
		assert_string_equal(s->texts[i].text, want[i]);
}

static void test_words_give_a_tempo(void **state)
{
	static const char text[] = "X:1\nQ:\"Allegro\"\nM:4/4\nL:1/4\nK:C\nCDEF|[Q:\"Slowly\"]GABc|\n";
	struct abc_play_options o = abc_nominal;
	(void)state;
	AUTO(score) nominal = perform(text, &o);
	o.tempo_words = true;
	AUTO(score) s = perform(text, &o);
	assert_float_equal(score_bpm_at(nominal, 0), 120, 1e-9);
	assert_float_equal(score_bpm_at(s, 0), 132, 1e-9);
	assert_float_equal(score_bpm_at(s, 4), 60, 1e-9);
}

static void test_a_fermata_holds_all_voices_back(void **state)
{
	struct abc_play_options o = abc_nominal;
	(void)state;
	o.ornaments = true;
	AUTO(score) s = perform("X:1\nQ:1/4=70\nM:4/4\nL:1/4\nK:C\nV:1\nCHDEF|\nV:2\nCHDEF|\n", &o);
	assert_float_equal(score_bpm_at(s, 0.5), 70, 1e-9);
	assert_float_equal(score_bpm_at(s, 1.5), 40, 1e-9);
	assert_float_equal(score_bpm_at(s, 2), 70, 1e-9);
}

static void test_accompaniment_has_channels_and_programs_of_its_own(void **state)
{
	struct abc_play_options o = abc_nominal;
	(void)state;
	o.accompaniment = true;
	AUTO(score) s = perform("X:1\nM:4/4\nL:1/4\n%%MIDI chordprog 4 octave=1\n%%MIDI bassprog 33\n%%MIDI chordvol 50\n%%MIDI bassvol 60\n"
				"%%MIDI gchord b4\nK:C\n\"C\"c4|\n", &o);
	assert_int_equal(s->n_voices, 3);
	assert_int_equal(s->voices[1].notes[0].velocity, 60);
	assert_int_equal(s->voices[2].notes[0].velocity, 50);
	assert_int_equal(s->voices[2].notes[0].pitch, 64);
	assert_int_equal(s->voices[1].controls[0].value, 33);
	assert_int_equal(s->voices[2].controls[0].value, 4);
	for (int a = 0; a < 3; a++)
		for (int b = 0; b < a; b++)
			assert_int_not_equal(s->voices[a].notes[0].channel, s->voices[b].notes[0].channel);
}

static void test_directives_speak_to_their_voice(void **state)
{
	AUTO(score) s = perform("X:1\nL:1/4\nV:1\nV:2\n%%MIDI program 40\nK:C\nV:1\nC|\n%%MIDI control 7 90\nD|\nV:2\n%%MIDI channel 7\n"
				"%%MIDI program 41\nC|[I:MIDI pitchbend 9000]D|\n", &abc_nominal);
	const struct score_voice *a = &s->voices[0], *b = &s->voices[1];
	(void)state;
	assert_int_equal(a->n_controls, 1);
	assert_int_equal(a->controls[0].kind, SCORE_CONTROLLER);
	assert_int_equal(a->controls[0].number, 7);
	assert_int_equal(a->controls[0].value, 90);
	assert_float_equal(a->controls[0].at_beats, 1, 1e-9);
	assert_int_equal(b->n_controls, 3);
	assert_int_equal(b->notes[0].channel, 6);
	assert_int_equal(b->controls[1].channel, 6);
	assert_int_equal(b->controls[1].value, 41);
	assert_int_equal(b->controls[2].kind, SCORE_BEND);
	assert_int_equal(b->controls[2].value, 9000);
}

static void test_a_header_may_give_programs_to_channels(void **state)
{
	AUTO(score) s = perform("X:1\nL:1/4\n%%MIDI program 1 40\n%%MIDI program 2 60\nK:C\nV:1\nC|\nV:2\nC|\nV:3\nC|\n", &abc_nominal);
	(void)state;
	assert_int_equal(s->voices[0].n_controls, 1);
	assert_int_equal(s->voices[0].controls[0].value, 40);
	assert_int_equal(s->voices[1].n_controls, 1);
	assert_int_equal(s->voices[1].controls[0].value, 60);
	assert_int_equal(s->voices[2].n_controls, 0);
}

static void test_signs_can_be_obeyed_one_by_one(void **state)
{
	/* What abc2midi plays. */
	static const struct {
		const char *music, *want;
	} tunes[] = {
		{ "|:C|1D:|2E||F|1G:|2A|]", "CDCEFA" },	 { "|:C|1D:|2E:|F|", "CDCECF" },
		{ "|:C|1D:|2E||F|G:|A|]", "CDCEFGCFGA" }, { "C|D||E:|F|]", "CDECDEF" },
		{ "|:C|1,2D:|3E|]", "CDCDCE" },		 { "C |:C:|D:|E:|F|]", "CCCDDEEF" },
		{ "|:C|1D:|2E:||:F|1A:|2B:||:c:|", "CDCECFAFBFcc" }, { "|:C|1D:|2F||c:|d:|e|", "CDCFcCcde" },
		{ "|:C|1D:|3E||c:|", "CDCc" },
	};
	struct abc_play_options o = abc_nominal;
	(void)state;
	o.repeats = ABC_REPEATS_LITERAL;
	for (size_t i = 0; i < COUNT_OF(tunes); i++) {
		char AUTO_MEM *text = str_printf("X:1\nL:1/4\nK:C\n%s\n", tunes[i].music);
		AUTO(score) s = perform(text, &o);
		char got[32] = "";
		for (size_t k = 0; k < s->voices[0].n_notes && k < sizeof(got) - 1; k++)
			got[k] = "C D EF G A Bc d e f"[s->voices[0].notes[k].pitch - 60];
		if (strcmp(got, tunes[i].want) != 0)
			fail_msg("%s: %s, not %s", tunes[i].music, got, tunes[i].want);
	}
}

/* A bar of 4/4 in eighths, with all that may stand around notes. */
static void random_bar(uint64_t *seed, struct strbuf *b)
{
	static const char *const before[] = { "",    "",     "",    "~",    "T",      ".",	"!turn!", "!arpeggio!", "{e}", "{/fg}", "!p!",
					      "!<(!", "!f!", "\"Am\"", "\"G7\"", "!///!", "H", "L",	  "(",		"M",   "!slide!" };
	static const char *const two[] = { "c d", "c>d", "e<f", "g2", "[ceg]2", "(3:2:3cde", "z2", "cz", "^c=c", "c-c", "C,2", "b'b", "f) g" };
	for (int i = 0; i < 4; i++)
		strbuf_addf(b, "%s%s ", before[seed_below(seed, COUNT_OF(before))], two[seed_below(seed, COUNT_OF(two))]);
}

static void check_notes(const struct score *s)
{
	for (size_t i = 0; i < s->n_voices; i++)
		for (size_t k = 0; k < s->voices[i].n_notes; k++) {
			const struct note *n = &s->voices[i].notes[k];
			assert_true(n->start_beats >= 0 && n->duration_beats > 0 && n->velocity >= 1 && n->pitch <= 127);
			assert_true(n->start_beats + n->duration_beats <= s->end_beats + 1e-6);
		}
}

static void same_notes(const struct score *a, const struct score *b)
{
	assert_int_equal(a->n_voices, b->n_voices);
	for (size_t i = 0; i < a->n_voices; i++) {
		assert_int_equal(a->voices[i].n_notes, b->voices[i].n_notes);
		for (size_t k = 0; k < a->voices[i].n_notes; k++) {
			const struct note *x = &a->voices[i].notes[k], *y = &b->voices[i].notes[k];
			assert_true(x->start_beats == y->start_beats && x->duration_beats == y->duration_beats &&
				    x->pitch == y->pitch && x->velocity == y->velocity && x->channel == y->channel);
		}
	}
}

/* Whatever is played, bars last what they last, and notes stay within the tune. */
static void test_random_tunes_keep_their_time(void **state)
{
	uint64_t seed = seed_start();
	(void)state;
	for (int i = 0; i < 300; i++) {
		AUTO_STRBUF b = STRBUF_INIT;
		uint32_t bars = 1 + seed_below(&seed, 6), repeated = seed_below(&seed, 2);
		strbuf_addf(&b, "X:1\nT:t\nM:4/4\nL:1/8\n%sK:%s\n%s", seed_below(&seed, 2) ? "R:hornpipe\n" : "",
			    seed_below(&seed, 2) ? "Ador" : "Eb", repeated ? "|:" : "");
		for (uint32_t k = 0; k < bars; k++) {
			random_bar(&seed, &b);
			strbuf_adds(&b, k + 1 < bars ? "|" : repeated ? ":|\n" : "|]\n");
		}
		struct abc_play_options off = abc_performed;
		off.ornaments = off.grace = off.articulation = off.dynamics = false;
		off.accompaniment = off.drums = off.jumps = off.tempo_words = false;
		off.swing = ABC_SWING_OFF;
		AUTO(score) nominal = perform(b.s, &abc_nominal);
		AUTO(score) bare = perform(b.s, &off);
		AUTO(score) played = perform(b.s, &abc_performed);
		assert_float_equal(nominal->end_beats, 4.0 * bars * (repeated ? 2 : 1), 1e-6);
		assert_float_equal(played->end_beats, nominal->end_beats, 1e-6);
		check_notes(nominal);
		check_notes(played);
		same_notes(nominal, bare);
	}
}

/* Bytes of tunes in any order. */
static void test_random_text_is_survived(void **state)
{
	static const char pieces[] = "ABcdz[](){}|:\"!~TH.^_=-<>&1234/\\\n %,'kX";
	uint64_t seed = seed_start();
	(void)state;
	for (int i = 0; i < 2000; i++) {
		AUTO_STRBUF b = STRBUF_INIT;
		struct abc_report report = ABC_REPORT_INIT;
		struct score *s = NULL;
		struct err err = ERR_INIT;
		strbuf_adds(&b, "X:1\nL:1/8\nm:~n=oTn\nK:C\n");
		for (uint32_t n = seed_below(&seed, 200); n > 0; n--)
			strbuf_addc(&b, pieces[seed_below(&seed, sizeof(pieces) - 1)]);
		int r = abc_perform(b.s, b.n, NULL, &abc_performed, &s, &report, &err);
		if (r < 0 && r != -EMSGSIZE)
			fail_msg("%s in\n%s", err.msg, b.s);
		if (r == 0)
			check_notes(s);
		score_free(s);
		abc_report_done(&report);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_sign_is_played),
		cmocka_unit_test(test_options_move_the_whole_tune),
		cmocka_unit_test(test_a_tune_is_not_transposed_off_the_keyboard),
		cmocka_unit_test(test_chord_symbols_move_with_the_tune),
		cmocka_unit_test(test_words_give_a_tempo),
		cmocka_unit_test(test_a_fermata_holds_all_voices_back),
		cmocka_unit_test(test_accompaniment_has_channels_and_programs_of_its_own),
		cmocka_unit_test(test_directives_speak_to_their_voice),
		cmocka_unit_test(test_a_header_may_give_programs_to_channels),
		cmocka_unit_test(test_signs_can_be_obeyed_one_by_one),
		cmocka_unit_test(test_random_tunes_keep_their_time),
		cmocka_unit_test(test_random_text_is_survived),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

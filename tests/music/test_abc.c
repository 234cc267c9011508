#include <stdio.h>
#include <string.h>

#include "../check.h"
#include "base/str.h"
#include "music/abc.h"

/*
 * One feature a row: the header behind X: and T:, the music, and the notes as pitch@start:duration in
 * quarter notes, voices parted by '/'. Rests and what makes no sound do not show.
 */
struct row {
	const char *name, *header, *music, *want;
};

static const struct row rows[] = {
	{ "octaves", "L:1/4\nK:C", "C, C c c'|", "48@0:1 60@1:1 72@2:1 84@3:1" },
	{ "octave marks undo each other", "L:1/4\nK:C", "C,' c,|", "60@0:1 60@1:1" },
	{ "lengths", "L:1/8\nK:C", "C C2 C/ C// C3/2 C3/|", "60@0:0.5 60@0.5:1 60@1.5:0.25 60@1.75:0.125 60@1.875:0.75 60@2.625:0.75" },
	{ "short meters have sixteenths", "M:2/4\nK:C", "CD|", "60@0:0.25 62@0.25:0.25" },
	{ "three quarters have eighths", "M:3/4\nK:C", "CD|", "60@0:0.5 62@0.5:0.5" },
	{ "no meter has eighths", "K:C", "CD|", "60@0:0.5 62@0.5:0.5" },
	{ "a given length wins over the meter", "L:1/4\nM:2/4\nK:C", "CD|", "60@0:1 62@1:1" },
	{ "rests", "L:1/4\nK:C", "Cz/x/D|y E|", "60@0:1 62@2:1 64@3:1" },
	{ "bars of rest", "M:3/4\nL:1/4\nK:C", "Z2|C|", "60@6:1" },
	{ "broken rhythm", "L:1/4\nK:C", "C>D E<F G>>A|", "60@0:1.5 62@1.5:0.5 64@2:0.5 65@2.5:1.5 67@4:1.75 69@5.75:0.25" },
	{ "broken rhythm over space and grace notes", "L:1/4\nK:C", "C > {d}D|", "60@0:1.5 62@1.5:0.5" },
	{ "broken rhythm of rest and chord", "L:1/4\nK:C", "[CE]>z D|", "60@0:1.5 64@0:1.5 62@2:1" },
	{ "triplet", "L:1/4\nK:C", "(3CDE F|", "60@0:0.6667 62@0.6667:0.6667 64@1.333:0.6667 65@2:1" },
	{ "duplet and quadruplet", "M:6/8\nL:1/4\nK:C", "(2CD(4EFGA|", "60@0:1.5 62@1.5:1.5 64@3:0.75 65@3.75:0.75 67@4.5:0.75 69@5.25:0.75" },
	{ "five in two", "M:4/4\nL:1/4\nK:C", "(5CDEFG|", "60@0:0.4 62@0.4:0.4 64@0.8:0.4 65@1.2:0.4 67@1.6:0.4" },
	{ "five in three in compound time", "M:6/8\nL:1/4\nK:C", "(5CDEFG|", "60@0:0.6 62@0.6:0.6 64@1.2:0.6 65@1.8:0.6 67@2.4:0.6" },
	{ "tuplet with q and r", "L:1/4\nK:C", "(3:2:2CD E|", "60@0:0.6667 62@0.6667:0.6667 64@1.333:1" },
	{ "tuplet with r only", "L:1/4\nK:C", "(3::4CDEF G|", "60@0:0.6667 62@0.6667:0.6667 64@1.333:0.6667 65@2:0.6667 67@2.667:1" },
	{ "tuplet counts chords and rests", "L:1/4\nK:C", "(3[CE]zD F|", "60@0:0.6667 64@0:0.6667 62@1.333:0.6667 65@2:1" },
	{ "tie in the bar and over it", "L:1/4\nK:C", "C-C D-|D E|", "60@0:2 62@2:2 64@4:1" },
	{ "a tie keeps the accidental", "L:1/4\nK:C", "^F-|F F|", "66@0:2 65@2:1" },
	{ "tie of one note of a chord", "L:1/4\nK:C", "[CE-][DE]|", "60@0:1 64@0:2 62@1:1" },
	{ "tie of a chord", "L:1/4\nK:C", "[CE]-[CE]|", "60@0:2 64@0:2" },
	{ "tie into both endings", "L:1/4\nK:C", "|:C-|1 C:|2 CD|", "60@0:2 60@2:2 62@4:1" },
	{ "a slur is no tie", "L:1/4\nK:C", "(CC)|", "60@0:1 60@1:1" },
	{ "chords", "L:1/4\nK:C", "[CEG]2 [C2E2]/|", "60@0:2 64@0:2 67@0:2 60@2:1 64@2:1" },
	{ "the first note of a chord gives the length", "L:1/4\nK:C", "[CE3]D|", "60@0:1 64@0:1 62@1:1" },
	{ "accidentals last for the bar", "L:1/4\nK:C", "^FF_Bb|FB|", "66@0:1 66@1:1 70@2:1 82@3:1 65@4:1 71@5:1" },
	{ "double and natural", "L:1/4\nK:D", "^^F __B =F|F|", "67@0:1 69@1:1 65@2:1 66@3:1" },
	{ "microtones", "L:1/4\nK:G", "^/F F =F F|F ^^/4c _3/B [^/CE]|", "65@0:1 65@1:1 65@2:1 65@3:1 66@4:1 73@5:1 71@6:1 60@7:1 64@7:1" },
	{ "keys", "L:1/4\nK:Eb", "EAB|", "63@0:1 68@1:1 70@2:1" },
	{ "modes in any case", "L:1/4\nK:E PHRYgian", "FG|", "65@0:1 67@1:1" },
	{ "mode next to the tonic", "L:1/4\nK:Amix", "Gc|", "67@0:1 73@1:1" },
	{ "minor as one letter", "L:1/4\nK:F#m", "FGc|", "66@0:1 68@1:1 73@2:1" },
	{ "accidentals in the key", "L:1/4\nK:D =c _e", "cef|", "72@0:1 75@1:1 78@2:1" },
	{ "only explicit accidentals", "L:1/4\nK:D exp _b", "Bf|", "70@0:1 77@1:1" },
	{ "pipes", "L:1/4\nK:HP", "cf|", "73@0:1 78@1:1" },
	{ "no key", "L:1/4\nK:none", "cf|", "72@0:1 77@1:1" },
	{ "a clef moves nothing", "L:1/4\nK:C clef=bass", "C|", "60@0:1" },
	{ "a clef an octave down", "L:1/4\nK:C clef=treble-8", "C|", "48@0:1" },
	{ "octave and transpose", "L:1/4\nK:C octave=1 transpose=-2", "C|", "70@0:1" },
	{ "inline fields", "L:1/4\nK:C", "C[L:1/8]D[K:G]F[M:3/4]Z|", "60@0:1 62@1:0.5 66@1.5:0.5" },
	{ "fields between lines", "L:1/4\nK:C", "C\nL:1/8\nK:F\nB|", "60@0:1 70@1:0.5" },
	{ "simple repeat", "L:1/4\nK:C", "C|:D:|E|", "60@0:1 62@1:1 62@2:1 64@3:1" },
	{ "repeat without a start", "L:1/4\nK:C", "C:|D:|E|", "60@0:1 60@1:1 62@2:1 62@3:1 64@4:1" },
	{ "double repeat signs", "L:1/4\nK:C", "|:C::D:||:E:|", "60@0:1 60@1:1 62@2:1 62@3:1 64@4:1 64@5:1" },
	{ "three times", "L:1/4\nK:C", "|::C::|D|", "60@0:1 60@1:1 60@2:1 62@3:1" },
	{ "first and second ending", "L:1/4\nK:C", "|:C|1D:|2E||F|", "60@0:1 62@1:1 60@2:1 64@3:1 65@4:1" },
	{ "endings in brackets", "L:1/4\nK:C", "C [1 D :| [2 E |]", "60@0:1 62@1:1 60@2:1 64@3:1" },
	{ "lists of endings", "L:1/4\nK:C", "|:C|1,3D:|2E:|4F|]", "60@0:1 62@1:1 60@2:1 64@3:1 60@4:1 62@5:1 60@6:1 65@7:1" },
	{ "ranges of endings", "L:1/4\nK:C", "|:C|1-2D:|3E|]", "60@0:1 62@1:1 60@2:1 62@3:1 60@4:1 64@5:1" },
	{ "a second ending with its own repeat sign", "L:1/4\nK:C", "|:C|1D:|2E:|F|", "60@0:1 62@1:1 60@2:1 64@3:1 65@4:1" },
	{ "endings again behind endings", "L:1/4\nK:C", "C|1D:|2E||F|1G:|2A|]", "60@0:1 62@1:1 60@2:1 64@3:1 65@4:1 67@5:1 65@6:1 69@7:1" },
	{ "parts in order", "P:A2(BA)2\nL:1/4\nK:C", "P:A\nC|\nP:B\nD|", "60@0:1 60@1:1 62@2:1 60@3:1 62@4:1 60@5:1" },
	{ "parts with repeats", "P:ABA\nL:1/4\nK:C", "P:A\n|:C:|\nP:B\nD|", "60@0:1 60@1:1 62@2:1 60@3:1 60@4:1" },
	{ "labels alone order nothing", "L:1/4\nK:C", "P:A\nC|\nP:B\nD|", "60@0:1 62@1:1" },
	{ "voices by line", "L:1/4\nK:C", "V:1\nCD|\nV:2\nE|\nV:1\nF|\nV:2\nGA|", "60@0:1 62@1:1 65@2:1/64@0:1 67@1:1 69@2:1" },
	{ "voices in a line", "L:1/4\nK:C", "[V:1]C|[V:2]D|\n[V:1]E|[V:2]F|", "60@0:1 64@1:1/62@0:1 65@1:1" },
	{ "a voice with its own key", "L:1/4\nK:C", "V:1\n[K:G]F|\nV:2\nF|", "66@0:1/65@0:1" },
	{ "voices of the header", "L:1/4\nV:1\nV:2 clef=bass-8\nK:C", "V:1\nC|\nV:2\nC|", "60@0:1/48@0:1" },
	{ "voices in the order of the header", "L:1/4\nV:A\nV:B\nK:C", "[V:B]C|\n[V:A]D|", "62@0:1/60@0:1" },
	{ "parts of several voices", "P:BA\nL:1/4\nK:C", "P:A\nV:1\nC|\nV:2\nE|\nP:B\nV:1\nD|\nV:2\nF|", "62@0:1 60@1:1/65@0:1 64@1:1" },
	{ "overlay", "L:1/4\nK:C", "CD&E2|F&G|", "60@0:1 62@1:1 65@2:1/64@0:2 67@2:1" },
	{ "overlay of two bars", "L:1/4\nK:C", "C|D|EF && G|A2|B|", "60@0:1 62@1:1 64@2:1 65@3:1 71@4:1/67@1:1 69@2:2" },
	{ "overlay behind the bar line", "L:1/4\nK:C", "C|D|\n&& E|F|\nG|", "60@0:1 62@1:1 67@2:1/64@0:1 65@1:1" },
	{ "two overlays behind the bar line", "L:1/4\nK:C", "C|&D|&E|F|", "60@0:1 65@1:1/62@0:1/64@0:1" },
	{ "overlay of two bars in a repeat", "L:1/4\nK:C", "|:C|D&&E|F:|G|", "60@0:1 62@1:1 60@2:1 62@3:1 67@4:1/64@0:1 65@1:1 64@2:1 65@3:1" },
	{ "overlay that goes back too far", "L:1/4\nK:C", "&&C|D|E|", "64@0:1/60@0:1 62@1:1" },
	{ "overlay that a repeat sign ends", "L:1/4\nK:C", "C|D&&E:|F|", "60@0:1 62@1:1 60@2:1 62@3:1 65@4:1/64@0:1 64@2:1" },
	{ "overlay in a repeat", "L:1/4\nK:C", "|:C&E:|D|", "60@0:1 60@1:1 62@2:1/64@0:1 64@1:1" },
	{ "accidentals of grace notes are their own", "L:1/4\nK:C", "{^c}c{^d}d|", "72@0:1 74@1:1" },
	{ "also where accidentals count for one octave", "I:propagate-accidentals octave\nL:1/4\nK:C", "{^c}c^e{=e}e|", "72@0:1 77@1:1 77@2:1" },
	{ "grace notes take no time", "L:1/4\nK:C", "{ab}C{/d}D|", "60@0:1 62@1:1" },
	{ "decorations and texts", "L:1/4\nK:C", "~C.D!trill!E+fermata+F\"Am\"G\"^up\"A|", "60@0:1 62@1:1 64@2:1 65@3:1 67@4:1 69@5:1" },
	{ "comments, continuation, back-quotes", "L:1/4\nK:C", "C`D|% E\nE|\\\nF|", "60@0:1 62@1:1 64@2:1 65@3:1" },
	{ "a bar line that looks like a field", "L:1/4\nK:C", "C|\ne:|D|", "60@0:1 76@1:1 60@2:1 76@3:1 62@4:1" },
	{ "text blocks and directives", "L:1/4\nK:C", "C|\n%%begintext\nABC\n%%endtext\n%%scale 0.7\nD|", "60@0:1 62@1:1" },
	{ "a file header sets more than meters", "L:1/4\nK:C", "C\\\n%%MIDI transpose 1\nC|", "60@0:1 61@1:1" },
	{ "lyrics make no notes", "L:1/4\nK:C", "CD|\nw:do re\nE|", "60@0:1 62@1:1 64@2:1" },
	{ "a macro", "m: ~g2 = {a}g{f}g\nL:1/8\nK:C", "~g2~a2|", "79@0:0.5 79@0.5:0.5 81@1:1" },
	{ "a macro that is transposed", "m: ~n2 = (3o/n/m/ n\nL:1/4\nK:C", "~e2|", "77@0:0.3333 76@0.3333:0.3333 74@0.6667:0.3333 76@1:1" },
	{ "a macro goes up an octave with its note", "m: ~n = nu\nL:1/4\nK:C", "~c,|", "60@0:1 72@1:1" },
	{ "a macro not in text", "m: c = d\nL:1/4\nK:C", "\"c\"c[K:C]c|", "74@0:1 74@1:1" },
	{ "half a note in a macro", "m: Y = [ce]\nL:1/4\nK:C", "Y2Y|", "72@0:2 76@0:2 72@2:1 76@2:1" },
	{ "accidentals of one octave", "%%propagate-accidentals octave\nL:1/4\nK:C", "^FfF|F|", "66@0:1 77@1:1 66@2:1 65@3:1" },
	{ "accidentals of one note", "I:propagate-accidentals not\nL:1/4\nK:C", "^FfF|", "66@0:1 77@1:1 65@2:1" },
	{ "accidentals without bar lines", "%%MIDI nobarlines\nL:1/4\nK:C", "^FFf|\n%%MIDI barlines\n^FF|", "66@0:1 65@1:1 77@2:1 66@3:1 66@4:1" },
	{ "a directive with a remark", "L:1/4\nK:C", "C\n%%MIDI transpose 12 % up 3\nC|", "60@0:1 72@1:1" },
	{ "a directive in capitals", "L:1/4\nK:C", "C\n%%MIDI C 72\nC|", "60@0:1 72@1:1" },
	{ "a space as wide as a fraction", "L:1/4\nK:C", "Cy/2Dy3/4E|", "60@0:1 62@1:1 64@2:1" },
	{ "broken rhythm in another ratio", "%%MIDI ratio 2 1\nL:1/4\nK:C", "C>D E<F|", "60@0:1.333 62@1.333:0.6667 64@2:0.6667 65@2.667:1.333" },
	{ "transposed by directive", "%%MIDI transpose -12\nL:1/4\nK:C", "C|\n%%MIDI rtranspose 2\nC|", "48@0:1 50@1:1" },
	{ "transposed voice of the header", "L:1/4\nV:1\nV:2\n%%MIDI transpose 12\nK:C", "V:1\nC|\nV:2\nC|", "60@0:1/72@0:1" },
	{ "drums by name", "%%MIDI channel 10\n%%MIDI drummap ^g 42\nL:1/4\nK:C", "^gg=g|", "42@0:1 42@1:1 79@2:1" },
	{ "a decoration between plus signs", "I:decoration +\nL:1/4\nK:C", "+trill+C!D|", "60@0:1 62@1:1" },
	{ "endings with words", "L:1/4\nK:C", "C|[\"last time\"D|E|][\"Am\"CE]|", "60@0:1 62@1:1 64@2:1 60@3:1 64@3:1" },
	{ "old chords", "L:1/4\nK:C", "+CE+ +f+C|", "60@0:1 64@0:1 60@1:1" },
	{ "old line breaks", "L:1/4\nK:C", "C!D!E|", "60@0:1 62@1:1 64@2:1" },
	{ "a blank line ends the tune", "L:1/4\nK:C", "C|\n\nD|", "60@0:1" },
};

static void dump(const struct score *s, struct strbuf *b)
{
	bool first = true;
	for (size_t i = 0; i < s->n_voices; i++) {
		for (size_t k = 0; k < s->voices[i].n_notes; k++) {
			const struct note *n = &s->voices[i].notes[k];
			if (k == 0 && !first)
				strbuf_adds(b, "/");
			strbuf_addf(b, "%s%d@%.4g:%.4g", k ? " " : "", n->pitch, n->start_beats,
				    n->duration_beats);
			first = false;
		}
	}
}

static struct score *parse(const char *text)
{
	struct score *s = NULL;
	struct err err = ERR_INIT;
	if (abc_parse(text, strlen(text), NULL, &s, NULL, &err) < 0)
		fail_msg("%s", err.msg);
	return s;
}

/* Rows: L25, H-A01 */
static void test_each_feature_gives_its_notes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char AUTO_MEM *text = str_printf("X:1\nT:t\n%s\n%s\n", rows[i].header, rows[i].music);
		struct err err = ERR_INIT;
		AUTO(score) s = NULL;
		AUTO_STRBUF got = STRBUF_INIT;
		if (abc_parse(text, strlen(text), NULL, &s, NULL, &err) < 0)
			fail_msg("%s: %s", rows[i].name, err.msg);
		dump(s, &got);
		if (strcmp(got.s ? got.s : "", rows[i].want) != 0)
			fail_msg("%s: '%s', not '%s'", rows[i].name, got.s, rows[i].want);
	}
}

static void test_tempo_in_all_its_forms(void **state)
{
	static const struct {
		const char *q;
		double bpm;
	} forms[] = {
		{ "1/4=120", 120 }, { "1/2=60", 120 }, { "3/8=80", 120 }, { "1/4 = 96.5", 96.5 },
		{ "\"Allegro\" 1/4=140", 140 }, { "1/8=90 \"slow\"", 45 }, { "C=100", 50 }, { "C3=40", 60 },
		{ "100", 100 }, { "1=30", 120 }, { "1/4 3/8 1/4=40", 140 }, { "\"Largo\"", 120 },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		char AUTO_MEM *text = str_printf("X:1\nL:1/8\nQ:%s\nK:C\nCDEF|", forms[i].q);
		AUTO(score) s = parse(text);
		assert_float_equal(score_bpm_at(s, 0), forms[i].bpm, 1e-9);
	}
}

static void test_changes_in_the_tune_stand_at_their_beats(void **state)
{
	AUTO(score) s = parse("X:1\nM:4/4\nL:1/4\nQ:1/4=100\nK:Dm\nCDEF|[M:3/4][K:A][Q:1/4=50]CDE|\n");
	(void)state;
	assert_float_equal(score_bpm_at(s, 3.9), 100, 1e-9);
	assert_float_equal(score_bpm_at(s, 4), 50, 1e-9);
	assert_int_equal(score_meter_at(s, 3).num, 4);
	assert_int_equal(score_meter_at(s, 4).num, 3);
	assert_int_equal(score_key_at(s, 0).sharps, -1);
	assert_true(score_key_at(s, 0).minor);
	assert_int_equal(score_key_at(s, 4).sharps, 3);
}

static void test_the_key_goes_back_with_the_repeat(void **state)
{
	AUTO(score) s = parse("X:1\nM:2/4\nL:1/4\nK:G\n|:CD|[K:D]EF:|\n");
	(void)state;
	assert_int_equal(score_key_at(s, 2).sharps, 2);
	assert_int_equal(score_key_at(s, 4).sharps, 1);
	assert_int_equal(score_key_at(s, 6).sharps, 2);
}

static void test_pick_ups_are_found(void **state)
{
	static const struct {
		const char *music;
		double pickup;
	} tunes[] = {
		{ "G|CDEF|GABc|", 1 }, { "|:G|CDEF|GAB:|", 1 }, { "CDEF|GABc|", 0 }, { "G/A/B|c4|c2|", 2 },
		{ "zG|CDEF|", 2 },     { "CD|EF|GA|", 0 },      { "G", 0 },          { "(3GAB|c4|", 2 },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(tunes); i++) {
		char AUTO_MEM *text = str_printf("X:1\nM:4/4\nL:1/4\nK:C\n%s\n", tunes[i].music);
		AUTO(score) s = parse(text);
		assert_float_equal(s->pickup_beats, tunes[i].pickup, 1e-9);
	}
}

static void test_titles_chords_markers_and_lyrics_are_kept(void **state)
{
	AUTO(score) s = parse("X:1\nT:First\nT:Second\nC:Trad\nM:2/4\nL:1/4\nK:C\nP:A\n"
			      "|:\"Am\"CD|1 EF:|2 G2|\nw:one two-three four fi~ve\nw:eins zwei-drei vier acht\n");
	static const char *const want[] = { "one", "two-", "three", "four", "eins", "zwei-", "acht" };
	size_t n = 0, chords = 0, markers = 0;
	(void)state;
	assert_string_equal(s->title, "First");
	assert_string_equal(s->composer, "Trad");
	for (size_t i = 0; i < s->n_texts; i++) {
		chords += s->texts[i].kind == SCORE_CHORD && strcmp(s->texts[i].text, "Am") == 0;
		markers += s->texts[i].kind == SCORE_MARKER && strcmp(s->texts[i].text, "A") == 0;
		if (s->texts[i].kind == SCORE_LYRIC) {
			assert_true(n < COUNT_OF(want));
			assert_string_equal(s->texts[i].text, want[n++]);
		}
	}
	assert_int_equal(n, COUNT_OF(want));
	assert_int_equal(chords, 2);
	assert_int_equal(markers, 1);
}

static void test_latin_1_becomes_utf_8(void **state)
{
	AUTO(score) s = parse("X:1\nT:Caf\xE9\nK:C\nC|\n");
	AUTO(score) u = parse("X:1\nT:Caf\xC3\xA9\nK:C\nC|\n");
	(void)state;
	assert_string_equal(s->title, "Caf\xC3\xA9");
	assert_string_equal(u->title, "Caf\xC3\xA9");
}

static void test_texts_in_all_their_spellings(void **state)
{
	static const struct {
		const char *written, *want;
	} texts[] = {
		{ "Caf\\'e", "Caf\xC3\xA9" },	   { "Caf&eacute;", "Caf\xC3\xA9" },	  { "Caf\\u00e9", "Caf\xC3\xA9" },
		{ "Caf&#233;", "Caf\xC3\xA9" },	   { "Caf&#xE9;", "Caf\xC3\xA9" },	  { "\\\"Ubung \\ss", "\xC3\x9C" "bung \xC3\x9F" },
		{ "\\oe\\ae\\AA", "\xC5\x93\xC3\xA6\xC3\x85" }, { "\\cC\\/o\\~n", "\xC3\x87\xC3\xB8\xC3\xB1" },
		{ "\\vz\\uA\\HO", "\xC5\xBE\xC4\x82\xC5\x90" }, { "100\\% \\& &amp; &nothing;", "100% & & &nothing;" },
		{ "\\U0001d11e", "\xF0\x9D\x84\x9E" }, { "\xE9\\'e", "\xC3\xA9\xC3\xA9" },	  { "&;&#;\\", "&;&#;\\" },
		{ "&#xD800;&#1114112;", "&#xD800;&#1114112;" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		char AUTO_MEM *text = str_printf("X:1\nT:%s\nK:C\nC|\n", texts[i].written);
		AUTO(score) s = parse(text);
		assert_string_equal(s->title, texts[i].want);
	}
}

static void test_a_named_character_set_is_believed(void **state)
{
	AUTO(score) s = parse("X:1\nI:abc-charset iso-8859-1\nT:\xC3\xA9\nK:C\nC|\n");
	(void)state;
	assert_string_equal(s->title, "\xC3\x83\xC2\xA9");
}

/* The syllables under each note, voice by voice: the texts in order, '.' where a note has none. */
static void expect_words(const char *before, const char *music, const char *words, const char *want)
{
	char AUTO_MEM *text = str_printf("%sX:1\nL:1/4\nK:C\n%s\n%s\n", before, music, words);
	AUTO(score) s = parse(text);
	AUTO_STRBUF got = STRBUF_INIT;
	for (size_t v = 0; v < s->n_voices; v++)
		for (size_t n = 0; n < s->voices[v].n_notes; n++) {
			const char *syllable = ".";
			for (size_t k = 0; k < s->n_texts; k++)
				if (s->texts[k].kind == SCORE_LYRIC && s->texts[k].voice == (int)v &&
				    s->texts[k].at_beats == s->voices[v].notes[n].start_beats)
					syllable = s->texts[k].text;
			strbuf_addf(&got, "%s%s", got.n ? " " : "", syllable);
		}
	if (strcmp(got.s, want) != 0)
		fail_msg("%s'%s' under '%s': '%s', not '%s'", before, words, music, got.s, want);
}

/* The rules of 2.1 where a file says so, and where they are the better reading. */
static void test_lyrics_of_several_lines(void **state)
{
	(void)state;
	expect_words("%abc-2.1\n", "CD|\nEF|", "w:a b c d", "a b c d");
	expect_words("%abc-2.1\n", "CD|\nEF|", "w:a b", "a b . .");
	expect_words("%abc-2.1\n", "CD|\nw:a b\nEE|\nw:\nGA|", "w:c d\nw:e", "a b . . c d");
	expect_words("%abc-2.1\n", "C&G|D|", "w:a b c", "a c b");
	expect_words("\xEF\xBB\xBF%abc-3\n", "CD|\nEF|", "w:a b", "a b . .");
	expect_words("%abc-2.0\n", "CD|\nEF|", "w:a b", ". . a b");
	expect_words("", "I:abc-version 2.1\nCD|\nEF|", "w:a b", "a b . .");
	expect_words("", "CD|\nEF|", "w:a b", ". . a b");
	expect_words("", "CD|\nEF|", "w:a b c d", "a b c d");
	expect_words("", "CD|\nw:a b\nEF|\nGA|", "w:c d e f", "a b c d e f");
	expect_words("", "C&G|D|", "w:a b c", "a c b");
	/* A word too many is a mistake, not another place. */
	expect_words("", "CDEF|\nGABc|", "w:a b c d e", ". . . . a b c d");
}

static void test_lyrics_by_all_the_rules(void **state)
{
	static const struct {
		const char *music, *words, *want;
	} tunes[] = {
		{ "CDEF|", "w:one two-three four", "one two- three four" },
		{ "CDEF|", "w:a_ b *", "a . b ." },
		{ "CDEF|", "w:a * b", "a . b ." },
		{ "CDEF|", "w:a~b c\\-d - e", "a b c-d . e" },
		{ "CD|EF|GA|", "w:a | b | c d", "a . b . c d" },
		{ "CzD{e}E|", "w:a b c", "a b c" },
		{ "C&G|D|", "w:a b", "a b ." },
		{ "CD|\\\nEF|", "w:a b c d", "a b c d" },
		{ "CD|", "w:a\\\nw:b", "a b" },
		{ "CD|", "w:a\n+:b", "a b" },
		{ "CDEF|", "w:a--- b", "a- . . b" },
		{ "C-|C D|", "w:a b c", "a c" }, /* b under the tied note */
		{ "CD|", "w:caf\\'e &eacute;", "caf\xC3\xA9 \xC3\xA9" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(tunes); i++)
		expect_words("", tunes[i].music, tunes[i].words, tunes[i].want);
}

static void test_each_verse_has_its_pass(void **state)
{
	AUTO(score) s = parse("X:1\nP:AAA\nL:1/4\nK:C\nP:A\nCD|\nw:a b\nw:c *\n");
	static const char *const want[] = { "a", "b", "c", "c" };
	size_t n = 0;
	(void)state;
	for (size_t i = 0; i < s->n_texts; i++)
		if (s->texts[i].kind == SCORE_LYRIC)
			assert_string_equal(s->texts[i].text, want[n++]);
	assert_int_equal(n, 4);
}

static void test_the_seventeenth_voice_is_no_drum(void **state)
{
	AUTO_STRBUF b = STRBUF_INIT;
	(void)state;
	strbuf_adds(&b, "X:1\nL:1/4\nK:C\n");
	for (int i = 1; i <= 16; i++)
		strbuf_addf(&b, "V:%d\n\"C\"C4|\n", i);
	struct abc_play_options o = abc_performed;
	struct score *performed = NULL;
	assert_int_equal(abc_perform(b.s, b.n, NULL, &o, &performed, NULL, NULL), 0);
	AUTO(score) s = performed;
	assert_int_equal(s->n_voices, 18); /* bass and chords */
	for (size_t i = 0; i < s->n_voices; i++)
		assert_true(s->voices[i].notes[0].channel != 9);
}

static void test_the_drum_channel_is_left_out(void **state)
{
	AUTO_STRBUF b = STRBUF_INIT;
	(void)state;
	strbuf_adds(&b, "X:1\nL:1/4\nK:C\n");
	for (int i = 1; i <= 12; i++)
		strbuf_addf(&b, "V:%d\nC|\n", i);
	AUTO(score) s = parse(b.s);
	assert_int_equal(s->n_voices, 12);
	for (size_t i = 0; i < s->n_voices; i++)
		assert_true(s->voices[i].notes[0].channel != 9);
	assert_int_equal(s->voices[9].notes[0].channel, 10);
}

static void test_a_book_is_searched_by_place_and_by_number(void **state)
{
	static const char book[] = "% a book\nM:3/4\n\nX:5\nT:five\nK:C\nC|\n\nsome words\n\nX:7\nT:seven\nK:C\nD|\nX:9\nT:nine\nK:C\nE|\n";
	size_t n = sizeof(book) - 1;
	struct err err = ERR_INIT;
	(void)state;
	assert_int_equal(abc_count(book, n), 3);
	for (size_t i = 0; i < 3; i++) {
		static const char *const titles[] = { "five", "seven", "nine" };
		struct abc_pick by_index = { false, i, 0 }, by_number = { true, 0, (int64_t)(5 + 2 * i) };
		AUTO(score) a = NULL;
		AUTO(score) b = NULL;
		assert_int_equal(abc_parse(book, n, &by_index, &a, NULL, &err), 0);
		assert_int_equal(abc_parse(book, n, &by_number, &b, NULL, &err), 0);
		assert_string_equal(a->title, titles[i]);
		assert_string_equal(b->title, titles[i]);
		assert_int_equal(score_meter_at(a, 0).num, 3);
	}
	struct abc_pick none = { true, 0, 6 }, past = { false, 3, 0 };
	struct score *s = NULL;
	assert_int_equal(abc_parse(book, n, &none, &s, NULL, &err), -ENOENT);
	assert_string_equal(err.msg, "no tune has X:6; there is X:5, X:7, X:9");
	assert_int_equal(abc_parse(book, n, &past, &s, NULL, &err), -ENOENT);
	assert_string_equal(err.msg, "there is no tune 4: the text holds 3");
	assert_int_equal(abc_parse("just words", 10, NULL, &s, NULL, &err), -ENOENT);
	assert_string_equal(err.msg, "the text holds no tune: it has no line X:1, and no line like K:D");
	assert_non_null(strstr(err.hint, "then the notes"));
	assert_int_equal(abc_parse("K:D\nDFA|", 8, &none, &s, NULL, &err), -ENOENT);
	assert_string_equal(err.msg, "no tune has X:6: the text holds one, without a number");
	AUTO_STRBUF large = STRBUF_INIT;
	for (int i = 1; i <= 5000; i++)
		assert_int_equal(strbuf_addf(&large, "X:%d\nK:D\nD|\n\n", i), 0);
	none.number = 60000;
	assert_int_equal(abc_parse(large.s, large.n, &none, &s, NULL, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "there is X:1, X:2, "));
	assert_non_null(strstr(err.msg, " more"));
	assert_true(strlen(err.msg) < 170); /* in front of it stands which artifact it is */
	assert_null(s);
}

static void walk_agrees_with_picking(const char *text, size_t n, size_t n_tunes)
{
	struct abc_walk w = { .text = text, .n = n };
	struct err err = ERR_INIT;
	for (size_t i = 0; i < n_tunes; i++) {
		struct abc_pick pick = { false, i, 0 };
		AUTO(score) a = NULL;
		AUTO(score) b = NULL;
		assert_int_equal(abc_parse(text, n, &pick, &a, NULL, &err), 0);
		assert_int_equal(abc_perform_next(&w, &abc_nominal, &b, NULL, &err), 0);
		assert_int_equal(w.n_tunes, i + 1);
		assert_string_equal(a->title, b->title);
		assert_int_equal(score_n_notes(a), score_n_notes(b));
		assert_int_equal(a->voices[0].notes[0].pitch, b->voices[0].notes[0].pitch);
		assert_int_equal(score_meter_at(a, 0).num, score_meter_at(b, 0).num);
	}
	struct score *none = NULL;
	assert_int_equal(abc_perform_next(&w, &abc_nominal, &none, NULL, &err), -ENOENT);
	assert_int_equal(abc_perform_next(&w, &abc_nominal, &none, NULL, &err), -ENOENT);
	assert_null(none);
}

static void test_a_walk_through_a_book_gives_every_tune_once(void **state)
{
	static const char *const books[] = {
		"% a book\nM:3/4\n\nX:5\nT:five\nK:C\nC|\n\nsome words\n\nX:7\nT:seven\nK:C\nD|\nX:9\nT:nine\nK:C\nE|\n",
		"X:1\nT:no header of the file\nK:C\nC|\n\nM:3/4\n\nX:2\nT:two\nK:C\nD|\n\nX:3\nT:three\nK:C\nE|",
		"\xEF\xBB\xBFX:1\nT:marked\nK:C\nC|\r\n\r\nX:2\r\nT:two\r\nK:C\r\nD|\r\n\r\nX:3\nK:C\nE|\n",
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(books); i++)
		walk_agrees_with_picking(books[i], strlen(books[i]), 3);
	walk_agrees_with_picking("T:bare\nK:C\nC|\n", 15, 1);
	walk_agrees_with_picking("just words", 10, 0);
	walk_agrees_with_picking("", 0, 0);
}

static void test_a_tune_without_x_is_one(void **state)
{
	AUTO(score) s = parse("T:bare\nL:1/4\nK:C\nC|\n");
	(void)state;
	assert_string_equal(s->title, "bare");
	assert_int_equal(score_n_notes(s), 1);
}

/* Bends of the channel where they change, by two semitones at most, and back again. */
static void test_microtones_bend(void **state)
{
	AUTO(score) s = parse("X:1\nL:1/4\nK:C\nV:1\nC ^/D D|D _3/2E [_1/4EG]|\nV:2\nG4|\n");
	static const struct score_control want[] = {
		{ .at_beats = 1, .value = 8192 + 2048 }, { .at_beats = 3, .value = 8192 }, { .at_beats = 4, .value = 8192 - 6144 },
		{ .at_beats = 5, .value = 8192 - 1024 }, { .at_beats = 6, .value = 8192 },
	};
	(void)state;
	assert_int_equal(s->n_voices, 2);
	assert_int_equal(s->voices[0].n_controls, COUNT_OF(want));
	assert_int_equal(s->voices[1].n_controls, 0);
	for (size_t i = 0; i < COUNT_OF(want); i++) {
		const struct score_control *c = &s->voices[0].controls[i];
		assert_int_equal(c->kind, SCORE_BEND);
		assert_float_equal(c->at_beats, want[i].at_beats, 1e-9);
		assert_int_equal(c->value, want[i].value);
	}
}

/* An overlay is played after what it is laid over; what it leaves behind is as it would be without. */
static void test_microtones_under_an_overlay_are_over_with_their_notes(void **state)
{
	static const struct score_control want[] = { { .at_beats = 1, .value = 8192 + 2048 }, { .at_beats = 2, .value = 8192 } };
	AUTO(score) s = parse("X:1\nM:2/4\nL:1/4\nK:C\nC ^/D & E F|G A|\n");
	(void)state;
	/* Beat 1 has F too: one channel has one bend. */
	assert_int_equal(s->voices[0].n_controls, COUNT_OF(want));
	for (size_t i = 0; i < COUNT_OF(want); i++) {
		assert_float_equal(s->voices[0].controls[i].at_beats, want[i].at_beats, 1e-9);
		assert_int_equal(s->voices[0].controls[i].value, want[i].value);
	}
}

static void test_a_program_is_set_for_its_voice(void **state)
{
	AUTO(score) s = parse("X:1\nL:1/4\nK:C\n%%MIDI program 40\nC|\n");
	(void)state;
	assert_int_equal(s->voices[0].n_controls, 1);
	assert_int_equal(s->voices[0].controls[0].kind, SCORE_PROGRAM);
	assert_int_equal(s->voices[0].controls[0].value, 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_feature_gives_its_notes),
		cmocka_unit_test(test_tempo_in_all_its_forms),
		cmocka_unit_test(test_changes_in_the_tune_stand_at_their_beats),
		cmocka_unit_test(test_the_key_goes_back_with_the_repeat),
		cmocka_unit_test(test_pick_ups_are_found),
		cmocka_unit_test(test_titles_chords_markers_and_lyrics_are_kept),
		cmocka_unit_test(test_latin_1_becomes_utf_8),
		cmocka_unit_test(test_texts_in_all_their_spellings),
		cmocka_unit_test(test_a_named_character_set_is_believed),
		cmocka_unit_test(test_lyrics_by_all_the_rules),
		cmocka_unit_test(test_lyrics_of_several_lines),
		cmocka_unit_test(test_each_verse_has_its_pass),
		cmocka_unit_test(test_the_seventeenth_voice_is_no_drum),
		cmocka_unit_test(test_the_drum_channel_is_left_out),
		cmocka_unit_test(test_a_book_is_searched_by_place_and_by_number),
		cmocka_unit_test(test_a_walk_through_a_book_gives_every_tune_once),
		cmocka_unit_test(test_a_tune_without_x_is_one),
		cmocka_unit_test(test_microtones_bend),
		cmocka_unit_test(test_microtones_under_an_overlay_are_over_with_their_notes),
		cmocka_unit_test(test_a_program_is_set_for_its_voice),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

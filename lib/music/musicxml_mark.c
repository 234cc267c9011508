/*
 * musicxml_mark.c - tempos, rehearsal marks and chord symbols.
 */
#include "music/musicxml_priv.h"

#include <stdio.h>
#include <string.h>

#include "music/chord.h"

/* "120", "66.5": at most three places behind the point. */
static void number(struct strbuf *b, double v)
{
	char text[40];
	(void)snprintf(text, sizeof(text), "%.3f", v);
	size_t n = strlen(text);
	while (n > 1 && text[n - 1] == '0')
		n--;
	if (text[n - 1] == '.')
		n--;
	strbuf_add(b, text, n);
}

static void tempo(const struct musicxml *x, double bpm, const struct sheet_bar *bar)
{
	bool compound = sheet_compound(bar->num, bar->den) && bar->den == 8, half = bar->den == 2;
	strbuf_adds(x->out, "      <direction placement=\"above\">\n        <direction-type>\n          <metronome>\n"
			    "            <beat-unit>");
	strbuf_adds(x->out, half ? "half" : "quarter");
	strbuf_adds(x->out, "</beat-unit>\n");
	if (compound)
		strbuf_adds(x->out, "            <beat-unit-dot/>\n");
	strbuf_adds(x->out, "            <per-minute>");
	number(x->out, compound ? bpm / 1.5 : half ? bpm / 2 : bpm);
	strbuf_adds(x->out, "</per-minute>\n          </metronome>\n        </direction-type>\n        <sound tempo=\"");
	number(x->out, bpm);
	strbuf_adds(x->out, "\"/>\n      </direction>\n");
}

static void rehearsal(const struct musicxml *x, const char *text)
{
	strbuf_adds(x->out, "      <direction placement=\"above\">\n        <direction-type>\n          <rehearsal>");
	musicxml_text(x->out, text);
	strbuf_adds(x->out, "</rehearsal>\n        </direction-type>\n      </direction>\n");
}

static const char *kind_of(enum chord_quality q)
{
	static const char *const kinds[CHORD_QUALITY_COUNT] = {
		[CHORD_MAJOR] = "major",
		[CHORD_MINOR] = "minor",
		[CHORD_DIMINISHED] = "diminished",
		[CHORD_AUGMENTED] = "augmented",
		[CHORD_SUS2] = "suspended-second",
		[CHORD_SUS4] = "suspended-fourth",
		[CHORD_POWER] = "power",
		[CHORD_DOMINANT7] = "dominant",
		[CHORD_MAJOR7] = "major-seventh",
		[CHORD_MINOR7] = "minor-seventh",
		[CHORD_MINOR_MAJOR7] = "major-minor",
		[CHORD_HALF_DIMINISHED7] = "half-diminished",
		[CHORD_DIMINISHED7] = "diminished-seventh",
		[CHORD_AUGMENTED7] = "augmented-seventh",
		[CHORD_SIXTH] = "major-sixth",
		[CHORD_MINOR6] = "minor-sixth",
		[CHORD_NINTH] = "dominant-ninth",
		[CHORD_MAJOR9] = "major-ninth",
		[CHORD_MINOR9] = "minor-ninth",
		[CHORD_ELEVENTH] = "dominant-11th",
		[CHORD_MINOR11] = "minor-11th",
		[CHORD_THIRTEENTH] = "dominant-13th",
	};
	return q < CHORD_QUALITY_COUNT && kinds[q] ? kinds[q] : "other";
}

static void root(const struct musicxml *x, const char *what, char step, int alter)
{
	strbuf_addf(x->out, "        <%s>\n          <%s-step>%c</%s-step>\n", what, what, step, what);
	if (alter)
		strbuf_addf(x->out, "          <%s-alter>%d</%s-alter>\n", what, alter, what);
	strbuf_addf(x->out, "        </%s>\n", what);
}

static void harmony(const struct musicxml *x, const char *text)
{
	struct chord chord;
	char step;
	int alter;
	while (*text == ' ')
		text++;
	if (!chord_parse(text, strlen(text), &chord) || chord.root < 0 || *text < 'A' || *text > 'G') {
		strbuf_adds(x->out, "      <direction placement=\"above\">\n        <direction-type>\n          <words>");
		musicxml_text(x->out, text);
		strbuf_adds(x->out, "</words>\n        </direction-type>\n      </direction>\n");
		return;
	}
	size_t used = chord_note(text, strlen(text), &step, &alter);
	const char *slash = strrchr(text, '/');
	bool bass = slash && chord.bass != chord.root && slash[1];
	strbuf_adds(x->out, "      <harmony>\n");
	root(x, "root", step, alter);
	strbuf_adds(x->out, "        <kind text=\"");
	size_t n = bass ? (size_t)(slash - text) - used : strlen(text + used);
	AUTO_STRBUF suffix = STRBUF_INIT;
	strbuf_add(&suffix, text + used, n);
	musicxml_text(x->out, suffix.s ? suffix.s : "");
	strbuf_addf(x->out, "\">%s</kind>\n", kind_of(chord_quality(chord.tones)));
	if (bass) {
		(void)chord_note(slash + 1, strlen(slash + 1), &step, &alter);
		root(x, "bass", step, alter);
	}
	strbuf_adds(x->out, "      </harmony>\n");
}

void musicxml_marks(const struct musicxml *x, struct musicxml_layer *l, const struct sheet_item *i)
{
	const struct score *s = x->score;
	const struct score_tempo *due = NULL;
	if (!l->first)
		return;
	for (; l->tempo < s->n_tempos; l->tempo++) {
		if (sheet_snap(x->sheet, l->part, s->tempos[l->tempo].at_beats) > i->at)
			break;
		due = &s->tempos[l->tempo];
	}
	if (due)
		tempo(x, due->bpm, &x->sheet->bars[i->bar]);
	for (; l->text < s->n_texts; l->text++) {
		const struct score_text *t = &s->texts[l->text];
		if (sheet_snap(x->sheet, l->part, t->at_beats) > i->at)
			return;
		if (t->kind == SCORE_MARKER && t->text[0])
			rehearsal(x, t->text);
		if (t->kind == SCORE_CHORD && t->text[0])
			harmony(x, t->text);
	}
}

/*
 * musicxml_note.c - notes and rests, each with everything that belongs to it in the order the schema asks for.
 */
#include "music/musicxml_priv.h"

#include <string.h>

static void type(const struct musicxml *x, const struct sheet_item *i)
{
	static const char *const names[] = { "breve", "whole", "half", "quarter", "eighth",
					     "16th",  "32nd",  "64th", "128th",	  "256th" };
	strbuf_addf(x->out, "        <type>%s</type>\n", names[i->value + 1]);
	for (int k = 0; k < i->dots; k++)
		strbuf_adds(x->out, "        <dot/>\n");
}

static int altered(const struct sheet_pitch *p)
{
	return p->spelling.alter * MICROTONE_SEMITONE + p->fine;
}

/* Quarter tones have signs that programs know; "other" says that there is one, and <alter> which. */
static void accidental(const struct musicxml *x, struct musicxml_signs *signs, const struct sheet_pitch *p)
{
	static const char *const names[9] = { "flat-flat", "three-quarters-flat", "flat", "quarter-flat", "natural",
					      "quarter-sharp", "sharp", "three-quarters-sharp", "double-sharp" };
	struct spelling s = p->spelling;
	int octave = s.octave < -1 ? 0 : s.octave > 10 ? 11 : s.octave + 1, parts = altered(p), quarter = MICROTONE_SEMITONE / 2;
	int16_t *sign = &signs->octave[s.step][octave];
	if (p->tie_in || parts == (*sign == MUSICXML_NO_SIGN ? signs->key[s.step] : *sign))
		return;
	*sign = (int16_t)parts;
	strbuf_addf(x->out, "        <accidental>%s</accidental>\n", parts % quarter ? "other" : names[parts / quarter + 4]);
}

static void pitch(const struct musicxml *x, const struct musicxml_layer *l, const struct sheet_pitch *p)
{
	char step = "CDEFGAB"[p->spelling.step];
	bool drum = l->part->channel == 9;
	strbuf_adds(x->out, drum ? "        <unpitched>\n" : "        <pitch>\n");
	strbuf_addf(x->out, drum ? "          <display-step>%c</display-step>\n" : "          <step>%c</step>\n", step);
	if (!drum && altered(p))
		strbuf_addf(x->out, "          <alter>%.6g</alter>\n", (double)altered(p) / MICROTONE_SEMITONE);
	/* Octaves of the schema go from 0 to 9. */
	int octave = p->spelling.octave < 0 ? 0 : p->spelling.octave > 9 ? 9 : p->spelling.octave;
	strbuf_addf(x->out, drum ? "          <display-octave>%d</display-octave>\n" : "          <octave>%d</octave>\n",
		    octave);
	strbuf_adds(x->out, drum ? "        </unpitched>\n" : "        </pitch>\n");
}

static void notations(const struct musicxml *x, const struct sheet_item *i, const struct sheet_pitch *p, bool upper)
{
	bool tuplet = upper && (i->opens || i->closes), tied = p && (p->tie_in || p->tie_out);
	if (!tuplet && !tied)
		return;
	strbuf_adds(x->out, "        <notations>\n");
	if (p && p->tie_in)
		strbuf_adds(x->out, "          <tied type=\"stop\"/>\n");
	if (p && p->tie_out)
		strbuf_adds(x->out, "          <tied type=\"start\"/>\n");
	if (upper && i->opens)
		strbuf_adds(x->out, "          <tuplet type=\"start\" bracket=\"yes\"/>\n");
	if (upper && i->closes)
		strbuf_adds(x->out, "          <tuplet type=\"stop\"/>\n");
	strbuf_adds(x->out, "        </notations>\n");
}

static void modification(const struct musicxml *x, const struct sheet_item *i)
{
	if (i->p)
		strbuf_addf(x->out,
			    "        <time-modification>\n          <actual-notes>%d</actual-notes>\n"
			    "          <normal-notes>%d</normal-notes>\n        </time-modification>\n",
			    i->p, i->q);
}

/* The syllables of a voice stand under the first layer of its part. */
static void lyrics(const struct musicxml *x, struct musicxml_layer *l, const struct sheet_item *i)
{
	const struct score *s = x->score;
	int verse = 0;
	if (!l->upper)
		return;
	for (; l->lyric < s->n_texts; l->lyric++) {
		const struct score_text *t = &s->texts[l->lyric];
		bool ours = t->kind == SCORE_LYRIC && (t->voice == (int)l->part->voice || (t->voice < 0 && l->first));
		if (!ours || !t->text[0])
			continue;
		int64_t at = sheet_snap(x->sheet, l->part, t->at_beats);
		if (at > i->at)
			return;
		if (at != i->at)
			continue;
		size_t n = strlen(t->text);
		bool joined = n > 1 && t->text[n - 1] == '-';
		AUTO_STRBUF text = STRBUF_INIT;
		strbuf_add(&text, t->text, joined ? n - 1 : n);
		strbuf_addf(x->out, "        <lyric number=\"%d\">\n          <syllabic>%s</syllabic>\n          <text>", ++verse,
			    l->in_word ? (joined ? "middle" : "end") : joined ? "begin" : "single");
		musicxml_text(x->out, text.s ? text.s : "");
		strbuf_adds(x->out, "</text>\n        </lyric>\n");
		l->in_word = joined;
	}
}

static void one_note(const struct musicxml *x, struct musicxml_layer *l, struct musicxml_signs *signs,
		     const struct sheet_item *i, uint32_t k)
{
	const struct sheet_pitch *p = &x->sheet->pitches[i->first + k];
	strbuf_adds(x->out, "      <note>\n");
	if (k)
		strbuf_adds(x->out, "        <chord/>\n");
	pitch(x, l, p);
	strbuf_addf(x->out, "        <duration>%lld</duration>\n", (long long)musicxml_duration(x, i->ticks));
	if (p->tie_in)
		strbuf_adds(x->out, "        <tie type=\"stop\"/>\n");
	if (p->tie_out)
		strbuf_adds(x->out, "        <tie type=\"start\"/>\n");
	if (l->part->channel == 9)
		strbuf_addf(x->out, "        <instrument id=\"P%d-I%d\"/>\n", l->part_number, p->pitch + 1);
	strbuf_addf(x->out, "        <voice>%d</voice>\n", l->voice);
	type(x, i);
	if (l->part->channel != 9)
		accidental(x, signs, p);
	modification(x, i);
	notations(x, i, p, k == 0);
	if (k == 0)
		lyrics(x, l, i);
	strbuf_adds(x->out, "      </note>\n");
}

static void rest(const struct musicxml *x, const struct musicxml_layer *l, const struct sheet_item *i)
{
	long long duration = (long long)musicxml_duration(x, i->ticks);
	/* Lower layers are silent without a sign, but not within a tuplet. */
	if (!l->upper && !i->p) {
		strbuf_addf(x->out, "      <forward>\n        <duration>%lld</duration>\n        <voice>%d</voice>\n      </forward>\n",
			    duration, l->voice);
		return;
	}
	strbuf_addf(x->out, "      <note>\n        <rest%s/>\n        <duration>%lld</duration>\n        <voice>%d</voice>\n",
		    i->whole_bar ? " measure=\"yes\"" : "", duration, l->voice);
	if (!i->whole_bar)
		type(x, i);
	modification(x, i);
	notations(x, i, NULL, true);
	strbuf_adds(x->out, "      </note>\n");
}

void musicxml_item(const struct musicxml *x, struct musicxml_layer *l, struct musicxml_signs *signs,
		   const struct sheet_item *i)
{
	if (!i->n)
		rest(x, l, i);
	for (uint32_t k = 0; k < i->n; k++)
		one_note(x, l, signs, i, k);
}

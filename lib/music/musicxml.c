#include "music/musicxml.h"

#include <string.h>

#include "music/drum_kit.h"
#include "music/gm_names.h"
#include "music/musicxml_priv.h"

#define ASK_BARS 64

static int no_memory(struct err *err)
{
	return err_set(err, -ENOMEM, "out of memory for the MusicXML text");
}

void musicxml_text(struct strbuf *b, const char *text)
{
	for (const char *p = text; *p; p++) {
		if (*p == '&')
			strbuf_adds(b, "&amp;");
		else if (*p == '<')
			strbuf_adds(b, "&lt;");
		else if (*p == '>')
			strbuf_adds(b, "&gt;");
		else if (*p == '"')
			strbuf_adds(b, "&quot;");
		else if ((unsigned char)*p >= 32)
			strbuf_addc(b, *p);
	}
}

int64_t musicxml_duration(const struct musicxml *x, int64_t ticks)
{
	return ticks / x->division;
}

/* The longest time that every length of the sheet is a multiple of, and a quarter note too. */
static int64_t find_division(const struct sheet *s)
{
	int64_t g = SHEET_QUARTER;
	for (size_t p = 0; p < s->n_parts; p++)
		for (size_t k = 0; k < s->parts[p].n_layers; k++)
			for (size_t i = 0; i < s->parts[p].layers[k].n_items; i++) {
				int64_t a = s->parts[p].layers[k].items[i].ticks, b = g;
				while (a) {
					int64_t rest = b % a;
					b = a;
					a = rest;
				}
				g = b;
			}
	return g;
}

static void element(struct strbuf *b, const char *indent, const char *name, const char *text)
{
	strbuf_addf(b, "%s<%s>", indent, name);
	musicxml_text(b, text);
	strbuf_addf(b, "</%s>\n", name);
}

static void head(const struct musicxml *x)
{
	strbuf_adds(x->out, "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n"
			    "<!DOCTYPE score-partwise PUBLIC \"-//Recordare//DTD MusicXML 4.0 Partwise//EN\" "
			    "\"http://www.musicxml.org/dtds/partwise.dtd\">\n<score-partwise version=\"4.0\">\n");
	if (x->score->title[0]) {
		strbuf_adds(x->out, "  <work>\n");
		element(x->out, "    ", "work-title", x->score->title);
		strbuf_adds(x->out, "  </work>\n");
	}
	strbuf_adds(x->out, "  <identification>\n");
	if (x->score->composer[0]) {
		strbuf_adds(x->out, "    <creator type=\"composer\">");
		musicxml_text(x->out, x->score->composer);
		strbuf_adds(x->out, "</creator>\n");
	}
	strbuf_adds(x->out, "    <encoding>\n      <software>Hootenanny</software>\n    </encoding>\n  </identification>\n");
}

/* The keys that a drum part strikes, as bits. */
static void keys_of(const struct musicxml *x, const struct sheet_part *p, bool ret[128])
{
	memset(ret, 0, 128 * sizeof(*ret));
	for (size_t k = 0; k < p->n_layers; k++)
		for (size_t i = 0; i < p->layers[k].n_items; i++)
			for (uint32_t n = 0; n < p->layers[k].items[i].n; n++)
				ret[x->sheet->pitches[p->layers[k].items[i].first + n].pitch & 127] = true;
}

static void drum_instruments(const struct musicxml *x, const struct sheet_part *p, int number)
{
	bool keys[128];
	keys_of(x, p, keys);
	for (int k = 0; k < 128; k++)
		if (keys[k]) {
			const char *name = drum_name(k);
			strbuf_addf(x->out, "      <score-instrument id=\"P%d-I%d\">\n", number, k + 1);
			element(x->out, "        ", "instrument-name", name[0] ? name : "drum");
			strbuf_adds(x->out, "      </score-instrument>\n");
		}
	for (int k = 0; k < 128; k++)
		if (keys[k])
			strbuf_addf(x->out,
				    "      <midi-instrument id=\"P%d-I%d\">\n        <midi-channel>10</midi-channel>\n"
				    "        <midi-unpitched>%d</midi-unpitched>\n      </midi-instrument>\n",
				    number, k + 1, k + 1);
}

static void one_instrument(const struct musicxml *x, const struct sheet_part *p, int number)
{
	const char *name = p->program >= 0 ? gm_program_name(p->program) : NULL;
	strbuf_addf(x->out, "      <score-instrument id=\"P%d-I1\">\n", number);
	element(x->out, "        ", "instrument-name", name ? name : "Instrument");
	strbuf_addf(x->out,
		    "      </score-instrument>\n      <midi-instrument id=\"P%d-I1\">\n"
		    "        <midi-channel>%d</midi-channel>\n",
		    number, p->channel + 1);
	if (p->program >= 0)
		strbuf_addf(x->out, "        <midi-program>%d</midi-program>\n", p->program + 1);
	strbuf_adds(x->out, "      </midi-instrument>\n");
}

static void part_list(const struct musicxml *x)
{
	strbuf_adds(x->out, "  <part-list>\n");
	for (size_t i = 0; i < x->sheet->n_parts; i++) {
		const struct sheet_part *p = &x->sheet->parts[i];
		const char *name = x->score->voices[p->voice].name;
		int number = (int)i + 1;
		strbuf_addf(x->out, "    <score-part id=\"P%d\">\n", number);
		element(x->out, "      ", "part-name", name[0] ? name : p->channel == 9 ? "Drums" : "Part");
		if (p->channel == 9)
			drum_instruments(x, p, number);
		else
			one_instrument(x, p, number);
		strbuf_adds(x->out, "    </score-part>\n");
	}
	strbuf_adds(x->out, "  </part-list>\n");
}

static void clef(const struct musicxml *x, enum sheet_clef clef)
{
	static const struct {
		const char *sign;
		int line;
	} clefs[] = { [SHEET_TREBLE] = { "G", 2 }, [SHEET_BASS] = { "F", 4 }, [SHEET_PERCUSSION] = { "percussion", 0 } };
	strbuf_addf(x->out, "        <clef>\n          <sign>%s</sign>\n", clefs[clef].sign);
	if (clefs[clef].line)
		strbuf_addf(x->out, "          <line>%d</line>\n", clefs[clef].line);
	strbuf_adds(x->out, "        </clef>\n");
}

static void attributes(const struct musicxml *x, const struct sheet_part *p, size_t bar)
{
	const struct sheet_bar *b = &x->sheet->bars[bar];
	if (bar && !b->new_key && !b->new_meter)
		return;
	strbuf_adds(x->out, "      <attributes>\n");
	if (bar == 0)
		strbuf_addf(x->out, "        <divisions>%lld</divisions>\n", (long long)(SHEET_QUARTER / x->division));
	if (b->new_key)
		strbuf_addf(x->out, "        <key>\n          <fifths>%d</fifths>\n          <mode>%s</mode>\n        </key>\n",
			    b->sharps, b->minor ? "minor" : "major");
	if (b->new_meter)
		strbuf_addf(x->out, "        <time>\n          <beats>%u</beats>\n          <beat-type>%u</beat-type>\n        </time>\n",
			    b->num, b->den);
	if (bar == 0)
		clef(x, p->clef);
	strbuf_adds(x->out, "      </attributes>\n");
}

static void begin_signs(struct musicxml_signs *signs, int sharps)
{
	static const uint8_t order[7] = { 3, 0, 4, 1, 5, 2, 6 };
	memset(signs->key, 0, sizeof(signs->key));
	for (int i = 0; i < 7; i++)
		for (size_t k = 0; k < COUNT_OF(signs->octave[i]); k++)
			signs->octave[i][k] = MUSICXML_NO_SIGN;
	for (int i = 0; i < sharps && i < 7; i++)
		signs->key[order[i]] = MICROTONE_SEMITONE;
	for (int i = 0; i < -sharps && i < 7; i++)
		signs->key[order[6 - i]] = -MICROTONE_SEMITONE;
}

static void layer_bar(const struct musicxml *x, struct musicxml_layer *l, size_t bar)
{
	struct musicxml_signs signs;
	begin_signs(&signs, x->sheet->bars[bar].sharps);
	for (; l->item < l->layer->n_items && l->layer->items[l->item].bar == bar; l->item++) {
		musicxml_marks(x, l, &l->layer->items[l->item]);
		musicxml_item(x, l, &signs, &l->layer->items[l->item]);
	}
}

static void measure(const struct musicxml *x, struct musicxml_layer *layers, size_t n, size_t bar)
{
	const struct sheet_bar *b = &x->sheet->bars[bar];
	bool full = b->ticks == 4 * SHEET_QUARTER * b->num / b->den;
	strbuf_addf(x->out, "    <measure number=\"%zu\"%s>\n", bar + !x->sheet->pickup,
		    full ? "" : " implicit=\"yes\"");
	attributes(x, layers[0].part, bar);
	for (size_t i = 0; i < n; i++) {
		if (i)
			strbuf_addf(x->out, "      <backup>\n        <duration>%lld</duration>\n      </backup>\n",
				    (long long)musicxml_duration(x, b->ticks));
		layer_bar(x, &layers[i], bar);
	}
	if (bar + 1 == x->sheet->n_bars)
		strbuf_adds(x->out, "      <barline location=\"right\">\n        <bar-style>light-heavy</bar-style>\n      </barline>\n");
	strbuf_adds(x->out, "    </measure>\n");
}

/* Stops early when it is cancelled: whoever asked asks again. */
static void part(const struct musicxml *x, size_t index, const struct model_watch *watch)
{
	const struct sheet_part *p = &x->sheet->parts[index];
	struct musicxml_layer layers[SHEET_LAYERS_MAX];
	for (size_t k = 0; k < p->n_layers; k++)
		layers[k] = (struct musicxml_layer){ .part = p, .layer = &p->layers[k], .part_number = (int)index + 1,
						     .voice = (int)k + 1, .first = index == 0 && k == 0, .upper = k == 0 };
	strbuf_addf(x->out, "  <part id=\"P%zu\">\n", index + 1);
	for (size_t bar = 0; bar < x->sheet->n_bars && !(bar % ASK_BARS == 0 && model_cancelled(watch)); bar++)
		measure(x, layers, p->n_layers, bar);
	strbuf_adds(x->out, "  </part>\n");
}

static void report(const struct sheet *s, struct musicxml_report *ret)
{
	*ret = (struct musicxml_report){ s->played, s->n_bars, s->n_parts, 0, s->n_shortened, s->n_microtones, s->n_glides,
					 s->worst_beats, s->glide_beats };
	for (size_t p = 0; p < s->n_parts; p++)
		ret->n_voices += s->parts[p].n_layers;
}

int musicxml_write(const struct score *s, const struct sheet_options *o, char **ret, size_t *ret_n,
		   struct musicxml_report *ret_report, struct err *err)
{
	AUTO(sheet) sheet = NULL;
	AUTO_STRBUF out = STRBUF_INIT;
	int r = sheet_new(s, o, &sheet, err);
	if (r < 0)
		return r;
	struct musicxml x = { s, sheet, find_division(sheet), &out };
	head(&x);
	part_list(&x);
	for (size_t i = 0; i < sheet->n_parts; i++)
		part(&x, i, o->watch);
	if (model_cancelled(o->watch))
		return err_set(err, -ECANCELED, "cancelled");
	strbuf_adds(&out, "</score-partwise>\n");
	if (!strbuf_ok(&out))
		return no_memory(err);
	if (ret_report)
		report(sheet, ret_report);
	*ret_n = out.n;
	*ret = strbuf_take(&out);
	return *ret ? 0 : no_memory(err);
}

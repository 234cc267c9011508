#include "music/abc_print.h"

#include <string.h>

#include "base/limits.h"
#include "music/abc_print_priv.h"

#define LINE_COLUMNS 100

static int no_memory(struct err *err)
{
	return err_set(err, -ENOMEM, "out of memory for the ABC text");
}

/* "E: |" is a field, "E:|" a note and a repeat. */
void abc_print_field_line(struct strbuf *b, char letter, struct abc_span text)
{
	if (letter == '%')
		strbuf_adds(b, "%%");
	else
		strbuf_addf(b, "%c:%s", letter, text.n && (text.s[0] == '|' || text.s[0] == ':') ? " " : "");
	strbuf_add(b, text.s, text.n);
	strbuf_addc(b, '\n');
}

/* A field of the file's header holds unless the tune has one of its own. */
static bool overridden(const struct abc_tune *t, size_t at)
{
	for (size_t i = at + 1; i < t->n_fields; i++)
		if (t->fields[i].letter == t->fields[at].letter && t->fields[i].letter != '%')
			return true;
	return false;
}

static bool has_field(const struct abc_tune *t, char letter)
{
	for (size_t i = 0; i < t->n_fields; i++)
		if (t->fields[i].letter == letter)
			return true;
	return false;
}

static struct abc_span voice_id(struct abc_span text)
{
	size_t n = 0;
	while (n < text.n && text.s[n] != ' ' && text.s[n] != '\t')
		n++;
	return (struct abc_span){ text.s, n };
}

/* Voices that begin in the body are announced in the header as well: that keeps their order. */
static void print_voices(const struct abc_printing *p)
{
	const struct abc_tune *t = p->tune;
	for (size_t v = 0; v < t->n_voices; v++) {
		struct abc_span id = t->voices[v].id, more = t->voices[v].definition;
		bool known = t->n_voices == 1 && !more.n;
		for (size_t i = 0; i < t->n_fields; i++) {
			struct abc_span have = voice_id(t->fields[i].text);
			known |= t->fields[i].letter == 'V' && have.n == id.n && memcmp(have.s, id.s, id.n) == 0;
		}
		if (known || !id.n)
			continue;
		strbuf_addf(p->out, "V:%.*s%s%.*s\n", (int)id.n, id.s, more.n ? " " : "", (int)more.n, more.n ? more.s : "");
	}
}

/* "1/8": the fraction of a whole note that it was read from; the reader cuts off what is left of a tick. */
static void print_unit(struct strbuf *b, int64_t ticks)
{
	for (int64_t den = 1; den <= 1024; den++) {
		int64_t num = (ticks * den + 4 * ABC_QUARTER - 1) / (4 * ABC_QUARTER);
		if (num < 1 || num > 1024 || 4 * ABC_QUARTER * num / den != ticks)
			continue;
		strbuf_addf(b, "L:%lld/%lld\n", (long long)num, (long long)den);
		return;
	}
}

static void print_first_key(const struct abc_printing *p)
{
	const struct abc_tune *t = p->tune;
	struct abc_span text = { "C", 1 };
	for (size_t i = 0; i < t->n_fields; i++)
		if (t->fields[i].letter == 'K')
			text = t->fields[i].text;
	if (!p->options->semitones) {
		abc_print_field_line(p->out, 'K', text);
		return;
	}
	struct abc_key key = abc_move_key(&t->header.key, abc_move_for(&t->header.key, p->options->semitones));
	strbuf_adds(p->out, "K:");
	abc_print_key(&key, text, p->out);
	strbuf_addc(p->out, '\n');
}

/* What is printed is UTF-8, whatever the source was. */
static bool names_charset(const struct abc_header_field *f)
{
	static const char word[] = "abc-charset";
	return strchr("I%", f->letter) && f->text.n >= sizeof(word) - 1 && memcmp(f->text.s, word, sizeof(word) - 1) == 0;
}

/* X: and T: first, K: last, what stands between in its order; macros have done their work. */
static void print_header(const struct abc_printing *p)
{
	const struct abc_tune *t = p->tune;
	int64_t number = p->options->number ? p->options->number : t->number;
	bool unit = false;
	strbuf_addf(p->out, "X:%lld\n", (long long)(number ? number : 1));
	for (size_t i = 0; i < t->n_fields; i++)
		if (t->fields[i].letter == 'T')
			abc_print_field_line(p->out, 'T', t->fields[i].text);
	for (size_t i = 0; i < t->n_fields; i++) {
		const struct abc_header_field *f = &t->fields[i];
		if (strchr("XTKLm", f->letter) || (f->of_file && overridden(t, i)) || names_charset(f))
			continue;
		/* Behind the meter, and before voices and tempos that count in units. */
		if (!unit && strchr("QV%", f->letter) && !has_field(t, 'M'))
			print_unit(p->out, t->header.unit_ticks);
		unit |= strchr("QV%", f->letter) && !has_field(t, 'M');
		abc_print_field_line(p->out, f->letter, f->text);
		if (f->letter == 'M' && !overridden(t, i)) {
			print_unit(p->out, t->header.unit_ticks);
			unit = true;
		}
	}
	if (!unit)
		print_unit(p->out, t->header.unit_ticks);
	print_voices(p);
	print_first_key(p);
}

static bool begins_part(const struct abc_print_voice *v)
{
	return v->at < v->voice->n_items && v->voice->items[v->at].kind == ABC_PART;
}

static char part_of(const struct abc_print_voice *v)
{
	return v->voice->items[v->at].part;
}

/*
 * A part begins at once in all voices that have it next; one that comes in later waits for its part. A label that was
 * taken back has no letter.
 */
static void print_part(const struct abc_printing *p, struct abc_print_voice *voices, size_t n)
{
	char label = '\0';
	for (size_t i = 0; i < n; i++) {
		while (begins_part(&voices[i]) && !part_of(&voices[i]))
			voices[i].at++;
		if (!label && begins_part(&voices[i]))
			label = part_of(&voices[i]);
	}
	if (!label)
		return;
	for (size_t i = 0; i < n; i++)
		if (begins_part(&voices[i]) && part_of(&voices[i]) == label) {
			voices[i].at++;
			abc_print_new_bar(&voices[i]);
		}
	strbuf_addf(p->out, "P:%c\n", label);
}

static bool sounds(const struct abc_item *i)
{
	return i->kind == ABC_NOTES || i->kind == ABC_REST;
}

/* So many bars of one voice, or up to its next part; a bar that is shorter than the meter at the start is no bar. */
static void print_bars(const struct abc_printing *p, struct abc_print_voice *v, int bars)
{
	const struct abc_voice *voice = v->voice;
	int64_t ticks = 0, first = v->at == 0 ? abc_bar_ticks(&voice->first_state.meter) : 0;
	bool sounded = false;
	while (v->at < voice->n_items && bars > 0 && !begins_part(v)) {
		const struct abc_item *i = &voice->items[v->at];
		sounded |= sounds(i);
		ticks = abc_ticks_sum(ticks, sounds(i) ? i->ticks : 0);
		abc_print_item(p, v);
		if (i->kind != ABC_BAR || !sounded)
			continue;
		bars -= ticks >= first;
		sounded = false;
		ticks = first = 0;
	}
	/* What only closes what was begun belongs to this line. */
	while (v->at < voice->n_items && bars == 0 &&
	       ((voice->items[v->at].kind == ABC_SLUR && !voice->items[v->at].slur.opens) ||
		voice->items[v->at].kind == ABC_LINE_END))
		abc_print_item(p, v);
	abc_print_end_line(p, v);
}

static bool anything_left(const struct abc_print_voice *voices, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (voices[i].at < voices[i].voice->n_items)
			return true;
	return false;
}

static void print_body(const struct abc_printing *p, struct abc_print_voice *voices, size_t n, int bars)
{
	while (anything_left(voices, n)) {
		print_part(p, voices, n);
		for (size_t i = 0; i < n; i++) {
			if (voices[i].at >= voices[i].voice->n_items || begins_part(&voices[i]))
				continue;
			if (n > 1 || (voices[i].voice->id.n && voices[i].at == 0))
				abc_print_field_line(p->out, 'V', voices[i].voice->id);
			print_bars(p, &voices[i], bars);
		}
	}
}

static bool percussion_clef(const struct abc_voice *v)
{
	struct abc_span clef = v->first_state.clef;
	return clef.n >= 4 && strncasecmp(clef.s, "perc", 4) == 0;
}

/* The channel that the header says for a voice; 0 for none. */
static int header_channel(const struct abc_tune *t, size_t voice)
{
	int channel = 0;
	for (size_t i = 0; i < t->n_header_midi; i++)
		if (t->midi[i].op == ABC_MIDI_CHANNEL && (t->midi[i].voice < 0 || (size_t)t->midi[i].voice == voice))
			channel = t->midi[i].v[0];
	return channel;
}

static void begin_voice(const struct abc_printing *p, const struct abc_voice *voice, struct abc_print_voice *ret)
{
	*ret = (struct abc_print_voice){ .voice = voice, .key = voice->first_state.key,
					 .unit_ticks = voice->first_state.unit_ticks };
	ret->may_move = p->options->semitones && !percussion_clef(voice);
	ret->moves = ret->may_move && header_channel(p->tune, (size_t)(voice - p->tune->voices)) != ABC_DRUM_CHANNEL;
	ret->move = abc_move_for(&ret->key, p->options->semitones);
	if (p->options->semitones) /* the signature moves for all voices */
		ret->key = abc_move_key(&ret->key, ret->move);
	abc_print_new_bar(ret);
}

static int check_range(const struct abc_tune *t, int semitones, struct err *err)
{
	for (size_t i = 0; i < t->n_heads; i++) {
		int pitch = t->heads[i].pitch + semitones;
		if (pitch < 0 || pitch > 127)
			return err_set(err, -ERANGE, "note %d would become %d", t->heads[i].pitch, pitch);
	}
	return 0;
}

static size_t longest_line(const struct strbuf *b)
{
	size_t longest = 0, at = 0;
	for (size_t i = 0; i < b->n; i++)
		if (b->s[i] == '\n') {
			bool music = b->s[at] != 'w' && !(b->s[at] == '%' || (i > at + 1 && b->s[at + 1] == ':'));
			if (music && i - at > longest)
				longest = i - at;
			at = i + 1;
		}
	return longest;
}

static int print_tune(struct abc_printing *p, int bars, struct err *err)
{
	const struct abc_tune *t = p->tune;
	struct abc_print_voice AUTO_MEM *voices = mem_new_array(t->n_voices, sizeof(*voices));
	if (!voices && t->n_voices)
		return no_memory(err);
	strbuf_clear(p->out);
	print_header(p);
	for (size_t i = 0; i < t->n_voices; i++)
		begin_voice(p, &t->voices[i], &voices[i]);
	print_body(p, voices, t->n_voices, bars);
	for (size_t i = 0; i < t->n_voices; i++) {
		strbuf_done(&voices[i].line);
		for (int k = 0; k < ABC_PRINT_VERSES; k++)
			strbuf_done(&voices[i].lyrics[k]);
	}
	return strbuf_ok(p->out) ? 0 : no_memory(err);
}

/* Whether U: changes the meaning of a letter inside the tune: then names are written out. */
static bool letters_stay(const struct abc_tune *t)
{
	for (size_t v = 0; v < t->n_voices; v++)
		for (size_t i = 0; i < t->voices[v].n_items; i++)
			if (t->voices[v].items[i].kind == ABC_FIELD && t->voices[v].items[i].letter == 'U')
				return false;
	return true;
}

static int print_fitting(struct abc_printing *p, struct err *err)
{
	int bars = p->options->bars ? p->options->bars : 4;
	int r = print_tune(p, bars, err);
	while (r == 0 && !p->options->bars && bars > 1 && longest_line(p->out) > LINE_COLUMNS)
		r = print_tune(p, bars /= 2, err);
	return r;
}

/* Bytes that are no UTF-8 are Latin-1, as everywhere in music files. */
static int finish(const struct strbuf *b, char **ret, size_t *ret_n, struct err *err)
{
	AUTO_STRBUF out = STRBUF_INIT;
	bool utf8 = str_utf8_valid(b->s, b->n);
	for (size_t i = 0; !utf8 && i < b->n; i++) {
		unsigned char c = (unsigned char)b->s[i];
		if (c >= 0x80)
			strbuf_addc(&out, (char)(0xC0 | c >> 6));
		strbuf_addc(&out, (char)(c >= 0x80 ? 0x80 | (c & 0x3F) : c));
	}
	if (utf8)
		strbuf_add(&out, b->s, b->n);
	*ret_n = out.n;
	*ret = strbuf_take(&out);
	return *ret ? 0 : no_memory(err);
}

int abc_print(const char *text, size_t n, const struct abc_pick *pick, const struct abc_print_options *o, char **ret,
	      size_t *ret_n, struct abc_report *report, struct err *err)
{
	struct abc_tune t;
	AUTO_STRBUF out = STRBUF_INIT;
	if (o->semitones < -36 || o->semitones > 36 || o->bars < 0 || o->bars > 16 || o->number < 0)
		return err_set(err, -EINVAL, "%d semitones (-36 to 36), %d bars a line (0 to 16)", o->semitones, o->bars);
	int r = abc_read(text, n, pick, report, &t, err);
	if (r < 0)
		return r;
	struct abc_printing p = { &t, o, letters_stay(&t), &out };
	if (!report && t.first_error.line)
		r = err_set(err, -EBADMSG, "%u:%u: %s", t.first_error.line, t.first_error.column, t.first_error.message);
	if (r == 0)
		r = check_range(&t, o->semitones, err);
	if (r == 0)
		r = print_fitting(&p, err);
	abc_tune_done(&t);
	return r < 0 ? r : finish(&out, ret, ret_n, err);
}

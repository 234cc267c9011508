/*
 * abc_field.c - the information fields that change what is heard, and voices.
 */
#include "music/abc_priv.h"

#include <string.h>

#include "base/limits.h"

void abc_state_init(struct abc_state *s)
{
	memset(s, 0, sizeof(*s));
	s->meter = (struct abc_meter){ false, 4, 4 };
	s->unit_ticks = ABC_QUARTER / 2;
	s->clef = (struct abc_span){ "", 0 };
}

int64_t abc_bar_ticks(const struct abc_meter *m)
{
	return m->free ? 4 * ABC_QUARTER : 4 * ABC_QUARTER * m->num / m->den;
}

static void voice_init(struct abc_tune *t, struct abc_voice *v, struct abc_span id)
{
	memset(v, 0, sizeof(*v));
	v->id = id;
	v->name = v->short_name = v->definition = (struct abc_span){ "", 0 };
	v->state = v->first_state = t->header;
	for (int i = 0; i < ABC_LANES; i++)
		v->lane_order[i] = i ? -1 : t->n_lanes++;
	abc_forget_accidentals(v);
	abc_new_bar(v);
}

/* Music before the first V: belongs to that voice; but where that is V:2 or later, to V:1. */
static bool takes_first_music(struct abc_voice *first, struct abc_span id)
{
	struct abc_cursor c = { .line_start = id.s, .s = id.s, .end = id.s + id.n };
	bool later = first->lane_sounds[0] && abc_number(&c) > 1 && c.s == c.end;
	first->id = later ? (struct abc_span){ "1", 1 } : id;
	return !later;
}

static struct abc_voice *find_voice(struct abc_tune *t, struct abc_span id)
{
	for (size_t i = 0; i < t->n_voices; i++) {
		struct abc_voice *v = &t->voices[i];
		if (v->id.n == id.n && (id.n == 0 || memcmp(v->id.s, id.s, id.n) == 0)) {
			t->current = i;
			return v;
		}
	}
	if (t->n_voices == 1 && t->voices[0].id.n == 0 && t->in_body && takes_first_music(&t->voices[0], id))
		return &t->voices[0];
	if (t->n_voices >= LIMIT_ABC_VOICES) {
		abc_say(t, ABC_ERROR, t->line, 1, NULL, "more than %d voices", LIMIT_ABC_VOICES);
		return t->n_voices ? &t->voices[t->current] : NULL;
	}
	if (mem_grow(&t->voices, &t->room_voices, t->n_voices + 1, sizeof(*t->voices)) < 0) {
		t->out_of_memory = true;
		return NULL;
	}
	t->current = t->n_voices++;
	voice_init(t, &t->voices[t->current], id);
	return &t->voices[t->current];
}

struct abc_voice *abc_current(struct abc_tune *t)
{
	if (t->n_voices)
		return &t->voices[t->current];
	return find_voice(t, (struct abc_span){ "", 0 });
}

struct abc_item *abc_add_item(struct abc_tune *t, struct abc_voice *v, enum abc_item_kind kind,
			      const struct abc_cursor *c)
{
	if (v->n_items >= LIMIT_ABC_ITEMS) {
		t->too_large = true;
		return NULL;
	}
	if (mem_grow(&v->items, &v->room_items, v->n_items + 1, sizeof(*v->items)) < 0) {
		t->out_of_memory = true;
		return NULL;
	}
	struct abc_item *i = &v->items[v->n_items++];
	memset(i, 0, sizeof(*i));
	i->kind = kind;
	i->line = t->line;
	i->column = c ? abc_column(c) : 1;
	i->spaced = t->spaced;
	t->spaced = false;
	return i;
}

/* An item for the field that is read. */
static struct abc_item *add_field(struct abc_tune *t, struct abc_voice *v, enum abc_item_kind kind,
				  const struct abc_cursor *c)
{
	struct abc_item *i = abc_add_item(t, v, kind, c);
	if (!i)
		return NULL;
	i->letter = t->field_letter;
	i->inlined = t->inlined;
	i->text = t->field_text;
	return i;
}

static void bad_field(struct abc_tune *t, const struct abc_cursor *c, const char *what, const char *hint)
{
	abc_say(t, ABC_ERROR, t->line, abc_column(c), hint, "%s", what);
}

/* "4/4", "2+3/8", "(2+3)/8", "C", "C|", "none". */
static bool read_meter(struct abc_cursor *c, struct abc_meter *ret)
{
	struct abc_span all = abc_trim((struct abc_span){ c->s, (size_t)(c->end - c->s) });
	long num = 0, den = -1;
	if (all.n == 0 || abc_span_is(all, "none")) {
		*ret = (struct abc_meter){ true, 4, 4 };
		return true;
	}
	if (all.s[0] == 'C' || all.s[0] == 'c') {
		bool cut = all.n > 1 && all.s[1] == '|';
		*ret = cut ? (struct abc_meter){ false, 2, 2 } : (struct abc_meter){ false, 4, 4 };
		return true;
	}
	for (; abc_peek(c) >= 0 && *c->s != '/'; c->s++) {
		if (strchr(" \t+()", *c->s))
			continue;
		long n = abc_number(c);
		if (n < 0)
			return false;
		num += n;
		c->s--;
	}
	if (abc_peek(c) == '/') {
		c->s++;
		abc_skip_space(c);
		den = abc_number(c);
	}
	if (num < 1 || num > 255 || den < 1 || den > 256 || (den & (den - 1)))
		return false;
	*ret = (struct abc_meter){ false, (unsigned)num, (unsigned)den };
	return true;
}

static void meter_field(struct abc_tune *t, struct abc_cursor *c, struct abc_state *state)
{
	struct abc_cursor at = *c;
	if (!read_meter(c, &state->meter)) {
		bad_field(t, &at, "the meter is not understood",
			  "write M:6/8, M:C, M:C|, M:2+3/8 or M:none; the lower number is a power of two");
		return;
	}
	if (!t->in_body) {
		if (!t->unit_given)
			state->unit_ticks = !state->meter.free && state->meter.num * 4 < state->meter.den * 3 ?
						    ABC_QUARTER / 4 : ABC_QUARTER / 2;
		return;
	}
	struct abc_item *i = add_field(t, &t->voices[t->current], ABC_METER, &at);
	if (i)
		i->meter = state->meter;
}

/* n/m of a whole note in ticks; 0 when it is not there. */
static int64_t fraction_ticks(struct abc_cursor *c)
{
	long num = abc_number(c), den = 1;
	if (num > 0 && abc_peek(c) == '/') {
		c->s++;
		den = abc_number(c);
	}
	return num > 0 && num <= 1024 && den > 0 && den <= 1024 ? 4 * ABC_QUARTER * num / den : 0;
}

static void unit_field(struct abc_tune *t, struct abc_cursor *c, struct abc_state *state)
{
	struct abc_cursor at = *c;
	int64_t ticks = fraction_ticks(c);
	if (ticks == 0) {
		bad_field(t, &at, "the unit note length is not understood", "write L:1/8");
		return;
	}
	if (ticks > 4 * ABC_QUARTER)
		abc_say(t, ABC_WARNING, t->line, abc_column(&at), "eighth notes are L:1/8", "the unit is longer than a whole note");
	state->unit_ticks = ticks;
	if (!t->in_body) {
		t->unit_given = true;
		return;
	}
	struct abc_item *i = add_field(t, &t->voices[t->current], ABC_UNIT, &at);
	if (i)
		i->unit_ticks = ticks;
}

static void skip_quoted(struct abc_cursor *c)
{
	if (abc_peek(c) != '"')
		return;
	c->s++;
	while (abc_peek(c) >= 0 && *c->s != '"')
		c->s++;
	if (abc_peek(c) == '"')
		c->s++;
}

/*
 * "1/4=120", "3/8 1/8=60", "1=30" (whole notes), "C3=80" (three units), "120" (quarter notes), each with quoted words around.
 * Returns quarter notes a minute, 0 for words alone, below 0 when it is not understood.
 */
static double read_tempo(struct abc_cursor *c, const struct abc_state *state)
{
	int64_t beat = 0;
	double number = 0;
	bool equals = false;
	for (abc_skip_space(c); abc_peek(c) >= 0; abc_skip_space(c)) {
		struct abc_cursor at = *c;
		if (abc_peek(c) == '"') {
			skip_quoted(c);
		} else if (abc_peek(c) == '=') {
			equals = true;
			c->s++;
		} else if (abc_peek(c) == 'C' || abc_peek(c) == 'c') {
			c->s++;
			long n = abc_number(c);
			beat += state->unit_ticks * (n < 1 ? 1 : n > 64 ? 64 : n);
		} else if (abc_digit(abc_peek(c))) {
			long n = abc_number(c);
			if (abc_peek(c) == '/' && !equals) {
				*c = at;
				beat += fraction_ticks(c);
				if (c->s == at.s)
					return -1;
			} else if (abc_peek(c) == '=' && !equals && n > 0 && n <= 64) {
				beat += 4 * ABC_QUARTER * n; /* whole notes */
			} else {
				number = (double)n;
				if (abc_peek(c) == '.' && abc_digit(abc_peek_at(c, 1))) {
					c->s++;
					const char *from = c->s;
					double part = (double)abc_number(c);
					for (const char *p = from; p < c->s && p < from + 6; p++)
						part /= 10;
					number += part;
				}
			}
		} else {
			c->s++;
			if (equals)
				continue; /* "~100", "ca." */
			return -1;
		}
	}
	if (number <= 0)
		return equals || beat ? -1 : 0;
	if (beat > 0)
		return number * (double)beat / (double)ABC_QUARTER;
	return equals ? -1 : number;
}

static void tempo_field(struct abc_tune *t, struct abc_cursor *c, struct abc_state *state)
{
	struct abc_cursor at = *c;
	double bpm = read_tempo(c, state);
	if (bpm < 0 || bpm > 10000) {
		bad_field(t, &at, "the tempo is not understood", "write Q:1/4=120, or Q:3/8=80 for dotted beats");
		return;
	}
	if (!t->in_body) {
		if (bpm > 0)
			t->bpm = bpm;
		t->tempo_text = t->field_text;
		return;
	}
	struct abc_item *i = add_field(t, &t->voices[t->current], ABC_TEMPO, &at);
	if (i)
		i->bpm = bpm;
}

static void key_field(struct abc_tune *t, struct abc_cursor *c)
{
	struct abc_cursor at = *c;
	if (t->in_body) {
		struct abc_voice *v = abc_current(t);
		if (!v)
			return;
		abc_key_field(t, c, &v->state);
		abc_forget_accidentals(v);
		struct abc_item *i = add_field(t, v, ABC_KEY, &at);
		if (i)
			i->key = v->state.key;
		return;
	}
	abc_key_field(t, c, &t->header);
	for (size_t i = 0; i < t->n_voices; i++) {
		struct abc_state own = t->voices[i].state;
		own.key = t->header.key;
		own.meter = t->header.meter;
		own.unit_ticks = t->header.unit_ticks;
		if (own.semitones == 0)
			own.semitones = t->header.semitones;
		if (own.clef.n == 0)
			own.clef = t->header.clef;
		t->voices[i].state = t->voices[i].first_state = own;
	}
	t->current = 0;
	t->in_body = true;
}

/* Whether a voice has a part with something in it; an empty one loses its name, to begin here again. */
static bool has_part(struct abc_voice *v, char part)
{
	size_t *at = &v->part_at[part & 127];
	if (*at == 0)
		return false;
	if (*at < v->n_items && v->items[*at].kind != ABC_PART)
		return true;
	v->items[*at - 1].part = '\0';
	*at = 0;
	return false;
}

static void begin_part(struct abc_tune *t, struct abc_voice *v, const struct abc_cursor *c)
{
	struct abc_item *item = add_field(t, v, ABC_PART, c);
	if (item) {
		item->letter = 'P';
		item->part = t->part;
		v->part_at[t->part & 127] = v->n_items;
	}
	abc_new_bar(v);
}

static void voice_field(struct abc_tune *t, struct abc_cursor *c)
{
	abc_skip_space(c);
	const char *from = c->s;
	while (abc_peek(c) >= 0 && *c->s != ' ' && *c->s != '\t')
		c->s++;
	struct abc_span id = { from, (size_t)(c->s - from) };
	if (id.n == 0) {
		bad_field(t, c, "a voice without a name", "write V:1 or V:Tenor");
		return;
	}
	size_t voices = t->n_voices;
	struct abc_voice *v = find_voice(t, id);
	if (v && t->n_voices > voices && t->part)
		begin_part(t, v, c); /* it comes in during a part */
	if (!v)
		return;
	struct abc_span more = abc_trim((struct abc_span){ c->s, (size_t)(c->end - c->s) });
	if (v->definition.n == 0 && !v->lane_sounds[0]) {
		v->definition = more;
	} else if (more.n && t->in_body) { /* from here on */
		struct abc_item *i = abc_add_item(t, v, ABC_FIELD, c);
		if (i) {
			i->letter = 'V';
			i->text = (struct abc_span){ id.s, (size_t)(more.s + more.n - id.s) };
		}
	}
	abc_clef_words(t, c, &v->state, v);
	if (v->n_items == 0)
		v->first_state = v->state;
}

/* A label in the body begins the part in every voice that has not begun it on its own. */
static void part_field(struct abc_tune *t, struct abc_cursor *c)
{
	struct abc_span text = abc_trim((struct abc_span){ c->s, (size_t)(c->end - c->s) });
	if (!t->in_body) {
		t->parts = text;
		return;
	}
	if (text.n == 0 || !abc_current(t))
		return;
	t->part = *text.s;
	for (size_t i = 0; i < t->n_voices; i++)
		if (!has_part(&t->voices[i], t->part))
			begin_part(t, &t->voices[i], c);
}

static struct abc_span word_of(struct abc_cursor *c)
{
	abc_skip_space(c);
	const char *from = c->s;
	while (abc_peek(c) >= 0 && *c->s != ' ' && *c->s != '\t')
		c->s++;
	return (struct abc_span){ from, (size_t)(c->s - from) };
}

void abc_version(struct abc_tune *t, struct abc_cursor *c)
{
	long major = abc_number(c), minor = 0;
	if (abc_peek(c) == '.') {
		c->s++;
		minor = abc_number(c);
	}
	if (major >= 0)
		t->strict = major > 2 || (major == 2 && minor >= 1);
}

static void charset(struct abc_tune *t, struct abc_cursor *c)
{
	struct abc_cursor at = *c;
	struct abc_span name = word_of(c);
	if (abc_span_is(name, "utf-8") || abc_span_is(name, "utf8"))
		t->charset = ABC_CHARSET_UTF8;
	else if (abc_span_is(name, "iso-8859-1") || abc_span_is(name, "latin-1") || abc_span_is(name, "us-ascii"))
		t->charset = ABC_CHARSET_LATIN1;
	else
		abc_say(t, ABC_WARNING, t->line, abc_column(&at), "utf-8 and iso-8859-1 are", "this character set is not known");
}

static void decoration_sign(struct abc_tune *t, struct abc_cursor *c)
{
	struct abc_span sign = word_of(c);
	t->lines_break_at_bang = sign.n == 1 && *sign.s == '+';
}

static void line_break(struct abc_tune *t, struct abc_cursor *c)
{
	for (struct abc_span sign = word_of(c); sign.n; sign = word_of(c))
		t->lines_break_at_bang |= sign.n == 1 && *sign.s == '!';
}

static void propagate(struct abc_tune *t, struct abc_cursor *c)
{
	struct abc_cursor at = *c;
	struct abc_span how = word_of(c);
	if (abc_span_is(how, "not"))
		t->propagate = ABC_ACCIDENTALS_NOT;
	else if (abc_span_is(how, "octave"))
		t->propagate = ABC_ACCIDENTALS_OCTAVE;
	else if (abc_span_is(how, "pitch"))
		t->propagate = ABC_ACCIDENTALS_PITCH;
	else
		abc_say(t, ABC_ERROR, t->line, abc_column(&at), "not, octave or pitch", "how accidentals go on is not understood");
}

/* Behind "%%" or "I:". Gives the place of a %%MIDI directive in the tune, 0 without one. */
static size_t directive(struct abc_tune *t, struct abc_cursor *c)
{
	static const struct {
		const char *name;
		void (*read)(struct abc_tune *t, struct abc_cursor *c);
	} known[] = {
		{ "abc-charset", charset },
		{ "abc-version", abc_version },
		{ "decoration", decoration_sign },
		{ "linebreak", line_break },
		{ "propagate-accidentals", propagate },
	};
	abc_skip_space(c);
	if (c->end - c->s >= 4 && strncmp(c->s, "MIDI", 4) == 0 &&
	    (c->end - c->s == 4 || strchr(" \t=", c->s[4]))) {
		c->s += 4;
		return abc_midi_directive(t, c);
	}
	struct abc_span name = word_of(c);
	abc_skip_space(c);
	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (abc_span_is(name, known[i].name))
			known[i].read(t, c);
	return 0; /* the others are for the page */
}

static void directive_field(struct abc_tune *t, struct abc_cursor *c)
{
	struct abc_voice *v = t->in_body ? abc_current(t) : NULL;
	struct abc_item *i = v ? add_field(t, v, ABC_FIELD, c) : NULL;
	size_t midi = directive(t, c);
	if (i)
		i->midi = midi;
	if (!t->in_body)
		t->n_header_midi = t->n_midi;
}

static struct abc_state *state_of(struct abc_tune *t)
{
	struct abc_voice *v;
	if (!t->in_body)
		return &t->header;
	v = abc_current(t);
	return v ? &v->state : &t->header;
}

static void keep_header_field(struct abc_tune *t, int letter, struct abc_span text)
{
	if (t->n_fields >= LIMIT_ABC_ITEMS) {
		t->too_large = true;
		return;
	}
	if (mem_grow(&t->fields, &t->room_fields, t->n_fields + 1, sizeof(*t->fields)) < 0) {
		t->out_of_memory = true;
		return;
	}
	t->fields[t->n_fields++] = (struct abc_header_field){ (char)letter, t->in_file_header, t->line, text };
}

/* Fields of the body that have no item of their own kind. */
static void keep_body_field(struct abc_tune *t, int letter, const struct abc_cursor *c)
{
	struct abc_voice *v = strchr("MLQKVPws%Im", letter) ? NULL : abc_current(t);
	if (v)
		(void)add_field(t, v, ABC_FIELD, c);
}

void abc_field(struct abc_tune *t, int letter, struct abc_cursor *c)
{
	struct abc_span text = abc_trim((struct abc_span){ c->s, (size_t)(c->end - c->s) });
	abc_skip_space(c);
	t->field_text = text;
	t->field_letter = (char)letter;
	if (t->in_body)
		keep_body_field(t, letter, c);
	else
		keep_header_field(t, letter, text);
	switch (letter) {
	case 'M':
		meter_field(t, c, state_of(t));
		break;
	case 'L':
		unit_field(t, c, state_of(t));
		break;
	case 'Q':
		tempo_field(t, c, state_of(t));
		break;
	case 'K':
		key_field(t, c);
		break;
	case 'V':
		voice_field(t, c);
		break;
	case 'P':
		part_field(t, c);
		break;
	case 'T':
		if (t->title.n == 0)
			t->title = text;
		break;
	case 'C':
		if (t->composer.n == 0)
			t->composer = text;
		break;
	case 'U':
		abc_symbol_field(t, c);
		break;
	case 'm':
		abc_macro_field(t, c);
		break;
	case 'R':
		if (t->rhythm.n == 0)
			t->rhythm = text;
		break;
	case 'w':
		if (t->in_body)
			abc_lyric_line(t, c, t->lyric_goes_on);
		t->lyric_goes_on = text.n && text.s[text.n - 1] == '\\';
		break;
	case 's':
		if (t->in_body)
			abc_symbol_line(t, c);
		break;
	case '%': /* %%... */
	case 'I':
		directive_field(t, c);
		break;
	default:
		break; /* information for readers */
	}
}

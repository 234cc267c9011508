/*
 * abc_note.c - notes, rests, chords, and what changes their lengths.
 */
#include "music/abc_priv.h"

#include <string.h>

#include "base/limits.h"

void abc_forget_accidentals(struct abc_voice *v)
{
	memset(v->bar_accidentals, ABC_NO_ACCIDENTAL, sizeof(v->bar_accidentals));
	if (v->step_accidentals_used)
		memset(v->step_accidentals, ABC_NO_ACCIDENTAL, sizeof(v->step_accidentals));
	v->step_accidentals_used = false;
}

void abc_new_bar(struct abc_voice *v)
{
	abc_forget_accidentals(v);
	if (v->bar_ticks > 0) {
		memmove(v->bar_lanes + 1, v->bar_lanes, sizeof(v->bar_lanes) - 1);
		v->bar_lanes[0] = 0;
	}
	v->lane = 0;
	v->overlay_bars = 0;
	v->bar_ticks = 0;
	v->bar_reported = false;
	v->bar_letters = 0;
}

#define LONGEST_TICKS (INT64_C(1) << 60)

static int64_t scale(int64_t ticks, int64_t num, int64_t den)
{
	__extension__ __int128 v = ((__int128)ticks * num + den / 2) / den;
	return v < LONGEST_TICKS ? (int64_t)v : LONGEST_TICKS;
}

/* "3", "/", "/4", "3/2", "//": times the unit. */
static int64_t length(struct abc_tune *t, struct abc_voice *v, struct abc_cursor *c, int64_t unit)
{
	struct abc_cursor at = *c;
	long num = abc_number(c), den = 1;
	int slashes = 0;
	while (abc_peek(c) == '/') {
		slashes++;
		c->s++;
	}
	if (slashes) {
		long n = abc_number(c);
		den = n > 0 ? n : 2;
		for (int i = 1; i < slashes && den < 4096; i++)
			den *= 2;
		if (n == 0)
			abc_bar_error(t, v, &at, "write C/2 for half the length", "a length divided by 0");
	}
	if (num == 0)
		abc_bar_error(t, v, &at, "leave the number out for one unit", "a note of length 0");
	if (num < 1)
		num = 1;
	if (num > 4096 || den > 4096) {
		abc_bar_error(t, v, &at, "lengths go from 1/4096 to 4096 units", "the length is out of range");
		return unit;
	}
	return scale(unit, num, den);
}

/* What the longer and the shorter of two notes get of their lengths: 3/2 and 1/2 for one '>', or %%MIDI ratio. */
static int64_t broken_long(const struct abc_voice *v, int64_t ticks, int n)
{
	int a = v->state.ratio_long, b = v->state.ratio_short;
	return a && n == 1 ? scale(ticks, 2 * a, a + b) : scale(ticks, (2 << n) - 1, 1 << n);
}

static int64_t broken_short(const struct abc_voice *v, int64_t ticks, int n)
{
	int a = v->state.ratio_long, b = v->state.ratio_short;
	return a && n == 1 ? scale(ticks, 2 * b, a + b) : scale(ticks, 1, 1 << n);
}

/* Broken rhythm and tuplets: what is left of a length after those before it had their say. */
static int64_t shape(struct abc_voice *v, int64_t ticks)
{
	if (v->broken > 0)
		ticks = broken_short(v, ticks, v->broken);
	else if (v->broken < 0)
		ticks = broken_long(v, ticks, -v->broken);
	v->broken = 0;
	if (v->tuplet.left > 0) {
		ticks = scale(ticks, v->tuplet.q, v->tuplet.p);
		v->tuplet.left--;
	}
	return ticks;
}

static void take_lane(struct abc_tune *t, struct abc_voice *v)
{
	if (v->lane_order[v->lane] < 0)
		v->lane_order[v->lane] = t->n_lanes++;
	v->lane_sounds[v->lane] = true;
}

static void sounded(struct abc_voice *v, int64_t ticks)
{
	v->last_sound = v->n_items;
	if (v->lane == 0)
		v->bar_ticks = abc_ticks_sum(v->bar_ticks, ticks);
	else
		v->lane_ticks = abc_ticks_sum(v->lane_ticks, ticks);
}

/* "^", "__", "=", and "^/", "_3/2", "^^/4" with a fraction of a semitone. */
static bool read_accidental(struct abc_tune *t, struct abc_voice *v, struct abc_cursor *c, struct abc_accidental *ret)
{
	struct abc_cursor at = *c;
	int sign = abc_peek(c), n = 0, dir = sign == '_' ? -1 : 1;
	if (sign != '^' && sign != '_' && sign != '=')
		return false;
	while (abc_peek(c) == sign && n < (sign == '=' ? 1 : 2)) {
		n++;
		c->s++;
	}
	*ret = (struct abc_accidental){ (int8_t)(sign == '=' ? 0 : n * dir), 0 };
	if (sign == '=' || !(abc_peek(c) == '/' || abc_digit(abc_peek(c))))
		return true;
	int64_t fine = length(t, v, c, ABC_SEMITONE);
	if (fine > 2 * ABC_SEMITONE) {
		abc_bar_error(t, v, &at, "^/c is a quarter tone higher, _3/2c three of them lower", "the microtone is more than a whole tone");
		fine = 0;
	}
	*ret = (struct abc_accidental){ (int8_t)((n - 1) * dir), (int16_t)(dir * fine) };
	return true;
}

/* The accidental that a note sounds with: its own, the bar's, or the key's. */
static struct abc_accidental remember(const struct abc_tune *t, struct abc_voice *v, int step, int index,
				      struct abc_accidental written)
{
	struct abc_accidental *kept = t->propagate == ABC_ACCIDENTALS_PITCH ? &v->bar_accidentals[index] : &v->step_accidentals[step];
	const struct abc_accidental of_key = { v->state.key.accidentals[index], 0 };
	if (t->propagate == ABC_ACCIDENTALS_OCTAVE && !v->step_accidentals_used) {
		memset(v->step_accidentals, ABC_NO_ACCIDENTAL, sizeof(v->step_accidentals));
		v->step_accidentals_used = true;
	}
	if (t->propagate == ABC_ACCIDENTALS_NOT || v->state.accidentals_alone)
		return written.alter != ABC_NO_ACCIDENTAL ? written : of_key;
	if (written.alter != ABC_NO_ACCIDENTAL)
		*kept = written;
	return kept->alter != ABC_NO_ACCIDENTAL ? *kept : of_key;
}

/* Accidental, letter, octave marks. False (nothing consumed) when this is no note. */
static bool read_head(struct abc_tune *t, struct abc_voice *v, struct abc_cursor *c, struct abc_head *ret)
{
	static const char order[] = "CDEFGAB";
	static const int8_t semitone[7] = { 0, 2, 4, 5, 7, 9, 11 };
	struct abc_cursor at = *c;
	struct abc_accidental accidental = { ABC_NO_ACCIDENTAL, 0 };
	bool written = read_accidental(t, v, &at, &accidental);
	int letter = abc_peek(&at);
	const char *p = letter > 0 ? strchr(order, letter & ~0x20) : NULL;
	if (!p || !*p || !((letter >= 'A' && letter <= 'G') || (letter >= 'a' && letter <= 'g')))
		return false;
	int index = (int)(p - order), octave = letter >= 'a' ? 1 : 0;
	for (at.s++; abc_peek(&at) == '\'' || abc_peek(&at) == ','; at.s++)
		octave += *at.s == '\'' ? 1 : -1;
	*ret = (struct abc_head){ .accidental = written, .alter = written ? accidental.alter : 0, .column = abc_column(c) };
	int step = ABC_STEP_C + octave * 7 + index;
	int pitch = 60 + octave * 12 + semitone[index] + v->state.semitones + v->state.midi_semitones;
	if (octave < -5 || octave > 5 || step < 0 || step >= ABC_STEPS) {
		abc_bar_error(t, v, c, "remove some , or '", "the note is too high or too low");
		step = ABC_STEP_C + index;
		pitch = 60 + semitone[index];
	}
	accidental = remember(t, v, step, index, accidental);
	ret->step = (uint8_t)step;
	ret->sounds = accidental.alter;
	ret->fine = accidental.fine;
	ret->pitch = (int16_t)(pitch + accidental.alter);
	if (ret->pitch < 0 || ret->pitch > 127) {
		abc_bar_error(t, v, c, "remove some , or '", "the note is outside what MIDI can play");
		ret->pitch = (int16_t)(ret->pitch < 0 ? 0 : 127);
	}
	c->s = at.s;
	return true;
}

static bool add_head(struct abc_tune *t, const struct abc_head *h)
{
	if (t->n_heads >= LIMIT_ABC_ITEMS) {
		t->too_large = true;
		return false;
	}
	if (mem_grow(&t->heads, &t->room_heads, t->n_heads + 1, sizeof(*t->heads)) < 0) {
		t->out_of_memory = true;
		return false;
	}
	t->heads[t->n_heads++] = *h;
	return true;
}

static bool take_tie(struct abc_cursor *c, bool *ret_dotted)
{
	*ret_dotted = abc_peek(c) == '.' && abc_peek_at(c, 1) == '-';
	if (*ret_dotted)
		c->s++;
	if (abc_peek(c) != '-')
		return false;
	c->s++;
	return true;
}

static struct abc_item *add_notes(struct abc_tune *t, struct abc_voice *v, const struct abc_cursor *at, size_t first,
				  int64_t ticks)
{
	struct abc_item *i = abc_add_item(t, v, ABC_NOTES, at);
	if (!i)
		return NULL;
	take_lane(t, v);
	i->ticks = shape(v, ticks);
	i->heads.written = ticks;
	i->heads.overlay = v->lane > 0;
	i->heads.first = first;
	i->heads.n = (uint32_t)(t->n_heads - first);
	sounded(v, i->ticks);
	return i;
}

/* `ch` is z or x, Z or X; `bars` 0 for one that is not counted in bars. */
static void add_rest(struct abc_tune *t, struct abc_voice *v, const struct abc_cursor *at, int ch, int64_t ticks,
		     unsigned bars)
{
	struct abc_item *i = abc_add_item(t, v, ABC_REST, at);
	if (!i)
		return;
	i->ticks = bars ? ticks : shape(v, ticks);
	i->rest.written = ticks;
	i->rest.invisible = ch == 'x' || ch == 'X';
	i->rest.bars = (uint16_t)bars;
	sounded(v, i->ticks);
}

static void bars_of_rest(struct abc_tune *t, struct abc_voice *v, struct abc_cursor *c)
{
	struct abc_cursor at = *c;
	int ch = *c->s++;
	long n = abc_number(c);
	if (n > 4096) {
		abc_bar_error(t, v, &at, NULL, "a rest of %ld bars", n);
		n = 1;
	}
	if (n < 1)
		n = 1;
	int64_t bar = abc_bar_ticks(&v->state.meter);
	add_rest(t, v, &at, ch, bar * n, (unsigned)n);
	if (v->lane == 0)
		v->bar_ticks = bar; /* never an uneven bar */
	else
		v->lane_ticks = v->bar_ticks;
}

bool abc_note_or_rest(struct abc_tune *t, struct abc_voice *v, struct abc_cursor *c)
{
	struct abc_cursor at = *c;
	struct abc_head h;
	int ch = abc_peek(c);
	if (ch == 'z' || ch == 'x') {
		c->s++;
		int64_t ticks = length(t, v, c, v->state.unit_ticks);
		add_rest(t, v, &at, ch, ticks, 0);
		return true;
	}
	if (ch == 'Z' || ch == 'X') {
		bars_of_rest(t, v, c);
		return true;
	}
	if (!read_head(t, v, c, &h))
		return false;
	int64_t ticks = length(t, v, c, v->state.unit_ticks);
	h.ticks = ticks;
	h.tie = take_tie(c, &h.dotted_tie);
	size_t first = t->n_heads;
	if (add_head(t, &h))
		add_notes(t, v, &at, first, ticks);
	return true;
}

/* What stands in a chord while it is read. */
struct stack {
	size_t first;
	int64_t ticks; /* of the first note or rest in it; 0 before */
	bool silent;   /* no note gave the length */
	int slurs;     /* that end with it */
};

static void chord_length(struct stack *k, int64_t ticks)
{
	if (k->ticks == 0)
		k->ticks = ticks;
}

/* One thing inside a chord; false when nothing here belongs into one. */
static bool chord_member(struct abc_tune *t, struct abc_voice *v, struct abc_cursor *c, struct stack *k)
{
	struct abc_head h;
	int ch = abc_peek(c);
	if (read_head(t, v, c, &h)) {
		h.ticks = length(t, v, c, v->state.unit_ticks);
		h.tie = take_tie(c, &h.dotted_tie);
		chord_length(k, h.ticks);
		if (t->n_heads - k->first < LIMIT_ABC_CHORD)
			return add_head(t, &h);
		abc_bar_error(t, v, c, NULL, "more than %d notes in a chord", LIMIT_ABC_CHORD);
		return true;
	}
	if (ch == 'z' || ch == 'x') { /* silent, but may give the length */
		c->s++;
		chord_length(k, length(t, v, c, v->state.unit_ticks));
		return true;
	}
	if (ch == ')') {
		k->slurs += v->slurs > k->slurs;
		c->s++;
		return true;
	}
	if (ch == '(') {
		struct abc_item *i = abc_add_item(t, v, ABC_SLUR, c);
		if (i)
			i->slur.opens = true;
		v->slurs++;
		c->s++;
		return true;
	}
	if (ch == ' ' || ch == '`') {
		c->s++;
		return true;
	}
	if (ch == '"') {
		const char *end = memchr(c->s + 1, '"', (size_t)(c->end - c->s - 1));
		if (!end)
			return false;
		abc_quoted(t, v, c, (struct abc_span){ c->s + 1, (size_t)(end - c->s - 1) });
		c->s = end + 1;
		return true;
	}
	return abc_decoration(t, v, c);
}

static void close_slurs(struct abc_tune *t, struct abc_voice *v, int n)
{
	for (; n > 0 && abc_add_item(t, v, ABC_SLUR, NULL); n--)
		v->slurs--;
}

/* [CEG], or as old files have it +CEG+. */
void abc_chord(struct abc_tune *t, struct abc_voice *v, struct abc_cursor *c)
{
	struct abc_cursor at = *c;
	struct stack k = { .first = t->n_heads };
	struct abc_item *i;
	bool dotted;
	const char close = *c->s++ == '+' ? '+' : ']';
	while (abc_peek(c) >= 0 && *c->s != close)
		if (!chord_member(t, v, c, &k)) {
			abc_bar_error(t, v, c, "a chord holds notes: [CEG]", "'%c' does not belong into a chord",
				      *c->s >= 32 && *c->s < 127 ? *c->s : '?');
			if (*c->s == '|')
				break;
			c->s++;
		}
	if (abc_peek(c) != close) {
		abc_bar_error(t, v, &at, "put ']' after its last note", "the chord is not closed");
	} else {
		c->s++;
	}
	if (k.ticks == 0) {
		abc_bar_error(t, v, &at, NULL, "a chord without notes");
		return;
	}
	int64_t ticks = length(t, v, c, k.ticks);
	if (take_tie(c, &dotted))
		for (size_t h = k.first; h < t->n_heads; h++) {
			t->heads[h].tie = true;
			t->heads[h].dotted_tie |= dotted;
		}
	if (t->n_heads == k.first) {
		add_rest(t, v, &at, 'x', ticks, 0);
	} else if ((i = add_notes(t, v, &at, k.first, ticks))) {
		i->heads.bracket = true;
	}
	close_slurs(t, v, k.slurs);
}

/* The lengths inside braces; broken rhythm there only divides them. */
static void grace_broken(struct abc_tune *t, struct abc_cursor *c, size_t first, int *owed)
{
	int sign = *c->s, n = 0;
	for (; abc_peek(c) == sign; c->s++)
		n++;
	n = n > 3 ? 3 : n;
	if (t->n_heads > first && *owed == 0) { /* a note is broken once */
		struct abc_head *h = &t->heads[t->n_heads - 1];
		h->ticks = sign == '>' ? scale(h->ticks, (2 << n) - 1, 1 << n) : scale(h->ticks, 1, 1 << n);
		*owed = sign == '>' ? n : -n;
	}
}

static bool grace_member(struct abc_tune *t, struct abc_voice *v, struct abc_cursor *c, size_t first, bool *stacked,
			 int *owed)
{
	struct abc_head h;
	int ch = abc_peek(c);
	if (read_head(t, v, c, &h)) {
		h.ticks = length(t, v, c, v->state.unit_ticks);
		h.tie = take_tie(c, &h.dotted_tie);
		h.stacked = *stacked && t->n_heads > first;
		if (*owed)
			h.ticks = *owed > 0 ? scale(h.ticks, 1, 1 << *owed) :
					      scale(h.ticks, (2 << -*owed) - 1, 1 << -*owed);
		*owed = 0;
		if (t->n_heads - first < LIMIT_ABC_CHORD)
			return add_head(t, &h);
		abc_bar_error(t, v, c, NULL, "more than %d grace notes together", LIMIT_ABC_CHORD);
		return true;
	}
	if (ch == '>' || ch == '<') {
		grace_broken(t, c, first, owed);
		return true;
	}
	if (ch == '[' || ch == ']') {
		*stacked = false; /* of the first one; set behind it */
		c->s++;
		return true;
	}
	if (ch > 0 && strchr(" ()`/~.zxy0123456789", ch)) { /* signs for the eye */
		c->s++;
		return true;
	}
	return false;
}

void abc_grace(struct abc_tune *t, struct abc_voice *v, struct abc_cursor *c)
{
	struct abc_cursor at = *c;
	size_t first = t->n_heads;
	bool in_chord = false, stacked = false;
	int owed = 0;
	struct abc_accidental accidentals[7], of_steps[ABC_STEPS];
	bool steps_used = v->step_accidentals_used;
	c->s++;
	bool slashed = abc_peek(c) == '/';
	memcpy(accidentals, v->bar_accidentals, sizeof(accidentals));
	if (steps_used)
		memcpy(of_steps, v->step_accidentals, sizeof(of_steps));
	while (abc_peek(c) >= 0 && *c->s != '}' && *c->s != '|') {
		int ch = *c->s;
		size_t heads = t->n_heads;
		if (!grace_member(t, v, c, first, &stacked, &owed)) {
			abc_bar_error(t, v, c, "braces hold grace notes: {cd}", "'%c' does not belong between braces",
				      ch >= 32 && ch < 127 ? ch : '?');
			c->s++;
		}
		in_chord = ch == '[' || (in_chord && ch != ']');
		stacked = in_chord && (t->n_heads > heads || stacked);
	}
	memcpy(v->bar_accidentals, accidentals, sizeof(accidentals)); /* theirs are their own */
	if (steps_used)
		memcpy(v->step_accidentals, of_steps, sizeof(of_steps));
	else if (v->step_accidentals_used)
		memset(v->step_accidentals, ABC_NO_ACCIDENTAL, sizeof(v->step_accidentals));
	if (abc_peek(c) != '}') {
		abc_bar_error(t, v, &at, "put '}' behind the grace notes", "the grace notes are not closed");
	} else {
		c->s++;
	}
	struct abc_item *i = t->n_heads > first ? abc_add_item(t, v, ABC_GRACE, &at) : NULL;
	if (!i)
		return;
	i->grace.first = first;
	i->grace.n = (uint32_t)(t->n_heads - first);
	i->grace.slashed = slashed;
	i->grace.unit_ticks = v->state.unit_ticks;
}

static bool compound(const struct abc_meter *m)
{
	return !m->free && m->num > 3 && m->num % 3 == 0;
}

void abc_tuplet_start(struct abc_tune *t, struct abc_voice *v, struct abc_cursor *c)
{
	static const uint8_t usual[10] = { 0, 0, 3, 2, 3, 0, 2, 0, 3, 0 };
	struct abc_cursor at = *c;
	c->s++;
	long p = abc_number(c), q = -1, r = -1;
	if (abc_peek(c) == ':') {
		c->s++;
		q = abc_number(c);
		if (abc_peek(c) == ':') {
			c->s++;
			r = abc_number(c);
		}
	}
	if (q < 1)
		q = p < 10 && p > 0 && usual[p] ? usual[p] : compound(&v->state.meter) ? 3 : 2;
	if (r < 1)
		r = p;
	if (p < 2 || p > 64 || q > 64 || r > 256) {
		abc_bar_error(t, v, &at, "(3 is three in the time of two, (5:4:5 says it all",
			      "the tuplet is not understood");
		return;
	}
	if (v->tuplet.left > 0)
		abc_say(t, ABC_WARNING, t->line, abc_column(&at), NULL,
			"a tuplet begins before the last one has all its notes");
	v->tuplet = (struct abc_tuplet){ (int)p, (int)q, (int)r };
	struct abc_item *i = abc_add_item(t, v, ABC_TUPLET, &at);
	if (!i)
		return;
	i->tuplet.p = (int16_t)p;
	i->tuplet.q = (int16_t)q;
	i->tuplet.r = (int16_t)r;
}

void abc_broken(struct abc_tune *t, struct abc_voice *v, struct abc_cursor *c)
{
	struct abc_cursor at = *c;
	int sign = abc_peek(c), n = 0;
	for (; abc_peek(c) == sign; c->s++)
		n++;
	if (v->last_sound == 0 || n > 3 || v->broken) {
		abc_bar_error(t, v, &at, "a>b, a>>b and a>>>b are known",
			      n > 3 ? "the rhythm is broken too often" : "no note before the broken rhythm");
		return;
	}
	struct abc_item *i = &v->items[v->last_sound - 1];
	int64_t was = i->ticks;
	i->ticks = sign == '>' ? broken_long(v, was, n) : broken_short(v, was, n);
	if (v->lane == 0)
		v->bar_ticks = abc_ticks_sum(v->bar_ticks, i->ticks - was);
	else
		v->lane_ticks = abc_ticks_sum(v->lane_ticks, i->ticks - was);
	v->broken = sign == '>' ? n : -n;
	i = abc_add_item(t, v, ABC_BROKEN, &at);
	if (i)
		i->broken = v->broken;
}

void abc_tie(struct abc_tune *t, struct abc_voice *v, struct abc_cursor *c)
{
	if (v->last_sound == 0 || v->items[v->last_sound - 1].kind != ABC_NOTES) {
		abc_bar_error(t, v, c, "'-' stands directly behind the note it ties", "no note to tie");
	} else {
		struct abc_item *i = &v->items[v->last_sound - 1];
		for (uint32_t k = 0; k < i->heads.n; k++)
			t->heads[i->heads.first + k].tie = true;
	}
	c->s++;
}

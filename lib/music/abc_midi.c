/*
 * abc_midi.c - %%MIDI directives: which there are, and their arguments. Those that change what is read (transposition,
 * accidentals, broken rhythm) take effect here; the others are kept for playing.
 *
 * Source: the abc2midi documentation ("abcguide"), which is where these directives come from.
 */
#include "music/abc_priv.h"

#include <string.h>

#include "base/limits.h"

static const struct row {
	const char *name;
	enum abc_midi_op op;
	bool word; /* the first argument is a word */
	uint8_t min, max; /* numbers */
	int lo, hi;       /* of each number */
} rows[] = {
	{ "barlines", ABC_MIDI_BARLINES, false, 0, 0, 0, 0 },
	{ "bassprog", ABC_MIDI_BASSPROG, false, 1, 2, -128, 127 },
	{ "bassvol", ABC_MIDI_BASSVOL, false, 1, 1, 0, 127 },
	{ "beat", ABC_MIDI_BEAT, false, 3, 4, 0, 127 },
	{ "beataccents", ABC_MIDI_BEATACCENTS, false, 0, 0, 0, 0 },
	{ "beatmod", ABC_MIDI_BEATMOD, false, 1, 1, -127, 127 },
	{ "beatstring", ABC_MIDI_BEATSTRING, true, 0, 0, 0, 0 },
	{ "c", ABC_MIDI_C, false, 1, 1, 0, 127 },
	{ "channel", ABC_MIDI_CHANNEL, false, 1, 1, 1, 16 },
	{ "chordname", ABC_MIDI_CHORDNAME, true, 1, 12, -24, 48 },
	{ "chordprog", ABC_MIDI_CHORDPROG, false, 1, 2, -128, 127 },
	{ "chordvol", ABC_MIDI_CHORDVOL, false, 1, 1, 0, 127 },
	{ "control", ABC_MIDI_CONTROL, false, 2, 2, 0, 127 },
	{ "deltaloudness", ABC_MIDI_DELTALOUDNESS, false, 1, 1, 0, 127 },
	{ "drone", ABC_MIDI_DRONE, false, 0, 5, 0, 127 },
	{ "droneoff", ABC_MIDI_DRONEOFF, false, 0, 0, 0, 0 },
	{ "droneon", ABC_MIDI_DRONEON, false, 0, 0, 0, 0 },
	{ "drum", ABC_MIDI_DRUM, true, 0, ABC_MIDI_ARGS, 0, 127 },
	{ "drumbars", ABC_MIDI_DRUMBARS, false, 1, 1, 1, 16 },
	{ "drummap", ABC_MIDI_DRUMMAP, true, 1, 1, 0, 127 },
	{ "drumoff", ABC_MIDI_DRUMOFF, false, 0, 0, 0, 0 },
	{ "drumon", ABC_MIDI_DRUMON, false, 0, 0, 0, 0 },
	{ "gchord", ABC_MIDI_GCHORD, true, 0, 0, 0, 0 },
	{ "gchordbars", ABC_MIDI_GCHORDBARS, false, 1, 1, 1, 16 },
	{ "gchordoff", ABC_MIDI_GCHORDOFF, false, 0, 0, 0, 0 },
	{ "gchordon", ABC_MIDI_GCHORDON, false, 0, 0, 0, 0 },
	{ "grace", ABC_MIDI_GRACE, false, 2, 2, 1, 64 },
	{ "gracedivider", ABC_MIDI_GRACEDIVIDER, false, 1, 1, 1, 64 },
	{ "nobarlines", ABC_MIDI_NOBARLINES, false, 0, 0, 0, 0 },
	{ "nobeataccents", ABC_MIDI_NOBEATACCENTS, false, 0, 0, 0, 0 },
	{ "pitchbend", ABC_MIDI_PITCHBEND, false, 1, 1, 0, 16383 },
	{ "program", ABC_MIDI_PROGRAM, false, 1, 2, 0, 127 },
	{ "ratio", ABC_MIDI_RATIO, false, 2, 2, 1, 16 },
	{ "rtranspose", ABC_MIDI_RTRANSPOSE, false, 1, 1, -60, 60 },
	{ "transpose", ABC_MIDI_TRANSPOSE, false, 1, 1, -60, 60 },
	{ "trim", ABC_MIDI_TRIM, false, 2, 2, 0, 64 },
	{ "vol", ABC_MIDI_VOL, false, 1, 1, 0, 127 },
	/* known, and of no use to us */
	{ "bassattack", ABC_MIDI_NOTHING, true, 0, 8, -32768, 32767 },
	{ "chordattack", ABC_MIDI_NOTHING, true, 0, 8, -32768, 32767 },
	{ "expand", ABC_MIDI_NOTHING, true, 0, 8, -32768, 32767 },
	{ "fermatafixed", ABC_MIDI_NOTHING, true, 0, 0, 0, 0 },
	{ "fermataproportional", ABC_MIDI_NOTHING, true, 0, 0, 0, 0 },
	{ "makechordchannels", ABC_MIDI_NOTHING, true, 0, 8, -32768, 32767 },
	{ "portamento", ABC_MIDI_NOTHING, true, 0, 8, -32768, 32767 },
	{ "noportamento", ABC_MIDI_NOTHING, true, 0, 8, -32768, 32767 },
	{ "ptstress", ABC_MIDI_NOTHING, true, 0, 8, -32768, 32767 },
	{ "randomchordattack", ABC_MIDI_NOTHING, true, 0, 8, -32768, 32767 },
	{ "snt", ABC_MIDI_NOTHING, true, 0, 8, -32768, 32767 },
	{ "stressmodel", ABC_MIDI_NOTHING, true, 0, 8, -32768, 32767 },
	{ "temperament", ABC_MIDI_NOTHING, true, 0, 8, -32768, 32767 },
	{ "tuningsystem", ABC_MIDI_NOTHING, true, 0, 8, -32768, 32767 },
	{ "volinc", ABC_MIDI_NOTHING, true, 0, 8, -32768, 32767 },
};

static struct abc_span next_word(struct abc_cursor *c)
{
	abc_skip_space(c);
	const char *from = c->s;
	while (abc_peek(c) >= 0 && *c->s != ' ' && *c->s != '\t' && *c->s != '=')
		c->s++;
	return (struct abc_span){ from, (size_t)(c->s - from) };
}

/* Numbers with blanks, '/' or "octave=" between; false at anything else. */
static bool read_numbers(struct abc_cursor *c, struct abc_midi *m, const struct row *row)
{
	for (;;) {
		while (abc_peek(c) == ' ' || abc_peek(c) == '\t' || abc_peek(c) == '/' || abc_peek(c) == '=')
			c->s++;
		if (c->end - c->s > 7 && strncmp(c->s, "octave=", 7) == 0)
			c->s += 7;
		if (abc_peek(c) < 0)
			return m->n >= row->min;
		int sign = abc_peek(c) == '-' ? -1 : 1;
		if (abc_peek(c) == '-' || abc_peek(c) == '+')
			c->s++;
		long n = abc_number(c);
		if (n < 0 || sign * n < row->lo || sign * n > row->hi || m->n >= row->max)
			return false;
		m->v[m->n++] = (int16_t)(sign * n);
	}
}

static const struct row *find_row(struct abc_tune *t, struct abc_span word, const struct abc_cursor *at)
{
	const char *names[COUNT_OF(rows)];
	char text[32];
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		names[i] = rows[i].name;
		if (abc_span_is(word, rows[i].name)) /* in any case: "C" is written, too */
			return &rows[i];
	}
	size_t n = word.n < sizeof(text) - 1 ? word.n : sizeof(text) - 1;
	memcpy(text, word.s, n);
	text[n] = '\0';
	const char *near = str_nearest(text, names, COUNT_OF(rows));
	char AUTO_MEM *hint = near ? str_printf("did you mean '%s'?", near) : NULL;
	abc_say(t, ABC_WARNING, t->line, abc_column(at), hint, "%%%%MIDI %s is not known", text);
	return NULL;
}

/* Which states a directive changes: those of all voices in the header, of the voice in the body. */
static void change_states(struct abc_tune *t, const struct abc_midi *m)
{
	for (size_t i = 0; i <= t->n_voices; i++) {
		if (i < t->n_voices && m->voice >= 0 && (size_t)m->voice != i)
			continue;
		if (i == t->n_voices && m->voice >= 0)
			continue;
		struct abc_state *s = i < t->n_voices ? &t->voices[i].state : &t->header;
		if (m->op == ABC_MIDI_TRANSPOSE)
			s->midi_semitones = m->v[0];
		if (m->op == ABC_MIDI_RTRANSPOSE)
			s->midi_semitones += m->v[0];
		if (m->op == ABC_MIDI_C)
			s->midi_semitones = m->v[0] - 60;
		if (s->midi_semitones > 120 || s->midi_semitones < -120)
			s->midi_semitones = 0;
		if (m->op == ABC_MIDI_NOBARLINES || m->op == ABC_MIDI_BARLINES)
			s->accidentals_alone = m->op == ABC_MIDI_NOBARLINES;
		if (m->op == ABC_MIDI_RATIO) {
			s->ratio_long = (uint8_t)m->v[0];
			s->ratio_short = (uint8_t)m->v[1];
		}
	}
}

/* A note as in the music: "^g", "_B,". */
static bool map_drum(struct abc_tune *t, const struct abc_midi *m)
{
	static const char letters[] = "C D EF G A B";
	struct abc_cursor c = { m->word.s, m->word.s, m->word.s + m->word.n, NULL };
	int alter = 0;
	for (; abc_peek(&c) == '^' || abc_peek(&c) == '_' || abc_peek(&c) == '='; c.s++)
		alter += *c.s == '^' ? 1 : *c.s == '_' ? -1 : 0;
	int letter = abc_peek(&c);
	const char *p = letter > ' ' ? strchr(letters, letter & ~0x20) : NULL;
	if (!p || !*p)
		return false;
	int pitch = (letter >= 'a' ? 72 : 60) + (int)(p - letters) + alter;
	for (c.s++; abc_peek(&c) == '\'' || abc_peek(&c) == ','; c.s++)
		pitch += *c.s == '\'' ? 12 : -12;
	if (abc_peek(&c) >= 0 || pitch < 0 || pitch > 127)
		return false;
	t->drum_map[pitch] = (uint8_t)(m->v[0] + 1);
	return true;
}

/* "program 65 % alto sax" */
static void cut_remark(struct abc_cursor *c)
{
	for (const char *s = c->s; s + 1 < c->end; s++)
		if ((*s == ' ' || *s == '\t') && s[1] == '%')
			c->end = s;
}

size_t abc_midi_directive(struct abc_tune *t, struct abc_cursor *c)
{
	cut_remark(c);
	struct abc_midi m = { .line = t->line, .voice = t->in_body || t->n_voices ? (int)t->current : -1 };
	abc_skip_space(c);
	if (abc_peek(c) == '=')
		c->s++;
	abc_skip_space(c);
	struct abc_cursor at = *c;
	struct abc_span word = next_word(c);
	const struct row *row = word.n ? find_row(t, word, &at) : NULL;
	if (!row)
		return 0;
	m.op = row->op;
	if (m.op == ABC_MIDI_NOTHING)
		return 0;
	if (row->word)
		m.word = next_word(c);
	bool may_be_empty = m.op == ABC_MIDI_BEATSTRING || m.op == ABC_MIDI_GCHORD; /* the usual one again */
	if ((row->word && m.word.n == 0 && !may_be_empty) || !read_numbers(c, &m, row)) {
		char AUTO_MEM *hint = row->max ? str_printf("%s%d to %d number%s, each from %d to %d",
							    row->word ? "a word and " : "", row->min, row->max,
							    row->max == 1 ? "" : "s", row->lo, row->hi) : NULL;
		abc_say(t, ABC_ERROR, t->line, abc_column(c), hint, "%%%%MIDI %s is not understood", row->name);
		return 0;
	}
	if (t->n_midi >= LIMIT_ABC_ITEMS) {
		t->too_large = true;
		return 0;
	}
	if (mem_grow(&t->midi, &t->room_midi, t->n_midi + 1, sizeof(*t->midi)) < 0) {
		t->out_of_memory = true;
		return 0;
	}
	change_states(t, &m);
	t->own_chords |= m.op == ABC_MIDI_CHORDNAME;
	if (m.op == ABC_MIDI_DRUMMAP && !map_drum(t, &m)) {
		abc_say(t, ABC_ERROR, t->line, abc_column(&at), "%%MIDI drummap ^g 42", "'%.*s' is not a note",
			(int)(m.word.n < 20 ? m.word.n : 20), m.word.s);
		return 0;
	}
	t->midi[t->n_midi++] = m;
	return t->n_midi;
}

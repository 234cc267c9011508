#include "music/chord.h"

#include "base/mem.h"
#include "base/str.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define T(i) (UINT32_C(1) << (i))

static const struct {
	const char *suffix;
	uint32_t tones;
} qualities[CHORD_QUALITY_COUNT] = {
	[CHORD_MAJOR] = { "", T(0) | T(4) | T(7) },
	[CHORD_MINOR] = { "m", T(0) | T(3) | T(7) },
	[CHORD_DIMINISHED] = { "dim", T(0) | T(3) | T(6) },
	[CHORD_AUGMENTED] = { "aug", T(0) | T(4) | T(8) },
	[CHORD_SUS2] = { "sus2", T(0) | T(2) | T(7) },
	[CHORD_SUS4] = { "sus4", T(0) | T(5) | T(7) },
	[CHORD_POWER] = { "5", T(0) | T(7) },
	[CHORD_DOMINANT7] = { "7", T(0) | T(4) | T(7) | T(10) },
	[CHORD_MAJOR7] = { "maj7", T(0) | T(4) | T(7) | T(11) },
	[CHORD_MINOR7] = { "m7", T(0) | T(3) | T(7) | T(10) },
	[CHORD_MINOR_MAJOR7] = { "m(maj7)", T(0) | T(3) | T(7) | T(11) },
	[CHORD_HALF_DIMINISHED7] = { "m7b5", T(0) | T(3) | T(6) | T(10) },
	[CHORD_DIMINISHED7] = { "dim7", T(0) | T(3) | T(6) | T(9) },
	[CHORD_AUGMENTED7] = { "aug7", T(0) | T(4) | T(8) | T(10) },
	[CHORD_SEVENTH_SUS4] = { "7sus4", T(0) | T(5) | T(7) | T(10) },
	[CHORD_SIXTH] = { "6", T(0) | T(4) | T(7) | T(9) },
	[CHORD_MINOR6] = { "m6", T(0) | T(3) | T(7) | T(9) },
	[CHORD_SIX_NINE] = { "6/9", T(0) | T(4) | T(7) | T(9) | T(14) },
	[CHORD_NINTH] = { "9", T(0) | T(4) | T(7) | T(10) | T(14) },
	[CHORD_MAJOR9] = { "maj9", T(0) | T(4) | T(7) | T(11) | T(14) },
	[CHORD_MINOR9] = { "m9", T(0) | T(3) | T(7) | T(10) | T(14) },
	[CHORD_ADD9] = { "add9", T(0) | T(4) | T(7) | T(14) },
	[CHORD_MINOR_ADD9] = { "m(add9)", T(0) | T(3) | T(7) | T(14) },
	[CHORD_ELEVENTH] = { "11", T(0) | T(4) | T(7) | T(10) | T(14) | T(17) },
	[CHORD_MINOR11] = { "m11", T(0) | T(3) | T(7) | T(10) | T(14) | T(17) },
	[CHORD_THIRTEENTH] = { "13", T(0) | T(4) | T(7) | T(10) | T(14) | T(21) },
};

/* --- reading ---------------------------------------------------------------------------------- */

struct reader {
	const char *s, *end;
};

static bool take(struct reader *r, const char *word)
{
	if (r->s == r->end || *r->s != *word)
		return false; /* most do not, and their length need not be known */
	size_t n = strlen(word);
	if ((size_t)(r->end - r->s) < n || memcmp(r->s, word, n) != 0)
		return false;
	r->s += n;
	return true;
}

static bool take_any(struct reader *r, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (take(r, words[i]))
			return true;
	}
	return false;
}
#define TAKE_ANY(r, ...) take_any(r, (const char *const[]){ __VA_ARGS__ }, COUNT_OF(((const char *const[]){ __VA_ARGS__ })))

static int take_accidental(struct reader *r)
{
	return TAKE_ANY(r, "#", "\xe2\x99\xaf") ? 1 : TAKE_ANY(r, "b", "\xe2\x99\xad") ? -1 : 0;
}

/* None, one, or two of a kind: what follows in "Eb#11" and "Bbb5" alters a tone of the chord, not its root. */
static int take_accidentals(struct reader *r)
{
	int by = take_accidental(r);
	struct reader at = *r;
	if (!by || take_accidental(&at) != by || (at.s < at.end && *at.s == '5'))
		return by;
	*r = at;
	return 2 * by;
}

size_t chord_note(const char *text, size_t n, char *ret_letter, int *ret_alter)
{
	struct reader r = { text, text + n };
	int c = n ? *text : 0;
	if (c >= 'a' && c <= 'g')
		c -= 'a' - 'A';
	if (c < 'A' || c > 'G')
		return 0;
	r.s++;
	*ret_letter = (char)c;
	*ret_alter = take_accidentals(&r);
	return (size_t)(r.s - text);
}

static bool take_pitch(struct reader *r, bool small, int8_t *ret)
{
	static const int8_t letters[7] = { 9, 11, 0, 2, 4, 5, 7 };
	char letter;
	int alter;
	size_t n = chord_note(r->s, (size_t)(r->end - r->s), &letter, &alter);
	if (n == 0 || (!small && *r->s >= 'a'))
		return false;
	r->s += n;
	*ret = (int8_t)((letters[letter - 'A'] + alter + 24) % 12);
	return true;
}

/* The tones of what is stacked up to a degree: of 9 the seventh and the ninth. */
static uint32_t stack(int degree, int seventh)
{
	switch (degree) {
	case 7: return T(seventh);
	case 9: return T(seventh) | T(14);
	case 11: return T(seventh) | T(14) | T(17);
	default: return T(seventh) | T(14) | T(21); /* 13; the eleventh is left out, as players do */
	}
}

static int take_degree(struct reader *r)
{
	return take(r, "13") ? 13 : take(r, "11") ? 11 : take(r, "9") ? 9 : take(r, "7") ? 7 : 0;
}

/* "6", "6/9", "69": sixths; 0 when there is none. */
static uint32_t take_sixth(struct reader *r)
{
	if (TAKE_ANY(r, "6/9", "6add9", "69"))
		return T(9) | T(14);
	return take(r, "6") ? T(9) : 0;
}

static uint32_t take_stack(struct reader *r, int seventh)
{
	int degree = take_degree(r);
	return degree ? stack(degree, seventh) : 0;
}

/* The seventh, ninth … after a minor third: also "m(maj7)", "mM7". */
static uint32_t minor_stack(struct reader *r)
{
	struct reader at = *r;
	bool bracket = take(&at, "(");
	if (TAKE_ANY(&at, "maj", "Maj", "M", "\xce\x94")) {
		int degree = take_degree(&at);
		if (degree && (!bracket || take(&at, ")"))) {
			*r = at;
			return stack(degree, 11);
		}
	}
	return take_stack(r, 10);
}

static uint32_t take_body(struct reader *r)
{
	const uint32_t fifth = T(7), third = T(4), minor = T(3);
	uint32_t more;
	if (TAKE_ANY(r, "\xc3\xb8", "\xe2\x88\x85"))
		return (void)take(r, "7"), T(0) | minor | T(6) | T(10);
	if (TAKE_ANY(r, "dim", "o", "\xc2\xb0"))
		return T(0) | minor | T(6) | (take(r, "7") ? T(9) : 0);
	if (TAKE_ANY(r, "aug", "+"))
		return T(0) | third | T(8) | take_stack(r, 10);
	if (TAKE_ANY(r, "maj", "Maj", "MAJ", "M", "\xce\x94")) {
		more = take_sixth(r);
		return T(0) | third | fifth | (more ? more : take_stack(r, 11));
	}
	if (TAKE_ANY(r, "min", "mi", "m", "-")) {
		more = take_sixth(r);
		return T(0) | minor | fifth | (more ? more : minor_stack(r));
	}
	more = take_sixth(r);
	if (more)
		return T(0) | third | fifth | more;
	if (take(r, "5"))
		return T(0) | fifth;
	return T(0) | third | fifth | take_stack(r, 10);
}

static void replace(uint32_t *tones, uint32_t out, uint32_t in)
{
	*tones = (*tones & ~out) | in;
}

#define FIFTHS (T(6) | T(7) | T(8))
#define THIRDS (T(3) | T(4))

/* One alteration, addition or omission; false when there is none here. */
static bool take_change(struct reader *r, uint32_t *tones)
{
	static const struct {
		const char *word;
		uint32_t out, in;
	} changes[] = {
		{ "sus2", THIRDS, T(2) }, { "sus4", THIRDS, T(5) }, { "sus", THIRDS, T(5) },
		{ "b5", T(7), T(6) }, { "-5", T(7), T(6) }, { "#5", T(7), T(8) }, { "+5", T(7), T(8) },
		{ "b9", T(14), T(13) }, { "-9", T(14), T(13) }, { "#9", T(14), T(15) }, { "+9", T(14), T(15) },
		{ "#11", T(17), T(18) }, { "+11", T(17), T(18) }, { "b13", T(21), T(20) }, { "b6", 0, T(8) },
		{ "addb9", 0, T(13) }, { "add#9", 0, T(15) }, { "add#11", 0, T(18) }, { "addb13", 0, T(20) }, { "addb6", 0, T(8) },
		{ "add2", 0, T(2) }, { "add4", 0, T(5) }, { "add6", 0, T(9) }, { "add9", 0, T(14) }, { "add11", 0, T(17) },
		{ "add13", 0, T(21) }, { "add3", 0, T(4) }, { "addb3", 0, T(3) }, { "add5", 0, T(7) }, { "addb5", 0, T(6) },
		{ "add#5", 0, T(8) }, { "add7", 0, T(10) }, { "addmaj7", 0, T(11) }, { "addb2", 0, T(1) },
		{ "addmin7", 0, T(10) }, { "maj7", T(10), T(11) }, { "no3", THIRDS, 0 }, { "no5", FIFTHS, 0 }, { "omit3", THIRDS, 0 },
		{ "omit5", FIFTHS, 0 }, { "no7", T(10) | T(11), 0 },
		{ "alt", FIFTHS | T(14), T(8) | T(10) | T(13) | T(15) },
	};
	for (size_t i = 0; i < COUNT_OF(changes); i++) {
		if (take(r, changes[i].word)) {
			replace(tones, changes[i].out, changes[i].in);
			return true;
		}
	}
	return false;
}

/* "(b9,#11)", "b9#11", "sus4"; false for brackets that hold something else. */
static bool take_changes(struct reader *r, uint32_t *tones)
{
	for (;;) {
		if (take_change(r, tones))
			continue;
		struct reader at = *r;
		if (!take(&at, "("))
			return true;
		while (take_change(&at, tones) || TAKE_ANY(&at, ",", " ", "/"))
			;
		if (!take(&at, ")"))
			return false;
		*r = at;
	}
}

bool chord_parse(const char *text, size_t n, struct chord *ret)
{
	struct reader r = { text, text + n };
	while (r.s < r.end && (*r.s == ' ' || *r.s == '\t'))
		r.s++;
	while (r.end > r.s && (r.end[-1] == ' ' || r.end[-1] == '\t'))
		r.end--;
	*ret = (struct chord){ -1, -1, 0 };
	if (TAKE_ANY(&r, "N.C.", "NC", "N.C", "n.c."))
		return r.s == r.end;
	struct chord c;
	if (!take_pitch(&r, false, &c.root))
		return false;
	c.tones = take_body(&r);
	c.bass = c.root;
	if (!take_changes(&r, &c.tones) || (take(&r, "/") && !take_pitch(&r, true, &c.bass)) || r.s != r.end)
		return false;
	*ret = c;
	return true;
}

/* --- what it stands for ----------------------------------------------------------------------- */

uint32_t chord_quality_tones(enum chord_quality q)
{
	return q < CHORD_QUALITY_COUNT ? qualities[q].tones : 0;
}

enum chord_quality chord_quality(uint32_t tones)
{
	int q = 0;
	while (q < CHORD_QUALITY_COUNT && qualities[q].tones != tones)
		q++;
	return (enum chord_quality)q;
}

static int wrap(int pitch)
{
	return ((pitch % 12) + 12) % 12;
}

struct chord chord_make(int root, enum chord_quality q)
{
	int8_t at = (int8_t)wrap(root);
	return (struct chord){ at, at, chord_quality_tones(q) };
}

uint16_t chord_pitch_classes(const struct chord *c)
{
	uint32_t set = 0;
	if (c->root < 0)
		return 0;
	for (int i = 0; i < 24; i++) {
		if (c->tones & T(i))
			set |= T((c->root + i) % 12);
	}
	return (uint16_t)(set | T(c->bass));
}

bool chord_has(const struct chord *c, int pitch)
{
	return (chord_pitch_classes(c) >> wrap(pitch)) & 1;
}

static int first_of(const struct chord *c, const int *steps, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (c->tones & T(steps[i]))
			return steps[i];
	}
	return -1;
}

int chord_third(const struct chord *c)
{
	static const int steps[] = { 4, 3 };
	return first_of(c, steps, COUNT_OF(steps));
}

int chord_fifth(const struct chord *c)
{
	static const int steps[] = { 7, 6, 8 };
	return first_of(c, steps, COUNT_OF(steps));
}

int chord_seventh(const struct chord *c)
{
	static const int steps[] = { 10, 11 };
	/* The ninth semitone is the seventh of a diminished seventh chord, and else a sixth. */
	return c->tones == chord_quality_tones(CHORD_DIMINISHED7) ? 9 : first_of(c, steps, COUNT_OF(steps));
}

struct chord chord_transpose(struct chord c, int semitones)
{
	if (c.root < 0)
		return c;
	c.root = (int8_t)wrap(c.root + semitones % 12);
	c.bass = (int8_t)wrap(c.bass + semitones % 12);
	return c;
}

bool chord_equal(const struct chord *a, const struct chord *b)
{
	return a->root == b->root && a->bass == b->bass && a->tones == b->tones;
}

/* --- writing ---------------------------------------------------------------------------------- */

const char *chord_pitch_name(int pitch_class, int sharps)
{
	static const char *const with_sharps[] = { "C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B" };
	static const char *const with_flats[] = { "C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B" };
	static const char *const plain[] = { "C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B" };
	int at = wrap(pitch_class);
	if (sharps == 7 && (at == 0 || at == 5))
		return at ? "E#" : "B#";
	if (sharps == 6 && at == 5)
		return "E#";
	if (sharps <= -6 && at == 11)
		return "Cb";
	if (sharps == -7 && at == 4)
		return "Fb";
	return sharps > 1 ? with_sharps[at] : sharps < -1 ? with_flats[at] : plain[at];
}

static const char *const additions[24] = {
	[1] = "addb2", [2] = "add2", [3] = "addb3", [4] = "add3", [5] = "add4", [6] = "addb5", [7] = "add5", [8] = "addb6",
	[9] = "add6", [10] = "addmin7", [11] = "addmaj7", [13] = "addb9", [14] = "add9", [15] = "add#9", [17] = "add11",
	[18] = "add#11", [20] = "addb13", [21] = "add13",
};

/* The named quality that holds most of these tones and nothing else but what "no3" and "no5" can take out. */
static enum chord_quality nearest_below(uint32_t tones, bool *ret_no3, bool *ret_no5)
{
	static const bool tries[4][2] = { { false, false }, { false, true }, { true, false }, { true, true } };
	enum chord_quality best = CHORD_POWER;
	int most = -1;
	for (size_t t = 0; t < COUNT_OF(tries); t++) {
		for (int q = 0; q < CHORD_QUALITY_COUNT; q++) {
			uint32_t left = qualities[q].tones & ~((tries[t][0] ? THIRDS : 0) | (tries[t][1] ? FIFTHS : 0));
			int n = 4 * __builtin_popcount(left) - tries[t][0] - tries[t][1];
			if ((left & ~tones) || n <= most)
				continue;
			most = n;
			best = (enum chord_quality)q;
			*ret_no3 = tries[t][0] && (qualities[q].tones & THIRDS);
			*ret_no5 = tries[t][1] && (qualities[q].tones & FIFTHS);
		}
	}
	return best;
}

static void name_tones(struct strbuf *b, uint32_t tones)
{
	bool no3 = false, no5 = false;
	enum chord_quality q = chord_quality(tones);
	if (q == CHORD_QUALITY_COUNT)
		q = nearest_below(tones, &no3, &no5);
	(void)strbuf_adds(b, qualities[q].suffix);
	uint32_t has = qualities[q].tones & ~((no3 ? THIRDS : 0) | (no5 ? FIFTHS : 0));
	const char *open = "(";
	if (no3)
		(void)strbuf_addf(b, "%sno3", open), open = ",";
	if (no5)
		(void)strbuf_addf(b, "%sno5", open), open = ",";
	for (int i = 1; i < 24; i++) {
		if ((tones & T(i)) && !(has & T(i)) && additions[i])
			(void)strbuf_addf(b, "%s%s", open, additions[i]), open = ",";
	}
	if (*open == ',')
		(void)strbuf_adds(b, ")");
}

char *chord_name(const struct chord *c, int sharps, char ret[CHORD_NAME_SIZE])
{
	AUTO_STRBUF b = STRBUF_INIT;
	(void)str_copy(ret, CHORD_NAME_SIZE, "N.C.");
	if (c->root < 0)
		return ret;
	(void)strbuf_adds(&b, chord_pitch_name(c->root, sharps));
	name_tones(&b, c->tones);
	if (c->bass != c->root)
		(void)strbuf_addf(&b, "/%s", chord_pitch_name(c->bass, sharps));
	(void)str_copy(ret, CHORD_NAME_SIZE, strbuf_ok(&b) && b.n < CHORD_NAME_SIZE ? b.s : "?");
	return ret;
}

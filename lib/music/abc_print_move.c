/*
 * abc_print_move.c - keys, notes and chord symbols by an interval, on the line of fifths.
 */
#include "music/abc_print_priv.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "music/chord.h"

static const int8_t step_fifths[7] = { 0, 2, 4, -1, 1, 3, 5 };
static const int8_t fifth_steps[7] = { 3, 0, 4, 1, 5, 2, 6 }; /* of F C G D A E B */

static const char letters[] = "CDEFGAB";

static int mod(int a, int n)
{
	int r = a % n;
	return r < 0 ? r + n : r;
}

static int fifths_of(int step, int alter)
{
	return step_fifths[mod(step, 7)] + 7 * alter;
}

struct abc_move abc_move_for(const struct abc_key *key, int semitones)
{
	struct abc_move m = { semitones, 0 };
	int best = 100;
	for (int f = mod(7 * semitones, 12) - 12; f <= 24; f += 12) {
		int sharps = key->sharps + f, cost = 2 * abs(sharps);
		if (sharps != 0 && (sharps < 0) != (key->sharps < 0) && key->sharps)
			cost++; /* of six sharps and six flats, the kind that was there */
		if (semitones % 12 == 0)
			cost = 2 * abs(f);
		if (cost < best) {
			best = cost;
			m.fifths = f;
		}
	}
	return m;
}

void abc_move_note(struct abc_move m, int *step, int *alter)
{
	int octaves = (7 * m.fifths - m.semitones) / 12;
	int from = fifths_of(*step, *alter), fifths = from + m.fifths;
	*step += 4 * m.fifths - 7 * octaves;
	*alter = (fifths + 1 - mod(fifths + 1, 7)) / 7;
	/* Beyond double signs the same pitch has another letter. */
	for (; *alter > 2; fifths -= 12, ++*step)
		*alter = (fifths - 12 + 1 - mod(fifths - 12 + 1, 7)) / 7;
	for (; *alter < -2; fifths += 12, --*step)
		*alter = (fifths + 12 + 1 - mod(fifths + 12 + 1, 7)) / 7;
}

static void set_signature(struct abc_key *k, int sharps)
{
	memset(k->accidentals, 0, sizeof(k->accidentals));
	for (int i = 0; i < sharps; i++)
		k->accidentals[fifth_steps[i % 7]]++;
	for (int i = 0; i < -sharps; i++)
		k->accidentals[fifth_steps[6 - i % 7]]--;
	k->sharps = (int8_t)sharps;
}

/* The fifths that a mode takes away from its tonic's: D dorian has the signature of C, two less than D. */
static int mode_fifths(unsigned mode)
{
	static const int8_t fifths[ABC_MODE_COUNT] = {
		[ABC_MINOR] = -3,  [ABC_AEOLIAN] = -3, [ABC_DORIAN] = -2,	  [ABC_PHRYGIAN] = -4,
		[ABC_LYDIAN] = 1, [ABC_LOCRIAN] = -5, [ABC_MIXOLYDIAN] = -1,
	};
	return mode < ABC_MODE_COUNT ? fifths[mode] : 0;
}

struct abc_key abc_move_key(const struct abc_key *key, struct abc_move m)
{
	struct abc_key k = *key;
	if (m.semitones == 0)
		return k;
	if (k.mode == ABC_NO_KEY)
		return k;
	if (k.mode == ABC_PIPES || k.mode == ABC_PIPES_SHOWN)
		k.mode = ABC_MAJOR;
	set_signature(&k, key->sharps + m.fifths);
	int tonic = k.sharps - mode_fifths(k.mode);
	k.tonic = (uint8_t)fifth_steps[mod(tonic + 1, 7)];
	k.tonic_alter = (int8_t)((tonic + 1 - mod(tonic + 1, 7)) / 7);
	if (k.only_written)
		memset(k.accidentals, 0, sizeof(k.accidentals));
	k.written = 0;
	for (int i = 0; i < 7; i++) {
		int step = ABC_STEP_C + i, alter = key->accidentals[i];
		if (!(key->written >> i & 1))
			continue;
		abc_move_note(m, &step, &alter);
		k.accidentals[mod(step, 7)] = (int8_t)alter;
		k.written |= (uint8_t)(1 << mod(step, 7));
	}
	return k;
}

/* The words of a K: field that are no key: "clef=bass", "treble-8", "octave=1". */
static void other_words(struct abc_span text, struct strbuf *out)
{
	static const char *const clefs[] = { "treble", "bass", "alto", "tenor", "soprano", "mezzo", "baritone", "perc" };
	for (size_t i = 0; i < text.n;) {
		size_t from = i;
		bool quoted = false, value = false, clef = false;
		for (; i < text.n && (quoted || (text.s[i] != ' ' && text.s[i] != '\t')); i++) {
			quoted ^= text.s[i] == '"';
			value |= text.s[i] == '=' && i > from && isalpha((unsigned char)text.s[i - 1]);
		}
		for (size_t k = 0; k < COUNT_OF(clefs); k++)
			clef |= i - from >= strlen(clefs[k]) && strncasecmp(text.s + from, clefs[k], strlen(clefs[k])) == 0;
		if (value || clef) {
			strbuf_addc(out, ' ');
			strbuf_add(out, text.s + from, i - from);
		}
		for (; i < text.n && (text.s[i] == ' ' || text.s[i] == '\t'); i++)
			;
	}
}

void abc_print_key(const struct abc_key *key, struct abc_span text, struct strbuf *out)
{
	static const char *const modes[ABC_MODE_COUNT] = {
		[ABC_MAJOR] = "",	[ABC_MINOR] = "m",	 [ABC_DORIAN] = "dor",	 [ABC_PHRYGIAN] = "phr",
		[ABC_LYDIAN] = "lyd", [ABC_MIXOLYDIAN] = "mix", [ABC_AEOLIAN] = "aeo", [ABC_LOCRIAN] = "loc",
		[ABC_IONIAN] = "ion",
	};
	static const char *const signs[5] = { "__", "_", "=", "^", "^^" };
	if (key->mode == ABC_NO_KEY)
		strbuf_adds(out, "none");
	else if (key->mode == ABC_PIPES || key->mode == ABC_PIPES_SHOWN)
		strbuf_adds(out, key->mode == ABC_PIPES ? "HP" : "Hp");
	else
		strbuf_addf(out, "%c%s%s", letters[key->tonic % 7],
			    key->tonic_alter > 0 ? "#" : key->tonic_alter < 0 ? "b" : "",
			    key->mode < ABC_MODE_COUNT ? modes[key->mode] : "");
	if (key->only_written && key->mode != ABC_NO_KEY)
		strbuf_adds(out, " exp");
	for (int i = 0; i < 7; i++)
		if (key->written >> i & 1)
			strbuf_addf(out, " %s%c", signs[key->accidentals[i] + 2], "cdefgab"[i]);
	other_words(text, out);
}

/* The note at the start of s, moved; how many characters it took, 0 for none. */
static size_t move_root(struct abc_move m, const char *s, size_t n, struct strbuf *out)
{
	static const char *const signs[5] = { "bb", "b", "", "#", "##" };
	char letter;
	int alter;
	size_t used = chord_note(s, n, &letter, &alter);
	if (!used || s[0] != letter)
		return 0;
	int step = ABC_STEP_C + (int)(strchr(letters, letter) - letters);
	abc_move_note(m, &step, &alter);
	strbuf_addf(out, "%c%s", letters[mod(step, 7)], signs[alter + 2]);
	return used;
}

void abc_move_chord(struct abc_move m, struct abc_span text, struct strbuf *out)
{
	struct chord chord;
	size_t at = 0;
	if (m.semitones && chord_parse(text.s, text.n, &chord) && chord.root >= 0)
		at = move_root(m, text.s, text.n, out);
	bool moved = at > 0;
	/* "Eb#11" a tone up is no "F#11": what alters a tone may not look like a sign of the new root. */
	if (moved && at < text.n && (text.s[at] == '#' || text.s[at] == 'b')) {
		strbuf_addc(out, '(');
		do
			strbuf_addc(out, text.s[at++]);
		while (at < text.n && abc_digit(text.s[at]));
		strbuf_addc(out, ')');
	}
	for (; at < text.n; at++) {
		strbuf_addc(out, text.s[at]);
		if (moved && text.s[at] == '/')
			at += move_root(m, text.s + at + 1, text.n - at - 1, out);
	}
}

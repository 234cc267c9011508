#include "music/roman.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"

static const char *const upper[7] = { "I", "II", "III", "IV", "V", "VI", "VII" };
static const char *const lower[7] = { "i", "ii", "iii", "iv", "v", "vi", "vii" };

/* Degree (0..6) and sign of the semitones above the tonic of a major key, and of a minor one. */
static const struct {
	signed char degree, sign;
} in_major[12] = { { 0, 0 }, { 1, -1 }, { 1, 0 }, { 2, -1 }, { 2, 0 }, { 3, 0 },
		   { 3, 1 }, { 4, 0 },  { 5, -1 }, { 5, 0 }, { 6, -1 }, { 6, 0 } },
  in_minor[12] = { { 0, 0 }, { 1, -1 }, { 1, 0 }, { 2, 0 }, { 2, 1 }, { 3, 0 },
		   { 3, 1 }, { 4, 0 },  { 5, 0 }, { 5, 1 }, { 6, 0 }, { 6, 0 } };

const char *chord_function_name(enum chord_function f)
{
	static const char *const names[FUNCTION_COUNT] = { "tonic", "subdominant", "dominant", "applied", "other" };
	return names[f];
}

static int above(int pitch_class, int tonic)
{
	return ((pitch_class - tonic) % 12 + 12) % 12;
}

static bool diatonic(const struct chord *c, int tonic, enum key_mode m)
{
	for (int i = 0; i < 24; i++)
		if (c->tones >> i & 1 && !(key_mode_scale(m) >> above(c->root + i, tonic) & 1))
			return false;
	return true;
}

/* A major triad or a seventh on it, or a diminished one, that is foreign to the key and goes where it wants to. */
static int applied_to(const struct chord *c, const struct chord *next, int tonic, enum key_mode m)
{
	int third = chord_third(c), seventh = chord_seventh(c), fifth = chord_fifth(c), target;
	if (!next || next->root < 0 || diatonic(c, tonic, m))
		return -1;
	if (third == 4 && fifth == 7 && (seventh < 0 || seventh == 10))
		target = (c->root + 5) % 12;
	else if (third == 3 && fifth == 6)
		target = (c->root + 1) % 12;
	else
		return -1;
	if (next->root != target || target == tonic || !(key_mode_scale(m) >> above(target, tonic) & 1))
		return -1;
	return target;
}

enum chord_function chord_function_of(const struct chord *c, const struct chord *next, int tonic, enum key_mode m)
{
	if (c->root < 0)
		return FUNCTION_OTHER;
	if (applied_to(c, next, tonic, m) >= 0)
		return FUNCTION_APPLIED;
	switch (above(c->root, tonic)) {
	case 0:
		return FUNCTION_TONIC;
	case 2:
	case 5:
		return FUNCTION_SUBDOMINANT;
	case 7:
		return FUNCTION_DOMINANT;
	case 11:
		return chord_fifth(c) == 6 ? FUNCTION_DOMINANT : FUNCTION_OTHER;
	case 9:
	case 4:
		return key_mode_is_minor(m) ? FUNCTION_OTHER : FUNCTION_TONIC;
	case 8:
	case 3:
		return key_mode_is_minor(m) ? FUNCTION_TONIC : FUNCTION_OTHER;
	case 10: /* the seventh degree of minor and of mixolydian */
		return m != KEY_MAJOR ? FUNCTION_DOMINANT : FUNCTION_OTHER;
	default:
		return FUNCTION_OTHER;
	}
}

/* "" in root position, else the figures; -1 as the bass is not in the chord. */
static const char *figures(const struct chord *c, bool seventh)
{
	int b = above(c->bass, c->root);
	if (b == 0)
		return seventh ? "7" : "";
	if (b == chord_third(c))
		return seventh ? "65" : "6";
	if (b == chord_fifth(c))
		return seventh ? "43" : "64";
	if (seventh && b == chord_seventh(c))
		return "42";
	return seventh ? "7" : "";
}

static const char *colour(const struct chord *c)
{
	int third = chord_third(c), fifth = chord_fifth(c), seventh = chord_seventh(c);
	if (third == 3 && fifth == 6)
		return seventh == 10 ? "ø" : "°";
	if (third == 4 && fifth == 8)
		return "+";
	return "";
}

static void numeral(const struct chord *c, int tonic, bool minor, char *ret, size_t size)
{
	int at = above(c->root, tonic), third = chord_third(c), fifth = chord_fifth(c), seventh = chord_seventh(c);
	int degree = minor ? in_minor[at].degree : in_major[at].degree, sign = minor ? in_minor[at].sign : in_major[at].sign;
	if (minor && at == 11 && fifth != 6)
		sign = 1; /* vii° is at home in minor, other chords on the leading note are not */
	bool suspended = third < 0;
	const char *more = seventh == 11 ? "M" : "", *end = "";
	if (suspended)
		end = c->tones >> 5 & 1 ? "sus4" : c->tones >> 2 & 1 ? "sus2" : "5";
	else if (seventh < 0 && c->tones >> 9 & 1)
		end = "add6";
	else if (c->tones >> 14 & 1)
		end = "add9";
	(void)snprintf(ret, size, "%s%s%s%s%s%s", sign < 0 ? "b" : sign > 0 ? "#" : "",
		       third == 3 ? lower[degree] : upper[degree], colour(c), more, figures(c, seventh >= 9), end);
}

char *roman_numeral(const struct chord *c, const struct chord *next, int tonic, enum key_mode m, char ret[ROMAN_SIZE])
{
	char head[ROMAN_SIZE] = "", tail[ROMAN_SIZE] = "";
	if (c->root < 0) {
		(void)str_copy(ret, ROMAN_SIZE, "N.C.");
		return ret;
	}
	int target = applied_to(c, next, tonic, m);
	if (target < 0) {
		numeral(c, tonic, key_mode_is_minor(m), ret, ROMAN_SIZE);
		return ret;
	}
	struct chord to = *next;
	to.bass = to.root;
	to.tones &= 0xff; /* its triad names it */
	numeral(c, target, false, head, 16);
	numeral(&to, tonic, key_mode_is_minor(m), tail, 12);
	(void)snprintf(ret, ROMAN_SIZE, "%s/%s", head, tail);
	return ret;
}

#include "music/key_profile.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

static const struct {
	const char *name;
	double major[12], minor[12];
} profiles[KEY_PROFILE_COUNT] = {
	[KEY_KRUMHANSL_KESSLER] = { "krumhansl_kessler",
				    { 6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88 },
				    { 6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17 } },
	[KEY_TEMPERLEY] = { "temperley",
			    { 5.0, 2.0, 3.5, 2.0, 4.5, 4.0, 2.0, 4.5, 2.0, 3.5, 1.5, 4.0 },
			    { 5.0, 2.0, 3.5, 4.5, 2.0, 4.0, 2.0, 4.5, 3.5, 2.0, 1.5, 4.0 } },
	[KEY_KOSTKA_PAYNE] = { "kostka_payne",
			       { .748, .060, .488, .082, .670, .460, .096, .715, .104, .366, .057, .400 },
			       { .712, .084, .474, .618, .049, .460, .105, .747, .404, .067, .133, .330 } },
	[KEY_BELLMAN_BUDGE] = { "bellman_budge",
				{ 16.80, 0.86, 12.95, 1.41, 13.49, 11.93, 1.25, 20.28, 1.80, 8.04, 0.62, 10.57 },
				{ 18.16, 0.69, 12.99, 13.34, 1.07, 11.15, 1.38, 21.07, 7.49, 1.53, 0.92, 10.21 } },
	[KEY_AARDEN_ESSEN] = { "aarden_essen",
			       { 17.7661, 0.145624, 14.9265, 0.160186, 19.8049, 11.3587, 0.291248, 22.062, 0.145624,
				 8.15494, 0.232998, 4.95122 },
			       { 18.2648, 0.737619, 14.0499, 16.8599, 0.702494, 14.4362, 0.702494, 18.6161, 4.56621,
				 1.93186, 7.37619, 1.75623 } },
	[KEY_ALBRECHT_SHANAHAN] = { "albrecht_shanahan",
				    { .238, .006, .111, .006, .137, .094, .016, .214, .009, .080, .008, .081 },
				    { .220, .006, .104, .123, .019, .103, .012, .214, .062, .022, .061, .052 } },
};

/* From which of the two a mode is made, and the two degrees whose weights change places (equal: none). */
static const struct {
	const char *name;
	bool minor;
	unsigned char swap[2];
	signed char fifths; /* of the signature, against the major key on the same tonic */
	unsigned scale;
} modes[KEY_MODE_COUNT] = {
	[KEY_MAJOR] = { "major", false, { 0, 0 }, 0, 0xab5 },
	[KEY_MINOR] = { "minor", true, { 0, 0 }, -3, 0xdad },
	[KEY_DORIAN] = { "dorian", true, { 8, 9 }, -2, 0x6ad },
	[KEY_MIXOLYDIAN] = { "mixolydian", false, { 10, 11 }, -1, 0x6b5 },
	[KEY_LYDIAN] = { "lydian", false, { 5, 6 }, 1, 0xad5 },
	[KEY_PHRYGIAN] = { "phrygian", true, { 1, 2 }, -4, 0x5ab },
};

const char *key_profile_name(enum key_profile p)
{
	return profiles[p].name;
}

const char *key_mode_name(enum key_mode m)
{
	return modes[m].name;
}

bool key_mode_is_minor(enum key_mode m)
{
	return modes[m].minor;
}

unsigned key_mode_scale(enum key_mode m)
{
	return modes[m].scale;
}

int key_sharps(int tonic, enum key_mode m)
{
	int fifths = tonic * 7 % 12 + modes[m].fifths; /* seven semitones are a fifth, and 7 * 7 is 1 again */
	while (fifths > 6)
		fifths -= 12;
	while (fifths < -5)
		fifths += 12;
	return fifths;
}

const char *key_tonic_name(int tonic, enum key_mode m)
{
	static const char *const names[] = { "Fb", "Cb", "Gb", "Db", "Ab", "Eb", "Bb", "F",  "C",  "G", "D",
					     "A",  "E",  "B",  "F#", "C#", "G#", "D#", "A#", "E#", "B#" };
	int at = key_sharps(tonic, m) - modes[m].fifths + 8; /* of C */
	return names[at < 0 ? at + 12 : at > 20 ? at - 12 : at];
}

void key_profile_weights(enum key_profile p, enum key_mode m, double ret[12])
{
	memcpy(ret, modes[m].minor ? profiles[p].minor : profiles[p].major, 12 * sizeof(*ret));
	double a = ret[modes[m].swap[0]], sum = 0;
	ret[modes[m].swap[0]] = ret[modes[m].swap[1]];
	ret[modes[m].swap[1]] = a;
	/* The natural seventh of dorian and phrygian; minor proper has its leading note in the profile. */
	if ((m == KEY_DORIAN || m == KEY_PHRYGIAN) && ret[11] > ret[10]) {
		a = ret[10];
		ret[10] = ret[11];
		ret[11] = a;
	}
	for (int i = 0; i < 12; i++)
		sum += ret[i];
	for (int i = 0; i < 12; i++)
		ret[i] /= sum;
}

double key_profile_fit(const double chroma[12], enum key_profile p, enum key_mode m, int tonic)
{
	double w[12], mean = 0, xy = 0, xx = 0, yy = 0;
	key_profile_weights(p, m, w);
	for (int i = 0; i < 12; i++)
		mean += chroma[i] / 12;
	for (int i = 0; i < 12; i++) {
		double x = chroma[(i + tonic) % 12] - mean, y = w[i] - 1.0 / 12;
		xy += x * y;
		xx += x * x;
		yy += y * y;
	}
	return xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : 0;
}

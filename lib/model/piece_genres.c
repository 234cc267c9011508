/* piece_genres.c - the genres and dances that a prompt may name, and what they are when nothing else is said. */
#include "model/piece_priv.h"

#include "model/accompaniment.h"
#include "model/bassline.h"
#include "model/drums.h"
#include "model/melody.h"
#include "model/progression.h"

#include "base/banned.h"

enum { ANY, MAJOR, MINOR, DORIAN, PHRYGIAN, LYDIAN, MIXOLYDIAN };
enum { B = PIECE_BASS, D = PIECE_DRUMS };
#define ARP ACC_COUNT

#define GENRE(name, g, m, c, b, d, meter, bpm, mode, complexity, density, boldness, swing, mp, cp, bp, parts, bars) \
	{ name, STYLE_##g, MELODY_##m, c, BASS_##b, DRUM_STYLE_##d, meter, bpm, mode, complexity, density, boldness, swing, mp, cp, bp, parts, bars }

const struct genre piece_genre_rows[] = {
	GENRE("folk", FOLK, FOLK, ACC_STRUM, ROOT_FIFTH, COUNTRY, "4/4", 108, ANY, 150, 400, 350, 0, 73, 25, 32, 0, 16),
	GENRE("pop", POP, POP, ACC_ROCK, POP, POP, "4/4", 112, ANY, 350, 450, 400, 0, 4, 0, 33, B | D, 16),
	GENRE("rock", POP, POP, ACC_ROCK, POP, ROCK, "4/4", 128, ANY, 250, 450, 500, 0, 27, 29, 34, B | D, 16),
	GENRE("jazz", JAZZ, JAZZ, ACC_COMPING, WALKING, JAZZ, "4/4", 144, ANY, 600, 500, 500, 660, 66, 0, 32, B | D, 32),
	GENRE("blues", BLUES, JAZZ, ACC_COMPING, BOOGIE, BLUES, "4/4", 100, MAJOR, 400, 400, 500, 800, 22, 0, 33, B | D, 12),
	GENRE("classical", CLASSICAL, CLASSICAL, ACC_ALBERTI, ROOTS, POP, "4/4", 112, ANY, 400, 500, 400, 0, 40, 0, 43, 0, 16),
	GENRE("baroque", CLASSICAL, CLASSICAL, ARP, ROOT_FIFTH, POP, "4/4", 96, ANY, 500, 700, 350, 0, 73, 6, 42, B, 16),
	GENRE("waltz", CLASSICAL, CLASSICAL, ACC_WALTZ, ROOTS, WALTZ, "3/4", 150, ANY, 300, 350, 400, 0, 40, 0, 43, 0, 16),
	GENRE("minuet", CLASSICAL, CLASSICAL, ACC_BLOCK, ROOTS, WALTZ, "3/4", 126, MAJOR, 300, 450, 300, 0, 73, 6, 42, 0, 16),
	GENRE("jig", FOLK, FOLK, ACC_STRUM, ROOT_FIFTH, JIG, "6/8", 174, ANY, 100, 900, 400, 0, 40, 25, 32, 0, 16),
	GENRE("reel", FOLK, FOLK, ACC_STRUM, ROOT_FIFTH, REEL, "4/4", 200, ANY, 100, 800, 400, 0, 40, 25, 32, 0, 16),
	GENRE("polka", FOLK, MARCH, ACC_OOMPAH, ROOT_FIFTH, POLKA, "2/4", 120, MAJOR, 150, 600, 450, 0, 21, 21, 58, B | D, 16),
	GENRE("march", CLASSICAL, MARCH, ACC_MARCH, ROOT_FIFTH, MARCH, "4/4", 116, MAJOR, 250, 500, 450, 0, 56, 61, 58, B | D, 16),
	GENRE("hymn", CLASSICAL, LULLABY, ACC_BLOCK, ROOTS, POP, "4/4", 84, MAJOR, 300, 200, 200, 0, 52, 19, 19, 0, 16),
	GENRE("lullaby", FOLK, LULLABY, ACC_BALLAD, ROOTS, BALLAD, "6/8", 84, MAJOR, 100, 250, 200, 0, 8, 46, 32, 0, 16),
	GENRE("ballad", POP, POP, ACC_BALLAD, ROOTS, BALLAD, "4/4", 70, ANY, 400, 300, 350, 0, 4, 0, 33, B, 16),
	GENRE("bossa", JAZZ, JAZZ, ACC_BOSSA, BOSSA, BOSSA, "4/4", 132, ANY, 550, 350, 350, 0, 65, 24, 32, B | D, 16),
	GENRE("samba", JAZZ, JAZZ, ACC_BOSSA, BOSSA, SAMBA, "4/4", 200, MAJOR, 450, 450, 400, 0, 73, 24, 32, B | D, 16),
	GENRE("salsa", POP, JAZZ, ACC_HABANERA, TUMBAO, SALSA32, "4/4", 180, MINOR, 350, 450, 450, 0, 56, 0, 33, B | D, 16),
	GENRE("tango", CLASSICAL, CLASSICAL, ACC_TANGO, ROOT_FIFTH, TANGO, "4/4", 120, MINOR, 500, 450, 550, 0, 23, 0, 43, B, 16),
	GENRE("habanera", CLASSICAL, CLASSICAL, ACC_HABANERA, ROOTS, TANGO, "2/4", 66, MINOR, 400, 450, 500, 0, 23, 24, 43, 0, 16),
	GENRE("reggae", POP, POP, ACC_REGGAE, REGGAE, REGGAE, "4/4", 76, ANY, 200, 350, 350, 0, 80, 16, 33, B | D, 16),
	GENRE("ska", POP, POP, ACC_REGGAE, WALKING, SKA, "4/4", 150, MAJOR, 250, 450, 450, 0, 57, 27, 33, B | D, 16),
	GENRE("funk", MODAL, JAZZ, ACC_COMPING, FUNK, FUNK, "4/4", 104, DORIAN, 400, 500, 500, 150, 62, 7, 36, B | D, 16),
	GENRE("soul", POP, JAZZ, ACC_ROCK, POP, POP, "4/4", 92, ANY, 500, 400, 450, 200, 65, 16, 33, B | D, 16),
	GENRE("disco", POP, POP, ACC_ROCK, DISCO, DISCO, "4/4", 120, MINOR, 350, 450, 400, 0, 50, 4, 38, B | D, 16),
	GENRE("house", POP, POP, ACC_REGGAE, DISCO, HOUSE, "4/4", 124, MINOR, 350, 350, 300, 0, 81, 89, 38, B | D, 16),
	GENRE("techno", MODAL, POP, ARP, PEDAL, TECHNO, "4/4", 130, PHRYGIAN, 200, 500, 300, 0, 81, 81, 38, B | D, 16),
	GENRE("hiphop", POP, POP, ACC_BLOCK, ROOTS, HIPHOP, "4/4", 88, MINOR, 450, 300, 350, 250, 4, 4, 38, B | D, 16),
	GENRE("trap", POP, POP, ACC_PAD, ROOTS, TRAP, "4/4", 70, MINOR, 300, 350, 350, 0, 11, 89, 38, B | D, 16),
	GENRE("dnb", MODAL, POP, ACC_PAD, PEDAL, DNB, "4/4", 174, MINOR, 350, 300, 350, 0, 81, 89, 38, B | D, 16),
	GENRE("country", FOLK, FOLK, ACC_PICKING, ROOT_FIFTH, COUNTRY, "4/4", 120, MAJOR, 150, 450, 400, 0, 105, 25, 32, B | D, 16),
	GENRE("ragtime", CLASSICAL, JAZZ, ACC_STRIDE, ROOTS, SHUFFLE, "4/4", 180, MAJOR, 450, 650, 500, 0, 3, 3, 32, 0, 16),
	GENRE("swing", JAZZ, JAZZ, ACC_COMPING, WALKING, JAZZ, "4/4", 160, MAJOR, 500, 500, 500, 660, 57, 0, 32, B | D, 32),
	GENRE("ambient", MODAL, LULLABY, ACC_PAD, ROOTS, BALLAD, "4/4", 60, LYDIAN, 400, 100, 250, 0, 88, 89, 38, 0, 16),
	GENRE("cinematic", MODAL, CLASSICAL, ACC_PAD, PEDAL, AFRO, "4/4", 84, MINOR, 350, 250, 400, 0, 60, 48, 43, B, 16),
};

const char *const piece_genres[] = { "auto", "folk", "pop", "rock", "jazz", "blues", "classical", "baroque", "waltz", "minuet", "jig",
				     "reel", "polka", "march", "hymn", "lullaby", "ballad", "bossa", "samba", "salsa", "tango", "habanera",
				     "reggae", "ska", "funk", "soul", "disco", "house", "techno", "hiphop", "trap", "dnb", "country",
				     "ragtime", "swing", "ambient", "cinematic", NULL };
const char *const piece_meters[] = { "auto", "4/4", "3/4", "2/4", "6/8", "9/8", "12/8", "2/2", "3/8", "5/4", "7/8", "5/8", "6/4", NULL };
const char *const piece_grammars[] = { "auto", "folk", "pop", "jazz", "classical", "blues", "modal", NULL };
const char *const piece_melodies[] = { "auto", "none", "folk", "pop", "jazz", "classical", "march", "lullaby", NULL };
const char *const piece_chords[] = { "auto", "none", "block", "pad", "oompah", "waltz", "stride", "bossa", "strum", "ballad", "alberti",
				     "march", "reggae", "rock", "tango", "habanera", "comping", "picking", "arpeggio", NULL };
const char *const piece_basses[] = { "auto", "none", "roots", "root-fifth", "walking", "pop", "reggae", "tumbao", "disco", "boogie",
				     "bossa", "pedal", "funk", NULL };
#define NAME(id, name) name,
const char *const piece_drums[] = { "auto", "none", DRUM_STYLES(NAME) NULL };
const char *const piece_reaches[] = { "auto", "low", "middle", "high", NULL };

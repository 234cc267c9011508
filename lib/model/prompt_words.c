/* prompt_words.c - the vocabulary of prompts; docs/models.md lists it for readers. */
#include "model/prompt_priv.h"

#include "model/accompaniment.h"
#include "model/bassline.h"

#include "base/banned.h"

#define STYLE(x) ((x) + PART_STYLES)
enum { MAJOR = 1, MINOR, DORIAN, PHRYGIAN, LYDIAN, MIXOLYDIAN }; /* in mode_choices */
enum { ARP = ACC_COUNT };
enum { CHORDAL = PROGRAM_CHORDAL, BASS = PROGRAM_BASS };
/* In piece_genres. */
enum { FOLK = 1, POP, ROCK, JAZZ, BLUES, CLASSICAL, BAROQUE, WALTZ, MINUET, JIG, REEL, POLKA, MARCH, HYMN, LULLABY, BALLAD, BOSSA, SAMBA,
       SALSA, TANGO, HABANERA, REGGAE, SKA, FUNK, SOUL, DISCO, HOUSE, TECHNO, HIPHOP, TRAP, DNB, COUNTRY, RAGTIME, SWING, AMBIENT, CINEMATIC };

#define W1(word, s, v)                 { word, { { SAYS_##s, v } } }
#define W2(word, s, v, s2, v2)         { word, { { SAYS_##s, v }, { SAYS_##s2, v2 } } }
#define W3(word, s, v, s2, v2, s3, v3) { word, { { SAYS_##s, v }, { SAYS_##s2, v2 }, { SAYS_##s3, v3 } } }

const struct prompt_entry prompt_entries[] = {
	/* genres and dances */
	W1("folk", GENRE, FOLK), W1("traditional", GENRE, FOLK), W1("pop", GENRE, POP), W1("rock", GENRE, ROCK), W1("jazz", GENRE, JAZZ),
	W1("jazzy", GENRE, JAZZ), W1("blues", GENRE, BLUES), W1("bluesy", GENRE, BLUES), W1("classical", GENRE, CLASSICAL),
	W1("baroque", GENRE, BAROQUE), W1("waltz", GENRE, WALTZ), W1("minuet", GENRE, MINUET), W1("jig", GENRE, JIG), W1("reel", GENRE, REEL),
	W1("celtic", GENRE, REEL), W1("irish", GENRE, REEL), W1("polka", GENRE, POLKA), W1("march", GENRE, MARCH), W1("hymn", GENRE, HYMN),
	W1("chorale", GENRE, HYMN), W1("lullaby", GENRE, LULLABY), W1("ballad", GENRE, BALLAD), W1("bossa", GENRE, BOSSA),
	W1("bossa nova", GENRE, BOSSA), W1("samba", GENRE, SAMBA), W1("salsa", GENRE, SALSA), W1("latin", GENRE, SALSA),
	W1("tango", GENRE, TANGO), W1("habanera", GENRE, HABANERA), W1("reggae", GENRE, REGGAE), W1("ska", GENRE, SKA),
	W1("funk", GENRE, FUNK), W1("funky", GENRE, FUNK), W1("soul", GENRE, SOUL), W1("disco", GENRE, DISCO), W1("house", GENRE, HOUSE),
	W1("electronic", GENRE, HOUSE), W1("techno", GENRE, TECHNO), W1("hip hop", GENRE, HIPHOP), W1("hiphop", GENRE, HIPHOP),
	W1("lofi", GENRE, HIPHOP), W1("trap", GENRE, TRAP), W1("dnb", GENRE, DNB), W1("drum and bass", GENRE, DNB),
	W1("country", GENRE, COUNTRY), W1("ragtime", GENRE, RAGTIME), W1("rag", GENRE, RAGTIME), W1("swing", GENRE, SWING),
	W1("ambient", GENRE, AMBIENT), W1("cinematic", GENRE, CINEMATIC), W1("film", GENRE, CINEMATIC), W1("modal", GRAMMAR, 6),
	/* modes and meters */
	W1("major", MODE, MAJOR), W1("minor", MODE, MINOR), W1("dorian", MODE, DORIAN), W1("phrygian", MODE, PHRYGIAN),
	W1("lydian", MODE, LYDIAN), W1("mixolydian", MODE, MIXOLYDIAN), W1("aeolian", MODE, MINOR), W1("ionian", MODE, MAJOR),
	W1("triple time", METER, 2), W1("common time", METER, 1), W1("cut time", METER, 7), W1("duple time", METER, 3),
	/* moods */
	W2("happy", MODE, MAJOR, PERCENT, 110), W2("cheerful", MODE, MAJOR, PERCENT, 110), W3("joyful", MODE, MAJOR, PERCENT, 115, BOLDNESS, 500),
	W2("sad", MODE, MINOR, PERCENT, 80), W2("melancholy", MODE, MINOR, PERCENT, 85), W2("melancholic", MODE, MINOR, PERCENT, 85),
	W2("nostalgic", MODE, MINOR, COMPLEXITY, 500), W2("dark", MODE, MINOR, REACH, REACH_LOW), W2("gloomy", MODE, MINOR, REACH, REACH_LOW),
	W2("bright", MODE, MAJOR, REACH, REACH_HIGH), W3("calm", PERCENT, 80, DENSITY, 250, LOUD, 350),
	W3("peaceful", PERCENT, 80, DENSITY, 250, LOUD, 350), W3("gentle", PERCENT, 85, BOLDNESS, 200, LOUD, 350),
	W3("tender", PERCENT, 85, BOLDNESS, 250, LOUD, 350), W3("dreamy", MODE, LYDIAN, PERCENT, 80, COMPLEXITY, 600),
	W2("mysterious", MODE, PHRYGIAN, COMPLEXITY, 600), W3("spooky", MODE, PHRYGIAN, COMPLEXITY, 800, REACH, REACH_LOW),
	W3("tense", MODE, MINOR, COMPLEXITY, 800, BOLDNESS, 700), W3("energetic", PERCENT, 120, DENSITY, 700, LOUD, 800),
	W2("lively", PERCENT, 115, DENSITY, 650), W2("playful", DENSITY, 600, BOLDNESS, 700), W3("heroic", MODE, MAJOR, BOLDNESS, 700, LOUD, 850),
	W3("triumphant", MODE, MAJOR, BOLDNESS, 650, LOUD, 900), W2("majestic", MODE, MAJOR, PERCENT, 85), W2("solemn", PERCENT, 75, DENSITY, 200),
	W2("romantic", COMPLEXITY, 550, PERCENT, 90), W3("aggressive", MODE, MINOR, DENSITY, 800, LOUD, 950), W3("epic", BOLDNESS, 650, LOUD, 900, DENSITY, 500),
	W2("relaxed", PERCENT, 85, DENSITY, 350), W2("chill", PERCENT, 85, DENSITY, 300), W2("groovy", DENSITY, 550, SWING, 150),
	/* tempo: per cent of the genre's, or beats a minute */
	W1("slow", PERCENT, 65), W1("fast", PERCENT, 135), W1("quick", PERCENT, 130), W1("uptempo", PERCENT, 125), W1("upbeat", PERCENT, 115),
	W1("moderate", PERCENT, 100), W1("medium", PERCENT, 100), W1("grave", BPM, 40), W1("largo", BPM, 50), W1("lento", BPM, 56),
	W1("adagio", BPM, 68), W1("andante", BPM, 84), W1("moderato", BPM, 108), W1("allegretto", BPM, 116), W1("allegro", BPM, 132),
	W1("vivace", BPM, 160), W1("presto", BPM, 180), W1("prestissimo", BPM, 200),
	/* character */
	W1("sparse", DENSITY, 120), W1("thin", DENSITY, 200), W1("dense", DENSITY, 800), W1("busy", DENSITY, 850), W1("flowing", DENSITY, 650),
	W2("simple", COMPLEXITY, 50, BOLDNESS, 200), W2("plain", COMPLEXITY, 50, BOLDNESS, 250), W1("complex", COMPLEXITY, 850),
	W1("rich", COMPLEXITY, 700), W1("chromatic", COMPLEXITY, 1000), W1("diatonic", COMPLEXITY, 0), W1("bold", BOLDNESS, 800),
	W1("leaping", BOLDNESS, 900), W1("stepwise", BOLDNESS, 0), W1("smooth", BOLDNESS, 100), W1("high", REACH, REACH_HIGH),
	W1("low", REACH, REACH_LOW), W1("deep", REACH, REACH_LOW), W1("middle", REACH, REACH_MIDDLE), W1("loud", LOUD, 900), W1("forte", LOUD, 850),
	W1("soft", LOUD, 250), W1("quiet", LOUD, 200), W1("piano dynamics", LOUD, 250), W1("swung", SWING, 660), W1("swinging", SWING, 660),
	W1("shuffled", SWING, 1000), W1("shuffle", SWING, 1000), W1("straight", SWING, 0), W1("short", BARS, 8), W1("long", BARS, 32),
	W1("loop", BARS, 4),
	/* parts and how they are played */
	W1("melody", PART, PART_MELODY), W1("tune", PART, PART_MELODY), W1("lead", PART, PART_MELODY), W1("chords", PART, PART_CHORDS),
	W1("harmony", PART, PART_CHORDS), W1("accompaniment", PART, PART_CHORDS), W1("backing", PART, PART_CHORDS), W1("bass", PART, PART_BASS),
	W1("bassline", PART, PART_BASS), W1("drums", PART, PART_DRUMS), W1("drum", PART, PART_DRUMS), W1("percussion", PART, PART_DRUMS),
	W1("beat", PART, PART_DRUMS), W1("groove", PART, PART_DRUMS), W1("walking", BASS, STYLE(BASS_WALKING)), W1("tumbao", BASS, STYLE(BASS_TUMBAO)),
	W1("octaves", BASS, STYLE(BASS_DISCO)), W1("boogie", BASS, STYLE(BASS_BOOGIE)), W1("pedal point", BASS, STYLE(BASS_PEDAL)),
	W1("root-fifth", BASS, STYLE(BASS_ROOT_FIFTH)), W1("arpeggio", CHORDS, STYLE(ARP)), W1("arpeggios", CHORDS, STYLE(ARP)),
	W1("arpeggiated", CHORDS, STYLE(ARP)), W1("alberti", CHORDS, STYLE(ACC_ALBERTI)), W1("broken chords", CHORDS, STYLE(ACC_BALLAD)),
	W1("stride", CHORDS, STYLE(ACC_STRIDE)), W1("strummed", CHORDS, STYLE(ACC_STRUM)), W1("strumming", CHORDS, STYLE(ACC_STRUM)),
	W1("fingerpicked", CHORDS, STYLE(ACC_PICKING)), W1("picking", CHORDS, STYLE(ACC_PICKING)), W1("block chords", CHORDS, STYLE(ACC_BLOCK)),
	W1("pads", CHORDS, STYLE(ACC_PAD)), W1("oompah", CHORDS, STYLE(ACC_OOMPAH)), W1("comping", CHORDS, STYLE(ACC_COMPING)),
	/* instruments */
	W1("piano", PROGRAM, 0 | CHORDAL), W1("honky tonk", PROGRAM, 3 | CHORDAL), W1("electric piano", PROGRAM, 4 | CHORDAL),
	W1("rhodes", PROGRAM, 4 | CHORDAL), W1("harpsichord", PROGRAM, 6 | CHORDAL), W1("clavinet", PROGRAM, 7 | CHORDAL),
	W1("celesta", PROGRAM, 8 | CHORDAL), W1("glockenspiel", PROGRAM, 9), W1("music box", PROGRAM, 10), W1("vibraphone", PROGRAM, 11 | CHORDAL),
	W1("vibes", PROGRAM, 11 | CHORDAL), W1("marimba", PROGRAM, 12 | CHORDAL), W1("xylophone", PROGRAM, 13), W1("bells", PROGRAM, 14),
	W1("dulcimer", PROGRAM, 15), W1("organ", PROGRAM, 16 | CHORDAL), W1("church organ", PROGRAM, 19 | CHORDAL),
	W1("accordion", PROGRAM, 21 | CHORDAL), W1("harmonica", PROGRAM, 22), W1("bandoneon", PROGRAM, 23 | CHORDAL),
	W1("guitar", PROGRAM, 25 | CHORDAL), W1("nylon guitar", PROGRAM, 24 | CHORDAL), W1("steel guitar", PROGRAM, 25 | CHORDAL),
	W1("jazz guitar", PROGRAM, 26 | CHORDAL), W1("electric guitar", PROGRAM, 27 | CHORDAL), W1("distorted guitar", PROGRAM, 30 | CHORDAL),
	W1("upright bass", PROGRAM, 32 | BASS), W1("double bass", PROGRAM, 32 | BASS), W1("electric bass", PROGRAM, 33 | BASS),
	W1("slap bass", PROGRAM, 36 | BASS), W1("synth bass", PROGRAM, 38 | BASS), W1("violin", PROGRAM, 40), W1("fiddle", PROGRAM, 40),
	W1("viola", PROGRAM, 41), W1("cello", PROGRAM, 42), W1("contrabass", PROGRAM, 43 | BASS), W1("harp", PROGRAM, 46 | CHORDAL),
	W1("strings", PROGRAM, 48 | CHORDAL), W1("choir", PROGRAM, 52 | CHORDAL), W1("voice", PROGRAM, 53), W1("trumpet", PROGRAM, 56),
	W1("trombone", PROGRAM, 57), W1("tuba", PROGRAM, 58 | BASS), W1("horn", PROGRAM, 60), W1("brass", PROGRAM, 61 | CHORDAL),
	W1("sax", PROGRAM, 66), W1("saxophone", PROGRAM, 66), W1("soprano sax", PROGRAM, 64), W1("alto sax", PROGRAM, 65),
	W1("tenor sax", PROGRAM, 66), W1("oboe", PROGRAM, 68), W1("bassoon", PROGRAM, 70), W1("clarinet", PROGRAM, 71), W1("piccolo", PROGRAM, 72),
	W1("flute", PROGRAM, 73), W1("recorder", PROGRAM, 74), W1("pan flute", PROGRAM, 75), W1("whistle", PROGRAM, 78), W1("ocarina", PROGRAM, 79),
	W1("synth", PROGRAM, 81 | CHORDAL), W1("pad", PROGRAM, 89 | CHORDAL), W1("sitar", PROGRAM, 104), W1("banjo", PROGRAM, 105 | CHORDAL),
	W1("koto", PROGRAM, 107), W1("kalimba", PROGRAM, 108), W1("bagpipes", PROGRAM, 109),
	/* what joins them */
	W1("no", NO, 0), W1("without", NO, 0), W1("minus", NO, 0), W1("with", WITH, 0), W1("solo", SOLO, 0), W1("only", SOLO, 0),
	W1("very", VERY, 0), W1("really", VERY, 0), W1("extremely", VERY, 0), W1("slightly", SLIGHTLY, 0), W1("somewhat", SLIGHTLY, 0),
	W1("fairly", SLIGHTLY, 0), W1("bars", BAR_UNIT, 0), W1("bar", BAR_UNIT, 0), W1("measures", BAR_UNIT, 0), W1("seconds", SECOND_UNIT, 0),
	W1("second", SECOND_UNIT, 0), W1("minutes", MINUTE_UNIT, 0), W1("minute", MINUTE_UNIT, 0), W1("bpm", BPM_UNIT, 0), W1("tempo", BPM_UNIT, 0),
	W1("at", BPM_UNIT, 1), W1("in", IN, 0), W1("key", IN, 0), W1("sharp", SHARP, 0), W1("flat", FLAT, 0), W1("one", NUMBER, 1),
	W1("two", NUMBER, 2), W1("three", NUMBER, 3), W1("four", NUMBER, 4), W1("six", NUMBER, 6), W1("eight", NUMBER, 8), W1("ten", NUMBER, 10),
	W1("twelve", NUMBER, 12), W1("sixteen", NUMBER, 16), W1("twenty", NUMBER, 20), W1("twenty four", NUMBER, 24), W1("thirty two", NUMBER, 32),
	W1("a", NOTHING, 0), W1("an", NOTHING, 0), W1("the", NOTHING, 0), W1("and", NOTHING, 0), W1("or", NOTHING, 0), W1("of", NOTHING, 0),
	W1("for", NOTHING, 0), W1("on", NOTHING, 0), W1("some", NOTHING, 0), W1("piece", NOTHING, 0), W1("song", NOTHING, 0), W1("music", NOTHING, 0),
	W1("style", NOTHING, 0), W1("feel", NOTHING, 0), W1("mood", NOTHING, 0), W1("time", NOTHING, 0), W1("line", NOTHING, 0), W1("like", NOTHING, 0),
	W1("please", NOTHING, 0), W1("make", NOTHING, 0), W1("me", NOTHING, 0), W1("write", NOTHING, 0), W1("but", NOTHING, 0), W1("its", NOTHING, 0),
	W1("instruments", NOTHING, 0), W1("instrument", NOTHING, 0), W1("register", NOTHING, 0), W1("scale", NOTHING, 0), W1("mode", NOTHING, 0),
	W1("dance", NOTHING, 0), W1("i", NOTHING, 0), W1("want", NOTHING, 0), W1("that", NOTHING, 0), W1("is", NOTHING, 0), W1("to", NOTHING, 0),
	W1("player", NOTHING, 0), W1("about", NOTHING, 0), W1("around", BPM_UNIT, 1), W1("per", NOTHING, 0), W1("it", NOTHING, 0),
};
const size_t prompt_entries_n = COUNT_OF(prompt_entries);

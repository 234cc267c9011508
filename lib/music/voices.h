/*
 * voices.h - take a score apart into voices: one line each, as a listener would follow them.
 *
 * Methods:   channel_split gives every channel of every voice of the source a voice of its own. pitch_contiguity lays
 *            everything on one heap and follows lines through it: notes in order of their start, each given to the voice
 *            that it costs least, the VOICES_BEAM best ways kept so that a later note can still decide an earlier one
 *            (voice_stream.c says what costs what). skyline takes the highest line away from the rest, bassline the
 *            lowest. auto splits channels first and follows lines only where a channel sounds several notes at once.
 *            Drums (channel 9) are a voice of their own and never taken apart, whatever the method.
 * Units:     beats, semitones, as in notes.h.
 * Shapes:    the result has every note of the chosen voices of the source once, unchanged, in a new score with its tempo,
 *            meter, key and texts; controls go along to every voice made of their channel.
 * Ownership: the result owns its score; the source is left alone.
 * Threads:   no shared state. The same source and parameters give the same result on every machine.
 * Errors:    -EINVAL for a parameter out of range (err.field says which) or a track that is not there; -EMSGSIZE for more
 *            voices than a score holds; -ECANCELED; -ENOMEM.
 * Source:    costs after the ideas of McLeod and Steedman, HMM-based voice separation of MIDI performance, 2016 (nearness,
 *            gaps, order, keeping several hypotheses), with weights of our own; Chew and Wu, Separating voices in
 *            polyphonic music: a contig mapping approach, 2004, for how accuracy is counted.
 */
#ifndef MUSIC_VOICES_H
#define MUSIC_VOICES_H

#include "music/notes.h"

enum voice_method {
	VOICE_AUTO,
	VOICE_CHANNEL_SPLIT,
	VOICE_PITCH_CONTIGUITY,
	VOICE_SKYLINE,
	VOICE_BASSLINE,
	VOICE_METHOD_COUNT
};

enum { VOICES_MAX = 16, VOICES_BEAM = 64 };

/* "auto", "channel_split", ...; ends with NULL. */
extern const char *const voice_method_names[VOICE_METHOD_COUNT + 1];

struct voice_params {
	enum voice_method method;
	int max_pitch_jump;     /* semitones, 1..48: a wider step in one voice has to be paid for */
	double max_gap_beats;   /* 0..64: a voice that was silent for longer is hardly remembered */
	int max_voices;         /* 1..VOICES_MAX, of one heap of notes */
	const uint32_t *tracks; /* voices of the source to look at, from 0; NULL for all */
	size_t n_tracks;
	bool (*cancelled)(void *arg); /* asked while lines are followed; may be NULL */
	void *arg;
};

#define VOICE_PARAMS_INIT { VOICE_AUTO, 12, 4, 8, NULL, 0, NULL, NULL }

/* Where a voice of the result comes from. */
struct voice_origin {
	size_t track;             /* voice of the source that most of its notes come from */
	uint8_t channel;          /* of most of its notes */
	enum voice_method method; /* what made it; never VOICE_AUTO */
};

struct voices {
	struct score *score;
	struct voice_origin *origins; /* one a voice of the score */
};

void voices_free(struct voices *v);
AUTO_DEFINE(voices);
int voices_separate(const struct score *s, const struct voice_params *p, struct voices **ret, struct err *err);

/* One voice of a score alone, with the tempo, meter, key, length and texts of the whole. */
int score_stem(const struct score *s, size_t voice, struct score **ret, struct err *err);

/*
 * How well a separation agrees with the voices that the same notes had before: for who judges voices_separate, as its tests and the numbers
 * in docs/music.md (tests/conformance/voices.c) do.
 */
struct voices_agreement {
	size_t n_notes, n_right; /* right: in the voice that best stands for their true voice, one for one */
	size_t n_links, n_links_found; /* pairs of notes that follow one another in a true voice, and in a found one */
	size_t n_links_made;           /* pairs that follow one another in a found voice */
	double average_consistency;    /* mean share of each true voice's notes in its largest found voice, 0..1 */
};

/* Both scores must have the same notes (start, length, pitch), else -EINVAL. */
int voices_compare(const struct score *truth, const struct score *found, struct voices_agreement *ret, struct err *err);

#endif

/*
 * similarity.h - how alike two pieces are, aspect by aspect, what they share, and what sets them apart.
 *
 * Aspects:   each 0 to 1, 1 for a piece against itself, and the same both ways round.
 *   melody    mean of two measures of the leading lines that do not mind transposition: the cosine of how often runs of
 *             three intervals occur, and the best local alignment (Smith and Waterman), of degrees above the tonic or
 *             of intervals, whichever is better, with lengths counting a third, against the best the shorter line could get
 *   rhythm    mean of the cosines of where in the bar notes begin, and of pairs of lengths
 *   chroma    correlation of the pitch classes, at the transposition that fits best; negative counts as 0
 *   harmony   mean of the cosines of chords by degree, and of the root's moves
 *   texture   mean closeness of density, polyphony, register, range, loudness, articulation and tempo
 * The whole is 0.4 melody + 0.2 rhythm + 0.1 chroma + 0.15 harmony + 0.15 texture.
 *
 * Shared:    runs of at least min_notes notes of both leading lines with the same intervals, at least two different ones
 *            among them, longest first, no note twice: where influence can be seen and heard.
 * Contrast:  what sets the second apart, each 0 (the same) to 1; contrast.whole is the mean.
 *
 * Units:     beats; semitones.
 * Ownership: similarity_done frees the runs.
 * Threads:   no shared state. + - * / and square roots only: the same on every machine.
 * Errors:    -EINVAL for a piece without pitched notes or min_notes outside 4..64; -ENOMEM.
 */
#ifndef MUSIC_SIMILARITY_H
#define MUSIC_SIMILARITY_H

#include "base/json.h"
#include "model/watch.h"
#include "music/piece_profile.h"

enum similar_aspect { SIMILAR_MELODY, SIMILAR_RHYTHM, SIMILAR_CHROMA, SIMILAR_HARMONY, SIMILAR_TEXTURE, SIMILAR_ASPECT_COUNT };
extern const char *const similar_aspect_names[SIMILAR_ASPECT_COUNT + 1];

enum contrast_aspect {
	CONTRAST_TEMPO, CONTRAST_REGISTER, CONTRAST_DENSITY, CONTRAST_LOUDNESS, CONTRAST_ARTICULATION, CONTRAST_POLYPHONY,
	CONTRAST_MODE, CONTRAST_METER, CONTRAST_ASPECT_COUNT
};
extern const char *const contrast_aspect_names[CONTRAST_ASPECT_COUNT + 1];

enum { SHARED_RUNS_MAX = 32 };

struct shared_run {
	size_t n_notes;
	size_t at_a, at_b;     /* index of the first note in either leading line */
	double from_a, to_a, from_b, to_b; /* beats */
	int64_t bar_a, bar_b;
	int transposition;     /* semitones from a to b */
	double same_rhythm;    /* share of its notes with lengths of the same class */
};

struct similarity {
	double whole;
	double aspects[SIMILAR_ASPECT_COUNT];
	int transposition;         /* of the chroma's best fit: semitones up from a to b, -5 to 6 */
	double chroma_in_place;    /* correlation of the pitch classes as they are, at least 0 */
	double contrast_whole;
	double contrast[CONTRAST_ASPECT_COUNT];
	struct shared_run *runs;
	size_t n_runs;
	double shared_a, shared_b; /* share of the notes of either leading line that are in a shared run */
};

int similarity_find(const struct score *a, const struct score *b, size_t min_notes, const struct model_watch *watch,
		    struct similarity *ret, struct err *err);
/* The same from profiles that were made before; bars are then not known and 0. */
int similarity_of_profiles(const struct piece_profile *a, const struct piece_profile *b, size_t min_notes, struct similarity *ret,
			   struct err *err);
void similarity_done(struct similarity *s);

/* {"similarity", "aspects", "transposition", "contrast", "shared", ...}; a new reference, NULL when memory is out. */
json_t *similarity_json(const struct similarity *s);

#endif

/*
 * listen.h - everything that is heard in a score, in the order in which one thing helps the next; and as JSON.
 *
 * Shapes:    what was not asked for is empty. listen_json writes the sections asked for into one object, with `headline`
 *            (a line that says it all in short: key, meter, chords, form) and `version`; numbers are rounded to four places.
 * Ownership: listening_done frees what score_listen found.
 * Threads:   no shared state.
 * Errors:    those of the parts: -EINVAL for options out of range, -ENOMEM; -ECANCELED between two of them.
 */
#ifndef MUSIC_LISTEN_H
#define MUSIC_LISTEN_H

#include "base/json.h"
#include "model/watch.h"
#include "music/character.h"
#include "music/chord_find.h"
#include "music/form_find.h"
#include "music/key_find.h"
#include "music/meter_find.h"
#include "music/pattern_find.h"
#include "music/phrase_find.h"
#include "music/tension.h"
#include "music/texture.h"
#include "music/track_profile.h"

#define LISTEN_VERSION "1"

/* What to listen for; parts that another part needs are found with it. */
enum listen_part {
	LISTEN_TRACKS = 1,
	LISTEN_KEY = 2,
	LISTEN_METER = 4,
	LISTEN_CHORDS = 8,
	LISTEN_FORM = 16, /* sections, phrases and patterns */
	LISTEN_TENSION = 32,
	LISTEN_CHARACTER = 64, /* texture, mood, kind, instruments */
	LISTEN_ALL = 127
};

struct listening {
	unsigned parts; /* found */
	struct track_profiles tracks;
	struct key_report key;
	struct meter_report meter;
	struct chord_report chords;
	struct form_report form;
	struct phrase_report phrases;
	struct pattern_report patterns;
	struct texture_report texture;
	struct tension_report tension;
	struct character_report character;
};

/* watch may be NULL. */
int score_listen(const struct score *s, unsigned parts, const struct track_options *tracks, const struct model_watch *watch,
		 struct listening *ret, struct err *err);
void listening_done(struct listening *l);

/* The parts asked for; a new reference. */
int listen_json(const struct score *s, const struct listening *l, unsigned parts, json_t **ret, struct err *err);
/* The headline and its pieces alone, for a person who reads a list of jobs; a new reference, NULL when memory is out. */
json_t *listen_summary(const struct score *s, const struct listening *l, unsigned parts);

#endif

/*
 * events_json.h - a score as a list of events in JSON: what is heard when, in beats and in seconds.
 *
 * Shape:     {"title", "composer", "beats", "seconds", "pickup_beats", "bars",
 *            "tempos": [{"beat", "second", "bpm"}], "meters": [{"beat", "second", "bar", "num", "den"}],
 *            "keys": [{"beat", "second", "key", "sharps", "minor"}],
 *            "voices": [{"name", "notes", "channels": [0..15], "program" (first one, or null)}],
 *            "texts": [{"kind": text marker lyric chord cue, "beat", "second", "voice" (or null), "text"}],
 *            "notes": [{"voice", "beat", "beats", "second", "seconds", "bar", "bar_beat", "pitch", "name", "velocity",
 *            "release", "channel"}], "controls": [{"voice", "beat", "second", "kind", "channel", "number", "value"}]}
 *            Notes stand in the order in which they begin, then by voice and pitch; bars count from 1, the
 *            pick-up is bar 0; bar_beat is the distance from the bar line. Names are spelled in the key ("Bb3").
 * Errors:    -ENOMEM.
 */
#ifndef MUSIC_EVENTS_JSON_H
#define MUSIC_EVENTS_JSON_H

#include "base/str.h"
#include "music/notes.h"

struct events_json_options {
	bool controls; /* with program, controller, bend and pressure changes; else the list is left out */
};

/* Appends the document to out. */
int events_json(const struct score *s, const struct events_json_options *o, struct strbuf *out, struct err *err);

#endif

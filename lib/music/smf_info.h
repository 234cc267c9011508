/*
 * smf_info.h - the facts of a MIDI file as a report in JSON.
 *
 * Shape:     {"format", "tracks", "ppq" (null with SMPTE time), "smpte": {"fps", "ticks"} or null, "events", "notes",
 *            "end_tick", "beats", "duration_s", "bars", "tempo" (bpm at the start), "tempo_range": [least, most],
 *            "tempo_changes": [{"tick", "bpm"}], "time_signatures": [{"tick", "num", "den"}],
 *            "keys": [{"tick", "key"}], "title", "copyright", "channels": [..], "programs": [..], "lyrics", "markers",
 *            "per_track": [{"index", "name", "instrument", "events", "notes", "channels", "program", "lowest",
 *            "highest", "from_tick", "to_tick", "lyrics"}]}
 *            Lists of changes hold the first SMF_INFO_CHANGES; n_tempo_changes counts all.
 * Ownership: a new reference.
 * Errors:    those of smf_to_score; -ENOMEM.
 */
#ifndef MUSIC_SMF_INFO_H
#define MUSIC_SMF_INFO_H

#include "base/json.h"
#include "music/smf.h"

#define SMF_INFO_CHANGES 1000

int smf_info(const struct smf *f, json_t **ret, struct err *err);

#endif

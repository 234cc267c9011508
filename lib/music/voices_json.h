/*
 * voices_json.h - separated voices and their roles as a report in JSON.
 *
 * Shape:     {"method", "n_voices", "melody", "bass" (index or null), "voices": [{"index", "name", "track", "channel",
 *            "method", "role", "confidence", "moved", "alternatives": [{"role", "confidence"}], "notes", "from_beat",
 *            "to_beat", "lowest", "highest", "features": {...}}]}
 * Ownership: a new reference, NULL when memory is out.
 */
#ifndef MUSIC_VOICES_JSON_H
#define MUSIC_VOICES_JSON_H

#include "base/json.h"
#include "music/roles.h"
#include "music/voices.h"

/* roles has one guess a voice; alternatives are the other roles that are at least ROLE_ALTERNATIVE likely, surest first. */
#define ROLE_ALTERNATIVE 0.2
json_t *voices_json(const struct voices *v, enum voice_method method, const struct role_guess *roles);

#endif

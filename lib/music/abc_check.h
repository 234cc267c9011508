/*
 * abc_check.h - what is wrong with a text in ABC notation, and what is in it, as JSON.
 *
 * Shapes:    {"valid", "n_tunes", "n_checked", "n_errors", "n_warnings", "tunes": [{"number", "title", "composer", "rhythm",
 *            "key", "meter", "tempo_bpm", "parts", "n_bars", "n_notes", "seconds", "valid", "n_errors", "n_warnings",
 *            "voices": [{"id", "name", "n_bars", "n_notes", "lowest", "highest"}], "diagnostics": [{"severity", "line",
 *            "column", "message", "hint", "text", "caret"}]}], "diagnostics": [...]}. Bars and notes of a voice are counted
 *            as they are written, n_bars, n_notes and seconds of a tune as they are played. "text" is the line, "caret"
 *            spaces and a ^ that stands below the place when both are printed; of a line of more than 200 bytes, what is
 *            around the place. The outer diagnostics are those of no tune.
 *            valid: a tune was found and there are no errors.
 * Errors:    -EMSGSIZE past LIMIT_ABC_BYTES, -ENOMEM. A text with errors, or with no tune at all, is a report like any other.
 */
#ifndef MUSIC_ABC_CHECK_H
#define MUSIC_ABC_CHECK_H

#include "base/json.h"
#include "music/abc.h"

struct abc_check_options {
	int64_t number;   /* only the tunes with this X: number; 0 for all */
	size_t max_tunes; /* more are counted and not checked; 0 for 1000. Very large books stop earlier. */
	bool warnings;    /* tell them too; they are counted in any case */
};

#define ABC_CHECK_OPTIONS_INIT { 0, 0, true }

int abc_check(const char *text, size_t n, const struct abc_check_options *o, json_t **ret, struct err *err);

#endif

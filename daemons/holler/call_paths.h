/*
 * call_paths.h - files that a command line names: from the folder it was written in, not from where a daemon runs.
 *
 * Errors: -ENOMEM, or why the folder cannot be told.
 */
#ifndef HOLLER_CALL_PATHS_H
#define HOLLER_CALL_PATHS_H

#include "base/json.h"
#include "wire/catalogue.h"

/* Makes every field with the unit `path` absolute, wherever it stands in a payload that was decoded against `desc`. */
int call_paths(const struct wire_object *desc, json_t *payload, struct err *err);

#endif

/*
 * program.h - what every program of the family does around its work: settings, --help, warnings, the last word.
 *
 * Threads: called by main, once.
 */
#ifndef BASE_PROGRAM_H
#define BASE_PROGRAM_H

#include "base/config.h"

/*
 * Loads the settings, answers --help, --version and --explain-config, or runs. `setup->foreign` may be NULL: then the sections
 * of the family's programs. Returns the exit status; an error is logged with its field and hint.
 */
int program_main(const struct config_setup *setup, const char *version, int (*run)(const struct config *c, struct err *err));

/* A text that is NULL where it is unset. */
const char *program_text(const struct config *c, const char *name);

#endif

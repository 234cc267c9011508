/*
 * cli.h - command line flags made from the catalogue: parsing, help and completion of any request.
 *
 * Flags:     a field position_beats is --position-beats VALUE or --position-beats=VALUE (underscores are taken too).
 *            A BOOL is --relative, --relative=false, --relative false or --no-relative. A list is the flag repeated, or one JSON array.
 *            Objects and unions are JSON. --json '{…}' gives the whole payload; flags are laid over it.
 *            Text that begins with -- needs the = form.
 * Errors:    -EINVAL with err.field the field's path; an unknown flag names the nearest one; -ENOMEM.
 * Ownership: *ret is a new reference, {"type": NAME, FIELDS…}, decoded once against the request: the daemon will take it.
 */
#ifndef WIRE_CLI_H
#define WIRE_CLI_H

#include "base/json.h"
#include "base/str.h"
#include "wire/catalogue.h"

int wire_cli_parse(const struct wire_message *m, int argc, char *const *argv, json_t **ret, struct err *err);

/* "holler call NAME [--flag …]", what it does, each flag with type, unit, range, default, values, and an example line. */
int wire_cli_help(const struct wire_message *m, struct strbuf *ret);
/* One line a message: name and what it does; of one profile and below (CORE shows only core). */
int wire_cli_list(enum wire_profile profile, struct strbuf *ret);
/* A command line of this message with its examples: "holler call transport_seek --position-beats 16". */
int wire_cli_example(const struct wire_message *m, struct strbuf *ret);
/*
 * What may come next, one candidate a line. m NULL: message names. previous: the word before the one being typed
 * (values of a flag), or ""; partial: what is typed so far.
 */
int wire_cli_complete(const struct wire_message *m, const char *previous, const char *partial, struct strbuf *ret);

#endif

/*
 * route.h - which daemon a request travels to: the catalogue's routing column, applied.
 *
 * Rules:   `owner`: to the message's owner. `by_job`: to the daemon that `job_id`, or every item of `job_ids`, begins with.
 *          `gather`: to the owner, as long as there is one.
 * Errors:  -EINVAL with the field: an id that names no owner, or ids of different owners in one request.
 */
#ifndef WIRE_ROUTE_H
#define WIRE_ROUTE_H

#include "base/err.h"
#include "base/json.h"
#include "wire/catalogue.h"

/* "hootenanny" for "hoot:…"; NULL when the id names no owner. Static text. */
const char *wire_job_owner(const char *job_id);
/* payload: the request as a tree. *ret is NULL for a request of every daemon. */
int wire_route(const struct wire_message *m, const json_t *payload, const char **ret, struct err *err);

#endif

/*
 * schema.h - the tables of artifacts, jobs, decisions and the outbox.
 *
 * Everything in this library works on a connection of the store, inside its caller's transaction,
 * and is durable when that is committed. The tables stand beside those of the content store
 * (cas_schema comes first).
 */
#ifndef JOBS_SCHEMA_H
#define JOBS_SCHEMA_H

#include "store/store.h"

extern const struct store_schema jobs_schema;

#endif

/*
 * garden.h - the garden's part of the schema: regions, latents, markers, sections, time, transport, edits.
 *
 * It stands alone (chaosgarden) and under the tables of others (hootenanny): its rows name no type of theirs.
 */
#ifndef QUERY_GARDEN_H
#define QUERY_GARDEN_H

#include "query/world.h"

extern const struct tf_table garden_table;

#endif

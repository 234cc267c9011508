/*
 * garden.h - the garden's part of the schema: regions, latents, markers, sections, time, transport, edits.
 *
 * Tables:    they stand alone (chaosgarden: { GARDEN_TABLES }) and beside the tables of others (hootenanny:
 *            { GARDEN_TABLES, &control_table, … }); their rows name no type of others.
 * Vertices:  see world.h.
 */
#ifndef QUERY_GARDEN_H
#define QUERY_GARDEN_H

#include "query/world.h"

extern const struct tf_table garden_regions;     /* Timeline, Region */
extern const struct tf_table garden_markers;     /* Marker, Section */
extern const struct tf_table garden_times;       /* Moment, TempoPoint, MeterPoint, Transport, Device */
extern const struct tf_table garden_history; /* Edit, PendingEdit, Actor */

#define GARDEN_TABLES &garden_regions, &garden_markers, &garden_times, &garden_history

#endif

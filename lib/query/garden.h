/*
 * garden.h - the garden's part of the schema: regions, latents, markers, sections, time, transport, edits.
 *
 * Tables:    they stand alone (chaosgarden: { GARDEN_TABLES, &garden_actors }) and beside the tables of others (hootenanny:
 *            { GARDEN_TABLES, &control_table, … }); their rows name no type of others.
 * Vertices:  see world.h.
 */
#ifndef QUERY_GARDEN_H
#define QUERY_GARDEN_H

#include "query/world.h"

extern const struct tf_table garden_regions;     /* Timeline, Region */
extern const struct tf_table garden_region_ways; /* what leads to regions and on from them */
extern const struct tf_table garden_markers;     /* Marker, Section */
extern const struct tf_table garden_times;       /* Moment, TempoPoint, MeterPoint */
extern const struct tf_table garden_playing;     /* Transport, Device */
extern const struct tf_table garden_history;     /* Edit, PendingEdit, Actor */

/* Where nobody else knows actors: a starting point for those that the garden knows. */
extern const struct tf_table garden_actors;

#define GARDEN_TABLES &garden_regions, &garden_region_ways, &garden_markers, &garden_times, &garden_playing, &garden_history

#endif

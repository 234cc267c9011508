/*
 * change.c - hootenanny's log of who changed what.
 */
#include "query-control/tables_priv.h"

#include "base/banned.h"

enum { ID, AT, ACTOR, REQUEST, PAYLOAD };
#define SELECT "SELECT g.id, g.at_unix_ms, g.actor, g.request, g.payload FROM change g "
#define NEWEST " ORDER BY g.id DESC"

SELECT_BY(change_open_of_actor, SELECT "WHERE g.actor = ?" NEWEST)

SELECT_INT(get_id, ID)
SELECT_INT(get_at, AT)
SELECT_AGE(get_age, AT)
SELECT_TEXT(get_actor, ACTOR)
SELECT_TEXT(get_request, REQUEST)
SELECT_TEXT(get_payload, PAYLOAD)

static const struct tf_property_row properties[] = {
	{"change_id", "Int!", "Its number in the log.", get_id},
	{"time_unix_ms", "Int!", "When it was, in milliseconds since 1970.", get_at},
	{"age_seconds", "Float!", "How long ago it was, in seconds.", get_age},
	{"actor", "String!", "Who asked for it.", get_actor},
	{"request", "String!", "The name of the request.", get_request},
	{"payload", "String!", "What the request said, as JSON; cut where it is long.", get_payload},
};

SELECT_OPEN(open_actor, name_open(it, select_text(from, ACTOR)))
static const struct tf_edge_row edges[] = {
	{"by", "Actor!", "Who asked for it.", NULL, 0, open_actor},
};

static const struct tf_type_row types[] = {
	{.name = "Change",
	 .doc = "A request of a participant that has changed something of hootenanny's. Edits of the timeline are Edit.",
	 TF_PROPERTIES(properties),
	 TF_EDGES(edges)},
};

static const struct select_path paths[] = {
	{SELECT_EQUAL, "change_id", SELECT "WHERE g.id = ?", NULL},
	{SELECT_RANGE, "time_unix_ms", SELECT "WHERE g.at_unix_ms BETWEEN ?1 AND ?2 ORDER BY g.at_unix_ms DESC, g.id DESC", NULL},
	{SELECT_RANGE_OF_AGE, "age_seconds", SELECT "WHERE g.at_unix_ms BETWEEN ?1 AND ?2 ORDER BY g.at_unix_ms DESC, g.id DESC", NULL},
	{SELECT_EQUAL, "actor", SELECT "WHERE g.actor = ?" NEWEST, NULL},
	{SELECT_ALL, NULL, SELECT NEWEST, NULL},
};
SELECT_OPEN(open_all, select_by_hints(it, c, hints, paths, COUNT_OF(paths), err))

static const struct tf_edge_row roots[] = {
	{"Change", "[Change!]!", "Who changed what, newest first.", NULL, 0, open_all},
};
const struct tf_table control_changes = {types, COUNT_OF(types), roots, COUNT_OF(roots)};

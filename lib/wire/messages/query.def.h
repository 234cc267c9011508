/*
 * query.def.h - questions: queries over everything that is live, the schema, saved queries, and watching them.
 *
 * The language is Trustfall's (docs/query.md). garden_query asks chaosgarden about the timeline alone, on its query socket;
 * graph_query asks hootenanny about everything. A mistake in a query is answered with `details.errors`: each with its stage,
 * kind, line, column and hint.
 */
#ifndef WIRE_MESSAGES_QUERY_DEF_H
#define WIRE_MESSAGES_QUERY_DEF_H

#define QUERY_STOP_ENUM(V) \
	V(VIEW_QUERY_END, "end", "these are all rows") \
	V(VIEW_QUERY_ROWS, "rows", "`limit` was reached: there may be more") \
	V(VIEW_QUERY_DEADLINE, "deadline", "`timeout_ms` was reached: there may be more") \
	V(VIEW_QUERY_MEMORY, "memory", "the query's memory was used up: there may be more") \
	V(VIEW_QUERY_CANCELLED, "cancelled", "somebody ended it: there may be more") \
	V(VIEW_QUERY_BYTES, "bytes", "the reply is as long as a message may be: there may be more")
#define QUERY_ENUMS(E) E(query_stop_view, QUERY_STOP_ENUM, "why a query ended")

#define QUERY_COLUMN_OBJECT(F) \
	F(STR, name, NONE, REQ, ANY, "its name in each row", "\"name\"") \
	F(STR, type, NONE, REQ, ANY, "its type; without ! it may be null", "\"String!\"")
#define QUERY_COST_OBJECT(F) \
	F(INT, vertices, COUNT, REQ, ANY, "vertices visited", "120") \
	F(INT, edges, COUNT, REQ, ANY, "edges opened", "12") \
	F(INT, peak_bytes, SIZE, REQ, ANY, "most memory held at once", "4096") \
	F(NUM, first_row_ms, MS, OPT, ANY, "until the first row", "0.03") \
	F(NUM, total_ms, MS, REQ, ANY, "until the end", "0.4")
#define SAVED_QUERY_OBJECT(F) \
	F(STR, name, NONE, REQ, ANY, "its name", "\"names\"") \
	F(TEXT, query, NONE, REQ, ANY, "its text", "\"{ Region { name @output } }\"") \
	F(STR, doc, NONE, REQ, ANY, "what it answers", "\"what every region is called\"") \
	F(JSON, variables, NONE, REQ, ANY, "values for those of its variables that a caller leaves out", "{}") \
	F(STR, actor, NONE, REQ, ANY, "who saved it", "\"human:ann\"") \
	F(INT, saved_unix_ms, UNIX_MS, REQ, ANY, "when", "1790000000000")
#define QUERY_OBJECTS(O) \
	O(query_column, QUERY_COLUMN_OBJECT, "a column of the answer") \
	O(query_cost, QUERY_COST_OBJECT, "what a query cost") \
	O(saved_query, SAVED_QUERY_OBJECT, "a query that was given a name")

#define QUERY_ASK_FIELDS(F) \
	F(JSON, variables, NONE, OPT, ANY, "an object with a value for each $variable of the query", "{\"tag\": \"chorus\"}") \
	F(INT, limit, COUNT, DEF(1000), RANGE(1, 65536), "rows at most", "1000") \
	F(INT, timeout_ms, MS, DEF(5000), RANGE(1, 600000), "how long it may take, waiting for perceptions not counted", "5000") \
	F(BOOL, explain, FLAG, DEF(false), ANY, "also how it was run", "true")
#define QUERY_ANSWER_FIELDS(F) \
	F(LIST(OBJ(query_column)), columns, NONE, REQ, ANY, "what each row has", "[]") \
	F(LIST(JSON), rows, NONE, REQ, ANY, "an object for each row", "[{\"name\": \"drums\"}]") \
	F(INT, n_rows, COUNT, REQ, ANY, "how many", "1") \
	F(ENUM(query_stop_view), stopped, NONE, REQ, ANY, "why there are no more", "\"end\"") \
	F(INT, revision, REVISION, OPT, ANY, "the timeline's revision that it saw; absent while chaosgarden is away", "13") \
	F(OBJ(query_cost), cost, NONE, REQ, ANY, "what it cost", "{}") \
	F(TEXT, plan, NONE, OPT, ANY, "how it was run, when asked for", "\"Region ...\"")

#define GARDEN_QUERY_FIELDS(F) \
	F(TEXT, query, NONE, REQ, LEN(1, 65536), "the query", "\"{ Region { name @output } }\"") \
	QUERY_ASK_FIELDS(F)
#define GARDEN_QUERY_RESULT(F) QUERY_ANSWER_FIELDS(F)
#define GARDEN_SCHEMA_FIELDS(F)
#define GARDEN_SCHEMA_RESULT(F) \
	F(TEXT, schema, NONE, REQ, ANY, "all that garden_query can be asked, with documentation", "\"schema { query: Root }\"")

#define GRAPH_QUERY_FIELDS(F) \
	F(TEXT, query, NONE, DEF_SHOWN(""), LEN(0, 65536), "the query; or `name`", "\"{ Job { job_id @output } }\"") \
	F(STR, name, NONE, DEF(""), LEN(0, 64), "a saved query, instead of `query`", "\"late-jobs\"") \
	F(INT, wait_ms, MS, DEF(0), RANGE(0, 600000), \
	  "how long to wait for perceptions that are not known yet, also where the query says no `wait`", "2000") \
	F(INT, at_least_revision, REVISION, OPT, RANGE(0, 9e15), \
	  "wait (`timeout_ms` at most) until this revision of the timeline has arrived here: that of an edit of yours", "13") \
	QUERY_ASK_FIELDS(F)
#define TIMELINE_TOLD_FIELD(F) \
	F(STR, timeline, NONE, OPT, ANY, "in place of `revision`: why the timeline is not known, or only as it was", \
	  "\"as it was last known: chaosgarden is away, or is being read again\"")
#define GRAPH_QUERY_RESULT(F) \
	QUERY_ANSWER_FIELDS(F) \
	TIMELINE_TOLD_FIELD(F) \
	F(INT, n_unknown, COUNT, REQ, ANY, "perceptions that are still null because an analysis is under way; asking again finds them", "0") \
	F(LIST(ID), jobs, NONE, REQ, ANY, "the jobs that find them out", "[]")
#define GRAPH_SCHEMA_FIELDS(F)
#define GRAPH_SCHEMA_RESULT(F) \
	F(TEXT, schema, NONE, REQ, ANY, "all that graph_query can be asked, with documentation", "\"schema { query: Everything }\"")

#define QUERY_SAVE_FIELDS(F) \
	F(STR, name, NONE, REQ, LEN(1, 64), "its name: lower case letters, digits, - and _", "\"names\"") \
	F(TEXT, query, NONE, REQ, LEN(1, 65536), "the query; it is checked against the schema", "\"{ Region { name @output } }\"") \
	F(STR, doc, NONE, DEF(""), LEN(0, 1024), "what it answers", "\"what every region is called\"") \
	F(JSON, variables, NONE, OPT, ANY, "values for variables that a caller leaves out", "{}")
#define QUERY_SAVE_RESULT(F) \
	F(OBJ(saved_query), saved, NONE, REQ, ANY, "as it is kept", "{}") \
	F(BOOL, replaced, FLAG, REQ, ANY, "there was one of that name", "false")
#define QUERY_LIST_FIELDS(F)
#define QUERY_LIST_RESULT(F) \
	F(LIST(OBJ(saved_query)), queries, NONE, REQ, ANY, "all saved queries, by name", "[]")
#define QUERY_REMOVE_FIELDS(F) F(STR, name, NONE, REQ, LEN(1, 64), "the saved query", "\"names\"")
#define QUERY_REMOVE_RESULT(F)

#define QUERY_WATCH_FIELDS(F) \
	F(TEXT, query, NONE, DEF_SHOWN(""), LEN(0, 65536), "the query; or `name`", "\"{ Job { job_id @output } }\"") \
	F(STR, name, NONE, DEF(""), LEN(0, 64), "a saved query, instead of `query`", "\"late-jobs\"") \
	F(JSON, variables, NONE, OPT, ANY, "an object with a value for each $variable of the query", "{}") \
	F(INT, limit, COUNT, DEF(1000), RANGE(1, 10000), "rows at most", "1000") \
	F(INT, every_ms, MS, DEF(250), RANGE(50, 60000), "no more often than this is it asked again", "250") \
	F(INT, keep_ms, MS, DEF(60000), RANGE(1000, 3600000), \
	  "it ends when nobody has asked for the same watch again for this long", "60000")
#define QUERY_WATCH_RESULT(F) \
	F(ID, watch_id, NONE, REQ, ANY, "its number: in every query_changed; the same for the same question", "\"w1\"") \
	QUERY_ANSWER_FIELDS(F) \
	TIMELINE_TOLD_FIELD(F) \
	F(INT, n_unknown, COUNT, REQ, ANY, "perceptions that are still null because an analysis is under way; query_changed when they are found", "0") \
	F(INT, version, COUNT, REQ, ANY, "of the rows: query_changed counts on from it", "0")
#define QUERY_UNWATCH_FIELDS(F) F(ID, watch_id, NONE, REQ, LEN(1, 64), "the watch", "\"w1\"")
#define QUERY_UNWATCH_RESULT(F)

#define PERCEPTION_RETRY_FIELDS(F) \
	F(ID, artifact_id, NONE, REQ, LEN(1, 64), "whose content", "\"01980000-0000-7000-8000-000000000000\"") \
	F(STR, kind, NONE, OPT, LEN(1, 64), "of this kind alone, as Perception.kind has it", "\"listen\"")
#define PERCEPTION_RETRY_RESULT(F) \
	F(LIST(STR), forgotten, NONE, REQ, ANY, "the kinds that had failed and are unknown again", "[\"listen\"]")

/* M(name, NAME, owner, routing, work, annotations, profile, doc) */
#define QUERY_REQUESTS(M) \
	M(garden_query, GARDEN_QUERY, CHAOSGARDEN, OWNER, QUICK, READ_ONLY, FULL, "Ask the timeline alone, as chaosgarden has it.") \
	M(garden_schema, GARDEN_SCHEMA, CHAOSGARDEN, OWNER, QUICK, READ_ONLY, FULL, "All that garden_query can be asked.") \
	M(graph_query, GRAPH_QUERY, HOOTENANNY, OWNER, QUICK, READ_ONLY, CORE, \
	  "Ask anything about everything: timeline, artifacts, jobs, workers, who did what.") \
	M(graph_schema, GRAPH_SCHEMA, HOOTENANNY, OWNER, QUICK, READ_ONLY, FULL, "What graph_query can be asked.") \
	M(query_save, QUERY_SAVE, HOOTENANNY, OWNER, QUICK, IDEMPOTENT, FULL, "Give a query a name, by which everybody can ask it.") \
	M(query_list, QUERY_LIST, HOOTENANNY, OWNER, QUICK, READ_ONLY, FULL, "The saved queries, also those that ship.") \
	M(query_remove, QUERY_REMOVE, HOOTENANNY, OWNER, QUICK, DESTRUCTIVE, FULL, "Forget a saved query.") \
	M(query_watch, QUERY_WATCH, HOOTENANNY, OWNER, QUICK, READ_ONLY, FULL, \
	  "The rows of a query, and query_changed whenever they change; asked again it is kept.") \
	M(query_unwatch, QUERY_UNWATCH, HOOTENANNY, OWNER, QUICK, IDEMPOTENT, FULL, "No more query_changed for this connection's sake.") \
	M(perception_retry, PERCEPTION_RETRY, HOOTENANNY, OWNER, QUICK, IDEMPOTENT, FULL, \
	  "Forget that analyses and pictures of a content have failed: the next question starts them anew.")

#define QUERY_CHANGED_EVENT(F) \
	F(ID, watch_id, NONE, REQ, ANY, "the watch", "\"w1\"") \
	F(STR, name, NONE, OPT, ANY, "the saved query, when it is one", "\"late-jobs\"") \
	F(INT, version, COUNT, REQ, ANY, "one more than the last", "1") \
	F(LIST(JSON), added, NONE, REQ, ANY, "rows that appeared", "[{\"id\": \"job1\"}]") \
	F(LIST(JSON), removed, NONE, REQ, ANY, "rows that disappeared", "[]") \
	F(INT, n_rows, COUNT, REQ, ANY, "how many there are now", "1") \
	F(INT, n_unknown, COUNT, REQ, ANY, "perceptions that are still null; when the last is found this is told even if no row changes", "0") \
	F(STR, trouble, NONE, OPT, ANY, "why it could not be asked again; the rows stay as they were", "\"deadline\"")
/* N(name, NAME, owner, doc) */
#define QUERY_EVENTS(N) N(query_changed, QUERY_CHANGED, HOOTENANNY, "The rows of a watched query are others.")
#define QUERY_UNIONS(U)

#endif

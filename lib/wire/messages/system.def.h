/*
 * system.def.h - what every daemon answers: who it is, how it is, what it can do, and stopping it.
 */
#ifndef WIRE_MESSAGES_SYSTEM_DEF_H
#define WIRE_MESSAGES_SYSTEM_DEF_H

#define SYSTEM_ENUMS(E)

#define METRIC_VIEW_FIELDS(F) \
	F(ID, name, NONE, REQ, ANY, "what is measured", "\"requests_total\"") \
	F(NUM, value, NONE, REQ, ANY, "its value now", "42") \
	F(STR, unit, NONE, DEF(""), LEN(0, 32), "unit of the value", "\"count\"")

#define TOOL_VIEW_FIELDS(F) \
	F(ID, name, NONE, REQ, ANY, "name of the request", "\"transport_seek\"") \
	F(TEXT, description, NONE, REQ, ANY, "what it does", "\"Move the transport.\"") \
	F(ID, profile, NONE, REQ, ANY, "core, full or internal", "\"core\"") \
	F(ID, annotations, NONE, REQ, ANY, "normal, read_only, idempotent or destructive", "\"idempotent\"") \
	F(BOOL, starts_job, FLAG, REQ, ANY, "the reply names a job that goes on", "false") \
	F(JSON, input_schema, NONE, REQ, ANY, "JSON Schema of the payload", "{\"type\":\"object\"}") \
	F(JSON, output_schema, NONE, REQ, ANY, "JSON Schema of the result", "{\"type\":\"object\"}")

#define SYSTEM_OBJECTS(O) \
	O(metric_view, METRIC_VIEW_FIELDS, "one number about a running daemon") \
	O(tool_view, TOOL_VIEW_FIELDS, "a request as the daemon that answers it describes it")

#define SYSTEM_UNIONS(U)

#define PING_FIELDS(F)
#define PING_RESULT(F) \
	F(ID, name, NONE, REQ, ANY, "the program that answers", "\"chaosgarden\"") \
	F(ID, worker_id, NONE, REQ, ANY, "the program's incarnation: changes whenever it restarts", \
	  "\"01890a5d-ac96-774b-bcce-b302099a8057\"") \
	F(INT, pid, NONE, REQ, RANGE(1, 4194304), "process id", "4711") \
	F(NUM, uptime_secs, SECONDS, REQ, RANGE(0, 1e12), "since it started", "12.5")

#define STATUS_FIELDS(F)
#define STATUS_RESULT(F) \
	F(ID, name, NONE, REQ, ANY, "the program that answers", "\"chaosgarden\"") \
	F(ID, version, NONE, REQ, ANY, "its version", "\"0.1.0\"") \
	F(ID, incarnation, NONE, REQ, ANY, "changes whenever the program restarts", "\"01890a5d-ac96-774b-bcce-b302099a8057\"") \
	F(INT, pid, NONE, REQ, RANGE(1, 4194304), "process id", "4711") \
	F(NUM, uptime_secs, SECONDS, REQ, RANGE(0, 1e12), "since it started", "12.5") \
	F(HASH, catalogue_hash, NONE, REQ, ANY, "hash of the catalogue it was built with", \
	  "\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"") \
	F(LIST(OBJ(metric_view)), metrics, NONE, REQ, ANY, "its counters and gauges", \
	  "[{\"name\":\"requests_total\",\"value\":42,\"unit\":\"count\"}]") \
	F(JSON, details, NONE, OPT, ANY, "what only this program has to say", "{\"quantum\":256}")

#define LIST_TOOLS_FIELDS(F)
#define LIST_TOOLS_RESULT(F) \
	F(HASH, catalogue_hash, NONE, REQ, ANY, "hash of the catalogue it was built with", \
	  "\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"") \
	F(LIST(OBJ(tool_view)), tools, NONE, REQ, ANY, "what this program answers", "[]")

#define SNAPSHOT_FIELDS(F)
#define SNAPSHOT_RESULT(F) \
	F(ID, incarnation, NONE, REQ, ANY, "changes whenever the program restarts", "\"01890a5d-ac96-774b-bcce-b302099a8057\"") \
	F(INT, seq, SEQ, REQ, RANGE(0, 9007199254740991), "the last event that the state includes", "17") \
	F(JSON, counters, NONE, REQ, ANY, "how many events of each name there were until then", "{\"daemon_alive\":3}") \
	F(JSON, state, NONE, REQ, ANY, "what a subscriber needs to go on from there", "{\"playing\":true}")

#define SHUTDOWN_FIELDS(F) \
	F(STR, reason, NONE, DEF("asked"), ANY, "why, for the log and the subscribers", "\"upgrade\"")
#define SHUTDOWN_RESULT(F)

#define CONFIG_SET_FIELDS(F) \
	F(STR, key, NONE, REQ, LEN(1, 64), "the setting: `log` is what is logged, written as in HOOT_LOG", "\"log\"") \
	F(STR, value, NONE, REQ, LEN(0, 1000), "what it is from now on", "\"info,wire=debug\"")
#define CONFIG_SET_RESULT(F) CONFIG_UPDATE_EVENT(F)

#define SYSTEM_REQUESTS(M) \
	M(ping, PING, ALL, OWNER, QUICK, READ_ONLY, FULL, "Ask whether a program is alive.") \
	M(status, STATUS, ALL, OWNER, QUICK, READ_ONLY, CORE, "Tell how a program is doing.") \
	M(list_tools, LIST_TOOLS, ALL, OWNER, QUICK, READ_ONLY, FULL, "List what a program answers, with schemas.") \
	M(snapshot, SNAPSHOT, ALL, OWNER, QUICK, READ_ONLY, FULL, \
	  "Give the state and the event it corresponds to, so that a subscriber that missed something can go on.") \
	M(config_set, CONFIG_SET, ALL, OWNER, QUICK, IDEMPOTENT, FULL, \
	  "Change a setting of a running program, until it ends: what it reads at its start stays as it is.") \
	M(shutdown, SHUTDOWN, ALL, OWNER, QUICK, DESTRUCTIVE, FULL, \
	  "Stop a program: it finishes the requests under way and leaves.")

#define SHUTDOWN_EVENT(F) \
	F(STR, reason, NONE, REQ, ANY, "why", "\"upgrade\"")

#define CONFIG_UPDATE_EVENT(F) \
	F(STR, key, NONE, REQ, ANY, "the setting", "\"log\"") \
	F(STR, value, NONE, REQ, ANY, "what it is now", "\"info,wire=debug\"")

#define DAEMON_ALIVE_EVENT(F) \
	F(NUM, uptime_secs, SECONDS, REQ, RANGE(0, 1e12), "since the sender started", "12.5") \
	F(JSON, counters, NONE, REQ, ANY, "how many events of each name there were so far", "{\"daemon_alive\":3}")

#define SYSTEM_EVENTS(N) \
	N(shutdown, SHUTDOWN, ALL, "The sender is about to stop.") \
	N(config_update, CONFIG_UPDATE, ALL, "A setting of the sender was changed while it runs.") \
	N(daemon_alive, DAEMON_ALIVE, ALL, \
	  "The sender is there, and what it has sent: once a second, and when somebody subscribes.")

#endif

/*
 * decision.def.h - who decided what about generated content, for ever.
 *
 * A decision goes into the append-only log first, then to chaosgarden, which acts on it. The mix_in object is
 * chaosgarden's (latent.def.h).
 */
#ifndef WIRE_MESSAGES_DECISION_DEF_H
#define WIRE_MESSAGES_DECISION_DEF_H

#define DECISION_KIND_ENUM(V) \
	V(DECISION_APPROVE, "approve", "mix it in") \
	V(DECISION_HOLD, "hold", "keep it, say nothing yet") \
	V(DECISION_REJECT, "reject", "do not use it") \
	V(DECISION_REQUEST_VARIATION, "request_variation", "make another one")
#define DECISION_ENUMS(E) E(decision_kind, DECISION_KIND_ENUM, "what was decided")

#define DECISION_OBJECT(F) \
	F(ID, decision_id, NONE, REQ, ANY, "the decision", "\"01938e6a-7c00-7000-8000-000000000006\"") \
	F(ENUM(decision_kind), decision, NONE, REQ, ANY, "what was decided", "\"approve\"") \
	F(ID, region_id, NONE, REQ, ANY, "the latent region", "\"01938e6a-7c00-7000-8000-000000000004\"") \
	F(ID, artifact_id, NONE, OPT, ANY, "the artifact it was about", "\"01938e6a-7c00-7000-8000-000000000003\"") \
	F(STR, actor, NONE, REQ, ANY, "who decided", "\"ada\"") \
	F(STR, reason, NONE, REQ, ANY, "why", "\"swings\"") \
	F(ID, job_id, NONE, OPT, ANY, "the job that makes the variation", "\"hoot:01938e6a-7c00-7000-8000-000000000002\"") \
	F(BOOL, delivered, FLAG, REQ, ANY, "chaosgarden has acknowledged it", "true") \
	F(STR, refusal, NONE, OPT, ANY, "why chaosgarden could not act on it", "\"region is already mixed in\"") \
	F(INT, created_unix_ms, UNIX_MS, REQ, RANGE(0, 9e15), "when", "1700000000000")
#define DECISION_OBJECTS(O) O(decision_view, DECISION_OBJECT, "an entry of the log")

#define DECIDE_FIELDS(F) \
	F(ID, region_id, NONE, REQ, LEN(1, 64), "the latent region", "\"01938e6a-7c00-7000-8000-000000000004\"") \
	F(ENUM(decision_kind), decision, NONE, REQ, ANY, "what to do with it", "\"approve\"") \
	F(STR, reason, NONE, DEF(""), LEN(0, 1000), "why", "\"swings\"") \
	F(OBJ(mix_in), mix_in, NONE, OPT, ANY, "how it enters, when approved", "{\"kind\": \"equal_power\", \"beats\": 4}") \
	F(INT, seed, NONE, OPT, RANGE(0, 9007199254740991), "seed of the variation; drawn when absent", "8") \
	F(JSON, params, NONE, OPT, ANY, "parameters that the variation changes", "{\"temperature\": 1.2}")
#define DECIDE_RESULT(F) F(OBJ(decision_view), decision, NONE, REQ, ANY, "the decision as logged", "{}")
#define DECISION_LIST_FIELDS(F) \
	F(ID, region_id, NONE, OPT, LEN(1, 64), "only those about this region", "\"01938e6a-7c00-7000-8000-000000000004\"") \
	F(STR, actor, NONE, OPT, LEN(1, 128), "only those of this participant", "\"ada\"") \
	F(STR, cursor, NONE, DEF(""), LEN(0, 80), "where the last page ended", "\"\"") \
	F(INT, limit, COUNT, DEF(50), RANGE(1, 500), "how many at most", "50")
#define DECISION_LIST_RESULT(F) \
	F(LIST(OBJ(decision_view)), decisions, NONE, REQ, LEN(0, 500), "newest first", "[]") \
	F(STR, cursor, NONE, REQ, ANY, "go on from here; empty at the end", "\"\"")

/* M(name, NAME, owner, routing, work, annotations, profile, doc) */
#define DECISION_REQUESTS(M) \
	M(decide, DECIDE, HOOTENANNY, OWNER, QUICK, NORMAL, CORE, "Approve, hold or reject generated content, or ask for another.") \
	M(decision_list, DECISION_LIST, HOOTENANNY, OWNER, QUICK, READ_ONLY, FULL, "Who decided what, and why.")

#define DECISION_MADE_EVENT(F) F(OBJ(decision_view), decision, NONE, REQ, ANY, "the decision", "{}")
#define DECISION_EVENTS(N) N(decision_made, DECISION_MADE, HOOTENANNY, "Somebody has decided about generated content.")

#define DECISION_UNIONS(U)

#endif

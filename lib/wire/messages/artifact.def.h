/*
 * artifact.def.h - artifacts: who made which content, from what, how, and in which space.
 *
 * An artifact's id has nothing to do with its content: many artifacts may name one content, each with its own
 * creator, tags and lineage. Artifacts are never changed, only tagged.
 */
#ifndef WIRE_MESSAGES_ARTIFACT_DEF_H
#define WIRE_MESSAGES_ARTIFACT_DEF_H

#define LINEAGE_DIRECTION_ENUM(V) \
	V(LINEAGE_ANCESTORS, "ancestors", "what it was made from") \
	V(LINEAGE_DESCENDANTS, "descendants", "what was made from it") \
	V(LINEAGE_BOTH, "both", "either way")
#define ARTIFACT_ENUMS(E) E(lineage_direction, LINEAGE_DIRECTION_ENUM, "which way to follow parents")

#define ARTIFACT_OBJECT(F) \
	F(ID, artifact_id, NONE, REQ, ANY, "the artifact", "\"01938e6a-7c00-7000-8000-000000000001\"") \
	F(HASH, content_hash, NONE, REQ, ANY, "its content", \
	  "\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"") \
	F(STR, path, NONE, REQ, ANY, "the file of its content, for readers on this machine", "\"objects/sha256/e3/b0\"") \
	F(STR, mime_type, NONE, REQ, ANY, "media type", "\"audio/midi\"") \
	F(INT, size_bytes, SIZE, REQ, RANGE(0, 9e15), "length of the content", "4") \
	F(STR, space, NONE, REQ, ANY, "the space it lives in", "\"midi\"") \
	F(STR, creator, NONE, REQ, ANY, "the participant on whose behalf it was made", "\"ada\"") \
	F(LIST(STR), tags, NONE, REQ, LEN(0, 64), "tags, sorted", "[\"tune\"]") \
	F(JSON, metadata, NONE, REQ, ANY, "whatever its maker wants known", "{\"title\": \"Reel\"}") \
	F(LIST(ID), parents, NONE, REQ, LEN(0, 64), "artifacts it was made from, in order", "[]") \
	F(STR, verb, NONE, REQ, ANY, "how it was made: import, upload, create, continue, project …", "\"continue\"") \
	F(JSON, params, NONE, REQ, ANY, "the parameters of the verb", "{\"temperature\": 1.0}") \
	F(INT, seed, NONE, OPT, ANY, "the seed that was used", "7") \
	F(STR, model, NONE, REQ, ANY, "model and version, empty when none", "\"markov@1\"") \
	F(ID, job_id, NONE, OPT, ANY, "the job that made it", "\"hoot:01938e6a-7c00-7000-8000-000000000002\"") \
	F(INT, created_unix_ms, UNIX_MS, REQ, RANGE(0, 9e15), "when, milliseconds since 1970", "1700000000000")
#define LINEAGE_NODE_OBJECT(F) \
	F(OBJ(artifact_view), artifact, NONE, REQ, ANY, "the relative", "{}") \
	F(INT, depth, COUNT, REQ, RANGE(-64, 64), "generations away: ancestors below zero, descendants above", "-1")
#define LINEAGE_EDGE_OBJECT(F) \
	F(ID, parent, NONE, REQ, ANY, "made from this", "\"01938e6a-7c00-7000-8000-000000000001\"") \
	F(ID, child, NONE, REQ, ANY, "was made", "\"01938e6a-7c00-7000-8000-000000000003\"")
#define ARTIFACT_OBJECTS(O) \
	O(artifact_view, ARTIFACT_OBJECT, "an artifact") \
	O(lineage_node, LINEAGE_NODE_OBJECT, "a relative of an artifact") \
	O(lineage_edge, LINEAGE_EDGE_OBJECT, "one step of descent")

/* What every way of making an artifact by hand takes. */
#define ARTIFACT_MAKE_FIELDS(F) \
	F(STR, mime_type, NONE, OPT, LEN(1, 127), "media type; guessed when absent", "\"audio/midi\"") \
	F(STR, space, NONE, OPT, LEN(1, 64), "the space it lives in; from the media type when absent", "\"midi\"") \
	F(LIST(STR), tags, NONE, DEF([]), LEN(0, 64), "tags", "[\"tune\"]") \
	F(STR, creator, NONE, OPT, LEN(1, 128), "who made it; the actor when absent", "\"ada\"") \
	F(JSON, metadata, NONE, OPT, ANY, "an object with whatever should be known", "{\"title\": \"Reel\"}") \
	F(LIST(ID), parents, NONE, DEF([]), LEN(0, 64), "artifacts it was made from", "[]")

#define ARTIFACT_CREATE_FIELDS(F) \
	F(HASH, cas_hash, NONE, REQ, ANY, "content that is in the store", \
	  "\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"") \
	ARTIFACT_MAKE_FIELDS(F) \
	F(STR, verb, NONE, DEF("create"), LEN(1, 64), "how it was made", "\"create\"") \
	F(JSON, params, NONE, OPT, ANY, "the parameters of the verb", "{}") \
	F(INT, seed, NONE, OPT, ANY, "the seed that was used", "7") \
	F(STR, model, NONE, DEF(""), LEN(0, 128), "model and version", "\"\"")
#define ARTIFACT_UPLOAD_FIELDS(F) \
	F(BYTES, data, NONE, REQ, LEN(0, 65536), "the content, at most 64 KiB", "\"TVRoZA==\"") \
	ARTIFACT_MAKE_FIELDS(F)
#define ARTIFACT_IMPORT_FIELDS(F) \
	F(STR, path, PATH, REQ, LEN(1, 4096), "a file below one of the daemon's import folders", "\"/home/ada/tunes/reel.mid\"") \
	ARTIFACT_MAKE_FIELDS(F)
#define ARTIFACT_RESULT(F) F(OBJ(artifact_view), artifact, NONE, REQ, ANY, "the artifact", "{}")
#define ARTIFACT_CREATE_RESULT(F) ARTIFACT_RESULT(F)
#define ARTIFACT_UPLOAD_RESULT(F) ARTIFACT_RESULT(F)
#define ARTIFACT_IMPORT_RESULT(F) ARTIFACT_RESULT(F)

#define ARTIFACT_GET_FIELDS(F) \
	F(ID, artifact_id, NONE, REQ, LEN(1, 64), "the artifact", "\"01938e6a-7c00-7000-8000-000000000001\"")
#define ARTIFACT_GET_RESULT(F) ARTIFACT_RESULT(F)

#define ARTIFACT_LIST_FIELDS(F) \
	F(STR, tag, NONE, OPT, LEN(1, 64), "only those with this tag", "\"tune\"") \
	F(STR, creator, NONE, OPT, LEN(1, 128), "only those of this participant", "\"ada\"") \
	F(STR, space, NONE, OPT, LEN(1, 64), "only those in this space", "\"midi\"") \
	F(HASH, content_hash, NONE, OPT, ANY, "only those with this content", \
	  "\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"") \
	F(STR, cursor, NONE, DEF(""), LEN(0, 80), "where the last page ended", "\"\"") \
	F(INT, limit, COUNT, DEF(50), RANGE(1, 500), "how many at most", "50")
#define ARTIFACT_LIST_RESULT(F) \
	F(LIST(OBJ(artifact_view)), artifacts, NONE, REQ, LEN(0, 500), "newest first", "[]") \
	F(STR, cursor, NONE, REQ, ANY, "go on from here; empty at the end", "\"\"")

#define ARTIFACT_TAG_FIELDS(F) \
	F(ID, artifact_id, NONE, REQ, LEN(1, 64), "the artifact", "\"01938e6a-7c00-7000-8000-000000000001\"") \
	F(LIST(STR), add, NONE, DEF([]), LEN(0, 64), "tags to add", "[\"keeper\"]") \
	F(LIST(STR), remove, NONE, DEF([]), LEN(0, 64), "tags to take away", "[]")
#define ARTIFACT_TAG_RESULT(F) ARTIFACT_RESULT(F)

#define ARTIFACT_LINEAGE_FIELDS(F) \
	F(ID, artifact_id, NONE, REQ, LEN(1, 64), "whose relatives", "\"01938e6a-7c00-7000-8000-000000000001\"") \
	F(ENUM(lineage_direction), direction, NONE, DEF(ancestors), ANY, "which way", "\"ancestors\"") \
	F(INT, depth, COUNT, DEF(16), RANGE(1, 64), "generations at most", "16")
#define ARTIFACT_LINEAGE_RESULT(F) \
	F(LIST(OBJ(lineage_node)), nodes, NONE, REQ, LEN(0, 1000), "the artifact itself (depth 0) and its relatives", "[]") \
	F(LIST(OBJ(lineage_edge)), edges, NONE, REQ, LEN(0, 4000), "who was made from whom", "[]") \
	F(BOOL, complete, FLAG, REQ, ANY, "nothing was left out for depth or number", "true")

/* M(name, NAME, owner, routing, work, annotations, profile, doc) */
#define ARTIFACT_REQUESTS(M) \
	M(artifact_create, ARTIFACT_CREATE, HOOTENANNY, OWNER, QUICK, NORMAL, FULL, "Make an artifact of content that is in the store.") \
	M(artifact_upload, ARTIFACT_UPLOAD, HOOTENANNY, OWNER, QUICK, NORMAL, CORE, "Store a small piece of content and make an artifact of it.") \
	M(artifact_import, ARTIFACT_IMPORT, HOOTENANNY, OWNER, QUICK, NORMAL, CORE, "Make an artifact of a file from an import folder.") \
	M(artifact_get, ARTIFACT_GET, HOOTENANNY, OWNER, QUICK, READ_ONLY, CORE, "Look at an artifact.") \
	M(artifact_list, ARTIFACT_LIST, HOOTENANNY, OWNER, QUICK, READ_ONLY, CORE, "List artifacts by tag, creator, space or content.") \
	M(artifact_tag, ARTIFACT_TAG, HOOTENANNY, OWNER, QUICK, IDEMPOTENT, FULL, "Add and remove tags.") \
	M(artifact_lineage, ARTIFACT_LINEAGE, HOOTENANNY, OWNER, QUICK, READ_ONLY, CORE, "Follow an artifact's parents or children.")

#define ARTIFACT_CREATED_EVENT(F) \
	F(OBJ(artifact_view), artifact, NONE, REQ, ANY, "the new artifact", "{}") \
	F(STR, actor, NONE, REQ, ANY, "on whose behalf", "\"ada\"")
#define ARTIFACT_TAGGED_EVENT(F) \
	F(ID, artifact_id, NONE, REQ, ANY, "the artifact", "\"01938e6a-7c00-7000-8000-000000000001\"") \
	F(LIST(STR), tags, NONE, REQ, LEN(0, 1024), "all of its tags now", "[\"tune\"]") \
	F(STR, actor, NONE, REQ, ANY, "who", "\"ada\"")
#define ARTIFACT_EVENTS(N) \
	N(artifact_created, ARTIFACT_CREATED, HOOTENANNY, "There is a new artifact.") \
	N(artifact_tagged, ARTIFACT_TAGGED, HOOTENANNY, "An artifact's tags have changed.")

#define ARTIFACT_UNIONS(U)

#endif

/*
 * cas.def.h - content: bytes named by their SHA-256, kept once, as files.
 *
 * Bulk data never travels in a message: up to 64 KiB may be stored inline, everything else is written into
 * the staging folder and adopted by hash. Whoever may read the store's files takes the path instead; a peer on another
 * machine reads and stages in ranges (cas_get, cas_stage_write).
 * A name ending in '_' loses it on the wire (`continue_` is "continue"; C has taken the word).
 */
#ifndef WIRE_MESSAGES_CAS_DEF_H
#define WIRE_MESSAGES_CAS_DEF_H

#define CAS_STATE_ENUM(V) \
	V(CAS_GOOD, "good", "the bytes hash to their name") \
	V(CAS_DAMAGED, "damaged", "the bytes hash to something else; they are not served") \
	V(CAS_MISSING, "missing", "no such content")
#define CAS_ENUMS(E) E(cas_state, CAS_STATE_ENUM, "what verification found")

#define CAS_STORE_FIELDS(F) \
	F(BYTES, data, NONE, REQ, LEN(0, 65536), "the content, at most 64 KiB; stage larger content", "\"TVRoZA==\"") \
	F(STR, mime_type, NONE, OPT, LEN(1, 127), "media type; guessed from the first bytes when absent", "\"audio/midi\"")
#define CAS_STORE_RESULT(F) \
	F(HASH, content_hash, NONE, REQ, ANY, "the name of the content", \
	  "\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"") \
	F(INT, size_bytes, SIZE, REQ, RANGE(0, 9e15), "length", "4") \
	F(STR, mime_type, NONE, REQ, ANY, "media type", "\"audio/midi\"") \
	F(BOOL, existed, FLAG, REQ, ANY, "the store had it already", "false")

#define CAS_INSPECT_FIELDS(F) \
	F(HASH, hash, NONE, REQ, ANY, "content to look at", \
	  "\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"")
#define CAS_INSPECT_RESULT(F) \
	F(BOOL, exists, FLAG, REQ, ANY, "whether the store has it", "true") \
	F(HASH, content_hash, NONE, REQ, ANY, "the name of the content", \
	  "\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"") \
	F(INT, size_bytes, SIZE, OPT, RANGE(0, 9e15), "length", "0") \
	F(STR, mime_type, NONE, OPT, ANY, "media type", "\"audio/midi\"") \
	F(STR, path, NONE, OPT, ANY, "the file that holds it, for readers on this machine", "\"objects/sha256/e3/b0\"") \
	F(INT, n_artifacts, COUNT, REQ, RANGE(0, 9e15), "artifacts that name it", "1")

#define CAS_GET_FIELDS(F) \
	F(HASH, hash, NONE, REQ, ANY, "content to read", \
	  "\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"") \
	F(INT, offset_bytes, SIZE, DEF(0), RANGE(0, 9e15), "where to begin", "0") \
	F(INT, n_bytes, SIZE, DEF(65536), RANGE(1, 65536), "how much at most; ask again from the new offset", "65536")
#define CAS_GET_RESULT(F) \
	F(BYTES, data, NONE, REQ, LEN(0, 65536), "the bytes", "\"TVRoZA==\"") \
	F(INT, offset_bytes, SIZE, REQ, RANGE(0, 9e15), "where they begin", "0") \
	F(INT, size_bytes, SIZE, REQ, RANGE(0, 9e15), "length of the whole content", "4") \
	F(BOOL, end, FLAG, REQ, ANY, "nothing follows these bytes", "true") \
	F(STR, mime_type, NONE, REQ, ANY, "media type", "\"audio/midi\"")

#define CAS_STAGE_FIELDS(F) \
	F(STR, suffix, NONE, DEF(""), LEN(0, 16), "ending of the file name, for tools that look at it", "\".wav\"")
#define CAS_STAGE_RESULT(F) \
	F(STR, path, NONE, REQ, ANY, "write here, then cas_adopt it; nobody else is given this name", "\"staging/0192.wav\"")

#define CAS_STAGE_WRITE_FIELDS(F) \
	F(STR, path, NONE, REQ, LEN(1, 4096), "a path that cas_stage or a lease has given out", "\"staging/stage-0192\"") \
	F(INT, offset_bytes, SIZE, DEF(0), RANGE(0, 9e15), "where the bytes go; at most what was written so far", "0") \
	F(BYTES, data, NONE, REQ, LEN(0, 65536), "the bytes, at most 64 KiB", "\"TVRoZA==\"")
#define CAS_STAGE_WRITE_RESULT(F) \
	F(INT, size_bytes, SIZE, REQ, RANGE(0, 9e15), "how long the staged file is now", "4")
#define CAS_UNSTAGE_FIELDS(F) \
	F(STR, path, NONE, REQ, LEN(1, 4096), "a staged file that is not wanted", "\"staging/stage-0192\"")
#define CAS_UNSTAGE_RESULT(F) \
	F(BOOL, existed, FLAG, REQ, ANY, "there was such a file", "true")

#define CAS_ADOPT_FIELDS(F) \
	F(STR, path, NONE, REQ, LEN(1, 4096), "a file in the staging folder; it is moved, not copied", "\"staging/0192.wav\"") \
	F(HASH, hash, NONE, OPT, ANY, "what the caller says it hashes to; anything else is refused", \
	  "\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"") \
	F(STR, mime_type, NONE, OPT, LEN(1, 127), "media type; guessed from the first bytes when absent", "\"audio/wav\"")

#define CAS_VERIFY_FIELDS(F) \
	F(HASH, hash, NONE, OPT, ANY, "content to verify; without it, the store from `cursor` on", \
	  "\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"") \
	F(STR, cursor, NONE, DEF(""), LEN(0, 80), "where the last page ended", "\"\"") \
	F(INT, limit, COUNT, DEF(64), RANGE(1, 1024), "how many at most", "64")
#define CAS_CHECKED_OBJECT(F) \
	F(HASH, content_hash, NONE, REQ, ANY, "content", \
	  "\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"") \
	F(ENUM(cas_state), state, NONE, REQ, ANY, "what was found", "\"good\"")
#define CAS_OBJECTS(O) O(cas_checked, CAS_CHECKED_OBJECT, "content that was verified and is not good")
#define CAS_VERIFY_RESULT(F) \
	F(INT, n_checked, COUNT, REQ, RANGE(0, 9e15), "contents read and hashed", "1") \
	F(INT, n_good, COUNT, REQ, RANGE(0, 9e15), "of these, good", "1") \
	F(LIST(OBJ(cas_checked)), problems, NONE, REQ, LEN(0, 1024), "the others", "[]") \
	F(STR, cursor, NONE, REQ, ANY, "go on from here; empty at the end", "\"\"")

#define STORAGE_STATS_FIELDS(F)
#define STORAGE_STATS_RESULT(F) \
	F(STR, cas_root, NONE, REQ, ANY, "folder of the content", "\"/var/lib/hootenanny/cas\"") \
	F(INT, n_contents, COUNT, REQ, RANGE(0, 9e15), "contents stored", "3") \
	F(INT, content_bytes, SIZE, REQ, RANGE(0, 9e15), "their bytes", "4096") \
	F(INT, n_artifacts, COUNT, REQ, RANGE(0, 9e15), "artifacts", "5") \
	F(INT, n_jobs, COUNT, REQ, RANGE(0, 9e15), "jobs, finished ones too", "2") \
	F(INT, n_staged, COUNT, REQ, RANGE(0, 9e15), "files in the staging folder", "0") \
	F(INT, n_outbox, COUNT, REQ, RANGE(0, 9e15), "messages not yet acknowledged by chaosgarden", "0") \
	F(INT, free_bytes, SIZE, REQ, RANGE(0, 9e18), "free space where the content lies", "1000000")

/* M(name, NAME, owner, routing, work, annotations, profile, doc) */
#define CAS_REQUESTS(M) \
	M(cas_store, CAS_STORE, HOOTENANNY, OWNER, QUICK, IDEMPOTENT, FULL, "Store a small piece of content.") \
	M(cas_inspect, CAS_INSPECT, HOOTENANNY, OWNER, QUICK, READ_ONLY, FULL, "Say what is known of a content, and where its file is.") \
	M(cas_get, CAS_GET, HOOTENANNY, OWNER, QUICK, READ_ONLY, FULL, "Read a range of a content.") \
	M(cas_stage, CAS_STAGE, HOOTENANNY, OWNER, QUICK, NORMAL, INTERNAL, "Get a fresh path in the staging folder.") \
	M(cas_stage_write, CAS_STAGE_WRITE, HOOTENANNY, OWNER, QUICK, IDEMPOTENT, INTERNAL, "Write a range of a staged file, from a machine that does not see the folder.") \
	M(cas_unstage, CAS_UNSTAGE, HOOTENANNY, OWNER, QUICK, IDEMPOTENT, INTERNAL, "Remove a staged file.") \
	M(cas_adopt, CAS_ADOPT, HOOTENANNY, OWNER, QUICK, NORMAL, INTERNAL, "Take a staged file into the store.") \
	M(cas_verify, CAS_VERIFY, HOOTENANNY, OWNER, QUICK, READ_ONLY, FULL, "Read content again and compare it with its name.") \
	M(storage_stats, STORAGE_STATS, HOOTENANNY, OWNER, QUICK, READ_ONLY, FULL, "How much is stored.")
#define CAS_ADOPT_RESULT(F) CAS_STORE_RESULT(F)
#define CAS_EVENTS(N)

#define CAS_UNIONS(U)

#endif

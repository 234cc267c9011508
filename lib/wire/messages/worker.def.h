/*
 * worker.def.h - what workers say to hootenanny: who they are, and the work they take.
 *
 * A worker registers, then claims: job_claim hands out the best step it can do, under a lease with an attempt
 * number, or says that there is none. Only the current attempt may heartbeat, report and complete; an older one is
 * answered `conflict` and must drop its work. Hints ("there is work") arrive on the jobs socket (PUSH) as
 * an envelope of type job_hint; a worker that is idle claims when it hears one, and every few seconds anyway.
 * A claim bears an idempotency key, the same one until it is answered: whoever missed the answer gets the same lease.
 * Results are files: the worker writes into the staging folder and names the file when it completes. On another machine it
 * reads its inputs with cas_get and writes the result with cas_stage_write.
 * When a reply says `cancel`, the worker stops and confirms with job_stopped.
 */
#ifndef WIRE_MESSAGES_WORKER_DEF_H
#define WIRE_MESSAGES_WORKER_DEF_H

#define WORKER_ENUMS(E)

#define WORKER_CAPABILITY_OBJECT(F) \
	F(STR, verb, NONE, REQ, LEN(1, 64), "continue, project …", "\"project\"") \
	F(STR, from_space, NONE, REQ, LEN(0, 64), "space of the first input; empty is none", "\"midi\"") \
	F(STR, to_space, NONE, REQ, LEN(1, 64), "space of the result", "\"audio\"") \
	F(STR, model, NONE, REQ, LEN(1, 64), "name of the model", "\"soundfont\"") \
	F(STR, model_version, NONE, REQ, LEN(1, 64), "changes whenever the same seed may give something else", "\"1\"") \
	F(BOOL, deterministic, FLAG, REQ, ANY, "the same seed gives the same bytes", "true") \
	F(JSON, params_schema, NONE, OPT, ANY, "JSON Schema of its parameters", "{\"type\": \"object\"}")
#define WORKER_OBJECT(F) \
	F(ID, worker_id, NONE, REQ, ANY, "the worker", "\"01938e6a-7c00-7000-8000-000000000005\"") \
	F(STR, name, NONE, REQ, ANY, "what it calls itself", "\"hoot-worker\"") \
	F(STR, worker_type, NONE, REQ, ANY, "what kind of program it is", "\"hoot-worker\"") \
	F(STR, hostname, NONE, REQ, ANY, "the machine it runs on", "\"studio\"") \
	F(STR, version, NONE, REQ, ANY, "its version", "\"0.1.0\"") \
	F(STR, hardware, NONE, REQ, ANY, "what it runs on", "\"cpu x86_64, 2 cores\"") \
	F(LIST(OBJ(worker_capability)), capabilities, NONE, REQ, LEN(0, 256), "what it can do", "[]") \
	F(BOOL, online, FLAG, REQ, ANY, "heard from within the sweep time", "true") \
	F(ID, job_id, NONE, OPT, ANY, "what it is doing", "\"hoot:01938e6a-7c00-7000-8000-000000000002\"") \
	F(INT, n_completed, COUNT, REQ, RANGE(0, 9e15), "steps it has finished", "3") \
	F(INT, last_seen_unix_ms, UNIX_MS, REQ, RANGE(0, 9e15), "when it was last heard", "1700000000000")
#define JOB_INPUT_OBJECT(F) \
	F(ID, artifact_id, NONE, REQ, ANY, "the artifact", "\"01938e6a-7c00-7000-8000-000000000001\"") \
	F(HASH, content_hash, NONE, REQ, ANY, "its content", \
	  "\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"") \
	F(STR, path, NONE, REQ, ANY, "the file; a worker elsewhere uses cas_get", "\"objects/sha256/e3/b0\"") \
	F(STR, mime_type, NONE, REQ, ANY, "media type", "\"audio/midi\"") \
	F(STR, space, NONE, REQ, ANY, "the space it lives in", "\"midi\"") \
	F(INT, size_bytes, SIZE, REQ, RANGE(0, 9e15), "length", "4")
#define JOB_LEASE_OBJECT(F) \
	F(ID, job_id, NONE, REQ, ANY, "the job", "\"hoot:01938e6a-7c00-7000-8000-000000000002\"") \
	F(INT, attempt, COUNT, REQ, RANGE(1, 1e9), "say this with everything about the job", "1") \
	F(INT, step, COUNT, REQ, RANGE(0, 16), "place in the chain", "0") \
	F(STR, verb, NONE, REQ, ANY, "what to do", "\"project\"") \
	F(STR, from_space, NONE, REQ, ANY, "space of the first input", "\"midi\"") \
	F(STR, space, NONE, REQ, ANY, "space of the result", "\"audio\"") \
	F(STR, model, NONE, REQ, ANY, "the worker's model to use", "\"soundfont\"") \
	F(STR, model_version, NONE, REQ, ANY, "its version, as the worker registered it", "\"1\"") \
	F(JSON, params, NONE, REQ, ANY, "the model's parameters, an object", "{}") \
	F(INT, seed, NONE, REQ, RANGE(0, 9007199254740991), "the seed", "7") \
	F(LIST(OBJ(input_view)), inputs, NONE, REQ, LEN(0, 16), "what to work on", "[]") \
	F(STR, staging_path, NONE, REQ, ANY, "write the result to this file", "\"staging/0192\"") \
	F(INT, lease_ms, MS, REQ, RANGE(1, 9e9), "heartbeat well before this runs out", "15000") \
	F(INT, deadline_in_ms, MS, OPT, RANGE(0, 9e9), "time left for the whole job", "60000") \
	F(STR, actor, NONE, REQ, ANY, "on whose behalf", "\"ada\"")
#define WORKER_OBJECTS(O) \
	O(worker_capability, WORKER_CAPABILITY_OBJECT, "one thing a worker can do") \
	O(worker_view, WORKER_OBJECT, "a worker") \
	O(input_view, JOB_INPUT_OBJECT, "an input of a job") \
	O(lease_view, JOB_LEASE_OBJECT, "a step handed to a worker")

#define WORKER_REGISTER_FIELDS(F) \
	F(STR, name, NONE, REQ, LEN(1, 64), "what it calls itself", "\"hoot-worker\"") \
	F(ID, worker_id, NONE, OPT, LEN(1, 64), "the id it had before, when it comes back", "\"01938e6a-7c00-7000-8000-000000000005\"") \
	F(STR, worker_type, NONE, DEF("worker"), LEN(1, 64), "what kind of program it is: hoot-worker, luanette …", "\"hoot-worker\"") \
	F(STR, hostname, NONE, DEF(""), LEN(0, 255), "the machine it runs on", "\"studio\"") \
	F(STR, version, NONE, DEF(""), LEN(0, 64), "its version", "\"0.1.0\"") \
	F(STR, hardware, NONE, DEF(""), LEN(0, 256), "what it runs on", "\"cpu x86_64, 2 cores\"") \
	F(STR, lock, NONE, OPT, LEN(1, 64), "the lock in the family's folder (NAME.lock) that its process holds while it lives; when it no longer " \
	  "does, what it works on is put back at once", "\"hoot-worker\"") \
	F(LIST(OBJ(worker_capability)), capabilities, NONE, REQ, LEN(0, 256), "what it can do", \
	  "[{\"verb\": \"project\", \"from_space\": \"midi\", \"to_space\": \"audio\", \"model\": \"soundfont\", " \
	  "\"model_version\": \"1\", \"deterministic\": true}]")
#define WORKER_REGISTER_RESULT(F) \
	F(ID, worker_id, NONE, REQ, ANY, "say this from now on", "\"01938e6a-7c00-7000-8000-000000000005\"") \
	F(INT, heartbeat_ms, MS, REQ, RANGE(1, 9e9), "be heard at least this often", "5000") \
	F(STR, cas_root, NONE, REQ, ANY, "folder of the content", "\"/var/lib/hootenanny/cas\"") \
	F(STR, mark_path, NONE, REQ, ANY, "a file in it that says `mark` until hootenanny starts again; whoever does not find it so is " \
	  "elsewhere, and uses cas_get and cas_stage_write", "\"/var/lib/hootenanny/cas/mark\"") \
	F(STR, mark, NONE, REQ, ANY, "what the file says", "\"01938e6a-7c00-7000-8000-000000000006\"")
#define WORKER_ID_FIELDS(F) \
	F(ID, worker_id, NONE, REQ, LEN(1, 64), "who speaks", "\"01938e6a-7c00-7000-8000-000000000005\"")
#define WORKER_HEARTBEAT_FIELDS(F) WORKER_ID_FIELDS(F)
#define WORKER_HEARTBEAT_RESULT(F) F(INT, n_pending, COUNT, REQ, RANGE(0, 9e15), "steps that wait for some worker", "0")
#define WORKER_LEAVE_FIELDS(F) \
	WORKER_ID_FIELDS(F) \
	F(STR, reason, NONE, DEF(""), LEN(0, 256), "why", "\"shutdown\"")
#define WORKER_LEAVE_RESULT(F) F(INT, n_returned, COUNT, REQ, RANGE(0, 9e9), "leases that were put back", "0")
#define WORKER_LIST_FIELDS(F) F(BOOL, offline, FLAG, DEF(false), ANY, "those that have gone too", "false")
#define WORKER_LIST_RESULT(F) F(LIST(OBJ(worker_view)), workers, NONE, REQ, LEN(0, 1000), "the pool", "[]")

#define JOB_CLAIM_FIELDS(F) WORKER_ID_FIELDS(F)
#define JOB_CLAIM_RESULT(F) \
	F(OBJ(lease_view), lease, NONE, OPT, ANY, "the work; absent when there is none for this worker", "{}")

#define JOB_ATTEMPT_FIELDS(F) \
	WORKER_ID_FIELDS(F) \
	F(ID, job_id, NONE, REQ, LEN(1, 64), "the job", "\"hoot:01938e6a-7c00-7000-8000-000000000002\"") \
	F(INT, attempt, COUNT, REQ, RANGE(1, 1e9), "as the lease said", "1")
#define JOB_GO_ON_RESULT(F) \
	F(BOOL, cancel, FLAG, REQ, ANY, "stop, then confirm with job_stopped", "false") \
	F(INT, lease_ms, MS, REQ, RANGE(0, 9e9), "the lease was prolonged by this", "15000")
#define JOB_HEARTBEAT_FIELDS(F) JOB_ATTEMPT_FIELDS(F)
#define JOB_HEARTBEAT_RESULT(F) JOB_GO_ON_RESULT(F)
#define JOB_PROGRESS_FIELDS(F) \
	JOB_ATTEMPT_FIELDS(F) \
	F(NUM, progress, RATIO, REQ, RANGE(0, 1), "of this step", "0.5") \
	F(STR, message, NONE, DEF(""), LEN(0, 200), "what is being done", "\"bar 4 of 8\"")
#define JOB_PROGRESS_RESULT(F) JOB_GO_ON_RESULT(F)
#define JOB_COMPLETE_FIELDS(F) \
	JOB_ATTEMPT_FIELDS(F) \
	F(STR, path, NONE, OPT, LEN(1, 4096), "the staged file; absent when the content is in the store already", "\"staging/0192\"") \
	F(HASH, content_hash, NONE, REQ, ANY, "what it hashes to", \
	  "\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"") \
	F(STR, mime_type, NONE, OPT, LEN(1, 127), "media type; guessed when absent", "\"audio/wav\"") \
	F(JSON, metadata, NONE, OPT, ANY, "an object for the artifact, such as its length in beats", "{\"beats\": 32}") \
	F(JSON, result, NONE, OPT, ANY, "an object that whoever polls the job gets", "{}")
#define JOB_COMPLETE_RESULT(F) \
	F(ID, artifact_id, NONE, REQ, ANY, "the artifact it became", "\"01938e6a-7c00-7000-8000-000000000003\"") \
	F(BOOL, finished, FLAG, REQ, ANY, "this was the last step", "true")
#define JOB_FAIL_FIELDS(F) \
	JOB_ATTEMPT_FIELDS(F) \
	F(STR, code, NONE, REQ, LEN(1, 64), "an error name such as invalid or io", "\"invalid\"") \
	F(STR, message, NONE, REQ, LEN(1, 500), "what went wrong", "\"no notes in the input\"") \
	F(BOOL, retry, FLAG, DEF(false), ANY, "another attempt may succeed", "false")
#define JOB_FAIL_RESULT(F) \
	F(BOOL, again, FLAG, REQ, ANY, "it will be tried again", "false")
#define JOB_STOPPED_FIELDS(F) JOB_ATTEMPT_FIELDS(F)
#define JOB_STOPPED_RESULT(F) F(BOOL, cancelled, FLAG, REQ, ANY, "it is cancelled; otherwise it is put back for another attempt", "true")

/* M(name, NAME, owner, routing, work, annotations, profile, doc) */
#define WORKER_REQUESTS(M) \
	M(worker_register, WORKER_REGISTER, HOOTENANNY, OWNER, QUICK, IDEMPOTENT, INTERNAL, "Join the pool.") \
	M(worker_heartbeat, WORKER_HEARTBEAT, HOOTENANNY, OWNER, QUICK, IDEMPOTENT, INTERNAL, "Stay in the pool.") \
	M(worker_leave, WORKER_LEAVE, HOOTENANNY, OWNER, QUICK, IDEMPOTENT, INTERNAL, "Leave the pool; what it holds is put back.") \
	M(worker_list, WORKER_LIST, HOOTENANNY, OWNER, QUICK, READ_ONLY, FULL, "Who works, on what, and what they can do.") \
	M(job_claim, JOB_CLAIM, HOOTENANNY, OWNER, QUICK, NORMAL, INTERNAL, "Ask for work.") \
	M(job_heartbeat, JOB_HEARTBEAT, HOOTENANNY, OWNER, QUICK, IDEMPOTENT, INTERNAL, "Prolong a lease, and hear whether to stop.") \
	M(job_progress, JOB_PROGRESS, HOOTENANNY, OWNER, QUICK, IDEMPOTENT, INTERNAL, "Say how far a step is; prolongs the lease.") \
	M(job_complete, JOB_COMPLETE, HOOTENANNY, OWNER, QUICK, IDEMPOTENT, INTERNAL, "Hand in the result of a step.") \
	M(job_fail, JOB_FAIL, HOOTENANNY, OWNER, QUICK, IDEMPOTENT, INTERNAL, "Say that a step could not be done.") \
	M(job_stopped, JOB_STOPPED, HOOTENANNY, OWNER, QUICK, IDEMPOTENT, INTERNAL, "Confirm that a step no longer runs.")

#define WORKER_JOINED_EVENT(F) F(OBJ(worker_view), worker, NONE, REQ, ANY, "the worker", "{}")
#define WORKER_LEFT_EVENT(F) \
	F(ID, worker_id, NONE, REQ, ANY, "the worker", "\"01938e6a-7c00-7000-8000-000000000005\"") \
	F(STR, name, NONE, REQ, ANY, "what it called itself", "\"hoot-worker\"") \
	F(STR, reason, NONE, REQ, ANY, "why", "\"not heard for 20 s\"")
#define WORKER_EVENTS(N) \
	N(worker_joined, WORKER_JOINED, HOOTENANNY, "A worker has joined the pool.") \
	N(worker_left, WORKER_LEFT, HOOTENANNY, "A worker has left, or was not heard for too long.")

#define WORKER_UNIONS(U)

#endif

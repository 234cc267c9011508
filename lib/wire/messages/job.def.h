/*
 * job.def.h - jobs: generation that takes a while, and the verbs that start it.
 *
 * A job is durable before it is acknowledged. It is a chain of one or more steps; each is claimed by a worker
 * of its own, and the artifact of one step is the first input of the next. A job id begins with its owner ("hoot:").
 * States: pending, running, then complete, failed or cancelled, which are for ever. `cancelling` says that a
 * worker has been told to stop and has not confirmed yet.
 */
#ifndef WIRE_MESSAGES_JOB_DEF_H
#define WIRE_MESSAGES_JOB_DEF_H

#define JOB_STATE_ENUM(V) \
	V(JOB_PENDING, "pending", "waits for a worker, or for its next attempt") \
	V(JOB_RUNNING, "running", "a worker has claimed its current step") \
	V(JOB_COMPLETE, "complete", "finished; the artifacts are there") \
	V(JOB_FAILED, "failed", "given up; `error` says why") \
	V(JOB_CANCELLED, "cancelled", "stopped, confirmed by the worker that had it")
#define JOB_PRIORITY_ENUM(V) \
	V(JOB_IDLE, "idle", "when nothing else waits") \
	V(JOB_LOW, "low", "before idle") \
	V(JOB_NORMAL, "normal", "before low") \
	V(JOB_HIGH, "high", "before normal") \
	V(JOB_CRITICAL, "critical", "before everything: it will be heard soon")
#define POLL_MODE_ENUM(V) \
	V(POLL_ANY, "any", "answer when one of the jobs has ended") \
	V(POLL_ALL, "all", "answer when all of them have")
#define JOB_ENUMS(E) \
	E(job_state, JOB_STATE_ENUM, "state of a job or of one of its steps") \
	E(job_priority, JOB_PRIORITY_ENUM, "what runs first") \
	E(poll_mode, POLL_MODE_ENUM, "how many to wait for")

/* What one step of a chain asks for. */
#define STEP_OBJECT(F) \
	F(STR, verb, NONE, REQ, LEN(1, 64), "sample (first), continue, project, embed; bridge (first, with two inputs)", "\"continue\"") \
	F(STR, space, NONE, DEF(""), LEN(0, 64), "space of the result; empty is the input's own", "\"audio\"") \
	F(STR, model, NONE, DEF(""), LEN(0, 128), "the model; empty is any that can", "\"\"") \
	F(JSON, params, NONE, OPT, ANY, "an object of the model's own parameters", "{\"temperature\": 0.9}") \
	F(INT, seed, NONE, OPT, RANGE(0, 9007199254740991), "when absent, 0 for project and embed, else drawn and recorded", "7")
#define JOB_STEP_OBJECT(F) \
	F(INT, step, COUNT, REQ, RANGE(0, 64), "place in the chain, from 0", "0") \
	F(STR, verb, NONE, REQ, ANY, "continue, project …", "\"continue\"") \
	F(STR, from_space, NONE, REQ, ANY, "space of its input; empty until that is known", "\"midi\"") \
	F(STR, space, NONE, REQ, ANY, "space of its result", "\"midi\"") \
	F(STR, model, NONE, REQ, ANY, "model asked for, or model and version that did it", "\"markov@1\"") \
	F(JSON, params, NONE, REQ, ANY, "the model's parameters", "{}") \
	F(INT, seed, NONE, REQ, ANY, "the seed", "7") \
	F(ENUM(job_state), state, NONE, REQ, ANY, "where this step is", "\"complete\"") \
	F(BOOL, cached, FLAG, REQ, ANY, "answered from the store", "false") \
	F(ID, artifact_id, NONE, OPT, ANY, "its result", "\"01938e6a-7c00-7000-8000-000000000003\"") \
	F(HASH, content_hash, NONE, OPT, ANY, "the content of its result", \
	  "\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"")
#define JOB_OBJECT(F) \
	F(ID, job_id, NONE, REQ, ANY, "the job", "\"hoot:01938e6a-7c00-7000-8000-000000000002\"") \
	F(STR, verb, NONE, REQ, ANY, "the verb that started it", "\"forward\"") \
	F(ENUM(job_state), state, NONE, REQ, ANY, "where it is", "\"running\"") \
	F(BOOL, cancelling, FLAG, REQ, ANY, "cancel was asked for and is not confirmed yet", "false") \
	F(ENUM(job_priority), priority, NONE, REQ, ANY, "what runs first", "\"normal\"") \
	F(STR, actor, NONE, REQ, ANY, "on whose behalf", "\"ada\"") \
	F(ID, region_id, NONE, OPT, ANY, "the latent region that waits for it", "\"01938e6a-7c00-7000-8000-000000000004\"") \
	F(LIST(ID), inputs, NONE, REQ, LEN(0, 16), "artifacts it works on", "[]") \
	F(LIST(OBJ(step_view)), steps, NONE, REQ, LEN(1, 16), "the chain", "[]") \
	F(INT, step, COUNT, REQ, RANGE(0, 16), "the current step", "0") \
	F(NUM, progress, RATIO, REQ, RANGE(0, 1), "of the whole job", "0.5") \
	F(STR, message, NONE, REQ, ANY, "what the worker says it is doing", "\"bar 4 of 8\"") \
	F(INT, attempt, COUNT, REQ, RANGE(0, 1e9), "attempts at the current step so far", "1") \
	F(INT, max_attempts, COUNT, REQ, RANGE(1, 100), "attempts before it has failed", "3") \
	F(ID, worker_id, NONE, OPT, ANY, "the worker that has it", "\"01938e6a-7c00-7000-8000-000000000005\"") \
	F(ID, artifact_id, NONE, OPT, ANY, "the result of the last step", "\"01938e6a-7c00-7000-8000-000000000003\"") \
	F(HASH, content_hash, NONE, OPT, ANY, "the content of that", \
	  "\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"") \
	F(JSON, result, NONE, OPT, ANY, "what else the worker answered", "{}") \
	F(STR, waiting_for, NONE, OPT, ANY, "pending, and no worker that is online can do its step, or one of those to come: which that is, and what there is", \
	  "\"no worker that is online can project abc to audio; what comes near: project midi to audio (soundfont)\"") \
	F(STR, error_code, NONE, OPT, ANY, "why it failed", "\"timeout\"") \
	F(STR, error, NONE, OPT, ANY, "why it failed, in words", "\"no worker could do it in time\"") \
	F(INT, created_unix_ms, UNIX_MS, REQ, RANGE(0, 9e15), "when it was asked for", "1700000000000") \
	F(INT, updated_unix_ms, UNIX_MS, REQ, RANGE(0, 9e15), "when it last changed", "1700000000000") \
	F(INT, deadline_unix_ms, UNIX_MS, OPT, RANGE(0, 9e15), "it fails when not done by then", "1700000060000")
#define JOB_OBJECTS(O) \
	O(step_spec, STEP_OBJECT, "a step to be done") \
	O(step_view, JOB_STEP_OBJECT, "a step and how far it is") \
	O(job_view, JOB_OBJECT, "a job")

/* What every verb that starts a job takes besides its own fields. */
#define JOB_START_FIELDS(F) \
	F(ID, region_id, NONE, OPT, LEN(1, 64), "a latent region to resolve with the result", "\"01938e6a-7c00-7000-8000-000000000004\"") \
	F(ENUM(job_priority), priority, NONE, DEF(normal), ANY, "what runs first", "\"normal\"") \
	F(INT, deadline_in_ms, MS, OPT, RANGE(1, 86400000), "give up when not done within this time", "60000") \
	F(INT, max_attempts, COUNT, DEF(3), RANGE(1, 100), "attempts before it has failed", "3") \
	F(BOOL, fresh, FLAG, DEF(false), ANY, "do it again even if the store has the answer", "false") \
	F(LIST(STR), tags, NONE, DEF([]), LEN(0, 64), "tags for the resulting artifact", "[\"draft\"]")
#define JOB_WAIT_FIELDS(F) \
	JOB_START_FIELDS(F) \
	F(INT, wait_ms, MS, DEF(0), RANGE(0, 600000), "how long to wait for the result; 0 answers at once", "10000")
#define JOB_STARTED_RESULT(F) F(OBJ(job_view), job, NONE, REQ, ANY, "the job; already complete when the store had the answer", "{}")

#define SAMPLE_FIELDS(F) \
	F(LIST(ID), inputs, NONE, DEF([]), LEN(0, 16), "what it should go with: chords, a melody, drums, a theme …; none out of nothing", "[]") \
	F(STR, space, NONE, DEF("midi"), LEN(1, 64), "the space to draw from", "\"midi\"") \
	F(STR, model, NONE, DEF(""), LEN(0, 128), "the model; empty is the first that can. space_list names them", "\"drums\"") \
	F(JSON, params, NONE, OPT, ANY, "an object of the model's own parameters", "{\"bars\": 8}") \
	F(INT, seed, NONE, OPT, RANGE(0, 9007199254740991), "drawn and recorded when absent", "7") \
	JOB_WAIT_FIELDS(F)
#define SAMPLE_RESULT(F) JOB_STARTED_RESULT(F)
#define EMBED_FIELDS(F) \
	F(ID, artifact_id, NONE, REQ, LEN(1, 64), "what to describe as a vector", "\"01938e6a-7c00-7000-8000-000000000001\"") \
	F(STR, space, NONE, DEF("embedding"), LEN(1, 64), "the space of the vector", "\"embedding\"") \
	F(STR, model, NONE, DEF(""), LEN(0, 128), "the model; empty is the first that can", "\"\"") \
	F(JSON, params, NONE, OPT, ANY, "an object of the model's own parameters", "{}") \
	F(INT, seed, NONE, OPT, RANGE(0, 9007199254740991), "0 when absent", "0") \
	JOB_WAIT_FIELDS(F)
#define EMBED_RESULT(F) JOB_STARTED_RESULT(F)
#define CONTINUE_FIELDS(F) \
	F(ID, artifact_id, NONE, REQ, LEN(1, 64), "what to go on from", "\"01938e6a-7c00-7000-8000-000000000001\"") \
	F(STR, space, NONE, DEF(""), LEN(0, 64), "space to continue in; empty is the artifact's own", "\"midi\"") \
	F(STR, model, NONE, DEF(""), LEN(0, 128), "the model; empty is any that can", "\"\"") \
	F(JSON, params, NONE, OPT, ANY, "an object of the model's own parameters", "{\"n_bars\": 8}") \
	F(INT, seed, NONE, OPT, RANGE(0, 9007199254740991), "drawn and recorded when absent", "7") \
	JOB_WAIT_FIELDS(F)
#define CONTINUE_RESULT(F) JOB_STARTED_RESULT(F)
#define PROJECT_FIELDS(F) \
	F(ID, artifact_id, NONE, REQ, LEN(1, 64), "what to project", "\"01938e6a-7c00-7000-8000-000000000001\"") \
	F(STR, space, NONE, REQ, LEN(1, 64), "the space to bring it to", "\"audio\"") \
	F(STR, model, NONE, DEF(""), LEN(0, 128), "the model; empty is any that can", "\"\"") \
	F(JSON, params, NONE, OPT, ANY, "an object of the model's own parameters", "{}") \
	F(INT, seed, NONE, OPT, RANGE(0, 9007199254740991), "0 when absent: the same input gives the same result", "7") \
	JOB_WAIT_FIELDS(F)
#define PROJECT_RESULT(F) JOB_STARTED_RESULT(F)
#define BRIDGE_FIELDS(F) \
	F(ID, artifact_id, NONE, REQ, LEN(1, 64), "what to lead over from", "\"01938e6a-7c00-7000-8000-000000000001\"") \
	F(ID, to_artifact_id, NONE, REQ, LEN(1, 64), "what to arrive at, of the same space", "\"01938e6a-7c00-7000-8000-000000000003\"") \
	F(STR, space, NONE, DEF(""), LEN(0, 64), "space of the bridge; empty is the artifacts' own", "\"midi\"") \
	F(STR, model, NONE, DEF(""), LEN(0, 128), "the model; empty is any that can", "\"\"") \
	F(JSON, params, NONE, OPT, ANY, "an object of the model's own parameters", "{\"bars\": 4}") \
	F(INT, seed, NONE, OPT, RANGE(0, 9007199254740991), "drawn and recorded when absent", "7") \
	JOB_WAIT_FIELDS(F)
#define BRIDGE_RESULT(F) JOB_STARTED_RESULT(F)
#define FORWARD_FIELDS(F) \
	F(LIST(ID), inputs, NONE, DEF_SHOWN([]), LEN(0, 16), "artifacts the first step works on; none for a sample out of nothing", \
	  "[\"01938e6a-7c00-7000-8000-000000000001\"]") \
	F(LIST(OBJ(step_spec)), steps, NONE, REQ, LEN(1, 16), "the chain", \
	  "[{\"verb\": \"continue\"}, {\"verb\": \"project\", \"space\": \"audio\"}]") \
	JOB_WAIT_FIELDS(F)
#define FORWARD_RESULT(F) JOB_STARTED_RESULT(F)
#define ARTIFACT_VERIFY_FIELDS(F) \
	F(ID, artifact_id, NONE, REQ, LEN(1, 64), "an artifact that a seeded job made", "\"01938e6a-7c00-7000-8000-000000000003\"") \
	F(ENUM(job_priority), priority, NONE, DEF(low), ANY, "what runs first", "\"low\"") \
	F(INT, wait_ms, MS, DEF(0), RANGE(0, 600000), "how long to wait for the result; 0 answers at once", "10000")
#define ARTIFACT_VERIFY_RESULT(F) JOB_STARTED_RESULT(F)

#define JOB_ID_FIELDS(F) \
	F(ID, job_id, NONE, REQ, LEN(1, 64), "the job", "\"hoot:01938e6a-7c00-7000-8000-000000000002\"")
#define JOB_RESULT(F) F(OBJ(job_view), job, NONE, REQ, ANY, "the job", "{}")
#define JOB_STATUS_FIELDS(F) JOB_ID_FIELDS(F)
#define JOB_STATUS_RESULT(F) JOB_RESULT(F)
#define JOB_CANCEL_FIELDS(F) \
	JOB_ID_FIELDS(F) \
	F(STR, reason, NONE, DEF(""), LEN(0, 500), "why", "\"changed my mind\"") \
	F(INT, wait_ms, MS, DEF(0), RANGE(0, 60000), "how long to wait for the worker's confirmation", "1000")
#define JOB_CANCEL_RESULT(F) \
	JOB_RESULT(F) \
	F(BOOL, confirmed, FLAG, REQ, ANY, "it no longer runs anywhere", "true")
#define JOB_POLL_FIELDS(F) \
	F(LIST(ID), job_ids, NONE, REQ, LEN(1, 64), "the jobs; an unknown one is an error", \
	  "[\"hoot:01938e6a-7c00-7000-8000-000000000002\"]") \
	F(ENUM(poll_mode), mode, NONE, DEF(all), ANY, "how many to wait for", "\"all\"") \
	F(INT, timeout_ms, MS, DEF(0), RANGE(0, 600000), "how long to wait; 0 answers at once", "30000")
#define JOB_POLL_RESULT(F) \
	F(LIST(OBJ(job_view)), jobs, NONE, REQ, LEN(0, 64), "all of them, with their results, in the order asked", "[]") \
	F(BOOL, timed_out, FLAG, REQ, ANY, "the time ran out first", "false")
#define JOB_LIST_FIELDS(F) \
	F(ENUM(job_state), state, NONE, OPT, ANY, "only those in this state", "\"running\"") \
	F(ID, region_id, NONE, OPT, LEN(1, 64), "only those for this region", "\"01938e6a-7c00-7000-8000-000000000004\"") \
	F(STR, actor, NONE, OPT, LEN(1, 128), "only those of this participant", "\"ada\"") \
	F(STR, cursor, NONE, DEF(""), LEN(0, 80), "where the last page ended", "\"\"") \
	F(INT, limit, COUNT, DEF(50), RANGE(1, 500), "how many at most", "50")
#define JOB_LIST_RESULT(F) \
	F(LIST(OBJ(job_view)), jobs, NONE, REQ, LEN(0, 500), "newest first", "[]") \
	F(STR, cursor, NONE, REQ, ANY, "go on from here; empty at the end", "\"\"")

/* M(name, NAME, owner, routing, work, annotations, profile, doc) */
#define JOB_REQUESTS(M) \
	M(sample, SAMPLE, HOOTENANNY, OWNER, JOB, NORMAL, CORE, "Draw something new from a model: a tune, chords, drums, a bass to what there is.") \
	M(embed, EMBED, HOOTENANNY, OWNER, JOB, NORMAL, FULL, "Describe an artifact as a vector, to compare it by.") \
	M(continue_, CONTINUE, HOOTENANNY, OWNER, JOB, NORMAL, CORE, "Go on from an artifact in its style.") \
	M(bridge, BRIDGE, HOOTENANNY, OWNER, JOB, NORMAL, CORE, "Make some bars that lead over from one artifact to another.") \
	M(project, PROJECT, HOOTENANNY, OWNER, JOB, NORMAL, CORE, "Bring an artifact to another space, such as midi to audio, by way of others where needed.") \
	M(forward, FORWARD, HOOTENANNY, OWNER, JOB, NORMAL, CORE, "Run a chain of steps, each on the result of the one before.") \
	M(artifact_verify, ARTIFACT_VERIFY, HOOTENANNY, OWNER, JOB, NORMAL, FULL, "Make an artifact again from its seed and compare the content.") \
	M(job_status, JOB_STATUS, HOOTENANNY, BY_JOB, QUICK, READ_ONLY, CORE, "Look at a job.") \
	M(job_poll, JOB_POLL, HOOTENANNY, BY_JOB, QUICK, READ_ONLY, CORE, "Wait for any or all of some jobs, and get their results.") \
	M(job_cancel, JOB_CANCEL, HOOTENANNY, BY_JOB, QUICK, DESTRUCTIVE, CORE, "Stop a job.") \
	M(job_list, JOB_LIST, HOOTENANNY, GATHER, QUICK, READ_ONLY, CORE, "List jobs.")

#define JOB_STATE_CHANGED_EVENT(F) \
	F(OBJ(job_view), job, NONE, REQ, ANY, "the job as it is now", "{}")
#define JOB_PROGRESSED_EVENT(F) \
	F(ID, job_id, NONE, REQ, ANY, "the job", "\"hoot:01938e6a-7c00-7000-8000-000000000002\"") \
	F(INT, step, COUNT, REQ, RANGE(0, 16), "the current step", "0") \
	F(NUM, progress, RATIO, REQ, RANGE(0, 1), "of the whole job", "0.5") \
	F(STR, message, NONE, REQ, ANY, "what the worker says it is doing", "\"bar 4 of 8\"")
#define JOB_EVENTS(N) \
	N(job_state_changed, JOB_STATE_CHANGED, HOOTENANNY, "A job went to another state or to its next step.") \
	N(job_progressed, JOB_PROGRESSED, HOOTENANNY, "A worker says how far it is.")

#define JOB_UNIONS(U)

#endif

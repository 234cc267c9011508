/*
 * latent.def.h - messages about the life of a latent region.
 *
 *   pending -> running -> resolved -> approved -> mixed_in
 *
 * and held, rejected, failed, superseded, cancelled (lib/timeline/latent.h has the whole table). A
 * latent is made by region_create with behaviour `latent`. Each request here is one step; a step that
 * is not allowed is refused with `bad_state`, naming the state and what is allowed. Sending the same
 * step again with the same job changes nothing and succeeds, so an outbox may repeat itself.
 *
 * Owner: chaosgarden.
 */
#ifndef WIRE_MESSAGES_LATENT_DEF_H
#define WIRE_MESSAGES_LATENT_DEF_H

#define CROSSFADE_ENUM(V) \
	V(VIEW_CROSSFADE_CUT, "cut", "hard cut at the boundary") \
	V(VIEW_CROSSFADE_LINEAR, "linear", "the levels add up to one") \
	V(VIEW_CROSSFADE_EQUAL_POWER, "equal_power", "the powers add up to one")
#define LATENT_ENUMS(E) E(crossfade_view, CROSSFADE_ENUM, "how one sound gives way to another")

/*
 * The region keeps its position: its content enters as if it had been playing since there, from the
 * boundary on (or from the region's start, where that is later). Over `beats` from there it fades in
 * and the regions in `replaces` fade out and stay silent. With `via` (a generated bridge, a latent of its own) both are
 * approved together: the bridge enters at the boundary, and this region's crossfade ends where the bridge does.
 */
#define MIX_IN_OBJECT(F) \
	F(ENUM(crossfade_view), kind, NONE, DEF(equal_power), ANY, "how it enters", "\"linear\"") \
	F(NUM, beats, BEATS, DEF(4), RANGE(0, 1024), "length of the crossfade (none for cut)", "4") \
	F(OBJ(musical_when), at, NONE, OPT, ANY, "where it enters; left out, the next bar", "{\"boundary\": \"at_bar\", \"bar\": 9}") \
	F(LIST(ID), replaces, NONE, OPT, LEN(0, 64), "the regions that it takes over from", "[\"r1\"]") \
	F(ID, via, NONE, OPT, LEN(1, 120), "a resolved latent that leads over: it takes over from `replaces` there, and this one takes over from it where it ends", "\"r4\"")
#define LATENT_OBJECTS(O) O(mix_in, MIX_IN_OBJECT, "how new content enters")

#define LATENT_WHICH(F) \
	F(ID, region_id, NONE, REQ, LEN(1, 120), "the latent region", "\"r2\"")
#define LATENT_JOB(F) \
	LATENT_WHICH(F) \
	F(ID, job_id, NONE, REQ, LEN(1, 120), "the job at work; a step from any other job is refused", "\"hoot:job:1\"")
#define LATENT_STEP_RESULT(F) \
	F(ID, region_id, NONE, REQ, ANY, "the region", "\"r2\"") \
	F(ENUM(region_state_view), state, NONE, REQ, ANY, "its state now", "\"running\"") \
	F(ENUM(region_state_view), previous_state, NONE, REQ, ANY, "its state before", "\"pending\"") \
	F(INT, revision, REVISION, REQ, ANY, "revision of the timeline", "14")

#define LATENT_START_FIELDS(F) LATENT_JOB(F)
#define LATENT_START_RESULT(F) LATENT_STEP_RESULT(F)
#define LATENT_PROGRESS_FIELDS(F) \
	LATENT_JOB(F) \
	F(NUM, progress, RATIO, REQ, RANGE(0, 1), "how far it is", "0.5") \
	F(STR, note, NONE, OPT, LEN(0, 400), "what it is doing", "\"bar 3 of 8\"")
#define LATENT_PROGRESS_RESULT(F) LATENT_STEP_RESULT(F)
#define LATENT_REFINE_FIELDS(F) \
	LATENT_JOB(F) \
	F(STR, step, NONE, REQ, LEN(1, 200), "the step of the chain that is finished", "\"continue\"") \
	F(ID, artifact_id, NONE, OPT, LEN(1, 120), "what that step made", "\"hoot:art:0193\"") \
	F(ID, next_job_id, NONE, OPT, LEN(1, 120), "the job of the next step, when it is another one", "\"hoot:job:2\"")
#define LATENT_REFINE_RESULT(F) \
	LATENT_STEP_RESULT(F) \
	F(INT, refinements, COUNT, REQ, ANY, "finished steps so far", "1")
#define LATENT_RESOLVE_FIELDS(F) \
	LATENT_JOB(F) \
	F(ID, artifact_id, NONE, REQ, LEN(1, 120), "the artifact", "\"hoot:art:0193\"") \
	F(HASH, content_hash, NONE, REQ, ANY, "its content", "\"sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\"") \
	F(STR, path, NONE, OPT, LEN(1, 4000), "the file; left out, it is looked for under --cas-root", "\"/srv/cas/objects/sha256/9f/86d0\"") \
	F(STR, mime, NONE, OPT, LEN(1, 120), "audio/wav or audio/midi", "\"audio/wav\"") \
	F(NUM, duration_seconds, SECONDS, OPT, RANGE(0, 1e6), "how long the content is", "16")
#define LATENT_RESOLVE_RESULT(F) LATENT_STEP_RESULT(F)
#define LATENT_FAIL_FIELDS(F) \
	LATENT_JOB(F) \
	F(STR, reason, NONE, REQ, LEN(1, 400), "why", "\"worker ran out of memory\"")
#define LATENT_FAIL_RESULT(F) LATENT_STEP_RESULT(F)
#define LATENT_APPROVE_FIELDS(F) \
	LATENT_WHICH(F) \
	F(OBJ(mix_in), mix_in, NONE, OPT, ANY, "how it enters; left out, equal_power over 4 beats at the next bar", "{\"kind\": \"linear\", \"beats\": 4}")
#define LATENT_APPROVE_RESULT(F) \
	LATENT_STEP_RESULT(F) \
	F(NUM, enters_beats, BEATS, REQ, ANY, "the beat at which it enters", "32") \
	F(INT, enters_frame, FRAMES, REQ, ANY, "the frame of the timeline, by the tempo map as it is", "768000")
#define LATENT_HOLD_FIELDS(F) LATENT_WHICH(F)
#define LATENT_HOLD_RESULT(F) LATENT_STEP_RESULT(F)
#define LATENT_REJECT_FIELDS(F) \
	LATENT_WHICH(F) \
	F(STR, reason, NONE, OPT, LEN(1, 400), "why", "\"too busy\"")
#define LATENT_REJECT_RESULT(F) LATENT_STEP_RESULT(F)
#define LATENT_SUPERSEDE_FIELDS(F) \
	LATENT_WHICH(F) \
	F(ID, by_region_id, NONE, OPT, LEN(1, 120), "the region that took its place", "\"r3\"") \
	F(STR, reason, NONE, OPT, LEN(1, 400), "why", "\"the second variation is better\"")
#define LATENT_SUPERSEDE_RESULT(F) LATENT_STEP_RESULT(F)
#define LATENT_CANCEL_FIELDS(F) \
	LATENT_WHICH(F) \
	F(STR, reason, NONE, OPT, LEN(1, 400), "why", "\"not needed any more\"")
#define LATENT_CANCEL_RESULT(F) LATENT_STEP_RESULT(F)

#define LATENT_REQUESTS(M) \
	M(latent_start, LATENT_START, CHAOSGARDEN, OWNER, QUICK, IDEMPOTENT, INTERNAL, "A job works on it now.") \
	M(latent_progress, LATENT_PROGRESS, CHAOSGARDEN, OWNER, QUICK, IDEMPOTENT, INTERNAL, "How far that job is.") \
	M(latent_refine, LATENT_REFINE, CHAOSGARDEN, OWNER, QUICK, NORMAL, INTERNAL, "A step of the chain is finished, the next one goes on.") \
	M(latent_resolve, LATENT_RESOLVE, CHAOSGARDEN, OWNER, QUICK, IDEMPOTENT, INTERNAL, "The content exists.") \
	M(latent_fail, LATENT_FAIL, CHAOSGARDEN, OWNER, QUICK, IDEMPOTENT, INTERNAL, "The job failed for good.") \
	M(latent_approve, LATENT_APPROVE, CHAOSGARDEN, OWNER, QUICK, IDEMPOTENT, FULL, "Let it enter the mix at a boundary.") \
	M(latent_hold, LATENT_HOLD, CHAOSGARDEN, OWNER, QUICK, IDEMPOTENT, FULL, "Keep it for later.") \
	M(latent_reject, LATENT_REJECT, CHAOSGARDEN, OWNER, QUICK, IDEMPOTENT, FULL, "Decide against it.") \
	M(latent_supersede, LATENT_SUPERSEDE, CHAOSGARDEN, OWNER, QUICK, IDEMPOTENT, FULL, "Something better took its place.") \
	M(latent_cancel, LATENT_CANCEL, CHAOSGARDEN, OWNER, QUICK, IDEMPOTENT, FULL, "Give it up.")

#define LATENT_STATE_CHANGED_EVENT(F) \
	F(ID, region_id, NONE, REQ, ANY, "the region", "\"r2\"") \
	F(ENUM(region_state_view), state, NONE, REQ, ANY, "its state now", "\"running\"") \
	F(ENUM(region_state_view), previous_state, NONE, REQ, ANY, "its state before", "\"pending\"") \
	F(ID, job_id, NONE, OPT, ANY, "the job", "\"hoot:job:1\"") \
	F(STR, reason, NONE, OPT, ANY, "why", "\"too busy\"") \
	F(NUM, enters_beats, BEATS, OPT, ANY, "the beat at which it enters, once that is known", "32") \
	F(STR, actor, NONE, REQ, ANY, "who did it", "\"human:ann\"") \
	F(INT, revision, REVISION, REQ, ANY, "revision of the timeline", "14")
#define LATENT_PROGRESSED_EVENT(F) \
	F(ID, region_id, NONE, REQ, ANY, "the region", "\"r2\"") \
	F(ID, job_id, NONE, REQ, ANY, "the job", "\"hoot:job:1\"") \
	F(NUM, progress, RATIO, REQ, ANY, "how far it is", "0.5") \
	F(INT, refinements, COUNT, REQ, ANY, "finished steps so far", "0") \
	F(STR, note, NONE, OPT, ANY, "what it is doing, or the step that was finished", "\"bar 3 of 8\"")
#define LATENT_RESOLVED_EVENT(F) \
	F(ID, region_id, NONE, REQ, ANY, "the region", "\"r2\"") \
	F(ID, job_id, NONE, REQ, ANY, "the job", "\"hoot:job:1\"") \
	F(ID, artifact_id, NONE, REQ, ANY, "the artifact", "\"hoot:art:0193\"") \
	F(HASH, content_hash, NONE, REQ, ANY, "its content", "\"sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\"") \
	F(NUM, position_beats, BEATS, REQ, ANY, "where the region begins", "32")
#define MIXED_IN_EVENT(F) \
	F(ID, region_id, NONE, REQ, ANY, "the region that sounds from here on", "\"r2\"") \
	F(NUM, beat, BEATS, REQ, ANY, "the beat at which it entered", "32") \
	F(INT, frame, FRAMES, REQ, ANY, "the frame of the timeline", "768000") \
	F(INT, engine_frame, FRAMES, REQ, ANY, "the frame of the engine", "800000") \
	F(ENUM(crossfade_view), kind, NONE, REQ, ANY, "how it entered", "\"linear\"") \
	F(NUM, beats, BEATS, REQ, ANY, "length of the crossfade", "4")
#define LATENT_EVENTS(N) \
	N(latent_state_changed, LATENT_STATE_CHANGED, CHAOSGARDEN, "A latent region made a step in its life.") \
	N(latent_progressed, LATENT_PROGRESSED, CHAOSGARDEN, "The job of a latent region moved on.") \
	N(latent_resolved, LATENT_RESOLVED, CHAOSGARDEN, "The content of a latent region exists: somebody may decide now.") \
	N(mixed_in, MIXED_IN, CHAOSGARDEN, "New content entered the mix.")

#define LATENT_UNIONS(U)

#endif

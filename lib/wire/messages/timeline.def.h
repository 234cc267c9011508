/*
 * timeline.def.h - messages about the timeline: regions, markers, edits of both and of the tempo map.
 *
 * Owner: chaosgarden. The timeline changes only by edits: a list of operations, all or none, that
 * makes the next revision. Single-purpose requests (region_create ...) are edits of one operation.
 */
#ifndef WIRE_MESSAGES_TIMELINE_DEF_H
#define WIRE_MESSAGES_TIMELINE_DEF_H

/* ---- enumerations ---- */

#define BEHAVIOUR_ENUM(V) \
	V(VIEW_BEHAVIOUR_PLAY_CONTENT, "play_content", "plays audio or MIDI content") \
	V(VIEW_BEHAVIOUR_LATENT, "latent", "an intent whose content is still to come") \
	V(VIEW_BEHAVIOUR_APPLY_PROCESSING, "apply_processing", "moves a parameter over its duration") \
	V(VIEW_BEHAVIOUR_EMIT_TRIGGER, "emit_trigger", "fires a trigger at its start") \
	V(VIEW_BEHAVIOUR_CUSTOM, "custom", "means something to those who know its data; entering it is an event")
#define REGION_STATE_ENUM(V) \
	V(VIEW_REGION_PLAIN, "plain", "was never latent") \
	V(VIEW_REGION_PENDING, "pending", "an intent that nobody works on yet") \
	V(VIEW_REGION_RUNNING, "running", "a job is making its content") \
	V(VIEW_REGION_RESOLVED, "resolved", "the content exists and waits for a decision") \
	V(VIEW_REGION_HELD, "held", "kept for later") \
	V(VIEW_REGION_APPROVED, "approved", "will enter at a scheduled beat") \
	V(VIEW_REGION_MIXED_IN, "mixed_in", "sounds in its place") \
	V(VIEW_REGION_REJECTED, "rejected", "decided against") \
	V(VIEW_REGION_FAILED, "failed", "its job failed; another one may be started") \
	V(VIEW_REGION_SUPERSEDED, "superseded", "something better took its place") \
	V(VIEW_REGION_CANCELLED, "cancelled", "given up before it was decided on")
#define CURVE_ENUM(V) \
	V(VIEW_CURVE_LINEAR, "linear", "straight") \
	V(VIEW_CURVE_EXPONENTIAL, "exponential", "slow, then fast") \
	V(VIEW_CURVE_LOGARITHMIC, "logarithmic", "fast, then slow") \
	V(VIEW_CURVE_S, "s_curve", "slow at both ends") \
	V(VIEW_CURVE_HOLD, "hold", "the first value until the end")
#define EDIT_KIND_ENUM(V) \
	V(VIEW_EDIT_KIND_EDIT, "edit", "a change of its own") \
	V(VIEW_EDIT_KIND_UNDO, "undo", "takes an earlier edit back") \
	V(VIEW_EDIT_KIND_REDO, "redo", "does an undone edit again") \
	V(VIEW_EDIT_KIND_REVERT, "revert", "takes back what one actor did") \
	V(VIEW_EDIT_KIND_LATENT, "latent", "a step in the life of a latent region")
#define TIMELINE_ENUMS(E) \
	E(behaviour_view, BEHAVIOUR_ENUM, "what a region does") \
	E(region_state_view, REGION_STATE_ENUM, "where a region is in its life") \
	E(curve_view, CURVE_ENUM, "the way from one value to another") \
	E(edit_kind_view, EDIT_KIND_ENUM, "where an edit comes from")

/* ---- objects ---- */

#define CONTENT_OBJECT(F) \
	F(HASH, hash, NONE, OPT, ANY, "the content's hash; alone, it is looked for under --cas-root", "\"sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\"") \
	F(STR, path, PATH, OPT, LEN(1, 4000), "the file, as chaosgarden can open it", "\"/srv/tune.wav\"") \
	F(STR, mime, NONE, OPT, LEN(1, 120), "audio/wav or audio/midi; left out, the file's first bytes decide", "\"audio/wav\"") \
	F(ID, artifact_id, NONE, OPT, LEN(1, 120), "the artifact it belongs to", "\"hoot:art:0193\"") \
	F(NUM, duration_seconds, SECONDS, OPT, RANGE(0, 1e6), "length of the whole content, when known", "16") \
	F(NUM, offset_seconds, SECONDS, DEF(0), RANGE(0, 1e6), "skip this much of it", "0") \
	F(NUM, rate, NONE, DEF(1), RANGE(0.01, 100), "play audio this much faster (and higher)", "1") \
	F(BOOL, reverse, FLAG, DEF(false), ANY, "play audio backwards", "false")
#define INTENT_OBJECT(F) \
	F(STR, verb, NONE, OPT, LEN(1, 120), "what is to be done", "\"continue\"") \
	F(STR, space, NONE, OPT, LEN(1, 120), "in which space", "\"midi\"") \
	F(TEXT, prompt, NONE, OPT, LEN(0, 10000), "in words", "\"4 bars of jazz piano\"") \
	F(JSON, parameters, NONE, OPT, ANY, "generation parameters", "{\"seed\": 7}") \
	F(JSON, constraints, NONE, OPT, ANY, "what the result has to fulfil", "{\"key\": \"D\"}") \
	F(JSON, context, NONE, OPT, ANY, "what it grows out of", "{\"after\": \"r1\"}")
#define PROCESSING_OBJECT(F) \
	F(STR, target, NONE, REQ, LEN(1, 200), "node:parameter; `mix:gain` is the level of the whole mix", "\"mix:gain\"") \
	F(NUM, from_value, NONE, REQ, RANGE(-1e8, 1e8), "value at the start", "1") \
	F(NUM, to_value, NONE, REQ, RANGE(-1e8, 1e8), "value at the end", "0.25") \
	F(ENUM(curve_view), curve, NONE, DEF(linear), ANY, "the way between them", "\"linear\"")
#define REGION_BODY(F) \
	F(NUM, position_beats, BEATS, REQ, RANGE(-1e8, 1e8), "where it begins", "16") \
	F(NUM, duration_beats, BEATS, OPT, RANGE(0.000001, 1e8), "how long it is; left out, the length of the content at the tempo there", "16") \
	F(ENUM(behaviour_view), behaviour, NONE, DEF(play_content), ANY, "what it does", "\"play_content\"") \
	F(STR, name, NONE, OPT, LEN(1, 200), "for people to read", "\"verse\"") \
	F(STR, output, NONE, OPT, LEN(1, 200), "node:port that it plays into; left out, `mix:in`", "\"mix:in\"") \
	F(NUM, gain, GAIN, DEF(1), RANGE(0, 64), "linear level", "1") \
	F(NUM, fade_in_beats, BEATS, DEF(0), RANGE(0, 1e6), "fade at its start", "0") \
	F(NUM, fade_out_beats, BEATS, DEF(0), RANGE(0, 1e6), "fade at its end", "0") \
	F(LIST(STR), tags, NONE, OPT, LEN(0, 64), "for searching", "[\"chorus\"]") \
	F(OBJ(content_spec), content, NONE, OPT_SHOWN, ANY, "what play_content plays", "{\"path\": \"/srv/tune.wav\"}") \
	F(OBJ(intent_spec), intent, NONE, OPT, ANY, "what a latent region wants to become", "{\"prompt\": \"4 bars of jazz piano\"}") \
	F(OBJ(processing_spec), processing, NONE, OPT, ANY, "what apply_processing moves", "{\"target\": \"mix:gain\", \"from_value\": 1, \"to_value\": 0}") \
	F(STR, trigger, NONE, OPT, LEN(1, 200), "what emit_trigger fires", "\"drop\"") \
	F(JSON, custom, NONE, OPT, ANY, "data of a custom region", "{\"light\": \"red\"}")
#define REGION_NEW_OBJECT(F) \
	F(ID, region_id, NONE, OPT, LEN(1, 120), "its id; left out, a new one is made", "\"r1\"") \
	REGION_BODY(F)
#define REGION_CHANGE_OBJECT(F) \
	F(ID, region_id, NONE, REQ, LEN(1, 120), "which region", "\"r1\"") \
	F(NUM, position_beats, BEATS, OPT, RANGE(-1e8, 1e8), "move it there", "32") \
	F(NUM, duration_beats, BEATS, OPT, RANGE(0.000001, 1e8), "make it that long", "8") \
	F(STR, name, NONE, OPT, LEN(1, 200), "for people to read", "\"chorus\"") \
	F(STR, output, NONE, OPT, LEN(1, 200), "node:port that it plays into", "\"mix:in\"") \
	F(NUM, gain, GAIN, OPT, RANGE(0, 64), "linear level", "0.5") \
	F(NUM, fade_in_beats, BEATS, OPT, RANGE(0, 1e6), "fade at its start", "1") \
	F(NUM, fade_out_beats, BEATS, OPT, RANGE(0, 1e6), "fade at its end", "1") \
	F(LIST(STR), tags, NONE, OPT, LEN(0, 64), "these instead of the tags it has", "[\"chorus\"]") \
	F(OBJ(content_spec), content, NONE, OPT, ANY, "play this instead (play_content only)", "{\"path\": \"/srv/other.wav\"}") \
	F(OBJ(intent_spec), intent, NONE, OPT, ANY, "want this instead (pending latents only)", "{\"prompt\": \"slower\"}")
#define REGION_REF_OBJECT(F) \
	F(ID, region_id, NONE, REQ, LEN(1, 120), "which region", "\"r1\"")
#define MARKER_NEW_OBJECT(F) \
	F(ID, marker_id, NONE, OPT, LEN(1, 120), "its id; left out, a new one is made", "\"m1\"") \
	F(NUM, position_beats, BEATS, REQ, RANGE(-1e8, 1e8), "where", "32") \
	F(STR, marker_type, NONE, REQ, LEN(1, 120), "section_change, cue_point, generate_transition, or a word of your own", "\"cue_point\"") \
	F(STR, label, NONE, OPT, LEN(1, 200), "for people to read", "\"bridge\"") \
	F(JSON, metadata, NONE, OPT, ANY, "goes out with the event when it is reached", "{\"beats_available\": 8}")
#define MARKER_REF_OBJECT(F) \
	F(ID, marker_id, NONE, REQ, LEN(1, 120), "which marker", "\"m1\"")
#define BEAT_REF_OBJECT(F) \
	F(NUM, position_beats, BEATS, REQ, RANGE(-1e8, 1e8), "the point at exactly this beat", "64")
#define PICKUP_OBJECT(F) \
	F(NUM, bar_one_beats, BEATS, REQ, RANGE(0, 1024), "the beat at which bar 1 starts", "1")

#define REGION_INFO_OBJECT(F) \
	F(ID, region_id, NONE, REQ, ANY, "its id, the same through its whole life", "\"r1\"") \
	F(NUM, position_beats, BEATS, REQ, ANY, "where it begins", "16") \
	F(NUM, duration_beats, BEATS, REQ, ANY, "how long it is", "16") \
	F(ENUM(behaviour_view), behaviour, NONE, REQ, ANY, "what it does", "\"play_content\"") \
	F(ENUM(region_state_view), state, NONE, REQ, ANY, "where it is in its life", "\"plain\"") \
	F(STR, name, NONE, OPT, ANY, "for people to read", "\"verse\"") \
	F(STR, output, NONE, REQ, ANY, "node:port that it plays into", "\"mix:in\"") \
	F(NUM, gain, GAIN, REQ, ANY, "linear level", "1") \
	F(NUM, fade_in_beats, BEATS, REQ, ANY, "fade at its start", "0") \
	F(NUM, fade_out_beats, BEATS, REQ, ANY, "fade at its end", "0") \
	F(LIST(STR), tags, NONE, REQ, ANY, "for searching", "[]") \
	F(OBJ(content_spec), content, NONE, OPT, ANY, "its content, once there is some", "{}") \
	F(OBJ(intent_spec), intent, NONE, OPT, ANY, "what it wants or wanted to become", "{}") \
	F(OBJ(processing_spec), processing, NONE, OPT, ANY, "what it moves", "{\"target\": \"mix:gain\", \"from_value\": 1, \"to_value\": 0}") \
	F(STR, trigger, NONE, OPT, ANY, "what it fires", "\"drop\"") \
	F(JSON, custom, NONE, OPT, ANY, "its custom data", "{}") \
	F(ID, job_id, NONE, OPT, ANY, "the job that makes or made its content", "\"hoot:job:1\"") \
	F(NUM, progress, RATIO, OPT, ANY, "how far that job is, 0 to 1", "0.5") \
	F(INT, refinements, COUNT, REQ, ANY, "finished steps of a chain so far", "0") \
	F(NUM, enters_beats, BEATS, OPT, ANY, "where its content enters or entered the mix", "32") \
	F(ENUM(crossfade_view), enters_how, NONE, OPT, ANY, "how it enters", "\"linear\"") \
	F(NUM, enters_over_beats, BEATS, OPT, ANY, "length of that crossfade", "4") \
	F(LIST(ID), replaces, NONE, OPT, ANY, "the regions that it takes over from", "[\"r0\"]") \
	F(ID, taken_over_by, NONE, OPT, ANY, "the region that takes over from it", "\"r2\"") \
	F(NUM, leaves_beats, BEATS, OPT, ANY, "where it gives way to that one", "48") \
	F(ENUM(crossfade_view), leaves_how, NONE, OPT, ANY, "how it gives way", "\"linear\"") \
	F(NUM, leaves_over_beats, BEATS, OPT, ANY, "length of that crossfade", "4") \
	F(STR, reason, NONE, OPT, ANY, "why it failed or was rejected", "\"too busy\"") \
	F(STR, actor, NONE, REQ, ANY, "who made it", "\"human:ann\"") \
	F(INT, revision, REVISION, REQ, ANY, "the revision that last changed it", "12")
#define MARKER_INFO_OBJECT(F) \
	F(ID, marker_id, NONE, REQ, ANY, "its id", "\"m1\"") \
	F(NUM, position_beats, BEATS, REQ, ANY, "where", "32") \
	F(STR, marker_type, NONE, REQ, ANY, "what kind", "\"cue_point\"") \
	F(STR, label, NONE, OPT, ANY, "for people to read", "\"bridge\"") \
	F(JSON, metadata, NONE, OPT, ANY, "whatever came with it", "{}")
#define EDIT_INFO_OBJECT(F) \
	F(INT, revision, REVISION, REQ, ANY, "the revision it made", "12") \
	F(ENUM(edit_kind_view), kind, NONE, REQ, ANY, "where it comes from", "\"edit\"") \
	F(STR, actor, NONE, REQ, ANY, "who did it", "\"human:ann\"") \
	F(INT, time_unix_ms, UNIX_MS, REQ, ANY, "when, milliseconds since 1970", "1764000000000") \
	F(NUM, at_beats, BEATS, OPT, ANY, "the beat it was applied at, when it was scheduled", "32") \
	F(ID, edit_id, NONE, OPT, ANY, "the scheduled edit that this was", "\"s4\"") \
	F(INT, of_revision, REVISION, OPT, ANY, "the edit that an undo or redo is about", "11") \
	F(LIST(INT), reverted, NONE, OPT, ANY, "the edits that a revert took back", "[11]") \
	F(BOOL, undone, FLAG, REQ, ANY, "whether a later edit took it back", "false") \
	F(LIST(STR), touched, NONE, REQ, ANY, "what it changed: region:r1, marker:m1, tempo, meter", "[\"region:r1\"]")

#define PENDING_EDIT_OBJECT(F) \
	F(ID, edit_id, NONE, REQ, ANY, "its name, for timeline_cancel_edit", "\"s4\"") \
	F(STR, actor, NONE, REQ, ANY, "whose it is", "\"human:ann\"") \
	F(NUM, at_beats, BEATS, REQ, ANY, "the beat it waits for", "32") \
	F(INT, time_unix_ms, UNIX_MS, REQ, ANY, "when it was accepted, milliseconds since 1970", "1764000000000") \
	F(INT, base_revision, REVISION, REQ, ANY, "the revision it was accepted in", "12") \
	F(LIST(STR), touched, NONE, REQ, ANY, "what it will change: region:r1, marker:m1, tempo, meter", "[\"region:r1\"]") \
	F(STR, conflict, NONE, OPT, ANY, "why it would be dropped if its beat came now", "\"region:r1 was changed by 'bob' in revision 14\"")

/* A name as in PENDING_EDIT_OBJECT, and what is different of it. */
#define PENDING_CONFLICT_OBJECT(F) \
	F(ID, edit_id, NONE, REQ, ANY, "the edit that waits", "\"s4\"") \
	F(STR, conflict, NONE, OPT, ANY, "why it would be dropped if its beat came now; left out, it would not", "\"region:r1 was changed by 'bob' in revision 14\"")

#define TIMELINE_OBJECTS(O) \
	O(content_spec, CONTENT_OBJECT, "audio or MIDI in a file") \
	O(intent_spec, INTENT_OBJECT, "what a latent region wants to become") \
	O(processing_spec, PROCESSING_OBJECT, "a parameter moved over time") \
	O(region_new, REGION_NEW_OBJECT, "a region to be made") \
	O(region_change, REGION_CHANGE_OBJECT, "what changes of a region; what is left out stays") \
	O(region_ref, REGION_REF_OBJECT, "a region") \
	O(marker_new, MARKER_NEW_OBJECT, "a marker to be made") \
	O(marker_ref, MARKER_REF_OBJECT, "a marker") \
	O(beat_ref, BEAT_REF_OBJECT, "a point of a map") \
	O(pickup_spec, PICKUP_OBJECT, "where bar 1 starts") \
	O(region_view, REGION_INFO_OBJECT, "a region as it is") \
	O(marker_view, MARKER_INFO_OBJECT, "a marker as it is") \
	O(edit_view, EDIT_INFO_OBJECT, "one entry of the history") \
	O(pending_edit, PENDING_EDIT_OBJECT, "an edit that waits for its beat") \
	O(pending_conflict, PENDING_CONFLICT_OBJECT, "what stands in the way of an edit that waits")

/* ---- the operations of an edit: {"op": "region_create", ...fields of the object} ---- */

#define TIMELINE_OP_UNION(A) \
	A(OP_REGION_CREATE, region_create, region_new, "make a region") \
	A(OP_REGION_UPDATE, region_update, region_change, "move it, resize it, change level, fades, output, tags, content") \
	A(OP_REGION_DELETE, region_delete, region_ref, "remove a region") \
	A(OP_MARKER_ADD, marker_add, marker_new, "set a marker") \
	A(OP_MARKER_REMOVE, marker_remove, marker_ref, "remove a marker") \
	A(OP_TEMPO_SET, tempo_set, tempo_point_view, "set the tempo from a beat on") \
	A(OP_TEMPO_CLEAR, tempo_clear, beat_ref, "remove a tempo point (the first one stays)") \
	A(OP_METER_SET, meter_set, meter_point_view, "set the meter from a bar line on") \
	A(OP_METER_CLEAR, meter_clear, beat_ref, "remove a meter point (the first one stays)") \
	A(OP_PICKUP_SET, pickup_set, pickup_spec, "say where bar 1 starts")
#define TIMELINE_UNIONS(U) \
	U(timeline_op, TIMELINE_OP_UNION, "op", "one operation of an edit")

/* ---- requests ---- */

/* Every edit may say what it was based on and when it is to happen. */
#define EDIT_FIELDS(F) \
	F(INT, base_revision, REVISION, OPT, RANGE(0, 9e15), "the revision you looked at; the edit is refused with `conflict` when what it touches changed since", "12") \
	F(OBJ(musical_when), at, NONE, OPT, ANY, "when it takes effect; left out, now", "{\"boundary\": \"next_bar\"}") \
	F(BOOL, dry_run, FLAG, DEF(false), ANY, "only say what would happen", "false")
#define EDIT_RESULT(F) \
	F(INT, revision, REVISION, REQ, ANY, "the revision it made (or would make); 0 while it is scheduled", "13") \
	F(NUM, at_beats, BEATS, OPT, ANY, "the beat at which it is scheduled", "32") \
	F(ID, edit_id, NONE, REQ, ANY, "names the edit: `e` and its revision, or `s` and a number while it waits for its beat", "\"s4\"")

#define TIMELINE_EDIT_FIELDS(F) \
	F(LIST(UNION(timeline_op)), ops, NONE, REQ, LEN(1, 1000), "all of them or none", "[{\"op\": \"region_delete\", \"region_id\": \"r1\"}]") \
	EDIT_FIELDS(F)
#define TIMELINE_EDIT_RESULT(F) \
	EDIT_RESULT(F) \
	F(LIST(STR), ids, NONE, REQ, ANY, "for each operation the id of what it touched", "[\"r1\"]")
#define TIMELINE_QUERY_FIELDS(F) \
	F(NUM, from_beats, BEATS, OPT, RANGE(-1e8, 1e8), "only what sounds or stands at or after this beat", "0") \
	F(NUM, to_beats, BEATS, OPT, RANGE(-1e8, 1e8), "only what begins before this beat", "64") \
	F(INT, at_revision, REVISION, OPT, RANGE(0, 9e15), "as it was at that revision", "3")
#define TIMELINE_QUERY_RESULT(F) \
	F(INT, revision, REVISION, REQ, ANY, "the revision that this shows", "12") \
	F(OBJ(transport_view), transport, NONE, REQ, ANY, "where the transport is", "{}") \
	F(LIST(OBJ(region_view)), regions, NONE, REQ, ANY, "by position, then id", "[]") \
	F(LIST(OBJ(marker_view)), markers, NONE, REQ, ANY, "by position, then id", "[]") \
	F(LIST(OBJ(tempo_point_view)), tempo, NONE, REQ, ANY, "the tempo map", "[]") \
	F(LIST(OBJ(meter_point_view)), meter, NONE, REQ, ANY, "the meter map", "[]") \
	F(NUM, bar_one_beats, BEATS, REQ, ANY, "the beat at which bar 1 starts", "0") \
	F(LIST(OBJ(pending_edit)), pending, NONE, REQ, ANY, "edits that wait for their beat; none with at_revision", "[]") \
	F(OBJ(device_view), device, NONE, OPT, ANY, "what drives the engine; in a snapshot only", "{}") \
	F(ID, next_region, NONE, OPT, ANY, "a snapshot has no more of the regions: region_list goes on after this one", "\"r9\"") \
	F(ID, next_marker, NONE, OPT, ANY, "a snapshot has no more of the markers: marker_list goes on after this one", "\"m9\"")
#define TIMELINE_UNDO_FIELDS(F) \
	F(INT, revision, REVISION, OPT, RANGE(1, 9e15), "take back this edit; left out, the latest that can be: what a latent stands on whose life is over is passed over", "12") \
	F(BOOL, mine, FLAG, DEF(false), ANY, "the latest of my own instead", "false") \
	F(BOOL, dry_run, FLAG, DEF(false), ANY, "only say what would happen", "false")
#define TIMELINE_UNDO_RESULT(F) \
	F(INT, revision, REVISION, REQ, ANY, "the revision it made", "13") \
	F(INT, of_revision, REVISION, REQ, ANY, "the edit that was taken back", "12")
#define TIMELINE_REDO_FIELDS(F) \
	F(BOOL, dry_run, FLAG, DEF(false), ANY, "only say what would happen", "false")
#define TIMELINE_REDO_RESULT(F) \
	F(INT, revision, REVISION, REQ, ANY, "the revision it made", "14") \
	F(INT, of_revision, REVISION, REQ, ANY, "the edit that was done again", "12")
#define TIMELINE_REVERT_FIELDS(F) \
	F(STR, of_actor, NONE, REQ, LEN(1, 128), "whose work", "\"agent:bob\"") \
	F(INT, since_revision, REVISION, DEF(0), RANGE(0, 9e15), "only what was done after this revision", "0") \
	F(BOOL, dry_run, FLAG, DEF(false), ANY, "only say what would happen", "false")
#define TIMELINE_REVERT_RESULT(F) \
	F(INT, revision, REVISION, REQ, ANY, "the revision it made", "15") \
	F(LIST(INT), reverted, NONE, REQ, ANY, "the revisions taken back", "[12]") \
	F(LIST(STR), kept, NONE, REQ, ANY, "what somebody else changed afterwards and so stays as it is", "[\"region:r2\"]")
#define TIMELINE_HISTORY_FIELDS(F) \
	F(INT, limit, COUNT, DEF(50), RANGE(1, 1000), "at most so many, newest first", "50") \
	F(INT, before_revision, REVISION, OPT, RANGE(1, 9e15), "only older ones", "100") \
	F(STR, of_actor, NONE, OPT, LEN(1, 128), "only what this actor did", "\"agent:bob\"") \
	F(STR, touching, NONE, OPT, LEN(1, 200), "only what changed this: region:ID, marker:ID, tempo or meter", "\"region:r1\"")
#define TIMELINE_HISTORY_RESULT(F) \
	F(INT, revision, REVISION, REQ, ANY, "the revision now", "12") \
	F(LIST(OBJ(edit_view)), edits, NONE, REQ, ANY, "newest first", "[]") \
	F(INT, next_before_revision, REVISION, OPT, ANY, "go on from here", "62")
#define TIMELINE_CLEAR_FIELDS(F) EDIT_FIELDS(F)
#define TIMELINE_CLEAR_RESULT(F) \
	EDIT_RESULT(F) \
	F(INT, removed, COUNT, REQ, ANY, "regions and markers removed", "3")
#define TIMELINE_PENDING_FIELDS(F) \
	F(STR, of_actor, NONE, OPT, LEN(1, 128), "only what this actor scheduled", "\"agent:bob\"")
#define TIMELINE_PENDING_RESULT(F) \
	F(INT, revision, REVISION, REQ, ANY, "the revision now", "12") \
	F(LIST(OBJ(pending_edit)), edits, NONE, REQ, ANY, "by beat", "[]")
#define TIMELINE_CANCEL_EDIT_FIELDS(F) \
	F(ID, edit_id, NONE, REQ, LEN(1, 120), "the scheduled edit", "\"s4\"")
#define TIMELINE_CANCEL_EDIT_RESULT(F) \
	F(ID, edit_id, NONE, REQ, ANY, "will not happen", "\"s4\"")

#define REGION_CREATE_FIELDS(F) REGION_NEW_OBJECT(F) EDIT_FIELDS(F)
#define REGION_CREATE_RESULT(F) \
	EDIT_RESULT(F) \
	F(ID, region_id, NONE, REQ, ANY, "the region", "\"r1\"") \
	F(NUM, duration_beats, BEATS, REQ, ANY, "how long it became", "16")
#define REGION_UPDATE_FIELDS(F) REGION_CHANGE_OBJECT(F) EDIT_FIELDS(F)
#define REGION_UPDATE_RESULT(F) EDIT_RESULT(F)
#define REGION_MOVE_FIELDS(F) \
	F(ID, region_id, NONE, REQ, LEN(1, 120), "which region", "\"r1\"") \
	F(NUM, position_beats, BEATS, REQ, RANGE(-1e8, 1e8), "where to", "32") \
	EDIT_FIELDS(F)
#define REGION_MOVE_RESULT(F) EDIT_RESULT(F)
#define REGION_DELETE_FIELDS(F) REGION_REF_OBJECT(F) EDIT_FIELDS(F)
#define REGION_DELETE_RESULT(F) EDIT_RESULT(F)
#define REGION_GET_FIELDS(F) \
	REGION_REF_OBJECT(F) \
	F(INT, at_revision, REVISION, OPT, RANGE(0, 9e15), "as it was at that revision", "3")
#define REGION_GET_RESULT(F) \
	F(OBJ(region_view), region, NONE, REQ, ANY, "the region", "{}")
#define REGION_LIST_FIELDS(F) \
	F(NUM, from_beats, BEATS, OPT, RANGE(-1e8, 1e8), "only those that sound at or after this beat", "0") \
	F(NUM, to_beats, BEATS, OPT, RANGE(-1e8, 1e8), "only those that begin before this beat", "64") \
	F(ENUM(behaviour_view), behaviour, NONE, OPT, ANY, "only this behaviour", "\"latent\"") \
	F(ENUM(region_state_view), state, NONE, OPT, ANY, "only this state", "\"resolved\"") \
	F(STR, tag, NONE, OPT, LEN(1, 200), "only those with this tag", "\"chorus\"") \
	F(INT, limit, COUNT, DEF(200), RANGE(1, 1000), "at most so many", "200") \
	F(ID, after, NONE, OPT, LEN(1, 120), "go on after this region", "\"r1\"") \
	F(INT, at_revision, REVISION, OPT, RANGE(0, 9e15), "as it was at that revision: pages that fit together", "12")
#define REGION_LIST_RESULT(F) \
	F(INT, revision, REVISION, REQ, ANY, "the revision that this shows", "12") \
	F(LIST(OBJ(region_view)), regions, NONE, REQ, ANY, "by position, then id", "[]") \
	F(ID, next_after, NONE, OPT, ANY, "there is more after this one", "\"r9\"")
#define MARKER_LIST_FIELDS(F) \
	F(NUM, from_beats, BEATS, OPT, RANGE(-1e8, 1e8), "only those at or after this beat", "0") \
	F(NUM, to_beats, BEATS, OPT, RANGE(-1e8, 1e8), "only those before this beat", "64") \
	F(STR, marker_type, NONE, OPT, LEN(1, 120), "only this kind", "\"section_change\"") \
	F(INT, limit, COUNT, DEF(200), RANGE(1, 1000), "at most so many", "200") \
	F(ID, after, NONE, OPT, LEN(1, 120), "go on after this marker", "\"m1\"") \
	F(INT, at_revision, REVISION, OPT, RANGE(0, 9e15), "as it was at that revision: pages that fit together", "12")
#define MARKER_LIST_RESULT(F) \
	F(INT, revision, REVISION, REQ, ANY, "the revision that this shows", "12") \
	F(LIST(OBJ(marker_view)), markers, NONE, REQ, ANY, "by position, then id", "[]") \
	F(ID, next_after, NONE, OPT, ANY, "there is more after this one", "\"m9\"")
#define TIMELINE_ADD_MARKER_FIELDS(F) MARKER_NEW_OBJECT(F) EDIT_FIELDS(F)
#define TIMELINE_ADD_MARKER_RESULT(F) \
	EDIT_RESULT(F) \
	F(ID, marker_id, NONE, REQ, ANY, "the marker", "\"m1\"")
#define TIMELINE_REMOVE_MARKER_FIELDS(F) MARKER_REF_OBJECT(F) EDIT_FIELDS(F)
#define TIMELINE_REMOVE_MARKER_RESULT(F) EDIT_RESULT(F)
#define TEMPO_SET_FIELDS(F) \
	F(NUM, bpm, BPM, REQ, RANGE(1, 1000), "quarter notes a minute", "96") \
	F(NUM, position_beats, BEATS, OPT, RANGE(-1e8, 1e8), "from this beat on; left out, from the playhead on", "0") \
	F(ENUM(tempo_shape_view), shape, NONE, DEF(step), ANY, "how it goes on to the next point", "\"step\"") \
	EDIT_FIELDS(F)
#define TEMPO_SET_RESULT(F) \
	EDIT_RESULT(F) \
	F(NUM, position_beats, BEATS, REQ, ANY, "from which beat on", "0")
#define TEMPO_TAP_FIELDS(F) \
	F(NUM, beats, BEATS, DEF(1), RANGE(0.001, 64), "how far it is after the tap before: 1 for a foot, 0.041666666666666664 for a pulse of a MIDI clock", "1") \
	F(NUM, seconds, SECONDS, OPT, RANGE(0, 1e12), "when, on the tapper's own clock; left out, when it arrives", "12.5") \
	F(STR, source, NONE, DEF("tap"), LEN(1, 120), "whose tap it is; another source begins anew", "\"tap\"") \
	F(NUM, tolerance, RATIO, DEF(0.005), RANGE(0, 1), "leave the tempo map alone while the tempo is this close to it", "0.005") \
	F(BOOL, dry_run, FLAG, DEF(false), ANY, "only listen", "false")
#define TEMPO_TAP_RESULT(F) \
	F(INT, taps, COUNT, REQ, ANY, "taps that count", "4") \
	F(NUM, bpm, BPM, OPT, ANY, "the tempo they have; not before the third", "118.7") \
	F(BOOL, applied, FLAG, REQ, ANY, "whether the tempo map was changed, from the playhead on", "true") \
	F(NUM, position_beats, BEATS, REQ, ANY, "where the playhead is", "17.25") \
	F(INT, revision, REVISION, REQ, ANY, "revision of the timeline", "13")
#define METER_SET_FIELDS(F) METER_POINT_OBJECT(F) EDIT_FIELDS(F)
#define METER_SET_RESULT(F) EDIT_RESULT(F)
#define PICKUP_SET_FIELDS(F) PICKUP_OBJECT(F) EDIT_FIELDS(F)
#define PICKUP_SET_RESULT(F) EDIT_RESULT(F)

#define TIMELINE_REQUESTS(M) \
	M(timeline_query, TIMELINE_QUERY, CHAOSGARDEN, OWNER, QUICK, READ_ONLY, CORE, "What is on the timeline.") \
	M(timeline_edit, TIMELINE_EDIT, CHAOSGARDEN, OWNER, QUICK, NORMAL, CORE, "Change the timeline: several operations, all or none.") \
	M(timeline_undo, TIMELINE_UNDO, CHAOSGARDEN, OWNER, QUICK, NORMAL, CORE, "Take an edit back.") \
	M(timeline_redo, TIMELINE_REDO, CHAOSGARDEN, OWNER, QUICK, NORMAL, CORE, "Do the edit again that was undone last.") \
	M(timeline_revert, TIMELINE_REVERT, CHAOSGARDEN, OWNER, QUICK, DESTRUCTIVE, FULL, "Take back all that one actor did.") \
	M(timeline_history, TIMELINE_HISTORY, CHAOSGARDEN, OWNER, QUICK, READ_ONLY, CORE, "Who changed what.") \
	M(timeline_clear, TIMELINE_CLEAR, CHAOSGARDEN, OWNER, QUICK, DESTRUCTIVE, FULL, "Remove every region and marker.") \
	M(timeline_pending, TIMELINE_PENDING, CHAOSGARDEN, OWNER, QUICK, READ_ONLY, FULL, "Edits that wait for their beat.") \
	M(timeline_cancel_edit, TIMELINE_CANCEL_EDIT, CHAOSGARDEN, OWNER, QUICK, NORMAL, FULL, "Call off an edit that is still to happen.") \
	M(region_create, REGION_CREATE, CHAOSGARDEN, OWNER, QUICK, NORMAL, CORE, "Put a region on the timeline.") \
	M(region_update, REGION_UPDATE, CHAOSGARDEN, OWNER, QUICK, IDEMPOTENT, CORE, "Change a region.") \
	M(region_move, REGION_MOVE, CHAOSGARDEN, OWNER, QUICK, IDEMPOTENT, FULL, "Move a region.") \
	M(region_delete, REGION_DELETE, CHAOSGARDEN, OWNER, QUICK, DESTRUCTIVE, CORE, "Remove a region.") \
	M(region_get, REGION_GET, CHAOSGARDEN, OWNER, QUICK, READ_ONLY, CORE, "One region.") \
	M(region_list, REGION_LIST, CHAOSGARDEN, OWNER, QUICK, READ_ONLY, CORE, "Regions, by position.") \
	M(marker_list, MARKER_LIST, CHAOSGARDEN, OWNER, QUICK, READ_ONLY, FULL, "Markers, by position.") \
	M(timeline_add_marker, TIMELINE_ADD_MARKER, CHAOSGARDEN, OWNER, QUICK, NORMAL, CORE, "Set a marker.") \
	M(timeline_remove_marker, TIMELINE_REMOVE_MARKER, CHAOSGARDEN, OWNER, QUICK, DESTRUCTIVE, FULL, "Remove a marker.") \
	M(tempo_set, TEMPO_SET, CHAOSGARDEN, OWNER, QUICK, IDEMPOTENT, CORE, "Set the tempo from a beat on; regions keep their beats.") \
	M(tempo_tap, TEMPO_TAP, CHAOSGARDEN, OWNER, QUICK, NORMAL, FULL, "Tap the tempo, or pass on the pulses of another clock: the tempo map follows from the playhead on.") \
	M(meter_set, METER_SET, CHAOSGARDEN, OWNER, QUICK, IDEMPOTENT, FULL, "Set the meter from a bar line on.") \
	M(pickup_set, PICKUP_SET, CHAOSGARDEN, OWNER, QUICK, IDEMPOTENT, FULL, "Say where bar 1 starts.")

/* ---- events ---- */

#define REGION_CREATED_EVENT(F) \
	F(OBJ(region_view), region, NONE, REQ, ANY, "the new region", "{}")
#define REGION_CHANGED_EVENT(F) \
	F(OBJ(region_view), region, NONE, REQ, ANY, "the region as it is now", "{}")
#define REGION_DELETED_EVENT(F) \
	F(ID, region_id, NONE, REQ, ANY, "the region that is gone", "\"r1\"") \
	F(INT, revision, REVISION, REQ, ANY, "the revision that removed it", "13")
#define MARKER_SET_EVENT(F) \
	F(OBJ(marker_view), marker, NONE, REQ, ANY, "the marker", "{}") \
	F(INT, revision, REVISION, REQ, ANY, "the revision that set it", "13")
#define MARKER_REMOVED_EVENT(F) \
	F(ID, marker_id, NONE, REQ, ANY, "the marker that is gone", "\"m1\"") \
	F(INT, revision, REVISION, REQ, ANY, "the revision that removed it", "13")
#define TEMPO_MAP_CHANGED_EVENT(F) TEMPO_MAP_GET_RESULT(F)
#define REGION_ENTERED_EVENT(F) \
	F(ID, region_id, NONE, REQ, ANY, "the region that the playhead entered", "\"r1\"") \
	F(ENUM(behaviour_view), behaviour, NONE, REQ, ANY, "what it does", "\"custom\"") \
	F(NUM, position_beats, BEATS, REQ, ANY, "where it begins", "16") \
	F(INT, engine_frame, FRAMES, REQ, ANY, "at which frame of the engine", "384000") \
	F(JSON, custom, NONE, OPT, ANY, "its custom data", "{}")
#define TRIGGER_FIRED_EVENT(F) \
	F(ID, region_id, NONE, REQ, ANY, "the region that fired it", "\"r1\"") \
	F(STR, trigger, NONE, REQ, ANY, "the trigger", "\"drop\"") \
	F(NUM, position_beats, BEATS, REQ, ANY, "at which beat", "16") \
	F(INT, engine_frame, FRAMES, REQ, ANY, "at which frame of the engine", "384000")
#define MARKER_REACHED_EVENT(F) \
	MARKER_INFO_OBJECT(F) \
	F(INT, engine_frame, FRAMES, REQ, ANY, "at which frame of the engine", "768000") \
	F(NUM, tempo_bpm, BPM, REQ, ANY, "tempo there", "120")
#define EDIT_APPLIED_EVENT(F) \
	EDIT_INFO_OBJECT(F) \
	F(LIST(OBJ(pending_conflict)), conflicts, NONE, OPT, ANY, "edits that wait for which something else stands in the way since this one, or nothing any more", "[{\"edit_id\": \"s4\"}]")
#define EDIT_SCHEDULED_EVENT(F) PENDING_EDIT_OBJECT(F)
#define EDIT_DROPPED_EVENT(F) \
	F(ID, edit_id, NONE, REQ, ANY, "the scheduled edit that will not happen", "\"s4\"") \
	F(STR, actor, NONE, REQ, ANY, "whose it was", "\"human:ann\"") \
	F(NUM, at_beats, BEATS, REQ, ANY, "the beat it waited for", "32") \
	F(STR, reason, NONE, REQ, ANY, "why", "\"called off by 'human:ann'\"") \
	F(LIST(STR), touched, NONE, REQ, ANY, "what it would have changed", "[\"region:r1\"]")
#define CONTENT_ERROR_EVENT(F) \
	F(ID, region_id, NONE, REQ, ANY, "the region that is silent because of it", "\"r1\"") \
	F(STR, path, NONE, REQ, ANY, "the file", "\"/srv/tune.wav\"") \
	F(STR, message, NONE, REQ, ANY, "what is wrong with it, and where", "\"data ends after 1200 of 4800 frames\"")
#define TIMELINE_EVENTS(N) \
	N(region_created, REGION_CREATED, CHAOSGARDEN, "A region appeared.") \
	N(region_changed, REGION_CHANGED, CHAOSGARDEN, "A region is different now.") \
	N(region_deleted, REGION_DELETED, CHAOSGARDEN, "A region is gone.") \
	N(marker_set, MARKER_SET, CHAOSGARDEN, "A marker was set.") \
	N(marker_removed, MARKER_REMOVED, CHAOSGARDEN, "A marker is gone.") \
	N(tempo_map_changed, TEMPO_MAP_CHANGED, CHAOSGARDEN, "Tempo or meter are different now.") \
	N(region_entered, REGION_ENTERED, CHAOSGARDEN, "The playhead entered a region.") \
	N(trigger_fired, TRIGGER_FIRED, CHAOSGARDEN, "An emit_trigger region was reached.") \
	N(marker_reached, MARKER_REACHED, CHAOSGARDEN, "The playhead reached a marker.") \
	N(edit_applied, EDIT_APPLIED, CHAOSGARDEN, "The timeline has a new revision.") \
	N(edit_scheduled, EDIT_SCHEDULED, CHAOSGARDEN, "An edit waits for its beat.") \
	N(edit_dropped, EDIT_DROPPED, CHAOSGARDEN, "A scheduled edit was called off, or what it was to change has moved.") \
	N(content_error, CONTENT_ERROR, CHAOSGARDEN, "Content could not be read; its region is silent.")

#endif

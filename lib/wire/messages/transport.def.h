/*
 * transport.def.h - messages about musical time: transport, tempo and meter, the device's clock.
 *
 * Owner: chaosgarden. Positions are beats (quarter notes) from the start of the timeline, which may
 * be negative; bars are counted from 1, and bar 1 starts at the beat that `pickup_set` says.
 */
#ifndef WIRE_MESSAGES_TRANSPORT_DEF_H
#define WIRE_MESSAGES_TRANSPORT_DEF_H

/* ---- enumerations ---- */

#define TRANSPORT_STATE_ENUM(V) \
	V(VIEW_TRANSPORT_STOPPED, "stopped", "at rest at beat 0") \
	V(VIEW_TRANSPORT_PLAYING, "playing", "moving with the device's clock") \
	V(VIEW_TRANSPORT_PAUSED, "paused", "at rest where it was")
#define BOUNDARY_ENUM(V) \
	V(VIEW_BOUNDARY_NOW, "now", "as soon as the look-ahead allows") \
	V(VIEW_BOUNDARY_NEXT_BEAT, "next_beat", "the next whole beat") \
	V(VIEW_BOUNDARY_NEXT_BAR, "next_bar", "the start of the next bar") \
	V(VIEW_BOUNDARY_AT_BEAT, "at_beat", "the beat given in `beat`") \
	V(VIEW_BOUNDARY_AT_BAR, "at_bar", "the start of the bar given in `bar`")
#define TEMPO_SHAPE_ENUM(V) \
	V(VIEW_TEMPO_STEP, "step", "this tempo holds until the next point") \
	V(VIEW_TEMPO_RAMP, "ramp", "bpm moves linearly over beats to that of the next point")
#define DEVICE_KIND_ENUM(V) \
	V(VIEW_DEVICE_NULL, "null", "a timer, no sound") \
	V(VIEW_DEVICE_STEPPED, "stepped", "advances only by device_step") \
	V(VIEW_DEVICE_PIPEWIRE, "pipewire", "PipeWire") \
	V(VIEW_DEVICE_OFFLINE, "offline", "renders to a file as fast as it can")
#define TRANSPORT_ENUMS(E) \
	E(play_state_view, TRANSPORT_STATE_ENUM, "what the transport does") \
	E(boundary_view, BOUNDARY_ENUM, "a place in musical time, named by its meaning") \
	E(tempo_shape_view, TEMPO_SHAPE_ENUM, "how the tempo goes on from a point") \
	E(device_kind_view, DEVICE_KIND_ENUM, "what drives the engine")

/* ---- objects ---- */

#define WHEN_OBJECT(F) \
	F(ENUM(boundary_view), boundary, NONE, DEF(now), ANY, "which boundary", "\"next_bar\"") \
	F(NUM, beat, BEATS, OPT, RANGE(-1e8, 1e8), "the beat, for at_beat", "32") \
	F(INT, bar, BARS, OPT, RANGE(-1000000, 1000000), "the bar (bar 1 is the first full one), for at_bar", "9")
#define TEMPO_POINT_OBJECT(F) \
	F(NUM, position_beats, BEATS, REQ, RANGE(-1e8, 1e8), "where the tempo begins", "0") \
	F(NUM, bpm, BPM, REQ, RANGE(1, 1000), "quarter notes a minute", "120") \
	F(ENUM(tempo_shape_view), shape, NONE, DEF(step), ANY, "how it goes on to the next point", "\"step\"")
#define METER_POINT_OBJECT(F) \
	F(NUM, position_beats, BEATS, REQ, RANGE(-1e8, 1e8), "where the meter begins: the start of a bar", "0") \
	F(INT, numerator, COUNT, REQ, RANGE(1, 64), "beats in a bar", "6") \
	F(INT, denominator, NONE, REQ, RANGE(1, 64), "the note that is one beat: 1, 2, 4, 8, 16, 32 or 64", "8")
#define TRANSPORT_INFO_OBJECT(F) \
	F(ENUM(play_state_view), state, NONE, REQ, ANY, "what it does", "\"playing\"") \
	F(NUM, position_beats, BEATS, REQ, ANY, "where it is", "16") \
	F(INT, position_frames, FRAMES, REQ, ANY, "the same in frames of the engine, by the tempo map", "384000") \
	F(NUM, tempo_bpm, BPM, REQ, ANY, "tempo at that position", "120") \
	F(INT, bar, BARS, REQ, ANY, "the bar it is in", "5") \
	F(NUM, beat_in_bar, BEATS, REQ, ANY, "quarter notes since that bar began", "0") \
	F(INT, numerator, COUNT, REQ, ANY, "beats in that bar", "4") \
	F(INT, denominator, NONE, REQ, ANY, "the note that is one beat", "4") \
	F(INT, engine_frames, FRAMES, REQ, ANY, "frames that the engine rendered since the daemon started", "960000")
#define DEVICE_INFO_OBJECT(F) \
	F(ENUM(device_kind_view), kind, NONE, REQ, ANY, "what drives the engine now", "\"null\"") \
	F(ENUM(device_kind_view), wanted, NONE, REQ, ANY, "what was asked for; the null clock stands in while it is away", "\"pipewire\"") \
	F(STR, name, NONE, REQ, ANY, "the device's own name", "\"null-sink\"") \
	F(INT, rate_hz, HZ, REQ, ANY, "sample rate of the engine", "48000") \
	F(INT, quantum_frames, FRAMES, REQ, ANY, "frames in one cycle", "256") \
	F(INT, cycles, COUNT, REQ, ANY, "cycles run", "1200") \
	F(INT, xruns, COUNT, REQ, ANY, "cycles whose own processor time exceeded the quantum", "0") \
	F(INT, late_wakeups, COUNT, REQ, ANY, "cycles that the kernel started too late", "0") \
	F(INT, lost_events, COUNT, REQ, ANY, "events that found the ring to the control side full", "0") \
	F(INT, missing_frames, FRAMES, REQ, ANY, "frames of content that were not resident in time and became silence", "0")
#define TRANSPORT_OBJECTS(O) \
	O(musical_when, WHEN_OBJECT, "a place in musical time") \
	O(tempo_point_view, TEMPO_POINT_OBJECT, "one point of the tempo map") \
	O(meter_point_view, METER_POINT_OBJECT, "one point of the meter map") \
	O(transport_view, TRANSPORT_INFO_OBJECT, "the transport at one moment") \
	O(device_view, DEVICE_INFO_OBJECT, "the device and its counters")

/* ---- requests ---- */

#define TRANSPORT_PLAY_FIELDS(F) \
	F(NUM, from_beats, BEATS, OPT, RANGE(-1e8, 1e8), "seek there first", "0")
#define TRANSPORT_PLAY_RESULT(F) TRANSPORT_INFO_OBJECT(F)
#define TRANSPORT_PAUSE_FIELDS(F)
#define TRANSPORT_PAUSE_RESULT(F) TRANSPORT_INFO_OBJECT(F)
#define TRANSPORT_STOP_FIELDS(F)
#define TRANSPORT_STOP_RESULT(F) TRANSPORT_INFO_OBJECT(F)
#define TRANSPORT_SEEK_FIELDS(F) \
	F(NUM, position_beats, BEATS, REQ, RANGE(-1e8, 1e8), "where to move the transport", "16") \
	F(BOOL, relative, FLAG, DEF(false), ANY, "add to the current position", "false")
#define TRANSPORT_SEEK_RESULT(F) TRANSPORT_INFO_OBJECT(F)
#define TRANSPORT_STATUS_FIELDS(F)
#define TRANSPORT_STATUS_RESULT(F) \
	TRANSPORT_INFO_OBJECT(F) \
	F(INT, revision, REVISION, REQ, ANY, "revision of the timeline", "12") \
	F(OBJ(device_view), device, NONE, REQ, ANY, "what drives the engine", "{}")

#define TEMPO_MAP_GET_FIELDS(F)
#define TEMPO_MAP_GET_RESULT(F) \
	F(INT, revision, REVISION, REQ, ANY, "revision of the timeline", "12") \
	F(LIST(OBJ(tempo_point_view)), tempo, NONE, REQ, ANY, "the tempo map", "[]") \
	F(LIST(OBJ(meter_point_view)), meter, NONE, REQ, ANY, "the meter map", "[]") \
	F(NUM, bar_one_beats, BEATS, REQ, ANY, "the beat at which bar 1 starts; what lies before it is the pick-up", "0")
#define TIME_CONVERT_FIELDS(F) \
	F(NUM, beats, BEATS, OPT_SHOWN, RANGE(-1e8, 1e8), "a position in beats; give exactly one of the positions", "16") \
	F(NUM, seconds, SECONDS, OPT, RANGE(-1e7, 1e7), "a position in seconds from beat 0", "8") \
	F(INT, frames, FRAMES, OPT, RANGE(-1000000000000, 1000000000000), "a position in frames", "384000") \
	F(INT, bar, BARS, OPT, RANGE(-1000000, 1000000), "a bar, with beat_in_bar", "5") \
	F(NUM, beat_in_bar, BEATS, DEF(0), RANGE(0, 1024), "quarter notes since that bar began", "0")
#define TIME_CONVERT_RESULT(F) \
	F(NUM, beats, BEATS, REQ, ANY, "in beats", "16") \
	F(NUM, seconds, SECONDS, REQ, ANY, "in seconds from beat 0", "8") \
	F(INT, frames, FRAMES, REQ, ANY, "in frames of the engine", "384000") \
	F(INT, bar, BARS, REQ, ANY, "the bar", "5") \
	F(NUM, beat_in_bar, BEATS, REQ, ANY, "quarter notes since that bar began", "0") \
	F(NUM, tempo_bpm, BPM, REQ, ANY, "tempo there", "120")

#define DEVICE_STEP_FIELDS(F) \
	F(INT, frames, FRAMES, REQ, RANGE(1, 10000000000), "how far to advance", "48000") \
	F(INT, cycle_ns, NS, DEF(0), RANGE(0, 1000000000000), "processor time that each cycle pretends to have taken (a rehearsal of overload)", "0")
#define DEVICE_STEP_RESULT(F) \
	TRANSPORT_INFO_OBJECT(F) \
	F(INT, stepped_frames, FRAMES, REQ, ANY, "frames rendered by this request", "48000")
#define DEVICE_STATUS_FIELDS(F)
#define DEVICE_STATUS_RESULT(F) DEVICE_INFO_OBJECT(F)

#define DEVICE_SELECT_FIELDS(F) \
	F(ENUM(device_kind_view), kind, NONE, REQ, ANY, "null, stepped or pipewire", "\"stepped\"")
#define DEVICE_SELECT_RESULT(F) DEVICE_INFO_OBJECT(F)

/* Control socket: never behind a long command. The same names work on the shell socket. */
#define CONTROL_STOP_FIELDS(F)
#define CONTROL_STOP_RESULT(F) TRANSPORT_INFO_OBJECT(F)
#define CONTROL_PAUSE_FIELDS(F)
#define CONTROL_PAUSE_RESULT(F) TRANSPORT_INFO_OBJECT(F)
#define CONTROL_INTERRUPT_FIELDS(F)
#define CONTROL_INTERRUPT_RESULT(F) \
	F(BOOL, interrupted, FLAG, REQ, ANY, "whether a long command was running", "true")
#define CONTROL_PANIC_FIELDS(F)
#define CONTROL_PANIC_RESULT(F) TRANSPORT_INFO_OBJECT(F)
#define DEBUG_DUMP_FIELDS(F)
#define DEBUG_DUMP_RESULT(F) \
	F(JSON, dump, NONE, REQ, ANY, "counters, queues, regions as the engine sees them; the shape is not a promise", "{}")

#define TRANSPORT_REQUESTS(M) \
	M(transport_play, TRANSPORT_PLAY, CHAOSGARDEN, OWNER, QUICK, IDEMPOTENT, CORE, "Start playing, or go on from a pause.") \
	M(transport_pause, TRANSPORT_PAUSE, CHAOSGARDEN, OWNER, QUICK, IDEMPOTENT, CORE, "Stay where it is; every sounding note ends.") \
	M(transport_stop, TRANSPORT_STOP, CHAOSGARDEN, OWNER, QUICK, IDEMPOTENT, CORE, "Stop and return to beat 0; every sounding note ends.") \
	M(transport_seek, TRANSPORT_SEEK, CHAOSGARDEN, OWNER, QUICK, IDEMPOTENT, CORE, "Move the transport, playing or not.") \
	M(transport_status, TRANSPORT_STATUS, CHAOSGARDEN, OWNER, QUICK, READ_ONLY, CORE, "Where the transport is and what drives it.") \
	M(tempo_map_get, TEMPO_MAP_GET, CHAOSGARDEN, OWNER, QUICK, READ_ONLY, CORE, "The tempo map and the meter map.") \
	M(time_convert, TIME_CONVERT, CHAOSGARDEN, OWNER, QUICK, READ_ONLY, FULL, "Say one position as beats, seconds, frames and bar.") \
	M(device_status, DEVICE_STATUS, CHAOSGARDEN, OWNER, QUICK, READ_ONLY, FULL, "The audio device and its counters.") \
	M(device_select, DEVICE_SELECT, CHAOSGARDEN, OWNER, QUICK, IDEMPOTENT, FULL, "Let another device drive the engine; the music goes on.") \
	M(device_step, DEVICE_STEP, CHAOSGARDEN, OWNER, QUICK, NORMAL, INTERNAL, "Advance the stepped device and wait until all is rendered.") \
	M(control_stop, CONTROL_STOP, CHAOSGARDEN, OWNER, QUICK, IDEMPOTENT, INTERNAL, "Emergency stop, ahead of every queue.") \
	M(control_pause, CONTROL_PAUSE, CHAOSGARDEN, OWNER, QUICK, IDEMPOTENT, INTERNAL, "Emergency pause, ahead of every queue.") \
	M(control_interrupt, CONTROL_INTERRUPT, CHAOSGARDEN, OWNER, QUICK, IDEMPOTENT, INTERNAL, "End the long command that the shell is working on.") \
	M(control_panic, CONTROL_PANIC, CHAOSGARDEN, OWNER, QUICK, IDEMPOTENT, INTERNAL, "Silence at once: every note off, every tail cut, the transport stops.") \
	M(debug_dump, DEBUG_DUMP, CHAOSGARDEN, OWNER, QUICK, READ_ONLY, INTERNAL, "What the daemon knows about itself.")

/* ---- events ---- */

#define TRANSPORT_CHANGED_EVENT(F) \
	TRANSPORT_INFO_OBJECT(F) \
	F(STR, reason, NONE, REQ, ANY, "what did it: play, pause, stop, seek, panic, tempo, restore", "\"seek\"")
#define PLAYBACK_POSITION_EVENT(F) TRANSPORT_INFO_OBJECT(F)
#define BEAT_TICK_EVENT(F) \
	F(NUM, position_beats, BEATS, REQ, ANY, "the whole beat that was reached", "17") \
	F(INT, engine_frame, FRAMES, REQ, ANY, "at which frame of the engine", "408000") \
	F(INT, bar, BARS, REQ, ANY, "the bar it is in", "5") \
	F(NUM, beat_in_bar, BEATS, REQ, ANY, "quarter notes since that bar began", "1") \
	F(NUM, tempo_bpm, BPM, REQ, ANY, "tempo there", "120")
#define XRUN_EVENT(F) \
	F(INT, engine_frame, FRAMES, REQ, ANY, "first frame of the cycle that took too long", "408000") \
	F(INT, cycle_ns, NS, REQ, ANY, "its own processor time", "6000000") \
	F(INT, quantum_ns, NS, REQ, ANY, "what it was allowed", "5333333") \
	F(INT, xruns, COUNT, REQ, ANY, "how many there have been", "1")
#define DEVICE_CHANGED_EVENT(F) \
	F(OBJ(device_view), device, NONE, REQ, ANY, "what drives the engine now", "{}") \
	F(STR, reason, NONE, REQ, ANY, "started, chosen, lost, or returned", "\"lost\"")
#define TRANSPORT_EVENTS(N) \
	N(transport_changed, TRANSPORT_CHANGED, CHAOSGARDEN, "The transport was started, paused, stopped or moved.") \
	N(playback_position, PLAYBACK_POSITION, CHAOSGARDEN, "Where the transport is, about ten times a second of music.") \
	N(beat_tick, BEAT_TICK, CHAOSGARDEN, "A whole beat was reached.") \
	N(xrun, XRUN, CHAOSGARDEN, "A cycle took more processor time than its quantum.") \
	N(device_changed, DEVICE_CHANGED, CHAOSGARDEN, "The engine is driven by something else now.")

#define TRANSPORT_UNIONS(U)

#endif

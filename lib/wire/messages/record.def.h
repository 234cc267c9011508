/*
 * record.def.h - messages about recording what the engine plays.
 *
 * Owner: chaosgarden. A recording is the engine's main output, frame by frame as it was rendered, whatever
 * the device; it starts at the first frame after the request and has no gaps.
 */
#ifndef WIRE_MESSAGES_RECORD_DEF_H
#define WIRE_MESSAGES_RECORD_DEF_H

#define SAMPLE_FORMAT_ENUM(V) \
	V(VIEW_SAMPLE_FLOAT32, "float32", "32 bit floating point") \
	V(VIEW_SAMPLE_PCM24, "pcm24", "24 bit") \
	V(VIEW_SAMPLE_PCM16, "pcm16", "16 bit")
#define RECORD_STATE_ENUM(V) \
	V(VIEW_RECORD_IDLE, "idle", "nothing is recorded") \
	V(VIEW_RECORD_RUNNING, "running", "the output is written to a file") \
	V(VIEW_RECORD_DONE, "done", "the file is complete") \
	V(VIEW_RECORD_FAILED, "failed", "the file could not be written to its end")
#define RECORD_ENUMS(E) \
	E(sample_format_view, SAMPLE_FORMAT_ENUM, "how one sample is stored") \
	E(record_state_view, RECORD_STATE_ENUM, "what a recording does")

#define RECORD_INFO_OBJECT(F) \
	F(ID, recording_id, NONE, REQ, ANY, "the recording", "\"rec-1\"") \
	F(ENUM(record_state_view), state, NONE, REQ, ANY, "what it does", "\"running\"") \
	F(STR, path, NONE, REQ, ANY, "the file", "\"/srv/rec-1.wav\"") \
	F(ENUM(sample_format_view), format, NONE, REQ, ANY, "how samples are stored", "\"float32\"") \
	F(INT, rate_hz, HZ, REQ, ANY, "sample rate", "48000") \
	F(INT, channels, COUNT, REQ, ANY, "channels", "2") \
	F(INT, frames, FRAMES, REQ, ANY, "frames in the file so far", "480000") \
	F(INT, lost_frames, FRAMES, REQ, ANY, "frames that could not be kept (silence stands in their place)", "0") \
	F(INT, start_engine_frame, FRAMES, REQ, ANY, "the engine's frame that is its first", "96000") \
	F(NUM, peak, GAIN, REQ, ANY, "largest absolute sample so far", "0.7") \
	F(STR, reason, NONE, OPT, ANY, "why it failed", "\"no space left on device\"")
#define RECORD_OBJECTS(O) O(record_view, RECORD_INFO_OBJECT, "one recording")

#define RECORD_PATH_DOC \
	"the file to write, from / on: a WAV there is replaced, any other file refused; left out, one in the family's recordings folder"

#define RECORD_START_FIELDS(F) \
	F(STR, path, PATH, OPT, LEN(1, 4000), RECORD_PATH_DOC, \
	  "\"/srv/take.wav\"") \
	F(ENUM(sample_format_view), format, NONE, DEF(float32), ANY, "how samples are stored", "\"pcm24\"")
#define RECORD_START_RESULT(F) RECORD_INFO_OBJECT(F)
#define RECORD_STOP_FIELDS(F)
#define RECORD_STOP_RESULT(F) RECORD_INFO_OBJECT(F)
#define RECORD_STATUS_FIELDS(F)
#define RECORD_STATUS_RESULT(F) \
	F(ENUM(record_state_view), state, NONE, REQ, ANY, "whether something is being recorded", "\"idle\"") \
	F(OBJ(record_view), recording, NONE, OPT, ANY, "the running recording, or the last one", "{}")
#define TIMELINE_RENDER_FIELDS(F) \
	F(NUM, from_beats, BEATS, DEF(0), RANGE(-1e8, 1e8), "where to begin", "0") \
	F(NUM, to_beats, BEATS, REQ, RANGE(-1e8, 1e8), "where to end", "4") \
	F(STR, path, PATH, OPT, LEN(1, 4000), RECORD_PATH_DOC, \
	  "\"/tmp/render.wav\"") \
	F(ENUM(sample_format_view), format, NONE, DEF(float32), ANY, "how samples are stored", "\"pcm24\"")
#define TIMELINE_RENDER_RESULT(F) \
	F(STR, path, NONE, REQ, ANY, "the file", "\"/tmp/render.wav\"") \
	F(INT, frames, FRAMES, REQ, ANY, "frames in the file", "96000") \
	F(NUM, peak, GAIN, REQ, ANY, "largest absolute sample", "0.7")
#define RECORD_REQUESTS(M) \
	M(record_start, RECORD_START, CHAOSGARDEN, OWNER, QUICK, NORMAL, CORE, "Record what is played, from now on.") \
	M(record_stop, RECORD_STOP, CHAOSGARDEN, OWNER, QUICK, IDEMPOTENT, CORE, "End the recording; the file is complete when this answers.") \
	M(timeline_render, TIMELINE_RENDER, CHAOSGARDEN, OWNER, QUICK, NORMAL, FULL, "Render a part of the timeline into a file, beside what is playing and sample for sample the same.") \
	M(record_status, RECORD_STATUS, CHAOSGARDEN, OWNER, QUICK, READ_ONLY, CORE, "What is being recorded.")

#define RECORDING_DONE_EVENT(F) RECORD_INFO_OBJECT(F)
#define RECORD_EVENTS(N) \
	N(recording_done, RECORDING_DONE, CHAOSGARDEN, "A recording ended and its file is complete, or it failed.")

#define RECORD_UNIONS(U)

#endif

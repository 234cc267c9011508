/*
 * recorder.h - what the engine plays, from its tape into a WAV file, without gaps.
 *
 * A thread reads the tape and writes; recorder_pump does the same on the caller's thread, for devices that are stepped.
 * Once a second of sound the file is a whole WAV of all that was recorded, whatever happens to us afterwards.
 * Frames that were overwritten before they could be read become silence of the same length, and are counted.
 *
 * Ownership: the tape is borrowed and outlives the recorder.
 * Threads:   recorder_* from one control thread; info from any.
 * Errors:    errno of files; a write error ends the recording (RECORDER_FAILED), never the music.
 */
#ifndef RT_HOST_RECORDER_H
#define RT_HOST_RECORDER_H

#include "audio/wav.h"
#include "rt/tape.h"

enum recorder_state { RECORDER_IDLE, RECORDER_RUNNING, RECORDER_DONE, RECORDER_FAILED };

struct recorder_info {
	enum recorder_state state;
	char path[4096];
	enum wav_encoding encoding;
	uint32_t rate_hz, n_channels;
	int64_t frames, lost_frames, start_frame;
	float peak;
	char reason[240];
};

struct recorder;

int recorder_new(const struct tape *tape, uint32_t rate_hz, struct recorder **ret, struct err *err);
/* Ends a running recording first. */
void recorder_free(struct recorder *r);
AUTO_DEFINE(recorder);

/* -EBUSY when one is running. */
int recorder_start(struct recorder *r, const char *path, enum wav_encoding encoding, struct err *err);
/* Writes what was played up to now, closes the file. -EPROTO when nothing is recorded. */
int recorder_stop(struct recorder *r, struct err *err);
void recorder_pump(struct recorder *r);
void recorder_info(struct recorder *r, struct recorder_info *ret);

#endif

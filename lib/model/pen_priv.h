/*
 * pen_priv.h - writing notes into a score in ticks, and beginning a score.
 */
#ifndef MODEL_PEN_PRIV_H
#define MODEL_PEN_PRIV_H

#include "model/harmony.h"
#include "music/notes.h"

struct pen {
	struct score *score;
	size_t voice;
	uint8_t channel;
};

/* An empty score with tempo, and the harmony's meter, key and chord symbols. */
int pen_begin(const struct harmony *h, const char *title, double bpm, struct score **ret, struct err *err);
/* A voice of its own with a GM program. */
int pen_voice(struct score *s, const char *name, int program, uint8_t channel, struct pen *ret, struct err *err);
/* Notes that would leave 0 to 127 or last no time are our bugs. */
int pen_note(const struct pen *p, int32_t at, int32_t length, int pitch, int velocity, struct err *err);
/* Sorts and lets the score last to the harmony's end. */
void pen_end(const struct harmony *h, struct score *s);

#endif

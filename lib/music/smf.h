/*
 * smf.h - Standard MIDI Files 1.0: an event-exact reader and writer, and the way to scores.
 *
 * Units:     ticks are absolute from the start of the track; a quarter note has
 *            ticks_per_quarter of them (or smpte_ticks a frame of 1/smpte_fps s where
 *            smpte_fps is not 0: 24, 25, 29 for 30 drop frame, 30).
 * Ownership: a struct smf owns its tracks and the bytes of meta, sysex and escape events.
 * Threads:   plain values.
 * Errors:    -EBADMSG with "byte N: ..." for malformed files, -EMSGSIZE past LIMIT_SMF_BYTES,
 *            LIMIT_SMF_EVENTS or LIMIT_SMF_TRACKS, -EINVAL for events that cannot be written,
 *            -ENOMEM. Memory use is bounded by the size of the file, whatever it claims.
 * Source:    docs/music.md tells what is refused and what is forgiven.
 */
#ifndef MUSIC_SMF_H
#define MUSIC_SMF_H

#include "base/err.h"
#include "base/mem.h"
#include "music/notes.h"

enum smf_kind {
	SMF_NOTE_OFF,      /* a = pitch, b = velocity */
	SMF_NOTE_ON,       /* a = pitch, b = velocity; 0 stays 0 here */
	SMF_POLY_PRESSURE, /* a = pitch, b = value */
	SMF_CONTROL,       /* a = controller, b = value */
	SMF_PROGRAM,       /* a = program */
	SMF_PRESSURE,      /* a = value */
	SMF_BEND,          /* value = a | b << 7, 8192 is the middle */
	SMF_META,          /* a = type, data = payload */
	SMF_SYSEX,         /* data = bytes after F0 and the length, the closing F7 included */
	SMF_ESCAPE,        /* data = bytes after F7 and the length */
	SMF_KIND_COUNT
};

enum smf_meta {
	SMF_META_SEQUENCE = 0x00,
	SMF_META_TEXT = 0x01,
	SMF_META_COPYRIGHT = 0x02,
	SMF_META_NAME = 0x03,
	SMF_META_INSTRUMENT = 0x04,
	SMF_META_LYRIC = 0x05,
	SMF_META_MARKER = 0x06,
	SMF_META_CUE = 0x07,
	SMF_META_CHANNEL_PREFIX = 0x20,
	SMF_META_END = 0x2F,
	SMF_META_TEMPO = 0x51,
	SMF_META_SMPTE_OFFSET = 0x54,
	SMF_META_METER = 0x58,
	SMF_META_KEY = 0x59,
	SMF_META_SEQUENCER = 0x7F
};

struct smf_event {
	uint64_t tick;
	uint8_t kind; /* enum smf_kind */
	uint8_t channel;
	uint8_t a, b;
	uint32_t n_data; /* meta, sysex, escape */
	size_t data_at;  /* offset of the payload in smf.bytes */
};

struct smf_track {
	struct smf_event *events;
	size_t n_events, room_events;
};

struct smf {
	uint16_t format;             /* 0, 1, 2 */
	uint16_t n_tracks_in_header; /* what the header claimed; n_tracks is the truth */
	uint16_t ticks_per_quarter;  /* 0 with SMPTE division (or in a file that says 0) */
	uint8_t smpte_fps;           /* 0 for ticks per quarter, else 24, 25, 29 or 30 */
	uint8_t smpte_ticks;
	struct smf_track *tracks;
	size_t n_tracks, room_tracks;
	uint8_t *bytes; /* payloads of all events */
	size_t n_bytes, room_bytes;
};

struct smf *smf_new(uint16_t format, uint16_t ticks_per_quarter);
void smf_free(struct smf *f);
AUTO_DEFINE(smf);

int smf_read(const void *bytes, size_t n, struct smf **ret, struct err *err);

static inline const uint8_t *smf_data(const struct smf *f, const struct smf_event *e)
{
	return f->bytes ? f->bytes + e->data_at : (const uint8_t *)"";
}
const char *smf_kind_name(enum smf_kind kind); /* "note_on", "meta", ... */

int smf_add_track(struct smf *f, size_t *ret_track, struct err *err);
/* Appends a channel event; ticks of a track must not fall. */
int smf_add(struct smf *f, size_t track, uint64_t tick, enum smf_kind kind, uint8_t channel, uint8_t a,
	    uint8_t b, struct err *err);
/* Appends a meta (type), sysex or escape event (type unused) with its payload. */
int smf_add_data(struct smf *f, size_t track, uint64_t tick, enum smf_kind kind, uint8_t type,
		 const void *data, size_t n, struct err *err);

enum smf_write_flags { SMF_WRITE_PLAIN = 0, SMF_WRITE_RUNNING_STATUS = 1 };

/*
 * Writes format 0, 1 or 2 into malloc'ed *ret_bytes. Reading it again gives the same events, one
 * by one; only an end-of-track that is missing is added (at the tick of the last event).
 */
int smf_write(const struct smf *f, unsigned flags, uint8_t **ret_bytes, size_t *ret_n, struct err *err);

/*
 * Moves the notes of all channels but the drums' by semitones, and signatures and chord symbols (texts) with them; nothing
 * else changes. -ERANGE, and nothing was changed, when a note would leave 0..127. Without memory it may be half done.
 */
int smf_transpose(struct smf *f, int semitones, struct err *err);

/*
 * Notes and changes of a file. Format 0 gives a voice a channel, format 1 a voice a track with
 * notes; the patterns of format 2 follow one another, each from a bar line. Overlapping notes of one
 * key and channel: the first off ends the first on; what is left on ends with its track. Tempo 0
 * is ignored, division 0 reads as 480. A first meter that lasts exactly one bar and is shorter than
 * the one after it is a pick-up. With SMPTE division beats are half seconds (120 bpm).
 */
int smf_to_score(const struct smf *f, struct score **ret, struct err *err);
/* smf_read and smf_to_score in one. */
int score_read_smf(const void *bytes, size_t n, struct score **ret, struct err *err);

#define SMF_DEFAULT_TICKS_PER_QUARTER 480

/*
 * Format 1: track 0 with title, tempos, meters, keys and markers, then a track a voice. Beats are
 * rounded to ticks; a pick-up becomes a first meter of its length where its length allows.
 */
int score_to_smf(const struct score *s, uint16_t ticks_per_quarter, struct smf **ret, struct err *err);
/* score_to_smf at the default resolution and smf_write with running status. */
int score_write_smf(const struct score *s, uint8_t **ret_bytes, size_t *ret_n, struct err *err);

#endif

/*
 * smf_read.c - the reader.
 *
 * A file is chunks: four letters, a length (32 bits, big endian), that many bytes.
 *   "MThd" 6: format u16, tracks u16, division u16; a longer header is skipped to its end
 *   "MTrk" n: events, each a delta time (1 to 4 bytes of 7 bits, most significant first) and
 *             8x..Ex channel message, or data bytes alone under the status before (running)
 *             FF type length bytes, F0 length bytes, F7 length bytes
 *   others:   skipped, wherever they stand
 * Forgiven: running status carried over meta and sysex events, a missing end-of-track, events
 * after it (dropped), a wrong number of tracks in the header, a cut chunk that is not a track.
 * Refused with the byte's offset: everything else that the text does not allow.
 */
#include <string.h>

#include "base/limits.h"
#include "music/smf_priv.h"

struct reader {
	const uint8_t *bytes;
	size_t at, end; /* end of the file, or of the chunk that is read */
	struct smf *file;
	struct err *err;
};

static int bad(struct reader *r, size_t at, const char *what)
{
	return err_set(r->err, -EBADMSG, "byte %zu: %s", at, what);
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static int read_quantity(struct reader *r, const char *what, uint32_t *ret)
{
	size_t start = r->at;
	uint32_t v = 0;
	for (int i = 0; i < 4; i++) {
		if (r->at >= r->end)
			return err_set(r->err, -EBADMSG, "byte %zu: the track ends inside a %s", r->at,
				       what);
		uint8_t b = r->bytes[r->at++];
		v = v << 7 | (b & 0x7F);
		if (!(b & 0x80)) {
			*ret = v;
			return 0;
		}
	}
	return err_set(r->err, -EBADMSG, "byte %zu: a %s of more than four bytes", start, what);
}

static int read_payload(struct reader *r, struct smf_event *e)
{
	uint32_t n;
	int k = read_quantity(r, "length", &n);
	if (k < 0)
		return k;
	if (n > r->end - r->at)
		return err_set(r->err, -EBADMSG, "byte %zu: %u bytes announced, %zu left in the track", r->at,
			       n, r->end - r->at);
	k = smf_keep(r->file, r->bytes + r->at, n, &e->data_at, r->err);
	e->n_data = n;
	r->at += n;
	return k;
}

static int check_meta(struct reader *r, const struct smf_event *e, size_t at)
{
	static const struct {
		uint8_t type, n;
		const char *what;
	} fixed[] = {
		{ SMF_META_TEMPO, 3, "a tempo event is three bytes" },
		{ SMF_META_SMPTE_OFFSET, 5, "an SMPTE offset is five bytes" },
		{ SMF_META_METER, 4, "a time signature is four bytes" },
		{ SMF_META_KEY, 2, "a key signature is two bytes" },
	};
	for (size_t i = 0; i < COUNT_OF(fixed); i++)
		if (e->a == fixed[i].type && e->n_data < fixed[i].n)
			return bad(r, at, fixed[i].what);
	return 0;
}

static int read_meta(struct reader *r, struct smf_event *e)
{
	size_t at = r->at - 1;
	if (r->at >= r->end)
		return bad(r, r->at, "the track ends inside a meta event");
	e->kind = SMF_META;
	e->a = r->bytes[r->at++];
	if (e->a > 127)
		return bad(r, r->at - 1, "a meta type above 127");
	int k = read_payload(r, e);
	return k < 0 ? k : check_meta(r, e, at);
}

static int read_channel(struct reader *r, uint8_t status, struct smf_event *e)
{
	uint8_t data[2] = { 0, 0 };
	for (unsigned i = 0; i < smf_data_bytes(status); i++) {
		if (r->at >= r->end)
			return bad(r, r->at, "the track ends inside an event");
		data[i] = r->bytes[r->at];
		if (data[i] & 0x80)
			return bad(r, r->at, "a status byte where a data byte belongs");
		r->at++;
	}
	e->kind = (uint8_t)((status >> 4) - 8);
	e->channel = status & 15;
	e->a = data[0];
	e->b = data[1];
	return 0;
}

static int read_event(struct reader *r, uint8_t *running, struct smf_event *e)
{
	if (r->at >= r->end)
		return bad(r, r->at, "a delta time without an event");
	uint8_t b = r->bytes[r->at];
	if (b < 0x80) {
		if (!*running)
			return bad(r, r->at, "a data byte before any status byte");
		return read_channel(r, *running, e);
	}
	r->at++;
	if (b < 0xF0) {
		*running = b;
		return read_channel(r, b, e);
	}
	if (b == 0xFF)
		return read_meta(r, e);
	if (b != 0xF0 && b != 0xF7)
		return err_set(r->err, -EBADMSG, "byte %zu: status %02X is not allowed in a file", r->at - 1,
			       b);
	e->kind = b == 0xF0 ? SMF_SYSEX : SMF_ESCAPE;
	return read_payload(r, e);
}

/* Enum order follows the status nibbles; read_channel counts on it. */
_Static_assert(SMF_NOTE_OFF == 0 && SMF_NOTE_ON == 1 && SMF_POLY_PRESSURE == 2 && SMF_CONTROL == 3 &&
		       SMF_PROGRAM == 4 && SMF_PRESSURE == 5 && SMF_BEND == 6,
	       "kinds follow status bytes");

static int read_track(struct reader *r)
{
	size_t index;
	uint64_t tick = 0;
	uint8_t running = 0;
	int k = smf_add_track(r->file, &index, r->err);
	while (k == 0 && r->at < r->end) {
		struct smf_event e = { 0 };
		uint32_t delta;
		k = read_quantity(r, "delta time", &delta);
		if (k < 0)
			break;
		tick += delta;
		e.tick = tick;
		k = read_event(r, &running, &e);
		if (k == 0)
			k = smf_push(r->file, &r->file->tracks[index], &e, r->err);
		if (e.kind == SMF_META && e.a == SMF_META_END)
			break;
	}
	return k;
}

static int read_division(struct reader *r, uint16_t division)
{
	struct smf *f = r->file;
	if (!(division & 0x8000)) {
		f->ticks_per_quarter = division;
		return 0;
	}
	int fps = -(int8_t)(division >> 8);
	if (fps != 24 && fps != 25 && fps != 29 && fps != 30)
		return err_set(r->err, -EBADMSG, "byte 12: %d SMPTE frames a second", fps);
	f->smpte_fps = (uint8_t)fps;
	f->smpte_ticks = (uint8_t)division;
	return 0;
}

static int read_header(struct reader *r)
{
	const uint8_t *p = r->bytes;
	if (r->end < 4 || memcmp(p, "MThd", 4) != 0)
		return bad(r, 0, "not a Standard MIDI File (no 'MThd')");
	if (r->end < 14)
		return bad(r, r->end, "the file ends inside its header");
	uint32_t length = be32(p + 4);
	if (length < 6)
		return bad(r, 4, "a header of less than six bytes");
	if (length > r->end - 8)
		return bad(r, 4, "the header is longer than the file");
	r->file->format = be16(p + 8);
	r->file->n_tracks_in_header = be16(p + 10);
	if (r->file->format > 2)
		return err_set(r->err, -EBADMSG, "byte 8: unknown format %u", r->file->format);
	r->at = 8 + length;
	return read_division(r, be16(p + 12));
}

static int read_chunks(struct reader *r)
{
	size_t file_end = r->end;
	/* Fewer than eight bytes cannot begin a chunk: what is left is padding. */
	while (file_end - r->at >= 8) {
		const uint8_t *p = r->bytes + r->at;
		uint32_t length = be32(p + 4);
		bool track = memcmp(p, "MTrk", 4) == 0;
		size_t body = r->at + 8, left = file_end - body;
		if (length > left && track)
			return err_set(r->err, -EBADMSG, "byte %zu: a track of %u bytes, %zu left in the file",
				       r->at + 4, length, left);
		r->at = body;
		r->end = length > left ? file_end : body + length;
		int k = track ? read_track(r) : 0;
		if (k < 0)
			return k;
		r->at = r->end;
	}
	if (r->file->n_tracks == 0)
		return bad(r, r->at, "no track in the file");
	return 0;
}

int smf_read(const void *bytes, size_t n, struct smf **ret, struct err *err)
{
	if (n > LIMIT_SMF_BYTES)
		return err_set(err, -EMSGSIZE, "a MIDI file of %zu bytes (at most %d)", n, LIMIT_SMF_BYTES);
	AUTO(smf) f = smf_new(0, 0);
	if (!f)
		return err_set(err, -ENOMEM, "out of memory for the MIDI file");
	struct reader r = { .bytes = bytes, .end = n, .file = f, .err = err };
	int k = read_header(&r);
	if (k == 0)
		k = read_chunks(&r);
	if (k < 0)
		return k;
	*ret = TAKE(f);
	return 0;
}

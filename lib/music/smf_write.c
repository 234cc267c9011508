/*
 * smf_write.c - the writer; the layout stands in smf_read.c.
 */
#include "base/str.h"
#include "music/smf_priv.h"

/* Room for the longest head of an event: its delta, status, type, and the length of its data. */
#define HEAD_MAX 12

static char *put_be(char *p, uint32_t v, int n)
{
	for (int i = n - 1; i >= 0; i--)
		*p++ = (char)(v >> (8 * i));
	return p;
}

static inline char *put_quantity(char *p, uint32_t v)
{
	if (v < 0x80) { /* most are */
		*p++ = (char)v;
		return p;
	}
	for (int shift = 21; shift > 0; shift -= 7)
		if (v >> shift)
			*p++ = (char)((v >> shift & 0x7F) | 0x80);
	*p++ = (char)(v & 0x7F);
	return p;
}

static char *put_channel(char *p, const struct smf_event *e, unsigned flags, uint8_t *running)
{
	uint8_t status = (uint8_t)((e->kind + 8) << 4 | e->channel);
	if (!(flags & SMF_WRITE_RUNNING_STATUS) || status != *running)
		*p++ = (char)status;
	*running = status;
	*p++ = (char)e->a;
	if (smf_data_bytes(status) == 2)
		*p++ = (char)e->b;
	return p;
}

/* A failure sticks to the buffer. */
static void put_event(struct strbuf *b, const struct smf *f, const struct smf_event *e, uint32_t delta, unsigned flags,
		      uint8_t *running)
{
	char *begin = strbuf_room(b, HEAD_MAX), *p = begin;
	if (!begin)
		return;
	p = put_quantity(p, delta);
	if (e->kind <= SMF_BEND) {
		p = put_channel(p, e, flags, running);
		strbuf_grown(b, (size_t)(p - begin));
		return;
	}
	/* The text says that these cancel running status, whatever readers forgive. */
	*running = 0;
	if (e->kind == SMF_META) {
		*p++ = (char)0xFF;
		*p++ = (char)e->a;
	} else {
		*p++ = e->kind == SMF_SYSEX ? (char)0xF0 : (char)0xF7;
	}
	p = put_quantity(p, e->n_data);
	strbuf_grown(b, (size_t)(p - begin));
	strbuf_add(b, smf_data(f, e), e->n_data);
}

static int put_track(struct strbuf *b, const struct smf *f, const struct smf_track *t, unsigned flags,
		     struct err *err)
{
	uint64_t tick = 0;
	uint8_t running = 0;
	bool ended = false;
	for (size_t i = 0; i < t->n_events && !ended; i++) {
		const struct smf_event *e = &t->events[i];
		if (e->tick < tick || e->tick - tick > SMF_DELTA_MAX)
			return err_set(err, -EINVAL, "event %zu at tick %llu cannot follow tick %llu", i,
				       (unsigned long long)e->tick, (unsigned long long)tick);
		if (e->kind >= SMF_KIND_COUNT || e->channel > 15 || e->a > 127 || e->b > 127)
			return err_set(err, -EINVAL, "event %zu is out of range", i);
		put_event(b, f, e, (uint32_t)(e->tick - tick), flags, &running);
		tick = e->tick;
		ended = e->kind == SMF_META && e->a == SMF_META_END;
	}
	if (!ended)
		strbuf_add(b, "\x00\xFF\x2F\x00", 4);
	return 0;
}

static int put_header(struct strbuf *b, const struct smf *f, struct err *err)
{
	if (f->format > 2 || f->n_tracks > 65535 || f->ticks_per_quarter > 0x7FFF)
		return err_set(err, -EINVAL, "format %u with %zu tracks and division %u", f->format,
			       f->n_tracks, f->ticks_per_quarter);
	if (f->format == 0 && f->n_tracks != 1)
		return err_set(err, -EINVAL, "format 0 has one track, not %zu", f->n_tracks);
	char head[14] = "MThd", *p = put_be(head + 4, 6, 4);
	p = put_be(p, f->format, 2);
	p = put_be(p, (uint32_t)f->n_tracks, 2);
	(void)put_be(p, f->smpte_fps ? (uint32_t)(uint8_t)-f->smpte_fps << 8 | f->smpte_ticks : f->ticks_per_quarter, 2);
	strbuf_add(b, head, sizeof(head));
	return 0;
}

int smf_write(const struct smf *f, unsigned flags, uint8_t **ret_bytes, size_t *ret_n, struct err *err)
{
	AUTO_STRBUF out = STRBUF_INIT;
	int r = put_header(&out, f, err);
	for (size_t i = 0; r == 0 && i < f->n_tracks; i++) {
		strbuf_add(&out, "MTrk\0\0\0", 8);
		size_t begin = out.n;
		r = put_track(&out, f, &f->tracks[i], flags, err);
		if (r == 0 && out.n - begin > UINT32_MAX)
			r = err_set(err, -EMSGSIZE, "track %zu is longer than 4 GiB", i);
		if (out.failed)
			r = -ENOMEM;
		else
			(void)put_be(out.s + begin - 4, (uint32_t)(out.n - begin), 4);
	}
	if (r < 0 && r != -ENOMEM)
		return r;
	size_t n = out.n;
	char *bytes = r < 0 ? NULL : strbuf_take(&out);
	if (!bytes)
		return err_set(err, -ENOMEM, "out of memory for the MIDI file");
	*ret_bytes = (uint8_t *)bytes;
	*ret_n = n;
	return 0;
}

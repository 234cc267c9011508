/*
 * smf_write.c - the writer; the layout stands in smf_read.c.
 */
#include "base/str.h"
#include "music/smf_priv.h"

static void put_be(struct strbuf *b, uint32_t v, int n)
{
	for (int i = n - 1; i >= 0; i--)
		strbuf_addc(b, (char)(v >> (8 * i)));
}

static void put_quantity(struct strbuf *b, uint32_t v)
{
	for (int shift = 21; shift > 0; shift -= 7)
		if (v >> shift)
			strbuf_addc(b, (char)((v >> shift & 0x7F) | 0x80));
	strbuf_addc(b, (char)(v & 0x7F));
}

static void put_channel(struct strbuf *b, const struct smf_event *e, unsigned flags, uint8_t *running)
{
	uint8_t status = (uint8_t)((e->kind + 8) << 4 | e->channel);
	if (!(flags & SMF_WRITE_RUNNING_STATUS) || status != *running)
		strbuf_addc(b, (char)status);
	*running = status;
	strbuf_addc(b, (char)e->a);
	if (smf_data_bytes(status) == 2)
		strbuf_addc(b, (char)e->b);
}

static void put_event(struct strbuf *b, const struct smf *f, const struct smf_event *e, unsigned flags,
		      uint8_t *running)
{
	if (e->kind <= SMF_BEND) {
		put_channel(b, e, flags, running);
		return;
	}
	/* The text says that these cancel running status, whatever readers forgive. */
	*running = 0;
	if (e->kind == SMF_META) {
		strbuf_addc(b, (char)0xFF);
		strbuf_addc(b, (char)e->a);
	} else {
		strbuf_addc(b, e->kind == SMF_SYSEX ? (char)0xF0 : (char)0xF7);
	}
	put_quantity(b, e->n_data);
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
		put_quantity(b, (uint32_t)(e->tick - tick));
		put_event(b, f, e, flags, &running);
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
	strbuf_adds(b, "MThd");
	put_be(b, 6, 4);
	put_be(b, f->format, 2);
	put_be(b, (uint32_t)f->n_tracks, 2);
	if (f->smpte_fps)
		put_be(b, (uint32_t)(uint8_t)-f->smpte_fps << 8 | f->smpte_ticks, 2);
	else
		put_be(b, f->ticks_per_quarter, 2);
	return 0;
}

int smf_write(const struct smf *f, unsigned flags, uint8_t **ret_bytes, size_t *ret_n, struct err *err)
{
	AUTO_STRBUF out = STRBUF_INIT;
	AUTO_STRBUF track = STRBUF_INIT;
	int r = put_header(&out, f, err);
	for (size_t i = 0; r == 0 && i < f->n_tracks; i++) {
		strbuf_clear(&track);
		r = put_track(&track, f, &f->tracks[i], flags, err);
		if (r == 0 && track.n > UINT32_MAX)
			r = err_set(err, -EMSGSIZE, "track %zu is longer than 4 GiB", i);
		strbuf_adds(&out, "MTrk");
		put_be(&out, (uint32_t)track.n, 4);
		strbuf_add(&out, track.s, track.n);
		if (track.failed)
			r = -ENOMEM;
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

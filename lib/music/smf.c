/*
 * smf.c - building a file in memory.
 */
#include "music/smf.h"

#include <string.h>

#include "base/limits.h"
#include "music/smf_priv.h"

static const char *const kind_names[SMF_KIND_COUNT] = {
	[SMF_NOTE_OFF] = "note_off", [SMF_NOTE_ON] = "note_on",   [SMF_POLY_PRESSURE] = "poly_pressure",
	[SMF_CONTROL] = "control",   [SMF_PROGRAM] = "program",   [SMF_PRESSURE] = "pressure",
	[SMF_BEND] = "bend",         [SMF_META] = "meta",         [SMF_SYSEX] = "sysex",
	[SMF_ESCAPE] = "escape",
};

const char *smf_kind_name(enum smf_kind kind)
{
	return (unsigned)kind < SMF_KIND_COUNT ? kind_names[kind] : "?";
}

struct smf *smf_new(uint16_t format, uint16_t ticks_per_quarter)
{
	struct smf *f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	f->format = format;
	f->ticks_per_quarter = ticks_per_quarter;
	return f;
}

void smf_free(struct smf *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->n_tracks; i++)
		free(f->tracks[i].events);
	free(f->tracks);
	free(f->bytes);
	free(f);
}

static int no_memory(struct err *err)
{
	return err_set(err, -ENOMEM, "out of memory for the MIDI file");
}

int smf_add_track(struct smf *f, size_t *ret_track, struct err *err)
{
	if (f->n_tracks >= LIMIT_SMF_TRACKS)
		return err_set(err, -EMSGSIZE, "more than %d tracks", LIMIT_SMF_TRACKS);
	if (mem_grow(&f->tracks, &f->room_tracks, f->n_tracks + 1, sizeof(*f->tracks)) < 0)
		return no_memory(err);
	memset(&f->tracks[f->n_tracks], 0, sizeof(*f->tracks));
	*ret_track = f->n_tracks++;
	return 0;
}

int smf_push(struct smf *f, struct smf_track *t, const struct smf_event *e, struct err *err)
{
	(void)f;
	if (t->n_events >= LIMIT_SMF_EVENTS)
		return err_set(err, -EMSGSIZE, "more than %d events in one track", LIMIT_SMF_EVENTS);
	if (mem_grow(&t->events, &t->room_events, t->n_events + 1, sizeof(*t->events)) < 0)
		return no_memory(err);
	t->events[t->n_events++] = *e;
	return 0;
}

int smf_keep(struct smf *f, const void *data, size_t n, size_t *ret_at, struct err *err)
{
	if (f->n_bytes > LIMIT_SMF_BYTES || n > LIMIT_SMF_BYTES - f->n_bytes)
		return err_set(err, -EMSGSIZE, "more than %d bytes of texts and system exclusive",
			       LIMIT_SMF_BYTES);
	if (mem_grow(&f->bytes, &f->room_bytes, f->n_bytes + n, 1) < 0)
		return no_memory(err);
	if (n)
		memcpy(f->bytes + f->n_bytes, data, n);
	*ret_at = f->n_bytes;
	f->n_bytes += n;
	return 0;
}

/* Where an event may be appended: the track exists, has not ended, and the tick does not fall. */
static int open_track(struct smf *f, size_t track, uint64_t tick, struct smf_track **ret, struct err *err)
{
	if (track >= f->n_tracks)
		return err_set(err, -EINVAL, "track %zu of %zu", track, f->n_tracks);
	struct smf_track *t = &f->tracks[track];
	if (t->n_events) {
		const struct smf_event *last = &t->events[t->n_events - 1];
		if (last->kind == SMF_META && last->a == SMF_META_END)
			return err_set(err, -EINVAL, "track %zu has ended", track);
		if (tick < last->tick)
			return err_set(err, -EINVAL, "track %zu: tick %llu after tick %llu", track,
				       (unsigned long long)tick, (unsigned long long)last->tick);
	}
	*ret = t;
	return 0;
}

int smf_add(struct smf *f, size_t track, uint64_t tick, enum smf_kind kind, uint8_t channel, uint8_t a,
	    uint8_t b, struct err *err)
{
	struct smf_track *t;
	int r = open_track(f, track, tick, &t, err);
	if (r < 0)
		return r;
	if ((unsigned)kind > SMF_BEND || channel > 15 || a > 127 || b > 127)
		return err_set(err, -EINVAL, "%s %d %d on channel %d is out of range",
			       smf_kind_name(kind), a, b, channel);
	return smf_push(f, t, &(struct smf_event){ .tick = tick, .kind = (uint8_t)kind,
						   .channel = channel, .a = a, .b = b }, err);
}

int smf_add_data(struct smf *f, size_t track, uint64_t tick, enum smf_kind kind, uint8_t type,
		 const void *data, size_t n, struct err *err)
{
	struct smf_track *t;
	struct smf_event e = { .tick = tick, .kind = (uint8_t)kind, .n_data = (uint32_t)n };
	int r = open_track(f, track, tick, &t, err);
	if (r < 0)
		return r;
	if (kind != SMF_META && kind != SMF_SYSEX && kind != SMF_ESCAPE)
		return err_set(err, -EINVAL, "%s carries no data", smf_kind_name(kind));
	if (n > SMF_DELTA_MAX || (kind == SMF_META && type > 127))
		return err_set(err, -EINVAL, "meta type %d with %zu bytes", type, n);
	if (kind == SMF_META)
		e.a = type;
	r = smf_keep(f, data, n, &e.data_at, err);
	return r < 0 ? r : smf_push(f, t, &e, err);
}

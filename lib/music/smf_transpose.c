/*
 * smf_transpose.c - a MIDI file moved by semitones, every other event left as it is.
 */
#include "music/smf_priv.h"

#include <string.h>

#include "music/chord.h"
#include "music/spell.h"

#define KEYS_MAX 64 /* signatures that spell chord symbols; later ones do not */

struct keys {
	struct {
		uint64_t tick;
		int sharps;
	} v[KEYS_MAX];
	size_t n;
};

static bool has_pitch(const struct smf_event *e)
{
	return (e->kind == SMF_NOTE_ON || e->kind == SMF_NOTE_OFF || e->kind == SMF_POLY_PRESSURE) && e->channel != 9;
}

static int check_range(const struct smf *f, int semitones, struct err *err)
{
	for (size_t t = 0; t < f->n_tracks; t++)
		for (size_t i = 0; i < f->tracks[t].n_events; i++) {
			const struct smf_event *e = &f->tracks[t].events[i];
			int pitch = e->a + semitones;
			if (has_pitch(e) && (pitch < 0 || pitch > 127))
				return err_set(err, -ERANGE, "note %d would become %d", e->a, pitch);
		}
	return 0;
}

static void move_key(struct smf *f, const struct smf_event *e, int semitones, struct keys *keys)
{
	uint8_t *p = f->bytes + e->data_at;
	if ((int8_t)p[0] < -7 || (int8_t)p[0] > 7)
		return;
	p[0] = (uint8_t)key_transposed((int8_t)p[0], semitones);
	if (keys->n < KEYS_MAX) {
		keys->v[keys->n].tick = e->tick;
		keys->v[keys->n++].sharps = (int8_t)p[0];
	}
}

/* Of the last signature up to a tick, in whatever track. */
static int sharps_at(const struct keys *keys, uint64_t tick)
{
	uint64_t best = 0;
	int sharps = 0;
	for (size_t i = 0; i < keys->n; i++)
		if (keys->v[i].tick <= tick && keys->v[i].tick >= best) {
			best = keys->v[i].tick;
			sharps = keys->v[i].sharps;
		}
	return sharps;
}

/* A text that is a chord symbol moves too; reading the file as a score takes it for one. */
static int move_text(struct smf *f, struct smf_event *e, int semitones, const struct keys *keys, struct err *err)
{
	struct chord c;
	char name[CHORD_NAME_SIZE];
	const char *text = (const char *)smf_data(f, e);
	if (!chord_parse(text, e->n_data, &c) || c.root < 0 || e->n_data == 0 || *text > 'G')
		return 0;
	c = chord_transpose(c, semitones);
	(void)chord_name(&c, sharps_at(keys, e->tick), name);
	int r = smf_keep(f, name, strlen(name), &e->data_at, err);
	if (r == 0)
		e->n_data = (uint32_t)strlen(name);
	return r;
}

static void move_notes_and_keys(struct smf *f, int semitones, struct keys *keys)
{
	for (size_t t = 0; t < f->n_tracks; t++)
		for (size_t i = 0; i < f->tracks[t].n_events; i++) {
			struct smf_event *e = &f->tracks[t].events[i];
			if (has_pitch(e))
				e->a = (uint8_t)(e->a + semitones);
			if (e->kind == SMF_META && e->a == SMF_META_KEY && e->n_data >= 2)
				move_key(f, e, semitones, keys);
		}
}

int smf_transpose(struct smf *f, int semitones, struct err *err)
{
	struct keys keys = { .n = 0 };
	int r = check_range(f, semitones, err);
	if (r < 0)
		return r;
	move_notes_and_keys(f, semitones, &keys);
	for (size_t t = 0; r == 0 && semitones % 12 && t < f->n_tracks; t++)
		for (size_t i = 0; r == 0 && i < f->tracks[t].n_events; i++) {
			struct smf_event *e = &f->tracks[t].events[i];
			if (e->kind == SMF_META && e->a == SMF_META_TEXT)
				r = move_text(f, e, semitones, &keys, err);
		}
	return r;
}

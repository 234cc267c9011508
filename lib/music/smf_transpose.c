/*
 * smf_transpose.c - a MIDI file moved by semitones: notes, signatures and chord symbols, every other event as it is.
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
/* The signatures of a file, sorted once they are all there. */
struct signature {
	uint64_t tick;
	int sharps;
};

struct signatures {
	struct signature *list;
	size_t n, room;
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
/* Moves a signature, and remembers it for the chord symbols under it. */
static int move_key(struct smf *f, struct smf_event *e, int semitones, struct signatures *keys, struct err *err)
{
	uint8_t *p = f->bytes + e->data_at;
	if (e->n_data < 2 || (int8_t)p[0] < -7 || (int8_t)p[0] > 7)
		return 0;
	int sharps = key_transposed((int8_t)p[0], semitones);
	p[0] = (uint8_t)sharps;
	if (mem_grow(&keys->list, &keys->room, keys->n + 1, sizeof(*keys->list)) < 0)
		return err_set(err, -ENOMEM, "out of memory for the signatures");
	keys->list[keys->n++] = (struct signature){ e->tick, sharps };
	return 0;
}

static int move_notes(struct smf *f, int semitones, struct signatures *keys, struct err *err)
{
	int r = 0;
	for (size_t t = 0; r == 0 && t < f->n_tracks; t++)
		for (size_t i = 0; r == 0 && i < f->tracks[t].n_events; i++) {
			struct smf_event *e = &f->tracks[t].events[i];
			if (has_pitch(e))
				e->a = (uint8_t)(e->a + semitones);
			else if (e->kind == SMF_META && e->a == SMF_META_KEY)
				r = move_key(f, e, semitones, keys, err);
		}
	return r;
}

static int compare_ticks(const void *pa, const void *pb)
{
	const struct signature *a = pa, *b = pb;
	return (a->tick > b->tick) - (a->tick < b->tick);
}

static int sharps_at(const struct signatures *keys, uint64_t tick)
{
	size_t low = 0, high = keys->n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (keys->list[mid].tick <= tick)
			low = mid + 1;
		else
			high = mid;
	}
	return low ? keys->list[low - 1].sharps : 0;
}

static int move_chord(struct smf *f, struct smf_event *e, int semitones, const struct signatures *keys, struct err *err)
{
	struct chord c;
	char name[CHORD_NAME_SIZE];
	const char *text = (const char *)smf_data(f, e);
	size_t at;
	if (e->n_data == 0 || *text > 'G' || !chord_parse(text, e->n_data, &c) || c.root < 0)
		return 0;
	c = chord_transpose(c, semitones);
	size_t n = strlen(chord_name(&c, sharps_at(keys, e->tick), name));
	int r = smf_keep(f, name, n, &at, err);
	if (r < 0)
		return r;
	e->data_at = at;
	e->n_data = (uint32_t)n;
	return 0;
}

static int move_chords(struct smf *f, int semitones, const struct signatures *keys, struct err *err)
{
	int r = 0;
	for (size_t t = 0; r == 0 && t < f->n_tracks; t++)
		for (size_t i = 0; r == 0 && i < f->tracks[t].n_events; i++) {
			struct smf_event *e = &f->tracks[t].events[i];
			if (e->kind == SMF_META && e->a == SMF_META_TEXT)
				r = move_chord(f, e, semitones, keys, err);
		}
	return r;
}

int smf_transpose(struct smf *f, int semitones, struct err *err)
{
	struct signatures keys = { NULL, 0, 0 };
	int r = check_range(f, semitones, err);
	if (r == 0)
		r = move_notes(f, semitones, &keys, err);
	if (keys.n)
		qsort(keys.list, keys.n, sizeof(*keys.list), compare_ticks);
	if (r == 0 && semitones % 12)
		r = move_chords(f, semitones, &keys, err);
	free(keys.list);
	return r;
}

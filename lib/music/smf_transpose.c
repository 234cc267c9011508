/*
 * smf_transpose.c - a MIDI file moved by semitones, every other event left as it is.
 */
#include "music/smf_priv.h"

#include "music/spell.h"

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

int smf_transpose(struct smf *f, int semitones, struct err *err)
{
	int r = check_range(f, semitones, err);
	for (size_t t = 0; r == 0 && t < f->n_tracks; t++)
		for (size_t i = 0; i < f->tracks[t].n_events; i++) {
			struct smf_event *e = &f->tracks[t].events[i];
			if (has_pitch(e))
				e->a = (uint8_t)(e->a + semitones);
			if (e->kind == SMF_META && e->a == SMF_META_KEY && e->n_data >= 2) {
				uint8_t *p = f->bytes + e->data_at;
				if ((int8_t)p[0] >= -7 && (int8_t)p[0] <= 7)
					p[0] = (uint8_t)key_transposed((int8_t)p[0], semitones);
			}
		}
	return r;
}

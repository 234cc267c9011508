/*
 * smf_to_score.c - what a MIDI file means.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "music/chord.h"
#include "music/smf_priv.h"
#include "music/text_priv.h"

#define NO_VOICE SIZE_MAX
#define NO_NOTE SIZE_MAX

/* Notes that sound, oldest first, for each channel and key: heads and tails of lists through next[]. */
struct sounding {
	size_t head[16][128], tail[16][128];
};

struct reading {
	const struct smf *file;
	struct score *score;
	struct err *err;
	double beats_per_tick, offset_beats;
	size_t voice_of[16]; /* format 0: by channel; else [0] for the track */
	struct sounding *on;
	size_t *next[16]; /* format 0: a list for each voice; else [0] */
	size_t room_next[16];
};

static double beats_per_tick(const struct smf *f)
{
	if (f->smpte_fps) {
		double fps = f->smpte_fps == 29 ? 30000.0 / 1001.0 : f->smpte_fps;
		return 2.0 / (fps * (f->smpte_ticks ? f->smpte_ticks : 1));
	}
	return 1.0 / (f->ticks_per_quarter ? f->ticks_per_quarter : SMF_DEFAULT_TICKS_PER_QUARTER);
}

static double beats_of(const struct reading *r, uint64_t tick)
{
	return r->offset_beats + (double)tick * r->beats_per_tick;
}

static size_t slot_of(const struct reading *r, uint8_t channel)
{
	return r->file->format == 0 ? channel : 0;
}

/* The voice of a channel in this track; made when first asked for. */
static int voice_for(struct reading *r, uint8_t channel, size_t *ret)
{
	size_t *v = &r->voice_of[slot_of(r, channel)];
	if (*v == NO_VOICE) {
		int k = score_add_voice(r->score, NULL, v, r->err);
		if (k < 0)
			return k;
	}
	*ret = *v;
	return 0;
}

static int note_on(struct reading *r, const struct smf_event *e)
{
	size_t v, slot = slot_of(r, e->channel);
	int k = voice_for(r, e->channel, &v);
	if (k < 0)
		return k;
	struct note n = { .start_beats = beats_of(r, e->tick), .pitch = e->a, .velocity = e->b,
			  .channel = e->channel, .release = 64 };
	size_t index = r->score->voices[v].n_notes;
	if (mem_grow(&r->next[slot], &r->room_next[slot], index + 1, sizeof(size_t)) < 0)
		return err_set(r->err, -ENOMEM, "out of memory for the score");
	k = score_add_note(r->score, v, &n, r->err);
	if (k < 0)
		return k;
	size_t *head = &r->on->head[e->channel][e->a], *tail = &r->on->tail[e->channel][e->a];
	r->next[slot][index] = NO_NOTE;
	if (*head == NO_NOTE)
		*head = index;
	else
		r->next[slot][*tail] = index;
	*tail = index;
	return 0;
}

/* Ends the oldest sounding note of a key; an off without one is nothing. */
static void note_off(struct reading *r, uint8_t channel, uint8_t pitch, uint64_t tick, uint8_t release)
{
	size_t slot = slot_of(r, channel), *head = &r->on->head[channel][pitch];
	if (*head == NO_NOTE)
		return;
	struct note *n = &r->score->voices[r->voice_of[slot]].notes[*head];
	n->duration_beats = beats_of(r, tick) - n->start_beats;
	n->release = release;
	*head = r->next[slot][*head];
}

static int add_control(struct reading *r, const struct smf_event *e, enum score_control_kind kind,
		       uint8_t number, unsigned value)
{
	size_t v;
	int k = voice_for(r, e->channel, &v);
	if (k < 0)
		return k;
	struct score_control c = { beats_of(r, e->tick), kind, e->channel, number, (uint16_t)value };
	return score_add_control(r->score, v, &c, r->err);
}

static int add_channel(struct reading *r, const struct smf_event *e)
{
	switch ((enum smf_kind)e->kind) {
	case SMF_NOTE_ON:
		if (e->b)
			return note_on(r, e);
		note_off(r, e->channel, e->a, e->tick, 64);
		return 0;
	case SMF_NOTE_OFF:
		note_off(r, e->channel, e->a, e->tick, e->b);
		return 0;
	case SMF_POLY_PRESSURE:
		return add_control(r, e, SCORE_POLY_PRESSURE, e->a, e->b);
	case SMF_CONTROL:
		return add_control(r, e, SCORE_CONTROLLER, e->a, e->b);
	case SMF_PROGRAM:
		return add_control(r, e, SCORE_PROGRAM, 0, e->a);
	case SMF_PRESSURE:
		return add_control(r, e, SCORE_PRESSURE, 0, e->a);
	case SMF_BEND:
		return add_control(r, e, SCORE_BEND, 0, (unsigned)(e->a | e->b << 7));
	default:
		return 0;
	}
}

static int add_text(struct reading *r, const struct smf_event *e, enum score_text_kind kind)
{
	char AUTO_MEM *text = music_text(smf_data(r->file, e), e->n_data);
	if (!text)
		return err_set(r->err, -ENOMEM, "out of memory for the score");
	/* Chord symbols are texts in MIDI files. */
	struct chord chord;
	if (kind == SCORE_TEXT && chord_parse(text, strlen(text), &chord) && (chord.root < 0 || *text <= 'G'))
		kind = SCORE_CHORD;
	return score_add_text(r->score, kind, -1, beats_of(r, e->tick), text, r->err);
}

static int add_tempo(struct reading *r, const uint8_t *p, double at)
{
	unsigned us = (unsigned)(p[0] << 16 | p[1] << 8 | p[2]);
	if (us == 0 || r->file->smpte_fps)
		return 0;
	return score_set_tempo(r->score, at, 60e6 / us, r->err);
}

static int add_meta(struct reading *r, const struct smf_event *e)
{
	const uint8_t *p = smf_data(r->file, e);
	double at = beats_of(r, e->tick);
	switch (e->a) {
	case SMF_META_TEMPO:
		return add_tempo(r, p, at);
	case SMF_META_METER:
		if (p[0] == 0 || p[1] > 15)
			return 0;
		return score_set_meter(r->score, at, p[0], 1u << p[1], r->err);
	case SMF_META_KEY:
		if ((int8_t)p[0] < -7 || (int8_t)p[0] > 7)
			return 0;
		return score_set_key(r->score, at, (int8_t)p[0], p[1] == 1, r->err);
	case SMF_META_TEXT:
		return add_text(r, e, SCORE_TEXT);
	case SMF_META_LYRIC:
		return add_text(r, e, SCORE_LYRIC);
	case SMF_META_MARKER:
		return add_text(r, e, SCORE_MARKER);
	case SMF_META_CUE:
		return add_text(r, e, SCORE_CUE);
	default:
		return 0;
	}
}

static void end_sounding(struct reading *r, uint64_t tick)
{
	for (uint8_t channel = 0; channel < 16; channel++)
		for (uint8_t pitch = 0; pitch < 128; pitch++)
			while (r->on->head[channel][pitch] != NO_NOTE)
				note_off(r, channel, pitch, tick, 64);
}

static void start_track(struct reading *r)
{
	for (int i = 0; i < 16; i++) {
		r->voice_of[i] = NO_VOICE;
		for (int j = 0; j < 128; j++)
			r->on->head[i][j] = NO_NOTE;
	}
}

static int name_from(struct reading *r, size_t track, const struct smf_event *e)
{
	char AUTO_MEM *name = music_text(smf_data(r->file, e), e->n_data);
	if (!name)
		return err_set(r->err, -ENOMEM, "out of memory for the score");
	if (track == 0)
		return score_set_title(r->score, name, r->err);
	if (r->voice_of[0] != NO_VOICE) {
		struct score_voice *v = &r->score->voices[r->voice_of[0]];
		free(v->name);
		v->name = TAKE(name);
	}
	return 0;
}

/* Lyrics of a track with notes belong to its voice, also those before its first note. */
static void give_lyrics(struct reading *r, size_t first_text)
{
	if (r->file->format == 0 || r->voice_of[0] == NO_VOICE)
		return;
	for (size_t i = first_text; i < r->score->n_texts; i++)
		if (r->score->texts[i].kind == SCORE_LYRIC)
			r->score->texts[i].voice = (int)r->voice_of[0];
}

static int read_track(struct reading *r, size_t index)
{
	const struct smf_track *t = &r->file->tracks[index];
	const struct smf_event *name = NULL;
	size_t first_text = r->score->n_texts;
	int k = 0;
	start_track(r);
	for (size_t i = 0; k == 0 && i < t->n_events; i++) {
		const struct smf_event *e = &t->events[i];
		if (e->kind == SMF_META && e->a == SMF_META_NAME && !name)
			name = e;
		k = e->kind == SMF_META ? add_meta(r, e) : add_channel(r, e);
	}
	uint64_t end = t->n_events ? t->events[t->n_events - 1].tick : 0;
	end_sounding(r, end);
	give_lyrics(r, first_text);
	r->score->end_beats = fmax(r->score->end_beats, beats_of(r, end));
	if (k == 0)
		k = score_check_end(r->score->end_beats, r->err);
	return k == 0 && name ? name_from(r, index, name) : k;
}

/* A first meter of exactly one bar, shorter than the one after it, was a pick-up. */
static void find_pickup(struct score *s)
{
	if (s->n_meters < 2 || s->meters[0].at_beats != 0)
		return;
	double first = score_bar_beats(&s->meters[0]), second = score_bar_beats(&s->meters[1]);
	if (fabs(s->meters[1].at_beats - first) > 1e-6 || first >= second - 1e-6)
		return;
	s->pickup_beats = s->meters[1].at_beats;
	memmove(&s->meters[0], &s->meters[1], (s->n_meters - 1) * sizeof(*s->meters));
	s->n_meters--;
	s->meters[0].at_beats = 0;
}

static int read_tracks(struct reading *r)
{
	int k = 0;
	for (size_t i = 0; k == 0 && i < r->file->n_tracks; i++) {
		if (r->file->format == 2)
			r->offset_beats = score_bar_ceil(r->score, r->score->end_beats);
		k = read_track(r, i);
	}
	return k;
}

int smf_to_score(const struct smf *f, struct score **ret, struct err *err)
{
	AUTO(score) s = score_new();
	struct sounding AUTO_MEM *on = calloc(1, sizeof(*on));
	if (!s || !on)
		return err_set(err, -ENOMEM, "out of memory for the score");
	struct reading r = { .file = f, .score = s, .err = err, .beats_per_tick = beats_per_tick(f),
			     .on = on };
	int k = read_tracks(&r);
	for (int i = 0; i < 16; i++)
		free(r.next[i]);
	if (k < 0)
		return k;
	if (f->format != 2)
		find_pickup(s);
	score_sort(s);
	*ret = TAKE(s);
	return 0;
}

int score_read_smf(const void *bytes, size_t n, struct score **ret, struct err *err)
{
	AUTO(smf) f = NULL;
	int r = smf_read(bytes, n, &f, err);
	return r < 0 ? r : smf_to_score(f, ret, err);
}

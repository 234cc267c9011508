/*
 * score_to_smf.c - a score as a MIDI file of format 1.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "music/smf_priv.h"

/* What happens at one tick comes in this order: notes end before anything changes or begins. */
enum pending_order { PENDING_OFF, PENDING_TEXT, PENDING_CONTROL, PENDING_ON };

struct pending {
	uint64_t tick;
	enum pending_order order;
	size_t index; /* of the note, control or text; keeps the sort stable */
};

struct writing {
	const struct score *score;
	struct smf *file;
	struct pending *list;
	size_t n, room;
	struct err *err;
};

#define TICK_MAX ((uint64_t)1 << 52)

static int tick_of(struct writing *w, double beats, uint64_t *ret)
{
	double t = beats * w->file->ticks_per_quarter;
	if (!(t >= 0 && t < (double)TICK_MAX))
		return err_set(w->err, -EINVAL, "beat %g is too far for a MIDI file", beats);
	*ret = (uint64_t)llround(t);
	return 0;
}

static int pend(struct writing *w, uint64_t tick, enum pending_order order, size_t index)
{
	if (mem_grow(&w->list, &w->room, w->n + 1, sizeof(*w->list)) < 0)
		return err_set(w->err, -ENOMEM, "out of memory for the MIDI file");
	w->list[w->n++] = (struct pending){ tick, order, index };
	return 0;
}

static int compare_pending(const void *pa, const void *pb)
{
	const struct pending *a = pa, *b = pb;
	if (a->tick != b->tick)
		return a->tick < b->tick ? -1 : 1;
	if (a->order != b->order)
		return (int)a->order - (int)b->order;
	return (a->index > b->index) - (a->index < b->index);
}

/*
 * The list comes nearly in order, since notes begin in theirs: moving each where it belongs takes few steps, and when it does not, the
 * general way gives the same, for no two are equal.
 */
static void sort_pending(struct writing *w)
{
	size_t steps = 16 * w->n;
	for (size_t i = 1; i < w->n; i++) {
		struct pending x = w->list[i];
		size_t at = i;
		for (; at > 0 && steps > 0 && compare_pending(&x, &w->list[at - 1]) < 0; at--, steps--)
			w->list[at] = w->list[at - 1];
		w->list[at] = x;
		if (steps == 0) {
			qsort(w->list, w->n, sizeof(*w->list), compare_pending);
			return;
		}
	}
}

static int pend_note(struct writing *w, const struct note *n, size_t index)
{
	uint64_t on = 0, off = 0;
	int r = tick_of(w, n->start_beats, &on);
	if (r == 0)
		r = tick_of(w, n->start_beats + n->duration_beats, &off);
	if (r == 0)
		r = pend(w, on, PENDING_ON, index);
	/* A note too short for the grid still has to end after it began. */
	return r < 0 ? r : pend(w, off > on ? off : on + 1, PENDING_OFF, index);
}

static int pend_texts(struct writing *w, int voice)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < w->score->n_texts; i++) {
		uint64_t tick = 0;
		if (w->score->texts[i].voice != voice)
			continue;
		r = tick_of(w, w->score->texts[i].at_beats, &tick);
		if (r == 0)
			r = pend(w, tick, PENDING_TEXT, i);
	}
	return r;
}

static int put_text(struct writing *w, size_t track, uint64_t tick, const struct score_text *t)
{
	static const uint8_t types[SCORE_TEXT_KIND_COUNT] = {
		[SCORE_TEXT] = SMF_META_TEXT,   [SCORE_MARKER] = SMF_META_MARKER,
		[SCORE_LYRIC] = SMF_META_LYRIC, [SCORE_CHORD] = SMF_META_TEXT,
		[SCORE_CUE] = SMF_META_CUE,
	};
	return smf_add_data(w->file, track, tick, SMF_META, types[t->kind], t->text, strlen(t->text),
			    w->err);
}

static int put_control(struct writing *w, size_t track, uint64_t tick, const struct score_control *c)
{
	static const struct {
		enum smf_kind kind;
		bool with_number;
	} kinds[SCORE_CONTROL_KIND_COUNT] = {
		[SCORE_PROGRAM] = { SMF_PROGRAM, false },
		[SCORE_CONTROLLER] = { SMF_CONTROL, true },
		[SCORE_BEND] = { SMF_BEND, false },
		[SCORE_PRESSURE] = { SMF_PRESSURE, false },
		[SCORE_POLY_PRESSURE] = { SMF_POLY_PRESSURE, true },
	};
	uint8_t a = kinds[c->kind].with_number ? c->number : (uint8_t)(c->value & 127);
	uint8_t b = kinds[c->kind].with_number ? (uint8_t)c->value : 0;
	if (c->kind == SCORE_BEND)
		b = (uint8_t)(c->value >> 7);
	return smf_add(w->file, track, tick, kinds[c->kind].kind, c->channel, a, b, w->err);
}

/* What smf_add does, without its checks, for which put_pending has seen to it that there is room and ticks do not fall. */
static int put_note(struct writing *w, size_t track, const struct pending *p, const struct note *n)
{
	bool on = p->order == PENDING_ON;
	enum smf_kind kind = on ? SMF_NOTE_ON : SMF_NOTE_OFF;
	uint8_t velocity = on ? n->velocity : n->release;
	struct smf_track *t = &w->file->tracks[track];
	if (n->channel > 15 || (n->pitch | velocity) > 127)
		return smf_add(w->file, track, p->tick, kind, n->channel, n->pitch, velocity, w->err);
	t->events[t->n_events++] = (struct smf_event){ .tick = p->tick, .kind = (uint8_t)kind, .channel = n->channel,
						       .a = n->pitch, .b = velocity };
	return 0;
}

static int put_pending(struct writing *w, size_t track, const struct score_voice *v)
{
	struct smf_track *t = &w->file->tracks[track];
	int r = 0;
	if (w->n > LIMIT_SMF_EVENTS - t->n_events)
		return err_set(w->err, -EMSGSIZE, "more than %d events in one track", LIMIT_SMF_EVENTS);
	if (mem_grow(&t->events, &t->room_events, t->n_events + w->n + 1, sizeof(*t->events)) < 0)
		return err_set(w->err, -ENOMEM, "out of memory for the MIDI file");
	sort_pending(w);
	for (size_t i = 0; r == 0 && i < w->n; i++) {
		const struct pending *p = &w->list[i];
		if (p->order == PENDING_ON || p->order == PENDING_OFF)
			r = put_note(w, track, p, &v->notes[p->index]);
		else if (p->order == PENDING_CONTROL)
			r = put_control(w, track, p->tick, &v->controls[p->index]);
		else
			r = put_text(w, track, p->tick, &w->score->texts[p->index]);
	}
	return r;
}

/* Ends a track with the score, or with its last event where that is later. */
static int end_track(struct writing *w, size_t track)
{
	uint64_t end = 0;
	const struct smf_track *t = &w->file->tracks[track];
	int r = tick_of(w, w->score->end_beats, &end);
	if (r < 0)
		return r;
	if (t->n_events && t->events[t->n_events - 1].tick > end)
		end = t->events[t->n_events - 1].tick;
	return smf_add_data(w->file, track, end, SMF_META, SMF_META_END, NULL, 0, w->err);
}

static int put_voice(struct writing *w, size_t index)
{
	const struct score_voice *v = &w->score->voices[index];
	size_t track;
	int r = smf_add_track(w->file, &track, w->err);
	if (r == 0 && v->name[0])
		r = smf_add_data(w->file, track, 0, SMF_META, SMF_META_NAME, v->name, strlen(v->name),
				 w->err);
	w->n = 0;
	if (r == 0 && mem_grow(&w->list, &w->room, 2 * v->n_notes + v->n_controls, sizeof(*w->list)) < 0)
		r = err_set(w->err, -ENOMEM, "out of memory for the MIDI file");
	for (size_t i = 0; r == 0 && i < v->n_controls; i++) {
		uint64_t tick = 0;
		r = tick_of(w, v->controls[i].at_beats, &tick);
		if (r == 0)
			r = pend(w, tick, PENDING_CONTROL, i);
	}
	if (r == 0)
		r = pend_texts(w, (int)index);
	for (size_t i = 0; r == 0 && i < v->n_notes; i++)
		r = pend_note(w, &v->notes[i], i);
	if (r == 0)
		r = put_pending(w, track, v);
	return r < 0 ? r : end_track(w, track);
}

/* A change of the whole piece, as the bytes of its meta event. */
struct change {
	uint64_t tick;
	size_t index;
	uint8_t type, n;
	uint8_t data[4];
};

struct changes {
	struct change *list;
	size_t n, room;
};

static int add_change(struct writing *w, struct changes *c, double beats, uint8_t type, const uint8_t *data,
		      uint8_t n)
{
	struct change x = { .index = c->n, .type = type, .n = n };
	int r = tick_of(w, beats, &x.tick);
	if (r < 0)
		return r;
	if (mem_grow(&c->list, &c->room, c->n + 1, sizeof(*c->list)) < 0)
		return err_set(w->err, -ENOMEM, "out of memory for the MIDI file");
	memcpy(x.data, data, n);
	c->list[c->n++] = x;
	return 0;
}

static int add_meter(struct writing *w, struct changes *c, double beats, unsigned num, unsigned den)
{
	unsigned power = (unsigned)__builtin_ctz(den);
	/* 36 clocks a click where three eighths make a beat, else the click is the denominator. */
	unsigned clocks = den >= 8 && num % 3 == 0 && num > 3 ? 3 * 96 / den : 96 / den;
	if (num > 255)
		return err_set(w->err, -EINVAL, "meter %u/%u does not fit a MIDI file", num, den);
	uint8_t data[4] = { (uint8_t)num, (uint8_t)power, (uint8_t)(clocks ? clocks : 1), 8 };
	return add_change(w, c, beats, SMF_META_METER, data, sizeof(data));
}

/* The pick-up as a meter of its length: the smallest denominator that fits; false when none does. */
static bool pickup_meter(double beats, unsigned *ret_num, unsigned *ret_den)
{
	for (unsigned den = 4; den <= 64; den *= 2) {
		double num = beats * den / 4;
		if (num >= 1 && num <= 255 && fabs(num - round(num)) < 1e-6) {
			*ret_num = (unsigned)lround(num);
			*ret_den = den;
			return true;
		}
	}
	return false;
}

static int add_meters(struct writing *w, struct changes *c)
{
	const struct score *s = w->score;
	unsigned num, den;
	double from = -1;
	int r = 0;
	struct score_meter first = score_meter_at(s, s->pickup_beats);
	if (s->pickup_beats > 0 && s->pickup_beats < score_bar_beats(&first) &&
	    pickup_meter(s->pickup_beats, &num, &den)) {
		r = add_meter(w, c, 0, num, den);
		if (r == 0)
			r = add_meter(w, c, s->pickup_beats, first.num, first.den);
		from = s->pickup_beats;
	}
	for (size_t i = 0; r == 0 && i < s->n_meters; i++)
		if (s->meters[i].at_beats > from)
			r = add_meter(w, c, s->meters[i].at_beats, s->meters[i].num, s->meters[i].den);
	return r;
}

static int add_tempos(struct writing *w, struct changes *c)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < w->score->n_tempos; i++) {
		double us = fmin(fmax(round(60e6 / w->score->tempos[i].bpm), 1), 0xFFFFFF);
		uint32_t v = (uint32_t)us;
		uint8_t data[3] = { (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v };
		r = add_change(w, c, w->score->tempos[i].at_beats, SMF_META_TEMPO, data, sizeof(data));
	}
	return r;
}

static int add_keys(struct writing *w, struct changes *c)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < w->score->n_keys; i++) {
		const struct score_key *k = &w->score->keys[i];
		uint8_t data[2] = { (uint8_t)k->sharps, k->minor };
		r = add_change(w, c, k->at_beats, SMF_META_KEY, data, sizeof(data));
	}
	return r;
}

static int compare_changes(const void *pa, const void *pb)
{
	const struct change *a = pa, *b = pb;
	if (a->tick != b->tick)
		return a->tick < b->tick ? -1 : 1;
	return (a->index > b->index) - (a->index < b->index);
}

/* Merges changes and the texts of the whole piece (in w->list, sorted here) into track 0. */
static int put_changes(struct writing *w, struct changes *c, size_t track)
{
	size_t i = 0, j = 0;
	int r = 0;
	if (c->n)
		qsort(c->list, c->n, sizeof(*c->list), compare_changes);
	sort_pending(w);
	while (r == 0 && (i < c->n || j < w->n)) {
		if (j >= w->n || (i < c->n && c->list[i].tick <= w->list[j].tick)) {
			const struct change *x = &c->list[i++];
			r = smf_add_data(w->file, track, x->tick, SMF_META, x->type, x->data, x->n, w->err);
		} else {
			const struct pending *p = &w->list[j++];
			r = put_text(w, track, p->tick, &w->score->texts[p->index]);
		}
	}
	return r;
}

static int put_conductor(struct writing *w)
{
	struct changes c = { NULL, 0, 0 };
	const char *title = w->score->title;
	size_t track;
	int r = smf_add_track(w->file, &track, w->err);
	if (r == 0 && title[0])
		r = smf_add_data(w->file, track, 0, SMF_META, SMF_META_NAME, title, strlen(title), w->err);
	if (r == 0)
		r = add_meters(w, &c);
	if (r == 0)
		r = add_tempos(w, &c);
	if (r == 0)
		r = add_keys(w, &c);
	if (r == 0)
		r = pend_texts(w, -1);
	if (r == 0)
		r = put_changes(w, &c, track);
	free(c.list);
	return r < 0 ? r : end_track(w, track);
}

int score_to_smf(const struct score *s, uint16_t ticks_per_quarter, struct smf **ret, struct err *err)
{
	if (ticks_per_quarter < 1 || ticks_per_quarter > 0x7FFF)
		return err_set(err, -EINVAL, "%u ticks per quarter note (1 to 32767)", ticks_per_quarter);
	AUTO(smf) f = smf_new(1, ticks_per_quarter);
	if (!f)
		return err_set(err, -ENOMEM, "out of memory for the MIDI file");
	struct writing w = { .score = s, .file = f, .err = err };
	int r = put_conductor(&w);
	for (size_t i = 0; r == 0 && i < s->n_voices; i++)
		r = put_voice(&w, i);
	free(w.list);
	if (r < 0)
		return r;
	f->n_tracks_in_header = (uint16_t)f->n_tracks;
	*ret = TAKE(f);
	return 0;
}

int score_write_smf(const struct score *s, uint8_t **ret_bytes, size_t *ret_n, struct err *err)
{
	AUTO(smf) f = NULL;
	int r = score_to_smf(s, SMF_DEFAULT_TICKS_PER_QUARTER, &f, err);
	return r < 0 ? r : smf_write(f, SMF_WRITE_RUNNING_STATUS, ret_bytes, ret_n, err);
}

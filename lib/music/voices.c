#include "music/voices.h"

#include "music/voices_priv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define DRUMS 9

const char *const voice_method_names[VOICE_METHOD_COUNT + 1] = {
	[VOICE_AUTO] = "auto",         [VOICE_CHANNEL_SPLIT] = "channel_split", [VOICE_PITCH_CONTIGUITY] = "pitch_contiguity",
	[VOICE_SKYLINE] = "skyline",   [VOICE_BASSLINE] = "bassline",
};

/* A heap of notes that one method takes apart. */
struct heap {
	struct voice_note *notes;
	size_t n;
	enum voice_method method;
	const char *name; /* of the voice it comes from; "" when from several */
};

struct taking_apart {
	const struct score *from;
	const struct voice_params *p;
	struct voices *to;
	size_t room_origins;
	struct err *err;
};

void voices_free(struct voices *v)
{
	if (!v)
		return;
	score_free(v->score);
	free(v->origins);
	free(v);
}

static int check(const struct score *s, const struct voice_params *p, struct err *err)
{
	if ((unsigned)p->method >= VOICE_METHOD_COUNT)
		return err_field(err, -EINVAL, "method", "there is no method %d", (int)p->method);
	if (p->max_pitch_jump < 1 || p->max_pitch_jump > 48)
		return err_field(err, -EINVAL, "max_pitch_jump", "max_pitch_jump is %d; allowed are 1 to 48 semitones", p->max_pitch_jump);
	if (!(p->max_gap_beats >= 0 && p->max_gap_beats <= 64))
		return err_field(err, -EINVAL, "max_gap_beats", "max_gap_beats is %g; allowed are 0 to 64 beats", p->max_gap_beats);
	if (p->max_voices < 1 || p->max_voices > VOICES_MAX)
		return err_field(err, -EINVAL, "max_voices", "max_voices is %d; allowed are 1 to %d", p->max_voices, VOICES_MAX);
	for (size_t i = 0; p->tracks && i < p->n_tracks; i++)
		if (p->tracks[i] >= s->n_voices)
			return err_field(err, -EINVAL, "tracks", "there is no track %u; the piece has %zu, counted from 0",
					 p->tracks[i], s->n_voices);
	return 0;
}

static bool wanted(const struct voice_params *p, size_t track)
{
	bool found = !p->tracks;
	for (size_t i = 0; p->tracks && i < p->n_tracks; i++)
		found = found || p->tracks[i] == track;
	return found;
}

static int compare_notes(const void *pa, const void *pb)
{
	const struct voice_note *a = pa, *b = pb;
	if (a->note.start_beats != b->note.start_beats)
		return a->note.start_beats < b->note.start_beats ? -1 : 1;
	if (a->note.pitch != b->note.pitch)
		return (int)a->note.pitch - b->note.pitch;
	if (a->note.duration_beats != b->note.duration_beats)
		return a->note.duration_beats < b->note.duration_beats ? -1 : 1;
	if (a->track != b->track)
		return a->track < b->track ? -1 : 1;
	if (a->note.channel != b->note.channel)
		return (int)a->note.channel - b->note.channel;
	return (int)a->note.velocity - b->note.velocity;
}

/* The notes of a track (-1: of all) on a channel (-1: on all but drums). */
static int gather(const struct taking_apart *t, long track, int channel, struct heap *ret)
{
	size_t room = 0;
	*ret = (struct heap){ .name = track >= 0 ? t->from->voices[track].name : "" };
	for (size_t i = 0; i < t->from->n_voices; i++) {
		const struct score_voice *v = &t->from->voices[i];
		if (!wanted(t->p, i) || (track >= 0 && i != (size_t)track))
			continue;
		for (size_t k = 0; k < v->n_notes; k++) {
			int c = v->notes[k].channel;
			if (channel >= 0 ? c != channel : c == DRUMS)
				continue;
			if (mem_grow(&ret->notes, &room, ret->n + 1, sizeof(*ret->notes)) < 0)
				return err_set(t->err, -ENOMEM, "voices");
			ret->notes[ret->n++] = (struct voice_note){ v->notes[k], (uint32_t)i, 0 };
		}
	}
	if (ret->n)
		qsort(ret->notes, ret->n, sizeof(*ret->notes), compare_notes);
	return 0;
}

/* The voice of the source and the channel that most notes of a part come from: a vote that needs no table. */
static void find_origin(const struct heap *h, size_t part, struct voice_origin *ret)
{
	size_t lead = 0;
	*ret = (struct voice_origin){ .method = h->method };
	for (size_t i = 0; i < h->n; i++) {
		const struct voice_note *x = &h->notes[i];
		if (x->part != part)
			continue;
		if (lead == 0)
			*ret = (struct voice_origin){ x->track, x->note.channel, h->method };
		bool same = x->track == ret->track && x->note.channel == ret->channel;
		lead = same ? lead + 1 : lead - 1;
	}
}

static void name_voice(const struct heap *h, size_t part, size_t n_parts, char *ret, size_t size)
{
	static const char *const edges[2][2] = { { "top line", "rest" }, { "bass line", "rest" } };
	const char *own = h->name;
	if (h->method == VOICE_SKYLINE || h->method == VOICE_BASSLINE)
		(void)snprintf(ret, size, "%.80s%s%s", own, own[0] ? " " : "", edges[h->method == VOICE_BASSLINE][part]);
	else if (n_parts == 1)
		(void)snprintf(ret, size, "%.80s", own[0] ? own : h->notes[0].note.channel == DRUMS ? "drums" : "voice 1");
	else
		(void)snprintf(ret, size, "%.80s%svoice %zu", own, own[0] ? " " : "", part + 1);
}

/* Controls of the voice's channel come along to each voice made of it, so that each can stand alone. */
static int copy_controls(const struct taking_apart *t, size_t voice, const struct voice_origin *o)
{
	const struct score_voice *from = &t->from->voices[o->track];
	int code = 0;
	for (size_t i = 0; code == 0 && i < from->n_controls; i++)
		if (from->controls[i].channel == o->channel)
			code = score_add_control(t->to->score, voice, &from->controls[i], t->err);
	return code;
}

static int add_voice(struct taking_apart *t, const struct heap *h, size_t part, size_t n_parts)
{
	char name[128];
	size_t voice;
	struct voice_origin o;
	find_origin(h, part, &o);
	name_voice(h, part, n_parts, name, sizeof(name));
	if (mem_grow(&t->to->origins, &t->room_origins, t->to->score->n_voices + 1, sizeof(o)) < 0)
		return err_set(t->err, -ENOMEM, "voices");
	int code = score_add_voice(t->to->score, name, &voice, t->err);
	if (code < 0)
		return code;
	t->to->origins[voice] = o;
	for (size_t i = 0; code == 0 && i < h->n; i++)
		if (h->notes[i].part == part)
			code = score_add_note(t->to->score, voice, &h->notes[i].note, t->err);
	return code < 0 ? code : copy_controls(t, voice, &o);
}

static int take_apart(struct taking_apart *t, struct heap *h, enum voice_method method)
{
	size_t n_parts = h->n > 0;
	int code = 0;
	h->method = method;
	if (method == VOICE_PITCH_CONTIGUITY)
		code = voice_stream(h->notes, h->n, t->p, &n_parts, t->err);
	else if (method == VOICE_SKYLINE || method == VOICE_BASSLINE)
		voice_skyline(h->notes, h->n, method == VOICE_BASSLINE, &n_parts);
	for (size_t i = 0; code == 0 && i < n_parts; i++)
		code = add_voice(t, h, i, n_parts);
	return code;
}

/* One channel of one track: as it is, or with `auto` taken apart where several notes sound at once. */
static int take_channel_apart(struct taking_apart *t, struct heap *h, int channel)
{
	if (t->p->method != VOICE_AUTO || channel == DRUMS)
		return take_apart(t, h, VOICE_CHANNEL_SPLIT);
	int polyphony = voice_polyphony(h->notes, h->n, 2, t->err);
	if (polyphony < 0)
		return polyphony;
	return take_apart(t, h, polyphony > 1 ? VOICE_PITCH_CONTIGUITY : VOICE_CHANNEL_SPLIT);
}

static int split_channels(struct taking_apart *t)
{
	int code = 0;
	for (size_t i = 0; code == 0 && i < t->from->n_voices; i++) {
		bool used[16] = { false };
		const struct score_voice *v = &t->from->voices[i];
		for (size_t k = 0; k < v->n_notes; k++)
			used[v->notes[k].channel & 15] = true;
		for (int c = 0; code == 0 && c < 16; c++) {
			struct heap h = { .n = 0 };
			if (!used[c] || !wanted(t->p, i))
				continue;
			code = gather(t, (long)i, c, &h);
			if (code == 0)
				code = take_channel_apart(t, &h, c);
			free(h.notes);
		}
	}
	return code;
}

/* Everything in one heap, and the drums in another. */
static int split_whole(struct taking_apart *t)
{
	struct heap h, drums = { .n = 0 };
	int code = gather(t, -1, -1, &h);
	if (code == 0)
		code = take_apart(t, &h, t->p->method);
	free(h.notes);
	if (code == 0)
		code = gather(t, -1, DRUMS, &drums);
	if (code == 0)
		code = take_apart(t, &drums, VOICE_CHANNEL_SPLIT);
	free(drums.notes);
	return code;
}

/* Tempo, meter, key, title and end as they were, without voices. */
static int copy_frame(const struct score *from, struct score *to, struct err *err)
{
	int code = score_set_title(to, from->title, err);
	if (code == 0)
		code = score_set_composer(to, from->composer, err);
	for (size_t i = 0; code == 0 && i < from->n_tempos; i++)
		code = score_set_tempo(to, from->tempos[i].at_beats, from->tempos[i].bpm, err);
	for (size_t i = 0; code == 0 && i < from->n_meters; i++)
		code = score_set_meter(to, from->meters[i].at_beats, from->meters[i].num, from->meters[i].den, err);
	for (size_t i = 0; code == 0 && i < from->n_keys; i++)
		code = score_set_key(to, from->keys[i].at_beats, from->keys[i].sharps, from->keys[i].minor, err);
	to->pickup_beats = from->pickup_beats;
	to->end_beats = from->end_beats;
	return code;
}

/* Texts of a voice go to the first voice made of it. */
static int copy_texts(struct taking_apart *t)
{
	int code = 0;
	for (size_t i = 0; code == 0 && i < t->from->n_texts; i++) {
		const struct score_text *x = &t->from->texts[i];
		int voice = -1;
		if (x->voice >= 0 && !wanted(t->p, (size_t)x->voice))
			continue;
		for (size_t k = 0; x->voice >= 0 && voice < 0 && k < t->to->score->n_voices; k++)
			if (t->to->origins[k].track == (size_t)x->voice)
				voice = (int)k;
		code = score_add_text(t->to->score, x->kind, voice, x->at_beats, x->text, t->err);
	}
	return code;
}

int voices_separate(const struct score *s, const struct voice_params *p, struct voices **ret, struct err *err)
{
	int code = check(s, p, err);
	if (code < 0)
		return code;
	AUTO(voices) v = calloc(1, sizeof(*v));
	if (v)
		v->score = score_new();
	if (!v || !v->score)
		return err_set(err, -ENOMEM, "voices");
	struct taking_apart t = { .from = s, .p = p, .to = v, .err = err };
	code = copy_frame(s, v->score, err);
	if (code == 0)
		code = p->method == VOICE_AUTO || p->method == VOICE_CHANNEL_SPLIT ? split_channels(&t) : split_whole(&t);
	if (code == 0)
		code = copy_texts(&t);
	if (code < 0)
		return code;
	score_sort(v->score);
	*ret = TAKE(v);
	return 0;
}

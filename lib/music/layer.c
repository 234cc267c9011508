#include "music/layer.h"

#include "music/excerpt.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

enum { DRUMS = 9, CHANNELS = 16 };

/* Which channels are taken, and where those of the score at hand have gone. */
struct channels {
	bool taken[CHANNELS];
	int map[CHANNELS]; /* -1: not met yet */
};

static uint8_t channel_of(struct channels *c, uint8_t from)
{
	if (from == DRUMS || from >= CHANNELS)
		return from;
	if (c->map[from] >= 0)
		return (uint8_t)c->map[from];
	int to = from;
	for (int i = 0; c->taken[to] && i < CHANNELS; i++)
		to = i == DRUMS ? to : i;
	if (c->taken[to])
		to = from;
	c->taken[to] = true;
	c->map[from] = to;
	return (uint8_t)to;
}

/* Its own channels stay its own: only what another score has taken before counts. */
static void begin_score(struct channels *c)
{
	for (int i = 0; i < CHANNELS; i++)
		c->map[i] = -1;
}

static int add_voice(struct score *out, const struct score_voice *v, double shift, struct channels *c, size_t *ret, struct err *err)
{
	int r = score_add_voice(out, v->name, ret, err);
	for (size_t i = 0; r == 0 && i < v->n_controls; i++) {
		struct score_control control = v->controls[i];
		control.at_beats += shift;
		control.channel = channel_of(c, control.channel);
		r = score_add_control(out, *ret, &control, err);
	}
	for (size_t i = 0; r == 0 && i < v->n_notes; i++) {
		struct note note = v->notes[i];
		note.start_beats += shift;
		note.channel = channel_of(c, note.channel);
		r = score_add_note(out, *ret, &note, err);
	}
	return r;
}

static int add_changes(struct score *out, const struct score *s, double shift, struct err *err)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < s->n_tempos; i++)
		r = score_set_tempo(out, i ? s->tempos[i].at_beats + shift : 0, s->tempos[i].bpm, err);
	for (size_t i = 0; r == 0 && i < s->n_meters; i++)
		r = score_set_meter(out, i ? s->meters[i].at_beats + shift : 0, s->meters[i].num, s->meters[i].den, err);
	for (size_t i = 0; r == 0 && i < s->n_keys; i++)
		r = score_set_key(out, i ? s->keys[i].at_beats + shift : 0, s->keys[i].sharps, s->keys[i].minor, err);
	return r;
}

static int add_score(struct score *out, const struct score *s, struct channels *c, struct err *err)
{
	double shift = out->pickup_beats - s->pickup_beats;
	int r = 0;
	size_t first = out->n_voices, at;
	begin_score(c);
	for (size_t v = 0; r == 0 && v < s->n_voices; v++)
		r = add_voice(out, &s->voices[v], shift, c, &at, err);
	for (size_t i = 0; r == 0 && i < s->n_texts; i++) {
		const struct score_text *t = &s->texts[i];
		r = score_add_text(out, t->kind, t->voice < 0 ? -1 : t->voice + (int)first, t->at_beats + shift, t->text, err);
	}
	out->end_beats = fmax(out->end_beats, s->end_beats + shift);
	return r;
}

int score_layer(const struct score *const *scores, size_t n, struct score **ret, struct err *err)
{
	AUTO(score) out = score_new();
	struct channels c = { .taken = { [DRUMS] = true } };
	if (!n)
		return err_set(err, -EINVAL, "there are no scores to put together");
	if (!out)
		return err_set(err, -ENOMEM, "score");
	for (size_t i = 0; i < n; i++)
		out->pickup_beats = fmax(out->pickup_beats, scores[i]->pickup_beats);
	int r = score_set_title(out, scores[0]->title ? scores[0]->title : "", err);
	if (r == 0)
		r = add_changes(out, scores[0], out->pickup_beats - scores[0]->pickup_beats, err);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = add_score(out, scores[i], &c, err);
	if (r < 0)
		return r;
	score_sort(out);
	*ret = TAKE(out);
	return 0;
}

int score_sequence(const struct score *const *scores, size_t n, struct score **ret, struct err *err)
{
	AUTO(score) out = NULL;
	if (!n)
		return err_set(err, -EINVAL, "there are no scores to put together");
	int r = score_clone(scores[0], &out, err);
	for (size_t i = 1; r == 0 && i < n; i++) {
		struct score *longer = NULL;
		r = score_join(out, scores[i], score_bar_ceil(out, out->end_beats), &longer, err);
		if (r == 0) {
			score_free(out);
			out = longer;
		}
	}
	if (r == 0)
		*ret = TAKE(out);
	return r;
}

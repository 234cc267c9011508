#include "model/material_priv.h"

#include "model/source_priv.h"
#include "music/drum_kit.h"
#include "music/excerpt.h"

#include <string.h>

#include "base/banned.h"

/* What a voice of the first score is like; voices without notes take none. */
struct place {
	bool drums, used;
	uint8_t channel;
	int mean; /* pitch, in 1/16 semitones */
};

static bool look(const struct score_voice *v, struct place *ret)
{
	int64_t sum = 0;
	for (size_t i = 0; i < v->n_notes; i++)
		sum += v->notes[i].pitch;
	*ret = (struct place){ 0 };
	if (v->n_notes == 0)
		return false;
	ret->used = true;
	ret->channel = v->notes[0].channel;
	ret->drums = ret->channel == DRUM_CHANNEL;
	ret->mean = (int)(sum * 16 / (int64_t)v->n_notes);
	return true;
}

/* The voice that lies nearest; -1 when there is none of that kind. */
static int64_t nearest(const struct place *places, size_t n, const struct place *p)
{
	int64_t best = -1;
	int best_far = 0;
	for (size_t i = 0; i < n; i++) {
		int far = places[i].mean > p->mean ? places[i].mean - p->mean : p->mean - places[i].mean;
		if (!places[i].used || places[i].drums != p->drums || (best >= 0 && far >= best_far))
			continue;
		best = (int64_t)i;
		best_far = far;
	}
	return best;
}

static int folded(int pitch)
{
	return pitch < 0 ? pitch + 12 : pitch > 127 ? pitch - 12 : pitch;
}

static int add_voice(struct score *out, const struct score_voice *v, const struct place *places, size_t n_places, int shift,
		     struct err *err)
{
	struct place p;
	int64_t to = look(v, &p) ? nearest(places, n_places, &p) : -1;
	int code = 0;
	for (size_t i = 0; to >= 0 && i < v->n_notes && code == 0; i++) {
		struct note n = v->notes[i];
		n.pitch = (uint8_t)(p.drums ? n.pitch : folded(n.pitch + shift));
		n.channel = places[to].channel;
		code = score_add_note(out, (size_t)to, &n, err);
	}
	return code;
}

/* Cut to whole bars, transposed, in the other one's voices. */
static int prepare(const struct score *s, int shift, const struct score *first, const struct score_meter *m, struct score **ret,
		   struct err *err)
{
	AUTO(score) cut = NULL;
	AUTO(score) out = score_new();
	struct place AUTO_MEM *places = mem_new_array(first->n_voices, sizeof(*places));
	size_t voice;
	if (!out || !places)
		return err_set(err, -ENOMEM, "learn from several scores");
	int code = score_slice(s, score_bar_start(s, 1), score_bar_ceil(s, s->end_beats), &cut, err);
	if (code == 0)
		code = score_set_meter(out, 0, m->num, m->den, err);
	for (size_t v = 0; v < first->n_voices && code == 0; v++) {
		(void)look(&first->voices[v], &places[v]);
		code = score_add_voice(out, first->voices[v].name, &voice, err);
	}
	for (size_t v = 0; code == 0 && v < cut->n_voices; v++)
		code = add_voice(out, &cut->voices[v], places, first->n_voices, shift, err);
	if (code < 0)
		return code;
	score_sort(out);
	out->end_beats = score_bar_ceil(out, cut->end_beats > out->end_beats ? cut->end_beats : out->end_beats);
	*ret = TAKE(out);
	return 0;
}

int material_revoice(const struct score *s, const struct score *like, const struct score_meter *meter, struct score **ret, struct err *err)
{
	return prepare(s, 0, like, meter, ret, err);
}

/* Semitones from one scale to another, by the nearer way. */
static int shift_between(const struct source *from, const struct source *to)
{
	int up = (((to->scale.sharps - from->scale.sharps) * 7) % 12 + 12) % 12;
	return from->drums || to->drums ? 0 : up > 6 ? up - 12 : up;
}

bool material_same_meter(const struct score_meter *a, const struct score_meter *b)
{
	/* 4/4 and 2/2 are one, 3/4 and 6/8 are not. */
	bool threes = a->den >= 8 && a->num % 3 == 0 && a->num > 3, other = b->den >= 8 && b->num % 3 == 0 && b->num > 3;
	return (uint32_t)a->num * b->den == (uint32_t)b->num * a->den && threes == other;
}

static int check(const struct score_meter *m, const struct score_meter *first, size_t i, struct err *err)
{
	if (material_same_meter(m, first))
		return 0;
	return err_field(err, -EINVAL, "inputs", "input %zu is in %u/%u, another meter than the first one's %u/%u: they cannot be mixed", i + 1,
			 m->num, m->den, first->num, first->den);
}

static struct score_meter last_meter(const struct score *s)
{
	return score_meter_at(s, s->end_beats > 0 ? s->end_beats - 1e-3 : 0);
}

static int append(struct material *m, const struct score *s, struct err *err)
{
	double at = m->score ? score_bar_ceil(m->score, m->score->end_beats) : 0;
	struct score *whole = NULL;
	int code = m->score ? score_join(m->score, s, at, &whole, err) : score_clone(s, &whole, err);
	if (code < 0)
		return code;
	m->starts[m->n++] = m->score ? at : whole->pickup_beats;
	score_free(m->score);
	m->score = whole;
	return 0;
}

static int gather(struct material *m, const struct score *const *inputs, size_t n, struct err *err)
{
	AUTO(source) first = NULL;
	struct score_meter meter = last_meter(inputs[0]);
	int code = source_new(inputs[0], &first, err);
	for (size_t i = n; i-- > 1 && code == 0;) {
		AUTO(source) other = NULL;
		AUTO(score) ready = NULL;
		struct score_meter its = last_meter(inputs[i]);
		code = check(&its, &meter, i, err);
		if (code == 0)
			code = source_new(inputs[i], &other, err);
		if (code == 0)
			code = prepare(inputs[i], shift_between(other, first), inputs[0], &meter, &ready, err);
		if (code == 0 && score_n_notes(ready) > 0)
			code = append(m, ready, err);
	}
	return code < 0 ? code : append(m, inputs[0], err);
}

int material_init(struct material *m, const struct score *const *inputs, size_t n, struct err *err)
{
	*m = (struct material){ NULL, { 0 }, 0 };
	if (n < 1 || n > LIMIT_MODEL_SOURCES)
		return err_field(err, -EINVAL, "inputs", "%zu inputs; a style is learned from 1 to %d", n, LIMIT_MODEL_SOURCES);
	int code = gather(m, inputs, n, err);
	if (code < 0)
		material_done(m);
	return code;
}

void material_done(struct material *m)
{
	score_free(m->score);
	m->score = NULL;
}

#include "music/track_profile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "music/pitched_priv.h"

#define TOUCH_BEATS 0.06 /* notes that overlap by less are played one after another */

struct edge {
	double at;
	int step; /* +1 begins, -1 ends */
};

static int compare_edges(const void *pa, const void *pb)
{
	const struct edge *a = pa, *b = pb;
	int c = (a->at > b->at) - (a->at < b->at);
	return c ? c : a->step - b->step;
}

/* Walks over all beginnings and ends; legato that overlaps a little is no polyphony. */
static int count_overlap(const struct score_voice *v, struct track_profile *p, struct err *err)
{
	struct edge AUTO_MEM *e = mem_new_array(2 * v->n_notes, sizeof(*e));
	if (!e)
		return err_set(err, -ENOMEM, "out of memory for the notes");
	for (size_t i = 0; i < v->n_notes; i++) {
		const struct note *n = &v->notes[i];
		double held = fmin(n->duration_beats, FAR_BEATS);
		e[2 * i] = (struct edge){ n->start_beats, 1 };
		e[2 * i + 1] = (struct edge){ n->start_beats + fmax(held - TOUCH_BEATS, held / 2), -1 };
	}
	qsort(e, 2 * v->n_notes, sizeof(*e), compare_edges);
	double any = 0, several = 0, all = 0;
	int now = 0;
	for (size_t i = 0; i < 2 * v->n_notes; i++) {
		double since = i ? e[i].at - e[i - 1].at : 0;
		any += now > 0 ? since : 0;
		several += now > 1 ? since : 0;
		all += now * since;
		now += e[i].step;
		p->most_at_once = now > p->most_at_once ? now : p->most_at_once;
	}
	p->polyphony = any > 0 ? several / any : 0;
	p->overlap = any > 0 ? all / any : 0;
	p->sounding = p->end_beats > p->first_beats ? fmin(1, any / (p->end_beats - p->first_beats)) : 0;
	return 0;
}

static int count_density(const struct score_voice *v, double window, struct track_profile *p, struct err *err)
{
	double last = fmin(v->notes[v->n_notes - 1].start_beats, FAR_BEATS);
	p->window_beats = fmax(window, last / (TRACK_WINDOWS_MAX - 1));
	p->n_windows = (size_t)(last / p->window_beats) + 1;
	p->density = mem_new_array(p->n_windows, sizeof(*p->density));
	if (!p->density)
		return err_set(err, -ENOMEM, "out of memory for the density");
	for (size_t i = 0; i < v->n_notes; i++) {
		double at = v->notes[i].start_beats / p->window_beats;
		if (at < (double)p->n_windows)
			p->density[(size_t)at] += 1 / p->window_beats;
	}
	return 0;
}

static int main_channel(const struct score_voice *v, uint16_t *ret_all)
{
	size_t n[16] = { 0 };
	int best = 0;
	*ret_all = 0;
	for (size_t i = 0; i < v->n_notes; i++) {
		n[v->notes[i].channel & 15]++;
		*ret_all |= (uint16_t)(1u << (v->notes[i].channel & 15));
	}
	for (int c = 1; c < 16; c++)
		if (n[c] > n[best])
			best = c;
	return best;
}

static int first_program(const struct score_voice *v, int channel)
{
	for (size_t i = 0; i < v->n_controls; i++)
		if (v->controls[i].kind == SCORE_PROGRAM && v->controls[i].channel == channel)
			return v->controls[i].value;
	return -1;
}

static int profile(const struct score_voice *v, const struct track_options *o, struct track_profile *p, struct err *err)
{
	p->lowest = p->highest = p->channel = p->program = -1;
	p->n_notes = v->n_notes;
	p->window_beats = o->window_beats;
	if (v->n_notes == 0)
		return 0;
	p->lowest = 127;
	p->first_beats = v->notes[0].start_beats;
	for (size_t i = 0; i < v->n_notes; i++) {
		const struct note *n = &v->notes[i];
		double held = fmin(n->duration_beats, FAR_BEATS), count = (double)v->n_notes;
		p->lowest = n->pitch < p->lowest ? n->pitch : p->lowest;
		p->highest = n->pitch > p->highest ? n->pitch : p->highest;
		p->mean_pitch += n->pitch / count;
		p->mean_velocity += n->velocity / count;
		p->mean_held_beats += held / count;
		p->end_beats = fmax(p->end_beats, n->start_beats + held);
	}
	p->channel = main_channel(v, &p->channels);
	p->program = first_program(v, p->channel);
	p->drums = p->channel == DRUM_CHANNEL;
	int code = count_overlap(v, p, err);
	bool several = p->channels & (p->channels - 1);
	p->needs_splitting = several || (!p->drums && p->polyphony > o->polyphony_threshold);
	return code < 0 ? code : count_density(v, o->window_beats, p, err);
}

int track_profiles_find(const struct score *s, const struct track_options *o, struct track_profiles *ret, struct err *err)
{
	if (!(o->window_beats > 0) || !isfinite(o->window_beats))
		return err_field(err, -EINVAL, "window_beats", "a window of %g beats", o->window_beats);
	if (!(o->polyphony_threshold >= 0 && o->polyphony_threshold <= 1))
		return err_field(err, -EINVAL, "polyphony_threshold", "%g is not between 0 and 1", o->polyphony_threshold);
	struct track_profiles t = { mem_new_array(s->n_voices, sizeof(*t.v)), s->n_voices };
	if (!t.v)
		return err_set(err, -ENOMEM, "out of memory for the tracks");
	int code = 0;
	for (size_t i = 0; i < t.n && code == 0; i++)
		code = profile(&s->voices[i], o, &t.v[i], err);
	if (code < 0)
		track_profiles_done(&t);
	else
		*ret = t;
	return code;
}

void track_profiles_done(struct track_profiles *t)
{
	for (size_t i = 0; i < t->n && t->v; i++)
		free(t->v[i].density);
	free(t->v);
	t->v = NULL;
	t->n = 0;
}

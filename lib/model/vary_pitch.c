#include "model/vary_priv.h"

#include "base/banned.h"

/* The pitch of a degree: `near` moved there along the scale, without its alteration. */
static int pitch_at(const struct vary *v, int degree)
{
	const struct scale *s = &v->src->scale;
	int tonic = v->src->tonic + 60 - 60 % 12; /* any tonic */
	return scale_move(s, tonic, degree - scale_degree(s, tonic));
}

static int in_range(int pitch)
{
	while (pitch < 0)
		pitch += 12;
	while (pitch > 127)
		pitch -= 12;
	return pitch;
}

/* The third of the key nearest to the middle of a voice, as a degree. */
static int mirror_of(const struct vary *v, const struct vary_line *l)
{
	const struct scale *s = &v->src->scale;
	int64_t sum = 0;
	for (size_t i = 0; i < l->n; i++)
		sum += scale_degree(s, l->v[i].pitch);
	int mean = l->n ? (int)(sum / (int64_t)l->n) : 0, third = scale_degree(s, v->src->tonic) % 7 + 2;
	int octave = (mean - third + 3) / 7;
	return third + 7 * octave;
}

int vary_inversion(struct vary *v, struct err *err)
{
	const struct scale *s = &v->src->scale;
	for (size_t k = 0; k < v->n_voices; k++) {
		struct vary_line *l = &v->voices[k].line;
		if (!vary_takes(v, k, true) || v->voices[k].drums)
			continue;
		int mirror = mirror_of(v, l);
		for (size_t i = 0; i < l->n; i++) {
			int pitch = l->v[i].pitch, degree = scale_degree(s, pitch), altered = pitch - pitch_at(v, degree);
			l->v[i].pitch = (uint8_t)in_range(pitch_at(v, 2 * mirror - degree) - altered);
		}
		vary_sort(l);
	}
	return 0;
}

int vary_transposition(struct vary *v, struct err *err)
{
	for (size_t k = 0; k < v->n_voices; k++) {
		struct vary_line *l = &v->voices[k].line;
		for (size_t i = 0; i < l->n && vary_takes(v, k, true) && !v->voices[k].drums; i++)
			l->v[i].pitch = (uint8_t)vary_move(v, l->v[i].pitch, (int)v->p->steps);
	}
	return 0;
}

int vary_thin(struct vary *v, struct err *err)
{
	for (size_t k = 0; k < v->n_voices; k++) {
		struct vary_line *l = &v->voices[k].line;
		size_t kept = 0, n = l->n;
		if (!vary_takes(v, k, true))
			continue;
		for (size_t i = 0; i < n; i++) {
			struct vary_note x = l->v[i];
			struct vary_place at = vary_place(v, x.at);
			int64_t likely = i == 0 || i + 1 == n || at.on_bar ? 0 : at.on_beat ? v->amount_milli / 4 : v->amount_milli;
			struct vary_note *before = kept ? &l->v[kept - 1] : NULL;
			if (!vary_chance(v, likely)) {
				l->v[kept++] = x;
				continue;
			}
			/* What stood before is held through, where it led up to the note that is gone. */
			int64_t gap = before ? x.at - before->at - before->length : VARY_TICKS;
			if (gap >= 0 && gap < VARY_TICKS / 4 && !v->voices[k].drums)
				before->length = x.at + x.length - before->at;
		}
		l->n = kept;
	}
	return 0;
}

/* Whether a voice already strikes this pitch at this tick. */
static bool struck(const struct vary_line *l, size_t near, int64_t at, int pitch)
{
	for (size_t i = near; i-- > 0 && l->v[i].at == at;)
		if (l->v[i].pitch == pitch)
			return true;
	for (size_t i = near; i < l->n && l->v[i].at == at; i++)
		if (l->v[i].pitch == pitch)
			return true;
	return false;
}

static int thicken(struct vary *v, size_t voice, struct vary_line *out, struct err *err)
{
	const struct vary_line *l = &v->voices[voice].line;
	bool lead = voice == v->lead;
	for (size_t i = 0; i < l->n; i++) {
		struct vary_note n = l->v[i];
		int code = vary_add(out, &n, err);
		if (code < 0)
			return code;
		if (!vary_chance(v, lead ? v->amount_milli : v->amount_milli / 2))
			continue;
		int pitch = lead ? vary_move(v, n.pitch, vary_chance(v, 750) ? -2 : -5) : n.pitch + (n.pitch < 60 ? 12 : -12);
		if (pitch < 0 || pitch > 127 || pitch == n.pitch || struck(l, i, n.at, pitch))
			continue;
		n.pitch = (uint8_t)pitch;
		n.velocity = (uint8_t)(n.velocity > 8 ? n.velocity * 7 / 8 : n.velocity);
		code = vary_add(out, &n, err);
		if (code < 0)
			return code;
	}
	return 0;
}

int vary_thicken(struct vary *v, struct err *err)
{
	for (size_t k = 0; k < v->n_voices; k++) {
		struct vary_line out = { 0 };
		if (!vary_takes(v, k, true) || v->voices[k].drums)
			continue;
		int code = thicken(v, k, &out, err);
		if (code == 0)
			vary_replace(&v->voices[k], &out);
		free(out.v);
		if (code < 0)
			return code;
		vary_sort(&v->voices[k].line);
	}
	return 0;
}

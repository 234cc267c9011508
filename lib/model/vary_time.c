#include "model/vary_priv.h"

#include "base/banned.h"

/* The bars of a phrase. */
struct phrase {
	int64_t first, n, at, end;
};

static struct phrase phrase_of(const struct vary *v, int64_t bar)
{
	int64_t size = v->p->phrase_bars, first = (bar - 1) / size * size + 1, last = first + size - 1;
	int64_t all = v->end > 0 ? vary_place(v, v->end - 1).bar : 1;
	last = last < all ? last : all;
	struct phrase p = { first, last - first + 1, vary_bar_at(v, first), vary_bar_at(v, last + 1) };
	p.end = p.end < v->end ? p.end : v->end;
	return p;
}

int vary_retrograde(struct vary *v, struct err *err)
{
	for (size_t k = 0; k < v->n_voices; k++) {
		struct vary_line *l = &v->voices[k].line;
		if (!vary_takes(v, k, true))
			continue;
		for (size_t i = 0; i < l->n; i++) {
			struct vary_note *n = &l->v[i];
			struct vary_place at = vary_place(v, n->at);
			if (at.bar < 1)
				continue;
			struct phrase p = phrase_of(v, at.bar);
			int64_t end = n->at + n->length < p.end ? n->at + n->length : p.end;
			n->at = p.at + p.end - end;
			n->length = n->length < p.end - n->at ? n->length : p.end - n->at;
		}
		vary_sort(l);
	}
	return 0;
}

/* Times from bar 1 on, multiplied. */
static int64_t scaled(int64_t at, int64_t from, int64_t num, int64_t den)
{
	return at < from ? at : from + (at - from) * num / den;
}

static void stretch(struct vary *v, struct vary_line *l, int64_t num, int64_t den)
{
	int64_t from = vary_bar_at(v, 1);
	for (size_t i = 0; i < l->n; i++) {
		struct vary_note *n = &l->v[i];
		if (n->at < from)
			continue;
		int64_t end = scaled(n->at + n->length, from, num, den);
		n->at = scaled(n->at, from, num, den);
		n->length = end - n->at > 0 ? end - n->at : 1;
	}
}

static void cut(struct vary_line *l, int64_t end)
{
	size_t kept = 0;
	for (size_t i = 0; i < l->n; i++) {
		struct vary_note n = l->v[i];
		if (n.at >= end)
			continue;
		n.length = n.length < end - n.at ? n.length : end - n.at;
		l->v[kept++] = n;
	}
	l->n = kept;
}

int vary_augmentation(struct vary *v, struct err *err)
{
	int64_t from = vary_bar_at(v, 1), end = v->p->keep_length ? v->end : from + 2 * (v->end - from);
	for (size_t k = 0; k < v->n_voices; k++) {
		stretch(v, &v->voices[k].line, 2, 1);
		cut(&v->voices[k].line, end);
	}
	v->end = end;
	return 0;
}

static int repeat(struct vary_line *l, int64_t from, int64_t by, struct err *err)
{
	int code = 0;
	for (size_t i = 0, n = l->n; i < n && code == 0; i++) {
		struct vary_note again = l->v[i];
		again.at += by;
		code = again.at - by >= from ? vary_add(l, &again, err) : 0;
	}
	return code;
}

int vary_diminution(struct vary *v, struct err *err)
{
	int64_t from = vary_bar_at(v, 1), half = (v->end - from) / 2;
	int code = 0;
	for (size_t k = 0; k < v->n_voices && code == 0; k++) {
		stretch(v, &v->voices[k].line, 1, 2);
		if (v->p->keep_length)
			code = repeat(&v->voices[k].line, from, half, err);
	}
	v->end = v->p->keep_length ? v->end : from + half;
	return code;
}

/* The first bar of a phrase, from note i on, again and again, each time some steps on, up to the phrase's last bar. */
static int climb(struct vary *v, const struct vary_line *l, size_t i, bool drums, const struct phrase *p, struct vary_line *out,
		 struct err *err)
{
	int64_t bar = vary_bar_at(v, p->first + 1) - p->at, stop = vary_bar_at(v, p->first + p->n - 1);
	int code = 0;
	for (; i < l->n && l->v[i].at < p->at + bar && code == 0; i++) {
		for (int64_t k = 0; code == 0; k++) {
			struct vary_note n = l->v[i];
			n.at += k * bar;
			if (n.at >= stop)
				break;
			n.length = n.length < stop - n.at ? n.length : stop - n.at;
			if (!drums)
				n.pitch = (uint8_t)vary_move(v, n.pitch, (int)(k * v->p->steps));
			code = vary_add(out, &n, err);
		}
	}
	return code;
}

/* The same for every voice, however many notes it has. */
static bool chosen(const struct vary *v, uint64_t seed, int64_t phrase)
{
	struct rng r;
	rng_split(&r, seed, (uint64_t)phrase);
	return (int64_t)rng_below(&r, 1000) < v->amount_milli;
}

static int sequence_line(struct vary *v, const struct vary_line *l, bool drums, uint64_t seed, struct vary_line *out, struct err *err)
{
	int code = 0;
	int64_t climbing = -1; /* the phrase that is being climbed through */
	for (size_t i = 0; i < l->n && code == 0; i++) {
		struct vary_place at = vary_place(v, l->v[i].at);
		if (at.bar < 1) {
			code = vary_add(out, &l->v[i], err);
			continue;
		}
		struct phrase p = phrase_of(v, at.bar);
		int64_t index = (at.bar - 1) / v->p->phrase_bars;
		if (climbing != index && at.bar == p.first && p.n > 2 && chosen(v, seed, index)) {
			climbing = index;
			code = climb(v, l, i, drums, &p, out, err);
		}
		if (code == 0 && (climbing != index || at.bar == p.first + p.n - 1))
			code = vary_add(out, &l->v[i], err);
	}
	return code;
}

int vary_sequence(struct vary *v, struct err *err)
{
	uint64_t seed = rng_next(&v->rng);
	for (size_t k = 0; k < v->n_voices; k++) {
		struct vary_line out = { 0 };
		if (!vary_takes(v, k, true))
			continue;
		int code = sequence_line(v, &v->voices[k].line, v->voices[k].drums, seed, &out, err);
		if (code == 0)
			vary_replace(&v->voices[k], &out);
		free(out.v);
		if (code < 0)
			return code;
		vary_sort(&v->voices[k].line);
	}
	return 0;
}

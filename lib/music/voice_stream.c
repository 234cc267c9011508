/*
 * voice_stream.c - lines through a heap of notes: a beam search over which note follows which.
 *
 * Notes come in order of start, then pitch. A way (struct way) is one assignment of the notes so far; what it costs is the
 * sum of its links. A link from the last note of a voice to the next costs
 *
 *   nearness   interval^2 / 36 (at most 6), and distance^2 / 120 (at most 2.5) from where the voice has lain lately
 *   jump       2 beyond max_pitch_jump
 *   gap        2.4 g / (g + 1) for a silence of g beats, 3.2 more beyond max_gap_beats
 *   overlap    up to 1 where it begins a little before the last note ends (playing is not exact); 30 and more where it
 *              begins while the last one truly sounds: only where all voices are busy
 *   order      3 for every voice that sounds on the other side of it than it usually lies, 1 where that voice is silent
 *              now, 0.3 for a unison
 *   beginning  6 for a voice that the number of notes sounding together asks for, 80 for a further one
 *
 * Ways that end in the same last notes can have no different future, but for their memory of where voices lay: the cheaper
 * one is kept. The weights were found by trying on made-up counterpoint (tests/music/counterpoint.h); docs/music.md says
 * how well they do on other seeds and on pieces. All arithmetic is +, -, * and / of doubles, so every machine decides alike.
 */
#include "music/voices_priv.h"

#include <string.h>

#include "base/banned.h"

enum { ASK_EVERY = 1024 }; /* notes, between two questions whether it is still wanted */

struct line {
	double end;     /* beat at which its last note ends */
	double lies_at; /* pitch around which it lies: recent notes count most */
	uint32_t last;  /* index of its last note */
};

struct way {
	double cost;
	uint64_t key; /* the same for ways that end in the same last notes */
	struct line lines[VOICES_MAX];
	uint8_t n_lines;
};

/* How a way came about: from which of the ways before, by which voice. */
struct step {
	uint8_t from, line;
};

struct candidate {
	double cost;
	uint64_t key;
	struct step step;
};

struct search {
	const struct voice_note *notes;
	size_t n;
	const struct voice_params *p;
	int polyphony, width;
	struct way *ways, *next; /* [width] each */
	struct candidate *candidates;
	struct step *steps; /* [n][width] */
	int n_ways;
};

static double sq(double x)
{
	return x * x;
}

static double at_most(double x, double top)
{
	return x < top ? x : top;
}

static double magnitude(double x)
{
	return x < 0 ? -x : x;
}

static uint64_t mix(uint64_t x)
{
	x ^= x >> 30;
	x *= 0xBF58476D1CE4E5B9u;
	x ^= x >> 27;
	x *= 0x94D049BB133111EBu;
	return x ^ x >> 31;
}

/* Where the voices of a way are when a note begins: those that are remembered. */
struct around {
	int n;
	struct {
		double at, lies_at, wrong_side, unison; /* at: where it sounds, or lies; what it costs to be on its wrong side, or at it */
		int line;
	} v[VOICES_MAX];
};

static void look_around(const struct search *s, const struct way *w, const struct note *x, struct around *ret)
{
	ret->n = 0;
	for (int i = 0; i < w->n_lines; i++) {
		const struct line *l = &w->lines[i];
		double gap = x->start_beats - l->end;
		bool sounds = gap < -1e-6;
		if (gap > s->p->max_gap_beats)
			continue;
		ret->v[ret->n].at = sounds ? s->notes[l->last].note.pitch : l->lies_at;
		ret->v[ret->n].lies_at = l->lies_at;
		ret->v[ret->n].wrong_side = sounds ? 3 : 1;
		ret->v[ret->n].unison = sounds ? 0.3 : 0;
		ret->v[ret->n++].line = i;
	}
}

/* What it costs that note x stands on the wrong side of the other voices. */
static double order_cost(const struct around *others, const struct line *l, int line, const struct note *x)
{
	double cost = 0, pitch = x->pitch;
	for (int i = 0; i < others->n; i++) {
		if (others->v[i].line == line)
			continue;
		if ((pitch - others->v[i].at) * (l->lies_at - others->v[i].lies_at) < 0)
			cost += others->v[i].wrong_side;
		else if (pitch == others->v[i].at)
			cost += others->v[i].unison;
	}
	return cost;
}

static double gap_cost(const struct search *s, const struct line *l, const struct note *x)
{
	const struct note *last = &s->notes[l->last].note;
	double gap = x->start_beats - l->end;
	if (gap >= 0)
		return 2.4 * gap / (gap + 1) + (gap > s->p->max_gap_beats ? 3.2 : 0);
	double slack = at_most(last->duration_beats / 4, 0.125);
	if (-gap <= slack && x->start_beats > last->start_beats)
		return -gap / 0.125;
	return 30 + at_most(-gap, 16);
}

static double link_cost(const struct search *s, const struct way *w, const struct around *others, int line, const struct note *x)
{
	const struct line *l = &w->lines[line];
	double step = magnitude((double)x->pitch - s->notes[l->last].note.pitch);
	double away = x->pitch - l->lies_at;
	double cost = at_most(sq(step) / 36, 6) + at_most(sq(away) / 120, 2.5) + (step > s->p->max_pitch_jump ? 2 : 0);
	return cost + gap_cost(s, l, x) + order_cost(others, l, line, x);
}

/* Whether a comes before b; no two candidates are alike. */
static bool before(const struct candidate *a, const struct candidate *b)
{
	if (a->cost != b->cost)
		return a->cost < b->cost;
	if (a->step.from != b->step.from)
		return a->step.from < b->step.from;
	return a->step.line < b->step.line;
}

/* Lets the candidate at i sink to its place in a heap of n. */
static void sink(struct candidate *heap, int n, int i)
{
	struct candidate x = heap[i];
	for (int child; (child = 2 * i + 1) < n; i = child) {
		if (child + 1 < n && before(&heap[child + 1], &heap[child]))
			child++;
		if (!before(&heap[child], &x))
			break;
		heap[i] = heap[child];
	}
	heap[i] = x;
}

/* The cheapest of a heap, which is one shorter then. */
static struct candidate pop(struct candidate *heap, int *n)
{
	struct candidate least = heap[0];
	heap[0] = heap[--*n];
	sink(heap, *n, 0);
	return least;
}

/* All ways on, as a heap. */
static int find_candidates(struct search *s, uint32_t index)
{
	const struct note *x = &s->notes[index].note;
	int n = 0;
	for (int i = 0; i < s->n_ways; i++) {
		const struct way *w = &s->ways[i];
		struct around others;
		look_around(s, w, x, &others);
		for (int k = 0; k < w->n_lines; k++)
			s->candidates[n++] = (struct candidate){
				w->cost + link_cost(s, w, &others, k, x),
				w->key - mix(w->lines[k].last + 1u) + mix(index + 1u), { (uint8_t)i, (uint8_t)k } };
		if (w->n_lines < s->p->max_voices)
			s->candidates[n++] = (struct candidate){ w->cost + (w->n_lines < s->polyphony ? 6 : 80),
								 w->key + mix(index + 1u),
								 { (uint8_t)i, w->n_lines } };
	}
	for (int i = n / 2; i-- > 0;)
		sink(s->candidates, n, i);
	return n;
}

static void take(const struct search *s, struct way *w, int line, uint32_t index)
{
	const struct note *x = &s->notes[index].note;
	struct line *l = &w->lines[line];
	double end = x->start_beats + x->duration_beats;
	if (line == w->n_lines) {
		*l = (struct line){ end, x->pitch, index };
		w->n_lines++;
		return;
	}
	/* A long note says more about where a voice lies than a short one. */
	double weight = 0.075 + 0.2 * at_most(x->duration_beats, 1);
	l->lies_at += weight * (x->pitch - l->lies_at);
	l->end = end > l->end ? end : l->end;
	l->last = index;
}

static bool has_key(const struct way *ways, int n, uint64_t key)
{
	for (int i = 0; i < n; i++)
		if (ways[i].key == key)
			return true;
	return false;
}

static void advance(struct search *s, uint32_t index)
{
	int n = find_candidates(s, index), kept = 0;
	while (n > 0 && kept < s->width) {
		struct candidate c = pop(s->candidates, &n);
		if (has_key(s->next, kept, c.key))
			continue;
		struct way *w = &s->next[kept];
		*w = s->ways[c.step.from];
		w->cost = c.cost;
		w->key = c.key;
		take(s, w, c.step.line, index);
		s->steps[(size_t)index * (size_t)s->width + (size_t)kept++] = c.step;
	}
	struct way *swap = s->ways;
	s->ways = s->next;
	s->next = swap;
	s->n_ways = kept;
	double best = s->ways[0].cost; /* only differences matter: keep the sums small */
	for (int i = 0; i < kept; i++)
		s->ways[i].cost -= best;
}

/* Reads the best way backwards, then numbers its voices from the highest to the lowest. */
static size_t read_back(const struct search *s, struct voice_note *notes)
{
	double sum[VOICES_MAX] = { 0 };
	size_t count[VOICES_MAX] = { 0 }, n_parts = s->ways[0].n_lines;
	uint32_t rank[VOICES_MAX] = { 0 };
	for (size_t i = s->n, at = 0; i-- > 0;) {
		struct step step = s->steps[i * (size_t)s->width + at];
		notes[i].part = step.line;
		sum[step.line] += notes[i].note.pitch;
		count[step.line]++;
		at = step.from;
	}
	for (size_t i = 0; i < n_parts; i++)
		for (size_t k = 0; k < n_parts; k++) {
			double mine = sum[i] * (double)count[k], other = sum[k] * (double)count[i];
			rank[i] += other > mine || (other == mine && k < i);
		}
	for (size_t i = 0; i < s->n; i++)
		notes[i].part = rank[notes[i].part];
	return n_parts;
}

/* Long pieces are followed with fewer ways, so that the work stays bounded. */
static int width_for(size_t n)
{
	size_t w = 4000000 / (n ? n : 1);
	return w >= VOICES_BEAM ? VOICES_BEAM : w < 8 ? 8 : (int)w;
}

int voice_stream(struct voice_note *notes, size_t n, const struct voice_params *p, size_t *ret_parts, struct err *err)
{
	if (n == 0) {
		*ret_parts = 0;
		return 0;
	}
	int polyphony = voice_polyphony(notes, n, p->max_voices, err);
	if (polyphony < 0)
		return polyphony;
	struct search s = { .notes = notes, .n = n, .p = p, .polyphony = polyphony, .width = width_for(n), .n_ways = 1 };
	size_t width = (size_t)s.width, bytes;
	if (__builtin_mul_overflow(n, width, &bytes))
		return err_set(err, -ENOMEM, "voices");
	s.ways = mem_new_array(width, sizeof(*s.ways));
	s.next = mem_new_array(width, sizeof(*s.next));
	s.candidates = mem_new_array(width * (VOICES_MAX + 1), sizeof(*s.candidates));
	s.steps = mem_new_array(bytes, sizeof(*s.steps));
	int code = s.ways && s.next && s.candidates && s.steps ? 0 : err_set(err, -ENOMEM, "voices");
	for (size_t i = 0; code == 0 && i < n; i++) {
		if (i % ASK_EVERY == 0 && p->cancelled && p->cancelled(p->arg))
			code = err_set(err, -ECANCELED, "cancelled");
		else
			advance(&s, (uint32_t)i);
	}
	if (code == 0)
		*ret_parts = read_back(&s, notes);
	free(s.ways);
	free(s.next);
	free(s.candidates);
	free(s.steps);
	return code;
}

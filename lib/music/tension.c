#include "music/tension.h"

#include <math.h>
#include <string.h>

#include "music/pitched_priv.h"

#define RISE 0.3651483716701107 /* sqrt(2/15): of the spiral, a fifth */

struct point {
	double x, y, z;
};

/* Chew's weights of the tonic triad in a key, and of a triad's tones in it. */
#define W1 0.536
#define W2 0.274
#define W3 0.19

/* k fifths above C. */
static struct point place(int k)
{
	static const double sine[4] = { 0, 1, 0, -1 };
	return (struct point){ sine[((k % 4) + 4) % 4], sine[((k % 4) + 5) % 4], RISE * k };
}

static struct point mix(struct point a, double wa, struct point b, double wb, struct point c, double wc)
{
	return (struct point){ wa * a.x + wb * b.x + wc * c.x, wa * a.y + wb * b.y + wc * c.y, wa * a.z + wb * b.z + wc * c.z };
}

static double distance(struct point a, struct point b)
{
	return sqrt((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y) + (a.z - b.z) * (a.z - b.z));
}

static struct point triad(int k, bool minor)
{
	return mix(place(k), W1, place(k + 1), W2, place(minor ? k - 3 : k + 4), W3);
}

static struct point key_centre(int k, bool minor)
{
	if (!minor)
		return mix(triad(k, false), W1, triad(k + 1, false), W2, triad(k - 1, false), W3);
	/* The dominant is mostly major; the subdominant mostly minor. */
	struct point v = mix(triad(k + 1, false), 0.75, triad(k + 1, true), 0.25, place(0), 0);
	struct point iv = mix(triad(k - 1, true), 0.75, triad(k - 1, false), 0.25, place(0), 0);
	return mix(triad(k, true), W1, v, W2, iv, W3);
}

/* The place on the line of fifths of a pitch class, spelled near a tonic: from six below to five above it. */
static int spell(int pitch_class, int tonic_fifths, bool minor)
{
	int centre = tonic_fifths + (minor ? -1 : 2); /* the middle of the scale */
	int k = pitch_class * 7 % 12;
	while (k > centre + 6)
		k -= 12;
	while (k < centre - 5)
		k += 12;
	return k;
}

struct pool {
	double sounding[12], total, loud, pitch, onsets;
	double rough, pairs;
};

/* Roughness of interval classes, 0..1: after the ranking of dissonance in Huron 1994. */
static const double roughness[12] = { 0, 1, 0.55, 0.25, 0.2, 0.1, 0.7, 0.05, 0.2, 0.2, 0.5, 0.9 };

struct pools {
	struct pool *v;
	size_t n;
	double from, each;
};

static size_t window_of(const struct pools *p, double at)
{
	double w = floor((at - p->from) / p->each + 1e-6) + 1; /* what is before the first bar line has a window too */
	return (size_t)fmin(fmax(w, 0), (double)(p->n - 1));
}

static void add_note(struct pools *p, const struct note *n)
{
	double at = n->start_beats, end = at + n->duration_beats;
	size_t w = window_of(p, at);
	p->v[w].onsets++;
	for (int k = 0; k < 16 && w < p->n && at < end; k++, w++) {
		double to = fmin(end, p->from + (double)w * p->each), held = fmax(to - at, 1e-3);
		struct pool *x = &p->v[w];
		x->sounding[n->pitch % 12] += held;
		x->total += held;
		x->loud += held * n->velocity;
		x->pitch += held * n->pitch;
		at = fmax(at, to);
	}
}

/* Each note against those that still sound when it begins; the last eight that began are asked. */
static void add_roughness(struct pools *p, const struct note *notes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 1; k <= 8 && k <= i; k++) {
			const struct note *a = &notes[i - k], *b = &notes[i];
			double both = fmin(a->start_beats + a->duration_beats, b->start_beats + b->duration_beats) - b->start_beats;
			if (both < 0.06)
				continue;
			struct pool *x = &p->v[window_of(p, b->start_beats)];
			both = fmin(both, 4);
			x->rough += both * roughness[abs(a->pitch - b->pitch) % 12];
			x->pairs += both;
		}
}

static void key_of(const struct key_report *key, double at, int *ret_fifths, bool *ret_minor)
{
	*ret_fifths = 0;
	*ret_minor = false;
	if (!key || !key->n_guesses)
		return;
	int tonic = key->guesses[0].tonic;
	enum key_mode mode = key->guesses[0].mode;
	for (size_t i = 0; key->n_spans > 1 && i < key->n_spans; i++)
		if (key->spans[i].from_beats <= at + 1e-6) {
			tonic = key->spans[i].tonic;
			mode = key->spans[i].mode;
		}
	*ret_minor = key_mode_is_minor(mode);
	*ret_fifths = key_sharps(tonic, *ret_minor ? KEY_MINOR : KEY_MAJOR) + (*ret_minor ? 3 : 0);
}

static struct point measure(const struct pool *x, int fifths, bool minor, struct tension_window *t)
{
	struct point centre = { 0, 0, 0 }, at[12];
	for (int i = 0; i < 12; i++) {
		at[i] = place(spell(i, fifths, minor));
		double w = x->total > 0 ? x->sounding[i] / x->total : 0;
		centre = mix(centre, 1, at[i], w, centre, 0);
	}
	for (int i = 0; i < 12; i++)
		for (int j = 0; j < i; j++) /* what sounds for a moment only does not stretch the cloud */
			if (x->sounding[i] > 0.04 * x->total && x->sounding[j] > 0.04 * x->total)
				t->diameter = fmax(t->diameter, distance(at[i], at[j]));
	t->strain = distance(centre, key_centre(fifths, minor));
	return centre;
}

static double squash(double v, double usual)
{
	return v / (v + usual);
}

static void total(struct tension_window *t)
{
	t->total = 0.22 * squash(t->strain, 0.6) + 0.18 * squash(t->diameter, 2.5) + 0.15 * squash(t->movement, 0.5) +
		   0.20 * t->dissonance + 0.10 * squash(t->density, 3) + 0.07 * fmin(1, fmax(0, (t->register_mean - 36) / 60)) +
		   0.08 * t->loudness / 127;
}

static void fill(const struct pools *p, const struct key_report *key, struct tension_report *r)
{
	struct point before = { 0, 0, 0 };
	bool heard = false;
	for (size_t i = 0; i < p->n; i++) {
		const struct pool *x = &p->v[i];
		struct tension_window *t = &r->v[i];
		int fifths;
		bool minor;
		t->from_beats = fmax(0, p->from + ((double)i - 1) * p->each);
		if (x->total <= 0)
			continue;
		key_of(key, t->from_beats + p->each / 2, &fifths, &minor);
		struct point centre = measure(x, fifths, minor, t);
		t->movement = heard ? distance(before, centre) : 0;
		t->dissonance = x->pairs > 0 ? x->rough / x->pairs : 0;
		t->density = x->onsets / p->each;
		t->loudness = x->loud / x->total;
		t->register_mean = x->pitch / x->total;
		total(t);
		before = centre;
		heard = true;
	}
}

static void summarise(struct tension_report *r)
{
	double first = 0, last = 0;
	size_t third = r->n / 3;
	for (size_t i = 0; i < r->n; i++) {
		r->mean += r->v[i].total / (double)r->n;
		if (i < third)
			first += r->v[i].total / (double)third;
		if (i >= r->n - third)
			last += r->v[i].total / (double)third;
		if (r->v[i].total > r->peak) {
			r->peak = r->v[i].total;
			r->peak_beats = r->v[i].from_beats;
		}
	}
	r->rise = last - first;
}

static int lay_out(struct pools *p, const struct meter_report *meter, double end)
{
	bool known = meter && meter->n_guesses;
	p->from = known ? meter->guesses[0].pickup_beats : 0;
	p->each = known ? meter->guesses[0].bar_beats : 4;
	while (p->each * (TENSION_WINDOWS_MAX - 2) < end)
		p->each *= 2;
	p->n = (size_t)fmax(1, ceil((end - p->from) / p->each - 1e-6)) + 1;
	p->v = mem_new_array(p->n, sizeof(*p->v));
	return p->v ? 0 : -ENOMEM;
}

/* The window before the first bar line goes when nothing is in it. */
static void drop_empty_pickup(struct tension_report *r, const struct pools *p)
{
	if (r->n > 1 && p->v[0].total <= 0) {
		memmove(r->v, r->v + 1, (r->n - 1) * sizeof(*r->v));
		r->n--;
	}
}

int tension_find(const struct score *s, const struct key_report *key, const struct meter_report *meter,
		 struct tension_report *ret, struct err *err)
{
	size_t n = 0;
	struct note AUTO_MEM *notes = pitched_notes(s, &n);
	struct tension_report r = { .n = 0 };
	struct pools p = { .n = 0 };
	int code = notes ? 0 : -ENOMEM;
	if (code == 0 && n) {
		code = lay_out(&p, meter, notes_end_beats(notes, n));
		r.v = code == 0 ? mem_new_array(p.n, sizeof(*r.v)) : NULL;
		code = r.v ? 0 : -ENOMEM;
	}
	if (code == 0 && n) {
		r.n = p.n;
		r.window_beats = p.each;
		for (size_t i = 0; i < n; i++)
			add_note(&p, &notes[i]);
		add_roughness(&p, notes, n);
		fill(&p, key, &r);
		drop_empty_pickup(&r, &p);
		summarise(&r);
	}
	free(p.v);
	if (code < 0)
		return err_set(err, code, "out of memory for the tension");
	*ret = r;
	return 0;
}

void tension_report_done(struct tension_report *r)
{
	free(r->v);
	r->v = NULL;
	r->n = 0;
}

/* test_hum.c - hums whose every pitch is known: scoops, glides, vibrato, consonants, breath, a voice that is not at 440. */
#include "audio/hum.h"
#include "audio/melody.h"
#include "audio/vibrato_priv.h"

#include "sound.h"

enum { RATE = 44100, NOTES = 14 };

struct sung {
	double start_s, end_s, key;
	bool legato; /* glides from the note before */
};

struct hum {
	struct sung notes[NOTES];
	size_t n_frames;
	float *x;
	double *key; /* of each frame; 0 where nothing is sung */
};

struct style {
	double tuning_cents, vibrato_cents, glide_s, consonant_s, noise;
};

static void make_notes(struct hum *h, uint64_t seed, const struct style *st)
{
	static const int steps[] = { -5, -4, -2, -1, 1, 2, 3, 4, 5, 7 };
	struct rng r;
	rng_init(&r, seed);
	double t = 0.4, key = 55;
	for (int i = 0; i < NOTES; i++) {
		double d = 0.3 + 0.5 * rng_double(&r);
		bool legato = i > 0 && rng_below(&r, 3) == 0;
		if (i > 0)
			key += (legato || rng_below(&r, 4) ? steps[rng_below(&r, COUNT_OF(steps))] : 0);
		key = key > 67 ? key - 12 : key < 48 ? key + 12 : key;
		if (!legato && i > 0)
			t += st->consonant_s + 0.05;
		h->notes[i] = (struct sung){ t, t + d, key + st->tuning_cents / 100, legato };
		t += d;
	}
	h->n_frames = (size_t)((t + 0.4) * RATE);
}

/* The pitch at a time inside note i. */
static double key_at(const struct hum *h, int i, const struct style *st, double t)
{
	const struct sung *n = &h->notes[i];
	double key = n->key, in = t - n->start_s;
	if (n->legato && in < st->glide_s)
		key += (h->notes[i - 1].key - key) * (0.5 + 0.5 * cos(M_PI * in / st->glide_s));
	if (in > 0.25)
		key += st->vibrato_cents / 100 * fmin(1, (in - 0.25) / 0.1) * sin(2 * M_PI * 5.6 * (in - 0.25));
	return key;
}

static void sing(struct hum *h, const struct style *st, uint64_t seed)
{
	struct rng r;
	rng_init(&r, seed);
	h->x = sound_new(h->n_frames);
	h->key = calloc(h->n_frames, sizeof(double));
	assert_non_null(h->key);
	double phase = 0;
	for (int i = 0; i < NOTES; i++) {
		const struct sung *n = &h->notes[i];
		bool joined = i + 1 < NOTES && h->notes[i + 1].legato;
		for (size_t f = (size_t)(n->start_s * RATE); f < (size_t)(n->end_s * RATE); f++) {
			double t = (double)f / RATE, key = key_at(h, i, st, t), y = 0;
			double fade = fmin(n->legato ? 1 : (t - n->start_s) / 0.03, joined ? 1 : (n->end_s - t) / 0.04);
			phase += pitch_hz(key) / RATE;
			for (int k = 1; k <= 10; k++)
				y += sin(2 * M_PI * k * phase) / (k * k * 0.5 + 0.5);
			h->x[f] += (float)(0.25 * fmax(0, fmin(1, fade)) * y);
			h->key[f] = key;
		}
		/* A consonant before it: a burst of noise. */
		size_t burst = n->legato ? 0 : (size_t)(st->consonant_s * RATE), at = (size_t)(n->start_s * RATE) - burst;
		for (size_t f = at; f < at + burst; f++)
			h->x[f] += (float)(0.12 * (2 * rng_double(&r) - 1));
	}
	sound_noise(h->x, h->n_frames, seed + 1, st->noise);
}

static void hum_done(struct hum *h)
{
	free(h->x);
	free(h->key);
}

/* What a synthesiser would play at a time: the sounding note and the last bend before, by the range that the score sets. */
static double played_key(const struct score *s, double beat)
{
	const struct score_voice *v = &s->voices[0];
	double range = 2, bend = 0, key = 0;
	for (size_t i = 0; i < v->n_controls && v->controls[i].at_beats <= beat + 1e-9; i++) {
		const struct score_control *c = &v->controls[i];
		if (c->kind == SCORE_CONTROLLER && c->number == 6)
			range = c->value;
		if (c->kind == SCORE_BEND)
			bend = ((double)c->value - 8192) / 8192 * range;
	}
	for (size_t i = 0; i < v->n_notes; i++)
		if (v->notes[i].start_beats <= beat && beat < v->notes[i].start_beats + v->notes[i].duration_beats)
			key = v->notes[i].pitch + bend;
	return key;
}

static struct score *transcribe(const float *x, size_t n, const struct hum_params *p, struct hum_report *r)
{
	char *path = sound_file(x, n, 1, RATE);
	struct score *s = NULL;
	struct err err = ERR_INIT;
	if (hum_to_score(path, p, NULL, &s, r, &err) < 0)
		fail_msg("%s", err.msg);
	sound_file_done(path);
	return s;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* How many of the notes are there with the right key, and how far the bends are off. */
static void judge(const struct hum *h, const struct score *s, const struct style *st, double bpm, int *ret_right, double *ret_median,
		  double *ret_worst)
{
	const struct score_voice *v = &s->voices[0];
	*ret_right = 0;
	for (int i = 0; i < NOTES; i++) {
		bool found = false;
		for (size_t k = 0; k < v->n_notes; k++) {
			double start = v->notes[k].start_beats * 60 / bpm, off = start - h->notes[i].start_s;
			found = found || (off > -0.06 && off < 0.06 + (h->notes[i].legato ? st->glide_s / 2 : 0) &&
					  v->notes[k].pitch == lround(h->notes[i].key - st->tuning_cents / 100));
		}
		*ret_right += found;
	}
	double off[4000];
	size_t n = 0;
	for (double t = 0.4; t < (double)h->n_frames / RATE && n < COUNT_OF(off); t += 0.004) {
		size_t f = (size_t)(t * RATE), edge = (size_t)(0.045 * RATE);
		bool inside = f > edge && f + edge < h->n_frames && h->key[f] > 0 && h->key[f - edge] > 0 && h->key[f + edge] > 0;
		double played = inside ? played_key(s, t * bpm / 60) : 0;
		if (inside && played > 0)
			off[n++] = fabs(played - h->key[f]) * 100;
	}
	assert_true(n > 500);
	qsort(off, n, sizeof(*off), by_size);
	*ret_median = off[n / 2];
	*ret_worst = off[n - 1 - n / 20]; /* all but a twentieth are better */
}

/* Rows: S4-72 */
static void test_hums_become_their_notes_and_their_bends(void **state)
{
	static const struct style styles[] = {
		{ 0, 0, 0.08, 0.04, 0.0005 },     /* plain */
		{ 22, 45, 0.10, 0.05, 0.002 },    /* vibrato, not at 440 */
		{ -31, 30, 0.15, 0.07, 0.005 },   /* slow glides, long consonants, a noisy room */
		{ 10, 70, 0.06, 0.03, 0.001 },    /* a wide vibrato */
	};
	int right = 0, all = 0, extra = 0;
	for (uint64_t seed = 0; seed < 12; seed++) {
		const struct style *st = &styles[seed % COUNT_OF(styles)];
		struct hum h;
		struct hum_report r;
		struct hum_params p = HUM_PARAMS_INIT;
		p.bpm = 90;
		make_notes(&h, seed, st);
		sing(&h, st, seed);
		AUTO(score) s = transcribe(h.x, h.n_frames, &p, &r);
		int one;
		double median, worst;
		judge(&h, s, st, 90, &one, &median, &worst);
		right += one;
		all += NOTES;
		extra += (int)s->voices[0].n_notes - NOTES;
		if (median > 3 || worst > 20)
			fail_msg("seed %d: bends off by %g cents, %g at most", (int)seed, median, worst);
		if (fabs(r.tuning_cents - st->tuning_cents) > 6)
			fail_msg("seed %d: tuning %g instead of %g", (int)seed, r.tuning_cents, st->tuning_cents);
		assert_int_equal(r.n_cut_off, 0);
		hum_done(&h);
	}
	print_message("%d of %d notes, %d too many\n", right, all, extra);
	assert_true(right * 100 >= all * 95 && abs(extra) * 100 <= all * 5);
}

static void test_a_glide_is_a_bend_and_not_a_scale(void **state)
{
	enum { N = 2 * RATE };
	static float x[N];
	double phase = 0;
	for (size_t i = 0; i < N; i++) { /* 0.6 s on one key, 0.4 s up seven semitones, and there */
		double t = (double)i / RATE, key = t < 0.6 ? 55 : t < 1 ? 55 + 7 * (t - 0.6) / 0.4 : 62;
		phase += pitch_hz(key) / RATE;
		x[i] = (float)(0.3 * fmin(1, fmin(t, 2 - t) / 0.03) * (sin(2 * M_PI * phase) + 0.4 * sin(4 * M_PI * phase)));
	}
	struct hum_report r;
	struct hum_params p = HUM_PARAMS_INIT;
	AUTO(score) s = transcribe(x, N, &p, &r);
	assert_int_equal(s->voices[0].n_notes, 2);
	assert_int_equal(s->voices[0].notes[0].pitch, 55);
	assert_int_equal(s->voices[0].notes[1].pitch, 62);
	assert_true(fabs(played_key(s, 0.7 * 2) - 56.75) < 0.15 && fabs(played_key(s, 0.9 * 2) - 60.25) < 0.15);
	/* The range is told before the first note, and closed again. */
	static const uint8_t numbers[] = { 101, 100, 6, 38, 101, 100 }, values[] = { 0, 0, 12, 0, 127, 127 };
	size_t at = 0;
	for (size_t i = 0; i < s->voices[0].n_controls; i++) {
		const struct score_control *c = &s->voices[0].controls[i];
		if (c->kind != SCORE_CONTROLLER)
			continue;
		assert_true(at < COUNT_OF(numbers) && c->number == numbers[at] && c->value == values[at] && c->at_beats == 0);
		at++;
	}
	assert_int_equal(at, COUNT_OF(numbers));
	/* A range that is too small is said. */
	p.bend_range = 1;
	score_free(transcribe(x, N, &p, &r));
	assert_true(r.n_cut_off > 5);
	p.bends = false;
	AUTO(score) plain = transcribe(x, N, &p, &r);
	assert_int_equal(plain->voices[0].n_notes, 2);
	for (size_t i = 0; i < plain->voices[0].n_controls; i++)
		assert_true(plain->voices[0].controls[i].kind == SCORE_PROGRAM);
}

static void test_hums_are_quantised_with_their_bends(void **state)
{
	enum { N = 6 * RATE };
	static float x[N];
	/* Eighths at 100 bpm, each up to 50 ms off, with a scoop from below. */
	static const double off[8] = { 0.02, -0.03, 0.04, 0, -0.04, 0.03, -0.02, 0.05 };
	double phase = 0;
	for (int k = 0; k < 8; k++) {
		double start = 0.6 + 0.6 * k + off[k];
		for (size_t i = (size_t)(start * RATE); i < (size_t)((start + 0.4) * RATE) && i < N; i++) {
			double t = (double)i / RATE - start, key = 60 + k % 3 * 2 - 0.6 * fmax(0, 1 - t / 0.1);
			phase += pitch_hz(key) / RATE;
			x[i] = (float)(0.3 * fmin(1, fmin(t, 0.4 - t) / 0.02) * sin(2 * M_PI * phase));
		}
	}
	struct hum_report r;
	struct hum_params p = HUM_PARAMS_INIT;
	p.bpm = 100;
	p.quantise = true;
	p.grid = GRID_8;
	AUTO(score) s = transcribe(x, N, &p, &r);
	const struct score_voice *v = &s->voices[0];
	assert_true(v->n_notes >= 7);
	for (size_t i = 0; i < v->n_notes; i++) {
		double line = v->notes[i].start_beats * 2;
		assert_true(fabs(line - round(line)) < 1e-9);
		assert_int_equal(v->notes[i].pitch, 60 + (int)i % 3 * 2);
		double scoop = played_key(s, v->notes[i].start_beats), later = played_key(s, v->notes[i].start_beats + 0.3);
		if (scoop > v->notes[i].pitch - 0.05 || fabs(later - v->notes[i].pitch) > 0.06)
			fail_msg("note %zu, %d: begins at %g, then %g", i, v->notes[i].pitch, scoop, later);
	}
}

static void test_vibrato_is_measured(void **state)
{
	double keys[120], hz, cents;
	for (int i = 0; i < 120; i++)
		keys[i] = 60 + 0.002 * i + 0.35 * sin(2 * M_PI * 6 * i / 100.0);
	vibrato_find(keys, 120, &hz, &cents);
	assert_true(fabs(hz - 6) < 0.4 && fabs(cents - 35) < 5);
	for (int i = 0; i < 120; i++)
		keys[i] = 60 + 0.01 * i;
	vibrato_find(keys, 120, &hz, &cents);
	assert_true(hz == 0 && cents == 0);
	vibrato_find(keys, 5, &hz, &cents);
	assert_true(hz == 0);
}

static void test_hums_of_nothing_and_ridiculous_parameters_are_refused(void **state)
{
	enum { N = RATE };
	static float x[N];
	sound_noise(x, N, 3, 0.2);
	char *path = sound_file(x, N, 1, RATE);
	struct score *s = NULL;
	struct hum_report r;
	struct err err = ERR_INIT;
	struct hum_params p = HUM_PARAMS_INIT;
	assert_int_equal(hum_to_score(path, &p, NULL, &s, &r, &err), -ENOENT);
	const struct hum_params good = p;
	for (int i = 0; i < 6; i++) {
		p = good;
		if (i == 0)
			p.bpm = 1e9;
		else if (i == 1)
			p.bend_range = 0;
		else if (i == 2)
			p.strength = -1;
		else if (i == 3)
			p.program = 300;
		else if (i == 4)
			p.lo_hz = 5000;
		else
			p.bpm = (double)NAN;
		assert_int_equal(hum_to_score(path, &p, NULL, &s, &r, &err), -EINVAL);
		assert_non_null(strstr(err.msg, "allowed"));
	}
	sound_file_done(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hums_become_their_notes_and_their_bends),
		cmocka_unit_test(test_a_glide_is_a_bend_and_not_a_scale),
		cmocka_unit_test(test_hums_are_quantised_with_their_bends),
		cmocka_unit_test(test_vibrato_is_measured),
		cmocka_unit_test(test_hums_of_nothing_and_ridiculous_parameters_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

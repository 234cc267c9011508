/* test_drum_take.c - beat-boxing by mouths of different kinds, every hit known. */
#include "audio/drum_take.h"
#include "music/drum_kit.h"
#include "music/groove.h"

#include "sound.h"

enum { RATE = 44100, N = 20 * RATE, HITS_MAX = 400 };

/* How somebody's sounds are. */
struct mouth {
	double kick_hz, kick_air, snare_low, snare_colour, hat_colour, floor;
};

struct truth {
	double at_s;
	enum drum_class class;
	double loud;
};

/* Noise through a low pass and a high pass of one pole each (0 to 1, higher lets more through and less). */
static void burst(float *x, size_t at, double seconds, double amplitude, double low, double high, struct rng *r)
{
	double l = 0, last = 0, h = 0;
	for (size_t i = 0; i < (size_t)(seconds * RATE) && at + i < N; i++) {
		double t = (double)i / RATE, v = 2 * rng_double(r) - 1;
		l += low * (v - l);
		h = high * (h + l - last);
		last = l;
		x[at + i] += (float)(amplitude * fmin(1, t / 0.002) * exp(-4.5 * t / seconds) * h);
	}
}

static void hit(float *x, const struct truth *t, const struct mouth *m, struct rng *r)
{
	size_t at = (size_t)(t->at_s * RATE);
	double a = t->loud;
	if (t->class == DRUM_CLASS_KICK) {
		double phase = 0;
		for (size_t i = 0; i < RATE / 3 && at + i < N; i++) {
			double s = (double)i / RATE;
			phase += (m->kick_hz * (0.8 + exp(-40 * s))) / RATE;
			x[at + i] += (float)(0.7 * a * fmin(1, s / 0.002) * exp(-18 * s) * sin(2 * M_PI * phase));
		}
		burst(x, at, 0.03, a * m->kick_air, 0.3, 0.7, r);
	} else if (t->class == DRUM_CLASS_SNARE) {
		burst(x, at, 0.12, 0.9 * a, m->snare_colour, 0.95, r);
		for (size_t i = 0; i < RATE / 12 && at + i < N; i++)
			x[at + i] += (float)(m->snare_low * a * exp(-40 * (double)i / RATE) * sin(2 * M_PI * 190 * (double)i / RATE));
	} else {
		burst(x, at, 0.05, 0.6 * a, 1, m->hat_colour, r);
		burst(x, at, 0.05, 0.3 * a, 1, m->hat_colour * 0.5, r);
	}
}

/* Bars of four beats in eighths: kicks and snares where they belong, with variations; played up to `loose` seconds off. */
static size_t perform(float *x, struct truth *t, uint64_t seed, const struct mouth *m, double bpm, double first_s, double loose)
{
	struct rng r;
	size_t n = 0;
	rng_init(&r, seed);
	memset(x, 0, N * sizeof(*x));
	double step = 30 / bpm;
	for (size_t i = 0; first_s + (double)i * step < (double)N / RATE - 0.3; i++) {
		static const enum drum_class bar[8] = { DRUM_CLASS_KICK, DRUM_CLASS_HAT, DRUM_CLASS_SNARE, DRUM_CLASS_HAT,
							DRUM_CLASS_KICK, DRUM_CLASS_HAT, DRUM_CLASS_SNARE, DRUM_CLASS_HAT };
		enum drum_class c = bar[i % 8];
		if (i % 8 && rng_below(&r, 6) == 0)
			c = (enum drum_class)rng_below(&r, 3);
		if (i % 8 && i % 8 != 4 && rng_below(&r, 8) == 0)
			continue;
		double late = i ? loose * (2 * rng_double(&r) - 1) : 0;
		t[n] = (struct truth){ first_s + (double)i * step + late, c, (0.5 + 0.5 * rng_double(&r)) * (i % 8 == 0 ? 1 : 0.8) };
		hit(x, &t[n++], m, &r);
	}
	sound_noise(x, N, seed + 100, m->floor);
	return n;
}

static const struct mouth mouths[] = {
	{ 75, 0.2, 0.2, 0.5, 0.35, 0.001 },  { 95, 0.4, 0.05, 0.35, 0.5, 0.002 }, { 60, 0.1, 0.3, 0.7, 0.4, 0.0005 },
	{ 110, 0.3, 0.1, 0.6, 0.3, 0.003 },  { 85, 0.5, 0.15, 0.8, 0.25, 0.001 },
};

static struct hearing *hear(const float *x)
{
	char *path = sound_file(x, N, 1, RATE);
	struct hearing *h = NULL;
	assert_int_equal(hearing_of(path, NULL, &h, NULL), 0);
	sound_file_done(path);
	return h;
}

/* Rows: S4-73 */
static void test_hits_of_different_mouths_are_told_apart(void **state)
{
	static float x[N];
	static struct truth t[HITS_MAX];
	size_t all = 0, heard = 0, right = 0, extra = 0, table[3][DRUM_CLASS_COUNT] = { { 0 } };
	for (uint64_t seed = 0; seed < 10; seed++) {
		size_t n = perform(x, t, seed, &mouths[seed % COUNT_OF(mouths)], 84 + 7 * (double)seed, 0.3, 0.012);
		AUTO(hearing) h = hear(x);
		struct drum_take take;
		assert_int_equal(drum_take_find(h, 0.5, true, &take, NULL), 0);
		size_t matched = 0;
		for (size_t i = 0; i < n; i++) {
			for (size_t k = 0; k < take.n; k++) {
				if (fabs(take.v[k].at_s - t[i].at_s) > 0.02)
					continue;
				matched++;
				right += take.v[k].class == t[i].class && !take.v[k].with_hat;
				table[t[i].class][take.v[k].class]++;
				break;
			}
		}
		all += n;
		heard += matched;
		extra += take.n - matched;
		drum_take_done(&take);
	}
	for (int c = 0; c < 3; c++)
		print_message("%-6s heard as kick %zu, snare %zu, hat %zu, other %zu\n", drum_class_names[c], table[c][0], table[c][1], table[c][2], table[c][3]);
	print_message("%zu hits: %zu heard, %zu too many, %zu of the right class\n", all, heard, extra, right);
	assert_true(heard * 100 >= all * 97 && extra * 100 <= all * 3);
	assert_true(right * 100 >= heard * 95);
}

static struct score *clip_of(const float *x, const struct drum_params *p, struct drum_report *r)
{
	char *path = sound_file(x, N, 1, RATE);
	struct score *s = NULL;
	struct err err = ERR_INIT;
	if (drums_to_score(path, p, NULL, &s, r, &err) < 0)
		fail_msg("%s", err.msg);
	sound_file_done(path);
	return s;
}

/* Share of the true hits that stand on their line with their key. */
static double share_right(const struct score *s, const struct truth *t, size_t n, double bpm, double first_s, double shift_beats)
{
	static const uint8_t keys[3] = { 36, 38, 42 };
	size_t right = 0;
	for (size_t i = 0; i < n; i++) {
		double line = round((t[i].at_s - first_s) * bpm / 30) / 2 + shift_beats;
		bool found = false;
		for (size_t k = 0; k < s->voices[0].n_notes; k++)
			found = found || (fabs(s->voices[0].notes[k].start_beats - line) < 1e-6 && s->voices[0].notes[k].pitch == keys[t[i].class]);
		right += found;
	}
	return (double)right / (double)n;
}

/* Rows: S4-73 */
static void test_a_take_becomes_a_clip_on_the_grid(void **state)
{
	static float x[N];
	static struct truth t[HITS_MAX];
	for (uint64_t seed = 20; seed < 26; seed++) {
		double bpm = 90 + 6 * (double)(seed - 20), first = seed % 2 ? 0.4 : 2 * 60 / bpm; /* any time; two beats into the recording */
		size_t n = perform(x, t, seed, &mouths[seed % COUNT_OF(mouths)], bpm, first, 0.015);
		struct drum_params p = DRUM_PARAMS_INIT;
		struct drum_report r;
		p.grid = GRID_8;
		if (seed % 2 == 0)
			p.bpm = bpm; /* then the recording begins on a bar line */
		else
			p.align = DRUM_ALIGN_FIRST_HIT;
		AUTO(score) s = clip_of(x, &p, &r);
		double share = share_right(s, t, n, bpm, first, seed % 2 ? 0 : 2);
		if (share < 0.92 || fabs(r.bpm / bpm - 1) > 0.01)
			fail_msg("seed %d: %g right, %g bpm instead of %g", (int)seed, share, r.bpm, bpm);
		assert_true(s->voices[0].notes[0].channel == DRUM_CHANNEL && s->meters[0].num == 4);
		assert_true(r.counts[DRUM_CLASS_KICK] > 10 && r.counts[DRUM_CLASS_SNARE] > 10 && r.counts[DRUM_CLASS_HAT] > 10);
	}
}

static void test_velocities_follow_loudness_and_the_kit_is_a_map(void **state)
{
	static float x[N];
	struct truth t[16];
	struct rng r;
	rng_init(&r, 1);
	memset(x, 0, sizeof(x));
	for (int i = 0; i < 16; i++) {
		t[i] = (struct truth){ 0.5 + 0.5 * i, DRUM_CLASS_SNARE, i % 2 ? 0.25 : 1 };
		hit(x, &t[i], &mouths[0], &r);
	}
	struct drum_params p = DRUM_PARAMS_INIT;
	struct drum_report report;
	p.bpm = 120;
	p.snare = 40;
	AUTO(score) s = clip_of(x, &p, &report);
	assert_int_equal(s->voices[0].n_notes, 16);
	for (size_t i = 0; i + 1 < 16; i += 2) {
		assert_int_equal(s->voices[0].notes[i].pitch, 40);
		assert_true(s->voices[0].notes[i].velocity > s->voices[0].notes[i + 1].velocity + 12);
	}
	p.dynamics = 0;
	AUTO(score) flat = clip_of(x, &p, &report);
	for (size_t i = 0; i < 16; i++)
		assert_int_equal(flat->voices[0].notes[i].velocity, 96);
}

static void test_swing_is_kept_or_put_on(void **state)
{
	static float x[N];
	struct rng r;
	rng_init(&r, 2);
	memset(x, 0, sizeof(x));
	for (int i = 0; i < 32; i++) { /* eighths, the second of each pair at two thirds of the beat */
		double beat = 2 + i / 2 + (i % 2 ? 2.0 / 3 : 0);
		struct truth t = { beat * 0.6, i % 4 == 0 ? DRUM_CLASS_KICK : i % 4 == 2 ? DRUM_CLASS_SNARE : DRUM_CLASS_HAT, 0.8 };
		hit(x, &t, &mouths[1], &r);
	}
	struct drum_params p = DRUM_PARAMS_INIT;
	struct drum_report report;
	p.bpm = 100;
	AUTO(score) s = clip_of(x, &p, &report);
	size_t late = 0;
	for (size_t i = 0; i < s->voices[0].n_notes; i++) {
		double place = s->voices[0].notes[i].start_beats - floor(s->voices[0].notes[i].start_beats + 1e-9);
		late += fabs(place - 2.0 / 3) < 0.04;
	}
	assert_true(late >= 14);
	/* A groove by its name is put on what was straightened. */
	size_t at = 0;
	while (groove_names[at] && strcmp(groove_names[at], "mpc_62") != 0)
		at++;
	p.groove = (int64_t)at;
	p.grid = GRID_8;
	AUTO(score) grooved = clip_of(x, &p, &report);
	assert_true(grooved->voices[0].n_notes == s->voices[0].n_notes);
}

static void test_silence_and_ridiculous_parameters_are_refused(void **state)
{
	static float x[N];
	memset(x, 0, sizeof(x));
	char *path = sound_file(x, RATE, 1, RATE);
	struct score *s = NULL;
	struct drum_report r;
	struct err err = ERR_INIT;
	struct drum_params p = DRUM_PARAMS_INIT;
	assert_int_equal(drums_to_score(path, &p, NULL, &s, &r, &err), -ENOENT);
	const struct drum_params good = p;
	for (int i = 0; i < 5; i++) {
		p = good;
		if (i == 0)
			p.bpm = 1e6;
		else if (i == 1)
			p.meter = 1;
		else if (i == 2)
			p.hat = 200;
		else if (i == 3)
			p.dynamics = -1;
		else
			p.align = 9;
		assert_int_equal(drums_to_score(path, &p, NULL, &s, &r, &err), -EINVAL);
		assert_true(*err.field && strstr(err.msg, "allowed"));
	}
	sound_file_done(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hits_of_different_mouths_are_told_apart),
		cmocka_unit_test(test_a_take_becomes_a_clip_on_the_grid),
		cmocka_unit_test(test_velocities_follow_loudness_and_the_kit_is_a_map),
		cmocka_unit_test(test_swing_is_kept_or_put_on),
		cmocka_unit_test(test_silence_and_ridiculous_parameters_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

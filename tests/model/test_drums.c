#include "model/drums.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/str.h"
#include "model/drum_grid_priv.h"
#include "model/drum_styles_priv.h"
#include "music/drum_kit.h"
#include "tunes.h"
#include "same.h"

#include "../check.h"
#include "../seed.h"

#include <math.h>
#include <string.h>
#include <time.h>

static struct drums_params defaults(enum drum_style_id style)
{
	struct drums_params p;
	assert_int_equal(model_params_read(&drums_table, NULL, &p, NULL), 0);
	p.style = style;
	p.humanise = 0;
	return p;
}

static struct score *play(const struct drums_params *p, const struct score *with, uint64_t seed, struct drums_report *report)
{
	struct score *s = NULL;
	struct err err = ERR_INIT;
	if (drums_make(p, with, seed, NULL, &s, report, &err) < 0)
		fail_msg("%s, seed %llu: %s", drum_style_names[p->style], (unsigned long long)seed, err.msg);
	return s;
}

/* Strokes of a drum in a score at beats [from, to), written as their sixteenths from `from`. */
static const char *line(const struct score *s, int drum, double from, double to, double step)
{
	static char text[128];
	size_t n = (size_t)((to - from) / step + 0.5);
	memset(text, '.', sizeof(text));
	text[n < sizeof(text) ? n : sizeof(text) - 1] = '\0';
	for (size_t i = 0; i < s->voices[0].n_notes; i++) {
		const struct note *x = &s->voices[0].notes[i];
		double at = (x->start_beats - from) / step;
		if (x->pitch == drum && x->start_beats >= from && x->start_beats < to)
			text[(size_t)(at + 0.01)] = fabs(at - floor(at + 0.01)) > 0.02 ? '?' : 'x';
	}
	return text;
}

static void test_styles_have_patterns_of_the_right_length(void **state)
{
	for (int k = 0; k < DRUM_STYLE_COUNT; k++) {
		const struct drum_style *s = &drum_styles[k];
		struct drum_grid g;
		assert_true(s->bpm >= 60 && s->bpm <= 220);
		assert_int_equal(drum_grid_init(&g, s->num, s->den, 0, DRUM_SWING_EIGHTHS, NULL), 0);
		assert_int_equal(g.n_groups, s->beats);
		assert_int_equal(g.n_steps, s->beats * s->beat_steps);
		assert_true(s->grooves >= 1);
		for (size_t l = 0; l < s->n_layers; l++) {
			const struct drum_layer *x = &s->layers[l];
			size_t n = (size_t)s->bars * s->beats * (s->beat_steps + 1u) - 1;
			if (strlen(x->steps) != n)
				fail_msg("%s, layer %zu: '%s' has %zu characters, not %zu", drum_style_names[k], l, x->steps, strlen(x->steps), n);
			assert_true(x->lo <= x->hi && x->hi <= 100 && *drum_name(x->drum));
			for (const char *c = x->grooves; *c; c++)
				assert_true(*c >= 'A' && *c < 'A' + s->grooves);
			for (size_t i = 0; i < n; i++) {
				bool gap = i % (s->beat_steps + 1u) == s->beat_steps;
				bool line = gap && i % ((s->beat_steps + 1u) * s->beats) == (s->beat_steps + 1u) * s->beats - 1;
				const char *allowed = line ? "|" : gap ? " " : "XxoFR.123456789abcdefghi";
				if (!strchr(allowed, x->steps[i]))
					fail_msg("%s, layer %zu: '%c' at %zu", drum_style_names[k], l, x->steps[i], i);
			}
		}
	}
}

static void test_styles_play_what_they_are_known_by(void **state)
{
	static const struct {
		enum drum_style_id style;
		int drum;
		double beats, step;
		const char *want;
	} known[] = {
		{ DRUM_STYLE_HOUSE, DRUM_KICK, 4, 0.25, "x...x...x...x..." },
		{ DRUM_STYLE_HOUSE, DRUM_HAT_OPEN, 4, 0.25, "..x...x...x...x." },
		{ DRUM_STYLE_ROCK, DRUM_SNARE, 4, 0.25, "....x.......x..." },
		{ DRUM_STYLE_ROCK, DRUM_HAT, 4, 0.25, "x.x.x.x.x.x.x.x." },
		{ DRUM_STYLE_DNB, DRUM_SNARE, 4, 1, ".x.x" },
		{ DRUM_STYLE_BALLAD, DRUM_RIM, 4, 0.25, "....x.......x..." },
		{ DRUM_STYLE_WALTZ, DRUM_KICK, 3, 1, "x.." },
		{ DRUM_STYLE_WALTZ, DRUM_SNARE, 3, 1, ".xx" },
		{ DRUM_STYLE_SALSA32, DRUM_CLAVES, 8, 0.5, "x..x..x...x.x..." },  /* son clave */
		{ DRUM_STYLE_SALSA23, DRUM_CLAVES, 8, 0.5, "..x.x...x..x..x." },
		{ DRUM_STYLE_AFRO, DRUM_COWBELL, 6, 0.5, "x.x.xx.x.x.x" },          /* the standard bell pattern */
		{ DRUM_STYLE_BOSSA, DRUM_KICK, 4, 0.5, "x..xx..x" },
		{ DRUM_STYLE_JIG, DRUM_CONGA_LOW, 3, 0.5, "x.xx.x" },
		{ DRUM_STYLE_MARCH, DRUM_KICK, 2, 1, "xx" },
	};
	for (size_t i = 0; i < COUNT_OF(known); i++) {
		struct drums_params p = defaults(known[i].style);
		p.density = 0;
		p.swing = 0;
		p.intensity = 0.6;
		AUTO(score) s = play(&p, NULL, 2, NULL);
		const char *got = line(s, known[i].drum, 0, known[i].beats, known[i].step);
		if (strcmp(got, known[i].want) != 0)
			fail_msg("%s, %s: %s, not %s", drum_style_names[known[i].style], drum_name(known[i].drum), got, known[i].want);
	}
}

static void test_jazz_and_shuffles_swing_in_triplets_and_hiphop_in_sixteenths(void **state)
{
	struct drums_params p = defaults(DRUM_STYLE_SHUFFLE);
	AUTO(score) s = play(&p, NULL, 1, NULL);
	assert_string_equal(line(s, DRUM_HAT, 0, 4, 1.0 / 3), "x.xx.xx.xx.x");
	p.swing = 0;
	AUTO(score) straight = play(&p, NULL, 1, NULL);
	assert_string_equal(line(straight, DRUM_HAT, 0, 4, 0.5), "xxxxxxxx");
	p = defaults(DRUM_STYLE_HIPHOP);
	p.swing = 1;
	p.density = 1;
	AUTO(score) hop = play(&p, NULL, 1, NULL);
	for (size_t i = 0; i < hop->voices[0].n_notes && hop->voices[0].notes[i].start_beats < 8; i++) {
		double in = fmod(hop->voices[0].notes[i].start_beats, 0.5);
		assert_true(in < 0.01 || fabs(in - 1.0 / 3) < 0.01);
	}
}

static void test_styles_keep_their_shape_in_other_meters(void **state)
{
	struct drums_params p = defaults(DRUM_STYLE_ROCK);
	p.density = 0;
	static const struct {
		const char *meter;
		double bar;
		double step;
		const char *snare, *hat;
	} meters[] = {
		{ "3/4", 3, 0.5, "..x.x.", "xxxxxx" },
		{ "5/4", 5, 0.5, "..x.x...x.", "xxxxxxxxxx" },
		{ "7/4", 7, 0.5, "..x...x...x.x.", "xxxxxxxxxxxxxx" },
		{ "2/4", 2, 0.5, "..x.", "xxxx" },
		{ "6/8", 3, 0.5, "...x..", "xxxxxx" },
		{ "12/8", 6, 0.5, "...x.....x..", "xxxxxxxxxxxx" },
		{ "7/8", 3.5, 0.5, "..x.x..", "xxxxxxx" },
		{ "5/8", 2.5, 0.5, "...x.", "xxxxx" },
	};
	for (size_t i = 0; i < COUNT_OF(meters); i++) {
		struct drums_report r;
		(void)str_copy(p.meter, sizeof(p.meter), meters[i].meter);
		AUTO(score) s = play(&p, NULL, 1, &r);
		assert_true(s->end_beats == 8 * meters[i].bar);
		assert_int_equal(s->n_meters, 1);
		assert_int_equal(s->meters[0].num, r.num);
		const char *snare = line(s, DRUM_SNARE, 0, meters[i].bar, meters[i].step);
		if (strcmp(snare, meters[i].snare) != 0)
			fail_msg("%s: snare %s, not %s", meters[i].meter, snare, meters[i].snare);
		const char *hat = line(s, DRUM_HAT, 0, meters[i].bar, meters[i].step);
		if (strcmp(hat, meters[i].hat) != 0)
			fail_msg("%s: hat %s, not %s", meters[i].meter, hat, meters[i].hat);
		assert_true(s->voices[0].notes[0].start_beats == 0);
		assert_int_equal(line(s, DRUM_KICK, 0, meters[i].bar, 0.5)[0], 'x');
	}
}

static void check(const struct score *s, const struct drums_report *r, const struct drums_params *p)
{
	assert_int_equal(s->n_voices, 1);
	const struct score_voice *v = &s->voices[0];
	assert_int_equal(v->n_notes, r->n_notes);
	double bar = (double)r->num * 4 / r->den;
	assert_true(fabs(s->end_beats - (double)r->n_bars * bar) < 1e-9);
	double last_end[128] = { 0 };
	for (size_t i = 0; i < v->n_notes; i++) {
		const struct note *n = &v->notes[i];
		assert_true(*drum_name(n->pitch) && n->channel == DRUM_CHANNEL && n->velocity >= 1 && n->velocity <= 127);
		assert_true(n->start_beats >= 0 && n->start_beats < s->end_beats && n->duration_beats > 0);
		assert_true(n->start_beats >= last_end[n->pitch] - 1e-9); /* one stroke of a drum at a time */
		last_end[n->pitch] = n->start_beats + n->duration_beats;
	}
	for (int64_t b = 0; b < r->n_bars && p->intensity > 0.5 && bar >= 1.5; b++) {
		size_t n = 0;
		for (size_t i = 0; i < v->n_notes; i++)
			n += v->notes[i].start_beats >= (double)b * bar - 0.05 && v->notes[i].start_beats < (double)(b + 1) * bar - 0.05;
		if (n == 0)
			fail_msg("bar %lld of %s is silent", (long long)b + 1, drum_style_names[p->style]);
	}
}

static void test_drums_keep_their_promises_with_any_parameters(void **state)
{
	uint64_t seed = seed_start();
	static const char *const meters[] = { "", "", "4/4", "3/4", "6/8", "5/4", "7/8", "9/8", "12/8", "2/2", "11/8", "16/16", "1/8", "5/16" };
	for (int i = 0; i < 600; i++) {
		struct drums_params p = defaults((enum drum_style_id)seed_below(&seed, DRUM_STYLE_COUNT));
		p.bars = 1 + seed_below(&seed, 20);
		(void)str_copy(p.meter, sizeof(p.meter), meters[seed_below(&seed, COUNT_OF(meters))]);
		p.density = seed_unit(&seed);
		p.intensity = seed_unit(&seed);
		p.curve = seed_below(&seed, DRUM_CURVE_COUNT);
		p.fill_every = seed_below(&seed, 9);
		p.swing = seed_unit(&seed) * 2 - 1;
		p.humanise = seed_unit(&seed);
		struct drums_report r, again;
		uint64_t s = seed_next(&seed);
		AUTO(score) a = play(&p, NULL, s, &r);
		AUTO(score) b = play(&p, NULL, s, &again);
		check(a, &r, &p);
		assert_int_equal(r.n_bars, p.bars);
		assert_int_equal(r.n_fills, p.fill_every > 0 && p.bars > 1 ? p.bars / p.fill_every : 0);
		assert_int_equal(a->voices[0].n_notes, b->voices[0].n_notes);
		assert_true(same_notes(&a->voices[0], &b->voices[0]));
	}
}

static void test_a_denser_part_has_every_stroke_of_a_thinner_one(void **state)
{
	for (int style = 0; style < DRUM_STYLE_COUNT; style++) {
		struct drums_params p = defaults((enum drum_style_id)style);
		p.fill_every = 0;
		size_t n_before = 0;
		AUTO(score) before = NULL;
		for (int step = 0; step <= 4; step++) {
			p.density = step / 4.0;
			struct score *s = play(&p, NULL, 11, NULL);
			size_t k = 0;
			for (size_t i = 0; before && i < n_before; i++) {
				const struct note *x = &before->voices[0].notes[i];
				while (k < s->voices[0].n_notes && (s->voices[0].notes[k].start_beats != x->start_beats ||
								    s->voices[0].notes[k].pitch != x->pitch))
					k++;
				/* An open hat takes the closed one's place. */
				if (k == s->voices[0].n_notes && x->pitch == DRUM_HAT) {
					k = 0;
					continue;
				}
				assert_true(k < s->voices[0].n_notes);
			}
			score_free(before);
			before = s;
			n_before = s->voices[0].n_notes;
		}
	}
}

static void test_grooves_return_and_seeds_differ(void **state)
{
	struct drums_params p = defaults(DRUM_STYLE_FUNK);
	p.bars = 32;
	AUTO(score) s = play(&p, NULL, 5, NULL);
	/* A A B A in sections of eight bars: the first bars of the second are those of the fourth. */
	for (int drum = DRUM_KICK; drum <= DRUM_HAT; drum += 2) {
		char first[128];
		(void)str_copy(first, sizeof(first), line(s, drum, 4, 8, 0.125));
		assert_string_equal(line(s, drum, 100, 104, 0.125), first);
		assert_string_equal(line(s, drum, 36, 40, 0.125), first);
	}
	size_t distinct = 0;
	char seen[32][128];
	for (uint64_t seed = 0; seed < 32; seed++) {
		AUTO(score) x = play(&p, NULL, seed, NULL);
		(void)str_copy(seen[seed], sizeof(seen[seed]), line(x, DRUM_KICK, 0, 16, 0.25));
		bool fresh = true;
		for (uint64_t k = 0; k < seed; k++)
			fresh = fresh && strcmp(seen[k], seen[seed]) != 0;
		distinct += fresh;
	}
	assert_true(distinct >= 10);
}

static double loudness(const struct score *s, double from, double to)
{
	double sum = 0;
	size_t n = 0;
	for (size_t i = 0; i < s->voices[0].n_notes; i++) {
		const struct note *x = &s->voices[0].notes[i];
		sum += x->start_beats >= from && x->start_beats < to ? x->velocity : 0;
		n += x->start_beats >= from && x->start_beats < to;
	}
	return n ? sum / (double)n : 0;
}

static void test_the_curve_makes_the_piece_louder_and_fills_lead_to_a_crash(void **state)
{
	struct drums_params p = defaults(DRUM_STYLE_ROCK);
	p.bars = 16;
	p.curve = DRUM_CURVE_RISE;
	AUTO(score) rise = play(&p, NULL, 3, NULL);
	assert_true(loudness(rise, 48, 60) > loudness(rise, 0, 12) + 15);
	p.curve = DRUM_CURVE_FALL;
	AUTO(score) fall = play(&p, NULL, 3, NULL);
	assert_true(loudness(fall, 48, 60) < loudness(fall, 0, 12) - 15);
	p.curve = DRUM_CURVE_STEADY;
	struct drums_report r;
	AUTO(score) s = play(&p, NULL, 3, &r);
	assert_int_equal(r.n_fills, 4);
	assert_string_equal(line(s, DRUM_CRASH, 0, 64, 4), "....x...x...x...");
	/* Toms only in the last bars of phrases. */
	for (size_t i = 0; i < s->voices[0].n_notes; i++) {
		const struct note *x = &s->voices[0].notes[i];
		bool tom = x->pitch == DRUM_TOM_LOW || x->pitch == DRUM_TOM_HIGH || x->pitch == DRUM_TOM_FLOOR || x->pitch == DRUM_TOM_HIGHEST;
		assert_true(!tom || (int)(x->start_beats / 4) % 4 == 3);
	}
}

static void test_drums_play_with_a_piece_in_its_meter_and_tempo(void **state)
{
	AUTO(score) jig = tune_jig();
	struct drums_params p = defaults(DRUM_STYLE_JIG);
	struct drums_report r;
	AUTO(score) s = play(&p, jig, 1, &r);
	assert_true(r.num == 6 && r.den == 8 && r.bpm == 170);
	assert_int_equal(r.n_bars, score_n_bars(jig));
	assert_true(s->pickup_beats == 0.5 && s->voices[0].notes[0].start_beats == 0.5);
	/* The kick goes with the bass: it meets more of its notes than alone. */
	AUTO(score) bass = score_new();
	size_t v;
	assert_int_equal(score_add_voice(bass, "bass", &v, NULL), 0);
	for (int bar = 0; bar < 8; bar++) {
		static const double at[] = { 0, 1.75, 2.5, 3.75 };
		for (size_t i = 0; i < COUNT_OF(at); i++) {
			struct note n = { bar * 4 + at[i], 0.25, 40, 90, 0, 64 };
			assert_int_equal(score_add_note(bass, v, &n, NULL), 0);
		}
	}
	score_sort(bass);
	size_t met[2] = { 0, 0 }, all[2] = { 0, 0 };
	for (uint64_t seed = 0; seed < 20; seed++) {
		for (int follow = 0; follow < 2; follow++) {
			p = defaults(DRUM_STYLE_FUNK);
			p.follow = follow;
			p.fill_every = 0;
			AUTO(score) x = play(&p, bass, seed, NULL);
			for (size_t i = 0; i < x->voices[0].n_notes; i++) {
				double in = fmod(x->voices[0].notes[i].start_beats, 4);
				bool kick = x->voices[0].notes[i].pitch == DRUM_KICK;
				all[follow] += kick;
				met[follow] += kick && (in == 0 || fabs(in - 1.75) < 0.02 || in == 2.5 || fabs(in - 3.75) < 0.02);
			}
		}
	}
	print_message("of the kicks, %zu of %zu meet the bass alone, %zu of %zu with it\n", met[0], all[0], met[1], all[1]);
	assert_true(met[1] * all[0] > met[0] * all[1] * 5 / 4);
}

static void test_drums_follow_changes_of_meter_and_survive_any_piece(void **state)
{
	uint64_t seed = seed_start();
	AUTO(score) piece = tune_waltz(false);
	assert_int_equal(score_set_meter(piece, 12, 4, 4, NULL), 0);
	struct drums_params p = defaults(DRUM_STYLE_ROCK);
	struct drums_report r;
	AUTO(score) s = play(&p, piece, 1, &r);
	assert_int_equal(s->n_meters, 2);
	assert_true(s->meters[1].at_beats == 12 && s->meters[1].num == 4);
	assert_true(s->end_beats == score_bar_ceil(piece, piece->end_beats));
	for (int i = 0; i < 60; i++) {
		AUTO(score) noise = tune_noise(seed_next(&seed), 1 + seed_below(&seed, 300));
		struct score *out = NULL;
		static const unsigned dens[] = { 1, 2, 4, 8, 16, 32 };
		assert_int_equal(score_set_meter(noise, 0, 1 + seed_below(&seed, 20), dens[seed_below(&seed, 6)], NULL), 0);
		p = defaults((enum drum_style_id)seed_below(&seed, DRUM_STYLE_COUNT));
		p.bars = 1 + seed_below(&seed, 8);
		int code = drums_make(&p, noise, seed, NULL, &out, NULL, NULL);
		struct score_meter m = score_meter_at(noise, 0);
		assert_int_equal(code, m.num > 16 || m.den > 16 ? -EINVAL : 0);
		score_free(out);
	}
}

static void test_drums_of_a_seed_are_the_same_everywhere(void **state)
{
	/* Written down once: another number means that recorded seeds no longer give the music they gave. */
	static const uint64_t golden[DRUM_STYLE_COUNT] = {
		0xc647e9b868342220, 0x7ddc5dc1d59f2bb8, 0x51ec3ec254d1a6ea, 0x9fbaa2f6e47ebbbd,
		0xde7a71c918d6a69b, 0x54f3664e64616c17, 0x4d679eae6de96a54, 0xae8a5c6134752e63,
		0x9964e559336bfdd4, 0x27591c85a823659f, 0x6d7e0c23fcc624ee, 0xfcf8ee770176aa2f,
		0x42c5c85191d87931, 0xaf0ed9e1731c84e9, 0x746ab6bf8af2879, 0x3d1a7b34709cf809,
		0xaa7098fec4e31f97, 0xcdced743820d1a8d, 0xc9d32dc0abbdde11, 0x3ef9ab0a0641412,
		0x182e73276c733fea, 0xa8ec9de682b39452, 0xf99e769c95a06bc3, 0x14b7d9660610612c,
		0x4ac730acf432a8e6, 0x88cb864f04782b4c, 0x531702a90e02f6e7, 0x52bae7fc3fd2b78b,
		0x38a6ad37f2830373, 0x9c17f4a8b2d91fee,
	};
	for (int style = 0; style < DRUM_STYLE_COUNT; style++) {
		struct drums_params p = defaults((enum drum_style_id)style);
		uint64_t h = 1469598103934665603u;
		p.bars = 12;
		p.humanise = 0.5;
		AUTO(score) s = play(&p, NULL, 9, NULL);
		for (size_t i = 0; i < s->voices[0].n_notes; i++) {
			const struct note *n = &s->voices[0].notes[i];
			const int64_t what[] = { (int64_t)(n->start_beats * 480 + 0.5), (int64_t)(n->duration_beats * 480 + 0.5), n->pitch, n->velocity };
			for (size_t k = 0; k < COUNT_OF(what); k++)
				h = (h ^ (uint64_t)what[k]) * 1099511628211u;
		}
		if (h != golden[style])
			fail_msg("0x%llx, /* %s */ is what it is now", (unsigned long long)h, drum_style_names[style]);
	}
}

static bool at_once(void *arg)
{
	return ++*(int *)arg > 3;
}

static void rising(void *arg, double fraction, const char *what)
{
	double *last = arg;
	assert_true(fraction >= *last && fraction <= 1 && *what);
	*last = fraction;
}

static void test_drums_are_cancelled_between_bars_and_tell_how_far_they_are(void **state)
{
	struct drums_params p = defaults(DRUM_STYLE_ROCK);
	struct score *s = NULL;
	int asked = 0;
	double last = 0;
	struct model_watch stop = { .cancelled = at_once, .arg = &asked };
	assert_int_equal(drums_make(&p, NULL, 1, &stop, &s, NULL, NULL), -ECANCELED);
	assert_true(asked == 4 && !s);
	struct model_watch look = { .progress = rising, .arg = &last };
	assert_int_equal(drums_make(&p, NULL, 1, &look, &s, NULL, NULL), 0);
	assert_true(last == 1);
	score_free(s);
}

static void test_drums_refuse_what_they_cannot_play(void **state)
{
	static const char *const meters[] = { "4", "4/", "/4", "4/4/4", "4/3", "0/4", "17/4", "4/32", "x/4", "4 /4" };
	for (size_t i = 0; i < COUNT_OF(meters); i++) {
		struct drums_params p = defaults(DRUM_STYLE_ROCK);
		struct score *s = NULL;
		struct err err = ERR_INIT;
		(void)str_copy(p.meter, sizeof(p.meter), meters[i]);
		assert_int_equal(drums_make(&p, NULL, 1, NULL, &s, NULL, &err), -EINVAL);
		assert_string_equal(err.field, "params.meter");
	}
	struct drums_params p = defaults(DRUM_STYLE_ROCK);
	struct score *s = NULL;
	struct err err = ERR_INIT;
	p.bpm = 3;
	assert_int_equal(drums_make(&p, NULL, 1, NULL, &s, NULL, &err), -EINVAL);
	assert_string_equal(err.field, "params.bpm");
	p = defaults(DRUM_STYLE_ROCK);
	p.density = NAN;
	assert_int_equal(drums_make(&p, NULL, 1, NULL, &s, NULL, &err), -EINVAL);
	p = defaults(DRUM_STYLE_ROCK);
	p.style = DRUM_STYLE_COUNT;
	assert_int_equal(drums_make(&p, NULL, 1, NULL, &s, NULL, &err), -EINVAL);
	assert_null(s);
}

/* What this thread has had of the processor: whoever else is at it does not count. */
static int64_t processor_ns(void)
{
	struct timespec t;
	assert_int_equal(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t), 0);
	return (int64_t)t.tv_sec * NS_PER_SEC + t.tv_nsec;
}

static void test_thirty_two_bars_take_far_less_than_fifty_milliseconds(void **state)
{
	for (int style = 0; style < DRUM_STYLE_COUNT; style++) {
		struct drums_params p = defaults((enum drum_style_id)style);
		p.bars = 32;
		int64_t begin = processor_ns();
		score_free(play(&p, NULL, 1, NULL));
		assert_true(processor_ns() - begin < 500000000); /* wide: sanitizers, a slow machine */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_styles_have_patterns_of_the_right_length),
		cmocka_unit_test(test_styles_play_what_they_are_known_by),
		cmocka_unit_test(test_jazz_and_shuffles_swing_in_triplets_and_hiphop_in_sixteenths),
		cmocka_unit_test(test_styles_keep_their_shape_in_other_meters),
		cmocka_unit_test(test_drums_keep_their_promises_with_any_parameters),
		cmocka_unit_test(test_a_denser_part_has_every_stroke_of_a_thinner_one),
		cmocka_unit_test(test_grooves_return_and_seeds_differ),
		cmocka_unit_test(test_the_curve_makes_the_piece_louder_and_fills_lead_to_a_crash),
		cmocka_unit_test(test_drums_play_with_a_piece_in_its_meter_and_tempo),
		cmocka_unit_test(test_drums_follow_changes_of_meter_and_survive_any_piece),
		cmocka_unit_test(test_drums_of_a_seed_are_the_same_everywhere),
		cmocka_unit_test(test_drums_are_cancelled_between_bars_and_tell_how_far_they_are),
		cmocka_unit_test(test_drums_refuse_what_they_cannot_play),
		cmocka_unit_test(test_thirty_two_bars_take_far_less_than_fifty_milliseconds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * heard.c - how often key, meter and chords are heard right in pieces whose harmony is known, because they were made from it.
 *
 *   build/tests/conformance/heard [--jitter BEATS] N
 *
 * For each style of progression N pieces: a progression of 16 bars, an accompaniment and a melody over it, in 4/4, 3/4 and
 * 6/8 by turns. They are played without accents and without their key and meter. A key is right when tonic and third are, a
 * mode when the scale is, too; a chord is right where root and third are. Exit status 1 when fewer are right than promised below.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "base/str.h"
#include "model/accompaniment.h"
#include "model/melody.h"
#include "model/progression.h"
#include "music/listen.h"

#define KEY_PROMISE 93.0
#define METER_PROMISE 97.0
#define CHORD_PROMISE 94.0

struct card {
	double n, key, mode, meter, bar, chords;
};

/* Adds the voices of one score to another. */
static int add_voices(struct score *to, const struct score *from, struct err *err)
{
	int code = 0;
	for (size_t v = 0; code == 0 && v < from->n_voices; v++) {
		size_t at;
		code = score_add_voice(to, from->voices[v].name, &at, err);
		for (size_t i = 0; code == 0 && i < from->voices[v].n_notes; i++)
			code = score_add_note(to, at, &from->voices[v].notes[i], err);
	}
	return code;
}

static json_t *asked(const char *style, const char *meter)
{
	return json_pack("{s:s, s:s, s:i}", "style", style, "meter", meter, "bars", 16);
}

struct truth {
	int tonic;
	enum key_mode mode;
	struct score_meter meter;
};

/* "Bb dorian" */
static void read_key(const char *text, struct truth *t)
{
	static const int8_t classes[7] = { 9, 11, 0, 2, 4, 5, 7 };
	t->tonic = *text >= 'A' && *text <= 'G' ? classes[*text - 'A'] : 0;
	t->tonic += text[1] == '#' ? 1 : text[1] == 'b' ? 11 : 0;
	t->tonic %= 12;
	const char *mode = strchr(text, ' ');
	for (enum key_mode m = 0; mode && m < KEY_MODE_COUNT; m++)
		if (str_eq(mode + 1, key_mode_name(m)))
			t->mode = m;
}

/* A progression with an accompaniment that suits its meter and a melody. */
static int make_piece(const char *style, const char *meter, uint64_t seed, struct truth *truth, struct score **ret, struct err *err)
{
	AUTO_JSON json_t *params = asked(style, meter);
	AUTO_JSON json_t *hands = json_pack("{s:s}", "style", str_eq(meter, "3/4") ? "waltz" : seed % 2 ? "ballad" : "march");
	struct generated chords = { NULL, NULL }, under = chords, over = chords;
	int code = generator_run(&progression_generator, params, NULL, 0, seed, NULL, &chords, err);
	const struct score *in = chords.score;
	if (code == 0)
		code = generator_run(&accompaniment_generator, hands, &in, 1, seed, NULL, &under, err);
	if (code == 0)
		code = generator_run(&melody_generator, NULL, &in, 1, seed, NULL, &over, err);
	if (code == 0)
		code = add_voices(under.score, over.score, err);
	if (code == 0) {
		read_key(json_string_value(json_object_get(chords.report, "key")), truth);
		truth->meter = score_meter_at(under.score, 0);
		*ret = under.score;
		under.score = NULL;
	}
	generated_done(&chords);
	generated_done(&under);
	generated_done(&over);
	return code;
}

static void make_plain(struct score *s, double jitter, struct rng *rng)
{
	for (size_t v = 0; v < s->n_voices; v++)
		for (size_t i = 0; i < s->voices[v].n_notes; i++) {
			struct note *n = &s->voices[v].notes[i];
			double off = rng_double(rng) + rng_double(rng) + rng_double(rng) - 1.5;
			n->velocity = 80;
			n->start_beats = fmax(0, n->start_beats + 2 * jitter * off);
		}
	s->n_keys = s->n_meters = 0;
	score_sort(s);
}

static void judge(const struct listening *l, const struct truth *t, struct card *c)
{
	const struct key_guess *k = &l->key.guesses[0];
	const struct meter_guess *m = &l->meter.guesses[0];
	bool same = k->tonic == t->tonic && key_mode_is_minor(k->mode) == key_mode_is_minor(t->mode);
	c->n++;
	c->key += same;
	c->mode += same && k->mode == t->mode;
	c->meter += m->num == t->meter.num && m->den == t->meter.den;
	c->bar += fabs(m->bar_beats - score_bar_beats(&t->meter)) < 1e-6;
	c->chords += l->chords.stated_same;
}

static int hear_one(const char *style, const char *meter_name, uint64_t seed, double jitter, struct card *c, struct err *err)
{
	AUTO(score) s = NULL;
	struct listening l;
	struct rng rng;
	rng_init(&rng, seed);
	struct truth truth = { 0, KEY_MAJOR, { 0, 4, 4 } };
	int code = make_piece(style, meter_name, seed, &truth, &s, err);
	if (code < 0)
		return code;
	make_plain(s, jitter, &rng);
	code = score_listen(s, LISTEN_KEY | LISTEN_METER | LISTEN_CHORDS, NULL, NULL, &l, err);
	if (code < 0)
		return code;
	if (l.key.n_guesses && l.meter.n_guesses)
		judge(&l, &truth, c);
	listening_done(&l);
	return 0;
}

static double share(double part, double n)
{
	return n > 0 ? 100 * part / n : 0;
}

static void print_card(const char *name, const struct card *c)
{
	printf("%-10s %4.0f pieces: key %.1f %%, mode %.1f %%, meter %.1f %%, bar %.1f %%, chords on %.1f %% of the time\n", name, c->n, share(c->key, c->n), share(c->mode, c->n),
	       share(c->meter, c->n), share(c->bar, c->n), share(c->chords, c->n));
}

static void add_card(struct card *to, const struct card *c)
{
	to->n += c->n;
	to->key += c->key;
	to->mode += c->mode;
	to->meter += c->meter;
	to->bar += c->bar;
	to->chords += c->chords;
}

int main(int argc, char **argv)
{
	static const char *const meters[] = { "4/4", "3/4", "6/8" };
	double jitter = 0;
	long n = 30;
	struct card all = { 0 };
	for (int i = 1; i < argc; i++) {
		if (str_eq(argv[i], "--jitter") && i + 1 < argc)
			jitter = strtod(argv[++i], NULL);
		else
			n = strtol(argv[i], NULL, 10);
	}
	for (size_t k = 0; progression_styles[k]; k++) {
		struct card c = { 0 };
		struct err err = ERR_INIT;
		for (long i = 0; i < n; i++)
			if (hear_one(progression_styles[k], meters[i % 3], (uint64_t)(i + 1), jitter, &c, &err) < 0) {
				fprintf(stderr, "%s\n", err_msg(&err));
				return 2;
			}
		print_card(progression_styles[k], &c);
		add_card(&all, &c);
	}
	print_card("all", &all);
	return share(all.key, all.n) < KEY_PROMISE || share(all.bar, all.n) < METER_PROMISE || share(all.chords, all.n) < CHORD_PROMISE;
}

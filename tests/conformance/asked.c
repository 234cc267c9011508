/*
 * asked.c - how often what the learned model writes is heard in the key that was asked for.
 *
 *   build/tests/conformance/asked models/tunes.weights [N]
 *
 * N tunes of 16 bars for each mode and each of eight forms and meters, in all keys by turns, and 8 bars that go on from each. They are heard
 * without their key, meter and accents (key_find.h, which was fitted on other tunes than these). Right is tonic and third, and then the scale as
 * well; surprise is what the model itself needed for what it wrote. Exit status 1 when fewer are right than promised below.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"
#include "model/tunes.h"
#include "music/key_find.h"

static const struct {
	const char *meter;
	enum tune_form form;
} kinds[] = { { "4/4", TUNE_ANY }, { "4/4", TUNE_REEL }, { "2/4", TUNE_HORNPIPE }, { "3/4", TUNE_ANY },
	      { "6/8", TUNE_JIG }, { "9/8", TUNE_SLIP_JIG }, { "12/8", TUNE_ANY }, { "3/2", TUNE_ANY } };
static const struct {
	enum key_mode mode;
	double promise, promise_on; /* per cent: tonic, third and scale of new tunes, tonic and third of what goes on from them */
} modes[TUNE_MODES] = { { KEY_MAJOR, 98, 95 }, { KEY_MINOR, 94, 88 }, { KEY_DORIAN, 88, 78 }, { KEY_MIXOLYDIAN, 97, 92 } };

struct card {
	double n, key, mode, on, bits;
};

/* 0 where the key is another, 1 where tonic and third are right, 2 where the scale is, too. */
static int hear(struct score *s, int tonic, enum key_mode mode, struct err *err)
{
	struct key_report r;
	s->n_keys = s->n_meters = 0;
	for (size_t i = 0; i < s->voices[0].n_notes; i++)
		s->voices[0].notes[i].velocity = 80;
	int code = key_find(s, &r, err);
	if (code < 0 || !r.n_guesses)
		return code;
	const struct key_guess *g = &r.guesses[0];
	bool same = g->tonic == tonic && key_mode_is_minor(g->mode) == key_mode_is_minor(mode);
	code = same ? 1 + (g->mode == mode) : 0;
	key_report_done(&r);
	return code;
}

static int ask_one(const struct tune_net *net, int mode, size_t kind, uint64_t seed, struct card *c, struct err *err)
{
	struct tunes_sample_params p;
	struct tunes_continue_params more;
	struct tunes_report r;
	AUTO(score) s = NULL;
	AUTO(score) on = NULL;
	int heard = 0, heard_on = 0, code = model_params_read(&tunes_sample_table, NULL, &p, err);
	if (code == 0)
		code = model_params_read(&tunes_continue_table, NULL, &more, err);
	p.mode = mode;
	p.form = kinds[kind].form;
	p.key = (int64_t)((seed + 5 * kind) % 12);
	for (int m = 0; m < TUNE_METERS; m++)
		p.meter = str_eq(tune_meter_names[m], kinds[kind].meter) ? m : p.meter;
	if (code == 0)
		code = tunes_sample(net, &p, seed, NULL, &s, &r, err);
	if (code == 0)
		code = tunes_continue(net, s, &more, seed, NULL, &on, NULL, err);
	if (code == 0)
		code = heard = hear(s, (int)p.key, modes[mode].mode, err);
	if (code >= 0)
		code = heard_on = hear(on, (int)p.key, modes[mode].mode, err);
	if (code < 0)
		return code;
	c->n++;
	c->key += heard > 0;
	c->mode += heard > 1;
	c->on += heard_on > 0;
	c->bits += r.bits_per_token;
	return 0;
}

static void print_card(const char *what, const char *meter, const struct card *c)
{
	printf("%-10s %-5s %4.0f tunes: key %5.1f %%, and mode %5.1f %%; going on %5.1f %%; %.2f bits a token\n", what, meter, c->n,
	       100 * c->key / c->n, 100 * c->mode / c->n, 100 * c->on / c->n, c->bits / c->n);
}

static int ask_mode(const struct tune_net *net, int mode, long n, struct card *ret, struct err *err)
{
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		struct card c = { 0 };
		for (long i = 0; i < n; i++) {
			int code = ask_one(net, mode, k, (uint64_t)i, &c, err);
			if (code < 0)
				return code;
		}
		print_card(tune_mode_names[mode], kinds[k].meter, &c);
		*ret = (struct card){ ret->n + c.n, ret->key + c.key, ret->mode + c.mode, ret->on + c.on, ret->bits + c.bits };
	}
	print_card(tune_mode_names[mode], "all", ret);
	return 0;
}

int main(int argc, char **argv)
{
	AUTO(tune_net) net = NULL;
	struct tune_weights *w = NULL;
	struct err err = ERR_INIT;
	bool kept = true;
	long n = argc > 2 ? strtol(argv[2], NULL, 10) : 25;
	if (argc < 2 || n < 1) {
		fprintf(stderr, "usage: asked WEIGHTS [N]\n");
		return 2;
	}
	int code = tune_weights_read(argv[1], &w, &err);
	if (code == 0)
		code = tune_net_new(w, &net, &err);
	for (int mode = 0; code == 0 && mode < TUNE_MODES; mode++) {
		struct card c = { 0 };
		code = ask_mode(net, mode, n, &c, &err);
		kept = kept && 100 * c.mode >= modes[mode].promise * c.n && 100 * c.on >= modes[mode].promise_on * c.n;
	}
	if (code < 0)
		fprintf(stderr, "%s\n", err_msg(&err));
	return code < 0 ? 2 : !kept;
}

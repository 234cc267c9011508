/*
 * main.c - hoot-train: learns the model `tunes` from a folder of ABC files.
 */
#include "train.h"

#include "base/program.h"
#include "have.h"
#include "model/tune_weights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static const struct config_key keys[] = {
	{ .name = "train.out", .type = CONFIG_PATH, .flag = "out", .value = "tunes.weights",
	  .doc = "The file for the weights; it always holds the best so far." },
	{ .name = "train.from", .type = CONFIG_PATH, .flag = "from", .doc = "Weights to go on from; unset, it begins anew." },
	{ .name = "train.judge", .type = CONFIG_PATH, .flag = "judge",
	  .doc = "Learn nothing: tell how well these weights and the Markov model predict the tunes kept back." },
	{ .name = "train.steps", .type = CONFIG_INT, .flag = "steps", .value = "4000", .min = 1, .max = 10000000,
	  .doc = "Steps of the optimiser." },
	{ .name = "train.every", .type = CONFIG_INT, .flag = "every", .value = "100", .min = 1, .max = 1000000,
	  .doc = "Steps from one evaluation to the next." },
	{ .name = "train.tokens", .type = CONFIG_INT, .flag = "tokens", .value = "3000", .min = 16, .max = 65536,
	  .doc = "Tokens a step, at least; tunes are taken whole." },
	{ .name = "train.layers", .type = CONFIG_INT, .flag = "layers", .value = "4", .min = 1, .max = TUNE_LAYERS_MAX,
	  .doc = "Layers of the network." },
	{ .name = "train.width", .type = CONFIG_INT, .flag = "width", .value = "160", .min = 32, .max = 512,
	  .doc = "Width of the network, a multiple of 32; a head has 32." },
	{ .name = "train.hidden", .type = CONFIG_INT, .flag = "hidden", .value = "640", .min = 32, .max = 2048,
	  .doc = "Width inside a layer, a multiple of 32." },
	{ .name = "train.rate", .type = CONFIG_NUMBER, .flag = "rate", .value = "0.002", .min = 1e-7, .max = 1,
	  .doc = "The highest rate of learning; it rises to it and then falls." },
	{ .name = "train.decay", .type = CONFIG_NUMBER, .flag = "decay", .value = "0.1", .min = 0, .max = 10,
	  .doc = "How strongly weights are drawn to zero." },
	{ .name = "train.dropout", .type = CONFIG_NUMBER, .flag = "dropout", .value = "0.2", .min = 0, .max = 0.9,
	  .doc = "Share of values left out at random while it learns." },
	{ .name = "train.seed", .type = CONFIG_INT, .flag = "seed", .value = "1", .min = 0, .max = 9007199254740992.0,
	  .doc = "Seed of the first weights, the order of the tunes and what is left out." },
};
static const char *const examples[] = {
	"hoot-train ~/tunes --out tunes.weights",
	"hoot-train ~/tunes --steps 200 --layers 2 --width 64 --hidden 128 --out small.weights",
	"hoot-train ~/tunes --judge tunes.weights",
	NULL,
};

static void describe(const struct corpus *c)
{
	static const char *const parts[CORPUS_PARTS] = { "to learn from", "to watch", "held out" };
	printf("%zu tunes in %zu files; %zu left out, %zu of them there twice\n", c->n_seen, c->n_files, c->n_left_out, c->n_same);
	for (int i = 0; i < CORPUS_PARTS; i++)
		printf("%zu tunes, %zu tokens %s\n", c->n_tunes[i], c->n_tokens[i], parts[i]);
}

/* The best of a few orders and discounts, chosen on the watched part. */
static int judge_markov(const struct corpus *c, bool adapts, double *ret, struct err *err)
{
	double best = 1e9;
	int order = 0, r = 0;
	double discount = 0;
	for (int k = 2; r == 0 && k <= 12; k += 2)
		for (double d = 0.65; r == 0 && d < 0.96; d += 0.05) {
			double bits = 0;
			r = train_markov_bits(c, CORPUS_WATCH, k, d, adapts, &bits, err);
			if (bits < best) {
				best = bits;
				order = k;
				discount = d;
			}
		}
	if (r == 0)
		r = train_markov_bits(c, CORPUS_HELD_OUT, order, discount, adapts, ret, err);
	if (r == 0)
		printf("Markov, order %d, discount %.2f%s: %.4f bits a token held out\n", order, discount,
		       adapts ? ", learning on while it is judged" : "", *ret);
	return r;
}

static int judge(const struct corpus *c, const char *path, struct err *err)
{
	AUTO(tune_weights) w = NULL;
	AUTO(net) n = NULL;
	double watch, held, still, adapting;
	int r = tune_weights_read(path, &w, err);
	if (r == 0)
		r = net_new(&w->shape, 0, &n, err);
	if (r < 0)
		return r;
	float AUTO_MEM *weights = mem_new_array(tune_n_weights(&w->shape), sizeof(float));
	if (!weights)
		return err_set(err, -ENOMEM, "weights");
	tune_weights_expand(w, weights);
	net_import(n, weights);
	r = train_bits(n, c, CORPUS_WATCH, &watch, err);
	if (r == 0)
		r = train_bits(n, c, CORPUS_HELD_OUT, &held, err);
	if (r < 0)
		return r;
	printf("%s\n%zu weights, %u layers of %u\n%.4f bits a token watched, %.4f held out\n", w->note,
	       tune_n_weights(&w->shape), w->shape.layers, w->shape.dim, watch, held);
	r = judge_markov(c, false, &still, err);
	if (r == 0)
		r = judge_markov(c, true, &adapting, err);
	if (r == 0)
		printf("%.1f %% and %.1f %% below them\n", 100 * (1 - held / still), 100 * (1 - held / adapting));
	return r;
}

static int run(const struct config *c, struct err *err)
{
	AUTO(corpus) corpus = NULL;
	char words[256];
	if (config_arg_count(c) != 1)
		return err_set(err, -EINVAL, "name one folder of ABC files");
	int64_t width = config_int(c, "train.width");
	const char *from = program_text(c, "train.from"), *judged = program_text(c, "train.judge");
	struct train_options o = {
		.shape = { (uint16_t)width, (uint16_t)config_int(c, "train.layers"), (uint16_t)(width / 32),
			   (uint16_t)config_int(c, "train.hidden") },
		.seed = (uint64_t)config_int(c, "train.seed"),
		.steps = (size_t)config_int(c, "train.steps"),
		.batch_tokens = (size_t)config_int(c, "train.tokens"),
		.evaluate_every = (size_t)config_int(c, "train.every"),
		.rate = (float)config_number(c, "train.rate"),
		.decay = (float)config_number(c, "train.decay"),
		.dropout = (float)config_number(c, "train.dropout"),
		.out = config_string(c, "train.out"),
		.from = from,
		.words = words,
	};
	(void)snprintf(words, sizeof(words),
		       "hoot-train --layers %u --width %u --hidden %u --steps %zu --tokens %zu --rate %g --decay %g --dropout %g --seed %llu",
		       o.shape.layers, o.shape.dim, o.shape.hidden, o.steps, o.batch_tokens, (double)o.rate, (double)o.decay,
		       (double)o.dropout, (unsigned long long)o.seed);
	int r = corpus_read(config_arg(c, 0), &corpus, err);
	if (r < 0)
		return r;
	describe(corpus);
	if (judged)
		return judge(corpus, judged, err);
	struct train_result result;
	r = train_run(corpus, &o, &result, err);
	if (r == 0)
		printf("best at step %zu: %.4f bits a token watched, %.4f held out; kept in %s\n", result.best_step,
		       result.watch_bits, result.held_out_bits, o.out);
	return r;
}

int main(int argc, char **argv)
{
	const struct config_setup setup = {
		.program = "hoot-train",
		.about = "Learns the model `tunes` from a folder of ABC files, on one processor core.",
		.usage = "[OPTIONS] FOLDER",
		.examples = examples,
		.keys = keys,
		.n_keys = COUNT_OF(keys),
		.argc = argc,
		.argv = argv,
	};
	return program_main(&setup, HOOT_VERSION, run);
}

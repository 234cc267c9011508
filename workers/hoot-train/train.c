#include "train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adam.h"
#include "base/clock.h"
#include "base/fs.h"
#include "batch.h"
#include "model/tune_markov.h"
#include "model/tune_weights.h"

#include "base/banned.h"

#define WARM_STEPS 150
#define CLIP 1.0f
#define EVALUATE_TOKENS 4096

struct training {
	const struct corpus *corpus;
	const struct train_options *o;
	struct net *net;
	struct tune_weights *from; /* NULL: begun anew */
	struct adam adam;
	struct rng rng;
	uint32_t *order; /* of the tunes that are learned from */
	size_t n_order, next, epoch;
	double best, sum;
	size_t n_targets;
	float *weights, *params; /* exported; those of the net while the mean stands in their place */
	int64_t began_ns;
};

int train_bits(struct net *n, const struct corpus *c, enum corpus_part part, double *ret, struct err *err)
{
	AUTO_BATCH b = { 0 };
	struct rng rng;
	double sum = 0;
	size_t count = 0;
	int r = 0;
	rng_init(&rng, 0);
	for (size_t i = 0; r == 0 && i < c->n; i++) {
		if (c->tunes[i].part == part)
			r = batch_add_whole(&b, &c->tunes[i], err);
		if (r == 0 && b.n && (b.n > EVALUATE_TOKENS || i + 1 == c->n)) {
			struct net_batch view = batch_view(&b);
			double s;
			size_t k;
			r = net_loss(n, &view, 0, &rng, false, &s, &k, err);
			sum += s;
			count += k;
			batch_clear(&b);
		}
	}
	if (r == 0)
		*ret = count ? sum / (double)count / M_LN2 : 0;
	return r;
}

int train_markov_bits(const struct corpus *c, enum corpus_part part, int order, double discount, bool adapts, double *ret,
		      struct err *err)
{
	AUTO(markov) m = markov_new(order, discount);
	double bits = 0;
	size_t count = 0;
	if (!m)
		return err_set(err, -ENOMEM, "Markov model");
	for (int judge = 0; judge < 2; judge++) {
		for (size_t i = 0; i < c->n; i++) {
			const struct corpus_tune *t = &c->tunes[i];
			if (t->part != (judge ? part : CORPUS_TRAIN))
				continue;
			for (size_t k = 0; k < t->stream.n; k++) {
				if (judge && k >= 3) {
					bits -= log2(markov_p(m, t->stream.v, k));
					count++;
				}
				if ((!judge || adapts) && markov_learn(m, t->stream.v, k) < 0)
					return err_set(err, -ENOMEM, "Markov model");
			}
		}
	}
	*ret = count ? bits / (double)count : 0;
	return 0;
}

static void shuffle(struct training *t)
{
	for (size_t i = t->n_order; i-- > 1;) {
		size_t k = (size_t)rng_below(&t->rng, i + 1);
		uint32_t x = t->order[i];
		t->order[i] = t->order[k];
		t->order[k] = x;
	}
	t->next = 0;
	t->epoch++;
}

static int fill_batch(struct training *t, struct batch *b, struct err *err)
{
	int r = 0;
	batch_clear(b);
	while (r == 0 && b->n < t->o->batch_tokens) {
		if (t->next >= t->n_order)
			shuffle(t);
		r = batch_add_variant(b, &t->corpus->tunes[t->order[t->next++]], &t->rng, err);
	}
	return r;
}

static int save(struct training *t, double watch, size_t step, struct err *err)
{
	char note[TUNE_NOTE_MAX];
	const char *after = t->from ? t->from->note : "";
	uint8_t AUTO_MEM *bytes = NULL;
	size_t n = 0;
	(void)snprintf(note, sizeof(note),
		       "%s; step %zu; %zu tunes, %zu tokens learned from; %.4f bits a token on %zu watched tunes%s%.500s",
		       t->o->words, step, t->corpus->n_tunes[CORPUS_TRAIN], t->corpus->n_tokens[CORPUS_TRAIN], watch,
		       t->corpus->n_tunes[CORPUS_WATCH], *after ? "; after " : "", after);
	net_export(t->net, t->weights);
	int r = tune_weights_write(&t->o->shape, note, t->weights, &bytes, &n, err);
	return r == 0 ? fs_write_atomic(t->o->out, bytes, n, 0644, err) : r;
}

/* Judges the mean of the weights; keeps it where it is the best so far. */
static int evaluate(struct training *t, size_t step, struct train_result *ret, struct err *err)
{
	double watch = 0, held = 0;
	size_t bytes = t->adam.n * sizeof(float);
	memcpy(t->params, net_params(t->net), bytes);
	memcpy(net_params(t->net), t->adam.mean, bytes);
	int r = train_bits(t->net, t->corpus, CORPUS_WATCH, &watch, err);
	bool best = r == 0 && watch < t->best;
	if (best)
		r = train_bits(t->net, t->corpus, CORPUS_HELD_OUT, &held, err);
	if (r == 0 && best) {
		t->best = watch;
		*ret = (struct train_result){ watch, held, step };
		r = save(t, watch, step, err);
	}
	memcpy(net_params(t->net), t->params, bytes);
	double learned = t->n_targets ? t->sum / (double)t->n_targets / M_LN2 : 0;
	if (r == 0 && !t->o->quiet)
		printf("%7.0f s  step %zu of %zu  epoch %zu  learning %.4f  watched %.4f%s  bits a token\n",
		       (double)(clock_monotonic_ns(clock_system()) - t->began_ns) / 1e9, step, t->o->steps, t->epoch, learned, watch,
		       best ? "  kept" : "");
	(void)fflush(stdout);
	t->sum = 0;
	t->n_targets = 0;
	return r;
}

static int learn(struct training *t, struct train_result *ret, struct err *err)
{
	AUTO_BATCH b = { 0 };
	int r = 0;
	for (size_t step = 0; r == 0 && step < t->o->steps; step++) {
		double sum = 0;
		size_t n = 0;
		r = fill_batch(t, &b, err);
		struct net_batch view = batch_view(&b);
		if (r == 0)
			r = net_loss(t->net, &view, t->o->dropout, &t->rng, true, &sum, &n, err);
		if (r < 0)
			return r;
		struct adam_rates rates = { adam_rate(t->o->rate, step, WARM_STEPS, t->o->steps), t->o->decay, CLIP };
		(void)adam_step(&t->adam, t->net, &rates); /* the gradient's length is for the curious */
		t->sum += sum;
		t->n_targets += n;
		if ((step + 1) % t->o->evaluate_every == 0 || step + 1 == t->o->steps)
			r = evaluate(t, step + 1, ret, err);
	}
	return r;
}

static int begin(struct training *t, struct err *err)
{
	const struct corpus *c = t->corpus;
	int r = net_new(&t->o->shape, t->o->seed, &t->net, err);
	if (r == 0)
		r = adam_init(&t->adam, t->net, err);
	if (r < 0)
		return r;
	t->order = mem_new_array(c->n, sizeof(*t->order));
	t->weights = mem_new_array(tune_n_weights(&t->o->shape), sizeof(float));
	t->params = mem_new_array(t->adam.n, sizeof(float));
	if (!t->order || !t->weights || !t->params)
		return err_set(err, -ENOMEM, "training");
	for (size_t i = 0; i < c->n; i++) {
		if (c->tunes[i].part == CORPUS_TRAIN)
			t->order[t->n_order++] = (uint32_t)i;
	}
	if (t->n_order == 0)
		return err_set(err, -EINVAL, "none of the tunes is to be learned from");
	t->next = t->n_order;
	rng_split(&t->rng, t->o->seed, 1);
	return 0;
}

static int take_from(struct training *t, struct err *err)
{
	int r = tune_weights_read(t->o->from, &t->from, err);
	if (r < 0)
		return r;
	if (memcmp(&t->from->shape, &t->o->shape, sizeof(t->from->shape)) != 0)
		return err_set(err, -EINVAL, "'%s' has another shape", t->o->from);
	tune_weights_expand(t->from, t->weights);
	net_import(t->net, t->weights);
	return 0;
}

int train_run(const struct corpus *c, const struct train_options *o, struct train_result *ret, struct err *err)
{
	struct training t = { .corpus = c, .o = o, .best = 1e9, .began_ns = clock_monotonic_ns(clock_system()) };
	struct train_result result = { 0 };
	int r = begin(&t, err);
	if (r == 0 && o->from)
		r = take_from(&t, err);
	if (r == 0)
		r = learn(&t, &result, err);
	if (r == 0)
		*ret = result;
	net_free(t.net);
	tune_weights_free(t.from);
	adam_done(&t.adam);
	free(t.order);
	free(t.weights);
	free(t.params);
	return r;
}

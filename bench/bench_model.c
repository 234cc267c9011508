/*
 * bench_model.c - the learned model: tokens a second of one core's time, in the build for this processor and in the plain one, and how long a
 * tune takes.
 *
 * Prints JSON lines {"name", "ours", "reference", "unit", "ratio", "target"}; there is nothing public to compare with.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "model/tunes.h"

#define STEPS 400 /* the length of a long tune */
#define ROUNDS 7

static void print(const char *name, double ours, const char *unit, const char *target)
{
	printf("{\"name\": \"%s\", \"ours\": %.1f, \"reference\": null, \"unit\": \"%s\", \"ratio\": null, \"target\": %s}\n", name, ours,
	       unit, target);
}

/* Of this thread on a processor. */
static double seconds(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t); /* Linux has it */
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Tokens a second over the length of a tune, at best. */
static double rate(const struct tune_net *net, int build)
{
	AUTO(tune_run) run = NULL;
	float logits[TUNE_TOKENS];
	double best = 0;
	if (tune_run_new(net, STEPS, &run, NULL) < 0)
		exit(1);
	tune_run_use_build(run, build);
	for (int round = 0; round < ROUNDS; round++) {
		struct tune_state s;
		struct tune_step step;
		tune_state_init(&s);
		double from = seconds();
		tune_run_back(run, 0);
		for (int i = 0; i < STEPS; i++) {
			static const int tokens[3] = { TUNE_TOKEN_MODE, TUNE_TOKEN_METER, TUNE_TOKEN_FORM };
			int token = i < 3 ? tokens[i] : s.pos == s.bar_units ? TUNE_TOKEN_BAR : tune_note(7, TUNE_DEGREE_0 + i % 20);
			tune_state_push(&s, token);
			tune_step_of(&s, token, 0, 0, -1, &step);
			if (tune_run_step(run, &step, logits, NULL) < 0)
				exit(1);
		}
		double r = STEPS / (seconds() - from);
		best = r > best ? r : best;
	}
	return best;
}

static double sample_ms(const struct tune_net *net)
{
	struct tunes_sample_params p;
	double best = 1e9;
	(void)model_params_read(&tunes_sample_table, NULL, &p, NULL); /* defaults are always right */
	p.bars = 32;
	for (uint64_t seed = 0; seed < ROUNDS; seed++) {
		AUTO(score) s = NULL;
		double from = seconds();
		if (tunes_sample(net, &p, seed, NULL, &s, NULL, NULL) < 0)
			exit(1);
		double ms = (seconds() - from) * 1e3;
		best = ms < best ? ms : best;
	}
	return best;
}

int main(void)
{
	struct tune_weights *w = NULL;
	AUTO(tune_net) net = NULL;
	struct err err = ERR_INIT;
	if (tune_weights_read(TUNES "/../../models/tunes.weights", &w, &err) < 0 || tune_net_new(w, &net, &err) < 0) {
		fprintf(stderr, "bench_model: %s\n", err_msg(&err));
		return 1;
	}
	print("model.tunes_tokens", rate(net, tune_run_best_build()), "tokens/s", "\">= 2000\"");
	print("model.tunes_tokens_plain", rate(net, 0), "tokens/s", "\">= 2000\"");
	print("model.tunes_32_bars", sample_ms(net), "ms", "null");
	return 0;
}

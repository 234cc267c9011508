/*
 * bench_generate.c - how long every generator takes for 32 bars (the rule, Markov and oracle families).
 *
 * Usage:  bench_generate [FOLDER]; the folder holds country-waltz.abc (the examples when it is left out), which those that need a
 *         piece are given.
 * Prints JSON lines {"name", "ours", "unit", "target"}: the best of five rounds with seeds of their own, in ms of one core's time. Below the target
 * of 50 ms is good.
 */
#include "base/fs.h"
#include "base/str.h"
#include "model/bridge.h"
#include "model/drums.h"
#include "model/euclid.h"
#include "model/generator.h"
#include "model/style.h"
#include "model/variation.h"
#include "music/abc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS 5

static int64_t cpu_ns(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* Linux has it */
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void die(const char *what)
{
	fprintf(stderr, "bench_generate: %s\n", what);
	exit(1);
}

static struct score *piece(const char *folder, const char *name)
{
	struct err err = ERR_INIT;
	char AUTO_MEM *path = fs_join(folder, name);
	char AUTO_MEM *text = NULL;
	size_t n;
	struct abc_report report = ABC_REPORT_INIT;
	const struct abc_pick pick = { false, 0, 0 };
	struct score *s = NULL;
	if (!path || fs_read(path, 1 << 20, &text, &n, &err) < 0 || abc_parse(text, n, &pick, &s, &report, &err) < 0)
		die(err.msg);
	abc_report_done(&report);
	return s;
}

static void say(const char *verb, const char *model, int64_t best_ns)
{
	printf("{\"name\": \"generate.%s%s%s\", \"ours\": %.3f, \"unit\": \"ms\", \"target\": \"<= 50\"}\n", verb, *verb ? "_" : "", model,
	       (double)best_ns / 1e6);
}

static bool has_bars(const struct model_table *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (str_eq(t->rows[i].name, "bars"))
			return true;
	return false;
}

static void time_generator(const char *verb, const struct generator *g, const struct score *input)
{
	int64_t best = INT64_MAX;
	AUTO_JSON json_t *params = has_bars(g->table) ? json_pack("{s:i}", "bars", 32) : NULL;
	for (int round = 0; round < ROUNDS; round++) {
		struct generated made = { 0 };
		struct err err = ERR_INIT;
		int64_t begin = cpu_ns();
		if (generator_run(g, params, &input, g->inputs_min ? 1 : 0, (uint64_t)round, NULL, &made, &err) < 0)
			die(err.msg);
		int64_t took = cpu_ns() - begin;
		best = took < best ? took : best;
		generated_done(&made);
	}
	say(verb, g->model, best);
}

static int64_t time_drums(uint64_t seed)
{
	struct drums_params p;
	struct score *s = NULL;
	if (model_params_read(&drums_table, NULL, &p, NULL) < 0)
		die("drums");
	p.bars = 32;
	p.density = 1;
	int64_t begin = cpu_ns();
	if (drums_make(&p, NULL, seed, NULL, &s, NULL, NULL) < 0)
		die("drums");
	score_free(s);
	return cpu_ns() - begin;
}

static int64_t time_euclid(uint64_t seed)
{
	struct euclid_params p;
	struct score *s = NULL;
	if (model_params_read(&euclid_table, NULL, &p, NULL) < 0)
		die("euclid");
	p.bars = 32;
	int64_t begin = cpu_ns();
	if (euclid_make(&p, seed, NULL, &s, NULL, NULL) < 0)
		die("euclid");
	score_free(s);
	return cpu_ns() - begin;
}

static int64_t time_bridge(const struct score *from, const struct score *to, uint64_t seed)
{
	struct bridge_params p;
	struct score *s = NULL;
	if (model_params_read(&bridge_table, NULL, &p, NULL) < 0)
		die("bridge");
	p.bars = 32;
	int64_t begin = cpu_ns();
	if (bridge_make(from, to, &p, seed, NULL, &s, NULL, NULL) < 0)
		die("bridge");
	score_free(s);
	return cpu_ns() - begin;
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int main(int argc, char **argv)
{
	const char *folder = argc > 1 ? argv[1] : TUNES;
	AUTO(score) waltz = piece(folder, "country-waltz.abc");
	AUTO(score) reel = piece(folder, "soldiers-joy.abc");
	int64_t drums = INT64_MAX, euclid = INT64_MAX, bridge = INT64_MAX;
	for (uint64_t round = 0; round < ROUNDS; round++) {
		drums = least(drums, time_drums(round));
		euclid = least(euclid, time_euclid(round));
		bridge = least(bridge, time_bridge(reel, waltz, round));
	}
	say("", DRUMS_MODEL, drums);
	say("", EUCLID_MODEL, euclid);
	say("bridge", BRIDGE_MODEL, bridge);
	time_generator("continue", &markov_continue, waltz);
	time_generator("continue", &oracle_continue, waltz);
	time_generator("sample", &markov_sample, waltz);
	time_generator("sample", &oracle_sample, waltz);
	time_generator("", &variation_generator, waltz);
	for (size_t i = 0; harmony_generators[i]; i++)
		time_generator("", harmony_generators[i], waltz);
	return 0;
}

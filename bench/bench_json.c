/*
 * bench_json.c - our JSON writer and parser beside jansson's, on the same trees and texts in the same run.
 *
 * Prints JSON lines {"name", "ours", "reference", "unit", "ratio", "target"}; ratio = ours / reference, below 1 is faster.
 * Each figure is the best of several rounds that alternate between the two.
 */
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/rng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 7
#define BUDGET_NS (30 * NS_PER_MS)

struct work {
	json_t *tree;
	const char *text;
	size_t n;
	struct strbuf out;
};

static void ours_write(struct work *w)
{
	strbuf_clear(&w->out);
	if (json_write(&w->out, w->tree, JSON_OUT_COMPACT) < 0)
		abort();
}

/* With enough digits that doubles survive, as ours do. */
static void jansson_write(struct work *w)
{
	char *s = json_dumps(w->tree, JSON_COMPACT | JSON_REAL_PRECISION(17));
	if (!s)
		abort();
	free(s);
}

static void ours_parse(struct work *w)
{
	json_t *j = NULL;
	if (json_parse(w->text, w->n, &j, NULL) < 0)
		abort();
	json_decref(j);
}

static void jansson_parse(struct work *w)
{
	json_t *j = json_loadb(w->text, w->n, JSON_REJECT_DUPLICATES, NULL);
	if (!j)
		abort();
	json_decref(j);
}

static double time_ns(void (*step)(struct work *), struct work *w)
{
	int64_t begin = clock_monotonic_ns(clock_system()), now;
	long n = 0;
	do {
		for (int i = 0; i < 16; i++)
			step(w);
		n += 16;
		now = clock_monotonic_ns(clock_system());
	} while (now - begin < BUDGET_NS);
	return (double)(now - begin) / (double)n;
}

static void compare(const char *what, const char *name, void (*ours)(struct work *), void (*theirs)(struct work *),
		    struct work *w)
{
	double a = 0, b = 0;
	for (int i = 0; i < ROUNDS; i++) {
		double x = time_ns(ours, w), y = time_ns(theirs, w);
		a = i == 0 || x < a ? x : a;
		b = i == 0 || y < b ? y : b;
	}
	printf("{\"name\": \"json %s %s\", \"ours\": %.0f, \"reference\": %.0f, \"unit\": \"ns\", \"ratio\": %.3f, "
	       "\"target\": \"1 (jansson)\"}\n",
	       what, name, a, b, a / b);
	fflush(stdout);
}

static json_t *numbers(void)
{
	struct rng r;
	rng_init(&r, 1);
	json_t *a = json_array();
	for (int i = 0; i < 1000; i++)
		json_array_append_new(a, json_real(i % 2 ? rng_double(&r) : (double)rng_range(&r, 0, 100000) / 480));
	return a;
}

static json_t *texts(void)
{
	json_t *a = json_array();
	for (int i = 0; i < 200; i++)
		json_array_append_new(a, json_string("the reel of the morning, with a \"turn\" before the caf\xc3\xa9\n"));
	return a;
}

static json_t *message(void)
{
	return json_pack("{s:s,s:s,s:s,s:{s:s,s:f,s:f,s:s,s:b,s:[s,s,s],s:{s:s,s:f},s:i}}", "id",
		"018c7e3a-5b1f-7a3e-9c41-0f5d2b6a7c88", "actor", "agent:fiddler", "traceparent",
		"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "payload", "type", "region_create",
		"position_beats", 64.0, "duration_beats", 32.5, "output", "mix:in", "latent", 1, "tags", "reel", "trad",
		"second part", "mix_in", "kind", "equal_power", "beats", 4.0, "revision", 1234);
}

int main(void)
{
	static const struct {
		const char *name;
		json_t *(*make)(void);
	} works[] = { { "message", message }, { "1000 doubles", numbers }, { "200 texts", texts } };
	for (size_t i = 0; i < COUNT_OF(works); i++) {
		json_t *tree AUTO_JSON = works[i].make();
		char *text AUTO_MEM = tree ? json_text(tree, JSON_OUT_COMPACT) : NULL;
		if (!text)
			return 1;
		struct work w = { tree, text, strlen(text), STRBUF_INIT };
		compare("write", works[i].name, ours_write, jansson_write, &w);
		compare("parse", works[i].name, ours_parse, jansson_parse, &w);
		strbuf_done(&w.out);
	}
	return 0;
}

/*
 * bench_codec.c - the codec beside jansson on the same message: encoding beside building a tree and dumping it,
 * decoding beside parsing and looking every field up.
 *
 * Prints one JSON object a line: nanoseconds a message and the ratio (ours / theirs, below 1 is faster).
 */
#include "base/mem.h"
#include "wire/codec.h"
#include "wire/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS    5
#define BUDGET_NS 60000000LL

static int64_t now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

struct work {
	const struct wire_object *desc;
	struct wire_arena arena, scratch;
	void *value;
	json_t *tree;
	struct strbuf text;
	char *dumped;
};

typedef void work_fn(struct work *w);

static void ours_encode(struct work *w)
{
	struct err err = ERR_INIT;
	strbuf_clear(&w->text);
	if (wire_encode(w->desc, w->value, &w->text, &err) < 0)
		abort();
}

static void must(int r)
{
	if (r < 0)
		abort();
}

static json_t *build(const struct wire_object *desc, const char *base);

static json_t *build_one(const struct wire_field *f, const char *p)
{
	int v;
	switch (f->kind) {
	case WIRE_BOOL:
		return json_boolean(*(const bool *)p);
	case WIRE_INT:
		return json_integer(*(const int64_t *)p);
	case WIRE_NUM:
		return json_real(*(const double *)p);
	case WIRE_ENUM:
		memcpy(&v, p, sizeof(v));
		return json_string(f->en->values[v].name);
	case WIRE_OBJ:
		return build(f->obj, p);
	case WIRE_JSON:
		return json_incref(*(json_t *const *)p);
	default:
		return json_string(*(const char *const *)p);
	}
}

/* What a program without a codec does: a tree, field by field. */
static json_t *build(const struct wire_object *desc, const char *base)
{
	json_t *j = json_object();
	for (size_t i = 0; i < desc->n; i++) {
		const struct wire_field *f = &desc->fields[i];
		const char *p = base + f->offset;
		if (f->presence == WIRE_OPT &&
		    !*(const bool *)(p + (f->list ? sizeof(struct wire_list) : f->size)))
			continue;
		if (!f->list) {
			must(json_object_set_new(j, f->name, build_one(f, p)));
			continue;
		}
		const struct wire_list *list = (const void *)p;
		json_t *items = json_array();
		for (size_t k = 0; k < list->n; k++)
			must(json_array_append_new(
				items, build_one(f, (const char *)list->v + k * f->size)));
		must(json_object_set_new(j, f->name, items));
	}
	return j;
}

static void theirs_encode(struct work *w)
{
	json_t *j = build(w->desc, w->value);
	free(w->dumped);
	w->dumped = json_dumps(j, JSON_COMPACT);
	json_decref(j);
}

static void ours_decode(struct work *w)
{
	struct err err = ERR_INIT;
	wire_arena_clear(&w->scratch);
	void *value = wire_arena_alloc(&w->scratch, w->desc->size);
	if (wire_decode_text(w->desc, w->text.s, w->text.n, WIRE_STRICT, &w->scratch, value, &err) <
	    0)
		abort();
}

static void theirs_decode(struct work *w)
{
	json_error_t e;
	json_t *j = json_loadb(w->text.s, w->text.n, JSON_REJECT_DUPLICATES, &e);
	for (size_t i = 0; i < w->desc->n; i++)
		if (!json_object_get(j, w->desc->fields[i].name))
			abort(); /* the example has them all */
	json_decref(j);
}

/* The best of a few rounds, in nanoseconds a call. */
static double measure(work_fn *fn, struct work *w)
{
	double best = 1e18;
	for (int round = 0; round < ROUNDS; round++) {
		int64_t start = now_ns(), end = start;
		long n = 0;
		while (end - start < BUDGET_NS) {
			for (int i = 0; i < 100; i++)
				fn(w);
			n += 100;
			end = now_ns();
		}
		double each = (double)(end - start) / (double)n;
		best = each < best ? each : best;
	}
	return best;
}

static void row(const char *what, const char *name, double ours, double theirs)
{
	printf("{\"name\":\"codec: %s %s / jansson\",\"ours\":%.0f,\"reference\":%.0f,\"unit\":\"ns\",\"ratio\":%.2f,"
	       "\"target\":\"<= 1\"}\n",
	       what, name, ours, theirs, ours / theirs);
}

static void run(const char *name, const struct wire_object *desc)
{
	struct work w = { .desc = desc };
	struct err err = ERR_INIT;
	must(wire_example(desc, WIRE_EXAMPLE_ALL, &w.tree, &err));
	w.value = wire_arena_alloc(&w.arena, desc->size);
	must(wire_decode(desc, w.tree, WIRE_STRICT, &w.arena, w.value, &err));
	double enc = measure(ours_encode, &w), enc_ref = measure(theirs_encode, &w);
	double dec = measure(ours_decode, &w), dec_ref = measure(theirs_decode, &w);
	row("encode", name, enc, enc_ref);
	row("decode", name, dec, dec_ref);
	free(w.dumped);
	strbuf_done(&w.text);
	json_decref(w.tree);
	wire_arena_done(&w.arena);
	wire_arena_done(&w.scratch);
}

int main(void)
{
	run("transport_seek", wire_messages[WIRE_MESSAGE_transport_seek].request);
	run("region_create", wire_messages[WIRE_MESSAGE_region_create].request);
	run("job_list_result", wire_messages[WIRE_MESSAGE_job_list].result);
	return 0;
}

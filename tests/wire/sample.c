#include "sample.h"

#include "wire/describe.h"
#include "wire/value.h"

#include "../seed.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct wire_enum wire_enum_sample_colour;
extern const struct wire_object wire_object_sample_inner, wire_object_sample_move,
	wire_object_sample_name;
extern const struct wire_union wire_union_sample_op;

WIRE_ENUM_OF(sample_colour, SAMPLE_COLOUR_VALUES, "a colour")
WIRE_ROWS(sample_inner, SAMPLE_INNER_FIELDS);
const struct wire_object wire_object_sample_inner = WIRE_OBJECT_OF(sample_inner, "inside");
WIRE_ROWS(sample_move, SAMPLE_MOVE_FIELDS);
const struct wire_object wire_object_sample_move = WIRE_OBJECT_OF(sample_move, "a move");
WIRE_ROWS(sample_name, SAMPLE_NAME_FIELDS);
const struct wire_object wire_object_sample_name = WIRE_OBJECT_OF(sample_name, "a name");
WIRE_UNION_OF(sample_op, SAMPLE_OP_ARMS, "op", "an operation")
WIRE_ROWS(specimen, SPECIMEN_FIELDS);
const struct wire_object sample_object = WIRE_OBJECT_OF(specimen, "everything");
const struct wire_message sample_message = {
	.name = "sample",
	.doc = "Try everything.",
	.request = &sample_object,
	.result = &wire_object_sample_inner,
};

static json_t *sample_text(struct rng *r, const struct wire_field *f)
{
	static const char *const pieces[] = { "a", "B",  "7",  "-", "é",  "€", "𝄞",
					      " ", "\"", "\\", "/", "\n", "\t" };
	size_t lo, hi, n_pieces = f->kind == WIRE_ID ? 4 : f->kind == WIRE_STR ? 11 : 13, at = 0;
	wire_length_bounds(f, false, &lo, &hi);
	size_t want = lo + rng_below(r, (hi - lo < 40 ? hi - lo : 40) + 1);
	char text[8192] = "";
	while (at < want) {
		const char *piece = pieces[rng_below(r, n_pieces)];
		if (at + strlen(piece) > want)
			piece = "x";
		memcpy(text + at, piece, strlen(piece) + 1);
		at += strlen(piece);
	}
	return json_string(text);
}

static json_t *sample_hash(struct rng *r)
{
	char text[72] = "sha256:";
	for (int i = 0; i < 64; i++)
		text[7 + i] = "0123456789abcdef"[rng_below(r, 16)];
	return json_string(text);
}

static json_t *sample_bytes(struct rng *r, const struct wire_field *f)
{
	static const char *const texts[] = { "", "AA==", "AAE=", "AAEC", "//79/A==" };
	size_t lo, hi;
	wire_length_bounds(f, false, &lo, &hi);
	return json_string(lo ? texts[3] : texts[rng_below(r, hi < 4 ? 1 : 5)]);
}

static double sample_number(struct rng *r, const struct wire_field *f)
{
	double lo = f->bound == WIRE_RANGE ? f->lo : -1e12,
	       hi = f->bound == WIRE_RANGE ? f->hi : 1e12;
	switch (rng_below(r, 4)) {
	case 0:
		return lo;
	case 1:
		return hi;
	default:
		return fmin(hi, fmax(lo, lo + rng_double(r) * (hi - lo)));
	}
}

static json_t *sample_arm(struct rng *r, const struct wire_union *u)
{
	const struct wire_arm *arm = &u->arms[rng_below(r, u->n)];
	json_t *j = sample_json(r, arm->object);
	json_object_set_new(j, u->key, json_string(arm->name));
	return j;
}

static json_t *sample_value(struct rng *r, const struct wire_field *f)
{
	switch (f->kind) {
	case WIRE_BOOL:
		return json_boolean(rng_below(r, 2));
	case WIRE_INT:
		return json_integer(
			(json_int_t)fmin(0x1p53, fmax(-0x1p53, trunc(sample_number(r, f)))));
	case WIRE_NUM:
		return json_real(sample_number(r, f));
	case WIRE_HASH:
		return sample_hash(r);
	case WIRE_BYTES:
		return sample_bytes(r, f);
	case WIRE_JSON:
		return json_pack("{s:i,s:[s,f,n]}", "k", (int)rng_below(r, 100), "list", "x", 0.25);
	case WIRE_ENUM:
		return json_string(f->en->values[rng_below(r, f->en->n)].name);
	case WIRE_OBJ:
		return sample_json(r, f->obj);
	case WIRE_UNION:
		return sample_arm(r, f->un);
	default:
		return sample_text(r, f);
	}
}

json_t *sample_field_json(struct rng *r, const struct wire_field *f)
{
	if (!f->list)
		return sample_value(r, f);
	size_t lo, hi;
	wire_length_bounds(f, true, &lo, &hi);
	size_t n = lo + rng_below(r, (hi - lo < 3 ? hi - lo : 3) + 1);
	json_t *list = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, sample_value(r, f));
	return list;
}

json_t *sample_json(struct rng *r, const struct wire_object *desc)
{
	json_t *j = json_object();
	for (size_t i = 0; i < desc->n; i++) {
		const struct wire_field *f = &desc->fields[i];
		uint64_t draw = rng_below(r, 4);
		if (f->presence != WIRE_REQ && draw == 0)
			continue;
		json_object_set_new(j, f->name,
				    f->presence != WIRE_REQ && draw == 1 ? json_null()
									 : sample_field_json(r, f));
	}
	return j;
}

void sample_each_object(sample_visit *visit, void *arg)
{
	visit("sample", &sample_object, arg);
	for (size_t i = 0; i < WIRE_MESSAGE_COUNT; i++) {
		visit(wire_messages[i].name, wire_messages[i].request, arg);
		visit(wire_messages[i].name, wire_messages[i].result, arg);
	}
	for (size_t i = 0; i < WIRE_EVENT_COUNT; i++)
		visit(wire_events[i].name, wire_events[i].body, arg);
	for (size_t i = 0; wire_objects[i]; i++)
		visit(wire_objects[i]->name, wire_objects[i], arg);
}

uint64_t sample_seed(void)
{
	return test_seed() & INT64_MAX;
}

/*
 * sample.h - a small vocabulary of the tests' own, with every kind of field, and random JSON for any descriptor.
 */
#ifndef TESTS_WIRE_SAMPLE_H
#define TESTS_WIRE_SAMPLE_H

#include "base/json.h"
#include "base/rng.h"
#include "wire/catalogue.h"

#define SAMPLE_COLOUR_VALUES(V) V(COLOUR_RED, "red", "warm") V(COLOUR_BLUE, "blue", "cold") V(COLOUR_DARK_BLUE, "dark_blue", "colder")

#define SAMPLE_INNER_FIELDS(F) \
	F(NUM, beats, BEATS, REQ, RANGE(0, 64), "how long", "4") \
	F(INT, count, COUNT, DEF(3), RANGE(-5, 10), "how many", "2")
#define SAMPLE_MOVE_FIELDS(F) F(NUM, to_beats, BEATS, REQ, RANGE(-100, 100), "where to", "8")
#define SAMPLE_NAME_FIELDS(F) F(STR, name, NONE, REQ, LEN(1, 10), "the name", "\"verse\"")
#define SAMPLE_OP_ARMS(A) A(SAMPLE_OP_MOVE, move, sample_move, "move it") A(SAMPLE_OP_NAME, rename, sample_name, "name it")

#define SPECIMEN_FIELDS(F) \
	F(BOOL, loud, FLAG, DEF(true), ANY, "not soft", "false") \
	F(INT, number, COUNT, REQ, RANGE(0, 9007199254740991), "an integer", "7") \
	F(INT, wide, NONE, OPT, ANY, "any integer", "-1") \
	F(NUM, gain, GAIN, DEF(0.5), RANGE(0, 4), "a number", "1.5") \
	F(STR, title, NONE, DEF("no title"), LEN(0, 40), "a line", "\"Reel\"") \
	F(TEXT, prose, NONE, OPT, ANY, "lines", "\"a\\nb\"") \
	F(ID, id, NONE, OPT, ANY, "an id", "\"hoot:1\"") \
	F(HASH, hash, NONE, OPT, ANY, "a hash", \
	  "\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"") \
	F(BYTES, data, NONE, OPT, LEN(0, 100), "bytes", "\"AAEC\"") \
	F(ENUM(sample_colour), colour, NONE, DEF(blue), ANY, "a colour", "\"red\"") \
	F(JSON, anything, NONE, OPT, ANY, "an object", "{\"a\": [1, 2.5, null]}") \
	F(OBJ(sample_inner), inner, NONE, OPT, ANY, "an object", "{}") \
	F(UNION(sample_op), op, NONE, OPT, ANY, "an operation", "{}") \
	F(LIST(NUM), levels, DB, DEF([]), RANGE(-60, 6), "levels", "[-6, 0.5]") \
	F(LIST(STR), tags, NONE, DEF([]), LEN(0, 4), "tags", "[\"draft\"]") \
	F(LIST(OBJ(sample_inner)), parts, NONE, OPT, LEN(1, 8), "parts", "[]") \
	F(LIST(UNION(sample_op)), ops, NONE, DEF([]), LEN(0, 8), "operations", "[]") \
	F(LIST(ENUM(sample_colour)), colours, NONE, DEF([]), ANY, "colours", "[\"dark_blue\"]")

enum sample_colour { COLOUR_RED, COLOUR_BLUE, COLOUR_DARK_BLUE };
enum sample_op_arm { SAMPLE_OP_MOVE, SAMPLE_OP_NAME };
WIRE_STRUCT(sample_inner, SAMPLE_INNER_FIELDS)
WIRE_STRUCT(sample_move, SAMPLE_MOVE_FIELDS)
WIRE_STRUCT(sample_name, SAMPLE_NAME_FIELDS)
struct sample_op {
	enum sample_op_arm arm;
	union {
		struct sample_move move;
		struct sample_name rename;
		char arms_[1];
	};
};
WIRE_STRUCT(specimen, SPECIMEN_FIELDS)

extern const struct wire_object sample_object;
/* A request of these fields, as if it were in the catalogue. */
extern const struct wire_message sample_message;

/* Random JSON that `desc` must accept; optional fields come and go. */
json_t *sample_json(struct rng *r, const struct wire_object *desc);
json_t *sample_field_json(struct rng *r, const struct wire_field *f);

/* Every object that can be the payload, the result or the body of something. */
typedef void sample_visit(const char *name, const struct wire_object *desc, void *arg);
void sample_each_object(sample_visit *visit, void *arg);

/* TEST_SEED or a new one, printed. */
uint64_t sample_seed(void);

#endif

/*
 * describe.h - descriptors of structs made with the words of fields.h: for the catalogue, and for anybody who wants
 * the codec for a struct of their own (parameters of a job, a journal's records).
 *
 *   #define CUT_FIELDS(F) F(NUM, beats, BEATS, REQ, RANGE(0, 64), "how much", "4")
 *   WIRE_STRUCT(cut, CUT_FIELDS)
 *   WIRE_ROWS(cut, CUT_FIELDS);
 *   static const struct wire_object cut_object = WIRE_OBJECT_OF(cut, "what to cut");
 *
 * ENUM(e), OBJ(o) and UNION(u) refer to wire_enum_e, wire_object_o and wire_union_u, which must be visible.
 */
#ifndef WIRE_DESCRIBE_H
#define WIRE_DESCRIBE_H

#include "base/mem.h"
#include "wire/catalogue.h"

#define WIRE_ROW_BOOL     .kind = WIRE_BOOL, .size = sizeof(bool)
#define WIRE_ROW_INT      .kind = WIRE_INT, .size = sizeof(int64_t)
#define WIRE_ROW_NUM      .kind = WIRE_NUM, .size = sizeof(double)
#define WIRE_ROW_STR      .kind = WIRE_STR, .size = sizeof(char *)
#define WIRE_ROW_TEXT     .kind = WIRE_TEXT, .size = sizeof(char *)
#define WIRE_ROW_ID       .kind = WIRE_ID, .size = sizeof(char *)
#define WIRE_ROW_HASH     .kind = WIRE_HASH, .size = sizeof(char *)
#define WIRE_ROW_BYTES    .kind = WIRE_BYTES, .size = sizeof(struct wire_bytes)
#define WIRE_ROW_JSON     .kind = WIRE_JSON, .size = sizeof(struct json_t *)
#define WIRE_ROW_ENUM(e)  .kind = WIRE_ENUM, .size = sizeof(enum e), .en = &wire_enum_##e
#define WIRE_ROW_OBJ(o)   .kind = WIRE_OBJ, .size = sizeof(struct o), .obj = &wire_object_##o
#define WIRE_ROW_UNION(u) .kind = WIRE_UNION, .size = sizeof(struct u), .un = &wire_union_##u
#define WIRE_ROW_LIST(k)  .list = true, WIRE_ROW_##k

#define WIRE_PRESENCE_REQ    .presence = WIRE_REQ
#define WIRE_PRESENCE_OPT    .presence = WIRE_OPT
#define WIRE_PRESENCE_DEF(v) .presence = WIRE_DEF, .def = #v
#define WIRE_PRESENCE_OPT_SHOWN    .presence = WIRE_OPT, .shown = true
#define WIRE_PRESENCE_DEF_SHOWN(v) .presence = WIRE_DEF, .def = #v, .shown = true

#define WIRE_BOUND_ANY             .bound = WIRE_ANY
#define WIRE_BOUND_RANGE(lo_, hi_) .bound = WIRE_RANGE, .lo = (lo_), .hi = (hi_)
#define WIRE_BOUND_LEN(lo_, hi_)   .bound = WIRE_LEN, .lo = (lo_), .hi = (hi_)

/*
 * A field list calls its argument with the field alone, but a row also needs the struct. So the argument is two words:
 * the opening, which ends in `((struct tag *)0)->`, and WIRE_ROW_REST, which goes on with the member's name.
 */
#define WIRE_ROW_START(tag) { .offset = (size_t)&((struct tag *)0)->
#define WIRE_ROW_REST(kind_, name_, unit_, presence_, bound_, doc_, example_) \
	name_, .name = #name_, .doc = doc_, .example = example_, .unit = WIRE_UNIT_##unit_, WIRE_ROW_##kind_, \
	WIRE_PRESENCE_##presence_, WIRE_BOUND_##bound_ },

#define WIRE_ROWS(tag, FIELDS) \
	static const struct wire_field tag##_rows[] = { FIELDS(WIRE_ROW_START(tag) WIRE_ROW_REST) { .name = NULL } }
#define WIRE_OBJECT_OF(tag, doc_) \
	{ .name = #tag, .doc = doc_, .fields = tag##_rows, .n = COUNT_OF(tag##_rows) - 1, .size = sizeof(struct tag) }

#define WIRE_VALUE_ROW(constant, wire, doc) [constant] = { wire, doc },
#define WIRE_ENUM_OF(tag, VALUES, doc_) \
	static const struct wire_enum_value tag##_values[] = { VALUES(WIRE_VALUE_ROW) }; \
	const struct wire_enum wire_enum_##tag = { #tag, doc_, tag##_values, COUNT_OF(tag##_values) };

#define WIRE_ARM_ROW(constant, arm, object, doc) [constant] = { #arm, doc, &wire_object_##object },
#define WIRE_UNION_OF(tag, ARMS, key_, doc_) \
	static const struct wire_arm tag##_arms[] = { ARMS(WIRE_ARM_ROW) }; \
	const struct wire_union wire_union_##tag = { \
		.name = #tag, .doc = doc_, .key = key_, .arms = tag##_arms, .n = COUNT_OF(tag##_arms), \
		.size = sizeof(struct tag), .offset = offsetof(struct tag, arms_), \
	};

#endif

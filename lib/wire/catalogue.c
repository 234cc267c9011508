#include "wire/catalogue.h"

#include "wire/describe.h"

#include "base/mem.h"

#include <errno.h>
#include <string.h>

#define WIRE_TEXTS
#include "wire_sorted.inc"
#undef WIRE_TEXTS

/* --- enums, objects, unions ------------------------------------------------------------------- */

WIRE_ALL_ENUMS(WIRE_ENUM_OF)

#define X_OBJECT(tag, FIELDS, doc_) \
	WIRE_ROWS(tag, FIELDS); \
	const struct wire_object wire_object_##tag = WIRE_OBJECT_OF(tag, doc_);
WIRE_ALL_OBJECTS(X_OBJECT)

WIRE_ALL_UNIONS(WIRE_UNION_OF)

#define X_POINTER_ENUM(tag, ...)   &wire_enum_##tag,
#define X_POINTER_OBJECT(tag, ...) &wire_object_##tag,
#define X_POINTER_UNION(tag, ...)  &wire_union_##tag,
const struct wire_enum *const wire_enums[] = { WIRE_ALL_ENUMS(X_POINTER_ENUM) NULL };
const struct wire_object *const wire_objects[] = { WIRE_ALL_OBJECTS(X_POINTER_OBJECT) NULL };
const struct wire_union *const wire_unions[] = { WIRE_ALL_UNIONS(X_POINTER_UNION) NULL };

/* --- messages and events ---------------------------------------------------------------------- */

#define X_REQUEST_OBJECTS(name, NAME, owner, routing, work, annotations, profile, doc_) \
	WIRE_ROWS(name, NAME##_FIELDS); \
	WIRE_ROWS(name##_result, NAME##_RESULT); \
	static const struct wire_object name##_request_object = WIRE_OBJECT_OF(name, doc_); \
	static const struct wire_object name##_result_object = WIRE_OBJECT_OF(name##_result, "");
WIRE_ALL_REQUESTS(X_REQUEST_OBJECTS)

#define X_EVENT_OBJECT(name, NAME, owner, doc_) \
	WIRE_ROWS(name##_event, NAME##_EVENT); \
	static const struct wire_object name##_event_object = WIRE_OBJECT_OF(name##_event, doc_);
WIRE_ALL_EVENTS(X_EVENT_OBJECT)

#define X_MESSAGE(name_, NAME, owner_, routing_, work_, annotations_, profile_, doc_) \
	[WIRE_MESSAGE_##name_] = { \
		.name = WIRE_TEXT_MESSAGE_##name_, .doc = doc_, .request = &name_##_request_object, .result = &name_##_result_object, \
		.owner = WIRE_OWNER_##owner_, .routing = WIRE_ROUTING_##routing_, .work = WIRE_WORK_##work_, \
		.annotations = WIRE_ANNOTATIONS_##annotations_, .profile = WIRE_PROFILE_##profile_, \
	},
const struct wire_message wire_messages[WIRE_MESSAGE_COUNT] = { WIRE_ALL_REQUESTS(X_MESSAGE) };

#define X_EVENT(name_, NAME, owner_, doc_) \
	[WIRE_EVENT_##name_] = { \
		.name = WIRE_TEXT_EVENT_##name_, .doc = doc_, .body = &name_##_event_object, .owner = WIRE_OWNER_##owner_, \
	},
const struct wire_event wire_events[WIRE_EVENT_COUNT] = { WIRE_ALL_EVENTS(X_EVENT) };

/* --- names ------------------------------------------------------------------------------------ */

const char *wire_kind_name(enum wire_kind kind)
{
	static const char *const names[WIRE_KIND_COUNT] = {
		[WIRE_BOOL] = "bool", [WIRE_INT] = "int",     [WIRE_NUM] = "num",     [WIRE_STR] = "str",
		[WIRE_TEXT] = "text", [WIRE_ID] = "id",       [WIRE_HASH] = "hash",   [WIRE_BYTES] = "bytes",
		[WIRE_JSON] = "json", [WIRE_ENUM] = "enum",   [WIRE_OBJ] = "obj",     [WIRE_UNION] = "union",
	};
	return names[kind];
}

static const char *const unit_texts[][2] = {
#define UNIT(name, text, doc) { text, doc },
#include "wire/units.def"
#undef UNIT
};

const char *wire_unit_name(enum wire_unit unit)
{
	return unit_texts[unit][0];
}

const char *wire_unit_doc(enum wire_unit unit)
{
	return unit_texts[unit][1];
}

const char *wire_owner_name(enum wire_owner owner)
{
	static const char *const names[WIRE_OWNER_COUNT] = {
		[WIRE_OWNER_ALL] = "all",
		[WIRE_OWNER_HOOTENANNY] = "hootenanny",
		[WIRE_OWNER_CHAOSGARDEN] = "chaosgarden",
		[WIRE_OWNER_LUANETTE] = "luanette",
		[WIRE_OWNER_VIBEWEAVER] = "vibeweaver",
	};
	return names[owner];
}

const char *wire_routing_name(enum wire_routing routing)
{
	static const char *const names[WIRE_ROUTING_COUNT] = { "owner", "by_job", "gather" };
	return names[routing];
}

const char *wire_work_name(enum wire_work work)
{
	static const char *const names[WIRE_WORK_COUNT] = { "quick", "job" };
	return names[work];
}

const char *wire_annotations_name(enum wire_annotations annotations)
{
	static const char *const names[WIRE_ANNOTATIONS_COUNT] = { "normal", "read_only", "idempotent", "destructive" };
	return names[annotations];
}

const char *wire_profile_name(enum wire_profile profile)
{
	static const char *const names[WIRE_PROFILE_COUNT] = { "core", "full", "internal" };
	return names[profile];
}

const char *wire_enum_name(const struct wire_enum *e, int value)
{
	return value >= 0 && (size_t)value < e->n ? e->values[value].name : "?";
}

int wire_enum_value(const struct wire_enum *e, const char *name, int *ret)
{
	for (size_t i = 0; i < e->n; i++) {
		if (strcmp(e->values[i].name, name) == 0) {
			*ret = (int)i;
			return 0;
		}
	}
	return -EINVAL;
}

const struct wire_field *wire_field_find(const struct wire_object *object, const char *name)
{
	for (size_t i = 0; i < object->n; i++)
		if (strcmp(object->fields[i].name, name) == 0)
			return &object->fields[i];
	return NULL;
}

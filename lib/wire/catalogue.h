/*
 * catalogue.h - every message of the family: C structs, and descriptors that say the same as data.
 *
 * A request `x` gives `struct x`, `struct x_result` and WIRE_MESSAGE_x; an event `y` gives `struct y_event` and
 * WIRE_EVENT_y; objects, unions and enums have their tags as names. All of them are declared in messages/<topic>.def.h
 * with the words of fields.h; codec.h moves them to and from JSON, schema.h describes them, cli.h makes flags of them,
 * handlers.h gives a daemon its dispatch table.
 *
 * Ownership: descriptors are constant and live for ever. Structs own nothing: strings and lists belong to the document
 *            or to the arena they were decoded with, in results to whoever fills them in (the call's arena).
 * Threads:   immutable.
 */
#ifndef WIRE_CATALOGUE_H
#define WIRE_CATALOGUE_H

#include "wire/fields.h"
#include "wire/messages/all.def.h"

/* --- the structs ------------------------------------------------------------------------------ */

#define WIRE_X_VALUE(constant, wire, doc) constant,
#define WIRE_X_ENUM(tag, VALUES, doc)     enum tag { VALUES(WIRE_X_VALUE) };
WIRE_ALL_ENUMS(WIRE_X_ENUM)
#undef WIRE_X_ENUM
#undef WIRE_X_VALUE

#define WIRE_X_ARM_CONSTANT(constant, arm, object, doc) constant,
#define WIRE_X_UNION(tag, ARMS, key, doc) \
	enum tag##_arm { ARMS(WIRE_X_ARM_CONSTANT) }; \
	struct tag;
WIRE_ALL_UNIONS(WIRE_X_UNION)
#undef WIRE_X_UNION
#undef WIRE_X_ARM_CONSTANT

#define WIRE_X_OBJECT(tag, FIELDS, doc) WIRE_STRUCT(tag, FIELDS)
#define WIRE_X_ARM(constant, arm, object, doc) struct object arm;
#define WIRE_X_UNION(tag, ARMS, key, doc) \
	struct tag { \
		enum tag##_arm arm; \
		union { \
			ARMS(WIRE_X_ARM) \
			char arms_[1]; \
		}; \
	};
/* Topic by topic, so that an object may hold a union of an earlier topic. */
#define WIRE_X_TOPIC(T, unused) T##_OBJECTS(WIRE_X_OBJECT) T##_UNIONS(WIRE_X_UNION)
WIRE_TOPICS(WIRE_X_TOPIC, )
#undef WIRE_X_TOPIC
#undef WIRE_X_UNION
#undef WIRE_X_ARM
#undef WIRE_X_OBJECT

#define WIRE_X_REQUEST(name, NAME, owner, routing, work, annotations, profile, doc) \
	WIRE_STRUCT(name, NAME##_FIELDS) \
	WIRE_STRUCT(name##_result, NAME##_RESULT)
WIRE_ALL_REQUESTS(WIRE_X_REQUEST)
#undef WIRE_X_REQUEST

#define WIRE_X_EVENT(name, NAME, owner, doc) WIRE_STRUCT(name##_event, NAME##_EVENT)
WIRE_ALL_EVENTS(WIRE_X_EVENT)
#undef WIRE_X_EVENT

/* --- the descriptors -------------------------------------------------------------------------- */

/* Places in the tables below, in the order of declaration. */
enum wire_message_id {
#define WIRE_X_REQUEST(name, ...) WIRE_MESSAGE_##name,
	WIRE_ALL_REQUESTS(WIRE_X_REQUEST)
#undef WIRE_X_REQUEST
	WIRE_MESSAGE_COUNT
};

enum wire_event_id {
#define WIRE_X_EVENT(name, ...) WIRE_EVENT_##name,
	WIRE_ALL_EVENTS(WIRE_X_EVENT)
#undef WIRE_X_EVENT
	WIRE_EVENT_COUNT
};

enum wire_kind {
	WIRE_BOOL,
	WIRE_INT,
	WIRE_NUM,
	WIRE_STR,
	WIRE_TEXT,
	WIRE_ID,
	WIRE_HASH,
	WIRE_BYTES,
	WIRE_JSON,
	WIRE_ENUM,
	WIRE_OBJ,
	WIRE_UNION,
	WIRE_KIND_COUNT
};

enum wire_presence { WIRE_REQ, WIRE_OPT, WIRE_DEF };
enum wire_bound { WIRE_ANY, WIRE_RANGE, WIRE_LEN };

enum wire_unit {
#define UNIT(name, text, doc) WIRE_UNIT_##name,
#include "wire/units.def"
#undef UNIT
	WIRE_N_UNITS
};

/* Who answers a request or sends an event; ALL is every daemon. */
enum wire_owner {
	WIRE_OWNER_ALL,
	WIRE_OWNER_HOOTENANNY,
	WIRE_OWNER_CHAOSGARDEN,
	WIRE_OWNER_LUANETTE,
	WIRE_OWNER_VIBEWEAVER,
	WIRE_OWNER_COUNT
};

/* How a request travels: to its owner, to the owner of the job id in its `job_id` field, or to all and gathered. */
enum wire_routing { WIRE_ROUTING_OWNER, WIRE_ROUTING_BY_JOB, WIRE_ROUTING_GATHER, WIRE_ROUTING_COUNT };
/* Whether the reply is the answer, or names a job (`job_id`) whose events bring it. */
enum wire_work { WIRE_WORK_QUICK, WIRE_WORK_JOB, WIRE_WORK_COUNT };
enum wire_annotations {
	WIRE_ANNOTATIONS_NORMAL,      /* changes something; sent twice it happens twice */
	WIRE_ANNOTATIONS_READ_ONLY,
	WIRE_ANNOTATIONS_IDEMPOTENT,  /* sent twice it is as if sent once */
	WIRE_ANNOTATIONS_DESTRUCTIVE, /* loses something that undo does not bring back */
	WIRE_ANNOTATIONS_COUNT
};
/* CORE: the small set that every gateway shows; FULL: on request; INTERNAL: between daemons and workers only. */
enum wire_profile { WIRE_PROFILE_CORE, WIRE_PROFILE_FULL, WIRE_PROFILE_INTERNAL, WIRE_PROFILE_COUNT };

struct wire_enum_value {
	const char *name;
	const char *doc;
};

/* Values are 0..n-1. */
struct wire_enum {
	const char *name;
	const char *doc;
	const struct wire_enum_value *values;
	size_t n;
};

struct wire_object;

struct wire_arm {
	const char *name;
	const char *doc;
	const struct wire_object *object;
};

/* The struct begins with the arm's number (an enum); the arms lie at `offset`. */
struct wire_union {
	const char *name;
	const char *doc;
	const char *key;
	const struct wire_arm *arms;
	size_t n, size, offset;
};

struct wire_field {
	const char *name;
	const char *doc;
	const char *example; /* JSON */
	const char *def;     /* DEF: what stood between the brackets; NULL otherwise */
	const struct wire_enum *en;     /* of ENUM */
	const struct wire_object *obj;  /* of OBJ */
	const struct wire_union *un;    /* of UNION */
	size_t offset;       /* in the struct */
	size_t size;         /* of one value (of an item, for a list) */
	double lo, hi;       /* RANGE, LEN: both ends belong to it */
	enum wire_kind kind; /* of an item, for a list */
	enum wire_presence presence;
	enum wire_bound bound;
	enum wire_unit unit;
	bool list;
	bool shown; /* part of every example although it may be absent: something else may stand in its place */
};

struct wire_object {
	const char *name; /* the struct's tag */
	const char *doc;
	const struct wire_field *fields; /* in the order of declaration */
	size_t n, size;
};

struct wire_message {
	const char *name;
	const char *doc;
	const struct wire_object *request;
	const struct wire_object *result;
	enum wire_owner owner;
	enum wire_routing routing;
	enum wire_work work;
	enum wire_annotations annotations;
	enum wire_profile profile;
};

struct wire_event {
	const char *name;
	const char *doc;
	const struct wire_object *body;
	enum wire_owner owner;
};

extern const struct wire_message wire_messages[WIRE_MESSAGE_COUNT];
extern const struct wire_event wire_events[WIRE_EVENT_COUNT];

/* wire_enum_<tag>, wire_object_<tag>, wire_union_<tag> */
#define WIRE_X_ENUM(tag, ...)   extern const struct wire_enum wire_enum_##tag;
#define WIRE_X_OBJECT(tag, ...) extern const struct wire_object wire_object_##tag;
#define WIRE_X_UNION(tag, ...)  extern const struct wire_union wire_union_##tag;
WIRE_ALL_ENUMS(WIRE_X_ENUM)
WIRE_ALL_OBJECTS(WIRE_X_OBJECT)
WIRE_ALL_UNIONS(WIRE_X_UNION)
#undef WIRE_X_ENUM
#undef WIRE_X_OBJECT
#undef WIRE_X_UNION

/* Every enum, object and union of the topics, NULL-terminated, in the order of declaration. */
extern const struct wire_enum *const wire_enums[];
extern const struct wire_object *const wire_objects[];
extern const struct wire_union *const wire_unions[];

/* Binary search by wire name; NULL when there is none. */
const struct wire_message *wire_message_find(const char *name);
const struct wire_event *wire_event_find(const char *name);
/* The nearest message name to a misspelt one, NULL when none is near. */
const char *wire_message_nearest(const char *name);
/* The messages and events in the order of their names: what the searches above go by. */
const struct wire_message *wire_message_sorted(size_t i);
const struct wire_event *wire_event_sorted(size_t i);

const struct wire_field *wire_field_find(const struct wire_object *object, const char *name);

/* The wire name of a value; "?" beyond the last (our bug). */
const char *wire_enum_name(const struct wire_enum *e, int value);
/* The value of a wire name; 0, or -EINVAL when there is none. */
int wire_enum_value(const struct wire_enum *e, const char *name, int *ret);

const char *wire_kind_name(enum wire_kind kind);                      /* "num" */
const char *wire_unit_name(enum wire_unit unit);                      /* "beats", "" for none */
const char *wire_unit_doc(enum wire_unit unit);
const char *wire_owner_name(enum wire_owner owner);                   /* "chaosgarden", "all" */
const char *wire_routing_name(enum wire_routing routing);             /* "owner", "by_job", "gather" */
const char *wire_work_name(enum wire_work work);                      /* "quick", "job" */
const char *wire_annotations_name(enum wire_annotations annotations); /* "read_only" */
const char *wire_profile_name(enum wire_profile profile);             /* "core" */

#endif

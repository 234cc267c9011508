#include "wire/catalogue.h"

#include "../check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "sample.h"
#include "wire/codec.h"
#include "wire/handlers.h"
#include "wire/schema.h"

#include <string.h>

/* Rows: S3-8, S3-32 */
static void test_catalogue_is_searched_in_the_order_of_names(void **state)
{
	for (size_t i = 0; i + 1 < WIRE_MESSAGE_COUNT; i++)
		assert_true(strcmp(wire_message_sorted(i)->name, wire_message_sorted(i + 1)->name) <
			    0);
	for (size_t i = 0; i + 1 < WIRE_EVENT_COUNT; i++)
		assert_true(strcmp(wire_event_sorted(i)->name, wire_event_sorted(i + 1)->name) < 0);
	for (size_t i = 0; i < WIRE_MESSAGE_COUNT; i++)
		assert_ptr_equal(wire_message_find(wire_messages[i].name), &wire_messages[i]);
	for (size_t i = 0; i < WIRE_EVENT_COUNT; i++)
		assert_ptr_equal(wire_event_find(wire_events[i].name), &wire_events[i]);
	assert_null(wire_message_find(""));
	assert_null(wire_message_find("zzz"));
	assert_null(wire_message_find("transport_sek"));
	assert_string_equal(wire_message_nearest("transport_sek"), "transport_seek");
	assert_null(wire_message_sorted(WIRE_MESSAGE_COUNT));
	assert_null(wire_event_sorted(WIRE_EVENT_COUNT));
}

static void test_catalogue_enums_round_trip(void **state)
{
	for (size_t i = 0; wire_enums[i]; i++) {
		const struct wire_enum *e = wire_enums[i];
		assert_true(e->n > 0);
		for (size_t k = 0; k < e->n; k++) {
			int v = -1;
			assert_int_equal(wire_enum_value(e, wire_enum_name(e, (int)k), &v), 0);
			assert_int_equal(v, k);
			assert_true(e->values[k].doc[0] != '\0');
		}
		int v;
		assert_int_equal(wire_enum_value(e, "no such value", &v), -EINVAL);
		assert_string_equal(wire_enum_name(e, (int)e->n), "?");
		assert_string_equal(wire_enum_name(e, -1), "?");
	}
}

static bool is_name(const char *s)
{
	return *s >= 'a' && *s <= 'z' &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(s);
}

/* Names that end in a unit must have it, so that nobody passes beats for frames. */
static void check_unit(const char *name, const struct wire_field *f)
{
	static const struct {
		const char *suffix;
		enum wire_unit unit;
	} rows[] = {
		{ "_beats", WIRE_UNIT_BEATS },     { "_bpm", WIRE_UNIT_BPM },
		{ "_frames", WIRE_UNIT_FRAMES },   { "_hz", WIRE_UNIT_HZ },
		{ "_db", WIRE_UNIT_DB },           { "_ns", WIRE_UNIT_NS },
		{ "_bytes", WIRE_UNIT_SIZE },      { "_unix_ms", WIRE_UNIT_UNIX_MS },
		{ "_seconds", WIRE_UNIT_SECONDS },
	};
	if (f->kind != WIRE_NUM && f->kind != WIRE_INT)
		return;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (str_ends(f->name, rows[i].suffix) && f->unit != rows[i].unit)
			fail_msg("%s.%s has the unit '%s'", name, f->name, wire_unit_name(f->unit));
	if (str_ends(f->name, "_ms") && !str_ends(f->name, "_unix_ms") && f->unit != WIRE_UNIT_MS)
		fail_msg("%s.%s has the unit '%s'", name, f->name, wire_unit_name(f->unit));
}

static void check_default(const char *name, const struct wire_field *f)
{
	if (f->presence != WIRE_DEF)
		return;
	if (f->list)
		assert_string_equal(f->def, "[]");
	else if (f->kind == WIRE_OBJ)
		assert_string_equal(f->def, "{}");
	else if (f->kind == WIRE_JSON || f->kind == WIRE_UNION || f->kind == WIRE_BYTES)
		fail_msg("%s.%s cannot have a default", name, f->name);
}

static void check_bound(const char *name, const struct wire_field *f)
{
	bool number = f->kind == WIRE_NUM || f->kind == WIRE_INT;
	bool length = f->list || f->kind == WIRE_STR || f->kind == WIRE_TEXT ||
		      f->kind == WIRE_ID || f->kind == WIRE_BYTES;
	if ((f->bound == WIRE_RANGE && !number) || (f->bound == WIRE_LEN && !length) ||
	    f->lo > f->hi)
		fail_msg("%s.%s has a bound that says nothing", name, f->name);
}

static void check_fields(const char *name, const struct wire_object *desc, void *arg)
{
	for (size_t i = 0; i < desc->n; i++) {
		const struct wire_field *f = &desc->fields[i];
		if (!is_name(f->name) || !f->doc[0] || str_ends(f->doc, "."))
			fail_msg("%s.%s: name or description", name, f->name);
		assert_ptr_equal(wire_field_find(desc, f->name), f);
		check_unit(name, f);
		check_default(name, f);
		check_bound(name, f);
		AUTO_JSON json_t *example = NULL;
		struct err err = ERR_INIT;
		if (wire_field_example(f, WIRE_EXAMPLE_ALL, &example, &err) < 0)
			fail_msg("%s.%s: %s", name, f->name, err_msg(&err));
	}
}

static void test_catalogue_fields_are_well_declared(void **state)
{
	sample_each_object(check_fields, NULL);
}

static void test_catalogue_leaves_the_key_type_to_the_envelope(void **state)
{
	for (size_t i = 0; i < WIRE_MESSAGE_COUNT; i++)
		assert_null(wire_field_find(wire_messages[i].request, "type"));
	for (size_t i = 0; i < WIRE_EVENT_COUNT; i++)
		assert_null(wire_field_find(wire_events[i].body, "type"));
}

/* A default that the same field would refuse is a bug: decode it from what encoding made of it. */
static void accept_defaults(const char *name, const struct wire_object *desc, void *arg)
{
	AUTO_ARENA a = WIRE_ARENA_INIT;
	AUTO_JSON json_t *least = NULL;
	struct err err = ERR_INIT;
	AUTO_STRBUF text = STRBUF_INIT;
	void *value = wire_arena_alloc(&a, desc->size);
	assert_int_equal(wire_example(desc, WIRE_EXAMPLE_REQUIRED, &least, &err), 0);
	if (wire_decode(desc, least, WIRE_STRICT, &a, value, &err) < 0 ||
	    wire_encode(desc, value, &text, &err) < 0 ||
	    wire_decode_text(desc, text.s, text.n, WIRE_STRICT, &a, value, &err) < 0)
		fail_msg("%s: %s", name, err_msg(&err));
}

static void test_catalogue_defaults_are_accepted(void **state)
{
	sample_each_object(accept_defaults, NULL);
}

static size_t depth_of(const struct wire_object *desc, size_t depth)
{
	size_t deepest = depth;
	assert_true(depth < 12); /* schemas have no references, so nothing may contain itself */
	for (size_t i = 0; i < desc->n; i++) {
		const struct wire_field *f = &desc->fields[i];
		size_t arms = f->kind == WIRE_UNION ? f->un->n : f->kind == WIRE_OBJ ? 1 : 0;
		for (size_t k = 0; k < arms; k++) {
			size_t d = depth_of(f->kind == WIRE_OBJ ? f->obj : f->un->arms[k].object,
					    depth + 1);
			deepest = d > deepest ? d : deepest;
		}
	}
	return deepest;
}

static void check_depth(const char *name, const struct wire_object *desc, void *arg)
{
	(void)depth_of(desc, 1);
}

static void test_catalogue_objects_do_not_contain_themselves(void **state)
{
	sample_each_object(check_depth, NULL);
}

/* Rows: S3-29, L07 */
static void test_catalogue_messages_say_what_they_do(void **state)
{
	for (size_t i = 0; i < WIRE_MESSAGE_COUNT; i++) {
		const struct wire_message *m = &wire_messages[i];
		if (!is_name(m->name) || !str_ends(m->doc, "."))
			fail_msg("%s: name or description", m->name);
		if (m->routing == WIRE_ROUTING_BY_JOB && !wire_field_find(m->request, "job_id") &&
		    !wire_field_find(m->request, "job_ids"))
			fail_msg("%s is routed by a job id that it does not have", m->name);
		/* Pages: the result's cursor is what the next request sends. */
		if (!wire_field_find(m->request, "cursor") != !wire_field_find(m->result, "cursor"))
			fail_msg("%s has a cursor on one side only", m->name);
	}
	for (size_t i = 0; i < WIRE_EVENT_COUNT; i++)
		if (!is_name(wire_events[i].name) || !str_ends(wire_events[i].doc, "."))
			fail_msg("event %s: name or description", wire_events[i].name);
}

/* Some clients cut a tool list near 128, and a reader much earlier. Which ones they are: golden/messages.txt. */
/* Rows: L06 */
static void test_catalogue_core_profile_stays_small(void **state)
{
	size_t n = 0;
	for (size_t i = 0; i < WIRE_MESSAGE_COUNT; i++)
		n += wire_messages[i].profile == WIRE_PROFILE_CORE;
	assert_in_range(n, 20, 40);
}

static void check_no_bytes(const char *owner, const struct wire_object *o, int depth)
{
	for (size_t i = 0; i < o->n; i++) {
		const struct wire_field *f = &o->fields[i];
		if (f->kind == WIRE_BYTES)
			fail_msg("%s carries content in '%s': name it by its hash", owner, f->name);
		if (f->kind == WIRE_OBJ && depth < 8)
			check_no_bytes(owner, f->obj, depth + 1);
		for (size_t k = 0; f->kind == WIRE_UNION && depth < 8 && k < f->un->n; k++)
			check_no_bytes(owner, f->un->arms[k].object, depth + 1);
	}
}

/* Content goes by its hash; only what fills and reads the store has bytes, and never more than 64 KiB of them. */
/* Rows: L32 */
static void test_only_the_store_is_given_content_in_messages(void **state)
{
	static const char *const store[] = {"artifact_upload", "cas_get", "cas_stage_write", "cas_store"};
	size_t n = 0;
	for (size_t i = 0; i < WIRE_MESSAGE_COUNT; i++) {
		const struct wire_message *m = wire_message_sorted(i);
		if (n < COUNT_OF(store) && strcmp(m->name, store[n]) == 0) {
			n++;
			continue;
		}
		check_no_bytes(m->name, m->request, 0);
		check_no_bytes(m->name, m->result, 0);
	}
	assert_int_equal(n, COUNT_OF(store));
	for (size_t i = 0; i < WIRE_EVENT_COUNT; i++)
		check_no_bytes(wire_events[i].name, wire_events[i].body, 0);
	assert_true(LIMIT_WIRE_BYTES <= 65536);
}

/* --- dispatch --------------------------------------------------------------------------------- */

struct keeper {
	int pings;
};
#define WIRE_DAEMON  SERVICE
#define WIRE_CONTEXT struct keeper
WIRE_HANDLER_PROTOTYPES
static const struct wire_handler *handlers(void);

int ping_run(struct keeper *k, const struct wire_call *call, const struct ping *req,
	     struct ping_result *ret, struct err *err)
{
	ret->pid = ++k->pings;
	return 0;
}
#define REFUSE(name)                                                                           \
	int name##_run(struct keeper *k, const struct wire_call *call, const struct name *req, \
		       struct name##_result *ret, struct err *err)                             \
	{                                                                                      \
		return err_set(err, -ENOTSUP, #name);                                          \
	}
REFUSE(status)
REFUSE(list_tools)
REFUSE(snapshot)
REFUSE(config_set)
REFUSE(shutdown)

extern const struct wire_handler keeper_handlers[WIRE_MESSAGE_COUNT];
WIRE_HANDLERS(keeper_handlers);

static const struct wire_handler *handlers(void)
{
	return keeper_handlers;
}

/* Rows: S3-32, L07 */
static void test_dispatch_finds_a_daemons_own_requests_only(void **state)
{
	struct keeper k = { 0 };
	struct ping_result ret = { 0 };
	struct ping req = { 0 };
	struct err err = ERR_INIT;
	const struct wire_handler *h = &handlers()[WIRE_MESSAGE_ping];
	assert_string_equal(h->message->name, "ping");
	assert_int_equal(h->run(&k, NULL, &req, &ret, &err), 0);
	assert_int_equal(ret.pid, 1);
	for (size_t i = 0; i < WIRE_MESSAGE_COUNT; i++)
		assert_int_equal(handlers()[i].run != NULL,
				 wire_messages[i].owner == WIRE_OWNER_ALL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_catalogue_is_searched_in_the_order_of_names),
		cmocka_unit_test(test_catalogue_enums_round_trip),
		cmocka_unit_test(test_catalogue_fields_are_well_declared),
		cmocka_unit_test(test_catalogue_leaves_the_key_type_to_the_envelope),
		cmocka_unit_test(test_catalogue_defaults_are_accepted),
		cmocka_unit_test(test_catalogue_objects_do_not_contain_themselves),
		cmocka_unit_test(test_catalogue_messages_say_what_they_do),
		cmocka_unit_test(test_catalogue_core_profile_stays_small),
		cmocka_unit_test(test_only_the_store_is_given_content_in_messages),
		cmocka_unit_test(test_dispatch_finds_a_daemons_own_requests_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

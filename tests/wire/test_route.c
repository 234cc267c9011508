#include "wire/route.h"

#include "base/mem.h"

#include "../check.h"

#include <string.h>

static int route(const char *type, const char *payload, const char **ret, struct err *err)
{
	const struct wire_message *m = wire_message_find(type);
	AUTO_JSON json_t *j = NULL;
	assert_non_null(m);
	assert_int_equal(json_parse(payload, strlen(payload), &j, NULL), 0);
	return wire_route(m, j, ret, err);
}

static void expect(const char *type, const char *payload, const char *daemon)
{
	const char *to = "nobody";
	struct err err = ERR_INIT;
	if (route(type, payload, &to, &err) < 0)
		fail_msg("%s", err.msg);
	if (daemon)
		assert_string_equal(to, daemon);
	else
		assert_null(to);
}

static void test_requests_go_to_their_owner(void **state)
{
	expect("transport_play", "{}", "chaosgarden");
	expect("continue", "{\"artifact_id\":\"a\"}", "hootenanny");
	expect("job_list", "{}", "hootenanny");
	expect("ping", "{}", NULL);
}

static void test_requests_about_a_job_go_to_the_daemon_that_its_id_names(void **state)
{
	static const char *const one[] = { "job_status", "job_cancel" };
	for (size_t i = 0; i < COUNT_OF(one); i++) {
		expect(one[i], "{\"job_id\":\"hoot:1\"}", "hootenanny");
		expect(one[i], "{\"job_id\":\"lua:1\"}", "luanette");
	}
	expect("job_poll", "{\"job_ids\":[\"lua:1\",\"lua:2\"]}", "luanette");
	expect("job_poll", "{\"job_ids\":[\"hoot:1\"]}", "hootenanny");
}

static void test_job_ids_without_an_owner_and_of_different_owners_are_refused(void **state)
{
	static const struct {
		const char *type, *payload, *field, *says;
	} cases[] = {
		{ "job_status", "{\"job_id\":\"7\"}", "job_id", "'7' does not say whose" },
		{ "job_cancel", "{\"job_id\":\"hoots:7\"}", "job_id", "whose" },
		{ "job_poll", "{\"job_ids\":[\"hoot:1\",\"x\"]}", "job_ids", "'x'" },
		{ "job_poll", "{\"job_ids\":[\"hoot:1\",\"lua:2\"]}", "job_ids", "hootenanny and of luanette" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *to = NULL;
		struct err err = ERR_INIT;
		assert_int_equal(route(cases[i].type, cases[i].payload, &to, &err), -EINVAL);
		assert_string_equal(err.field, cases[i].field);
		assert_non_null(strstr(err.msg, cases[i].says));
		assert_int_equal(route(cases[i].type, cases[i].payload, &to, NULL), -EINVAL);
	}
}

/* The owner of the message says what is wrong with these. */
static void test_payloads_that_are_not_right_go_to_the_owner(void **state)
{
	expect("job_status", "{}", "hootenanny");
	expect("job_status", "{\"job_id\":7}", "hootenanny");
	expect("job_poll", "{\"job_ids\":[7,null]}", "hootenanny");
	expect("job_poll", "{\"job_ids\":\"hoot:1\"}", "hootenanny");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests_go_to_their_owner),
		cmocka_unit_test(test_requests_about_a_job_go_to_the_daemon_that_its_id_names),
		cmocka_unit_test(test_job_ids_without_an_owner_and_of_different_owners_are_refused),
		cmocka_unit_test(test_payloads_that_are_not_right_go_to_the_owner),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "base/err.h"

#include "../check.h"

#include <string.h>

static void test_err_carries_field_message_and_hint(void **state)
{
	struct err e = ERR_INIT;
	assert_int_equal(err_field(&e, -EINVAL, "beat", "beat %g is before the start", -1.0), -EINVAL);
	assert_string_equal(e.field, "beat");
	assert_string_equal(e.msg, "beat -1 is before the start");
	assert_int_equal(err_hint(&e, -EINVAL, "use %d or more", 0), -EINVAL);
	assert_string_equal(e.hint, "use 0 or more");
}

static void test_err_wrap_puts_context_before_cause(void **state)
{
	struct err e = ERR_INIT;
	err_set(&e, -ENOENT, "no such file");
	assert_int_equal(err_wrap(&e, -ENOENT, "load '%s'", "x"), -ENOENT);
	assert_string_equal(e.msg, "load 'x': no such file");
}

static void test_err_within_puts_the_field_inside_of_another(void **state)
{
	struct err e = ERR_INIT;
	err_field(&e, -EINVAL, "bpm", "too fast");
	err_within(&e, "ops[%d]", 3);
	assert_string_equal(e.field, "ops[3].bpm");
	err_set(&e, -EINVAL, "too fast");
	err_within(&e, "ops[%d]", 3);
	assert_string_equal(e.field, "ops[3]");
	err_within(NULL, "ops[%d]", 3);
}

static void test_err_cuts_what_does_not_fit(void **state)
{
	struct err e = ERR_INIT;
	char big[1000];
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	err_field(&e, -EIO, big, "%s", big);
	assert_int_equal(strlen(e.msg), sizeof(e.msg) - 1);
	assert_int_equal(strlen(e.field), sizeof(e.field) - 1);
	err_wrap(&e, -EIO, "%s", big);
	assert_true(strlen(e.msg) < sizeof(e.msg));
}

static void test_err_wrap_does_not_say_twice_what_the_cause_says(void **state)
{
	struct err e = ERR_INIT;
	err_set(&e, -EINVAL, "'a.wav': no channels");
	assert_int_equal(err_wrap(&e, -EINVAL, "'%s'", "a.wav"), -EINVAL);
	assert_string_equal(e.msg, "'a.wav': no channels");
	err_wrap(&e, -EINVAL, "'a'");
	assert_string_equal(e.msg, "'a': 'a.wav': no channels");
}

static void test_err_accepts_null(void **state)
{
	assert_int_equal(err_set(NULL, -EIO, "x"), -EIO);
	assert_int_equal(err_wrap(NULL, -EIO, "x"), -EIO);
	assert_int_equal(err_field(NULL, -EIO, "f", "x"), -EIO);
}

/* "return err_hint(...)" must never turn a failure into success because nobody wants the message. */
static void test_err_hint_returns_the_code_with_and_without_a_place_for_the_text(void **state)
{
	struct err e = ERR_INIT;
	assert_int_equal(err_hint(NULL, err_set(NULL, -ENOENT, "no '%s'", "x"), "make one"), -ENOENT);
	assert_int_equal(err_hint(&e, err_set(&e, -ENOENT, "no '%s'", "x"), "make one"), -ENOENT);
	assert_string_equal(e.msg, "no 'x'");
	assert_string_equal(e.hint, "make one");
}

static void test_err_names_round_trip(void **state)
{
	static const int codes[] = {
#define ERROR(code, name, retry, hint) -(code),
#include "base/errors.def"
#undef ERROR
	};
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		assert_int_equal(err_code(err_name(codes[i])), codes[i]);
		assert_true(err_code_hint(codes[i])[0] != '\0');
	}
}

/* What a peer gets is one of the names that docs/protocol.md lists, whatever the system said. */
static void test_err_gives_every_errno_a_name_of_the_table(void **state)
{
	assert_string_equal(err_name(-EACCES), "denied");
	assert_string_equal(err_name(-EISDIR), "invalid");
	assert_string_equal(err_name(-EDQUOT), "full");
	assert_string_equal(err_name(-EMFILE), "busy");
	assert_true(err_retry(-EMFILE));
	assert_string_equal(err_name(-12345), "io");
	assert_string_equal(err_code_hint(-12345), err_code_hint(-EIO));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_err_carries_field_message_and_hint),
		cmocka_unit_test(test_err_wrap_puts_context_before_cause),
		cmocka_unit_test(test_err_wrap_does_not_say_twice_what_the_cause_says),
		cmocka_unit_test(test_err_within_puts_the_field_inside_of_another),
		cmocka_unit_test(test_err_cuts_what_does_not_fit),
		cmocka_unit_test(test_err_accepts_null),
		cmocka_unit_test(test_err_hint_returns_the_code_with_and_without_a_place_for_the_text),
		cmocka_unit_test(test_err_names_round_trip),
		cmocka_unit_test(test_err_gives_every_errno_a_name_of_the_table),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

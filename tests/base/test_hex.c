#include "base/hex.h"

#include "../check.h"

#include <errno.h>
#include <string.h>

static void test_hex_round_trips_every_byte(void **state)
{
	uint8_t all[256], back[256];
	char text[513];
	for (int i = 0; i < 256; i++)
		all[i] = (uint8_t)i;
	hex_encode(text, all, sizeof(all));
	assert_int_equal(strlen(text), 512);
	assert_int_equal(strncmp(text, "000102", 6), 0);
	assert_int_equal(hex_decode(back, text, 512), 0);
	assert_memory_equal(all, back, 256);
}

static void test_hex_refuses_what_is_not_hex(void **state)
{
	uint8_t b[4] = { 9, 9, 9, 9 };
	assert_int_equal(hex_decode(b, "abc", 3), -EINVAL);
	assert_int_equal(hex_decode(b, "abxg", 4), -EINVAL);
	assert_int_equal(b[0], 9); /* nothing was written */
	assert_int_equal(hex_decode(b, "DeaD", 4), 0);
	assert_int_equal(b[0], 0xDE);
	assert_int_equal(hex_digit('G'), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hex_round_trips_every_byte),
		cmocka_unit_test(test_hex_refuses_what_is_not_hex),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

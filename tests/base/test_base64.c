#include "base/base64.h"

#include "../seed.h"
#include "../check.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void test_base64_gives_the_vectors_of_the_rfc(void **state)
{
	static const struct {
		const char *bytes, *text;
	} vectors[] = {{"", ""},         {"f", "Zg=="},         {"fo", "Zm8="},        {"foo", "Zm9v"},
		       {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}, {"\xff\xfe\xfd", "//79"}};
	for (size_t i = 0; i < COUNT_OF(vectors); i++) {
		char text[16];
		uint8_t bytes[16];
		size_t n = strlen(vectors[i].bytes), n_text = strlen(vectors[i].text), got = 99;
		assert_int_equal(BASE64_SIZE(n), n_text);
		base64_encode(text, (const uint8_t *)vectors[i].bytes, n);
		assert_memory_equal(text, vectors[i].text, n_text);
		assert_int_equal(base64_decode(bytes, vectors[i].text, n_text, &got), 0);
		assert_int_equal(got, n);
		assert_memory_equal(bytes, vectors[i].bytes, n);
	}
}

/* Only the one text that the encoder would write. */
static void test_base64_refuses_every_other_spelling(void **state)
{
	static const char *const bad[] = {"Z",    "Zg",   "Zg=",      "Zg===",    "=",        "====",   "Zh==", "Zm9=",
					  "Zg==Zg==", "Z g=",  "Zg\n=", "Zm9v\n", "Zm_v", "Zm-v", "Z=9v", "Zm=v"};
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		uint8_t bytes[16];
		size_t n = 99;
		if (base64_decode(bytes, bad[i], strlen(bad[i]), &n) != -EINVAL)
			fail_msg("'%s' is taken", bad[i]);
		assert_int_equal(n, 99);
	}
}

/* Any text of four characters is either refused or what its bytes are written as. */
static void test_base64_is_one_to_one(void **state)
{
	static const char any[] = "ABYZabyz0189+/= -_\n";
	struct rng r;
	rng_init(&r, test_seed());
	for (int i = 0; i < 20000; i++) {
		char text[8], again[8];
		uint8_t bytes[8];
		size_t n_text = rng_below(&r, 2) ? 8 : 4, n = 0;
		for (size_t k = 0; k < n_text; k++)
			text[k] = any[rng_below(&r, sizeof(any) - 1)];
		if (base64_decode(bytes, text, n_text, &n) < 0)
			continue;
		assert_int_equal(BASE64_SIZE(n), n_text);
		base64_encode(again, bytes, n);
		assert_memory_equal(again, text, n_text);
	}
	for (int i = 0; i < 2000; i++) {
		uint8_t bytes[64], back[66];
		char text[BASE64_SIZE(64)];
		size_t n = (size_t)rng_below(&r, sizeof(bytes) + 1), got = 0;
		for (size_t k = 0; k < n; k++)
			bytes[k] = (uint8_t)rng_below(&r, 256);
		base64_encode(text, bytes, n);
		assert_int_equal(base64_decode(back, text, BASE64_SIZE(n), &got), 0);
		assert_int_equal(got, n);
		assert_memory_equal(back, bytes, n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_base64_gives_the_vectors_of_the_rfc),
		cmocka_unit_test(test_base64_refuses_every_other_spelling),
		cmocka_unit_test(test_base64_is_one_to_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

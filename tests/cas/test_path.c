#include "../check.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cas/mime.h"
#include "cas/path.h"

#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void test_a_hash_has_exactly_one_path(void **state)
{
	char AUTO_MEM *path = NULL;
	assert_int_equal(cas_path("/srv/cas", "sha256:" EMPTY, &path, NULL), 0);
	assert_string_equal(path, "/srv/cas/objects/sha256/e3/"
				  "b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void test_anything_but_a_hash_has_none(void **state)
{
	static const char *const bad[] = {
		"",
		"sha256:",
		EMPTY,
		"sha1:" EMPTY,
		"SHA256:" EMPTY,
		"sha256:" EMPTY "0",
		"sha256: " EMPTY,
		"sha256:E3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"sha256:../../../../../../../../etc/passwd/0123456789012345678901234567",
		"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85",
		"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85g",
	};
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct err err = ERR_INIT;
		char *path = NULL;
		assert_false(cas_hash_valid(bad[i]));
		assert_int_equal(cas_path("/srv", bad[i], &path, &err), -EINVAL);
		assert_null(path);
	}
	assert_false(cas_hash_valid(NULL));
}

static void test_media_types_are_guessed_from_the_first_bytes(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		const char *mime;
	} cases[] = {
		{"MThd\0\0\0\6", 8, "audio/midi"},
		{"RIFF\x24\0\0\0WAVEfmt ", 16, "audio/wav"},
		{"RIFF\x24\0\0\0sfbkLIST", 16, "audio/x-soundfont"},
		{"fLaC\0", 5, "audio/flac"},
		{"OggS\0", 5, "audio/ogg"},
		{"X:1\nT:Reel\nK:D\n", 15, "text/vnd.abc"},
		{"{\"a\": 1}", 8, "application/json"},
		{"hello\n", 6, "text/plain"},
		{"gr\xc3\xbc\xc3", 5, "text/plain"}, /* cut inside a character */
		{"a\0b", 3, "application/octet-stream"},
		{"\xff\xfe\xfd\xfc", 4, "application/octet-stream"},
		{"MTh", 3, "text/plain"},
		{"", 0, "application/octet-stream"},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_string_equal(cas_mime_guess(cases[i].bytes, cases[i].n), cases[i].mime);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_hash_has_exactly_one_path),
		cmocka_unit_test(test_anything_but_a_hash_has_none),
		cmocka_unit_test(test_media_types_are_guessed_from_the_first_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

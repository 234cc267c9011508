/*
 * fuzz_trustfall_regex.c - any bytes as a regular expression in Rust's syntax and, behind the first line, a text: it is refused in
 * words or matches within its bounds, and means the same once it is machine code.
 */
#include "trustfall/regex_priv.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void match(struct regex *re, const char *text, size_t n)
{
	struct err e = ERR_INIT;
	int first = regex_match(re, text, n, &e), last = first;
	/* Often enough for it to be compiled; what took long is not asked again. */
	for (int i = 0; first >= 0 && n < 64 && i < 34; i++)
		last = regex_match(re, text, n, &e);
	if (first < 0 && first != -ETIMEDOUT)
		abort();
	if (last >= 0 && last != first && str_utf8_valid(text, n)) /* PCRE2's two ways differ about the begin of other texts */
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *line = size ? memchr(text, '\n', size) : NULL;
	size_t n = line ? (size_t)(line - text) : size;
	AUTO(regex) re = NULL;
	struct err e = ERR_INIT;
	if (size > 4096)
		return 0;
	int r = regex_new(text, n, &re, &e);
	if (r == 0)
		match(re, line ? line + 1 : "", line ? size - n - 1 : 0);
	else if (re || r != -EINVAL || !e.msg[0])
		abort();
	return 0;
}

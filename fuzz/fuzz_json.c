/*
 * fuzz_json.c - any bytes as JSON: what is read must survive writing and reading again, unchanged.
 */
#include "base/json.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_round_trip(const json_t *j, unsigned flags)
{
	char *text AUTO_MEM = json_text(j, flags), *again AUTO_MEM = NULL;
	json_t *back AUTO_JSON = NULL;
	if (!text || json_parse(text, strlen(text), &back, NULL) < 0 || !json_equal(j, back))
		abort();
	again = json_text(back, flags);
	if (!again || strcmp(text, again) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = ERR_INIT;
	json_t *j AUTO_JSON = NULL;
	int r = json_parse((const char *)data, size, &j, &e);
	if ((r == 0) != (j != NULL) || (r < 0 && (e.code != r || !e.msg[0])))
		abort();
	for (unsigned flags = 0; r == 0 && flags < 4; flags++)
		check_round_trip(j, flags);
	json_t *loose AUTO_JSON = NULL;
	if (json_parse_with((const char *)data, size, JSON_IN_NUL, &loose, NULL) < 0 && r == 0)
		abort();
	return 0;
}

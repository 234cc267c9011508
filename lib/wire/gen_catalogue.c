/*
 * gen_catalogue.c - build step: writes catalogue.json or docs/reference.md.
 *
 *   gen_catalogue json            to standard output
 *   gen_catalogue reference FILE  writes FILE when it differs
 *   gen_catalogue check FILE      exit 1 when FILE is not what `reference` would write; UPDATE_GOLDEN=1 writes it
 */
#include "wire/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int complain(const struct err *err)
{
	fprintf(stderr, "gen_catalogue: %s\n", err_msg(err));
	return 1;
}

static int print_json(void)
{
	struct err err = ERR_INIT;
	AUTO_STRBUF text = STRBUF_INIT;
	if (wire_catalogue_json(&text, &err) < 0)
		return complain(&err);
	return fwrite(text.s, 1, text.n, stdout) == text.n && putchar('\n') != EOF && fflush(stdout) == 0 ? 0 : 1;
}

static int write_text(const char *path, const struct strbuf *text)
{
	FILE *f = fopen(path, "w");
	bool ok = f && fwrite(text->s, 1, text->n, f) == text->n;
	if (f)
		ok = fclose(f) == 0 && ok;
	if (!ok)
		perror(path);
	return ok ? 0 : 1;
}

/* Whether the file holds exactly this text. */
static bool same_text(const char *path, const struct strbuf *text)
{
	FILE *f = fopen(path, "r");
	char *have = malloc(text->n + 1);
	bool same = f && have && fread(have, 1, text->n + 1, f) == text->n && memcmp(have, text->s, text->n) == 0;
	free(have);
	if (f)
		fclose(f);
	return same;
}

static int reference(const char *path, bool write)
{
	struct err err = ERR_INIT;
	AUTO_STRBUF text = STRBUF_INIT;
	if (wire_reference(&text, &err) < 0)
		return complain(&err);
	if (same_text(path, &text))
		return 0;
	if (write)
		return write_text(path, &text);
	fprintf(stderr, "%s is out of date: ninja -C build reference\n", path);
	return 1;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "json") == 0)
		return print_json();
	if (argc == 3 && strcmp(argv[1], "reference") == 0)
		return reference(argv[2], true);
	if (argc == 3 && strcmp(argv[1], "check") == 0) {
		const char *update = getenv("UPDATE_GOLDEN");
		return reference(argv[2], update && strcmp(update, "1") == 0);
	}
	fprintf(stderr, "usage: gen_catalogue json | reference FILE | check FILE\n");
	return 2;
}

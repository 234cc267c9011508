/*
 * gen_catalogue.c - build step: writes catalogue.json, docs/reference.md and the golden list of messages.
 *
 *   gen_catalogue json                  to standard output
 *   gen_catalogue write REFERENCE LIST  writes both where they differ
 *   gen_catalogue check REFERENCE LIST  exit 1 when one is not what `write` would make; UPDATE_GOLDEN=1 writes
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
	return fwrite(text.s, 1, text.n, stdout) == text.n && putchar('\n') != EOF &&
			       fflush(stdout) == 0
		       ? 0
		       : 1;
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
	bool same = f && have && fread(have, 1, text->n + 1, f) == text->n &&
		    memcmp(have, text->s, text->n) == 0;
	free(have);
	if (f)
		fclose(f);
	return same;
}

/* Every request and event with how it travels: reviewed when it changes. */
static int make_list(struct strbuf *b, struct err *err)
{
	for (size_t i = 0; i < WIRE_MESSAGE_COUNT; i++) {
		const struct wire_message *m = wire_message_sorted(i);
		(void)strbuf_addf(b, "request %s %s %s %s %s %s\n", m->name,
				  wire_owner_name(m->owner), wire_routing_name(m->routing),
				  wire_work_name(m->work), wire_annotations_name(m->annotations),
				  wire_profile_name(m->profile));
	}
	for (size_t i = 0; i < WIRE_EVENT_COUNT; i++) {
		const struct wire_event *e = wire_event_sorted(i);
		(void)strbuf_addf(b, "event %s %s\n", e->name, wire_owner_name(e->owner));
	}
	return strbuf_ok(b) ? 0 : err_set(err, -ENOMEM, "no memory for the list");
}

static int make(const char *path, bool write, int (*text_of)(struct strbuf *, struct err *))
{
	struct err err = ERR_INIT;
	AUTO_STRBUF text = STRBUF_INIT;
	if (text_of(&text, &err) < 0)
		return complain(&err);
	if (same_text(path, &text))
		return 0;
	if (write)
		return write_text(path, &text);
	fprintf(stderr, "%s is out of date: ninja -C build reference, and look at the difference\n",
		path);
	return 1;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "json") == 0)
		return print_json();
	if (argc == 4 && (strcmp(argv[1], "write") == 0 || strcmp(argv[1], "check") == 0)) {
		const char *update = getenv("UPDATE_GOLDEN");
		bool write = argv[1][0] == 'w' || (update && strcmp(update, "1") == 0);
		int reference = make(argv[2], write, wire_reference),
		    list = make(argv[3], write, make_list);
		return reference || list;
	}
	fprintf(stderr,
		"usage: gen_catalogue json | write REFERENCE LIST | check REFERENCE LIST\n");
	return 2;
}

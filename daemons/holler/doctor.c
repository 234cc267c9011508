/*
 * doctor.c - holler doctor: one line a check; exit status 1 when one of them is not good.
 */
#include "doctor.h"

#include "flags.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdio.h>

#include "base/banned.h"

static const char help[] = "usage: holler [--family DIR] [--json] doctor\n"
			   "Look at everything a performance needs: the directory, the supervisor, "
			   "every socket, the catalogues,\n"
			   "the store, the workers, the engine and its clock, the audio device, "
			   "the disk. Exit status 1 when\n"
			   "something is not as it should be.\n\n"
			   "examples:\n"
			   "  holler doctor\n"
			   "  holler --json doctor | jq 'select(.ok | not)'\n";

static void open_doctor(struct doctor *d)
{
	struct err ignored = ERR_INIT;
	(void)wire_family_open(d->h->family, false, &d->family, &ignored); /* a check says so */
	if (d->family) {
		(void)reach_open(d->h, "hootenanny", &d->hoot, &ignored);
		(void)reach_open(d->h, "chaosgarden", &d->garden, &ignored);
	}
}

static void close_doctor(struct doctor *d)
{
	reach_close(&d->hoot);
	reach_close(&d->garden);
	wire_family_free(d->family);
	wire_arena_done(&d->arena);
}

static void print_line(const struct holler *h, const struct doctor_check *c, bool good,
		       const struct finding *f)
{
	const char *hint = f->hint[0] ? f->hint : c->hint;
	if (!h->json) {
		printf("%-5s %-11s %s\n", good ? "ok" : "FAIL", c->name, f->text);
		if (!good)
			printf("      %-11s hint: %s\n", "", hint);
		fflush(stdout);
		return;
	}
	AUTO_STRBUF b = STRBUF_INIT;
	struct json_out o;
	json_out_init(&o, &b);
	json_out_object_begin(&o);
	json_out_key(&o, "check");
	json_out_string(&o, c->name);
	json_out_key(&o, "ok");
	json_out_bool(&o, good);
	json_out_key(&o, "found");
	json_out_string(&o, f->text);
	if (!good) {
		json_out_key(&o, "hint");
		json_out_string(&o, hint);
	}
	json_out_object_end(&o);
	printf("%s\n", strbuf_ok(&b) ? b.s : "{}");
}

int holler_doctor(const struct holler *h, int argc, char **argv)
{
	struct doctor d = {.h = h, .arena = WIRE_ARENA_INIT};
	struct err err = ERR_INIT;
	size_t n_bad = 0;
	if (holler_wants_help(argc, argv))
		return fputs(help, stdout) < 0;
	if (flags_words("doctor", argc, argv, 0, &err) < 0)
		return holler_fail(h, "doctor", &err);
	open_doctor(&d);
	for (size_t i = 0; i < doctor_n_checks; i++) {
		struct finding f = {"", ""};
		bool good = doctor_checks[i].run(&d, &f);
		n_bad += !good;
		print_line(h, &doctor_checks[i], good, &f);
		wire_arena_clear(&d.arena);
	}
	if (!h->json && n_bad)
		printf("%zu of %zu checks failed\n", n_bad, doctor_n_checks);
	else if (!h->json)
		printf("all is well\n");
	close_doctor(&d);
	return n_bad ? 1 : 0;
}

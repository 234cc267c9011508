/*
 * hootenanny - the control plane of a family: content, artifacts, jobs, workers, decisions.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/str.h"
#include "have.h"
#include "hoot.h"

#define LOG_TOPIC "hootenanny"
#include "base/log.h"

#include "base/banned.h"

static const char help[] =
	"Usage: hootenanny [OPTION]...\n"
	"The control plane of a Hootenanny family: content, artifacts, jobs, workers, decisions.\n"
	"\n"
	"  --family DIR          the family's folder (default: $HOOT_FAMILY, or "
	"$XDG_STATE_HOME/hootenanny)\n"
	"  --bind ENDPOINT       tcp://HOST:PORT or ipc://PATH (default: tcp://127.0.0.1:5580); "
	"port 0 picks\n"
	"  --cas-root DIR        where content is kept (default: cas in the family's folder)\n"
	"  --chaosgarden ENDPOINT  its shell socket (default: found through the family)\n"
	"  --import DIR          artifact_import may read files below DIR; may be given several "
	"times\n"
	"  --lease-ms N          how long a worker may be silent before its work is given to "
	"another (default: 15000)\n"
	"  --help, --version\n";

enum flag {
	OPT_FAMILY = 256,
	OPT_BIND,
	OPT_CAS_ROOT,
	OPT_CHAOSGARDEN,
	OPT_IMPORT,
	OPT_LEASE_MS,
	OPT_HELP,
	OPT_VERSION
};

static const struct option options[] = {
	{"family", required_argument, NULL, OPT_FAMILY},
	{"bind", required_argument, NULL, OPT_BIND},
	{"cas-root", required_argument, NULL, OPT_CAS_ROOT},
	{"chaosgarden", required_argument, NULL, OPT_CHAOSGARDEN},
	{"import", required_argument, NULL, OPT_IMPORT},
	{"lease-ms", required_argument, NULL, OPT_LEASE_MS},
	{"help", no_argument, NULL, OPT_HELP},
	{"version", no_argument, NULL, OPT_VERSION},
	{NULL, 0, NULL, 0},
};

static int add_import(struct hoot_options *o, const char **imports, const char *folder)
{
	if (o->n_imports >= LIMIT_IMPORT_FOLDERS) {
		fprintf(stderr, "hootenanny: at most %d import folders\n", LIMIT_IMPORT_FOLDERS);
		return 2;
	}
	imports[o->n_imports++] = folder;
	return -1;
}

static int parse_lease(struct hoot_options *o, const char *text)
{
	if (str_to_int(text, &o->lease_ms) == 0 && o->lease_ms >= 100 && o->lease_ms <= 86400000)
		return -1;
	fprintf(stderr, "hootenanny: --lease-ms: '%s' is not a number from 100 to 86400000\n",
		text);
	return 2;
}

/* An exit status, or -1 to go on. */
static int parse(int argc, char **argv, struct hoot_options *o, const char **imports)
{
	int c, done = -1;
	while (done < 0 && (c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case OPT_FAMILY:
			o->family = optarg;
			break;
		case OPT_BIND:
			o->bind = optarg;
			break;
		case OPT_CAS_ROOT:
			o->cas_root = optarg;
			break;
		case OPT_CHAOSGARDEN:
			o->chaosgarden = optarg;
			break;
		case OPT_IMPORT:
			done = add_import(o, imports, optarg);
			break;
		case OPT_LEASE_MS:
			done = parse_lease(o, optarg);
			break;
		case OPT_HELP:
			fputs(help, stdout);
			return 0;
		case OPT_VERSION:
			puts("hootenanny " HOOT_VERSION);
			return 0;
		default:
			return 2;
		}
	}
	if (done < 0 && optind < argc) {
		fprintf(stderr, "hootenanny: what is '%s'? See --help.\n", argv[optind]);
		done = 2;
	}
	return done;
}

int main(int argc, char **argv)
{
	const char *imports[LIMIT_IMPORT_FOLDERS];
	struct hoot_options o = {.imports = imports};
	int done = parse(argc, argv, &o, imports);
	if (done >= 0)
		return done;
	log_set_program("hootenanny");
	static struct hoot
		hoot; /* too large for the stack of some systems; nobody else refers to it */
	struct err err = ERR_INIT;
	int r = hoot_open(&hoot, &o, &err);
	if (r == 0)
		r = hoot_run(&hoot, &err);
	if (r < 0)
		log_error("stopping", LOG_ERR(&err), LOG_STR("hint", err.hint));
	hoot_close(&hoot);
	return r < 0 ? 1 : 0;
}

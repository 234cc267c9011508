/*
 * chaosgarden - the realtime world of a family: timeline, latents, transport, engine, device, recording.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"
#include "garden.h"
#include "have.h"

#define LOG_TOPIC "chaosgarden"
#include "base/log.h"

#include "base/banned.h"

static const char help[] =
	"Usage: chaosgarden [OPTION]...\n"
	"The realtime world of a Hootenanny family: timeline, latents, transport, audio.\n"
	"\n"
	"  --family DIR       the family's folder (default: $HOOT_FAMILY, or $XDG_STATE_HOME/hootenanny)\n"
	"  --bind ENDPOINT    tcp://HOST:PORT or ipc://PATH (default: tcp://127.0.0.1:5555); port 0 picks\n"
	"  --cas-root DIR     where content is found by its hash (default: cas in the family's folder)\n"
	"  --device KIND      auto, null, stepped or pipewire (default: auto: PipeWire when it runs, else a silent clock)\n"
	"  --rate HZ          sample rate of the engine, 8000 to 384000 (default: 48000)\n"
	"  --quantum FRAMES   frames of one cycle, 16 to 8192 (default: 256)\n"
	"  --name NAME        its name in PipeWire (default: chaosgarden)\n"
	"  --help, --version\n";

enum flag { OPT_FAMILY = 256, OPT_BIND, OPT_CAS_ROOT, OPT_DEVICE, OPT_RATE, OPT_QUANTUM, OPT_NAME, OPT_HELP, OPT_VERSION };

static const struct option options[] = {
	{ "family", required_argument, NULL, OPT_FAMILY },
	{ "bind", required_argument, NULL, OPT_BIND },
	{ "cas-root", required_argument, NULL, OPT_CAS_ROOT },
	{ "device", required_argument, NULL, OPT_DEVICE },
	{ "rate", required_argument, NULL, OPT_RATE },
	{ "quantum", required_argument, NULL, OPT_QUANTUM },
	{ "name", required_argument, NULL, OPT_NAME },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ NULL, 0, NULL, 0 },
};

static int parse_device(struct garden_options *o, const char *text)
{
	o->device_auto = str_eq(text, "auto");
	for (int k = 0; k < DEVICE_KIND_COUNT; k++) {
		if (str_eq(text, device_kind_name((enum device_kind)k))) {
			o->device = (enum device_kind)k;
			return -1;
		}
	}
	if (o->device_auto)
		return -1;
	fprintf(stderr, "chaosgarden: --device: '%s' is not auto, null, stepped or pipewire\n", text);
	return 2;
}

static int parse_number(const char *flag, const char *text, int64_t lo, int64_t hi, uint32_t *ret)
{
	int64_t v = 0;
	if (str_to_int(text, &v) < 0 || v < lo || v > hi) {
		fprintf(stderr, "chaosgarden: %s: '%s' is not a number from %lld to %lld\n", flag, text, (long long)lo,
			(long long)hi);
		return 2;
	}
	*ret = (uint32_t)v;
	return -1;
}

/* An exit status, or -1 to go on. */
static int parse(int argc, char **argv, struct garden_options *o)
{
	int c, done = -1;
	while (done < 0 && (c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case OPT_FAMILY: o->family = optarg; break;
		case OPT_BIND: o->bind = optarg; break;
		case OPT_CAS_ROOT: o->cas_root = optarg; break;
		case OPT_DEVICE: done = parse_device(o, optarg); break;
		case OPT_RATE: done = parse_number("--rate", optarg, 8000, 384000, &o->rate_hz); break;
		case OPT_QUANTUM: done = parse_number("--quantum", optarg, 16, 8192, &o->quantum_frames); break;
		case OPT_NAME: o->name = optarg; break;
		case OPT_HELP: fputs(help, stdout); return 0;
		case OPT_VERSION: puts("chaosgarden " HOOT_VERSION); return 0;
		default: return 2;
		}
	}
	if (done < 0 && optind < argc) {
		fprintf(stderr, "chaosgarden: what is '%s'? See --help.\n", argv[optind]);
		done = 2;
	}
	return done;
}

int main(int argc, char **argv)
{
	struct garden_options o = { .device_auto = true, .rate_hz = 48000, .quantum_frames = 256, .name = "chaosgarden" };
	int done = parse(argc, argv, &o);
	if (done >= 0)
		return done;
	log_set_program("chaosgarden");
	struct garden *g = calloc(1, sizeof(*g));
	struct err err = ERR_INIT;
	if (!g) {
		log_error("out of memory");
		return 1;
	}
	int r = garden_open(g, &o, &err);
	if (r == 0)
		r = garden_run(g, &err);
	if (r < 0)
		log_error("stopping", LOG_ERR(&err), LOG_STR("hint", err.hint));
	garden_close(g);
	free(g);
	return r < 0 ? 1 : 0;
}

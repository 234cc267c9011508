/*
 * main.c - hoot-worker: the embedded models and projections of a family.
 *
 * It speaks the same messages as any other worker (docs/protocol.md): a DEALER to hootenanny's requests, a PULL for hints.
 */
#include "hints.h"
#include "skill.h"
#include "slot.h"

#include "base/limits.h"
#include "base/str.h"
#include "base/uuid.h"
#include "have.h"
#include "wire/client.h"
#include "wire/family.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_TOPIC "worker"
#include "base/log.h"

#include "base/banned.h"

#define DRAIN_MS  10000 /* how long a stop waits for the work to be finished */
#define GIVE_UP_MS 2000 /* and then for it to be put down */

static const char help[] =
	"Usage: hoot-worker [OPTION]...\n"
	"The embedded models and projections of a Hootenanny family: continues MIDI pieces in their own style,\n"
	"renders MIDI through a SoundFont, turns ABC into MIDI. Needs no GPU and no network.\n"
	"\n"
	"  --family DIR           the family's folder (default: $HOOT_FAMILY, or $XDG_STATE_HOME/hootenanny)\n"
	"  --hootenanny ENDPOINT  hootenanny's request socket, instead of looking it up in the family\n"
	"  --name NAME            what to call itself (default: hoot-worker)\n"
	"  --soundfont FILE       the SoundFont (default: $HOOT_SOUNDFONT, or TimGM6mb where Debian puts it)\n"
	"  --slots N              jobs to do at a time, 1 to 64 (default: 1)\n"
	"  --list                 print what it can do and end\n"
	"  --help, --version\n"
	"\n"
	"examples:\n"
	"  hoot-worker --family ~/jam/family\n"
	"  hoot-worker --hootenanny tcp://127.0.0.1:5580 --slots 2 --name attic\n"
	"  hoot-worker --soundfont /usr/share/sounds/sf2/FluidR3_GM.sf2 --list\n";

struct options {
	const char *family, *endpoint, *name, *soundfont;
	int64_t n_slots;
	bool list;
};

struct worker {
	struct options o;
	struct skill_set set;
	struct wire_context *context;
	struct wire_loop *loop;
	struct wire_family *family;
	struct wire_client *client;
	struct hints *hints;
	struct slot *slots[LIMIT_WORKER_SLOTS];
	char names[LIMIT_WORKER_SLOTS][80];
	int64_t n_slots, n_left;
	struct wire_watch *terminate, *interrupt;
	struct wire_timer *patience;
	int n_stops;
	bool announced;
};

enum flag { OPT_FAMILY = 256, OPT_HOOTENANNY, OPT_NAME, OPT_SOUNDFONT, OPT_SLOTS, OPT_LIST, OPT_HELP, OPT_VERSION };

static const struct option flags[] = {
	{ "family", required_argument, NULL, OPT_FAMILY },       { "hootenanny", required_argument, NULL, OPT_HOOTENANNY },
	{ "name", required_argument, NULL, OPT_NAME },           { "soundfont", required_argument, NULL, OPT_SOUNDFONT },
	{ "slots", required_argument, NULL, OPT_SLOTS },         { "list", no_argument, NULL, OPT_LIST },
	{ "help", no_argument, NULL, OPT_HELP },                 { "version", no_argument, NULL, OPT_VERSION },
	{ NULL, 0, NULL, 0 },
};

/* An exit status, or -1 to go on. */
static int parse(int argc, char **argv, struct options *o)
{
	*o = (struct options){ .name = "hoot-worker", .n_slots = 1 };
	int c;
	while ((c = getopt_long(argc, argv, "", flags, NULL)) != -1) {
		switch (c) {
		case OPT_FAMILY: o->family = optarg; break;
		case OPT_HOOTENANNY: o->endpoint = optarg; break;
		case OPT_NAME: o->name = optarg; break;
		case OPT_SOUNDFONT: o->soundfont = optarg; break;
		case OPT_LIST: o->list = true; break;
		case OPT_HELP: return fputs(help, stdout) < 0;
		case OPT_VERSION: return puts("hoot-worker " HOOT_VERSION) < 0;
		case OPT_SLOTS:
			if (str_to_int(optarg, &o->n_slots) == 0 && o->n_slots >= 1 && o->n_slots <= LIMIT_WORKER_SLOTS)
				break;
			fprintf(stderr, "hoot-worker: --slots: '%s' is not a number from 1 to %d\n", optarg, LIMIT_WORKER_SLOTS);
			return 2;
		default: return 2;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "hoot-worker: what is '%s'? See --help.\n", argv[optind]);
		return 2;
	}
	if (!*o->name || strlen(o->name) > 56) {
		fprintf(stderr, "hoot-worker: --name: 1 to 56 characters\n");
		return 2;
	}
	return -1;
}

static int list(const struct skill_set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		const struct skill *k = &set->skills[i];
		AUTO_JSON json_t *schema = model_params_schema(k->params, k->n_params);
		AUTO_MEM char *text = schema ? json_text(schema, JSON_OUT_COMPACT) : NULL;
		printf("%s:%s%s%s  %s@%s\n  %s\n", k->verb, k->from_space, str_eq(k->verb, "continue") ? "" : ":",
		       str_eq(k->verb, "continue") ? "" : k->to_space, k->model, k->version, text ? text : "?");
	}
	return 0;
}

static void on_hint(void *arg)
{
	struct worker *w = arg;
	for (int64_t i = 0; i < w->n_slots; i++)
		slot_hint(w->slots[i]);
}

static void on_left(void *arg)
{
	struct worker *w = arg;
	if (++w->n_left == w->n_slots)
		wire_loop_stop(w->loop);
}

static void on_stop(void *arg)
{
	struct worker *w = arg;
	w->n_stops++;
	if (w->n_stops > 2) {
		wire_loop_stop(w->loop);
		return;
	}
	log_info(w->n_stops == 1 ? "finishing what is being done" : "putting down what is being done");
	wire_timer_start(w->patience, w->n_stops == 1 ? DRAIN_MS : GIVE_UP_MS);
	for (int64_t i = 0; i < w->n_slots; i++)
		slot_drain(w->slots[i]);
}

static int open_slots(struct worker *w, struct err *err)
{
	int code = 0;
	for (int64_t i = 0; code == 0 && i < w->o.n_slots; i++) {
		(void)snprintf(w->names[i], sizeof(w->names[i]), w->o.n_slots > 1 ? "%s/%d" : "%s", w->o.name, (int)i + 1);
		struct slot_options o = { w->loop, w->client, &w->set, w->names[i], on_left, w };
		code = slot_new(&o, &w->slots[i], err);
		w->n_slots += code == 0;
	}
	return code;
}

/* One process of this name in a family; the supervisor and `holler status` find it by its entry. */
static int enter_family(struct worker *w, struct err *err)
{
	char incarnation[UUID_SIZE];
	int code = wire_family_open(w->o.family, true, &w->family, err);
	if (code == 0)
		code = wire_family_lock(w->family, w->o.name, err);
	if (code == -EBUSY)
		return err_hint(err, "give this one another name: --name NAME");
	uuid_new(incarnation);
	if (code == 0)
		code = wire_family_announce(w->family, w->o.name, incarnation, NULL, 0, err);
	w->announced = code == 0;
	return code;
}

static int open_worker(struct worker *w, struct err *err)
{
	struct wire_client_options co = { .name = "hoot-worker", .daemon = "hootenanny", .socket = "requests" };
	int code = skill_set_init(&w->set, w->o.soundfont, err);
	if (code < 0 || w->o.list)
		return code;
	if (!HAVE_FLUIDSYNTH || !w->set.soundfont[0])
		log_warn("cannot render MIDI to audio", LOG_STR("why", HAVE_FLUIDSYNTH ? "no SoundFont was found; name one with --soundfont" :
										   "this build has no FluidSynth"));
	if (!w->o.endpoint)
		code = enter_family(w, err);
	if (code == 0)
		code = wire_context_new(&w->context, err);
	if (code == 0)
		code = wire_loop_new(&w->loop, err);
	co.context = w->context;
	co.loop = w->loop;
	co.family = w->family;
	co.endpoint = w->o.endpoint;
	co.actor = w->o.name;
	if (code == 0)
		code = wire_client_new(&co, &w->client, err);
	if (code == 0)
		code = open_slots(w, err);
	if (code == 0)
		code = hints_new(w->context, w->loop, w->family, w->o.endpoint, on_hint, w, &w->hints, err);
	if (code == 0)
		code = wire_timer_new(w->loop, on_stop, w, &w->patience, err);
	if (code == 0)
		code = wire_signal_new(w->loop, SIGTERM, on_stop, w, &w->terminate, err);
	if (code == 0)
		code = wire_signal_new(w->loop, SIGINT, on_stop, w, &w->interrupt, err);
	return code;
}

static void close_worker(struct worker *w)
{
	wire_watch_free(w->interrupt);
	wire_watch_free(w->terminate);
	wire_timer_free(w->patience);
	hints_free(w->hints);
	for (int64_t i = 0; i < w->n_slots; i++)
		slot_free(w->slots[i]);
	wire_client_free(w->client);
	wire_loop_free(w->loop);
	wire_context_free(w->context);
	if (w->announced)
		(void)wire_family_withdraw(w->family, w->o.name, NULL); /* a stale entry is seen to be one */
	wire_family_free(w->family);
	free(w);
}

int main(int argc, char **argv)
{
	struct options o;
	int done = parse(argc, argv, &o);
	if (done >= 0)
		return done;
	log_set_program("hoot-worker");
	struct worker *w = calloc(1, sizeof(*w));
	if (!w)
		return 1;
	w->o = o;
	struct err err = ERR_INIT;
	int code = open_worker(w, &err);
	if (code == 0)
		code = o.list ? list(&w->set) : wire_loop_run(w->loop, &err);
	if (code < 0)
		log_error("stopping", LOG_STR("field", err.field), LOG_ERR(&err), LOG_STR("hint", err.hint));
	close_worker(w);
	return code < 0 ? 1 : 0;
}

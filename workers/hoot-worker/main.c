/*
 * main.c - hoot-worker: the embedded models and projections of a family.
 *
 * It speaks the same messages as any other worker (docs/protocol.md): a DEALER to hootenanny's requests, a PULL for hints.
 */
#include "carry.h"
#include "hints.h"
#include "skill.h"
#include "slot.h"

#include "base/limits.h"
#include "base/program.h"
#include "base/str.h"
#include "base/uuid.h"
#include "have.h"
#include "wire/announcement.h"
#include "wire/client.h"
#include "wire/family.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_TOPIC "worker"
#include "base/log.h"

#include "base/banned.h"

#define DRAIN_MS  10000 /* how long a stop waits for the work to be finished */
#define GIVE_UP_MS 2000 /* and then for it to be put down */

static const struct config_key keys[] = {
	{ .name = "family", .type = CONFIG_PATH, .env = "HOOT_FAMILY",
	  .doc = "The family's folder; unset, $XDG_STATE_HOME/hootenanny." },
	{ .name = "worker.hootenanny", .type = CONFIG_STRING, .flag = "hootenanny",
	  .doc = "Endpoint of hootenanny's requests; unset, it is found through the family." },
	{ .name = "worker.name", .type = CONFIG_STRING, .flag = "name", .value = "hoot-worker",
	  .doc = "What to call itself, 1 to 56 characters." },
	{ .name = "worker.cas_root", .type = CONFIG_PATH, .flag = "cas-root",
	  .doc = "Where this machine sees hootenanny's content, if elsewhere than it does itself. Where it does not see it, "
		 "content is fetched and delivered over the connection." },
	{ .name = "worker.soundfont", .type = CONFIG_PATH, .flag = "soundfont", .env = "HOOT_SOUNDFONT",
	  .doc = "The SoundFont; unset, TimGM6mb where Debian puts it." },
	{ .name = "worker.tunes", .type = CONFIG_PATH, .flag = "tunes", .env = "HOOT_TUNES_WEIGHTS",
	  .doc = "Weights of the model `tunes`, as hoot-train makes them; unset, those that were installed." },
	{ .name = "worker.slots", .type = CONFIG_INT, .flag = "slots", .value = "1", .min = 1, .max = LIMIT_WORKER_SLOTS,
	  .doc = "Jobs to do at a time." },
	{ .name = "worker.list", .type = CONFIG_BOOL, .flag = "list", .doc = "Print what it can do and end." },
};
static const char *const examples[] = {
	"hoot-worker --family ~/jam/family",
	"hoot-worker --hootenanny tcp://127.0.0.1:5580 --slots 2 --name attic",
	"hoot-worker --hootenanny tcp://studio:5580 --family ~/keys",
	"hoot-worker --soundfont /usr/share/sounds/sf2/FluidR3_GM.sf2 --list",
	NULL,
};

struct options {
	const char *family, *endpoint, *cas_root, *name, *soundfont, *tunes;
	int64_t n_slots;
	bool list;
};

struct worker {
	struct options o;
	struct skill_set set;
	struct carry_options carries;
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
	struct wire_announcement *announcement;
};

static int read_options(const struct config *c, struct options *o, struct err *err)
{
	*o = (struct options){
		.family = program_text(c, "family"),
		.endpoint = program_text(c, "worker.hootenanny"),
		.cas_root = program_text(c, "worker.cas_root"),
		.name = config_string(c, "worker.name"),
		.soundfont = program_text(c, "worker.soundfont"),
		.tunes = program_text(c, "worker.tunes"),
		.n_slots = config_int(c, "worker.slots"),
		.list = config_bool(c, "worker.list"),
	};
	if (config_arg_count(c))
		return err_set(err, -EINVAL, "what is '%s'? See --help", config_arg(c, 0));
	if (!*o->name || strlen(o->name) > 56)
		return err_field(err, -EINVAL, "worker.name", "'%.60s' has not 1 to 56 characters", o->name);
	return 0;
}

static int list(const struct skill_set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		const struct skill *k = &set->skills[i];
		AUTO_JSON json_t *schema = model_params_schema(k->table);
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
		struct slot_options o = { w->loop, w->client, &w->set, &w->carries, w->names[i], w->family ? w->o.name : NULL, on_left, w };
		code = slot_new(&o, &w->slots[i], err);
		w->n_slots += code == 0;
	}
	return code;
}

/* One process of this name in a family; the supervisor and `holler status` find it by its entry. */
static int enter_family(struct worker *w, struct err *err)
{
	int code = wire_family_open(w->o.family, true, &w->family, err);
	if (code == 0)
		code = wire_family_lock(w->family, w->o.name, err);
	if (code == -EBUSY)
		return err_hint(err, code, "give this one another name: --name NAME");
	return code;
}

static int announce(struct worker *w, struct err *err)
{
	char incarnation[UUID_SIZE];
	uuid_new(incarnation);
	return wire_announcement_new(w->family, w->loop, w->o.name, incarnation, NULL, 0, &w->announcement, err);
}

/* On another machine the family's folder holds nothing but a copy of its keys. */
static int take_keys(struct worker *w, struct err *err)
{
	AUTO(wire_family) family = NULL;
	if (!w->o.endpoint || !w->o.family)
		return 0;
	int code = wire_family_open(w->o.family, false, &family, err);
	return code < 0 ? code : wire_family_give_keys(family, w->context, err);
}

static int open_worker(struct worker *w, struct err *err)
{
	struct wire_client_options co = { .name = "hoot-worker", .daemon = "hootenanny", .socket = "requests" };
	const struct skill_files files = { w->o.soundfont, w->o.tunes };
	int code = skill_set_init(&w->set, &files, err);
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
	if (code == 0 && w->family)
		code = announce(w, err);
	if (code == 0)
		code = take_keys(w, err);
	co.context = w->context;
	co.loop = w->loop;
	co.family = w->family;
	co.endpoint = w->o.endpoint;
	co.actor = w->o.name;
	w->carries = (struct carry_options){ .context = w->context,
					     .family = w->family ? wire_family_dir(w->family) : NULL,
					     .endpoint = w->o.endpoint,
					     .cas_root = w->o.cas_root };
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
	wire_announcement_free(w->announcement);
	wire_loop_free(w->loop);
	wire_context_free(w->context);
	wire_family_free(w->family);
	skill_set_done(&w->set);
	free(w);
}

static int run(const struct config *c, struct err *err)
{
	struct worker *w = calloc(1, sizeof(*w));
	if (!w)
		return err_set(err, -ENOMEM, "hoot-worker");
	int code = read_options(c, &w->o, err);
	if (code == 0)
		code = open_worker(w, err);
	if (code == 0)
		code = w->o.list ? list(&w->set) : wire_loop_run(w->loop, err);
	close_worker(w);
	return code;
}

int main(int argc, char **argv)
{
	const struct config_setup setup = {
		.program = "hoot-worker",
		.about = "The embedded models and projections of a Hootenanny family: continues MIDI pieces in their own style,\n"
			 "renders MIDI through a SoundFont, turns ABC into MIDI. Needs no GPU and no network.",
		.examples = examples,
		.keys = keys,
		.n_keys = COUNT_OF(keys),
		.argc = argc,
		.argv = argv,
	};
	return program_main(&setup, HOOT_VERSION, run);
}

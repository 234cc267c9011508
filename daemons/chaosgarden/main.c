/*
 * chaosgarden - the realtime world of a family: timeline, latents, transport, engine, device, recording.
 */
#include <stdlib.h>

#include "base/program.h"
#include "base/str.h"
#include "garden.h"
#include "have.h"

#include "base/banned.h"

static const struct config_key keys[] = {
	{ .name = "family",
	  .type = CONFIG_PATH,
	  .doc = "The family's folder; unset, $XDG_STATE_HOME/hootenanny.",
	  .env = "HOOT_FAMILY" },
	{ .name = "chaosgarden.bind",
	  .type = CONFIG_STRING,
	  .flag = "bind",
	  .doc = "tcp://HOST:PORT or ipc://PATH; port 0 picks. Unset, tcp://127.0.0.1:5555." },
	{ .name = "chaosgarden.cas_root",
	  .type = CONFIG_PATH,
	  .flag = "cas-root",
	  .doc = "Where content is found by its hash; unset, `cas` in the family's folder." },
	{ .name = "chaosgarden.device",
	  .type = CONFIG_CHOICE,
	  .value = "auto",
	  .choices = "auto|pipewire|null|stepped",
	  .flag = "device",
	  .doc = "What drives the engine; auto is PipeWire when it runs, else a silent clock." },
	{ .name = "chaosgarden.rate",
	  .type = CONFIG_INT,
	  .value = "48000",
	  .min = 8000,
	  .max = 384000,
	  .flag = "rate",
	  .doc = "Sample rate of the engine in Hz." },
	{ .name = "chaosgarden.quantum",
	  .type = CONFIG_INT,
	  .value = "256",
	  .min = 16,
	  .max = 8192,
	  .flag = "quantum",
	  .doc = "Frames of one cycle." },
	{ .name = "chaosgarden.content_mib",
	  .type = CONFIG_INT,
	  .value = "0",
	  .min = 0,
	  .max = 65536,
	  .flag = "content-mib",
	  .doc = "MiB of memory for the audio that is about to be heard; 0 is what the engine was built with (128)." },
	{ .name = "chaosgarden.name",
	  .type = CONFIG_STRING,
	  .value = "chaosgarden",
	  .flag = "name",
	  .doc = "Its name in PipeWire." },
};
static const char *const examples[] = { "chaosgarden --family ~/jam/family --device null",
					"chaosgarden --bind tcp://127.0.0.1:0 --quantum 128", NULL };

static int read_options(const struct config *c, struct garden_options *o, struct err *err)
{
	const char *device = config_string(c, "chaosgarden.device");
	if (config_arg_count(c))
		return err_set(err, -EINVAL, "what is '%s'? See --help", config_arg(c, 0));
	*o = (struct garden_options){
		.family = program_text(c, "family"),
		.bind = program_text(c, "chaosgarden.bind"),
		.cas_root = program_text(c, "chaosgarden.cas_root"),
		.name = config_string(c, "chaosgarden.name"),
		.rate_hz = (uint32_t)config_int(c, "chaosgarden.rate"),
		.quantum_frames = (uint32_t)config_int(c, "chaosgarden.quantum"),
		.content_mib = (uint32_t)config_int(c, "chaosgarden.content_mib"),
		.device_auto = str_eq(device, "auto"),
	};
	for (int k = 0; k < DEVICE_KIND_COUNT; k++)
		if (str_eq(device, device_kind_name((enum device_kind)k)))
			o->device = (enum device_kind)k;
	return 0;
}

static int run(const struct config *c, struct err *err)
{
	struct garden_options o;
	struct garden *g = calloc(1, sizeof(*g));
	if (!g)
		return err_set(err, -ENOMEM, "chaosgarden");
	int r = read_options(c, &o, err);
	if (r == 0) {
		r = garden_open(g, &o, err);
		if (r == 0)
			r = garden_run(g, err);
		garden_close(g);
	}
	free(g);
	return r;
}

int main(int argc, char **argv)
{
	const struct config_setup setup = {
		.program = "chaosgarden",
		.about = "The realtime world of a family: timeline, latents, transport, audio.",
		.examples = examples,
		.keys = keys,
		.n_keys = COUNT_OF(keys),
		.argc = argc,
		.argv = argv,
	};
	return program_main(&setup, HOOT_VERSION, run);
}

/*
 * chaosgarden - the realtime world of a family: timeline, latents, transport, engine, device, recording.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/config.h"
#include "base/str.h"
#include "garden.h"
#include "have.h"

#define LOG_TOPIC "chaosgarden"
#include "base/log.h"

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
/* Sections of the other programs, which a file may hold too. */
static const char *const foreign[] = { "hootenanny", "worker", "holler", "luanette", "vibeweaver", "sownd", NULL };
static const char *const examples[] = { "chaosgarden --family ~/jam/family --device null",
					"chaosgarden --bind tcp://127.0.0.1:0 --quantum 128", NULL };

/* Unset texts are "" to the configuration and NULL to us. */
static const char *text_or_null(const struct config *c, const char *name)
{
	const char *s = config_string(c, name);
	return *s ? s : NULL;
}

static int read_options(const struct config *c, struct garden_options *o, struct err *err)
{
	const char *device = config_string(c, "chaosgarden.device");
	if (config_arg_count(c))
		return err_set(err, -EINVAL, "what is '%s'? See --help", config_arg(c, 0));
	*o = (struct garden_options){
		.family = text_or_null(c, "family"),
		.bind = text_or_null(c, "chaosgarden.bind"),
		.cas_root = text_or_null(c, "chaosgarden.cas_root"),
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

/* What --help, --version and --explain-config ask for; an exit status. */
static int tell(const struct config *c)
{
	AUTO_STRBUF b = STRBUF_INIT;
	return config_tell(c, HOOT_VERSION, &b) < 0 || fputs(b.s, stdout) < 0;
}

static int run(const struct config *c, struct err *err)
{
	struct garden_options o;
	struct garden *g = calloc(1, sizeof(*g));
	if (!g)
		return err_set(err, -ENOMEM, "chaosgarden");
	for (size_t i = 0; config_warning(c, i); i++)
		log_warn("configuration", LOG_STR("warning", config_warning(c, i)));
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
		.foreign = foreign,
		.argc = argc,
		.argv = argv,
	};
	AUTO(config) c = NULL;
	struct err err = ERR_INIT;
	log_set_program("chaosgarden");
	int r = config_load(&setup, &c, &err);
	if (r == 0 && config_action(c) != CONFIG_RUN)
		return tell(c);
	if (r == 0)
		r = run(c, &err);
	if (r < 0)
		log_error("stopping", LOG_ERR(&err), LOG_STR("field", err.field), LOG_STR("hint", err.hint));
	return r < 0 ? 1 : 0;
}

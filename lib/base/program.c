#include "base/program.h"

#include <stdio.h>

#define LOG_TOPIC "program"
#include "base/log.h"

#include "base/banned.h"

/* The sections of one file that several programs read. */
static const char *const family[] = { "chaosgarden", "hootenanny", "holler", "luanette", "sownd", "vibeweaver", "worker", NULL };

const char *program_text(const struct config *c, const char *name)
{
	const char *s = config_string(c, name);
	return *s ? s : NULL;
}

static int tell(const struct config *c, const char *version)
{
	AUTO_STRBUF b = STRBUF_INIT;
	return config_tell(c, version, &b) < 0 || fputs(b.s, stdout) < 0 || fflush(stdout) < 0;
}

int program_main(const struct config_setup *setup, const char *version, int (*run)(const struct config *c, struct err *err))
{
	struct config_setup s = *setup;
	AUTO(config) c = NULL;
	struct err err = ERR_INIT;
	if (!s.foreign)
		s.foreign = family;
	log_set_program(s.program);
	int r = config_load(&s, &c, &err);
	if (r == 0 && config_action(c) != CONFIG_RUN)
		return tell(c, version);
	for (size_t i = 0; r == 0 && config_warning(c, i); i++)
		log_warn("configuration", LOG_STR("warning", config_warning(c, i)));
	if (r == 0)
		r = run(c, &err);
	if (r < 0)
		log_error("stopping", LOG_ERR(&err), LOG_STR("field", err.field), LOG_STR("hint", err.hint));
	return r < 0 ? 1 : 0;
}

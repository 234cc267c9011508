/*
 * hootenanny - the control plane of a family: content, artifacts, jobs, workers, decisions.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "base/program.h"
#include "have.h"
#include "hoot.h"

#include "base/banned.h"

static const struct config_key keys[] = {
	{ .name = "family",
	  .type = CONFIG_PATH,
	  .doc = "The family's folder; unset, $XDG_STATE_HOME/hootenanny.",
	  .env = "HOOT_FAMILY" },
	{ .name = "hootenanny.bind",
	  .type = CONFIG_STRING,
	  .flag = "bind",
	  .doc = "tcp://HOST:PORT or ipc://PATH; port 0 picks. Unset, tcp://127.0.0.1:5580." },
	{ .name = "hootenanny.cas_root",
	  .type = CONFIG_PATH,
	  .flag = "cas-root",
	  .doc = "Where content is kept; unset, `cas` in the family's folder." },
	{ .name = "hootenanny.chaosgarden",
	  .type = CONFIG_STRING,
	  .flag = "chaosgarden",
	  .doc = "Endpoint of chaosgarden's shell; its events and answers are taken from the sockets beside it, as its --bind puts "
		 "them. Unset, it is found through the family." },
	{ .name = "hootenanny.import",
	  .type = CONFIG_LIST,
	  .flag = "import",
	  .doc = "A folder below which artifact_import may read files; may be given several times." },
	{ .name = "hootenanny.lease_ms",
	  .type = CONFIG_INT,
	  .value = "15000",
	  .min = 100,
	  .max = 86400000,
	  .flag = "lease-ms",
	  .doc = "How long a worker may be silent before its work is given to another." },
};

static int read_options(const struct config *c, struct hoot_options *o, const char **imports,
			struct err *err)
{
	size_t n = config_list_count(c, "hootenanny.import");
	if (n > LIMIT_IMPORT_FOLDERS)
		return err_field(err, -EINVAL, "hootenanny.import", "%zu folders, at most %d", n,
				 LIMIT_IMPORT_FOLDERS);
	if (config_arg_count(c))
		return err_set(err, -EINVAL, "what is '%s'? See --help", config_arg(c, 0));
	for (size_t i = 0; i < n; i++)
		imports[i] = config_list_at(c, "hootenanny.import", i);
	*o = (struct hoot_options){
		.family = program_text(c, "family"),
		.bind = program_text(c, "hootenanny.bind"),
		.cas_root = program_text(c, "hootenanny.cas_root"),
		.chaosgarden = program_text(c, "hootenanny.chaosgarden"),
		.imports = imports,
		.n_imports = n,
		.lease_ms = config_int(c, "hootenanny.lease_ms"),
	};
	return 0;
}

static int run(const struct config *c, struct err *err)
{
	const char *imports[LIMIT_IMPORT_FOLDERS];
	struct hoot_options o;
	struct hoot *h = calloc(1, sizeof(*h));
	if (!h)
		return err_set(err, -ENOMEM, "hootenanny");
	int r = read_options(c, &o, imports, err);
	if (r == 0) {
		r = hoot_open(h, &o, err);
		if (r == 0)
			r = hoot_run(h, err);
		hoot_close(h);
	}
	free(h);
	return r;
}

int main(int argc, char **argv)
{
	const struct config_setup setup = {
		.program = "hootenanny",
		.about = "The control plane of a family: content, artifacts, jobs, workers, decisions.",
		.keys = keys,
		.n_keys = COUNT_OF(keys),
		.argc = argc,
		.argv = argv,
	};
	return program_main(&setup, HOOT_VERSION, run);
}

/*
 * config.h - layered configuration in which every value can say where it came from.
 *
 * Layers, each over the one before, key by key: built-in defaults; /etc/hootenanny/NAME.toml for every file there in
 * byte order; $XDG_CONFIG_HOME/hootenanny/NAME.toml likewise; the project file (--config FILE, otherwise
 * ./hootenanny.toml where it exists); environment variables; flags. A value overrides also when it equals the default,
 * and a later layer can switch a boolean off (`false`, HOOT_X=false, --no-x).
 *
 * Names:     the key "wire.bind" is `bind` in [wire], HOOT_WIRE_BIND in the environment and --wire-bind on the command
 *            line, unless its row names others. A key without a section is at the top of the file.
 * Checks:    an unknown key, a wrong type, a value out of range, a bad port are errors with file:line and the nearest
 *            valid key. Sections of other programs of the family are listed in `foreign` and left to them. An unknown
 *            HOOT_… variable is a warning (config_warning), since it may belong to another program.
 * Ownership: the key table is borrowed and must outlive the config; everything read is copied.
 * Threads:   immutable once loaded.
 * Errors:    -EINVAL with err->field = the key, -ENOENT for a --config file that is missing, -EBADMSG for bad TOML,
 *            -ENOMEM. Getters cannot fail: asking for a key that is not declared, or by another type, is our bug (assert).
 */
#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

enum config_type {
	CONFIG_STRING,
	CONFIG_PATH,   /* a string; "~/" at its start becomes $HOME */
	CONFIG_INT,    /* min..max where either is not 0 */
	CONFIG_NUMBER, /* the same */
	CONFIG_BOOL,
	CONFIG_PORT,   /* 0 (picked) to 65535 */
	CONFIG_CHOICE, /* one of `choices` */
	CONFIG_LIST,   /* strings; "a,b" in the environment, a repeated flag adds */
	CONFIG_TYPE_COUNT
};

struct config_key {
	const char *name; /* "section.key" or "key" */
	enum config_type type;
	const char *value; /* the default as text; NULL: unset ("" for strings, 0, false, empty list) */
	double min, max;
	const char *doc;     /* one sentence for --help */
	const char *env;     /* NULL: derived from the name */
	const char *flag;    /* without "--"; NULL: derived from the name; "" for none */
	const char *choices; /* "auto|text|json", for CONFIG_CHOICE */
	bool secret;         /* shown as ******** */
};

struct config_setup {
	const char *program; /* "chaosgarden" */
	const char *about;   /* one line for --help */
	const char *usage;   /* after the program's name: "[OPTIONS] TUNE"; NULL: "[OPTIONS]" */
	const char *const *examples; /* lines for --help, NULL-terminated; NULL: none */
	const struct config_key *keys;
	size_t n_keys;
	const char *const *foreign; /* sections that belong to other programs where no key of ours is in them, NULL-terminated; NULL: none */
	/* Where to look; NULL means the usual place. Tests set them all. "" means nowhere. */
	const char *etc_dir, *user_dir, *project_file;
	const char *const *env; /* "NAME=value", NULL-terminated; NULL: environ */
	int argc; /* with the program's name first; 0: no flags */
	char *const *argv;
};

enum config_action { CONFIG_RUN, CONFIG_HELP, CONFIG_VERSION, CONFIG_SHOW, CONFIG_EXPLAIN };

struct config;

int config_load(const struct config_setup *setup, struct config **ret, struct err *err);
void config_free(struct config *c);

/* What --help, --version, --show-config or --explain-config ask for instead of running. */
enum config_action config_action(const struct config *c);
/* The help text: usage, every flag with its type, default, variable and meaning, examples. */
int config_help(const struct config_setup *setup, struct strbuf *b);

/* The text that config_action asks for: help, "PROGRAM VERSION", or every setting. 0 or -ENOMEM. */
int config_tell(const struct config *c, const char *version, struct strbuf *b);

const char *config_string(const struct config *c, const char *name); /* STRING, PATH, CHOICE; never NULL */
int64_t config_int(const struct config *c, const char *name);        /* INT, PORT */
double config_number(const struct config *c, const char *name);      /* NUMBER, INT */
bool config_bool(const struct config *c, const char *name);
size_t config_list_count(const struct config *c, const char *name);
const char *config_list_at(const struct config *c, const char *name, size_t i);

struct config_row {
	const char *key;
	const char *value;  /* as text; secrets masked */
	const char *origin; /* "built-in", "/etc/hootenanny/hootenanny.toml:12", "environment HOOT_X", "flag --x" */
	const char *doc;
};
/* One row a key, in the order of the table; false past the end. Texts live as long as the config. */
bool config_explain(const struct config *c, size_t i, struct config_row *ret);
/* The same as aligned text, for --explain-config. */
int config_explain_text(const struct config *c, struct strbuf *b);
/* As TOML that makes the same settings, for --show-config; secrets and what is not set are comments. */
int config_show_text(const struct config *c, struct strbuf *b);

/* The arguments that are not flags, in order; everything after "--" as well. */
size_t config_arg_count(const struct config *c);
const char *config_arg(const struct config *c, size_t i);
/* Things worth telling at start, e.g. an unknown HOOT_ variable; NULL past the end. */
const char *config_warning(const struct config *c, size_t i);

AUTO_DEFINE(config);

#endif

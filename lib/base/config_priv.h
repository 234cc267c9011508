/*
 * config_priv.h - what loading, values, flags and help of a configuration share.
 */
#ifndef BASE_CONFIG_PRIV_H
#define BASE_CONFIG_PRIV_H

#include "base/config.h"
#include "base/toml.h"

struct string_list {
	char **items;
	size_t n, room;
};

struct config_value {
	char *text; /* as shown; also the value of STRING, PATH and CHOICE */
	int64_t integer;
	double number;
	bool boolean;
	struct string_list list;
	char *origin;
	bool set; /* by a layer above the built-in one */
};

/* A flag that was given, kept until its layer's turn. */
struct config_flag {
	size_t key;
	const char *text; /* from argv, or a constant */
};

struct config {
	struct config_setup setup;
	struct config_value *values; /* one a key */
	struct config_flag *flags;
	size_t n_flags, flags_room;
	const char *config_file; /* of --config; NULL: none */
	enum config_action action;
	struct string_list args, warnings;
};

#define CONFIG_NAME_SIZE 96

int string_list_add(struct string_list *l, const char *s, size_t n); /* 0 or -ENOMEM */
void string_list_done(struct string_list *l);

void config_value_done(struct config_value *v);
/* Sets key i from text or from a TOML value; `origin` says where it stood and begins error messages. */
int config_set_text(struct config *c, size_t i, const char *text, const char *origin, struct err *err);
int config_set_toml(struct config *c, size_t i, const struct toml *t, const char *origin, struct err *err);

/* The names of a key; "" where it has no flag. */
void config_flag_name(const struct config_key *k, char ret[CONFIG_NAME_SIZE]);
void config_env_name(const struct config_key *k, char ret[CONFIG_NAME_SIZE]);
const char *config_getenv(const struct config *c, const char *name); /* NULL when unset */
/* Reads argv into flags, args, action and config_file. */
int config_read_flags(struct config *c, struct err *err);

#endif
